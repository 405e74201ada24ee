/*-------------------------------------------------------------------------
 *
 * activity_core.h
 *	  The type activity: in which periods a customer was active.
 *
 * A value is a set of ordinals of periods (periods_core.h) of one unit, kept
 * in whichever is smaller of two forms: a bitmap, or its runs.  There is one
 * form of each set, so equal sets are equal bytes.  Nothing in a value is
 * aligned or depends on the machine; values are stored with short headers.
 *
 *		byte 0		version, 1
 *		byte 1		form * 16 + unit
 *		then		(unless empty) the first ordinal, and
 *		BITMAP		bit n of the rest, from the lowest bit of its first byte
 *					on: is the period n after the first one in the set?
 *		RUNS		length - 1 of the first run, then of each further run the
 *					gap before it - 1, times two, plus one if it is longer
 *					than one period: then its length - 2 follows
 *
 * Numbers are in groups of seven bits, the lowest first, all but the last with
 * the highest bit set; the first ordinal is zigzag coded.
 *
 * Questions about neighbouring periods, of one customer or of everyone, walk
 * through the runs of an ActivityCursor:
 *
 *		ActivityView view;
 *		ActivityCursor cursor;
 *		PeriodRun	run;
 *
 *		engage_activity_open(&view, activity);
 *		engage_activity_rewind(&cursor, &view);
 *		while (engage_activity_next_run(&cursor, &run))
 *			...		run.first to run.last were active, the periods beside not
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_ACTIVITY_CORE_H
#define ENGAGE_ACTIVITY_CORE_H

#include "behaviour/periods_core.h"

#define ACTIVITY_VERSION 1

typedef enum ActivityForm
{
	ACTIVITY_EMPTY = 0,
	ACTIVITY_BITMAP = 1,
	ACTIVITY_RUNS = 2
} ActivityForm;

/* Consecutive periods, both inclusive */
typedef struct PeriodRun
{
	int64		first;
	int64		last;
} PeriodRun;

typedef struct ActivityView
{
	PeriodUnit	unit;
	ActivityForm form;
	int64		first;			/* the first active period, unless empty */
	const uint8 *body;			/* what follows it */
	const uint8 *end;
} ActivityView;

typedef struct ActivityCursor
{
	const ActivityView *view;
	const uint8 *pos;			/* of runs: the next one */
	int64		next;			/* bitmap: the next bit; runs: the next ordinal */
} ActivityCursor;

/* Ascending runs that neither overlap nor touch, being built */
typedef struct RunList
{
	PeriodRun  *runs;
	int64		n;
	int64		capacity;
	PeriodRun	first_runs[16];
} RunList;

/* A value in memory or on a page, with either header, not compressed */
extern void engage_activity_open(ActivityView *view, const struct varlena *activity);

static inline bool
engage_activity_is_empty(const ActivityView *view)
{
	return view->form == ACTIVITY_EMPTY;
}

extern void engage_activity_rewind(ActivityCursor *cursor, const ActivityView *view);
extern bool engage_activity_next_run(ActivityCursor *cursor, PeriodRun *run);

/* The last active period, or the first; the activity is not empty. */
extern int64 engage_activity_last(const ActivityView *view);

extern bool engage_activity_has(const ActivityView *view, int64 ordinal);

/* How many periods from "first" to "last", both inclusive, were active */
extern int64 engage_activity_count(const ActivityView *view, int64 first, int64 last);

/* The first active period at or after one; false if there is none. */
extern bool engage_activity_next(const ActivityView *view, int64 ordinal, int64 *result);

/* ----------------------------------------------------------------- making */

extern void engage_run_list_init(RunList *list);
extern void engage_run_list_grow(RunList *list);

/* A run that does not begin before the last one of the list */
static inline void
engage_run_list_add(RunList *list, int64 first, int64 last)
{
	if (list->n > 0 && first <= list->runs[list->n - 1].last + 1)
	{
		PeriodRun  *previous = &list->runs[list->n - 1];

		previous->last = Max(previous->last, last);
		return;
	}
	if (unlikely(list->n == list->capacity))
		engage_run_list_grow(list);
	list->runs[list->n++] = (PeriodRun) {first, last};
}

extern struct varlena *engage_activity_make(PeriodUnit unit, const RunList *list);

extern void engage_activity_union(RunList *list, const ActivityView *a, const ActivityView *b);
extern void engage_activity_intersect(RunList *list, const ActivityView *a, const ActivityView *b);
extern void engage_activity_subtract(RunList *list, const ActivityView *a, const ActivityView *b);

/* Any bytes: what is wrong with them as a value without its header, or NULL */
extern const char *engage_activity_fault(const uint8 *data, size_t length);

/* -------------------------------------------------------------- questions */

/* What a period is in the life of a customer */
typedef enum LifecycleStage
{
	LIFECYCLE_NONE,				/* active neither in it nor just before */
	LIFECYCLE_NEW,				/* active for the first time */
	LIFECYCLE_RETURNING,		/* active as in the period before */
	LIFECYCLE_RESURRECTING,		/* active again after a pause */
	LIFECYCLE_DORMANT			/* no longer active, unlike just before */
} LifecycleStage;

extern LifecycleStage engage_activity_lifecycle(const ActivityView *view, int64 ordinal);

/* The number of consecutive active periods of which the last one is this */
extern int64 engage_activity_streak(const ActivityView *view, int64 ordinal);
extern int64 engage_activity_longest_streak(const ActivityView *view);

#endif							/* ENGAGE_ACTIVITY_CORE_H */
