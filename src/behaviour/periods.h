/*-------------------------------------------------------------------------
 *
 * periods.h
 *	  Arguments "unit" and "time zone" of functions by period.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_PERIODS_H
#define ENGAGE_PERIODS_H

#include "behaviour/periods_core.h"
#include "fmgr.h"

/*
 * What a call site remembers of its last row: unit and zone seldom change, so
 * their names are compared instead of looked up.
 */
typedef struct PeriodArgs
{
	struct varlena *unit_name;
	struct varlena *zone_name;
	PeriodUnit	unit;
	bool		is_checked;		/* for the caller: types of its arguments */
	ZoneClock	clock;
} PeriodArgs;

extern PeriodArgs *engage_period_args(FunctionCallInfo fcinfo);
extern void engage_period_unit_arg(PeriodArgs *args, struct varlena *name,
								   MemoryContext context);
extern void engage_period_zone_arg(PeriodArgs *args, struct varlena *name,
								   MemoryContext context);

/* The period of an event, or of a moment asked about. */
extern int64 engage_period_of_arg(PeriodUnit unit, Timestamp local);

/* Complaints about the times of events, by their types */
extern void engage_period_check_zoned(FunctionCallInfo fcinfo, int time_argno);
extern void engage_period_check_date_unit(PeriodUnit unit);

/* Microseconds of a rolling period, which begins with an event, not with the calendar */
extern int64 engage_period_rolling_length(PeriodUnit unit);

/* How many of them later a time lies; it is not before "first". */
static inline int64
engage_period_rolled(int64 first, int64 time, int64 length)
{
	return (int64) (((uint64) time - (uint64) first) / (uint64) length);
}

#endif							/* ENGAGE_PERIODS_H */
