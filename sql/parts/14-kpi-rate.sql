-- KPI room: shares of every kind, and social engagement rates

CREATE TYPE engage.rate_summary;
CREATE FUNCTION engage.rate_summary_in(cstring) RETURNS engage.rate_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_rate_summary_in';
CREATE FUNCTION engage.rate_summary_out(engage.rate_summary) RETURNS cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_rate_summary_out';
CREATE FUNCTION engage.rate_summary_recv(internal) RETURNS engage.rate_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_rate_summary_recv';
CREATE FUNCTION engage.rate_summary_send(engage.rate_summary) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_rate_summary_send';
CREATE TYPE engage.rate_summary (
  INPUT = engage.rate_summary_in, OUTPUT = engage.rate_summary_out,
  RECEIVE = engage.rate_summary_recv, SEND = engage.rate_summary_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = plain
);
COMMENT ON TYPE engage.rate_summary IS
  'Hits and trials, the mergeable value behind every share. Text form: 1:hits=3,trials=10, or 1m:rows=2,hits=3.5,trials=10.0 if they were summed up from measures';
COMMENT ON FUNCTION engage.rate_summary_in(cstring) IS
  'rate_summary: text input';
COMMENT ON FUNCTION engage.rate_summary_out(engage.rate_summary) IS
  'rate_summary: text output';
COMMENT ON FUNCTION engage.rate_summary_recv(internal) IS
  'rate_summary: binary input';
COMMENT ON FUNCTION engage.rate_summary_send(engage.rate_summary) IS
  'rate_summary: binary output';
CREATE FUNCTION engage.rate_summary_combine(engage.rate_summary, engage.rate_summary) RETURNS engage.rate_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_rate_summary_combine';
COMMENT ON FUNCTION engage.rate_summary_combine(engage.rate_summary, engage.rate_summary) IS
  'rate_summary: merge two values';
CREATE FUNCTION engage.rate_summary_final(engage.rate_summary) RETURNS engage.rate_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_rate_summary_final';
COMMENT ON FUNCTION engage.rate_summary_final(engage.rate_summary) IS
  'rate_summary: the value, or NULL if it has seen no row';

CREATE AGGREGATE engage.rollup(engage.rate_summary) (
  SFUNC = engage.rate_summary_combine, STYPE = engage.rate_summary,
  COMBINEFUNC = engage.rate_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rollup(engage.rate_summary) IS
  'Merges rate_summary values: the result is what one aggregation over all their rows would have given, whatever the split and the order. NULL values are skipped; error NG004 if they were built with different parameters.';

CREATE FUNCTION engage.rate_counted_accum(engage.rate_summary, boolean) RETURNS engage.rate_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_rate_counted_accum';
COMMENT ON FUNCTION engage.rate_counted_accum(engage.rate_summary, boolean) IS
  'transition of rate(boolean)';
CREATE FUNCTION engage.rate_counted_inverse(engage.rate_summary, boolean) RETURNS engage.rate_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_rate_counted_inverse';
COMMENT ON FUNCTION engage.rate_counted_inverse(engage.rate_summary, boolean) IS
  'inverse transition of rate(boolean)';
CREATE FUNCTION engage.rate_measured_accum(engage.rate_summary, "any", "any") RETURNS engage.rate_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_rate_measured_accum';
COMMENT ON FUNCTION engage.rate_measured_accum(engage.rate_summary, "any", "any") IS
  'transition of rate(hits, trials)';
CREATE FUNCTION engage.rate_measured_inverse(engage.rate_summary, "any", "any") RETURNS engage.rate_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_rate_measured_inverse';
COMMENT ON FUNCTION engage.rate_measured_inverse(engage.rate_summary, "any", "any") IS
  'inverse transition of rate(hits, trials)';
CREATE FUNCTION engage.engagement_accum(engage.rate_summary, "any", "any") RETURNS engage.rate_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_engagement_accum';
COMMENT ON FUNCTION engage.engagement_accum(engage.rate_summary, "any", "any") IS
  'transition of engagement_rate(interactions, audience)';
CREATE FUNCTION engage.engagement_inverse(engage.rate_summary, "any", "any") RETURNS engage.rate_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_engagement_inverse';
COMMENT ON FUNCTION engage.engagement_inverse(engage.rate_summary, "any", "any") IS
  'inverse transition of engagement_rate(interactions, audience)';
CREATE FUNCTION engage.social_accum(engage.rate_summary, "any", "any", "any", "any") RETURNS engage.rate_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_social_accum';
COMMENT ON FUNCTION engage.social_accum(engage.rate_summary, "any", "any", "any", "any") IS
  'transition of engagement_rate(likes, comments, shares, audience)';
CREATE FUNCTION engage.social_inverse(engage.rate_summary, "any", "any", "any", "any") RETURNS engage.rate_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_social_inverse';
COMMENT ON FUNCTION engage.social_inverse(engage.rate_summary, "any", "any", "any", "any") IS
  'inverse transition of engagement_rate(likes, comments, shares, audience)';

CREATE FUNCTION engage.rate(summary engage.rate_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_rate';
COMMENT ON FUNCTION engage.rate(engage.rate_summary) IS
  'The pooled rate as a percentage: 100 x hits / trials. NULL without trials. Not clamped: total clicks per message may exceed 100.';
CREATE FUNCTION engage.engagement_rate(summary engage.rate_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_rate';
COMMENT ON FUNCTION engage.engagement_rate(engage.rate_summary) IS
  'The pooled engagement rate as a percentage: 100 x interactions / audience.';
CREATE FUNCTION engage.fraction(summary engage.rate_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_rate_fraction';
COMMENT ON FUNCTION engage.fraction(engage.rate_summary) IS
  'The pooled rate as a fraction, hits / trials, for tools that format percentages themselves.';
CREATE FUNCTION engage.hits(summary engage.rate_summary) RETURNS numeric
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_rate_hits';
COMMENT ON FUNCTION engage.hits(engage.rate_summary) IS
  'Number (or sum) of hits: the numerator.';
CREATE FUNCTION engage.trials(summary engage.rate_summary) RETURNS numeric
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_rate_trials';
COMMENT ON FUNCTION engage.trials(engage.rate_summary) IS
  'Number (or sum) of trials: the denominator.';
CREATE FUNCTION engage.rate_interval(summary engage.rate_summary, confidence double precision DEFAULT 0.95, method text DEFAULT 'wilson',
    OUT estimate double precision, OUT low double precision, OUT high double precision)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_rate_interval';
COMMENT ON FUNCTION engage.rate_interval(engage.rate_summary, double precision, text) IS
  'Rate with its confidence interval, as percentages; method wilson (default) or clopper_pearson. NULLs without trials; error NG005 if there are more hits than trials or either is not whole, for then they are not counts.';
CREATE FUNCTION engage.lower_bound(summary engage.rate_summary, confidence double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_rate_lower_bound';
COMMENT ON FUNCTION engage.lower_bound(engage.rate_summary, double precision) IS
  'Lower end of the Wilson interval of the rate (0 to 100). confidence lies between 0 and 1, 0.95 unless given.';
CREATE FUNCTION engage.upper_bound(summary engage.rate_summary, confidence double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_rate_upper_bound';
COMMENT ON FUNCTION engage.upper_bound(engage.rate_summary, double precision) IS
  'Upper end of the Wilson interval of the rate (0 to 100). confidence lies between 0 and 1, 0.95 unless given.';

CREATE AGGREGATE engage.rate(hit boolean) (
  SFUNC = engage.rate_counted_accum, STYPE = engage.rate_summary, SSPACE = 32, FINALFUNC = engage.rate,
  COMBINEFUNC = engage.rate_summary_combine, INITCOND = '1:hits=0,trials=0',
  MSFUNC = engage.rate_counted_accum, MINVFUNC = engage.rate_counted_inverse, MSTYPE = engage.rate_summary, MSSPACE = 32,
  MFINALFUNC = engage.rate, MINITCOND = '1:hits=0,trials=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rate(boolean) IS
  'Percentage of rows for which the condition is true: open rate, conversion, guest checkout ... A NULL condition is false and its row counts; leave rows out with FILTER. NULL if there are no rows.';
CREATE AGGREGATE engage.rate(hits "any", trials "any") (
  SFUNC = engage.rate_measured_accum, STYPE = engage.rate_summary, SSPACE = 80, FINALFUNC = engage.rate,
  COMBINEFUNC = engage.rate_summary_combine, INITCOND = '1m:rows=0,hits=0,trials=0',
  MSFUNC = engage.rate_measured_accum, MINVFUNC = engage.rate_measured_inverse, MSTYPE = engage.rate_summary, MSSPACE = 80,
  MFINALFUNC = engage.rate, MINITCOND = '1m:rows=0,hits=0,trials=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rate("any", "any") IS
  'Pooled rate as a percentage, 100 x sum(hits) / sum(trials), of any numeric types. A row with a NULL is skipped; error NG003 for negative values; NULL if the trials add up to 0. Not the mean of the rows'' rates.';
CREATE AGGREGATE engage.rate_agg(hit boolean) (
  SFUNC = engage.rate_counted_accum, STYPE = engage.rate_summary, SSPACE = 32, FINALFUNC = engage.rate_summary_final,
  COMBINEFUNC = engage.rate_summary_combine, INITCOND = '1:hits=0,trials=0',
  MSFUNC = engage.rate_counted_accum, MINVFUNC = engage.rate_counted_inverse, MSTYPE = engage.rate_summary, MSSPACE = 32,
  MFINALFUNC = engage.rate_summary_final, MINITCOND = '1:hits=0,trials=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rate_agg(boolean) IS
  'Percentage of rows for which the condition is true: open rate, conversion, guest checkout ... A NULL condition is false and its row counts; leave rows out with FILTER. NULL if there are no rows. As a summary to store, merge with rollup() and read with rate(), fraction(), hits(), trials(), rate_interval().';
CREATE AGGREGATE engage.rate_agg(hits "any", trials "any") (
  SFUNC = engage.rate_measured_accum, STYPE = engage.rate_summary, SSPACE = 80, FINALFUNC = engage.rate_summary_final,
  COMBINEFUNC = engage.rate_summary_combine, INITCOND = '1m:rows=0,hits=0,trials=0',
  MSFUNC = engage.rate_measured_accum, MINVFUNC = engage.rate_measured_inverse, MSTYPE = engage.rate_summary, MSSPACE = 80,
  MFINALFUNC = engage.rate_summary_final, MINITCOND = '1m:rows=0,hits=0,trials=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rate_agg("any", "any") IS
  'Pooled rate as a percentage, 100 x sum(hits) / sum(trials), of any numeric types. A row with a NULL is skipped; error NG003 for negative values; NULL if the trials add up to 0. Not the mean of the rows'' rates. As a summary to store, merge with rollup() and read with rate(), fraction(), hits(), trials(), rate_interval().';
CREATE AGGREGATE engage.engagement_rate(interactions "any", audience "any") (
  SFUNC = engage.engagement_accum, STYPE = engage.rate_summary, SSPACE = 80, FINALFUNC = engage.rate,
  COMBINEFUNC = engage.rate_summary_combine, INITCOND = '1m:rows=0,hits=0,trials=0',
  MSFUNC = engage.engagement_accum, MINVFUNC = engage.engagement_inverse, MSTYPE = engage.rate_summary, MSSPACE = 80,
  MFINALFUNC = engage.rate, MINITCOND = '1m:rows=0,hits=0,trials=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.engagement_rate("any", "any") IS
  'Pooled engagement rate as a percentage, 100 x sum(interactions) / sum(audience): audience is followers, reach, impressions or views. A row with a NULL is skipped; error NG003 for negative values.';
CREATE AGGREGATE engage.engagement_rate(likes "any", comments "any", shares "any", audience "any") (
  SFUNC = engage.social_accum, STYPE = engage.rate_summary, SSPACE = 80, FINALFUNC = engage.rate,
  COMBINEFUNC = engage.rate_summary_combine, INITCOND = '1m:rows=0,hits=0,trials=0',
  MSFUNC = engage.social_accum, MINVFUNC = engage.social_inverse, MSTYPE = engage.rate_summary, MSSPACE = 80,
  MFINALFUNC = engage.rate, MINITCOND = '1m:rows=0,hits=0,trials=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.engagement_rate("any", "any", "any", "any") IS
  'Pooled engagement rate as a percentage, 100 x sum(likes + comments + shares) / sum(audience). A row with a NULL is skipped (write coalesce); error NG003 for negative values.';
CREATE AGGREGATE engage.engagement_rate_agg(interactions "any", audience "any") (
  SFUNC = engage.engagement_accum, STYPE = engage.rate_summary, SSPACE = 80, FINALFUNC = engage.rate_summary_final,
  COMBINEFUNC = engage.rate_summary_combine, INITCOND = '1m:rows=0,hits=0,trials=0',
  MSFUNC = engage.engagement_accum, MINVFUNC = engage.engagement_inverse, MSTYPE = engage.rate_summary, MSSPACE = 80,
  MFINALFUNC = engage.rate_summary_final, MINITCOND = '1m:rows=0,hits=0,trials=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.engagement_rate_agg("any", "any") IS
  'Pooled engagement rate as a percentage, 100 x sum(interactions) / sum(audience): audience is followers, reach, impressions or views. A row with a NULL is skipped; error NG003 for negative values. As a summary to store, merge with rollup() and read with rate(), fraction(), hits(), trials(), rate_interval().';
CREATE AGGREGATE engage.engagement_rate_agg(likes "any", comments "any", shares "any", audience "any") (
  SFUNC = engage.social_accum, STYPE = engage.rate_summary, SSPACE = 80, FINALFUNC = engage.rate_summary_final,
  COMBINEFUNC = engage.rate_summary_combine, INITCOND = '1m:rows=0,hits=0,trials=0',
  MSFUNC = engage.social_accum, MINVFUNC = engage.social_inverse, MSTYPE = engage.rate_summary, MSSPACE = 80,
  MFINALFUNC = engage.rate_summary_final, MINITCOND = '1m:rows=0,hits=0,trials=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.engagement_rate_agg("any", "any", "any", "any") IS
  'Pooled engagement rate as a percentage, 100 x sum(likes + comments + shares) / sum(audience). A row with a NULL is skipped (write coalesce); error NG003 for negative values. As a summary to store, merge with rollup() and read with rate(), fraction(), hits(), trials(), rate_interval().';


CREATE TYPE engage.mean_engagement_rate_summary;
CREATE FUNCTION engage.mean_engagement_rate_summary_in(cstring) RETURNS engage.mean_engagement_rate_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_mean_engagement_rate_summary_in';
CREATE FUNCTION engage.mean_engagement_rate_summary_out(engage.mean_engagement_rate_summary) RETURNS cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_mean_engagement_rate_summary_out';
CREATE FUNCTION engage.mean_engagement_rate_summary_recv(internal) RETURNS engage.mean_engagement_rate_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_mean_engagement_rate_summary_recv';
CREATE FUNCTION engage.mean_engagement_rate_summary_send(engage.mean_engagement_rate_summary) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_mean_engagement_rate_summary_send';
CREATE TYPE engage.mean_engagement_rate_summary (
  INPUT = engage.mean_engagement_rate_summary_in, OUTPUT = engage.mean_engagement_rate_summary_out,
  RECEIVE = engage.mean_engagement_rate_summary_recv, SEND = engage.mean_engagement_rate_summary_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = plain
);
COMMENT ON TYPE engage.mean_engagement_rate_summary IS
  'Number, sum and sum of squares of single posts'' engagement rates. Text form: 1:posts=2,rates_pct=6.9,rates_pct_squared=23.81';
COMMENT ON FUNCTION engage.mean_engagement_rate_summary_in(cstring) IS
  'mean_engagement_rate_summary: text input';
COMMENT ON FUNCTION engage.mean_engagement_rate_summary_out(engage.mean_engagement_rate_summary) IS
  'mean_engagement_rate_summary: text output';
COMMENT ON FUNCTION engage.mean_engagement_rate_summary_recv(internal) IS
  'mean_engagement_rate_summary: binary input';
COMMENT ON FUNCTION engage.mean_engagement_rate_summary_send(engage.mean_engagement_rate_summary) IS
  'mean_engagement_rate_summary: binary output';
CREATE FUNCTION engage.mean_engagement_rate_summary_combine(engage.mean_engagement_rate_summary, engage.mean_engagement_rate_summary) RETURNS engage.mean_engagement_rate_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_mean_engagement_rate_summary_combine';
COMMENT ON FUNCTION engage.mean_engagement_rate_summary_combine(engage.mean_engagement_rate_summary, engage.mean_engagement_rate_summary) IS
  'mean_engagement_rate_summary: merge two values';
CREATE FUNCTION engage.mean_engagement_rate_summary_final(engage.mean_engagement_rate_summary) RETURNS engage.mean_engagement_rate_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_mean_engagement_rate_summary_final';
COMMENT ON FUNCTION engage.mean_engagement_rate_summary_final(engage.mean_engagement_rate_summary) IS
  'mean_engagement_rate_summary: the value, or NULL if it has seen no row';

CREATE AGGREGATE engage.rollup(engage.mean_engagement_rate_summary) (
  SFUNC = engage.mean_engagement_rate_summary_combine, STYPE = engage.mean_engagement_rate_summary,
  COMBINEFUNC = engage.mean_engagement_rate_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rollup(engage.mean_engagement_rate_summary) IS
  'Merges mean_engagement_rate_summary values: the result is what one aggregation over all their rows would have given, whatever the split and the order. NULL values are skipped; error NG004 if they were built with different parameters.';

CREATE FUNCTION engage.post_engagement_accum(engage.mean_engagement_rate_summary, "any", "any") RETURNS engage.mean_engagement_rate_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_post_engagement_accum';
COMMENT ON FUNCTION engage.post_engagement_accum(engage.mean_engagement_rate_summary, "any", "any") IS
  'transition of mean_engagement_rate(interactions, audience)';
CREATE FUNCTION engage.post_engagement_inverse(engage.mean_engagement_rate_summary, "any", "any") RETURNS engage.mean_engagement_rate_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_post_engagement_inverse';
COMMENT ON FUNCTION engage.post_engagement_inverse(engage.mean_engagement_rate_summary, "any", "any") IS
  'inverse transition of mean_engagement_rate(interactions, audience)';
CREATE FUNCTION engage.post_social_accum(engage.mean_engagement_rate_summary, "any", "any", "any", "any") RETURNS engage.mean_engagement_rate_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_post_social_accum';
COMMENT ON FUNCTION engage.post_social_accum(engage.mean_engagement_rate_summary, "any", "any", "any", "any") IS
  'transition of mean_engagement_rate(likes, comments, shares, audience)';
CREATE FUNCTION engage.post_social_inverse(engage.mean_engagement_rate_summary, "any", "any", "any", "any") RETURNS engage.mean_engagement_rate_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_post_social_inverse';
COMMENT ON FUNCTION engage.post_social_inverse(engage.mean_engagement_rate_summary, "any", "any", "any", "any") IS
  'inverse transition of mean_engagement_rate(likes, comments, shares, audience)';

CREATE FUNCTION engage.mean_engagement_rate(summary engage.mean_engagement_rate_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_mean_engagement_rate';
COMMENT ON FUNCTION engage.mean_engagement_rate(engage.mean_engagement_rate_summary) IS
  'Mean of the posts'' engagement rates, as a percentage.';
CREATE FUNCTION engage.fraction(summary engage.mean_engagement_rate_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_mean_engagement_rate_fraction';
COMMENT ON FUNCTION engage.fraction(engage.mean_engagement_rate_summary) IS
  'Mean of the posts'' engagement rates, as a fraction.';
CREATE FUNCTION engage.posts(summary engage.mean_engagement_rate_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_mean_engagement_rate_posts';
COMMENT ON FUNCTION engage.posts(engage.mean_engagement_rate_summary) IS
  'Number of posts with an audience.';
CREATE FUNCTION engage.mean_engagement_rate_interval(summary engage.mean_engagement_rate_summary, confidence double precision DEFAULT 0.95,
    OUT estimate double precision, OUT low double precision, OUT high double precision)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_mean_engagement_rate_interval';
COMMENT ON FUNCTION engage.mean_engagement_rate_interval(engage.mean_engagement_rate_summary, double precision) IS
  'Mean engagement rate with Student''s t interval over posts, as percentages; bounds are NULL for fewer than two posts.';
CREATE FUNCTION engage.lower_bound(summary engage.mean_engagement_rate_summary, confidence double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_mean_engagement_rate_lower_bound';
COMMENT ON FUNCTION engage.lower_bound(engage.mean_engagement_rate_summary, double precision) IS
  'Lower end of the t interval of the mean engagement rate (a percentage). confidence lies between 0 and 1, 0.95 unless given.';
CREATE FUNCTION engage.upper_bound(summary engage.mean_engagement_rate_summary, confidence double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_mean_engagement_rate_upper_bound';
COMMENT ON FUNCTION engage.upper_bound(engage.mean_engagement_rate_summary, double precision) IS
  'Upper end of the t interval of the mean engagement rate (a percentage). confidence lies between 0 and 1, 0.95 unless given.';

CREATE AGGREGATE engage.mean_engagement_rate(interactions "any", audience "any") (
  SFUNC = engage.post_engagement_accum, STYPE = engage.mean_engagement_rate_summary, SSPACE = 80, FINALFUNC = engage.mean_engagement_rate,
  COMBINEFUNC = engage.mean_engagement_rate_summary_combine, INITCOND = '1:posts=0,rates_pct=0,rates_pct_squared=0',
  MSFUNC = engage.post_engagement_accum, MINVFUNC = engage.post_engagement_inverse, MSTYPE = engage.mean_engagement_rate_summary, MSSPACE = 80,
  MFINALFUNC = engage.mean_engagement_rate, MINITCOND = '1:posts=0,rates_pct=0,rates_pct_squared=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.mean_engagement_rate("any", "any") IS
  'Mean of the posts'' own engagement rates, as a percentage: every post counts alike, whatever its audience (engagement_rate() pools instead). Posts without audience (0) have no rate and are left out; a row with a NULL is skipped; error NG003 for negative values.';
CREATE AGGREGATE engage.mean_engagement_rate(likes "any", comments "any", shares "any", audience "any") (
  SFUNC = engage.post_social_accum, STYPE = engage.mean_engagement_rate_summary, SSPACE = 80, FINALFUNC = engage.mean_engagement_rate,
  COMBINEFUNC = engage.mean_engagement_rate_summary_combine, INITCOND = '1:posts=0,rates_pct=0,rates_pct_squared=0',
  MSFUNC = engage.post_social_accum, MINVFUNC = engage.post_social_inverse, MSTYPE = engage.mean_engagement_rate_summary, MSSPACE = 80,
  MFINALFUNC = engage.mean_engagement_rate, MINITCOND = '1:posts=0,rates_pct=0,rates_pct_squared=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.mean_engagement_rate("any", "any", "any", "any") IS
  'Mean of the posts'' own engagement rates, as a percentage: every post counts alike, whatever its audience (engagement_rate() pools instead). Posts without audience (0) have no rate and are left out; a row with a NULL is skipped; error NG003 for negative values.';
CREATE AGGREGATE engage.mean_engagement_rate_agg(interactions "any", audience "any") (
  SFUNC = engage.post_engagement_accum, STYPE = engage.mean_engagement_rate_summary, SSPACE = 80, FINALFUNC = engage.mean_engagement_rate_summary_final,
  COMBINEFUNC = engage.mean_engagement_rate_summary_combine, INITCOND = '1:posts=0,rates_pct=0,rates_pct_squared=0',
  MSFUNC = engage.post_engagement_accum, MINVFUNC = engage.post_engagement_inverse, MSTYPE = engage.mean_engagement_rate_summary, MSSPACE = 80,
  MFINALFUNC = engage.mean_engagement_rate_summary_final, MINITCOND = '1:posts=0,rates_pct=0,rates_pct_squared=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.mean_engagement_rate_agg("any", "any") IS
  'Mean of the posts'' own engagement rates, as a percentage: every post counts alike, whatever its audience (engagement_rate() pools instead). Posts without audience (0) have no rate and are left out; a row with a NULL is skipped; error NG003 for negative values. As a summary to store and merge.';
CREATE AGGREGATE engage.mean_engagement_rate_agg(likes "any", comments "any", shares "any", audience "any") (
  SFUNC = engage.post_social_accum, STYPE = engage.mean_engagement_rate_summary, SSPACE = 80, FINALFUNC = engage.mean_engagement_rate_summary_final,
  COMBINEFUNC = engage.mean_engagement_rate_summary_combine, INITCOND = '1:posts=0,rates_pct=0,rates_pct_squared=0',
  MSFUNC = engage.post_social_accum, MINVFUNC = engage.post_social_inverse, MSTYPE = engage.mean_engagement_rate_summary, MSSPACE = 80,
  MFINALFUNC = engage.mean_engagement_rate_summary_final, MINITCOND = '1:posts=0,rates_pct=0,rates_pct_squared=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.mean_engagement_rate_agg("any", "any", "any", "any") IS
  'Mean of the posts'' own engagement rates, as a percentage: every post counts alike, whatever its audience (engagement_rate() pools instead). Posts without audience (0) have no rate and are left out; a row with a NULL is skipped; error NG003 for negative values. As a summary to store and merge.';

CREATE FUNCTION engage.post_engagement_rate(interactions "any", audience "any") RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_post_engagement_rate';
COMMENT ON FUNCTION engage.post_engagement_rate("any", "any") IS
  'One post''s engagement rate as a percentage: 100 x interactions / audience. NULL if an argument is NULL or the audience is 0; error NG003 for negative values.';
CREATE FUNCTION engage.post_engagement_rate(likes "any", comments "any", shares "any", audience "any") RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_post_social_rate';
COMMENT ON FUNCTION engage.post_engagement_rate("any", "any", "any", "any") IS
  'One post''s engagement rate as a percentage: 100 x (likes + comments + shares) / audience. NULL if an argument is NULL or the audience is 0; error NG003 for negative values.';
CREATE FUNCTION engage.engagement_band(rate double precision) RETURNS text
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_engagement_band';
COMMENT ON FUNCTION engage.engagement_band(double precision) IS
  'How an engagement rate (a percentage) is usually read: low (below 1), average (below 3), strong (3 to 6), exceptional (above 6).';
