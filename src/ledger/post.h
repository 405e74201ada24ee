/*-------------------------------------------------------------------------
 *
 * post.h
 *	  The posting engine: requests in, entries and outcomes out.
 *
 * An operation is a function that looks at the books of one member and either
 * writes entries into them or says why not.  The engine does what all of them
 * share: locks, keys, what is due, refusals, writing.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_POST_H
#define ENGAGE_LEDGER_POST_H

#include "fmgr.h"
#include "ledger/store.h"

/* What is asked for.  Text is NULL, times are TIME_NULL where not given. */
typedef struct PostingRequest
{
	EntryKind	kind;			/* which operation */
	int			ordinal;		/* in the caller's arrays, from 1 */
	Datum		member;
	bool		has_member;		/* it is known by now */
	const char *key;
	bool		has_points;
	int64		points;
	const char *source_ref;
	const char *rule;
	const char *tier;
	const char *batch;
	const char *reason;
	const char *actor;
	const char *note;
	TimestampTz at;
	TimestampTz active_at;		/* the latest of the member's, in an import */
	TimestampTz available_at;
	TimestampTz expires_at;
	TimestampTz until;
	int64		hold_id;
	bool		final;
	Interval   *ttl;
	Numeric		basis;
	int64		only_grant;		/* of the source, reverse this one only; 0: all */
	bool		raises;			/* refusals are errors */
	int64		hash;			/* of all that makes the request */
	MemberBooks *books;
} PostingRequest;

typedef struct PostingOutcome
{
	const char *status;			/* "ok", or why not */
	int64		seq;
	int64		available;
	int64		pending;
	int64		held;
	int64		debt;
	int64		hold_id;		/* 0: none */
	bool		replayed;
} PostingOutcome;

/* What reversals give back to the budgets of campaigns */
typedef struct BudgetReturns
{
	MemoryContext context;
	int			n;
	int			room;
	const char **campaigns;
	int64	   *points;
} BudgetReturns;

typedef struct Posting
{
	Store		store;
	Ledger	   *ledger;
	LedgerSettings *settings;
	MemberBooks *books;			/* of the request under way */
	PostingRequest *request;
	TimestampTz effective_at;	/* its "at", or now */
	TimestampTz active_at;		/* when the member was active, if this is activity */
	const char *detail;			/* of a refusal; or NULL */
	const char *session_role;
	const char *acting_role;
	BudgetReturns *returns;		/* left to the caller; NULL: to engage_post() */
	bool		is_batch;		/* errors say which element they are about */
} Posting;

#define OUTCOME_OK "ok"

/* Runs the requests; outcomes[i] is that of the one with ordinal i + 1. */
extern void engage_post(Posting *posting, PostingRequest *requests,
						int nrequests, PostingOutcome *outcomes);

/* The operations: "ok", or the status of the refusal. */
typedef const char *(*Operation) (Posting *posting);

extern const char *engage_do_earn(Posting *posting);
extern const char *engage_do_opening(Posting *posting);
extern const char *engage_do_redeem(Posting *posting);
extern const char *engage_do_hold(Posting *posting);
extern const char *engage_do_capture(Posting *posting);
extern const char *engage_do_release(Posting *posting);
extern const char *engage_do_restore(Posting *posting);
extern const char *engage_do_reverse(Posting *posting);
extern const char *engage_do_adjust(Posting *posting);
extern const char *engage_do_activate(Posting *posting);
extern const char *engage_do_extend(Posting *posting);
extern const char *engage_do_block(Posting *posting);
extern const char *engage_do_unblock(Posting *posting);
extern const char *engage_do_erase(Posting *posting);
extern const char *engage_do_award(Posting *posting);
extern const char *engage_do_tier(Posting *posting);

/*
 * While an element of arrays is dealt with, errors name it.  "arg" is a
 * BatchElement.
 */
typedef struct BatchElement
{
	const Ledger *ledger;
	const PostingRequest *request;	/* NULL: none */
} BatchElement;

extern void engage_element_context(void *arg);

/* What the effective time of this operation is called. */
extern const char *engage_at_name(EntryKind kind);

/* For operations: an entry of the request, with what it says of itself. */
extern LedgerEntry *engage_begin_keyed(Posting *posting, EntryKind kind);
extern LedgerEntry *engage_begin_follower(Posting *posting, EntryKind kind,
										  int64 request_seq);

/* When points earned at the effective instant can be spent, and until when. */
extern void engage_grant_dates(Posting *posting, const Interval *available_after,
							   const Interval *expires_after,
							   TimestampTz *available_at,
							   TimestampTz *expires_at);

/* The member was active: the inactivity policy counts from here. */
extern void engage_note_activity(Posting *posting);

/* Has the source of the request earned before, by its rule if it names one? */
extern bool engage_is_awarded_already(Posting *posting);

#endif							/* ENGAGE_LEDGER_POST_H */
