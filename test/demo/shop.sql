-- A made-up shop, two years, the same on every machine: every draw is a hash of a key, no random(), and
-- only arithmetic that is exact or correctly rounded everywhere (+ - * / sqrt).
-- It is written as text like somebody's export, dirty rows included, and takes the same way in as a file.

-- uniform in [0, 1)
CREATE FUNCTION demo.u(key text) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT ('x' || substr(md5('engage 42 ' || $1), 1, 8))::bit(32)::bigint / 4294967296.0::float8
$$;

-- Customers. They keep coming, a little faster every month; a third joined before the first day (joined < 0).
CREATE TABLE public.customers AS
SELECT id::text AS customer_id, demo.u('member ' || id) < 0.32 AS member,
	(-0.4 + 1.4 * (sqrt(1 + 3.84 * demo.u('joined ' || id)) - 1) / 1.2)::float8 AS joined_at,
	(ARRAY['web', 'web', 'app', 'store'])[1 + floor(4 * demo.u('channel ' || id))::int] AS channel
FROM generate_series(1, 5000) AS id;

-- Orders: a first one, then more for some (a few buy very often). Season by thinning.
CREATE TEMP TABLE made_order AS
SELECT row_number() OVER (ORDER BY at, key) + 100000 AS order_no, customer_id, member, channel, key,
	date_trunc('second', timestamp '2023-01-01' + at * interval '63158400 seconds') AS ts
FROM (SELECT c.customer_id, c.member, c.channel, k.key,
		CASE WHEN k.i = 0 THEN c.joined_at
			ELSE greatest(c.joined_at, 0) + (1 - greatest(c.joined_at, 0)) * demo.u('at ' || k.key) END AS at, k.i
	FROM customers AS c,
		LATERAL (SELECT i, c.customer_id || '/' || i AS key
			FROM generate_series(0, floor(2 * (1 - greatest(c.joined_at, 0)) * (CASE WHEN c.member THEN 1.35 ELSE 1 END)
				* (0.7 + 12 * demo.u('rate ' || c.customer_id) * demo.u('rate2 ' || c.customer_id)
					* demo.u('rate3 ' || c.customer_id)))::int) AS i) AS k
	UNION ALL
	SELECT NULL, false, 'web', 'guest ' || i, (sqrt(1 + 3.84 * demo.u('guest at ' || i)) - 1) / 1.2, 1
	FROM generate_series(1, 4600) AS i) AS candidate
WHERE at >= 0 AND at < 1 AND (i = 0 OR demo.u('season ' || key) <
	(ARRAY[0.62, 0.60, 0.68, 0.70, 0.74, 0.66, 0.58, 0.60, 0.72, 0.80, 1.0, 0.98])
	[extract(month FROM timestamp '2023-01-01' + at * interval '63158400 seconds')::int]);

-- Order lines: members fill the basket a little more; some products sell far better than others.
CREATE TEMP TABLE made_line AS
SELECT o.order_no, o.customer_id, o.ts, o.member, o.channel, l.key, 1 + floor(240 * demo.u('p ' || l.key) * demo.u('p2 ' || l.key))::int AS product,
	CASE WHEN demo.u('q ' || l.key) < 0.74 THEN 1 WHEN demo.u('q ' || l.key) < 0.92 THEN 2 ELSE 3 END AS quantity
FROM made_order AS o, LATERAL (SELECT o.key || '#' || j AS key
	FROM generate_series(1, 1 + floor((CASE WHEN o.member THEN 9.4 WHEN o.customer_id IS NULL THEN 7.4 ELSE 8.6 END)
		* demo.u('lines ' || o.key) * demo.u('lines2 ' || o.key))::int) AS j) AS l;

CREATE TEMP TABLE made_line_priced AS
SELECT *, (350 + floor(9000 * demo.u('price ' || product) * demo.u('price2 ' || product) * demo.u('price3 ' || product))::int) / 100.0 AS price
FROM made_line;

-- As somebody's export: text, one row a line; returns are C orders some days later, two bad debts are A orders.
CREATE TABLE demo.in_orders AS
SELECT line, CASE WHEN dirty < 0.00010 THEN '' ELSE order_id END AS order_id, customer_id,
	CASE WHEN dirty BETWEEN 0.0002 AND 0.00028 THEN '2024-02-30' ELSE ts::text END AS ts, NULL::text AS line_id, product_id,
	CASE WHEN dirty BETWEEN 0.0004 AND 0.00055 THEN 'two' ELSE quantity END AS quantity,
	CASE WHEN dirty BETWEEN 0.0006 AND 0.00072 THEN '?' ELSE unit_price END AS unit_price,
	NULL::text AS amount, NULL::text AS status, NULL::text AS cancelled, member, channel, NULL::text AS rest
FROM (SELECT 1 + row_number() OVER (ORDER BY ts, order_id, key) AS line, demo.u('dirty ' || key) AS dirty, *
	FROM (SELECT order_no::text AS order_id, customer_id, ts, 'P' || product AS product_id, quantity::text AS quantity,
			round(price, 2)::text AS unit_price, CASE WHEN member THEN 'yes' ELSE 'no' END AS member, channel, key
		FROM made_line_priced
		UNION ALL
		SELECT 'C' || order_no, customer_id, ts + (2 + floor(19 * demo.u('back after ' || key))) * interval '1 day',
			'P' || product, (-quantity)::text, round(price, 2)::text, CASE WHEN member THEN 'yes' ELSE 'no' END, channel, 'back ' || key
		FROM made_line_priced WHERE demo.u('back ' || key) < 0.045
		UNION ALL
		SELECT 'A9000' || i, NULL, timestamp '2024-01-31 23:00' + i * interval '5 months', 'bad debt', '1', (-180 * i)::text, 'no', 'web', 'bad ' || i
		FROM generate_series(1, 2) AS i) AS line_or_return
	WHERE ts < '2025-01-01') AS numbered;

-- Survey: members like the shop better. A few 11s, a few empty, two answers sent twice.
CREATE TABLE demo.in_survey AS
SELECT 1 + row_number() OVER (ORDER BY ts, i, copy) AS line, i::text AS resp_id, customer_id, ts::date::text AS ts,
	CASE WHEN demo.u('odd ' || i) < 0.004 THEN '11' WHEN demo.u('odd ' || i) < 0.006 THEN 'ten' WHEN demo.u('odd ' || i) < 0.012 THEN ''
		ELSE nps::text END AS nps,
	CASE WHEN demo.u('skip ' || i) < 0.07 THEN '' ELSE greatest(1, least(5, floor(nps / 2.0)::int + (demo.u('csat ' || i) < 0.5)::int))::text END AS csat,
	NULL::text AS ces, NULL::text AS weight, (ARRAY['chat', 'email', 'phone'])[1 + floor(3 * demo.u('by ' || i))::int] AS channel, NULL::text AS rest
FROM (SELECT i, o.customer_id, o.ts + interval '6 days' AS ts,
		CASE WHEN mood < 0.29 THEN 10 WHEN mood < 0.51 THEN 9 WHEN mood < 0.70 THEN 8 WHEN mood < 0.81 THEN 7
			WHEN mood < 0.87 THEN 6 WHEN mood < 0.92 THEN 5 ELSE floor((1 - mood) * 60)::int END AS nps
	FROM (SELECT i, least(0.999, demo.u('mood ' || i) * CASE WHEN o.member THEN 0.86 ELSE 1.06 END) AS mood, o.customer_id, o.ts
		FROM generate_series(1, 2600) AS i
		JOIN made_order AS o ON o.order_no = 100001 + floor(demo.u('asked ' || i) * (SELECT count(*) FROM made_order))::int) AS o) AS answers,
	generate_series(1, CASE WHEN i IN (700, 1900) THEN 2 ELSE 1 END) AS copy;

-- Social posts, three a week.
CREATE TABLE demo.in_posts AS
SELECT 1 + i::bigint AS line, 'post-' || i AS post_id, (timestamp '2023-01-01 09:00' + i * interval '56 hours')::text AS ts, network,
	CASE WHEN i = 207 THEN '1.2k' ELSE floor(audience * (0.008 + 0.045 * demo.u('likes ' || i) * demo.u('likes2 ' || i)))::int::text END AS likes,
	floor(audience * 0.004 * demo.u('comments ' || i))::int::text AS comments,
	floor(audience * 0.003 * demo.u('shares ' || i))::int::text AS shares, NULL::text AS interactions,
	CASE WHEN i = 44 THEN '0' ELSE audience::text END AS audience, NULL::text AS rest
FROM (SELECT i, (ARRAY['instagram', 'tiktok', 'x'])[1 + i % 3] AS network, (ARRAY[9000, 5200, 3100])[1 + i % 3] + i * (9 - 2 * (i % 3)) AS audience
	FROM generate_series(1, 312) AS i) AS post;

-- One newsletter a month to a third of the customers.
CREATE TABLE demo.in_emails AS
SELECT 1 + row_number() OVER (ORDER BY campaign, id) AS line, campaign || '-' || id AS message_id, id::text AS customer_id, 'news ' || campaign AS campaign,
	(date '2023-01-05' + (campaign - 1) * interval '1 month')::text AS ts, '1' AS sent, delivered::int::text AS delivered, NULL::text AS bounced,
	CASE WHEN demo.u('odd mail ' || campaign || ' ' || id) < 0.00012 THEN 'maybe' ELSE (delivered AND opens)::int::text END AS opened,
	(delivered AND opens AND demo.u('click ' || campaign || ' ' || id) < 0.14)::int::text AS clicked, NULL::text AS rest
FROM (SELECT campaign, id, demo.u('deliver ' || campaign || ' ' || id) < 0.976 AS delivered,
		demo.u('open ' || campaign || ' ' || id) < 0.12 + 0.4 * demo.u('reader ' || id) AS opens
	FROM generate_series(1, 24) AS campaign, generate_series(1, 5000) AS id
	WHERE demo.u('subscribed ' || id) < 0.34) AS mail;

INSERT INTO demo.has
SELECT source, role, role
FROM (VALUES ('orders', ARRAY['order_id', 'customer_id', 'ts', 'product_id', 'quantity', 'unit_price', 'member', 'channel']),
	('survey', ARRAY['resp_id', 'customer_id', 'ts', 'nps', 'csat', 'channel']),
	('posts', ARRAY['post_id', 'ts', 'network', 'likes', 'comments', 'shares', 'audience']),
	('emails', ARRAY['message_id', 'customer_id', 'campaign', 'ts', 'sent', 'delivered', 'opened', 'clicked'])) AS s(source, roles),
	unnest(roles) AS role;
INSERT INTO demo.file VALUES ('orders', NULL, (SELECT count(*) FROM demo.in_orders)), ('survey', NULL, (SELECT count(*) FROM demo.in_survey)),
	('posts', NULL, (SELECT count(*) FROM demo.in_posts)), ('emails', NULL, (SELECT count(*) FROM demo.in_emails));
ALTER TABLE public.customers DROP COLUMN joined_at;
\ir clicks.sql
