/*-------------------------------------------------------------------------
 *
 * periods_core.h
 *	  Periods of the calendar as ordinal numbers.
 *
 * A period is an hour, day, week, month, quarter or year of a local clock.
 * Its ordinal counts from the period of 2000-01-01 00:00, which is 0, so the
 * next period is always one more: whatever is said of neighbouring periods
 * needs no calendar, and neither the turn of a year nor a day of 23 hours is
 * a special case.  (The number of a day is its date's.)
 *
 * An instant is moved to the local clock of a time zone by a ZoneClock, which
 * remembers between which instants an offset holds.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_PERIODS_CORE_H
#define ENGAGE_PERIODS_CORE_H

#include "common/compat.h"
#include "datatype/timestamp.h"
#include "lib/stringinfo.h"
#include "pgtime.h"

/* Stored: the numbers never change. */
typedef enum PeriodUnit
{
	PERIOD_HOUR = 0,
	PERIOD_DAY = 1,
	PERIOD_WEEK = 2,			/* begins on Monday */
	PERIOD_WEEK_SUNDAY = 3,
	PERIOD_WEEK_SATURDAY = 4,
	PERIOD_MONTH = 5,
	PERIOD_QUARTER = 6,
	PERIOD_YEAR = 7
} PeriodUnit;

#define PERIOD_UNITS 8

/* for messages: what engage_period_unit_parse takes */
#define PERIOD_UNIT_NAMES \
	"hour, day, week, week_sunday, week_saturday, month, quarter and year"

/* A name of a unit, in any case, singular or plural. */
extern bool engage_period_unit_parse(const char *name, size_t length,
									 PeriodUnit *unit);
extern const char *engage_period_unit_name(PeriodUnit unit);

/* The period that a local time lies in, and the local time at which it begins. */
extern int64 engage_period_of(PeriodUnit unit, Timestamp local);
extern Timestamp engage_period_start(PeriodUnit unit, int64 ordinal);

/* The first period that begins at a local time or after it; an infinite one
 * gives a number beyond every period. */
extern int64 engage_period_from(PeriodUnit unit, Timestamp local);

/*
 * Periods that begin, and end, within the range of timestamps.  Only these
 * are ever stored.
 */
extern int64 engage_period_min(PeriodUnit unit);
extern int64 engage_period_max(PeriodUnit unit);

static inline bool
engage_period_is_valid(PeriodUnit unit, int64 ordinal)
{
	return ordinal >= engage_period_min(unit) && ordinal <= engage_period_max(unit);
}

/*
 * Text: 2024-01-03T05, 2024-01-03, 2024-01-01 (the first day of the week),
 * 2024-01, 2024-Q1, 2024.  Years have at least four digits; year 0 is 1 BC,
 * before it they are negative.
 */
extern void engage_period_print(StringInfo buffer, PeriodUnit unit, int64 ordinal);

/* Read one, move *text behind it; or NULL, or what was expected there. */
extern const char *engage_period_parse(PeriodUnit unit, const char **text,
									   int64 *ordinal);

/* ------------------------------------------------------------- time zones */

/* From "since" to before "until", local time is later by "offset". */
typedef struct ZoneSpan
{
	TimestampTz since;
	TimestampTz until;
	int64		offset;
} ZoneSpan;

#define ZONE_SPANS 4

typedef struct ZoneClock
{
	pg_tz	   *zone;
	int			current;
	int			oldest;
	ZoneSpan	spans[ZONE_SPANS];
} ZoneClock;

extern void engage_zone_clock_init(ZoneClock *clock, pg_tz *zone);
extern int64 engage_zone_clock_look_up(ZoneClock *clock, TimestampTz instant);

/* What the local clock shows.  It may lie outside the range of timestamps. */
static inline Timestamp
engage_zone_local(ZoneClock *clock, TimestampTz instant)
{
	const ZoneSpan *span = &clock->spans[clock->current];

	if (likely(instant >= span->since && instant < span->until))
		return instant + span->offset;
	return instant + engage_zone_clock_look_up(clock, instant);
}

#endif							/* ENGAGE_PERIODS_CORE_H */
