/*-------------------------------------------------------------------------
 *
 * timeline_core.c
 *	  Making and reading stored timelines.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/timeline_core.h"
#include "common/interrupts.h"
#include "utils/memutils.h"

/* "local_codes" of names that are used, until they get their place */
#define CODE_USED	PG_UINT32_MAX

static inline int
code_width(uint32 nnames)
{
	return nnames <= 1 ? 0 : nnames <= 0x100 ? 1 : nnames <= 0x10000 ? 2 : 4;
}

/* ----------------------------------------------------------------- reading */

void
engage_timeline_open(Timeline *timeline, const struct varlena *datum)
{
	const uint8 *position = (const uint8 *) VARDATA_ANY(datum);
	uint8		head = *position++;
	uint64		nvalues = 0;

	if (unlikely(head >> 4 != TIMELINE_VERSION))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a stored timeline has format version %d", head >> 4),
				 errdetail("This version of engage reads version %d.", TIMELINE_VERSION),
				 errhint("If it was written by a newer engage, upgrade this server's.")));
	timeline->unit = time_unit_length(Min(head & 7, UNIT_DAY));
	timeline->nevents = (int64) varint_read(&position);
	timeline->nnames = (uint32) varint_read(&position);
	if (head & 8)
		nvalues = varint_read(&position);

	timeline->names = position;
	for (uint32 i = 0; i < timeline->nnames; i++)
	{
		uint64		len = varint_read(&position);

		position += len;
	}
	timeline->names_end = position;
	timeline->code_width = code_width(timeline->nnames);
	timeline->codes = position;
	position += timeline->code_width * timeline->nevents;
	timeline->presence = NULL;
	timeline->values = NULL;
	if (head & 8)
	{
		timeline->presence = position;
		position += (timeline->nevents + 7) / 8;
		timeline->values = position;
		position += 8 * nvalues;
	}
	timeline->times = position;
}

/* The names; they are not copied. */
EventName *
engage_timeline_names(const Timeline *timeline)
{
	EventName  *names = palloc(Max(timeline->nnames, 1) * sizeof(EventName));
	const uint8 *position = timeline->names;

	for (uint32 i = 0; i < timeline->nnames; i++)
	{
		names[i].len = (uint32) varint_read(&position);
		names[i].bytes = (const char *) position;
		position += names[i].len;
	}
	return names;
}

TimelineEvent *
engage_timeline_events(const Timeline *timeline)
{
	TimelineEvent *events = MemoryContextAllocHuge(CurrentMemoryContext,
												   Max(timeline->nevents, 1) * sizeof(TimelineEvent));
	TimelineReader reader;

	timeline_reader_init(&reader, timeline);
	for (int64 i = 0; timeline_next(&reader); i++)
	{
		check_interrupts_at(i);
		events[i].time = reader.time;
		events[i].code = reader.code;
		events[i].value = 0;
		events[i].has_value = timeline_value(&reader, &events[i].value);
	}
	return events;
}

/* ------------------------------------------------------------------ making */

static inline int
compare_events(const TimelineEvent *a, const TimelineEvent *b)
{
	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	if (a->code != b->code)
		return a->code < b->code ? -1 : 1;
	if (a->has_value != b->has_value)
		return a->has_value ? 1 : -1;
	return a->value < b->value ? -1 : a->value > b->value;
}

#define ST_SORT			sort_events
#define ST_ELEMENT_TYPE	TimelineEvent
#define ST_COMPARE(a, b) compare_events(a, b)
#define ST_SCOPE		static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

/* In the order of a stored value, if codes are in the order of names */
void
engage_timeline_sort(TimelineEvent *events, int64 nevents)
{
	/* most often they come in order, or nearly */
	for (int64 i = 1; i < nevents; i++)
	{
		check_interrupts_at(i);
		if (compare_events(&events[i - 1], &events[i]) > 0)
		{
			sort_events(events, nevents);
			return;
		}
	}
}

/*
 * The stored value of events whose codes are indexes of "names", which may be
 * more than are used and in any order.  Events are put in order and get other
 * codes.  "local_codes" is 0 for each name, and is left so.
 */
struct varlena *
engage_timeline_encode(const EventName *names, TimelineEvent *events, int64 nevents,
					   uint32 *local_codes)
{
	uint32		few_used[16];
	uint32	   *used = few_used;
	uint32		used_space = lengthof(few_used);
	uint32		nused = 0;
	TimeUnit unit = nevents > 0 ? UNIT_DAY : UNIT_MICROSECOND;
	int64		nvalues = 0;
	int			width;
	Size		size;
	struct varlena *result;
	uint8	   *position;
	uint8	   *presence = NULL;
	uint64		first = 0;

	/* which names there are, in their order */
	for (int64 i = 0; i < nevents; i++)
	{
		check_interrupts_at(i);
		while (unlikely(!time_is_whole(events[i].time, unit)))
			unit--;
		nvalues += events[i].has_value;
		if (local_codes[events[i].code] != 0)
			continue;
		local_codes[events[i].code] = CODE_USED;
		if (nused == used_space)
		{
			used_space *= 2;
			if (used == few_used)
			{
				used = palloc(used_space * sizeof(uint32));
				memcpy(used, few_used, sizeof(few_used));
			}
			else
				used = repalloc_huge(used, used_space * sizeof(uint32));
		}
		used[nused++] = events[i].code;
	}
	engage_event_names_sort(names, used, nused);
	for (uint32 i = 0; i < nused; i++)
		local_codes[used[i]] = i;
	for (int64 i = 0; i < nevents; i++)
	{
		check_interrupts_at(i);
		events[i].code = local_codes[events[i].code];
	}
	for (uint32 i = 0; i < nused; i++)
		local_codes[used[i]] = 0;
	engage_timeline_sort(events, nevents);

	/* how long it becomes */
	width = code_width(nused);
	size = 1 + varint_length(nevents) + varint_length(nused) + (Size) width * nevents;
	if (nvalues > 0)
		size += varint_length(nvalues) + (nevents + 7) / 8 + 8 * nvalues;
	for (uint32 i = 0; i < nused; i++)
		size += varint_length(names[used[i]].len) + names[used[i]].len;
	if (nevents > 0)
	{
		first = zigzag(events[0].time / time_unit_length(unit));
		size += varint_length(first);
	}
	for (int64 i = 1; i < nevents; i++)
	{
		check_interrupts_at(i);
		size += varint_length(time_whole_units((uint64) events[i].time - (uint64) events[i - 1].time, unit));
	}
	if (size > MaxAllocSize - VARHDRSZ)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a timeline of " INT64_FORMAT " events needs more than 1 GB", nevents),
				 errdetail("A value in PostgreSQL is limited to 1 GB."),
				 errhint("Make a timeline a month or a year of such a customer, and merge what a question needs.")));

	result = palloc(VARHDRSZ + size);
	SET_VARSIZE(result, VARHDRSZ + size);
	position = (uint8 *) VARDATA(result);
	*position++ = (uint8) (TIMELINE_VERSION << 4 | (nvalues > 0) << 3 | unit);
	position = varint_write(position, nevents);
	position = varint_write(position, nused);
	if (nvalues > 0)
		position = varint_write(position, nvalues);
	for (uint32 i = 0; i < nused; i++)
	{
		position = varint_write(position, names[used[i]].len);
		memcpy(position, names[used[i]].bytes, names[used[i]].len);
		position += names[used[i]].len;
	}
	if (used != few_used)
		pfree(used);
	for (int64 i = 0; i < nevents && width > 0; i++)
	{
		check_interrupts_at(i);
		for (int byte = 0; byte < width; byte++)
			*position++ = (uint8) (events[i].code >> (8 * byte));
	}
	if (nvalues > 0)
	{
		presence = position;
		memset(presence, 0, (nevents + 7) / 8);
		position += (nevents + 7) / 8;
		for (int64 i = 0; i < nevents; i++)
		{
			uint64		bits;

			check_interrupts_at(i);
			if (!events[i].has_value)
				continue;
			presence[i >> 3] |= 1 << (i & 7);
			memcpy(&bits, &events[i].value, sizeof(bits));
			for (int shift = 56; shift >= 0; shift -= 8)
				*position++ = (uint8) (bits >> shift);
		}
	}
	if (nevents > 0)
		position = varint_write(position, first);
	for (int64 i = 1; i < nevents; i++)
	{
		check_interrupts_at(i);
		position = varint_write(position,
								time_whole_units((uint64) events[i].time - (uint64) events[i - 1].time, unit));
	}
	Assert(position == (uint8 *) result + VARSIZE(result));
	return result;
}

/* The same where nobody keeps local codes between calls */
struct varlena *
engage_timeline_build(const EventName *names, uint32 nnames,
					  TimelineEvent *events, int64 nevents)
{
	uint32	   *local_codes = palloc0(Max(nnames, 1) * sizeof(uint32));
	struct varlena *result = engage_timeline_encode(names, events, nevents, local_codes);

	pfree(local_codes);
	return result;
}
