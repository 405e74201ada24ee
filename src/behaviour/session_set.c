/*-------------------------------------------------------------------------
 *
 * session_set.c
 *	  Type session_set: input and output, and what is in it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/session_set.h"
#include "common/interrupts.h"
#include "common/result_rows.h"
#include "common/time_arg.h"
#include "common/time_text.h"
#include "libpq/pqformat.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* ---------------------------------------------------------- text, both ways */

/* "2024-01-01T10:00:00Z..2024-01-01T10:05:00Z" */
static void
append_times(StringInfo buffer, int64 first, int64 last)
{
	engage_append_time(buffer, first);
	appendStringInfoString(buffer, "..");
	engage_append_time(buffer, last);
}

static bool
scan_times(TextScan *scan, int64 *first, int64 *last)
{
	return engage_scan_time(scan, first) && engage_scan_literal(scan, "..") &&
		engage_scan_time(scan, last);
}

static void
append_session(StringInfo buffer, const Session *session)
{
	append_times(buffer, session->first, session->last);
	appendStringInfo(buffer, ",events=" INT64_FORMAT ",pages=" INT64_FORMAT,
					 session->events, session->pages);
	/* of page views, the times are said if they are not those of the session */
	if (session->pages > 0 &&
		(session->first_page != session->first || session->last_page != session->last))
	{
		appendStringInfoChar(buffer, '@');
		append_times(buffer, session->first_page, session->last_page);
	}
	if (session->keys > 0)
		appendStringInfo(buffer, ",keys=" INT64_FORMAT, session->keys);
}

static bool
scan_session(TextScan *scan, Session *session)
{
	if (!scan_times(scan, &session->first, &session->last) ||
		!engage_scan_literal(scan, ",events=") || !engage_scan_int64(scan, &session->events) ||
		!engage_scan_literal(scan, ",pages=") || !engage_scan_int64(scan, &session->pages))
		return false;
	if (session->pages > 0)
	{
		session->first_page = session->first;
		session->last_page = session->last;
		if (engage_scan_try(scan, "@") &&
			!scan_times(scan, &session->first_page, &session->last_page))
			return false;
	}
	return !engage_scan_try(scan, ",keys=") || engage_scan_int64(scan, &session->keys);
}

PG_FUNCTION_INFO_V1(engage_session_set_in);
Datum
engage_session_set_in(PG_FUNCTION_ARGS)
{
	TextScan	scan = {.type_name = "session_set", .input = PG_GETARG_CSTRING(0),
	.pos = PG_GETARG_CSTRING(0), .escontext = fcinfo->context};
	int64		space = 16;
	int64		n = 0;
	Session    *sessions = palloc(space * sizeof(Session));
	int64		gap;

	if (!engage_scan_version(&scan) || !engage_scan_literal(&scan, ":gap=") ||
		!engage_scan_int64(&scan, &gap))
		PG_RETURN_NULL();
	if (gap < 0)
	{
		engage_scan_fail(&scan, "a gap of zero or more before this place,");
		PG_RETURN_NULL();
	}
	while (*scan.pos != '\0')
	{
		Session		session = {0};
		const char *fault;

		check_interrupts_at(n);
		if (!engage_scan_literal(&scan, ";") || !scan_session(&scan, &session))
			PG_RETURN_NULL();
		fault = engage_session_fault(&session, n > 0 ? &sessions[n - 1] : NULL, gap);
		if (fault != NULL)
			ereturn(fcinfo->context, (Datum) 0,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("invalid value for type session_set"),
					 errdetail_internal("%s", fault)));
		if (n == space)
			sessions = repalloc_huge(sessions, (space *= 2) * sizeof(Session));
		sessions[n++] = session;
	}
	PG_RETURN_POINTER(engage_session_set_encode(sessions, n, gap));
}

PG_FUNCTION_INFO_V1(engage_session_set_out);
Datum
engage_session_set_out(PG_FUNCTION_ARGS)
{
	SessionSet	set;
	SessionReader reader;
	Session		session;
	StringInfoData buffer;

	session_set_arg(&set, PG_GETARG_DATUM(0));
	initStringInfo(&buffer);
	appendStringInfo(&buffer, "1:gap=" INT64_FORMAT, set.gap);
	session_reader_init(&reader, &set);
	while (session_next(&reader, &session))
	{
		check_interrupts_at(reader.next);
		appendStringInfoChar(&buffer, ';');
		append_session(&buffer, &session);
	}
	PG_RETURN_CSTRING(buffer.data);
}

/* -------------------------------------------------------- binary, both ways */

/* version, gap, number of sessions, and of each its numbers; the times come first */
#define SESSION_NUMBERS		7
#define SESSION_TIMES		4

static void
session_numbers(Session *session, int64 *numbers[SESSION_NUMBERS])
{
	numbers[0] = &session->first;
	numbers[1] = &session->last;
	numbers[2] = &session->first_page;
	numbers[3] = &session->last_page;
	numbers[4] = &session->events;
	numbers[5] = &session->pages;
	numbers[6] = &session->keys;
}

PG_FUNCTION_INFO_V1(engage_session_set_send);
Datum
engage_session_set_send(PG_FUNCTION_ARGS)
{
	SessionSet	set;
	SessionReader reader;
	Session		session;
	int64	   *numbers[SESSION_NUMBERS];
	StringInfoData buffer;

	session_set_arg(&set, PG_GETARG_DATUM(0));
	session_numbers(&session, numbers);
	pq_begintypsend(&buffer);
	pq_sendint8(&buffer, SESSION_SET_VERSION);
	pq_sendint64(&buffer, set.gap);
	pq_sendint64(&buffer, set.nsessions);
	session_reader_init(&reader, &set);
	while (session_next(&reader, &session))
	{
		check_interrupts_at(reader.next);
		for (int i = 0; i < SESSION_NUMBERS; i++)
			pq_sendint64(&buffer, *numbers[i]);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

pg_noreturn static void
binary_error(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value of type session_set"),
			 errdetail_internal("%s", detail)));
}

PG_FUNCTION_INFO_V1(engage_session_set_recv);
Datum
engage_session_set_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	Session    *sessions;
	int64		gap;
	int64		n;

	if (pq_getmsgbyte(message) != SESSION_SET_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("binary value of type session_set has an unknown format version"),
				 errdetail("This version of engage reads version %d.", SESSION_SET_VERSION)));
	gap = pq_getmsgint64(message);
	if (gap < 0)
		binary_error("Its gap is negative.");
	n = pq_getmsgint64(message);
	if (n < 0 || n > (message->len - message->cursor) / (SESSION_NUMBERS * (int) sizeof(int64)))
		binary_error("It ends before its sessions.");
	sessions = MemoryContextAllocHuge(CurrentMemoryContext, Max(n, 1) * sizeof(Session));
	for (int64 i = 0; i < n; i++)
	{
		int64	   *numbers[SESSION_NUMBERS];
		const char *fault;

		check_interrupts_at(i);
		session_numbers(&sessions[i], numbers);
		for (int j = 0; j < SESSION_NUMBERS; j++)
			*numbers[j] = pq_getmsgint64(message);
		for (int j = 0; j < SESSION_TIMES; j++)
			if (!IS_VALID_TIMESTAMP(*numbers[j]))
				binary_error("A time is out of range.");
		if (sessions[i].pages == 0 && (sessions[i].first_page != 0 || sessions[i].last_page != 0))
			binary_error("There are times of page views, but no page views.");
		fault = engage_session_fault(&sessions[i], i > 0 ? &sessions[i - 1] : NULL, gap);
		if (fault != NULL)
			binary_error(fault);
	}
	PG_RETURN_POINTER(engage_session_set_encode(sessions, n, gap));
}

/* ------------------------------------------------------------ what is in it */

PG_FUNCTION_INFO_V1(engage_session_rows);
Datum
engage_session_rows(PG_FUNCTION_ARGS)
{
	SessionSet	set;
	SessionReader reader;
	Session		session;
	ResultRows	rows = engage_begin_rows(fcinfo);

	session_set_arg(&set, PG_GETARG_DATUM(0));
	session_reader_init(&reader, &set);
	while (session_next(&reader, &session))
	{
		Datum		values[] = {
			Int64GetDatum(reader.next),
			TimestampTzGetDatum(session.first),
			TimestampTzGetDatum(session.last),
			PointerGetDatum(engage_elapsed_interval(session_duration(&session))),
			Int64GetDatum(session.events),
			Int64GetDatum(session.pages),
			Int64GetDatum(session.keys)
		};
		bool		nulls[lengthof(values)] = {false};

		check_interrupts_at(reader.next);
		engage_put_row(&rows, values, nulls);
	}
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(engage_session_set_count);
Datum
engage_session_set_count(PG_FUNCTION_ARGS)
{
	SessionSet	set;

	session_set_arg(&set, PG_GETARG_DATUM(0));
	PG_RETURN_INT64(set.nsessions);
}

PG_FUNCTION_INFO_V1(engage_session_set_gap);
Datum
engage_session_set_gap(PG_FUNCTION_ARGS)
{
	SessionSet	set;

	session_set_arg(&set, PG_GETARG_DATUM(0));
	PG_RETURN_INTERVAL_P(engage_elapsed_interval(set.gap));
}

PG_FUNCTION_INFO_V1(engage_session_set_first_at);
Datum
engage_session_set_first_at(PG_FUNCTION_ARGS)
{
	SessionSet	set;
	SessionReader reader;
	Session		session;

	session_set_arg(&set, PG_GETARG_DATUM(0));
	session_reader_init(&reader, &set);
	if (!session_next(&reader, &session))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(session.first);
}

/* All sessions as if they were one; false if there is none */
static bool
total_of(FunctionCallInfo fcinfo, Session *total, uint64 *duration)
{
	SessionSet	set;
	SessionReader reader;
	Session		session;

	*total = (Session) {0};
	*duration = 0;
	session_set_arg(&set, PG_GETARG_DATUM(0));
	session_reader_init(&reader, &set);
	while (session_next(&reader, &session))
	{
		check_interrupts_at(reader.next);
		*duration += session_duration(&session);
		if (reader.next == 1)
			*total = session;
		else
			session_absorb(total, &session);
	}
	return set.nsessions > 0;
}

PG_FUNCTION_INFO_V1(engage_session_set_last_at);
Datum
engage_session_set_last_at(PG_FUNCTION_ARGS)
{
	Session		total;
	uint64		duration;

	if (!total_of(fcinfo, &total, &duration))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(total.last);
}

PG_FUNCTION_INFO_V1(engage_session_set_duration);
Datum
engage_session_set_duration(PG_FUNCTION_ARGS)
{
	Session		total;
	uint64		duration;

	total_of(fcinfo, &total, &duration);
	PG_RETURN_INTERVAL_P(engage_elapsed_interval(duration));
}

PG_FUNCTION_INFO_V1(engage_session_set_events);
Datum
engage_session_set_events(PG_FUNCTION_ARGS)
{
	Session		total;
	uint64		duration;

	total_of(fcinfo, &total, &duration);
	PG_RETURN_INT64(total.events);
}

PG_FUNCTION_INFO_V1(engage_session_set_pages);
Datum
engage_session_set_pages(PG_FUNCTION_ARGS)
{
	Session		total;
	uint64		duration;

	total_of(fcinfo, &total, &duration);
	PG_RETURN_INT64(total.pages);
}

PG_FUNCTION_INFO_V1(engage_session_set_keys);
Datum
engage_session_set_keys(PG_FUNCTION_ARGS)
{
	Session		total;
	uint64		duration;

	total_of(fcinfo, &total, &duration);
	PG_RETURN_INT64(total.keys);
}

/* (session_set, min_duration) */
PG_FUNCTION_INFO_V1(engage_session_set_engaged);
Datum
engage_session_set_engaged(PG_FUNCTION_ARGS)
{
	int64		longer_than = engage_elapsed_arg(PG_GETARG_INTERVAL_P(1), "min_duration", true);
	SessionSet	set;
	SessionReader reader;
	Session		session;
	int64		n = 0;

	session_set_arg(&set, PG_GETARG_DATUM(0));
	session_reader_init(&reader, &set);
	while (session_next(&reader, &session))
	{
		check_interrupts_at(reader.next);
		n += session_is_engaged(&session, longer_than);
	}
	PG_RETURN_INT64(n);
}

PG_FUNCTION_INFO_V1(engage_session_set_bounced);
Datum
engage_session_set_bounced(PG_FUNCTION_ARGS)
{
	SessionSet	set;
	SessionReader reader;
	Session		session;
	int64		n = 0;

	session_set_arg(&set, PG_GETARG_DATUM(0));
	session_reader_init(&reader, &set);
	while (session_next(&reader, &session))
	{
		check_interrupts_at(reader.next);
		n += session_is_bounce(&session);
	}
	PG_RETURN_INT64(n);
}
