-- What the extension consists of.  A change here is a change of its interface.
\set SHOW_CONTEXT never
SET search_path = engage, pg_catalog;
CREATE TEMP VIEW members AS
SELECT classid, objid, objsubid, i.type, i.identity FROM pg_depend d, pg_identify_object(d.classid, d.objid, 0) i
WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'engage') AND d.deptype = 'e'
  AND i.identity NOT LIKE '%[]'; -- from 16 on array types are members, too

SELECT type, count(*) FROM members GROUP BY type ORDER BY type COLLATE "C";
-- everything in the schema belongs to the extension, and everything of the extension is in the schema: no rows
SELECT p.oid::regprocedure AS "not a member" FROM pg_proc p WHERE pronamespace = 'engage'::regnamespace AND NOT EXISTS (SELECT FROM members WHERE classid = 'pg_proc'::regclass AND objid = p.oid);
SELECT typname AS "not a member" FROM pg_type t WHERE typnamespace = 'engage'::regnamespace AND typelem = 0 AND NOT EXISTS (SELECT FROM members WHERE classid = 'pg_type'::regclass AND objid = t.oid);
SELECT relname AS "not a member" FROM pg_class c WHERE relnamespace = 'engage'::regnamespace;
SELECT identity AS "elsewhere" FROM members WHERE identity NOT LIKE 'engage.%' AND type <> 'schema';
-- everything has a comment: no rows
SELECT type, identity AS "without comment" FROM members WHERE coalesce(obj_description(objid, classid::regclass::name), '') = '';
-- no comment copied by mistake: only the two final functions of aov(order_id, line_amount) share one
SELECT min(identity) AS one, max(identity) AS other FROM (SELECT identity, obj_description(objid, classid::regclass::name) AS comment, split_part(identity, '(', 1) AS name FROM members) x
WHERE name !~ '_(accum|inverse|in|out|recv|send)$' GROUP BY comment HAVING count(DISTINCT name) > 1 ORDER BY 1;

-- types
SELECT typname, typlen, typalign, typstorage, typcategory, typispreferred, typdelim FROM pg_type WHERE typnamespace = 'engage'::regnamespace AND typelem = 0 ORDER BY typname COLLATE "C";
-- labels: every function of values is IMMUTABLE and PARALLEL SAFE, and strict unless it handles an internal state or a NULL condition, which counts; those of the ledger read and write tables
SELECT prokind, provolatile, proparallel, proisstrict, proleakproof, prosecdef, lanname, count(*)
FROM pg_proc p JOIN pg_language l ON l.oid = prolang WHERE pronamespace = 'engage'::regnamespace GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4;
SELECT oid::regprocedure AS "not strict, without internal state" FROM pg_proc WHERE pronamespace = 'engage'::regnamespace AND prokind = 'f' AND provolatile = 'i' AND NOT proisstrict AND 'internal'::regtype <> ALL (proargtypes);
-- a report that runs as the ledger's owner returns what its body does, and is labelled alike: no rows
SELECT p.oid::regprocedure AS report, pg_get_function_result(p.oid) AS result, b.oid::regprocedure AS body
FROM pg_proc p LEFT JOIN pg_proc b ON b.pronamespace = p.pronamespace AND b.proname = p.proname || '_body' AND b.provolatile = p.provolatile AND b.proparallel = p.proparallel AND pg_get_function_result(b.oid) = pg_get_function_result(p.oid)
  AND b.proargtypes[0:b.pronargs - 1]::oid[] = CASE p.prosrc WHEN 'engage_run_report' THEN p.proargtypes[0:p.pronargs - 1]::oid[] ELSE '{text,text,regtype}'::regtype[]::oid[] || p.proargtypes[2:p.pronargs - 1]::oid[] END
WHERE p.pronamespace = 'engage'::regnamespace AND p.prosrc ~ '^engage_run_.*report' AND b.oid IS NULL;
-- aggregates: moving form and combine function as each kind has them; all finals leave the state alone
SELECT CASE WHEN aggtranstype = 'internal'::regtype THEN 'internal' WHEN aggtranstype::regtype::text LIKE '%summary' THEN 'summary' ELSE 'of the server' END AS state, aggcombinefn <> 0 AS combines, aggmtransfn <> 0 AS moves,
       aggfinalmodify, aggmfinalmodify, aggkind, count(*), min(aggfnoid::regprocedure::text COLLATE "C") AS "for example"
FROM pg_aggregate WHERE (SELECT pronamespace FROM pg_proc WHERE oid = aggfnoid) = 'engage'::regnamespace GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3;

\pset format unaligned
-- the functions and aggregates for users
SELECT proname || '(' || pg_get_function_arguments(p.oid) || ')' AS function, pg_get_function_result(p.oid) AS result, CASE prokind WHEN 'a' THEN 'aggregate' ELSE '' END AS kind
FROM pg_proc p WHERE pronamespace = 'engage'::regnamespace AND proname !~ '_(accum|inverse|in|out|recv|send|final|combine|rollup|serial|deserial)$' ORDER BY proname COLLATE "C", prokind, pg_get_function_arguments(p.oid) COLLATE "C";
-- those that only types and aggregates use
SELECT proname, string_agg(pg_get_function_arguments(p.oid) || CASE WHEN pg_get_function_result(p.oid) = split_part(pg_get_function_arguments(p.oid), ',', 1) THEN '' ELSE ' -> ' || pg_get_function_result(p.oid) END, '; '
         ORDER BY pg_get_function_arguments(p.oid) COLLATE "C") AS arguments
FROM pg_proc p WHERE pronamespace = 'engage'::regnamespace AND proname ~ '_(accum|inverse|in|out|recv|send|final|combine|rollup|serial|deserial)$' GROUP BY proname ORDER BY proname COLLATE "C";
-- functions that are dearer than the default
SELECT proname, procost, prorows, count(*) FROM pg_proc WHERE pronamespace = 'engage'::regnamespace AND (procost <> 1 OR prorows <> 0) GROUP BY 1, 2, 3 ORDER BY 1, 2;
