/*-------------------------------------------------------------------------
 *
 * window_funnel.c
 *	  SQL side of window_funnel(): how far one customer came.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/conditions.h"
#include "behaviour/step_events_core.h"
#include "common/call_args.h"
#include "common/time_arg.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* longer texts of a mode than any that makes sense are parsed for each row */
#define MODE_TEXT_SIZE			64

/* What a call site remembers from row to row. */
typedef struct FunnelCall
{
	ConditionReader conditions;
	bool		has_window;		/* "interval" was read before */
	Interval	interval;
	int64		window;
	int			mode_len;
	char		mode_text[MODE_TEXT_SIZE];
	int			mode;
} FunnelCall;

pg_noreturn static void
argument_is_null(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("argument \"%s\" of window_funnel must not be NULL", name)));
}

static inline int64
read_window(FunctionCallInfo fcinfo, TimeType type, FunnelCall *call)
{
	if (unlikely(PG_ARGISNULL(1)))
		argument_is_null("win");
	if (type == TIME_INT8)
		return engage_elapsed_int_arg(PG_GETARG_INT64(1), "win", true);
	else
	{
		const Interval *interval = PG_GETARG_INTERVAL_P(1);

		if (unlikely(!call->has_window || memcmp(interval, &call->interval, sizeof(Interval)) != 0))
		{
			call->window = engage_elapsed_arg(interval, "win", true);
			call->interval = *interval;
			call->has_window = true;
		}
		return call->window;
	}
}

static inline int
read_mode(FunctionCallInfo fcinfo, FunnelCall *call)
{
	text	   *given;
	int			len;

	if (unlikely(PG_ARGISNULL(2)))
		argument_is_null("mode");
	given = PG_GETARG_TEXT_PP(2);
	len = VARSIZE_ANY_EXHDR(given);
	if (unlikely(len != call->mode_len || memcmp(VARDATA_ANY(given), call->mode_text, len) != 0))
	{
		call->mode = engage_funnel_mode(VARDATA_ANY(given), len);
		call->mode_len = len <= MODE_TEXT_SIZE ? len : -1;
		memcpy(call->mode_text, VARDATA_ANY(given), Min(len, MODE_TEXT_SIZE));
	}
	return call->mode;
}

static char *
show_window(int64 window, bool is_elapsed)
{
	return is_elapsed ?
		DatumGetCString(DirectFunctionCall1(interval_out, PointerGetDatum(engage_elapsed_interval(window)))) :
		psprintf(INT64_FORMAT, window);
}

/* Rows of one customer, or parts of them, are asked about in one way. */
static void
check_same_question(StepEvents *events, int64 window, int mode, int nsteps)
{
	if (unlikely(events->window != window))
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
				 errmsg("funnel window changed from %s to %s between rows",
						show_window(events->window, events->is_elapsed),
						show_window(window, events->is_elapsed)),
				 errhint("GROUP BY the window, too, or use one window for all rows.")));
	if (unlikely(events->mode != mode))
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
				 errmsg("funnel mode changed between rows"),
				 errhint("GROUP BY the mode, too, or use one mode for all rows.")));
	if (unlikely(events->nsteps != nsteps) && nsteps != 0)
	{
		if (events->nsteps != 0)
			ereport(ERROR,
					(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
					 errmsg("number of conditions changed from %d to %d between rows",
							(int) events->nsteps, nsteps),
					 errhint("Give every row an array of the same length.")));
		events->nsteps = nsteps;
	}
}

static inline Datum
add_row(FunctionCallInfo fcinfo, TimeType type, bool has_mode)
{
	int			time_argno = has_mode ? 3 : 2;
	StepEvents *events = PG_ARGISNULL(0) ? NULL : (StepEvents *) PG_GETARG_POINTER(0);
	FunnelCall *call = (FunnelCall *) fcinfo->flinfo->fn_extra;
	int64		time;
	int64		window;
	int			mode;
	uint64		steps;

	/* among many customers the state is in no cache: fetch it while arguments are read */
	if (events != NULL)
	{
		__builtin_prefetch(events, 1);
		__builtin_prefetch((char *) events + 64, 1);
	}

	if (unlikely(call == NULL))
	{
		call = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(FunnelCall));
		engage_condition_reader_init(&call->conditions, fcinfo, time_argno + 1, true);
		call->mode_len = -1;
		fcinfo->flinfo->fn_extra = call;
	}

	if (PG_ARGISNULL(time_argno))
	{
		if (events == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(events);
	}
	time = engage_time_arg(PG_GETARG_DATUM(time_argno), type, "event");
	window = read_window(fcinfo, type, call);
	mode = has_mode ? read_mode(fcinfo, call) : 0;
	steps = conditions_read(&call->conditions, fcinfo);

	if (unlikely(events == NULL))
	{
		MemoryContext context;

		context = engage_aggregate_context(fcinfo);
		events = engage_step_events_create(context, step_events_size(false, 1));
		events->window = window;
		events->mode = mode;
		events->nsteps = call->conditions.count;
		events->is_elapsed = type != TIME_INT8;
	}
	else
		check_same_question(events, window, mode, call->conditions.count);
	PG_RETURN_POINTER(step_events_add(events, time, steps));
}

#define WINDOW_FUNNEL_ACCUM(suffix, type, has_mode) \
	PG_FUNCTION_INFO_V1(engage_window_funnel_accum##suffix); \
	Datum \
	engage_window_funnel_accum##suffix(PG_FUNCTION_ARGS) \
	{ \
		return add_row(fcinfo, type, has_mode); \
	} \
	extern int	window_funnel_accum##suffix

WINDOW_FUNNEL_ACCUM(, TIME_TIMESTAMP, false);
WINDOW_FUNNEL_ACCUM(_date, TIME_DATE, false);
WINDOW_FUNNEL_ACCUM(_int8, TIME_INT8, false);
WINDOW_FUNNEL_ACCUM(_mode, TIME_TIMESTAMP, true);
WINDOW_FUNNEL_ACCUM(_mode_date, TIME_DATE, true);
WINDOW_FUNNEL_ACCUM(_mode_int8, TIME_INT8, true);

PG_FUNCTION_INFO_V1(engage_window_funnel_final);
Datum
engage_window_funnel_final(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	__builtin_prefetch((char *) PG_GETARG_POINTER(0) + 64);
	PG_RETURN_INT32(engage_step_events_level((StepEvents *) PG_GETARG_POINTER(0)));
}

PG_FUNCTION_INFO_V1(engage_window_funnel_combine);
Datum
engage_window_funnel_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	StepEvents *events = PG_ARGISNULL(0) ? NULL : (StepEvents *) PG_GETARG_POINTER(0);
	StepEvents *more = PG_ARGISNULL(1) ? NULL : (StepEvents *) PG_GETARG_POINTER(1);

	context = engage_aggregate_context(fcinfo);
	if (more == NULL)
	{
		if (events == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(events);
	}
	if (events == NULL)
	{
		/* "more" lives only as long as this row */
		uint64		size = step_events_size(more->is_wide, more->nevents);
		int			size_log;

		events = engage_step_events_create(context, size);
		size_log = events->size_log;
		memcpy(events, more, size);
		events->size_log = size_log;
		PG_RETURN_POINTER(events);
	}
	check_same_question(events, more->window, more->mode, more->nsteps);
	PG_RETURN_POINTER(engage_step_events_append(events, more));
}

PG_FUNCTION_INFO_V1(engage_window_funnel_serial);
Datum
engage_window_funnel_serial(PG_FUNCTION_ARGS)
{
	StepEvents *events = (StepEvents *) PG_GETARG_POINTER(0);
	uint64		size = VARHDRSZ + engage_step_events_written_size(events);
	bytea	   *result;

	engage_aggregate_context(fcinfo);
	if (!AllocSizeIsValid(size))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("one group of window_funnel has too many events for a parallel query: %lld",
						(long long) events->nevents),
				 errdetail("Workers hand over at most 1 GB for a group."),
				 errhint("SET max_parallel_workers_per_gather = 0.")));
	result = palloc(size);
	SET_VARSIZE(result, size);
	engage_step_events_write(events, VARDATA(result));
	PG_RETURN_BYTEA_P(result);
}

PG_FUNCTION_INFO_V1(engage_window_funnel_deserial);
Datum
engage_window_funnel_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StepEvents *events;

	engage_aggregate_context(fcinfo);
	events = engage_step_events_read(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	if (events == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid serialized state of window_funnel")));
	PG_RETURN_POINTER(events);
}
