/*-------------------------------------------------------------------------
 *
 * stickiness.c
 *	  Type stickiness_summary: daily, weekly and monthly active customers, and
 *	  on how many days they are active.
 *
 * Kinds of cells are those of StickinessCell.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/population.h"
#include "common/errors.h"
#include "common/int.h"
#include "common/interrupts.h"
#include "common/result_rows.h"
#include "utils/date.h"

#define STICKINESS_WINDOW	0	/* parameter: the days of a month */
#define DEFAULT_WINDOW		28
#define MAX_WINDOW			10000

static const char *const param_names[] = {"days"};
static const TallyKind kinds[] = {
	{"day_in", 1, 0}, {"day_out", 1, 0}, {"week_in", 1, 0}, {"week_out", 1, 0},
	{"month_in", 1, 0}, {"month_out", 1, 0}, {"active_days", 1, 0}
};

/* Active customers, day by day */
typedef struct StickinessWalk
{
	CellSlice	cells[STICKINESS_ACTIVE_DAYS];
	int64		day;
	int64		last;
	int64		active[3];		/* within a day, a week, a month */
} StickinessWalk;

/* False if there is no customer. */
static bool
begin_walk(StickinessWalk *walk, const TallyCell *cells, int64 ncells)
{
	memset(walk, 0, sizeof(StickinessWalk));
	for (int kind = 0; kind < STICKINESS_ACTIVE_DAYS; kind++)
	{
		walk->cells[kind] = engage_cells_of_kind(cells, ncells, kind);
		if (walk->cells[kind].at == walk->cells[kind].end)
			return false;
	}
	walk->day = walk->cells[STICKINESS_DAY_IN].at->key.a;
	walk->last = (int64) walk->cells[STICKINESS_DAY_OUT].end[-1].key.a - 1;
	return true;
}

/* The counts of walk->day; false if they cannot be */
static bool
count_day(StickinessWalk *walk)
{
	for (int i = 0; i < 3; i++)
	{
		int64		out = engage_take_cell(&walk->cells[2 * i + 1], walk->day, 0);

		if (out > walk->active[i] ||
			pg_add_s64_overflow(walk->active[i] - out,
								engage_take_cell(&walk->cells[2 * i], walk->day, 0), &walk->active[i]))
			return false;
	}
	return walk->active[0] <= walk->active[1] && walk->active[0] <= walk->active[2];
}

static const char *
check_summary(const Tally *tally)
{
	int64		window = tally->params[STICKINESS_WINDOW];
	int64		lengths[] = {1, STICKINESS_WEEK, window};
	int64		ncells;
	TallyCell  *cells = engage_tally_sorted(tally, &ncells);
	StickinessWalk walk;

	if (window < 1 || window > MAX_WINDOW)
		return "The number of days is not possible.";
	if (tally->nfixed_names > 0)
		return "There are no names in it.";
	for (int64 i = 0; i < ncells; i++)
	{
		const TallyKey *key = &cells[i].key;

		check_interrupts_at(i);
		if (key->kind == STICKINESS_ACTIVE_DAYS ? key->a < 1 || key->a > PERIOD_CELL_LIMIT :
			!engage_is_period_cell(PERIOD_DAY, (int64) key->a - (key->kind % 2 == 1 ? lengths[key->kind / 2] : 0), 0))
			return "A day is not possible.";
	}
	if (ncells == 0)
		return NULL;
	if (!begin_walk(&walk, cells, ncells) || cells[ncells - 1].key.kind != STICKINESS_ACTIVE_DAYS)
		return "Nobody comes, or goes.";
	/* from cell to cell: there may be many days between them */
	for (int64 i = 0;; i++)
	{
		int64		next = PG_INT64_MAX;

		check_interrupts_at(i);
		for (int kind = 0; kind < STICKINESS_ACTIVE_DAYS; kind++)
			if (walk.cells[kind].at < walk.cells[kind].end)
				next = Min(next, walk.cells[kind].at->key.a);
		if (next == PG_INT64_MAX)
			break;
		walk.day = next;
		if (!count_day(&walk))
			return "More customers go than there are, or are there for a shorter time.";
		for (int kind = 0; kind < STICKINESS_ACTIVE_DAYS; kind++)
			if (walk.cells[kind].at < walk.cells[kind].end && walk.cells[kind].at->key.a == next)
				walk.cells[kind].at++;
	}
	for (int i = 0; i < 3; i++)
		if (walk.active[i] != 0)
			return "Not everybody goes who comes.";
	return NULL;
}

const TallyType engage_stickiness_summary_type = {
	"stickiness_summary", lengthof(param_names), param_names, lengthof(kinds), kinds, true, check_summary
};

TALLY_FUNCTIONS(stickiness_summary);

/* The argument "days", if the form has it */
static int64
window_arg(FunctionCallInfo fcinfo, int argno)
{
	int32		window;

	if (PG_NARGS() <= argno)
		return DEFAULT_WINDOW;
	if (PG_ARGISNULL(argno))
		engage_null_argument("days");
	window = PG_GETARG_INT32(argno);
	if (unlikely(window < 1 || window > MAX_WINDOW))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("days must be from 1 to %d, not %d", MAX_WINDOW, window)));
	return window;
}

static void
check_window(int64 one, int64 other)
{
	if (unlikely(one != other))
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
				 errmsg("days must be the same for all rows of a stickiness_summary"),
				 errhint("Write a constant, or GROUP BY what it depends on.")));
}

static Tally *
create_tally(int64 window, MemoryContext context)
{
	int64		params[] = {window};

	return engage_tally_create(&engage_stickiness_summary_type, context, params, NULL, 0);
}

/* (stickiness_summary, activity [, days]) */
PG_FUNCTION_INFO_V1(engage_stickiness_summary_accum);
Datum
engage_stickiness_summary_accum(PG_FUNCTION_ARGS)
{
	int64		window = window_arg(fcinfo, 2);
	RunList		list;
	PeriodUnit	unit;
	Tally	   *tally;

	if (PG_ARGISNULL(1))
		return engage_skipped_row(fcinfo);
	unit = engage_activity_runs_arg(fcinfo, 1, &list);
	if (unit != PERIOD_DAY)
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
				 errmsg("stickiness counts days, but this activity is by %s",
						engage_period_unit_name(unit)),
				 errhint("Build activities with the unit day.")));
	tally = engage_tally_state(fcinfo, &engage_stickiness_summary_type);
	if (tally == NULL)
		tally = create_tally(window, engage_tally_context(fcinfo));
	check_window(tally->params[STICKINESS_WINDOW], window);
	engage_stickiness_count(&list, window, engage_tally_count, tally);
	return tally_datum(tally);
}

static Datum
accum_rows(FunctionCallInfo fcinfo, int zone_argno)
{
	PeriodRowsSite *site = (PeriodRowsSite *) fcinfo->flinfo->fn_extra;
	int64		window = window_arg(fcinfo, zone_argno > 0 ? 4 : 3);
	PeriodRows *rows;
	bool		is_new;

	if (unlikely(site == NULL))
		fcinfo->flinfo->fn_extra = site = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
																 sizeof(PeriodRowsSite));
	if (!engage_period_rows_begin(fcinfo, site, 0, zone_argno))
		return engage_skipped_row(fcinfo);
	rows = engage_period_rows_add(fcinfo, site, false, &is_new);
	if (unlikely(is_new))
	{
		rows->question = MemoryContextAlloc(engage_tally_context(fcinfo), sizeof(int64));
		*(int64 *) rows->question = window;
	}
	check_window(*(int64 *) rows->question, window);
	PG_RETURN_POINTER(rows);
}

/* (internal, customer, ts, tz [, days]) */
PG_FUNCTION_INFO_V1(engage_stickiness_rows_accum_zoned);
Datum
engage_stickiness_rows_accum_zoned(PG_FUNCTION_ARGS)
{
	return accum_rows(fcinfo, 3);
}

/* (internal, customer, ts [, days]): a timestamp or a date */
PG_FUNCTION_INFO_V1(engage_stickiness_rows_accum);
Datum
engage_stickiness_rows_accum(PG_FUNCTION_ARGS)
{
	return accum_rows(fcinfo, 0);
}

PG_FUNCTION_INFO_V1(engage_stickiness_rows_final);
Datum
engage_stickiness_rows_final(PG_FUNCTION_ARGS)
{
	PeriodRows *rows;
	PeriodRowsReader reader;
	Tally	   *tally;
	int64		window;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	rows = (PeriodRows *) PG_GETARG_POINTER(0);
	window = *(int64 *) rows->question;
	tally = create_tally(window, CurrentMemoryContext);
	engage_period_rows_open(&reader, rows);
	while (engage_period_rows_next(&reader))
		engage_stickiness_count(&reader.list, window, engage_tally_count, tally);
	return tally_datum(tally);
}

/* ---------------------------------------------------------------- accessors */

static Tally *
summary_arg(FunctionCallInfo fcinfo)
{
	return engage_tally_arg(&engage_stickiness_summary_type, PG_GETARG_DATUM(0), CurrentMemoryContext);
}

PG_FUNCTION_INFO_V1(engage_stickiness_rows);
Datum
engage_stickiness_rows(PG_FUNCTION_ARGS)
{
	Tally	   *tally = summary_arg(fcinfo);
	ResultRows	rows = engage_begin_rows(fcinfo);
	int64		ncells;
	TallyCell  *cells = engage_tally_sorted(tally, &ncells);
	StickinessWalk walk;

	if (!begin_walk(&walk, cells, ncells))
		return (Datum) 0;
	engage_check_row_count("stickiness_rows", (double) walk.last - walk.day + 1);
	for (; walk.day <= walk.last; walk.day++)
	{
		Datum		values[6];
		bool		nulls[6] = {false};

		check_interrupts_at(walk.day);
		if (!count_day(&walk))
			engage_count_overflow();
		values[0] = DateADTGetDatum((DateADT) walk.day);
		for (int i = 0; i < 3; i++)
			values[1 + i] = Int64GetDatum(walk.active[i]);
		/* of a month, then of a week */
		for (int i = 0; i < 2; i++)
		{
			int64		all = walk.active[2 - i];

			nulls[4 + i] = all == 0;
			if (all > 0)
				values[4 + i] = Float8GetDatum(100.0 * (double) walk.active[0] / (double) all);
		}
		engage_put_row(&rows, values, nulls);
	}
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(engage_stickiness_histogram);
Datum
engage_stickiness_histogram(PG_FUNCTION_ARGS)
{
	Tally	   *tally = summary_arg(fcinfo);
	ResultRows	rows = engage_begin_rows(fcinfo);
	int64		ncells;
	TallyCell  *cells = engage_tally_sorted(tally, &ncells);
	CellSlice	slice = engage_cells_of_kind(cells, ncells, STICKINESS_ACTIVE_DAYS);
	double		all = 0;
	int64		most;

	if (slice.at == slice.end)
		return (Datum) 0;
	most = slice.end[-1].key.a;
	engage_check_row_count("stickiness_histogram", (double) most);
	for (const TallyCell *cell = slice.at; cell < slice.end; cell++)
		all += (double) cell->count;
	for (int64 ndays = 1; ndays <= most; ndays++)
	{
		int64		customers = engage_take_cell(&slice, ndays, 0);
		Datum		values[3];
		bool		nulls[3] = {false};

		check_interrupts_at(ndays);
		values[0] = Int32GetDatum((int32) ndays);
		values[1] = Int64GetDatum(customers);
		values[2] = Float8GetDatum(100.0 * (double) customers / all);
		engage_put_row(&rows, values, nulls);
	}
	return (Datum) 0;
}
