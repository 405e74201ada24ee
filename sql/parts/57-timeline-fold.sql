-- Behaviour room: new rows into stored timelines

CREATE FUNCTION engage.fold_timelines(source regclass, target regclass, progress regclass, customer name DEFAULT 'customer', ts name DEFAULT 'ts',
    event name DEFAULT 'event', value name DEFAULT NULL, OUT events bigint, OUT customers bigint)
  LANGUAGE plpgsql VOLATILE
  SET search_path = pg_catalog, pg_temp
  SET row_security = off		-- an error instead of rows that are left out unseen
AS $fold$
DECLARE
  table_name CONSTANT text := 'SELECT pg_catalog.format(''%I.%I'', n.nspname, c.relname) FROM pg_catalog.pg_class c'
    ' JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace WHERE c.oid OPERATOR(pg_catalog.=) $1';
  source_name text;
  target_name text;
  progress_name text;
  timeline_columns name[];
  since xid8;
BEGIN
  IF source IS NULL OR target IS NULL OR progress IS NULL OR customer IS NULL OR ts IS NULL OR event IS NULL THEN
    RAISE EXCEPTION 'no argument of fold_timelines but value may be NULL' USING ERRCODE = 'null_value_not_allowed';
  END IF;
  EXECUTE table_name USING source INTO source_name;
  EXECUTE table_name USING target INTO target_name;
  EXECUTE table_name USING progress INTO progress_name;
  SELECT pg_catalog.array_agg(a.attname) INTO timeline_columns FROM pg_catalog.pg_attribute a
  WHERE a.attrelid OPERATOR(pg_catalog.=) target AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
    AND a.atttypid OPERATOR(pg_catalog.=) 'engage.timeline'::pg_catalog.regtype;
  IF pg_catalog.cardinality(timeline_columns) IS DISTINCT FROM 1 THEN
    RAISE EXCEPTION 'table "%" must have one column of type engage.timeline, not %', target, COALESCE(pg_catalog.cardinality(timeline_columns), 0)
      USING ERRCODE = 'wrong_object_type';
  END IF;
  IF EXISTS (SELECT FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) a.attrelid
             WHERE c.oid OPERATOR(pg_catalog.=) source AND c.relkind IN ('r', 'p') AND a.attname OPERATOR(pg_catalog.=) 'xid' AND NOT a.attnotnull) THEN
    RAISE EXCEPTION 'column "xid" of table "%" may be NULL', source
      USING ERRCODE = 'invalid_table_definition', DETAIL = 'A row without a transaction would never be added.',
        HINT = pg_catalog.format('ALTER TABLE %s ALTER xid SET DEFAULT pg_current_xact_id(), ALTER xid SET NOT NULL;', source_name);
  END IF;

  -- One at a time. What follows is a statement of its own, so it sees what the one before us wrote.
  BEGIN
    EXECUTE pg_catalog.format('SELECT xid FROM %s FOR UPDATE', progress_name) INTO STRICT since;
  EXCEPTION WHEN no_data_found OR too_many_rows THEN
    RAISE EXCEPTION 'table "%" must have exactly one row', progress
      USING ERRCODE = 'cardinality_violation', HINT = pg_catalog.format('INSERT INTO %s VALUES (''0'');', progress_name);
  END;
  IF since IS NULL THEN
    RAISE EXCEPTION 'column "xid" of table "%" is NULL', progress USING ERRCODE = 'null_value_not_allowed';
  END IF;
  IF since OPERATOR(pg_catalog.>) pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot()) THEN
    RAISE EXCEPTION 'table "%" was written on another server: it says transaction %, this server is at %', progress, since,
        pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())
      USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'After a restore, stamp the rows anew: see "Keeping fresh" in doc/behaviour.md.';
  END IF;

  -- Rows of transactions from the last bound on that have all ended by now: those still open come with a later fold.
  EXECUTE pg_catalog.format($sql$
    WITH bound AS MATERIALIZED (
      SELECT pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()) AS xid
    ), batch AS MATERIALIZED (
      SELECT e.%2$I AS customer, engage.timeline_agg(e.%3$I, e.%4$I::text%5$s) AS t, pg_catalog.count(*) AS events
      FROM %1$s AS e
      WHERE e.xid OPERATOR(pg_catalog.>=) $1 AND e.xid OPERATOR(pg_catalog.<) (SELECT xid FROM bound)
        AND e.%2$I IS NOT NULL AND e.%3$I IS NOT NULL AND e.%4$I IS NOT NULL
      GROUP BY e.%2$I
    ), folded AS (
      INSERT INTO %6$s AS stored (%2$I, %7$I)
      SELECT customer, t FROM batch ORDER BY customer
      ON CONFLICT (%2$I) DO UPDATE SET %7$I = COALESCE(stored.%7$I OPERATOR(engage.||) excluded.%7$I, excluded.%7$I)
    ), advanced AS (
      UPDATE %8$s SET xid = (SELECT xid FROM bound) WHERE xid OPERATOR(pg_catalog.<) (SELECT xid FROM bound)
    )
    SELECT COALESCE(pg_catalog.sum(b.events), 0)::bigint, pg_catalog.count(*) FROM batch AS b$sql$,
    source_name, customer, ts, event, CASE WHEN value IS NULL THEN '' ELSE pg_catalog.format(', e.%I::double precision', value) END,
    target_name, timeline_columns[1], progress_name)
  USING since INTO events, customers;
END
$fold$;
COMMENT ON FUNCTION engage.fold_timelines(regclass, regclass, regclass, name, name, name, name) IS
  'Adds the rows that are new in a table of events to stored timelines: those of all transactions that ended since the last call, each row exactly once, whatever the times of the events and whoever else writes or folds. The table of events needs a column xid xid8 DEFAULT pg_current_xact_id(), target a unique column of the same name as customer and one column of type timeline, progress one row with a column xid xid8, at first 0. Gives the events that were added and the customers they are of. Rows with a NULL customer, time or event are skipped. Runs with the rights of the caller. Errors: 42809 without a column for timelines, 42P16 if xid may be NULL, 42501 if row-level security would hide rows, 21000 unless progress has one row, 55000 if it is another server''s.';
