/*-------------------------------------------------------------------------
 *
 * tier_core.h
 *	  Which tier a member has, and until when.
 *
 * A metric (points, spend or orders) is summed up over the days of a window.
 * A posting raises the tier as soon as the metric reaches a threshold; only a
 * review, when it is due, lowers it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_TIER_CORE_H
#define ENGAGE_LEDGER_TIER_CORE_H

#include "common/exact_sum.h"
#include "ledger/calendar.h"
#include "ledger/ledger.h"

/* A row of table tier. */
typedef struct TierLevel
{
	const char *name;
	int			rank;
	ExactSum	threshold;
	int64		multiplier_num;
	int64		multiplier_den;
	bool		invite_only;
} TierLevel;

typedef struct TierRules
{
	TierWindow	window;
	Interval	period;
	Interval	grace;
	bool		downgrades_one;
	pg_tz	   *zone;
	const TierLevel *levels;	/* by rank, ascending */
	int			nlevels;
} TierRules;

/* The days from "first" to "last"; infinite ones have no bound. */
typedef struct DayRange
{
	DateADT		first;
	DateADT		last;
} DayRange;

/* The member's metric over some days. */
typedef void (*TierMeasure) (DayRange days, ExactSum *metric, void *arg);

/* The tier that a member earned; what was granted to him is apart. */
typedef struct TierState
{
	const char *tier;			/* NULL: none */
	bool		in_grace;
	TimestampTz due_at;			/* of the review */
} TierState;

typedef enum TierOutcome
{
	TIER_KEPT,
	TIER_IN_GRACE,
	TIER_DOWNGRADED,
	TIER_GRANT_ENDED,
	TIER_UPGRADED,
	TIER_GRANTED,
	TIER_REVOKED
} TierOutcome;

/* as stored in tier_history.reason */
extern const char *const engage_tier_outcome_names[TIER_REVOKED + 1];

extern const TierLevel *engage_tier_find(const TierRules *rules, const char *tier);

/* The highest tier that points can reach and this metric does, or NULL. */
extern const TierLevel *engage_tier_reached(const TierRules *rules,
											const ExactSum *metric);

/* The next tier that points can reach, or NULL. */
extern const TierLevel *engage_tier_next(const TierRules *rules, const char *tier);

/*
 * Which of two tiers a member has; either may be NULL.  A tier that is not there
 * any more is lower than one that is.
 */
extern const char *engage_tier_higher(const TierRules *rules, const char *tier,
									  const char *other);

/* The window at an instant. */
extern DayRange engage_tier_window(const TierRules *rules, TimestampTz joined_at,
								   TimestampTz instant);

/* After points came: true if the tier is a higher one now. */
extern bool engage_tier_upgrade(const TierRules *rules, TimestampTz joined_at,
								TimestampTz instant, TierMeasure measure,
								void *arg, TierState *state);

/* What the points say, of a member who has earned no tier so far. */
extern void engage_tier_recompute(const TierRules *rules, TimestampTz joined_at,
								  TimestampTz instant, TierMeasure measure,
								  void *arg, TierState *state);

/* The review at state->due_at, which moves on. */
extern TierOutcome engage_tier_review(const TierRules *rules,
									  TimestampTz joined_at,
									  TierMeasure measure, void *arg,
									  TierState *state);

#endif							/* ENGAGE_LEDGER_TIER_CORE_H */
