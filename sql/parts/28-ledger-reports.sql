-- Ledger room: what a programme owes, earned, spent and lost.  See 27 for what the reports have in common.

-- ------------------------------------------------------------ liability
CREATE FUNCTION engage.liability_body(ledger text, at timestamptz)
  RETURNS TABLE(bucket text, lots bigint, available numeric, pending numeric, held numeric, outstanding numeric, debt numeric,
                worth_at_grant numeric, worth numeric, cost numeric, expected_redemption_pct numeric,
                liability numeric, breakage_reserve numeric, currency text)
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 8
  SET search_path = pg_catalog, pg_temp SET jit = off
AS $function$
DECLARE
  inactive interval;
  zone text;
  now timestamptz;
  instant timestamptz;
  known timestamptz[];   -- since when points were worth
  faces numeric[];       -- so much
  face numeric;
  cost numeric;
  pct numeric;
  money text;
BEGIN
  PERFORM engage.ledger_check_given(CASE WHEN ledger IS NULL THEN 'ledger' END);
  PERFORM engage.ledger_check_read(ledger);
  now := engage.ledger_now(ledger);
  instant := coalesce(at, now);
  IF NOT isfinite(instant) THEN
    PERFORM engage.ledger_invalid(format('at "%s" is out of range', instant), 'It is a finite point in time.', 'Leave it out for the liability now.');
  END IF;
  EXECUTE format('SELECT expires_inactive, time_zone FROM %I.ledger_meta', ledger) INTO inactive, zone;
  EXECUTE format('SELECT face_value, cost_value, expected_redemption_pct, currency FROM %I.point_value WHERE valid_from <= $1 ORDER BY valid_from DESC LIMIT 1', ledger)
    INTO face, cost, pct, money USING instant;
  EXECUTE format('SELECT array_agg(valid_from ORDER BY valid_from), array_agg(face_value ORDER BY valid_from) FROM %I.point_value WHERE valid_from <= $1', ledger)
    INTO known, faces USING instant;
  RETURN QUERY EXECUTE engage.ledger_sql(ledger, $query$
    WITH @lots@,
    valued AS (
      SELECT CASE WHEN l.expires_at = 'infinity' THEN 7
                  WHEN l.expires_at <= $3 THEN 1
                  WHEN l.expires_at <= $3 + interval '720 hours' THEN 2
                  WHEN l.expires_at <= $3 + interval '2160 hours' THEN 3
                  WHEN l.expires_at <= $3 + interval '4320 hours' THEN 4
                  WHEN l.expires_at <= $3 + interval '8760 hours' THEN 5
                  ELSE 6 END AS n,
             CASE WHEN l.is_pending THEN 0 ELSE l.remaining - l.held END AS available,
             CASE WHEN l.is_pending THEN l.remaining - l.held ELSE 0 END AS pending,
             l.held, l.remaining,
             CASE WHEN cardinality($6) > 1 THEN greatest(1, width_bucket(coalesce(g.effective_at, g.recorded_at), $6)) ELSE 1 END AS granted_under
      FROM lots l LEFT JOIN @ledger@.entry g ON cardinality($6) > 1 AND g.member = l.member AND g.seq = l.lot_no
      OFFSET 0),  -- (the planner shall not believe in as many groups as lots)
    bucketed AS (
      SELECT v.n, v.lots, v.available, v.pending, v.held, v.remaining, v.remaining * $7[v.granted_under] AS at_grant
      FROM (SELECT v.n, v.granted_under, count(*) AS lots, sum(v.available) AS available, sum(v.pending) AS pending, sum(v.held) AS held, sum(v.remaining) AS remaining
            FROM valued v GROUP BY v.n, v.granted_under) v),
    b AS (
      SELECT x.n, x.bucket, sum(coalesce(v.lots, 0))::bigint AS lots, sum(coalesce(v.available, 0)) AS available,
             sum(coalesce(v.pending, 0)) AS pending, sum(coalesce(v.held, 0)) AS held,
             sum(coalesce(v.remaining, 0)) AS points,
             coalesce(sum(v.at_grant), 0 * $8) AS at_grant
      FROM (VALUES (1, 'overdue'), (2, '0-30 days'), (3, '31-90 days'), (4, '91-180 days'), (5, '181-365 days'),
                   (6, 'over 365 days'), (7, 'never'), (8, 'total')) x(n, bucket)
      LEFT JOIN bucketed v ON v.n = x.n OR x.n = 8
      GROUP BY x.n, x.bucket)
    SELECT b.bucket, b.lots, b.available, b.pending, b.held, b.points, CASE WHEN b.n = 8 THEN @debt@ END,
           b.at_grant, b.points * $8, b.points * $9, $10, b.points * $9 * $10 * 0.01, b.points * $9 * (100 - $10) * 0.01, $11
    FROM b ORDER BY b.n$query$)
    USING ledger, at, instant, inactive, zone, coalesce(known, '{}'), faces, face, cost, pct, money;
END $function$;
COMMENT ON FUNCTION engage.liability_body(text, timestamptz) IS
  'The body of liability(), which runs it as the ledger''s owner; on its own it has but the rights of who calls it.';

CREATE FUNCTION engage.liability(ledger text, at timestamptz DEFAULT NULL)
  RETURNS TABLE(bucket text, lots bigint, available numeric, pending numeric, held numeric, outstanding numeric, debt numeric,
                worth_at_grant numeric, worth numeric, cost numeric, expected_redemption_pct numeric,
                liability numeric, breakage_reserve numeric, currency text)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 8 AS 'MODULE_PATHNAME', 'engage_run_report';
COMMENT ON FUNCTION engage.liability(text, timestamptz) IS
  'What the programme owes at an instant (NULL: now; past: as was known then; future: if nothing more is posted), by time to expiry in days of 24 hours, and in total. Points of lots: available, pending, held, together outstanding; overdue are only points held beyond their expiry by an open hold. They add up to balance() over all members. debt, in the total only: what members owe; it is not deducted. worth_at_grant: face value when granted (the first one for what was granted before it); worth, cost: at face and cost value of the instant; liability = cost x expected redemption (0-100), breakage_reserve = cost - liability. All money is NULL where no point value is known. Reads all open lots, and for a past instant the entries since.';

-- ------------------------------------------------------------ roll-forward
-- What moved in (since, until], net of debt: of entries e and of what is due, from the common table expression due.
CREATE FUNCTION engage.ledger_flows_sql() RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $function$ SELECT $flows$
    moved AS (
      SELECT e.kind, sum(e.amount) AS points
      FROM @ledger@.entry e
      WHERE e.amount <> 0 AND e.recorded_at > coalesce($2, '-infinity')
        AND @known_at@ > coalesce($2, '-infinity') AND @known_at@ <= coalesce($3, 'infinity')
      GROUP BY e.kind
      UNION ALL
      SELECT d.kind, sum(d.amount) FROM due d WHERE d.effective_at > coalesce($2, '-infinity') GROUP BY d.kind),
    flows AS (
      SELECT coalesce(sum(m.points) FILTER (WHERE m.kind IN ('earn', 'award', 'bonus', 'opening')), 0) AS issued,
             coalesce(- sum(m.points) FILTER (WHERE m.kind = 'reverse'), 0) AS reversed,
             coalesce(- sum(m.points) FILTER (WHERE m.kind IN ('redeem', 'capture', 'restore')), 0) AS redeemed,
             coalesce(- sum(m.points) FILTER (WHERE m.kind = 'expire'), 0) AS expired,
             coalesce(sum(m.points) FILTER (WHERE m.kind = 'adjust'), 0) AS adjusted,
             coalesce(sum(m.points) FILTER (WHERE m.kind = 'write_off'), 0) AS written_off
      FROM moved m)$flows$ $function$;
COMMENT ON FUNCTION engage.ledger_flows_sql() IS
  'For engage''s reports: the text that adds up, by kind, what moved after $2 (NULL: the beginning) up to and including $3 (NULL: now), written or due.';

CREATE FUNCTION engage.liability_rollforward_body(ledger text, since timestamptz, until timestamptz)
  RETURNS TABLE(opening numeric, issued numeric, reversed numeric, redeemed numeric, expired numeric, adjusted numeric, written_off numeric,
                closing numeric, opening_outstanding numeric, opening_debt numeric, closing_outstanding numeric, closing_debt numeric,
                difference numeric)
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 1
  SET search_path = pg_catalog, pg_temp SET jit = off
AS $function$
DECLARE
  first timestamptz := nullif(since, '-infinity');
  last timestamptz := nullif(until, 'infinity');
  now timestamptz;
BEGIN
  PERFORM engage.ledger_check_given(CASE WHEN ledger IS NULL THEN 'ledger' END);
  PERFORM engage.ledger_check_read(ledger);
  now := engage.ledger_now(ledger);
  PERFORM engage.ledger_check_period(first, coalesce(last, now));
  RETURN QUERY EXECUTE engage.ledger_sql(ledger, replace($query$
    WITH due AS MATERIALIZED (
      SELECT d.member::@member@ AS member, d.seq, d.kind, d.amount, d.debt_after, d.effective_at,
             coalesce(lag(d.debt_after) OVER (PARTITION BY d.member ORDER BY d.seq),
                      (SELECT a.debt FROM @ledger@.account a WHERE a.member = d.member::@member@)) - d.debt_after AS repaid
      FROM engage.due_entries($1, $4) d),
    ends(n, at) AS (VALUES (1, $2), (2, $3)),
    later AS MATERIALIZED (  -- than one of the ends
      SELECT e.member, e.seq, @known_at@ AS known_at
      FROM @ledger@.entry e
      WHERE e.recorded_at > coalesce($2, $3, 'infinity') AND @known_at@ > coalesce($2, $3, 'infinity')),
    change AS (  -- of the points in lots: taken back where it came later, added where it is due
      SELECT true AS is_later, e.known_at, CASE WHEN u.action IN ('hold', 'release') THEN 0 WHEN u.action = 'restore' THEN - u.points ELSE u.points END AS points
      FROM later e JOIN @ledger@.lot_use u ON u.member = e.member AND u.seq = e.seq
      UNION ALL
      SELECT true, e.known_at, - l.granted FROM later e JOIN @ledger@.lot l ON l.member = e.member AND l.lot_no = e.seq
      UNION ALL
      SELECT false, d.effective_at, CASE d.kind WHEN 'expire' THEN d.amount ELSE - d.repaid END FROM due d),
    lots AS (SELECT coalesce(sum(l.remaining), 0) AS points FROM @ledger@.lot l),
    outstanding AS (
      SELECT n.n, CASE WHEN n.n = 1 AND n.at IS NULL THEN 0
                       ELSE l.points + coalesce(sum(c.points) FILTER (WHERE CASE WHEN c.is_later THEN c.known_at > n.at ELSE c.known_at <= coalesce(n.at, 'infinity') END), 0) END AS points
      FROM ends n CROSS JOIN lots l LEFT JOIN change c ON true GROUP BY n.n, n.at, l.points),
    due_debt AS (
      SELECT DISTINCT ON (n.n, d.member) n.n, d.member, d.debt_after
      FROM ends n JOIN due d ON d.effective_at <= coalesce(n.at, 'infinity') ORDER BY n.n, d.member, d.seq DESC),
    debt AS (  -- only who was taken something from can owe
      SELECT n.n, CASE WHEN n.n = 1 AND n.at IS NULL THEN 0
                       ELSE coalesce(sum(coalesce(d.debt_after,
                                                  CASE WHEN n.at IS NULL OR a.last_recorded_at <= n.at THEN a.debt
                                                       ELSE (SELECT coalesce(e.debt_after, 0) FROM @ledger@.entry e
                                                             WHERE e.member = a.member AND @known_at@ <= n.at ORDER BY e.seq DESC LIMIT 1) END)), 0) END AS points
      FROM ends n LEFT JOIN @ledger@.account a ON a.debt > 0 OR a.reversed > 0
      LEFT JOIN due_debt d ON d.n = n.n AND d.member = a.member
      GROUP BY n.n, n.at),
@flows@
    SELECT o.points - od.points, f.issued, f.reversed, f.redeemed, f.expired, f.adjusted, f.written_off, c.points - cd.points,
           o.points, od.points, c.points, cd.points,
           o.points - od.points + f.issued - f.reversed - f.redeemed - f.expired + f.adjusted + f.written_off - c.points + cd.points
    FROM flows f, outstanding o, debt od, outstanding c, debt cd
    WHERE o.n = 1 AND od.n = 1 AND c.n = 2 AND cd.n = 2$query$, '@flows@', engage.ledger_flows_sql()))
    USING ledger, first, last, coalesce(last, now);
END $function$;
COMMENT ON FUNCTION engage.liability_rollforward_body(text, timestamptz, timestamptz) IS
  'The body of liability_rollforward(), which runs it as the ledger''s owner; on its own it has but the rights of who calls it.';
CREATE FUNCTION engage.liability_rollforward(ledger text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL)
  RETURNS TABLE(opening numeric, issued numeric, reversed numeric, redeemed numeric, expired numeric, adjusted numeric, written_off numeric,
                closing numeric, opening_outstanding numeric, opening_debt numeric, closing_outstanding numeric, closing_debt numeric,
                difference numeric)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_run_report';
COMMENT ON FUNCTION engage.liability_rollforward(text, timestamptz, timestamptz) IS
  'From one liability to another, in points: opening + issued - reversed - redeemed (less what was restored) - expired + adjusted + written_off (debt forgiven) = closing. Counts what happened after since (NULL: the beginning) up to and including until (NULL: now), expiries when they fell due. opening and closing are the outstanding points less debt of liability(ledger, since) and liability(ledger, until), taken from the lots, the movements from the journal: a difference other than 0 means damaged books (see ledger_verify). issued includes imported opening balances.';

CREATE FUNCTION engage.redemption_rate_body(ledger text, since timestamptz, until timestamptz)
  RETURNS TABLE(issued numeric, reversed numeric, redeemed numeric, redemption_pct double precision)
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 1
  SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  PERFORM engage.ledger_check_given(CASE WHEN ledger IS NULL THEN 'ledger' END);
  PERFORM engage.ledger_check_read(ledger);
  PERFORM engage.ledger_check_period(since, until);
  RETURN QUERY EXECUTE engage.ledger_sql(ledger, replace($query$
    WITH due AS (SELECT * FROM engage.due_entries($1, $4)),
@flows@
    SELECT f.issued, f.reversed, f.redeemed, (100.0 * f.redeemed / nullif(f.issued - f.reversed, 0))::double precision FROM flows f$query$,
    '@flows@', engage.ledger_flows_sql()))
    USING ledger, nullif(since, '-infinity'), nullif(until, 'infinity'), coalesce(nullif(until, 'infinity'), engage.ledger_now(ledger));
END $function$;
COMMENT ON FUNCTION engage.redemption_rate_body(text, timestamptz, timestamptz) IS
  'The body of redemption_rate(), which runs it as the ledger''s owner; on its own it has but the rights of who calls it.';
CREATE FUNCTION engage.redemption_rate(ledger text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL)
  RETURNS TABLE(issued numeric, reversed numeric, redeemed numeric, redemption_pct double precision)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 1 AS 'MODULE_PATHNAME', 'engage_run_report';
COMMENT ON FUNCTION engage.redemption_rate(text, timestamptz, timestamptz) IS
  'Points redeemed (less restored) as percentage of those issued less reversed, all after since (NULL: the beginning) up to and including until (NULL: now). A period''s redemptions spend earlier points, too, so it can exceed 100; by grant cohort see breakage(). NULL if nothing was issued.';

-- ------------------------------------------------------------ cohorts and periods
CREATE FUNCTION engage.breakage_body(ledger text, unit text)
  RETURNS TABLE(cohort date, lots bigint, granted numeric, reversed numeric, redeemed numeric, expired numeric, adjusted numeric,
                outstanding numeric, breakage_pct double precision, redemption_pct double precision)
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100
  SET search_path = pg_catalog, pg_temp SET jit = off
AS $function$
DECLARE
  inactive interval;
  zone text;
BEGIN
  PERFORM engage.ledger_check_given(CASE WHEN ledger IS NULL THEN 'ledger' END);
  PERFORM engage.ledger_check_read(ledger);
  PERFORM engage.ledger_check_choice('unit', unit, 'day', 'week', 'month', 'quarter', 'year');
  EXECUTE format('SELECT time_zone FROM %I.ledger_meta', ledger) INTO zone;
  RETURN QUERY EXECUTE engage.ledger_sql(ledger, $query$
    WITH @lots@,
    fate AS (
      SELECT l.member, l.lot_no, 1 AS lots, l.granted, 0 AS reversed, 0 AS redeemed, 0 AS expired, 0 AS adjusted, l.remaining AS outstanding
      FROM @ledger@.lot l
      UNION ALL
      SELECT u.member, u.lot_no, 0, 0,
             CASE WHEN u.action IN ('claw', 'repay_debt') THEN u.points ELSE 0 END,
             CASE WHEN u.action = 'restore' AND a.seq IS NULL THEN - u.points WHEN u.action = 'capture' OR u.action = 'consume' AND a.seq IS NULL THEN u.points ELSE 0 END,
             CASE WHEN u.action = 'expire' THEN u.points WHEN u.action = 'restore' AND a.seq IS NOT NULL THEN - u.points ELSE 0 END,
             CASE WHEN u.action = 'consume' AND a.seq IS NOT NULL THEN u.points ELSE 0 END, 0
      FROM @ledger@.lot_use u
      -- (adjustments, and expiries taken back)
      LEFT JOIN @ledger@.entry a ON a.member = u.member AND a.seq = u.seq AND u.action IN ('consume', 'restore') AND a.kind IN ('adjust', 'expire')
      WHERE u.action NOT IN ('hold', 'release')
      UNION ALL  -- due: what a lot loses is expired but for what pays debt back
      SELECT c.member, c.lot_no, 0, 0, - c.remaining - coalesce(x.expired, 0), 0, coalesce(x.expired, 0), 0, c.remaining
      FROM change c
      LEFT JOIN (SELECT d.member, d.lot_no, - sum(d.amount)::bigint AS expired FROM due d WHERE d.kind = 'expire' GROUP BY d.member, d.lot_no) x
        ON x.member = c.member AND x.lot_no = c.lot_no)
    SELECT x.cohort::date, x.lots, x.granted, x.reversed, x.redeemed, x.expired, x.adjusted, x.outstanding,
           (100.0 * x.expired / nullif(x.granted - x.reversed, 0))::double precision,
           (100.0 * x.redeemed / nullif(x.granted - x.reversed, 0))::double precision
    FROM (SELECT date_trunc($6, coalesce(g.effective_at, g.recorded_at) AT TIME ZONE $5) AS cohort, sum(m.lots)::bigint AS lots,
                 sum(m.granted) AS granted, sum(m.reversed) AS reversed, sum(m.redeemed) AS redeemed,
                 sum(m.expired) AS expired, sum(m.adjusted) AS adjusted, sum(m.outstanding) AS outstanding
          FROM fate m JOIN @ledger@.entry g ON g.member = m.member AND g.seq = m.lot_no
          GROUP BY 1) x
    ORDER BY x.cohort$query$)
    USING ledger, NULL::timestamptz, engage.ledger_now(ledger), inactive, zone, unit;
END $function$;
COMMENT ON FUNCTION engage.breakage_body(text, text) IS
  'The body of breakage(), which runs it as the ledger''s owner; on its own it has but the rights of who calls it.';
CREATE FUNCTION engage.breakage(ledger text, unit text DEFAULT 'month')
  RETURNS TABLE(cohort date, lots bigint, granted numeric, reversed numeric, redeemed numeric, expired numeric, adjusted numeric,
                outstanding numeric, breakage_pct double precision, redemption_pct double precision)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 100 AS 'MODULE_PATHNAME', 'engage_run_report';
COMMENT ON FUNCTION engage.breakage(text, text) IS
  'What became of the points granted in each day, week, month, quarter or year (unit, by effective time in the ledger''s zone) until now: granted = reversed + redeemed (less restored) + expired + adjusted + outstanding. Points go with the lot they were taken from: reversed counts what was taken from these lots for reversed grants or debt, whichever grant that was. breakage_pct = expired, redemption_pct = redeemed, as percentage of granted - reversed (NULL if that is 0). Cohorts that are not yet used up have not shown all their breakage. Reads all lots, their uses and grants.';

CREATE FUNCTION engage.earn_burn_body(ledger text, unit text, since timestamptz, until timestamptz)
  RETURNS TABLE(period date, issued numeric, reversed numeric, redeemed numeric, expired numeric, burn_pct double precision)
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100
  SET search_path = pg_catalog, pg_temp SET jit = off
AS $function$
DECLARE
  zone text;
BEGIN
  PERFORM engage.ledger_check_given(CASE WHEN ledger IS NULL THEN 'ledger' END);
  PERFORM engage.ledger_check_read(ledger);
  PERFORM engage.ledger_check_choice('unit', unit, 'day', 'week', 'month', 'quarter', 'year');
  PERFORM engage.ledger_check_period(since, until);
  EXECUTE format('SELECT time_zone FROM %I.ledger_meta', ledger) INTO zone;
  RETURN QUERY EXECUTE engage.ledger_sql(ledger, $query$
    WITH moved AS (  -- an instant that ends a period belongs to it
      SELECT date_trunc($5, (@known_at@ - interval '1 microsecond') AT TIME ZONE $4) AS period, e.kind, sum(e.amount) AS points
      FROM @ledger@.entry e
      WHERE e.kind IN ('earn', 'award', 'bonus', 'opening', 'reverse', 'redeem', 'capture', 'restore', 'expire')
        AND e.recorded_at > coalesce($2, '-infinity')
        AND @known_at@ > coalesce($2, '-infinity') AND @known_at@ <= coalesce($3, 'infinity')
      GROUP BY 1, 2
      UNION ALL
      SELECT date_trunc($5, (d.effective_at - interval '1 microsecond') AT TIME ZONE $4), d.kind, sum(d.amount)
      FROM engage.due_entries($1, coalesce($3, $6)) d WHERE d.kind = 'expire' AND d.effective_at > coalesce($2, '-infinity') GROUP BY 1, 2)
    SELECT x.period::date, x.issued, x.reversed, x.redeemed, x.expired, (100.0 * x.redeemed / nullif(x.issued - x.reversed, 0))::double precision
    FROM (SELECT p.period,
                 coalesce(sum(m.points) FILTER (WHERE m.kind IN ('earn', 'award', 'bonus', 'opening')), 0) AS issued,
                 coalesce(- sum(m.points) FILTER (WHERE m.kind = 'reverse'), 0) AS reversed,
                 coalesce(- sum(m.points) FILTER (WHERE m.kind IN ('redeem', 'capture', 'restore')), 0) AS redeemed,
                 coalesce(- sum(m.points) FILTER (WHERE m.kind = 'expire'), 0) AS expired
          FROM (SELECT generate_series(min(y.period), max(y.period), ('1 ' || CASE $5 WHEN 'quarter' THEN 'month' ELSE $5 END)::interval * CASE $5 WHEN 'quarter' THEN 3 ELSE 1 END) AS period
                FROM moved y) p
          LEFT JOIN moved m ON m.period = p.period
          GROUP BY p.period) x
    ORDER BY x.period$query$)
    USING ledger, nullif(since, '-infinity'), nullif(until, 'infinity'), zone, unit, engage.ledger_now(ledger);
END $function$;
COMMENT ON FUNCTION engage.earn_burn_body(text, text, timestamptz, timestamptz) IS
  'The body of earn_burn(), which runs it as the ledger''s owner; on its own it has but the rights of who calls it.';
CREATE FUNCTION engage.earn_burn(ledger text, unit text DEFAULT 'month', since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL)
  RETURNS TABLE(period date, issued numeric, reversed numeric, redeemed numeric, expired numeric, burn_pct double precision)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 100 AS 'MODULE_PATHNAME', 'engage_run_report';
COMMENT ON FUNCTION engage.earn_burn(text, text, timestamptz, timestamptz) IS
  'Earn against burn by day, week, month, quarter or year of the ledger''s zone, from the first to the last with movements after since (NULL: the beginning) up to and including until (NULL: now): points issued, reversed, redeemed (less restored), expired (when due), and burn_pct, redeemed as percentage of issued - reversed (NULL if that is 0). As in liability_rollforward the instant that ends a period belongs to it.';

-- ------------------------------------------------------------ members
CREATE FUNCTION engage.never_redeemed_body(ledger text, days integer)
  RETURNS TABLE(member text, earned bigint, available bigint, joined_at timestamptz, days_since_joined bigint)
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
  SET search_path = pg_catalog, pg_temp SET jit = off
AS $function$
DECLARE
  zone text;
BEGIN
  PERFORM engage.ledger_check_given(CASE WHEN ledger IS NULL THEN 'ledger' END);
  PERFORM engage.ledger_check_read(ledger);
  EXECUTE format('SELECT time_zone FROM %I.ledger_meta', ledger) INTO zone;
  RETURN QUERY EXECUTE engage.ledger_sql(ledger, $query$
    WITH due AS (
      SELECT DISTINCT ON (d.member) d.member::@member@ AS member, d.available_after FROM engage.due_entries($1, $2) d ORDER BY d.member, d.seq DESC)
    SELECT x.member::text, x.earned, x.available, x.joined_at, x.days
    FROM (SELECT a.member, a.earned, coalesce(d.available_after, a.available) AS available, j.joined_at,
                 (($2 AT TIME ZONE $4)::date - (j.joined_at AT TIME ZONE $4)::date)::bigint AS days
          FROM @ledger@.account a LEFT JOIN due d ON d.member = a.member
          CROSS JOIN LATERAL (  -- points of another system, or entered late, are from before the ledger knew him
            SELECT least(a.joined_at, min(e.effective_at)) AS joined_at
            FROM @ledger@.entry e WHERE e.member = a.member AND e.kind IN ('earn', 'award', 'opening')) j
          WHERE a.earned > 0 AND a.redeemed = 0) x
    WHERE x.days >= $3
      AND NOT EXISTS (SELECT FROM @ledger@.entry e WHERE e.member = x.member AND e.kind IN ('redeem', 'capture'))
    ORDER BY x.available DESC, x.member$query$)
    USING ledger, engage.ledger_now(ledger), coalesce(days, 0), zone;
END $function$;
COMMENT ON FUNCTION engage.never_redeemed_body(text, integer) IS
  'The body of never_redeemed(), which runs it as the ledger''s owner; on its own it has but the rights of who calls it.';
CREATE FUNCTION engage.never_redeemed(ledger text, days integer DEFAULT 0)
  RETURNS TABLE(member text, earned bigint, available bigint, joined_at timestamptz, days_since_joined bigint)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'engage_run_report';
COMMENT ON FUNCTION engage.never_redeemed(text, integer) IS
  'Members who have earned but never redeemed, not even a redemption that was cancelled, and joined at least so many days ago, by the calendar of the ledger''s zone: points earned for life, available now. joined_at: when the ledger first knew them, or when their first points were earned, if that was before (imported or entered later). Those with most points first.';

CREATE FUNCTION engage.time_to_first_redemption_body(ledger text, unit text)
  RETURNS TABLE(cohort date, members bigint, redeemers bigint, redeemers_pct double precision,
                mean_days double precision, median_days double precision, p90_days double precision)
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100
  SET search_path = pg_catalog, pg_temp SET jit = off
AS $function$
DECLARE
  zone text;
BEGIN
  PERFORM engage.ledger_check_given(CASE WHEN ledger IS NULL THEN 'ledger' END);
  PERFORM engage.ledger_check_read(ledger);
  PERFORM engage.ledger_check_choice('unit', unit, 'day', 'week', 'month', 'quarter', 'year');
  EXECUTE format('SELECT time_zone FROM %I.ledger_meta', ledger) INTO zone;
  RETURN QUERY EXECUTE engage.ledger_sql(ledger, $query$
    SELECT x.cohort::date, count(*), count(x.days), (100.0 * count(x.days) / count(*))::double precision,
           avg(x.days), percentile_cont(0.5) WITHIN GROUP (ORDER BY x.days), percentile_cont(0.9) WITHIN GROUP (ORDER BY x.days)
    FROM (SELECT date_trunc($1, m.earned_at AT TIME ZONE $2) AS cohort,
                 -- (points can be entered after they were spent, with a time of their own)
                 (extract(epoch FROM CASE WHEN m.redeemed_at < m.earned_at THEN interval '0' ELSE m.redeemed_at - m.earned_at END) / 86400)::double precision AS days
          FROM (SELECT min(coalesce(e.effective_at, e.recorded_at)) FILTER (WHERE e.kind NOT IN ('redeem', 'capture')) AS earned_at,
                       min(coalesce(e.effective_at, e.recorded_at)) FILTER (WHERE e.kind IN ('redeem', 'capture')) AS redeemed_at
                FROM @ledger@.entry e
                WHERE e.kind IN ('earn', 'award', 'bonus', 'opening', 'redeem', 'capture') OR e.kind = 'adjust' AND e.amount > 0
                GROUP BY e.member) m
          WHERE m.earned_at IS NOT NULL) x
    GROUP BY x.cohort ORDER BY x.cohort$query$)
    USING unit, zone;
END $function$;
COMMENT ON FUNCTION engage.time_to_first_redemption_body(text, text) IS
  'The body of time_to_first_redemption(), which runs it as the ledger''s owner; on its own it has but the rights of who calls it.';
CREATE FUNCTION engage.time_to_first_redemption(ledger text, unit text DEFAULT 'month')
  RETURNS TABLE(cohort date, members bigint, redeemers bigint, redeemers_pct double precision,
                mean_days double precision, median_days double precision, p90_days double precision)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 100 AS 'MODULE_PATHNAME', 'engage_run_report';
COMMENT ON FUNCTION engage.time_to_first_redemption(text, text) IS
  'By day, week, month, quarter or year of their first points, imported and adjusted ones included (by effective time, in the ledger''s zone): members, those who have redeemed since, also as percentage, and mean, median and 90th percentile of the days (of 24 hours) from first points to first redemption of those who have. Recent cohorts have had less time. Cancelled redemptions count.';

-- ------------------------------------------------------------ campaigns
CREATE FUNCTION engage.campaign_cost_body(ledger text)
  RETURNS TABLE(campaign text, cost_centre text, starts_at timestamptz, ends_at timestamptz, members bigint, awards bigint,
                issued numeric, reversed numeric, recovered numeric, redeemed numeric, taken_elsewhere numeric, expired numeric, adjusted numeric, outstanding numeric,
                cost numeric, cost_outstanding numeric, currency text, budget bigint, budget_left bigint, budget_used_pct double precision)
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100
  SET search_path = pg_catalog, pg_temp SET jit = off
AS $function$
DECLARE
  inactive interval;
  zone text;
  now timestamptz;
  known timestamptz[];
  costs numeric[];
  cost numeric;
  pct numeric;
  money text;
BEGIN
  PERFORM engage.ledger_check_given(CASE WHEN ledger IS NULL THEN 'ledger' END);
  PERFORM engage.ledger_check_read(ledger);
  now := engage.ledger_now(ledger);
  EXECUTE format('SELECT cost_value, expected_redemption_pct, currency FROM %I.point_value WHERE valid_from <= $1 ORDER BY valid_from DESC LIMIT 1', ledger)
    INTO cost, pct, money USING now;
  EXECUTE format('SELECT array_agg(valid_from ORDER BY valid_from), array_agg(cost_value ORDER BY valid_from) FROM %I.point_value WHERE valid_from <= $1', ledger)
    INTO known, costs USING now;
  RETURN QUERY EXECUTE engage.ledger_sql(ledger, $query$
    WITH @lots@,
    granted AS MATERIALIZED (
      SELECT e.member, e.seq, e.campaign, e.amount, $7[greatest(1, width_bucket(coalesce(e.effective_at, e.recorded_at), $6))] AS cost
      FROM @ledger@.entry e WHERE e.campaign IS NOT NULL AND e.kind = 'bonus'),
    back AS (
      SELECT r.member, r.reverses_seq AS lot_no, - sum(r.amount)::bigint AS points
      FROM granted g JOIN @ledger@.entry r ON r.member = g.member AND r.reverses_seq = g.seq AND r.kind = 'reverse'
      GROUP BY r.member, r.reverses_seq),
    used AS (
      SELECT u.member, u.lot_no,
             sum(CASE WHEN u.action = 'restore' AND e.kind <> 'expire' THEN - u.points WHEN u.action = 'capture' OR u.action = 'consume' AND e.kind <> 'adjust' THEN u.points ELSE 0 END)::bigint AS redeemed,
             sum(CASE WHEN u.action = 'expire' THEN u.points WHEN u.action = 'restore' AND e.kind = 'expire' THEN - u.points ELSE 0 END)::bigint AS expired,
             sum(CASE WHEN u.action = 'claw' AND e.reverses_seq = u.lot_no THEN u.points ELSE 0 END)::bigint AS clawed,
             sum(CASE WHEN u.action = 'claw' AND e.reverses_seq <> u.lot_no OR u.action = 'repay_debt' THEN u.points ELSE 0 END)::bigint AS taken,
             sum(CASE WHEN u.action = 'consume' AND e.kind = 'adjust' THEN u.points ELSE 0 END)::bigint AS adjusted
      FROM granted g
      JOIN @ledger@.lot_use u ON u.member = g.member AND u.lot_no = g.seq AND u.action NOT IN ('hold', 'release')
      JOIN @ledger@.entry e ON e.member = u.member AND e.seq = u.seq
      GROUP BY u.member, u.lot_no),
    fate AS (
      SELECT g.campaign, g.member, g.amount AS issued, coalesce(b.points, 0) AS reversed,
             coalesce(b.points, 0) - coalesce(u.clawed, 0) AS recovered, coalesce(u.redeemed, 0) AS redeemed,
             coalesce(u.taken, 0) - coalesce(c.remaining, 0) - coalesce(d.expired, 0) AS taken,
             coalesce(u.expired, 0) + coalesce(d.expired, 0) AS expired, coalesce(u.adjusted, 0) AS adjusted,
             l.remaining + coalesce(c.remaining, 0) AS outstanding, g.cost
      FROM granted g
      JOIN @ledger@.lot l ON l.member = g.member AND l.lot_no = g.seq
      LEFT JOIN back b ON b.member = g.member AND b.lot_no = g.seq
      LEFT JOIN used u ON u.member = g.member AND u.lot_no = g.seq
      LEFT JOIN change c ON c.member = g.member AND c.lot_no = g.seq
      LEFT JOIN (SELECT d.member, d.lot_no, - sum(d.amount)::bigint AS expired FROM due d WHERE d.kind = 'expire' GROUP BY d.member, d.lot_no) d
        ON d.member = g.member AND d.lot_no = g.seq),
    total AS (
      SELECT f.campaign, count(DISTINCT f.member) AS members, count(*) AS awards, sum(f.issued) AS issued, sum(f.reversed) AS reversed,
             sum(f.recovered) AS recovered, sum(f.redeemed) AS redeemed, sum(f.taken) AS taken, sum(f.expired) AS expired,
             sum(f.adjusted) AS adjusted, sum(f.outstanding) AS outstanding,
             sum((f.redeemed + f.taken - f.recovered) * f.cost) AS cost
      FROM fate f GROUP BY f.campaign),
    budget AS (
      SELECT s.campaign, sum(s.allotted - s.issued)::bigint AS left_over FROM @ledger@.campaign_budget s GROUP BY s.campaign)
    SELECT coalesce(c.campaign, t.campaign), c.cost_centre, nullif(c.starts_at, '-infinity'), nullif(c.ends_at, 'infinity'), coalesce(t.members, 0), coalesce(t.awards, 0),
           coalesce(t.issued, 0), coalesce(t.reversed, 0), coalesce(t.recovered, 0), coalesce(t.redeemed, 0), coalesce(t.taken, 0),
           coalesce(t.expired, 0), coalesce(t.adjusted, 0), coalesce(t.outstanding, 0),
           CASE WHEN t.campaign IS NULL THEN 0 * $8 ELSE t.cost END, coalesce(t.outstanding, 0) * $8 * $9 * 0.01, $10,
           c.budget, CASE WHEN c.budget IS NOT NULL THEN coalesce(b.left_over, c.budget) END,
           (100.0 * (c.budget - coalesce(b.left_over, c.budget)) / c.budget)::double precision
    FROM @ledger@.campaign c
    FULL JOIN total t ON t.campaign = c.campaign
    LEFT JOIN budget b ON b.campaign = c.campaign
    ORDER BY coalesce(c.campaign, t.campaign) COLLATE "C"$query$)
    USING ledger, NULL::timestamptz, now, inactive, zone, coalesce(known, '{}'), costs, cost, pct, money;
END $function$;
COMMENT ON FUNCTION engage.campaign_cost_body(text) IS
  'The body of campaign_cost(), which runs it as the ledger''s owner; on its own it has but the rights of who calls it.';
CREATE FUNCTION engage.campaign_cost(ledger text)
  RETURNS TABLE(campaign text, cost_centre text, starts_at timestamptz, ends_at timestamptz, members bigint, awards bigint,
                issued numeric, reversed numeric, recovered numeric, redeemed numeric, taken_elsewhere numeric, expired numeric, adjusted numeric, outstanding numeric,
                cost numeric, cost_outstanding numeric, currency text, budget bigint, budget_left bigint, budget_used_pct double precision)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 100 AS 'MODULE_PATHNAME', 'engage_run_report';
COMMENT ON FUNCTION engage.campaign_cost(text) IS
  'What each campaign has cost until now, in points: bonuses issued to so many members; reversed since, of which recovered could not be taken from the bonus itself any more but from the member''s other points, or became debt; redeemed (less restored); taken_elsewhere, for reversals of other grants and for debt; expired; adjusted; outstanding: issued = reversed - recovered + redeemed + taken_elsewhere + expired + adjusted + outstanding. cost = redeemed + taken_elsewhere - recovered at the cost value in force when the points were granted (the first one for what was granted before it; NULL without any); cost_outstanding = outstanding at the cost value and expected redemption of now. budget_left and budget_used_pct (0-100) are NULL without a budget; what is reversed goes back to it.';

-- ------------------------------------------------------------ reconciliation
-- What the ledger has given for orders: the half of a reconciliation that reads the ledger.
CREATE FUNCTION engage.ledger_orders_body(ledger text, rules text[], since timestamptz, until timestamptz)
  RETURNS TABLE(member text, source_ref text, points numeric, in_period boolean)
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
  SET search_path = pg_catalog, pg_temp SET jit = off
AS $function$
BEGIN
  PERFORM engage.ledger_check_read(ledger);
  RETURN QUERY EXECUTE engage.ledger_sql(ledger, $query$
    WITH base AS (
      SELECT e.member, e.seq, e.request_seq, e.kind, e.amount, coalesce(e.source_ref, e.key) AS source_ref, e.rule,
             coalesce(e.effective_at, e.recorded_at) AS effective_at
      FROM @ledger@.entry e WHERE e.kind IN ('earn', 'award', 'bonus')),
    granted AS (  -- a bonus counts as the award it came with
      SELECT e.member, e.seq, e.amount, coalesce(b.source_ref, e.source_ref) AS source_ref,
             coalesce(b.effective_at, e.effective_at) > coalesce($2, '-infinity')
             AND coalesce(b.effective_at, e.effective_at) <= coalesce($3, 'infinity') AS in_period
      FROM base e
      LEFT JOIN base b ON e.kind = 'bonus' AND b.member = e.member AND b.seq = e.request_seq
      LEFT JOIN @ledger@.earn_rule r ON r.rule = coalesce(b.rule, e.rule)
      WHERE CASE WHEN $1 IS NULL THEN coalesce(b.kind, e.kind) = 'earn' OR r.trigger = 'purchase'
                 ELSE coalesce(b.rule, e.rule) = ANY ($1) END)
    SELECT g.member::text, g.source_ref, sum(g.amount), bool_or(g.in_period)
    FROM (SELECT g.member, g.source_ref, g.amount, g.in_period FROM granted g
          UNION ALL
          SELECT g.member, g.source_ref, e.amount, g.in_period
          FROM granted g JOIN @ledger@.entry e ON e.member = g.member AND e.reverses_seq = g.seq AND e.kind = 'reverse') g
    GROUP BY g.member, g.source_ref$query$) USING rules, since, until;
END $function$;
COMMENT ON FUNCTION engage.ledger_orders_body(text, text[], timestamptz, timestamptz) IS
  'The body of ledger_orders(), which runs it as the ledger''s owner; on its own it has but the rights of who calls it.';
CREATE FUNCTION engage.ledger_orders(ledger text, rules text[], since timestamptz, until timestamptz)
  RETURNS TABLE(member text, source_ref text, points numeric, in_period boolean)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'engage_run_report';
COMMENT ON FUNCTION engage.ledger_orders(text, text[], timestamptz, timestamptz) IS
  'For ledger_reconcile(): what each order was granted by these rules (NULL: those of trigger purchase, and earn()), less what was reversed; in_period: some of it took effect after since, up to and including until.';

CREATE FUNCTION engage.ledger_reconcile_as(ledger text, query text, rules text[], since timestamptz, until timestamptz, path text)
  RETURNS TABLE(finding text, member text, source_ref text, expected_points bigint, points bigint)
  LANGUAGE plpgsql STABLE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp SET jit = off
AS $function$
DECLARE
  body text;
  type text;
BEGIN
  PERFORM engage.ledger_check_given(CASE WHEN ledger IS NULL THEN 'ledger' END);
  PERFORM engage.ledger_check_read(ledger);
  PERFORM engage.ledger_check_given(CASE WHEN query IS NULL THEN 'query' END);
  PERFORM engage.ledger_check_period(since, until);
  -- (from the catalog: nothing here may look into a table of the ledger, as this runs as the caller)
  SELECT CASE a.atttypid WHEN 'bigint'::regtype THEN 'int8' WHEN 'uuid'::regtype THEN 'uuid' ELSE 'text' END INTO type
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = ledger AND c.relname = 'account' AND a.attname = 'member';
  -- The query is a subquery of the text below, run by whoever called, with nothing but his rights: he could
  -- have run it himself.  As its names are looked up along his search_path, ours are all qualified.  A third
  -- column, if it has one, is expected points: of the columns of x the third is then its own, else the NULL.
  body := replace($query$
    WITH asked AS MATERIALIZED (
      SELECT y.member::@member@ AS member, y.source_ref, y.expected
      FROM (SELECT x.member::pg_catalog.text AS member, x.source_ref::pg_catalog.text AS source_ref, pg_catalog.sum(x.points) AS expected
            FROM (SELECT * FROM (@query@
                 ) q, (SELECT NULL::pg_catalog.numeric) n) x(member, source_ref, points)
            WHERE x.member IS NOT NULL AND x.source_ref IS NOT NULL
            GROUP BY 1, 2) y),
    given AS MATERIALIZED (
      SELECT o.member::@member@ AS member, o.source_ref, o.points, o.in_period FROM engage.ledger_orders($1, $2, $3, $4) o)
    SELECT z.finding, z.member::pg_catalog.text, z.source_ref, z.expected::pg_catalog.int8, z.points::pg_catalog.int8
    FROM (SELECT CASE WHEN g.member IS NULL THEN CASE WHEN a.expected OPERATOR(pg_catalog.=) 0 THEN NULL ELSE 'order without points' END
                      WHEN a.member IS NULL THEN CASE WHEN g.in_period AND g.points OPERATOR(pg_catalog.>) 0 THEN 'points without order' END
                      WHEN a.expected OPERATOR(pg_catalog.<>) g.points THEN 'wrong points' END AS finding,
                 coalesce(a.member, g.member) AS member, coalesce(a.source_ref, g.source_ref) AS source_ref, a.expected, coalesce(g.points, 0) AS points
          FROM asked a FULL JOIN given g ON g.member OPERATOR(pg_catalog.=) a.member AND g.source_ref OPERATOR(pg_catalog.=) a.source_ref) z
    WHERE z.finding IS NOT NULL
    ORDER BY z.finding, z.member, z.source_ref COLLATE pg_catalog."C"$query$, '@member@', 'pg_catalog.' || type);
  body := replace(body, '@query@', rtrim(query, E'; \t\r\n'));
  PERFORM set_config('search_path', path, true);
  RETURN QUERY EXECUTE body USING ledger, rules, since, until;
EXCEPTION WHEN invalid_column_reference THEN
  PERFORM engage.ledger_invalid('the query has too few columns', SQLERRM, 'It gives member, source_ref and, if wanted, expected points.');
END $function$;
COMMENT ON FUNCTION engage.ledger_reconcile_as(text, text, text[], timestamptz, timestamptz, text) IS
  'The body of ledger_reconcile(), which tells it the caller''s search_path. It runs as the caller; what the ledger knows comes from ledger_orders().';

CREATE FUNCTION engage.ledger_reconcile(ledger text, query text, rules text[] DEFAULT NULL, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL)
  RETURNS TABLE(finding text, member text, source_ref text, expected_points bigint, points bigint)
  LANGUAGE sql STABLE PARALLEL UNSAFE
BEGIN ATOMIC
  SELECT r.finding, r.member, r.source_ref, r.expected_points, r.points
  FROM engage.ledger_reconcile_as(ledger, query, rules, since, until, pg_catalog.current_setting('search_path')) r;
END;
COMMENT ON FUNCTION engage.ledger_reconcile(text, text, text[], timestamptz, timestamptz) IS
  'Compares orders with points. The query gives member, source_ref and, if wanted, the points expected (net of returns; NULL: not checked), in this order whatever the names; rows of one order are added up, rows without member or source_ref are left out. Findings: ''order without points'' (never granted any), ''points without order'' (points left after reversals), ''wrong points'' (granted less reversed, bonuses included, is not what was expected). rules: whose awards are orders'' points; NULL: all of trigger purchase, and earn(). since, until: for a query over a part of the orders, ''points without order'' are only those of which some took effect after since (NULL: the beginning) up to and including until (NULL: now); an order of the query has its points whenever they were granted. The query is a SELECT, run with the caller''s rights and search_path: pass no text that comes from strangers.';
