/*-------------------------------------------------------------------------
 *
 * time_unit.h
 *	  Units in which stored values count time: the coarsest in which all their
 *	  times are whole.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_TIME_UNIT_H
#define ENGAGE_TIME_UNIT_H

#include "datatype/timestamp.h"

typedef enum TimeUnit
{
	UNIT_MICROSECOND = 0,
	UNIT_MILLISECOND = 1,
	UNIT_SECOND = 2,
	UNIT_MINUTE = 3,
	UNIT_HOUR = 4,
	UNIT_DAY = 5
} TimeUnit;

/* in microseconds */
static inline int64
time_unit_length(TimeUnit unit)
{
	static const int64 lengths[] = {
		1, 1000, USECS_PER_SEC, USECS_PER_MINUTE, USECS_PER_HOUR, USECS_PER_DAY
	};

	return lengths[unit];
}

/* (With the divisor constant, the compiler multiplies instead.) */
static inline bool
time_is_whole(int64 time, TimeUnit unit)
{
	switch (unit)
	{
		case UNIT_DAY:
			return time % USECS_PER_DAY == 0;
		case UNIT_HOUR:
			return time % USECS_PER_HOUR == 0;
		case UNIT_MINUTE:
			return time % USECS_PER_MINUTE == 0;
		case UNIT_SECOND:
			return time % USECS_PER_SEC == 0;
		case UNIT_MILLISECOND:
			return time % 1000 == 0;
		case UNIT_MICROSECOND:
			break;
	}
	return true;
}

static inline uint64
time_whole_units(uint64 difference, TimeUnit unit)
{
	switch (unit)
	{
		case UNIT_DAY:
			return difference / USECS_PER_DAY;
		case UNIT_HOUR:
			return difference / USECS_PER_HOUR;
		case UNIT_MINUTE:
			return difference / USECS_PER_MINUTE;
		case UNIT_SECOND:
			return difference / USECS_PER_SEC;
		case UNIT_MILLISECOND:
			return difference / 1000;
		case UNIT_MICROSECOND:
			break;
	}
	return difference;
}

#endif							/* ENGAGE_TIME_UNIT_H */
