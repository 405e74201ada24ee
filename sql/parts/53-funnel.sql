-- Behaviour room: funnels over stored timelines and of many customers

CREATE FUNCTION engage.funnel_level(t engage.timeline, steps text[], within interval, mode text DEFAULT 'default') RETURNS integer
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'engage_funnel_level';
COMMENT ON FUNCTION engage.funnel_level(engage.timeline, text[], interval, text) IS
  'How many steps of a funnel the customer reached: the largest k such that events with the names steps[1] to steps[k] follow each other, the last at most "within" after the first. 0 if none; 1 to 64 steps. Modes as of window_funnel. A window with months is error 22023.';
CREATE FUNCTION engage.funnel_times(t engage.timeline, steps text[], within interval, mode text DEFAULT 'default') RETURNS timestamptz[]
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'engage_funnel_times';
COMMENT ON FUNCTION engage.funnel_times(engage.timeline, text[], interval, text) IS
  'When the customer reached each step of a funnel, NULL for those not reached: of the events that reach the level earliest, those that start last.';
CREATE FUNCTION engage.time_to_convert(t engage.timeline, steps text[], within interval, mode text DEFAULT 'default') RETURNS interval
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'engage_time_to_convert';
COMMENT ON FUNCTION engage.time_to_convert(engage.timeline, text[], interval, text) IS
  'Time from the first step of a funnel to the last, by the times that funnel_times() gives; NULL if the customer did not complete it. Days have 24 hours.';

CREATE TYPE engage.funnel_summary;
CREATE FUNCTION engage.funnel_summary_in(cstring) RETURNS engage.funnel_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_funnel_summary_in';
COMMENT ON FUNCTION engage.funnel_summary_in(cstring) IS
  'funnel_summary: text input';
CREATE FUNCTION engage.funnel_summary_out(engage.funnel_summary) RETURNS cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_funnel_summary_out';
COMMENT ON FUNCTION engage.funnel_summary_out(engage.funnel_summary) IS
  'funnel_summary: text output';
CREATE FUNCTION engage.funnel_summary_recv(internal) RETURNS engage.funnel_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_funnel_summary_recv';
COMMENT ON FUNCTION engage.funnel_summary_recv(internal) IS
  'funnel_summary: binary input';
CREATE FUNCTION engage.funnel_summary_send(engage.funnel_summary) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_funnel_summary_send';
COMMENT ON FUNCTION engage.funnel_summary_send(engage.funnel_summary) IS
  'funnel_summary: binary output';
CREATE TYPE engage.funnel_summary (
  INPUT = engage.funnel_summary_in, OUTPUT = engage.funnel_summary_out,
  RECEIVE = engage.funnel_summary_recv, SEND = engage.funnel_summary_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE engage.funnel_summary IS
  'How many customers reached which step of a funnel, and how long they took. Text form: 1:within=86400000000,mode=0;"view","buy";reached(1)=7;reached(2)=3;time(2,1024)=3;... (within in microseconds; buckets of times, 64 to each power of two)';
CREATE FUNCTION engage.funnel_summary_combine(engage.funnel_summary, engage.funnel_summary) RETURNS engage.funnel_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_funnel_summary_combine';
COMMENT ON FUNCTION engage.funnel_summary_combine(engage.funnel_summary, engage.funnel_summary) IS
  'funnel_summary: merge two values';
CREATE AGGREGATE engage.rollup(engage.funnel_summary) (
  SFUNC = engage.funnel_summary_combine, STYPE = engage.funnel_summary, SSPACE = 16384,
  COMBINEFUNC = engage.funnel_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rollup(engage.funnel_summary) IS
  'Merges funnel_summary values of different customers: the result is what one aggregation over all of them would have given. NULL values are skipped; error NG004 if steps, window or mode differ.';

CREATE FUNCTION engage.funnel_accum(engage.funnel_summary, engage.timeline, text[], interval) RETURNS engage.funnel_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'engage_funnel_accum';
COMMENT ON FUNCTION engage.funnel_accum(engage.funnel_summary, engage.timeline, text[], interval) IS
  'transition of funnel_agg(timeline, steps, within)';
CREATE FUNCTION engage.funnel_accum(engage.funnel_summary, engage.timeline, text[], interval, text) RETURNS engage.funnel_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'engage_funnel_accum_mode';
COMMENT ON FUNCTION engage.funnel_accum(engage.funnel_summary, engage.timeline, text[], interval, text) IS
  'transition of funnel_agg(timeline, steps, within, mode)';
CREATE AGGREGATE engage.funnel_agg(t engage.timeline, steps text[], within interval) (
  SFUNC = engage.funnel_accum, STYPE = engage.funnel_summary, SSPACE = 16384,
  COMBINEFUNC = engage.funnel_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.funnel_agg(engage.timeline, text[], interval) IS
  'A funnel over many customers, one timeline each: how many reached which step, and how long they took. Read it with funnel_steps(), store it, merge it with rollup(). NULL timelines are skipped, NULL if there is none. Each event name in steps is a step, 1 to 64; steps and within must be the same for all rows (NG004).';
CREATE AGGREGATE engage.funnel_agg(t engage.timeline, steps text[], within interval, mode text) (
  SFUNC = engage.funnel_accum, STYPE = engage.funnel_summary, SSPACE = 16384,
  COMBINEFUNC = engage.funnel_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.funnel_agg(engage.timeline, text[], interval, text) IS
  'The same in one of the modes of window_funnel: default, strict_increase, strict_once, consecutive, any_order';

CREATE FUNCTION engage.funnel_steps(summary engage.funnel_summary)
  RETURNS TABLE (step integer, name text, customers bigint, from_start_pct double precision, from_previous_pct double precision,
                 drop_off bigint, drop_off_pct double precision, mean_time interval, approx_median_time interval, approx_p90_time interval,
                 mean_total_time interval, approx_median_total_time interval, approx_p90_total_time interval)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 5 AS 'MODULE_PATHNAME', 'engage_funnel_steps';
COMMENT ON FUNCTION engage.funnel_steps(engage.funnel_summary) IS
  'The funnel as rows, one a step: customers who reached it or a later one, percentages (0 to 100) of the first and of the previous step, customers lost since the previous step; the time from the previous step and (total) from the first. Means are exact; medians and 90th percentiles are at most 0.8 % off. NULL where there is nothing to divide by or to measure. In mode any_order step k means any k of the steps.';
CREATE FUNCTION engage.customers(summary engage.funnel_summary, step integer) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_funnel_customers';
COMMENT ON FUNCTION engage.customers(engage.funnel_summary, integer) IS
  'Customers who reached a step of the funnel, counted from 1, or a later one';
CREATE FUNCTION engage.conversion_rate(summary engage.funnel_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_funnel_conversion_rate';
COMMENT ON FUNCTION engage.conversion_rate(engage.funnel_summary) IS
  'Customers who completed the funnel, as a percentage (0 to 100) of those who entered it; NULL if nobody did';

-- from raw rows
CREATE FUNCTION engage.funnel_rows_accum(internal, "any", timestamptz, text, text[], interval) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_funnel_rows_accum';
COMMENT ON FUNCTION engage.funnel_rows_accum(internal, "any", timestamptz, text, text[], interval) IS
  'transition of funnel_agg(customer, timestamptz, event, steps, within)';
CREATE FUNCTION engage.funnel_rows_accum(internal, "any", timestamp, text, text[], interval) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_funnel_rows_accum';
COMMENT ON FUNCTION engage.funnel_rows_accum(internal, "any", timestamp, text, text[], interval) IS
  'transition of funnel_agg(customer, timestamp, event, steps, within)';
CREATE FUNCTION engage.funnel_rows_accum(internal, "any", date, text, text[], interval) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_funnel_rows_accum';
COMMENT ON FUNCTION engage.funnel_rows_accum(internal, "any", date, text, text[], interval) IS
  'transition of funnel_agg(customer, date, event, steps, within)';
CREATE FUNCTION engage.funnel_rows_accum(internal, "any", timestamptz, text, text[], interval, text) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_funnel_rows_accum';
COMMENT ON FUNCTION engage.funnel_rows_accum(internal, "any", timestamptz, text, text[], interval, text) IS
  'transition of funnel_agg(customer, timestamptz, event, steps, within, mode)';
CREATE FUNCTION engage.funnel_rows_accum(internal, "any", timestamp, text, text[], interval, text) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_funnel_rows_accum';
COMMENT ON FUNCTION engage.funnel_rows_accum(internal, "any", timestamp, text, text[], interval, text) IS
  'transition of funnel_agg(customer, timestamp, event, steps, within, mode)';
CREATE FUNCTION engage.funnel_rows_accum(internal, "any", date, text, text[], interval, text) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_funnel_rows_accum';
COMMENT ON FUNCTION engage.funnel_rows_accum(internal, "any", date, text, text[], interval, text) IS
  'transition of funnel_agg(customer, date, event, steps, within, mode)';
CREATE FUNCTION engage.funnel_rows_final(internal) RETURNS engage.funnel_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_funnel_rows_final';
COMMENT ON FUNCTION engage.funnel_rows_final(internal) IS
  'the state as a funnel_summary';
CREATE AGGREGATE engage.funnel_agg(customer "any", ts timestamptz, event text, steps text[], within interval) (
  SFUNC = engage.funnel_rows_accum, STYPE = internal, SSPACE = 4096,
  FINALFUNC = engage.funnel_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.funnel_agg("any", timestamptz, text, text[], interval) IS
  'A funnel over many customers from their rows: who, when, what. The same as funnel_agg over one timeline a customer, in one pass and without storing anything. customer is a key of any type but those whose equal values can be written differently. Rows in which one of the three is NULL are skipped; NULL if none is left. Memory beyond work_mem is written to temporary files. The result has rollup() for disjoint customers.';
CREATE AGGREGATE engage.funnel_agg(customer "any", ts timestamp, event text, steps text[], within interval) (
  SFUNC = engage.funnel_rows_accum, STYPE = internal, SSPACE = 4096,
  FINALFUNC = engage.funnel_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.funnel_agg("any", timestamp, text, text[], interval) IS
  'A funnel from rows by times without zone, which are taken as they stand';
CREATE AGGREGATE engage.funnel_agg(customer "any", ts date, event text, steps text[], within interval) (
  SFUNC = engage.funnel_rows_accum, STYPE = internal, SSPACE = 4096,
  FINALFUNC = engage.funnel_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.funnel_agg("any", date, text, text[], interval) IS
  'A funnel from rows by dates';
CREATE AGGREGATE engage.funnel_agg(customer "any", ts timestamptz, event text, steps text[], within interval, mode text) (
  SFUNC = engage.funnel_rows_accum, STYPE = internal, SSPACE = 4096,
  FINALFUNC = engage.funnel_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.funnel_agg("any", timestamptz, text, text[], interval, text) IS
  'A funnel from rows in one of the modes of window_funnel';
CREATE AGGREGATE engage.funnel_agg(customer "any", ts timestamp, event text, steps text[], within interval, mode text) (
  SFUNC = engage.funnel_rows_accum, STYPE = internal, SSPACE = 4096,
  FINALFUNC = engage.funnel_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.funnel_agg("any", timestamp, text, text[], interval, text) IS
  'A funnel from rows in one of the modes of window_funnel, over times without zone';
CREATE AGGREGATE engage.funnel_agg(customer "any", ts date, event text, steps text[], within interval, mode text) (
  SFUNC = engage.funnel_rows_accum, STYPE = internal, SSPACE = 4096,
  FINALFUNC = engage.funnel_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.funnel_agg("any", date, text, text[], interval, text) IS
  'A funnel from rows in one of the modes of window_funnel, over dates';
