-- Tables for the benchmarks; :rows rows each unless said otherwise.  Values are
-- hashes of the row number, so every run has the same data.

\set ON_ERROR_STOP on

CREATE FUNCTION pick(n bigint, salt int, choices int) RETURNS int
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (hashint8extended(n, salt) & 2147483647) % choices;

CREATE UNLOGGED TABLE bench_scores AS
SELECT (pick(n, 1, 5) + 1)::smallint AS s2, pick(n, 1, 5) + 1 AS s4, (pick(n, 1, 5) + 1)::bigint AS s8,
       (pick(n, 1, 5) + 1)::double precision AS sf, pick(n, 2, 8) = 0 AS flag,
       (pick(n, 1, 5) + 1)::numeric AS sn, (pick(n, 3, 400) / 100.0)::numeric(8, 2) AS weight
  FROM generate_series(1, :rows) n;

CREATE UNLOGGED TABLE bench_amounts AS
SELECT pick(n, 4, 100000) AS a4, pick(n, 4, 100000)::bigint AS a8,
       (pick(n, 4, 20000000) / 100.0)::double precision AS af,
       (pick(n, 4, 20000000) / 100.0)::numeric(12, 2) AS an,
       pick(n, 15, 100000)::bigint AS b8, (pick(n, 15, 20000000) / 100.0)::double precision AS bf,
       (pick(n, 15, 20000000) / 100.0)::numeric(12, 2) AS bn,
       pick(n, 5, 500) AS likes, pick(n, 6, 50) AS comments, pick(n, 7, 20) AS shares,
       1000 + pick(n, 8, 100000) AS audience
  FROM generate_series(1, :rows) n;

CREATE UNLOGGED TABLE bench_orders AS
SELECT customer_id, order_id, 'customer-' || customer_id AS customer_text,
       md5(customer_id::text)::uuid AS customer_uuid,
       timestamptz '2025-01-01 00:00:00+00' + pick(order_id, 10, 31536000) * interval '1 second' AS ts
  FROM (SELECT n AS order_id, pick(n, 9, (:rows / 10)::int)::bigint AS customer_id
          FROM generate_series(1, :rows) n) o;

-- a tenth of the rows: stored summaries, one table each
CREATE UNLOGGED TABLE bench_nps AS
SELECT n, engage.nps_agg(pick(n * 7 + i, 11, 11)) AS s
  FROM generate_series(1::bigint, :rows / 10) n, generate_series(1, 3) i GROUP BY n;
CREATE UNLOGGED TABLE bench_csat AS
SELECT n, engage.csat_agg(pick(n * 7 + i, 12, 5) + 1) AS s
  FROM generate_series(1::bigint, :rows / 10) n, generate_series(1, 3) i GROUP BY n;
CREATE UNLOGGED TABLE bench_rate AS
SELECT n, engage.rate_agg(pick(n * 7 + i, 13, 8) = 0) AS s
  FROM generate_series(1::bigint, :rows / 10) n, generate_series(1, 3) i GROUP BY n;
CREATE UNLOGGED TABLE bench_measured AS
SELECT n, engage.rate_agg(i, 100) AS s
  FROM generate_series(1::bigint, :rows / 10) n, generate_series(1, 3) i GROUP BY n;
CREATE UNLOGGED TABLE bench_aov AS
SELECT n, engage.aov_agg(pick(n * 7 + i, 14, 10000) / 100.0) AS s
  FROM generate_series(1::bigint, :rows / 10) n, generate_series(1, 3) i GROUP BY n;
CREATE UNLOGGED TABLE bench_mean_rate AS
SELECT n, engage.mean_engagement_rate_agg(i, 1000) AS s
  FROM generate_series(1::bigint, :rows / 10) n, generate_series(1, 3) i GROUP BY n;

VACUUM ANALYZE bench_scores;
VACUUM ANALYZE bench_amounts;
VACUUM ANALYZE bench_orders;
VACUUM ANALYZE bench_nps;
VACUUM ANALYZE bench_csat;
VACUUM ANALYZE bench_rate;
VACUUM ANALYZE bench_measured;
VACUUM ANALYZE bench_aov;
VACUUM ANALYZE bench_mean_rate;

