/*-------------------------------------------------------------------------
 *
 * key_table.c
 *	  Hash tables over canonical keys.
 *
 * Two kinds of keys are equal when their canonical bytes are.  Integers are
 * kept inside the table's entries; everything else lies in blocks of bytes
 * beside it, because most keys are shorter than a palloc header is wide.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/compat.h"
#include "common/hashfn.h"
#include "common/hash_mix.h"
#include "common/int.h"
#include "common/interrupts.h"
#include "common/key_table.h"
#include "common/memory_limit.h"
#include "utils/memutils.h"

/*
 * Below this many keys the table fits the processor's caches and looking up
 * at once is as fast; above it, a batch of lookups whose cache lines are all
 * requested first takes a third of the time.
 */
#define BATCH_FROM_KEYS		8192
#define BATCH_SIZE			256

/* Key bytes are carved from blocks of growing size. */
#define FIRST_KEY_BLOCK		1024
#define LARGEST_KEY_BLOCK	(1024 * 1024)

void
engage_keyed_memory_check(MemoryContext context, Size more)
{
	if (MemoryContextMemAllocated(context, true) + more > AGGREGATE_MEMORY_LIMIT)
		engage_keyed_memory_exceeded();
}

void
engage_keyed_memory_exceeded(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("the keys of one aggregate need more than 1 GB of memory"),
			 errdetail("An aggregate over customers, orders or words keeps the distinct ones in memory, up to 1 GB."),
			 errhint("Restrict the period, or aggregate a part of the customers at a time, for example WHERE hashtext(customer_id::text) %% 10 = 0.")));
}

const char *
engage_key_kind_name(KeyKind kind)
{
	switch (kind)
	{
		case KEY_INT8:
			return "int8";
		case KEY_UUID:
			return "uuid";
		case KEY_TEXT:
			return "text";
		case KEY_BYTEA:
			return "bytea";
	}
	pg_unreachable();
}

int
engage_key_compare(KeyKind kind, const Key *a, const Key *b)
{
	int			order;

	if (kind == KEY_INT8)
		return a->integer < b->integer ? -1 : a->integer > b->integer;
	order = memcmp(a->bytes, b->bytes, Min(a->len, b->len));
	if (order != 0)
		return order;
	return a->len < b->len ? -1 : a->len > b->len;
}

/* Key bytes in a block: the length, then the bytes. */
typedef struct StoredKey
{
	uint32		len;
	char		bytes[FLEXIBLE_ARRAY_MEMBER];
} StoredKey;

typedef struct IntEntry
{
	int64		key;
	uint32		value;
	char		status;
} IntEntry;

typedef struct BytesEntry
{
	const StoredKey *key;
	uint32		hash;
	uint32		value;
	char		status;
} BytesEntry;

#define SH_PREFIX		int_keys
#define SH_ELEMENT_TYPE	IntEntry
#define SH_KEY_TYPE		int64
#define SH_KEY			key
#define SH_HASH_KEY(tb, k)	hash_mix(k)
#define SH_EQUAL(tb, a, b)	((a) == (b))
#define SH_SCOPE		static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* While a key is looked up it still lies where the row has it. */
typedef struct ProbeKey
{
	const char *bytes;
	uint32		len;
} ProbeKey;

static inline bool
stored_key_equals(const StoredKey *stored, const StoredKey *probe)
{
	return stored->len == probe->len &&
		memcmp(stored->bytes, probe->bytes, probe->len) == 0;
}

#define SH_PREFIX		byte_keys
#define SH_ELEMENT_TYPE	BytesEntry
#define SH_KEY_TYPE		const StoredKey *
#define SH_KEY			key
#define SH_HASH_KEY(tb, k)	hash_bytes((const unsigned char *) (k)->bytes, (k)->len)
#define SH_EQUAL(tb, a, b)	stored_key_equals(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a)	(a)->hash
#define SH_SCOPE		static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct KeyTable
{
	MemoryContext context;
	KeyKind		kind;
	int_keys_hash *ints;		/* for KEY_INT8 */
	byte_keys_hash *bytes;		/* for the others */
	char	   *block;			/* where the next key's bytes go */
	Size		block_left;
	Size		block_size;
	StoredKey  *probe;			/* reused copy of the key being looked up */
	Size		probe_size;
	int64	   *pending;		/* integer keys to be counted, once there are many */
	int			npending;
};

KeyTable *
engage_key_table_create(MemoryContext context, KeyKind kind)
{
	KeyTable   *table = MemoryContextAllocZero(context, sizeof(KeyTable));

	table->context = context;
	table->kind = kind;
	if (kind == KEY_INT8)
		table->ints = int_keys_create(context, 16, NULL);
	else
		table->bytes = byte_keys_create(context, 16, NULL);
	return table;
}

KeyKind
engage_key_table_kind(const KeyTable *table)
{
	return table->kind;
}

static const StoredKey *
store_key(KeyTable *table, const StoredKey *probe)
{
	Size		size = INTALIGN(offsetof(StoredKey, bytes) + probe->len);
	char	   *stored;

	if (size > table->block_left)
	{
		Size		block = Max(size, Min(Max(table->block_size * 2, FIRST_KEY_BLOCK),
										  LARGEST_KEY_BLOCK));

		engage_keyed_memory_check(table->context, block);
		table->block = MemoryContextAlloc(table->context, block);
		table->block_left = block;
		table->block_size = Min(block, LARGEST_KEY_BLOCK);
	}
	stored = table->block;
	table->block += size;
	table->block_left -= size;
	memcpy(stored, probe, offsetof(StoredKey, bytes) + probe->len);
	return (const StoredKey *) stored;
}

/*
 * The value that belongs to the key; zero, and is_new, if it was not there.
 * The pointer is good until the next call.
 */
uint32 *
engage_key_table_find(KeyTable *table, const Key *key, bool *is_new)
{
	bool		found;

	if (table->kind == KEY_INT8)
	{
		int_keys_hash *ints = table->ints;
		IntEntry   *entry;

		if (unlikely(ints->members >= ints->grow_threshold))
			engage_keyed_memory_check(table->context, ints->size * 2 * sizeof(IntEntry));
		entry = int_keys_insert(ints, key->integer, &found);
		if (!found)
			entry->value = 0;
		*is_new = !found;
		return &entry->value;
	}
	else
	{
		byte_keys_hash *bytes = table->bytes;
		BytesEntry *entry;

		if (unlikely(bytes->members >= bytes->grow_threshold))
			engage_keyed_memory_check(table->context, bytes->size * 2 * sizeof(BytesEntry));
		if (unlikely(table->probe_size < offsetof(StoredKey, bytes) + key->len))
		{
			if (table->probe != NULL)
				pfree(table->probe);
			table->probe_size = Max(128, offsetof(StoredKey, bytes) + 2 * (Size) key->len);
			table->probe = MemoryContextAllocHuge(table->context, table->probe_size);
		}
		table->probe->len = key->len;
		memcpy(table->probe->bytes, key->bytes, key->len);
		entry = byte_keys_insert(bytes, table->probe, &found);
		if (!found)
		{
			entry->value = 0;
			/* stays valid: storing does not touch the hash table */
			entry->key = store_key(table, table->probe);
		}
		*is_new = !found;
		return &entry->value;
	}
}

static inline void
add_count(uint32 *count, uint32 more)
{
	if (unlikely(pg_add_u32_overflow(*count, more, count)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("one key has more than %u rows", PG_UINT32_MAX)));
}

static void
count_pending(KeyTable *table)
{
	int_keys_hash *ints = table->ints;
	Key			key = {0};
	bool		is_new;

	for (int i = 0; i < table->npending; i++)
		__builtin_prefetch(&ints->data[hash_mix(table->pending[i]) & ints->sizemask], 1);
	for (int i = 0; i < table->npending; i++)
	{
		key.integer = table->pending[i];
		add_count(engage_key_table_find(table, &key, &is_new), 1);
	}
	table->npending = 0;
}

/*
 * Use the value as a count of the key's rows.  A table is used either for
 * this or with engage_key_table_find(), not both.
 */
void
engage_key_table_count(KeyTable *table, const Key *key, uint32 more)
{
	bool		is_new;

	if (table->pending != NULL && more == 1)
	{
		table->pending[table->npending++] = key->integer;
		if (table->npending == BATCH_SIZE)
			count_pending(table);
		return;
	}
	add_count(engage_key_table_find(table, key, &is_new), more);
	if (is_new && table->pending == NULL && table->kind == KEY_INT8 &&
		table->ints->members >= BATCH_FROM_KEYS)
		table->pending = MemoryContextAlloc(table->context, BATCH_SIZE * sizeof(int64));
}

/* Number of distinct keys. */
uint32
engage_key_table_size(KeyTable *table)
{
	count_pending(table);
	return table->kind == KEY_INT8 ? table->ints->members : table->bytes->members;
}

/*
 * Entries without their keys; start with a zero position, and after
 * engage_key_table_size().
 */
bool
engage_key_table_next(KeyTableScan *scan, uint32 *value)
{
	if (scan->table->kind == KEY_INT8)
	{
		int_keys_hash *ints = scan->table->ints;

		while (scan->position < ints->size)
		{
			IntEntry   *entry = &ints->data[scan->position++];

			if (entry->status == int_keys_SH_IN_USE)
			{
				*value = entry->value;
				return true;
			}
		}
	}
	else
	{
		byte_keys_hash *bytes = scan->table->bytes;

		while (scan->position < bytes->size)
		{
			BytesEntry *entry = &bytes->data[scan->position++];

			if (entry->status == byte_keys_SH_IN_USE)
			{
				*value = entry->value;
				return true;
			}
		}
	}
	return false;
}

#define ST_SORT sort_int_entries
#define ST_ELEMENT_TYPE KeyTableEntry
#define ST_COMPARE(a, b) engage_key_compare(KEY_INT8, &(a)->key, &(b)->key)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT sort_bytes_entries
#define ST_ELEMENT_TYPE KeyTableEntry
#define ST_COMPARE(a, b) engage_key_compare(KEY_TEXT, &(a)->key, &(b)->key)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* All entries in key order, in the current memory context. */
KeyTableEntry *
engage_key_table_sorted(KeyTable *table)
{
	uint32		n = engage_key_table_size(table);
	KeyTableEntry *entries;
	uint32		i = 0;

	engage_keyed_memory_check(table->context, (Size) n * sizeof(KeyTableEntry));
	entries = MemoryContextAllocHuge(CurrentMemoryContext,
									 Max(1, (Size) n) * sizeof(KeyTableEntry));
	if (table->kind == KEY_INT8)
	{
		int_keys_iterator iterator;
		IntEntry   *entry;

		int_keys_start_iterate(table->ints, &iterator);
		while ((entry = int_keys_iterate(table->ints, &iterator)) != NULL)
		{
			check_interrupts_at(i);
			entries[i].key.integer = entry->key;
			entries[i].key.bytes = NULL;
			entries[i].key.len = 0;
			entries[i++].value = entry->value;
		}
	}
	else
	{
		byte_keys_iterator iterator;
		BytesEntry *entry;

		byte_keys_start_iterate(table->bytes, &iterator);
		while ((entry = byte_keys_iterate(table->bytes, &iterator)) != NULL)
		{
			check_interrupts_at(i);
			entries[i].key.integer = 0;
			entries[i].key.bytes = entry->key->bytes;
			entries[i].key.len = entry->key->len;
			entries[i++].value = entry->value;
		}
	}
	Assert(i == n);
	if (table->kind == KEY_INT8)
		sort_int_entries(entries, n);
	else
		sort_bytes_entries(entries, n);
	return entries;
}
