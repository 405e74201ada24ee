-- Average order value, and what an order is.
\set SHOW_CONTEXT never

-- one row per order: (20.50 + 30.00 + 9.50) / 3 = 20
SELECT engage.aov(amount), engage.aov_agg(amount), pg_typeof(engage.aov(amount)) AS type FROM (VALUES (20.50), (30.00), (9.50), (NULL)) v(amount);
-- exactly core's avg() in every numeric type, and its result type
CREATE TEMP TABLE o AS
SELECT i AS id, i % 3 = 0 AS member, ((i * 7919 % 20011 - 3000) / 100.0)::numeric(12,2) AS amount FROM generate_series(1, 1000) i;
SELECT engage.aov(amount::smallint) = avg(amount::smallint) AS int2, engage.aov(amount::int) = avg(amount::int) AS int4,
       engage.aov(amount::bigint) = avg(amount::bigint) AS int8, engage.aov(amount) = avg(amount) AS "numeric",
       engage.aov(amount::real) = avg(amount::real) AS float4, engage.aov(amount::float8) = avg(amount::float8) AS float8 FROM o;
SELECT pg_typeof(engage.aov(amount::smallint)) AS int2, pg_typeof(engage.aov(amount::int)) AS int4, pg_typeof(engage.aov(amount::bigint)) AS int8,
       pg_typeof(engage.aov(amount)) AS "numeric", pg_typeof(engage.aov(amount::real)) AS float4, pg_typeof(engage.aov(amount::float8)) AS float8 FROM o;
SELECT engage.aov(x::bigint) AS int8, engage.aov(x::numeric) AS "numeric", avg(x::numeric) AS avg FROM (VALUES (9223372036854775807), (9223372036854775806)) v(x);
SELECT engage.aov(x) AS "NaN", engage.aov(-x) FROM (VALUES ('NaN'::numeric), (1)) v(x);

-- the summary: count, exact sum, mean, and the t interval from the exact variance
SELECT engage.orders(s) = count AS orders, engage.revenue(s) = sum AS revenue, engage.aov(s) = avg AS mean,
       round(engage.lower_bound(s)::numeric, 8) = round(avg - 1.9623414611 * stddev / sqrt(1000::numeric), 8) AS low,
       round(engage.upper_bound(s)::numeric, 8) = round(avg + 1.9623414611 * stddev / sqrt(1000::numeric), 8) AS high
FROM (SELECT engage.aov_agg(amount) AS s, count(amount), sum(amount), avg(amount), stddev_samp(amount) AS stddev FROM o) x;
-- all five types of the summary
SELECT engage.aov_agg(9::smallint) AS int2, engage.aov_agg(9) AS int4, engage.aov_agg(9::bigint) AS int8, engage.aov_agg(9.5) AS "numeric";
SELECT engage.aov_agg(9.5::real) AS float4, engage.aov_agg(9.95::float8) AS float8, engage.aov_agg(-0.1::float8) AS negative;
-- t(1) = 12.706205: 10 and 20 are 15 -+ 12.706205 * 5
SELECT estimate, round(low::numeric, 3) AS low, round(high::numeric, 3) AS high FROM engage.aov_interval('1:orders=2,revenue=30,revenue_squares=500');
-- one order has no bounds; equal orders leave no doubt, though their squares are beyond doubles
SELECT estimate, low, high FROM engage.aov_interval('1:orders=1,revenue=30,revenue_squares=900');
SELECT n, estimate, low, high FROM unnest(ARRAY[1, 3, 1000]) n, LATERAL (SELECT engage.aov_agg(999999999.99) AS s FROM generate_series(1, n)) x, engage.aov_interval(s);
SELECT engage.aov(s), engage.orders(s), engage.revenue(s), (engage.aov_interval(s)).* FROM (SELECT '1:orders=0,revenue=0,revenue_squares=0'::engage.aov_summary) x(s);
-- a small spread of large amounts: three of about a billion and a half with a variance of 1 (in floats it would cancel)
SELECT round(((engage.upper_bound(s) - engage.lower_bound(s)) / 2)::numeric, 5) AS half, round(4.30265273 * sqrt(1::numeric / 3), 5) AS expected
FROM (SELECT engage.aov_agg(1500000000 + d) FROM unnest(ARRAY[-1, 0, 1]) d) x(s);

-- ------------------------------------------------------------ over order lines
-- order A: 10 + 5, B: 20 (a guest's), C: -5 and 30: 60 / 3 orders = 20, not the mean of 5 lines
CREATE TEMP TABLE lines (order_id text, customer int, amount numeric);
INSERT INTO lines VALUES ('A', 1, 10), ('A', 1, 5), ('B', NULL, 20), ('C', 2, -5), ('C', 2, 30), (NULL, 3, 1000), ('D', 4, NULL);
SELECT engage.aov(order_id, amount), avg(amount) AS "not this" FROM lines;
-- against plain SQL, every amount type
SELECT engage.aov(id / 4, amount::smallint) = sum(amount::smallint)::numeric / count(DISTINCT id / 4) AS int2,
       engage.aov(id / 4, amount::int) = sum(amount::int)::numeric / count(DISTINCT id / 4) AS int4,
       engage.aov(id / 4, amount::bigint) = sum(amount::bigint) / count(DISTINCT id / 4) AS int8,
       engage.aov(id / 4, amount) = sum(amount) / count(DISTINCT id / 4) AS "numeric",
       engage.aov(id / 4, amount::real) = (sum(amount::real::text::numeric) / count(DISTINCT id / 4))::float8 AS float4,
       engage.aov(id / 4, amount::float8) = (sum(amount) / count(DISTINCT id / 4))::float8 AS float8 FROM o;
SELECT pg_typeof(engage.aov(1, 2::smallint)) AS int2, pg_typeof(engage.aov(1, 2)) AS int4, pg_typeof(engage.aov(1, 2::bigint)) AS int8,
       pg_typeof(engage.aov(1, 2.0)) AS "numeric", pg_typeof(engage.aov(1, 2::real)) AS float4, pg_typeof(engage.aov(1, 2::float8)) AS float8;
-- floats are added up as the decimals they look like, in any order: 0.1 + 0.2 + 0.3 + 1e15 - 1e15
SELECT engage.aov(1, x ORDER BY x) AS up, engage.aov(1, x ORDER BY x DESC) AS down, sum(x ORDER BY x DESC) AS "core's sum"
FROM unnest(ARRAY[0.1, 0.2, 0.3, 1e15, -1e15]::float8[]) x;
-- order ids of every kind, distinct or not: 2 orders, 30
SELECT engage.aov(k::smallint, 10) AS int2, engage.aov(k::bigint, 10) AS int8, engage.aov(k::text, 10) AS text, engage.aov(k::numeric, 10) AS "numeric",
       engage.aov(md5(k::text)::uuid, 10) AS uuid, engage.aov(k::text::bytea, 10) AS bytea, engage.aov(date '2024-01-01' + k, 10) AS date
FROM unnest(ARRAY[1, 2, 1]) k;
-- gross and net, when ids that begin with C are returns: sales / sales orders, (sales + returns) / sales orders
SELECT round(engage.aov(id, amount) FILTER (WHERE id NOT LIKE 'C%'), 2) AS gross,
       round(sum(amount) / count(DISTINCT id) FILTER (WHERE id NOT LIKE 'C%'), 2) AS net
FROM (VALUES ('1', 100.00), ('1', 20.00), ('2', 80.00), ('C3', -50.00)) v(id, amount);

-- the loyalty lift of the guides: members' AOV 12 % above the others'
SELECT round(engage.aov(amount) FILTER (WHERE member), 2) AS members, round(engage.aov(amount) FILTER (WHERE NOT member), 2) AS others,
       round(100 * (engage.aov(amount) FILTER (WHERE member) / engage.aov(amount) FILTER (WHERE NOT member) - 1), 1) AS lift_pct
FROM (VALUES (true, 56.00), (true, 56.00), (false, 40.00), (false, 60.00)) v(member, amount);
-- months, stored and rolled up
SELECT engage.aov(engage.rollup(s)) = (SELECT avg(amount) FROM o) AS year, count(*) AS months
FROM (SELECT engage.aov_agg(amount) AS s FROM o GROUP BY id % 12) m;
