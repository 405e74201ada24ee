-- KPI room: customer satisfaction (CSAT)

CREATE TYPE engage.csat_summary;
CREATE FUNCTION engage.csat_summary_in(cstring) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_summary_in';
CREATE FUNCTION engage.csat_summary_out(engage.csat_summary) RETURNS cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_summary_out';
CREATE FUNCTION engage.csat_summary_recv(internal) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_summary_recv';
CREATE FUNCTION engage.csat_summary_send(engage.csat_summary) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_summary_send';
CREATE TYPE engage.csat_summary (
  INPUT = engage.csat_summary_in, OUTPUT = engage.csat_summary_out,
  RECEIVE = engage.csat_summary_recv, SEND = engage.csat_summary_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = plain
);
COMMENT ON TYPE engage.csat_summary IS
  'Satisfaction answers counted by score. Text form: 1:scale=5,1=0,2=1,3=4,4=10,5=7';
COMMENT ON FUNCTION engage.csat_summary_in(cstring) IS
  'csat_summary: text input';
COMMENT ON FUNCTION engage.csat_summary_out(engage.csat_summary) IS
  'csat_summary: text output';
COMMENT ON FUNCTION engage.csat_summary_recv(internal) IS
  'csat_summary: binary input';
COMMENT ON FUNCTION engage.csat_summary_send(engage.csat_summary) IS
  'csat_summary: binary output';
CREATE FUNCTION engage.csat_summary_combine(engage.csat_summary, engage.csat_summary) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_summary_combine';
COMMENT ON FUNCTION engage.csat_summary_combine(engage.csat_summary, engage.csat_summary) IS
  'csat_summary: merge two values';
CREATE FUNCTION engage.csat_summary_final(engage.csat_summary) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_summary_final';
COMMENT ON FUNCTION engage.csat_summary_final(engage.csat_summary) IS
  'csat_summary: the value, or NULL if it has seen no row';

CREATE AGGREGATE engage.rollup(engage.csat_summary) (
  SFUNC = engage.csat_summary_combine, STYPE = engage.csat_summary,
  COMBINEFUNC = engage.csat_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rollup(engage.csat_summary) IS
  'Merges csat_summary values: the result is what one aggregation over all their rows would have given, whatever the split and the order. NULL values are skipped; error NG004 if they were built with different parameters.';

CREATE FUNCTION engage.csat_accum(engage.csat_summary, smallint) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_accum_int2';
COMMENT ON FUNCTION engage.csat_accum(engage.csat_summary, smallint) IS
  'transition of csat(score)';
CREATE FUNCTION engage.csat_inverse(engage.csat_summary, smallint) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_inverse_int2';
COMMENT ON FUNCTION engage.csat_inverse(engage.csat_summary, smallint) IS
  'inverse transition of csat(score)';
CREATE FUNCTION engage.csat_accum(engage.csat_summary, smallint, integer) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_accum_int2';
COMMENT ON FUNCTION engage.csat_accum(engage.csat_summary, smallint, integer) IS
  'transition of csat(score, scale)';
CREATE FUNCTION engage.csat_inverse(engage.csat_summary, smallint, integer) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_inverse_int2';
COMMENT ON FUNCTION engage.csat_inverse(engage.csat_summary, smallint, integer) IS
  'inverse transition of csat(score, scale)';
CREATE FUNCTION engage.csat_accum(engage.csat_summary, integer) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_accum_int4';
COMMENT ON FUNCTION engage.csat_accum(engage.csat_summary, integer) IS
  'transition of csat(score)';
CREATE FUNCTION engage.csat_inverse(engage.csat_summary, integer) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_inverse_int4';
COMMENT ON FUNCTION engage.csat_inverse(engage.csat_summary, integer) IS
  'inverse transition of csat(score)';
CREATE FUNCTION engage.csat_accum(engage.csat_summary, integer, integer) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_accum_int4';
COMMENT ON FUNCTION engage.csat_accum(engage.csat_summary, integer, integer) IS
  'transition of csat(score, scale)';
CREATE FUNCTION engage.csat_inverse(engage.csat_summary, integer, integer) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_inverse_int4';
COMMENT ON FUNCTION engage.csat_inverse(engage.csat_summary, integer, integer) IS
  'inverse transition of csat(score, scale)';
CREATE FUNCTION engage.csat_accum(engage.csat_summary, bigint) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_accum_int8';
COMMENT ON FUNCTION engage.csat_accum(engage.csat_summary, bigint) IS
  'transition of csat(score)';
CREATE FUNCTION engage.csat_inverse(engage.csat_summary, bigint) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_inverse_int8';
COMMENT ON FUNCTION engage.csat_inverse(engage.csat_summary, bigint) IS
  'inverse transition of csat(score)';
CREATE FUNCTION engage.csat_accum(engage.csat_summary, bigint, integer) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_accum_int8';
COMMENT ON FUNCTION engage.csat_accum(engage.csat_summary, bigint, integer) IS
  'transition of csat(score, scale)';
CREATE FUNCTION engage.csat_inverse(engage.csat_summary, bigint, integer) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_inverse_int8';
COMMENT ON FUNCTION engage.csat_inverse(engage.csat_summary, bigint, integer) IS
  'inverse transition of csat(score, scale)';
CREATE FUNCTION engage.csat_accum(engage.csat_summary, numeric) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_accum_numeric';
COMMENT ON FUNCTION engage.csat_accum(engage.csat_summary, numeric) IS
  'transition of csat(score)';
CREATE FUNCTION engage.csat_inverse(engage.csat_summary, numeric) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_inverse_numeric';
COMMENT ON FUNCTION engage.csat_inverse(engage.csat_summary, numeric) IS
  'inverse transition of csat(score)';
CREATE FUNCTION engage.csat_accum(engage.csat_summary, numeric, integer) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_accum_numeric';
COMMENT ON FUNCTION engage.csat_accum(engage.csat_summary, numeric, integer) IS
  'transition of csat(score, scale)';
CREATE FUNCTION engage.csat_inverse(engage.csat_summary, numeric, integer) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_inverse_numeric';
COMMENT ON FUNCTION engage.csat_inverse(engage.csat_summary, numeric, integer) IS
  'inverse transition of csat(score, scale)';
CREATE FUNCTION engage.csat_accum(engage.csat_summary, double precision) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_accum_float8';
COMMENT ON FUNCTION engage.csat_accum(engage.csat_summary, double precision) IS
  'transition of csat(score)';
CREATE FUNCTION engage.csat_inverse(engage.csat_summary, double precision) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_inverse_float8';
COMMENT ON FUNCTION engage.csat_inverse(engage.csat_summary, double precision) IS
  'inverse transition of csat(score)';
CREATE FUNCTION engage.csat_accum(engage.csat_summary, double precision, integer) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_accum_float8';
COMMENT ON FUNCTION engage.csat_accum(engage.csat_summary, double precision, integer) IS
  'transition of csat(score, scale)';
CREATE FUNCTION engage.csat_inverse(engage.csat_summary, double precision, integer) RETURNS engage.csat_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_inverse_float8';
COMMENT ON FUNCTION engage.csat_inverse(engage.csat_summary, double precision, integer) IS
  'inverse transition of csat(score, scale)';

CREATE FUNCTION engage.csat(summary engage.csat_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat';
COMMENT ON FUNCTION engage.csat(engage.csat_summary) IS
  'Customer satisfaction: percentage of answers in the top two boxes (4 and 5 of 5).';
CREATE FUNCTION engage.fraction(summary engage.csat_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_fraction';
COMMENT ON FUNCTION engage.fraction(engage.csat_summary) IS
  'Share of answers in the top two boxes, 0 to 1.';
CREATE FUNCTION engage.satisfied(summary engage.csat_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_satisfied';
COMMENT ON FUNCTION engage.satisfied(engage.csat_summary) IS
  'Number of answers in the top two boxes.';
CREATE FUNCTION engage.responses(summary engage.csat_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_responses';
COMMENT ON FUNCTION engage.responses(engage.csat_summary) IS
  'Number of answers.';
CREATE FUNCTION engage.mean_score(summary engage.csat_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_csat_mean_score';
COMMENT ON FUNCTION engage.mean_score(engage.csat_summary) IS
  'Mean score, on the survey''s own scale.';
CREATE FUNCTION engage.csat_interval(summary engage.csat_summary, confidence double precision DEFAULT 0.95, method text DEFAULT 'wilson',
    OUT estimate double precision, OUT low double precision, OUT high double precision)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_csat_interval';
COMMENT ON FUNCTION engage.csat_interval(engage.csat_summary, double precision, text) IS
  'CSAT percentage with its confidence interval; method wilson (default) or clopper_pearson.';
CREATE FUNCTION engage.lower_bound(summary engage.csat_summary, confidence double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_csat_lower_bound';
COMMENT ON FUNCTION engage.lower_bound(engage.csat_summary, double precision) IS
  'Lower end of the Wilson interval of CSAT (0 to 100). confidence lies between 0 and 1, 0.95 unless given.';
CREATE FUNCTION engage.upper_bound(summary engage.csat_summary, confidence double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_csat_upper_bound';
COMMENT ON FUNCTION engage.upper_bound(engage.csat_summary, double precision) IS
  'Upper end of the Wilson interval of CSAT (0 to 100). confidence lies between 0 and 1, 0.95 unless given.';

CREATE AGGREGATE engage.csat(score smallint) (
  SFUNC = engage.csat_accum, STYPE = engage.csat_summary, SSPACE = 64, FINALFUNC = engage.csat,
  COMBINEFUNC = engage.csat_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.csat_accum, MINVFUNC = engage.csat_inverse, MSTYPE = engage.csat_summary, MSSPACE = 64,
  MFINALFUNC = engage.csat, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.csat(smallint) IS
  'Customer satisfaction: percentage of answers in the top two boxes, of whole scores from 1 to 5. NULL scores are skipped, any other score is error NG001. NULL if there are no answers.';
CREATE AGGREGATE engage.csat(score integer) (
  SFUNC = engage.csat_accum, STYPE = engage.csat_summary, SSPACE = 64, FINALFUNC = engage.csat,
  COMBINEFUNC = engage.csat_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.csat_accum, MINVFUNC = engage.csat_inverse, MSTYPE = engage.csat_summary, MSSPACE = 64,
  MFINALFUNC = engage.csat, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.csat(integer) IS
  'Customer satisfaction: percentage of answers in the top two boxes, of whole scores from 1 to 5. NULL scores are skipped, any other score is error NG001. NULL if there are no answers.';
CREATE AGGREGATE engage.csat(score bigint) (
  SFUNC = engage.csat_accum, STYPE = engage.csat_summary, SSPACE = 64, FINALFUNC = engage.csat,
  COMBINEFUNC = engage.csat_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.csat_accum, MINVFUNC = engage.csat_inverse, MSTYPE = engage.csat_summary, MSSPACE = 64,
  MFINALFUNC = engage.csat, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.csat(bigint) IS
  'Customer satisfaction: percentage of answers in the top two boxes, of whole scores from 1 to 5. NULL scores are skipped, any other score is error NG001. NULL if there are no answers.';
CREATE AGGREGATE engage.csat(score numeric) (
  SFUNC = engage.csat_accum, STYPE = engage.csat_summary, SSPACE = 64, FINALFUNC = engage.csat,
  COMBINEFUNC = engage.csat_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.csat_accum, MINVFUNC = engage.csat_inverse, MSTYPE = engage.csat_summary, MSSPACE = 64,
  MFINALFUNC = engage.csat, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.csat(numeric) IS
  'Customer satisfaction: percentage of answers in the top two boxes, of whole scores from 1 to 5. NULL scores are skipped, any other score is error NG001. NULL if there are no answers.';
CREATE AGGREGATE engage.csat(score double precision) (
  SFUNC = engage.csat_accum, STYPE = engage.csat_summary, SSPACE = 64, FINALFUNC = engage.csat,
  COMBINEFUNC = engage.csat_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.csat_accum, MINVFUNC = engage.csat_inverse, MSTYPE = engage.csat_summary, MSSPACE = 64,
  MFINALFUNC = engage.csat, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.csat(double precision) IS
  'Customer satisfaction: percentage of answers in the top two boxes, of whole scores from 1 to 5. NULL scores are skipped, any other score is error NG001. NULL if there are no answers.';
CREATE AGGREGATE engage.csat(score smallint, scale integer) (
  SFUNC = engage.csat_accum, STYPE = engage.csat_summary, SSPACE = 64, FINALFUNC = engage.csat,
  COMBINEFUNC = engage.csat_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.csat_accum, MINVFUNC = engage.csat_inverse, MSTYPE = engage.csat_summary, MSSPACE = 64,
  MFINALFUNC = engage.csat, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.csat(smallint, integer) IS
  'Customer satisfaction: percentage of answers in the top two boxes, of whole scores from 1 to scale (a constant of at most 100). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. The scale must not change between rows of a group (error NG004).';
CREATE AGGREGATE engage.csat(score integer, scale integer) (
  SFUNC = engage.csat_accum, STYPE = engage.csat_summary, SSPACE = 64, FINALFUNC = engage.csat,
  COMBINEFUNC = engage.csat_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.csat_accum, MINVFUNC = engage.csat_inverse, MSTYPE = engage.csat_summary, MSSPACE = 64,
  MFINALFUNC = engage.csat, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.csat(integer, integer) IS
  'Customer satisfaction: percentage of answers in the top two boxes, of whole scores from 1 to scale (a constant of at most 100). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. The scale must not change between rows of a group (error NG004).';
CREATE AGGREGATE engage.csat(score bigint, scale integer) (
  SFUNC = engage.csat_accum, STYPE = engage.csat_summary, SSPACE = 64, FINALFUNC = engage.csat,
  COMBINEFUNC = engage.csat_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.csat_accum, MINVFUNC = engage.csat_inverse, MSTYPE = engage.csat_summary, MSSPACE = 64,
  MFINALFUNC = engage.csat, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.csat(bigint, integer) IS
  'Customer satisfaction: percentage of answers in the top two boxes, of whole scores from 1 to scale (a constant of at most 100). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. The scale must not change between rows of a group (error NG004).';
CREATE AGGREGATE engage.csat(score numeric, scale integer) (
  SFUNC = engage.csat_accum, STYPE = engage.csat_summary, SSPACE = 64, FINALFUNC = engage.csat,
  COMBINEFUNC = engage.csat_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.csat_accum, MINVFUNC = engage.csat_inverse, MSTYPE = engage.csat_summary, MSSPACE = 64,
  MFINALFUNC = engage.csat, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.csat(numeric, integer) IS
  'Customer satisfaction: percentage of answers in the top two boxes, of whole scores from 1 to scale (a constant of at most 100). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. The scale must not change between rows of a group (error NG004).';
CREATE AGGREGATE engage.csat(score double precision, scale integer) (
  SFUNC = engage.csat_accum, STYPE = engage.csat_summary, SSPACE = 64, FINALFUNC = engage.csat,
  COMBINEFUNC = engage.csat_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.csat_accum, MINVFUNC = engage.csat_inverse, MSTYPE = engage.csat_summary, MSSPACE = 64,
  MFINALFUNC = engage.csat, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.csat(double precision, integer) IS
  'Customer satisfaction: percentage of answers in the top two boxes, of whole scores from 1 to scale (a constant of at most 100). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. The scale must not change between rows of a group (error NG004).';
CREATE AGGREGATE engage.csat_agg(score smallint) (
  SFUNC = engage.csat_accum, STYPE = engage.csat_summary, SSPACE = 64, FINALFUNC = engage.csat_summary_final,
  COMBINEFUNC = engage.csat_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.csat_accum, MINVFUNC = engage.csat_inverse, MSTYPE = engage.csat_summary, MSSPACE = 64,
  MFINALFUNC = engage.csat_summary_final, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.csat_agg(smallint) IS
  'Customer satisfaction: percentage of answers in the top two boxes, of whole scores from 1 to 5. NULL scores are skipped, any other score is error NG001. NULL if there are no answers. As a summary to store, merge with rollup() and read with its accessors.';
CREATE AGGREGATE engage.csat_agg(score integer) (
  SFUNC = engage.csat_accum, STYPE = engage.csat_summary, SSPACE = 64, FINALFUNC = engage.csat_summary_final,
  COMBINEFUNC = engage.csat_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.csat_accum, MINVFUNC = engage.csat_inverse, MSTYPE = engage.csat_summary, MSSPACE = 64,
  MFINALFUNC = engage.csat_summary_final, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.csat_agg(integer) IS
  'Customer satisfaction: percentage of answers in the top two boxes, of whole scores from 1 to 5. NULL scores are skipped, any other score is error NG001. NULL if there are no answers. As a summary to store, merge with rollup() and read with its accessors.';
CREATE AGGREGATE engage.csat_agg(score bigint) (
  SFUNC = engage.csat_accum, STYPE = engage.csat_summary, SSPACE = 64, FINALFUNC = engage.csat_summary_final,
  COMBINEFUNC = engage.csat_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.csat_accum, MINVFUNC = engage.csat_inverse, MSTYPE = engage.csat_summary, MSSPACE = 64,
  MFINALFUNC = engage.csat_summary_final, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.csat_agg(bigint) IS
  'Customer satisfaction: percentage of answers in the top two boxes, of whole scores from 1 to 5. NULL scores are skipped, any other score is error NG001. NULL if there are no answers. As a summary to store, merge with rollup() and read with its accessors.';
CREATE AGGREGATE engage.csat_agg(score numeric) (
  SFUNC = engage.csat_accum, STYPE = engage.csat_summary, SSPACE = 64, FINALFUNC = engage.csat_summary_final,
  COMBINEFUNC = engage.csat_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.csat_accum, MINVFUNC = engage.csat_inverse, MSTYPE = engage.csat_summary, MSSPACE = 64,
  MFINALFUNC = engage.csat_summary_final, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.csat_agg(numeric) IS
  'Customer satisfaction: percentage of answers in the top two boxes, of whole scores from 1 to 5. NULL scores are skipped, any other score is error NG001. NULL if there are no answers. As a summary to store, merge with rollup() and read with its accessors.';
CREATE AGGREGATE engage.csat_agg(score double precision) (
  SFUNC = engage.csat_accum, STYPE = engage.csat_summary, SSPACE = 64, FINALFUNC = engage.csat_summary_final,
  COMBINEFUNC = engage.csat_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.csat_accum, MINVFUNC = engage.csat_inverse, MSTYPE = engage.csat_summary, MSSPACE = 64,
  MFINALFUNC = engage.csat_summary_final, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.csat_agg(double precision) IS
  'Customer satisfaction: percentage of answers in the top two boxes, of whole scores from 1 to 5. NULL scores are skipped, any other score is error NG001. NULL if there are no answers. As a summary to store, merge with rollup() and read with its accessors.';
CREATE AGGREGATE engage.csat_agg(score smallint, scale integer) (
  SFUNC = engage.csat_accum, STYPE = engage.csat_summary, SSPACE = 64, FINALFUNC = engage.csat_summary_final,
  COMBINEFUNC = engage.csat_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.csat_accum, MINVFUNC = engage.csat_inverse, MSTYPE = engage.csat_summary, MSSPACE = 64,
  MFINALFUNC = engage.csat_summary_final, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.csat_agg(smallint, integer) IS
  'Customer satisfaction: percentage of answers in the top two boxes, of whole scores from 1 to scale (a constant of at most 100). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. The scale must not change between rows of a group (error NG004). As a summary to store, merge with rollup() and read with its accessors.';
CREATE AGGREGATE engage.csat_agg(score integer, scale integer) (
  SFUNC = engage.csat_accum, STYPE = engage.csat_summary, SSPACE = 64, FINALFUNC = engage.csat_summary_final,
  COMBINEFUNC = engage.csat_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.csat_accum, MINVFUNC = engage.csat_inverse, MSTYPE = engage.csat_summary, MSSPACE = 64,
  MFINALFUNC = engage.csat_summary_final, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.csat_agg(integer, integer) IS
  'Customer satisfaction: percentage of answers in the top two boxes, of whole scores from 1 to scale (a constant of at most 100). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. The scale must not change between rows of a group (error NG004). As a summary to store, merge with rollup() and read with its accessors.';
CREATE AGGREGATE engage.csat_agg(score bigint, scale integer) (
  SFUNC = engage.csat_accum, STYPE = engage.csat_summary, SSPACE = 64, FINALFUNC = engage.csat_summary_final,
  COMBINEFUNC = engage.csat_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.csat_accum, MINVFUNC = engage.csat_inverse, MSTYPE = engage.csat_summary, MSSPACE = 64,
  MFINALFUNC = engage.csat_summary_final, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.csat_agg(bigint, integer) IS
  'Customer satisfaction: percentage of answers in the top two boxes, of whole scores from 1 to scale (a constant of at most 100). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. The scale must not change between rows of a group (error NG004). As a summary to store, merge with rollup() and read with its accessors.';
CREATE AGGREGATE engage.csat_agg(score numeric, scale integer) (
  SFUNC = engage.csat_accum, STYPE = engage.csat_summary, SSPACE = 64, FINALFUNC = engage.csat_summary_final,
  COMBINEFUNC = engage.csat_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.csat_accum, MINVFUNC = engage.csat_inverse, MSTYPE = engage.csat_summary, MSSPACE = 64,
  MFINALFUNC = engage.csat_summary_final, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.csat_agg(numeric, integer) IS
  'Customer satisfaction: percentage of answers in the top two boxes, of whole scores from 1 to scale (a constant of at most 100). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. The scale must not change between rows of a group (error NG004). As a summary to store, merge with rollup() and read with its accessors.';
CREATE AGGREGATE engage.csat_agg(score double precision, scale integer) (
  SFUNC = engage.csat_accum, STYPE = engage.csat_summary, SSPACE = 64, FINALFUNC = engage.csat_summary_final,
  COMBINEFUNC = engage.csat_summary_combine, INITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0',
  MSFUNC = engage.csat_accum, MINVFUNC = engage.csat_inverse, MSTYPE = engage.csat_summary, MSSPACE = 64,
  MFINALFUNC = engage.csat_summary_final, MINITCOND = '1:scale=5,1=0,2=0,3=0,4=0,5=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.csat_agg(double precision, integer) IS
  'Customer satisfaction: percentage of answers in the top two boxes, of whole scores from 1 to scale (a constant of at most 100). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. The scale must not change between rows of a group (error NG004). As a summary to store, merge with rollup() and read with its accessors.';
CREATE FUNCTION engage.score_distribution(summary engage.csat_summary,
    OUT score integer, OUT responses bigint, OUT responses_pct double precision)
  RETURNS SETOF record LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 5 AS 'MODULE_PATHNAME', 'engage_csat_summary_distribution';
COMMENT ON FUNCTION engage.score_distribution(engage.csat_summary) IS
  'One row per score of the scale: score, number of answers, percentage of all answers.';
