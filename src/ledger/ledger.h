/*-------------------------------------------------------------------------
 *
 * ledger.h
 *	  One ledger, found by its name: tables, settings, kept plans.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_LEDGER_H
#define ENGAGE_LEDGER_LEDGER_H

#include "common/compat.h"
#include "executor/spi.h"
#include "lib/ilist.h"
#include "pgtime.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

/* The version of the tables that this library reads and writes. */
#define LEDGER_FORMAT_VERSION 1

typedef enum LedgerTableId
{
	TABLE_META,
	TABLE_ACCOUNT,
	TABLE_ENTRY,
	TABLE_LOT,
	TABLE_LOT_USE,
	TABLE_HOLD,
	TABLE_REFUSAL,
	TABLE_ENTRY_NOTE,
	TABLE_POINT_VALUE,
	TABLE_EARN_RULE,
	TABLE_CAMPAIGN,
	TABLE_CAMPAIGN_BUDGET,
	TABLE_TALLY,
	TABLE_TIER,
	TABLE_TIER_HISTORY,
	TABLE_PERIOD_CLOSE,
	TABLE_ADJUST_LIMIT,
	TABLE_JOB_RUN
} LedgerTableId;

#define LEDGER_TABLES (TABLE_JOB_RUN + 1)

extern const char *const engage_table_names[LEDGER_TABLES];

/* Some of the tables */
typedef uint32 LedgerTableSet;

#define LEDGER_ONLY(table) ((LedgerTableSet) 1 << (table))

/* What balances and reports are made of */
#define LEDGER_BOOKS \
	(LEDGER_ONLY(TABLE_META) | LEDGER_ONLY(TABLE_ACCOUNT) | LEDGER_ONLY(TABLE_ENTRY) | \
	 LEDGER_ONLY(TABLE_LOT) | LEDGER_ONLY(TABLE_LOT_USE) | LEDGER_ONLY(TABLE_HOLD) | \
	 LEDGER_ONLY(TABLE_POINT_VALUE))

/* The largest number of columns of a table that rows are made for. */
#define LEDGER_MAX_COLUMNS 40

typedef struct LedgerTable
{
	Oid			relid;
	Oid			owner;
	TupleDesc	tupdesc;
	int			ncolumns;		/* of engage's own, in the order of columns.h, */
	AttrNumber	attributes[LEDGER_MAX_COLUMNS]; /* and where they are */
	struct DirectTable *direct; /* see rows_open.h; NULL: not looked at yet */
} LedgerTable;

/* Indexes that postings look into */
typedef enum LedgerIndexId
{
	INDEX_ACCOUNT,				/* primary keys */
	INDEX_ENTRY,
	INDEX_LOT,
	INDEX_REFUSAL,
	INDEX_ENTRY_KEY,			/* member, kind, key */
	INDEX_ENTRY_SOURCE,			/* member, source_ref */
	INDEX_OPEN_LOTS				/* member, expires_at, available_at; open ones only */
} LedgerIndexId;

#define LEDGER_INDEXES (INDEX_OPEN_LOTS + 1)

extern LedgerTableId engage_index_table(LedgerIndexId index);

typedef enum Rounding
{
	ROUND_FLOOR,
	ROUND_HALF_UP,
	ROUND_HALF_EVEN,
	ROUND_CEIL
} Rounding;

typedef enum Stacking
{
	STACK_MULTIPLICATIVE,
	STACK_ADDITIVE,
	STACK_BEST_OF
} Stacking;

typedef enum Shortage
{
	SHORTAGE_OTHER_LOTS_THEN_DEBT,
	SHORTAGE_CLAMP,
	SHORTAGE_REJECT
} Shortage;

typedef enum ExpiryRounding
{
	EXPIRY_NOT_ROUNDED,
	EXPIRY_DAY,
	EXPIRY_MONTH,
	EXPIRY_YEAR
} ExpiryRounding;

typedef enum TierMetric
{
	METRIC_POINTS,
	METRIC_SPEND,
	METRIC_ORDERS
} TierMetric;

typedef enum TierWindow
{
	WINDOW_ROLLING,
	WINDOW_CALENDAR,
	WINDOW_ANNIVERSARY,
	WINDOW_LIFETIME
} TierWindow;

/* Table ledger_meta.  Intervals are NULL where there is none. */
typedef struct LedgerSettings
{
	pg_tz	   *time_zone;
	Rounding	rounding;
	Interval	available_after;
	bool		manual_activation;
	Interval   *expires_after;
	int			expires_on_month;	/* 0: no fixed date */
	int			expires_on_day;
	Interval   *expires_inactive;
	ExpiryRounding expiry_rounding;
	bool		earned_first;
	Shortage	shortage;
	bool		restores_with_grace;
	Interval	restore_grace;
	int64		debt_limit;		/* PG_INT64_MAX: none */
	Interval   *refund_window;
	Stacking	stacking;
	Numeric		max_multiplier; /* NULL: none */
	TierMetric	tier_metric;
	TierWindow	tier_window;
	Interval	tier_period;
	Interval	tier_grace;
	bool		downgrades_one;
	TimestampTz closed_until;
	bool		test_clock;
	bool		has_tiers;		/* table tier has rows */
} LedgerSettings;

/* Table point_value, by valid_from */
typedef struct PointValue
{
	TimestampTz valid_from;
	Numeric		face_value;
	const char *currency;
} PointValue;

/*
 * Kept plans; the files that own a statement know the text.  In it @ledger@ and
 * @member@ are replaced.
 *
 * "arguments" are types, separated by blanks.  "lot/2: ..." replaces @columns@,
 * @values@ (a parameter for each column) and @assignments@ (of the columns after
 * the first 2) in the text by those of table lot; and "lot: *" are the types of
 * its columns.
 */
typedef struct LedgerStatement
{
	const char *sql;
	const char *arguments;
} LedgerStatement;

#define LEDGER_MAX_STATEMENTS 128

typedef struct Ledger
{
	Oid			schema;			/* hash key */
	NameData	name;
	bool		is_valid;		/* nothing below has changed */
	bool		is_dropped;		/* no longer kept, but in use */
	TimestampTz parallel_statement; /* read in parallel mode: good for it only; or 0 */
	int			pins;			/* calls that use it */
	dlist_node	recent;
	MemoryContext context;

	Oid			owner;
	Oid			member_type;
	LedgerTable tables[LEDGER_TABLES];
	LedgerSettings settings;
	PointValue *point_values;
	int			npoint_values;
	struct AwardConfig *awards; /* rules, campaigns, tiers; NULL: not read yet */
	const char *foreign_code;	/* what of the tables could run code, or NULL */
	Oid			indexes[LEDGER_INDEXES];
	Oid			hold_sequence;	/* of hold_id */
	struct EState *estate;		/* for the predicates of indexes, see rows.c */

	const LedgerStatement *statements[LEDGER_MAX_STATEMENTS];
	SPIPlanPtr	plans[LEDGER_MAX_STATEMENTS];
	int			nstatements;
} Ledger;

/* What a caller is going to do, which decides what is asked of him. */
typedef enum LedgerPurpose
{
	LEDGER_READ,
	LEDGER_POST,
	LEDGER_MAINTAIN				/* runs as the owner, see below */
} LedgerPurpose;

/*
 * Finds a ledger and pins it.  Errors tell of missing ledgers and rights, of
 * other formats and of schemas that only look like a ledger.  Every
 * engage_ledger_open() needs its engage_ledger_close(), in PG_FINALLY().
 */
extern Ledger *engage_ledger_open(const char *name, LedgerPurpose purpose);
extern void engage_ledger_close(Ledger *ledger);

/*
 * An index of a table that is open and locked: if it was rebuilt since the
 * ledger was opened, the one that has taken its place.
 */
extern Oid	engage_ledger_index(Ledger *ledger, LedgerIndexId index, Relation rel);

/* Before the first statement of a posting, see ledger.c */
extern void engage_ledger_lock_tables(Ledger *ledger);
/*
 * In parallel mode there is no latest snapshot: what was read with another one
 * is not believed after the statement.
 */
extern void engage_ledger_keep_for_statement(Ledger *ledger);


/* Raises NG451 if row-level security would hide rows from the caller. */
extern void engage_ledger_refuse_rls(Ledger *ledger);
extern bool engage_ledger_has_rls(Ledger *ledger, LedgerTableId table);

/* Error 42501 unless the caller may read these tables. */
extern void engage_ledger_check_select(Ledger *ledger, LedgerTableSet tables);

/* The attribute number of a column; error NG426 if there is none. */
extern AttrNumber engage_ledger_column(const Ledger *ledger, LedgerTableId table,
									   const char *column);

/* Error NG426 unless a table has the columns that the code relies on. */
extern void engage_check_shape(Ledger *ledger, LedgerTableId table);

/*
 * Rows are taken apart as the columns were when the ledger was opened.  Error
 * NG426 if they have changed since: to be called with the lock of whatever is
 * about to be taken apart, and hardly ever more than a look at a flag.
 */
extern void engage_ledger_check_changes(const Ledger *ledger);

/*
 * The kept plan of a statement, for SPI_execute_plan().  The statement must be
 * a static constant: its address is its identity.
 */
extern SPIPlanPtr engage_ledger_plan(Ledger *ledger,
									 const LedgerStatement *statement);

/* The instant now of this ledger: the clock, or engage.now (clock.c). */
extern TimestampTz engage_ledger_clock(const Ledger *ledger);

/*
 * While a posting writes, the guard trigger lets it.  Marks nest: give what
 * engage_guard_allow() returned to engage_guard_restore() in PG_FINALLY().
 * Statements in between see pg_catalog only, as an operator of the caller's own
 * must not get to run inside; engage_guard_pin_path() comes before the first.
 */
typedef struct GuardMark
{
	Oid			schema;
	int			trigger_depth;
	int			guc_level;		/* 0: the search path is still the caller's */
} GuardMark;

extern GuardMark engage_guard_allow(const Ledger *ledger);
extern void engage_guard_pin_path(void);
extern void engage_guard_restore(GuardMark mark);

/*
 * Maintenance and reading of somebody else's ledger run as its owner, with
 * nothing of the session open to the code that might be in the tables, or be put
 * there before the next statement looks for them by name.
 */
typedef struct RunAsOwner
{
	Oid			user;
	int			security_context;
	int			guc_level;
} RunAsOwner;

extern RunAsOwner engage_run_as_owner(const Ledger *ledger);
extern void engage_run_as_caller(RunAsOwner saved);

/*
 * For looks into these tables: as the owner, after the caller's right to read
 * them was checked; but as the caller where row-level security hides rows from
 * him, who then is no superuser.
 */
extern RunAsOwner engage_read_as_owner(Ledger *ledger, LedgerTableSet tables);

#endif							/* ENGAGE_LEDGER_LEDGER_H */
