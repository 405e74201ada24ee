/*-------------------------------------------------------------------------
 *
 * clock.h
 *	  The setting engage.now; ledger.h has the clock itself.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_CLOCK_H
#define ENGAGE_LEDGER_CLOCK_H

extern void engage_define_clock(void);

#endif							/* ENGAGE_LEDGER_CLOCK_H */
