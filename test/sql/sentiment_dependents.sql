-- What depends on shipped scores, and how to compute it again.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA dependents;
CREATE SCHEMA "Other Schema";
SET search_path = dependents;
SELECT count(*) FROM engage.sentiment_dependents();
CREATE TABLE plain (id int, body text, score double precision);
CREATE TABLE reviews (id int PRIMARY KEY, other text, body text, score double precision GENERATED ALWAYS AS (engage.sentiment(body)) STORED, "Label" text GENERATED ALWAYS AS (engage.sentiment_label(body)) STORED, titled double precision GENERATED ALWAYS AS (engage.sentiment(other || body)) STORED, upper text GENERATED ALWAYS AS (upper(other)) STORED,
  constant double precision GENERATED ALWAYS AS (engage.sentiment('good')) STORED, CONSTRAINT not_spam CHECK (engage.sentiment(body) > -0.99), CONSTRAINT known CHECK (id > 0));
CREATE INDEX by_score ON reviews (engage.sentiment(body));
CREATE INDEX worst ON reviews (id) WHERE engage.sentiment(body) < -0.5;
CREATE INDEX by_stored ON reviews (score);
CREATE STATISTICS spread ON (engage.language_of(body)), id FROM reviews;
CREATE TABLE "Other Schema"."My Table" (body text);
CREATE INDEX "My Index" ON "Other Schema"."My Table" (engage.normalize_text(body));
CREATE TABLE parts (id int, body text, score double precision GENERATED ALWAYS AS (engage.sentiment(body)) STORED) PARTITION BY LIST (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
CREATE INDEX parts_score ON parts (engage.sentiment(body));
CREATE TABLE by_language (body text) PARTITION BY LIST (engage.language_of(body));
CREATE VIEW scored AS SELECT id, engage.sentiment(body) AS score FROM reviews;
CREATE VIEW scored_again AS SELECT * FROM scored;
CREATE MATERIALIZED VIEW kept AS SELECT * FROM scored_again;
CREATE MATERIALIZED VIEW averaged AS SELECT avg(engage.sentiment(body)) FROM reviews;
-- views of views come after them whatever their names; of generated columns; with own words; through functions and aggregates of one's own
CREATE MATERIALIZED VIEW after_kept AS SELECT count(*) FROM kept;
CREATE VIEW two_ways AS SELECT (SELECT count FROM after_kept), engage.sentiment('good');
CREATE MATERIALIZED VIEW after_both AS SELECT * FROM two_ways;
CREATE MATERIALIZED VIEW of_stored AS SELECT max("Label") FROM reviews;
CREATE MATERIALIZED VIEW other_column AS SELECT max(upper) FROM reviews;
CREATE TABLE own (term text, weight int);
CREATE MATERIALIZED VIEW own_words AS SELECT engage.sentiment(body, 'own'::regclass) FROM reviews;
CREATE FUNCTION shout(text) RETURNS double precision LANGUAGE sql IMMUTABLE RETURN engage.sentiment($1) * 2;
CREATE INDEX by_function ON plain (shout(body));
CREATE FUNCTION louder(double precision, text) RETURNS double precision LANGUAGE sql IMMUTABLE RETURN $1 + shout($2);
CREATE AGGREGATE loudness(text) (SFUNC = louder, STYPE = double precision, INITCOND = '0');
CREATE MATERIALIZED VIEW by_aggregate AS SELECT loudness(body) FROM plain;
CREATE MATERIALIZED VIEW unrelated AS SELECT count(*) FROM reviews;
CREATE MATERIALIZED VIEW versions AS SELECT engage.sentiment_version();
SELECT * FROM engage.sentiment_dependents();
SET search_path = '';
SELECT command FROM engage.sentiment_dependents() WHERE kind = 'generated column';

-- the commands run, and compute again what is out of date
INSERT INTO dependents.reviews SELECT i, 'x', 'good' FROM generate_series(1, 3) i;
INSERT INTO dependents.parts SELECT 1, 'good';
REFRESH MATERIALIZED VIEW dependents.kept;
SELECT txid_current() AS before \gset
\set ECHO none
SELECT command FROM engage.sentiment_dependents() WHERE command IS NOT NULL \gexec
\set ECHO all
SELECT count(*) AS rows, bool_and(xmin::text::bigint > :before) AS written FROM (SELECT xmin FROM dependents.reviews UNION ALL SELECT xmin FROM dependents.parts) x;
SELECT count(*) FROM dependents.kept;
SELECT count(*) FROM engage.sentiment_dependents();
-- for everybody
CREATE ROLE dependents_user;
SET ROLE dependents_user;
SELECT count(*) FROM engage.sentiment_dependents();
RESET ROLE;
DROP ROLE dependents_user;
DROP SCHEMA dependents CASCADE;
DROP SCHEMA "Other Schema" CASCADE;
SELECT count(*) FROM engage.sentiment_dependents();
