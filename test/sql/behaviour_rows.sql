-- Funnels, retention and sessions from rows: worked examples, errors, resolution.
\set SHOW_CONTEXT never
SET search_path = engage, pg_catalog;
SET timezone = 'Asia/Tehran';
CREATE TEMP TABLE event (customer text, ts timestamptz, name text);
INSERT INTO event VALUES
  ('all in a week', '2024-03-01 10:00Z', 'visit'), ('all in a week', '2024-03-02 10:00Z', 'cart'), ('all in a week', '2024-03-08 10:00Z', 'order'),
  ('a moment late', '2024-03-01 10:00Z', 'visit'), ('a moment late', '2024-03-02 10:00Z', 'cart'), ('a moment late', '2024-03-08 10:00:00.000001Z', 'order'),
  ('second start', '2024-03-01 10:00Z', 'visit'), ('second start', '2024-03-05 10:00Z', 'visit'), ('second start', '2024-03-06 10:00Z', 'cart'), ('second start', '2024-03-10 10:00Z', 'order'),
  ('wrong order', '2024-03-01 10:00Z', 'order'), ('wrong order', '2024-03-02 10:00Z', 'cart'), ('wrong order', '2024-03-03 10:00Z', 'visit'),
  ('same time', '2024-03-01 10:00Z', 'order'), ('same time', '2024-03-01 10:00Z', 'cart'), ('same time', '2024-03-01 10:00Z', 'visit'),
  ('detour', '2024-03-01 10:00Z', 'visit'), ('detour', '2024-03-01 11:00Z', 'search'), ('detour', '2024-03-01 12:00Z', 'cart'), ('detour', '2024-03-01 13:00Z', 'visit'), ('detour', '2024-03-01 14:00Z', 'order'),
  ('never visited', '2024-03-01 10:00Z', 'search'), ('no time', NULL, 'visit'), ('some time', NULL, 'visit'), ('some time', '2024-03-01 10:00Z', 'visit');

-- every mode; NULL without a row that has a time, 0 without the first step
SELECT customer,
       window_funnel('7 days', ts, name = 'visit', name = 'cart', name = 'order') AS "default",
       window_funnel('7 days', 'strict_increase', ts, name = 'visit', name = 'cart', name = 'order') AS increase,
       window_funnel('7 days', 'strict_once', ts, name = 'visit', name = 'cart', name = 'order') AS once,
       window_funnel('7 days', 'consecutive', ts, name = 'visit', name = 'cart', name = 'order') AS consecutive,
       window_funnel('7 days', 'any_order', ts, name = 'visit', name = 'cart', name = 'order') AS any_order
FROM event GROUP BY customer ORDER BY customer COLLATE "C";
-- the same by all ways of writing it: no rows
SELECT customer FROM event GROUP BY customer HAVING ARRAY[
  window_funnel('7 days', ts, CASE name WHEN 'visit' THEN 1 WHEN 'cart' THEN 2 WHEN 'order' THEN 3 END), window_funnel('7 days', 'default', ts, (CASE name WHEN 'visit' THEN 1 WHEN 'cart' THEN 2 WHEN 'order' THEN 3 ELSE 0 END)::smallint),
  window_funnel('7 days', ts, VARIADIC ARRAY[name = 'visit', name = 'cart', name = 'order']), window_funnel('7 days', ' Default', ts AT TIME ZONE 'UTC', ARRAY[name = 'visit', name = 'cart', name = 'order']),
  window_funnel(7 * 86400000000, (extract(epoch FROM ts) * 1000000)::bigint, name = 'visit', name = 'cart', name = 'order')]
  IS DISTINCT FROM array_fill(window_funnel('7 days', ts, name = 'visit', name = 'cart', name = 'order'), '{5}');

-- one row may meet several steps; strict_once asks for different rows, whatever their order
SELECT window_funnel(10, t, a, b, c) AS "default", window_funnel(10, 'strict_once', t, a, b, c) AS once, window_funnel(10, 'strict_increase', t, a, b, c) AS increase, window_funnel(10, 'consecutive', t, a, b, c) AS consecutive
FROM (VALUES (1, true, true, true)) v(t, a, b, c);
SELECT o, window_funnel(10, t, a, b) AS "default", window_funnel(10, 'strict_once', t, a, b) AS once, window_funnel(10, 'consecutive', t, a, b) AS consecutive
FROM (VALUES (1, 1, true, true), (1, 1, true, false), (2, 1, true, false), (2, 1, true, true)) v(o, t, a, b) GROUP BY o ORDER BY o;
-- a chain that repeats itself at rising times (ClickHouse issue 52844 expects 4)
SELECT window_funnel(100000, 'strict_increase', t, name = 'visit0', name = 'visit1', name = 'visit2', name = 'visit3') AS increase, window_funnel(2, 'strict_increase', t, name = 'visit0', name = 'visit1', name = 'visit2', name = 'visit3') AS short
FROM unnest('{visit0,visit1,visit2,visit3,visit1,visit2,visit3,visit1,visit2,visit3}'::text[], '{1,2,2,2,3,3,3,4,4,4}'::int[]) AS v(name, t);
-- a first step again, at the time of the second, must not hide the earlier one (as in ClickHouse issue 93789)
SELECT window_funnel(10, 'strict_increase', t, s) FROM (VALUES (1, 1), (2, 1), (2, 2)) v(t, s);
-- a first step again does not end an attempt that is under way
SELECT window_funnel(10, t, s) AS "default", window_funnel(10, 'strict_once', t, s) AS once, window_funnel(10, 'consecutive', t, s) AS consecutive FROM (VALUES (1, 1), (2, 2), (3, 1), (11, 3)) v(t, s);
-- consecutive: rows that meet no step are not there; every first step starts an attempt; rows of equal time come in the order that helps
SELECT window_funnel(10, 'consecutive', t, s) AS unrelated FROM (VALUES (1, 1), (2, 0), (3, NULL), (4, 2)) v(t, s);
SELECT window_funnel(10, 'consecutive', t, s) AS second FROM (VALUES (1, 1), (2, 1), (3, 2), (4, 3)) v(t, s);
SELECT window_funnel(10, 'consecutive', t, s) AS tied, window_funnel(10, 'consecutive,strict_increase', t, s) AS rising FROM (VALUES (1, 1), (1, 5), (2, 3), (2, 2), (3, 4)) v(t, s);
-- any_order: within one window, which ends wherever it likes
SELECT window_funnel(w, 'any_order', t, s) FROM (VALUES (1, 3), (5, 2), (11, 1), (12, 3)) v(t, s), generate_series(0, 8) w GROUP BY w ORDER BY w;

-- a window of no length, and times that lie further apart than a bigint reaches
SELECT window_funnel(0, t, s) AS none, window_funnel(1, t, s) AS one, window_funnel(9223372036854775807, t, s) AS longest FROM (VALUES (1, 1), (1, 2), (2, 3)) v(t, s);
SELECT window_funnel(9223372036854775807, t, s) FROM (VALUES (9223372036854775807, 2), (-9223372036854775808, 1)) v(t, s);
SELECT window_funnel(9223372036854775807, t, s) FROM (VALUES (9223372036854775806, 2), (-1, 1)) v(t, s);
SELECT window_funnel('2000000000 days', ts, s) FROM (VALUES (timestamp '294276-12-31', 2), ('4713-01-01 BC', 1)) v(ts, s);
-- 64 steps
SELECT window_funnel(100, t, t) AS step, window_funnel(100, t, VARIADIC ARRAY(SELECT i = t FROM generate_series(1, 64) i)) AS conditions, window_funnel(100, 'strict_once', t, t::bigint) AS once,
       window_funnel(100, 'any_order', t, t) AS any_order, window_funnel(62, t, t) AS short
FROM generate_series(1, 64) t;
SELECT window_funnel(0, 'strict_once', 1, VARIADIC ARRAY(SELECT i <> 1 OR r = 1 FROM generate_series(1, 64) i)) AS once FROM generate_series(1, 5000) r;
-- days, and days that have 23 hours somewhere
SELECT window_funnel('1 day', d, s) AS days, window_funnel('23 hours', d, s) AS hours, window_funnel('1 day', d::timestamp AT TIME ZONE 'Europe/Paris', s) AS day_in_paris FROM (VALUES (date '2024-03-31', 1), ('2024-04-01', 2)) v(d, s);
-- as window aggregate: how far so far
SELECT t, s, window_funnel(10, t, s) OVER (ORDER BY t) AS so_far, window_funnel(10, t, s = 1, s = 2, s = 3) OVER (ORDER BY t ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS to_come FROM (VALUES (1, 1), (2, 2), (3, 3), (4, 1)) v(t, s);

-- from levels to counts, which are cumulative
SELECT funnel_counts(level, 3) AS counts, funnel_counts(level, 3) FILTER (WHERE level = 0) AS none, funnel_counts(level, 3) FILTER (WHERE false) AS nobody
FROM (SELECT window_funnel('7 days', ts, name = 'visit', name = 'cart', name = 'order') AS level FROM event GROUP BY customer) x;
SELECT step, customers, round(100.0 * customers / counts[1], 1) AS from_start_pct FROM (SELECT funnel_counts(level, 3) AS counts FROM unnest('{3,1,0,2,2,NULL}'::int[]) level) x, unnest(counts) WITH ORDINALITY u(customers, step);
-- retention
SELECT customer, retention(ts::date = '2024-03-01', ts::date = '2024-03-02', ts::date > '2024-03-04', NULL::boolean) FROM event GROUP BY customer ORDER BY customer COLLATE "C";
SELECT retention_counts(r) AS counts, retention_counts(r) FILTER (WHERE false) AS nobody FROM (SELECT retention(ts::date = '2024-03-01', ts::date = '2024-03-02', ts::date > '2024-03-04') AS r FROM event GROUP BY customer) x;
SELECT retention_counts(r) FROM (VALUES ('{t,f,NULL}'::boolean[]), ('{f,t,t}'), (NULL)) v(r);
SELECT retention(c) AS array, retention(VARIADIC c) AS variadic, retention(c) FILTER (WHERE c IS NULL) AS none FROM (VALUES ('{t,NULL,f}'::boolean[]), ('{NULL,f,t}'), (NULL)) v(c);

-- sessions: exactly the gap does not end one, a microsecond more does
SELECT name, ts AT TIME ZONE 'UTC' AS ts, sessionize(ts, '30 minutes') OVER w AS session, sessionize(ts, '30 minutes', source) OVER w AS by_source, sessionize(ts, '30 minutes', (ts AT TIME ZONE 'Europe/Paris')::date) OVER w AS by_day,
       sessionize(ts, '0', name, source) OVER w AS by_both
FROM (VALUES ('a', timestamptz '2024-03-31 21:00Z', 'mail'), ('b', '2024-03-31 21:30Z', NULL), ('b', '2024-03-31 21:59Z', 'mail'), ('b', '2024-03-31 22:00Z', 'search'), ('c', '2024-03-31 22:30:00.000001Z', 'search'), ('d', NULL, 'ad'), ('d', '2024-04-02 00:00Z', NULL)) v(name, ts, source)
WINDOW w AS (ORDER BY ts);
-- each partition begins with 1; text that is equal is equal, whatever its bytes
CREATE COLLATION pg_temp.any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT p, t, sessionize(t, 5) OVER w AS session, sessionize(t, 5, k) OVER w AS bytes, sessionize(t, 5, k COLLATE pg_temp.any_case) OVER w AS folded, sessionize(t, 5, n, k) OVER w AS numbers
FROM (VALUES (1, 1, 'Mail', 1.0), (1, 2, 'mail', 1.00), (1, 9, 'mail', 2), (2, 3, 'ad', NULL), (2, 4, NULL, 1), (2, 5, 'ad', 1)) v(p, t, k, n) WINDOW w AS (PARTITION BY p ORDER BY t);
SELECT sessionize(ts, '1 day') OVER (ORDER BY ts) FROM (VALUES (timestamp '2024-03-30 12:00'), ('2024-03-31 12:00')) v(ts);
SELECT sessionize(d, '1 day') OVER (ORDER BY d) FROM (VALUES (date '2024-03-30'), ('2024-03-31'), ('2024-04-02')) v(d);
SELECT sessionize(t, 9223372036854775807) OVER (ORDER BY t) FROM (VALUES (-9223372036854775808), (0), (9223372036854775807)) v(t);

-- errors
CREATE FUNCTION pg_temp.fails(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text; detail text; hint text;
BEGIN
  EXECUTE 'SELECT ' || query INTO result;
  RETURN 'no error: ' || coalesce(result, 'null');
EXCEPTION WHEN others THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(E'\n    ', '', SQLSTATE || ': ' || SQLERRM, nullif(detail, ''), nullif(hint, ''));
END $$;
CREATE OPERATOR pg_temp.### (FUNCTION = sessionize, LEFTARG = bigint, RIGHTARG = bigint);
\pset format unaligned
\pset fieldsep ' '
SELECT query, pg_temp.fails(query) AS error FROM unnest(ARRAY[
  -- windows
  'window_funnel(NULL, 1, true)', 'window_funnel(-1, 1, true)', 'window_funnel(''-1 day'', now(), true)', 'window_funnel(''1 month'', now(), true)', 'window_funnel(NULL::interval, now(), true)', 'window_funnel(NULL::interval, NULL::timestamptz, true)',
  'window_funnel(w, 1, true) FROM generate_series(5, 7, 2) w', 'window_funnel(w * interval ''1 hour'', timestamp ''2024-01-01'', true) FROM generate_series(5, 30, 25) w',
  -- modes
  'window_funnel(1, ''strict'', 1, true)', 'window_funnel(1, '''', 1, true)', 'window_funnel(1, ''any_order,consecutive'', 1, true)', 'window_funnel(1, ''strict_once,'', 1, true)', 'window_funnel(1, NULL, 1, true)', 'window_funnel(1, m, 1, true) FROM unnest(''{default,strict_once}''::text[]) m',
  -- times
  'window_funnel(''1 day'', timestamptz ''infinity'', true)', 'window_funnel(''1 day'', timestamp ''-infinity'', true)', 'window_funnel(''1 day'', date ''infinity'', true)', 'window_funnel(''1 day'', date ''5874897-12-31'', true)', 'window_funnel(''1 day'', 1, true)', 'window_funnel(1, now(), true)', 'window_funnel(1, 1.5, true)', 'window_funnel(''1 day'', time ''10:00'', true)',
  -- conditions
  'window_funnel(1, 1)', 'window_funnel(1, 1, ''x''::text)', 'window_funnel(1, 1, true, 2)', 'window_funnel(1, 1, 2, true)', 'window_funnel(1, 1, 1.0)', 'window_funnel(1, 1, NULL)', 'window_funnel(1, 1, true, NULL)', 'window_funnel(1, 1, true, ''t'')', 'window_funnel(1, 1, ARRAY[1])', 'window_funnel(1, 1, ARRAY[true], true)',
  'window_funnel(1, 1, -1)', 'window_funnel(1, 1, 65::smallint)', 'window_funnel(1, 1, 9223372036854775807)', 'window_funnel(1, 1, VARIADIC ARRAY[]::boolean[])', 'window_funnel(1, 1, VARIADIC array_fill(true, ''{65}''))', 'window_funnel(1, 1, ' || repeat('true, ', 64) || 'false)',
  'window_funnel(1, 1, VARIADIC array_fill(true, ARRAY[n])) FROM generate_series(2, 3) n', 'window_funnel(1, 1, VARIADIC NULL::boolean[])', 'window_funnel(1, 1, VARIADIC ''{{t,f},{f,t}}''::boolean[])',
  -- counts and retention
  'funnel_counts(4, 3)', 'funnel_counts(-1, 3)', 'funnel_counts(0, 0)', 'funnel_counts(1, 65)', 'funnel_counts(1, n) FROM generate_series(2, 3) n', 'funnel_counts(1, NULL)',
  'retention(1)', 'retention(true, 1)', 'retention(true, ''x''::text)', 'retention(NULL)', 'retention(array_fill(true, ARRAY[n])) FROM generate_series(2, 3) n', 'retention(ARRAY[]::boolean[])', 'retention_counts(array_fill(true, ARRAY[n])) FROM generate_series(2, 3) n', 'retention_counts(''{}'')', 'retention_counts(array_fill(true, ''{65}''))',
  -- sessions
  'sessionize(t, 5) OVER (ORDER BY t DESC) FROM generate_series(1, 2) t', 'sessionize(1, NULL) OVER ()', 'sessionize(1, -1) OVER ()', 'sessionize(now(), ''1 month'') OVER ()', 'sessionize(timestamptz ''infinity'', ''1 hour'') OVER ()', 'sessionize(1, 5, NULL) OVER ()', 'sessionize(1, 5, point ''(1,2)'', ''{}''::json) OVER ()', 'sessionize(1, 5)', '1::bigint OPERATOR(pg_temp.###) 5::bigint', 'sessionize(1) OVER ()',
  'sessionize(t, 5, CASE t WHEN 1 THEN ''a'' ELSE ''A'' END COLLATE "C", ''x'' COLLATE pg_temp.any_case) OVER (ORDER BY t) FROM generate_series(1, 1) t',
  -- support functions by hand
  'window_funnel_final(NULL)', 'window_funnel_combine(NULL, NULL)', 'window_funnel_serial(NULL)', 'window_funnel_deserial(''\x01'', NULL)', 'window_funnel_accum(NULL, 1, 1, true)', 'step_counts_combine(''{1,2}'', ''{1,2,3}'')', 'step_counts_combine(''{{1,2}}'', ''{1,2}'')', 'step_counts_combine(''{1,NULL}'', ''{1,2}'')', 'step_counts_combine(''{9223372036854775807}'', ''{1}'')', 'step_counts_combine(''{1,2}'', ''{3,4}'')',
  'funnel_counts_accum(''{5,1}'', 1, 2)', 'retention_counts_accum(''{5}'', ''{t,t}'')', 'retention_accum(NULL, true, false)', 'retention_accum(''{f,f,f}'', true, false)', 'retention_accum(''{f,t}'', true, false)', 'retention_combine(''{t,NULL}'', ''{f,f}'')', 'retention_combine(''{t,f}'', ''{f,t}'')', 'retention_combine(''{t,f}'', ''{t}'')', 'retention_final(''{f,t}'')', 'retention_combine(''{}'', array_fill(true, ''{100}''))', 'retention_final(array_fill(true, ''{100}''))'
]) query;
\pset format aligned
\pset fieldsep '|'

-- which form is chosen for a column of each type: never one that would move a time through the session's zone
CREATE FUNCTION pg_temp.resolve(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE chosen text;
BEGIN
  EXECUTE 'CREATE TEMP VIEW v AS SELECT ' || call || ' AS x';
  SELECT pg_get_function_identity_arguments(p.oid) INTO STRICT chosen
  FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_proc p ON p.oid = d.refobjid
  WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_proc'::regclass AND r.ev_class = 'pg_temp.v'::regclass AND p.pronamespace = 'engage'::regnamespace;
  DROP VIEW pg_temp.v;
  RETURN replace(replace(replace(chosen, ' with time zone', 'tz'), ' without time zone', ''), 'VARIADIC "any"', '...');
EXCEPTION WHEN undefined_function THEN RETURN '-'; WHEN ambiguous_function THEN RETURN 'ambiguous'; WHEN others THEN RETURN SQLSTATE;
END $$;
CREATE DOMAIN pg_temp.d_ts AS timestamp;
SELECT t AS type, pg_temp.resolve(format('window_funnel(''7 days'', NULL::%s, true)', t)) AS "literal, ts", pg_temp.resolve(format('window_funnel(7, NULL::%s, true)', t)) AS "integer, ts", pg_temp.resolve(format('window_funnel(''7 days'', ''consecutive'', NULL::%s, 1)', t)) AS "literal, literal, ts",
       pg_temp.resolve(format('window_funnel(7::smallint, ''any_order''::text, NULL::%s, 1)', t)) AS "smallint, text, ts", pg_temp.resolve(format('sessionize(NULL::%s, ''7 days'') OVER ()', t)) AS "sessionize, literal", pg_temp.resolve(format('sessionize(NULL::%s, 7, ''a''::text) OVER ()', t)) AS "sessionize, integer"
FROM unnest('{timestamptz,timestamp,date,pg_temp.d_ts,bigint,integer,smallint,numeric,text,time,interval}'::text[]) t;
-- what the ambiguous spellings resolve to
PREPARE typed AS SELECT window_funnel($1, $2, $3::timestamptz, $4::boolean);
SELECT parameter_types FROM pg_prepared_statements WHERE name = 'typed';
PREPARE untyped AS SELECT window_funnel('1 day', $1, $2::boolean);
SELECT pg_typeof(window_funnel('7 days', 'strict_once', ts, true)), pg_typeof(window_funnel('7 days', ts::date, true)) FROM event;

-- flags of one dimension only
SELECT engage.retention_counts('{{t},{f}}'::boolean[]);
SELECT engage.retention_counts('{t,NULL,f}'::boolean[]) AS null_is_false;
