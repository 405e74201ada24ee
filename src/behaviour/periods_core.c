/*-------------------------------------------------------------------------
 *
 * periods_core.c
 *	  Periods of the calendar as ordinal numbers.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/periods_core.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#define YEAR_ZERO 2000			/* the year of ordinal 0 */

/* dates of the range of timestamps, both inclusive */
#define FIRST_DAY (DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE)
#define LAST_DAY (TIMESTAMP_END_JULIAN - 1 - POSTGRES_EPOCH_JDATE)

typedef struct UnitInfo
{
	const char *name;
	int			days;			/* length in days, or 0 */
	int			shift;			/* days from a beginning to 2000-01-01 */
	int			months;			/* length in months, or 0 */
} UnitInfo;

/* 2000-01-01 was a Saturday. */
static const UnitInfo units[PERIOD_UNITS] = {
	[PERIOD_HOUR] = {"hour", 0, 0, 0},
	[PERIOD_DAY] = {"day", 1, 0, 0},
	[PERIOD_WEEK] = {"week", 7, 5, 0},
	[PERIOD_WEEK_SUNDAY] = {"week_sunday", 7, 6, 0},
	[PERIOD_WEEK_SATURDAY] = {"week_saturday", 7, 0, 0},
	[PERIOD_MONTH] = {"month", 0, 0, 1},
	[PERIOD_QUARTER] = {"quarter", 0, 0, 3},
	[PERIOD_YEAR] = {"year", 0, 0, 12},
};

static inline int64
floor_div(int64 value, int64 divisor)
{
	return value / divisor - (value % divisor < 0);
}

bool
engage_period_unit_parse(const char *name, size_t length, PeriodUnit *unit)
{
	for (int i = 0; i < PERIOD_UNITS; i++)
	{
		const char *known = units[i].name;
		const char *suffix = strchr(known, '_');
		size_t		stem = suffix != NULL ? suffix - known : strlen(known);
		size_t		rest = strlen(known) - stem;

		if (length < stem || pg_strncasecmp(name, known, stem) != 0)
			continue;
		/* "weeks_sunday" is the plural of "week_sunday" */
		if (length == stem + rest + 1 && (name[stem] == 's' || name[stem] == 'S'))
			stem++;
		else if (length != stem + rest)
			continue;
		if (rest == 0 || pg_strncasecmp(name + stem, suffix, rest) == 0)
		{
			*unit = i;
			return true;
		}
	}
	return false;
}

const char *
engage_period_unit_name(PeriodUnit unit)
{
	return units[unit].name;
}

/* Months since January 2000 of a day */
static int64
month_of_day(int64 day)
{
	int			year;
	int			month;
	int			day_of_month;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &day_of_month);
	return (int64) (year - YEAR_ZERO) * MONTHS_PER_YEAR + month - 1;
}

static int64
day_of_month_start(int64 month)
{
	int64		year = floor_div(month, MONTHS_PER_YEAR);

	return date2j(year + YEAR_ZERO, month - year * MONTHS_PER_YEAR + 1, 1) -
		POSTGRES_EPOCH_JDATE;
}

static int64
period_of_day(PeriodUnit unit, int64 day)
{
	const UnitInfo *info = &units[unit];

	if (info->days == 1)
		return day;
	if (info->days > 0)
		return floor_div(day + info->shift, info->days);
	return floor_div(month_of_day(day), info->months);
}

static int64
start_day(PeriodUnit unit, int64 ordinal)
{
	const UnitInfo *info = &units[unit];

	if (info->days > 0)
		return ordinal * info->days - info->shift;
	return day_of_month_start(ordinal * info->months);
}

/* The local time must be in the range of timestamps, or less than a day off. */
int64
engage_period_of(PeriodUnit unit, Timestamp local)
{
	int64		day;

	if (unit == PERIOD_HOUR)
		return floor_div(local, USECS_PER_HOUR);
	day = floor_div(local, USECS_PER_DAY);
	/* below the first day there is no calendar, and nothing is valid */
	if (unlikely(day < FIRST_DAY))
		return engage_period_min(unit) - 1;
	return period_of_day(unit, day);
}

Timestamp
engage_period_start(PeriodUnit unit, int64 ordinal)
{
	if (unit == PERIOD_HOUR)
		return ordinal * USECS_PER_HOUR;
	return start_day(unit, ordinal) * USECS_PER_DAY;
}

int64
engage_period_from(PeriodUnit unit, Timestamp local)
{
	int64		ordinal;

	if (TIMESTAMP_IS_NOBEGIN(local))
		return PG_INT64_MIN;
	if (TIMESTAMP_IS_NOEND(local))
		return PG_INT64_MAX;
	ordinal = engage_period_of(unit, local);
	if (ordinal >= engage_period_min(unit) && engage_period_start(unit, ordinal) == local)
		return ordinal;
	return ordinal + 1;
}

int64
engage_period_min(PeriodUnit unit)
{
	int64		ordinal;

	if (unit == PERIOD_HOUR)
		return (int64) FIRST_DAY * HOURS_PER_DAY;
	ordinal = period_of_day(unit, FIRST_DAY);
	return start_day(unit, ordinal) < FIRST_DAY ? ordinal + 1 : ordinal;
}

int64
engage_period_max(PeriodUnit unit)
{
	int64		ordinal;

	if (unit == PERIOD_HOUR)
		return ((int64) LAST_DAY + 1) * HOURS_PER_DAY - 1;
	ordinal = period_of_day(unit, LAST_DAY);
	return start_day(unit, ordinal + 1) - 1 > LAST_DAY ? ordinal - 1 : ordinal;
}

/* ------------------------------------------------------------------- text */

void
engage_period_print(StringInfo buffer, PeriodUnit unit, int64 ordinal)
{
	int64		day = unit == PERIOD_HOUR ? floor_div(ordinal, HOURS_PER_DAY) :
		start_day(unit, ordinal);
	int			year;
	int			month;
	int			day_of_month;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &day_of_month);
	appendStringInfo(buffer, "%s%04d", year < 0 ? "-" : "", Abs(year));
	if (unit == PERIOD_YEAR)
		return;
	if (unit == PERIOD_QUARTER)
	{
		appendStringInfo(buffer, "-Q%d", (month - 1) / 3 + 1);
		return;
	}
	appendStringInfo(buffer, "-%02d", month);
	if (unit == PERIOD_MONTH)
		return;
	appendStringInfo(buffer, "-%02d", day_of_month);
	if (unit == PERIOD_HOUR)
		appendStringInfo(buffer, "T%02d", (int) (ordinal - day * HOURS_PER_DAY));
}

/* So many digits, or at least so many if open_ended; false if there are fewer. */
static bool
parse_digits(const char **text, int digits, bool open_ended, int *value)
{
	const char *p = *text;
	int			n;

	*value = 0;
	for (n = 0; *p >= '0' && *p <= '9' && (n < digits || open_ended); n++, p++)
	{
		if (n == 8)
			return false;		/* beyond any year */
		*value = *value * 10 + (*p - '0');
	}
	*text = p;
	return n >= digits;
}

static bool
parse_part(const char **text, const char *separator, int digits, int min, int max,
		   int *value)
{
	size_t		length = strlen(separator);

	if (strncmp(*text, separator, length) != 0)
		return false;
	*text += length;
	return parse_digits(text, digits, false, value) && *value >= min && *value <= max;
}

static bool
parse_parts(PeriodUnit unit, const char **text, int64 *ordinal)
{
	bool		negative = **text == '-';
	int			year;
	int			part;
	int			month;
	int			day_of_month;
	int64		day;

	if (negative)
		(*text)++;
	if (!parse_digits(text, 4, true, &year))
		return false;
	if (negative)
		year = -year;
	*ordinal = year - YEAR_ZERO;
	if (unit == PERIOD_YEAR)
		return true;
	if (unit == PERIOD_QUARTER)
	{
		if (!parse_part(text, "-Q", 1, 1, 4, &part))
			return false;
		*ordinal = *ordinal * 4 + part - 1;
		return true;
	}
	if (!parse_part(text, "-", 2, 1, MONTHS_PER_YEAR, &month))
		return false;
	*ordinal = *ordinal * MONTHS_PER_YEAR + month - 1;
	if (unit == PERIOD_MONTH)
		return true;
	if (!IS_VALID_JULIAN(year, month, 1) ||
		!parse_part(text, "-", 2, 1, day_tab[isleap(year)][month - 1], &day_of_month))
		return false;
	day = date2j(year, month, day_of_month) - POSTGRES_EPOCH_JDATE;
	if (unit == PERIOD_HOUR)
	{
		if (!parse_part(text, "T", 2, 0, HOURS_PER_DAY - 1, &part))
			return false;
		*ordinal = day * HOURS_PER_DAY + part;
		return true;
	}
	if (day < FIRST_DAY)
		return false;
	*ordinal = period_of_day(unit, day);
	return start_day(unit, *ordinal) == day;
}

const char *
engage_period_parse(PeriodUnit unit, const char **text, int64 *ordinal)
{
	static const char *const expected[PERIOD_UNITS] = {
		[PERIOD_HOUR] = "an hour such as 2024-01-31T09",
		[PERIOD_DAY] = "a day such as 2024-01-31",
		[PERIOD_WEEK] = "the Monday of a week such as 2024-01-29",
		[PERIOD_WEEK_SUNDAY] = "the Sunday of a week such as 2024-01-28",
		[PERIOD_WEEK_SATURDAY] = "the Saturday of a week such as 2024-01-27",
		[PERIOD_MONTH] = "a month such as 2024-01",
		[PERIOD_QUARTER] = "a quarter such as 2024-Q1",
		[PERIOD_YEAR] = "a year such as 2024",
	};
	const char *pos = *text;

	if (!parse_parts(unit, &pos, ordinal) || !engage_period_is_valid(unit, *ordinal))
		return expected[unit];
	*text = pos;
	return NULL;
}

/* ------------------------------------------------------------- time zones */

void
engage_zone_clock_init(ZoneClock *clock, pg_tz *zone)
{
	memset(clock, 0, sizeof(ZoneClock));
	clock->zone = zone;
	/* (no instant lies in a span that ends where it begins) */
}

static int64
offset_at(pg_tz *zone, pg_time_t second)
{
	struct pg_tm *local = pg_localtime(&second, zone);

	/* (the times of this server are all within reach of its own zones) */
	if (unlikely(local == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return local->tm_gmtoff * USECS_PER_SEC;
}

/*
 * The offset of an instant outside the current span.  A span reaches from the
 * earliest instant seen in it, to which the same transition is the next one,
 * to that transition.
 */
int64
engage_zone_clock_look_up(ZoneClock *clock, TimestampTz instant)
{
	const int64 epoch = (int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
	int64		second;
	pg_time_t	time;
	pg_time_t	boundary;
	long int	before;
	long int	after;
	int			before_is_dst;
	int			after_is_dst;
	int			found;
	ZoneSpan	span;

	for (int i = 0; i < ZONE_SPANS; i++)
	{
		if (instant >= clock->spans[i].since && instant < clock->spans[i].until)
		{
			clock->current = i;
			return clock->spans[i].offset;
		}
	}

	second = floor_div(instant, USECS_PER_SEC);
	time = second + epoch;
	span.since = second * USECS_PER_SEC;
	span.offset = offset_at(clock->zone, time);
	found = pg_next_dst_boundary(&time, &before, &before_is_dst, &boundary,
								 &after, &after_is_dst, clock->zone);
	if (found == 0)
		span.until = DT_NOEND;	/* no transition follows */
	else if (found > 0 && boundary > time)
	{
		int64		until = boundary - epoch;

		span.until = until < DT_NOEND / USECS_PER_SEC ? until * USECS_PER_SEC : DT_NOEND;
	}
	else
		return span.offset;

	for (int i = 0; i < ZONE_SPANS; i++)
	{
		ZoneSpan   *known = &clock->spans[i];

		if (known->until == span.until && known->offset == span.offset &&
			known->since < known->until)
		{
			known->since = Min(known->since, span.since);
			clock->current = i;
			return span.offset;
		}
	}
	clock->current = clock->oldest;
	clock->oldest = (clock->oldest + 1) % ZONE_SPANS;
	clock->spans[clock->current] = span;
	return span.offset;
}
