/*-------------------------------------------------------------------------
 *
 * verify_rows.h
 *	  The rows of a ledger, member by member, for ledger_verify().
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_VERIFY_ROWS_H
#define ENGAGE_LEDGER_VERIFY_ROWS_H

#include "common/result_rows.h"
#include "ledger/ledger.h"
#include "ledger/verify_core.h"

typedef struct Verification
{
	Ledger	   *ledger;
	Verifier	v;
	ResultRows	result;
	MemoryContext context;
	Datum		member;			/* at hand */
} Verification;

/* Reads the tables that the checks ask for, and makes the checks. */
extern void engage_verify_rows(Verification *run);

#endif							/* ENGAGE_LEDGER_VERIFY_ROWS_H */
