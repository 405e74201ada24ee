/*
 * Exact sums, as far as they need no server, against arithmetic on strings of digits.
 */
#include "../../src/common/exact_sum.c"

#include "tap.h"

/* 2^126 - 1 */
#define LIMIT		"85070591730234615865843651857942052863"

/* whole and fraction of 36 digits as decimal digits, the least first */
#define PLACES		36
#define DIGITS		160
typedef struct Digits
{
	bool		negative;
	int			digit[DIGITS];
} Digits;

static bool
digits_from_text(Digits *result, const char *text)
{
	const char *point;
	const char *end;

	memset(result, 0, sizeof(*result));
	result->negative = *text == '-';
	text += result->negative;
	end = text + strlen(text);
	point = strchr(text, '.');
	if (point == NULL)
		point = end;
	for (const char *p = text; p < end; p++)
	{
		long		place = p < point ? PLACES + (point - p) - 1 : PLACES - (p - point);

		if (p == point)
			continue;
		if (*p < '0' || *p > '9' || place < 0 || place >= DIGITS)
			return false;
		result->digit[place] = *p - '0';
	}
	return true;
}

static bool
digits_equal(const Digits *a, const Digits *b)
{
	return a->negative == b->negative && memcmp(a->digit, b->digit, sizeof(a->digit)) == 0;
}

/* Round to 18 digits, of which no more than 18 decimals, then square. */
static void
square_digits(Digits *result, const Digits *value)
{
	Digits		v = *value;
	int			top = DIGITS - 1;
	int			last;

	while (top > PLACES && v.digit[top] == 0)
		top--;
	last = Max(top >= PLACES && v.digit[top] != 0 ? top - 17 : PLACES - 18, PLACES - 18);
	if (last > 0 && v.digit[last - 1] >= 5)
		for (int i = last; ++v.digit[i] > 9; i++)
			v.digit[i] = 0;
	memset(v.digit, 0, last * sizeof(int));

	memset(result, 0, sizeof(*result));
	for (int i = 0; i < DIGITS; i++)
	{
		for (int j = 0; j < DIGITS; j++)
		{
			if (v.digit[i] != 0 && v.digit[j] != 0)
			{
				int			place = i + j - PLACES;

				Assert(place >= 0);
				result->digit[place] += v.digit[i] * v.digit[j];
				while (result->digit[place] > 9)
				{
					int			carry = result->digit[place] / 10;

					result->digit[place++] %= 10;
					result->digit[place] += carry;
				}
			}
		}
	}
}

static char *
random_number(char *buffer, int max_whole, int max_decimals, bool may_be_negative)
{
	int			nwhole = 1 + random_bits() % max_whole;
	int			ndecimals = random_bits() % (max_decimals + 1);
	int			kind = random_bits() % 6;
	char	   *p = buffer;

	if (may_be_negative && random_bits() % 2)
		*p++ = '-';
	for (int i = 0; i < nwhole; i++)
		*p++ = kind == 0 ? '9' : kind == 1 ? (i == 0 ? '1' : '0') : kind == 2 ? '0' : '0' + random_bits() % 10;
	if (ndecimals > 0)
		*p++ = '.';
	for (int i = 0; i < ndecimals; i++)
		*p++ = kind == 0 ? '9' : kind == 1 ? '0' : kind == 3 ? "05"[random_bits() % 2] : '0' + random_bits() % 10;
	*p = '\0';
	return buffer;
}

static void
print_and_parse(void)
{
	static const char *const good[] = {
		"0", "-0", "-0.0", "1", "1.50", "-1.5", "0.000000000000000000000000000000000001",
		LIMIT, LIMIT ".999999999999999999999999999999999999", "-" LIMIT, "1.5000000000000000000000000000000000000000"
	};
	static const char *const bad[] = {
		"", "-", ".5", "1.", "+1", " 1", "e", "--1", "-.1",
		"85070591730234615865843651857942052864", "-85070591730234615865843651857942052865",
		"0.0000000000000000000000000000000000001", "99999999999999999999999999999999999999",
		"999999999999999999999999999999999999999999999999"
	};
	long		wrong = 0;

	for (int i = 0; i < lengthof(good); i++)
	{
		ExactSum	sum;
		const char *end = engage_exact_parse(&sum, good[i]);

		ok(end != NULL && *end == '\0' && engage_exact_is_valid(&sum), "\"%s\" is a number", good[i]);
	}
	for (int i = 0; i < lengthof(bad); i++)
	{
		ExactSum	sum;

		ok(engage_exact_parse(&sum, bad[i]) == NULL || !engage_exact_is_valid(&sum),
		   "\"%s\" is none, or out of range", bad[i]);
	}
	for (long i = 0; i < cases(200000); i++)
	{
		char		text[100];
		char		printed[EXACT_SUM_MAXLEN];
		ExactSum	sum;
		ExactSum	again;
		Digits		given;
		Digits		read;

		random_number(text, 37, 36, true);
		engage_exact_parse(&sum, text);
		engage_exact_print(&sum, printed);
		engage_exact_parse(&again, printed);
		digits_from_text(&given, text);
		digits_from_text(&read, printed);
		/* there is no negative zero */
		given.negative = given.negative && sum.whole < 0;
		if (!digits_equal(&given, &read) || engage_exact_compare(&sum, &again) != 0 ||
			strlen(printed) >= EXACT_SUM_MAXLEN)
		{
			if (wrong++ < 5)
				note("%s is printed as %s", text, printed);
		}
	}
	ok(wrong == 0, "random numbers are read and printed alike");
}

static void
arithmetic(void)
{
	long		wrong = 0;
	long		inexact = 0;

	for (long i = 0; i < cases(200000); i++)
	{
		char		text[100];
		char		printed[EXACT_SUM_MAXLEN];
		ExactSum	a;
		ExactSum	b;
		ExactSum	c;
		ExactSum	sum;
		double		value;
		long double exact;

		engage_exact_parse(&a, random_number(text, 36, 36, true));
		engage_exact_parse(&b, random_number(text, 36, 36, true));
		engage_exact_parse(&c, random_number(text, 36, 36, true));

		/* (a + b + c) - b - c = a, and a - b has the sign of the comparison */
		sum = a;
		if (!exact_sum_add(&sum, &b) || !exact_sum_add(&sum, &c) || !engage_exact_is_valid(&sum) ||
			!exact_sum_subtract(&sum, &b) || !exact_sum_subtract(&sum, &c) ||
			engage_exact_compare(&sum, &a) != 0)
			wrong++;
		sum = a;
		if (!exact_sum_subtract(&sum, &b) || !engage_exact_is_valid(&sum) ||
			(engage_exact_compare(&a, &b) < 0) != exact_sum_is_negative(&sum) ||
			(engage_exact_compare(&a, &b) == 0) != exact_sum_is_zero(&sum))
			wrong++;

		value = engage_exact_to_double(&a);
		exact = strtold(engage_exact_print(&a, printed), NULL);
		if (fabsl(value - exact) > 3.5e-16L * fabsl(exact))
		{
			if (inexact++ < 5)
				note("%s as a double: %.17g", printed, value);
		}
	}
	ok(wrong == 0, "adding, subtracting and comparing agree");
	ok(inexact == 0, "conversion to double is right to the last digit or so");
}

static void
overflow(void)
{
	ExactSum	limit;
	ExactSum	one;
	ExactSum	sum;

	engage_exact_parse(&limit, LIMIT);
	exact_sum_from_int64(&one, 1);
	sum = limit;
	ok(!exact_sum_add(&sum, &one), "adding past the limit is an overflow");
	sum = limit;
	ok(!exact_sum_add(&sum, &limit), "adding the limit twice is an overflow");
	sum = limit;
	ok(exact_sum_subtract(&sum, &limit) && exact_sum_is_zero(&sum), "the limit less itself is zero");
	ok(exact_sum_subtract(&sum, &limit) && exact_sum_subtract(&sum, &one) && !exact_sum_subtract(&sum, &one),
	   "nor may it fall below the other limit");
}

static void
squares(void)
{
	long		wrong = 0;
	long		taken = 0;
	long		n = cases(100000);

	for (long i = 0; i < n; i++)
	{
		char		text[100];
		char		printed[EXACT_SUM_MAXLEN];
		ExactSum	value;
		ExactSum	square;
		ExactSum	ignored;
		Digits		digits;
		Digits		expected;
		Digits		got;

		/* half of them as amounts are: the short way */
		if (random_bits() % 2)
			random_number(text, 10, 9, true);
		else
			random_number(text, 18, 36, true);
		engage_exact_parse(&value, text);
		digits_from_text(&digits, text);
		square_digits(&expected, &digits);
		if (!engage_exact_square(&square, &value) || !engage_exact_is_valid(&square))
		{
			if (wrong++ < 5)
				note("%s has no square", text);
			continue;
		}
		digits_from_text(&got, engage_exact_print(&square, printed));
		if (!digits_equal(&expected, &got) && wrong++ < 5)
			note("the square of %s is given as %s", text, printed);
		taken += exact_sum_square_short(&ignored, &value);
	}
	ok(wrong == 0, "squares are those of the value rounded to 18 digits");
	ok(taken > n / 10 && taken < n * 9 / 10, "both ways to square were taken (%ld of %ld the short one)", taken, n);

	{
		ExactSum	value;
		ExactSum	square;

		engage_exact_parse(&value, "999999999999999999.999999");
		ok(engage_exact_square(&square, &value), "just below 1e18 there is a square");
		engage_exact_parse(&value, "1000000000000000000");
		ok(!engage_exact_square(&square, &value), "at 1e18 there is none");
		engage_exact_parse(&value, "-1000000000000000000");
		ok(!engage_exact_square(&square, &value), "nor at -1e18");
	}
}

/* double -> the decimal of 15 digits, half away from zero beyond 36 decimals */
static void
from_float8(void)
{
	long		wrong = 0;

	for (long i = 0; i < cases(300000); i++)
	{
		double		value;
		char		text[64];
		char		printed[EXACT_SUM_MAXLEN];
		char		plain[200];
		ExactSum	sum;
		Digits		expected;
		Digits		got;
		int			kind = random_bits() % 5;
		int			exponent;
		int			place;
		bool		up = false;

		if (kind == 0)
			value = (int64) (random_bits() >> 20) / 100.0;
		else if (kind == 1)
			value = (double) (random_bits() >> 24) / 1e8;
		else if (kind == 2)
			value = floor(pow(10, 20 * random_double()));
		else
			value = pow(10, 86 * random_double() - 50);
		if (random_bits() % 2)
			value = -value;
		if (fabs(value) >= 1e36)
			continue;
		if (engage_exact_from_float8(&sum, value) != EXACT_OK)
		{
			if (wrong++ < 5)
				note("%.17g is not read", value);
			continue;
		}

		/* d.dddddddddddddde+xx to digits in their places */
		snprintf(text, sizeof(text), "%.14e", fabs(value));
		exponent = atoi(strchr(text, 'e') + 1);
		memset(&expected, 0, sizeof(expected));
		for (int k = 0; k < 15; k++)
		{
			place = PLACES + exponent - k;
			if (place >= 0)
				expected.digit[place] = text[k == 0 ? 0 : k + 1] - '0';
			else if (place == -1)
				up = text[k == 0 ? 0 : k + 1] >= '5';
		}
		if (up)
			for (int k = 0; ++expected.digit[k] > 9; k++)
				expected.digit[k] = 0;
		expected.negative = sum.whole < 0;
		digits_from_text(&got, engage_exact_print(&sum, printed));
		snprintf(plain, sizeof(plain), "%.17g", value);
		if (!digits_equal(&expected, &got) || (!exact_sum_is_zero(&sum) && (value < 0) != (sum.whole < 0)))
		{
			if (wrong++ < 5)
				note("%s is read as %s", plain, printed);
		}
	}
	ok(wrong == 0, "doubles are read as the decimal of 15 digits");
	{
		ExactSum	sum;

		ok(engage_exact_from_float8(&sum, NAN) == EXACT_NAN, "NaN is told");
		ok(engage_exact_from_float8(&sum, INFINITY) == EXACT_INFINITE, "so is infinity");
		ok(engage_exact_from_float8(&sum, 1e36) == EXACT_TOO_LARGE, "1e36 is too large");
		ok(engage_exact_from_float8(&sum, -1e300) == EXACT_TOO_LARGE, "so is -1e300");
		ok(engage_exact_from_float8(&sum, 1e-300) == EXACT_OK && exact_sum_is_zero(&sum), "1e-300 is zero");
	}
}

static void
from_share(void)
{
	long		wrong = 0;

	for (long i = 0; i < cases(100000); i++)
	{
		double		value = random_bits() % 2 ? random_double() : pow(10, 18 * random_double());
		ExactSum	sum;

		exact_sum_from_share(&sum, value);
		if (!engage_exact_is_valid(&sum) || fabs(engage_exact_to_double(&sum) - value) > 1e-19 + 2.3e-16 * value)
			wrong++;
	}
	ok(wrong == 0, "shares are kept to their last digit");
}

void
test_exact_sum(void)
{
	print_and_parse();
	arithmetic();
	overflow();
	squares();
	from_float8();
	from_share();
}
