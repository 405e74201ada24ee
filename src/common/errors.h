/*-------------------------------------------------------------------------
 *
 * errors.h
 *	  SQLSTATEs of engage: class NG, listed for users in doc/errors.md.
 *
 * Conditions the standard has a code for (bad syntax, unknown method, out of
 * memory budget) use that code instead.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_ERRORS_H
#define ENGAGE_ERRORS_H

#include "common/compat.h"
#include "utils/elog.h"

/* a score, star or answer outside its scale, or not whole */
#define ERRCODE_ENGAGE_INVALID_SCORE		MAKE_SQLSTATE('N', 'G', '0', '0', '1')
/* a negative, NaN or infinite weight */
#define ERRCODE_ENGAGE_INVALID_WEIGHT		MAKE_SQLSTATE('N', 'G', '0', '0', '2')
/* a negative, NaN or infinite count or amount */
#define ERRCODE_ENGAGE_INVALID_MEASURE		MAKE_SQLSTATE('N', 'G', '0', '0', '3')
/* a parameter that changed between rows, or summaries of different shape */
#define ERRCODE_ENGAGE_MIXED_PARAMETERS		MAKE_SQLSTATE('N', 'G', '0', '0', '4')
/* an interval that the data do not define */
#define ERRCODE_ENGAGE_INTERVAL_UNDEFINED	MAKE_SQLSTATE('N', 'G', '0', '0', '5')
/* an infinite point in time */
#define ERRCODE_ENGAGE_INVALID_TIME			MAKE_SQLSTATE('N', 'G', '0', '0', '6')

pg_noreturn extern void engage_count_overflow(void);
pg_noreturn extern void engage_sum_overflow(void);
pg_noreturn extern void engage_removal_error(const char *detail);

#endif							/* ENGAGE_ERRORS_H */
