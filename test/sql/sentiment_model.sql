-- Models learned from labelled texts: what they learn, that they depend on the rows only, and what is refused.
\set SHOW_CONTEXT never
SET search_path = '';

-- A shop in whose reviews "zorbig" is good, "plimty" is bad and "kranked trup" is good while "kranked" is not.
-- (The shipped weights know no word of it: what they say of words may change.)
CREATE TEMP TABLE review AS
SELECT i, CASE i % 4 WHEN 0 THEN 'xanx zorbig' WHEN 1 THEN 'xanx plimty' WHEN 2 THEN 'kranked trup' ELSE 'vitv kranked' END || ' zzw' || chr(97 + i % 7) || chr(97 + i / 7 % 5) AS body,
       CASE WHEN i % 2 = 0 THEN 'positive' ELSE 'negative' END AS label
FROM pg_catalog.generate_series(1, 400) i;
CREATE TEMP TABLE shop AS SELECT engage.sentiment_train(body, label) AS model FROM review;

-- learned: words, pairs, and the same in another case and with marks
SELECT text, pg_catalog.sign(engage.sentiment(text)) AS shipped, pg_catalog.sign(engage.sentiment(text, model)) AS own, engage.sentiment_label(text, model, 0) AS label
FROM shop, pg_catalog.unnest(ARRAY['zorbig', 'ZORBIG!', 'plimty', 'xyzzy plimty', 'kranked trup', 'vitv kranked', '', '...']) WITH ORDINALITY u(text, n) ORDER BY n;
-- what it is not about, stays
SELECT pg_catalog.sign(engage.sentiment('excellent, wonderful', model)) AS good, pg_catalog.sign(engage.sentiment('terrible, disgusting', model)) AS bad FROM shop;
-- a word counts once a text, as in training: saying it again does not change the score
SELECT engage.sentiment('zorbig', model) = engage.sentiment('zorbig zorbig zorbig', model) AS "same" FROM shop;
SELECT format_version, sentiment_version = engage.sentiment_version() AS "version", negative, neutral, positive, words > 4 AS words,
       largest_weight > 0 AS weights, bytes BETWEEN 40 AND 100000 AS bytes FROM shop, engage.model_info(model);
SELECT engage.model_info(model) IS NOT NULL AS info, engage.sentiment(NULL, model) IS NULL AS "no text", engage.sentiment('x', NULL::engage.sentiment_model) IS NULL AS "no model",
       engage.sentiment_label(NULL, model) IS NULL AS "no text", engage.sentiment_label('x', NULL::engage.sentiment_model) IS NULL AS "no model" FROM shop;
-- the band
SELECT engage.sentiment_label('zorbig', model, 0.99) AS wide, engage.sentiment_label('zorbig', model, band => 0) AS none, engage.sentiment_label('zorbig', model, NULL) = engage.sentiment_label('zorbig', model, 0.05) AS "default" FROM shop;
SELECT engage.sentiment_label('zorbig', model, 1) FROM shop;
SELECT engage.sentiment_label('zorbig', model, 'NaN') FROM shop;
-- parts sum up to the score
SELECT text, pg_catalog.abs(pg_catalog.sum(weight) - engage.sentiment(text, (SELECT model FROM shop))) < 1e-9 AS sums, pg_catalog.count(token) AS tokens,
       pg_catalog.string_agg(DISTINCT rule, ' ' ORDER BY rule) FILTER (WHERE rule IN ('learned', 'bias')) AS rules
FROM shop, pg_catalog.unnest(ARRAY['xanx zorbig', 'a terrible plimty thing', 'kranked trup, not good']) text, engage.sentiment_explain(text, model) GROUP BY text ORDER BY text COLLATE "C";
SELECT n, token, rule, pg_catalog.sign(weight) AS sign FROM shop, engage.sentiment_explain('xyzzy zorbig zorbig plimty', model) WHERE token IS NOT NULL AND weight <> 0;

-- ------------------------------------------------------------- the same rows
-- in any order, any number of times asked, by any plan
SELECT pg_catalog.count(DISTINCT m::text) AS models FROM (
  SELECT engage.sentiment_train(body, label ORDER BY i) FROM review UNION ALL SELECT engage.sentiment_train(body, label ORDER BY i DESC) FROM review
  UNION ALL SELECT engage.sentiment_train(body, label ORDER BY pg_catalog.md5(i::text)) FROM review UNION ALL SELECT model FROM shop) x(m);
CREATE TEMP TABLE many AS SELECT * FROM review;
CREATE TABLE public.sentiment_many AS SELECT * FROM review;
ANALYZE public.sentiment_many;
SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SELECT engage.sentiment_train(body, label)::text = (SELECT model::text FROM shop) AS "same" FROM public.sentiment_many;
SELECT engage.sentiment_evaluate(model, body, label)::text = (SELECT engage.sentiment_evaluate(model, body, label)::text FROM review, shop) AS "same" FROM public.sentiment_many, shop;
SELECT engage.sentiment_evaluate(body, label, 0.5)::text = (SELECT engage.sentiment_evaluate(body, label, 0.5)::text FROM review) AS "same" FROM public.sentiment_many;
RESET max_parallel_workers_per_gather; RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;
DROP TABLE public.sentiment_many;
-- (labels whose sums are rounded, too)
SELECT pg_catalog.count(DISTINCT m::text) AS models FROM (
  SELECT engage.sentiment_train(body, s ORDER BY i) FROM (SELECT *, pg_catalog.sin(i) AS s FROM review) r UNION ALL SELECT engage.sentiment_train(body, s ORDER BY i DESC) FROM (SELECT *, pg_catalog.sin(i) AS s FROM review) r) x(m);
-- by group, and hashed or sorted
SELECT g, engage.sentiment_train(body, label)::text = (SELECT engage.sentiment_train(body, label)::text FROM review r WHERE r.i % 3 = g) AS "same" FROM (SELECT *, i % 3 AS g FROM review) x GROUP BY g ORDER BY g;
-- in a window: each result is that of the rows so far
SELECT pg_catalog.bool_and(m = (SELECT engage.sentiment_train(body, label)::text FROM review r WHERE r.i <= x.i)) AS "same"
FROM (SELECT i, engage.sentiment_train(body, label) OVER (ORDER BY i)::text AS m FROM review WHERE i <= 40) x;

-- -------------------------------------------------------------------- labels
CREATE TEMP TABLE labelled AS SELECT body, label, CASE label WHEN 'positive' THEN 5 ELSE 1 END AS stars FROM review;
-- every way to say the same
SELECT pg_catalog.count(DISTINCT m::text) AS models FROM labelled l CROSS JOIN LATERAL (SELECT 1) x RIGHT JOIN (
  SELECT engage.sentiment_train(body, stars) FROM labelled UNION ALL SELECT engage.sentiment_train(body, stars::smallint) FROM labelled UNION ALL SELECT engage.sentiment_train(body, stars::bigint) FROM labelled
  UNION ALL SELECT engage.sentiment_train(body, stars::text) FROM labelled UNION ALL SELECT engage.sentiment_train(body, ((stars - 3) / 2)::numeric) FROM labelled UNION ALL SELECT engage.sentiment_train(body, ((stars - 3) / 2)::real) FROM labelled
  UNION ALL SELECT engage.sentiment_train(body, ((stars - 3) / 2)::float8) FROM labelled UNION ALL SELECT engage.sentiment_train(body, label) FROM labelled UNION ALL SELECT engage.sentiment_train(body, pg_catalog.upper(pg_catalog.left(label, 3))::varchar) FROM labelled
  UNION ALL SELECT model FROM shop) y(m) ON true;
CREATE TYPE public.sentiment_mood AS ENUM ('negative', 'neutral', 'positive', 'mixed');
CREATE DOMAIN public.sentiment_stars AS integer CHECK (VALUE > 0);
SELECT engage.sentiment_train(body, label::public.sentiment_mood)::text = model::text AS "enum", engage.sentiment_train(body, stars::public.sentiment_stars)::text = model::text AS "domain" FROM labelled, shop GROUP BY model::text;
SELECT engage.sentiment_train('x', 'mixed'::public.sentiment_mood);
DROP TYPE public.sentiment_mood;
DROP DOMAIN public.sentiment_stars;
-- neutral ones are counted and not learned from, and so are NULLs not even counted
SELECT negative, neutral, positive, s.shipped = i.shipped AND s.bias = i.bias AND s.words = i.words AS "same"
FROM (SELECT engage.sentiment_train(body, stars) AS m FROM (SELECT body, stars FROM labelled UNION ALL SELECT 'neither nor', 3 UNION ALL SELECT NULL, 1 UNION ALL SELECT 'plimty', NULL) x) y, engage.model_info(m) i,
     LATERAL (SELECT shipped, bias, words FROM shop, engage.model_info(model)) s;
-- nothing to learn: no rows, texts without words, all of one mind
SELECT engage.sentiment_train(body, label) IS NULL AS "no rows" FROM review WHERE false;
SELECT engage.sentiment_train(NULL, 'positive'::text) IS NULL AS "only NULL";
SELECT label, i.negative, i.positive, i.words, i.shipped, i.bias, engage.sentiment('good', m) = engage.sentiment('good') AS "as shipped"
FROM (SELECT label, engage.sentiment_train(body, label) AS m FROM review GROUP BY label UNION ALL SELECT 'without words', engage.sentiment_train(' ', v) FROM (VALUES (1), (5)) w(v)) x, engage.model_info(m) i ORDER BY label COLLATE "C";
-- refused
SELECT engage.sentiment_train('x', 0);
SELECT engage.sentiment_train('x', -1);
SELECT engage.sentiment_train('x', 6::bigint);
SELECT engage.sentiment_train('x', 4.5);
SELECT engage.sentiment_train('x', 1.00000001);
SELECT engage.sentiment_train('x', 'NaN'::numeric);
SELECT engage.sentiment_train('x', 'NaN'::float8);
SELECT engage.sentiment_train('x', 1e300::numeric * 1e300);
SELECT engage.sentiment_train('x', '7'::text);
SELECT engage.sentiment_train('x', 'great'::text);
SELECT engage.sentiment_train('x', true);
SELECT engage.sentiment_train('x', 'positive');
\set VERBOSITY sqlstate
SELECT engage.sentiment_train('x', 0);
SELECT engage.sentiment_train('x', 'great'::text);
SELECT engage.sentiment_evaluate('x', 9);
\set VERBOSITY default
-- transition functions are not for calling by hand
SELECT engage.sentiment_train_accum(NULL, 'x', 1);

-- ------------------------------------------------------------ on top of a model
CREATE TEMP TABLE branch AS
SELECT engage.sentiment_train(body, label, (SELECT model FROM shop)) AS model
FROM (SELECT CASE WHEN i % 2 = 0 THEN 'trombly thing' ELSE 'vexul thing' END || i % 5 AS body, CASE WHEN i % 2 = 0 THEN 5 ELSE 1 END AS label FROM pg_catalog.generate_series(1, 100) i) x;
-- it knows both, and has seen all texts
SELECT text, pg_catalog.sign(engage.sentiment(text, model)) AS sign FROM branch, pg_catalog.unnest(ARRAY['trombly', 'vexul', 'zorbig', 'plimty']) WITH ORDINALITY u(text, n) ORDER BY n;
SELECT negative, neutral, positive FROM branch, engage.model_info(model);
-- a NULL base is none
SELECT engage.sentiment_train(body, label, NULL)::text = model::text AS "same" FROM review, shop GROUP BY model::text;
-- nothing new: the base
SELECT engage.sentiment('zorbig plimty kranked trup good', m) = engage.sentiment('zorbig plimty kranked trup good', model) AS "same" FROM shop, (SELECT engage.sentiment_train('x', 3, model) AS m FROM shop) x;
SELECT engage.sentiment_train(body, label, CASE WHEN i < 100 THEN model END) FROM review, shop;
SELECT engage.sentiment_train(body, label, b.model) FROM review, (SELECT model FROM shop UNION ALL SELECT model FROM branch) b;
-- equal bases need not be the same value
SELECT engage.sentiment_train(body, label, CASE WHEN i % 2 = 0 THEN model ELSE model::text::engage.sentiment_model END)::text = (SELECT engage.sentiment_train(body, label, (SELECT model FROM shop))::text FROM review) AS "same" FROM review, shop;

-- ---------------------------------------------------------------- evaluating
-- 2 of 3 negative ones right, none of 1 neutral, 2 of 2 positive: accuracy 4/6, balanced (2/3 + 0 + 1) / 3
-- F1: negative 2*2/(3+2), neutral 0, positive 2*2/(2+4)
SELECT s, engage.texts(s), engage.accuracy(s), engage.balanced_accuracy(s), engage.macro_f1(s), pg_catalog.abs(engage.macro_f1(s) - (4 / 5.0 + 0 + 4 / 6.0) / 3) < 1e-9 AS f1
FROM (VALUES ('1:negative_as_negative=2,negative_as_neutral=0,negative_as_positive=1,neutral_as_negative=0,neutral_as_neutral=0,neutral_as_positive=1,positive_as_negative=0,positive_as_neutral=0,positive_as_positive=2'::engage.evaluation_summary)) v(s);
SELECT c.* FROM engage.confusion('1:negative_as_negative=2,negative_as_neutral=0,negative_as_positive=1,neutral_as_negative=0,neutral_as_neutral=0,neutral_as_positive=0,positive_as_negative=0,positive_as_neutral=1,positive_as_positive=3') c;
SELECT c.* FROM engage.class_scores('1:negative_as_negative=2,negative_as_neutral=0,negative_as_positive=1,neutral_as_negative=0,neutral_as_neutral=0,neutral_as_positive=0,positive_as_negative=0,positive_as_neutral=1,positive_as_positive=3') c;
-- classes without labels do not count: 1/2 of (2/3 + 3/4)
SELECT pg_catalog.abs(engage.balanced_accuracy(s) - (2 / 3.0 + 3 / 4.0) / 2) < 1e-9 AS balanced
FROM (VALUES ('1:negative_as_negative=2,negative_as_neutral=0,negative_as_positive=1,neutral_as_negative=0,neutral_as_neutral=0,neutral_as_positive=0,positive_as_negative=0,positive_as_neutral=1,positive_as_positive=3'::engage.evaluation_summary)) v(s);
SELECT engage.accuracy(s) IS NULL AND engage.balanced_accuracy(s) IS NULL AND engage.macro_f1(s) IS NULL AS nothing, engage.texts(s)
FROM (VALUES ('1:negative_as_negative=0,negative_as_neutral=0,negative_as_positive=0,neutral_as_negative=0,neutral_as_neutral=0,neutral_as_positive=0,positive_as_negative=0,positive_as_neutral=0,positive_as_positive=0'::engage.evaluation_summary)) v(s);
SELECT '1:negative_as_negative=-1,negative_as_neutral=0,negative_as_positive=0,neutral_as_negative=0,neutral_as_neutral=0,neutral_as_positive=0,positive_as_negative=0,positive_as_neutral=0,positive_as_positive=0'::engage.evaluation_summary;
-- against counting by hand, for a model and for the shipped weights; parts roll up to the whole
SELECT engage.accuracy(e) = right_ AS own, engage.accuracy(e) > engage.accuracy(shipped) AS better, engage.texts(e)
FROM (SELECT engage.sentiment_evaluate(model, body, label) AS e, engage.sentiment_evaluate(body, label) AS shipped, pg_catalog.avg((engage.sentiment_label(body, model) = label)::int)::float8 AS right_ FROM review, shop) x;
SELECT engage.rollup(e)::text = (SELECT engage.sentiment_evaluate(model, body, label, 0)::text FROM review, shop) AS "same" FROM (SELECT engage.sentiment_evaluate(model, body, label, 0) AS e FROM review, shop GROUP BY i % 5) x;
SELECT engage.sentiment_evaluate(model, body, label) IS NULL AS "no rows" FROM review, shop WHERE false;
SELECT engage.sentiment_evaluate(model, body, 3, -1) FROM review, shop;
-- several models in one query
SELECT name, engage.accuracy(engage.sentiment_evaluate(m, body, label, 0)) = 1 AS "right" FROM review, (SELECT 'shop' AS name, model AS m FROM shop UNION ALL SELECT 'inverted', (SELECT engage.sentiment_train(body, CASE label WHEN 'positive' THEN 'negative' ELSE 'positive' END) FROM review)) x GROUP BY name ORDER BY name;
SELECT pg_catalog.count(*) FROM review, (SELECT model AS m FROM shop UNION ALL SELECT model FROM branch) x WHERE engage.sentiment(body, m) = engage.sentiment(body, m::text::engage.sentiment_model);

-- one call site of PL/pgSQL, whose variable is another model in each round
DO $$
DECLARE own engage.sentiment_model; signs text := '';
BEGIN
  FOR own IN SELECT model FROM shop UNION ALL SELECT engage.sentiment_train(body, CASE label WHEN 'positive' THEN 'negative' ELSE 'positive' END) FROM review UNION ALL SELECT model FROM shop LOOP
    signs := signs || CASE pg_catalog.sign(engage.sentiment('zorbig', own)) WHEN 1 THEN '+' ELSE '-' END;
  END LOOP;
  ASSERT signs = '+-+', signs;
END $$;

-- ------------------------------------------------------------- stored values
-- text and binary forms are lossless, toasted or not
SELECT model::text::engage.sentiment_model::text = model::text AS text, pg_catalog.encode(engage.sentiment_model_send(model), 'hex') = pg_catalog.encode(engage.sentiment_model_send(model::text::engage.sentiment_model), 'hex') AS "binary" FROM shop;
CREATE TEMP TABLE big AS SELECT engage.sentiment_train(pg_catalog.md5((i / 2)::text) || ' ' || pg_catalog.md5((i / 2)::text || 'x'), CASE i / 2 % 2 WHEN 0 THEN 1 ELSE 5 END) AS model FROM pg_catalog.generate_series(1, 16000) i;
SELECT words > 5000 AS words, bytes > 25000 AS bytes, pg_catalog.pg_column_size(model) > 20000 AS stored, model::text::engage.sentiment_model::text = model::text AS text FROM big, engage.model_info(model);
SELECT pg_catalog.min(engage.sentiment('abc', model)) = pg_catalog.max(engage.sentiment('abc', model)) AS "same" FROM big, pg_catalog.generate_series(1, 100);
SELECT '1:sentiment_version=1,negative=5,neutral=0,positive=5,shipped=1.100000,bias=-0.010000,unit=0.005000,words=2:0011aabb:-127 ffffffff:1'::engage.sentiment_model;
SELECT pg_catalog.encode(engage.sentiment_model_send('1:sentiment_version=1,negative=5,neutral=0,positive=5,shipped=1.100000,bias=-0.010000,unit=0.005000,words=2:0011aabb:-127 ffffffff:1'), 'hex');
SELECT engage.sentiment('x', '1:sentiment_version=1,negative=0,neutral=0,positive=0,shipped=-1000,bias=1000,unit=0,words=0:'::engage.sentiment_model) > 0.9 AS bias;
-- broken ones: each with the place
CREATE FUNCTION pg_temp.complaint(input text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN PERFORM input::engage.sentiment_model; RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL; RETURN SQLSTATE || ' ' || detail; END $$;
SELECT what, pg_temp.complaint(pg_catalog.replace('1:sentiment_version=1,negative=5,neutral=0,positive=5,shipped=1.100000,bias=-0.010000,unit=0.005000,words=2:0011aabb:-127 ffffffff:1', what, instead)) AS complaint
FROM (VALUES ('1:sent', '2:sent'), ('1:sent', 'sent'), ('version=1', 'version=0'), ('version=1', 'version=3000000000'), ('negative=5', 'negative=-5'), ('negative=5', 'negative=99999999999999999999'), ('1.100000', '1.1000001'), ('1.100000', '1000.000001'), ('1.100000', 'NaN'),
  ('-0.010000', '-1000.1'), ('0.005000', '-0.005000'), ('words=2', 'words=1'), ('words=2', 'words=3'), ('words=2', 'words=-1'), ('words=2', 'words=20001'), ('words=2', 'words=4294967298'), ('0011aabb', 'ffffffff'), ('0011aabb', '0011aab'), ('0011aabb', '0011AABB'),
  (':-127', ':-128'), (':-127', ':0'), (':-127', ':'), (' ffff', ',ffff'), ('ff:1', 'ff:1 '), ('unit', 'Unit')) v(what, instead);
-- casts from and to other types: none but through text
SELECT pg_catalog.count(*) AS casts FROM pg_catalog.pg_cast WHERE 'engage.sentiment_model'::pg_catalog.regtype IN (castsource, casttarget) OR 'engage.evaluation_summary'::pg_catalog.regtype IN (castsource, casttarget);
-- in an index, a generated column, a view
CREATE TEMP TABLE scored (body text, model engage.sentiment_model, score double precision GENERATED ALWAYS AS (engage.sentiment(body, model)) STORED);
INSERT INTO scored SELECT 'all zorbig here', model FROM shop;
CREATE INDEX ON scored (engage.sentiment(body, model));
SELECT score = engage.sentiment(body, model) AS "same" FROM scored;
-- prepared, with the model as a parameter that changes
PREPARE score_by(engage.sentiment_model) AS SELECT pg_catalog.sign(engage.sentiment('zorbig', $1)) FROM pg_catalog.generate_series(1, 2);
SET plan_cache_mode = force_generic_plan;
SELECT model AS shop_model FROM shop \gset
EXECUTE score_by(:'shop_model');
EXECUTE score_by('1:sentiment_version=1,negative=0,neutral=0,positive=0,shipped=1,bias=-5,unit=0,words=0:');
RESET plan_cache_mode;
-- in detail
SELECT (engage.sentiment_detail(t, m)).score = engage.sentiment(t, m) AS same, (engage.sentiment_detail(t, m)).label FROM (SELECT engage.sentiment_train(t, s) AS m FROM (VALUES ('zig', 1), ('zag', 5), ('zig zig', 1), ('zag zag', 5), ('zig a', 1), ('zag a', 5)) v(t, s), generate_series(1, 10)) x, (VALUES ('zig zig'), ('zag zag'), ('')) y(t);
