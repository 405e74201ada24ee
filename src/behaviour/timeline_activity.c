/*-------------------------------------------------------------------------
 *
 * timeline_activity.c
 *	  The periods in which the events of a timeline lie.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/activity.h"
#include "behaviour/activity_state_core.h"
#include "behaviour/periods.h"
#include "behaviour/timeline.h"
#include "common/interrupts.h"

PG_FUNCTION_INFO_V1(engage_timeline_activity);
PG_FUNCTION_INFO_V1(engage_timeline_activity_zoned);
PG_FUNCTION_INFO_V1(engage_rolling_activity);
PG_FUNCTION_INFO_V1(engage_rolling_activity_zoned);

/* "clock" is that of the time zone; without it times are taken as they stand. */
static struct varlena *
activity_of(const Timeline *timeline, PeriodUnit unit, ZoneClock *clock)
{
	ActivityState *state = engage_activity_state_create(unit);
	TimelineReader reader;

	/* (where clocks are put back, local times do not ascend) */
	timeline_reader_init(&reader, timeline);
	while (timeline_next(&reader))
	{
		Timestamp	local = clock != NULL ? engage_zone_local(clock, reader.time) : reader.time;

		check_interrupts_at(reader.next);
		engage_activity_state_add(state, engage_period_of_arg(unit, local), CurrentMemoryContext);
	}
	return engage_activity_state_value(state);
}

Datum
engage_timeline_activity(PG_FUNCTION_ARGS)
{
	PeriodArgs *args = engage_period_args(fcinfo);
	Timeline	timeline;

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	engage_period_unit_arg(args, PG_GETARG_VARLENA_PP(1), fcinfo->flinfo->fn_mcxt);
	PG_RETURN_POINTER(activity_of(&timeline, args->unit, NULL));
}

Datum
engage_timeline_activity_zoned(PG_FUNCTION_ARGS)
{
	PeriodArgs *args = engage_period_args(fcinfo);
	Timeline	timeline;

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	engage_period_unit_arg(args, PG_GETARG_VARLENA_PP(1), fcinfo->flinfo->fn_mcxt);
	engage_period_zone_arg(args, PG_GETARG_VARLENA_PP(2), fcinfo->flinfo->fn_mcxt);
	PG_RETURN_POINTER(activity_of(&timeline, args->unit, &args->clock));
}

/* The first period is one of the calendar; from its event on, all are as long. */
static struct varlena *
rolling_activity_of(const Timeline *timeline, PeriodUnit unit, ZoneClock *clock)
{
	int64		length = engage_period_rolling_length(unit);
	int64		first = 0;
	TimestampTz origin = 0;
	TimelineReader reader;
	RunList		list;

	engage_run_list_init(&list);
	timeline_reader_init(&reader, timeline);
	while (timeline_next(&reader))
	{
		int64		period;

		check_interrupts_at(reader.next);
		if (list.n == 0)
		{
			origin = reader.time;
			first = engage_period_of_arg(unit, clock != NULL ? engage_zone_local(clock, origin) : origin);
		}
		period = first + engage_period_rolled(origin, reader.time, length);
		if (unlikely(!engage_period_is_valid(unit, period)))
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("timestamp out of range")));
		engage_run_list_add(&list, period, period);
	}
	return engage_activity_make(unit, &list);
}

Datum
engage_rolling_activity(PG_FUNCTION_ARGS)
{
	PeriodArgs *args = engage_period_args(fcinfo);
	Timeline	timeline;

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	engage_period_unit_arg(args, PG_GETARG_VARLENA_PP(1), fcinfo->flinfo->fn_mcxt);
	PG_RETURN_POINTER(rolling_activity_of(&timeline, args->unit, NULL));
}

Datum
engage_rolling_activity_zoned(PG_FUNCTION_ARGS)
{
	PeriodArgs *args = engage_period_args(fcinfo);
	Timeline	timeline;

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	engage_period_unit_arg(args, PG_GETARG_VARLENA_PP(1), fcinfo->flinfo->fn_mcxt);
	engage_period_zone_arg(args, PG_GETARG_VARLENA_PP(2), fcinfo->flinfo->fn_mcxt);
	PG_RETURN_POINTER(rolling_activity_of(&timeline, args->unit, &args->clock));
}
