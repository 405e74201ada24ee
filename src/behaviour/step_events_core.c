/*-------------------------------------------------------------------------
 *
 * step_events_core.c
 *	  The state of window_funnel(): the times of one customer's steps.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/step_events_core.h"
#include "common/interrupts.h"
#include "port/pg_bswap.h"
#include "utils/memutils.h"

#define ST_SORT sort_keys
#define ST_ELEMENT_TYPE int64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* (the order of pairs of equal time does not matter) */
#define ST_SORT sort_pairs
#define ST_ELEMENT_TYPE TimedSteps
#define ST_COMPARE(a, b) ((a)->time < (b)->time ? -1 : (a)->time > (b)->time)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static int
size_log_for(uint64 size)
{
	return size <= 1 << STEP_EVENTS_MIN_SIZE_LOG ? STEP_EVENTS_MIN_SIZE_LOG :
		pg_leftmost_one_pos64(size - 1) + 1;
}

StepEvents *
engage_step_events_create(MemoryContext context, uint64 size)
{
	int			size_log = size_log_for(size);
	StepEvents *events = MemoryContextAllocHuge(context, (Size) 1 << size_log);

	memset(events, 0, offsetof(StepEvents, words));
	events->size_log = size_log;
	events->is_sorted = true;
	return events;
}

static void
widen(StepEvents *events)
{
	int64		base = step_events_base(events);
	int64	   *keys = step_events_keys(events);
	TimedSteps *pairs = step_events_pairs(events);

	/* pairs lie behind the numbers they are made of, so from the end */
	for (int64 i = (int64) events->nevents - 1; i >= 0; i--)
	{
		int64		key = keys[i];

		check_interrupts_at(i);
		pairs[i].time = base + step_key_distance(key);
		pairs[i].steps = funnel_step_bit(step_key_step(key));
	}
	events->is_wide = true;
}

/* Make room for so many events in all, and give them the wide form if wanted. */
StepEvents *
engage_step_events_reserve(StepEvents *events, bool is_wide, uint64 nevents)
{
	uint64		size;

	is_wide |= events->is_wide;
	size = step_events_size(is_wide, nevents);
	if (size > UINT64CONST(1) << events->size_log)
	{
		int			size_log = size_log_for(size);

		events = repalloc_huge(events, (Size) 1 << size_log);
		events->size_log = size_log;
	}
	if (is_wide && !events->is_wide)
		widen(events);
	return events;
}

StepEvents *
engage_step_events_add_pair(StepEvents *events, int64 time, uint64 steps)
{
	uint64		n = events->nevents;
	TimedSteps *pairs;

	events = engage_step_events_reserve(events, true, n + 1);
	pairs = step_events_pairs(events);
	if (n > 0 && time < pairs[n - 1].time)
		events->is_sorted = false;
	pairs[n].time = time;
	pairs[n].steps = steps;
	events->nevents = n + 1;
	return events;
}

StepEvents *
engage_step_events_append(StepEvents *events, const StepEvents *more)
{
	uint64		n = more->nevents;

	events = engage_step_events_reserve(events, more->is_wide, events->nevents + n);
	for (uint64 i = 0; i < n; i++)
	{
		check_interrupts_at(i);
		if (more->is_wide)
			events = step_events_add(events, step_events_pairs(more)[i].time,
									 step_events_pairs(more)[i].steps);
		else
		{
			int64		key = step_events_keys(more)[i];

			events = step_events_add(events, step_events_base(more) + step_key_distance(key),
									 funnel_step_bit(step_key_step(key)));
		}
	}
	return events;
}

/* The bag stays the same, so this may happen whenever it is read. */
void
engage_step_events_sort(StepEvents *events)
{
	if (events->is_sorted)
		return;
	if (events->is_wide)
		sort_pairs(step_events_pairs(events), events->nevents);
	else
		sort_keys(step_events_keys(events), events->nevents);
	events->is_sorted = true;
}

/* How far the customer came. */
int
engage_step_events_level(StepEvents *events)
{
	int64		n = events->nevents;
	FunnelFold	fold;

	engage_funnel_init(&fold, events->nsteps > 0 ? events->nsteps : FUNNEL_MAX_STEPS,
					   events->window, events->mode, false);
	engage_step_events_sort(events);
	for (int64 i = 0; i < n && !funnel_is_complete(&fold); i++)
	{
		check_interrupts_at(i + 1);
		if (events->is_wide)
		{
			const TimedSteps *pair = &step_events_pairs(events)[i];

			funnel_add(&fold, pair->time, pair->steps);
		}
		else
		{
			/* only differences between times matter */
			int64		key = step_events_keys(events)[i];

			if (fold.is_simple)
				funnel_step(&fold, step_key_distance(key), step_key_step(key));
			else
				funnel_add(&fold, step_key_distance(key),
						   funnel_step_bit(step_key_step(key)));
		}
	}
	return funnel_finish(&fold);
}

/*
 * The written form, for other processes of the same query.  In network order:
 * a version, a byte each for form, mode, number of conditions and unit of the
 * window, three of zero; then the window, the number of events, and the words.
 */
#define WRITTEN_VERSION		1
#define WRITTEN_HEADER_SIZE	24

static uint64
written_words(bool is_wide, uint64 nevents)
{
	return is_wide ? 2 * nevents : nevents > 0 ? nevents + 1 : 0;
}

uint64
engage_step_events_written_size(const StepEvents *events)
{
	return WRITTEN_HEADER_SIZE + sizeof(int64) * written_words(events->is_wide, events->nevents);
}

static void
write_word(char *to, uint64 word)
{
	word = pg_hton64(word);
	memcpy(to, &word, sizeof(word));
}

static uint64
read_word(const char *from)
{
	uint64		word;

	memcpy(&word, from, sizeof(word));
	return pg_ntoh64(word);
}

void
engage_step_events_write(const StepEvents *events, char *to)
{
	uint64		nwords = written_words(events->is_wide, events->nevents);

	memset(to, 0, 8);
	to[0] = WRITTEN_VERSION;
	to[1] = events->is_wide;
	to[2] = events->mode;
	to[3] = events->nsteps;
	to[4] = events->is_elapsed;
	write_word(to + 8, events->window);
	write_word(to + 16, events->nevents);
	for (uint64 i = 0; i < nwords; i++)
	{
		check_interrupts_at(i);
		write_word(to + WRITTEN_HEADER_SIZE + i * sizeof(int64), events->words[i]);
	}
}

/* NULL if it is nothing that was written. */
StepEvents *
engage_step_events_read(const char *from, uint64 len)
{
	StepEvents *events;
	uint64		n;
	uint64		impossible;
	int64		time;

	if (len < WRITTEN_HEADER_SIZE || from[0] != WRITTEN_VERSION ||
		(from[1] & ~1) != 0 || (uint8) from[2] >= FUNNEL_ANY_ORDER << 1 ||
		(uint8) from[3] > FUNNEL_MAX_STEPS || (from[4] & ~1) != 0 ||
		from[5] != 0 || from[6] != 0 || from[7] != 0)
		return NULL;
	n = read_word(from + 16);
	if ((int64) read_word(from + 8) < 0 || n > len ||
		len != WRITTEN_HEADER_SIZE + sizeof(int64) * written_words(from[1], n))
		return NULL;

	events = engage_step_events_create(CurrentMemoryContext, step_events_size(from[1], n));
	events->window = read_word(from + 8);
	events->nevents = n;
	events->is_wide = from[1];
	events->mode = from[2];
	events->nsteps = from[3];
	events->is_elapsed = from[4];
	impossible = ~funnel_low_steps(events->nsteps > 0 ? events->nsteps : FUNNEL_MAX_STEPS);
	from += WRITTEN_HEADER_SIZE;
	for (uint64 i = 0; i < written_words(events->is_wide, n); i++)
	{
		check_interrupts_at(i);
		events->words[i] = read_word(from + i * sizeof(int64));
	}

	/* no step that there is none of, no time beyond all times */
	for (uint64 i = 0; i < n; i++)
	{
		check_interrupts_at(i);
		if (events->is_wide)
		{
			const TimedSteps *pair = &step_events_pairs(events)[i];

			if (pair->steps == 0 || (pair->steps & impossible) != 0)
				return NULL;
			if (i > 0 && pair->time < pair[-1].time)
				events->is_sorted = false;
		}
		else
		{
			const int64 *key = &step_events_keys(events)[i];

			if ((funnel_step_bit(step_key_step(*key)) & impossible) != 0 ||
				pg_add_s64_overflow(step_events_base(events), step_key_distance(*key), &time))
				return NULL;
			if (i > 0 && *key < key[-1])
				events->is_sorted = false;
		}
	}
	return events;
}
