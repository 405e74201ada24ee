/*-------------------------------------------------------------------------
 *
 * award.h
 *	  Awards by rule, and what else the tally of a member counts.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_AWARD_H
#define ENGAGE_LEDGER_AWARD_H

#include "ledger/award_config.h"
#include "ledger/post.h"

/* Errors of a request that no state of the member could make right. */
extern void engage_award_check(Posting *posting);

/* After an entry of engage.earn(): it counts for tiers. */
extern void engage_award_earned(Posting *posting, const LedgerEntry *entry);

/* A grant of which points are taken back. */
typedef struct AwardReversal
{
	EntryKind	kind;			/* of the grant, as all but "points" */
	const char *rule;
	const char *campaign;
	const char *reason;
	TimestampTz effective_at;
	Numeric		basis;
	Numeric		basis_reversed; /* so far, or NULL */
	bool		is_whole;		/* nothing of it is left */
	int64		points;			/* taken back now */
} AwardReversal;

/*
 * Takes it out of the tally, so that caps give it back, and owes it to the budget
 * of its campaign.  Returns how much of the basis goes with it, or NULL.
 */
extern Numeric engage_award_reversed(Posting *posting, const AwardReversal *reversal);

/* The rule of this name, or error NG404. */
extern const AwardRule *engage_award_rule(Store *store, const char *name);

/*
 * What an event would earn now; nothing is written.  Budgets are not looked
 * at: the caller draws on them, or asks what is left.
 */
extern Award *engage_award_find(Store *store, MemberBooks *books,
								const AwardRule *rule, const char *tier,
								const ExactSum *basis, TimestampTz effective_at);

/* The tier that an event of this instant is awarded by: the member's of then. */
extern const char *engage_award_tier(Store *store, MemberBooks *books,
									 TimestampTz effective_at);

/* Notes what goes back to a budget, and gives it back: in this order, as slots come after members. */
extern void engage_budget_owe(BudgetReturns *returns, const char *campaign, int64 points);
extern void engage_budget_return(Store *store, BudgetReturns *returns);

/* What is left of the budget of a campaign. */
extern int64 engage_budget_left(Store *store, const char *campaign);

#endif							/* ENGAGE_LEDGER_AWARD_H */
