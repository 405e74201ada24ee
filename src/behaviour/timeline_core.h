/*-------------------------------------------------------------------------
 *
 * timeline_core.h
 *	  What one customer did, as a value: events with name, time and maybe a
 *	  number.
 *
 * The stored form, after the varlena header (nothing is aligned, so that short
 * headers do):
 *
 *	  1 byte	version << 4 | has values << 3 | TimeUnit
 *	  varint	number of events
 *	  varint	number of names
 *	  varint	number of values, if it has values
 *	  names		each: varint length, bytes; ascending by bytes, all used
 *	  codes		of each event the index of its name; 0 (one name), 1, 2 or 4
 *				bytes each, little-endian
 *	  presence	if it has values: a bit an event, lowest first
 *	  values	8 bytes each, big-endian
 *	  times		varints: the first in zigzag, then the differences; in units
 *				that are the coarsest in which every time is whole
 *
 * Events are in ascending order of time, name, value (none first).  So a bag of
 * events has one form only, and equal values are equal bytes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_TIMELINE_CORE_H
#define ENGAGE_TIMELINE_CORE_H

#include "common/compat.h"
#include "common/event_names.h"
#include "common/time_unit.h"
#include "common/varint.h"

#define TIMELINE_VERSION	1

/* An event outside of a stored value */
typedef struct TimelineEvent
{
	int64		time;			/* microseconds since 2000-01-01 */
	double		value;
	uint32		code;			/* of its name */
	bool		has_value;
} TimelineEvent;

/* A stored value, taken apart; the pointers are into it. */
typedef struct Timeline
{
	int64		nevents;
	uint32		nnames;
	int			code_width;
	int64		unit;			/* microseconds */
	const uint8 *names;
	const uint8 *names_end;
	const uint8 *codes;
	const uint8 *presence;		/* NULL: no event has a value */
	const uint8 *values;
	const uint8 *times;
} Timeline;

extern void engage_timeline_open(Timeline *timeline, const struct varlena *datum);
extern EventName *engage_timeline_names(const Timeline *timeline);
extern TimelineEvent *engage_timeline_events(const Timeline *timeline);
extern void engage_timeline_sort(TimelineEvent *events, int64 nevents);
extern struct varlena *engage_timeline_build(const EventName *names, uint32 nnames,
											 TimelineEvent *events, int64 nevents);
extern struct varlena *engage_timeline_encode(const EventName *names, TimelineEvent *events,
											  int64 nevents, uint32 *local_codes);

/* Walks through the events in order. */
typedef struct TimelineReader
{
	const Timeline *timeline;
	const uint8 *next_time;
	const uint8 *next_value;
	int64		next;			/* index of the event to be read */
	int64		time;
	uint32		code;
} TimelineReader;

static inline void
timeline_reader_init(TimelineReader *reader, const Timeline *timeline)
{
	reader->timeline = timeline;
	reader->next_time = timeline->times;
	reader->next_value = timeline->values;
	reader->next = 0;
	reader->time = 0;
	reader->code = 0;
}

static inline uint32
timeline_code(const Timeline *timeline, int64 i)
{
	const uint8 *p;

	switch (timeline->code_width)
	{
		case 0:
			return 0;
		case 1:
			return timeline->codes[i];
		case 2:
			p = timeline->codes + 2 * i;
			return p[0] | (uint32) p[1] << 8;
		default:
			p = timeline->codes + 4 * i;
			return p[0] | (uint32) p[1] << 8 | (uint32) p[2] << 16 | (uint32) p[3] << 24;
	}
}

/* Time and name of the next event; false after the last */
static inline bool
timeline_next(TimelineReader *reader)
{
	const Timeline *timeline = reader->timeline;
	uint64		difference;

	if (reader->next >= timeline->nevents)
		return false;
	difference = varint_read(&reader->next_time);
	if (reader->next == 0)
		reader->time = unzigzag(difference) * timeline->unit;
	else
		reader->time = (int64) ((uint64) reader->time + difference * (uint64) timeline->unit);
	reader->code = timeline_code(timeline, reader->next++);
	return true;
}

/*
 * The value of the event that timeline_next() came to; to be asked once for
 * every event, in order, or not at all.
 */
static inline bool
timeline_value(TimelineReader *reader, double *value)
{
	const Timeline *timeline = reader->timeline;
	int64		i = reader->next - 1;
	uint64		bits = 0;

	if (timeline->presence == NULL ||
		(timeline->presence[i >> 3] >> (i & 7) & 1) == 0)
		return false;
	for (int byte = 0; byte < 8; byte++)
		bits = bits << 8 | *reader->next_value++;
	memcpy(value, &bits, sizeof(double));
	return true;
}

#endif							/* ENGAGE_TIMELINE_CORE_H */
