-- Customers and their orders: repeat purchase rate, frequency, repeat buyers' revenue, days between orders.
\set SHOW_CONTEXT never

-- Ann ordered 1 and 2, Bob 3, Cid 4, 5 and 6; order 7 is a guest's.  Orders have up to three lines.
CREATE TEMP TABLE lines (customer text, order_id int, amount numeric, ts timestamptz);
INSERT INTO lines VALUES
  ('Ann', 1, 10, '2024-01-01 10:00+00'), ('Ann', 1, 20, '2024-01-01 10:00+00'), ('Ann', 2, 30, '2024-01-11 10:00+00'),
  ('Bob', 3, 15, '2024-01-05 00:00+00'), ('Bob', 3, 25, '2024-01-05 00:00+00'), ('Bob', 3, 5, '2024-01-05 00:10+00'),
  ('Cid', 4, 40, '2024-01-02 00:00+00'), ('Cid', 5, 40, '2024-01-03 12:00+00'), ('Cid', 6, 15, '2024-01-23 12:00+00'),
  (NULL, 7, 100, '2024-01-09 00:00+00');
CREATE TEMP TABLE orders AS SELECT customer, order_id, sum(amount) AS amount, min(ts) AS ts FROM lines GROUP BY 1, 2;

-- two of three customers came back, 6 orders of 3 customers; lines and orders give the same figures when the order is given
SELECT 'orders' AS grain, round(engage.rpr(customer)::numeric, 4) AS rpr, round(engage.rpr(customer, order_id)::numeric, 4) AS rpr2,
       engage.purchase_frequency(customer) AS pf, engage.purchase_frequency(customer, order_id) AS pf2 FROM orders
UNION ALL SELECT 'lines', NULL, round(engage.rpr(customer, order_id)::numeric, 4), NULL, engage.purchase_frequency(customer, order_id) FROM lines;
-- what goes wrong when lines are taken for orders: Bob looks like a repeat buyer
SELECT engage.rpr(customer) AS "lines taken for orders" FROM lines;
-- the guest counts in AOV: 300 / 7 orders
SELECT round(engage.aov(order_id, amount), 4) AS aov, round(engage.aov(amount), 4) AS "of lines, wrong" FROM lines;
SELECT engage.rate(customer IS NULL) = 100.0 / 7 AS guests FROM orders;
-- repeat buyers' share: (60 + 95) / (60 + 45 + 95) = 77.5 %, the guest's 100 aside
SELECT engage.repeat_revenue_share(customer, order_id, amount) AS lines, (SELECT engage.repeat_revenue_share(customer, order_id, amount) FROM orders) AS orders FROM lines;
SELECT engage.repeat_revenue_share(c, o, a) AS "adds up to 0" FROM (VALUES (1, 1, 10), (1, 2, -10)) v(c, o, a);
SELECT engage.repeat_revenue_share(c, o, a::real) AS "more than all of it" FROM (VALUES (1, 1, 10), (1, 2, 10), (2, 3, -5)) v(c, o, a);

-- summaries
SELECT engage.repeat_purchase_agg(customer) FROM orders;
SELECT engage.repeat_purchase_agg(customer, order_id) FROM lines;
SELECT engage.customers(s), engage.orders(s), engage.repeat_customers(s), engage.repeat_customers(s, 1) AS "1+", engage.repeat_customers(s, at_least => 3) AS "3+",
       engage.repeat_customers(s, 4) AS "4+", round(engage.rpr(s)::numeric, 4) AS rpr, round(engage.fraction(s)::numeric, 6) AS fraction, engage.purchase_frequency(s) AS pf
FROM (SELECT engage.repeat_purchase_agg(customer, order_id) FROM lines UNION ALL SELECT engage.repeat_purchase_agg(customer) FROM orders
      UNION ALL SELECT '1c:int8:' UNION ALL SELECT NULL) x(s);
-- 2 of 3: Wilson 20.77 .. 93.85, Clopper-Pearson 9.43 .. 99.16
SELECT method, round(estimate::numeric, 2) AS estimate, round(low::numeric, 2) AS low, round(high::numeric, 2) AS high
FROM unnest(ARRAY['wilson', 'clopper_pearson']) method, engage.rpr_interval('1c:text:"Ann"=2;"Bob"=1;"Cid"=3', 0.95, method);
SELECT round(engage.lower_bound(s)::numeric, 2) AS low, round(engage.upper_bound(s)::numeric, 2) AS high FROM (SELECT '1c:text:"Ann"=2;"Bob"=1;"Cid"=3'::engage.repeat_purchase_summary) x(s);
-- an order id that two customers share is an order of each
SELECT engage.purchase_frequency(c, o) AS pf, engage.rpr(c, o) AS rpr, engage.repeat_purchase_agg(c, o) FROM (VALUES (1, 1), (2, 1), (3, 1), (2, 1), (2, 2)) v(c, o);
-- a NULL order skips the row
SELECT engage.rpr(c, o) AS rpr, engage.purchase_frequency(c, o) AS pf FROM (VALUES (1, 1), (1, NULL), (NULL, 2)) v(c, o);
-- parts that share customers: January and February each have no repeat buyer, together they have one
SELECT engage.rpr(engage.rollup(s)) AS rpr, engage.rollup(s) FROM (VALUES ('1c:int8:1=1;2=1'::engage.repeat_purchase_summary), ('1c:int8:2=1;3=1')) v(s);
-- with order ids, an order split over parts stays one
SELECT engage.rpr(engage.rollup(s)) AS rpr, engage.rollup(s) FROM (VALUES ('1o:int8,int8:1=7;2=8'::engage.repeat_purchase_summary), ('1o:int8,int8:1=7,9')) v(s);

-- ------------------------------------------------------- days between orders
-- Ann 10 days; Bob none (ten minutes within an order); Cid 1.5 and 20: mean 31.5 / 3, median 10, 90th percentile 10 + .8 * 10
SELECT engage.days_between_orders(customer, order_id, ts) AS lines, (SELECT engage.days_between_orders(customer, ts) FROM orders) AS orders FROM lines;
SELECT engage.days_between_orders(s) AS mean, engage.median_days_between_orders(s) AS median, engage.days_between_orders_percentile(s, 0.9) AS p90,
       engage.days_between_orders_percentile(s, 0) AS least, engage.days_between_orders_percentile(s, 1) AS most, engage.gaps(s), engage.customers(s)
FROM (SELECT engage.days_between_orders_agg(customer, order_id, ts) FROM lines UNION ALL SELECT engage.days_between_orders_agg(customer, ts) FROM orders) x(s);
-- without order ids Bob's late line looks like another order: (31.5 + 10 minutes) / 4
SELECT round(engage.days_between_orders(customer, ts)::numeric, 6) AS "by time alone", round((31.5 + 10 / 1440.0) / 4, 6) AS expected FROM lines;
-- equal times are one order without ids; two orders of the same time are two with a gap of 0
SELECT engage.days_between_orders(1, t) AS times, engage.days_between_orders(1, o, t) AS orders
FROM (VALUES (1, date '2024-01-01'), (2, '2024-01-01'), (3, '2024-01-04')) v(o, t);
-- an order counts at its first line, in whatever order the lines come
SELECT engage.days_between_orders_agg(1, o, t) FROM (VALUES (1, timestamp '2000-01-01 00:00:05'), (1, '2000-01-01 00:00:03'), (2, '2000-01-01 00:00:04'), (1, '2000-01-01 00:00:04')) v(o, t);
-- nobody came back, and nobody came
SELECT engage.days_between_orders(c, date '2024-01-01') AS once FROM unnest(ARRAY[1, 2]) c;
SELECT engage.days_between_orders(s) AS mean, engage.median_days_between_orders(s) AS median, engage.days_between_orders_percentile(s, 0.5) AS p50, engage.gaps(s), engage.customers(s)
FROM (VALUES ('1t:int8:'::engage.days_between_orders_summary), ('1t:int8:1=5')) v(s);
-- date, timestamp, timestamptz; a timestamp is taken as it stands, in every zone
SET timezone = 'Europe/Berlin';
SELECT engage.days_between_orders(1, t::date) AS date, engage.days_between_orders(1, t) AS "timestamp", engage.days_between_orders(1, t::timestamptz) AS timestamptz,
       engage.days_between_orders(1, o, t::date) AS date2, engage.days_between_orders(1, o, t) AS timestamp2, engage.days_between_orders(1, o, t::timestamptz) AS timestamptz2
FROM (VALUES (1, timestamp '2024-03-30 12:00'), (2, '2024-03-31 12:00')) v(o, t);
-- (on 31 March 2024 Berlin put its clocks forward: 23 hours)
SELECT round(23 / 24.0, 6) AS "23 hours";
SET timezone = 'UTC';
SELECT engage.days_between_orders(1, t) AS "timestamp" FROM (VALUES (timestamp '2024-03-30 12:00'), ('2024-03-31 12:00')) v(t);
RESET timezone;
SELECT engage.days_between_orders(1, t) AS bc FROM (VALUES (date '4713-01-01 BC'), ('294276-12-31')) v(t);
SELECT date '294276-12-31' - date '4713-01-01 BC' AS days;

-- ---------------------------------------------------- 20 000 lines, plain SQL
CREATE TEMP TABLE shop AS
SELECT CASE WHEN o % 7 <> 0 THEN o * o % 1009 END AS customer, o AS order_id, (o * 7919 % 5000) / 100.0 - 3 AS amount,
       timestamptz '2023-01-01 00:00+00' + interval '1 minute' * (o * 104729 % 1000003) AS ts
FROM (SELECT i / 3 AS o FROM generate_series(1, 20000) i) x;
WITH c AS (SELECT customer, count(DISTINCT order_id) AS n, sum(amount) AS revenue FROM shop WHERE customer IS NOT NULL GROUP BY customer),
     t AS (SELECT customer, order_id, min(ts) AS ts FROM shop WHERE customer IS NOT NULL GROUP BY 1, 2),
     g AS (SELECT extract(epoch FROM ts - lag(ts) OVER (PARTITION BY customer ORDER BY ts)) / 86400 AS days FROM t),
     plain AS (SELECT avg((n > 1)::int) AS rpr, sum(n) / count(*) AS pf, count(*) AS customers, count(*) FILTER (WHERE n > 1) AS repeat, count(*) FILTER (WHERE n >= 5) AS five,
                      100 * sum(revenue) FILTER (WHERE n > 1) / sum(revenue) AS share FROM c),
     gaps AS (SELECT avg(days) AS mean, percentile_cont(0.5) WITHIN GROUP (ORDER BY days) AS median, percentile_cont(0.37) WITHIN GROUP (ORDER BY days) AS p37, count(days) AS gaps FROM g),
     own AS (SELECT engage.rpr(customer, order_id) AS rpr, engage.purchase_frequency(customer, order_id) AS pf, engage.repeat_purchase_agg(customer, order_id) AS s,
                    engage.repeat_revenue_share(customer, order_id, amount) AS share, engage.days_between_orders(customer, order_id, ts) AS mean, engage.days_between_orders_agg(customer, order_id, ts) AS d FROM shop)
SELECT abs(own.rpr - 100 * plain.rpr) < 1e-12 AS rpr, abs(own.pf - plain.pf) < 1e-12 AS pf, engage.customers(s) = customers AS customers, engage.repeat_customers(s) = repeat AS repeat,
       engage.repeat_customers(s, 5) = five AS five, abs(own.share - plain.share) < 1e-12 AS share, abs(own.mean - gaps.mean) < 1e-9 AS mean,
       abs(engage.median_days_between_orders(d) - median) < 1e-9 AS median, abs(engage.days_between_orders_percentile(d, 0.37) - p37) < 1e-9 AS p37, engage.gaps(d) = gaps AS gaps
FROM plain, gaps, own;
-- one row an order: more customers than are looked up one by one
SELECT engage.rpr(c) = 100.0 * count(DISTINCT c) FILTER (WHERE c <= 20000) / count(DISTINCT c) AS rpr, engage.purchase_frequency(c) AS pf, engage.customers(engage.repeat_purchase_agg(c)) AS customers
FROM (SELECT i AS c FROM generate_series(1, 40000) i UNION ALL SELECT i FROM generate_series(1, 20000) i) x;
-- by year, within 365 days
SELECT round(engage.purchase_frequency(customer, order_id) FILTER (WHERE ts >= timestamptz '2024-11-01 00:00+00' - interval '365 days')::numeric, 4) AS pf365,
       (SELECT round(count(DISTINCT order_id)::numeric / count(DISTINCT customer), 4) FROM shop WHERE customer IS NOT NULL AND ts >= timestamptz '2024-11-01 00:00+00' - interval '365 days') AS plain FROM shop;
