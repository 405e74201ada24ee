-- Ledger room: the views of a ledger for dashboards, and the comments on its tables.

-- Each view with the statement that makes it.  Core types only; a condition on member reaches the
-- indexes; infinity is NULL; nothing depends on the session's time zone.  Their instant is the
-- statement's (engage.now for a ledger with a test clock); points earned in the transaction are later than
-- that, so whether a lot is pending is what it says itself, until its date has passed.  They run with the rights of who reads them,
-- where the server can do that, so that row-level security of the tables holds.
CREATE FUNCTION engage.ledger_views(ledger text, member_type text, test_clock boolean) RETURNS TABLE (view text, definition text)
  LANGUAGE sql STABLE PARALLEL SAFE ROWS 6
  SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT v.view, format('CREATE OR REPLACE VIEW %I.%I %sAS %s', ledger, v.view, CASE WHEN current_setting('server_version_num')::integer >= 150000 THEN 'WITH (security_invoker = true) ' END,
                        replace(replace(replace(btrim(v.body, E'\n'), '@ledger@', quote_ident(ledger)), '@name@', quote_literal(ledger)),
                                '@now@', CASE WHEN test_clock THEN format('(SELECT engage.ledger_now(%L))', ledger) ELSE 'statement_timestamp()' END))
  FROM (VALUES

('balances', $view$
SELECT a.member,
  CASE WHEN a.blocked THEN 'blocked' ELSE 'active' END AS status,
  coalesce(b.available, a.available) AS available,
  coalesce(b.pending, a.pending) AS pending,
  coalesce(b.held, a.held) AS held,
  coalesce(b.debt, a.debt) AS debt,
  coalesce(b.available, a.available) * v.face_value AS worth,
  v.currency,
  CASE WHEN b.status IS NULL THEN a.tier ELSE b.tier END AS tier,
  a.earned, a.redeemed,
  -- (what fell due and is not in the journal yet is the difference of the two balances)
  a.expired + CASE WHEN b.status IS NULL THEN 0 ELSE a.available + a.pending + a.held - a.debt - (b.available + b.pending + b.held - b.debt) END AS expired,
  a.reversed, a.joined_at,
  nullif(a.last_recorded_at, '-infinity') AS last_entry_at,
  a.seq AS entries
FROM @ledger@.account a
LEFT JOIN LATERAL (SELECT x.status, x.available, x.pending, x.held, x.debt, x.tier FROM engage.balance(@name@, a.member) x WHERE a.next_due_at <= @now@ OFFSET 0) b ON true
LEFT JOIN LATERAL (SELECT p.face_value, p.currency FROM @ledger@.point_value p WHERE p.valid_from <= @now@ ORDER BY p.valid_from DESC LIMIT 1) v ON true
$view$),

('entries', $view$
SELECT e.member, e.seq, e.recorded_at,
  coalesce(e.effective_at, e.recorded_at) AS effective_at,
  CASE WHEN e.kind IN ('mature', 'expire', 'hold_expire', 'extend') AND e.key IS NULL AND e.request_seq IS NULL THEN e.effective_at ELSE e.recorded_at END AS known_at,
  e.kind,
  CASE e.kind
    WHEN 'earn' THEN 'issuance:base'
    WHEN 'award' THEN CASE r.trigger WHEN 'purchase' THEN 'issuance:base' WHEN 'referral' THEN 'issuance:referral' ELSE 'issuance:action' END
    WHEN 'bonus' THEN 'issuance:bonus'
    WHEN 'opening' THEN 'opening'
    WHEN 'adjust' THEN 'adjustment'
    WHEN 'redeem' THEN 'redemption' WHEN 'capture' THEN 'redemption' WHEN 'restore' THEN 'redemption'
    WHEN 'reverse' THEN 'clawback'
    WHEN 'write_off' THEN 'writeoff'
    WHEN 'expire' THEN 'breakage'
  END AS house_account,
  e.amount, e.available_after,
  coalesce(e.pending_after, 0) AS pending_after, coalesce(e.held_after, 0) AS held_after, coalesce(e.debt_after, 0) AS debt_after,
  e.key,
  coalesce(e.source_ref, e.key) AS source_ref,
  coalesce(e.request_seq, CASE WHEN e.key IS NOT NULL THEN e.seq END) AS request_seq,
  e.reverses_seq, e.hold_id,
  nullif(e.until, 'infinity') AS until,
  e.rule, e.campaign, e.batch, e.basis, e.reason, e.actor, e.session_role,
  coalesce(e.acting_role, e.session_role) AS acting_role
FROM @ledger@.entry e
LEFT JOIN @ledger@.earn_rule r ON r.rule = e.rule
$view$),

('lots', $view$
SELECT l.member, l.lot_no,
  CASE WHEN h.remaining = 0 THEN 'empty' WHEN s.expires_at <= @now@ THEN 'expired' WHEN l.is_pending AND l.available_at > @now@ THEN 'pending' ELSE 'available' END AS state,
  l.granted,
  CASE WHEN s.expires_at <= @now@ THEN h.held ELSE h.remaining END AS remaining,
  h.held,
  CASE WHEN s.expires_at > @now@ AND NOT (l.is_pending AND l.available_at > @now@) THEN h.remaining - h.held ELSE 0 END AS spendable,
  coalesce(e.effective_at, e.recorded_at) AS granted_at,
  nullif(l.available_at, 'infinity') AS available_at,
  nullif(s.expires_at, 'infinity') AS expires_at,
  e.kind,
  coalesce(e.source_ref, e.key) AS source_ref,
  e.rule, e.campaign, e.batch,
  v.face_value AS unit_value,
  l.granted * v.face_value AS granted_value,
  CASE WHEN s.expires_at <= @now@ THEN h.held ELSE h.remaining END * v.face_value AS remaining_value,
  v.currency
FROM @ledger@.lot l
JOIN @ledger@.entry e ON e.member = l.member AND e.seq = l.lot_no
JOIN @ledger@.account a ON a.member = l.member
CROSS JOIN LATERAL (SELECT CASE WHEN l.is_open AND a.inactive_at < l.expires_at THEN a.inactive_at ELSE l.expires_at END AS expires_at) s
CROSS JOIN LATERAL (SELECT CASE WHEN l.held = 0 THEN 0 ELSE coalesce((
    SELECT sum(u.points) FROM @ledger@.hold o, unnest(o.lots, o.slices) u(lot_no, points)
    WHERE o.member = l.member AND o.state = 'open' AND o.expires_at > @now@ AND u.lot_no = l.lot_no), 0)::bigint END AS held,
  l.remaining - CASE WHEN a.debt = 0 OR a.next_due_at > @now@ OR l.held = 0 AND NOT (l.is_open AND l.is_pending AND l.available_at <= @now@) THEN 0 ELSE coalesce((
    SELECT sum(d.points) FROM engage.due_repayments(@name@, l.member::text, @now@) d WHERE d.lot_no = l.lot_no), 0)::bigint END AS remaining OFFSET 0) h
LEFT JOIN LATERAL (SELECT p.face_value, p.currency FROM @ledger@.point_value p WHERE p.valid_from <= coalesce(e.effective_at, e.recorded_at) ORDER BY p.valid_from DESC LIMIT 1) v ON true
$view$),

('expiring', $view$
SELECT l.member, l.lot_no,
  s.expires_at,
  ((s.expires_at - interval '1 microsecond') AT TIME ZONE m.time_zone)::date AS last_day,
  h.remaining - h.held AS points,
  h.held,
  l.is_pending AND l.available_at > @now@ AS is_pending,
  a.inactive_at < l.expires_at AS by_inactivity,
  (h.remaining - h.held) * v.face_value AS worth,
  v.currency
FROM @ledger@.lot l
JOIN @ledger@.account a ON a.member = l.member
CROSS JOIN @ledger@.ledger_meta m
CROSS JOIN LATERAL (SELECT least(l.expires_at, a.inactive_at) AS expires_at) s
CROSS JOIN LATERAL (SELECT CASE WHEN l.held = 0 THEN 0 ELSE coalesce((
    SELECT sum(u.points) FROM @ledger@.hold o, unnest(o.lots, o.slices) u(lot_no, points)
    WHERE o.member = l.member AND o.state = 'open' AND o.expires_at > @now@ AND u.lot_no = l.lot_no), 0)::bigint END AS held,
  l.remaining - CASE WHEN a.debt = 0 OR a.next_due_at > @now@ OR l.held = 0 AND NOT (l.is_open AND l.is_pending AND l.available_at <= @now@) THEN 0 ELSE coalesce((
    SELECT sum(d.points) FROM engage.due_repayments(@name@, l.member::text, @now@) d WHERE d.lot_no = l.lot_no), 0)::bigint END AS remaining OFFSET 0) h
LEFT JOIN LATERAL (SELECT p.face_value, p.currency FROM @ledger@.point_value p WHERE p.valid_from <= @now@ ORDER BY p.valid_from DESC LIMIT 1) v ON true
WHERE l.is_open AND h.remaining > 0 AND s.expires_at > @now@ AND s.expires_at < 'infinity'
$view$),

('redemptions', $view$
SELECT e.member, e.seq, e.recorded_at,
  coalesce(e.effective_at, e.recorded_at) AS effective_at,
  e.kind,
  - e.amount AS points,
  coalesce(t.restored, 0) AS restored,
  - e.amount - coalesce(t.restored, 0) AS net_points,
  - e.amount * v.face_value AS worth,
  (- e.amount - coalesce(t.restored, 0)) * v.face_value AS net_worth,
  v.currency,
  e.key,
  coalesce(e.source_ref, e.key) AS source_ref,
  e.hold_id, e.reason, e.actor,
  coalesce(e.acting_role, e.session_role) AS acting_role
FROM @ledger@.entry e
LEFT JOIN LATERAL (SELECT sum(x.amount)::bigint AS restored FROM @ledger@.entry x WHERE x.member = e.member AND x.reverses_seq = e.seq AND x.kind = 'restore') t ON true
LEFT JOIN LATERAL (SELECT p.face_value, p.currency FROM @ledger@.point_value p WHERE p.valid_from <= coalesce(e.effective_at, e.recorded_at) ORDER BY p.valid_from DESC LIMIT 1) v ON true
WHERE e.kind IN ('redeem', 'capture')
$view$),

('liability_by_month', $view$
WITH moved AS (
  -- (what expires at midnight belongs to the day before, as in liability_rollforward)
  SELECT date_trunc('month', (e.known_at - interval '1 microsecond') AT TIME ZONE m.time_zone) AS month,
    sum(e.amount) FILTER (WHERE e.kind IN ('earn', 'award', 'bonus', 'opening')) AS issued,
    sum(- e.amount) FILTER (WHERE e.kind = 'reverse') AS reversed,
    sum(- e.amount) FILTER (WHERE e.kind IN ('redeem', 'capture', 'restore')) AS redeemed,
    sum(- e.amount) FILTER (WHERE e.kind = 'expire') AS expired,
    sum(e.amount) FILTER (WHERE e.kind = 'adjust') AS adjusted,
    sum(e.amount) FILTER (WHERE e.kind = 'write_off') AS written_off,
    sum(e.amount) AS net
  FROM (SELECT CASE WHEN kind IN ('mature', 'expire', 'hold_expire') AND request_seq IS NULL THEN effective_at ELSE recorded_at END AS known_at, kind, amount
        FROM @ledger@.entry
        UNION ALL
        SELECT effective_at, kind, amount FROM engage.due_entries(@name@, @now@)) e
  CROSS JOIN @ledger@.ledger_meta m
  WHERE e.amount <> 0
  GROUP BY 1
)
SELECT g.month::date AS month,
  sum(coalesce(d.net, 0)) OVER w - coalesce(d.net, 0) AS opening,
  coalesce(d.issued, 0) AS issued,
  coalesce(d.reversed, 0) AS reversed,
  coalesce(d.redeemed, 0) AS redeemed,
  coalesce(d.expired, 0) AS expired,
  coalesce(d.adjusted, 0) AS adjusted,
  coalesce(d.written_off, 0) AS written_off,
  sum(coalesce(d.net, 0)) OVER w AS closing,
  sum(coalesce(d.net, 0)) OVER w * v.face_value AS closing_value,
  sum(coalesce(d.net, 0)) OVER w * v.cost_value * v.expected_redemption_pct * 0.01 AS closing_cost,
  v.currency
FROM @ledger@.ledger_meta m
CROSS JOIN LATERAL generate_series((SELECT min(x.month) FROM moved x), date_trunc('month', @now@ AT TIME ZONE m.time_zone), interval '1 month') g(month)
LEFT JOIN moved d ON d.month = g.month
LEFT JOIN LATERAL (SELECT p.face_value, p.cost_value, p.expected_redemption_pct, p.currency FROM @ledger@.point_value p
                   WHERE p.valid_from <= least(@now@, (g.month + interval '1 month') AT TIME ZONE m.time_zone) ORDER BY p.valid_from DESC LIMIT 1) v ON true
WINDOW w AS (ORDER BY g.month)
$view$)

  ) v(view, body)
$function$;
COMMENT ON FUNCTION engage.ledger_views(text, text, boolean) IS 'The views of a ledger, and the statement that makes each; for the ledger''s own functions';

CREATE FUNCTION engage.ledger_view_ddl(ledger text, member_type text, test_clock boolean) RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$ SELECT string_agg(v.definition, E';\n' ORDER BY v.view COLLATE "C") || ';' FROM engage.ledger_views(ledger, member_type, test_clock) v $$;
COMMENT ON FUNCTION engage.ledger_view_ddl(text, text, boolean) IS 'The statements that make a ledger''s views, as text';

-- What \d+ and a BI tool's data dictionary show; no attribute: of the table or view itself.
CREATE FUNCTION engage.ledger_comments() RETURNS TABLE (relation text, attribute text, comment text)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 400
  SET search_path = pg_catalog, pg_temp
AS $function$
  VALUES
  ('ledger_meta', NULL, 'Settings of this ledger, one row. Change them with engage.ledger_alter()'),
  ('ledger_meta', 'only_row', 'true: the table has one row'),
  ('ledger_meta', 'format_version', 'version of these tables; engage.ledger_upgrade() raises it'),
  ('ledger_meta', 'member_type', 'type of column member: bigint, uuid or text'),
  ('ledger_meta', 'unit', 'what a point is called'),
  ('ledger_meta', 'time_zone', 'whose days, months and years count'),
  ('ledger_meta', 'rounding', 'of earned points: floor, half_up, half_even or ceil'),
  ('ledger_meta', 'available_after', 'how long new points are pending'),
  ('ledger_meta', 'activation', 'automatic, or manual: pending until engage.activate()'),
  ('ledger_meta', 'expires_after', 'points expire so long after they were earned'),
  ('ledger_meta', 'expires_on', 'points expire at the end of the first such day (MM-DD)'),
  ('ledger_meta', 'expires_inactive', 'all points of a member expire after so long without earning or redeeming'),
  ('ledger_meta', 'expiry_rounding', 'expiry is moved to the end of that day, month or year, or not (none)'),
  ('ledger_meta', 'consumption', 'which points are spent first: soonest_expiring or earned_first'),
  ('ledger_meta', 'shortage', 'when points to be taken back are spent already: other_lots_then_debt, clamp or reject'),
  ('ledger_meta', 'restoring', 'when points given back have expired: grace (a new expiry) or expire'),
  ('ledger_meta', 'restore_grace', 'how long such points live under grace'),
  ('ledger_meta', 'debt_limit', 'debt beyond it is written off; NULL: no limit'),
  ('ledger_meta', 'refund_window', 'how long after earning points can be reversed; NULL: always'),
  ('ledger_meta', 'stacking', 'how multipliers combine: multiplicative, additive or best_of'),
  ('ledger_meta', 'max_multiplier', 'the most that all multipliers together give; NULL: no limit'),
  ('ledger_meta', 'tier_metric', 'what tiers are reached by: points, spend or orders'),
  ('ledger_meta', 'tier_window', 'of which time: rolling, calendar, anniversary or lifetime'),
  ('ledger_meta', 'tier_period', 'length of that window'),
  ('ledger_meta', 'tier_grace', 'how long a tier that was missed is kept'),
  ('ledger_meta', 'tier_downgrade', 'what follows: one_down or recompute'),
  ('ledger_meta', 'closed_until', 'nothing can be recorded as effective before'),
  ('ledger_meta', 'inactivity_since', 'since when expires_inactive and time_zone are what they are; -infinity: ever'),
  ('ledger_meta', 'inactivity_latest', 'the latest account.inactive_at there was then'),
  ('ledger_meta', 'value_head', 'hash of the last point_value; zeros: there is none'),
  ('ledger_meta', 'test_clock', 'engage.now is the time of this ledger'),
  ('ledger_meta', 'created_at', 'when the ledger was made'),
  ('account', NULL, 'One row a member: his balance as of his last entry. Read view balances: it is true at this instant'),
  ('account', 'member', 'the member, as your own tables have him'),
  ('account', 'seq', 'number of his last entry'),
  ('account', 'available', 'points he can spend'),
  ('account', 'pending', 'points that become available later'),
  ('account', 'held', 'points reserved by open holds'),
  ('account', 'debt', 'points taken back that he had spent; the next ones earned repay it'),
  ('account', 'earned', 'points granted in his life, before reversals'),
  ('account', 'redeemed', 'points redeemed and not restored'),
  ('account', 'expired', 'points that have expired, as entered'),
  ('account', 'reversed', 'points taken back, as entered'),
  ('account', 'joined_at', 'when the ledger first knew him'),
  ('account', 'last_recorded_at', 'when his last entry was recorded'),
  ('account', 'next_due_at', 'when something next expires, matures or is reviewed; the columns are true until then'),
  ('account', 'next_expiry_at', 'when available points next expire; infinity: never'),
  ('account', 'next_expiry_points', 'how many points expire then'),
  ('account', 'refusals', 'how many rows table refusal has of the member'),
  ('account', 'blocked', 'stopped by engage.block_member()'),
  ('account', 'has_sources', 'an entry of his names a source_ref'),
  ('account', 'inactive_at', 'when all points expire for inactivity; infinity: never'),
  ('account', 'lapsed_seq', 'number of the last entry when all points last expired for inactivity: lots up to it have lapsed'),
  ('account', 'balance_hash', 'tells whether the balance is as the last posting left it; if not, the next one compares it with the last entry'),
  ('account', 'tier_due_at', 'when the earned tier is reviewed or the granted one ends; infinity: never'),
  ('account', 'tier_in_grace', 'the earned tier was missed at its review and is kept for tier_grace'),
  ('account', 'earned_due_at', 'when the earned tier is reviewed'),
  ('account', 'granted_until', 'when the granted tier ends'),
  ('account', 'tier', 'the higher of earned_tier and granted_tier; NULL: none'),
  ('account', 'earned_tier', 'tier reached; NULL: none'),
  ('account', 'granted_tier', 'tier given by engage.grant_tier(); NULL: none'),
  ('account', 'chain_head', 'hash of his last entry'),
  ('entry', NULL, 'The journal: what moved between a member and a house account. Rows are never changed. Read view entries'),
  ('entry', 'member', 'whose entry it is'),
  ('entry', 'seq', '1, 2, 3 ... for each member, without gaps'),
  ('entry', 'amount', 'change of available + pending + held - debt, in points'),
  ('entry', 'kind', 'earn, award, bonus, opening, adjust, redeem, hold, capture, release, hold_expire, restore, reverse, write_off, expire, mature, activate, extend, block, unblock, tier or erase'),
  ('entry', 'available_after', 'points available after it'),
  ('entry', 'pending_after', 'points pending after it; NULL: 0'),
  ('entry', 'held_after', 'points held after it; NULL: 0'),
  ('entry', 'debt_after', 'points owed after it; NULL: 0'),
  ('entry', 'recorded_at', 'when it was entered; increases with seq'),
  ('entry', 'effective_at', 'when it happened; NULL: when it was entered'),
  ('entry', 'request_hash', 'of the request with this key, to tell a retry from another request'),
  ('entry', 'request_seq', 'seq of the entry with the key, for further entries of the same request'),
  ('entry', 'reverses_seq', 'seq of the entry that this one takes back, wholly or in part'),
  ('entry', 'hold_id', 'the hold it is about'),
  ('entry', 'until', 'new expiry of extended points, or end of a granted tier'),
  ('entry', 'key', 'the request''s idempotency key; NULL: entered because time passed'),
  ('entry', 'source_ref', 'order or event it is about; NULL: the key is'),
  ('entry', 'rule', 'rule that awarded it'),
  ('entry', 'campaign', 'campaign that gave the bonus'),
  ('entry', 'batch', 'name under which engage.reverse_batch() finds it'),
  ('entry', 'basis', 'amount of money, or other measure, that the rule was applied to'),
  ('entry', 'rate', 'how the rule came to its points; engage.rate_explained() says it in words'),
  ('entry', 'reason', 'why, as stated by the caller, or by the ledger'),
  ('entry', 'actor', 'who did it, as stated by the caller'),
  ('entry', 'session_role', 'who was logged in'),
  ('entry', 'acting_role', 'the role in force, if another'),
  ('entry', 'note_hash', 'SHA-256 of the remark in entry_note'),
  ('entry', 'hash', 'SHA-256 over the previous entry''s hash and this entry'),
  ('lot', NULL, 'Every credit is a lot, which can be spent while available_at <= now < expires_at. Read view lots'),
  ('lot', 'member', 'whose lot it is'),
  ('lot', 'lot_no', 'seq of the entry that granted it'),
  ('lot', 'granted', 'points granted'),
  ('lot', 'remaining', 'points not spent, expired or taken back, those held included'),
  ('lot', 'held', 'points reserved by open holds'),
  ('lot', 'available_at', 'infinity: when activated'),
  ('lot', 'is_pending', 'not available yet, as entered'),
  ('lot', 'expires_at', 'infinity: never'),
  ('lot', 'is_open', 'points remain'),
  ('lot', 'initial_available_at', 'as granted; NULL: unchanged'),
  ('lot', 'initial_expires_at', 'as granted; NULL: unchanged'),
  ('lot', 'earned_at', 'effective time of the grant; NULL: the time when it was to become available, as granted'),
  ('lot_use', NULL, 'Which entry took how many points from which lot, or gave them back'),
  ('lot_use', 'member', 'whose entry and lot'),
  ('lot_use', 'seq', 'of the entry'),
  ('lot_use', 'lot_no', 'of the lot'),
  ('lot_use', 'action', 'consume, restore, hold, capture, release, expire, claw or repay_debt'),
  ('lot_use', 'points', 'how many'),
  ('lot_use', 'ordinal', 'order of the uses of an entry'),
  ('hold', NULL, 'Reservations of points'),
  ('hold', 'hold_id', 'number given out by engage.hold()'),
  ('hold', 'member', 'whose points are held'),
  ('hold', 'seq', 'of the entry that made it'),
  ('hold', 'points', 'points reserved at first'),
  ('hold', 'captured', 'points taken'),
  ('hold', 'released', 'points given back'),
  ('hold', 'state', 'open, captured, released or expired'),
  ('hold', 'expires_at', 'when what is left is given back'),
  ('hold', 'lots', 'lots in which points are reserved now'),
  ('hold', 'slices', 'points reserved in each of them'),
  ('refusal', NULL, 'Requests that were refused, so that a retry is told the same'),
  ('refusal', 'member', 'who asked'),
  ('refusal', 'kind', 'what was asked for: the kind of entry it would have made'),
  ('refusal', 'key', 'the request''s idempotency key'),
  ('refusal', 'request_hash', 'of the request, to tell a retry from another request'),
  ('refusal', 'status', 'why, in a word'),
  ('refusal', 'recorded_at', 'when it was refused'),
  ('refusal', 'detail', 'why, in words'),
  ('refusal', 'points', 'points asked for'),
  ('refusal', 'seq', 'number of the member''s last entry then'),
  ('refusal', 'available', 'points available then'),
  ('refusal', 'pending', 'points pending then'),
  ('refusal', 'held', 'points held then'),
  ('refusal', 'debt', 'points owed then'),
  ('refusal', 'source_ref', 'order or event it was about; NULL: the key is'),
  ('refusal', 'rule', 'rule that was asked to award'),
  ('refusal', 'basis', 'what it should be applied to'),
  ('refusal', 'actor', 'who asked, as stated by the caller'),
  ('refusal', 'session_role', 'who was logged in'),
  ('refusal', 'acting_role', 'the role in force, if another'),
  ('entry_note', NULL, 'Remarks on entries. They may hold personal data and can be erased: the journal has their hash only'),
  ('entry_note', 'member', 'whose entry it is about'),
  ('entry_note', 'seq', 'of the entry'),
  ('entry_note', 'note', 'the remark'),
  ('point_value', NULL, 'What one point is worth from when on. Add versions with engage.point_value_set()'),
  ('point_value', 'valid_from', 'from when on; -infinity: ever'),
  ('point_value', 'hash', 'SHA-256 over the hash before it and this value'),
  ('point_value', 'face_value', 'what it buys, in the currency'),
  ('point_value', 'cost_value', 'what that costs you, in the currency'),
  ('point_value', 'currency', 'three letters (ISO 4217), the same for all values of a ledger'),
  ('point_value', 'expected_redemption_pct', 'share of points that will be redeemed one day, 0 to 100'),
  ('earn_rule', NULL, 'How points are earned. Set with engage.rule_set()'),
  ('earn_rule', 'rule', 'its name'),
  ('earn_rule', 'trigger', 'the kind of event: purchase, signup, review, referral, survey, social, check_in or custom'),
  ('earn_rule', 'rate_points', 'points for each rate_basis of the basis'),
  ('earn_rule', 'rate_basis', 'e.g. 1.00 of money'),
  ('earn_rule', 'fixed_points', 'points for each event, instead of a rate'),
  ('earn_rule', 'min_basis', 'smaller ones earn nothing'),
  ('earn_rule', 'cap_day', 'most base points a member gets in a day; NULL: no cap, as in the five columns that follow'),
  ('earn_rule', 'cap_month', 'in a month'),
  ('earn_rule', 'cap_lifetime', 'in all'),
  ('earn_rule', 'max_awards_day', 'most awards a member gets in a day'),
  ('earn_rule', 'max_awards_month', 'in a month'),
  ('earn_rule', 'max_awards_lifetime', 'in all'),
  ('earn_rule', 'tiers', 'for members of these tiers only; NULL: for everybody'),
  ('earn_rule', 'valid_from', 'first instant of events that earn'),
  ('earn_rule', 'valid_until', 'first instant of those that do not any more'),
  ('earn_rule', 'available_after', 'NULL: as the ledger says'),
  ('earn_rule', 'expires_after', 'NULL: as the ledger says'),
  ('earn_rule', 'qualifying', 'counts towards tiers'),
  ('earn_rule', 'active', 'false: switched off by engage.rule_switch()'),
  ('campaign', NULL, 'Limited-time bonuses. Set with engage.campaign_set()'),
  ('campaign', 'campaign', 'its name'),
  ('campaign', 'starts_at', 'first instant of events that get the bonus'),
  ('campaign', 'ends_at', 'first instant at which it is over'),
  ('campaign', 'rules', 'for these rules only; NULL: for all'),
  ('campaign', 'tiers', 'for members of these tiers only; NULL: for everybody'),
  ('campaign', 'multiplier_num', 'base points times multiplier_num / multiplier_den'),
  ('campaign', 'multiplier_den', 'divisor of the multiplier'),
  ('campaign', 'bonus_points', 'so many more points for each award, instead of a multiplier'),
  ('campaign', 'stacking_group', 'of the campaigns of a group only the one that gives most counts'),
  ('campaign', 'member_cap', 'most points one member gets from it; NULL: no cap'),
  ('campaign', 'budget', 'most points it gives in all; NULL: no budget'),
  ('campaign', 'cost_centre', 'who pays for it, in your words'),
  ('campaign', 'active', 'false: switched off by engage.campaign_switch()'),
  ('campaign_budget', NULL, 'A campaign''s budget in slices, so that members who earn at once do not wait for each other'),
  ('campaign_budget', 'campaign', 'whose budget it is'),
  ('campaign_budget', 'slot', 'number of the slice'),
  ('campaign_budget', 'allotted', 'points this slice may give'),
  ('campaign_budget', 'issued', 'points it gave, less what was reversed'),
  ('tally', NULL, 'Points by member, source and day of the ledger''s time zone, less what was reversed: caps and tiers read it. Derived from entry: engage.ledger_rebuild_tally()'),
  ('tally', 'member', 'whose points they are'),
  ('tally', 'source', 'rule:..., campaign:..., tier:... or earn'),
  ('tally', 'day', 'day of the ledger''s time zone, by effective time'),
  ('tally', 'points', 'points granted, less those reversed'),
  ('tally', 'awards', 'number of awards, less those reversed'),
  ('tally', 'basis', 'sum of what the rule was applied to, less what was returned'),
  ('tally', 'qualifying', 'counts towards tiers'),
  ('tier', NULL, 'Tiers of members. Set with engage.tier_set()'),
  ('tier', 'tier', 'its name'),
  ('tier', 'rank', 'the higher, the better'),
  ('tier', 'threshold', 'reached with so much of the ledger''s tier_metric'),
  ('tier', 'multiplier_num', 'base points times multiplier_num / multiplier_den'),
  ('tier', 'multiplier_den', 'divisor of the multiplier'),
  ('tier', 'invite_only', 'granted by engage.grant_tier(), not reached'),
  ('tier', 'perks', 'what members of this tier get besides, in your words'),
  ('tier_history', NULL, 'Every change of a member''s tier'),
  ('tier_history', 'member', 'whose tier changed'),
  ('tier_history', 'change_no', '1, 2, 3 ... for each member'),
  ('tier_history', 'tier', 'the tier from then on; NULL: none'),
  ('tier_history', 'previous_tier', 'the one before; NULL: none'),
  ('tier_history', 'effective_at', 'when it changed'),
  ('tier_history', 'recorded_at', 'when that was entered'),
  ('tier_history', 'until', 'next review, or end of the grant; infinity: never'),
  ('tier_history', 'reason', 'upgraded, granted, kept, grace, downgraded, grant_ended, revoked or rules_changed'),
  ('period_close', NULL, 'Closed periods. Close one with engage.close_period()'),
  ('period_close', 'closed_until', 'nothing can be recorded as effective before'),
  ('period_close', 'closed_at', 'when it was closed'),
  ('period_close', 'closed_by', 'role that closed it'),
  ('adjust_limit', NULL, 'How many points each role may adjust in one call. Set with engage.adjust_limit_set()'),
  ('adjust_limit', 'role', 'role whose members may adjust'),
  ('adjust_limit', 'max_points', 'most points in one call, up or down'),
  ('job_run', NULL, 'Runs of expire_points, reverse_batch and ledger_verify'),
  ('job_run', 'run_id', 'number of the run'),
  ('job_run', 'job', 'expire_points, reverse_batch or ledger_verify'),
  ('job_run', 'started_at', 'when it began'),
  ('job_run', 'finished_at', 'when it ended; NULL: it runs, or was interrupted'),
  ('job_run', 'members', 'members, or grants, done so far'),
  ('job_run', 'entries', 'entries written, or read'),
  ('job_run', 'findings', 'violated invariants, or members left out'),
  ('job_run', 'detail', 'the batch, or the checks, that it was called for'),

  ('balances', NULL, 'One row a member: his points at this instant, whether or not expiries have been swept. Points are bigint'),
  ('balances', 'member', 'the member, as your own tables have him'),
  ('balances', 'status', 'active or blocked'),
  ('balances', 'available', 'points he can spend now'),
  ('balances', 'pending', 'points that become available later'),
  ('balances', 'held', 'points reserved by open holds'),
  ('balances', 'debt', 'points taken back that he had spent; the next ones earned repay it'),
  ('balances', 'worth', 'available points at today''s face value; NULL: no point value was set'),
  ('balances', 'currency', 'of worth'),
  ('balances', 'tier', 'NULL: none'),
  ('balances', 'earned', 'points granted in his life, before reversals'),
  ('balances', 'redeemed', 'points redeemed in his life and not restored'),
  ('balances', 'expired', 'points that expired in his life'),
  ('balances', 'reversed', 'points taken back in his life'),
  ('balances', 'joined_at', 'when the ledger first knew him'),
  ('balances', 'last_entry_at', 'when his last entry was recorded'),
  ('balances', 'entries', 'number of his entries'),
  ('entries', NULL, 'The journal: every movement of points between a member and a house account, in the order of seq for each member'),
  ('entries', 'member', 'whose entry it is'),
  ('entries', 'seq', '1, 2, 3 ... for each member, without gaps'),
  ('entries', 'recorded_at', 'when it was entered'),
  ('entries', 'effective_at', 'when it happened'),
  ('entries', 'known_at', 'from when on balances show it: the instant of what happened because time passed, or when it was entered'),
  ('entries', 'kind', 'earn, award, bonus, opening, adjust, redeem, hold, capture, release, hold_expire, restore, reverse, write_off, expire, mature, activate, extend, block, unblock, tier or erase'),
  ('entries', 'house_account', 'the other side: issuance:base, issuance:action, issuance:referral, issuance:bonus, opening, adjustment, redemption, clawback, writeoff or breakage; NULL: nothing moved'),
  ('entries', 'amount', 'points the member got, negative: gave (change of available + pending + held - debt)'),
  ('entries', 'available_after', 'points available after it'),
  ('entries', 'pending_after', 'points pending after it'),
  ('entries', 'held_after', 'points held after it'),
  ('entries', 'debt_after', 'points owed after it'),
  ('entries', 'key', 'the request''s idempotency key; NULL: entered because time passed, or with the entry request_seq'),
  ('entries', 'source_ref', 'order or event it is about'),
  ('entries', 'request_seq', 'seq of the first entry of the same request; NULL: no request, because time passed'),
  ('entries', 'reverses_seq', 'seq of the entry that this one takes back, or of the lot it is about'),
  ('entries', 'hold_id', 'the hold it is about'),
  ('entries', 'until', 'new expiry of extended points, or end of a granted tier'),
  ('entries', 'rule', 'rule that awarded it'),
  ('entries', 'campaign', 'campaign that gave the bonus'),
  ('entries', 'batch', 'name under which engage.reverse_batch() finds it'),
  ('entries', 'basis', 'amount of money, or other measure, that the rule was applied to'),
  ('entries', 'reason', 'why, as stated by the caller, or by the ledger'),
  ('entries', 'actor', 'who did it, as stated by the caller'),
  ('entries', 'session_role', 'who was logged in'),
  ('entries', 'acting_role', 'the role in force'),
  ('lots', NULL, 'Every credit with what is left of it at this instant'),
  ('lots', 'member', 'whose lot it is'),
  ('lots', 'lot_no', 'number of the entry that granted it'),
  ('lots', 'state', 'pending, available, expired or empty'),
  ('lots', 'granted', 'points granted'),
  ('lots', 'remaining', 'points not spent, expired or taken back, those held included'),
  ('lots', 'held', 'points reserved by open holds'),
  ('lots', 'spendable', 'points that can be spent now'),
  ('lots', 'granted_at', 'when they were earned'),
  ('lots', 'available_at', 'NULL: when activated'),
  ('lots', 'expires_at', 'NULL: never'),
  ('lots', 'kind', 'how it was granted: earn, award, bonus, opening or adjust'),
  ('lots', 'source_ref', 'order or event that granted it'),
  ('lots', 'rule', 'rule that awarded it'),
  ('lots', 'campaign', 'campaign that gave it'),
  ('lots', 'batch', 'name under which engage.reverse_batch() finds it'),
  ('lots', 'unit_value', 'face value of one point when they were earned; NULL: none was set'),
  ('lots', 'granted_value', 'granted points at that value'),
  ('lots', 'remaining_value', 'remaining points at that value'),
  ('lots', 'currency', 'of the values'),
  ('expiring', NULL, 'Points that will expire, one row a lot. Filter by expires_at or last_day, and sum'),
  ('expiring', 'member', 'whose lot it is'),
  ('expiring', 'lot_no', 'number of the entry that granted it'),
  ('expiring', 'expires_at', 'first instant at which they cannot be spent'),
  ('expiring', 'last_day', 'last day on which they can be spent, in the ledger''s time zone'),
  ('expiring', 'points', 'points that expire then if they are not spent'),
  ('expiring', 'held', 'points of the lot that are reserved: they expire when their hold ends without a capture'),
  ('expiring', 'is_pending', 'they cannot be spent yet'),
  ('expiring', 'by_inactivity', 'they expire unless the member earns or redeems before'),
  ('expiring', 'worth', 'points at today''s face value; NULL: no point value was set'),
  ('expiring', 'currency', 'of worth'),
  ('redemptions', NULL, 'Points redeemed, one row a redemption or capture of a hold'),
  ('redemptions', 'member', 'who redeemed'),
  ('redemptions', 'seq', 'number of the entry'),
  ('redemptions', 'recorded_at', 'when it was entered'),
  ('redemptions', 'effective_at', 'when it happened'),
  ('redemptions', 'kind', 'redeem, or capture of a hold'),
  ('redemptions', 'points', 'points redeemed'),
  ('redemptions', 'restored', 'points of them given back since'),
  ('redemptions', 'net_points', 'points - restored'),
  ('redemptions', 'worth', 'points at the face value of that time; NULL: none was set'),
  ('redemptions', 'net_worth', 'net_points at the face value of that time'),
  ('redemptions', 'currency', 'of the values'),
  ('redemptions', 'key', 'the request''s idempotency key'),
  ('redemptions', 'source_ref', 'what they were redeemed for'),
  ('redemptions', 'hold_id', 'the hold that was captured'),
  ('redemptions', 'reason', 'why, as stated by the caller'),
  ('redemptions', 'actor', 'who did it, as stated by the caller'),
  ('redemptions', 'acting_role', 'the role in force'),
  ('liability_by_month', NULL, 'Points owed, by month of the ledger''s time zone: opening + issued - reversed - redeemed - expired + adjusted + written_off = closing, as engage.liability_rollforward() counts. Months without movements included. Reads the whole journal'),
  ('liability_by_month', 'month', 'its first day'),
  ('liability_by_month', 'opening', 'points owed at its beginning, less debts'),
  ('liability_by_month', 'issued', 'points earned, awarded and given as bonus, and opening balances brought in'),
  ('liability_by_month', 'adjusted', 'points added by hand, negative: taken away'),
  ('liability_by_month', 'redeemed', 'points redeemed, less those restored'),
  ('liability_by_month', 'reversed', 'points taken back'),
  ('liability_by_month', 'expired', 'points that expired, at their instant'),
  ('liability_by_month', 'written_off', 'debts of members that were forgiven'),
  ('liability_by_month', 'closing', 'points owed at its end (now, in the present month), less debts'),
  ('liability_by_month', 'closing_value', 'closing at the face value valid then; NULL: none was set'),
  ('liability_by_month', 'closing_cost', 'closing times cost value times expected redemption, valid then'),
  ('liability_by_month', 'currency', 'of the values')
$function$;
COMMENT ON FUNCTION engage.ledger_comments() IS 'Comments on the tables, views and columns of a ledger; for the ledger''s own functions';
