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

/* the ledger: a write by hand */
#define ERRCODE_ENGAGE_GUARDED				MAKE_SQLSTATE('N', 'G', '4', '0', '3')
/* no such ledger, rule, campaign, tier or hold */
#define ERRCODE_ENGAGE_NOT_FOUND			MAKE_SQLSTATE('N', 'G', '4', '0', '4')
/* a superuser who posts into somebody else's ledger */
#define ERRCODE_ENGAGE_WRONG_ROLE			MAKE_SQLSTATE('N', 'G', '4', '0', '5')
/* a key that was used for another request */
#define ERRCODE_ENGAGE_KEY_CONFLICT			MAKE_SQLSTATE('N', 'G', '4', '0', '9')
/* tables that can run code of their owner */
#define ERRCODE_ENGAGE_FOREIGN_CODE			MAKE_SQLSTATE('N', 'G', '4', '1', '0')
/* a refusal, for callers who asked for errors */
#define ERRCODE_ENGAGE_REFUSED				MAKE_SQLSTATE('N', 'G', '4', '2', '2')
/* engage.now is set, but the ledger keeps real time */
#define ERRCODE_ENGAGE_TEST_CLOCK			MAKE_SQLSTATE('N', 'G', '4', '2', '3')
/* tables of another format version */
#define ERRCODE_ENGAGE_LEDGER_FORMAT		MAKE_SQLSTATE('N', 'G', '4', '2', '6')
/* row-level security would hide rows */
#define ERRCODE_ENGAGE_ROWS_HIDDEN			MAKE_SQLSTATE('N', 'G', '4', '5', '1')
/* dropping a ledger with outstanding points */
#define ERRCODE_ENGAGE_POINTS_OUTSTANDING	MAKE_SQLSTATE('N', 'G', '4', '5', '5')

pg_noreturn extern void engage_count_overflow(void);
pg_noreturn extern void engage_sum_overflow(void);
pg_noreturn extern void engage_removal_error(const char *detail);
pg_noreturn extern void engage_null_argument(const char *name);

#endif							/* ENGAGE_ERRORS_H */
