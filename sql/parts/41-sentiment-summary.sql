-- Sentiment room: summaries of many scores

CREATE TYPE engage.sentiment_summary;
CREATE FUNCTION engage.sentiment_summary_in(cstring) RETURNS engage.sentiment_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_summary_in';
CREATE FUNCTION engage.sentiment_summary_out(engage.sentiment_summary) RETURNS cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_summary_out';
CREATE FUNCTION engage.sentiment_summary_recv(internal) RETURNS engage.sentiment_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_summary_recv';
CREATE FUNCTION engage.sentiment_summary_send(engage.sentiment_summary) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_summary_send';
CREATE TYPE engage.sentiment_summary (
  INPUT = engage.sentiment_summary_in, OUTPUT = engage.sentiment_summary_out,
  RECEIVE = engage.sentiment_summary_recv, SEND = engage.sentiment_summary_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = plain
);
COMMENT ON TYPE engage.sentiment_summary IS
  'Texts counted by language and label, with the sums of their scores and squares, and the version of the scores (0: not known, or several). About 540 bytes whatever the number of texts. Text form, in which zeros are left out: 1:version=1,en_positive=2,en_sum=1.25,en_squares=0.8125';
COMMENT ON FUNCTION engage.sentiment_summary_in(cstring) IS
  'sentiment_summary: text input';
COMMENT ON FUNCTION engage.sentiment_summary_out(engage.sentiment_summary) IS
  'sentiment_summary: text output';
COMMENT ON FUNCTION engage.sentiment_summary_recv(internal) IS
  'sentiment_summary: binary input';
COMMENT ON FUNCTION engage.sentiment_summary_send(engage.sentiment_summary) IS
  'sentiment_summary: binary output';
CREATE FUNCTION engage.sentiment_summary_combine(engage.sentiment_summary, engage.sentiment_summary) RETURNS engage.sentiment_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_summary_combine';
COMMENT ON FUNCTION engage.sentiment_summary_combine(engage.sentiment_summary, engage.sentiment_summary) IS
  'sentiment_summary: merge two values';
CREATE FUNCTION engage.sentiment_summary_final(engage.sentiment_summary) RETURNS engage.sentiment_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_summary_final';
COMMENT ON FUNCTION engage.sentiment_summary_final(engage.sentiment_summary) IS
  'sentiment_summary: the value, or NULL if it has seen no row';

CREATE AGGREGATE engage.rollup(engage.sentiment_summary) (
  SFUNC = engage.sentiment_summary_combine, STYPE = engage.sentiment_summary,
  COMBINEFUNC = engage.sentiment_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rollup(engage.sentiment_summary) IS
  'Merges sentiment_summary values: the result is what one aggregation over all their texts would have given, whatever the split and the order. NULL values are skipped. Scores of different versions can be merged; sentiment_version() of the result is then NULL.';

CREATE FUNCTION engage.sentiment_accum(engage.sentiment_summary, text) RETURNS engage.sentiment_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_sentiment_accum_text';
COMMENT ON FUNCTION engage.sentiment_accum(engage.sentiment_summary, text) IS
  'transition of sentiment_agg(text)';
CREATE FUNCTION engage.sentiment_inverse(engage.sentiment_summary, text) RETURNS engage.sentiment_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_sentiment_inverse_text';
COMMENT ON FUNCTION engage.sentiment_inverse(engage.sentiment_summary, text) IS
  'inverse transition of sentiment_agg(text)';
CREATE FUNCTION engage.sentiment_accum(engage.sentiment_summary, smallint) RETURNS engage.sentiment_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_accum_int2';
COMMENT ON FUNCTION engage.sentiment_accum(engage.sentiment_summary, smallint) IS
  'transition of sentiment_agg(score)';
CREATE FUNCTION engage.sentiment_inverse(engage.sentiment_summary, smallint) RETURNS engage.sentiment_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_inverse_int2';
COMMENT ON FUNCTION engage.sentiment_inverse(engage.sentiment_summary, smallint) IS
  'inverse transition of sentiment_agg(score)';
CREATE FUNCTION engage.sentiment_accum(engage.sentiment_summary, integer) RETURNS engage.sentiment_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_accum_int4';
COMMENT ON FUNCTION engage.sentiment_accum(engage.sentiment_summary, integer) IS
  'transition of sentiment_agg(score)';
CREATE FUNCTION engage.sentiment_inverse(engage.sentiment_summary, integer) RETURNS engage.sentiment_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_inverse_int4';
COMMENT ON FUNCTION engage.sentiment_inverse(engage.sentiment_summary, integer) IS
  'inverse transition of sentiment_agg(score)';
CREATE FUNCTION engage.sentiment_accum(engage.sentiment_summary, bigint) RETURNS engage.sentiment_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_accum_int8';
COMMENT ON FUNCTION engage.sentiment_accum(engage.sentiment_summary, bigint) IS
  'transition of sentiment_agg(score)';
CREATE FUNCTION engage.sentiment_inverse(engage.sentiment_summary, bigint) RETURNS engage.sentiment_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_inverse_int8';
COMMENT ON FUNCTION engage.sentiment_inverse(engage.sentiment_summary, bigint) IS
  'inverse transition of sentiment_agg(score)';
CREATE FUNCTION engage.sentiment_accum(engage.sentiment_summary, numeric) RETURNS engage.sentiment_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_accum_numeric';
COMMENT ON FUNCTION engage.sentiment_accum(engage.sentiment_summary, numeric) IS
  'transition of sentiment_agg(score)';
CREATE FUNCTION engage.sentiment_inverse(engage.sentiment_summary, numeric) RETURNS engage.sentiment_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_inverse_numeric';
COMMENT ON FUNCTION engage.sentiment_inverse(engage.sentiment_summary, numeric) IS
  'inverse transition of sentiment_agg(score)';
CREATE FUNCTION engage.sentiment_accum(engage.sentiment_summary, double precision) RETURNS engage.sentiment_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_accum_float8';
COMMENT ON FUNCTION engage.sentiment_accum(engage.sentiment_summary, double precision) IS
  'transition of sentiment_agg(score)';
CREATE FUNCTION engage.sentiment_inverse(engage.sentiment_summary, double precision) RETURNS engage.sentiment_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_inverse_float8';
COMMENT ON FUNCTION engage.sentiment_inverse(engage.sentiment_summary, double precision) IS
  'inverse transition of sentiment_agg(score)';

CREATE FUNCTION engage.mean_sentiment(summary engage.sentiment_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_mean_sentiment';
COMMENT ON FUNCTION engage.mean_sentiment(engage.sentiment_summary) IS
  'Mean score, -1 (bad) to 1 (good). NULL for no texts.';
CREATE FUNCTION engage.positive_rate(summary engage.sentiment_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_positive_rate';
COMMENT ON FUNCTION engage.positive_rate(engage.sentiment_summary) IS
  'Percentage (0 to 100) of texts that are positive: with a score above 0.05. NULL for no texts.';
CREATE FUNCTION engage.neutral_rate(summary engage.sentiment_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_neutral_rate';
COMMENT ON FUNCTION engage.neutral_rate(engage.sentiment_summary) IS
  'Percentage (0 to 100) of texts that are neutral: with a score from -0.05 to 0.05. NULL for no texts.';
CREATE FUNCTION engage.negative_rate(summary engage.sentiment_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_negative_rate';
COMMENT ON FUNCTION engage.negative_rate(engage.sentiment_summary) IS
  'Percentage (0 to 100) of texts that are negative: with a score below -0.05. NULL for no texts.';
CREATE FUNCTION engage.net_sentiment(summary engage.sentiment_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_net_sentiment';
COMMENT ON FUNCTION engage.net_sentiment(engage.sentiment_summary) IS
  'Percentage of positive texts less that of negative ones, -100 to 100. NULL for no texts.';
CREATE FUNCTION engage.texts(summary engage.sentiment_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_texts';
COMMENT ON FUNCTION engage.texts(engage.sentiment_summary) IS
  'Number of texts, or of scores, in the summary.';
CREATE FUNCTION engage.positive(summary engage.sentiment_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_positive';
COMMENT ON FUNCTION engage.positive(engage.sentiment_summary) IS
  'Number of positive texts.';
CREATE FUNCTION engage.neutral(summary engage.sentiment_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_neutral';
COMMENT ON FUNCTION engage.neutral(engage.sentiment_summary) IS
  'Number of neutral texts.';
CREATE FUNCTION engage.negative(summary engage.sentiment_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_negative';
COMMENT ON FUNCTION engage.negative(engage.sentiment_summary) IS
  'Number of negative texts.';
CREATE FUNCTION engage.sentiment_version(summary engage.sentiment_summary) RETURNS integer
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_summary_version';
COMMENT ON FUNCTION engage.sentiment_version(engage.sentiment_summary) IS
  'Version of the shipped words and weights that scored the texts. NULL if scores were given instead of texts, or of different versions were merged.';
CREATE FUNCTION engage.mean_sentiment_interval(summary engage.sentiment_summary, confidence double precision DEFAULT 0.95,
    OUT estimate double precision, OUT low double precision, OUT high double precision)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_mean_sentiment_interval';
COMMENT ON FUNCTION engage.mean_sentiment_interval(engage.sentiment_summary, double precision) IS
  'Mean score with Student''s t interval, kept within -1 to 1; bounds are NULL for fewer than two texts. confidence lies between 0 and 1, otherwise error 22023.';
CREATE FUNCTION engage.positive_rate_interval(summary engage.sentiment_summary, confidence double precision DEFAULT 0.95, method text DEFAULT 'wilson',
    OUT estimate double precision, OUT low double precision, OUT high double precision)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_positive_rate_interval';
COMMENT ON FUNCTION engage.positive_rate_interval(engage.sentiment_summary, double precision, text) IS
  'Percentage of positive texts (0 to 100) with its interval by method wilson or clopper_pearson. NULL for no texts; error 22023 for another method or a confidence outside 0 to 1.';
CREATE FUNCTION engage.lower_bound(summary engage.sentiment_summary, confidence double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_sentiment_lower_bound';
COMMENT ON FUNCTION engage.lower_bound(engage.sentiment_summary, double precision) IS
  'Lower end of the t interval of the mean score, -1 to 1; NULL for fewer than two texts. confidence lies between 0 and 1, 0.95 unless given.';
CREATE FUNCTION engage.upper_bound(summary engage.sentiment_summary, confidence double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_sentiment_upper_bound';
COMMENT ON FUNCTION engage.upper_bound(engage.sentiment_summary, double precision) IS
  'Upper end of the t interval of the mean score, -1 to 1; NULL for fewer than two texts. confidence lies between 0 and 1, 0.95 unless given.';
CREATE FUNCTION engage.sentiment_by_language(summary engage.sentiment_summary)
  RETURNS TABLE (language text, texts bigint, mean_sentiment double precision, positive_pct double precision, neutral_pct double precision,
                 negative_pct double precision, net_sentiment double precision)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 4 AS 'MODULE_PATHNAME', 'engage_sentiment_by_language';
COMMENT ON FUNCTION engage.sentiment_by_language(engage.sentiment_summary) IS
  'One row a language that has texts: en, ar, fa, he, und for others, and NULL for texts without words and for scores that were given without texts. Number of texts, mean score (-1 to 1), percentages of the three labels, net sentiment (-100 to 100).';

CREATE AGGREGATE engage.mean_sentiment(text) (
  SFUNC = engage.sentiment_accum, STYPE = engage.sentiment_summary, SSPACE = 544, FINALFUNC = engage.mean_sentiment,
  COMBINEFUNC = engage.sentiment_summary_combine, INITCOND = '1:version=0',
  MSFUNC = engage.sentiment_accum, MINVFUNC = engage.sentiment_inverse, MSTYPE = engage.sentiment_summary, MSSPACE = 544,
  MFINALFUNC = engage.mean_sentiment, MINITCOND = '1:version=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.mean_sentiment(text) IS
  'Mean score, -1 (bad) to 1 (good), of texts, which are scored with sentiment(text). NULL is skipped; NULL if there are no texts.';
CREATE AGGREGATE engage.mean_sentiment(score smallint) (
  SFUNC = engage.sentiment_accum, STYPE = engage.sentiment_summary, SSPACE = 544, FINALFUNC = engage.mean_sentiment,
  COMBINEFUNC = engage.sentiment_summary_combine, INITCOND = '1:version=0',
  MSFUNC = engage.sentiment_accum, MINVFUNC = engage.sentiment_inverse, MSTYPE = engage.sentiment_summary, MSSPACE = 544,
  MFINALFUNC = engage.mean_sentiment, MINITCOND = '1:version=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.mean_sentiment(smallint) IS
  'Mean score, -1 (bad) to 1 (good), of scores that were stored, or come from another scorer: numbers from -1 to 1, any other is error NG001. NULL is skipped; NULL if there are no scores.';
CREATE AGGREGATE engage.mean_sentiment(score integer) (
  SFUNC = engage.sentiment_accum, STYPE = engage.sentiment_summary, SSPACE = 544, FINALFUNC = engage.mean_sentiment,
  COMBINEFUNC = engage.sentiment_summary_combine, INITCOND = '1:version=0',
  MSFUNC = engage.sentiment_accum, MINVFUNC = engage.sentiment_inverse, MSTYPE = engage.sentiment_summary, MSSPACE = 544,
  MFINALFUNC = engage.mean_sentiment, MINITCOND = '1:version=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.mean_sentiment(integer) IS
  'Mean score, -1 (bad) to 1 (good), of scores that were stored, or come from another scorer: numbers from -1 to 1, any other is error NG001. NULL is skipped; NULL if there are no scores.';
CREATE AGGREGATE engage.mean_sentiment(score bigint) (
  SFUNC = engage.sentiment_accum, STYPE = engage.sentiment_summary, SSPACE = 544, FINALFUNC = engage.mean_sentiment,
  COMBINEFUNC = engage.sentiment_summary_combine, INITCOND = '1:version=0',
  MSFUNC = engage.sentiment_accum, MINVFUNC = engage.sentiment_inverse, MSTYPE = engage.sentiment_summary, MSSPACE = 544,
  MFINALFUNC = engage.mean_sentiment, MINITCOND = '1:version=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.mean_sentiment(bigint) IS
  'Mean score, -1 (bad) to 1 (good), of scores that were stored, or come from another scorer: numbers from -1 to 1, any other is error NG001. NULL is skipped; NULL if there are no scores.';
CREATE AGGREGATE engage.mean_sentiment(score numeric) (
  SFUNC = engage.sentiment_accum, STYPE = engage.sentiment_summary, SSPACE = 544, FINALFUNC = engage.mean_sentiment,
  COMBINEFUNC = engage.sentiment_summary_combine, INITCOND = '1:version=0',
  MSFUNC = engage.sentiment_accum, MINVFUNC = engage.sentiment_inverse, MSTYPE = engage.sentiment_summary, MSSPACE = 544,
  MFINALFUNC = engage.mean_sentiment, MINITCOND = '1:version=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.mean_sentiment(numeric) IS
  'Mean score, -1 (bad) to 1 (good), of scores that were stored, or come from another scorer: numbers from -1 to 1, any other is error NG001. NULL is skipped; NULL if there are no scores.';
CREATE AGGREGATE engage.mean_sentiment(score double precision) (
  SFUNC = engage.sentiment_accum, STYPE = engage.sentiment_summary, SSPACE = 544, FINALFUNC = engage.mean_sentiment,
  COMBINEFUNC = engage.sentiment_summary_combine, INITCOND = '1:version=0',
  MSFUNC = engage.sentiment_accum, MINVFUNC = engage.sentiment_inverse, MSTYPE = engage.sentiment_summary, MSSPACE = 544,
  MFINALFUNC = engage.mean_sentiment, MINITCOND = '1:version=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.mean_sentiment(double precision) IS
  'Mean score, -1 (bad) to 1 (good), of scores that were stored, or come from another scorer: numbers from -1 to 1, any other is error NG001. NULL is skipped; NULL if there are no scores.';
CREATE AGGREGATE engage.positive_rate(text) (
  SFUNC = engage.sentiment_accum, STYPE = engage.sentiment_summary, SSPACE = 544, FINALFUNC = engage.positive_rate,
  COMBINEFUNC = engage.sentiment_summary_combine, INITCOND = '1:version=0',
  MSFUNC = engage.sentiment_accum, MINVFUNC = engage.sentiment_inverse, MSTYPE = engage.sentiment_summary, MSSPACE = 544,
  MFINALFUNC = engage.positive_rate, MINITCOND = '1:version=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.positive_rate(text) IS
  'Percentage (0 to 100) of positive texts, which are those with a score above 0.05, of texts, which are scored with sentiment(text). NULL is skipped; NULL if there are no texts.';
CREATE AGGREGATE engage.positive_rate(score smallint) (
  SFUNC = engage.sentiment_accum, STYPE = engage.sentiment_summary, SSPACE = 544, FINALFUNC = engage.positive_rate,
  COMBINEFUNC = engage.sentiment_summary_combine, INITCOND = '1:version=0',
  MSFUNC = engage.sentiment_accum, MINVFUNC = engage.sentiment_inverse, MSTYPE = engage.sentiment_summary, MSSPACE = 544,
  MFINALFUNC = engage.positive_rate, MINITCOND = '1:version=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.positive_rate(smallint) IS
  'Percentage (0 to 100) of positive texts, which are those with a score above 0.05, of scores that were stored, or come from another scorer: numbers from -1 to 1, any other is error NG001. NULL is skipped; NULL if there are no scores.';
CREATE AGGREGATE engage.positive_rate(score integer) (
  SFUNC = engage.sentiment_accum, STYPE = engage.sentiment_summary, SSPACE = 544, FINALFUNC = engage.positive_rate,
  COMBINEFUNC = engage.sentiment_summary_combine, INITCOND = '1:version=0',
  MSFUNC = engage.sentiment_accum, MINVFUNC = engage.sentiment_inverse, MSTYPE = engage.sentiment_summary, MSSPACE = 544,
  MFINALFUNC = engage.positive_rate, MINITCOND = '1:version=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.positive_rate(integer) IS
  'Percentage (0 to 100) of positive texts, which are those with a score above 0.05, of scores that were stored, or come from another scorer: numbers from -1 to 1, any other is error NG001. NULL is skipped; NULL if there are no scores.';
CREATE AGGREGATE engage.positive_rate(score bigint) (
  SFUNC = engage.sentiment_accum, STYPE = engage.sentiment_summary, SSPACE = 544, FINALFUNC = engage.positive_rate,
  COMBINEFUNC = engage.sentiment_summary_combine, INITCOND = '1:version=0',
  MSFUNC = engage.sentiment_accum, MINVFUNC = engage.sentiment_inverse, MSTYPE = engage.sentiment_summary, MSSPACE = 544,
  MFINALFUNC = engage.positive_rate, MINITCOND = '1:version=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.positive_rate(bigint) IS
  'Percentage (0 to 100) of positive texts, which are those with a score above 0.05, of scores that were stored, or come from another scorer: numbers from -1 to 1, any other is error NG001. NULL is skipped; NULL if there are no scores.';
CREATE AGGREGATE engage.positive_rate(score numeric) (
  SFUNC = engage.sentiment_accum, STYPE = engage.sentiment_summary, SSPACE = 544, FINALFUNC = engage.positive_rate,
  COMBINEFUNC = engage.sentiment_summary_combine, INITCOND = '1:version=0',
  MSFUNC = engage.sentiment_accum, MINVFUNC = engage.sentiment_inverse, MSTYPE = engage.sentiment_summary, MSSPACE = 544,
  MFINALFUNC = engage.positive_rate, MINITCOND = '1:version=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.positive_rate(numeric) IS
  'Percentage (0 to 100) of positive texts, which are those with a score above 0.05, of scores that were stored, or come from another scorer: numbers from -1 to 1, any other is error NG001. NULL is skipped; NULL if there are no scores.';
CREATE AGGREGATE engage.positive_rate(score double precision) (
  SFUNC = engage.sentiment_accum, STYPE = engage.sentiment_summary, SSPACE = 544, FINALFUNC = engage.positive_rate,
  COMBINEFUNC = engage.sentiment_summary_combine, INITCOND = '1:version=0',
  MSFUNC = engage.sentiment_accum, MINVFUNC = engage.sentiment_inverse, MSTYPE = engage.sentiment_summary, MSSPACE = 544,
  MFINALFUNC = engage.positive_rate, MINITCOND = '1:version=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.positive_rate(double precision) IS
  'Percentage (0 to 100) of positive texts, which are those with a score above 0.05, of scores that were stored, or come from another scorer: numbers from -1 to 1, any other is error NG001. NULL is skipped; NULL if there are no scores.';
CREATE AGGREGATE engage.sentiment_agg(text) (
  SFUNC = engage.sentiment_accum, STYPE = engage.sentiment_summary, SSPACE = 544, FINALFUNC = engage.sentiment_summary_final,
  COMBINEFUNC = engage.sentiment_summary_combine, INITCOND = '1:version=0',
  MSFUNC = engage.sentiment_accum, MINVFUNC = engage.sentiment_inverse, MSTYPE = engage.sentiment_summary, MSSPACE = 544,
  MFINALFUNC = engage.sentiment_summary_final, MINITCOND = '1:version=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.sentiment_agg(text) IS
  'The texts by language and label with their scores, as a summary to store, merge with rollup() and read with its accessors, of texts, which are scored with sentiment(text). NULL is skipped; NULL if there are no texts.';
CREATE AGGREGATE engage.sentiment_agg(score smallint) (
  SFUNC = engage.sentiment_accum, STYPE = engage.sentiment_summary, SSPACE = 544, FINALFUNC = engage.sentiment_summary_final,
  COMBINEFUNC = engage.sentiment_summary_combine, INITCOND = '1:version=0',
  MSFUNC = engage.sentiment_accum, MINVFUNC = engage.sentiment_inverse, MSTYPE = engage.sentiment_summary, MSSPACE = 544,
  MFINALFUNC = engage.sentiment_summary_final, MINITCOND = '1:version=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.sentiment_agg(smallint) IS
  'The texts by language and label with their scores, as a summary to store, merge with rollup() and read with its accessors, of scores that were stored, or come from another scorer: numbers from -1 to 1, any other is error NG001. NULL is skipped; NULL if there are no scores.';
CREATE AGGREGATE engage.sentiment_agg(score integer) (
  SFUNC = engage.sentiment_accum, STYPE = engage.sentiment_summary, SSPACE = 544, FINALFUNC = engage.sentiment_summary_final,
  COMBINEFUNC = engage.sentiment_summary_combine, INITCOND = '1:version=0',
  MSFUNC = engage.sentiment_accum, MINVFUNC = engage.sentiment_inverse, MSTYPE = engage.sentiment_summary, MSSPACE = 544,
  MFINALFUNC = engage.sentiment_summary_final, MINITCOND = '1:version=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.sentiment_agg(integer) IS
  'The texts by language and label with their scores, as a summary to store, merge with rollup() and read with its accessors, of scores that were stored, or come from another scorer: numbers from -1 to 1, any other is error NG001. NULL is skipped; NULL if there are no scores.';
CREATE AGGREGATE engage.sentiment_agg(score bigint) (
  SFUNC = engage.sentiment_accum, STYPE = engage.sentiment_summary, SSPACE = 544, FINALFUNC = engage.sentiment_summary_final,
  COMBINEFUNC = engage.sentiment_summary_combine, INITCOND = '1:version=0',
  MSFUNC = engage.sentiment_accum, MINVFUNC = engage.sentiment_inverse, MSTYPE = engage.sentiment_summary, MSSPACE = 544,
  MFINALFUNC = engage.sentiment_summary_final, MINITCOND = '1:version=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.sentiment_agg(bigint) IS
  'The texts by language and label with their scores, as a summary to store, merge with rollup() and read with its accessors, of scores that were stored, or come from another scorer: numbers from -1 to 1, any other is error NG001. NULL is skipped; NULL if there are no scores.';
CREATE AGGREGATE engage.sentiment_agg(score numeric) (
  SFUNC = engage.sentiment_accum, STYPE = engage.sentiment_summary, SSPACE = 544, FINALFUNC = engage.sentiment_summary_final,
  COMBINEFUNC = engage.sentiment_summary_combine, INITCOND = '1:version=0',
  MSFUNC = engage.sentiment_accum, MINVFUNC = engage.sentiment_inverse, MSTYPE = engage.sentiment_summary, MSSPACE = 544,
  MFINALFUNC = engage.sentiment_summary_final, MINITCOND = '1:version=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.sentiment_agg(numeric) IS
  'The texts by language and label with their scores, as a summary to store, merge with rollup() and read with its accessors, of scores that were stored, or come from another scorer: numbers from -1 to 1, any other is error NG001. NULL is skipped; NULL if there are no scores.';
CREATE AGGREGATE engage.sentiment_agg(score double precision) (
  SFUNC = engage.sentiment_accum, STYPE = engage.sentiment_summary, SSPACE = 544, FINALFUNC = engage.sentiment_summary_final,
  COMBINEFUNC = engage.sentiment_summary_combine, INITCOND = '1:version=0',
  MSFUNC = engage.sentiment_accum, MINVFUNC = engage.sentiment_inverse, MSTYPE = engage.sentiment_summary, MSSPACE = 544,
  MFINALFUNC = engage.sentiment_summary_final, MINITCOND = '1:version=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.sentiment_agg(double precision) IS
  'The texts by language and label with their scores, as a summary to store, merge with rollup() and read with its accessors, of scores that were stored, or come from another scorer: numbers from -1 to 1, any other is error NG001. NULL is skipped; NULL if there are no scores.';
