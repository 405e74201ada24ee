/*-------------------------------------------------------------------------
 *
 * verify_replay.c
 *	  Checks of ledger_verify(): the journal played into empty books.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

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
	TimestampTz first_recorded_at;
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

	if (entry_grants(entry) && (lot = engage_rows_lot(v, entry->seq)) != NULL)
		replay_grant(lot, state, entry);

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
		replay_use(v, state, &uses[i]);

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
			state->debt -= entry->amount;
			break;
		case ENTRY_EXTEND:
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
	check_next_due(v);
}
