/*-------------------------------------------------------------------------
 *
 * funnel_core.h
 *	  How far one customer came in a funnel, and when.
 *
 * A funnel has up to 64 steps and a window.  A chain of length k is a series
 * of the customer's rows e1..ek, in order of time, of which row ei meets step
 * i, and of which the last is at most the window later than the first.  The
 * level is the length of the longest chain.  What else a chain must be:
 *
 *	(default)		 nothing: one row may serve several steps, and rows of equal
 *					 time come in whatever order helps
 *	strict_increase	 the times rise from row to row
 *	strict_once		 the rows are different ones; those of equal time come in
 *					 whatever order helps
 *	consecutive		 between two rows of the chain there is no other row that
 *					 meets any step; rows of equal time are put in whatever order
 *					 helps.  So the rows are different ones
 *	any_order		 the steps may come in any order: the level is the largest
 *					 number of different steps within one window
 *
 * The first three can be combined, with "both must hold"; strict_increase
 * implies strict_once, and consecutive does.
 *
 * The chain whose times are told is the one that reaches the level at the
 * earliest time; of several, the one that starts last; of several, the one
 * that takes each step as early as it can.  Nothing depends on the order of
 * rows of equal time.
 *
 * Why one pass is exact: the window binds a chain only by its first time, so of
 * all chains of a length (that end where they may be continued) the one that
 * started last can do whatever any other can.
 *
 * Use: engage_funnel_init() once, then for each customer funnel_begin(),
 * funnel_add() in order of time, until there are no more rows or
 * funnel_is_complete(), and funnel_finish().  Then "met" says which steps the
 * chain has, the first "level" ones unless any_order was asked for, and "times"
 * when it took them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_FUNNEL_CORE_H
#define ENGAGE_FUNNEL_CORE_H

#include "common/compat.h"
#include "port/pg_bitutils.h"

#define FUNNEL_MAX_STEPS	64

#define FUNNEL_STRICT_INCREASE	(1 << 0)
#define FUNNEL_STRICT_ONCE		(1 << 1)
#define FUNNEL_CONSECUTIVE		(1 << 2)
#define FUNNEL_ANY_ORDER		(1 << 3)

/* steps 0..n-1 as bits; n may be 64 */
static inline uint64
funnel_low_steps(int n)
{
	return n < 64 ? (UINT64CONST(1) << n) - 1 : ~UINT64CONST(0);
}

static inline uint64
funnel_step_bit(int step)
{
	return UINT64CONST(1) << step;
}

typedef struct FunnelFold
{
	/* what is asked */
	uint64		window;
	int			nsteps;
	int			mode;
	bool		is_simple;		/* default mode, and no times wanted */
	bool		passes_rows;	/* chains may pass rows by, and steps come in order */
	bool		keeps_rows;		/* rows of equal time must be told apart */

	/* the answer, as far as the rows have come */
	int			level;
	uint64		met;			/* steps of the chain that is told of */
	int64	   *times;			/* of these steps; NULL if not wanted */

	/*
	 * Chains of length k have their latest start in start[k - 1].  They exist
	 * for every k up to level; in mode consecutive only the chains that end
	 * with the last row count, and bit k - 1 of "alive" says whether there is
	 * one.  In mode any_order, start[i] is the last time of step i if bit i of
	 * "alive" is set.  Nothing else of the array is initialised.
	 */
	uint64		alive;
	int64		start[FUNNEL_MAX_STEPS];
	int64	   *chains;			/* times of these chains, nsteps a chain */

	/* rows of one time, until the next one is seen */
	int64		time;
	int64		nrows;
	uint64		steps;			/* of any of the rows */
	bool		one_step_each;	/* no row meets two steps */
	uint64	   *rows;			/* those kept for matching, see keep_row() */
	uint8	   *owners;			/* step + 1 that takes the row, or 0 */
	int			nkept;
	int			rows_size;
	uint8	   *nkept_of_step;
} FunnelFold;

extern void engage_funnel_init(FunnelFold *fold, int nsteps, uint64 window,
							   int mode, bool wants_times);
extern void engage_funnel_free(FunnelFold *fold);
extern void engage_funnel_close_time(FunnelFold *fold);
extern void engage_funnel_keep_row(FunnelFold *fold, uint64 steps);
extern int	engage_funnel_mode(const char *text, int len);

/* Start with another customer. */
static inline void
funnel_begin(FunnelFold *fold)
{
	fold->level = 0;
	fold->met = 0;
	fold->alive = 0;
	fold->nrows = 0;
}

/* Whatever comes now, the answer is known. */
static inline bool
funnel_is_complete(const FunnelFold *fold)
{
	return fold->level == fold->nsteps;
}

/*
 * The default mode without times: one step (from 0) at one time.  Must be
 * called in order of (time, step), so that rows of equal time help each other.
 */
static inline void
funnel_step(FunnelFold *fold, int64 time, int step)
{
	if (step == 0)
	{
		fold->start[0] = time;
		if (fold->level == 0)
			fold->level = 1;
	}
	/* times may lie further apart than an int64 can say */
	else if (step <= fold->level &&
			 (uint64) time - (uint64) fold->start[step - 1] <= fold->window)
	{
		fold->start[step] = fold->start[step - 1];
		if (step == fold->level)
			fold->level++;
	}
}

/*
 * What extend_chains() comes to where all rows of a time meet just one step, as
 * nearly always.
 */
static inline void
funnel_lone_step(FunnelFold *fold, int step)
{
	int64		start = fold->time;
	int64	   *chain;

	if (step > fold->level || fold->level == fold->nsteps)
		return;
	if (step > 0)
	{
		start = fold->start[step - 1];
		if ((uint64) fold->time - (uint64) start > fold->window)
			return;
		/* it has taken this step earlier already */
		if (step < fold->level && fold->start[step] == start)
			return;
	}
	fold->start[step] = start;
	if (fold->chains != NULL)
	{
		chain = &fold->chains[step * fold->nsteps];
		for (int i = 0; i < step; i++)
			chain[i] = chain[i - fold->nsteps];
		chain[step] = fold->time;
	}
	if (step == fold->level)
	{
		fold->level++;
		fold->met = funnel_low_steps(fold->level);
		if (fold->times != NULL)
			memcpy(fold->times, &fold->chains[step * fold->nsteps], (step + 1) * sizeof(int64));
	}
}

static inline void
funnel_close_time(FunnelFold *fold)
{
	if (likely(fold->is_simple))
	{
		for (uint64 steps = fold->steps; steps != 0; steps &= steps - 1)
			funnel_step(fold, fold->time, pg_rightmost_one_pos64(steps));
	}
	else if (likely(fold->passes_rows && (fold->steps & (fold->steps - 1)) == 0))
		funnel_lone_step(fold, pg_rightmost_one_pos64(fold->steps));
	else
		engage_funnel_close_time(fold);
	fold->nrows = 0;
}

/*
 * One row, with the steps that it meets as bits; times must not fall.  A row
 * that meets none is no row, in any mode.
 */
static inline void
funnel_add(FunnelFold *fold, int64 time, uint64 steps)
{
	Assert((steps & ~funnel_low_steps(fold->nsteps)) == 0);
	if (steps == 0)
		return;
	if (fold->nrows > 0 && time != fold->time)
	{
		Assert(time > fold->time);
		funnel_close_time(fold);
	}
	if (fold->nrows == 0)
	{
		fold->time = time;
		fold->steps = 0;
		fold->one_step_each = true;
		fold->nkept = 0;
	}
	fold->nrows++;
	fold->steps |= steps;
	if (unlikely(fold->keeps_rows))
		engage_funnel_keep_row(fold, steps);
}

/* The level; 0 if no row meets the first step. */
static inline int
funnel_finish(FunnelFold *fold)
{
	if (fold->nrows > 0)
		funnel_close_time(fold);
	return fold->level;
}

#endif							/* ENGAGE_FUNNEL_CORE_H */
