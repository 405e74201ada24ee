-- KPI room: customers and their orders

CREATE TYPE engage.repeat_purchase_summary;
CREATE FUNCTION engage.repeat_purchase_summary_in(cstring) RETURNS engage.repeat_purchase_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_repeat_purchase_summary_in';
CREATE FUNCTION engage.repeat_purchase_summary_out(engage.repeat_purchase_summary) RETURNS cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_repeat_purchase_summary_out';
CREATE FUNCTION engage.repeat_purchase_summary_recv(internal) RETURNS engage.repeat_purchase_summary
  LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_repeat_purchase_summary_recv';
CREATE FUNCTION engage.repeat_purchase_summary_send(engage.repeat_purchase_summary) RETURNS bytea
  LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_repeat_purchase_summary_send';
CREATE TYPE engage.repeat_purchase_summary (
  INPUT = engage.repeat_purchase_summary_in, OUTPUT = engage.repeat_purchase_summary_out,
  RECEIVE = engage.repeat_purchase_summary_recv, SEND = engage.repeat_purchase_summary_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE engage.repeat_purchase_summary IS
  'Customers with their numbers of orders, or with the orders themselves. Text form: 1c:int8:42=3;77=1, or 1o:int8,text:42="A1","A7";77="B2" if order ids were given';
COMMENT ON FUNCTION engage.repeat_purchase_summary_in(cstring) IS
  'repeat_purchase_summary: text input';
COMMENT ON FUNCTION engage.repeat_purchase_summary_out(engage.repeat_purchase_summary) IS
  'repeat_purchase_summary: text output';
COMMENT ON FUNCTION engage.repeat_purchase_summary_recv(internal) IS
  'repeat_purchase_summary: binary input';
COMMENT ON FUNCTION engage.repeat_purchase_summary_send(engage.repeat_purchase_summary) IS
  'repeat_purchase_summary: binary output';
CREATE FUNCTION engage.repeat_purchase_summary_rollup(internal, engage.repeat_purchase_summary) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_repeat_purchase_summary_rollup';
COMMENT ON FUNCTION engage.repeat_purchase_summary_rollup(internal, engage.repeat_purchase_summary) IS
  'transition of rollup(repeat_purchase_summary)';
CREATE FUNCTION engage.repeat_purchase_summary_final(internal) RETURNS engage.repeat_purchase_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_final';
COMMENT ON FUNCTION engage.repeat_purchase_summary_final(internal) IS
  'the state as a repeat_purchase_summary';
CREATE AGGREGATE engage.rollup(engage.repeat_purchase_summary) (
  SFUNC = engage.repeat_purchase_summary_rollup, STYPE = internal, SSPACE = 4096,
  FINALFUNC = engage.repeat_purchase_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rollup(engage.repeat_purchase_summary) IS
  'Merges repeat_purchase_summary values: the result is what one aggregation over all their rows would have given, also when parts share customers or orders. NULL values are skipped; error NG004 if they were built with different arguments or key types.';

CREATE FUNCTION engage.book_customer_accum(internal, smallint) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_customer_accum';
COMMENT ON FUNCTION engage.book_customer_accum(internal, smallint) IS
  'transition of rpr(customer_id)';
CREATE FUNCTION engage.book_customer_accum(internal, integer) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_customer_accum';
COMMENT ON FUNCTION engage.book_customer_accum(internal, integer) IS
  'transition of rpr(customer_id)';
CREATE FUNCTION engage.book_customer_accum(internal, bigint) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_customer_accum';
COMMENT ON FUNCTION engage.book_customer_accum(internal, bigint) IS
  'transition of rpr(customer_id)';
CREATE FUNCTION engage.book_customer_accum(internal, text) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_customer_accum';
COMMENT ON FUNCTION engage.book_customer_accum(internal, text) IS
  'transition of rpr(customer_id)';
CREATE FUNCTION engage.book_customer_accum(internal, uuid) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_customer_accum';
COMMENT ON FUNCTION engage.book_customer_accum(internal, uuid) IS
  'transition of rpr(customer_id)';
CREATE FUNCTION engage.book_customer_accum(internal, bytea) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_customer_accum';
COMMENT ON FUNCTION engage.book_customer_accum(internal, bytea) IS
  'transition of rpr(customer_id)';
CREATE FUNCTION engage.book_customer_accum(internal, anyelement) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_customer_accum';
COMMENT ON FUNCTION engage.book_customer_accum(internal, anyelement) IS
  'transition of rpr(customer_id)';
CREATE FUNCTION engage.book_order_accum(internal, "any", "any") RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_order_accum';
COMMENT ON FUNCTION engage.book_order_accum(internal, "any", "any") IS
  'transition of rpr(customer_id, order_id)';
CREATE FUNCTION engage.book_revenue_accum(internal, "any", "any", "any") RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_revenue_accum';
COMMENT ON FUNCTION engage.book_revenue_accum(internal, "any", "any", "any") IS
  'transition of repeat_revenue_share';
CREATE FUNCTION engage.book_rpr_final(internal) RETURNS double precision
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_rpr_final';
COMMENT ON FUNCTION engage.book_rpr_final(internal) IS
  'final function of rpr';
CREATE FUNCTION engage.book_frequency_final(internal) RETURNS double precision
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_frequency_final';
COMMENT ON FUNCTION engage.book_frequency_final(internal) IS
  'final function of purchase_frequency';
CREATE FUNCTION engage.book_revenue_share_final(internal) RETURNS double precision
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_revenue_share_final';
COMMENT ON FUNCTION engage.book_revenue_share_final(internal) IS
  'final function of repeat_revenue_share';
CREATE AGGREGATE engage.rpr(customer_id smallint) (
  SFUNC = engage.book_customer_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_rpr_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rpr(smallint) IS
  'Repeat purchase rate as a percentage: customers with more than one order / customers with an order. One row must be one order; for order lines use rpr(customer_id, order_id). Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.rpr(customer_id integer) (
  SFUNC = engage.book_customer_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_rpr_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rpr(integer) IS
  'Repeat purchase rate as a percentage: customers with more than one order / customers with an order. One row must be one order; for order lines use rpr(customer_id, order_id). Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.rpr(customer_id bigint) (
  SFUNC = engage.book_customer_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_rpr_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rpr(bigint) IS
  'Repeat purchase rate as a percentage: customers with more than one order / customers with an order. One row must be one order; for order lines use rpr(customer_id, order_id). Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.rpr(customer_id text) (
  SFUNC = engage.book_customer_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_rpr_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rpr(text) IS
  'Repeat purchase rate as a percentage: customers with more than one order / customers with an order. One row must be one order; for order lines use rpr(customer_id, order_id). Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.rpr(customer_id uuid) (
  SFUNC = engage.book_customer_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_rpr_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rpr(uuid) IS
  'Repeat purchase rate as a percentage: customers with more than one order / customers with an order. One row must be one order; for order lines use rpr(customer_id, order_id). Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.rpr(customer_id bytea) (
  SFUNC = engage.book_customer_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_rpr_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rpr(bytea) IS
  'Repeat purchase rate as a percentage: customers with more than one order / customers with an order. One row must be one order; for order lines use rpr(customer_id, order_id). Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.rpr(customer_id anyelement) (
  SFUNC = engage.book_customer_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_rpr_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rpr(anyelement) IS
  'Repeat purchase rate as a percentage: customers with more than one order / customers with an order. One row must be one order; for order lines use rpr(customer_id, order_id). Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.rpr(customer_id "any", order_id "any") (
  SFUNC = engage.book_order_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_rpr_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rpr("any", "any") IS
  'Repeat purchase rate as a percentage: customers with more than one distinct order / customers with an order. Rows may be orders or order lines. A row with a NULL is skipped. Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.purchase_frequency(customer_id smallint) (
  SFUNC = engage.book_customer_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_frequency_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.purchase_frequency(smallint) IS
  'Orders per customer. One row must be one order; for order lines use purchase_frequency(customer_id, order_id). Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.purchase_frequency(customer_id integer) (
  SFUNC = engage.book_customer_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_frequency_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.purchase_frequency(integer) IS
  'Orders per customer. One row must be one order; for order lines use purchase_frequency(customer_id, order_id). Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.purchase_frequency(customer_id bigint) (
  SFUNC = engage.book_customer_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_frequency_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.purchase_frequency(bigint) IS
  'Orders per customer. One row must be one order; for order lines use purchase_frequency(customer_id, order_id). Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.purchase_frequency(customer_id text) (
  SFUNC = engage.book_customer_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_frequency_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.purchase_frequency(text) IS
  'Orders per customer. One row must be one order; for order lines use purchase_frequency(customer_id, order_id). Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.purchase_frequency(customer_id uuid) (
  SFUNC = engage.book_customer_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_frequency_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.purchase_frequency(uuid) IS
  'Orders per customer. One row must be one order; for order lines use purchase_frequency(customer_id, order_id). Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.purchase_frequency(customer_id bytea) (
  SFUNC = engage.book_customer_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_frequency_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.purchase_frequency(bytea) IS
  'Orders per customer. One row must be one order; for order lines use purchase_frequency(customer_id, order_id). Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.purchase_frequency(customer_id anyelement) (
  SFUNC = engage.book_customer_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_frequency_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.purchase_frequency(anyelement) IS
  'Orders per customer. One row must be one order; for order lines use purchase_frequency(customer_id, order_id). Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.purchase_frequency(customer_id "any", order_id "any") (
  SFUNC = engage.book_order_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_frequency_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.purchase_frequency("any", "any") IS
  'Distinct orders per customer. Rows may be orders or order lines. A row with a NULL is skipped. Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.repeat_purchase_agg(customer_id smallint) (
  SFUNC = engage.book_customer_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.repeat_purchase_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.repeat_purchase_agg(smallint) IS
  'Customers with their numbers of orders (one row is one order), as a summary to store, merge with rollup() and read with rpr(), purchase_frequency(), customers(), orders(), repeat_customers(). Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.repeat_purchase_agg(customer_id integer) (
  SFUNC = engage.book_customer_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.repeat_purchase_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.repeat_purchase_agg(integer) IS
  'Customers with their numbers of orders (one row is one order), as a summary to store, merge with rollup() and read with rpr(), purchase_frequency(), customers(), orders(), repeat_customers(). Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.repeat_purchase_agg(customer_id bigint) (
  SFUNC = engage.book_customer_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.repeat_purchase_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.repeat_purchase_agg(bigint) IS
  'Customers with their numbers of orders (one row is one order), as a summary to store, merge with rollup() and read with rpr(), purchase_frequency(), customers(), orders(), repeat_customers(). Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.repeat_purchase_agg(customer_id text) (
  SFUNC = engage.book_customer_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.repeat_purchase_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.repeat_purchase_agg(text) IS
  'Customers with their numbers of orders (one row is one order), as a summary to store, merge with rollup() and read with rpr(), purchase_frequency(), customers(), orders(), repeat_customers(). Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.repeat_purchase_agg(customer_id uuid) (
  SFUNC = engage.book_customer_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.repeat_purchase_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.repeat_purchase_agg(uuid) IS
  'Customers with their numbers of orders (one row is one order), as a summary to store, merge with rollup() and read with rpr(), purchase_frequency(), customers(), orders(), repeat_customers(). Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.repeat_purchase_agg(customer_id bytea) (
  SFUNC = engage.book_customer_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.repeat_purchase_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.repeat_purchase_agg(bytea) IS
  'Customers with their numbers of orders (one row is one order), as a summary to store, merge with rollup() and read with rpr(), purchase_frequency(), customers(), orders(), repeat_customers(). Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.repeat_purchase_agg(customer_id anyelement) (
  SFUNC = engage.book_customer_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.repeat_purchase_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.repeat_purchase_agg(anyelement) IS
  'Customers with their numbers of orders (one row is one order), as a summary to store, merge with rollup() and read with rpr(), purchase_frequency(), customers(), orders(), repeat_customers(). Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.repeat_purchase_agg(customer_id "any", order_id "any") (
  SFUNC = engage.book_order_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.repeat_purchase_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.repeat_purchase_agg("any", "any") IS
  'Customers with their distinct orders, as a summary to store, merge with rollup() and read with rpr(), purchase_frequency(), customers(), orders(), repeat_customers(). A row with a NULL is skipped. Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.repeat_revenue_share(customer_id "any", order_id "any", amount "any") (
  SFUNC = engage.book_revenue_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_revenue_share_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.repeat_revenue_share("any", "any", "any") IS
  'Repeat buyers'' share of revenue, a percentage: revenue of customers with more than one distinct order / revenue of all customers. Rows may be orders or order lines. A row with a NULL is skipped. NULL if revenue adds up to 0. Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';

CREATE FUNCTION engage.rpr(summary engage.repeat_purchase_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_repeat_purchase_rpr';
COMMENT ON FUNCTION engage.rpr(engage.repeat_purchase_summary) IS
  'Repeat purchase rate as a percentage: customers with more than one order / customers with an order.';
CREATE FUNCTION engage.fraction(summary engage.repeat_purchase_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_repeat_purchase_fraction';
COMMENT ON FUNCTION engage.fraction(engage.repeat_purchase_summary) IS
  'Repeat purchase rate as a fraction.';
CREATE FUNCTION engage.purchase_frequency(summary engage.repeat_purchase_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_repeat_purchase_frequency';
COMMENT ON FUNCTION engage.purchase_frequency(engage.repeat_purchase_summary) IS
  'Orders per customer.';
CREATE FUNCTION engage.customers(summary engage.repeat_purchase_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_customers';
COMMENT ON FUNCTION engage.customers(engage.repeat_purchase_summary) IS
  'Number of distinct customers.';
CREATE FUNCTION engage.orders(summary engage.repeat_purchase_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_orders';
COMMENT ON FUNCTION engage.orders(engage.repeat_purchase_summary) IS
  'Number of orders.';
CREATE FUNCTION engage.repeat_customers(summary engage.repeat_purchase_summary, at_least integer DEFAULT 2) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'engage_repeat_customers';
COMMENT ON FUNCTION engage.repeat_customers(engage.repeat_purchase_summary, integer) IS
  'Number of customers with at least so many orders (2 unless given).';
CREATE FUNCTION engage.rpr_interval(summary engage.repeat_purchase_summary, confidence double precision DEFAULT 0.95, method text DEFAULT 'wilson',
    OUT estimate double precision, OUT low double precision, OUT high double precision)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_rpr_interval';
COMMENT ON FUNCTION engage.rpr_interval(engage.repeat_purchase_summary, double precision, text) IS
  'Repeat purchase rate with its confidence interval, as percentages; method wilson (default) or clopper_pearson.';
CREATE FUNCTION engage.lower_bound(summary engage.repeat_purchase_summary, confidence double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_rpr_lower_bound';
COMMENT ON FUNCTION engage.lower_bound(engage.repeat_purchase_summary, double precision) IS
  'Lower end of the Wilson interval of the repeat purchase rate (0 to 100). confidence lies between 0 and 1, 0.95 unless given.';
CREATE FUNCTION engage.upper_bound(summary engage.repeat_purchase_summary, confidence double precision DEFAULT 0.95) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_rpr_upper_bound';
COMMENT ON FUNCTION engage.upper_bound(engage.repeat_purchase_summary, double precision) IS
  'Upper end of the Wilson interval of the repeat purchase rate (0 to 100). confidence lies between 0 and 1, 0.95 unless given.';


CREATE TYPE engage.days_between_orders_summary;
CREATE FUNCTION engage.days_between_orders_summary_in(cstring) RETURNS engage.days_between_orders_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_days_between_orders_summary_in';
CREATE FUNCTION engage.days_between_orders_summary_out(engage.days_between_orders_summary) RETURNS cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_days_between_orders_summary_out';
CREATE FUNCTION engage.days_between_orders_summary_recv(internal) RETURNS engage.days_between_orders_summary
  LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_days_between_orders_summary_recv';
CREATE FUNCTION engage.days_between_orders_summary_send(engage.days_between_orders_summary) RETURNS bytea
  LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_days_between_orders_summary_send';
CREATE TYPE engage.days_between_orders_summary (
  INPUT = engage.days_between_orders_summary_in, OUTPUT = engage.days_between_orders_summary_out,
  RECEIVE = engage.days_between_orders_summary_recv, SEND = engage.days_between_orders_summary_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE engage.days_between_orders_summary IS
  'Customers with the times of their orders (microseconds since 2000-01-01). Text form: 1t:int8:42=7000,9000, or 1p:int8,text:42="A1"@7000 if order ids were given';
COMMENT ON FUNCTION engage.days_between_orders_summary_in(cstring) IS
  'days_between_orders_summary: text input';
COMMENT ON FUNCTION engage.days_between_orders_summary_out(engage.days_between_orders_summary) IS
  'days_between_orders_summary: text output';
COMMENT ON FUNCTION engage.days_between_orders_summary_recv(internal) IS
  'days_between_orders_summary: binary input';
COMMENT ON FUNCTION engage.days_between_orders_summary_send(engage.days_between_orders_summary) IS
  'days_between_orders_summary: binary output';
CREATE FUNCTION engage.days_between_orders_summary_rollup(internal, engage.days_between_orders_summary) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_days_between_orders_summary_rollup';
COMMENT ON FUNCTION engage.days_between_orders_summary_rollup(internal, engage.days_between_orders_summary) IS
  'transition of rollup(days_between_orders_summary)';
CREATE FUNCTION engage.days_between_orders_summary_final(internal) RETURNS engage.days_between_orders_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_final';
COMMENT ON FUNCTION engage.days_between_orders_summary_final(internal) IS
  'the state as a days_between_orders_summary';
CREATE AGGREGATE engage.rollup(engage.days_between_orders_summary) (
  SFUNC = engage.days_between_orders_summary_rollup, STYPE = internal, SSPACE = 4096,
  FINALFUNC = engage.days_between_orders_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rollup(engage.days_between_orders_summary) IS
  'Merges days_between_orders_summary values: the result is what one aggregation over all their rows would have given, also when parts share customers or orders. NULL values are skipped; error NG004 if they were built with different arguments or key types.';

CREATE FUNCTION engage.book_time_accum(internal, "any", timestamp with time zone) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_time_accum';
COMMENT ON FUNCTION engage.book_time_accum(internal, "any", timestamp with time zone) IS
  'transition of days_between_orders(customer_id, ts)';
CREATE FUNCTION engage.book_time_accum(internal, "any", timestamp without time zone) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_time_accum';
COMMENT ON FUNCTION engage.book_time_accum(internal, "any", timestamp without time zone) IS
  'transition of days_between_orders(customer_id, ts)';
CREATE FUNCTION engage.book_time_accum(internal, "any", date) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_time_accum';
COMMENT ON FUNCTION engage.book_time_accum(internal, "any", date) IS
  'transition of days_between_orders(customer_id, ts)';
CREATE FUNCTION engage.book_order_time_accum(internal, "any", "any", timestamp with time zone) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_order_time_accum';
COMMENT ON FUNCTION engage.book_order_time_accum(internal, "any", "any", timestamp with time zone) IS
  'transition of days_between_orders(customer_id, order_id, ts)';
CREATE FUNCTION engage.book_order_time_accum(internal, "any", "any", timestamp without time zone) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_order_time_accum';
COMMENT ON FUNCTION engage.book_order_time_accum(internal, "any", "any", timestamp without time zone) IS
  'transition of days_between_orders(customer_id, order_id, ts)';
CREATE FUNCTION engage.book_order_time_accum(internal, "any", "any", date) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_order_time_accum';
COMMENT ON FUNCTION engage.book_order_time_accum(internal, "any", "any", date) IS
  'transition of days_between_orders(customer_id, order_id, ts)';
CREATE FUNCTION engage.book_mean_gap_final(internal) RETURNS double precision
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_mean_gap_final';
COMMENT ON FUNCTION engage.book_mean_gap_final(internal) IS
  'final function of days_between_orders';
CREATE AGGREGATE engage.days_between_orders(customer_id "any", ts timestamp with time zone) (
  SFUNC = engage.book_time_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_mean_gap_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.days_between_orders("any", timestamp with time zone) IS
  'Mean number of days (of 24 hours) between successive orders of a customer, over all such gaps of all customers. Rows of one customer with equal ts are one order. A row with a NULL is skipped; error NG006 for an infinite ts. NULL if nobody ordered twice. Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.days_between_orders(customer_id "any", ts timestamp without time zone) (
  SFUNC = engage.book_time_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_mean_gap_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.days_between_orders("any", timestamp without time zone) IS
  'Mean number of days (of 24 hours) between successive orders of a customer, over all such gaps of all customers. Rows of one customer with equal ts are one order. A row with a NULL is skipped; error NG006 for an infinite ts. NULL if nobody ordered twice. Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.days_between_orders(customer_id "any", ts date) (
  SFUNC = engage.book_time_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_mean_gap_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.days_between_orders("any", date) IS
  'Mean number of days (of 24 hours) between successive orders of a customer, over all such gaps of all customers. Rows of one customer with equal ts are one order. A row with a NULL is skipped; error NG006 for an infinite ts. NULL if nobody ordered twice. Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.days_between_orders(customer_id "any", order_id "any", ts timestamp with time zone) (
  SFUNC = engage.book_order_time_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_mean_gap_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.days_between_orders("any", "any", timestamp with time zone) IS
  'Mean number of days (of 24 hours) between successive orders of a customer, each order counted at its first ts: rows may be order lines. A row with a NULL is skipped; error NG006 for an infinite ts. NULL if nobody ordered twice. Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.days_between_orders(customer_id "any", order_id "any", ts timestamp without time zone) (
  SFUNC = engage.book_order_time_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_mean_gap_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.days_between_orders("any", "any", timestamp without time zone) IS
  'Mean number of days (of 24 hours) between successive orders of a customer, each order counted at its first ts: rows may be order lines. A row with a NULL is skipped; error NG006 for an infinite ts. NULL if nobody ordered twice. Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.days_between_orders(customer_id "any", order_id "any", ts date) (
  SFUNC = engage.book_order_time_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.book_mean_gap_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.days_between_orders("any", "any", date) IS
  'Mean number of days (of 24 hours) between successive orders of a customer, each order counted at its first ts: rows may be order lines. A row with a NULL is skipped; error NG006 for an infinite ts. NULL if nobody ordered twice. Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB).';
CREATE AGGREGATE engage.days_between_orders_agg(customer_id "any", ts timestamp with time zone) (
  SFUNC = engage.book_time_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.days_between_orders_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.days_between_orders_agg("any", timestamp with time zone) IS
  'Mean number of days (of 24 hours) between successive orders of a customer, over all such gaps of all customers. Rows of one customer with equal ts are one order. A row with a NULL is skipped; error NG006 for an infinite ts. NULL if nobody ordered twice. Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB). As a summary to store, merge with rollup() and read with days_between_orders(), median_days_between_orders(), days_between_orders_percentile(), gaps().';
CREATE AGGREGATE engage.days_between_orders_agg(customer_id "any", ts timestamp without time zone) (
  SFUNC = engage.book_time_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.days_between_orders_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.days_between_orders_agg("any", timestamp without time zone) IS
  'Mean number of days (of 24 hours) between successive orders of a customer, over all such gaps of all customers. Rows of one customer with equal ts are one order. A row with a NULL is skipped; error NG006 for an infinite ts. NULL if nobody ordered twice. Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB). As a summary to store, merge with rollup() and read with days_between_orders(), median_days_between_orders(), days_between_orders_percentile(), gaps().';
CREATE AGGREGATE engage.days_between_orders_agg(customer_id "any", ts date) (
  SFUNC = engage.book_time_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.days_between_orders_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.days_between_orders_agg("any", date) IS
  'Mean number of days (of 24 hours) between successive orders of a customer, over all such gaps of all customers. Rows of one customer with equal ts are one order. A row with a NULL is skipped; error NG006 for an infinite ts. NULL if nobody ordered twice. Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB). As a summary to store, merge with rollup() and read with days_between_orders(), median_days_between_orders(), days_between_orders_percentile(), gaps().';
CREATE AGGREGATE engage.days_between_orders_agg(customer_id "any", order_id "any", ts timestamp with time zone) (
  SFUNC = engage.book_order_time_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.days_between_orders_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.days_between_orders_agg("any", "any", timestamp with time zone) IS
  'Mean number of days (of 24 hours) between successive orders of a customer, each order counted at its first ts: rows may be order lines. A row with a NULL is skipped; error NG006 for an infinite ts. NULL if nobody ordered twice. Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB). As a summary to store, merge with rollup() and read with days_between_orders(), median_days_between_orders(), days_between_orders_percentile(), gaps().';
CREATE AGGREGATE engage.days_between_orders_agg(customer_id "any", order_id "any", ts timestamp without time zone) (
  SFUNC = engage.book_order_time_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.days_between_orders_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.days_between_orders_agg("any", "any", timestamp without time zone) IS
  'Mean number of days (of 24 hours) between successive orders of a customer, each order counted at its first ts: rows may be order lines. A row with a NULL is skipped; error NG006 for an infinite ts. NULL if nobody ordered twice. Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB). As a summary to store, merge with rollup() and read with days_between_orders(), median_days_between_orders(), days_between_orders_percentile(), gaps().';
CREATE AGGREGATE engage.days_between_orders_agg(customer_id "any", order_id "any", ts date) (
  SFUNC = engage.book_order_time_accum, STYPE = internal, SSPACE = 1024, FINALFUNC = engage.days_between_orders_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.days_between_orders_agg("any", "any", date) IS
  'Mean number of days (of 24 hours) between successive orders of a customer, each order counted at its first ts: rows may be order lines. A row with a NULL is skipped; error NG006 for an infinite ts. NULL if nobody ordered twice. Guests (NULL customers) are skipped. Keys may be of any type whose equal values have equal texts; distinct ones are kept in memory (16 to 60 bytes each, error beyond 1 GB). As a summary to store, merge with rollup() and read with days_between_orders(), median_days_between_orders(), days_between_orders_percentile(), gaps().';

CREATE FUNCTION engage.days_between_orders(summary engage.days_between_orders_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'engage_days_between_orders';
COMMENT ON FUNCTION engage.days_between_orders(engage.days_between_orders_summary) IS
  'Mean number of days between successive orders.';
CREATE FUNCTION engage.median_days_between_orders(summary engage.days_between_orders_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'engage_median_days_between_orders';
COMMENT ON FUNCTION engage.median_days_between_orders(engage.days_between_orders_summary) IS
  'Median number of days between successive orders.';
CREATE FUNCTION engage.days_between_orders_percentile(summary engage.days_between_orders_summary, percentile double precision) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'engage_days_between_orders_percentile';
COMMENT ON FUNCTION engage.days_between_orders_percentile(engage.days_between_orders_summary, double precision) IS
  'Percentile (0 to 1) of the days between successive orders, interpolated as percentile_cont() does: at 0.9, the days after which nine in ten have come back that ever do.';
CREATE FUNCTION engage.customers(summary engage.days_between_orders_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_book_customers';
COMMENT ON FUNCTION engage.customers(engage.days_between_orders_summary) IS
  'Number of distinct customers.';
CREATE FUNCTION engage.gaps(summary engage.days_between_orders_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_days_between_orders_gaps';
COMMENT ON FUNCTION engage.gaps(engage.days_between_orders_summary) IS
  'Number of gaps between successive orders.';
