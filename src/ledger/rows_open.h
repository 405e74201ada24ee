/*-------------------------------------------------------------------------
 *
 * rows_open.h
 *	  A ledger's tables, open to be read and written without the executor.
 *
 * Private to rows.c, which opens, writes and closes them, and probe.c, which
 * looks into them and locks.  All others have rows.h and probe.h.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_ROWS_OPEN_H
#define ENGAGE_LEDGER_ROWS_OPEN_H

#include "access/genam.h"
#include "ledger/rows.h"
#include "nodes/execnodes.h"

/* What is kept of a table, in the ledger's memory */
typedef struct DirectTable
{
	bool		usable;
	bool		as_made;		/* our columns, in our order, and no others */
	int			nindexes;
	Oid		   *index_oids;
	IndexInfo **indexes;
	TupleTableSlot *slot;		/* for what indexes see of a row */
	bool	   *replaces;		/* by attribute: is it ours? */
} DirectTable;

typedef enum OpenState
{
	NOT_TRIED,
	OPEN,
	CANNOT
} OpenState;

typedef struct OpenIndex
{
	Relation	rel;			/* NULL: not open yet */
	IndexScanDesc scan;			/* for one probe after the other; or NULL */
	bool		is_scanned;
} OpenIndex;

typedef struct OpenTable
{
	OpenState	state;
	Relation	rel;
	OpenIndex  *indexes;		/* as DirectTable.indexes */
	TupleTableSlot *slot;		/* for one probe at a time */
	bool		is_probed;
	DirectTable *table;
} OpenTable;

typedef struct DirectAccess
{
	OpenTable	tables[LEDGER_TABLES];
	bool		has_snapshot;	/* of its own */
} DirectAccess;

/* A table that was not tried yet; the result is that of engage_rows_open(). */
extern OpenTable *engage_rows_try_open(Store *store, LedgerTableId id);

/* NULL: use statements */
static inline OpenTable *
engage_rows_open(Store *store, LedgerTableId id)
{
	OpenTable  *open;

	if (store->direct == NULL)
		return NULL;
	open = &store->direct->tables[id];
	if (open->state != NOT_TRIED)
		return open->state == OPEN ? open : NULL;
	return engage_rows_try_open(store, id);
}

/*
 * An index is opened when it is needed, as most rows are in a few of them only.
 * The lock on the table keeps it there.
 */
static inline Relation
engage_rows_open_index(OpenTable *open, int i)
{
	if (open->indexes[i].rel == NULL)
		open->indexes[i].rel = index_open(open->table->index_oids[i], RowExclusiveLock);
	return open->indexes[i].rel;
}

/* A row is no longer what this transaction has seen. */
pg_noreturn extern void engage_rows_concurrent_change(const char *what);

#endif							/* ENGAGE_LEDGER_ROWS_OPEN_H */
