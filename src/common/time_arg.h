/*-------------------------------------------------------------------------
 *
 * time_arg.h
 *	  Arguments that are points in time or lengths of time.
 *
 * Times are timestamptz or timestamp, both microseconds since 2000-01-01 (the
 * second as it stands, never moved by the session's zone), date, or bigint in
 * a unit of the caller's.  Lengths are intervals without months, or bigint.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_TIME_ARG_H
#define ENGAGE_TIME_ARG_H

#include "common/compat.h"
#include "common/errors.h"
#include "datatype/timestamp.h"
#include "fmgr.h"
#include "utils/date.h"
#include "utils/timestamp.h"

pg_noreturn extern void engage_time_not_finite(int64 time, const char *what);

/* "what" is the noun of the complaint: "event", "order" */
static inline int64
engage_finite_time(int64 time, const char *what)
{
	if (unlikely(TIMESTAMP_NOT_FINITE(time)))
		engage_time_not_finite(time, what);
	return time;
}

extern int64 engage_date_time(int32 date, const char *what);

typedef enum TimeType
{
	TIME_TIMESTAMP,				/* with or without zone */
	TIME_DATE,
	TIME_INT8
} TimeType;

/* An argument that is a point in time; "type" is a constant of the caller's. */
static inline int64
engage_time_arg(Datum time, TimeType type, const char *what)
{
	switch (type)
	{
		case TIME_TIMESTAMP:
			return engage_finite_time(DatumGetTimestamp(time), what);
		case TIME_DATE:
			return engage_date_time(DatumGetDateADT(time), what);
		default:
			return DatumGetInt64(time);
	}
}

/*
 * Microseconds of an interval.  Months are refused, since their length depends
 * on where they begin; days have 24 hours.  "name" is the argument's.
 */
extern int64 engage_elapsed_arg(const Interval *interval, const char *name,
								bool may_be_zero);
extern int64 engage_elapsed_int_arg(int64 length, const char *name, bool may_be_zero);

extern Interval *engage_elapsed_interval(uint64 microseconds);

#endif							/* ENGAGE_TIME_ARG_H */
