/*-------------------------------------------------------------------------
 *
 * timeline.h
 *	  What the files about timelines share on the server's side.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_TIMELINE_H
#define ENGAGE_TIMELINE_H

#include "behaviour/timeline_core.h"
#include "fmgr.h"
#include "utils/array.h"

#define PG_GETARG_TIMELINE_PP(n) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n))

/* An argument that is a timeline, opened */
static inline void
timeline_arg(Timeline *timeline, Datum datum)
{
	engage_timeline_open(timeline, PG_DETOAST_DATUM_PACKED(datum));
}

/* Names of an argument text[]; those that are NULL are left out. */
extern EventName *engage_names_arg(ArrayType *array, int *nnames);

/* What a value of an event must be: finite */
extern double engage_event_value(double value);

/* Of each name of the timeline, its index in "names" (of a text[]) or -1 */
extern int *engage_match_names(const Timeline *timeline, const EventName *names, int nnames);

#endif							/* ENGAGE_TIMELINE_H */
