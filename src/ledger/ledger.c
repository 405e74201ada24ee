/*-------------------------------------------------------------------------
 *
 * ledger.c
 *	  Finding a ledger by name, and what is kept of it in a backend.
 *
 * A ledger is a schema with the tables of engage.ledger_ddl().  A backend keeps
 * the settings and plans of the ledgers it used last.  Changes of the tables,
 * and of the settings (engage.ledger_changed() sends the same signal), arrive
 * as relcache invalidations; then all is read anew by the next call.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/genam.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_am.h"
#include "catalog/namespace.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "common/errors.h"
#include "ledger/columns.h"
#include "ledger/ledger.h"
#include "ledger/trust.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/* So many ledgers are kept in a backend; the least recently used goes first. */
#define LEDGERS_KEPT 32

const char *const engage_table_names[LEDGER_TABLES] = {
	"ledger_meta", "account", "entry", "lot", "lot_use", "hold", "refusal",
	"entry_note", "point_value", "earn_rule", "campaign", "campaign_budget",
	"tally", "tier", "tier_history", "period_close", "adjust_limit", "job_run"
};

static HTAB *ledgers;			/* by schema, entries are LedgerSlot */
static dlist_head recent_ledgers = DLIST_STATIC_INIT(recent_ledgers);
static dlist_head unread_ledgers = DLIST_STATIC_INIT(unread_ledgers);	/* being read */

typedef struct LedgerSlot
{
	Oid			schema;
	Ledger	   *ledger;
} LedgerSlot;

/* ----------------------------------------------------------------
 *		keeping
 * ---------------------------------------------------------------- */

static void
forget_some(dlist_head *list, Oid relid)
{
	dlist_iter	iter;

	dlist_foreach(iter, list)
	{
		Ledger	   *ledger = dlist_container(Ledger, recent, iter.cur);

		if (!OidIsValid(relid))
			ledger->is_valid = false;
		else
			for (int i = 0; i < LEDGER_TABLES; i++)
				if (ledger->tables[i].relid == relid)
					ledger->is_valid = false;
	}
}

static void
forget_if_concerned(Datum arg, Oid relid)
{
	forget_some(&recent_ledgers, relid);
	forget_some(&unread_ledgers, relid);
}

static void
forget_all(Datum arg, int cacheid, uint32 hashvalue)
{
	forget_if_concerned((Datum) 0, InvalidOid);
}

static void
free_ledger(Ledger *ledger)
{
	for (int i = 0; i < ledger->nstatements; i++)
		if (ledger->plans[i] != NULL)
			SPI_freeplan(ledger->plans[i]);
	MemoryContextDelete(ledger->context);
}

/* Takes it out of what is kept; the memory goes when nobody uses it. */
static void
drop_ledger(Ledger *ledger)
{
	hash_search(ledgers, &ledger->schema, HASH_REMOVE, NULL);
	dlist_delete(&ledger->recent);
	if (ledger->pins == 0)
		free_ledger(ledger);
	else
	{
		/* (what changes from here on does not reach it) */
		ledger->is_valid = false;
		ledger->is_dropped = true;	/* the last one to close it frees it */
	}
}

static void
prepare_to_keep(void)
{
	if (ledgers == NULL)
	{
		HASHCTL		control = {.keysize = sizeof(Oid), .entrysize = sizeof(LedgerSlot)};

		ledgers = hash_create("engage ledgers", LEDGERS_KEPT, &control,
							  HASH_ELEM | HASH_BLOBS);
		CacheRegisterRelcacheCallback(forget_if_concerned, (Datum) 0);
		CacheRegisterSyscacheCallback(NAMESPACEOID, forget_all, (Datum) 0);
	}
}

static void
keep_ledger(Ledger *ledger)
{
	LedgerSlot *slot;
	int			n = 0;
	dlist_iter	iter;

	dlist_foreach(iter, &recent_ledgers)
		n++;
	if (n >= LEDGERS_KEPT)
		drop_ledger(dlist_tail_element(Ledger, recent, &recent_ledgers));
	slot = hash_search(ledgers, &ledger->schema, HASH_ENTER, NULL);
	slot->ledger = ledger;
	dlist_push_head(&recent_ledgers, &ledger->recent);
}

/* ----------------------------------------------------------------
 *		reading the tables and settings
 * ---------------------------------------------------------------- */

pg_noreturn static void
no_such_ledger(const char *name, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_ENGAGE_NOT_FOUND),
			 errmsg("ledger \"%s\" does not exist", name),
			 detail != NULL ? errdetail_internal("%s", detail) : 0,
			 errhint("SELECT * FROM engage.ledgers() lists them; engage.ledger_create('%s') makes one.", name)));
}

/* What postings look into an index by: columns of its table, the member first */
typedef struct IndexShape
{
	LedgerTableId table;
	const char *name;			/* NULL: the primary key */
	int			ncolumns;
	int			columns[3];
	int			only_if;		/* the column is true, or not NULL; 0: all rows */
} IndexShape;

static const IndexShape index_shapes[LEDGER_INDEXES] = {
	[INDEX_ACCOUNT] = {TABLE_ACCOUNT, NULL, 1, {Anum_member}},
	[INDEX_ENTRY] = {TABLE_ENTRY, NULL, 2, {Anum_member, Anum_entry_seq}},
	[INDEX_LOT] = {TABLE_LOT, NULL, 2, {Anum_member, Anum_lot_lot_no}},
	[INDEX_REFUSAL] = {TABLE_REFUSAL, NULL, 3, {Anum_member, Anum_refusal_kind, Anum_refusal_key}},
	[INDEX_ENTRY_KEY] = {TABLE_ENTRY, "entry_key", 3, {Anum_member, Anum_entry_kind, Anum_entry_key}, Anum_entry_key},
	[INDEX_ENTRY_SOURCE] = {TABLE_ENTRY, "entry_source_ref", 2, {Anum_member, Anum_entry_source_ref}, Anum_entry_source_ref},
	[INDEX_OPEN_LOTS] = {TABLE_LOT, "lot_open", 3, {Anum_member, Anum_lot_expires_at, Anum_lot_available_at}, Anum_lot_is_open},
};

LedgerTableId
engage_index_table(LedgerIndexId index)
{
	return index_shapes[index].table;
}

/* Does the index have the rows that it should, and no others? */
static bool
predicate_fits(Relation index, AttrNumber only_if)
{
	List	   *predicate = RelationGetIndexPredicate(index);
	Node	   *column;

	if (only_if == 0 || list_length(predicate) != 1)
		return only_if == 0 && predicate == NIL;
	column = linitial(predicate);
	if (IsA(column, NullTest) && ((NullTest *) column)->nulltesttype == IS_NOT_NULL)
		column = (Node *) ((NullTest *) column)->arg;
	return IsA(column, Var) && ((Var *) column)->varattno == only_if;
}

static bool
index_fits(Ledger *ledger, const IndexShape *shape, Oid oid)
{
	LedgerTable *table = &ledger->tables[shape->table];
	Relation	rel;
	bool		fits;

	if (!OidIsValid(oid) || get_rel_relkind(oid) != RELKIND_INDEX)
		return false;
	rel = index_open(oid, AccessShareLock);
	fits = rel->rd_index->indrelid == table->relid && rel->rd_index->indisvalid &&
		rel->rd_rel->relam == BTREE_AM_OID && rel->rd_index->indnkeyatts >= shape->ncolumns;
	for (int i = 0; fits && i < shape->ncolumns; i++)
		fits = rel->rd_index->indkey.values[i] == table->attributes[shape->columns[i] - 1] &&
			rel->rd_indoption[i] == 0;
	fits = fits && predicate_fits(rel, shape->only_if == 0 ? 0 : table->attributes[shape->only_if - 1]);
	index_close(rel, AccessShareLock);
	return fits;
}

/* Without it keys would not be unique, or not be found. */
static Oid
find_index(Ledger *ledger, LedgerIndexId id, Relation rel)
{
	const IndexShape *shape = &index_shapes[id];
	Oid			index = shape->name != NULL ? get_relname_relid(shape->name, ledger->schema)
		: engage_primary_key(rel);

	if (!index_fits(ledger, shape, index))
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_LEDGER_FORMAT),
				 errmsg("%s \"%s\" of ledger \"%s\" is missing or is not what it was made as",
						shape->name != NULL ? "index" : "the primary key of table",
						shape->name != NULL ? shape->name : engage_table_names[shape->table],
						NameStr(ledger->name)),
				 errhint("Make it again as engage.ledger_ddl() shows it.")));
	return index;
}

static void
read_indexes(Ledger *ledger)
{
	for (int i = 0; i < LEDGER_INDEXES; i++)
	{
		Relation	rel = table_open(ledger->tables[index_shapes[i].table].relid, AccessShareLock);

		ledger->indexes[i] = find_index(ledger, i, rel);
		table_close(rel, AccessShareLock);
	}
}

Oid
engage_ledger_index(Ledger *ledger, LedgerIndexId id, Relation rel)
{
	return ledger->is_valid ? ledger->indexes[id] : find_index(ledger, id, rel);
}

static void
read_tables(Ledger *ledger)
{
	for (int i = 0; i < LEDGER_TABLES; i++)
	{
		LedgerTable *table = &ledger->tables[i];
		Relation	rel;
		MemoryContext old;

		table->relid = get_relname_relid(engage_table_names[i], ledger->schema);
		if (!OidIsValid(table->relid))
			no_such_ledger(NameStr(ledger->name),
						   psprintf("The schema has no table \"%s\".", engage_table_names[i]));
		rel = table_open(table->relid, AccessShareLock);
		if (rel->rd_rel->relkind != RELKIND_RELATION)
			no_such_ledger(NameStr(ledger->name),
						   psprintf("\"%s\" in this schema is not an ordinary table.", engage_table_names[i]));
		table->owner = rel->rd_rel->relowner;
		old = MemoryContextSwitchTo(ledger->context);
		/* with the values of columns that older rows do not have */
		table->tupdesc = CreateTupleDescCopyConstr(RelationGetDescr(rel));
		MemoryContextSwitchTo(old);
		if (i == TABLE_HOLD)
			ledger->hold_sequence = engage_identity_sequence(rel, 1);
		table_close(rel, AccessShareLock);
	}
	ledger->owner = ledger->tables[TABLE_META].owner;
	ledger->member_type = TupleDescAttr(ledger->tables[TABLE_ACCOUNT].tupdesc, 0)->atttypid;
	if (ledger->member_type != INT8OID && ledger->member_type != UUIDOID &&
		ledger->member_type != TEXTOID)
		no_such_ledger(NameStr(ledger->name), "The first column of its table account is not a member.");
	for (int i = 0; i < LEDGER_TABLES; i++)
		engage_check_shape(ledger, i);
	read_indexes(ledger);
}

#define WORDS(...) ((const char *const[]) {__VA_ARGS__, NULL})

/* The index of a word in a list of alternatives, whose order is that of an enum. */
static int
one_of(const char *column, const char *value, const char *const *words)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(value, words[i]) == 0)
			return i;
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("unknown value \"%s\" of ledger_meta.%s", value, column)));
}

typedef struct MetaRow
{
	HeapTuple	tuple;
	TupleDesc	tupdesc;
} MetaRow;

static Datum
meta_column(MetaRow *row, const char *column, bool *isnull)
{
	int			number = SPI_fnumber(row->tupdesc, column);

	if (number <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_LEDGER_FORMAT),
				 errmsg("table ledger_meta has no column \"%s\"", column)));
	return SPI_getbinval(row->tuple, row->tupdesc, number, isnull);
}

static Datum
meta_value(MetaRow *row, const char *column)
{
	bool		isnull;
	Datum		value = meta_column(row, column, &isnull);

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("ledger_meta.%s is NULL", column)));
	return value;
}

static int
meta_word(MetaRow *row, const char *column, const char *const *words)
{
	return one_of(column, TextDatumGetCString(meta_value(row, column)), words);
}

/* NULL where the column is */
static Interval *
meta_interval(MetaRow *row, const char *column, MemoryContext context)
{
	bool		isnull;
	Datum		value = meta_column(row, column, &isnull);
	Interval   *copy;

	if (isnull)
		return NULL;
	copy = MemoryContextAlloc(context, sizeof(Interval));
	*copy = *DatumGetIntervalP(value);
	return copy;
}

static void
check_format(const char *name, int version)
{
	if (version == LEDGER_FORMAT_VERSION)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_ENGAGE_LEDGER_FORMAT),
			 errmsg("ledger \"%s\" has format %d, this library uses %d", name,
					version, LEDGER_FORMAT_VERSION),
			 version < LEDGER_FORMAT_VERSION
			 ? errhint("Its owner brings it up to date: SELECT engage.ledger_upgrade('%s')", name)
			 : errhint("Install a newer version of engage on this server.")));
}

static void
read_settings(Ledger *ledger)
{
	LedgerSettings *s = &ledger->settings;
	MemoryContext context = ledger->context;
	MetaRow		row;
	bool		isnull;
	Datum		value;
	char	   *word;
	char	   *sql = psprintf("SELECT m.*, EXISTS (SELECT FROM %s.tier) AS has_tiers FROM %s.ledger_meta m",
							   quote_identifier(NameStr(ledger->name)),
							   quote_identifier(NameStr(ledger->name)));

	if (SPI_execute(sql, true, 2) != SPI_OK_SELECT || SPI_processed != 1)
		no_such_ledger(NameStr(ledger->name), "Its table ledger_meta does not show exactly one row.");
	engage_ledger_check_changes(ledger);
	row.tuple = SPI_tuptable->vals[0];
	row.tupdesc = SPI_tuptable->tupdesc;

	check_format(NameStr(ledger->name), DatumGetInt32(meta_value(&row, "format_version")));

	word = TextDatumGetCString(meta_value(&row, "time_zone"));
	s->time_zone = pg_tzset(word);
	if (s->time_zone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" of ledger \"%s\" is not known to this server",
						word, NameStr(ledger->name))));
	s->rounding = meta_word(&row, "rounding", WORDS("floor", "half_up", "half_even", "ceil"));
	s->available_after = *DatumGetIntervalP(meta_value(&row, "available_after"));
	s->manual_activation = meta_word(&row, "activation", WORDS("automatic", "manual")) == 1;
	s->expires_after = meta_interval(&row, "expires_after", context);
	value = meta_column(&row, "expires_on", &isnull);
	if (!isnull)
	{
		word = TextDatumGetCString(value);
		if (sscanf(word, "%2d-%2d", &s->expires_on_month, &s->expires_on_day) != 2)
			s->expires_on_month = 0;
	}
	s->expires_inactive = meta_interval(&row, "expires_inactive", context);
	s->expiry_rounding = meta_word(&row, "expiry_rounding", WORDS("none", "day", "month", "year"));
	s->earned_first = meta_word(&row, "consumption", WORDS("soonest_expiring", "earned_first")) == 1;
	s->shortage = meta_word(&row, "shortage", WORDS("other_lots_then_debt", "clamp", "reject"));
	s->restores_with_grace = meta_word(&row, "restoring", WORDS("grace", "expire")) == 0;
	s->restore_grace = *DatumGetIntervalP(meta_value(&row, "restore_grace"));
	value = meta_column(&row, "debt_limit", &isnull);
	s->debt_limit = isnull ? PG_INT64_MAX : DatumGetInt64(value);
	s->refund_window = meta_interval(&row, "refund_window", context);
	s->stacking = meta_word(&row, "stacking", WORDS("multiplicative", "additive", "best_of"));
	value = meta_column(&row, "max_multiplier", &isnull);
	if (!isnull)
	{
		MemoryContext old = MemoryContextSwitchTo(context);

		s->max_multiplier = (Numeric) PG_DETOAST_DATUM_COPY(value);
		MemoryContextSwitchTo(old);
	}
	s->tier_metric = meta_word(&row, "tier_metric", WORDS("points", "spend", "orders"));
	s->tier_window = meta_word(&row, "tier_window", WORDS("rolling", "calendar", "anniversary", "lifetime"));
	s->tier_period = *DatumGetIntervalP(meta_value(&row, "tier_period"));
	s->tier_grace = *DatumGetIntervalP(meta_value(&row, "tier_grace"));
	s->downgrades_one = meta_word(&row, "tier_downgrade", WORDS("one_down", "recompute")) == 0;
	s->closed_until = DatumGetTimestampTz(meta_value(&row, "closed_until"));
	s->test_clock = DatumGetBool(meta_value(&row, "test_clock"));
	s->has_tiers = DatumGetBool(meta_value(&row, "has_tiers"));
}

static void
read_point_values(Ledger *ledger)
{
	char	   *sql = psprintf("SELECT valid_from, face_value, currency FROM %s.point_value ORDER BY valid_from",
							   quote_identifier(NameStr(ledger->name)));
	MemoryContext old;

	if (SPI_execute(sql, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "cannot read point values");
	engage_ledger_check_changes(ledger);
	old = MemoryContextSwitchTo(ledger->context);
	ledger->npoint_values = SPI_processed;
	ledger->point_values = palloc(Max(SPI_processed, 1) * sizeof(PointValue));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		MetaRow		row = {SPI_tuptable->vals[i], SPI_tuptable->tupdesc};
		PointValue *value = &ledger->point_values[i];

		value->valid_from = DatumGetTimestampTz(meta_value(&row, "valid_from"));
		value->face_value = (Numeric) PG_DETOAST_DATUM_COPY(meta_value(&row, "face_value"));
		value->currency = TextDatumGetCString(meta_value(&row, "currency"));
	}
	MemoryContextSwitchTo(old);
}

/*
 * Code in the tables of a ledger (a policy, say) runs while they are read, and
 * may call for the same ledger.
 */
static void
refuse_nested_reading(Oid schema, const char *name)
{
	dlist_iter	iter;

	dlist_foreach(iter, &unread_ledgers)
		if (dlist_container(Ledger, recent, iter.cur)->schema == schema)
			ereport(ERROR,
					(errcode(ERRCODE_ENGAGE_FOREIGN_CODE),
					 errmsg("ledger \"%s\" is used by code of its own tables while it is opened", name),
					 errhint("A policy, rule or default of the table ledger_meta, tier or point_value calls engage; change it.")));
}

static Ledger *
read_ledger(const char *name, Oid schema)
{
	MemoryContext context;
	Ledger	   *ledger;
	RunAsOwner	owner;
	bool		latest;

	refuse_nested_reading(schema, name);
	prepare_to_keep();
	context = AllocSetContextCreate(CacheMemoryContext, "engage ledger", ALLOCSET_SMALL_SIZES);
	ledger = MemoryContextAllocZero(context, sizeof(Ledger));
	ledger->context = context;
	ledger->schema = schema;
	namestrcpy(&ledger->name, name);
	/* from here on, a change while it is read makes it invalid again */
	ledger->is_valid = true;
	dlist_push_head(&unread_ledgers, &ledger->recent);
	PG_TRY();
	{
		SPI_connect();
		read_tables(ledger);
		ledger->foreign_code = engage_find_foreign_code(ledger);
		/* whatever the owner put there runs as the owner */
		owner = engage_run_as_owner(ledger);

		/*
		 * What is kept outlives this transaction, so it must be the latest,
		 * also in one that sees an older state of everything else.
		 */
		latest = !IsInParallelMode();
		if (latest)
		{
			CommandCounterIncrement();
			PushActiveSnapshot(GetLatestSnapshot());
		}
		read_settings(ledger);
		read_point_values(ledger);
		if (latest)
			PopActiveSnapshot();
		else
			engage_ledger_keep_for_statement(ledger);
		engage_run_as_caller(owner);
		SPI_finish();
	}
	PG_CATCH();
	{
		dlist_delete(&ledger->recent);
		MemoryContextDelete(context);
		PG_RE_THROW();
	}
	PG_END_TRY();
	dlist_delete(&ledger->recent);
	keep_ledger(ledger);
	return ledger;
}

/* ----------------------------------------------------------------
 *		opening and closing
 * ---------------------------------------------------------------- */

/*
 * A superuser who posts into somebody else's tables would lend his rights to
 * whatever the owner put there.
 */
static void
check_caller(Ledger *ledger, LedgerPurpose purpose)
{
	Oid			user = GetUserId();

	if (user == ledger->owner)
		return;
	if (ledger->foreign_code != NULL && purpose != LEDGER_MAINTAIN)
		engage_refuse_foreign_code(ledger);
	if (purpose == LEDGER_POST && superuser())
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_WRONG_ROLE),
				 errmsg("superuser \"%s\" does not own ledger \"%s\"",
						GetUserNameFromId(user, false), NameStr(ledger->name)),
				 errdetail("Code in somebody else's tables would run with a superuser's rights."),
				 errhint("SET ROLE %s first, or post as a role with INSERT and UPDATE on the ledger's tables.",
						 quote_identifier(GetUserNameFromId(ledger->owner, false)))));
	if (purpose == LEDGER_MAINTAIN)
	{
		/* he could do it by posting, or read it all, anyway */
		AclResult	acl = pg_class_aclcheck(ledger->tables[TABLE_ACCOUNT].relid, user, ACL_SELECT);

		if (acl != ACLCHECK_OK)
			aclcheck_error(acl, OBJECT_TABLE, psprintf("%s.account", NameStr(ledger->name)));
	}
}

Ledger *
engage_ledger_open(const char *name, LedgerPurpose purpose)
{
	Ledger	   *ledger = NULL;
	Oid			schema = get_namespace_oid(name, true);

	if (!OidIsValid(schema))
		no_such_ledger(name, NULL);
	if (!engage_may_use_schema(schema, GetUserId()))
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_SCHEMA, name);

	if (ledgers != NULL)
	{
		LedgerSlot *slot = hash_search(ledgers, &schema, HASH_FIND, NULL);

		if (slot != NULL)
			ledger = slot->ledger;
	}
	if (ledger != NULL && ledger->parallel_statement != 0 &&
		!(IsInParallelMode() && ledger->parallel_statement == GetCurrentStatementStartTimestamp()))
		ledger->is_valid = false;

	/*
	 * Whoever changes what postings must not miss (a period is closed) holds a
	 * lock that this one waits for; the changes are known when it is granted.
	 */
	if (purpose == LEDGER_POST && ledger != NULL)
		LockRelationOid(ledger->tables[TABLE_ENTRY].relid, RowExclusiveLock);
	else
		AcceptInvalidationMessages();

	if (ledger != NULL && !ledger->is_valid)
	{
		drop_ledger(ledger);
		ledger = NULL;
	}
	if (ledger == NULL)
	{
		if (purpose == LEDGER_POST)
		{
			Oid			relid = get_relname_relid("entry", schema);

			if (OidIsValid(relid))
				LockRelationOid(relid, RowExclusiveLock);
		}
		ledger = read_ledger(name, schema);
	}
	else
		dlist_move_head(&recent_ledgers, &ledger->recent);

	check_caller(ledger, purpose);
	ledger->pins++;
	return ledger;
}

/*
 * The tables were found to run no code of their owner that could harm the
 * caller.  From here on nobody can put any there.
 */
void
engage_ledger_lock_tables(Ledger *ledger)
{
	if (GetUserId() == ledger->owner)
		return;
	for (int i = 0; i < LEDGER_TABLES; i++)
		LockRelationOid(ledger->tables[i].relid, RowExclusiveLock);
	if (!ledger->is_valid)
		ledger->foreign_code = engage_find_foreign_code(ledger);
	if (ledger->foreign_code != NULL)
		engage_refuse_foreign_code(ledger);
}

void
engage_ledger_close(Ledger *ledger)
{
	Assert(ledger->pins > 0);
	if (--ledger->pins == 0 && ledger->is_dropped)
		free_ledger(ledger);
}

void
engage_ledger_keep_for_statement(Ledger *ledger)
{
	ledger->parallel_statement = GetCurrentStatementStartTimestamp();
}

bool
engage_ledger_has_rls(Ledger *ledger, LedgerTableId table)
{
	return check_enable_rls(ledger->tables[table].relid, InvalidOid, true) == RLS_ENABLED;
}

void
engage_ledger_refuse_rls(Ledger *ledger)
{
	for (int i = 0; i < LEDGER_TABLES; i++)
		if (engage_ledger_has_rls(ledger, i))
			ereport(ERROR,
					(errcode(ERRCODE_ENGAGE_ROWS_HIDDEN),
					 errmsg("row-level security would hide rows of table \"%s.%s\"",
							NameStr(ledger->name), engage_table_names[i]),
					 errdetail("Totals over a part of the rows would be wrong."),
					 errhint("Call this as the ledger's owner or as a role with BYPASSRLS.")));
}

/* ----------------------------------------------------------------
 *		as the owner
 * ---------------------------------------------------------------- */

RunAsOwner
engage_run_as_owner(const Ledger *ledger)
{
	RunAsOwner	saved;

	GetUserIdAndSecContext(&saved.user, &saved.security_context);
	saved.guc_level = -1;
	if (saved.user != ledger->owner)
	{
		SetUserIdAndSecContext(ledger->owner,
							   saved.security_context | SECURITY_RESTRICTED_OPERATION);
		saved.guc_level = NewGUCNestLevel();
	}
	return saved;
}

void
engage_run_as_caller(RunAsOwner saved)
{
	if (saved.guc_level >= 0)
	{
		AtEOXact_GUC(false, saved.guc_level);
		SetUserIdAndSecContext(saved.user, saved.security_context);
	}
}

/* ----------------------------------------------------------------
 *		for SQL functions
 * ---------------------------------------------------------------- */

/* engage.ledger_changed(ledger): settings were written, every backend reads them anew */
PG_FUNCTION_INFO_V1(engage_ledger_changed);
Datum
engage_ledger_changed(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Oid			schema = get_namespace_oid(name, true);
	Oid			relid = OidIsValid(schema) ? get_relname_relid("ledger_meta", schema) : InvalidOid;
	Oid			entry = OidIsValid(schema) ? get_relname_relid("entry", schema) : InvalidOid;

	if (!OidIsValid(relid))
		no_such_ledger(name, NULL);
	/* everybody who uses the ledger has to read it anew, which not everybody may bring about */
	if (!engage_owns_table(relid, GetUserId()) &&
		(!OidIsValid(entry) || pg_class_aclcheck(entry, GetUserId(), ACL_INSERT) != ACLCHECK_OK))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, psprintf("%s.ledger_meta", name));
	CacheInvalidateRelcacheByRelid(relid);
	PG_RETURN_VOID();
}
