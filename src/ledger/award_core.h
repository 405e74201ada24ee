/*-------------------------------------------------------------------------
 *
 * award_core.h
 *	  How many points an event earns by a rule, and why.
 *
 * An award consists of components: the base, what the member's tier adds, and
 * what each campaign adds.  Each becomes an entry of its own, which keeps the
 * formula that it was computed by: a refund of part of the event computes it
 * again for what is left of the basis.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_AWARD_CORE_H
#define ENGAGE_LEDGER_AWARD_CORE_H

#include "common/exact_sum.h"
#include "ledger/ledger.h"
#include "ledger/ratio.h"
#include "ledger/tier_core.h"

/* no limit */
#define POINTS_UNLIMITED	PG_INT64_MAX

typedef struct AwardSettings
{
	Rounding	rounding;
	Stacking	stacking;
	bool		has_max;
	ExactSum	max_multiplier;
} AwardSettings;

/* Caps of a rule, for a day, a month and for life. */
typedef enum CapSpan
{
	CAP_DAY,
	CAP_MONTH,
	CAP_LIFETIME
} CapSpan;

#define CAP_SPANS (CAP_LIFETIME + 1)

/* A row of table earn_rule. */
typedef struct AwardRule
{
	const char *name;
	const char *trigger;
	bool		is_fixed;
	int64		points;			/* for the event, or for each rate_basis */
	ExactSum	rate_basis;
	bool		has_minimum;
	ExactSum	min_basis;
	int64		cap[CAP_SPANS]; /* points; POINTS_UNLIMITED: none */
	int64		max_awards[CAP_SPANS];
	const char *const *tiers;	/* NULL: everybody */
	int			ntiers;
	TimestampTz valid_from;
	TimestampTz valid_until;
	const Interval *available_after;	/* NULL: as the ledger says */
	const Interval *expires_after;
	bool		qualifying;
	bool		active;
} AwardRule;

/* A row of table campaign that has something to say about a rule. */
typedef struct AwardCampaign
{
	const char *name;
	const char *const *tiers;	/* NULL: everybody */
	int			ntiers;
	int64		multiplier_num; /* 0: gives bonus_points */
	int64		multiplier_den;
	int64		bonus_points;
	const char *stacking_group; /* NULL: none */
	int64		member_cap;		/* POINTS_UNLIMITED: none */
	bool		has_budget;
	int64		budget;
} AwardCampaign;

/* What a member got by a rule so far, without what was reversed. */
typedef struct AwardTally
{
	int64		points[CAP_SPANS];
	int64		awards[CAP_SPANS];
} AwardTally;

typedef enum FormulaPart
{
	PART_BASE,
	PART_MULTIPLIED,			/* rounded base * after, less base * before */
	PART_ADDED					/* so many points more */
} FormulaPart;

/* From one multiplier to another */
typedef struct MultiplierStep
{
	Ratio		before;
	Ratio		after;
} MultiplierStep;

/* How the points of one component follow from the basis. */
typedef struct AwardFormula
{
	bool		is_fixed;
	int64		points;
	ExactSum	rate_basis;		/* not if fixed */
	Rounding	rounding;
	bool		has_minimum;
	ExactSum	min_basis;
	int64		capped;			/* the base, by caps; or POINTS_UNLIMITED */
	FormulaPart part;
	Ratio		before;			/* multipliers, this one without and with */
	Ratio		after;
	int64		added;
	int64		clipped;		/* this component; or POINTS_UNLIMITED */

	/*
	 * Of the base: multipliers that gave nothing after rounding, so that they
	 * have no entry.  For less of the basis they may give something.
	 */
	int			nidle;
	MultiplierStep *idle;
} AwardFormula;

typedef struct AwardComponent
{
	const AwardCampaign *campaign;	/* NULL: the base or the tier */
	const char *tier;			/* NULL: the base or a campaign */
	int64		points;
	int64		nominal;		/* before a member's cap and the budget */
	const char *status;			/* "ok", or why there are no points */
	const char *detail;			/* why there are fewer, or none; or NULL */
	AwardFormula formula;
} AwardComponent;

typedef struct Award
{
	const char *status;			/* "ok", or why there is no award */
	const char *detail;
	int			ncomponents;	/* the first is the base; none without award */
	AwardComponent *components;
} Award;

/* An amount as an exact decimal; errors 22023 and 22003 if it cannot be one. */
extern void engage_award_basis(Numeric basis, ExactSum *result);

/* Error 22004 if the rule needs a basis and there is none. */
extern void engage_award_require_basis(const AwardRule *rule, const ExactSum *basis);

/*
 * May this rule award anything to a member of this tier (NULL: none) at this
 * instant?  NULL if so, otherwise the status; "detail" says more.  "basis" is
 * NULL where the rule needs none.
 */
extern const char *engage_award_refusal(const AwardRule *rule, const char *tier,
										TimestampTz effective_at,
										const ExactSum *basis,
										const char **detail);

/*
 * The award of a rule that does not refuse it.  "tier" may be NULL.  The
 * campaigns are those running for this rule, in any order.
 */
extern Award *engage_award_points(const AwardSettings *settings,
								  const AwardRule *rule, const ExactSum *basis,
								  const AwardTally *tally,
								  const TierLevel *tier,
								  const AwardCampaign *campaigns,
								  int ncampaigns);

/* There are only so many points left for this component ... */
extern void engage_award_clip_member(AwardComponent *component, int64 left);
extern void engage_award_clip_budget(AwardComponent *component, int64 left);

/* Points by a formula for an amount, or for an event without one (NULL). */
extern int64 engage_formula_points(const AwardFormula *formula,
								   const ExactSum *basis);

/* What multipliers without an entry give for an amount. */
extern int64 engage_formula_idle_points(const AwardFormula *formula,
										const ExactSum *basis);

/* The formula as stored in entry.rate, for example '5/10 floor x 1..3/2'. */
extern char *engage_formula_print(const AwardFormula *formula);
extern void engage_formula_parse(AwardFormula *formula, const char *text);

/* How "points" came about, in words. */
extern char *engage_formula_explain(const AwardFormula *formula,
									const ExactSum *basis, int64 points);

/* One granted component, when part of the event is taken back. */
typedef struct AwardRefund
{
	int64		granted;		/* 0: had no entry */
	int64		reversed;		/* so far */
	int64		earned;			/* by its formula for what is left of the basis */
	int64		take;			/* result: reverse so many more */
} AwardRefund;

/*
 * How much of each component is to be reversed, so that all of them together
 * come to what the rest of the basis earns; returns the total.
 */
extern int64 engage_award_refund(AwardRefund *components, int ncomponents);

#endif							/* ENGAGE_LEDGER_AWARD_CORE_H */
