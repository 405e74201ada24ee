-- Tiers: what they are reached by and in which time, upgrades, reviews, grace, grants, and reading them.
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
-- what a member is told, and what is written down of it
CREATE FUNCTION pg_temp.standing(ledger text, member bigint, at timestamptz DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(tier, 'no tier') || coalesce(', ' || to_next_tier || ' to ' || next_tier, '') FROM engage.balance(ledger, member, at) $$;
CREATE FUNCTION pg_temp.history(ledger text, member bigint) RETURNS TABLE (n bigint, tier text, previous_tier text, effective_at timestamptz, until timestamptz, reason text) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format('SELECT change_no, tier, previous_tier, effective_at, until, reason FROM %I.tier_history WHERE member = $1 ORDER BY change_no', ledger) USING member;
END $$;
CREATE FUNCTION pg_temp.set_tiers(ledger text, silver numeric, gold numeric) RETURNS void LANGUAGE sql AS $$
  SELECT engage.tier_set(ledger, 'silver', 10, silver), engage.tier_set(ledger, 'gold', 20, gold, multiplier => 1.5), engage.tier_set(ledger, 'black', 30, multiplier => 2, invite_only => true) $$;

-- ------------------------------------------------------------ a rolling year of points
SET engage.now = '2026-01-01 00:00:00+00';
SELECT engage.ledger_create('tiers_rolling', time_zone => 'Europe/Berlin', tier_period => '1 year', tier_downgrade => 'one_down', test_clock => true);
SELECT pg_temp.set_tiers('tiers_rolling', 100, 1000);
SELECT engage.rule_set('tiers_rolling', 'purchase', 'purchase', rate_points => 1, rate_basis => 1), engage.rule_set('tiers_rolling', 'gift', 'custom', fixed_points => 5000, qualifying => false);
SELECT pg_temp.standing('tiers_rolling', 1) AS never_seen;
SELECT status, available FROM engage.earn('tiers_rolling', 1, 60, 'e1');
SELECT pg_temp.standing('tiers_rolling', 1);
SELECT status, available FROM engage.earn_for('tiers_rolling', 1, 'gift', source_ref => 'g1'); -- does not count
SELECT pg_temp.standing('tiers_rolling', 1);
SET engage.now = '2026-02-01 00:00:00+00';
SELECT status, available FROM engage.earn_for('tiers_rolling', 1, 'purchase', 40, 'p1'); -- reaches silver to the point
SELECT pg_temp.standing('tiers_rolling', 1);
SET engage.now = '2026-03-01 00:00:00+00';
SELECT status, available FROM engage.earn_for('tiers_rolling', 1, 'purchase', 2000, 'p2');
SELECT status, available FROM engage.earn_for('tiers_rolling', 1, 'purchase', 10, 'p3'); -- now with 5 more
SELECT tier, earned_tier, granted_tier, tier_due_at, earned_due_at, tier_in_grace, next_due_at FROM tiers_rolling.account;
-- spending changes nothing, nor does an import; what is taken back does at the next review
SELECT status FROM engage.redeem('tiers_rolling', 1, 5000, 'use');
SELECT status FROM engage.import_opening('tiers_rolling', ARRAY[2], ARRAY[9999], ARRAY['old']);
SELECT status FROM engage.reverse_earn('tiers_rolling', 1, 'p2', 'all of it back');
SELECT pg_temp.standing('tiers_rolling', 1), pg_temp.standing('tiers_rolling', 2);
-- the review: read before anything is written, and for a time to come
SELECT at, pg_temp.standing('tiers_rolling', 1, at) FROM unnest('{2026-01-15 00:00+00,2026-02-15 00:00+00,2027-02-28 23:59:59+00,2027-03-01 00:00+00,2028-02-29 00:00+00,2028-03-01 00:00+00,2040-01-01 00:00+00}'::timestamptz[]) at;
SET engage.now = '2027-03-01 00:00:00+00';
SELECT pg_temp.standing('tiers_rolling', 1);
SELECT * FROM pg_temp.history('tiers_rolling', 1);
CALL engage.expire_points('tiers_rolling');
SELECT * FROM pg_temp.history('tiers_rolling', 1);
-- several years later, by the next posting; what it earns counts after the reviews
SET engage.now = '2030-05-01 00:00:00+00';
SELECT status FROM engage.earn_for('tiers_rolling', 1, 'purchase', 100, 'p4');
SELECT * FROM pg_temp.history('tiers_rolling', 1);
SELECT pg_temp.standing('tiers_rolling', 1), pg_temp.standing('tiers_rolling', 1, '2026-03-02'), pg_temp.standing('tiers_rolling', 1, '2029-01-01');
-- earlier events count if their day is in the window now
SELECT status FROM engage.earn_for('tiers_rolling', 3, 'purchase', 90, 'old', at => '2029-05-01 12:00+00');
SELECT status FROM engage.earn_for('tiers_rolling', 3, 'purchase', 90, 'older', at => '2029-04-30 12:00+00');
SELECT pg_temp.standing('tiers_rolling', 3);
SELECT status FROM engage.earn_for('tiers_rolling', 3, 'purchase', 10, 'new', at => '2029-05-02 12:00+00');
SELECT pg_temp.standing('tiers_rolling', 3);

-- ------------------------------------------------------------ grace
SET engage.now = '2026-01-01 00:00:00+00';
SELECT engage.ledger_create('tiers_grace', tier_period => '365 days', tier_grace => '30 days', tier_downgrade => 'recompute', test_clock => true);
SELECT pg_temp.set_tiers('tiers_grace', 100, 1000);
SELECT status FROM generate_series(1, 2) m, LATERAL engage.earn('tiers_grace', m, 1000, 'e1');
SET engage.now = '2026-12-31 23:59:59+00';
SELECT status FROM engage.earn('tiers_grace', 2, 950, 'e2');
SET engage.now = '2027-01-10 00:00:00+00';
SELECT m AS member, pg_temp.standing('tiers_grace', m) FROM generate_series(1, 2) m;
SELECT status FROM engage.earn('tiers_grace', 2, 50, 'e3');
SELECT status FROM engage.earn('tiers_grace', 1, 150, 'e3');
SELECT member, tier, tier_in_grace, tier_due_at FROM tiers_grace.account ORDER BY member;
SET engage.now = '2027-02-01 00:00:00+00';
SELECT m AS member, pg_temp.standing('tiers_grace', m) FROM generate_series(1, 2) m;
CALL engage.expire_points('tiers_grace');
SELECT m AS member, h.* FROM generate_series(1, 2) m, LATERAL pg_temp.history('tiers_grace', m) h ORDER BY 1, 2;

-- ------------------------------------------------------------ spend in a calendar year
SET engage.now = '2026-01-01 05:00:00+00'; -- 2025 still, there
SELECT engage.ledger_create('tiers_calendar', time_zone => 'America/Los_Angeles', tier_metric => 'spend', tier_window => 'calendar', tier_period => '1 year', tier_downgrade => 'recompute', test_clock => true);
SELECT pg_temp.set_tiers('tiers_calendar', 100, 1000);
SELECT engage.rule_set('tiers_calendar', 'purchase', 'purchase', rate_points => 1, rate_basis => 10), engage.campaign_set('tiers_calendar', 'ten times', '2020-01-01', '2040-01-01', multiplier => 10);
SELECT status, available FROM engage.earn_for('tiers_calendar', 1, 'purchase', 99.99, 'p1');
SELECT pg_temp.standing('tiers_calendar', 1);
SELECT status, available FROM engage.earn('tiers_calendar', 1, 5000, 'points are no spend');
SELECT pg_temp.standing('tiers_calendar', 1);
SET engage.now = '2026-01-01 07:59:59+00';
SELECT status FROM engage.earn_for('tiers_calendar', 1, 'purchase', 20.01, 'p2');
SELECT pg_temp.standing('tiers_calendar', 1);
SET engage.now = '2026-01-01 08:00:00+00';
SELECT pg_temp.standing('tiers_calendar', 1) AS new_year;
-- part of it comes back: 80 of the year before
SELECT status FROM engage.reverse_earn('tiers_calendar', 1, 'p1', 'r1', remaining_basis => 59.99);
SELECT source, day, points, awards, basis FROM tiers_calendar.tally ORDER BY source COLLATE "C", day;
SELECT status FROM engage.earn_for('tiers_calendar', 1, 'purchase', 1200, 'p3');
SELECT status FROM engage.earn_for('tiers_calendar', 2, 'purchase', 150, 'p3');
SELECT at, pg_temp.standing('tiers_calendar', 1, at) FROM unnest('{2027-12-31 07:59+00,2028-01-01 07:59:59+00,2028-01-01 08:00+00,2029-01-01 08:00+00}'::timestamptz[]) at;
SET engage.now = '2027-06-01 00:00:00+00';
SELECT status FROM engage.earn_for('tiers_calendar', 1, 'purchase', 300, 'p4');
SET engage.now = '2028-06-01 00:00:00+00';
SELECT m AS member, pg_temp.standing('tiers_calendar', m) FROM generate_series(1, 2) m;
CALL engage.expire_points('tiers_calendar');
SELECT m AS member, h.* FROM generate_series(1, 2) m, LATERAL pg_temp.history('tiers_calendar', m) h ORDER BY 1, 2;

-- ------------------------------------------------------------ orders in the years of a member
SET engage.now = '2024-02-29 12:00:00+00';
SELECT engage.ledger_create('tiers_orders', tier_metric => 'orders', tier_window => 'anniversary', tier_period => '1 year', test_clock => true);
SELECT engage.tier_set('tiers_orders', 'regular', 1, 2);
SELECT engage.rule_set('tiers_orders', 'purchase', 'purchase', rate_points => 1, rate_basis => 1), engage.rule_set('tiers_orders', 'review', 'review', fixed_points => 1);
SELECT status FROM engage.earn_for('tiers_orders', 1, 'purchase', 10, 'o1');
SELECT status FROM engage.earn_for('tiers_orders', 1, 'review', source_ref => 'r1');
SELECT pg_temp.standing('tiers_orders', 1);
SET engage.now = '2025-02-27 23:59:59+00';
SELECT status FROM engage.earn_for('tiers_orders', 1, 'purchase', 10, 'o2');
SELECT pg_temp.standing('tiers_orders', 1);
SET engage.now = '2025-02-28 00:00:00+00'; -- the second year has begun
SELECT pg_temp.standing('tiers_orders', 1);
SELECT tier, tier_due_at FROM tiers_orders.account;
-- an order that is returned whole is none
SELECT status FROM engage.reverse_earn('tiers_orders', 1, 'o2', 'r2', points => 9);
SELECT pg_temp.standing('tiers_orders', 2), sum(awards) FROM tiers_orders.tally WHERE source = 'rule:purchase';
SELECT status FROM engage.reverse_earn('tiers_orders', 1, 'o2', 'r3');
SELECT source, day, points, awards, basis FROM tiers_orders.tally ORDER BY source COLLATE "C", day;
SELECT pg_temp.standing('tiers_orders', 1, '2026-02-27 23:59:59+00'), pg_temp.standing('tiers_orders', 1, '2026-02-28 00:00+00');

-- ------------------------------------------------------------ a life, a first tier for everybody, grants
SET engage.now = '2026-01-01 00:00:00+00';
SELECT engage.ledger_create('tiers_life', tier_window => 'lifetime', test_clock => true);
SELECT engage.tier_set('tiers_life', 'bronze', 1, 0, perks => '{newsletter}');
SELECT pg_temp.set_tiers('tiers_life', 100, 1000);
SELECT status FROM engage.earn('tiers_life', 1, 1, 'e1');
SELECT pg_temp.standing('tiers_life', 1);
SELECT * FROM engage.grant_tier('tiers_life', 1, 'black', 'g1', until => '2026-06-01 00:00+00', reason => 'opening night', actor => 'ann', note => 'knows the boss');
SELECT * FROM engage.grant_tier('tiers_life', 1, 'black', 'g1', until => '2026-06-01 00:00+00');
SELECT kind, amount, rule, until, key, reason, actor FROM tiers_life.entry WHERE member = 1 ORDER BY seq;
SELECT pg_temp.standing('tiers_life', 1), pg_temp.standing('tiers_life', 1, '2026-05-31 23:59:59+00'), pg_temp.standing('tiers_life', 1, '2026-06-01 00:00+00');
SELECT status FROM engage.earn('tiers_life', 1, 999, 'e2'); -- gold, by points
SELECT pg_temp.standing('tiers_life', 1), pg_temp.standing('tiers_life', 1, '2026-06-01 00:00+00');
-- a grant below what points reach, and one for good, to a member never seen
SELECT status FROM engage.grant_tier('tiers_life', 2, 'silver', 'g2', until => '2026-06-01 00:00+00');
SELECT pg_temp.standing('tiers_life', 2);
SELECT status FROM engage.earn('tiers_life', 2, 1000, 'e1');
SELECT pg_temp.standing('tiers_life', 2);
SELECT status FROM engage.grant_tier('tiers_life', 3, 'black', 'g3');
SELECT member, tier, earned_tier, granted_tier, granted_until, tier_due_at FROM tiers_life.account ORDER BY member;
SET engage.now = '2026-07-01 00:00:00+00';
SELECT status FROM engage.redeem('tiers_life', 1, 1, 'use');
SELECT m AS member, h.* FROM generate_series(1, 3) m, LATERAL pg_temp.history('tiers_life', m) h ORDER BY 1, 2;
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.fails(q) FROM unnest(ARRAY[
  $$SELECT engage.grant_tier('tiers_life', 1, 'zinc', 'g4')$$,
  $$SELECT engage.grant_tier('tiers_life', 1, NULL, 'g4')$$,
  $$SELECT engage.grant_tier('tiers_life', 1, 'gold', NULL)$$,
  $$SELECT engage.grant_tier('tiers_life', 1, 'gold', 'g4', until => '2026-07-01 00:00+00')$$,
  $$SELECT engage.grant_tier('tiers_life', 2, 'gold', 'g2', until => '2026-08-01 00:00+00')$$]) q;
\pset tuples_only off
\pset format aligned

-- ------------------------------------------------------------ granted and earned
-- the higher of the two, whatever becomes of the other one
SET engage.now = '2026-01-01 00:00:00+00';
SELECT engage.ledger_create('tiers_both', tier_period => '1 year', tier_downgrade => 'recompute', test_clock => true);
SELECT engage.tier_set('tiers_both', 'silver', 10, 100), engage.tier_set('tiers_both', 'vip', 15, invite_only => true), engage.tier_set('tiers_both', 'gold', 20, 1000);
SELECT engage.grant_tier('tiers_both', 1, 'vip', 'g1', until => '2030-01-01 00:00+00');
SELECT engage.earn('tiers_both', 1, 150, 'e1'); -- silver, which nobody sees
SELECT pg_temp.standing('tiers_both', 1);
SELECT engage.earn('tiers_both', 1, 850, 'e2'); -- gold
SELECT at, pg_temp.standing('tiers_both', 1, at) FROM unnest('{2026-06-01 00:00+00,2027-01-01 00:00+00,2029-12-31 00:00+00,2030-01-01 00:00+00}'::timestamptz[]) at;
SELECT tier, earned_tier, granted_tier, earned_due_at, granted_until, tier_due_at FROM tiers_both.account WHERE member = 1;
-- a lower grant lowers nothing; a higher one outlives it, and then there is the lower one
SELECT engage.earn('tiers_both', 2, 1000, 'e1'), engage.grant_tier('tiers_both', 2, 'silver', 'g1', until => '2028-01-01 00:00+00');
SELECT engage.grant_tier('tiers_both', 3, 'vip', 'g1', until => '2026-06-01 00:00+00'), engage.grant_tier('tiers_both', 3, 'silver', 'g2'), engage.grant_tier('tiers_both', 3, 'vip', 'g3', until => '2026-03-01 00:00+00');
SELECT at, pg_temp.standing('tiers_both', 2, at), pg_temp.standing('tiers_both', 3, at) FROM unnest('{2026-02-01 00:00+00,2026-05-31 00:00+00,2026-06-01 00:00+00,2027-01-01 00:00+00,2028-01-01 00:00+00}'::timestamptz[]) at;
-- earned and granted alike: the later end counts
SELECT engage.earn('tiers_both', 4, 100, 'e1'), engage.grant_tier('tiers_both', 4, 'silver', 'g1', until => '2026-06-01 00:00+00'), engage.grant_tier('tiers_both', 4, 'silver', 'g2', until => '2028-06-01 00:00+00');
SELECT at, pg_temp.standing('tiers_both', 4, at) FROM unnest('{2026-06-01 00:00+00,2027-01-01 00:00+00,2028-06-01 00:00+00}'::timestamptz[]) at;
-- revoked: all of them; he keeps what he earned, also if that was never his tier
SELECT status, replayed FROM engage.revoke_tier('tiers_both', 1, 'r1', reason => 'abuse', actor => 'ann');
SELECT status, replayed FROM engage.revoke_tier('tiers_both', 1, 'r1');
SELECT status FROM engage.revoke_tier('tiers_both', 1, 'r2');
SELECT status FROM engage.revoke_tier('tiers_both', 3, 'r1');
SELECT status FROM engage.revoke_tier('tiers_both', 9, 'r1');
SELECT m AS member, pg_temp.standing('tiers_both', m), pg_temp.standing('tiers_both', m, '2027-01-01 00:00+00') FROM generate_series(1, 4) m;
SELECT engage.grant_tier('tiers_both', 3, 'silver', 'g4', until => '2026-02-01 00:00+00');
SELECT engage.grant_tier('tiers_both', 5, 'vip', 'g1', until => '2026-02-01 00:00+00');
SELECT engage.earn('tiers_both', 5, 120, 'e1');
SELECT member, kind, rule, until, key, reason FROM tiers_both.entry WHERE kind = 'tier' ORDER BY member, seq;
SELECT l.* FROM engage.ledger_verify('tiers_both') l;
SET engage.now = '2028-07-01 00:00:00+00';
CALL engage.expire_points('tiers_both');
SELECT m AS member, h.* FROM generate_series(1, 5) m, LATERAL pg_temp.history('tiers_both', m) h ORDER BY 1, 2;
SELECT member, tier, earned_tier, granted_tier, tier_due_at FROM tiers_both.account ORDER BY member;

-- ------------------------------------------------------------ points that count and points that do not, in one campaign
SET engage.now = '2026-01-01 00:00:00+00';
SELECT engage.ledger_create('tiers_mixed', test_clock => true);
SELECT pg_temp.set_tiers('tiers_mixed', 100, 1000);
SELECT engage.rule_set('tiers_mixed', 'review', 'review', fixed_points => 10, qualifying => false);
SELECT engage.campaign_set('tiers_mixed', 'double', '2026-01-01', '2027-01-01', multiplier => 2, member_cap => 80);
SELECT status FROM engage.earn_for('tiers_mixed', 1, 'purchase', 50, source_ref => 'o1'); -- 50 and 50
SELECT pg_temp.standing('tiers_mixed', 1);
SELECT status FROM engage.earn_for('tiers_mixed', 1, 'review', source_ref => 'v1'); -- 10 and 10, which do not count
SELECT pg_temp.standing('tiers_mixed', 1, '2026-12-31 00:00+00');
SELECT status FROM engage.earn_for('tiers_mixed', 1, 'purchase', 50, source_ref => 'o2'); -- 50 and 20: the cap counts both
SELECT pg_temp.standing('tiers_mixed', 1);
SELECT source, day, points, awards, basis, qualifying FROM tiers_mixed.tally ORDER BY source COLLATE "C", qualifying;
CREATE TEMP TABLE kept AS TABLE tiers_mixed.tally;
SELECT engage.ledger_rebuild_tally('tiers_mixed');
SELECT 'kept' AS by, * FROM (TABLE pg_temp.kept EXCEPT TABLE tiers_mixed.tally) x UNION ALL SELECT 'rebuilt', * FROM (TABLE tiers_mixed.tally EXCEPT TABLE pg_temp.kept) x;
SELECT status FROM engage.reverse_earn('tiers_mixed', 1, 'v1', 'r1');
SELECT source, points, awards, qualifying FROM tiers_mixed.tally ORDER BY source COLLATE "C", qualifying;
SELECT engage.rule_set('tiers_mixed', 'review', 'review', fixed_points => 10, qualifying => true);
SELECT source, points, awards, qualifying FROM tiers_mixed.tally ORDER BY source COLLATE "C", qualifying;

-- ------------------------------------------------------------ an event is awarded by the tier of its time
SET engage.now = '2026-01-01 00:00:00+00';
SELECT engage.ledger_create('tiers_then', tier_period => '1 year', tier_downgrade => 'recompute', test_clock => true);
SELECT pg_temp.set_tiers('tiers_then', 100, 1000);
SELECT engage.rule_set('tiers_then', 'lounge', 'custom', fixed_points => 1, tiers => '{gold}', qualifying => false);
SET engage.now = '2026-03-01 00:00:00+00';
SELECT engage.earn('tiers_then', 1, 1000, 'e1');
SET engage.now = '2026-04-01 00:00:00+00';
SELECT at::date, q.points FROM unnest('{2026-02-01,2026-03-02}'::timestamptz[]) at, LATERAL engage.earn_quote('tiers_then', 1, 'purchase', 10, at) q WHERE q.component = 'total';
SELECT status, available FROM engage.earn_for('tiers_then', 1, 'purchase', 10, 'before gold', at => '2026-02-01');
SELECT status, available FROM engage.earn_for('tiers_then', 1, 'purchase', 10, 'as gold', at => '2026-03-02');
SELECT status FROM engage.earn_for('tiers_then', 1, 'lounge', source_ref => 'before gold', at => '2026-02-01');
-- gold has ended, written down or not
SET engage.now = '2027-04-01 00:00:00+00';
SELECT at::date, q.points FROM unnest('{2026-02-01,2027-02-28,2027-03-02,2027-04-01}'::timestamptz[]) at, LATERAL engage.earn_quote('tiers_then', 1, 'purchase', 10, at) q WHERE q.component = 'total';
CALL engage.expire_points('tiers_then');
SELECT at::date, q.points FROM unnest('{2026-02-01,2027-02-28,2027-03-02,2027-04-01}'::timestamptz[]) at, LATERAL engage.earn_quote('tiers_then', 1, 'purchase', 10, at) q WHERE q.component = 'total';
SELECT status, available FROM engage.earn_for('tiers_then', 1, 'purchase', 10, 'late, as gold', at => '2027-02-28');
SELECT status, available FROM engage.earn_for('tiers_then', 1, 'purchase', 10, 'no more');
SELECT l.* FROM engage.ledger_verify('tiers_then') l;

-- ------------------------------------------------------------ other windows, periods and grace: all are reviewed at once
SET engage.now = '2026-01-10 00:00:00+00';
SELECT engage.ledger_create('tiers_altered', tier_window => 'lifetime', tier_downgrade => 'recompute', test_clock => true);
SELECT engage.tier_set('tiers_altered', 'silver', 10, 100), engage.tier_set('tiers_altered', 'vip', 15, invite_only => true), engage.tier_set('tiers_altered', 'gold', 20, 1000);
SELECT engage.earn('tiers_altered', m, 1000, 'e1') FROM generate_series(1, 3) m;
SET engage.now = '2027-06-01 00:00:00+00';
SELECT engage.earn('tiers_altered', 2, 1000, 'e2'), engage.earn('tiers_altered', 3, 200, 'e2');
SELECT engage.grant_tier('tiers_altered', 1, 'vip', 'g1', until => '2028-01-01 00:00+00'), engage.grant_tier('tiers_altered', 4, 'vip', 'g1', until => '2028-01-01 00:00+00');
SELECT engage.ledger_alter('tiers_altered', tier_downgrade => 'recompute', rounding => 'ceil');
SELECT m AS member, pg_temp.standing('tiers_altered', m) FROM generate_series(1, 4) m;
SELECT engage.ledger_alter('tiers_altered', tier_window => 'rolling', tier_period => '1 year');
SELECT m AS member, pg_temp.standing('tiers_altered', m) FROM generate_series(1, 4) m;
SELECT l.* FROM engage.ledger_verify('tiers_altered') l;
CALL engage.expire_points('tiers_altered');
SELECT m AS member, h.* FROM generate_series(1, 4) m, LATERAL pg_temp.history('tiers_altered', m) h ORDER BY 1, 2;
-- from years that begin anywhere to those of the calendar: what this one brought so far counts
SELECT engage.ledger_alter('tiers_altered', tier_window => 'calendar');
SELECT m AS member, pg_temp.standing('tiers_altered', m), pg_temp.standing('tiers_altered', m, '2028-06-01 00:00+00'), pg_temp.standing('tiers_altered', m, '2029-06-01 00:00+00') FROM generate_series(1, 4) m;
-- who is in grace gets another one
SELECT engage.ledger_alter('tiers_altered', tier_window => 'rolling', tier_period => '30 days', tier_grace => '10 days');
SET engage.now = '2027-07-05 00:00:00+00';
CALL engage.expire_points('tiers_altered');
SELECT member, tier, tier_in_grace, earned_due_at FROM tiers_altered.account ORDER BY member;
SELECT engage.ledger_alter('tiers_altered', tier_grace => '60 days');
CALL engage.expire_points('tiers_altered');
SELECT member, tier, tier_in_grace, earned_due_at FROM tiers_altered.account ORDER BY member;

-- ------------------------------------------------------------ changes of the tiers themselves
-- the first tier makes what was earned before count; a threshold counts from the next award or review on
SELECT engage.ledger_create('tiers_late', tier_period => '1 month', test_clock => true);
SELECT status FROM engage.earn('tiers_late', 1, 10, 'e1');
SELECT status FROM engage.earn('tiers_late', 2, 500, 'e1');
SELECT engage.tier_set('tiers_late', 'silver', 1, 100);
SELECT m AS member, pg_temp.standing('tiers_late', m) FROM generate_series(1, 2) m;
SELECT m AS member, status FROM generate_series(1, 2) m, LATERAL engage.earn('tiers_late', m, 1, 'e2');
SELECT m AS member, pg_temp.standing('tiers_late', m) FROM generate_series(1, 2) m;
-- a tier that is deleted by hand is none at the review
DELETE FROM tiers_late.tier;
SELECT engage.ledger_changed('tiers_late');
SELECT pg_temp.standing('tiers_late', 2), pg_temp.standing('tiers_late', 2, '2026-08-01 00:00:01+00');

-- an account that says by hand that it was last changed at the end of all time has no next review, and no next entry
SELECT status, tier FROM engage.balance('tiers_altered', 1);
BEGIN;
UPDATE tiers_altered.account SET last_recorded_at = 'infinity' WHERE member = 1;
SELECT call, pg_temp.fails(call) AS error FROM unnest(ARRAY[
  $$SELECT engage.balance('tiers_altered', 1)$$, $$SELECT engage.balance('tiers_altered', 1, '2027-01-01')$$, $$SELECT engage.balance('tiers_altered', 1, '2099-01-01')$$,
  $$SELECT engage.statement('tiers_altered', 1)$$,
  $$SELECT engage.earn('tiers_altered', 1, 10, 'late')$$, $$SELECT engage.redeem('tiers_altered', 1, 1, 'late')$$, $$SELECT engage.grant_tier('tiers_altered', 1, 'gold', key => 'late')$$]) call;
SELECT check_name, member, place, found FROM engage.ledger_verify('tiers_altered');
ROLLBACK;

-- ------------------------------------------------------------ what is read is what is written, whenever
-- members that earn now and then, in two ledgers: one is swept all the time, the other never
CREATE TEMP TABLE deeds AS SELECT n, 1 + n * n * 31 % 101 % 10 AS member, (n * n * 37 + n * 11) % 113 + 90 AS points, timestamptz '2026-07-01 00:00+00' + n * interval '31 hours' AS at FROM generate_series(1, 300) n;
SELECT engage.ledger_create(l, time_zone => 'America/New_York', tier_period => '2 months', tier_grace => '10 days', test_clock => true), pg_temp.set_tiers(l, 100, 300) FROM unnest('{tiers_swept,tiers_unswept}'::text[]) l;
CREATE TEMP TABLE seen (n int, member bigint, swept text, unswept text);
DO $$
DECLARE d record;
BEGIN
  FOR d IN SELECT * FROM pg_temp.deeds ORDER BY n LOOP
    PERFORM set_config('engage.now', d.at::text, false);
    IF d.points % 4 = 0 THEN
      PERFORM engage.earn('tiers_swept', d.member, d.points, 'd' || d.n), engage.earn('tiers_unswept', d.member, d.points, 'd' || d.n);
    END IF;
    -- writes up what is due, as the sweep does
    PERFORM engage.block_member('tiers_swept', m, 'b' || d.n), engage.unblock_member('tiers_swept', m, 'u' || d.n) FROM generate_series(1, 10) m WHERE d.n % 3 = 0 AND EXISTS (SELECT FROM tiers_swept.account a WHERE a.member = m);
    INSERT INTO pg_temp.seen SELECT d.n, m, pg_temp.standing('tiers_swept', m), pg_temp.standing('tiers_unswept', m) FROM generate_series(1, 10) m;
  END LOOP;
END $$;
SELECT count(*) AS looks, count(*) FILTER (WHERE swept IS DISTINCT FROM unswept) AS different, count(DISTINCT split_part(swept, ',', 1)) AS tiers FROM pg_temp.seen;
CALL engage.expire_points('tiers_unswept');
CALL engage.expire_points('tiers_swept');
SELECT reason, count(*) FROM tiers_swept.tier_history GROUP BY 1 ORDER BY 1;
-- (recorded at other times: no rows)
SELECT member, change_no, tier, previous_tier, effective_at, until, reason FROM tiers_swept.tier_history WHERE reason <> 'upgraded' EXCEPT SELECT member, change_no, tier, previous_tier, effective_at, until, reason FROM tiers_unswept.tier_history ORDER BY 1, 2;

SELECT l, v.* FROM unnest('{tiers_rolling,tiers_grace,tiers_calendar,tiers_orders,tiers_life,tiers_both,tiers_mixed,tiers_altered,tiers_swept,tiers_unswept}'::text[]) l, LATERAL engage.ledger_verify(l) v;
SET client_min_messages = error;
SELECT count(engage.ledger_drop(n.nspname, force => true)) AS dropped FROM pg_catalog.pg_namespace n WHERE n.nspname ~ '^tiers';
RESET engage.now;
