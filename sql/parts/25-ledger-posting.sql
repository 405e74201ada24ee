-- Ledger room: posting and reading.
--
-- Every mutating call answers with one row: the status ("ok", or why not), the member's last seq, the
-- balances after it, and whether this was a replay of an earlier request with the same key.

CREATE FUNCTION engage.earn(ledger text, member bigint, points bigint, key text, source_ref text DEFAULT NULL, at timestamptz DEFAULT NULL, available_at timestamptz DEFAULT NULL, expires_at timestamptz DEFAULT NULL, batch text DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_earn';
COMMENT ON FUNCTION engage.earn(text, bigint, bigint, text, text, timestamptz, timestamptz, timestamptz, text, text, text, text, text) IS
  'Grants points (at least 1) to a member as a lot of its own. source_ref, by default the key, names what they are for and earns only once (status already_awarded); at is when they were earned (default now, not in the future); available_at and expires_at override the policy of the ledger; batch names a campaign for reverse_batch(). Points that become available repay debt first. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.earn(ledger text, member uuid, points bigint, key text, source_ref text DEFAULT NULL, at timestamptz DEFAULT NULL, available_at timestamptz DEFAULT NULL, expires_at timestamptz DEFAULT NULL, batch text DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_earn';
COMMENT ON FUNCTION engage.earn(text, uuid, bigint, text, text, timestamptz, timestamptz, timestamptz, text, text, text, text, text) IS
  'Grants points (at least 1) to a member as a lot of its own. source_ref, by default the key, names what they are for and earns only once (status already_awarded); at is when they were earned (default now, not in the future); available_at and expires_at override the policy of the ledger; batch names a campaign for reverse_batch(). Points that become available repay debt first. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.earn(ledger text, member text, points bigint, key text, source_ref text DEFAULT NULL, at timestamptz DEFAULT NULL, available_at timestamptz DEFAULT NULL, expires_at timestamptz DEFAULT NULL, batch text DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_earn';
COMMENT ON FUNCTION engage.earn(text, text, bigint, text, text, timestamptz, timestamptz, timestamptz, text, text, text, text, text) IS
  'Grants points (at least 1) to a member as a lot of its own. source_ref, by default the key, names what they are for and earns only once (status already_awarded); at is when they were earned (default now, not in the future); available_at and expires_at override the policy of the ledger; batch names a campaign for reverse_batch(). Points that become available repay debt first. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';

CREATE FUNCTION engage.redeem(ledger text, member bigint, points bigint, key text, source_ref text DEFAULT NULL, at timestamptz DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_redeem';
COMMENT ON FUNCTION engage.redeem(text, bigint, bigint, text, text, timestamptz, text, text, text, text) IS
  'Spends points (at least 1), from the lots that expire soonest, or were earned first, as the ledger says. at is when it happened (default now, not in the future); the points are taken from what there is now. Statuses: ok, insufficient, in_debt, blocked, period_closed. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.redeem(ledger text, member uuid, points bigint, key text, source_ref text DEFAULT NULL, at timestamptz DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_redeem';
COMMENT ON FUNCTION engage.redeem(text, uuid, bigint, text, text, timestamptz, text, text, text, text) IS
  'Spends points (at least 1), from the lots that expire soonest, or were earned first, as the ledger says. at is when it happened (default now, not in the future); the points are taken from what there is now. Statuses: ok, insufficient, in_debt, blocked, period_closed. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.redeem(ledger text, member text, points bigint, key text, source_ref text DEFAULT NULL, at timestamptz DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_redeem';
COMMENT ON FUNCTION engage.redeem(text, text, bigint, text, text, timestamptz, text, text, text, text) IS
  'Spends points (at least 1), from the lots that expire soonest, or were earned first, as the ledger says. at is when it happened (default now, not in the future); the points are taken from what there is now. Statuses: ok, insufficient, in_debt, blocked, period_closed. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';

CREATE FUNCTION engage.hold(ledger text, member bigint, points bigint, key text, ttl interval DEFAULT '15 minutes', source_ref text DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean, hold_id bigint)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_hold';
COMMENT ON FUNCTION engage.hold(text, bigint, bigint, text, interval, text, text, text, text, text) IS
  'Reserves points of particular lots until they are captured or released, at most for ttl (elapsed time, more than 0, without months). Returns the hold_id. Held points do not expire while the hold lives. Statuses as redeem(). The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.hold(ledger text, member uuid, points bigint, key text, ttl interval DEFAULT '15 minutes', source_ref text DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean, hold_id bigint)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_hold';
COMMENT ON FUNCTION engage.hold(text, uuid, bigint, text, interval, text, text, text, text, text) IS
  'Reserves points of particular lots until they are captured or released, at most for ttl (elapsed time, more than 0, without months). Returns the hold_id. Held points do not expire while the hold lives. Statuses as redeem(). The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.hold(ledger text, member text, points bigint, key text, ttl interval DEFAULT '15 minutes', source_ref text DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean, hold_id bigint)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_hold';
COMMENT ON FUNCTION engage.hold(text, text, bigint, text, interval, text, text, text, text, text) IS
  'Reserves points of particular lots until they are captured or released, at most for ttl (elapsed time, more than 0, without months). Returns the hold_id. Held points do not expire while the hold lives. Statuses as redeem(). The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';

CREATE FUNCTION engage.capture(ledger text, hold_id bigint, points bigint DEFAULT NULL, key text DEFAULT NULL, final boolean DEFAULT true, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_capture';
COMMENT ON FUNCTION engage.capture(text, bigint, bigint, text, boolean, text, text, text, text) IS
  'Spends held points: so many, or all that are left when points is NULL. final (the default) releases the rest, otherwise the hold stays open for more captures. Statuses: ok, hold_expired (also when no job has run since), hold_closed, exceeds_hold, blocked; a hold_id that does not exist is error NG404. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';

CREATE FUNCTION engage.release(ledger text, hold_id bigint, key text, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_release';
COMMENT ON FUNCTION engage.release(text, bigint, text, text, text, text, text) IS
  'Gives held points back to their lots; those of lots that have expired meanwhile expire now. Statuses: ok, hold_expired, hold_closed. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';

CREATE FUNCTION engage.cancel_redemption(ledger text, member bigint, source_ref text, key text, points bigint DEFAULT NULL, at timestamptz DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_cancel_redemption';
COMMENT ON FUNCTION engage.cancel_redemption(text, bigint, text, text, bigint, timestamptz, text, text, text, text) IS
  'Gives redeemed points (all that are left when points is NULL) back to the lots they came from, the last taken first, with the expiry these have; lots that have expired meanwhile get the ledger''s restore_grace, or expire again. source_ref is that of the redemption, of a capture''s hold, or the key; several are given back the last first. Write-offs of grants that were taken back since are made good first. Statuses: ok, not_found, over_restore, period_closed. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.cancel_redemption(ledger text, member uuid, source_ref text, key text, points bigint DEFAULT NULL, at timestamptz DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_cancel_redemption';
COMMENT ON FUNCTION engage.cancel_redemption(text, uuid, text, text, bigint, timestamptz, text, text, text, text) IS
  'Gives redeemed points (all that are left when points is NULL) back to the lots they came from, the last taken first, with the expiry these have; lots that have expired meanwhile get the ledger''s restore_grace, or expire again. source_ref is that of the redemption, of a capture''s hold, or the key; several are given back the last first. Write-offs of grants that were taken back since are made good first. Statuses: ok, not_found, over_restore, period_closed. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.cancel_redemption(ledger text, member text, source_ref text, key text, points bigint DEFAULT NULL, at timestamptz DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_cancel_redemption';
COMMENT ON FUNCTION engage.cancel_redemption(text, text, text, text, bigint, timestamptz, text, text, text, text) IS
  'Gives redeemed points (all that are left when points is NULL) back to the lots they came from, the last taken first, with the expiry these have; lots that have expired meanwhile get the ledger''s restore_grace, or expire again. source_ref is that of the redemption, of a capture''s hold, or the key; several are given back the last first. Write-offs of grants that were taken back since are made good first. Statuses: ok, not_found, over_restore, period_closed. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';

CREATE FUNCTION engage.reverse_earn(ledger text, member bigint, source_ref text, key text, points bigint DEFAULT NULL, remaining_basis numeric DEFAULT NULL, at timestamptz DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_reverse_earn';
COMMENT ON FUNCTION engage.reverse_earn(text, bigint, text, text, bigint, numeric, timestamptz, text, text, text, text) IS
  'Takes back what a source earned: so many points more, or what the order earns less for the remaining_basis that is left of it (awards by rule), or all that is left when both are NULL. Never more than was granted, whatever the number of partial refunds. What has expired of them is not owed: that expiry is taken back. Points that were spent are taken by the ledger''s shortage policy: from other lots, then as debt up to the debt_limit, beyond it written off. The refund_window is judged by at (default now). Statuses: ok, period_closed, not_found, over_reversal, too_late, insufficient (shortage => reject), nothing_to_do. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.reverse_earn(ledger text, member uuid, source_ref text, key text, points bigint DEFAULT NULL, remaining_basis numeric DEFAULT NULL, at timestamptz DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_reverse_earn';
COMMENT ON FUNCTION engage.reverse_earn(text, uuid, text, text, bigint, numeric, timestamptz, text, text, text, text) IS
  'Takes back what a source earned: so many points more, or what the order earns less for the remaining_basis that is left of it (awards by rule), or all that is left when both are NULL. Never more than was granted, whatever the number of partial refunds. What has expired of them is not owed: that expiry is taken back. Points that were spent are taken by the ledger''s shortage policy: from other lots, then as debt up to the debt_limit, beyond it written off. The refund_window is judged by at (default now). Statuses: ok, period_closed, not_found, over_reversal, too_late, insufficient (shortage => reject), nothing_to_do. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.reverse_earn(ledger text, member text, source_ref text, key text, points bigint DEFAULT NULL, remaining_basis numeric DEFAULT NULL, at timestamptz DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_reverse_earn';
COMMENT ON FUNCTION engage.reverse_earn(text, text, text, text, bigint, numeric, timestamptz, text, text, text, text) IS
  'Takes back what a source earned: so many points more, or what the order earns less for the remaining_basis that is left of it (awards by rule), or all that is left when both are NULL. Never more than was granted, whatever the number of partial refunds. What has expired of them is not owed: that expiry is taken back. Points that were spent are taken by the ledger''s shortage policy: from other lots, then as debt up to the debt_limit, beyond it written off. The refund_window is judged by at (default now). Statuses: ok, period_closed, not_found, over_reversal, too_late, insufficient (shortage => reject), nothing_to_do. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';

CREATE FUNCTION engage.adjust(ledger text, member bigint, points bigint, key text, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_adjust';
COMMENT ON FUNCTION engage.adjust(text, bigint, bigint, text, text, text, text, text) IS
  'Corrects a balance by hand: positive points are granted as a lot that is available at once and repays debt, negative ones are consumed. reason and actor are required. Who is not the owner of the ledger needs a limit of his role (adjust_limit_set). Statuses: ok, insufficient, over_limit. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.adjust(ledger text, member uuid, points bigint, key text, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_adjust';
COMMENT ON FUNCTION engage.adjust(text, uuid, bigint, text, text, text, text, text) IS
  'Corrects a balance by hand: positive points are granted as a lot that is available at once and repays debt, negative ones are consumed. reason and actor are required. Who is not the owner of the ledger needs a limit of his role (adjust_limit_set). Statuses: ok, insufficient, over_limit. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.adjust(ledger text, member text, points bigint, key text, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_adjust';
COMMENT ON FUNCTION engage.adjust(text, text, bigint, text, text, text, text, text) IS
  'Corrects a balance by hand: positive points are granted as a lot that is available at once and repays debt, negative ones are consumed. reason and actor are required. Who is not the owner of the ledger needs a limit of his role (adjust_limit_set). Statuses: ok, insufficient, over_limit. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';

CREATE FUNCTION engage.activate(ledger text, member bigint, source_ref text, key text, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_activate';
COMMENT ON FUNCTION engage.activate(text, bigint, text, text, text, text, text, text) IS
  'Makes points of a source available that were granted until further notice (activation => manual). Statuses: ok, not_found. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.activate(ledger text, member uuid, source_ref text, key text, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_activate';
COMMENT ON FUNCTION engage.activate(text, uuid, text, text, text, text, text, text) IS
  'Makes points of a source available that were granted until further notice (activation => manual). Statuses: ok, not_found. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.activate(ledger text, member text, source_ref text, key text, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_activate';
COMMENT ON FUNCTION engage.activate(text, text, text, text, text, text, text, text) IS
  'Makes points of a source available that were granted until further notice (activation => manual). Statuses: ok, not_found. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';

CREATE FUNCTION engage.extend_expiry(ledger text, member bigint, until timestamptz, key text, source_ref text DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_extend_expiry';
COMMENT ON FUNCTION engage.extend_expiry(text, bigint, timestamptz, text, text, text, text, text, text) IS
  'Lets a member''s points (of one source, or all) expire later, at until. Lots that expire later anyway stay as they are. Statuses: ok, nothing_to_do, not_found. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.extend_expiry(ledger text, member uuid, until timestamptz, key text, source_ref text DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_extend_expiry';
COMMENT ON FUNCTION engage.extend_expiry(text, uuid, timestamptz, text, text, text, text, text, text) IS
  'Lets a member''s points (of one source, or all) expire later, at until. Lots that expire later anyway stay as they are. Statuses: ok, nothing_to_do, not_found. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.extend_expiry(ledger text, member text, until timestamptz, key text, source_ref text DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_extend_expiry';
COMMENT ON FUNCTION engage.extend_expiry(text, text, timestamptz, text, text, text, text, text, text) IS
  'Lets a member''s points (of one source, or all) expire later, at until. Lots that expire later anyway stay as they are. Statuses: ok, nothing_to_do, not_found. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';

CREATE FUNCTION engage.block_member(ledger text, member bigint, key text, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_block_member';
COMMENT ON FUNCTION engage.block_member(text, bigint, text, text, text, text, text) IS
  'Stops a member from earning and spending; reversals, restores, releases and expiry go on. Statuses: ok, already_blocked. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.block_member(ledger text, member uuid, key text, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_block_member';
COMMENT ON FUNCTION engage.block_member(text, uuid, text, text, text, text, text) IS
  'Stops a member from earning and spending; reversals, restores, releases and expiry go on. Statuses: ok, already_blocked. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.block_member(ledger text, member text, key text, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_block_member';
COMMENT ON FUNCTION engage.block_member(text, text, text, text, text, text, text) IS
  'Stops a member from earning and spending; reversals, restores, releases and expiry go on. Statuses: ok, already_blocked. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';

CREATE FUNCTION engage.unblock_member(ledger text, member bigint, key text, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_unblock_member';
COMMENT ON FUNCTION engage.unblock_member(text, bigint, text, text, text, text, text) IS
  'Ends block_member(). Statuses: ok, not_blocked. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.unblock_member(ledger text, member uuid, key text, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_unblock_member';
COMMENT ON FUNCTION engage.unblock_member(text, uuid, text, text, text, text, text) IS
  'Ends block_member(). Statuses: ok, not_blocked. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.unblock_member(ledger text, member text, key text, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_unblock_member';
COMMENT ON FUNCTION engage.unblock_member(text, text, text, text, text, text, text) IS
  'Ends block_member(). Statuses: ok, not_blocked. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';

CREATE FUNCTION engage.erase_member(ledger text, member bigint, key text, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_erase_member';
COMMENT ON FUNCTION engage.erase_member(text, bigint, text, text, text, text, text) IS
  'Erases the notes about a member: his rows of entry_note, and refusal.detail. The entries hold only hashes of notes, so ledger_verify() goes on to find the books sound. Keys, sources, reasons, actors and the member''s id stay: keep personal data out of them. A note of this call is not kept. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.erase_member(ledger text, member uuid, key text, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_erase_member';
COMMENT ON FUNCTION engage.erase_member(text, uuid, text, text, text, text, text) IS
  'Erases the notes about a member: his rows of entry_note, and refusal.detail. The entries hold only hashes of notes, so ledger_verify() goes on to find the books sound. Keys, sources, reasons, actors and the member''s id stay: keep personal data out of them. A note of this call is not kept. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.erase_member(ledger text, member text, key text, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_erase_member';
COMMENT ON FUNCTION engage.erase_member(text, text, text, text, text, text, text) IS
  'Erases the notes about a member: his rows of entry_note, and refusal.detail. The entries hold only hashes of notes, so ledger_verify() goes on to find the books sound. Keys, sources, reasons, actors and the member''s id stay: keep personal data out of them. A note of this call is not kept. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';

CREATE FUNCTION engage.earn_batch(ledger text, members bigint[], points bigint[], keys text[], source_refs text[] DEFAULT NULL, at timestamptz DEFAULT NULL, batch text DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (ord integer, status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 200 AS 'MODULE_PATHNAME', 'engage_earn_batch';
COMMENT ON FUNCTION engage.earn_batch(text, bigint[], bigint[], text[], text[], timestamptz, text, text, text, text) IS
  'earn() for many members in one call and one transaction: element i of each array makes request i, and row ord = i of the result is its outcome. Much faster than single calls.';
CREATE FUNCTION engage.earn_batch(ledger text, members uuid[], points bigint[], keys text[], source_refs text[] DEFAULT NULL, at timestamptz DEFAULT NULL, batch text DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (ord integer, status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 200 AS 'MODULE_PATHNAME', 'engage_earn_batch';
COMMENT ON FUNCTION engage.earn_batch(text, uuid[], bigint[], text[], text[], timestamptz, text, text, text, text) IS
  'earn() for many members in one call and one transaction: element i of each array makes request i, and row ord = i of the result is its outcome. Much faster than single calls.';
CREATE FUNCTION engage.earn_batch(ledger text, members text[], points bigint[], keys text[], source_refs text[] DEFAULT NULL, at timestamptz DEFAULT NULL, batch text DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (ord integer, status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 200 AS 'MODULE_PATHNAME', 'engage_earn_batch';
COMMENT ON FUNCTION engage.earn_batch(text, text[], bigint[], text[], text[], timestamptz, text, text, text, text) IS
  'earn() for many members in one call and one transaction: element i of each array makes request i, and row ord = i of the result is its outcome. Much faster than single calls.';

CREATE FUNCTION engage.redeem_batch(ledger text, members bigint[], points bigint[], keys text[], source_refs text[] DEFAULT NULL, at timestamptz DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (ord integer, status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 200 AS 'MODULE_PATHNAME', 'engage_redeem_batch';
COMMENT ON FUNCTION engage.redeem_batch(text, bigint[], bigint[], text[], text[], timestamptz, text, text, text) IS
  'redeem() for many members in one call and one transaction: element i of each array makes request i, and row ord = i of the result is its outcome.';
CREATE FUNCTION engage.redeem_batch(ledger text, members uuid[], points bigint[], keys text[], source_refs text[] DEFAULT NULL, at timestamptz DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (ord integer, status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 200 AS 'MODULE_PATHNAME', 'engage_redeem_batch';
COMMENT ON FUNCTION engage.redeem_batch(text, uuid[], bigint[], text[], text[], timestamptz, text, text, text) IS
  'redeem() for many members in one call and one transaction: element i of each array makes request i, and row ord = i of the result is its outcome.';
CREATE FUNCTION engage.redeem_batch(ledger text, members text[], points bigint[], keys text[], source_refs text[] DEFAULT NULL, at timestamptz DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (ord integer, status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 200 AS 'MODULE_PATHNAME', 'engage_redeem_batch';
COMMENT ON FUNCTION engage.redeem_batch(text, text[], bigint[], text[], text[], timestamptz, text, text, text) IS
  'redeem() for many members in one call and one transaction: element i of each array makes request i, and row ord = i of the result is its outcome.';

CREATE FUNCTION engage.import_opening(ledger text, members bigint[], points bigint[], keys text[], earned_at timestamptz[] DEFAULT NULL, expires_at timestamptz[] DEFAULT NULL, available_at timestamptz[] DEFAULT NULL, batch text DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL)
  RETURNS TABLE (ord integer, status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 200 AS 'MODULE_PATHNAME', 'engage_import_opening';
COMMENT ON FUNCTION engage.import_opening(text, bigint[], bigint[], text[], timestamptz[], timestamptz[], timestamptz[], text, text, text) IS
  'Brings balances of another system in, a lot an element: when it was earned (default now), when it expires (default by the ledger''s policy from then), when it becomes available. Statuses as earn().';
CREATE FUNCTION engage.import_opening(ledger text, members uuid[], points bigint[], keys text[], earned_at timestamptz[] DEFAULT NULL, expires_at timestamptz[] DEFAULT NULL, available_at timestamptz[] DEFAULT NULL, batch text DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL)
  RETURNS TABLE (ord integer, status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 200 AS 'MODULE_PATHNAME', 'engage_import_opening';
COMMENT ON FUNCTION engage.import_opening(text, uuid[], bigint[], text[], timestamptz[], timestamptz[], timestamptz[], text, text, text) IS
  'Brings balances of another system in, a lot an element: when it was earned (default now), when it expires (default by the ledger''s policy from then), when it becomes available. Statuses as earn().';
CREATE FUNCTION engage.import_opening(ledger text, members text[], points bigint[], keys text[], earned_at timestamptz[] DEFAULT NULL, expires_at timestamptz[] DEFAULT NULL, available_at timestamptz[] DEFAULT NULL, batch text DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL)
  RETURNS TABLE (ord integer, status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 200 AS 'MODULE_PATHNAME', 'engage_import_opening';
COMMENT ON FUNCTION engage.import_opening(text, text[], bigint[], text[], timestamptz[], timestamptz[], timestamptz[], text, text, text) IS
  'Brings balances of another system in, a lot an element: when it was earned (default now), when it expires (default by the ledger''s policy from then), when it becomes available. Statuses as earn().';

-- ------------------------------------------------------------------ reading

CREATE FUNCTION engage.balance(ledger text, member bigint) RETURNS TABLE (status text, available bigint, pending bigint, held bigint, debt bigint, worth numeric, currency text, next_expiry_at timestamptz, next_expiry_points bigint, tier text, next_tier text, to_next_tier numeric, as_of timestamptz)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 100 ROWS 1 AS 'MODULE_PATHNAME', 'engage_balance';
COMMENT ON FUNCTION engage.balance(text, bigint) IS
  'What a member has: points available, pending, held and owed; their worth in money; the soonest expiry and its points; the tier, the next one and what is missing to it. One row, also for a member never seen (status unknown, zeros). True at the instant without any job having run. ';
CREATE FUNCTION engage.balance(ledger text, member bigint, at timestamptz) RETURNS TABLE (status text, available bigint, pending bigint, held bigint, debt bigint, worth numeric, currency text, next_expiry_at timestamptz, next_expiry_points bigint, tier text, next_tier text, to_next_tier numeric, as_of timestamptz)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 200 ROWS 1 AS 'MODULE_PATHNAME', 'engage_balance';
COMMENT ON FUNCTION engage.balance(text, bigint, timestamptz) IS
  'What a member has: points available, pending, held and owed; their worth in money; the soonest expiry and its points; the tier, the next one and what is missing to it. One row, also for a member never seen (status unknown, zeros). True at the instant without any job having run. At an earlier instant: what this function answered then, whatever was written since (status is that of the present, next_tier and to_next_tier are NULL; rules of expiry and tiers are those in force). At a later one: what is left if nothing is earned or spent until then. NULL: now.';
CREATE FUNCTION engage.balance(ledger text, member uuid) RETURNS TABLE (status text, available bigint, pending bigint, held bigint, debt bigint, worth numeric, currency text, next_expiry_at timestamptz, next_expiry_points bigint, tier text, next_tier text, to_next_tier numeric, as_of timestamptz)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 100 ROWS 1 AS 'MODULE_PATHNAME', 'engage_balance';
COMMENT ON FUNCTION engage.balance(text, uuid) IS
  'What a member has: points available, pending, held and owed; their worth in money; the soonest expiry and its points; the tier, the next one and what is missing to it. One row, also for a member never seen (status unknown, zeros). True at the instant without any job having run. ';
CREATE FUNCTION engage.balance(ledger text, member uuid, at timestamptz) RETURNS TABLE (status text, available bigint, pending bigint, held bigint, debt bigint, worth numeric, currency text, next_expiry_at timestamptz, next_expiry_points bigint, tier text, next_tier text, to_next_tier numeric, as_of timestamptz)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 200 ROWS 1 AS 'MODULE_PATHNAME', 'engage_balance';
COMMENT ON FUNCTION engage.balance(text, uuid, timestamptz) IS
  'What a member has: points available, pending, held and owed; their worth in money; the soonest expiry and its points; the tier, the next one and what is missing to it. One row, also for a member never seen (status unknown, zeros). True at the instant without any job having run. At an earlier instant: what this function answered then, whatever was written since (status is that of the present, next_tier and to_next_tier are NULL; rules of expiry and tiers are those in force). At a later one: what is left if nothing is earned or spent until then. NULL: now.';
CREATE FUNCTION engage.balance(ledger text, member text) RETURNS TABLE (status text, available bigint, pending bigint, held bigint, debt bigint, worth numeric, currency text, next_expiry_at timestamptz, next_expiry_points bigint, tier text, next_tier text, to_next_tier numeric, as_of timestamptz)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 100 ROWS 1 AS 'MODULE_PATHNAME', 'engage_balance';
COMMENT ON FUNCTION engage.balance(text, text) IS
  'What a member has: points available, pending, held and owed; their worth in money; the soonest expiry and its points; the tier, the next one and what is missing to it. One row, also for a member never seen (status unknown, zeros). True at the instant without any job having run. ';
CREATE FUNCTION engage.balance(ledger text, member text, at timestamptz) RETURNS TABLE (status text, available bigint, pending bigint, held bigint, debt bigint, worth numeric, currency text, next_expiry_at timestamptz, next_expiry_points bigint, tier text, next_tier text, to_next_tier numeric, as_of timestamptz)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 200 ROWS 1 AS 'MODULE_PATHNAME', 'engage_balance';
COMMENT ON FUNCTION engage.balance(text, text, timestamptz) IS
  'What a member has: points available, pending, held and owed; their worth in money; the soonest expiry and its points; the tier, the next one and what is missing to it. One row, also for a member never seen (status unknown, zeros). True at the instant without any job having run. At an earlier instant: what this function answered then, whatever was written since (status is that of the present, next_tier and to_next_tier are NULL; rules of expiry and tiers are those in force). At a later one: what is left if nothing is earned or spent until then. NULL: now.';

CREATE FUNCTION engage.due_entries(ledger text, until timestamptz DEFAULT NULL, only_member text DEFAULT NULL)
  RETURNS TABLE (member text, seq bigint, kind text, lot_no bigint, hold_id bigint, points bigint, amount bigint, available_after bigint, pending_after bigint, held_after bigint, debt_after bigint, effective_at timestamptz)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'engage_due_entries';
COMMENT ON FUNCTION engage.due_entries(text, timestamptz, text) IS
  'Maturities and expiries that have taken place until an instant (default now) and are not written up yet, as the entries that the next posting or expire_points() will write. With the entries of the journal they give totals that do not depend on when the job ran. Error NG451 if row-level security would hide rows.';

CREATE FUNCTION engage.due_repayments(ledger text, member text, until timestamptz) RETURNS TABLE (lot_no bigint, points bigint)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 10 AS 'MODULE_PATHNAME', 'engage_due_repayments';
COMMENT ON FUNCTION engage.due_repayments(text, text, timestamptz) IS
  'What lots of a member have paid of his debt until an instant by becoming available, and is not written up yet; for the views lots and expiring.';

CREATE FUNCTION engage.ledger_now(ledger text) RETURNS timestamptz
  LANGUAGE C STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'engage_ledger_now';
COMMENT ON FUNCTION engage.ledger_now(text) IS
  'The time now as a ledger sees it: the clock, or engage.now for ledgers made with test_clock => true. Error NG423 if engage.now is set and the ledger keeps real time.';
CREATE FUNCTION engage.ledger_check_read(ledger text) RETURNS void
  LANGUAGE C STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'engage_ledger_check_read';
COMMENT ON FUNCTION engage.ledger_check_read(text) IS
  'Raises the error that a report over this ledger would have to give: NG404 (no such ledger), NG426 (format), NG410 (foreign code in its tables), NG451 (row-level security would hide rows).';
CREATE FUNCTION engage.ledger_changed(ledger text) RETURNS void
  LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'engage_ledger_changed';
COMMENT ON FUNCTION engage.ledger_changed(text) IS
  'Tells every backend to read the settings of a ledger anew. The functions that change them call it. Needs the ledger''s owner, or INSERT on its entries: error 42501.';

-- ------------------------------------------------------------------ jobs
CREATE PROCEDURE engage.expire_points(ledger text, until timestamptz DEFAULT NULL, batch integer DEFAULT 1000)
  LANGUAGE C AS 'MODULE_PATHNAME', 'engage_expire_points';
COMMENT ON PROCEDURE engage.expire_points(text, timestamptz, integer) IS
  'Writes up what has fallen due until then (default and at most now): expiries, maturities, ended holds, tier reviews. Bookkeeping only: balances are right without it. Commits after each batch of members (1 to 1000000) and says so in a NOTICE, can be interrupted and called again, and goes on beside live traffic. A member whose rows are damaged is left out, with a WARNING that names him, and counted in job_run.findings. Not inside a transaction. Needs INSERT on the ledger''s entries and runs as its owner; error NG451 where row-level security binds the caller.';
CREATE PROCEDURE engage.reverse_batch(ledger text, batch text, reason text, batch_size integer DEFAULT 1000)
  LANGUAGE C AS 'MODULE_PATHNAME', 'engage_reverse_batch';
COMMENT ON PROCEDURE engage.reverse_batch(text, text, text, integer) IS
  'Takes back all that was granted under a batch name, such as a campaign that ran twice: reverse_earn() of what is left of each grant, whatever refund_window says; with shortage reject, points that were spent are taken from other lots and become debt, as by default. Bonuses go back to the budgets of their campaigns. Commits after each batch of grants and can be interrupted and called again; grants already reversed stay as they are. A member whose rows are damaged is left out, with a WARNING that names him, and counted in job_run.findings. Grants of the batch that are made while it runs may be left to another call. Not inside a transaction. Runs with the caller''s rights, as reverse_earn() does.';
