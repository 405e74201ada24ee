-- Behaviour room: in which periods a customer was active

CREATE TYPE engage.activity;
CREATE FUNCTION engage.activity_in(cstring) RETURNS engage.activity
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_activity_in';
CREATE FUNCTION engage.activity_out(engage.activity) RETURNS cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_activity_out';
CREATE FUNCTION engage.activity_recv(internal) RETURNS engage.activity
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_activity_recv';
CREATE FUNCTION engage.activity_send(engage.activity) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_activity_send';
CREATE TYPE engage.activity (
  INPUT = engage.activity_in, OUTPUT = engage.activity_out,
  RECEIVE = engage.activity_recv, SEND = engage.activity_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE engage.activity IS
  'The hours, days, weeks, months, quarters or years in which a customer was active. Text form: 1:day:2024-01-03,2024-01-05..2024-01-09; a week is written by its first day, an hour 2024-01-03T05, a month 2024-01, a quarter 2024-Q1, a year 2024. Periods are those of the local clock they were built with; no time zone is stored';
COMMENT ON FUNCTION engage.activity_in(cstring) IS 'activity: text input';
COMMENT ON FUNCTION engage.activity_out(engage.activity) IS 'activity: text output';
COMMENT ON FUNCTION engage.activity_recv(internal) IS 'activity: binary input';
COMMENT ON FUNCTION engage.activity_send(engage.activity) IS 'activity: binary output';

-- -------------------------------------------------------- equality and hashing
CREATE FUNCTION engage.activity_eq(engage.activity, engage.activity) RETURNS boolean
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stored_eq';
COMMENT ON FUNCTION engage.activity_eq(engage.activity, engage.activity) IS
  'Have both activities the same unit and the same active periods? Function of the operator =.';
CREATE FUNCTION engage.activity_ne(engage.activity, engage.activity) RETURNS boolean
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stored_ne';
COMMENT ON FUNCTION engage.activity_ne(engage.activity, engage.activity) IS
  'Do the activities differ in their unit or in an active period? Function of the operator <>.';
CREATE FUNCTION engage.activity_hash(engage.activity) RETURNS integer
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stored_hash';
COMMENT ON FUNCTION engage.activity_hash(engage.activity) IS 'activity: 32-bit hash';
CREATE FUNCTION engage.activity_hash_extended(engage.activity, bigint) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stored_hash_extended';
COMMENT ON FUNCTION engage.activity_hash_extended(engage.activity, bigint) IS 'activity: 64-bit hash with a seed';
CREATE OPERATOR engage.= (
  LEFTARG = engage.activity, RIGHTARG = engage.activity, FUNCTION = engage.activity_eq,
  COMMUTATOR = OPERATOR(engage.=), NEGATOR = OPERATOR(engage.<>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR engage.= (engage.activity, engage.activity) IS 'equal: the same unit and the same active periods';
CREATE OPERATOR engage.<> (
  LEFTARG = engage.activity, RIGHTARG = engage.activity, FUNCTION = engage.activity_ne,
  COMMUTATOR = OPERATOR(engage.<>), NEGATOR = OPERATOR(engage.=), RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR engage.<> (engage.activity, engage.activity) IS 'not equal: another unit or other active periods';
CREATE OPERATOR CLASS engage.activity_hash_ops DEFAULT FOR TYPE engage.activity USING hash AS
  OPERATOR 1 engage.=,
  FUNCTION 1 engage.activity_hash(engage.activity),
  FUNCTION 2 engage.activity_hash_extended(engage.activity, bigint);
COMMENT ON OPERATOR CLASS engage.activity_hash_ops USING hash IS
  'hashing of activities: GROUP BY, DISTINCT, hash joins and hash indexes';
COMMENT ON OPERATOR FAMILY engage.activity_hash_ops USING hash IS
  'hashing of activities';

-- ------------------------------------------------------------------ aggregates
-- Transitions read a zone's rules, which change with the server's data about
-- time zones; they are IMMUTABLE as the server's own timezone(text, timestamptz)
-- is.  None reads the session's TimeZone.
CREATE FUNCTION engage.activity_accum(internal, "any", text, text) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_activity_accum_zoned';
COMMENT ON FUNCTION engage.activity_accum(internal, "any", text, text) IS
  'transition of activity_agg("any", text, text)';
CREATE FUNCTION engage.activity_accum(internal, timestamp, text) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_activity_accum_timestamp';
COMMENT ON FUNCTION engage.activity_accum(internal, timestamp, text) IS
  'transition of activity_agg(timestamp, text)';
CREATE FUNCTION engage.activity_accum(internal, date, text) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_activity_accum_date';
COMMENT ON FUNCTION engage.activity_accum(internal, date, text) IS
  'transition of activity_agg(date, text)';
CREATE FUNCTION engage.activity_rollup(internal, engage.activity) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_activity_rollup';
COMMENT ON FUNCTION engage.activity_rollup(internal, engage.activity) IS
  'transition of rollup(activity)';
CREATE FUNCTION engage.activity_combine(internal, internal) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_activity_combine';
COMMENT ON FUNCTION engage.activity_combine(internal, internal) IS
  'merges two states of activity_agg or rollup(activity)';
CREATE FUNCTION engage.activity_serial(internal) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_activity_serial';
COMMENT ON FUNCTION engage.activity_serial(internal) IS
  'a state of activity_agg or rollup(activity), to be sent to another process';
CREATE FUNCTION engage.activity_deserial(bytea, internal) RETURNS internal
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_activity_deserial';
COMMENT ON FUNCTION engage.activity_deserial(bytea, internal) IS
  'a state of activity_agg or rollup(activity) from another process';
CREATE FUNCTION engage.activity_final(internal) RETURNS engage.activity
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_activity_final';
COMMENT ON FUNCTION engage.activity_final(internal) IS
  'the state as an activity';

CREATE AGGREGATE engage.activity_agg(ts "any", unit text, tz text) (
  SFUNC = engage.activity_accum, STYPE = internal, SSPACE = 128,
  COMBINEFUNC = engage.activity_combine, SERIALFUNC = engage.activity_serial, DESERIALFUNC = engage.activity_deserial,
  FINALFUNC = engage.activity_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.activity_agg("any", text, text) IS
  'The periods in which events, whose times are of type timestamptz, fell, by the local clock of time zone tz (a name of pg_timezone_names; it may differ between rows). unit: hour, day, week (from Monday), week_sunday, week_saturday, month, quarter or year. A row with a NULL in any argument is skipped; NULL if none is left. Error NG006 for infinite times, NG004 if the unit changes, 22023 for unknown units and zones, 42804 for a timestamp or date, which has no zone to be moved from.';
CREATE AGGREGATE engage.activity_agg(ts timestamp, unit text) (
  SFUNC = engage.activity_accum, STYPE = internal, SSPACE = 128,
  COMBINEFUNC = engage.activity_combine, SERIALFUNC = engage.activity_serial, DESERIALFUNC = engage.activity_deserial,
  FINALFUNC = engage.activity_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.activity_agg(timestamp, text) IS
  'The periods in which events fell, by times that are taken as they stand. unit: hour, day, week (from Monday), week_sunday, week_saturday, month, quarter or year. A row with a NULL in any argument is skipped; NULL if none is left. Error NG006 for infinite times, NG004 if the unit changes, 22023 for unknown units.';
CREATE AGGREGATE engage.activity_agg(day date, unit text) (
  SFUNC = engage.activity_accum, STYPE = internal, SSPACE = 128,
  COMBINEFUNC = engage.activity_combine, SERIALFUNC = engage.activity_serial, DESERIALFUNC = engage.activity_deserial,
  FINALFUNC = engage.activity_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.activity_agg(date, text) IS
  'The periods in which days fell. unit: day, week (from Monday), week_sunday, week_saturday, month, quarter or year. A row with a NULL in any argument is skipped; NULL if none is left. Error NG006 for infinite dates, NG004 if the unit changes, 22023 for unknown units and for hours.';
CREATE AGGREGATE engage.rollup(engage.activity) (
  SFUNC = engage.activity_rollup, STYPE = internal, SSPACE = 128,
  COMBINEFUNC = engage.activity_combine, SERIALFUNC = engage.activity_serial, DESERIALFUNC = engage.activity_deserial,
  FINALFUNC = engage.activity_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rollup(engage.activity) IS
  'The periods in which at least one of the activities was active: what one activity_agg over all their rows would have given. NULL values are skipped; error NG004 if their units differ.';

-- ------------------------------------------------------------------- two values
CREATE FUNCTION engage.activity_union(a engage.activity, b engage.activity) RETURNS engage.activity
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_activity_or';
COMMENT ON FUNCTION engage.activity_union(engage.activity, engage.activity) IS
  'Periods active in a, in b or in both. NULL if either is NULL; error NG004 if their units differ. Function of the operator ||.';
CREATE FUNCTION engage.activity_intersect(a engage.activity, b engage.activity) RETURNS engage.activity
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_activity_and';
COMMENT ON FUNCTION engage.activity_intersect(engage.activity, engage.activity) IS
  'Periods active both in a and in b; possibly none. NULL if either is NULL; error NG004 if their units differ. Function of the operator &.';
CREATE FUNCTION engage.activity_subtract(a engage.activity, b engage.activity) RETURNS engage.activity
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_activity_minus';
COMMENT ON FUNCTION engage.activity_subtract(engage.activity, engage.activity) IS
  'Periods active in a and not in b; possibly none. NULL if either is NULL; error NG004 if their units differ. Function of the operator -.';
CREATE OPERATOR engage.|| (
  LEFTARG = engage.activity, RIGHTARG = engage.activity, FUNCTION = engage.activity_union, COMMUTATOR = OPERATOR(engage.||)
);
COMMENT ON OPERATOR engage.|| (engage.activity, engage.activity) IS 'union: active in either';
CREATE OPERATOR engage.& (
  LEFTARG = engage.activity, RIGHTARG = engage.activity, FUNCTION = engage.activity_intersect, COMMUTATOR = OPERATOR(engage.&)
);
COMMENT ON OPERATOR engage.& (engage.activity, engage.activity) IS 'intersection: active in both';
CREATE OPERATOR engage.- (
  LEFTARG = engage.activity, RIGHTARG = engage.activity, FUNCTION = engage.activity_subtract
);
COMMENT ON OPERATOR engage.- (engage.activity, engage.activity) IS 'difference: active in the first and not in the second';

-- -------------------------------------------------------------------- questions
CREATE FUNCTION engage.activity_unit(a engage.activity) RETURNS text
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_activity_unit';
COMMENT ON FUNCTION engage.activity_unit(engage.activity) IS
  'The unit of the periods: hour, day, week, week_sunday, week_saturday, month, quarter or year.';
CREATE FUNCTION engage.active_on(a engage.activity, moment timestamp) RETURNS boolean
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_active_on';
COMMENT ON FUNCTION engage.active_on(engage.activity, timestamp) IS
  'Was the customer active in the period of this day or moment of the local clock? NULL for NULL; error NG006 for infinite times. A timestamptz is refused: write moment AT TIME ZONE ''zone''.';
CREATE FUNCTION engage.active_between(a engage.activity, since timestamp, until timestamp) RETURNS boolean
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_active_between';
COMMENT ON FUNCTION engage.active_between(engage.activity, timestamp, timestamp) IS
  'Was the customer active in any period that begins at or after since and before until? Infinite bounds are open. NULL for NULL; error 22023 if since is after until.';
CREATE FUNCTION engage.days_active(a engage.activity, since timestamp DEFAULT '-infinity', until timestamp DEFAULT 'infinity') RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_days_active';
COMMENT ON FUNCTION engage.days_active(engage.activity, timestamp, timestamp) IS
  'The number of active periods (days, or what the unit of the activity is) that begin at or after since and before until. Infinite bounds are open. NULL for NULL; error 22023 if since is after until.';
CREATE FUNCTION engage.active_periods(a engage.activity, since timestamp DEFAULT '-infinity', until timestamp DEFAULT 'infinity')
  RETURNS TABLE (period timestamp)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 20 AS 'MODULE_PATHNAME', 'engage_active_periods';
COMMENT ON FUNCTION engage.active_periods(engage.activity, timestamp, timestamp) IS
  'A row for each active period that begins at or after since and before until: the local time at which it begins, in ascending order. Infinite bounds are open. No rows for NULL; error 22023 if since is after until.';
CREATE FUNCTION engage.first_active(a engage.activity) RETURNS timestamp
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_first_active';
COMMENT ON FUNCTION engage.first_active(engage.activity) IS
  'The local time at which the first active period begins (cast it to date for days and longer units). NULL if there is none.';
CREATE FUNCTION engage.last_active(a engage.activity) RETURNS timestamp
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_last_active';
COMMENT ON FUNCTION engage.last_active(engage.activity) IS
  'The local time at which the last active period begins (cast it to date for days and longer units). NULL if there is none.';
CREATE FUNCTION engage.l7(a engage.activity, asof timestamp) RETURNS integer
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_l7';
COMMENT ON FUNCTION engage.l7(engage.activity, timestamp) IS
  'L7: the number of active days among the seven that end with the day of asof, 0 to 7. NULL for NULL; error NG004 unless the unit is day, NG006 for infinite times.';
CREATE FUNCTION engage.l28(a engage.activity, asof timestamp) RETURNS integer
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_l28';
COMMENT ON FUNCTION engage.l28(engage.activity, timestamp) IS
  'L28: the number of active days among the 28 that end with the day of asof, 0 to 28. NULL for NULL; error NG004 unless the unit is day, NG006 for infinite times.';
CREATE FUNCTION engage.streak(a engage.activity) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_streak';
COMMENT ON FUNCTION engage.streak(engage.activity) IS
  'The number of consecutive active periods that end with the last active one; 0 if there is none. NULL for NULL.';
CREATE FUNCTION engage.streak(a engage.activity, asof timestamp) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_streak_at';
COMMENT ON FUNCTION engage.streak(engage.activity, timestamp) IS
  'The number of consecutive active periods that end with the period of asof; 0 if that one was not active. Later periods do not matter. NULL for NULL; error NG006 for infinite times.';
CREATE FUNCTION engage.longest_streak(a engage.activity) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_longest_streak';
COMMENT ON FUNCTION engage.longest_streak(engage.activity) IS
  'The largest number of consecutive active periods; 0 if there is none. NULL for NULL.';
CREATE FUNCTION engage.retained(a engage.activity, k integer, mode text DEFAULT 'on') RETURNS boolean
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_retained';
COMMENT ON FUNCTION engage.retained(engage.activity, integer, text) IS
  'Was the customer active in the k-th period after the first active one (mode ''on''), or in it or any later one (''on_or_after'')? k = 0 is always true. Whether that period is over yet is not known here. NULL for NULL and for an activity without periods; error 22023 for a negative k and unknown modes.';
CREATE FUNCTION engage.retained(a engage.activity, k_first integer, k_last integer) RETURNS boolean
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_retained_between';
COMMENT ON FUNCTION engage.retained(engage.activity, integer, integer) IS
  'Bracket retention: was the customer active in any period from the k_first-th to the k_last-th after the first active one, both included? NULL for NULL and for an activity without periods; error 22023 for negative or reversed numbers.';
CREATE FUNCTION engage.lifecycle(a engage.activity, period timestamp) RETURNS text
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_activity_lifecycle_of';
COMMENT ON FUNCTION engage.lifecycle(engage.activity, timestamp) IS
  'What the period of this moment is to the customer: new (his first active one), returning (active as in the period before), resurrecting (active again after a pause), dormant (not active, unlike the period before), or NULL. Error NG006 for infinite times.';

-- ---------------------------------------------------------------- from timelines
CREATE FUNCTION engage.activity(t engage.timeline, unit text, tz text) RETURNS engage.activity
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_activity_zoned';
COMMENT ON FUNCTION engage.activity(engage.timeline, text, text) IS
  'The periods in which the events of a timeline fell, whose times were timestamptz, by the local clock of time zone tz: what activity_agg(ts, unit, tz) over its events gives. keep(t, names) takes some of them. Without any event, nothing is active. Error 22023 for unknown units and zones.';
CREATE FUNCTION engage.activity(t engage.timeline, unit text) RETURNS engage.activity
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_timeline_activity';
COMMENT ON FUNCTION engage.activity(engage.timeline, text) IS
  'The periods in which the events of a timeline fell, whose times are taken as they stand: what activity_agg(ts, unit) over its events gives. keep(t, names) takes some of them. Without any event, nothing is active. Error 22023 for unknown units.';
