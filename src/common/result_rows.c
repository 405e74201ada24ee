/*-------------------------------------------------------------------------
 *
 * result_rows.c
 *	  Functions that return a table, made row by row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/result_rows.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/memutils.h"

/* (InitMaterializedSRF does the same from version 15 on.) */
ResultRows
engage_begin_rows(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *info = (ReturnSetInfo *) fcinfo->resultinfo;
	ResultRows	rows;
	MemoryContext old;

	if (info == NULL || !IsA(info, ReturnSetInfo) ||
		!(info->allowedModes & SFRM_Materialize))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a function that returns a table was called in a context that cannot accept one"),
				 errhint("Call it in FROM: SELECT * FROM engage.f(...)")));

	old = MemoryContextSwitchTo(info->econtext->ecxt_per_query_memory);
	/* the caller made it from the catalogs already, usually */
	if (info->expectedDesc != NULL)
		rows.tupdesc = CreateTupleDescCopy(info->expectedDesc);
	else if (get_call_result_type(fcinfo, NULL, &rows.tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	rows.store = tuplestore_begin_heap((info->allowedModes & SFRM_Materialize_Random) != 0,
									   false, work_mem);
	info->returnMode = SFRM_Materialize;
	info->setResult = rows.store;
	info->setDesc = rows.tupdesc;
	MemoryContextSwitchTo(old);
	return rows;
}
