/*-------------------------------------------------------------------------
 *
 * timeline_edit.c
 *	  Timelines made of timelines: parts, unions, other names.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/timeline.h"
#include "common/interrupts.h"
#include "common/time_arg.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* A timeline of some of another's events, in their order */
static struct varlena *
build_part(const Timeline *timeline, TimelineEvent *events, int64 nevents)
{
	return engage_timeline_build(engage_timeline_names(timeline), timeline->nnames, events, nevents);
}

/* From "since" on and before "until" */
static Datum
slice(Datum datum, int64 since, int64 until)
{
	Timeline	timeline;
	TimelineEvent *events;
	int64		begin = 0;
	int64		end;

	timeline_arg(&timeline, datum);
	events = engage_timeline_events(&timeline);
	end = timeline.nevents;
	while (begin < end && events[begin].time < since)
		begin++;
	while (end > begin && !(events[end - 1].time < until || TIMESTAMP_IS_NOEND(until)))
		end--;
	PG_RETURN_POINTER(build_part(&timeline, events + begin, end - begin));
}

/* (timeline, since, until): NULL and infinity are no bound. */
PG_FUNCTION_INFO_V1(engage_timeline_slice);
Datum
engage_timeline_slice(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return slice(PG_GETARG_DATUM(0), PG_ARGISNULL(1) ? DT_NOBEGIN : PG_GETARG_TIMESTAMP(1),
				 PG_ARGISNULL(2) ? DT_NOEND : PG_GETARG_TIMESTAMP(2));
}

static int64
date_bound(FunctionCallInfo fcinfo, int argno, int64 none)
{
	DateADT		date;

	if (PG_ARGISNULL(argno))
		return none;
	date = PG_GETARG_DATEADT(argno);
	if (DATE_NOT_FINITE(date))
		return DATE_IS_NOBEGIN(date) ? DT_NOBEGIN : DT_NOEND;
	return engage_date_time(date, "bound");
}

PG_FUNCTION_INFO_V1(engage_timeline_slice_dates);
Datum
engage_timeline_slice_dates(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return slice(PG_GETARG_DATUM(0), date_bound(fcinfo, 1, DT_NOBEGIN), date_bound(fcinfo, 2, DT_NOEND));
}

static Datum
part_by_name(FunctionCallInfo fcinfo, bool keeps)
{
	Timeline	timeline;
	TimelineEvent *events;
	int			nnames;
	EventName  *names = engage_names_arg(PG_GETARG_ARRAYTYPE_P(1), &nnames);
	int		   *matches;
	int64		n = 0;

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	matches = engage_match_names(&timeline, names, nnames);
	events = engage_timeline_events(&timeline);
	for (int64 i = 0; i < timeline.nevents; i++)
	{
		check_interrupts_at(i);
		if ((matches[events[i].code] >= 0) == keeps)
			events[n++] = events[i];
	}
	PG_RETURN_POINTER(build_part(&timeline, events, n));
}

PG_FUNCTION_INFO_V1(engage_timeline_keep);
Datum
engage_timeline_keep(PG_FUNCTION_ARGS)
{
	return part_by_name(fcinfo, true);
}

PG_FUNCTION_INFO_V1(engage_timeline_discard);
Datum
engage_timeline_discard(PG_FUNCTION_ARGS)
{
	return part_by_name(fcinfo, false);
}

/* Of events that are equal in time, name and value, one remains. */
PG_FUNCTION_INFO_V1(engage_timeline_dedup);
Datum
engage_timeline_dedup(PG_FUNCTION_ARGS)
{
	Timeline	timeline;
	TimelineEvent *events;
	int64		n = 0;

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	events = engage_timeline_events(&timeline);
	for (int64 i = 0; i < timeline.nevents; i++)
	{
		check_interrupts_at(i);
		if (n > 0 && events[n - 1].time == events[i].time && events[n - 1].code == events[i].code &&
			events[n - 1].has_value == events[i].has_value && events[n - 1].value == events[i].value)
			continue;
		events[n++] = events[i];
	}
	PG_RETURN_POINTER(build_part(&timeline, events, n));
}

/* Names of the first list become those at the same place of the second. */
PG_FUNCTION_INFO_V1(engage_timeline_rename);
Datum
engage_timeline_rename(PG_FUNCTION_ARGS)
{
	Timeline	timeline;
	int			nold;
	int			nnew;
	EventName  *old_names = engage_names_arg(PG_GETARG_ARRAYTYPE_P(1), &nold);
	EventName  *new_names = engage_names_arg(PG_GETARG_ARRAYTYPE_P(2), &nnew);
	int		   *matches;
	EventNames *names = engage_event_names_create(CurrentMemoryContext);
	EventName  *own;
	TimelineEvent *events;
	uint32	   *codes;

	if (nold != nnew || array_contains_nulls(PG_GETARG_ARRAYTYPE_P(1)) ||
		array_contains_nulls(PG_GETARG_ARRAYTYPE_P(2)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the lists of old names and of new names must be equally long, not %d and %d", nold, nnew),
				 errdetail("Each old name becomes the new one at the same place; none may be NULL."),
				 errhint("Write for example rename_events(t, ARRAY['buy', 'order'], ARRAY['purchase', 'purchase']).")));

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	matches = engage_match_names(&timeline, old_names, nold);
	own = engage_timeline_names(&timeline);
	codes = palloc(Max(timeline.nnames, 1) * sizeof(uint32));
	for (uint32 i = 0; i < timeline.nnames; i++)
	{
		const EventName *name = matches[i] < 0 ? &own[i] : &new_names[matches[i]];

		codes[i] = event_name_code(names, name->bytes, name->len);
	}
	events = engage_timeline_events(&timeline);
	for (int64 i = 0; i < timeline.nevents; i++)
	{
		check_interrupts_at(i);
		events[i].code = codes[events[i].code];
	}
	PG_RETURN_POINTER(engage_timeline_encode(names->names, events, timeline.nevents, names->local_codes));
}

/* ||: the events of both; what is in both is there twice */
PG_FUNCTION_INFO_V1(engage_timeline_concat);
Datum
engage_timeline_concat(PG_FUNCTION_ARGS)
{
	EventNames *names = engage_event_names_create(CurrentMemoryContext);
	Timeline	parts[2];
	TimelineEvent *events;
	int64		n = 0;

	timeline_arg(&parts[0], PG_GETARG_DATUM(0));
	timeline_arg(&parts[1], PG_GETARG_DATUM(1));
	events = MemoryContextAllocHuge(CurrentMemoryContext,
									Max(parts[0].nevents + parts[1].nevents, 1) * sizeof(TimelineEvent));
	for (int part = 0; part < 2; part++)
	{
		EventName  *own = engage_timeline_names(&parts[part]);
		uint32	   *codes = palloc(Max(parts[part].nnames, 1) * sizeof(uint32));
		TimelineReader reader;

		for (uint32 i = 0; i < parts[part].nnames; i++)
			codes[i] = event_name_code(names, own[i].bytes, own[i].len);
		timeline_reader_init(&reader, &parts[part]);
		for (; timeline_next(&reader); n++)
		{
			check_interrupts_at(n);
			events[n].time = reader.time;
			events[n].code = codes[reader.code];
			events[n].value = 0;
			events[n].has_value = timeline_value(&reader, &events[n].value);
		}
	}
	PG_RETURN_POINTER(engage_timeline_encode(names->names, events, n, names->local_codes));
}
