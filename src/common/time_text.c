/*-------------------------------------------------------------------------
 *
 * time_text.c
 *	  Times in the text form of stored values.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/compat.h"
#include "common/time_text.h"
#include "miscadmin.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

/* Times in text do not depend on DateStyle and TimeZone: ISO 8601, in UTC. */
void
engage_append_time(StringInfo buffer, int64 time)
{
	struct pg_tm tm;
	fsec_t		fsec;
	char		text[MAXDATELEN + 1];

	if (timestamp2tm(time, NULL, &tm, &fsec, NULL, NULL) != 0)
		elog(ERROR, "stored time is out of range");
	EncodeDateTime(&tm, fsec, false, 0, NULL, USE_XSD_DATES, text);
	appendStringInfoString(buffer, text);
	appendStringInfoChar(buffer, 'Z');
}

/* "n" digits, or with n = 0 any number of them up to 6 */
static bool
scan_digits(TextScan *scan, int n, int *result)
{
	int			i = 0;

	*result = 0;
	while (i < (n > 0 ? n : 6) && scan->pos[i] >= '0' && scan->pos[i] <= '9')
		*result = *result * 10 + (scan->pos[i++] - '0');
	if (i == 0 || (n > 0 && i < n))
		return false;
	scan->pos += i;
	return true;
}

bool
engage_scan_time(TextScan *scan, int64 *result)
{
	static const char *const expected = "a time such as 2024-02-29T23:59:59.5Z";
	struct pg_tm tm = {0};
	fsec_t		fsec = 0;
	int			year;

	if (!(scan_digits(scan, 0, &tm.tm_year) && engage_scan_try(scan, "-") &&
		  scan_digits(scan, 2, &tm.tm_mon) && engage_scan_try(scan, "-") &&
		  scan_digits(scan, 2, &tm.tm_mday) && engage_scan_try(scan, "T") &&
		  scan_digits(scan, 2, &tm.tm_hour) && engage_scan_try(scan, ":") &&
		  scan_digits(scan, 2, &tm.tm_min) && engage_scan_try(scan, ":") &&
		  scan_digits(scan, 2, &tm.tm_sec)))
		return engage_scan_fail(scan, expected);
	if (engage_scan_try(scan, "."))
	{
		int			unit = 100000;

		if (*scan->pos < '0' || *scan->pos > '9')
			return engage_scan_fail(scan, "digits of a second");
		for (; *scan->pos >= '0' && *scan->pos <= '9'; scan->pos++, unit /= 10)
		{
			if (unit == 0 && *scan->pos != '0')
				return engage_scan_fail(scan, "at most six digits of a second");
			fsec += (*scan->pos - '0') * unit;
		}
	}
	year = tm.tm_year;
	if (engage_scan_try(scan, " BC"))
		tm.tm_year = 1 - tm.tm_year;
	if (year < 1 || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 ||
		tm.tm_mday > day_tab[isleap(tm.tm_year)][tm.tm_mon - 1] ||
		tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59 ||
		tm2timestamp(&tm, fsec, NULL, result) != 0)
		return engage_scan_fail(scan, "a time that exists before this place,");
	if (!engage_scan_try(scan, "Z"))
		return engage_scan_fail(scan, "Z");
	return true;
}
