/*-------------------------------------------------------------------------
 *
 * conditions.c
 *	  Which steps of a funnel a row meets, from the arguments of a call.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/conditions.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static void
check_count(int64 count)
{
	if (count < 1 || count > FUNNEL_MAX_STEPS)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_ARGUMENTS),
				 errmsg("number of conditions is out of range: %lld", (long long) count),
				 errdetail("There are 1 to %d conditions.", FUNNEL_MAX_STEPS)));
}

/*
 * Prepare to read the arguments from "first" on.  Their types are known only
 * now, because they are declared as "any".
 */
void
engage_condition_reader_init(ConditionReader *reader, FunctionCallInfo fcinfo,
							 int first, bool may_be_step)
{
	reader->first = first;
	reader->count = PG_NARGS() - first;
	reader->kind = CONDITION_BOOLEANS;
	for (int i = 0; i < reader->count; i++)
	{
		Oid			type = get_fn_expr_argtype(fcinfo->flinfo, first + i);

		type = OidIsValid(type) ? getBaseType(type) : type;
		if (type == BOOLOID)
			continue;
		if (!OidIsValid(type) || type == UNKNOWNOID)
			ereport(ERROR,
					(errcode(ERRCODE_INDETERMINATE_DATATYPE),
					 errmsg("could not determine the type of condition %d", i + 1),
					 errhint("Cast it, for example NULL::boolean or $1::boolean.")));

		/*
		 * An aggregate over a window is not told of the keyword VARIADIC, so
		 * an array is understood without it.
		 */
		if (reader->count == 1 && type == BOOLARRAYOID)
			reader->kind = CONDITION_ARRAY;
		else if (reader->count == 1 && may_be_step && type == INT2OID)
			reader->kind = CONDITION_INT2;
		else if (reader->count == 1 && may_be_step && type == INT4OID)
			reader->kind = CONDITION_INT4;
		else if (reader->count == 1 && may_be_step && type == INT8OID)
			reader->kind = CONDITION_INT8;
		else
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("condition %d must be of type boolean, not %s", i + 1,
							format_type_be(type)),
					 may_be_step ?
					 errdetail("There are conditions of type boolean, or one integer, which is the number of the step that the row is.") :
					 errdetail("All conditions are of type boolean.")));
	}
	if (reader->kind == CONDITION_BOOLEANS)
		check_count(reader->count);
	else if (reader->kind == CONDITION_ARRAY)
		reader->count = 0;
	else
		reader->count = FUNNEL_MAX_STEPS;
}

uint64
engage_conditions_of_array(ConditionReader *reader, Datum datum)
{
	ArrayType  *array = DatumGetArrayTypeP(datum);
	int64		count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	const bits8 *present = ARR_NULLBITMAP(array);
	const bool *values = (const bool *) ARR_DATA_PTR(array);
	uint64		steps = 0;

	if (ARR_ELEMTYPE(array) != BOOLOID)
		elog(ERROR, "array of type %u is not of conditions", ARR_ELEMTYPE(array));
	check_count(count);
	for (int i = 0; i < count; i++)
	{
		/* NULLs have no place among the values */
		if (present != NULL && (present[i / 8] & (1 << (i % 8))) == 0)
			continue;
		if (*values++)
			steps |= funnel_step_bit(i);
	}
	reader->count = count;
	if (array != (ArrayType *) DatumGetPointer(datum))
		pfree(array);
	return steps;
}

void
engage_step_out_of_range(int64 step)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("step " INT64_FORMAT " is out of range", step),
			 errdetail("Steps have the numbers 1 to %d; 0 and NULL are no step.", FUNNEL_MAX_STEPS)));
}
