/*
 * Unit tests of the parts of engage that need no server; prints TAP.
 *
 * ENGAGE_SEED, ENGAGE_CASES: as in the TAP tests written in Perl.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tap.h"

static int	ntests;
static unsigned long long state;

static void
result(bool good, const char *format, va_list args)
{
	printf("%sok %d - ", good ? "" : "not ", ++ntests);
	vprintf(format, args);
	printf("\n");
	fflush(stdout);
}

void
ok(bool good, const char *format,...)
{
	va_list		args;

	va_start(args, format);
	result(good, format, args);
	va_end(args);
}

void
near(double got, double want, double relative, const char *format,...)
{
	/* written so that NaN fails it */
	bool		good = got == want || fabs(got - want) <= relative * fabs(want);
	va_list		args;

	va_start(args, format);
	result(good, format, args);
	va_end(args);
	if (!good)
		note("got %.17g, want %.17g, relative error %.2g", got, want, fabs(got - want) / fabs(want));
}

void
note(const char *format,...)
{
	va_list		args;

	va_start(args, format);
	printf("# ");
	vprintf(format, args);
	printf("\n");
	va_end(args);
}

long
cases(long standard)
{
	const char *factor = getenv("ENGAGE_CASES");
	double		n = standard * (factor && *factor ? atof(factor) : 1);

	return n < 1 ? 1 : (long) n;
}

/* splitmix64 */
unsigned long long
random_bits(void)
{
	unsigned long long z = (state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

double
random_double(void)
{
	return (random_bits() >> 11) / 9007199254740992.0;
}

int
main(void)
{
	const char *seed = getenv("ENGAGE_SEED");

	state = seed && *seed ? strtoull(seed, NULL, 10) : (unsigned long long) time(NULL);
	note("ENGAGE_SEED=%llu", state);
	test_stats();
	test_exact_sum();
	test_ratio();
	test_calendar();
	test_tiers();
	test_awards();
	test_verify();
	test_activity();
	test_funnel();
	test_step_events();
	test_event_store();
	test_name_match();
	test_sentiment_characters();
	test_sentiment_texts();
	test_sentiment_lists();
	printf("1..%d\n", ntests);
	return 0;
}
