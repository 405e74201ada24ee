/*-------------------------------------------------------------------------
 *
 * activity_state_core.h
 *	  A set of periods that grows, in any order, by one period or by many.
 *
 * Periods are kept by the 64 to a word.  The word of the last period is in the
 * state itself, which is all of it for a customer who was active for a short
 * time; further words are in a list in the state's memory context.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_ACTIVITY_STATE_CORE_H
#define ENGAGE_ACTIVITY_STATE_CORE_H

#include "behaviour/activity_core.h"

typedef struct ActivityWords ActivityWords;

typedef struct ActivityState
{
	uint64		bits;			/* of the current word; zero if there is none */
	ActivityWords *words;		/* of others, and maybe of it, too */
	int32		word;			/* periods from word * 64 on */
	uint8		unit;			/* a PeriodUnit */
} ActivityState;

/* A state of no period, in the current memory context */
extern ActivityState *engage_activity_state_create(PeriodUnit unit);

extern void engage_activity_state_switch(ActivityState *state, int32 word,
										 MemoryContext context);

/* "context" is the one that the state was made in. */
static inline void
engage_activity_state_add(ActivityState *state, int64 ordinal, MemoryContext context)
{
	int32		word = ordinal >> 6;

	if (unlikely(state->word != word))
		engage_activity_state_switch(state, word, context);
	state->bits |= UINT64CONST(1) << (ordinal & 63);
}

extern void engage_activity_state_add_run(ActivityState *state, const PeriodRun *run,
										  MemoryContext context);
extern void engage_activity_state_add_all(ActivityState *state, const ActivityView *view,
										  MemoryContext context);
extern void engage_activity_state_merge(ActivityState *state, const ActivityState *other,
										MemoryContext context);

/* As a value.  The state is not changed. */
extern struct varlena *engage_activity_state_value(const ActivityState *state);

#endif							/* ENGAGE_ACTIVITY_STATE_CORE_H */
