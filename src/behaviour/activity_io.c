/*-------------------------------------------------------------------------
 *
 * activity_io.c
 *	  Text and binary form of the type activity.  (Equal sets are equal bytes, so
 *	  equality and hashing are those of stored values.)
 *
 * Text is version, unit, and the periods, runs of them by first and last:
 *		1:day:2024-01-03,2024-01-05..2024-01-09
 * They are read in any order.  Binary is the stored form.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/activity.h"
#include "behaviour/activity_state_core.h"
#include "common/interrupts.h"
#include "common/text_scan.h"
#include "libpq/pqformat.h"

PG_FUNCTION_INFO_V1(engage_activity_in);
PG_FUNCTION_INFO_V1(engage_activity_out);
PG_FUNCTION_INFO_V1(engage_activity_recv);
PG_FUNCTION_INFO_V1(engage_activity_send);

static bool
scan_unit(TextScan *scan, PeriodUnit *unit)
{
	size_t		length = strcspn(scan->pos, ":");

	for (int i = 0; i < PERIOD_UNITS; i++)
	{
		/* (as it is written, not as people may call it) */
		const char *name = engage_period_unit_name(i);

		if (strlen(name) == length && strncmp(scan->pos, name, length) == 0)
		{
			*unit = i;
			scan->pos += length;
			return true;
		}
	}
	return engage_scan_fail(scan, "hour, day, week, week_sunday, week_saturday, month, quarter or year");
}

static bool
scan_period(TextScan *scan, PeriodUnit unit, int64 *ordinal)
{
	const char *expected = engage_period_parse(unit, &scan->pos, ordinal);

	return expected == NULL || engage_scan_fail(scan, expected);
}

static struct varlena *
parse_activity(TextScan *scan)
{
	PeriodUnit	unit = 0;
	ActivityState *state;
	PeriodRun	run;

	if (!engage_scan_version(scan) || !engage_scan_literal(scan, ":") ||
		!scan_unit(scan, &unit) || !engage_scan_literal(scan, ":"))
		return NULL;
	state = engage_activity_state_create(unit);
	if (*scan->pos != '\0')
	{
		int64		n = 1;

		do
		{
			check_interrupts_at(n++);
			if (!scan_period(scan, unit, &run.first))
				return NULL;
			run.last = run.first;
			if (engage_scan_try(scan, "..") && !scan_period(scan, unit, &run.last))
				return NULL;
			if (run.last < run.first)
			{
				engage_scan_fail(scan, "a last period that is not before the first one");
				return NULL;
			}
			engage_activity_state_add_run(state, &run, CurrentMemoryContext);
		} while (engage_scan_try(scan, ","));
	}
	return engage_scan_end(scan) ? engage_activity_state_value(state) : NULL;
}

Datum
engage_activity_in(PG_FUNCTION_ARGS)
{
	char	   *input = PG_GETARG_CSTRING(0);
	TextScan	scan = {"activity", input, input, fcinfo->context};
	struct varlena *activity = parse_activity(&scan);

	if (activity == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(activity);
}

Datum
engage_activity_out(PG_FUNCTION_ARGS)
{
	ActivityView view;
	ActivityCursor cursor;
	PeriodRun	run;
	StringInfoData text;

	engage_activity_arg(fcinfo, 0, &view);
	initStringInfo(&text);
	appendStringInfo(&text, "%d:%s:", ACTIVITY_VERSION, engage_period_unit_name(view.unit));
	engage_activity_rewind(&cursor, &view);
	for (int64 i = 0; engage_activity_next_run(&cursor, &run); i++)
	{
		check_interrupts_at(i);
		if (i > 0)
			appendStringInfoChar(&text, ',');
		engage_period_print(&text, view.unit, run.first);
		if (run.last == run.first)
			continue;
		/* two are written as two, more as a run */
		appendStringInfoString(&text, run.last == run.first + 1 ? "," : "..");
		engage_period_print(&text, view.unit, run.last);
	}
	PG_RETURN_CSTRING(text.data);
}

Datum
engage_activity_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	int			length = message->len - message->cursor;
	const char *data = pq_getmsgbytes(message, length);
	const char *fault = engage_activity_fault((const uint8 *) data, length);
	struct varlena *activity;

	if (fault != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary value for type activity"),
				 errdetail("%s", fault)));
	activity = palloc(VARHDRSZ + length);
	SET_VARSIZE(activity, VARHDRSZ + length);
	memcpy(VARDATA(activity), data, length);
	PG_RETURN_POINTER(activity);
}

Datum
engage_activity_send(PG_FUNCTION_ARGS)
{
	struct varlena *activity = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendbytes(&message, VARDATA_ANY(activity), VARSIZE_ANY_EXHDR(activity));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}
