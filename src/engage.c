/*-------------------------------------------------------------------------
 *
 * engage.c
 *	  Module entry point.
 *
 * The extension needs no preload library and no background worker: loading it
 * on first use of a function is all there is to it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/compat.h"
#include "fmgr.h"
#include "ledger/clock.h"

ENGAGE_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	engage_define_clock();
}
