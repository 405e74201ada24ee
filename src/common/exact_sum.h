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
#define EXACT_SUM_POW10_18	((int128) UINT64CONST(1000000000000000000))
/* what one whole is in units of the fraction */
#define EXACT_SUM_UNIT		(EXACT_SUM_POW10_18 * EXACT_SUM_POW10_18)
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

/* Is the whole part within +-2^126, so that two of them can be added? */
static inline bool
exact_sum_in_range(const ExactSum *sum)
{
	int64		high = (int64) (sum->whole >> 64);

	return high >= -(INT64CONST(1) << 62) && high < (INT64CONST(1) << 62);
}

/* Returns false if the sum goes out of range. */
static inline bool
exact_sum_add(ExactSum *sum, const ExactSum *term)
{
	sum->whole += term->whole;
	if (term->fraction != 0)
	{
		int128		fraction = sum->fraction + term->fraction;
		int			carry = fraction >= EXACT_SUM_UNIT;

		/* cents carry unpredictably: no branch */
		sum->fraction = fraction - (EXACT_SUM_UNIT & -(int128) carry);
		sum->whole += carry;
	}
	return exact_sum_in_range(sum);
}

/* Returns false if the sum goes out of range. */
static inline bool
exact_sum_subtract(ExactSum *sum, const ExactSum *term)
{
	sum->whole -= term->whole;
	if (term->fraction != 0)
	{
		int128		fraction = sum->fraction - term->fraction;
		int			borrow = fraction < 0;

		sum->fraction = fraction + (EXACT_SUM_UNIT & -(int128) borrow);
		sum->whole -= borrow;
	}
	return exact_sum_in_range(sum);
}

/*
 * A finite non-negative quotient below 2^63, in steps of 2^-63.  Coarser
 * than engage_exact_from_float8() for tiny values but independent of what the
 * value looks like in decimal, and much faster for quotients that have no
 * short decimal form.
 */
static inline void
exact_sum_from_share(ExactSum *result, double value)
{
	int64		whole = (int64) value;
	uint64		fraction = (uint64) (int64) ((value - whole) * 9223372036854775808.0) << 1;
	uint128		low = (uint128) fraction * (uint64) EXACT_SUM_UNIT;
	uint128		high = (uint128) fraction * (uint64) (EXACT_SUM_UNIT >> 64);

	Assert(value >= 0 && value < 9223372036854775808.0);
	result->whole = whole;
	result->fraction = (int128) (high + (low >> 64));
}

/*
 * A double of at most two decimals below 10^13, as most stored amounts are;
 * false if it is not.
 *
 * Dividing a whole number below 2^53 by a power of ten is correctly rounded,
 * so the quotient equals the value exactly when the value is the double
 * nearest to that decimal; and a decimal of at most 15 digits survives the
 * trip through double, so it is the one the server's cast would give.
 */
static inline bool
exact_sum_from_cents(ExactSum *result, double value)
{
	int64		cents;

	/* written so that NaN and the infinities fail it */
	if (!(value >= 0 && value < 1e13))
		return false;
	cents = (int64) (value * 100.0 + 0.5);
	if ((double) cents / 100.0 != value)
		return false;
	result->whole = (uint64) cents / 100;
	result->fraction = (int128) ((uint64) cents % 100) *
		(EXACT_SUM_POW10_18 * UINT64CONST(10000000000000000));
	return true;
}

extern ExactStatus engage_exact_from_numeric(ExactSum *result, Datum numeric);
extern ExactStatus engage_exact_from_float8(ExactSum *result, double value);
extern bool engage_exact_square_general(ExactSum *result, const ExactSum *value);

extern bool engage_exact_is_valid(const ExactSum *sum);
extern int	engage_exact_compare(const ExactSum *a, const ExactSum *b);

extern double engage_exact_to_double_general(const ExactSum *sum);
extern double engage_exact_ratio(int factor, const ExactSum *a, const ExactSum *b);
extern Numeric engage_exact_to_numeric(const ExactSum *sum);
extern Numeric engage_exact_mean(const ExactSum *sum, int64 n);
extern double engage_exact_variance(const ExactSum *sum, const ExactSum *squares,
									int64 n);
extern char *engage_exact_print(const ExactSum *sum, char *buffer);
extern char *engage_exact_show(const ExactSum *sum);
extern const char *engage_exact_parse(ExactSum *sum, const char *text);

/*
 * The square of a number of at most 8 decimals from 0 to 2^31, as amounts and
 * weights are: the same result as the general way's, without its divisions of
 * 128 bits.
 */
static inline bool
exact_sum_square_short(ExactSum *result, const ExactSum *value)
{
	const uint64 unit = 100000000;	/* 10^8 */
	uint64		w;
	uint64		f;
	uint64		mixed;
	uint64		low;
	uint64		carry;

	/* negative numbers, too, look large here */
	if ((uint128) value->whole >= (uint128) 1 << 31)
		return false;
	w = (uint64) value->whole;
	if (value->fraction == 0)
	{
		result->whole = w * w;
		result->fraction = 0;
		return true;
	}

	/* guess the decimals from the high half, which suffices, and check */
	f = (uint64) (int64) ((double) (int64) (value->fraction >> 64) *
						  (18446744073709551616.0 / 1e28) + 0.5);
	if ((int128) f * (EXACT_SUM_POW10_18 * (int128) UINT64CONST(10000000000)) != value->fraction)
		return false;

	/* (w + f/10^8)^2 = w^2 + 2wf/10^8 + f^2/10^16 */
	mixed = 2 * w * f;
	low = mixed % unit * unit + f * f;
	carry = low >= unit * unit;
	low -= (unit * unit) & -carry;
	result->whole = w * w + mixed / unit + carry;
	result->fraction = (int128) low * (EXACT_SUM_POW10_18 * 100);
	return true;
}

/* Returns false if the value is 10^18 or more, whose square does not fit. */
static inline bool
engage_exact_square(ExactSum *result, const ExactSum *value)
{
	return exact_sum_square_short(result, value) ||
		engage_exact_square_general(result, value);
}

static inline double
engage_exact_to_double(const ExactSum *sum)
{
	if (sum->fraction == 0 && sum->whole == (int64) sum->whole)
		return (double) (int64) sum->whole;
	return engage_exact_to_double_general(sum);
}

#endif							/* ENGAGE_EXACT_SUM_H */
