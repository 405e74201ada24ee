-- The example shop of doc/kpi.md and doc/bi.md: small enough to check every figure by hand.
--
--     createdb shop && psql -d shop -c 'CREATE EXTENSION engage' -f doc/example.sql
--
-- The data end in 2024 and the recipes take 2025-01-01 for today.  Times are the shop's local time.
-- Tables that the demo has too (order_lines, sales, orders, orders_365d, survey, posts) have the demo's column names.

SET client_min_messages = warning;

CREATE TABLE customers (				-- who has an account
	customer_id	int PRIMARY KEY,
	joined_on	date NOT NULL,
	member		boolean NOT NULL,		-- of the loyalty programme
	email		text,
	phone		text,
	birthday	date,
	city		text
);
INSERT INTO customers VALUES
	(1, '2023-12-20', true,  'amal@example.com', '+1 201', '1990-01-01', 'Cairo'),
	(2, '2024-05-01', true,  'bita@example.com', '+1 202', NULL,         'Shiraz'),
	(3, '2024-06-21', false, 'chen@example.com', NULL,     NULL,         'Haifa'),
	(4, '2024-10-01', false, 'dana@example.com', NULL,     NULL,         NULL),
	(5, '2024-11-01', false, 'emil@example.com', NULL,     NULL,         NULL),
	(6, '2024-12-01', true,  'faye@example.com', '+1 206', '1980-06-06', 'Oslo');

-- One row is one order.  A guest has no account: customer_id is NULL, email may be known.
CREATE TABLE orders (
	order_id	int PRIMARY KEY,
	customer_id	int REFERENCES customers,
	email		text,
	ts			timestamp NOT NULL,
	amount		numeric NOT NULL,
	channel		text NOT NULL,
	member		boolean NOT NULL,		-- when it was placed
	campaign	text					-- the message that brought it, if one did
);
INSERT INTO orders VALUES
	(101, 1, 'amal@example.com', '2024-01-01 10:00',  40, 'web',   true,  NULL),
	(102, 1, 'amal@example.com', '2024-03-01 10:00', 100, 'web',   true,  'spring'),
	(103, 1, 'amal@example.com', '2024-03-31 10:00',  60, 'app',   true,  NULL),
	(104, 2, 'bita@example.com', '2024-05-10 10:00',  50, 'store', true,  NULL),
	(105, 2, 'bita@example.com', '2024-06-09 10:00', 150, 'web',   true,  'summer'),
	(106, 3, 'chen@example.com', '2024-07-01 10:00',  80, 'web',   false, NULL),
	(107, NULL, 'noor@example.com', '2024-07-02 10:00', 20, 'web', false, NULL),
	(108, NULL, 'Noor@example.com', '2024-08-02 10:00', 30, 'web', false, NULL),
	(109, NULL, 'sami@example.com', '2024-09-01 10:00', 70, 'web', false, NULL),
	(110, 4, 'dana@example.com', '2024-10-05 10:00', 200, 'app',   false, 'autumn'),
	(111, 1, 'amal@example.com', '2024-12-20 10:00', 100, 'web',   true,  NULL),
	(112, NULL, NULL,            '2024-11-11 10:00',  20, 'store', false, NULL),
	(113, NULL, 'sami@example.com', '2024-12-01 10:00', 80, 'web', false, NULL);

-- One row is one line of an order, or of a return (negative).
CREATE TABLE order_lines (
	order_id	int NOT NULL,
	customer_id	int,
	ts			timestamp NOT NULL,
	product_id	text NOT NULL,
	quantity	int NOT NULL,
	amount		numeric NOT NULL,
	kind		text NOT NULL CHECK (kind IN ('sale', 'return'))
);
INSERT INTO order_lines
SELECT o.order_id, customer_id, ts, product_id, quantity, l.amount, 'sale'
FROM orders o JOIN (VALUES (101, 'tea', 2, 40), (102, 'tea', 3, 60), (102, 'pot', 1, 40), (103, 'tea', 3, 60),
	(104, 'cup', 5, 50), (105, 'tea', 5, 100), (105, 'cup', 5, 50), (106, 'pot', 2, 80), (107, 'cup', 2, 20),
	(108, 'cup', 3, 30), (109, 'cup', 7, 70), (110, 'tea', 6, 120), (110, 'pot', 2, 80), (111, 'tea', 3, 60),
	(111, 'pot', 1, 40), (112, 'cup', 2, 20), (113, 'pot', 2, 80)) AS l(order_id, product_id, quantity, amount) USING (order_id);
INSERT INTO order_lines VALUES
	(105, 2, '2024-06-20 10:00', 'cup', -5, -50, 'return'),
	(110, 4, '2024-10-20 10:00', 'pot', -2, -80, 'return');
CREATE VIEW sales AS SELECT * FROM order_lines WHERE kind = 'sale';
CREATE VIEW orders_365d AS SELECT * FROM orders WHERE ts > (SELECT max(ts) - interval '365 days' FROM orders);

CREATE TABLE subscriptions (			-- a trial, perhaps paid for, due again and perhaps renewed
	customer_id	int, trial_ends_on date, paid_on date, due_on date, renewed_on date
);
INSERT INTO subscriptions VALUES
	(1, '2024-02-01', '2024-02-01', '2024-08-01', '2024-08-01'),
	(2, '2024-03-01', '2024-02-20', '2024-09-01', NULL),
	(3, '2024-04-01', NULL, NULL, NULL),
	(4, '2024-05-01', '2024-05-01', '2024-11-01', '2024-10-30'),
	(5, '2025-02-01', NULL, NULL, NULL),					-- still on trial
	(6, '2024-12-20', '2024-12-20', '2025-06-20', NULL);	-- not due yet

CREATE TABLE leads (lead_id int, created_on date, won_on date);
INSERT INTO leads VALUES (1, '2024-01-01', '2024-01-31'), (2, '2024-02-01', '2024-02-11'),
	(3, '2024-03-01', NULL), (4, '2024-04-01', '2024-04-06');

CREATE TABLE spend (month date, purpose text, amount numeric);	-- purpose: win or keep customers
INSERT INTO spend VALUES ('2024-03-01', 'win', 200), ('2024-06-01', 'win', 100), ('2024-06-01', 'keep', 100);

CREATE TABLE carts (cart_id int, created_at timestamp, reminded_at timestamp, ordered_at timestamp);
INSERT INTO carts VALUES
	(1, '2024-12-01 09:00', NULL, '2024-12-01 09:20'),
	(2, '2024-12-01 10:00', '2024-12-02 10:00', '2024-12-02 18:00'),	-- won back
	(3, '2024-12-02 10:00', '2024-12-03 10:00', NULL),
	(4, '2024-12-03 10:00', '2024-12-04 10:00', NULL),
	(5, '2024-12-04 10:00', NULL, NULL),
	(6, '2024-12-31 23:50', NULL, NULL);								-- too young to judge

-- One row is one message; the counters are 0 or 1, so they count messages, not clicks.
CREATE TABLE messages (
	message_id int, channel text, campaign text, sent_at timestamp, delivered int, bounced int, opened int,
	machine_opened int, clicked int, unsubscribed int, complained int, converted int
);
INSERT INTO messages VALUES
	( 1, 'e-mail', 'winter', '2024-12-10 08:00', 1, 0, 1, 0, 1, 0, 0, 1),
	( 2, 'e-mail', 'winter', '2024-12-10 08:00', 1, 0, 1, 0, 1, 0, 0, 0),
	( 3, 'e-mail', 'winter', '2024-12-10 08:00', 1, 0, 1, 0, 0, 1, 0, 0),
	( 4, 'e-mail', 'winter', '2024-12-10 08:00', 1, 0, 1, 1, 0, 0, 0, 0),
	( 5, 'e-mail', 'winter', '2024-12-10 08:00', 1, 0, 0, 0, 0, 0, 1, 0),
	( 6, 'e-mail', 'winter', '2024-12-10 08:00', 1, 0, 0, 0, 0, 0, 0, 0),
	( 7, 'e-mail', 'winter', '2024-12-10 08:00', 1, 0, 0, 0, 0, 0, 0, 0),
	( 8, 'e-mail', 'winter', '2024-12-10 08:00', 1, 0, 0, 0, 0, 0, 0, 0),
	( 9, 'e-mail', 'winter', '2024-12-10 08:00', 0, 1, 0, 0, 0, 0, 0, 0),
	(10, 'e-mail', 'winter', '2024-12-10 08:00', 0, 1, 0, 0, 0, 0, 0, 0),
	(11, 'push',   'winter', '2024-12-11 08:00', 1, 0, 1, 0, 1, 0, 0, 0),
	(12, 'push',   'winter', '2024-12-11 08:00', 1, 0, 0, 0, 0, 1, 0, 0),
	(13, 'push',   'winter', '2024-12-11 08:00', 1, 0, 0, 0, 0, 0, 0, 0),
	(14, 'push',   'winter', '2024-12-11 08:00', 1, 0, 0, 0, 0, 0, 0, 0);

CREATE TABLE posts (					-- audience: followers when it was posted
	post_id int, network text, ts timestamp, likes int, comments int, shares int, video_views int, reach int, audience int
);
INSERT INTO posts VALUES
	(1, 'instagram', '2024-12-01 12:00', 150,  7,    0, 600,  2000, 5000),
	(2, 'instagram', '2024-12-05 12:00',  60, 20,   20, NULL,  800, 1000),
	(3, 'x',         '2024-12-08 12:00',   5,  0,    0, NULL,    0,    0),	-- audience not reported
	(4, 'x',         '2024-12-12 12:00',  10,  5,    5, 100,   500, 4000),
	(5, 'x',         '2024-12-15 12:00',  30, 10, NULL, NULL,  400, 1000);	-- shares not reported

CREATE TABLE sessions (					-- one row is one visit
	session_id int PRIMARY KEY, visitor_id text, started_at timestamp, ended_at timestamp, pages int, channel text, converted boolean
);
INSERT INTO sessions VALUES
	(1, 'v1', '2024-12-01 10:00', '2024-12-01 10:10', 3, 'ads',    true),
	(2, 'v2', '2024-12-01 11:00', '2024-12-01 11:00', 1, 'ads',    false),
	(3, 'v1', '2024-12-03 10:00', '2024-12-03 10:05', 2, 'search', false),
	(4, 'v3', '2024-12-05 12:00', '2024-12-05 12:00', 1, 'search', false),
	(5, 'v4', '2024-12-06 13:00', '2024-12-06 13:20', 2, 'search', false);

CREATE TABLE page_views (session_id int, ts timestamp, page text);
INSERT INTO page_views VALUES
	(1, '2024-12-01 10:00', 'home'), (1, '2024-12-01 10:04', 'shop'), (1, '2024-12-01 10:10', 'cart'),
	(2, '2024-12-01 11:00', 'home'), (3, '2024-12-03 10:00', 'home'), (3, '2024-12-03 10:05', 'shop'),
	(4, '2024-12-05 12:00', 'shop'), (5, '2024-12-06 13:00', 'home'), (5, '2024-12-06 13:20', 'shop');

CREATE TABLE actions (session_id int, action text);	-- downloads, video views ... within a visit
INSERT INTO actions VALUES (1, 'download'), (1, 'download'), (3, 'download'), (5, 'video view');

CREATE TABLE form_visits (form text, channel text, started boolean, completed boolean);	-- one row is one view of a form
INSERT INTO form_visits VALUES ('sign-up', 'web', true, true), ('sign-up', 'web', true, false), ('sign-up', 'web', false, false),
	('sign-up', 'app', true, true), ('sign-up', 'app', true, false);

CREATE TABLE event_guests (event text, customer_id int, registered boolean, attended boolean);	-- one row is one invitation
INSERT INTO event_guests VALUES ('tasting', 1, true, true), ('tasting', 2, true, false), ('tasting', 3, false, false), ('tasting', 4, true, true);

CREATE TABLE referrals (				-- one row is one invitation sent by a customer
	referrer_id int, invitee text, invited_on date, visited boolean, joined boolean, purchased boolean, reward numeric
);
INSERT INTO referrals VALUES
	(1, 'gina@example.com', '2024-10-01', true,  true,  true,  15),	-- both sides' reward together
	(1, 'hugo@example.com', '2024-10-02', true,  true,  false, 0),
	(2, 'iris@example.com', '2024-10-03', true,  false, false, 0),
	(2, 'jost@example.com', '2024-10-04', false, false, false, 0);

CREATE TABLE impressions (				-- one row is one showing of a banner, card, interstitial or wallet pass
	placement text, person_id int, shown_at timestamp, opened boolean, clicked boolean, redeemed boolean
);
INSERT INTO impressions VALUES
	('banner', 1, '2024-12-01 10:00', NULL, false, false), ('banner', 1, '2024-12-02 10:00', NULL, true, true),
	('banner', 2, '2024-12-02 11:00', NULL, false, false), ('banner', 3, '2024-12-03 10:00', NULL, false, false),
	('wallet pass', 1, '2024-12-05 10:00', true, true, true), ('wallet pass', 2, '2024-12-05 10:00', false, false, false);

CREATE TABLE submissions (contest text, customer_id int, accepted boolean, quality int);	-- contests; quality 1 to 5, by a juror
INSERT INTO submissions VALUES ('photo', 1, true, 5), ('photo', 1, true, 4), ('photo', 2, false, 2), ('photo', 3, true, 5);

CREATE TABLE tickets (					-- conversations with support; "with_bot": begun by a bot
	ticket_id int, customer_id int, channel text, opened_at timestamp, first_reply_at timestamp, with_bot boolean,
	handed_over boolean, resolved boolean, cost numeric
);
INSERT INTO tickets VALUES
	(1, 1, 'chat',   '2024-12-01 10:00', '2024-12-01 10:01', true,  false, true,  0.50),
	(2, 2, 'chat',   '2024-12-01 11:00', '2024-12-01 11:02', true,  true,  true,  4.00),
	(3, 3, 'chat',   '2024-12-01 12:00', '2024-12-01 12:03', true,  false, false, 0.50),
	(4, 4, 'social', '2024-12-02 10:00', '2024-12-02 10:30', false, false, true,  3.00),
	(5, 1, 'e-mail', '2024-12-02 10:00', '2024-12-02 14:00', false, false, true,  5.00),
	(6, 2, 'e-mail', '2024-12-31 10:00', NULL,               false, false, false, NULL),	-- not answered yet
	(7, 4, 'chat',   '2024-12-04 11:00', '2024-12-04 11:04', true,  false, true,  0.50);

CREATE TABLE mentions (ts timestamp, tone text);	-- social mentions, already classified
INSERT INTO mentions SELECT '2024-11-15 12:00', 'positive' FROM generate_series(1, 10);
INSERT INTO mentions SELECT '2024-11-15 12:00', 'negative' FROM generate_series(1, 10);
INSERT INTO mentions SELECT '2024-12-15 12:00', 'positive' FROM generate_series(1, 13);
INSERT INTO mentions SELECT '2024-12-15 12:00', 'negative' FROM generate_series(1, 7);

CREATE TABLE memberships (customer_id int, joined_on date, first_redeemed_on date);
INSERT INTO memberships VALUES (1, '2024-01-10', '2024-03-01'), (2, '2024-05-01', '2024-05-31'), (6, '2024-12-01', NULL);

CREATE TABLE subscribers (email text, joined_on date, left_on date);	-- of the newsletter
INSERT INTO subscribers SELECT 'old' || i || '@example.com', '2024-06-01', CASE i WHEN 1 THEN '2024-12-05' WHEN 2 THEN '2024-09-01' END::date
	FROM generate_series(1, 11) AS i;
INSERT INTO subscribers SELECT 'new' || i || '@example.com', '2024-12-10', NULL FROM generate_series(1, 3) AS i;

CREATE TABLE reviews (review_id int, product_id text, ts timestamp, stars int);
INSERT INTO reviews VALUES (1, 'tea', '2024-11-05 10:00', 5), (2, 'tea', '2024-11-09 10:00', 5), (3, 'tea', '2024-12-01 10:00', 4),
	(4, 'tea', '2024-12-02 10:00', 2), (5, 'pot', '2024-11-07 10:00', 3), (6, 'pot', '2024-12-07 10:00', 4);

-- One row is one answer.  NPS 0 to 10, CSAT 1 to 5, CES 1 to 7; what was not asked is NULL.
CREATE TABLE survey (
	resp_id int PRIMARY KEY, customer_id int, ts timestamp, channel text, nps int, csat int, ces int, weight numeric
);
INSERT INTO survey VALUES
	( 1, 1, '2024-12-02 10:00', 'chat',   9,    5, 7,    1),
	( 2, 2, '2024-12-02 10:00', 'chat',   10,   5, 6,    1),
	( 3, 3, '2024-12-03 10:00', 'chat',   7,    4, 5,    1),
	( 4, 4, '2024-12-03 10:00', 'chat',   3,    2, NULL, 3),
	( 5, 1, '2024-12-04 10:00', 'e-mail', 10,   4, 5,    1),
	( 6, 2, '2024-12-04 10:00', 'e-mail', 8,    4, 3,    1),
	( 7, 3, '2024-12-05 10:00', 'e-mail', NULL, 3, NULL, 1),
	( 8, 4, '2024-12-05 10:00', 'e-mail', 6,    1, NULL, 1),
	( 9, 1, '2024-12-06 10:00', 'e-mail', 9,    5, NULL, 1),
	(10, 2, '2024-12-06 10:00', 'phone',  2,    2, 2,    1),
	(11, 3, '2024-12-06 10:00', 'phone',  NULL, 4, NULL, 1);

-- A question asked on the web site for two weeks: 30 promoters, 10 passives, 10 detractors in the first,
-- 15, 10 and 25 in the second (which a broken delivery spoilt).
CREATE TABLE site_survey (ts timestamp, nps int);
INSERT INTO site_survey SELECT '2024-12-16 12:00', CASE WHEN i <= 30 THEN 10 WHEN i <= 40 THEN 8 ELSE 3 END FROM generate_series(1, 50) AS i;
INSERT INTO site_survey SELECT '2024-12-23 12:00', CASE WHEN i <= 15 THEN 9 WHEN i <= 25 THEN 7 ELSE 0 END FROM generate_series(1, 50) AS i;

CREATE TABLE survey_invitations (customer_id int, sent_at timestamp, answered_at timestamp);
INSERT INTO survey_invitations VALUES (1, '2024-12-02', '2024-12-02'), (2, '2024-12-02', '2024-12-02'), (3, '2024-12-03', '2024-12-03'),
	(4, '2024-12-03', '2024-12-03'), (5, '2024-12-03', NULL);

RESET client_min_messages;
