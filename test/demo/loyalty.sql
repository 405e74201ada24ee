-- A loyalty programme over the orders: the ledger "rewards", and what is to be posted to it.

-- It has a test clock, so that an order of May is posted in May; a programme of your own needs none.
CREATE TABLE demo.loyalty (key text PRIMARY KEY, value text);
SELECT engage.ledger_create('rewards', member_type => 'text', expires_after => '365 days', test_clock => true);
SELECT engage.rule_set('rewards', 'purchase', trigger => 'purchase', rate_points => 1, rate_basis => 1);	-- a point for each 1.00
-- (XXX is the code for no currency: the files name none)
SELECT engage.point_value_set('rewards', face_value => 0.01, currency => 'XXX', expected_redemption_pct => 80);

-- Ids serve as keys, of at most 128 characters.
CREATE FUNCTION demo.key(id text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT CASE WHEN length(id) <= 128 THEN id ELSE md5(id) END $$;

-- Which orders can earn, and why the others cannot.
CREATE TABLE demo.loyalty_order AS
SELECT order_id, demo.key(order_id) AS source_ref, demo.key(customer_id) AS member, ts AT TIME ZONE 'UTC' AS at, trunc(amount, 6) AS amount,
	CASE WHEN customer_id IS NULL THEN 'of guests' WHEN amount IS NULL THEN 'without an amount' WHEN amount < 0 THEN 'below zero'
		WHEN amount > 1e12 THEN 'above 1e12' WHEN ts AT TIME ZONE 'UTC' > clock_timestamp() THEN 'dated in the future' END AS left_out
FROM orders;
ALTER TABLE demo.loyalty_order ADD PRIMARY KEY (order_id);
ANALYZE demo.loyalty_order;

-- The order that a return belongs to: of the same id, of the id without the C, or else the customer's last one of that product.
CREATE TABLE demo.loyalty_return AS
WITH back AS MATERIALIZED (
	SELECT line, order_id, customer_id, product_id, ts, - amount AS amount FROM order_lines WHERE kind = 'return' AND amount < 0),
by_product AS (
	SELECT DISTINCT ON (b.line) b.line, s.order_id
	FROM back AS b JOIN sales AS s USING (customer_id, product_id)
	WHERE s.order_id IS NOT NULL AND (s.ts <= b.ts OR b.ts IS NULL AND s.line < b.line)
	ORDER BY b.line, s.ts DESC, s.line DESC)
SELECT b.line, coalesce(same.order_id, c.order_id, p.order_id) AS order_id, b.amount, b.ts AT TIME ZONE 'UTC' AS at,
	CASE WHEN same.order_id IS NOT NULL OR c.order_id IS NOT NULL THEN 'id' WHEN p.order_id IS NOT NULL THEN 'product' END AS found_by
FROM back AS b
LEFT JOIN demo.loyalty_order AS same ON same.order_id = b.order_id
LEFT JOIN demo.loyalty_order AS c ON b.order_id LIKE 'C%' AND c.order_id = substr(b.order_id, 2) AND (b.customer_id IS NULL OR demo.key(b.customer_id) = c.member)
LEFT JOIN by_product AS p USING (line);

-- What happened, in the order in which it did. For a return: what is left of the order's amount after it.
CREATE TABLE demo.loyalty_event AS
SELECT at, 1 AS rank, 0::bigint AS line, member, source_ref, source_ref AS key, amount, NULL::text AS status
FROM demo.loyalty_order WHERE left_out IS NULL
UNION ALL
SELECT greatest(r.at, o.at), 2, r.line, o.member, o.source_ref, 'return-' || r.line,
	trunc(greatest(o.amount - sum(r.amount) OVER (PARTITION BY r.order_id ORDER BY greatest(r.at, o.at), r.line), 0), 6), NULL
FROM demo.loyalty_return AS r JOIN demo.loyalty_order AS o USING (order_id)
WHERE o.left_out IS NULL AND (r.at IS NULL OR r.at <= clock_timestamp());

-- Orders placed while the demo runs: apart, so that the figures of the shop stay as they are.
CREATE TABLE public.new_orders (order_id text PRIMARY KEY, customer_id text NOT NULL, ts timestamptz NOT NULL DEFAULT now(), amount numeric NOT NULL);
COMMENT ON TABLE public.new_orders IS 'orders of the demo''s new customer';

-- What each order should have earned, computed without the ledger.
CREATE VIEW public.loyalty_orders AS
SELECT o.member AS customer_id, o.source_ref AS order_id, floor(greatest(o.amount - coalesce(r.amount, 0), 0)) AS points
FROM demo.loyalty_order AS o
LEFT JOIN (SELECT order_id, sum(amount) AS amount FROM demo.loyalty_return WHERE at IS NULL OR at <= clock_timestamp() GROUP BY order_id) AS r USING (order_id)
WHERE o.left_out IS NULL
UNION ALL
SELECT customer_id, order_id, floor(amount) FROM new_orders;
COMMENT ON VIEW public.loyalty_orders IS 'the points each order should have: a point for each 1.00 that was not returned';
