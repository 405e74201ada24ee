/*-------------------------------------------------------------------------
 *
 * books_core.h
 *	  The books of one member in memory, and what can happen to them.
 *
 * A posting loads the account and the lots it needs, changes them here and
 * writes the result; balance() and reports run the same code and write
 * nothing.  Nothing here reads a table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_BOOKS_CORE_H
#define ENGAGE_LEDGER_BOOKS_CORE_H

#include "ledger/journal.h"

typedef struct MemberBooks MemberBooks;

/* Reviews the tier at the given instant; moves account.tier_due_at past it. */
typedef void (*TierReview) (MemberBooks *books, TimestampTz instant, void *arg);

struct MemberBooks
{
	/* the member, as the column's datum and in canonical bytes */
	Datum		member;
	const char *member_bytes;
	int			member_length;

	LedgerAccount account;
	TimestampTz now;			/* the posting's instant */
	TimestampTz due_until;		/* what is due until then is written up */

	LedgerLot **lots;			/* those loaded or new, in no order */
	int			nlots;
	int			max_lots;
	struct lot_index_hash *lot_index;
	LedgerHold **holds;
	int			nholds;
	int			max_holds;
	struct hold_index_hash *hold_index;
	int			nindexed_holds;
	LedgerEntry **entries;		/* not written yet */
	int			nentries;
	int			max_entries;
	LotUse	   *uses;			/* of these entries */
	int			nuses;
	int			max_uses;

	struct HeapTupleData *stored;	/* the account's row, where rows.c writes it */
	bool		is_new;			/* no such account yet */
	bool		account_changed;	/* though there is no entry */
	bool		settled;		/* what was due is loaded, and next_expiry known */
	TimestampTz next_expiry;	/* of lots in the table, after what is due */
	int64		request_seq;	/* entries written up now belong to this one */
	int64		net_before;		/* of the entry under way */
	int64		seq_at_load;	/* account.seq as its row had it */
	int64		pending_at_load;	/* account.pending as its row had it */
	int64		seq_stored;		/* account.seq and account.refusals as its row has them, */
	int64		refusals_stored;	/* by which a change of it by somebody else shows */

	TierReview	review_tier;	/* or NULL */
	void	   *review_arg;
	void	   *award;			/* what the awards keep, or NULL */

	const char *session_role;
	const char *acting_role;
	MemoryContext context;
};

extern MemberBooks *engage_books_create(MemoryContext context);

/* lots and holds */
extern LedgerLot *engage_books_add_lot(MemberBooks *books, int64 lot_no);
extern LedgerLot *engage_books_find_lot(MemberBooks *books, int64 lot_no);
extern LedgerLot *engage_books_get_lot(MemberBooks *books, int64 lot_no);
extern LedgerHold *engage_books_add_hold(MemberBooks *books);
extern LedgerHold *engage_books_find_hold(MemberBooks *books, int64 hold_id);

/* entries */
extern LedgerEntry *engage_books_begin(MemberBooks *books, EntryKind kind);
extern void engage_books_end(MemberBooks *books, LedgerEntry *entry);
extern LedgerLot *engage_books_grant(MemberBooks *books, LedgerEntry *entry,
									 int64 points, TimestampTz available_at,
									 TimestampTz expires_at);
extern void engage_books_use(MemberBooks *books, LedgerEntry *entry,
							 LedgerLot *lot, LotAction action, int64 points);
extern void engage_books_restore(MemberBooks *books, LedgerEntry *entry,
								 LedgerLot *lot, int64 points, int64 kept);
extern void engage_books_add_debt(MemberBooks *books, LedgerEntry *entry,
								  int64 points);
extern void engage_books_mature(MemberBooks *books, LedgerEntry *entry,
								LedgerLot *lot);
extern void engage_books_expire_lot(MemberBooks *books, LedgerLot *lot,
									int64 points, TimestampTz instant,
									int64 request_seq);
extern void engage_books_release_rest(MemberBooks *books, LedgerEntry *entry,
									  LedgerHold *hold, HoldState state,
									  TimestampTz instant);

/* what can be spent of a lot now */
extern int64 engage_lot_spendable(const MemberBooks *books,
								  const LedgerLot *lot);

/* Spendable lots in the order in which they are consumed. */
extern LedgerLot **engage_books_consumption_order(MemberBooks *books,
												  bool earned_first,
												  int *nlots);

/* Writes up what has fallen due until now. */
extern void engage_books_settle(MemberBooks *books);

/* Is something in memory due?  And when will something be? */
/* All is in the tables now, from which lots and holds will be read again. */
extern void engage_books_written(MemberBooks *books);
extern bool engage_books_is_due(const MemberBooks *books);
extern TimestampTz engage_books_next_due(const MemberBooks *books);

/* What must hold of a row to be written but does not; NULL: it is sound. */
extern const char *engage_account_broken_rule(const LedgerAccount *account);
extern const char *engage_lot_broken_rule(const LedgerLot *lot);

extern int64 engage_add_points(int64 a, int64 b);

#endif							/* ENGAGE_LEDGER_BOOKS_CORE_H */
