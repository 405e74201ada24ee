-- Behaviour room: type timeline, what one customer did

CREATE TYPE engage.timeline;
CREATE FUNCTION engage.timeline_in(cstring) RETURNS engage.timeline
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_in';
COMMENT ON FUNCTION engage.timeline_in(cstring) IS
  'timeline: text input';
CREATE FUNCTION engage.timeline_out(engage.timeline) RETURNS cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_out';
COMMENT ON FUNCTION engage.timeline_out(engage.timeline) IS
  'timeline: text output';
CREATE FUNCTION engage.timeline_recv(internal) RETURNS engage.timeline
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_recv';
COMMENT ON FUNCTION engage.timeline_recv(internal) IS
  'timeline: binary input';
CREATE FUNCTION engage.timeline_send(engage.timeline) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_send';
COMMENT ON FUNCTION engage.timeline_send(engage.timeline) IS
  'timeline: binary output';
CREATE TYPE engage.timeline (
  INPUT = engage.timeline_in, OUTPUT = engage.timeline_out,
  RECEIVE = engage.timeline_recv, SEND = engage.timeline_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE engage.timeline IS
  'What one customer did: a bag of events, each with a name, a time to the microsecond, and maybe a value (double precision, so not money). Times are in UTC. Text form: 1:"view"@2024-01-01T10:00:00Z,"purchase"@2024-01-01T10:03:20.5Z=19.9';

-- equality, DISTINCT, GROUP BY, hash joins
CREATE FUNCTION engage.timeline_eq(engage.timeline, engage.timeline) RETURNS boolean
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stored_eq';
COMMENT ON FUNCTION engage.timeline_eq(engage.timeline, engage.timeline) IS
  'The same events, whatever the order in which they were put in';
CREATE FUNCTION engage.timeline_ne(engage.timeline, engage.timeline) RETURNS boolean
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stored_ne';
COMMENT ON FUNCTION engage.timeline_ne(engage.timeline, engage.timeline) IS
  'Not the same events';
CREATE FUNCTION engage.timeline_hash(engage.timeline) RETURNS integer
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stored_hash';
COMMENT ON FUNCTION engage.timeline_hash(engage.timeline) IS
  'timeline: hash';
CREATE FUNCTION engage.timeline_hash(engage.timeline, bigint) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stored_hash_extended';
COMMENT ON FUNCTION engage.timeline_hash(engage.timeline, bigint) IS
  'timeline: hash with a seed';
CREATE OPERATOR engage.= (
  LEFTARG = engage.timeline, RIGHTARG = engage.timeline, FUNCTION = engage.timeline_eq,
  COMMUTATOR = OPERATOR(engage.=), NEGATOR = OPERATOR(engage.<>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR engage.= (engage.timeline, engage.timeline) IS
  'The same events';
CREATE OPERATOR engage.<> (
  LEFTARG = engage.timeline, RIGHTARG = engage.timeline, FUNCTION = engage.timeline_ne,
  COMMUTATOR = OPERATOR(engage.<>), NEGATOR = OPERATOR(engage.=), RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR engage.<> (engage.timeline, engage.timeline) IS
  'Different events';
CREATE OPERATOR CLASS engage.timeline_ops DEFAULT FOR TYPE engage.timeline USING hash AS
  OPERATOR 1 engage.= (engage.timeline, engage.timeline),
  FUNCTION 1 engage.timeline_hash(engage.timeline),
  FUNCTION 2 engage.timeline_hash(engage.timeline, bigint);
COMMENT ON OPERATOR CLASS engage.timeline_ops USING hash IS
  'Hashing of timelines, for DISTINCT, GROUP BY and joins';
COMMENT ON OPERATOR FAMILY engage.timeline_ops USING hash IS
  'Hashing of timelines';

-- making them
CREATE FUNCTION engage.timeline_final(internal) RETURNS engage.timeline
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_final';
COMMENT ON FUNCTION engage.timeline_final(internal) IS
  'the state as a timeline';
CREATE FUNCTION engage.timeline_serial(internal) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_serial';
COMMENT ON FUNCTION engage.timeline_serial(internal) IS
  'a state to another process';
CREATE FUNCTION engage.timeline_deserial(bytea, internal) RETURNS internal
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_deserial';
COMMENT ON FUNCTION engage.timeline_deserial(bytea, internal) IS
  'a state from another process';
CREATE FUNCTION engage.timeline_combine(internal, internal) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_combine';
COMMENT ON FUNCTION engage.timeline_combine(internal, internal) IS
  'merge two states';
CREATE FUNCTION engage.timeline_accum(internal, timestamptz, text) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_accum';
COMMENT ON FUNCTION engage.timeline_accum(internal, timestamptz, text) IS
  'transition of timeline_agg(timestamptz, event)';
CREATE AGGREGATE engage.timeline_agg(ts timestamptz, event text) (
  SFUNC = engage.timeline_accum, STYPE = internal, SSPACE = 256, FINALFUNC = engage.timeline_final,
  COMBINEFUNC = engage.timeline_combine, SERIALFUNC = engage.timeline_serial, DESERIALFUNC = engage.timeline_deserial,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.timeline_agg(timestamptz, text) IS
  'Rows of one customer as a timeline: when and what. The order of rows does not matter. A NULL time or event skips the row; NULL if no row is left. Error NG006 on infinite times.';
CREATE FUNCTION engage.timeline_accum(internal, timestamptz, text, double precision) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_accum_value';
COMMENT ON FUNCTION engage.timeline_accum(internal, timestamptz, text, double precision) IS
  'transition of timeline_agg(timestamptz, event, value)';
CREATE AGGREGATE engage.timeline_agg(ts timestamptz, event text, value double precision) (
  SFUNC = engage.timeline_accum, STYPE = internal, SSPACE = 256, FINALFUNC = engage.timeline_final,
  COMBINEFUNC = engage.timeline_combine, SERIALFUNC = engage.timeline_serial, DESERIALFUNC = engage.timeline_deserial,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.timeline_agg(timestamptz, text, double precision) IS
  'Rows of one customer as a timeline: when, what, and a value. The order of rows does not matter. A NULL time or event skips the row; a NULL value is an event without one; NULL if no row is left. Error NG006 on infinite times, NG003 on values that are not finite.';
CREATE FUNCTION engage.timeline_accum(internal, timestamp, text) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_accum';
COMMENT ON FUNCTION engage.timeline_accum(internal, timestamp, text) IS
  'transition of timeline_agg(timestamp, event)';
CREATE AGGREGATE engage.timeline_agg(ts timestamp, event text) (
  SFUNC = engage.timeline_accum, STYPE = internal, SSPACE = 256, FINALFUNC = engage.timeline_final,
  COMBINEFUNC = engage.timeline_combine, SERIALFUNC = engage.timeline_serial, DESERIALFUNC = engage.timeline_deserial,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.timeline_agg(timestamp, text) IS
  'The same over times without zone, which are taken as they stand, as if in UTC: when and what. The order of rows does not matter. A NULL time or event skips the row; NULL if no row is left. Error NG006 on infinite times.';
CREATE FUNCTION engage.timeline_accum(internal, timestamp, text, double precision) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_accum_value';
COMMENT ON FUNCTION engage.timeline_accum(internal, timestamp, text, double precision) IS
  'transition of timeline_agg(timestamp, event, value)';
CREATE AGGREGATE engage.timeline_agg(ts timestamp, event text, value double precision) (
  SFUNC = engage.timeline_accum, STYPE = internal, SSPACE = 256, FINALFUNC = engage.timeline_final,
  COMBINEFUNC = engage.timeline_combine, SERIALFUNC = engage.timeline_serial, DESERIALFUNC = engage.timeline_deserial,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.timeline_agg(timestamp, text, double precision) IS
  'The same over times without zone, which are taken as they stand, as if in UTC: when, what, and a value. The order of rows does not matter. A NULL time or event skips the row; a NULL value is an event without one; NULL if no row is left. Error NG006 on infinite times, NG003 on values that are not finite.';
CREATE FUNCTION engage.timeline_accum(internal, date, text) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_accum_date';
COMMENT ON FUNCTION engage.timeline_accum(internal, date, text) IS
  'transition of timeline_agg(date, event)';
CREATE AGGREGATE engage.timeline_agg(ts date, event text) (
  SFUNC = engage.timeline_accum, STYPE = internal, SSPACE = 256, FINALFUNC = engage.timeline_final,
  COMBINEFUNC = engage.timeline_combine, SERIALFUNC = engage.timeline_serial, DESERIALFUNC = engage.timeline_deserial,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.timeline_agg(date, text) IS
  'The same over dates, taken as midnight UTC: when and what. The order of rows does not matter. A NULL time or event skips the row; NULL if no row is left. Error NG006 on infinite times.';
CREATE FUNCTION engage.timeline_accum(internal, date, text, double precision) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_accum_date_value';
COMMENT ON FUNCTION engage.timeline_accum(internal, date, text, double precision) IS
  'transition of timeline_agg(date, event, value)';
CREATE AGGREGATE engage.timeline_agg(ts date, event text, value double precision) (
  SFUNC = engage.timeline_accum, STYPE = internal, SSPACE = 256, FINALFUNC = engage.timeline_final,
  COMBINEFUNC = engage.timeline_combine, SERIALFUNC = engage.timeline_serial, DESERIALFUNC = engage.timeline_deserial,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.timeline_agg(date, text, double precision) IS
  'The same over dates, taken as midnight UTC: when, what, and a value. The order of rows does not matter. A NULL time or event skips the row; a NULL value is an event without one; NULL if no row is left. Error NG006 on infinite times, NG003 on values that are not finite.';
CREATE FUNCTION engage.timeline_rollup(internal, engage.timeline) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_rollup_accum';
COMMENT ON FUNCTION engage.timeline_rollup(internal, engage.timeline) IS
  'transition of rollup(timeline)';
CREATE AGGREGATE engage.rollup(engage.timeline) (
  SFUNC = engage.timeline_rollup, STYPE = internal, SSPACE = 256, FINALFUNC = engage.timeline_final,
  COMBINEFUNC = engage.timeline_combine, SERIALFUNC = engage.timeline_serial, DESERIALFUNC = engage.timeline_deserial,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rollup(engage.timeline) IS
  'All events of some timelines of the same customer: the result is what one aggregation over all their rows would have given, whatever the split and the order. An event that is in two of them is there twice (dedup() takes repetitions away). NULL values are skipped.';
CREATE FUNCTION engage.timeline_concat(engage.timeline, engage.timeline) RETURNS engage.timeline
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_concat';
COMMENT ON FUNCTION engage.timeline_concat(engage.timeline, engage.timeline) IS
  'All events of both timelines; what is in both is there twice';
CREATE OPERATOR engage.|| (
  LEFTARG = engage.timeline, RIGHTARG = engage.timeline, FUNCTION = engage.timeline_concat, COMMUTATOR = OPERATOR(engage.||)
);
COMMENT ON OPERATOR engage.|| (engage.timeline, engage.timeline) IS
  'All events of both timelines';

CREATE FUNCTION engage.dedup(t engage.timeline) RETURNS engage.timeline
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_dedup';
COMMENT ON FUNCTION engage.dedup(engage.timeline) IS
  'The timeline with each event once: of those that are equal in time, name and value, one remains.';
-- reading them
CREATE FUNCTION engage.events(t engage.timeline) RETURNS TABLE (n bigint, ts timestamptz, event text, value double precision)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 20 AS 'MODULE_PATHNAME', 'engage_timeline_events_rows';
COMMENT ON FUNCTION engage.events(engage.timeline) IS
  'The events as rows, numbered from 1 in order of time; those of the same time in order of name (by bytes) and value. value is NULL where the event has none.';
CREATE FUNCTION engage.length(t engage.timeline) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_length';
COMMENT ON FUNCTION engage.length(engage.timeline) IS
  'Number of events';
CREATE FUNCTION engage.first_at(t engage.timeline) RETURNS timestamptz
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_first_at';
COMMENT ON FUNCTION engage.first_at(engage.timeline) IS
  'Time of the first event; NULL of an empty timeline';
CREATE FUNCTION engage.last_at(t engage.timeline) RETURNS timestamptz
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_last_at';
COMMENT ON FUNCTION engage.last_at(engage.timeline) IS
  'Time of the last event; NULL of an empty timeline';
CREATE FUNCTION engage.event_names(t engage.timeline) RETURNS text[]
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_event_names';
COMMENT ON FUNCTION engage.event_names(engage.timeline) IS
  'The different names of events, in the order of their bytes. A GIN index on event_names(t) finds customers by what they did.';
CREATE FUNCTION engage.event_count(t engage.timeline) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_length';
COMMENT ON FUNCTION engage.event_count(engage.timeline) IS
  'Number of events: length(t)';
CREATE FUNCTION engage.event_count(t engage.timeline, name text) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_event_count';
COMMENT ON FUNCTION engage.event_count(engage.timeline, text) IS
  'Number of events with that name; 0 if there is none';
CREATE FUNCTION engage.total_value(t engage.timeline) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_total_value';
COMMENT ON FUNCTION engage.total_value(engage.timeline) IS
  'Sum of the values of all events, added in their order; NULL if none has a value';
CREATE FUNCTION engage.total_value(t engage.timeline, name text) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_total_value';
COMMENT ON FUNCTION engage.total_value(engage.timeline, text) IS
  'Sum of the values of the events with that name, added in their order; NULL if none has a value';
CREATE FUNCTION engage.timeline_contains(engage.timeline, text[]) RETURNS boolean
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_contains';
COMMENT ON FUNCTION engage.timeline_contains(engage.timeline, text[]) IS
  'Whether every one of the names occurs';
CREATE FUNCTION engage.timeline_overlaps(engage.timeline, text[]) RETURNS boolean
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_overlaps';
COMMENT ON FUNCTION engage.timeline_overlaps(engage.timeline, text[]) IS
  'Whether one of the names occurs';
CREATE OPERATOR engage.@> (
  LEFTARG = engage.timeline, RIGHTARG = text[], FUNCTION = engage.timeline_contains, RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR engage.@> (engage.timeline, text[]) IS
  'Every one of the names occurs; an empty list is contained in everything, NULL in nothing';
CREATE OPERATOR engage.&& (
  LEFTARG = engage.timeline, RIGHTARG = text[], FUNCTION = engage.timeline_overlaps, RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR engage.&& (engage.timeline, text[]) IS
  'One of the names occurs';

-- cutting them
CREATE FUNCTION engage.slice(t engage.timeline, since timestamptz, until timestamptz) RETURNS engage.timeline
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_slice';
COMMENT ON FUNCTION engage.slice(engage.timeline, timestamptz, timestamptz) IS
  'The events from since on and before until; NULL or infinity is no bound.';
CREATE FUNCTION engage.slice(t engage.timeline, since timestamp, until timestamp) RETURNS engage.timeline
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_slice';
COMMENT ON FUNCTION engage.slice(engage.timeline, timestamp, timestamp) IS
  'The events from since on and before until; NULL or infinity is no bound. Times without zone are taken as if in UTC, as timeline_agg takes them.';
CREATE FUNCTION engage.slice(t engage.timeline, since date, until date) RETURNS engage.timeline
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_slice_dates';
COMMENT ON FUNCTION engage.slice(engage.timeline, date, date) IS
  'The events from since on and before until, which are midnights in UTC; NULL or infinity is no bound';
CREATE FUNCTION engage.keep(t engage.timeline, names text[]) RETURNS engage.timeline
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_keep';
COMMENT ON FUNCTION engage.keep(engage.timeline, text[]) IS
  'The events with one of the names';
CREATE FUNCTION engage.discard(t engage.timeline, names text[]) RETURNS engage.timeline
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_discard';
COMMENT ON FUNCTION engage.discard(engage.timeline, text[]) IS
  'The events with none of the names';
CREATE FUNCTION engage.rename_events(t engage.timeline, old_names text[], new_names text[]) RETURNS engage.timeline
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_rename';
COMMENT ON FUNCTION engage.rename_events(engage.timeline, text[], text[]) IS
  'The same events under other names: each of old_names becomes the one at the same place of new_names; all others stay. Error 22023 if the lists differ in length.';
-- asking them
CREATE FUNCTION engage.sessions(t engage.timeline, gap interval)
  RETURNS TABLE (session bigint, started_at timestamptz, ended_at timestamptz, duration interval, events bigint, value double precision, entry text, exit text)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 5 AS 'MODULE_PATHNAME', 'engage_timeline_sessions';
COMMENT ON FUNCTION engage.sessions(engage.timeline, interval) IS
  'The sessions of a customer, numbered from 1: a new one begins after a pause longer than gap (30 minutes is usual). duration is from the first to the last event, value the sum of values (NULL if there is none), entry and exit the first and last event. Gaps with months are error 22023.';
CREATE FUNCTION engage.session_count(t engage.timeline, gap interval) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_session_count';
COMMENT ON FUNCTION engage.session_count(engage.timeline, interval) IS
  'Number of sessions, which end with a pause longer than gap; 0 of an empty timeline';
CREATE FUNCTION engage.event_path(t engage.timeline, max_steps integer DEFAULT NULL, starts_at text DEFAULT NULL, ends_at text DEFAULT NULL,
                                  collapse boolean DEFAULT true, clean text[] DEFAULT NULL) RETURNS text[]
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'engage_timeline_path';
COMMENT ON FUNCTION engage.event_path(engage.timeline, integer, text, text, boolean, text[]) IS
  'Names of events in order, as an array to count, group by, or give to path_agg(). With starts_at it begins with the first event of that name, with ends_at it stops with the first of that name after it; without such an event it is empty. max_steps keeps the first ones, or with ends_at the last. collapse takes immediate repetitions away (default). clean has pairs of a regular expression and its replacement, applied to each name in order before anything else.';
CREATE FUNCTION engage.next_event(t engage.timeline, after text) RETURNS text
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_next_event';
COMMENT ON FUNCTION engage.next_event(engage.timeline, text) IS
  'Name of the event right after the first one with name "after"; NULL if there is no such event or it is the last';
-- everybody's, from the rows of a query
CREATE FUNCTION engage.timelines(query text, customer anyelement) RETURNS TABLE (customer_key anyelement, t engage.timeline)
  LANGUAGE C STABLE PARALLEL UNSAFE COST 100000 ROWS 100000 AS 'MODULE_PATHNAME', 'engage_timelines_of_query';
COMMENT ON FUNCTION engage.timelines(text, anyelement) IS
  'One timeline a customer from the rows of a query: customer, time (timestamptz, timestamp or date), name of the event, and maybe a value. The second argument says the type of customer, for example NULL::bigint. The same as timeline_agg() with GROUP BY, but faster for many customers: rows are sorted by parts, which go to temporary files beyond work_mem. Rows with a NULL customer, time or event are skipped. The query runs with the rights of the caller.';
