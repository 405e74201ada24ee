-- Sentiment room: what keeps results of the shipped words.

CREATE FUNCTION engage.sentiment_dependents() RETURNS TABLE (relation regclass, object text, kind text, command text)
  LANGUAGE sql STABLE PARALLEL SAFE COST 10000 ROWS 10
BEGIN ATOMIC
  WITH RECURSIVE scorer AS (
    -- (with own words and models, too: they come on top of the shipped ones)
    SELECT p.oid FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'engage' AND (p.proargtypes[0] = 'pg_catalog.text'::regtype OR p.proname = 'sentiment_evaluate')
      AND p.proname ~ '^(sentiment|mean_sentiment|positive_rate|theme|language_of$|words$|normalize_text$)'
    UNION
    -- functions and aggregates of others that are made of these
    SELECT d.objid FROM scorer s JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_proc'::regclass AND d.refobjid = s.oid AND d.classid = 'pg_catalog.pg_proc'::regclass AND d.deptype = 'n'
  ), direct AS (
    SELECT DISTINCT d.classid, d.objid, d.objsubid FROM pg_catalog.pg_depend d JOIN scorer s ON s.oid = d.refobjid
    WHERE d.refclassid = 'pg_catalog.pg_proc'::regclass AND d.deptype IN ('n', 'a')
  ), generated AS (
    -- (up to version 14 it is the column that depends, later its expression)
    SELECT a.attrelid, a.attnum, a.attname FROM direct d
      JOIN pg_catalog.pg_attrdef f ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND f.oid = d.objid
      JOIN pg_catalog.pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum WHERE a.attgenerated = 's'
    UNION
    SELECT a.attrelid, a.attnum, a.attname FROM direct d
      JOIN pg_catalog.pg_attribute a ON d.classid = 'pg_catalog.pg_class'::regclass AND a.attrelid = d.objid AND a.attnum = d.objsubid WHERE a.attgenerated = 's' AND d.objsubid > 0
  ), viewed AS (
    -- views of scores, of generated columns and of such views, with the number of views between
    SELECT r.ev_class AS oid, 0 AS depth FROM (
        SELECT d.objid FROM direct d WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass
        UNION
        SELECT d.objid FROM generated g JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = g.attrelid AND d.refobjsubid = g.attnum
          AND d.classid = 'pg_catalog.pg_rewrite'::regclass) x
      JOIN pg_catalog.pg_rewrite r ON r.oid = x.objid WHERE r.ev_type = '1'
    UNION
    SELECT r.ev_class, v.depth + 1 FROM viewed v JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = v.oid AND d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.deptype = 'n'
      JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid WHERE r.ev_type = '1' AND r.ev_class <> v.oid
  ), source AS (
    -- a stored column is computed again when a column that it is made of is written
    SELECT g.attrelid, g.attnum, min(d.refobjsubid) AS source FROM generated g
      JOIN pg_catalog.pg_attrdef f ON f.adrelid = g.attrelid AND f.adnum = g.attnum
      JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = g.attrelid AND d.refobjsubid > 0 AND d.refobjsubid <> g.attnum
        AND ((d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = f.oid) OR (d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = g.attrelid AND d.objsubid = g.attnum))
    GROUP BY 1, 2
  ), found AS (
    SELECT 1 AS step, c.oid::regclass AS relation, string_agg(DISTINCT g.attname::text, ', ') AS object, 'generated column' AS kind,
           CASE WHEN count(s.attname) > 0 THEN pg_catalog.format('UPDATE %s SET %s;', c.oid::regclass, string_agg(DISTINCT pg_catalog.quote_ident(s.attname) || ' = ' || pg_catalog.quote_ident(s.attname), ', ')) END AS command
    FROM generated g JOIN pg_catalog.pg_class c ON c.oid = g.attrelid
      LEFT JOIN source USING (attrelid, attnum)
      LEFT JOIN pg_catalog.pg_attribute s ON s.attrelid = g.attrelid AND s.attnum = source.source
    WHERE NOT c.relispartition GROUP BY c.oid, s.attname IS NULL
    UNION ALL
    SELECT 2, i.indrelid::regclass, c.relname::text, 'index', pg_catalog.format('REINDEX INDEX %s;', c.oid::regclass)
    FROM direct d JOIN pg_catalog.pg_class c ON c.oid = d.objid JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND NOT c.relispartition
    UNION ALL
    SELECT 3, c.conrelid::regclass, c.conname::text, 'check constraint',
           pg_catalog.format('ALTER TABLE %1$s DROP CONSTRAINT %2$I, ADD CONSTRAINT %2$I %3$s;', c.conrelid::regclass, c.conname, pg_catalog.pg_get_constraintdef(c.oid))
    FROM direct d JOIN pg_catalog.pg_constraint c ON d.classid = 'pg_catalog.pg_constraint'::regclass AND c.oid = d.objid
    WHERE c.contype = 'c' AND c.conrelid <> 0 AND c.coninhcount = 0
    UNION ALL
    SELECT 4, s.stxrelid::regclass, s.stxname::text, 'statistics', pg_catalog.format('ANALYZE %s;', s.stxrelid::regclass)
    FROM direct d JOIN pg_catalog.pg_statistic_ext s ON d.classid = 'pg_catalog.pg_statistic_ext'::regclass AND s.oid = d.objid
    UNION ALL
    SELECT 5, c.oid::regclass, c.relname::text, 'partition key', NULL
    FROM direct d JOIN pg_catalog.pg_partitioned_table p ON d.classid = 'pg_catalog.pg_class'::regclass AND p.partrelid = d.objid AND d.objsubid = 0 JOIN pg_catalog.pg_class c ON c.oid = p.partrelid
    UNION ALL
    SELECT 6 + v.depth, c.oid::regclass, c.relname::text, 'materialized view', pg_catalog.format('REFRESH MATERIALIZED VIEW %s;', c.oid::regclass)
    FROM (SELECT w.oid, max(w.depth) AS depth FROM viewed w GROUP BY w.oid) v JOIN pg_catalog.pg_class c ON c.oid = v.oid WHERE c.relkind = 'm'
  )
  SELECT f.relation, f.object, f.kind, f.command FROM found f ORDER BY f.step, f.relation::text COLLATE "C", f.object COLLATE "C";
END;
COMMENT ON FUNCTION engage.sentiment_dependents() IS
  'What keeps scores, labels or languages of texts, and so is out of date after an update that changed sentiment_version(): generated columns, indexes, check constraints, statistics, partition keys and materialized views of this database that depend on functions of the sentiment room, also through generated columns, views, aggregates and functions with a body that the server has parsed (BEGIN ATOMIC, RETURN), one row for all generated columns of a table, in the order in which to run the commands (the index of a partitioned table not in a transaction). The command is NULL where rows have to be moved by hand (a partition key), or a generated column is made of no other one. Ordinary columns that were filled with scores, and functions that are kept as text, are not known to the server.';
