/*-------------------------------------------------------------------------
 *
 * periods.c
 *	  Arguments "unit" and "time zone" of functions by period.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/periods.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
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

/*
 * With a zone, times are of type "any": if timestamptz were declared, the server
 * would turn a timestamp into one by the session's zone.
 */
void
engage_period_check_zoned(FunctionCallInfo fcinfo, int time_argno)
{
	Oid			type;

	type = get_fn_expr_argtype(fcinfo->flinfo, time_argno);
	if (OidIsValid(type))
		type = getBaseType(type);
	if (type == TIMESTAMPOID || type == DATEOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a %s has no time zone to be moved from", format_type_be(type)),
				 errhint("Leave the zone out to take it as it stands, or say whose clock it is of: ts AT TIME ZONE 'UTC'.")));
	if (type != TIMESTAMPTZOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the times of events must be of type timestamptz, not %s",
						OidIsValid(type) ? format_type_be(type) : "unknown"),
				 errhint("Cast them: ts::timestamptz.")));
}

void
engage_period_check_date_unit(PeriodUnit unit)
{
	if (unlikely(unit == PERIOD_HOUR))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a date does not say in which hour an event was"),
				 errhint("Give a timestamp, or the unit day.")));
}

int64
engage_period_rolling_length(PeriodUnit unit)
{
	switch (unit)
	{
		case PERIOD_HOUR:
			return USECS_PER_HOUR;
		case PERIOD_DAY:
			return USECS_PER_DAY;
		case PERIOD_WEEK:
		case PERIOD_WEEK_SUNDAY:
		case PERIOD_WEEK_SATURDAY:
			return 7 * USECS_PER_DAY;
		case PERIOD_MONTH:
			return 30 * USECS_PER_DAY;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a rolling period cannot be a %s", engage_period_unit_name(unit)),
					 errdetail("Rolling periods are hours, days of 24 hours, weeks of 7 days and months of 30 days."),
					 errhint("Use one of these units, or periods of the calendar.")));
	}
	return 0;					/* not reached */
}
