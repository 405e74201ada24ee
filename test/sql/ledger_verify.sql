-- engage.ledger_verify(): sound books give no rows, and whatever is wrong with them is found.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET timezone = 'America/New_York'; -- must not matter
SELECT engage.ledger_create('ledger_verify', test_clock => true, expires_after => '30 days');
-- an empty one
SELECT * FROM engage.ledger_verify('ledger_verify');

-- ------------------------------------------------------------ a history
CREATE TEMP TABLE done (n serial, status text);
SET engage.now = '2026-01-01 00:00:00+00';
SELECT engage.point_value_set('ledger_verify', 0.005, 'USD');
INSERT INTO done (status) SELECT status FROM engage.earn('ledger_verify', 1, 100, 'order-1');
INSERT INTO done (status) SELECT status FROM engage.earn('ledger_verify', 1, 50, 'review-1', note => 'thanks for the review', reason => 'review', actor => 'alice', batch => 'b1');
INSERT INTO done (status) SELECT status FROM engage.earn('ledger_verify', 1, 70, 'order-2', available_at => '2026-01-05 00:00:00+00');
INSERT INTO done (status) SELECT status FROM engage.redeem('ledger_verify', 1, 120, 'use-1');
INSERT INTO done (status) SELECT status FROM engage.redeem('ledger_verify', 1, 500, 'use-2');
INSERT INTO done (status) SELECT status FROM engage.hold('ledger_verify', 1, 20, 'hold-1', ttl => '1 hour');
INSERT INTO done (status) SELECT status FROM engage.capture('ledger_verify', 1, 5, 'capture-1', final => false);
INSERT INTO done (status) SELECT status FROM engage.capture('ledger_verify', 1, 5, 'capture-2');
INSERT INTO done (status) SELECT status FROM engage.hold('ledger_verify', 1, 10, 'hold-2', ttl => '1 hour');
INSERT INTO done (status) SELECT status FROM engage.release('ledger_verify', 2, 'release-1');
INSERT INTO done (status) SELECT status FROM engage.hold('ledger_verify', 1, 10, 'hold-3', ttl => '1 hour');
SET engage.now = '2026-01-06 00:00:00+00';
INSERT INTO done (status) SELECT status FROM engage.cancel_redemption('ledger_verify', 1, 'use-1', 'cancel-1', 60);
INSERT INTO done (status) SELECT status FROM engage.reverse_earn('ledger_verify', 1, 'order-1', 'refund-1', 30);
INSERT INTO done (status) SELECT status FROM engage.adjust('ledger_verify', 1, 25, 'adjust-1', reason => 'gift', actor => 'bob');
INSERT INTO done (status) SELECT status FROM engage.adjust('ledger_verify', 1, -5, 'adjust-2', reason => 'oops', actor => 'bob');
INSERT INTO done (status) SELECT status FROM engage.extend_expiry('ledger_verify', 1, '2027-01-01 00:00:00+00', 'extend-1', source_ref => 'order-2');
INSERT INTO done (status) SELECT status FROM engage.block_member('ledger_verify', 1, 'block-1', reason => 'suspected');
INSERT INTO done (status) SELECT status FROM engage.earn('ledger_verify', 1, 5, 'order-3');
INSERT INTO done (status) SELECT status FROM engage.unblock_member('ledger_verify', 1, 'unblock-1', reason => 'cleared');
-- debt, and what repays it
INSERT INTO done (status) SELECT status FROM engage.earn('ledger_verify', 2, 100, 'order-1');
INSERT INTO done (status) SELECT status FROM engage.redeem('ledger_verify', 2, 90, 'use-1');
INSERT INTO done (status) SELECT status FROM engage.reverse_earn('ledger_verify', 2, 'order-1', 'refund-1');
INSERT INTO done (status) SELECT status FROM engage.earn('ledger_verify', 2, 40, 'order-2');
INSERT INTO done (status) SELECT status FROM engage.earn('ledger_verify', 2, 80, 'order-3');
-- activation, and points that were past when they were granted
INSERT INTO done (status) SELECT status FROM engage.earn('ledger_verify', 3, 10, 'order-1', available_at => 'infinity', expires_at => '2027-01-01 00:00:00+00');
INSERT INTO done (status) SELECT status FROM engage.activate('ledger_verify', 3, 'order-1', 'activate-1');
INSERT INTO done (status) SELECT status FROM engage.earn('ledger_verify', 3, 10, 'order-2', at => '2025-11-01 00:00:00+00');
SELECT engage.point_value_set('ledger_verify', 0.01, 'USD', cost_value => 0.008, expected_redemption_pct => 80);
SET engage.now = '2026-02-15 00:00:00+00';
SELECT engage.point_value_set('ledger_verify', 0.012, 'USD', cost_value => 0.008, expected_redemption_pct => 80.5);
INSERT INTO done (status) SELECT status FROM engage.earn('ledger_verify', 1, 30, 'order-4');
INSERT INTO done (status) SELECT status FROM engage.hold('ledger_verify', 1, 40, 'hold-4', ttl => '1 day');
SELECT string_agg(status, ' ' ORDER BY n) AS statuses FROM done;
SELECT member, seq, kind, amount, available_after, coalesce(pending_after, 0) AS pending_after, coalesce(held_after, 0) AS held_after, coalesce(debt_after, 0) AS debt_after, request_seq, reverses_seq AS reverses, hold_id FROM ledger_verify.entry ORDER BY member, seq;

-- all is well, and the runs are recorded
SELECT * FROM engage.ledger_verify('ledger_verify');
SELECT * FROM engage.ledger_verify('ledger_verify', ARRAY['chain', 'keys']);
SELECT job, started_at <= clock_timestamp() AND started_at > clock_timestamp() - interval '1 hour' AS started, finished_at >= started_at AS finished, members, entries, findings, detail FROM ledger_verify.job_run ORDER BY run_id;
-- but not in a transaction that only reads
BEGIN READ ONLY;
SELECT * FROM engage.ledger_verify('ledger_verify');
SELECT count(*) AS runs FROM ledger_verify.job_run;
COMMIT;
-- it sees what its own transaction did, and one snapshot of the rest
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT status, seq FROM engage.earn('ledger_verify', 4, 10, 'order-1');
SELECT * FROM engage.ledger_verify('ledger_verify');
ROLLBACK;
-- each check by itself finds nothing
SELECT c AS "check", (SELECT count(*) FROM engage.ledger_verify('ledger_verify', ARRAY[c])) AS findings
FROM unnest(ARRAY['house', 'spendable', 'counters', 'sequence', 'time_order', 'lot_uses', 'entry_uses', 'lot_bounds', 'balance_signs', 'holds', 'hold_resolution', 'reversals', 'keys', 'budgets',
  'closed_period', 'chain', 'identity', 'tiers', 'replay', 'as_of', 'orphans']) c;
-- the comment names all of them
SELECT c AS "not in the comment" FROM unnest(string_to_array('house spendable counters sequence time_order lot_uses entry_uses lot_bounds balance_signs holds hold_resolution reversals keys budgets closed_period chain identity tiers replay as_of orphans', ' ')) c
WHERE obj_description('engage.ledger_verify(text, text[])'::regprocedure) !~ ('\n' || c || '( \(I\d+\))?: ');

-- by the numbers of the invariants, too
SELECT count(*) AS checks, sum((SELECT count(*) FROM engage.ledger_verify('ledger_verify', ARRAY['I' || i]))) AS findings FROM generate_series(1, 20) i;
SELECT detail FROM ledger_verify.job_run ORDER BY run_id DESC LIMIT 1;

-- ------------------------------------------------------------ errors
SELECT * FROM engage.ledger_verify(NULL);
SELECT * FROM engage.ledger_verify('ledger_verify', ARRAY['I21']);
SELECT * FROM engage.ledger_verify('ledger_verify', ARRAY['-']);
SELECT * FROM engage.ledger_verify('nowhere');
SELECT * FROM engage.ledger_verify('ledger_verify', ARRAY['chains']);
SELECT * FROM engage.ledger_verify('ledger_verify', ARRAY['chain', NULL]);
SELECT * FROM engage.ledger_verify('ledger_verify', '{}');

-- ------------------------------------------- the chain, by SQL alone
CREATE FUNCTION pg_temp.t(text) RETURNS bytea LANGUAGE sql AS $$ SELECT int4send(octet_length(convert_to($1, 'UTF8'))) || convert_to($1, 'UTF8') $$;
CREATE FUNCTION pg_temp.n(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT coalesce('\x01'::bytea || $1, '\x00') $$;
CREATE FUNCTION pg_temp.wrong_hashes(ledger text, member_bytes text) RETURNS TABLE (entries bigint, wrong bigint, wrong_heads bigint) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format($sql$
    WITH h AS (
      SELECT e.member, e.seq, e.hash, sha256(
        coalesce(lag(e.hash) OVER (PARTITION BY e.member ORDER BY e.seq), decode(repeat('00', 32), 'hex'))
        || %2$s || int8send(e.seq) || pg_temp.t(e.kind) || int8send(e.amount) || int8send(e.available_after)
        || int8send(coalesce(e.pending_after, 0)) || int8send(coalesce(e.held_after, 0)) || int8send(coalesce(e.debt_after, 0))
        || timestamptz_send(e.recorded_at) || pg_temp.n(timestamptz_send(e.effective_at)) || pg_temp.n(int8send(e.request_hash)) || pg_temp.n(int8send(e.request_seq)) || pg_temp.n(int8send(e.reverses_seq))
        || pg_temp.n(int8send(e.hold_id)) || pg_temp.n(timestamptz_send(e.until)) || pg_temp.n(pg_temp.t(e.key)) || pg_temp.n(pg_temp.t(e.source_ref)) || pg_temp.n(pg_temp.t(e.rule)) || pg_temp.n(pg_temp.t(e.campaign))
        || pg_temp.n(pg_temp.t(e.batch)) || pg_temp.n(pg_temp.t(e.basis::text)) || pg_temp.n(pg_temp.t(e.rate)) || pg_temp.n(pg_temp.t(e.reason)) || pg_temp.n(pg_temp.t(e.actor)) || pg_temp.t(e.session_role)
        || pg_temp.n(pg_temp.t(e.acting_role)) || pg_temp.n(int4send(octet_length(e.note_hash)) || e.note_hash)
        || pg_temp.n((SELECT int8send(l.granted) || timestamptz_send(coalesce(l.initial_available_at, l.available_at)) || timestamptz_send(coalesce(l.initial_expires_at, l.expires_at))
                      FROM %1$I.lot l WHERE l.member = e.member AND l.lot_no = e.seq))
        || (SELECT int4send(count(*)::int) || coalesce(string_agg(int8send(u.lot_no) || pg_temp.t(u.action) || int8send(u.points), ''::bytea ORDER BY u.ordinal), '')
            FROM %1$I.lot_use u WHERE u.member = e.member AND u.seq = e.seq)) AS computed
      FROM %1$I.entry e)
    SELECT count(*), count(*) FILTER (WHERE h.hash <> h.computed), (SELECT count(*) FROM %1$I.account a WHERE a.chain_head IS DISTINCT FROM (SELECT h2.computed FROM h h2 WHERE h2.member = a.member ORDER BY h2.seq DESC LIMIT 1)) FROM h
  $sql$, ledger, member_bytes);
END $$;
SELECT * FROM pg_temp.wrong_hashes('ledger_verify', 'int8send(e.member)');
SELECT engage.ledger_create('ledger_verify_uuid', member_type => 'uuid', test_clock => true);
SELECT engage.ledger_create('ledger_verify_text', member_type => 'text', test_clock => true);
SELECT count(*) FROM generate_series(1, 20) i, engage.earn('ledger_verify_uuid', md5((i % 7)::text)::uuid, i, 'order-' || i);
SELECT count(*) FROM generate_series(1, 20) i, engage.earn('ledger_verify_text', (ARRAY['Zoë', 'zoe', 'Z', 'ΩΩ', 'a b', 'A', 'É'])[i % 7 + 1], i, 'Bestellung-ä-' || i, note => 'für ' || i);
SELECT * FROM pg_temp.wrong_hashes('ledger_verify_uuid', 'uuid_send(e.member)');
SELECT * FROM pg_temp.wrong_hashes('ledger_verify_text', $$convert_to(e.member, 'UTF8')$$);
SELECT * FROM engage.ledger_verify('ledger_verify_uuid');
SELECT * FROM engage.ledger_verify('ledger_verify_text');

-- ------------------------------------------------------------ erasure
BEGIN;
SELECT status FROM engage.erase_member('ledger_verify', 1, 'erase-1', reason => 'asked for');
SELECT count(*) AS notes FROM ledger_verify.entry_note;
SELECT * FROM engage.ledger_verify('ledger_verify');
ROLLBACK;

-- ------------------------------------------------------------ tampering
-- Does what it is told, past the triggers, and shows what the check says of it and which checks notice; then it is as before.
CREATE FUNCTION pg_temp.drill(target text, tampering text, ledger text DEFAULT 'ledger_verify') RETURNS TABLE (member text, seq bigint, lot_no bigint, place text, expected text, found text, noticed_by text) LANGUAGE plpgsql AS $$
DECLARE findings jsonb; noticed text;
BEGIN
  BEGIN
    SET LOCAL session_replication_role = replica;
    EXECUTE tampering;
    SELECT jsonb_agg(to_jsonb(v)) INTO findings FROM engage.ledger_verify(ledger, ARRAY[target]) v;
    SELECT string_agg(DISTINCT v.check_name, ' ') INTO noticed FROM engage.ledger_verify(ledger) v;
    RAISE EXCEPTION USING ERRCODE = 'ZZ999';
  EXCEPTION WHEN SQLSTATE 'ZZ999' THEN NULL;
  END;
  RETURN QUERY SELECT f.member, f.seq, f.lot_no, f.place, regexp_replace(f.expected, '^[0-9a-f]{64}$', '(hash)'), regexp_replace(f.found, '^[0-9a-f]{64}$', '(hash)'), noticed
    FROM jsonb_to_recordset(findings) f(check_name text, member text, seq bigint, lot_no bigint, place text, expected text, found text);
  IF NOT FOUND THEN RETURN QUERY SELECT NULL::text, NULL::bigint, NULL::bigint, 'NOT NOTICED BY ' || target, NULL, NULL, noticed; END IF;
END $$;
-- the constraints there are would not let some of it happen
CREATE FUNCTION pg_temp.drop_constraints() RETURNS void LANGUAGE plpgsql AS $$
DECLARE c record;
BEGIN
  FOR c IN SELECT conrelid::regclass AS rel, conname FROM pg_constraint WHERE connamespace = 'ledger_verify'::regnamespace AND contype = 'c' AND conrelid <> 'ledger_verify.ledger_meta'::regclass LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.rel, c.conname);
  END LOOP;
END $$;
-- nor would this index, whose name the ledger must have
CREATE FUNCTION pg_temp.drop_unique() RETURNS void LANGUAGE sql AS $$
  DROP INDEX ledger_verify.entry_key; CREATE INDEX entry_key ON ledger_verify.entry (member, kind, key) WHERE key IS NOT NULL $$;
\pset format unaligned

-- house
SELECT * FROM pg_temp.drill('house', $$UPDATE ledger_verify.account SET available = available + 1000 WHERE member = 3$$);
SELECT * FROM pg_temp.drill('house', $$UPDATE ledger_verify.entry SET kind = 'gift' WHERE member = 3 AND seq = 4$$);
SELECT * FROM pg_temp.drill('house', $$UPDATE ledger_verify.entry SET kind = 'redeem' WHERE member = 3 AND seq = 4$$);
-- spendable
SELECT * FROM pg_temp.drill('spendable', $$UPDATE ledger_verify.lot SET remaining = remaining - 1 WHERE member = 3 AND lot_no = 1$$);
SELECT * FROM pg_temp.drill('spendable', $$UPDATE ledger_verify.lot SET is_pending = true WHERE member = 3 AND lot_no = 1$$);
-- counters
SELECT * FROM pg_temp.drill('counters', $$UPDATE ledger_verify.account SET available = 1000000 WHERE member = 3$$);
SELECT * FROM pg_temp.drill('counters', $$UPDATE ledger_verify.entry SET amount = 20 WHERE member = 3 AND seq = 1$$);
-- sequence
SELECT * FROM pg_temp.drill('sequence', $$DELETE FROM ledger_verify.entry WHERE member = 2 AND seq = 2$$);
SELECT * FROM pg_temp.drill('sequence', $$DELETE FROM ledger_verify.entry WHERE member = 1 AND seq = (SELECT max(seq) FROM ledger_verify.entry WHERE member = 1)$$);
SELECT * FROM pg_temp.drill('sequence', $$UPDATE ledger_verify.entry SET seq = 77 WHERE member = 2 AND seq = 5$$);
-- time_order
SELECT * FROM pg_temp.drill('time_order', $$UPDATE ledger_verify.entry SET recorded_at = '2026-01-01 00:00:00+00' WHERE member = 3 AND seq = 2$$);
SELECT * FROM pg_temp.drill('time_order', $$UPDATE ledger_verify.entry SET effective_at = '2026-05-01 00:00:00+00' WHERE member = 3 AND seq = 1$$);
SELECT * FROM pg_temp.drill('time_order', $$UPDATE ledger_verify.account SET last_recorded_at = '2027-01-01 00:00:00+00' WHERE member = 3$$);
-- lot_uses
SELECT * FROM pg_temp.drill('lot_uses', $$UPDATE ledger_verify.lot SET remaining = granted, is_open = true WHERE member = 2 AND lot_no = 1$$);
SELECT * FROM pg_temp.drill('lot_uses', $$UPDATE ledger_verify.lot_use SET lot_no = 3 WHERE member = 1 AND seq = 6$$);
-- entry_uses
SELECT * FROM pg_temp.drill('entry_uses', $$DELETE FROM ledger_verify.lot_use WHERE member = 2 AND seq = 2$$);
SELECT * FROM pg_temp.drill('entry_uses', $$UPDATE ledger_verify.lot_use SET action = 'expire' WHERE member = 2 AND seq = 2$$);
SELECT * FROM pg_temp.drill('entry_uses', $$UPDATE ledger_verify.lot_use SET points = points + 1 WHERE member = 2 AND action = 'repay_debt' AND seq = 4$$);
SELECT * FROM pg_temp.drill('entry_uses', $$UPDATE ledger_verify.lot SET granted = 11 WHERE member = 3 AND lot_no = 1$$);
SELECT * FROM pg_temp.drill('entry_uses', $$UPDATE ledger_verify.lot_use SET ordinal = 7 WHERE member = 2 AND seq = 2$$);
SELECT * FROM pg_temp.drill('entry_uses', $$SELECT pg_temp.drop_constraints(); UPDATE ledger_verify.lot_use SET action = 'gift' WHERE member = 2 AND seq = 2$$);
-- lot_bounds
SELECT * FROM pg_temp.drill('lot_bounds', $$SELECT pg_temp.drop_constraints(); UPDATE ledger_verify.lot SET remaining = 11 WHERE member = 3 AND lot_no = 1$$);
SELECT * FROM pg_temp.drill('lot_bounds', $$SELECT pg_temp.drop_constraints(); UPDATE ledger_verify.lot SET held = -1 WHERE member = 3 AND lot_no = 1$$);
SELECT * FROM pg_temp.drill('lot_bounds', $$SELECT pg_temp.drop_constraints(); UPDATE ledger_verify.lot SET is_open = false WHERE member = 3 AND lot_no = 1$$);
-- balance_signs
SELECT * FROM pg_temp.drill('balance_signs', $$SELECT pg_temp.drop_constraints(); UPDATE ledger_verify.account SET pending = -1 WHERE member = 3$$);
SELECT * FROM pg_temp.drill('balance_signs', $$UPDATE ledger_verify.entry SET debt_after = 5 WHERE member = 3 AND seq = 4$$);
-- holds
SELECT * FROM pg_temp.drill('holds', $$UPDATE ledger_verify.hold SET slices[1] = slices[1] - 1 WHERE hold_id = 4$$);
SELECT * FROM pg_temp.drill('holds', $$UPDATE ledger_verify.hold SET lots = lots || 1::bigint WHERE hold_id = 4$$);
SELECT * FROM pg_temp.drill('holds', $$UPDATE ledger_verify.hold SET points = 50 WHERE hold_id = 4$$);
SELECT * FROM pg_temp.drill('holds', $$UPDATE ledger_verify.hold SET state = 'released', released = points WHERE hold_id = 4$$);
-- hold_resolution
SELECT * FROM pg_temp.drill('hold_resolution', $$UPDATE ledger_verify.hold SET captured = 11, released = 9 WHERE hold_id = 1$$);
SELECT * FROM pg_temp.drill('hold_resolution', $$UPDATE ledger_verify.hold SET state = 'captured' WHERE hold_id = 2$$);
SELECT * FROM pg_temp.drill('hold_resolution', $$UPDATE ledger_verify.hold SET expires_at = '2026-01-01 00:00:00+00' WHERE hold_id = 1$$);
SELECT * FROM pg_temp.drill('hold_resolution', $$UPDATE ledger_verify.entry SET hold_id = 1 WHERE member = 1 AND kind = 'hold_expire'$$);
-- reversals
SELECT * FROM pg_temp.drill('reversals', $$UPDATE ledger_verify.entry SET amount = -101 WHERE member = 2 AND seq = 3$$);
SELECT * FROM pg_temp.drill('reversals', $$UPDATE ledger_verify.entry SET reverses_seq = 2 WHERE member = 2 AND seq = 3$$);
SELECT * FROM pg_temp.drill('reversals', $$UPDATE ledger_verify.lot_use SET points = points + 100 WHERE member = 1 AND action = 'restore' AND lot_no = 1$$);
-- keys
SELECT * FROM pg_temp.drill('keys', $$SELECT pg_temp.drop_unique(); UPDATE ledger_verify.entry SET key = 'order-2', source_ref = 'x' WHERE member = 2 AND seq = 5$$);
SELECT * FROM pg_temp.drill('keys', $$UPDATE ledger_verify.entry SET source_ref = 'order-2' WHERE member = 2 AND seq = 5$$);
SELECT * FROM pg_temp.drill('keys', $$UPDATE ledger_verify.entry SET key = NULL WHERE member = 2 AND seq = 5$$);
SELECT * FROM pg_temp.drill('keys', $$UPDATE ledger_verify.entry SET request_hash = 1 WHERE kind = 'mature' AND member = 1$$);
SELECT * FROM pg_temp.drill('keys', $$UPDATE ledger_verify.entry SET request_seq = 1 WHERE member = 3 AND seq = 5$$);
SELECT * FROM pg_temp.drill('keys', $$UPDATE ledger_verify.refusal SET key = 'use-1' WHERE member = 1 AND key = 'use-2'$$);
SELECT * FROM pg_temp.drill('keys', $$DELETE FROM ledger_verify.refusal WHERE member = 1 AND key = 'use-2'$$);
SELECT * FROM pg_temp.drill('keys', $$UPDATE ledger_verify.account SET refusals = 0 WHERE member = 1$$);
SELECT * FROM pg_temp.drill('keys', $$UPDATE ledger_verify.account SET has_sources = NOT has_sources WHERE member = 1$$);
-- budgets
SELECT * FROM pg_temp.drill('budgets', $$INSERT INTO ledger_verify.campaign (campaign, starts_at, ends_at, bonus_points, budget) VALUES ('spring', '2026-01-01', '2026-02-01', 10, 100);
  INSERT INTO ledger_verify.campaign_budget VALUES ('spring', 1, 60, 0), ('spring', 2, 60, 0)$$);
SELECT * FROM pg_temp.drill('budgets', $$INSERT INTO ledger_verify.campaign (campaign, starts_at, ends_at, bonus_points, budget) VALUES ('spring', '2026-01-01', '2026-02-01', 10, 100);
  INSERT INTO ledger_verify.campaign_budget VALUES ('spring', 1, 50, 20), ('spring', 2, 50, 0)$$);
SELECT * FROM pg_temp.drill('budgets', $$SELECT pg_temp.drop_constraints(); INSERT INTO ledger_verify.campaign_budget VALUES ('gone', 1, 0, 20)$$);
-- closed_period
SELECT * FROM pg_temp.drill('closed_period', $$INSERT INTO ledger_verify.period_close VALUES ('2025-12-01 00:00:00+00', '2025-12-15 00:00:00+00', 'auditor'); UPDATE ledger_verify.ledger_meta SET closed_until = '2025-12-01 00:00:00+00'$$);
SELECT * FROM pg_temp.drill('closed_period', $$INSERT INTO ledger_verify.period_close VALUES ('2026-01-01 00:00:00+00', '2026-02-15 00:00:00+00', 'auditor')$$);
-- chain
SELECT * FROM pg_temp.drill('chain', $$UPDATE ledger_verify.entry SET reason = 'something else' WHERE member = 1 AND seq = 2$$);
SELECT * FROM pg_temp.drill('chain', $$UPDATE ledger_verify.entry SET actor = 'mallory' WHERE member = 1 AND seq = 2$$);
SELECT * FROM pg_temp.drill('chain', $$UPDATE ledger_verify.entry SET source_ref = '' WHERE member = 2 AND seq = 1$$);
SELECT * FROM pg_temp.drill('chain', $$UPDATE ledger_verify.entry SET reverses_seq = 0 WHERE member = 2 AND seq = 1$$);
SELECT * FROM pg_temp.drill('chain', $$UPDATE ledger_verify.entry SET hash = sha256(hash) WHERE member = 2 AND seq = 4$$);
SELECT * FROM pg_temp.drill('chain', $$UPDATE ledger_verify.entry SET hash = '\x00' WHERE member = 2 AND seq = 4$$);
SELECT * FROM pg_temp.drill('chain', $$UPDATE ledger_verify.account SET chain_head = sha256(chain_head) WHERE member = 2$$);
SELECT * FROM pg_temp.drill('chain', $$UPDATE ledger_verify.entry_note SET note = 'a bad review'$$);
SELECT * FROM pg_temp.drill('chain', $$UPDATE ledger_verify.lot SET initial_expires_at = NULL WHERE member = 1 AND lot_no = 3$$);
-- the order in which lots were used
SELECT * FROM pg_temp.drill('chain', $$UPDATE ledger_verify.lot_use SET ordinal = 3 - ordinal WHERE member = 1 AND seq = 4$$);
-- every column of an entry is part of its hash
SELECT attname AS column, (SELECT string_agg(DISTINCT d.place || ' of ' || d.seq, ', ') FROM pg_temp.drill('chain', format('UPDATE ledger_verify.entry SET %I = %s WHERE member = 1 AND seq = 2', attname,
    CASE WHEN attname = 'kind' THEN '''opening''' WHEN atttypid = 'bytea'::regtype THEN format('sha256(coalesce(%I, ''''))', attname) WHEN atttypid = 'text'::regtype THEN format('coalesce(%I, '''') || ''!''', attname)
         WHEN atttypid = 'timestamptz'::regtype THEN format('coalesce(%I, ''2026-01-01'') + ''1 microsecond''', attname) ELSE format('coalesce(%I, 0) + 1', attname) END)) d) AS noticed
FROM pg_attribute WHERE attrelid = 'ledger_verify.entry'::regclass AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('member', 'seq') ORDER BY attnum;
-- a whole history moved to another member, hashes and all
SELECT * FROM pg_temp.drill('chain', $$UPDATE ledger_verify.entry SET member = 9 WHERE member = 3; UPDATE ledger_verify.lot SET member = 9 WHERE member = 3; UPDATE ledger_verify.lot_use SET member = 9 WHERE member = 3; UPDATE ledger_verify.account SET member = 9 WHERE member = 3$$);
-- point values
SELECT * FROM pg_temp.drill('chain', $$UPDATE ledger_verify.point_value SET face_value = 0.02 WHERE face_value = 0.01$$);
SELECT * FROM pg_temp.drill('chain', $$UPDATE ledger_verify.point_value SET valid_from = '2026-01-15 00:00:00+00' WHERE face_value = 0.01$$);
SELECT * FROM pg_temp.drill('chain', $$DELETE FROM ledger_verify.point_value WHERE face_value = 0.005$$);
SELECT * FROM pg_temp.drill('chain', $$DELETE FROM ledger_verify.point_value WHERE face_value = 0.01$$);
SELECT * FROM pg_temp.drill('chain', $$DELETE FROM ledger_verify.point_value WHERE face_value = 0.012$$);
SELECT * FROM pg_temp.drill('chain', $$INSERT INTO ledger_verify.point_value VALUES ('2026-06-01', 1, 1, 'USD', 100, sha256(''))$$);
-- identity
SELECT * FROM pg_temp.drill('identity', $$UPDATE ledger_verify.account SET earned = earned + 1 WHERE member = 3$$);
SELECT * FROM pg_temp.drill('identity', $$UPDATE ledger_verify.account SET expired = 0 WHERE member = 3$$);
-- tiers
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify.account SET tier = 'gold' WHERE member = 3$$);
\pset format aligned
SELECT engage.ledger_create('ledger_verify_club', test_clock => true, time_zone => 'Pacific/Auckland');
SET engage.now = '2026-01-01 12:00:00+00';
SELECT engage.rule_set('ledger_verify_club', 'purchase', 'purchase', rate_points => 1, rate_basis => 2.5), engage.campaign_set('ledger_verify_club', 'spring', '2026-01-01 00:00:00+00', '2026-02-01 00:00:00+00', multiplier => 2, budget => 100);
SELECT string_agg(status, ' ') AS statuses FROM generate_series(1, 9) i, engage.earn_for('ledger_verify_club', i % 3, 'purchase', 19.99 + i, 'order-' || i);
SELECT engage.tier_set('ledger_verify_club', 'silver', 1, 40), engage.tier_set('ledger_verify_club', 'gold', 2, 60, multiplier => 3, multiplier_den => 2), engage.tier_set('ledger_verify_club', 'founder', 3, invite_only => true);
SET engage.now = '2026-01-05 12:00:00+00';
SELECT string_agg(status, ' ') AS statuses FROM generate_series(10, 15) i, engage.earn_for('ledger_verify_club', i % 3, 'purchase', 19.99 + i, 'order-' || i);
SELECT status FROM engage.earn('ledger_verify_club', 2, 5, 'review-1');
SELECT status FROM engage.grant_tier('ledger_verify_club', 1, 'founder', 'invitation-1', until => '2026-03-01 00:00:00+00');
SELECT status FROM engage.reverse_earn('ledger_verify_club', 0, 'order-12', 'refund-1', remaining_basis => 10);
SELECT status FROM engage.reverse_earn('ledger_verify_club', 0, 'order-3', 'refund-2');
SET engage.now = '2027-02-01 00:00:00+00';
CALL engage.expire_points('ledger_verify_club');
SELECT member, change_no, tier, previous_tier, effective_at AT TIME ZONE 'UTC' AS effective_at, reason FROM ledger_verify_club.tier_history ORDER BY member, change_no;
SELECT * FROM ledger_verify_club.tally ORDER BY member, source COLLATE "C", day;
SELECT * FROM engage.ledger_verify('ledger_verify_club');
SELECT * FROM pg_temp.wrong_hashes('ledger_verify_club', 'int8send(e.member)');
\pset format unaligned
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_club.tally SET points = points + 500 WHERE member = 2 AND source = 'earn'$$, 'ledger_verify_club');
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_club.tally SET awards = awards + 1, basis = basis + 0.01, qualifying = false WHERE member = 0 AND source = 'rule:purchase' AND day = '2026-01-06'$$, 'ledger_verify_club');
SELECT * FROM pg_temp.drill('tiers', $$DELETE FROM ledger_verify_club.tally WHERE member = 0 AND source = 'rule:purchase' AND day = '2026-01-02'$$, 'ledger_verify_club');
SELECT * FROM pg_temp.drill('tiers', $$INSERT INTO ledger_verify_club.tally VALUES (0, 'tier:gold', '2026-01-03', 1, 0, 0, true)$$, 'ledger_verify_club');
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_club.tier_history SET tier = 'silver' WHERE member = 0 AND change_no = 1$$, 'ledger_verify_club');
SELECT * FROM pg_temp.drill('tiers', $$DELETE FROM ledger_verify_club.tier_history WHERE member = 1 AND reason = 'granted'$$, 'ledger_verify_club');
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_club.tier_history SET recorded_at = '2026-01-01 00:00:00+00' WHERE member = 1 AND change_no = 2$$, 'ledger_verify_club');
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_club.account SET tier_due_at = 'infinity' WHERE member = 0$$, 'ledger_verify_club');
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_club.account SET tier_in_grace = true WHERE member = 0$$, 'ledger_verify_club');
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_club.tier_history SET effective_at = effective_at - interval '1 day' WHERE member = 0 AND change_no = 1$$, 'ledger_verify_club');
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_club.tier_history SET effective_at = effective_at - interval '1 day', recorded_at = recorded_at - interval '1 day' WHERE member = 0 AND change_no = 1$$, 'ledger_verify_club');
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_club.tier_history SET effective_at = effective_at + interval '1 day' WHERE reason = 'downgraded' AND change_no = 2$$, 'ledger_verify_club');
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_club.tier_history SET effective_at = effective_at - interval '1 day' WHERE reason = 'downgraded' AND change_no = 2$$, 'ledger_verify_club');
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_club.tier_history SET effective_at = effective_at - interval '1 day' WHERE reason = 'grant_ended'$$, 'ledger_verify_club');
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_club.tier_history SET until = 'infinity' WHERE reason = 'granted'$$, 'ledger_verify_club');
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_club.tier_history SET until = until - interval '1 day' WHERE reason = 'granted'$$, 'ledger_verify_club');
SELECT * FROM pg_temp.drill('keys', $$UPDATE ledger_verify_club.entry SET source_ref = 'order-12' WHERE member = 0 AND key = 'purchase:order-15'$$, 'ledger_verify_club');
SELECT * FROM pg_temp.drill('budgets', $$UPDATE ledger_verify_club.campaign_budget SET issued = issued - 1 WHERE slot = (SELECT min(slot) FROM ledger_verify_club.campaign_budget WHERE issued > 0)$$, 'ledger_verify_club');
SELECT * FROM pg_temp.drill('budgets', $$UPDATE ledger_verify_club.campaign SET budget = 99$$, 'ledger_verify_club');
SELECT * FROM pg_temp.drill('budgets', $$DELETE FROM ledger_verify_club.campaign_budget$$, 'ledger_verify_club');
-- tiers that are granted and earned at once: what happens to the one that nobody sees is in no row
\pset format aligned
SET engage.now = '2026-01-10 00:00:00+00';
SELECT engage.ledger_create('ledger_verify_both', test_clock => true, tier_period => '30 days', tier_grace => '20 days', tier_downgrade => 'recompute');
SELECT engage.tier_set('ledger_verify_both', 'silver', 10, 100), engage.tier_set('ledger_verify_both', 'vip', 15, invite_only => true), engage.tier_set('ledger_verify_both', 'gold', 20, 1000);
SELECT string_agg(status, ' ') AS statuses FROM generate_series(1, 5) m, engage.earn('ledger_verify_both', m, CASE WHEN m < 4 THEN 150 ELSE 1000 END, 'order-1');
SELECT status FROM engage.grant_tier('ledger_verify_both', 1, 'vip', 'grant-1', until => '2026-02-20 00:00:00+00'); -- in grace before the grant ends
SELECT status FROM engage.grant_tier('ledger_verify_both', 5, 'silver', 'grant-1', until => '2026-02-05 00:00:00+00'); -- which is never his tier
SET engage.now = '2026-02-12 00:00:00+00';
CALL engage.expire_points('ledger_verify_both');
SELECT status FROM engage.grant_tier('ledger_verify_both', 2, 'vip', 'grant-1'); -- while he is in grace
SELECT status FROM engage.grant_tier('ledger_verify_both', 3, 'silver', 'grant-1', until => '2026-02-20 00:00:00+00'); -- what he has already
SELECT status FROM engage.grant_tier('ledger_verify_both', 5, 'silver', 'grant-2', until => '2026-02-21 00:00:00+00');
SET engage.now = '2026-02-22 00:00:00+00';
SELECT status FROM engage.revoke_tier('ledger_verify_both', 2, 'revoke-1');
SELECT * FROM engage.ledger_verify('ledger_verify_both');
CALL engage.expire_points('ledger_verify_both');
SELECT * FROM engage.ledger_verify('ledger_verify_both');
SELECT member, tier, tier_in_grace, earned_due_at AT TIME ZONE 'UTC' AS earned_due_at FROM ledger_verify_both.account ORDER BY member;
-- new rules make a review that was due long ago one of now
SET engage.now = '2026-03-05 00:00:00+00';
SELECT engage.ledger_alter('ledger_verify_both', tier_grace => '3 days');
SELECT * FROM engage.ledger_verify('ledger_verify_both');
CALL engage.expire_points('ledger_verify_both');
SELECT * FROM engage.ledger_verify('ledger_verify_both');
SELECT member, change_no, tier, effective_at AT TIME ZONE 'UTC' AS effective_at, until AT TIME ZONE 'UTC' AS until, reason FROM ledger_verify_both.tier_history WHERE member IN (1, 3) ORDER BY member, change_no;
SELECT string_agg(status, ' ') AS statuses FROM generate_series(4, 5) m, engage.grant_tier('ledger_verify_both', m, 'silver', 'grant-3', until => '2026-04-01 00:00:00+00');
SELECT status FROM engage.revoke_tier('ledger_verify_both', 5, 'revoke-1');
SELECT * FROM engage.ledger_verify('ledger_verify_both');
\pset format unaligned
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_both.account SET tier_in_grace = false WHERE member = 4$$, 'ledger_verify_both');
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_both.account SET tier_in_grace = false WHERE member = 5$$, 'ledger_verify_both');
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_both.account SET granted_until = granted_until + interval '1 day' WHERE member = 4$$, 'ledger_verify_both');
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_both.tier_history SET until = '2026-06-01 00:00:00+00' WHERE member = 2 AND reason = 'granted'$$, 'ledger_verify_both');
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_both.tier_history SET until = until + interval '1 day' WHERE member = 3 AND reason = 'granted'$$, 'ledger_verify_both');
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_both.tier_history SET until = until + interval '1 day' WHERE member = 5 AND change_no = (SELECT max(change_no) - 1 FROM ledger_verify_both.tier_history WHERE member = 5)$$, 'ledger_verify_both');
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_both.tier_history SET until = until + interval '1 day' WHERE member = 5 AND reason = 'revoked'; UPDATE ledger_verify_both.account SET earned_due_at = earned_due_at + interval '1 day', tier_due_at = tier_due_at + interval '1 day' WHERE member = 5$$, 'ledger_verify_both');
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_both.tier_history SET until = until + interval '1 day' WHERE member = 3 AND reason = 'rules_changed'$$, 'ledger_verify_both');
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_both.tier_history SET effective_at = '2026-02-25 00:00:00+00', until = '2026-02-25 00:00:00+00' WHERE member = 3 AND reason = 'rules_changed'$$, 'ledger_verify_both');
SELECT * FROM pg_temp.drill('tiers', $$UPDATE ledger_verify_both.tier_history SET tier = 'gold' WHERE member = 2 AND reason = 'granted'; UPDATE ledger_verify_both.tier_history SET previous_tier = 'gold' WHERE member = 2 AND reason = 'revoked'$$, 'ledger_verify_both');
SET engage.now = '2026-02-15 00:00:00+00';
-- replay
SELECT * FROM pg_temp.drill('replay', $$UPDATE ledger_verify.entry SET available_after = available_after + 5, amount = amount + 5 WHERE member = 2 AND seq = 1$$);
SELECT * FROM pg_temp.drill('replay', $$UPDATE ledger_verify.lot SET expires_at = '2030-01-01 00:00:00+00' WHERE member = 1 AND lot_no = 3$$);
SELECT * FROM pg_temp.drill('replay', $$UPDATE ledger_verify.lot SET available_at = '2026-01-07 00:00:00+00' WHERE member = 3 AND lot_no = 1$$);
SELECT * FROM pg_temp.drill('replay', $$UPDATE ledger_verify.account SET blocked = true WHERE member = 1$$);
SELECT * FROM pg_temp.drill('replay', $$UPDATE ledger_verify.account SET next_due_at = 'infinity' WHERE member = 1$$);
SELECT * FROM pg_temp.drill('replay', $$UPDATE ledger_verify.account SET joined_at = joined_at - interval '1 year' WHERE member = 1$$);
SELECT * FROM pg_temp.drill('replay', $$UPDATE ledger_verify.account SET joined_at = joined_at + interval '1 us' WHERE member = 1$$);
SELECT * FROM pg_temp.drill('replay', $$UPDATE ledger_verify.account SET inactive_at = '2030-01-01 00:00:00+00' WHERE member = 1$$);
-- points that expire for inactivity
\pset format aligned
SET engage.now = '2026-01-01 00:00:00+00';
SELECT engage.ledger_create('ledger_verify_idle', test_clock => true, expires_inactive => '20 days', time_zone => 'America/New_York');
SELECT string_agg(status, ' ') AS statuses FROM generate_series(1, 7) m, engage.earn('ledger_verify_idle', m, 100, 'order-1', available_at => CASE m WHEN 7 THEN timestamptz '2026-01-05 00:00:00+00' END);
SET engage.now = '2026-01-10 00:00:00+00';
SELECT string_agg(status, ' ') AS statuses FROM unnest(ARRAY[2, 3, 7]) m, engage.redeem('ledger_verify_idle', m, 100, 'use-1');
SELECT string_agg(status, ' ') AS statuses FROM engage.adjust('ledger_verify_idle', 4, 5, 'gift', reason => 'no activity', actor => 'me');
SELECT string_agg(status, ' ') AS statuses FROM engage.earn('ledger_verify_idle', 5, 5, 'order-2', at => '2026-01-03 00:00:00+00');
SELECT string_agg(status, ' ') AS statuses FROM engage.earn('ledger_verify_idle', 8, 5, 'long ago', at => '2025-01-03 00:00:00+00');
SET engage.now = '2026-01-25 00:00:00+00';
SELECT string_agg(status, ' ') AS statuses FROM unnest(ARRAY[1, 3]) m, engage.adjust('ledger_verify_idle', m, 5, 'gift', reason => 'after inactivity', actor => 'me');
SELECT * FROM engage.ledger_verify('ledger_verify_idle');
SET engage.now = '2026-02-10 00:00:00+00';
-- (member 2 has nothing to lose: no entry)
CALL engage.expire_points('ledger_verify_idle', until => '2026-02-01 00:00:00+00');
SELECT string_agg(status, ' ') AS statuses FROM engage.earn('ledger_verify_idle', 6, 50, 'order-2');
SELECT member, inactive_at, next_due_at, available FROM ledger_verify_idle.account ORDER BY member;
SELECT * FROM engage.ledger_verify('ledger_verify_idle');
\pset format unaligned
SELECT * FROM pg_temp.drill('replay', $$UPDATE ledger_verify_idle.account SET inactive_at = inactive_at + interval '1 year', next_due_at = next_due_at + interval '1 year' WHERE member = 6$$, 'ledger_verify_idle');
SELECT * FROM pg_temp.drill('replay', $$UPDATE ledger_verify_idle.account SET inactive_at = 'infinity', next_due_at = 'infinity' WHERE member = 6$$, 'ledger_verify_idle');
SELECT * FROM pg_temp.drill('replay', $$UPDATE ledger_verify_idle.account SET next_due_at = next_due_at + interval '1 us' WHERE member = 6$$, 'ledger_verify_idle');
SELECT * FROM pg_temp.drill('replay', $$UPDATE ledger_verify_idle.account SET inactive_at = '2026-03-01 00:00:00+00', next_due_at = '2026-03-01 00:00:00+00' WHERE member = 1$$, 'ledger_verify_idle');
\pset format aligned
-- what was done by other settings gives any date until the latest there was (so that member 1's is not noticed before that)
SELECT engage.ledger_alter('ledger_verify_idle', expires_inactive => '5 days');
SELECT * FROM engage.ledger_verify('ledger_verify_idle');
SET engage.now = '2026-02-11 00:00:00+00';
SELECT string_agg(status, ' ') AS statuses FROM unnest(ARRAY[1, 6]) m, engage.earn('ledger_verify_idle', m, 50, 'order-3');
SELECT member, inactive_at FROM ledger_verify_idle.account WHERE member IN (1, 6) ORDER BY member;
SELECT * FROM engage.ledger_verify('ledger_verify_idle');
\pset format unaligned
SELECT * FROM pg_temp.drill('replay', $$UPDATE ledger_verify_idle.account SET inactive_at = inactive_at + interval '1 day' WHERE member = 6$$, 'ledger_verify_idle');
SELECT * FROM pg_temp.drill('replay', $$UPDATE ledger_verify_idle.account SET inactive_at = inactive_at + interval '1 day' WHERE member = 1$$, 'ledger_verify_idle');
-- and without such a rule
SELECT engage.ledger_alter('ledger_verify_idle', unset => '{expires_inactive}');
\pset format aligned
SELECT * FROM engage.ledger_verify('ledger_verify_idle');
SET engage.now = '2026-02-15 00:00:00+00';
\pset format unaligned
SELECT * FROM pg_temp.drill('replay', $$UPDATE ledger_verify_idle.account SET inactive_at = '2026-02-14 00:00:00+00' WHERE member = 1$$, 'ledger_verify_idle');
-- as_of
SELECT * FROM pg_temp.drill('as_of', $$UPDATE ledger_verify.entry SET available_after = available_after + 5 WHERE member = 2 AND seq = 1$$);
-- orphans
SELECT * FROM pg_temp.drill('orphans', $$DELETE FROM ledger_verify.account WHERE member = 1$$);
SELECT * FROM pg_temp.drill('orphans', $$DELETE FROM ledger_verify.entry WHERE member = 1 AND seq IN (1, 2, 4, 5)$$);
SELECT * FROM pg_temp.drill('orphans', $$DELETE FROM ledger_verify.lot WHERE member = 1 AND lot_no = 3$$);
SELECT * FROM pg_temp.drill('orphans', $$DELETE FROM ledger_verify.hold WHERE hold_id = 2$$);
SELECT * FROM pg_temp.drill('orphans', $$INSERT INTO ledger_verify.lot (member, lot_no, granted, remaining, available_at, expires_at, is_open) VALUES (3, 3, 10, 10, '2026-01-01', 'infinity', true)$$);
SELECT * FROM pg_temp.drill('orphans', $$INSERT INTO ledger_verify.entry_note VALUES (3, 77, 'forged')$$);
SELECT * FROM pg_temp.drill('orphans', $$UPDATE ledger_verify.refusal SET member = 77$$);
SELECT * FROM pg_temp.drill('orphans', $$INSERT INTO ledger_verify.tally VALUES (77, 'earn', '2026-01-06', 10, 1, 10, true)$$);
\pset format aligned
-- all of that was undone
SELECT * FROM engage.ledger_verify('ledger_verify');

-- a table that is not what it was
BEGIN;
ALTER TABLE ledger_verify.lot_use ALTER points TYPE numeric;
SELECT * FROM engage.ledger_verify('ledger_verify');
ROLLBACK;

-- ------------------------------------------------------------ rights
CREATE ROLE ledger_verify_reader;
SET ROLE ledger_verify_reader;
SELECT * FROM engage.ledger_verify('ledger_verify');
RESET ROLE;
GRANT USAGE ON SCHEMA ledger_verify TO ledger_verify_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA ledger_verify TO ledger_verify_reader;
REVOKE SELECT ON ledger_verify.refusal FROM ledger_verify_reader;
SET ROLE ledger_verify_reader;
SELECT * FROM engage.ledger_verify('ledger_verify');
RESET ROLE;
GRANT SELECT ON ledger_verify.refusal TO ledger_verify_reader;
-- a reader's run is recorded, though he may not write; his settings and his name are back afterwards
SELECT count(*) AS runs FROM ledger_verify.job_run \gset
SET ROLE ledger_verify_reader;
SET search_path = pg_temp, public;
SET work_mem = '1MB';
SELECT * FROM engage.ledger_verify('ledger_verify');
SELECT current_user, current_setting('search_path') AS search_path, current_setting('work_mem') AS work_mem, current_setting('enable_indexscan') AS enable_indexscan;
SELECT count(*) - :runs AS runs FROM ledger_verify.job_run;
INSERT INTO ledger_verify.job_run (job, started_at) VALUES ('forged', now());
RESET search_path;
RESET work_mem;
RESET ROLE;
-- row-level security that would hide something, from the caller or from the owner
ALTER TABLE ledger_verify.refusal ENABLE ROW LEVEL SECURITY;
SELECT * FROM engage.ledger_verify('ledger_verify');
SET ROLE ledger_verify_reader;
SELECT * FROM engage.ledger_verify('ledger_verify');
RESET ROLE;
ALTER TABLE ledger_verify.refusal DISABLE ROW LEVEL SECURITY;

SELECT engage.ledger_drop('ledger_verify', force => true);
SELECT engage.ledger_drop('ledger_verify_uuid', force => true);
SELECT engage.ledger_drop('ledger_verify_text', force => true);
SELECT engage.ledger_drop('ledger_verify_club', force => true);
SELECT engage.ledger_drop('ledger_verify_both', force => true);
SELECT engage.ledger_drop('ledger_verify_idle', force => true);
DROP OWNED BY ledger_verify_reader;
DROP ROLE ledger_verify_reader;
