/*-------------------------------------------------------------------------
 *
 * activity_agg.c
 *	  Aggregates that give an activity.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/activity.h"
#include "behaviour/activity_state_core.h"
#include "behaviour/periods.h"
#include "common/call_args.h"
#include "common/errors.h"
#include "common/time_arg.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(engage_activity_accum_zoned);
PG_FUNCTION_INFO_V1(engage_activity_accum_timestamp);
PG_FUNCTION_INFO_V1(engage_activity_accum_date);
PG_FUNCTION_INFO_V1(engage_activity_rollup);
PG_FUNCTION_INFO_V1(engage_activity_combine);
PG_FUNCTION_INFO_V1(engage_activity_serial);
PG_FUNCTION_INFO_V1(engage_activity_deserial);
PG_FUNCTION_INFO_V1(engage_activity_final);

static inline ActivityState *
state_arg(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : (ActivityState *) PG_GETARG_POINTER(n);
}

static inline Datum
return_state(FunctionCallInfo fcinfo, ActivityState *state)
{
	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

static ActivityState *
create_state(PeriodUnit unit, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	ActivityState *state = engage_activity_state_create(unit);

	MemoryContextSwitchTo(old);
	return state;
}

void
engage_activity_check_units(PeriodUnit one, PeriodUnit other)
{
	if (unlikely(one != other))
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
				 errmsg("activities by %s and by %s do not go together",
						engage_period_unit_name(one), engage_period_unit_name(other)),
				 errdetail("Periods of different units cannot be compared."),
				 errhint("Build both with the same unit.")));
}

/* ------------------------------------------------------------- from events */

/*
 * An event at a time of the local clock.  A row with a NULL in any argument is
 * skipped.
 */
static ActivityState *
add_event(ActivityState *state, PeriodArgs *args, Timestamp local, MemoryContext context)
{
	int64		ordinal = engage_period_of_arg(args->unit, local);

	if (state == NULL)
		state = create_state(args->unit, context);
	else
		engage_activity_check_units(state->unit, args->unit);
	engage_activity_state_add(state, ordinal, context);
	return state;
}

static bool
any_null_arg(FunctionCallInfo fcinfo)
{
	for (int i = 1; i < PG_NARGS(); i++)
	{
		if (PG_ARGISNULL(i))
			return true;
	}
	return false;
}

Datum
engage_activity_accum_zoned(PG_FUNCTION_ARGS)
{
	MemoryContext context = engage_aggregate_context(fcinfo);
	PeriodArgs *args = engage_period_args(fcinfo);
	ActivityState *state = state_arg(fcinfo, 0);
	TimestampTz time;

	if (unlikely(!args->is_checked))
	{
		engage_period_check_zoned(fcinfo, 1);
		args->is_checked = true;
	}
	if (any_null_arg(fcinfo))
		return return_state(fcinfo, state);
	time = engage_finite_time(PG_GETARG_TIMESTAMPTZ(1), "event");
	engage_period_unit_arg(args, PG_GETARG_VARLENA_PP(2), fcinfo->flinfo->fn_mcxt);
	engage_period_zone_arg(args, PG_GETARG_VARLENA_PP(3), fcinfo->flinfo->fn_mcxt);
	PG_RETURN_POINTER(add_event(state, args, engage_zone_local(&args->clock, time), context));
}

Datum
engage_activity_accum_timestamp(PG_FUNCTION_ARGS)
{
	MemoryContext context = engage_aggregate_context(fcinfo);
	PeriodArgs *args = engage_period_args(fcinfo);
	ActivityState *state = state_arg(fcinfo, 0);
	Timestamp	time;

	if (any_null_arg(fcinfo))
		return return_state(fcinfo, state);
	time = engage_finite_time(PG_GETARG_TIMESTAMP(1), "event");
	engage_period_unit_arg(args, PG_GETARG_VARLENA_PP(2), fcinfo->flinfo->fn_mcxt);
	PG_RETURN_POINTER(add_event(state, args, time, context));
}

/* (An hour has no date: the unit must be a day or longer.) */
Datum
engage_activity_accum_date(PG_FUNCTION_ARGS)
{
	MemoryContext context = engage_aggregate_context(fcinfo);
	PeriodArgs *args = engage_period_args(fcinfo);
	ActivityState *state = state_arg(fcinfo, 0);
	Timestamp	time;

	if (any_null_arg(fcinfo))
		return return_state(fcinfo, state);
	time = engage_date_time(PG_GETARG_DATEADT(1), "event");
	engage_period_unit_arg(args, PG_GETARG_VARLENA_PP(2), fcinfo->flinfo->fn_mcxt);
	engage_period_check_date_unit(args->unit);
	PG_RETURN_POINTER(add_event(state, args, time, context));
}

/* ------------------------------------------------------------- from values */

Datum
engage_activity_rollup(PG_FUNCTION_ARGS)
{
	MemoryContext context = engage_aggregate_context(fcinfo);
	ActivityState *state = state_arg(fcinfo, 0);
	ActivityView view;

	if (PG_ARGISNULL(1))
		return return_state(fcinfo, state);
	engage_activity_arg(fcinfo, 1, &view);
	if (state == NULL)
		state = create_state(view.unit, context);
	else
		engage_activity_check_units(state->unit, view.unit);
	engage_activity_state_add_all(state, &view, context);
	PG_RETURN_POINTER(state);
}

Datum
engage_activity_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = engage_aggregate_context(fcinfo);
	ActivityState *state = state_arg(fcinfo, 0);
	ActivityState *other = state_arg(fcinfo, 1);

	if (other == NULL)
		return return_state(fcinfo, state);
	if (state == NULL)
		state = create_state(other->unit, context);
	else
		engage_activity_check_units(state->unit, other->unit);
	engage_activity_state_merge(state, other, context);
	PG_RETURN_POINTER(state);
}

/* A state travels as the value that it stands for. */
Datum
engage_activity_serial(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(engage_activity_state_value(state_arg(fcinfo, 0)));
}

Datum
engage_activity_deserial(PG_FUNCTION_ARGS)
{
	ActivityView view;
	ActivityState *state;

	engage_activity_arg(fcinfo, 0, &view);
	state = engage_activity_state_create(view.unit);
	engage_activity_state_add_all(state, &view, CurrentMemoryContext);
	PG_RETURN_POINTER(state);
}

Datum
engage_activity_final(PG_FUNCTION_ARGS)
{
	ActivityState *state = state_arg(fcinfo, 0);

	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(engage_activity_state_value(state));
}
