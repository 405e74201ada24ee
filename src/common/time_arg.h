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

/*
 * Microseconds of an interval.  Months are refused, since their length depends
 * on where they begin; days have 24 hours.  "name" is the argument's.
 */
extern int64 engage_elapsed_arg(const Interval *interval, const char *name,
								bool may_be_zero);
extern int64 engage_elapsed_int_arg(int64 length, const char *name, bool may_be_zero);

extern Interval *engage_elapsed_interval(int64 microseconds);

#endif							/* ENGAGE_TIME_ARG_H */
