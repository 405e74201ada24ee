/*
 * Functions of the ledger's calendar as SQL functions, for the test that compares them with the
 * server's own arithmetic: test/t/026_calendar.pl compiles this into a library of its own.
 */
#include "postgres.h"

#include "fmgr.h"
#include "ledger/calendar.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_MODULE_MAGIC;

static pg_tz *
zone_argument(text *name)
{
	pg_tz	   *zone = pg_tzset(text_to_cstring(name));

	if (zone == NULL)
		elog(ERROR, "unknown time zone");
	return zone;
}

#define ZONE(n) zone_argument(PG_GETARG_TEXT_PP(n))

PG_FUNCTION_INFO_V1(test_zone_add);
Datum
test_zone_add(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(engage_zone_add(PG_GETARG_TIMESTAMPTZ(0), PG_GETARG_INTERVAL_P(1), ZONE(2)));
}

PG_FUNCTION_INFO_V1(test_zone_subtract);
Datum
test_zone_subtract(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(engage_zone_subtract(PG_GETARG_TIMESTAMPTZ(0), PG_GETARG_INTERVAL_P(1), ZONE(2)));
}

PG_FUNCTION_INFO_V1(test_zone_date);
Datum
test_zone_date(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(engage_zone_date(PG_GETARG_TIMESTAMPTZ(0), ZONE(1)));
}

PG_FUNCTION_INFO_V1(test_zone_midnight);
Datum
test_zone_midnight(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(engage_zone_midnight(PG_GETARG_DATEADT(0), ZONE(1)));
}

PG_FUNCTION_INFO_V1(test_zone_next);
Datum
test_zone_next(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(engage_zone_next(PG_GETARG_TIMESTAMPTZ(0), (CalendarUnit) PG_GETARG_INT32(1), ZONE(2)));
}

PG_FUNCTION_INFO_V1(test_zone_show);
Datum
test_zone_show(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(engage_zone_show(PG_GETARG_TIMESTAMPTZ(0), ZONE(1))));
}

PG_FUNCTION_INFO_V1(test_date_add_months);
Datum
test_date_add_months(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(engage_date_add_months(PG_GETARG_DATEADT(0), PG_GETARG_INT32(1)));
}
