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
#include "ledger/chain_core.h"
#include "ledger/store.h"
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
	int			result;

	if (!store->read_only && !store->is_locked)
	{
		store->is_locked = true;
		engage_ledger_lock_tables(store->ledger);
	}
	engage_guard_pin_path();
	engage_rows_changed(store);
	result = SPI_execute_plan(engage_ledger_plan(store->ledger, statement),
							  values, nulls, store->read_only, limit);
	if (result < 0)
		elog(ERROR, "cannot run \"%s\": %s", statement->sql,
			 SPI_result_code_string(result));
	engage_ledger_check_changes(store->ledger);
	return SPI_processed;
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
engage_store_keep_text(Store *store, Datum value)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	char	   *string = TextDatumGetCString(value);

	MemoryContextSwitchTo(old);
	return string;
}

char *
engage_store_text(Store *store, int row, int column)
{
	bool		isnull;
	Datum		value = value_of(row, column, &isnull);

	return isnull ? NULL : engage_store_keep_text(store, value);
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
 *		values
 * ---------------------------------------------------------------- */

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
		const char *utf8;

		*length = VARSIZE_ANY_EXHDR(value);
		utf8 = engage_text_utf8(text_to_cstring(value), length);
		bytes = MemoryContextAlloc(context, *length + 1);
		memcpy(bytes, utf8, *length + 1);
	}
	return bytes;
}

int
engage_member_order(const char *a, int a_length, const char *b, int b_length)
{
	int			order = memcmp(a, b, Min(a_length, b_length));

	return order != 0 ? order : a_length - b_length;
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

static const LedgerStatement lock_account = {
	"SELECT @columns@ FROM @ledger@.account"
	" WHERE member OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE", "account: member"
};
static const LedgerStatement lock_free_account = {
	"SELECT @columns@ FROM @ledger@.account"
	" WHERE member OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE SKIP LOCKED", "account: member"
};
static const LedgerStatement read_account = {
	"SELECT @columns@ FROM @ledger@.account"
	" WHERE member OPERATOR(pg_catalog.=) $1", "account: member"
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

static void
take_account(Store *store, MemberBooks *books, const Datum *values, const bool *nulls)
{
	LedgerAccount *a = &books->account;
	bytea	   *head = DatumGetByteaPP(values[Anum_account_chain_head - 1]);

#define INT64(column) DatumGetInt64(values[Anum_account_##column - 1])
#define TIME(column) DatumGetTimestampTz(values[Anum_account_##column - 1])
#define BOOL(column) DatumGetBool(values[Anum_account_##column - 1])
	a->seq = books->seq_at_load = books->seq_stored = INT64(seq);
	a->available = INT64(available);
	a->pending = books->pending_at_load = INT64(pending);
	a->held = INT64(held);
	a->debt = INT64(debt);
	a->earned = INT64(earned);
	a->redeemed = INT64(redeemed);
	a->expired = INT64(expired);
	a->reversed = INT64(reversed);
	a->joined_at = TIME(joined_at);
	a->last_recorded_at = TIME(last_recorded_at);
	a->next_due_at = TIME(next_due_at);
	a->next_expiry_at = TIME(next_expiry_at);
	a->next_expiry_points = INT64(next_expiry_points);
	a->inactive_at = TIME(inactive_at);
	a->lapsed_seq = INT64(lapsed_seq);
	a->balance_hash = INT64(balance_hash);
	a->tier_due_at = TIME(tier_due_at);
	a->refusals = books->refusals_stored = INT64(refusals);
	a->blocked = BOOL(blocked);
	a->tier_in_grace = BOOL(tier_in_grace);
	a->has_sources = BOOL(has_sources);
#undef INT64
#undef TIME
#undef BOOL
#define NULLABLE_TIME(column) (nulls[Anum_account_##column - 1] ? TIME_NULL : \
							   DatumGetTimestampTz(values[Anum_account_##column - 1]))
#define NULLABLE_TEXT(column) (nulls[Anum_account_##column - 1] ? NULL : \
							   engage_store_keep_text(store, values[Anum_account_##column - 1]))
	a->earned_due_at = NULLABLE_TIME(earned_due_at);
	a->granted_until = NULLABLE_TIME(granted_until);
	a->tier = NULLABLE_TEXT(tier);
	a->earned_tier = NULLABLE_TEXT(earned_tier);
	a->granted_tier = NULLABLE_TEXT(granted_tier);
#undef NULLABLE_TIME
#undef NULLABLE_TEXT
	if (VARSIZE_ANY_EXHDR(head) != CHAIN_HASH_LENGTH)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("account.chain_head is not %d bytes long", CHAIN_HASH_LENGTH)));
	memcpy(a->chain_head, VARDATA_ANY(head), CHAIN_HASH_LENGTH);
	/* no instant is later, and what is due until then has no end */
	if (TIMESTAMP_IS_NOEND(a->last_recorded_at))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("account.last_recorded_at of member %s is infinite",
						engage_member_text(store->ledger->member_type, books->member)),
				 errhint("engage.ledger_verify() shows what is wrong; doc/runbook.md says how to repair it.")));
	engage_store_take_instant(store, books);
}

/* From the row of the last statement */
static void
take_selected_account(Store *store, MemberBooks *books)
{
	Datum		values[Natts_account];
	bool		nulls[Natts_account];

	for (int c = 0; c < Natts_account; c++)
		values[c] = value_of(0, c + 1, &nulls[c]);
	take_account(store, books, values, nulls);
	SPI_freetuptable(SPI_tuptable);
}

static RowLock
lock_one(Store *store, MemberBooks *books, bool wait)
{
	if (engage_rows_direct(store, TABLE_ACCOUNT))
	{
		Datum		values[Natts_account];
		bool		nulls[Natts_account];
		HeapTuple	row = NULL;
		RowLock		result = engage_probe_lock_account(store, books->member, wait, &row);

		if (result == ROW_LOCKED)
		{
			books->stored = row;
			engage_rows_read(store->ledger, TABLE_ACCOUNT, row, values, nulls);
			take_account(store, books, values, nulls);
		}
		return result;
	}
	if (engage_store_run(store, wait ? &lock_account : &lock_free_account, &books->member, NULL, 0) == 0)
		return wait ? ROW_MISSING : ROW_BUSY;
	take_selected_account(store, books);
	return ROW_LOCKED;
}

void
engage_store_lock(Store *store, MemberBooks *books)
{
	Datum		values[2] = {books->member, TimestampTzGetDatum(books->now)};

	if (lock_one(store, books, true) == ROW_LOCKED)
		return;

	/*
	 * A lock needs a row.  Whoever else makes this one at the same time is
	 * waited for by the insertion.
	 */
	engage_store_run(store, &insert_account, values, NULL, 0);
	if (lock_one(store, books, true) != ROW_LOCKED)
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_ROWS_HIDDEN),
				 errmsg("row-level security hides member %s of ledger \"%s\"",
						engage_member_text(store->ledger->member_type, books->member),
						NameStr(store->ledger->name))));
}

/* Those that nobody else has locked; returns how many, and moves them first. */
int
engage_store_lock_free(Store *store, MemberBooks **books, int n)
{
	MemberBooks **skipped = palloc(n * sizeof(MemberBooks *));
	int			nskipped = 0;
	int			nlocked = 0;

	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (lock_one(store, books[i], false) == ROW_LOCKED)
			books[nlocked++] = books[i];
		else
			skipped[nskipped++] = books[i];
	}
	memcpy(books + nlocked, skipped, nskipped * sizeof(MemberBooks *));
	pfree(skipped);
	return nlocked;
}

/*
 * Does the account say what the last entry says?  Otherwise a posting would
 * carry a balance that somebody changed by hand into the journal for ever.  The
 * entry, which may not be in memory, is read only if the balance is not as a
 * posting left it.
 */
void
engage_store_check_account(Store *store, MemberBooks *books)
{
	LedgerAccount *a = &books->account;
	Datum		seq = Int64GetDatum(a->seq);
	Probe		probe;
	bool		agrees;

	if (a->seq > 0 && a->balance_hash == engage_balance_hash(a))
		return;
	if (a->seq == 0)
		agrees = a->available == 0 && a->pending == 0 && a->held == 0 && a->debt == 0;
	else
	{
		engage_probe_begin(&probe, store, INDEX_ENTRY, books->member, 1, &seq);
		agrees = engage_probe_next(&probe) &&
			engage_probe_int64(&probe, Anum_entry_available_after) == a->available &&
			engage_probe_int64(&probe, Anum_entry_pending_after) == a->pending &&
			engage_probe_int64(&probe, Anum_entry_held_after) == a->held &&
			engage_probe_int64(&probe, Anum_entry_debt_after) == a->debt;
		if (agrees)
		{
			bool		isnull;
			bytea	   *hash = DatumGetByteaPP(engage_probe_value(&probe, Anum_entry_hash, &isnull));

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
		books->account.next_expiry_at = DT_NOEND;
		books->account.inactive_at = DT_NOEND;
		books->account.tier_due_at = DT_NOEND;
		books->account.earned_due_at = books->account.granted_until = TIME_NULL;
		return false;
	}
	take_selected_account(store, books);
	return true;
}

/* ----------------------------------------------------------------
 *		lots
 * ---------------------------------------------------------------- */

/* The lot that a probe is at; as it is in memory, if it is there. */
static LedgerLot *
take_lot(MemberBooks *books, Probe *probe)
{
	int64		lot_no = engage_probe_int64(probe, Anum_lot_lot_no);
	LedgerLot  *lot = books->nlots > 0 ? engage_books_find_lot(books, lot_no) : NULL;
	bool		isnull;
	Datum		value;

	if (lot != NULL)
		return lot;
	lot = engage_books_add_lot(books, lot_no);
	lot->granted = engage_probe_int64(probe, Anum_lot_granted);
	lot->remaining = engage_probe_int64(probe, Anum_lot_remaining);
	lot->held = engage_probe_int64(probe, Anum_lot_held);
	lot->available_at = engage_probe_int64(probe, Anum_lot_available_at);
	lot->expires_at = engage_probe_int64(probe, Anum_lot_expires_at);
	lot->is_pending = DatumGetBool(engage_probe_value(probe, Anum_lot_is_pending, &isnull));
	value = engage_probe_value(probe, Anum_lot_initial_available_at, &isnull);
	lot->initial_available_at = isnull ? TIME_NULL : DatumGetTimestampTz(value);
	value = engage_probe_value(probe, Anum_lot_initial_expires_at, &isnull);
	lot->initial_expires_at = isnull ? TIME_NULL : DatumGetTimestampTz(value);
	value = engage_probe_value(probe, Anum_lot_earned_at, &isnull);
	lot->earned_at = isnull ? TIME_NULL : DatumGetTimestampTz(value);
	if (probe->store->direct != NULL)
		lot->stored = engage_probe_tuple(probe);
	return lot;
}

/*
 * The open lots that have expired, and when the next one will: one look into
 * the index that has them in this order.
 */
static void
load_expiring(Store *store, MemberBooks *books)
{
	Probe		probe;
	int64		n = 0;

	books->next_expiry = DT_NOEND;
	engage_probe_begin(&probe, store, INDEX_OPEN_LOTS, books->member, 0, NULL);
	while (engage_probe_next(&probe))
	{
		TimestampTz expires_at = engage_probe_int64(&probe, Anum_lot_expires_at);

		check_interrupts_at(n++);
		if (expires_at > books->due_until)
		{
			books->next_expiry = expires_at;
			break;
		}
		take_lot(books, &probe);
	}
	engage_probe_end(&probe);
}

/*
 * The soonest expiry of points that are available, and how many they are, as
 * the table has it.
 */
void
engage_store_next_expiry(Store *store, MemberBooks *books)
{
	LedgerAccount *a = &books->account;
	Probe		probe;
	int64		n = 0;

	a->next_expiry_at = DT_NOEND;
	a->next_expiry_points = 0;
	engage_probe_begin(&probe, store, INDEX_OPEN_LOTS, books->member, 0, NULL);
	while (engage_probe_next(&probe))
	{
		TimestampTz expires_at = engage_probe_int64(&probe, Anum_lot_expires_at);
		int64		left = engage_probe_int64(&probe, Anum_lot_remaining) -
			engage_probe_int64(&probe, Anum_lot_held);
		bool		isnull;

		check_interrupts_at(n++);
		/* in the order of expiry: what follows expires later, or never */
		if (expires_at > a->next_expiry_at || TIMESTAMP_IS_NOEND(expires_at))
			break;
		if (left <= 0 || DatumGetBool(engage_probe_value(&probe, Anum_lot_is_pending, &isnull)))
			continue;
		a->next_expiry_at = expires_at;
		a->next_expiry_points += left;
	}
	engage_probe_end(&probe);
}

/* Open lots that become available until then, or all of them */
static void
load_open(Store *store, MemberBooks *books, bool only_maturing)
{
	Probe		probe;
	int64		n = 0;

	engage_probe_begin(&probe, store, INDEX_OPEN_LOTS, books->member, 0, NULL);
	while (engage_probe_next(&probe))
	{
		bool		isnull;

		check_interrupts_at(n++);
		if (!only_maturing ||
			(DatumGetBool(engage_probe_value(&probe, Anum_lot_is_pending, &isnull)) &&
			 engage_probe_int64(&probe, Anum_lot_available_at) <= books->due_until))
			take_lot(books, &probe);
	}
	engage_probe_end(&probe);
}

void
engage_store_load_open(Store *store, MemberBooks *books)
{
	load_open(store, books, false);
}

void
engage_store_load_lots(Store *store, MemberBooks *books, const int64 *lot_nos,
					   int n)
{
	for (int i = 0; i < n; i++)
	{
		Datum		lot_no = Int64GetDatum(lot_nos[i]);
		Probe		probe;

		if (engage_books_find_lot(books, lot_nos[i]) != NULL)
			continue;
		CHECK_FOR_INTERRUPTS();
		engage_probe_begin(&probe, store, INDEX_LOT, books->member, 1, &lot_no);
		if (engage_probe_next(&probe))
			take_lot(books, &probe);
		engage_probe_end(&probe);
	}
}

/*
 * So many of the lots next in the order of consumption that they hold "points",
 * and those that tie with the last of them; or all that are open, if the order
 * is another than that of the index.  Lots that are new are in memory.
 */
void
engage_store_load_spendable(Store *store, MemberBooks *books, int64 points)
{
	LedgerLot  *last = NULL;
	int64		found = 0;
	Probe		probe;
	int64		n = 0;

	if (store->ledger->settings.earned_first)
	{
		engage_store_load_open(store, books);
		return;
	}
	engage_probe_begin(&probe, store, INDEX_OPEN_LOTS, books->member, 0, NULL);
	while (engage_probe_next(&probe))
	{
		check_interrupts_at(n++);
		if (found >= points && last != NULL &&
			(engage_probe_int64(&probe, Anum_lot_expires_at) != last->expires_at ||
			 engage_probe_int64(&probe, Anum_lot_available_at) != last->available_at))
			break;
		last = take_lot(books, &probe);
		found = engage_add_points(found, engage_lot_spendable(books, last));
	}
	engage_probe_end(&probe);
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
		load_open(store, books, true);
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
	if (books->account.next_due_at <= books->due_until)
	{
		engage_store_load_due(store, books);
		books->settled = true;
	}
	else if (!engage_books_is_due(books))
		return;
	/* (by what an earlier request of the same call has left in memory) */
	else if (books->account.inactive_at <= books->due_until)
		engage_store_load_open(store, books);
	engage_books_settle(books);
}
