/*-------------------------------------------------------------------------
 *
 * retention_core.h
 *	  What one customer's activity adds to the counts over all customers:
 *	  retention, lifecycle, active customers.
 *
 * Each function tells a callback where the customer is to be counted, a row
 * and a range of columns at a time, each cell at most once.  The callback
 * adds one to each; counts over all customers are sums, so it does not matter
 * who comes when.  Nothing is told twice that follows from something else:
 * which cells are not observable yet is for the reader of the counts.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_RETENTION_CORE_H
#define ENGAGE_RETENTION_CORE_H

#include "behaviour/activity_core.h"

typedef void (*CountCells) (void *target, int64 row, int64 first, int64 last);

typedef enum RetentionCohorts
{
	COHORT_FIRST_TIME,			/* a customer is in the cohort of his first period */
	COHORT_RECURRING			/* he is in the cohort of each active period */
} RetentionCohorts;

typedef enum RetentionMode
{
	RETENTION_ON,				/* back in the k-th period after */
	RETENTION_ON_OR_AFTER,		/* back in it or in a later one */
	RETENTION_BRACKETS			/* back in any period of a range of them */
} RetentionMode;

typedef struct RetentionPlan
{
	RetentionCohorts cohorts;
	RetentionMode mode;
	int64		first_cohort;	/* whom to count; a first-time customer whose */
	int64		last_cohort;	/* first period is not among these is not counted */
	int64		last_period;	/* activity after it has not been observed */
	int64		max_k;			/* the last column, unless there are brackets */
	int			nbrackets;
	const PeriodRun *brackets;	/* distances from the cohort's period, 1 or more */
} RetentionPlan;

/*
 * Rows are cohorts, by their period.  Column 0 is the size of the cohort, and
 * column k is k periods later, or the k-th bracket.  "starts" says when a
 * customer did what makes him part of a cohort, "returns" when he did what
 * counts as coming back; they may be the same.
 */
extern void engage_retention_count(const RetentionPlan *plan, const ActivityView *starts,
								   const ActivityView *returns, CountCells count, void *target);

/*
 * Rows are LifecycleStages, columns the periods from "first" to "last".  The
 * period after the last active one is dormant, if it is among them.
 */
extern void engage_lifecycle_count(const ActivityView *view, int64 first, int64 last,
								   CountCells count, void *target);

/*
 * Columns are the periods from "first" to "last" of which it holds that the
 * customer was active in them or in one of the window - 1 periods before: by
 * day, a window of 1 gives daily active customers, 7 weekly, 28 monthly ones.
 * (The row is the caller's.)  For the histogram of stickiness there is
 * engage_activity_count.
 */
extern void engage_active_within_count(const ActivityView *view, int64 window, int64 first,
									   int64 last, CountCells count, void *target, int64 row);

#endif							/* ENGAGE_RETENTION_CORE_H */
