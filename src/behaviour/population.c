/*-------------------------------------------------------------------------
 *
 * population.c
 *	  What the summaries of everybody's active periods share.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/population.h"
#include "common/call_args.h"
#include "common/errors.h"
#include "common/interrupts.h"
#include "utils/memutils.h"

/* More than this is a mistake in the data, such as a time of 1970 or 9999. */
#define MAX_ROWS	10000000

bool
engage_is_period_cell(int64 unit, int64 ordinal, int64 distance)
{
	int64		last = ordinal + distance;

	return ordinal >= -PERIOD_CELL_LIMIT && last <= PERIOD_CELL_LIMIT &&
		engage_period_is_valid((PeriodUnit) unit, ordinal) &&
		engage_period_is_valid((PeriodUnit) unit, last);
}

/* (Only hours get there, and rolling periods that begin close to the end of all.) */
static void
check_range(PeriodUnit unit, const RunList *list)
{
	if (list->n == 0)
		return;
	if (unlikely(!engage_is_period_cell(unit, list->runs[0].first,
										list->runs[list->n - 1].last - list->runs[0].first)))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("a period of unit %s is too far away to be counted",
						engage_period_unit_name(unit)),
				 errdetail("Hours are counted up to the year 124000."),
				 errhint("Leave such rows out, or count longer periods.")));
}

PeriodUnit
engage_activity_runs_arg(FunctionCallInfo fcinfo, int argno, RunList *list)
{
	ActivityView view;
	ActivityCursor cursor;
	PeriodRun	run;

	engage_activity_arg(fcinfo, argno, &view);
	engage_run_list_init(list);
	engage_activity_rewind(&cursor, &view);
	while (engage_activity_next_run(&cursor, &run))
	{
		check_interrupts_at(list->n + 1);
		engage_run_list_add(list, run.first, run.last);
	}
	check_range(view.unit, list);
	return view.unit;
}

void
engage_tally_count(void *target, int kind, int64 row, int64 first, int64 last)
{
	Tally	   *tally = target;

	for (int64 column = first; column <= last; column++)
	{
		check_interrupts_at(column - first + 1);
		engage_tally_add(tally, TALLY_KEY(kind, (int32) row, (int32) column, 0), 1);
	}
}

Datum
engage_skipped_row(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

void
engage_check_row_count(const char *function, double nrows)
{
	if (nrows > MAX_ROWS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s would give %.0f rows", function, nrows),
				 errdetail("The summary reaches over too many periods to show each of them; up to %d rows are shown.", MAX_ROWS),
				 errhint("Leave rows with times that cannot be right out of the summary.")));
}

CellSlice
engage_cells_of_kind(const TallyCell *cells, int64 ncells, int kind)
{
	CellSlice	slice;
	int64		bounds[2];

	for (int i = 0; i < 2; i++)
	{
		int64		low = 0;
		int64		high = ncells;

		while (low < high)
		{
			int64		middle = low + (high - low) / 2;

			if (cells[middle].key.kind < kind + i)
				low = middle + 1;
			else
				high = middle;
		}
		bounds[i] = low;
	}
	slice.at = cells + bounds[0];
	slice.end = cells + bounds[1];
	return slice;
}

int64
engage_take_cell(CellSlice *slice, int32 a, int32 b)
{
	while (slice->at < slice->end &&
		   (slice->at->key.a < a || (slice->at->key.a == a && slice->at->key.b < b)))
		slice->at++;
	if (slice->at < slice->end && slice->at->key.a == a && slice->at->key.b == b)
		return slice->at->count;
	return 0;
}

/* ---------------------------------------------------------------- raw rows */

#define ARG_CUSTOMER	1
#define ARG_TIME		2

bool
engage_period_rows_begin(FunctionCallInfo fcinfo, PeriodRowsSite *site, int unit_argno,
						 int zone_argno)
{
	if (unlikely(!site->is_ready))
	{
		if (zone_argno > 0)
			engage_period_check_zoned(fcinfo, ARG_TIME);
		engage_event_args_init(&site->events, fcinfo, ARG_CUSTOMER, ARG_TIME);
		site->unit_argno = unit_argno;
		site->zone_argno = zone_argno;
		site->periods.unit = PERIOD_DAY;
		site->is_ready = true;
	}
	return !(PG_ARGISNULL(ARG_CUSTOMER) || PG_ARGISNULL(ARG_TIME) ||
			 (unit_argno > 0 && PG_ARGISNULL(unit_argno)) ||
			 (zone_argno > 0 && PG_ARGISNULL(zone_argno)));
}

static PeriodRows *
create_rows(FunctionCallInfo fcinfo, PeriodRowsSite *site, bool is_rolling)
{
	MemoryContext context;
	PeriodRows *rows;

	context = engage_aggregate_context(fcinfo);
	rows = MemoryContextAllocZero(context, sizeof(PeriodRows));
	rows->store = engage_event_args_store(&site->events, context, 0, false);
	rows->unit = site->periods.unit;
	rows->is_rolling = is_rolling;
	rows->is_zoned = site->zone_argno > 0;
	if (is_rolling)
	{
		engage_period_rolling_length(rows->unit);
		rows->clock = site->periods.clock;
	}
	return rows;
}

PeriodRows *
engage_period_rows_add(FunctionCallInfo fcinfo, PeriodRowsSite *site, bool is_rolling, bool *is_new)
{
	PeriodRows *rows = PG_ARGISNULL(0) ? NULL : (PeriodRows *) PG_GETARG_POINTER(0);
	PeriodArgs *periods = &site->periods;
	Key			customer;
	int64		time;

	if (!event_args_read(&site->events, fcinfo, &customer, &time))
		elog(ERROR, "a row to be skipped was not");
	if (site->unit_argno > 0)
		engage_period_unit_arg(periods, PG_GETARG_VARLENA_PP(site->unit_argno),
							   fcinfo->flinfo->fn_mcxt);
	if (site->zone_argno > 0)
		engage_period_zone_arg(periods, PG_GETARG_VARLENA_PP(site->zone_argno),
							   fcinfo->flinfo->fn_mcxt);
	if (site->events.time_type == DATEOID)
		engage_period_check_date_unit(periods->unit);

	*is_new = rows == NULL;
	if (unlikely(rows == NULL))
		rows = create_rows(fcinfo, site, is_rolling);
	engage_activity_check_units(rows->unit, periods->unit);
	if (!is_rolling)
		time = engage_period_of_arg(periods->unit, site->zone_argno > 0 ?
									engage_zone_local(&periods->clock, time) : time);
	else if (rows->is_zoned && unlikely(rows->clock.zone != periods->clock.zone))
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
				 errmsg("the time zone must be the same for all rows of rolling periods"),
				 errhint("Write a constant, or GROUP BY the time zone.")));
	event_store_add(rows->store, &customer, time, 0);
	return rows;
}

void
engage_period_rows_open(PeriodRowsReader *reader, PeriodRows *rows)
{
	reader->rows = rows;
	reader->reader = engage_event_reader_create(rows->store);
	reader->nread = 0;
	engage_run_list_init(&reader->list);
}

/* The next customer; after the last one everything is freed. */
bool
engage_period_rows_next(PeriodRowsReader *reader)
{
	PeriodRows *rows = reader->rows;
	RunList    *list = &reader->list;
	EventRun	run;
	int64		first = 0;
	int64		length = 1;

	check_interrupts_at(reader->nread++);
	if (!engage_event_reader_next(reader->reader, &run))
	{
		engage_event_reader_free(reader->reader);
		if (list->runs != list->first_runs)
			pfree(list->runs);
		return false;
	}
	if (rows->is_rolling)
	{
		first = engage_period_of_arg(rows->unit, rows->is_zoned ?
									 engage_zone_local(&rows->clock, run.events[0].time) :
									 run.events[0].time);
		length = engage_period_rolling_length(rows->unit);
	}
	list->n = 0;
	for (int64 i = 0; i < run.n; i++)
	{
		int64		period = run.events[i].time;

		check_interrupts_at(i + 1);
		if (rows->is_rolling)
			period = first + engage_period_rolled(run.events[0].time, period, length);
		engage_run_list_add(list, period, period);
	}
	check_range(rows->unit, list);
	return true;
}
