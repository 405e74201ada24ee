/*-------------------------------------------------------------------------
 *
 * verify_core.h
 *	  Are the books of a ledger sound?
 *
 * The rows of one member at a time are collected, then every check that was
 * asked for runs over them.  What the books should say is worked out here
 * from entries and uses alone, with nothing of the code that posts.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_VERIFY_CORE_H
#define ENGAGE_LEDGER_VERIFY_CORE_H

#include "common/compat.h"
#include "ledger/chain_core.h"
#include "ledger/journal.h"
#include "utils/palloc.h"

/* In the order in which they are documented (sql/parts/26). */
typedef enum VerifyCheck
{
	CHECK_HOUSE,
	CHECK_SPENDABLE,
	CHECK_COUNTERS,
	CHECK_SEQUENCE,
	CHECK_TIME_ORDER,
	CHECK_LOT_USES,
	CHECK_ENTRY_USES,
	CHECK_LOT_BOUNDS,
	CHECK_BALANCE_SIGNS,
	CHECK_HOLDS,
	CHECK_HOLD_RESOLUTION,
	CHECK_REVERSALS,
	CHECK_KEYS,
	CHECK_BUDGETS,
	CHECK_CLOSED_PERIOD,
	CHECK_CHAIN,
	CHECK_IDENTITY,
	CHECK_TIERS,
	CHECK_REPLAY,
	CHECK_AS_OF,
	CHECK_ORPHANS
} VerifyCheck;

#define VERIFY_CHECKS (CHECK_ORPHANS + 1)

/* A set of checks */
typedef uint32 VerifySet;

#define VERIFY_ONLY(check)	((VerifySet) 1 << (check))
#define VERIFY_ALL			(VERIFY_ONLY(VERIFY_CHECKS) - 1)

typedef struct VerifyCheckName
{
	const char *name;
	const char *invariant;
} VerifyCheckName;

extern const VerifyCheckName engage_verify_checks[VERIFY_CHECKS];

/* By its name, or that of its invariant; -1 if there is no such check */
extern int	engage_verify_check(const char *name);

/* One row of the result.  0 stands for no seq and no lot, NULL for no text. */
typedef struct VerifyFinding
{
	VerifyCheck check;
	const char *member;
	int64		seq;
	int64		lot_no;
	const char *place;
	const char *expected;
	const char *found;
} VerifyFinding;

/* A lot and what its uses make of it */
typedef struct VerifyLot
{
	LedgerLot	row;
	bool		is_open;		/* as the row has it */

	/* by replay */
	bool		granted;
	bool		is_pending;
	TimestampTz available_at;
	TimestampTz expires_at;
	int128		remaining;
	int128		held;

	int128		reserved;		/* by open holds */
	int128		expired;		/* and not taken back, until an entry */
	int128		written_off;	/* for its grant, likewise */
} VerifyLot;

typedef struct VerifyHold
{
	LedgerHold	row;			/* state -1: none of those there are */
	bool		uneven;			/* arrays of lots and slices differ in length */

	/* by replay */
	int128		points;
	int128		captured;
	int128		released;
	HoldState	state;
} VerifyHold;

typedef struct VerifyTally
{
	const char *source;
	int32		day;			/* as type date counts */
	int64		points;
	int64		awards;
	Numeric		basis;			/* NULL: 0 */
	bool		qualifying;
} VerifyTally;

/* What is known of a source of tallies */
typedef struct VerifySource
{
	const char *source;
	bool		is_tallied;		/* also while the ledger has no tiers */
	bool		qualifying;
} VerifySource;

typedef struct VerifyTierChange
{
	int64		change_no;
	const char *tier;			/* NULL: none */
	const char *previous_tier;
	TimestampTz effective_at;
	TimestampTz recorded_at;
	TimestampTz until;
	const char *reason;
} VerifyTierChange;

typedef struct VerifyPeriod
{
	TimestampTz closed_until;
	TimestampTz closed_at;		/* when this or a longer one was closed first */
} VerifyPeriod;

typedef struct Verifier Verifier;

/*
 * All rows of one member.  Entries, uses and lots may be added in any order,
 * the others in the order given.  Texts and arrays are in the verifier's
 * member_context, which engage_verify_begin() empties.
 */
struct Verifier
{
	/* set by the caller */
	VerifySet	checks;
	void		(*report) (void *arg, const VerifyFinding *finding);
	void	   *report_arg;
	char	   *(*show_time) (TimestampTz time);	/* palloc'd */
	char	   *(*show_day) (int32 day);
	int32		(*day_of) (void *arg, TimestampTz time);	/* the ledger's */
	void	   *day_arg;
	VerifyPeriod *periods;		/* by closed_until */
	int			nperiods;
	/* when points expire after an activity; NULL: never */
	TimestampTz (*inactive_after) (void *arg, TimestampTz activity);
	void	   *inactive_arg;
	TimestampTz inactivity_since;	/* that is so since then, and this was the */
	TimestampTz inactivity_latest;	/* latest account.inactive_at before */
	TimestampTz clock;			/* the ledger's */
	bool		has_tiers;
	VerifySource *sources;		/* by source */
	int64		nsources;

	/* the rows of the member at hand */
	MemoryContext member_context;
	const char *member;			/* as text */
	const char *member_bytes;	/* canonical */
	int			member_length;
	bool		has_account;
	LedgerAccount account;
	LedgerEntry *entries;		/* by seq, once they are sorted */
	int64		nentries;
	int64		max_entries;
	LotUse	   *uses;			/* by seq and ordinal, likewise */
	int64		nuses;
	int64		max_uses;
	VerifyLot  *lots;			/* by number, likewise */
	int64		nlots;
	int64		max_lots;
	VerifyHold *holds;			/* by seq */
	int64		nholds;
	int64		max_holds;
	VerifyTally *tallies;		/* by source, day */
	int64		ntallies;
	int64		max_tallies;
	VerifyTierChange *tier_changes; /* by number */
	int64		ntier_changes;
	int64		max_tier_changes;
	int64		nrefusals;
	TimestampTz first_refusal_at;

	/* totals over all members */
	int64		members;
	int64		total_entries;
	int64		findings;
	int128		entries_total;	/* of all amounts */
	int128		accounts_total;	/* what all members have, less their debt */
	struct campaign_totals_hash *campaigns;

	/* private */
	MemoryContext context;
	MemoryContext finding_context;	/* what is said of one finding */
	Sha256	   *sha;
	StringInfoData buffer;
	uint32	   *slots;			/* of a table of keys */
	int64		max_slots;
	VerifyHold **holds_by_id;
	int64		max_holds_by_id;
	int64	   *left;			/* of entries or uses: what can be taken back */
	int64		max_left;
	struct TakenUse *taken;		/* uses that redeem points */
	int64		ntaken;
	int64		max_taken;
	struct RowPlace *places;	/* of rows to be sorted */
	int64		max_places;
};

extern void engage_verify_init(Verifier *v, MemoryContext context);
extern void engage_verify_done(Verifier *v);

/* Rows of a new member follow. */
extern void engage_verify_begin(Verifier *v);

/* One more row; the caller fills it. */
extern LedgerEntry *engage_verify_add_entry(Verifier *v);
extern LotUse *engage_verify_add_use(Verifier *v);
extern VerifyLot *engage_verify_add_lot(Verifier *v);
extern VerifyHold *engage_verify_add_hold(Verifier *v);
extern VerifyTally *engage_verify_add_tally(Verifier *v);
extern VerifyTierChange *engage_verify_add_tier_change(Verifier *v);

/* That was all of them: check. */
extern void engage_verify_member(Verifier *v);

/* After the last member */
extern void engage_verify_ledger(Verifier *v);
extern void engage_verify_campaign(Verifier *v, const char *campaign,
								   bool has_budget, int64 budget,
								   bool has_slots, int128 allotted,
								   int128 issued);

/* For checks that the caller makes himself */
extern void engage_verify_report(Verifier *v, VerifyCheck check, int64 seq,
								 int64 lot_no, const char *place,
								 const char *expected, const char *found);

static inline bool
verify_wants(const Verifier *v, VerifyCheck check)
{
	return (v->checks & VERIFY_ONLY(check)) != 0;
}

#endif							/* ENGAGE_LEDGER_VERIFY_CORE_H */
