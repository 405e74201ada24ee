/*-------------------------------------------------------------------------
 *
 * nps.c
 *	  SQL side of the Net Promoter Score.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/compat.h"
#include "common/errors.h"
#include "common/number_arg.h"
#include "kpi/kpi.h"
#include "kpi/nps_core.h"

#define NPS_MIN_SCORE	0
#define NPS_MAX_SCORE	10

enum
{
	PROMOTERS, PASSIVES, DETRACTORS, NPS_NCLASSES
};

/* the weighted form's sums: one per class, then the squares of the weights */
#define WEIGHT_SQUARES	NPS_NCLASSES

enum
{
	NPS_COUNTED, NPS_WEIGHTED
};

static const char *const class_names[] = {"promoters", "passives", "detractors"};
static const char *const weight_names[] = {
	"promoter_weight", "passive_weight", "detractor_weight", "weight_squares"
};

static const SummaryForm nps_forms[] = {
	{"", class_names, NPS_NCLASSES, NULL, 0},
	{"w", class_names, NPS_NCLASSES, weight_names, NPS_NCLASSES + 1}
};

static const char *
check_nps_summary(const Summary *summary)
{
	const ExactSum *weights = summary_sums(summary, NPS_NCLASSES);
	bool		any_weight = false;

	if (summary->form != NPS_WEIGHTED)
		return NULL;
	for (int i = 0; i < NPS_NCLASSES; i++)
	{
		if (exact_sum_is_zero(&weights[i]))
			continue;
		any_weight = true;
		if (summary->counts[i] == 0)
			return "A class without answers has no weight.";
	}
	if (!engage_moments_are_possible(engage_exact_to_double(&weights[PROMOTERS]) +
									 engage_exact_to_double(&weights[PASSIVES]) +
									 engage_exact_to_double(&weights[DETRACTORS]),
									 engage_exact_to_double(&weights[WEIGHT_SQUARES]),
									 (double) summary->counts[PROMOTERS] +
									 summary->counts[PASSIVES] + summary->counts[DETRACTORS],
									 true))
		return "The sum of the squares does not fit the sum of the weights.";
	/* a weight below 5e-19 has a square of zero */
	if (!any_weight && !exact_sum_is_zero(&weights[WEIGHT_SQUARES]))
		return "Without any weight the squares are zero.";
	return NULL;
}

static const SummaryType nps_summary_type = {
	.name = "nps_summary",
	.nforms = lengthof(nps_forms),
	.forms = nps_forms,
	.check = check_nps_summary
};

SUMMARY_FUNCTIONS(nps_summary);

static const uint8 class_of_score[NPS_MAX_SCORE + 1] = {
	DETRACTORS, DETRACTORS, DETRACTORS, DETRACTORS, DETRACTORS, DETRACTORS,
	DETRACTORS, PASSIVES, PASSIVES, PROMOTERS, PROMOTERS
};

static inline int
score_class(NumberType type, Datum score)
{
	return class_of_score[engage_whole_score(type, score, NPS_MIN_SCORE,
											 NPS_MAX_SCORE, "NPS")];
}

static inline Datum
count_answer(FunctionCallInfo fcinfo, RowChange change, NumberType type)
{
	Summary    *state = engage_summary_form_state(fcinfo, &nps_summary_type, NPS_COUNTED);

	summary_count(&state->counts[score_class(type, PG_GETARG_DATUM(1))], change);
	PG_RETURN_POINTER(state);
}

KPI_TRANSITIONS_PER_NUMBER_TYPE(nps, count_answer);

static const char *const weighted_args[] = {"score", "weight", NULL};
static const NumberRole weight_role = {
	"weight", .sqlstate = ERRCODE_ENGAGE_INVALID_WEIGHT
};

static inline Datum
weigh_answer(FunctionCallInfo fcinfo, RowChange change)
{
	Summary    *state = engage_summary_form_state(fcinfo, &nps_summary_type, NPS_WEIGHTED);
	ExactSum   *sums = summary_sums(state, NPS_NCLASSES);
	const NumberArgs *args = engage_number_args(fcinfo, 1, weighted_args);
	ExactSum	weight;
	ExactSum	square;
	int			class;

	engage_number(&weight, args->type[2], PG_GETARG_DATUM(2), &weight_role);
	if (unlikely(!engage_exact_square(&square, &weight)))
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_INVALID_WEIGHT),
				 errmsg("weight %s is out of range", engage_exact_show(&weight)),
				 errdetail("A weight is below 1e18."),
				 errhint("Only the ratios of weights matter: divide them all by a constant.")));
	class = score_class(args->type[1], PG_GETARG_DATUM(1));
	summary_count(&state->counts[class], change);
	summary_sum(&sums[class], &weight, change);
	summary_sum(&sums[WEIGHT_SQUARES], &square, change);
	summary_check_removal(&nps_summary_type, state, change);
	PG_RETURN_POINTER(state);
}

KPI_TRANSITIONS(nps_weighted,, weigh_answer);

/* What the formulas need; the sample size of weighted answers is Kish's. */
static NpsShares
nps_shares(const Summary *summary)
{
	NpsShares	shares;

	if (summary->form == NPS_WEIGHTED)
	{
		const ExactSum *sums = summary_sums(summary, NPS_NCLASSES);
		double		total;
		double		squares = engage_exact_to_double(&sums[WEIGHT_SQUARES]);

		shares.promoters = engage_exact_to_double(&sums[PROMOTERS]);
		shares.passives = engage_exact_to_double(&sums[PASSIVES]);
		shares.detractors = engage_exact_to_double(&sums[DETRACTORS]);
		total = shares.promoters + shares.passives + shares.detractors;
		shares.effective_n = squares > 0 ? total * total / squares :
			(double) summary->counts[PROMOTERS] + summary->counts[PASSIVES] +
			summary->counts[DETRACTORS];
	}
	else
	{
		shares.promoters = summary->counts[PROMOTERS];
		shares.passives = summary->counts[PASSIVES];
		shares.detractors = summary->counts[DETRACTORS];
		shares.effective_n = shares.promoters + shares.passives + shares.detractors;
	}
	return shares;
}

/*
 * Numbers of answers by class, or their weights, exactly; the formulas of
 * intervals make do with doubles, the figure itself does not.
 */
static void
exact_classes(const Summary *summary, ExactSum classes[NPS_NCLASSES], ExactSum *total)
{
	exact_sum_from_int64(total, 0);
	for (int i = 0; i < NPS_NCLASSES; i++)
	{
		if (summary->form == NPS_WEIGHTED)
			classes[i] = summary_sums(summary, NPS_NCLASSES)[i];
		else
			exact_sum_from_int64(&classes[i], summary->counts[i]);
		summary_sum(total, &classes[i], ROW_ADDED);
	}
}

/* -100..100, or NaN if there is nothing to divide by */
static double
nps_value(const Summary *summary)
{
	ExactSum	classes[NPS_NCLASSES];
	ExactSum	total;

	exact_classes(summary, classes, &total);
	summary_sum(&classes[PROMOTERS], &classes[DETRACTORS], ROW_REMOVED);
	return engage_exact_ratio(100, &classes[PROMOTERS], &total);
}

/* A class's share of the weight, or of the answers if there are no weights. */
static double
class_pct(const Summary *summary, int class)
{
	ExactSum	classes[NPS_NCLASSES];
	ExactSum	total;

	exact_classes(summary, classes, &total);
	return engage_exact_ratio(100, &classes[class], &total);
}

KPI_FLOAT8_ACCESSOR(nps, nps, nps_value(summary));
KPI_FLOAT8_ACCESSOR(nps, nps_promoters_pct, class_pct(summary, PROMOTERS));
KPI_FLOAT8_ACCESSOR(nps, nps_passives_pct, class_pct(summary, PASSIVES));
KPI_FLOAT8_ACCESSOR(nps, nps_detractors_pct, class_pct(summary, DETRACTORS));
KPI_INT64_ACCESSOR(nps, nps_promoters, summary->counts[PROMOTERS]);
KPI_INT64_ACCESSOR(nps, nps_passives, summary->counts[PASSIVES]);
KPI_INT64_ACCESSOR(nps, nps_detractors, summary->counts[DETRACTORS]);
KPI_INT64_ACCESSOR(nps, nps_responses, engage_summary_total(&nps_summary_type, summary));

/* in the order of NpsMethod */
static const char *const nps_methods[] = {"adjusted_wald", "wald", NULL};

static void
nps_interval(const Summary *summary, double confidence, int method,
			 ConfidenceInterval *interval)
{
	NpsShares	shares = nps_shares(summary);

	engage_nps_bounds(&shares, confidence, method, interval);
	interval->estimate = nps_value(summary);
}

KPI_INTERVAL_FUNCTIONS(nps, nps_methods);

PG_FUNCTION_INFO_V1(engage_nps_difference);
Datum
engage_nps_difference(PG_FUNCTION_ARGS)
{
	Summary    *a = engage_summary_arg(&nps_summary_type, PG_GETARG_DATUM(0));
	Summary    *b = engage_summary_arg(&nps_summary_type, PG_GETARG_DATUM(1));
	NpsShares	a_shares = nps_shares(a);
	NpsShares	b_shares = nps_shares(b);
	ConfidenceInterval interval = {0};

	engage_nps_change(&a_shares, &b_shares, engage_confidence_arg(fcinfo, 2),
					  engage_method_arg(fcinfo, 3, nps_methods), &interval);
	interval.estimate = nps_value(a) - nps_value(b);
	return engage_interval_row(fcinfo, &interval);
}
