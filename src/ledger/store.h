/*-------------------------------------------------------------------------
 *
 * store.h
 *	  Between the tables of a ledger and the books in memory.
 *
 * All of it runs inside SPI_connect().  "read_only" is true for readers: they
 * see the snapshot of the query that called them and lock nothing.  Postings
 * lock the account in a statement of its own; every statement after it has a
 * new snapshot and so sees what was committed while it waited.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_STORE_H
#define ENGAGE_LEDGER_STORE_H

#include "ledger/books_core.h"
#include "ledger/ledger.h"
#include "ledger/probe.h"
#include "ledger/rows.h"

/* Runs a statement; the rows are in SPI_tuptable. */
extern uint64 engage_store_run(Store *store, const LedgerStatement *statement,
							   Datum *values, const char *nulls, long limit);

/* Values of the row "row" of the last statement; text is copied. */
extern int64 engage_store_int64(int row, int column);
extern TimestampTz engage_store_time(int row, int column);	/* TIME_NULL */
extern bool engage_store_bool(int row, int column);
extern bool engage_store_is_null(int row, int column);
extern char *engage_store_text(Store *store, int row, int column);
extern char *engage_store_keep_text(Store *store, Datum value);
extern Numeric engage_store_numeric(Store *store, int row, int column);

/* accounts */
extern MemberBooks *engage_store_books(Store *store, Datum member);
extern void engage_store_lock(Store *store, MemberBooks *books);
extern int	engage_store_lock_free(Store *store, MemberBooks **books, int n);
extern void engage_store_check_account(Store *store, MemberBooks *books);
extern void engage_store_take_instant(Store *store, MemberBooks *books);
extern bool engage_store_read(Store *store, MemberBooks *books);

/* lots and holds; what is in memory already stays as it is there */
extern void engage_store_load_due(Store *store, MemberBooks *books);
extern void engage_store_next_expiry(Store *store, MemberBooks *books);
extern void engage_store_load_open(Store *store, MemberBooks *books);
extern void engage_store_load_spendable(Store *store, MemberBooks *books,
										int64 points);
extern void engage_store_load_lots(Store *store, MemberBooks *books,
								   const int64 *lot_nos, int n);
extern LedgerHold *engage_store_load_hold(Store *store, MemberBooks *books,
										  int64 hold_id);
/* The member of a hold: false if there is no such hold. */
extern bool engage_store_hold_member(Store *store, int64 hold_id,
									 Datum *member);
extern int64 engage_store_new_hold_id(Store *store);

/* Loads what is due and writes it up, in memory. */
extern void engage_store_settle(Store *store, MemberBooks *books);

typedef struct LedgerRefusal
{
	EntryKind	kind;
	const char *key;
	const char *status;
	int64		request_hash;
	TimestampTz recorded_at;
	int64		seq;
	int64		available;
	int64		pending;
	int64		held;
	int64		debt;
	int64		points;			/* 0: none asked for */
	const char *source_ref;
	const char *rule;
	Numeric		basis;
	const char *detail;
	const char *actor;
} LedgerRefusal;

typedef struct PendingRefusal
{
	MemberBooks *books;
	LedgerRefusal refusal;
} PendingRefusal;

/* Writes everything new or changed. */
extern void engage_store_flush(Store *store, MemberBooks **books, int nbooks,
							   PendingRefusal *refusals, int nrefusals);

/* bigint[] */
extern Datum engage_int64_array(const int64 *values, int n);

/* Canonical bytes of a member: what is hashed, and what postings sort by. */
extern const char *engage_member_bytes(Oid type, Datum member, int *length,
									   MemoryContext context);
/* Any order will do, as long as everybody who waits for members has the same. */
extern int	engage_member_order(const char *a, int a_length,
								const char *b, int b_length);
extern char *engage_member_text(Oid type, Datum member);

#endif							/* ENGAGE_LEDGER_STORE_H */
