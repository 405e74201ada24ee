/*-------------------------------------------------------------------------
 *
 * store.c
 *	  Reading the tables of a ledger into books in memory.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "common/errors.h"
#include "common/interrupts.h"
#include "ledger/store.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"

/* ----------------------------------------------------------------
 *		statements and their results
 * ---------------------------------------------------------------- */

uint64
engage_store_run(Store *store, const LedgerStatement *statement,
				 Datum *values, const char *nulls, long limit)
{
	int			result = SPI_execute_plan(engage_ledger_plan(store->ledger, statement),
										  values, nulls, store->read_only, limit);

	if (result < 0)
		elog(ERROR, "cannot run \"%s\": %s", statement->sql,
			 SPI_result_code_string(result));
	return SPI_processed;
}

/*
 * The same for a statement that joins an array with a table.  Its plan has to
 * go through the index once an element, however small the table was when the
 * plan was made: it is kept, and tables grow.
 */
uint64
engage_store_run_looped(Store *store, const LedgerStatement *statement, Datum *values)
{
	static const char *const avoided[] = {"enable_hashjoin", "enable_mergejoin", "enable_seqscan"};
	int			level = NewGUCNestLevel();
	uint64		n;

	for (int i = 0; i < lengthof(avoided); i++)
		(void) set_config_option(avoided[i], "off", PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	n = engage_store_run(store, statement, values, NULL, 0);
	AtEOXact_GUC(true, level);
	return n;
}

static inline Datum
value_of(int row, int column, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
						 column, isnull);
}

bool
engage_store_is_null(int row, int column)
{
	bool		isnull;

	(void) value_of(row, column, &isnull);
	return isnull;
}

int64
engage_store_int64(int row, int column)
{
	bool		isnull;
	Datum		value = value_of(row, column, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

TimestampTz
engage_store_time(int row, int column)
{
	bool		isnull;
	Datum		value = value_of(row, column, &isnull);

	return isnull ? TIME_NULL : DatumGetTimestampTz(value);
}

bool
engage_store_bool(int row, int column)
{
	bool		isnull;
	Datum		value = value_of(row, column, &isnull);

	return !isnull && DatumGetBool(value);
}

char *
engage_store_text(Store *store, int row, int column)
{
	bool		isnull;
	Datum		value = value_of(row, column, &isnull);
	MemoryContext old;
	char	   *string;

	if (isnull)
		return NULL;
	old = MemoryContextSwitchTo(store->context);
	string = TextDatumGetCString(value);
	MemoryContextSwitchTo(old);
	return string;
}

Numeric
engage_store_numeric(Store *store, int row, int column)
{
	bool		isnull;
	Datum		value = value_of(row, column, &isnull);
	MemoryContext old;
	Numeric		number;

	if (isnull)
		return NULL;
	old = MemoryContextSwitchTo(store->context);
	number = (Numeric) PG_DETOAST_DATUM_COPY(value);
	MemoryContextSwitchTo(old);
	return number;
}

/* ----------------------------------------------------------------
 *		probes
 * ---------------------------------------------------------------- */

static void
init_key(ScanKey key, Probe *probe, const char *column, Oid type, Datum value)
{
	AttrNumber	number = engage_ledger_column(probe->store->ledger, probe->table, column);

	ScanKeyEntryInitialize(key, 0, number, BTEqualStrategyNumber, InvalidOid,
						   TupleDescAttr(RelationGetDescr(probe->rel), number - 1)->attcollation,
						   type == INT8OID ? F_INT8EQ : type == UUIDOID ? F_UUID_EQ : F_TEXTEQ,
						   value);
}

static void
check_may_select(Oid relid)
{
	if (pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, get_rel_name(relid));
}

/* A new one for each look of a posting; a reader goes on with its query's. */
static void
take_snapshot(Probe *probe)
{
	if (probe->store->read_only)
		PushActiveSnapshot(GetActiveSnapshot());
	else
	{
		CommandCounterIncrement();
		PushActiveSnapshot(GetTransactionSnapshot());
	}
}

void
engage_probe_begin(Probe *probe, Store *store, LedgerTableId table, Oid index,
				   Datum member, const char *const *columns,
				   const char *const *values, int ncolumns)
{
	Oid			relid = store->ledger->tables[table].relid;
	ScanKeyData keys[3];

	check_may_select(relid);
	probe->store = store;
	probe->table = table;
	probe->rel = table_open(relid, AccessShareLock);
	init_key(&keys[0], probe, "member", store->ledger->member_type, member);
	Assert(ncolumns < lengthof(keys));
	for (int i = 0; i < ncolumns; i++)
		init_key(&keys[i + 1], probe, columns[i], TEXTOID, CStringGetTextDatum(values[i]));

	probe->index = NULL;
	take_snapshot(probe);
	probe->scan = systable_beginscan(probe->rel, index, true, GetActiveSnapshot(),
									 ncolumns + 1, keys);
}

/* One entry of a member */
void
engage_probe_entry(Probe *probe, Store *store, Datum member, int64 seq)
{
	Oid			relid = store->ledger->tables[TABLE_ENTRY].relid;
	ScanKeyData keys[2];

	probe->store = store;
	probe->table = TABLE_ENTRY;
	probe->rel = table_open(relid, AccessShareLock);
	init_key(&keys[0], probe, "member", store->ledger->member_type, member);
	init_key(&keys[1], probe, "seq", INT8OID, Int64GetDatum(seq));
	probe->index = NULL;
	take_snapshot(probe);
	probe->scan = systable_beginscan(probe->rel, store->ledger->entry_index, true,
									 GetActiveSnapshot(), 2, keys);
}

/* The open lots of a member, the soonest expiry first */
void
engage_probe_open_lots(Probe *probe, Store *store, Datum member)
{
	Oid			relid = store->ledger->tables[TABLE_LOT].relid;
	ScanKeyData key;

	check_may_select(relid);
	probe->store = store;
	probe->table = TABLE_LOT;
	probe->rel = table_open(relid, AccessShareLock);
	probe->index = index_open(store->ledger->lot_open_index, AccessShareLock);
	init_key(&key, probe, "member", store->ledger->member_type, member);
	take_snapshot(probe);
	probe->scan = systable_beginscan_ordered(probe->rel, probe->index, GetActiveSnapshot(), 1, &key);
}

HeapTuple
engage_probe_next(Probe *probe)
{
	return probe->index != NULL
		? systable_getnext_ordered(probe->scan, ForwardScanDirection)
		: systable_getnext(probe->scan);
}

Datum
engage_probe_value(Probe *probe, HeapTuple tuple, const char *column, bool *isnull)
{
	return heap_getattr(tuple, engage_ledger_column(probe->store->ledger, probe->table, column),
						RelationGetDescr(probe->rel), isnull);
}

void
engage_probe_end(Probe *probe)
{
	if (probe->index != NULL)
	{
		systable_endscan_ordered(probe->scan);
		index_close(probe->index, AccessShareLock);
	}
	else
		systable_endscan(probe->scan);
	PopActiveSnapshot();
	table_close(probe->rel, AccessShareLock);
}

Datum
engage_int64_array(const int64 *values, int n)
{
	Datum	   *elements = palloc(Max(n, 1) * sizeof(Datum));

	for (int i = 0; i < n; i++)
		elements[i] = Int64GetDatum(values[i]);
	return PointerGetDatum(construct_array(elements, n, INT8OID, sizeof(int64),
										   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

const char *
engage_member_bytes(Oid type, Datum member, int *length, MemoryContext context)
{
	char	   *bytes;

	if (type == INT8OID)
	{
		uint64		number = pg_hton64((uint64) DatumGetInt64(member));

		bytes = MemoryContextAlloc(context, *length = sizeof(number));
		memcpy(bytes, &number, sizeof(number));
	}
	else if (type == UUIDOID)
	{
		bytes = MemoryContextAlloc(context, *length = UUID_LEN);
		memcpy(bytes, DatumGetUUIDP(member)->data, UUID_LEN);
	}
	else
	{
		text	   *value = DatumGetTextPP(member);
		char	   *utf8 = pg_server_to_any(text_to_cstring(value),
											VARSIZE_ANY_EXHDR(value), PG_UTF8);

		*length = strlen(utf8);
		bytes = MemoryContextStrdup(context, utf8);
	}
	return bytes;
}

char *
engage_member_text(Oid type, Datum member)
{
	Oid			output;
	bool		is_varlena;

	getTypeOutputInfo(type, &output, &is_varlena);
	return OidOutputFunctionCall(output, member);
}

/* ----------------------------------------------------------------
 *		accounts
 * ---------------------------------------------------------------- */

#define ACCOUNT_COLUMNS \
	"seq, available, pending, held, debt, earned, redeemed, expired, reversed, " \
	"joined_at, last_recorded_at, next_due_at, inactive_at, tier_due_at, " \
	"blocked, tier_granted, tier_in_grace, tier, chain_head"

static const LedgerStatement lock_account = {
	"SELECT " ACCOUNT_COLUMNS " FROM @ledger@.account"
	" WHERE member OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE", "member"
};
static const LedgerStatement insert_accounts = {
	"INSERT INTO @ledger@.account (member, joined_at) SELECT u.m, $2"
	" FROM pg_catalog.unnest($1) AS u(m) WHERE NOT EXISTS (SELECT FROM @ledger@.account a"
	" WHERE a.member OPERATOR(pg_catalog.=) u.m) ON CONFLICT DO NOTHING",
	"members timestamptz"
};
/* FOR in the subquery keeps it one: accounts are locked one by one, in order */
static const LedgerStatement lock_accounts = {
	"SELECT u.n, a.* FROM pg_catalog.unnest($1) WITH ORDINALITY AS u(m, n),"
	" LATERAL (SELECT " ACCOUNT_COLUMNS " FROM @ledger@.account"
	" WHERE member OPERATOR(pg_catalog.=) u.m FOR NO KEY UPDATE) a", "members timestamptz"
};
static const LedgerStatement lock_free_accounts = {
	"SELECT u.n, a.* FROM pg_catalog.unnest($1) WITH ORDINALITY AS u(m, n),"
	" LATERAL (SELECT " ACCOUNT_COLUMNS " FROM @ledger@.account"
	" WHERE member OPERATOR(pg_catalog.=) u.m FOR NO KEY UPDATE SKIP LOCKED) a", "members"
};
static const LedgerStatement read_account = {
	"SELECT " ACCOUNT_COLUMNS " FROM @ledger@.account"
	" WHERE member OPERATOR(pg_catalog.=) $1", "member"
};
static const LedgerStatement insert_account = {
	"INSERT INTO @ledger@.account (member, joined_at) VALUES ($1, $2)"
	" ON CONFLICT DO NOTHING", "member timestamptz"
};

MemberBooks *
engage_store_books(Store *store, Datum member)
{
	MemberBooks *books = engage_books_create(store->context);
	MemoryContext old = MemoryContextSwitchTo(store->context);
	Oid			type = store->ledger->member_type;

	books->member = datumCopy(member, type == INT8OID, type == INT8OID ? 8 :
							  type == UUIDOID ? UUID_LEN : -1);
	books->member_bytes = engage_member_bytes(type, books->member,
											  &books->member_length,
											  store->context);
	MemoryContextSwitchTo(old);
	books->now = books->due_until = engage_ledger_clock(store->ledger);
	return books;
}

/* Taken after the lock, and never before the last entry */
void
engage_store_take_instant(Store *store, MemberBooks *books)
{
	books->now = engage_ledger_clock(store->ledger);
	if (books->now <= books->account.last_recorded_at)
		books->now = books->account.last_recorded_at + 1;
	books->due_until = books->now;
}

/* From a row of the last statement, "first" columns into it */
static void
take_account(Store *store, MemberBooks *books, int row, int first)
{
	LedgerAccount *a = &books->account;
	bool		isnull;
	bytea	   *head;

	a->seq = engage_store_int64(row, first + 1);
	a->available = engage_store_int64(row, first + 2);
	a->pending = books->pending_at_load = engage_store_int64(row, first + 3);
	a->held = engage_store_int64(row, first + 4);
	a->debt = engage_store_int64(row, first + 5);
	a->earned = engage_store_int64(row, first + 6);
	a->redeemed = engage_store_int64(row, first + 7);
	a->expired = engage_store_int64(row, first + 8);
	a->reversed = engage_store_int64(row, first + 9);
	a->joined_at = engage_store_time(row, first + 10);
	a->last_recorded_at = engage_store_time(row, first + 11);
	a->next_due_at = engage_store_time(row, first + 12);
	a->inactive_at = engage_store_time(row, first + 13);
	a->tier_due_at = engage_store_time(row, first + 14);
	a->blocked = engage_store_bool(row, first + 15);
	a->tier_granted = engage_store_bool(row, first + 16);
	a->tier_in_grace = engage_store_bool(row, first + 17);
	a->tier = engage_store_text(store, row, first + 18);
	head = DatumGetByteaPP(value_of(row, first + 19, &isnull));
	if (isnull || VARSIZE_ANY_EXHDR(head) != CHAIN_HASH_LENGTH)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("account.chain_head is not %d bytes long", CHAIN_HASH_LENGTH)));
	memcpy(a->chain_head, VARDATA_ANY(head), CHAIN_HASH_LENGTH);
	engage_store_take_instant(store, books);
}

void
engage_store_lock(Store *store, MemberBooks *books)
{
	Datum		values[2] = {books->member};

	if (engage_store_run(store, &lock_account, values, NULL, 0) == 0)
	{
		/*
		 * A lock needs a row.  Whoever else makes this one at the same time is
		 * waited for by the insertion.
		 */
		values[1] = TimestampTzGetDatum(books->now);
		engage_store_run(store, &insert_account, values, NULL, 0);
		if (engage_store_run(store, &lock_account, values, NULL, 0) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_ENGAGE_ROWS_HIDDEN),
					 errmsg("row-level security hides member %s of ledger \"%s\"",
							engage_member_text(store->ledger->member_type, books->member),
							NameStr(store->ledger->name))));
	}
	take_account(store, books, 0, 0);
	SPI_freetuptable(SPI_tuptable);
}

/*
 * Many members, given in the order in which postings lock.  Those who have no
 * account get one first, so that the locks of one call are taken in two rows,
 * new accounts and then all of them, each in that order.
 */
static Datum
array_of_members(Store *store, MemberBooks **books, int n)
{
	Oid			type = store->ledger->member_type;
	Datum	   *members = palloc(n * sizeof(Datum));
	ArrayType  *array;

	for (int i = 0; i < n; i++)
		members[i] = books[i]->member;
	array = construct_array(members, n, type, type == INT8OID ? 8 : type == UUIDOID ? UUID_LEN : -1,
							type == INT8OID, type == UUIDOID ? TYPALIGN_CHAR :
							type == INT8OID ? TYPALIGN_DOUBLE : TYPALIGN_INT);
	pfree(members);
	return PointerGetDatum(array);
}

static void
lock_some(Store *store, MemberBooks **books, int n)
{
	Datum		values[2] = {array_of_members(store, books, n), TimestampTzGetDatum(books[0]->now)};

	engage_store_run_looped(store, &insert_accounts, values);
	if (engage_store_run_looped(store, &lock_accounts, values) != n)
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_ROWS_HIDDEN),
				 errmsg("row-level security hides members of ledger \"%s\"",
						NameStr(store->ledger->name))));
	for (int row = 0; row < n; row++)
		take_account(store, books[engage_store_int64(row, 1) - 1], row, 1);
	SPI_freetuptable(SPI_tuptable);
}

void
engage_store_lock_many(Store *store, MemberBooks **books, int n)
{
	for (int first = 0; first < n; first += LEDGER_ROWS_AT_ONCE)
		lock_some(store, books + first, Min(n - first, LEDGER_ROWS_AT_ONCE));
}

/* Those that nobody else has locked; returns how many, and moves them first. */
int
engage_store_lock_free(Store *store, MemberBooks **books, int n)
{
	Datum		value = array_of_members(store, books, n);
	int			nlocked = engage_store_run_looped(store, &lock_free_accounts, &value);
	MemberBooks **skipped = palloc(n * sizeof(MemberBooks *));
	int			nskipped = 0;
	int			next = 0;

	/* the rows come in the order of the members */
	for (int row = 0; row <= nlocked; row++)
	{
		int			locked = row < nlocked ? engage_store_int64(row, 1) - 1 : n;

		for (; next < locked; next++)
			skipped[nskipped++] = books[next];
		if (row < nlocked)
		{
			take_account(store, books[locked], row, 1);
			books[row] = books[locked];
			next = locked + 1;
		}
	}
	SPI_freetuptable(SPI_tuptable);
	memcpy(books + nlocked, skipped, nskipped * sizeof(MemberBooks *));
	pfree(skipped);
	return nlocked;
}

/*
 * Does the account say what the last entry says?  Otherwise a posting would
 * carry a balance that somebody changed by hand into the journal for ever.
 */
void
engage_store_check_account(Store *store, MemberBooks *books)
{
	LedgerAccount *a = &books->account;
	Probe		probe;
	HeapTuple	tuple;
	bool		isnull;
	bool		agrees;

	if (a->seq == 0)
		agrees = a->available == 0 && a->pending == 0 && a->held == 0 && a->debt == 0;
	else
	{
		engage_probe_entry(&probe, store, books->member, a->seq);
		tuple = engage_probe_next(&probe);
		agrees = tuple != NULL &&
			DatumGetInt64(engage_probe_value(&probe, tuple, "available_after", &isnull)) == a->available &&
			DatumGetInt64(engage_probe_value(&probe, tuple, "pending_after", &isnull)) == a->pending &&
			DatumGetInt64(engage_probe_value(&probe, tuple, "held_after", &isnull)) == a->held &&
			DatumGetInt64(engage_probe_value(&probe, tuple, "debt_after", &isnull)) == a->debt;
		if (agrees)
		{
			bytea	   *hash = DatumGetByteaPP(engage_probe_value(&probe, tuple, "hash", &isnull));

			agrees = VARSIZE_ANY_EXHDR(hash) == CHAIN_HASH_LENGTH &&
				memcmp(VARDATA_ANY(hash), a->chain_head, CHAIN_HASH_LENGTH) == 0;
		}
		engage_probe_end(&probe);
	}
	if (!agrees)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the account of member %s does not agree with its last entry",
						engage_member_text(store->ledger->member_type, books->member)),
				 errdetail("Nothing is posted on top of a balance that was changed by hand."),
				 errhint("engage.ledger_verify() shows what is wrong; doc/runbook.md says how to repair it.")));
}

/* false for a member never seen, whose books are empty */
bool
engage_store_read(Store *store, MemberBooks *books)
{
	if (engage_store_run(store, &read_account, &books->member, NULL, 0) == 0)
	{
		books->is_new = true;
		books->account.joined_at = books->now;
		books->account.last_recorded_at = DT_NOBEGIN;
		books->account.next_due_at = DT_NOEND;
		books->account.inactive_at = DT_NOEND;
		books->account.tier_due_at = DT_NOEND;
		return false;
	}
	take_account(store, books, 0, 0);
	SPI_freetuptable(SPI_tuptable);
	return true;
}

/* ----------------------------------------------------------------
 *		lots
 * ---------------------------------------------------------------- */

#define LOT_SELECTED \
	"SELECT l.lot_no, l.granted, l.remaining, l.held, l.available_at, l.expires_at, " \
	"l.initial_available_at, l.initial_expires_at, l.is_pending FROM @ledger@.lot l" \
	" WHERE l.member OPERATOR(pg_catalog.=) $1 AND "

static const LedgerStatement maturing_lots = {
	LOT_SELECTED "l.is_open AND l.is_pending"
	" AND l.available_at OPERATOR(pg_catalog.<=) $2", "member timestamptz"
};
static const LedgerStatement open_lots = {
	LOT_SELECTED "l.is_open", "member"
};
static const LedgerStatement some_lots = {
	LOT_SELECTED "l.lot_no OPERATOR(pg_catalog.=) ANY ($2)", "member bigint[]"
};
static const LedgerStatement spendable_lots = {
	LOT_SELECTED "l.is_open AND NOT l.is_pending"
	" AND l.expires_at OPERATOR(pg_catalog.>) $2"
	" AND l.remaining OPERATOR(pg_catalog.>) l.held"
	" ORDER BY l.expires_at, l.available_at, l.lot_no LIMIT $3",
	"member timestamptz bigint"
};
static const LedgerStatement spendable_lots_earned_first = {
	LOT_SELECTED "l.is_open AND NOT l.is_pending"
	" AND l.expires_at OPERATOR(pg_catalog.>) $2"
	" AND l.remaining OPERATOR(pg_catalog.>) l.held"
	" ORDER BY l.lot_no LIMIT $3", "member timestamptz bigint"
};

static void
take_lots(MemberBooks *books)
{
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		int64		lot_no = engage_store_int64(row, 1);
		LedgerLot  *lot;

		if (books->nlots > 0 && engage_books_find_lot(books, lot_no) != NULL)
			continue;
		lot = engage_books_add_lot(books, lot_no);
		lot->granted = engage_store_int64(row, 2);
		lot->remaining = engage_store_int64(row, 3);
		lot->held = engage_store_int64(row, 4);
		lot->available_at = engage_store_time(row, 5);
		lot->expires_at = engage_store_time(row, 6);
		lot->initial_available_at = engage_store_time(row, 7);
		lot->initial_expires_at = engage_store_time(row, 8);
		lot->is_pending = engage_store_bool(row, 9);
	}
	SPI_freetuptable(SPI_tuptable);
}

/* What a lot's row says; columns in any order */
static void
take_lot_row(MemberBooks *books, Probe *probe, HeapTuple tuple)
{
	bool		isnull;
	int64		lot_no = DatumGetInt64(engage_probe_value(probe, tuple, "lot_no", &isnull));
	LedgerLot  *lot;
	Datum		value;

	if (books->nlots > 0 && engage_books_find_lot(books, lot_no) != NULL)
		return;
	lot = engage_books_add_lot(books, lot_no);
	lot->granted = DatumGetInt64(engage_probe_value(probe, tuple, "granted", &isnull));
	lot->remaining = DatumGetInt64(engage_probe_value(probe, tuple, "remaining", &isnull));
	lot->held = DatumGetInt64(engage_probe_value(probe, tuple, "held", &isnull));
	lot->available_at = DatumGetTimestampTz(engage_probe_value(probe, tuple, "available_at", &isnull));
	lot->expires_at = DatumGetTimestampTz(engage_probe_value(probe, tuple, "expires_at", &isnull));
	value = engage_probe_value(probe, tuple, "initial_available_at", &isnull);
	lot->initial_available_at = isnull ? TIME_NULL : DatumGetTimestampTz(value);
	value = engage_probe_value(probe, tuple, "initial_expires_at", &isnull);
	lot->initial_expires_at = isnull ? TIME_NULL : DatumGetTimestampTz(value);
	lot->is_pending = DatumGetBool(engage_probe_value(probe, tuple, "is_pending", &isnull));
}

/*
 * The open lots that have expired, and when the next one will: one look into
 * the index that has them in this order.
 */
static void
load_expiring(Store *store, MemberBooks *books)
{
	Probe		probe;
	HeapTuple	tuple;
	int64		n = 0;

	books->next_expiry = DT_NOEND;
	engage_probe_open_lots(&probe, store, books->member);
	while ((tuple = engage_probe_next(&probe)) != NULL)
	{
		bool		isnull;
		TimestampTz expires_at = DatumGetTimestampTz(engage_probe_value(&probe, tuple, "expires_at", &isnull));

		check_interrupts_at(n++);
		if (expires_at > books->due_until)
		{
			books->next_expiry = expires_at;
			break;
		}
		take_lot_row(books, &probe, tuple);
	}
	engage_probe_end(&probe);
}

void
engage_store_load_open(Store *store, MemberBooks *books)
{
	engage_store_run(store, &open_lots, &books->member, NULL, 0);
	take_lots(books);
}

void
engage_store_load_lots(Store *store, MemberBooks *books, const int64 *lot_nos,
					   int n)
{
	Datum		values[2] = {books->member};

	for (int i = 0; i < n; i++)
		if (engage_books_find_lot(books, lot_nos[i]) == NULL)
		{
			values[1] = engage_int64_array(lot_nos, n);
			engage_store_run(store, &some_lots, values, NULL, 0);
			take_lots(books);
			return;
		}
}

/*
 * At least so many of the lots next in the order of consumption that they hold
 * "points" (or all there are).  Lots that are new in this call are in memory.
 */
void
engage_store_load_spendable(Store *store, MemberBooks *books, int64 points)
{
	const LedgerStatement *statement = store->ledger->settings.earned_first
		? &spendable_lots_earned_first : &spendable_lots;
	Datum		values[3] = {books->member, TimestampTzGetDatum(books->now)};
	int64		limit = 8;

	for (;;)
	{
		uint64		nrows;
		int64		found = 0;

		values[2] = Int64GetDatum(limit);
		nrows = engage_store_run(store, statement, values, NULL, 0);
		for (uint64 row = 0; row < nrows && found < points; row++)
		{
			LedgerLot  *lot = engage_books_find_lot(books, engage_store_int64(row, 1));

			/* one changed in this call may have less than its row says */
			found += lot != NULL ? engage_lot_spendable(books, lot)
				: engage_store_int64(row, 3) - engage_store_int64(row, 4);
		}
		if (found >= points || nrows < limit)
		{
			take_lots(books);
			return;
		}
		SPI_freetuptable(SPI_tuptable);
		limit *= 8;
	}
}

/* ----------------------------------------------------------------
 *		holds
 * ---------------------------------------------------------------- */

#define HOLD_SELECTED \
	"SELECT h.hold_id, h.seq, h.points, h.captured, h.released, h.expires_at, " \
	"h.state, h.lots, h.slices FROM @ledger@.hold h WHERE "

static const LedgerStatement due_holds = {
	HOLD_SELECTED "h.member OPERATOR(pg_catalog.=) $1"
	" AND h.state OPERATOR(pg_catalog.=) 'open'"
	" AND h.expires_at OPERATOR(pg_catalog.<=) $2", "member timestamptz"
};
static const LedgerStatement one_hold = {
	HOLD_SELECTED "h.hold_id OPERATOR(pg_catalog.=) $1", "bigint"
};
static const LedgerStatement member_of_hold = {
	"SELECT member FROM @ledger@.hold WHERE hold_id OPERATOR(pg_catalog.=) $1",
	"bigint"
};

static int
take_int64_array(MemberBooks *books, int row, int column, int64 **values)
{
	bool		isnull;
	Datum		value = value_of(row, column, &isnull);
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	deconstruct_array(DatumGetArrayTypeP(value), INT8OID, sizeof(int64),
					  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &elements, &nulls, &n);
	*values = MemoryContextAlloc(books->context, Max(n, 1) * sizeof(int64));
	for (int i = 0; i < n; i++)
		(*values)[i] = nulls[i] ? 0 : DatumGetInt64(elements[i]);
	return n;
}

static void
take_holds(Store *store, MemberBooks *books)
{
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		int64		hold_id = engage_store_int64(row, 1);
		LedgerHold *hold;
		int			state;

		if (engage_books_find_hold(books, hold_id) != NULL)
			continue;
		hold = engage_books_add_hold(books);
		hold->hold_id = hold_id;
		hold->seq = engage_store_int64(row, 2);
		hold->points = engage_store_int64(row, 3);
		hold->captured = engage_store_int64(row, 4);
		hold->released = engage_store_int64(row, 5);
		hold->expires_at = engage_store_time(row, 6);
		state = engage_hold_state(engage_store_text(store, row, 7));
		hold->nslices = take_int64_array(books, row, 8, &hold->lots);
		if (state < 0 || take_int64_array(books, row, 9, &hold->slices) != hold->nslices)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("hold " INT64_FORMAT " is damaged", hold_id)));
		hold->state = state;
	}
	SPI_freetuptable(SPI_tuptable);
}

bool
engage_store_hold_member(Store *store, int64 hold_id, Datum *member)
{
	Datum		value = Int64GetDatum(hold_id);
	Oid			type = store->ledger->member_type;
	MemoryContext old;
	bool		isnull;

	if (engage_store_run(store, &member_of_hold, &value, NULL, 0) == 0)
		return false;
	value = value_of(0, 1, &isnull);
	old = MemoryContextSwitchTo(store->context);
	*member = datumCopy(value, type == INT8OID, type == INT8OID ? 8 :
						type == UUIDOID ? UUID_LEN : -1);
	MemoryContextSwitchTo(old);
	return true;
}

/* A hold and the lots it reserves; NULL if there is none. */
LedgerHold *
engage_store_load_hold(Store *store, MemberBooks *books, int64 hold_id)
{
	LedgerHold *hold = engage_books_find_hold(books, hold_id);
	Datum		value = Int64GetDatum(hold_id);

	if (hold == NULL)
	{
		engage_store_run(store, &one_hold, &value, NULL, 0);
		take_holds(store, books);
		hold = engage_books_find_hold(books, hold_id);
	}
	if (hold != NULL)
		engage_store_load_lots(store, books, hold->lots, hold->nslices);
	return hold;
}

int64
engage_store_new_hold_id(Store *store)
{
	return nextval_internal(store->ledger->hold_sequence, true);
}

/* ----------------------------------------------------------------
 *		what is due
 * ---------------------------------------------------------------- */

void
engage_store_load_due(Store *store, MemberBooks *books)
{
	LedgerAccount *account = &books->account;
	Datum		values[2] = {books->member, TimestampTzGetDatum(books->due_until)};

	if (account->inactive_at <= books->due_until)
		engage_store_load_open(store, books);
	load_expiring(store, books);
	if (account->pending > 0)
	{
		engage_store_run(store, &maturing_lots, values, NULL, 0);
		take_lots(books);
	}
	if (account->held > 0)
	{
		engage_store_run(store, &due_holds, values, NULL, 0);
		take_holds(store, books);
		for (int i = 0; i < books->nholds; i++)
			engage_store_load_lots(store, books, books->holds[i]->lots,
								   books->holds[i]->nslices);
	}
}

void
engage_store_settle(Store *store, MemberBooks *books)
{
	if (books->account.next_due_at > books->due_until)
		return;
	engage_store_load_due(store, books);
	books->settled = true;
	engage_books_settle(books);
}
