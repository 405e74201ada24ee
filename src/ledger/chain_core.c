/*-------------------------------------------------------------------------
 *
 * chain_core.c
 *	  The hash chain of one member's entries.
 *
 * The bytes depend neither on the platform nor on the database's encoding or
 * settings, so that a copy of a ledger elsewhere has the same hashes, and so
 * that SQL can recompute them (test/sql/ledger_verify.sql does).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/byte_hash.h"
#include "common/compat.h"
#include "common/cryptohash.h"
#include "ledger/chain_core.h"
#include "mb/pg_wchar.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"

/*
 * What an entry has at most beside its texts and uses: the hash before it,
 * 20 numbers, the marks of what may be NULL, the lengths of its texts.
 */
#define FIXED_BYTES		(CHAIN_HASH_LENGTH * 2 + 20 * 9 + 32 * 5)

/* a use: two numbers, and the action with its length */
#define USE_BYTES		(8 + 8 + 4 + 16)

/* The caller has made room. */
static inline void
put_int64(StringInfo buffer, int64 value)
{
	uint64		bytes = pg_hton64((uint64) value);

	memcpy(buffer->data + buffer->len, &bytes, sizeof(bytes));
	buffer->len += sizeof(bytes);
}

static inline void
put_int32(StringInfo buffer, int32 value)
{
	uint32		bytes = pg_hton32((uint32) value);

	memcpy(buffer->data + buffer->len, &bytes, sizeof(bytes));
	buffer->len += sizeof(bytes);
}

static inline void
put_presence(StringInfo buffer, bool present)
{
	buffer->data[buffer->len++] = present ? 1 : 0;
}

static inline void
put_nullable_int64(StringInfo buffer, int64 value, bool present)
{
	put_presence(buffer, present);
	if (present)
		put_int64(buffer, value);
}

static inline void
put_name(StringInfo buffer, const char *name)
{
	int			length = strlen(name);

	put_int32(buffer, length);
	memcpy(buffer->data + buffer->len, name, length);
	buffer->len += length;
}

const char *
engage_text_utf8(const char *text, int *length)
{
	const char *utf8 = text;

	/* (bytes of unknown encoding can only be taken as they are) */
	if (GetDatabaseEncoding() != PG_UTF8 && GetDatabaseEncoding() != PG_SQL_ASCII)
	{
		utf8 = pg_server_to_any(text, *length, PG_UTF8);
		if (utf8 != text)
			*length = strlen(utf8);
	}
	return utf8;
}

static void
put_text(StringInfo buffer, const char *text, int length)
{
	const char *utf8 = engage_text_utf8(text, &length);

	enlargeStringInfo(buffer, length + FIXED_BYTES);
	put_int32(buffer, length);
	memcpy(buffer->data + buffer->len, utf8, length);
	buffer->len += length;
	if (utf8 != text)
		pfree((void *) utf8);
}

static inline void
put_nullable_text(StringInfo buffer, const char *text)
{
	put_presence(buffer, text != NULL);
	if (text != NULL)
		put_text(buffer, text, strlen(text));
}

static void
put_uses(StringInfo buffer, const LotUse *uses, int nuses)
{
	enlargeStringInfo(buffer, 4 + nuses * USE_BYTES);
	put_int32(buffer, nuses);
	for (int i = 0; i < nuses; i++)
	{
		put_int64(buffer, uses[i].lot_no);
		put_name(buffer, engage_lot_action_names[uses[i].action]);
		put_int64(buffer, uses[i].points);
	}
}

void
engage_chain_bytes(const uint8 *previous, const char *member,
				   int member_length, const LedgerEntry *entry,
				   const LedgerLot *lot, const LotUse *uses,
				   StringInfo buffer)
{
	resetStringInfo(buffer);
	/* put_text() makes room for what follows a text, too */
	enlargeStringInfo(buffer, FIXED_BYTES + member_length);

	memcpy(buffer->data, previous, CHAIN_HASH_LENGTH);
	memcpy(buffer->data + CHAIN_HASH_LENGTH, member, member_length);
	buffer->len = CHAIN_HASH_LENGTH + member_length;

	put_int64(buffer, entry->seq);
	put_name(buffer, engage_entry_kind_names[entry->kind]);
	put_int64(buffer, entry->amount);
	put_int64(buffer, entry->available_after);
	put_int64(buffer, entry->pending_after);
	put_int64(buffer, entry->held_after);
	put_int64(buffer, entry->debt_after);
	put_int64(buffer, entry->recorded_at);
	put_nullable_int64(buffer, entry->effective_at,
					   !IS_TIME_NULL(entry->effective_at));
	put_nullable_int64(buffer, entry->request_hash, entry->key != NULL);
	put_nullable_int64(buffer, entry->request_seq, entry->request_seq != 0);
	put_nullable_int64(buffer, entry->reverses_seq, entry->reverses_seq != 0);
	put_nullable_int64(buffer, entry->hold_id, entry->hold_id != 0);
	put_nullable_int64(buffer, entry->until, !IS_TIME_NULL(entry->until));
	put_nullable_text(buffer, entry->key);
	put_nullable_text(buffer, entry->source_ref);
	put_nullable_text(buffer, entry->rule);
	put_nullable_text(buffer, entry->campaign);
	put_nullable_text(buffer, entry->batch);
	if (entry->basis != NULL)
	{
		char	   *basis = DatumGetCString(DirectFunctionCall1(numeric_out,
																NumericGetDatum(entry->basis)));

		put_nullable_text(buffer, basis);
		pfree(basis);
	}
	else
		put_presence(buffer, false);
	put_nullable_text(buffer, entry->rate);
	put_nullable_text(buffer, entry->reason);
	put_nullable_text(buffer, entry->actor);
	put_text(buffer, entry->session_role, strlen(entry->session_role));
	put_nullable_text(buffer, entry->acting_role);

	put_presence(buffer, entry->has_note);
	if (entry->has_note)
	{
		put_int32(buffer, CHAIN_HASH_LENGTH);
		memcpy(buffer->data + buffer->len, entry->note_hash, CHAIN_HASH_LENGTH);
		buffer->len += CHAIN_HASH_LENGTH;
	}

	/* the lot as it was granted: what came of it is in later entries */
	put_presence(buffer, lot != NULL);
	if (lot != NULL)
	{
		put_int64(buffer, lot->granted);
		put_int64(buffer, IS_TIME_NULL(lot->initial_available_at)
				  ? lot->available_at : lot->initial_available_at);
		put_int64(buffer, IS_TIME_NULL(lot->initial_expires_at)
				  ? lot->expires_at : lot->initial_expires_at);
	}
	put_uses(buffer, uses, entry->nuses);
	Assert(buffer->len < buffer->maxlen);
}

int64
engage_balance_hash(const LedgerAccount *account)
{
	uint64		hash = byte_hash(BYTE_HASH_START, account->chain_head, CHAIN_HASH_LENGTH);

	hash = byte_hash_int64(hash, account->seq);
	hash = byte_hash_int64(hash, account->available);
	hash = byte_hash_int64(hash, account->pending);
	hash = byte_hash_int64(hash, account->held);
	return (int64) byte_hash_int64(hash, account->debt);
}

void
engage_note_hash(const char *note, uint8 *hash)
{
	int			length = strlen(note);
	const char *utf8 = engage_text_utf8(note, &length);

	engage_sha256(utf8, length, hash);
	if (utf8 != note)
		pfree((void *) utf8);
}

Sha256 *
engage_sha256_begin(void)
{
	Sha256	   *context = pg_cryptohash_create(PG_SHA256);

	if (context == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	return context;
}

void
engage_sha256_next(Sha256 *context, const void *data, size_t length,
				   uint8 *hash)
{
	if (pg_cryptohash_init(context) < 0 ||
		pg_cryptohash_update(context, data, length) < 0 ||
		pg_cryptohash_final(context, hash, CHAIN_HASH_LENGTH) < 0)
		elog(ERROR, "could not compute a SHA-256 hash");
}

void
engage_sha256_end(Sha256 *context)
{
	pg_cryptohash_free(context);
}

void
engage_sha256(const void *data, size_t length, uint8 *hash)
{
	Sha256	   *context = engage_sha256_begin();

	engage_sha256_next(context, data, length, hash);
	engage_sha256_end(context);
}
