/*-------------------------------------------------------------------------
 *
 * engage.c
 *	  Module entry point.
 *
 * The extension needs no preload library, no background worker and no GUC:
 * loading it on first use of a function is all there is to it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/compat.h"
#include "fmgr.h"

ENGAGE_MODULE_MAGIC;
