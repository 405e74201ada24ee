/*-------------------------------------------------------------------------
 *
 * number_arg.h
 *	  Numeric arguments of any of the six numeric types.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_NUMBER_ARG_H
#define ENGAGE_NUMBER_ARG_H

#include "common/exact_sum.h"
#include "fmgr.h"

typedef enum NumberType
{
	NUMBER_INT2,
	NUMBER_INT4,
	NUMBER_INT8,
	NUMBER_NUMERIC,
	NUMBER_FLOAT4,
	NUMBER_FLOAT8
} NumberType;

/* what a number means, for the check it gets and the error it may cause */
typedef struct NumberRole
{
	const char *name;			/* "weight", "audience", ... */
	bool		may_be_negative;
	int			sqlstate;
} NumberRole;

/* the highest argument number that may be declared "any" */
#define NUMBER_MAX_ARGS		5

/* Types of the "any" arguments of a call site; cached in fn_extra. */
typedef struct NumberArgs
{
	NumberType	type[NUMBER_MAX_ARGS];
} NumberArgs;

extern const NumberArgs *engage_number_args(FunctionCallInfo fcinfo,
											int first, const char *const *names);
extern NumberType engage_number_arg_type(FunctionCallInfo fcinfo, int argno,
										  const char *name);
extern void engage_number_general(ExactSum *result, NumberType type, Datum value,
								  const NumberRole *role);
extern int	engage_whole_number(NumberType type, Datum value, int min, int max,
								const char *what);

/*
 * The number as an exact decimal, checked for what it means.  The common
 * cases are here; everything else, and every complaint, is in the general
 * function.
 */
static inline void
engage_number(ExactSum *result, NumberType type, Datum value,
			  const NumberRole *role)
{
	bool		read = true;

	if (type == NUMBER_INT4)
		exact_sum_from_int64(result, DatumGetInt32(value));
	else if (type == NUMBER_INT8)
		exact_sum_from_int64(result, DatumGetInt64(value));
	else if (type == NUMBER_NUMERIC)
		read = engage_exact_from_numeric(result, value) == EXACT_OK;
	else if (type == NUMBER_FLOAT8)
		read = exact_sum_from_cents(result, DatumGetFloat8(value)) ||
			engage_exact_from_float8(result, DatumGetFloat8(value)) == EXACT_OK;
	else
		read = false;
	if (unlikely(!read || (exact_sum_is_negative(result) && !role->may_be_negative)))
		engage_number_general(result, type, value, role);
}

/* A score, which must be a whole number from min to max. */
static inline int
engage_whole_score(NumberType type, Datum value, int min, int max, const char *what)
{
	int64		score = (int64) min - 1;

	if (type == NUMBER_INT4)
		score = DatumGetInt32(value);
	else if (type == NUMBER_INT8)
		score = DatumGetInt64(value);
	else if (type == NUMBER_INT2)
		score = DatumGetInt16(value);
	else if (type == NUMBER_FLOAT8)
	{
		double		number = DatumGetFloat8(value);

		/* written so that NaN fails it */
		if (number >= min && number <= max && number == (int) number)
			return (int) number;
	}
	if (likely(score >= min && score <= max))
		return (int) score;
	return engage_whole_number(type, value, min, max, what);
}

#endif							/* ENGAGE_NUMBER_ARG_H */
