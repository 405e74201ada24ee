/*-------------------------------------------------------------------------
 *
 * activity.c
 *	  Questions to one activity, and what two of them give.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/activity.h"
#include "behaviour/periods.h"
#include "common/errors.h"
#include "common/int.h"
#include "common/interrupts.h"
#include "common/result_rows.h"
#include "common/time_arg.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(engage_activity_unit);
PG_FUNCTION_INFO_V1(engage_active_on);
PG_FUNCTION_INFO_V1(engage_active_between);
PG_FUNCTION_INFO_V1(engage_days_active);
PG_FUNCTION_INFO_V1(engage_active_periods);
PG_FUNCTION_INFO_V1(engage_first_active);
PG_FUNCTION_INFO_V1(engage_last_active);
PG_FUNCTION_INFO_V1(engage_l7);
PG_FUNCTION_INFO_V1(engage_l28);
PG_FUNCTION_INFO_V1(engage_streak);
PG_FUNCTION_INFO_V1(engage_streak_at);
PG_FUNCTION_INFO_V1(engage_longest_streak);
PG_FUNCTION_INFO_V1(engage_retained);
PG_FUNCTION_INFO_V1(engage_retained_between);
PG_FUNCTION_INFO_V1(engage_activity_lifecycle_of);
PG_FUNCTION_INFO_V1(engage_activity_or);
PG_FUNCTION_INFO_V1(engage_activity_and);
PG_FUNCTION_INFO_V1(engage_activity_minus);

/* The period that a moment of the local clock is in */
static int64
period_arg(FunctionCallInfo fcinfo, int n, PeriodUnit unit, const char *name)
{
	Timestamp	local = PG_GETARG_TIMESTAMP(n);

	if (unlikely(TIMESTAMP_NOT_FINITE(local)))
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_INVALID_TIME),
				 errmsg("%s must not be %s", name,
						TIMESTAMP_IS_NOBEGIN(local) ? "-infinity" : "infinity"),
				 errhint("Give the day, or the moment, that is asked about.")));
	return engage_period_of_arg(unit, local);
}

/*
 * Arguments "since" and "until" as the first and the last of the periods that
 * begin at or after "since" and before "until".  Neighbouring ranges share no
 * period, and infinite ones are open.
 */
static void
range_args(FunctionCallInfo fcinfo, int n, PeriodUnit unit, int64 *first, int64 *last)
{
	Timestamp	since = PG_GETARG_TIMESTAMP(n);
	Timestamp	until = PG_GETARG_TIMESTAMP(n + 1);

	if (unlikely(since > until))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("since must not be after until"),
				 errdetail("The range is from %s to before %s.",
						   DatumGetCString(DirectFunctionCall1(timestamp_out, TimestampGetDatum(since))),
						   DatumGetCString(DirectFunctionCall1(timestamp_out, TimestampGetDatum(until)))),
				 errhint("Give the earlier of the two first.")));
	*first = engage_period_from(unit, since);
	*last = engage_period_from(unit, until);
	if (*last > PG_INT64_MIN)
		(*last)--;
}

static inline Datum
period_start_datum(const ActivityView *view, int64 ordinal)
{
	return TimestampGetDatum(engage_period_start(view->unit, ordinal));
}

Datum
engage_activity_unit(PG_FUNCTION_ARGS)
{
	ActivityView view;

	engage_activity_arg(fcinfo, 0, &view);
	PG_RETURN_TEXT_P(cstring_to_text(engage_period_unit_name(view.unit)));
}

Datum
engage_active_on(PG_FUNCTION_ARGS)
{
	ActivityView view;

	engage_activity_arg(fcinfo, 0, &view);
	PG_RETURN_BOOL(engage_activity_has(&view, period_arg(fcinfo, 1, view.unit, "moment")));
}

Datum
engage_active_between(PG_FUNCTION_ARGS)
{
	ActivityView view;
	int64		first;
	int64		last;
	int64		found;

	engage_activity_arg(fcinfo, 0, &view);
	range_args(fcinfo, 1, view.unit, &first, &last);
	PG_RETURN_BOOL(engage_activity_next(&view, first, &found) && found <= last);
}

Datum
engage_days_active(PG_FUNCTION_ARGS)
{
	ActivityView view;
	int64		first;
	int64		last;

	engage_activity_arg(fcinfo, 0, &view);
	range_args(fcinfo, 1, view.unit, &first, &last);
	PG_RETURN_INT64(engage_activity_count(&view, first, last));
}

Datum
engage_active_periods(PG_FUNCTION_ARGS)
{
	ResultRows	rows = engage_begin_rows(fcinfo);
	ActivityView view;
	ActivityCursor cursor;
	PeriodRun	run;
	int64		first;
	int64		last;

	engage_activity_arg(fcinfo, 0, &view);
	range_args(fcinfo, 1, view.unit, &first, &last);
	engage_activity_rewind(&cursor, &view);
	for (int64 i = 1; engage_activity_next_run(&cursor, &run) && run.first <= last; i++)
	{
		check_interrupts_at(i);
		for (int64 period = Max(run.first, first); period <= Min(run.last, last); period++)
		{
			Datum		value = period_start_datum(&view, period);
			bool		is_null = false;

			check_interrupts_at(period);
			engage_put_row(&rows, &value, &is_null);
		}
	}
	return (Datum) 0;
}

Datum
engage_first_active(PG_FUNCTION_ARGS)
{
	ActivityView view;

	engage_activity_arg(fcinfo, 0, &view);
	if (engage_activity_is_empty(&view))
		PG_RETURN_NULL();
	return period_start_datum(&view, view.first);
}

Datum
engage_last_active(PG_FUNCTION_ARGS)
{
	ActivityView view;

	engage_activity_arg(fcinfo, 0, &view);
	if (engage_activity_is_empty(&view))
		PG_RETURN_NULL();
	return period_start_datum(&view, engage_activity_last(&view));
}

/* Active days among the last n days of which this is one */
static Datum
trailing_days(FunctionCallInfo fcinfo, int ndays, const char *name)
{
	ActivityView view;
	int64		asof;

	engage_activity_arg(fcinfo, 0, &view);
	if (unlikely(view.unit != PERIOD_DAY))
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
				 errmsg("%s counts days, but this activity is by %s", name,
						engage_period_unit_name(view.unit)),
				 errhint("Build it with the unit day, or use days_active(activity, since, until).")));
	asof = period_arg(fcinfo, 1, view.unit, "asof");
	PG_RETURN_INT32((int32) engage_activity_count(&view, asof - ndays + 1, asof));
}

Datum
engage_l7(PG_FUNCTION_ARGS)
{
	return trailing_days(fcinfo, 7, "l7");
}

Datum
engage_l28(PG_FUNCTION_ARGS)
{
	return trailing_days(fcinfo, 28, "l28");
}

/* The streak that was the last one */
Datum
engage_streak(PG_FUNCTION_ARGS)
{
	ActivityView view;

	engage_activity_arg(fcinfo, 0, &view);
	if (engage_activity_is_empty(&view))
		PG_RETURN_INT64(0);
	PG_RETURN_INT64(engage_activity_streak(&view, engage_activity_last(&view)));
}

Datum
engage_streak_at(PG_FUNCTION_ARGS)
{
	ActivityView view;

	engage_activity_arg(fcinfo, 0, &view);
	PG_RETURN_INT64(engage_activity_streak(&view, period_arg(fcinfo, 1, view.unit, "asof")));
}

Datum
engage_longest_streak(PG_FUNCTION_ARGS)
{
	ActivityView view;

	engage_activity_arg(fcinfo, 0, &view);
	PG_RETURN_INT64(engage_activity_longest_streak(&view));
}

/* --------------------------------------------------------------- retention */

/* Was there activity from the a-th to the b-th period after the first one? */
static Datum
retained_datum(FunctionCallInfo fcinfo, int64 from, int64 to)
{
	ActivityView view;
	int64		found;

	engage_activity_arg(fcinfo, 0, &view);
	if (engage_activity_is_empty(&view))
		PG_RETURN_NULL();
	PG_RETURN_BOOL(engage_activity_next(&view, view.first + from, &found) &&
				   found - view.first <= to);
}

static int32
distance_arg(FunctionCallInfo fcinfo, int n)
{
	int32		distance = PG_GETARG_INT32(n);

	if (unlikely(distance < 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a number of periods must be zero or more, not %d", distance),
				 errdetail("It counts from the first active period, which is number 0.")));
	return distance;
}

Datum
engage_retained(PG_FUNCTION_ARGS)
{
	int32		k = distance_arg(fcinfo, 1);
	char	   *mode = text_to_cstring(PG_GETARG_TEXT_PP(2));

	if (pg_strcasecmp(mode, "on") == 0)
		return retained_datum(fcinfo, k, k);
	if (pg_strcasecmp(mode, "on_or_after") == 0)
		return retained_datum(fcinfo, k, PG_INT64_MAX);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown mode of retention: \"%s\"", mode),
			 errdetail("The modes are on and on_or_after."),
			 errhint("For a range of periods, write retained(activity, first, last).")));
}

Datum
engage_retained_between(PG_FUNCTION_ARGS)
{
	int32		from = distance_arg(fcinfo, 1);
	int32		to = distance_arg(fcinfo, 2);

	if (unlikely(from > to))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the first period of a range, %d, must not be after the last, %d",
						from, to),
				 errhint("Give the smaller number first.")));
	return retained_datum(fcinfo, from, to);
}

Datum
engage_activity_lifecycle_of(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {
		[LIFECYCLE_NEW] = "new",
		[LIFECYCLE_RETURNING] = "returning",
		[LIFECYCLE_RESURRECTING] = "resurrecting",
		[LIFECYCLE_DORMANT] = "dormant",
	};
	ActivityView view;
	LifecycleStage stage;

	engage_activity_arg(fcinfo, 0, &view);
	stage = engage_activity_lifecycle(&view, period_arg(fcinfo, 1, view.unit, "period"));
	if (stage == LIFECYCLE_NONE)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(names[stage]));
}

/* ---------------------------------------------------------- of two of them */

typedef void (*SetOperation) (RunList *list, const ActivityView *a, const ActivityView *b);

static Datum
operate(FunctionCallInfo fcinfo, SetOperation operation)
{
	ActivityView a;
	ActivityView b;
	RunList		list;

	engage_activity_arg(fcinfo, 0, &a);
	engage_activity_arg(fcinfo, 1, &b);
	engage_activity_check_units(a.unit, b.unit);
	engage_run_list_init(&list);
	operation(&list, &a, &b);
	PG_RETURN_POINTER(engage_activity_make(a.unit, &list));
}

Datum
engage_activity_or(PG_FUNCTION_ARGS)
{
	return operate(fcinfo, engage_activity_union);
}

Datum
engage_activity_and(PG_FUNCTION_ARGS)
{
	return operate(fcinfo, engage_activity_intersect);
}

Datum
engage_activity_minus(PG_FUNCTION_ARGS)
{
	return operate(fcinfo, engage_activity_subtract);
}
