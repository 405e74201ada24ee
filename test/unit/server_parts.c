/*
 * Parts of the server that the tested files need, as far as the tests reach them: errors that a
 * test expects, strings that grow, and a calendar with one time zone, UTC.
 */
#include "postgres.h"

#include <strings.h>
#include <time.h>

#include "lib/stringinfo.h"
#include "pgtime.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "tap.h"

#undef printf
#undef vsnprintf

/* ----------------------------------------------------------------
 *		errors
 * ---------------------------------------------------------------- */

jmp_buf    *expected_error;
int			error_code;
static char error_message[1000];

bool
errstart(int elevel, const char *domain)
{
	return true;
}

bool
errstart_cold(int elevel, const char *domain)
{
	return true;
}

int
errcode(int code)
{
	error_code = code;
	return 0;
}

int
errmsg(const char *format,...)
{
	va_list		args;

	va_start(args, format);
	vsnprintf(error_message, sizeof(error_message), format, args);
	va_end(args);
	return 0;
}

int
errdetail(const char *format,...)
{
	return 0;
}

int
errhint(const char *format,...)
{
	return 0;
}

void
errfinish(const char *file, int line, const char *function)
{
	if (expected_error != NULL)
		longjmp(*expected_error, 1);
	printf("Bail out! %s:%d: %s\n", file, line, error_message);
	fflush(stdout);
	abort();
}

/* ----------------------------------------------------------------
 *		strings
 * ---------------------------------------------------------------- */

void
initStringInfo(StringInfo string)
{
	string->maxlen = 64;
	string->data = palloc(string->maxlen);
	string->data[0] = '\0';
	string->len = 0;
	string->cursor = 0;
}

void
appendStringInfo(StringInfo string, const char *format,...)
{
	va_list		args;
	int			length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	string->maxlen = string->len + length + 1;
	string->data = realloc(string->data, string->maxlen);
	va_start(args, format);
	string->len += vsnprintf(string->data + string->len, length + 1, format, args);
	va_end(args);
}

void
appendStringInfoString(StringInfo string, const char *text)
{
	appendStringInfo(string, "%s", text);
}

void
appendStringInfoChar(StringInfo string, char c)
{
	appendStringInfo(string, "%c", c);
}

char *
psprintf(const char *format,...)
{
	va_list		args;
	int			length;
	char	   *result;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	result = palloc(length + 1);
	va_start(args, format);
	vsnprintf(result, length + 1, format, args);
	va_end(args);
	return result;
}

int
pg_strncasecmp(const char *a, const char *b, size_t n)
{
	return strncasecmp(a, b, n);
}

void
pg_qsort(void *base, size_t n, size_t size, int (*compare) (const void *, const void *))
{
#undef qsort
	qsort(base, n, size, compare);
}

/* ----------------------------------------------------------------
 *		calendar
 * ---------------------------------------------------------------- */

const int	day_tab[2][13] = {
	{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0},
	{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0}
};

/* Counted from 1 March, where the irregular day is the last one. */
int
date2j(int year, int month, int day)
{
	int			y = year + 4800 - (month <= 2);
	int			m = (month + 9) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 32045;
}

void
j2date(int julian, int *year, int *month, int *day)
{
	struct tm	tm;
	time_t		seconds = ((time_t) julian - UNIX_EPOCH_JDATE) * SECS_PER_DAY;

	gmtime_r(&seconds, &tm);
	*year = tm.tm_year + 1900;
	*month = tm.tm_mon + 1;
	*day = tm.tm_mday;
}

int
DetermineTimeZoneOffset(struct pg_tm *tm, pg_tz *zone)
{
	return 0;
}

/* (compared with the server's own in test/t/026_calendar.pl) */
void
EncodeDateTime(struct pg_tm *tm, fsec_t fsec, bool print_tz, int tz, const char *tzn, int style, char *str)
{
	*str = '\0';
}

void
EncodeSpecialTimestamp(Timestamp instant, char *str)
{
	*str = '\0';
}

int
timestamp2tm(Timestamp instant, int *offset, struct pg_tm *tm, fsec_t *fsec,
			 const char **name, pg_tz *zone)
{
	int64		day = instant / USECS_PER_DAY - (instant % USECS_PER_DAY < 0);
	int64		time = instant - day * USECS_PER_DAY;

	j2date(day + POSTGRES_EPOCH_JDATE, &tm->tm_year, &tm->tm_mon, &tm->tm_mday);
	tm->tm_hour = time / USECS_PER_HOUR;
	tm->tm_min = time / USECS_PER_MINUTE % MINS_PER_HOUR;
	tm->tm_sec = time / USECS_PER_SEC % SECS_PER_MINUTE;
	*fsec = time % USECS_PER_SEC;
	*offset = 0;
	return 0;
}

int
tm2timestamp(struct pg_tm *tm, fsec_t fsec, int *offset, Timestamp *result)
{
	if (!IS_VALID_JULIAN(tm->tm_year, tm->tm_mon, tm->tm_mday) || tm->tm_year > 294276)
		return -1;
	*result = (date2j(tm->tm_year, tm->tm_mon, tm->tm_mday) - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY +
		tm->tm_hour * USECS_PER_HOUR + tm->tm_min * USECS_PER_MINUTE + tm->tm_sec * USECS_PER_SEC + fsec;
	return IS_VALID_TIMESTAMP(*result) ? 0 : -1;
}
