/*-------------------------------------------------------------------------
 *
 * order_book.c
 *	  Repeat purchase rate, purchase frequency, repeat buyers' share of
 *	  revenue and days between orders.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/call_args.h"
#include "common/compat.h"
#include "common/errors.h"
#include "common/interrupts.h"
#include "common/interval.h"
#include "common/key_reader.h"
#include "common/number_arg.h"
#include "common/time_arg.h"
#include "kpi/order_book.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

const BookType engage_repeat_purchase_type = {
	"repeat_purchase_summary", BOOK_COUNTS, BOOK_ORDERS
};
const BookType engage_days_between_orders_type = {
	"days_between_orders_summary", BOOK_TIMES, BOOK_ORDER_TIMES
};

#define BOOK_FUNCTION(name, suffix, body) \
	PG_FUNCTION_INFO_V1(engage_##name##_summary_##suffix); \
	Datum \
	engage_##name##_summary_##suffix(PG_FUNCTION_ARGS) \
	{ \
		return body(fcinfo, &engage_##name##_type); \
	} \
	extern int	book_function_##name##_##suffix

BOOK_FUNCTION(repeat_purchase, in, engage_book_in);
BOOK_FUNCTION(repeat_purchase, out, engage_book_out);
BOOK_FUNCTION(repeat_purchase, recv, engage_book_recv);
BOOK_FUNCTION(repeat_purchase, send, engage_book_send);
BOOK_FUNCTION(days_between_orders, in, engage_book_in);
BOOK_FUNCTION(days_between_orders, out, engage_book_out);
BOOK_FUNCTION(days_between_orders, recv, engage_book_recv);
BOOK_FUNCTION(days_between_orders, send, engage_book_send);

/* ------------------------------------------------------------ transitions */

/* How to read the arguments of one call site; kept in fn_extra. */
typedef struct BookArgs
{
	KeyReader	customer;
	KeyReader	order;
	Oid			time_type;
	NumberType	amount_type;
} BookArgs;

/* Argument numbers; 0 for those the function does not have. */
typedef struct BookSignature
{
	int			customer;
	int			order;
	int			time;
	int			amount;
} BookSignature;

static BookArgs *
book_args(FunctionCallInfo fcinfo, BookSignature signature)
{
	BookArgs   *args = (BookArgs *) fcinfo->flinfo->fn_extra;

	if (likely(args != NULL))
		return args;

	args = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(BookArgs));
	engage_key_reader_init(&args->customer, fcinfo, signature.customer, "customer_id");
	if (signature.order)
		engage_key_reader_init(&args->order, fcinfo, signature.order, "order_id");
	if (signature.time)
		args->time_type = getBaseType(get_fn_expr_argtype(fcinfo->flinfo, signature.time));
	if (signature.amount)
		args->amount_type = engage_number_arg_type(fcinfo, signature.amount, "amount");
	fcinfo->flinfo->fn_extra = args;
	return args;
}

/* The book so far, made when the first row is accepted. */
static OrderBook *
book_state(FunctionCallInfo fcinfo, BookMode mode, KeyKind customer_kind,
		   KeyKind order_kind, bool has_revenue)
{
	MemoryContext context;

	context = engage_aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		return engage_book_create(context, mode, customer_kind, order_kind, has_revenue);
	return (OrderBook *) PG_GETARG_POINTER(0);
}

/* A row that has a NULL where it must not is skipped. */
static Datum
skip_row(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(PG_GETARG_POINTER(0));
}

static int64
read_time(FunctionCallInfo fcinfo, int argno, Oid type)
{
	if (type == DATEOID)
		return engage_date_time(PG_GETARG_DATEADT(argno), "order");
	return engage_finite_time(PG_GETARG_TIMESTAMP(argno), "order");
}

/* (internal, customer_id) */
PG_FUNCTION_INFO_V1(engage_book_customer_accum);
Datum
engage_book_customer_accum(PG_FUNCTION_ARGS)
{
	BookArgs   *args;
	OrderBook  *book;
	Key			customer;

	if (PG_ARGISNULL(1))
		return skip_row(fcinfo);
	args = book_args(fcinfo, (BookSignature) {.customer = 1});
	engage_key_read(&args->customer, PG_GETARG_DATUM(1), &customer);
	book = book_state(fcinfo, BOOK_COUNTS, args->customer.kind, 0, false);
	engage_book_count(book, &customer, 1);
	PG_RETURN_POINTER(book);
}

/* (internal, customer_id, order_id) */
PG_FUNCTION_INFO_V1(engage_book_order_accum);
Datum
engage_book_order_accum(PG_FUNCTION_ARGS)
{
	BookArgs   *args;
	OrderBook  *book;
	Key			customer;
	Key			order;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return skip_row(fcinfo);
	args = book_args(fcinfo, (BookSignature) {.customer = 1, .order = 2});
	engage_key_read(&args->customer, PG_GETARG_DATUM(1), &customer);
	engage_key_read(&args->order, PG_GETARG_DATUM(2), &order);
	book = book_state(fcinfo, BOOK_ORDERS, args->customer.kind, args->order.kind, false);
	engage_book_order(book, &customer, &order, 0);
	PG_RETURN_POINTER(book);
}

static const NumberRole amount_role = {
	"amount", .may_be_negative = true, .sqlstate = ERRCODE_ENGAGE_INVALID_MEASURE
};

/* (internal, customer_id, order_id, amount) */
PG_FUNCTION_INFO_V1(engage_book_revenue_accum);
Datum
engage_book_revenue_accum(PG_FUNCTION_ARGS)
{
	BookArgs   *args;
	OrderBook  *book;
	Key			customer;
	Key			order;
	ExactSum	amount;
	uint32		number;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		return skip_row(fcinfo);
	args = book_args(fcinfo, (BookSignature) {.customer = 1, .order = 2, .amount = 3});
	engage_key_read(&args->customer, PG_GETARG_DATUM(1), &customer);
	engage_key_read(&args->order, PG_GETARG_DATUM(2), &order);
	engage_number(&amount, args->amount_type, PG_GETARG_DATUM(3), &amount_role);
	book = book_state(fcinfo, BOOK_ORDERS, args->customer.kind, args->order.kind, true);
	number = engage_book_order(book, &customer, &order, 0);
	if (!exact_sum_add(&book->revenue_of[number], &amount))
		engage_sum_overflow();
	PG_RETURN_POINTER(book);
}

/* (internal, customer_id, ts) */
PG_FUNCTION_INFO_V1(engage_book_time_accum);
Datum
engage_book_time_accum(PG_FUNCTION_ARGS)
{
	BookArgs   *args;
	OrderBook  *book;
	Key			customer;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return skip_row(fcinfo);
	args = book_args(fcinfo, (BookSignature) {.customer = 1, .time = 2});
	engage_key_read(&args->customer, PG_GETARG_DATUM(1), &customer);
	book = book_state(fcinfo, BOOK_TIMES, args->customer.kind, 0, false);
	engage_book_time(book, &customer, read_time(fcinfo, 2, args->time_type));
	PG_RETURN_POINTER(book);
}

/* (internal, customer_id, order_id, ts) */
PG_FUNCTION_INFO_V1(engage_book_order_time_accum);
Datum
engage_book_order_time_accum(PG_FUNCTION_ARGS)
{
	BookArgs   *args;
	OrderBook  *book;
	Key			customer;
	Key			order;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		return skip_row(fcinfo);
	args = book_args(fcinfo, (BookSignature) {.customer = 1, .order = 2, .time = 3});
	engage_key_read(&args->customer, PG_GETARG_DATUM(1), &customer);
	engage_key_read(&args->order, PG_GETARG_DATUM(2), &order);
	book = book_state(fcinfo, BOOK_ORDER_TIMES, args->customer.kind, args->order.kind, false);
	engage_book_order(book, &customer, &order, read_time(fcinfo, 3, args->time_type));
	PG_RETURN_POINTER(book);
}

/* rollup: (internal, summary) */
static Datum
book_rollup(FunctionCallInfo fcinfo, const BookType *type)
{
	OrderBook  *book;
	BookSummary *part;

	if (PG_ARGISNULL(1))
		return skip_row(fcinfo);
	part = engage_book_summary_arg(type, PG_GETARG_DATUM(1));
	book = book_state(fcinfo, part->mode, part->customer_kind, part->order_kind, false);
	if (book->mode != part->mode)
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
				 errmsg("cannot merge values of %s with and without order ids", type->name),
				 errhint("Build both with the same arguments.")));
	if (engage_key_table_kind(book->customers) != part->customer_kind ||
		(book->orders != NULL && engage_key_table_kind(book->orders) != part->order_kind))
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
				 errmsg("cannot merge values of %s with keys of different types", type->name),
				 errhint("Build both from columns of the same type.")));
	engage_book_add_summary(book, part);
	PG_RETURN_POINTER(book);
}

BOOK_FUNCTION(repeat_purchase, rollup, book_rollup);
BOOK_FUNCTION(days_between_orders, rollup, book_rollup);

/* Both kinds of summary: the state as a stored value. */
PG_FUNCTION_INFO_V1(engage_book_final);
Datum
engage_book_final(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(engage_book_to_summary((OrderBook *) PG_GETARG_POINTER(0)));
}

/* --------------------------------------------- customers and their orders */

static Datum
share_of_customers(const BookTotals *totals, double factor)
{
	PG_RETURN_FLOAT8(factor * totals->repeat_customers / totals->customers);
}

static Datum
orders_per_customer(const BookTotals *totals)
{
	PG_RETURN_FLOAT8((double) totals->orders / totals->customers);
}

PG_FUNCTION_INFO_V1(engage_book_rpr_final);
Datum
engage_book_rpr_final(PG_FUNCTION_ARGS)
{
	BookTotals	totals;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	engage_book_totals((OrderBook *) PG_GETARG_POINTER(0), &totals);
	return share_of_customers(&totals, 100);
}

PG_FUNCTION_INFO_V1(engage_book_frequency_final);
Datum
engage_book_frequency_final(PG_FUNCTION_ARGS)
{
	BookTotals	totals;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	engage_book_totals((OrderBook *) PG_GETARG_POINTER(0), &totals);
	return orders_per_customer(&totals);
}

PG_FUNCTION_INFO_V1(engage_book_revenue_share_final);
Datum
engage_book_revenue_share_final(PG_FUNCTION_ARGS)
{
	OrderBook  *book;
	ExactSum	repeat;
	ExactSum	all;
	uint32		ncustomers;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	book = (OrderBook *) PG_GETARG_POINTER(0);
	ncustomers = engage_key_table_size(book->customers);
	exact_sum_from_int64(&repeat, 0);
	exact_sum_from_int64(&all, 0);
	for (uint32 i = 0; i < ncustomers; i++)
	{
		check_interrupts_at(i);
		if (!exact_sum_add(&all, &book->revenue_of[i]) ||
			(book->orders_of[i] > 1 && !exact_sum_add(&repeat, &book->revenue_of[i])))
			engage_sum_overflow();
	}
	if (exact_sum_is_zero(&all))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(engage_exact_ratio(100, &repeat, &all));
}

static BookTotals
repeat_purchase_totals(FunctionCallInfo fcinfo)
{
	return engage_book_totals_arg(&engage_repeat_purchase_type, PG_GETARG_DATUM(0));
}

PG_FUNCTION_INFO_V1(engage_repeat_purchase_rpr);
Datum
engage_repeat_purchase_rpr(PG_FUNCTION_ARGS)
{
	BookTotals	totals = repeat_purchase_totals(fcinfo);

	if (totals.customers == 0)
		PG_RETURN_NULL();
	return share_of_customers(&totals, 100);
}

PG_FUNCTION_INFO_V1(engage_repeat_purchase_fraction);
Datum
engage_repeat_purchase_fraction(PG_FUNCTION_ARGS)
{
	BookTotals	totals = repeat_purchase_totals(fcinfo);

	if (totals.customers == 0)
		PG_RETURN_NULL();
	return share_of_customers(&totals, 1);
}

PG_FUNCTION_INFO_V1(engage_repeat_purchase_frequency);
Datum
engage_repeat_purchase_frequency(PG_FUNCTION_ARGS)
{
	BookTotals	totals = repeat_purchase_totals(fcinfo);

	if (totals.customers == 0)
		PG_RETURN_NULL();
	return orders_per_customer(&totals);
}

/* Both kinds of summary have customers. */
PG_FUNCTION_INFO_V1(engage_book_customers);
Datum
engage_book_customers(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(repeat_purchase_totals(fcinfo).customers);
}

PG_FUNCTION_INFO_V1(engage_book_orders);
Datum
engage_book_orders(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(repeat_purchase_totals(fcinfo).orders);
}

PG_FUNCTION_INFO_V1(engage_repeat_customers);
Datum
engage_repeat_customers(PG_FUNCTION_ARGS)
{
	int32		at_least = PG_GETARG_INT32(1);

	if (at_least < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("at_least %d is out of range", at_least),
				 errdetail("It is a number of orders, 1 or more."),
				 errhint("Use 2 for customers who came back.")));
	if (at_least == 2)
		PG_RETURN_INT64(repeat_purchase_totals(fcinfo).repeat_customers);
	PG_RETURN_INT64(engage_book_count_repeat(engage_book_summary_arg(&engage_repeat_purchase_type,
																	 PG_GETARG_DATUM(0)),
											 at_least));
}

static void
rpr_interval(FunctionCallInfo fcinfo, int method, ConfidenceInterval *interval)
{
	BookTotals	totals = repeat_purchase_totals(fcinfo);

	engage_share_interval(totals.repeat_customers, totals.customers,
						  engage_confidence_arg(fcinfo, 1), method, interval);
}

PG_FUNCTION_INFO_V1(engage_rpr_interval);
Datum
engage_rpr_interval(PG_FUNCTION_ARGS)
{
	ConfidenceInterval interval = {0};

	rpr_interval(fcinfo, engage_method_arg(fcinfo, 2, engage_share_methods), &interval);
	return engage_interval_row(fcinfo, &interval);
}

PG_FUNCTION_INFO_V1(engage_rpr_lower_bound);
Datum
engage_rpr_lower_bound(PG_FUNCTION_ARGS)
{
	ConfidenceInterval interval = {0};

	rpr_interval(fcinfo, 0, &interval);
	return engage_interval_bound(fcinfo, &interval, INTERVAL_LOW);
}

PG_FUNCTION_INFO_V1(engage_rpr_upper_bound);
Datum
engage_rpr_upper_bound(PG_FUNCTION_ARGS)
{
	ConfidenceInterval interval = {0};

	rpr_interval(fcinfo, 0, &interval);
	return engage_interval_bound(fcinfo, &interval, INTERVAL_HIGH);
}

/* ------------------------------------------------------- time in between */

static double
in_days(double microseconds)
{
	return microseconds / USECS_PER_DAY;
}

/*
 * Work on a book's gaps below the book's own context, so that its budget
 * covers them, too.
 */
static MemoryContext
enter_scratch(OrderBook *book, MemoryContext *caller)
{
	MemoryContext scratch = AllocSetContextCreate(book->context, "engage days between orders",
												  ALLOCSET_DEFAULT_SIZES);

	*caller = MemoryContextSwitchTo(scratch);
	return scratch;
}

static Datum
mean_gap(FunctionCallInfo fcinfo, OrderBook *book)
{
	MemoryContext caller;
	MemoryContext scratch = enter_scratch(book, &caller);
	int64		ngaps;
	uint64	   *gaps = engage_book_gaps(book, &ngaps);
	int128		total = 0;

	for (int64 i = 0; i < ngaps; i++)
	{
		check_interrupts_at(i);
		total += gaps[i];
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	if (ngaps == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(in_days((double) total / ngaps));
}

PG_FUNCTION_INFO_V1(engage_book_mean_gap_final);
Datum
engage_book_mean_gap_final(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return mean_gap(fcinfo, (OrderBook *) PG_GETARG_POINTER(0));
}

static OrderBook *
days_between_orders_book(FunctionCallInfo fcinfo)
{
	return engage_book_from_summary(engage_book_summary_arg(&engage_days_between_orders_type,
															PG_GETARG_DATUM(0)));
}

PG_FUNCTION_INFO_V1(engage_days_between_orders);
Datum
engage_days_between_orders(PG_FUNCTION_ARGS)
{
	return mean_gap(fcinfo, days_between_orders_book(fcinfo));
}

PG_FUNCTION_INFO_V1(engage_days_between_orders_gaps);
Datum
engage_days_between_orders_gaps(PG_FUNCTION_ARGS)
{
	BookTotals	totals = engage_book_totals_arg(&engage_days_between_orders_type,
												PG_GETARG_DATUM(0));

	/* each customer's orders but the first */
	PG_RETURN_INT64(totals.orders - totals.customers);
}

#define ST_SORT sort_gaps
#define ST_ELEMENT_TYPE uint64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* Interpolates between neighbours, as percentile_cont() does. */
static Datum
gap_percentile(FunctionCallInfo fcinfo, double percentile)
{
	int64		ngaps;
	uint64	   *gaps = engage_book_gaps(days_between_orders_book(fcinfo), &ngaps);
	double		place;
	int64		below;
	double		low;
	double		high;

	if (ngaps == 0)
		PG_RETURN_NULL();
	sort_gaps(gaps, ngaps);
	place = percentile * (ngaps - 1);
	below = (int64) floor(place);
	low = gaps[below];
	high = gaps[Min(below + 1, ngaps - 1)];
	PG_RETURN_FLOAT8(in_days(low + (place - below) * (high - low)));
}

PG_FUNCTION_INFO_V1(engage_median_days_between_orders);
Datum
engage_median_days_between_orders(PG_FUNCTION_ARGS)
{
	return gap_percentile(fcinfo, 0.5);
}

PG_FUNCTION_INFO_V1(engage_days_between_orders_percentile);
Datum
engage_days_between_orders_percentile(PG_FUNCTION_ARGS)
{
	double		percentile = PG_GETARG_FLOAT8(1);

	/* written so that NaN fails it */
	if (!(percentile >= 0 && percentile <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("percentile %g is out of range", percentile),
				 errdetail("A percentile lies between 0 and 1."),
				 errhint("Write 0.9 for the 90th percentile.")));
	return gap_percentile(fcinfo, percentile);
}
