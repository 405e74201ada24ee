/*
 * The checks of ledger_verify: random sound histories of a member, kept here by code of its own,
 * have no findings; whatever is changed in them has.
 */
#include "postgres.h"

#include "ledger/verify_core.h"
#include "tap.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#undef printf
#undef snprintf

#define MEMBER		"member"
#define MAX_ROWS	400

/* A member's rows, as tables have them */
typedef struct Rows
{
	bool		has_account;
	LedgerAccount account;
	LedgerEntry entries[MAX_ROWS];
	int			nentries;
	LotUse		uses[MAX_ROWS * 4];
	int			nuses;
	VerifyLot	lots[MAX_ROWS];
	int			nlots;
	VerifyHold	holds[MAX_ROWS];
	int			nholds;
	VerifyTally tallies[10];
	int			ntallies;
	VerifyTierChange changes[10];
	int			nchanges;
	int			nrefusals;
	TimestampTz first_refusal_at;
} Rows;

static Rows good;
static Rows bad;
static TimestampTz now;
static bool is_fixed;			/* no chance in which entries there are, and points are left */

/* ----------------------------------------------------------------
 *		running the checks
 * ---------------------------------------------------------------- */

static int	nfindings;
static VerifySet noticed;
static char last_place[200];
static char all_places[10000];

static void
count_finding(void *arg, const VerifyFinding *finding)
{
	nfindings++;
	noticed |= VERIFY_ONLY(finding->check);
	snprintf(last_place, sizeof(last_place), "%s: %s, expected %s, found %s",
			 engage_verify_checks[finding->check].name, finding->place,
			 finding->expected ? finding->expected : "nothing", finding->found ? finding->found : "nothing");
	snprintf(all_places + strlen(all_places), sizeof(all_places) - strlen(all_places), "%s\n", finding->place);
}

static char *
show_number(TimestampTz time)
{
	return psprintf("%lld", (long long) time);
}

static char *
show_day(int32 day)
{
	return psprintf("%d", day);
}

static int32
day_of(void *arg, TimestampTz time)
{
	return 1;
}

/* all of the ledger is tallied */
static VerifySource sources[] = {
	{"campaign:spring", true, true}, {"earn", false, true}, {"rule:purchase", true, true}
};
/* points expire so long after an activity */
#define INACTIVE	1000
static bool has_inactivity;
static TimestampTz inactivity_since = DT_NOBEGIN;
static TimestampTz inactivity_latest = DT_NOBEGIN;

static TimestampTz
inactive_after(void *arg, TimestampTz activity)
{
	return activity + INACTIVE;
}

static VerifyPeriod period;
static bool period_is_closed;

static int
check(const Rows *rows, VerifySet checks)
{
	static Verifier v;
	MemoryContext context = AllocSetContextCreate(NULL, "check", ALLOCSET_DEFAULT_SIZES);

	memset(&v, 0, sizeof(v));
	v.checks = checks;
	v.report = count_finding;
	v.show_time = show_number;
	v.show_day = show_day;
	v.day_of = day_of;
	v.periods = &period;
	v.nperiods = period_is_closed;
	v.has_tiers = true;
	v.sources = sources;
	v.nsources = lengthof(sources);
	v.inactive_after = has_inactivity ? inactive_after : NULL;
	v.inactivity_since = inactivity_since;
	v.inactivity_latest = inactivity_latest;
	v.clock = now;
	nfindings = 0;
	noticed = 0;
	last_place[0] = all_places[0] = '\0';

	engage_verify_init(&v, context);
	engage_verify_begin(&v);
	v.member = MEMBER;
	v.member_bytes = MEMBER;
	v.member_length = strlen(MEMBER);
	v.has_account = rows->has_account;
	v.account = rows->account;
	/* backwards: they may come in any order */
	for (int i = rows->nentries - 1; i >= 0; i--)
		*engage_verify_add_entry(&v) = rows->entries[i];
	for (int i = rows->nuses - 1; i >= 0; i--)
		*engage_verify_add_use(&v) = rows->uses[i];
	for (int i = rows->nlots - 1; i >= 0; i--)
		*engage_verify_add_lot(&v) = rows->lots[i];
	for (int i = 0; i < rows->nholds; i++)
		*engage_verify_add_hold(&v) = rows->holds[i];
	for (int i = 0; i < rows->ntallies; i++)
		*engage_verify_add_tally(&v) = rows->tallies[i];
	v.nrefusals = rows->nrefusals;
	v.first_refusal_at = rows->first_refusal_at;
	for (int i = 0; i < rows->nchanges; i++)
		*engage_verify_add_tier_change(&v) = rows->changes[i];
	engage_verify_member(&v);
	if (verify_wants(&v, CHECK_HOUSE))
		engage_verify_ledger(&v);
	engage_verify_done(&v);
	MemoryContextDelete(v.finding_context);
	MemoryContextDelete(v.member_context);
	MemoryContextDelete(context);
	return nfindings;
}

/* ----------------------------------------------------------------
 *		a history
 * ---------------------------------------------------------------- */

static int64
some(int64 most)
{
	return 1 + random_bits() % most;
}

static VerifyLot *
lot_of(Rows *r, int64 lot_no)
{
	for (int i = 0; i < r->nlots; i++)
		if (r->lots[i].row.lot_no == lot_no)
			return &r->lots[i];
	return NULL;
}

static LedgerEntry *
begin(Rows *r, EntryKind kind, bool keyed)
{
	LedgerEntry *e = &r->entries[r->nentries++];

	memset(e, 0, sizeof(*e));
	e->seq = r->nentries;
	e->kind = kind;
	e->effective_at = TIME_NULL;
	e->until = TIME_NULL;
	e->recorded_at = now += some(3);
	e->session_role = "shop";
	if (keyed)
	{
		e->key = psprintf("key-%d", r->nentries);
		e->request_hash = random_bits();
	}
	return e;
}

static LedgerEntry *
follow(Rows *r, EntryKind kind, int64 request_seq)
{
	LedgerEntry *e = begin(r, kind, false);

	e->request_seq = request_seq;
	return e;
}

/* the balances after it, and the hash, are filled in by finish() */
static void
use(Rows *r, LedgerEntry *e, int64 lot_no, LotAction action, int64 points)
{
	LotUse	   *u = &r->uses[r->nuses++];
	VerifyLot  *lot = lot_of(r, lot_no);

	*u = (LotUse) {e->seq, lot_no, points, action, ++e->nuses};
	if (action == USE_HOLD)
		lot->row.held += points;
	else if (action == USE_RELEASE)
		lot->row.held -= points;
	else if (action == USE_CAPTURE)
		lot->row.held -= points, lot->row.remaining -= points;
	else if (action == USE_RESTORE)
		lot->row.remaining += points;
	else
		lot->row.remaining -= points;
}

static void
finish(Rows *r, LedgerEntry *e, int64 new_debt)
{
	LedgerAccount *a = &r->account;
	int64		before = a->available + a->pending + a->held - a->debt;
	LedgerEntry hashed;
	StringInfoData buffer;
	VerifyLot  *lot = lot_of(r, e->seq);

	a->debt += new_debt;
	a->available = a->pending = a->held = 0;
	for (int i = 0; i < r->nlots; i++)
	{
		const LedgerLot *l = &r->lots[i].row;

		*(l->is_pending ? &a->pending : &a->available) += l->remaining - l->held;
		a->held += l->held;
	}
	e->amount = a->available + a->pending + a->held - a->debt - before;
	e->available_after = a->available;
	e->pending_after = a->pending;
	e->held_after = a->held;
	e->debt_after = a->debt;
	switch (e->kind)
	{
		case ENTRY_EARN:
		case ENTRY_AWARD:
		case ENTRY_BONUS:
			a->earned += e->amount;
			break;
		case ENTRY_REDEEM:
		case ENTRY_CAPTURE:
		case ENTRY_RESTORE:
			a->redeemed -= e->amount;
			break;
		case ENTRY_EXPIRE:
			a->expired -= e->amount;
			break;
		case ENTRY_REVERSE:
			a->reversed -= e->amount;
			break;
		default:
			break;
	}
	a->seq = e->seq;
	a->last_recorded_at = e->recorded_at;
	initStringInfo(&buffer);
	hashed = *e;
	engage_chain_bytes(e->seq == 1 ? a->chain_head : r->entries[e->seq - 2].hash, MEMBER, strlen(MEMBER),
					   &hashed, lot ? &lot->row : NULL, &r->uses[r->nuses - e->nuses], &buffer);
	engage_sha256(buffer.data, buffer.len, e->hash);
	memcpy(a->chain_head, e->hash, sizeof(e->hash));
}

/* debt is paid by what becomes available */
static int64
repay(Rows *r, LedgerEntry *e, int64 lot_no, int64 points)
{
	int64		repaid = Min(r->account.debt, points);

	if (repaid > 0)
		use(r, e, lot_no, USE_REPAY_DEBT, repaid);
	return -repaid;
}

/* all is on one day: a row for each source */
static VerifyTally *
tally_of(Rows *r, EntryKind kind)
{
	return &r->tallies[kind == ENTRY_BONUS ? 0 : kind == ENTRY_EARN ? 1 : 2];
}

static void
grant(Rows *r, EntryKind kind, int64 request_seq, bool pending)
{
	LedgerEntry *e = request_seq != 0 ? follow(r, kind, request_seq) : begin(r, kind, true);
	VerifyLot  *lot = &r->lots[r->nlots++];
	int64		new_debt = 0;

	if (kind == ENTRY_AWARD)
		e->rule = "purchase";
	if (kind == ENTRY_BONUS)
		e->campaign = "spring";
	memset(lot, 0, sizeof(*lot));
	lot->row.lot_no = e->seq;
	lot->row.granted = lot->row.remaining = some(100) + (is_fixed ? r->account.debt : 0);
	lot->row.available_at = pending ? e->recorded_at + 10 : e->recorded_at;
	lot->row.expires_at = e->recorded_at + 1000000;
	lot->row.initial_available_at = lot->row.initial_expires_at = TIME_NULL;
	lot->row.earned_at = pending ? e->recorded_at : TIME_NULL;
	lot->row.is_pending = pending;
	if (!pending)
		new_debt = repay(r, e, e->seq, lot->row.granted);
	finish(r, e, new_debt);
	tally_of(r, kind)->points += e->amount;
	tally_of(r, kind)->awards += kind == ENTRY_AWARD;
}

/* Takes from lots from the oldest on. */
static int64
take(Rows *r, LedgerEntry *e, LotAction action, int64 points, VerifyHold *hold)
{
	for (int i = 0; i < r->nlots && points > 0; i++)
	{
		LedgerLot  *lot = &r->lots[i].row;
		int64		taken = lot->is_pending ? 0 : Min(points, lot->remaining - lot->held);

		if (taken == 0)
			continue;
		use(r, e, lot->lot_no, action, taken);
		points -= taken;
		if (hold != NULL)
		{
			hold->row.lots[hold->row.nslices] = lot->lot_no;
			hold->row.slices[hold->row.nslices++] = taken;
		}
	}
	return points;
}

static void
place_hold(Rows *r)
{
	LedgerEntry *e = begin(r, ENTRY_HOLD, true);
	VerifyHold *hold = &r->holds[r->nholds++];

	memset(hold, 0, sizeof(*hold));
	e->hold_id = hold->row.hold_id = 1000 - r->nholds;
	hold->row.seq = e->seq;
	e->until = hold->row.expires_at = e->recorded_at + 500;
	hold->row.points = some(r->account.available);
	hold->row.lots = palloc(100 * sizeof(int64));
	hold->row.slices = palloc(100 * sizeof(int64));
	hold->row.state = HOLD_OPEN;
	take(r, e, USE_HOLD, hold->row.points, hold);
	finish(r, e, 0);
}

static int64
release_slices(Rows *r, LedgerEntry *e, VerifyHold *hold, HoldState state)
{
	int64		debt = r->account.debt;

	e->hold_id = hold->row.hold_id;
	for (int i = 0; i < hold->row.nslices; i++)
	{
		use(r, e, hold->row.lots[i], USE_RELEASE, hold->row.slices[i]);
		hold->row.released += hold->row.slices[i];
	}
	for (int i = 0; i < hold->row.nslices && debt > 0; i++)
	{
		int64		repaid = Min(debt, hold->row.slices[i]);

		use(r, e, hold->row.lots[i], USE_REPAY_DEBT, repaid);
		debt -= repaid;
	}
	hold->row.nslices = 0;
	hold->row.state = state;
	return debt - r->account.debt;
}

static void
resolve_hold(Rows *r, VerifyHold *hold)
{
	int			how = random_bits() % 3;
	LedgerEntry *e;

	if (how == 0)
	{
		LedgerHold *h = &hold->row;
		int64		points = some(h->points - h->captured - h->released);
		int			kept = 0;

		e = begin(r, ENTRY_CAPTURE, true);
		e->hold_id = h->hold_id;
		h->captured += points;
		for (int i = 0; i < h->nslices; i++)
		{
			int64		taken = Min(points, h->slices[i]);

			if (taken > 0)
				use(r, e, h->lots[i], USE_CAPTURE, taken);
			points -= taken;
			h->lots[kept] = h->lots[i];
			h->slices[kept] = h->slices[i] - taken;
			kept += h->slices[kept] > 0;
		}
		h->nslices = kept;
		finish(r, e, 0);
		if (kept == 0)
			h->state = HOLD_CAPTURED;
		else if (random_bits() % 2)
		{
			e = follow(r, ENTRY_RELEASE, e->seq);
			finish(r, e, release_slices(r, e, hold, HOLD_CAPTURED));
		}
	}
	else if (how == 1)
	{
		e = begin(r, ENTRY_RELEASE, true);
		finish(r, e, release_slices(r, e, hold, HOLD_RELEASED));
	}
	else
	{
		now = Max(now, hold->row.expires_at);
		e = begin(r, ENTRY_HOLD_EXPIRE, false);
		e->effective_at = hold->row.expires_at;
		finish(r, e, release_slices(r, e, hold, HOLD_EXPIRED));
	}
}

static bool
is_taken_back(Rows *r, int64 seq)
{
	for (int i = 0; i < r->nentries; i++)
		if (r->entries[i].reverses_seq == seq && r->entries[i].kind != ENTRY_EXTEND && r->entries[i].kind != ENTRY_MATURE)
			return true;
	return false;
}

static void
reverse(Rows *r, LedgerEntry *grant)
{
	LedgerEntry *e = begin(r, ENTRY_REVERSE, true);
	int64		points = some(grant->amount);
	LedgerLot  *lot = &lot_of(r, grant->seq)->row;
	int64		own = Min(points, lot->remaining - lot->held);
	int64		rest;

	e->reverses_seq = grant->seq;
	if (own > 0)
		use(r, e, lot->lot_no, USE_CLAW, own);
	/* (other lots, where it has not been taken from) */
	rest = points - own;
	for (int i = 0; i < r->nlots && rest > 0; i++)
	{
		LedgerLot  *other = &r->lots[i].row;
		int64		taken = other == lot || other->is_pending ? 0 : Min(rest, other->remaining - other->held);

		if (taken > 0)
			use(r, e, other->lot_no, USE_CLAW, taken);
		rest -= taken;
	}
	finish(r, e, rest);
	tally_of(r, grant->kind)->points -= points;
	tally_of(r, grant->kind)->awards -= grant->kind == ENTRY_AWARD && points == grant->amount;
	if (rest > 1 && !is_fixed && random_bits() % 2)
	{
		int64		forgiven = some(rest);

		e = follow(r, ENTRY_WRITE_OFF, e->seq);
		e->reverses_seq = grant->seq;
		finish(r, e, -forgiven);
	}
}

static void
restore(Rows *r, LedgerEntry *redemption)
{
	LedgerEntry *e = begin(r, ENTRY_RESTORE, true);
	int			nuses = r->nuses;
	int64		repaid = 0;

	e->reverses_seq = redemption->seq;
	for (int i = 0; i < nuses; i++)
		if (r->uses[i].seq == redemption->seq)
			use(r, e, r->uses[i].lot_no, USE_RESTORE, some(r->uses[i].points));
	for (int i = nuses, end = r->nuses; i < end; i++)
	{
		int64		left = r->account.debt + repaid;
		int64		points = Min(left, r->uses[i].points);

		if (points > 0)
			use(r, e, r->uses[i].lot_no, USE_REPAY_DEBT, points);
		repaid -= points;
	}
	finish(r, e, repaid);
}

static void
one_step(Rows *r)
{
	LedgerAccount *a = &r->account;
	LedgerEntry *e;
	VerifyLot  *lot = r->nlots > 0 ? &r->lots[random_bits() % r->nlots] : NULL;
	VerifyHold *hold = r->nholds > 0 ? &r->holds[random_bits() % r->nholds] : NULL;
	LedgerEntry *old = r->nentries > 0 ? &r->entries[random_bits() % r->nentries] : NULL;

	switch (random_bits() % 13)
	{
		case 0:
		case 1:
			grant(r, ENTRY_EARN, 0, random_bits() % 2);
			break;
		case 2:
			{
				int64		seq = r->nentries + 1;

				grant(r, ENTRY_AWARD, 0, false);
				if (random_bits() % 2)
					grant(r, ENTRY_BONUS, seq, false);
			}
			break;
		case 3:
			if (a->available > 0)
			{
				e = begin(r, ENTRY_REDEEM, true);
				take(r, e, USE_CONSUME, some(a->available), NULL);
				finish(r, e, 0);
			}
			break;
		case 4:
			if (a->available > 0)
				place_hold(r);
			break;
		case 5:
		case 6:
			if (hold != NULL && hold->row.state == HOLD_OPEN && now + 10 < hold->row.expires_at)
				resolve_hold(r, hold);
			break;
		case 7:
			if (lot != NULL && lot->row.is_pending)
			{
				now = Max(now, lot->row.available_at);
				e = begin(r, ENTRY_MATURE, false);
				e->effective_at = lot->row.available_at;
				e->reverses_seq = lot->row.lot_no;
				lot->row.is_pending = false;
				finish(r, e, repay(r, e, lot->row.lot_no, lot->row.remaining));
			}
			break;
		case 8:
			if (lot != NULL && lot->row.remaining > lot->row.held)
			{
				e = begin(r, ENTRY_EXPIRE, false);
				use(r, e, lot->row.lot_no, USE_EXPIRE, lot->row.remaining - lot->row.held);
				e->effective_at = Min(e->recorded_at, lot->row.expires_at);
				/* before its date: for inactivity */
				if (e->effective_at < lot->row.expires_at)
					a->lapsed_seq = e->seq;
				finish(r, e, 0);
			}
			break;
		case 9:
			if (old != NULL && (old->kind == ENTRY_EARN || old->kind == ENTRY_AWARD || old->kind == ENTRY_BONUS) && !is_taken_back(r, old->seq))
				reverse(r, old);
			break;
		case 10:
			if (old != NULL && old->kind == ENTRY_REDEEM && !is_taken_back(r, old->seq))
				restore(r, old);
			break;
		case 11:
			if (lot != NULL)
			{
				e = begin(r, ENTRY_EXTEND, true);
				e->reverses_seq = lot->row.lot_no;
				if (IS_TIME_NULL(lot->row.initial_expires_at))
					lot->row.initial_expires_at = lot->row.expires_at;
				e->until = lot->row.expires_at += 100;
				finish(r, e, 0);
			}
			break;
		case 12:
			a->blocked = !a->blocked;
			e = begin(r, a->blocked ? ENTRY_BLOCK : ENTRY_UNBLOCK, true);
			e->has_note = true;
			memset(e->note_hash, 7, CHAIN_HASH_LENGTH);
			finish(r, e, 0);
			break;
	}
}

static void
open_lots(Rows *r)
{
	for (int i = 0; i < r->nlots; i++)
		r->lots[i].is_open = r->lots[i].row.remaining > 0;
}

/* The soonest expiry of what is available: tried one lot after the other */
static void
expect_expiry(Rows *r)
{
	r->account.next_expiry_at = DT_NOEND;
	r->account.next_expiry_points = 0;
	for (int i = 0; i < r->nlots; i++)
	{
		int64		together = 0;
		const LedgerLot *lot = &r->lots[i].row;

		for (int k = 0; k < r->nlots; k++)
			if (r->lots[k].row.expires_at == lot->expires_at && !r->lots[k].row.is_pending)
				together += r->lots[k].row.remaining - r->lots[k].row.held;
		if (together > 0 && !lot->is_pending && lot->remaining > lot->held &&
			lot->expires_at < r->account.next_expiry_at)
		{
			r->account.next_expiry_at = lot->expires_at;
			r->account.next_expiry_points = together;
		}
	}
}

static void
make_history(Rows *r, int steps)
{
	memset(r, 0, sizeof(*r));
	now = 1000;
	r->has_account = true;
	/* he was refused something before he had anything */
	r->account.joined_at = r->first_refusal_at = now;
	r->account.refusals = r->nrefusals = 1;
	r->account.last_recorded_at = DT_NOBEGIN;
	r->account.next_due_at = 0;
	r->account.inactive_at = r->account.tier_due_at = DT_NOEND;
	r->tallies[0] = (VerifyTally) {.source = "campaign:spring",.day = 1,.qualifying = true};
	r->tallies[1] = (VerifyTally) {.source = "earn",.day = 1,.qualifying = true};
	r->tallies[2] = (VerifyTally) {.source = "rule:purchase",.day = 1,.qualifying = true};
	r->ntallies = 3;
	for (int i = 0; i < steps; i++)
		one_step(r);
	open_lots(r);
	expect_expiry(r);
}

/* ----------------------------------------------------------------
 *		damage
 * ---------------------------------------------------------------- */

/* a column, and the checks that must find it changed: all of them together, and one by itself */
typedef struct Column
{
	const char *name;
	size_t		offset;
	char		type;			/* i 64 bits, b boolean, x text, h hash, j integer */
	int			check;			/* -1: some */
} Column;

#define ACCOUNT(column, type, check) {#column, offsetof(LedgerAccount, column), type, check}
#define ENTRY(column, type, check) {#column, offsetof(LedgerEntry, column), type, check}
#define LOT(column, type, check) {#column, offsetof(VerifyLot, row.column), type, check}
#define USE(column, type, check) {#column, offsetof(LotUse, column), type, check}
#define HOLD(column, type, check) {#column, offsetof(VerifyHold, row.column), type, check}

static const Column account_columns[] = {
	ACCOUNT(seq, 'i', CHECK_SEQUENCE), ACCOUNT(available, 'i', CHECK_COUNTERS), ACCOUNT(available, 'i', CHECK_SPENDABLE),
	ACCOUNT(available, 'i', CHECK_REPLAY), ACCOUNT(available, 'i', CHECK_HOUSE), ACCOUNT(pending, 'i', CHECK_COUNTERS),
	ACCOUNT(pending, 'i', CHECK_SPENDABLE), ACCOUNT(held, 'i', CHECK_COUNTERS), ACCOUNT(held, 'i', CHECK_SPENDABLE),
	ACCOUNT(held, 'i', CHECK_HOLDS), ACCOUNT(debt, 'i', CHECK_COUNTERS), ACCOUNT(debt, 'i', CHECK_REPLAY),
	ACCOUNT(debt, 'i', CHECK_IDENTITY), ACCOUNT(earned, 'i', CHECK_IDENTITY), ACCOUNT(redeemed, 'i', CHECK_IDENTITY),
	ACCOUNT(expired, 'i', CHECK_IDENTITY), ACCOUNT(reversed, 'i', CHECK_IDENTITY), ACCOUNT(last_recorded_at, 'i', CHECK_TIME_ORDER),
	ACCOUNT(next_expiry_at, 'i', CHECK_SPENDABLE), ACCOUNT(next_expiry_points, 'i', CHECK_SPENDABLE),
	ACCOUNT(blocked, 'b', CHECK_REPLAY), ACCOUNT(joined_at, 'i', CHECK_REPLAY), ACCOUNT(inactive_at, 'i', CHECK_REPLAY),
	ACCOUNT(refusals, 'i', CHECK_KEYS), ACCOUNT(has_sources, 'b', CHECK_KEYS), ACCOUNT(tier, 'x', CHECK_TIERS),
	ACCOUNT(tier_due_at, 'i', CHECK_TIERS), ACCOUNT(tier_in_grace, 'b', CHECK_TIERS), ACCOUNT(chain_head, 'h', CHECK_CHAIN)
};
static const Column entry_columns[] = {
	ENTRY(amount, 'i', CHECK_CHAIN), ENTRY(amount, 'i', CHECK_AS_OF), ENTRY(amount, 'i', CHECK_COUNTERS), ENTRY(amount, 'i', CHECK_HOUSE),
	ENTRY(available_after, 'i', CHECK_CHAIN), ENTRY(available_after, 'i', CHECK_REPLAY), ENTRY(available_after, 'i', CHECK_AS_OF),
	ENTRY(pending_after, 'i', CHECK_CHAIN), ENTRY(pending_after, 'i', CHECK_REPLAY), ENTRY(held_after, 'i', CHECK_CHAIN),
	ENTRY(held_after, 'i', CHECK_REPLAY), ENTRY(debt_after, 'i', CHECK_CHAIN), ENTRY(debt_after, 'i', CHECK_REPLAY),
	ENTRY(debt_after, 'i', CHECK_ENTRY_USES), ENTRY(recorded_at, 'i', CHECK_CHAIN), ENTRY(effective_at, 'i', CHECK_CHAIN),
	ENTRY(request_seq, 'i', CHECK_CHAIN), ENTRY(reverses_seq, 'i', CHECK_CHAIN), ENTRY(hold_id, 'i', CHECK_CHAIN),
	ENTRY(until, 'i', CHECK_CHAIN), ENTRY(key, 'x', CHECK_CHAIN), ENTRY(source_ref, 'x', CHECK_CHAIN), ENTRY(rule, 'x', CHECK_CHAIN),
	ENTRY(campaign, 'x', CHECK_CHAIN), ENTRY(batch, 'x', CHECK_CHAIN), ENTRY(rate, 'x', CHECK_CHAIN), ENTRY(reason, 'x', CHECK_CHAIN),
	ENTRY(actor, 'x', CHECK_CHAIN), ENTRY(session_role, 'x', CHECK_CHAIN), ENTRY(acting_role, 'x', CHECK_CHAIN),
	ENTRY(has_note, 'b', CHECK_CHAIN), ENTRY(hash, 'h', CHECK_CHAIN), ENTRY(seq, 'i', CHECK_SEQUENCE), ENTRY(seq, 'i', CHECK_CHAIN)
};
static const Column lot_columns[] = {
	LOT(lot_no, 'i', CHECK_ORPHANS), LOT(granted, 'i', CHECK_CHAIN), LOT(granted, 'i', CHECK_LOT_USES), LOT(granted, 'i', CHECK_ENTRY_USES),
	LOT(remaining, 'i', CHECK_SPENDABLE), LOT(remaining, 'i', CHECK_LOT_USES), LOT(remaining, 'i', CHECK_REPLAY), LOT(held, 'i', CHECK_LOT_USES),
	LOT(held, 'i', CHECK_HOLDS), LOT(held, 'i', CHECK_REPLAY), LOT(available_at, 'i', CHECK_CHAIN), LOT(expires_at, 'i', -1),
	LOT(initial_expires_at, 'i', CHECK_CHAIN), LOT(initial_available_at, 'i', CHECK_CHAIN), LOT(is_pending, 'b', CHECK_REPLAY),
	LOT(earned_at, 'i', CHECK_REPLAY),
	{"is_open", offsetof(VerifyLot, is_open), 'b', CHECK_LOT_BOUNDS}
};
static const Column use_columns[] = {
	USE(seq, 'i', CHECK_CHAIN), USE(lot_no, 'i', CHECK_CHAIN), USE(points, 'i', CHECK_CHAIN), USE(points, 'i', CHECK_LOT_USES),
	USE(points, 'i', CHECK_ENTRY_USES), USE(action, 'j', CHECK_CHAIN), USE(action, 'j', CHECK_ENTRY_USES), USE(ordinal, 'j', CHECK_ENTRY_USES)
};
static const Column hold_columns[] = {
	HOLD(hold_id, 'i', CHECK_ORPHANS), HOLD(seq, 'i', CHECK_ORPHANS), HOLD(points, 'i', CHECK_HOLD_RESOLUTION), HOLD(captured, 'i', CHECK_HOLD_RESOLUTION),
	HOLD(released, 'i', CHECK_HOLD_RESOLUTION), HOLD(expires_at, 'i', CHECK_HOLD_RESOLUTION), HOLD(state, 'j', CHECK_HOLD_RESOLUTION)
};

static void
damage(char *row, const Column *column)
{
	char	   *place = row + column->offset;
	int64		by = random_bits() % 2 ? some(5) : -some(5);

	switch (column->type)
	{
		case 'i':
			/* NULL, or where the difference would overflow */
			if (*(int64 *) place == TIME_NULL || *(int64 *) place == DT_NOEND)
				*(int64 *) place = 5;
			else
				*(int64 *) place += by;
			break;
		case 'j':
			*(int *) place = (*(int *) place + 1) % 4;
			break;
		case 'b':
			*(bool *) place = !*(bool *) place;
			break;
		case 'x':
			*(const char **) place = *(const char **) place == NULL ? "" : psprintf("%s!", *(const char **) place);
			break;
		case 'h':
			place[random_bits() % CHAIN_HASH_LENGTH] ^= 1 << random_bits() % 8;
			break;
	}
}

static void
damage_table(const char *table, const Column *columns, int ncolumns, void *rows, int nrows, size_t size, int *missed)
{
	for (int i = 0; i < ncolumns && nrows > 0; i++)
	{
		memcpy(&bad, &good, sizeof(bad));
		damage((char *) rows + size * (random_bits() % nrows), &columns[i]);
		if (check(&bad, columns[i].check < 0 ? VERIFY_ALL : VERIFY_ONLY(columns[i].check)) == 0)
		{
			note("%s.%s: not noticed by %s", table, columns[i].name,
				 columns[i].check < 0 ? "any check" : engage_verify_checks[columns[i].check].name);
			++*missed;
		}
	}
}

static void
drop_row(void *rows, int *nrows, size_t size)
{
	int			which = random_bits() % *nrows;

	memmove((char *) rows + which * size, (char *) rows + (which + 1) * size, (*nrows - which - 1) * size);
	--*nrows;
}

static void
histories(void)
{
	long		n = cases(200);
	int			unsound = 0;
	int			missed = 0;
	int			undropped = 0;
	int			sizes[5] = {0};
	int			kinds[ENTRY_KINDS] = {0};
	int			unused = 0;

	for (long i = 0; i < n; i++)
	{
		make_history(&good, random_bits() % 100);
		for (int k = 0; k < good.nentries; k++)
			kinds[good.entries[k].kind]++;
		if (check(&good, VERIFY_ALL) != 0)
		{
			note("%s", last_place);
			unsound++;
			continue;
		}
		damage_table("account", account_columns, lengthof(account_columns), &bad.account, 1, 0, &missed);
		damage_table("entry", entry_columns, lengthof(entry_columns), bad.entries, good.nentries, sizeof(LedgerEntry), &missed);
		damage_table("lot", lot_columns, lengthof(lot_columns), bad.lots, good.nlots, sizeof(VerifyLot), &missed);
		damage_table("lot_use", use_columns, lengthof(use_columns), bad.uses, good.nuses, sizeof(LotUse), &missed);
		damage_table("hold", hold_columns, lengthof(hold_columns), bad.holds, good.nholds, sizeof(VerifyHold), &missed);

		for (int table = 0; table < 5; table++)
		{
			memcpy(&bad, &good, sizeof(bad));
			if (table == 0 && bad.nentries > 0)
				drop_row(bad.entries, &bad.nentries, sizeof(LedgerEntry));
			else if (table == 1 && bad.nlots > 0)
				drop_row(bad.lots, &bad.nlots, sizeof(VerifyLot));
			else if (table == 2 && bad.nuses > 0)
				drop_row(bad.uses, &bad.nuses, sizeof(LotUse));
			else if (table == 3 && bad.nholds > 0)
				drop_row(bad.holds, &bad.nholds, sizeof(VerifyHold));
			else if (table == 4 && bad.nentries > 0)
				bad.has_account = false;
			else
				continue;
			sizes[table]++;
			if (check(&bad, VERIFY_ALL) == 0)
				undropped++;
			/* what is checked beside must not stumble over it */
			check(&bad, VERIFY_ALL & ~VERIFY_ONLY(random_bits() % VERIFY_CHECKS));
		}
	}
	ok(unsound == 0, "%ld sound histories have no findings", n);
	ok(missed == 0, "whichever column is changed, the check for it notices");
	ok(undropped == 0, "whichever row is missing, it is noticed (%d entries, %d lots, %d uses, %d holds, %d accounts)",
	   sizes[0], sizes[1], sizes[2], sizes[3], sizes[4]);
	for (int k = 0; k < ENTRY_KINDS; k++)
		if (kinds[k] == 0 && k != ENTRY_ADJUST && k != ENTRY_OPENING && k != ENTRY_ACTIVATE && k != ENTRY_TIER && k != ENTRY_ERASE)
			unused++;
	ok(unused == 0, "the histories have entries of the kinds they should");
}

/* ----------------------------------------------------------------
 *		what a random change seldom meets
 * ---------------------------------------------------------------- */

#define NOTICED(which, what) \
	ok(check(&bad, VERIFY_ONLY(which)) > 0, "%s: %s", engage_verify_checks[which].name, what)

static void
fresh(void)
{
	LedgerEntry *e;

	is_fixed = true;
	make_history(&good, 0);
	grant(&good, ENTRY_EARN, 0, false);
	grant(&good, ENTRY_AWARD, 0, false);
	grant(&good, ENTRY_BONUS, 2, false);
	e = begin(&good, ENTRY_REDEEM, true);
	take(&good, e, USE_CONSUME, good.account.available, NULL);
	finish(&good, e, 0);
	reverse(&good, &good.entries[0]);
	restore(&good, &good.entries[3]);
	grant(&good, ENTRY_AWARD, 0, false);
	good.entries[good.nentries - 1].rule = "review";
	good.tallies[2].points -= good.entries[good.nentries - 1].amount;
	good.tallies[2].awards--;
	good.tallies[good.ntallies++] = (VerifyTally) {.source = "rule:review",.day = 1,.points = good.entries[good.nentries - 1].amount,.awards = 1,.qualifying = true};
	is_fixed = false;
	open_lots(&good);
	expect_expiry(&good);
	memcpy(&bad, &good, sizeof(bad));
}

static bool
inactive_at(TimestampTz instant)
{
	bad.account.inactive_at = instant;
	return check(&bad, VERIFY_ONLY(CHECK_REPLAY)) == 0;
}

/* account.inactive_at; of three awards, a redemption and an award */
static void
inactivity(void)
{
	TimestampTz last;
	LedgerEntry *e;

	fresh();
	has_inactivity = true;
	last = bad.entries[bad.nentries - 1].recorded_at;
	bad.account.next_due_at = DT_NOBEGIN;
	ok(inactive_at(last + INACTIVE), "inactive_at: after the last activity%s", last_place);
	ok(!inactive_at(last + INACTIVE + 1) && !inactive_at(last + INACTIVE - 1) && !inactive_at(DT_NOEND) && !inactive_at(0),
	   "inactive_at: not at another instant, and not never");
	bad.nentries = 3;
	bad.entries[2].kind = ENTRY_EARN, bad.entries[2].key = "backdated", bad.entries[2].request_seq = 0;
	bad.entries[2].effective_at = bad.entries[1].recorded_at - 100;
	bad.account.available = bad.entries[2].available_after;
	bad.account.inactive_at = bad.entries[1].recorded_at + INACTIVE;
	check(&bad, VERIFY_ONLY(CHECK_REPLAY));
	ok(strstr(all_places, "inactive_at") == NULL, "inactive_at: what was backdated does not bring it forward");
	bad.account.inactive_at -= 100;
	check(&bad, VERIFY_ONLY(CHECK_REPLAY));
	ok(strstr(all_places, "inactive_at") != NULL, "inactive_at: nor may a hand");

	/* what was settled in the same posting took a microsecond */
	fresh();
	last = bad.entries[bad.nentries - 1].recorded_at;
	e = &bad.entries[bad.nentries - 2];
	e->kind = ENTRY_MATURE, e->key = NULL, e->effective_at = 5, e->recorded_at = last - 1;
	bad.account.inactive_at = last - 1 + INACTIVE;
	check(&bad, VERIFY_ONLY(CHECK_REPLAY));
	ok(strstr(all_places, "inactive_at") == NULL, "inactive_at: the instant of the posting is that of its first entry");

	/* by other settings */
	fresh();
	last = bad.entries[bad.nentries - 1].recorded_at;
	inactivity_since = last;
	inactivity_latest = last + INACTIVE + 500;
	ok(inactive_at(last + INACTIVE + 500) && inactive_at(last) && inactive_at(DT_NOEND), "inactive_at: by settings of before it can be many");
	ok(!inactive_at(last + INACTIVE + 501), "inactive_at: not later than the latest there was");
	inactivity_since = bad.entries[1].recorded_at;
	ok(inactive_at(last + INACTIVE + 500) && inactive_at(last + INACTIVE) && !inactive_at(last + INACTIVE - 1) && !inactive_at(DT_NOEND),
	   "inactive_at: not before what the present ones give");
	has_inactivity = false;
	inactivity_since = now;
	ok(inactive_at(now) && !inactive_at(now + 1) && inactive_at(DT_NOEND), "inactive_at: without the rule, only if it was due before");
	inactivity_since = DT_NOBEGIN;
	ok(!inactive_at(now) && inactive_at(DT_NOEND), "inactive_at: never, without the rule");

	/* nobody has written that there was nothing to lose */
	has_inactivity = true;
	make_history(&good, 0);
	grant(&good, ENTRY_EARN, 0, false);
	e = begin(&good, ENTRY_REDEEM, true);
	take(&good, e, USE_CONSUME, good.account.available, NULL);
	finish(&good, e, 0);
	open_lots(&good);
	expect_expiry(&good);
	memcpy(&bad, &good, sizeof(bad));
	bad.account.next_due_at = DT_NOBEGIN;
	ok(inactive_at(now + INACTIVE) && inactive_at(DT_NOEND) && !inactive_at(now + INACTIVE + 1), "inactive_at: may have passed unseen while there are no points");
	has_inactivity = false;
}

/* when each falls due */
static void
next_due(void)
{
	TimestampTz first = DT_NOEND;

	fresh();
	for (int i = 0; i < bad.nlots; i++)
		if (bad.lots[i].row.remaining > 0)
			first = Min(first, bad.lots[i].row.expires_at);
	bad.account.next_due_at = first + 1;
	ok(check(&bad, VERIFY_ONLY(CHECK_REPLAY)) > 0, "next_due_at: later than the first lot");
	bad.account.next_due_at = first;
	ok(check(&bad, VERIFY_ONLY(CHECK_REPLAY)) == 0, "next_due_at: the first lot%s", last_place);
	has_inactivity = true;
	bad.account.inactive_at = bad.entries[bad.nentries - 1].recorded_at + INACTIVE;
	NOTICED(CHECK_REPLAY, "nothing due when the member is inactive");
	bad.account.next_due_at = bad.account.inactive_at;
	ok(check(&bad, VERIFY_ONLY(CHECK_REPLAY)) == 0, "next_due_at: when the member is inactive%s", last_place);
	has_inactivity = false;
	bad.account.inactive_at = DT_NOEND;
	bad.account.next_due_at = bad.account.tier_due_at = 1100;
	ok(check(&bad, VERIFY_ONLY(CHECK_REPLAY)) == 0, "next_due_at: when the tier is reviewed%s", last_place);
}

static void
single(void)
{
	VerifySet	books = VERIFY_ALL & ~VERIFY_ONLY(CHECK_CHAIN);
	LedgerEntry *last;

	fresh();
	ok(check(&bad, books) == 0, "a history to be changed is sound%s", last_place);

	last = &bad.entries[bad.nentries - 1];
	last->key = bad.entries[1].key;
	NOTICED(CHECK_KEYS, "a key twice");
	fresh();
	last->source_ref = bad.entries[1].key;
	bad.account.has_sources = true;
	last->rule = "purchase";
	NOTICED(CHECK_KEYS, "a source awarded twice by a rule");
	last->rule = "review";
	ok(check(&bad, VERIFY_ONLY(CHECK_KEYS)) == 0, "another rule may award it, too");
	bad.account.has_sources = false;
	NOTICED(CHECK_KEYS, "a source that the account does not know of");
	fresh();
	bad.nrefusals = 0;
	NOTICED(CHECK_KEYS, "a refusal is missing");
	fresh();
	bad.entries[2].request_seq = 1;
	NOTICED(CHECK_KEYS, "a follower of another request");
	fresh();
	bad.entries[3].key = NULL;
	NOTICED(CHECK_KEYS, "no key");

	fresh();
	last->recorded_at = bad.entries[0].recorded_at;
	NOTICED(CHECK_TIME_ORDER, "a time before");
	fresh();
	last->recorded_at = bad.entries[bad.nentries - 2].recorded_at;
	NOTICED(CHECK_TIME_ORDER, "the same time");
	fresh();
	last->effective_at = last->recorded_at + 1;
	NOTICED(CHECK_TIME_ORDER, "effective later than recorded");

	fresh();
	last->kind = ENTRY_REDEEM;
	NOTICED(CHECK_HOUSE, "a redemption that gives points");
	fresh();
	last->available_after = -1;
	NOTICED(CHECK_BALANCE_SIGNS, "a negative balance");
	fresh();
	last->available_after = last->debt_after = 1;
	NOTICED(CHECK_BALANCE_SIGNS, "points beside debt");

	fresh();
	bad.entries[4].amount = -bad.entries[0].amount - 1;
	NOTICED(CHECK_REVERSALS, "more taken back than granted");
	fresh();
	bad.entries[4].reverses_seq = 4;
	NOTICED(CHECK_REVERSALS, "a redemption reversed as if granted");
	fresh();
	bad.entries[4].reverses_seq = 99;
	NOTICED(CHECK_REVERSALS, "nothing that could be taken back");
	fresh();
	bad.entries[5].amount = -bad.entries[3].amount + 1;
	NOTICED(CHECK_REVERSALS, "more restored than spent");
	fresh();
	for (int i = 0; i < bad.nuses; i++)
		if (bad.uses[i].action == USE_RESTORE)
			bad.uses[i].points = 1000000;
	NOTICED(CHECK_REVERSALS, "more restored to a lot than it gave");

	/* periods */
	fresh();
	period = (VerifyPeriod) {500, 600};
	period_is_closed = true;
	ok(check(&bad, VERIFY_ONLY(CHECK_CLOSED_PERIOD)) == 0, "closed_period: nothing was posted into it");
	last->effective_at = 499;
	NOTICED(CHECK_CLOSED_PERIOD, "posted into it");
	last->effective_at = 500;
	ok(check(&bad, VERIFY_ONLY(CHECK_CLOSED_PERIOD)) == 0, "closed_period: its end is open");
	last->effective_at = 499;
	period.closed_at = last->recorded_at;
	ok(check(&bad, VERIFY_ONLY(CHECK_CLOSED_PERIOD)) == 0, "closed_period: posted before it was closed");
	period_is_closed = false;

	inactivity();
	next_due();

	/* numbers that no sum of 64 bits holds */
	fresh();
	for (int i = 0; i < bad.nentries; i++)
		bad.entries[i].amount = bad.entries[i].available_after = i % 2 ? PG_INT64_MAX : PG_INT64_MIN;
	for (int i = 0; i < bad.nlots; i++)
		bad.lots[i].row.remaining = bad.lots[i].row.held = bad.lots[i].row.granted = PG_INT64_MAX;
	for (int i = 0; i < bad.nuses; i++)
		bad.uses[i].points = PG_INT64_MAX;
	bad.account.available = bad.account.pending = bad.account.held = PG_INT64_MAX;
	bad.account.debt = PG_INT64_MIN;
	ok(check(&bad, VERIFY_ALL) > 0, "extreme numbers are found, not added up wrongly");

	/* what cannot be read */
	fresh();
	bad.entries[1].kind = ENTRY_KINDS;
	bad.uses[0].action = LOT_ACTIONS;
	ok(check(&bad, VERIFY_ALL) > 0, "kinds and actions that there are none of");

	/* tiers */
	fresh();
	bad.nchanges = 3;
	for (int i = 0; i < bad.nentries; i++)
		bad.entries[i].recorded_at = 1001 + 2 * i;
	bad.changes[0] = (VerifyTierChange) {1, "silver", NULL, 1003, 1003, 1100, "upgraded"};
	bad.changes[1] = (VerifyTierChange) {2, "gold", "silver", 1007, 1007, 1200, "granted"};
	bad.changes[2] = (VerifyTierChange) {3, "gold", "gold", 1100, 1101, 1200, "kept"};
	bad.account.tier = bad.account.granted_tier = "gold";
	bad.account.earned_tier = "silver";
	bad.account.earned_due_at = bad.account.tier_due_at = 1150;
	bad.account.granted_until = 1200;
	bad.entries[3].kind = ENTRY_TIER;
	bad.entries[3].rule = "gold";
	bad.entries[3].until = 1200;
	ok(check(&bad, VERIFY_ONLY(CHECK_TIERS)) == 0, "tiers: a sound history%s", last_place);
	bad.changes[1].previous_tier = NULL;
	NOTICED(CHECK_TIERS, "another tier before");
	bad.changes[1].previous_tier = "silver";
	bad.changes[1].change_no = 3;
	NOTICED(CHECK_TIERS, "a change is missing");
	bad.changes[1].change_no = 2;
	bad.changes[1].recorded_at = 1002;
	NOTICED(CHECK_TIERS, "a change before another");
	bad.changes[1].recorded_at = 1007;
	bad.changes[0].effective_at = 1002;
	NOTICED(CHECK_TIERS, "an upgrade before it was recorded");
	bad.changes[0].effective_at = bad.changes[0].recorded_at = 1004;
	NOTICED(CHECK_TIERS, "an upgrade without an entry");
	bad.changes[0].effective_at = bad.changes[0].recorded_at = 1003;
	bad.changes[2].effective_at = bad.changes[2].recorded_at = 1201;
	NOTICED(CHECK_TIERS, "a review after it was due");
	bad.changes[2].effective_at = 1100;
	bad.changes[2].recorded_at = 1099;
	NOTICED(CHECK_TIERS, "a review recorded before it was made");
	bad.changes[2].recorded_at = 1101;
	bad.entries[3].until = 1300;
	NOTICED(CHECK_TIERS, "another end of an invitation");
	bad.entries[3].until = 1200;
	bad.changes[1].until = 1000;
	NOTICED(CHECK_TIERS, "a tier that ended before it began");
	bad.changes[1].until = 1200;
	ok(check(&bad, VERIFY_ONLY(CHECK_TIERS)) == 0, "tiers: sound again%s", last_place);
	bad.changes[1].reason = "upgraded";
	NOTICED(CHECK_TIERS, "an invitation that the history does not have");
	bad.changes[2].reason = bad.changes[1].reason = "granted";
	NOTICED(CHECK_TIERS, "an invitation that the journal does not have");
	bad.changes[2].reason = "kept";
	bad.entries[3].rule = "silver";
	NOTICED(CHECK_TIERS, "an invitation to another tier");
	bad.entries[3].rule = "gold";
	bad.entries[3].until = 1199;
	NOTICED(CHECK_TIERS, "an invitation until another time");
	bad.entries[3].until = 1200;
	bad.account.tier_due_at = 1151;
	NOTICED(CHECK_TIERS, "another review");
	bad.account.tier_due_at = bad.account.earned_due_at = 1151;
	ok(check(&bad, VERIFY_ONLY(CHECK_TIERS)) == 0, "tiers: the date of a tier that is not shown%s", last_place);
	bad.account.granted_until = 1201;
	NOTICED(CHECK_TIERS, "another end");
	bad.account.granted_until = 1200;
	bad.account.tier = "silver";
	NOTICED(CHECK_TIERS, "another tier");
	bad.account.tier = NULL;
	NOTICED(CHECK_TIERS, "no tier now");
	bad.account.tier = "gold";
	bad.account.granted_tier = NULL;
	NOTICED(CHECK_TIERS, "a grant forgotten");
	bad.account.granted_tier = "gold";
	bad.changes[2].reason = "revoked";
	NOTICED(CHECK_TIERS, "a grant revoked that the journal does not have");
	bad.entries[5].kind = ENTRY_TIER;
	bad.entries[5].rule = NULL;
	bad.entries[4].kind = bad.entries[4].kind == ENTRY_TIER ? ENTRY_BLOCK : bad.entries[4].kind;
	NOTICED(CHECK_TIERS, "a grant that was revoked");

	/* tallies */
	fresh();
	bad.tallies[2].points++;
	NOTICED(CHECK_TIERS, "a tally of more points");
	fresh();
	bad.tallies[2].awards--;
	NOTICED(CHECK_TIERS, "a tally of fewer awards");
	fresh();
	bad.tallies[2].day++;
	ok(check(&bad, VERIFY_ONLY(CHECK_TIERS)) >= 2, "tiers: a tally of another day");
	do
		fresh();
	while (bad.tallies[1].points == 0);
	bad.tallies[1].qualifying = false;
	NOTICED(CHECK_TIERS, "points that do not count");
	for (int i = 0; i < good.ntallies; i++)
	{
		fresh();
		/* (one that has come to nothing is not missed) */
		if (bad.tallies[i].points == 0 && bad.tallies[i].awards == 0)
			continue;
		bad.tallies[i] = bad.tallies[--bad.ntallies];
		if (check(&bad, VERIFY_ONLY(CHECK_TIERS)) == 0)
			break;
	}
	ok(nfindings > 0, "tiers: no tally");
	fresh();
	bad.tallies[bad.ntallies++] = (VerifyTally) {.source = "tier:gold",.day = 1,.points = 1};
	NOTICED(CHECK_TIERS, "a tally of nothing");

	/* a campaign's budget: 10 points were granted, 3 taken back */
	{
		static const struct
		{
			bool		sound;
			int64		budget;
			int64		allotted;
			int64		issued;
		}			budgets[] = {
			{true, 100, 100, 7}, {true, 100, 90, 7}, {false, 100, 90, 10}, {false, 100, 101, 7}, {false, 100, 100, 8}, {false, 100, 100, 6}, {false, 100, 5, 7}
		};

		for (int i = 0; i < lengthof(budgets); i++)
		{
			Verifier	v = {.checks = VERIFY_ONLY(CHECK_BUDGETS),.report = count_finding};
			MemoryContext context = AllocSetContextCreate(NULL, "check", ALLOCSET_DEFAULT_SIZES);
			LedgerEntry *e;

			nfindings = 0;
			engage_verify_init(&v, context);
			engage_verify_begin(&v);
			v.member = MEMBER;
			e = engage_verify_add_entry(&v);
			e->seq = 1, e->kind = ENTRY_BONUS, e->campaign = "spring", e->amount = 10;
			e = engage_verify_add_entry(&v);
			e->seq = 2, e->kind = ENTRY_REVERSE, e->reverses_seq = 1, e->amount = -3;
			engage_verify_member(&v);
			engage_verify_campaign(&v, "spring", true, budgets[i].budget, true, budgets[i].allotted, budgets[i].issued);
			engage_verify_campaign(&v, "unknown", false, 0, false, 0, 0);
			ok((nfindings == 0) == budgets[i].sound, "budgets: %d issued of %d allotted of %d is %ssound", (int) budgets[i].issued,
			   (int) budgets[i].allotted, (int) budgets[i].budget, budgets[i].sound ? "" : "not ");
			engage_verify_done(&v);
			MemoryContextDelete(v.finding_context);
			MemoryContextDelete(v.member_context);
			MemoryContextDelete(context);
		}
	}
}

static void
names(void)
{
	int			wrong = 0;
	uint8		hash[CHAIN_HASH_LENGTH];

	for (int i = 0; i < VERIFY_CHECKS; i++)
		wrong += engage_verify_checks[i].name == NULL || engage_verify_check(engage_verify_checks[i].name) != i;
	for (int i = 0; i < ENTRY_KINDS; i++)
		wrong += engage_entry_kind_names[i] == NULL || engage_entry_kind(engage_entry_kind_names[i]) != i;
	for (int i = 0; i < LOT_ACTIONS; i++)
	{
		wrong += engage_lot_action_names[i] == NULL || engage_lot_action(engage_lot_action_names[i]) != i;
		wrong += i > 0 && strcmp(engage_lot_action_names[i - 1], engage_lot_action_names[i]) >= 0;
	}
	for (int i = HOLD_OPEN; i <= HOLD_EXPIRED; i++)
		wrong += engage_hold_state(engage_hold_state_names[i]) != i;
	wrong += engage_entry_kind("") != -1 || engage_lot_action("holds") != -1 || engage_hold_state("op") != -1 || engage_verify_check("chai") != -1;
	ok(wrong == 0, "checks, kinds, actions and states are found by name; actions are in the order of theirs");

	/* FIPS 180-4: the hash that the tests compute themselves */
	engage_sha256("abc", 3, hash);
	ok(hash[0] == 0xba && hash[1] == 0x78 && hash[30] == 0x15 && hash[31] == 0xad, "SHA-256 of abc");
}

void
test_verify(void)
{
	names();
	histories();
	single();
}
