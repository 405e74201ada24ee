/*-------------------------------------------------------------------------
 *
 * verify_journal.c
 *	  Checks of ledger_verify(): entries among each other, their keys and their
 *	  hash chain, and rows that belong to nothing.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "common/interrupts.h"
#include "ledger/verify_checks.h"
#include "utils/timestamp.h"

/* ----------------------------------------------------------------
 *		order
 * ---------------------------------------------------------------- */

/* I4: 1, 2, 3 ... as many as the account says */
void
engage_check_sequence(Verifier *v)
{
	int64		expected = 1;

	for (int64 i = 0; i < v->nentries; i++)
	{
		int64		seq = v->entries[i].seq;

		same_int(v, CHECK_SEQUENCE, seq, 0, "entry.seq", expected, seq);
		expected = seq < PG_INT64_MAX ? seq + 1 : seq;
	}
	if (v->has_account)
		same_int(v, CHECK_SEQUENCE, expected - 1, 0, "account.seq",
				 expected - 1, v->account.seq);
}

/* I5: each entry is recorded later than the one before */
void
engage_check_time_order(Verifier *v)
{
	TimestampTz before = DT_NOBEGIN;

	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];

		if (entry->recorded_at <= before)
			engage_verify_report(v, CHECK_TIME_ORDER, entry->seq, 0,
								 "entry.recorded_at",
								 psprintf("after %s", v->show_time(before)),
								 v->show_time(entry->recorded_at));
		if (!IS_TIME_NULL(entry->effective_at) &&
			entry->effective_at > entry->recorded_at)
			engage_verify_report(v, CHECK_TIME_ORDER, entry->seq, 0,
								 "entry.effective_at",
								 psprintf("at most %s", v->show_time(entry->recorded_at)),
								 v->show_time(entry->effective_at));
		before = entry->recorded_at;
	}
	if (v->has_account)
		same_time(v, CHECK_TIME_ORDER, v->account.seq, 0,
				  "account.last_recorded_at", before,
				  v->account.last_recorded_at);
}

/* ----------------------------------------------------------------
 *		a set of keys of one member
 * ---------------------------------------------------------------- */

/* Prepares it for so many. */
static void
clear_keys(Verifier *v, int64 count)
{
	int64		size = 16;

	while (size < count * 2)
		size *= 2;
	v->slots = engage_rows_room(v, v->slots, &v->max_slots, size, sizeof(uint32));
	/* engage_rows_room() may have made it larger, but this size is used */
	memset(v->slots, 0, size * sizeof(uint32));
}

typedef bool (*SameKey) (const LedgerEntry *a, const LedgerEntry *b);

/* An earlier entry with the same key, or NULL after adding this one. */
static LedgerEntry *
add_key(Verifier *v, int64 count, int64 which, uint64 hash, SameKey same)
{
	int64		size = 16;
	int64		slot;

	while (size < count * 2)
		size *= 2;
	for (slot = hash & (size - 1); v->slots[slot] != 0; slot = (slot + 1) & (size - 1))
		if (same(&v->entries[v->slots[slot] - 1], &v->entries[which]))
			return &v->entries[v->slots[slot] - 1];
	v->slots[slot] = which + 1;
	return NULL;
}

static uint64
hash_text(const char *text, uint64 seed)
{
	return hash_bytes_extended((const unsigned char *) text, strlen(text), seed);
}
/* ----------------------------------------------------------------
 *		keys
 * ---------------------------------------------------------------- */

static bool
same_key(const LedgerEntry *a, const LedgerEntry *b)
{
	return a->kind == b->kind && strcmp(a->key, b->key) == 0;
}

static const char *
source_of(const LedgerEntry *entry)
{
	return entry->source_ref != NULL ? entry->source_ref : entry->key;
}

/* (a rule awards an event once, and so does whoever calls earn()) */
static inline bool
earns_once(const LedgerEntry *entry)
{
	return entry->kind == ENTRY_EARN || entry->kind == ENTRY_AWARD ||
		entry->kind == ENTRY_OPENING;
}

static bool
same_source(const LedgerEntry *a, const LedgerEntry *b)
{
	return a->kind == b->kind && strcmp(source_of(a), source_of(b)) == 0 &&
		(a->rule == NULL ? b->rule == NULL
		 : b->rule != NULL && strcmp(a->rule, b->rule) == 0);
}

/*
 * The entry of the request must be right before, with others of it between; or
 * right after an expiry that is taken back for it.
 */
static void
check_follower(Verifier *v, int64 i)
{
	const LedgerEntry *entry = &v->entries[i];
	const LedgerEntry *request = engage_rows_entry(v, entry->request_seq);

	if (entry->kind == ENTRY_EXPIRE && entry->amount > 0 && request != NULL &&
		request == entry + 1 && request->kind == ENTRY_REVERSE && request->key != NULL)
		return;
	if (request == NULL || request->key == NULL || request->seq >= entry->seq ||
		i == 0 || (v->entries[i - 1].seq != entry->request_seq &&
				   v->entries[i - 1].request_seq != entry->request_seq))
		engage_verify_report(v, CHECK_KEYS, entry->seq, 0, "entry.request_seq",
							 "the entry with the key of the request, contiguous",
							 engage_show_int(entry->request_seq));
}

/* I13 */
void
engage_check_keys(Verifier *v)
{
	int64		nsources = 0;
	bool		has_sources = false;

	clear_keys(v, v->nentries);
	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];
		bool		has_key = entry->key != NULL;
		bool		follows = entry->request_seq != 0;
		bool		good = true;

		if (follows)
			check_follower(v, i);
		has_sources |= entry->source_ref != NULL;
		if (has_key)
		{
			LedgerEntry *other = add_key(v, v->nentries, i,
										 hash_text(entry->key, (uint64) entry->kind),
										 same_key);

			if (other != NULL)
				engage_verify_report(v, CHECK_KEYS, entry->seq, 0,
									 psprintf("entry.key, as in entry " INT64_FORMAT, other->seq),
									 "another key", entry->key);
		}
		if (!kind_is_known(entry))
			continue;
		if (earns_once(entry))
			nsources++;
		switch (engage_kind_rules[entry->kind].key)
		{
			case KEY_OWN:
				good = has_key && !follows;
				break;
			case KEY_FOLLOWER:
				good = !has_key && follows;
				break;
			case KEY_OWN_OR_FOLLOWER:
				good = has_key != follows;
				break;
			case KEY_NONE_OR_FOLLOWER:
				good = !has_key;
				break;
			case KEY_ANY:
				good = !has_key || !follows;
				break;
		}
		if (!good)
			engage_verify_report(v, CHECK_KEYS, entry->seq, 0,
								 psprintf("entry.key and request_seq of %s",
										  engage_entry_kind_names[entry->kind]),
								 has_key ? "no key" : "a key, or the entry of the request",
								 has_key ? entry->key : follows ? engage_show_int(entry->request_seq) : NULL);
	}

	if (v->has_account)
	{
		same_bool(v, CHECK_KEYS, 0, 0, "account.has_sources", has_sources, v->account.has_sources);
		same_int(v, CHECK_KEYS, 0, 0, "account.refusals", v->nrefusals, v->account.refusals);
	}

	/* an event is awarded once by a rule, whatever keys it came with */
	if (nsources < 2)
		return;
	clear_keys(v, nsources);
	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];
		LedgerEntry *other;

		if (!earns_once(entry) || source_of(entry) == NULL)
			continue;
		other = add_key(v, nsources, i,
						hash_text(source_of(entry), (uint64) entry->kind),
						same_source);
		if (other != NULL)
			engage_verify_report(v, CHECK_KEYS, entry->seq, 0,
								 psprintf("entry.source_ref, awarded in entry " INT64_FORMAT, other->seq),
								 "another source", source_of(entry));
	}
}

/* I15: nothing was posted into a period after it was closed */
void
engage_check_closed_period(Verifier *v)
{
	for (int64 i = 0; i < v->nentries && v->nperiods > 0; i++)
	{
		const LedgerEntry *entry = &v->entries[i];
		int			low = 0;
		int			high = v->nperiods;

		/* what time brings about, whenever it is written up, is no posting */
		if (IS_TIME_NULL(entry->effective_at) || entry->kind == ENTRY_MATURE ||
			entry->kind == ENTRY_EXPIRE || entry->kind == ENTRY_HOLD_EXPIRE ||
			(entry->kind == ENTRY_EXTEND && entry->key == NULL))
			continue;
		check_interrupts_at(i);
		/* the first that it lies in: of these it knows when one was closed first */
		while (low < high)
		{
			int			middle = low + (high - low) / 2;

			if (v->periods[middle].closed_until > entry->effective_at)
				high = middle;
			else
				low = middle + 1;
		}
		if (low < v->nperiods && entry->recorded_at > v->periods[low].closed_at)
			engage_verify_report(v, CHECK_CLOSED_PERIOD, entry->seq, 0,
								 "entry.effective_at",
								 psprintf("at or after %s, closed at %s",
										  v->show_time(v->periods[low].closed_until),
										  v->show_time(v->periods[low].closed_at)),
								 v->show_time(entry->effective_at));
	}
}
/* ----------------------------------------------------------------
 *		chain
 * ---------------------------------------------------------------- */

static const char *
show_hash(const uint8 *hash)
{
	static const char hex[] = "0123456789abcdef";
	char	   *text = palloc(2 * CHAIN_HASH_LENGTH + 1);

	for (int i = 0; i < CHAIN_HASH_LENGTH; i++)
	{
		text[2 * i] = hex[hash[i] >> 4];
		text[2 * i + 1] = hex[hash[i] & 15];
	}
	text[2 * CHAIN_HASH_LENGTH] = '\0';
	return text;
}

/* I16 */
void
engage_check_chain(Verifier *v)
{
	static const uint8 zeros[CHAIN_HASH_LENGTH];
	const uint8 *previous = zeros;

	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];
		const LotUse *uses = uses_of(v, entry);
		const VerifyLot *lot = entry_grants(entry) ? engage_rows_lot(v, entry->seq) : NULL;
		uint8		hash[CHAIN_HASH_LENGTH];
		bool		known = kind_is_known(entry);

		for (int j = 0; j < entry->nuses && known; j++)
			known = action_is_known(&uses[j]);
		if (known)
		{
			engage_chain_bytes(previous, v->member_bytes, v->member_length,
							   entry, lot == NULL ? NULL : &lot->row, uses,
							   &v->buffer);
			engage_sha256_next(v->sha, v->buffer.data, v->buffer.len, hash);
		}
		if (!known)
			engage_verify_report(v, CHECK_CHAIN, entry->seq, 0, "entry.hash",
								 "none, as the entry cannot be read",
								 show_hash(entry->hash));
		else if (memcmp(hash, entry->hash, CHAIN_HASH_LENGTH) != 0)
			engage_verify_report(v, CHECK_CHAIN, entry->seq, 0, "entry.hash",
								 show_hash(hash), show_hash(entry->hash));
		previous = entry->hash;
	}
	if (v->has_account &&
		memcmp(previous, v->account.chain_head, CHAIN_HASH_LENGTH) != 0)
		engage_verify_report(v, CHECK_CHAIN, v->account.seq, 0,
							 "account.chain_head", show_hash(previous),
							 show_hash(v->account.chain_head));
}
/* ----------------------------------------------------------------
 *		rows that belong to nothing
 * ---------------------------------------------------------------- */

void
engage_check_orphans(Verifier *v)
{
	if (!v->has_account)
	{
		if (v->nentries > 0)
			engage_verify_report(v, CHECK_ORPHANS, v->entries[0].seq, 0,
								 "entry without account", "none",
								 engage_show_int(v->nentries));
		if (v->nlots > 0)
			engage_verify_report(v, CHECK_ORPHANS, 0, v->lots[0].row.lot_no,
								 "lot without account", "none",
								 engage_show_int(v->nlots));
		if (v->nuses > 0)
			engage_verify_report(v, CHECK_ORPHANS, v->uses[0].seq,
								 v->uses[0].lot_no, "lot_use without account",
								 "none", engage_show_int(v->nuses));
		if (v->nholds > 0)
			engage_verify_report(v, CHECK_ORPHANS, v->holds[0].row.seq, 0,
								 "hold without account", "none",
								 engage_show_int(v->nholds));
		if (v->ntallies > 0)
			engage_verify_report(v, CHECK_ORPHANS, 0, 0,
								 "tally without account", "none",
								 engage_show_int(v->ntallies));
		if (v->ntier_changes > 0)
			engage_verify_report(v, CHECK_ORPHANS, 0, 0,
								 "tier_history without account", "none",
								 engage_show_int(v->ntier_changes));
	}

	for (int64 i = 0; i < v->nlots; i++)
	{
		const LedgerEntry *entry = engage_rows_entry(v, v->lots[i].row.lot_no);

		if (i > 0 && v->lots[i].row.lot_no == v->lots[i - 1].row.lot_no)
			engage_verify_report(v, CHECK_ORPHANS, 0, v->lots[i].row.lot_no,
								 "lot of the same number", "1", "more");
		if (entry == NULL)
			engage_verify_report(v, CHECK_ORPHANS, 0, v->lots[i].row.lot_no,
								 "lot without entry", "an entry of this seq", NULL);
		else if (!entry_grants(entry))
			engage_verify_report(v, CHECK_ORPHANS, entry->seq,
								 v->lots[i].row.lot_no, "lot without entry",
								 "an entry that grants points",
								 kind_is_known(entry) ? engage_entry_kind_names[entry->kind] : NULL);
	}
	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];

		if (entry_grants(entry) && engage_rows_lot(v, entry->seq) == NULL)
			engage_verify_report(v, CHECK_ORPHANS, entry->seq, entry->seq,
								 "entry without lot", "a lot of this number", NULL);
		if ((entry->kind == ENTRY_MATURE || entry->kind == ENTRY_EXTEND) &&
			engage_rows_lot(v, entry->reverses_seq) == NULL)
			engage_verify_report(v, CHECK_ORPHANS, entry->seq,
								 entry->reverses_seq, "entry without lot",
								 "the lot that reverses_seq names", NULL);
		if (entry->hold_id != 0 ? engage_rows_hold(v, entry->hold_id) == NULL
			: entry->kind == ENTRY_HOLD || entry->kind == ENTRY_CAPTURE ||
			entry->kind == ENTRY_RELEASE || entry->kind == ENTRY_HOLD_EXPIRE)
			engage_verify_report(v, CHECK_ORPHANS, entry->seq, 0,
								 "entry without hold", "a hold of this member",
								 engage_show_int(entry->hold_id));
	}
	for (int64 i = 0; i < v->nuses; i++)
		if (engage_rows_lot(v, v->uses[i].lot_no) == NULL)
			engage_verify_report(v, CHECK_ORPHANS, v->uses[i].seq,
								 v->uses[i].lot_no, "lot_use without lot",
								 "a lot of this number", NULL);
	for (int64 i = 0; i < v->nholds; i++)
	{
		const VerifyHold *hold = &v->holds[i];
		const LedgerEntry *entry = engage_rows_entry(v, hold->row.seq);

		if (entry == NULL || entry->kind != ENTRY_HOLD ||
			entry->hold_id != hold->row.hold_id)
			engage_verify_report(v, CHECK_ORPHANS, hold->row.seq, 0,
								 engage_hold_place(hold, "hold without entry"),
								 "an entry hold with its number", NULL);
		for (int j = 0; j < hold->row.nslices; j++)
			if (engage_rows_lot(v, hold->row.lots[j]) == NULL)
				engage_verify_report(v, CHECK_ORPHANS, hold->row.seq,
									 hold->row.lots[j],
									 engage_hold_place(hold, "slice without lot"),
									 "a lot of this number", NULL);
	}
}
