/*-------------------------------------------------------------------------
 *
 * paths_rows.c
 *	  Paths of everybody from raw rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/paths.h"
#include "common/call_args.h"
#include "common/errors.h"
#include "common/event_args.h"
#include "common/interrupts.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* arguments: (internal, customer, ts, event, gap [, max_steps]) */
#define ARG_CUSTOMER	1
#define ARG_TIME		2
#define ARG_EVENT		3
#define ARG_GAP			4
#define ARG_MAX_STEPS	5

#define CODE_BITS		32

typedef struct PathRows
{
	EventStore *store;
	EventNames *names;			/* the call site's */
	int64		gap;
	int64		max_steps;
} PathRows;

typedef struct PathSite
{
	EventArgs	args;
	EventNames *names;
} PathSite;

static PathSite *
path_site(FunctionCallInfo fcinfo)
{
	PathSite   *site = (PathSite *) fcinfo->flinfo->fn_extra;

	if (unlikely(site == NULL))
	{
		site = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(PathSite));
		engage_event_args_init(&site->args, fcinfo, ARG_CUSTOMER, ARG_TIME);
		site->names = engage_event_names_create(fcinfo->flinfo->fn_mcxt);
		fcinfo->flinfo->fn_extra = site;
	}
	return site;
}

pg_noreturn static void
changed(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
			 errmsg("%s must be the same for all rows of path_agg", what),
			 errhint("Write a constant, or GROUP BY what it depends on.")));
}

/* (internal, customer, ts, event, gap [, max_steps]) */
PG_FUNCTION_INFO_V1(engage_path_rows_accum);
Datum
engage_path_rows_accum(PG_FUNCTION_ARGS)
{
	PathRows   *rows = PG_ARGISNULL(0) ? NULL : (PathRows *) PG_GETARG_POINTER(0);
	PathSite   *site = path_site(fcinfo);
	int64		gap;
	int64		max_steps;
	text	   *event;
	Key			customer;
	int64		time;

	if (!event_args_read(&site->args, fcinfo, &customer, &time) || PG_ARGISNULL(ARG_EVENT))
	{
		if (rows == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(rows);
	}
	gap = engage_path_gap_arg(fcinfo, ARG_GAP);
	max_steps = engage_path_max_steps_arg(fcinfo, ARG_MAX_STEPS);
	if (unlikely(rows == NULL))
	{
		MemoryContext context;

		context = engage_aggregate_context(fcinfo);
		rows = MemoryContextAllocZero(context, sizeof(PathRows));
		rows->store = engage_event_args_store(&site->args, context, CODE_BITS, false);
		rows->names = site->names;
		rows->gap = gap;
		rows->max_steps = max_steps;
	}
	if (unlikely(rows->gap != gap))
		changed("gap");
	if (unlikely(rows->max_steps != max_steps))
		changed("max_steps");
	event = PG_GETARG_TEXT_PP(ARG_EVENT);
	event_store_add(rows->store, &customer, time,
					event_name_code(rows->names, VARDATA_ANY(event), VARSIZE_ANY_EXHDR(event)));
	PG_RETURN_POINTER(rows);
}

static inline int
compare_events(const Event *a, const Event *b)
{
	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return a->payload < b->payload ? -1 : a->payload > b->payload;
}

#define ST_SORT			sort_events
#define ST_ELEMENT_TYPE	Event
#define ST_COMPARE(a, b) compare_events(a, b)
#define ST_SCOPE		static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

PG_FUNCTION_INFO_V1(engage_path_rows_final);
Datum
engage_path_rows_final(PG_FUNCTION_ARGS)
{
	static const int64 from_start[] = {0};
	PathRows   *rows;
	EventNames *names;
	Tally	   *tally;
	PathCounter counter;
	EventReader *reader;
	EventRun	run;
	uint32	   *by_rank;
	uint32	   *ranks;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	rows = (PathRows *) PG_GETARG_POINTER(0);
	names = rows->names;
	tally = engage_tally_create(&engage_path_summary_type, CurrentMemoryContext, from_start, NULL, 0);

	/* the tally gets the names in their order, so that codes in it are ranks */
	by_rank = MemoryContextAllocHuge(CurrentMemoryContext, Max(names->count, 1) * sizeof(uint32));
	ranks = MemoryContextAllocHuge(CurrentMemoryContext, Max(names->count, 1) * sizeof(uint32));
	for (uint32 i = 0; i < names->count; i++)
		by_rank[i] = i;
	engage_event_names_sort(names->names, by_rank, names->count);
	for (uint32 i = 0; i < names->count; i++)
	{
		const EventName *name = &names->names[by_rank[i]];

		ranks[by_rank[i]] = event_name_code(tally->names, name->bytes, name->len);
	}

	engage_path_counter_init(&counter, tally, rows->gap, rows->max_steps);
	reader = engage_event_reader_create(rows->store);
	while (engage_event_reader_next(reader, &run))
	{
		CHECK_FOR_INTERRUPTS();
		/*
		 * Events of the same time come by code, which is by chance; they are to be
		 * in the order of their names, as in timelines.  (Others are in order.)
		 */
		for (int64 i = 0; i < run.n; i++)
			run.events[i].payload = ranks[run.events[i].payload];
		sort_events(run.events, run.n);
		for (int64 i = 0; i < run.n; i++)
		{
			check_interrupts_at(i);
			engage_path_event(&counter, run.events[i].time, (uint32) run.events[i].payload);
		}
		engage_path_customer_end(&counter);
	}
	engage_event_reader_free(reader);
	engage_path_counter_free(&counter);
	return tally_datum(tally);
}
