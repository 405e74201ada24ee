-- What is taken back and what comes back: refunds of expired points, lapses, late activity, refunds by amount, debt.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET synchronous_commit = on;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET search_path = '';
-- a posting at an instant, as status|available|pending|held|debt
CREATE FUNCTION pg_temp.at(instant text, call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  PERFORM set_config('engage.now', instant, false);
  EXECUTE format('SELECT concat_ws(''|'', q.status, q.available, q.pending, q.held, q.debt) FROM engage.%s q', call) INTO result;
  RETURN result;
END $$;
-- the journal of a member, an entry a line
CREATE FUNCTION pg_temp.journal(ledger text, member bigint DEFAULT 1, since bigint DEFAULT 1) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format($q$
    SELECT format('%%s %%s %%s', e.seq, e.kind, e.amount) || coalesce(' at ' || to_char(e.effective_at, 'MM-DD HH24:MI'), '') || coalesce(' until ' || to_char(e.until, 'MM-DD'), '')
           || coalesce(' of ' || e.reverses_seq, '') || coalesce(' for ' || e.request_seq, '')
           || coalesce(': ' || (SELECT string_agg(format('%%s %%s of %%s', u.action, u.points, u.lot_no), ', ' ORDER BY u.ordinal) FROM %1$I.lot_use u WHERE u.member = e.member AND u.seq = e.seq), '')
    FROM %1$I.entry e WHERE e.member = $1 AND e.seq >= $2 ORDER BY e.seq$q$, ledger) USING member, since;
END $$;

-- ------------------------------------------------------------ what has expired is not owed
SET engage.now = '2026-01-01';
SELECT engage.ledger_create('refunds', expires_after => '10 days', test_clock => true);
SELECT pg_temp.at('2026-01-01', $$earn('refunds', 1, 100, 'o1')$$);
SELECT pg_temp.at('2026-01-02', $$redeem('refunds', 1, 30, 'b1')$$);
SELECT pg_temp.at('2026-01-15', $$earn('refunds', 1, 40, 'o2')$$);
SELECT pg_temp.at('2026-01-15', $$reverse_earn('refunds', 1, 'o1', 'r1')$$);
SELECT pg_temp.journal('refunds');
SELECT lot_no, state, points, seq, kind FROM engage.explain_balance('refunds', 1);
SELECT expired, reversed, redeemed FROM refunds.account;
SELECT issued, reversed, redeemed, expired, closing, difference FROM engage.liability_rollforward('refunds');
SELECT granted, reversed, redeemed, expired, outstanding FROM engage.breakage('refunds');
-- a retry is told the same
SELECT * FROM engage.reverse_earn('refunds', 1, 'o1', 'r1');
-- not yet written down; in parts: the rest of the lot, then what has expired, then other lots and debt; points on their way pay no debt
SELECT pg_temp.at('2026-01-15', $$earn('refunds', 2, 100, 'o1')$$), pg_temp.at('2026-01-15', $$earn('refunds', 2, 50, 'o2')$$), pg_temp.at('2026-01-16', $$redeem('refunds', 2, 130, 'b1')$$);
SELECT pg_temp.at('2026-01-17', $$reverse_earn('refunds', 2, 'o1', 'r1')$$);
SELECT pg_temp.at('2026-01-18', $$earn('refunds', 2, 200, 'o3')$$);
SELECT pg_temp.at('2026-01-19', $$redeem('refunds', 2, 20, 'b3')$$);
SELECT pg_temp.at('2026-02-10', $$earn('refunds', 2, 10, 'o4')$$);
SELECT pg_temp.at('2026-02-11', $$redeem('refunds', 2, 10, 'b4')$$);
SELECT pg_temp.at('2026-02-12', $$reverse_earn('refunds', 2, 'o4', 'r4')$$);
SELECT pg_temp.at('2026-02-12', $$reverse_earn('refunds', 2, 'o3', 'r3a', points => 70)$$);
SELECT pg_temp.at('2026-02-12', $$reverse_earn('refunds', 2, 'o3', 'r3b')$$);
SELECT pg_temp.journal('refunds', 2, 6);
-- the other policies see what was spent only
SELECT p AS policy, engage.ledger_create('refunds_' || p, expires_after => '10 days', shortage => p, test_clock => true) FROM unnest('{clamp,reject}'::text[]) p;
SELECT p AS policy, pg_temp.at('2026-03-01', format($$earn('refunds_%s', 1, 100, 'o1')$$, p)), pg_temp.at('2026-03-02', format($$redeem('refunds_%s', 1, 30, 'b1')$$, p)),
  pg_temp.at('2026-03-20', format($$reverse_earn('refunds_%s', 1, 'o1', 'r1', points => 70)$$, p)), pg_temp.at('2026-03-20', format($$reverse_earn('refunds_%s', 1, 'o1', 'r2')$$, p))
FROM unnest('{clamp,reject}'::text[]) p;
SELECT pg_temp.journal('refunds_clamp');
SELECT l AS ledger, v.* FROM unnest('{refunds,refunds_clamp,refunds_reject}'::text[]) l, engage.ledger_verify(l) v;

-- ------------------------------------------------------------ a lapse ends the life of all lots there are
SET engage.now = '2026-01-01';
SELECT engage.ledger_create('lapse', expires_inactive => '90 days', restore_grace => '5 days', test_clock => true);
SELECT engage.ledger_create('lapse_for_good', expires_inactive => '90 days', restoring => 'expire', test_clock => true);
-- held before it, given back after it: by release, by the deadline, what a last capture leaves, and a lot with a date of its own
SELECT pg_temp.at('2026-01-01', $$earn('lapse', 1, 100, 'o1')$$), pg_temp.at('2026-01-01', $$hold('lapse', 1, 60, 'h1', ttl => '200 days')$$);
SELECT pg_temp.at('2026-01-01', $$earn('lapse', 2, 100, 'o1')$$), pg_temp.at('2026-01-01', $$hold('lapse', 2, 60, 'h1', ttl => '100 days')$$);
SELECT pg_temp.at('2026-01-01', $$earn('lapse', 3, 100, 'o1')$$), pg_temp.at('2026-01-01', $$hold('lapse', 3, 60, 'h1', ttl => '200 days')$$);
SELECT pg_temp.at('2026-01-01', $$earn('lapse', 4, 100, 'o1', expires_at => '2027-01-01')$$), pg_temp.at('2026-01-01', $$hold('lapse', 4, 60, 'h1', ttl => '200 days')$$);
-- the books as they are and as they will be written say the same
CREATE FUNCTION pg_temp.seen() RETURNS SETOF text LANGUAGE sql AS $$
  SELECT concat_ws(' ', 'due', seq, kind, lot_no, points, amount, to_char(effective_at, 'MM-DD')) FROM engage.due_entries('lapse', only_member => '1')
  UNION ALL SELECT concat_ws(' ', 'liability', bucket, available, held) FROM engage.liability('lapse') WHERE lots > 0
  UNION ALL SELECT concat_ws(' ', 'balance', available, held, next_expiry_at) FROM engage.balance('lapse', 1) $$;
SET engage.now = '2026-04-15';
SELECT pg_temp.seen();
CALL engage.expire_points('lapse');
SELECT pg_temp.seen();
SELECT member, lot_no, state, remaining, held, expires_at FROM lapse.lots ORDER BY 1, 2;
SELECT pg_temp.at('2026-04-16', $$release('lapse', 1, 'r1')$$), pg_temp.at('2026-04-16', $$capture('lapse', hold_id => 3, points => 10, key => 'c1')$$), pg_temp.at('2026-04-16', $$release('lapse', 4, 'r1')$$);
SELECT member, status, available, held FROM lapse.balances ORDER BY 1;
SELECT m, pg_temp.journal('lapse', m, 3) FROM generate_series(1, 4) m;
-- redeemed before it, cancelled after it: what has expired since; given grace it lives until then, and counts as alive
SELECT pg_temp.at('2026-01-01', format($$earn('%s', 5, 100, 'o1')$$, l)), pg_temp.at('2026-01-02', format($$redeem('%s', 5, 100, 'b1')$$, l)),
  pg_temp.at('2026-06-01', format($$cancel_redemption('%s', 5, 'b1', 'c1')$$, l)) FROM unnest('{lapse,lapse_for_good}'::text[]) l;
SELECT pg_temp.at('2026-06-02', $$redeem('lapse', 5, 40, 'b2')$$), pg_temp.at('2026-06-03', $$cancel_redemption('lapse', 5, 'b2', 'c2')$$), pg_temp.at('2026-06-06', $$unblock_member('lapse', 5, 'x')$$);
SELECT pg_temp.journal('lapse', 5);
SELECT pg_temp.journal('lapse_for_good', 5);
-- nothing was left to expire, and it has lapsed all the same
SELECT a.member, a.lapsed_seq, a.seq FROM lapse.account a ORDER BY 1;

-- ------------------------------------------------------------ activity that becomes known late
SET engage.now = '2026-01-01';
SELECT engage.ledger_create('late', expires_inactive => '90 days', test_clock => true);
SELECT pg_temp.at('2026-06-01', $$adjust('late', 1, 500, 'a1', reason => 'moved', actor => 'Ann')$$), pg_temp.at('2026-06-02', $$redeem('late', 1, 10, 'b1', at => '2026-02-01')$$);
SELECT inactive_at FROM late.account WHERE member = 1;
SELECT pg_temp.journal('late');
-- where all is due at once, all lots are
DO $$ BEGIN
  FOR i IN 1 .. 20 LOOP
    PERFORM set_config('engage.now', format('2026-02-%s', i), false);
    PERFORM engage.adjust('late', 2, 50, 'a' || i, reason => 'moved', actor => 'Ann');
  END LOOP;
END $$;
SELECT pg_temp.at('2026-06-02', $$redeem('late', 2, 10, 'b1', at => '2026-01-31')$$);
SELECT count(*), sum(amount), min(effective_at), max(effective_at) FROM late.entry WHERE member = 2 AND kind = 'expire';
-- the order of an import says nothing: two years, two lots that are past, one that lives, and debt to be paid
SET engage.now = '2026-06-02';
SELECT engage.ledger_create('import_' || i, expires_inactive => '90 days', test_clock => true) FROM generate_series(1, 3) i;
DO $$ BEGIN
  FOR i IN 1 .. 3 LOOP
    PERFORM engage.earn('import_' || i, 1, 50, 'o1'), engage.redeem('import_' || i, 1, 50, 'b1'), engage.reverse_earn('import_' || i, 1, 'o1', 'r1');
  END LOOP;
END $$;
WITH listed AS (
  SELECT i, array_agg(key ORDER BY x.n * CASE i WHEN 1 THEN 1 WHEN 2 THEN -1 END, x.n % 3, x.n) AS keys, array_agg(points ORDER BY x.n * CASE i WHEN 1 THEN 1 WHEN 2 THEN -1 END, x.n % 3, x.n) AS points,
    array_agg(earned ORDER BY x.n * CASE i WHEN 1 THEN 1 WHEN 2 THEN -1 END, x.n % 3, x.n) AS earned, array_agg(expires ORDER BY x.n * CASE i WHEN 1 THEN 1 WHEN 2 THEN -1 END, x.n % 3, x.n) AS expires
  FROM generate_series(1, 3) i, (VALUES (1, 'y24', 30, '2024-05-01'::timestamptz, NULL::timestamptz), (2, 'y25', 40, '2025-05-01', '2026-05-01'), (3, 'may', 100, '2026-05-01', NULL), (4, 'april', 7, '2026-04-01', '2026-05-02')) x(n, key, points, earned, expires)
  GROUP BY i)
SELECT i, (SELECT string_agg(format('%s %s', o.status, l.keys[o.ord]), ', ' ORDER BY o.ord) FROM engage.import_opening('import_' || i, array_fill(1::bigint, '{4}'), l.points::bigint[], l.keys, l.earned, expires_at => l.expires) o) FROM listed l ORDER BY i;
SELECT pg_temp.journal('import_1', 1, 4);
SELECT i, (SELECT string_agg(j, ';' ORDER BY n) FROM pg_temp.journal('import_' || i) WITH ORDINALITY j(j, n)) = (SELECT string_agg(j, ';' ORDER BY n) FROM pg_temp.journal('import_1') WITH ORDINALITY j(j, n)) AS as_the_first FROM generate_series(2, 3) i;
-- all of it past: all of it lapses, in whatever order
SELECT i, (SELECT string_agg(format('%s %s', o.status, o.available), ', ' ORDER BY o.ord) FROM engage.import_opening('import_' || i, '{2,2}'::bigint[], '{10,20}'::bigint[], '{a,b}',
    CASE i WHEN 1 THEN '{2025-01-01,2025-02-01}' ELSE '{2025-02-01,2025-01-01}' END::timestamptz[]) o) FROM generate_series(1, 2) i;
SELECT l AS ledger, v.* FROM unnest('{lapse,lapse_for_good,late,import_1,import_2,import_3}'::text[]) l, engage.ledger_verify(l) v;

-- ------------------------------------------------------------ earned first
SET engage.now = '2026-01-01';
SELECT engage.ledger_create('first', consumption => 'earned_first', available_after => '1 day', test_clock => true);
SELECT pg_temp.at('2026-03-01', $$earn('first', 1, 100, 'march')$$), pg_temp.at('2026-03-02', $$earn('first', 1, 100, 'february', at => '2026-02-01')$$), pg_temp.at('2026-03-02', $$earn('first', 1, 100, 'january', at => '2026-01-15', available_at => '2026-03-03')$$),
  pg_temp.at('2026-03-04', $$adjust('first', 1, 100, 'gift', reason => 'moved', actor => 'Ann')$$);
SELECT lot_no, earned_at, available_at FROM first.lot ORDER BY 1;
SELECT pg_temp.at('2026-03-10', $$redeem('first', 1, 350, 'b1')$$);
SELECT pg_temp.journal('first', 1, 5);
SELECT * FROM engage.ledger_verify('first');

-- ------------------------------------------------------------ refunds by amount: what the award as a whole would have been
SELECT engage.ledger_create('amounts', earn_rate => NULL, test_clock => true);
SELECT engage.rule_set('amounts', 'purchase', 'purchase', rate_points => 1, rate_basis => 1, min_basis => 5);
SELECT engage.campaign_set('amounts', c, '2026-01-01', '2027-01-01', multiplier => m, multiplier_den => 100) FROM (VALUES ('a', 101), ('b', 110), ('c', 102)) v(c, m);
-- two of three campaigns give nothing: the base keeps what they may give for less
SELECT pg_temp.at('2026-03-10', $$earn_for('amounts', 1, 'purchase', 8, 'o1')$$), (SELECT string_agg(format('%s %s', component, points), ', ') FROM engage.earn_quote('amounts', 1, 'purchase', 7.95));
SELECT seq, kind, amount, rate FROM amounts.entry;
SELECT engage.rate_explained(rate, basis, amount) FROM amounts.entry;
SELECT pg_temp.at('2026-03-10', format($$reverse_earn('amounts', 1, 'o1', 'r%s', remaining_basis => %s)$$, n, b)), (SELECT points FROM engage.earn_quote('amounts', 1, 'purchase', b) WHERE component = 'total')
FROM (VALUES (1, 7.95), (2, 7.1), (3, 6.99), (4, 5), (5, 4.99)) v(n, b);
SELECT * FROM engage.ledger_verify('amounts');

-- ------------------------------------------------------------ a policy's date counts from when points are available, if it came before
SET engage.now = '2026-01-01';
SELECT engage.ledger_create('dates_on', expires_on => '12-31', available_after => '14 days', test_clock => true), engage.ledger_create('dates_after', expires_after => '7 days', available_after => '14 days', test_clock => true);
SELECT pg_temp.at('2026-12-20', format($$earn_for('%s', 1, 'purchase', 10, 'o1')$$, l)), pg_temp.at('2026-12-10', format($$earn('%s', 2, 10, 'o1')$$, l)), pg_temp.at('2026-12-10', format($$earn('%s', 3, 10, 'o1', available_at => '2027-12-31 23:59:59')$$, l))
FROM unnest('{dates_on,dates_after}'::text[]) l;
SELECT 'dates_on' AS ledger, member, available_at, expires_at FROM dates_on.lot UNION ALL SELECT 'dates_after', member, available_at, expires_at FROM dates_after.lot ORDER BY 1, 2;
SELECT engage.earn('dates_on', 4, 10, 'o1', expires_at => '2026-12-20');

-- ------------------------------------------------------------ a correction can be used at once, pays debt, and can be taken back
SELECT engage.ledger_create('fix', activation => 'manual', expires_after => '10 days', test_clock => true);
SELECT pg_temp.at('2027-01-01', $$earn('fix', 1, 50, 'o1')$$), pg_temp.at('2027-01-01', $$activate('fix', 1, 'o1', 'on')$$), pg_temp.at('2027-01-01', $$redeem('fix', 1, 50, 'b1')$$), pg_temp.at('2027-01-01', $$reverse_earn('fix', 1, 'o1', 'r1')$$);
SELECT pg_temp.at('2027-01-02', $$adjust('fix', 1, 80, 'a1', reason => 'goodwill', actor => 'Ann')$$), pg_temp.at('2027-01-02', $$extend_expiry('fix', 1, '2027-06-01', 'e1', source_ref => 'a1')$$), pg_temp.at('2027-01-03', $$redeem('fix', 1, 10, 'b2')$$),
  pg_temp.at('2027-01-03', $$reverse_earn('fix', 1, 'a1', 'r2')$$);
SELECT pg_temp.journal('fix', 1, 6);
-- one that takes away is no grant; an order of the same name comes first
SELECT pg_temp.at('2027-01-04', $$earn('fix', 2, 50, 'x')$$), pg_temp.at('2027-01-04', $$adjust('fix', 2, 7, 'x', reason => 'goodwill', actor => 'Ann')$$), pg_temp.at('2027-01-04', $$reverse_earn('fix', 2, 'x', 'r1')$$), pg_temp.at('2027-01-04', $$reverse_earn('fix', 2, 'x', 'r2')$$);
SELECT pg_temp.at('2027-01-04', $$adjust('fix', 2, -7, 'y', reason => 'typo', actor => 'Ann')$$), pg_temp.at('2027-01-04', $$reverse_earn('fix', 2, 'y', 'r3')$$), pg_temp.at('2027-01-04', $$extend_expiry('fix', 2, '2027-06-01', 'e3', source_ref => 'y')$$);
SELECT l AS ledger, v.* FROM unnest('{dates_on,dates_after,fix}'::text[]) l, engage.ledger_verify(l) v;

-- ------------------------------------------------------------ refund and cancellation: in either order
SET engage.now = '2026-01-01';
SELECT engage.ledger_create('order_' || n, shortage => p, debt_limit => l, test_clock => true)
FROM (VALUES ('debt', 'other_lots_then_debt', NULL), ('limit_0', 'other_lots_then_debt', 0), ('limit_20', 'other_lots_then_debt', 20), ('clamp', 'clamp', NULL)) v(n, p, l);
CREATE FUNCTION pg_temp.both(ledger text, member bigint, first text, second text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  -- lots of 100 and 40, of which 30 are spent otherwise, then a basket
  PERFORM pg_temp.at('2026-01-01', format('earn(%L, %s, 100, ''x'')', ledger, member)), pg_temp.at('2026-01-02', format('earn(%L, %s, 40, ''y'')', ledger, member)),
    pg_temp.at('2026-01-03', format('redeem(%L, %s, 30, ''b0'')', ledger, member)), pg_temp.at('2026-01-04', format('redeem(%L, %s, %s, ''b1'')', ledger, member, 50 + member)),
    pg_temp.at('2026-01-05', format('%s', first)), pg_temp.at('2026-01-06', format('%s', second));
  EXECUTE format('SELECT concat_ws(''|'', a.available, a.debt, a.reversed, a.redeemed, (SELECT sum(e.amount) FROM %1$I.entry e WHERE e.member = a.member AND e.kind = ''write_off'')) FROM %1$I.account a WHERE a.member = $1', ledger)
    INTO result USING member;
  RETURN result;
END $$;
-- available|debt|reversed|redeemed|written off
SELECT n, m + 50 AS basket, pg_temp.both('order_' || n, m, format('reverse_earn(%L, %s, ''x'', ''r'')', 'order_' || n, m), format('cancel_redemption(%L, %s, ''b1'', ''c'')', 'order_' || n, m)) AS reversed_first
FROM unnest('{debt,limit_0,limit_20,clamp}'::text[]) n, unnest('{2,20,60}'::bigint[]) m ORDER BY 1, 2;
SELECT n, m + 50 AS basket, pg_temp.both('order_' || n, m, format('cancel_redemption(%L, %s, ''b1'', ''c'')', 'order_' || n, m), format('reverse_earn(%L, %s, ''x'', ''r'')', 'order_' || n, m)) AS cancelled_first
FROM (SELECT engage.ledger_drop('order_' || n, force => true), engage.ledger_create('order_' || n, shortage => p, debt_limit => l, test_clock => true), n
      FROM (VALUES ('debt', 'other_lots_then_debt', NULL), ('limit_0', 'other_lots_then_debt', 0), ('limit_20', 'other_lots_then_debt', 20), ('clamp', 'clamp', NULL)) v(n, p, l)) v, unnest('{2,20,60}'::bigint[]) m ORDER BY 1, 2;
SELECT pg_temp.journal('order_limit_0', 60);
-- the one above was the other order; in this one the write-off is taken back, from the lot itself and from the other one
SELECT engage.ledger_create('order_back', debt_limit => 0, test_clock => true);
SELECT pg_temp.both('order_back', 60, 'reverse_earn(''order_back'', 60, ''x'', ''r'')', 'cancel_redemption(''order_back'', 60, ''b1'', ''c'')');
SELECT pg_temp.journal('order_back', 60);
SELECT lot_no, state, points, kind, used_for FROM engage.explain_balance('order_back', 60);
SELECT granted, reversed, redeemed, expired, outstanding FROM engage.breakage('order_back');
SELECT issued, reversed, redeemed, written_off, closing, difference FROM engage.liability_rollforward('order_back');
-- points spent after the write-off owe nothing for it, of whatever lot
SELECT pg_temp.at('2026-01-01', $$earn('order_back', 2, 50, 'x')$$), pg_temp.at('2026-01-02', $$redeem('order_back', 2, 50, 'b0')$$), pg_temp.at('2026-01-03', $$reverse_earn('order_back', 2, 'x', 'r')$$), pg_temp.at('2026-01-04', $$earn('order_back', 2, 70, 'z')$$),
  pg_temp.at('2026-01-05', $$redeem('order_back', 2, 70, 'b1')$$), pg_temp.at('2026-01-06', $$cancel_redemption('order_back', 2, 'b1', 'c1')$$), pg_temp.at('2026-01-07', $$cancel_redemption('order_back', 2, 'b0', 'c0', points => 20)$$), pg_temp.at('2026-01-07', $$cancel_redemption('order_back', 2, 'b0', 'c00')$$);
SELECT pg_temp.journal('order_back', 2, 7);
SELECT l AS ledger, v.* FROM unnest('{order_debt,order_limit_0,order_limit_20,order_clamp,order_back}'::text[]) l, engage.ledger_verify(l) v;

-- ------------------------------------------------------------ refunds with a time of their own
SELECT engage.ledger_create('times', refund_window => '10 days', test_clock => true);
SELECT pg_temp.at('2026-01-01', $$earn('times', 1, 100, 'o1')$$), pg_temp.at('2026-01-02', $$redeem('times', 1, 20, 'b1')$$), pg_temp.at('2026-01-20', $$reverse_earn('times', 1, 'o1', 'r1')$$),
  pg_temp.at('2026-01-20', $$reverse_earn('times', 1, 'o1', 'r2', points => 50, at => '2026-01-10')$$), pg_temp.at('2026-01-20', $$cancel_redemption('times', 1, 'b1', 'c1', at => '2026-01-11')$$);
SELECT (SELECT string_agg(status, ' ' ORDER BY ord) FROM engage.redeem_batch('times', '{1,1}'::bigint[], '{1,2}'::bigint[], '{b2,b3}', at => '2026-01-12'));
SELECT pg_temp.journal('times');
-- a capture goes by the name that its hold was given, and by its own key
SELECT pg_temp.at('2026-01-21', $$hold('times', 1, 20, 'h1', source_ref => 'basket')$$), pg_temp.at('2026-01-21', $$capture('times', hold_id => (SELECT max(hold_id) FROM times.hold), points => 5, key => 'p1', final => false)$$),
  pg_temp.at('2026-01-21', $$capture('times', hold_id => (SELECT max(hold_id) FROM times.hold), points => 5, key => 'p2')$$);
SELECT key, source_ref, points FROM times.redemptions WHERE kind = 'capture' ORDER BY seq;
SELECT pg_temp.at('2026-01-22', $$cancel_redemption('times', 1, 'p1', 'c2', points => 2)$$), pg_temp.at('2026-01-22', $$cancel_redemption('times', 1, 'basket', 'c3', points => 6)$$), pg_temp.at('2026-01-22', $$cancel_redemption('times', 1, 'p2', 'c4')$$),
  pg_temp.at('2026-01-22', $$cancel_redemption('times', 1, 'basket', 'c5')$$), pg_temp.at('2026-01-22', $$cancel_redemption('times', 1, 'basket', 'c6', points => 1)$$);
SELECT pg_temp.journal('times', 1, 12);

-- ------------------------------------------------------------ errors of arrays say which element they are about
\set SHOW_CONTEXT always
SELECT * FROM engage.earn_batch('times', '{15,17}'::bigint[], '{5,-5}'::bigint[], '{a,b}');
SELECT * FROM engage.earn_batch('times', '{15,NULL}'::bigint[], '{5,5}'::bigint[], '{a,b}');
SELECT * FROM engage.earn_batch('times', '{15,17}'::bigint[], '{5,NULL}'::bigint[], '{a,b}');
SELECT * FROM engage.earn_batch('times', '{15,Ann}'::text[], '{5,5}'::bigint[], '{a,b}');
SELECT * FROM engage.earn_batch('times', '{15,17}'::bigint[], '{5,5}'::bigint[], '{a,b}', at => '2099-01-01');
SELECT * FROM engage.earn_batch('times', '{15,17}'::bigint[], '{5,5}'::bigint[], '{a,b}', at => 'infinity');
SELECT status FROM engage.redeem_batch('times', '{1,1}'::bigint[], '{5,500}'::bigint[], '{b4,b5}', on_reject => 'raise');
SELECT status FROM engage.redeem_batch('times', '{1,1}'::bigint[], '{5,6}'::bigint[], '{b4,b4}');
SELECT * FROM engage.import_opening('times', '{15,17}'::bigint[], '{5,5}'::bigint[], '{a,b}', '{2026-01-01,2099-01-01}');
SELECT * FROM engage.import_opening('times', '{15,17}'::bigint[], '{5,5}'::bigint[], '{a,b}', '{2026-01-01,infinity}');
SELECT * FROM engage.import_opening('times', '{15,17}'::bigint[], '{5,5}'::bigint[], '{a,b}', '{2026-01-01}');
SELECT * FROM engage.import_opening('times', '{15,17}'::bigint[], '{5,5}'::bigint[], '{a,b}', '{2026-01-01,2026-01-02}', '{NULL,2025-12-31}');
-- the others do not
SELECT * FROM engage.earn('times', 17, -5, 'b');
\set SHOW_CONTEXT never

-- ------------------------------------------------------------ an erasure leaves no note
SELECT pg_temp.at('2026-01-23', $$earn('times', 2, 5, 'o1', note => 'he called')$$), pg_temp.at('2026-01-23', $$erase_member('times', 2, 'e1', reason => 'art. 17', note => 'he called again')$$);
SELECT count(*) FROM times.entry_note;
SELECT * FROM engage.ledger_verify('times');

-- ------------------------------------------------------------ what expires between two elements of one call
SET engage.now = '2026-03-31 23:59:59.999999';
SELECT engage.ledger_create('midnight', expires_on => '03-31', test_clock => true);
SELECT ord, status, available FROM engage.earn_batch('midnight', '{1,1}'::bigint[], '{35,53}'::bigint[], '{a,b}');
SELECT pg_temp.journal('midnight');
SELECT * FROM engage.ledger_verify('midnight');

-- ------------------------------------------------------------ what must be stated says something
SELECT engage.adjust('times', 15, 5, 'fix', reason => E' \t\n', actor => 'Ann');
SELECT engage.adjust('times', 15, 5, 'fix', reason => 'moved', actor => '');
SELECT engage.adjust('times', 15, 0, 'fix', reason => 'moved', actor => 'Ann');
SELECT engage.adjust('times', 15, -9223372036854775808, 'fix', reason => 'moved', actor => 'Ann');
SELECT engage.earn('times', 15, 5, 'fix', at => 'infinity');
CALL engage.reverse_batch('times', 'gift', reason => ' ');
CALL engage.reverse_batch('times', 'gift', reason => NULL);
CALL engage.reverse_batch('times', 'gift', 'wrong list', batch_size => 0);

-- ------------------------------------------------------------ a remembered refusal is an error for whom it shall be one
SELECT pg_temp.at('2026-03-01', $$redeem('times', 15, 9999, 'again')$$), pg_temp.at('2026-03-01', $$redeem('times', 15, 9999, 'again', reason => 'a retry', actor => 'till 7')$$);
SELECT engage.redeem('times', 15, 9999, 'again', on_reject => 'raise');
SELECT ord, status FROM engage.redeem_batch('times', '{15}'::bigint[], '{9999}'::bigint[], '{again}', on_reject => 'raise');
SELECT pg_temp.at('2026-03-01', $$redeem('times', 15, 9999, 'again')$$);
