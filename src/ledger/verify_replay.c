/*-------------------------------------------------------------------------
 *
 * verify_replay.c
 *	  Checks of ledger_verify(): the journal played into empty books.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/interrupts.h"
#include "ledger/verify_checks.h"
#include "utils/timestamp.h"

/* Balances as they follow from the entries so far */
typedef struct ReplayState
{
	int128		available;
	int128		pending;
	int128		held;
	int128		debt;
	bool		blocked;
	int64		lapsed_seq;		/* of the last entry that only a lapse can have made */
} ReplayState;

static void
replay_use(Verifier *v, ReplayState *state, const LotUse *use)
{
	VerifyLot  *lot = engage_rows_lot(v, use->lot_no);
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
replay_grant(Verifier *v, VerifyLot *lot, ReplayState *state, const LedgerEntry *entry)
{
	const LedgerLot *row = &lot->row;

	lot->granted = true;
	lot->remaining = row->granted;
	lot->held = 0;
	lot->available_at = IS_TIME_NULL(row->initial_available_at)
		? row->available_at : row->initial_available_at;
	lot->expires_at = IS_TIME_NULL(row->initial_expires_at)
		? row->expires_at : row->initial_expires_at;
	same_time(v, CHECK_REPLAY, entry->seq, row->lot_no, "lot.earned_at",
			  IS_TIME_NULL(entry->effective_at) ? entry->recorded_at : entry->effective_at,
			  IS_TIME_NULL(row->earned_at) ? lot->available_at : row->earned_at);
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

	if (entry_grants(entry) && (lot = engage_rows_lot(v, entry->seq)) != NULL)
		replay_grant(v, lot, state, entry);

	/* before its uses: what matures can pay debt back */
	if (entry->kind == ENTRY_MATURE &&
		(lot = engage_rows_lot(v, entry->reverses_seq)) != NULL && lot->is_pending)
	{
		lot->is_pending = false;
		/* a lot that was activated became available then */
		if (!IS_TIME_NULL(entry->until))
			lot->available_at = entry->until;
		state->pending -= lot->remaining;
		state->available += lot->remaining;
	}

	for (int i = 0; i < entry->nuses; i++)
	{
		/* before its date, and nobody asked for it */
		if (entry->kind == ENTRY_EXPIRE && entry->request_seq == 0 && !IS_TIME_NULL(entry->effective_at) &&
			(lot = engage_rows_lot(v, uses[i].lot_no)) != NULL && entry->effective_at < lot->expires_at)
			state->lapsed_seq = entry->seq;
		replay_use(v, state, &uses[i]);
	}

	switch (entry->kind)
	{
		case ENTRY_REVERSE:
			{
				int128		sums[LOT_ACTIONS];

				engage_sum_uses(v, entry, sums);
				state->debt += -(int128) entry->amount - sums[USE_CLAW];
			}
			break;
		case ENTRY_WRITE_OFF:
			{
				int128		sums[LOT_ACTIONS];

				engage_sum_uses(v, entry, sums);
				state->debt -= entry->amount + sums[USE_CLAW];
			}
			break;
		case ENTRY_EXTEND:
			if (entry->key == NULL && entry->request_seq == 0)
				state->lapsed_seq = entry->seq;
			if ((lot = engage_rows_lot(v, entry->reverses_seq)) != NULL)
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

/* ----------------------------------------------------------------
 *		inactivity
 * ---------------------------------------------------------------- */

/*
 * What account.inactive_at can be.  Exactly one value follows from most
 * journals.  But a member without points can become inactive without an entry;
 * what entries of other settings set is not known; and the instant of a posting
 * is that of its first entry only, each later one being a microsecond later.
 */
typedef struct Inactivity
{
	bool		may_be_none;	/* infinity */
	bool		may_be_some;
	TimestampTz earliest;
	TimestampTz latest;
	TimestampTz last_granted_at;	/* points cannot lapse before they are there */
} Inactivity;

/* What was due until then is done; "until" lies in between. */
static void
inactivity_settled(Inactivity *in, TimestampTz earliest, TimestampTz latest)
{
	if (in->may_be_some && in->earliest <= latest)
		in->may_be_none = true;
	if (in->latest <= earliest)
		in->may_be_some = false;
}

static void
inactivity_set(Inactivity *in, TimestampTz earliest, TimestampTz latest)
{
	/* it only moves on */
	in->earliest = in->may_be_none ? earliest : Max(in->earliest, earliest);
	in->latest = in->may_be_some ? Max(in->latest, latest) : latest;
	in->may_be_some = true;
	in->may_be_none = false;
}

/*
 * Something that time brought about, by itself or at the beginning of a posting.
 */
static inline bool
is_settled_by_itself(const LedgerEntry *entry)
{
	return entry->key == NULL && entry->request_seq == 0;
}

/* "began": what the posting wrote first was recorded then */
static void
replay_inactivity(Verifier *v, Inactivity *in, const LedgerEntry *entry, TimestampTz began)
{
	TimestampTz from = IS_TIME_NULL(entry->effective_at) ? began : entry->effective_at;
	TimestampTz until = IS_TIME_NULL(entry->effective_at) ? entry->recorded_at : entry->effective_at;

	if (is_settled_by_itself(entry))
	{
		inactivity_settled(in, from, until);
		return;
	}
	if (entry->key == NULL)
		return;
	inactivity_settled(in, began, entry->recorded_at);
	if (entry->kind != ENTRY_EARN && entry->kind != ENTRY_AWARD && entry->kind != ENTRY_OPENING &&
		entry->kind != ENTRY_REDEEM && entry->kind != ENTRY_CAPTURE)
		return;
	if (entry->recorded_at > v->inactivity_since)
	{
		if (v->inactive_after == NULL)
			return;
		inactivity_set(in, v->inactive_after(v->inactive_arg, from),
					   v->inactive_after(v->inactive_arg, Max(until, in->last_granted_at)));
	}
	else
	{
		/* by other settings, or at the very instant at which they changed */
		in->may_be_some = in->may_be_none = true;
		in->earliest = DT_NOBEGIN + 1;
		in->latest = v->inactivity_latest;
		if (v->inactive_after != NULL)
			in->latest = Max(in->latest, v->inactive_after(v->inactive_arg, until));
	}
	/* an activity of long ago */
	inactivity_settled(in, began, entry->recorded_at);
}

static void
check_inactivity(Verifier *v, Inactivity *in)
{
	const LedgerAccount *account = &v->account;
	const char *expected;

	/* nobody notices when there is nothing to lose */
	if (account->available == 0 && account->pending == 0 &&
		(account->held == 0 || in->earliest <= v->clock))
		in->may_be_none = true;
	/* without the rule, only what was due before it was given up */
	if (v->inactive_after == NULL)
		in->latest = Min(in->latest, v->inactivity_since);
	if (account->inactive_at == DT_NOEND ? in->may_be_none
		: in->may_be_some && account->inactive_at >= in->earliest && account->inactive_at <= in->latest)
		return;
	if (!in->may_be_some)
		expected = v->show_time(DT_NOEND);
	else if (in->earliest == in->latest)
		expected = v->show_time(in->latest);
	else
		expected = psprintf("at most %s", v->show_time(in->latest));
	engage_verify_report(v, CHECK_REPLAY, 0, 0, "account.inactive_at", expected,
						 v->show_time(account->inactive_at));
}

/* Whoever is not there yet joins with his first request, granted or not. */
static void
check_joined(Verifier *v)
{
	TimestampTz joined_at = v->first_refusal_at;

	if (v->nentries > 0)
		joined_at = Min(joined_at, v->entries[0].recorded_at);
	if (joined_at != DT_NOEND)
		same_time(v, CHECK_REPLAY, 0, 0, "account.joined_at", joined_at, v->account.joined_at);
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
void
engage_check_replay(Verifier *v)
{
	ReplayState state = {0};
	Inactivity	inactivity = {.may_be_none = true,.last_granted_at = DT_NOBEGIN};
	TimestampTz began = DT_NOBEGIN;

	for (int64 i = 0; i < v->nlots; i++)
		v->lots[i].granted = false;
	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];

		check_interrupts_at(i);
		/* (what was settled before is of the same posting) */
		if (i == 0 || !is_settled_by_itself(&entry[-1]) || entry->recorded_at != entry[-1].recorded_at + 1)
			began = entry->recorded_at;
		if (state.available == 0 && state.pending == 0)
			inactivity.may_be_none = true;
		replay_inactivity(v, &inactivity, entry, began);
		if (engage_rows_lot(v, entry->seq) != NULL)
			inactivity.last_granted_at = entry->recorded_at;
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
	check_inactivity(v, &inactivity);
	check_joined(v);
	/* (a lapse that found nothing left no entry) */
	if (v->account.lapsed_seq < state.lapsed_seq || v->account.lapsed_seq > v->account.seq)
		engage_verify_report(v, CHECK_REPLAY, 0, 0, "account.lapsed_seq",
							 psprintf(INT64_FORMAT " to " INT64_FORMAT, state.lapsed_seq, v->account.seq),
							 engage_show_int(v->account.lapsed_seq));
	check_next_due(v);
}
