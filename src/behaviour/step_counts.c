/*-------------------------------------------------------------------------
 *
 * step_counts.c
 *	  Counts of customers, one for each step: funnel_counts() and
 *	  retention_counts().
 *
 * The state is the result: an array of bigint.  It is empty before the first
 * row, which says how many steps there are.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/funnel_core.h"
#include "catalog/pg_type.h"
#include "common/errors.h"
#include "common/int.h"
#include "fmgr.h"
#include "utils/array.h"

static ArrayType *
check_counts(ArrayType *counts)
{
	if (ARR_NDIM(counts) > 1 || ARR_HASNULL(counts) || ARR_ELEMTYPE(counts) != INT8OID)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("counts must be one-dimensional arrays without NULLs")));
	return counts;
}

static int
ncounts(const ArrayType *counts)
{
	return ARR_NDIM(counts) == 0 ? 0 : ARR_DIMS(counts)[0];
}

/* The state, as one that may be changed and has "nsteps" counts. */
static ArrayType *
counts_state(FunctionCallInfo fcinfo, int nsteps)
{
	ArrayType  *state;

	if (AggCheckCallContext(fcinfo, NULL))
		state = check_counts(PG_GETARG_ARRAYTYPE_P(0));
	else
		state = check_counts(PG_GETARG_ARRAYTYPE_P_COPY(0));
	if (unlikely(ncounts(state) == 0))
	{
		Datum		zeros[FUNNEL_MAX_STEPS] = {0};

		for (int i = 0; i < nsteps; i++)
			zeros[i] = Int64GetDatum(0);
		return construct_array(zeros, nsteps, INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
							   TYPALIGN_DOUBLE);
	}
	if (unlikely(ncounts(state) != nsteps))
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
				 errmsg("number of steps changed from %d to %d between rows",
						ncounts(state), nsteps),
				 errhint("GROUP BY what they differ by.")));
	return state;
}

static int64 *
counts_of(ArrayType *counts)
{
	return (int64 *) ARR_DATA_PTR(counts);
}

static inline void
add_to_count(int64 *count, int64 more)
{
	if (unlikely(pg_add_s64_overflow(*count, more, count)))
		engage_count_overflow();
}

static void
check_nsteps(int64 nsteps)
{
	if (unlikely(nsteps < 1 || nsteps > FUNNEL_MAX_STEPS))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of steps is out of range: %lld", (long long) nsteps),
				 errdetail("There are 1 to %d steps.", FUNNEL_MAX_STEPS)));
}

/* One customer more who came as far as "level", so who took each step to it. */
PG_FUNCTION_INFO_V1(engage_funnel_counts_accum);
Datum
engage_funnel_counts_accum(PG_FUNCTION_ARGS)
{
	int32		level = PG_GETARG_INT32(1);
	int32		nsteps = PG_GETARG_INT32(2);
	ArrayType  *state;

	check_nsteps(nsteps);
	if (unlikely(level < 0 || level > nsteps))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("level %d is out of range", level),
				 errdetail("Levels of a funnel of %d steps are 0 to %d.", nsteps, nsteps)));
	state = counts_state(fcinfo, nsteps);
	for (int i = 0; i < level; i++)
		add_to_count(&counts_of(state)[i], 1);
	PG_RETURN_ARRAYTYPE_P(state);
}

/* One customer more, with the flags that retention() gave him. */
PG_FUNCTION_INFO_V1(engage_retention_counts_accum);
Datum
engage_retention_counts_accum(PG_FUNCTION_ARGS)
{
	ArrayType  *flags = PG_GETARG_ARRAYTYPE_P(1);
	int64		nsteps = ArrayGetNItems(ARR_NDIM(flags), ARR_DIMS(flags));
	const bits8 *present = ARR_NULLBITMAP(flags);
	const bool *values = (const bool *) ARR_DATA_PTR(flags);
	ArrayType  *state;

	if (unlikely(ARR_NDIM(flags) > 1))
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("flags must be an array of one dimension, not %d", ARR_NDIM(flags)),
				 errhint("They are what retention() gives for one customer.")));
	check_nsteps(nsteps);
	state = counts_state(fcinfo, nsteps);
	for (int i = 0; i < nsteps; i++)
	{
		if (present != NULL && (present[i / 8] & (1 << (i % 8))) == 0)
			continue;
		if (*values++)
			add_to_count(&counts_of(state)[i], 1);
	}
	PG_RETURN_ARRAYTYPE_P(state);
}

PG_FUNCTION_INFO_V1(engage_step_counts_combine);
Datum
engage_step_counts_combine(PG_FUNCTION_ARGS)
{
	ArrayType  *part = check_counts(PG_GETARG_ARRAYTYPE_P(1));
	int			nsteps = ncounts(part);
	ArrayType  *state;

	if (nsteps == 0)
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	check_nsteps(nsteps);
	state = counts_state(fcinfo, nsteps);
	for (int i = 0; i < nsteps; i++)
		add_to_count(&counts_of(state)[i], counts_of(part)[i]);
	PG_RETURN_ARRAYTYPE_P(state);
}

PG_FUNCTION_INFO_V1(engage_step_counts_final);
Datum
engage_step_counts_final(PG_FUNCTION_ARGS)
{
	if (ncounts(check_counts(PG_GETARG_ARRAYTYPE_P(0))) == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}
