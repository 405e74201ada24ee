/*-------------------------------------------------------------------------
 *
 * event_args.h
 *	  SQL arguments of aggregates over everybody's raw rows: whose event a row
 *	  is, and when it was.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_EVENT_ARGS_H
#define ENGAGE_EVENT_ARGS_H

#include "catalog/pg_type.h"
#include "common/event_store.h"
#include "common/key_reader.h"
#include "common/time_arg.h"

/* How to read them; found once per call site, and kept in fn_extra. */
typedef struct EventArgs
{
	KeyReader	customer;
	Oid			time_type;
	int			customer_argno;
	int			time_argno;
	EventBudget *budget;		/* of the plan node */
} EventArgs;

/* What the stores of one node or function may take */
extern Size engage_event_memory_limit(void);

extern void engage_event_args_init(EventArgs *args, FunctionCallInfo fcinfo,
								   int customer_argno, int time_argno);
extern EventStore *engage_event_args_store(EventArgs *args, MemoryContext context,
										   int payload_bits, bool valued);

/* False if the row is to be skipped, since one of them is NULL. */
static inline bool
event_args_read(EventArgs *args, FunctionCallInfo fcinfo, Key *customer, int64 *time)
{
	Datum		ts = fcinfo->args[args->time_argno].value;

	if (fcinfo->args[args->customer_argno].isnull || fcinfo->args[args->time_argno].isnull)
		return false;
	switch (args->time_type)
	{
		case DATEOID:
			*time = engage_date_time(DatumGetInt32(ts), "event");
			break;
		case INT8OID:
			*time = DatumGetInt64(ts);
			break;
		default:
			*time = engage_finite_time(DatumGetInt64(ts), "event");
	}
	if (likely(args->customer.type == INT8OID))
		customer->integer = DatumGetInt64(fcinfo->args[args->customer_argno].value);
	else
		engage_key_read(&args->customer, fcinfo->args[args->customer_argno].value, customer);
	return true;
}

#endif							/* ENGAGE_EVENT_ARGS_H */
