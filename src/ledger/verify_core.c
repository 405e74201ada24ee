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
 * Here are the rows of the member at hand; the checks are in verify_*.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ledger/verify_checks.h"
#include "miscadmin.h"
#include "utils/memutils.h"

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
		if (strcmp(engage_verify_checks[i].name, name) == 0 ||
			(name[0] == 'I' && strcmp(engage_verify_checks[i].invariant, name) == 0))
			return i;
	return -1;
}
const KindRule engage_kind_rules[ENTRY_KINDS] = {
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
	[ENTRY_WRITE_OFF] = {AMOUNT_EITHER, KEY_FOLLOWER, ACTION(USE_CLAW)},
	[ENTRY_EXPIRE] = {AMOUNT_EITHER, KEY_NONE_OR_FOLLOWER, ACTION(USE_EXPIRE) | ACTION(USE_RESTORE)},
	[ENTRY_MATURE] = {AMOUNT_NONE, KEY_NONE_OR_FOLLOWER, ACTION(USE_REPAY_DEBT)},
	[ENTRY_ACTIVATE] = {AMOUNT_NONE, KEY_OWN, 0},
	[ENTRY_EXTEND] = {AMOUNT_NONE, KEY_ANY, 0},
	[ENTRY_BLOCK] = {AMOUNT_NONE, KEY_OWN, 0},
	[ENTRY_UNBLOCK] = {AMOUNT_NONE, KEY_OWN, 0},
	[ENTRY_TIER] = {AMOUNT_NONE, KEY_ANY, 0},
	[ENTRY_ERASE] = {AMOUNT_NONE, KEY_OWN, 0}
};

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

const char *
engage_show_int(int128 value)
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

/* Most comparisons find nothing: the rest of the work is out of line. */
pg_noinline void
engage_report_int(Verifier *v, VerifyCheck check, int64 seq, int64 lot_no,
		   const char *place, int128 expected, int128 found)
{
	engage_verify_report(v, check, seq, lot_no, place, engage_show_int(expected),
						 engage_show_int(found));
}

const char *
engage_hold_place(const VerifyHold *hold, const char *column)
{
	return psprintf("hold " INT64_FORMAT ": %s", hold->row.hold_id, column);
}

/* ----------------------------------------------------------------
 *		collecting the rows of a member
 * ---------------------------------------------------------------- */

void
engage_verify_init(Verifier *v, MemoryContext context)
{
	v->context = context;
	v->member_context = AllocSetContextCreate(context, "rows of a member",
											  ALLOCSET_DEFAULT_SIZES);
	v->finding_context = AllocSetContextCreate(context, "finding",
											   ALLOCSET_DEFAULT_SIZES);
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
	v->ntallies = v->ntier_changes = v->nrefusals = 0;
	v->first_refusal_at = DT_NOEND;
}

/* Room for "count" elements of an array of the verifier. */
void *
engage_rows_room(Verifier *v, void *array, int64 *room, int64 count, Size size)
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
	((array) = engage_rows_room(v, array, &(room), (count) + 1, sizeof(*(array))), \
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
	int64		third;
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
	return v->places = engage_rows_room(v, v->places, &v->max_places, count,
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
			places[i] = (RowPlace) {v->uses[i].seq, v->uses[i].ordinal, v->uses[i].lot_no, i};
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
LedgerEntry *
engage_rows_entry(Verifier *v, int64 seq)
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

VerifyLot *
engage_rows_lot(Verifier *v, int64 lot_no)
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

VerifyHold *
engage_rows_hold(Verifier *v, int64 hold_id)
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
	v->holds_by_id = engage_rows_room(v, v->holds_by_id, &v->max_holds_by_id,
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
				engage_report_int(v, CHECK_ORPHANS, v->uses[use].seq, v->uses[use].lot_no,
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
			engage_report_int(v, CHECK_ORPHANS, v->uses[use].seq, v->uses[use].lot_no,
					   "lot_use without entry", 0, 1);
}

/* Points that the uses of an entry have of each action */
void
engage_sum_uses(Verifier *v, const LedgerEntry *entry, int128 sums[LOT_ACTIONS])
{
	const LotUse *uses = uses_of(v, entry);

	memset(sums, 0, LOT_ACTIONS * sizeof(int128));
	for (int i = 0; i < entry->nuses; i++)
		if (action_is_known(&uses[i]))
			sums[uses[i].action] += uses[i].points;
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
	{CHECK_HOUSE, engage_check_house},
	{CHECK_SPENDABLE, engage_check_spendable},
	{CHECK_COUNTERS, engage_check_counters},
	{CHECK_SEQUENCE, engage_check_sequence},
	{CHECK_TIME_ORDER, engage_check_time_order},
	{CHECK_LOT_USES, engage_check_lot_uses},
	{CHECK_ENTRY_USES, engage_check_entry_uses},
	{CHECK_LOT_BOUNDS, engage_check_lot_bounds},
	{CHECK_BALANCE_SIGNS, engage_check_balance_signs},
	{CHECK_HOLDS, engage_check_holds},
	{CHECK_HOLD_RESOLUTION, engage_check_hold_resolution},
	{CHECK_REVERSALS, engage_check_reversals},
	{CHECK_KEYS, engage_check_keys},
	{CHECK_BUDGETS, engage_check_budgets},
	{CHECK_CLOSED_PERIOD, engage_check_closed_period},
	{CHECK_CHAIN, engage_check_chain},
	{CHECK_IDENTITY, engage_check_identity},
	{CHECK_TIERS, engage_check_tiers},
	{CHECK_REPLAY, engage_check_replay},
	{CHECK_AS_OF, engage_check_as_of},
	{CHECK_ORPHANS, engage_check_orphans}
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
