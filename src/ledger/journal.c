/*-------------------------------------------------------------------------
 *
 * journal.c
 *	  The names under which kinds, actions and states are stored.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ledger/journal.h"

const char *const engage_entry_kind_names[ENTRY_KINDS] = {
	[ENTRY_EARN] = "earn",
	[ENTRY_AWARD] = "award",
	[ENTRY_BONUS] = "bonus",
	[ENTRY_ADJUST] = "adjust",
	[ENTRY_OPENING] = "opening",
	[ENTRY_REDEEM] = "redeem",
	[ENTRY_HOLD] = "hold",
	[ENTRY_CAPTURE] = "capture",
	[ENTRY_RELEASE] = "release",
	[ENTRY_HOLD_EXPIRE] = "hold_expire",
	[ENTRY_RESTORE] = "restore",
	[ENTRY_REVERSE] = "reverse",
	[ENTRY_WRITE_OFF] = "write_off",
	[ENTRY_EXPIRE] = "expire",
	[ENTRY_MATURE] = "mature",
	[ENTRY_ACTIVATE] = "activate",
	[ENTRY_EXTEND] = "extend",
	[ENTRY_BLOCK] = "block",
	[ENTRY_UNBLOCK] = "unblock",
	[ENTRY_TIER] = "tier",
	[ENTRY_ERASE] = "erase"
};

const char *const engage_lot_action_names[LOT_ACTIONS] = {
	[USE_CAPTURE] = "capture",
	[USE_CLAW] = "claw",
	[USE_CONSUME] = "consume",
	[USE_EXPIRE] = "expire",
	[USE_HOLD] = "hold",
	[USE_RELEASE] = "release",
	[USE_REPAY_DEBT] = "repay_debt",
	[USE_RESTORE] = "restore"
};

const char *const engage_hold_state_names[HOLD_EXPIRED + 1] = {
	[HOLD_OPEN] = "open",
	[HOLD_CAPTURED] = "captured",
	[HOLD_RELEASED] = "released",
	[HOLD_EXPIRED] = "expired"
};

static int
place_of_name(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
	{
		/* the first letter settles nearly every comparison */
		if (names[i][0] == name[0] && strcmp(names[i], name) == 0)
			return i;
	}
	return -1;
}

int
engage_entry_kind(const char *name)
{
	return place_of_name(engage_entry_kind_names, ENTRY_KINDS, name);
}

int
engage_lot_action(const char *name)
{
	return place_of_name(engage_lot_action_names, LOT_ACTIONS, name);
}

int
engage_hold_state(const char *name)
{
	return place_of_name(engage_hold_state_names,
						 lengthof(engage_hold_state_names), name);
}
