/*-------------------------------------------------------------------------
 *
 * retention_core.c
 *	  What one customer's activity adds to the counts over all customers.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/retention_core.h"
#include "common/interrupts.h"

/* --------------------------------------------------------------- retention */

/* When the customer came back, for cohorts in ascending order */
typedef struct Returns
{
	RunList		list;
	int64		next;			/* runs before it are not after the cohort */
	int64		last;			/* the last observed period with activity */
} Returns;

static void
collect_returns(Returns *returns, const ActivityView *view, const RetentionPlan *plan)
{
	ActivityCursor cursor;
	PeriodRun	run;

	engage_run_list_init(&returns->list);
	returns->next = 0;
	returns->last = PG_INT64_MIN;
	engage_activity_rewind(&cursor, view);
	for (int64 i = 1; engage_activity_next_run(&cursor, &run); i++)
	{
		check_interrupts_at(i);
		if (run.first > plan->last_period)
			break;
		/* what lies before all cohorts is no return to any */
		if (run.last <= plan->first_cohort)
			continue;
		returns->last = Min(run.last, plan->last_period);
		engage_run_list_add(&returns->list, run.first, returns->last);
	}
}

/* Count the cells of one cohort; calls come in ascending order of it. */
static void
count_cohort(const RetentionPlan *plan, Returns *returns, int64 cohort,
			 CountCells count, void *target)
{
	const PeriodRun *runs = returns->list.runs;
	int64		nruns = returns->list.n;

	count(target, cohort, 0, 0);
	while (returns->next < nruns && runs[returns->next].last <= cohort)
		returns->next++;
	if (returns->next == nruns)
		return;

	switch (plan->mode)
	{
		case RETENTION_ON:
			for (int64 i = returns->next; i < nruns; i++)
			{
				int64		from = Max(runs[i].first - cohort, 1);
				int64		to = Min(runs[i].last - cohort, plan->max_k);

				check_interrupts_at(i);
				if (from > to)
					break;
				count(target, cohort, from, to);
			}
			break;
		case RETENTION_ON_OR_AFTER:
			/* (the next run is after the cohort, so the last period is, too) */
			if (plan->max_k >= 1)
				count(target, cohort, 1, Min(returns->last - cohort, plan->max_k));
			break;
		case RETENTION_BRACKETS:
			for (int b = 0; b < plan->nbrackets; b++)
			{
				const PeriodRun *bracket = &plan->brackets[b];

				for (int64 i = returns->next; i < nruns; i++)
				{
					check_interrupts_at(i);
					if (runs[i].first - cohort > bracket->last)
						break;
					if (runs[i].last - cohort < bracket->first)
						continue;
					count(target, cohort, b + 1, b + 1);
					break;
				}
			}
			break;
	}
}

void
engage_retention_count(const RetentionPlan *plan, const ActivityView *starts,
					   const ActivityView *returning, CountCells count, void *target)
{
	int64		last_cohort = Min(plan->last_cohort, plan->last_period);
	Returns		returns;
	ActivityCursor cursor;
	PeriodRun	run;

	if (engage_activity_is_empty(starts) || starts->first > last_cohort ||
		(plan->cohorts == COHORT_FIRST_TIME && starts->first < plan->first_cohort))
		return;

	collect_returns(&returns, returning, plan);
	if (plan->cohorts == COHORT_FIRST_TIME)
		count_cohort(plan, &returns, starts->first, count, target);
	else
	{
		engage_activity_rewind(&cursor, starts);
		for (int64 i = 1; engage_activity_next_run(&cursor, &run) && run.first <= last_cohort; i++)
		{
			check_interrupts_at(i);
			for (int64 cohort = Max(run.first, plan->first_cohort);
				 cohort <= Min(run.last, last_cohort); cohort++)
			{
				check_interrupts_at(cohort);
				count_cohort(plan, &returns, cohort, count, target);
			}
		}
	}
	if (returns.list.runs != returns.list.first_runs)
		pfree(returns.list.runs);
}

/* ------------------------------------------------- lifecycle, active customers */

static inline void
count_clipped(int64 row, int64 from, int64 to, int64 first, int64 last,
			  CountCells count, void *target)
{
	from = Max(from, first);
	to = Min(to, last);
	if (from <= to)
		count(target, row, from, to);
}

void
engage_lifecycle_count(const ActivityView *view, int64 first, int64 last,
					   CountCells count, void *target)
{
	ActivityCursor cursor;
	PeriodRun	run;

	engage_activity_rewind(&cursor, view);
	for (int64 i = 1; engage_activity_next_run(&cursor, &run) && run.first <= last; i++)
	{
		LifecycleStage begin = run.first == view->first ? LIFECYCLE_NEW : LIFECYCLE_RESURRECTING;

		check_interrupts_at(i);
		if (run.last + 1 < first)
			continue;
		count_clipped(begin, run.first, run.first, first, last, count, target);
		count_clipped(LIFECYCLE_RETURNING, run.first + 1, run.last, first, last, count, target);
		count_clipped(LIFECYCLE_DORMANT, run.last + 1, run.last + 1, first, last, count, target);
	}
}

void
engage_active_within_count(const ActivityView *view, int64 window, int64 first, int64 last,
						   CountCells count, void *target, int64 row)
{
	ActivityCursor cursor;
	PeriodRun	run;
	int64		from = first;	/* where the next range may begin */

	engage_activity_rewind(&cursor, view);
	for (int64 i = 1; engage_activity_next_run(&cursor, &run) && run.first <= last; i++)
	{
		int64		to = Min(run.last + window - 1, last);

		check_interrupts_at(i);
		/* (what the window of an earlier run has covered is counted already) */
		from = Max(from, run.first);
		if (from <= to)
		{
			count(target, row, from, to);
			from = to + 1;
		}
	}
}
