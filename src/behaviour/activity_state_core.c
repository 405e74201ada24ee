/*-------------------------------------------------------------------------
 *
 * activity_state_core.c
 *	  A set of periods that grows, in any order, by one period or by many.
 *
 * The list of words begins with sorted ones that do not overlap.  A word that
 * is found there is completed in place; others are appended, and sorted into
 * it when the list is full.  So a new word costs O(log n), whatever the order.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/activity_state_core.h"
#include "common/interrupts.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#define ALL_BITS PG_UINT64_MAX

/* nwords words with the same bits; if they are several, all their periods */
typedef struct ActivityWord
{
	int32		word;
	int32		nwords;
	uint64		bits;
} ActivityWord;

struct ActivityWords
{
	int32		n;
	int32		sorted;			/* so many are sorted and do not overlap */
	int32		capacity;
	ActivityWord words[FLEXIBLE_ARRAY_MEMBER];
};

#define FIRST_CAPACITY 3		/* 64 bytes */

static inline Size
words_size(int32 capacity)
{
	return offsetof(ActivityWords, words) + capacity * sizeof(ActivityWord);
}

ActivityState *
engage_activity_state_create(PeriodUnit unit)
{
	ActivityState *state = palloc0(sizeof(ActivityState));

	state->unit = unit;
	return state;
}

/* By place; of those at the same place, the longest first */
static int
compare_words(const void *a, const void *b)
{
	const ActivityWord *left = a;
	const ActivityWord *right = b;

	if (left->word != right->word)
		return left->word < right->word ? -1 : 1;
	return (left->nwords < right->nwords) - (left->nwords > right->nwords);
}

/* Sort words and let each appear once; returns how many are left. */
static int32
settle_words(ActivityWord *words, int32 n)
{
	int32		kept = 0;

	qsort(words, n, sizeof(ActivityWord), compare_words);
	for (int32 i = 0; i < n; i++)
	{
		ActivityWord next = words[i];

		check_interrupts_at(i);
		if (kept > 0 && next.word < words[kept - 1].word + words[kept - 1].nwords)
		{
			ActivityWord *last = &words[kept - 1];
			int32		covered = last->word + last->nwords;

			/* it overlaps what came last, which is longer or began before */
			if (next.nwords == 1)
			{
				last->bits |= next.bits;
				continue;
			}
			if (next.word + next.nwords <= covered)
				continue;
			next.nwords -= covered - next.word;
			next.word = covered;
		}
		words[kept++] = next;
	}
	return kept;
}

/* Room for one more word: a list that is full is settled first. */
static ActivityWords *
reserve_word(ActivityWords *words, MemoryContext context)
{
	if (words == NULL)
	{
		words = MemoryContextAlloc(context, words_size(FIRST_CAPACITY));
		words->n = words->sorted = 0;
		words->capacity = FIRST_CAPACITY;
		return words;
	}
	if (words->n < words->capacity)
		return words;
	if (words->sorted < words->n)
		words->n = words->sorted = settle_words(words->words, words->n);
	/* unless half of it became free, this would be done again too soon */
	if (words->n > words->capacity / 2)
	{
		words->capacity *= 2;
		words = repalloc_huge(words, words_size(words->capacity));
	}
	return words;
}

/* The sorted word that covers a place, or NULL */
static ActivityWord *
find_word(ActivityWords *words, int32 word)
{
	int32		low = 0;
	int32		high = words->sorted;

	while (low < high)
	{
		int32		middle = low + (high - low) / 2;

		if (words->words[middle].word <= word)
			low = middle + 1;
		else
			high = middle;
	}
	if (low > 0 && word - words->words[low - 1].word < words->words[low - 1].nwords)
		return &words->words[low - 1];
	return NULL;
}

static void
add_words(ActivityState *state, int32 word, int32 nwords, uint64 bits, MemoryContext context)
{
	ActivityWords *words = state->words;
	ActivityWord *known;

	if (words != NULL && nwords == 1 && (known = find_word(words, word)) != NULL)
	{
		known->bits |= bits;
		return;
	}
	state->words = words = reserve_word(words, context);
	if (words->sorted == words->n &&
		(words->n == 0 ||
		 words->words[words->n - 1].word + words->words[words->n - 1].nwords <= word))
		words->sorted++;
	words->words[words->n++] = (ActivityWord) {word, nwords, bits};
}

void
engage_activity_state_switch(ActivityState *state, int32 word, MemoryContext context)
{
	if (state->bits != 0)
		add_words(state, state->word, 1, state->bits, context);
	state->word = word;
	state->bits = 0;
}

static inline void
add_bits(ActivityState *state, int32 word, uint64 bits, MemoryContext context)
{
	if (state->word != word)
		engage_activity_state_switch(state, word, context);
	state->bits |= bits;
}

void
engage_activity_state_add_run(ActivityState *state, const PeriodRun *run, MemoryContext context)
{
	int32		first = run->first >> 6;
	int32		last = run->last >> 6;
	uint64		from = ALL_BITS << (run->first & 63);
	uint64		to = ALL_BITS >> (63 - (run->last & 63));

	if (first == last)
	{
		add_bits(state, first, from & to, context);
		return;
	}
	add_bits(state, first, from, context);
	if (last - first > 1)
		add_words(state, first + 1, last - first - 1, ALL_BITS, context);
	add_bits(state, last, to, context);
}

void
engage_activity_state_add_all(ActivityState *state, const ActivityView *view,
							  MemoryContext context)
{
	ActivityCursor cursor;
	PeriodRun	run;

	engage_activity_rewind(&cursor, view);
	for (int64 i = 1; engage_activity_next_run(&cursor, &run); i++)
	{
		check_interrupts_at(i);
		engage_activity_state_add_run(state, &run, context);
	}
}

void
engage_activity_state_merge(ActivityState *state, const ActivityState *other,
							MemoryContext context)
{
	const ActivityWords *words = other->words;

	for (int32 i = 0; words != NULL && i < words->n; i++)
	{
		const ActivityWord *next = &words->words[i];

		check_interrupts_at(i);
		if (next->nwords == 1)
			add_bits(state, next->word, next->bits, context);
		else
			add_words(state, next->word, next->nwords, next->bits, context);
	}
	if (other->bits != 0)
		add_bits(state, other->word, other->bits, context);
}

static void
collect_word(RunList *list, const ActivityWord *word)
{
	int64		start = (int64) word->word * 64;
	uint64		bits = word->bits;

	if (word->nwords > 1)
	{
		engage_run_list_add(list, start, start + (int64) word->nwords * 64 - 1);
		return;
	}
	while (bits != 0)
	{
		int			first = pg_rightmost_one_pos64(bits);
		/* the lowest run of bits, moved down, and its end */
		uint64		clear = ~(bits >> first);
		int			length = clear != 0 ? pg_rightmost_one_pos64(clear) : 64;

		engage_run_list_add(list, start + first, start + first + length - 1);
		if (first + length >= 64)
			break;
		bits &= ALL_BITS << (first + length);
	}
}

struct varlena *
engage_activity_state_value(const ActivityState *state)
{
	const ActivityWords *words = state->words;
	ActivityWord current = {state->word, 1, state->bits};
	struct varlena *activity;
	RunList		list;

	engage_run_list_init(&list);
	if (words == NULL)
		collect_word(&list, &current);
	else
	{
		ActivityWord *all = MemoryContextAllocHuge(CurrentMemoryContext,
												   ((Size) words->n + 1) * sizeof(ActivityWord));
		int32		n = words->n;

		memcpy(all, words->words, n * sizeof(ActivityWord));
		if (current.bits != 0)
			all[n++] = current;
		n = settle_words(all, n);
		for (int32 i = 0; i < n; i++)
		{
			check_interrupts_at(i);
			collect_word(&list, &all[i]);
		}
		pfree(all);
	}
	activity = engage_activity_make(state->unit, &list);
	if (list.runs != list.first_runs)
		pfree(list.runs);
	return activity;
}
