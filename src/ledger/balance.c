/*-------------------------------------------------------------------------
 *
 * balance.c
 *	  Reading what a member has, now, then or later.
 *
 * Expiry and maturity are true at their instant without any job: what is due
 * but not written yet is settled here in memory, by the code that postings
 * use, and nothing is written.
 *
 * Almost always nothing is due.  Then a balance is what the account says, read
 * without the executor, which would cost more than the look into the index.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "common/errors.h"
#include "common/interrupts.h"
#include "common/result_rows.h"
#include "ledger/calendar.h"
#include "ledger/post_sql.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "ledger/tier.h"

typedef struct Balance
{
	const char *status;
	LedgerAccount account;
	TimestampTz as_of;
	TimestampTz next_expiry_at; /* DT_NOEND: none */
	int64		next_expiry_points;
	const char *next_tier;
	Numeric		to_next_tier;
} Balance;

/* ----------------------------------------------------------------
 *		without the executor
 * ---------------------------------------------------------------- */

/* Without activity all points expire, whatever their lots say. */
static void
expire_when_inactive(Balance *balance)
{
	if (balance->account.inactive_at <= balance->next_expiry_at &&
		balance->account.inactive_at != DT_NOEND)
	{
		balance->next_expiry_at = balance->account.inactive_at;
		balance->next_expiry_points = balance->account.available;
	}
}

/* false: something is due, so that more has to be read */
static bool
read_directly(Store *store, Datum member, Balance *balance)
{
	LedgerAccount *a = &balance->account;
	TimestampTz now = engage_ledger_clock(store->ledger);
	Probe		probe;
	bool		done = true;

	engage_probe_begin(&probe, store, INDEX_ACCOUNT, member, 0, NULL);
	if (!engage_probe_next(&probe))
	{
		balance->status = "unknown";
		balance->as_of = now;
	}
	else
	{
		bool		isnull;

		a->seq = engage_probe_int64(&probe, Anum_account_seq);
		a->available = engage_probe_int64(&probe, Anum_account_available);
		a->pending = engage_probe_int64(&probe, Anum_account_pending);
		a->held = engage_probe_int64(&probe, Anum_account_held);
		a->debt = engage_probe_int64(&probe, Anum_account_debt);
		a->last_recorded_at = engage_probe_int64(&probe, Anum_account_last_recorded_at);
		a->next_due_at = engage_probe_int64(&probe, Anum_account_next_due_at);
		a->next_expiry_at = engage_probe_int64(&probe, Anum_account_next_expiry_at);
		a->next_expiry_points = engage_probe_int64(&probe, Anum_account_next_expiry_points);
		a->inactive_at = engage_probe_int64(&probe, Anum_account_inactive_at);
		a->blocked = DatumGetBool(engage_probe_value(&probe, Anum_account_blocked, &isnull));
		a->tier = engage_probe_text(&probe, Anum_account_tier);
		balance->status = a->blocked ? "blocked" : "active";
		balance->as_of = Max(now, a->last_recorded_at);
		done = a->next_due_at > balance->as_of;
	}
	engage_probe_end(&probe);
	if (done && a->available > 0)
	{
		balance->next_expiry_at = a->next_expiry_at;
		balance->next_expiry_points = a->next_expiry_points;
		expire_when_inactive(balance);
	}
	return done;
}

/* ----------------------------------------------------------------
 *		through the books
 * ---------------------------------------------------------------- */

static const LedgerStatement known_at = {
	"SELECT e.seq, e.available_after, e.pending_after, e.held_after, e.debt_after"
	" FROM @ledger@.entry e WHERE e.member OPERATOR(pg_catalog.=) $1"
	" AND CASE WHEN e.request_seq IS NULL AND e.key IS NULL THEN e.effective_at"
	" ELSE e.recorded_at END OPERATOR(pg_catalog.<=) $2"
	" ORDER BY e.seq DESC LIMIT 1", "member timestamptz"
};

/*
 * The soonest expiry of points that were available when the entry $2 was the
 * last one that was known, at $3: lots without what later entries did to them.
 */
static const LedgerStatement next_expiry_at = {
	"SELECT x.expires_at, pg_catalog.sum(x.points)::pg_catalog.int8"
	" FROM (SELECT COALESCE((SELECT e.until FROM @ledger@.entry e"
	" WHERE e.member OPERATOR(pg_catalog.=) $1 AND e.reverses_seq OPERATOR(pg_catalog.=) l.lot_no"
	" AND e.kind OPERATOR(pg_catalog.=) 'extend' AND e.seq OPERATOR(pg_catalog.<=) $2"
	" ORDER BY e.seq DESC LIMIT 1), l.initial_expires_at, l.expires_at) AS expires_at,"
	" l.remaining OPERATOR(pg_catalog.-) l.held OPERATOR(pg_catalog.+) COALESCE(u.points, 0) AS points"
	" FROM @ledger@.lot l LEFT JOIN (SELECT u.lot_no, pg_catalog.sum(CASE"
	" WHEN u.action OPERATOR(pg_catalog.=) 'capture' THEN 0"
	" WHEN u.action OPERATOR(pg_catalog.=) 'restore' OR u.action OPERATOR(pg_catalog.=) 'release'"
	" THEN OPERATOR(pg_catalog.-) u.points ELSE u.points END) AS points"
	" FROM @ledger@.lot_use u WHERE u.member OPERATOR(pg_catalog.=) $1"
	" AND u.seq OPERATOR(pg_catalog.>) $2 GROUP BY u.lot_no) u ON u.lot_no OPERATOR(pg_catalog.=) l.lot_no"
	" WHERE l.member OPERATOR(pg_catalog.=) $1 AND l.lot_no OPERATOR(pg_catalog.<=) $2"
	" AND (l.is_open OR u.points OPERATOR(pg_catalog.>) 0)"
	" AND l.available_at OPERATOR(pg_catalog.<=) $3) x"
	" WHERE x.points OPERATOR(pg_catalog.>) 0 AND x.expires_at OPERATOR(pg_catalog.>) $3"
	" AND x.expires_at OPERATOR(pg_catalog.<) 'infinity'"
	" GROUP BY x.expires_at ORDER BY x.expires_at LIMIT 1", "member bigint timestamptz"
};

static const LedgerStatement last_activity = {
	"SELECT pg_catalog.max(COALESCE(e.effective_at, e.recorded_at)) FROM @ledger@.entry e"
	" WHERE e.member OPERATOR(pg_catalog.=) $1 AND e.seq OPERATOR(pg_catalog.<=) $2"
	" AND e.kind OPERATOR(pg_catalog.=) ANY ('{earn,award,opening,redeem,capture}')", "member bigint"
};

/*
 * Without activity all points expired; an end that was past had done its work.
 * (What was due came before the entry of an activity in its posting, by
 * microseconds, which this is later by than what the account said.)
 */
static TimestampTz
inactive_then(Store *store, Datum member, int64 seq, TimestampTz at)
{
	const Interval *span = store->ledger->settings.expires_inactive;
	Datum		values[2] = {member, Int64GetDatum(seq)};
	TimestampTz end;

	if (span == NULL)
		return DT_NOEND;
	engage_store_run(store, &last_activity, values, NULL, 0);
	end = engage_store_time(0, 1);
	if (IS_TIME_NULL(end))
		return DT_NOEND;
	end = engage_zone_add(end, span, store->ledger->settings.time_zone);
	return end > at ? end : DT_NOEND;
}

/*
 * At an instant in the past, when this was not the last entry yet.  What fell
 * due until then is in the journal: later postings wrote it up.
 */
static void
read_then(Store *store, MemberBooks *books, bool known, TimestampTz at, Balance *balance)
{
	LedgerAccount *a = &balance->account;
	Datum		values[3] = {books->member, (Datum) 0, TimestampTzGetDatum(at)};

	*a = books->account;
	a->seq = known ? engage_store_int64(0, 1) : 0;
	a->available = known ? engage_store_int64(0, 2) : 0;
	a->pending = known ? engage_store_int64(0, 3) : 0;
	a->held = known ? engage_store_int64(0, 4) : 0;
	a->debt = known ? engage_store_int64(0, 5) : 0;
	a->tier = engage_tier_at(store, books, at);
	if (!known && at < a->joined_at)
		balance->status = "unknown";
	if (a->available == 0)
		return;
	values[1] = Int64GetDatum(a->seq);
	if (engage_store_run(store, &next_expiry_at, values, NULL, 0) > 0)
	{
		balance->next_expiry_at = engage_store_time(0, 1);
		balance->next_expiry_points = engage_store_int64(0, 2);
	}
	a->inactive_at = inactive_then(store, books->member, a->seq, at);
	expire_when_inactive(balance);
}

/* Lots in memory as they are at as_of */
static void
find_next_expiry(MemberBooks *books, Balance *balance)
{
	for (int i = 0; i < books->nlots; i++)
	{
		LedgerLot  *lot = books->lots[i];
		int64		left = engage_lot_spendable(books, lot);

		if (left <= 0 || TIMESTAMP_IS_NOEND(lot->expires_at))
			continue;
		if (lot->expires_at < balance->next_expiry_at)
		{
			balance->next_expiry_at = lot->expires_at;
			balance->next_expiry_points = 0;
		}
		if (lot->expires_at == balance->next_expiry_at)
			balance->next_expiry_points += left;
	}
}

static void
read_books(Store *store, Datum member, TimestampTz at, Balance *balance)
{
	MemberBooks *books = engage_store_books(store, member);
	LedgerAccount *account = &books->account;
	bool		known = engage_store_read(store, books);
	bool		is_past;
	const char *tier_then = NULL;

	books->session_role = "";
	engage_tier_attach(store, books);
	/* a reading changes nothing, so it need not be later than the last entry */
	books->now = Max(engage_ledger_clock(store->ledger), account->last_recorded_at);
	balance->status = !known ? "unknown" : account->blocked ? "blocked" : "active";
	balance->as_of = IS_TIME_NULL(at) ? books->now : at;
	if (!known)
	{
		balance->account = *account;
		return;
	}

	if (!IS_TIME_NULL(at) && at < books->now)
	{
		Datum		values[2] = {member, TimestampTzGetDatum(at)};
		bool		found = engage_store_run(store, &known_at, values, NULL, 0) > 0;

		if (!found || engage_store_int64(0, 1) != account->seq)
		{
			read_then(store, books, found, at, balance);
			return;
		}
	}
	is_past = !IS_TIME_NULL(at) && at < engage_ledger_clock(store->ledger);
	if (is_past)
		tier_then = engage_tier_at(store, books, at);
	books->now = books->due_until = balance->as_of;
	engage_store_settle(store, books);
	if (account->available > 0)
	{
		engage_store_load_open(store, books);
		find_next_expiry(books, balance);
	}
	balance->account = *account;
	if (account->available > 0)
		expire_when_inactive(balance);
	if (is_past)
		balance->account.tier = tier_then;
	else
		engage_tier_progress(store, books, &balance->next_tier, &balance->to_next_tier);
}

/* Statements find tables by their names, so they run as the owner. */
static void
read_books_as_owner(Store *store, Datum member, TimestampTz at, Balance *balance)
{
	LedgerTableSet tables = LEDGER_ONLY(TABLE_ACCOUNT) | LEDGER_ONLY(TABLE_LOT) | LEDGER_ONLY(TABLE_HOLD);
	RunAsOwner	saved;

	if (!IS_TIME_NULL(at))
		tables |= LEDGER_ONLY(TABLE_ENTRY) | LEDGER_ONLY(TABLE_LOT_USE) | LEDGER_ONLY(TABLE_TIER_HISTORY);
	if (store->ledger->settings.has_tiers)
		tables |= LEDGER_ONLY(TABLE_TIER) | LEDGER_ONLY(TABLE_TALLY);
	saved = engage_read_as_owner(store->ledger, tables);
	PG_TRY();
	{
		SPI_connect();
		read_books(store, member, at, balance);
		SPI_finish();
	}
	PG_FINALLY();
	{
		engage_run_as_caller(saved);
	}
	PG_END_TRY();
}

static Datum
worth_of(const Ledger *ledger, int64 points, TimestampTz at, Datum *currency,
		 bool *isnull)
{
	const PointValue *value = NULL;

	for (int i = 0; i < ledger->npoint_values; i++)
		if (ledger->point_values[i].valid_from <= at)
			value = &ledger->point_values[i];
	*isnull = value == NULL;
	if (value == NULL)
		return (Datum) 0;
	*currency = CStringGetTextDatum(value->currency);
	return DirectFunctionCall2(numeric_mul, NumericGetDatum(value->face_value),
							   DirectFunctionCall1(int8_numeric, Int64GetDatum(points)));
}

static inline Datum
text_or_null(const char *value, bool *isnull)
{
	*isnull = value == NULL;
	return value == NULL ? (Datum) 0 : CStringGetTextDatum(value);
}

/* engage.balance(ledger, member [, at]) */
PG_FUNCTION_INFO_V1(engage_balance);
Datum
engage_balance(PG_FUNCTION_ARGS)
{
	Ledger	   *ledger;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"%s\" must not be NULL", PG_ARGISNULL(0) ? "ledger" : "member")));
	ledger = engage_ledger_open(text_to_cstring(PG_GETARG_TEXT_PP(0)), LEDGER_READ);

	PG_TRY();
	{
		Datum		member = engage_convert_member(ledger, get_fn_expr_argtype(fcinfo->flinfo, 1),
												   PG_GETARG_DATUM(1));
		TimestampTz at = PG_NARGS() > 2 && !PG_ARGISNULL(2) ? PG_GETARG_TIMESTAMPTZ(2) : TIME_NULL;
		Balance		balance = {.next_expiry_at = DT_NOEND};
		ResultRows	rows;
		Datum		values[13];
		bool		nulls[13] = {false};
		Store		store = {.ledger = ledger, .read_only = true, .context = CurrentMemoryContext};

		if (!IS_TIME_NULL(at) || ledger->settings.has_tiers ||
			engage_ledger_has_rls(ledger, TABLE_ACCOUNT) ||
			!read_directly(&store, member, &balance))
		{
			if (!IS_TIME_NULL(at) && TIMESTAMP_NOT_FINITE(at))
				ereport(ERROR,
						(errcode(ERRCODE_ENGAGE_INVALID_TIME),
						 errmsg("\"at\" must be finite"),
						 errhint("Give a point in time, or leave it out for now.")));
			memset(&balance, 0, sizeof(balance));
			balance.next_expiry_at = DT_NOEND;
			store.context = AllocSetContextCreate(CurrentMemoryContext, "engage balance",
												  ALLOCSET_DEFAULT_SIZES);
			read_books_as_owner(&store, member, at, &balance);
		}

		values[0] = CStringGetTextDatum(balance.status);
		values[1] = Int64GetDatum(balance.account.available);
		values[2] = Int64GetDatum(balance.account.pending);
		values[3] = Int64GetDatum(balance.account.held);
		values[4] = Int64GetDatum(balance.account.debt);
		values[5] = worth_of(ledger, balance.account.available, balance.as_of,
							 &values[6], &nulls[5]);
		nulls[6] = nulls[5];
		nulls[7] = TIMESTAMP_IS_NOEND(balance.next_expiry_at);
		values[7] = TimestampTzGetDatum(balance.next_expiry_at);
		nulls[8] = nulls[7];
		values[8] = Int64GetDatum(balance.next_expiry_points);
		values[9] = text_or_null(balance.account.tier, &nulls[9]);
		values[10] = text_or_null(balance.next_tier, &nulls[10]);
		nulls[11] = balance.to_next_tier == NULL;
		values[11] = NumericGetDatum(balance.to_next_tier);
		values[12] = TimestampTzGetDatum(balance.as_of);
		rows = engage_begin_rows(fcinfo);
		engage_put_row(&rows, values, nulls);
	}
	PG_FINALLY();
	{
		engage_ledger_close(ledger);
	}
	PG_END_TRY();
	return (Datum) 0;
}

/* ----------------------------------------------------------------
 *		what is due
 * ---------------------------------------------------------------- */

static const LedgerStatement due_members = {
	"SELECT a.member FROM @ledger@.account a"
	" WHERE a.next_due_at OPERATOR(pg_catalog.<=) $1", "timestamptz"
};

/* The books of a member as a posting at "until" would find them; NULL: he has none */
static MemberBooks *
settled_books(Store *store, Datum member, TimestampTz until)
{
	MemberBooks *books = engage_store_books(store, member);

	/* (reviews of tiers make no entries) */
	books->session_role = "";
	if (!engage_store_read(store, books))
		return NULL;
	/* the instant that balance() uses, unless it is about the past */
	books->now = Max(until, books->account.last_recorded_at);
	books->due_until = until < engage_ledger_clock(store->ledger) ? until : books->now;
	engage_store_settle(store, books);
	return books;
}

/* The entries that a posting at "until" would find due for one member */
static void
put_due_entries(Store *store, Datum member, TimestampTz until, ResultRows *rows)
{
	MemberBooks *books = settled_books(store, member, until);

	if (books == NULL)
		return;
	for (int i = 0; i < books->nentries; i++)
	{
		LedgerEntry *e = books->entries[i];
		int64		points = 0;
		int64		lot_no = e->reverses_seq;
		bool		nulls[12] = {false};
		Datum		values[12];

		for (int u = e->first_use; u < e->first_use + e->nuses; u++)
			if (books->uses[u].action != USE_REPAY_DEBT)
			{
				points += books->uses[u].points;
				lot_no = books->uses[u].lot_no;
			}
		if (e->kind == ENTRY_MATURE)
		{
			int64		pending_before = i == 0 ? -1 : books->entries[i - 1]->pending_after;

			if (pending_before < 0)
				pending_before = books->pending_at_load;
			points = pending_before - e->pending_after;
		}
		values[0] = CStringGetTextDatum(engage_member_text(store->ledger->member_type, books->member));
		values[1] = Int64GetDatum(e->seq);
		values[2] = CStringGetTextDatum(engage_entry_kind_names[e->kind]);
		nulls[3] = e->kind == ENTRY_HOLD_EXPIRE || lot_no == 0;
		values[3] = Int64GetDatum(lot_no);
		nulls[4] = e->hold_id == 0;
		values[4] = Int64GetDatum(e->hold_id);
		values[5] = Int64GetDatum(points);
		values[6] = Int64GetDatum(e->amount);
		values[7] = Int64GetDatum(e->available_after);
		values[8] = Int64GetDatum(e->pending_after);
		values[9] = Int64GetDatum(e->held_after);
		values[10] = Int64GetDatum(e->debt_after);
		values[11] = TimestampTzGetDatum(e->effective_at);
		engage_put_row(rows, values, nulls);
	}
}

static void
put_all_due_entries(Store *store, TimestampTz until, ResultRows *rows)
{
	Datum		value = TimestampTzGetDatum(until);
	Portal		portal = SPI_cursor_open(NULL, engage_ledger_plan(store->ledger, &due_members),
										 &value, NULL, true);

	for (;;)
	{
		SPITupleTable *members;
		uint64		n;

		SPI_cursor_fetch(portal, true, 1000);
		engage_ledger_check_changes(store->ledger);
		members = SPI_tuptable;
		n = SPI_processed;
		if (n == 0)
			break;
		for (uint64 i = 0; i < n; i++)
		{
			bool		isnull;
			Datum		member = SPI_getbinval(members->vals[i], members->tupdesc, 1, &isnull);

			CHECK_FOR_INTERRUPTS();
			put_due_entries(store, member, until, rows);
			MemoryContextReset(store->context);
		}
		SPI_freetuptable(members);
	}
	SPI_cursor_close(portal);
}

/* Of one member, given as text, or of all (NULL) */
static void
put_due_entries_as_owner(Store *store, const char *member, TimestampTz until, ResultRows *rows)
{
	RunAsOwner	saved = engage_read_as_owner(store->ledger, LEDGER_BOOKS);

	PG_TRY();
	{
		SPI_connect();
		if (member == NULL)
			put_all_due_entries(store, until, rows);
		else
			put_due_entries(store, engage_convert_member(store->ledger, TEXTOID,
														 CStringGetTextDatum(member)),
							until, rows);
		SPI_finish();
	}
	PG_FINALLY();
	{
		engage_run_as_caller(saved);
	}
	PG_END_TRY();
}

/* engage.due_entries(ledger [, until [, member]]) */
PG_FUNCTION_INFO_V1(engage_due_entries);
Datum
engage_due_entries(PG_FUNCTION_ARGS)
{
	Ledger	   *ledger;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"ledger\" must not be NULL")));
	ledger = engage_ledger_open(text_to_cstring(PG_GETARG_TEXT_PP(0)), LEDGER_READ);
	PG_TRY();
	{
		TimestampTz until = PG_ARGISNULL(1) ? engage_ledger_clock(ledger) : PG_GETARG_TIMESTAMPTZ(1);
		ResultRows	rows = engage_begin_rows(fcinfo);
		Store		store = {
			.ledger = ledger,
			.read_only = true,
			.context = AllocSetContextCreate(CurrentMemoryContext, "engage due",
											 ALLOCSET_DEFAULT_SIZES)
		};

		engage_ledger_refuse_rls(ledger);
		put_due_entries_as_owner(&store, PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)),
								 until, &rows);
	}
	PG_FINALLY();
	{
		engage_ledger_close(ledger);
	}
	PG_END_TRY();
	return (Datum) 0;
}

/* What lots of the member have paid of his debt, and no entry says yet */
static void
put_due_repayments_as_owner(Store *store, const char *member, TimestampTz until, ResultRows *rows)
{
	RunAsOwner	saved = engage_read_as_owner(store->ledger, LEDGER_ONLY(TABLE_ACCOUNT) |
											 LEDGER_ONLY(TABLE_LOT) | LEDGER_ONLY(TABLE_HOLD));

	PG_TRY();
	{
		MemberBooks *books;

		SPI_connect();
		books = settled_books(store, engage_convert_member(store->ledger, TEXTOID,
														   CStringGetTextDatum(member)), until);
		for (int i = 0; books != NULL && i < books->nentries; i++)
		{
			LedgerEntry *e = books->entries[i];

			for (int u = e->first_use; u < e->first_use + e->nuses; u++)
				if (books->uses[u].action == USE_REPAY_DEBT)
				{
					bool		nulls[2] = {false};
					Datum		values[2] = {
						Int64GetDatum(books->uses[u].lot_no),
						Int64GetDatum(books->uses[u].points)
					};

					engage_put_row(rows, values, nulls);
				}
		}
		SPI_finish();
	}
	PG_FINALLY();
	{
		engage_run_as_caller(saved);
	}
	PG_END_TRY();
}

/*
 * engage.due_repayments(ledger, member, until): for the views of lots.  As of
 * one member, it is answered under row-level security, like his balance.
 */
PG_FUNCTION_INFO_V1(engage_due_repayments);
Datum
engage_due_repayments(PG_FUNCTION_ARGS)
{
	Ledger	   *ledger;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"%s\" must not be NULL",
						PG_ARGISNULL(0) ? "ledger" : PG_ARGISNULL(1) ? "member" : "until")));
	ledger = engage_ledger_open(text_to_cstring(PG_GETARG_TEXT_PP(0)), LEDGER_READ);
	PG_TRY();
	{
		ResultRows	rows = engage_begin_rows(fcinfo);
		Store		store = {
			.ledger = ledger,
			.read_only = true,
			.context = AllocSetContextCreate(CurrentMemoryContext, "engage due",
											 ALLOCSET_DEFAULT_SIZES)
		};

		put_due_repayments_as_owner(&store, text_to_cstring(PG_GETARG_TEXT_PP(1)),
									PG_GETARG_TIMESTAMPTZ(2), &rows);
	}
	PG_FINALLY();
	{
		engage_ledger_close(ledger);
	}
	PG_END_TRY();
	return (Datum) 0;
}
