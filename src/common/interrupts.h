/*-------------------------------------------------------------------------
 *
 * interrupts.h
 *	  Cancelling loops over user data.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_INTERRUPTS_H
#define ENGAGE_INTERRUPTS_H

#include "miscadmin.h"

/* In round i of a loop whose rounds are short: look every 4096 of them. */
static inline void
check_interrupts_at(int64 i)
{
	if (unlikely((i & 0xFFF) == 0))
		CHECK_FOR_INTERRUPTS();
}

#endif							/* ENGAGE_INTERRUPTS_H */
