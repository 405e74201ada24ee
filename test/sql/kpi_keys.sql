-- Customer and order ids of every type, and the session's settings.
\set SHOW_CONTEXT never

-- --------------------------------------------------------- kinds of keys
-- four rows of three customers, one twice: rpr 33.3; how each type is stored
CREATE TYPE pg_temp.tier AS ENUM ('gold', 'silver', 'bronze');
CREATE DOMAIN pg_temp.email AS text;
CREATE DOMAIN pg_temp.customer_no AS int;
CREATE DOMAIN pg_temp.member_no AS pg_temp.customer_no CHECK (VALUE > 0);
CREATE TEMP TABLE k AS SELECT * FROM unnest(ARRAY[1, 2, 2, 3]) i;
SELECT 'smallint' AS type, engage.repeat_purchase_agg(i::smallint) FROM k
UNION ALL SELECT 'integer', engage.repeat_purchase_agg(i) FROM k
UNION ALL SELECT 'bigint', engage.repeat_purchase_agg(i::bigint) FROM k
UNION ALL SELECT 'domain', engage.repeat_purchase_agg(i::pg_temp.customer_no) FROM k
UNION ALL SELECT 'domain over domain', engage.repeat_purchase_agg(i::pg_temp.member_no) FROM k
UNION ALL SELECT 'text', engage.repeat_purchase_agg('c' || i) FROM k
UNION ALL SELECT 'varchar', engage.repeat_purchase_agg(('c' || i)::varchar(9)) FROM k
UNION ALL SELECT 'char(4)', engage.repeat_purchase_agg(('c' || i)::char(4)) FROM k
UNION ALL SELECT 'domain over text', engage.repeat_purchase_agg(('c' || i)::pg_temp.email) FROM k
UNION ALL SELECT 'name', engage.repeat_purchase_agg(('c' || i)::name) FROM k
UNION ALL SELECT 'uuid', engage.repeat_purchase_agg(('00000000-0000-0000-0000-00000000000' || i)::uuid) FROM k
UNION ALL SELECT 'bytea', engage.repeat_purchase_agg(decode('0' || i, 'hex')) FROM k
UNION ALL SELECT 'numeric', engage.repeat_purchase_agg(i / 2.0) FROM k
UNION ALL SELECT 'double precision', engage.repeat_purchase_agg(i / 2.0::float8) FROM k
UNION ALL SELECT 'real', engage.repeat_purchase_agg((i / 2.0)::real) FROM k
UNION ALL SELECT 'boolean', engage.repeat_purchase_agg(i = 1) FROM k
UNION ALL SELECT 'enum', engage.repeat_purchase_agg((enum_range(NULL::pg_temp.tier))[i]) FROM k
UNION ALL SELECT 'date', engage.repeat_purchase_agg(date '2024-01-01' + i) FROM k
UNION ALL SELECT 'timestamp', engage.repeat_purchase_agg(timestamp '2024-01-01' + i * interval '1 hour') FROM k
UNION ALL SELECT 'inet', engage.repeat_purchase_agg('10.0.0.0'::inet + i) FROM k
UNION ALL SELECT 'oid', engage.repeat_purchase_agg(i::oid) FROM k;
-- values that are equal are one key
SELECT engage.repeat_purchase_agg(x) AS "numeric" FROM unnest(ARRAY[1.0, 1.00, 1, 1e0, 0.00, -0.0]::numeric[]) x;
SELECT engage.repeat_purchase_agg(x) AS float8 FROM unnest(ARRAY[0, '-0', 1e0, 1.0, 'NaN', 'NaN', 0.1, 0.30000000000000004]::float8[]) x;
SELECT engage.repeat_purchase_agg(x) AS char5 FROM unnest(ARRAY['a', 'a  ', 'b']::char(5)[]) x;
SELECT engage.repeat_purchase_agg(x) AS timestamptz FROM unnest(ARRAY['2024-01-01 00:00+00', '2024-01-01 02:00+02']::timestamptz[]) x;
-- and those that are not are not
SELECT engage.repeat_purchase_agg(x) AS text FROM unnest(ARRAY['a', 'a ', 'A', 'ä', '', 'a"b', 'a;b=1,2']) x;
SELECT engage.repeat_purchase_agg(x) AS bigint FROM unnest(ARRAY[9223372036854775807, -9223372036854775808, 0, -1]) x;
SELECT engage.repeat_purchase_agg(x) AS bytea FROM unnest(ARRAY['', '\x00', '\x0000', '\xff']::bytea[]) x;
-- stored values are in key order: numbers by value, everything else by bytes
SELECT engage.repeat_purchase_agg(x ORDER BY md5(x::text)) AS "int", engage.repeat_purchase_agg(x::text ORDER BY md5(x::text)) AS text FROM unnest(ARRAY[10, 9, -1, 100]) x;
-- two keys of different types
SELECT engage.repeat_purchase_agg('c' || i % 2, ('00000000-0000-0000-0000-00000000000' || i)::uuid) FROM k;
SELECT engage.repeat_purchase_agg(i, decode('0' || i, 'hex')), engage.days_between_orders_agg('c' || i % 2, i / 2.0, date '2000-01-01' + i) FROM k;
-- long keys, also compressed and stored out of line
CREATE TEMP TABLE long_keys AS SELECT repeat(md5(i::text), 1000) AS id FROM generate_series(1, 20) i UNION ALL SELECT repeat('x', 100000);
ALTER TABLE long_keys ALTER id SET STORAGE external;
INSERT INTO long_keys SELECT repeat(md5(i::text), 1000) FROM generate_series(1, 5) i;
SELECT engage.rpr(id) = 100.0 * 5 / 21 AS rpr, length(engage.repeat_purchase_agg(id)::text) = 21 * 4 + 20 * 32000 + 100000 + length('1c:text:') + 20 AS text FROM long_keys;
-- summaries big enough to be stored out of line read the same
CREATE TEMP TABLE big AS SELECT engage.repeat_purchase_agg(md5(i::text)) AS s FROM generate_series(1, 20000) i;
SELECT engage.customers(s), engage.orders(s), engage.repeat_customers(s), engage.repeat_customers(s, 1) AS all, engage.rpr(s), pg_column_size(s) > 100000 AS big,
       (SELECT engage.rollup(s)::text FROM big) = s::text AS same, s::text::engage.repeat_purchase_summary::text = s::text AS reloaded FROM big;

-- ------------------------------------------------------ types that are rejected
SELECT engage.rpr(interval '1 day');
SELECT engage.rpr(1, 1::money);
SELECT engage.aov('1 day'::interval, 1);
-- equal under their collation, different in bytes: not counted silently
CREATE COLLATION pg_temp.folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT engage.rpr(x COLLATE pg_temp.folded) FROM unnest(ARRAY['a', 'A']) x;
SELECT engage.rpr(1, x COLLATE pg_temp.folded) FROM unnest(ARRAY['a', 'A']) x;
SELECT engage.aov(x COLLATE pg_temp.folded, 1) FROM unnest(ARRAY['a', 'A']) x;
CREATE TEMP TABLE folded_ids (id text COLLATE pg_temp.folded);
INSERT INTO folded_ids VALUES ('a'), ('A');
SELECT engage.purchase_frequency(id) FROM folded_ids;
SELECT engage.purchase_frequency(id COLLATE "C") AS "as bytes", engage.purchase_frequency(lower(id COLLATE "C")) AS folded FROM folded_ids;

-- ------------------------------------------------ the session's settings
CREATE TEMP TABLE s AS
SELECT i % 5 AS n, (i % 5) / 3.0::float8 AS f, date '2024-01-01' + i % 5 AS d, timestamp '2024-01-01 10:00' + i % 5 * interval '1 hour' AS t,
       timestamptz '2024-01-01 10:00+00' + i % 5 * interval '1 hour' AS z, time '10:00' + i % 5 * interval '1 hour' AS c, decode('ff0' || i % 5, 'hex') AS b
FROM generate_series(1, 8) i;
CREATE FUNCTION pg_temp.fingerprint() RETURNS text LANGUAGE sql AS $$
  SELECT md5(concat_ws(' ', engage.repeat_purchase_agg(f), engage.repeat_purchase_agg(d), engage.repeat_purchase_agg(t), engage.repeat_purchase_agg(z), engage.repeat_purchase_agg(c),
                            engage.repeat_purchase_agg(b), engage.days_between_orders_agg(n, d), engage.days_between_orders_agg(n, f, t), engage.days_between_orders_agg(z, z),
                            engage.nps_agg(9, f), engage.mean_engagement_rate_agg(f, 3), engage.rate(f, 7)::numeric(20, 10), engage.aov(d, f)::numeric(20, 10))) FROM s $$;
CREATE TEMP TABLE seen (setting text, fingerprint text);
INSERT INTO seen VALUES ('none', pg_temp.fingerprint());
SET timezone = 'Asia/Kolkata'; INSERT INTO seen VALUES ('timezone', pg_temp.fingerprint());
SET datestyle = 'SQL, DMY'; INSERT INTO seen VALUES ('datestyle', pg_temp.fingerprint());
SET datestyle = 'German'; INSERT INTO seen VALUES ('datestyle 2', pg_temp.fingerprint());
SET intervalstyle = 'iso_8601'; INSERT INTO seen VALUES ('intervalstyle', pg_temp.fingerprint());
SET extra_float_digits = -15; INSERT INTO seen VALUES ('extra_float_digits', pg_temp.fingerprint());
SET bytea_output = 'escape'; INSERT INTO seen VALUES ('bytea_output', pg_temp.fingerprint());
SET lc_numeric = 'C'; SET lc_monetary = 'C'; SET search_path = ''; INSERT INTO pg_temp.seen VALUES ('others', pg_temp.fingerprint());
RESET ALL;
SELECT count(*) AS settings, count(DISTINCT fingerprint) AS results FROM seen;
-- the text form of a stored value does not depend on them either
SET extra_float_digits = -15;
SELECT engage.nps_agg(9, 1 / 3.0::float8);
RESET extra_float_digits;
-- types whose text depends on the settings, inside arrays, ranges and the like, are rejected as interval is
CREATE FUNCTION pg_temp.refused(expression text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN EXECUTE 'SELECT engage.repeat_purchase_agg(' || expression || ')'; RETURN 'accepted'; EXCEPTION WHEN others THEN RETURN SQLSTATE; END $$;
SELECT e AS key, pg_temp.refused(e) FROM unnest(ARRAY['interval ''1 day''', 'ARRAY[date ''2024-01-01'']', 'ARRAY[interval ''1 day'']', 'daterange(''2024-01-01'', ''2024-01-02'')',
  'tstzrange(''2024-01-01'', ''2024-01-02'')', 'row(1.5::float8)', 'row(date ''2024-01-01'')', 'point(1, 0.1)', 'ARRAY[0.1::float8]', '''pg_class''::regclass']) e;

-- citext is equal whatever the case: refused, unless the query says how it is meant
CREATE FUNCTION pg_temp.citext(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE rpr float8;
BEGIN
  EXECUTE format('SELECT engage.rpr(%s) FROM unnest(ARRAY[''Ann@example.com'', ''ann@example.com'']::citext[]) x', expression) INTO rpr;
  RETURN rpr;
EXCEPTION WHEN datatype_mismatch THEN RETURN 'refused'; WHEN undefined_object THEN RETURN NULL;
END $$;
SET client_min_messages = warning;
-- (a contrib module; without it the answers are those expected)
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'citext') THEN CREATE EXTENSION IF NOT EXISTS citext; END IF;
END $$;
SELECT coalesce(pg_temp.citext('x'), 'refused') AS "as it is", coalesce(pg_temp.citext('x::text'), '0') AS "as text", coalesce(pg_temp.citext('lower(x::text)'), '100') AS folded;
DROP EXTENSION IF EXISTS citext;

-- each text argument's own collation counts, and windows are no way around it
CREATE COLLATION pg_temp.folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT engage.rpr(x, o) FROM (VALUES ('a' COLLATE pg_temp.folding, '1' COLLATE "C"), ('A', '2'), ('b', '1')) v(x, o);
SELECT engage.rpr(x) OVER () FROM (VALUES ('a' COLLATE pg_temp.folding), ('A'), ('b')) v(x);
SELECT engage.rpr(lower(x) COLLATE "C") FROM (VALUES ('a' COLLATE pg_temp.folding), ('A'), ('b')) v(x);
