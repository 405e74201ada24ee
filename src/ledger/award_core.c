/*-------------------------------------------------------------------------
 *
 * award_core.c
 *	  How many points an event earns by a rule, and why.
 *
 * Every number of points comes out of engage_formula_points(), when it is
 * granted as well as when a refund computes it again, so that the two cannot
 * differ.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "ledger/award_core.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

static const char *const rounding_names[] = {"floor", "half_up", "half_even", "ceil"};
static const char *const span_names[CAP_SPANS] = {"day", "month", "lifetime"};

/* ----------------------------------------------------------------
 *		formulas
 * ---------------------------------------------------------------- */

static bool
below_minimum(const AwardFormula *formula, const ExactSum *basis)
{
	return basis != NULL && formula->has_minimum &&
		engage_exact_compare(basis, &formula->min_basis) < 0;
}

/* The base before rounding, caps apart. */
static void
unrounded_base(Ratio *base, const AwardFormula *formula, const ExactSum *basis)
{
	Ratio		rate_basis;
	Ratio		amount;

	engage_ratio_set(base, formula->points, 1);
	if (formula->is_fixed)
	{
		/* of an event nothing of which is left, nothing is left */
		if (basis != NULL && exact_sum_is_zero(basis))
			engage_ratio_set(base, 0, 1);
		return;
	}
	engage_ratio_from_exact(&rate_basis, &formula->rate_basis);
	engage_ratio_from_exact(&amount, basis);
	engage_ratio_divide(base, &rate_basis);
	engage_ratio_multiply(base, &amount);
}

/* What multipliers work on: capped, and none if there are no whole points. */
static int64
multiplied_base(Ratio *base, const AwardFormula *formula, const ExactSum *basis)
{
	int64		points;

	unrounded_base(base, formula, basis);
	points = engage_ratio_round(base, formula->rounding);
	if (points > formula->capped)
	{
		points = formula->capped;
		engage_ratio_set(base, points, 1);
	}
	return points;
}

static int64
times(const Ratio *base, const Ratio *multiplier, Rounding rounding)
{
	Ratio		product = *base;

	engage_ratio_multiply(&product, multiplier);
	return engage_ratio_round(&product, rounding);
}

int64
engage_formula_points(const AwardFormula *formula, const ExactSum *basis)
{
	Ratio		base;
	int64		points;

	if (below_minimum(formula, basis))
		return 0;
	points = multiplied_base(&base, formula, basis);
	if (points == 0)
		return 0;
	if (formula->part == PART_MULTIPLIED)
		points = times(&base, &formula->after, formula->rounding) -
			times(&base, &formula->before, formula->rounding);
	else if (formula->part == PART_ADDED)
		points = formula->added;
	return Min(points, formula->clipped);
}

int64
engage_formula_idle_points(const AwardFormula *formula, const ExactSum *basis)
{
	Ratio		base;
	int64		points = 0;

	if (formula->nidle == 0 || below_minimum(formula, basis) ||
		multiplied_base(&base, formula, basis) == 0)
		return 0;
	for (int i = 0; i < formula->nidle; i++)
		points += times(&base, &formula->idle[i].after, formula->rounding) -
			times(&base, &formula->idle[i].before, formula->rounding);
	return points;
}

char *
engage_formula_print(const AwardFormula *formula)
{
	StringInfoData out;

	initStringInfo(&out);
	if (formula->is_fixed)
		appendStringInfo(&out, "fixed " INT64_FORMAT, formula->points);
	else
		appendStringInfo(&out, INT64_FORMAT "/%s", formula->points,
						 engage_exact_show(&formula->rate_basis));
	appendStringInfo(&out, " %s", rounding_names[formula->rounding]);
	if (formula->has_minimum)
		appendStringInfo(&out, " from %s", engage_exact_show(&formula->min_basis));
	if (formula->capped != POINTS_UNLIMITED)
		appendStringInfo(&out, " capped " INT64_FORMAT, formula->capped);
	if (formula->part == PART_MULTIPLIED)
	{
		appendStringInfoString(&out, " x ");
		engage_ratio_print(&out, &formula->before);
		appendStringInfoString(&out, "..");
		engage_ratio_print(&out, &formula->after);
	}
	else if (formula->part == PART_ADDED)
		appendStringInfo(&out, " plus " INT64_FORMAT, formula->added);
	if (formula->clipped != POINTS_UNLIMITED)
		appendStringInfo(&out, " clipped " INT64_FORMAT, formula->clipped);
	for (int i = 0; i < formula->nidle; i++)
	{
		appendStringInfoString(&out, " and ");
		engage_ratio_print(&out, &formula->idle[i].before);
		appendStringInfoString(&out, "..");
		engage_ratio_print(&out, &formula->idle[i].after);
	}
	return out.data;
}

/* Passes over a word, if it is next. */
static bool
skip(const char **text, const char *word)
{
	size_t		length = strlen(word);

	if (strncmp(*text, word, length) != 0)
		return false;
	*text += length;
	return true;
}

static bool
parse_points(const char **text, int64 *points)
{
	const char *p = *text;

	*points = 0;
	for (; *p >= '0' && *p <= '9'; p++)
	{
		if (pg_mul_s64_overflow(*points, 10, points) ||
			pg_add_s64_overflow(*points, *p - '0', points))
			return false;
	}
	if (p == *text)
		return false;
	*text = p;
	return true;
}

static bool
parse_amount(const char **text, ExactSum *amount)
{
	*text = engage_exact_parse(amount, *text);
	return *text != NULL;
}

static bool
parse_ratio(const char **text, Ratio *ratio)
{
	*text = engage_ratio_parse(ratio, *text);
	return *text != NULL;
}

static bool
parse_rounding(const char **text, Rounding *rounding)
{
	for (int i = 0; i < lengthof(rounding_names); i++)
	{
		if (skip(text, rounding_names[i]))
		{
			*rounding = (Rounding) i;
			return true;
		}
	}
	return false;
}

static bool
parse_step(const char **text, Ratio *before, Ratio *after)
{
	return parse_ratio(text, before) && skip(text, "..") && parse_ratio(text, after) &&
		engage_ratio_compare(before, after) <= 0;
}

static void
add_idle(AwardFormula *formula, const Ratio *before, const Ratio *after)
{
	MultiplierStep *idle = palloc((formula->nidle + 1) * sizeof(MultiplierStep));

	for (int i = 0; i < formula->nidle; i++)
		idle[i] = formula->idle[i];
	idle[formula->nidle] = (MultiplierStep) {*before, *after};
	formula->nidle++;
	formula->idle = idle;
}

/* In the order in which engage_formula_print() writes. */
static bool
parse_formula(AwardFormula *formula, const char *text)
{
	formula->is_fixed = skip(&text, "fixed ");
	if (!parse_points(&text, &formula->points))
		return false;
	if (!formula->is_fixed &&
		(!skip(&text, "/") || !parse_amount(&text, &formula->rate_basis) ||
		 exact_sum_is_negative(&formula->rate_basis) ||
		 exact_sum_is_zero(&formula->rate_basis)))
		return false;
	if (!skip(&text, " ") || !parse_rounding(&text, &formula->rounding))
		return false;
	formula->has_minimum = skip(&text, " from ");
	if (formula->has_minimum && !parse_amount(&text, &formula->min_basis))
		return false;
	formula->capped = POINTS_UNLIMITED;
	if (skip(&text, " capped ") && !parse_points(&text, &formula->capped))
		return false;
	formula->part = PART_BASE;
	if (skip(&text, " x "))
	{
		formula->part = PART_MULTIPLIED;
		if (!parse_step(&text, &formula->before, &formula->after))
			return false;
	}
	else if (skip(&text, " plus "))
	{
		formula->part = PART_ADDED;
		if (!parse_points(&text, &formula->added))
			return false;
	}
	formula->clipped = POINTS_UNLIMITED;
	if (skip(&text, " clipped ") && !parse_points(&text, &formula->clipped))
		return false;
	while (formula->part == PART_BASE && skip(&text, " and "))
	{
		MultiplierStep step;

		if (!parse_step(&text, &step.before, &step.after))
			return false;
		add_idle(formula, &step.before, &step.after);
	}
	return *text == '\0';
}

void
engage_formula_parse(AwardFormula *formula, const char *text)
{
	memset(formula, 0, sizeof(*formula));
	if (!parse_formula(formula, text))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("rate of an award cannot be read: \"%s\"", text)));
}

static void
explain_product(StringInfo out, const AwardFormula *formula, const Ratio *base,
				const Ratio *multiplier)
{
	Ratio		product = *base;

	engage_ratio_multiply(&product, multiplier);
	appendStringInfo(out, " = " INT64_FORMAT,
					 engage_ratio_round(&product, formula->rounding));
	if (!engage_ratio_is_whole(&product))
		appendStringInfo(out, " (%s)", rounding_names[formula->rounding]);
}

char *
engage_formula_explain(const AwardFormula *formula, const ExactSum *basis,
					   int64 points)
{
	StringInfoData out;
	Ratio		one;
	Ratio		raw;
	Ratio		base;
	int64		base_points;
	bool		is_capped;

	initStringInfo(&out);
	if (below_minimum(formula, basis))
	{
		appendStringInfo(&out, "%s is less than %s", engage_exact_show(basis),
						 engage_exact_show(&formula->min_basis));
		return out.data;
	}
	if (formula->part == PART_ADDED)
	{
		appendStringInfo(&out, INT64_FORMAT " more", formula->added);
		if (points < formula->added)
			appendStringInfo(&out, ", clipped to " INT64_FORMAT, points);
		return out.data;
	}

	if (formula->is_fixed)
		basis = NULL;
	engage_ratio_set(&one, 1, 1);
	unrounded_base(&raw, formula, basis);
	base_points = multiplied_base(&base, formula, basis);
	is_capped = engage_ratio_compare(&raw, &base) != 0;

	if (formula->part == PART_MULTIPLIED && is_capped)
		appendStringInfo(&out, INT64_FORMAT " (capped)", base_points);
	else if (formula->is_fixed)
		appendStringInfo(&out, "fixed " INT64_FORMAT, formula->points);
	else
		appendStringInfo(&out, "%s x " INT64_FORMAT "/%s", engage_exact_show(basis),
						 formula->points, engage_exact_show(&formula->rate_basis));

	if (formula->part == PART_MULTIPLIED)
	{
		appendStringInfoString(&out, " x ");
		engage_ratio_print(&out, &formula->after);
		explain_product(&out, formula, &base, &formula->after);
		appendStringInfo(&out, ", less " INT64_FORMAT,
						 times(&base, &formula->before, formula->rounding));
	}
	else
	{
		if (!formula->is_fixed)
			explain_product(&out, formula, &raw, &one);
		if (is_capped)
			appendStringInfo(&out, ", capped to " INT64_FORMAT, base_points);
	}
	if (formula->clipped != POINTS_UNLIMITED)
		appendStringInfo(&out, ", clipped to " INT64_FORMAT, points);
	return out.data;
}

/* ----------------------------------------------------------------
 *		whether there is an award
 * ---------------------------------------------------------------- */

void
engage_award_basis(Numeric basis, ExactSum *result)
{
	ExactStatus status = engage_exact_from_numeric(result, NumericGetDatum(basis));
	bool		is_valid = status == EXACT_OK && !exact_sum_is_negative(result);
	char	   *shown;

	if (likely(is_valid))
		return;
	shown = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(basis)));
	if (status == EXACT_TOO_LARGE || status == EXACT_TOO_PRECISE)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("basis %s is out of range", shown),
				 errdetail("It may have %d digits before and after the decimal point.", EXACT_SUM_DIGITS)));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("basis %s is not an amount", shown),
			 errdetail("Accepted are finite numbers of zero or more."),
			 errhint("Take points of an event back with engage.reverse_earn().")));
}

static bool
tier_is_among(const char *tier, const char *const *tiers, int ntiers)
{
	if (tiers == NULL)
		return true;
	if (tier == NULL)
		return false;
	for (int i = 0; i < ntiers; i++)
		if (strcmp(tiers[i], tier) == 0)
			return true;
	return false;
}

static char *
only_for_tiers(const char *const *tiers, int ntiers)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out, "only for tier ");
	for (int i = 0; i < ntiers; i++)
		appendStringInfo(&out, "%s%s", i == 0 ? "" : i + 1 < ntiers ? ", " : " or ", tiers[i]);
	return out.data;
}

void
engage_award_require_basis(const AwardRule *rule, const ExactSum *basis)
{
	if (basis == NULL && (!rule->is_fixed || rule->has_minimum))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"basis\" must not be NULL"),
				 errdetail("Rule \"%s\" gives points by an amount.", rule->name),
				 errhint("Give basis => ..., such as the amount of the order.")));
}

const char *
engage_award_refusal(const AwardRule *rule, const char *tier,
					 TimestampTz effective_at, const ExactSum *basis,
					 const char **detail)
{
	*detail = NULL;
	if (!rule->active)
	{
		*detail = "not active";
		return "rule_inactive";
	}
	if (effective_at < rule->valid_from || effective_at >= rule->valid_until)
	{
		*detail = effective_at < rule->valid_from ? "not yet valid" : "no longer valid";
		return "rule_inactive";
	}
	if (!tier_is_among(tier, rule->tiers, rule->ntiers))
	{
		*detail = only_for_tiers(rule->tiers, rule->ntiers);
		return "not_eligible";
	}
	if (rule->has_minimum && engage_exact_compare(basis, &rule->min_basis) < 0)
	{
		*detail = psprintf("%s is less than %s", engage_exact_show(basis),
						   engage_exact_show(&rule->min_basis));
		return "below_minimum";
	}
	return NULL;
}

/*
 * What the caps leave; "detail" names the one that leaves least.  A tally is
 * below zero if more was reversed on a day than earned: never more than the
 * cap is left.
 */
static int64
left_by_caps(const AwardRule *rule, const AwardTally *tally, const char **detail)
{
	int64		left = POINTS_UNLIMITED;

	*detail = NULL;
	for (int i = 0; i < CAP_SPANS; i++)
	{
		int64		got = Max(tally->awards[i], 0);

		if (rule->max_awards[i] != POINTS_UNLIMITED && got >= rule->max_awards[i])
		{
			*detail = psprintf("max_awards_%s is " INT64_FORMAT, span_names[i],
							   rule->max_awards[i]);
			return 0;
		}
		got = Max(tally->points[i], 0);
		if (rule->cap[i] != POINTS_UNLIMITED && Max(rule->cap[i] - got, 0) < left)
		{
			left = Max(rule->cap[i] - got, 0);
			*detail = psprintf("cap_%s is " INT64_FORMAT ", " INT64_FORMAT " so far",
							   span_names[i], rule->cap[i], got);
		}
	}
	return left;
}

/* ----------------------------------------------------------------
 *		what it consists of
 * ---------------------------------------------------------------- */

/* Something that adds to the base: the tier, or a campaign. */
typedef struct Extra
{
	const AwardCampaign *campaign;	/* NULL: the tier */
	const char *tier;
	bool		multiplies;
	Ratio		multiplier;
	const char *status;			/* NULL: counts */
	const char *detail;
} Extra;

/* The tier first, then campaigns that multiply, then the others; by name. */
static int
compare_extras(const void *a, const void *b)
{
	const Extra *x = (const Extra *) a;
	const Extra *y = (const Extra *) b;

	if (x->campaign == NULL || y->campaign == NULL)
		return (y->campaign == NULL) - (x->campaign == NULL);
	if (x->multiplies != y->multiplies)
		return x->multiplies ? -1 : 1;
	return strcmp(x->campaign->name, y->campaign->name);
}

static Extra *
list_extras(const TierLevel *tier, const AwardCampaign *campaigns,
			int ncampaigns, int *nextras)
{
	Extra	   *extras = palloc0((ncampaigns + 1) * sizeof(Extra));
	int			n = 0;

	if (tier != NULL && tier->multiplier_num != tier->multiplier_den)
	{
		extras[n].tier = tier->name;
		extras[n].multiplies = true;
		engage_ratio_set(&extras[n].multiplier, tier->multiplier_num, tier->multiplier_den);
		n++;
	}
	for (int i = 0; i < ncampaigns; i++)
	{
		const AwardCampaign *campaign = &campaigns[i];
		Extra	   *extra = &extras[n++];

		extra->campaign = campaign;
		extra->multiplies = campaign->multiplier_num != 0;
		if (extra->multiplies)
			engage_ratio_set(&extra->multiplier, campaign->multiplier_num, campaign->multiplier_den);
		if (!tier_is_among(tier != NULL ? tier->name : NULL, campaign->tiers, campaign->ntiers))
		{
			extra->status = "not_eligible";
			extra->detail = only_for_tiers(campaign->tiers, campaign->ntiers);
		}
	}
	qsort(extras, n, sizeof(Extra), compare_extras);
	*nextras = n;
	return extras;
}

/* The multiplier, as far as it may go. */
static void
limit_multiplier(Ratio *multiplier, const AwardSettings *settings)
{
	Ratio		max;

	if (!settings->has_max)
		return;
	engage_ratio_from_exact(&max, &settings->max_multiplier);
	if (engage_ratio_compare(multiplier, &max) > 0)
		*multiplier = max;
}

/* What a campaign would give if it were the only one. */
static int64
points_alone(const AwardSettings *settings, const Extra *extra,
			 const AwardFormula *base, const ExactSum *basis)
{
	AwardFormula formula = *base;

	if (!extra->multiplies)
		return extra->campaign->bonus_points;
	formula.part = PART_MULTIPLIED;
	engage_ratio_set(&formula.before, 1, 1);
	formula.after = extra->multiplier;
	limit_multiplier(&formula.after, settings);
	return engage_formula_points(&formula, basis);
}

/* Of the campaigns of a group only the one that gives most counts. */
static void
outweigh_in_groups(const AwardSettings *settings, Extra *extras, int nextras,
				   const AwardFormula *base, const ExactSum *basis)
{
	for (int i = 0; i < nextras; i++)
	{
		for (int j = i + 1; j < nextras && extras[i].status == NULL; j++)
		{
			Extra	   *loser = &extras[j];
			Extra	   *winner = &extras[i];
			int64		gain;
			int64		other;

			if (loser->status != NULL || winner->campaign == NULL ||
				winner->campaign->stacking_group == NULL ||
				loser->campaign->stacking_group == NULL ||
				strcmp(winner->campaign->stacking_group, loser->campaign->stacking_group) != 0)
				continue;
			gain = points_alone(settings, winner, base, basis);
			other = points_alone(settings, loser, base, basis);
			if (gain < other ||
				(gain == other && strcmp(winner->campaign->name, loser->campaign->name) > 0))
			{
				loser = winner;
				winner = &extras[j];
			}
			loser->status = "outweighed";
			loser->detail = psprintf("campaign %s of the same group gives %s",
									 winner->campaign->name,
									 gain == other ? "as much" : "more");
		}
	}
}

/* With best_of only the greatest multiplier counts, the first of equal ones. */
static void
outweigh_multipliers(Extra *extras, int nextras)
{
	Extra	   *best = NULL;

	for (int i = 0; i < nextras; i++)
	{
		if (extras[i].status == NULL && extras[i].multiplies &&
			(best == NULL || engage_ratio_compare(&extras[i].multiplier, &best->multiplier) > 0))
			best = &extras[i];
	}
	for (int i = 0; i < nextras; i++)
	{
		if (extras[i].status == NULL && extras[i].multiplies && &extras[i] != best)
		{
			extras[i].status = "outweighed";
			extras[i].detail = psprintf("%s %s counts instead",
										best->campaign == NULL ? "tier" : "campaign",
										best->campaign == NULL ? best->tier : best->campaign->name);
		}
	}
}

static void
drop_component(AwardComponent *component, const char *status, const char *detail)
{
	component->points = 0;
	component->status = status;
	component->detail = detail;
}

/* "total" is the multiplier so far, before max_multiplier. */
static void
multiply_component(AwardComponent *component, const AwardSettings *settings,
				   const Ratio *multiplier, Ratio *total, const ExactSum *basis)
{
	AwardFormula *formula = &component->formula;

	formula->part = PART_MULTIPLIED;
	formula->before = *total;
	if (settings->stacking == STACK_ADDITIVE)
	{
		Ratio		one;

		engage_ratio_set(&one, 1, 1);
		engage_ratio_add(total, multiplier);
		engage_ratio_subtract(total, &one);
	}
	else
		engage_ratio_multiply(total, multiplier);
	formula->after = *total;

	limit_multiplier(&formula->before, settings);
	limit_multiplier(&formula->after, settings);
	if (engage_ratio_compare(&formula->after, total) != 0)
		component->detail = psprintf("max_multiplier is %s",
									 engage_exact_show(&settings->max_multiplier));
	component->points = engage_formula_points(formula, basis);
	if (engage_ratio_compare(&formula->before, &formula->after) == 0)
		drop_component(component, "max_multiplier", component->detail);
	else if (component->points == 0)
		drop_component(component, "no_points", "nothing after rounding");
}

static Award *
no_award(const char *status, const char *detail)
{
	Award	   *award = palloc0(sizeof(Award));

	award->status = status;
	award->detail = detail;
	return award;
}

Award *
engage_award_points(const AwardSettings *settings, const AwardRule *rule,
					const ExactSum *basis, const AwardTally *tally,
					const TierLevel *tier, const AwardCampaign *campaigns,
					int ncampaigns)
{
	Award	   *award;
	AwardFormula formula = {0};
	AwardComponent *component;
	Extra	   *extras;
	int			nextras;
	Ratio		total;
	int64		points;
	int64		left;
	const char *detail;

	formula.is_fixed = rule->is_fixed;
	formula.points = rule->points;
	formula.rate_basis = rule->rate_basis;
	formula.rounding = settings->rounding;
	/* (a minimum of nothing asks for nothing) */
	formula.has_minimum = rule->has_minimum && !exact_sum_is_negative(&rule->min_basis) &&
		!exact_sum_is_zero(&rule->min_basis);
	formula.min_basis = rule->min_basis;
	formula.capped = POINTS_UNLIMITED;
	formula.part = PART_BASE;
	formula.clipped = POINTS_UNLIMITED;

	/* what an event gives does not depend on its amount, not even on none */
	if (rule->is_fixed)
		basis = NULL;
	points = engage_formula_points(&formula, basis);
	if (points == 0)
		return no_award("no_points", engage_formula_explain(&formula, basis, 0));
	left = left_by_caps(rule, tally, &detail);
	if (left == 0)
		return no_award("capped", detail);
	if (left < points)
		formula.capped = points = left;

	extras = list_extras(tier, campaigns, ncampaigns, &nextras);
	award = palloc0(sizeof(Award));
	award->status = "ok";
	award->components = palloc0((nextras + 1) * sizeof(AwardComponent));
	award->ncomponents = nextras + 1;

	component = &award->components[0];
	component->status = "ok";
	component->points = component->nominal = points;
	component->formula = formula;
	if (formula.capped != POINTS_UNLIMITED)
		component->detail = detail;

	outweigh_in_groups(settings, extras, nextras, &formula, basis);
	if (settings->stacking == STACK_BEST_OF)
		outweigh_multipliers(extras, nextras);

	engage_ratio_set(&total, 1, 1);
	for (int i = 0; i < nextras; i++)
	{
		Extra	   *extra = &extras[i];

		component = &award->components[i + 1];
		component->campaign = extra->campaign;
		component->tier = extra->tier;
		component->status = "ok";
		component->formula = formula;
		if (extra->status != NULL)
			drop_component(component, extra->status, extra->detail);
		else if (extra->multiplies)
			multiply_component(component, settings, &extra->multiplier, &total, basis);
		else
		{
			component->formula.part = PART_ADDED;
			component->formula.added = extra->campaign->bonus_points;
			component->points = engage_formula_points(&component->formula, basis);
		}
		component->nominal = component->points;
		if (extra->status == NULL && extra->multiplies && strcmp(component->status, "no_points") == 0)
			add_idle(&award->components[0].formula, &component->formula.before, &component->formula.after);
	}
	return award;
}

static void
clip(AwardComponent *component, int64 left, const char *status, const char *detail)
{
	left = Max(left, 0);
	if (left >= component->points)
		return;
	if (left == 0)
		drop_component(component, status, detail);
	else
	{
		component->points = component->formula.clipped = left;
		component->detail = detail;
	}
}

void
engage_award_clip_member(AwardComponent *component, int64 left)
{
	clip(component, left, "member_cap",
		 psprintf("member_cap is " INT64_FORMAT, component->campaign->member_cap));
}

void
engage_award_clip_budget(AwardComponent *component, int64 left)
{
	clip(component, left, "budget_exhausted",
		 psprintf("the budget of " INT64_FORMAT " is used up", component->campaign->budget));
}

/* ----------------------------------------------------------------
 *		taking part of it back
 * ---------------------------------------------------------------- */

/*
 * A component is the difference of two rounded numbers, so that it may earn
 * more on a smaller basis, while another earns less: the member is owed what
 * all of them earn together.
 */
int64
engage_award_refund(AwardRefund *components, int ncomponents)
{
	int128		wanted = 0;
	int128		taken = 0;

	for (int i = 0; i < ncomponents; i++)
	{
		AwardRefund *c = &components[i];
		int64		left = c->granted - c->reversed;

		Assert(c->granted >= c->reversed && c->reversed >= 0 && c->earned >= 0);
		wanted += (int128) left - c->earned;
		c->take = Max(left - Min(c->earned, left), 0);
		taken += c->take;
	}
	wanted = Max(wanted, 0);
	for (int i = 0; i < ncomponents && taken > wanted; i++)
	{
		int64		spared = (int64) Min(taken - wanted, (int128) components[i].take);

		components[i].take -= spared;
		taken -= spared;
	}
	if (taken > PG_INT64_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("points out of range")));
	return (int64) taken;
}
