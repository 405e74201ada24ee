/*
 * Awards: examples, and random ones against arithmetic with 128-bit integers.
 */
#include "postgres.h"

#include "ledger/award_core.h"
#include "tap.h"

static const AwardTally no_tally;

static ExactSum
number(const char *text)
{
	ExactSum	result;

	engage_exact_parse(&result, text);
	return result;
}

/* "basis" may be NULL */
static const ExactSum *
basis_of(const char *text)
{
	static ExactSum basis;

	if (text == NULL)
		return NULL;
	basis = number(text);
	return &basis;
}

static AwardRule
rule_of(int64 points, const char *rate_basis)
{
	AwardRule	rule = {.name = "purchase", .trigger = "purchase", .points = points, .active = true,
		.valid_from = DT_NOBEGIN, .valid_until = DT_NOEND, .is_fixed = rate_basis == NULL};

	if (rate_basis != NULL)
		rule.rate_basis = number(rate_basis);
	for (int i = 0; i < CAP_SPANS; i++)
		rule.cap[i] = rule.max_awards[i] = POINTS_UNLIMITED;
	return rule;
}

static AwardCampaign
times(const char *name, int64 num, int64 den, const char *group)
{
	return (AwardCampaign) {.name = name, .multiplier_num = num, .multiplier_den = den,
		.stacking_group = group, .member_cap = POINTS_UNLIMITED};
}

static AwardCampaign
plus(const char *name, int64 points, const char *group)
{
	return (AwardCampaign) {.name = name, .bonus_points = points, .stacking_group = group,
		.member_cap = POINTS_UNLIMITED};
}

/* An award in short: base 29 "..."; silver 7 "..." */
static char *
show(const Award *award, const ExactSum *basis)
{
	StringInfoData out;

	initStringInfo(&out);
	if (award->ncomponents == 0)
		appendStringInfo(&out, "%s (%s)", award->status, award->detail);
	for (int i = 0; i < award->ncomponents; i++)
	{
		const AwardComponent *c = &award->components[i];

		appendStringInfo(&out, "%s%s " INT64_FORMAT, i == 0 ? "" : "; ",
						 c->campaign ? c->campaign->name : c->tier ? c->tier : "base", c->points);
		if (strcmp(c->status, "ok") != 0)
			appendStringInfo(&out, " %s", c->status);
		if (c->detail != NULL)
			appendStringInfo(&out, " (%s)", c->detail);
	}
	return out.data;
}

#define is_text(got_expression, want) \
	do { \
		const char *got_ = (got_expression); \
		ok(strcmp(got_, want) == 0, "line %d: %s", __LINE__, want); \
		if (strcmp(got_, want) != 0) \
			note("it is: %s", got_); \
	} while (0)

static void
examples(void)
{
	AwardSettings settings = {.rounding = ROUND_FLOOR, .stacking = STACK_MULTIPLICATIVE};
	AwardRule	rule = rule_of(5, "10");
	TierLevel	silver = {.name = "silver", .multiplier_num = 5, .multiplier_den = 4};
	TierLevel	bronze = {.name = "bronze", .multiplier_num = 1, .multiplier_den = 1};
	AwardCampaign campaigns[4] = {plus("welcome", 50, NULL), times("double", 2, 1, NULL), times("autumn", 3, 2, NULL)};
	const ExactSum *basis = basis_of("59.90");
	static const char *const gold[] = {"gold", "black"};

#define award_is(tier, n, want) \
	is_text(show(engage_award_points(&settings, &rule, basis, &no_tally, tier, campaigns, n), basis), want)

	/* 59.90 * 5 / 10 = 29.95 */
	award_is(NULL, 0, "base 29");
	award_is(&bronze, 0, "base 29");
	/* 29.95, * 5/4 = 37.4375, * 3/2 = 56.15625, * 2 = 112.3125 */
	award_is(&silver, 3, "base 29; silver 8; autumn 19; double 56; welcome 50");
	settings.rounding = ROUND_CEIL;
	award_is(&silver, 3, "base 30; silver 8; autumn 19; double 56; welcome 50");
	settings.rounding = ROUND_HALF_UP;
	award_is(&silver, 3, "base 30; silver 7; autumn 19; double 56; welcome 50");
	settings.rounding = ROUND_FLOOR;
	/* 29.95 * (1 + 1/4 + 1/2 + 1): 37.4375, 52.4125, 82.3625 */
	settings.stacking = STACK_ADDITIVE;
	award_is(&silver, 3, "base 29; silver 8; autumn 15; double 30; welcome 50");
	settings.has_max = true;
	settings.max_multiplier = number("2.5");
	award_is(&silver, 3, "base 29; silver 8; autumn 15; double 22 (max_multiplier is 2.5); welcome 50");
	settings.max_multiplier = number("1.25");
	award_is(&silver, 3, "base 29; silver 8; autumn 0 max_multiplier (max_multiplier is 1.25); "
			 "double 0 max_multiplier (max_multiplier is 1.25); welcome 50");
	settings.has_max = false;
	settings.stacking = STACK_BEST_OF;
	award_is(&silver, 3, "base 29; silver 0 outweighed (campaign double counts instead); "
			 "autumn 0 outweighed (campaign double counts instead); double 30; welcome 50");
	silver.multiplier_num = 8;
	award_is(&silver, 3, "base 29; silver 30; autumn 0 outweighed (tier silver counts instead); "
			 "double 0 outweighed (tier silver counts instead); welcome 50");
	settings.stacking = STACK_MULTIPLICATIVE;

	/* groups: 30 by "double" against 50, 29 or 30 */
	campaigns[0] = plus("welcome", 50, "g");
	campaigns[1] = times("double", 2, 1, "g");
	award_is(NULL, 2, "base 29; double 0 outweighed (campaign welcome of the same group gives more); welcome 50");
	campaigns[0] = plus("welcome", 29, "g");
	award_is(NULL, 2, "base 29; double 30; welcome 0 outweighed (campaign double of the same group gives more)");
	campaigns[0] = plus("welcome", 30, "g");
	award_is(NULL, 2, "base 29; double 30; welcome 0 outweighed (campaign double of the same group gives as much)");
	campaigns[0] = plus("all", 30, "g");
	award_is(NULL, 2, "base 29; double 0 outweighed (campaign all of the same group gives as much); all 30");
	/* a multiplier counts in a group as far as it may go */
	settings.has_max = true;
	settings.max_multiplier = number("1.5");
	campaigns[0] = plus("welcome", 16, "g");
	award_is(NULL, 2, "base 29; double 0 outweighed (campaign welcome of the same group gives more); welcome 16");
	settings.has_max = false;
	campaigns[0] = times("a", 2, 1, "g");
	award_is(NULL, 2, "base 29; a 30; double 0 outweighed (campaign a of the same group gives as much)");
	campaigns[0] = times("zero", 1, 1, NULL);
	campaigns[1] = times("little", 101, 100, NULL);
	rule = rule_of(1, "1");
	basis = basis_of("59");
	award_is(NULL, 2, "base 59; little 0 no_points (nothing after rounding); zero 0 max_multiplier");

	/* a campaign for others neither gives nor outweighs */
	campaigns[0] = times("for the best", 4, 1, "g");
	campaigns[0].tiers = gold;
	campaigns[0].ntiers = 2;
	campaigns[1] = times("double", 2, 1, "g");
	award_is(&bronze, 2, "base 59; double 59; for the best 0 not_eligible (only for tier gold or black)");
	award_is(NULL, 2, "base 59; double 59; for the best 0 not_eligible (only for tier gold or black)");

	/* nothing */
	basis = basis_of("0.99");
	award_is(&silver, 2, "no_points (0.99 x 1/1 = 0 (floor))");
	basis = basis_of("0");
	settings.rounding = ROUND_CEIL;
	award_is(NULL, 0, "no_points (0 x 1/1 = 0)");
	rule = rule_of(200, NULL);
	award_is(&silver, 1, "base 200; silver 200; for the best 0 not_eligible (only for tier gold or black)");
	basis = NULL;
	award_is(&silver, 1, "base 200; silver 200; for the best 0 not_eligible (only for tier gold or black)");
}

static void
caps(void)
{
	AwardSettings settings = {.rounding = ROUND_FLOOR, .stacking = STACK_MULTIPLICATIVE};
	AwardRule	rule = rule_of(1, "1");
	AwardTally	tally = {0};
	AwardCampaign campaigns[2] = {times("double", 2, 1, NULL), plus("welcome", 50, NULL)};
	const ExactSum *basis = basis_of("59.90");
	Award	   *award;

#define capped_is(want) \
	is_text(show(engage_award_points(&settings, &rule, basis, &tally, NULL, campaigns, 2), basis), want)

	rule.cap[CAP_DAY] = 100;
	rule.cap[CAP_MONTH] = 500;
	capped_is("base 59; double 60; welcome 50");
	tally.points[CAP_DAY] = 60;
	capped_is("base 40 (cap_day is 100, 60 so far); double 40; welcome 50");
	tally.points[CAP_MONTH] = 499;
	capped_is("base 1 (cap_month is 500, 499 so far); double 1; welcome 50");
	tally.points[CAP_MONTH] = 500;
	capped_is("capped (cap_month is 500, 500 so far)");
	tally.points[CAP_MONTH] = 700;
	capped_is("capped (cap_month is 500, 700 so far)");
	tally.points[CAP_MONTH] = PG_INT64_MIN;
	tally.points[CAP_DAY] = -100;
	capped_is("base 59; double 60; welcome 50");
	rule.max_awards[CAP_LIFETIME] = 2;
	tally.awards[CAP_LIFETIME] = 1;
	capped_is("base 59; double 60; welcome 50");
	tally.awards[CAP_LIFETIME] = 2;
	capped_is("capped (max_awards_lifetime is 2)");

	rule = rule_of(1, "1");
	campaigns[0].member_cap = 100;
	campaigns[1].budget = 1000;
	award = engage_award_points(&settings, &rule, basis, &no_tally, NULL, campaigns, 2);
	engage_award_clip_member(&award->components[1], 60);
	engage_award_clip_budget(&award->components[2], 50);
	is_text(show(award, basis), "base 59; double 60; welcome 50");
	engage_award_clip_member(&award->components[1], 7);
	engage_award_clip_budget(&award->components[2], 1);
	is_text(show(award, basis), "base 59; double 7 (member_cap is 100); welcome 1 (the budget of 1000 is used up)");
	is_text(engage_formula_print(&award->components[1].formula), "1/1 floor x 1..2 clipped 7");
	is_text(engage_formula_print(&award->components[2].formula), "1/1 floor plus 50 clipped 1");
	is_text(engage_formula_explain(&award->components[1].formula, basis, 7), "59.9 x 1/1 x 2 = 119 (floor), less 59, clipped to 7");
	is_text(engage_formula_explain(&award->components[2].formula, basis, 1), "50 more, clipped to 1");
	engage_award_clip_member(&award->components[1], 0);
	engage_award_clip_budget(&award->components[2], -5);
	is_text(show(award, basis), "base 59; double 0 member_cap (member_cap is 100); "
			"welcome 0 budget_exhausted (the budget of 1000 is used up)");
}

static const char *
refusal(const AwardRule *rule, const char *tier, TimestampTz at, const char *basis)
{
	const char *detail;
	const char *status = engage_award_refusal(rule, tier, at, basis_of(basis), &detail);

	return status == NULL ? "none" : psprintf("%s (%s)", status, detail);
}

static void
refusals(void)
{
	static const char *const gold[] = {"gold", "black"};
	AwardRule	rule = rule_of(5, "10");

	is_text(refusal(&rule, NULL, 0, "1"), "none");
	raises(ERRCODE_NULL_VALUE_NOT_ALLOWED, engage_award_require_basis(&rule, NULL));
	rule.has_minimum = true;
	rule.min_basis = number("50");
	is_text(refusal(&rule, NULL, 0, "50"), "none");
	is_text(refusal(&rule, NULL, 0, "49.999"), "below_minimum (49.999 is less than 50)");
	rule.tiers = gold;
	rule.ntiers = 2;
	is_text(refusal(&rule, "gold", 0, "50"), "none");
	is_text(refusal(&rule, "silver", 0, "5"), "not_eligible (only for tier gold or black)");
	is_text(refusal(&rule, NULL, 0, "5"), "not_eligible (only for tier gold or black)");
	rule.valid_from = 100;
	rule.valid_until = 200;
	is_text(refusal(&rule, NULL, 99, "5"), "rule_inactive (not yet valid)");
	is_text(refusal(&rule, "gold", 100, "50"), "none");
	is_text(refusal(&rule, "gold", 199, "50"), "none");
	is_text(refusal(&rule, NULL, 200, "5"), "rule_inactive (no longer valid)");
	rule.active = false;
	is_text(refusal(&rule, NULL, 99, "5"), "rule_inactive (not active)");

	rule = rule_of(100, NULL);
	is_text(refusal(&rule, NULL, 0, NULL), "none");
	is_text(refusal(&rule, NULL, 0, "0"), "none");
	engage_award_require_basis(&rule, NULL);
	rule.has_minimum = true;
	raises(ERRCODE_NULL_VALUE_NOT_ALLOWED, engage_award_require_basis(&rule, NULL));
}

static void
stored(void)
{
	static const char *const good[] = {
		"5/10 floor", "1/0.01 half_even", "fixed 100 ceil", "5/10 half_up from 50 capped 20 x 1..3/2 clipped 7",
		"1/1 floor x 5/4..15/8", "1/1 floor and 1..11/10", "3/2 ceil capped 20 and 11/10..6/5 and 3/2..2", "fixed 1 floor from 0.5 plus 9223372036854775806", "9223372036854775807/1 floor"
	};
	static const char *const bad[] = {
		"", "5", "5/", "5/0 floor", "5/-1 floor", "5/10", "5/10 round", "5/10 floor ", "5/10 floor x 2",
		"5/10 floor x 2..1", "5/10 floor x 1..1/0", "fixed floor", "fixed 9223372036854775808 floor",
		"5/10 floor capped", "5/10 floor capped x", "5/10 floor clipped 7 capped 20", "5/10 floor plus -1", "5/10  floor",
		"1/1 floor and", "1/1 floor and 2..1", "1/1 floor x 1..2 and 2..3", "1/1 floor and 1..2 clipped 7"
	};
	AwardFormula formula;

	for (int i = 0; i < lengthof(good); i++)
	{
		engage_formula_parse(&formula, good[i]);
		is_text(engage_formula_print(&formula), good[i]);
	}
	for (int i = 0; i < lengthof(bad); i++)
	{
		note("\"%s\"", bad[i]);
		raises(ERRCODE_DATA_CORRUPTED, engage_formula_parse(&formula, bad[i]));
	}

#define points_are(text, basis, want, words) \
	do { \
		engage_formula_parse(&formula, text); \
		ok(engage_formula_points(&formula, basis_of(basis)) == want, "%s of %s is %d", text, basis ? basis : "nothing", want); \
		is_text(engage_formula_explain(&formula, basis_of(basis), want), words); \
	} while (0)

	points_are("5/10 floor", "59.90", 29, "59.9 x 5/10 = 29 (floor)");
	points_are("5/10 floor", "60", 30, "60 x 5/10 = 30");
	points_are("5/10 floor from 50", "49.99", 0, "49.99 is less than 50");
	points_are("5/10 floor from 50 x 1..2", "49.99", 0, "49.99 is less than 50");
	points_are("5/10 floor capped 20", "59.90", 20, "59.9 x 5/10 = 29 (floor), capped to 20");
	points_are("5/10 floor capped 20", "39", 19, "39 x 5/10 = 19 (floor)");
	points_are("5/10 floor capped 20 x 1..3/2", "59.90", 10, "20 (capped) x 3/2 = 30, less 20");
	points_are("5/10 floor capped 20 x 3/2..3", "39", 29, "39 x 5/10 x 3 = 58 (floor), less 29");
	points_are("5/10 floor plus 50", "59.90", 50, "50 more");
	points_are("fixed 100 floor", NULL, 100, "fixed 100");
	points_are("fixed 100 floor", "0.01", 100, "fixed 100");
	points_are("fixed 100 floor", "0", 0, "fixed 100");
	points_are("fixed 100 floor x 1..4/3", NULL, 33, "fixed 100 x 4/3 = 133 (floor), less 100");
	points_are("fixed 100 floor x 1..4/3", "0", 0, "fixed 100 x 4/3 = 133 (floor), less 100");
	/* without a base there is no bonus, whatever the multiplier makes of a fraction */
	points_are("1/1 floor x 1..10", "0.9", 0, "0.9 x 1/1 x 10 = 9, less 0");
	points_are("1/1 floor plus 10", "0.9", 0, "10 more, clipped to 0");

	engage_formula_parse(&formula, "9223372036854775807/1 floor");
	raises(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, engage_formula_points(&formula, basis_of("1.1")));
	engage_formula_parse(&formula, "9223372036854775807/1 floor x 1..3/2");
	raises(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, engage_formula_points(&formula, basis_of("1")));
}

/* ----------------------------------------------------------------
 *		random awards against integers
 * ---------------------------------------------------------------- */

static int64
round_fraction(int128 a, int128 b, Rounding rounding)
{
	int64		q = (int64) (a / b);
	int128		rest = a % b * 2;

	switch (rounding)
	{
		case ROUND_FLOOR:
			return q;
		case ROUND_CEIL:
			return q + (rest > 0);
		case ROUND_HALF_UP:
			return q + (rest >= b);
		case ROUND_HALF_EVEN:
			return q + (rest > b || (rest == b && q % 2 == 1));
	}
	abort();
}

static int
below(int n)
{
	return random_bits() % n;
}

static ExactSum
cents(int64 amount)
{
	return (ExactSum) {amount / 100, amount % 100 * (EXACT_SUM_UNIT / 100)};
}

static void
random_awards(void)
{
	long		wrong = 0;
	long		refunds_wrong = 0;
	long		bonuses = 0;
	long		uneven = 0;

	for (long i = 0; i < cases(50000); i++)
	{
		AwardSettings settings = {.rounding = below(4), .stacking = below(3), .has_max = below(3) == 0};
		AwardRule	rule = rule_of(1 + below(20), "1");
		AwardCampaign campaigns[3];
		TierLevel	tier = {.name = "t", .multiplier_den = 1 + below(4)};
		int			ncampaigns = below(4);
		int64		basis_cents = below(3) == 0 ? below(1000) : below(1000000);
		int64		rate_cents = 1 + below(2000);
		int64		max_percent = 100 + below(500);
		ExactSum	basis = cents(basis_cents);
		AwardTally	tally = {0};
		int64		cap = below(3) == 0 ? 1 + below(100) : POINTS_UNLIMITED;
		Award	   *award;
		int64		extra = 0;
		int64		base;
		int64		total = 0;
		int64		expected;
		int128		a;			/* the base is a / b */
		int128		b;
		int128		num = 1;	/* the multiplier */
		int128		den = 1;

		tier.multiplier_num = tier.multiplier_den + below(10);
		settings.max_multiplier = cents(max_percent);
		rule.rate_basis = cents(rate_cents);
		rule.cap[below(3)] = cap;
		for (int k = 0; k < ncampaigns; k++)
		{
			const char *name = k == 0 ? "c" : k == 1 ? "a" : "b";
			int64		d = 1 + below(4);

			campaigns[k] = below(3) == 0 ? plus(name, 1 + below(100), NULL) : times(name, d + below(10), d, NULL);
		}

		a = (int128) basis_cents * rule.points;
		b = rate_cents;
		base = round_fraction(a, b, settings.rounding);
		award = engage_award_points(&settings, &rule, &basis, &tally, &tier, campaigns, ncampaigns);
		if (base == 0)
		{
			wrong += strcmp(award->status, "no_points") != 0;
			continue;
		}
		if (base > cap)
		{
			a = base = cap;
			b = 1;
		}
		for (int k = -1; k < ncampaigns; k++)
		{
			int64		n = k < 0 ? tier.multiplier_num : campaigns[k].multiplier_num;
			int64		d = k < 0 ? tier.multiplier_den : campaigns[k].multiplier_den;

			if (n == 0)
				extra += campaigns[k].bonus_points;
			else if (settings.stacking == STACK_MULTIPLICATIVE)
			{
				num *= n;
				den *= d;
			}
			else if (settings.stacking == STACK_ADDITIVE)
			{
				num = num * d + den * (n - d);
				den *= d;
			}
			else if (n * den > num * d)
			{
				num = n;
				den = d;
			}
		}
		if (settings.has_max && num * 100 > max_percent * den)
		{
			num = max_percent;
			den = 100;
		}
		expected = round_fraction(a * num, b * den, settings.rounding) + extra;
		for (int k = 0; k < award->ncomponents; k++)
		{
			wrong += award->components[k].points < 0;
			total += award->components[k].points;
		}
		bonuses += total > base;
		if (award->components[0].points != base || total != expected)
		{
			if (wrong++ < 5)
				note("%s, not " INT64_FORMAT, show(award, &basis), expected);
		}

		/* a member's caps and budgets clip some; then parts of the event are taken back, in steps */
		{
			AwardRefund refunds[5];
			AwardFormula formulas[5];
			int			n = award->ncomponents;

			for (int k = 0; k < n; k++)
			{
				if (k > 0 && award->components[k].campaign != NULL && below(4) == 0)
					engage_award_clip_budget(&award->components[k], below(20));
				refunds[k] = (AwardRefund) {.granted = award->components[k].points};
				/* what is stored is what counts */
				engage_formula_parse(&formulas[k], engage_formula_print(&award->components[k].formula));
				if (refunds[k].granted == 0)
					formulas[k].clipped = 0;
				refunds_wrong += engage_formula_points(&formulas[k], &basis) != refunds[k].granted;
			}
			for (int step = 0; step < 4; step++)
			{
				ExactSum	rest;
				int64		owed = 0;
				int64		left = 0;
				int64		taken;
				int64		sum = 0;

				basis_cents = step == 3 ? 0 : basis_cents * below(100) / 100;
				rest = cents(basis_cents);
				for (int k = 0; k < n; k++)
				{
					refunds[k].earned = engage_formula_points(&formulas[k], &rest);
					uneven += refunds[k].earned > refunds[k].granted;
					owed += refunds[k].earned;
					left += refunds[k].granted - refunds[k].reversed;
				}
				taken = engage_award_refund(refunds, n);
				for (int k = 0; k < n; k++)
				{
					sum += refunds[k].take;
					refunds[k].reversed += refunds[k].take;
					refunds_wrong += refunds[k].take < 0 || refunds[k].reversed > refunds[k].granted;
				}
				refunds_wrong += sum != taken || taken != Max(left - owed, 0);
			}
			for (int k = 0; k < n; k++)
				refunds_wrong += refunds[k].reversed != refunds[k].granted;
		}
	}
	ok(wrong == 0, "random awards come to the rounded product");
	ok(refunds_wrong == 0, "random refunds leave what the rest earns, and nothing in the end");
	ok(bonuses > 1000, "bonuses were among them (%ld)", bonuses);
	ok(uneven > 100, "and components that earn more on less (%ld)", uneven);
}

void
test_awards(void)
{
	examples();
	caps();
	refusals();
	stored();
	random_awards();
}
