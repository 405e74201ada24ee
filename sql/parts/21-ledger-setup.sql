-- Ledger room: making, changing, upgrading, listing and dropping a ledger.

-- ------------------------------------------------------------ checking arguments
CREATE FUNCTION engage.ledger_invalid(message text, detail text, hint text) RETURNS void
  LANGUAGE plpgsql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = message, DETAIL = detail, HINT = hint;
END $$;
COMMENT ON FUNCTION engage.ledger_invalid(text, text, text) IS 'Raises error 22023; for the ledger''s own functions';

CREATE FUNCTION engage.ledger_check_given(VARIADIC missing text[]) RETURNS void
  LANGUAGE plpgsql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE argument text;
BEGIN
  FOREACH argument IN ARRAY missing LOOP
    IF argument IS NOT NULL THEN
      RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = format('%s must not be null', argument), HINT = 'State a value.';
    END IF;
  END LOOP;
END $$;
COMMENT ON FUNCTION engage.ledger_check_given(text[]) IS 'Raises error 22004 for the first name that is not null: the name of an argument that was not given; for the ledger''s own functions';

CREATE FUNCTION engage.ledger_check_choice(option text, value text, VARIADIC accepted text[]) RETURNS void
  LANGUAGE plpgsql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM engage.ledger_check_given(CASE WHEN value IS NULL THEN option END);
  IF value <> ALL (accepted) THEN
    PERFORM engage.ledger_invalid(format('%s "%s" is not known', option, value), format('It is one of: %s.', array_to_string(accepted, ', ')),
                                  'The words are case-sensitive; doc/ledger-reference.md explains each.');
  END IF;
END $$;
COMMENT ON FUNCTION engage.ledger_check_choice(text, text, text[]) IS 'Raises error 22023 unless the value is one of those accepted, 22004 if it is null; for the ledger''s own functions';

CREATE FUNCTION engage.ledger_check_name(what text, value text, longest integer DEFAULT 128) RETURNS void
  LANGUAGE plpgsql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM engage.ledger_check_given(CASE WHEN value IS NULL THEN what END);
  IF length(value) NOT BETWEEN 1 AND longest OR btrim(value) <> value THEN
    PERFORM engage.ledger_invalid(format('%s "%s" is not a usable name', what, left(value, 100)), format('It has 1 to %s characters and no blanks around it.', longest),
                                  'Choose a short name, such as one you would put on a chart.');
  END IF;
END $$;
COMMENT ON FUNCTION engage.ledger_check_name(text, text, integer) IS 'Raises error 22023 unless the value is a name of 1 to so many characters, 22004 if it is null; for the ledger''s own functions';

CREATE FUNCTION engage.ledger_check_amount(option text, value numeric, lowest numeric, highest numeric DEFAULT NULL) RETURNS void
  LANGUAGE plpgsql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF value = 'NaN' OR value < lowest OR value > coalesce(highest, 'Infinity') OR value IN ('Infinity', '-Infinity') THEN
    PERFORM engage.ledger_invalid(format('%s %s is out of range', option, value), CASE WHEN highest IS NULL THEN format('It is at least %s.', lowest) ELSE format('It is from %s to %s.', lowest, highest) END,
                                  'State a value in this range, or leave the argument out.');
  END IF;
END $$;
COMMENT ON FUNCTION engage.ledger_check_amount(text, numeric, numeric, numeric) IS 'Raises error 22023 unless the value is null or a number in this range; for the ledger''s own functions';

-- Intervals of mixed signs have no fixed length, so every part must have the same sign.
CREATE FUNCTION engage.ledger_check_interval(option text, value interval, zero_allowed boolean, smallest_part text DEFAULT 'microseconds') RETURNS void
  LANGUAGE plpgsql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE months numeric; days numeric; seconds numeric;
BEGIN
  IF value IS NULL THEN RETURN; END IF;
  IF isfinite(value) THEN
    months := 12 * extract(year FROM value) + extract(month FROM value);
    days := extract(day FROM value);
    seconds := 3600 * extract(hour FROM value) + 60 * extract(minute FROM value) + extract(second FROM value);
  END IF;
  IF months IS NULL OR months < 0 OR days < 0 OR seconds < 0 OR months > 12000 OR days > 365250 OR seconds > 86400.0 * 365250
     OR months + days + seconds = 0 AND NOT zero_allowed THEN
    PERFORM engage.ledger_invalid(format('%s "%s" is out of range', option, value), format('It is an interval %s zero, at most 1000 years, with no negative part.', CASE WHEN zero_allowed THEN 'of at least' ELSE 'longer than' END),
                                  'For example ''365 days'' or ''1 year''.');
  ELSIF smallest_part = 'days' AND seconds <> 0 OR smallest_part = 'months' AND (days <> 0 OR seconds <> 0) THEN
    PERFORM engage.ledger_invalid(format('%s "%s" is not made of whole %s', option, value, smallest_part), format('It is an interval of whole %s.', CASE smallest_part WHEN 'days' THEN 'days, months or years' ELSE 'months or years' END),
                                  'For example ''1 year''.');
  END IF;
END $$;
COMMENT ON FUNCTION engage.ledger_check_interval(text, interval, boolean, text) IS 'Raises error 22023 unless the value is null or an interval of at least zero (more than zero), 1000 years at most; for the ledger''s own functions';

-- The zone as the server spells it.
CREATE FUNCTION engage.ledger_check_time_zone(time_zone text) RETURNS text
  LANGUAGE plpgsql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE found text;
BEGIN
  PERFORM engage.ledger_check_given(CASE WHEN time_zone IS NULL THEN 'time_zone' END);
  IF time_zone = 'UTC' THEN RETURN 'UTC'; END IF; -- reading all zones takes long
  -- (those left out mean something else on another machine)
  SELECT z.name INTO found FROM pg_timezone_names z
  WHERE lower(z.name) = lower(time_zone) AND z.name NOT IN ('localtime', 'posixrules', 'Factory');
  IF found IS NULL THEN
    PERFORM engage.ledger_invalid(format('time_zone "%s" is not known', time_zone), 'It is a name in pg_timezone_names: abbreviations and fixed offsets do not know about daylight saving.',
                                  'For example ''UTC'' or ''Europe/Berlin''.');
  END IF;
  RETURN found;
END $$;
COMMENT ON FUNCTION engage.ledger_check_time_zone(text) IS 'The name of the time zone as the server spells it; error 22023 if there is no such zone; for the ledger''s own functions';

-- All settings of a ledger; returns the time zone's proper name.
CREATE FUNCTION engage.ledger_check_settings(unit text, member_type text, time_zone text, rounding text, available_after interval, activation text,
  expires_after interval, expires_on text, expires_inactive interval, expiry_rounding text, consumption text, shortage text, restoring text, restore_grace interval,
  debt_limit bigint, refund_window interval, stacking text, max_multiplier numeric, tier_metric text, tier_window text, tier_period interval, tier_grace interval,
  tier_downgrade text, test_clock boolean) RETURNS text
  LANGUAGE plpgsql STABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE month integer; day integer;
BEGIN
  PERFORM engage.ledger_check_given(CASE WHEN available_after IS NULL THEN 'available_after' END, CASE WHEN restore_grace IS NULL THEN 'restore_grace' END,
                                    CASE WHEN tier_period IS NULL THEN 'tier_period' END, CASE WHEN tier_grace IS NULL THEN 'tier_grace' END, CASE WHEN test_clock IS NULL THEN 'test_clock' END);
  PERFORM engage.ledger_check_name('unit', unit, 64);
  IF member_type IN ('int', 'int2', 'int4', 'int8', 'integer', 'smallint', 'varchar', 'character varying', 'char') THEN
    PERFORM engage.ledger_invalid(format('member_type "%s" is not known', member_type), 'It is one of: bigint, uuid, text.',
                                  format('Use ''%s'': it holds every %s.', CASE WHEN member_type ~ 'char' THEN 'text' ELSE 'bigint' END, member_type));
  END IF;
  PERFORM engage.ledger_check_choice('member_type', member_type, 'bigint', 'uuid', 'text');
  PERFORM engage.ledger_check_choice('rounding', rounding, 'floor', 'half_up', 'half_even', 'ceil');
  PERFORM engage.ledger_check_choice('activation', activation, 'automatic', 'manual');
  PERFORM engage.ledger_check_choice('expiry_rounding', expiry_rounding, 'none', 'day', 'month', 'year');
  PERFORM engage.ledger_check_choice('consumption', consumption, 'soonest_expiring', 'earned_first');
  PERFORM engage.ledger_check_choice('shortage', shortage, 'other_lots_then_debt', 'clamp', 'reject');
  PERFORM engage.ledger_check_choice('restoring', restoring, 'grace', 'expire');
  PERFORM engage.ledger_check_choice('stacking', stacking, 'multiplicative', 'additive', 'best_of');
  PERFORM engage.ledger_check_choice('tier_metric', tier_metric, 'points', 'spend', 'orders');
  PERFORM engage.ledger_check_choice('tier_window', tier_window, 'rolling', 'calendar', 'anniversary', 'lifetime');
  PERFORM engage.ledger_check_choice('tier_downgrade', tier_downgrade, 'one_down', 'recompute');
  PERFORM engage.ledger_check_interval('available_after', available_after, true);
  PERFORM engage.ledger_check_interval('expires_after', expires_after, false);
  PERFORM engage.ledger_check_interval('expires_inactive', expires_inactive, false);
  PERFORM engage.ledger_check_interval('restore_grace', restore_grace, false);
  PERFORM engage.ledger_check_interval('refund_window', refund_window, false);
  PERFORM engage.ledger_check_interval('tier_period', tier_period, false, CASE tier_window WHEN 'rolling' THEN 'days' WHEN 'anniversary' THEN 'months' ELSE 'microseconds' END);
  PERFORM engage.ledger_check_interval('tier_grace', tier_grace, true);
  PERFORM engage.ledger_check_amount('debt_limit', debt_limit, 0);
  PERFORM engage.ledger_check_amount('max_multiplier', max_multiplier, 1, 1000);
  IF tier_window = 'calendar' AND tier_period NOT IN (interval '1 year', interval '1 month') OR tier_window = 'calendar' AND extract(day FROM tier_period) <> 0 THEN
    PERFORM engage.ledger_invalid(format('tier_period "%s" does not go with tier_window calendar', tier_period), 'A calendar window is a year or a month.',
                                  'Use ''1 year'' or ''1 month'', or tier_window rolling or anniversary.');
  END IF;
  IF num_nonnulls(expires_after, expires_on, expires_inactive) > 1 THEN
    PERFORM engage.ledger_invalid('more than one expiry rule was given', 'expires_after, expires_on and expires_inactive exclude each other.', 'Leave all but one out; without any, points do not expire.');
  END IF;
  IF activation = 'manual' AND available_after <> interval '0' THEN
    PERFORM engage.ledger_invalid(format('available_after "%s" does not go with activation manual', available_after), 'Points that wait for engage.activate() become available then and not after a time.',
                                  'Use available_after => ''0'' or activation => ''automatic''.');
  END IF;
  IF expires_on IS NOT NULL THEN
    IF expires_on ~ '^[0-9]{2}-[0-9]{2}$' THEN
      month := left(expires_on, 2);
      day := right(expires_on, 2);
    END IF;
    -- (a date that is missing in most years is no date)
    IF month IS NULL OR month NOT BETWEEN 1 AND 12 OR day NOT BETWEEN 1 AND (ARRAY[31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[month] THEN
      PERFORM engage.ledger_invalid(format('expires_on "%s" is not a day of every year', expires_on), 'It is a month and a day of it: ''MM-DD'', from ''01-01'' to ''12-31'', but not ''02-29''.',
                                    'For example ''12-31'': points are good until the end of that day.');
    END IF;
  END IF;
  RETURN engage.ledger_check_time_zone(time_zone);
END $$;
COMMENT ON FUNCTION engage.ledger_check_settings(text, text, text, text, interval, text, interval, text, interval, text, text, text, text, interval, bigint, interval, text, numeric, text, text, interval, interval, text, boolean) IS
  'The ledger''s time zone as the server spells it, after all settings were checked; errors 22023 and 22004; for the ledger''s own functions';

-- ------------------------------------------------------------ whose ledger
-- (The tables' owner, not the schema's: the books are what it is about.)
CREATE FUNCTION engage.ledger_check_owner(ledger text) RETURNS void
  LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE owner oid; version integer;
BEGIN
  PERFORM engage.ledger_check_given(CASE WHEN ledger IS NULL THEN 'ledger' END);
  SELECT c.relowner INTO owner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = ledger AND c.relname = 'ledger_meta' AND c.relkind = 'r';
  IF owner IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'NG404', MESSAGE = format('ledger "%s" does not exist', ledger), HINT = format('SELECT * FROM engage.ledgers() lists them; engage.ledger_create(%L) makes one.', ledger);
  ELSIF NOT pg_has_role(current_user, owner, 'USAGE') THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('must be owner of ledger "%s"', ledger), DETAIL = format('It belongs to "%s".', pg_get_userbyid(owner)),
      HINT = 'Ask its owner to do this, or to grant you his role.';
  ELSIF pg_get_userbyid(owner) <> current_user AND (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) THEN
    -- whoever owns the tables could have put triggers on them, which would run as superuser
    RAISE EXCEPTION USING ERRCODE = 'NG405', MESSAGE = format('a superuser must not change ledger "%s" of somebody else', ledger), DETAIL = format('It belongs to "%s".', pg_get_userbyid(owner)),
      HINT = format('SET ROLE %I; first.', pg_get_userbyid(owner));
  ELSIF pg_get_userbyid(owner) <> current_user THEN
    -- a member of the owner's role lends his rights, too
    PERFORM engage.ledger_check_read(ledger);
  END IF;
  EXECUTE format('SELECT format_version FROM %I.ledger_meta', ledger) INTO version;
  IF version IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'NG404', MESSAGE = format('ledger "%s" has no settings', ledger), DETAIL = 'Its table ledger_meta is empty.', HINT = 'Restore the rows of this table, too.';
  ELSIF version <> 1 THEN
    RAISE EXCEPTION USING ERRCODE = 'NG426', MESSAGE = format('ledger "%s" has format %s, this library uses 1', ledger, version),
      HINT = 'Install a newer version of engage on this server, then ALTER EXTENSION engage UPDATE.';
  END IF;
END $$;
COMMENT ON FUNCTION engage.ledger_check_owner(text) IS
  'Raises an error unless the caller may change this ledger: NG404 no such ledger, 42501 not the owner, NG405 a superuser who is not the owner, NG410 code of the owner in the tables where the caller is only a member of his role, NG426 format of another version; for the ledger''s own functions';

-- ------------------------------------------------------------ triggers, views, comments
CREATE FUNCTION engage.ledger_tables() RETURNS TABLE (relation text, append_only boolean)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 17
  SET search_path = pg_catalog, pg_temp
AS $$
  VALUES ('ledger_meta', false), ('account', false), ('entry', true), ('lot', false), ('lot_use', true), ('hold', false), ('refusal', true), ('entry_note', false), ('point_value', true),
         ('earn_rule', false), ('campaign', false), ('campaign_budget', false), ('tally', false), ('tier', false), ('tier_history', true), ('period_close', true), ('adjust_limit', false), ('job_run', false)
$$;
COMMENT ON FUNCTION engage.ledger_tables() IS 'The tables of a ledger, and whether rows of theirs are never changed; for the ledger''s own functions';

-- Puts the guards on tables that lack them; one line for each.
CREATE FUNCTION engage.ledger_attach_guards(ledger text) RETURNS SETOF text
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  t record; guard record; found record;
BEGIN
  FOR t IN SELECT l.relation, l.append_only, c.oid FROM engage.ledger_tables() WITH ORDINALITY l(relation, append_only, n)
           LEFT JOIN (pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace AND s.nspname = ledger_attach_guards.ledger) ON c.relname = l.relation AND c.relkind = 'r' ORDER BY l.n LOOP
    IF t.oid IS NULL THEN
      RAISE EXCEPTION USING ERRCODE = 'NG404', MESSAGE = format('ledger "%s" has no table "%s"', ledger, t.relation), HINT = 'Restore this table from a backup.';
    END IF;
    -- tgtype: 1 row, 2 before, 4 insert, 8 delete, 16 update, 32 truncate
    FOR guard IN VALUES ('ledger_guard', 1 + 2 + 4 + 8 + 16, 'INSERT OR UPDATE OR DELETE', 'ROW'), ('ledger_guard_truncate', 2 + 32, 'TRUNCATE', 'STATEMENT') LOOP
      SELECT g.tgenabled, g.tgtype = guard.column2 AND g.tgfoid = 'engage.ledger_guard'::regproc AND g.tgqual IS NULL AND g.tgattr = ''
             AND encode(g.tgargs, 'escape') = CASE WHEN t.append_only THEN 'append_only\000' ELSE '' END AS sound
        INTO found FROM pg_trigger g WHERE g.tgrelid = t.oid AND g.tgname = guard.column1 AND NOT g.tgisinternal;
      IF found.sound AND found.tgenabled IN ('O', 'A') THEN CONTINUE; END IF;
      IF found.sound THEN
        EXECUTE format('ALTER TABLE %I.%I ENABLE TRIGGER %I', ledger, t.relation, guard.column1);
        RETURN NEXT format('trigger %s on %s enabled', guard.column1, t.relation);
        CONTINUE;
      ELSIF found.sound IS NOT NULL THEN
        EXECUTE format('DROP TRIGGER %I ON %I.%I', guard.column1, ledger, t.relation);
      END IF;
      EXECUTE format('CREATE TRIGGER %I BEFORE %s ON %I.%I FOR EACH %s EXECUTE FUNCTION engage.ledger_guard(%s)',
                     guard.column1, guard.column3, ledger, t.relation, guard.column4, CASE WHEN t.append_only THEN quote_literal('append_only') ELSE '' END);
      RETURN NEXT format('trigger %s on %s created', guard.column1, t.relation);
    END LOOP;
  END LOOP;
END $$;
COMMENT ON FUNCTION engage.ledger_attach_guards(text) IS 'Creates or enables the guard triggers that a ledger''s tables lack, and returns a line for each; for the ledger''s own functions';

-- Makes views that are missing or of another version; one line for each.
CREATE FUNCTION engage.ledger_refresh_views(ledger text) RETURNS SETOF text
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v record; view_oid oid; before text; rights text[]; statement text;
  member_type text; test_clock boolean;
BEGIN
  EXECUTE format('SELECT member_type, test_clock FROM %I.ledger_meta', ledger) INTO member_type, test_clock;
  FOR v IN SELECT w.view, w.definition FROM engage.ledger_views(ledger, member_type, test_clock) w LOOP
    view_oid := to_regclass(format('%I.%I', ledger, v.view));
    before := pg_get_viewdef(view_oid);
    BEGIN
      EXECUTE v.definition;
    EXCEPTION WHEN invalid_table_definition THEN
      -- columns went or changed: make it anew, with the rights it had
      SELECT array_agg(format('GRANT %s ON %I.%I TO %s%s', a.privilege_type, ledger, v.view, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END, CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END))
        INTO rights FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = view_oid AND a.grantee <> c.relowner;
      EXECUTE format('DROP VIEW %I.%I', ledger, v.view);
      EXECUTE v.definition;
      FOREACH statement IN ARRAY coalesce(rights, '{}') LOOP EXECUTE statement; END LOOP;
    END;
    IF before IS NULL THEN
      RETURN NEXT format('view %s created', v.view);
    ELSIF before <> pg_get_viewdef(to_regclass(format('%I.%I', ledger, v.view))) THEN
      RETURN NEXT format('view %s replaced', v.view);
    END IF;
  END LOOP;
END $$;
COMMENT ON FUNCTION engage.ledger_refresh_views(text) IS 'Creates a ledger''s views, or replaces them, and returns a line for each that was not as it should be; for the ledger''s own functions';

-- Comments where there are none: the owner may have written his own.
CREATE FUNCTION engage.ledger_add_comments(ledger text) RETURNS bigint
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE c record; n bigint := 0;
BEGIN
  FOR c IN SELECT k.relation, k.attribute, k.comment, r.relkind, a.attnum
           FROM engage.ledger_comments() k
           JOIN pg_namespace s ON s.nspname = ledger_add_comments.ledger
           JOIN pg_class r ON r.relnamespace = s.oid AND r.relname = k.relation
           LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attname = k.attribute AND NOT a.attisdropped
           WHERE (k.attribute IS NULL OR a.attnum IS NOT NULL)
             AND NOT EXISTS (SELECT FROM pg_description d WHERE d.classoid = 'pg_class'::regclass AND d.objoid = r.oid AND d.objsubid = coalesce(a.attnum, 0)) LOOP
    IF c.attribute IS NULL THEN
      EXECUTE format('COMMENT ON %s %I.%I IS %L', CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, ledger, c.relation, c.comment);
    ELSE
      EXECUTE format('COMMENT ON COLUMN %I.%I.%I IS %L', ledger, c.relation, c.attribute, c.comment);
    END IF;
    n := n + 1;
  END LOOP;
  RETURN n;
END $$;
COMMENT ON FUNCTION engage.ledger_add_comments(text) IS 'Comments on the tables, views and columns of a ledger that have none, and returns how many; for the ledger''s own functions';

-- ------------------------------------------------------------ create
CREATE FUNCTION engage.ledger_create(ledger text, unit text DEFAULT 'points', member_type text DEFAULT 'bigint', time_zone text DEFAULT 'UTC', rounding text DEFAULT 'floor',
  available_after interval DEFAULT '0', activation text DEFAULT 'automatic', expires_after interval DEFAULT NULL, expires_on text DEFAULT NULL, expires_inactive interval DEFAULT NULL,
  expiry_rounding text DEFAULT 'none', consumption text DEFAULT 'soonest_expiring', shortage text DEFAULT 'other_lots_then_debt', restoring text DEFAULT 'grace', restore_grace interval DEFAULT '30 days',
  debt_limit bigint DEFAULT NULL, refund_window interval DEFAULT NULL, stacking text DEFAULT 'multiplicative', max_multiplier numeric DEFAULT NULL,
  tier_metric text DEFAULT 'points', tier_window text DEFAULT 'rolling', tier_period interval DEFAULT '1 year', tier_grace interval DEFAULT '0', tier_downgrade text DEFAULT 'one_down',
  test_clock boolean DEFAULT false, earn_rate numeric DEFAULT 1) RETURNS text
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE schema oid; inhabitant text;
BEGIN
  PERFORM engage.ledger_check_given(CASE WHEN ledger IS NULL THEN 'ledger' END);
  IF ledger = '' OR octet_length(ledger) > 63 OR ledger ~ '@' OR ledger IN ('engage', 'public', 'information_schema') OR ledger LIKE 'pg\_%' THEN
    PERFORM engage.ledger_invalid(format('"%s" cannot be the name of a ledger', left(ledger, 100)), 'A ledger''s name is that of a schema of its own: 1 to 63 bytes without @, not public, engage or a schema of the system.',
                                  'Choose a short name, such as ''rewards''.');
  END IF;
  time_zone := engage.ledger_check_settings(unit, member_type, time_zone, rounding, available_after, activation, expires_after, expires_on, expires_inactive, expiry_rounding,
    consumption, shortage, restoring, restore_grace, debt_limit, refund_window, stacking, max_multiplier, tier_metric, tier_window, tier_period, tier_grace, tier_downgrade, test_clock);

  SELECT n.oid INTO schema FROM pg_namespace n WHERE n.nspname = ledger;
  IF schema IS NULL THEN
    EXECUTE format('CREATE SCHEMA %I', ledger);
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', ledger, format('Ledger of %s, kept by engage: change it with the functions engage.* only', unit));
  ELSE
    IF EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = schema AND c.relname = 'ledger_meta') THEN
      RAISE EXCEPTION USING ERRCODE = 'duplicate_schema', MESSAGE = format('ledger "%s" exists already', ledger), HINT = 'engage.ledger_alter() changes its settings, engage.ledger_drop() drops it.';
    END IF;
    SELECT pg_describe_object(d.classid, d.objid, 0) INTO inhabitant FROM pg_depend d
    WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = schema AND d.classid <> 'pg_default_acl'::regclass AND d.classid IS DISTINCT FROM to_regclass('pg_publication_namespace')
    ORDER BY d.classid, d.objid LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION USING ERRCODE = 'duplicate_schema', MESSAGE = format('schema "%s" is not empty', ledger), DETAIL = format('It contains %s.', inhabitant),
        HINT = 'A ledger has a schema of its own: choose a name that is not in use.';
    END IF;
  END IF;

  EXECUTE engage.ledger_ddl(ledger, member_type);
  EXECUTE format('INSERT INTO %I.ledger_meta (format_version, member_type, unit, time_zone, rounding, available_after, activation, expires_after, expires_on, expires_inactive, expiry_rounding,
    consumption, shortage, restoring, restore_grace, debt_limit, refund_window, stacking, max_multiplier, tier_metric, tier_window, tier_period, tier_grace, tier_downgrade, test_clock, created_at)
    VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, clock_timestamp())', ledger)
    USING member_type, unit, time_zone, rounding, available_after, activation, expires_after, expires_on, expires_inactive, expiry_rounding,
      consumption, shortage, restoring, restore_grace, debt_limit, refund_window, stacking, max_multiplier, tier_metric, tier_window, tier_period, tier_grace, tier_downgrade, test_clock;
  PERFORM engage.ledger_attach_guards(ledger);
  PERFORM engage.ledger_refresh_views(ledger);
  PERFORM engage.ledger_add_comments(ledger);
  IF earn_rate IS NOT NULL THEN
    PERFORM engage.ledger_check_amount('earn_rate', earn_rate, 0.000001, 1000000);
    PERFORM engage.rule_set(ledger, 'purchase', 'purchase', rate_points => (earn_rate * 10::numeric ^ scale(trim_scale(earn_rate)))::bigint, rate_basis => trim_scale(10::numeric ^ scale(trim_scale(earn_rate))));
  END IF;
  PERFORM engage.ledger_changed(ledger);
  RETURN ledger;
END $$;
COMMENT ON FUNCTION engage.ledger_create(text, text, text, text, text, interval, text, interval, text, interval, text, text, text, text, interval, bigint, interval, text, numeric, text, text, interval, interval, text, boolean, numeric) IS
  'Makes a ledger of points: a schema of this name with tables and views that belong to the caller. Returns the name. member_type: bigint, uuid or text, for good. Points expire expires_after they were earned, at the end of day expires_on (''MM-DD''), after expires_inactive without activity, or never. doc/ledger-reference.md explains every setting. Errors: 42P06 the schema exists and is not empty; 22023 and 22004 with the value and what is accepted. earn_rate: points for 1 of the basis by the rule ''purchase'', which a new ledger has (0.000001 to 1000000; NULL: no such rule; rule_set() changes it).';

-- ------------------------------------------------------------ alter
CREATE FUNCTION engage.ledger_alter(ledger text, unit text DEFAULT NULL, time_zone text DEFAULT NULL, rounding text DEFAULT NULL,
  available_after interval DEFAULT NULL, activation text DEFAULT NULL, expires_after interval DEFAULT NULL, expires_on text DEFAULT NULL, expires_inactive interval DEFAULT NULL,
  expiry_rounding text DEFAULT NULL, consumption text DEFAULT NULL, shortage text DEFAULT NULL, restoring text DEFAULT NULL, restore_grace interval DEFAULT NULL,
  debt_limit bigint DEFAULT NULL, refund_window interval DEFAULT NULL, stacking text DEFAULT NULL, max_multiplier numeric DEFAULT NULL,
  tier_metric text DEFAULT NULL, tier_window text DEFAULT NULL, tier_period interval DEFAULT NULL, tier_grace interval DEFAULT NULL, tier_downgrade text DEFAULT NULL,
  unset text[] DEFAULT NULL) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE old record; name text; has_tally boolean;
BEGIN
  PERFORM engage.ledger_check_owner(ledger);
  FOREACH name IN ARRAY coalesce(unset, '{}') LOOP
    IF name IS NULL OR name <> ALL ('{expires_after,expires_on,expires_inactive,debt_limit,refund_window,max_multiplier}') THEN
      PERFORM engage.ledger_invalid(format('setting "%s" cannot be unset', name), 'Those that can be are: expires_after, expires_on, expires_inactive, debt_limit, refund_window, max_multiplier.', 'State a value for it instead.');
    ELSIF (CASE name WHEN 'expires_after' THEN expires_after::text WHEN 'expires_on' THEN expires_on WHEN 'expires_inactive' THEN expires_inactive::text
               WHEN 'debt_limit' THEN debt_limit::text WHEN 'refund_window' THEN refund_window::text ELSE max_multiplier::text END) IS NOT NULL THEN
      PERFORM engage.ledger_invalid(format('setting "%s" is both given and unset', name), 'Unset is for settings that shall have no value.', 'Leave one of the two out.');
    END IF;
  END LOOP;
  -- nobody posts by the old settings while they change
  EXECUTE format('LOCK TABLE %I.entry IN SHARE ROW EXCLUSIVE MODE', ledger);
  EXECUTE format('SELECT * FROM %I.ledger_meta FOR UPDATE', ledger) INTO old;

  unit := coalesce(unit, old.unit);
  time_zone := coalesce(time_zone, old.time_zone);
  rounding := coalesce(rounding, old.rounding);
  available_after := coalesce(available_after, old.available_after);
  activation := coalesce(activation, old.activation);
  IF num_nonnulls(expires_after, expires_on, expires_inactive) = 0 THEN -- a new rule replaces the old one
    expires_after := CASE WHEN 'expires_after' = ANY (unset) IS NOT TRUE THEN old.expires_after END;
    expires_on := CASE WHEN 'expires_on' = ANY (unset) IS NOT TRUE THEN old.expires_on END;
    expires_inactive := CASE WHEN 'expires_inactive' = ANY (unset) IS NOT TRUE THEN old.expires_inactive END;
  END IF;
  expiry_rounding := coalesce(expiry_rounding, old.expiry_rounding);
  consumption := coalesce(consumption, old.consumption);
  shortage := coalesce(shortage, old.shortage);
  restoring := coalesce(restoring, old.restoring);
  restore_grace := coalesce(restore_grace, old.restore_grace);
  debt_limit := coalesce(debt_limit, CASE WHEN 'debt_limit' = ANY (unset) IS NOT TRUE THEN old.debt_limit END);
  refund_window := coalesce(refund_window, CASE WHEN 'refund_window' = ANY (unset) IS NOT TRUE THEN old.refund_window END);
  stacking := coalesce(stacking, old.stacking);
  max_multiplier := coalesce(max_multiplier, CASE WHEN 'max_multiplier' = ANY (unset) IS NOT TRUE THEN old.max_multiplier END);
  tier_metric := coalesce(tier_metric, old.tier_metric);
  tier_window := coalesce(tier_window, old.tier_window);
  tier_period := coalesce(tier_period, old.tier_period);
  tier_grace := coalesce(tier_grace, old.tier_grace);
  tier_downgrade := coalesce(tier_downgrade, old.tier_downgrade);
  time_zone := engage.ledger_check_settings(unit, old.member_type, time_zone, rounding, available_after, activation, expires_after, expires_on, expires_inactive, expiry_rounding,
    consumption, shortage, restoring, restore_grace, debt_limit, refund_window, stacking, max_multiplier, tier_metric, tier_window, tier_period, tier_grace, tier_downgrade, old.test_clock);

  EXECUTE format('UPDATE %I.ledger_meta SET unit = $1, time_zone = $2, rounding = $3, available_after = $4, activation = $5, expires_after = $6, expires_on = $7, expires_inactive = $8, expiry_rounding = $9,
    consumption = $10, shortage = $11, restoring = $12, restore_grace = $13, debt_limit = $14, refund_window = $15, stacking = $16, max_multiplier = $17,
    tier_metric = $18, tier_window = $19, tier_period = $20, tier_grace = $21, tier_downgrade = $22', ledger)
    USING unit, time_zone, rounding, available_after, activation, expires_after, expires_on, expires_inactive, expiry_rounding,
      consumption, shortage, restoring, restore_grace, debt_limit, refund_window, stacking, max_multiplier, tier_metric, tier_window, tier_period, tier_grace, tier_downgrade;
  IF expires_inactive IS DISTINCT FROM old.expires_inactive OR time_zone <> old.time_zone THEN
    -- so that ledger_verify knows which dates follow from the present settings
    EXECUTE format('UPDATE %1$I.ledger_meta SET (inactivity_since, inactivity_latest) = (SELECT greatest($1, max(a.last_recorded_at)),
        coalesce(max(a.inactive_at) FILTER (WHERE isfinite(a.inactive_at)), ''-infinity'') FROM %1$I.account a)', ledger) USING engage.ledger_now(ledger);
  END IF;
  IF old.expires_inactive IS NOT NULL AND expires_inactive IS NULL THEN
    -- the rule no longer holds for anybody; what has expired by it stays expired
    EXECUTE format('UPDATE %I.account SET inactive_at = ''infinity'' WHERE inactive_at > $1 AND inactive_at < ''infinity''', ledger) USING engage.ledger_now(ledger);
  END IF;
  -- (as text: a month and 30 days are equal, but not the same)
  IF tier_window <> old.tier_window OR tier_period::text <> old.tier_period::text OR tier_grace::text <> old.tier_grace::text THEN
    -- a review by the new rules, at once; when it would have been by the old ones says nothing any more
    EXECUTE format('INSERT INTO %1$I.tier_history (member, change_no, tier, previous_tier, effective_at, recorded_at, until, reason)
                    SELECT a.member, coalesce(h.change_no, 0) + 1, a.tier, a.tier, $1, greatest($1, h.recorded_at), CASE WHEN a.granted_tier = a.earned_tier THEN greatest($1, a.granted_until) ELSE $1 END, ''rules_changed''
                    FROM %1$I.account a CROSS JOIN LATERAL (SELECT max(x.change_no) AS change_no, max(x.recorded_at) AS recorded_at FROM %1$I.tier_history x WHERE x.member = a.member) h
                    WHERE a.earned_tier = a.tier', ledger) USING engage.ledger_now(ledger);
    EXECUTE format('UPDATE %I.account SET earned_due_at = $1, tier_in_grace = false, tier_due_at = least($1, granted_until), next_due_at = least(next_due_at, $1) WHERE earned_tier IS NOT NULL', ledger)
      USING engage.ledger_now(ledger);
  END IF;
  PERFORM engage.ledger_changed(ledger);
  EXECUTE format('SELECT EXISTS (SELECT FROM %I.tally)', ledger) INTO has_tally;
  IF time_zone <> old.time_zone AND has_tally THEN -- its days are the ledger's
    PERFORM engage.ledger_rebuild_tally(ledger);
  END IF;
END $$;
COMMENT ON FUNCTION engage.ledger_alter(text, text, text, text, interval, text, interval, text, interval, text, text, text, text, interval, bigint, interval, text, numeric, text, text, interval, interval, text, text[]) IS
  'Changes settings of a ledger; those not given stay as they are. unset: names of settings that shall have no value any more (expires_after, expires_on, expires_inactive, debt_limit, refund_window, max_multiplier). An expiry rule replaces the one before. Lots keep the dates they were granted with; expires_inactive holds from a member''s next activity on. With another tier_window, tier_period or tier_grace all earned tiers are reviewed at once. member_type and test_clock cannot be changed. Owner only; waits for postings under way. Errors as ledger_create, and 42501, NG404, NG405, NG426.';

-- ------------------------------------------------------------ upgrade
CREATE FUNCTION engage.ledger_upgrade(ledger text) RETURNS SETOF text
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE n bigint;
BEGIN
  PERFORM engage.ledger_check_owner(ledger);
  RETURN QUERY SELECT * FROM engage.ledger_attach_guards(ledger);
  RETURN QUERY SELECT * FROM engage.ledger_refresh_views(ledger);
  n := engage.ledger_add_comments(ledger);
  IF n > 0 THEN RETURN NEXT format('%s comments added', n); END IF;
  PERFORM engage.ledger_changed(ledger);
END $$;
COMMENT ON FUNCTION engage.ledger_upgrade(text) IS
  'Brings a ledger up to the installed version of engage, and repairs what is missing: guard triggers, views, comments. One line for each thing done; no rows: it was up to date. To be run by the owner after ALTER EXTENSION engage UPDATE, and after a schema was renamed. Errors 42501, NG404, NG405, NG426 (the ledger is newer than engage).';

-- ------------------------------------------------------------ list
-- A table that looks like a ledger's may be somebody's trap: reading it must not run his code.
CREATE FUNCTION engage.ledger_settings(meta oid) RETURNS TABLE (unit text, time_zone text, format_version integer, closed_until timestamptz, test_clock boolean, created_at timestamptz)
  LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 100 ROWS 1 AS 'MODULE_PATHNAME', 'engage_ledger_settings';
COMMENT ON FUNCTION engage.ledger_settings(oid) IS 'For ledgers(): what a table ledger_meta says, read without running anything that its owner put there; no row if it is not such a table, has row-level security, or the caller may not read it';

CREATE FUNCTION engage.ledgers() RETURNS TABLE (ledger text, owner text, unit text, member_type text, time_zone text, format_version integer, estimated_members bigint, estimated_entries bigint,
  guarded boolean, closed_until timestamptz, test_clock boolean, created_at timestamptz)
  LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 10
  SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE l record;
BEGIN
  FOR l IN SELECT n.nspname, c.oid AS meta, n.oid AS schema, pg_get_userbyid(c.relowner)::text AS owner, format_type(m.atttypid, NULL) AS member_type,
                  CASE WHEN a.reltuples >= 0 THEN a.reltuples::bigint END AS members, CASE WHEN e.reltuples >= 0 THEN e.reltuples::bigint END AS entries
           FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           JOIN pg_class a ON a.relnamespace = n.oid AND a.relname = 'account' AND a.relkind = 'r'
           JOIN pg_class e ON e.relnamespace = n.oid AND e.relname = 'entry' AND e.relkind = 'r'
           JOIN pg_attribute m ON m.attrelid = a.oid AND m.attname = 'member' AND NOT m.attisdropped
           WHERE c.relname = 'ledger_meta' AND c.relkind = 'r' AND EXISTS (SELECT FROM pg_attribute f WHERE f.attrelid = c.oid AND f.attname = 'format_version')
             AND has_schema_privilege(n.oid, 'USAGE')
           ORDER BY n.nspname COLLATE "C" LOOP
    ledger := l.nspname;
    owner := l.owner;
    member_type := l.member_type;
    estimated_members := l.members;
    estimated_entries := l.entries;
    guarded := NOT EXISTS (SELECT FROM engage.ledger_tables() t CROSS JOIN (VALUES ('ledger_guard'), ('ledger_guard_truncate')) g(name)
                           LEFT JOIN pg_class r ON r.relnamespace = l.schema AND r.relname = t.relation
                           LEFT JOIN pg_trigger x ON x.tgrelid = r.oid AND x.tgname = g.name AND x.tgfoid = 'engage.ledger_guard'::regproc AND x.tgenabled IN ('O', 'A')
                           WHERE x.oid IS NULL);
    -- (by its OID: what has this name may be another thing by now)
    SELECT m.unit, m.time_zone, m.format_version, nullif(m.closed_until, '-infinity'), m.test_clock, m.created_at
      INTO unit, time_zone, format_version, closed_until, test_clock, created_at FROM engage.ledger_settings(l.meta) m;
    RETURN NEXT;
  END LOOP;
END $$;
COMMENT ON FUNCTION engage.ledgers() IS
  'The ledgers of this database whose schema the caller may use, from the catalog, ordered by name. The settings are NULL if he may not read them. estimated_members, estimated_entries: as of the last VACUUM or ANALYZE, NULL before the first. guarded: every table has its guard triggers; if false, run engage.ledger_upgrade(). closed_until: NULL if no period was closed. No table of points is read.';

-- ------------------------------------------------------------ drop
CREATE FUNCTION engage.ledger_drop(ledger text, force boolean DEFAULT false) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
  SET search_path = pg_catalog, pg_temp
  SET row_security = off
AS $$
DECLARE members bigint; points numeric; unit text; hint text;
BEGIN
  PERFORM engage.ledger_check_given(CASE WHEN force IS NULL THEN 'force' END);
  PERFORM engage.ledger_check_owner(ledger);
  IF NOT force THEN
    EXECUTE format('LOCK TABLE %1$I.account, %1$I.entry IN ACCESS EXCLUSIVE MODE', ledger);
    EXECUTE format('SELECT count(*), sum(coalesce(b.available, a.available)::numeric + coalesce(b.pending, a.pending) + coalesce(b.held, a.held))
                    FROM %I.account a LEFT JOIN LATERAL (SELECT x.available, x.pending, x.held FROM engage.balance($1, a.member) x WHERE a.next_due_at <= $2 OFFSET 0) b ON true
                    WHERE coalesce(b.available, a.available) > 0 OR coalesce(b.pending, a.pending) > 0 OR coalesce(b.held, a.held) > 0', ledger) INTO members, points USING ledger, engage.ledger_now(ledger);
    IF points > 0 THEN
      EXECUTE format('SELECT unit FROM %I.ledger_meta', ledger) INTO unit;
      RAISE EXCEPTION USING ERRCODE = 'NG455', MESSAGE = format('ledger "%s" cannot be dropped: %s %s are outstanding', ledger, points, unit), DETAIL = format('They belong to %s.', CASE members WHEN 1 THEN '1 member' ELSE members || ' members' END),
        HINT = 'Take a backup. Then engage.ledger_drop(ledger, force => true) drops them for good.';
    END IF;
  END IF;
  BEGIN
    IF force THEN
      EXECUTE format('DROP SCHEMA %I CASCADE', ledger);
    ELSE
      -- all at once, so that only what is not the ledger's is in the way
      EXECUTE (SELECT format('DROP VIEW IF EXISTS %s', string_agg(format('%I.%I', ledger, v.view), ', ')) FROM engage.ledger_views(ledger, 'bigint', false) v);
      EXECUTE (SELECT format('DROP TABLE %s', string_agg(format('%I.%I', ledger, t.relation), ', ')) FROM engage.ledger_tables() t);
      EXECUTE format('DROP SCHEMA %I', ledger);
    END IF;
  EXCEPTION WHEN dependent_objects_still_exist THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_DETAIL;
    RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist', MESSAGE = format('ledger "%s" cannot be dropped: other objects are in its schema or depend on it', ledger), DETAIL = hint,
      HINT = 'Drop them first, or let engage.ledger_drop(ledger, force => true) drop them, too.';
  END;
END $$;
COMMENT ON FUNCTION engage.ledger_drop(text, boolean) IS
  'Drops a ledger with its schema. Without force: error NG455 while any points are outstanding, 2BP01 if other objects are in the schema or depend on it; with force all of this goes, too. Owner only. Errors 42501, NG404, NG405, NG426.';
