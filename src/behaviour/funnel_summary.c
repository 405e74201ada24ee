/*-------------------------------------------------------------------------
 *
 * funnel_summary.c
 *	  Type funnel_summary, and what all functions about funnels ask.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "behaviour/elapsed_times.h"
#include "behaviour/funnel_summary.h"
#include "behaviour/timeline.h"
#include "catalog/pg_type.h"
#include "common/call_args.h"
#include "common/errors.h"
#include "common/int.h"
#include "common/interrupts.h"
#include "common/result_rows.h"
#include "common/time_arg.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

static const char *const param_names[] = {"within", "mode"};
static const TallyKind kinds[] = {
	{"reached", 1, 0}, {"time", 2, 0}, {"total_time", 2, 0}, {"time_sum", 2, 0}, {"total_time_sum", 2, 0}
};

/* Customers who came to step k or further */
static int64
customers_at(const Tally *tally, int step)
{
	int64		n = 0;

	for (int k = step; k <= tally->nfixed_names; k++)
		if (pg_add_s64_overflow(n, engage_tally_get(tally, TALLY_KEY(FUNNEL_REACHED, k, 0, 0)), &n))
			engage_count_overflow();
	return n;
}

/* Can n customers have taken the time that they are said to have taken? */
static bool
is_possible_sum(const Tally *tally, int sums, int step, int64 n)
{
	if (n == 0)
		return engage_tally_get(tally, TALLY_KEY(sums, step, 0, 0)) == 0 &&
			engage_tally_get(tally, TALLY_KEY(sums, step, 1, 0)) == 0;
	return elapsed_mean(tally, sums, step, n) < (double) PG_UINT64_MAX;
}

static const char *
check_summary(const Tally *tally)
{
	int64		ncells;
	TallyCell  *cells = engage_tally_sorted(tally, &ncells);
	int64		timed[FUNNEL_TOTAL_TIME + 1][FUNNEL_MAX_STEPS + 1] = {0};
	int64		customers = 0;

	if (tally->nfixed_names < 1 || tally->nfixed_names > FUNNEL_MAX_STEPS)
		return "A funnel has 1 to 64 steps.";
	if (tally->params[FUNNEL_WITHIN] < 0 || tally->params[FUNNEL_MODE] < 0 ||
		tally->params[FUNNEL_MODE] > FUNNEL_ANY_ORDER)
		return "The window or the mode is not possible.";
	for (int64 i = 0; i < ncells; i++)
	{
		TallyKey	key = cells[i].key;

		if (key.a < (key.kind == FUNNEL_REACHED ? 1 : 2) || key.a > tally->nfixed_names)
			return "A count is of a step that the funnel does not have.";
		if (key.kind == FUNNEL_TIME || key.kind == FUNNEL_TOTAL_TIME)
		{
			if (key.b < 0 || key.b >= ELAPSED_BUCKETS)
				return "A length of time is not possible.";
			if (pg_add_s64_overflow(timed[key.kind][key.a], cells[i].count, &timed[key.kind][key.a]))
				return "Counts are too large.";
		}
		else if (key.kind == FUNNEL_REACHED)
		{
			if (pg_add_s64_overflow(customers, cells[i].count, &customers))
				return "Counts are too large.";
		}
		else if (key.b < 0 || key.b > 1)
			return "A sum is not possible.";
	}
	for (int k = 2; k <= tally->nfixed_names; k++)
	{
		customers = customers_at(tally, k);
		if (timed[FUNNEL_TIME][k] != customers || timed[FUNNEL_TOTAL_TIME][k] != customers)
			return "A step has not as many times as customers.";
		if (!is_possible_sum(tally, FUNNEL_TIME_SUM, k, customers) ||
			!is_possible_sum(tally, FUNNEL_TOTAL_SUM, k, customers))
			return "A sum is not possible.";
	}
	return NULL;
}

const TallyType engage_funnel_summary_type = {
	"funnel_summary", lengthof(param_names), param_names, lengthof(kinds), kinds, true, check_summary
};

TALLY_FUNCTIONS(funnel_summary);

/* -------------------------------------------------------------- the question */

static void
read_steps(FunnelQuestion *question, ArrayType *array)
{
	int			n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	EventName  *names;

	if (ARR_NDIM(array) > 1 || n < 1 || n > FUNNEL_MAX_STEPS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a funnel must have 1 to %d steps, not %d", FUNNEL_MAX_STEPS, n),
				 errhint("Write the names of events in their order, for example ARRAY['view', 'cart', 'purchase'].")));
	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a step of a funnel must not be NULL"),
				 errhint("Write the names of events in their order, for example ARRAY['view', 'cart', 'purchase'].")));
	names = engage_names_arg(array, &question->nsteps);
	memcpy(question->steps, names, question->nsteps * sizeof(EventName));
}

void
engage_funnel_changed(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
			 errmsg("%s must be the same for all rows of a funnel", what),
			 errhint("Write a constant, or GROUP BY what it depends on.")));
}

/* (The same text comes with a short header from a row, with a long one from a constant.) */
static bool
is_same(const struct varlena *copy, const struct varlena *value)
{
	return copy != NULL && VARSIZE_ANY_EXHDR(copy) == VARSIZE_ANY_EXHDR(value) &&
		memcmp(VARDATA_ANY(copy), VARDATA_ANY(value), VARSIZE_ANY_EXHDR(copy)) == 0;
}

static struct varlena *
copy_varlena(MemoryContext context, const struct varlena *value)
{
	struct varlena *copy = MemoryContextAlloc(context, VARSIZE_ANY(value));

	memcpy(copy, value, VARSIZE_ANY(value));
	return copy;
}

static void
free_question(FunnelQuestion *question)
{
	pfree(question->steps_datum);
	if (question->mode_datum != NULL)
		pfree(question->mode_datum);
	engage_name_matcher_free(question->matcher);
	engage_funnel_free(&question->level_fold);
	engage_funnel_free(&question->time_fold);
	if (question->known_names != NULL)
		pfree(question->known_names);
	if (question->masks != NULL)
		pfree(question->masks);
	pfree(question);
}

/*
 * The question of a call, from the arguments with these numbers (mode may be
 * 0: none), kept in "slot" and allocated in "context".  It is taken apart once
 * where it is the same for all rows; otherwise when it changes, or that is an
 * error.
 */
FunnelQuestion *
engage_funnel_question(FunctionCallInfo fcinfo, FunnelQuestion **slot, MemoryContext context,
					   bool may_change, int steps, int within, int mode)
{
	FunnelQuestion *question = *slot;
	MemoryContext old;
	struct varlena *steps_value;
	struct varlena *mode_value = NULL;
	uint64		length;

	if (likely(question != NULL && question->is_stable))
		return question;
	if (PG_ARGISNULL(steps))
		engage_null_argument("steps");
	if (PG_ARGISNULL(within))
		engage_null_argument("within");
	if (mode > 0 && PG_ARGISNULL(mode))
		engage_null_argument("mode");
	steps_value = PG_DETOAST_DATUM(PG_GETARG_DATUM(steps));
	if (mode > 0)
		mode_value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(mode));
	length = engage_elapsed_arg(PG_GETARG_INTERVAL_P(within), "within", true);
	if (question != NULL)
	{
		bool		same_steps = is_same(question->steps_datum, steps_value);
		bool		same_mode = mode == 0 || is_same(question->mode_datum, mode_value);

		if (same_steps && same_mode && question->within == length)
			return question;
		if (!may_change)
			engage_funnel_changed(!same_steps ? "steps" : !same_mode ? "mode" : "within");
		*slot = NULL;
		free_question(question);
	}

	question = MemoryContextAllocZero(context, sizeof(FunnelQuestion));
	question->context = context;
	question->steps_datum = copy_varlena(context, steps_value);
	question->mode_datum = mode > 0 ? copy_varlena(context, mode_value) : NULL;
	read_steps(question, (ArrayType *) question->steps_datum);
	question->matcher = engage_name_matcher_create(context, question->steps, question->nsteps);
	question->within = length;
	question->mode = mode > 0 ? engage_funnel_mode(VARDATA_ANY(mode_value), VARSIZE_ANY_EXHDR(mode_value)) : 0;
	question->is_stable = engage_argument_is_stable(fcinfo, steps) &&
		engage_argument_is_stable(fcinfo, within) &&
		(mode == 0 || engage_argument_is_stable(fcinfo, mode));

	/* (what reading the arguments took is not to stay) */
	old = MemoryContextSwitchTo(context);
	engage_funnel_init(&question->level_fold, question->nsteps, question->within, question->mode, false);
	engage_funnel_init(&question->time_fold, question->nsteps, question->within, question->mode, true);
	MemoryContextSwitchTo(old);
	*slot = question;
	return question;
}

/* ------------------------------------------------- funnels over a timeline */

/* The steps of each name.  Timelines with the same names come one after another. */
static void
match_timeline(FunnelQuestion *question, const Timeline *timeline)
{
	Size		len = timeline->names_end - timeline->names;
	const uint8 *position = timeline->names;

	if (unlikely(len == 0))
		return;					/* no events, so nothing is looked up */
	if (likely(len == question->known_names_len &&
			   memcmp(timeline->names, question->known_names, len) == 0))
		return;

	question->known_names_len = 0;
	if (len > question->known_names_space)
	{
		if (question->known_names != NULL)
			pfree(question->known_names);
		question->known_names_space = 0;
		question->known_names = MemoryContextAllocHuge(question->context, len * 2);
		question->known_names_space = len * 2;
	}
	if (timeline->nnames > question->mask_space)
	{
		if (question->masks != NULL)
			pfree(question->masks);
		question->mask_space = 0;
		question->masks = MemoryContextAllocHuge(question->context, (Size) timeline->nnames * 2 * sizeof(uint64));
		question->mask_space = timeline->nnames * 2;
	}
	if (len > 0)				/* nothing is kept of an empty timeline */
		memcpy(question->known_names, timeline->names, len);
	for (uint32 i = 0; i < timeline->nnames; i++)
	{
		uint32		name_len = (uint32) varint_read(&position);

		check_interrupts_at(i);
		question->masks[i] = funnel_steps_of(question, (const char *) position, name_len);
		position += name_len;
	}
	question->known_names_len = len;
}

static void
fold_timeline(FunnelQuestion *question, FunnelFold *fold, const Timeline *timeline)
{
	TimelineReader reader;

	funnel_begin(fold);
	timeline_reader_init(&reader, timeline);
	while (timeline_next(&reader))
	{
		check_interrupts_at(reader.next);
		funnel_add(fold, reader.time, question->masks[reader.code]);
		if (funnel_is_complete(fold))
			break;
	}
	funnel_finish(fold);
}

int
engage_funnel_timeline_level(FunnelQuestion *question, const Timeline *timeline)
{
	match_timeline(question, timeline);
	fold_timeline(question, &question->level_fold, timeline);
	return question->level_fold.level;
}

/* Times in the order in which they were reached: in any_order that is no order of steps */
static int
compare_times(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return x < y ? -1 : x > y;
}

/* How far, and when each level was reached; good until the next call */
const int64 *
engage_funnel_timeline_times(FunnelQuestion *question, const Timeline *timeline, int *level)
{
	match_timeline(question, timeline);
	fold_timeline(question, &question->time_fold, timeline);
	*level = question->time_fold.level;
	return engage_funnel_reached_times(question);
}

/* The times of the fold that has just ended */
const int64 *
engage_funnel_reached_times(FunnelQuestion *question)
{
	const FunnelFold *fold = &question->time_fold;
	int			n = 0;

	for (uint64 steps = fold->met; steps != 0; steps &= steps - 1)
		question->times[n++] = fold->times[pg_rightmost_one_pos64(steps)];
	if ((fold->mode & FUNNEL_ANY_ORDER) != 0)
		qsort(question->times, n, sizeof(int64), compare_times);
	return question->times;
}

/* --------------------------------------------------------------- the summary */

/* A new summary, or the state so far, of the same question */
Tally *
engage_funnel_tally(FunctionCallInfo fcinfo, MemoryContext context, const FunnelQuestion *question)
{
	Tally	   *tally = engage_tally_state(fcinfo, &engage_funnel_summary_type);
	int64		params[] = {question->within, question->mode};

	if (tally == NULL)
		return engage_tally_create(&engage_funnel_summary_type, context, params,
								   question->steps, question->nsteps);
	if (unlikely(!question->is_stable))
	{
		bool		same = tally->nfixed_names == question->nsteps;

		for (int i = 0; same && i < question->nsteps; i++)
			same = event_name_compare(&tally->fixed_names[i], &question->steps[i]) == 0;
		if (!same)
			engage_funnel_changed("steps");
		if (tally->params[FUNNEL_WITHIN] != question->within)
			engage_funnel_changed("within");
		if (tally->params[FUNNEL_MODE] != question->mode)
			engage_funnel_changed("mode");
	}
	return tally;
}

/* A customer came to "level", at times[0], times[1], ... */
void
engage_funnel_count(Tally *tally, int level, const int64 *times)
{
	if (level == 0)
		return;
	tally_add(tally, FUNNEL_REACHED, level, 0, 1, 1);
	for (int k = 2; k <= level; k++)
	{
		elapsed_add(tally, FUNNEL_TIME, FUNNEL_TIME_SUM, k,
					(uint64) times[k - 1] - (uint64) times[k - 2]);
		elapsed_add(tally, FUNNEL_TOTAL_TIME, FUNNEL_TOTAL_SUM, k,
					(uint64) times[k - 1] - (uint64) times[0]);
	}
}

/*
 * Mean, median and 90th percentile of the times to a step; false if there is
 * none.  A quantile is that of the bucket in which its rank lies: of n times the
 * one at place ceil(fraction * n).
 */
static bool
time_columns(const Tally *tally, const TallyCell *cells, int64 ncells, int kind, int sums,
			 int step, int64 n, Datum *columns)
{
	int64		median_rank = (n + 1) / 2;
	int64		p90_rank = n - n / 10;	/* ceil(0.9 n) */
	int64		seen = 0;

	if (n == 0)
		return false;
	columns[0] = PointerGetDatum(engage_elapsed_interval((uint64) rint(elapsed_mean(tally, sums, step, n))));
	for (int64 i = 0; i < ncells; i++)
	{
		int64		before = seen;

		if (cells[i].key.kind != kind || cells[i].key.a != step)
			continue;
		seen += cells[i].count;
		if (before < median_rank && seen >= median_rank)
			columns[1] = PointerGetDatum(engage_elapsed_interval(elapsed_of_bucket(cells[i].key.b)));
		if (before < p90_rank && seen >= p90_rank)
			columns[2] = PointerGetDatum(engage_elapsed_interval(elapsed_of_bucket(cells[i].key.b)));
	}
	return true;
}

PG_FUNCTION_INFO_V1(engage_funnel_steps);
Datum
engage_funnel_steps(PG_FUNCTION_ARGS)
{
	Tally	   *tally = engage_tally_arg(&engage_funnel_summary_type, PG_GETARG_DATUM(0),
										 CurrentMemoryContext);
	ResultRows	rows = engage_begin_rows(fcinfo);
	int64		ncells;
	TallyCell  *cells = engage_tally_sorted(tally, &ncells);
	int			nsteps = tally->nfixed_names;
	bool		any_order = (tally->params[FUNNEL_MODE] & FUNNEL_ANY_ORDER) != 0;
	int64		first = customers_at(tally, 1);
	int64		previous = 0;

	for (int k = 1; k <= nsteps; k++)
	{
		int64		n = customers_at(tally, k);
		Datum		values[13] = {0};
		bool		nulls[13] = {false};

		values[0] = Int32GetDatum(k);
		values[1] = PointerGetDatum(any_order ?
									cstring_to_text(psprintf("any %d of %d", k, nsteps)) :
									cstring_to_text_with_len(tally->fixed_names[k - 1].bytes,
															 tally->fixed_names[k - 1].len));
		values[2] = Int64GetDatum(n);
		nulls[3] = first == 0;
		if (first > 0)
			values[3] = Float8GetDatum(100.0 * (double) n / (double) first);
		nulls[4] = nulls[6] = k == 1 || previous == 0;
		nulls[5] = k == 1;
		if (!nulls[4])
		{
			values[4] = Float8GetDatum(100.0 * (double) n / (double) previous);
			values[6] = Float8GetDatum(100.0 * (double) (previous - n) / (double) previous);
		}
		values[5] = Int64GetDatum(previous - n);
		if (k == 1 || !time_columns(tally, cells, ncells, FUNNEL_TIME, FUNNEL_TIME_SUM, k, n,
									&values[7]))
			nulls[7] = nulls[8] = nulls[9] = true;
		if (k == 1 || !time_columns(tally, cells, ncells, FUNNEL_TOTAL_TIME, FUNNEL_TOTAL_SUM, k, n,
									&values[10]))
			nulls[10] = nulls[11] = nulls[12] = true;
		engage_put_row(&rows, values, nulls);
		previous = n;
	}
	return (Datum) 0;
}

/* scalars, for dashboards */
PG_FUNCTION_INFO_V1(engage_funnel_customers);
Datum
engage_funnel_customers(PG_FUNCTION_ARGS)
{
	Tally	   *tally = engage_tally_arg(&engage_funnel_summary_type, PG_GETARG_DATUM(0),
										 CurrentMemoryContext);
	int32		step = PG_GETARG_INT32(1);

	if (step < 1 || step > tally->nfixed_names)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("step must be from 1 to %d, not %d", tally->nfixed_names, step)));
	PG_RETURN_INT64(customers_at(tally, step));
}

PG_FUNCTION_INFO_V1(engage_funnel_conversion_rate);
Datum
engage_funnel_conversion_rate(PG_FUNCTION_ARGS)
{
	Tally	   *tally = engage_tally_arg(&engage_funnel_summary_type, PG_GETARG_DATUM(0),
										 CurrentMemoryContext);
	int64		first = customers_at(tally, 1);

	if (first == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(100.0 * (double) customers_at(tally, tally->nfixed_names) / (double) first);
}
