-- Ledger room: awards by rule, and tiers.

CREATE FUNCTION engage.earn_for(ledger text, member bigint, rule text, basis numeric DEFAULT NULL, source_ref text DEFAULT NULL, key text DEFAULT NULL, at timestamptz DEFAULT NULL, batch text DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 2000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_earn_for';
COMMENT ON FUNCTION engage.earn_for(text, bigint, text, numeric, text, text, timestamptz, text, text, text, text, text) IS
  'Awards points by a rule: by its rate for each rate_basis of the basis (zero or more, up to 36 digits and 36 decimals; what it measures is up to you), or its fixed points. The base is one entry and lot; the member''s tier and each campaign running at that instant add a bonus with a lot of its own. source_ref names the event, by default the key; the key is by default the rule and source_ref (''rule:source_ref''): one of them is needed (else error 22004). Several rules may award a source, each of them once. at: when it happened (default now, not in the future); rules, campaigns and the member''s tier are those of then. Statuses: ok, rule_inactive, not_eligible, below_minimum, already_awarded, no_points, capped, blocked, period_closed; what is refused awards no bonus either. Limits of members and budgets clip bonuses, never beyond what is left. Unknown rule: NG404. Reads the member''s tally of the rule''s month, or all of it for lifetime caps. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.earn_for(ledger text, member uuid, rule text, basis numeric DEFAULT NULL, source_ref text DEFAULT NULL, key text DEFAULT NULL, at timestamptz DEFAULT NULL, batch text DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 2000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_earn_for';
COMMENT ON FUNCTION engage.earn_for(text, uuid, text, numeric, text, text, timestamptz, text, text, text, text, text) IS
  'Awards points by a rule: by its rate for each rate_basis of the basis (zero or more, up to 36 digits and 36 decimals; what it measures is up to you), or its fixed points. The base is one entry and lot; the member''s tier and each campaign running at that instant add a bonus with a lot of its own. source_ref names the event, by default the key; the key is by default the rule and source_ref (''rule:source_ref''): one of them is needed (else error 22004). Several rules may award a source, each of them once. at: when it happened (default now, not in the future); rules, campaigns and the member''s tier are those of then. Statuses: ok, rule_inactive, not_eligible, below_minimum, already_awarded, no_points, capped, blocked, period_closed; what is refused awards no bonus either. Limits of members and budgets clip bonuses, never beyond what is left. Unknown rule: NG404. Reads the member''s tally of the rule''s month, or all of it for lifetime caps. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.earn_for(ledger text, member text, rule text, basis numeric DEFAULT NULL, source_ref text DEFAULT NULL, key text DEFAULT NULL, at timestamptz DEFAULT NULL, batch text DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 2000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_earn_for';
COMMENT ON FUNCTION engage.earn_for(text, text, text, numeric, text, text, timestamptz, text, text, text, text, text) IS
  'Awards points by a rule: by its rate for each rate_basis of the basis (zero or more, up to 36 digits and 36 decimals; what it measures is up to you), or its fixed points. The base is one entry and lot; the member''s tier and each campaign running at that instant add a bonus with a lot of its own. source_ref names the event, by default the key; the key is by default the rule and source_ref (''rule:source_ref''): one of them is needed (else error 22004). Several rules may award a source, each of them once. at: when it happened (default now, not in the future); rules, campaigns and the member''s tier are those of then. Statuses: ok, rule_inactive, not_eligible, below_minimum, already_awarded, no_points, capped, blocked, period_closed; what is refused awards no bonus either. Limits of members and budgets clip bonuses, never beyond what is left. Unknown rule: NG404. Reads the member''s tally of the rule''s month, or all of it for lifetime caps. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';

CREATE FUNCTION engage.earn_quote(ledger text, member bigint, rule text, basis numeric DEFAULT NULL, at timestamptz DEFAULT NULL)
  RETURNS TABLE (component text, campaign text, points bigint, status text, explanation text)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 ROWS 4 AS 'MODULE_PATHNAME', 'engage_earn_quote';
COMMENT ON FUNCTION engage.earn_quote(text, bigint, text, numeric, timestamptz) IS
  'What earn_for() would award now, and why; writes nothing. Rows: base, a bonus for the tier and for each campaign of this rule that is running, total. A bonus that gives nothing has the reason as its status: not_eligible, outweighed (by another of its stacking_group, or with stacking best_of), max_multiplier, no_points, member_cap, budget_exhausted. Without an award: base and total with the refusal''s status. at: another instant, also a future one. Budgets and caps may be used up by others before the award is made. Errors NG404 unknown ledger or rule, 22004, 22023.';
CREATE FUNCTION engage.earn_quote(ledger text, member uuid, rule text, basis numeric DEFAULT NULL, at timestamptz DEFAULT NULL)
  RETURNS TABLE (component text, campaign text, points bigint, status text, explanation text)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 ROWS 4 AS 'MODULE_PATHNAME', 'engage_earn_quote';
COMMENT ON FUNCTION engage.earn_quote(text, uuid, text, numeric, timestamptz) IS
  'What earn_for() would award now, and why; writes nothing. Rows: base, a bonus for the tier and for each campaign of this rule that is running, total. A bonus that gives nothing has the reason as its status: not_eligible, outweighed (by another of its stacking_group, or with stacking best_of), max_multiplier, no_points, member_cap, budget_exhausted. Without an award: base and total with the refusal''s status. at: another instant, also a future one. Budgets and caps may be used up by others before the award is made. Errors NG404 unknown ledger or rule, 22004, 22023.';
CREATE FUNCTION engage.earn_quote(ledger text, member text, rule text, basis numeric DEFAULT NULL, at timestamptz DEFAULT NULL)
  RETURNS TABLE (component text, campaign text, points bigint, status text, explanation text)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 ROWS 4 AS 'MODULE_PATHNAME', 'engage_earn_quote';
COMMENT ON FUNCTION engage.earn_quote(text, text, text, numeric, timestamptz) IS
  'What earn_for() would award now, and why; writes nothing. Rows: base, a bonus for the tier and for each campaign of this rule that is running, total. A bonus that gives nothing has the reason as its status: not_eligible, outweighed (by another of its stacking_group, or with stacking best_of), max_multiplier, no_points, member_cap, budget_exhausted. Without an award: base and total with the refusal''s status. at: another instant, also a future one. Budgets and caps may be used up by others before the award is made. Errors NG404 unknown ledger or rule, 22004, 22023.';

CREATE FUNCTION engage.rate_explained(rate text, basis numeric, points bigint) RETURNS text
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_rate_explained';
COMMENT ON FUNCTION engage.rate_explained(text, numeric, bigint) IS
  'What entry.rate says about the points of an award, in words; NULL if rate or points is NULL, or basis where the rate needs one. Error XX001 if the rate cannot be read.';

CREATE FUNCTION engage.explain_award_body(ledger text, member text, given regtype, source_ref text)
  RETURNS TABLE (recorded_at timestamptz, seq bigint, component text, rule text, campaign text, basis numeric, points bigint, status text, explanation text)
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 5
  SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  PERFORM engage.ledger_check_given(CASE WHEN ledger IS NULL THEN 'ledger' END, CASE WHEN source_ref IS NULL THEN 'source_ref' END);
  PERFORM engage.ledger_check_read(ledger);
  PERFORM engage.ledger_check_member(ledger, member, given);
  RETURN QUERY EXECUTE engage.ledger_sql(ledger, $query$
    WITH granted AS MATERIALIZED (
      SELECT e.* FROM @ledger@.entry e
      WHERE e.member = $1::@member@ AND e.source_ref = $2 AND e.kind IN ('award', 'bonus', 'earn', 'opening')
      UNION ALL
      SELECT e.* FROM @ledger@.entry e
      WHERE e.member = $1::@member@ AND e.key = $2 AND e.source_ref IS NULL AND e.kind IN ('award', 'earn', 'opening')),
    line AS (
      SELECT g.recorded_at, g.seq, CASE g.kind WHEN 'award' THEN 'base' ELSE g.kind END AS component, g.rule, g.campaign,
             coalesce(g.basis, b.basis) AS basis, g.amount AS points, 'ok' AS status,
             CASE WHEN g.kind = 'bonus' AND g.campaign IS NULL THEN g.reason || ': ' ELSE '' END
               || engage.rate_explained(g.rate, coalesce(g.basis, b.basis), g.amount) AS explanation
      FROM granted g LEFT JOIN granted b ON b.seq = g.request_seq
      UNION ALL
      SELECT r.recorded_at, r.seq, 'reversal', g.rule, g.campaign, - r.basis, r.amount, 'ok', r.reason
      FROM granted g JOIN @ledger@.entry r ON r.member = $1::@member@ AND r.reverses_seq = g.seq AND r.kind = 'reverse'
      UNION ALL
      SELECT r.recorded_at, NULL, CASE r.kind WHEN 'award' THEN 'base' ELSE r.kind END, r.rule,
             CASE r.kind WHEN 'bonus' THEN substr(r.key, strpos(r.key, ':') + 1) END, r.basis, 0, r.status, r.detail
      FROM @ledger@.refusal r
      WHERE r.member = $1::@member@ AND (r.source_ref = $2 OR r.key = $2 AND r.source_ref IS NULL) AND r.kind IN ('award', 'bonus', 'earn', 'opening'))
    SELECT l.recorded_at, l.seq, l.component, l.rule, l.campaign, l.basis, l.points, l.status, l.explanation
    FROM line l ORDER BY l.recorded_at, l.seq NULLS LAST, l.campaign$query$)
    USING member, source_ref;
END $function$;
COMMENT ON FUNCTION engage.explain_award_body(text, text, regtype, text) IS
  'The body of explain_award() for a member of any type, which runs it as the ledger''s owner; on its own it has but the rights of who calls it.';

CREATE FUNCTION engage.explain_award(ledger text, member bigint, source_ref text)
  RETURNS TABLE (recorded_at timestamptz, seq bigint, component text, rule text, campaign text, basis numeric, points bigint, status text, explanation text)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 ROWS 5 AS 'MODULE_PATHNAME', 'engage_run_member_report';
COMMENT ON FUNCTION engage.explain_award(text, bigint, text) IS
  'Why an event earned what it did: a row for each entry of this source (base, bonus, earn, opening, reversal), each refusal of it, and each bonus that a member_cap or a budget left nothing of, with status and explanation. No row: nobody asked for points with this source. Errors NG404, 22004, 42804, NG451.';
CREATE FUNCTION engage.explain_award(ledger text, member uuid, source_ref text)
  RETURNS TABLE (recorded_at timestamptz, seq bigint, component text, rule text, campaign text, basis numeric, points bigint, status text, explanation text)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 ROWS 5 AS 'MODULE_PATHNAME', 'engage_run_member_report';
COMMENT ON FUNCTION engage.explain_award(text, uuid, text) IS
  'Why an event earned what it did: a row for each entry of this source (base, bonus, earn, opening, reversal), each refusal of it, and each bonus that a member_cap or a budget left nothing of, with status and explanation. No row: nobody asked for points with this source. Errors NG404, 22004, 42804, NG451.';
CREATE FUNCTION engage.explain_award(ledger text, member text, source_ref text)
  RETURNS TABLE (recorded_at timestamptz, seq bigint, component text, rule text, campaign text, basis numeric, points bigint, status text, explanation text)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 ROWS 5 AS 'MODULE_PATHNAME', 'engage_run_member_report';
COMMENT ON FUNCTION engage.explain_award(text, text, text) IS
  'Why an event earned what it did: a row for each entry of this source (base, bonus, earn, opening, reversal), each refusal of it, and each bonus that a member_cap or a budget left nothing of, with status and explanation. No row: nobody asked for points with this source. Errors NG404, 22004, 42804, NG451.';

CREATE FUNCTION engage.grant_tier(ledger text, member bigint, tier text, key text, until timestamptz DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_grant_tier';
COMMENT ON FUNCTION engage.grant_tier(text, bigint, text, text, timestamptz, text, text, text, text) IS
  'Gives a member a tier, whatever the points say, until an instant (in the future; NULL: for good). He has the higher of this and of the tier he earns meanwhile, so a grant never lowers one, and after a review that lowers what he earned he has it still. Of several grants the highest counts; revoke_tier() ends them. Unknown tier: NG404. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.grant_tier(ledger text, member uuid, tier text, key text, until timestamptz DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_grant_tier';
COMMENT ON FUNCTION engage.grant_tier(text, uuid, text, text, timestamptz, text, text, text, text) IS
  'Gives a member a tier, whatever the points say, until an instant (in the future; NULL: for good). He has the higher of this and of the tier he earns meanwhile, so a grant never lowers one, and after a review that lowers what he earned he has it still. Of several grants the highest counts; revoke_tier() ends them. Unknown tier: NG404. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.grant_tier(ledger text, member text, tier text, key text, until timestamptz DEFAULT NULL, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_grant_tier';
COMMENT ON FUNCTION engage.grant_tier(text, text, text, text, timestamptz, text, text, text, text) IS
  'Gives a member a tier, whatever the points say, until an instant (in the future; NULL: for good). He has the higher of this and of the tier he earns meanwhile, so a grant never lowers one, and after a review that lowers what he earned he has it still. Of several grants the highest counts; revoke_tier() ends them. Unknown tier: NG404. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.revoke_tier(ledger text, member bigint, key text, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_revoke_tier';
COMMENT ON FUNCTION engage.revoke_tier(text, bigint, text, text, text, text, text) IS
  'Ends all tiers granted to a member; he has the one that he earned. Statuses: ok, nothing_to_do. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it (also of grant_tier()) is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.revoke_tier(ledger text, member uuid, key text, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_revoke_tier';
COMMENT ON FUNCTION engage.revoke_tier(text, uuid, text, text, text, text, text) IS
  'Ends all tiers granted to a member; he has the one that he earned. Statuses: ok, nothing_to_do. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it (also of grant_tier()) is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
CREATE FUNCTION engage.revoke_tier(ledger text, member text, key text, reason text DEFAULT NULL, actor text DEFAULT NULL, note text DEFAULT NULL, on_reject text DEFAULT 'status')
  RETURNS TABLE (status text, seq bigint, available bigint, pending bigint, held bigint, debt bigint, replayed boolean)
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_revoke_tier';
COMMENT ON FUNCTION engage.revoke_tier(text, text, text, text, text, text, text) IS
  'Ends all tiers granted to a member; he has the one that he earned. Statuses: ok, nothing_to_do. The key (1 to 128 characters) makes a retry harmless: the same request with the same key gives the outcome it had, another request with it (also of grant_tier()) is error NG409. Refusals are statuses, remembered for retries; on_reject => ''raise'' makes them errors NG422.';
