-- Retention, lifecycle and stickiness of many customers.
SET search_path = engage, public;
SET timezone = 'Pacific/Auckland';	-- nothing below may depend on it
SET datestyle = ISO;
SET extra_float_digits = 0;
\pset null NULL

-- ------------------------------------------------------------ a worked example
-- Ann comes on the days 1, 2, 4; Bob on 1; Cem on 2, 3; Dana on 2, 4; Eve on 4.
CREATE TEMP TABLE visit (customer text, ts timestamptz);
INSERT INTO visit VALUES
  ('Ann', '2024-01-01 09:00+00'), ('Ann', '2024-01-02 20:00+00'), ('Ann', '2024-01-04 09:00+00'), ('Ann', '2024-01-01 09:00+00'),
  ('Bob', '2024-01-01 23:59+00'), ('Cem', '2024-01-02 00:00+00'), ('Cem', '2024-01-03 01:00+00'),
  ('Dana', '2024-01-02 10:00+00'), ('Dana', '2024-01-04 11:00+00'), ('Eve', '2024-01-04 12:00+00'), (NULL, '2024-01-01+00'), ('Fay', NULL);
CREATE TEMP TABLE active AS SELECT customer, activity_agg(ts, 'day', 'UTC') AS days FROM visit WHERE customer IS NOT NULL GROUP BY customer;
SELECT * FROM active ORDER BY customer;
CREATE TEMP TABLE kept AS SELECT retention_agg(days) AS first_time, retention_agg(days, 'recurring') AS recurring,
  retention_agg(days, 'first_time', ARRAY[[1, 1], [2, 3], [1, 3], [9, 9]]) AS brackets FROM active;
SELECT first_time FROM kept;
SELECT recurring FROM kept;
SELECT brackets FROM kept;
-- the triangle: what has not been seen yet is NULL, a cohort without customers is there
SELECT r.* FROM kept, retention_rows(first_time) r;
SELECT r.* FROM kept, retention_rows(first_time, 'on_or_after') r;
SELECT r.* FROM kept, retention_rows(recurring, periods => 1) r;
SELECT r.* FROM kept, retention_rows(brackets, 'bracket') r WHERE cohort < '2024-01-03';
-- 3 January is not over at noon; all is known much later
SELECT r.* FROM kept, retention_rows(first_time, as_of => '2024-01-03 12:00', periods => 2) r;
SELECT r.* FROM kept, retention_rows(first_time, 'on_or_after', '2024-01-09') r WHERE cohort = '2024-01-04';
SELECT r.* FROM kept, retention_rows(first_time, as_of => '2023-12-31', periods => 1) r WHERE cohort = '2024-01-01';
-- pooled over what is known: 4 customers have a day 1, of whom 2 were back; 4 a day 2
SELECT c.* FROM kept, retention_curve(first_time) c;
SELECT c.* FROM kept, retention_curve(first_time, 'on_or_after') c;
SELECT c.* FROM kept, retention_curve(brackets, 'bracket') c;
SELECT c.* FROM kept, retention_curve(first_time, as_of => '2023-12-31') c;
SELECT c.* FROM kept, retention_curve(recurring) c;

-- from raw rows, of every type
SELECT retention_agg(customer, ts, 'day', 'UTC')::text = first_time::text AS first_time, retention_agg(customer, ts, 'day', 'UTC', 'recurring')::text = recurring::text AS recurring,
       retention_agg(customer, ts, 'day', 'UTC', 'first_time', ARRAY[[1, 1], [2, 3], [1, 3], [9, 9]])::text = brackets::text AS brackets,
       retention_agg(customer, ts AT TIME ZONE 'UTC', 'day')::text = first_time::text AS timestamp, retention_agg(customer, ts AT TIME ZONE 'UTC', 'day', 'recurring')::text = recurring::text AS timestamp2,
       retention_agg(customer, (ts AT TIME ZONE 'UTC')::date, 'day')::text = first_time::text AS date, retention_agg(customer, (ts AT TIME ZONE 'UTC')::date, 'day', 'recurring')::text = recurring::text AS date2,
       retention_agg(customer, ts AT TIME ZONE 'UTC', 'day', 'first_time', '{{1,1},{2,3},{1,3},{9,9}}')::text = brackets::text AS timestamp3,
       retention_agg(customer, (ts AT TIME ZONE 'UTC')::date, 'day', 'first_time', '{{1,1},{2,3},{1,3},{9,9}}')::text = brackets::text AS date3
FROM visit, kept GROUP BY first_time::text, recurring::text, brackets::text;
-- disjoint customers
SELECT rollup(r)::text = max(first_time::text) AS merged FROM (SELECT retention_agg(days) AS r FROM active GROUP BY customer) x, kept;

-- ------------------------------------------------ two kinds of events
-- Who signs up (starts) buys (returns).  Uma bought before she signed up, Vic in the same week,
-- Wim never; Xia never signed up.
CREATE TEMP TABLE deed (customer text, what text, day date);
INSERT INTO deed VALUES
  ('Uma', 'sign up', '2024-12-24'), ('Uma', 'buy', '2024-12-10'), ('Uma', 'buy', '2025-01-02'), ('Uma', 'sign up', '2025-01-07'),
  ('Vic', 'sign up', '2024-12-24'), ('Vic', 'buy', '2024-12-26'), ('Vic', 'buy', '2024-12-30'), ('Wim', 'sign up', '2024-12-25'), ('Xia', 'buy', '2025-01-20');
CREATE TEMP TABLE both_kinds AS
SELECT customer, activity_agg(day, 'week') FILTER (WHERE what = 'sign up') AS starts, activity_agg(day, 'week') FILTER (WHERE what = 'buy') AS returns FROM deed GROUP BY customer;
SELECT * FROM both_kinds ORDER BY customer;
-- 2024-12-30 is the first week of 2025; Xia shows until when was observed
SELECT cohorts, r.* FROM (SELECT retention_agg(starts, returns, 'first_time') AS a, retention_agg(starts, returns, 'recurring') AS b, retention_agg(starts, returns, 'first_ever') AS c FROM both_kinds) s,
  LATERAL (VALUES ('first_time', a), ('recurring', b), ('first_ever', c)) v(cohorts, summary), retention_rows(summary) r WHERE size > 0;
SELECT r.* FROM (SELECT retention_agg(starts, returns, 'first_time', ARRAY[[1, 2], [3, 4]]) AS s FROM both_kinds) x, retention_rows(s, 'bracket') r;

-- ------------------------------------------------ rolling periods
-- The same evening and the next morning: another day of the calendar, not 24 hours
CREATE TEMP TABLE eve (customer int, ts timestamptz);
INSERT INTO eve VALUES (1, '2024-03-30 22:00+01'), (1, '2024-03-31 08:00+02'), (2, '2024-03-30 07:00+01'), (2, '2024-03-31 08:00+02'),
  (3, '2024-03-31 23:30+02'), (3, '2024-04-01 23:29+02'), (3, '2024-04-02 23:30+02'), (4, '2024-04-02 12:00+02');
CREATE TEMP TABLE told AS SELECT customer, timeline_agg(ts, 'x') AS t FROM eve GROUP BY customer;
SELECT customer, activity(t, 'day', 'Europe/Berlin') AS calendar, rolling_activity(t, 'day', 'Europe/Berlin') AS rolling,
       rolling_activity(t, 'hour', 'Europe/Berlin') AS hours, rolling_activity(t, 'month', 'Europe/Berlin') AS months FROM told ORDER BY 1;
SELECT rolling_activity('1:'::timeline, 'day') AS "nothing", rolling_activity(timeline_agg(ts, 'x'), 'week') AS "no zone" FROM (VALUES ('2024-01-03'::timestamp), ('2024-01-09 23:59:59'), ('2024-01-10')) v(ts);
CREATE TEMP TABLE rolled AS SELECT retention_agg(activity(t, 'day', 'Europe/Berlin')) AS calendar, retention_agg(rolling_activity(t, 'day', 'Europe/Berlin'), 'rolling') AS rolling FROM told;
SELECT 'calendar' AS days, r.* FROM rolled, retention_rows(calendar) r UNION ALL SELECT 'rolling', r.* FROM rolled, retention_rows(rolling) r;
SELECT days, c.* FROM rolled, LATERAL (VALUES ('calendar', calendar), ('rolling', rolling)) v(days, s), retention_curve(s) c ORDER BY 1, 2;
-- a day 1 that began on 30 March may end on 1 April, one of 31 March on 2 April
SELECT as_of, r.cohort, r.period, r.returned FROM rolled, (VALUES ('2024-04-01'::timestamp), ('2024-04-02'), ('2024-04-02 23:59'), ('2024-04-03')) v(as_of), retention_rows(rolling, as_of => as_of, periods => 1) r WHERE period = 1;
SELECT retention_agg(customer, ts, 'day', 'Europe/Berlin', 'rolling')::text = rolling::text AS raw,
       retention_agg(customer, ts AT TIME ZONE 'Europe/Berlin', 'day', 'rolling')::text = rolling::text AS "local times: an hour is lost" FROM eve, rolled GROUP BY rolling::text;

-- ------------------------------------------------ the calendar
-- a day of 23 hours, midnight of another zone, the turn of a year by week, months
SELECT customer, z, activity_agg(ts, 'day', z) FROM eve, (VALUES ('Europe/Berlin'), ('America/New_York')) v(z) WHERE customer = 1 GROUP BY 1, 2 ORDER BY 2;
SELECT z, u, r.cohort, r.period, r.returned FROM (VALUES ('Europe/Berlin'), ('America/New_York')) v(z), (VALUES ('day'), ('week'), ('month')) w(u),
  LATERAL (SELECT retention_agg(customer, ts, u, z) AS s FROM eve WHERE customer = 1) x, retention_rows(s) r ORDER BY 2, 1, 3, 4;
SELECT r.cohort, r.period, r.returned FROM (SELECT retention_agg(1, day, 'week') AS s FROM unnest('{2019-12-30,2020-12-28,2021-01-04}'::date[]) day) x, retention_rows(s) r WHERE returned > 0;
SELECT r.cohort, r.period, r.returned FROM (SELECT retention_agg(1, day, 'hour') AS s FROM unnest('{2024-03-31 01:30,2024-03-31 03:10}'::timestamp[]) day) x, retention_rows(s) r;

-- ------------------------------------------------ lifecycle
SELECT lifecycle_agg(days) AS s FROM active;
SELECT l.* FROM (SELECT lifecycle_agg(days) AS s FROM active) x, lifecycle_rows(s) l;
SELECT lifecycle_agg(customer, ts, 'day', 'UTC')::text = s AS raw, lifecycle_agg(customer, ts AT TIME ZONE 'UTC', 'day')::text = s AS timestamp,
       lifecycle_agg(customer, (ts AT TIME ZONE 'UTC')::date, 'day')::text = s AS date FROM visit, (SELECT lifecycle_agg(days)::text AS s FROM active) x GROUP BY s;
SELECT l.* FROM (SELECT lifecycle_agg(customer, day, 'week') AS s FROM deed) x, lifecycle_rows(s) l;
SELECT rollup(s)::text = (SELECT lifecycle_agg(days)::text FROM active) AS merged FROM (SELECT lifecycle_agg(days) AS s FROM active GROUP BY customer) x;

-- ------------------------------------------------ stickiness
SELECT stickiness_agg(days, 3) AS s FROM active;
SELECT t.* FROM (SELECT stickiness_agg(days, 3) AS s FROM active) x, stickiness_rows(s) t;
SELECT t.* FROM (SELECT stickiness_agg(days) AS s FROM active) x, stickiness_histogram(s) t;
SELECT stickiness_agg(customer, ts, 'UTC', 3)::text = s AS raw, stickiness_agg(customer, ts AT TIME ZONE 'UTC', 3)::text = s AS timestamp,
       stickiness_agg(customer, (ts AT TIME ZONE 'UTC')::date, 3)::text = s AS date, stickiness_agg(customer, ts, 'UTC')::text = t AS raw28,
       stickiness_agg(customer, ts AT TIME ZONE 'UTC')::text = t AS timestamp28, stickiness_agg(customer, (ts AT TIME ZONE 'UTC')::date)::text = t AS date28
FROM visit, (SELECT stickiness_agg(days, 3)::text AS s, stickiness_agg(days)::text AS t FROM active) x GROUP BY s, t;
-- a window of 28 days: somebody of 1 January counts until the 28th
SELECT t.* FROM (SELECT stickiness_agg(c, day) AS s FROM (VALUES (1, '2024-01-01'::date), (1, '2024-01-20'), (2, '2024-01-01'), (3, '2024-01-30')) v(c, day)) x, stickiness_rows(s) t
WHERE day IN ('2024-01-01', '2024-01-07', '2024-01-08', '2024-01-20', '2024-01-28', '2024-01-29', '2024-01-30');

-- ------------------------------------------------ nothing
SELECT retention_agg(a) IS NULL AS retention, lifecycle_agg(a) IS NULL AS lifecycle, stickiness_agg(a) IS NULL AS stickiness, retention_agg(a, a, 'recurring') IS NULL AS two FROM (VALUES (NULL::activity)) v(a);
SELECT retention_agg(a), retention_agg(a, NULL::activity, 'first_ever'), retention_agg(NULL, a, 'first_ever') FROM (VALUES ('1:day:'::activity)) v(a);
SELECT lifecycle_agg(a), stickiness_agg(a) FROM (VALUES ('1:day:'::activity)) v(a);
SELECT (SELECT count(*) FROM retention_rows('1:unit=1,cohorts=0;')) AS a, (SELECT count(*) FROM retention_curve('1:unit=1,cohorts=3;')) AS b, (SELECT count(*) FROM retention_rows(NULL)) AS c,
       (SELECT count(*) FROM lifecycle_rows('1:unit=1;')) AS d, (SELECT count(*) FROM stickiness_rows('1:days=28;')) AS e, (SELECT count(*) FROM stickiness_histogram('1:days=28;')) AS f;

-- ------------------------------------------------ errors
\pset tuples_only on
\pset format unaligned
\pset fieldsep ''
CREATE FUNCTION pg_temp.fails(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text; hint text;
BEGIN
  EXECUTE query;
  RETURN 'no error';
EXCEPTION WHEN others THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(E'\n    ', SQLSTATE || ': ' || SQLERRM, nullif(detail, ''), nullif(hint, ''));
END $$;
SELECT query, E'\n  ' || pg_temp.fails('SELECT ' || query) FROM unnest(ARRAY[
  $$retention_agg(days, 'first-time') FROM active$$,
  $$retention_agg(days, 'first_ever') FROM active$$,
  $$retention_agg(starts, returns, 'rolling') FROM both_kinds$$,
  $$retention_agg(days, NULL::text) FROM active$$,
  $$retention_agg(days, 'first_time', NULL::int[]) FROM active$$,
  $$retention_agg(days, 'first_time', ARRAY[1, 7]) FROM active$$,
  $$retention_agg(days, 'first_time', '{}'::int[]) FROM active$$,
  $$retention_agg(days, 'first_time', ARRAY[[1, 2, 3]]) FROM active$$,
  $$retention_agg(days, 'first_time', ARRAY[[1, NULL]]) FROM active$$,
  $$retention_agg(days, 'first_time', ARRAY[[0, 7]]) FROM active$$,
  $$retention_agg(days, 'first_time', ARRAY[[8, 7]]) FROM active$$,
  $$retention_agg(days, CASE customer WHEN 'Ann' THEN 'recurring' ELSE 'first_time' END) FROM active$$,
  $$retention_agg(days, 'recurring', CASE customer WHEN 'Ann' THEN ARRAY[[1, 2]] ELSE ARRAY[[1, 3]] END) FROM active$$,
  $$retention_agg(customer, ts, 'day', 'UTC', CASE customer WHEN 'Ann' THEN 'recurring' ELSE 'first_time' END) FROM visit$$,
  $$retention_agg(customer, ts, CASE customer WHEN 'Ann' THEN 'day' ELSE 'week' END, 'UTC') FROM visit$$,
  $$retention_agg(customer, ts, 'day', CASE customer WHEN 'Ann' THEN 'UTC' ELSE 'Asia/Tokyo' END, 'rolling') FROM visit$$,
  $$retention_agg(a) FROM (VALUES ('1:day:2024-01-01'::activity), ('1:week:2024-01-01')) v(a)$$,
  $$retention_agg('1:day:2024-01-01'::activity, '1:week:2024-01-01'::activity, 'first_time')$$,
  $$retention_agg(rolling_activity(t, 'year'), 'rolling') FROM told$$,
  $$retention_agg('1:quarter:2024-Q1'::activity, 'rolling')$$,
  $$retention_agg(1, now(), 'quarter', 'UTC', 'rolling')$$,
  $$retention_agg(1, now(), 'fortnight', 'UTC')$$,
  $$retention_agg(1, now(), 'day', 'Mars')$$,
  $$retention_agg(1, localtimestamp, 'day', 'UTC')$$,
  $$retention_agg(1, current_date, 'hour')$$,
  $$retention_agg(1, 'infinity'::timestamp, 'day')$$,
  $$retention_agg(1, timestamp '294276-01-01', 'hour')$$,
  $$lifecycle_agg(1, localtimestamp, 'day', 'UTC')$$,
  $$stickiness_agg(1, current_date, 'UTC', 7)$$,
  $$stickiness_agg(days, 0) FROM active$$,
  $$stickiness_agg(days, 10001) FROM active$$,
  $$stickiness_agg(days, NULL::int) FROM active$$,
  $$stickiness_agg(days, length(customer)) FROM active$$,
  $$stickiness_agg(customer, ts, 'UTC', length(customer)) FROM visit$$,
  $$stickiness_agg(starts) FROM both_kinds$$,
  $$* FROM kept, retention_rows(first_time, 'unbounded')$$,
  $$* FROM kept, retention_rows(first_time, NULL)$$,
  $$* FROM kept, retention_rows(first_time, 'bracket')$$,
  $$* FROM kept, retention_rows(first_time, periods => -1)$$,
  $$* FROM kept, retention_curve(first_time, as_of => 'infinity')$$,
  $$count(*) FROM (SELECT retention_agg(c, d, 'day') AS s FROM (VALUES (1, date '1970-01-01'), (2, '9999-12-31')) v(c, d)) x, retention_rows(s)$$,
  $$rollup(s) FROM (SELECT first_time FROM kept UNION ALL SELECT recurring FROM kept) x(s)$$,
  $$rollup(s) FROM (SELECT first_time FROM kept UNION ALL SELECT brackets FROM kept) x(s)$$,
  $$'1:unit=1,cohorts=0;;size(8766)=1'::retention_summary$$,
  $$'1:unit=1,cohorts=0;;size(8766)=1;on(8766,1)=2;last(8766,1)=2;seen(8767)=2'::retention_summary$$,
  $$'1:unit=1,cohorts=0;"1-7","8-"'::retention_summary$$,
  $$'1:unit=1;;new(1)=2;dormant(2)=1'::lifecycle_summary$$,
  $$'1:days=28;;day_in(1)=1;day_out(2)=1'::stickiness_summary$$]) query;
-- the same question in each group, another from group to group
SELECT bool_and(r IS NOT NULL) FROM (SELECT retention_agg(days, CASE WHEN customer < 'C' THEN 'recurring' ELSE 'first_time' END, CASE WHEN customer < 'C' THEN ARRAY[[1, 2]] ELSE ARRAY[[1, 3]] END) AS r FROM active GROUP BY customer < 'C') x;
