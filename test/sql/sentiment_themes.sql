-- What hurts, what helps, and what texts are about.
\set SHOW_CONTEXT never
SET search_path = engage, pg_catalog;

-- ------------------------------------------------------- counted by hand
-- "late" in two texts, once with "driver"; function words are no terms, a repeated word counts once
CREATE TEMP TABLE four (body text, stars numeric);
INSERT INTO four VALUES ('The driver was late, late!', 1), ('late parcel', 2), ('The driver is kind', 5), ('and so kind', 5);
SELECT s, texts(s), mean_score(s), sentiment_version(s) FROM (SELECT theme_agg(body, stars) FROM four) v(s);
-- mean of all 13 / 4 = 3.25; late: mean 1.5, difference -1.75, impact -3.5; kind: 5, +1.75, +3.5; driver: 3, -0.25, -0.5
SELECT term, words, texts, texts_pct, mean_score, mean_of_all, difference, impact FROM themes((SELECT theme_agg(body, stars) FROM four), min_texts => 2, max_p_value => 1);
-- in plain SQL, with Student's t by the correlation r of "has it" and the score: t^2 = r^2 (n - 2) / (1 - r^2)
CREATE TEMP TABLE many AS
SELECT i, CASE WHEN i % 3 = 0 THEN 'slow ' ELSE '' END || CASE WHEN i % 5 = 0 THEN 'parcel ' ELSE '' END || CASE WHEN i % 7 = 0 THEN 'shop' ELSE 'store' END AS body,
       2 + (i * 37 % 11) / 5.0 - CASE WHEN i % 3 = 0 THEN 0.5 ELSE 0 END AS score FROM generate_series(1, 210) i;
SELECT t.term, t.texts = p.texts AS texts, abs(t.mean_score - p.mean) < 1e-7 AS mean, abs(t.difference - (p.mean - p.of_all)) < 1e-7 AS difference, round(r::numeric, 3) AS r
FROM themes((SELECT theme_agg(body, score) FROM many), max_p_value => 1) t
JOIN (SELECT term, count(*) FILTER (WHERE body LIKE '%' || term || '%') AS texts, avg(score) FILTER (WHERE body LIKE '%' || term || '%') AS mean, avg(score) AS of_all,
             corr(score, (body LIKE '%' || term || '%')::int) AS r FROM many, unnest(ARRAY['slow', 'parcel', 'shop', 'store']) term GROUP BY term) p USING (term) ORDER BY t.term COLLATE "C";
-- only what is no chance remains, the most harmful first
SELECT term, texts, impact < 0 AS hurts, p_value < 0.01 AS clearly FROM themes((SELECT theme_agg(body, score) FROM many)) WHERE words = 1;
-- p of one term, without any other to adjust for: r = 1/3, n = 6, so t = 1/3 * sqrt(4 / (1 - 1/9)) = 0.7071; of t(4), both tails beyond that are 0.5185
SELECT term, round(p_value::numeric, 4) AS p FROM themes((SELECT theme_agg(body, score) FROM (VALUES ('word', 1), ('word', 1), ('word', 0), ('', 0), ('', 0), ('', 1)) v(body, score)), min_texts => 1, max_p_value => 1);
-- with equal scores nothing differs; of two texts nothing can be said
SELECT term, difference, p_value FROM themes((SELECT theme_agg(body, 3) FROM four), min_texts => 1, max_p_value => 1) WHERE difference <> 0 OR p_value <> 1;
SELECT term, p_value FROM themes((SELECT theme_agg(body, stars) FROM four WHERE stars IN (1, 2)), min_texts => 1, max_p_value => 1) WHERE p_value <> 1;

-- --------------------------------------------------------------- options
SELECT term FROM themes((SELECT theme_agg(body, stars) FROM four), 2, 2, 1);
SELECT term FROM themes((SELECT theme_agg(body, stars) FROM four), min_texts => 2, max_p_value => 1, effect => 'hurts');
SELECT term FROM themes((SELECT theme_agg(body, stars) FROM four), min_texts => 2, max_p_value => 1, effect => 'helps');
SELECT term FROM themes((SELECT theme_agg(body, stars) FROM four), min_texts => 1, max_p_value => 1, opinion_words => false) WHERE term = 'kind' OR term = 'driver';
SELECT count(*) FROM themes((SELECT theme_agg(body, stars) FROM four), top => 0);
SELECT themes((SELECT theme_agg(body, stars) FROM four), top => -1);
SELECT themes((SELECT theme_agg(body, stars) FROM four), min_texts => 0);
SELECT themes((SELECT theme_agg(body, stars) FROM four), max_p_value => 5);
SELECT themes((SELECT theme_agg(body, stars) FROM four), max_p_value => 1.00000001);
SELECT themes((SELECT theme_agg(body, stars) FROM four), effect => 'worst');
-- a negation is part of a pair, never a term; nor are words beyond a comma or a stop paired
SELECT term FROM themes((SELECT theme_agg(body, 1) FROM (VALUES ('the heater is not working. refund, heater')) v(body)), min_texts => 1, max_p_value => 1) ORDER BY term COLLATE "C";
-- other languages: in normal form
SELECT term, impact > 0 AS helps FROM themes((SELECT theme_agg(body, score) FROM (VALUES ('السائق تأخر عن الموعد', 1), ('السائق لطيف', 5), ('پیک دیر رسید', 1), ('המשלוח לא הגיע', 1)) v(body, score)), min_texts => 1, max_p_value => 1, top => 100) WHERE term IN ('السايق', 'السايق لطيف', 'پيك', 'دير رسيد', 'המשלוח') ORDER BY term COLLATE "C";

-- a word is written as words() writes it, also where its normal form has kana taken apart
SELECT term = word AS same FROM themes((SELECT theme_agg('ガイド', 1)), min_texts => 1, max_p_value => 1), words('ガイド');

-- ------------------------------------------- the text's own score, and NULL
SELECT sentiment_version(theme_agg(body)) = sentiment_version() AS version FROM four;
SELECT replace(theme_agg(body)::text, 'version=' || sentiment_version(), 'version=0') = theme_agg(body, sentiment(body))::text AS same FROM four;
SELECT theme_agg(body, score) AS nothing, theme_agg(NULL::text) AS nothing_either FROM (VALUES (NULL, 1), ('x', NULL)) v(body, score);
SELECT theme_agg('', 1), theme_agg('the 42 !!', -2.5);
SELECT count(*) FROM (SELECT theme_agg('', 1)) v(s), themes(s);
-- any numeric type; other scores and types are errors
SELECT count(DISTINCT s) FROM (SELECT theme_agg('word', 2::smallint)::text UNION ALL SELECT theme_agg('word', 2)::text UNION ALL SELECT theme_agg('word', 2::bigint)::text UNION ALL SELECT theme_agg('word', 2.0)::text
  UNION ALL SELECT theme_agg('word', 2::real)::text UNION ALL SELECT theme_agg('word', 2::float8)::text) v(s);
SELECT theme_agg('word', -0.1::real)::text = theme_agg('word', -0.1)::text AS real, theme_agg('word', -0.1::float8)::text = theme_agg('word', -0.1)::text AS float8;
SELECT theme_agg('word', 101);
SELECT theme_agg('word', 'Infinity'::float8);
SELECT theme_agg('word', 'good');
SELECT theme_agg('word', true);

-- -------------------------------------------------- order, parts, text, binary
SELECT theme_agg(body, score ORDER BY i)::text = theme_agg(body, score ORDER BY i DESC)::text AS order, theme_agg(body, score)::text::theme_summary::text = theme_agg(body, score)::text AS text FROM many;
SELECT rollup(s)::text = (SELECT theme_agg(body, score)::text FROM many) AS parts FROM (SELECT theme_agg(body, score) AS s FROM many GROUP BY i % 4) x;
SELECT rollup(s)::text = (SELECT theme_agg(body, score)::text FROM many) AS parts_of_parts FROM (SELECT rollup(s) AS s FROM (SELECT i % 2 AS half, theme_agg(body, score) AS s FROM many GROUP BY i) x GROUP BY half) y;
SELECT sentiment_version(rollup(s)) FROM (SELECT theme_agg('good') AS s UNION ALL SELECT theme_agg('good', 1)) x;
-- a summary of no texts has no version to say, wherever it comes
SELECT sentiment_version(rollup(s ORDER BY n)) AS first, sentiment_version(rollup(s ORDER BY n DESC)) AS last, sentiment_version() AS version
FROM (SELECT 1 AS n, '1:version=0,texts=0,sum=0,squares=0'::theme_summary AS s UNION ALL SELECT 2, theme_agg('good')) x;
-- input in any order is stored in one
SELECT '1:version=0,texts=2,sum=-1,squares=0.5;"late"=1,-0.5;"dri""ver"=2,-1;"not"=0,0;"late" "dri""ver"=1,-0.5'::theme_summary;
CREATE FUNCTION pg_temp.complaint(value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN PERFORM value::engage.theme_summary; RETURN 'accepted';
EXCEPTION WHEN others THEN GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL; RETURN SQLSTATE || ' ' || detail; END $$;
SELECT value, pg_temp.complaint(value) FROM unnest(ARRAY['', '2:version=0', '1:version=0,texts=1,sum=1,squares=1', '1:version=256,texts=1,sum=1,squares=1', '1:version=0,texts=-1,sum=0,squares=0', '1:version=0,texts=1,sum=101,squares=10201',
  '1:version=0,texts=2,sum=2,squares=1', '1:version=0,texts=1,sum=0.123456789,squares=1', '1:version=0,texts=1,sum=1,squares=1;', '1:version=0,texts=1,sum=1,squares=1;"a"', '1:version=0,texts=1,sum=1,squares=1;"a"=2,1', '1:version=0,texts=1,sum=1,squares=1;"a"=1,200',
  '1:version=0,texts=1,sum=1,squares=1;"a"=1,1;"a"=1,1', '1:version=0,texts=1,sum=1,squares=1;""=1,1', '1:version=0,texts=1,sum=1,squares=1;"a"=1,1;"a" "b"=1,1', '1:version=0,texts=1,sum=1,squares=1;"a"=1,1;"a" "a"=0,0', '1:version=0,texts=1,sum=1,squares=1;"a"=1,1;"a" "a"=1,1;"a" "a"=1,1',
  '1:version=0,texts=1,sum=1,squares=1;"a"=1,1x', '1:version=0,texts=9223372036854775807,sum=0,squares=0']) value;
SELECT pg_temp.complaint('1:version=0,texts=1,sum=1,squares=1;"' || repeat('a', 193) || '"=1,1');

-- ---------------------------------------------------------- keyword themes
CREATE TEMP TABLE topics AS SELECT '{"delivery": ["late", "driver", "waiting time", "سائق", "پیک", "משלוח"], "price": ["refund", "expensive", "سعر"], "app": "crash"}'::jsonb AS themes;
SELECT body, theme_of(body, themes) FROM topics, (VALUES ('The driver was late'), ('Two drivers, both LATE!'), ('I want a refund'), ('refunded at last'), ('it crashed'), ('nothing of the kind'), (''), (NULL),
  ('waiting. time'), ('waiting time'), ('والسائق متأخر'), ('السعر غالي'), ('پیک‌ها دیر رسیدند'), ('המשלוח לא הגיע'), ('late, but refund and expensive'), ('refund, late'), ('late, refund')) v(body);
SELECT m.* FROM topics, theme_matches('Late, late: the driver wants a refund for the waiting time', themes) m;
SELECT count(*) FROM topics, theme_matches('nothing', themes);
SELECT theme_of('x', NULL) IS NULL AS "null", theme_of('late', '{}') IS NULL AS none, theme_of('late', '{"delivery": []}') IS NULL AS empty;
-- phrases that overlap, one that is the beginning of another, one word in two themes, the longest phrase there may be
SELECT m.* FROM theme_matches('a b c d e f', '{"x": ["a b c", "b c d", "c"], "y": ["a b c d e f", "b"], "z": ["b", "f a"]}') m;
-- one word in several spellings is one keyword of its theme
SELECT m.* FROM theme_matches('late, driver: rude', '{"a": ["late", "LATE", "Láte"], "b": ["driver", "rude", "late"]}') m;
-- as many themes and keywords as there may be, all of them found, and no more
CREATE TEMP TABLE wide AS SELECT n, (SELECT jsonb_object_agg('t' || i, text 'k') FROM generate_series(1, n) i) AS themes, (SELECT jsonb_build_object('t', jsonb_agg(text 'k')) FROM generate_series(1, n) i) AS keywords FROM unnest(ARRAY[100000, 100001]) n;
SELECT count(*), min(found) AS found FROM wide, theme_matches('k', themes) WHERE n = 100000;
SELECT m.* FROM wide, theme_matches('k', keywords) m WHERE n = 100000;
SELECT theme_of('k', themes) FROM wide WHERE n = 100001;
SELECT theme_of('k', keywords) FROM wide WHERE n = 100001;
-- spellings with one normal form are one keyword, in each theme that has it
SELECT m.* FROM theme_matches('LATE and the driver, late', '{"w": ["late", "Late", "LATE!"], "x": ["late", "driver"], "y": ["ladder", "late", "x", "LATE"]}') m;
-- a theme for each row
SELECT i, theme_of('red blue', jsonb_build_object('t' || i, jsonb_build_array(CASE WHEN i % 2 = 0 THEN 'red' ELSE 'green' END))) FROM generate_series(1, 4) i;
-- emoji are words, too
SELECT theme_of('arrived 📦 today', '{"parcel": ["📦"]}');
SELECT theme_of('x', '[]');
SELECT theme_of('x', '"late"');
SELECT theme_of('x', '{"a": [1]}');
SELECT theme_of('x', '{"a": {"b": "c"}}');
SELECT theme_of('x', '{"a": [["b"]]}');
SELECT theme_of('x', '{"a": null}');
SELECT theme_of('x', '{"a": ["?!"]}');
SELECT theme_of('x', '{"a": ["one two three four five six seven"]}');
-- as a generated column and an index
CREATE TEMP TABLE tagged (body text, theme text GENERATED ALWAYS AS (engage.theme_of(body, '{"delivery": ["late"]}')) STORED);
INSERT INTO tagged VALUES ('late'), ('fine');
SELECT * FROM tagged;
