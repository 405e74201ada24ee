/*-------------------------------------------------------------------------
 *
 * store_write.c
 *	  Writing books in memory into the tables of a ledger.
 *
 * Directly where that can be done, otherwise by a statement for each row, whose
 * text is made of the table's columns.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/errors.h"
#include "common/interrupts.h"
#include "ledger/chain_core.h"
#include "ledger/store.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* ----------------------------------------------------------------
 *		rows
 * ---------------------------------------------------------------- */

static char *
null_marks(const bool *nulls, int n)
{
	char	   *marks = palloc(n + 1);

	for (int i = 0; i < n; i++)
		marks[i] = nulls[i] ? 'n' : ' ';
	marks[n] = '\0';
	return marks;
}

#define INSERT_ROW(table) \
	{"INSERT INTO @ledger@." table " (@columns@) VALUES (@values@)", table ": *"}

static const LedgerStatement insert_row[LEDGER_TABLES] = {
	[TABLE_ENTRY] = INSERT_ROW("entry"),
	[TABLE_LOT] = INSERT_ROW("lot"),
	[TABLE_LOT_USE] = INSERT_ROW("lot_use"),
	[TABLE_HOLD] = INSERT_ROW("hold"),
	[TABLE_REFUSAL] = INSERT_ROW("refusal"),
	[TABLE_ENTRY_NOTE] = INSERT_ROW("entry_note"),
};

static const LedgerStatement update_row[LEDGER_TABLES] = {
	/* (the row is locked, but a trigger of the owner's may have posted, too) */
	[TABLE_ACCOUNT] = {
		"UPDATE @ledger@.account SET @assignments@"
		" WHERE member OPERATOR(pg_catalog.=) $1 AND seq OPERATOR(pg_catalog.=) $30"
		" AND refusals OPERATOR(pg_catalog.=) $31", "account/1: * bigint bigint"
	},
	[TABLE_LOT] = {
		"UPDATE @ledger@.lot SET @assignments@ WHERE member OPERATOR(pg_catalog.=) $1"
		" AND lot_no OPERATOR(pg_catalog.=) $2", "lot/2: *"
	},
	[TABLE_HOLD] = {
		"UPDATE @ledger@.hold SET @assignments@"
		" WHERE hold_id OPERATOR(pg_catalog.=) $1", "hold/1: *"
	},
};

StaticAssertDecl(Natts_account == 29, "further parameters of the statement that updates an account");

static uint64
run_for_row(Store *store, const LedgerStatement *statement, LedgerTableId table,
			RowList *rows, int r)
{
	return engage_store_run(store, statement, ROW_VALUES(rows, r),
							null_marks(ROW_NULLS(rows, r), LEDGER_MAX_COLUMNS), 0);
}

static void
insert_rows(Store *store, LedgerTableId table, RowList *rows)
{
	if (rows->n == 0)
		return;
	if (engage_rows_direct(store, table))
	{
		engage_rows_insert(store, table, rows);
		return;
	}
	for (int r = 0; r < rows->n; r++)
	{
		CHECK_FOR_INTERRUPTS();
		if (run_for_row(store, &insert_row[table], table, rows, r) != 1)
			elog(ERROR, "a row that was to be inserted is not");
	}
}

/* By primary keys, which the books have read before: every row is there. */
static void
update_rows(Store *store, LedgerTableId table, RowList *rows)
{
	if (rows->n == 0)
		return;
	/* (holds are read by statements, which do not say where the rows are) */
	if (rows->stored[0] != NULL && engage_rows_direct(store, table))
	{
		engage_rows_update(store, table, rows);
		return;
	}
	for (int r = 0; r < rows->n; r++)
	{
		CHECK_FOR_INTERRUPTS();
		if (run_for_row(store, &update_row[table], table, rows, r) != 1)
			ereport(ERROR,
					(errcode(ERRCODE_ENGAGE_ROWS_HIDDEN),
					 errmsg("a row of table \"%s\" cannot be updated",
							get_rel_name(store->ledger->tables[table].relid)),
					 errdetail("Row-level security or a trigger prevented it, or the row is gone, or a trigger has posted for the same member.")));
	}
}

static inline Datum
text_value(const char *value, bool *isnull)
{
	*isnull = value == NULL;
	return value == NULL ? (Datum) 0 : CStringGetTextDatum(value);
}

static inline Datum
time_value(TimestampTz value, bool *isnull)
{
	*isnull = IS_TIME_NULL(value);
	return TimestampTzGetDatum(value);
}

/* In many columns, and so in the size of the journal, 0 is NULL. */
static inline Datum
nonzero_value(int64 value, bool *isnull)
{
	*isnull = value == 0;
	return Int64GetDatum(value);
}

static inline Datum
numeric_value(Numeric value, bool *isnull)
{
	*isnull = value == NULL;
	return NumericGetDatum(value);
}

static Datum
hash_value(const uint8 *hash, bool *isnull)
{
	bytea	   *value;

	*isnull = hash == NULL;
	if (hash == NULL)
		return (Datum) 0;
	value = palloc(VARHDRSZ + CHAIN_HASH_LENGTH);

	SET_VARSIZE(value, VARHDRSZ + CHAIN_HASH_LENGTH);
	memcpy(VARDATA(value), hash, CHAIN_HASH_LENGTH);
	return PointerGetDatum(value);
}

/* ----------------------------------------------------------------
 *		the tables
 * ---------------------------------------------------------------- */

static const LedgerStatement next_due = {
	"SELECT LEAST("
	" CASE WHEN $3 THEN (SELECT pg_catalog.min(l.available_at) FROM @ledger@.lot l"
	" WHERE l.member OPERATOR(pg_catalog.=) $1 AND l.is_open AND l.is_pending"
	" AND l.available_at OPERATOR(pg_catalog.>) $2) END,"
	" CASE WHEN $4 THEN (SELECT pg_catalog.min(h.expires_at) FROM @ledger@.hold h"
	" WHERE h.member OPERATOR(pg_catalog.=) $1 AND h.state OPERATOR(pg_catalog.=) 'open'"
	" AND h.expires_at OPERATOR(pg_catalog.>) $2) END)",
	"member timestamptz boolean boolean"
};

/* Sets a value by the name of its column. */
#define SET(table, column, value) (v[Anum_##table##_##column - 1] = (value))
#define SET_NULLABLE(table, column, make, value) \
	SET(table, column, make(value, &n[Anum_##table##_##column - 1]))

static void
add_entry(RowList *rows, MemberBooks *books, LedgerEntry *e)
{
	bool	   *n;
	Datum	   *v = engage_row_add(rows, &n);

	SET(entry, member, books->member);
	SET(entry, seq, Int64GetDatum(e->seq));
	SET(entry, amount, Int64GetDatum(e->amount));
	SET(entry, available_after, Int64GetDatum(e->available_after));
	SET_NULLABLE(entry, pending_after, nonzero_value, e->pending_after);
	SET_NULLABLE(entry, held_after, nonzero_value, e->held_after);
	SET_NULLABLE(entry, debt_after, nonzero_value, e->debt_after);
	SET(entry, recorded_at, TimestampTzGetDatum(e->recorded_at));
	SET_NULLABLE(entry, effective_at, time_value, e->effective_at);
	SET(entry, request_hash, Int64GetDatum(e->request_hash));
	n[Anum_entry_request_hash - 1] = e->key == NULL;
	SET_NULLABLE(entry, request_seq, nonzero_value, e->request_seq);
	SET_NULLABLE(entry, reverses_seq, nonzero_value, e->reverses_seq);
	SET_NULLABLE(entry, hold_id, nonzero_value, e->hold_id);
	SET_NULLABLE(entry, until, time_value, e->until);
	SET(entry, kind, CStringGetTextDatum(engage_entry_kind_names[e->kind]));
	SET_NULLABLE(entry, key, text_value, e->key);
	SET_NULLABLE(entry, source_ref, text_value, e->source_ref);
	SET_NULLABLE(entry, rule, text_value, e->rule);
	SET_NULLABLE(entry, campaign, text_value, e->campaign);
	SET_NULLABLE(entry, batch, text_value, e->batch);
	SET_NULLABLE(entry, basis, numeric_value, e->basis);
	SET_NULLABLE(entry, rate, text_value, e->rate);
	SET_NULLABLE(entry, reason, text_value, e->reason);
	SET_NULLABLE(entry, actor, text_value, e->actor);
	SET(entry, session_role, CStringGetTextDatum(e->session_role));
	SET_NULLABLE(entry, acting_role, text_value, e->acting_role);
	SET_NULLABLE(entry, note_hash, hash_value, e->has_note ? e->note_hash : NULL);
	SET_NULLABLE(entry, hash, hash_value, e->hash);
}

static void
refuse_broken(const char *what, const char *rule)
{
	if (rule != NULL)
		elog(ERROR, "%s would be wrong: it must hold that %s", what, rule);
}

static void
add_lot(RowList *rows, MemberBooks *books, LedgerLot *lot)
{
	bool	   *n;
	Datum	   *v = engage_row_add(rows, &n);

	refuse_broken("a lot", engage_lot_broken_rule(lot));
	rows->stored[rows->n - 1] = &lot->stored;
	SET(lot, member, books->member);
	SET(lot, lot_no, Int64GetDatum(lot->lot_no));
	SET(lot, granted, Int64GetDatum(lot->granted));
	SET(lot, remaining, Int64GetDatum(lot->remaining));
	SET(lot, held, Int64GetDatum(lot->held));
	SET(lot, available_at, TimestampTzGetDatum(lot->available_at));
	SET(lot, expires_at, TimestampTzGetDatum(lot->expires_at));
	SET(lot, is_open, BoolGetDatum(lot->remaining > 0));
	SET(lot, is_pending, BoolGetDatum(lot->is_pending));
	SET_NULLABLE(lot, initial_available_at, time_value, lot->initial_available_at);
	SET_NULLABLE(lot, initial_expires_at, time_value, lot->initial_expires_at);
	SET_NULLABLE(lot, earned_at, time_value, lot->earned_at);
}

static void
add_use(RowList *rows, MemberBooks *books, const LotUse *use, int ordinal)
{
	bool	   *n;
	Datum	   *v = engage_row_add(rows, &n);

	SET(lot_use, member, books->member);
	SET(lot_use, seq, Int64GetDatum(use->seq));
	SET(lot_use, lot_no, Int64GetDatum(use->lot_no));
	SET(lot_use, points, Int64GetDatum(use->points));
	SET(lot_use, action, CStringGetTextDatum(engage_lot_action_names[use->action]));
	SET(lot_use, ordinal, Int32GetDatum(ordinal));
}

static void
add_note(RowList *rows, MemberBooks *books, const LedgerEntry *entry)
{
	bool	   *n;
	Datum	   *v = engage_row_add(rows, &n);

	SET(entry_note, member, books->member);
	SET(entry_note, seq, Int64GetDatum(entry->seq));
	SET(entry_note, note, CStringGetTextDatum(entry->note));
}

static void
add_hold(RowList *rows, MemberBooks *books, LedgerHold *hold)
{
	bool	   *n;
	Datum	   *v = engage_row_add(rows, &n);

	SET(hold, hold_id, Int64GetDatum(hold->hold_id));
	SET(hold, member, books->member);
	SET(hold, seq, Int64GetDatum(hold->seq));
	SET(hold, points, Int64GetDatum(hold->points));
	SET(hold, captured, Int64GetDatum(hold->captured));
	SET(hold, released, Int64GetDatum(hold->released));
	SET(hold, expires_at, TimestampTzGetDatum(hold->expires_at));
	SET(hold, state, CStringGetTextDatum(engage_hold_state_names[hold->state]));
	SET(hold, lots, engage_int64_array(hold->lots, hold->nslices));
	SET(hold, slices, engage_int64_array(hold->slices, hold->nslices));
}

static void
add_refusal(RowList *rows, PendingRefusal *pending)
{
	LedgerRefusal *r = &pending->refusal;
	MemberBooks *books = pending->books;
	bool	   *n;
	Datum	   *v = engage_row_add(rows, &n);

	SET(refusal, member, books->member);
	SET(refusal, kind, CStringGetTextDatum(engage_entry_kind_names[r->kind]));
	SET(refusal, key, CStringGetTextDatum(r->key));
	SET(refusal, status, CStringGetTextDatum(r->status));
	SET(refusal, request_hash, Int64GetDatum(r->request_hash));
	SET(refusal, recorded_at, TimestampTzGetDatum(r->recorded_at));
	SET(refusal, seq, Int64GetDatum(r->seq));
	SET(refusal, available, Int64GetDatum(r->available));
	SET(refusal, pending, Int64GetDatum(r->pending));
	SET(refusal, held, Int64GetDatum(r->held));
	SET(refusal, debt, Int64GetDatum(r->debt));
	SET_NULLABLE(refusal, points, nonzero_value, r->points);
	SET_NULLABLE(refusal, source_ref, text_value, r->source_ref);
	SET_NULLABLE(refusal, rule, text_value, r->rule);
	SET_NULLABLE(refusal, basis, numeric_value, r->basis);
	SET_NULLABLE(refusal, detail, text_value, r->detail);
	SET_NULLABLE(refusal, actor, text_value, r->actor);
	SET(refusal, session_role, CStringGetTextDatum(books->session_role));
	SET_NULLABLE(refusal, acting_role, text_value, books->acting_role);
}

/* When something will change by itself, as far as is known now */
static TimestampTz
next_due_at(Store *store, MemberBooks *books)
{
	LedgerAccount *a = &books->account;
	TimestampTz due = engage_books_next_due(books);

	if (!books->settled)
		return Min(due, a->next_due_at);
	due = Min(due, books->next_expiry);
	if (a->pending > 0 || a->held > 0)
	{
		Datum		asked[4] = {
			books->member, TimestampTzGetDatum(books->due_until),
			BoolGetDatum(a->pending > 0), BoolGetDatum(a->held > 0)
		};

		engage_store_run(store, &next_due, asked, NULL, 0);
		if (!engage_store_is_null(0, 1))
			due = Min(due, engage_store_time(0, 1));
		SPI_freetuptable(SPI_tuptable);
	}
	return due;
}

/*
 * What expires next: new lots are added to what the account says, anything else
 * is read again.
 */
static void
note_next_expiry(Store *store, MemberBooks *books)
{
	LedgerAccount *a = &books->account;

	for (int i = 0; i < books->nlots; i++)
		if (books->lots[i]->is_changed && !books->lots[i]->is_new)
		{
			engage_store_next_expiry(store, books);
			return;
		}
	for (int i = 0; i < books->nlots; i++)
	{
		LedgerLot  *lot = books->lots[i];
		int64		left = lot->remaining - lot->held;

		if (!lot->is_new || lot->is_pending || left <= 0 || TIMESTAMP_IS_NOEND(lot->expires_at) ||
			lot->expires_at > a->next_expiry_at)
			continue;
		if (lot->expires_at < a->next_expiry_at)
			a->next_expiry_points = 0;
		a->next_expiry_at = lot->expires_at;
		a->next_expiry_points += left;
	}
}

static void
add_account(RowList *rows, MemberBooks *books)
{
	LedgerAccount *a = &books->account;
	bool	   *n;
	Datum	   *v = engage_row_add(rows, &n);

	refuse_broken("an account", engage_account_broken_rule(a));
	rows->stored[rows->n - 1] = &books->stored;
	SET(account, member, books->member);
	SET(account, seq, Int64GetDatum(a->seq));
	SET(account, available, Int64GetDatum(a->available));
	SET(account, pending, Int64GetDatum(a->pending));
	SET(account, held, Int64GetDatum(a->held));
	SET(account, debt, Int64GetDatum(a->debt));
	SET(account, earned, Int64GetDatum(a->earned));
	SET(account, redeemed, Int64GetDatum(a->redeemed));
	SET(account, expired, Int64GetDatum(a->expired));
	SET(account, reversed, Int64GetDatum(a->reversed));
	SET(account, joined_at, TimestampTzGetDatum(a->joined_at));
	SET(account, last_recorded_at, TimestampTzGetDatum(a->last_recorded_at));
	SET(account, next_due_at, TimestampTzGetDatum(a->next_due_at));
	SET(account, next_expiry_at, TimestampTzGetDatum(a->next_expiry_at));
	SET(account, next_expiry_points, Int64GetDatum(a->next_expiry_points));
	SET(account, inactive_at, TimestampTzGetDatum(a->inactive_at));
	SET(account, lapsed_seq, Int64GetDatum(a->lapsed_seq));
	SET(account, balance_hash, Int64GetDatum(engage_balance_hash(a)));
	SET(account, tier_due_at, TimestampTzGetDatum(a->tier_due_at));
	SET(account, refusals, Int64GetDatum(a->refusals));
	SET(account, blocked, BoolGetDatum(a->blocked));
	SET(account, tier_in_grace, BoolGetDatum(a->tier_in_grace));
	SET(account, has_sources, BoolGetDatum(a->has_sources));
	SET_NULLABLE(account, earned_due_at, time_value, a->earned_due_at);
	SET_NULLABLE(account, granted_until, time_value, a->granted_until);
	SET_NULLABLE(account, tier, text_value, a->tier);
	SET_NULLABLE(account, earned_tier, text_value, a->earned_tier);
	SET_NULLABLE(account, granted_tier, text_value, a->granted_tier);
	SET_NULLABLE(account, chain_head, hash_value, a->chain_head);
	v[Natts_account] = Int64GetDatum(books->seq_stored);
	v[Natts_account + 1] = Int64GetDatum(books->refusals_stored);
	books->seq_stored = a->seq;
	books->refusals_stored = a->refusals;
}

/* ----------------------------------------------------------------
 *		flushing
 * ---------------------------------------------------------------- */

/* The chain goes on: each entry's hash covers the one before. */
static void
chain_entries(MemberBooks *books, Sha256 *context, StringInfo buffer)
{
	for (int i = 0; i < books->nentries; i++)
	{
		LedgerEntry *entry = books->entries[i];

		if (entry->note != NULL)
		{
			engage_note_hash(entry->note, entry->note_hash);
			entry->has_note = true;
		}
		engage_chain_bytes(books->account.chain_head, books->member_bytes,
						   books->member_length, entry,
						   entry->is_grant ? engage_books_get_lot(books, entry->seq) : NULL,
						   books->uses + entry->first_use, buffer);
		engage_sha256_next(context, buffer->data, buffer->len, entry->hash);
		memcpy(books->account.chain_head, entry->hash, CHAIN_HASH_LENGTH);
	}
}

void
engage_store_flush(Store *store, MemberBooks **books, int nbooks,
				   PendingRefusal *refusals, int nrefusals)
{
	RowList		entries = {0};
	RowList		lots = {0};
	RowList		uses = {0};
	RowList		holds = {0};
	RowList		notes = {0};
	RowList		refused = {0};
	RowList		changed_lots = {0};
	RowList		changed_holds = {0};
	RowList		accounts = {0};
	MemoryContext scratch = AllocSetContextCreate(store->context, "engage flush",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(scratch);
	Sha256	   *sha = engage_sha256_begin();
	StringInfoData hashed;

	initStringInfo(&hashed);
	for (int m = 0; m < nbooks; m++)
	{
		MemberBooks *b = books[m];

		check_interrupts_at(m);
		chain_entries(b, sha, &hashed);
		for (int i = 0; i < b->nentries; i++)
		{
			LedgerEntry *entry = b->entries[i];

			add_entry(&entries, b, entry);
			b->account.has_sources |= entry->source_ref != NULL;
			for (int u = 0; u < entry->nuses; u++)
				add_use(&uses, b, &b->uses[entry->first_use + u], u + 1);
			if (entry->note != NULL)
				add_note(&notes, b, entry);
		}
		for (int i = 0; i < b->nlots; i++)
			if (b->lots[i]->is_new)
				add_lot(&lots, b, b->lots[i]);
		for (int i = 0; i < b->nholds; i++)
			if (b->holds[i]->is_new)
				add_hold(&holds, b, b->holds[i]);
	}
	engage_sha256_end(sha);
	for (int i = 0; i < nrefusals; i++)
		add_refusal(&refused, &refusals[i]);

	insert_rows(store, TABLE_ENTRY, &entries);
	insert_rows(store, TABLE_LOT, &lots);
	insert_rows(store, TABLE_LOT_USE, &uses);
	insert_rows(store, TABLE_HOLD, &holds);
	insert_rows(store, TABLE_ENTRY_NOTE, &notes);
	insert_rows(store, TABLE_REFUSAL, &refused);

	for (int m = 0; m < nbooks; m++)
	{
		MemberBooks *b = books[m];

		check_interrupts_at(m);
		for (int i = 0; i < b->nlots; i++)
			if (b->lots[i]->is_changed && !b->lots[i]->is_new)
				add_lot(&changed_lots, b, b->lots[i]);
		for (int i = 0; i < b->nholds; i++)
			if (b->holds[i]->is_changed && !b->holds[i]->is_new)
				add_hold(&changed_holds, b, b->holds[i]);
	}
	update_rows(store, TABLE_LOT, &changed_lots);
	update_rows(store, TABLE_HOLD, &changed_holds);

	for (int m = 0; m < nbooks; m++)
	{
		MemberBooks *b = books[m];

		check_interrupts_at(m);
		if (b->nentries > 0 || b->settled || b->account_changed)
		{
			b->account.next_due_at = next_due_at(store, b);
			note_next_expiry(store, b);
			add_account(&accounts, b);
		}
	}
	update_rows(store, TABLE_ACCOUNT, &accounts);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
}
