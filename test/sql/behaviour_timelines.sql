-- timelines(query, customer): everybody's timelines from the rows of a query
\set SHOW_CONTEXT never
\set VERBOSITY terse
SET search_path = engage, pg_catalog;
SET timezone = 'Asia/Tokyo';
CREATE TEMP TABLE ev AS SELECT (i * 7919 % 50)::int AS customer, timestamptz '2024-01-01 00:00+00' + i * interval '7 minutes' AS ts,
  (ARRAY['view', 'cart', 'buy'])[1 + i * 31 % 3] AS event, CASE WHEN i % 4 = 0 THEN i / 8.0 END::double precision AS value FROM generate_series(1, 5000) i;
INSERT INTO ev VALUES (NULL, '2024-01-01', 'view', 1), (1, NULL, 'view', 1), (1, '2024-01-01', NULL, 1);

-- what timeline_agg gives
SELECT count(*), bool_and(t = wanted) AS same FROM timelines('SELECT customer, ts, event FROM ev', NULL::int) s
  FULL JOIN (SELECT customer, timeline_agg(ts, event) AS wanted FROM ev WHERE customer IS NOT NULL GROUP BY 1) w ON customer = customer_key;
SELECT count(*), bool_and(t = wanted) AS same FROM timelines('SELECT customer, ts, event, value FROM ev ORDER BY event DESC;', NULL::int) s
  FULL JOIN (SELECT customer, timeline_agg(ts, event, value) AS wanted FROM ev WHERE customer IS NOT NULL GROUP BY 1) w ON customer = customer_key;
-- times without zone stand as they are, whatever the session's zone
SELECT t FROM timelines($$VALUES (1, timestamp '2024-01-01 10:00', 'a')$$, 1);
SELECT t FROM timelines($$VALUES (1, date '2024-01-01', 'a', 1)$$, 1);
SELECT t FROM timelines($$VALUES (1, timestamptz '2024-01-01 10:00', 'a') -- in Tokyo$$, 1);
-- keys come back as what they are
SELECT customer_key, pg_typeof(customer_key), length(t) FROM timelines($$VALUES (1::smallint, current_date, 'a'), (1, current_date, 'b')$$, NULL::smallint);
SELECT customer_key, pg_typeof(customer_key), length(t) FROM timelines($$VALUES (1.50, current_date, 'a'), (1.5, current_date, 'b')$$, NULL::numeric);
SELECT customer_key, pg_typeof(customer_key), length(t) FROM timelines($$VALUES ('abc'::char(4), current_date, 'a'), ('abd', current_date, 'b')$$, NULL::char(4)) ORDER BY 1;
SELECT customer_key, pg_typeof(customer_key), length(t) FROM timelines($$VALUES ('abc'::varchar(3), current_date, 'a'), ('abd', current_date, 'b')$$, NULL::varchar(1)) ORDER BY 1;
SELECT customer_key, pg_typeof(customer_key), length(t) FROM timelines($$VALUES ('00000000-0000-0000-0000-00000000000a'::uuid, current_date, 'a')$$, NULL::uuid);
SELECT customer_key, pg_typeof(customer_key), length(t) FROM timelines($$VALUES ('\x00ff'::bytea, current_date, 'a')$$, NULL::bytea);
SELECT customer_key, pg_typeof(customer_key), length(t) FROM timelines($$VALUES (date '2024-02-29', current_date, 'a')$$, NULL::date);
SELECT customer_key, pg_typeof(customer_key), length(t) FROM timelines($$VALUES (timestamptz '2024-02-29 10:00:00.5', current_date, 'a')$$, NULL::timestamptz);
SELECT customer_key, pg_typeof(customer_key), length(t) FROM timelines($$VALUES (true, current_date, 'a')$$, NULL::boolean);
SELECT count(*) FROM timelines('SELECT customer, ts, event FROM ev WHERE false', NULL::int);
SELECT count(*) FROM timelines(NULL, NULL::int);
-- beyond memory
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT count(*), sum(length(t)) FROM timelines('SELECT i % 2000, timestamp ''2024-01-01'' + i * interval ''1 second'', ''a'' FROM generate_series(1, 40000) i', 1);
SELECT count(*) FROM (SELECT FROM timelines('SELECT i % 2000, timestamp ''2024-01-01'' + i * interval ''1 second'', ''a'' FROM generate_series(1, 40000) i', 1) LIMIT 3) x;
SELECT n, (SELECT count(*) FROM timelines(format('SELECT i %% 2000, timestamp ''2024-01-01'' + i * interval ''1 second'', ''a'' FROM generate_series(1, %s) i', n), 1)) FROM (VALUES (30000), (10), (20000)) v(n);
-- errors on the way, caught and not; the query may itself call the function
DO $$ BEGIN
  FOR i IN 1..3 LOOP
    BEGIN
      PERFORM FROM engage.timelines('SELECT i % 2000, timestamp ''2024-01-01'' + i * interval ''1 second'', CASE WHEN i = 30000 THEN (1 / (i - 30000))::text ELSE ''a'' END FROM generate_series(1, 30001) i', 1);
    EXCEPTION WHEN division_by_zero THEN RAISE NOTICE 'caught';
    END;
  END LOOP;
END $$;
SELECT customer_key, length(t) FROM timelines('SELECT customer_key % 2, first_at(t), ''first'' FROM engage.timelines(''SELECT i % 20, timestamp ''''2024-01-01'''', ''''a'''' FROM generate_series(1, 20) i'', 1)', 1) ORDER BY 1;
BEGIN;
DECLARE c CURSOR FOR SELECT length(t) FROM timelines('SELECT i % 2000, timestamp ''2024-01-01'' + i * interval ''1 second'', ''a'' FROM generate_series(1, 30000) i', 1);
SAVEPOINT s;
FETCH 1 FROM c;
ROLLBACK TO s;
MOVE ALL IN c;
COMMIT;
RESET work_mem;
RESET hash_mem_multiplier;

-- the rights are the caller's, and nothing is written
CREATE ROLE regress_timelines_reader;
GRANT USAGE ON SCHEMA engage TO regress_timelines_reader;
CREATE TABLE public.timelines_secret AS SELECT 1 AS customer, timestamp '2024-01-01' AS ts, 'a' AS event UNION ALL SELECT 2, '2024-01-01', 'b';
SET ROLE regress_timelines_reader;
SELECT * FROM timelines('TABLE public.timelines_secret', 1);
RESET ROLE;
GRANT SELECT ON public.timelines_secret TO regress_timelines_reader;
CREATE POLICY own ON public.timelines_secret USING (customer = 2);
ALTER TABLE public.timelines_secret ENABLE ROW LEVEL SECURITY;
SET ROLE regress_timelines_reader;
SELECT * FROM timelines('TABLE public.timelines_secret', 1);
RESET ROLE;
SELECT * FROM timelines('WITH d AS (DELETE FROM public.timelines_secret RETURNING *) TABLE d', 1);
SELECT * FROM timelines('DELETE FROM public.timelines_secret RETURNING *', 1);
SELECT * FROM timelines('SELECT 1, now(), ''a'') AS q(c, t, e); DELETE FROM public.timelines_secret; --', 1);
SELECT * FROM timelines('SELECT 1, now(), ''a''; DELETE FROM public.timelines_secret', 1);
SELECT count(*) FROM public.timelines_secret;
DROP TABLE public.timelines_secret;
REVOKE ALL ON SCHEMA engage FROM regress_timelines_reader;
DROP ROLE regress_timelines_reader;

-- mistakes
SELECT * FROM timelines('SELECT 1', 1);
SELECT * FROM timelines('SELECT 1, now(), ''a'', 1, 2', 1);
SELECT * FROM timelines('', 1);
SELECT * FROM timelines('SELECT 1, ''2024-01-01''::text, ''a''', 1);
SELECT * FROM timelines('SELECT ''x'', now(), ''a''', 1);
SELECT * FROM timelines('SELECT ''x''::text, now(), ''a''', 1);
SELECT * FROM timelines('SELECT 1, timestamp ''infinity'', ''a''', 1);
SELECT * FROM timelines('SELECT 1, now(), ''a'', float8 ''NaN''', 1);
SELECT * FROM timelines('SELECT ARRAY[1], now(), ''a''', ARRAY[1]);
SELECT * FROM timelines('SELECT 1, now(), ''a''', NULL);
SELECT timelines('SELECT 1, now(), ''a''', '{}'::jsonb);
