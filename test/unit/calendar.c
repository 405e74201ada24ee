/*
 * Days and instants, in UTC: the arithmetic apart from the server's tables of time zones.
 * (test/t/026_calendar.pl compares with the server's own, in all zones.)
 */
#include "postgres.h"

#include "ledger/calendar.h"
#include "tap.h"
#include "utils/datetime.h"

static TimestampTz
at(int year, int month, int day, int hour)
{
	return engage_date_make(year, month, day) * USECS_PER_DAY + hour * USECS_PER_HOUR;
}

#define is(got, want) ok((got) == (want), "%s is %s", #got, #want)

static void
examples(void)
{
	Interval	span = {.month = 1};

	is(engage_date_make(2000, 1, 1), 0);
	is(engage_date_add_months(engage_date_make(2024, 1, 31), 1), engage_date_make(2024, 2, 29));
	is(engage_date_add_months(engage_date_make(2023, 12, 31), 2), engage_date_make(2024, 2, 29));
	is(engage_date_add_months(engage_date_make(2024, 3, 31), -1), engage_date_make(2024, 2, 29));
	is(engage_date_add_months(engage_date_make(2024, 1, 31), -12), engage_date_make(2023, 1, 31));
	is(engage_date_add_months(engage_date_make(2024, 1, 31), -1), engage_date_make(2023, 12, 31));
	raises(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE, engage_date_add_months(0, PG_INT32_MAX));
	raises(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE, engage_date_add_months(0, PG_INT32_MIN));
	raises(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE, engage_date_add_months(DATEVAL_NOEND, 1));

	is(engage_zone_add(at(2024, 1, 31, 5), &span, NULL), at(2024, 2, 29, 5));
	is(engage_zone_subtract(at(2024, 3, 31, 5), &span, NULL), at(2024, 2, 29, 5));
	/* months, then days, then time */
	span = (Interval) {.month = 1, .day = 1, .time = 25 * USECS_PER_HOUR};
	is(engage_zone_add(at(2023, 1, 31, 0), &span, NULL), at(2023, 3, 2, 1));
	is(engage_zone_add(DT_NOEND, &span, NULL), DT_NOEND);
	is(engage_zone_add(DT_NOBEGIN, &span, NULL), DT_NOBEGIN);
	raises(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE, engage_zone_add(END_TIMESTAMP - 1, &span, NULL));
	raises(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE, engage_zone_subtract(MIN_TIMESTAMP, &span, NULL));
	span = (Interval) {.month = PG_INT32_MAX};
	raises(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE, engage_zone_add(0, &span, NULL));
	span = (Interval) {.day = PG_INT32_MAX};
	raises(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE, engage_zone_add(0, &span, NULL));
	span = (Interval) {.day = PG_INT32_MIN};
	raises(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE, engage_zone_add(0, &span, NULL));
	raises(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE, engage_zone_subtract(0, &span, NULL));
	span = (Interval) {.time = PG_INT64_MAX};
	raises(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE, engage_zone_add(1, &span, NULL));

	is(engage_zone_date(at(2024, 2, 29, 0), NULL), engage_date_make(2024, 2, 29));
	is(engage_zone_date(at(2024, 2, 29, 0) - 1, NULL), engage_date_make(2024, 2, 28));
	is(engage_zone_date(DT_NOEND, NULL), DATEVAL_NOEND);
	is(engage_zone_midnight(DATEVAL_NOEND, NULL), DT_NOEND);
	is(engage_zone_midnight(engage_date_make(2024, 2, 29), NULL), at(2024, 2, 29, 0));
	raises(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE, engage_zone_midnight(engage_date_make(294277, 1, 1), NULL));
	raises(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE, engage_zone_midnight(engage_date_make(5000000, 1, 1), NULL));

	is(engage_zone_next(at(2024, 2, 28, 3), CALENDAR_DAY, NULL), at(2024, 2, 29, 0));
	is(engage_zone_next(at(2024, 2, 28, 0), CALENDAR_DAY, NULL), at(2024, 2, 29, 0));
	is(engage_zone_next(at(2024, 12, 28, 3), CALENDAR_MONTH, NULL), at(2025, 1, 1, 0));
	is(engage_zone_next(at(2024, 1, 31, 3), CALENDAR_MONTH, NULL), at(2024, 2, 1, 0));
	is(engage_zone_next(at(2024, 1, 1, 0), CALENDAR_YEAR, NULL), at(2025, 1, 1, 0));
	is(engage_zone_round_up(at(2024, 1, 1, 0), CALENDAR_YEAR, NULL), at(2024, 1, 1, 0));
	is(engage_zone_round_up(at(2024, 1, 1, 0) + 1, CALENDAR_YEAR, NULL), at(2025, 1, 1, 0));
	is(engage_zone_round_up(DT_NOEND, CALENDAR_DAY, NULL), DT_NOEND);
	is(engage_zone_next_yearly(at(2024, 3, 1, 0), 12, 31, NULL), at(2025, 1, 1, 0));
	is(engage_zone_next_yearly(at(2025, 1, 1, 0) - 1, 12, 31, NULL), at(2025, 1, 1, 0));
	is(engage_zone_next_yearly(at(2025, 1, 1, 0), 12, 31, NULL), at(2026, 1, 1, 0));
	is(engage_zone_next_yearly(at(2023, 3, 1, 0), 2, 29, NULL), at(2024, 3, 1, 0));
	is(engage_zone_next_yearly(at(2024, 3, 1, 0), 2, 29, NULL), at(2025, 3, 1, 0));
}

static void
random_instants(void)
{
	long		wrong = 0;

	for (long i = 0; i < cases(20000); i++)
	{
		TimestampTz instant = (int64) (random_bits() >> 2) % (END_TIMESTAMP / 2);
		int			year;
		int			month;
		int			day;

		for (CalendarUnit unit = CALENDAR_DAY; unit <= CALENDAR_YEAR; unit++)
		{
			TimestampTz next = engage_zone_next(instant, unit, NULL);

			wrong += next <= instant || next - instant > (unit == CALENDAR_DAY ? 1 : unit == CALENDAR_MONTH ? 31 : 366) * USECS_PER_DAY;
			wrong += engage_zone_round_up(next, unit, NULL) != next;
			wrong += engage_zone_round_up(instant, unit, NULL) != (instant % USECS_PER_DAY == 0 && unit == CALENDAR_DAY ? instant : next);
			engage_date_split(engage_zone_date(next, NULL), &year, &month, &day);
			wrong += (unit >= CALENDAR_MONTH && day != 1) || (unit == CALENDAR_YEAR && month != 1);
		}
		month = random_bits() % 12 + 1;
		day = random_bits() % 31 + 1;
		{
			TimestampTz next = engage_zone_next_yearly(instant, month, day, NULL);

			wrong += next <= instant || next - instant > 366 * USECS_PER_DAY;
			wrong += engage_zone_next_yearly(next - 1, month, day, NULL) != next;
		}
	}
	ok(wrong == 0, "beginnings and ends of random days, months and years");
}

void
test_calendar(void)
{
	examples();
	random_instants();
}
