/*-------------------------------------------------------------------------
 *
 * timeline.c
 *	  Type timeline: input and output, and what it contains.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "behaviour/timeline.h"
#include "catalog/pg_type.h"
#include "common/errors.h"
#include "common/interrupts.h"
#include "common/result_rows.h"
#include "common/shortest_dec.h"
#include "common/text_scan.h"
#include "common/time_arg.h"
#include "common/time_text.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

double
engage_event_value(double value)
{
	if (unlikely(isnan(value) || isinf(value)))
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_INVALID_MEASURE),
				 errmsg("an event's value must not be %s",
						isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity"),
				 errdetail("Values are finite numbers; NULL is an event without value."),
				 errhint("Write NULLIF(value, 'NaN') or leave such rows out.")));
	return value == 0 ? 0 : value;	/* one zero only */
}

/* ---------------------------------------------------------- text, both ways */

static bool
scan_value(TextScan *scan, double *result)
{
	char	   *end;

	if (*scan->pos == '\0' || strchr("-.0123456789", *scan->pos) == NULL)
		return engage_scan_fail(scan, "a number");
	errno = 0;
	*result = strtod(scan->pos, &end);
	if (end == scan->pos || isinf(*result) || isnan(*result) ||
		memchr(scan->pos, 'x', end - scan->pos) != NULL)
		return engage_scan_fail(scan, "a finite number");
	scan->pos = end;
	if (*result == 0)
		*result = 0;
	return true;
}

PG_FUNCTION_INFO_V1(engage_timeline_in);
Datum
engage_timeline_in(PG_FUNCTION_ARGS)
{
	TextScan	scan = {.type_name = "timeline", .input = PG_GETARG_CSTRING(0),
	.pos = PG_GETARG_CSTRING(0), .escontext = fcinfo->context};
	EventNames *names = engage_event_names_create(CurrentMemoryContext);
	int64		space = 16;
	int64		nevents = 0;
	TimelineEvent *events = palloc(space * sizeof(TimelineEvent));
	StringInfoData name;

	initStringInfo(&name);
	if (!engage_scan_version(&scan) || !engage_scan_literal(&scan, ":"))
		PG_RETURN_NULL();
	while (*scan.pos != '\0')
	{
		TimelineEvent event = {0};

		check_interrupts_at(nevents);
		resetStringInfo(&name);
		if ((nevents > 0 && !engage_scan_literal(&scan, ",")) ||
			!engage_scan_quoted(&scan, &name) || !engage_scan_literal(&scan, "@") ||
			!engage_scan_time(&scan, &event.time))
			PG_RETURN_NULL();
		if (engage_scan_try(&scan, "="))
		{
			event.has_value = true;
			if (!scan_value(&scan, &event.value))
				PG_RETURN_NULL();
		}
		event.code = event_name_code(names, name.data, name.len);
		if (nevents == space)
			events = repalloc_huge(events, (space *= 2) * sizeof(TimelineEvent));
		events[nevents++] = event;
	}
	PG_RETURN_POINTER(engage_timeline_encode(names->names, events, nevents, names->local_codes));
}

PG_FUNCTION_INFO_V1(engage_timeline_out);
Datum
engage_timeline_out(PG_FUNCTION_ARGS)
{
	Timeline	timeline;
	TimelineReader reader;
	EventName  *names;
	StringInfoData buffer;
	double		value;
	char		number[DOUBLE_SHORTEST_DECIMAL_LEN];

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	names = engage_timeline_names(&timeline);
	initStringInfo(&buffer);
	appendStringInfoString(&buffer, "1:");
	timeline_reader_init(&reader, &timeline);
	for (int64 i = 0; timeline_next(&reader); i++)
	{
		check_interrupts_at(i);
		if (i > 0)
			appendStringInfoChar(&buffer, ',');
		engage_append_quoted(&buffer, names[reader.code].bytes, names[reader.code].len);
		appendStringInfoChar(&buffer, '@');
		engage_append_time(&buffer, reader.time);
		if (timeline_value(&reader, &value))
		{
			double_to_shortest_decimal_buf(value, number);
			appendStringInfoChar(&buffer, '=');
			appendStringInfoString(&buffer, number);
		}
	}
	PG_RETURN_CSTRING(buffer.data);
}

/* -------------------------------------------------------- binary, both ways */

/*
 * Names go through the client's encoding, in which their order may be another
 * one, so what comes in is taken as events and put together anew.
 */
PG_FUNCTION_INFO_V1(engage_timeline_send);
Datum
engage_timeline_send(PG_FUNCTION_ARGS)
{
	Timeline	timeline;
	TimelineReader reader;
	EventName  *names;
	StringInfoData buffer;
	double		value;

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	names = engage_timeline_names(&timeline);
	pq_begintypsend(&buffer);
	pq_sendint8(&buffer, TIMELINE_VERSION);
	pq_sendint32(&buffer, timeline.nnames);
	for (uint32 i = 0; i < timeline.nnames; i++)
		pq_sendcountedtext(&buffer, names[i].bytes, names[i].len, false);
	pq_sendint64(&buffer, timeline.nevents);
	timeline_reader_init(&reader, &timeline);
	for (int64 i = 0; timeline_next(&reader); i++)
	{
		bool		has_value = timeline_value(&reader, &value);

		check_interrupts_at(i);
		pq_sendint64(&buffer, reader.time);
		pq_sendint32(&buffer, reader.code);
		pq_sendint8(&buffer, has_value);
		if (has_value)
			pq_sendfloat8(&buffer, value);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

pg_noreturn static void
binary_error(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value of type timeline"),
			 errdetail_internal("%s", detail)));
}

PG_FUNCTION_INFO_V1(engage_timeline_recv);
Datum
engage_timeline_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	EventNames *names = engage_event_names_create(CurrentMemoryContext);
	TimelineEvent *events;
	uint32		nnames;
	uint32	   *codes;
	int64		nevents;

	if (pq_getmsgbyte(message) != TIMELINE_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("binary value of type timeline has an unknown format version"),
				 errdetail("This version of engage reads version %d.", TIMELINE_VERSION)));
	nnames = pq_getmsgint(message, 4);
	/* a name takes four bytes at least, an event 13 */
	if (nnames > (message->len - message->cursor) / 4)
		binary_error("It ends before its names.");
	codes = palloc(Max(nnames, 1) * sizeof(uint32));
	for (uint32 i = 0; i < nnames; i++)
	{
		int			length = pq_getmsgint(message, 4);
		int			server_length;
		char	   *name;

		check_interrupts_at(i);
		if (length < 0 || length > message->len - message->cursor)
			binary_error("It ends within a name.");
		name = pq_getmsgtext(message, length, &server_length);
		codes[i] = event_name_code(names, name, server_length);
	}
	nevents = pq_getmsgint64(message);
	if (nevents < 0 || nevents > (message->len - message->cursor) / 13)
		binary_error("It ends before its events.");
	events = MemoryContextAllocHuge(CurrentMemoryContext, Max(nevents, 1) * sizeof(TimelineEvent));
	for (int64 i = 0; i < nevents; i++)
	{
		uint32		code;
		int			has_value;

		check_interrupts_at(i);
		events[i].time = pq_getmsgint64(message);
		if (!IS_VALID_TIMESTAMP(events[i].time))
			binary_error("A time is out of range.");
		code = pq_getmsgint(message, 4);
		if (code >= nnames)
			binary_error("An event has no name.");
		events[i].code = codes[code];
		has_value = pq_getmsgbyte(message);
		if (has_value != 0 && has_value != 1)
			binary_error("An event neither has nor lacks a value.");
		events[i].has_value = has_value;
		events[i].value = has_value ? pq_getmsgfloat8(message) : 0;
		if (isnan(events[i].value) || isinf(events[i].value))
			binary_error("A value is not finite.");
		if (events[i].value == 0)
			events[i].value = 0;
	}
	PG_RETURN_POINTER(engage_timeline_encode(names->names, events, nevents, names->local_codes));
}

/* ------------------------------------------------------------ what is in it */

EventName *
engage_names_arg(ArrayType *array, int *nnames)
{
	Datum	   *datums;
	bool	   *nulls;
	int			n;
	EventName  *names;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &datums, &nulls, &n);
	names = palloc(Max(n, 1) * sizeof(EventName));
	*nnames = 0;
	for (int i = 0; i < n; i++)
	{
		text	   *name;

		if (nulls[i])
			continue;
		name = DatumGetTextPP(datums[i]);
		names[*nnames].bytes = VARDATA_ANY(name);
		names[*nnames].len = VARSIZE_ANY_EXHDR(name);
		(*nnames)++;
	}
	return names;
}

/* The code of a name, or -1; names are in the order of their bytes. */
static int64
find_name(const EventName *names, uint32 nnames, const char *bytes, uint32 len)
{
	const EventName wanted = {.bytes = bytes, .len = len};
	uint32		low = 0;
	uint32		high = nnames;

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;
		int			order = event_name_compare(&names[middle], &wanted);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

int *
engage_match_names(const Timeline *timeline, const EventName *names, int nnames)
{
	EventName  *own = engage_timeline_names(timeline);
	int		   *matches = palloc(Max(timeline->nnames, 1) * sizeof(int));

	for (uint32 i = 0; i < timeline->nnames; i++)
		matches[i] = -1;
	/* from the end, so that of equal names the first one stays */
	for (int i = nnames - 1; i >= 0; i--)
	{
		int64		code = find_name(own, timeline->nnames, names[i].bytes, names[i].len);

		check_interrupts_at(i);
		if (code >= 0)
			matches[code] = i;
	}
	pfree(own);
	return matches;
}

/* @>: every one of the names occurs; an empty list is contained in everything */
PG_FUNCTION_INFO_V1(engage_timeline_contains);
Datum
engage_timeline_contains(PG_FUNCTION_ARGS)
{
	Timeline	timeline;
	int			nnames;
	EventName  *names = engage_names_arg(PG_GETARG_ARRAYTYPE_P(1), &nnames);
	EventName  *own;

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	own = engage_timeline_names(&timeline);
	if (array_contains_nulls(PG_GETARG_ARRAYTYPE_P(1)))
		PG_RETURN_BOOL(false);
	for (int i = 0; i < nnames; i++)
	{
		check_interrupts_at(i);
		if (find_name(own, timeline.nnames, names[i].bytes, names[i].len) < 0)
			PG_RETURN_BOOL(false);
	}
	PG_RETURN_BOOL(true);
}

/* &&: one of the names occurs */
PG_FUNCTION_INFO_V1(engage_timeline_overlaps);
Datum
engage_timeline_overlaps(PG_FUNCTION_ARGS)
{
	Timeline	timeline;
	int			nnames;
	EventName  *names = engage_names_arg(PG_GETARG_ARRAYTYPE_P(1), &nnames);
	int		   *matches;

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	matches = engage_match_names(&timeline, names, nnames);
	for (uint32 i = 0; i < timeline.nnames; i++)
		if (matches[i] >= 0)
			PG_RETURN_BOOL(true);
	PG_RETURN_BOOL(false);
}

PG_FUNCTION_INFO_V1(engage_timeline_length);
Datum
engage_timeline_length(PG_FUNCTION_ARGS)
{
	Timeline	timeline;

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	PG_RETURN_INT64(timeline.nevents);
}

PG_FUNCTION_INFO_V1(engage_timeline_first_at);
Datum
engage_timeline_first_at(PG_FUNCTION_ARGS)
{
	Timeline	timeline;
	TimelineReader reader;

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	timeline_reader_init(&reader, &timeline);
	if (!timeline_next(&reader))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(reader.time);
}

PG_FUNCTION_INFO_V1(engage_timeline_last_at);
Datum
engage_timeline_last_at(PG_FUNCTION_ARGS)
{
	Timeline	timeline;
	TimelineReader reader;

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	timeline_reader_init(&reader, &timeline);
	while (timeline_next(&reader))
		check_interrupts_at(reader.next);
	if (timeline.nevents == 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(reader.time);
}

/* The names in use, in the order of their bytes */
PG_FUNCTION_INFO_V1(engage_timeline_event_names);
Datum
engage_timeline_event_names(PG_FUNCTION_ARGS)
{
	Timeline	timeline;
	EventName  *names;
	Datum	   *datums;

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	names = engage_timeline_names(&timeline);
	datums = palloc(Max(timeline.nnames, 1) * sizeof(Datum));
	for (uint32 i = 0; i < timeline.nnames; i++)
		datums[i] = PointerGetDatum(cstring_to_text_with_len(names[i].bytes, names[i].len));
	PG_RETURN_ARRAYTYPE_P(construct_array(datums, timeline.nnames, TEXTOID, -1, false, TYPALIGN_INT));
}

/* The code of the name that an argument is, or -1 */
static int64
name_arg(const Timeline *timeline, const text *name)
{
	return find_name(engage_timeline_names(timeline), timeline->nnames,
					 VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
}

PG_FUNCTION_INFO_V1(engage_timeline_event_count);
Datum
engage_timeline_event_count(PG_FUNCTION_ARGS)
{
	Timeline	timeline;
	int64		code;
	int64		count = 0;

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	code = name_arg(&timeline, PG_GETARG_TEXT_PP(1));
	if (code < 0)
		PG_RETURN_INT64(0);
	for (int64 i = 0; i < timeline.nevents; i++)
	{
		check_interrupts_at(i);
		count += timeline_code(&timeline, i) == code;
	}
	PG_RETURN_INT64(count);
}

/* Events are in one order only, so the sum is always the same. */
PG_FUNCTION_INFO_V1(engage_timeline_total_value);
Datum
engage_timeline_total_value(PG_FUNCTION_ARGS)
{
	Timeline	timeline;
	TimelineReader reader;
	int64		code = -1;
	double		total = 0;
	bool		is_any = false;
	double		value;

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	if (PG_NARGS() > 1)
	{
		code = name_arg(&timeline, PG_GETARG_TEXT_PP(1));
		if (code < 0)
			PG_RETURN_NULL();
	}
	timeline_reader_init(&reader, &timeline);
	while (timeline_next(&reader))
	{
		check_interrupts_at(reader.next);
		if (timeline_value(&reader, &value) && (code < 0 || reader.code == code))
		{
			total += value;
			is_any = true;
		}
	}
	if (!is_any)
		PG_RETURN_NULL();
	if (isinf(total))
		float_overflow_error();
	PG_RETURN_FLOAT8(total);
}

PG_FUNCTION_INFO_V1(engage_timeline_events_rows);
Datum
engage_timeline_events_rows(PG_FUNCTION_ARGS)
{
	Timeline	timeline;
	TimelineReader reader;
	EventName  *names;
	Datum	   *name_datums;
	ResultRows	rows = engage_begin_rows(fcinfo);

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	names = engage_timeline_names(&timeline);
	name_datums = palloc(Max(timeline.nnames, 1) * sizeof(Datum));
	for (uint32 i = 0; i < timeline.nnames; i++)
		name_datums[i] = PointerGetDatum(cstring_to_text_with_len(names[i].bytes, names[i].len));
	timeline_reader_init(&reader, &timeline);
	while (timeline_next(&reader))
	{
		double		value = 0;
		bool		has_value = timeline_value(&reader, &value);
		Datum		values[] = {Int64GetDatum(reader.next), TimestampTzGetDatum(reader.time),
		name_datums[reader.code], Float8GetDatum(value)};
		bool		nulls[] = {false, false, false, !has_value};

		check_interrupts_at(reader.next);
		engage_put_row(&rows, values, nulls);
	}
	return (Datum) 0;
}
