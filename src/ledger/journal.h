/*-------------------------------------------------------------------------
 *
 * journal.h
 *	  What a ledger's books are made of: entries, lots, uses of lots, holds
 *	  and the account of one member, as the tables of sql/parts/20 keep them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_JOURNAL_H
#define ENGAGE_LEDGER_JOURNAL_H

#include "common/compat.h"
#include "datatype/timestamp.h"
#include "utils/numeric.h"

/*
 * Kinds of entries.  Their names are stored, in column "kind"; those with a
 * key double as the name of the operation the key belongs to.
 */
typedef enum EntryKind
{
	ENTRY_EARN,
	ENTRY_AWARD,
	ENTRY_BONUS,
	ENTRY_ADJUST,
	ENTRY_OPENING,
	ENTRY_REDEEM,
	ENTRY_HOLD,
	ENTRY_CAPTURE,
	ENTRY_RELEASE,
	ENTRY_HOLD_EXPIRE,
	ENTRY_RESTORE,
	ENTRY_REVERSE,
	ENTRY_WRITE_OFF,
	ENTRY_EXPIRE,
	ENTRY_MATURE,
	ENTRY_ACTIVATE,
	ENTRY_EXTEND,
	ENTRY_BLOCK,
	ENTRY_UNBLOCK,
	ENTRY_TIER,
	ENTRY_ERASE
} EntryKind;

#define ENTRY_KINDS (ENTRY_ERASE + 1)

/* What an entry does with points of a lot, in the order of their names. */
typedef enum LotAction
{
	USE_CAPTURE,
	USE_CLAW,
	USE_CONSUME,
	USE_EXPIRE,
	USE_HOLD,
	USE_RELEASE,
	USE_REPAY_DEBT,
	USE_RESTORE
} LotAction;

#define LOT_ACTIONS (USE_RESTORE + 1)

extern const char *const engage_entry_kind_names[ENTRY_KINDS];
extern const char *const engage_lot_action_names[LOT_ACTIONS];

/* -1 if there is no such name */
extern int	engage_entry_kind(const char *name);
extern int	engage_lot_action(const char *name);

#define CHAIN_HASH_LENGTH 32

/* A time that may be NULL in its table: this value stands for NULL. */
#define TIME_NULL	PG_INT64_MIN
/* (-infinity is DT_NOBEGIN = PG_INT64_MIN, too: no such column may hold it.) */
#define IS_TIME_NULL(t) ((t) == TIME_NULL)

typedef struct LedgerLot
{
	int64		lot_no;
	int64		granted;
	int64		remaining;
	int64		held;
	TimestampTz available_at;	/* DT_NOEND: when activated */
	TimestampTz expires_at;		/* DT_NOEND: never */
	TimestampTz initial_available_at;	/* TIME_NULL: as it is now */
	TimestampTz initial_expires_at;
	TimestampTz earned_at;		/* TIME_NULL: when it was to become available */
	bool		is_pending;		/* its maturity is not in the journal yet */
	bool		is_new;			/* not in the table yet */
	bool		is_changed;		/* otherwise than in the table */
	struct HeapTupleData *stored;	/* its row, where rows.c writes it */
} LedgerLot;

typedef struct LotUse
{
	int64		seq;
	int64		lot_no;
	int64		points;
	LotAction	action;
	int			ordinal;		/* of rows read by ledger_verify() only */
} LotUse;

typedef struct LedgerEntry
{
	int64		seq;
	int64		amount;			/* change of available + pending + held - debt */
	int64		available_after;
	int64		pending_after;
	int64		held_after;
	int64		debt_after;
	TimestampTz recorded_at;
	TimestampTz effective_at;	/* TIME_NULL: when recorded */
	int64		request_hash;	/* with a key only */
	int64		request_seq;	/* 0: none */
	int64		reverses_seq;	/* 0: none */
	int64		hold_id;		/* 0: none */
	TimestampTz until;			/* TIME_NULL: none */
	EntryKind	kind;
	const char *key;			/* this and what follows: NULL for none */
	const char *source_ref;
	const char *rule;
	const char *campaign;
	const char *batch;
	Numeric		basis;
	const char *rate;			/* the formula of an award */
	const char *reason;
	const char *actor;
	const char *session_role;	/* never NULL */
	const char *acting_role;
	const char *note;			/* goes to entry_note; its hash into the entry */
	uint8		note_hash[CHAIN_HASH_LENGTH];
	bool		has_note;		/* note_hash is set */
	uint8		hash[CHAIN_HASH_LENGTH];
	bool		is_grant;		/* there is a lot of this number */
	int			first_use;		/* in the array of uses */
	int			nuses;
} LedgerEntry;

typedef enum HoldState
{
	HOLD_OPEN,
	HOLD_CAPTURED,
	HOLD_RELEASED,
	HOLD_EXPIRED
} HoldState;

extern const char *const engage_hold_state_names[HOLD_EXPIRED + 1];
extern int	engage_hold_state(const char *name);

typedef struct LedgerHold
{
	int64		hold_id;
	int64		seq;
	int64		points;
	int64		captured;
	int64		released;
	TimestampTz expires_at;
	HoldState	state;
	int			nslices;
	int64	   *lots;			/* what is reserved now, in order of reservation */
	int64	   *slices;
	bool		is_new;
	bool		is_changed;
} LedgerHold;

/* The columns of table account but for the member. */
typedef struct LedgerAccount
{
	int64		seq;
	int64		available;
	int64		pending;
	int64		held;
	int64		debt;
	int64		earned;
	int64		redeemed;
	int64		expired;
	int64		reversed;
	TimestampTz joined_at;
	TimestampTz last_recorded_at;
	TimestampTz next_due_at;
	TimestampTz next_expiry_at; /* DT_NOEND: none */
	int64		next_expiry_points;
	TimestampTz inactive_at;
	int64		lapsed_seq;		/* lots up to this one have lapsed */
	int64		balance_hash;	/* as stored; see engage_balance_hash() */
	TimestampTz tier_due_at;
	int64		refusals;		/* rows of refusal */
	bool		blocked;
	bool		tier_in_grace;
	bool		has_sources;
	TimestampTz earned_due_at;	/* TIME_NULL: there is none, as below */
	TimestampTz granted_until;
	const char *tier;			/* the higher of the two; NULL: none */
	const char *earned_tier;
	const char *granted_tier;
	uint8		chain_head[CHAIN_HASH_LENGTH];
} LedgerAccount;

#endif							/* ENGAGE_LEDGER_JOURNAL_H */
