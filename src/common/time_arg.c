/*-------------------------------------------------------------------------
 *
 * time_arg.c
 *	  Arguments that are points in time or lengths of time.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "common/time_arg.h"
#include "utils/builtins.h"

void
engage_time_not_finite(int64 time, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_ENGAGE_INVALID_TIME),
			 errmsg("an %s's time must not be %s", what,
					time == DT_NOBEGIN ? "-infinity" : "infinity"),
			 errdetail("There is no length of time to or from it."),
			 errhint("Leave such rows out with FILTER (WHERE isfinite(ts)).")));
}

/* Midnight of a day, as a time without zone */
int64
engage_date_time(int32 date, const char *what)
{
	int			overflow;
	int64		time = date2timestamp_opt_overflow(date, &overflow);

	if (unlikely(overflow != 0))
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_INVALID_TIME),
				 errmsg("%s date %s is out of range", what,
						DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(date)))),
				 errdetail("Dates are accepted as far as type timestamp reaches, to 294276-12-31."),
				 errhint("Leave such rows out with FILTER (WHERE ts < '294277-01-01').")));
	return engage_finite_time(time, what);
}

pg_noreturn static void
length_error(const char *name, char *length, bool may_be_zero)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must be %s, not %s", name,
					may_be_zero ? "zero or more" : "more than zero", length),
			 errhint("Write a length of time such as '30 minutes' or '7 days'.")));
}

int64
engage_elapsed_arg(const Interval *interval, const char *name, bool may_be_zero)
{
	int64		result;
	bool		fits;

	if (unlikely(interval->month != 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not have months or years, as %s has", name,
						DatumGetCString(DirectFunctionCall1(interval_out, PointerGetDatum(interval)))),
				 errdetail("Their length depends on where they begin."),
				 errhint("Write days, for example '30 days'.")));
	fits = !pg_mul_s64_overflow(interval->day, USECS_PER_DAY, &result) &&
		!pg_add_s64_overflow(result, interval->time, &result);
	if (unlikely(!fits || result < 0 || (result == 0 && !may_be_zero)))
	{
		if (!fits && interval->day > 0)
			return PG_INT64_MAX;	/* 292 thousand years do as well */
		length_error(name, DatumGetCString(DirectFunctionCall1(interval_out, PointerGetDatum(interval))),
					 may_be_zero);
	}
	return result;
}

int64
engage_elapsed_int_arg(int64 length, const char *name, bool may_be_zero)
{
	if (unlikely(length < 0 || (length == 0 && !may_be_zero)))
		length_error(name, psprintf(INT64_FORMAT, length), may_be_zero);
	return length;
}

/* A length of time as users want to read it: days of 24 hours and the rest. */
Interval *
engage_elapsed_interval(uint64 microseconds)
{
	Interval   *result = palloc0(sizeof(Interval));

	result->day = (int32) (microseconds / USECS_PER_DAY);
	result->time = (int64) (microseconds % USECS_PER_DAY);
	return result;
}
