/*-------------------------------------------------------------------------
 *
 * key_table.h
 *	  Canonical keys, and hash tables over them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_KEY_TABLE_H
#define ENGAGE_KEY_TABLE_H

#include "common/compat.h"

/*
 * What a key is stored as.  All integer types share one kind, so tables and
 * stored values of integer and bigint columns meet; types that are neither
 * integers, uuid nor bytea are kept as text.  The numbers are part of stored
 * values.
 */
typedef enum KeyKind
{
	KEY_INT8 = 1,
	KEY_UUID = 2,
	KEY_TEXT = 3,
	KEY_BYTEA = 4
} KeyKind;

#define KEY_KIND_IS_VALID(kind) ((kind) >= KEY_INT8 && (kind) <= KEY_BYTEA)

typedef struct Key
{
	int64		integer;		/* for KEY_INT8 */
	const char *bytes;			/* for the others */
	uint32		len;
} Key;

extern int	engage_key_compare(KeyKind kind, const Key *a, const Key *b);
extern const char *engage_key_kind_name(KeyKind kind);

/*
 * A hash table from key to a 32-bit value of the caller's: a dense number to
 * look other things up by, or a count.
 */
typedef struct KeyTable KeyTable;

extern KeyTable *engage_key_table_create(MemoryContext context, KeyKind kind);
extern KeyKind engage_key_table_kind(const KeyTable *table);
extern uint32 engage_key_table_size(KeyTable *table);
extern uint32 *engage_key_table_find(KeyTable *table, const Key *key, bool *is_new);
extern void engage_key_table_count(KeyTable *table, const Key *key, uint32 more);

typedef struct KeyTableEntry
{
	Key			key;
	uint32		value;
} KeyTableEntry;

extern KeyTableEntry *engage_key_table_sorted(KeyTable *table);

/* one pass over all entries in no particular order */
typedef struct KeyTableScan
{
	KeyTable   *table;
	uint32		position;
} KeyTableScan;

extern bool engage_key_table_next(KeyTableScan *scan, uint32 *value);

/* Room for "more" bytes in the memory of a keyed aggregate? */
extern void engage_keyed_memory_check(MemoryContext context, Size more);
pg_noreturn extern void engage_keyed_memory_exceeded(void);

#endif							/* ENGAGE_KEY_TABLE_H */
