/*-------------------------------------------------------------------------
 *
 * guard.c
 *	  The trigger that keeps hands off the tables of a ledger.
 *
 * Whoever may post has INSERT and UPDATE on the tables, because postings run
 * with his rights.  That must not let him write by himself: the trigger allows
 * only statements of a posting under way in this backend (and not those of
 * other triggers inside it), and the table's owner, so that restores work.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "commands/trigger.h"
#include "common/errors.h"
#include "ledger/books_core.h"
#include "ledger/ledger.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/rel.h"

static GuardMark allowed = {InvalidOid, 0, 0};

static int
trigger_depth(void)
{
	return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0));
}

GuardMark
engage_guard_allow(const Ledger *ledger)
{
	GuardMark	before = allowed;

	/* the trigger runs one deeper than the posting */
	allowed = (GuardMark) {ledger->schema, trigger_depth() + 1, 0};
	return before;
}

/* Most postings run no statement, and setting a path costs more than a row. */
void
engage_guard_pin_path(void)
{
	if (!OidIsValid(allowed.schema) || allowed.guc_level > 0)
		return;
	allowed.guc_level = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

void
engage_guard_restore(GuardMark mark)
{
	if (allowed.guc_level > 0)
		AtEOXact_GUC(false, allowed.guc_level);
	allowed = mark;
}

static int64
number_of(Relation rel, HeapTuple tuple, const char *column)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, SPI_fnumber(RelationGetDescr(rel), column),
									 RelationGetDescr(rel), &isnull);

	/* NOT NULL is checked by the server, after this trigger */
	return isnull ? 0 : DatumGetInt64(value);
}

/*
 * What would be CHECK constraints, at a tenth of their cost.  Postings check the
 * same before they write a row.
 */
static void
check_row(Relation rel, HeapTuple tuple)
{
	const char *name = RelationGetRelationName(rel);
	const char *broken = NULL;

	if (strcmp(name, "account") == 0)
	{
		LedgerAccount account = {
			.available = number_of(rel, tuple, "available"),
			.pending = number_of(rel, tuple, "pending"),
			.held = number_of(rel, tuple, "held"),
			.debt = number_of(rel, tuple, "debt")
		};

		broken = engage_account_broken_rule(&account);
	}
	else if (strcmp(name, "lot") == 0)
	{
		LedgerLot	lot = {
			.granted = number_of(rel, tuple, "granted"),
			.remaining = number_of(rel, tuple, "remaining"),
			.held = number_of(rel, tuple, "held")
		};

		broken = engage_lot_broken_rule(&lot);
		if (broken == NULL && (number_of(rel, tuple, "is_open") != 0) != (lot.remaining > 0))
			broken = "is_open = (remaining > 0)";
	}
	else if (strcmp(name, "lot_use") == 0)
	{
		bool		isnull;
		Datum		action = heap_getattr(tuple, SPI_fnumber(RelationGetDescr(rel), "action"),
										  RelationGetDescr(rel), &isnull);

		if (number_of(rel, tuple, "points") <= 0)
			broken = "points > 0";
		else if (!isnull && engage_lot_action(TextDatumGetCString(action)) < 0)
			broken = "action is one of consume, restore, hold, capture, release, expire, claw, repay_debt";
	}
	if (broken != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("a row of table \"%s\" of ledger \"%s\" would be wrong", name,
						get_namespace_name(RelationGetNamespace(rel))),
				 errdetail("It must hold that %s.", broken)));
}

/* Settings that a change by hand must make known, too */
static bool
holds_settings(const char *table)
{
	return strcmp(table, "ledger_meta") == 0 || strcmp(table, "point_value") == 0 ||
		strcmp(table, "tier") == 0 || strcmp(table, "earn_rule") == 0 ||
		strcmp(table, "campaign") == 0;
}

PG_FUNCTION_INFO_V1(engage_ledger_guard);
Datum
engage_ledger_guard(PG_FUNCTION_ARGS)
{
	TriggerData *data = (TriggerData *) fcinfo->context;
	Relation	rel;
	bool		is_insert;
	bool		is_append_only;
	HeapTuple	result;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(data->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("engage.ledger_guard() must be called as a BEFORE trigger")));
	rel = data->tg_relation;
	is_insert = TRIGGER_FIRED_BY_INSERT(data->tg_event);

	if (!(RelationGetNamespace(rel) == allowed.schema &&
		  trigger_depth() == allowed.trigger_depth))
	{
		is_append_only = data->tg_trigger->tgnargs > 0 &&
			strcmp(data->tg_trigger->tgargs[0], "append_only") == 0;
		if (is_append_only && !is_insert)
			ereport(ERROR,
					(errcode(ERRCODE_ENGAGE_GUARDED),
					 errmsg("table \"%s\" of ledger \"%s\" is append-only",
							RelationGetRelationName(rel),
							get_namespace_name(RelationGetNamespace(rel))),
					 errhint("Correct by posting: engage.reverse_earn(), engage.cancel_redemption() or engage.adjust(). engage.ledger_drop() removes a ledger.")));
		if (!engage_owns_table(RelationGetRelid(rel), GetUserId()))
			ereport(ERROR,
					(errcode(ERRCODE_ENGAGE_GUARDED),
					 errmsg("table \"%s\" of ledger \"%s\" is written by engage's functions only",
							RelationGetRelationName(rel),
							get_namespace_name(RelationGetNamespace(rel))),
					 holds_settings(RelationGetRelationName(rel))
					 ? errhint("Its owner sets it: engage.ledger_alter(), engage.rule_set(), engage.campaign_set(), engage.tier_set(), engage.point_value_set().")
					 : errhint("Call engage.earn(), engage.redeem() and so on.")));
	}

	if (holds_settings(RelationGetRelationName(rel)))
	{
		Oid			meta = get_relname_relid("ledger_meta", RelationGetNamespace(rel));

		if (OidIsValid(meta))
			CacheInvalidateRelcacheByRelid(meta);
	}
	if (TRIGGER_FIRED_FOR_STATEMENT(data->tg_event))
		return PointerGetDatum(NULL);
	if (TRIGGER_FIRED_BY_DELETE(data->tg_event))
		return PointerGetDatum(data->tg_trigtuple);
	result = TRIGGER_FIRED_BY_UPDATE(data->tg_event) ? data->tg_newtuple : data->tg_trigtuple;
	check_row(rel, result);
	return PointerGetDatum(result);
}
