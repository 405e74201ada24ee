/*-------------------------------------------------------------------------
 *
 * event_names.c
 *	  Names of events as small numbers.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/event_names.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/*
 * The names have a memory context of their own below the given one, so that
 * nothing else there counts for their limit.
 */
EventNames *
engage_event_names_create(MemoryContext parent)
{
	MemoryContext context = AllocSetContextCreate(parent, "engage event names", ALLOCSET_SMALL_SIZES);
	EventNames *names = MemoryContextAllocZero(context, sizeof(EventNames));

	names->context = context;
	names->table = engage_key_table_create(context, KEY_TEXT);
	return names;
}

uint32
engage_event_name_add(EventNames *names, const char *bytes, uint32 len)
{
	Key			key = {.bytes = bytes, .len = len};
	bool		is_new;
	uint32	   *value = engage_key_table_find(names->table, &key, &is_new);
	char	   *copy;

	if (!is_new)
		return *value;
	*value = names->count;

	if (names->count == names->space)
	{
		uint32		space = names->space == 0 ? 16 : names->space * 2;

		engage_keyed_memory_check(names->context, space * (sizeof(EventName) + sizeof(uint32)));
		if (names->space == 0)
		{
			names->names = MemoryContextAlloc(names->context, space * sizeof(EventName));
			names->local_codes = MemoryContextAllocZero(names->context, space * sizeof(uint32));
		}
		else
		{
			names->names = repalloc_huge(names->names, space * sizeof(EventName));
			names->local_codes = repalloc_huge(names->local_codes, space * sizeof(uint32));
			memset(names->local_codes + names->space, 0, (space - names->space) * sizeof(uint32));
		}
		names->space = space;
	}
	copy = MemoryContextAlloc(names->context, len + 1);
	memcpy(copy, bytes, len);
	copy[len] = '\0';
	names->names[names->count] = (EventName) {.bytes = copy, .len = len};
	return names->count++;
}

#define ST_SORT			sort_codes
#define ST_ELEMENT_TYPE	uint32
#define ST_COMPARE(a, b, names) event_name_compare(&names[*(a)], &names[*(b)])
#define ST_COMPARE_ARG_TYPE const EventName
#define ST_SCOPE		static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

/* Codes by the bytes of their names */
void
engage_event_names_sort(const EventName *names, uint32 *codes, uint32 ncodes)
{
	sort_codes(codes, ncodes, names);
}
