/*-------------------------------------------------------------------------
 *
 * probe.h
 *	  Looking rows of a ledger up in an index, and locking them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_PROBE_H
#define ENGAGE_LEDGER_PROBE_H

#include "access/genam.h"
#include "executor/spi.h"
#include "ledger/rows.h"

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

typedef enum RowLock
{
	ROW_LOCKED,
	ROW_BUSY,					/* somebody else has it, and "wait" is false */
	ROW_MISSING
} RowLock;

/* Locks an account as FOR NO KEY UPDATE does; *row is a copy. */
extern RowLock engage_probe_lock_account(Store *store, Datum member, bool wait,
										 HeapTuple *row);

#endif							/* ENGAGE_LEDGER_PROBE_H */
