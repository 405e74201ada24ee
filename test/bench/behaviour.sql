-- Events for the benchmark of the behaviour room: about :rows events of :customers
-- customers in 90 days, in order of time.  Values are hashes of numbers, so every
-- run has the same data.  Everybody comes at least once, and a few do a lot: of the
-- other visits, the share of customer i falls as i ^ (-2/3), so that the most active
-- hundredth makes a fifth of them.  A visit is 1 to 8 events, about 40 seconds apart.
-- Times are in milliseconds.

\set ON_ERROR_STOP on

CREATE FUNCTION bench_fraction(n bigint, salt int) RETURNS double precision
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (hashint8extended(n, salt) & 4503599627370495) / 4503599627370496.0::double precision;

CREATE FUNCTION bench_event(pick double precision) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN pick < 0.4 THEN 'view' WHEN pick < 0.65 THEN 'cart' WHEN pick < 0.8 THEN 'checkout'
              WHEN pick < 0.9 THEN 'payment' ELSE 'purchase' END;

CREATE TABLE bench_events AS
SELECT CASE WHEN visit < :customers THEN visit ELSE floor(:customers * bench_fraction(visit, 1) ^ 3)::bigint END AS user_id,
       timestamptz '2025-01-01 00:00:00+00' +
         floor(90 * 86400 * 1000.0::double precision * bench_fraction(visit, 2) + 40000 * (i + bench_fraction(n, 3))) * interval '1 millisecond' AS ts,
       bench_event(bench_fraction(n, 4)) AS event
  FROM (SELECT n, n / 36 * 8 + place AS visit, n % 36 - place * (place + 1) / 2 AS i
          FROM (SELECT n, floor((sqrt((8 * (n % 36) + 1)::double precision) - 1) / 2)::bigint AS place
                  FROM generate_series(1::bigint, :rows) n) places) visits
 ORDER BY ts;
