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

/* The number as an exact decimal, checked for what it means. */
static inline void
engage_number(ExactSum *result, NumberType type, Datum value,
			  const NumberRole *role)
{
	int64		whole;

	if (type == NUMBER_INT4)
		whole = DatumGetInt32(value);
	else if (type == NUMBER_INT8)
		whole = DatumGetInt64(value);
	else if (type == NUMBER_INT2)
		whole = DatumGetInt16(value);
	else
	{
		engage_number_general(result, type, value, role);
		return;
	}
	if (unlikely(whole < 0 && !role->may_be_negative))
		engage_number_general(result, type, value, role);	/* raises */
	exact_sum_from_int64(result, whole);
}

/* A score, which must be a whole number from min to max. */
static inline int
engage_score(NumberType type, Datum value, int min, int max, const char *what)
{
	if (type == NUMBER_INT4)
	{
		int32		score = DatumGetInt32(value);

		if (likely(score >= min && score <= max))
			return score;
	}
	return engage_whole_number(type, value, min, max, what);
}

#endif							/* ENGAGE_NUMBER_ARG_H */
