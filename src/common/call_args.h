/*-------------------------------------------------------------------------
 *
 * call_args.h
 *	  The expressions that a call's arguments are, for transition functions,
 *	  too.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_CALL_ARGS_H
#define ENGAGE_CALL_ARGS_H

#include "common/compat.h"
#include "fmgr.h"
#include "nodes/pg_list.h"

extern List *engage_argument_expressions(FunctionCallInfo fcinfo, int argno);
extern bool engage_argument_is_stable(FunctionCallInfo fcinfo, int argno);

#endif							/* ENGAGE_CALL_ARGS_H */
