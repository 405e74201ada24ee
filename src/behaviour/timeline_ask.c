/*-------------------------------------------------------------------------
 *
 * timeline_ask.c
 *	  Questions to one timeline: its sessions, its path, what came next.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/session_set_core.h"
#include "behaviour/timeline.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "common/errors.h"
#include "common/interrupts.h"
#include "common/result_rows.h"
#include "common/time_arg.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

static Datum
name_datum(const EventName *name)
{
	return PointerGetDatum(cstring_to_text_with_len(name->bytes, name->len));
}

/* ---------------------------------------------------------------- sessions */

typedef struct TimelineSession
{
	int64		number;
	int64		started_at;
	int64		ended_at;
	int64		events;
	double		value;
	bool		has_value;
	uint32		entry;
	uint32		exit;
} TimelineSession;

static void
put_session(ResultRows *rows, const TimelineSession *session, const EventName *names)
{
	Datum		values[] = {
		Int64GetDatum(session->number),
		TimestampTzGetDatum(session->started_at),
		TimestampTzGetDatum(session->ended_at),
		PointerGetDatum(engage_elapsed_interval((uint64) session->ended_at - (uint64) session->started_at)),
		Int64GetDatum(session->events),
		Float8GetDatum(session->value),
		name_datum(&names[session->entry]),
		name_datum(&names[session->exit])
	};
	bool		nulls[] = {false, false, false, false, false, !session->has_value, false, false};

	if (isinf(session->value))
		float_overflow_error();
	engage_put_row(rows, values, nulls);
}

/* (timeline, gap): one row a session */
PG_FUNCTION_INFO_V1(engage_timeline_sessions);
Datum
engage_timeline_sessions(PG_FUNCTION_ARGS)
{
	int64		gap = engage_elapsed_arg(PG_GETARG_INTERVAL_P(1), "gap", false);
	Timeline	timeline;
	TimelineReader reader;
	EventName  *names;
	ResultRows	rows = engage_begin_rows(fcinfo);
	TimelineSession session = {0};

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	names = engage_timeline_names(&timeline);
	timeline_reader_init(&reader, &timeline);
	while (timeline_next(&reader))
	{
		double		value;

		check_interrupts_at(reader.next);
		if (session.number == 0 || !session_goes_on(session.ended_at, reader.time, gap))
		{
			if (session.number > 0)
				put_session(&rows, &session, names);
			session = (TimelineSession) {.number = session.number + 1, .started_at = reader.time, .entry = reader.code};
		}
		session.events++;
		session.ended_at = reader.time;
		session.exit = reader.code;
		if (timeline_value(&reader, &value))
		{
			session.value += value;
			session.has_value = true;
		}
	}
	if (session.number > 0)
		put_session(&rows, &session, names);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(engage_timeline_session_count);
Datum
engage_timeline_session_count(PG_FUNCTION_ARGS)
{
	int64		gap = engage_elapsed_arg(PG_GETARG_INTERVAL_P(1), "gap", false);
	Timeline	timeline;
	TimelineReader reader;
	int64		previous = 0;
	int64		count = 0;

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	timeline_reader_init(&reader, &timeline);
	while (timeline_next(&reader))
	{
		check_interrupts_at(reader.next);
		count += count == 0 || !session_goes_on(previous, reader.time, gap);
		previous = reader.time;
	}
	PG_RETURN_INT64(count);
}

/* -------------------------------------------------------------------- paths */

/*
 * The names after the rules of cleaning: pairs of a regular expression and what
 * replaces its first match, one after another, as regexp_replace() does it.
 */
static void
clean_names(EventName *names, uint32 nnames, ArrayType *rules, Oid collation)
{
	Datum	   *datums;
	bool	   *nulls;
	int			n;

	deconstruct_array(rules, TEXTOID, -1, false, TYPALIGN_INT, &datums, &nulls, &n);
	if (array_contains_nulls(rules) || n % 2 != 0 ||
		(ARR_NDIM(rules) > 1 && ARR_DIMS(rules)[ARR_NDIM(rules) - 1] != 2))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rules of cleaning must be pairs of a regular expression and its replacement"),
				 errhint("Write for example ARRAY[['^/product/.*', '/product/*'], ['^/blog/.*', '/blog/*']].")));
	for (uint32 i = 0; i < nnames; i++)
	{
		Datum		name = name_datum(&names[i]);

		check_interrupts_at(i);
		for (int rule = 0; rule < n; rule += 2)
			name = DirectFunctionCall3Coll(textregexreplace_noopt, collation, name,
										   datums[rule], datums[rule + 1]);
		names[i].bytes = VARDATA_ANY(DatumGetPointer(name));
		names[i].len = VARSIZE_ANY_EXHDR(DatumGetPointer(name));
	}
}

/*
 * (timeline, max_steps, starts_at, ends_at, collapse, clean): names in order.
 * With a start, the path begins at its first event; with an end, it stops at the
 * first such event after that, and what is too long is cut at the beginning.
 * Without them in the timeline there is no path.
 */
PG_FUNCTION_INFO_V1(engage_timeline_path);
Datum
engage_timeline_path(PG_FUNCTION_ARGS)
{
	Timeline	timeline;
	TimelineReader reader;
	EventName  *names;
	text	   *starts_at = PG_ARGISNULL(2) ? NULL : PG_GETARG_TEXT_PP(2);
	text	   *ends_at = PG_ARGISNULL(3) ? NULL : PG_GETARG_TEXT_PP(3);
	bool		collapses = PG_ARGISNULL(4) || PG_GETARG_BOOL(4);
	int64		max_steps = PG_INT64_MAX;
	const EventName *previous = NULL;
	Datum	   *path;
	int64		npath = 0;
	bool		has_started = starts_at == NULL;
	bool		has_ended = ends_at == NULL;
	int64		begin = 0;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (!PG_ARGISNULL(1))
	{
		max_steps = PG_GETARG_INT32(1);
		if (max_steps < 1)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("max_steps must be 1 or more, not " INT64_FORMAT, max_steps),
					 errhint("Leave it out for the whole path.")));
	}
	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	names = engage_timeline_names(&timeline);
	if (!PG_ARGISNULL(5))
		clean_names(names, timeline.nnames, PG_GETARG_ARRAYTYPE_P(5), PG_GET_COLLATION());

	if (timeline.nevents > MaxAllocSize / sizeof(Datum))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a path of " INT64_FORMAT " events is too long for an array", timeline.nevents),
				 errhint("Cut the timeline with slice() before.")));
	path = palloc(Max(timeline.nevents, 1) * sizeof(Datum));
	timeline_reader_init(&reader, &timeline);
	while (timeline_next(&reader))
	{
		const EventName *name = &names[reader.code];
		bool		starts = false;

		check_interrupts_at(reader.next);
		if (!has_started)
		{
			if (!event_name_equals(name, VARDATA_ANY(starts_at), VARSIZE_ANY_EXHDR(starts_at)))
				continue;
			has_started = starts = true;
		}
		if (!collapses || previous == NULL || event_name_compare(name, previous) != 0)
			path[npath++] = PointerGetDatum(name);
		previous = name;
		/* the event that the path begins with is not one after it: from purchase to purchase */
		if (ends_at != NULL && !starts &&
			event_name_equals(name, VARDATA_ANY(ends_at), VARSIZE_ANY_EXHDR(ends_at)))
		{
			has_ended = true;
			break;
		}
		if (ends_at == NULL && npath >= max_steps)
			break;
	}
	if (!has_started || !has_ended)
		npath = 0;
	if (npath > max_steps)
		begin = npath - max_steps;
	for (int64 i = begin; i < npath; i++)
		path[i] = name_datum((const EventName *) DatumGetPointer(path[i]));
	PG_RETURN_ARRAYTYPE_P(construct_array(path + begin, (int) (npath - begin), TEXTOID, -1, false, TYPALIGN_INT));
}

/* The name of what came right after the first event of a name; NULL if nothing did */
PG_FUNCTION_INFO_V1(engage_timeline_next_event);
Datum
engage_timeline_next_event(PG_FUNCTION_ARGS)
{
	text	   *after = PG_GETARG_TEXT_PP(1);
	Timeline	timeline;
	EventName  *names;

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	names = engage_timeline_names(&timeline);
	for (int64 i = 0; i + 1 < timeline.nevents; i++)
	{
		check_interrupts_at(i);
		if (event_name_equals(&names[timeline_code(&timeline, i)], VARDATA_ANY(after), VARSIZE_ANY_EXHDR(after)))
			return name_datum(&names[timeline_code(&timeline, i + 1)]);
	}
	PG_RETURN_NULL();
}
