/*-------------------------------------------------------------------------
 *
 * rows.h
 *	  Rows of a ledger's tables without the executor.
 *
 * A statement costs several times what its row does.  So postings look rows up
 * in indexes, and lock and write them, through the access methods.  That is
 * right only where a statement would do nothing else, which rows.c finds out
 * for each table; for the others callers use statements.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_ROWS_H
#define ENGAGE_LEDGER_ROWS_H

#include "access/htup.h"
#include "access/genam.h"
#include "executor/tuptable.h"
#include "ledger/columns.h"
#include "ledger/ledger.h"
#include "nodes/lockoptions.h"

typedef struct Store
{
	Ledger	   *ledger;
	bool		read_only;
	MemoryContext context;		/* what is read or made stays here */
	struct DirectAccess *direct;	/* or NULL: rows are written by statements */
	Snapshot	snapshot;		/* of a posting; or NULL: the next look takes one */
	bool		is_locked_since;	/* that one was taken */
	bool		is_locked;		/* engage_ledger_lock_tables() was called */
} Store;

/*
 * Between these, tables that are needed stay open.  An error makes the second
 * one unnecessary.
 */
extern void engage_rows_begin(Store *store);
extern void engage_rows_end(Store *store);

/* Rows were, or will now be, written: the next look must see it. */
extern void engage_rows_changed(Store *store);

/* Can the rows of this table be locked and written directly? */
extern bool engage_rows_direct(Store *store, LedgerTableId table);

/* ----------------------------------------------------------------
 *		values of rows
 * ---------------------------------------------------------------- */

/* Rows of one table, their columns in the order of columns.h */
typedef struct RowList
{
	Datum	   *values;			/* LEDGER_MAX_COLUMNS a row */
	bool	   *nulls;
	HeapTuple **stored;			/* where the tuple goes, or what is replaced */
	int			n;
	int			room;
} RowList;

/* Where the values of one more row go; nulls are false. */
extern Datum *engage_row_add(RowList *rows, bool **nulls);

/* The values of a row, by its number */
#define ROW_VALUES(rows, r) ((rows)->values + (Size) (r) * LEDGER_MAX_COLUMNS)
#define ROW_NULLS(rows, r) ((rows)->nulls + (Size) (r) * LEDGER_MAX_COLUMNS)

/* ----------------------------------------------------------------
 *		looking up
 * ---------------------------------------------------------------- */

/*
 * A look into an index: equality on its leading columns, of which the first is
 * the member.  Rows come in the order of the index.  Postings see a new
 * snapshot and all rows, readers that of their query and what row-level security
 * shows them.
 */
typedef struct Probe
{
	Store	   *store;
	LedgerTableId table;
	Relation	rel;
	Relation	index;
	bool		opened;			/* both, for this probe */
	struct OpenIndex *open_index;	/* whose scan it uses; or NULL */
	Snapshot	snapshot;
	IndexScanDesc scan;
	TupleTableSlot *slot;
	SPITupleTable *selected;	/* instead of all this: what a statement gave, */
	uint64		nselected;
	uint64		next;			/* and the number after the row that it is at */
} Probe;

extern void engage_probe_begin(Probe *probe, Store *store, LedgerIndexId index,
							   Datum member, int nkeys, const Datum *keys);
extern bool engage_probe_next(Probe *probe);
extern Datum engage_probe_value(Probe *probe, int column, bool *isnull);
extern int64 engage_probe_int64(Probe *probe, int column);
extern char *engage_probe_text(Probe *probe, int column);
extern bool engage_probe_text_is(Probe *probe, int column, const char *expected);
extern bool engage_probe_is_null(Probe *probe, int column);
extern HeapTuple engage_probe_tuple(Probe *probe);
extern void engage_probe_end(Probe *probe);

/* ----------------------------------------------------------------
 *		locking and writing, where store->direct
 * ---------------------------------------------------------------- */

typedef enum RowLock
{
	ROW_LOCKED,
	ROW_BUSY,					/* somebody else has it, and "wait" is false */
	ROW_MISSING
} RowLock;

/* Locks an account as FOR NO KEY UPDATE does; *row is a copy. */
extern RowLock engage_rows_lock_account(Store *store, Datum member, bool wait,
										HeapTuple *row);

/* Takes the values of a tuple apart, in the order of columns.h. */
extern void engage_rows_read(const Ledger *ledger, LedgerTableId table,
							 HeapTuple tuple, Datum *values, bool *nulls);

/* New rows; *stored becomes each tuple as it was written. */
extern void engage_rows_insert(Store *store, LedgerTableId table, RowList *rows);

/* Rows that *stored says, with new values.  Columns that are not ours stay. */
extern void engage_rows_update(Store *store, LedgerTableId table, RowList *rows);

#endif							/* ENGAGE_LEDGER_ROWS_H */
