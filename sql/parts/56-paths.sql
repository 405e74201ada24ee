-- Behaviour room: paths, what followed what

CREATE TYPE engage.path_summary;
CREATE FUNCTION engage.path_summary_in(cstring) RETURNS engage.path_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_path_summary_in';
COMMENT ON FUNCTION engage.path_summary_in(cstring) IS
  'path_summary: text input';
CREATE FUNCTION engage.path_summary_out(engage.path_summary) RETURNS cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_path_summary_out';
COMMENT ON FUNCTION engage.path_summary_out(engage.path_summary) IS
  'path_summary: text output';
CREATE FUNCTION engage.path_summary_recv(internal) RETURNS engage.path_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_path_summary_recv';
COMMENT ON FUNCTION engage.path_summary_recv(internal) IS
  'path_summary: binary input';
CREATE FUNCTION engage.path_summary_send(engage.path_summary) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_path_summary_send';
COMMENT ON FUNCTION engage.path_summary_send(engage.path_summary) IS
  'path_summary: binary output';
CREATE TYPE engage.path_summary (
  INPUT = engage.path_summary_in, OUTPUT = engage.path_summary_out,
  RECEIVE = engage.path_summary_recv, SEND = engage.path_summary_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE engage.path_summary IS
  'How many paths of how many customers went from which event to which, step by step. Text form: 1:from_end=0;"buy","view";edge(1,1,0)=3;edge_customers(1,1,0)=2;... (step, and names by their place in the list, from 0)';
CREATE FUNCTION engage.path_summary_combine(engage.path_summary, engage.path_summary) RETURNS engage.path_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_path_summary_combine';
COMMENT ON FUNCTION engage.path_summary_combine(engage.path_summary, engage.path_summary) IS
  'path_summary: merge two values';
CREATE AGGREGATE engage.rollup(engage.path_summary) (
  SFUNC = engage.path_summary_combine, STYPE = engage.path_summary, SSPACE = 16384,
  COMBINEFUNC = engage.path_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rollup(engage.path_summary) IS
  'Merges path_summary values of different customers: the result is what one aggregation over all of them would have given. NULL values are skipped; error NG004 if only some count from the end.';

CREATE FUNCTION engage.path_accum(engage.path_summary, text[]) RETURNS engage.path_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'engage_path_accum_array';
COMMENT ON FUNCTION engage.path_accum(engage.path_summary, text[]) IS
  'transition of path_agg(path)';
CREATE FUNCTION engage.path_accum(engage.path_summary, text[], boolean) RETURNS engage.path_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'engage_path_accum_array';
COMMENT ON FUNCTION engage.path_accum(engage.path_summary, text[], boolean) IS
  'transition of path_agg(path, from_end)';
CREATE FUNCTION engage.path_accum(engage.path_summary, engage.timeline, interval) RETURNS engage.path_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'engage_path_accum';
COMMENT ON FUNCTION engage.path_accum(engage.path_summary, engage.timeline, interval) IS
  'transition of path_agg(timeline, gap)';
CREATE FUNCTION engage.path_accum(engage.path_summary, engage.timeline, interval, integer) RETURNS engage.path_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'engage_path_accum';
COMMENT ON FUNCTION engage.path_accum(engage.path_summary, engage.timeline, interval, integer) IS
  'transition of path_agg(timeline, gap, max_steps)';
CREATE AGGREGATE engage.path_agg(path text[]) (
  SFUNC = engage.path_accum, STYPE = engage.path_summary, SSPACE = 16384,
  COMBINEFUNC = engage.path_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.path_agg(text[]) IS
  'Paths of customers, one a row, such as event_path() gives: what followed what at which step, where they began and ended. Read it with path_edges(), store it, merge it with rollup(). Empty paths and NULL elements count for nothing, NULL paths are skipped; NULL if there is none.';
CREATE AGGREGATE engage.path_agg(path text[], from_end boolean) (
  SFUNC = engage.path_accum, STYPE = engage.path_summary, SSPACE = 16384,
  COMBINEFUNC = engage.path_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.path_agg(text[], boolean) IS
  'The same with steps counted from the end if from_end is true: -1 is the last event of each path. With event_path(t, ends_at => ...) it shows what came before a conversion.';
CREATE AGGREGATE engage.path_agg(t engage.timeline, gap interval) (
  SFUNC = engage.path_accum, STYPE = engage.path_summary, SSPACE = 16384,
  COMBINEFUNC = engage.path_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.path_agg(engage.timeline, interval) IS
  'Paths of customers by their timelines, one path a session, which ends with a pause longer than gap. The same event several times in a row is one step. A customer counts once for each edge, however many of his paths take it.';
CREATE AGGREGATE engage.path_agg(t engage.timeline, gap interval, max_steps integer) (
  SFUNC = engage.path_accum, STYPE = engage.path_summary, SSPACE = 16384,
  COMBINEFUNC = engage.path_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.path_agg(engage.timeline, interval, integer) IS
  'The same over the first max_steps steps of each session; one that goes on has no exit.';

-- from raw rows
CREATE FUNCTION engage.path_rows_accum(internal, "any", timestamptz, text, interval) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_path_rows_accum';
COMMENT ON FUNCTION engage.path_rows_accum(internal, "any", timestamptz, text, interval) IS
  'transition of path_agg(customer, timestamptz, event, gap)';
CREATE FUNCTION engage.path_rows_accum(internal, "any", timestamp, text, interval) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_path_rows_accum';
COMMENT ON FUNCTION engage.path_rows_accum(internal, "any", timestamp, text, interval) IS
  'transition of path_agg(customer, timestamp, event, gap)';
CREATE FUNCTION engage.path_rows_accum(internal, "any", date, text, interval) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_path_rows_accum';
COMMENT ON FUNCTION engage.path_rows_accum(internal, "any", date, text, interval) IS
  'transition of path_agg(customer, date, event, gap)';
CREATE FUNCTION engage.path_rows_accum(internal, "any", timestamptz, text, interval, integer) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_path_rows_accum';
COMMENT ON FUNCTION engage.path_rows_accum(internal, "any", timestamptz, text, interval, integer) IS
  'transition of path_agg(customer, timestamptz, event, gap, max_steps)';
CREATE FUNCTION engage.path_rows_accum(internal, "any", timestamp, text, interval, integer) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_path_rows_accum';
COMMENT ON FUNCTION engage.path_rows_accum(internal, "any", timestamp, text, interval, integer) IS
  'transition of path_agg(customer, timestamp, event, gap, max_steps)';
CREATE FUNCTION engage.path_rows_accum(internal, "any", date, text, interval, integer) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_path_rows_accum';
COMMENT ON FUNCTION engage.path_rows_accum(internal, "any", date, text, interval, integer) IS
  'transition of path_agg(customer, date, event, gap, max_steps)';
CREATE FUNCTION engage.path_rows_final(internal) RETURNS engage.path_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_path_rows_final';
COMMENT ON FUNCTION engage.path_rows_final(internal) IS
  'the state as a path_summary';
CREATE AGGREGATE engage.path_agg(customer "any", ts timestamptz, event text, gap interval) (
  SFUNC = engage.path_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.path_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.path_agg("any", timestamptz, text, interval) IS
  'Paths of customers from their rows: who, when, what. The same as path_agg over one timeline a customer, in one pass. Rows in which one of the three is NULL are skipped; NULL if none is left. Memory beyond work_mem is written to temporary files.';
CREATE AGGREGATE engage.path_agg(customer "any", ts timestamp, event text, gap interval) (
  SFUNC = engage.path_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.path_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.path_agg("any", timestamp, text, interval) IS
  'Paths from rows by times without zone, which are taken as they stand';
CREATE AGGREGATE engage.path_agg(customer "any", ts date, event text, gap interval) (
  SFUNC = engage.path_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.path_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.path_agg("any", date, text, interval) IS
  'Paths from rows by dates';
CREATE AGGREGATE engage.path_agg(customer "any", ts timestamptz, event text, gap interval, max_steps integer) (
  SFUNC = engage.path_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.path_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.path_agg("any", timestamptz, text, interval, integer) IS
  'Paths from rows over the first max_steps steps of each session; one that goes on has no exit';
CREATE AGGREGATE engage.path_agg(customer "any", ts timestamp, event text, gap interval, max_steps integer) (
  SFUNC = engage.path_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.path_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.path_agg("any", timestamp, text, interval, integer) IS
  'Paths from rows over the first max_steps steps, by times without zone';
CREATE AGGREGATE engage.path_agg(customer "any", ts date, event text, gap interval, max_steps integer) (
  SFUNC = engage.path_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.path_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.path_agg("any", date, text, interval, integer) IS
  'Paths from rows over the first max_steps steps, by dates';

CREATE FUNCTION engage.path_edges(summary engage.path_summary, top integer DEFAULT 50)
  RETURNS TABLE (step integer, source text, target text, customers bigint, paths bigint, paths_pct double precision, edges bigint)
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 50 AS 'MODULE_PATHNAME', 'engage_path_edges';
COMMENT ON FUNCTION engage.path_edges(engage.path_summary, integer) IS
  'The edges of all paths as rows for a Sankey diagram: from source at a step to target at the next. Entries have step 0 and source NULL, exits target NULL, so what comes to an event leaves it. The top edges by customers are shown (NULL: all); the others of a step are one row from (other) to (other), edges says how many they are, and customers is NULL, since one may be in several. paths_pct is of all paths, 0 to 100.';
CREATE FUNCTION engage.customers(summary engage.path_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_path_customers';
COMMENT ON FUNCTION engage.customers(engage.path_summary) IS
  'Customers who have a path';
CREATE FUNCTION engage.paths(summary engage.path_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_path_paths';
COMMENT ON FUNCTION engage.paths(engage.path_summary) IS
  'Number of paths';
