/*-------------------------------------------------------------------------
 *
 * rate.c
 *	  Shares of every kind, and social engagement rates.
 *
 * A rate_summary is what is behind every share: hits and trials, counted from
 * a boolean or summed up from two measures.  Rates are pooled: the sum of the
 * hits over the sum of the trials, which is not the mean of the rates.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/compat.h"
#include "common/errors.h"
#include "common/number_arg.h"
#include "kpi/kpi.h"
#include "utils/builtins.h"

enum
{
	RATE_COUNTED, RATE_MEASURED
};

/* counts of the counted form, sums of the measured one */
enum
{
	HITS, TRIALS, RATE_NPARTS
};

static const char *const rate_names[] = {"hits", "trials"};
static const char *const row_names[] = {"rows"};

static const SummaryForm rate_forms[] = {
	{"", rate_names, RATE_NPARTS, NULL, 0},
	{"m", row_names, 1, rate_names, RATE_NPARTS}
};

static const char *
check_rate_summary(const Summary *summary)
{
	if (summary->form == RATE_COUNTED &&
		summary->counts[HITS] > summary->counts[TRIALS])
		return "There are no more hits than trials.";
	return NULL;
}

static const SummaryType rate_summary_type = {
	.name = "rate_summary",
	.nforms = lengthof(rate_forms),
	.forms = rate_forms,
	.check = check_rate_summary
};

SUMMARY_FUNCTION(rate_summary, in, engage_summary_in);
SUMMARY_FUNCTION(rate_summary, out, engage_summary_out);
SUMMARY_FUNCTION(rate_summary, recv, engage_summary_recv);
SUMMARY_FUNCTION(rate_summary, send, engage_summary_send);
SUMMARY_FUNCTION(rate_summary, final, engage_summary_final);

static ExactSum *
measures(const Summary *summary)
{
	return summary_sums(summary, 1);
}

/* The measured form of a counted summary. */
static Summary *
counted_to_measured(const Summary *counted)
{
	Summary    *measured = engage_summary_create(&rate_summary_type, RATE_MEASURED, 0);

	measured->counts[0] = counted->counts[TRIALS];
	exact_sum_from_int64(&measures(measured)[HITS], counted->counts[HITS]);
	exact_sum_from_int64(&measures(measured)[TRIALS], counted->counts[TRIALS]);
	return measured;
}

/* Counted and measured rates are the same thing, so they merge. */
PG_FUNCTION_INFO_V1(engage_rate_summary_combine);
Datum
engage_rate_summary_combine(PG_FUNCTION_ARGS)
{
	Summary    *state = engage_summary_state(fcinfo);
	Summary    *part = engage_summary_arg(&rate_summary_type, PG_GETARG_DATUM(1));

	engage_summary_check_version(&rate_summary_type, state);
	if (unlikely(state->form != part->form))
	{
		if (state->form == RATE_COUNTED)
			state = counted_to_measured(state);
		else
			part = counted_to_measured(part);
	}
	PG_RETURN_POINTER(engage_summary_merge(&rate_summary_type, state, part));
}

/*
 * The flag is a condition: NULL is false, as in count(*) FILTER (WHERE flag),
 * and the row counts.
 */
static inline Datum
count_trial(FunctionCallInfo fcinfo, RowChange change)
{
	Summary    *state;
	bool		hit = !PG_ARGISNULL(1) && PG_GETARG_BOOL(1);

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = engage_summary_form_state(fcinfo, &rate_summary_type, RATE_COUNTED);
	/* hits are no more than trials, so if these fit, so do those */
	summary_count(&state->counts[TRIALS], change);
	state->counts[HITS] += change == ROW_ADDED ? hit : -hit;
	summary_check_removal(&rate_summary_type, state, change);
	PG_RETURN_POINTER(state);
}

KPI_TRANSITIONS(rate_counted,, count_trial);

/*
 * The measured aggregates differ in what their arguments are called: one
 * numerator of one part or three, then the denominator.
 */
typedef struct MeasuredArgs
{
	const char *names[NUMBER_MAX_ARGS];
	NumberRole	roles[NUMBER_MAX_ARGS];
	int			nparts;			/* of the numerator */
} MeasuredArgs;

#define MEASURE(name)	{name, .sqlstate = ERRCODE_ENGAGE_INVALID_MEASURE}

static const MeasuredArgs rate_args = {
	{"hits", "trials"},
	{MEASURE("hits"), MEASURE("trials")},
	1
};
static const MeasuredArgs interaction_args = {
	{"interactions", "audience"},
	{MEASURE("interactions"), MEASURE("audience")},
	1
};
static const MeasuredArgs social_args = {
	{"likes", "comments", "shares", "audience"},
	{MEASURE("likes"), MEASURE("comments"), MEASURE("shares"), MEASURE("audience")},
	3
};

/* Numerator and denominator from the arguments, of which "first" is the first. */
static inline void
read_measures(FunctionCallInfo fcinfo, int first, const MeasuredArgs *spec,
			  ExactSum *numerator, ExactSum *denominator)
{
	const NumberArgs *args = engage_number_args(fcinfo, first, spec->names);
	int			last = first + spec->nparts;

	engage_number(numerator, args->type[first], PG_GETARG_DATUM(first), &spec->roles[0]);
	for (int i = 1; i < spec->nparts; i++)
	{
		ExactSum	part;

		engage_number(&part, args->type[first + i], PG_GETARG_DATUM(first + i),
					  &spec->roles[i]);
		summary_sum(numerator, &part, ROW_ADDED);
	}
	engage_number(denominator, args->type[last], PG_GETARG_DATUM(last),
				  &spec->roles[spec->nparts]);
}

static inline Datum
add_measures(FunctionCallInfo fcinfo, RowChange change, const MeasuredArgs *spec)
{
	Summary    *state = engage_summary_form_state(fcinfo, &rate_summary_type, RATE_MEASURED);
	ExactSum	hits;
	ExactSum	trials;

	read_measures(fcinfo, 1, spec, &hits, &trials);
	summary_count(&state->counts[0], change);
	summary_sum(&measures(state)[HITS], &hits, change);
	summary_sum(&measures(state)[TRIALS], &trials, change);
	summary_check_removal(&rate_summary_type, state, change);
	PG_RETURN_POINTER(state);
}

KPI_TRANSITIONS(rate_measured,, add_measures, &rate_args);
KPI_TRANSITIONS(engagement,, add_measures, &interaction_args);
KPI_TRANSITIONS(social,, add_measures, &social_args);

/* "per" 100 for a percentage, 1 for a fraction; NaN without trials */
static double
rate_value(const Summary *summary, int per)
{
	ExactSum	hits;
	ExactSum	trials;

	if (summary->form == RATE_COUNTED)
	{
		exact_sum_from_int64(&hits, summary->counts[HITS]);
		exact_sum_from_int64(&trials, summary->counts[TRIALS]);
	}
	else
	{
		hits = measures(summary)[HITS];
		trials = measures(summary)[TRIALS];
	}
	return engage_exact_ratio(per, &hits, &trials);
}

KPI_FLOAT8_ACCESSOR(rate, rate, rate_value(summary, 100));
KPI_FLOAT8_ACCESSOR(rate, rate_fraction, rate_value(summary, 1));

static Datum
rate_part(FunctionCallInfo fcinfo, int part)
{
	Summary    *summary = engage_summary_arg(&rate_summary_type, PG_GETARG_DATUM(0));

	if (summary->form == RATE_COUNTED)
		PG_RETURN_NUMERIC(int64_to_numeric(summary->counts[part]));
	PG_RETURN_NUMERIC(engage_exact_to_numeric(&measures(summary)[part]));
}

PG_FUNCTION_INFO_V1(engage_rate_hits);
Datum
engage_rate_hits(PG_FUNCTION_ARGS)
{
	return rate_part(fcinfo, HITS);
}

PG_FUNCTION_INFO_V1(engage_rate_trials);
Datum
engage_rate_trials(PG_FUNCTION_ARGS)
{
	return rate_part(fcinfo, TRIALS);
}

/* Binomial intervals speak of trials that each hit or miss. */
static void
rate_interval(const Summary *summary, double confidence, int method,
			  ConfidenceInterval *interval)
{
	const Summary *measured = summary->form == RATE_MEASURED ? summary :
		counted_to_measured(summary);
	const ExactSum *hits = &measures(measured)[HITS];
	const ExactSum *trials = &measures(measured)[TRIALS];

	if (engage_exact_compare(hits, trials) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_INTERVAL_UNDEFINED),
				 errmsg("a rate of %s hits in %s trials has no confidence interval",
						engage_exact_show(hits),
						engage_exact_show(trials)),
				 errdetail("With more hits than trials it is not a share."),
				 errhint("Count each trial at most once, for example unique clicks instead of clicks.")));
	if (!exact_sum_is_whole(hits) || !exact_sum_is_whole(trials))
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_INTERVAL_UNDEFINED),
				 errmsg("a rate of %s hits in %s trials has no confidence interval",
						engage_exact_show(hits),
						engage_exact_show(trials)),
				 errdetail("Intervals are for counts; amounts such as revenue are not trials."),
				 errhint("Use rate() without an interval, or count orders instead of adding up amounts.")));
	engage_share_interval(engage_exact_to_double(hits), engage_exact_to_double(trials),
						  confidence, method, interval);
	interval->estimate = rate_value(summary, 100);
}

KPI_INTERVAL_FUNCTIONS(rate, engage_share_methods);

/*
 * mean_engagement_rate: the mean of the rates of single posts.  Each rate is
 * a double, added up exactly, so the mean does not depend on the order.
 * (Percentages, so that the mean over one post is what the post's rate is.)
 */
enum
{
	RATES, RATE_SQUARES
};

static const char *const post_names[] = {"posts"};
static const char *const post_sum_names[] = {"rates_pct", "rates_pct_squared"};
static const SummaryForm post_form = {"", post_names, 1, post_sum_names, 2};

static const char *
check_mean_engagement_rate_summary(const Summary *summary)
{
	const ExactSum *sums = summary_sums(summary, 1);

	if (!engage_moments_are_possible(engage_exact_to_double(&sums[RATES]),
									 engage_exact_to_double(&sums[RATE_SQUARES]),
									 summary->counts[0], true))
		return "The sum of the squares does not fit the sum of the rates.";
	return NULL;
}

static const SummaryType mean_engagement_rate_summary_type = {
	.name = "mean_engagement_rate_summary",
	.nforms = 1,
	.forms = &post_form,
	.check = check_mean_engagement_rate_summary
};

SUMMARY_FUNCTIONS(mean_engagement_rate_summary);

/* The square of a percentage still fits into exact_sum_from_share(). */
#define MAX_POST_RATE_PCT	3e9

/*
 * A post's rate in percent and its square; false for a post without audience,
 * which has no rate.
 */
static inline bool
read_post(FunctionCallInfo fcinfo, const MeasuredArgs *spec,
		  ExactSum *rate, ExactSum *square)
{
	ExactSum	interactions;
	ExactSum	audience;
	double		value;

	read_measures(fcinfo, 1, spec, &interactions, &audience);
	if (exact_sum_is_zero(&audience))
		return false;
	value = 100 * engage_exact_to_double(&interactions) / engage_exact_to_double(&audience);
	if (unlikely(value > MAX_POST_RATE_PCT))
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_INVALID_MEASURE),
				 errmsg("a post's engagement rate of %g %% is out of range", value),
				 errdetail("It must be below %g %%.", MAX_POST_RATE_PCT),
				 errhint("Check the audience of that post.")));
	exact_sum_from_share(rate, value);
	exact_sum_from_share(square, value * value);
	return true;
}

static inline Datum
add_post(FunctionCallInfo fcinfo, RowChange change, const MeasuredArgs *spec)
{
	Summary    *state = engage_summary_state(fcinfo);
	ExactSum	rate;
	ExactSum	square;

	if (read_post(fcinfo, spec, &rate, &square))
	{
		ExactSum   *sums = summary_sums(state, 1);

		summary_count(&state->counts[0], change);
		summary_sum(&sums[RATES], &rate, change);
		summary_sum(&sums[RATE_SQUARES], &square, change);
		summary_check_removal(&mean_engagement_rate_summary_type, state, change);
	}
	PG_RETURN_POINTER(state);
}

KPI_TRANSITIONS(post_engagement,, add_post, &interaction_args);
KPI_TRANSITIONS(post_social,, add_post, &social_args);

/* The sum of the rates over "parts" for each post; NaN without posts. */
static double
mean_rate(const Summary *summary, int parts)
{
	ExactSum	divisor;

	divisor.whole = (int128) summary->counts[0] * parts;
	divisor.fraction = 0;
	return engage_exact_ratio(1, &summary_sums(summary, 1)[RATES], &divisor);
}

KPI_FLOAT8_ACCESSOR(mean_engagement_rate, mean_engagement_rate, mean_rate(summary, 1));
KPI_FLOAT8_ACCESSOR(mean_engagement_rate, mean_engagement_rate_fraction, mean_rate(summary, 100));
KPI_INT64_ACCESSOR(mean_engagement_rate, mean_engagement_rate_posts, summary->counts[0]);

static void
mean_engagement_rate_interval(const Summary *summary, double confidence, int method,
							  ConfidenceInterval *interval)
{
	const ExactSum *sums = summary_sums(summary, 1);
	int64		n = summary->counts[0];

	engage_mean_interval(interval, mean_rate(summary, 1),
						 engage_exact_variance(&sums[RATES], &sums[RATE_SQUARES], n),
						 n, confidence);
	interval->low = Max(0, interval->low);
}

KPI_INTERVAL_FUNCTIONS(mean_engagement_rate, NULL);

/* One post's rate. */
static inline Datum
post_rate(FunctionCallInfo fcinfo, const MeasuredArgs *spec)
{
	ExactSum	interactions;
	ExactSum	audience;

	read_measures(fcinfo, 0, spec, &interactions, &audience);
	if (exact_sum_is_zero(&audience))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(engage_exact_ratio(100, &interactions, &audience));
}

KPI_FUNCTION(post_engagement_rate, post_rate, &interaction_args);
KPI_FUNCTION(post_social_rate, post_rate, &social_args);

/* "3 to 6 % counts as strong"; below that the usual split at 1 %. */
PG_FUNCTION_INFO_V1(engage_engagement_band);
Datum
engage_engagement_band(PG_FUNCTION_ARGS)
{
	double		rate = PG_GETARG_FLOAT8(0);
	const char *band;

	/* written so that NaN fails it */
	if (!(rate >= 0))
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_INVALID_MEASURE),
				 errmsg("engagement rate %g is out of range", rate),
				 errdetail("A rate is a percentage of zero or more.")));
	if (rate < 1)
		band = "low";
	else if (rate < 3)
		band = "average";
	else if (rate <= 6)
		band = "strong";
	else
		band = "exceptional";
	PG_RETURN_TEXT_P(cstring_to_text(band));
}
