/*-------------------------------------------------------------------------
 *
 * calendar.h
 *	  Instants and days in a named time zone.
 *
 * A ledger has a time zone of its own.  The server's arithmetic of intervals
 * uses the session's, so it cannot be used here; these functions do the same
 * in a given zone.  Results outside the range of their type are errors 22008.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_CALENDAR_H
#define ENGAGE_LEDGER_CALENDAR_H

#include "common/compat.h"
#include "datatype/timestamp.h"
#include "pgtime.h"
#include "utils/date.h"

typedef enum CalendarUnit
{
	CALENDAR_DAY,
	CALENDAR_MONTH,
	CALENDAR_YEAR
} CalendarUnit;

/*
 * An instant plus an interval, as timestamptz + interval gives in a session
 * of this zone: months, then days, then time.  Infinite instants stay.
 */
extern TimestampTz engage_zone_add(TimestampTz instant, const Interval *span,
								   pg_tz *zone);
extern TimestampTz engage_zone_subtract(TimestampTz instant,
										const Interval *span, pg_tz *zone);

/* The day on which an instant falls.  Infinite instants give infinite days. */
extern DateADT engage_zone_date(TimestampTz instant, pg_tz *zone);

/* When a day begins, as its cast to timestamptz says in a session of this zone. */
extern TimestampTz engage_zone_midnight(DateADT day, pg_tz *zone);

/* The first beginning of a day, month or year after an instant ... */
extern TimestampTz engage_zone_next(TimestampTz instant, CalendarUnit unit,
									pg_tz *zone);

/* ... or at it. */
extern TimestampTz engage_zone_round_up(TimestampTz instant, CalendarUnit unit,
										pg_tz *zone);

/*
 * The first end of such a day of the year after an instant.  A day that a
 * year does not have, such as 29 February, is the last one of its month.
 */
extern TimestampTz engage_zone_next_yearly(TimestampTz instant, int month,
										   int day_of_month, pg_tz *zone);

/* As text in this zone, with its offset, whatever the session's settings are. */
extern char *engage_zone_show(TimestampTz instant, pg_tz *zone);

/* Days: no zone is needed. */
extern DateADT engage_date_make(int year, int month, int day_of_month);
extern void engage_date_split(DateADT day, int *year, int *month,
							  int *day_of_month);

/* So many months later, on the last day of the month if it is too short. */
extern DateADT engage_date_add_months(DateADT day, int months);

#endif							/* ENGAGE_LEDGER_CALENDAR_H */
