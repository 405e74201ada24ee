-- Nothing here gives anybody more than he has, and nobody needs more than PUBLIC has.
-- (That every aggregate runs for a role without privileges, under an empty
-- search_path, is shown in kpi_template.)
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP ROLE IF EXISTS api_security_user;
CREATE ROLE api_security_user;
CREATE TEMP VIEW f AS SELECT p.*, l.lanname FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE pronamespace = 'engage'::regnamespace;
GRANT SELECT ON f TO api_security_user;

-- no SECURITY DEFINER, no SQL or PL/pgSQL body with an open search_path, no leakproof claim, nothing untrusted to plan with: no rows
SELECT oid::regprocedure AS security_definer FROM f WHERE prosecdef;
SELECT oid::regprocedure AS open_search_path FROM f WHERE lanname NOT IN ('c', 'internal') AND prosqlbody IS NULL AND coalesce(array_to_string(proconfig, ','), '') !~ 'search_path=';
SELECT oid::regprocedure AS leakproof FROM f WHERE proleakproof;
SELECT oid::regprocedure AS support FROM f WHERE prosupport <> 0;
-- C functions come from the extension's own library
SELECT DISTINCT probin FROM f WHERE lanname = 'c';
-- everything belongs to who created the extension
SELECT count(DISTINCT proowner) AS owners, bool_and(proowner = extowner) AS "the extension's" FROM f, pg_extension WHERE extname = 'engage';
-- no operator, cast or event trigger that could change what other queries mean, so operators of own types only: no rows
SELECT i.type, i.identity FROM pg_depend d, pg_identify_object(d.classid, d.objid, 0) i
WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'engage') AND d.deptype = 'e' AND i.type NOT IN ('schema', 'type', 'function', 'procedure', 'aggregate') AND NOT (i.type LIKE 'operator%' AND i.identity ~ '^engage\.([^(]+\(engage\.|.* USING )');
-- grants: PUBLIC may use the schema and nothing else was granted
SELECT grantee::regrole::text AS grantee, privilege_type, is_grantable FROM pg_namespace, aclexplode(nspacl) WHERE nspname = 'engage' AND grantee <> nspowner;
SELECT oid::regprocedure AS granted FROM f WHERE proacl IS NOT NULL;
SELECT typname AS granted FROM pg_type WHERE typnamespace = 'engage'::regnamespace AND typacl IS NOT NULL;

SET ROLE api_security_user;
SET search_path = '';
SELECT count(*) AS functions, count(*) FILTER (WHERE has_function_privilege('api_security_user', oid, 'EXECUTE')) AS executable,
       has_schema_privilege('api_security_user', 'engage', 'USAGE') AS usage, has_schema_privilege('api_security_user', 'engage', 'CREATE') AS "create" FROM pg_temp.f;
SELECT engage.nps(9), engage.rate(true), engage.aov(1.5), engage.rpr(1), engage.days_between_orders(1, date '2024-01-01' + i) FROM generate_series(1, 2) i;
SELECT (engage.nps_interval(engage.nps_agg(9))).estimate, engage.engagement_band(engage.post_engagement_rate(150, 7, 0, 5000)), engage.rpr(engage.rollup('1c:int8:1=2'::engage.repeat_purchase_summary));
RESET ROLE;
CREATE SCHEMA api_security AUTHORIZATION api_security_user;
SET ROLE api_security_user;
CREATE FUNCTION engage.intruder() RETURNS int LANGUAGE sql AS 'SELECT 1';

-- ---------------------------------------------------------- forged states
-- functions of aggregates with an internal state cannot be given one
CREATE FUNCTION api_security.attempt(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN EXECUTE query INTO result; RETURN coalesce('gave ' || result, 'null'); EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE; END $$;
CREATE TABLE api_security.attempts AS
SELECT oid::regprocedure::text AS function, how, api_security.attempt(format('SELECT engage.%I(%s)', proname,
         (SELECT string_agg(CASE WHEN t = 'internal'::regtype THEN state WHEN t IN ('"any"'::regtype, 'anyelement'::regtype) THEN '1'
                                 WHEN t::regtype::text LIKE 'engage.%' THEN format('NULL::%s', t::regtype) ELSE format('%s::%s', CASE WHEN t IN ('uuid'::regtype) THEN '''00000000-0000-0000-0000-000000000000'''
                                 WHEN t::regtype::text ~ 'date|time' THEN '''2024-01-01''' WHEN t IN ('text[]'::regtype, 'integer[]'::regtype) THEN '''{1}''' ELSE '''1''' END, t::regtype) END, ', ' ORDER BY k) FROM unnest(proargtypes) WITH ORDINALITY u(t, k)))) AS result
FROM pg_temp.f, (VALUES ('text', '''x'''), ('number', '1'), ('bytea', '''\x00''::bytea'), ('nothing', 'NULL')) h(how, state)
WHERE prokind = 'f' AND 'internal'::regtype = ANY (proargtypes);
-- the server finds no function for a state of any kind, not even for NULL (42883), or, in
-- earlier minor versions, no such value (0A000)
SELECT how, result IN ('42883', '0A000') AS refused, count(*) FROM api_security.attempts GROUP BY 1, 2 ORDER BY 1, 2;
-- made by another function's hand they cannot be had either
SELECT api_security.attempt('SELECT engage.book_rpr_final(engage.book_customer_accum(NULL, 5))') IN ('42883', '0A000') AS accum, api_security.attempt('SELECT engage.book_mean_gap_final(pg_catalog.numeric_avg_accum(NULL, 1.5))') IN ('42883', '0A000') AS core,
       api_security.attempt('SELECT engage.book_rpr_final(pg_catalog.int8_avg_deserialize(''\x00'', NULL))') IN ('42883', '0A000') AS deserialize;
CREATE AGGREGATE api_security.mixed(int) (SFUNC = engage.book_customer_accum, STYPE = internal, FINALFUNC = engage.aov_lines_numeric_final);
RESET ROLE;
SET search_path = '';

-- ------------------------------------------- concrete states called by hand
-- a transition function works on a copy: the argument stays as it is
CREATE TEMP TABLE s AS SELECT engage.nps_agg(9) AS nps, engage.nps_agg(9, 2) AS npsw, engage.csat_agg(4) AS csat, engage.rate_agg(true) AS rate, engage.rate_agg(1, 2) AS ratem, engage.aov_agg(5) AS aov, engage.mean_engagement_rate_agg(1, 50) AS mer;
SELECT nps, engage.nps_accum(nps, 5) AS accum, engage.nps_inverse(nps, 9) AS inverse, engage.nps_summary_combine(nps, nps) AS combined, nps FROM s;
SELECT engage.nps_weighted_accum(npsw, 0, 0.5) AS weighted, npsw::text LIKE '%promoters=1,%' AS kept FROM s;
SELECT engage.csat_accum(csat, 1) AS csat, engage.rate_counted_accum(rate, false) AS rate, engage.rate_measured_accum(ratem, 1, 2) AS ratem, engage.rate_summary_combine(rate, ratem) AS both, engage.aov_accum(aov, 1.5) AS aov FROM s;
SELECT engage.post_engagement_accum(mer, 3, 100) AS mer, csat, rate, ratem, aov FROM s;
SELECT engage.nps_summary_final(nps) AS final, engage.nps_summary_final('1:promoters=0,passives=0,detractors=0') AS empty, engage.nps_accum(NULL, 5) AS "null" FROM s;
-- a weighted state given to the function of unweighted ones, or the wrong way round, and taking out what is not in: an error or a sound value, never a broken one
CREATE FUNCTION pg_temp.sound(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text; type text; again text;
BEGIN
  EXECUTE format('SELECT x::text, pg_typeof(x)::text FROM (SELECT %s AS x FROM pg_temp.s) y', query) INTO result, type;
  EXECUTE format('SELECT %L::%s::text', result, type) INTO again;
  RETURN result;
EXCEPTION WHEN others THEN RETURN SQLSTATE || CASE WHEN result IS NOT NULL THEN ' unsound: ' || result ELSE '' END; END $$;
SELECT query, CASE WHEN pg_temp.sound(query) LIKE '%unsound%' THEN pg_temp.sound(query) ELSE 'error or sound' END AS result FROM unnest(ARRAY['engage.nps_weighted_accum(nps, 9, 1)', 'engage.nps_accum(npsw, 9)', 'engage.rate_measured_accum(rate, 1, 2)', 'engage.rate_counted_accum(ratem, true)', 'engage.csat_accum(csat, 1, 9)',
  'engage.nps_weighted_inverse(nps, 9, 1)', 'engage.rate_measured_inverse(rate, 1, 2)', 'engage.rate_counted_inverse(ratem, true)', 'engage.nps_inverse(nps, 0)', 'engage.csat_inverse(csat, 1)', 'engage.rate_counted_inverse(rate, false)',
  'engage.rate_measured_inverse(ratem, 5, 5)', 'engage.aov_inverse(engage.aov_inverse(aov, 5), 7)', 'engage.post_engagement_inverse(mer, 40, 50)', 'engage.nps_weighted_inverse(npsw, 9, 3)']) query;
-- the same functions in an aggregate of somebody else
CREATE AGGREGATE pg_temp.own_nps(int) (SFUNC = engage.nps_accum, STYPE = engage.nps_summary, INITCOND = '1:promoters=0,passives=0,detractors=0');
CREATE AGGREGATE pg_temp.wrong_nps(int, int) (SFUNC = engage.nps_weighted_accum, STYPE = engage.nps_summary, INITCOND = '1:promoters=0,passives=0,detractors=0');
CREATE AGGREGATE pg_temp.wrong_rate(boolean) (SFUNC = engage.rate_counted_accum, STYPE = engage.rate_summary, INITCOND = '1m:rows=0,hits=0,trials=0');
SELECT pg_temp.own_nps(i) FROM generate_series(0, 10) i;
SELECT pg_temp.wrong_nps(i, i) FROM generate_series(0, 10) i;
SELECT pg_temp.wrong_rate(i > 5) FROM generate_series(0, 10) i;
DROP SCHEMA api_security CASCADE;
DROP OWNED BY api_security_user;
DROP ROLE api_security_user;
