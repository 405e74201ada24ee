/*-------------------------------------------------------------------------
 *
 * step_events_core.h
 *	  The state of window_funnel(): the times of one customer's steps.
 *
 * A bag of (time, steps), to which rows are only ever added.  Most rows meet
 * one step; then an event is 8 bytes: the distance of its time from that of the
 * first one, above 6 bits of step.  In order of these numbers, rows of equal
 * time come in order of their steps.  The first row that meets several steps,
 * or is too far away, turns all of them into pairs of 16 bytes.
 *
 * The state is one chunk of memory, whose size is a power of two: that is what
 * an allocation set gives anyway.  With one event it is 32 bytes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_STEP_EVENTS_CORE_H
#define ENGAGE_STEP_EVENTS_CORE_H

#include "behaviour/funnel_core.h"
#include "common/int.h"

typedef struct TimedSteps
{
	int64		time;
	uint64		steps;
} TimedSteps;

typedef struct StepEvents
{
	int64		window;
	uint64		nevents:42;
	uint64		size_log:6;		/* bytes allocated, as a power of two */
	uint64		nsteps:7;		/* conditions, or 0 if not known yet */
	uint64		mode:4;
	uint64		is_elapsed:1;	/* the window is in microseconds */
	uint64		is_wide:1;		/* pairs instead of numbers */
	uint64		is_sorted:1;
	int64		words[FLEXIBLE_ARRAY_MEMBER];	/* base, numbers; or pairs */
} StepEvents;

#define STEP_EVENTS_MIN_SIZE_LOG	5

#define STEP_BITS			6
#define STEP_MAX_DISTANCE	(INT64CONST(1) << (63 - STEP_BITS))

/* The narrow form: times are step_events_base() + step_key_distance(). */
static inline int64
step_events_base(const StepEvents *events)
{
	return events->words[0];
}

static inline int64 *
step_events_keys(const StepEvents *events)
{
	return (int64 *) &events->words[1];
}

static inline int64
step_key_distance(int64 key)
{
	return key >> STEP_BITS;
}

static inline int
step_key_step(int64 key)
{
	return key & ((1 << STEP_BITS) - 1);
}

static inline bool
step_key_make(int64 time, int64 base, int step, int64 *key)
{
	int64		distance;

	if (pg_sub_s64_overflow(time, base, &distance) ||
		distance < -STEP_MAX_DISTANCE || distance >= STEP_MAX_DISTANCE)
		return false;
	*key = (int64) ((uint64) distance << STEP_BITS) | step;
	return true;
}

static inline TimedSteps *
step_events_pairs(const StepEvents *events)
{
	return (TimedSteps *) events->words;
}

/* bytes of a state with so many events */
static inline uint64
step_events_size(bool is_wide, uint64 nevents)
{
	return is_wide ? offsetof(StepEvents, words) + nevents * sizeof(TimedSteps) :
		offsetof(StepEvents, words) + (nevents + 1) * sizeof(int64);
}

extern StepEvents *engage_step_events_create(MemoryContext context, uint64 size);
extern StepEvents *engage_step_events_reserve(StepEvents *events, bool is_wide,
											  uint64 nevents);
extern StepEvents *engage_step_events_add_pair(StepEvents *events, int64 time,
											   uint64 steps);
extern StepEvents *engage_step_events_append(StepEvents *events, const StepEvents *more);
extern void engage_step_events_sort(StepEvents *events);
extern int	engage_step_events_level(StepEvents *events);
extern uint64 engage_step_events_written_size(const StepEvents *events);
extern void engage_step_events_write(const StepEvents *events, char *to);
extern StepEvents *engage_step_events_read(const char *from, uint64 len);

/* Add a row; the state may move. */
static inline StepEvents *
step_events_add(StepEvents *events, int64 time, uint64 steps)
{
	int64		key;

	if (steps == 0)
		return events;
	if (unlikely(events->nevents == 0))
		events->words[0] = time;
	if (likely(!events->is_wide && (steps & (steps - 1)) == 0 &&
			   step_key_make(time, step_events_base(events),
							 pg_rightmost_one_pos64(steps), &key)))
	{
		uint64		n = events->nevents;

		if (unlikely(step_events_size(false, n + 1) > UINT64CONST(1) << events->size_log))
			events = engage_step_events_reserve(events, false, n + 1);
		if (n > 0 && key < step_events_keys(events)[n - 1])
			events->is_sorted = false;
		step_events_keys(events)[n] = key;
		events->nevents = n + 1;
		return events;
	}
	return engage_step_events_add_pair(events, time, steps);
}

#endif							/* ENGAGE_STEP_EVENTS_CORE_H */
