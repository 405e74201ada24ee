/*-------------------------------------------------------------------------
 *
 * order_value.c
 *	  The mergeable summary behind average order value.
 *
 * The one-step aov(amount) is made of the server's own avg() support
 * functions (see the SQL); this is for storing and merging, and for intervals.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/call_args.h"
#include "common/compat.h"
#include "common/errors.h"
#include "common/key_reader.h"
#include "common/number_arg.h"
#include "kpi/kpi.h"

enum
{
	REVENUE, REVENUE_SQUARES
};

static const char *const order_names[] = {"orders"};
static const char *const revenue_names[] = {"revenue", "revenue_squares"};
static const SummaryForm aov_form = {"", order_names, 1, revenue_names, 2};

static const char *
check_aov_summary(const Summary *summary)
{
	const ExactSum *sums = summary_sums(summary, 1);

	if (!engage_moments_are_possible(engage_exact_to_double(&sums[REVENUE]),
									 engage_exact_to_double(&sums[REVENUE_SQUARES]),
									 summary->counts[0], false))
		return "The sum of the squares does not fit the revenue.";
	return NULL;
}

static const SummaryType aov_summary_type = {
	.name = "aov_summary",
	.nforms = 1,
	.forms = &aov_form,
	.signed_sums = 1 << REVENUE,
	.check = check_aov_summary
};

SUMMARY_FUNCTIONS(aov_summary);

static const NumberRole amount_role = {
	"amount", .may_be_negative = true, .sqlstate = ERRCODE_ENGAGE_INVALID_MEASURE
};

static inline Datum
count_order(FunctionCallInfo fcinfo, RowChange change, NumberType type)
{
	Summary    *state = engage_summary_state(fcinfo);
	ExactSum   *sums = summary_sums(state, 1);
	ExactSum	amount;
	ExactSum	square;

	engage_number(&amount, type, PG_GETARG_DATUM(1), &amount_role);
	if (unlikely(!engage_exact_square(&square, &amount)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("amount %s is out of range", engage_exact_show(&amount)),
				 errdetail("Its absolute value must be below 1e18."),
				 errhint("Use a larger unit, for example amount / 1000.")));
	summary_count(&state->counts[0], change);
	summary_sum(&sums[REVENUE], &amount, change);
	summary_sum(&sums[REVENUE_SQUARES], &square, change);
	summary_check_removal(&aov_summary_type, state, change);
	PG_RETURN_POINTER(state);
}

KPI_TRANSITIONS_PER_NUMBER_TYPE(aov, count_order);

KPI_INT64_ACCESSOR(aov, aov_orders, summary->counts[0]);

PG_FUNCTION_INFO_V1(engage_aov_revenue);
Datum
engage_aov_revenue(PG_FUNCTION_ARGS)
{
	Summary    *summary = engage_summary_arg(&aov_summary_type, PG_GETARG_DATUM(0));

	PG_RETURN_NUMERIC(engage_exact_to_numeric(&summary_sums(summary, 1)[REVENUE]));
}

PG_FUNCTION_INFO_V1(engage_aov);
Datum
engage_aov(PG_FUNCTION_ARGS)
{
	Summary    *summary = engage_summary_arg(&aov_summary_type, PG_GETARG_DATUM(0));

	if (summary->counts[0] == 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(engage_exact_mean(&summary_sums(summary, 1)[REVENUE],
										summary->counts[0]));
}

static void
aov_interval(const Summary *summary, double confidence, int method,
			 ConfidenceInterval *interval)
{
	const ExactSum *sums = summary_sums(summary, 1);
	int64		n = summary->counts[0];

	ExactSum	orders;

	exact_sum_from_int64(&orders, n);
	engage_mean_interval(interval, engage_exact_ratio(1, &sums[REVENUE], &orders),
						 engage_exact_variance(&sums[REVENUE], &sums[REVENUE_SQUARES], n),
						 n, confidence);
}

KPI_INTERVAL_FUNCTIONS(aov, NULL);

/*
 * aov(order_id, line_amount): revenue over distinct orders.
 */
typedef struct OrderRevenue
{
	KeyTable   *orders;
	ExactSum	revenue;
} OrderRevenue;

static inline Datum
add_order_line(FunctionCallInfo fcinfo, NumberType type)
{
	KeyReader  *reader = (KeyReader *) fcinfo->flinfo->fn_extra;
	OrderRevenue *state = PG_ARGISNULL(0) ? NULL : (OrderRevenue *) PG_GETARG_POINTER(0);
	MemoryContext context;
	Key			order;
	ExactSum	amount;

	context = engage_aggregate_context(fcinfo);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	if (unlikely(reader == NULL))
	{
		reader = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(KeyReader));
		engage_key_reader_init(reader, fcinfo, 1, "order_id");
		fcinfo->flinfo->fn_extra = reader;
	}
	if (state == NULL)
	{
		state = MemoryContextAllocZero(context, sizeof(OrderRevenue));
		state->orders = engage_key_table_create(context, reader->kind);
	}
	engage_key_read(reader, PG_GETARG_DATUM(1), &order);
	engage_number(&amount, type, PG_GETARG_DATUM(2), &amount_role);
	engage_key_table_count(state->orders, &order, 1);
	summary_sum(&state->revenue, &amount, ROW_ADDED);
	PG_RETURN_POINTER(state);
}

KPI_FUNCTION(aov_lines_accum_int2, add_order_line, NUMBER_INT2);
KPI_FUNCTION(aov_lines_accum_int4, add_order_line, NUMBER_INT4);
KPI_FUNCTION(aov_lines_accum_int8, add_order_line, NUMBER_INT8);
KPI_FUNCTION(aov_lines_accum_numeric, add_order_line, NUMBER_NUMERIC);
KPI_FUNCTION(aov_lines_accum_float4, add_order_line, NUMBER_FLOAT4);
KPI_FUNCTION(aov_lines_accum_float8, add_order_line, NUMBER_FLOAT8);

PG_FUNCTION_INFO_V1(engage_aov_lines_numeric_final);
Datum
engage_aov_lines_numeric_final(PG_FUNCTION_ARGS)
{
	OrderRevenue *state;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (OrderRevenue *) PG_GETARG_POINTER(0);
	PG_RETURN_NUMERIC(engage_exact_mean(&state->revenue,
										engage_key_table_size(state->orders)));
}

PG_FUNCTION_INFO_V1(engage_aov_lines_float8_final);
Datum
engage_aov_lines_float8_final(PG_FUNCTION_ARGS)
{
	OrderRevenue *state;
	ExactSum	orders;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (OrderRevenue *) PG_GETARG_POINTER(0);
	exact_sum_from_int64(&orders, engage_key_table_size(state->orders));
	PG_RETURN_FLOAT8(engage_exact_ratio(1, &state->revenue, &orders));
}
