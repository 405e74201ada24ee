/*-------------------------------------------------------------------------
 *
 * compat_access.h
 *	  What differs between PostgreSQL versions in table and index access; the
 *	  part of compat.h that only ledger/rows.c and ledger/probe.c need.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_COMPAT_ACCESS_H
#define ENGAGE_COMPAT_ACCESS_H

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "nodes/execnodes.h"

/* Since 18, scans can be given counters for EXPLAIN. */
static inline IndexScanDesc
engage_index_beginscan(Relation rel, Relation index, Snapshot snapshot, int nkeys)
{
#if PG_VERSION_NUM >= 180000
	return index_beginscan(rel, index, snapshot, NULL, nkeys, 0);
#else
	return index_beginscan(rel, index, snapshot, nkeys, 0);
#endif
}

/* Since 17, access methods may hold resources between insertions. */
static inline void
engage_index_insert_cleanup(Relation index, IndexInfo *info)
{
#if PG_VERSION_NUM >= 170000
	index_insert_cleanup(index, info);
#endif
}

/* Since 16, a HOT update may still concern BRIN indexes. */
#if PG_VERSION_NUM < 160000
typedef enum TU_UpdateIndexes
{
	TU_None,
	TU_All,
	TU_Summarizing
} TU_UpdateIndexes;
#endif

static inline bool
engage_is_summarizing(const IndexInfo *info)
{
#if PG_VERSION_NUM >= 160000
	return info->ii_Summarizing;
#else
	return false;
#endif
}

static inline TM_Result
engage_heap_update(Relation rel, ItemPointer tid, HeapTuple tuple, CommandId command,
				   TM_FailureData *failure, TU_UpdateIndexes *indexes)
{
	LockTupleMode mode;
#if PG_VERSION_NUM >= 160000
	return heap_update(rel, tid, tuple, command, InvalidSnapshot, true, failure, &mode, indexes);
#else
	TM_Result	result = heap_update(rel, tid, tuple, command, InvalidSnapshot, true,
									 failure, &mode);

	*indexes = HeapTupleIsHeapOnly(tuple) ? TU_None : TU_All;
	return result;
#endif
}

#endif							/* ENGAGE_COMPAT_ACCESS_H */
