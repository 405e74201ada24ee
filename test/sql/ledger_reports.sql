-- Reports of a ledger: one small programme, followed for a quarter, whose every figure can be worked out by hand.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET synchronous_commit = on;
SET timezone = 'Europe/Berlin'; -- to read the story by; at the end it is another
SET datestyle = 'ISO';
DROP ROLE IF EXISTS reports_reader, reports_stranger;
CREATE ROLE reports_reader;
CREATE ROLE reports_stranger;
-- what an erroneous call says
CREATE FUNCTION pg_temp.fails(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  EXECUTE query INTO result;
  RETURN 'no error: ' || coalesce(result, 'null');
EXCEPTION WHEN others THEN
  RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

-- Points are good until the end of the second month after they were earned; 1 point for 1 EUR.
SELECT engage.ledger_create('shop', time_zone => 'Europe/Berlin', expires_after => '2 months', expiry_rounding => 'month', test_clock => true);
SET engage.now = '2026-01-01 00:00+01';
-- A point buys for 1 cent, 2 cents from March on, which costs the shop 0.8 and 1 cent; 80 and then 75 of 100 points are expected to be used.
SELECT engage.point_value_set('shop', 0.01, 'EUR', cost_value => 0.008, expected_redemption_pct => 80);
SELECT engage.point_value_set('shop', 0.02, 'EUR', cost_value => 0.010, expected_redemption_pct => 75, valid_from => '2026-03-01 00:00+01');
SELECT engage.rule_set('shop', 'purchase', 'purchase', rate_points => 1, rate_basis => 1);
SELECT engage.rule_set('shop', 'review', 'review', fixed_points => 10);
SELECT engage.campaign_set('shop', 'spring', '2026-02-01 00:00+01', '2026-03-01 00:00+01', multiplier => 2, budget => 1000, cost_centre => 'marketing');
SELECT engage.campaign_set('shop', 'summer', '2026-06-01 00:00+02', '2026-07-01 00:00+02', bonus_points => 5);

-- ------------------------------------------------------------ the story
CREATE TEMP TABLE story (n int GENERATED ALWAYS AS IDENTITY, day text, what text, status text, available bigint, pending bigint, held bigint, debt bigint);
CREATE FUNCTION pg_temp.happens(day text, what text, call text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('engage.now', day || ' 12:00+01', false);
  EXECUTE format('INSERT INTO story (day, what, status, available, pending, held, debt) SELECT %L, %L, status, available, pending, held, debt FROM %s', day, what, call);
END $$;
-- 1 Anna, 2 Ben, 3 Cleo, 4 Dora, 5 Emil
SELECT pg_temp.happens(day, what, call) FROM (VALUES
  ('2026-01-10', 'Anna buys for 100: 100 points until the end of March', $$engage.earn_for('shop', 1, 'purchase', 100, 'A1')$$),
  ('2026-01-15', 'Ben buys for 200',                                     $$engage.earn_for('shop', 2, 'purchase', 200, 'A2')$$),
  ('2026-01-20', 'Anna spends 30 on a mug',                              $$engage.redeem('shop', 1, 30, 'mug', actor => 'till 7')$$),
  ('2026-02-05', 'Anna buys for 50: 50, and 50 for spring, until the end of April', $$engage.earn_for('shop', 1, 'purchase', 50, 'A3')$$),
  ('2026-02-10', 'Ben spends 180 on a lamp: 20 left',                    $$engage.redeem('shop', 2, 180, 'lamp')$$),
  ('2026-02-20', 'Ben returns his order: 20 are taken, he owes 180',     $$engage.reverse_earn('shop', 2, 'A2', 'return-A2')$$),
  ('2026-02-25', 'Cleo buys for 300: 300 and 300',                       $$engage.earn_for('shop', 3, 'purchase', 300, 'A4')$$),
  ('2026-03-05', 'Cleo bids 100 for three days, and does not win',       $$engage.hold('shop', 3, 100, 'bid', ttl => '3 days')$$),
  ('2026-03-07', 'Ben buys for 80: all of it repays debt, he owes 100',  $$engage.earn_for('shop', 2, 'purchase', 80, 'A5')$$),
  ('2026-03-10', 'Cleo returns goods for 100: 100 and 100 are taken',    $$engage.reverse_earn('shop', 3, 'A4', 'return-A4', remaining_basis => 200)$$),
  ('2026-03-12', 'Dora brings 500 from the old programme, good until 15 April', $$engage.import_opening('shop', ARRAY[4]::bigint[], ARRAY[500]::bigint[], ARRAY['old-4'], expires_at => ARRAY['2026-04-16 00:00+02']::timestamptz[])$$),
  ('2026-03-15', 'Dora spends 200 on a chair',                           $$engage.redeem('shop', 4, 200, 'chair')$$),
  ('2026-03-16', 'Dora gets 50 back, as a leg was missing',              $$engage.cancel_redemption('shop', 4, 'chair', 'leg', 50)$$),
  ('2026-03-20', 'Emil is given 40 for his patience',                    $$engage.adjust('shop', 5, 40, 'patience', 'a complaint', 'support')$$),
  ('2026-03-21', 'Emil writes a review: 10, from 10 April on',           $$engage.earn('shop', 5, 10, 'R1', available_at => '2026-04-10 00:00+02')$$),
  ('2026-03-22', 'Cleo puts 60 aside until Easter',                      $$engage.hold('shop', 3, 60, 'easter', ttl => '14 days')$$)) v(day, what, call);
SELECT day, what, status, available, pending, held, debt FROM story ORDER BY n;
-- On 1 April, at 0:00, 70 of Anna's points expire; the reports are of the 2nd, and nothing was swept.
SET engage.now = '2026-04-02 12:00+02';
SELECT member, kind, lot_no, hold_id, amount, effective_at FROM engage.due_entries('shop') ORDER BY member, seq;
SELECT member, b.available, b.pending, b.held, b.debt, b.worth FROM generate_series(1, 6) member, engage.balance('shop', member) b;

-- ------------------------------------------------------------ one member
-- Anna, all of it: 100 - 30 + 50 + 50 - 70 = 100
SELECT line, seq, known_at, kind, points, available, pending, held, debt, source_ref, campaign, expires_at, actor IS NOT NULL AS actor FROM engage.statement('shop', 1);
-- since noon of 20 January (the mug is in the opening balance) until midnight of 1 April (the expiry is in)
SELECT line, seq, kind, points, available FROM engage.statement('shop', 1, '2026-01-20 12:00+01', '2026-04-01 00:00+02');
-- a microsecond before it is not
SELECT line, seq, kind, points, available FROM engage.statement('shop', 1, '2026-02-28', '2026-03-31 23:59:59.999999+02');
-- what is to come: the end of April takes the rest
SELECT line, kind, points, available, known_at FROM engage.statement('shop', 1, '2026-04-02 12:00+02', '2026-05-01 00:00+02');
-- Ben, in debt; Emil, whose 10 are pending; nobody
SELECT line, kind, points, available, pending, debt, source_ref FROM engage.statement('shop', 2);
SELECT line, kind, points, available, pending, reason, CASE actor WHEN current_user THEN 'me' ELSE actor END AS actor FROM engage.statement('shop', 5);
SELECT line, available, pending, held, debt FROM engage.statement('shop', 99);
-- Cleo's ends with what she has: the hold for Easter, and when each lot expires; a month before it was the bid, and all of A4
SELECT line, seq, kind, points, available, held, source_ref, campaign, expires_at FROM engage.statement('shop', 3, '2026-03-22 11:00+01');
SELECT line, seq, kind, points, available, held, source_ref, campaign, expires_at FROM engage.statement('shop', 3, '2026-03-01', '2026-03-06');
-- on any day they add up to the closing row
SELECT count(*) AS statements, bool_and(c.held = s.held AND c.available + c.pending = s.available + s.pending) AS "adds up"
FROM generate_series(timestamptz '2026-01-05 12:00+01', timestamptz '2026-06-10 12:00+02', interval '101 hours') t, generate_series(1, 5) m,
  LATERAL (SELECT * FROM engage.statement('shop', m, NULL, t) WHERE line = 'closing') c,
  LATERAL (SELECT coalesce(sum(held) FILTER (WHERE line = 'hold'), 0) AS held, coalesce(sum(available) FILTER (WHERE line = 'expiring'), 0) AS available, coalesce(sum(pending) FILTER (WHERE line = 'expiring'), 0) AS pending
           FROM engage.statement('shop', m, NULL, t)) s;

-- each of Anna's points: A1 gave the mug and expired, A3 is there
SELECT lot_no, source_ref, grant_kind, campaign, granted, state, points, in_balance, kind, used_for, CASE actor WHEN current_user THEN 'me' ELSE actor END AS actor FROM engage.explain_balance('shop', 1);
-- Ben: 180 for the lamp, 20 reversed with A2 itself, A5 went to the debt, 100 are still owed
SELECT lot_no, source_ref, granted, state, points, in_balance, kind, used_for FROM engage.explain_balance('shop', 2);
-- Cleo: the bid is over and took nothing; Easter holds 60; A4 lost 100 of 300, and so did its bonus
SELECT lot_no, source_ref, grant_kind, granted, state, points, in_balance, kind, used_for, hold_id IS NOT NULL AS hold FROM engage.explain_balance('shop', 3);
-- Dora: the chair took 200 and gave 50 back; Emil: where his points come from
SELECT lot_no, source_ref, granted, state, points, kind, used_for FROM engage.explain_balance('shop', 4);
SELECT source_ref, grant_kind, state, points, available_at, expires_at, reason, CASE actor WHEN current_user THEN 'me' ELSE actor END AS actor FROM engage.explain_balance('shop', 5) WHERE in_balance;
-- for everybody: the rows of a lot add up to what it gave, those in the balance to the balance
SELECT count(*) AS lots, bool_and(points = granted) AS whole FROM (SELECT e.lot_no, e.granted, sum(e.points) AS points FROM shop.account a, engage.explain_balance('shop', a.member) e WHERE e.lot_no IS NOT NULL GROUP BY a.member, 1, 2) x;
SELECT a.member, sum(e.points) AS explained, min(b.available + b.pending + b.held - b.debt) AS balance FROM shop.account a, engage.explain_balance('shop', a.member) e, engage.balance('shop', a.member) b WHERE e.in_balance GROUP BY 1 ORDER BY 1;

-- every date on which points expire; Cleo's 60 are held
SELECT member, expires_at, points, held, source_ref, rule, campaign, available_at FROM engage.expiring('shop');
-- this month only: Dora's on the 16th; Anna's and Cleo's on the 1st of May, which ends April
SELECT member, expires_at, points, held FROM engage.expiring('shop', '2026-04-02', '2026-04-30');
SELECT count(*), sum(points), sum(held) FROM engage.expiring('shop', until => '2026-05-01 00:00+02');

-- ------------------------------------------------------------ what is owed
-- 2 April: Anna 100, Cleo 400 (60 held), Dora 350, Emil 40 + 10: 900; Ben owes 100.
-- Granted before March were Anna's and Cleo's 500: 500 x 0.01 + 400 x 0.02 = 13 at the time, 18 now.
SELECT bucket, lots, available, pending, held, outstanding, debt, worth_at_grant, worth, cost, expected_redemption_pct AS pct, liability, breakage_reserve AS reserve FROM engage.liability('shop');
SELECT sum(b.available) AS available, sum(b.pending) AS pending, sum(b.held) AS held, sum(b.debt) AS debt FROM shop.account a, engage.balance('shop', a.member) b;
-- 20 February at noon and a second before: Ben's return lies between; Anna 170, Ben 20 or a debt of 180; the values of February
SELECT at, bucket, lots, available, outstanding, debt, worth_at_grant, worth, cost, liability, breakage_reserve AS reserve
FROM unnest(ARRAY['2026-02-20 11:59:59+01', '2026-02-20 12:00:00+01']::timestamptz[]) at, engage.liability('shop', at) WHERE outstanding > 0 ORDER BY at, outstanding;
-- 6 March: Cleo's bid still held 100, and all 600 were there
SELECT available, held, outstanding, debt FROM engage.liability('shop', '2026-03-06 12:00+01') WHERE bucket = 'total';
-- before the first day, and later, if nobody does anything: Dora's 350 go on 16 April, Anna's and Cleo's 500 with April, Emil's 50 with May
SELECT to_char(at, 'YYYY-MM-DD') AS day, lots, outstanding, debt FROM unnest(ARRAY['2025-12-31', '2026-04-16', '2026-06-01', '2027-04-02']::timestamptz[]) at, engage.liability('shop', at) WHERE bucket = 'total';
-- on any day: as much as balance() says for that day, for each member added up
SELECT count(*) AS days, bool_and((l.available, l.pending, l.held, l.debt) = (b.available, b.pending, b.held, b.debt)) AS equal
FROM generate_series(timestamptz '2026-01-05 12:00+01', timestamptz '2026-06-10 12:00+02', interval '121 hours') t,
  LATERAL (SELECT sum(b.available)::bigint AS available, sum(b.pending)::bigint AS pending, sum(b.held)::bigint AS held, sum(b.debt)::bigint AS debt FROM shop.account a, engage.balance('shop', a.member, t) b) b,
  engage.liability('shop', t) l WHERE l.bucket = 'total';

-- January: 300 issued, 30 spent. February: 700 issued (350 for money, 350 for spring), 180 spent, 200 taken back.
-- March: 80 + 500 + 10 issued, 200 reversed, 150 spent on the chair, 40 adjusted, and Anna's 70 expire when March ends.
SELECT m, r.opening, r.issued, r.reversed, r.redeemed, r.expired, r.adjusted, r.written_off, r.closing, r.difference, r.closing_outstanding AS outstanding, r.closing_debt AS debt
FROM generate_series(timestamptz '2026-01-01 00:00+01', timestamptz '2026-04-01 00:00+02', interval '1 month') m, engage.liability_rollforward('shop', m, least(m + interval '1 month', '2026-04-02 12:00+02')) r;
-- from the first day to this one, and to the end of all
SELECT opening, issued, reversed, redeemed, expired, adjusted, written_off, closing, difference FROM engage.liability_rollforward('shop');
SELECT opening, issued, expired, closing, difference, closing_outstanding, closing_debt FROM engage.liability_rollforward('shop', '2026-04-02 12:00+02', '2026-12-31');
-- each period begins as liability() says
SELECT bool_and(r.opening = l.outstanding - l.debt AND r.difference = 0) AS equal FROM generate_series(timestamptz '2026-01-01', '2026-05-20', interval '9 days 5 hours') t,
  engage.liability_rollforward('shop', t, t + interval '17 days') r, engage.liability('shop', t) l WHERE l.bucket = 'total';

-- 360 of 1590 - 400 points; in February 180 of 700 - 200
SELECT issued, reversed, redeemed, round(redemption_pct::numeric, 4) AS redemption_pct FROM engage.redemption_rate('shop');
SELECT * FROM engage.redemption_rate('shop', '2026-02-01', '2026-03-01');
SELECT * FROM engage.redemption_rate('shop', '2025-02-01', '2025-03-01');

-- ------------------------------------------------------------ cohorts and periods
-- what was granted in January: 300, of which 20 were taken back, 30 + 180 spent, 70 expired: breakage 70 / 280
SELECT cohort, lots, granted, reversed, redeemed, expired, adjusted, outstanding, breakage_pct, round(redemption_pct::numeric, 4) AS redemption_pct FROM engage.breakage('shop');
SELECT cohort, granted, outstanding FROM engage.breakage('shop', 'week') ORDER BY cohort LIMIT 3;
SELECT period, issued, reversed, redeemed, expired, round(burn_pct::numeric, 4) AS burn_pct FROM engage.earn_burn('shop');
SELECT period, issued, reversed, redeemed, expired FROM engage.earn_burn('shop', 'quarter');
-- days without movement are there, too
SELECT count(*), sum(issued) AS issued, min(period), max(period) FROM engage.earn_burn('shop', 'day');
-- Emil and Cleo have never redeemed; Cleo has been there for 36 days, Emil for 13
SELECT member, earned, available, joined_at, days_since_joined FROM engage.never_redeemed('shop');
SELECT member FROM engage.never_redeemed('shop', 30);
-- Anna after 10 days, Ben after 26: 18 on average; Dora after 3
SELECT * FROM engage.time_to_first_redemption('shop');

-- ------------------------------------------------------------ campaigns
-- spring gave 50 and 300, of which 100 were taken back from the bonus itself; nothing of it is spent yet; 50 + 200 remain
SELECT campaign, cost_centre, members, awards, issued, reversed, recovered, redeemed, taken_elsewhere, expired, adjusted, outstanding, cost, cost_outstanding, budget, budget_left, budget_used_pct FROM engage.campaign_cost('shop');
-- In another world Cleo spends 330, 140 of A4 (60 are held) and 190 of spring, which cost 0.8 cents each; then she returns all of A4:
-- for its other 200 the last 10 of spring are taken, the rest and spring's own 200 are debt, so spring has cost nothing for her
BEGIN;
SELECT status, available, held FROM engage.redeem('shop', 3, 330, 'sofa');
SELECT campaign, issued, reversed, recovered, redeemed, taken_elsewhere, outstanding, cost FROM engage.campaign_cost('shop') WHERE campaign = 'spring';
SELECT status, available, held, debt FROM engage.reverse_earn('shop', 3, 'A4', 'return-all-of-A4');
SELECT campaign, issued, reversed, recovered, redeemed, taken_elsewhere, outstanding, cost FROM engage.campaign_cost('shop') WHERE campaign = 'spring';
SELECT issued - (reversed - recovered) = redeemed + taken_elsewhere + expired + adjusted + outstanding AS "adds up" FROM engage.campaign_cost('shop');
ROLLBACK;

-- ------------------------------------------------------------ orders and points
CREATE SCHEMA reports_shop;
CREATE TABLE reports_shop.orders (customer int, order_no text, net numeric, returned numeric DEFAULT 0);
INSERT INTO reports_shop.orders VALUES (1, 'A1', 100), (1, 'A3', 50), (2, 'A2', 200), (2, 'A5', 80), (3, 'A4', 300), (2, 'A6', 75), (NULL, 'A7', 20), (5, 'A8', 0);
UPDATE reports_shop.orders SET returned = net WHERE order_no = 'A2';
UPDATE reports_shop.orders SET returned = 100 WHERE order_no = 'A4';
SET search_path = reports_shop;
-- without points: A6 was forgotten, and A8 was nothing; the opening balance and the review are no orders (R1 is: it was given by earn())
SELECT * FROM engage.ledger_reconcile('shop', 'SELECT customer, order_no FROM orders');
-- with points, at 1 for 1 EUR: spring's are too many; the rules that count can be named
SELECT * FROM engage.ledger_reconcile('shop', 'SELECT customer, order_no, net - returned FROM orders -- what is left
');
SELECT * FROM engage.ledger_reconcile('shop', 'SELECT customer, order_no, (net - returned) * CASE WHEN order_no IN (''A3'', ''A4'') THEN 2 ELSE 1 END FROM orders;', '{purchase}');
-- rows of one order are added up; an order that nobody placed
SELECT * FROM engage.ledger_reconcile('shop', 'SELECT customer, order_no, half FROM orders, unnest(ARRAY[net / 2, net / 2]) half WHERE order_no = ''A1''', '{purchase}');
-- of a part of the orders: A1, A2, A5 and R1, of other months, are not told of; an order of the query has its points from whenever
SELECT * FROM engage.ledger_reconcile('shop', 'SELECT customer, order_no FROM orders WHERE order_no IN (''A3'', ''A6'')', since => '2026-02-01', until => '2026-03-01');
SELECT * FROM engage.ledger_reconcile('shop', 'SELECT customer, order_no, net FROM orders WHERE order_no = ''A1''', '{purchase}', '2026-02-01', '2026-03-01');
-- the period is open at its beginning and closed at its end, and a bonus belongs to its award
SELECT since, until, string_agg(r.source_ref, ' ' ORDER BY r.source_ref) AS without_order
FROM (VALUES (timestamptz '2026-02-05 12:00+01', timestamptz '2026-02-06'), ('2026-02-05', '2026-02-05 12:00+01'), ('-infinity', '2026-02-05 11:59+01'), ('2026-03-07', NULL)) p(since, until)
LEFT JOIN LATERAL engage.ledger_reconcile('shop', 'SELECT 1, ''none'' WHERE false', NULL, since, until) r ON true
GROUP BY since, until ORDER BY since, until;
-- by the time when points took effect
BEGIN;
SELECT status FROM engage.earn_for('shop', 1, 'purchase', 20, 'A9', at => '2026-02-10 12:00+01');
SELECT source_ref FROM engage.ledger_reconcile('shop', 'SELECT 1, ''none'' WHERE false', since => '2026-02-10', until => '2026-02-11');
SELECT source_ref FROM engage.ledger_reconcile('shop', 'SELECT 1, ''none'' WHERE false', since => '2026-04-01');
ROLLBACK;
SELECT pg_temp.fails($$SELECT engage.ledger_reconcile('shop', 'SELECT 1, 2', NULL, '2026-02-02', '2026-02-01')$$) AS "no period";
SELECT pg_temp.fails($$SELECT engage.ledger_reconcile('shop', 'SELECT 1')$$) AS "one column",
       pg_temp.fails($$SELECT engage.ledger_reconcile('shop', NULL)$$) AS "null",
       pg_temp.fails($$SELECT engage.ledger_reconcile('shop', 'SELECT ''x'', ''y''')$$) AS "no member",
       pg_temp.fails($$SELECT engage.ledger_reconcile('shop', 'DELETE FROM orders RETURNING customer, order_no')$$) AS "writing";
RESET search_path;

-- ------------------------------------------------------------ the sweep changes nothing
CREATE TEMP TABLE before AS
SELECT (SELECT string_agg(l::text, ';' ORDER BY l.bucket) FROM engage.liability('shop') l) AS liability, (SELECT r::text FROM engage.liability_rollforward('shop', '2026-01-15') r) AS rollforward,
       (SELECT string_agg(b::text, ';' ORDER BY b.cohort) FROM engage.breakage('shop') b) AS breakage, (SELECT string_agg(b::text, ';' ORDER BY b.period) FROM engage.earn_burn('shop', 'week') b) AS earn_burn,
       (SELECT string_agg(e::text, ';' ORDER BY e.lot_no, e.member) FROM engage.expiring('shop') e) AS expiring, (SELECT string_agg(c::text, ';' ORDER BY c.campaign) FROM engage.campaign_cost('shop') c) AS campaigns,
       (SELECT string_agg((s.seq, s.known_at, s.kind, s.points, s.available, s.held, s.debt)::text, ';' ORDER BY a.member, s.seq, s.known_at NULLS FIRST) FROM shop.account a, engage.statement('shop', a.member) s) AS statements,
       (SELECT string_agg((s.lot_no, s.state, s.points, s.seq)::text, ';' ORDER BY a.member, s.lot_no, s.seq, s.state) FROM shop.account a, engage.explain_balance('shop', a.member) s) AS explained;
SELECT check_name, status, value FROM engage.ledger_health('shop') WHERE check_name ~ 'swept';
CALL engage.expire_points('shop');
SELECT check_name, status, value FROM engage.ledger_health('shop') WHERE check_name ~ 'swept';
SELECT (SELECT string_agg(l::text, ';' ORDER BY l.bucket) FROM engage.liability('shop') l) = liability AS liability, (SELECT r::text FROM engage.liability_rollforward('shop', '2026-01-15') r) = rollforward AS rollforward,
       (SELECT string_agg(b::text, ';' ORDER BY b.cohort) FROM engage.breakage('shop') b) = breakage AS breakage, (SELECT string_agg(b::text, ';' ORDER BY b.period) FROM engage.earn_burn('shop', 'week') b) = earn_burn AS earn_burn,
       (SELECT string_agg(e::text, ';' ORDER BY e.lot_no, e.member) FROM engage.expiring('shop') e) = expiring AS expiring, (SELECT string_agg(c::text, ';' ORDER BY c.campaign) FROM engage.campaign_cost('shop') c) = campaigns AS campaigns,
       (SELECT string_agg((s.seq, s.known_at, s.kind, s.points, s.available, s.held, s.debt)::text, ';' ORDER BY a.member, s.seq, s.known_at NULLS FIRST) FROM shop.account a, engage.statement('shop', a.member) s) = statements AS statements,
       (SELECT string_agg((s.lot_no, s.state, s.points, s.seq)::text, ';' ORDER BY a.member, s.lot_no, s.seq, s.state) FROM shop.account a, engage.explain_balance('shop', a.member) s) = explained AS explained FROM before;
-- nor does the session's time zone
SET timezone = 'Pacific/Kiritimati';
SELECT (SELECT string_agg(b::text, ';' ORDER BY b.cohort) FROM engage.breakage('shop') b) = breakage AS breakage, (SELECT string_agg(b::text, ';' ORDER BY b.period) FROM engage.earn_burn('shop', 'week') b) = earn_burn AS earn_burn,
       (SELECT string_agg(l::text, ';' ORDER BY l.bucket) FROM engage.liability('shop') l) = liability AS liability FROM before;
SET timezone = 'Europe/Berlin';

-- ------------------------------------------------------------ health
SELECT check_name, status, value FROM engage.ledger_health('shop') WHERE check_name NOT IN ('disk size', 'owner of the tables', 'synchronous_commit', 'fsync', 'full_page_writes', 'entries since last verify');
SELECT count(*) FILTER (WHERE explanation IS NULL OR value IS NULL OR status NOT IN ('ok', 'warn', 'alert')) AS unexplained FROM engage.ledger_health('shop');
-- some checks are not all: they find damage, but do not end the alarm, nor the week
BEGIN;
DELETE FROM shop.job_run;
UPDATE shop.account SET available = available + 1 WHERE member = 1;
CREATE FUNCTION pg_temp.verified(checks text[]) RETURNS text LANGUAGE sql AS $$
  SELECT (count(*) > 0)::text FROM engage.ledger_verify('shop', checks) $$;
SELECT pg_temp.verified('{chain}') AS finds;
SELECT check_name, status, value FROM engage.ledger_health('shop') WHERE check_name ~ 'last verify' ORDER BY 1 DESC LIMIT 2;
SELECT pg_temp.verified('{counters}') AS finds;
SELECT status FROM engage.ledger_health('shop') WHERE check_name = 'findings of last verify';
SELECT pg_temp.verified(NULL) AS finds;
SELECT pg_temp.verified('{chain}') AS finds;
SELECT status FROM engage.ledger_health('shop') WHERE check_name = 'findings of last verify';
UPDATE shop.account SET available = available - 1 WHERE member = 1;
SELECT pg_temp.verified(NULL) AS finds;
SELECT check_name, status, CASE WHEN value !~ ':' THEN value END AS value FROM engage.ledger_health('shop') WHERE check_name ~ 'last verify' ORDER BY 1 DESC LIMIT 2;
ROLLBACK;
-- what endangers a ledger
BEGIN;
SET LOCAL synchronous_commit = off;
ALTER TABLE shop.lot DISABLE TRIGGER ledger_guard;
DROP TRIGGER ledger_guard_truncate ON shop.entry;
CREATE FUNCTION reports_shop.spy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER spy BEFORE INSERT ON shop.entry FOR EACH ROW EXECUTE FUNCTION reports_shop.spy();
INSERT INTO shop.job_run (job, started_at, finished_at, findings, detail) VALUES ('ledger_verify', clock_timestamp() - interval '40 days', clock_timestamp() - interval '40 days', 2, 'all checks');
-- (the sweep that was interrupted a month ago has been made good since, the reversal has not)
INSERT INTO shop.job_run (job, started_at) VALUES ('expire_points', clock_timestamp() - interval '30 days');
INSERT INTO shop.job_run (job, started_at, finished_at, detail) VALUES ('reverse_batch', clock_timestamp() - interval '3 hours', NULL, 'gift'), ('reverse_batch', clock_timestamp() - interval '1 hour', clock_timestamp(), 'another');
UPDATE shop.campaign_budget SET issued = allotted;
UPDATE shop.campaign SET ends_at = '2026-12-31' WHERE campaign = 'spring';
SELECT check_name, status, CASE WHEN value !~ 'UTC|Berlin|^20' THEN value END AS value FROM engage.ledger_health('shop') WHERE status <> 'ok' AND check_name NOT IN ('fsync', 'full_page_writes') ORDER BY check_name;
ROLLBACK;

-- ------------------------------------------------------------ members of other types
SELECT engage.ledger_create('reports_uuid', member_type => 'uuid', test_clock => true), engage.ledger_create('reports_text', member_type => 'text', expires_inactive => '30 days', test_clock => true);
SET engage.now = '2026-01-10 12:00+01';
SELECT status FROM engage.earn('reports_uuid', '00000000-0000-0000-0000-00000000000a'::uuid, 10, 'e1');
SELECT status FROM engage.earn('reports_text', 'O''Hara', 10, 'e1');
SELECT line, kind, points, available FROM engage.statement('reports_uuid', '00000000-0000-0000-0000-00000000000a'::uuid);
SELECT line, kind, points, available FROM engage.statement('reports_uuid', '{00000000-0000-0000-0000-00000000000A}');
SELECT source_ref, state, points FROM engage.explain_balance('reports_uuid', '00000000-0000-0000-0000-00000000000a'::uuid) UNION ALL SELECT source_ref, state, points FROM engage.explain_balance('reports_text', 'O''Hara');
-- inactive for 30 days: all is gone; until then that is the date, now and as it was
SELECT member, expires_at, points, lot_no FROM engage.expiring('reports_text');
SELECT bucket, outstanding FROM engage.liability('reports_text', '2026-01-20') WHERE outstanding > 0;
SET engage.now = '2026-02-05 12:00+01';
SELECT status FROM engage.redeem('reports_text', 'O''Hara', 4, 'r1');
SELECT member, expires_at, points FROM engage.expiring('reports_text');
SELECT bucket, outstanding FROM engage.liability('reports_text', '2026-01-20 00:00+01') WHERE outstanding > 0;
SET engage.now = '2026-03-07 12:00+01';
SELECT line, kind, points, available FROM engage.statement('reports_text', 'O''Hara');
SELECT opening, issued, redeemed, expired, closing, difference FROM engage.liability_rollforward('reports_text');
SET engage.now = '2026-04-02 12:00+02';

-- a member of the old programme who has done nothing since: what he brought expires for inactivity, then and as it was
SET engage.now = '2026-01-20 12:00+01';
SELECT status FROM engage.import_opening('reports_text', ARRAY['Old'], ARRAY[100]::bigint[], ARRAY['old-1'], earned_at => ARRAY['2025-12-31 12:00+01']::timestamptz[]);
SET engage.now = '2026-01-25 12:00+01';
SELECT status FROM engage.adjust('reports_text', 'Old', 1, 'fix', 'a complaint', 'support');
SELECT member, expires_at, points FROM engage.expiring('reports_text') WHERE member = 'Old';
SELECT bucket, outstanding FROM engage.liability('reports_text', '2026-01-21 00:00+01') WHERE outstanding > 0;
-- he has been there since he earned his first points, not since they were brought here
SELECT member, joined_at, days_since_joined FROM engage.never_redeemed('reports_text') WHERE member = 'Old';
-- who spends what he was given before he earns anything waits no negative time
SET engage.now = '2026-02-01 12:00+01';
SELECT status FROM engage.adjust('reports_uuid', '00000000-0000-0000-0000-00000000000b'::uuid, 50, 'welcome', 'a present', 'support');
SET engage.now = '2026-02-03 12:00+01';
SELECT status FROM engage.redeem('reports_uuid', '00000000-0000-0000-0000-00000000000b'::uuid, 20, 'r1');
SET engage.now = '2026-02-10 12:00+01';
SELECT status FROM engage.earn('reports_uuid', '00000000-0000-0000-0000-00000000000b'::uuid, 5, 'e1');
SELECT * FROM engage.time_to_first_redemption('reports_uuid');
-- totals over members exceed what a bigint holds
SELECT e.status FROM unnest('{00000000-0000-0000-0000-00000000000c,00000000-0000-0000-0000-00000000000d}'::uuid[]) m, engage.earn('reports_uuid', m, 9200000000000000000, 'much') e;
SELECT bucket, lots, available, outstanding, debt, pg_typeof(outstanding) FROM engage.liability('reports_uuid') WHERE outstanding > 0;
SELECT opening, issued, redeemed, adjusted, closing, difference FROM engage.liability_rollforward('reports_uuid');
SELECT issued, redeemed FROM engage.redemption_rate('reports_uuid');
SELECT period, issued, redeemed FROM engage.earn_burn('reports_uuid', 'year');
SELECT cohort, granted, redeemed, outstanding FROM engage.breakage('reports_uuid', 'year');
SELECT month, opening, issued, redeemed, closing FROM reports_uuid.liability_by_month ORDER BY month DESC LIMIT 1;
SELECT value FROM engage.ledger_health('reports_uuid') WHERE check_name = 'members in debt';
SET engage.now = '2026-04-02 12:00+02';
-- a rate is taken to the last digit
SELECT pg_temp.fails($$SELECT engage.ledger_create('reports_rate', earn_rate => 1.234567890123456789)$$);

-- ------------------------------------------------------------ views
-- what was earned in the statement that asks can be spent already, and is said to
RESET engage.now;
SELECT engage.ledger_create('reports_now', available_after => '0', expires_after => '1 year');
CREATE TEMP TABLE seen (state text, spendable bigint, is_pending boolean, available bigint);
DO $$ BEGIN
  PERFORM engage.earn('reports_now', 1, 10, 'a');
  PERFORM engage.earn('reports_now', 1, 5, 'b', available_at => clock_timestamp() + interval '1 day');
  INSERT INTO seen SELECT l.state, l.spendable, e.is_pending, b.available FROM reports_now.lots l JOIN reports_now.expiring e USING (member, lot_no) JOIN reports_now.balances b USING (member) ORDER BY lot_no;
END $$;
SELECT * FROM seen;
-- held points are looked up once a row
CREATE FUNCTION pg_temp.plan_lines(query text, pattern text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE line text; n bigint := 0;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
    n := n + (line ~ pattern)::int;
  END LOOP;
  RETURN n;
END $$;
SELECT view, pg_temp.plan_lines('SELECT * FROM reports_now.' || view, '^ *(SubPlan|InitPlan)') AS subplans, pg_temp.plan_lines('SELECT * FROM reports_now.' || view || ' WHERE member = 1', 'Index Cond: .*member = ') > 0 AS "member reaches an index"
FROM unnest('{lots,expiring}'::text[]) view;
DROP SCHEMA reports_now CASCADE;
-- a member with very many lots is explained in a time that grows as they do (many times less than this)
SELECT engage.ledger_create('reports_many', test_clock => true);
SELECT count(*) FROM engage.earn_batch('reports_many', array_fill(1::bigint, '{20000}'), array_fill(2::bigint, '{20000}'), (SELECT array_agg('k' || i) FROM generate_series(1, 20000) i));
SELECT available FROM engage.redeem('reports_many', 1, 19999, 'half');
ANALYZE reports_many.lot; ANALYZE reports_many.entry; ANALYZE reports_many.lot_use;
SET statement_timeout = '6s';
SELECT state, count(*), sum(points) FROM engage.explain_balance('reports_many', 1) GROUP BY 1 ORDER BY 1;
RESET statement_timeout;
DROP SCHEMA reports_many CASCADE;
-- points that have become available meanwhile have paid a debt, written up or not: matured ones, and those of a hold that has ended
SET engage.now = '2026-01-01 00:00+00';
SELECT engage.ledger_create('reports_debt', expires_after => '90 days', test_clock => true);
SELECT engage.earn('reports_debt', 1, 100, 'spent'), engage.redeem('reports_debt', 1, 60, 'use'), engage.hold('reports_debt', 1, 40, 'basket', ttl => '3 days');
SELECT engage.earn('reports_debt', 1, 15, 'soon', available_at => '2026-01-03 00:00+00'), engage.earn('reports_debt', 1, 50, 'later', available_at => '2026-01-05 00:00+00');
SELECT available, pending, held, debt FROM engage.reverse_earn('reports_debt', 1, 'spent', 'back');
SET engage.now = '2026-01-06 00:00+00';
CREATE TEMP TABLE reports_before AS SELECT l.lot_no, l.state, l.remaining, l.held, l.spendable, e.points FROM reports_debt.lots l LEFT JOIN reports_debt.expiring e USING (member, lot_no);
SELECT * FROM reports_before ORDER BY lot_no;
SELECT (SELECT sum(points) FROM reports_debt.expiring) AS view, (SELECT sum(points) FROM engage.expiring('reports_debt')) AS report, available FROM reports_debt.balances;
SELECT * FROM engage.due_repayments('reports_debt', '1', '2026-01-04 12:00+00');
-- also for whom a policy binds
CREATE ROLE reports_tenant;
GRANT USAGE ON SCHEMA reports_debt TO reports_tenant;
GRANT SELECT ON reports_debt.account, reports_debt.lot, reports_debt.hold, reports_debt.entry, reports_debt.point_value, reports_debt.ledger_meta, reports_debt.lots, reports_debt.expiring, reports_before TO reports_tenant;
ALTER TABLE reports_debt.lot ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON reports_debt.lot USING (member = 1);
SET ROLE reports_tenant;
SELECT count(*) AS same FROM reports_before JOIN reports_debt.lots USING (lot_no, state, remaining, held, spendable);
RESET ROLE;
ALTER TABLE reports_debt.lot DISABLE ROW LEVEL SECURITY;
DROP POLICY own ON reports_debt.lot;
CALL engage.expire_points('reports_debt');
SELECT count(*) AS same FROM reports_before b JOIN reports_debt.lots USING (lot_no, state, remaining, held, spendable) LEFT JOIN reports_debt.expiring e USING (member, lot_no) WHERE e.points IS NOT DISTINCT FROM b.points;
SELECT pg_temp.fails($$SELECT * FROM engage.due_repayments('reports_debt', NULL, now())$$), pg_temp.fails($$SELECT * FROM engage.due_repayments('reports_debt', '1', NULL)$$);
DROP SCHEMA reports_debt CASCADE;
DROP TABLE reports_before;
DROP ROLE reports_tenant;
SET engage.now = '2026-04-02 12:00+02';

-- ------------------------------------------------------------ errors
SELECT call, pg_temp.fails(call) AS error FROM unnest(ARRAY[
  $$SELECT engage.statement('reports_uuid', 1)$$, $$SELECT engage.explain_balance('reports_text', 1)$$, $$SELECT engage.statement('shop', '00000000-0000-0000-0000-00000000000a'::uuid)$$,
  $$SELECT engage.statement('shop', 'Anna')$$, $$SELECT engage.explain_balance('reports_uuid', 'Anna')$$, $$SELECT engage.statement('shop', NULL::bigint)$$, $$SELECT engage.statement(NULL, 1)$$,
  $$SELECT engage.statement('shop', 1, '2026-02-02', '2026-02-01')$$, $$SELECT engage.expiring('shop', '2026-02-02', '2026-02-01')$$, $$SELECT engage.liability_rollforward('shop', '2026-02-02', '2026-02-01')$$,
  $$SELECT engage.earn_burn('shop', 'month', '2026-02-02', '2026-02-01')$$, $$SELECT engage.redemption_rate('shop', 'infinity')$$, $$SELECT engage.liability('shop', 'infinity')$$,
  $$SELECT engage.breakage('shop', 'fortnight')$$, $$SELECT engage.earn_burn('shop', NULL)$$, $$SELECT engage.time_to_first_redemption('shop', 'hour')$$,
  $$SELECT engage.liability('nowhere')$$, $$SELECT engage.liability(NULL)$$, $$SELECT engage.ledger_health(NULL)$$, $$SELECT engage.ledger_health('pg_catalog')$$, $$SELECT engage.never_redeemed('nowhere')$$,
  $$SELECT engage.campaign_cost('nowhere')$$, $$SELECT engage.ledger_reconcile('nowhere', 'SELECT 1, 2')$$]) call;
-- an empty ledger has reports, too
SELECT engage.ledger_create('reports_empty');
RESET engage.now;
SELECT count(*), sum(outstanding) FROM engage.liability('reports_empty');
SELECT opening, issued, closing, difference FROM engage.liability_rollforward('reports_empty');
SELECT (SELECT count(*) FROM engage.breakage('reports_empty')) AS breakage, (SELECT count(*) FROM engage.earn_burn('reports_empty')) AS earn_burn, (SELECT count(*) FROM engage.expiring('reports_empty')) AS expiring,
       (SELECT count(*) FROM engage.never_redeemed('reports_empty')) AS never, (SELECT count(*) FROM engage.time_to_first_redemption('reports_empty')) AS first, (SELECT count(*) FROM engage.campaign_cost('reports_empty')) AS campaigns,
       (SELECT redemption_pct FROM engage.redemption_rate('reports_empty')) AS redemption_pct;

-- ------------------------------------------------------------ who may
GRANT USAGE ON SCHEMA shop TO reports_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA shop TO reports_reader;
SET engage.now = '2026-04-02 12:00+02';
SET ROLE reports_reader;
SET search_path = '';
SELECT outstanding FROM engage.liability('shop') WHERE bucket = 'total';
SELECT count(*) FROM engage.statement('shop', 1);
SELECT count(*) > 10 AS checks FROM engage.ledger_health('shop');
SELECT pg_temp.fails($$SELECT engage.ledger_reconcile('shop', 'SELECT customer, order_no FROM reports_shop.orders')$$) AS "the query runs as its caller";
RESET ROLE;
SET ROLE reports_stranger;
SELECT pg_temp.fails($$SELECT engage.liability('shop')$$) AS liability, pg_temp.fails($$SELECT engage.statement('shop', 1)$$) AS statement, pg_temp.fails($$SELECT engage.ledger_health('shop')$$) AS health;
SET ROLE reports_reader;
-- a report in a view, laterally, in a select list, inside other functions, in a prepared statement, and with nothing to report on
CREATE TEMP VIEW owed AS SELECT l.bucket, l.outstanding FROM engage.liability('shop') l;
SELECT outstanding FROM owed WHERE bucket = 'total';
SELECT at::date, l.outstanding FROM unnest(ARRAY['2026-02-01', '2026-03-01', NULL]::timestamptz[]) at, LATERAL engage.liability('shop', at) l WHERE l.bucket = 'total' ORDER BY at;
SELECT (engage.redemption_rate('shop')).issued, (SELECT count(*) FROM (SELECT engage.statement('shop', 1)) s) AS lines;
SELECT m, s.line, s.available FROM (VALUES (1), (2)) v(m), LATERAL engage.statement('shop', m) s WHERE s.line = 'closing' ORDER BY m;
CREATE FUNCTION pg_temp.owed(at timestamptz) RETURNS numeric LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT l.outstanding FROM engage.liability('shop', at) l WHERE l.bucket = 'total'); END $$;
SELECT pg_temp.owed('2026-03-01'), pg_temp.owed(NULL);
PREPARE owed(timestamptz) AS SELECT outstanding FROM engage.liability('shop', $1) WHERE bucket = 'total';
EXECUTE owed('2026-03-01');
EXECUTE owed(NULL);
SELECT pg_temp.fails('SELECT engage.statement(''shop'', NULL::bigint)') AS member, pg_temp.fails('SELECT engage.explain_award(''shop'', 1, NULL)') AS source, pg_temp.fails('SELECT engage.explain_award(NULL, 1, ''A1'')') AS ledger, pg_temp.fails('SELECT engage.earn_burn(''shop'', NULL)') AS unit,
       (SELECT count(*) FROM engage.never_redeemed('shop', NULL)) AS days, (SELECT count(*) FROM engage.ledger_reconcile('shop', 'SELECT 1, 2', NULL)) AS rules;
DROP VIEW owed;
DROP FUNCTION pg_temp.owed;
-- the body that a report runs gives nobody more than he has
SELECT pg_temp.fails($$SELECT engage.liability_body('shop', NULL)$$) ~ '^no error' AS "a reader's own rights";
SET ROLE reports_stranger;
SELECT pg_temp.fails($$SELECT engage.liability_body('shop', NULL)$$) AS "a stranger's";
RESET ROLE;
-- half a truth is an error
ALTER TABLE shop.entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON shop.entry USING (member = 1);
SET ROLE reports_reader;
SELECT pg_temp.fails($$SELECT engage.liability('shop')$$) AS liability, pg_temp.fails($$SELECT engage.statement('shop', 1)$$) AS statement;
RESET ROLE;
RESET search_path;
RESET engage.now;
DROP SCHEMA reports_shop, shop, reports_uuid, reports_text, reports_empty CASCADE;
DROP ROLE reports_reader, reports_stranger;
