/*-------------------------------------------------------------------------
 *
 * sessionize.c
 *	  sessionize(): numbers of sessions, as a window function.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/session_gap.h"
#include "common/time_arg.h"
#include "nodes/execnodes.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"
#include "windowapi.h"

#define FIRST_KEY	2			/* argument */

/* How to compare an argument that breaks sessions; found once per call site. */
typedef struct BreakKey
{
	FmgrInfo	equals;
	Oid			collation;
	int16		length;
	bool		by_value;
} BreakKey;

typedef struct LastKey
{
	Datum		value;
	bool		is_known;		/* there was one that is not NULL */
} LastKey;

/* What is remembered of a partition, however long it is. */
typedef struct SessionState
{
	int64		session;		/* 0 before the first row with a time */
	int64		last_time;
	LastKey		last_keys[FLEXIBLE_ARRAY_MEMBER];
} SessionState;

static BreakKey *
find_break_keys(FunctionCallInfo fcinfo, int nkeys)
{
	WindowFunc *call = (WindowFunc *) fcinfo->flinfo->fn_expr;
	BreakKey   *keys = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
											  nkeys * sizeof(BreakKey));

	for (int i = 0; i < nkeys; i++)
	{
		Oid			type = get_fn_expr_argtype(fcinfo->flinfo, FIRST_KEY + i);
		TypeCacheEntry *cache;

		if (!OidIsValid(type) || type == UNKNOWNOID)
			ereport(ERROR,
					(errcode(ERRCODE_INDETERMINATE_DATATYPE),
					 errmsg("could not determine the type of break key %d", i + 1),
					 errhint("Cast it, for example $1::text.")));
		cache = lookup_type_cache(type, TYPECACHE_EQ_OPR);
		if (!OidIsValid(cache->eq_opr))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_FUNCTION),
					 errmsg("break key %d must not be of type %s", i + 1, format_type_be(type)),
					 errdetail("The type has no equality operator.")));
		fmgr_info_cxt(get_opcode(cache->eq_opr), &keys[i].equals, fcinfo->flinfo->fn_mcxt);
		/* each key has its own collation; that of the call would be of all */
		keys[i].collation = exprCollation(list_nth(call->args, FIRST_KEY + i));
		keys[i].length = cache->typlen;
		keys[i].by_value = cache->typbyval;
	}
	return keys;
}

/* Does a key differ from its last value?  Remembers it then. */
static bool
key_has_changed(const BreakKey *key, LastKey *last, Datum value, MemoryContext context)
{
	MemoryContext old_context;
	bool		is_first = !last->is_known;

	if (!is_first && DatumGetBool(FunctionCall2Coll((FmgrInfo *) &key->equals, key->collation,
													last->value, value)))
		return false;
	if (!is_first && !key->by_value)
		pfree(DatumGetPointer(last->value));
	old_context = MemoryContextSwitchTo(context);
	if (key->length == -1)
		last->value = PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
	else
		last->value = datumCopy(value, key->by_value, key->length);
	MemoryContextSwitchTo(old_context);
	last->is_known = true;
	return !is_first;
}

static int64
read_gap(WindowObject window, TimeType type)
{
	bool		is_null;
	Datum		gap = WinGetFuncArgCurrent(window, 1, &is_null);

	if (is_null)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"gap\" of sessionize must not be NULL")));
	return type == TIME_INT8 ? engage_elapsed_int_arg(DatumGetInt64(gap), "gap", true) :
		engage_elapsed_arg(DatumGetIntervalP(gap), "gap", true);
}

static inline Datum
number_session(FunctionCallInfo fcinfo, TimeType type)
{
	WindowObject window = PG_WINDOW_OBJECT();
	BreakKey   *keys = (BreakKey *) fcinfo->flinfo->fn_extra;
	bool		is_break = false;
	SessionState *state;
	int			nkeys;
	Datum		argument;
	bool		is_null;
	int64		gap;
	int64		time;

	/* an operator made of this function gets here without a window */
	if (unlikely(!WindowObjectIsValid(window)))
		ereport(ERROR,
				(errcode(ERRCODE_WINDOWING_ERROR),
				 errmsg("sessionize must be called as a window function")));
	nkeys = list_length(((WindowFunc *) fcinfo->flinfo->fn_expr)->args) - FIRST_KEY;
	state = WinGetPartitionLocalMemory(window, offsetof(SessionState, last_keys) +
									   nkeys * sizeof(LastKey));
	argument = WinGetFuncArgCurrent(window, 0, &is_null);

	/* nothing before this row is looked at again */
	WinSetMarkPosition(window, WinGetCurrentPosition(window));
	if (is_null)
		PG_RETURN_NULL();
	time = engage_time_arg(argument, type, "event");
	gap = read_gap(window, type);

	if (unlikely(keys == NULL && nkeys > 0))
		fcinfo->flinfo->fn_extra = keys = find_break_keys(fcinfo, nkeys);
	for (int i = 0; i < nkeys; i++)
	{
		Datum		value = WinGetFuncArgCurrent(window, FIRST_KEY + i, &is_null);

		/* (every key, also after one that differs: all are remembered) */
		if (!is_null && key_has_changed(&keys[i], &state->last_keys[i], value,
										GetMemoryChunkContext(state)))
			is_break = true;
	}

	if (state->session > 0 && time < state->last_time)
		ereport(ERROR,
				(errcode(ERRCODE_WINDOWING_ERROR),
				 errmsg("sessionize needs the rows of a partition in order of time"),
				 errhint("Write OVER (PARTITION BY customer ORDER BY time), with the time that is the first argument.")));
	if (state->session == 0 || is_break ||
		!session_goes_on(state->last_time, time, gap))
		state->session++;
	state->last_time = time;
	PG_RETURN_INT64(state->session);
}

PG_FUNCTION_INFO_V1(engage_sessionize);
Datum
engage_sessionize(PG_FUNCTION_ARGS)
{
	return number_session(fcinfo, TIME_TIMESTAMP);
}

PG_FUNCTION_INFO_V1(engage_sessionize_date);
Datum
engage_sessionize_date(PG_FUNCTION_ARGS)
{
	return number_session(fcinfo, TIME_DATE);
}

PG_FUNCTION_INFO_V1(engage_sessionize_int8);
Datum
engage_sessionize_int8(PG_FUNCTION_ARGS)
{
	return number_session(fcinfo, TIME_INT8);
}
