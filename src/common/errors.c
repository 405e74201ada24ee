/*-------------------------------------------------------------------------
 *
 * errors.c
 *	  Errors that several rooms raise.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/errors.h"

void
engage_count_overflow(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("count is out of range"),
			 errdetail("Counts are of type bigint and zero or more.")));
}

void
engage_sum_overflow(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("sum is out of range"),
			 errdetail("Sums are kept exactly up to 8.5e37 in absolute value.")));
}

void
engage_removal_error(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("cannot remove a row that is not part of the value"),
			 errdetail("%s", detail)));
}

/* An argument that says what is asked, and so must be there */
void
engage_null_argument(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("%s must not be NULL", name)));
}
