/*-------------------------------------------------------------------------
 *
 * tally.h
 *	  Counts by small whole numbers: the state and the stored form of
 *	  summaries of many customers.
 *
 * A tally has parameters, names and cells.  A cell is a count under a kind and
 * up to three numbers, whose meaning is the summary type's: customers by cohort
 * and period, by level of a funnel, by source and target of a step.  Everything
 * in it is added up, so merging is adding, in any order.
 *
 * While an aggregate works on it, it is an expanded object with a hash table;
 * stored, it is a varlena with the cells in order (see tally.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_TALLY_H
#define ENGAGE_TALLY_H

#include "common/compat.h"
#include "common/event_names.h"
#include "common/int.h"
#include "fmgr.h"
#include "utils/expandeddatum.h"

#define TALLY_MAX_PARAMS	6
#define TALLY_BLOCKS		256

typedef struct TallyKey
{
	int32		kind;
	int32		a;
	int32		b;
	int32		c;
} TallyKey;

typedef struct TallyCell
{
	TallyKey	key;
	int64		count;
	char		status;			/* of the hash table */
} TallyCell;

/* Cells (kind, a, 0) to (kind, a, size - 1) as an array, see tally_block.c */
typedef struct TallyBlock
{
	int32		kind;
	int32		a;
	int32		size;
	int64	   *counts;			/* NULL: not used yet */
} TallyBlock;

typedef struct Tally Tally;

/* Which numbers of a cell are codes of names, and how many numbers it has */
typedef struct TallyKind
{
	const char *name;			/* in text */
	int			nnumbers;		/* 1 to 3 */
	int			named;			/* bit i: number i is the code of a name */
} TallyKind;

typedef struct TallyType
{
	const char *name;			/* the SQL type's */
	int			nparams;
	const char *const *param_names;
	int			nkinds;
	const TallyKind *kinds;
	/* names are in an order that means something, and must be the same to merge */
	bool		has_fixed_names;
	/* what else makes a value possible: a complaint, or NULL */
	const char *(*check) (const Tally *tally);
} TallyType;

struct Tally
{
	ExpandedObjectHeader hdr;
	int			magic;
	const TallyType *type;
	MemoryContext context;
	int64		params[TALLY_MAX_PARAMS];
	EventNames *names;			/* numbers are indexes, for named cells */
	EventName  *fixed_names;
	int			nfixed_names;
	struct tally_hash *cells;
	TallyBlock *blocks;			/* TALLY_BLOCKS of them, or NULL */
	int			nadded;			/* to blocks, while there are none */
	bool		unsettled;		/* blocks have counts that belong to cells */
	Size		flat_size;		/* 0: to be computed */
	struct varlena *flat;
	void	   *extra;			/* what an aggregate keeps beside it, not stored */
};

extern Tally *engage_tally_create(const TallyType *type, MemoryContext parent,
								  const int64 *params, const EventName *fixed_names,
								  int nfixed_names);
extern Tally *engage_tally_arg(const TallyType *type, Datum datum, MemoryContext parent);
extern Tally *engage_tally_state(FunctionCallInfo fcinfo, const TallyType *type);
extern MemoryContext engage_tally_context(FunctionCallInfo fcinfo);
extern void engage_tally_add(Tally *tally, const TallyKey *key, int64 count);
extern int64 engage_tally_get(const Tally *tally, const TallyKey *key);
extern void engage_tally_merge(Tally *tally, const Tally *part);
extern TallyCell *engage_tally_sorted(const Tally *tally, int64 *ncells);
pg_noreturn extern void engage_tally_mixture(const TallyType *type, const char *what);

#define TALLY_KEY(kind, a, b, c) (&(TallyKey) {(kind), (a), (b), (c)})

extern void engage_tally_add_slowly(Tally *tally, int32 kind, int32 a, int32 b, int32 size, int64 count);
extern void engage_tally_settle(Tally *tally);

static inline TallyBlock *
tally_block(const Tally *tally, int32 kind, int32 a)
{
	return &tally->blocks[((uint32) a * 8 + (uint32) kind) % TALLY_BLOCKS];
}

/*
 * Add to cell (kind, a, b), where b is from 0 to size - 1: for cells of which
 * some are added to for each customer.
 */
static inline void
tally_add(Tally *tally, int32 kind, int32 a, int32 b, int32 size, int64 count)
{
	if (likely(tally->blocks != NULL))
	{
		TallyBlock *block = tally_block(tally, kind, a);
		int64		sum;

		if (likely(block->counts != NULL && block->kind == kind && block->a == a &&
				   !pg_add_s64_overflow(block->counts[b], count, &sum)))
		{
			block->counts[b] = sum;
			tally->unsettled = true;
			tally->flat_size = 0;
			return;
		}
	}
	engage_tally_add_slowly(tally, kind, a, b, size, count);
}

/* Before cells are read.  (What the tally says does not change.) */
static inline void
tally_settle(const Tally *tally)
{
	if (unlikely(tally->unsettled))
		engage_tally_settle((Tally *) tally);
}

static inline Datum
tally_datum(Tally *tally)
{
	return EOHPGetRWDatum(&tally->hdr);
}

/* bodies of the SQL functions that every such type has */
extern Datum engage_tally_in(FunctionCallInfo fcinfo, const TallyType *type);
extern Datum engage_tally_out(FunctionCallInfo fcinfo, const TallyType *type);
extern Datum engage_tally_recv(FunctionCallInfo fcinfo, const TallyType *type);
extern Datum engage_tally_send(FunctionCallInfo fcinfo, const TallyType *type);
extern Datum engage_tally_combine(FunctionCallInfo fcinfo, const TallyType *type);

#define TALLY_FUNCTION(name, suffix) \
	PG_FUNCTION_INFO_V1(engage_##name##_##suffix); \
	Datum \
	engage_##name##_##suffix(PG_FUNCTION_ARGS) \
	{ \
		return engage_tally_##suffix(fcinfo, &engage_##name##_type); \
	} \
	extern int	tally_function_##name##_##suffix

/* of a type described by engage_<name>_type */
#define TALLY_FUNCTIONS(name) \
	TALLY_FUNCTION(name, in); \
	TALLY_FUNCTION(name, out); \
	TALLY_FUNCTION(name, recv); \
	TALLY_FUNCTION(name, send); \
	TALLY_FUNCTION(name, combine)

#endif							/* ENGAGE_TALLY_H */
