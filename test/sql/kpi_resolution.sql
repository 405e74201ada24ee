-- Which signature a call resolves to, for every plausible column type.
--
-- No call with integers or numerics may resolve to double precision, and a
-- type that makes no sense is refused, by the parser or at the first row.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kpi_resolution CASCADE;
CREATE SCHEMA kpi_resolution;
SET search_path = kpi_resolution;
CREATE DOMAIN d_int AS int;
CREATE DOMAIN d_num AS numeric(9, 2);
CREATE DOMAIN d_text AS text;
CREATE TYPE tier AS ENUM ('1');
-- the column types, with a value that is fine for most arguments
CREATE TABLE types (k serial, type text, value text);
INSERT INTO types (type, value) VALUES ('int2', '1::int2'), ('int4', '1'), ('int8', '1::int8'), ('numeric', '1.0'), ('float4', '1::float4'), ('float8', '1::float8'), ('d_int', '1::d_int'), ('d_num', '1::d_num'),
  ('money', '1::money'), ('text', '''1''::text'), ('varchar', '''1''::varchar'), ('char(2)', '''1''::char(2)'), ('d_text', '''1''::d_text'), ('name', '''1''::name'), ('uuid', '''00000000-0000-0000-0000-000000000001''::uuid'), ('bytea', '''1''::bytea'),
  ('bool', 'true'), ('enum', '''1''::tier'), ('oid', '1::oid'), ('date', 'date ''2024-01-01'''), ('timestamp', 'timestamp ''2024-01-01'''), ('timestamptz', 'timestamptz ''2024-01-01'''), ('''1''', '''1''');
CREATE TABLE calls (k serial, call text, numbers boolean);
INSERT INTO calls (numbers, call) SELECT true, unnest(ARRAY['nps(%)', 'nps_agg(%)', 'nps(%, 1)', 'nps(9, %)', 'nps_agg(9, %)', 'csat(%)', 'csat(%, 5)', 'csat_agg(%)', 'csat_agg(%, 5)', 'ces(%)', 'ces(%, 7)', 'ces_agg(%)', 'ces_agg(%, 7)',
  'star_rating(%)', 'star_rating_agg(%)', 'rate(%, 2)', 'rate(0, %)', 'rate_agg(%, 2)', 'engagement_rate(%, 2)', 'engagement_rate(1, %)', 'engagement_rate(1, %, 3, 4)', 'engagement_rate_agg(1, 2, 3, %)', 'mean_engagement_rate(%, 2)',
  'mean_engagement_rate(%, 2, 3, 4)', 'mean_engagement_rate_agg(1, %)', 'post_engagement_rate(%, 2)', 'post_engagement_rate(1, 2, %, 4)', 'aov(%)', 'aov_agg(%)', 'aov(1, %)', 'aov(''A''::text, %)', 'repeat_revenue_share(1, 1, %)']);
INSERT INTO calls (numbers, call) SELECT false, unnest(ARRAY['csat(1, %)', 'rate(%)', 'rate_agg(%)', 'aov(%, 1)', 'rpr(%)', 'purchase_frequency(%)', 'repeat_purchase_agg(%)', 'rpr(%, 1)', 'rpr(1, %)', 'repeat_purchase_agg(%, 1)', 'repeat_revenue_share(%, 1, 1)',
  'days_between_orders(%, current_date)', 'days_between_orders(1, %)', 'days_between_orders(1, %, current_date)', 'days_between_orders_agg(1, 1, %)', 'engagement_band(%)']);

-- the declared type of the argument at %, found through a view's dependencies; an error's SQLSTATE if it does not run
CREATE FUNCTION resolve(call text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  query text := 'SELECT engage.' || replace(call, '%', value) || ' AS x';
  place int := length(call) - length(replace(split_part(call, '%', 1), ',', '')) - length('%' || split_part(call, '%', 2));
  chosen text;
BEGIN
  EXECUTE 'CREATE TEMP VIEW v AS ' || query;
  SELECT format_type(p.proargtypes[place], NULL) INTO STRICT chosen
  FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_proc p ON p.oid = d.refobjid
  WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_proc'::regclass AND r.ev_class = 'pg_temp.v'::regclass AND p.pronamespace = 'engage'::regnamespace;
  DROP VIEW pg_temp.v;
  chosen := CASE chosen WHEN '"any"' THEN 'any' WHEN 'double precision' THEN 'float8' WHEN 'real' THEN 'float4' WHEN 'integer' THEN 'int4' WHEN 'bigint' THEN 'int8' WHEN 'smallint' THEN 'int2'
    WHEN 'boolean' THEN 'bool' WHEN 'anyelement' THEN 'anyelem' WHEN 'timestamp with time zone' THEN 'tstz' WHEN 'timestamp without time zone' THEN 'ts' ELSE chosen END;
  EXECUTE query;
  RETURN chosen;
EXCEPTION
  WHEN undefined_function THEN RETURN '-';
  WHEN others THEN RETURN coalesce(chosen || ' ', '') || SQLSTATE;
END $$;
CREATE FUNCTION parameter(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  EXECUTE 'PREPARE resolve AS SELECT engage.' || replace(call, '%', '$1');
  SELECT parameter_types[1]::text INTO result FROM pg_prepared_statements WHERE name = 'resolve';
  DEALLOCATE resolve;
  RETURN result;
EXCEPTION WHEN others THEN RETURN SQLSTATE; END $$;
CREATE TABLE resolved AS
SELECT c.k AS ck, t.k AS tk, c.call, c.numbers, t.type, resolve(c.call, t.value) AS chosen FROM calls c, types t
UNION ALL SELECT k, 1000, call, numbers, '$1', parameter(call) FROM calls;

-- '-' no such function; 42725 ambiguous; 42804 refused for its type, 42P18 for having none; 22007, 22023: a value that does not fit here
SELECT call, type, chosen, tk FROM resolved WHERE numbers AND tk <= 8 ORDER BY ck \crosstabview call type chosen tk
SELECT call, type, chosen, tk FROM resolved WHERE numbers AND tk > 8 ORDER BY ck \crosstabview call type chosen tk
SELECT call, type, chosen, tk FROM resolved WHERE NOT numbers AND tk <= 12 ORDER BY ck \crosstabview call type chosen tk
SELECT call, type, chosen, tk FROM resolved WHERE NOT numbers AND tk > 12 ORDER BY ck \crosstabview call type chosen tk

-- no integer or numeric resolves to double precision: no rows
SELECT call, type, chosen FROM resolved WHERE numbers AND type IN ('int2', 'int4', 'int8', 'numeric', 'd_int', 'd_num') AND chosen !~ '^(int|numeric|any$)';
-- and each to its own: no rows
SELECT call, type, chosen FROM resolved WHERE numbers AND type IN ('int2', 'int4', 'int8', 'numeric') AND chosen NOT IN (type, 'any');

-- both arguments at once: sums and shares of every pair of numeric types are accepted
SELECT count(*) AS pairs, count(*) FILTER (WHERE resolve(replace(f, '@', a.value), b.value) IN ('any', 'int2', 'int4', 'int8', 'numeric', 'float4', 'float8')) AS accepted
FROM unnest(ARRAY['nps(@, %)', 'rate(@, %)', 'engagement_rate(@, %)', 'mean_engagement_rate(@, %)', 'post_engagement_rate(@, %)', 'aov(@, %)']) f, types a, types b WHERE a.k <= 8 AND b.k <= 8;
-- a result's type follows the amount's
SELECT pg_typeof(engage.aov(1::d_int)) AS d_int, pg_typeof(engage.aov(1::d_num)) AS d_num, pg_typeof(engage.aov(1, 1::d_num)) AS "lines, d_num", pg_typeof(engage.rate(1, 2)) AS rate, pg_typeof(engage.nps(1)) AS nps;

-- summaries have one reading: literals of every accessor find their type, where there is only one
SELECT engage.nps_interval('1:promoters=1,passives=0,detractors=0') IS NOT NULL AS nps_interval, engage.promoters('1:promoters=1,passives=0,detractors=0'), engage.revenue('1:orders=1,revenue=5,revenue_squares=25'),
       engage.gaps('1t:int8:1=1,2'), engage.posts('1:posts=1,rates_pct=3.0,rates_pct_squared=9.0');
SELECT engage.lower_bound('1:hits=3,trials=10');
SELECT engage.responses(NULL);
DROP SCHEMA kpi_resolution CASCADE;
