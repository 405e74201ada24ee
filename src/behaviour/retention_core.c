/*-------------------------------------------------------------------------
 *
 * retention_core.c
 *	  What one customer's active periods add to the counts over all customers.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/retention_core.h"
#include "common/interrupts.h"

static inline int64
last_period(const RunList *list)
{
	return list->runs[list->n - 1].last;
}

/* --------------------------------------------------------------- retention */

/* "runs" are the returns that end after the cohort's period; one at least. */
static void
count_returns(const RetentionPlan *plan, int64 cohort, const PeriodRun *runs, int64 nruns,
			  CountCells count, void *target)
{
	int64		last = runs[nruns - 1].last - cohort;

	for (int64 i = 0; i < nruns; i++)
	{
		check_interrupts_at(i + 1);
		count(target, RETENTION_ON, cohort, Max(runs[i].first - cohort, 1), runs[i].last - cohort);
	}
	count(target, RETENTION_LAST, cohort, last, last);
	for (int b = 0; b < plan->nbrackets; b++)
	{
		const PeriodRun *bracket = &plan->brackets[b];

		for (int64 i = 0; i < nruns && runs[i].first - cohort <= bracket->last; i++)
		{
			check_interrupts_at(i + 1);
			if (runs[i].last - cohort >= bracket->first)
			{
				count(target, RETENTION_BRACKET, cohort, b, b);
				break;
			}
		}
	}
}

void
engage_retention_count(const RetentionPlan *plan, const RunList *starts, const RunList *returns,
					   CountCells count, void *target)
{
	int64		next = 0;		/* returns before it are not after the cohort */
	int64		seen;

	if (starts->n == 0 && returns->n == 0)
		return;
	seen = Max(starts->n > 0 ? last_period(starts) : PG_INT64_MIN,
			   returns->n > 0 ? last_period(returns) : PG_INT64_MIN);
	count(target, RETENTION_SEEN, seen, 0, 0);
	if (plan->cohorts == COHORT_FIRST_EVER && starts->n > 0 && returns->n > 0 &&
		returns->runs[0].first < starts->runs[0].first)
		return;

	for (int64 i = 0; i < starts->n; i++)
	{
		for (int64 cohort = starts->runs[i].first; cohort <= starts->runs[i].last; cohort++)
		{
			check_interrupts_at(cohort);
			count(target, RETENTION_SIZE, cohort, 0, 0);
			while (next < returns->n && returns->runs[next].last <= cohort)
				next++;
			if (next < returns->n)
				count_returns(plan, cohort, returns->runs + next, returns->n - next, count, target);
			if (plan->cohorts != COHORT_RECURRING)
				return;
		}
	}
}

/* ----------------------------------------------------- lifecycle, stickiness */

void
engage_lifecycle_count(const RunList *list, CountCells count, void *target)
{
	for (int64 i = 0; i < list->n; i++)
	{
		check_interrupts_at(i + 1);
		count(target, i == 0 ? LIFECYCLE_CELL_NEW : LIFECYCLE_CELL_RESURRECTING,
			  list->runs[i].first, 0, 0);
		count(target, LIFECYCLE_CELL_DORMANT, list->runs[i].last + 1, 0, 0);
	}
}

static void
count_within(const RunList *list, int64 window, StickinessCell in, CountCells count, void *target)
{
	for (int64 i = 0; i < list->n; i++)
	{
		check_interrupts_at(i + 1);
		/* (whoever comes back on the day that he would go out on stays) */
		if (i == 0 || list->runs[i].first > list->runs[i - 1].last + window)
			count(target, in, list->runs[i].first, 0, 0);
		if (i == list->n - 1 || list->runs[i + 1].first > list->runs[i].last + window)
			count(target, in + 1, list->runs[i].last + window, 0, 0);
	}
}

void
engage_stickiness_count(const RunList *list, int64 month, CountCells count, void *target)
{
	int64		ndays = 0;

	for (int64 i = 0; i < list->n; i++)
		ndays += list->runs[i].last - list->runs[i].first + 1;
	if (ndays == 0)
		return;
	count_within(list, 1, STICKINESS_DAY_IN, count, target);
	count_within(list, STICKINESS_WEEK, STICKINESS_WEEK_IN, count, target);
	count_within(list, month, STICKINESS_MONTH_IN, count, target);
	count(target, STICKINESS_ACTIVE_DAYS, ndays, 0, 0);
}
