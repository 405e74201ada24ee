/*-------------------------------------------------------------------------
 *
 * name_match.h
 *	  Which of a few names a text is, such as the steps of a funnel: a handful
 *	  of instructions a row.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_NAME_MATCH_H
#define ENGAGE_NAME_MATCH_H

#include "common/event_names.h"

/* A name or a text, by what it takes to tell most of them apart */
typedef struct NameSketch
{
	uint64		head;			/* its first and its last 8 bytes, or all it has */
	uint64		tail;
	uint64		length;
} NameSketch;

typedef struct NameEntry
{
	NameSketch	sketch;
	int			next;			/* another name in the same slot, or -1 */
	const char *bytes;
	uint64		positions;		/* where among the names this one is: bit 0 is the first */
} NameEntry;

#define NAME_MATCH_MAX	64

/*
 * A hash without collisions, found by trying: each name has a slot of its own,
 * except those whose ends are the same.
 */
typedef struct NameMatcher
{
	NameEntry  *entries;		/* of the distinct names */
	int			nentries;
	uint8	   *slots;			/* number of an entry plus one, or zero */
	int			shift;
	uint64		factor;
} NameMatcher;

extern NameMatcher *engage_name_matcher_create(MemoryContext context, const EventName *names, int n);
extern void engage_name_matcher_free(NameMatcher *matcher);

static inline NameSketch
name_sketch(const char *bytes, uint32 length)
{
	NameSketch	sketch = {.length = length};

	if (likely(length >= 8))
	{
		memcpy(&sketch.head, bytes, 8);
		memcpy(&sketch.tail, bytes + length - 8, 8);
	}
	else if (length >= 4)
	{
		uint32		head;
		uint32		tail;

		memcpy(&head, bytes, 4);
		memcpy(&tail, bytes + length - 4, 4);
		sketch.head = (uint64) head << 32 | tail;
	}
	else if (length > 0)
		sketch.head = (uint64) (unsigned char) bytes[0] << 16 |
			(uint64) (unsigned char) bytes[length / 2] << 8 |
			(unsigned char) bytes[length - 1];
	return sketch;
}

static inline uint32
name_slot(uint64 factor, int shift, const NameSketch *sketch)
{
	uint64		mixed = (sketch->head + sketch->length) * factor;

	return (uint32) (((mixed ^ mixed >> 32) + sketch->tail) * factor >> shift);
}

/* The entry of the name that is these bytes, or NULL */
static inline const NameEntry *
name_match(const NameMatcher *matcher, const char *bytes, uint32 length)
{
	NameSketch	sketch = name_sketch(bytes, length);
	int			number = matcher->slots[name_slot(matcher->factor, matcher->shift, &sketch)] - 1;

	while (number >= 0)
	{
		const NameEntry *entry = &matcher->entries[number];

		/* up to 16 bytes, the two ends are all of it */
		if (entry->sketch.head == sketch.head && entry->sketch.tail == sketch.tail &&
			entry->sketch.length == length &&
			(length <= 16 || memcmp(entry->bytes + 8, bytes + 8, length - 16) == 0))
			return entry;
		number = entry->next;
	}
	return NULL;
}

#endif							/* ENGAGE_NAME_MATCH_H */
