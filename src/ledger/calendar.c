/*-------------------------------------------------------------------------
 *
 * calendar.c
 *	  Instants and days in a named time zone.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "ledger/calendar.h"
#include "miscadmin.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

pg_noreturn static void
instant_out_of_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("timestamp out of range")));
}

pg_noreturn static void
date_out_of_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("date out of range")));
}

static void
split(TimestampTz instant, struct pg_tm *tm, fsec_t *fsec, pg_tz *zone)
{
	int			offset;

	if (timestamp2tm(instant, &offset, tm, fsec, NULL, zone) != 0)
		instant_out_of_range();
}

static TimestampTz
join(struct pg_tm *tm, fsec_t fsec, pg_tz *zone)
{
	int			offset = DetermineTimeZoneOffset(tm, zone);
	TimestampTz result;

	if (tm2timestamp(tm, fsec, &offset, &result) != 0)
		instant_out_of_range();
	return result;
}

static inline int
days_of_month(int year, int month)
{
	return day_tab[isleap(year)][month - 1];
}

/*
 * Move a month by some months, with its year.  Years are those of the
 * calendar: 0 is 1 BC.
 */
static bool
move_month(int *year, int *month, int months)
{
	int			total;

	if (pg_add_s32_overflow(*month - 1, months, &total))
		return false;
	*month = total % MONTHS_PER_YEAR;
	total /= MONTHS_PER_YEAR;
	if (*month < 0)
	{
		*month += MONTHS_PER_YEAR;
		total--;
	}
	*month += 1;
	return !pg_add_s32_overflow(*year, total, year);
}

static TimestampTz
add_parts(TimestampTz instant, int months, int days, int64 time, pg_tz *zone)
{
	struct pg_tm tm;
	fsec_t		fsec;

	if (TIMESTAMP_NOT_FINITE(instant))
		return instant;
	if (months != 0)
	{
		split(instant, &tm, &fsec, zone);
		if (!move_month(&tm.tm_year, &tm.tm_mon, months))
			instant_out_of_range();
		tm.tm_mday = Min(tm.tm_mday, days_of_month(tm.tm_year, tm.tm_mon));
		instant = join(&tm, fsec, zone);
	}
	if (days != 0)
	{
		int			julian;

		split(instant, &tm, &fsec, zone);
		if (pg_add_s32_overflow(date2j(tm.tm_year, tm.tm_mon, tm.tm_mday), days, &julian) ||
			julian < 0)
			instant_out_of_range();
		j2date(julian, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
		instant = join(&tm, fsec, zone);
	}
	if (pg_add_s64_overflow(instant, time, &instant) || !IS_VALID_TIMESTAMP(instant))
		instant_out_of_range();
	return instant;
}

TimestampTz
engage_zone_add(TimestampTz instant, const Interval *span, pg_tz *zone)
{
#ifdef INTERVAL_NOT_FINITE
	if (INTERVAL_NOT_FINITE(span))
	{
		if (INTERVAL_IS_NOBEGIN(span) || TIMESTAMP_IS_NOBEGIN(instant))
			instant_out_of_range();
		return DT_NOEND;
	}
#endif
	return add_parts(instant, span->month, span->day, span->time, zone);
}

TimestampTz
engage_zone_subtract(TimestampTz instant, const Interval *span, pg_tz *zone)
{
	/* the least of each has no opposite; infinite intervals consist of such */
	if (span->month == PG_INT32_MIN || span->day == PG_INT32_MIN ||
		span->time == PG_INT64_MIN || span->time == PG_INT64_MAX)
		instant_out_of_range();
	return add_parts(instant, -span->month, -span->day, -span->time, zone);
}

DateADT
engage_zone_date(TimestampTz instant, pg_tz *zone)
{
	struct pg_tm tm;
	fsec_t		fsec;

	if (TIMESTAMP_IS_NOBEGIN(instant))
		return DATEVAL_NOBEGIN;
	if (TIMESTAMP_IS_NOEND(instant))
		return DATEVAL_NOEND;
	split(instant, &tm, &fsec, zone);
	return date2j(tm.tm_year, tm.tm_mon, tm.tm_mday) - POSTGRES_EPOCH_JDATE;
}

TimestampTz
engage_zone_midnight(DateADT day, pg_tz *zone)
{
	struct pg_tm tm;
	TimestampTz result;

	if (DATE_IS_NOBEGIN(day))
		return DT_NOBEGIN;
	if (DATE_IS_NOEND(day))
		return DT_NOEND;
	/* dates reach further than instants */
	if (day >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
		instant_out_of_range();
	memset(&tm, 0, sizeof(tm));
	engage_date_split(day, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	result = day * USECS_PER_DAY +
		DetermineTimeZoneOffset(&tm, zone) * USECS_PER_SEC;
	if (!IS_VALID_TIMESTAMP(result))
		instant_out_of_range();
	return result;
}

TimestampTz
engage_zone_next(TimestampTz instant, CalendarUnit unit, pg_tz *zone)
{
	DateADT		day;

	if (TIMESTAMP_NOT_FINITE(instant))
		return instant;
	day = engage_zone_date(instant, zone);
	if (unit == CALENDAR_DAY)
		day++;
	else
	{
		int			year;
		int			month;
		int			day_of_month;

		engage_date_split(day, &year, &month, &day_of_month);
		if (unit == CALENDAR_YEAR)
			month = MONTHS_PER_YEAR;
		day = engage_date_add_months(engage_date_make(year, month, 1), 1);
	}
	return engage_zone_midnight(day, zone);
}

TimestampTz
engage_zone_round_up(TimestampTz instant, CalendarUnit unit, pg_tz *zone)
{
	if (TIMESTAMP_NOT_FINITE(instant) || instant == MIN_TIMESTAMP)
		return instant;
	return engage_zone_next(instant - 1, unit, zone);
}

TimestampTz
engage_zone_next_yearly(TimestampTz instant, int month, int day_of_month,
						pg_tz *zone)
{
	int			year;
	int			ignored;
	TimestampTz result;

	if (TIMESTAMP_NOT_FINITE(instant))
		return instant;
	engage_date_split(engage_zone_date(instant, zone), &year, &ignored, &ignored);
	/* (the end of 31 December lies in the next year) */
	for (year--;; year++)
	{
		int			last = days_of_month(year, month);
		DateADT		day = engage_date_make(year, month, Min(day_of_month, last));

		result = engage_zone_midnight(day + 1, zone);
		if (result > instant)
			return result;
	}
}

char *
engage_zone_show(TimestampTz instant, pg_tz *zone)
{
	char		text[MAXDATELEN + 1];
	struct pg_tm tm;
	fsec_t		fsec;
	int			offset;

	if (TIMESTAMP_NOT_FINITE(instant))
		EncodeSpecialTimestamp(instant, text);
	else if (timestamp2tm(instant, &offset, &tm, &fsec, NULL, zone) == 0)
		EncodeDateTime(&tm, fsec, true, offset, NULL, USE_ISO_DATES, text);
	else
		instant_out_of_range();
	return pstrdup(text);
}

DateADT
engage_date_make(int year, int month, int day_of_month)
{
	DateADT		day;

	if (!IS_VALID_JULIAN(year, month, day_of_month))
		date_out_of_range();
	day = date2j(year, month, day_of_month) - POSTGRES_EPOCH_JDATE;
	if (!IS_VALID_DATE(day))
		date_out_of_range();
	return day;
}

void
engage_date_split(DateADT day, int *year, int *month, int *day_of_month)
{
	if (DATE_NOT_FINITE(day) || !IS_VALID_DATE(day))
		date_out_of_range();
	j2date(day + POSTGRES_EPOCH_JDATE, year, month, day_of_month);
}

DateADT
engage_date_add_months(DateADT day, int months)
{
	int			year;
	int			month;
	int			day_of_month;

	engage_date_split(day, &year, &month, &day_of_month);
	if (!move_month(&year, &month, months))
		date_out_of_range();
	return engage_date_make(year, month,
							Min(day_of_month, days_of_month(year, month)));
}
