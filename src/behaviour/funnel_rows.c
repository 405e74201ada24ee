/*-------------------------------------------------------------------------
 *
 * funnel_rows.c
 *	  Funnels of everybody from raw rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/funnel_summary.h"
#include "common/call_args.h"
#include "common/errors.h"
#include "common/event_args.h"
#include "common/interrupts.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* arguments: (internal, customer, ts, event, steps, within [, mode]) */
#define ARG_CUSTOMER	1
#define ARG_TIME		2
#define ARG_EVENT		3
#define ARG_STEPS		4
#define ARG_WITHIN		5
#define ARG_MODE		6

/*
 * An event is kept as a small number: the first step that has its name.  The
 * others do nothing for any customer, so they are not kept.
 */
#define STEP_BITS		6

typedef struct FunnelRows
{
	EventStore *store;
	FunnelQuestion *question;	/* the call site's, or one of the group's own */
} FunnelRows;

typedef struct FunnelSite
{
	EventArgs	args;
	FunnelQuestion *question;
} FunnelSite;

static FunnelSite *
funnel_site(FunctionCallInfo fcinfo)
{
	FunnelSite *site = (FunnelSite *) fcinfo->flinfo->fn_extra;

	if (unlikely(site == NULL))
	{
		site = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(FunnelSite));
		engage_event_args_init(&site->args, fcinfo, ARG_CUSTOMER, ARG_TIME);
		fcinfo->flinfo->fn_extra = site;
	}
	return site;
}

/* (internal, customer, ts, event, steps, within [, mode]) */
PG_FUNCTION_INFO_V1(engage_funnel_rows_accum);
Datum
engage_funnel_rows_accum(PG_FUNCTION_ARGS)
{
	FunnelRows *rows = PG_ARGISNULL(0) ? NULL : (FunnelRows *) PG_GETARG_POINTER(0);
	int			mode = PG_NARGS() > ARG_MODE ? ARG_MODE : 0;
	FunnelSite *site = funnel_site(fcinfo);
	FunnelQuestion *question;
	MemoryContext context;
	text	   *event;
	Key			customer;
	int64		time;
	uint64		steps;

	if (!event_args_read(&site->args, fcinfo, &customer, &time) || PG_ARGISNULL(ARG_EVENT))
	{
		if (rows == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(rows);
	}
	if (unlikely(rows == NULL))
	{
		context = engage_aggregate_context(fcinfo);
		rows = MemoryContextAllocZero(context, sizeof(FunnelRows));
		rows->store = engage_event_args_store(&site->args, context, STEP_BITS, false);
		question = engage_funnel_question(fcinfo, &site->question, fcinfo->flinfo->fn_mcxt, true,
										  ARG_STEPS, ARG_WITHIN, mode);
		if (question->is_stable)
			rows->question = question;
		else
			engage_funnel_question(fcinfo, &rows->question, context, false, ARG_STEPS, ARG_WITHIN, mode);
	}
	question = rows->question;
	if (unlikely(!question->is_stable))
		engage_funnel_question(fcinfo, &rows->question, question->context, false,
							   ARG_STEPS, ARG_WITHIN, mode);

	event = PG_GETARG_TEXT_PP(ARG_EVENT);
	steps = funnel_steps_of(question, VARDATA_ANY(event), VARSIZE_ANY_EXHDR(event));
	if (steps != 0)
		event_store_add(rows->store, &customer, time, pg_rightmost_one_pos64(steps));
	PG_RETURN_POINTER(rows);
}

static void
fold_events(FunnelFold *fold, const Event *events, int64 nevents, const uint64 *masks)
{
	funnel_begin(fold);
	for (int64 i = 0; i < nevents && !funnel_is_complete(fold); i++)
	{
		check_interrupts_at(i + 1);
		funnel_add(fold, events[i].time, masks[events[i].payload]);
	}
	funnel_finish(fold);
}

PG_FUNCTION_INFO_V1(engage_funnel_rows_final);
Datum
engage_funnel_rows_final(PG_FUNCTION_ARGS)
{
	FunnelRows *rows;
	FunnelQuestion *question;
	Tally	   *tally;
	int64		params[2];
	uint64		masks[FUNNEL_MAX_STEPS];
	EventReader *reader;
	EventRun	run;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	rows = (FunnelRows *) PG_GETARG_POINTER(0);
	question = rows->question;
	params[FUNNEL_WITHIN] = question->within;
	params[FUNNEL_MODE] = question->mode;
	tally = engage_tally_create(&engage_funnel_summary_type, CurrentMemoryContext, params,
								question->steps, question->nsteps);
	for (int i = 0; i < question->nsteps; i++)
		masks[i] = funnel_steps_of(question, question->steps[i].bytes, question->steps[i].len);

	reader = engage_event_reader_create(rows->store);
	for (int64 n = 0; engage_event_reader_next(reader, &run); n++)
	{
		FunnelFold *fold = &question->time_fold;

		check_interrupts_at(n);
		fold_events(fold, run.events, run.n, masks);
		engage_funnel_count(tally, fold->level, engage_funnel_reached_times(question));
	}
	engage_event_reader_free(reader);
	return tally_datum(tally);
}
