-- Scores: what must hold of any lexicon, and what rules do to them.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET extra_float_digits = 0;
\pset null '(null)'
CREATE SCHEMA sentiment_scores;
SET search_path = sentiment_scores;
CREATE TABLE texts (id int GENERATED ALWAYS AS IDENTITY, lang text, expected text, body text);

-- ------------------------------------------------------------ four languages
INSERT INTO texts (lang, expected, body) VALUES
  ('en', 'pos', 'The staff were friendly and the room was spotless.'), ('en', 'pos', 'Great value, I will order again!'), ('en', 'pos', 'No complaints, everything was perfect'), ('en', 'pos', 'Not bad for the price'),
  ('en', 'pos', 'It is not only fast but also reliable'), ('en', 'pos', 'The box was ugly, but the product is excellent'), ('en', 'pos', 'Loooove it'), ('en', 'pos', U&'It arrived \+01F60D'), ('en', 'pos', 'works :)'),
  ('en', 'neg', 'The soup was cold and the waiter was rude.'), ('en', 'neg', U&'It wasn\2019t clean'), ('en', 'neg', 'I would never recommend this shop'), ('en', 'neg', 'I don''t think the quality is good'), ('en', 'neg', 'The food is delicious but the service is horrible'),
  ('en', 'neg', 'TERRIBLE app!!!'), ('en', 'neg', 'Pretty disappointing'), ('en', 'neg', U&'Two weeks late \+01F621'), ('en', 'neg', 'my parcel is lost :('), ('en', 'neu', 'Where is the entrance?'), ('en', 'neu', 'We booked a table for four on Friday'),
  ('ar', 'pos', 'الموظفون ودودون والغرفة نظيفة'), ('ar', 'pos', 'تجربة رائعة وسأعود مرة أخرى'), ('ar', 'pos', U&'\062E\0650\062F\0652\0645\064E\0629\064C \0645\064F\0645\0652\062A\064E\0627\0632\064E\0629\064C'), ('ar', 'pos', 'جمييييل جدا'), ('ar', 'pos', U&'\0648\0635\0644\062A \0627\0644\0647\062F\064A\0629 \+01F60D'), ('ar', 'pos', 'الدليفري excellent'),
  ('ar', 'neg', 'الطعام بارد وغير لذيذ'), ('ar', 'neg', 'الخدمة ليست ممتازة'), ('ar', 'neg', 'لا انصح بالتعامل معهم'), ('ar', 'neg', 'الفندق مش نظيف'), ('ar', 'neg', 'الموقع جميل لكن المعاملة سيئة'), ('ar', 'neg', U&'\0627\0644\0637\0644\0628 \062A\0623\062E\0631 \+01F621'), ('ar', 'neu', 'اين يقع الفرع؟'),
  ('fa', 'pos', 'کارکنان مهربان بودند و اتاق تمیز بود'), ('fa', 'pos', 'غذا عالی و خوشمزه بود'), ('fa', 'pos', 'اصلا بد نبود'), ('fa', 'pos', 'خيلي خوب و سريع رسيد'), ('fa', 'pos', U&'\0628\0633\062A\0647 \0631\0633\06CC\062F \+01F60D'), ('fa', 'pos', 'کیفیت خوووووب'),
  ('fa', 'neg', 'غذا اصلا خوشمزه نبود'), ('fa', 'neg', 'کیفیت خوب نیست'), ('fa', 'neg', U&'\067E\06CC\0634\0646\0647\0627\062F \0646\0645\06CC\200C\06A9\0646\0645'), ('fa', 'neg', 'رستوران خوبی بود ولی غذا افتضاح بود'), ('fa', 'neg', 'خیلی بد و گران'), ('fa', 'neu', 'آدرس شعبه کجاست؟'),
  ('he', 'pos', 'הצוות אדיב והחדר נקי'), ('he', 'pos', 'שירות מצוין, ממליצה בחום'), ('he', 'pos', U&'\05D8\05D5\05B9\05D1 \05DE\05B0\05D0\05B9\05D3'), ('he', 'pos', 'לא רע בכלל'), ('he', 'pos', U&'\05D4\05D7\05D1\05D9\05DC\05D4 \05D4\05D2\05D9\05E2\05D4 \+01F60D'), ('he', 'pos', 'מושלםםםם'),
  ('he', 'neg', 'המרק היה קר והמלצר גס רוח'), ('he', 'neg', 'המוצר לא טוב'), ('he', 'neg', 'אני לא ממליץ לאף אחד'), ('he', 'neg', 'המקום יפה אבל השירות גרוע'), ('he', 'neg', 'שירות horrible'), ('he', 'neu', 'איפה הכניסה?'),
  ('und', 'neu', 'Заказ привезли во вторник'), ('und', 'neu', '我在北京'), ('und', 'neu', 'ร้านอยู่ที่ไหน');
INSERT INTO texts (lang, expected, body) SELECT NULL, NULL, b FROM unnest(ARRAY['', ' ', '...', '12345', 'http://example.com', '@name', U&'\FE0F', U&'\+01F60D', U&'\+01F494', U&'\+01F60D\+01F621', ':)', ':(', '!!!', '???']) b;
-- the sign: no rows
SELECT lang, expected, body, round(engage.sentiment(body)::numeric, 2) AS score FROM texts WHERE expected IN ('pos', 'neg') AND sign(engage.sentiment(body)) IS DISTINCT FROM CASE expected WHEN 'pos' THEN 1 ELSE -1 END;
-- texts of neutral facts are nearer to 0 than the others are on average
SELECT (SELECT max(abs(engage.sentiment(body))) FROM texts WHERE expected = 'neu') < (SELECT avg(abs(engage.sentiment(body))) FROM texts WHERE expected <> 'neu') AS nearer;
-- (as many words of one script as of the other: no matter)
SELECT lang, count(*) FILTER (WHERE engage.language_of(body) IS DISTINCT FROM lang) AS other_language FROM texts WHERE lang IS NOT NULL AND (lang = 'en' OR body !~ '[a-z]') GROUP BY 1 ORDER BY 1;

-- -------------------------------------------------------------- what always holds
SELECT engage.sentiment(NULL), engage.sentiment(NULL, 'en'), engage.sentiment('good', NULL), engage.sentiment_label(NULL), engage.sentiment_detail(NULL), (SELECT count(*) FROM engage.sentiment_explain(NULL)) AS rows;
SELECT body, engage.sentiment(body) AS score, engage.sentiment_label(body) AS label, d.coverage, d.language, d.positive, d.neutral, d.negative, d.confidence FROM (VALUES (''), ('  '), ('12345'), ('http://example.com'), ('qwxzk')) v(body), engage.sentiment_detail(body) d;
SELECT sign(engage.sentiment(U&'\+01F60D')) AS love, sign(engage.sentiment(U&'\+01F494')) AS heartbreak, engage.sentiment(U&'\+01F44D\+01F3FD') = engage.sentiment(U&'\+01F44D') AS skin_tone, engage.sentiment(U&'\2764\FE0F') = engage.sentiment(U&'\2764') AS selector,
       engage.sentiment(repeat(U&'\+01F60D', 50)) = engage.sentiment(repeat(U&'\+01F60D', 2)) AS flood, (engage.sentiment_detail(U&'\+01F60D')).coverage AS coverage, (engage.sentiment_detail(U&'\+01F60D')).language AS language;
-- in -1 to 1, also for texts of one kind only
SELECT bool_and(engage.sentiment(body) BETWEEN -1 AND 1) AS range, bool_and(engage.sentiment(repeat(body || ' ', 500)) BETWEEN -1 AND 1) AS repeated FROM texts;
-- explain: as many rows as there are tokens, whose weights sum up to the score and whose places are those in the text
SELECT count(*) FILTER (WHERE abs(engage.sentiment(body) - coalesce((SELECT sum(weight) FROM engage.sentiment_explain(body)), 0)) > 1e-12) AS "other sum",
       count(*) FILTER (WHERE EXISTS (SELECT FROM engage.sentiment_explain(body) WHERE substr(body, start::int, length::int) <> token)) AS "other place",
       count(*) FILTER (WHERE (SELECT array_agg(n ORDER BY start) <> array_agg(n ORDER BY n) OR min(n) <> 1 OR max(n) <> count(*) FROM engage.sentiment_explain(body))) AS "out of order",
       count(*) FILTER (WHERE EXISTS (SELECT FROM engage.words(body) w WHERE NOT EXISTS (SELECT FROM engage.sentiment_explain(body) e WHERE (e.start, e.length, e.normal_form) = (w.start, w.length, w.word)))) AS "words left out" FROM texts;
-- a text of many segments, too
WITH long AS (SELECT string_agg(body, ' ' ORDER BY id) AS body FROM texts, generate_series(1, 20))
SELECT count(*) > 5000 AS long, abs(engage.sentiment(body) - sum(weight)) < 1e-12 AS sum, bool_and(substr(body, start::int, length::int) = token) AS places FROM long, engage.sentiment_explain(body) GROUP BY body;
-- detail: shares of one whole, the same score and label
SELECT count(*) FILTER (WHERE d.score <> engage.sentiment(body)) AS score, count(*) FILTER (WHERE d.label <> engage.sentiment_label(body)) AS label, count(*) FILTER (WHERE abs(d.positive + d.neutral + d.negative - 1) > 1e-12 OR least(d.positive, d.neutral, d.negative) < 0) AS shares,
       count(*) FILTER (WHERE d.confidence <> CASE d.label WHEN 'positive' THEN d.positive WHEN 'negative' THEN d.negative ELSE d.neutral END) AS confidence, count(*) FILTER (WHERE d.coverage NOT BETWEEN 0 AND 1) AS coverage, count(*) FILTER (WHERE sign(d.positive - d.negative) <> sign(d.score)) AS sign FROM texts, engage.sentiment_detail(body) d;
-- label: the band is what lies between
SELECT count(*) FILTER (WHERE engage.sentiment_label(body, NULL, 0.3) <> CASE WHEN engage.sentiment(body) > 0.3 THEN 'positive' WHEN engage.sentiment(body) < -0.3 THEN 'negative' ELSE 'neutral' END) AS band,
       count(*) FILTER (WHERE engage.sentiment_label(body, band => 0) = 'neutral' AND engage.sentiment(body) <> 0) AS zero, count(*) FILTER (WHERE engage.sentiment_label(body, band => 0.999) <> 'neutral') AS wide FROM texts;
SELECT engage.sentiment_label('good', band => -0.1);
SELECT engage.sentiment_label('good', band => 1);
SELECT engage.sentiment_label('good', band => 'NaN');
SELECT engage.sentiment('good', 'de');
SELECT engage.sentiment('good', '');
-- a language that is given changes nothing where it is the one that is found
SELECT count(*) AS differ FROM texts WHERE lang <> 'und' AND engage.sentiment(body, lang) <> engage.sentiment(body);

-- ------------------------------------------------------------------ rules
-- the pairs: the first text is above the second one
CREATE TABLE pairs (rule text, above text, below text);
INSERT INTO pairs VALUES
  ('negation', 'The room is clean', 'The room is not clean'), ('negation', 'I recommend it', 'I do not recommend it'), ('negation', 'good', U&'isn\2019t good'), ('negation', 'It was not terrible', 'It was terrible'), ('negation twice', 'It is good', 'It is not good, not good'),
  ('negation goes on', 'not tasty', 'not tasty and not fresh'), ('negation goes on', 'ليس نظيفا', 'ليس نظيفا ولا مريحا'), ('negation goes on', 'לא נחמד', 'לא נחמד ולא יפה'), ('phrase behind and', 'בקבוק', 'בקבוק ולא ממליץ'), ('phrase behind and', 'طلب', 'طلب ولم يصل'),
  ('accusative', 'كان الفندق نظيفا', 'كان الفندق'),
  ('negation ends with the clause', 'No, it is good', 'It is not good'), ('no negation of emoji', U&'no waiting \+01F60D', 'no waiting'),
  ('booster', 'incredibly spotless', 'spotless'), ('booster', 'dirty', 'incredibly dirty'), ('dampener', 'good', 'somewhat good'), ('dampener', 'slightly bad', 'bad'),
  ('contrast', 'It is slow but beautiful', 'It is beautiful but slow'), ('capitals', 'It is GREAT', 'It is great'), ('capitals', 'It is awful', 'It is AWFUL'), ('lengthening', 'goooood', 'good'), ('lengthening', 'bad', 'baaaad'),
  ('emoji', U&'it came \+01F60D', 'it came'), ('emoji', 'it came', U&'it came \+01F621'), ('emoticon', 'it came :)', 'it came :('),
  ('negation', 'المكان نظيف', 'المكان غير نظيف'), ('negation', 'الاكل حلو', 'الاكل مش حلو'), ('negation', 'اعجبني', 'لم يعجبني'), ('contrast', 'الخدمة سيئة لكن المكان جميل', 'المكان جميل لكن الخدمة سيئة'), ('booster', 'جميل جدا', 'جميل'), ('booster', 'سيئ', 'سيئ جدا'),
  ('negation', 'غذا خوب بود', 'غذا خوب نبود'), ('negation', 'غذا بد نیست', 'غذا بد است'), ('negation', 'پیشنهاد میکنم', 'پیشنهاد نمیکنم'), ('contrast', 'غذا بد بود ولی عالی رسید', 'عالی رسید ولی غذا بد بود'), ('booster', 'خیلی خوب', 'خوب'), ('booster', 'بد', 'خیلی بد'),
  ('negation', 'השירות טוב', 'השירות לא טוב'), ('negation', 'לא נורא', 'נורא'), ('contrast', 'השירות גרוע אבל האוכל טעים', 'האוכל טעים אבל השירות גרוע'), ('booster', 'נקי מאוד', 'נקי'), ('booster', 'מלוכלך', 'מלוכלך מאוד');
-- no rows
SELECT rule, above, round(engage.sentiment(above)::numeric, 3) AS score_above, below, round(engage.sentiment(below)::numeric, 3) AS score_below FROM pairs WHERE NOT engage.sentiment(above) > engage.sentiment(below);
-- words that are no affix with an opinion: no rows
SELECT word, engage.sentiment(word) AS score FROM unnest(ARRAY['تلفون', 'بضاعة', 'حشوة', 'قرفة', 'دونات', 'בקר', 'לחם', 'מודל', 'נוסע לבקר']) word WHERE engage.sentiment(word) <> 0
UNION ALL SELECT word, engage.sentiment(word, 'fa') FROM unnest(ARRAY['نان', 'بین', 'نام', 'تلفن']) word WHERE engage.sentiment(word, 'fa') <> 0;
-- spellings of the same: no rows
SELECT one, other FROM (VALUES ('isn''t good', U&'isn\2019t good'), ('good', U&'\FF47\FF4F\FF4F\FF44'), ('تجربة رائعة', 'تجربه رائعه'), ('أسوأ', 'اسوا'), (U&'\0631\0627\0626\0639', U&'\FEAD\FE8D\FE8B\FEC9'), (U&'\0631\0627\0626\0639', U&'\0631\0627\0640\0640\0640\0626\0639'),
  ('خیلی عالی بود', 'خيلي عالي بود'), (U&'\0646\0645\06CC\200C\06A9\0646\0645', 'نمی کنم'), (U&'\05D8\05D5\05D1', U&'\05D8\05D5\05B9\05D1'), (U&'good\00A0food', 'good food'), (U&'\202Bgood\202C', 'good')) v(one, other) WHERE engage.sentiment(one) <> engage.sentiment(other);
-- words keep their meaning next to other scripts, links and names
SELECT engage.sentiment('good טקסט') > 0 AS hebrew, engage.sentiment('good текст') = engage.sentiment('good') AS cyrillic, engage.sentiment('الخدمة very good') > 0 AS arabic, engage.sentiment('awful http://good.example/great @best') < 0 AS links, engage.sentiment(U&'bad\200Efood') IS NOT NULL AS direction;
SELECT n, start, length, token, normal_form, lang FROM engage.sentiment_explain(U&'I am NOT happy, the \0645\0637\0639\0645 was very dirty \+01F621\+01F3FD :(');

-- ------------------------------------------- stored, indexed, in parallel
CREATE TABLE reviews (id int PRIMARY KEY, body text, score double precision GENERATED ALWAYS AS (engage.sentiment(body)) STORED, label text GENERATED ALWAYS AS (engage.sentiment_label(body)) STORED);
INSERT INTO reviews SELECT row_number() OVER (), body FROM texts, generate_series(1, 100);
CREATE INDEX reviews_score ON reviews (engage.sentiment(body));
CREATE INDEX reviews_language ON reviews (engage.language_of(body), ((engage.sentiment_detail(body)).coverage));
ANALYZE reviews;
SELECT count(*) FILTER (WHERE score IS DISTINCT FROM engage.sentiment(body) OR label IS DISTINCT FROM engage.sentiment_label(body)) AS differ FROM reviews;
SET enable_seqscan = off; SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM reviews WHERE engage.sentiment(body) < -0.5;
SELECT count(*) AS by_index FROM reviews WHERE engage.sentiment(body) < -0.5 \gset
RESET enable_seqscan; RESET enable_bitmapscan;
SELECT count(*) = :by_index AS same FROM reviews WHERE score < -0.5;
SELECT count(*) AS n, sum(engage.sentiment(body)::numeric) AS sum, count(DISTINCT engage.sentiment_label(body)) AS labels FROM texts, generate_series(1, 100) \gset
CREATE TABLE many AS SELECT body FROM texts, generate_series(1, 100);
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT sum(engage.sentiment(body)::numeric) FROM many;
SELECT count(*) = :n AS n, sum(engage.sentiment(body)::numeric) = :sum AS sum, count(DISTINCT engage.sentiment_label(body)) = :labels AS labels FROM many;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;
-- whatever the search path is
SET search_path = '';
SELECT engage.sentiment('good') > 0 AS score, (SELECT count(*) FROM engage.sentiment_explain('good food')) AS parts;
SELECT engage.sentiment_version();
DROP SCHEMA sentiment_scores CASCADE;
-- with the language given, the same as the score with it
SELECT (engage.sentiment_detail(t, 'fa')).score = engage.sentiment(t, 'fa') AS detail, coalesce(abs((SELECT sum(weight) FROM engage.sentiment_explain(t, 'fa')) - engage.sentiment(t, 'fa')) < 1e-12, t = '') AS explain, (engage.sentiment_detail(t, 'fa')).language
FROM (VALUES ('بد نبود'), ('good'), ('')) v(t);
SELECT engage.sentiment_detail('good', 'xx');
