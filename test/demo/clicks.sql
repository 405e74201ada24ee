-- What customers of the made-up shop did on its site in its last quarter, as shop.sql makes the rest: visits that end in the orders
-- there are, and more visits that do not.

CREATE TEMP TABLE made_visit AS
SELECT customer_id, ts AS until, 5 AS depth, key,
	(SELECT sum(price * quantity) FROM made_line_priced AS l WHERE l.order_no = o.order_no) AS worth
FROM made_order AS o WHERE customer_id IS NOT NULL AND ts >= '2024-10-01'
UNION ALL
SELECT id::text, timestamp '2024-10-01' + demo.u('look at ' || key) * interval '91 days 23 hours',
	CASE WHEN how_far < 0.38 THEN 1 WHEN how_far < 0.79 THEN 2 WHEN how_far < 0.93 THEN 3 ELSE 4 END, key, NULL
FROM (SELECT id, 'look ' || id || '/' || i AS key, demo.u('far ' || id || '/' || i) AS how_far
	FROM generate_series(1, 5000) AS id, generate_series(1, floor(9 * demo.u('looks ' || id) * demo.u('looks2 ' || id))::int) AS i) AS looks;

-- In the order of the way; a product or a search may come again.
CREATE TABLE demo.in_events AS
SELECT 1 + row_number() OVER (ORDER BY ts, key, n) AS line, NULL::text AS event_id, CASE WHEN dirty < 0.00008 THEN '' ELSE customer_id END AS customer_id,
	CASE WHEN dirty BETWEEN 0.0001 AND 0.00014 THEN 'yesterday' ELSE ts::text END AS ts, event,
	CASE WHEN event = 'order' THEN round(worth, 2)::text END AS value, NULL::text AS rest
FROM (SELECT *, demo.u('dirty click ' || key || ' ' || n) AS dirty,
		date_trunc('second', until - (row_number() OVER (PARTITION BY key ORDER BY n DESC) - 1) * interval '95 seconds' * (0.5 + demo.u('pace ' || key))) AS ts
	FROM (SELECT v.*, e.n, e.event
		FROM made_visit AS v, LATERAL (VALUES (1, 'visit', true), (2, 'search', demo.u('s ' || key) < 0.4), (3, 'product', depth >= 2), (4, 'search', depth >= 2 AND demo.u('s2 ' || key) < 0.2),
			(5, 'product', depth >= 2 AND demo.u('p2 ' || key) < 0.5), (6, 'cart', depth >= 3), (7, 'product', depth >= 3 AND demo.u('p3 ' || key) < 0.15),
			(8, 'checkout', depth >= 4), (9, 'order', depth >= 5)) AS e(n, event, happens) WHERE happens) AS happened) AS timed;

INSERT INTO demo.has SELECT 'events', role, role FROM unnest(ARRAY['customer_id', 'ts', 'event', 'value']) AS role;
INSERT INTO demo.file VALUES ('events', NULL, (SELECT count(*) FROM demo.in_events));
