/*-------------------------------------------------------------------------
 *
 * name_match.c
 *	  Which of a few names a text is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/name_match.h"

/* More slots than these will not help. */
#define MOST_SLOT_BITS	12

/*
 * Fill the slots by a hash with this factor.  True if names meet only where
 * they must, because they look the same.
 */
static bool
fill_slots(NameMatcher *matcher, int bits, uint64 factor)
{
	bool		good = true;

	matcher->factor = factor;
	matcher->shift = 64 - bits;
	memset(matcher->slots, 0, (Size) 1 << bits);
	for (int i = 0; i < matcher->nentries; i++)
	{
		NameEntry  *entry = &matcher->entries[i];
		uint8	   *slot = &matcher->slots[name_slot(factor, matcher->shift, &entry->sketch)];

		entry->next = *slot - 1;
		*slot = i + 1;
		if (entry->next >= 0 &&
			memcmp(&matcher->entries[entry->next].sketch, &entry->sketch, sizeof(NameSketch)) != 0)
			good = false;
	}
	return good;
}

/*
 * Prepare to look for names, whose bytes must stay where they are.  There are 64
 * of them at most; the same one may be there several times.
 */
NameMatcher *
engage_name_matcher_create(MemoryContext context, const EventName *names, int n)
{
	NameMatcher *matcher = MemoryContextAllocZero(context, sizeof(NameMatcher));
	uint64		factor = UINT64CONST(0x9e3779b97f4a7c15);
	int			bits = 2;

	Assert(n <= NAME_MATCH_MAX);
	matcher->entries = MemoryContextAllocZero(context, Max(1, n) * sizeof(NameEntry));
	for (int i = 0; i < n; i++)
	{
		NameEntry  *entry = &matcher->entries[matcher->nentries];
		int			same = 0;

		while (same < matcher->nentries &&
			   !(matcher->entries[same].sketch.length == names[i].len &&
				 memcmp(matcher->entries[same].bytes, names[i].bytes, names[i].len) == 0))
			same++;
		matcher->entries[same].positions |= UINT64CONST(1) << i;
		if (same < matcher->nentries)
			continue;
		entry->bytes = names[i].bytes;
		entry->sketch = name_sketch(entry->bytes, names[i].len);
		matcher->nentries++;
	}

	/* with as many slots as the square of the names, every second factor will do */
	while ((1 << bits) < 2 * matcher->nentries)
		bits++;
	for (;; bits++)
	{
		matcher->slots = MemoryContextAlloc(context, (Size) 1 << bits);
		for (int i = 0; i < 100; i++)
		{
			if (fill_slots(matcher, bits, factor) || bits == MOST_SLOT_BITS)
				return matcher;
			factor = (factor ^ factor >> 31) * UINT64CONST(0xbf58476d1ce4e5b9) | 1;
		}
		pfree(matcher->slots);
	}
}

void
engage_name_matcher_free(NameMatcher *matcher)
{
	pfree(matcher->entries);
	pfree(matcher->slots);
	pfree(matcher);
}
