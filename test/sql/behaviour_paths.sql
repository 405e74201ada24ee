-- paths of many customers
\set SHOW_CONTEXT never
SET search_path = engage, pg_catalog;
SET timezone = 'UTC';
CREATE TEMP TABLE tl (customer int, t timeline);
INSERT INTO tl VALUES
  (1, '1:"land"@2024-01-01T10:00:00Z,"view"@2024-01-01T10:01:00Z,"view"@2024-01-01T10:02:00Z,"buy"@2024-01-01T10:03:00Z,"land"@2024-01-02T10:00:00Z,"view"@2024-01-02T10:01:00Z'),
  (2, '1:"land"@2024-01-01T10:00:00Z,"view"@2024-01-01T10:30:00Z,"land"@2024-01-01T11:00:01Z'),
  (3, '1:'), (4, NULL);
SELECT p, customers(p), paths(p) FROM (SELECT path_agg(t, '30 minutes') AS p FROM tl) x;
SELECT step, source, target, customers, paths, round(paths_pct::numeric, 1) AS paths_pct, edges FROM path_edges((SELECT path_agg(t, '30 minutes') FROM tl));
-- what comes to an event leaves it
SELECT count(*) AS nodes, count(*) FILTER (WHERE came <> went) AS unbalanced FROM (
  SELECT v.step, v.name, sum(came) AS came, sum(went) AS went FROM path_edges((SELECT path_agg(t, '30 minutes') FROM tl), NULL) e,
    LATERAL (VALUES (e.step + 1, e.target, e.paths, 0), (e.step, e.source, 0, e.paths)) v(step, name, came, went) WHERE v.name IS NOT NULL GROUP BY 1, 2) x;
-- the top, and the rest
SELECT step, source, target, customers, paths, edges FROM path_edges((SELECT path_agg(t, '30 minutes') FROM tl), 2);
SELECT step, source, target, customers, paths, edges FROM path_edges((SELECT path_agg(t, '30 minutes') FROM tl), 0);
-- the first steps: what goes on has no exit
SELECT step, source, target, customers, paths FROM path_edges((SELECT path_agg(t, '30 minutes', 2) FROM tl));
-- what came before a purchase
SELECT step, source, target, customers FROM path_edges((SELECT path_agg(event_path(t, 3, ends_at => 'buy'), true) FROM tl));
SELECT path_agg(event_path(t)) AS whole, path_agg(NULL::text[]) IS NULL AS none, path_agg('{}'::text[]) AS empty FROM tl;
SELECT count(*) FROM path_edges(NULL);
-- parts give the whole
SELECT rollup(p)::text = (SELECT path_agg(t, '30 minutes')::text FROM tl) AS same FROM (SELECT path_agg(t, '30 minutes') AS p FROM tl GROUP BY customer) x;
SELECT p::text::path_summary::text = p::text AS same FROM (SELECT path_agg(t, '30 minutes') AS p FROM tl) x;
-- from rows: the same, events of the same time in the order of their names
CREATE TEMP TABLE ev AS SELECT customer, e.ts, e.event FROM tl, events(t) e;
INSERT INTO ev SELECT i % 20 + 10, timestamptz '2024-01-01 00:00+00' + (i * 7919 % 100) * interval '7 minutes', (ARRAY['a', 'b', 'c', 'd'])[1 + i * 31 % 4] FROM generate_series(1, 500) i;
SELECT path_agg(customer, ts, event, '30 minutes')::text = (SELECT path_agg(t, '30 minutes')::text FROM (SELECT timeline_agg(ts, event) AS t FROM ev GROUP BY customer) x) AS same,
       path_agg(customer::text, ts::timestamp, event, '30 minutes', 2)::text = (SELECT path_agg(t, '30 minutes', 2)::text FROM (SELECT timeline_agg(ts, event) AS t FROM ev GROUP BY customer) x) AS first_two FROM ev;
SELECT path_agg(customer, ts, event, '30 minutes' ORDER BY event DESC, customer)::text = path_agg(customer, ts, event, '30 minutes' ORDER BY event, ts)::text AS any_order FROM ev;
SELECT path_agg(customer, ts, NULL, '30 minutes') IS NULL AS none FROM ev;
SELECT path_agg(customer, ts, event, customer * interval '1 minute') FROM ev;
SELECT path_agg(customer, ts, event, '1 hour', customer) FROM ev;
-- many events of one time
SELECT count(*), count(DISTINCT target), sum(paths) FROM path_edges((SELECT path_agg(1, date '2024-01-01', lpad((20000 - i)::text, 5, '0'), '1 day') FROM generate_series(1, 20000) i), NULL);
-- a parameter of a query is the same for every row
CREATE TEMP TABLE one_path AS SELECT path_agg('{a,b}'::text[]) AS p FROM generate_series(1, 3) i GROUP BY i;
SELECT set_config('test.path', p::text, false) FROM one_path LIMIT 1;
PREPARE merged(path_summary) AS SELECT paths(path_summary_combine($1, p)), paths(path_accum($1, '{a}'::text[])) FROM one_path;
SET plan_cache_mode = force_generic_plan;
EXECUTE merged(current_setting('test.path')::path_summary);
RESET plan_cache_mode;

-- mistakes
SELECT path_agg(t, '1 month') FROM tl;
SELECT path_agg(t, NULL) FROM tl;
SELECT path_agg(t, '1 hour', 0) FROM tl;
SELECT path_agg('{{a,b},{c,d}}'::text[]) FROM tl;
SELECT path_agg(event_path(t), customer = 1) FROM tl;
SELECT path_edges(p, -1) FROM (SELECT path_agg(t, '30 minutes') AS p FROM tl) x;
SELECT rollup(p) FROM (SELECT path_agg(event_path(t)) AS p FROM tl UNION ALL SELECT path_agg(event_path(t), true) FROM tl) x;
SELECT '1:from_end=0;"a","a"'::path_summary;
SELECT '1:from_end=2;'::path_summary;
SELECT '1:from_end=0;"a";edge(1,0,1)=1'::path_summary;
SELECT '1:from_end=0;"a";edge(1,0,0)=1'::path_summary;
SELECT '1:from_end=0;"a";edge(-1,0,0)=1;paths(0)=1'::path_summary;
SELECT '1:from_end=0;"a";edge(1,0,0)=1;edge_customers(1,0,0)=2;paths(0)=2;customers(0)=2'::path_summary;
SELECT '1:from_end=1;"a";entry(-2147483648,0)=1;entry_customers(-2147483648,0)=1;paths(0)=1;customers(0)=1'::path_summary;
