/*-------------------------------------------------------------------------
 *
 * tier.h
 *	  Tiers of members: reviews, upgrades, progress.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_TIER_H
#define ENGAGE_LEDGER_TIER_H

#include "ledger/store.h"

/* Lets the books review the tier when that is due. */
extern void engage_tier_attach(Store *store, MemberBooks *books);

/* After a change of the tally: the tier goes up at once. */
extern void engage_tier_raise(Store *store, MemberBooks *books);

/* The next tier and what is missing; NULL where there is none. */
extern void engage_tier_progress(Store *store, MemberBooks *books,
								 const char **next_tier, Numeric *missing);

/* The tier at an instant in the past; NULL: none. */
extern const char *engage_tier_at(Store *store, MemberBooks *books,
								  TimestampTz instant);

#endif							/* ENGAGE_LEDGER_TIER_H */
