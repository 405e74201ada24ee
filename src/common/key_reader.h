/*-------------------------------------------------------------------------
 *
 * key_reader.h
 *	  SQL arguments of any type as canonical keys.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_KEY_READER_H
#define ENGAGE_KEY_READER_H

#include "common/key_table.h"
#include "fmgr.h"

/* How to turn one argument into a key; found once per call site. */
typedef struct KeyReader
{
	Oid			type;
	KeyKind		kind;
	FmgrInfo	output;			/* for types kept as their text form */
} KeyReader;

extern void engage_key_reader_init(KeyReader *reader, FunctionCallInfo fcinfo,
								   int argno, const char *what);
extern void engage_key_reader_init_type(KeyReader *reader, Oid type, MemoryContext context,
										const char *what);
extern void engage_key_check_collation(Oid collation, const char *what);
extern void engage_key_read(KeyReader *reader, Datum value, Key *key);

#endif							/* ENGAGE_KEY_READER_H */
