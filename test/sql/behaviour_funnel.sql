-- funnels over timelines, and of many customers
\set SHOW_CONTEXT never
SET search_path = engage, pg_catalog;
SET timezone = 'UTC';
SET datestyle = 'ISO';
CREATE TEMP TABLE ev (customer int, ts timestamp, event text);
INSERT INTO ev VALUES
  -- 1: straight through; 2: re-entry, whose second attempt converts; 3: too late; 4: wrong order; 5: nothing of it; 6: same instant
  (1, '2024-01-01 10:00', 'view'), (1, '2024-01-01 11:00', 'cart'), (1, '2024-01-01 12:30', 'buy'),
  (2, '2024-01-01 10:00', 'view'), (2, '2024-01-05 10:00', 'view'), (2, '2024-01-05 11:00', 'cart'), (2, '2024-01-06 10:00', 'buy'),
  (3, '2024-01-01 10:00', 'view'), (3, '2024-01-01 11:00', 'cart'), (3, '2024-01-02 10:00:00.000001', 'buy'),
  (4, '2024-01-01 10:00', 'buy'), (4, '2024-01-01 11:00', 'cart'), (4, '2024-01-01 12:00', 'view'),
  (5, '2024-01-01 10:00', 'login'),
  (6, '2024-01-01 10:00', 'buy'), (6, '2024-01-01 10:00', 'cart'), (6, '2024-01-01 10:00', 'view');
CREATE TEMP TABLE tl AS SELECT customer, timeline_agg(ts, event) AS t FROM ev GROUP BY customer;

SELECT customer, funnel_level(t, '{view,cart,buy}', '1 day') AS level, funnel_level(t, '{view,cart,buy}', '1 day', 'strict_increase') AS increase, funnel_level(t, '{view,cart,buy}', '1 day', 'any_order') AS any_order,
       funnel_level(t, '{view,buy}', '1 day', 'consecutive') AS consecutive, funnel_times(t, '{view,cart,buy}', '1 day') AS times, time_to_convert(t, '{view,cart,buy}', '1 day') AS took
FROM tl ORDER BY customer;
-- the same name as two steps: one event may be both, unless once
SELECT mode, funnel_level('1:"view"@2024-01-01T00:00:00Z', '{view,view}', '1 day', mode) AS one, funnel_level('1:"view"@2024-01-01T00:00:00Z,"view"@2024-01-01T00:00:00Z', '{view,view}', '1 day', mode) AS two
FROM (VALUES ('default'), ('strict_once'), ('strict_increase'), ('consecutive')) v(mode);

SELECT step, name, customers, from_start_pct, round(from_previous_pct::numeric, 2) AS from_previous_pct, drop_off, round(drop_off_pct::numeric, 2) AS drop_off_pct, mean_time, mean_total_time
FROM funnel_steps((SELECT funnel_agg(t, '{view,cart,buy}', '1 day') FROM tl));
-- medians are at most 0.8 % off
SELECT step, abs(extract(epoch FROM approx_median_time) / m - 1) < 0.008 AS median, abs(extract(epoch FROM approx_p90_time) / p - 1) < 0.008 AS p90, abs(extract(epoch FROM mean_time) - a) < 1e-6 AS mean
FROM (SELECT step, approx_median_time, approx_p90_time, mean_time, percentile_disc(0.5) WITHIN GROUP (ORDER BY s) AS m, percentile_disc(0.9) WITHIN GROUP (ORDER BY s) AS p, avg(s) AS a
      FROM generate_series(1, 1000) i, LATERAL (SELECT (i * 7919 % 1000)::float8 ^ 2 + 1 AS s) x, funnel_steps((
        SELECT funnel_agg(t, '{a,b}', '100 days') FROM (SELECT timeline_agg(ts, e) AS t FROM generate_series(1, 1000) i,
          LATERAL (VALUES (timestamp '2024-01-01', 'a'), ('2024-01-01'::timestamp + ((i * 7919 % 1000)::float8 ^ 2 + 1) * interval '1 second', 'b')) v(ts, e) GROUP BY i) y)) f
      WHERE step = 2 GROUP BY 1, 2, 3, 4) z;
SELECT step, name, customers FROM funnel_steps((SELECT funnel_agg(t, '{view,cart,buy}', '1 day', 'any_order') FROM tl));
SELECT customers(f, 2), conversion_rate(f) FROM (SELECT funnel_agg(t, '{view,cart,buy}', '1 day') AS f FROM tl) x;
SELECT customers(f, 4) FROM (SELECT funnel_agg(t, '{view,cart,buy}', '1 day') AS f FROM tl) x;
SELECT step, name, customers, from_start_pct, drop_off, mean_time FROM funnel_steps((SELECT funnel_agg(t, '{x,y}', '1 day') FROM tl));
SELECT funnel_agg(NULL::timeline, '{x}', '1 day') IS NULL AS none, funnel_agg('1:', '{x}', '1 day') AS nobody;
SELECT one, step, customers FROM (SELECT customer = 1 AS one, funnel_agg(t, '{view,cart,buy}', '1 day') AS f FROM tl GROUP BY 1) x, funnel_steps(f) ORDER BY 1, 2;

-- from rows: the same, for keys and times of every type
SELECT bool_and(f = (SELECT funnel_agg(t, '{view,cart,buy}', '1 day')::text FROM tl)) AS same, count(*) FROM (
  SELECT unnest(ARRAY[funnel_agg(customer, ts, event, '{view,cart,buy}', '1 day'), funnel_agg(customer, ts::timestamptz, event, '{view,cart,buy}', '1 day'), funnel_agg(customer::text, ts, event, '{view,cart,buy}', '1 day'),
    funnel_agg(customer::bigint, ts, event, '{view,cart,buy}', '1 day'), funnel_agg(md5(customer::text)::uuid, ts, event, '{view,cart,buy}', '1 day'), funnel_agg(customer, ts, event, '{view,cart,buy}', '1 day', 'default')]::text[]) AS f FROM ev) x;
SELECT mode, (SELECT funnel_agg(customer, ts, event, '{view,cart,view,buy}', '5 days', mode)::text FROM ev) = (SELECT funnel_agg(t, '{view,cart,view,buy}', '5 days', mode)::text FROM tl) AS same
FROM (VALUES ('strict_increase'), ('strict_once'), ('consecutive'), ('any_order'), ('strict_once,strict_increase')) v(mode);
SELECT step, customers FROM funnel_steps((SELECT funnel_agg(customer, ts::date, event, '{view,buy}', '1 day') FROM ev));
SELECT funnel_agg(customer, ts, event, '{x}', '1 day') AS nobody, funnel_agg(NULL::int, ts, event, '{x}', '1 day') IS NULL AS none FROM ev;
SELECT one, step, customers FROM (SELECT customer = 1 AS one, funnel_agg(customer, ts, event, '{view,cart,buy}', '1 day') AS f FROM ev GROUP BY 1) x, funnel_steps(f) ORDER BY 1, 2;
-- steps of each group
SELECT x.customer, (funnel_steps(f)).* FROM (SELECT customer, funnel_agg(customer, ts, event, ARRAY['view', CASE customer WHEN 1 THEN 'cart' ELSE 'buy' END], '1 day') AS f FROM ev WHERE customer IN (1, 4) GROUP BY customer) x ORDER BY 1, 2;

-- parts give the whole
SELECT rollup(f)::text = (SELECT funnel_agg(t, '{view,cart,buy}', '1 day')::text FROM tl) AS same FROM (SELECT funnel_agg(t, '{view,cart,buy}', '1 day') AS f FROM tl GROUP BY customer % 2) x;
SELECT f::text::funnel_summary::text = f::text AS same, f FROM (SELECT funnel_agg(t, '{view,cart}', '1 day') AS f FROM tl WHERE customer < 3) x;
CREATE TEMP TABLE stored AS SELECT customer, funnel_agg(t, '{view,cart,buy}', '1 day') AS f FROM tl GROUP BY customer;
SELECT rollup(f)::text = (SELECT funnel_agg(t, '{view,cart,buy}', '1 day')::text FROM tl) AS same FROM stored;
SELECT customer, customers(rollup(f) OVER (ORDER BY customer), 1) AS so_far FROM stored ORDER BY customer;

-- variables of PL/pgSQL change between calls from one place
DO $$ DECLARE s text[]; w interval; n int; BEGIN
  FOR s, w IN VALUES ('{view,cart,buy}'::text[], '1 day'::interval), ('{view,buy}', '1 day'), ('{view,buy}', '1 hour') LOOP
    n := engage.funnel_level('1:"view"@2024-01-01T10:00:00Z,"cart"@2024-01-01T11:00:00Z,"buy"@2024-01-01T12:30:00Z', s, w);
    RAISE NOTICE '% %: %', s, w, n;
  END LOOP;
END $$;
-- and nothing stays of those that were asked before
DO $$ DECLARE size bigint; n int; BEGIN
  FOR i IN 0..20000 LOOP
    n := engage.funnel_level('1:"view"@2024-01-01T10:00:00Z', ARRAY['view', 'x' || i], '1 day', CASE i % 3 WHEN 0 THEN 'strict_once' WHEN 1 THEN 'any_order' ELSE 'default' END);
    IF i = 100 THEN size := (SELECT sum(used_bytes) FROM pg_backend_memory_contexts); END IF;
  END LOOP;
  RAISE NOTICE 'grew: %', (SELECT sum(used_bytes) FROM pg_backend_memory_contexts) - size > 500000;
END $$;

-- the same mode from a row and from a constant
SELECT funnel_agg(customer, ts, event, '{view}', '1 day', CASE customer WHEN 1 THEN m ELSE 'any_order' END)::text =
       funnel_agg(customer, ts, event, '{view}', '1 day', 'any_order')::text AS same FROM ev, (SELECT 'any_order' || left(event, 0) AS m FROM ev LIMIT 1) m;

-- mistakes
SELECT funnel_level(t, '{}', '1 day') FROM tl;
SELECT funnel_level(t, '{view,NULL}', '1 day') FROM tl;
SELECT funnel_level(t, array_agg(i::text), '1 day') FROM tl, generate_series(1, 65) i GROUP BY t;
SELECT funnel_level(t, '{view}', '1 month') FROM tl;
SELECT funnel_level(t, '{view}', '-1 day') FROM tl;
SELECT funnel_level(t, '{view}', '1 day', 'strict') FROM tl;
SELECT funnel_agg(t, NULL, '1 day') FROM tl;
SELECT funnel_agg(t, '{view}', NULL) FROM tl;
SELECT funnel_agg(t, '{view}', '1 day', NULL) FROM tl;
SELECT funnel_agg(t, '{view}', customer * interval '1 day') FROM tl;
SELECT funnel_agg(customer, ts, event, ARRAY[event], '1 day') FROM ev;
SELECT funnel_agg(customer, ts, event, '{view}', '1 day', CASE customer WHEN 1 THEN 'default' ELSE 'any_order' END) FROM ev;
SELECT funnel_agg(ARRAY[customer], ts, event, '{view}', '1 day') FROM ev;
SELECT funnel_agg(customer, 'infinity'::timestamp, event, '{view}', '1 day') FROM ev;
SELECT rollup(f) FROM (SELECT funnel_agg(t, '{view}', '1 day') AS f FROM tl UNION ALL SELECT funnel_agg(t, '{view}', '2 days') FROM tl) x;
SELECT rollup(f) FROM (SELECT funnel_agg(t, '{view}', '1 day') AS f FROM tl UNION ALL SELECT funnel_agg(t, '{cart}', '1 day') FROM tl) x;
SELECT t::funnel_summary FROM (VALUES ('1:within=86400000000,mode=0;"a","b";reached(1)=1')) v(t);
SELECT '1:within=1,mode=0;'::funnel_summary;
SELECT '1:within=1,mode=0;"a";reached(2)=1'::funnel_summary;
SELECT '1:within=1,mode=0;"a";reached(1)=0'::funnel_summary;
SELECT '1:within=1,mode=0;"a";reached(1)=1;reached(1)=1'::funnel_summary;
SELECT '1:within=1,mode=0;"a","b";reached(2)=1'::funnel_summary;
SELECT '1:within=1,mode=99;"a"'::funnel_summary;
SELECT '1:within=1,mode=0;"a";came(1)=1'::funnel_summary;
-- sums of counts that no bigint holds; times of nobody, or longer than time
SELECT '1:within=1,mode=0;"a","b";reached(1)=9223372036854775807;reached(2)=1;time(2,0)=1;total_time(2,0)=1'::funnel_summary;
SELECT '1:within=1,mode=0;"a","b";reached(2)=2;time(2,0)=9223372036854775807;time(2,1)=9223372036854775807;total_time(2,0)=2'::funnel_summary;
SELECT '1:within=1,mode=0;"a","b";reached(1)=2;time_sum(2,0)=1'::funnel_summary;
SELECT '1:within=1,mode=0;"a","b";reached(2)=1;time(2,0)=1;total_time(2,0)=1;time_sum(2,0)=9223372036854775807'::funnel_summary;
SELECT customers(rollup(f), 1) FROM (VALUES ('1:within=1,mode=0;"a","b";reached(1)=9223372036854775807'::funnel_summary), ('1:within=1,mode=0;"a","b";reached(2)=1;time(2,0)=1;total_time(2,0)=1')) v(f);
