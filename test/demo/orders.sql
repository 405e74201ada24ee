-- demo.in_orders (all text) -> order_lines, orders, sales; bad rows -> excluded, peculiarities -> demo.note.
-- psql variable date_order: dmy, mdy or auto.
SELECT demo.has('orders', 'order_id') AS has_order_id, demo.has('orders', 'amount') AS has_amount,
	demo.has('orders', 'unit_price') AS has_price, demo.has('orders', 'quantity') AS has_quantity,
	demo.has('orders', 'ts') AS has_ts, demo.has('orders', 'line_id') AS has_line_id,
	demo.has('orders', 'status') OR demo.has('orders', 'cancelled') AS has_status,
	(SELECT lower(regexp_replace(header, '[^[:alnum:]]', '', 'g')) ~ '(order(total|value|amount)|grandtotal|gesamtsumme|rechnungsbetrag|montanttotal)'
		FROM demo.has WHERE source = 'orders' AND role = 'amount') IS TRUE AS named_total \gset

-- Decimal comma, decided per column: some values end in ",5" or ",50" and none in ".5" or ".50"
-- (a currency or a minus may follow).
SELECT coalesce(max(mark) FILTER (WHERE c = 'q') = 1 AND min(mark) FILTER (WHERE c = 'q') >= 0, false) AS quantity_comma,
	coalesce(max(mark) FILTER (WHERE c = 'p') = 1 AND min(mark) FILTER (WHERE c = 'p') >= 0, false) AS price_comma,
	coalesce(max(mark) FILTER (WHERE c = 'a') = 1 AND min(mark) FILTER (WHERE c = 'a') >= 0, false) AS amount_comma
FROM (SELECT 'q' AS c, demo.mark(btrim(x)) AS mark FROM (SELECT DISTINCT quantity AS x FROM demo.in_orders) AS q
	UNION ALL SELECT 'p', demo.mark(btrim(x)) FROM (SELECT DISTINCT unit_price AS x FROM demo.in_orders) AS p
	UNION ALL SELECT 'a', demo.mark(btrim(x)) FROM (SELECT DISTINCT amount AS x FROM demo.in_orders) AS a) AS marks \gset

SELECT demo.decide_date_order('orders', :'date_order') AS date_order \gset

-- (tables of their own, so that nothing is computed twice)
CREATE UNLOGGED TABLE demo.trimmed AS
SELECT line, demo.val(order_id) AS order_id, demo.val(customer_id) AS customer_id,
	demo.val(ts) AS raw_ts, demo.val(product_id) AS product_id, demo.val(line_id) AS line_id,
	demo.val(quantity) AS raw_quantity, demo.val(unit_price) AS raw_price, demo.val(amount) AS raw_amount,
	demo.val(channel) AS channel, demo.val(member) AS member,
	CASE WHEN lower(demo.val(cancelled)) NOT IN ('0', 'f', 'false', 'n', 'no', 'nein', 'non') THEN 'cancelled' ELSE demo.val(status) END AS raw_status
FROM demo.in_orders;

-- An order's total: the amount is there on the first line of an order only.
SELECT coalesce(count(*) FILTER (WHERE filled = 1 AND first_filled) >= 0.9 * count(*), false) AS total_first,
	demo.n(count(*) FILTER (WHERE filled = 1 AND first_filled)) AS total_first_n
FROM (SELECT count(raw_amount) AS filled, min(line) = min(line) FILTER (WHERE raw_amount IS NOT NULL) AS first_filled
	FROM demo.trimmed WHERE :'has_amount' AND :'has_order_id' AND order_id IS NOT NULL GROUP BY order_id HAVING count(*) > 1) AS several
HAVING count(*) > 0
UNION ALL SELECT false, '0' LIMIT 1 \gset

-- What only the first line of an order says holds for its other lines.
CREATE UNLOGGED TABLE demo.of_order AS
SELECT order_id, (array_agg(raw_status ORDER BY line) FILTER (WHERE raw_status IS NOT NULL))[1] AS raw_status,
	(array_agg(customer_id ORDER BY line) FILTER (WHERE customer_id IS NOT NULL))[1] AS customer_id,
	(array_agg(raw_ts ORDER BY line) FILTER (WHERE raw_ts IS NOT NULL))[1] AS raw_ts,
	(array_agg(channel ORDER BY line) FILTER (WHERE channel IS NOT NULL))[1] AS channel
FROM demo.trimmed WHERE (:'has_status' OR :'total_first') AND order_id IS NOT NULL GROUP BY order_id;
ANALYZE demo.of_order;
UPDATE demo.trimmed AS t SET raw_status = coalesce(t.raw_status, o.raw_status),
	customer_id = CASE WHEN :'total_first' THEN coalesce(t.customer_id, o.customer_id) ELSE t.customer_id END,
	raw_ts = CASE WHEN :'total_first' THEN coalesce(t.raw_ts, o.raw_ts) ELSE t.raw_ts END,
	channel = CASE WHEN :'total_first' THEN coalesce(t.channel, o.channel) ELSE t.channel END
FROM demo.of_order AS o
WHERE t.order_id = o.order_id AND (t.raw_status IS NULL AND o.raw_status IS NOT NULL
	OR :'total_first' AND (t.customer_id IS NULL OR t.raw_ts IS NULL OR t.channel IS NULL));

-- Customer 0, many times as often as anybody else, is what shops write for a guest.
SELECT coalesce(max(n) FILTER (WHERE nobody) >= 5 AND max(n) FILTER (WHERE nobody) >= 3 * coalesce(max(n) FILTER (WHERE NOT nobody), 0), false) AS zero_is_guest,
	demo.n(coalesce(max(n) FILTER (WHERE nobody), 0)) AS zero_n
FROM (SELECT demo.customer(customer_id) = '0' AS nobody, count(*) AS n FROM demo.trimmed
	WHERE customer_id IS NOT NULL AND EXISTS (SELECT FROM demo.trimmed WHERE demo.customer(customer_id) = '0')
	GROUP BY demo.customer(customer_id)) AS each_customer \gset

CREATE UNLOGGED TABLE demo.parsed AS
WITH times AS MATERIALIZED (
	SELECT raw_ts, demo.ts(raw_ts, :'date_order') AS ts
	FROM (SELECT DISTINCT raw_ts FROM demo.trimmed WHERE raw_ts IS NOT NULL) AS each_once)
SELECT line, order_id, CASE WHEN NOT (:'zero_is_guest' AND demo.customer(customer_id) = '0') THEN demo.customer(customer_id) END AS customer_id,
	raw_ts, product_id, line_id, raw_quantity, raw_price, raw_amount, channel, demo.member(member) AS member, raw_status,
	CASE WHEN :'has_status' THEN demo.status(raw_status) ELSE 'sale' END AS status, times.ts,
	demo.num(raw_quantity, :'quantity_comma') AS quantity,
	demo.num(raw_price, :'price_comma') AS unit_price,
	demo.num(raw_amount, :'amount_comma') AS amount
FROM demo.trimmed LEFT JOIN times USING (raw_ts);

-- An order's total again: repeated on every line, and it is what the lines add up to (or its name says so).
SELECT coalesce(avg((same AND adds_up)::int) >= 0.9, false) AS repeated_adds_up,
	coalesce(bool_and(same) AND :'named_total', false) AS repeated_named,
	demo.n(count(*) FILTER (WHERE same)) AS repeated_n
FROM (SELECT count(amount) = count(*) AND min(amount) = max(amount) AS same,
		coalesce(abs(sum(coalesce(quantity, 1) * unit_price) - max(amount)) < 0.005 AND max(amount) <> 0, false) AS adds_up
	FROM demo.parsed WHERE :'has_amount' AND NOT :'total_first' AND order_id IS NOT NULL GROUP BY order_id HAVING count(*) > 1) AS several \gset

-- One source of amounts for the whole file: amount, total (once an order) or price (quantity x unit price).
SELECT CASE WHEN NOT :'has_amount' THEN 'price'
		WHEN :'total_first' OR :'repeated_adds_up' OR :'repeated_named'
			THEN CASE WHEN :'has_price' AND priced >= 0.95 * lines THEN 'price' ELSE 'total' END
		WHEN :'has_price' AND amounts < 0.95 * lines AND priced > amounts THEN 'price'
		ELSE 'amount' END AS source,
	demo.n(lines - amounts) AS no_amount_n
FROM (SELECT count(*) AS lines, count(raw_amount) AS amounts,
	count(raw_price) FILTER (WHERE NOT :'has_quantity' OR raw_quantity IS NOT NULL) AS priced FROM demo.parsed) AS filled \gset
SELECT :'source' = 'price' AS by_price, :'source' = 'total' AS by_total \gset

\if :by_total
CREATE VIEW demo.valued AS
SELECT *, CASE WHEN row_number() OVER (PARTITION BY order_id ORDER BY raw_amount IS NULL, line) = 1 THEN amount
	WHEN count(raw_amount) OVER (PARTITION BY order_id) > 0 THEN 0 END AS value
FROM demo.parsed;
\else
CREATE VIEW demo.valued AS
SELECT *, CASE WHEN :'by_price' THEN coalesce(quantity, 1) * unit_price ELSE amount END AS value FROM demo.parsed;
\endif

-- Why a row is left out: the first reason that applies.
CREATE UNLOGGED TABLE demo.judged AS
SELECT *, CASE
	WHEN :'has_order_id' AND order_id IS NULL THEN 'order_id|no order id'
	WHEN status = 'out' THEN 'status|cancelled or failed order'
	WHEN raw_quantity IS NOT NULL AND quantity IS NULL THEN 'quantity|not a number'
	WHEN :'by_price' AND raw_price IS NOT NULL AND unit_price IS NULL THEN 'unit_price|not a number'
	WHEN NOT :'by_price' AND raw_amount IS NOT NULL AND amount IS NULL THEN 'amount|not a number'
	WHEN NOT :'by_price' AND value IS NULL THEN 'amount|no amount'
	WHEN :'by_price' AND :'has_price' AND unit_price IS NULL THEN 'unit_price|no price'
	WHEN :'by_price' AND :'has_quantity' AND quantity IS NULL THEN 'quantity|no quantity'
	WHEN :'has_ts' AND raw_ts IS NULL THEN 'ts|no date'
	WHEN :'has_ts' AND ts IS NULL THEN 'ts|' || demo.not_a_date(raw_ts)
	WHEN line_id IS NOT NULL AND row_number() OVER (PARTITION BY line_id ORDER BY line) > 1
		THEN 'line_id|duplicate line id' END AS verdict
FROM demo.valued;

INSERT INTO excluded
SELECT 'orders', line, split_part(verdict, '|', 1), split_part(verdict, '|', 2),
	CASE split_part(verdict, '|', 1) WHEN 'quantity' THEN raw_quantity WHEN 'unit_price' THEN raw_price
		WHEN 'amount' THEN raw_amount WHEN 'ts' THEN raw_ts WHEN 'line_id' THEN line_id WHEN 'status' THEN raw_status END
FROM demo.judged WHERE verdict IS NOT NULL;

-- Sale, return or adjustment. Ids C123 and A123 mean cancellation and adjustment only where at least half
-- of all ids are plain digits; where such C ids exist the id decides, otherwise the sign does.
SELECT coalesce(avg((order_id ~ '^[0-9]+$')::int) >= 0.5, false) AS digit_ids,
	count(*) FILTER (WHERE order_id ~ '^C[0-9]+$') AS c_ids, count(*) FILTER (WHERE order_id ~ '^A[0-9]+$') AS a_ids
FROM (SELECT DISTINCT order_id FROM demo.judged WHERE verdict IS NULL) AS ids \gset
SELECT :'digit_ids'::boolean AND :c_ids > 0 AS id_decides \gset

-- A refund is a return, its sign minus; an order that was refunded is a sale and then its return.
CREATE TABLE public.order_lines AS
SELECT line, order_id, customer_id, ts, product_id, CASE WHEN negate THEN -abs(quantity) ELSE quantity END AS quantity, unit_price,
	CASE WHEN negate THEN -abs(value) ELSE value END AS amount, member, channel, raw_status AS status,
	CASE WHEN negate THEN 'return'
		WHEN :'digit_ids' AND order_id ~ '^A[0-9]+$' THEN 'adjustment'
		WHEN :'id_decides' THEN CASE WHEN order_id ~ '^C[0-9]+$' THEN 'return' ELSE 'sale' END
		WHEN quantity < 0 OR value < 0 THEN 'return'
		ELSE 'sale' END AS kind
FROM (SELECT *, status = 'refund' AS negate FROM demo.judged WHERE verdict IS NULL
	UNION ALL SELECT *, true FROM demo.judged WHERE verdict IS NULL AND status = 'refunded' AND coalesce(quantity, 0) >= 0 AND coalesce(value, 0) >= 0) AS lines;
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
SELECT 'orders', 'amounts are ' || CASE WHEN :'source' = 'price' THEN CASE WHEN :'has_quantity' THEN 'quantity x unit price' ELSE 'the unit price' END
		WHEN :'source' = 'total' THEN 'the orders'' totals in "' || a.header || '", each counted once an order (the other lines are 0)'
		ELSE 'those of "' || a.header || '"' || CASE WHEN :'has_price' THEN ', not quantity x unit price' ELSE '' END END
	|| CASE WHEN NOT :'by_price' OR NOT :'has_amount' THEN ''
		WHEN :'total_first' THEN format(', not "%s": it stands on the first line of an order only (%s orders of several lines), so it is the order''s total'
			' and may hold tax and shipping; ORDERS_COLUMNS=''unit_price='' takes it', a.header, :'total_first_n')
		WHEN :'repeated_adds_up' OR :'repeated_named' THEN format(', not "%s": it is the order''s total, repeated on every line (%s orders of several lines)', a.header, :'repeated_n')
		ELSE format(', not "%s", which is empty on %s lines', a.header, :'no_amount_n') END
FROM (SELECT (SELECT header FROM demo.has WHERE source = 'orders' AND role = 'amount') AS header) AS a
WHERE :'has_amount' OR :'has_price';

INSERT INTO demo.note (source, note)
SELECT 'orders', 'customer id 0 is far more frequent than any other and taken for guests: ' || :'zero_n' || ' lines' WHERE :'zero_is_guest';

INSERT INTO demo.note (source, note)
SELECT 'orders', 'status: cancelled, failed or void is left out, refunded is a sale and its return, a refund is a return, all else a sale; lines: '
	|| string_agg(coalesce('"' || left(raw_status, 30) || '"', '(none)') || ' ' || demo.n(n) || CASE status WHEN 'out' THEN ' left out' WHEN 'refunded' THEN ' sale and return'
		WHEN 'refund' THEN ' return' WHEN 'part' THEN ' sale in full, as what was refunded is not known' ELSE ' sale' END, ', ' ORDER BY n DESC, raw_status)
FROM (SELECT raw_status, status, count(*) AS n FROM demo.judged GROUP BY 1, 2 ORDER BY status = 'sale', 3 DESC LIMIT 12) AS each_status
WHERE :'has_status' HAVING count(*) > 0;

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
	|| ' orders with several lines: if it is the order''s total, AOV is too high: name the line''s own amount with ORDERS_COLUMNS=''amount=Header'''
FROM (SELECT count(DISTINCT amount) AS amounts FROM sales WHERE order_id IS NOT NULL GROUP BY order_id HAVING count(*) > 1) AS several
HAVING :'source' = 'amount' AND count(*) >= 20 AND max(amounts) = 1;

INSERT INTO demo.note (source, note)
SELECT 'orders', 'lines that repeat another one exactly are kept: ' || demo.n(count(*)) || ' (without a line id, two pieces sold look like that)'
FROM (SELECT row_number() OVER (PARTITION BY order_id, customer_id, ts, product_id, quantity, amount, unit_price) AS n
	FROM order_lines) AS repeats
WHERE n > 1 AND NOT :'has_line_id' AND :'has_order_id' HAVING count(*) > 0;

INSERT INTO demo.note (source, note)
SELECT 'orders', c || ': read with a decimal comma' FROM (VALUES ('quantity', :'quantity_comma'::boolean),
	('unit_price', :'price_comma'), ('amount', :'amount_comma')) AS v(c, yes) WHERE yes;
DROP VIEW demo.valued;
DROP TABLE demo.trimmed, demo.of_order, demo.parsed, demo.judged;

CREATE VIEW public.orders_365d AS
SELECT * FROM public.orders WHERE ts > (SELECT max(ts) - interval '365 days' FROM public.orders);
COMMENT ON VIEW public.orders_365d IS 'orders of the last 365 days';
