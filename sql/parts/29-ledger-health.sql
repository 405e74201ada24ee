-- Ledger room: is the programme looked after?

CREATE FUNCTION engage.ledger_local_time(instant timestamptz, time_zone text) RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
  AS $$ SELECT to_char(instant AT TIME ZONE time_zone, 'YYYY-MM-DD HH24:MI:SS ') || time_zone $$;
COMMENT ON FUNCTION engage.ledger_local_time(timestamptz, text) IS
  'For engage''s reports: an instant as text, in a time zone whatever the session''s is.';

CREATE FUNCTION engage.ledger_health_body(ledger text)
  RETURNS TABLE(check_name text, status text, value text, explanation text)
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 25
  SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  now timestamptz;
  real_now timestamptz := clock_timestamp();  -- of jobs
  zone text;
  test_clock boolean;
  schema oid;
  r record;
  n bigint;
  t timestamptz;
BEGIN
  PERFORM engage.ledger_check_given(CASE WHEN ledger IS NULL THEN 'ledger' END);
  PERFORM engage.ledger_check_read(ledger);
  now := engage.ledger_now(ledger);
  EXECUTE format('SELECT m.time_zone, m.test_clock FROM %I.ledger_meta m', ledger) INTO zone, test_clock;
  SELECT s.oid INTO schema FROM pg_namespace s WHERE s.nspname = ledger;

  -- verification
  check_name := 'last verify';
  -- (a run of some checks says nothing about the others, but what it found is there)
  EXECUTE format('SELECT j.started_at, j.finished_at, j.findings FROM %I.job_run j WHERE j.job = ''ledger_verify'' AND j.finished_at IS NOT NULL AND j.detail = ''all checks'' ORDER BY j.started_at DESC LIMIT 1', ledger) INTO r;
  EXECUTE format('SELECT max(j.findings) FROM %I.job_run j WHERE j.job = ''ledger_verify'' AND j.finished_at IS NOT NULL AND j.started_at >= $1', ledger) INTO n USING coalesce(r.started_at, '-infinity');
  status := CASE WHEN r.finished_at > real_now - interval '168 hours' THEN 'ok' WHEN r.finished_at > real_now - interval '744 hours' THEN 'warn'
                 WHEN r.finished_at IS NULL THEN 'warn' ELSE 'alert' END;
  value := coalesce(engage.ledger_local_time(r.finished_at, zone), 'never');
  explanation := 'engage.ledger_verify(), with all checks, looks for damage and tampering; run it weekly, and after a restore.';
  RETURN NEXT;
  check_name := 'findings of last verify';
  status := CASE WHEN n > 0 THEN 'alert' ELSE 'ok' END;
  value := coalesce(n::text, '-');
  explanation := 'Each is a violated invariant, and stays here until a run of all checks finds none: see the chapter on a failed verification in doc/runbook.md.';
  RETURN NEXT;
  check_name := 'entries since last verify';
  EXECUTE format('SELECT count(*) FROM %I.entry e WHERE e.recorded_at > $1', ledger) INTO n USING coalesce(r.started_at, '-infinity');
  status := 'ok';
  value := n::text;
  explanation := 'Entries that no verification has seen yet.';
  RETURN NEXT;

  -- what waits to be written; balances are right without it
  FOR check_name, n, t IN EXECUTE $query$
    SELECT x.name, count(d.kind), min(d.effective_at)
    FROM (VALUES (1, 'expire', 'expiries not yet swept'), (2, 'hold_expire', 'ended holds not yet swept'), (3, 'mature', 'maturities not yet swept')) x(n, kind, name)
    LEFT JOIN engage.due_entries($1, $2) d ON d.kind = x.kind GROUP BY x.n, x.name ORDER BY x.n$query$ USING ledger, now LOOP
    status := CASE WHEN t < now - interval '168 hours' THEN 'alert' WHEN t < now - interval '48 hours' THEN 'warn' ELSE 'ok' END;
    value := n::text || coalesce(', since ' || engage.ledger_local_time(t, zone), '');
    explanation := 'Balances and reports count them already; CALL engage.expire_points(ledger) daily writes them down.';
    RETURN NEXT;
  END LOOP;
  check_name := 'oldest open hold';
  EXECUTE format('SELECT h.hold_id, e.recorded_at FROM %1$I.hold h JOIN %1$I.entry e ON e.member = h.member AND e.seq = h.seq
                  WHERE h.state = ''open'' AND h.expires_at > $1 ORDER BY e.recorded_at LIMIT 1', ledger) INTO r USING now;
  status := CASE WHEN r.recorded_at < now - interval '720 hours' THEN 'warn' ELSE 'ok' END;
  value := coalesce('hold ' || r.hold_id || ', since ' || engage.ledger_local_time(r.recorded_at, zone), 'none');
  explanation := 'Members cannot spend what is held: capture it or release it.';
  RETURN NEXT;
  check_name := 'longest unfinished job';
  -- (one that was interrupted has been made good by the next that was finished)
  EXECUTE format('SELECT j.run_id, j.job, j.started_at FROM %1$I.job_run j
                  WHERE j.finished_at IS NULL
                    AND NOT EXISTS (SELECT FROM %1$I.job_run f WHERE f.job = j.job AND f.detail IS NOT DISTINCT FROM j.detail AND f.started_at > j.started_at AND f.finished_at IS NOT NULL)
                  ORDER BY j.started_at LIMIT 1', ledger) INTO r;
  status := CASE WHEN r.started_at < real_now - interval '24 hours' THEN 'alert' WHEN r.started_at < real_now - interval '1 hour' THEN 'warn' ELSE 'ok' END;
  value := coalesce(r.job || ', run ' || r.run_id || ', since ' || engage.ledger_local_time(r.started_at, zone), 'none');
  explanation := 'It runs, or it was interrupted: call it again and it goes on where it was.';
  RETURN NEXT;
  check_name := 'left out by jobs';
  EXECUTE format('SELECT string_agg(format(''%%s: %%s'', j.job, j.findings), '', '' ORDER BY j.job) AS list
                  FROM (SELECT DISTINCT ON (x.job) x.job, x.findings FROM %I.job_run x WHERE x.job IN (''expire_points'', ''reverse_batch'') ORDER BY x.job, x.started_at DESC) j WHERE j.findings > 0', ledger) INTO r;
  status := CASE WHEN r.list IS NULL THEN 'ok' ELSE 'alert' END;
  value := coalesce(r.list, 'none');
  explanation := 'Members whose rows are damaged: the last run of each job left them out, and warned of each. See the chapter on a failed verification in doc/runbook.md, then call the job again.';
  RETURN NEXT;

  -- what the programme looks like
  check_name := 'members in debt';
  EXECUTE format('SELECT count(*) FILTER (WHERE a.debt > 0) AS debtors, coalesce(sum(a.debt), 0) AS debt, count(*) AS members FROM %I.account a', ledger) INTO r;
  status := CASE WHEN r.debtors * 20 > r.members THEN 'warn' ELSE 'ok' END;
  value := format('%s of %s, %s points', r.debtors, r.members, r.debt);
  explanation := 'They spent points of orders they then returned; later points pay it back. More than 5 % of all members is unusual.';
  RETURN NEXT;
  check_name := 'campaigns near their budget';
  EXECUTE format('SELECT string_agg(format(''%%s %%s%%%%'', b.campaign, floor(100.0 * b.issued / b.allotted)), '', '' ORDER BY b.campaign COLLATE "C") AS list, count(*) AS n
                  FROM (SELECT c.campaign, sum(s.issued) AS issued, sum(s.allotted) AS allotted
                        FROM %1$I.campaign c JOIN %1$I.campaign_budget s ON s.campaign = c.campaign
                        WHERE c.active AND c.ends_at > $1 GROUP BY c.campaign) b WHERE b.issued * 10 > b.allotted * 9', ledger) INTO r USING now;
  status := CASE WHEN r.n > 0 THEN 'warn' ELSE 'ok' END;
  value := coalesce(r.list, 'none');
  explanation := 'Running campaigns that have given out more than 90 % of their budget; at 100 % they give no more.';
  RETURN NEXT;
  check_name := 'point value';
  EXECUTE format('SELECT format(''%%s %%s, cost %%s'', v.face_value, v.currency, v.cost_value) AS list FROM %I.point_value v WHERE v.valid_from <= $1 ORDER BY v.valid_from DESC LIMIT 1', ledger) INTO r USING now;
  status := CASE WHEN r.list IS NULL THEN 'warn' ELSE 'ok' END;
  value := coalesce(r.list, 'none');
  explanation := 'What a point is worth now; without it reports show no money. Set it with engage.point_value_set().';
  RETURN NEXT;
  check_name := 'disk size';
  SELECT sum(pg_total_relation_size(c.oid)) INTO n FROM pg_class c WHERE c.relnamespace = schema AND c.relkind = 'r';
  status := 'ok';
  value := pg_size_pretty(n);
  explanation := 'All tables of the ledger with their indexes.';
  RETURN NEXT;

  -- what endangers it
  check_name := 'guard triggers';
  SELECT string_agg(t.relation || ' ' || g.name, ', ' ORDER BY t.relation, g.name) AS list INTO r
  FROM engage.ledger_tables() t CROSS JOIN (VALUES ('ledger_guard'), ('ledger_guard_truncate')) g(name)
  LEFT JOIN pg_class c ON c.relnamespace = schema AND c.relname = t.relation
  LEFT JOIN pg_trigger x ON x.tgrelid = c.oid AND x.tgname = g.name AND x.tgfoid = 'engage.ledger_guard'::regproc AND x.tgenabled IN ('O', 'A')
  WHERE x.oid IS NULL;
  status := CASE WHEN r.list IS NULL THEN 'ok' ELSE 'alert' END;
  value := coalesce('missing or disabled: ' || r.list, 'all there');
  explanation := 'Without them whoever may post can write the tables by hand. SELECT engage.ledger_upgrade(ledger) puts them back; then verify.';
  RETURN NEXT;
  check_name := 'foreign triggers and rules';
  SELECT string_agg(y.name, ', ' ORDER BY y.name) AS list INTO r
  FROM (SELECT format('trigger %s on %s', x.tgname, c.relname) AS name
        FROM pg_trigger x JOIN pg_class c ON c.oid = x.tgrelid
        WHERE c.relnamespace = schema AND c.relname IN (SELECT t.relation FROM engage.ledger_tables() t) AND NOT x.tgisinternal AND x.tgfoid <> 'engage.ledger_guard'::regproc
        UNION ALL
        SELECT format('rule %s on %s', w.rulename, c.relname)
        FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class
        WHERE c.relnamespace = schema AND c.relname IN (SELECT t.relation FROM engage.ledger_tables() t)) y;
  status := CASE WHEN r.list IS NULL THEN 'ok' ELSE 'alert' END;
  value := coalesce(r.list, 'none');
  explanation := 'They run, or could, with the rights of whoever posts, and can change what is posted.';
  RETURN NEXT;
  check_name := 'owner of the tables';
  SELECT count(DISTINCT c.relowner) AS n, string_agg(DISTINCT pg_get_userbyid(c.relowner)::text, ', ') AS list INTO r
  FROM pg_class c WHERE c.relnamespace = schema AND c.relname IN (SELECT t.relation FROM engage.ledger_tables() t);
  status := CASE WHEN r.n = 1 THEN 'ok' ELSE 'alert' END;
  value := r.list;
  explanation := 'One role owns all tables of a ledger; it should not be the role that applications connect as.';
  RETURN NEXT;
  check_name := 'test clock';
  status := CASE WHEN test_clock THEN 'warn' ELSE 'ok' END;
  value := CASE WHEN test_clock THEN 'yes' ELSE 'no' END;
  explanation := 'A ledger made with test_clock => true believes engage.now: for tests only.';
  RETURN NEXT;
  check_name := 'synchronous_commit';
  value := current_setting('synchronous_commit');
  status := CASE WHEN value = 'off' THEN 'alert' ELSE 'ok' END;
  explanation := 'In this session. When off, a crash can lose redemptions that were reported done: never for redeem and capture.';
  RETURN NEXT;
  check_name := 'fsync';
  value := current_setting('fsync');
  status := CASE WHEN value = 'off' THEN 'alert' ELSE 'ok' END;
  explanation := 'When off, a crash can destroy the database.';
  RETURN NEXT;
  check_name := 'full_page_writes';
  value := current_setting('full_page_writes');
  status := CASE WHEN value = 'off' THEN 'alert' ELSE 'ok' END;
  explanation := 'When off, a crash can leave torn pages, unless the file system writes pages as a whole.';
  RETURN NEXT;
END $function$;
COMMENT ON FUNCTION engage.ledger_health_body(text) IS
  'The body of ledger_health(), which runs it as the ledger''s owner; on its own it has but the rights of who calls it.';
CREATE FUNCTION engage.ledger_health(ledger text)
  RETURNS TABLE(check_name text, status text, value text, explanation text)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000 ROWS 25 AS 'MODULE_PATHNAME', 'engage_run_report';
COMMENT ON FUNCTION engage.ledger_health(text) IS
  'State of a ledger for monitoring, one row a check: status ok, warn or alert, a value to show and what it means. Checks: last verify (warn after 7 days or if there was none, alert after 31), its findings (alert), entries since; expiries, ended holds and maturities due but not swept (warn after 2 days, alert after 7); oldest open hold (warn after 30 days); longest unfinished job, unless the same was finished by a later run (warn after an hour, alert after a day); members left out by the last expire_points and reverse_batch (alert); members in debt (warn above 5 %); running campaigns above 90 % of their budget; point value; disk size; guard triggers, foreign triggers and rules, owner; test clock; synchronous_commit of the session, fsync, full_page_writes. Times are of the ledger''s zone.';
