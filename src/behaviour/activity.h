/*-------------------------------------------------------------------------
 *
 * activity.h
 *	  The type activity in SQL: what its files share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_ACTIVITY_H
#define ENGAGE_ACTIVITY_H

#include "behaviour/activity_core.h"
#include "fmgr.h"

/*
 * Look at an argument, where it lies unless it is compressed or stored out of
 * line.
 */
static inline void
engage_activity_arg(FunctionCallInfo fcinfo, int n, ActivityView *view)
{
	engage_activity_open(view, PG_DETOAST_DATUM_PACKED(fcinfo->args[n].value));
}

/* Error NG004 unless two units are the same */
extern void engage_activity_check_units(PeriodUnit one, PeriodUnit other);

#endif							/* ENGAGE_ACTIVITY_H */
