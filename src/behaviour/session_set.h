/*-------------------------------------------------------------------------
 *
 * session_set.h
 *	  What the files about sessions share on the server's side.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_SESSION_SET_H
#define ENGAGE_SESSION_SET_H

#include "behaviour/session_set_core.h"
#include "fmgr.h"

/* An argument that is a session_set, opened */
static inline void
session_set_arg(SessionSet *set, Datum datum)
{
	engage_session_set_open(set, PG_DETOAST_DATUM_PACKED(datum));
}

/* An argument "gap", which must not be NULL */
extern int64 engage_gap_arg(FunctionCallInfo fcinfo, int argno);
pg_noreturn extern void engage_gap_changed(void);

/* Two arguments from "argno" on that say what an event is; NULL is false. */
static inline int
event_flag_args(FunctionCallInfo fcinfo, int argno)
{
	int			flags = 0;

	if (!PG_ARGISNULL(argno) && PG_GETARG_BOOL(argno))
		flags |= EVENT_IS_PAGE;
	if (!PG_ARGISNULL(argno + 1) && PG_GETARG_BOOL(argno + 1))
		flags |= EVENT_IS_KEY;
	return flags;
}

/* GA4's session that is no bounce: long enough, or a key event, or two pages */
static inline bool
session_is_engaged(const Session *session, int64 longer_than)
{
	return session_duration(session) > (uint64) longer_than || session->keys > 0 || session->pages > 1;
}

static inline bool
session_is_bounce(const Session *session)
{
	return session->pages == 1;
}

#endif							/* ENGAGE_SESSION_SET_H */
