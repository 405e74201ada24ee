-- demo.in_orders (all text) -> order_lines, orders, sales; bad rows -> excluded, peculiarities -> demo.note.
-- psql variable date_order: dmy, mdy or auto.
SELECT demo.has('orders', 'order_id') AS has_order_id, demo.has('orders', 'amount') AS has_amount,
	demo.has('orders', 'unit_price') AS has_price, demo.has('orders', 'quantity') AS has_quantity,
	demo.has('orders', 'ts') AS has_ts, demo.has('orders', 'line_id') AS has_line_id \gset

-- Decimal comma, decided per column: some values end in ",5" or ",50" and none in ".5" or ".50".
SELECT coalesce(bool_or(quantity ~ ',[0-9]{1,2}$') AND NOT bool_or(quantity ~ '[.][0-9]{1,2}$'), false) AS quantity_comma,
	coalesce(bool_or(unit_price ~ ',[0-9]{1,2}$') AND NOT bool_or(unit_price ~ '[.][0-9]{1,2}$'), false) AS price_comma,
	coalesce(bool_or(amount ~ ',[0-9]{1,2}$') AND NOT bool_or(amount ~ '[.][0-9]{1,2}$'), false) AS amount_comma
FROM demo.in_orders \gset

SELECT demo.decide_date_order('orders', :'date_order') AS date_order \gset

-- (tables of their own, so that nothing is computed twice)
CREATE UNLOGGED TABLE demo.trimmed AS
SELECT line, demo.val(order_id) AS order_id, demo.val(customer_id) AS customer_id,
	demo.val(ts) AS raw_ts, demo.val(product_id) AS product_id, demo.val(line_id) AS line_id,
	demo.val(quantity) AS raw_quantity, demo.val(unit_price) AS raw_price, demo.val(amount) AS raw_amount,
	demo.val(channel) AS channel, demo.val(member) AS member
FROM demo.in_orders;

CREATE UNLOGGED TABLE demo.parsed AS
WITH times AS MATERIALIZED (
	SELECT raw_ts, demo.ts(raw_ts, :'date_order') AS ts
	FROM (SELECT DISTINCT raw_ts FROM demo.trimmed WHERE raw_ts IS NOT NULL) AS each_once)
SELECT line, order_id, demo.customer(customer_id) AS customer_id, raw_ts, product_id, line_id,
	raw_quantity, raw_price, raw_amount, channel, demo.member(member) AS member, times.ts,
	demo.num(raw_quantity, :'quantity_comma') AS quantity,
	demo.num(raw_price, :'price_comma') AS unit_price,
	demo.num(raw_amount, :'amount_comma') AS amount
FROM demo.trimmed LEFT JOIN times USING (raw_ts);

-- Why a row is left out: the first reason that applies.
CREATE UNLOGGED TABLE demo.judged AS
SELECT *, CASE
	WHEN :'has_order_id' AND order_id IS NULL THEN 'order_id|no order id'
	WHEN raw_quantity IS NOT NULL AND quantity IS NULL THEN 'quantity|not a number'
	WHEN raw_price IS NOT NULL AND unit_price IS NULL THEN 'unit_price|not a number'
	WHEN raw_amount IS NOT NULL AND amount IS NULL THEN 'amount|not a number'
	WHEN :'has_amount' AND amount IS NULL AND (unit_price IS NULL OR :'has_quantity' AND quantity IS NULL)
		THEN 'amount|no amount'
	WHEN NOT :'has_amount' AND :'has_price' AND unit_price IS NULL THEN 'unit_price|no price'
	WHEN NOT :'has_amount' AND :'has_quantity' AND quantity IS NULL THEN 'quantity|no quantity'
	WHEN :'has_ts' AND raw_ts IS NULL THEN 'ts|no date'
	WHEN :'has_ts' AND ts IS NULL THEN 'ts|not a date'
	WHEN line_id IS NOT NULL AND row_number() OVER (PARTITION BY line_id ORDER BY line) > 1
		THEN 'line_id|duplicate line id' END AS verdict
FROM demo.parsed;

INSERT INTO excluded
SELECT 'orders', line, split_part(verdict, '|', 1), split_part(verdict, '|', 2),
	CASE split_part(verdict, '|', 1) WHEN 'quantity' THEN raw_quantity WHEN 'unit_price' THEN raw_price
		WHEN 'amount' THEN raw_amount WHEN 'ts' THEN raw_ts WHEN 'line_id' THEN line_id END
FROM demo.judged WHERE verdict IS NOT NULL;

-- Sale, return or adjustment. Ids C123 and A123 mean cancellation and adjustment only where at least half
-- of all ids are plain digits; where such C ids exist the id decides, otherwise the sign does.
SELECT coalesce(avg((order_id ~ '^[0-9]+$')::int) >= 0.5, false) AS digit_ids,
	count(*) FILTER (WHERE order_id ~ '^C[0-9]+$') AS c_ids, count(*) FILTER (WHERE order_id ~ '^A[0-9]+$') AS a_ids
FROM (SELECT DISTINCT order_id FROM demo.judged WHERE verdict IS NULL) AS ids \gset
SELECT :'digit_ids'::boolean AND :c_ids > 0 AS id_decides \gset

CREATE TABLE public.order_lines AS
SELECT line, order_id, customer_id, ts, product_id, quantity, unit_price,
	coalesce(amount, coalesce(quantity, 1) * unit_price) AS amount, member, channel,
	CASE WHEN :'digit_ids' AND order_id ~ '^A[0-9]+$' THEN 'adjustment'
		WHEN :'id_decides' THEN CASE WHEN order_id ~ '^C[0-9]+$' THEN 'return' ELSE 'sale' END
		WHEN quantity < 0 OR coalesce(amount, coalesce(quantity, 1) * unit_price) < 0 THEN 'return'
		ELSE 'sale' END AS kind
FROM demo.judged WHERE verdict IS NULL;
COMMENT ON TABLE public.order_lines IS 'every order line read: sales, returns and adjustments';
ANALYZE public.order_lines;

CREATE VIEW public.sales AS SELECT * FROM public.order_lines WHERE kind = 'sale';
COMMENT ON VIEW public.sales IS 'order lines without returns and adjustments';

CREATE TABLE public.orders AS
SELECT order_id, min(customer_id) AS customer_id, min(ts) AS ts, count(*) AS lines, sum(amount) AS amount,
	bool_or(member) AS member, min(channel) AS channel
FROM public.sales WHERE order_id IS NOT NULL GROUP BY order_id;
COMMENT ON TABLE public.orders IS 'one row an order, returns and adjustments left out';
ANALYZE public.orders;

INSERT INTO demo.note (source, note)
SELECT 'orders', CASE WHEN :'id_decides'
		THEN 'rule: an order id C… is a return, A… an adjustment (neither is an order), all else a sale; lines: '
		ELSE 'rule: a negative quantity or amount is a return'
			|| CASE WHEN :'digit_ids' AND :a_ids > 0 THEN ', an order id A… an adjustment' ELSE '' END
			|| ', all else a sale; lines: ' END
	|| string_agg(demo.n(n) || ' ' || kind, ', ' ORDER BY kind DESC)
FROM (SELECT kind, count(*) AS n FROM order_lines GROUP BY kind) AS kinds HAVING count(*) > 0;

INSERT INTO demo.note (source, note)
SELECT 'orders', 'orders that total exactly 0 count as orders: ' || demo.n(count(*)) || ' (gross AOV without them '
	|| round((SELECT avg(amount) FROM orders WHERE amount <> 0), 2) || ')'
FROM orders WHERE amount = 0 HAVING count(*) > 0;

INSERT INTO demo.note (source, note)
SELECT 'orders', 'orders with more than one customer id: ' || demo.n(count(*))
FROM (SELECT FROM sales WHERE order_id IS NOT NULL GROUP BY order_id HAVING count(DISTINCT customer_id) > 1) AS mixed
HAVING count(*) > 0;

-- An order total repeated on each of its lines would be counted once a line.
INSERT INTO demo.note (source, note)
SELECT 'orders', 'the amount is the same on every line of each of the ' || demo.n(count(*))
	|| ' orders with several lines: if it is the order''s total, keep one line an order'
FROM (SELECT count(DISTINCT amount) AS amounts FROM sales WHERE order_id IS NOT NULL GROUP BY order_id HAVING count(*) > 1) AS several
HAVING :'has_amount' AND count(*) >= 20 AND max(amounts) = 1;

INSERT INTO demo.note (source, note)
SELECT 'orders', 'lines that repeat another one exactly are kept: ' || demo.n(count(*)) || ' (without a line id, two pieces sold look like that)'
FROM (SELECT row_number() OVER (PARTITION BY order_id, customer_id, ts, product_id, quantity, amount, unit_price) AS n
	FROM order_lines) AS repeats
WHERE n > 1 AND NOT :'has_line_id' AND :'has_order_id' HAVING count(*) > 0;

INSERT INTO demo.note (source, note)
SELECT 'orders', c || ': read with a decimal comma' FROM (VALUES ('quantity', :'quantity_comma'::boolean),
	('unit_price', :'price_comma'), ('amount', :'amount_comma')) AS v(c, yes) WHERE yes;
DROP TABLE demo.trimmed, demo.parsed, demo.judged;

CREATE VIEW public.orders_365d AS
SELECT * FROM public.orders WHERE ts > (SELECT max(ts) - interval '365 days' FROM public.orders);
COMMENT ON VIEW public.orders_365d IS 'orders of the last 365 days';
