/*-------------------------------------------------------------------------
 *
 * exact_sum.h
 *	  Exact fixed-point sums of decimals.
 *
 * A sum of floating-point numbers depends on the order of its terms, and so
 * on the plan and the number of workers.  These sums do not: every term is
 * taken as a decimal with up to 36 digits on either side of the point, and
 * addition and subtraction are exact, which also makes them invertible for
 * moving window frames.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_EXACT_SUM_H
#define ENGAGE_EXACT_SUM_H

#include "utils/numeric.h"

/* value = whole + fraction / 10^36, with 0 <= fraction < 10^36 */
typedef struct ExactSum
{
	int128		whole;
	int128		fraction;
} ExactSum;

typedef enum ExactStatus
{
	EXACT_OK,
	EXACT_NAN,
	EXACT_INFINITE,
	EXACT_TOO_LARGE,			/* 10^36 or more */
	EXACT_TOO_PRECISE			/* more than 36 decimals */
} ExactStatus;

#define EXACT_SUM_DIGITS	36
/* sign, whole digits of an int128, point, fraction digits, NUL */
#define EXACT_SUM_MAXLEN	(1 + 39 + 1 + EXACT_SUM_DIGITS + 1)

static inline void
exact_sum_from_int64(ExactSum *sum, int64 value)
{
	sum->whole = value;
	sum->fraction = 0;
}

static inline bool
exact_sum_is_zero(const ExactSum *sum)
{
	return sum->whole == 0 && sum->fraction == 0;
}

static inline bool
exact_sum_is_negative(const ExactSum *sum)
{
	return sum->whole < 0;
}

static inline bool
exact_sum_is_whole(const ExactSum *sum)
{
	return sum->fraction == 0;
}

extern ExactStatus engage_exact_from_numeric(ExactSum *result, Datum numeric);
extern ExactStatus engage_exact_from_float8(ExactSum *result, double value);
extern void engage_exact_from_share(ExactSum *result, double value);
extern bool engage_exact_square(ExactSum *result, const ExactSum *value);

/* these two return false on overflow and then leave the sum unspecified */
extern bool engage_exact_add(ExactSum *sum, const ExactSum *term);
extern bool engage_exact_subtract(ExactSum *sum, const ExactSum *term);
extern bool engage_exact_is_valid(const ExactSum *sum);
extern int	engage_exact_compare(const ExactSum *a, const ExactSum *b);

extern double engage_exact_to_double(const ExactSum *sum);
extern double engage_exact_ratio(int factor, const ExactSum *a, const ExactSum *b);
extern Numeric engage_exact_to_numeric(const ExactSum *sum);
extern Numeric engage_exact_mean(const ExactSum *sum, int64 n);
extern double engage_exact_variance(const ExactSum *sum, const ExactSum *squares,
									int64 n);
extern char *engage_exact_print(const ExactSum *sum, char *buffer);
extern const char *engage_exact_parse(ExactSum *sum, const char *text);

extern void engage_exact_overflow(void) pg_attribute_noreturn();

#endif							/* ENGAGE_EXACT_SUM_H */
