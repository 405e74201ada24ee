/*-------------------------------------------------------------------------
 *
 * number_arg.c
 *	  Numeric arguments of any of the six numeric types.
 *
 * A metric such as rate(hits, trials) has to accept every mixture of numeric
 * column types.  Declaring all combinations would need 25 signatures for two
 * arguments, and leaving some out makes the parser fall back to double
 * precision, so those arguments are declared "any" and resolved here, once
 * per call site.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/compat.h"
#include "common/errors.h"
#include "common/number_arg.h"
#include "common/shortest_dec.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static bool
number_type(Oid type, NumberType *result)
{
	switch (getBaseType(type))
	{
		case INT2OID:
			*result = NUMBER_INT2;
			return true;
		case INT4OID:
			*result = NUMBER_INT4;
			return true;
		case INT8OID:
			*result = NUMBER_INT8;
			return true;
		case NUMERICOID:
			*result = NUMBER_NUMERIC;
			return true;
		case FLOAT4OID:
			*result = NUMBER_FLOAT4;
			return true;
		case FLOAT8OID:
			*result = NUMBER_FLOAT8;
			return true;
		default:
			return false;
	}
}

/* The type of an argument declared "any", or an error that names it. */
NumberType
engage_number_arg_type(FunctionCallInfo fcinfo, int argno, const char *name)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, argno);
	NumberType	result;

	if (!OidIsValid(type) || type == UNKNOWNOID)
		ereport(ERROR,
				(errcode(ERRCODE_INDETERMINATE_DATATYPE),
				 errmsg("could not determine the type of argument \"%s\"", name),
				 errhint("Cast it to a numeric type, for example $1::numeric.")));
	if (!number_type(type, &result))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("argument \"%s\" must be a number, not %s",
						name, format_type_be(type)),
				 errdetail("Accepted are smallint, integer, bigint, numeric, real and double precision."),
				 type == BOOLOID ?
				 errhint("Turn a flag into a number with a cast, %s::int.", name) : 0));
	return result;
}

/*
 * Resolve the types of the arguments from number "first" on; "names" (NULL
 * terminated) says what they are called in errors.
 */
const NumberArgs *
engage_number_args(FunctionCallInfo fcinfo, int first, const char *const *names)
{
	NumberArgs *args = (NumberArgs *) fcinfo->flinfo->fn_extra;

	if (likely(args != NULL))
		return args;

	args = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(NumberArgs));
	for (int i = 0; names[i] != NULL; i++)
	{
		Assert(first + i < NUMBER_MAX_ARGS);
		args->type[first + i] = engage_number_arg_type(fcinfo, first + i, names[i]);
	}
	fcinfo->flinfo->fn_extra = args;
	return args;
}

/* How a value looks in an error message. */
static char *
number_to_cstring(NumberType type, Datum value)
{
	switch (type)
	{
		case NUMBER_INT2:
			return psprintf("%d", DatumGetInt16(value));
		case NUMBER_INT4:
			return psprintf("%d", DatumGetInt32(value));
		case NUMBER_INT8:
			return psprintf(INT64_FORMAT, DatumGetInt64(value));
		case NUMBER_NUMERIC:
			return DatumGetCString(DirectFunctionCall1(numeric_out, value));
		case NUMBER_FLOAT4:
			return DatumGetCString(DirectFunctionCall1(float4out, value));
		case NUMBER_FLOAT8:
			return DatumGetCString(DirectFunctionCall1(float8out, value));
	}
	pg_unreachable();
}

/*
 * The shortest decimal that is this real: 0.1, not what a double makes of it.
 * It has at most 9 digits, so it survives the way through a double.
 */
static ExactStatus
read_float4(ExactSum *result, float value)
{
	char		shortest[FLOAT_SHORTEST_DECIMAL_LEN];

	if (isnan(value) || isinf(value))
		return engage_exact_from_float8(result, value);
	float_to_shortest_decimal_buf(value, shortest);
	return engage_exact_from_float8(result, strtod(shortest, NULL));
}

static ExactStatus
read_number(ExactSum *result, NumberType type, Datum value)
{
	switch (type)
	{
		case NUMBER_INT2:
			exact_sum_from_int64(result, DatumGetInt16(value));
			return EXACT_OK;
		case NUMBER_INT4:
			exact_sum_from_int64(result, DatumGetInt32(value));
			return EXACT_OK;
		case NUMBER_INT8:
			exact_sum_from_int64(result, DatumGetInt64(value));
			return EXACT_OK;
		case NUMBER_NUMERIC:
			return engage_exact_from_numeric(result, value);
		case NUMBER_FLOAT4:
			return read_float4(result, DatumGetFloat4(value));
		case NUMBER_FLOAT8:
			return engage_exact_from_float8(result, DatumGetFloat8(value));
	}
	pg_unreachable();
}

void
engage_number_general(ExactSum *result, NumberType type, Datum value,
					  const NumberRole *role)
{
	ExactStatus status = read_number(result, type, value);

	if (likely(status == EXACT_OK))
	{
		if (unlikely(exact_sum_is_negative(result) && !role->may_be_negative))
			ereport(ERROR,
					(errcode(role->sqlstate),
					 errmsg("%s %s is negative", role->name,
							number_to_cstring(type, value)),
					 errdetail("Accepted are numbers of zero or more."),
					 errhint("Leave such rows out with FILTER (WHERE %s >= 0).", role->name)));
		return;
	}
	if (status == EXACT_TOO_LARGE)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s %s is out of range", role->name,
						number_to_cstring(type, value)),
				 errdetail("Its absolute value must be below 1e36."),
				 errhint("Use a larger unit.")));
	if (status == EXACT_TOO_PRECISE)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s %s has more than %d decimals", role->name,
						number_to_cstring(type, value), EXACT_SUM_DIGITS),
				 errhint("Round it, for example round(..., %d).", EXACT_SUM_DIGITS)));
	ereport(ERROR,
			(errcode(role->sqlstate),
			 errmsg("%s %s is not a finite number", role->name,
					number_to_cstring(type, value)),
			 errhint("Turn such values into NULL: nullif(%s, '%s').", role->name,
					 number_to_cstring(type, value))));
}

/*
 * A score: a whole number of any numeric type between min and max.  "what"
 * names the metric in errors.
 */
int
engage_whole_number(NumberType type, Datum value, int min, int max,
					const char *what)
{
	int64		score;

	switch (type)
	{
		case NUMBER_INT2:
			score = DatumGetInt16(value);
			break;
		case NUMBER_INT4:
			score = DatumGetInt32(value);
			break;
		case NUMBER_INT8:
			score = DatumGetInt64(value);
			break;
		case NUMBER_NUMERIC:
			{
				ExactSum	number;

				/* anything unreadable is out of range as well */
				if (engage_exact_from_numeric(&number, value) != EXACT_OK ||
					number.whole < min || number.whole > max ||
					!exact_sum_is_whole(&number))
					score = (int64) min - 1;
				else
					score = (int64) number.whole;
				break;
			}
		default:
			{
				double		number = type == NUMBER_FLOAT4 ?
					DatumGetFloat4(value) : DatumGetFloat8(value);

				/* written so that NaN fails it */
				if (!(number >= min && number <= max) || rint(number) != number)
					score = (int64) min - 1;
				else
					score = (int64) number;
				break;
			}
	}
	if (unlikely(score < min || score > max))
	{
		char	   *shown = number_to_cstring(type, value);
		double		number = strtod(shown, NULL);
		bool		fractional = number > min && number < max;

		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_INVALID_SCORE),
				 errmsg("%s score %s is out of range", what, shown),
				 errdetail("Scores are whole numbers from %d to %d.", min, max),
				 fractional ?
				 errhint("Round it, or leave such rows out with FILTER (WHERE score BETWEEN %d AND %d AND score = trunc(score)).", min, max) :
				 errhint("Leave such rows out with FILTER (WHERE score BETWEEN %d AND %d).", min, max)));
	}
	return (int) score;
}
