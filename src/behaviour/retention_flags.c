/*-------------------------------------------------------------------------
 *
 * retention_flags.c
 *	  retention(): which conditions one customer ever met.
 *
 * The state is an array of boolean: was there a row that met condition i?  It
 * is empty before the first row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/conditions.h"
#include "catalog/pg_type.h"
#include "common/errors.h"
#include "utils/array.h"

static ArrayType *
check_flags(ArrayType *flags)
{
	if (ARR_NDIM(flags) > 1 || ARR_HASNULL(flags) || ARR_ELEMTYPE(flags) != BOOLOID ||
		(ARR_NDIM(flags) == 1 && ARR_DIMS(flags)[0] > FUNNEL_MAX_STEPS))
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("flags must be one-dimensional arrays of at most %d elements without NULLs",
						FUNNEL_MAX_STEPS)));
	return flags;
}

static int
nflags(const ArrayType *flags)
{
	return ARR_NDIM(flags) == 0 ? 0 : ARR_DIMS(flags)[0];
}

static bool *
flags_of(ArrayType *flags)
{
	return (bool *) ARR_DATA_PTR(flags);
}

static ArrayType *
make_flags(const bool *values, int count)
{
	Datum		datums[FUNNEL_MAX_STEPS];

	for (int i = 0; i < count; i++)
		datums[i] = BoolGetDatum(values != NULL && values[i]);
	return construct_array(datums, count, BOOLOID, sizeof(bool), true, TYPALIGN_CHAR);
}

/* The state, as one that may be changed and has "count" flags. */
static ArrayType *
flags_state(FunctionCallInfo fcinfo, int count)
{
	ArrayType  *state;

	if (PG_ARGISNULL(0))
		return make_flags(NULL, count);
	if (AggCheckCallContext(fcinfo, NULL))
		state = check_flags(PG_GETARG_ARRAYTYPE_P(0));
	else
		state = check_flags(PG_GETARG_ARRAYTYPE_P_COPY(0));
	if (unlikely(nflags(state) == 0))
		return make_flags(NULL, count);
	if (unlikely(nflags(state) != count))
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
				 errmsg("number of conditions changed from %d to %d between rows",
						nflags(state), count),
				 errhint("Give every row an array of the same length.")));
	return state;
}

PG_FUNCTION_INFO_V1(engage_retention_accum);
Datum
engage_retention_accum(PG_FUNCTION_ARGS)
{
	ConditionReader *conditions = (ConditionReader *) fcinfo->flinfo->fn_extra;
	uint64		met;
	ArrayType  *state;

	if (unlikely(conditions == NULL))
	{
		conditions = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(ConditionReader));
		engage_condition_reader_init(conditions, fcinfo, 1, false);
		fcinfo->flinfo->fn_extra = conditions;
	}
	met = conditions_read(conditions, fcinfo);
	if (conditions->count == 0)
	{
		/* an array that is NULL: no conditions at all */
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	state = flags_state(fcinfo, conditions->count);
	for (; met != 0; met &= met - 1)
		flags_of(state)[pg_rightmost_one_pos64(met)] = true;
	PG_RETURN_ARRAYTYPE_P(state);
}

PG_FUNCTION_INFO_V1(engage_retention_combine);
Datum
engage_retention_combine(PG_FUNCTION_ARGS)
{
	ArrayType  *part = check_flags(PG_GETARG_ARRAYTYPE_P(1));
	int			count = nflags(part);
	ArrayType  *state;

	if (count == 0)
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	state = flags_state(fcinfo, count);
	for (int i = 0; i < count; i++)
		flags_of(state)[i] |= flags_of(part)[i];
	PG_RETURN_ARRAYTYPE_P(state);
}

/* Nobody was retained who never came. */
PG_FUNCTION_INFO_V1(engage_retention_final);
Datum
engage_retention_final(PG_FUNCTION_ARGS)
{
	ArrayType  *state = check_flags(PG_GETARG_ARRAYTYPE_P(0));
	int			count = nflags(state);

	if (count == 0)
		PG_RETURN_NULL();
	PG_RETURN_ARRAYTYPE_P(make_flags(flags_of(state)[0] ? flags_of(state) : NULL, count));
}
