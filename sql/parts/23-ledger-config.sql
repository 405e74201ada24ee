-- Ledger room: rules, campaigns, tiers, point values, limits and closed periods of a ledger.
--
-- Each *_set() states the whole thing: what is not given has its default, also where it was set before.

-- A multiplier as a fraction in lowest terms.
CREATE FUNCTION engage.ledger_fraction(multiplier numeric, multiplier_den bigint, OUT num bigint, OUT den bigint)
  LANGUAGE plpgsql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE n numeric; d numeric; divisor numeric;
BEGIN
  IF multiplier IS NULL THEN RETURN; END IF;
  PERFORM engage.ledger_check_given(CASE WHEN multiplier_den IS NULL THEN 'multiplier_den' END);
  PERFORM engage.ledger_check_amount('multiplier_den', multiplier_den, 1, 1000000);
  IF multiplier = 'NaN' OR multiplier < multiplier_den OR multiplier > 1000 * multiplier_den::numeric OR scale(trim_scale(multiplier)) > 6 THEN
    PERFORM engage.ledger_invalid(format('multiplier %s is out of range', CASE multiplier_den WHEN 1 THEN multiplier::text ELSE format('%s / %s', multiplier, multiplier_den) END),
                                  'It is from 1 to 1000, with at most 6 decimals.', 'Use 1.5 for half as many points again; a third more is multiplier => 4, multiplier_den => 3.');
  END IF;
  d := 10::numeric ^ scale(trim_scale(multiplier));
  n := trunc(multiplier * d);
  d := trunc(d) * multiplier_den;
  divisor := gcd(n, d);
  num := n / divisor;
  den := d / divisor;
END $$;
COMMENT ON FUNCTION engage.ledger_fraction(numeric, bigint) IS 'multiplier / multiplier_den as a fraction of integers in lowest terms; error 22023 unless it is from 1 to 1000; for the ledger''s own functions';

-- Are all of these names in the table?
CREATE FUNCTION engage.ledger_check_known(ledger text, what text, relation text, names text[]) RETURNS void
  LANGUAGE plpgsql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE missing text;
BEGIN
  IF names IS NULL THEN RETURN; END IF;
  IF cardinality(names) = 0 OR array_ndims(names) > 1 OR array_position(names, NULL) IS NOT NULL THEN
    PERFORM engage.ledger_invalid(format('%ss "%s" is not a list of names', what, names), format('It is an array of at least one %s.', what), 'NULL stands for all.');
  END IF;
  EXECUTE format('SELECT n FROM unnest($1) n WHERE NOT EXISTS (SELECT FROM %I.%I t WHERE t.%I = n) LIMIT 1', ledger, relation, what) INTO missing USING names;
  IF missing IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'NG404', MESSAGE = format('ledger "%s" has no %s "%s"', ledger, what, missing), HINT = format('engage.%s_set() makes one.', what);
  END IF;
END $$;
COMMENT ON FUNCTION engage.ledger_check_known(text, text, text, text[]) IS 'Raises error NG404 unless all names are in this table of the ledger, 22023 if it is not a plain list; for the ledger''s own functions';

-- ------------------------------------------------------------ tally
-- As postings keep it: without tiers, only rows that a cap reads.
CREATE FUNCTION engage.ledger_rebuild_tally(ledger text) RETURNS bigint
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
  SET row_security = off
AS $$
DECLARE n bigint;
BEGIN
  PERFORM engage.ledger_check_owner(ledger);
  EXECUTE format('LOCK TABLE %I.entry IN SHARE ROW EXCLUSIVE MODE', ledger);
  EXECUTE format('DELETE FROM %I.tally', ledger);
  EXECUTE format($sql$
    INSERT INTO %1$I.tally (member, source, day, points, awards, basis, qualifying)
    SELECT g.member, g.source, (g.effective_at AT TIME ZONE m.time_zone)::date, sum(g.points - coalesce(g.reversed, 0)), sum(CASE WHEN g.reversed >= g.points THEN 0 ELSE g.awards END),
           sum(coalesce(g.basis, 0) - coalesce(g.basis_reversed, 0)), g.qualifying
    FROM (SELECT e.member, coalesce(e.effective_at, e.recorded_at) AS effective_at, e.amount AS points, CASE e.kind WHEN 'award' THEN e.basis END AS basis, (e.kind = 'award')::integer AS awards, r.reversed, r.basis_reversed,
                 CASE WHEN e.kind = 'award' THEN 'rule:' || e.rule WHEN e.kind = 'earn' THEN 'earn' WHEN e.campaign IS NOT NULL THEN 'campaign:' || e.campaign ELSE 'tier:' || substr(e.reason, 6) END AS source,
                 e.kind = 'earn' OR coalesce(u.qualifying, true) AS qualifying
          FROM %1$I.entry e
          LEFT JOIN %1$I.earn_rule u ON u.rule = e.rule
          LEFT JOIN %1$I.campaign c ON c.campaign = e.campaign
          LEFT JOIN (SELECT x.member, x.reverses_seq, - sum(x.amount) AS reversed, sum(x.basis) AS basis_reversed FROM %1$I.entry x WHERE x.kind = 'reverse' GROUP BY 1, 2) r
                 ON r.member = e.member AND r.reverses_seq = e.seq
          WHERE e.kind IN ('earn', 'award', 'bonus')
            AND (EXISTS (SELECT FROM %1$I.tier)
                 OR e.kind = 'award' AND num_nonnulls(u.cap_day, u.cap_month, u.cap_lifetime, u.max_awards_day, u.max_awards_month, u.max_awards_lifetime) > 0
                 OR e.kind = 'bonus' AND c.member_cap IS NOT NULL)) g
    CROSS JOIN %1$I.ledger_meta m
    GROUP BY 1, 2, 3, g.qualifying$sql$, ledger);
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN n;
END $$;
COMMENT ON FUNCTION engage.ledger_rebuild_tally(text) IS
  'Computes table tally, which caps and tiers read, from the journal again, and returns its number of rows. Owner only; postings wait. Reads the whole journal.';

-- ------------------------------------------------------------ rules
CREATE FUNCTION engage.rule_set(ledger text, rule text, trigger text, rate_points bigint DEFAULT NULL, rate_basis numeric DEFAULT NULL, fixed_points bigint DEFAULT NULL, min_basis numeric DEFAULT NULL,
  cap_day bigint DEFAULT NULL, cap_month bigint DEFAULT NULL, cap_lifetime bigint DEFAULT NULL, max_awards_day bigint DEFAULT NULL, max_awards_month bigint DEFAULT NULL, max_awards_lifetime bigint DEFAULT NULL,
  tiers text[] DEFAULT NULL, valid_from timestamptz DEFAULT NULL, valid_until timestamptz DEFAULT NULL, available_after interval DEFAULT NULL, expires_after interval DEFAULT NULL,
  qualifying boolean DEFAULT true, active boolean DEFAULT true) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE old record; has_caps boolean; had_caps boolean; has_awarded boolean;
BEGIN
  PERFORM engage.ledger_check_owner(ledger);
  PERFORM engage.ledger_check_name('rule', rule);
  PERFORM engage.ledger_check_choice('trigger', trigger, 'purchase', 'signup', 'review', 'referral', 'survey', 'social', 'check_in', 'custom');
  PERFORM engage.ledger_check_given(CASE WHEN qualifying IS NULL THEN 'qualifying' END, CASE WHEN active IS NULL THEN 'active' END);
  IF (rate_points IS NULL) <> (rate_basis IS NULL) OR num_nonnulls(rate_points, fixed_points) <> 1 THEN
    PERFORM engage.ledger_invalid(format('rule "%s" does not say how many points it gives', rule), 'It gives either rate_points for each rate_basis, or fixed_points.',
                                  'For example rate_points => 1, rate_basis => 1.00 for a point for each unit of money, or fixed_points => 50.');
  END IF;
  PERFORM engage.ledger_check_amount('rate_points', rate_points, 1, 1000000000), engage.ledger_check_amount('fixed_points', fixed_points, 1, 1000000000000), engage.ledger_check_amount('min_basis', min_basis, 0),
          engage.ledger_check_amount('rate_basis', rate_basis, 0.000001, 1000000000000), engage.ledger_check_amount('cap_day', cap_day, 1), engage.ledger_check_amount('cap_month', cap_month, 1),
          engage.ledger_check_amount('cap_lifetime', cap_lifetime, 1), engage.ledger_check_amount('max_awards_day', max_awards_day, 1), engage.ledger_check_amount('max_awards_month', max_awards_month, 1),
          engage.ledger_check_amount('max_awards_lifetime', max_awards_lifetime, 1);
  PERFORM engage.ledger_check_interval('available_after', available_after, true);
  PERFORM engage.ledger_check_interval('expires_after', expires_after, false);
  PERFORM engage.ledger_check_known(ledger, 'tier', 'tier', tiers);
  IF valid_until <= valid_from THEN
    PERFORM engage.ledger_invalid(format('valid_until %s is not after valid_from %s', valid_until, valid_from), 'A rule is valid from valid_from until before valid_until.', 'Leave valid_until out for a rule without an end.');
  END IF;

  EXECUTE format('LOCK TABLE %I.entry IN SHARE ROW EXCLUSIVE MODE', ledger);
  EXECUTE format('SELECT * FROM %I.earn_rule r WHERE r.rule = $1', ledger) INTO old USING rule;
  -- (the house account of entries goes by it, and what counts as an order)
  IF old.trigger <> trigger THEN
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.entry e WHERE e.rule = $1)', ledger) INTO has_awarded USING rule;
    IF has_awarded THEN
      PERFORM engage.ledger_invalid(format('rule "%s" has awarded points with trigger "%s"', rule, old.trigger), 'What these points were given for would change in the books.',
                                    'Make a rule of another name, and switch this one off with engage.rule_switch().');
    END IF;
  END IF;
  has_caps := num_nonnulls(cap_day, cap_month, cap_lifetime, max_awards_day, max_awards_month, max_awards_lifetime) > 0;
  had_caps := num_nonnulls(old.cap_day, old.cap_month, old.cap_lifetime, old.max_awards_day, old.max_awards_month, old.max_awards_lifetime) > 0;
  EXECUTE format('INSERT INTO %I.earn_rule (rule, trigger, rate_points, rate_basis, fixed_points, min_basis, cap_day, cap_month, cap_lifetime, max_awards_day, max_awards_month, max_awards_lifetime,
      tiers, valid_from, valid_until, available_after, expires_after, qualifying, active)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
    ON CONFLICT (rule) DO UPDATE SET (trigger, rate_points, rate_basis, fixed_points, min_basis, cap_day, cap_month, cap_lifetime, max_awards_day, max_awards_month, max_awards_lifetime,
      tiers, valid_from, valid_until, available_after, expires_after, qualifying, active)
    = (excluded.trigger, excluded.rate_points, excluded.rate_basis, excluded.fixed_points, excluded.min_basis, excluded.cap_day, excluded.cap_month, excluded.cap_lifetime, excluded.max_awards_day,
       excluded.max_awards_month, excluded.max_awards_lifetime, excluded.tiers, excluded.valid_from, excluded.valid_until, excluded.available_after, excluded.expires_after, excluded.qualifying, excluded.active)', ledger)
    USING rule, trigger, rate_points, rate_basis, fixed_points, min_basis, cap_day, cap_month, cap_lifetime, max_awards_day, max_awards_month, max_awards_lifetime,
      tiers, coalesce(valid_from, '-infinity'), coalesce(valid_until, 'infinity'), available_after, expires_after, qualifying, active;
  PERFORM engage.ledger_changed(ledger);
  IF old.rule IS NOT NULL AND (has_caps AND NOT had_caps OR qualifying <> old.qualifying) THEN -- (a new rule has awarded nothing)
    PERFORM engage.ledger_rebuild_tally(ledger);
  END IF;
END $$;
COMMENT ON FUNCTION engage.rule_set(text, text, text, bigint, numeric, bigint, numeric, bigint, bigint, bigint, bigint, bigint, bigint, text[], timestamptz, timestamptz, interval, interval, boolean, boolean) IS
  'Makes a rule by which engage.earn_for() awards points, or states it anew: what is not given has its default. Either rate_points for each rate_basis of the basis (an exact fraction), or fixed_points an event. Caps: base points, and awards, of one member a day, month or in all. tiers: only members of these. trigger: purchase, signup, review, referral, survey, social, check_in or custom; it stays once the rule has awarded. Owner only. Errors 22023 and 22004 with the value and what is accepted, NG404 unknown ledger or tier, 42501, NG405, NG426.';

CREATE FUNCTION engage.rule_switch(ledger text, rule text, active boolean) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM engage.ledger_check_owner(ledger);
  PERFORM engage.ledger_check_given(CASE WHEN rule IS NULL THEN 'rule' END, CASE WHEN active IS NULL THEN 'active' END);
  PERFORM engage.ledger_check_known(ledger, 'rule', 'earn_rule', ARRAY[rule]);
  EXECUTE format('UPDATE %I.earn_rule r SET active = $2 WHERE r.rule = $1', ledger) USING rule, active;
  PERFORM engage.ledger_changed(ledger);
END $$;
COMMENT ON FUNCTION engage.rule_switch(text, text, boolean) IS 'Switches a rule on or off and leaves the rest of it as it is. Owner only. Errors NG404 unknown ledger or rule, 22004, 42501, NG405, NG426.';

-- ------------------------------------------------------------ campaigns
CREATE FUNCTION engage.campaign_set(ledger text, campaign text, starts_at timestamptz, ends_at timestamptz, multiplier numeric DEFAULT NULL, multiplier_den bigint DEFAULT 1, bonus_points bigint DEFAULT NULL,
  rules text[] DEFAULT NULL, tiers text[] DEFAULT NULL, stacking_group text DEFAULT NULL, member_cap bigint DEFAULT NULL, budget bigint DEFAULT NULL, cost_centre text DEFAULT NULL,
  active boolean DEFAULT true, slots integer DEFAULT 16) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
  SET row_security = off
AS $$
DECLARE
  old record; fraction record; issued numeric; slot_count bigint; rest numeric; has_entries boolean;
BEGIN
  PERFORM engage.ledger_check_owner(ledger);
  PERFORM engage.ledger_check_name('campaign', campaign);
  PERFORM engage.ledger_check_given(CASE WHEN starts_at IS NULL THEN 'starts_at' END, CASE WHEN ends_at IS NULL THEN 'ends_at' END, CASE WHEN active IS NULL THEN 'active' END, CASE WHEN slots IS NULL THEN 'slots' END);
  fraction := engage.ledger_fraction(multiplier, multiplier_den);
  IF num_nonnulls(multiplier, bonus_points) <> 1 THEN
    PERFORM engage.ledger_invalid(format('campaign "%s" does not say how many points it gives', campaign), 'It gives either a multiplier of the base points, or bonus_points.', 'For example multiplier => 2, or bonus_points => 100.');
  ELSIF ends_at <= starts_at THEN
    PERFORM engage.ledger_invalid(format('ends_at %s is not after starts_at %s', ends_at, starts_at), 'A campaign runs from starts_at until before ends_at.', 'Exchange them, or use ''infinity'' for a campaign without an end.');
  END IF;
  PERFORM engage.ledger_check_amount('bonus_points', bonus_points, 1, 1000000000000), engage.ledger_check_amount('member_cap', member_cap, 1), engage.ledger_check_amount('budget', budget, 1),
          engage.ledger_check_amount('slots', slots, 1, 64);
  PERFORM engage.ledger_check_known(ledger, 'tier', 'tier', tiers);
  PERFORM engage.ledger_check_known(ledger, 'rule', 'earn_rule', rules);
  IF stacking_group IS NOT NULL THEN PERFORM engage.ledger_check_name('stacking_group', stacking_group); END IF;

  -- the journal first, as postings do; then nobody draws on the budget
  EXECUTE format('LOCK TABLE %1$I.entry, %1$I.campaign_budget IN SHARE ROW EXCLUSIVE MODE', ledger);
  EXECUTE format('SELECT * FROM %I.campaign c WHERE c.campaign = $1', ledger) INTO old USING campaign;
  EXECUTE format('SELECT sum(b.issued) FROM %I.campaign_budget b WHERE b.campaign = $1', ledger) INTO issued USING campaign;
  IF budget IS NULL AND issued IS NOT NULL THEN
    PERFORM engage.ledger_invalid(format('the budget of campaign "%s" cannot be removed', campaign), format('It has one, of which %s points were given and not taken back.', issued), 'Raise it instead.');
  ELSIF budget IS NOT NULL THEN
    IF issued IS NULL AND old.campaign IS NOT NULL THEN
      -- it ran without a budget so far: what it gave, and what was not taken back, counts
      EXECUTE format('SELECT coalesce(sum(e.amount + coalesce(r.amount, 0)), 0) FROM %1$I.entry e
                      LEFT JOIN LATERAL (SELECT sum(x.amount) AS amount FROM %1$I.entry x WHERE x.member = e.member AND x.reverses_seq = e.seq AND x.kind = ''reverse'') r ON true
                      WHERE e.campaign = $1 AND e.kind = ''bonus''', ledger) INTO issued USING campaign;
    END IF;
    issued := coalesce(issued, 0);
    IF budget < issued THEN
      PERFORM engage.ledger_invalid(format('budget %s of campaign "%s" is less than it has given', budget, campaign), format('It has given %s points that were not taken back.', issued),
                                    format('Use a budget of at least %s; engage.campaign_switch() stops the campaign.', issued));
    END IF;
  END IF;

  EXECUTE format('INSERT INTO %I.campaign (campaign, starts_at, ends_at, rules, tiers, multiplier_num, multiplier_den, bonus_points, stacking_group, member_cap, budget, cost_centre, active)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    ON CONFLICT (campaign) DO UPDATE SET (starts_at, ends_at, rules, tiers, multiplier_num, multiplier_den, bonus_points, stacking_group, member_cap, budget, cost_centre, active)
    = (excluded.starts_at, excluded.ends_at, excluded.rules, excluded.tiers, excluded.multiplier_num, excluded.multiplier_den, excluded.bonus_points, excluded.stacking_group, excluded.member_cap,
       excluded.budget, excluded.cost_centre, excluded.active)', ledger)
    USING campaign, starts_at, ends_at, rules, tiers, fraction.num, fraction.den, bonus_points, stacking_group, member_cap, budget, cost_centre, active;

  IF budget IS NOT NULL THEN
    -- what is left is spread evenly; a slice keeps what it has given, so that no slice is overdrawn
    slot_count := least(slots, budget);
    rest := budget - issued;
    EXECUTE format('DELETE FROM %I.campaign_budget b WHERE b.campaign = $1 AND b.slot >= $2 AND b.issued = 0', ledger) USING campaign, slot_count;
    EXECUTE format('UPDATE %I.campaign_budget b SET allotted = b.issued WHERE b.campaign = $1 AND b.slot >= $2', ledger) USING campaign, slot_count;
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.campaign_budget b WHERE b.campaign = $1)', ledger) INTO has_entries USING campaign;
    EXECUTE format('INSERT INTO %I.campaign_budget AS b (campaign, slot, allotted, issued)
      SELECT $1, s, x.issued + trunc($3 / $2) + CASE WHEN s < $3 %% $2 THEN 1 ELSE 0 END, x.issued
      FROM generate_series(0, $2 - 1) s, LATERAL (SELECT CASE WHEN $5 OR s > 0 THEN 0 ELSE $4 END AS issued) x
      ON CONFLICT (campaign, slot) DO UPDATE SET allotted = b.issued + excluded.allotted', ledger) USING campaign, slot_count::integer, rest, issued, has_entries;
  END IF;
  PERFORM engage.ledger_changed(ledger);
  IF member_cap IS NOT NULL AND old.campaign IS NOT NULL AND old.member_cap IS NULL THEN
    PERFORM engage.ledger_rebuild_tally(ledger);
  END IF;
END $$;
COMMENT ON FUNCTION engage.campaign_set(text, text, timestamptz, timestamptz, numeric, bigint, bigint, text[], text[], text, bigint, bigint, text, boolean, integer) IS
  'Makes a campaign, or states it anew: what is not given has its default. From starts_at until before ends_at, awards by the rules (NULL: all) to members of the tiers (NULL: everybody) get multiplier / multiplier_den times the base points, or bonus_points more. member_cap, budget: most points for one member, and in all. The budget is split into slots, so that many can earn at once; it can be changed, but not below what was given, nor removed. Owner only; waits for postings under way. Errors 22023 and 22004 with the value and what is accepted, NG404 unknown ledger, rule or tier, 42501, NG405, NG426.';

CREATE FUNCTION engage.campaign_switch(ledger text, campaign text, active boolean) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM engage.ledger_check_owner(ledger);
  PERFORM engage.ledger_check_given(CASE WHEN campaign IS NULL THEN 'campaign' END, CASE WHEN active IS NULL THEN 'active' END);
  PERFORM engage.ledger_check_known(ledger, 'campaign', 'campaign', ARRAY[campaign]);
  EXECUTE format('UPDATE %I.campaign c SET active = $2 WHERE c.campaign = $1', ledger) USING campaign, active;
  PERFORM engage.ledger_changed(ledger);
END $$;
COMMENT ON FUNCTION engage.campaign_switch(text, text, boolean) IS 'Switches a campaign on or off and leaves the rest of it as it is. Owner only. Errors NG404 unknown ledger or campaign, 22004, 42501, NG405, NG426.';

-- ------------------------------------------------------------ tiers
CREATE FUNCTION engage.tier_set(ledger text, tier text, rank integer, threshold numeric DEFAULT NULL, multiplier numeric DEFAULT 1, multiplier_den bigint DEFAULT 1, invite_only boolean DEFAULT false,
  perks text[] DEFAULT '{}') RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  fraction record; other record; is_first boolean; has_history boolean;
BEGIN
  PERFORM engage.ledger_check_owner(ledger);
  PERFORM engage.ledger_check_name('tier', tier);
  PERFORM engage.ledger_check_given(CASE WHEN rank IS NULL THEN 'rank' END, CASE WHEN invite_only IS NULL THEN 'invite_only' END, CASE WHEN perks IS NULL THEN 'perks' END,
                                    CASE WHEN threshold IS NULL AND NOT invite_only THEN 'threshold' END, CASE WHEN multiplier IS NULL THEN 'multiplier' END);
  PERFORM engage.ledger_check_amount('threshold', threshold, 0);
  fraction := engage.ledger_fraction(multiplier, multiplier_den);

  EXECUTE format('LOCK TABLE %1$I.entry, %1$I.tier IN SHARE ROW EXCLUSIVE MODE', ledger);
  EXECUTE format('SELECT NOT EXISTS (SELECT FROM %1$I.tier), EXISTS (SELECT FROM %1$I.entry)', ledger) INTO is_first, has_history;
  EXECUTE format('SELECT t.tier FROM %I.tier t WHERE t.rank = $1 AND t.tier <> $2', ledger) INTO other USING rank, tier;
  IF other.tier IS NOT NULL THEN
    PERFORM engage.ledger_invalid(format('rank %s is taken', rank), format('Tier "%s" has it.', other.tier), 'Give each tier a rank of its own; leave gaps for tiers to come.');
  END IF;
  IF NOT invite_only THEN
    EXECUTE format('SELECT t.tier, t.rank, t.threshold FROM %I.tier t WHERE t.tier <> $1 AND NOT t.invite_only AND (t.rank < $2 AND t.threshold >= $3 OR t.rank > $2 AND t.threshold <= $3) ORDER BY t.rank LIMIT 1', ledger)
      INTO other USING tier, rank, threshold;
    IF other.tier IS NOT NULL THEN
      PERFORM engage.ledger_invalid(format('threshold %s does not go with rank %s', threshold, rank), format('Tier "%s" has rank %s and threshold %s: higher ranks have higher thresholds.', other.tier, other.rank, other.threshold),
                                    'To move several thresholds up start with the highest tier, to move them down with the lowest.');
    END IF;
  END IF;
  EXECUTE format('INSERT INTO %I.tier (tier, rank, threshold, multiplier_num, multiplier_den, invite_only, perks) VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (tier) DO UPDATE SET (rank, threshold, multiplier_num, multiplier_den, invite_only, perks)
    = (excluded.rank, excluded.threshold, excluded.multiplier_num, excluded.multiplier_den, excluded.invite_only, excluded.perks)', ledger)
    USING tier, rank, coalesce(threshold, 0), fraction.num, fraction.den, invite_only, perks;
  PERFORM engage.ledger_changed(ledger);
  IF is_first AND has_history THEN
    PERFORM engage.ledger_rebuild_tally(ledger);
  END IF;
END $$;
COMMENT ON FUNCTION engage.tier_set(text, text, integer, numeric, numeric, bigint, boolean, text[]) IS
  'Makes a tier of members, or states it anew: what is not given has its default. Members reach it with threshold points, spend or orders (ledger_alter: tier_metric), or, if invite_only, by engage.grant_tier() alone. rank orders the tiers. Awards to its members get multiplier / multiplier_den times the base points. perks: your words. Members move at their next award, or review. Owner only. Errors 22023 and 22004 with the value and what is accepted, NG404, 42501, NG405, NG426.';

-- ------------------------------------------------------------ point values
CREATE FUNCTION engage.point_value_set(ledger text, face_value numeric, currency text, cost_value numeric DEFAULT NULL, expected_redemption_pct numeric DEFAULT 100, valid_from timestamptz DEFAULT NULL) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE latest record; present timestamptz; value_hash bytea;
BEGIN
  PERFORM engage.ledger_check_owner(ledger);
  PERFORM engage.ledger_check_given(CASE WHEN face_value IS NULL THEN 'face_value' END, CASE WHEN currency IS NULL THEN 'currency' END, CASE WHEN expected_redemption_pct IS NULL THEN 'expected_redemption_pct' END);
  PERFORM engage.ledger_check_amount('face_value', face_value, 0, 1000000000), engage.ledger_check_amount('cost_value', cost_value, 0, 1000000000), engage.ledger_check_amount('expected_redemption_pct', expected_redemption_pct, 0, 100);
  IF currency !~ '^[A-Z]{3}$' THEN
    PERFORM engage.ledger_invalid(format('currency "%s" is not a currency code', left(currency, 100)), 'It is three capital letters (ISO 4217).', 'For example ''USD'' or ''EUR''.');
  END IF;
  EXECUTE format('LOCK TABLE %I.point_value IN SHARE ROW EXCLUSIVE MODE', ledger);
  EXECUTE format('SELECT p.valid_from, p.currency FROM %I.point_value p ORDER BY p.valid_from DESC LIMIT 1', ledger) INTO latest;
  present := engage.ledger_now(ledger);
  IF latest.valid_from IS NULL THEN
    -- the first one changes the worth of nothing, so it may hold for all that was before
    valid_from := coalesce(valid_from, '-infinity');
    IF valid_from = 'infinity' THEN
      PERFORM engage.ledger_invalid('valid_from infinity is out of range', 'The first value of a ledger can hold from any time, or from ever.', 'Leave valid_from out.');
    END IF;
  ELSE
    valid_from := coalesce(valid_from, present);
    IF valid_from < present OR valid_from <= latest.valid_from OR NOT isfinite(valid_from) THEN
      PERFORM engage.ledger_invalid(format('valid_from %s is too early', valid_from), format('It is now (%s) or later, and later than the latest value''s (%s): the past keeps the values it had.', present, latest.valid_from),
                                    'Leave valid_from out for a value from now on.');
    ELSIF currency <> latest.currency THEN
      PERFORM engage.ledger_invalid(format('currency "%s" is another than before', currency), format('The points of this ledger are valued in %s, and sums over time are in one currency.', latest.currency), 'State the value in that currency.');
    END IF;
  END IF;
  cost_value := coalesce(cost_value, face_value);
  -- a chain like that of entries: ledger_verify computes it anew
  EXECUTE format('SELECT m.value_head FROM %I.ledger_meta m FOR UPDATE', ledger) INTO value_hash;
  value_hash := sha256(value_hash || timestamptz_send(valid_from) || convert_to(concat_ws(' ', face_value, cost_value, currency, expected_redemption_pct), 'UTF8'));
  EXECUTE format('INSERT INTO %I.point_value (valid_from, face_value, cost_value, currency, expected_redemption_pct, hash) VALUES ($1, $2, $3, $4, $5, $6)', ledger)
    USING valid_from, face_value, cost_value, currency, expected_redemption_pct, value_hash;
  EXECUTE format('UPDATE %I.ledger_meta SET value_head = $1', ledger) USING value_hash;
  PERFORM engage.ledger_changed(ledger);
END $$;
COMMENT ON FUNCTION engage.point_value_set(text, numeric, text, numeric, numeric, timestamptz) IS
  'States what one point is worth from valid_from on: face_value is what it buys, cost_value what that costs you (NULL: the same), expected_redemption_pct how many of 100 points will be redeemed one day. Values are never changed, only followed by others: valid_from is not in the past (default: now); that of the first value may be any time (default: ever since). All are in one currency. Owner only. Errors 22023 and 22004 with the value and what is accepted, NG404, 42501, NG405, NG426.';

-- ------------------------------------------------------------ limits
CREATE FUNCTION engage.adjust_limit_set(ledger text, role text, max_points bigint) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM engage.ledger_check_owner(ledger);
  PERFORM engage.ledger_check_given(CASE WHEN role IS NULL THEN 'role' END);
  PERFORM engage.ledger_check_amount('max_points', max_points, 1);
  IF max_points IS NULL THEN
    EXECUTE format('DELETE FROM %I.adjust_limit l WHERE l.role = $1', ledger) USING role;
  ELSE
    IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = role) THEN
      RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('role "%s" does not exist', role), HINT = 'CREATE ROLE makes one. Names are case-sensitive here.';
    END IF;
    EXECUTE format('INSERT INTO %I.adjust_limit (role, max_points) VALUES ($1, $2) ON CONFLICT (role) DO UPDATE SET max_points = excluded.max_points', ledger) USING role, max_points;
  END IF;
  PERFORM engage.ledger_changed(ledger);
END $$;
COMMENT ON FUNCTION engage.adjust_limit_set(text, text, bigint) IS
  'Lets a role and its members adjust so many points in one call of engage.adjust(); NULL: no longer. The owner may without limit. Owner only. Errors 42704 unknown role, 22023, 22004, NG404, 42501, NG405, NG426.';

-- ------------------------------------------------------------ closing periods
CREATE FUNCTION engage.close_period(ledger text, until timestamptz) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE closed timestamptz; present timestamptz;
BEGIN
  PERFORM engage.ledger_check_owner(ledger);
  PERFORM engage.ledger_check_given(CASE WHEN until IS NULL THEN 'until' END);
  -- postings under way end first, later ones see the closed period
  EXECUTE format('LOCK TABLE %I.entry IN SHARE ROW EXCLUSIVE MODE', ledger);
  EXECUTE format('SELECT m.closed_until FROM %I.ledger_meta m FOR UPDATE', ledger) INTO closed;
  present := engage.ledger_now(ledger);
  IF until > present THEN
    PERFORM engage.ledger_invalid(format('%s cannot be closed until %s', ledger, until), format('Now is %s: a period can be closed when it is over.', present), 'State the first instant that stays open.');
  ELSIF until < closed THEN
    PERFORM engage.ledger_invalid(format('%s cannot be closed until %s', ledger, until), format('It is closed until %s already.', closed), 'A closed period cannot be opened again: enter corrections at a later time.');
  ELSIF until = closed THEN
    RETURN;
  END IF;
  EXECUTE format('INSERT INTO %I.period_close (closed_until, closed_at, closed_by) VALUES ($1, $2, $3)', ledger) USING until, present, session_user;
  EXECUTE format('UPDATE %I.ledger_meta SET closed_until = $1', ledger) USING until;
  PERFORM engage.ledger_changed(ledger);
END $$;
COMMENT ON FUNCTION engage.close_period(text, timestamptz) IS
  'Closes the books before this instant: postings with an earlier at are refused with status period_closed from now on. Waits for postings under way. Closing until the same instant again does nothing. Owner only. Errors 22023 (in the future, or earlier than what is closed), 22004, NG404, 42501, NG405, NG426.';
