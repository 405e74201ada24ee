/*-------------------------------------------------------------------------
 *
 * rows.h
 *	  Rows of a ledger's tables without the executor.
 *
 * A statement costs several times what its row does.  So postings write rows,
 * and look them up and lock them (probe.h), through the access methods.  That
 * is right only where a statement would do nothing else, which rows.c finds out
 * for each table; for the others callers use statements.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_ROWS_H
#define ENGAGE_LEDGER_ROWS_H

#include "access/htup.h"
#include "ledger/columns.h"
#include "ledger/ledger.h"
#include "utils/snapshot.h"

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

/* Takes the values of a tuple apart, in the order of columns.h. */
extern void engage_rows_read(const Ledger *ledger, LedgerTableId table,
							 HeapTuple tuple, Datum *values, bool *nulls);

/* ----------------------------------------------------------------
 *		writing, where engage_rows_direct()
 * ---------------------------------------------------------------- */

/* New rows; *stored becomes each tuple as it was written. */
extern void engage_rows_insert(Store *store, LedgerTableId table, RowList *rows);

/* Rows that *stored says, with new values.  Columns that are not ours stay. */
extern void engage_rows_update(Store *store, LedgerTableId table, RowList *rows);

#endif							/* ENGAGE_LEDGER_ROWS_H */
