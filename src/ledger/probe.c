/*-------------------------------------------------------------------------
 *
 * probe.c
 *	  Looking rows of a ledger up in an index, and locking them.
 *
 * A posting looks into what rows.c has opened, with a slot and a scan that the
 * probes of a table or an index use one after the other.  Tables that cannot be
 * written directly are opened for each probe.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/compat_access.h"
#include "ledger/rows_open.h"
#include "ledger/store.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

/* ----------------------------------------------------------------
 *		looking up
 * ---------------------------------------------------------------- */

static void
init_key(ScanKey key, Relation index, int place, Datum value)
{
	Oid			type = TupleDescAttr(RelationGetDescr(index), place - 1)->atttypid;

	ScanKeyEntryInitialize(key, 0, place, BTEqualStrategyNumber, InvalidOid,
						   index->rd_indcollation[place - 1],
						   type == INT8OID ? F_INT8EQ : type == UUIDOID ? F_UUID_EQ : F_TEXTEQ,
						   value);
}

static void
check_may_select(Oid relid)
{
	if (pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, get_rel_name(relid));
}

/*
 * A posting that looks into a table will as a rule write it, too: it is opened
 * once for both.
 */
static void
open_for_probe(Probe *probe, LedgerIndexId id)
{
	Ledger	   *ledger = probe->store->ledger;
	OpenTable  *open = engage_rows_open(probe->store, probe->table);

	probe->open_index = NULL;
	probe->opened = open == NULL;
	if (probe->opened)
	{
		probe->rel = table_open(ledger->tables[probe->table].relid, AccessShareLock);
		engage_rows_changed(probe->store);
		engage_ledger_check_changes(ledger);
		probe->index = index_open(engage_ledger_index(ledger, id, probe->rel), AccessShareLock);
		return;
	}
	probe->rel = open->rel;
	for (int i = 0; i < open->table->nindexes; i++)
		if (open->table->index_oids[i] == ledger->indexes[id])
		{
			probe->index = engage_rows_open_index(open, i);
			probe->open_index = &open->indexes[i];
			return;
		}
	elog(ERROR, "index %u is not one of its table", ledger->indexes[id]);
}

/*
 * A reader goes on with its query's snapshot.  A posting takes one after its
 * locks and after what it writes: nobody else changes the rows of a member that
 * it has locked.  For a lock itself, any will do that sees the row.
 */
static Snapshot
take_snapshot(Store *store, bool for_lock)
{
	if (store->read_only)
		return GetActiveSnapshot();
	if (store->is_locked_since && !for_lock)
		engage_rows_changed(store);
	store->is_locked_since = for_lock;
	if (store->snapshot == NULL)
	{
		CommandCounterIncrement();
		store->snapshot = RegisterSnapshot(GetTransactionSnapshot());
	}
	return store->snapshot;
}

/* What readers are shown under row-level security */
static const LedgerStatement select_open_lots = {
	"SELECT @columns@ FROM @ledger@.lot WHERE member OPERATOR(pg_catalog.=) $1 AND is_open"
	" ORDER BY expires_at, available_at", "lot: member"
};
static const LedgerStatement select_lot = {
	"SELECT @columns@ FROM @ledger@.lot WHERE member OPERATOR(pg_catalog.=) $1"
	" AND lot_no OPERATOR(pg_catalog.=) $2", "lot: member bigint"
};

static void
select_rows(Probe *probe, LedgerIndexId index, Datum member, const Datum *keys)
{
	Datum		values[2] = {member, index == INDEX_LOT ? keys[0] : (Datum) 0};

	Assert(index == INDEX_LOT || index == INDEX_OPEN_LOTS);
	probe->nselected = engage_store_run(probe->store, index == INDEX_LOT ? &select_lot : &select_open_lots,
										values, NULL, 0);
	probe->selected = SPI_tuptable;
	probe->next = 0;
}

/* Probes that follow each other share the slot of their table. */
static TupleTableSlot *
take_slot(Probe *probe)
{
	OpenTable  *open = probe->opened ? NULL : &probe->store->direct->tables[probe->table];

	if (open == NULL || open->is_probed)
		return table_slot_create(probe->rel, NULL);
	if (open->slot == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(probe->store->context);

		open->slot = table_slot_create(probe->rel, NULL);
		MemoryContextSwitchTo(old);
	}
	open->is_probed = true;
	return open->slot;
}

static void
give_slot_back(Probe *probe)
{
	OpenTable  *open = probe->opened ? NULL : &probe->store->direct->tables[probe->table];

	if (open != NULL && probe->slot == open->slot)
	{
		ExecClearTuple(probe->slot);
		open->is_probed = false;
	}
	else
		ExecDropSingleTupleTableSlot(probe->slot);
}

/* Likewise, those that look into the same index share its scan. */
static void
begin_scan(Probe *probe, Snapshot snapshot, ScanKey keys, int nkeys)
{
	OpenIndex  *open = probe->open_index;
	MemoryContext old = MemoryContextSwitchTo(probe->store->context);

	if (open == NULL || open->is_scanned)
	{
		probe->open_index = NULL;
		probe->scan = engage_index_beginscan(probe->rel, probe->index, snapshot, nkeys);
	}
	else
	{
		if (open->scan != NULL && open->scan->numberOfKeys != nkeys)
		{
			index_endscan(open->scan);
			open->scan = NULL;
		}
		if (open->scan == NULL)
			open->scan = engage_index_beginscan(probe->rel, probe->index, snapshot, nkeys);
		open->scan->xs_snapshot = snapshot;
		open->is_scanned = true;
		probe->scan = open->scan;
	}
	index_rescan(probe->scan, keys, nkeys, NULL, 0);
	MemoryContextSwitchTo(old);
}

/* What the access method remembers meanwhile lives as long as the scan. */
static bool
scan_next(Probe *probe)
{
	MemoryContext old = MemoryContextSwitchTo(probe->store->context);
	bool		found = index_getnext_slot(probe->scan, ForwardScanDirection, probe->slot);

	MemoryContextSwitchTo(old);
	return found;
}

static void
end_scan(Probe *probe)
{
	if (probe->open_index == NULL)
		index_endscan(probe->scan);
	else
	{
		/* lets go of its pages */
		index_rescan(probe->scan, NULL, 0, NULL, 0);
		probe->open_index->is_scanned = false;
	}
}

#define MAX_PROBE_KEYS 3

static void
begin_probe(Probe *probe, Store *store, LedgerIndexId index, Datum member,
			int nkeys, const Datum *keys, bool for_lock)
{
	Oid			relid;
	ScanKeyData scan_keys[MAX_PROBE_KEYS];

	Assert(nkeys < MAX_PROBE_KEYS);
	probe->store = store;
	probe->table = engage_index_table(index);
	probe->selected = NULL;
	if (store->read_only && engage_ledger_has_rls(store->ledger, probe->table))
	{
		select_rows(probe, index, member, keys);
		return;
	}
	relid = store->ledger->tables[probe->table].relid;
	check_may_select(relid);
	open_for_probe(probe, index);
	init_key(&scan_keys[0], probe->index, 1, member);
	for (int i = 0; i < nkeys; i++)
		init_key(&scan_keys[i + 1], probe->index, i + 2, keys[i]);
	/* (a statement during the probe makes the store forget its own) */
	probe->snapshot = RegisterSnapshot(take_snapshot(store, for_lock));
	probe->slot = take_slot(probe);
	begin_scan(probe, probe->snapshot, scan_keys, nkeys + 1);
}

void
engage_probe_begin(Probe *probe, Store *store, LedgerIndexId index, Datum member,
				   int nkeys, const Datum *keys)
{
	begin_probe(probe, store, index, member, nkeys, keys, false);
}

bool
engage_probe_next(Probe *probe)
{
	if (probe->selected != NULL)
		return probe->next++ < probe->nselected;
	if (!scan_next(probe))
		return false;
	slot_getallattrs(probe->slot);
	return true;
}

Datum
engage_probe_value(Probe *probe, int column, bool *isnull)
{
	AttrNumber	number = probe->store->ledger->tables[probe->table].attributes[column - 1];

	if (probe->selected != NULL)
		return SPI_getbinval(probe->selected->vals[probe->next - 1], probe->selected->tupdesc,
							 column, isnull);
	*isnull = probe->slot->tts_isnull[number - 1];
	return probe->slot->tts_values[number - 1];
}

/* 0 for NULL */
int64
engage_probe_int64(Probe *probe, int column)
{
	bool		isnull;
	Datum		value = engage_probe_value(probe, column, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

bool
engage_probe_is_null(Probe *probe, int column)
{
	bool		isnull;

	(void) engage_probe_value(probe, column, &isnull);
	return isnull;
}

/* A copy; NULL for NULL */
char *
engage_probe_text(Probe *probe, int column)
{
	bool		isnull;
	Datum		value = engage_probe_value(probe, column, &isnull);

	return isnull ? NULL : engage_store_keep_text(probe->store, value);
}

bool
engage_probe_text_is(Probe *probe, int column, const char *expected)
{
	bool		isnull;
	Datum		value = engage_probe_value(probe, column, &isnull);

	return !isnull && strcmp(TextDatumGetCString(value), expected) == 0;
}

/* A copy of the row */
HeapTuple
engage_probe_tuple(Probe *probe)
{
	MemoryContext old = MemoryContextSwitchTo(probe->store->context);
	HeapTuple	tuple = ExecCopySlotHeapTuple(probe->slot);

	MemoryContextSwitchTo(old);
	return tuple;
}

void
engage_probe_end(Probe *probe)
{
	if (probe->selected != NULL)
	{
		SPI_freetuptable(probe->selected);
		return;
	}
	end_scan(probe);
	give_slot_back(probe);
	UnregisterSnapshot(probe->snapshot);
	if (probe->opened)
	{
		index_close(probe->index, AccessShareLock);
		table_close(probe->rel, AccessShareLock);
	}
}

/* ----------------------------------------------------------------
 *		locking
 * ---------------------------------------------------------------- */

RowLock
engage_probe_lock_account(Store *store, Datum member, bool wait, HeapTuple *row)
{
	Probe		probe;
	RowLock		result = ROW_MISSING;
	uint8		flags = TUPLE_LOCK_FLAG_LOCK_UPDATE_IN_PROGRESS;
	TM_FailureData failure;
	ItemPointerData tid;

	/* as a statement would: with an older snapshot, a newer row is an error */
	if (!IsolationUsesXactSnapshot())
		flags |= TUPLE_LOCK_FLAG_FIND_LAST_VERSION;
	begin_probe(&probe, store, INDEX_ACCOUNT, member, 0, NULL, true);
	if (scan_next(&probe))
	{
		tid = probe.slot->tts_tid;
		switch (table_tuple_lock(probe.rel, &tid, probe.snapshot, probe.slot,
								 GetCurrentCommandId(false), LockTupleNoKeyExclusive,
								 wait ? LockWaitBlock : LockWaitSkip, flags, &failure))
		{
			case TM_Ok:
				*row = engage_probe_tuple(&probe);
				result = ROW_LOCKED;
				break;
			case TM_WouldBlock:
				result = ROW_BUSY;
				break;
			case TM_Updated:
				engage_rows_concurrent_change("update");
			case TM_Deleted:
				if (IsolationUsesXactSnapshot())
					engage_rows_concurrent_change("delete");
				break;
			default:
				elog(ERROR, "unexpected result of locking an account");
		}
	}
	engage_probe_end(&probe);
	return result;
}
