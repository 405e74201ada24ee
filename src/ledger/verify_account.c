/*-------------------------------------------------------------------------
 *
 * verify_account.c
 *	  Checks of ledger_verify(): what an account says, and the entries and lots.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ledger/verify_checks.h"

/* I3: the account is what the last entry says, and the sum of all of them */
void
engage_check_counters(Verifier *v)
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

/* What balance() shows without looking at lots */
static void
check_next_expiry(Verifier *v)
{
	TimestampTz next = DT_NOEND;
	int128		points = 0;

	for (int64 i = 0; i < v->nlots; i++)
	{
		const LedgerLot *lot = &v->lots[i].row;
		int128		left = (int128) lot->remaining - lot->held;

		if (lot->is_pending || left <= 0 || lot->expires_at == DT_NOEND || lot->expires_at > next)
			continue;
		if (lot->expires_at < next)
			points = 0;
		next = lot->expires_at;
		points += left;
	}
	if (v->account.next_expiry_at != next)
		engage_verify_report(v, CHECK_SPENDABLE, 0, 0, "account.next_expiry_at",
							 v->show_time(next), v->show_time(v->account.next_expiry_at));
	same_int(v, CHECK_SPENDABLE, 0, 0, "account.next_expiry_points", points,
			 v->account.next_expiry_points);
}

/* I2: the account is what its lots have */
void
engage_check_spendable(Verifier *v)
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
	check_next_expiry(v);
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
								 "0 or more", engage_show_int(values[i]));
	if (available > 0 && debt > 0 && !may_have_both)
		engage_verify_report(v, CHECK_BALANCE_SIGNS, seq, 0, places[3],
							 psprintf("0, as available is " INT64_FORMAT, available),
							 engage_show_int(debt));
}

void
engage_check_balance_signs(Verifier *v)
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

		/*
		 * (debt beside other points, until the next entry writes it off, or
		 * takes again what it is there for)
		 */
		check_signs(v, entry->seq, entry_places, entry->available_after,
					entry->pending_after, entry->held_after, entry->debt_after,
					i + 1 < v->nentries &&
					(entry->kind == ENTRY_REVERSE || entry->kind == ENTRY_RESTORE ||
					 entry->kind == ENTRY_WRITE_OFF
					 ? entry[1].kind == ENTRY_WRITE_OFF
					 : entry->kind == ENTRY_EXPIRE && entry->amount > 0 &&
					 entry[1].kind == ENTRY_REVERSE));
	}
	if (v->has_account)
		check_signs(v, 0, account_places, v->account.available,
					v->account.pending, v->account.held, v->account.debt, false);
}

/* I20: after each entry the member had the sum of the entries until then */
void
engage_check_as_of(Verifier *v)
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
void
engage_check_identity(Verifier *v)
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
void
engage_check_house(Verifier *v)
{
	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];
		const char *expected = NULL;

		v->entries_total += entry->amount;
		if (!kind_is_known(entry))
			continue;
		switch (engage_kind_rules[entry->kind].sign)
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
								 expected, engage_show_int(entry->amount));
	}
	if (v->has_account)
		v->accounts_total += net_of(&v->account);
}
