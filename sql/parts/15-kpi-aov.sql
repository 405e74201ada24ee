-- KPI room: average order value

CREATE TYPE engage.aov_summary;
CREATE FUNCTION engage.aov_summary_in(cstring) RETURNS engage.aov_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_summary_in';
CREATE FUNCTION engage.aov_summary_out(engage.aov_summary) RETURNS cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_summary_out';
CREATE FUNCTION engage.aov_summary_recv(internal) RETURNS engage.aov_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_summary_recv';
CREATE FUNCTION engage.aov_summary_send(engage.aov_summary) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_summary_send';
CREATE TYPE engage.aov_summary (
  INPUT = engage.aov_summary_in, OUTPUT = engage.aov_summary_out,
  RECEIVE = engage.aov_summary_recv, SEND = engage.aov_summary_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = plain
);
COMMENT ON TYPE engage.aov_summary IS
  'Number, sum and sum of squares of order amounts. Text form: 1:orders=2,revenue=30.5,revenue_squares=500.25';
COMMENT ON FUNCTION engage.aov_summary_in(cstring) IS
  'aov_summary: text input';
COMMENT ON FUNCTION engage.aov_summary_out(engage.aov_summary) IS
  'aov_summary: text output';
COMMENT ON FUNCTION engage.aov_summary_recv(internal) IS
  'aov_summary: binary input';
COMMENT ON FUNCTION engage.aov_summary_send(engage.aov_summary) IS
  'aov_summary: binary output';
CREATE FUNCTION engage.aov_summary_combine(engage.aov_summary, engage.aov_summary) RETURNS engage.aov_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_summary_combine';
COMMENT ON FUNCTION engage.aov_summary_combine(engage.aov_summary, engage.aov_summary) IS
  'aov_summary: merge two values';
CREATE FUNCTION engage.aov_summary_final(engage.aov_summary) RETURNS engage.aov_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_summary_final';
COMMENT ON FUNCTION engage.aov_summary_final(engage.aov_summary) IS
  'aov_summary: the value, or NULL if it has seen no row';

CREATE AGGREGATE engage.rollup(engage.aov_summary) (
  SFUNC = engage.aov_summary_combine, STYPE = engage.aov_summary,
  COMBINEFUNC = engage.aov_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rollup(engage.aov_summary) IS
  'Merges aov_summary values: the result is what one aggregation over all their rows would have given, whatever the split and the order. NULL values are skipped; error NG004 if they were built with different parameters.';

CREATE FUNCTION engage.aov_accum(engage.aov_summary, smallint) RETURNS engage.aov_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_accum_int2';
COMMENT ON FUNCTION engage.aov_accum(engage.aov_summary, smallint) IS
  'transition of aov_agg(amount)';
CREATE FUNCTION engage.aov_inverse(engage.aov_summary, smallint) RETURNS engage.aov_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_inverse_int2';
COMMENT ON FUNCTION engage.aov_inverse(engage.aov_summary, smallint) IS
  'inverse transition of aov_agg(amount)';
CREATE FUNCTION engage.aov_accum(engage.aov_summary, integer) RETURNS engage.aov_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_accum_int4';
COMMENT ON FUNCTION engage.aov_accum(engage.aov_summary, integer) IS
  'transition of aov_agg(amount)';
CREATE FUNCTION engage.aov_inverse(engage.aov_summary, integer) RETURNS engage.aov_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_inverse_int4';
COMMENT ON FUNCTION engage.aov_inverse(engage.aov_summary, integer) IS
  'inverse transition of aov_agg(amount)';
CREATE FUNCTION engage.aov_accum(engage.aov_summary, bigint) RETURNS engage.aov_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_accum_int8';
COMMENT ON FUNCTION engage.aov_accum(engage.aov_summary, bigint) IS
  'transition of aov_agg(amount)';
CREATE FUNCTION engage.aov_inverse(engage.aov_summary, bigint) RETURNS engage.aov_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_inverse_int8';
COMMENT ON FUNCTION engage.aov_inverse(engage.aov_summary, bigint) IS
  'inverse transition of aov_agg(amount)';
CREATE FUNCTION engage.aov_accum(engage.aov_summary, numeric) RETURNS engage.aov_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_accum_numeric';
COMMENT ON FUNCTION engage.aov_accum(engage.aov_summary, numeric) IS
  'transition of aov_agg(amount)';
CREATE FUNCTION engage.aov_inverse(engage.aov_summary, numeric) RETURNS engage.aov_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_inverse_numeric';
COMMENT ON FUNCTION engage.aov_inverse(engage.aov_summary, numeric) IS
  'inverse transition of aov_agg(amount)';
CREATE FUNCTION engage.aov_accum(engage.aov_summary, double precision) RETURNS engage.aov_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_accum_float8';
COMMENT ON FUNCTION engage.aov_accum(engage.aov_summary, double precision) IS
  'transition of aov_agg(amount)';
CREATE FUNCTION engage.aov_inverse(engage.aov_summary, double precision) RETURNS engage.aov_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_inverse_float8';
COMMENT ON FUNCTION engage.aov_inverse(engage.aov_summary, double precision) IS
  'inverse transition of aov_agg(amount)';

CREATE FUNCTION engage.aov(summary engage.aov_summary) RETURNS numeric
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov';
COMMENT ON FUNCTION engage.aov(engage.aov_summary) IS
  'Average order value: revenue / orders, in the currency of the amounts, to at least 16 significant digits.';
CREATE FUNCTION engage.orders(summary engage.aov_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_orders';
COMMENT ON FUNCTION engage.orders(engage.aov_summary) IS
  'Number of orders.';
CREATE FUNCTION engage.revenue(summary engage.aov_summary) RETURNS numeric
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_revenue';
COMMENT ON FUNCTION engage.revenue(engage.aov_summary) IS
  'Sum of the order amounts, exact.';
CREATE FUNCTION engage.aov_interval(summary engage.aov_summary, confidence double precision DEFAULT 0.95,
    OUT estimate double precision, OUT low double precision, OUT high double precision)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_aov_interval';
COMMENT ON FUNCTION engage.aov_interval(engage.aov_summary, double precision) IS
  'Average order value with Student''s t interval; bounds are NULL for fewer than two orders.';
CREATE FUNCTION engage.lower_bound(summary engage.aov_summary, confidence double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_aov_lower_bound';
COMMENT ON FUNCTION engage.lower_bound(engage.aov_summary, double precision) IS
  'Lower end of the t interval of the average order value (in the currency of the amounts). confidence lies between 0 and 1, 0.95 unless given.';
CREATE FUNCTION engage.upper_bound(summary engage.aov_summary, confidence double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_aov_upper_bound';
COMMENT ON FUNCTION engage.upper_bound(engage.aov_summary, double precision) IS
  'Upper end of the t interval of the average order value (in the currency of the amounts). confidence lies between 0 and 1, 0.95 unless given.';

-- aov(amount) is the server's own avg(): same support functions, same speed, same
-- exactness (float sums of real and double precision follow avg(), too).
CREATE AGGREGATE engage.aov(amount smallint) (
  SFUNC = pg_catalog.int2_avg_accum, STYPE = pg_catalog._int8, FINALFUNC = pg_catalog.int8_avg,
  COMBINEFUNC = pg_catalog.int4_avg_combine, INITCOND = '{0,0}',
  MSFUNC = pg_catalog.int2_avg_accum, MINVFUNC = pg_catalog.int2_avg_accum_inv, MSTYPE = pg_catalog._int8, MFINALFUNC = pg_catalog.int8_avg, MINITCOND = '{0,0}',
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.aov(smallint) IS
  'Average order value, sum / count of order amounts: exactly the server''s avg(). One row must be one order; for order lines use aov(order_id, line_amount). Amounts may be negative (returns). NULL amounts are skipped.';
CREATE AGGREGATE engage.aov(amount integer) (
  SFUNC = pg_catalog.int4_avg_accum, STYPE = pg_catalog._int8, FINALFUNC = pg_catalog.int8_avg,
  COMBINEFUNC = pg_catalog.int4_avg_combine, INITCOND = '{0,0}',
  MSFUNC = pg_catalog.int4_avg_accum, MINVFUNC = pg_catalog.int4_avg_accum_inv, MSTYPE = pg_catalog._int8, MFINALFUNC = pg_catalog.int8_avg, MINITCOND = '{0,0}',
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.aov(integer) IS
  'Average order value, sum / count of order amounts: exactly the server''s avg(). One row must be one order; for order lines use aov(order_id, line_amount). Amounts may be negative (returns). NULL amounts are skipped.';
CREATE AGGREGATE engage.aov(amount bigint) (
  SFUNC = pg_catalog.int8_avg_accum, STYPE = pg_catalog.internal, SSPACE = 48, FINALFUNC = pg_catalog.numeric_poly_avg,
  COMBINEFUNC = pg_catalog.int8_avg_combine, SERIALFUNC = pg_catalog.int8_avg_serialize, DESERIALFUNC = pg_catalog.int8_avg_deserialize,
  MSFUNC = pg_catalog.int8_avg_accum, MINVFUNC = pg_catalog.int8_avg_accum_inv, MSTYPE = pg_catalog.internal, MSSPACE = 48, MFINALFUNC = pg_catalog.numeric_poly_avg,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.aov(bigint) IS
  'Average order value, sum / count of order amounts: exactly the server''s avg(). One row must be one order; for order lines use aov(order_id, line_amount). Amounts may be negative (returns). NULL amounts are skipped.';
CREATE AGGREGATE engage.aov(amount numeric) (
  SFUNC = pg_catalog.numeric_avg_accum, STYPE = pg_catalog.internal, SSPACE = 128, FINALFUNC = pg_catalog.numeric_avg,
  COMBINEFUNC = pg_catalog.numeric_avg_combine, SERIALFUNC = pg_catalog.numeric_avg_serialize, DESERIALFUNC = pg_catalog.numeric_avg_deserialize,
  MSFUNC = pg_catalog.numeric_avg_accum, MINVFUNC = pg_catalog.numeric_accum_inv, MSTYPE = pg_catalog.internal, MSSPACE = 128, MFINALFUNC = pg_catalog.numeric_avg,
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.aov(numeric) IS
  'Average order value, sum / count of order amounts: exactly the server''s avg(). One row must be one order; for order lines use aov(order_id, line_amount). Amounts may be negative (returns). NULL amounts are skipped.';
CREATE AGGREGATE engage.aov(amount real) (
  SFUNC = pg_catalog.float4_accum, STYPE = pg_catalog._float8, FINALFUNC = pg_catalog.float8_avg,
  COMBINEFUNC = pg_catalog.float8_combine, INITCOND = '{0,0,0}',
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.aov(real) IS
  'Average order value, sum / count of order amounts: exactly the server''s avg(). One row must be one order; for order lines use aov(order_id, line_amount). Amounts may be negative (returns). NULL amounts are skipped.';
CREATE AGGREGATE engage.aov(amount double precision) (
  SFUNC = pg_catalog.float8_accum, STYPE = pg_catalog._float8, FINALFUNC = pg_catalog.float8_avg,
  COMBINEFUNC = pg_catalog.float8_combine, INITCOND = '{0,0,0}',
  PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.aov(double precision) IS
  'Average order value, sum / count of order amounts: exactly the server''s avg(). One row must be one order; for order lines use aov(order_id, line_amount). Amounts may be negative (returns). NULL amounts are skipped.';

CREATE AGGREGATE engage.aov_agg(amount smallint) (
  SFUNC = engage.aov_accum, STYPE = engage.aov_summary, SSPACE = 80, FINALFUNC = engage.aov_summary_final,
  COMBINEFUNC = engage.aov_summary_combine, INITCOND = '1:orders=0,revenue=0,revenue_squares=0',
  MSFUNC = engage.aov_accum, MINVFUNC = engage.aov_inverse, MSTYPE = engage.aov_summary, MSSPACE = 80,
  MFINALFUNC = engage.aov_summary_final, MINITCOND = '1:orders=0,revenue=0,revenue_squares=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.aov_agg(smallint) IS
  'Order amounts as a summary to store, merge with rollup() and read with aov(), orders(), revenue(), aov_interval(). Exact for every type; double precision amounts are taken at 15 significant digits. NULL amounts are skipped; error if an amount is NaN, infinite, or 1e18 or more.';
CREATE AGGREGATE engage.aov_agg(amount integer) (
  SFUNC = engage.aov_accum, STYPE = engage.aov_summary, SSPACE = 80, FINALFUNC = engage.aov_summary_final,
  COMBINEFUNC = engage.aov_summary_combine, INITCOND = '1:orders=0,revenue=0,revenue_squares=0',
  MSFUNC = engage.aov_accum, MINVFUNC = engage.aov_inverse, MSTYPE = engage.aov_summary, MSSPACE = 80,
  MFINALFUNC = engage.aov_summary_final, MINITCOND = '1:orders=0,revenue=0,revenue_squares=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.aov_agg(integer) IS
  'Order amounts as a summary to store, merge with rollup() and read with aov(), orders(), revenue(), aov_interval(). Exact for every type; double precision amounts are taken at 15 significant digits. NULL amounts are skipped; error if an amount is NaN, infinite, or 1e18 or more.';
CREATE AGGREGATE engage.aov_agg(amount bigint) (
  SFUNC = engage.aov_accum, STYPE = engage.aov_summary, SSPACE = 80, FINALFUNC = engage.aov_summary_final,
  COMBINEFUNC = engage.aov_summary_combine, INITCOND = '1:orders=0,revenue=0,revenue_squares=0',
  MSFUNC = engage.aov_accum, MINVFUNC = engage.aov_inverse, MSTYPE = engage.aov_summary, MSSPACE = 80,
  MFINALFUNC = engage.aov_summary_final, MINITCOND = '1:orders=0,revenue=0,revenue_squares=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.aov_agg(bigint) IS
  'Order amounts as a summary to store, merge with rollup() and read with aov(), orders(), revenue(), aov_interval(). Exact for every type; double precision amounts are taken at 15 significant digits. NULL amounts are skipped; error if an amount is NaN, infinite, or 1e18 or more.';
CREATE AGGREGATE engage.aov_agg(amount numeric) (
  SFUNC = engage.aov_accum, STYPE = engage.aov_summary, SSPACE = 80, FINALFUNC = engage.aov_summary_final,
  COMBINEFUNC = engage.aov_summary_combine, INITCOND = '1:orders=0,revenue=0,revenue_squares=0',
  MSFUNC = engage.aov_accum, MINVFUNC = engage.aov_inverse, MSTYPE = engage.aov_summary, MSSPACE = 80,
  MFINALFUNC = engage.aov_summary_final, MINITCOND = '1:orders=0,revenue=0,revenue_squares=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.aov_agg(numeric) IS
  'Order amounts as a summary to store, merge with rollup() and read with aov(), orders(), revenue(), aov_interval(). Exact for every type; double precision amounts are taken at 15 significant digits. NULL amounts are skipped; error if an amount is NaN, infinite, or 1e18 or more.';
CREATE AGGREGATE engage.aov_agg(amount double precision) (
  SFUNC = engage.aov_accum, STYPE = engage.aov_summary, SSPACE = 80, FINALFUNC = engage.aov_summary_final,
  COMBINEFUNC = engage.aov_summary_combine, INITCOND = '1:orders=0,revenue=0,revenue_squares=0',
  MSFUNC = engage.aov_accum, MINVFUNC = engage.aov_inverse, MSTYPE = engage.aov_summary, MSSPACE = 80,
  MFINALFUNC = engage.aov_summary_final, MINITCOND = '1:orders=0,revenue=0,revenue_squares=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.aov_agg(double precision) IS
  'Order amounts as a summary to store, merge with rollup() and read with aov(), orders(), revenue(), aov_interval(). Exact for every type; double precision amounts are taken at 15 significant digits. NULL amounts are skipped; error if an amount is NaN, infinite, or 1e18 or more.';

CREATE FUNCTION engage.aov_lines_accum(internal, "any", smallint) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_lines_accum_int2';
COMMENT ON FUNCTION engage.aov_lines_accum(internal, "any", smallint) IS
  'transition of aov(order_id, line_amount)';
CREATE FUNCTION engage.aov_lines_accum(internal, "any", integer) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_lines_accum_int4';
COMMENT ON FUNCTION engage.aov_lines_accum(internal, "any", integer) IS
  'transition of aov(order_id, line_amount)';
CREATE FUNCTION engage.aov_lines_accum(internal, "any", bigint) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_lines_accum_int8';
COMMENT ON FUNCTION engage.aov_lines_accum(internal, "any", bigint) IS
  'transition of aov(order_id, line_amount)';
CREATE FUNCTION engage.aov_lines_accum(internal, "any", numeric) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_lines_accum_numeric';
COMMENT ON FUNCTION engage.aov_lines_accum(internal, "any", numeric) IS
  'transition of aov(order_id, line_amount)';
CREATE FUNCTION engage.aov_lines_accum(internal, "any", double precision) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_lines_accum_float8';
COMMENT ON FUNCTION engage.aov_lines_accum(internal, "any", double precision) IS
  'transition of aov(order_id, line_amount)';
CREATE FUNCTION engage.aov_lines_accum(internal, "any", real) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_lines_accum_float4';
COMMENT ON FUNCTION engage.aov_lines_accum(internal, "any", real) IS
  'transition of aov(order_id, line_amount)';
CREATE FUNCTION engage.aov_lines_numeric_final(internal) RETURNS numeric
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_lines_numeric_final';
COMMENT ON FUNCTION engage.aov_lines_numeric_final(internal) IS
  'final function of aov(order_id, line_amount)';
CREATE FUNCTION engage.aov_lines_float8_final(internal) RETURNS double precision
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_aov_lines_float8_final';
COMMENT ON FUNCTION engage.aov_lines_float8_final(internal) IS
  'final function of aov(order_id, line_amount)';
CREATE AGGREGATE engage.aov(order_id "any", line_amount smallint) (
  SFUNC = engage.aov_lines_accum, STYPE = internal, SSPACE = 1024,
  FINALFUNC = engage.aov_lines_numeric_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.aov("any", smallint) IS
  'Average order value over order lines: sum(line_amount) / number of distinct order_id. order_id may be of any type whose equal values have equal texts; guests count. A row with a NULL is skipped. Keeps the distinct order ids in memory (about 40 bytes each; error beyond 1 GB).';
CREATE AGGREGATE engage.aov(order_id "any", line_amount integer) (
  SFUNC = engage.aov_lines_accum, STYPE = internal, SSPACE = 1024,
  FINALFUNC = engage.aov_lines_numeric_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.aov("any", integer) IS
  'Average order value over order lines: sum(line_amount) / number of distinct order_id. order_id may be of any type whose equal values have equal texts; guests count. A row with a NULL is skipped. Keeps the distinct order ids in memory (about 40 bytes each; error beyond 1 GB).';
CREATE AGGREGATE engage.aov(order_id "any", line_amount bigint) (
  SFUNC = engage.aov_lines_accum, STYPE = internal, SSPACE = 1024,
  FINALFUNC = engage.aov_lines_numeric_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.aov("any", bigint) IS
  'Average order value over order lines: sum(line_amount) / number of distinct order_id. order_id may be of any type whose equal values have equal texts; guests count. A row with a NULL is skipped. Keeps the distinct order ids in memory (about 40 bytes each; error beyond 1 GB).';
CREATE AGGREGATE engage.aov(order_id "any", line_amount numeric) (
  SFUNC = engage.aov_lines_accum, STYPE = internal, SSPACE = 1024,
  FINALFUNC = engage.aov_lines_numeric_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.aov("any", numeric) IS
  'Average order value over order lines: sum(line_amount) / number of distinct order_id. order_id may be of any type whose equal values have equal texts; guests count. A row with a NULL is skipped. Keeps the distinct order ids in memory (about 40 bytes each; error beyond 1 GB).';
CREATE AGGREGATE engage.aov(order_id "any", line_amount double precision) (
  SFUNC = engage.aov_lines_accum, STYPE = internal, SSPACE = 1024,
  FINALFUNC = engage.aov_lines_float8_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.aov("any", double precision) IS
  'Average order value over order lines: sum(line_amount) / number of distinct order_id. order_id may be of any type whose equal values have equal texts; guests count. A row with a NULL is skipped. Keeps the distinct order ids in memory (about 40 bytes each; error beyond 1 GB).';
CREATE AGGREGATE engage.aov(order_id "any", line_amount real) (
  SFUNC = engage.aov_lines_accum, STYPE = internal, SSPACE = 1024,
  FINALFUNC = engage.aov_lines_float8_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.aov("any", real) IS
  'Average order value over order lines: sum(line_amount) / number of distinct order_id. order_id may be of any type whose equal values have equal texts; guests count. A row with a NULL is skipped. Keeps the distinct order ids in memory (about 40 bytes each; error beyond 1 GB).';
