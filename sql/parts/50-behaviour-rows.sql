-- Behaviour room: funnels, retention and sessions from rows, in one step

CREATE FUNCTION engage.window_funnel_combine(internal, internal) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_window_funnel_combine';
COMMENT ON FUNCTION engage.window_funnel_combine(internal, internal) IS
  'window_funnel: merge two states';
CREATE FUNCTION engage.window_funnel_serial(internal) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_window_funnel_serial';
COMMENT ON FUNCTION engage.window_funnel_serial(internal) IS
  'window_funnel: a state for another process';
CREATE FUNCTION engage.window_funnel_deserial(bytea, internal) RETURNS internal
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_window_funnel_deserial';
COMMENT ON FUNCTION engage.window_funnel_deserial(bytea, internal) IS
  'window_funnel: a state from another process';
CREATE FUNCTION engage.window_funnel_final(internal) RETURNS integer
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_window_funnel_final';
COMMENT ON FUNCTION engage.window_funnel_final(internal) IS
  'window_funnel: the level, or NULL if there was no row';
CREATE FUNCTION engage.window_funnel_accum(internal, interval, timestamptz, VARIADIC "any") RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_window_funnel_accum';
COMMENT ON FUNCTION engage.window_funnel_accum(internal, interval, timestamptz, VARIADIC "any") IS
  'transition of window_funnel(interval, timestamptz, ...)';
CREATE FUNCTION engage.window_funnel_accum(internal, interval, timestamp, VARIADIC "any") RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_window_funnel_accum';
COMMENT ON FUNCTION engage.window_funnel_accum(internal, interval, timestamp, VARIADIC "any") IS
  'transition of window_funnel(interval, timestamp, ...)';
CREATE FUNCTION engage.window_funnel_accum(internal, interval, date, VARIADIC "any") RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_window_funnel_accum_date';
COMMENT ON FUNCTION engage.window_funnel_accum(internal, interval, date, VARIADIC "any") IS
  'transition of window_funnel(interval, date, ...)';
CREATE FUNCTION engage.window_funnel_accum(internal, bigint, bigint, VARIADIC "any") RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_window_funnel_accum_int8';
COMMENT ON FUNCTION engage.window_funnel_accum(internal, bigint, bigint, VARIADIC "any") IS
  'transition of window_funnel(bigint, bigint, ...)';
CREATE FUNCTION engage.window_funnel_accum(internal, interval, text, timestamptz, VARIADIC "any") RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_window_funnel_accum_mode';
COMMENT ON FUNCTION engage.window_funnel_accum(internal, interval, text, timestamptz, VARIADIC "any") IS
  'transition of window_funnel(interval, text, timestamptz, ...)';
CREATE FUNCTION engage.window_funnel_accum(internal, interval, text, timestamp, VARIADIC "any") RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_window_funnel_accum_mode';
COMMENT ON FUNCTION engage.window_funnel_accum(internal, interval, text, timestamp, VARIADIC "any") IS
  'transition of window_funnel(interval, text, timestamp, ...)';
CREATE FUNCTION engage.window_funnel_accum(internal, interval, text, date, VARIADIC "any") RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_window_funnel_accum_mode_date';
COMMENT ON FUNCTION engage.window_funnel_accum(internal, interval, text, date, VARIADIC "any") IS
  'transition of window_funnel(interval, text, date, ...)';
CREATE FUNCTION engage.window_funnel_accum(internal, bigint, text, bigint, VARIADIC "any") RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_window_funnel_accum_mode_int8';
COMMENT ON FUNCTION engage.window_funnel_accum(internal, bigint, text, bigint, VARIADIC "any") IS
  'transition of window_funnel(bigint, text, bigint, ...)';
CREATE AGGREGATE engage.window_funnel(win interval, ts timestamptz, VARIADIC "any") (
  SFUNC = engage.window_funnel_accum, STYPE = internal, SSPACE = 128, FINALFUNC = engage.window_funnel_final,
  COMBINEFUNC = engage.window_funnel_combine, SERIALFUNC = engage.window_funnel_serial, DESERIALFUNC = engage.window_funnel_deserial,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.window_funnel(interval, timestamptz, VARIADIC "any") IS
  'How far one customer came in a funnel: the largest k for which rows e1..ek in order of time meet conditions 1..k, the last at most win after the first; 0 to 64. After the time come up to 64 conditions of type boolean (NULL is false), one boolean[], or one integer: the number of the step that the row is (NULL or 0: none). Rows of equal time come in the order that helps, and one row may meet several steps. NULL times are skipped; NULL without any other row. Errors: a NULL, negative or (NG004) changing win, infinite times (NG006), a step outside 1 to 64, arguments of other types.';
CREATE AGGREGATE engage.window_funnel(win interval, ts timestamp, VARIADIC "any") (
  SFUNC = engage.window_funnel_accum, STYPE = internal, SSPACE = 128, FINALFUNC = engage.window_funnel_final,
  COMBINEFUNC = engage.window_funnel_combine, SERIALFUNC = engage.window_funnel_serial, DESERIALFUNC = engage.window_funnel_deserial,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.window_funnel(interval, timestamp, VARIADIC "any") IS
  'How far one customer came in a funnel: the largest k for which rows e1..ek in order of time meet conditions 1..k, the last at most win after the first; 0 to 64. Times stand as they are, in no zone. After the time come up to 64 conditions of type boolean (NULL is false), one boolean[], or one integer: the number of the step that the row is (NULL or 0: none). Rows of equal time come in the order that helps, and one row may meet several steps. NULL times are skipped; NULL without any other row. Errors: a NULL, negative or (NG004) changing win, infinite times (NG006), a step outside 1 to 64, arguments of other types.';
CREATE AGGREGATE engage.window_funnel(win interval, ts date, VARIADIC "any") (
  SFUNC = engage.window_funnel_accum, STYPE = internal, SSPACE = 128, FINALFUNC = engage.window_funnel_final,
  COMBINEFUNC = engage.window_funnel_combine, SERIALFUNC = engage.window_funnel_serial, DESERIALFUNC = engage.window_funnel_deserial,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.window_funnel(interval, date, VARIADIC "any") IS
  'How far one customer came in a funnel: the largest k for which rows e1..ek in order of time meet conditions 1..k, the last at most win after the first; 0 to 64. Dates are midnights, days have 24 hours. After the time come up to 64 conditions of type boolean (NULL is false), one boolean[], or one integer: the number of the step that the row is (NULL or 0: none). Rows of equal time come in the order that helps, and one row may meet several steps. NULL times are skipped; NULL without any other row. Errors: a NULL, negative or (NG004) changing win, infinite times (NG006), a step outside 1 to 64, arguments of other types.';
CREATE AGGREGATE engage.window_funnel(win bigint, ts bigint, VARIADIC "any") (
  SFUNC = engage.window_funnel_accum, STYPE = internal, SSPACE = 128, FINALFUNC = engage.window_funnel_final,
  COMBINEFUNC = engage.window_funnel_combine, SERIALFUNC = engage.window_funnel_serial, DESERIALFUNC = engage.window_funnel_deserial,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.window_funnel(bigint, bigint, VARIADIC "any") IS
  'How far one customer came in a funnel: the largest k for which rows e1..ek in order of time meet conditions 1..k, the last at most win after the first; 0 to 64. Times and the window are in any one unit. After the time come up to 64 conditions of type boolean (NULL is false), one boolean[], or one integer: the number of the step that the row is (NULL or 0: none). Rows of equal time come in the order that helps, and one row may meet several steps. NULL times are skipped; NULL without any other row. Errors: a NULL, negative or (NG004) changing win, infinite times (NG006), a step outside 1 to 64, arguments of other types.';
CREATE AGGREGATE engage.window_funnel(win interval, mode text, ts timestamptz, VARIADIC "any") (
  SFUNC = engage.window_funnel_accum, STYPE = internal, SSPACE = 128, FINALFUNC = engage.window_funnel_final,
  COMBINEFUNC = engage.window_funnel_combine, SERIALFUNC = engage.window_funnel_serial, DESERIALFUNC = engage.window_funnel_deserial,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.window_funnel(interval, text, timestamptz, VARIADIC "any") IS
  'window_funnel(win, ts, ...) by a stricter or looser rule. Modes: strict_increase (times must rise), strict_once (a row serves one step), consecutive (no other row that meets a condition in between), any_order (largest number of different steps within win), default; the second to the fourth can be combined with commas. Errors as there, and for an unknown, NULL or (NG004) changing mode.';
CREATE AGGREGATE engage.window_funnel(win interval, mode text, ts timestamp, VARIADIC "any") (
  SFUNC = engage.window_funnel_accum, STYPE = internal, SSPACE = 128, FINALFUNC = engage.window_funnel_final,
  COMBINEFUNC = engage.window_funnel_combine, SERIALFUNC = engage.window_funnel_serial, DESERIALFUNC = engage.window_funnel_deserial,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.window_funnel(interval, text, timestamp, VARIADIC "any") IS
  'window_funnel(win, ts, ...) by a stricter or looser rule. Times stand as they are, in no zone. Modes: strict_increase (times must rise), strict_once (a row serves one step), consecutive (no other row that meets a condition in between), any_order (largest number of different steps within win), default; the second to the fourth can be combined with commas. Errors as there, and for an unknown, NULL or (NG004) changing mode.';
CREATE AGGREGATE engage.window_funnel(win interval, mode text, ts date, VARIADIC "any") (
  SFUNC = engage.window_funnel_accum, STYPE = internal, SSPACE = 128, FINALFUNC = engage.window_funnel_final,
  COMBINEFUNC = engage.window_funnel_combine, SERIALFUNC = engage.window_funnel_serial, DESERIALFUNC = engage.window_funnel_deserial,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.window_funnel(interval, text, date, VARIADIC "any") IS
  'window_funnel(win, ts, ...) by a stricter or looser rule. Dates are midnights, days have 24 hours. Modes: strict_increase (times must rise), strict_once (a row serves one step), consecutive (no other row that meets a condition in between), any_order (largest number of different steps within win), default; the second to the fourth can be combined with commas. Errors as there, and for an unknown, NULL or (NG004) changing mode.';
CREATE AGGREGATE engage.window_funnel(win bigint, mode text, ts bigint, VARIADIC "any") (
  SFUNC = engage.window_funnel_accum, STYPE = internal, SSPACE = 128, FINALFUNC = engage.window_funnel_final,
  COMBINEFUNC = engage.window_funnel_combine, SERIALFUNC = engage.window_funnel_serial, DESERIALFUNC = engage.window_funnel_deserial,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.window_funnel(bigint, text, bigint, VARIADIC "any") IS
  'window_funnel(win, ts, ...) by a stricter or looser rule. Times and the window are in any one unit. Modes: strict_increase (times must rise), strict_once (a row serves one step), consecutive (no other row that meets a condition in between), any_order (largest number of different steps within win), default; the second to the fourth can be combined with commas. Errors as there, and for an unknown, NULL or (NG004) changing mode.';

CREATE FUNCTION engage.step_counts_combine(bigint[], bigint[]) RETURNS bigint[]
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_step_counts_combine';
COMMENT ON FUNCTION engage.step_counts_combine(bigint[], bigint[]) IS
  'funnel_counts and retention_counts: merge two states';
CREATE FUNCTION engage.step_counts_final(bigint[]) RETURNS bigint[]
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_step_counts_final';
COMMENT ON FUNCTION engage.step_counts_final(bigint[]) IS
  'funnel_counts and retention_counts: the counts, or NULL if there was no row';
CREATE FUNCTION engage.funnel_counts_accum(bigint[], integer, integer) RETURNS bigint[]
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_funnel_counts_accum';
COMMENT ON FUNCTION engage.funnel_counts_accum(bigint[], integer, integer) IS
  'transition of funnel_counts(level, nsteps)';
CREATE AGGREGATE engage.funnel_counts(level integer, nsteps integer) (
  SFUNC = engage.funnel_counts_accum, STYPE = bigint[], INITCOND = '{}', FINALFUNC = engage.step_counts_final,
  COMBINEFUNC = engage.step_counts_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.funnel_counts(integer, integer) IS
  'Customers who came to each step of a funnel of nsteps (1 to 64) steps, from their levels: element k counts levels of k and more. NULL levels are skipped; NULL without any. Errors: a level outside 0 to nsteps, an nsteps that changes (NG004).';

CREATE FUNCTION engage.retention_accum(boolean[], VARIADIC "any") RETURNS boolean[]
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_retention_accum';
COMMENT ON FUNCTION engage.retention_accum(boolean[], VARIADIC "any") IS
  'transition of retention(condition, ...)';
CREATE FUNCTION engage.retention_combine(boolean[], boolean[]) RETURNS boolean[]
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_retention_combine';
COMMENT ON FUNCTION engage.retention_combine(boolean[], boolean[]) IS
  'retention: merge two states';
CREATE FUNCTION engage.retention_final(boolean[]) RETURNS boolean[]
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_retention_final';
COMMENT ON FUNCTION engage.retention_final(boolean[]) IS
  'retention: the flags, or NULL if there was no row';
CREATE AGGREGATE engage.retention(VARIADIC "any") (
  SFUNC = engage.retention_accum, STYPE = boolean[], SSPACE = 64, INITCOND = '{}', FINALFUNC = engage.retention_final,
  COMBINEFUNC = engage.retention_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.retention(VARIADIC "any") IS
  'Which of up to 64 conditions one customer met, if ever the first: element 1 says whether any row meets condition 1, element i whether one does and any row meets condition i. Order and time do not matter. The arguments are of type boolean (NULL is false), or one boolean[]. NULL without any row. Errors: arguments of other types, arrays of different length (NG004).';
CREATE FUNCTION engage.retention_counts_accum(bigint[], boolean[]) RETURNS bigint[]
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_retention_counts_accum';
COMMENT ON FUNCTION engage.retention_counts_accum(bigint[], boolean[]) IS
  'transition of retention_counts(flags)';
CREATE AGGREGATE engage.retention_counts(flags boolean[]) (
  SFUNC = engage.retention_counts_accum, STYPE = bigint[], INITCOND = '{}', FINALFUNC = engage.step_counts_final,
  COMBINEFUNC = engage.step_counts_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.retention_counts(boolean[]) IS
  'Customers for whom each flag of retention() is true: element i counts arrays whose element i is true. NULL arrays are skipped; NULL without any. Errors: arrays of different length (NG004), or of none or more than 64 flags.';

CREATE FUNCTION engage.sessionize(ts timestamptz, gap interval) RETURNS bigint
  LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sessionize';
COMMENT ON FUNCTION engage.sessionize(timestamptz, interval) IS
  'Window function: the number of the session that a row belongs to, from 1 in each partition. A session ends with a gap longer than the given one; a gap of exactly that length does not end it. Needs ORDER BY ts in its OVER clause. NULL for a NULL time, which changes nothing. Errors: a NULL or negative gap, months in it, times that fall, infinite times (NG006).';
CREATE FUNCTION engage.sessionize(ts timestamptz, gap interval, VARIADIC "any") RETURNS bigint
  LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sessionize';
COMMENT ON FUNCTION engage.sessionize(timestamptz, interval, VARIADIC "any") IS
  'sessionize(ts, gap) that also begins a session where any further argument differs from its last value that was not NULL: a source of traffic, or the day in a time zone. Values are compared by the equality of their type. Errors as there, and for types without equality.';
CREATE FUNCTION engage.sessionize(ts timestamp, gap interval) RETURNS bigint
  LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sessionize';
COMMENT ON FUNCTION engage.sessionize(timestamp, interval) IS
  'Window function: the number of the session that a row belongs to, from 1 in each partition. A session ends with a gap longer than the given one; a gap of exactly that length does not end it. Times stand as they are, in no zone. Needs ORDER BY ts in its OVER clause. NULL for a NULL time, which changes nothing. Errors: a NULL or negative gap, months in it, times that fall, infinite times (NG006).';
CREATE FUNCTION engage.sessionize(ts timestamp, gap interval, VARIADIC "any") RETURNS bigint
  LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sessionize';
COMMENT ON FUNCTION engage.sessionize(timestamp, interval, VARIADIC "any") IS
  'sessionize(ts, gap) that also begins a session where any further argument differs from its last value that was not NULL: a source of traffic, or the day in a time zone. Times stand as they are, in no zone. Values are compared by the equality of their type. Errors as there, and for types without equality.';
CREATE FUNCTION engage.sessionize(ts date, gap interval) RETURNS bigint
  LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sessionize_date';
COMMENT ON FUNCTION engage.sessionize(date, interval) IS
  'Window function: the number of the session that a row belongs to, from 1 in each partition. A session ends with a gap longer than the given one; a gap of exactly that length does not end it. Dates are midnights. Needs ORDER BY ts in its OVER clause. NULL for a NULL time, which changes nothing. Errors: a NULL or negative gap, months in it, times that fall, infinite times (NG006).';
CREATE FUNCTION engage.sessionize(ts date, gap interval, VARIADIC "any") RETURNS bigint
  LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sessionize_date';
COMMENT ON FUNCTION engage.sessionize(date, interval, VARIADIC "any") IS
  'sessionize(ts, gap) that also begins a session where any further argument differs from its last value that was not NULL: a source of traffic, or the day in a time zone. Dates are midnights. Values are compared by the equality of their type. Errors as there, and for types without equality.';
CREATE FUNCTION engage.sessionize(ts bigint, gap bigint) RETURNS bigint
  LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sessionize_int8';
COMMENT ON FUNCTION engage.sessionize(bigint, bigint) IS
  'Window function: the number of the session that a row belongs to, from 1 in each partition. A session ends with a gap longer than the given one; a gap of exactly that length does not end it. Times and gap are in any one unit. Needs ORDER BY ts in its OVER clause. NULL for a NULL time, which changes nothing. Errors: a NULL or negative gap, months in it, times that fall, infinite times (NG006).';
CREATE FUNCTION engage.sessionize(ts bigint, gap bigint, VARIADIC "any") RETURNS bigint
  LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sessionize_int8';
COMMENT ON FUNCTION engage.sessionize(bigint, bigint, VARIADIC "any") IS
  'sessionize(ts, gap) that also begins a session where any further argument differs from its last value that was not NULL: a source of traffic, or the day in a time zone. Times and gap are in any one unit. Values are compared by the equality of their type. Errors as there, and for types without equality.';
