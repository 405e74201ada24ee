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
