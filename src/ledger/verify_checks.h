/*-------------------------------------------------------------------------
 *
 * verify_checks.h
 *	  What the checks of ledger_verify() share; for verify_*.c only.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_VERIFY_CHECKS_H
#define ENGAGE_LEDGER_VERIFY_CHECKS_H

#include "ledger/verify_core.h"

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

extern const KindRule engage_kind_rules[ENTRY_KINDS];

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
	return kind_is_known(entry) && engage_kind_rules[entry->kind].grants &&
		entry->amount > 0;
}

static inline bool
lot_is_empty(const LedgerLot *lot)
{
	return lot->remaining <= 0;
}

/* ----------------------------------------------------------------
 *		rows of the member at hand
 * ---------------------------------------------------------------- */

/* NULL if there is none; of several the first */
extern LedgerEntry *engage_rows_entry(Verifier *v, int64 seq);
extern VerifyLot *engage_rows_lot(Verifier *v, int64 lot_no);
extern VerifyHold *engage_rows_hold(Verifier *v, int64 hold_id);

/* Room for "count" elements of an array of the verifier. */
extern void *engage_rows_room(Verifier *v, void *array, int64 *room,
							  int64 count, Size size);

/* Points that the uses of an entry have of each action */
extern void engage_sum_uses(Verifier *v, const LedgerEntry *entry,
							int128 sums[LOT_ACTIONS]);

static inline LotUse *
uses_of(Verifier *v, const LedgerEntry *entry)
{
	return v->uses + entry->first_use;
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

/* What uses leave of the lots, if the entries are all there */
static inline void
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

/* ----------------------------------------------------------------
 *		findings
 * ---------------------------------------------------------------- */

extern const char *engage_show_int(int128 value);
extern const char *engage_hold_place(const VerifyHold *hold, const char *column);
extern void engage_report_int(Verifier *v, VerifyCheck check, int64 seq,
							  int64 lot_no, const char *place, int128 expected,
							  int128 found);

static inline const char *
show_bool(bool value)
{
	return value ? "true" : "false";
}

static inline bool
same_int(Verifier *v, VerifyCheck check, int64 seq, int64 lot_no,
		 const char *place, int128 expected, int128 found)
{
	if (likely(expected == found))
		return true;
	engage_report_int(v, check, seq, lot_no, place, expected, found);
	return false;
}

static inline void
same_time(Verifier *v, VerifyCheck check, int64 seq, int64 lot_no,
		  const char *place, TimestampTz expected, TimestampTz found)
{
	if (unlikely(expected != found))
		engage_verify_report(v, check, seq, lot_no, place,
							 v->show_time(expected), v->show_time(found));
}

static inline void
same_bool(Verifier *v, VerifyCheck check, int64 seq, int64 lot_no,
		  const char *place, bool expected, bool found)
{
	if (unlikely(expected != found))
		engage_verify_report(v, check, seq, lot_no, place,
							 show_bool(expected), show_bool(found));
}

static inline void
same_text(Verifier *v, VerifyCheck check, int64 seq, const char *place,
		  const char *expected, const char *found)
{
	if (expected == NULL ? found != NULL : found == NULL || strcmp(expected, found) != 0)
		engage_verify_report(v, check, seq, 0, place, expected, found);
}

/* ----------------------------------------------------------------
 *		the checks: each looks at the member at hand
 * ---------------------------------------------------------------- */

/* verify_account.c */
extern void engage_check_house(Verifier *v);
extern void engage_check_spendable(Verifier *v);
extern void engage_check_counters(Verifier *v);
extern void engage_check_balance_signs(Verifier *v);
extern void engage_check_identity(Verifier *v);
extern void engage_check_as_of(Verifier *v);

/* verify_journal.c */
extern void engage_check_sequence(Verifier *v);
extern void engage_check_time_order(Verifier *v);
extern void engage_check_keys(Verifier *v);
extern void engage_check_closed_period(Verifier *v);
extern void engage_check_chain(Verifier *v);
extern void engage_check_orphans(Verifier *v);

/* verify_lots.c */
extern void engage_check_lot_uses(Verifier *v);
extern void engage_check_entry_uses(Verifier *v);
extern void engage_check_lot_bounds(Verifier *v);
extern void engage_check_reversals(Verifier *v);

/* verify_holds.c */
extern void engage_check_holds(Verifier *v);
extern void engage_check_hold_resolution(Verifier *v);

/* verify_tiers.c */
extern void engage_check_budgets(Verifier *v);
extern void engage_check_tiers(Verifier *v);

/* verify_replay.c */
extern void engage_check_replay(Verifier *v);

#endif							/* ENGAGE_LEDGER_VERIFY_CHECKS_H */
