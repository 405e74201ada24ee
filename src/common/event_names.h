/*-------------------------------------------------------------------------
 *
 * event_names.h
 *	  Names of events as small numbers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_EVENT_NAMES_H
#define ENGAGE_EVENT_NAMES_H

#include "common/key_table.h"

typedef struct EventName
{
	const char *bytes;
	uint32		len;
} EventName;

static inline bool
event_name_equals(const EventName *name, const char *bytes, uint32 len)
{
	return name->len == len && memcmp(name->bytes, bytes, len) == 0;
}

static inline int
event_name_compare(const EventName *a, const EventName *b)
{
	int			order = memcmp(a->bytes, b->bytes, Min(a->len, b->len));

	if (order != 0)
		return order;
	return a->len < b->len ? -1 : a->len > b->len;
}

#define EVENT_NAMES_RECENT	64

/*
 * All names that one place of a query has met, numbered as they came.  The
 * numbers are for that place only: results must not depend on them.
 */
typedef struct EventNames
{
	MemoryContext context;
	KeyTable   *table;
	EventName  *names;
	uint32	   *local_codes;	/* scratch for engage_timeline_encode() */
	uint32		count;
	uint32		space;
	struct
	{
		EventName	name;
		uint32		code;
	}			recent[EVENT_NAMES_RECENT];
} EventNames;

extern EventNames *engage_event_names_create(MemoryContext parent);
extern uint32 engage_event_name_add(EventNames *names, const char *bytes, uint32 len);
extern void engage_event_names_sort(const EventName *names, uint32 *codes, uint32 ncodes);

/* The number of a name.  Queries have few of them, so a small cache hits. */
static inline uint32
event_name_code(EventNames *names, const char *bytes, uint32 len)
{
	uint64		word = len;
	uint32		slot;

	if (likely(len >= 4))
	{
		uint32		head;
		uint32		tail;

		memcpy(&head, bytes, 4);
		memcpy(&tail, bytes + len - 4, 4);
		word += ((uint64) head << 32 | tail);
	}
	else
		for (uint32 i = 0; i < len; i++)
			word = word << 8 | (unsigned char) bytes[i];
	slot = (uint32) ((word * UINT64CONST(0x9e3779b97f4a7c15)) >> 58);
	if (likely(names->recent[slot].name.bytes != NULL &&
			   event_name_equals(&names->recent[slot].name, bytes, len)))
		return names->recent[slot].code;

	names->recent[slot].code = engage_event_name_add(names, bytes, len);
	names->recent[slot].name = names->names[names->recent[slot].code];
	return names->recent[slot].code;
}

#endif							/* ENGAGE_EVENT_NAMES_H */
