/*-------------------------------------------------------------------------
 *
 * verify_lots.c
 *	  Checks of ledger_verify(): lots, what entries take from them, and what is
 *	  taken back.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/interrupts.h"
#include "ledger/verify_checks.h"

/* ----------------------------------------------------------------
 *		lots and uses
 * ---------------------------------------------------------------- */

/* I8 */
void
engage_check_lot_bounds(Verifier *v)
{
	for (int64 i = 0; i < v->nlots; i++)
	{
		const LedgerLot *lot = &v->lots[i].row;

		if (lot->granted <= 0)
			engage_verify_report(v, CHECK_LOT_BOUNDS, 0, lot->lot_no,
								 "lot.granted", "more than 0",
								 engage_show_int(lot->granted));
		if (lot->remaining > lot->granted || lot->remaining < 0)
			engage_verify_report(v, CHECK_LOT_BOUNDS, 0, lot->lot_no,
								 "lot.remaining",
								 psprintf("0 to " INT64_FORMAT, lot->granted),
								 engage_show_int(lot->remaining));
		if (lot->held > lot->remaining || lot->held < 0)
			engage_verify_report(v, CHECK_LOT_BOUNDS, 0, lot->lot_no,
								 "lot.held",
								 psprintf("0 to " INT64_FORMAT, lot->remaining),
								 engage_show_int(lot->held));
		if (lot->is_pending && lot->held != 0)
			engage_verify_report(v, CHECK_LOT_BOUNDS, 0, lot->lot_no,
								 "lot.held of a pending lot", "0",
								 engage_show_int(lot->held));
		same_bool(v, CHECK_LOT_BOUNDS, 0, lot->lot_no, "lot.is_open",
				  lot->remaining > 0, v->lots[i].is_open);
	}
}

/* I6 */
void
engage_check_lot_uses(Verifier *v)
{
	for (int64 i = 0; i < v->nlots; i++)
	{
		v->lots[i].remaining = v->lots[i].row.granted;
		v->lots[i].held = 0;
	}
	for (int64 i = 0; i < v->nuses; i++)
	{
		VerifyLot  *lot = engage_rows_lot(v, v->uses[i].lot_no);

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
								 engage_show_int(uses[i].ordinal));
			return;
		}
		sum += uses[i].ordinal;
	}
	same_int(v, CHECK_ENTRY_USES, entry->seq, 0, "lot_use: sum of ordinal",
			 (int128) entry->nuses * (entry->nuses + 1) / 2, sum);
}

/* I7: an entry's uses are of its kind, and come to its amount */
void
engage_check_entry_uses(Verifier *v)
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
			if ((engage_kind_rules[entry->kind].actions & ACTION(uses[j].action)) == 0)
				engage_verify_report(v, CHECK_ENTRY_USES, entry->seq,
									 uses[j].lot_no,
									 psprintf("lot_use.action of %s",
											  engage_entry_kind_names[entry->kind]),
									 "another",
									 engage_lot_action_names[uses[j].action]);
			if (uses[j].points <= 0)
				engage_verify_report(v, CHECK_ENTRY_USES, entry->seq,
									 uses[j].lot_no, "lot_use.points",
									 "more than 0", engage_show_int(uses[j].points));
		}
		engage_sum_uses(v, entry, sums);

		if (entry_grants(entry))
		{
			const VerifyLot *lot = engage_rows_lot(v, entry->seq);

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
						 "lot_use: sum of expire - restore", -(int128) entry->amount,
						 sums[USE_EXPIRE] - sums[USE_RESTORE]);
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
						 "debt written off, less lot_use: sum of claw", entry->amount,
						 -debt_change - sums[USE_CLAW]);
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
 *		taking back
 * ---------------------------------------------------------------- */

/* Where a redemption took points from a lot; by entry and lot */
typedef struct TakenUse
{
	int64		seq;
	int64		lot_no;
	int64		place;			/* among the uses */
} TakenUse;

static int
compare_taken(const void *a, const void *b)
{
	const TakenUse *x = a;
	const TakenUse *y = b;

	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return x->lot_no < y->lot_no ? -1 : x->lot_no > y->lot_no;
}

/* What can be taken back: of each entry's amount, then of each use */
static void
prepare_left(Verifier *v)
{
	v->left = engage_rows_room(v, v->left, &v->max_left,
							   v->nentries + v->nuses, sizeof(int64));
	v->taken = engage_rows_room(v, v->taken, &v->max_taken, v->nuses, sizeof(TakenUse));
	v->ntaken = 0;
	for (int64 i = 0; i < v->nentries; i++)
		v->left[i] = v->entries[i].amount < 0 && v->entries[i].amount > PG_INT64_MIN
			? -v->entries[i].amount : v->entries[i].amount;
	for (int64 i = 0; i < v->nuses; i++)
	{
		const LotUse *use = &v->uses[i];

		v->left[v->nentries + i] = use->points;
		if (use->action == USE_CONSUME || use->action == USE_CAPTURE)
			v->taken[v->ntaken++] = (TakenUse) {use->seq, use->lot_no, i};
	}
	if (v->ntaken > 1)
		qsort(v->taken, v->ntaken, sizeof(TakenUse), compare_taken);
}

/* NULL: this redemption took nothing of the lot. */
static int64 *
left_of_redeemed(Verifier *v, int64 seq, int64 lot_no)
{
	TakenUse	key = {seq, lot_no, 0};
	const TakenUse *found = v->ntaken == 0 ? NULL
		: bsearch(&key, v->taken, v->ntaken, sizeof(TakenUse), compare_taken);

	return found == NULL ? NULL : &v->left[v->nentries + found->place];
}

/* Restored points go to the lots they came from, no more than came. */
static void
check_restored_lots(Verifier *v, const LedgerEntry *restore,
					const LedgerEntry *redemption)
{
	const LotUse *restored = uses_of(v, restore);

	for (int i = 0; i < restore->nuses; i++)
	{
		int64	   *left;

		check_interrupts_at(i);
		if (restored[i].action != USE_RESTORE)
			continue;
		left = left_of_redeemed(v, redemption->seq, restored[i].lot_no);
		if (left == NULL || restored[i].points > *left)
			engage_verify_report(v, CHECK_REVERSALS, restore->seq,
								 restored[i].lot_no,
								 psprintf("lot_use: restored from entry " INT64_FORMAT,
										  redemption->seq),
								 psprintf("at most " INT64_FORMAT,
										  left == NULL ? INT64CONST(0) : *left),
								 engage_show_int(restored[i].points));
		else if (restored[i].points > 0)
			*left -= restored[i].points;
	}
}

/* An expiry is taken back of what has expired only. */
static void
check_expired(Verifier *v, const LedgerEntry *entry)
{
	const LotUse *uses = uses_of(v, entry);

	for (int i = 0; i < entry->nuses; i++)
	{
		VerifyLot  *lot = engage_rows_lot(v, uses[i].lot_no);

		if (lot == NULL)
			continue;
		if (uses[i].action == USE_EXPIRE)
			lot->expired += uses[i].points;
		else if (uses[i].action != USE_RESTORE)
			continue;
		else if (uses[i].points > lot->expired || entry->reverses_seq != uses[i].lot_no)
			engage_verify_report(v, CHECK_REVERSALS, entry->seq, uses[i].lot_no,
								 psprintf("lot_use: expiry taken back for entry " INT64_FORMAT,
										  entry->reverses_seq),
								 psprintf("at most %s of this lot", engage_show_int(lot->expired)),
								 engage_show_int(uses[i].points));
		else
			lot->expired -= uses[i].points;
	}
}

/* So is a write-off, of what was written off. */
static void
check_written_off(Verifier *v, const LedgerEntry *entry)
{
	VerifyLot  *lot = engage_rows_lot(v, entry->reverses_seq);

	if (lot != NULL && entry->amount >= -lot->written_off)
		lot->written_off += entry->amount;
	else
		engage_verify_report(v, CHECK_REVERSALS, entry->seq, entry->reverses_seq,
							 psprintf("entry.amount: written off for entry " INT64_FORMAT,
									  entry->reverses_seq),
							 psprintf("at least %s", engage_show_int(lot == NULL ? 0 : -lot->written_off)),
							 engage_show_int(entry->amount));
}

/* I12: no more is taken back than there was */
void
engage_check_reversals(Verifier *v)
{
	bool		prepared = false;

	for (int64 i = 0; i < v->nlots; i++)
		v->lots[i].expired = v->lots[i].written_off = 0;
	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];
		LedgerEntry *target;
		int64	   *left;
		int64		points;

		if (entry->kind == ENTRY_EXPIRE)
			check_expired(v, entry);
		if (entry->kind == ENTRY_WRITE_OFF)
			check_written_off(v, entry);
		if (entry->kind != ENTRY_REVERSE && entry->kind != ENTRY_RESTORE)
			continue;
		if (!prepared)
		{
			prepare_left(v);
			prepared = true;
		}
		target = engage_rows_entry(v, entry->reverses_seq);
		if (target == NULL || target->seq >= entry->seq ||
			(entry->kind == ENTRY_REVERSE ? !entry_grants(target)
			 : target->kind != ENTRY_REDEEM && target->kind != ENTRY_CAPTURE))
		{
			engage_verify_report(v, CHECK_REVERSALS, entry->seq, 0,
								 "entry.reverses_seq",
								 entry->kind == ENTRY_REVERSE
								 ? "an earlier entry that granted points"
								 : "an earlier redemption",
								 engage_show_int(entry->reverses_seq));
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
								 engage_show_int(points));
		else if (points > 0)
			*left -= points;
		if (entry->kind == ENTRY_RESTORE)
			check_restored_lots(v, entry, target);
	}
}
