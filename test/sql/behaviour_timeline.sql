-- type timeline
\set SHOW_CONTEXT never
SET search_path = engage, pg_catalog;
SET timezone = 'Asia/Tehran';
SET datestyle = 'SQL, DMY';

-- ------------------------------------------------------------ text form
-- any order in, one order out; session settings have no part in it
SELECT '1:"view"@2024-01-01T10:00:00Z,"purchase"@2024-01-01T10:03:20.5Z=19.9,"a""b"@0044-03-15T00:00:00 BCZ'::timeline;
SELECT '1:'::timeline AS empty, length('1:'::timeline), event_names('1:'), first_at('1:'::timeline) IS NULL AS no_first, last_at('1:'::timeline) IS NULL AS no_last;
SELECT t::timeline AS t FROM (VALUES ('1:"x"@2024-02-29T23:59:59.999999Z=-0'), ('1:"x"@2024-01-01T00:00:00Z=1e-300,"x"@2024-01-01T00:00:00Z=-2.5,"x"@2024-01-01T00:00:00Z'),
  ('1:""@294276-12-31T23:59:59.999999Z'), ('1:"old"@4713-01-01T00:00:00 BCZ,"new"@294276-12-31T23:59:59.999999Z'), ('1:"خرید"@2024-01-01T00:00:00Z')) v(t);
SELECT t, t::text::timeline = t AS same FROM (SELECT timeline_agg(ts, e, v) AS t FROM (VALUES ('2024-01-01 10:00+00'::timestamptz, 'b', 0.1::float8), ('2024-01-01 10:00+00', 'a', NULL), ('2023-12-31 10:00+00', 'c', 1e100)) x(ts, e, v)) y;

-- mistakes
CREATE FUNCTION pg_temp.try(input text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text; message text; state text;
BEGIN
  RETURN input::engage.timeline;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, state = RETURNED_SQLSTATE;
  RETURN state || ': ' || message || ' / ' || detail;
END $$;
SELECT pg_temp.try(t) FROM (VALUES (''), ('2:'), ('1'), ('1:x'), ('1:"x"'), ('1:"x"@2024-01-01'), ('1:"x"@2024-01-01T10:00:00'), ('1:"x"@2024-02-30T10:00:00Z'), ('1:"x"@2024-01-01T24:00:00Z'),
  ('1:"x"@2024-01-01T10:00:60Z'), ('1:"x"@0000-01-01T10:00:00Z'), ('1:"x"@294277-01-01T00:00:00Z'), ('1:"x"@4714-11-23T00:00:00 BCZ'), ('1:"x"@2024-01-01T10:00:00.1234567Z'), ('1:"x"@2024-01-01T10:00:00.Z'),
  ('1:"x"@2024-01-01T10:00:00Z='), ('1:"x"@2024-01-01T10:00:00Z=NaN'), ('1:"x"@2024-01-01T10:00:00Z=1e999'), ('1:"x"@2024-01-01T10:00:00Z=0x10'), ('1:"x"@2024-01-01T10:00:00Z=0X10'), ('1:"x"@2024-01-01T10:00:00Z=-0X.8P1'), ('1:"x"@2024-01-01T10:00:00Z,'), ('1:"x"@2024-01-01T10:00:00Z "y"'), ('1:"x@2024-01-01T10:00:00Z'), ('now')) v(t);

-- ------------------------------------------------------------ making
CREATE TEMP TABLE ev (customer int, ts timestamptz, event text, value float8);
INSERT INTO ev VALUES (1, '2024-03-01 10:00+00', 'view', NULL), (1, '2024-03-01 10:05+00', 'cart', NULL), (1, '2024-03-01 10:05+00', 'view', NULL), (1, '2024-03-02 10:00+00', 'purchase', 19.5),
  (1, '2024-03-01 10:00+00', 'view', NULL), (2, '2024-03-05 08:00:00.000001+00', 'view', 1), (2, NULL, 'view', 1), (2, '2024-03-05 08:00+00', NULL, 1), (3, NULL, NULL, NULL);
SELECT customer, timeline_agg(ts, event) AS without, timeline_agg(ts, event, value) AS with_values FROM ev GROUP BY customer ORDER BY customer;
-- times without zone stand as they are; dates are midnight
SELECT timeline_agg(timestamp '2024-03-01 10:00', 'a'), timeline_agg(date '2024-03-01', 'a', 2), timeline_agg(date '2024-03-01', 'a');
SELECT timeline_agg('2024-03-01 10:00+00'::timestamptz, 'a', 'NaN');
SELECT timeline_agg('2024-03-01 10:00+00'::timestamptz, 'a', '-infinity');
SELECT timeline_agg('infinity'::timestamptz, 'a');
SELECT timeline_agg('-infinity'::date, 'a');
-- parts give the whole, whatever the split; twice is twice
SELECT rollup(t) = (SELECT timeline_agg(ts, event, value) FROM ev) AS same FROM (SELECT timeline_agg(ts, event, value) AS t FROM ev GROUP BY customer) x;
SELECT rollup(t) = (SELECT timeline_agg(ts, event, value) FROM ev) AS same FROM (SELECT timeline_agg(ts, event, value) AS t FROM ev GROUP BY ts) x;
SELECT rollup(t) AS both, length(rollup(t)) FROM (VALUES ('1:"a"@2024-01-01T00:00:00Z'::timeline), (NULL), ('1:"a"@2024-01-01T00:00:00Z=1'), ('1:')) v(t);
SELECT rollup(NULL::timeline) IS NULL AS none;
SELECT a || b AS union, (a || b) = (b || a) AS either_way, dedup(a || a) = a AS once, length(a || a || b) AS three
FROM (VALUES ('1:"a"@2024-01-01T00:00:00Z=1'::timeline, '1:"b"@2023-01-01T00:00:00Z'::timeline)) v(a, b);
SELECT dedup('1:"a"@2024-01-01T00:00:00Z,"a"@2024-01-01T00:00:00Z,"a"@2024-01-01T00:00:00Z=1,"b"@2024-01-01T00:00:00Z,"a"@2024-01-01T00:00:00Z=1');
-- as a window: growing and moving frames
SELECT ts AT TIME ZONE 'UTC' AS ts, length(timeline_agg(ts, event) OVER (ORDER BY ts, event ROWS UNBOUNDED PRECEDING)) AS so_far, timeline_agg(ts, event) OVER (ORDER BY ts, event ROWS 1 PRECEDING) AS last_two
FROM ev WHERE customer = 1 ORDER BY ts, event;

-- ------------------------------------------------------------ reading
CREATE TEMP TABLE tl AS SELECT customer, timeline_agg(ts, event, value) AS t FROM ev GROUP BY customer HAVING count(ts) > 0;
SELECT customer, n, e.ts AT TIME ZONE 'UTC' AS ts, e.event, e.value FROM tl, events(t) AS e ORDER BY customer, n;
SELECT customer, length(t), event_count(t), event_count(t, 'view') AS views, event_count(t, 'x') AS x, total_value(t), total_value(t, 'view') AS of_views, total_value(t, 'x') IS NULL AS none,
       event_names(t), first_at(t) AT TIME ZONE 'UTC' AS first_at, last_at(t) AT TIME ZONE 'UTC' AS last_at FROM tl ORDER BY customer;
SELECT customer, t @> ARRAY['view'] AS view, t @> ARRAY['view', 'purchase'] AS both, t @> '{}' AS nothing, t @> ARRAY[NULL] AS unknown, t && ARRAY['purchase', 'x'] AS any, t && '{}' AS any_of_none FROM tl ORDER BY customer;
SELECT total_value('1:"a"@2024-01-01T00:00:00Z=1e308,"a"@2024-01-02T00:00:00Z=1e308');

-- ------------------------------------------------------------ cutting
SELECT slice(t, '2024-03-01 10:05+00', '2024-03-02 10:00+00') AS middle, slice(t, NULL, '2024-03-01 10:05+00'::timestamptz) AS beginning, slice(t, '2024-03-02 10:00+00', 'infinity') AS ending, slice(t, '2025-01-01'::timestamp, NULL) AS none FROM tl WHERE customer = 1;
SELECT length(slice(t, '2024-03-01'::date, '2024-03-02'::date)) AS day, length(slice(t, '-infinity'::date, NULL::date)) AS all, length(slice(t, date '2024-03-02', date 'infinity')) AS later FROM tl WHERE customer = 1;
SELECT slice(NULL, now(), now()) IS NULL AS unknown;
SELECT keep(t, '{view,x}'), discard(t, '{view,x}'), keep(t, '{}'), discard(t, '{}') = t AS all FROM tl WHERE customer = 1;
SELECT rename_events(t, '{view,cart,x}', '{look,look,y}') FROM tl WHERE customer = 1;
SELECT rename_events(t, '{view,cart}', '{look}') FROM tl;

-- ------------------------------------------------------------ equality
SELECT count(*) AS customers, count(DISTINCT t::text) AS texts, (SELECT count(*) FROM (SELECT DISTINCT t FROM (SELECT t FROM tl UNION ALL SELECT t::text::timeline FROM tl) x) y) AS distinct FROM tl;
SELECT a.customer, b.customer, a.t = b.t AS equal, a.t <> b.t AS different FROM tl a, tl b ORDER BY 1, 2;
SET enable_nestloop = off; SET enable_mergejoin = off;
EXPLAIN (COSTS OFF) SELECT * FROM tl a JOIN tl b ON a.t = b.t;
SELECT count(*) FROM tl a JOIN tl b ON a.t = b.t;
RESET enable_nestloop; RESET enable_mergejoin;

-- ------------------------------------------------------------ sessions, path
SELECT session, started_at AT TIME ZONE 'UTC' AS started_at, duration, s.events, s.value, entry, exit
FROM sessions('1:"land"@2024-03-01T10:00:00Z,"view"@2024-03-01T10:30:00Z=2,"buy"@2024-03-01T11:00:00.000001Z=3,"land"@2024-03-01T11:00:00.000001Z', '30 minutes') AS s;
SELECT session_count(t, '1 day') AS one, session_count(t, '23:54:59.999999') AS two, session_count('1:', '1 day') AS none FROM tl WHERE customer = 1;
SELECT session_count(t, '1 month') FROM tl;
SELECT session_count(t, '0') FROM tl;
SELECT session_count(t, '-1 hour') FROM tl;
SELECT event_path(t) AS path, event_path(t, collapse => false) AS every, event_path(t, 2) AS first_two, event_path(t, 2, ends_at => 'purchase') AS last_two, event_path(t, starts_at => 'cart') AS from_cart,
       event_path(t, starts_at => 'x') AS none, event_path(t, ends_at => 'cart') AS to_cart, event_path(t, clean => '{{^(view|cart)$,browse}}') AS cleaned, event_path('1:') AS of_nothing FROM tl WHERE customer = 1;
-- from one purchase to the next, not to itself
SELECT event_path(t, starts_at => 'buy', ends_at => 'buy') AS again, event_path(t, starts_at => 'view', ends_at => 'view') AS never_again, event_path(t, ends_at => 'buy') AS to_the_first
FROM (VALUES ('1:"buy"@2024-01-01T00:00:00Z,"view"@2024-01-02T00:00:00Z,"buy"@2024-01-03T00:00:00Z'::timeline)) v(t);
SELECT event_path(t, 0) FROM tl;
SELECT event_path(t, clean => '{a,b,c}') FROM tl;
SELECT event_path(t, clean => '{{(,x}}') FROM tl;
SELECT next_event(t, 'cart'), next_event(t, 'purchase') IS NULL AS nothing, next_event(t, 'x') IS NULL AS never FROM tl WHERE customer = 1;

-- ------------------------------------------------------------ many names, wide codes, long timelines
SELECT length(t), cardinality(event_names(t)) AS names, t::text::timeline = t AS same, event_count(t, 'n299') AS n299, pg_column_size(t) < 8000 AS small
FROM (SELECT timeline_agg(timestamptz '2024-01-01' + i * interval '1 second', 'n' || i % 300) AS t FROM generate_series(1, 1000) i) x;
SELECT length(t), cardinality(event_names(t)) AS names, (SELECT sum(n * (e.event = 'n' || n)::int) FROM events(t) e) AS all_in_place
FROM (SELECT timeline_agg(timestamptz '2024-01-01' + i * interval '1 microsecond', 'n' || i) AS t FROM generate_series(1, 70000) i) x;
-- random bags through every way in and out
SELECT bool_and(t = t::text::timeline) AS text, bool_and(t = (SELECT timeline_agg(e.ts, e.event, e.value) FROM events(t) e)) AS rows, bool_and(t = rename_events(t, '{a}', '{a}')) AS rename,
       bool_and(t = slice(t, '-infinity', 'infinity'::timestamptz)) AS slice, bool_and(t = keep(t, '{a,b,c,d}') || discard(t, '{a,b,c,d}')) AS cut
FROM (SELECT i % 100 AS c, timeline_agg(timestamptz '1999-12-30' + (i * 7919 % 1000) * CASE i % 3 WHEN 0 THEN interval '1 day' WHEN 1 THEN interval '1 minute' ELSE interval '1 millisecond' END,
             substr('abcdefg', 1 + i * 31 % 7, 1), CASE WHEN i % 4 = 0 THEN i / 7.0 - 5 END) AS t FROM generate_series(1, 5000) i GROUP BY 1) x;

-- timelines of a query: more names than share a word with a time there
SELECT count(*) AS customers, bool_and(a.t = b.t) AS same, sum(length(a.t)) AS events
FROM timelines('SELECT n % 7, timestamptz ''2024-01-01 00:00+00'' + n * interval ''1 minute'', ''event '' || n % 6000 FROM generate_series(1, 20000) n', NULL::int) a
FULL JOIN (SELECT n % 7 AS customer, timeline_agg(timestamptz '2024-01-01 00:00+00' + n * interval '1 minute', 'event ' || n % 6000) AS t FROM generate_series(1, 20000) n GROUP BY 1) b ON a.customer_key = b.customer;
