/*-------------------------------------------------------------------------
 *
 * ratio.c
 *	  Exact fractions, zero or more, of up to 1024 bits a side.
 *
 * The numbers are short: two or three limbs as a rule.  So the plainest
 * algorithms are the fastest ones.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ledger/ratio.h"
#include "port/pg_bitutils.h"

#define LIMB_BITS	32

pg_noreturn static void
too_long(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("product of rates and multipliers is out of range"),
			 errdetail("Rates, amounts and multipliers together may have about 300 digits.")));
}

/* ----------------------------------------------------------------
 *		whole numbers
 * ---------------------------------------------------------------- */

static inline void
wide_trim(Wide *a)
{
	while (a->n > 0 && a->limb[a->n - 1] == 0)
		a->n--;
}

static void
wide_set(Wide *a, uint128 value)
{
	a->n = 0;
	for (; value != 0; value >>= LIMB_BITS)
		a->limb[a->n++] = (uint32) value;
}

static inline void
wide_copy(Wide *to, const Wide *from)
{
	to->n = from->n;
	memcpy(to->limb, from->limb, from->n * sizeof(uint32));
}

static inline bool
wide_is(const Wide *a, uint32 value)
{
	return value == 0 ? a->n == 0 : a->n == 1 && a->limb[0] == value;
}

static int
wide_compare(const Wide *a, const Wide *b)
{
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	for (int i = a->n - 1; i >= 0; i--)
		if (a->limb[i] != b->limb[i])
			return a->limb[i] < b->limb[i] ? -1 : 1;
	return 0;
}

static int
wide_bits(const Wide *a)
{
	if (a->n == 0)
		return 0;
	return (a->n - 1) * LIMB_BITS + pg_leftmost_one_pos32(a->limb[a->n - 1]) + 1;
}

/* a = a * factor + term */
static void
wide_scale(Wide *a, uint32 factor, uint32 term)
{
	uint64		carry = term;

	for (int i = 0; i < a->n; i++)
	{
		carry += (uint64) a->limb[i] * factor;
		a->limb[i] = (uint32) carry;
		carry >>= LIMB_BITS;
	}
	if (carry != 0)
	{
		if (a->n == WIDE_LIMBS)
			too_long();
		a->limb[a->n++] = (uint32) carry;
	}
	/* (zero has no limbs, but a factor of zero leaves some) */
	wide_trim(a);
}

/* a = a / divisor; returns the remainder */
static uint32
wide_divide_short(Wide *a, uint32 divisor)
{
	uint64		rest = 0;

	for (int i = a->n - 1; i >= 0; i--)
	{
		rest = rest << LIMB_BITS | a->limb[i];
		a->limb[i] = (uint32) (rest / divisor);
		rest %= divisor;
	}
	wide_trim(a);
	return (uint32) rest;
}

static void
wide_multiply(Wide *a, const Wide *b)
{
	uint32		product[2 * WIDE_LIMBS] = {0};
	int			n = a->n + b->n;

	if (wide_is(b, 1))
		return;
	for (int i = 0; i < a->n; i++)
	{
		uint64		carry = 0;

		for (int j = 0; j < b->n; j++)
		{
			carry += (uint64) a->limb[i] * b->limb[j] + product[i + j];
			product[i + j] = (uint32) carry;
			carry >>= LIMB_BITS;
		}
		product[i + b->n] = (uint32) carry;
	}
	while (n > 0 && product[n - 1] == 0)
		n--;
	if (n > WIDE_LIMBS)
		too_long();
	a->n = n;
	memcpy(a->limb, product, n * sizeof(uint32));
}

static void
wide_add(Wide *a, const Wide *b)
{
	uint64		carry = 0;
	int			n = Max(a->n, b->n);

	for (int i = 0; i < n; i++)
	{
		carry += (i < a->n ? (uint64) a->limb[i] : 0) + (i < b->n ? b->limb[i] : 0);
		a->limb[i] = (uint32) carry;
		carry >>= LIMB_BITS;
	}
	a->n = n;
	if (carry != 0)
	{
		if (n == WIDE_LIMBS)
			too_long();
		a->limb[a->n++] = (uint32) carry;
	}
}

/* a = a - b, where b <= a */
static void
wide_subtract(Wide *a, const Wide *b)
{
	int64		carry = 0;

	Assert(wide_compare(a, b) >= 0);
	for (int i = 0; i < a->n && (i < b->n || carry != 0); i++)
	{
		carry += (int64) a->limb[i] - (i < b->n ? b->limb[i] : 0);
		a->limb[i] = (uint32) carry;
		carry >>= LIMB_BITS;
	}
	wide_trim(a);
}

static void
wide_shift_left(Wide *a, int bits)
{
	int			limbs = bits / LIMB_BITS;
	uint32		carry = 0;

	if (a->n == 0)
		return;
	if (wide_bits(a) + bits > WIDE_LIMBS * LIMB_BITS)
		too_long();
	bits %= LIMB_BITS;
	if (bits != 0)
	{
		for (int i = 0; i < a->n; i++)
		{
			uint32		limb = a->limb[i];

			a->limb[i] = limb << bits | carry;
			carry = limb >> (LIMB_BITS - bits);
		}
		if (carry != 0)
			a->limb[a->n++] = carry;
	}
	if (limbs != 0)
	{
		memmove(a->limb + limbs, a->limb, a->n * sizeof(uint32));
		memset(a->limb, 0, limbs * sizeof(uint32));
		a->n += limbs;
	}
}

static void
wide_shift_right(Wide *a, int bits)
{
	int			limbs = Min(bits / LIMB_BITS, a->n);

	bits %= LIMB_BITS;
	a->n -= limbs;
	memmove(a->limb, a->limb + limbs, a->n * sizeof(uint32));
	if (bits != 0)
	{
		for (int i = 0; i < a->n; i++)
			a->limb[i] = a->limb[i] >> bits |
				(i + 1 < a->n ? a->limb[i + 1] << (LIMB_BITS - bits) : 0);
	}
	wide_trim(a);
}

static int
wide_trailing_zeros(const Wide *a)
{
	int			i = 0;

	while (a->limb[i] == 0)
		i++;
	return i * LIMB_BITS + pg_rightmost_one_pos32(a->limb[i]);
}

static inline uint64
wide_low64(const Wide *a)
{
	return (a->n > 0 ? a->limb[0] : 0) |
		(a->n > 1 ? (uint64) a->limb[1] << LIMB_BITS : 0);
}

static uint64
gcd64(uint64 a, uint64 b)
{
	while (b != 0)
	{
		uint64		rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/*
 * a = a / b, which has to fit in 64 bits; the rest goes to "rest".  False if
 * it does not fit.
 */
static bool
wide_divide(const Wide *a, const Wide *b, uint64 *quotient, Wide *rest)
{
	int			shift = wide_bits(a) - wide_bits(b);
	Wide		part;

	*quotient = 0;
	wide_copy(rest, a);
	if (shift < 0)
		return true;
	if (shift >= 64)
		return false;
	wide_copy(&part, b);
	wide_shift_left(&part, shift);
	for (; shift >= 0; shift--)
	{
		if (wide_compare(rest, &part) >= 0)
		{
			wide_subtract(rest, &part);
			*quotient |= UINT64CONST(1) << shift;
		}
		wide_shift_right(&part, 1);
	}
	return true;
}

/* The greatest common divisor of two numbers above zero (binary). */
static void
wide_gcd(Wide *result, const Wide *x, const Wide *y)
{
	Wide		a;
	Wide		b;
	int			twos;

	if (x->n <= 2 && y->n <= 2)
	{
		wide_set(result, gcd64(wide_low64(x), wide_low64(y)));
		return;
	}
	wide_copy(&a, x);
	wide_copy(&b, y);
	twos = Min(wide_trailing_zeros(&a), wide_trailing_zeros(&b));
	wide_shift_right(&a, wide_trailing_zeros(&a));
	while (b.n != 0)
	{
		wide_shift_right(&b, wide_trailing_zeros(&b));
		if (wide_compare(&a, &b) > 0)
		{
			Wide		swap = a;

			a = b;
			b = swap;
		}
		wide_subtract(&b, &a);
	}
	wide_shift_left(&a, twos);
	wide_copy(result, &a);
}

/* a = a / b, without a rest */
static void
wide_divide_exactly(Wide *a, const Wide *b)
{
	Wide		quotient = {0};
	Wide		part;
	int			shift = wide_bits(a) - wide_bits(b);

	if (wide_is(b, 1) || a->n == 0)
		return;
	if (b->n == 1)
	{
		wide_divide_short(a, b->limb[0]);
		return;
	}
	wide_copy(&part, b);
	wide_shift_left(&part, shift);
	for (; shift >= 0; shift--)
	{
		/* (shifting past the last limb would be an error) */
		wide_shift_left(&quotient, 1);
		if (wide_compare(a, &part) >= 0)
		{
			wide_subtract(a, &part);
			wide_scale(&quotient, 1, 1);
		}
		wide_shift_right(&part, 1);
	}
	Assert(a->n == 0);
	wide_copy(a, &quotient);
}

/* ----------------------------------------------------------------
 *		fractions
 * ---------------------------------------------------------------- */

static void
reduce(Ratio *ratio)
{
	Wide		divisor;

	if (ratio->num.n == 0)
	{
		wide_set(&ratio->den, 1);
		return;
	}
	if (wide_is(&ratio->den, 1))
		return;
	wide_gcd(&divisor, &ratio->num, &ratio->den);
	wide_divide_exactly(&ratio->num, &divisor);
	wide_divide_exactly(&ratio->den, &divisor);
}

void
engage_ratio_set(Ratio *ratio, int64 a, int64 b)
{
	Assert(a >= 0 && b > 0);
	wide_set(&ratio->num, a);
	wide_set(&ratio->den, b);
	reduce(ratio);
}

void
engage_ratio_from_exact(Ratio *ratio, const ExactSum *value)
{
	int128		fraction = value->fraction;
	int128		unit = EXACT_SUM_UNIT;
	Wide		part;

	Assert(!exact_sum_is_negative(value));
	if (fraction == 0)
		unit = 1;
	else
	{
		/* few decimals are the rule */
		for (int64 step = INT64CONST(1000000000000000000); step > 1;
			 step = step == 10 ? 1 : step == 1000 ? 10 : step == 1000000000 ? 1000 :
			 1000000000)
		{
			while (fraction % step == 0)
			{
				fraction /= step;
				unit /= step;
			}
		}
	}
	wide_set(&ratio->num, value->whole);
	wide_set(&ratio->den, unit);
	wide_multiply(&ratio->num, &ratio->den);
	wide_set(&part, fraction);
	wide_add(&ratio->num, &part);
	reduce(ratio);
}

void
engage_ratio_multiply(Ratio *ratio, const Ratio *factor)
{
	wide_multiply(&ratio->num, &factor->num);
	wide_multiply(&ratio->den, &factor->den);
	reduce(ratio);
}

void
engage_ratio_divide(Ratio *ratio, const Ratio *divisor)
{
	Assert(divisor->num.n > 0);
	wide_multiply(&ratio->num, &divisor->den);
	wide_multiply(&ratio->den, &divisor->num);
	reduce(ratio);
}

void
engage_ratio_add(Ratio *ratio, const Ratio *term)
{
	Wide		other;

	wide_copy(&other, &term->num);
	wide_multiply(&other, &ratio->den);
	wide_multiply(&ratio->num, &term->den);
	wide_add(&ratio->num, &other);
	wide_multiply(&ratio->den, &term->den);
	reduce(ratio);
}

void
engage_ratio_subtract(Ratio *ratio, const Ratio *term)
{
	Wide		other;

	wide_copy(&other, &term->num);
	wide_multiply(&other, &ratio->den);
	wide_multiply(&ratio->num, &term->den);
	wide_subtract(&ratio->num, &other);
	wide_multiply(&ratio->den, &term->den);
	reduce(ratio);
}

int
engage_ratio_compare(const Ratio *a, const Ratio *b)
{
	Wide		left;
	Wide		right;

	wide_copy(&left, &a->num);
	wide_multiply(&left, &b->den);
	wide_copy(&right, &b->num);
	wide_multiply(&right, &a->den);
	return wide_compare(&left, &right);
}

bool
engage_ratio_is_whole(const Ratio *ratio)
{
	return wide_is(&ratio->den, 1);
}

int64
engage_ratio_round(const Ratio *ratio, Rounding rounding)
{
	uint64		quotient;
	Wide		rest;
	bool		fits = wide_divide(&ratio->num, &ratio->den, &quotient, &rest);

	if (fits && rest.n != 0)
	{
		bool		up = rounding == ROUND_CEIL;

		if (rounding == ROUND_HALF_UP || rounding == ROUND_HALF_EVEN)
		{
			/* is the rest more than what is missing to the next? */
			Wide		missing;
			int			half;

			wide_copy(&missing, &ratio->den);
			wide_subtract(&missing, &rest);
			half = wide_compare(&rest, &missing);
			up = half > 0 ||
				(half == 0 && (rounding == ROUND_HALF_UP || quotient % 2 == 1));
		}
		fits = !up || quotient < PG_INT64_MAX;
		quotient += up;
	}
	if (!fits || quotient > PG_INT64_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("points out of range"),
				 errdetail("Points are of type bigint.")));
	return (int64) quotient;
}

static void
wide_print(StringInfo out, const Wide *value)
{
	/* nine digits for each 29.9 bits */
	uint32		chunk[WIDE_LIMBS * LIMB_BITS / 29 + 1];
	Wide		rest;
	int			n = 0;

	wide_copy(&rest, value);
	do
		chunk[n++] = wide_divide_short(&rest, 1000000000);
	while (rest.n > 0);
	appendStringInfo(out, "%u", chunk[--n]);
	while (n > 0)
		appendStringInfo(out, "%09u", chunk[--n]);
}

void
engage_ratio_print(StringInfo out, const Ratio *ratio)
{
	wide_print(out, &ratio->num);
	if (!engage_ratio_is_whole(ratio))
	{
		appendStringInfoChar(out, '/');
		wide_print(out, &ratio->den);
	}
}

static const char *
wide_parse(Wide *value, const char *text)
{
	value->n = 0;
	if (*text < '0' || *text > '9')
		return NULL;
	for (; *text >= '0' && *text <= '9'; text++)
	{
		/* room for one more digit */
		if (value->n == WIDE_LIMBS)
			return NULL;
		wide_scale(value, 10, *text - '0');
	}
	return text;
}

const char *
engage_ratio_parse(Ratio *ratio, const char *text)
{
	text = wide_parse(&ratio->num, text);
	if (text == NULL)
		return NULL;
	wide_set(&ratio->den, 1);
	if (*text == '/')
	{
		text = wide_parse(&ratio->den, text + 1);
		if (text == NULL || ratio->den.n == 0)
			return NULL;
	}
	reduce(ratio);
	return text;
}
