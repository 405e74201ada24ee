/*-------------------------------------------------------------------------
 *
 * call_args.c
 *	  The expressions that a call's arguments are.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_aggregate.h"
#include "common/call_args.h"
#include "nodes/execnodes.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "utils/syscache.h"

/*
 * The expression given for an argument: of the aggregate's call, or, over a
 * window, of every call in the plan node with this transition function, since
 * which one it is cannot be told.
 */
List *
engage_argument_expressions(FunctionCallInfo fcinfo, int argno)
{
	List	   *expressions = NIL;

	if (fcinfo->context != NULL && IsA(fcinfo->context, WindowAggState))
	{
		ListCell   *cell;

		foreach(cell, ((WindowAggState *) fcinfo->context)->funcs)
		{
			WindowFunc *call = lfirst_node(WindowFuncExprState, cell)->wfunc;
			HeapTuple	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(call->winfnoid));

			if (!HeapTupleIsValid(tuple))
				continue;		/* a true window function */
			if (((Form_pg_aggregate) GETSTRUCT(tuple))->aggtransfn == fcinfo->flinfo->fn_oid &&
				argno <= list_length(call->args))
				expressions = lappend(expressions, list_nth(call->args, argno - 1));
			ReleaseSysCache(tuple);
		}
	}
	else
	{
		Aggref	   *aggref = AggGetAggref(fcinfo);

		if (aggref != NULL && argno <= list_length(aggref->args))
			expressions = list_make1(list_nth_node(TargetEntry, aggref->args, argno - 1)->expr);
	}
	return expressions;
}

static bool
is_stable(Node *expression)
{
	while (IsA(expression, RelabelType))
		expression = (Node *) ((RelabelType *) expression)->arg;
	return IsA(expression, Const) ||
		(IsA(expression, Param) && ((Param *) expression)->paramkind == PARAM_EXTERN);
}

/*
 * Is the argument the same in all calls from here?  Other than for
 * get_fn_expr_arg_stable(), that of a plain function must be written out: a
 * variable of PL/pgSQL is a parameter, and changes between the calls of one call
 * site.  An aggregate runs within one query.
 */
bool
engage_argument_is_stable(FunctionCallInfo fcinfo, int argno)
{
	List	   *expressions;
	ListCell   *cell;

	if (AggCheckCallContext(fcinfo, NULL) == 0)
	{
		const FuncExpr *call = (const FuncExpr *) fcinfo->flinfo->fn_expr;

		return call != NULL && IsA(call, FuncExpr) && argno < list_length(call->args) &&
			IsA(list_nth(call->args, argno), Const);
	}
	expressions = engage_argument_expressions(fcinfo, argno);
	foreach(cell, expressions)
	{
		if (!is_stable(lfirst(cell)))
			return false;
	}
	return expressions != NIL;
}
