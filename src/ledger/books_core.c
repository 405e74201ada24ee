/*-------------------------------------------------------------------------
 *
 * books_core.c
 *	  The books of one member in memory, and what can happen to them.
 *
 * Every change of a counter goes through engage_books_use(), _grant(),
 * _add_debt() or _mature(), so that entries, uses, lots and the account
 * cannot come apart.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "common/int.h"
#include "common/interrupts.h"
#include "ledger/books_core.h"
#include "utils/timestamp.h"

typedef struct LotIndexEntry
{
	int64		lot_no;
	LedgerLot  *lot;
	char		status;
} LotIndexEntry;

#define SH_PREFIX lot_index
#define SH_ELEMENT_TYPE LotIndexEntry
#define SH_KEY_TYPE int64
#define SH_KEY lot_no
#define SH_HASH_KEY(tb, key) murmurhash32((uint32) ((uint64) (key) ^ ((uint64) (key) >> 32)))
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct HoldIndexEntry
{
	int64		hold_id;
	LedgerHold *hold;
	char		status;
} HoldIndexEntry;

#define SH_PREFIX hold_index
#define SH_ELEMENT_TYPE HoldIndexEntry
#define SH_KEY_TYPE int64
#define SH_KEY hold_id
#define SH_HASH_KEY(tb, key) murmurhash32((uint32) ((uint64) (key) ^ ((uint64) (key) >> 32)))
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Below this number of lots, or holds, a search is faster than a table. */
#define LOTS_WITHOUT_INDEX 16

/*
 * Points are bigint throughout.  Silent wrap-around would be a lost fortune.
 */
int64
engage_add_points(int64 a, int64 b)
{
	int64		sum;

	if (pg_add_s64_overflow(a, b, &sum))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("points out of range: " INT64_FORMAT " and "
						INT64_FORMAT " more", a, b),
				 errdetail("A member's points are bigint, at most %s.",
						   "9223372036854775807")));
	return sum;
}

const char *
engage_account_broken_rule(const LedgerAccount *account)
{
	if (account->available < 0 || account->pending < 0 || account->held < 0 || account->debt < 0)
		return "available, pending, held and debt are not negative";
	if (account->available > 0 && account->debt > 0)
		return "nothing is available while there is debt";
	return NULL;
}

const char *
engage_lot_broken_rule(const LedgerLot *lot)
{
	if (lot->held < 0 || lot->remaining < lot->held || lot->granted < lot->remaining || lot->granted <= 0)
		return "0 <= held <= remaining <= granted";
	return NULL;
}

MemberBooks *
engage_books_create(MemoryContext context)
{
	MemberBooks *books = MemoryContextAllocZero(context, sizeof(MemberBooks));

	books->context = context;
	return books;
}

/* Room for one more element in an array of the books. */
#define ENSURE_ROOM(books, array, count, room) \
	do { \
		if ((count) >= (room)) \
		{ \
			int			new_room = Max((room) * 2, 8); \
			\
			if ((array) == NULL) \
				(array) = MemoryContextAlloc((books)->context, \
											 new_room * sizeof(*(array))); \
			else \
				(array) = repalloc_huge((array), \
										(Size) new_room * sizeof(*(array))); \
			(room) = new_room; \
		} \
	} while (0)

/* ----------------------------------------------------------------
 *		lots and holds
 * ---------------------------------------------------------------- */

LedgerLot *
engage_books_add_lot(MemberBooks *books, int64 lot_no)
{
	LedgerLot  *lot = MemoryContextAllocZero(books->context,
											 sizeof(LedgerLot));

	lot->lot_no = lot_no;
	lot->initial_available_at = TIME_NULL;
	lot->initial_expires_at = TIME_NULL;
	lot->earned_at = TIME_NULL;

	ENSURE_ROOM(books, books->lots, books->nlots, books->max_lots);
	books->lots[books->nlots++] = lot;

	if (books->lot_index != NULL || books->nlots > LOTS_WITHOUT_INDEX)
	{
		bool		found;
		int			first = books->nlots - 1;

		if (books->lot_index == NULL)
		{
			books->lot_index = lot_index_create(books->context, 64, NULL);
			first = 0;
		}
		for (int i = first; i < books->nlots; i++)
			lot_index_insert(books->lot_index, books->lots[i]->lot_no,
							 &found)->lot = books->lots[i];
	}
	return lot;
}

/* NULL if it is not in memory */
LedgerLot *
engage_books_find_lot(MemberBooks *books, int64 lot_no)
{
	if (books->lot_index != NULL)
	{
		LotIndexEntry *found = lot_index_lookup(books->lot_index, lot_no);

		return found == NULL ? NULL : found->lot;
	}
	for (int i = 0; i < books->nlots; i++)
		if (books->lots[i]->lot_no == lot_no)
			return books->lots[i];
	return NULL;
}

/* One that must be there. */
LedgerLot *
engage_books_get_lot(MemberBooks *books, int64 lot_no)
{
	LedgerLot  *lot = engage_books_find_lot(books, lot_no);

	if (lot == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("lot " INT64_FORMAT " is missing", lot_no),
				 errhint("engage.ledger_verify() shows what else is wrong with this ledger.")));
	return lot;
}

LedgerHold *
engage_books_add_hold(MemberBooks *books)
{
	LedgerHold *hold = MemoryContextAllocZero(books->context,
											  sizeof(LedgerHold));

	ENSURE_ROOM(books, books->holds, books->nholds, books->max_holds);
	books->holds[books->nholds++] = hold;
	return hold;
}

LedgerHold *
engage_books_find_hold(MemberBooks *books, int64 hold_id)
{
	HoldIndexEntry *found;

	if (books->nholds <= LOTS_WITHOUT_INDEX)
	{
		for (int i = 0; i < books->nholds; i++)
			if (books->holds[i]->hold_id == hold_id)
				return books->holds[i];
		return NULL;
	}
	if (books->hold_index == NULL)
		books->hold_index = hold_index_create(books->context, 64, NULL);
	/* (they get their numbers after they were added) */
	for (; books->nindexed_holds < books->nholds; books->nindexed_holds++)
	{
		LedgerHold *hold = books->holds[books->nindexed_holds];
		bool		is_there;

		found = hold_index_insert(books->hold_index, hold->hold_id, &is_there);
		if (!is_there)
			found->hold = hold;
	}
	found = hold_index_lookup(books->hold_index, hold_id);
	return found == NULL ? NULL : found->hold;
}

/* ----------------------------------------------------------------
 *		entries
 * ---------------------------------------------------------------- */

static int64
net_of(const LedgerAccount *account)
{
	/* the sum of the first three is bounded by engage_books_end() */
	return account->available + account->pending + account->held
		- account->debt;
}

LedgerEntry *
engage_books_begin(MemberBooks *books, EntryKind kind)
{
	LedgerEntry *entry = MemoryContextAllocZero(books->context,
												sizeof(LedgerEntry));

	entry->kind = kind;
	entry->seq = engage_add_points(books->account.seq, 1);
	entry->recorded_at = books->now;
	/* strictly later than the one before, also if the clock went back */
	if (entry->recorded_at <= books->account.last_recorded_at)
		entry->recorded_at = books->account.last_recorded_at + 1;
	entry->effective_at = TIME_NULL;
	entry->until = TIME_NULL;
	entry->session_role = books->session_role;
	entry->acting_role = books->acting_role;
	entry->first_use = books->nuses;

	books->net_before = net_of(&books->account);
	ENSURE_ROOM(books, books->entries, books->nentries, books->max_entries);
	books->entries[books->nentries++] = entry;
	return entry;
}

void
engage_books_end(MemberBooks *books, LedgerEntry *entry)
{
	LedgerAccount *account = &books->account;

	/* what a member has must fit as a whole, too, lest sums overflow */
	(void) engage_add_points(engage_add_points(account->available,
											   account->pending),
							 account->held);
	if (account->available < 0 || account->pending < 0 || account->held < 0 ||
		account->debt < 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("lots and account of a member do not agree"),
				 errhint("engage.ledger_verify() shows what is wrong with this ledger.")));

	entry->amount = net_of(account) - books->net_before;
	entry->available_after = account->available;
	entry->pending_after = account->pending;
	entry->held_after = account->held;
	entry->debt_after = account->debt;
	entry->nuses = books->nuses - entry->first_use;

	account->seq = entry->seq;
	account->last_recorded_at = entry->recorded_at;
	switch (entry->kind)
	{
		case ENTRY_EARN:
		case ENTRY_AWARD:
		case ENTRY_BONUS:
		case ENTRY_OPENING:
			account->earned = engage_add_points(account->earned, entry->amount);
			break;
		case ENTRY_REDEEM:
		case ENTRY_CAPTURE:
		case ENTRY_RESTORE:
			account->redeemed = engage_add_points(account->redeemed,
												  -entry->amount);
			break;
		case ENTRY_EXPIRE:
			account->expired = engage_add_points(account->expired,
												 -entry->amount);
			break;
		case ENTRY_REVERSE:
			account->reversed = engage_add_points(account->reversed,
												  -entry->amount);
			break;
		default:
			break;
	}
}

static void
record_use(MemberBooks *books, LedgerEntry *entry, LedgerLot *lot,
		   LotAction action, int64 points)
{
	LotUse	   *use;

	/* no entry does the same with one lot twice */
	ENSURE_ROOM(books, books->uses, books->nuses, books->max_uses);
	use = &books->uses[books->nuses++];
	use->seq = entry->seq;
	use->lot_no = lot->lot_no;
	use->action = action;
	use->points = points;
}

/*
 * Points that became available pay debt first: available > 0 means no debt.
 */
static void
repay_debt(MemberBooks *books, LedgerEntry *entry, LedgerLot *lot,
		   int64 points)
{
	LedgerAccount *account = &books->account;
	int64		repaid = Min(account->debt, points);

	if (repaid == 0)
		return;
	account->debt -= repaid;
	account->available -= repaid;
	lot->remaining -= repaid;
	record_use(books, entry, lot, USE_REPAY_DEBT, repaid);
}

void
engage_books_use(MemberBooks *books, LedgerEntry *entry, LedgerLot *lot,
				 LotAction action, int64 points)
{
	LedgerAccount *account = &books->account;
	int64	   *counter = lot->is_pending ? &account->pending
		: &account->available;

	Assert(points > 0);
	record_use(books, entry, lot, action, points);
	lot->is_changed = true;
	switch (action)
	{
		case USE_CONSUME:
		case USE_EXPIRE:
		case USE_CLAW:
			lot->remaining -= points;
			*counter -= points;
			break;
		case USE_HOLD:
			lot->held += points;
			account->available -= points;
			account->held += points;
			break;
		case USE_CAPTURE:
			lot->held -= points;
			lot->remaining -= points;
			account->held -= points;
			break;
		case USE_RELEASE:
			lot->held -= points;
			account->held -= points;
			account->available += points;
			repay_debt(books, entry, lot, points);
			break;
		case USE_RESTORE:
			lot->remaining += points;
			*counter += points;
			break;
		case USE_REPAY_DEBT:
			elog(ERROR, "debt is repaid by what becomes available only");
	}
	if (lot->held < 0 || lot->remaining < lot->held ||
		lot->remaining > lot->granted)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("lot " INT64_FORMAT " does not have these points", lot->lot_no),
				 errhint("engage.ledger_verify() shows what else is wrong with this ledger.")));
}

/*
 * Points come back into their lot and pay debt, but for those "kept", which the
 * caller is about to take again.
 */
void
engage_books_restore(MemberBooks *books, LedgerEntry *entry, LedgerLot *lot,
					 int64 points, int64 kept)
{
	engage_books_use(books, entry, lot, USE_RESTORE, points);
	if (!lot->is_pending)
		repay_debt(books, entry, lot, points - kept);
}

/* The lot of a new entry; its points are pending or available. */
LedgerLot *
engage_books_grant(MemberBooks *books, LedgerEntry *entry, int64 points,
				   TimestampTz available_at, TimestampTz expires_at)
{
	LedgerAccount *account = &books->account;
	LedgerLot  *lot = engage_books_add_lot(books, entry->seq);

	entry->is_grant = true;
	lot->is_new = true;
	lot->granted = points;
	lot->remaining = points;
	lot->available_at = available_at;
	lot->expires_at = expires_at;
	lot->earned_at = IS_TIME_NULL(entry->effective_at) ? entry->recorded_at : entry->effective_at;
	/* mostly the same: then it needs no room in the row */
	if (lot->earned_at == available_at)
		lot->earned_at = TIME_NULL;
	lot->is_pending = available_at > entry->recorded_at;
	if (lot->is_pending)
		account->pending = engage_add_points(account->pending, points);
	else
	{
		account->available = engage_add_points(account->available, points);
		repay_debt(books, entry, lot, points);
	}
	return lot;
}

void
engage_books_add_debt(MemberBooks *books, LedgerEntry *entry, int64 points)
{
	books->account.debt = engage_add_points(books->account.debt, points);
}

/* A pending lot becomes available. */
void
engage_books_mature(MemberBooks *books, LedgerEntry *entry, LedgerLot *lot)
{
	LedgerAccount *account = &books->account;

	Assert(lot->is_pending);
	lot->is_pending = false;
	lot->is_changed = true;
	account->pending -= lot->remaining;
	account->available += lot->remaining;
	repay_debt(books, entry, lot, lot->remaining);
}

void
engage_books_expire_lot(MemberBooks *books, LedgerLot *lot, int64 points,
						TimestampTz instant, int64 request_seq)
{
	LedgerEntry *entry = engage_books_begin(books, ENTRY_EXPIRE);

	entry->effective_at = instant;
	entry->request_seq = request_seq;
	engage_books_use(books, entry, lot, USE_EXPIRE, points);
	engage_books_end(books, entry);
}

/*
 * What is still reserved goes back to its lots, in "entry", which this ends;
 * the slices of lots that have expired meanwhile expire at this instant.
 */
void
engage_books_release_rest(MemberBooks *books, LedgerEntry *entry,
						  LedgerHold *hold, HoldState state,
						  TimestampTz instant)
{
	int64		request_seq = entry->request_seq != 0 ? entry->request_seq
		: entry->kind == ENTRY_HOLD_EXPIRE ? 0 : entry->seq;

	entry->hold_id = hold->hold_id;
	for (int i = 0; i < hold->nslices; i++)
	{
		LedgerLot  *lot = engage_books_get_lot(books, hold->lots[i]);

		engage_books_use(books, entry, lot, USE_RELEASE, hold->slices[i]);
		hold->released += hold->slices[i];
	}
	engage_books_end(books, entry);
	hold->state = state;
	hold->is_changed = true;

	for (int i = 0; i < hold->nslices; i++)
	{
		LedgerLot  *lot = engage_books_get_lot(books, hold->lots[i]);
		int64		left = Min(hold->slices[i], lot->remaining - lot->held);

		if (lot->expires_at <= instant && left > 0)
			engage_books_expire_lot(books, lot, left, instant, request_seq);
	}
	hold->nslices = 0;
}

int64
engage_lot_spendable(const MemberBooks *books, const LedgerLot *lot)
{
	if (lot->is_pending || lot->expires_at <= books->now)
		return 0;
	return lot->remaining - lot->held;
}

static int
compare_int64(int64 a, int64 b)
{
	return a < b ? -1 : a > b;
}

static int
soonest_expiring_first(const void *a, const void *b)
{
	const LedgerLot *x = *(LedgerLot *const *) a;
	const LedgerLot *y = *(LedgerLot *const *) b;
	int			order = compare_int64(x->expires_at, y->expires_at);

	if (order == 0)
		order = compare_int64(x->available_at, y->available_at);
	if (order == 0)
		order = compare_int64(x->lot_no, y->lot_no);
	return order;
}

static int
lowest_number_first(const void *a, const void *b)
{
	return compare_int64((*(LedgerLot *const *) a)->lot_no,
						 (*(LedgerLot *const *) b)->lot_no);
}

static TimestampTz
earned_at(const LedgerLot *lot)
{
	if (!IS_TIME_NULL(lot->earned_at))
		return lot->earned_at;
	return IS_TIME_NULL(lot->initial_available_at) ? lot->available_at : lot->initial_available_at;
}

static int
earned_first_first(const void *a, const void *b)
{
	int			order = compare_int64(earned_at(*(LedgerLot *const *) a),
									  earned_at(*(LedgerLot *const *) b));

	return order != 0 ? order : lowest_number_first(a, b);
}

LedgerLot **
engage_books_consumption_order(MemberBooks *books, bool earned_first,
							   int *nlots)
{
	LedgerLot **order = MemoryContextAllocHuge(books->context,
											   Max(books->nlots, 1) * sizeof(LedgerLot *));
	int			n = 0;

	for (int i = 0; i < books->nlots; i++)
		if (engage_lot_spendable(books, books->lots[i]) > 0)
			order[n++] = books->lots[i];
	qsort(order, n, sizeof(LedgerLot *),
		  earned_first ? earned_first_first : soonest_expiring_first);
	*nlots = n;
	return order;
}

/* ----------------------------------------------------------------
 *		what falls due by itself
 * ---------------------------------------------------------------- */

typedef enum DueRank
{
	DUE_HOLD,					/* what it gives back may expire at once */
	DUE_MATURITY,
	DUE_EXPIRY,
	DUE_INACTIVITY,
	DUE_TIER_REVIEW
} DueRank;

typedef struct DueEvent
{
	TimestampTz instant;
	DueRank		rank;
	int64		id;				/* of the lot or hold */
} DueEvent;

static int
compare_events(const void *a, const void *b)
{
	const DueEvent *x = a;
	const DueEvent *y = b;
	int			order = compare_int64(x->instant, y->instant);

	if (order == 0)
		order = (int) x->rank - (int) y->rank;
	if (order == 0)
		order = compare_int64(x->id, y->id);
	return order;
}

static bool
lot_matures(const LedgerLot *lot, TimestampTz until)
{
	return lot->is_pending && lot->remaining > 0 && lot->available_at <= until;
}

static bool
lot_expires(const LedgerLot *lot, TimestampTz until)
{
	return lot->expires_at <= until && lot->remaining > lot->held;
}

bool
engage_books_is_due(const MemberBooks *books)
{
	const LedgerAccount *account = &books->account;

	if (account->inactive_at <= books->due_until || account->tier_due_at <= books->due_until)
		return true;
	for (int i = 0; i < books->nlots; i++)
		if (lot_matures(books->lots[i], books->due_until) ||
			lot_expires(books->lots[i], books->due_until))
			return true;
	for (int i = 0; i < books->nholds; i++)
		if (books->holds[i]->state == HOLD_OPEN &&
			books->holds[i]->expires_at <= books->due_until)
			return true;
	return false;
}

void
engage_books_written(MemberBooks *books)
{
	books->nentries = books->nuses = books->nlots = books->nholds = 0;
	books->settled = books->account_changed = false;
	if (books->lot_index != NULL)
		lot_index_reset(books->lot_index);
	if (books->hold_index != NULL)
		hold_index_reset(books->hold_index);
	books->nindexed_holds = 0;
}

/*
 * The next instant at which something in memory falls due: never too late;
 * too early costs only a look.
 */
TimestampTz
engage_books_next_due(const MemberBooks *books)
{
	const LedgerAccount *account = &books->account;
	TimestampTz due = Min(account->inactive_at, account->tier_due_at);

	for (int i = 0; i < books->nlots; i++)
	{
		const LedgerLot *lot = books->lots[i];

		if (lot->is_pending && lot->remaining > 0)
			due = Min(due, lot->available_at);
		if (lot->remaining > lot->held)
			due = Min(due, lot->expires_at);
	}
	for (int i = 0; i < books->nholds; i++)
		if (books->holds[i]->state == HOLD_OPEN)
			due = Min(due, books->holds[i]->expires_at);
	return due;
}

/* What a hold still reserves of a lot expires when it comes back. */
static void
end_life(MemberBooks *books, LedgerLot *lot, TimestampTz instant)
{
	LedgerEntry *entry = engage_books_begin(books, ENTRY_EXTEND);

	entry->effective_at = instant;
	entry->until = instant;
	entry->request_seq = books->request_seq;
	entry->reverses_seq = lot->lot_no;
	if (IS_TIME_NULL(lot->initial_expires_at))
		lot->initial_expires_at = lot->expires_at;
	lot->expires_at = instant;
	lot->is_changed = true;
	engage_books_end(books, entry);
}

/* All lots there are lapse, also those that have nothing left: some may come back. */
static void
expire_for_inactivity(MemberBooks *books, TimestampTz instant)
{
	LedgerLot **lots = MemoryContextAllocHuge(books->context,
											  Max(books->nlots, 1) * sizeof(LedgerLot *));
	int			nlots = books->nlots;

	for (int i = 0; i < nlots; i++)
		lots[i] = books->lots[i];
	qsort(lots, nlots, sizeof(LedgerLot *), lowest_number_first);
	books->account.inactive_at = DT_NOEND;
	for (int i = 0; i < nlots; i++)
		if (lots[i]->remaining > lots[i]->held)
			engage_books_expire_lot(books, lots[i],
									lots[i]->remaining - lots[i]->held,
									instant, books->request_seq);
	for (int i = 0; i < nlots; i++)
		if (lots[i]->held > 0 && lots[i]->expires_at > instant)
			end_life(books, lots[i], instant);
	books->account.lapsed_seq = books->account.seq;
	pfree(lots);
}

static void
apply_event(MemberBooks *books, const DueEvent *event)
{
	LedgerEntry *entry;
	LedgerLot  *lot;

	switch (event->rank)
	{
		case DUE_HOLD:
			entry = engage_books_begin(books, ENTRY_HOLD_EXPIRE);
			entry->effective_at = event->instant;
			entry->request_seq = books->request_seq;
			engage_books_release_rest(books, entry,
									  engage_books_find_hold(books, event->id),
									  HOLD_EXPIRED, event->instant);
			break;
		case DUE_MATURITY:
			lot = engage_books_get_lot(books, event->id);
			/* clawed back or expired for inactivity since it was found due */
			if (!lot_matures(lot, event->instant))
				break;
			entry = engage_books_begin(books, ENTRY_MATURE);
			entry->effective_at = event->instant;
			entry->request_seq = books->request_seq;
			entry->reverses_seq = lot->lot_no;
			engage_books_mature(books, entry, lot);
			engage_books_end(books, entry);
			break;
		case DUE_EXPIRY:
			lot = engage_books_get_lot(books, event->id);
			if (lot_expires(lot, event->instant))
				engage_books_expire_lot(books, lot, lot->remaining - lot->held,
										event->instant, books->request_seq);
			break;
		case DUE_INACTIVITY:
			expire_for_inactivity(books, event->instant);
			break;
		case DUE_TIER_REVIEW:
			if (books->review_tier != NULL)
				books->review_tier(books, event->instant, books->review_arg);
			break;
	}
}

/*
 * Writes up what has fallen due until books->due_until, in the order in which it
 * did, whenever that is found out: one entry for each event, effective at its
 * instant.  Events may bring others (a tier reviewed for several periods), so
 * repeat until nothing is due.
 */
void
engage_books_settle(MemberBooks *books)
{
	LedgerAccount *account = &books->account;

	while (engage_books_is_due(books))
	{
		DueEvent   *events = MemoryContextAllocHuge(books->context,
													(2 * (Size) books->nlots + books->nholds + 2) * sizeof(DueEvent));
		int			nevents = 0;
		TimestampTz tier_due_at = account->tier_due_at;
		int			nentries = books->nentries;

		for (int i = 0; i < books->nlots; i++)
		{
			LedgerLot  *lot = books->lots[i];

			if (lot_matures(lot, books->due_until))
				events[nevents++] = (DueEvent) {lot->available_at, DUE_MATURITY, lot->lot_no};
			if (lot->expires_at <= books->due_until && lot->remaining > 0)
				events[nevents++] = (DueEvent) {lot->expires_at, DUE_EXPIRY, lot->lot_no};
		}
		for (int i = 0; i < books->nholds; i++)
			if (books->holds[i]->state == HOLD_OPEN &&
				books->holds[i]->expires_at <= books->due_until)
				events[nevents++] = (DueEvent) {books->holds[i]->expires_at, DUE_HOLD, books->holds[i]->hold_id};
		if (account->inactive_at <= books->due_until)
			events[nevents++] = (DueEvent) {account->inactive_at, DUE_INACTIVITY, 0};
		if (account->tier_due_at <= books->due_until)
			events[nevents++] = (DueEvent) {account->tier_due_at, DUE_TIER_REVIEW, 0};

		qsort(events, nevents, sizeof(DueEvent), compare_events);
		for (int i = 0; i < nevents; i++)
		{
			check_interrupts_at(i);
			apply_event(books, &events[i]);
		}
		pfree(events);

		/* a review that cannot be made now must not be tried for ever */
		if (account->tier_due_at == tier_due_at && tier_due_at <= books->due_until)
			account->tier_due_at = DT_NOEND;
		else if (nentries == books->nentries && account->tier_due_at == tier_due_at
				 && engage_books_is_due(books))
			elog(ERROR, "what is due does not get done");
	}
}
