-- Summaries of many scores: figures that can be checked by hand, and plain SQL beside them.
\set SHOW_CONTEXT never
SET search_path = engage, pg_catalog;
CREATE TEMP TABLE reviews AS
SELECT i, (ARRAY['great food, fast delivery', 'terrible, rude and late', 'it is a box', 'الخدمة ممتازة', 'کیفیت غذا عالی بود', 'השירות היה נורא', '12345', NULL])[1 + i % 8] AS body
FROM generate_series(0, 799) i;

-- ---------------------------------------------------------- stored scores
-- 0.5, 1 positive, 0 neutral, -0.25 negative: mean 1.25 / 4, 50 %, 25 %, 25 %, net 25
SELECT s, texts(s), positive(s), neutral(s), negative(s), mean_sentiment(s), positive_rate(s), neutral_rate(s), negative_rate(s), net_sentiment(s), sentiment_version(s)
FROM (SELECT sentiment_agg(x) FROM unnest(ARRAY[0.5, 1, 0, -0.25, NULL]) x) v(s);
SELECT mean_sentiment(x), positive_rate(x) FROM unnest(ARRAY[0.5, 1, 0, -0.25, NULL]) x;
-- the band of what is neutral: -0.05 to 0.05
SELECT x, positive(s), neutral(s), negative(s) FROM (SELECT x, sentiment_agg(x) AS s FROM unnest(ARRAY[-1, -0.0500001, -0.05, 0, 0.05, 0.0500001, 1]::float8[]) x GROUP BY x) v ORDER BY x;
-- every numeric type gives the same
SELECT count(DISTINCT s) AS different FROM (
  SELECT sentiment_agg(x::smallint)::text FROM generate_series(-1, 1) x UNION ALL SELECT sentiment_agg(x::int)::text FROM generate_series(-1, 1) x UNION ALL
  SELECT sentiment_agg(x::bigint)::text FROM generate_series(-1, 1) x UNION ALL SELECT sentiment_agg(x::numeric)::text FROM generate_series(-1, 1) x UNION ALL
  SELECT sentiment_agg(x::real)::text FROM generate_series(-1, 1) x UNION ALL SELECT sentiment_agg(x::float8)::text FROM generate_series(-1, 1) x) v(s);
SELECT sentiment_agg(x)::text = sentiment_agg(x::float8)::text AS same FROM unnest(ARRAY[0.1, -0.29, 0.333333, 0.12345678]) x;
-- no scores
SELECT sentiment_agg(x), mean_sentiment(x), positive_rate(x), mean_sentiment(x::text) FROM unnest(ARRAY[NULL, NULL]::float8[]) x;
SELECT texts(s), mean_sentiment(s), positive_rate(s), net_sentiment(s), lower_bound(s), (mean_sentiment_interval(s)).*, (positive_rate_interval(s)).*, (SELECT count(*) FROM sentiment_by_language(s)) AS languages
FROM (SELECT '1:version=0'::sentiment_summary) v(s);
-- out of range
SELECT sentiment_agg(2);
SELECT mean_sentiment(-1.5);
SELECT positive_rate('NaN'::float8);
SELECT sentiment_agg('-Infinity'::float8);
SELECT sentiment_agg('NaN'::numeric);

-- -------------------------------------------------------------- intervals
-- 0.2, 0.4, 0.6: mean 0.4, deviation 0.2; t(2) at 95 % is 4.302653: 0.4 -+ 4.302653 * 0.2 / sqrt(3) = 0.4 -+ 0.4968
SELECT estimate, round(low::numeric, 4) AS low, round(high::numeric, 4) AS high, round(lower_bound(s)::numeric, 4) = round(low::numeric, 4) AS lower, upper_bound(s) = high AS upper
FROM (SELECT sentiment_agg(x) FROM unnest(ARRAY[0.2, 0.4, 0.6]) x) v(s), mean_sentiment_interval(s);
-- equal scores leave nothing open, one score everything; bounds stay within -1 to 1
SELECT (mean_sentiment_interval(s)).* FROM (SELECT sentiment_agg(0.3) FROM generate_series(1, 100)) v(s);
SELECT (mean_sentiment_interval(s)).* FROM (SELECT sentiment_agg(0.3)) v(s);
SELECT (mean_sentiment_interval(s, 0.999)).* FROM (SELECT sentiment_agg(x) FROM unnest(ARRAY[-1, 1]) x) v(s);
-- 2 of 4 by Wilson's method: 15.0 to 85.0
SELECT method, estimate, round(low::numeric, 1) AS low, round(high::numeric, 1) AS high FROM unnest(ARRAY['wilson', 'clopper_pearson']) method, (SELECT sentiment_agg(x) FROM unnest(ARRAY[0.5, 1, 0, -0.25]) x) v(s), positive_rate_interval(s, method => method);
SELECT mean_sentiment_interval('1:version=0', 95);
SELECT positive_rate_interval('1:version=0', 0.95, 'bayes');

-- ------------------------------------------------------------------ texts
SELECT count(body) = texts(sentiment_agg(body)) AS texts, abs(avg(sentiment(body)) - mean_sentiment(body)) < 1e-12 AS mean,
       100.0 * count(*) FILTER (WHERE sentiment_label(body) = 'positive') / count(body) = positive_rate(body) AS positive,
       100.0 * count(*) FILTER (WHERE sentiment_label(body) = 'negative') / count(body) = negative_rate(sentiment_agg(body)) AS negative,
       mean_sentiment(sentiment_agg(body)) = mean_sentiment(body) AS two_steps, sentiment_version(sentiment_agg(body)) = sentiment_version() AS version FROM reviews;
-- from stored scores, too
SELECT mean_sentiment(body) = mean_sentiment(sentiment(body)) AS mean, positive_rate(body) = positive_rate(sentiment(body)) AS positive FROM reviews;
-- by language, as language_of has it
SELECT l.language, l.texts = r.n AS texts, abs(l.mean_sentiment - r.mean) < 1e-12 AS mean, l.positive_pct + l.neutral_pct + l.negative_pct AS all_pct, l.positive_pct - l.negative_pct = l.net_sentiment AS net
FROM sentiment_by_language((SELECT sentiment_agg(body) FROM reviews)) l
JOIN (SELECT language_of(body) AS language, count(*) AS n, avg(sentiment(body)) AS mean FROM reviews WHERE body IS NOT NULL GROUP BY 1) r ON r.language IS NOT DISTINCT FROM l.language;

-- -------------------------------------------------- order, parts, workers
SELECT sentiment_agg(body ORDER BY i)::text = sentiment_agg(body ORDER BY i DESC)::text AS same FROM reviews;
SELECT rollup(s)::text = (SELECT sentiment_agg(body)::text FROM reviews) AS same FROM (SELECT sentiment_agg(body) AS s FROM reviews GROUP BY i % 7) x;
SELECT rollup(s)::text = (SELECT sentiment_agg(sentiment(body))::text FROM reviews) AS same FROM (SELECT sentiment_agg(sentiment(body)) AS s FROM reviews GROUP BY i / 100) x;
CREATE TABLE public.sentiment_summary_reviews AS SELECT * FROM reviews;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
ALTER TABLE public.sentiment_summary_reviews SET (parallel_workers = 2);
EXPLAIN (COSTS off) SELECT sentiment_agg(body), mean_sentiment(body) FROM public.sentiment_summary_reviews;
SELECT sentiment_agg(body)::text = (SELECT sentiment_agg(body)::text FROM reviews) AS same, mean_sentiment(body) = (SELECT mean_sentiment(body) FROM reviews) AS same_mean FROM public.sentiment_summary_reviews;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;
DROP TABLE public.sentiment_summary_reviews;
-- a moving frame is the aggregation of its rows
SELECT count(*) AS frames, count(*) FILTER (WHERE s::text IS NOT DISTINCT FROM (SELECT sentiment_agg(body)::text FROM reviews r WHERE r.i BETWEEN x.i - 2 AND x.i)) AS same
FROM (SELECT i, sentiment_agg(body) OVER (ORDER BY i ROWS 2 PRECEDING) AS s FROM reviews WHERE i < 50) x;
-- other versions merge, and then there is no one version; nothing does not count as another
SELECT sentiment_version(rollup(s)) FROM (VALUES ('1:version=1,en_positive=1,en_sum=0.5,en_squares=0.25'::sentiment_summary), ('1:version=2,en_positive=1,en_sum=0.5,en_squares=0.25')) v(s);
SELECT sentiment_version(rollup(s)), texts(rollup(s)) FROM (VALUES ('1:version=2,en_positive=1,en_sum=0.5,en_squares=0.25'::sentiment_summary), ('1:version=0')) v(s);
SELECT sentiment_version(rollup(s)), texts(rollup(s)) FROM (VALUES ('1:version=0'::sentiment_summary), ('1:version=2,en_positive=1,en_sum=0.5,en_squares=0.25'), (NULL)) v(s);

-- ------------------------------------------------------------ text, binary
SELECT '1:version=7,none_neutral=1,und_positive=2,und_sum=1.25,und_squares=0.8125'::sentiment_summary;
SELECT '1:version=7,none_neutral=0,und_positive=2,und_sum=1.25,und_squares=0.8125'::sentiment_summary AS "zeros may be written";
CREATE FUNCTION pg_temp.complaint(value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN PERFORM value::engage.sentiment_summary; RETURN 'accepted';
EXCEPTION WHEN others THEN GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL; RETURN SQLSTATE || ' ' || detail; END $$;
SELECT value, pg_temp.complaint(value) FROM unnest(ARRAY['1:version=1', '2:version=1', '1:', '1:version=256', '1:version=-1', '1:version=1,en_positive=-1', '1:version=1,en_positive=x', '1:version=1,en_positive=1,en_sum=2,en_squares=4',
  '1:version=1,en_positive=1,en_sum=-0.5,en_squares=0.25', '1:version=1,en_negative=1,en_sum=0.5,en_squares=0.25', '1:version=1,en_positive=1,en_sum=0.5,en_squares=0.1', '1:version=1,en_positive=1,en_sum=0.5,en_squares=-0.25', '1:version=1,en_sum=0.5',
  '1:version=1,fa_positive=1,en_positive=1', '1:version=1,en_positive=1,en_sum=0.5,en_squares=0.25,', '1:version=1;en_positive=1', '1:version=1,en_positive=9223372036854775808', '']) value;
-- through a file and back
SELECT sentiment_agg(body)::text::sentiment_summary::text = sentiment_agg(body)::text AS text FROM reviews;
SELECT encode(sentiment_summary_send('1:version=1,none_positive=1,none_sum=0.5,none_squares=0.25'), 'hex') ~ '^010001' AS begins_with_versions;
