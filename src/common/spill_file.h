/*-------------------------------------------------------------------------
 *
 * spill_file.h
 *	  A temporary file of an aggregate: bytes are appended, read back by
 *	  position, and given back when nobody needs them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_SPILL_FILE_H
#define ENGAGE_SPILL_FILE_H

#include "common/compat.h"

typedef struct SpillFile SpillFile;

extern SpillFile *engage_spill_file_create(MemoryContext context);
extern int64 engage_spill_file_write(SpillFile *file, const void *bytes, Size length);
extern void engage_spill_file_read(SpillFile *file, int64 position, void *bytes, Size length);
extern void engage_spill_file_free(SpillFile *file, int64 length);

#endif							/* ENGAGE_SPILL_FILE_H */
