/*-------------------------------------------------------------------------
 *
 * verify_rows.c
 *	  The rows of a ledger, member by member, for ledger_verify().
 *
 * Every table with a member is read once, in the order of members, and all of
 * them under one snapshot; what is in memory is the largest member.  The rows
 * are always sorted: entries of one member lie scattered over the table, so
 * that an index would lead to a page for every row (10 million entries: 54 s
 * by index, 15 s sorted).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/errors.h"
#include "executor/spi.h"
#include "ledger/store.h"
#include "ledger/verify_rows.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/uuid.h"

/* Rows fetched at a time: enough to make fetching cheap. */
#define ROWS_FETCHED	2000

/* A NOTICE after so many entries */
#define ENTRIES_PER_NOTICE	INT64CONST(5000000)

#define MAX_COLUMNS		LEDGER_MAX_COLUMNS

typedef struct Stream Stream;

/* One table, read in the order of members */
typedef struct StreamSource
{
	LedgerTableId table;
	const char *name;
	const char *columns;		/* after the member */
	const char *order;			/* within a member; NULL: any */
	const char *types;			/* of the columns: a letter each, see below */
	VerifySet	checks;			/* that look at these rows */
	void		(*take) (Verification *run, Stream *stream);
} StreamSource;

struct Stream
{
	const StreamSource *source;
	Portal		portal;
	SPITupleTable *rows;		/* those fetched; NULL: there are no more */
	uint64		row;
	uint64		nrows;
	Datum		values[MAX_COLUMNS];	/* of the next row; the first is the member */
	bool		nulls[MAX_COLUMNS];
};

/* ----------------------------------------------------------------
 *		values of the next row
 * ---------------------------------------------------------------- */

static inline int64
int_value(const Stream *stream, int column)
{
	return stream->nulls[column] ? 0 : DatumGetInt64(stream->values[column]);
}

/*
 * In memory 0 and TIME_NULL stand for NULL.  If the column itself has these
 * values, which nothing of engage writes, they must not look like NULL.
 */
static inline int64
nullable_int(const Stream *stream, int column)
{
	int64		value;

	if (stream->nulls[column])
		return 0;
	value = DatumGetInt64(stream->values[column]);
	return value == 0 ? PG_INT64_MIN : value;
}

static inline TimestampTz
nullable_time(const Stream *stream, int column)
{
	TimestampTz value;

	if (stream->nulls[column])
		return TIME_NULL;
	value = DatumGetTimestampTz(stream->values[column]);
	return IS_TIME_NULL(value) ? TIME_NULL + 1 : value;
}

static inline bool
bool_value(const Stream *stream, int column)
{
	return !stream->nulls[column] && DatumGetBool(stream->values[column]);
}

/* Text is kept until the member is done. */
static const char *
text_value(Verification *run, const Stream *stream, int column)
{
	struct varlena *value;
	char	   *text;
	Size		length;

	if (stream->nulls[column])
		return NULL;
	value = PG_DETOAST_DATUM_PACKED(stream->values[column]);
	length = VARSIZE_ANY_EXHDR(value);
	text = MemoryContextAlloc(run->v.member_context, length + 1);
	memcpy(text, VARDATA_ANY(value), length);
	text[length] = '\0';
	if ((Pointer) value != DatumGetPointer(stream->values[column]))
		pfree(value);
	return text;
}

static Numeric
numeric_value(Verification *run, const Stream *stream, int column)
{
	MemoryContext old;
	Numeric		value;

	if (stream->nulls[column])
		return NULL;
	old = MemoryContextSwitchTo(run->v.member_context);
	value = DatumGetNumericCopy(stream->values[column]);
	MemoryContextSwitchTo(old);
	return value;
}

/* The place of a name, which need not be kept */
static int
name_value(const Stream *stream, int column, int (*lookup) (const char *name),
		   char *name, Size size)
{
	struct varlena *value;
	Size		length;

	name[0] = '\0';
	if (stream->nulls[column])
		return -1;
	value = PG_DETOAST_DATUM_PACKED(stream->values[column]);
	length = Min(VARSIZE_ANY_EXHDR(value), size - 1);
	memcpy(name, VARDATA_ANY(value), length);
	name[length] = '\0';
	return lookup(name);
}

/* Zeros, and false, if it is NULL or no hash */
static bool
hash_value(const Stream *stream, int column, uint8 *hash)
{
	struct varlena *value;

	if (!stream->nulls[column])
	{
		value = PG_DETOAST_DATUM_PACKED(stream->values[column]);
		if (VARSIZE_ANY_EXHDR(value) == CHAIN_HASH_LENGTH)
		{
			memcpy(hash, VARDATA_ANY(value), CHAIN_HASH_LENGTH);
			return true;
		}
	}
	memset(hash, 0, CHAIN_HASH_LENGTH);
	return false;
}

static int64 *
ints_value(Verification *run, const Stream *stream, int column, int *count)
{
	ArrayType  *array;
	Datum	   *elements;
	bool	   *nulls;
	int64	   *values;

	*count = 0;
	if (stream->nulls[column])
		return NULL;
	array = DatumGetArrayTypeP(stream->values[column]);
	deconstruct_array(array, INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &elements, &nulls, count);
	values = MemoryContextAllocHuge(run->v.member_context,
									Max(*count, 1) * sizeof(int64));
	for (int i = 0; i < *count; i++)
		values[i] = nulls[i] ? 0 : DatumGetInt64(elements[i]);
	pfree(elements);
	pfree(nulls);
	if ((Pointer) array != DatumGetPointer(stream->values[column]))
		pfree(array);
	return values;
}

/* ----------------------------------------------------------------
 *		rows of the tables
 * ---------------------------------------------------------------- */

static void
take_account(Verification *run, Stream *s)
{
	LedgerAccount *account = &run->v.account;

	if (run->v.has_account)
	{
		engage_verify_report(&run->v, CHECK_ORPHANS, 0, 0,
							 "account of the same member", "1", "more");
		return;
	}
	run->v.has_account = true;
	account->seq = int_value(s, 1);
	account->available = int_value(s, 2);
	account->pending = int_value(s, 3);
	account->held = int_value(s, 4);
	account->debt = int_value(s, 5);
	account->earned = int_value(s, 6);
	account->redeemed = int_value(s, 7);
	account->expired = int_value(s, 8);
	account->reversed = int_value(s, 9);
	account->joined_at = int_value(s, 10);
	account->last_recorded_at = int_value(s, 11);
	account->next_due_at = int_value(s, 12);
	account->next_expiry_at = int_value(s, 13);
	account->next_expiry_points = int_value(s, 14);
	account->inactive_at = int_value(s, 15);
	account->lapsed_seq = int_value(s, 16);
	account->balance_hash = int_value(s, 17);
	account->tier_due_at = int_value(s, 18);
	account->refusals = int_value(s, 19);
	account->blocked = bool_value(s, 20);
	account->tier_in_grace = bool_value(s, 21);
	account->has_sources = bool_value(s, 22);
	account->earned_due_at = nullable_time(s, 23);
	account->granted_until = nullable_time(s, 24);
	account->tier = text_value(run, s, 25);
	account->earned_tier = text_value(run, s, 26);
	account->granted_tier = text_value(run, s, 27);
	if (!hash_value(s, 28, account->chain_head))
		engage_verify_report(&run->v, CHECK_CHAIN, account->seq, 0,
							 "account.chain_head", "32 bytes", "others");
}

static void
take_entry(Verification *run, Stream *s)
{
	LedgerEntry *entry = engage_verify_add_entry(&run->v);
	char		kind[NAMEDATALEN];
	int			kind_number;

	entry->seq = int_value(s, 1);
	entry->amount = int_value(s, 2);
	entry->available_after = int_value(s, 3);
	entry->pending_after = int_value(s, 4);
	entry->held_after = int_value(s, 5);
	entry->debt_after = int_value(s, 6);
	entry->recorded_at = int_value(s, 7);
	entry->effective_at = nullable_time(s, 8);
	entry->request_hash = int_value(s, 9);
	entry->request_seq = nullable_int(s, 10);
	entry->reverses_seq = nullable_int(s, 11);
	entry->hold_id = nullable_int(s, 12);
	entry->until = nullable_time(s, 13);
	kind_number = name_value(s, 14, engage_entry_kind, kind, sizeof(kind));
	entry->kind = kind_number < 0 ? ENTRY_KINDS : kind_number;
	entry->key = text_value(run, s, 15);
	entry->source_ref = text_value(run, s, 16);
	entry->rule = text_value(run, s, 17);
	entry->campaign = text_value(run, s, 18);
	entry->batch = text_value(run, s, 19);
	entry->basis = numeric_value(run, s, 20);
	entry->rate = text_value(run, s, 21);
	entry->reason = text_value(run, s, 22);
	entry->actor = text_value(run, s, 23);
	entry->session_role = text_value(run, s, 24);
	if (entry->session_role == NULL)
		entry->session_role = "";
	entry->acting_role = text_value(run, s, 25);
	entry->has_note = !s->nulls[26];
	if (entry->has_note && !hash_value(s, 26, entry->note_hash))
		engage_verify_report(&run->v, CHECK_CHAIN, entry->seq, 0,
							 "entry.note_hash", "32 bytes", "others");
	if (!hash_value(s, 27, entry->hash))
		engage_verify_report(&run->v, CHECK_CHAIN, entry->seq, 0,
							 "entry.hash", "32 bytes", "others");

	if (kind_number < 0)
		engage_verify_report(&run->v, CHECK_HOUSE, entry->seq, 0,
							 "entry.kind", "one with a house account", kind);
	/* the chain takes one for the other */
	if (s->nulls[9] != (entry->key == NULL))
		engage_verify_report(&run->v, CHECK_KEYS, entry->seq, 0,
							 "entry.request_hash",
							 entry->key == NULL ? "NULL, without a key" : "not NULL, with a key",
							 s->nulls[9] ? NULL : "not NULL");
}

static void
take_use(Verification *run, Stream *s)
{
	LotUse	   *use = engage_verify_add_use(&run->v);
	char		action[NAMEDATALEN];
	int			number = name_value(s, 4, engage_lot_action, action, sizeof(action));

	use->seq = int_value(s, 1);
	use->lot_no = int_value(s, 2);
	use->points = int_value(s, 3);
	use->ordinal = s->nulls[5] ? 0 : DatumGetInt32(s->values[5]);
	use->action = number < 0 ? LOT_ACTIONS : number;
	if (number < 0)
		engage_verify_report(&run->v, CHECK_ENTRY_USES, use->seq, use->lot_no,
							 "lot_use.action", "one of those there are", action);
}

static void
take_lot(Verification *run, Stream *s)
{
	VerifyLot  *lot = engage_verify_add_lot(&run->v);

	lot->row.lot_no = int_value(s, 1);
	lot->row.granted = int_value(s, 2);
	lot->row.remaining = int_value(s, 3);
	lot->row.held = int_value(s, 4);
	lot->row.available_at = int_value(s, 5);
	lot->row.expires_at = int_value(s, 6);
	lot->is_open = bool_value(s, 7);
	lot->row.is_pending = bool_value(s, 8);
	lot->row.initial_available_at = nullable_time(s, 9);
	lot->row.initial_expires_at = nullable_time(s, 10);
	lot->row.earned_at = nullable_time(s, 11);
}

static void
take_hold(Verification *run, Stream *s)
{
	VerifyHold *hold = engage_verify_add_hold(&run->v);
	char		state[NAMEDATALEN];
	int			number = name_value(s, 7, engage_hold_state, state, sizeof(state));
	int			nslices;

	hold->row.seq = int_value(s, 1);
	hold->row.hold_id = int_value(s, 2);
	hold->row.points = int_value(s, 3);
	hold->row.captured = int_value(s, 4);
	hold->row.released = int_value(s, 5);
	hold->row.expires_at = int_value(s, 6);
	hold->row.state = number;
	hold->row.lots = ints_value(run, s, 8, &hold->row.nslices);
	hold->row.slices = ints_value(run, s, 9, &nslices);
	hold->uneven = nslices != hold->row.nslices;
	hold->row.nslices = Min(nslices, hold->row.nslices);
	if (number < 0)
		engage_verify_report(&run->v, CHECK_HOLD_RESOLUTION, hold->row.seq, 0,
							 psprintf("hold " INT64_FORMAT ": state", hold->row.hold_id),
							 "one of those there are", state);
}

static void
take_tally(Verification *run, Stream *s)
{
	VerifyTally *tally = engage_verify_add_tally(&run->v);

	tally->source = text_value(run, s, 1);
	if (tally->source == NULL)
		tally->source = "";
	tally->day = s->nulls[2] ? 0 : DatumGetDateADT(s->values[2]);
	tally->points = int_value(s, 3);
	tally->awards = int_value(s, 4);
	tally->basis = numeric_value(run, s, 5);
	tally->qualifying = bool_value(s, 6);
}

static void
take_tier_change(Verification *run, Stream *s)
{
	VerifyTierChange *change = engage_verify_add_tier_change(&run->v);

	change->change_no = int_value(s, 1);
	change->tier = text_value(run, s, 2);
	change->previous_tier = text_value(run, s, 3);
	change->effective_at = int_value(s, 4);
	change->recorded_at = int_value(s, 5);
	change->until = int_value(s, 6);
	change->reason = text_value(run, s, 7);
}

/* How many there are, and since when */
static void
take_refusal(Verification *run, Stream *s)
{
	run->v.nrefusals++;
	run->v.first_refusal_at = Min(run->v.first_refusal_at, int_value(s, 1));
}

#define CHECKS_OF_ACCOUNTS \
	(VERIFY_ONLY(CHECK_HOUSE) | VERIFY_ONLY(CHECK_SPENDABLE) | \
	 VERIFY_ONLY(CHECK_COUNTERS) | VERIFY_ONLY(CHECK_SEQUENCE) | \
	 VERIFY_ONLY(CHECK_TIME_ORDER) | VERIFY_ONLY(CHECK_BALANCE_SIGNS) | \
	 VERIFY_ONLY(CHECK_HOLDS) | VERIFY_ONLY(CHECK_CHAIN) | \
	 VERIFY_ONLY(CHECK_IDENTITY) | VERIFY_ONLY(CHECK_TIERS) | \
	 VERIFY_ONLY(CHECK_KEYS) | VERIFY_ONLY(CHECK_REPLAY) | VERIFY_ONLY(CHECK_ORPHANS))
#define CHECKS_OF_ENTRIES \
	(VERIFY_ALL & ~(VERIFY_ONLY(CHECK_SPENDABLE) | VERIFY_ONLY(CHECK_LOT_USES) | \
					VERIFY_ONLY(CHECK_LOT_BOUNDS) | VERIFY_ONLY(CHECK_HOLDS)))
#define CHECKS_OF_LOTS \
	(VERIFY_ONLY(CHECK_SPENDABLE) | VERIFY_ONLY(CHECK_LOT_USES) | \
	 VERIFY_ONLY(CHECK_ENTRY_USES) | VERIFY_ONLY(CHECK_LOT_BOUNDS) | \
	 VERIFY_ONLY(CHECK_HOLDS) | VERIFY_ONLY(CHECK_REVERSALS) | VERIFY_ONLY(CHECK_CHAIN) | \
	 VERIFY_ONLY(CHECK_REPLAY) | VERIFY_ONLY(CHECK_ORPHANS))
#define CHECKS_OF_USES \
	(VERIFY_ONLY(CHECK_LOT_USES) | VERIFY_ONLY(CHECK_ENTRY_USES) | \
	 VERIFY_ONLY(CHECK_HOLD_RESOLUTION) | VERIFY_ONLY(CHECK_REVERSALS) | \
	 VERIFY_ONLY(CHECK_CHAIN) | VERIFY_ONLY(CHECK_REPLAY) | \
	 VERIFY_ONLY(CHECK_ORPHANS))
#define CHECKS_OF_HOLDS \
	(VERIFY_ONLY(CHECK_HOLDS) | VERIFY_ONLY(CHECK_HOLD_RESOLUTION) | \
	 VERIFY_ONLY(CHECK_REPLAY) | VERIFY_ONLY(CHECK_ORPHANS))
#define CHECKS_OF_REFUSALS \
	(VERIFY_ONLY(CHECK_KEYS) | VERIFY_ONLY(CHECK_REPLAY))
#define CHECKS_OF_TIERS \
	(VERIFY_ONLY(CHECK_TIERS) | VERIFY_ONLY(CHECK_ORPHANS))

/*
 * All columns in the order of the tables, so that rows need not be formed anew
 * to be sorted.  Types: m member, i bigint, j integer, d date, t timestamptz,
 * b boolean, x text, n numeric, h bytea, a bigint[].
 */
static const StreamSource sources[] = {
	{TABLE_ACCOUNT, "account",
		"seq, available, pending, held, debt, earned, redeemed, expired, reversed, "
		"joined_at, last_recorded_at, next_due_at, next_expiry_at, next_expiry_points, "
		"inactive_at, lapsed_seq, balance_hash, tier_due_at, refusals, blocked, tier_in_grace, has_sources, "
		"earned_due_at, granted_until, tier, earned_tier, granted_tier, chain_head",
		NULL, "miiiiiiiiittttitiitibbbttxxxh", CHECKS_OF_ACCOUNTS, take_account},
	{TABLE_ENTRY, "entry",
		"seq, amount, available_after, pending_after, held_after, debt_after, "
		"recorded_at, effective_at, request_hash, request_seq, reverses_seq, "
		"hold_id, until, kind, key, source_ref, rule, campaign, batch, basis, rate, "
		"reason, actor, session_role, acting_role, note_hash, hash",
		NULL, "miiiiiittiiiitxxxxxxnxxxxxhh", CHECKS_OF_ENTRIES, take_entry},
	{TABLE_LOT, "lot",
		"lot_no, granted, remaining, held, available_at, expires_at, "
		"is_open, is_pending, initial_available_at, initial_expires_at, earned_at",
		NULL, "miiiittbbttt", CHECKS_OF_LOTS, take_lot},
	{TABLE_LOT_USE, "lot_use", "seq, lot_no, points, action, ordinal",
		NULL, "miiixj", CHECKS_OF_USES, take_use},
	{TABLE_HOLD, "hold",
		"seq, hold_id, points, captured, released, expires_at, state, lots, slices",
		"seq, hold_id", "miiiiitxaa", CHECKS_OF_HOLDS, take_hold},
	{TABLE_TALLY, "tally", "source, day, points, awards, basis, qualifying",
		"source COLLATE pg_catalog.\"C\", day, qualifying", "mxdiinb", CHECKS_OF_TIERS, take_tally},
	{TABLE_TIER_HISTORY, "tier_history",
		"change_no, tier, previous_tier, effective_at, recorded_at, until, reason",
		"change_no", "mixxtttx", CHECKS_OF_TIERS, take_tier_change},
	{TABLE_REFUSAL, "refusal", "recorded_at", NULL, "mt", CHECKS_OF_REFUSALS, take_refusal}
};

/* ----------------------------------------------------------------
 *		streams
 * ---------------------------------------------------------------- */

static Oid
type_of_letter(const Ledger *ledger, char letter)
{
	switch (letter)
	{
		case 'm':
			return ledger->member_type;
		case 'i':
			return INT8OID;
		case 'j':
			return INT4OID;
		case 'd':
			return DATEOID;
		case 't':
			return TIMESTAMPTZOID;
		case 'b':
			return BOOLOID;
		case 'x':
			return TEXTOID;
		case 'n':
			return NUMERICOID;
		case 'h':
			return BYTEAOID;
		case 'a':
			return INT8ARRAYOID;
	}
	elog(ERROR, "unknown type letter \"%c\"", letter);
}

/*
 * A table of a ledger is its owner's, who may have changed it: values of other
 * types than expected must not be taken for pointers.
 */
static void
check_types(const Verification *run, const Stream *stream)
{
	const char *types = stream->source->types;
	TupleDesc	tupdesc = stream->portal->tupDesc;

	Assert(tupdesc->natts == strlen(types) && tupdesc->natts <= MAX_COLUMNS);
	for (int i = 0; i < tupdesc->natts; i++)
		if (TupleDescAttr(tupdesc, i)->atttypid != type_of_letter(run->ledger, types[i]))
			ereport(ERROR,
					(errcode(ERRCODE_ENGAGE_LEDGER_FORMAT),
					 errmsg("column \"%s\" of table \"%s.%s\" is of type %s, not %s",
							NameStr(TupleDescAttr(tupdesc, i)->attname),
							NameStr(run->ledger->name), stream->source->name,
							format_type_be(TupleDescAttr(tupdesc, i)->atttypid),
							format_type_be(type_of_letter(run->ledger, types[i])))));
}

static void
fetch_row(Stream *stream)
{
	if (stream->row >= stream->nrows)
	{
		if (stream->rows != NULL)
			SPI_freetuptable(stream->rows);
		stream->rows = NULL;
		SPI_cursor_fetch(stream->portal, true, ROWS_FETCHED);
		stream->nrows = SPI_processed;
		stream->row = 0;
		if (stream->nrows == 0)
		{
			SPI_freetuptable(SPI_tuptable);
			return;
		}
		stream->rows = SPI_tuptable;
	}
	heap_deform_tuple(stream->rows->vals[stream->row++], stream->rows->tupdesc,
					  stream->values, stream->nulls);
}

static void
open_stream(Verification *run, Stream *stream, const StreamSource *source)
{
	bool		is_text = run->ledger->member_type == TEXTOID;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT member, %s FROM %s.%s ORDER BY member%s%s%s",
					 source->columns,
					 quote_identifier(NameStr(run->ledger->name)), source->name,
					 is_text ? " COLLATE pg_catalog.\"C\"" : "",
					 source->order != NULL ? ", " : "",
					 source->order != NULL ? source->order : "");
	stream->source = source;
	stream->portal = SPI_cursor_open_with_args(NULL, sql.data, 0, NULL, NULL,
											   NULL, true, CURSOR_OPT_NO_SCROLL);
	check_types(run, stream);
	fetch_row(stream);
}

static int
compare_members(Oid type, Datum a, Datum b)
{
	if (type == INT8OID)
	{
		int64		x = DatumGetInt64(a);
		int64		y = DatumGetInt64(b);

		return x < y ? -1 : x > y;
	}
	else if (type == UUIDOID)
		return memcmp(DatumGetUUIDP(a)->data, DatumGetUUIDP(b)->data, UUID_LEN);
	else
	{
		/* (a member is in a primary key, which keeps it from being toasted) */
		struct varlena *x = PG_DETOAST_DATUM_PACKED(a);
		struct varlena *y = PG_DETOAST_DATUM_PACKED(b);
		Size		lx = VARSIZE_ANY_EXHDR(x);
		Size		ly = VARSIZE_ANY_EXHDR(y);
		int			order = memcmp(VARDATA_ANY(x), VARDATA_ANY(y), Min(lx, ly));

		return order != 0 ? order : lx < ly ? -1 : lx > ly;
	}
}

/* The least member of those next in the streams; false if there is none. */
static bool
next_member(Verification *run, const Stream *streams, int nstreams)
{
	const Stream *least = NULL;
	Oid			type = run->ledger->member_type;
	MemoryContext old;

	for (int i = 0; i < nstreams; i++)
	{
		if (streams[i].rows == NULL)
			continue;
		if (streams[i].nulls[0])
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("table \"%s.%s\" has a row without a member",
							NameStr(run->ledger->name), streams[i].source->name)));
		if (least == NULL ||
			compare_members(type, streams[i].values[0], least->values[0]) < 0)
			least = &streams[i];
	}
	if (least == NULL)
		return false;

	engage_verify_begin(&run->v);
	old = MemoryContextSwitchTo(run->v.member_context);
	if (type == INT8OID)
		run->member = least->values[0];
	else if (type == UUIDOID)
	{
		pg_uuid_t  *uuid = palloc(sizeof(pg_uuid_t));

		*uuid = *DatumGetUUIDP(least->values[0]);
		run->member = UUIDPGetDatum(uuid);
	}
	else
		run->member = PointerGetDatum(PG_DETOAST_DATUM_COPY(least->values[0]));
	run->v.member = engage_member_text(type, run->member);
	run->v.member_bytes = engage_member_bytes(type, run->member,
											  &run->v.member_length,
											  run->v.member_context);
	MemoryContextSwitchTo(old);
	return true;
}

void
engage_verify_rows(Verification *run)
{
	Stream	   *streams = palloc0(lengthof(sources) * sizeof(Stream));
	Oid			type = run->ledger->member_type;
	int64		noted = 0;
	int			nstreams = 0;

	for (int i = 0; i < lengthof(sources); i++)
		if ((sources[i].checks & run->v.checks) != 0)
			open_stream(run, &streams[nstreams++], &sources[i]);

	while (next_member(run, streams, nstreams))
	{
		for (int i = 0; i < nstreams; i++)
		{
			Stream	   *stream = &streams[i];

			while (stream->rows != NULL &&
				   compare_members(type, stream->values[0], run->member) == 0)
			{
				MemoryContext old = MemoryContextSwitchTo(run->v.member_context);

				stream->source->take(run, stream);
				MemoryContextSwitchTo(old);
				fetch_row(stream);
			}
		}
		engage_verify_member(&run->v);
		if (run->v.total_entries - noted >= ENTRIES_PER_NOTICE)
		{
			noted = run->v.total_entries;
			ereport(NOTICE,
					(errmsg("ledger \"%s\": " INT64_FORMAT " entries of "
							INT64_FORMAT " members looked at, " INT64_FORMAT " findings",
							NameStr(run->ledger->name), noted, run->v.members,
							run->v.findings)));
		}
	}
	for (int i = 0; i < nstreams; i++)
		SPI_cursor_close(streams[i].portal);
}
