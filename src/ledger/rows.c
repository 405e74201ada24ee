/*-------------------------------------------------------------------------
 *
 * rows.c
 *	  Rows of a ledger's tables without the executor.
 *
 * What a backend keeps of a table (its indexes, their predicates made ready)
 * hangs on the Ledger and goes with it when the table changes.  A table is
 * opened with the lock that a statement would take, which lets changes become
 * known; only if the ledger still holds then is the table written directly.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/compat_access.h"
#include "common/errors.h"
#include "common/interrupts.h"
#include "executor/executor.h"
#include "ledger/store.h"
#include "miscadmin.h"
#include "parser/parse_func.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

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

/* ----------------------------------------------------------------
 *		which tables
 * ---------------------------------------------------------------- */

/*
 * Triggers other than the guard, which lets postings pass, and those that watch
 * the primary key of a row that others refer to: postings change no primary key
 * and delete no row.
 */
static bool
has_other_triggers(Relation rel)
{
	TriggerDesc *triggers = rel->trigdesc;
	Oid			guard;

	if (triggers == NULL)
		return false;
	guard = LookupFuncName(list_make2(makeString("engage"), makeString("ledger_guard")), 0, NULL, true);
	for (int i = 0; i < triggers->numtriggers; i++)
	{
		Trigger    *trigger = &triggers->triggers[i];

		if (trigger->tgfoid != guard &&
			!(RI_FKey_trigger_type(trigger->tgfoid) == RI_TRIGGER_PK &&
			  trigger->tgconstrindid == engage_primary_key(rel)))
			return true;
	}
	return false;
}

/* Types give values to columns that are left out, and domains refuse values. */
static bool
type_has_rules(Oid type)
{
	return get_typtype(type) == TYPTYPE_DOMAIN || get_typdefault(type) != NULL;
}

/* Would a statement compute or check anything more than is given here? */
static bool
has_other_columns_with_rules(const LedgerTable *table, TupleDesc tupdesc)
{
	if (tupdesc->constr != NULL && tupdesc->constr->num_check > 0)
		return true;
	for (int i = 0; i < tupdesc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(tupdesc, i);
		bool		is_ours = false;

		if (attribute->attisdropped)
			continue;
		if (attribute->attgenerated != '\0')
			return true;
		for (int c = 0; c < table->ncolumns && !is_ours; c++)
			is_ours = table->attributes[c] == i + 1;
		if (!is_ours && (attribute->atthasdef || attribute->attnotnull || attribute->attidentity != '\0' ||
						 type_has_rules(attribute->atttypid)))
			return true;
	}
	return false;
}

/* Indexes over plain columns, which are checked at once */
static bool
read_indexes(Ledger *ledger, DirectTable *direct, Relation rel)
{
	List	   *oids = RelationGetIndexList(rel);
	ListCell   *cell;
	MemoryContext old = MemoryContextSwitchTo(ledger->context);
	bool		usable = true;

	direct->index_oids = palloc(Max(list_length(oids), 1) * sizeof(Oid));
	direct->indexes = palloc(Max(list_length(oids), 1) * sizeof(IndexInfo *));
	foreach(cell, oids)
	{
		Relation	index = index_open(lfirst_oid(cell), RowExclusiveLock);
		IndexInfo  *info = BuildIndexInfo(index);

		direct->index_oids[direct->nindexes] = RelationGetRelid(index);
		direct->indexes[direct->nindexes++] = info;
		if (info->ii_Expressions != NIL || info->ii_ExclusionOps != NULL ||
			(index->rd_index->indisunique && !index->rd_index->indimmediate))
			usable = false;
		index_close(index, NoLock);
	}
	MemoryContextSwitchTo(old);
	list_free(oids);
	return usable;
}

static DirectTable *
direct_table(Ledger *ledger, LedgerTableId id, Relation rel)
{
	LedgerTable *table = &ledger->tables[id];
	DirectTable *direct = table->direct;
	MemoryContext old;

	if (direct != NULL)
		return direct;
	old = MemoryContextSwitchTo(ledger->context);
	direct = palloc0(sizeof(DirectTable));
	direct->slot = MakeTupleTableSlot(table->tupdesc, &TTSOpsVirtual);
	direct->replaces = palloc0(table->tupdesc->natts * sizeof(bool));
	direct->as_made = table->tupdesc->natts == table->ncolumns;
	for (int c = 0; c < table->ncolumns; c++)
	{
		direct->replaces[table->attributes[c] - 1] = true;
		if (table->attributes[c] != c + 1)
			direct->as_made = false;
	}
	MemoryContextSwitchTo(old);
	direct->usable = rel->rd_rel->relkind == RELKIND_RELATION &&
		rel->rd_tableam == GetHeapamTableAmRoutine() &&
		rel->rd_rules == NULL && !rel->rd_rel->relrowsecurity &&
		!rel->rd_rel->relispartition && !has_subclass(RelationGetRelid(rel)) &&
		!has_other_triggers(rel) &&
		!has_other_columns_with_rules(table, RelationGetDescr(rel)) &&
		read_indexes(ledger, direct, rel);
	table->direct = direct;
	return direct;
}

/* What a posting does with the rows of a table; the rest has statements. */
static AclMode
needed_privileges(LedgerTableId id)
{
	switch (id)
	{
		case TABLE_ACCOUNT:
			return ACL_SELECT | ACL_UPDATE;
		case TABLE_LOT:
			return ACL_SELECT | ACL_INSERT | ACL_UPDATE;
		default:
			return ACL_INSERT;
	}
}

void
engage_rows_changed(Store *store)
{
	if (store->snapshot != NULL)
		UnregisterSnapshot(store->snapshot);
	store->snapshot = NULL;
}

/* NULL: use statements */
static OpenTable *
open_table(Store *store, LedgerTableId id)
{
	Ledger	   *ledger = store->ledger;
	OpenTable  *open;
	AclMode		needed = needed_privileges(id);
	Oid			relid = ledger->tables[id].relid;
	DirectTable *direct;

	if (store->direct == NULL)
		return NULL;
	open = &store->direct->tables[id];
	if (open->state != NOT_TRIED)
		return open->state == OPEN ? open : NULL;
	open->state = CANNOT;
	if (pg_class_aclmask(relid, GetUserId(), needed, ACLMASK_ALL) != needed)
		return NULL;
	open->rel = table_open(relid, RowExclusiveLock);
	/* a table that was rewritten meanwhile is empty to an older snapshot */
	engage_rows_changed(store);
	if (ledger->is_valid)
	{
		direct = direct_table(ledger, id, open->rel);
		/* (an index may have changed while it was waited for) */
		if (direct->usable && ledger->is_valid)
		{
			open->table = direct;
			open->indexes = MemoryContextAllocZero(store->context, Max(direct->nindexes, 1) * sizeof(OpenIndex));
			open->state = OPEN;
			return open;
		}
	}
	table_close(open->rel, NoLock);
	return NULL;
}

/*
 * An index is opened when it is needed, as most rows are in a few of them only.
 * The lock on the table keeps it there.
 */
static Relation
open_index(OpenTable *open, int i)
{
	if (open->indexes[i].rel == NULL)
		open->indexes[i].rel = index_open(open->table->index_oids[i], RowExclusiveLock);
	return open->indexes[i].rel;
}

bool
engage_rows_direct(Store *store, LedgerTableId id)
{
	return open_table(store, id) != NULL;
}

void
engage_rows_begin(Store *store)
{
	/* (extensions that check or log permissions do it for statements) */
	if (store->read_only || XactReadOnly || IsInParallelMode() || RecoveryInProgress() ||
		ExecutorCheckPerms_hook != NULL)
		return;
	store->direct = MemoryContextAllocZero(store->context, sizeof(DirectAccess));

	/*
	 * A function's caller has a snapshot; a procedure that has committed has
	 * none.  Without one, rows that were read may be pruned before they are
	 * replaced, and what they have in the TOAST table cannot be read.
	 */
	if (!ActiveSnapshotSet())
	{
		PushActiveSnapshot(GetTransactionSnapshot());
		store->direct->has_snapshot = true;
	}
}

void
engage_rows_end(Store *store)
{
	engage_rows_changed(store);
	if (store->direct == NULL)
		return;
	for (int id = 0; id < LEDGER_TABLES; id++)
	{
		OpenTable  *open = &store->direct->tables[id];

		if (open->state != OPEN)
			continue;
		for (int i = 0; i < open->table->nindexes; i++)
		{
			if (open->indexes[i].scan != NULL)
				index_endscan(open->indexes[i].scan);
			if (open->indexes[i].rel != NULL)
				index_close(open->indexes[i].rel, NoLock);
		}
		if (open->slot != NULL)
			ExecDropSingleTupleTableSlot(open->slot);
		table_close(open->rel, NoLock);
	}
	if (store->direct->has_snapshot)
		PopActiveSnapshot();
	store->direct = NULL;
	CommandCounterIncrement();
}

/* ----------------------------------------------------------------
 *		values of rows
 * ---------------------------------------------------------------- */

Datum *
engage_row_add(RowList *rows, bool **nulls)
{
	if (rows->n >= rows->room)
	{
		Size		room = Max(rows->room * 2, 1);

		rows->room = room;
		if (rows->values == NULL)
		{
			rows->values = palloc(room * LEDGER_MAX_COLUMNS * sizeof(Datum));
			rows->nulls = palloc(room * LEDGER_MAX_COLUMNS * sizeof(bool));
			rows->stored = palloc(room * sizeof(HeapTuple *));
		}
		else
		{
			rows->values = repalloc_huge(rows->values, room * LEDGER_MAX_COLUMNS * sizeof(Datum));
			rows->nulls = repalloc_huge(rows->nulls, room * LEDGER_MAX_COLUMNS * sizeof(bool));
			rows->stored = repalloc_huge(rows->stored, room * sizeof(HeapTuple *));
		}
	}
	*nulls = ROW_NULLS(rows, rows->n);
	memset(*nulls, false, LEDGER_MAX_COLUMNS * sizeof(bool));
	rows->stored[rows->n] = NULL;
	return ROW_VALUES(rows, rows->n++);
}

/* Puts a row where the table's tuple descriptor says. */
static void
arrange(const LedgerTable *table, TupleTableSlot *slot, const Datum *values, const bool *nulls)
{
	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts * sizeof(bool));
	for (int c = 0; c < table->ncolumns; c++)
	{
		slot->tts_values[table->attributes[c] - 1] = values[c];
		slot->tts_isnull[table->attributes[c] - 1] = nulls[c];
	}
	ExecStoreVirtualTuple(slot);
}

void
engage_rows_read(const Ledger *ledger, LedgerTableId id, HeapTuple tuple,
				 Datum *values, bool *nulls)
{
	const LedgerTable *table = &ledger->tables[id];
	int			natts = table->tupdesc->natts;
	Datum	   *all_values = palloc(natts * sizeof(Datum));
	bool	   *all_nulls = palloc(natts * sizeof(bool));

	heap_deform_tuple(tuple, table->tupdesc, all_values, all_nulls);
	for (int c = 0; c < table->ncolumns; c++)
	{
		values[c] = all_values[table->attributes[c] - 1];
		nulls[c] = all_nulls[table->attributes[c] - 1];
	}
	pfree(all_values);
	pfree(all_nulls);
}

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
	OpenTable  *open = open_table(probe->store, probe->table);

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
			probe->index = open_index(open, i);
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

pg_noreturn static void
concurrent_change(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("could not serialize access due to concurrent %s", what),
			 errhint("Try again with the same key.")));
}

RowLock
engage_rows_lock_account(Store *store, Datum member, bool wait, HeapTuple *row)
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
				concurrent_change("update");
			case TM_Deleted:
				if (IsolationUsesXactSnapshot())
					concurrent_change("delete");
				break;
			default:
				elog(ERROR, "unexpected result of locking an account");
		}
	}
	engage_probe_end(&probe);
	return result;
}

/* ----------------------------------------------------------------
 *		writing
 * ---------------------------------------------------------------- */

static EState *
estate_of(Ledger *ledger)
{
	if (ledger->estate == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(ledger->context);

		ledger->estate = CreateExecutorState();
		MemoryContextSwitchTo(old);
	}
	return ledger->estate;
}

/* Does the index have the row that is in the slot? */
static bool
covers(IndexInfo *info, TupleTableSlot *slot, EState *estate)
{
	ExprContext *econtext;

	if (info->ii_Predicate == NIL)
		return true;
	if (info->ii_PredicateState == NULL)
		info->ii_PredicateState = ExecPrepareQual(info->ii_Predicate, estate);
	econtext = GetPerTupleExprContext(estate);
	econtext->ecxt_scantuple = slot;
	return ExecQual(info->ii_PredicateState, econtext);
}

/* Is nothing changed in the columns of the index?  A hint that saves splits. */
static bool
is_unchanged(const IndexInfo *info, TupleDesc tupdesc, HeapTuple old, TupleTableSlot *slot)
{
	for (int i = 0; i < info->ii_NumIndexAttrs; i++)
	{
		int			number = info->ii_IndexAttrNumbers[i];
		Form_pg_attribute attribute = TupleDescAttr(tupdesc, number - 1);
		bool		isnull;
		Datum		value = heap_getattr(old, number, tupdesc, &isnull);

		if (isnull != slot->tts_isnull[number - 1] ||
			(!isnull && !datumIsEqual(value, slot->tts_values[number - 1],
									  attribute->attbyval, attribute->attlen)))
			return false;
	}
	return true;
}

/* For the row that is in the slot; "old" is what it replaces, or NULL. */
static void
insert_index_entries(Store *store, OpenTable *open, ItemPointer tid, HeapTuple old,
					 bool only_summarizing)
{
	DirectTable *table = open->table;
	EState	   *estate = estate_of(store->ledger);
	Datum		values[INDEX_MAX_KEYS];
	bool		nulls[INDEX_MAX_KEYS];

	for (int i = 0; i < table->nindexes; i++)
	{
		IndexInfo  *info = table->indexes[i];
		Relation	index;

		if (!info->ii_ReadyForInserts || (only_summarizing && !engage_is_summarizing(info)) ||
			!covers(info, table->slot, estate))
			continue;
		index = open_index(open, i);
		FormIndexDatum(info, table->slot, estate, values, nulls);
		/* what access methods remember is for one statement */
		info->ii_AmCache = NULL;
		info->ii_Context = CurrentMemoryContext;
		index_insert(index, values, nulls, tid, open->rel,
					 index->rd_index->indisunique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO,
					 old != NULL && is_unchanged(info, RelationGetDescr(open->rel), old, table->slot),
					 info);
		engage_index_insert_cleanup(index, info);
		info->ii_AmCache = NULL;
	}
	ResetPerTupleExprContext(estate);
}

/* What a NOT NULL constraint would say */
static void
check_not_null(TupleDesc tupdesc, TupleTableSlot *slot)
{
	for (int i = 0; i < tupdesc->natts; i++)
		if (slot->tts_isnull[i] && TupleDescAttr(tupdesc, i)->attnotnull)
			elog(ERROR, "column \"%s\" would be null", NameStr(TupleDescAttr(tupdesc, i)->attname));
}

/* Tuples of one page are written, and logged, together. */
#define TUPLES_AT_ONCE 500

static void
insert_some(Store *store, LedgerTableId id, OpenTable *open, RowList *rows, int first, int n)
{
	const LedgerTable *table = &store->ledger->tables[id];
	TupleTableSlot *slot = open->table->slot;
	HeapTuple  *tuples = palloc(n * sizeof(HeapTuple));
	CommandId	command = GetCurrentCommandId(true);

	for (int i = 0; i < n; i++)
	{
		MemoryContext old = CurrentMemoryContext;

		arrange(table, slot, ROW_VALUES(rows, first + i), ROW_NULLS(rows, first + i));
		check_not_null(table->tupdesc, slot);
		if (rows->stored[first + i] != NULL)
			MemoryContextSwitchTo(store->context);
		tuples[i] = heap_form_tuple(table->tupdesc, slot->tts_values, slot->tts_isnull);
		MemoryContextSwitchTo(old);
	}
	if (n == 1)
		heap_insert(open->rel, tuples[0], command, 0, NULL);
	else
	{
		TupleTableSlot **slots = palloc(n * sizeof(TupleTableSlot *));

		for (int i = 0; i < n; i++)
		{
			slots[i] = MakeTupleTableSlot(table->tupdesc, &TTSOpsHeapTuple);
			ExecStoreHeapTuple(tuples[i], slots[i], false);
		}
		heap_multi_insert(open->rel, slots, n, command, 0, NULL);
		for (int i = 0; i < n; i++)
			tuples[i]->t_self = slots[i]->tts_tid;
	}
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (n > 1)
			arrange(table, slot, ROW_VALUES(rows, first + i), ROW_NULLS(rows, first + i));
		insert_index_entries(store, open, &tuples[i]->t_self, NULL, false);
		if (rows->stored[first + i] != NULL)
			*rows->stored[first + i] = tuples[i];
	}
}

void
engage_rows_insert(Store *store, LedgerTableId id, RowList *rows)
{
	OpenTable  *open = open_table(store, id);
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "engage rows",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(scratch);

	engage_rows_changed(store);
	for (int first = 0; first < rows->n; first += TUPLES_AT_ONCE)
	{
		insert_some(store, id, open, rows, first, Min(rows->n - first, TUPLES_AT_ONCE));
		MemoryContextReset(scratch);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
}

static HeapTuple
update_one(Store *store, LedgerTableId id, OpenTable *open, HeapTuple replaced,
		   const Datum *values, const bool *nulls)
{
	const LedgerTable *table = &store->ledger->tables[id];
	DirectTable *direct = open->table;
	MemoryContext old = MemoryContextSwitchTo(store->context);
	HeapTuple	tuple;
	TM_FailureData failure;
	TU_UpdateIndexes index_update;

	arrange(table, direct->slot, values, nulls);
	tuple = direct->as_made
		? heap_form_tuple(table->tupdesc, direct->slot->tts_values, direct->slot->tts_isnull)
		: heap_modify_tuple(replaced, table->tupdesc, direct->slot->tts_values,
							direct->slot->tts_isnull, direct->replaces);
	MemoryContextSwitchTo(old);
	switch (engage_heap_update(open->rel, &replaced->t_self, tuple, GetCurrentCommandId(true),
							   &failure, &index_update))
	{
		case TM_Ok:
			break;
		case TM_Updated:
			concurrent_change("update");
		case TM_Deleted:
			concurrent_change("delete");
		default:
			elog(ERROR, "unexpected result of updating table \"%s\"", RelationGetRelationName(open->rel));
	}
	if (index_update != TU_None)
	{
		/* what indexes see must include columns of the user's own */
		if (!direct->as_made)
		{
			ExecClearTuple(direct->slot);
			heap_deform_tuple(tuple, table->tupdesc, direct->slot->tts_values, direct->slot->tts_isnull);
			ExecStoreVirtualTuple(direct->slot);
		}
		insert_index_entries(store, open, &tuple->t_self, replaced,
							 index_update == TU_Summarizing);
	}
	return tuple;
}

void
engage_rows_update(Store *store, LedgerTableId id, RowList *rows)
{
	OpenTable  *open = open_table(store, id);

	CheckCmdReplicaIdentity(open->rel, CMD_UPDATE);
	engage_rows_changed(store);
	for (int r = 0; r < rows->n; r++)
	{
		HeapTuple	replaced = *rows->stored[r];

		CHECK_FOR_INTERRUPTS();
		*rows->stored[r] = update_one(store, id, open, replaced, ROW_VALUES(rows, r), ROW_NULLS(rows, r));
		heap_freetuple(replaced);
	}
}
