/*-------------------------------------------------------------------------
 *
 * lifecycle.c
 *	  Type lifecycle_summary: new, returning, resurrecting and dormant customers.
 *
 * Kinds of cells are those of LifecycleCell.  Who returns is not counted: the
 * active customers of a period are those of the one before, and new and
 * resurrecting ones, less the dormant; those who are neither new nor
 * resurrecting return.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/population.h"
#include "common/errors.h"
#include "common/int.h"
#include "common/interrupts.h"
#include "common/result_rows.h"
#include "utils/timestamp.h"

#define LIFECYCLE_UNIT	0		/* parameter: a PeriodUnit */

static const char *const param_names[] = {"unit"};
static const TallyKind kinds[] = {{"new", 1, 0}, {"resurrecting", 1, 0}, {"dormant", 1, 0}};

/* One period after the other */
typedef struct LifecycleWalk
{
	CellSlice	cells[3];		/* by LifecycleCell */
	int64		period;
	int64		last;			/* the last one with anybody active */
	int64		counts[3];
	int64		before;			/* active in the period before */
	int64		active;
	int64		known;			/* have ever been active */
} LifecycleWalk;

/* False if there is no customer. */
static bool
begin_walk(LifecycleWalk *walk, const TallyCell *cells, int64 ncells)
{
	memset(walk, 0, sizeof(LifecycleWalk));
	for (int kind = 0; kind < 3; kind++)
		walk->cells[kind] = engage_cells_of_kind(cells, ncells, kind);
	if (walk->cells[LIFECYCLE_CELL_NEW].at == walk->cells[LIFECYCLE_CELL_NEW].end ||
		walk->cells[LIFECYCLE_CELL_DORMANT].at == walk->cells[LIFECYCLE_CELL_DORMANT].end)
		return false;
	walk->period = walk->cells[LIFECYCLE_CELL_NEW].at->key.a;
	walk->last = (int64) walk->cells[LIFECYCLE_CELL_DORMANT].end[-1].key.a - 1;
	return true;
}

/* The counts of walk->period; false if they cannot be */
static bool
count_period(LifecycleWalk *walk)
{
	int64		inactive;
	int64		come;

	for (int kind = 0; kind < 3; kind++)
		walk->counts[kind] = engage_take_cell(&walk->cells[kind], walk->period, 0);
	walk->before = walk->active;
	inactive = walk->known - walk->before;
	if (walk->counts[LIFECYCLE_CELL_RESURRECTING] > inactive ||
		walk->counts[LIFECYCLE_CELL_DORMANT] > walk->before ||
		pg_add_s64_overflow(walk->known, walk->counts[LIFECYCLE_CELL_NEW], &walk->known) ||
		pg_add_s64_overflow(walk->counts[LIFECYCLE_CELL_NEW],
							walk->counts[LIFECYCLE_CELL_RESURRECTING], &come))
		return false;
	walk->active = walk->before - walk->counts[LIFECYCLE_CELL_DORMANT] + come;
	return true;
}

static const char *
check_summary(const Tally *tally)
{
	int64		unit = tally->params[LIFECYCLE_UNIT];
	int64		ncells;
	TallyCell  *cells = engage_tally_sorted(tally, &ncells);
	LifecycleWalk walk;

	if (unit < 0 || unit >= PERIOD_UNITS)
		return "The unit is not possible.";
	if (tally->nfixed_names > 0)
		return "There are no names in it.";
	for (int64 i = 0; i < ncells; i++)
	{
		bool		is_after = cells[i].key.kind == LIFECYCLE_CELL_DORMANT;

		check_interrupts_at(i);
		if (!engage_is_period_cell(unit, (int64) cells[i].key.a - is_after, 0))
			return "A period is not possible.";
	}
	if (ncells == 0)
		return NULL;
	if (!begin_walk(&walk, cells, ncells))
		return "Nobody comes, or goes.";
	/* from cell to cell: there may be many periods between them */
	for (int64 i = 0;; i++)
	{
		int64		next = PG_INT64_MAX;

		check_interrupts_at(i);
		for (int kind = 0; kind < 3; kind++)
			if (walk.cells[kind].at < walk.cells[kind].end)
				next = Min(next, walk.cells[kind].at->key.a);
		if (next == PG_INT64_MAX)
			break;
		walk.period = next;
		if (!count_period(&walk))
			return "More customers come back or go than there are.";
		for (int kind = 0; kind < 3; kind++)
			if (walk.counts[kind] > 0)
				walk.cells[kind].at++;
	}
	if (walk.active != 0)
		return "Not everybody goes who comes.";
	return NULL;
}

const TallyType engage_lifecycle_summary_type = {
	"lifecycle_summary", lengthof(param_names), param_names, lengthof(kinds), kinds, true, check_summary
};

TALLY_FUNCTIONS(lifecycle_summary);

static Tally *
create_tally(PeriodUnit unit, MemoryContext context)
{
	int64		params[] = {unit};

	return engage_tally_create(&engage_lifecycle_summary_type, context, params, NULL, 0);
}

/* (lifecycle_summary, activity) */
PG_FUNCTION_INFO_V1(engage_lifecycle_summary_accum);
Datum
engage_lifecycle_summary_accum(PG_FUNCTION_ARGS)
{
	RunList		list;
	PeriodUnit	unit;
	Tally	   *tally;

	if (PG_ARGISNULL(1))
		return engage_skipped_row(fcinfo);
	unit = engage_activity_runs_arg(fcinfo, 1, &list);
	tally = engage_tally_state(fcinfo, &engage_lifecycle_summary_type);
	if (tally == NULL)
		tally = create_tally(unit, engage_tally_context(fcinfo));
	engage_activity_check_units(tally->params[LIFECYCLE_UNIT], unit);
	engage_lifecycle_count(&list, engage_tally_count, tally);
	return tally_datum(tally);
}

static Datum
accum_rows(FunctionCallInfo fcinfo, int zone_argno)
{
	PeriodRowsSite *site = (PeriodRowsSite *) fcinfo->flinfo->fn_extra;
	bool		is_new;

	if (unlikely(site == NULL))
		fcinfo->flinfo->fn_extra = site = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
																 sizeof(PeriodRowsSite));
	if (!engage_period_rows_begin(fcinfo, site, 3, zone_argno))
		return engage_skipped_row(fcinfo);
	PG_RETURN_POINTER(engage_period_rows_add(fcinfo, site, false, &is_new));
}

/* (internal, customer, ts, unit, tz) */
PG_FUNCTION_INFO_V1(engage_lifecycle_rows_accum_zoned);
Datum
engage_lifecycle_rows_accum_zoned(PG_FUNCTION_ARGS)
{
	return accum_rows(fcinfo, 4);
}

/* (internal, customer, ts, unit): a timestamp or a date */
PG_FUNCTION_INFO_V1(engage_lifecycle_rows_accum);
Datum
engage_lifecycle_rows_accum(PG_FUNCTION_ARGS)
{
	return accum_rows(fcinfo, 0);
}

PG_FUNCTION_INFO_V1(engage_lifecycle_rows_final);
Datum
engage_lifecycle_rows_final(PG_FUNCTION_ARGS)
{
	PeriodRows *rows;
	PeriodRowsReader reader;
	Tally	   *tally;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	rows = (PeriodRows *) PG_GETARG_POINTER(0);
	tally = create_tally(rows->unit, CurrentMemoryContext);
	engage_period_rows_open(&reader, rows);
	while (engage_period_rows_next(&reader))
		engage_lifecycle_count(&reader.list, engage_tally_count, tally);
	return tally_datum(tally);
}

/* (lifecycle_summary) */
PG_FUNCTION_INFO_V1(engage_lifecycle_rows);
Datum
engage_lifecycle_rows(PG_FUNCTION_ARGS)
{
	Tally	   *tally = engage_tally_arg(&engage_lifecycle_summary_type, PG_GETARG_DATUM(0),
										 CurrentMemoryContext);
	ResultRows	rows = engage_begin_rows(fcinfo);
	PeriodUnit	unit = (PeriodUnit) tally->params[LIFECYCLE_UNIT];
	int64		ncells;
	TallyCell  *cells = engage_tally_sorted(tally, &ncells);
	LifecycleWalk walk;

	if (!begin_walk(&walk, cells, ncells))
		return (Datum) 0;
	engage_check_row_count("lifecycle_rows", (double) walk.last - walk.period + 1);
	for (; walk.period <= walk.last; walk.period++)
	{
		int64		come;
		int64		dormant;
		Datum		values[7];
		bool		nulls[7] = {false};

		check_interrupts_at(walk.period);
		if (!count_period(&walk))
			engage_count_overflow();
		dormant = walk.counts[LIFECYCLE_CELL_DORMANT];
		come = walk.active - (walk.before - dormant);
		values[0] = TimestampGetDatum(engage_period_start(unit, walk.period));
		values[1] = Int64GetDatum(walk.counts[LIFECYCLE_CELL_NEW]);
		values[2] = Int64GetDatum(walk.before - dormant);
		values[3] = Int64GetDatum(walk.counts[LIFECYCLE_CELL_RESURRECTING]);
		values[4] = Int64GetDatum(dormant);
		values[5] = Int64GetDatum(walk.active);
		nulls[6] = dormant == 0;
		if (dormant > 0)
			values[6] = Float8GetDatum((double) come / (double) dormant);
		engage_put_row(&rows, values, nulls);
	}
	return (Datum) 0;
}
