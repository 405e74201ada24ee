/*-------------------------------------------------------------------------
 *
 * score.c
 *	  Scores on a scale: CSAT, CES and star ratings.
 *
 * All three count answers per score, so mean, variance, shares and the
 * distribution are exact.  They differ in scale and in what is read off.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "common/compat.h"
#include "common/errors.h"
#include "common/number_arg.h"
#include "funcapi.h"
#include "kpi/kpi.h"

#define CSAT_MIN_SCALE	3		/* fewer have no top two boxes to speak of */
#define CES_MIN_SCALE	2
#define STARS			5

static const SummaryForm score_form = {.tag = ""};

static const SummaryType csat_summary_type = {
	.name = "csat_summary",
	.min_scale = CSAT_MIN_SCALE,
	.max_scale = SUMMARY_MAX_SCALE,
	.nforms = 1,
	.forms = &score_form
};

static const SummaryType ces_summary_type = {
	.name = "ces_summary",
	.min_scale = CES_MIN_SCALE,
	.max_scale = SUMMARY_MAX_SCALE,
	.nforms = 1,
	.forms = &score_form
};

static const SummaryType star_rating_summary_type = {
	.name = "star_rating_summary",
	.min_scale = STARS,
	.max_scale = STARS,
	.nforms = 1,
	.forms = &score_form
};

SUMMARY_FUNCTIONS(csat_summary);
SUMMARY_FUNCTIONS(ces_summary);
SUMMARY_FUNCTIONS(star_rating_summary);

/*
 * The state for a row with the given scale.  Before the first row it has the
 * scale of the initial condition, which need not be the caller's.
 */
static Summary *
scaled_state(FunctionCallInfo fcinfo, const SummaryType *type, const char *what)
{
	Summary    *state = engage_summary_state(fcinfo);
	int32		scale;

	if (PG_NARGS() < 3)
		return state;
	scale = PG_GETARG_INT32(2);
	if (likely(scale == state->scale))
		return state;
	if (scale < type->min_scale || scale > type->max_scale)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s scale %d is out of range", what, scale),
				 errdetail("A scale has from %d to %d points, the lowest being 1.",
						   type->min_scale, type->max_scale),
				 errhint("Give the number of points of the survey's scale, or use rate() for a yes or no.")));
	if (engage_summary_has_rows(type, state))
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
				 errmsg("%s scale changed from %d to %d between rows",
						what, state->scale, scale),
				 errhint("Add the scale to GROUP BY.")));
	return engage_summary_create(type, 0, scale);
}

#define SCORE_TRANSITIONS(name, what) \
	static inline Datum \
	count_##name(FunctionCallInfo fcinfo, RowChange change, NumberType type) \
	{ \
		Summary    *state = scaled_state(fcinfo, &name##_summary_type, what); \
		int			score = engage_whole_score(type, PG_GETARG_DATUM(1), 1, \
											   state->scale, what); \
		summary_count(&state->counts[score - 1], change); \
		PG_RETURN_POINTER(state); \
	} \
	KPI_TRANSITIONS_PER_NUMBER_TYPE(name, count_##name)

SCORE_TRANSITIONS(csat, "CSAT");
SCORE_TRANSITIONS(ces, "CES");
SCORE_TRANSITIONS(star_rating, "star rating");

/* Answers with a score of at least "lowest". */
static double
count_from(const Summary *summary, int lowest)
{
	double		count = 0;

	for (int score = lowest; score <= summary->scale; score++)
		count += summary->counts[score - 1];
	return count;
}

/* "per" 100 for a percentage, 1 for a fraction; NaN without answers */
static double
share_from(const Summary *summary, int lowest, double per)
{
	double		n = count_from(summary, 1);

	return n > 0 ? per * count_from(summary, lowest) / n : NAN;
}

static double
mean_score(const Summary *summary)
{
	double		n = count_from(summary, 1);
	double		sum = 0;

	for (int score = 1; score <= summary->scale; score++)
		sum += (double) summary->counts[score - 1] * score;
	return n > 0 ? sum / n : NAN;
}

/* (mean - 1) / (scale - 1), as a percentage */
static double
normalized_pct(const Summary *summary)
{
	return 100 * (mean_score(summary) - 1) / (summary->scale - 1);
}

/* The lowest score above the middle of the scale. */
static int
lowest_agreement(const Summary *summary)
{
	return (summary->scale + 1) / 2 + 1;
}

static int
lowest_satisfied(const Summary *summary)
{
	return summary->scale - 1;
}

static int64
count_satisfied(const Summary *summary)
{
	int64		count;

	if (pg_add_s64_overflow(summary->counts[summary->scale - 1],
							summary->counts[summary->scale - 2], &count))
		engage_count_overflow();
	return count;
}

KPI_FLOAT8_ACCESSOR(csat, csat, share_from(summary, lowest_satisfied(summary), 100));
KPI_FLOAT8_ACCESSOR(csat, csat_fraction, share_from(summary, lowest_satisfied(summary), 1));
KPI_FLOAT8_ACCESSOR(csat, csat_mean_score, mean_score(summary));
KPI_INT64_ACCESSOR(csat, csat_satisfied, count_satisfied(summary));
KPI_INT64_ACCESSOR(csat, csat_responses, engage_summary_total(&csat_summary_type, summary));
KPI_FLOAT8_ACCESSOR(ces, ces, mean_score(summary));
KPI_FLOAT8_ACCESSOR(ces, ces_normalized_pct, normalized_pct(summary));
KPI_FLOAT8_ACCESSOR(ces, ces_agreement_pct,
					share_from(summary, lowest_agreement(summary), 100));
KPI_INT64_ACCESSOR(ces, ces_responses, engage_summary_total(&ces_summary_type, summary));
KPI_FLOAT8_ACCESSOR(star_rating, star_rating, mean_score(summary));
KPI_FLOAT8_ACCESSOR(star_rating, star_rating_five_star_pct, share_from(summary, STARS, 100));
KPI_INT64_ACCESSOR(star_rating, star_rating_responses,
				   engage_summary_total(&star_rating_summary_type, summary));

static void
csat_interval(const Summary *summary, double confidence, int method,
			  ConfidenceInterval *interval)
{
	engage_share_interval(count_from(summary, lowest_satisfied(summary)),
						  count_from(summary, 1), confidence, method, interval);
}

/* The t interval of the mean score, kept on the scale. */
static void
mean_score_interval(const Summary *summary, double confidence,
					ConfidenceInterval *interval)
{
	double		n = count_from(summary, 1);
	double		mean = mean_score(summary);
	double		variance = 0;

	for (int score = 1; score <= summary->scale; score++)
		variance += (double) summary->counts[score - 1] *
			(score - mean) * (score - mean);
	engage_mean_interval(interval, mean, variance / (n - 1), n, confidence);
	interval->low = Max(1, interval->low);
	interval->high = Min(summary->scale, interval->high);
}

static void
ces_interval(const Summary *summary, double confidence, int method,
			 ConfidenceInterval *interval)
{
	mean_score_interval(summary, confidence, interval);
}

static void
star_rating_interval(const Summary *summary, double confidence, int method,
					 ConfidenceInterval *interval)
{
	mean_score_interval(summary, confidence, interval);
}

KPI_INTERVAL_FUNCTIONS(csat, engage_share_methods);
KPI_INTERVAL_FUNCTIONS(ces, NULL);
KPI_INTERVAL_FUNCTIONS(star_rating, NULL);

/* One row per score of the scale: score, responses, responses_pct. */
static Datum
score_distribution(FunctionCallInfo fcinfo, const SummaryType *type)
{
	FuncCallContext *context;
	Summary    *summary;
	double		n;
	Datum		values[3];
	bool		nulls[3] = {false, false, false};

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old;

		context = SRF_FIRSTCALL_INIT();
		old = MemoryContextSwitchTo(context->multi_call_memory_ctx);
		if (get_call_result_type(fcinfo, NULL, &context->tuple_desc) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "return type must be a row type");
		context->tuple_desc = BlessTupleDesc(context->tuple_desc);
		/* the argument need not outlive the first call */
		context->user_fctx = (void *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));
		engage_summary_arg(type, PointerGetDatum(context->user_fctx));
		context->max_calls = ((Summary *) context->user_fctx)->scale;
		MemoryContextSwitchTo(old);
	}

	context = SRF_PERCALL_SETUP();
	summary = (Summary *) context->user_fctx;
	if (context->call_cntr >= context->max_calls)
		SRF_RETURN_DONE(context);
	n = count_from(summary, 1);
	values[0] = Int32GetDatum((int32) context->call_cntr + 1);
	values[1] = Int64GetDatum(summary->counts[context->call_cntr]);
	values[2] = Float8GetDatum(n > 0 ? 100 * summary->counts[context->call_cntr] / n : 0);
	nulls[2] = n == 0;
	SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc,
															   values, nulls)));
}

SUMMARY_FUNCTION(csat_summary, distribution, score_distribution);
SUMMARY_FUNCTION(ces_summary, distribution, score_distribution);
SUMMARY_FUNCTION(star_rating_summary, distribution, score_distribution);
