-- Ledger room: the tables of one ledger.
--
-- A ledger is a schema of ordinary tables that belong to whoever creates it; the extension owns none of
-- them, so dumps carry them and DROP EXTENSION cannot drop anybody's points.  Core types only.  The
-- triggers are the extension's: they keep hands off the books, they refuse DROP EXTENSION, and they check the
-- rows of account, lot and lot_use, for which CHECK constraints would cost a posting more than its index probes.

CREATE FUNCTION engage.ledger_guard() RETURNS trigger
  LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'engage_ledger_guard';
COMMENT ON FUNCTION engage.ledger_guard() IS
  'Trigger on every table of a ledger: only engage''s posting functions and the table''s owner write; a table of the journal (argument append_only) takes no UPDATE, DELETE or TRUNCATE from anybody. Error NG403.';

-- The statements that make a ledger's tables.  @ledger@ is its schema, @member@ the type of its members.
CREATE FUNCTION engage.ledger_ddl(ledger text, member_type text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $function$ SELECT replace(replace($ddl$

-- Settings: one row.  Change them with engage.ledger_alter().
CREATE TABLE @ledger@.ledger_meta (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  format_version integer NOT NULL,
  member_type text NOT NULL CHECK (member_type IN ('bigint', 'uuid', 'text')),
  unit text NOT NULL,
  time_zone text NOT NULL,
  rounding text NOT NULL CHECK (rounding IN ('floor', 'half_up', 'half_even', 'ceil')),
  available_after interval NOT NULL,                -- pending period of new points
  activation text NOT NULL CHECK (activation IN ('automatic', 'manual')),
  expires_after interval,                           -- fixed duration from earning
  expires_on text CHECK (expires_on ~ '^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'), -- fixed month and day
  expires_inactive interval,                        -- whole balance, after this time without activity
  expiry_rounding text NOT NULL CHECK (expiry_rounding IN ('none', 'day', 'month', 'year')),
  consumption text NOT NULL CHECK (consumption IN ('soonest_expiring', 'earned_first')),
  shortage text NOT NULL CHECK (shortage IN ('other_lots_then_debt', 'clamp', 'reject')),
  restoring text NOT NULL CHECK (restoring IN ('grace', 'expire')),
  restore_grace interval NOT NULL,
  debt_limit bigint CHECK (debt_limit >= 0),        -- NULL: none
  refund_window interval,                           -- NULL: none
  stacking text NOT NULL CHECK (stacking IN ('multiplicative', 'additive', 'best_of')),
  max_multiplier numeric CHECK (max_multiplier >= 1),
  tier_metric text NOT NULL CHECK (tier_metric IN ('points', 'spend', 'orders')),
  tier_window text NOT NULL CHECK (tier_window IN ('rolling', 'calendar', 'anniversary', 'lifetime')),
  tier_period interval NOT NULL,
  tier_grace interval NOT NULL,
  tier_downgrade text NOT NULL CHECK (tier_downgrade IN ('one_down', 'recompute')),
  closed_until timestamptz NOT NULL DEFAULT '-infinity',
  inactivity_since timestamptz NOT NULL DEFAULT '-infinity',  -- expires_inactive and time_zone are what they are, and
  inactivity_latest timestamptz NOT NULL DEFAULT '-infinity', -- the latest account.inactive_at there was then
  -- hash of the last point_value
  value_head bytea NOT NULL DEFAULT '\x0000000000000000000000000000000000000000000000000000000000000000',
  test_clock boolean NOT NULL,
  created_at timestamptz NOT NULL,
  CHECK (num_nonnulls(expires_after, expires_on, expires_inactive) <= 1)
);

-- One row a member: what engage.balance() reads and every posting locks.
CREATE TABLE @ledger@.account (
  member @member@ PRIMARY KEY,
  seq bigint NOT NULL DEFAULT 0,                    -- of the last entry
  available bigint NOT NULL DEFAULT 0,
  pending bigint NOT NULL DEFAULT 0,
  held bigint NOT NULL DEFAULT 0,
  debt bigint NOT NULL DEFAULT 0,
  earned bigint NOT NULL DEFAULT 0,                 -- for life, as the three below
  redeemed bigint NOT NULL DEFAULT 0,
  expired bigint NOT NULL DEFAULT 0,
  reversed bigint NOT NULL DEFAULT 0,
  joined_at timestamptz NOT NULL,
  last_recorded_at timestamptz NOT NULL DEFAULT '-infinity',
  next_due_at timestamptz NOT NULL DEFAULT 'infinity',     -- nothing changes by itself before
  next_expiry_at timestamptz NOT NULL DEFAULT 'infinity',  -- of points that are available: the soonest, and
  next_expiry_points bigint NOT NULL DEFAULT 0,            -- how many expire then
  inactive_at timestamptz NOT NULL DEFAULT 'infinity',     -- when all expires for inactivity
  lapsed_seq bigint NOT NULL DEFAULT 0,             -- lots up to this one have lapsed: what comes back of them has expired
  balance_hash bigint NOT NULL DEFAULT 0,           -- of seq, the four figures and chain_head, as the last posting left them
  tier_due_at timestamptz NOT NULL DEFAULT 'infinity',     -- the earlier of the two below
  refusals bigint NOT NULL DEFAULT 0,               -- rows of table refusal, in which keys must be looked for, too
  blocked boolean NOT NULL DEFAULT false,
  tier_in_grace boolean NOT NULL DEFAULT false,     -- the earned tier is, after a review that it failed
  has_sources boolean NOT NULL DEFAULT false,       -- an entry names a source_ref: likewise
  earned_due_at timestamptz,                        -- when the earned tier is reviewed
  granted_until timestamptz,                        -- when the granted tier ends
  tier text,                                        -- the higher of the two that follow
  earned_tier text,
  granted_tier text,                                -- by invitation: the highest grant that has not ended
  chain_head bytea NOT NULL DEFAULT '\x0000000000000000000000000000000000000000000000000000000000000000'
) WITH (fillfactor = 70);

-- The journal: one row says what moved between a member and a house account, and what was left.
CREATE TABLE @ledger@.entry (
  member @member@ NOT NULL,
  seq bigint NOT NULL,                              -- 1, 2, 3 ... for each member
  amount bigint NOT NULL,                           -- change of available + pending + held - debt
  available_after bigint NOT NULL,
  pending_after bigint,                             -- NULL: 0, as in the two below; view entries has zeros
  held_after bigint,
  debt_after bigint,
  recorded_at timestamptz NOT NULL,
  effective_at timestamptz,                         -- NULL: when recorded
  request_hash bigint,                              -- of the request with this key
  request_seq bigint,                               -- further entry of the request at this seq
  reverses_seq bigint,                              -- what this entry takes back
  hold_id bigint,
  until timestamptz,                                -- new expiry, or end of a granted tier
  -- what is looked for in unique indexes does not depend on the system's collations
  kind text COLLATE "C" NOT NULL,
  key text COLLATE "C",
  source_ref text COLLATE "C",                      -- NULL: the key
  rule text,
  campaign text,
  batch text COLLATE "C",
  basis numeric,
  rate text,                                        -- formula by which an award was computed
  reason text,
  actor text,
  session_role text NOT NULL,
  acting_role text,                                 -- current_user where another
  note_hash bytea,                                  -- SHA-256 of the note
  hash bytea NOT NULL,                              -- SHA-256 over the previous hash and this entry
  PRIMARY KEY (member, seq)
);
CREATE UNIQUE INDEX entry_key ON @ledger@.entry (member, kind, key) WHERE key IS NOT NULL;
CREATE INDEX entry_source_ref ON @ledger@.entry (member, source_ref) WHERE source_ref IS NOT NULL;
CREATE INDEX entry_reverses ON @ledger@.entry (member, reverses_seq) WHERE reverses_seq IS NOT NULL;
CREATE INDEX entry_batch ON @ledger@.entry (batch, member, seq) WHERE batch IS NOT NULL;
CREATE INDEX entry_recorded_at ON @ledger@.entry USING brin (recorded_at) WITH (autosummarize = on);

-- Every credit is a lot; its number is the seq of its entry.  It can be spent while available_at <= t < expires_at.
CREATE TABLE @ledger@.lot (
  member @member@ NOT NULL,
  lot_no bigint NOT NULL,
  granted bigint NOT NULL,
  remaining bigint NOT NULL,
  held bigint NOT NULL DEFAULT 0,
  available_at timestamptz NOT NULL,                -- infinity: when activated
  expires_at timestamptz NOT NULL,                  -- infinity: never
  is_open boolean NOT NULL,                         -- remaining > 0; apart, so that updates stay HOT
  is_pending boolean NOT NULL DEFAULT false,        -- its maturity is not in the journal yet
  initial_available_at timestamptz,                 -- NULL: as it is now
  initial_expires_at timestamptz,
  earned_at timestamptz,                            -- NULL: when it was to become available, as granted
  PRIMARY KEY (member, lot_no)
);
CREATE INDEX lot_open ON @ledger@.lot (member, expires_at, available_at) WHERE is_open;  -- the order in which points are consumed

-- Which debit took which points.
CREATE TABLE @ledger@.lot_use (
  member @member@ NOT NULL,
  seq bigint NOT NULL,                              -- of the entry
  lot_no bigint NOT NULL,
  points bigint NOT NULL,
  action text NOT NULL,                             -- consume, restore, hold, capture, release, expire, claw or repay_debt
  ordinal integer NOT NULL,                         -- 1, 2, 3 ... in the order in which the entry took them
  PRIMARY KEY (member, seq, lot_no, action)
);

CREATE TABLE @ledger@.hold (
  hold_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  member @member@ NOT NULL,
  seq bigint NOT NULL,                              -- of its entry
  points bigint NOT NULL CHECK (points > 0),
  captured bigint NOT NULL DEFAULT 0,
  released bigint NOT NULL DEFAULT 0,
  expires_at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'captured', 'released', 'expired')),
  lots bigint[] NOT NULL,                           -- what is reserved now: lots, and
  slices bigint[] NOT NULL,                         -- points of each
  CHECK (captured >= 0 AND released >= 0 AND captured + released <= points),
  CHECK ((state = 'open') = (captured + released < points))
);
CREATE INDEX hold_open ON @ledger@.hold (member, expires_at) WHERE state = 'open';

-- Requests that were refused: a retry is told the same.
CREATE TABLE @ledger@.refusal (
  member @member@ NOT NULL,
  kind text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  status text NOT NULL,
  request_hash bigint NOT NULL,
  recorded_at timestamptz NOT NULL,
  seq bigint NOT NULL,                              -- of the member's last entry then, and
  available bigint NOT NULL,                        -- the balance then
  pending bigint NOT NULL,
  held bigint NOT NULL,
  debt bigint NOT NULL,
  points bigint,                                    -- asked for
  source_ref text,
  rule text,
  basis numeric,
  detail text,                                      -- why
  actor text,
  session_role text NOT NULL,
  acting_role text,
  PRIMARY KEY (member, kind, key)
);

-- Remarks, which may hold personal data: hashed by reference, so that erasing one breaks nothing.
CREATE TABLE @ledger@.entry_note (
  member @member@ NOT NULL,
  seq bigint NOT NULL,
  note text NOT NULL,
  PRIMARY KEY (member, seq)
);

-- What one point is worth from when on.
CREATE TABLE @ledger@.point_value (
  valid_from timestamptz PRIMARY KEY,
  face_value numeric NOT NULL CHECK (face_value >= 0),
  cost_value numeric NOT NULL CHECK (cost_value >= 0),
  currency text NOT NULL,
  expected_redemption_pct numeric NOT NULL CHECK (expected_redemption_pct BETWEEN 0 AND 100),
  hash bytea NOT NULL                               -- SHA-256 over the previous hash and this value
);

CREATE TABLE @ledger@.earn_rule (
  rule text PRIMARY KEY,
  trigger text NOT NULL CHECK (trigger IN ('purchase', 'signup', 'review', 'referral', 'survey', 'social', 'check_in', 'custom')),
  rate_points bigint CHECK (rate_points > 0),       -- rate_points for each rate_basis of the basis,
  rate_basis numeric CHECK (rate_basis > 0),
  fixed_points bigint CHECK (fixed_points > 0),     -- or so many for each event
  min_basis numeric,
  cap_day bigint CHECK (cap_day > 0),               -- points of one member, base points only
  cap_month bigint CHECK (cap_month > 0),
  cap_lifetime bigint CHECK (cap_lifetime > 0),
  max_awards_day bigint CHECK (max_awards_day > 0),
  max_awards_month bigint CHECK (max_awards_month > 0),
  max_awards_lifetime bigint CHECK (max_awards_lifetime > 0),
  tiers text[],                                     -- NULL: everybody
  valid_from timestamptz NOT NULL DEFAULT '-infinity',
  valid_until timestamptz NOT NULL DEFAULT 'infinity',
  available_after interval,                         -- NULL: as the ledger says
  expires_after interval,
  qualifying boolean NOT NULL DEFAULT true,         -- counts for tiers
  active boolean NOT NULL DEFAULT true,
  CHECK ((rate_points IS NULL) = (rate_basis IS NULL)),
  CHECK (num_nonnulls(rate_points, fixed_points) = 1)
);

CREATE TABLE @ledger@.campaign (
  campaign text PRIMARY KEY,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  rules text[],                                     -- NULL: all
  tiers text[],                                     -- NULL: everybody
  multiplier_num bigint CHECK (multiplier_num > 0), -- base points times num / den, or
  multiplier_den bigint CHECK (multiplier_den > 0),
  bonus_points bigint CHECK (bonus_points > 0),     -- so many more
  stacking_group text,                              -- of a group only the best counts
  member_cap bigint CHECK (member_cap > 0),
  budget bigint CHECK (budget > 0),                 -- NULL: none
  cost_centre text,
  active boolean NOT NULL DEFAULT true,
  CHECK (starts_at < ends_at),
  CHECK ((multiplier_num IS NULL) = (multiplier_den IS NULL)),
  CHECK (multiplier_num >= multiplier_den),
  CHECK (num_nonnulls(multiplier_num, bonus_points) = 1)
);

-- A budget in slices, so that members who earn at once do not wait for each other.
CREATE TABLE @ledger@.campaign_budget (
  campaign text NOT NULL,
  slot integer NOT NULL,
  allotted bigint NOT NULL CHECK (allotted >= 0),
  issued bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (campaign, slot),
  CHECK (0 <= issued AND issued <= allotted)
) WITH (fillfactor = 50);

-- Points by member, source ('rule:x', 'campaign:x' or 'earn') and day of the ledger's time zone, less what
-- was reversed: caps and tiers read it.  A campaign's points qualify as the rule's do that they came with.
CREATE TABLE @ledger@.tally (
  member @member@ NOT NULL,
  source text NOT NULL,
  day date NOT NULL,
  points bigint NOT NULL,
  awards bigint NOT NULL,
  basis numeric NOT NULL,
  qualifying boolean NOT NULL,
  PRIMARY KEY (member, source, day, qualifying)
) WITH (fillfactor = 80);

CREATE TABLE @ledger@.tier (
  tier text PRIMARY KEY,
  rank integer NOT NULL UNIQUE,
  threshold numeric NOT NULL CHECK (threshold >= 0),
  multiplier_num bigint NOT NULL DEFAULT 1 CHECK (multiplier_num > 0),
  multiplier_den bigint NOT NULL DEFAULT 1 CHECK (multiplier_den > 0),
  invite_only boolean NOT NULL DEFAULT false,
  perks text[] NOT NULL DEFAULT '{}',
  CHECK (multiplier_num >= multiplier_den)
);

CREATE TABLE @ledger@.tier_history (
  member @member@ NOT NULL,
  change_no bigint NOT NULL,                        -- 1, 2, 3 ... for each member
  tier text,                                        -- NULL: none any more
  previous_tier text,
  effective_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  until timestamptz NOT NULL,                       -- next review, or end of the grant
  reason text NOT NULL,
  PRIMARY KEY (member, change_no)
);

CREATE TABLE @ledger@.period_close (
  closed_until timestamptz PRIMARY KEY,
  closed_at timestamptz NOT NULL,
  closed_by text NOT NULL
);

-- How much each role may adjust in one call; a role that is not named may not adjust.  The owner may.
CREATE TABLE @ledger@.adjust_limit (
  role text PRIMARY KEY,
  max_points bigint NOT NULL CHECK (max_points > 0)
);

-- Runs of the long jobs: expire_points, reverse_batch, ledger_verify.
CREATE TABLE @ledger@.job_run (
  run_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  job text NOT NULL,
  started_at timestamptz NOT NULL,
  finished_at timestamptz,
  members bigint NOT NULL DEFAULT 0,
  entries bigint NOT NULL DEFAULT 0,
  findings bigint NOT NULL DEFAULT 0,               -- of ledger_verify; members (grants) that another job left out
  detail text
);
CREATE INDEX job_run_job ON @ledger@.job_run (job, started_at);
$ddl$, '@ledger@', quote_ident(ledger)), '@member@', member_type) $function$;
COMMENT ON FUNCTION engage.ledger_ddl(text, text) IS
  'The statements that make the tables and indexes of a ledger; ledger_create() runs them.';
