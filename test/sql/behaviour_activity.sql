-- Type activity: input and output, aggregates, questions, errors.
\set SHOW_CONTEXT never
SET search_path = engage, pg_catalog;
SET datestyle = 'ISO';
-- no function reads it
SET timezone = 'Pacific/Kiritimati';

-- -------------------------------------------------------------------- text form
SELECT a AS input, a::activity AS activity, days_active(a::activity) AS periods, first_active(a::activity), last_active(a::activity)
FROM (VALUES ('1:day:2024-01-03,2024-01-05..2024-01-09'), ('1:day:2024-02-28,2024-03-01,2024-02-29'), ('1:day:2024-02-28..2024-02-29'),
             ('1:day:2024-01-05..2024-01-09,2024-01-01..2024-01-06'), ('1:day:'), ('1:day:1999-12-31,2000-01-01,2000-01-02'),
             ('1:hour:2024-01-03T00,2024-01-02T23,2024-01-03T01'), ('1:hour:1999-12-31T23..2000-01-01T00'),
             ('1:week:2024-12-30,2025-01-06,2020-12-28'), ('1:week_sunday:2024-12-29'), ('1:week_saturday:2024-12-28..2025-01-11'),
             ('1:month:2023-11..2024-02,2024-04'), ('1:quarter:2023-Q4..2024-Q1,1999-Q4'), ('1:year:1999,2001..2003'),
             -- 4714-11-24 BC to the end of 294276: year 0 is 1 BC
             ('1:day:-4713-11-24,-0001-12-31,0000-01-01,0001-01-01,294276-12-31'), ('1:hour:-4713-11-24T00..294276-12-31T23'),
             ('1:week:-4713-11-24..294276-12-25'), ('1:month:-4713-12..294276-12'), ('1:quarter:-4712-Q1..294276-Q4'), ('1:year:-4712..294276')) v(a);

CREATE FUNCTION pg_temp.fails(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text; hint text;
BEGIN
  EXECUTE query;
  RETURN 'no error';
EXCEPTION WHEN others THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(' | ', SQLSTATE, SQLERRM, nullif(detail, ''), nullif(hint, ''));
END $$;
\pset format unaligned
SELECT a AS input, pg_temp.fails(format('SELECT %L::activity', a)) AS error
FROM unnest(ARRAY['', '1', '2:day:', '1:', '1:day', '1:days:2024-01-01', '1:fortnight:', '1:day:2024-01-01,', '1:day:2024-02-30', '1:day:2023-02-29',
  '1:day:24-01-01', '1:day:2024-1-1', '1:day:2024-01-01T00', '1:day: 2024-01-01', '1:day:2024-01-05..2024-01-04', '1:day:2024-01-01..', '1:day:2024-01-01...2024-01-02',
  '1:hour:2024-01-01', '1:hour:2024-01-01T24', '1:week:2024-01-02', '1:week_sunday:2024-01-01', '1:week_saturday:2024-01-01', '1:month:2024-13', '1:month:2024-00',
  '1:quarter:2024-Q5', '1:quarter:2024-01', '1:year:999', '1:year:294277', '1:year:-4713', '1:day:-4713-11-23', '1:day:294277-01-01', '1:week_sunday:294276-12-31', '1:year:99999999999999999999']) a;
\pset format aligned

-- ------------------------------------------------------------------ binary form
SELECT a, activity_send(a::activity) AS binary, pg_column_size(a::activity) AS size
FROM (VALUES ('1:day:'), ('1:day:2024-01-03,2024-01-05..2024-01-09'), ('1:day:2024-01-01'), ('1:year:2000'), ('1:week:1999-12-20'),
             -- a year apart: runs; as long as a bitmap: a bitmap
             ('1:day:2024-01-01,2025-01-01..2025-01-20'), ('1:day:2024-01-01..2024-01-08'), ('1:day:2024-01-01..2024-01-09'), ('1:day:2024-01-01..2025-12-31')) v(a);
-- about ten active days in sixty
SELECT pg_column_size(activity_agg(date '2024-01-01' + i * 37 % 60, 'day')) - 4 + 1 AS "stored bytes" FROM generate_series(1, 10) i;
CREATE TEMP TABLE stored (a activity);
INSERT INTO stored SELECT activity_agg(date '2024-01-01' + i * 37 % 60, 'day') FROM generate_series(1, 10) i;
SELECT pg_column_size(a) AS "stored bytes" FROM stored;

-- ------------------------------------------------------------------ aggregates
-- one instant, several clocks; both ends of a year
SELECT tz, activity_agg(ts, 'hour', tz) AS hour, activity_agg(ts, 'day', tz) AS day, activity_agg(ts, 'week', tz) AS week, activity_agg(ts, 'month', tz) AS month, activity_agg(ts, 'year', tz) AS year
FROM (VALUES ('UTC'), ('Asia/Tehran'), ('America/New_York'), ('Asia/Kathmandu'), ('Pacific/Kiritimati'), ('utc')) z(tz),
     (VALUES (timestamptz '2024-12-29 20:45:00+00'), ('2024-12-31 22:00:00+00')) e(ts) GROUP BY tz ORDER BY tz COLLATE "C";
-- all units, of times taken as they stand and of days; names in any case, one or several
SELECT u, activity_agg(ts, u) AS activity, activity_agg(ts, upper(u) || 'S') = activity_agg(ts, u) AS plural,
       activity_agg(ts::date, CASE WHEN u <> 'hour' THEN u END) = activity_agg(ts, u) AS "as days"
FROM unnest(ARRAY['hour', 'day', 'week', 'month', 'quarter', 'year']) u, (VALUES (timestamp '2024-12-28 23:59:59.999999'), ('2024-12-29 00:00'), ('2024-12-30'), ('2025-01-01')) e(ts) GROUP BY u ORDER BY u;
SELECT u, activity_agg(ts, u) AS activity, activity_agg(ts, replace(u, 'week', 'weeks')) = activity_agg(ts, u) AS plural
FROM unnest(ARRAY['week_sunday', 'week_saturday']) u, (VALUES (timestamp '2024-12-28 00:00'), ('2024-12-29'), ('2024-12-30'), ('2025-01-03 23:59:59.999999'), ('2025-01-04')) e(ts) GROUP BY u ORDER BY u;
-- a day of 23 hours and one of 25 are one period each; a day that a country left out is a gap
SELECT activity_agg(ts, 'day', 'Europe/Berlin') AS spring FROM generate_series(timestamptz '2024-03-30 23:00+00', '2024-03-31 21:59+00', '1 minute') ts;
SELECT activity_agg(ts, 'day', 'Europe/Berlin') AS autumn, activity_agg(ts, 'hour', 'Europe/Berlin') AS hours FROM generate_series(timestamptz '2024-10-26 22:00+00', '2024-10-27 22:59+00', '1 minute') ts;
SELECT activity_agg(ts, 'day', 'Pacific/Apia') AS "Samoa has no 30 December", longest_streak(activity_agg(ts, 'day', 'Pacific/Apia')) FROM generate_series(timestamptz '2011-12-29 10:00+00', '2011-12-31 09:59+00', '1 hour') ts;
-- 160 years of zones with odd histories, against the server's own calendar
SELECT tz, count(*) AS hours, count(*) FILTER (WHERE a IS DISTINCT FROM ('1:hour:' || to_char(ts AT TIME ZONE tz, 'YYYY-MM-DD"T"HH24'))) AS wrong
FROM (SELECT tz, ts, (activity_agg(ts, 'hour', tz) OVER (PARTITION BY tz ORDER BY ts ROWS CURRENT ROW))::text AS a
      FROM unnest(ARRAY['Europe/Dublin', 'Asia/Tehran', 'Australia/Lord_Howe', 'America/Argentina/San_Luis', 'Africa/Casablanca']) tz,
           generate_series(timestamptz '1890-01-01 00:07:00+00', '2050-01-01', '11 hours 17 minutes') ts) x GROUP BY tz ORDER BY tz COLLATE "C";
-- zones, not abbreviations, which have no summer time
SELECT activity_agg(timestamptz '2024-07-01 22:30+00', 'day', 'CET') AS "CET in summer", activity_agg(timestamptz '2024-07-01 22:30+00', 'day', 'EST5EDT') AS "EST5EDT";
-- in an order without system, so that what is remembered of a zone changes all the time
SELECT count(*) AS rows, count(*) FILTER (WHERE a IS DISTINCT FROM ('1:day:' || to_char(ts AT TIME ZONE tz, 'YYYY-MM-DD'))) AS wrong
FROM (SELECT tz, ts, (activity_agg(ts, 'day', tz) OVER (ORDER BY i ROWS CURRENT ROW))::text AS a
      FROM (SELECT i, CASE WHEN i % 5 = 0 THEN 'Asia/Tehran' ELSE 'America/New_York' END AS tz, timestamptz '1990-01-01' + hashint4(i) % 15000000 * interval '1 minute' AS ts FROM generate_series(1, 5000) i) e) x;

-- NULL in any argument skips the row
SELECT activity_agg(ts, u, tz) AS one, count(*) FROM (VALUES (timestamptz '2024-01-01 12:00+00', 'day', 'UTC'), (NULL, 'day', 'UTC'), ('2024-01-02', NULL, 'UTC'), ('2024-01-03', 'day', NULL)) v(ts, u, tz);
SELECT activity_agg(NULL::timestamp, 'day') AS none, activity_agg(NULL::date, 'day') AS none, rollup(NULL::activity) AS none;
-- zones by row
SELECT activity_agg(ts, 'day', tz) AS "by each row's clock" FROM (VALUES (timestamptz '2024-01-01 23:00+00', 'UTC'), ('2024-01-01 23:00+00', 'Asia/Tokyo'), ('2024-01-01 01:00+00', 'America/Lima')) v(ts, tz);
CREATE DOMAIN pg_temp.moment AS timestamptz;
SELECT activity_agg(ts::pg_temp.moment, 'day', 'UTC') AS "of a domain" FROM (VALUES (timestamptz '2024-01-01 23:00+00')) v(ts);
SELECT rollup(a) AS "all", rollup(a) FILTER (WHERE a <> '1:day:2024-01-05') AS some, rollup('1:week:'::activity) AS empty
FROM (VALUES ('1:day:2024-01-03'::activity), (NULL), ('1:day:'), ('1:day:2024-01-05'), ('1:day:2024-01-04..2024-01-09,2024-03-01')) v(a);

-- -------------------------------------------------------------------- questions
-- first active on Wednesday 3 January, then from Friday to Tuesday, then once in February
CREATE TEMP TABLE one AS SELECT '1:day:2024-01-03,2024-01-05..2024-01-09,2024-02-02'::activity AS a;
SELECT activity_unit(a), first_active(a), last_active(a), first_active(a)::date AS "as date", days_active(a), streak(a), longest_streak(a) FROM one;
SELECT d::date AS day, active_on(a, d) AS "on", active_on(a, d + interval '23:59:59.999999') AS "in the evening", l7(a, d), l28(a, d), streak(a, d), lifecycle(a, d)
FROM one, generate_series(timestamp '2024-01-02', '2024-01-11', '1 day') d;
SELECT l7(a, '2024-02-02'), l28(a, '2024-02-02'), l28(a, '2024-03-01'), l28(a, '2024-03-02'), lifecycle(a, '2024-02-02'), lifecycle(a, '2024-02-03'), lifecycle(a, '2024-02-04') FROM one;
-- from since to before until, by where a period begins
SELECT since, until, active_between(a, since, until), days_active(a, since, until), ARRAY(SELECT period::date FROM active_periods(a, since, until)) AS periods
FROM one, (VALUES ('2024-01-03'::timestamp, '2024-01-03'::timestamp), ('2024-01-03', '2024-01-04'), ('2024-01-03 00:00:00.000001', '2024-01-05'), ('2024-01-04', '2024-01-05 00:00:00.000001'),
  ('2024-01-06', '2024-01-08'), ('2024-01-10', '2024-02-02'), ('2024-02-02', 'infinity'), ('-infinity', '2024-01-03'), ('-infinity', '-infinity'), ('infinity', 'infinity'), ('-infinity', 'infinity'), ('2025-01-01', 'infinity')) v(since, until);
SELECT days_active('1:week:2024-12-30', '2025-01-01', '2025-02-01') AS "a week belongs to where it begins", days_active('1:week:2024-12-30', '2024-12-01', '2025-01-01'), days_active('1:hour:2024-01-01T05..2024-01-01T08', '2024-01-01 05:30', '2024-01-01 08:00') AS hours;
SELECT k, retained(a, k), retained(a, k, 'on') AS "on", retained(a, k, 'on_or_after') AS "on or after", retained(a, k, k + 2) AS bracket FROM one, unnest(ARRAY[0, 1, 2, 3, 6, 7, 28, 29, 30, 31, 2147483645]) k;
-- the turn of a year, of a leap year, of a year of 53 weeks
SELECT streak('1:day:2023-12-30..2024-01-02'), streak('1:week:2020-12-21..2021-01-04') AS weeks, longest_streak('1:month:2023-11,2023-12,2024-01,2024-03') AS months, longest_streak('1:quarter:2023-Q4,2024-Q1') AS quarters,
       retained('1:week:2020-12-28,2021-01-04', 1) AS "week 53 and week 1", lifecycle('1:month:2023-12,2024-01', '2024-01-31 23:59:59') AS month, longest_streak('1:day:2024-02-28..2024-03-01') AS leap;
-- nothing active
SELECT first_active(a), last_active(a), days_active(a), streak(a), streak(a, '2024-01-01'), longest_streak(a), active_on(a, '2024-01-01'), active_between(a, '-infinity', 'infinity'), retained(a, 0), retained(a, 0, 9), lifecycle(a, '2024-01-01'), l7(a, '2024-01-01')
FROM (SELECT '1:day:'::activity AS a) x;
SELECT period FROM active_periods('1:day:');
SELECT (active_periods(a)) FROM one LIMIT 2;
-- long ones: all hours of all times, and the same with a hole
SELECT days_active(a), longest_streak(a), streak(a, '2000-01-01'), active_on(a, '1970-01-01 12:30'), days_active(a, '2024-02-01', '2024-03-01'), pg_column_size(a)
FROM (VALUES ('1:hour:-4713-11-24T00..294276-12-31T23'::activity), ('1:hour:-4713-11-24T00..294276-12-31T23'::activity - '1:hour:1970-01-01T12,2024-02-29T00..2024-02-29T23')) v(a);

-- ------------------------------------------------------------------------ two
SELECT a, b, a || b AS "union", a & b AS both, a - b AS "less", b - a AS "less, reversed", a = b AS equal, a <> b AS unequal
FROM (VALUES ('1:day:2024-01-01..2024-01-05'::activity, '1:day:2024-01-03..2024-01-09'::activity), ('1:day:2024-01-01', '1:day:2024-01-02'), ('1:day:2024-01-01..2024-01-09', '1:day:2024-01-03,2024-01-05..2024-01-06'),
  ('1:day:', '1:day:2024-01-01'), ('1:day:', '1:day:'), ('1:day:2024-01-01', '1:day:2024-01-01'), ('1:day:2020-01-01,2024-01-01..2024-01-03', '1:day:2016-01-01,2024-01-02')) v(a, b);
SELECT '1:day:2024-01-01'::activity = '1:month:2024-01'::activity AS "equal, of two units";
SET enable_hashagg = on; SET enable_sort = off;
SELECT a, count(*) FROM (VALUES ('1:day:2024-01-01,2024-01-02'::activity), ('1:day:2024-01-02,2024-01-01'), ('1:day:2024-01-01..2024-01-02'), ('1:day:'), ('1:week:'), ('1:day:')) v(a) GROUP BY a ORDER BY a::text COLLATE "C";
SELECT count(*) AS "hash join" FROM (VALUES ('1:day:2024-01-01,2024-01-02'::activity), ('1:day:')) v(a) JOIN (VALUES ('1:day:2024-01-01..2024-01-02'::activity), ('1:week:')) w(a) USING (a);
RESET enable_sort;
-- stored out of line, compressed and not; through a hash index
CREATE TEMP TABLE big (id int, a activity);
INSERT INTO big SELECT i, activity_agg(ts, 'hour') FROM generate_series(1, 3) i, generate_series(timestamp '2000-01-01', '2024-01-01', '1 hour') ts WHERE hashint8extended(extract(epoch FROM ts)::bigint, i) % 3 = 0 GROUP BY i;
ALTER TABLE big ALTER a SET STORAGE external;
INSERT INTO big SELECT id, '1:hour:1990-01-01T00' || a FROM big;
SELECT id, pg_column_size(a) > 20000 AS large, days_active(a) = (SELECT count(*) FROM active_periods(a)) AS counted, a::text::activity = a AS "read back", (a - '1:hour:1990-01-01T00') = (SELECT rollup(b.a) FROM big b WHERE b.id = big.id) - '1:hour:1990-01-01T00' AS rolled FROM big ORDER BY id;
CREATE INDEX ON big USING hash (a);
SET enable_seqscan = off;
SELECT count(*) AS found FROM big b WHERE a = (SELECT rollup(x.a) FROM big x WHERE x.id = 2);
RESET enable_seqscan;

-- --------------------------------------------------------------- from a timeline
SELECT u, count(*) AS customers, count(*) FILTER (WHERE activity(t, u, 'Europe/Berlin') = zoned AND activity(t, u) = utc AND activity(keep(t, '{buy}'), u, 'Europe/Berlin') = bought) AS "as from its events"
FROM (SELECT c, u, timeline_agg(ts, e) AS t, activity_agg(ts, u, 'Europe/Berlin') AS zoned, activity_agg(ts AT TIME ZONE 'UTC', u) AS utc, activity_agg(ts, u, 'Europe/Berlin') FILTER (WHERE e = 'buy') AS bought
      FROM (SELECT i % 20 AS c, CASE WHEN i / 20 % 3 = 0 THEN 'buy' ELSE 'view' END AS e, timestamptz '2023-10-28 22:00+00' + hashint4(i) % 100000 * interval '9 minutes' AS ts FROM generate_series(1, 600) i) x,
           unnest(ARRAY['hour', 'day', 'week', 'month']) u GROUP BY c, u) y GROUP BY u ORDER BY u;
SELECT activity(discard(timeline_agg(timestamptz '2024-01-01', 'a'), '{a}'), 'day', 'UTC') AS "no events" FROM generate_series(1, 1);

-- ----------------------------------------------------------------------- errors
\pset format unaligned
SELECT query, pg_temp.fails('SELECT ' || query) AS error
FROM unnest(ARRAY[
  $$activity_agg(timestamptz '2024-01-01', 'fortnight', 'UTC')$$,
  $$activity_agg(timestamp '2024-01-01', '')$$,
  $$activity_agg(timestamp '2024-01-01', 'dayss')$$,
  $$activity_agg(timestamptz '2024-01-01', 'day', 'Mars/Olympus')$$,
  $$activity_agg(timestamptz '2024-01-01', 'day', 'PDT')$$,
  $$activity_agg(timestamptz '2024-01-01', 'day')$$,
  $$activity_agg(timestamp '2024-01-01', 'day', 'UTC')$$,
  $$activity_agg(date '2024-01-01', 'day', 'UTC')$$,
  $$activity_agg('2024-01-01', 'day', 'UTC')$$,
  $$activity_agg(1704067200, 'day', 'UTC')$$,
  $$activity_agg(timestamptz 'infinity', 'day', 'UTC')$$,
  $$activity_agg(timestamp '-infinity', 'day')$$,
  $$activity_agg(date 'infinity', 'day')$$,
  $$activity_agg(date '300000-01-01', 'day')$$,
  $$activity_agg(date '2024-01-01', 'hour')$$,
  $$activity_agg(timestamp '4714-11-24 BC', 'year')$$,
  $$activity_agg(timestamptz '4714-11-24 00:30+00 BC', 'day', 'America/Lima')$$,
  $$activity_agg(timestamptz '294276-12-31 23:30+00', 'day', 'Asia/Tokyo')$$,
  $$activity_agg(ts, u) FROM (VALUES (timestamp '2024-01-01', 'day'), ('2024-01-01', 'week')) v(ts, u)$$,
  $$rollup(a) FROM (VALUES ('1:day:'::activity), ('1:week:')) v(a)$$,
  $$'1:day:'::activity || '1:week:'::activity$$,
  $$'1:day:'::activity & '1:week:'::activity$$,
  $$'1:week:'::activity - '1:week_sunday:'::activity$$,
  $$l7('1:week:2024-01-01', '2024-01-01')$$,
  $$l28('1:hour:2024-01-01T00', '2024-01-01')$$,
  $$active_on('1:day:', 'infinity')$$,
  $$active_on('1:day:', timestamptz '2024-01-01')$$,
  $$active_on('1:year:', '4714-11-24 BC')$$,
  $$streak('1:day:', '-infinity')$$,
  $$lifecycle('1:day:', 'infinity')$$,
  $$active_between('1:day:', '2024-01-02', '2024-01-01')$$,
  $$days_active('1:day:', 'infinity', '-infinity')$$,
  $$retained('1:day:2024-01-01', -1)$$,
  $$retained('1:day:2024-01-01', 1, 'after')$$,
  $$retained('1:day:2024-01-01', 3, 2)$$,
  $$retained('1:day:2024-01-01', -3, 2)$$]) query;
-- which form untyped and other arguments choose
SELECT query, pg_typeof(x) FROM (VALUES ('date', active_on('1:day:2024-01-01', date '2024-01-01')), ('untyped', active_on('1:day:2024-01-01', '2024-01-01'))) v(query, x);
