-- KPI room: star ratings

CREATE TYPE engage.star_rating_summary;
CREATE FUNCTION engage.star_rating_summary_in(cstring) RETURNS engage.star_rating_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_star_rating_summary_in';
CREATE FUNCTION engage.star_rating_summary_out(engage.star_rating_summary) RETURNS cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_star_rating_summary_out';
CREATE FUNCTION engage.star_rating_summary_recv(internal) RETURNS engage.star_rating_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_star_rating_summary_recv';
CREATE FUNCTION engage.star_rating_summary_send(engage.star_rating_summary) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_star_rating_summary_send';
CREATE TYPE engage.star_rating_summary (
  INPUT = engage.star_rating_summary_in, OUTPUT = engage.star_rating_summary_out,
  RECEIVE = engage.star_rating_summary_recv, SEND = engage.star_rating_summary_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = plain
);
COMMENT ON TYPE engage.star_rating_summary IS
  'Star ratings counted by number of stars. Text form: 1:scale=5,1=0,2=1,3=4,4=10,5=7';
COMMENT ON FUNCTION engage.star_rating_summary_in(cstring) IS
  'star_rating_summary: text input';
COMMENT ON FUNCTION engage.star_rating_summary_out(engage.star_rating_summary) IS
  'star_rating_summary: text output';
COMMENT ON FUNCTION engage.star_rating_summary_recv(internal) IS
  'star_rating_summary: binary input';
COMMENT ON FUNCTION engage.star_rating_summary_send(engage.star_rating_summary) IS
  'star_rating_summary: binary output';
CREATE FUNCTION engage.star_rating_summary_combine(engage.star_rating_summary, engage.star_rating_summary) RETURNS engage.star_rating_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_star_rating_summary_combine';
COMMENT ON FUNCTION engage.star_rating_summary_combine(engage.star_rating_summary, engage.star_rating_summary) IS
  'star_rating_summary: merge two values';
CREATE FUNCTION engage.star_rating_summary_final(engage.star_rating_summary) RETURNS engage.star_rating_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_star_rating_summary_final';
COMMENT ON FUNCTION engage.star_rating_summary_final(engage.star_rating_summary) IS
  'star_rating_summary: the value, or NULL if it has seen no row';

CREATE AGGREGATE engage.rollup(engage.star_rating_summary) (
  SFUNC = engage.star_rating_summary_combine, STYPE = engage.star_rating_summary,
  COMBINEFUNC = engage.star_rating_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rollup(engage.star_rating_summary) IS
  'Merges star_rating_summary values: the result is what one aggregation over all their rows would have given, whatever the split and the order. NULL values are skipped; error NG004 if they were built with different parameters.';

CREATE FUNCTION engage.star_rating_accum(engage.star_rating_summary, smallint) RETURNS engage.star_rating_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_star_rating_accum_int2';
COMMENT ON FUNCTION engage.star_rating_accum(engage.star_rating_summary, smallint) IS
  'transition of star_rating(score)';
CREATE FUNCTION engage.star_rating_inverse(engage.star_rating_summary, smallint) RETURNS engage.star_rating_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_star_rating_inverse_int2';
COMMENT ON FUNCTION engage.star_rating_inverse(engage.star_rating_summary, smallint) IS
  'inverse transition of star_rating(score)';
CREATE FUNCTION engage.star_rating_accum(engage.star_rating_summary, integer) RETURNS engage.star_rating_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_star_rating_accum_int4';
COMMENT ON FUNCTION engage.star_rating_accum(engage.star_rating_summary, integer) IS
  'transition of star_rating(score)';
CREATE FUNCTION engage.star_rating_inverse(engage.star_rating_summary, integer) RETURNS engage.star_rating_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_star_rating_inverse_int4';
COMMENT ON FUNCTION engage.star_rating_inverse(engage.star_rating_summary, integer) IS
  'inverse transition of star_rating(score)';
CREATE FUNCTION engage.star_rating_accum(engage.star_rating_summary, bigint) RETURNS engage.star_rating_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_star_rating_accum_int8';
COMMENT ON FUNCTION engage.star_rating_accum(engage.star_rating_summary, bigint) IS
  'transition of star_rating(score)';
CREATE FUNCTION engage.star_rating_inverse(engage.star_rating_summary, bigint) RETURNS engage.star_rating_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_star_rating_inverse_int8';
COMMENT ON FUNCTION engage.star_rating_inverse(engage.star_rating_summary, bigint) IS
  'inverse transition of star_rating(score)';
CREATE FUNCTION engage.star_rating_accum(engage.star_rating_summary, numeric) RETURNS engage.star_rating_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_star_rating_accum_numeric';
COMMENT ON FUNCTION engage.star_rating_accum(engage.star_rating_summary, numeric) IS
  'transition of star_rating(score)';
CREATE FUNCTION engage.star_rating_inverse(engage.star_rating_summary, numeric) RETURNS engage.star_rating_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_star_rating_inverse_numeric';
COMMENT ON FUNCTION engage.star_rating_inverse(engage.star_rating_summary, numeric) IS
  'inverse transition of star_rating(score)';
CREATE FUNCTION engage.star_rating_accum(engage.star_rating_summary, double precision) RETURNS engage.star_rating_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_star_rating_accum_float8';
COMMENT ON FUNCTION engage.star_rating_accum(engage.star_rating_summary, double precision) IS
  'transition of star_rating(score)';
CREATE FUNCTION engage.star_rating_inverse(engage.star_rating_summary, double precision) RETURNS engage.star_rating_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_star_rating_inverse_float8';
COMMENT ON FUNCTION engage.star_rating_inverse(engage.star_rating_summary, double precision) IS
  'inverse transition of star_rating(score)';

CREATE FUNCTION engage.star_rating(summary engage.star_rating_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_star_rating';
COMMENT ON FUNCTION engage.star_rating(engage.star_rating_summary) IS
  'Mean number of stars, 1 to 5.';
CREATE FUNCTION engage.responses(summary engage.star_rating_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_star_rating_responses';
COMMENT ON FUNCTION engage.responses(engage.star_rating_summary) IS
  'Number of ratings.';
CREATE FUNCTION engage.five_star_pct(summary engage.star_rating_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_star_rating_five_star_pct';
COMMENT ON FUNCTION engage.five_star_pct(engage.star_rating_summary) IS
  'Percentage of ratings with five stars.';
CREATE FUNCTION engage.star_rating_interval(summary engage.star_rating_summary, confidence double precision DEFAULT 0.95,
    OUT estimate double precision, OUT low double precision, OUT high double precision)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_star_rating_interval';
COMMENT ON FUNCTION engage.star_rating_interval(engage.star_rating_summary, double precision) IS
  'Mean number of stars with Student''s t interval, kept within 1 to 5; bounds are NULL for fewer than two ratings.';
CREATE FUNCTION engage.lower_bound(summary engage.star_rating_summary, confidence double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_star_rating_lower_bound';
COMMENT ON FUNCTION engage.lower_bound(engage.star_rating_summary, double precision) IS
  'Lower end of the t interval of the mean number of stars (1 to 5). confidence lies between 0 and 1, 0.95 unless given.';
CREATE FUNCTION engage.upper_bound(summary engage.star_rating_summary, confidence double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_star_rating_upper_bound';
COMMENT ON FUNCTION engage.upper_bound(engage.star_rating_summary, double precision) IS
  'Upper end of the t interval of the mean number of stars (1 to 5). confidence lies between 0 and 1, 0.95 unless given.';

CREATE AGGREGATE engage.star_rating(stars smallint) (
  SFUNC = engage.star_rating_accum, STYPE = engage.star_rating_summary, SSPACE = 64, FINALFUNC = engage.star_rating,
  COMBINEFUNC = engage.star_rating_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.star_rating_accum, MINVFUNC = engage.star_rating_inverse, MSTYPE = engage.star_rating_summary, MSSPACE = 64,
  MFINALFUNC = engage.star_rating, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.star_rating(smallint) IS
  'Mean star rating, of whole numbers of stars from 1 to 5. NULL is skipped, any other value is error NG001. NULL if there are no ratings.';
CREATE AGGREGATE engage.star_rating(stars integer) (
  SFUNC = engage.star_rating_accum, STYPE = engage.star_rating_summary, SSPACE = 64, FINALFUNC = engage.star_rating,
  COMBINEFUNC = engage.star_rating_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.star_rating_accum, MINVFUNC = engage.star_rating_inverse, MSTYPE = engage.star_rating_summary, MSSPACE = 64,
  MFINALFUNC = engage.star_rating, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.star_rating(integer) IS
  'Mean star rating, of whole numbers of stars from 1 to 5. NULL is skipped, any other value is error NG001. NULL if there are no ratings.';
CREATE AGGREGATE engage.star_rating(stars bigint) (
  SFUNC = engage.star_rating_accum, STYPE = engage.star_rating_summary, SSPACE = 64, FINALFUNC = engage.star_rating,
  COMBINEFUNC = engage.star_rating_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.star_rating_accum, MINVFUNC = engage.star_rating_inverse, MSTYPE = engage.star_rating_summary, MSSPACE = 64,
  MFINALFUNC = engage.star_rating, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.star_rating(bigint) IS
  'Mean star rating, of whole numbers of stars from 1 to 5. NULL is skipped, any other value is error NG001. NULL if there are no ratings.';
CREATE AGGREGATE engage.star_rating(stars numeric) (
  SFUNC = engage.star_rating_accum, STYPE = engage.star_rating_summary, SSPACE = 64, FINALFUNC = engage.star_rating,
  COMBINEFUNC = engage.star_rating_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.star_rating_accum, MINVFUNC = engage.star_rating_inverse, MSTYPE = engage.star_rating_summary, MSSPACE = 64,
  MFINALFUNC = engage.star_rating, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.star_rating(numeric) IS
  'Mean star rating, of whole numbers of stars from 1 to 5. NULL is skipped, any other value is error NG001. NULL if there are no ratings.';
CREATE AGGREGATE engage.star_rating(stars double precision) (
  SFUNC = engage.star_rating_accum, STYPE = engage.star_rating_summary, SSPACE = 64, FINALFUNC = engage.star_rating,
  COMBINEFUNC = engage.star_rating_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.star_rating_accum, MINVFUNC = engage.star_rating_inverse, MSTYPE = engage.star_rating_summary, MSSPACE = 64,
  MFINALFUNC = engage.star_rating, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.star_rating(double precision) IS
  'Mean star rating, of whole numbers of stars from 1 to 5. NULL is skipped, any other value is error NG001. NULL if there are no ratings.';
CREATE AGGREGATE engage.star_rating_agg(stars smallint) (
  SFUNC = engage.star_rating_accum, STYPE = engage.star_rating_summary, SSPACE = 64, FINALFUNC = engage.star_rating_summary_final,
  COMBINEFUNC = engage.star_rating_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.star_rating_accum, MINVFUNC = engage.star_rating_inverse, MSTYPE = engage.star_rating_summary, MSSPACE = 64,
  MFINALFUNC = engage.star_rating_summary_final, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.star_rating_agg(smallint) IS
  'Mean star rating, of whole numbers of stars from 1 to 5. NULL is skipped, any other value is error NG001. NULL if there are no ratings. As a summary to store, merge with rollup() and read with its accessors.';
CREATE AGGREGATE engage.star_rating_agg(stars integer) (
  SFUNC = engage.star_rating_accum, STYPE = engage.star_rating_summary, SSPACE = 64, FINALFUNC = engage.star_rating_summary_final,
  COMBINEFUNC = engage.star_rating_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.star_rating_accum, MINVFUNC = engage.star_rating_inverse, MSTYPE = engage.star_rating_summary, MSSPACE = 64,
  MFINALFUNC = engage.star_rating_summary_final, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.star_rating_agg(integer) IS
  'Mean star rating, of whole numbers of stars from 1 to 5. NULL is skipped, any other value is error NG001. NULL if there are no ratings. As a summary to store, merge with rollup() and read with its accessors.';
CREATE AGGREGATE engage.star_rating_agg(stars bigint) (
  SFUNC = engage.star_rating_accum, STYPE = engage.star_rating_summary, SSPACE = 64, FINALFUNC = engage.star_rating_summary_final,
  COMBINEFUNC = engage.star_rating_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.star_rating_accum, MINVFUNC = engage.star_rating_inverse, MSTYPE = engage.star_rating_summary, MSSPACE = 64,
  MFINALFUNC = engage.star_rating_summary_final, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.star_rating_agg(bigint) IS
  'Mean star rating, of whole numbers of stars from 1 to 5. NULL is skipped, any other value is error NG001. NULL if there are no ratings. As a summary to store, merge with rollup() and read with its accessors.';
CREATE AGGREGATE engage.star_rating_agg(stars numeric) (
  SFUNC = engage.star_rating_accum, STYPE = engage.star_rating_summary, SSPACE = 64, FINALFUNC = engage.star_rating_summary_final,
  COMBINEFUNC = engage.star_rating_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.star_rating_accum, MINVFUNC = engage.star_rating_inverse, MSTYPE = engage.star_rating_summary, MSSPACE = 64,
  MFINALFUNC = engage.star_rating_summary_final, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.star_rating_agg(numeric) IS
  'Mean star rating, of whole numbers of stars from 1 to 5. NULL is skipped, any other value is error NG001. NULL if there are no ratings. As a summary to store, merge with rollup() and read with its accessors.';
CREATE AGGREGATE engage.star_rating_agg(stars double precision) (
  SFUNC = engage.star_rating_accum, STYPE = engage.star_rating_summary, SSPACE = 64, FINALFUNC = engage.star_rating_summary_final,
  COMBINEFUNC = engage.star_rating_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.star_rating_accum, MINVFUNC = engage.star_rating_inverse, MSTYPE = engage.star_rating_summary, MSSPACE = 64,
  MFINALFUNC = engage.star_rating_summary_final, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.star_rating_agg(double precision) IS
  'Mean star rating, of whole numbers of stars from 1 to 5. NULL is skipped, any other value is error NG001. NULL if there are no ratings. As a summary to store, merge with rollup() and read with its accessors.';
CREATE FUNCTION engage.score_distribution(summary engage.star_rating_summary,
    OUT score integer, OUT responses bigint, OUT responses_pct double precision)
  RETURNS SETOF record LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 5 AS 'MODULE_PATHNAME', 'engage_star_rating_summary_distribution';
COMMENT ON FUNCTION engage.score_distribution(engage.star_rating_summary) IS
  'One row per score of the scale: score, number of answers, percentage of all answers.';
