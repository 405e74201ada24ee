-- Ledger room: what one member has and why, and what expires when.
--
-- All reports see one snapshot, and none depends on expire_points(): to the entries written they add
-- those that are due (engage.due_entries).  An instant here is on one axis, known_at: for what time brought
-- about (an expiry, a maturity, a hold's deadline) when it fell due, for all else when it was recorded.
-- Periods are open at their beginning and closed at their end, so that each begins with the balance of
-- balance(ledger, member, since) and ends with that of balance(ledger, member, until).
--
-- (jit = off: compiling these queries takes longer than running them.)

-- Completes the text of a report: @ledger@, @member@ (type), @known_at@ (of an entry e), @debt@ (what all
-- members owed at the instant; it needs @lots@), and @lots@, the common table expressions from which lots as they
-- were, are or will be can be read:
--   later   entries known only after the instant
--   due     entries due by the instant and not yet written; repaid is the debt that a credit pays back
--   moved   what to add to a lot's remaining and held to get those of the instant; its expiry then, if another
--   change  the same, one row a lot
--   lots    the lots with points left at the instant
-- Parameters of @lots@: $1 ledger, $2 the instant or NULL for now, $3 the instant or now, $4 the ledger's
-- expires_inactive, $5 its time zone; with one_member $6, the member as text: only his lots then.
CREATE FUNCTION engage.ledger_sql(ledger text, query text, one_member boolean DEFAULT false) RETURNS text
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
  SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  type text;
BEGIN
  EXECUTE format('SELECT member_type FROM %I.ledger_meta', ledger) INTO type;
  IF type IS NULL OR type NOT IN ('bigint', 'uuid', 'text') THEN
    RAISE EXCEPTION 'ledger % has members of unknown type', quote_ident(ledger) USING ERRCODE = 'NG426';
  END IF;
  RETURN replace(replace(replace(replace(regexp_replace(replace(replace(query, '@debt@', $debt$
  (SELECT coalesce(sum(coalesce(d.debt_after,
                                -- (only who was taken something from can owe)
                                CASE WHEN $2 IS NULL OR a.last_recorded_at <= $2 THEN a.debt
                                     ELSE (SELECT coalesce(e.debt_after, 0) FROM @ledger@.entry e
                                           WHERE e.member = a.member AND @known_at@ <= $2 ORDER BY e.seq DESC LIMIT 1) END)), 0)
   FROM @ledger@.account a
   LEFT JOIN (SELECT DISTINCT ON (d.member) d.member, d.debt_after FROM due d ORDER BY d.member, d.seq DESC) d ON d.member = a.member
   WHERE a.debt > 0 OR a.reversed > 0)$debt$), '@lots@', $lots$
  later AS MATERIALIZED (
    SELECT e.member, e.seq, e.kind, e.reverses_seq, e.hold_id
    FROM @ledger@.entry e
    WHERE e.recorded_at > coalesce($2, 'infinity') AND @known_at@ > coalesce($2, 'infinity') @only(e)@),
  due AS MATERIALIZED (
    SELECT d.member::@member@ AS member, d.seq, d.kind, d.lot_no, d.hold_id, d.amount,
           d.available_after, d.pending_after, d.held_after, d.debt_after, d.effective_at,
           coalesce(lag(d.debt_after) OVER (PARTITION BY d.member ORDER BY d.seq),
                    (SELECT a.debt FROM @ledger@.account a WHERE a.member = d.member::@member@)) - d.debt_after AS repaid
    FROM engage.due_entries($1, $3@member_argument@) d),
  moved(member, lot_no, remaining, held, expires_at) AS (
    SELECT u.member, u.lot_no,
           CASE WHEN u.action IN ('hold', 'release') THEN 0 WHEN u.action = 'restore' THEN - u.points ELSE u.points END,
           CASE WHEN u.action IN ('capture', 'release') THEN u.points WHEN u.action = 'hold' THEN - u.points ELSE 0 END, NULL::timestamptz
    FROM later e JOIN @ledger@.lot_use u ON u.member = e.member AND u.seq = e.seq
    UNION ALL  -- granted later: all of it goes
    SELECT e.member, e.seq, - l.granted, 0, NULL FROM later e JOIN @ledger@.lot l ON l.member = e.member AND l.lot_no = e.seq
    UNION ALL  -- extended later: the expiry before
    SELECT x.member, x.lot_no, 0, 0,
           coalesce((SELECT e.until FROM @ledger@.entry e
                     WHERE e.member = x.member AND e.reverses_seq = x.lot_no AND e.kind = 'extend' AND e.recorded_at <= $2
                     ORDER BY e.seq DESC LIMIT 1), l.initial_expires_at, l.expires_at)
    FROM (SELECT DISTINCT e.member, e.reverses_seq AS lot_no FROM later e WHERE e.kind = 'extend') x
    JOIN @ledger@.lot l ON l.member = x.member AND l.lot_no = x.lot_no
    UNION ALL
    SELECT d.member, d.lot_no, d.amount, 0, NULL FROM due d WHERE d.kind = 'expire'
    UNION ALL
    SELECT d.member, d.lot_no, 0, 0, d.effective_at FROM due d WHERE d.kind = 'extend'
    UNION ALL
    SELECT d.member, d.lot_no, - d.repaid, 0, NULL FROM due d WHERE d.kind = 'mature' AND d.repaid > 0
    UNION ALL  -- a released slice pays debt back before it is available again, first reserved first
    SELECT d.member, s.lot_no, - greatest(0, least(s.points, d.repaid - s.earlier)), - s.points, NULL
    FROM due d JOIN @ledger@.hold h ON h.hold_id = d.hold_id,
         LATERAL (SELECT x.lot_no, x.points, sum(x.points) OVER (ORDER BY x.n) - x.points AS earlier
                  FROM ROWS FROM (unnest(h.lots), unnest(h.slices)) WITH ORDINALITY x(lot_no, points, n)) s
    WHERE d.kind = 'hold_expire'),
  change AS (
    SELECT c.member, c.lot_no, sum(c.remaining)::bigint AS remaining, sum(c.held)::bigint AS held, max(c.expires_at) AS expires_at
    FROM moved c GROUP BY c.member, c.lot_no),
  lots AS (
    SELECT l.member, l.lot_no, l.granted, l.remaining + coalesce(c.remaining, 0) AS remaining, l.held + coalesce(c.held, 0) AS held,
           l.available_at, l.available_at > $3 AND ($2 IS NOT NULL OR l.is_pending) AS is_pending,
           least(coalesce(c.expires_at, l.expires_at),
                 -- an end for inactivity that is not in the future has done its work
                 CASE WHEN $4 IS NULL THEN NULL
                      WHEN $2 IS NULL OR a.last_recorded_at <= $2 THEN CASE WHEN a.inactive_at > $3 THEN a.inactive_at END
                      ELSE (SELECT x.at FROM (SELECT (max(coalesce(e.effective_at, e.recorded_at)) AT TIME ZONE $5 + $4) AT TIME ZONE $5 AS at
                                              FROM @ledger@.entry e
                                              WHERE e.member = l.member AND e.kind IN ('earn', 'award', 'opening', 'redeem', 'capture') AND e.recorded_at <= $2) x
                            WHERE x.at > $3) END) AS expires_at
    FROM @ledger@.lot l
    LEFT JOIN change c ON c.member = l.member AND c.lot_no = l.lot_no
    LEFT JOIN @ledger@.account a ON $4 IS NOT NULL AND a.member = l.member
    WHERE (l.is_open OR c.remaining > 0) AND l.remaining + coalesce(c.remaining, 0) > 0 @only(l)@)
$lots$),
    '@only\((\w+)\)@', CASE WHEN one_member THEN 'AND \1.member = $6::@member@' ELSE '' END, 'g'),
    '@member_argument@', CASE WHEN one_member THEN ', $6' ELSE '' END),
    '@known_at@', $known$coalesce(CASE WHEN e.key IS NULL AND e.request_seq IS NULL THEN e.effective_at END, e.recorded_at)$known$),
    '@member@', type), '@ledger@', quote_ident(ledger));
END $function$;
COMMENT ON FUNCTION engage.ledger_sql(text, text, boolean) IS
  'For engage''s reports: their query with the ledger''s schema and its members'' type filled in.';

-- The types of members that fit: text always, as it is converted; else only the ledger's own.
CREATE FUNCTION engage.ledger_check_member(ledger text, member text, given regtype) RETURNS void
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
  SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  type text;
BEGIN
  PERFORM engage.ledger_check_given(CASE WHEN member IS NULL THEN 'member' END);
  EXECUTE format('SELECT member_type FROM %I.ledger_meta', ledger) INTO type;
  IF given <> 'text'::regtype AND given::text IS DISTINCT FROM type THEN
    RAISE EXCEPTION 'ledger % has members of type %, not %', quote_ident(ledger), type, given::text
      USING ERRCODE = '42804', HINT = format('Give the member as %s or as text.', type);
  ELSIF type = 'bigint' THEN
    PERFORM member::bigint;
  ELSIF type = 'uuid' THEN
    PERFORM member::uuid;
  END IF;
END $function$;
COMMENT ON FUNCTION engage.ledger_check_member(text, text, regtype) IS
  'For engage''s reports: errors 22004 if the member is NULL, 42804 if it was given as another type than the ledger''s, 22P02 if its text is no value of that type.';

CREATE FUNCTION engage.ledger_check_period(since timestamptz, until timestamptz) RETURNS void
  LANGUAGE plpgsql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF since > until OR since = 'infinity' OR until = '-infinity' THEN
    PERFORM engage.ledger_invalid('until must not be before since', format('The period would be from %s to %s.', since, until), 'The period is what lies after since, up to and including until.');
  END IF;
END $function$;
COMMENT ON FUNCTION engage.ledger_check_period(timestamptz, timestamptz) IS
  'For engage''s reports: error 22023 if the period ends before it begins. NULL: open.';

-- ------------------------------------------------------------ statement
CREATE FUNCTION engage.statement_body(ledger text, member text, given regtype, since timestamptz, until timestamptz)
  RETURNS TABLE(line text, seq bigint, known_at timestamptz, kind text, points bigint,
                available bigint, pending bigint, held bigint, debt bigint,
                source_ref text, rule text, campaign text, expires_at timestamptz, effective_at timestamptz, recorded_at timestamptz,
                reason text, actor text)
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100
  SET search_path = pg_catalog, pg_temp SET jit = off
AS $function$
DECLARE
  first timestamptz := nullif(since, '-infinity');
  last timestamptz := nullif(until, 'infinity');
  inactive interval;
  zone text;
BEGIN
  PERFORM engage.ledger_check_given(CASE WHEN ledger IS NULL THEN 'ledger' END);
  PERFORM engage.ledger_check_read(ledger);
  PERFORM engage.ledger_check_member(ledger, member, given);
  PERFORM engage.ledger_check_period(since, until);
  EXECUTE format('SELECT expires_inactive, time_zone FROM %I.ledger_meta', ledger) INTO inactive, zone;
  RETURN QUERY EXECUTE engage.ledger_sql(ledger, $query$
    WITH @lots@,
    known AS (
      SELECT e.seq, @known_at@ AS known_at, e.kind, e.amount, e.available_after, coalesce(e.pending_after, 0) AS pending_after,
             coalesce(e.held_after, 0) AS held_after, coalesce(e.debt_after, 0) AS debt_after, coalesce(e.source_ref, e.key) AS source_ref, e.rule, e.campaign, e.hold_id, e.effective_at, e.recorded_at, e.reason,
             coalesce(e.actor, e.acting_role, e.session_role) AS actor
      FROM @ledger@.entry e
      WHERE e.member = $6::@member@ AND @known_at@ <= coalesce($2, 'infinity')
      UNION ALL
      SELECT d.seq, d.effective_at, d.kind, d.amount, d.available_after, d.pending_after, d.held_after, d.debt_after,
             NULL, NULL, NULL, d.hold_id, d.effective_at, NULL, NULL, NULL
      FROM due d),
    ends AS (  -- the last entry of each end, or zeros
      SELECT x.n, x.line, x.at, coalesce(k.available_after, 0) AS available, coalesce(k.pending_after, 0) AS pending,
             coalesce(k.held_after, 0) AS held, coalesce(k.debt_after, 0) AS debt
      FROM (VALUES (1, 'opening', $7), (3, 'closing', $3)) x(n, line, at)
      LEFT JOIN LATERAL (SELECT * FROM known k WHERE x.n = 3 OR k.known_at <= coalesce($7, '-infinity') ORDER BY k.seq DESC LIMIT 1) k ON true),
    holds AS (  -- those open at the end
      SELECT k.seq, k.known_at, k.source_ref, h.expires_at, k.recorded_at, k.reason, k.actor,
             h.points - h.captured - h.released
             + coalesce((SELECT sum(u.points) FROM later e JOIN @ledger@.lot_use u ON u.member = e.member AND u.seq = e.seq AND u.action IN ('capture', 'release')
                         WHERE e.hold_id = h.hold_id), 0) AS held
      FROM known k JOIN @ledger@.hold h ON h.hold_id = k.hold_id AND h.member = $6::@member@
      WHERE k.kind = 'hold' AND NOT EXISTS (SELECT FROM due d WHERE d.kind = 'hold_expire' AND d.hold_id = h.hold_id))
    SELECT x.line, x.seq, x.known_at, x.kind, x.amount, x.available, x.pending, x.held, x.debt,
           x.source_ref, x.rule, x.campaign, x.expires_at, x.effective_at, x.recorded_at, x.reason, x.actor
    FROM (SELECT 2, CASE WHEN k.recorded_at IS NULL THEN 'due' ELSE 'entry' END, k.seq, k.known_at, k.kind, k.amount,
                 k.available_after, k.pending_after, k.held_after, k.debt_after,
                 k.source_ref, k.rule, k.campaign, nullif(coalesce(l.initial_expires_at, l.expires_at), 'infinity'),
                 coalesce(k.effective_at, k.recorded_at), k.recorded_at, k.reason, k.actor
          FROM known k LEFT JOIN @ledger@.lot l ON l.member = $6::@member@ AND l.lot_no = k.seq
          WHERE k.known_at > coalesce($7, '-infinity')
          UNION ALL
          SELECT n.n, n.line, NULL, n.at, NULL, NULL, n.available, n.pending, n.held, n.debt,
                 NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
          FROM ends n
          UNION ALL
          SELECT 4, 'hold', h.seq, h.known_at, 'hold', NULL, NULL, NULL, h.held::bigint, NULL,
                 h.source_ref, NULL, NULL, h.expires_at, h.known_at, h.recorded_at, h.reason, h.actor
          FROM holds h WHERE h.held > 0
          UNION ALL
          SELECT 5, 'expiring', l.lot_no, NULL, g.kind, NULL, CASE WHEN l.is_pending THEN 0 ELSE l.remaining - l.held END,
                 CASE WHEN l.is_pending THEN l.remaining - l.held ELSE 0 END, l.held, NULL,
                 coalesce(g.source_ref, g.key, b.source_ref, b.key), coalesce(g.rule, b.rule), g.campaign, l.expires_at, NULL, NULL, NULL, NULL
          FROM lots l
          JOIN @ledger@.entry g ON g.member = l.member AND g.seq = l.lot_no
          LEFT JOIN @ledger@.entry b ON b.member = g.member AND b.seq = g.request_seq
          WHERE l.expires_at < 'infinity') x(n, line, seq, known_at, kind, amount, available, pending, held, debt,
                         source_ref, rule, campaign, expires_at, effective_at, recorded_at, reason, actor)
    ORDER BY x.n, CASE WHEN x.n > 3 THEN x.expires_at END, x.seq$query$, true)
    USING ledger, last, coalesce(last, engage.ledger_now(ledger)), inactive, zone, member, first;
END $function$;
COMMENT ON FUNCTION engage.statement_body(text, text, regtype, timestamptz, timestamptz) IS
  'The body of statement() for a member of any type, which runs it as the ledger''s owner; on its own it has but the rights of who calls it.';

CREATE FUNCTION engage.statement(ledger text, member bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL)
  RETURNS TABLE(line text, seq bigint, known_at timestamptz, kind text, points bigint,
                available bigint, pending bigint, held bigint, debt bigint,
                source_ref text, rule text, campaign text, expires_at timestamptz, effective_at timestamptz, recorded_at timestamptz,
                reason text, actor text)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 ROWS 100 AS 'MODULE_PATHNAME', 'engage_run_member_report';
COMMENT ON FUNCTION engage.statement(text, bigint, timestamptz, timestamptz) IS
  'Statement of a member: a row ''opening'' (even of zeros), a row for each entry after since up to and including until, with the balances after it, a row ''closing'', and what that is made of: a row ''hold'' for each open hold (held: its points, expires_at: its deadline) and a row ''expiring'' for each lot that will expire, by date (expires_at; seq: its number; its points under available, pending, held). points: change of available + pending + held - debt, of entries only. line is ''due'' for what fell due and is not written yet. known_at: from when on balance() counts it. since NULL: from the beginning; until NULL: to now; an until in the future shows what will mature and expire. All in one snapshot.';
CREATE FUNCTION engage.statement(ledger text, member uuid, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL)
  RETURNS TABLE(line text, seq bigint, known_at timestamptz, kind text, points bigint,
                available bigint, pending bigint, held bigint, debt bigint,
                source_ref text, rule text, campaign text, expires_at timestamptz, effective_at timestamptz, recorded_at timestamptz,
                reason text, actor text)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 ROWS 100 AS 'MODULE_PATHNAME', 'engage_run_member_report';
COMMENT ON FUNCTION engage.statement(text, uuid, timestamptz, timestamptz) IS
  'Statement of a member: a row ''opening'' (even of zeros), a row for each entry after since up to and including until, with the balances after it, a row ''closing'', and what that is made of: a row ''hold'' for each open hold (held: its points, expires_at: its deadline) and a row ''expiring'' for each lot that will expire, by date (expires_at; seq: its number; its points under available, pending, held). points: change of available + pending + held - debt, of entries only. line is ''due'' for what fell due and is not written yet. known_at: from when on balance() counts it. since NULL: from the beginning; until NULL: to now; an until in the future shows what will mature and expire. All in one snapshot.';
CREATE FUNCTION engage.statement(ledger text, member text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL)
  RETURNS TABLE(line text, seq bigint, known_at timestamptz, kind text, points bigint,
                available bigint, pending bigint, held bigint, debt bigint,
                source_ref text, rule text, campaign text, expires_at timestamptz, effective_at timestamptz, recorded_at timestamptz,
                reason text, actor text)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 ROWS 100 AS 'MODULE_PATHNAME', 'engage_run_member_report';
COMMENT ON FUNCTION engage.statement(text, text, timestamptz, timestamptz) IS
  'Statement of a member: a row ''opening'' (even of zeros), a row for each entry after since up to and including until, with the balances after it, a row ''closing'', and what that is made of: a row ''hold'' for each open hold (held: its points, expires_at: its deadline) and a row ''expiring'' for each lot that will expire, by date (expires_at; seq: its number; its points under available, pending, held). points: change of available + pending + held - debt, of entries only. line is ''due'' for what fell due and is not written yet. known_at: from when on balance() counts it. since NULL: from the beginning; until NULL: to now; an until in the future shows what will mature and expire. All in one snapshot.';

-- ------------------------------------------------------------ explain_balance
CREATE FUNCTION engage.explain_balance_body(ledger text, member text, given regtype)
  RETURNS TABLE(lot_no bigint, source_ref text, grant_kind text, rule text, campaign text, granted_at timestamptz, granted bigint,
                available_at timestamptz, expires_at timestamptz, state text, points bigint, in_balance boolean,
                seq bigint, kind text, used_for text, hold_id bigint, known_at timestamptz, reason text, actor text)
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100
  SET search_path = pg_catalog, pg_temp SET jit = off
AS $function$
BEGIN
  PERFORM engage.ledger_check_given(CASE WHEN ledger IS NULL THEN 'ledger' END);
  PERFORM engage.ledger_check_read(ledger);
  PERFORM engage.ledger_check_member(ledger, member, given);
  RETURN QUERY EXECUTE engage.ledger_sql(ledger, $query$
    WITH account AS (
      SELECT a.debt FROM @ledger@.account a WHERE a.member = $2::@member@),
    due AS MATERIALIZED (
      SELECT d.*, coalesce(lag(d.debt_after) OVER (ORDER BY d.seq), a.debt) - d.debt_after AS repaid
      FROM engage.due_entries($1, $3, $2) d, account a),
    slice AS (  -- what holds reserve
      SELECT h.hold_id, h.seq, x.lot_no, x.points, sum(x.points) OVER (PARTITION BY h.hold_id ORDER BY x.n) - x.points AS earlier
      FROM @ledger@.hold h, ROWS FROM (unnest(h.lots), unnest(h.slices)) WITH ORDINALITY x(lot_no, points, n)
      WHERE h.member = $2::@member@ AND h.state = 'open'),
    used AS (  -- what happened to points, written or due
      SELECT u.lot_no, CASE WHEN u.action = 'restore' THEN - u.points ELSE u.points END AS points,
             CASE u.action WHEN 'consume' THEN CASE e.kind WHEN 'adjust' THEN 'adjusted' ELSE 'redeemed' END WHEN 'capture' THEN 'redeemed'
                           WHEN 'restore' THEN CASE e.kind WHEN 'expire' THEN 'expired' ELSE 'restored' END WHEN 'expire' THEN 'expired' WHEN 'claw' THEN 'reversed' ELSE 'repaid debt' END AS state,
             e.seq, e.kind, coalesce(e.source_ref, e.key, b.source_ref, b.key) AS used_for, e.hold_id, @known_at@ AS known_at,
             coalesce(e.reason, b.reason) AS reason, coalesce(e.actor, e.acting_role, e.session_role) AS actor, 0 AS due
      FROM @ledger@.lot_use u
      JOIN @ledger@.entry e ON e.member = u.member AND e.seq = u.seq
      LEFT JOIN @ledger@.entry b ON b.member = e.member AND b.seq = e.request_seq
      WHERE u.member = $2::@member@ AND u.action NOT IN ('hold', 'release')
      UNION ALL
      SELECT d.lot_no, - d.amount, 'expired', d.seq, d.kind, NULL, NULL, d.effective_at, NULL, NULL, 1
      FROM due d WHERE d.kind = 'expire'
      UNION ALL
      SELECT d.lot_no, d.repaid, 'repaid debt', d.seq, d.kind, NULL, NULL, d.effective_at, NULL, NULL, 1
      FROM due d WHERE d.kind = 'mature' AND d.repaid > 0
      UNION ALL
      SELECT s.lot_no, least(s.points, d.repaid - s.earlier)::bigint, 'repaid debt', d.seq, d.kind, NULL, d.hold_id, d.effective_at, NULL, NULL, 1
      FROM due d JOIN slice s ON s.hold_id = d.hold_id WHERE d.kind = 'hold_expire' AND d.repaid > s.earlier),
    live AS (  -- slices whose hold stands
      SELECT s.* FROM slice s WHERE NOT EXISTS (SELECT FROM due d WHERE d.kind = 'hold_expire' AND d.hold_id = s.hold_id)),
    gone AS (  -- what is in a lot's row still, but neither available nor pending
      SELECT g.lot_no, sum(g.points) AS points
      FROM (SELECT u.lot_no, u.points FROM used u WHERE u.due = 1 UNION ALL SELECT s.lot_no, s.points FROM live s) g GROUP BY g.lot_no),
    fate AS (
      SELECT u.lot_no, u.state, u.points, false AS in_balance, u.seq, u.kind, u.used_for, u.hold_id, u.known_at, u.reason, u.actor FROM used u
      UNION ALL
      SELECT s.lot_no, 'held', s.points, true, s.seq, 'hold', coalesce(e.source_ref, e.key), s.hold_id, e.recorded_at, e.reason,
             coalesce(e.actor, e.acting_role, e.session_role)
      FROM live s JOIN @ledger@.entry e ON e.member = $2::@member@ AND e.seq = s.seq
      UNION ALL
      SELECT l.lot_no, CASE WHEN l.is_pending AND l.available_at > $3 THEN 'pending' ELSE 'available' END, x.points::bigint, true,
             NULL, NULL, NULL, NULL, NULL, NULL, NULL
      FROM @ledger@.lot l
      LEFT JOIN gone ON gone.lot_no = l.lot_no
      CROSS JOIN LATERAL (SELECT l.remaining - coalesce(gone.points, 0) AS points) x
      WHERE l.member = $2::@member@ AND l.is_open AND x.points > 0)
    SELECT f.lot_no, coalesce(g.source_ref, g.key, b.source_ref, b.key), g.kind, coalesce(g.rule, b.rule), g.campaign, coalesce(g.effective_at, g.recorded_at),
           l.granted, nullif(l.available_at, 'infinity'), nullif(l.expires_at, 'infinity'), f.state, f.points, f.in_balance,
           f.seq, f.kind, f.used_for, f.hold_id, f.known_at, coalesce(f.reason, CASE WHEN f.seq IS NULL THEN g.reason END),
           CASE WHEN f.seq IS NULL THEN coalesce(g.actor, g.acting_role, g.session_role) ELSE f.actor END
    FROM (SELECT * FROM fate
          UNION ALL
          SELECT NULL, 'debt', - x.debt, true, NULL, NULL, NULL, NULL, NULL, NULL, NULL
          FROM (SELECT a.debt - coalesce((SELECT sum(d.repaid)::bigint FROM due d), 0) AS debt FROM account a) x WHERE x.debt > 0) f
    LEFT JOIN @ledger@.lot l ON l.member = $2::@member@ AND l.lot_no = f.lot_no
    LEFT JOIN @ledger@.entry g ON g.member = $2::@member@ AND g.seq = f.lot_no
    LEFT JOIN @ledger@.entry b ON b.member = $2::@member@ AND b.seq = g.request_seq
    ORDER BY f.lot_no, f.in_balance, f.seq, f.state$query$)
    USING ledger, member, engage.ledger_now(ledger);
END $function$;
COMMENT ON FUNCTION engage.explain_balance_body(text, text, regtype) IS
  'The body of explain_balance() for a member of any type, which runs it as the ledger''s owner; on its own it has but the rights of who calls it.';

CREATE FUNCTION engage.explain_balance(ledger text, member bigint)
  RETURNS TABLE(lot_no bigint, source_ref text, grant_kind text, rule text, campaign text, granted_at timestamptz, granted bigint,
                available_at timestamptz, expires_at timestamptz, state text, points bigint, in_balance boolean,
                seq bigint, kind text, used_for text, hold_id bigint, known_at timestamptz, reason text, actor text)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 ROWS 100 AS 'MODULE_PATHNAME', 'engage_run_member_report';
COMMENT ON FUNCTION engage.explain_balance(text, bigint) IS
  'Every point a member ever got, by lot, and what became of it: rows with in_balance make up the balance now (available, pending, held, and debt as a negative row), the others are points redeemed, restored (negative), adjusted, expired, reversed, or kept to repay debt. The points of a lot''s rows add up to granted. source_ref, grant_kind, rule, campaign: the order or event that gave the lot; seq, kind, used_for, known_at: the entry that took the points; actor: who made that entry, or the grant.';
CREATE FUNCTION engage.explain_balance(ledger text, member uuid)
  RETURNS TABLE(lot_no bigint, source_ref text, grant_kind text, rule text, campaign text, granted_at timestamptz, granted bigint,
                available_at timestamptz, expires_at timestamptz, state text, points bigint, in_balance boolean,
                seq bigint, kind text, used_for text, hold_id bigint, known_at timestamptz, reason text, actor text)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 ROWS 100 AS 'MODULE_PATHNAME', 'engage_run_member_report';
COMMENT ON FUNCTION engage.explain_balance(text, uuid) IS
  'Every point a member ever got, by lot, and what became of it: rows with in_balance make up the balance now (available, pending, held, and debt as a negative row), the others are points redeemed, restored (negative), adjusted, expired, reversed, or kept to repay debt. The points of a lot''s rows add up to granted. source_ref, grant_kind, rule, campaign: the order or event that gave the lot; seq, kind, used_for, known_at: the entry that took the points; actor: who made that entry, or the grant.';
CREATE FUNCTION engage.explain_balance(ledger text, member text)
  RETURNS TABLE(lot_no bigint, source_ref text, grant_kind text, rule text, campaign text, granted_at timestamptz, granted bigint,
                available_at timestamptz, expires_at timestamptz, state text, points bigint, in_balance boolean,
                seq bigint, kind text, used_for text, hold_id bigint, known_at timestamptz, reason text, actor text)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 ROWS 100 AS 'MODULE_PATHNAME', 'engage_run_member_report';
COMMENT ON FUNCTION engage.explain_balance(text, text) IS
  'Every point a member ever got, by lot, and what became of it: rows with in_balance make up the balance now (available, pending, held, and debt as a negative row), the others are points redeemed, restored (negative), adjusted, expired, reversed, or kept to repay debt. The points of a lot''s rows add up to granted. source_ref, grant_kind, rule, campaign: the order or event that gave the lot; seq, kind, used_for, known_at: the entry that took the points; actor: who made that entry, or the grant.';

-- ------------------------------------------------------------ expiring
CREATE FUNCTION engage.expiring_body(ledger text, since timestamptz, until timestamptz)
  RETURNS TABLE(member text, expires_at timestamptz, points bigint, held bigint, lot_no bigint,
                source_ref text, rule text, campaign text, available_at timestamptz)
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
  SET search_path = pg_catalog, pg_temp SET jit = off
AS $function$
DECLARE
  inactive interval;
  zone text;
  now timestamptz;
BEGIN
  PERFORM engage.ledger_check_given(CASE WHEN ledger IS NULL THEN 'ledger' END);
  PERFORM engage.ledger_check_read(ledger);
  EXECUTE format('SELECT expires_inactive, time_zone FROM %I.ledger_meta', ledger) INTO inactive, zone;
  now := engage.ledger_now(ledger);
  PERFORM engage.ledger_check_period(since, until);
  RETURN QUERY EXECUTE engage.ledger_sql(ledger, $query$
    WITH @lots@
    SELECT l.member::text, l.expires_at, l.remaining - l.held, l.held, l.lot_no,
           coalesce(g.source_ref, g.key, b.source_ref, b.key), coalesce(g.rule, b.rule), g.campaign, CASE WHEN l.is_pending THEN l.available_at END
    FROM lots l
    JOIN @ledger@.entry g ON g.member = l.member AND g.seq = l.lot_no
    LEFT JOIN @ledger@.entry b ON b.member = g.member AND b.seq = g.request_seq
    WHERE l.expires_at > $6 AND l.expires_at <= $7 AND l.expires_at < 'infinity'
    ORDER BY l.expires_at, l.member, l.lot_no$query$)
    USING ledger, NULL::timestamptz, now, inactive, zone, greatest(since, now), coalesce(until, 'infinity');
END $function$;
COMMENT ON FUNCTION engage.expiring_body(text, timestamptz, timestamptz) IS
  'The body of expiring(), which runs it as the ledger''s owner; on its own it has but the rights of who calls it.';
CREATE FUNCTION engage.expiring(ledger text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL)
  RETURNS TABLE(member text, expires_at timestamptz, points bigint, held bigint, lot_no bigint,
                source_ref text, rule text, campaign text, available_at timestamptz)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'engage_run_report';
COMMENT ON FUNCTION engage.expiring(text, timestamptz, timestamptz) IS
  'Feed for reminders: every lot that will expire after since (NULL or past: now) up to and including until (NULL: any time), by date: its points that are not held, those that are held (they expire when the hold ends without them being spent), its number and what it was granted for. available_at: when points that are still pending become available, else NULL. Under a rule of inactivity the date is the one that holds if the member stays inactive.';
