/*
 * An aggregate over the stores of events, for the tests of them in a server and for measuring:
 * test/t/074_event_store.pl and test/bench/event_store compile it into a library of its own.
 *
 * event_digest(customer, ts, payload int) tells in one number what a store handed out: over all
 * customers and events, rank * (ts mod 1000003 + 31 * payload), and how many customers and events.
 */
#include "postgres.h"

#include <sys/resource.h>

#include "common/event_args.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

PG_MODULE_MAGIC;

#define PAYLOAD_BITS 7

PG_FUNCTION_INFO_V1(event_digest_accum);
Datum
event_digest_accum(PG_FUNCTION_ARGS)
{
	EventArgs  *args = fcinfo->flinfo->fn_extra;
	EventStore *store = PG_ARGISNULL(0) ? NULL : (EventStore *) PG_GETARG_POINTER(0);
	MemoryContext context;
	Key			customer;
	int64		time;

	if (args == NULL)
	{
		args = fcinfo->flinfo->fn_extra = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(EventArgs));
		engage_event_args_init(args, fcinfo, 1, 2);
	}
	if (event_args_read(args, fcinfo, &customer, &time) && !PG_ARGISNULL(3))
	{
		if (store == NULL)
		{
			if (!AggCheckCallContext(fcinfo, &context))
				elog(ERROR, "not an aggregate");
			store = engage_event_args_store(args, context, PAYLOAD_BITS, false);
		}
		event_store_add(store, &customer, time, (uint64) PG_GETARG_INT32(3) & ((1 << PAYLOAD_BITS) - 1));
	}
	if (store == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(store);
}

PG_FUNCTION_INFO_V1(event_digest_final);
Datum
event_digest_final(PG_FUNCTION_ARGS)
{
	EventReader *reader;
	EventRun	run;
	int64		customers = 0;
	int64		events = 0;
	uint64		digest = 0;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	reader = engage_event_reader_create((EventStore *) PG_GETARG_POINTER(0));
	while (engage_event_reader_next(reader, &run))
	{
		customers++;
		events += run.n;
		for (int64 i = 0; i < run.n; i++)
			digest += (i + 1) * (run.events[i].time % 1000003 + 31 * (int64) run.events[i].payload);
	}
	engage_event_reader_free(reader);
	PG_RETURN_TEXT_P(cstring_to_text(psprintf(INT64_FORMAT " " INT64_FORMAT " " INT64_FORMAT, customers, events, (int64) digest)));
}

/* processor time, which other processes do not lengthen much */
static double
seconds_used(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* n events of so many customers, skewed; how long each part takes, without an executor */
PG_FUNCTION_INFO_V1(event_store_times);
Datum
event_store_times(PG_FUNCTION_ARGS)
{
	int64		n = PG_GETARG_INT64(0);
	int64		customers = PG_GETARG_INT64(1);
	bool		text = PG_GETARG_BOOL(2);
	Size		limit = (Size) PG_GETARG_INT64(3);
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "store", ALLOCSET_DEFAULT_SIZES);
	EventStore *store = engage_event_store_create(engage_event_budget_create(context, limit), context,
												  text ? KEY_TEXT : KEY_INT8, PAYLOAD_BITS, false);
	EventReader *reader;
	EventRun	run;
	uint64		random = 42;
	int64		sum = 0;
	int64		found = 0;
	double		start;
	double		made = 0;
	double		added;

	/* once without adding, to know what making them costs */
	for (int round = 0; round < 2; round++)
	{
		start = seconds_used();
		for (int64 i = 0; i < n; i++)
		{
			Key			key = {0};
			char		bytes[24];
			uint64		x;

			random = random * UINT64CONST(6364136223846793005) + 1442695040888963407;
			x = random >> 33;
			key.integer = (x * x >> 31) * (uint64) customers >> 31;
			if (text)
			{
				key.bytes = bytes;
				memcpy(bytes, "customer", 8);
				for (key.len = 8; key.integer > 0; key.integer /= 16)
					bytes[key.len++] = 'a' + key.integer % 16;
			}
			if (round == 0)
				sum += key.integer + key.len;
			else
				event_store_add(store, &key, INT64CONST(800000000000000) + i * 1000, random >> 60);
		}
		if (round == 0)
			made = seconds_used() - start;
	}
	added = seconds_used() - start - made;
	start = seconds_used();
	reader = engage_event_reader_create(store);
	while (engage_event_reader_next(reader, &run))
	{
		found++;
		for (int64 i = 0; i < run.n; i++)
			sum += run.events[i].time ^ run.events[i].payload;
	}
	PG_RETURN_TEXT_P(cstring_to_text(psprintf(INT64_FORMAT " customers: made %.3f, added %.3f, read %.3f s, %.1f MB (" INT64_FORMAT ")", found, made,
											  added, seconds_used() - start, MemoryContextMemAllocated(context, true) / 1e6, sum)));
}
