/*-------------------------------------------------------------------------
 *
 * funnel_timeline.c
 *	  Funnels over stored timelines: of one customer, and of all.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/funnel_summary.h"
#include "behaviour/timeline.h"
#include "catalog/pg_type.h"
#include "common/errors.h"
#include "common/time_arg.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* The question of this place of the query */
static FunnelQuestion *
site_question(FunctionCallInfo fcinfo, int steps, int within, int mode)
{
	return engage_funnel_question(fcinfo, (FunnelQuestion **) &fcinfo->flinfo->fn_extra,
								  fcinfo->flinfo->fn_mcxt, true, steps, within, mode);
}

/* (timeline, steps, within, mode) */
PG_FUNCTION_INFO_V1(engage_funnel_level);
Datum
engage_funnel_level(PG_FUNCTION_ARGS)
{
	FunnelQuestion *question = site_question(fcinfo, 1, 2, 3);
	Timeline	timeline;

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	PG_RETURN_INT32(engage_funnel_timeline_level(question, &timeline));
}

/* The time of each step, NULL for those that were not reached */
PG_FUNCTION_INFO_V1(engage_funnel_times);
Datum
engage_funnel_times(PG_FUNCTION_ARGS)
{
	FunnelQuestion *question = site_question(fcinfo, 1, 2, 3);
	Timeline	timeline;
	int			level;
	Datum		values[FUNNEL_MAX_STEPS];
	bool		nulls[FUNNEL_MAX_STEPS];
	int			lower = 1;

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	engage_funnel_timeline_times(question, &timeline, &level);
	for (int i = 0; i < question->nsteps; i++)
	{
		nulls[i] = (question->time_fold.met & funnel_step_bit(i)) == 0;
		if (!nulls[i])
			values[i] = TimestampTzGetDatum(question->time_fold.times[i]);
	}
	PG_RETURN_ARRAYTYPE_P(construct_md_array(values, nulls, 1, &question->nsteps, &lower,
											 TIMESTAMPTZOID, 8, true, TYPALIGN_DOUBLE));
}

/* From the first step to the last, or NULL (timeline, steps, within, mode) */
PG_FUNCTION_INFO_V1(engage_time_to_convert);
Datum
engage_time_to_convert(PG_FUNCTION_ARGS)
{
	FunnelQuestion *question = site_question(fcinfo, 1, 2, 3);
	Timeline	timeline;
	const int64 *times;
	int			level;

	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	times = engage_funnel_timeline_times(question, &timeline, &level);
	if (level < question->nsteps)
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(engage_elapsed_interval((uint64) times[level - 1] - (uint64) times[0]));
}

/* (funnel_summary, timeline, steps, within [, mode]) */
static Datum
accumulate(FunctionCallInfo fcinfo, int mode)
{
	FunnelQuestion *question = site_question(fcinfo, 2, 3, mode);
	Tally	   *tally;
	Timeline	timeline;
	const int64 *times;
	int			level;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		return PG_GETARG_DATUM(0);
	}
	tally = engage_funnel_tally(fcinfo, engage_tally_context(fcinfo), question);
	timeline_arg(&timeline, PG_GETARG_DATUM(1));
	times = engage_funnel_timeline_times(question, &timeline, &level);
	engage_funnel_count(tally, level, times);
	return tally_datum(tally);
}

PG_FUNCTION_INFO_V1(engage_funnel_accum);
Datum
engage_funnel_accum(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, 0);
}

PG_FUNCTION_INFO_V1(engage_funnel_accum_mode);
Datum
engage_funnel_accum_mode(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, 4);
}
