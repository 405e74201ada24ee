-- Scores with words of one's own, from a table that is named in the call.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA own_words;
SET search_path = own_words;
CREATE FUNCTION sql_error(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text; hint text;
BEGIN EXECUTE query; RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN SQLSTATE || ' ' || SQLERRM || CASE WHEN detail <> '' THEN ' | ' || detail ELSE '' END || CASE WHEN hint <> '' THEN ' | ' || hint ELSE '' END; END $$;

-- ------------------------------------------------------------- resolution
-- an untyped literal is still the language
CREATE TABLE words (term text, weight numeric, lang text, domain text);
SELECT pg_typeof(engage.sentiment('good', 'en')), engage.sentiment('good', 'en') = engage.sentiment('good') AS is_language, engage.sentiment('good', 'words'::regclass) = engage.sentiment('good') AS empty_table_changes_nothing,
       engage.sentiment('good', NULL) IS NULL AS null_language, engage.sentiment_label('good', NULL) AS null_label_language;
SELECT sql_error($$SELECT engage.sentiment('good', 'words')$$);
PREPARE typed(regclass) AS SELECT engage.sentiment('good', $1) > 0;
EXECUTE typed('words');
PREPARE untyped AS SELECT engage.sentiment('good', $1) > 0;
EXECUTE untyped('en');
SELECT engage.sentiment(NULL, 'words'::regclass), engage.sentiment('good', NULL::regclass), engage.sentiment_label(NULL, 'words'::regclass), (SELECT count(*) FROM engage.sentiment_explain(NULL, 'words'::regclass)) AS rows, engage.sentiment_detail(NULL, 'words'::regclass) IS NULL AS detail;

-- ---------------------------------------------------------------- meaning
INSERT INTO words VALUES
  ('blorbs', -2, NULL, NULL), ('good', -3, NULL, NULL), ('brilliant', 0, NULL, NULL), ('Five Star', 3, NULL, NULL), ('not my cup of tea', -2.5, NULL, NULL),
  ('очень вкусно', 3, NULL, NULL), ('gut', 2, NULL, NULL), (E'\U0001F355', 2, NULL, NULL), ('مقرف', 3, NULL, NULL), ('זול', -2, 'he', NULL), ('nice weather', 1, NULL, NULL),
  ('دم', 2, 'fa', NULL), ('دم', -2, 'ar', NULL), (NULL, 1, NULL, NULL), ('blurb', NULL, NULL, NULL), ('#fail', -2, NULL, NULL);
SELECT body, sign(engage.sentiment(body, 'words'::regclass))::int AS own FROM unnest(ARRAY['it blorbs', 'good', 'brilliant', 'a five-star hotel', 'NOT my cup of tea', 'Все очень вкусно', 'sehr gut',
  E'\U0001F355', E'\U0001F355\U0001F3FD', 'المكان مقرف', 'מקום זול', 'a nice place', 'epic #fail']) body;
SELECT engage.sentiment('blurb', 'words'::regclass) AS null_weight;
-- as everywhere, negation turns, emphasis strengthens
SELECT engage.sentiment('it does not blorb', 'words'::regclass) = engage.sentiment('it does not blorb') AS other_form, engage.sentiment('it never blorbs', 'words'::regclass) > 0 AS negated,
       engage.sentiment('it really blorbs', 'words'::regclass) < engage.sentiment('it blorbs', 'words'::regclass) AS boosted, engage.sentiment('it BLORBS', 'words'::regclass) < engage.sentiment('it blorbs', 'words'::regclass) AS emphasised;
-- the language that is given, or found, decides where a term has one
SELECT sign(engage.sentiment('دم', 'words'::regclass, lang => 'fa')) AS fa, sign(engage.sentiment('دم', 'words'::regclass, lang => 'ar')) AS ar, sign(engage.sentiment('این دم را گفتم پس چه', 'words'::regclass)) AS found;
-- a term with a language comes before one without
INSERT INTO words VALUES ('دم', 1, NULL, NULL);
SELECT sign(engage.sentiment('دم', 'words'::regclass, lang => 'ar')) AS ar;
-- phrases of one's own do not hide what their words mean, nor what other phrases with the same beginning mean
SELECT engage.sentiment('a nice place', 'words'::regclass) = engage.sentiment('a nice place') AS word, engage.sentiment('the weather is nice', 'words'::regclass) = engage.sentiment('the weather is nice') AS order_counts;
SELECT n, normal_form, rule FROM engage.sentiment_explain('Not my cup of tea. Nice weather!', 'words'::regclass) ORDER BY n;
-- label, detail and explain agree with the score
SELECT bool_and(abs(engage.sentiment(body, 'words'::regclass) - (engage.sentiment_detail(body, 'words'::regclass)).score) < 1e-15) AS detail,
       bool_and(abs(engage.sentiment(body, 'words'::regclass) - (SELECT sum(weight) FROM engage.sentiment_explain(body, 'words'::regclass))) < 1e-12) AS explain,
       bool_and(engage.sentiment_label(body, 'words'::regclass) = (engage.sentiment_detail(body, 'words'::regclass)).label) AS label
FROM unnest(ARRAY['it blorbs', 'good', 'a nice place, not my cup of tea', 'مقرف جدا', 'Все очень вкусно']) body;
SELECT (engage.sentiment_detail('вкусно', 'words'::regclass)).coverage AS part_of_phrase, (engage.sentiment_detail('очень вкусно', 'words'::regclass)).coverage AS phrase, engage.sentiment_label('it blorbs', 'words'::regclass, band => 0.99) AS band;
SELECT sql_error($$SELECT engage.sentiment_label('x', 'own_words.words'::regclass, band => 1)$$);
SELECT sql_error($$SELECT engage.sentiment('x', 'own_words.words'::regclass, lang => 'de')$$);

-- ---------------------------------------------------------------- domains
INSERT INTO words VALUES ('cold', -3, NULL, NULL), ('cold', 2, NULL, 'beer'), ('plonk', -2, NULL, 'delivery'), ('plonk', 2, NULL, 'battery'), ('plonk', 1, 'en', 'delivery');
SELECT d, sign(engage.sentiment('cold', 'words'::regclass, d))::int AS cold, sign(engage.sentiment('plonk', 'words'::regclass, d))::int AS plonk FROM unnest(ARRAY[NULL, 'beer', 'delivery', 'battery', 'none', '']) d;
-- another one in each row, more than are kept
INSERT INTO words SELECT 'domainword', CASE WHEN i % 2 = 0 THEN 1 ELSE -1 END, NULL, 'd' || i FROM generate_series(1, 40) i;
SELECT count(*), bool_and((engage.sentiment('domainword', 'words'::regclass, 'd' || (i % 40 + 1)) > 0) = ((i % 40 + 1) % 2 = 0)) AS right FROM generate_series(1, 400) i;

-- --------------------------------------------------------------- in a model
CREATE TABLE bodies AS SELECT * FROM unnest(ARRAY['it blorbs', 'it does not blorb', 'good', 'a five-star hotel', 'NOT my cup of tea', 'Все очень вкусно', E'\U0001F355', 'المكان مقرف', 'דם', 'دم', 'cold plonk', 'nothing of these', 'terrible', '']) body;
-- the same scores, parts and labels as with the table, in any domain
SELECT d, count(*), count(DISTINCT score) > 3 AS differ, bool_and(abs(score - engage.sentiment(body, 'words'::regclass, d)) < 1e-15) AS score,
       bool_and(engage.sentiment_label(body, m) = engage.sentiment_label(body, 'words'::regclass, d)) AS label,
       bool_and((SELECT array_agg(e) FROM engage.sentiment_explain(body, m) e) IS NOT DISTINCT FROM (SELECT array_agg(e) FROM engage.sentiment_explain(body, 'words'::regclass, d) e)) AS explain
FROM (SELECT d, engage.model_of_words('words', d) AS m FROM unnest(ARRAY[NULL, 'beer', 'delivery']) d) x, bodies, engage.sentiment(body, m) score GROUP BY d ORDER BY d;
-- it stays what it was, in text, in binary, and when the table changes or goes
CREATE TABLE with_words AS SELECT engage.model_of_words('words', 'beer') AS m;
SELECT m::text::engage.sentiment_model::text = m::text AS text, encode(engage.sentiment_model_send(m), 'hex') = encode(engage.sentiment_model_send(m::text::engage.sentiment_model), 'hex') AS "binary",
       own_words, words, shipped, bias, sentiment_version = engage.sentiment_version() AS version FROM with_words, engage.model_info(m);
CREATE TABLE some_words AS SELECT term, weight, domain FROM words WHERE term IN ('blorbs', 'cold');
CREATE TABLE kept_words AS SELECT engage.model_of_words('some_words') AS m;
UPDATE some_words SET weight = -weight;
SELECT engage.sentiment('it blorbs', m) < 0 AS as_it_was, engage.sentiment('it blorbs', engage.model_of_words('some_words')) > 0 AS as_it_is FROM kept_words;
DROP TABLE some_words;
SELECT engage.sentiment('it blorbs', m) < 0 AS without_table FROM kept_words;
-- learning on top of it keeps it: of "zorbig", which the labels tell of, and of "blorbs", which they do not
CREATE TABLE learned AS SELECT engage.sentiment_train(CASE i % 2 WHEN 0 THEN 'zorbig ' ELSE 'plimty ' END || chr(97 + i % 7), CASE i % 2 WHEN 0 THEN 5 ELSE 1 END, m) AS m FROM kept_words, generate_series(1, 100) i;
SELECT engage.sentiment('zorbig', l.m) > 0 AS learned, engage.sentiment('blorbs', l.m) < 0 AS own, engage.sentiment('it never blorbs', l.m) > 0 AS negated, i.own_words, i.positive FROM learned l, engage.model_info(l.m) i;
-- other words in their place; words that the base had are gone
CREATE TABLE other_words (term text, weight int);
SELECT engage.model_of_words('other_words', NULL, m)::text = (SELECT engage.sentiment_train(CASE i % 2 WHEN 0 THEN 'zorbig ' ELSE 'plimty ' END || chr(97 + i % 7), CASE i % 2 WHEN 0 THEN 5 ELSE 1 END)::text FROM generate_series(1, 100) i) AS none FROM learned;
INSERT INTO other_words VALUES ('blorbs', 2);
SELECT engage.sentiment('blorbs', o) > 0 AS own, engage.sentiment('zorbig', o) = engage.sentiment('zorbig', m) AS learned, engage.sentiment('good', m) > 0 AS shipped FROM learned, engage.model_of_words('other_words', base => m) o;
SELECT engage.model_of_words(NULL) IS NULL AS no_table, engage.model_of_words('other_words', base => NULL) IS NOT NULL AS no_base;
SELECT sql_error($$SELECT engage.model_of_words('own_words.other_words', 'd')$$);
SELECT sql_error($$SELECT engage.model_of_words('own_words.bodies')$$);
-- what no table can have given
SELECT slots, sql_error(format('SELECT %L::engage.sentiment_model', '1:sentiment_version=1,negative=0,neutral=0,positive=0,shipped=1,bias=0,unit=0,own_slots=' || slots)) AS result
FROM unnest(ARRAY['2,words=0:; 1:0011aabb:96:120:100', '2,words=0:;', '2,words=0:', '1,words=0:; 0:0011aabb:96:120:100', '2,words=0:; 1:0011aabb:96:120:100 1:0011aabb:96:0:0', '2,words=0:; 2:0011aabb:96:0:0', '2,words=0:; 0:0011aaba:96:0:0', '2,words=0:; 0:00000000:96:0:0',
  '2,words=0:; 0:0011aabb:97:0:0', '2,words=0:; 0:0011aabb:64:0:0', '2,words=0:; 0:0011aabb:0:0:0', '2,words=0:; 0:0011aabb:96:121:0', '2,words=0:; 0:0011aabb:96:-128:0', '2,words=0:; 0:0011aabb:96:0:101', '2,words=0:; 0:0011aabb:96:0:256', '2,words=0:; 0:0011aabb:16:1:0', '2,words=0:; x', '-1,words=0:', '1714302,words=0:;', '999999999999,words=0:;']) slots;
DROP TABLE bodies;

-- ----------------------------------------------------- what the query sees
-- in one transaction: what was written is seen, what was undone is not
DO $$
DECLARE s double precision; seen text := '';
BEGIN
  FOR i IN 1..4 LOOP
    BEGIN
      UPDATE own_words.words SET weight = CASE WHEN i % 2 = 0 THEN 3 ELSE -3 END WHERE term = 'blorbs';
      IF i = 3 THEN RAISE division_by_zero; END IF;
    EXCEPTION WHEN division_by_zero THEN NULL; END;
    s := engage.sentiment('blorbs', 'own_words.words'::regclass);
    seen := seen || CASE WHEN s > 0 THEN '+' ELSE '-' END;
  END LOOP;
  ASSERT seen = '-+++', seen;
END $$;
UPDATE words SET weight = -2 WHERE term = 'blorbs';
-- one statement sees one state, even if a function writes meanwhile
CREATE FUNCTION forget() RETURNS boolean LANGUAGE sql AS $$DELETE FROM own_words.words WHERE term = 'blorbs' RETURNING true$$;
SELECT i, CASE WHEN i = 2 THEN forget() END AS deleted, engage.sentiment('blorbs', 'words'::regclass) < 0 AS seen FROM generate_series(1, 3) i;
SELECT engage.sentiment('blorbs', 'words'::regclass) AS next_statement;

-- what a setting shows is read again in the next statement of the client
CREATE VIEW of_shop AS SELECT term, CASE current_setting('own_words.shop') WHEN 'a' THEN 3 ELSE -3 END AS weight FROM words WHERE term = 'gut';
CREATE FUNCTION in_shop() RETURNS int LANGUAGE plpgsql AS $$BEGIN RETURN sign(engage.sentiment('gut', 'own_words.of_shop'::regclass)); END $$;
BEGIN;
SET LOCAL own_words.shop = 'a';
SELECT in_shop() AS a;
SET LOCAL own_words.shop = 'b';
SELECT in_shop() AS b;
COMMIT;

-- ------------------------------------------------- kinds of relations, types
CREATE VIEW mine AS SELECT term, weight FROM words WHERE domain IS NULL AND lang IS NULL;
CREATE MATERIALIZED VIEW kept AS SELECT term, weight FROM words WHERE domain = 'beer';
CREATE TABLE parts (term varchar(20), weight real, lang char(2)) PARTITION BY LIST (lang);
CREATE TABLE parts_en PARTITION OF parts FOR VALUES IN ('en');
INSERT INTO parts VALUES ('blorbs', -1.5, 'en');
CREATE DOMAIN small AS smallint;
CREATE TABLE "Odd ""Name" (weight small, term name, other int);
INSERT INTO "Odd ""Name" VALUES (-1, 'blorbs', 7);
CREATE TEMP TABLE temporary (term text, weight double precision);
INSERT INTO temporary VALUES ('blorbs', 0.5);
SELECT w, sign(engage.sentiment('blorbs', w))::int AS sign FROM unnest(ARRAY['mine', 'kept', 'parts', '"Odd ""Name"', 'temporary']::regclass[]) w;
SELECT t AS type, (SELECT sql_error(format('CREATE TEMP TABLE typed AS SELECT text ''blorbs'' AS term, 1::%1$s AS weight; SELECT engage.sentiment(''blorbs'', ''typed''::regclass); DROP TABLE typed', t))) AS result
FROM unnest(ARRAY['smallint', 'int', 'bigint', 'numeric', 'real', 'double precision', 'text', 'money', 'oid']) t;
-- whatever the search path hides
CREATE FUNCTION own_words.text(text) RETURNS text LANGUAGE sql AS $$SELECT 'trap'$$;
CREATE OPERATOR own_words.= (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_catalog.texteq);
SET search_path = '';
SELECT engage.sentiment('cold', 'own_words.words'::regclass) < 0 AS qualified;
SET search_path = own_words, pg_catalog;
SELECT engage.sentiment('cold', 'words'::regclass) < 0 AS shadowed;
SET search_path = own_words;

-- ----------------------------------------------------------------- errors
CREATE TABLE bad (term text, weight numeric, lang text, domain text);
CREATE FUNCTION try(term text, weight numeric DEFAULT 1, lang text DEFAULT NULL, domain text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
BEGIN DELETE FROM own_words.bad; INSERT INTO own_words.bad VALUES (term, weight, lang, domain); RETURN sql_error('SELECT engage.sentiment(''x'', ''own_words.bad''::regclass)'); END $$;
SELECT term, left(weight::text, 12) AS weight, left(try(term, weight), 300) AS result FROM (VALUES ('fine', 3), ('fine', -3), ('much', 3.001), ('much', -4), ('much', 'NaN'), ('much', 'Infinity'), ('much', 1e40)) v(term, weight);
SELECT left(term, 40) AS term, try(term) FROM unnest(ARRAY['', ' ', '...', 'http://example.com', '@somebody', '5', 'top 10', 'C++', '50 %', ':)', 'great :D', 'why?', E'so \U0001F600', E'\U0001F600\U0001F600', 'well, done', 'Mr. X', 'one two three four five six', 'one two three four five six seven', repeat('ab', 33), repeat('abcdefg ', 70)]) term;
SELECT term, lang, try(term, 1, lang) FROM (VALUES ('gut', 'de'), ('gut', 'EN'), ('gut', ''), ('gut', 'he'), ('טוב', 'ar'), ('گرم', 'fa'), ('хорошо', 'en')) v(term, lang);
SELECT try('x', 1, NULL, repeat('d', 501));
-- the same word in other letters
INSERT INTO bad VALUES ('Café', -1, NULL, NULL), ('cafe', 2, 'en', NULL), ('أحمد', 1, NULL, NULL), ('احمد', 2, NULL, 'd');
DELETE FROM bad WHERE term = 'x';
SELECT engage.sentiment('cafe', 'bad'::regclass) > 0 AS exact_before_general;
INSERT INTO bad VALUES ('CAFE', 2);
SELECT sql_error('SELECT engage.sentiment(''x'', ''own_words.bad''::regclass)');
DELETE FROM bad WHERE term = 'CAFE';
INSERT INTO bad VALUES ('اَحمد', 2, NULL, 'd');
SELECT sql_error('SELECT engage.sentiment(''x'', ''own_words.bad''::regclass)') AS elsewhere, sql_error('SELECT engage.sentiment(''x'', ''own_words.bad''::regclass, ''d'')') AS "in its domain";
-- tables of another form
CREATE TABLE no_term (word text, weight int);
CREATE TABLE no_weight (term text);
CREATE TABLE number_term (term int, weight int);
CREATE TABLE number_lang (term text, weight int, lang int);
CREATE TABLE no_domain (term text, weight int);
CREATE SEQUENCE sequence;
CREATE INDEX an_index ON words (term);
CREATE TYPE composite AS (term text, weight int);
ALTER TABLE no_domain ADD domain text;
ALTER TABLE no_domain DROP domain;
SELECT w, sql_error(format('SELECT engage.sentiment(''x'', %L::regclass, %L)', w, CASE WHEN w = 'no_domain' THEN 'd' END)) FROM unnest(ARRAY['no_term', 'no_weight', 'number_term', 'number_lang', 'no_domain', 'sequence', 'an_index', 'composite', 'nowhere']) w;
SELECT sql_error('SELECT engage.sentiment(''x'', 4294967295::oid::regclass)');
-- a view that calls for itself
CREATE VIEW circle AS SELECT text 'x' AS term, 1 AS weight;
CREATE OR REPLACE VIEW circle AS SELECT text 'x' AS term, engage.sentiment('x', 'circle'::regclass)::int AS weight;
SET max_stack_depth = '200kB';
SELECT split_part(sql_error('SELECT engage.sentiment(''x'', ''own_words.circle''::regclass)'), '|', 1) AS circle;
RESET max_stack_depth;
-- 100000 rows, and no more
CREATE TABLE many AS SELECT 'q' || translate(i::text, '0123456789', 'abcdefghij') || 'x' || translate(reverse(i::text), '0123456789', 'abcdefghij') AS term, (i % 7 - 3)::int AS weight FROM generate_series(1, 150000) i WHERE i::text !~ '(.)\1\1';
DELETE FROM many WHERE ctid NOT IN (SELECT ctid FROM many ORDER BY term COLLATE "C" LIMIT 100000);
SELECT count(*), engage.sentiment('qbcdxdcb', 'many'::regclass) <> 0 AS found FROM many;
INSERT INTO many VALUES ('onemore', 1);
SELECT sql_error('SELECT engage.sentiment(''x'', ''own_words.many''::regclass)');
-- reading them can be cancelled
CREATE VIEW slow AS SELECT term, weight, pg_sleep(1)::text AS lang FROM words;
SET statement_timeout = 50;
SELECT engage.sentiment('x', 'slow'::regclass);
RESET statement_timeout;

-- ----------------------------------------------------------------- rights
DROP ROLE IF EXISTS own_words_user;
CREATE ROLE own_words_user;
GRANT USAGE ON SCHEMA own_words TO own_words_user;
GRANT SELECT ON no_domain TO own_words_user;
INSERT INTO no_domain VALUES ('blorbs', -2), ('cold', 3);
SET ROLE own_words_user;
SELECT own_words.sql_error('SELECT engage.sentiment(''x'', ''own_words.words''::regclass)');
SELECT engage.sentiment('blorbs', 'own_words.no_domain'::regclass) < 0 AS granted;
RESET ROLE;
ALTER TABLE no_domain ENABLE ROW LEVEL SECURITY;
CREATE POLICY cold_only ON no_domain USING (term = 'cold');
SET ROLE own_words_user;
SELECT engage.sentiment('blorbs', 'own_words.no_domain'::regclass) AS hidden, engage.sentiment('cold', 'own_words.no_domain'::regclass) > 0 AS shown;
SET row_security = off;
SELECT own_words.sql_error('SELECT engage.sentiment(''x'', ''own_words.no_domain''::regclass)');
RESET row_security;
RESET ROLE;
-- one call site, two roles
CREATE FUNCTION score_as_caller() RETURNS double precision LANGUAGE plpgsql AS $$BEGIN RETURN engage.sentiment('blorbs', 'own_words.no_domain'::regclass); END $$;
BEGIN;
SELECT score_as_caller() < 0 AS owner;
SET LOCAL ROLE own_words_user;
SELECT own_words.score_as_caller() AS other;
RESET ROLE;
SELECT score_as_caller() < 0 AS owner;
COMMIT;

-- ------------------------------------------------ labels, plans, constraints
SELECT oid::regprocedure, provolatile, proparallel FROM pg_catalog.pg_proc WHERE pronamespace = 'engage'::regnamespace AND prosrc LIKE 'engage\_sentiment%\_own' ORDER BY 1;
-- scored above the workers, which cannot read temporary tables
CREATE TABLE bodies AS SELECT CASE WHEN i % 3 = 0 THEN 'it blorbs' WHEN i % 3 = 1 THEN 'good' ELSE 'cold and nice' END AS body FROM generate_series(1, 3000) i;
SELECT sum(engage.sentiment(body, 'temporary'::regclass)::numeric) AS serial FROM bodies \gset
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
SELECT sum(engage.sentiment(body, 'temporary'::regclass)::numeric) = :serial AS same FROM bodies;
-- not for indexes and generated columns
CREATE INDEX ON bodies (engage.sentiment(body, 'own_words.words'::regclass));
DROP SCHEMA own_words CASCADE;
DROP ROLE own_words_user;
