/*-------------------------------------------------------------------------
 *
 * retention_rows.c
 *	  A retention_summary as rows: the triangle, and the curve over all cohorts.
 *
 * A cell (cohort, k) is observable once the period k after the cohort's has
 * ended; what is not yet is NULL, not 0.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/retention.h"
#include "common/errors.h"
#include "common/int.h"
#include "common/interrupts.h"
#include "common/result_rows.h"
#include "common/time_arg.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

typedef enum RetentionMode
{
	MODE_ON,
	MODE_ON_OR_AFTER,
	MODE_BRACKET
} RetentionMode;

/* What both functions read */
typedef struct RetentionView
{
	Tally	   *tally;
	PeriodUnit	unit;
	bool		is_rolling;
	RetentionMode mode;
	int			nbrackets;
	PeriodRun  *brackets;
	TallyCell  *cells;
	int64		ncells;
	CellSlice	sizes;
	int64		last_ended;		/* the last period that has ended, ... */
	Timestamp	observed_until; /* or, of rolling periods, until when */
} RetentionView;

static RetentionMode
mode_arg(text *name)
{
	static const char *const names[] = {"on", "on_or_after", "bracket"};

	for (int i = 0; i < lengthof(names); i++)
		if (VARSIZE_ANY_EXHDR(name) == strlen(names[i]) &&
			memcmp(VARDATA_ANY(name), names[i], strlen(names[i])) == 0)
			return i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown mode of retention: \"%s\"", text_to_cstring(name)),
			 errdetail("The modes are on, on_or_after and bracket.")));
}

/*
 * Until when rolling periods were observed, as far as they tell: an event in
 * the k-th one was at least k lengths after the beginning of the cohort's.
 */
static Timestamp
rolling_end(const RetentionView *view)
{
	CellSlice	last = engage_cells_of_kind(view->cells, view->ncells, RETENTION_LAST);
	int64		length = engage_period_rolling_length(view->unit);
	Timestamp	end = engage_period_start(view->unit, view->sizes.end[-1].key.a);

	for (; last.at < last.end; last.at++)
		end = Max(end, engage_period_start(view->unit, last.at->key.a) + last.at->key.b * length);
	return engage_period_start(view->unit, engage_period_of(view->unit, end) + 1);
}

/* Arguments (summary, mode, as_of); false if there is no cohort. */
static bool
open_view(FunctionCallInfo fcinfo, RetentionView *view)
{
	CellSlice	seen;

	if (PG_ARGISNULL(0))
		return false;
	if (PG_ARGISNULL(1))
		engage_null_argument("mode");
	view->mode = mode_arg(PG_GETARG_TEXT_PP(1));
	view->tally = engage_tally_arg(&engage_retention_summary_type, PG_GETARG_DATUM(0), CurrentMemoryContext);
	view->unit = (PeriodUnit) view->tally->params[RETENTION_UNIT];
	view->is_rolling = view->tally->params[RETENTION_COHORTS] == COHORT_ROLLING;
	view->nbrackets = view->tally->nfixed_names;
	if (view->mode == MODE_BRACKET && view->nbrackets == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("this retention_summary has no brackets"),
				 errhint("Brackets are counted where it is made: retention_agg(activity, 'first_time', ARRAY[[1, 7], [8, 14]]).")));
	view->brackets = palloc(Max(view->nbrackets, 1) * sizeof(PeriodRun));
	for (int i = 0; i < view->nbrackets; i++)
		if (!engage_bracket_parse(&view->tally->fixed_names[i], &view->brackets[i]))
			elog(ERROR, "invalid bracket in a retention_summary");
	view->cells = engage_tally_sorted(view->tally, &view->ncells);
	view->sizes = engage_cells_of_kind(view->cells, view->ncells, RETENTION_SIZE);
	if (view->sizes.at == view->sizes.end)
		return false;

	if (!PG_ARGISNULL(2))
	{
		view->observed_until = PG_GETARG_TIMESTAMP(2);
		if (TIMESTAMP_NOT_FINITE(view->observed_until))
			ereport(ERROR,
					(errcode(ERRCODE_ENGAGE_INVALID_TIME),
					 errmsg("as_of must not be infinite"),
					 errhint("Leave it out to take the end of the last period with activity.")));
		view->last_ended = engage_period_of(view->unit, view->observed_until) - 1;
	}
	else if (view->is_rolling)
		view->observed_until = rolling_end(view);
	else
	{
		seen = engage_cells_of_kind(view->cells, view->ncells, RETENTION_SEEN);
		view->last_ended = seen.end[-1].key.a;
	}
	return true;
}

/* The largest distance that is observable of a cohort; -1 if none is. */
static int64
last_observable(const RetentionView *view, int64 cohort)
{
	Timestamp	end;

	if (!view->is_rolling)
		return Max(view->last_ended - cohort, -1);
	/* the last customer of the cohort came just before its end */
	end = engage_period_start(view->unit, cohort + 1);
	if (view->observed_until < end)
		return -1;
	return engage_period_rolled(end, view->observed_until,
								engage_period_rolling_length(view->unit)) - 1;
}

/* Columns: period 0 and then this many */
static int64
last_column(const RetentionView *view)
{
	CellSlice	last = engage_cells_of_kind(view->cells, view->ncells, RETENTION_LAST);
	int64		result;

	if (view->mode == MODE_BRACKET)
		return view->nbrackets;
	result = Max(last_observable(view, view->sizes.at->key.a), 0);
	for (; last.at < last.end; last.at++)
		result = Max(result, last.at->key.b);
	return result;
}

static int64
distance_of(const RetentionView *view, int64 column)
{
	return view->mode == MODE_BRACKET && column > 0 ? view->brackets[column - 1].last : column;
}

static Datum
bracket_column(const RetentionView *view, int64 column, bool *is_null)
{
	const EventName *name;

	*is_null = view->mode != MODE_BRACKET || column == 0;
	if (*is_null)
		return (Datum) 0;
	name = &view->tally->fixed_names[column - 1];
	return PointerGetDatum(cstring_to_text_with_len(name->bytes, name->len));
}

/* "returned" is -1 where it is not known; the columns are the last four. */
static void
put_counts(Datum *values, bool *nulls, int64 size, int64 returned)
{
	values[0] = Int64GetDatum(size);
	values[1] = Int64GetDatum(returned);
	nulls[1] = returned < 0;
	nulls[2] = returned < 0 || size == 0;
	if (!nulls[2])
		values[2] = Float8GetDatum(100.0 * (double) returned / (double) size);
}

/* Customers of a cohort whose last period is at least one after it */
static int64
returned_ever(CellSlice last, int32 cohort)
{
	int64		n = 0;

	for (; last.at < last.end && last.at->key.a == cohort; last.at++)
		n += last.at->count;
	return n;
}

/* (summary, mode, as_of, periods) */
PG_FUNCTION_INFO_V1(engage_retention_rows);
Datum
engage_retention_rows(PG_FUNCTION_ARGS)
{
	RetentionView view;
	ResultRows	rows;
	CellSlice	sizes;
	CellSlice	counts;
	int64		ncolumns;
	int64		nrows = 0;

	rows = engage_begin_rows(fcinfo);
	if (!open_view(fcinfo, &view))
		return (Datum) 0;
	ncolumns = last_column(&view);
	if (!PG_ARGISNULL(3))
	{
		int32		periods = PG_GETARG_INT32(3);

		if (periods < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("periods must be zero or more, not %d", periods)));
		ncolumns = Min(ncolumns, periods);
	}
	sizes = view.sizes;
	counts = engage_cells_of_kind(view.cells, view.ncells,
								  view.mode == MODE_ON ? RETENTION_ON :
								  view.mode == MODE_BRACKET ? RETENTION_BRACKET : RETENTION_LAST);
	engage_check_row_count("retention_rows", ((double) sizes.end[-1].key.a - sizes.at->key.a + 1) * (ncolumns + 1));

	for (int64 cohort = sizes.at->key.a; cohort <= view.sizes.end[-1].key.a; cohort++)
	{
		int64		size = engage_take_cell(&sizes, cohort, 0);
		int64		observable = last_observable(&view, cohort);
		Timestamp	start = engage_period_start(view.unit, cohort);
		int64		later;

		/* (move to the cohort's cells) */
		engage_take_cell(&counts, cohort, PG_INT32_MIN);
		later = view.mode == MODE_ON_OR_AFTER ? returned_ever(counts, cohort) : 0;
		for (int64 column = 0; column <= ncolumns; column++)
		{
			int64		returned = size;
			Datum		values[6];
			bool		nulls[6] = {false};

			check_interrupts_at(nrows++);
			if (column > 0)
			{
				int64		counted = engage_take_cell(&counts, cohort,
													   view.mode == MODE_BRACKET ? column - 1 : column);

				returned = view.mode == MODE_ON_OR_AFTER ? later : counted;
				later -= counted;
				if (distance_of(&view, column) > observable)
					returned = -1;
			}
			values[0] = TimestampGetDatum(start);
			values[1] = Int32GetDatum(column);
			put_counts(values + 2, nulls + 2, size, returned);
			values[5] = bracket_column(&view, column, &nulls[5]);
			engage_put_row(&rows, values, nulls);
		}
	}
	return (Datum) 0;
}

static void
add_count(int64 *sum, int64 count)
{
	if (unlikely(pg_add_s64_overflow(*sum, count, sum)))
		engage_count_overflow();
}

/* The returns of all cohorts by column, of those cells that are observable */
static int64 *
pooled_returns(const RetentionView *view, int64 ncolumns)
{
	int64	   *returned = MemoryContextAllocExtended(CurrentMemoryContext, (ncolumns + 2) * sizeof(int64),
													  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	CellSlice	cells = engage_cells_of_kind(view->cells, view->ncells,
											 view->mode == MODE_ON ? RETENTION_ON :
											 view->mode == MODE_BRACKET ? RETENTION_BRACKET : RETENTION_LAST);

	for (; cells.at < cells.end; cells.at++)
	{
		const TallyKey *key = &cells.at->key;
		int64		column = view->mode == MODE_BRACKET ? key->b + 1 : key->b;
		int64		observable = last_observable(view, key->a);

		check_interrupts_at(cells.end - cells.at);
		if (view->mode == MODE_ON_OR_AFTER)
			column = Min(column, observable);
		else if (distance_of(view, column) > observable)
			continue;
		if (column >= 1)
			add_count(&returned[Min(column, ncolumns)], cells.at->count);
	}
	/* who came back for the last time in a period did so on or after those before it */
	if (view->mode == MODE_ON_OR_AFTER)
		for (int64 column = ncolumns - 1; column >= 1; column--)
			add_count(&returned[column], returned[column + 1]);
	return returned;
}

/* (summary, mode, as_of) */
PG_FUNCTION_INFO_V1(engage_retention_curve);
Datum
engage_retention_curve(PG_FUNCTION_ARGS)
{
	RetentionView view;
	ResultRows	rows;
	int64	   *returned;
	int64	   *sizes;			/* of the first so many cohorts */
	int64		ncohorts;
	int64		ncolumns;
	int64		nobservable;

	rows = engage_begin_rows(fcinfo);
	if (!open_view(fcinfo, &view))
		return (Datum) 0;
	ncohorts = view.sizes.end - view.sizes.at;
	ncolumns = view.mode == MODE_BRACKET ? view.nbrackets :
		Max(last_observable(&view, view.sizes.at->key.a), 0);
	engage_check_row_count("retention_curve", ncolumns + 1.0);
	returned = pooled_returns(&view, ncolumns);
	sizes = MemoryContextAllocHuge(CurrentMemoryContext, (ncohorts + 1) * sizeof(int64));
	sizes[0] = 0;
	for (int64 i = 0; i < ncohorts; i++)
	{
		sizes[i + 1] = sizes[i];
		add_count(&sizes[i + 1], view.sizes.at[i].count);
	}

	nobservable = ncohorts;
	for (int64 column = 0; column <= ncolumns; column++)
	{
		Datum		values[6];
		bool		nulls[6] = {false};

		check_interrupts_at(column);
		/* earlier cohorts are observable for longer; brackets need not ascend */
		if (view.mode == MODE_BRACKET)
			nobservable = ncohorts;
		if (column > 0)
			while (nobservable > 0 &&
				   last_observable(&view, view.sizes.at[nobservable - 1].key.a) < distance_of(&view, column))
				nobservable--;
		values[0] = Int32GetDatum(column);
		values[1] = Int64GetDatum(nobservable);
		put_counts(values + 2, nulls + 2, sizes[nobservable],
				   column == 0 ? sizes[ncohorts] : nobservable == 0 ? -1 : returned[column]);
		values[5] = bracket_column(&view, column, &nulls[5]);
		engage_put_row(&rows, values, nulls);
	}
	return (Datum) 0;
}
