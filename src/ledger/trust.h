/*-------------------------------------------------------------------------
 *
 * trust.h
 *	  Code that somebody put into the tables of a ledger.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_TRUST_H
#define ENGAGE_LEDGER_TRUST_H

#include "ledger/ledger.h"

/* A description of the first piece found, in the ledger's memory; or NULL. */
extern const char *engage_find_foreign_code(Ledger *ledger);
pg_noreturn extern void engage_refuse_foreign_code(const Ledger *ledger);

#endif							/* ENGAGE_LEDGER_TRUST_H */
