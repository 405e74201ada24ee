/*-------------------------------------------------------------------------
 *
 * call_args.h
 *	  Where a call comes from: its arguments' expressions, for transition
 *	  functions, too, and the aggregate that it is part of.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_CALL_ARGS_H
#define ENGAGE_CALL_ARGS_H

#include "common/compat.h"
#include "fmgr.h"
#include "nodes/pg_list.h"

/* Where an aggregate's state lives; nobody else may call its functions. */
static inline MemoryContext
engage_aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (unlikely(!AggCheckCallContext(fcinfo, &context)))
		elog(ERROR, "aggregate function called in non-aggregate context");
	return context;
}

extern List *engage_argument_expressions(FunctionCallInfo fcinfo, int argno);
extern bool engage_argument_is_stable(FunctionCallInfo fcinfo, int argno);

#endif							/* ENGAGE_CALL_ARGS_H */
