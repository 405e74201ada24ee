/*-------------------------------------------------------------------------
 *
 * verify_core.c
 *	  Are the books of a ledger sound?
 *
 * Each check looks for one kind of violation and would find it if all others
 * were left out.  Where a wrong value would make all later ones look wrong,
 * the check goes on from the wrong one, so that one damage gives one finding.
 *
 * Nothing is taken for granted: rows may be missing, out of range or twice
 * there, and sums that the books could not hold are no reason to stop.  Hence
 * 128 bits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/exact_sum.h"
#include "common/hashfn.h"
#include "common/interrupts.h"
#include "ledger/verify_core.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

const VerifyCheckName engage_verify_checks[VERIFY_CHECKS] = {
	[CHECK_HOUSE] = {"house", "I1"},
	[CHECK_SPENDABLE] = {"spendable", "I2"},
	[CHECK_COUNTERS] = {"counters", "I3"},
	[CHECK_SEQUENCE] = {"sequence", "I4"},
	[CHECK_TIME_ORDER] = {"time_order", "I5"},
	[CHECK_LOT_USES] = {"lot_uses", "I6"},
	[CHECK_ENTRY_USES] = {"entry_uses", "I7"},
	[CHECK_LOT_BOUNDS] = {"lot_bounds", "I8"},
	[CHECK_BALANCE_SIGNS] = {"balance_signs", "I9"},
	[CHECK_HOLDS] = {"holds", "I10"},
	[CHECK_HOLD_RESOLUTION] = {"hold_resolution", "I11"},
	[CHECK_REVERSALS] = {"reversals", "I12"},
	[CHECK_KEYS] = {"keys", "I13"},
	[CHECK_BUDGETS] = {"budgets", "I14"},
	[CHECK_CLOSED_PERIOD] = {"closed_period", "I15"},
	[CHECK_CHAIN] = {"chain", "I16"},
	[CHECK_IDENTITY] = {"identity", "I17"},
	[CHECK_TIERS] = {"tiers", "I18"},
	[CHECK_REPLAY] = {"replay", "I19"},
	[CHECK_AS_OF] = {"as_of", "I20"},
	[CHECK_ORPHANS] = {"orphans", "-"}
};

int
engage_verify_check(const char *name)
{
	for (int i = 0; i < VERIFY_CHECKS; i++)
		if (strcmp(engage_verify_checks[i].name, name) == 0)
			return i;
	return -1;
}

/* ----------------------------------------------------------------
 *		what an entry of each kind may be
 * ---------------------------------------------------------------- */

typedef enum AmountSign
{
	AMOUNT_CREDIT,
	AMOUNT_DEBIT,
	AMOUNT_NONE,
	AMOUNT_EITHER
} AmountSign;

/* Does it have a key, or belong to an entry that does? */
typedef enum KeyRule
{
	KEY_OWN,
	KEY_FOLLOWER,
	KEY_OWN_OR_FOLLOWER,
	KEY_NONE_OR_FOLLOWER,
	KEY_ANY
} KeyRule;

typedef struct KindRule
{
	AmountSign	sign;
	KeyRule		key;
	uint32		actions;		/* that its uses may have */
	bool		grants;			/* if its amount is a credit */
} KindRule;

#define ACTION(action)	(1 << (action))

static const KindRule kind_rules[ENTRY_KINDS] = {
	[ENTRY_EARN] = {AMOUNT_CREDIT, KEY_OWN, ACTION(USE_REPAY_DEBT), true},
	[ENTRY_AWARD] = {AMOUNT_CREDIT, KEY_OWN, ACTION(USE_REPAY_DEBT), true},
	[ENTRY_BONUS] = {AMOUNT_CREDIT, KEY_FOLLOWER, ACTION(USE_REPAY_DEBT), true},
	[ENTRY_ADJUST] = {AMOUNT_EITHER, KEY_OWN, ACTION(USE_REPAY_DEBT) | ACTION(USE_CONSUME), true},
	[ENTRY_OPENING] = {AMOUNT_CREDIT, KEY_OWN, ACTION(USE_REPAY_DEBT), true},
	[ENTRY_REDEEM] = {AMOUNT_DEBIT, KEY_OWN, ACTION(USE_CONSUME)},
	[ENTRY_HOLD] = {AMOUNT_NONE, KEY_OWN, ACTION(USE_HOLD)},
	[ENTRY_CAPTURE] = {AMOUNT_DEBIT, KEY_OWN, ACTION(USE_CAPTURE)},
	[ENTRY_RELEASE] = {AMOUNT_NONE, KEY_OWN_OR_FOLLOWER, ACTION(USE_RELEASE) | ACTION(USE_REPAY_DEBT)},
	[ENTRY_HOLD_EXPIRE] = {AMOUNT_NONE, KEY_NONE_OR_FOLLOWER, ACTION(USE_RELEASE) | ACTION(USE_REPAY_DEBT)},
	[ENTRY_RESTORE] = {AMOUNT_CREDIT, KEY_OWN_OR_FOLLOWER, ACTION(USE_RESTORE) | ACTION(USE_REPAY_DEBT)},
	[ENTRY_REVERSE] = {AMOUNT_DEBIT, KEY_OWN_OR_FOLLOWER, ACTION(USE_CLAW)},
	[ENTRY_WRITE_OFF] = {AMOUNT_CREDIT, KEY_FOLLOWER, 0},
	[ENTRY_EXPIRE] = {AMOUNT_DEBIT, KEY_NONE_OR_FOLLOWER, ACTION(USE_EXPIRE)},
	[ENTRY_MATURE] = {AMOUNT_NONE, KEY_NONE_OR_FOLLOWER, ACTION(USE_REPAY_DEBT)},
	[ENTRY_ACTIVATE] = {AMOUNT_NONE, KEY_OWN, 0},
	[ENTRY_EXTEND] = {AMOUNT_NONE, KEY_OWN_OR_FOLLOWER, 0},
	[ENTRY_BLOCK] = {AMOUNT_NONE, KEY_OWN, 0},
	[ENTRY_UNBLOCK] = {AMOUNT_NONE, KEY_OWN, 0},
	[ENTRY_TIER] = {AMOUNT_NONE, KEY_ANY, 0},
	[ENTRY_ERASE] = {AMOUNT_NONE, KEY_OWN, 0}
};

/* A kind or action that there is none of: the caller has reported it. */
static inline bool
kind_is_known(const LedgerEntry *entry)
{
	return (int) entry->kind >= 0 && entry->kind < ENTRY_KINDS;
}

static inline bool
action_is_known(const LotUse *use)
{
	return (int) use->action >= 0 && use->action < LOT_ACTIONS;
}

static inline bool
entry_grants(const LedgerEntry *entry)
{
	return kind_is_known(entry) && kind_rules[entry->kind].grants &&
		entry->amount > 0;
}

static inline bool
lot_is_empty(const LedgerLot *lot)
{
	return lot->remaining <= 0;
}

/* ----------------------------------------------------------------
 *		findings
 * ---------------------------------------------------------------- */

void
engage_verify_report(Verifier *v, VerifyCheck check, int64 seq, int64 lot_no,
					 const char *place, const char *expected,
					 const char *found)
{
	VerifyFinding finding = {check, v->member, seq, lot_no, place, expected, found};

	if (!verify_wants(v, check))
		return;
	v->findings++;
	v->report(v->report_arg, &finding);
	/* there may be millions */
	MemoryContextReset(v->finding_context);
}

static const char *
show_int(int128 value)
{
	char		digits[41];
	char	   *p = &digits[40];
	bool		negative = value < 0;
	uint128		rest = negative ? -(uint128) value : (uint128) value;

	*p = '\0';
	do
	{
		*--p = '0' + (int) (rest % 10);
		rest /= 10;
	} while (rest != 0);
	if (negative)
		*--p = '-';
	return pstrdup(p);
}

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

static const char *
show_bool(bool value)
{
	return value ? "true" : "false";
}

/* Most comparisons find nothing: the rest of the work is out of line. */
static pg_noinline void
report_int(Verifier *v, VerifyCheck check, int64 seq, int64 lot_no,
		   const char *place, int128 expected, int128 found)
{
	engage_verify_report(v, check, seq, lot_no, place, show_int(expected),
						 show_int(found));
}

static inline bool
same_int(Verifier *v, VerifyCheck check, int64 seq, int64 lot_no,
		 const char *place, int128 expected, int128 found)
{
	if (likely(expected == found))
		return true;
	report_int(v, check, seq, lot_no, place, expected, found);
	return false;
}

static void
same_time(Verifier *v, VerifyCheck check, int64 seq, int64 lot_no,
		  const char *place, TimestampTz expected, TimestampTz found)
{
	if (unlikely(expected != found))
		engage_verify_report(v, check, seq, lot_no, place,
							 v->show_time(expected), v->show_time(found));
}

static void
same_bool(Verifier *v, VerifyCheck check, int64 seq, int64 lot_no,
		  const char *place, bool expected, bool found)
{
	if (unlikely(expected != found))
		engage_verify_report(v, check, seq, lot_no, place,
							 show_bool(expected), show_bool(found));
}

static void
same_text(Verifier *v, VerifyCheck check, int64 seq, const char *place,
		  const char *expected, const char *found)
{
	if (expected == NULL ? found != NULL : found == NULL || strcmp(expected, found) != 0)
		engage_verify_report(v, check, seq, 0, place, expected, found);
}

/* ----------------------------------------------------------------
 *		collecting the rows of a member
 * ---------------------------------------------------------------- */

typedef struct CampaignTotals
{
	const char *campaign;
	int128		granted;
	char		status;
} CampaignTotals;

#define SH_PREFIX		campaign_totals
#define SH_ELEMENT_TYPE	CampaignTotals
#define SH_KEY_TYPE		const char *
#define SH_KEY			campaign
#define SH_HASH_KEY(tb, key) \
	hash_bytes((const unsigned char *) (key), strlen(key))
#define SH_EQUAL(tb, a, b)	(strcmp(a, b) == 0)
#define SH_SCOPE		static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

void
engage_verify_init(Verifier *v, MemoryContext context)
{
	v->context = context;
	v->member_context = AllocSetContextCreate(context, "rows of a member",
											  ALLOCSET_DEFAULT_SIZES);
	v->finding_context = AllocSetContextCreate(context, "finding",
											   ALLOCSET_DEFAULT_SIZES);
	v->campaigns = campaign_totals_create(context, 16, NULL);
	if (verify_wants(v, CHECK_CHAIN))
	{
		v->sha = engage_sha256_begin();
		initStringInfo(&v->buffer);
	}
}

void
engage_verify_done(Verifier *v)
{
	if (v->sha != NULL)
		engage_sha256_end(v->sha);
	v->sha = NULL;
}

void
engage_verify_begin(Verifier *v)
{
	MemoryContextReset(v->member_context);
	v->has_account = false;
	v->nentries = v->nuses = v->nlots = v->nholds = 0;
	v->ntallies = v->ntier_changes = 0;
}

/* Room for "count" elements of an array of the verifier. */
static void *
ensure_room(Verifier *v, void *array, int64 *room, int64 count, Size size)
{
	int64		new_room = Max(*room * 2, 32);

	if (count <= *room)
		return array;
	new_room = Max(new_room, count);
	array = array == NULL ? MemoryContextAllocHuge(v->context, new_room * size)
		: repalloc_huge(array, new_room * size);
	*room = new_room;
	return array;
}

#define ADD_ROW(v, array, count, room) \
	((array) = ensure_room(v, array, &(room), (count) + 1, sizeof(*(array))), \
	 memset(&(array)[count], 0, sizeof(*(array))), \
	 &(array)[(count)++])

LedgerEntry *
engage_verify_add_entry(Verifier *v)
{
	return ADD_ROW(v, v->entries, v->nentries, v->max_entries);
}

LotUse *
engage_verify_add_use(Verifier *v)
{
	return ADD_ROW(v, v->uses, v->nuses, v->max_uses);
}

VerifyLot *
engage_verify_add_lot(Verifier *v)
{
	return ADD_ROW(v, v->lots, v->nlots, v->max_lots);
}

VerifyHold *
engage_verify_add_hold(Verifier *v)
{
	return ADD_ROW(v, v->holds, v->nholds, v->max_holds);
}

VerifyTally *
engage_verify_add_tally(Verifier *v)
{
	return ADD_ROW(v, v->tallies, v->ntallies, v->max_tallies);
}

VerifyTierChange *
engage_verify_add_tier_change(Verifier *v)
{
	return ADD_ROW(v, v->tier_changes, v->ntier_changes, v->max_tier_changes);
}

/* ----------------------------------------------------------------
 *		sorting a member's rows
 * ---------------------------------------------------------------- */

typedef struct RowPlace
{
	int64		first;			/* keys */
	int64		second;
	int			third;
	int64		place;
} RowPlace;

static inline bool
is_before(const RowPlace *a, const RowPlace *b)
{
	if (a->first != b->first)
		return a->first < b->first;
	if (a->second != b->second)
		return a->second < b->second;
	return a->third < b->third;
}

static int
compare_places(const void *a, const void *b)
{
	return is_before(a, b) ? -1 : is_before(b, a);
}

static RowPlace *
make_places(Verifier *v, int64 count)
{
	return v->places = ensure_room(v, v->places, &v->max_places, count,
								   sizeof(RowPlace));
}

/*
 * Puts rows into the order of their keys.  Mostly they are few, and nearly in
 * order.
 */
static void
sort_rows(Verifier *v, void *rows, int64 count, Size size)
{
	RowPlace   *places = v->places;
	char	   *copy;

	if (count > 50)
		qsort(places, count, sizeof(RowPlace), compare_places);
	else
		for (int64 i = 1; i < count; i++)
		{
			RowPlace	place = places[i];
			int64		j;

			for (j = i; j > 0 && is_before(&place, &places[j - 1]); j--)
				places[j] = places[j - 1];
			places[j] = place;
		}

	copy = MemoryContextAllocHuge(v->finding_context, count * size);
	for (int64 i = 0; i < count; i++)
		memcpy(copy + i * size, (char *) rows + places[i].place * size, size);
	memcpy(rows, copy, count * size);
	pfree(copy);
}

static void
sort_member(Verifier *v)
{
	RowPlace   *places;
	bool		sorted = true;

	for (int64 i = 1; i < v->nentries && sorted; i++)
		sorted = v->entries[i - 1].seq <= v->entries[i].seq;
	if (!sorted)
	{
		places = make_places(v, v->nentries);
		for (int64 i = 0; i < v->nentries; i++)
			places[i] = (RowPlace) {v->entries[i].seq, 0, 0, i};
		sort_rows(v, v->entries, v->nentries, sizeof(LedgerEntry));
	}

	sorted = true;
	for (int64 i = 1; i < v->nlots && sorted; i++)
		sorted = v->lots[i - 1].row.lot_no <= v->lots[i].row.lot_no;
	if (!sorted)
	{
		places = make_places(v, v->nlots);
		for (int64 i = 0; i < v->nlots; i++)
			places[i] = (RowPlace) {v->lots[i].row.lot_no, 0, 0, i};
		sort_rows(v, v->lots, v->nlots, sizeof(VerifyLot));
	}

	if (v->nuses > 1)
	{
		places = make_places(v, v->nuses);
		sorted = true;
		for (int64 i = 0; i < v->nuses; i++)
		{
			places[i] = (RowPlace) {v->uses[i].seq, v->uses[i].lot_no, v->uses[i].action, i};
			if (i > 0 && is_before(&places[i], &places[i - 1]))
				sorted = false;
		}
		if (!sorted)
			sort_rows(v, v->uses, v->nuses, sizeof(LotUse));
	}
}

/* ----------------------------------------------------------------
 *		finding a member's rows
 * ---------------------------------------------------------------- */

/* The first entry of this seq; NULL if there is none. */
static LedgerEntry *
find_entry(Verifier *v, int64 seq)
{
	int64		low = 0;
	int64		high = v->nentries;

	/* where it is in an undamaged journal */
	if (seq >= 1 && seq <= v->nentries && v->entries[seq - 1].seq == seq &&
		(seq == 1 || v->entries[seq - 2].seq != seq))
		return &v->entries[seq - 1];
	while (low < high)
	{
		int64		middle = low + (high - low) / 2;

		if (v->entries[middle].seq < seq)
			low = middle + 1;
		else
			high = middle;
	}
	return low < v->nentries && v->entries[low].seq == seq ? &v->entries[low] : NULL;
}

static VerifyLot *
find_lot(Verifier *v, int64 lot_no)
{
	int64		low = 0;
	int64		high = v->nlots;

	while (low < high)
	{
		int64		middle = low + (high - low) / 2;

		if (v->lots[middle].row.lot_no < lot_no)
			low = middle + 1;
		else
			high = middle;
	}
	return low < v->nlots && v->lots[low].row.lot_no == lot_no ? &v->lots[low] : NULL;
}

static int
compare_hold_ids(const void *a, const void *b)
{
	int64		x = (*(VerifyHold *const *) a)->row.hold_id;
	int64		y = (*(VerifyHold *const *) b)->row.hold_id;

	return x < y ? -1 : x > y;
}

static VerifyHold *
find_hold(Verifier *v, int64 hold_id)
{
	int64		low = 0;
	int64		high = v->nholds;

	while (low < high)
	{
		int64		middle = low + (high - low) / 2;

		if (v->holds_by_id[middle]->row.hold_id < hold_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < v->nholds && v->holds_by_id[low]->row.hold_id == hold_id
		? v->holds_by_id[low] : NULL;
}

static void
index_holds(Verifier *v)
{
	v->holds_by_id = ensure_room(v, v->holds_by_id, &v->max_holds_by_id,
								 v->nholds, sizeof(VerifyHold *));
	for (int64 i = 0; i < v->nholds; i++)
		v->holds_by_id[i] = &v->holds[i];
	if (v->nholds > 1)
		qsort(v->holds_by_id, v->nholds, sizeof(VerifyHold *), compare_hold_ids);
}

/* Gives every entry its uses.  Those of no entry are left over. */
static void
join_uses(Verifier *v)
{
	int64		use = 0;

	for (int64 i = 0; i < v->nentries; i++)
	{
		LedgerEntry *entry = &v->entries[i];

		while (use < v->nuses && v->uses[use].seq < entry->seq)
		{
			if (verify_wants(v, CHECK_ORPHANS))
				report_int(v, CHECK_ORPHANS, v->uses[use].seq, v->uses[use].lot_no,
						   "lot_use without entry", 0, 1);
			use++;
		}
		/* (in memory they are addressed by int, as postings do) */
		entry->first_use = use;
		while (use < v->nuses && v->uses[use].seq == entry->seq)
			use++;
		entry->nuses = use - entry->first_use;
	}
	for (; use < v->nuses; use++)
		if (verify_wants(v, CHECK_ORPHANS))
			report_int(v, CHECK_ORPHANS, v->uses[use].seq, v->uses[use].lot_no,
					   "lot_use without entry", 0, 1);
}

static inline LotUse *
uses_of(Verifier *v, const LedgerEntry *entry)
{
	return v->uses + entry->first_use;
}

/* Points that the uses of an entry have of each action */
static void
sum_uses(Verifier *v, const LedgerEntry *entry, int128 sums[LOT_ACTIONS])
{
	const LotUse *uses = uses_of(v, entry);

	memset(sums, 0, LOT_ACTIONS * sizeof(int128));
	for (int i = 0; i < entry->nuses; i++)
		if (action_is_known(&uses[i]))
			sums[uses[i].action] += uses[i].points;
}

static inline int128
net_of(const LedgerAccount *account)
{
	return (int128) account->available + account->pending + account->held -
		account->debt;
}

static inline int128
net_after(const LedgerEntry *entry)
{
	return (int128) entry->available_after + entry->pending_after +
		entry->held_after - entry->debt_after;
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
	v->slots = ensure_room(v, v->slots, &v->max_slots, size, sizeof(uint32));
	/* ensure_room() may have made it larger, but this size is used */
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
 *		account against journal and lots
 * ---------------------------------------------------------------- */

/* I3: the account is what the last entry says, and the sum of all of them */
static void
check_counters(Verifier *v)
{
	const LedgerAccount *account = &v->account;
	const LedgerEntry *last = v->nentries > 0 ? &v->entries[v->nentries - 1] : NULL;
	int64		seq = last != NULL ? last->seq : 0;
	int128		total = 0;

	if (!v->has_account)
		return;
	for (int64 i = 0; i < v->nentries; i++)
		total += v->entries[i].amount;
	same_int(v, CHECK_COUNTERS, seq, 0, "account.available",
			 last != NULL ? last->available_after : 0, account->available);
	same_int(v, CHECK_COUNTERS, seq, 0, "account.pending",
			 last != NULL ? last->pending_after : 0, account->pending);
	same_int(v, CHECK_COUNTERS, seq, 0, "account.held",
			 last != NULL ? last->held_after : 0, account->held);
	same_int(v, CHECK_COUNTERS, seq, 0, "account.debt",
			 last != NULL ? last->debt_after : 0, account->debt);
	same_int(v, CHECK_COUNTERS, seq, 0, "account: sum of entry.amount", total,
			 net_of(account));
}

/* I2: the account is what its lots have */
static void
check_spendable(Verifier *v)
{
	int128		available = 0;
	int128		pending = 0;
	int128		held = 0;

	if (!v->has_account)
		return;
	for (int64 i = 0; i < v->nlots; i++)
	{
		const LedgerLot *lot = &v->lots[i].row;

		if (lot->is_pending)
			pending += (int128) lot->remaining - lot->held;
		else
			available += (int128) lot->remaining - lot->held;
		held += lot->held;
	}
	same_int(v, CHECK_SPENDABLE, 0, 0, "account.available", available,
			 v->account.available);
	same_int(v, CHECK_SPENDABLE, 0, 0, "account.pending", pending,
			 v->account.pending);
	same_int(v, CHECK_SPENDABLE, 0, 0, "account.held", held, v->account.held);
}

/* I4: 1, 2, 3 ... as many as the account says */
static void
check_sequence(Verifier *v)
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
static void
check_time_order(Verifier *v)
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

/* I9: nothing negative, and no points beside debt */
static void
check_signs(Verifier *v, int64 seq, const char *const places[4],
			int64 available, int64 pending, int64 held, int64 debt,
			bool may_have_both)
{
	const int64 values[4] = {available, pending, held, debt};

	for (int i = 0; i < 4; i++)
		if (values[i] < 0)
			engage_verify_report(v, CHECK_BALANCE_SIGNS, seq, 0, places[i],
								 "0 or more", show_int(values[i]));
	if (available > 0 && debt > 0 && !may_have_both)
		engage_verify_report(v, CHECK_BALANCE_SIGNS, seq, 0, places[3],
							 psprintf("0, as available is " INT64_FORMAT, available),
							 show_int(debt));
}

static void
check_balance_signs(Verifier *v)
{
	static const char *const account_places[] = {
		"account.available", "account.pending", "account.held", "account.debt"
	};
	static const char *const entry_places[] = {
		"entry.available_after", "entry.pending_after", "entry.held_after",
		"entry.debt_after"
	};

	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];

		/* (debt beside other points, until the next entry writes it off) */
		check_signs(v, entry->seq, entry_places, entry->available_after,
					entry->pending_after, entry->held_after, entry->debt_after,
					entry->kind == ENTRY_REVERSE && i + 1 < v->nentries &&
					entry[1].kind == ENTRY_WRITE_OFF);
	}
	if (v->has_account)
		check_signs(v, 0, account_places, v->account.available,
					v->account.pending, v->account.held, v->account.debt, false);
}

/* I20: after each entry the member had the sum of the entries until then */
static void
check_as_of(Verifier *v)
{
	int128		total = 0;

	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];

		total += entry->amount;
		if (!same_int(v, CHECK_AS_OF, entry->seq, 0,
					  "entry: available + pending + held - debt", total,
					  net_after(entry)))
			total = net_after(entry);
	}
}

/* I17: what came in less what went out is what is there */
static void
check_identity(Verifier *v)
{
	const LedgerAccount *account = &v->account;
	int128		earned = 0;
	int128		redeemed = 0;
	int128		expired = 0;
	int128		reversed = 0;
	int128		other = 0;

	if (!v->has_account)
		return;
	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];

		switch (entry->kind)
		{
			case ENTRY_EARN:
			case ENTRY_AWARD:
			case ENTRY_BONUS:
			case ENTRY_OPENING:
				earned += entry->amount;
				break;
			case ENTRY_REDEEM:
			case ENTRY_CAPTURE:
			case ENTRY_RESTORE:
				redeemed -= entry->amount;
				break;
			case ENTRY_EXPIRE:
				expired -= entry->amount;
				break;
			case ENTRY_REVERSE:
				reversed -= entry->amount;
				break;
			default:
				other += entry->amount; /* adjustments and debt written off */
				break;
		}
	}
	same_int(v, CHECK_IDENTITY, 0, 0, "account.earned", earned, account->earned);
	same_int(v, CHECK_IDENTITY, 0, 0, "account.redeemed", redeemed, account->redeemed);
	same_int(v, CHECK_IDENTITY, 0, 0, "account.expired", expired, account->expired);
	same_int(v, CHECK_IDENTITY, 0, 0, "account.reversed", reversed, account->reversed);
	same_int(v, CHECK_IDENTITY, 0, 0,
			 "account: earned - redeemed - expired - reversed + adjusted + written off",
			 net_of(account),
			 (int128) account->earned - account->redeemed - account->expired -
			 account->reversed + other);
}

/* I1, one member's part: every kind has its house account, and its side */
static void
check_house(Verifier *v)
{
	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];
		const char *expected = NULL;

		v->entries_total += entry->amount;
		if (!kind_is_known(entry))
			continue;
		switch (kind_rules[entry->kind].sign)
		{
			case AMOUNT_CREDIT:
				if (entry->amount <= 0)
					expected = "more than 0";
				break;
			case AMOUNT_DEBIT:
				if (entry->amount >= 0)
					expected = "less than 0";
				break;
			case AMOUNT_NONE:
				if (entry->amount != 0)
					expected = "0";
				break;
			case AMOUNT_EITHER:
				if (entry->amount == 0)
					expected = "not 0";
				break;
		}
		if (expected != NULL)
			engage_verify_report(v, CHECK_HOUSE, entry->seq, 0,
								 psprintf("entry.amount of %s",
										  engage_entry_kind_names[entry->kind]),
								 expected, show_int(entry->amount));
	}
	if (v->has_account)
		v->accounts_total += net_of(&v->account);
}

/* ----------------------------------------------------------------
 *		lots and uses
 * ---------------------------------------------------------------- */

/* I8 */
static void
check_lot_bounds(Verifier *v)
{
	for (int64 i = 0; i < v->nlots; i++)
	{
		const LedgerLot *lot = &v->lots[i].row;

		if (lot->granted <= 0)
			engage_verify_report(v, CHECK_LOT_BOUNDS, 0, lot->lot_no,
								 "lot.granted", "more than 0",
								 show_int(lot->granted));
		if (lot->remaining > lot->granted || lot->remaining < 0)
			engage_verify_report(v, CHECK_LOT_BOUNDS, 0, lot->lot_no,
								 "lot.remaining",
								 psprintf("0 to " INT64_FORMAT, lot->granted),
								 show_int(lot->remaining));
		if (lot->held > lot->remaining || lot->held < 0)
			engage_verify_report(v, CHECK_LOT_BOUNDS, 0, lot->lot_no,
								 "lot.held",
								 psprintf("0 to " INT64_FORMAT, lot->remaining),
								 show_int(lot->held));
		if (lot->is_pending && lot->held != 0)
			engage_verify_report(v, CHECK_LOT_BOUNDS, 0, lot->lot_no,
								 "lot.held of a pending lot", "0",
								 show_int(lot->held));
		same_bool(v, CHECK_LOT_BOUNDS, 0, lot->lot_no, "lot.is_open",
				  lot->remaining > 0, v->lots[i].is_open);
	}
}

/* What uses leave of the lots, if the entries are all there */
static void
apply_use(VerifyLot *lot, const LotUse *use)
{
	switch (use->action)
	{
		case USE_CONSUME:
		case USE_EXPIRE:
		case USE_CLAW:
		case USE_REPAY_DEBT:
			lot->remaining -= use->points;
			break;
		case USE_CAPTURE:
			lot->remaining -= use->points;
			lot->held -= use->points;
			break;
		case USE_HOLD:
			lot->held += use->points;
			break;
		case USE_RELEASE:
			lot->held -= use->points;
			break;
		case USE_RESTORE:
			lot->remaining += use->points;
			break;
	}
}

/* I6 */
static void
check_lot_uses(Verifier *v)
{
	for (int64 i = 0; i < v->nlots; i++)
	{
		v->lots[i].remaining = v->lots[i].row.granted;
		v->lots[i].held = 0;
	}
	for (int64 i = 0; i < v->nuses; i++)
	{
		VerifyLot  *lot = find_lot(v, v->uses[i].lot_no);

		if (lot != NULL && action_is_known(&v->uses[i]))
			apply_use(lot, &v->uses[i]);
	}
	for (int64 i = 0; i < v->nlots; i++)
	{
		const VerifyLot *lot = &v->lots[i];

		same_int(v, CHECK_LOT_USES, 0, lot->row.lot_no, "lot.remaining",
				 lot->remaining, lot->row.remaining);
		same_int(v, CHECK_LOT_USES, 0, lot->row.lot_no, "lot.held",
				 lot->held, lot->row.held);
	}
}

/* They are numbered 1 to n in the order in which they were taken. */
static void
check_ordinals(Verifier *v, const LedgerEntry *entry)
{
	const LotUse *uses = uses_of(v, entry);
	int128		sum = 0;

	for (int i = 0; i < entry->nuses; i++)
	{
		if (uses[i].ordinal < 1 || uses[i].ordinal > entry->nuses)
		{
			engage_verify_report(v, CHECK_ENTRY_USES, entry->seq, uses[i].lot_no,
								 "lot_use.ordinal",
								 psprintf("1 to %d", entry->nuses),
								 show_int(uses[i].ordinal));
			return;
		}
		sum += uses[i].ordinal;
	}
	same_int(v, CHECK_ENTRY_USES, entry->seq, 0, "lot_use: sum of ordinal",
			 (int128) entry->nuses * (entry->nuses + 1) / 2, sum);
}

/* I7: an entry's uses are of its kind, and come to its amount */
static void
check_entry_uses(Verifier *v)
{
	int128		debt_before = 0;
	int128		held_before = 0;

	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];
		const LotUse *uses = uses_of(v, entry);
		int128		debt_change = entry->debt_after - debt_before;
		int128		held_change = entry->held_after - held_before;
		int128		sums[LOT_ACTIONS];

		debt_before = entry->debt_after;
		held_before = entry->held_after;
		if (entry->nuses > 0)
			check_ordinals(v, entry);
		if (!kind_is_known(entry))
			continue;
		for (int j = 0; j < entry->nuses; j++)
		{
			if (!action_is_known(&uses[j]))
				continue;
			if ((kind_rules[entry->kind].actions & ACTION(uses[j].action)) == 0)
				engage_verify_report(v, CHECK_ENTRY_USES, entry->seq,
									 uses[j].lot_no,
									 psprintf("lot_use.action of %s",
											  engage_entry_kind_names[entry->kind]),
									 "another",
									 engage_lot_action_names[uses[j].action]);
			if (uses[j].points <= 0)
				engage_verify_report(v, CHECK_ENTRY_USES, entry->seq,
									 uses[j].lot_no, "lot_use.points",
									 "more than 0", show_int(uses[j].points));
		}
		sum_uses(v, entry, sums);

		if (entry_grants(entry))
		{
			const VerifyLot *lot = find_lot(v, entry->seq);

			if (lot != NULL)
				same_int(v, CHECK_ENTRY_USES, entry->seq, entry->seq,
						 "lot.granted", entry->amount, lot->row.granted);
		}
		switch (entry->kind)
		{
			case ENTRY_REDEEM:
				same_int(v, CHECK_ENTRY_USES, entry->seq, 0,
						 "lot_use: sum of consume", -(int128) entry->amount,
						 sums[USE_CONSUME]);
				break;
			case ENTRY_ADJUST:
				same_int(v, CHECK_ENTRY_USES, entry->seq, 0,
						 "lot_use: sum of consume",
						 entry->amount < 0 ? -(int128) entry->amount : 0,
						 sums[USE_CONSUME]);
				break;
			case ENTRY_CAPTURE:
				same_int(v, CHECK_ENTRY_USES, entry->seq, 0,
						 "lot_use: sum of capture", -(int128) entry->amount,
						 sums[USE_CAPTURE]);
				break;
			case ENTRY_EXPIRE:
				same_int(v, CHECK_ENTRY_USES, entry->seq, 0,
						 "lot_use: sum of expire", -(int128) entry->amount,
						 sums[USE_EXPIRE]);
				break;
			case ENTRY_RESTORE:
				same_int(v, CHECK_ENTRY_USES, entry->seq, 0,
						 "lot_use: sum of restore", entry->amount,
						 sums[USE_RESTORE]);
				break;
			case ENTRY_REVERSE:
				/* what no lot had became debt */
				same_int(v, CHECK_ENTRY_USES, entry->seq, 0,
						 "lot_use: sum of claw, and new debt",
						 -(int128) entry->amount, sums[USE_CLAW] + debt_change);
				break;
			case ENTRY_WRITE_OFF:
				same_int(v, CHECK_ENTRY_USES, entry->seq, 0,
						 "debt written off", entry->amount, -debt_change);
				break;
			default:
				break;
		}
		if (entry->kind != ENTRY_REVERSE && entry->kind != ENTRY_WRITE_OFF)
			same_int(v, CHECK_ENTRY_USES, entry->seq, 0,
					 "lot_use: sum of repay_debt", -debt_change,
					 sums[USE_REPAY_DEBT]);
		same_int(v, CHECK_ENTRY_USES, entry->seq, 0,
				 "lot_use: sum of hold - capture - release", held_change,
				 sums[USE_HOLD] - sums[USE_CAPTURE] - sums[USE_RELEASE]);
	}
}

/* ----------------------------------------------------------------
 *		holds
 * ---------------------------------------------------------------- */

/* I10 */
static void
check_holds(Verifier *v)
{
	int128		open_points = 0;
	int128		lots_held = 0;

	for (int64 i = 0; i < v->nlots; i++)
	{
		v->lots[i].reserved = 0;
		lots_held += v->lots[i].row.held;
	}
	for (int64 i = 0; i < v->nholds; i++)
	{
		const VerifyHold *hold = &v->holds[i];
		int128		left = (int128) hold->row.points - hold->row.captured -
			hold->row.released;
		int128		slices = 0;

		if (hold->row.state != HOLD_OPEN)
			left = 0;
		open_points += left;
		if (hold->uneven)
			engage_verify_report(v, CHECK_HOLDS, hold->row.seq, 0,
								 psprintf("hold " INT64_FORMAT ": lots and slices",
										  hold->row.hold_id),
								 "as many of each", "not");
		for (int j = 0; j < hold->row.nslices; j++)
		{
			VerifyLot  *lot = find_lot(v, hold->row.lots[j]);

			slices += hold->row.slices[j];
			if (lot != NULL)
				lot->reserved += hold->row.slices[j];
		}
		if (slices != left)
			report_int(v, CHECK_HOLDS, hold->row.seq, 0,
					   psprintf("hold " INT64_FORMAT ": sum of slices", hold->row.hold_id),
					   left, slices);
	}
	for (int64 i = 0; i < v->nlots; i++)
		same_int(v, CHECK_HOLDS, 0, v->lots[i].row.lot_no, "lot.held",
				 v->lots[i].reserved, v->lots[i].row.held);
	if (v->has_account)
	{
		same_int(v, CHECK_HOLDS, 0, 0, "account.held: open holds", open_points,
				 v->account.held);
		same_int(v, CHECK_HOLDS, 0, 0, "account.held: lots", lots_held,
				 v->account.held);
	}
}

static const char *
hold_place(const VerifyHold *hold, const char *column)
{
	return psprintf("hold " INT64_FORMAT ": %s", hold->row.hold_id, column);
}

/*
 * When the call began that recorded entry i.  The entries of one call are a
 * microsecond apart, so that those it settled first come a little earlier.
 */
static TimestampTz
call_began(Verifier *v, int64 i)
{
	while (i > 0 && v->entries[i].recorded_at == v->entries[i - 1].recorded_at + 1)
		i--;
	return v->entries[i].recorded_at;
}

/* I11: what came of the holds is what their entries say */
static void
check_hold_resolution(Verifier *v)
{
	for (int64 i = 0; i < v->nholds; i++)
	{
		VerifyHold *hold = &v->holds[i];

		hold->points = hold->captured = hold->released = 0;
		hold->state = HOLD_OPEN;
	}
	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];
		const LedgerEntry *request;
		VerifyHold *hold;
		int128		sums[LOT_ACTIONS];

		if (entry->hold_id == 0 || (hold = find_hold(v, entry->hold_id)) == NULL)
			continue;
		sum_uses(v, entry, sums);
		if (entry->kind == ENTRY_HOLD)
		{
			if (hold->points != 0)
				engage_verify_report(v, CHECK_HOLD_RESOLUTION, entry->seq, 0,
									 hold_place(hold, "entries that placed it"),
									 "1", "more");
			hold->points += sums[USE_HOLD];
			if (entry->until != hold->row.expires_at)
				engage_verify_report(v, CHECK_HOLD_RESOLUTION, entry->seq, 0,
									 hold_place(hold, "expires_at"),
									 IS_TIME_NULL(entry->until) ? NULL : v->show_time(entry->until),
									 v->show_time(hold->row.expires_at));
			continue;
		}
		if (entry->kind != ENTRY_CAPTURE && entry->kind != ENTRY_RELEASE &&
			entry->kind != ENTRY_HOLD_EXPIRE)
			continue;

		if (hold->state != HOLD_OPEN)
			engage_verify_report(v, CHECK_HOLD_RESOLUTION, entry->seq, 0,
								 hold_place(hold, "resolved again"),
								 engage_hold_state_names[hold->state],
								 engage_entry_kind_names[entry->kind]);
		if (entry->kind == ENTRY_HOLD_EXPIRE
			? entry->recorded_at < hold->row.expires_at
			: entry->recorded_at >= hold->row.expires_at &&
			call_began(v, i) >= hold->row.expires_at)
			engage_verify_report(v, CHECK_HOLD_RESOLUTION, entry->seq, 0,
								 hold_place(hold, psprintf("%s at its deadline",
														   engage_entry_kind_names[entry->kind])),
								 v->show_time(hold->row.expires_at),
								 v->show_time(entry->recorded_at));
		hold->captured += sums[USE_CAPTURE];
		hold->released += sums[USE_RELEASE];
		if (entry->kind == ENTRY_HOLD_EXPIRE)
			hold->state = HOLD_EXPIRED;
		else if (hold->captured + hold->released >= hold->points)
		{
			/* the rest that a last capture releases is no release by itself */
			request = entry->request_seq == 0 ? NULL : find_entry(v, entry->request_seq);
			hold->state = entry->kind == ENTRY_CAPTURE ||
				(request != NULL && request->kind == ENTRY_CAPTURE)
				? HOLD_CAPTURED : HOLD_RELEASED;
		}
	}
	for (int64 i = 0; i < v->nholds; i++)
	{
		const VerifyHold *hold = &v->holds[i];

		if (hold->points != hold->row.points)
			report_int(v, CHECK_HOLD_RESOLUTION, hold->row.seq, 0,
					   hold_place(hold, "points"), hold->points, hold->row.points);
		if (hold->captured != hold->row.captured)
			report_int(v, CHECK_HOLD_RESOLUTION, hold->row.seq, 0,
					   hold_place(hold, "captured"), hold->captured, hold->row.captured);
		if (hold->released != hold->row.released)
			report_int(v, CHECK_HOLD_RESOLUTION, hold->row.seq, 0,
					   hold_place(hold, "released"), hold->released, hold->row.released);
		if (hold->captured + hold->released > hold->points)
			engage_verify_report(v, CHECK_HOLD_RESOLUTION, hold->row.seq, 0,
								 hold_place(hold, "captured + released"),
								 psprintf("at most %s", show_int(hold->points)),
								 show_int(hold->captured + hold->released));
		if (hold->state != hold->row.state && (int) hold->row.state >= 0)
			engage_verify_report(v, CHECK_HOLD_RESOLUTION, hold->row.seq, 0,
								 hold_place(hold, "state"),
								 engage_hold_state_names[hold->state],
								 engage_hold_state_names[hold->row.state]);
	}
}

/* ----------------------------------------------------------------
 *		taking back
 * ---------------------------------------------------------------- */

/* Restored points go to the lots they came from, no more than came. */
static void
check_restored_lots(Verifier *v, const LedgerEntry *restore,
					const LedgerEntry *redemption)
{
	const LotUse *restored = uses_of(v, restore);
	const LotUse *taken = uses_of(v, redemption);

	for (int i = 0; i < restore->nuses; i++)
	{
		int64	   *left = NULL;

		if (restored[i].action != USE_RESTORE)
			continue;
		for (int j = 0; j < redemption->nuses; j++)
			if (taken[j].lot_no == restored[i].lot_no &&
				(taken[j].action == USE_CONSUME || taken[j].action == USE_CAPTURE))
				left = &v->left[v->nentries + redemption->first_use + j];
		if (left == NULL || restored[i].points > *left)
			engage_verify_report(v, CHECK_REVERSALS, restore->seq,
								 restored[i].lot_no,
								 psprintf("lot_use: restored from entry " INT64_FORMAT,
										  redemption->seq),
								 psprintf("at most " INT64_FORMAT,
										  left == NULL ? INT64CONST(0) : *left),
								 show_int(restored[i].points));
		else if (restored[i].points > 0)
			*left -= restored[i].points;
	}
}

/* I12: no more is taken back than there was */
static void
check_reversals(Verifier *v)
{
	bool		prepared = false;

	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];
		LedgerEntry *target;
		int64	   *left;
		int64		points;

		if (entry->kind != ENTRY_REVERSE && entry->kind != ENTRY_RESTORE)
			continue;
		if (!prepared)
		{
			/* what is left of each entry's amount, then of each use's */
			v->left = ensure_room(v, v->left, &v->max_left,
								  v->nentries + v->nuses, sizeof(int64));
			for (int64 j = 0; j < v->nentries; j++)
				v->left[j] = v->entries[j].amount < 0 &&
					v->entries[j].amount > PG_INT64_MIN
					? -v->entries[j].amount : v->entries[j].amount;
			for (int64 j = 0; j < v->nuses; j++)
				v->left[v->nentries + j] = v->uses[j].points;
			prepared = true;
		}
		target = find_entry(v, entry->reverses_seq);
		if (target == NULL || target->seq >= entry->seq ||
			(entry->kind == ENTRY_REVERSE ? !entry_grants(target)
			 : target->kind != ENTRY_REDEEM && target->kind != ENTRY_CAPTURE))
		{
			engage_verify_report(v, CHECK_REVERSALS, entry->seq, 0,
								 "entry.reverses_seq",
								 entry->kind == ENTRY_REVERSE
								 ? "an earlier entry that granted points"
								 : "an earlier redemption",
								 show_int(entry->reverses_seq));
			continue;
		}
		left = &v->left[target - v->entries];
		points = entry->kind == ENTRY_REVERSE && entry->amount > PG_INT64_MIN
			? -entry->amount : entry->amount;
		if (points > *left)
			engage_verify_report(v, CHECK_REVERSALS, entry->seq, target->seq,
								 psprintf("entry.amount: taken back from entry " INT64_FORMAT,
										  target->seq),
								 psprintf("at most " INT64_FORMAT, *left),
								 show_int(points));
		else if (points > 0)
			*left -= points;
		if (entry->kind == ENTRY_RESTORE)
			check_restored_lots(v, entry, target);
	}
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

/* The entry of the request must be right before, with others of it between. */
static void
check_follower(Verifier *v, int64 i)
{
	const LedgerEntry *entry = &v->entries[i];
	const LedgerEntry *request = find_entry(v, entry->request_seq);

	if (request == NULL || request->key == NULL || request->seq >= entry->seq ||
		i == 0 || (v->entries[i - 1].seq != entry->request_seq &&
				   v->entries[i - 1].request_seq != entry->request_seq))
		engage_verify_report(v, CHECK_KEYS, entry->seq, 0, "entry.request_seq",
							 "the entry with the key of the request, contiguous",
							 show_int(entry->request_seq));
}

/* I13 */
static void
check_keys(Verifier *v)
{
	int64		nsources = 0;

	clear_keys(v, v->nentries);
	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];
		bool		has_key = entry->key != NULL;
		bool		follows = entry->request_seq != 0;
		bool		good = true;

		if (follows)
			check_follower(v, i);
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
		switch (kind_rules[entry->kind].key)
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
								 has_key ? entry->key : follows ? show_int(entry->request_seq) : NULL);
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
static void
check_closed_period(Verifier *v)
{
	for (int64 i = 0; i < v->nentries && v->nperiods > 0; i++)
	{
		const LedgerEntry *entry = &v->entries[i];

		/* what time brings about, whenever it is written up, is no posting */
		if (IS_TIME_NULL(entry->effective_at) || entry->kind == ENTRY_MATURE ||
			entry->kind == ENTRY_EXPIRE || entry->kind == ENTRY_HOLD_EXPIRE)
			continue;
		for (int j = 0; j < v->nperiods; j++)
		{
			if (entry->effective_at >= v->periods[j].closed_until ||
				entry->recorded_at <= v->periods[j].closed_at)
				continue;
			engage_verify_report(v, CHECK_CLOSED_PERIOD, entry->seq, 0,
								 "entry.effective_at",
								 psprintf("at or after %s, closed at %s",
										  v->show_time(v->periods[j].closed_until),
										  v->show_time(v->periods[j].closed_at)),
								 v->show_time(entry->effective_at));
			break;
		}
	}
}

/* ----------------------------------------------------------------
 *		chain
 * ---------------------------------------------------------------- */

/* I16 */
static void
check_chain(Verifier *v)
{
	static const uint8 zeros[CHAIN_HASH_LENGTH];
	const uint8 *previous = zeros;

	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];
		const LotUse *uses = uses_of(v, entry);
		const VerifyLot *lot = entry_grants(entry) ? find_lot(v, entry->seq) : NULL;
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
 *		replay
 * ---------------------------------------------------------------- */

/* Balances as they follow from the entries so far */
typedef struct ReplayState
{
	int128		available;
	int128		pending;
	int128		held;
	int128		debt;
	bool		blocked;
	TimestampTz first_recorded_at;
} ReplayState;

static void
replay_use(Verifier *v, ReplayState *state, const LotUse *use)
{
	VerifyLot  *lot = find_lot(v, use->lot_no);
	int128	   *counter = lot != NULL && lot->is_pending ? &state->pending
		: &state->available;

	if (!action_is_known(use))
		return;
	switch (use->action)
	{
		case USE_CONSUME:
		case USE_EXPIRE:
		case USE_CLAW:
			*counter -= use->points;
			break;
		case USE_RESTORE:
			*counter += use->points;
			break;
		case USE_HOLD:
			state->available -= use->points;
			state->held += use->points;
			break;
		case USE_CAPTURE:
			state->held -= use->points;
			break;
		case USE_RELEASE:
			state->held -= use->points;
			state->available += use->points;
			break;
		case USE_REPAY_DEBT:
			state->available -= use->points;
			state->debt -= use->points;
			break;
	}
	if (lot != NULL)
		apply_use(lot, use);
}

static void
replay_grant(VerifyLot *lot, ReplayState *state, const LedgerEntry *entry)
{
	const LedgerLot *row = &lot->row;

	lot->granted = true;
	lot->remaining = row->granted;
	lot->held = 0;
	lot->available_at = IS_TIME_NULL(row->initial_available_at)
		? row->available_at : row->initial_available_at;
	lot->expires_at = IS_TIME_NULL(row->initial_expires_at)
		? row->expires_at : row->initial_expires_at;
	lot->is_pending = lot->available_at > entry->recorded_at;
	if (lot->is_pending)
		state->pending += row->granted;
	else
		state->available += row->granted;
}

static void
replay_entry(Verifier *v, ReplayState *state, const LedgerEntry *entry)
{
	const LotUse *uses = uses_of(v, entry);
	VerifyLot  *lot;

	if (entry_grants(entry) && (lot = find_lot(v, entry->seq)) != NULL)
		replay_grant(lot, state, entry);

	/* before its uses: what matures can pay debt back */
	if (entry->kind == ENTRY_MATURE &&
		(lot = find_lot(v, entry->reverses_seq)) != NULL && lot->is_pending)
	{
		lot->is_pending = false;
		/* a lot that was activated became available then */
		if (!IS_TIME_NULL(entry->until))
			lot->available_at = entry->until;
		state->pending -= lot->remaining;
		state->available += lot->remaining;
	}

	for (int i = 0; i < entry->nuses; i++)
		replay_use(v, state, &uses[i]);

	switch (entry->kind)
	{
		case ENTRY_REVERSE:
			{
				int128		sums[LOT_ACTIONS];

				sum_uses(v, entry, sums);
				state->debt += -(int128) entry->amount - sums[USE_CLAW];
			}
			break;
		case ENTRY_WRITE_OFF:
			state->debt -= entry->amount;
			break;
		case ENTRY_EXTEND:
			if ((lot = find_lot(v, entry->reverses_seq)) != NULL)
				lot->expires_at = entry->until;
			break;
		case ENTRY_BLOCK:
			state->blocked = true;
			break;
		case ENTRY_UNBLOCK:
			state->blocked = false;
			break;
		default:
			break;
	}
}

/* Nothing may fall due earlier than the account says. */
static void
check_next_due(Verifier *v)
{
	TimestampTz due = Min(v->account.inactive_at, v->account.tier_due_at);

	for (int64 i = 0; i < v->nlots; i++)
	{
		const LedgerLot *lot = &v->lots[i].row;

		if (lot_is_empty(lot))
			continue;
		if (lot->is_pending)
			due = Min(due, lot->available_at);
		if (lot->remaining > lot->held)
			due = Min(due, lot->expires_at);
	}
	for (int64 i = 0; i < v->nholds; i++)
		if (v->holds[i].row.state == HOLD_OPEN)
			due = Min(due, v->holds[i].row.expires_at);
	if (v->account.next_due_at > due)
		engage_verify_report(v, CHECK_REPLAY, 0, 0, "account.next_due_at",
							 psprintf("at most %s", v->show_time(due)),
							 v->show_time(v->account.next_due_at));
}

/* I19: the journal, played into empty tables, gives the ones there are */
static void
check_replay(Verifier *v)
{
	ReplayState state = {0};

	for (int64 i = 0; i < v->nlots; i++)
		v->lots[i].granted = false;
	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];

		replay_entry(v, &state, entry);
		same_int(v, CHECK_REPLAY, entry->seq, 0, "entry.available_after",
				 state.available, entry->available_after);
		same_int(v, CHECK_REPLAY, entry->seq, 0, "entry.pending_after",
				 state.pending, entry->pending_after);
		same_int(v, CHECK_REPLAY, entry->seq, 0, "entry.held_after",
				 state.held, entry->held_after);
		same_int(v, CHECK_REPLAY, entry->seq, 0, "entry.debt_after",
				 state.debt, entry->debt_after);
		state.available = entry->available_after;
		state.pending = entry->pending_after;
		state.held = entry->held_after;
		state.debt = entry->debt_after;
	}

	for (int64 i = 0; i < v->nlots; i++)
	{
		const VerifyLot *lot = &v->lots[i];
		int64		lot_no = lot->row.lot_no;

		if (!lot->granted)
			continue;			/* an orphan */
		same_int(v, CHECK_REPLAY, 0, lot_no, "lot.remaining", lot->remaining,
				 lot->row.remaining);
		same_int(v, CHECK_REPLAY, 0, lot_no, "lot.held", lot->held, lot->row.held);
		same_time(v, CHECK_REPLAY, 0, lot_no, "lot.available_at",
				  lot->available_at, lot->row.available_at);
		same_time(v, CHECK_REPLAY, 0, lot_no, "lot.expires_at",
				  lot->expires_at, lot->row.expires_at);
		same_bool(v, CHECK_REPLAY, 0, lot_no, "lot.is_pending",
				  lot->is_pending, lot->row.is_pending);
	}

	if (!v->has_account)
		return;
	same_int(v, CHECK_REPLAY, 0, 0, "account.available", state.available, v->account.available);
	same_int(v, CHECK_REPLAY, 0, 0, "account.pending", state.pending, v->account.pending);
	same_int(v, CHECK_REPLAY, 0, 0, "account.held", state.held, v->account.held);
	same_int(v, CHECK_REPLAY, 0, 0, "account.debt", state.debt, v->account.debt);
	same_bool(v, CHECK_REPLAY, 0, 0, "account.blocked", state.blocked, v->account.blocked);
	if (v->nentries > 0 && v->account.joined_at > v->entries[0].recorded_at)
		engage_verify_report(v, CHECK_REPLAY, 1, 0, "account.joined_at",
							 psprintf("at most %s", v->show_time(v->entries[0].recorded_at)),
							 v->show_time(v->account.joined_at));
	check_next_due(v);
}

/* ----------------------------------------------------------------
 *		tiers
 * ---------------------------------------------------------------- */

/* I18: the history of tiers is one, and leads to the present tier */
static void
check_tier_history(Verifier *v)
{
	const char *tier = NULL;
	TimestampTz before = DT_NOBEGIN;
	int64		next = 0;

	for (int64 i = 0; i < v->ntier_changes; i++)
	{
		const VerifyTierChange *change = &v->tier_changes[i];

		same_int(v, CHECK_TIERS, 0, 0, "tier_history.change_no", i + 1,
				 change->change_no);
		if (change->recorded_at < before)
			engage_verify_report(v, CHECK_TIERS, 0, 0,
								 psprintf("tier_history.recorded_at of change " INT64_FORMAT,
										  change->change_no),
								 psprintf("at or after %s", v->show_time(before)),
								 v->show_time(change->recorded_at));
		same_text(v, CHECK_TIERS, 0,
				  psprintf("tier_history.previous_tier of change " INT64_FORMAT,
						   change->change_no),
				  tier, change->previous_tier);
		tier = change->tier;
		before = change->recorded_at;

		/* what was granted by invitation is in the journal */
		if (change->reason != NULL && strcmp(change->reason, "granted") == 0)
		{
			while (next < v->nentries && v->entries[next].kind != ENTRY_TIER)
				next++;
			same_text(v, CHECK_TIERS, next < v->nentries ? v->entries[next].seq : 0,
					  psprintf("tier_history.tier of change " INT64_FORMAT ", granted",
							   change->change_no),
					  next < v->nentries ? v->entries[next].rule : NULL,
					  change->tier);
			next++;
		}
	}
	for (; next < v->nentries; next++)
		if (v->entries[next].kind == ENTRY_TIER)
			engage_verify_report(v, CHECK_TIERS, v->entries[next].seq, 0,
								 "tier_history: granted", v->entries[next].rule,
								 NULL);
	if (!v->has_account)
		return;
	same_text(v, CHECK_TIERS, 0, "account.tier", tier, v->account.tier);
	if (tier != NULL)
		same_time(v, CHECK_TIERS, 0, 0, "account.tier_due_at",
				  v->tier_changes[v->ntier_changes - 1].until,
				  v->account.tier_due_at);
}

/* What the points of an entry are counted under; NULL: nothing. */
static const char *
tally_source(Verifier *v, const LedgerEntry *entry)
{
	MemoryContext old = MemoryContextSwitchTo(v->member_context);
	const char *source = NULL;

	if (entry->kind == ENTRY_EARN)
		source = "earn";
	else if (entry->kind == ENTRY_AWARD)
		source = psprintf("rule:%s", entry->rule == NULL ? "" : entry->rule);
	else if (entry->kind == ENTRY_BONUS && entry->campaign != NULL)
		source = psprintf("campaign:%s", entry->campaign);
	else if (entry->kind == ENTRY_BONUS)
		source = psprintf("tier:%s", entry->reason != NULL && strncmp(entry->reason, "tier ", 5) == 0
						  ? entry->reason + 5 : "");
	MemoryContextSwitchTo(old);
	return source;
}

static int
compare_sources(const void *a, const void *b)
{
	return strcmp(((const VerifySource *) a)->source,
				  ((const VerifySource *) b)->source);
}

/* NULL if nothing is known of it */
static const VerifySource *
find_source(Verifier *v, const char *source)
{
	VerifySource key = {.source = source};

	return v->nsources == 0 ? NULL
		: bsearch(&key, v->sources, v->nsources, sizeof(VerifySource), compare_sources);
}

typedef struct ExpectedTally
{
	const char *source;
	int32		day;
	int128		points;
	int128		awards;
	ExactSum	basis;
} ExpectedTally;

static int
compare_tallies(const char *source, int32 day, const char *other, int32 other_day)
{
	int			order = strcmp(source, other);

	return order != 0 ? order : day < other_day ? -1 : day > other_day;
}

static int
compare_expected(const void *a, const void *b)
{
	const ExpectedTally *x = a;
	const ExpectedTally *y = b;

	return compare_tallies(x->source, x->day, y->source, y->day);
}

/* 0 for NULL, and for what no posting accepts */
static ExactSum
exact_basis(Numeric basis)
{
	ExactSum	exact;

	if (basis == NULL || engage_exact_from_numeric(&exact, NumericGetDatum(basis)) != EXACT_OK)
		exact_sum_from_int64(&exact, 0);
	return exact;
}

/* A tally that there is (or NULL), against the entries (or nothing) */
static void
check_tally(Verifier *v, const ExpectedTally *expected, const VerifyTally *tally)
{
	const char *name = expected != NULL ? expected->source : tally->source;
	int32		day = expected != NULL ? expected->day : tally->day;
	const VerifySource *source = find_source(v, name);
	int128		points = tally != NULL ? tally->points : 0;
	int128		awards = tally != NULL ? tally->awards : 0;
	ExactSum	basis = exact_basis(tally != NULL ? tally->basis : NULL);
	ExpectedTally nothing = {0};

	/* (what is needed for neither tiers nor caps may be left out) */
	if (!v->has_tiers && (source == NULL || !source->is_tallied))
		return;
	if (expected == NULL)
		expected = &nothing;
	if (expected->points != points)
		report_int(v, CHECK_TIERS, 0, 0,
				   psprintf("tally.points of %s on %s", name, v->show_day(day)),
				   expected->points, points);
	if (expected->awards != awards)
		report_int(v, CHECK_TIERS, 0, 0,
				   psprintf("tally.awards of %s on %s", name, v->show_day(day)),
				   expected->awards, awards);
	if (engage_exact_compare(&expected->basis, &basis) != 0)
		engage_verify_report(v, CHECK_TIERS, 0, 0,
							 psprintf("tally.basis of %s on %s", name, v->show_day(day)),
							 engage_exact_show(&expected->basis),
							 engage_exact_show(&basis));
	if (tally != NULL && source != NULL && source->is_qualifying_known &&
		source->qualifying != tally->qualifying)
		engage_verify_report(v, CHECK_TIERS, 0, 0,
							 psprintf("tally.qualifying of %s on %s", name, v->show_day(day)),
							 show_bool(source->qualifying),
							 show_bool(tally->qualifying));
}

/* What each entry that counts adds to a tally, or takes out of it */
static ExpectedTally *
expected_tallies(Verifier *v, int64 *count)
{
	ExpectedTally *expected = NULL;
	int128	   *reversed = NULL;
	int64		n = 0;

	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];
		const LedgerEntry *granted = entry;
		const char *source;
		ExactSum	basis;

		if (entry->kind == ENTRY_REVERSE)
			granted = find_entry(v, entry->reverses_seq);
		if (granted == NULL || (source = tally_source(v, granted)) == NULL)
			continue;
		if (expected == NULL)
		{
			expected = MemoryContextAllocHuge(v->member_context,
											  v->nentries * sizeof(ExpectedTally));
			reversed = MemoryContextAllocExtended(v->member_context,
												  v->nentries * sizeof(int128),
												  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
		}
		memset(&expected[n], 0, sizeof(ExpectedTally));
		expected[n].source = source;
		expected[n].day = v->day_of(v->day_arg, IS_TIME_NULL(granted->effective_at)
									? granted->recorded_at : granted->effective_at);
		expected[n].points = entry->amount;
		if (granted->kind == ENTRY_AWARD)
		{
			basis = exact_basis(entry->basis);
			if (granted == entry)
			{
				expected[n].awards = 1;
				expected[n].basis = basis;
			}
			else
			{
				int128	   *so_far = &reversed[granted - v->entries];

				/* the award is one no more when all of it is taken back */
				if (*so_far < granted->amount && *so_far - entry->amount >= granted->amount)
					expected[n].awards = -1;
				*so_far -= entry->amount;
				exact_sum_subtract(&expected[n].basis, &basis);
			}
		}
		n++;
	}
	if (n > 1)
		qsort(expected, n, sizeof(ExpectedTally), compare_expected);

	/* those of one source and day together */
	*count = 0;
	for (int64 i = 0; i < n; i++)
	{
		ExpectedTally *last = *count > 0 ? &expected[*count - 1] : NULL;

		if (last == NULL || compare_expected(last, &expected[i]) != 0)
			expected[(*count)++] = expected[i];
		else
		{
			last->points += expected[i].points;
			last->awards += expected[i].awards;
			(void) exact_sum_add(&last->basis, &expected[i].basis);
		}
	}
	return expected;
}

/* I18: tallies are the sums of what was granted, less what was taken back */
static void
check_tallies(Verifier *v)
{
	int64		n;
	ExpectedTally *expected;
	int64		e = 0;
	int64		t = 0;

	if (!v->has_tiers && v->nsources == 0)
		return;
	expected = expected_tallies(v, &n);
	while (e < n || t < v->ntallies)
	{
		int			order = e == n ? 1 : t == v->ntallies ? -1
			: compare_tallies(expected[e].source, expected[e].day,
							  v->tallies[t].source, v->tallies[t].day);

		check_tally(v, order <= 0 ? &expected[e] : NULL,
					order >= 0 ? &v->tallies[t] : NULL);
		e += order <= 0;
		t += order >= 0;
	}
}

static void
check_tiers(Verifier *v)
{
	check_tier_history(v);
	check_tallies(v);
}

/* ----------------------------------------------------------------
 *		campaigns
 * ---------------------------------------------------------------- */

/* I14, one member's part */
static void
count_campaigns(Verifier *v)
{
	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];
		CampaignTotals *totals;
		bool		found;

		if (entry->kind != ENTRY_BONUS || entry->campaign == NULL)
			continue;
		totals = campaign_totals_lookup(v->campaigns, entry->campaign);
		if (totals == NULL)
		{
			totals = campaign_totals_insert(v->campaigns,
											MemoryContextStrdup(v->context, entry->campaign),
											&found);
			totals->granted = 0;
		}
		totals->granted += entry->amount;
	}
}

/*
 * I14, after the last member, for each campaign of table campaign and of
 * campaign_budget: its slots are no more than the budget, and what they say
 * was issued is what was granted (what is taken back does not return).
 */
void
engage_verify_campaign(Verifier *v, const char *campaign, bool has_budget,
					   int64 budget, bool has_slots, int128 allotted,
					   int128 issued)
{
	CampaignTotals *totals = campaign_totals_lookup(v->campaigns, campaign);
	int128		granted = totals == NULL ? 0 : totals->granted;

	v->member = NULL;
	if (has_budget && allotted > budget)
		engage_verify_report(v, CHECK_BUDGETS, 0, 0,
							 psprintf("campaign_budget.allotted of \"%s\"", campaign),
							 psprintf("at most " INT64_FORMAT, budget),
							 show_int(allotted));
	if (issued > allotted)
		engage_verify_report(v, CHECK_BUDGETS, 0, 0,
							 psprintf("campaign_budget.issued of \"%s\"", campaign),
							 psprintf("at most %s", show_int(allotted)),
							 show_int(issued));
	if ((has_budget || has_slots) && issued != granted)
		report_int(v, CHECK_BUDGETS, 0, 0,
				   psprintf("campaign_budget.issued of \"%s\", granted", campaign),
				   granted, issued);
}

/* ----------------------------------------------------------------
 *		rows that belong to nothing
 * ---------------------------------------------------------------- */

static void
check_orphans(Verifier *v)
{
	if (!v->has_account)
	{
		if (v->nentries > 0)
			engage_verify_report(v, CHECK_ORPHANS, v->entries[0].seq, 0,
								 "entry without account", "none",
								 show_int(v->nentries));
		if (v->nlots > 0)
			engage_verify_report(v, CHECK_ORPHANS, 0, v->lots[0].row.lot_no,
								 "lot without account", "none",
								 show_int(v->nlots));
		if (v->nuses > 0)
			engage_verify_report(v, CHECK_ORPHANS, v->uses[0].seq,
								 v->uses[0].lot_no, "lot_use without account",
								 "none", show_int(v->nuses));
		if (v->nholds > 0)
			engage_verify_report(v, CHECK_ORPHANS, v->holds[0].row.seq, 0,
								 "hold without account", "none",
								 show_int(v->nholds));
		if (v->ntallies > 0)
			engage_verify_report(v, CHECK_ORPHANS, 0, 0,
								 "tally without account", "none",
								 show_int(v->ntallies));
		if (v->ntier_changes > 0)
			engage_verify_report(v, CHECK_ORPHANS, 0, 0,
								 "tier_history without account", "none",
								 show_int(v->ntier_changes));
	}

	for (int64 i = 0; i < v->nlots; i++)
	{
		const LedgerEntry *entry = find_entry(v, v->lots[i].row.lot_no);

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

		if (entry_grants(entry) && find_lot(v, entry->seq) == NULL)
			engage_verify_report(v, CHECK_ORPHANS, entry->seq, entry->seq,
								 "entry without lot", "a lot of this number", NULL);
		if ((entry->kind == ENTRY_MATURE || entry->kind == ENTRY_EXTEND) &&
			find_lot(v, entry->reverses_seq) == NULL)
			engage_verify_report(v, CHECK_ORPHANS, entry->seq,
								 entry->reverses_seq, "entry without lot",
								 "the lot that reverses_seq names", NULL);
		if (entry->hold_id != 0 ? find_hold(v, entry->hold_id) == NULL
			: entry->kind == ENTRY_HOLD || entry->kind == ENTRY_CAPTURE ||
			entry->kind == ENTRY_RELEASE || entry->kind == ENTRY_HOLD_EXPIRE)
			engage_verify_report(v, CHECK_ORPHANS, entry->seq, 0,
								 "entry without hold", "a hold of this member",
								 show_int(entry->hold_id));
	}
	for (int64 i = 0; i < v->nuses; i++)
		if (find_lot(v, v->uses[i].lot_no) == NULL)
			engage_verify_report(v, CHECK_ORPHANS, v->uses[i].seq,
								 v->uses[i].lot_no, "lot_use without lot",
								 "a lot of this number", NULL);
	for (int64 i = 0; i < v->nholds; i++)
	{
		const VerifyHold *hold = &v->holds[i];
		const LedgerEntry *entry = find_entry(v, hold->row.seq);

		if (entry == NULL || entry->kind != ENTRY_HOLD ||
			entry->hold_id != hold->row.hold_id)
			engage_verify_report(v, CHECK_ORPHANS, hold->row.seq, 0,
								 hold_place(hold, "hold without entry"),
								 "an entry hold with its number", NULL);
		for (int j = 0; j < hold->row.nslices; j++)
			if (find_lot(v, hold->row.lots[j]) == NULL)
				engage_verify_report(v, CHECK_ORPHANS, hold->row.seq,
									 hold->row.lots[j],
									 hold_place(hold, "slice without lot"),
									 "a lot of this number", NULL);
	}
}

/* ----------------------------------------------------------------
 *		all of them
 * ---------------------------------------------------------------- */

typedef void (*MemberCheck) (Verifier *v);

static const struct
{
	VerifyCheck check;
	MemberCheck function;
}			member_checks[] = {
	{CHECK_HOUSE, check_house},
	{CHECK_SPENDABLE, check_spendable},
	{CHECK_COUNTERS, check_counters},
	{CHECK_SEQUENCE, check_sequence},
	{CHECK_TIME_ORDER, check_time_order},
	{CHECK_LOT_USES, check_lot_uses},
	{CHECK_ENTRY_USES, check_entry_uses},
	{CHECK_LOT_BOUNDS, check_lot_bounds},
	{CHECK_BALANCE_SIGNS, check_balance_signs},
	{CHECK_HOLDS, check_holds},
	{CHECK_HOLD_RESOLUTION, check_hold_resolution},
	{CHECK_REVERSALS, check_reversals},
	{CHECK_KEYS, check_keys},
	{CHECK_BUDGETS, count_campaigns},
	{CHECK_CLOSED_PERIOD, check_closed_period},
	{CHECK_CHAIN, check_chain},
	{CHECK_IDENTITY, check_identity},
	{CHECK_TIERS, check_tiers},
	{CHECK_REPLAY, check_replay},
	{CHECK_AS_OF, check_as_of},
	{CHECK_ORPHANS, check_orphans}
};

void
engage_verify_member(Verifier *v)
{
	MemoryContext old = MemoryContextSwitchTo(v->finding_context);

	v->members++;
	v->total_entries += v->nentries;
	sort_member(v);
	join_uses(v);
	index_holds(v);
	for (int i = 0; i < lengthof(member_checks); i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (verify_wants(v, member_checks[i].check))
			member_checks[i].function(v);
	}
	MemoryContextReset(v->finding_context);
	MemoryContextSwitchTo(old);
}

/* After the last member */
void
engage_verify_ledger(Verifier *v)
{
	v->member = NULL;
	/* the house has the opposite of every entry */
	same_int(v, CHECK_HOUSE, 0, 0,
			 "ledger: what members have, and the house accounts",
			 v->entries_total, v->accounts_total);
}
