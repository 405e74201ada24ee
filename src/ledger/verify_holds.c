/*-------------------------------------------------------------------------
 *
 * verify_holds.c
 *	  Checks of ledger_verify(): holds.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ledger/verify_checks.h"

/* I10 */
void
engage_check_holds(Verifier *v)
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
			VerifyLot  *lot = engage_rows_lot(v, hold->row.lots[j]);

			slices += hold->row.slices[j];
			if (lot != NULL)
				lot->reserved += hold->row.slices[j];
		}
		if (slices != left)
			engage_report_int(v, CHECK_HOLDS, hold->row.seq, 0,
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
void
engage_check_hold_resolution(Verifier *v)
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

		if (entry->hold_id == 0 || (hold = engage_rows_hold(v, entry->hold_id)) == NULL)
			continue;
		engage_sum_uses(v, entry, sums);
		if (entry->kind == ENTRY_HOLD)
		{
			if (hold->points != 0)
				engage_verify_report(v, CHECK_HOLD_RESOLUTION, entry->seq, 0,
									 engage_hold_place(hold, "entries that placed it"),
									 "1", "more");
			hold->points += sums[USE_HOLD];
			if (entry->until != hold->row.expires_at)
				engage_verify_report(v, CHECK_HOLD_RESOLUTION, entry->seq, 0,
									 engage_hold_place(hold, "expires_at"),
									 IS_TIME_NULL(entry->until) ? NULL : v->show_time(entry->until),
									 v->show_time(hold->row.expires_at));
			continue;
		}
		if (entry->kind != ENTRY_CAPTURE && entry->kind != ENTRY_RELEASE &&
			entry->kind != ENTRY_HOLD_EXPIRE)
			continue;

		if (hold->state != HOLD_OPEN)
			engage_verify_report(v, CHECK_HOLD_RESOLUTION, entry->seq, 0,
								 engage_hold_place(hold, "resolved again"),
								 engage_hold_state_names[hold->state],
								 engage_entry_kind_names[entry->kind]);
		if (entry->kind == ENTRY_HOLD_EXPIRE
			? entry->recorded_at < hold->row.expires_at
			: entry->recorded_at >= hold->row.expires_at &&
			call_began(v, i) >= hold->row.expires_at)
			engage_verify_report(v, CHECK_HOLD_RESOLUTION, entry->seq, 0,
								 engage_hold_place(hold, psprintf("%s at its deadline",
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
			request = entry->request_seq == 0 ? NULL : engage_rows_entry(v, entry->request_seq);
			hold->state = entry->kind == ENTRY_CAPTURE ||
				(request != NULL && request->kind == ENTRY_CAPTURE)
				? HOLD_CAPTURED : HOLD_RELEASED;
		}
	}
	for (int64 i = 0; i < v->nholds; i++)
	{
		const VerifyHold *hold = &v->holds[i];

		if (hold->points != hold->row.points)
			engage_report_int(v, CHECK_HOLD_RESOLUTION, hold->row.seq, 0,
					   engage_hold_place(hold, "points"), hold->points, hold->row.points);
		if (hold->captured != hold->row.captured)
			engage_report_int(v, CHECK_HOLD_RESOLUTION, hold->row.seq, 0,
					   engage_hold_place(hold, "captured"), hold->captured, hold->row.captured);
		if (hold->released != hold->row.released)
			engage_report_int(v, CHECK_HOLD_RESOLUTION, hold->row.seq, 0,
					   engage_hold_place(hold, "released"), hold->released, hold->row.released);
		if (hold->captured + hold->released > hold->points)
			engage_verify_report(v, CHECK_HOLD_RESOLUTION, hold->row.seq, 0,
								 engage_hold_place(hold, "captured + released"),
								 psprintf("at most %s", engage_show_int(hold->points)),
								 engage_show_int(hold->captured + hold->released));
		if (hold->state != hold->row.state && (int) hold->row.state >= 0)
			engage_verify_report(v, CHECK_HOLD_RESOLUTION, hold->row.seq, 0,
								 engage_hold_place(hold, "state"),
								 engage_hold_state_names[hold->state],
								 engage_hold_state_names[hold->row.state]);
	}
}
