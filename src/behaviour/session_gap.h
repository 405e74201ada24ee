/*-------------------------------------------------------------------------
 *
 * session_gap.h
 *	  When a session ends.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_SESSION_GAP_H
#define ENGAGE_SESSION_GAP_H

#include "common/compat.h"

/* A pause that is as long as the gap does not end a session. */
static inline bool
session_goes_on(int64 last, int64 time, int64 gap)
{
	return (uint64) time - (uint64) last <= (uint64) gap;
}

#endif							/* ENGAGE_SESSION_GAP_H */
