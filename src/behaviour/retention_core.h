/*-------------------------------------------------------------------------
 *
 * retention_core.h
 *	  What one customer's active periods add to the counts over all customers:
 *	  retention, lifecycle, stickiness.
 *
 * Each function tells a callback which cells the customer counts in, each at
 * most once: a kind, a row, and a range of columns (0 where there are none).
 * Counts over all customers are sums, so it does not matter who comes when.
 * Nothing is told that follows from other cells, and nothing depends on when
 * the counts are read: what is not observable yet is for their reader.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_RETENTION_CORE_H
#define ENGAGE_RETENTION_CORE_H

#include "behaviour/activity_core.h"

typedef void (*CountCells) (void *target, int kind, int64 row, int64 first, int64 last);

/* Stored: the numbers never change. */
typedef enum RetentionCohorts
{
	COHORT_FIRST_TIME = 0,		/* a customer is in the cohort of his first period */
	COHORT_RECURRING = 1,		/* he is in the cohort of each active period */
	COHORT_FIRST_EVER = 2,		/* his first period, if he did nothing else before */
	COHORT_ROLLING = 3			/* first-time; periods begin with his first event */
} RetentionCohorts;

typedef enum RetentionCell
{
	RETENTION_SIZE,				/* (cohort) */
	RETENTION_ON,				/* (cohort, k): back in the k-th period after, k >= 1 */
	RETENTION_LAST,				/* (cohort, k): and not after that */
	RETENTION_BRACKET,			/* (cohort, b): back in the b-th range of distances */
	RETENTION_SEEN				/* (period): last active, in a cohort or not */
} RetentionCell;

typedef struct RetentionPlan
{
	RetentionCohorts cohorts;
	int			nbrackets;
	const PeriodRun *brackets;	/* distances from the cohort's period, 1 or more */
} RetentionPlan;

/*
 * "starts" says when the customer did what makes him part of a cohort,
 * "returns" when he did what counts as coming back; they may be the same.
 */
extern void engage_retention_count(const RetentionPlan *plan, const RunList *starts,
								   const RunList *returns, CountCells count, void *target);

/* The customers of a period are those of the one before, and new ones, less lost ones. */
typedef enum LifecycleCell
{
	LIFECYCLE_CELL_NEW,			/* (period): active for the first time */
	LIFECYCLE_CELL_RESURRECTING,	/* (period): again after a pause */
	LIFECYCLE_CELL_DORMANT		/* (period): no longer, unlike in the one before */
} LifecycleCell;

extern void engage_lifecycle_count(const RunList *runs, CountCells count, void *target);

/*
 * Who was active within so many days up to one: who came in on each day, and
 * who went out.
 */
typedef enum StickinessCell
{
	STICKINESS_DAY_IN,			/* (day), and so on */
	STICKINESS_DAY_OUT,
	STICKINESS_WEEK_IN,
	STICKINESS_WEEK_OUT,
	STICKINESS_MONTH_IN,
	STICKINESS_MONTH_OUT,
	STICKINESS_ACTIVE_DAYS		/* (n): active on n days */
} StickinessCell;

#define STICKINESS_WEEK		7

extern void engage_stickiness_count(const RunList *runs, int64 month, CountCells count,
									void *target);

#endif							/* ENGAGE_RETENTION_CORE_H */
