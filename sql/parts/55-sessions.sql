-- Behaviour room: sessions of one customer, and of everybody

CREATE TYPE engage.session_set;
CREATE FUNCTION engage.session_set_in(cstring) RETURNS engage.session_set
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_set_in';
COMMENT ON FUNCTION engage.session_set_in(cstring) IS
  'session_set: text input';
CREATE FUNCTION engage.session_set_out(engage.session_set) RETURNS cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_set_out';
COMMENT ON FUNCTION engage.session_set_out(engage.session_set) IS
  'session_set: text output';
CREATE FUNCTION engage.session_set_recv(internal) RETURNS engage.session_set
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_set_recv';
COMMENT ON FUNCTION engage.session_set_recv(internal) IS
  'session_set: binary input';
CREATE FUNCTION engage.session_set_send(engage.session_set) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_set_send';
COMMENT ON FUNCTION engage.session_set_send(engage.session_set) IS
  'session_set: binary output';
CREATE TYPE engage.session_set (
  INPUT = engage.session_set_in, OUTPUT = engage.session_set_out,
  RECEIVE = engage.session_set_recv, SEND = engage.session_set_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE engage.session_set IS
  'The sessions of one customer: when each began and ended, how many events, page views and key events it had, and the times of its first and last page view; and the gap that ends a session. Two that are no further apart than the gap are one, so sets merge exactly. Times are in UTC. Text form: 1:gap=1800000000;2024-01-01T10:00:00Z..2024-01-01T10:05:00Z,events=5,pages=2@2024-01-01T10:00:00Z..2024-01-01T10:03:00Z,keys=1;... (gap in microseconds; the times of page views where they are not those of the session; keys where there are any)';

-- equality, DISTINCT, GROUP BY, hash joins
CREATE FUNCTION engage.session_set_eq(engage.session_set, engage.session_set) RETURNS boolean
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stored_eq';
COMMENT ON FUNCTION engage.session_set_eq(engage.session_set, engage.session_set) IS
  'The same sessions with the same gap';
CREATE FUNCTION engage.session_set_ne(engage.session_set, engage.session_set) RETURNS boolean
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stored_ne';
COMMENT ON FUNCTION engage.session_set_ne(engage.session_set, engage.session_set) IS
  'Not the same sessions, or not the same gap';
CREATE FUNCTION engage.session_set_hash(engage.session_set) RETURNS integer
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stored_hash';
COMMENT ON FUNCTION engage.session_set_hash(engage.session_set) IS
  'session_set: hash';
CREATE FUNCTION engage.session_set_hash(engage.session_set, bigint) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stored_hash_extended';
COMMENT ON FUNCTION engage.session_set_hash(engage.session_set, bigint) IS
  'session_set: hash with a seed';
CREATE OPERATOR engage.= (
  LEFTARG = engage.session_set, RIGHTARG = engage.session_set, FUNCTION = engage.session_set_eq,
  COMMUTATOR = OPERATOR(engage.=), NEGATOR = OPERATOR(engage.<>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR engage.= (engage.session_set, engage.session_set) IS
  'The same sessions';
CREATE OPERATOR engage.<> (
  LEFTARG = engage.session_set, RIGHTARG = engage.session_set, FUNCTION = engage.session_set_ne,
  COMMUTATOR = OPERATOR(engage.<>), NEGATOR = OPERATOR(engage.=), RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR engage.<> (engage.session_set, engage.session_set) IS
  'Not the same sessions';
CREATE OPERATOR CLASS engage.session_set_ops DEFAULT FOR TYPE engage.session_set USING hash AS
  OPERATOR 1 engage.= (engage.session_set, engage.session_set),
  FUNCTION 1 engage.session_set_hash(engage.session_set),
  FUNCTION 2 engage.session_set_hash(engage.session_set, bigint);
COMMENT ON OPERATOR CLASS engage.session_set_ops USING hash IS
  'Hashing of session sets, for DISTINCT, GROUP BY and joins';
COMMENT ON OPERATOR FAMILY engage.session_set_ops USING hash IS
  'Hashing of session sets';

-- making them
CREATE FUNCTION engage.sessions_final(internal) RETURNS engage.session_set
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sessions_final';
COMMENT ON FUNCTION engage.sessions_final(internal) IS
  'the state as a session_set';
CREATE FUNCTION engage.sessions_serial(internal) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sessions_serial';
COMMENT ON FUNCTION engage.sessions_serial(internal) IS
  'a state of sessions to another process';
CREATE FUNCTION engage.sessions_deserial(bytea, internal) RETURNS internal
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sessions_deserial';
COMMENT ON FUNCTION engage.sessions_deserial(bytea, internal) IS
  'a state of sessions from another process';
CREATE FUNCTION engage.sessions_combine(internal, internal) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sessions_rollup';
COMMENT ON FUNCTION engage.sessions_combine(internal, internal) IS
  'merge two states of sessions';
CREATE FUNCTION engage.sessions_accum(internal, timestamptz, interval) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sessions_accum';
COMMENT ON FUNCTION engage.sessions_accum(internal, timestamptz, interval) IS
  'transition of sessions_agg(timestamptz, gap)';
CREATE AGGREGATE engage.sessions_agg(ts timestamptz, gap interval) (
  SFUNC = engage.sessions_accum,
  STYPE = internal, SSPACE = 128, FINALFUNC = engage.sessions_final,
  COMBINEFUNC = engage.sessions_combine, SERIALFUNC = engage.sessions_serial, DESERIALFUNC = engage.sessions_deserial,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.sessions_agg(timestamptz, interval) IS
  'The rows of one customer as a session_set. A new session begins after a pause longer than gap; one of exactly that length does not end it (30 minutes is usual). Every row is taken for a page view, none for a key event. The order of rows does not matter. A NULL time skips the row; NULL if no row is left. The gap must be the same for all rows (NG004), not NULL, and without months (22023). Error NG006 on infinite times. Whose events lie on both sides of a split, by day or by shard, becomes whole again with rollup().';
CREATE FUNCTION engage.sessions_accum(internal, timestamptz, interval, boolean, boolean) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sessions_accum';
COMMENT ON FUNCTION engage.sessions_accum(internal, timestamptz, interval, boolean, boolean) IS
  'transition of sessions_agg(timestamptz, gap, is_page, is_key)';
CREATE AGGREGATE engage.sessions_agg(ts timestamptz, gap interval, is_page boolean, is_key boolean) (
  SFUNC = engage.sessions_accum,
  STYPE = internal, SSPACE = 128, FINALFUNC = engage.sessions_final,
  COMBINEFUNC = engage.sessions_combine, SERIALFUNC = engage.sessions_serial, DESERIALFUNC = engage.sessions_deserial,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.sessions_agg(timestamptz, interval, boolean, boolean) IS
  'The rows of one customer as a session_set. A new session begins after a pause longer than gap; one of exactly that length does not end it (30 minutes is usual). is_page says which rows are page or screen views and is_key which are key events (conversions); a NULL condition is false, and the row is an event nevertheless. The order of rows does not matter. A NULL time skips the row; NULL if no row is left. The gap must be the same for all rows (NG004), not NULL, and without months (22023). Error NG006 on infinite times. Whose events lie on both sides of a split, by day or by shard, becomes whole again with rollup().';
CREATE FUNCTION engage.sessions_accum(internal, timestamp, interval) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sessions_accum';
COMMENT ON FUNCTION engage.sessions_accum(internal, timestamp, interval) IS
  'transition of sessions_agg(timestamp, gap)';
CREATE AGGREGATE engage.sessions_agg(ts timestamp, gap interval) (
  SFUNC = engage.sessions_accum,
  STYPE = internal, SSPACE = 128, FINALFUNC = engage.sessions_final,
  COMBINEFUNC = engage.sessions_combine, SERIALFUNC = engage.sessions_serial, DESERIALFUNC = engage.sessions_deserial,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.sessions_agg(timestamp, interval) IS
  'The same over times without zone, which are taken as they stand, as if in UTC. Every row is taken for a page view, none for a key event.';
CREATE FUNCTION engage.sessions_accum(internal, timestamp, interval, boolean, boolean) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sessions_accum';
COMMENT ON FUNCTION engage.sessions_accum(internal, timestamp, interval, boolean, boolean) IS
  'transition of sessions_agg(timestamp, gap, is_page, is_key)';
CREATE AGGREGATE engage.sessions_agg(ts timestamp, gap interval, is_page boolean, is_key boolean) (
  SFUNC = engage.sessions_accum,
  STYPE = internal, SSPACE = 128, FINALFUNC = engage.sessions_final,
  COMBINEFUNC = engage.sessions_combine, SERIALFUNC = engage.sessions_serial, DESERIALFUNC = engage.sessions_deserial,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.sessions_agg(timestamp, interval, boolean, boolean) IS
  'The same over times without zone, which are taken as they stand, as if in UTC. is_page says which rows are page or screen views and is_key which are key events (conversions); a NULL condition is false, and the row is an event nevertheless.';
CREATE FUNCTION engage.sessions_accum(internal, date, interval) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sessions_accum_date';
COMMENT ON FUNCTION engage.sessions_accum(internal, date, interval) IS
  'transition of sessions_agg(date, gap)';
CREATE AGGREGATE engage.sessions_agg(ts date, gap interval) (
  SFUNC = engage.sessions_accum,
  STYPE = internal, SSPACE = 128, FINALFUNC = engage.sessions_final,
  COMBINEFUNC = engage.sessions_combine, SERIALFUNC = engage.sessions_serial, DESERIALFUNC = engage.sessions_deserial,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.sessions_agg(date, interval) IS
  'The same over dates, taken as midnight UTC: of use if all a row knows is the day and gap is a matter of days. Every row is taken for a page view, none for a key event.';
CREATE FUNCTION engage.sessions_accum(internal, date, interval, boolean, boolean) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sessions_accum_date';
COMMENT ON FUNCTION engage.sessions_accum(internal, date, interval, boolean, boolean) IS
  'transition of sessions_agg(date, gap, is_page, is_key)';
CREATE AGGREGATE engage.sessions_agg(ts date, gap interval, is_page boolean, is_key boolean) (
  SFUNC = engage.sessions_accum,
  STYPE = internal, SSPACE = 128, FINALFUNC = engage.sessions_final,
  COMBINEFUNC = engage.sessions_combine, SERIALFUNC = engage.sessions_serial, DESERIALFUNC = engage.sessions_deserial,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.sessions_agg(date, interval, boolean, boolean) IS
  'The same over dates, taken as midnight UTC: of use if all a row knows is the day and gap is a matter of days. is_page says which rows are page or screen views and is_key which are key events (conversions); a NULL condition is false, and the row is an event nevertheless.';
CREATE FUNCTION engage.sessions_rollup(internal, engage.session_set) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sessions_rollup';
COMMENT ON FUNCTION engage.sessions_rollup(internal, engage.session_set) IS
  'transition of rollup(session_set)';
CREATE AGGREGATE engage.rollup(engage.session_set) (
  SFUNC = engage.sessions_rollup,
  STYPE = internal, SSPACE = 128, FINALFUNC = engage.sessions_final,
  COMBINEFUNC = engage.sessions_combine, SERIALFUNC = engage.sessions_serial, DESERIALFUNC = engage.sessions_deserial,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rollup(engage.session_set) IS
  'All sessions of some sets of the same customer: the result is what one aggregation over all their rows would have given, whatever the split and the order. Rows that are in two of them count twice. NULL values are skipped; error NG004 if gaps differ.';
CREATE FUNCTION engage.session_set_union(engage.session_set, engage.session_set) RETURNS engage.session_set
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_set_union';
COMMENT ON FUNCTION engage.session_set_union(engage.session_set, engage.session_set) IS
  'The sessions of both sets of the same customer; error NG004 if gaps differ';
CREATE OPERATOR engage.|| (
  LEFTARG = engage.session_set, RIGHTARG = engage.session_set, FUNCTION = engage.session_set_union, COMMUTATOR = OPERATOR(engage.||)
);
COMMENT ON OPERATOR engage.|| (engage.session_set, engage.session_set) IS
  'The sessions of both sets of the same customer; those no further apart than the gap become one';
CREATE FUNCTION engage.session_set(t engage.timeline, gap interval, page_names text[] DEFAULT NULL, key_names text[] DEFAULT NULL) RETURNS engage.session_set
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'engage_session_set_of_timeline';
COMMENT ON FUNCTION engage.session_set(engage.timeline, interval, text[], text[]) IS
  'The sessions of a timeline, as sessions_agg() makes them of rows. page_names are the events that are page views (NULL: all), key_names those that are key events (NULL: none). NULL of a NULL timeline. A NULL gap is error 22004, one with months 22023.';

-- reading them
CREATE FUNCTION engage.session_rows(s engage.session_set) RETURNS TABLE (session bigint, started_at timestamptz, ended_at timestamptz, duration interval, events bigint, pages bigint, key_events bigint)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 5 AS 'MODULE_PATHNAME', 'engage_session_rows';
COMMENT ON FUNCTION engage.session_rows(engage.session_set) IS
  'The sessions as rows, numbered from 1 in order of time. duration is from the first to the last event, so 0 of a session with one.';
CREATE FUNCTION engage.session_count(s engage.session_set) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_set_count';
COMMENT ON FUNCTION engage.session_count(engage.session_set) IS
  'Number of sessions of the customer';
CREATE FUNCTION engage.engaged_sessions(s engage.session_set, min_duration interval DEFAULT '10 seconds') RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_set_engaged';
COMMENT ON FUNCTION engage.engaged_sessions(engage.session_set, interval) IS
  'Number of engaged sessions as Google Analytics 4 counts them: longer than min_duration (not exactly as long), or with a key event, or with two page views or more. Durations with months are error 22023.';
CREATE FUNCTION engage.bounced_sessions(s engage.session_set) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_set_bounced';
COMMENT ON FUNCTION engage.bounced_sessions(engage.session_set) IS
  'Number of sessions with one page view';
CREATE FUNCTION engage.total_duration(s engage.session_set) RETURNS interval
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_set_duration';
COMMENT ON FUNCTION engage.total_duration(engage.session_set) IS
  'Sum of the durations of all sessions, in days of 24 hours';
CREATE FUNCTION engage.session_gap(s engage.session_set) RETURNS interval
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_set_gap';
COMMENT ON FUNCTION engage.session_gap(engage.session_set) IS
  'The gap: a session ends with a pause longer than that';
CREATE FUNCTION engage.first_at(s engage.session_set) RETURNS timestamptz
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_set_first_at';
COMMENT ON FUNCTION engage.first_at(engage.session_set) IS
  'Time of the first event of the first session; NULL of an empty set';
CREATE FUNCTION engage.last_at(s engage.session_set) RETURNS timestamptz
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_set_last_at';
COMMENT ON FUNCTION engage.last_at(engage.session_set) IS
  'Time of the last event of the last session; NULL of an empty set';
CREATE FUNCTION engage.event_count(s engage.session_set) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_set_events';
COMMENT ON FUNCTION engage.event_count(engage.session_set) IS
  'Number of events in all sessions';
CREATE FUNCTION engage.page_views(s engage.session_set) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_set_pages';
COMMENT ON FUNCTION engage.page_views(engage.session_set) IS
  'Number of page views';
CREATE FUNCTION engage.key_events(s engage.session_set) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_set_keys';
COMMENT ON FUNCTION engage.key_events(engage.session_set) IS
  'Number of key events';

-- everybody's
CREATE TYPE engage.session_stats_summary;
CREATE FUNCTION engage.session_stats_summary_in(cstring) RETURNS engage.session_stats_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_stats_summary_in';
COMMENT ON FUNCTION engage.session_stats_summary_in(cstring) IS
  'session_stats_summary: text input';
CREATE FUNCTION engage.session_stats_summary_out(engage.session_stats_summary) RETURNS cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_stats_summary_out';
COMMENT ON FUNCTION engage.session_stats_summary_out(engage.session_stats_summary) IS
  'session_stats_summary: text output';
CREATE FUNCTION engage.session_stats_summary_recv(internal) RETURNS engage.session_stats_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_stats_summary_recv';
COMMENT ON FUNCTION engage.session_stats_summary_recv(internal) IS
  'session_stats_summary: binary input';
CREATE FUNCTION engage.session_stats_summary_send(engage.session_stats_summary) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_stats_summary_send';
COMMENT ON FUNCTION engage.session_stats_summary_send(engage.session_stats_summary) IS
  'session_stats_summary: binary output';
CREATE TYPE engage.session_stats_summary (
  INPUT = engage.session_stats_summary_in, OUTPUT = engage.session_stats_summary_out,
  RECEIVE = engage.session_stats_summary_recv, SEND = engage.session_stats_summary_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE engage.session_stats_summary IS
  'Sessions of many customers, counted: visitors by whether they are new and how many sessions they had, sessions by whether they bounced, were engaged (Google Analytics 4) and had several events, and sums of events, page views, key events and times. Text form: 1:gap=1800000000,since=...,until=...;;visitors(1,3)=7;sessions(0,1,1)=21;... (gap and period in microseconds)';
CREATE FUNCTION engage.session_stats_summary_combine(engage.session_stats_summary, engage.session_stats_summary) RETURNS engage.session_stats_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_stats_summary_combine';
COMMENT ON FUNCTION engage.session_stats_summary_combine(engage.session_stats_summary, engage.session_stats_summary) IS
  'session_stats_summary: merge two values';
CREATE AGGREGATE engage.rollup(engage.session_stats_summary) (
  SFUNC = engage.session_stats_summary_combine, STYPE = engage.session_stats_summary, SSPACE = 4096,
  COMBINEFUNC = engage.session_stats_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rollup(engage.session_stats_summary) IS
  'Merges session_stats_summary values of different customers: the result is what one aggregation over all of them would have given. (Parts of the same customers are merged before, with rollup(session_set).) NULL values are skipped; error NG004 if gap or period differ.';
CREATE FUNCTION engage.session_stats_accum(engage.session_stats_summary, engage.session_set) RETURNS engage.session_stats_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'engage_session_stats_accum';
COMMENT ON FUNCTION engage.session_stats_accum(engage.session_stats_summary, engage.session_set) IS
  'transition of session_stats_agg(session_set)';
CREATE AGGREGATE engage.session_stats_agg(s engage.session_set) (
  SFUNC = engage.session_stats_accum, STYPE = engage.session_stats_summary, SSPACE = 4096,
  COMBINEFUNC = engage.session_stats_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.session_stats_agg(engage.session_set) IS
  'Sessions of many customers, one session_set each, counted. Read it with session_stats(), store it, merge it with rollup(). NULL and empty sets are skipped, NULL if there is no session. Error NG004 if gaps differ.';
CREATE FUNCTION engage.session_stats_accum(engage.session_stats_summary, engage.session_set, timestamptz, timestamptz) RETURNS engage.session_stats_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'engage_session_stats_accum';
COMMENT ON FUNCTION engage.session_stats_accum(engage.session_stats_summary, engage.session_set, timestamptz, timestamptz) IS
  'transition of session_stats_agg(session_set, since timestamptz, until timestamptz)';
CREATE AGGREGATE engage.session_stats_agg(s engage.session_set, since timestamptz, until timestamptz) (
  SFUNC = engage.session_stats_accum, STYPE = engage.session_stats_summary, SSPACE = 4096,
  COMBINEFUNC = engage.session_stats_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.session_stats_agg(engage.session_set, timestamptz, timestamptz) IS
  'The same of the sessions that start from since on and before until; NULL or infinity is no bound. A session belongs whole to the period in which it starts. Give it whole sets: a visitor is new if the first session of his set starts in the period, and has returned if another one does. The period must be the same for all rows (NG004); since later than until is error 22023.';
CREATE FUNCTION engage.session_stats_accum(engage.session_stats_summary, engage.session_set, timestamp, timestamp) RETURNS engage.session_stats_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'engage_session_stats_accum';
COMMENT ON FUNCTION engage.session_stats_accum(engage.session_stats_summary, engage.session_set, timestamp, timestamp) IS
  'transition of session_stats_agg(session_set, since timestamp, until timestamp)';
CREATE AGGREGATE engage.session_stats_agg(s engage.session_set, since timestamp, until timestamp) (
  SFUNC = engage.session_stats_accum, STYPE = engage.session_stats_summary, SSPACE = 4096,
  COMBINEFUNC = engage.session_stats_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.session_stats_agg(engage.session_set, timestamp, timestamp) IS
  'The same for bounds without zone, which are taken as they stand, as if in UTC';
CREATE FUNCTION engage.session_stats_accum(engage.session_stats_summary, engage.session_set, date, date) RETURNS engage.session_stats_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'engage_session_stats_accum_date';
COMMENT ON FUNCTION engage.session_stats_accum(engage.session_stats_summary, engage.session_set, date, date) IS
  'transition of session_stats_agg(session_set, since date, until date)';
CREATE AGGREGATE engage.session_stats_agg(s engage.session_set, since date, until date) (
  SFUNC = engage.session_stats_accum, STYPE = engage.session_stats_summary, SSPACE = 4096,
  COMBINEFUNC = engage.session_stats_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.session_stats_agg(engage.session_set, date, date) IS
  'The same for dates, taken as midnight UTC';

-- from raw rows
CREATE FUNCTION engage.session_stats_rows_accum(internal, "any", timestamptz, interval) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_stats_rows_accum';
COMMENT ON FUNCTION engage.session_stats_rows_accum(internal, "any", timestamptz, interval) IS
  'transition of session_stats_agg(customer, timestamptz, gap)';
CREATE FUNCTION engage.session_stats_rows_accum(internal, "any", timestamptz, interval, boolean, boolean) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_stats_rows_accum';
COMMENT ON FUNCTION engage.session_stats_rows_accum(internal, "any", timestamptz, interval, boolean, boolean) IS
  'transition of session_stats_agg(customer, timestamptz, gap, is_page, is_key)';
CREATE FUNCTION engage.session_stats_rows_accum(internal, "any", timestamp, interval) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_stats_rows_accum';
COMMENT ON FUNCTION engage.session_stats_rows_accum(internal, "any", timestamp, interval) IS
  'transition of session_stats_agg(customer, timestamp, gap)';
CREATE FUNCTION engage.session_stats_rows_accum(internal, "any", timestamp, interval, boolean, boolean) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_stats_rows_accum';
COMMENT ON FUNCTION engage.session_stats_rows_accum(internal, "any", timestamp, interval, boolean, boolean) IS
  'transition of session_stats_agg(customer, timestamp, gap, is_page, is_key)';
CREATE FUNCTION engage.session_stats_rows_accum(internal, "any", date, interval) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_stats_rows_accum';
COMMENT ON FUNCTION engage.session_stats_rows_accum(internal, "any", date, interval) IS
  'transition of session_stats_agg(customer, date, gap)';
CREATE FUNCTION engage.session_stats_rows_accum(internal, "any", date, interval, boolean, boolean) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_stats_rows_accum';
COMMENT ON FUNCTION engage.session_stats_rows_accum(internal, "any", date, interval, boolean, boolean) IS
  'transition of session_stats_agg(customer, date, gap, is_page, is_key)';
CREATE FUNCTION engage.session_stats_rows_final(internal) RETURNS engage.session_stats_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_session_stats_rows_final';
COMMENT ON FUNCTION engage.session_stats_rows_final(internal) IS
  'the state as a session_stats_summary';
CREATE AGGREGATE engage.session_stats_agg(customer "any", ts timestamptz, gap interval) (
  SFUNC = engage.session_stats_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.session_stats_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.session_stats_agg("any", timestamptz, interval) IS
  'Sessions of many customers from their rows, counted: who, when, and the gap that ends a session. The same as session_stats_agg over one sessions_agg a customer, in one pass and without storing anything; every row is taken for a page view. customer is a key of any type but those whose equal values can be written differently. Rows in which customer or ts is NULL are skipped; NULL if none is left. Memory beyond work_mem is written to temporary files. The result has rollup() for disjoint customers.';
CREATE AGGREGATE engage.session_stats_agg(customer "any", ts timestamptz, gap interval, is_page boolean, is_key boolean) (
  SFUNC = engage.session_stats_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.session_stats_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.session_stats_agg("any", timestamptz, interval, boolean, boolean) IS
  'The same where is_page says which rows are page or screen views and is_key which are key events (conversions); a NULL condition is false, and the row is an event nevertheless';
CREATE AGGREGATE engage.session_stats_agg(customer "any", ts timestamp, gap interval) (
  SFUNC = engage.session_stats_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.session_stats_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.session_stats_agg("any", timestamp, interval) IS
  'Sessions of many customers over times without zone, which are taken as they stand';
CREATE AGGREGATE engage.session_stats_agg(customer "any", ts timestamp, gap interval, is_page boolean, is_key boolean) (
  SFUNC = engage.session_stats_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.session_stats_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.session_stats_agg("any", timestamp, interval, boolean, boolean) IS
  'Sessions of many customers over times without zone, which are taken as they stand, with page views and key events';
CREATE AGGREGATE engage.session_stats_agg(customer "any", ts date, gap interval) (
  SFUNC = engage.session_stats_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.session_stats_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.session_stats_agg("any", date, interval) IS
  'Sessions of many customers over dates, taken as midnight';
CREATE AGGREGATE engage.session_stats_agg(customer "any", ts date, gap interval, is_page boolean, is_key boolean) (
  SFUNC = engage.session_stats_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.session_stats_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.session_stats_agg("any", date, interval, boolean, boolean) IS
  'Sessions of many customers over dates, taken as midnight, with page views and key events';

-- reading it
CREATE FUNCTION engage.session_stats(summary engage.session_stats_summary) RETURNS TABLE (visitors bigint, new_visitors bigint, returning_visitors bigint, return_rate double precision, visits_per_visitor double precision,
                 sessions bigint, bounced_sessions bigint, bounce_rate double precision,
                 engaged_sessions bigint, engagement_rate double precision, ga4_bounce_rate double precision,
                 avg_session_duration interval, avg_multi_event_duration interval, pages_per_session double precision, avg_time_on_page interval,
                 events bigint, key_events bigint)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 1 AS 'MODULE_PATHNAME', 'engage_session_stats';
COMMENT ON FUNCTION engage.session_stats(engage.session_stats_summary) IS
  'All figures in one row; rates are percentages (0 to 100), NULL where there is nothing to divide by. new_visitors: their first session ever is among those counted; returning_visitors: one that is not their first is (so a visitor can be both); return_rate: their share of visitors. bounced_sessions have one page view. engaged_sessions as Google Analytics 4 counts them: longer than 10 seconds, or with a key event, or two page views; ga4_bounce_rate is 100 - engagement_rate. avg_session_duration counts sessions with a single event as 0, avg_multi_event_duration leaves them out. avg_time_on_page is from a page view to the next one of the session; of the last one it is not known. Means of times are rounded to the microsecond.';
CREATE FUNCTION engage.visit_frequency(summary engage.session_stats_summary) RETURNS TABLE (visits bigint, visitors bigint, visitors_pct double precision)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 10 AS 'MODULE_PATHNAME', 'engage_visit_frequency';
COMMENT ON FUNCTION engage.visit_frequency(engage.session_stats_summary) IS
  'How many visitors had how many sessions, and their share (0 to 100)';
CREATE FUNCTION engage.visitors(summary engage.session_stats_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_session_stats_visitors';
COMMENT ON FUNCTION engage.visitors(engage.session_stats_summary) IS
  'Customers with a session';
CREATE FUNCTION engage.new_visitors(summary engage.session_stats_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_session_stats_new_visitors';
COMMENT ON FUNCTION engage.new_visitors(engage.session_stats_summary) IS
  'Visitors whose first session ever is among those counted';
CREATE FUNCTION engage.returning_visitors(summary engage.session_stats_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_session_stats_returning_visitors';
COMMENT ON FUNCTION engage.returning_visitors(engage.session_stats_summary) IS
  'Visitors with a session that is not their first ever';
CREATE FUNCTION engage.return_rate(summary engage.session_stats_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_session_stats_return_rate';
COMMENT ON FUNCTION engage.return_rate(engage.session_stats_summary) IS
  'Share of visitors (0 to 100) who came back: with a session that is not their first ever';
CREATE FUNCTION engage.visits_per_visitor(summary engage.session_stats_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_session_stats_visits_per_visitor';
COMMENT ON FUNCTION engage.visits_per_visitor(engage.session_stats_summary) IS
  'Sessions per visitor, 1 or more';
CREATE FUNCTION engage.sessions(summary engage.session_stats_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_session_stats_sessions';
COMMENT ON FUNCTION engage.sessions(engage.session_stats_summary) IS
  'Number of sessions of all visitors';
CREATE FUNCTION engage.bounce_rate(summary engage.session_stats_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_session_stats_bounce_rate';
COMMENT ON FUNCTION engage.bounce_rate(engage.session_stats_summary) IS
  'Share of sessions (0 to 100) with one page view. Google Analytics 4 means another figure by this name: ga4_bounce_rate()';
CREATE FUNCTION engage.engagement_rate(summary engage.session_stats_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_session_stats_engagement_rate';
COMMENT ON FUNCTION engage.engagement_rate(engage.session_stats_summary) IS
  'Share of sessions (0 to 100) that are engaged as Google Analytics 4 counts them: longer than 10 seconds, or with a key event, or two page views';
CREATE FUNCTION engage.ga4_bounce_rate(summary engage.session_stats_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_session_stats_ga4_bounce_rate';
COMMENT ON FUNCTION engage.ga4_bounce_rate(engage.session_stats_summary) IS
  'Share of sessions (0 to 100) that are not engaged: 100 - engagement_rate()';
CREATE FUNCTION engage.avg_session_duration(summary engage.session_stats_summary) RETURNS interval
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_session_stats_avg_session_duration';
COMMENT ON FUNCTION engage.avg_session_duration(engage.session_stats_summary) IS
  'Mean duration of all sessions; one with a single event has 0';
CREATE FUNCTION engage.pages_per_session(summary engage.session_stats_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_session_stats_pages_per_session';
COMMENT ON FUNCTION engage.pages_per_session(engage.session_stats_summary) IS
  'Page views per session';
CREATE FUNCTION engage.avg_time_on_page(summary engage.session_stats_summary) RETURNS interval
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_session_stats_avg_time_on_page';
COMMENT ON FUNCTION engage.avg_time_on_page(engage.session_stats_summary) IS
  'Mean time from a page view to the next one of the session; NULL if no session has two';
