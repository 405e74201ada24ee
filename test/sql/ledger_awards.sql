-- Awards by rule: rates and rounding, caps, multipliers and campaigns, budgets, refusals, refunds.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET synchronous_commit = on;
SET timezone = 'Asia/Kolkata'; -- nothing may depend on it
SET datestyle = 'ISO';
SET search_path = '';
CREATE FUNCTION pg_temp.fails(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text; detail text; hint text;
BEGIN
  EXECUTE query INTO result;
  RETURN 'no error: ' || coalesce(result, 'null');
EXCEPTION WHEN others THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(E'\n    ', '', SQLSTATE || ': ' || SQLERRM, nullif(detail, ''), nullif(hint, ''));
END $$;
-- the rows of a quote in one line
CREATE FUNCTION pg_temp.quoted(ledger text, rule text, basis numeric DEFAULT NULL, member bigint DEFAULT 1, at timestamptz DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(concat_ws(' ', coalesce(campaign, component), points, nullif(status, 'ok')), ', ') FROM engage.earn_quote(ledger, member, rule, basis, at) $$;
SET engage.now = '2026-03-10 12:00:00+00';

-- ------------------------------------------------------------ rates
SELECT r AS rounding, engage.ledger_create('awards_' || r, rounding => r, test_clock => true) IS NOT NULL AS made FROM unnest('{floor,half_up,half_even,ceil}'::text[]) r;
SELECT engage.rule_set('awards_' || r, 'purchase', 'purchase', rate_points => 5, rate_basis => 10), engage.rule_set('awards_' || r, 'pennies', 'purchase', rate_points => 1, rate_basis => 0.01) FROM unnest('{floor,half_up,half_even,ceil}'::text[]) r;
SELECT b AS basis, (SELECT q.points FROM engage.earn_quote('awards_floor', 1, 'purchase', b) q LIMIT 1) AS floor, (SELECT q.points FROM engage.earn_quote('awards_half_up', 1, 'purchase', b) q LIMIT 1) AS half_up,
  (SELECT q.points FROM engage.earn_quote('awards_half_even', 1, 'purchase', b) q LIMIT 1) AS half_even, (SELECT q.points FROM engage.earn_quote('awards_ceil', 1, 'purchase', b) q LIMIT 1) AS ceil
FROM unnest('{0,0.01,1,1.99,2,2.01,3,5,7,59.90,59.999999999999999999999999999999999999,1e15}'::numeric[]) b;
SELECT * FROM engage.earn_quote('awards_floor', 1, 'purchase', 59.90);
SELECT * FROM engage.earn_quote('awards_floor', 1, 'purchase', 1.99);
-- against numeric arithmetic: no rows
SELECT setseed(0.5);
SELECT b, q.points, floor(b * 5 / 10) AS expected FROM (SELECT (random() * 1000)::numeric(10, 2) AS b FROM generate_series(1, 500)) x, LATERAL (SELECT points FROM engage.earn_quote('awards_floor', 1, 'purchase', b) LIMIT 1) q WHERE q.points <> floor(b * 5 / 10);
SELECT b, q.points, round(b * 5 / 10) AS expected FROM (SELECT (random() * 1000)::numeric(10, 2) AS b FROM generate_series(1, 500)) x, LATERAL (SELECT points FROM engage.earn_quote('awards_half_up', 1, 'purchase', b) LIMIT 1) q WHERE q.points <> round(b * 5 / 10);
SELECT b, q.points, ceil(b * 5 / 10) AS expected FROM (SELECT (random() * 1000)::numeric(10, 2) AS b FROM generate_series(1, 500)) x, LATERAL (SELECT points FROM engage.earn_quote('awards_ceil', 1, 'purchase', b) LIMIT 1) q WHERE q.points <> ceil(b * 5 / 10);

-- ------------------------------------------------------------ awards, their entries and lots
SELECT engage.ledger_create('awards', time_zone => 'America/New_York', expires_after => '1 year', expiry_rounding => 'day', available_after => '14 days', test_clock => true);
SELECT engage.rule_set('awards', 'purchase', 'purchase', rate_points => 1, rate_basis => 1, min_basis => 10);
SELECT engage.rule_set('awards', 'review', 'review', fixed_points => 50, available_after => '0', expires_after => '30 days', max_awards_day => 1, max_awards_lifetime => 3);
SELECT engage.rule_set('awards', 'friend', 'referral', fixed_points => 200, cap_month => 500);
SELECT engage.rule_set('awards', 'spring', 'custom', fixed_points => 5, valid_from => '2026-03-01 00:00-05', valid_until => '2026-04-01 00:00-04');
SELECT engage.campaign_set('awards', 'double', '2026-03-01 00:00-05', '2026-03-11 00:00-04', multiplier => 2, rules => '{purchase}');
SELECT engage.campaign_set('awards', 'hello', '2026-03-01 00:00-05', '2026-03-11 00:00-04', bonus_points => 7, rules => '{purchase,review}');
SELECT * FROM engage.earn_for('awards', 1, 'purchase', 59.90, 'order-1', batch => 'spring sale', reason => 'web shop', actor => 'till 3', note => 'a gift');
SELECT * FROM engage.earn_for('awards', 1, 'review', source_ref => 'review-1', key => 'key-1');
SELECT seq, kind, amount, available_after, coalesce(pending_after, 0) AS pending_after, key, source_ref, request_seq, rule, campaign, batch, basis, rate, reason, actor FROM awards.entry ORDER BY seq;
SELECT seq, kind, house_account FROM awards.entries ORDER BY seq;
SELECT lot_no, granted, remaining, available_at, expires_at FROM awards.lot ORDER BY lot_no;
-- a retry, the same key for something else, another key for the same event, another rule for it
SELECT * FROM engage.earn_for('awards', 1, 'purchase', 59.9, 'order-1', batch => 'spring sale', reason => 'again');
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.fails($$SELECT engage.earn_for('awards', 1, 'purchase', 60, 'order-1')$$);
\pset tuples_only off
\pset format aligned
SELECT * FROM engage.earn_for('awards', 1, 'purchase', 59.90, 'order-1', 'another key');
SELECT * FROM engage.earn_for('awards', 1, 'purchase', 59.90, 'order-1', 'another key');
SELECT * FROM engage.earn_for('awards', 1, 'spring', source_ref => 'order-1', key => 'and more');
SELECT * FROM engage.explain_award('awards', 1, 'order-1');
SELECT * FROM engage.explain_award('awards', '1', 'review-1');
SELECT * FROM engage.explain_award('awards', 1, 'never seen');

-- ------------------------------------------------------------ refusals
SELECT status FROM engage.earn_for('awards', 1, 'purchase', 9.99, 'small');
SELECT status FROM engage.earn_for('awards', 1, 'review', source_ref => 'review-2');
SELECT status FROM engage.earn_for('awards', 1, 'spring', source_ref => 'too early', at => '2026-02-28 23:59:59-05');
SELECT engage.rule_switch('awards', 'spring', false);
SELECT status FROM engage.earn_for('awards', 1, 'spring', source_ref => 'switched off');
SELECT engage.rule_switch('awards', 'spring', true);
SELECT status FROM engage.earn_for('awards_floor', 1, 'purchase', 1.99, 'nothing');
SELECT source_ref, key, status, rule, basis, detail FROM awards.refusal UNION ALL SELECT source_ref, key, status, rule, basis, detail FROM awards_floor.refusal ORDER BY 2;
SELECT component, points, status, explanation FROM engage.explain_award('awards', 1, 'small');
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.fails($$SELECT engage.earn_for('awards', 1, 'purchase', 9.99, 'small raised', on_reject => 'raise')$$);
SELECT pg_temp.fails(q) FROM unnest(ARRAY[
  $$SELECT engage.earn_for('awards', 1, 'nonsense', 1, 'x')$$,
  $$SELECT engage.earn_quote('awards', 1, 'nonsense', 1)$$,
  $$SELECT engage.earn_for('awards', 1, 'purchase', source_ref => 'x')$$,
  $$SELECT engage.earn_for('awards', 1, NULL, 1, 'x')$$,
  $$SELECT engage.earn_for('awards', NULL::bigint, 'purchase', 1, 'x')$$,
  $$SELECT engage.earn_for('awards', 1, 'purchase', 10)$$,
  $$SELECT engage.earn_for('awards', 1, 'purchase', -10, 'x')$$,
  $$SELECT engage.earn_for('awards', 1, 'purchase', 'NaN', 'x')$$,
  $$SELECT engage.earn_for('awards', 1, 'purchase', 1e36, 'x')$$,
  $$SELECT engage.earn_for('awards', 1, 'purchase', 1e-37, 'x')$$,
  $$SELECT engage.earn_for('awards_floor', 1, 'pennies', 1e17, 'x')$$,
  $$SELECT engage.earn_for('awards', 1, 'purchase', 10, 'x', at => '2026-03-10 12:00:01+00')$$,
  $$SELECT engage.earn_quote('awards', 1, 'purchase', 10, at => 'infinity')$$,
  $$SELECT engage.earn_quote('awards', 1, NULL)$$,
  $$SELECT engage.explain_award('awards', 1, NULL)$$,
  $$SELECT engage.explain_award('nowhere', 1, 'x')$$,
  $$SELECT engage.rate_explained('nonsense', 1, 1)$$]) q;
\pset tuples_only off
\pset format aligned
SELECT engage.rate_explained(NULL, 1, 1), engage.rate_explained('1/1 floor', NULL, 1), engage.rate_explained('fixed 7 floor x 1..3/2', NULL, 3);
-- blocked, and closed
SELECT status FROM engage.block_member('awards', 2, 'block');
SELECT status FROM engage.earn_for('awards', 2, 'purchase', 10, 'blocked');
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.fails($$SELECT engage.earn_for('awards', 2, 'purchase', source_ref => 'wrong, blocked or not')$$);
\pset tuples_only off
\pset format aligned
SELECT pg_temp.quoted('awards', 'purchase', 10, 2);
SELECT engage.close_period('awards', '2026-03-05 00:00-05');
SELECT status FROM engage.earn_for('awards', 1, 'purchase', 10, 'late', at => '2026-03-04 23:59-05');
SELECT detail FROM awards.refusal WHERE status = 'period_closed'; -- in the ledger's zone, not the session's
SELECT explanation FROM engage.earn_quote('awards', 1, 'purchase', 10, at => '2026-03-04 23:59-05') WHERE component = 'base';
SELECT pg_temp.quoted('awards', 'purchase', 10, at => '2026-03-04 23:59-05');

-- ------------------------------------------------------------ the day of the ledger's time zone, and its caps
SELECT status, pending FROM engage.earn_for('awards', 3, 'review', source_ref => 'r1', at => '2026-03-08 23:59:59-04');
SELECT status, pending FROM engage.earn_for('awards', 3, 'review', source_ref => 'r2', at => '2026-03-09 00:00:00-04');
SELECT status, pending FROM engage.earn_for('awards', 3, 'review', source_ref => 'r3', at => '2026-03-09 23:59:59-04');
SELECT pg_temp.quoted('awards', 'review', NULL, 3);
-- points of a month: what was reversed does not count
SELECT status, available, pending FROM engage.earn_for('awards', 3, 'friend', source_ref => 'f1');
SELECT status, available, pending FROM engage.earn_for('awards', 3, 'friend', source_ref => 'f2');
SELECT status, available, pending FROM engage.earn_for('awards', 3, 'friend', source_ref => 'f3');
SELECT status, available, pending FROM engage.earn_for('awards', 3, 'friend', source_ref => 'f4');
SELECT status, available, pending FROM engage.reverse_earn('awards', 3, 'f1', 'f1 was a fake', points => 150);
SELECT status, available, pending FROM engage.earn_for('awards', 3, 'friend', source_ref => 'f5');
SELECT component, points, status, explanation FROM engage.explain_award('awards', 3, 'f3') UNION ALL SELECT component, points, status, explanation FROM engage.explain_award('awards', 3, 'f4')
UNION ALL SELECT component, points, status, explanation FROM engage.explain_award('awards', 3, 'f5');
SET engage.now = '2026-04-01 04:00:00+00';
SELECT pg_temp.quoted('awards', 'friend', NULL, 3) AS april, pg_temp.quoted('awards', 'friend', NULL, 3, '2026-03-31 23:59-04') AS march, pg_temp.quoted('awards', 'spring') AS over;
-- awards of a life: one more after a reversal of all
SELECT status FROM engage.earn_for('awards', 3, 'review', source_ref => 'r4');
SELECT status FROM engage.earn_for('awards', 3, 'review', source_ref => 'r5', at => '2026-03-30 12:00-04');
SELECT status FROM engage.reverse_earn('awards', 3, 'r1', 'r1 was spam');
SELECT status FROM engage.earn_for('awards', 3, 'review', source_ref => 'r6', at => '2026-03-30 12:00-04');
SET engage.now = '2026-03-10 12:00:00+00';

-- ------------------------------------------------------------ when a campaign runs
SELECT at, pg_temp.quoted('awards', 'purchase', 10, 4, at) FROM unnest('{2026-03-05 00:00:00-05,2026-03-10 23:59:59.999999-04,2026-03-11 00:00:00-04}'::timestamptz[]) at;
SELECT engage.campaign_switch('awards', 'hello', false);
SELECT status FROM engage.earn_for('awards', 4, 'purchase', 10, 'order-2', at => '2026-03-06 00:00-05');
SELECT component, campaign, points FROM engage.explain_award('awards', 4, 'order-2');

-- ------------------------------------------------------------ multipliers
SELECT s AS stacking, engage.ledger_create('awards_' || s, stacking => s, test_clock => true) IS NOT NULL FROM unnest('{multiplicative,additive,best_of}'::text[]) s;
SELECT engage.rule_set('awards_' || s, 'purchase', 'purchase', rate_points => 5, rate_basis => 10), engage.rule_set('awards_' || s, 'signup', 'signup', fixed_points => 7),
  engage.tier_set('awards_' || s, 'bronze', 1, 0), engage.tier_set('awards_' || s, 'silver', 2, 1000000, multiplier => 1.25),
  engage.campaign_set('awards_' || s, 'a third', '2026-01-01', '2027-01-01', multiplier => 4, multiplier_den => 3), engage.campaign_set('awards_' || s, 'double', '2026-01-01', '2027-01-01', multiplier => 2),
  engage.campaign_set('awards_' || s, 'fifty', '2026-01-01', '2027-01-01', bonus_points => 50)
FROM unnest('{multiplicative,additive,best_of}'::text[]) s;
SELECT s AS stacking, status FROM unnest('{multiplicative,additive,best_of}'::text[]) s, engage.grant_tier('awards_' || s, 1, 'silver', 'welcome');
-- 29.95, times 5/4, 4/3 and 2
SELECT s AS stacking, pg_temp.quoted('awards_' || s, 'purchase', 59.90) AS quoted, pg_temp.quoted('awards_' || s, 'signup') AS fixed, pg_temp.quoted('awards_' || s, 'purchase', 59.90, 2) AS of_no_tier FROM unnest('{multiplicative,additive,best_of}'::text[]) s;
SELECT s AS stacking, engage.ledger_alter('awards_' || s, max_multiplier => 1.5) FROM unnest('{multiplicative,additive,best_of}'::text[]) s;
SELECT s AS stacking, pg_temp.quoted('awards_' || s, 'purchase', 59.90) AS at_most_half_more FROM unnest('{multiplicative,additive,best_of}'::text[]) s;
SELECT component, campaign, points, status, explanation FROM engage.earn_quote('awards_additive', 1, 'purchase', 59.90);
SELECT component, campaign, points, status, explanation FROM engage.earn_quote('awards_best_of', 1, 'purchase', 59.90);
-- what is quoted is what is awarded, and both are the rounded product
SELECT engage.ledger_alter('awards_multiplicative', max_multiplier => 3.1);
CREATE TEMP TABLE bought AS SELECT n, n * 7919 % 30000 / 100.0 AS basis FROM generate_series(1, 300) n;
CREATE TEMP TABLE promised AS SELECT n, basis, q.* FROM pg_temp.bought b, LATERAL (SELECT sum(points) FILTER (WHERE component <> 'total') AS points, sum(points) FILTER (WHERE component = 'total') AS total FROM engage.earn_quote('awards_multiplicative', 1, 'purchase', basis)) q;
SELECT status, count(*) FROM pg_temp.bought b, LATERAL engage.earn_for('awards_multiplicative', 1, 'purchase', basis, 'order-' || n) GROUP BY 1;
SELECT p.*, e.points AS awarded FROM pg_temp.promised p LEFT JOIN LATERAL (SELECT sum(amount) AS points FROM awards_multiplicative.entry e WHERE e.source_ref = 'order-' || n OR e.key = 'order-' || n) e ON true
WHERE p.points <> p.total OR coalesce(e.points, 0) <> p.total OR p.total <> CASE WHEN floor(basis / 2) = 0 THEN 0 ELSE floor(basis / 2 * 3.1) + 50 END;

-- groups: of each only the best
SELECT engage.campaign_set('awards_additive', 'double', '2026-01-01', '2027-01-01', multiplier => 2, stacking_group => 'g'), engage.campaign_set('awards_additive', 'fifty', '2026-01-01', '2027-01-01', bonus_points => 50, stacking_group => 'g'),
  engage.campaign_set('awards_additive', 'the same', '2026-01-01', '2027-01-01', bonus_points => 50, stacking_group => 'g'), engage.ledger_alter('awards_additive', max_multiplier => 10);
SELECT component, campaign, points, status, explanation FROM engage.earn_quote('awards_additive', 2, 'purchase', 59.90);
SELECT component, campaign, points, status, explanation FROM engage.earn_quote('awards_additive', 2, 'purchase', 1000);
-- campaigns and rules for some tiers only
SELECT engage.campaign_set('awards_additive', 'double', '2026-01-01', '2027-01-01', multiplier => 2, tiers => '{silver}', stacking_group => 'g'), engage.rule_set('awards_additive', 'signup', 'signup', fixed_points => 7, tiers => '{silver}');
SELECT component, campaign, points, status, explanation FROM engage.earn_quote('awards_additive', 2, 'purchase', 1000);
SELECT component, campaign, points, status, explanation FROM engage.earn_quote('awards_additive', 1, 'purchase', 1000);
SELECT component, campaign, points, status, explanation FROM engage.earn_quote('awards_additive', 2, 'signup');
SELECT status FROM engage.earn_for('awards_additive', 2, 'signup', source_ref => 'signup');

-- ------------------------------------------------------------ member caps and budgets
-- ------------------------------------------------------------ one event, several rules
SELECT engage.ledger_create('awards_rules', test_clock => true);
SELECT engage.rule_set('awards_rules', 'visit', 'check_in', fixed_points => 5), engage.rule_set('awards_rules', 'a:b', 'custom', fixed_points => 1), engage.rule_set('awards_rules', 'a', 'custom', fixed_points => 2),
       engage.rule_set('awards_rules', repeat('long', 32), 'custom', fixed_points => 3);
SELECT r AS rule, e.status, e.seq, e.available, e.replayed FROM unnest('{purchase,visit,purchase,visit}'::text[]) WITH ORDINALITY u(r, n), LATERAL engage.earn_for('awards_rules', 1, r, CASE r WHEN 'purchase' THEN 10 END, 'order-1') e ORDER BY n;
SELECT status, replayed FROM engage.earn_for('awards_rules', 1, 'purchase', 10, 'order-1', 'another key');
SELECT status, replayed FROM engage.earn_for('awards_rules', 1, 'purchase', 10, key => 'order-1');
SELECT pg_temp.fails($$SELECT engage.earn_for('awards_rules', 1, 'purchase', 11, 'order-1')$$);
-- names that together would be the key of another award, or too long for one
SELECT status, replayed FROM engage.earn_for('awards_rules', 2, 'a:b', source_ref => 'c');
SELECT status, replayed FROM engage.earn_for('awards_rules', 2, 'a', source_ref => 'b:c');
SELECT status, replayed FROM generate_series(1, 2), LATERAL engage.earn_for('awards_rules', 2, repeat('long', 32), source_ref => repeat('event', 25));
SELECT member, key, source_ref, rule, amount FROM awards_rules.entry WHERE length(source_ref) < 20 ORDER BY member, seq;
SELECT seq, component, rule, points, status FROM engage.explain_award('awards_rules', 1, 'order-1');
-- a rest that is more than what one of them was about takes nothing from that one, nor gives it anything
SELECT engage.rule_set('awards_rules', 'club', 'custom', rate_points => 2, rate_basis => 1);
SELECT sum(e.available) FROM (VALUES ('purchase', 80), ('club', 60)) v(r, b), LATERAL engage.earn_for('awards_rules', 4, r, b, 'order-2') e;
SELECT status, available FROM engage.reverse_earn('awards_rules', 4, 'order-2', 'r1', remaining_basis => 70);
SELECT status, available FROM engage.reverse_earn('awards_rules', 4, 'order-2', 'r2', remaining_basis => 50);
SELECT status, available FROM engage.reverse_earn('awards_rules', 1, 'order-1', 'r1');
SELECT * FROM engage.ledger_reconcile('awards_rules', $$VALUES (2, 'c'), (2, 'b:c'), (2, 'd')$$, rules => '{a,a:b}');

SELECT engage.ledger_create('awards_budget', test_clock => true);
SELECT engage.rule_set('awards_budget', 'purchase', 'purchase', rate_points => 1, rate_basis => 1);
SELECT engage.campaign_set('awards_budget', 'double', '2026-01-01', '2027-01-01', multiplier => 2, member_cap => 70, budget => 100, slots => 8);
SELECT count(*) AS slots, sum(allotted) AS allotted, max(allotted) AS most FROM awards_budget.campaign_budget;
SELECT pg_temp.quoted('awards_budget', 'purchase', 50);
SELECT status, available FROM engage.earn_for('awards_budget', 1, 'purchase', 50, 'o1'); -- more than a slot has
SELECT status, available FROM engage.earn_for('awards_budget', 1, 'purchase', 50, 'o2'); -- 20 until the member's cap
SELECT status, available FROM engage.earn_for('awards_budget', 1, 'purchase', 50, 'o3'); -- none
SELECT status, available FROM engage.earn_for('awards_budget', 2, 'purchase', 50, 'o4'); -- 30 are left
SELECT status, available FROM engage.earn_for('awards_budget', 3, 'purchase', 50, 'o5'); -- none
SELECT pg_temp.quoted('awards_budget', 'purchase', 50, 3);
SELECT member, seq, kind, amount, rate FROM awards_budget.entry ORDER BY member, seq;
SELECT sum(allotted) AS allotted, sum(issued) AS issued FROM awards_budget.campaign_budget;
SELECT m AS member, seq, component, campaign, points, status, explanation FROM (VALUES (1, 'o2'), (1, 'o3'), (2, 'o4'), (3, 'o5')) v(m, s), LATERAL engage.explain_award('awards_budget', m, s);
-- what is taken back counts for the member's cap again, not for the budget
SELECT status, available FROM engage.reverse_earn('awards_budget', 1, 'o1', 'refund of o1');
SELECT pg_temp.quoted('awards_budget', 'purchase', 50, 1);
SELECT engage.campaign_set('awards_budget', 'double', '2026-01-01', '2027-01-01', multiplier => 2, member_cap => 70, budget => 1000, slots => 8);
SELECT pg_temp.quoted('awards_budget', 'purchase', 60, 1);
-- bit by bit until nothing is left
SELECT e.status, count(*) FROM generate_series(1, 200) i, LATERAL engage.earn_for('awards_budget', 100 + i, 'purchase', 7, 'bit ' || i) e GROUP BY 1;
SELECT sum(allotted) AS allotted, sum(issued) AS issued, count(*) FILTER (WHERE issued > allotted) AS overdrawn FROM awards_budget.campaign_budget;
SELECT issued, reversed, outstanding, budget_left FROM engage.campaign_cost('awards_budget');

-- ------------------------------------------------------------ refunds
-- the member keeps what the rest would have earned, to the point, by the terms of the time
SELECT engage.ledger_create('awards_refund', test_clock => true);
SELECT engage.rule_set('awards_refund', 'purchase', 'purchase', rate_points => 3, rate_basis => 7), engage.tier_set('awards_refund', 'silver', 1, 1000000, multiplier => 1.25),
  engage.campaign_set('awards_refund', 'half more', '2026-01-01', '2027-01-01', multiplier => 1.5), engage.campaign_set('awards_refund', 'fifty', '2026-01-01', '2027-01-01', bonus_points => 50);
SELECT status FROM engage.grant_tier('awards_refund', 1, 'silver', 'welcome');
CREATE TEMP TABLE rest AS SELECT n, (200 - n)::numeric + 0.37 AS basis FROM generate_series(1, 200) n;
CREATE TEMP TABLE owed AS SELECT n, basis, (SELECT points FROM engage.earn_quote('awards_refund', 1, 'purchase', basis) WHERE component = 'total') AS points FROM pg_temp.rest;
SELECT status, available FROM engage.earn_for('awards_refund', 1, 'purchase', 200.37, 'order');
SELECT engage.rule_set('awards_refund', 'purchase', 'purchase', rate_points => 1, rate_basis => 1), engage.campaign_switch('awards_refund', 'half more', false);
DO $$ BEGIN
  FOR i IN 1 .. 200 LOOP
    PERFORM engage.reverse_earn('awards_refund', 1, 'order', 'refund ' || i, remaining_basis => (SELECT basis FROM pg_temp.rest WHERE n = i));
  END LOOP;
END $$;
SELECT status, count(*) FROM (SELECT 'ok' AS status FROM awards_refund.entry WHERE kind = 'reverse' AND key IS NOT NULL UNION ALL SELECT status FROM awards_refund.refusal) x GROUP BY 1 ORDER BY 1;
-- the balance after refund n (the last one that took anything): no rows
WITH taken AS (SELECT split_part(key, ' ', 2)::int AS n, seq FROM awards_refund.entry WHERE kind = 'reverse' AND key IS NOT NULL)
SELECT o.*, e.available_after FROM pg_temp.owed o, LATERAL (SELECT max(t.seq) AS seq FROM taken t WHERE t.n <= o.n) t,
  LATERAL (SELECT e.available_after FROM awards_refund.entry e WHERE e.seq = t.seq OR e.request_seq = t.seq ORDER BY e.seq DESC LIMIT 1) e WHERE e.available_after <> o.points;
SELECT status, available FROM engage.reverse_earn('awards_refund', 1, 'order', 'all of it', remaining_basis => 0);
SELECT status, available FROM engage.reverse_earn('awards_refund', 1, 'order', 'and more', remaining_basis => 0);
SELECT source, points, awards, basis FROM awards_refund.tally ORDER BY source;
-- a rule's minimum holds for the rest, too; fixed points stay while something is left
SELECT status, available FROM engage.earn_for('awards', 5, 'purchase', 59.90, 'order-5');
SELECT status, available, pending FROM engage.reverse_earn('awards', 5, 'order-5', 'r5a', remaining_basis => 10);
SELECT status, available, pending FROM engage.reverse_earn('awards', 5, 'order-5', 'r5b', remaining_basis => 9.99);
SELECT status, available, pending FROM engage.earn_for('awards', 5, 'spring', 20, 'visit');
SELECT status, available, pending FROM engage.reverse_earn('awards', 5, 'visit', 'v1', remaining_basis => 1);
SELECT status, available, pending FROM engage.reverse_earn('awards', 5, 'visit', 'v2', remaining_basis => 0);
SELECT status, available, pending FROM engage.earn_for('awards', 5, 'spring', 0, 'visit without a purchase');
SELECT component, basis, points, explanation FROM engage.explain_award('awards', 5, 'visit without a purchase');
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.fails(q) FROM unnest(ARRAY[
  $$SELECT engage.reverse_earn('awards', 1, 'order-1', 'bad', remaining_basis => -1)$$,
  $$SELECT engage.reverse_earn('awards', 1, 'order-1', 'bad', points => 1, remaining_basis => 1)$$]) q;
\pset tuples_only off
\pset format aligned
SELECT status FROM engage.earn('awards', 6, 100, 'by hand');
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.fails($$SELECT engage.reverse_earn('awards', 6, 'by hand', 'bad', remaining_basis => 1)$$);
\pset tuples_only off
\pset format aligned
-- all of a batch, bonuses too
CALL engage.reverse_batch('awards', 'spring sale', 'wrong campaign');
SELECT seq, kind, amount, reverses_seq, reason FROM awards.entry WHERE member = 1 AND kind = 'reverse' ORDER BY seq;

-- ------------------------------------------------------------ other types of members
SELECT engage.ledger_create('awards_text', member_type => 'text', test_clock => true), engage.ledger_create('awards_uuid', member_type => 'uuid', test_clock => true);
SELECT engage.rule_set(l, 'signup', 'signup', fixed_points => 10) FROM unnest('{awards_text,awards_uuid}'::text[]) l;
SELECT status, available FROM engage.earn_for('awards_text', 'ann', 'signup', source_ref => 's');
SELECT status, available FROM engage.earn_for('awards_uuid', '00000000-0000-4000-8000-000000000001'::uuid, 'signup', source_ref => 's');
SELECT component, points, status FROM engage.earn_quote('awards_text', 'ann', 'signup') UNION ALL SELECT component, points, status FROM engage.earn_quote('awards_uuid', '00000000-0000-4000-8000-000000000001'::uuid, 'signup')
UNION ALL SELECT component, points, status FROM engage.explain_award('awards_text', 'ann', 's') UNION ALL SELECT component, points, status FROM engage.explain_award('awards_uuid', '00000000-0000-4000-8000-000000000001'::uuid, 's');
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.fails($$SELECT engage.earn_quote('awards_uuid', 1, 'signup')$$);
\pset tuples_only off
\pset format aligned

-- ------------------------------------------------------------ the books are sound, and the tally is that of the journal
-- ------------------------------------------------------------ what the call before granted expires before the next one is done
SELECT engage.ledger_create('awards_instant', expires_on => '03-31', test_clock => true);
SET engage.now = '2026-03-31 23:59:59.999999+00';
SELECT ord, status, seq, available FROM engage.earn_batch('awards_instant', ARRAY[1, 1], ARRAY[10, 20], ARRAY['k1', 'k2']);
SELECT seq, kind, amount, available_after, recorded_at AT TIME ZONE 'UTC' AS recorded_at, request_seq FROM awards_instant.entry ORDER BY seq;

-- ------------------------------------------------------------ what a rule has awarded for stays
SELECT engage.ledger_create('awards_kept', test_clock => true);
SELECT engage.rule_set('awards_kept', 'friend', 'custom', fixed_points => 10), engage.rule_set('awards_kept', 'friend', 'referral', fixed_points => 10);
SELECT status FROM engage.earn_for('awards_kept', 1, 'friend', key => 'f1');
SELECT pg_temp.fails($$SELECT engage.rule_set('awards_kept', 'friend', 'purchase', fixed_points => 20)$$);
SELECT engage.rule_set('awards_kept', 'friend', 'referral', fixed_points => 20);
SELECT rule, house_account, amount FROM awards_kept.entries;

SELECT l, v.* FROM unnest('{awards,awards_kept,awards_rules,awards_floor,awards_multiplicative,awards_additive,awards_best_of,awards_budget,awards_refund,awards_text,awards_uuid}'::text[]) l, LATERAL engage.ledger_verify(l) v;
SET client_min_messages = error;
SELECT count(engage.ledger_drop(n.nspname, force => true)) AS dropped FROM pg_catalog.pg_namespace n WHERE n.nspname ~ '^awards';
RESET engage.now;
