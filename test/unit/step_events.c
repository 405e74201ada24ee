/*
 * The bag of steps behind window_funnel(): what is put in comes out, whatever form it has, in
 * whatever parts it comes; and whatever is read as its written form.
 */
#include "postgres.h"

#include "behaviour/step_events_core.h"
#include "utils/memutils.h"
#include "tap.h"

#define MAX_EVENTS	200

static TimedSteps given[MAX_EVENTS];
static int	ngiven;

/* Times that lie together, or too far from each other for the narrow form. */
static void
give(bool wide)
{
	int64		base = (int64) random_bits() >> (random_bits() % 64);
	int			spread = random_bits() % (wide ? 64 : 40);

	ngiven = random_bits() % 3 == 0 ? random_bits() % MAX_EVENTS : random_bits() % 6;
	for (int i = 0; i < ngiven; i++)
	{
		given[i].time = (int64) ((uint64) base + (random_bits() >> (63 - spread)));
		given[i].steps = UINT64CONST(1) << random_bits() % 64;
		if (wide && random_bits() % 8 == 0)
			given[i].steps |= random_bits();
	}
}

static StepEvents *
put(int from, int to)
{
	StepEvents *events = engage_step_events_create(CurrentMemoryContext, step_events_size(false, 1));

	events->window = random_bits() >> 40;
	for (int i = from; i < to; i++)
		events = step_events_add(events, given[i].time, given[i].steps);
	return events;
}

static int
compare(const void *a, const void *b)
{
	const TimedSteps *x = a;
	const TimedSteps *y = b;

	return x->time != y->time ? (x->time < y->time ? -1 : 1) :
		x->steps != y->steps ? (x->steps < y->steps ? -1 : 1) : 0;
}

static bool
holds_given(const StepEvents *events)
{
	static TimedSteps out[MAX_EVENTS];
	static TimedSteps in[MAX_EVENTS];

	if (events->nevents != ngiven)
		return false;
	for (int i = 0; i < ngiven; i++)
	{
		if (events->is_wide)
			out[i] = step_events_pairs(events)[i];
		else
		{
			int64		key = step_events_keys(events)[i];

			out[i].time = step_events_base(events) + step_key_distance(key);
			out[i].steps = UINT64CONST(1) << step_key_step(key);
		}
		if (events->is_sorted && i > 0 && out[i].time < out[i - 1].time)
			return false;
	}
	memcpy(in, given, sizeof(given));
	qsort(in, ngiven, sizeof(TimedSteps), compare);
	qsort(out, ngiven, sizeof(TimedSteps), compare);
	return memcmp(in, out, ngiven * sizeof(TimedSteps)) == 0;
}

static char *
written(const StepEvents *events, uint64 *len)
{
	char	   *bytes;

	*len = engage_step_events_written_size(events);
	bytes = malloc(*len);
	engage_step_events_write(events, bytes);
	return bytes;
}

static void
bags(void)
{
	long		wrong = 0;
	long		nwide = 0;

	for (long i = 0; i < cases(20000); i++)
	{
		StepEvents *events;
		StepEvents *part;
		StepEvents *copy;
		int			split;
		char	   *bytes;
		uint64		len;

		give(i % 2 == 0);
		events = put(0, ngiven);
		nwide += events->is_wide;
		wrong += !holds_given(events);
		wrong += UINT64CONST(1) << events->size_log < step_events_size(events->is_wide, events->nevents);
		engage_step_events_sort(events);
		wrong += !events->is_sorted || !holds_given(events);

		split = ngiven > 0 ? random_bits() % (ngiven + 1) : 0;
		part = put(split, ngiven);
		bytes = written(part, &len);
		copy = engage_step_events_read(bytes, len);
		free(bytes);
		events = engage_step_events_append(put(0, split), copy);
		wrong += !holds_given(events);
		if (random_bits() % 2)
			engage_step_events_sort(events);
		wrong += !holds_given(events);
	}
	ok(wrong == 0, "bags in one go, in parts, written and read (%ld wrong)", wrong);
	ok(nwide > cases(20000) / 10 && nwide < cases(20000), "some of them wide");
	ok((1 << STEP_EVENTS_MIN_SIZE_LOG) == 32 && step_events_size(false, 1) == 32 && step_events_size(true, 1) == 32,
	   "one event takes 32 bytes");
}

/* Bytes that were changed are refused, or are some other bag. */
static void
forgeries(void)
{
	long		wrong = 0;
	long		accepted = 0;

	for (long i = 0; i < cases(50000); i++)
	{
		StepEvents *events;
		char	   *bytes;
		uint64		len;
		uint64		cut;

		give(i % 2 == 0);
		events = put(0, ngiven);
		events->mode = random_bits() % 9;
		bytes = written(events, &len);
		for (int n = random_bits() % 4; n > 0; n--)
			bytes[random_bits() % (random_bits() % 2 ? len : 24)] = random_bits() % 2 ? random_bits() : random_bits() % 10;
		cut = random_bits() % 4 == 0 ? random_bits() % (len + 1) : len;
		events = engage_step_events_read(bytes, cut);
		if (events != NULL)
		{
			char	   *again;
			uint64		again_len;
			int			level;

			accepted++;
			again = written(events, &again_len);
			wrong += again_len != cut || memcmp(bytes, again, cut) != 0;
			free(again);
			level = engage_step_events_level(events);
			wrong += level < 0 || level > (events->nsteps > 0 ? events->nsteps : 64);
		}
		free(bytes);
	}
	ok(wrong == 0, "changed bytes are refused or mean what they say (%ld wrong)", wrong);
	ok(accepted > 0 && accepted < cases(50000), "some of each");
}

void
test_step_events(void)
{
	bags();
	forgeries();
}
