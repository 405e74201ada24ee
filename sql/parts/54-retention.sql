-- Behaviour room: retention, lifecycle and stickiness of many customers, from
-- activities and from raw rows

-- --------------------------------------------------------- rolling periods
CREATE FUNCTION engage.rolling_activity(t engage.timeline, unit text, tz text) RETURNS engage.activity
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_rolling_activity_zoned';
COMMENT ON FUNCTION engage.rolling_activity(engage.timeline, text, text) IS
  'The periods in which the events of a timeline fell, counted from its first event: that one lies in the period that the local clock of time zone tz shows, the others k periods later, where k whole units have passed since. unit: hour, day (24 hours), week (7 days; by its name, the cohorts begin on Monday, Sunday or Saturday) or month (30 days). For retention_agg(activity, rolling); the periods after the first are not those of the calendar. Error 22023 for other units and unknown zones.';
CREATE FUNCTION engage.rolling_activity(t engage.timeline, unit text) RETURNS engage.activity
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_rolling_activity';
COMMENT ON FUNCTION engage.rolling_activity(engage.timeline, text) IS
  'The periods in which the events of a timeline fell, counted from its first event, with times that are taken as they stand: that one lies in its period of the calendar, the others k periods later, where k whole units have passed since. unit: hour, day (24 hours), week (7 days) or month (30 days); error 22023 for others.';

-- --------------------------------------------------------------- retention
CREATE TYPE engage.retention_summary;
CREATE FUNCTION engage.retention_summary_in(cstring) RETURNS engage.retention_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_retention_summary_in';
COMMENT ON FUNCTION engage.retention_summary_in(cstring) IS
  'retention_summary: text input';
CREATE FUNCTION engage.retention_summary_out(engage.retention_summary) RETURNS cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_retention_summary_out';
COMMENT ON FUNCTION engage.retention_summary_out(engage.retention_summary) IS
  'retention_summary: text output';
CREATE FUNCTION engage.retention_summary_recv(internal) RETURNS engage.retention_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_retention_summary_recv';
COMMENT ON FUNCTION engage.retention_summary_recv(internal) IS
  'retention_summary: binary input';
CREATE FUNCTION engage.retention_summary_send(engage.retention_summary) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_retention_summary_send';
COMMENT ON FUNCTION engage.retention_summary_send(engage.retention_summary) IS
  'retention_summary: binary output';
CREATE TYPE engage.retention_summary (
  INPUT = engage.retention_summary_in, OUTPUT = engage.retention_summary_out,
  RECEIVE = engage.retention_summary_recv, SEND = engage.retention_summary_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE engage.retention_summary IS
  'How many customers came back how many periods later, by cohort. Text form: 1:unit=1,cohorts=0;"1-7";size(8766)=3;on(8766,1)=2;last(8766,1)=2;bracket(8766,0)=2;seen(8766)=1;seen(8767)=2 (unit by its number from hour=0 to year=7; cohorts first_time=0, recurring=1, first_ever=2, rolling=3; periods as ordinals, days since 2000-01-01; last: who did not come back later; bracket by its place among the names, from 0; seen: the last period of anybody)';
CREATE FUNCTION engage.retention_summary_combine(engage.retention_summary, engage.retention_summary) RETURNS engage.retention_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_retention_summary_combine';
COMMENT ON FUNCTION engage.retention_summary_combine(engage.retention_summary, engage.retention_summary) IS
  'retention_summary: merge two values';
CREATE AGGREGATE engage.rollup(engage.retention_summary) (
  SFUNC = engage.retention_summary_combine, STYPE = engage.retention_summary, SSPACE = 16384,
  COMBINEFUNC = engage.retention_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rollup(engage.retention_summary) IS
  'Merges retention_summary values of different customers: the result is what one aggregation over all of them would have given. A customer who is in two of them counts twice. NULL values are skipped; error NG004 if unit, cohorts or brackets differ.';

CREATE FUNCTION engage.retention_summary_accum(engage.retention_summary, engage.activity) RETURNS engage.retention_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'engage_retention_summary_accum';
COMMENT ON FUNCTION engage.retention_summary_accum(engage.retention_summary, engage.activity) IS
  'transition of retention_agg(activity)';
CREATE AGGREGATE engage.retention_agg(a engage.activity) (
  SFUNC = engage.retention_summary_accum, STYPE = engage.retention_summary, SSPACE = 16384,
  COMBINEFUNC = engage.retention_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.retention_agg(engage.activity) IS
  'Who came back how many periods after his first: one activity a customer, all of one unit. Read it with retention_rows() and retention_curve(), store it, merge it with rollup(). NULL activities are skipped, NULL if there is none. Error NG004 if the units differ.';
CREATE FUNCTION engage.retention_summary_accum(engage.retention_summary, engage.activity, text) RETURNS engage.retention_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'engage_retention_summary_accum';
COMMENT ON FUNCTION engage.retention_summary_accum(engage.retention_summary, engage.activity, text) IS
  'transition of retention_agg(activity, text)';
CREATE AGGREGATE engage.retention_agg(a engage.activity, cohorts text) (
  SFUNC = engage.retention_summary_accum, STYPE = engage.retention_summary, SSPACE = 16384,
  COMBINEFUNC = engage.retention_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.retention_agg(engage.activity, text) IS
  'The same for cohorts that are first_time (a customer is in the cohort of his first active period), recurring (in that of each active period) or rolling (first_time over activities of rolling_activity(), whose cells can be known one period later). Error 22023 for others, 22004 for NULL.';
CREATE FUNCTION engage.retention_summary_accum(engage.retention_summary, engage.activity, text, integer[]) RETURNS engage.retention_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'engage_retention_summary_accum';
COMMENT ON FUNCTION engage.retention_summary_accum(engage.retention_summary, engage.activity, text, integer[]) IS
  'transition of retention_agg(activity, text, integer[])';
CREATE AGGREGATE engage.retention_agg(a engage.activity, cohorts text, brackets integer[]) (
  SFUNC = engage.retention_summary_accum, STYPE = engage.retention_summary, SSPACE = 16384,
  COMBINEFUNC = engage.retention_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.retention_agg(engage.activity, text, integer[]) IS
  'The same with brackets, such as ARRAY[[1, 7], [8, 14]]: a customer counts once in each in which he came back in any of these periods after the cohorts, both inclusive, from 1 on. They may overlap and leave gaps. Error 2202E for other arrays, 22023 for impossible bounds, 22004 for NULL.';
CREATE FUNCTION engage.retention_summary_accum(engage.retention_summary, engage.activity, engage.activity, text) RETURNS engage.retention_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'engage_retention_summary_accum_two';
COMMENT ON FUNCTION engage.retention_summary_accum(engage.retention_summary, engage.activity, engage.activity, text) IS
  'transition of retention_agg(activity, activity, text)';
CREATE AGGREGATE engage.retention_agg(starts engage.activity, returns engage.activity, cohorts text) (
  SFUNC = engage.retention_summary_accum, STYPE = engage.retention_summary, SSPACE = 16384,
  COMBINEFUNC = engage.retention_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.retention_agg(engage.activity, engage.activity, text) IS
  'Who came back after the period of an event of another kind: starts says in which periods a customer did what puts him into a cohort, returns when he did what counts as coming back, one row a customer. cohorts: first_time (the first period of starts), recurring (each of them) or first_ever (the first one, if returns has none before it). NULL means never, so a customer without returns counts as lost; a row where both are NULL is skipped. Error NG004 if the units differ.';
CREATE FUNCTION engage.retention_summary_accum(engage.retention_summary, engage.activity, engage.activity, text, integer[]) RETURNS engage.retention_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'engage_retention_summary_accum_two';
COMMENT ON FUNCTION engage.retention_summary_accum(engage.retention_summary, engage.activity, engage.activity, text, integer[]) IS
  'transition of retention_agg(activity, activity, text, integer[])';
CREATE AGGREGATE engage.retention_agg(starts engage.activity, returns engage.activity, cohorts text, brackets integer[]) (
  SFUNC = engage.retention_summary_accum, STYPE = engage.retention_summary, SSPACE = 16384,
  COMBINEFUNC = engage.retention_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.retention_agg(engage.activity, engage.activity, text, integer[]) IS
  'The same for starts and returns with brackets, such as ARRAY[[1, 7], [8, 14]]';

-- from raw rows
CREATE FUNCTION engage.retention_rows_final(internal) RETURNS engage.retention_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_retention_rows_final';
COMMENT ON FUNCTION engage.retention_rows_final(internal) IS
  'the state as a retention_summary';
CREATE FUNCTION engage.retention_rows_accum(internal, "any", "any", text, text) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_retention_rows_accum_zoned';
COMMENT ON FUNCTION engage.retention_rows_accum(internal, "any", "any", text, text) IS
  'transition of retention_agg("any", "any", text, text)';
CREATE AGGREGATE engage.retention_agg(customer "any", ts "any", unit text, tz text) (
  SFUNC = engage.retention_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.retention_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.retention_agg("any", "any", text, text) IS
  'Retention of many customers from their rows: who was there when, by the local clock of time zone tz. The same as retention_agg over one activity_agg a customer, in one pass and without storing anything. ts is timestamptz. unit: hour, day, week (from Monday), week_sunday, week_saturday, month, quarter or year. customer is a key of any type but those whose equal values can be written differently. A row with a NULL in any of these is skipped; NULL if none is left. Memory beyond work_mem is written to temporary files. The result has rollup() for disjoint customers. Error 42804 for a timestamp or date, NG004 if the unit changes, NG006 for infinite times, 22023 for unknown units and zones.';
CREATE FUNCTION engage.retention_rows_accum(internal, "any", "any", text, text, text) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_retention_rows_accum_zoned';
COMMENT ON FUNCTION engage.retention_rows_accum(internal, "any", "any", text, text, text) IS
  'transition of retention_agg("any", "any", text, text, text)';
CREATE AGGREGATE engage.retention_agg(customer "any", ts "any", unit text, tz text, cohorts text) (
  SFUNC = engage.retention_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.retention_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.retention_agg("any", "any", text, text, text) IS
  'The same for cohorts first_time, recurring or rolling: rolling periods are counted from the first event of a customer, as rolling_activity() does, and all rows must have the same zone (NG004)';
CREATE FUNCTION engage.retention_rows_accum(internal, "any", "any", text, text, text, integer[]) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_retention_rows_accum_zoned';
COMMENT ON FUNCTION engage.retention_rows_accum(internal, "any", "any", text, text, text, integer[]) IS
  'transition of retention_agg("any", "any", text, text, text, integer[])';
CREATE AGGREGATE engage.retention_agg(customer "any", ts "any", unit text, tz text, cohorts text, brackets integer[]) (
  SFUNC = engage.retention_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.retention_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.retention_agg("any", "any", text, text, text, integer[]) IS
  'The same from rows with brackets, such as ARRAY[[1, 7], [8, 14]]';
CREATE FUNCTION engage.retention_rows_accum(internal, "any", timestamp, text) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_retention_rows_accum';
COMMENT ON FUNCTION engage.retention_rows_accum(internal, "any", timestamp, text) IS
  'transition of retention_agg("any", timestamp, text)';
CREATE AGGREGATE engage.retention_agg(customer "any", ts timestamp, unit text) (
  SFUNC = engage.retention_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.retention_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.retention_agg("any", timestamp, text) IS
  'Retention of many customers from their rows, over times without zone, which are taken as they stand';
CREATE FUNCTION engage.retention_rows_accum(internal, "any", timestamp, text, text) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_retention_rows_accum';
COMMENT ON FUNCTION engage.retention_rows_accum(internal, "any", timestamp, text, text) IS
  'transition of retention_agg("any", timestamp, text, text)';
CREATE AGGREGATE engage.retention_agg(customer "any", ts timestamp, unit text, cohorts text) (
  SFUNC = engage.retention_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.retention_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.retention_agg("any", timestamp, text, text) IS
  'The same for cohorts first_time, recurring or rolling, over times without zone, which are taken as they stand';
CREATE FUNCTION engage.retention_rows_accum(internal, "any", timestamp, text, text, integer[]) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_retention_rows_accum';
COMMENT ON FUNCTION engage.retention_rows_accum(internal, "any", timestamp, text, text, integer[]) IS
  'transition of retention_agg("any", timestamp, text, text, integer[])';
CREATE AGGREGATE engage.retention_agg(customer "any", ts timestamp, unit text, cohorts text, brackets integer[]) (
  SFUNC = engage.retention_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.retention_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.retention_agg("any", timestamp, text, text, integer[]) IS
  'The same with brackets, over times without zone, which are taken as they stand';
CREATE FUNCTION engage.retention_rows_accum(internal, "any", date, text) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_retention_rows_accum';
COMMENT ON FUNCTION engage.retention_rows_accum(internal, "any", date, text) IS
  'transition of retention_agg("any", date, text)';
CREATE AGGREGATE engage.retention_agg(customer "any", ts date, unit text) (
  SFUNC = engage.retention_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.retention_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.retention_agg("any", date, text) IS
  'Retention of many customers from their rows, over days; error 22023 for the unit hour';
CREATE FUNCTION engage.retention_rows_accum(internal, "any", date, text, text) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_retention_rows_accum';
COMMENT ON FUNCTION engage.retention_rows_accum(internal, "any", date, text, text) IS
  'transition of retention_agg("any", date, text, text)';
CREATE AGGREGATE engage.retention_agg(customer "any", ts date, unit text, cohorts text) (
  SFUNC = engage.retention_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.retention_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.retention_agg("any", date, text, text) IS
  'The same for cohorts first_time, recurring or rolling, over days';
CREATE FUNCTION engage.retention_rows_accum(internal, "any", date, text, text, integer[]) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_retention_rows_accum';
COMMENT ON FUNCTION engage.retention_rows_accum(internal, "any", date, text, text, integer[]) IS
  'transition of retention_agg("any", date, text, text, integer[])';
CREATE AGGREGATE engage.retention_agg(customer "any", ts date, unit text, cohorts text, brackets integer[]) (
  SFUNC = engage.retention_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.retention_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.retention_agg("any", date, text, text, integer[]) IS
  'The same with brackets, over days';

CREATE FUNCTION engage.retention_rows(summary engage.retention_summary, mode text DEFAULT 'on', as_of timestamp DEFAULT NULL, periods integer DEFAULT NULL)
  RETURNS TABLE (cohort timestamp, period integer, size bigint, returned bigint, retention_pct double precision, bracket text)
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 500 AS 'MODULE_PATHNAME', 'engage_retention_rows';
COMMENT ON FUNCTION engage.retention_rows(engage.retention_summary, text, timestamp, integer) IS
  'Retention as rows, for every cohort from the first to the last (by the beginning of its period, local time) and every period from 0 up to "periods" (NULL: all): customers of the cohort, those who came back in the period-th period after it (mode on), in it or any later one (on_or_after), or in any period of a bracket (bracket: period counts the brackets), also in percent of the size, 0 to 100. Period 0 is the cohort itself, 100 %. What is not over at as_of, a local time, is NULL, not 0. as_of NULL means the end of the last period in which anybody was active: data that go on until now need now() AT TIME ZONE ''...'', since the current period is not over. as_of hides cells, it does not take back later activity. Error 22023 for an unknown mode or if there are no brackets, 22004 for a NULL mode, 54000 beyond ten million rows. NULL summary: no rows.';
CREATE FUNCTION engage.retention_curve(summary engage.retention_summary, mode text DEFAULT 'on', as_of timestamp DEFAULT NULL)
  RETURNS TABLE (period integer, cohorts bigint, size bigint, returned bigint, retention_pct double precision, bracket text)
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 50 AS 'MODULE_PATHNAME', 'engage_retention_curve';
COMMENT ON FUNCTION engage.retention_curve(engage.retention_summary, text, timestamp) IS
  'Retention over all cohorts: for each period those cohorts pooled of which it is over at as_of, their customers, how many of them came back, and in percent (0 to 100) of the customers of these cohorts only. Arguments as of retention_rows(). Cohorts differ from period to period, so even mode on_or_after may rise. NULL summary: no rows.';

-- --------------------------------------------------------------- lifecycle
CREATE TYPE engage.lifecycle_summary;
CREATE FUNCTION engage.lifecycle_summary_in(cstring) RETURNS engage.lifecycle_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_lifecycle_summary_in';
COMMENT ON FUNCTION engage.lifecycle_summary_in(cstring) IS
  'lifecycle_summary: text input';
CREATE FUNCTION engage.lifecycle_summary_out(engage.lifecycle_summary) RETURNS cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_lifecycle_summary_out';
COMMENT ON FUNCTION engage.lifecycle_summary_out(engage.lifecycle_summary) IS
  'lifecycle_summary: text output';
CREATE FUNCTION engage.lifecycle_summary_recv(internal) RETURNS engage.lifecycle_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_lifecycle_summary_recv';
COMMENT ON FUNCTION engage.lifecycle_summary_recv(internal) IS
  'lifecycle_summary: binary input';
CREATE FUNCTION engage.lifecycle_summary_send(engage.lifecycle_summary) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_lifecycle_summary_send';
COMMENT ON FUNCTION engage.lifecycle_summary_send(engage.lifecycle_summary) IS
  'lifecycle_summary: binary output';
CREATE TYPE engage.lifecycle_summary (
  INPUT = engage.lifecycle_summary_in, OUTPUT = engage.lifecycle_summary_out,
  RECEIVE = engage.lifecycle_summary_recv, SEND = engage.lifecycle_summary_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE engage.lifecycle_summary IS
  'How many customers were new, came back after a pause, or became dormant in which period. Text form: 1:unit=1;;new(8766)=3;resurrecting(8768)=1;dormant(8767)=2;... (unit by its number from hour=0 to year=7; periods as ordinals, days since 2000-01-01)';
CREATE FUNCTION engage.lifecycle_summary_combine(engage.lifecycle_summary, engage.lifecycle_summary) RETURNS engage.lifecycle_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_lifecycle_summary_combine';
COMMENT ON FUNCTION engage.lifecycle_summary_combine(engage.lifecycle_summary, engage.lifecycle_summary) IS
  'lifecycle_summary: merge two values';
CREATE AGGREGATE engage.rollup(engage.lifecycle_summary) (
  SFUNC = engage.lifecycle_summary_combine, STYPE = engage.lifecycle_summary, SSPACE = 16384,
  COMBINEFUNC = engage.lifecycle_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rollup(engage.lifecycle_summary) IS
  'Merges lifecycle_summary values of different customers: the result is what one aggregation over all of them would have given. A customer who is in two of them counts twice. NULL values are skipped; error NG004 if units differ.';

CREATE FUNCTION engage.lifecycle_summary_accum(engage.lifecycle_summary, engage.activity) RETURNS engage.lifecycle_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'engage_lifecycle_summary_accum';
COMMENT ON FUNCTION engage.lifecycle_summary_accum(engage.lifecycle_summary, engage.activity) IS
  'transition of lifecycle_agg(activity)';
CREATE AGGREGATE engage.lifecycle_agg(a engage.activity) (
  SFUNC = engage.lifecycle_summary_accum, STYPE = engage.lifecycle_summary, SSPACE = 16384,
  COMBINEFUNC = engage.lifecycle_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.lifecycle_agg(engage.activity) IS
  'New, returning, resurrecting and dormant customers: one activity a customer, with his whole history, all of one unit. Read it with lifecycle_rows(), store it, merge it with rollup(). NULL activities are skipped, NULL if there is none. Error NG004 if the units differ.';
CREATE FUNCTION engage.lifecycle_rows_final(internal) RETURNS engage.lifecycle_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_lifecycle_rows_final';
COMMENT ON FUNCTION engage.lifecycle_rows_final(internal) IS
  'the state as a lifecycle_summary';
CREATE FUNCTION engage.lifecycle_rows_accum(internal, "any", "any", text, text) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_lifecycle_rows_accum_zoned';
COMMENT ON FUNCTION engage.lifecycle_rows_accum(internal, "any", "any", text, text) IS
  'transition of lifecycle_agg("any", "any", text, text)';
CREATE AGGREGATE engage.lifecycle_agg(customer "any", ts "any", unit text, tz text) (
  SFUNC = engage.lifecycle_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.lifecycle_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.lifecycle_agg("any", "any", text, text) IS
  'New, returning, resurrecting and dormant customers from their rows, by the local clock of time zone tz. The same as lifecycle_agg over one activity_agg a customer. ts is timestamptz. unit: hour, day, week (from Monday), week_sunday, week_saturday, month, quarter or year. customer is a key of any type but those whose equal values can be written differently. A row with a NULL in any argument is skipped; NULL if none is left. Error 42804 for a timestamp or date, NG004 if the unit changes, NG006 for infinite times, 22023 for unknown units and zones.';
CREATE FUNCTION engage.lifecycle_rows_accum(internal, "any", timestamp, text) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_lifecycle_rows_accum';
COMMENT ON FUNCTION engage.lifecycle_rows_accum(internal, "any", timestamp, text) IS
  'transition of lifecycle_agg("any", timestamp, text)';
CREATE AGGREGATE engage.lifecycle_agg(customer "any", ts timestamp, unit text) (
  SFUNC = engage.lifecycle_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.lifecycle_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.lifecycle_agg("any", timestamp, text) IS
  'The lifecycle of many customers from their rows, over times without zone, which are taken as they stand';
CREATE FUNCTION engage.lifecycle_rows_accum(internal, "any", date, text) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_lifecycle_rows_accum';
COMMENT ON FUNCTION engage.lifecycle_rows_accum(internal, "any", date, text) IS
  'transition of lifecycle_agg("any", date, text)';
CREATE AGGREGATE engage.lifecycle_agg(customer "any", ts date, unit text) (
  SFUNC = engage.lifecycle_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.lifecycle_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.lifecycle_agg("any", date, text) IS
  'The lifecycle of many customers from their rows, over days; error 22023 for the unit hour';

CREATE FUNCTION engage.lifecycle_rows(summary engage.lifecycle_summary)
  RETURNS TABLE (period timestamp, new_customers bigint, returning_customers bigint, resurrecting_customers bigint, dormant_customers bigint, active_customers bigint, quick_ratio double precision)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100 AS 'MODULE_PATHNAME', 'engage_lifecycle_rows';
COMMENT ON FUNCTION engage.lifecycle_rows(engage.lifecycle_summary) IS
  'A row for every period (by its beginning, local time) from the first to the last in which anybody was active: customers active for the first time, active as in the period before, active again after a pause, and no longer active unlike in the period before (a count, not negative); all active ones: new, returning and resurrecting; and (new + resurrecting) / dormant, NULL if nobody is dormant. active_customers are those of the period before, and new and resurrecting ones, less the dormant. Error 54000 beyond ten million rows.';

-- -------------------------------------------------------------- stickiness
CREATE TYPE engage.stickiness_summary;
CREATE FUNCTION engage.stickiness_summary_in(cstring) RETURNS engage.stickiness_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stickiness_summary_in';
COMMENT ON FUNCTION engage.stickiness_summary_in(cstring) IS
  'stickiness_summary: text input';
CREATE FUNCTION engage.stickiness_summary_out(engage.stickiness_summary) RETURNS cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stickiness_summary_out';
COMMENT ON FUNCTION engage.stickiness_summary_out(engage.stickiness_summary) IS
  'stickiness_summary: text output';
CREATE FUNCTION engage.stickiness_summary_recv(internal) RETURNS engage.stickiness_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stickiness_summary_recv';
COMMENT ON FUNCTION engage.stickiness_summary_recv(internal) IS
  'stickiness_summary: binary input';
CREATE FUNCTION engage.stickiness_summary_send(engage.stickiness_summary) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stickiness_summary_send';
COMMENT ON FUNCTION engage.stickiness_summary_send(engage.stickiness_summary) IS
  'stickiness_summary: binary output';
CREATE TYPE engage.stickiness_summary (
  INPUT = engage.stickiness_summary_in, OUTPUT = engage.stickiness_summary_out,
  RECEIVE = engage.stickiness_summary_recv, SEND = engage.stickiness_summary_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE engage.stickiness_summary IS
  'How many customers are active within a day, a week and a month up to each day, and on how many days. Text form: 1:days=28;;day_in(8766)=3;day_out(8767)=3;week_in(8766)=3;week_out(8773)=3;month_in(8766)=3;month_out(8794)=3;active_days(1)=3 (who comes in and goes out on which day since 2000-01-01)';
CREATE FUNCTION engage.stickiness_summary_combine(engage.stickiness_summary, engage.stickiness_summary) RETURNS engage.stickiness_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stickiness_summary_combine';
COMMENT ON FUNCTION engage.stickiness_summary_combine(engage.stickiness_summary, engage.stickiness_summary) IS
  'stickiness_summary: merge two values';
CREATE AGGREGATE engage.rollup(engage.stickiness_summary) (
  SFUNC = engage.stickiness_summary_combine, STYPE = engage.stickiness_summary, SSPACE = 16384,
  COMBINEFUNC = engage.stickiness_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rollup(engage.stickiness_summary) IS
  'Merges stickiness_summary values of different customers: the result is what one aggregation over all of them would have given. A customer who is in two of them counts twice. NULL values are skipped; error NG004 if days differ.';

CREATE FUNCTION engage.stickiness_summary_accum(engage.stickiness_summary, engage.activity) RETURNS engage.stickiness_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'engage_stickiness_summary_accum';
COMMENT ON FUNCTION engage.stickiness_summary_accum(engage.stickiness_summary, engage.activity) IS
  'transition of stickiness_agg(activity)';
CREATE AGGREGATE engage.stickiness_agg(a engage.activity) (
  SFUNC = engage.stickiness_summary_accum, STYPE = engage.stickiness_summary, SSPACE = 16384,
  COMBINEFUNC = engage.stickiness_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.stickiness_agg(engage.activity) IS
  'Daily, weekly and monthly active customers: one activity a customer, of the unit day (NG004). A month has 28 days, which has each day of the week four times. Read it with stickiness_rows() and stickiness_histogram(), store it, merge it with rollup(). NULL activities are skipped, NULL if there is none.';
CREATE FUNCTION engage.stickiness_summary_accum(engage.stickiness_summary, engage.activity, integer) RETURNS engage.stickiness_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'engage_stickiness_summary_accum';
COMMENT ON FUNCTION engage.stickiness_summary_accum(engage.stickiness_summary, engage.activity, integer) IS
  'transition of stickiness_agg(activity, integer)';
CREATE AGGREGATE engage.stickiness_agg(a engage.activity, days integer) (
  SFUNC = engage.stickiness_summary_accum, STYPE = engage.stickiness_summary, SSPACE = 16384,
  COMBINEFUNC = engage.stickiness_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.stickiness_agg(engage.activity, integer) IS
  'The same with a month of so many days, 1 to 10000; error 22023 beyond, 22004 for NULL, NG004 if it changes';
CREATE FUNCTION engage.stickiness_rows_final(internal) RETURNS engage.stickiness_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stickiness_rows_final';
COMMENT ON FUNCTION engage.stickiness_rows_final(internal) IS
  'the state as a stickiness_summary';
CREATE FUNCTION engage.stickiness_rows_accum(internal, "any", "any", text) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stickiness_rows_accum_zoned';
COMMENT ON FUNCTION engage.stickiness_rows_accum(internal, "any", "any", text) IS
  'transition of stickiness_agg("any", "any", text)';
CREATE AGGREGATE engage.stickiness_agg(customer "any", ts "any", tz text) (
  SFUNC = engage.stickiness_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.stickiness_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.stickiness_agg("any", "any", text) IS
  'Daily, weekly and monthly active customers from their rows, by the local days of time zone tz. The same as stickiness_agg over one activity_agg a customer. ts is timestamptz. customer is a key of any type but those whose equal values can be written differently. A row with a NULL in any of these is skipped; NULL if none is left. Error 42804 for a timestamp or date, NG006 for infinite times, 22023 for unknown zones.';
CREATE FUNCTION engage.stickiness_rows_accum(internal, "any", "any", text, integer) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stickiness_rows_accum_zoned';
COMMENT ON FUNCTION engage.stickiness_rows_accum(internal, "any", "any", text, integer) IS
  'transition of stickiness_agg("any", "any", text, integer)';
CREATE AGGREGATE engage.stickiness_agg(customer "any", ts "any", tz text, days integer) (
  SFUNC = engage.stickiness_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.stickiness_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.stickiness_agg("any", "any", text, integer) IS
  'The same from rows with a month of so many days, 1 to 10000';
CREATE FUNCTION engage.stickiness_rows_accum(internal, "any", timestamp) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stickiness_rows_accum';
COMMENT ON FUNCTION engage.stickiness_rows_accum(internal, "any", timestamp) IS
  'transition of stickiness_agg("any", timestamp)';
CREATE AGGREGATE engage.stickiness_agg(customer "any", ts timestamp) (
  SFUNC = engage.stickiness_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.stickiness_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.stickiness_agg("any", timestamp) IS
  'Stickiness from rows, over times without zone, which are taken as they stand';
CREATE FUNCTION engage.stickiness_rows_accum(internal, "any", timestamp, integer) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stickiness_rows_accum';
COMMENT ON FUNCTION engage.stickiness_rows_accum(internal, "any", timestamp, integer) IS
  'transition of stickiness_agg("any", timestamp, integer)';
CREATE AGGREGATE engage.stickiness_agg(customer "any", ts timestamp, days integer) (
  SFUNC = engage.stickiness_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.stickiness_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.stickiness_agg("any", timestamp, integer) IS
  'The same with a month of so many days, 1 to 10000, over times without zone, which are taken as they stand';
CREATE FUNCTION engage.stickiness_rows_accum(internal, "any", date) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stickiness_rows_accum';
COMMENT ON FUNCTION engage.stickiness_rows_accum(internal, "any", date) IS
  'transition of stickiness_agg("any", date)';
CREATE AGGREGATE engage.stickiness_agg(customer "any", ts date) (
  SFUNC = engage.stickiness_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.stickiness_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.stickiness_agg("any", date) IS
  'Stickiness from rows, over days';
CREATE FUNCTION engage.stickiness_rows_accum(internal, "any", date, integer) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_stickiness_rows_accum';
COMMENT ON FUNCTION engage.stickiness_rows_accum(internal, "any", date, integer) IS
  'transition of stickiness_agg("any", date, integer)';
CREATE AGGREGATE engage.stickiness_agg(customer "any", ts date, days integer) (
  SFUNC = engage.stickiness_rows_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.stickiness_rows_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.stickiness_agg("any", date, integer) IS
  'The same with a month of so many days, 1 to 10000, over days';

CREATE FUNCTION engage.stickiness_rows(summary engage.stickiness_summary)
  RETURNS TABLE (day date, dau bigint, wau bigint, mau bigint, dau_mau_pct double precision, dau_wau_pct double precision)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100 AS 'MODULE_PATHNAME', 'engage_stickiness_rows';
COMMENT ON FUNCTION engage.stickiness_rows(engage.stickiness_summary) IS
  'A row for every day from the first to the last on which anybody was active: customers active on it, within the 7 days that end with it, and within the 28 (or days) that end with it; daily ones in percent (0 to 100) of the monthly (stickiness) and of the weekly ones, NULL if there are none. On the first days the windows reach back before the data. Error 54000 beyond ten million rows.';
CREATE FUNCTION engage.stickiness_histogram(summary engage.stickiness_summary)
  RETURNS TABLE (active_days integer, customers bigint, customers_pct double precision)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 30 AS 'MODULE_PATHNAME', 'engage_stickiness_histogram';
COMMENT ON FUNCTION engage.stickiness_histogram(engage.stickiness_summary) IS
  'How many customers were active on exactly 1, 2, ... days of all that were aggregated, and in percent (0 to 100) of all customers';
