/* Results in TAP, for programs that test the server-free parts of engage. */
#ifndef UNIT_TAP_H
#define UNIT_TAP_H

#include <setjmp.h>
#include <stdbool.h>

extern void ok(bool good, const char *format,...) __attribute__((format(printf, 2, 3)));
/* a value, what it should be, and how far off it may be in relation to that */
extern void near(double got, double want, double relative, const char *format,...)
			__attribute__((format(printf, 4, 5)));
extern void note(const char *format,...) __attribute__((format(printf, 1, 2)));
/* how many random cases to try: so many, times what the user asks for */
extern long cases(long standard);
extern double random_double(void);	/* 0 <= x < 1 */
extern unsigned long long random_bits(void);

/* is an error of this SQLSTATE raised? */
extern jmp_buf *expected_error;
extern int	error_code;
#define raises(sqlstate, ...) \
	do { \
		jmp_buf		here_; \
		expected_error = &here_; \
		error_code = 0; \
		if (setjmp(here_) == 0) \
		{ \
			__VA_ARGS__; \
			error_code = 0; \
		} \
		expected_error = NULL; \
		ok(error_code == (sqlstate), "%s raises " #sqlstate, #__VA_ARGS__); \
	} while (0)

extern void test_stats(void);
extern void test_exact_sum(void);
extern void test_ratio(void);
extern void test_calendar(void);
extern void test_tiers(void);
extern void test_awards(void);
extern void test_verify(void);
extern void test_activity(void);
extern void test_funnel(void);
extern void test_step_events(void);
extern void test_event_store(void);
extern void test_name_match(void);
extern void test_sentiment_characters(void);
extern void test_sentiment_texts(void);
extern void test_sentiment_lists(void);

#endif							/* UNIT_TAP_H */
