/*
 * Fractions against 128-bit arithmetic, and against themselves where that does not reach.
 */
#include "postgres.h"

#include "ledger/ratio.h"
#include "tap.h"

static uint64
random_part(int max_bits)
{
	return random_bits() >> (64 - 1 - random_bits() % max_bits);
}

static bool
is_fraction(const Ratio *ratio, int128 a, int128 b)
{
	Ratio		other;

	/* (int64 is what can be set) */
	if (a > PG_INT64_MAX || b > PG_INT64_MAX)
		return false;
	engage_ratio_set(&other, a, b);
	return engage_ratio_compare(ratio, &other) == 0;
}

static void
small(void)
{
	long		wrong = 0;

	for (long i = 0; i < cases(200000); i++)
	{
		int64		a = random_part(30);
		int64		b = random_part(30) + 1;
		int64		c = random_part(30);
		int64		d = random_part(30) + 1;
		Ratio		x;
		Ratio		y;
		Ratio		z;
		int			sign;

		engage_ratio_set(&x, a, b);
		engage_ratio_set(&y, c, d);
		sign = a * d < c * b ? -1 : a * d > c * b;
		wrong += engage_ratio_compare(&x, &y) != sign;
		z = x;
		engage_ratio_multiply(&z, &y);
		wrong += !is_fraction(&z, a * c, b * d);
		if (c > 0)
		{
			z = x;
			engage_ratio_divide(&z, &y);
			wrong += !is_fraction(&z, a * d, b * c);
		}
		z = x;
		engage_ratio_add(&z, &y);
		wrong += !is_fraction(&z, a * d + c * b, b * d);
		if (sign >= 0)
		{
			z = x;
			engage_ratio_subtract(&z, &y);
			wrong += !is_fraction(&z, a * d - c * b, b * d);
		}
	}
	ok(wrong == 0, "sums, products and comparisons of random fractions");
}

static void
random_ratio(Ratio *ratio)
{
	int			n = 1 + random_bits() % 3;

	engage_ratio_set(ratio, random_part(63) + 1, random_part(63) + 1);
	while (--n > 0)
	{
		Ratio		factor;

		engage_ratio_set(&factor, random_part(63) + 1, random_part(63) + 1);
		engage_ratio_multiply(ratio, &factor);
	}
}

static void
large(void)
{
	long		wrong = 0;

	for (long i = 0; i < cases(20000); i++)
	{
		Ratio		x;
		Ratio		y;
		Ratio		z;
		StringInfoData text;
		const char *end;

		random_ratio(&x);
		random_ratio(&y);
		z = x;
		engage_ratio_multiply(&z, &y);
		engage_ratio_divide(&z, &y);
		wrong += engage_ratio_compare(&z, &x) != 0;
		engage_ratio_add(&z, &y);
		wrong += engage_ratio_compare(&z, &x) <= 0 || engage_ratio_compare(&z, &y) <= 0;
		engage_ratio_subtract(&z, &y);
		/* in lowest terms there is one way only to write it */
		wrong += z.num.n != x.num.n || memcmp(z.num.limb, x.num.limb, x.num.n * sizeof(uint32)) != 0;
		wrong += z.den.n != x.den.n || memcmp(z.den.limb, x.den.limb, x.den.n * sizeof(uint32)) != 0;

		initStringInfo(&text);
		engage_ratio_print(&text, &x);
		end = engage_ratio_parse(&z, text.data);
		if (end == NULL || *end != '\0' || engage_ratio_compare(&z, &x) != 0)
		{
			if (wrong++ < 5)
				note("%s is not read", text.data);
		}
		pfree(text.data);
	}
	ok(wrong == 0, "large fractions: there and back");
}

static void
rounding(void)
{
	/* of 0/4, 1/4, ... 8/4 */
	static const int table[4][9] = {
		[ROUND_FLOOR] = {0, 0, 0, 0, 1, 1, 1, 1, 2},
		[ROUND_HALF_UP] = {0, 0, 1, 1, 1, 1, 2, 2, 2},
		[ROUND_HALF_EVEN] = {0, 0, 0, 1, 1, 1, 2, 2, 2},
		[ROUND_CEIL] = {0, 1, 1, 1, 1, 2, 2, 2, 2}
	};
	long		wrong = 0;
	Ratio		ratio;

	for (Rounding r = ROUND_FLOOR; r <= ROUND_CEIL; r++)
	{
		for (int i = 0; i <= 8; i++)
		{
			engage_ratio_set(&ratio, i, 4);
			wrong += engage_ratio_round(&ratio, r) != table[r][i];
		}
	}
	ok(wrong == 0, "quarters are rounded in four ways");

	for (long i = 0; i < cases(100000); i++)
	{
		int64		b = random_part(60) + 1;
		int64		a = random_part(62);
		int64		q = a / b;
		int64		rest = a % b;

		engage_ratio_set(&ratio, a, b);
		wrong += engage_ratio_round(&ratio, ROUND_FLOOR) != q;
		wrong += engage_ratio_round(&ratio, ROUND_CEIL) != q + (rest > 0);
		wrong += engage_ratio_round(&ratio, ROUND_HALF_UP) != q + (rest >= b - rest);
		wrong += engage_ratio_round(&ratio, ROUND_HALF_EVEN) != q + (rest > b - rest || (rest == b - rest && q % 2 == 1));
	}
	ok(wrong == 0, "random fractions are rounded in four ways");

	engage_ratio_set(&ratio, PG_INT64_MAX, 1);
	ok(engage_ratio_round(&ratio, ROUND_CEIL) == PG_INT64_MAX, "the largest number of points");
	engage_ratio_parse(&ratio, "9223372036854775808");
	raises(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, engage_ratio_round(&ratio, ROUND_FLOOR));
	engage_ratio_parse(&ratio, "18446744073709551617/2");
	raises(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, engage_ratio_round(&ratio, ROUND_FLOOR));
	engage_ratio_parse(&ratio, "18446744073709551615/2");
	ok(engage_ratio_round(&ratio, ROUND_FLOOR) == PG_INT64_MAX, "half a point more is rounded down");
	raises(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, engage_ratio_round(&ratio, ROUND_CEIL));
	raises(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, engage_ratio_round(&ratio, ROUND_HALF_UP));
	engage_ratio_parse(&ratio, "36893488147419103230/2");
	raises(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, engage_ratio_round(&ratio, ROUND_FLOOR));
	raises(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, for (;;) engage_ratio_multiply(&ratio, &ratio));
}

static void
decimals(void)
{
	static const char *const table[][2] = {
		{"0", "0"}, {"1", "1"}, {"59.90", "599/10"}, {"0.5", "1/2"}, {"0.125", "1/8"}, {"1000000", "1000000"},
		{"0.000000000000000000000000000000000001", "1/1000000000000000000000000000000000000"},
		{"999999999999999999999999999999999999.999999999999999999999999999999999999",
		"999999999999999999999999999999999999999999999999999999999999999999999999/1000000000000000000000000000000000000"}
	};
	static const char *const bad[] = {"", "x", "/2", "1/", "1/0", "-1", " 1"};
	long		wrong = 0;

	for (int i = 0; i < lengthof(table); i++)
	{
		ExactSum	value;
		Ratio		ratio;
		StringInfoData text;

		engage_exact_parse(&value, table[i][0]);
		engage_ratio_from_exact(&ratio, &value);
		initStringInfo(&text);
		engage_ratio_print(&text, &ratio);
		ok(strcmp(text.data, table[i][1]) == 0, "%s is %s", table[i][0], text.data);
	}
	for (long i = 0; i < cases(100000); i++)
	{
		int			places = random_bits() % 16;
		int64		unit = 1;
		int64		value = random_part(62);
		ExactSum	sum;
		Ratio		ratio;

		for (int k = 0; k < places; k++)
			unit *= 10;
		sum.whole = value / unit;
		sum.fraction = EXACT_SUM_UNIT / unit * (value % unit);
		engage_ratio_from_exact(&ratio, &sum);
		wrong += !is_fraction(&ratio, value, unit);
	}
	ok(wrong == 0, "random decimals are fractions");
	for (int i = 0; i < lengthof(bad); i++)
	{
		Ratio		ratio;

		ok(engage_ratio_parse(&ratio, bad[i]) == NULL, "\"%s\" is no fraction", bad[i]);
	}
}

void
test_ratio(void)
{
	small();
	large();
	rounding();
	decimals();
}
