/*-------------------------------------------------------------------------
 *
 * result_rows.h
 *	  Functions that return a table, made row by row.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_RESULT_ROWS_H
#define ENGAGE_RESULT_ROWS_H

#include "common/compat.h"
#include "fmgr.h"
#include "utils/tuplestore.h"

typedef struct ResultRows
{
	Tuplestorestate *store;
	TupleDesc	tupdesc;
} ResultRows;

extern ResultRows engage_begin_rows(FunctionCallInfo fcinfo);

static inline void
engage_put_row(ResultRows *rows, Datum *values, bool *nulls)
{
	tuplestore_putvalues(rows->store, rows->tupdesc, values, nulls);
}

#endif							/* ENGAGE_RESULT_ROWS_H */
