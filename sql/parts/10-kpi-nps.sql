-- KPI room: Net Promoter Score

CREATE TYPE engage.nps_summary;
CREATE FUNCTION engage.nps_summary_in(cstring) RETURNS engage.nps_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_summary_in';
CREATE FUNCTION engage.nps_summary_out(engage.nps_summary) RETURNS cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_summary_out';
CREATE FUNCTION engage.nps_summary_recv(internal) RETURNS engage.nps_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_summary_recv';
CREATE FUNCTION engage.nps_summary_send(engage.nps_summary) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_summary_send';
CREATE TYPE engage.nps_summary (
  INPUT = engage.nps_summary_in, OUTPUT = engage.nps_summary_out,
  RECEIVE = engage.nps_summary_recv, SEND = engage.nps_summary_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = plain
);
COMMENT ON TYPE engage.nps_summary IS
  'Answers to "how likely are you to recommend us?" by class, with weights if there are any. Text form: 1:promoters=3,passives=2,detractors=1';
COMMENT ON FUNCTION engage.nps_summary_in(cstring) IS
  'nps_summary: text input';
COMMENT ON FUNCTION engage.nps_summary_out(engage.nps_summary) IS
  'nps_summary: text output';
COMMENT ON FUNCTION engage.nps_summary_recv(internal) IS
  'nps_summary: binary input';
COMMENT ON FUNCTION engage.nps_summary_send(engage.nps_summary) IS
  'nps_summary: binary output';
CREATE FUNCTION engage.nps_summary_combine(engage.nps_summary, engage.nps_summary) RETURNS engage.nps_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_summary_combine';
COMMENT ON FUNCTION engage.nps_summary_combine(engage.nps_summary, engage.nps_summary) IS
  'nps_summary: merge two values';
CREATE FUNCTION engage.nps_summary_final(engage.nps_summary) RETURNS engage.nps_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_summary_final';
COMMENT ON FUNCTION engage.nps_summary_final(engage.nps_summary) IS
  'nps_summary: the value, or NULL if it has seen no row';

CREATE AGGREGATE engage.rollup(engage.nps_summary) (
  SFUNC = engage.nps_summary_combine, STYPE = engage.nps_summary,
  COMBINEFUNC = engage.nps_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rollup(engage.nps_summary) IS
  'Merges nps_summary values: the result is what one aggregation over all their rows would have given, whatever the split and the order. NULL values are skipped; error NG004 if they were built with different parameters.';

CREATE FUNCTION engage.nps_accum(engage.nps_summary, smallint) RETURNS engage.nps_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_accum_int2';
COMMENT ON FUNCTION engage.nps_accum(engage.nps_summary, smallint) IS
  'transition of nps(score)';
CREATE FUNCTION engage.nps_inverse(engage.nps_summary, smallint) RETURNS engage.nps_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_inverse_int2';
COMMENT ON FUNCTION engage.nps_inverse(engage.nps_summary, smallint) IS
  'inverse transition of nps(score)';
CREATE FUNCTION engage.nps_accum(engage.nps_summary, integer) RETURNS engage.nps_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_accum_int4';
COMMENT ON FUNCTION engage.nps_accum(engage.nps_summary, integer) IS
  'transition of nps(score)';
CREATE FUNCTION engage.nps_inverse(engage.nps_summary, integer) RETURNS engage.nps_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_inverse_int4';
COMMENT ON FUNCTION engage.nps_inverse(engage.nps_summary, integer) IS
  'inverse transition of nps(score)';
CREATE FUNCTION engage.nps_accum(engage.nps_summary, bigint) RETURNS engage.nps_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_accum_int8';
COMMENT ON FUNCTION engage.nps_accum(engage.nps_summary, bigint) IS
  'transition of nps(score)';
CREATE FUNCTION engage.nps_inverse(engage.nps_summary, bigint) RETURNS engage.nps_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_inverse_int8';
COMMENT ON FUNCTION engage.nps_inverse(engage.nps_summary, bigint) IS
  'inverse transition of nps(score)';
CREATE FUNCTION engage.nps_accum(engage.nps_summary, numeric) RETURNS engage.nps_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_accum_numeric';
COMMENT ON FUNCTION engage.nps_accum(engage.nps_summary, numeric) IS
  'transition of nps(score)';
CREATE FUNCTION engage.nps_inverse(engage.nps_summary, numeric) RETURNS engage.nps_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_inverse_numeric';
COMMENT ON FUNCTION engage.nps_inverse(engage.nps_summary, numeric) IS
  'inverse transition of nps(score)';
CREATE FUNCTION engage.nps_accum(engage.nps_summary, double precision) RETURNS engage.nps_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_accum_float8';
COMMENT ON FUNCTION engage.nps_accum(engage.nps_summary, double precision) IS
  'transition of nps(score)';
CREATE FUNCTION engage.nps_inverse(engage.nps_summary, double precision) RETURNS engage.nps_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_inverse_float8';
COMMENT ON FUNCTION engage.nps_inverse(engage.nps_summary, double precision) IS
  'inverse transition of nps(score)';
CREATE FUNCTION engage.nps_weighted_accum(engage.nps_summary, "any", "any") RETURNS engage.nps_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_weighted_accum';
COMMENT ON FUNCTION engage.nps_weighted_accum(engage.nps_summary, "any", "any") IS
  'transition of nps(score, weight)';
CREATE FUNCTION engage.nps_weighted_inverse(engage.nps_summary, "any", "any") RETURNS engage.nps_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_weighted_inverse';
COMMENT ON FUNCTION engage.nps_weighted_inverse(engage.nps_summary, "any", "any") IS
  'inverse transition of nps(score, weight)';

CREATE FUNCTION engage.nps(summary engage.nps_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps';
COMMENT ON FUNCTION engage.nps(engage.nps_summary) IS
  'Net Promoter Score, -100 to 100: 100 x (promoters - detractors) / answers, by weight if the summary is weighted. NULL if nothing (or only weight 0) was counted.';
CREATE FUNCTION engage.promoters(summary engage.nps_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_promoters';
COMMENT ON FUNCTION engage.promoters(engage.nps_summary) IS
  'Number of answers of 9 or 10.';
CREATE FUNCTION engage.passives(summary engage.nps_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_passives';
COMMENT ON FUNCTION engage.passives(engage.nps_summary) IS
  'Number of answers of 7 or 8.';
CREATE FUNCTION engage.detractors(summary engage.nps_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_detractors';
COMMENT ON FUNCTION engage.detractors(engage.nps_summary) IS
  'Number of answers from 0 to 6.';
CREATE FUNCTION engage.responses(summary engage.nps_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_responses';
COMMENT ON FUNCTION engage.responses(engage.nps_summary) IS
  'Number of answers, whatever their weight.';
CREATE FUNCTION engage.promoters_pct(summary engage.nps_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_promoters_pct';
COMMENT ON FUNCTION engage.promoters_pct(engage.nps_summary) IS
  'Promoters as a percentage of all answers, by weight if the summary is weighted.';
CREATE FUNCTION engage.passives_pct(summary engage.nps_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_passives_pct';
COMMENT ON FUNCTION engage.passives_pct(engage.nps_summary) IS
  'Passives as a percentage of all answers, by weight if the summary is weighted.';
CREATE FUNCTION engage.detractors_pct(summary engage.nps_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_nps_detractors_pct';
COMMENT ON FUNCTION engage.detractors_pct(engage.nps_summary) IS
  'Detractors as a percentage of all answers, by weight if the summary is weighted.';
CREATE FUNCTION engage.nps_interval(summary engage.nps_summary, confidence double precision DEFAULT 0.95, method text DEFAULT 'adjusted_wald',
    OUT estimate double precision, OUT low double precision, OUT high double precision)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_nps_interval';
COMMENT ON FUNCTION engage.nps_interval(engage.nps_summary, double precision, text) IS
  'Net Promoter Score with its confidence interval, all within -100 to 100. method: adjusted_wald (three answers added, Rocks 2016; the default, which stays honest for small or unanimous samples) or wald. Weighted answers count as Kish''s effective sample size. NULLs if there are no answers.';
CREATE FUNCTION engage.lower_bound(summary engage.nps_summary, confidence double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_nps_lower_bound';
COMMENT ON FUNCTION engage.lower_bound(engage.nps_summary, double precision) IS
  'Lower end of the adjusted Wald interval of the Net Promoter Score (-100 to 100). confidence lies between 0 and 1, 0.95 unless given.';
CREATE FUNCTION engage.upper_bound(summary engage.nps_summary, confidence double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_nps_upper_bound';
COMMENT ON FUNCTION engage.upper_bound(engage.nps_summary, double precision) IS
  'Upper end of the adjusted Wald interval of the Net Promoter Score (-100 to 100). confidence lies between 0 and 1, 0.95 unless given.';
CREATE FUNCTION engage.nps_difference(a engage.nps_summary, b engage.nps_summary, confidence double precision DEFAULT 0.95,
    method text DEFAULT 'adjusted_wald',
    OUT estimate double precision, OUT low double precision, OUT high double precision)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_nps_difference';
COMMENT ON FUNCTION engage.nps_difference(engage.nps_summary, engage.nps_summary, double precision, text) IS
  'NPS of a less NPS of b, for independent samples, with the confidence interval of the difference (-200 to 200): if low is above 0 or high below 0, the change is more than chance.';

CREATE AGGREGATE engage.nps(score smallint) (
  SFUNC = engage.nps_accum, STYPE = engage.nps_summary, SSPACE = 48, FINALFUNC = engage.nps,
  COMBINEFUNC = engage.nps_summary_combine, INITCOND = '1:promoters=0,passives=0,detractors=0',
  MSFUNC = engage.nps_accum, MINVFUNC = engage.nps_inverse, MSTYPE = engage.nps_summary, MSSPACE = 48,
  MFINALFUNC = engage.nps, MINITCOND = '1:promoters=0,passives=0,detractors=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.nps(smallint) IS
  'Net Promoter Score, -100 to 100, of whole scores from 0 to 10: 100 x (share of 9 and 10 - share of 0 to 6). NULL scores are skipped, any other score is error NG001. NULL if there are no answers.';
CREATE AGGREGATE engage.nps(score integer) (
  SFUNC = engage.nps_accum, STYPE = engage.nps_summary, SSPACE = 48, FINALFUNC = engage.nps,
  COMBINEFUNC = engage.nps_summary_combine, INITCOND = '1:promoters=0,passives=0,detractors=0',
  MSFUNC = engage.nps_accum, MINVFUNC = engage.nps_inverse, MSTYPE = engage.nps_summary, MSSPACE = 48,
  MFINALFUNC = engage.nps, MINITCOND = '1:promoters=0,passives=0,detractors=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.nps(integer) IS
  'Net Promoter Score, -100 to 100, of whole scores from 0 to 10: 100 x (share of 9 and 10 - share of 0 to 6). NULL scores are skipped, any other score is error NG001. NULL if there are no answers.';
CREATE AGGREGATE engage.nps(score bigint) (
  SFUNC = engage.nps_accum, STYPE = engage.nps_summary, SSPACE = 48, FINALFUNC = engage.nps,
  COMBINEFUNC = engage.nps_summary_combine, INITCOND = '1:promoters=0,passives=0,detractors=0',
  MSFUNC = engage.nps_accum, MINVFUNC = engage.nps_inverse, MSTYPE = engage.nps_summary, MSSPACE = 48,
  MFINALFUNC = engage.nps, MINITCOND = '1:promoters=0,passives=0,detractors=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.nps(bigint) IS
  'Net Promoter Score, -100 to 100, of whole scores from 0 to 10: 100 x (share of 9 and 10 - share of 0 to 6). NULL scores are skipped, any other score is error NG001. NULL if there are no answers.';
CREATE AGGREGATE engage.nps(score numeric) (
  SFUNC = engage.nps_accum, STYPE = engage.nps_summary, SSPACE = 48, FINALFUNC = engage.nps,
  COMBINEFUNC = engage.nps_summary_combine, INITCOND = '1:promoters=0,passives=0,detractors=0',
  MSFUNC = engage.nps_accum, MINVFUNC = engage.nps_inverse, MSTYPE = engage.nps_summary, MSSPACE = 48,
  MFINALFUNC = engage.nps, MINITCOND = '1:promoters=0,passives=0,detractors=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.nps(numeric) IS
  'Net Promoter Score, -100 to 100, of whole scores from 0 to 10: 100 x (share of 9 and 10 - share of 0 to 6). NULL scores are skipped, any other score is error NG001. NULL if there are no answers.';
CREATE AGGREGATE engage.nps(score double precision) (
  SFUNC = engage.nps_accum, STYPE = engage.nps_summary, SSPACE = 48, FINALFUNC = engage.nps,
  COMBINEFUNC = engage.nps_summary_combine, INITCOND = '1:promoters=0,passives=0,detractors=0',
  MSFUNC = engage.nps_accum, MINVFUNC = engage.nps_inverse, MSTYPE = engage.nps_summary, MSSPACE = 48,
  MFINALFUNC = engage.nps, MINITCOND = '1:promoters=0,passives=0,detractors=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.nps(double precision) IS
  'Net Promoter Score, -100 to 100, of whole scores from 0 to 10: 100 x (share of 9 and 10 - share of 0 to 6). NULL scores are skipped, any other score is error NG001. NULL if there are no answers.';
CREATE AGGREGATE engage.nps(score "any", weight "any") (
  SFUNC = engage.nps_weighted_accum, STYPE = engage.nps_summary, SSPACE = 176, FINALFUNC = engage.nps,
  COMBINEFUNC = engage.nps_summary_combine, INITCOND = '1w:promoters=0,passives=0,detractors=0,promoter_weight=0,passive_weight=0,detractor_weight=0,weight_squares=0',
  MSFUNC = engage.nps_weighted_accum, MINVFUNC = engage.nps_weighted_inverse, MSTYPE = engage.nps_summary, MSSPACE = 176,
  MFINALFUNC = engage.nps, MINITCOND = '1w:promoters=0,passives=0,detractors=0,promoter_weight=0,passive_weight=0,detractor_weight=0,weight_squares=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.nps("any", "any") IS
  'Net Promoter Score, -100 to 100, with a weight per answer (any number of 0 or more; NULL skips the row). Error NG001 for a score outside 0 to 10, NG002 for a negative weight.';
CREATE AGGREGATE engage.nps_agg(score smallint) (
  SFUNC = engage.nps_accum, STYPE = engage.nps_summary, SSPACE = 48, FINALFUNC = engage.nps_summary_final,
  COMBINEFUNC = engage.nps_summary_combine, INITCOND = '1:promoters=0,passives=0,detractors=0',
  MSFUNC = engage.nps_accum, MINVFUNC = engage.nps_inverse, MSTYPE = engage.nps_summary, MSSPACE = 48,
  MFINALFUNC = engage.nps_summary_final, MINITCOND = '1:promoters=0,passives=0,detractors=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.nps_agg(smallint) IS
  'Net Promoter Score, -100 to 100, of whole scores from 0 to 10: 100 x (share of 9 and 10 - share of 0 to 6). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. As a summary to store, merge with rollup() and read with nps(), nps_interval(), promoters() ...';
CREATE AGGREGATE engage.nps_agg(score integer) (
  SFUNC = engage.nps_accum, STYPE = engage.nps_summary, SSPACE = 48, FINALFUNC = engage.nps_summary_final,
  COMBINEFUNC = engage.nps_summary_combine, INITCOND = '1:promoters=0,passives=0,detractors=0',
  MSFUNC = engage.nps_accum, MINVFUNC = engage.nps_inverse, MSTYPE = engage.nps_summary, MSSPACE = 48,
  MFINALFUNC = engage.nps_summary_final, MINITCOND = '1:promoters=0,passives=0,detractors=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.nps_agg(integer) IS
  'Net Promoter Score, -100 to 100, of whole scores from 0 to 10: 100 x (share of 9 and 10 - share of 0 to 6). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. As a summary to store, merge with rollup() and read with nps(), nps_interval(), promoters() ...';
CREATE AGGREGATE engage.nps_agg(score bigint) (
  SFUNC = engage.nps_accum, STYPE = engage.nps_summary, SSPACE = 48, FINALFUNC = engage.nps_summary_final,
  COMBINEFUNC = engage.nps_summary_combine, INITCOND = '1:promoters=0,passives=0,detractors=0',
  MSFUNC = engage.nps_accum, MINVFUNC = engage.nps_inverse, MSTYPE = engage.nps_summary, MSSPACE = 48,
  MFINALFUNC = engage.nps_summary_final, MINITCOND = '1:promoters=0,passives=0,detractors=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.nps_agg(bigint) IS
  'Net Promoter Score, -100 to 100, of whole scores from 0 to 10: 100 x (share of 9 and 10 - share of 0 to 6). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. As a summary to store, merge with rollup() and read with nps(), nps_interval(), promoters() ...';
CREATE AGGREGATE engage.nps_agg(score numeric) (
  SFUNC = engage.nps_accum, STYPE = engage.nps_summary, SSPACE = 48, FINALFUNC = engage.nps_summary_final,
  COMBINEFUNC = engage.nps_summary_combine, INITCOND = '1:promoters=0,passives=0,detractors=0',
  MSFUNC = engage.nps_accum, MINVFUNC = engage.nps_inverse, MSTYPE = engage.nps_summary, MSSPACE = 48,
  MFINALFUNC = engage.nps_summary_final, MINITCOND = '1:promoters=0,passives=0,detractors=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.nps_agg(numeric) IS
  'Net Promoter Score, -100 to 100, of whole scores from 0 to 10: 100 x (share of 9 and 10 - share of 0 to 6). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. As a summary to store, merge with rollup() and read with nps(), nps_interval(), promoters() ...';
CREATE AGGREGATE engage.nps_agg(score double precision) (
  SFUNC = engage.nps_accum, STYPE = engage.nps_summary, SSPACE = 48, FINALFUNC = engage.nps_summary_final,
  COMBINEFUNC = engage.nps_summary_combine, INITCOND = '1:promoters=0,passives=0,detractors=0',
  MSFUNC = engage.nps_accum, MINVFUNC = engage.nps_inverse, MSTYPE = engage.nps_summary, MSSPACE = 48,
  MFINALFUNC = engage.nps_summary_final, MINITCOND = '1:promoters=0,passives=0,detractors=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.nps_agg(double precision) IS
  'Net Promoter Score, -100 to 100, of whole scores from 0 to 10: 100 x (share of 9 and 10 - share of 0 to 6). NULL scores are skipped, any other score is error NG001. NULL if there are no answers. As a summary to store, merge with rollup() and read with nps(), nps_interval(), promoters() ...';
CREATE AGGREGATE engage.nps_agg(score "any", weight "any") (
  SFUNC = engage.nps_weighted_accum, STYPE = engage.nps_summary, SSPACE = 176, FINALFUNC = engage.nps_summary_final,
  COMBINEFUNC = engage.nps_summary_combine, INITCOND = '1w:promoters=0,passives=0,detractors=0,promoter_weight=0,passive_weight=0,detractor_weight=0,weight_squares=0',
  MSFUNC = engage.nps_weighted_accum, MINVFUNC = engage.nps_weighted_inverse, MSTYPE = engage.nps_summary, MSSPACE = 176,
  MFINALFUNC = engage.nps_summary_final, MINITCOND = '1w:promoters=0,passives=0,detractors=0,promoter_weight=0,passive_weight=0,detractor_weight=0,weight_squares=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.nps_agg("any", "any") IS
  'Net Promoter Score, -100 to 100, with a weight per answer (any number of 0 or more; NULL skips the row). Error NG001 for a score outside 0 to 10, NG002 for a negative weight. As a summary to store, merge with rollup() and read with nps(), nps_interval(), promoters() ...';
