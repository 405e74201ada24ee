/*-------------------------------------------------------------------------
 *
 * interval.c
 *	  The SQL side of confidence intervals.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "common/compat.h"
#include "common/errors.h"
#include "common/interval.h"
#include "funcapi.h"
#include "utils/builtins.h"

double
engage_confidence_arg(FunctionCallInfo fcinfo, int argno)
{
	double		confidence = PG_GETARG_FLOAT8(argno);

	/* written so that NaN fails it */
	if (!(confidence > 0 && confidence < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("confidence %g is out of range", confidence),
				 errdetail("A confidence level lies between 0 and 1, both excluded."),
				 confidence > 1 && confidence < 100 ?
				 errhint("Write %g.", confidence / 100) :
				 errhint("Write 0.95 for 95 %%.")));
	return confidence;
}

/* Index of the method's name in a NULL-terminated list. */
int
engage_method_arg(FunctionCallInfo fcinfo, int argno, const char *const *methods)
{
	char	   *given = text_to_cstring(PG_GETARG_TEXT_PP(argno));
	StringInfoData known;

	for (int i = 0; methods[i] != NULL; i++)
	{
		if (strcmp(given, methods[i]) == 0)
			return i;
	}

	initStringInfo(&known);
	for (int i = 0; methods[i] != NULL; i++)
		appendStringInfo(&known, "%s\"%s\"", i > 0 ? ", " : "", methods[i]);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown interval method \"%s\"", given),
			 errhint("Known methods: %s.", known.data)));
}

const char *const engage_share_methods[] = {"wilson", "clopper_pearson", NULL};

/* The interval of a share, as percentages. */
void
engage_share_interval(double hits, double trials, double confidence,
					  ShareMethod method, ConfidenceInterval *interval)
{
	if (trials <= 0)
		return;
	if (method == SHARE_CLOPPER_PEARSON && trials > CLOPPER_PEARSON_MAX_TRIALS)
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_INTERVAL_UNDEFINED),
				 errmsg("too many trials for a Clopper-Pearson interval"),
				 errdetail("It is computed for up to %g trials.", CLOPPER_PEARSON_MAX_TRIALS),
				 errhint("Use the method \"wilson\", which is as good for so many.")));
	if (method == SHARE_WILSON)
		engage_wilson(hits, trials, confidence, &interval->low, &interval->high);
	else
		engage_clopper_pearson(hits, trials, confidence, &interval->low, &interval->high);
	interval->has_estimate = interval->has_bounds = true;
	interval->estimate = 100 * hits / trials;
	/* rounding must not put the estimate outside */
	interval->low = Min(100 * interval->low, interval->estimate);
	interval->high = Max(100 * interval->high, interval->estimate);
}

/* Student's t interval of a mean; needs two values. */
void
engage_mean_interval(ConfidenceInterval *interval, double mean,
					 double variance, double n, double confidence)
{
	interval->has_estimate = n > 0;
	interval->has_bounds = n > 1;
	interval->estimate = mean;
	if (interval->has_bounds)
	{
		double		half = engage_t_reach(confidence, n - 1) *
			sqrt(variance / n);

		interval->low = mean - half;
		interval->high = mean + half;
	}
}

/* The row (estimate, low, high). */
Datum
engage_interval_row(FunctionCallInfo fcinfo, const ConfidenceInterval *interval)
{
	TupleDesc	tupdesc;
	Datum		values[3];
	bool		nulls[3];

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = Float8GetDatum(interval->has_estimate ? interval->estimate : 0);
	values[1] = Float8GetDatum(interval->has_bounds ? interval->low : 0);
	values[2] = Float8GetDatum(interval->has_bounds ? interval->high : 0);
	nulls[0] = !interval->has_estimate;
	nulls[1] = nulls[2] = !interval->has_bounds;
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc), values, nulls));
}

Datum
engage_interval_bound(FunctionCallInfo fcinfo, const ConfidenceInterval *interval,
					  IntervalBound bound)
{
	if (!interval->has_bounds)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(bound == INTERVAL_LOW ? interval->low : interval->high);
}
