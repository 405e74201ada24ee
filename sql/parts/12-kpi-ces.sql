-- KPI room: customer effort score (CES)

CREATE TYPE engage.ces_summary;
CREATE FUNCTION engage.ces_summary_in(cstring) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_summary_in';
CREATE FUNCTION engage.ces_summary_out(engage.ces_summary) RETURNS cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_summary_out';
CREATE FUNCTION engage.ces_summary_recv(internal) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_summary_recv';
CREATE FUNCTION engage.ces_summary_send(engage.ces_summary) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_summary_send';
CREATE TYPE engage.ces_summary (
  INPUT = engage.ces_summary_in, OUTPUT = engage.ces_summary_out,
  RECEIVE = engage.ces_summary_recv, SEND = engage.ces_summary_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = plain
);
COMMENT ON TYPE engage.ces_summary IS
  'Effort answers counted by score. Text form: 1:scale=7,1=0,2=0,3=1,4=2,5=4,6=9,7=5';
COMMENT ON FUNCTION engage.ces_summary_in(cstring) IS
  'ces_summary: text input';
COMMENT ON FUNCTION engage.ces_summary_out(engage.ces_summary) IS
  'ces_summary: text output';
COMMENT ON FUNCTION engage.ces_summary_recv(internal) IS
  'ces_summary: binary input';
COMMENT ON FUNCTION engage.ces_summary_send(engage.ces_summary) IS
  'ces_summary: binary output';
CREATE FUNCTION engage.ces_summary_combine(engage.ces_summary, engage.ces_summary) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_summary_combine';
COMMENT ON FUNCTION engage.ces_summary_combine(engage.ces_summary, engage.ces_summary) IS
  'ces_summary: merge two values';
CREATE FUNCTION engage.ces_summary_final(engage.ces_summary) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_summary_final';
COMMENT ON FUNCTION engage.ces_summary_final(engage.ces_summary) IS
  'ces_summary: the value, or NULL if it has seen no row';

CREATE AGGREGATE engage.rollup(engage.ces_summary) (
  SFUNC = engage.ces_summary_combine, STYPE = engage.ces_summary,
  COMBINEFUNC = engage.ces_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rollup(engage.ces_summary) IS
  'Merges ces_summary values: the result is what one aggregation over all their rows would have given, whatever the split and the order. NULL values are skipped; error NG004 if they were built with different parameters.';

CREATE FUNCTION engage.ces_accum(engage.ces_summary, smallint) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_accum_int2';
COMMENT ON FUNCTION engage.ces_accum(engage.ces_summary, smallint) IS
  'transition of ces(score)';
CREATE FUNCTION engage.ces_inverse(engage.ces_summary, smallint) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_inverse_int2';
COMMENT ON FUNCTION engage.ces_inverse(engage.ces_summary, smallint) IS
  'inverse transition of ces(score)';
CREATE FUNCTION engage.ces_accum(engage.ces_summary, smallint, integer) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_accum_int2';
COMMENT ON FUNCTION engage.ces_accum(engage.ces_summary, smallint, integer) IS
  'transition of ces(score, scale)';
CREATE FUNCTION engage.ces_inverse(engage.ces_summary, smallint, integer) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_inverse_int2';
COMMENT ON FUNCTION engage.ces_inverse(engage.ces_summary, smallint, integer) IS
  'inverse transition of ces(score, scale)';
CREATE FUNCTION engage.ces_accum(engage.ces_summary, integer) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_accum_int4';
COMMENT ON FUNCTION engage.ces_accum(engage.ces_summary, integer) IS
  'transition of ces(score)';
CREATE FUNCTION engage.ces_inverse(engage.ces_summary, integer) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_inverse_int4';
COMMENT ON FUNCTION engage.ces_inverse(engage.ces_summary, integer) IS
  'inverse transition of ces(score)';
CREATE FUNCTION engage.ces_accum(engage.ces_summary, integer, integer) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_accum_int4';
COMMENT ON FUNCTION engage.ces_accum(engage.ces_summary, integer, integer) IS
  'transition of ces(score, scale)';
CREATE FUNCTION engage.ces_inverse(engage.ces_summary, integer, integer) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_inverse_int4';
COMMENT ON FUNCTION engage.ces_inverse(engage.ces_summary, integer, integer) IS
  'inverse transition of ces(score, scale)';
CREATE FUNCTION engage.ces_accum(engage.ces_summary, bigint) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_accum_int8';
COMMENT ON FUNCTION engage.ces_accum(engage.ces_summary, bigint) IS
  'transition of ces(score)';
CREATE FUNCTION engage.ces_inverse(engage.ces_summary, bigint) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_inverse_int8';
COMMENT ON FUNCTION engage.ces_inverse(engage.ces_summary, bigint) IS
  'inverse transition of ces(score)';
CREATE FUNCTION engage.ces_accum(engage.ces_summary, bigint, integer) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_accum_int8';
COMMENT ON FUNCTION engage.ces_accum(engage.ces_summary, bigint, integer) IS
  'transition of ces(score, scale)';
CREATE FUNCTION engage.ces_inverse(engage.ces_summary, bigint, integer) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_inverse_int8';
COMMENT ON FUNCTION engage.ces_inverse(engage.ces_summary, bigint, integer) IS
  'inverse transition of ces(score, scale)';
CREATE FUNCTION engage.ces_accum(engage.ces_summary, numeric) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_accum_numeric';
COMMENT ON FUNCTION engage.ces_accum(engage.ces_summary, numeric) IS
  'transition of ces(score)';
CREATE FUNCTION engage.ces_inverse(engage.ces_summary, numeric) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_inverse_numeric';
COMMENT ON FUNCTION engage.ces_inverse(engage.ces_summary, numeric) IS
  'inverse transition of ces(score)';
CREATE FUNCTION engage.ces_accum(engage.ces_summary, numeric, integer) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_accum_numeric';
COMMENT ON FUNCTION engage.ces_accum(engage.ces_summary, numeric, integer) IS
  'transition of ces(score, scale)';
CREATE FUNCTION engage.ces_inverse(engage.ces_summary, numeric, integer) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_inverse_numeric';
COMMENT ON FUNCTION engage.ces_inverse(engage.ces_summary, numeric, integer) IS
  'inverse transition of ces(score, scale)';
CREATE FUNCTION engage.ces_accum(engage.ces_summary, double precision) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_accum_float8';
COMMENT ON FUNCTION engage.ces_accum(engage.ces_summary, double precision) IS
  'transition of ces(score)';
CREATE FUNCTION engage.ces_inverse(engage.ces_summary, double precision) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_inverse_float8';
COMMENT ON FUNCTION engage.ces_inverse(engage.ces_summary, double precision) IS
  'inverse transition of ces(score)';
CREATE FUNCTION engage.ces_accum(engage.ces_summary, double precision, integer) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_accum_float8';
COMMENT ON FUNCTION engage.ces_accum(engage.ces_summary, double precision, integer) IS
  'transition of ces(score, scale)';
CREATE FUNCTION engage.ces_inverse(engage.ces_summary, double precision, integer) RETURNS engage.ces_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_inverse_float8';
COMMENT ON FUNCTION engage.ces_inverse(engage.ces_summary, double precision, integer) IS
  'inverse transition of ces(score, scale)';

CREATE FUNCTION engage.ces(summary engage.ces_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces';
COMMENT ON FUNCTION engage.ces(engage.ces_summary) IS
  'Customer effort score: mean answer, on the survey''s own scale.';
CREATE FUNCTION engage.responses(summary engage.ces_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_responses';
COMMENT ON FUNCTION engage.responses(engage.ces_summary) IS
  'Number of answers.';
CREATE FUNCTION engage.ces_normalized_pct(summary engage.ces_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_normalized_pct';
COMMENT ON FUNCTION engage.ces_normalized_pct(engage.ces_summary) IS
  'Mean answer as a percentage of the scale, (mean - 1) / (scale - 1), to compare surveys of different scales.';
CREATE FUNCTION engage.agreement_pct(summary engage.ces_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_ces_agreement_pct';
COMMENT ON FUNCTION engage.agreement_pct(engage.ces_summary) IS
  'Percentage of answers above the middle of the scale (5 to 7 of 7).';
CREATE FUNCTION engage.ces_interval(summary engage.ces_summary, confidence double precision DEFAULT 0.95,
    OUT estimate double precision, OUT low double precision, OUT high double precision)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_ces_interval';
COMMENT ON FUNCTION engage.ces_interval(engage.ces_summary, double precision) IS
  'Mean effort score with Student''s t interval, kept within the scale; bounds are NULL for fewer than two answers.';
CREATE FUNCTION engage.lower_bound(summary engage.ces_summary, confidence double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_ces_lower_bound';
COMMENT ON FUNCTION engage.lower_bound(engage.ces_summary, double precision) IS
  'Lower end of the t interval of the mean effort score (on the survey''s own scale). confidence lies between 0 and 1, 0.95 unless given.';
CREATE FUNCTION engage.upper_bound(summary engage.ces_summary, confidence double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_ces_upper_bound';
COMMENT ON FUNCTION engage.upper_bound(engage.ces_summary, double precision) IS
  'Upper end of the t interval of the mean effort score (on the survey''s own scale). confidence lies between 0 and 1, 0.95 unless given.';

CREATE AGGREGATE engage.ces(score smallint) (
  SFUNC = engage.ces_accum, STYPE = engage.ces_summary, SSPACE = 80, FINALFUNC = engage.ces,
  COMBINEFUNC = engage.ces_summary_combine, INITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0',
  MSFUNC = engage.ces_accum, MINVFUNC = engage.ces_inverse, MSTYPE = engage.ces_summary, MSSPACE = 80,
  MFINALFUNC = engage.ces, MINITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.ces(smallint) IS
  'Customer effort score: mean of whole scores from 1 to 7. NULL scores are skipped, any other score is error NG001. NULL if there are no answers.';
CREATE AGGREGATE engage.ces(score integer) (
  SFUNC = engage.ces_accum, STYPE = engage.ces_summary, SSPACE = 80, FINALFUNC = engage.ces,
  COMBINEFUNC = engage.ces_summary_combine, INITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0',
  MSFUNC = engage.ces_accum, MINVFUNC = engage.ces_inverse, MSTYPE = engage.ces_summary, MSSPACE = 80,
  MFINALFUNC = engage.ces, MINITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.ces(integer) IS
  'Customer effort score: mean of whole scores from 1 to 7. NULL scores are skipped, any other score is error NG001. NULL if there are no answers.';
CREATE AGGREGATE engage.ces(score bigint) (
  SFUNC = engage.ces_accum, STYPE = engage.ces_summary, SSPACE = 80, FINALFUNC = engage.ces,
  COMBINEFUNC = engage.ces_summary_combine, INITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0',
  MSFUNC = engage.ces_accum, MINVFUNC = engage.ces_inverse, MSTYPE = engage.ces_summary, MSSPACE = 80,
  MFINALFUNC = engage.ces, MINITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.ces(bigint) IS
  'Customer effort score: mean of whole scores from 1 to 7. NULL scores are skipped, any other score is error NG001. NULL if there are no answers.';
CREATE AGGREGATE engage.ces(score numeric) (
  SFUNC = engage.ces_accum, STYPE = engage.ces_summary, SSPACE = 80, FINALFUNC = engage.ces,
  COMBINEFUNC = engage.ces_summary_combine, INITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0',
  MSFUNC = engage.ces_accum, MINVFUNC = engage.ces_inverse, MSTYPE = engage.ces_summary, MSSPACE = 80,
  MFINALFUNC = engage.ces, MINITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.ces(numeric) IS
  'Customer effort score: mean of whole scores from 1 to 7. NULL scores are skipped, any other score is error NG001. NULL if there are no answers.';
CREATE AGGREGATE engage.ces(score double precision) (
  SFUNC = engage.ces_accum, STYPE = engage.ces_summary, SSPACE = 80, FINALFUNC = engage.ces,
  COMBINEFUNC = engage.ces_summary_combine, INITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0',
  MSFUNC = engage.ces_accum, MINVFUNC = engage.ces_inverse, MSTYPE = engage.ces_summary, MSSPACE = 80,
  MFINALFUNC = engage.ces, MINITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.ces(double precision) IS
  'Customer effort score: mean of whole scores from 1 to 7. NULL scores are skipped, any other score is error NG001. NULL if there are no answers.';
CREATE AGGREGATE engage.ces(score smallint, scale integer) (
  SFUNC = engage.ces_accum, STYPE = engage.ces_summary, SSPACE = 80, FINALFUNC = engage.ces,
  COMBINEFUNC = engage.ces_summary_combine, INITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0',
  MSFUNC = engage.ces_accum, MINVFUNC = engage.ces_inverse, MSTYPE = engage.ces_summary, MSSPACE = 80,
  MFINALFUNC = engage.ces, MINITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.ces(smallint, integer) IS
  'Customer effort score: mean of whole scores from 1 to scale (a constant of at most 100). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. The scale must not change between rows of a group (error NG004).';
CREATE AGGREGATE engage.ces(score integer, scale integer) (
  SFUNC = engage.ces_accum, STYPE = engage.ces_summary, SSPACE = 80, FINALFUNC = engage.ces,
  COMBINEFUNC = engage.ces_summary_combine, INITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0',
  MSFUNC = engage.ces_accum, MINVFUNC = engage.ces_inverse, MSTYPE = engage.ces_summary, MSSPACE = 80,
  MFINALFUNC = engage.ces, MINITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.ces(integer, integer) IS
  'Customer effort score: mean of whole scores from 1 to scale (a constant of at most 100). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. The scale must not change between rows of a group (error NG004).';
CREATE AGGREGATE engage.ces(score bigint, scale integer) (
  SFUNC = engage.ces_accum, STYPE = engage.ces_summary, SSPACE = 80, FINALFUNC = engage.ces,
  COMBINEFUNC = engage.ces_summary_combine, INITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0',
  MSFUNC = engage.ces_accum, MINVFUNC = engage.ces_inverse, MSTYPE = engage.ces_summary, MSSPACE = 80,
  MFINALFUNC = engage.ces, MINITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.ces(bigint, integer) IS
  'Customer effort score: mean of whole scores from 1 to scale (a constant of at most 100). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. The scale must not change between rows of a group (error NG004).';
CREATE AGGREGATE engage.ces(score numeric, scale integer) (
  SFUNC = engage.ces_accum, STYPE = engage.ces_summary, SSPACE = 80, FINALFUNC = engage.ces,
  COMBINEFUNC = engage.ces_summary_combine, INITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0',
  MSFUNC = engage.ces_accum, MINVFUNC = engage.ces_inverse, MSTYPE = engage.ces_summary, MSSPACE = 80,
  MFINALFUNC = engage.ces, MINITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.ces(numeric, integer) IS
  'Customer effort score: mean of whole scores from 1 to scale (a constant of at most 100). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. The scale must not change between rows of a group (error NG004).';
CREATE AGGREGATE engage.ces(score double precision, scale integer) (
  SFUNC = engage.ces_accum, STYPE = engage.ces_summary, SSPACE = 80, FINALFUNC = engage.ces,
  COMBINEFUNC = engage.ces_summary_combine, INITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0',
  MSFUNC = engage.ces_accum, MINVFUNC = engage.ces_inverse, MSTYPE = engage.ces_summary, MSSPACE = 80,
  MFINALFUNC = engage.ces, MINITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.ces(double precision, integer) IS
  'Customer effort score: mean of whole scores from 1 to scale (a constant of at most 100). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. The scale must not change between rows of a group (error NG004).';
CREATE AGGREGATE engage.ces_agg(score smallint) (
  SFUNC = engage.ces_accum, STYPE = engage.ces_summary, SSPACE = 80, FINALFUNC = engage.ces_summary_final,
  COMBINEFUNC = engage.ces_summary_combine, INITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0',
  MSFUNC = engage.ces_accum, MINVFUNC = engage.ces_inverse, MSTYPE = engage.ces_summary, MSSPACE = 80,
  MFINALFUNC = engage.ces_summary_final, MINITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.ces_agg(smallint) IS
  'Customer effort score: mean of whole scores from 1 to 7. NULL scores are skipped, any other score is error NG001. NULL if there are no answers. As a summary to store, merge with rollup() and read with its accessors.';
CREATE AGGREGATE engage.ces_agg(score integer) (
  SFUNC = engage.ces_accum, STYPE = engage.ces_summary, SSPACE = 80, FINALFUNC = engage.ces_summary_final,
  COMBINEFUNC = engage.ces_summary_combine, INITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0',
  MSFUNC = engage.ces_accum, MINVFUNC = engage.ces_inverse, MSTYPE = engage.ces_summary, MSSPACE = 80,
  MFINALFUNC = engage.ces_summary_final, MINITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.ces_agg(integer) IS
  'Customer effort score: mean of whole scores from 1 to 7. NULL scores are skipped, any other score is error NG001. NULL if there are no answers. As a summary to store, merge with rollup() and read with its accessors.';
CREATE AGGREGATE engage.ces_agg(score bigint) (
  SFUNC = engage.ces_accum, STYPE = engage.ces_summary, SSPACE = 80, FINALFUNC = engage.ces_summary_final,
  COMBINEFUNC = engage.ces_summary_combine, INITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0',
  MSFUNC = engage.ces_accum, MINVFUNC = engage.ces_inverse, MSTYPE = engage.ces_summary, MSSPACE = 80,
  MFINALFUNC = engage.ces_summary_final, MINITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.ces_agg(bigint) IS
  'Customer effort score: mean of whole scores from 1 to 7. NULL scores are skipped, any other score is error NG001. NULL if there are no answers. As a summary to store, merge with rollup() and read with its accessors.';
CREATE AGGREGATE engage.ces_agg(score numeric) (
  SFUNC = engage.ces_accum, STYPE = engage.ces_summary, SSPACE = 80, FINALFUNC = engage.ces_summary_final,
  COMBINEFUNC = engage.ces_summary_combine, INITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0',
  MSFUNC = engage.ces_accum, MINVFUNC = engage.ces_inverse, MSTYPE = engage.ces_summary, MSSPACE = 80,
  MFINALFUNC = engage.ces_summary_final, MINITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.ces_agg(numeric) IS
  'Customer effort score: mean of whole scores from 1 to 7. NULL scores are skipped, any other score is error NG001. NULL if there are no answers. As a summary to store, merge with rollup() and read with its accessors.';
CREATE AGGREGATE engage.ces_agg(score double precision) (
  SFUNC = engage.ces_accum, STYPE = engage.ces_summary, SSPACE = 80, FINALFUNC = engage.ces_summary_final,
  COMBINEFUNC = engage.ces_summary_combine, INITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0',
  MSFUNC = engage.ces_accum, MINVFUNC = engage.ces_inverse, MSTYPE = engage.ces_summary, MSSPACE = 80,
  MFINALFUNC = engage.ces_summary_final, MINITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.ces_agg(double precision) IS
  'Customer effort score: mean of whole scores from 1 to 7. NULL scores are skipped, any other score is error NG001. NULL if there are no answers. As a summary to store, merge with rollup() and read with its accessors.';
CREATE AGGREGATE engage.ces_agg(score smallint, scale integer) (
  SFUNC = engage.ces_accum, STYPE = engage.ces_summary, SSPACE = 80, FINALFUNC = engage.ces_summary_final,
  COMBINEFUNC = engage.ces_summary_combine, INITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0',
  MSFUNC = engage.ces_accum, MINVFUNC = engage.ces_inverse, MSTYPE = engage.ces_summary, MSSPACE = 80,
  MFINALFUNC = engage.ces_summary_final, MINITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.ces_agg(smallint, integer) IS
  'Customer effort score: mean of whole scores from 1 to scale (a constant of at most 100). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. The scale must not change between rows of a group (error NG004). As a summary to store, merge with rollup() and read with its accessors.';
CREATE AGGREGATE engage.ces_agg(score integer, scale integer) (
  SFUNC = engage.ces_accum, STYPE = engage.ces_summary, SSPACE = 80, FINALFUNC = engage.ces_summary_final,
  COMBINEFUNC = engage.ces_summary_combine, INITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0',
  MSFUNC = engage.ces_accum, MINVFUNC = engage.ces_inverse, MSTYPE = engage.ces_summary, MSSPACE = 80,
  MFINALFUNC = engage.ces_summary_final, MINITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.ces_agg(integer, integer) IS
  'Customer effort score: mean of whole scores from 1 to scale (a constant of at most 100). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. The scale must not change between rows of a group (error NG004). As a summary to store, merge with rollup() and read with its accessors.';
CREATE AGGREGATE engage.ces_agg(score bigint, scale integer) (
  SFUNC = engage.ces_accum, STYPE = engage.ces_summary, SSPACE = 80, FINALFUNC = engage.ces_summary_final,
  COMBINEFUNC = engage.ces_summary_combine, INITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0',
  MSFUNC = engage.ces_accum, MINVFUNC = engage.ces_inverse, MSTYPE = engage.ces_summary, MSSPACE = 80,
  MFINALFUNC = engage.ces_summary_final, MINITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.ces_agg(bigint, integer) IS
  'Customer effort score: mean of whole scores from 1 to scale (a constant of at most 100). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. The scale must not change between rows of a group (error NG004). As a summary to store, merge with rollup() and read with its accessors.';
CREATE AGGREGATE engage.ces_agg(score numeric, scale integer) (
  SFUNC = engage.ces_accum, STYPE = engage.ces_summary, SSPACE = 80, FINALFUNC = engage.ces_summary_final,
  COMBINEFUNC = engage.ces_summary_combine, INITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0',
  MSFUNC = engage.ces_accum, MINVFUNC = engage.ces_inverse, MSTYPE = engage.ces_summary, MSSPACE = 80,
  MFINALFUNC = engage.ces_summary_final, MINITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.ces_agg(numeric, integer) IS
  'Customer effort score: mean of whole scores from 1 to scale (a constant of at most 100). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. The scale must not change between rows of a group (error NG004). As a summary to store, merge with rollup() and read with its accessors.';
CREATE AGGREGATE engage.ces_agg(score double precision, scale integer) (
  SFUNC = engage.ces_accum, STYPE = engage.ces_summary, SSPACE = 80, FINALFUNC = engage.ces_summary_final,
  COMBINEFUNC = engage.ces_summary_combine, INITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0',
  MSFUNC = engage.ces_accum, MINVFUNC = engage.ces_inverse, MSTYPE = engage.ces_summary, MSSPACE = 80,
  MFINALFUNC = engage.ces_summary_final, MINITCOND = '1:scale=7,1=0,2=0,3=0,4=0,5=0,6=0,7=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.ces_agg(double precision, integer) IS
  'Customer effort score: mean of whole scores from 1 to scale (a constant of at most 100). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. The scale must not change between rows of a group (error NG004). As a summary to store, merge with rollup() and read with its accessors.';
CREATE FUNCTION engage.score_distribution(summary engage.ces_summary,
    OUT score integer, OUT responses bigint, OUT responses_pct double precision)
  RETURNS SETOF record LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 5 AS 'MODULE_PATHNAME', 'engage_ces_summary_distribution';
COMMENT ON FUNCTION engage.score_distribution(engage.ces_summary) IS
  'One row per score of the scale: score, number of answers, percentage of all answers.';
