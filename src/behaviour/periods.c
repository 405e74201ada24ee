/*-------------------------------------------------------------------------
 *
 * periods.c
 *	  Arguments "unit" and "time zone" of functions by period.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/periods.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PeriodArgs *
engage_period_args(FunctionCallInfo fcinfo)
{
	FmgrInfo   *call = fcinfo->flinfo;

	if (call->fn_extra == NULL)
		call->fn_extra = MemoryContextAllocZero(call->fn_mcxt, sizeof(PeriodArgs));
	return call->fn_extra;
}

static inline bool
same_name(const struct varlena *known, const struct varlena *name)
{
	return known != NULL && VARSIZE_ANY(known) == VARSIZE_ANY(name) &&
		memcmp(known, name, VARSIZE_ANY(name)) == 0;
}

static void
remember_name(struct varlena **known, const struct varlena *name, MemoryContext context)
{
	if (*known != NULL)
		pfree(*known);
	*known = NULL;
	*known = MemoryContextAlloc(context, VARSIZE_ANY(name));
	memcpy(*known, name, VARSIZE_ANY(name));
}

void
engage_period_unit_arg(PeriodArgs *args, struct varlena *name, MemoryContext context)
{
	if (likely(same_name(args->unit_name, name)))
		return;
	if (!engage_period_unit_parse(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), &args->unit))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown unit of periods: \"%s\"", text_to_cstring(name)),
				 errdetail("The units are " PERIOD_UNIT_NAMES "."),
				 errhint("A week begins on Monday, a week_sunday on Sunday, a week_saturday on Saturday.")));
	remember_name(&args->unit_name, name, context);
}

/*
 * Zones are what SET TimeZone takes.  AT TIME ZONE prefers abbreviations, whose
 * meaning depends on a setting of the session, and for which CET has no summer.
 */
void
engage_period_zone_arg(PeriodArgs *args, struct varlena *name, MemoryContext context)
{
	char	   *zone_name;
	pg_tz	   *zone = NULL;

	if (likely(same_name(args->zone_name, name)))
		return;
	zone_name = text_to_cstring(name);
	if (strlen(zone_name) <= TZ_STRLEN_MAX)
		zone = pg_tzset(zone_name);
	if (zone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" not recognized", zone_name),
				 errhint("Use a name of pg_timezone_names; abbreviations are not taken.")));
	pfree(zone_name);
	engage_zone_clock_init(&args->clock, zone);
	remember_name(&args->zone_name, name, context);
}

int64
engage_period_of_arg(PeriodUnit unit, Timestamp local)
{
	int64		ordinal = engage_period_of(unit, local);

	if (unlikely(!engage_period_is_valid(unit, ordinal)))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range"),
				 errdetail("Its %s does not begin and end within the range of type timestamp.",
						   engage_period_unit_name(unit))));
	return ordinal;
}
