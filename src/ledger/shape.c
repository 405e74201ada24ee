/*-------------------------------------------------------------------------
 *
 * shape.c
 *	  What the tables of a ledger look like.
 *
 * The code takes values out of rows as the types that engage.ledger_ddl() gives
 * their columns.  Somebody's table of the same name with other types must not
 * get that far.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/errors.h"
#include "ledger/ledger.h"
#include "utils/builtins.h"
#include "utils/relcache.h"

/*
 * column:type, in the order of the DDL, and "?" where it may be NULL; type
 * "member" is the ledger's own.
 */
static const char *const shapes[LEDGER_TABLES] = {
	[TABLE_META] =
	"only_row:boolean format_version:integer member_type:text unit:text "
	"time_zone:text rounding:text available_after:interval "
	"activation:text expires_after:interval? expires_on:text? "
	"expires_inactive:interval? expiry_rounding:text consumption:text "
	"shortage:text restoring:text restore_grace:interval "
	"debt_limit:bigint? refund_window:interval? stacking:text "
	"max_multiplier:numeric? tier_metric:text tier_window:text "
	"tier_period:interval tier_grace:interval tier_downgrade:text "
	"closed_until:timestamptz inactivity_since:timestamptz "
	"inactivity_latest:timestamptz value_head:bytea test_clock:boolean created_at:timestamptz",
	[TABLE_ACCOUNT] =
	"member:member seq:bigint available:bigint pending:bigint "
	"held:bigint debt:bigint earned:bigint redeemed:bigint "
	"expired:bigint reversed:bigint joined_at:timestamptz "
	"last_recorded_at:timestamptz next_due_at:timestamptz "
	"next_expiry_at:timestamptz next_expiry_points:bigint "
	"inactive_at:timestamptz lapsed_seq:bigint balance_hash:bigint "
	"tier_due_at:timestamptz refusals:bigint blocked:boolean "
	"tier_in_grace:boolean has_sources:boolean "
	"earned_due_at:timestamptz? granted_until:timestamptz? tier:text? "
	"earned_tier:text? granted_tier:text? chain_head:bytea",
	[TABLE_ENTRY] =
	"member:member seq:bigint amount:bigint available_after:bigint "
	"pending_after:bigint? held_after:bigint? debt_after:bigint? "
	"recorded_at:timestamptz effective_at:timestamptz? "
	"request_hash:bigint? request_seq:bigint? reverses_seq:bigint? "
	"hold_id:bigint? until:timestamptz? kind:text key:text? "
	"source_ref:text? rule:text? campaign:text? batch:text? basis:numeric? "
	"rate:text? reason:text? actor:text? session_role:text "
	"acting_role:text? note_hash:bytea? hash:bytea",
	[TABLE_LOT] =
	"member:member lot_no:bigint granted:bigint remaining:bigint "
	"held:bigint available_at:timestamptz expires_at:timestamptz "
	"is_open:boolean is_pending:boolean "
	"initial_available_at:timestamptz? initial_expires_at:timestamptz? "
	"earned_at:timestamptz?",
	[TABLE_LOT_USE] =
	"member:member seq:bigint lot_no:bigint points:bigint action:text "
	"ordinal:integer",
	[TABLE_HOLD] =
	"hold_id:bigint member:member seq:bigint points:bigint "
	"captured:bigint released:bigint expires_at:timestamptz state:text "
	"lots:bigint[] slices:bigint[]",
	[TABLE_REFUSAL] =
	"member:member kind:text key:text status:text request_hash:bigint "
	"recorded_at:timestamptz seq:bigint available:bigint pending:bigint "
	"held:bigint debt:bigint points:bigint? source_ref:text? rule:text? "
	"basis:numeric? detail:text? actor:text? session_role:text "
	"acting_role:text?",
	[TABLE_ENTRY_NOTE] =
	"member:member seq:bigint note:text",
	[TABLE_POINT_VALUE] =
	"valid_from:timestamptz face_value:numeric cost_value:numeric "
	"currency:text expected_redemption_pct:numeric hash:bytea",
	[TABLE_EARN_RULE] =
	"rule:text trigger:text rate_points:bigint? rate_basis:numeric? "
	"fixed_points:bigint? min_basis:numeric? cap_day:bigint? "
	"cap_month:bigint? cap_lifetime:bigint? max_awards_day:bigint? "
	"max_awards_month:bigint? max_awards_lifetime:bigint? tiers:text[]? "
	"valid_from:timestamptz valid_until:timestamptz "
	"available_after:interval? expires_after:interval? qualifying:boolean "
	"active:boolean",
	[TABLE_CAMPAIGN] =
	"campaign:text starts_at:timestamptz ends_at:timestamptz "
	"rules:text[]? tiers:text[]? multiplier_num:bigint? "
	"multiplier_den:bigint? bonus_points:bigint? stacking_group:text? "
	"member_cap:bigint? budget:bigint? cost_centre:text? active:boolean",
	[TABLE_CAMPAIGN_BUDGET] =
	"campaign:text slot:integer allotted:bigint issued:bigint",
	[TABLE_TALLY] =
	"member:member source:text day:date points:bigint awards:bigint "
	"basis:numeric qualifying:boolean",
	[TABLE_TIER] =
	"tier:text rank:integer threshold:numeric multiplier_num:bigint "
	"multiplier_den:bigint invite_only:boolean perks:text[]",
	[TABLE_TIER_HISTORY] =
	"member:member change_no:bigint tier:text? previous_tier:text? "
	"effective_at:timestamptz recorded_at:timestamptz until:timestamptz "
	"reason:text",
	[TABLE_PERIOD_CLOSE] =
	"closed_until:timestamptz closed_at:timestamptz closed_by:text",
	[TABLE_ADJUST_LIMIT] =
	"role:text max_points:bigint",
	[TABLE_JOB_RUN] =
	"run_id:bigint job:text started_at:timestamptz "
	"finished_at:timestamptz? members:bigint entries:bigint "
	"findings:bigint detail:text?",
};

static const char *
type_name(const Ledger *ledger, Oid type)
{
	if (type == TIMESTAMPTZOID)
		return "timestamptz";
	return format_type_be(type);
}

/*
 * Every column is there with its type, in any order, and NULL only where the
 * code looks for that: a dump or a user may have added others.  Finds out where.
 */
void
engage_check_shape(Ledger *ledger, LedgerTableId id)
{
	LedgerTable *table = &ledger->tables[id];
	char	   *words = pstrdup(shapes[id]);

	for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " "))
	{
		char	   *wanted = strchr(word, ':');
		char	   *nullable = strchr(word, '?');
		AttrNumber	number;
		Oid			type;

		*wanted++ = '\0';
		if (nullable != NULL)
			*nullable = '\0';
		number = engage_ledger_column(ledger, id, word);
		type = TupleDescAttr(table->tupdesc, number - 1)->atttypid;
		if (strcmp(wanted, "member") == 0
			? type != ledger->member_type
			: strcmp(type_name(ledger, type), wanted) != 0)
			ereport(ERROR,
					(errcode(ERRCODE_ENGAGE_LEDGER_FORMAT),
					 errmsg("column \"%s\" of a table of ledger \"%s\" is %s instead of %s",
							word, NameStr(ledger->name), type_name(ledger, type), wanted),
					 errhint("This is not a ledger as engage.ledger_create() makes it.")));
		if (nullable == NULL && engage_may_be_null(table->tupdesc, number - 1))
			ereport(ERROR,
					(errcode(ERRCODE_ENGAGE_LEDGER_FORMAT),
					 errmsg("column \"%s\" of table \"%s\" of ledger \"%s\" may be NULL",
							word, engage_table_names[id], NameStr(ledger->name)),
					 errhint("This is not a ledger as engage.ledger_create() makes it.")));
		table->attributes[table->ncolumns++] = number;
	}
	pfree(words);
}

static bool
is_unchanged(const LedgerTable *table, TupleDesc now, int column)
{
	int			i = table->attributes[column] - 1;

	/* (of a dropped column the type is 0) */
	return TupleDescAttr(now, i)->atttypid == TupleDescAttr(table->tupdesc, i)->atttypid &&
		(!engage_may_be_null(now, i) || engage_may_be_null(table->tupdesc, i));
}

/*
 * The owner can change a table until it is locked, and code of his that a
 * statement runs can do so even then, if it is another table's.
 */
void
engage_ledger_check_changes(const Ledger *ledger)
{
	if (likely(ledger->is_valid))
		return;
	for (int id = 0; id < LEDGER_TABLES; id++)
	{
		const LedgerTable *table = &ledger->tables[id];
		Relation	rel = RelationIdGetRelation(table->relid);
		bool		unchanged = rel != NULL;

		for (int c = 0; c < table->ncolumns && unchanged; c++)
			unchanged = is_unchanged(table, RelationGetDescr(rel), c);
		if (rel != NULL)
			RelationClose(rel);
		if (!unchanged)
			ereport(ERROR,
					(errcode(ERRCODE_ENGAGE_LEDGER_FORMAT),
					 errmsg("the columns of table \"%s\" of ledger \"%s\" were changed while it was in use",
							engage_table_names[id], NameStr(ledger->name))));
	}
}
