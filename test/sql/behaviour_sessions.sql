-- Sessions of one customer, and of everybody: worked examples, resolution, errors, parallel plans.
-- Properties against an independent answer are in test/t/074_sessions.pl.
\set SHOW_CONTEXT never
SET search_path = public, engage;
SET timezone = 'Asia/Tehran';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';

CREATE TABLE session_clicks (customer int, ts timestamptz, is_page boolean, is_key boolean);
INSERT INTO session_clicks VALUES
  -- over midnight; exactly 30 minutes stay, one microsecond more is a new session
  (1, '2024-01-01 23:50Z', true, false), (1, '2024-01-02 00:10Z', true, false),
  (1, '2024-01-02 00:40Z', true, false), (1, '2024-01-02 01:10:00.000001Z', true, false),
  -- two pages at the same time; then one page and a click exactly 10 seconds later: not engaged
  (2, '2024-01-01 10:00Z', true, false), (2, '2024-01-01 10:00Z', true, NULL),
  (2, '2024-01-03 10:00Z', true, false), (2, '2024-01-03 10:00:10Z', false, false),
  -- one page with a key event: engaged, though a bounce
  (3, '2024-02-01 10:00Z', true, true),
  -- a little longer than 10 seconds: engaged
  (4, '2024-02-01 10:00Z', true, false), (4, '2024-02-01 10:00:10.000001Z', NULL, NULL),
  -- no page at all: neither
  (5, '2024-02-01 10:00Z', NULL, NULL),
  -- skipped
  (6, NULL, true, true), (NULL, '2024-02-01 10:00Z', true, true);

-- ---------------------------------------------------------- one customer's set
CREATE TABLE session_sets AS
SELECT customer, engage.sessions_agg(ts, '30 minutes', is_page, is_key) AS s
FROM session_clicks WHERE customer IS NOT NULL GROUP BY customer;
SELECT customer, s FROM session_sets ORDER BY customer;
SELECT customer, r.* FROM session_sets, engage.session_rows(s) r ORDER BY customer, session;
SELECT customer, engage.session_count(s) AS n, engage.engaged_sessions(s) AS engaged, engage.engaged_sessions(s, '0') AS longer_than_0,
       engage.bounced_sessions(s) AS bounced, engage.total_duration(s) AS duration, engage.session_gap(s) AS gap,
       engage.first_at(s) AT TIME ZONE 'UTC' AS first, engage.last_at(s) AT TIME ZONE 'UTC' AS last,
       engage.event_count(s) AS events, engage.page_views(s) AS pages, engage.key_events(s) AS keys
FROM session_sets ORDER BY customer;
-- without conditions every row is a page view
SELECT engage.sessions_agg(ts, '1 day') FROM session_clicks WHERE customer = 2;
-- a gap of zero joins only what is at the same time; one longer than time joins everything
SELECT engage.session_count(engage.sessions_agg(ts, '0')) AS none, engage.session_count(engage.sessions_agg(ts, '2000000000 days')) AS endless
FROM session_clicks WHERE customer = 2;
SELECT engage.sessions_agg(ts, '2000000000 days') FROM (VALUES (timestamptz '4713-01-01Z BC'), ('294276-12-31Z'), ('2000-01-01Z')) v(ts);
SELECT engage.total_duration(engage.sessions_agg(ts, '2000000000 days'))
FROM (VALUES (timestamptz '4713-01-01Z BC'), ('294276-12-31Z'), ('2000-01-01Z')) v(ts);

-- times without zone stand as they are, dates are midnights: nothing moves by the session's zone
SELECT pg_typeof(ts), engage.sessions_agg(ts, '30 minutes') FROM (VALUES (timestamp '2024-03-10 02:30'), ('2024-03-10 02:50')) v(ts) GROUP BY 1;
SELECT pg_typeof(ts), engage.sessions_agg(ts, '2 days') FROM (VALUES (date '2024-03-10'), ('2024-03-12'), ('2024-03-15')) v(ts) GROUP BY 1;
SELECT engage.sessions_agg(ts, '2 days', false, ts = '2024-03-12') FROM (VALUES (date '2024-03-10'), ('2024-03-12'), ('2024-03-15')) v(ts);

-- ------------------------------------------------------------------- merging
-- a session on both sides of a split becomes whole again; the bridge may come last
SELECT engage.rollup(s) = engage.sessions_agg(ts, '30 minutes') AS whole
FROM (SELECT ts, engage.sessions_agg(ts, '30 minutes') AS s FROM session_clicks WHERE customer = 1 GROUP BY ts) x;
SELECT a || c AS apart, a || c || b AS bridged
FROM (SELECT engage.sessions_agg(ts, '30 minutes') FILTER (WHERE n = 1) AS a, engage.sessions_agg(ts, '30 minutes') FILTER (WHERE n = 2) AS b,
             engage.sessions_agg(ts, '30 minutes') FILTER (WHERE n = 3) AS c
      FROM (VALUES (1, timestamp '2024-01-01 10:00'), (2, '2024-01-01 10:30'), (3, '2024-01-01 11:00')) v(n, ts)) x;
SELECT engage.rollup(s) FROM (VALUES (NULL::engage.session_set), ('1:gap=60000000')) v(s);
SELECT engage.rollup(s) FROM session_sets WHERE false;
SELECT count(*) AS sets FROM (SELECT s FROM session_sets UNION SELECT s::text::engage.session_set FROM session_sets) x;
SELECT bool_and(a.s <> b.s) AS different FROM session_sets a JOIN session_sets b ON a.customer < b.customer WHERE b.s IS NOT NULL;

-- ------------------------------------------------------------- from a timeline
SELECT engage.session_set(t, '30 minutes') AS every_event,
       engage.session_set(t, '30 minutes', ARRAY['page'], ARRAY['buy', 'never']) AS some,
       engage.session_set(t, '30 minutes', '{}') AS no_page
FROM (VALUES ('1:"page"@2024-01-01T10:00:00Z,"click"@2024-01-01T10:00:05Z,"buy"@2024-01-01T10:20:00Z,"page"@2024-01-01T11:00:00Z'::engage.timeline)) v(t);
SELECT engage.session_set('1:'::engage.timeline, '30 minutes'), engage.session_set(NULL, '30 minutes') IS NULL AS none;
SELECT engage.session_count(engage.session_set('1:'::engage.timeline, '30 minutes')),
       engage.first_at(engage.session_set('1:'::engage.timeline, '30 minutes')),
       engage.last_at(engage.session_set('1:'::engage.timeline, '30 minutes')),
       engage.total_duration(engage.session_set('1:'::engage.timeline, '30 minutes'));

-- ------------------------------------------------------------------ everybody
\x on
SELECT f.* FROM (SELECT engage.session_stats_agg(s) AS summary FROM session_sets) x, engage.session_stats(summary) f;
SELECT engage.session_stats_agg(s) AS summary FROM session_sets;
SELECT engage.visitors(x), engage.new_visitors(x), engage.returning_visitors(x), engage.return_rate(x), engage.visits_per_visitor(x),
       engage.sessions(x), engage.bounce_rate(x), engage.engagement_rate(x), engage.ga4_bounce_rate(x),
       engage.avg_session_duration(x), engage.pages_per_session(x), engage.avg_time_on_page(x)
FROM (SELECT engage.session_stats_agg(s) AS x FROM session_sets) y;
-- a month: customer 1 and 2 have no session in February
SELECT f.* FROM (SELECT engage.session_stats_agg(s, '2024-02-01Z', '2024-03-01Z') AS summary FROM session_sets) x, engage.session_stats(summary) f;
\x off
SELECT v.* FROM (SELECT engage.session_stats_agg(s) AS summary FROM session_sets) x, engage.visit_frequency(summary) v;
-- a session belongs to the period of its start: that over midnight is of the 1st; on the 2nd and 3rd nobody is new
SELECT day, engage.sessions(x) AS sessions, engage.visitors(x) AS visitors, engage.new_visitors(x) AS new, engage.returning_visitors(x) AS returning
FROM (SELECT day, engage.session_stats_agg(s, day, day + interval '1 day') AS x
      FROM session_sets, generate_series(timestamp '2024-01-01', '2024-01-04', '1 day') day GROUP BY day) y ORDER BY day;
-- new and returning in the same period
SELECT engage.new_visitors(x) AS new, engage.returning_visitors(x) AS returning, engage.return_rate(x), engage.visits_per_visitor(x)
FROM (SELECT engage.session_stats_agg(s, date '2024-01-01', date '2024-01-31') AS x FROM session_sets) y;
-- dates are midnights UTC, whatever the session's zone
SELECT engage.session_stats_agg(s, date '2024-01-02', date '2024-01-03') AS x FROM session_sets;
SELECT engage.session_stats_agg(s, NULL, NULL)::text = engage.session_stats_agg(s)::text AS unbounded,
       engage.session_stats_agg(s, '-infinity', 'infinity')::text = engage.session_stats_agg(s)::text AS infinite,
       engage.session_stats_agg(s, date '-infinity', date 'infinity')::text = engage.session_stats_agg(s)::text AS infinite_days
FROM session_sets;
SELECT engage.session_stats_agg(s) IS NULL AS none, engage.session_stats_agg(s, '2020-01-01', '2020-01-01') IS NULL AS empty_period
FROM (SELECT s FROM session_sets UNION ALL VALUES (NULL::engage.session_set)) x WHERE s IS NULL;
SELECT engage.session_stats_agg(s, '2020-01-01', '2021-01-01') FROM session_sets;

-- the same from raw rows, by any key and over any time
SELECT bool_and(raw::text = stored::text) AS same
FROM (SELECT engage.session_stats_agg(s) AS stored FROM session_sets) a,
LATERAL (SELECT unnest(ARRAY[engage.session_stats_agg(customer, ts, '30 minutes', is_page, is_key),
                             engage.session_stats_agg('customer ' || customer, ts AT TIME ZONE 'UTC', '30 minutes', is_page, is_key),
                             engage.session_stats_agg(customer::numeric, ts, '30 minutes', is_page, is_key)]) AS raw
         FROM session_clicks) b;
SELECT engage.session_stats_agg(customer, ts, '30 minutes')::text =
       (SELECT engage.session_stats_agg(s)::text FROM (SELECT engage.sessions_agg(ts, '30 minutes') AS s FROM session_clicks WHERE customer IS NOT NULL GROUP BY customer) x) AS same
FROM session_clicks;
SELECT engage.session_stats_agg(customer, day, '1 day')::text =
       (SELECT engage.session_stats_agg(s)::text FROM (SELECT engage.sessions_agg((ts AT TIME ZONE 'UTC')::date, '1 day') AS s FROM session_clicks WHERE customer IS NOT NULL GROUP BY customer) x) AS same
FROM (SELECT customer, (ts AT TIME ZONE 'UTC')::date AS day FROM session_clicks) x;
-- disjoint customers merge
SELECT engage.rollup(x)::text = (SELECT engage.session_stats_agg(s)::text FROM session_sets) AS same
FROM (SELECT engage.session_stats_agg(customer, ts, '30 minutes', is_page, is_key) AS x FROM session_clicks GROUP BY customer % 2) y;
-- a set of which nothing counts does not matter, wherever it comes
SELECT engage.session_stats_agg(s, timestamp '2024-02-01', '2024-03-01' ORDER BY n) AS last, engage.session_stats_agg(s, timestamp '2024-02-01', '2024-03-01' ORDER BY -n) AS first
FROM (VALUES (1, '1:gap=60000000;2024-02-02T00:00:00Z..2024-02-02T00:00:00Z,events=1,pages=1'::engage.session_set), (2, '1:gap=1800000000')) v(n, s);
SELECT engage.session_stats_agg(customer, ts, '30 minutes') FROM session_clicks WHERE customer IS NULL OR ts IS NULL;

-- ----------------------------------------------------------------- input, checked
SELECT engage.session_set_in(v::cstring) FROM (VALUES ('1:gap=60000000'), ('1:gap=5;0044-03-15T12:00:00 BCZ..0044-03-15T12:00:00 BCZ,events=1,pages=0,keys=1')) x(v);
DO $$
DECLARE v text;
BEGIN
  FOREACH v IN ARRAY ARRAY['', '1', '2:gap=5', '1:gap=-1', '1:gap=1;', '1:gap=99999999999999999999',
    '1:gap=60000000;2024-01-01T10:00:00Z..2024-01-01T10:00:00Z,events=0,pages=0',
    '1:gap=60000000;2024-01-01T10:00:00Z..2024-01-01T10:00:00Z,events=1,pages=2',
    '1:gap=60000000;2024-01-01T10:00:00Z..2024-01-01T10:00:00Z,events=1,pages=1,keys=2',
    '1:gap=60000000;2024-01-01T10:01:00Z..2024-01-01T10:00:00Z,events=2,pages=2',
    '1:gap=60000000;2024-01-01T10:00:00Z..2024-01-01T10:01:00.1Z,events=2,pages=2',
    '1:gap=60000000;2024-01-01T10:00:00Z..2024-01-01T10:01:00Z,events=2,pages=2@2024-01-01T10:00:01Z..2024-01-01T10:01:00Z',
    '1:gap=60000000;2024-01-01T10:00:00Z..2024-01-01T10:01:00Z,events=3,pages=1@2024-01-01T10:00:01Z..2024-01-01T10:00:02Z',
    '1:gap=60000000;2024-01-01T10:00:00Z..2024-01-01T10:00:00Z,events=1,pages=1;2024-01-01T10:01:00Z..2024-01-01T10:01:00Z,events=1,pages=1',
    '1:gap=60000000;2024-01-01T10:09:00Z..2024-01-01T10:09:00Z,events=1,pages=1;2024-01-01T10:01:00Z..2024-01-01T10:01:00Z,events=1,pages=1',
    '1:gap=60000000;2024-02-30T10:00:00Z..2024-02-30T10:00:00Z,events=1,pages=1',
    '1:gap=60000000;2024-01-01T10:00:00Z..2024-01-01T10:00:00Z,events=1,pages=1 '] LOOP
    BEGIN
      RAISE NOTICE '% is taken: %', v, v::engage.session_set;
    EXCEPTION WHEN invalid_text_representation THEN
      DECLARE d text;
      BEGIN
        GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL;
        RAISE NOTICE '%: %', v, d;
      END;
    END;
  END LOOP;
  FOREACH v IN ARRAY ARRAY['visitors(1,1)=1', 'visitors(1,2)=1;sessions(0,0,0)=1;events(0)=1', 'visitors(1,1)=1;sessions(0,0,1)=1;events(0)=1',
    'visitors(1,1)=1;sessions(1,0,0)=1;events(0)=1', 'visitors(1,1)=1;sessions(0,0,0)=1;events(0)=1;duration(0)=1', 'visitors(2,1)=1;sessions(0,0,0)=1;events(0)=1',
    'visitors(1,1)=1;sessions(0,0,0)=1;events(0)=1;pages(0)=2', 'visitors(1,1)=1;sessions(0,0,0)=1;events(0)=1'] LOOP
    BEGIN
      RAISE NOTICE '%', ('1:gap=5,since=1,until=2;;' || v)::engage.session_stats_summary;
    EXCEPTION WHEN invalid_text_representation THEN
      RAISE NOTICE 'refused: %', v;
    END;
  END LOOP;
END $$;

-- -------------------------------------------------------------------- errors
\set VERBOSITY default
SELECT engage.sessions_agg(ts, NULL) FROM session_clicks;
SELECT engage.sessions_agg(ts, '1 month') FROM session_clicks;
SELECT engage.sessions_agg(ts, '-1 second') FROM session_clicks;
SELECT engage.sessions_agg(ts, interval '1 second' * customer) FROM session_clicks;
SELECT engage.sessions_agg('infinity'::timestamptz, '1 second');
SELECT engage.sessions_agg('-infinity'::date, '1 day');
SELECT engage.rollup(s) FROM (VALUES ('1:gap=1'::engage.session_set), ('1:gap=2')) v(s);
SELECT '1:gap=1'::engage.session_set || '1:gap=2'::engage.session_set;
SELECT engage.session_stats_agg(s) FROM (SELECT engage.sessions_agg(ts, interval '1 second' * customer) AS s FROM session_clicks GROUP BY customer) x;
SELECT engage.session_stats_agg(s, ts, 'infinity') FROM session_sets JOIN session_clicks USING (customer);
SELECT engage.session_stats_agg(s, '2024-02-01', '2024-01-01') FROM session_sets;
SELECT engage.session_stats_agg(customer, ts, NULL) FROM session_clicks;
SELECT engage.session_stats_agg(customer, ts, interval '1 second' * customer) FROM session_clicks;
SELECT engage.session_set('1:'::engage.timeline, NULL);
SELECT engage.engaged_sessions(s, '1 year') FROM session_sets;
SELECT engage.rollup(x) FROM (SELECT engage.session_stats_agg(customer, ts, interval '1 second' * customer) AS x FROM session_clicks GROUP BY customer) y;

-- ------------------------------------------------------------------- parallel
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
CREATE TABLE session_many AS SELECT i % 10 AS customer, timestamp '2024-01-01' + i * interval '7 minutes' + i % 60 * interval '1 day' AS ts FROM generate_series(1, 20000) i;
ANALYZE session_many;
EXPLAIN (COSTS OFF) SELECT engage.sessions_agg(ts, '30 minutes') FROM session_many;
SELECT engage.session_count(engage.sessions_agg(ts, '30 minutes')),
       (SELECT count(*) FROM (SELECT ts - lag(ts) OVER (ORDER BY ts) AS pause FROM session_many) x WHERE pause IS NULL OR pause > '30 minutes')
FROM session_many;

DROP TABLE session_clicks, session_sets, session_many;
