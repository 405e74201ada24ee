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
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/compat_access.h"
#include "executor/executor.h"
#include "ledger/rows_open.h"
#include "miscadmin.h"
#include "parser/parse_func.h"
#include "utils/acl.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

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

OpenTable *
engage_rows_try_open(Store *store, LedgerTableId id)
{
	Ledger	   *ledger = store->ledger;
	OpenTable  *open = &store->direct->tables[id];
	AclMode		needed = needed_privileges(id);
	Oid			relid = ledger->tables[id].relid;
	DirectTable *direct;

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

bool
engage_rows_direct(Store *store, LedgerTableId id)
{
	return engage_rows_open(store, id) != NULL;
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
 *		writing
 * ---------------------------------------------------------------- */

void
engage_rows_concurrent_change(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("could not serialize access due to concurrent %s", what),
			 errhint("Try again with the same key.")));
}

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
		index = engage_rows_open_index(open, i);
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
	OpenTable  *open = engage_rows_open(store, id);
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
			engage_rows_concurrent_change("update");
		case TM_Deleted:
			engage_rows_concurrent_change("delete");
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
	OpenTable  *open = engage_rows_open(store, id);

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
