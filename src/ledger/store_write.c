/*-------------------------------------------------------------------------
 *
 * store_write.c
 *	  Writing books in memory into the tables of a ledger.
 *
 * New rows of many members go in one statement for each table, as an array of
 * the table's row type.  Updates go row by row through the primary key: a join
 * with an array might be planned with a scan of a table that was small when
 * the plan was made.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/errors.h"
#include "common/interrupts.h"
#include "funcapi.h"
#include "ledger/chain_core.h"
#include "ledger/store.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* ----------------------------------------------------------------
 *		rows
 * ---------------------------------------------------------------- */

/* Which columns of the table a list of names means; found once. */
static AttrNumber *
row_attributes(Store *store, const LedgerInsert *insert, int *n)
{
	Ledger	   *ledger = store->ledger;
	AttrNumber *attributes;
	char	   *words;
	int			count = 0;

	for (int i = 0; i < ledger->nrow_lists; i++)
		if (ledger->row_columns[i] == insert->columns)
		{
			attributes = ledger->row_attributes[i];
			*n = attributes[0];
			return attributes + 1;
		}
	if (ledger->nrow_lists >= LEDGER_MAX_COLUMN_LISTS)
		elog(ERROR, "too many lists of columns");
	attributes = MemoryContextAlloc(ledger->context,
									(LEDGER_MAX_COLUMNS + 1) * sizeof(AttrNumber));
	words = pstrdup(insert->columns);
	for (char *word = strtok(words, ", "); word != NULL; word = strtok(NULL, ", "))
		attributes[++count] = engage_ledger_column(ledger, insert->table, word);
	pfree(words);
	attributes[0] = count;
	ledger->row_attributes[ledger->nrow_lists] = attributes;
	ledger->row_columns[ledger->nrow_lists++] = insert->columns;
	*n = count;
	return attributes + 1;
}

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
			rows->nulls = palloc0(room * LEDGER_MAX_COLUMNS * sizeof(bool));
		}
		else
		{
			rows->values = repalloc_huge(rows->values, room * LEDGER_MAX_COLUMNS * sizeof(Datum));
			rows->nulls = repalloc_huge(rows->nulls, room * LEDGER_MAX_COLUMNS * sizeof(bool));
		}
	}
	*nulls = rows->nulls + (Size) rows->n * LEDGER_MAX_COLUMNS;
	memset(*nulls, false, LEDGER_MAX_COLUMNS * sizeof(bool));
	return rows->values + (Size) rows->n++ * LEDGER_MAX_COLUMNS;
}

static char *
null_marks(const bool *nulls, int n)
{
	char	   *marks = palloc(n + 1);

	for (int i = 0; i < n; i++)
		marks[i] = nulls[i] ? 'n' : ' ';
	marks[n] = '\0';
	return marks;
}

static Datum
array_of_rows(Store *store, const LedgerInsert *insert, RowList *rows, int first,
			  int n)
{
	TupleDesc	tupdesc = store->ledger->tables[insert->table].tupdesc;
	Datum	   *row_values = palloc(tupdesc->natts * sizeof(Datum));
	bool	   *row_nulls = palloc(tupdesc->natts * sizeof(bool));
	Datum	   *elements = palloc(n * sizeof(Datum));
	int			ncolumns;
	AttrNumber *attributes = row_attributes(store, insert, &ncolumns);
	ArrayType  *array;

	/* columns that a user added are left to their defaults by the statement */
	memset(row_nulls, true, tupdesc->natts);
	for (int r = 0; r < n; r++)
	{
		Datum	   *values = rows->values + (Size) (first + r) * LEDGER_MAX_COLUMNS;
		bool	   *nulls = rows->nulls + (Size) (first + r) * LEDGER_MAX_COLUMNS;

		for (int i = 0; i < ncolumns; i++)
		{
			row_values[attributes[i] - 1] = values[i];
			row_nulls[attributes[i] - 1] = nulls[i];
		}
		elements[r] = HeapTupleGetDatum(heap_form_tuple(tupdesc, row_values, row_nulls));
	}
	array = construct_array(elements, n, tupdesc->tdtypeid, -1, false, TYPALIGN_DOUBLE);
	pfree(elements);
	pfree(row_values);
	pfree(row_nulls);
	return PointerGetDatum(array);
}

void
engage_store_insert(Store *store, const LedgerInsert *insert, RowList *rows)
{
	if (rows->n == 1)
	{
		int			ncolumns;

		row_attributes(store, insert, &ncolumns);
		if (engage_store_run(store, &insert->one, rows->values,
							 null_marks(rows->nulls, ncolumns), 0) != 1)
			elog(ERROR, "a row that was to be inserted is not");
	}
	else
		for (int first = 0; first < rows->n; first += LEDGER_ROWS_AT_ONCE)
		{
			int			n = Min(rows->n - first, LEDGER_ROWS_AT_ONCE);
			Datum		array = array_of_rows(store, insert, rows, first, n);

			if (engage_store_run(store, &insert->many, &array, NULL, 0) != n)
				elog(ERROR, "rows that were to be inserted are not");
			pfree(DatumGetPointer(array));
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

static inline Datum
id_value(int64 value, bool *isnull)
{
	*isnull = value == 0;
	return Int64GetDatum(value);
}

static Datum
hash_value(const uint8 *hash)
{
	bytea	   *value = palloc(VARHDRSZ + CHAIN_HASH_LENGTH);

	SET_VARSIZE(value, VARHDRSZ + CHAIN_HASH_LENGTH);
	memcpy(VARDATA(value), hash, CHAIN_HASH_LENGTH);
	return PointerGetDatum(value);
}

/* ----------------------------------------------------------------
 *		the tables
 * ---------------------------------------------------------------- */

/* Where an UPDATE takes a column's value from: a parameter, or an array's row */
#define PARAMETER(number, column) "$" #number
#define ELEMENT(number, column) "n." column

#define ENTRY_COLUMNS \
	"member, seq, amount, available_after, pending_after, held_after, " \
	"debt_after, recorded_at, effective_at, request_hash, request_seq, " \
	"reverses_seq, hold_id, until, kind, key, source_ref, rule, campaign, " \
	"batch, basis, rate, reason, actor, session_role, acting_role, note_hash, hash"
static const LedgerInsert insert_entries = LEDGER_INSERT(TABLE_ENTRY, "entry", ENTRY_COLUMNS);

#define LOT_COLUMNS \
	"member, lot_no, granted, remaining, held, available_at, expires_at, " \
	"initial_available_at, initial_expires_at, is_open, is_pending"
static const LedgerInsert insert_lots = LEDGER_INSERT(TABLE_LOT, "lot", LOT_COLUMNS);
/* What changes of a lot; the first two find it. */
#define LOT_UPDATED \
	"member, lot_no, remaining, held, available_at, expires_at, " \
	"initial_available_at, initial_expires_at, is_open, is_pending"
#define SET_LOT(v) \
	"UPDATE @ledger@.lot t SET remaining = " v(3, "remaining") ", held = " v(4, "held") \
	", available_at = " v(5, "available_at") ", expires_at = " v(6, "expires_at") \
	", initial_available_at = " v(7, "initial_available_at") \
	", initial_expires_at = " v(8, "initial_expires_at") \
	", is_open = " v(9, "is_open") ", is_pending = " v(10, "is_pending")
static const LedgerInsert update_lots = {
	TABLE_LOT, LOT_UPDATED,
	{SET_LOT(PARAMETER) " WHERE t.member OPERATOR(pg_catalog.=) $1"
	 " AND t.lot_no OPERATOR(pg_catalog.=) $2", "=lot " LOT_UPDATED},
	{SET_LOT(ELEMENT) " FROM pg_catalog.unnest($1) n WHERE t.member OPERATOR(pg_catalog.=) n.member"
	 " AND t.lot_no OPERATOR(pg_catalog.=) n.lot_no", "lot[]"}
};

#define LOT_USE_COLUMNS "member, seq, lot_no, points, action, ordinal"
static const LedgerInsert insert_uses = LEDGER_INSERT(TABLE_LOT_USE, "lot_use", LOT_USE_COLUMNS);

#define HOLD_COLUMNS \
	"hold_id, member, seq, points, captured, released, expires_at, state, lots, slices"
static const LedgerInsert insert_holds = LEDGER_INSERT(TABLE_HOLD, "hold", HOLD_COLUMNS);
static const LedgerStatement update_hold = {
	"UPDATE @ledger@.hold SET captured = $2, released = $3, state = $4,"
	" lots = $5, slices = $6 WHERE hold_id OPERATOR(pg_catalog.=) $1",
	"bigint bigint bigint text bigint[] bigint[]"
};

#define ACCOUNT_UPDATED \
	"member, seq, available, pending, held, debt, earned, redeemed, expired, " \
	"reversed, last_recorded_at, next_due_at, inactive_at, tier_due_at, blocked, " \
	"tier_granted, tier_in_grace, tier, chain_head"
#define SET_ACCOUNT(v) \
	"UPDATE @ledger@.account t SET seq = " v(2, "seq") \
	", available = " v(3, "available") \
	", pending = " v(4, "pending") \
	", held = " v(5, "held") \
	", debt = " v(6, "debt") \
	", earned = " v(7, "earned") \
	", redeemed = " v(8, "redeemed") \
	", expired = " v(9, "expired") \
	", reversed = " v(10, "reversed") \
	", last_recorded_at = " v(11, "last_recorded_at") \
	", next_due_at = " v(12, "next_due_at") \
	", inactive_at = " v(13, "inactive_at") \
	", tier_due_at = " v(14, "tier_due_at") \
	", blocked = " v(15, "blocked") \
	", tier_granted = " v(16, "tier_granted") \
	", tier_in_grace = " v(17, "tier_in_grace") \
	", tier = " v(18, "tier") \
	", chain_head = " v(19, "chain_head")
static const LedgerInsert update_accounts = {
	TABLE_ACCOUNT, ACCOUNT_UPDATED,
	{SET_ACCOUNT(PARAMETER) " WHERE t.member OPERATOR(pg_catalog.=) $1",
	 "=account " ACCOUNT_UPDATED},
	{SET_ACCOUNT(ELEMENT) " FROM pg_catalog.unnest($1) n"
	 " WHERE t.member OPERATOR(pg_catalog.=) n.member", "account[]"}
};

#define REFUSAL_COLUMNS \
	"member, kind, key, status, request_hash, recorded_at, seq, available, " \
	"pending, held, debt, points, source_ref, rule, basis, detail, actor, " \
	"session_role, acting_role"
static const LedgerInsert insert_refusals = LEDGER_INSERT(TABLE_REFUSAL, "refusal", REFUSAL_COLUMNS);

#define NOTE_COLUMNS "member, seq, note"
static const LedgerInsert insert_notes = LEDGER_INSERT(TABLE_ENTRY_NOTE, "entry_note", NOTE_COLUMNS);

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

static void
add_entry(RowList *rows, MemberBooks *books, LedgerEntry *e)
{
	bool	   *n;
	Datum	   *v = engage_row_add(rows, &n);
	int			i = 0;

	v[i++] = books->member;
	v[i++] = Int64GetDatum(e->seq);
	v[i++] = Int64GetDatum(e->amount);
	v[i++] = Int64GetDatum(e->available_after);
	v[i++] = Int64GetDatum(e->pending_after);
	v[i++] = Int64GetDatum(e->held_after);
	v[i++] = Int64GetDatum(e->debt_after);
	v[i++] = TimestampTzGetDatum(e->recorded_at);
	v[i] = time_value(e->effective_at, &n[i]), i++;
	n[i] = e->key == NULL;
	v[i++] = Int64GetDatum(e->request_hash);
	v[i] = id_value(e->request_seq, &n[i]), i++;
	v[i] = id_value(e->reverses_seq, &n[i]), i++;
	v[i] = id_value(e->hold_id, &n[i]), i++;
	v[i] = time_value(e->until, &n[i]), i++;
	v[i++] = CStringGetTextDatum(engage_entry_kind_names[e->kind]);
	v[i] = text_value(e->key, &n[i]), i++;
	v[i] = text_value(e->source_ref, &n[i]), i++;
	v[i] = text_value(e->rule, &n[i]), i++;
	v[i] = text_value(e->campaign, &n[i]), i++;
	v[i] = text_value(e->batch, &n[i]), i++;
	n[i] = e->basis == NULL;
	v[i++] = NumericGetDatum(e->basis);
	v[i] = text_value(e->rate, &n[i]), i++;
	v[i] = text_value(e->reason, &n[i]), i++;
	v[i] = text_value(e->actor, &n[i]), i++;
	v[i++] = CStringGetTextDatum(e->session_role);
	v[i] = text_value(e->acting_role, &n[i]), i++;
	n[i] = !e->has_note;
	v[i] = e->has_note ? hash_value(e->note_hash) : (Datum) 0, i++;
	v[i++] = hash_value(e->hash);
}

static void
add_lot(RowList *rows, MemberBooks *books, LedgerLot *lot)
{
	bool	   *n;
	Datum	   *v = engage_row_add(rows, &n);

	v[0] = books->member;
	v[1] = Int64GetDatum(lot->lot_no);
	v[2] = Int64GetDatum(lot->granted);
	v[3] = Int64GetDatum(lot->remaining);
	v[4] = Int64GetDatum(lot->held);
	v[5] = TimestampTzGetDatum(lot->available_at);
	v[6] = TimestampTzGetDatum(lot->expires_at);
	v[7] = time_value(lot->initial_available_at, &n[7]);
	v[8] = time_value(lot->initial_expires_at, &n[8]);
	v[9] = BoolGetDatum(lot->remaining > 0);
	v[10] = BoolGetDatum(lot->is_pending);
}

static void
add_use(RowList *rows, MemberBooks *books, const LotUse *use, int ordinal)
{
	bool	   *n;
	Datum	   *v = engage_row_add(rows, &n);

	v[0] = books->member;
	v[1] = Int64GetDatum(use->seq);
	v[2] = Int64GetDatum(use->lot_no);
	v[3] = Int64GetDatum(use->points);
	v[4] = CStringGetTextDatum(engage_lot_action_names[use->action]);
	v[5] = Int32GetDatum(ordinal);
}

static void
add_hold(RowList *rows, MemberBooks *books, LedgerHold *hold)
{
	bool	   *n;
	Datum	   *v = engage_row_add(rows, &n);

	v[0] = Int64GetDatum(hold->hold_id);
	v[1] = books->member;
	v[2] = Int64GetDatum(hold->seq);
	v[3] = Int64GetDatum(hold->points);
	v[4] = Int64GetDatum(hold->captured);
	v[5] = Int64GetDatum(hold->released);
	v[6] = TimestampTzGetDatum(hold->expires_at);
	v[7] = CStringGetTextDatum(engage_hold_state_names[hold->state]);
	v[8] = engage_int64_array(hold->lots, hold->nslices);
	v[9] = engage_int64_array(hold->slices, hold->nslices);
}

static void
add_refusal(RowList *rows, PendingRefusal *pending)
{
	LedgerRefusal *r = &pending->refusal;
	MemberBooks *books = pending->books;
	bool	   *n;
	Datum	   *v = engage_row_add(rows, &n);

	v[0] = books->member;
	v[1] = CStringGetTextDatum(engage_entry_kind_names[r->kind]);
	v[2] = CStringGetTextDatum(r->key);
	v[3] = CStringGetTextDatum(r->status);
	v[4] = Int64GetDatum(r->request_hash);
	v[5] = TimestampTzGetDatum(r->recorded_at);
	v[6] = Int64GetDatum(r->seq);
	v[7] = Int64GetDatum(r->available);
	v[8] = Int64GetDatum(r->pending);
	v[9] = Int64GetDatum(r->held);
	v[10] = Int64GetDatum(r->debt);
	v[11] = id_value(r->points, &n[11]);
	v[12] = text_value(r->source_ref, &n[12]);
	v[13] = text_value(r->rule, &n[13]);
	v[14] = NumericGetDatum(r->basis);
	v[15] = text_value(r->detail, &n[15]);
	v[16] = text_value(r->actor, &n[16]);
	v[17] = CStringGetTextDatum(books->session_role);
	v[18] = text_value(books->acting_role, &n[18]);
	n[14] = r->basis == NULL;
}

static void
expect_one(uint64 processed, const char *what)
{
	if (processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_ROWS_HIDDEN),
				 errmsg("a row of table \"%s\" cannot be updated", what),
				 errdetail("Row-level security or a trigger prevented it, or the row is gone.")));
}

/* By primary keys, which the books have read before: every row is there. */
static void
update_rows(Store *store, const LedgerInsert *update, RowList *rows, const char *table)
{
	uint64		updated = 0;

	if (rows->n == 1)
	{
		int			ncolumns;

		row_attributes(store, update, &ncolumns);
		updated = engage_store_run(store, &update->one, rows->values,
								   null_marks(rows->nulls, ncolumns), 0);
	}
	else
		for (int first = 0; first < rows->n; first += LEDGER_ROWS_AT_ONCE)
		{
			Datum		array = array_of_rows(store, update, rows, first,
											  Min(rows->n - first, LEDGER_ROWS_AT_ONCE));

			updated += engage_store_run_looped(store, &update->many, &array);
			pfree(DatumGetPointer(array));
		}
	if (updated != rows->n)
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_ROWS_HIDDEN),
				 errmsg("rows of table \"%s\" cannot be updated", table),
				 errdetail("Row-level security or a trigger prevented it, or they are gone.")));
}

static void
add_lot_update(RowList *rows, MemberBooks *books, LedgerLot *lot)
{
	bool	   *n;
	Datum	   *v = engage_row_add(rows, &n);

	v[0] = books->member;
	v[1] = Int64GetDatum(lot->lot_no);
	v[2] = Int64GetDatum(lot->remaining);
	v[3] = Int64GetDatum(lot->held);
	v[4] = TimestampTzGetDatum(lot->available_at);
	v[5] = TimestampTzGetDatum(lot->expires_at);
	v[6] = time_value(lot->initial_available_at, &n[6]);
	v[7] = time_value(lot->initial_expires_at, &n[7]);
	v[8] = BoolGetDatum(lot->remaining > 0);
	v[9] = BoolGetDatum(lot->is_pending);
}

static void
write_hold(Store *store, LedgerHold *hold)
{
	Datum		v[6] = {
		Int64GetDatum(hold->hold_id),
		Int64GetDatum(hold->captured),
		Int64GetDatum(hold->released),
		CStringGetTextDatum(engage_hold_state_names[hold->state]),
		engage_int64_array(hold->lots, hold->nslices),
		engage_int64_array(hold->slices, hold->nslices)
	};

	expect_one(engage_store_run(store, &update_hold, v, NULL, 0), "hold");
}

static void
add_account_update(Store *store, RowList *rows, MemberBooks *books)
{
	LedgerAccount *a = &books->account;
	TimestampTz due = engage_books_next_due(books);
	bool	   *n;
	Datum	   *v;

	if (books->settled)
		due = Min(due, books->next_expiry);
	else
		due = Min(due, a->next_due_at);
	if (books->settled && (a->pending > 0 || a->held > 0))
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
	a->next_due_at = due;

	v = engage_row_add(rows, &n);
	v[0] = books->member;
	v[1] = Int64GetDatum(a->seq);
	v[2] = Int64GetDatum(a->available);
	v[3] = Int64GetDatum(a->pending);
	v[4] = Int64GetDatum(a->held);
	v[5] = Int64GetDatum(a->debt);
	v[6] = Int64GetDatum(a->earned);
	v[7] = Int64GetDatum(a->redeemed);
	v[8] = Int64GetDatum(a->expired);
	v[9] = Int64GetDatum(a->reversed);
	v[10] = TimestampTzGetDatum(a->last_recorded_at);
	v[11] = TimestampTzGetDatum(a->next_due_at);
	v[12] = TimestampTzGetDatum(a->inactive_at);
	v[13] = TimestampTzGetDatum(a->tier_due_at);
	v[14] = BoolGetDatum(a->blocked);
	v[15] = BoolGetDatum(a->tier_granted);
	v[16] = BoolGetDatum(a->tier_in_grace);
	v[17] = text_value(a->tier, &n[17]);
	v[18] = hash_value(a->chain_head);
}

/* The chain goes on: each entry's hash covers the one before. */
static void
chain_entries(MemberBooks *books)
{
	StringInfoData buffer;

	initStringInfo(&buffer);
	for (int i = 0; i < books->nentries; i++)
	{
		LedgerEntry *entry = books->entries[i];

		if (entry->note != NULL)
		{
			engage_sha256(entry->note, strlen(entry->note), entry->note_hash);
			entry->has_note = true;
		}
		resetStringInfo(&buffer);
		engage_chain_hash(books->account.chain_head, books->member_bytes,
						  books->member_length, entry,
						  entry->is_grant ? engage_books_get_lot(books, entry->seq) : NULL,
						  books->uses + entry->first_use, &buffer, entry->hash);
		memcpy(books->account.chain_head, entry->hash, CHAIN_HASH_LENGTH);
	}
	pfree(buffer.data);
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
	RowList		accounts = {0};
	MemoryContext scratch = AllocSetContextCreate(store->context, "engage flush",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(scratch);

	for (int m = 0; m < nbooks; m++)
	{
		MemberBooks *b = books[m];

		check_interrupts_at(m);
		chain_entries(b);
		for (int i = 0; i < b->nentries; i++)
		{
			LedgerEntry *entry = b->entries[i];

			add_entry(&entries, b, entry);
			for (int u = 0; u < entry->nuses; u++)
				add_use(&uses, b, &b->uses[entry->first_use + u], u + 1);
			if (entry->note != NULL)
			{
				bool	   *n;
				Datum	   *v = engage_row_add(&notes, &n);

				v[0] = b->member;
				v[1] = Int64GetDatum(entry->seq);
				v[2] = CStringGetTextDatum(entry->note);
			}
		}
		for (int i = 0; i < b->nlots; i++)
			if (b->lots[i]->is_new)
				add_lot(&lots, b, b->lots[i]);
		for (int i = 0; i < b->nholds; i++)
			if (b->holds[i]->is_new)
				add_hold(&holds, b, b->holds[i]);
	}
	for (int i = 0; i < nrefusals; i++)
		add_refusal(&refused, &refusals[i]);

	engage_store_insert(store, &insert_entries, &entries);
	engage_store_insert(store, &insert_lots, &lots);
	engage_store_insert(store, &insert_uses, &uses);
	engage_store_insert(store, &insert_holds, &holds);
	engage_store_insert(store, &insert_notes, &notes);
	engage_store_insert(store, &insert_refusals, &refused);

	for (int m = 0; m < nbooks; m++)
	{
		MemberBooks *b = books[m];

		check_interrupts_at(m);
		for (int i = 0; i < b->nlots; i++)
			if (b->lots[i]->is_changed && !b->lots[i]->is_new)
				add_lot_update(&changed_lots, b, b->lots[i]);
		for (int i = 0; i < b->nholds; i++)
			if (b->holds[i]->is_changed && !b->holds[i]->is_new)
				write_hold(store, b->holds[i]);
		if (b->nentries > 0 || b->settled || b->account_changed)
			add_account_update(store, &accounts, b);
	}
	update_rows(store, &update_lots, &changed_lots, "lot");
	update_rows(store, &update_accounts, &accounts, "account");
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
}
