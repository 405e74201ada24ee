/*-------------------------------------------------------------------------
 *
 * exact_sum.c
 *	  Exact fixed-point sums of decimals.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/compat.h"
#include "common/exact_sum.h"
#include "utils/builtins.h"

/*
 * The on-disk format of numeric.  numeric.c keeps it private, but pg_upgrade
 * has frozen it since 9.1, and the regression tests compare what is read here
 * with the server's own sum().  Reading it in place costs a tenth of going
 * through numeric_out().
 */
#define NUMERIC_SIGN_MASK			0xC000
#define NUMERIC_NEG					0x4000
#define NUMERIC_SHORT				0x8000
#define NUMERIC_SPECIAL				0xC000
#define NUMERIC_EXT_SIGN_MASK		0xF000
#define NUMERIC_NAN					0xC000
#define NUMERIC_SHORT_SIGN_MASK		0x2000
#define NUMERIC_SHORT_WEIGHT_SIGN_MASK	0x0040
#define NUMERIC_SHORT_WEIGHT_MASK	0x003F
#define NBASE						10000
#define NBASE_DIGITS				4
/* base-10000 digits on either side of the point that an ExactSum holds */
#define SIDE_NDIGITS				(EXACT_SUM_DIGITS / NBASE_DIGITS)

static const uint64 pow10_u64[] = {
	UINT64CONST(1),
	UINT64CONST(10),
	UINT64CONST(100),
	UINT64CONST(1000),
	UINT64CONST(10000),
	UINT64CONST(100000),
	UINT64CONST(1000000),
	UINT64CONST(10000000),
	UINT64CONST(100000000),
	UINT64CONST(1000000000),
	UINT64CONST(10000000000),
	UINT64CONST(100000000000),
	UINT64CONST(1000000000000),
	UINT64CONST(10000000000000),
	UINT64CONST(100000000000000),
	UINT64CONST(1000000000000000),
	UINT64CONST(10000000000000000),
	UINT64CONST(100000000000000000),
	UINT64CONST(1000000000000000000)
};

#define POW10_18	EXACT_SUM_POW10_18
#define POW10_36	EXACT_SUM_UNIT

/* Can this have come from exact sums, or is it somebody's forgery? */
bool
engage_exact_is_valid(const ExactSum *sum)
{
	return exact_sum_in_range(sum) &&
		sum->fraction >= 0 && sum->fraction < POW10_36;
}

/* 10^exponent, for exponents 0 to 36 */
static inline int128
pow10_int128(int exponent)
{
	if (exponent <= 18)
		return (int128) pow10_u64[exponent];
	return (int128) pow10_u64[exponent - 18] * POW10_18;
}

/* 10000^exponent, for every place of a fraction */
static const int128 nbase_powers[SIDE_NDIGITS] = {
	1,
	(int128) UINT64CONST(10000),
	(int128) UINT64CONST(100000000),
	(int128) UINT64CONST(1000000000000),
	(int128) UINT64CONST(10000000000000000),
	(int128) UINT64CONST(10000000000000000) * 10000,
	(int128) UINT64CONST(10000000000000000) * 100000000,
	(int128) UINT64CONST(10000000000000000) * UINT64CONST(1000000000000),
	(int128) UINT64CONST(10000000000000000) * UINT64CONST(10000000000000000)
};

/* Attach a sign to magnitudes that are both non-negative. */
static inline void
set_signed(ExactSum *result, bool negative, int128 whole, int128 fraction)
{
	if (!negative)
	{
		result->whole = whole;
		result->fraction = fraction;
	}
	else if (fraction == 0)
	{
		result->whole = -whole;
		result->fraction = 0;
	}
	else
	{
		result->whole = -whole - 1;
		result->fraction = POW10_36 - fraction;
	}
}

/* The absolute value as two non-negative magnitudes. */
static inline bool
get_magnitude(const ExactSum *sum, int128 *whole, int128 *fraction)
{
	if (sum->whole >= 0)
	{
		*whole = sum->whole;
		*fraction = sum->fraction;
		return false;
	}
	if (sum->fraction == 0)
	{
		*whole = -sum->whole;
		*fraction = 0;
	}
	else
	{
		*whole = -(sum->whole + 1);
		*fraction = POW10_36 - sum->fraction;
	}
	return true;
}

/*
 * Read a numeric datum, which may carry a short varlena header (and then is
 * not aligned).  It must not be toasted.
 */
static ExactStatus
read_numeric(ExactSum *result, struct varlena *datum)
{
	const char *data = VARDATA_ANY(datum);
	int			len = VARSIZE_ANY_EXHDR(datum);
	uint16		header;
	bool		negative;
	int			weight;
	int			ndigits;
	int			i;
	uint64		part;
	int128		whole;
	int128		fraction;

	memcpy(&header, data, sizeof(header));
	data += sizeof(header);
	len -= sizeof(header);

	if ((header & NUMERIC_SIGN_MASK) == NUMERIC_SPECIAL)
		return (header & NUMERIC_EXT_SIGN_MASK) == NUMERIC_NAN ?
			EXACT_NAN : EXACT_INFINITE;

	if (header & NUMERIC_SHORT)
	{
		negative = (header & NUMERIC_SHORT_SIGN_MASK) != 0;
		weight = header & NUMERIC_SHORT_WEIGHT_MASK;
		if (header & NUMERIC_SHORT_WEIGHT_SIGN_MASK)
			weight |= ~NUMERIC_SHORT_WEIGHT_MASK;
	}
	else
	{
		int16		long_weight;

		negative = (header & NUMERIC_SIGN_MASK) == NUMERIC_NEG;
		memcpy(&long_weight, data, sizeof(long_weight));
		weight = long_weight;
		data += sizeof(long_weight);
		len -= sizeof(long_weight);
	}
	ndigits = len / sizeof(int16);

#define DIGIT(k) \
	(memcpy(&digit, data + (k) * sizeof(int16), sizeof(int16)), digit)

	if (ndigits == 0)
	{
		result->whole = result->fraction = 0;
		return EXACT_OK;
	}
	if (weight >= SIDE_NDIGITS)
		return EXACT_TOO_LARGE;
	if (ndigits - weight - 1 > SIDE_NDIGITS)
		return EXACT_TOO_PRECISE;

	{
		int16		digit;
		int			nwhole = Min(weight + 1, ndigits);

		/* the whole part, in 64 bits as long as it fits */
		part = 0;
		for (i = 0; i < nwhole && i < 4; i++)
			part = part * NBASE + DIGIT(i);
		whole = part;
		for (; i < nwhole; i++)
			whole = whole * NBASE + DIGIT(i);
		if (weight + 1 > Max(nwhole, 0))
			whole *= pow10_int128(NBASE_DIGITS * (weight + 1 - Max(nwhole, 0)));

		/* the fraction */
		if (i < ndigits)
		{
			int			place;	/* base-10000 places right of the point */
			int			last = Min(ndigits, i + 4);

			part = 0;
			place = i - weight - 1;
			for (; i < last; i++, place++)
				part = part * NBASE + DIGIT(i);
			fraction = part * nbase_powers[SIDE_NDIGITS - place];
			for (; i < ndigits; i++)
			{
				place++;
				fraction += DIGIT(i) * nbase_powers[SIDE_NDIGITS - place];
			}
		}
		else
			fraction = 0;
	}
#undef DIGIT

	set_signed(result, negative, whole, fraction);
	return EXACT_OK;
}

ExactStatus
engage_exact_from_numeric(ExactSum *result, Datum numeric)
{
	struct varlena *datum = (struct varlena *) DatumGetPointer(numeric);

	if (likely(!VARATT_IS_EXTERNAL(datum) && !VARATT_IS_COMPRESSED(datum)))
		return read_numeric(result, datum);
	else
	{
		struct varlena *plain = pg_detoast_datum_packed(datum);
		ExactStatus status = read_numeric(result, plain);

		pfree(plain);
		return status;
	}
}

/*
 * A double as the decimal of 15 significant digits that the server's own cast
 * to numeric gives, rounded to 36 decimals.
 *
 * The short ways are explained at exact_sum_from_cents().
 */
ExactStatus
engage_exact_from_float8(ExactSum *result, double value)
{
	double		magnitude = fabs(value);
	char		digits[32];
	int			exponent;
	int			scale;
	uint64		mantissa;
	int128		whole;
	int128		fraction;

	if (unlikely(isnan(value)))
		return EXACT_NAN;
	if (unlikely(isinf(value)))
		return EXACT_INFINITE;

	if (exact_sum_from_cents(result, magnitude))
	{
		set_signed(result, value < 0, result->whole, result->fraction);
		return EXACT_OK;
	}
	if (magnitude < 1e7)
	{
		mantissa = (uint64) (magnitude * 1e8 + 0.5);
		if ((double) mantissa / 1e8 == magnitude)
		{
			set_signed(result, value < 0, mantissa / 100000000,
					   (int128) (mantissa % 100000000) * (POW10_18 * UINT64CONST(10000000000)));
			return EXACT_OK;
		}
	}
	if (magnitude < 1e15 && rint(magnitude) == magnitude)
	{
		exact_sum_from_int64(result, (int64) value);
		return EXACT_OK;
	}

	/* d.dddddddddddddde+xx */
	snprintf(digits, sizeof(digits), "%.14e", magnitude);
	exponent = atoi(strchr(digits, 'e') + 1);
	mantissa = digits[0] - '0';
	for (int i = 2; i < 16; i++)
		mantissa = mantissa * 10 + (digits[i] - '0');
	scale = 14 - exponent;

	if (exponent >= EXACT_SUM_DIGITS)
		return EXACT_TOO_LARGE;
	if (scale <= 0)
	{
		whole = (int128) mantissa * pow10_int128(-scale);
		fraction = 0;
	}
	else if (scale <= EXACT_SUM_DIGITS)
	{
		int128		unit = pow10_int128(scale);

		whole = (int128) mantissa / unit;
		fraction = ((int128) mantissa % unit) *
			pow10_int128(EXACT_SUM_DIGITS - scale);
	}
	else if (scale <= EXACT_SUM_DIGITS + 18)
	{
		uint64		unit = pow10_u64[scale - EXACT_SUM_DIGITS];

		whole = 0;
		fraction = (mantissa + unit / 2) / unit;
	}
	else
		whole = fraction = 0;

	set_signed(result, value < 0, whole, fraction);
	return EXACT_OK;
}

/*
 * The square, of the value rounded to 18 significant digits, or fewer than 18
 * decimals if there are whole digits.  Returns false if the value is 10^18 or
 * more, whose square does not fit.
 */
bool
engage_exact_square_general(ExactSum *result, const ExactSum *value)
{
	int128		whole;
	int128		fraction;
	uint128		mantissa;
	uint128		square;
	int			scale;

	get_magnitude(value, &whole, &fraction);
	if (whole >= POW10_18)
		return false;
	if (fraction == 0)
	{
		result->whole = whole * whole;
		result->fraction = 0;
		return true;
	}

	/* as many decimals as leave the mantissa below 10^18 */
	scale = 18;
	while (scale > 0 && whole >= (int128) pow10_u64[18 - scale])
		scale--;
	mantissa = (uint128) whole * pow10_u64[scale] +
		((uint128) fraction + (uint128) pow10_int128(36 - scale) / 2) /
		(uint128) pow10_int128(36 - scale);

	square = mantissa * mantissa;
	if (scale == 0)
	{
		result->whole = (int128) square;
		result->fraction = 0;
	}
	else
	{
		uint128		unit = (uint128) pow10_int128(2 * scale);

		result->whole = (int128) (square / unit);
		result->fraction = (int128) (square % unit) *
			pow10_int128(EXACT_SUM_DIGITS - 2 * scale);
	}
	return true;
}

int
engage_exact_compare(const ExactSum *a, const ExactSum *b)
{
	if (a->whole != b->whole)
		return a->whole < b->whole ? -1 : 1;
	if (a->fraction != b->fraction)
		return a->fraction < b->fraction ? -1 : 1;
	return 0;
}

double
engage_exact_to_double_general(const ExactSum *sum)
{
	int128		whole;
	int128		fraction;
	bool		negative = get_magnitude(sum, &whole, &fraction);
	double		value = (double) whole;

	if (fraction != 0)
		value += (double) fraction / 1e36;
	return negative ? -value : value;
}

/* Print with a point and at least one decimal, so that a sum is told from a count. */
char *
engage_exact_print(const ExactSum *sum, char *buffer)
{
	int128		whole;
	int128		fraction;
	bool		negative = get_magnitude(sum, &whole, &fraction);
	uint128		rest = (uint128) whole;
	char		reversed[40];
	int			n = 0;
	char	   *p = buffer;

	if (negative)
		*p++ = '-';
	do
	{
		reversed[n++] = '0' + (int) (rest % 10);
		rest /= 10;
	} while (rest > 0);
	while (n > 0)
		*p++ = reversed[--n];
	*p++ = '.';
	do
	{
		int128		unit = POW10_36 / 10;

		*p++ = '0' + (int) (fraction / unit);
		fraction = (fraction % unit) * 10;
	} while (fraction != 0);
	*p = '\0';
	return buffer;
}

/* For messages: whole numbers without a point. */
char *
engage_exact_show(const ExactSum *sum)
{
	char	   *shown = engage_exact_print(sum, palloc(EXACT_SUM_MAXLEN));

	if (exact_sum_is_whole(sum))
		*strchr(shown, '.') = '\0';
	return shown;
}

/*
 * Parse what engage_exact_print() writes (sign and decimals optional).
 * Returns the first character after it, or NULL if there is no number there
 * or it does not fit.
 */
const char *
engage_exact_parse(ExactSum *sum, const char *text)
{
	bool		negative = false;
	int128		whole = 0;
	int128		fraction = 0;
	int128		unit = POW10_36;

	if (*text == '-')
	{
		negative = true;
		text++;
	}
	if (*text < '0' || *text > '9')
		return NULL;
	for (; *text >= '0' && *text <= '9'; text++)
	{
		if (__builtin_mul_overflow(whole, (int128) 10, &whole) ||
			__builtin_add_overflow(whole, (int128) (*text - '0'), &whole))
			return NULL;
	}
	if (*text == '.')
	{
		text++;
		if (*text < '0' || *text > '9')
			return NULL;
		for (; *text >= '0' && *text <= '9'; text++)
		{
			if (unit == 1)
			{
				if (*text != '0')
					return NULL;
				continue;
			}
			unit /= 10;
			fraction += unit * (*text - '0');
		}
	}
	set_signed(sum, negative, whole, fraction);
	return exact_sum_in_range(sum) ? text : NULL;
}

/* The value as a numeric without trailing zeros, so equal sums look equal. */
Numeric
engage_exact_to_numeric(const ExactSum *sum)
{
	char	   *shown = engage_exact_show(sum);

	return DatumGetNumeric(DirectFunctionCall3(numeric_in,
											   CStringGetDatum(shown),
											   ObjectIdGetDatum(InvalidOid),
											   Int32GetDatum(-1)));
}

static Numeric
numeric_op(PGFunction function, Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(function, NumericGetDatum(a),
											   NumericGetDatum(b)));
}

/* sum / n, with at least 16 significant digits as core's avg(numeric) */
Numeric
engage_exact_mean(const ExactSum *sum, int64 n)
{
	return numeric_op(numeric_div, engage_exact_to_numeric(sum), int64_to_numeric(n));
}

/*
 * factor * a / b as the nearest double, give or take a rounding in the 17th
 * digit: 36.3 of 60.5 is 60 %, which it would not be if both were rounded to
 * doubles first.  Returns NaN if b is zero.
 */
double
engage_exact_ratio(int factor, const ExactSum *a, const ExactSum *b)
{
	/* up to here both are exact doubles, and so is the product */
	const int128 exact_limit = ((int128) 1 << 53) / 100;
	Numeric		quotient;

	Assert(factor >= 0 && factor <= 100);
	if (exact_sum_is_zero(b))
		return NAN;
	if (exact_sum_is_whole(a) && exact_sum_is_whole(b) &&
		a->whole <= exact_limit && a->whole >= -exact_limit &&
		b->whole <= exact_limit && b->whole >= -exact_limit)
		return (double) factor * (double) a->whole / (double) b->whole;

	quotient = numeric_op(numeric_div,
						  numeric_op(numeric_mul, int64_to_numeric(factor),
									 engage_exact_to_numeric(a)),
						  engage_exact_to_numeric(b));
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
											  NumericGetDatum(quotient)));
}

/*
 * The sample variance, from the sum of the values and of their squares.  The
 * difference is taken exactly: in doubles it would cancel.
 */
double
engage_exact_variance(const ExactSum *sum, const ExactSum *squares, int64 n)
{
	Numeric		count;
	Numeric		total;
	Numeric		spread;
	double		variance;

	if (n < 2)
		return NAN;
	count = int64_to_numeric(n);
	total = engage_exact_to_numeric(sum);
	spread = numeric_op(numeric_sub,
						numeric_op(numeric_mul, count, engage_exact_to_numeric(squares)),
						numeric_op(numeric_mul, total, total));
	spread = numeric_op(numeric_div, spread,
						numeric_op(numeric_mul, count, int64_to_numeric(n - 1)));
	variance = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
												  NumericGetDatum(spread)));
	/* squares are rounded, so no spread may come out a trace below zero */
	return Max(0, variance);
}
