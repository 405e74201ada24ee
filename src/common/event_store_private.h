/*-------------------------------------------------------------------------
 *
 * event_store_private.h
 *	  What event_store.c, which collects, and event_reader.c, which hands out,
 *	  know of a store.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_EVENT_STORE_PRIVATE_H
#define ENGAGE_EVENT_STORE_PRIVATE_H

#include "common/event_store.h"
#include "common/hash_mix.h"
#include "common/spill_file.h"
#include "lib/ilist.h"
#include "port/pg_bitutils.h"

/*
 * A record is a number of words of 64 bits:
 *
 *	head	an integer customer; or, of other keys, a hash (32 bits) and a
 *			length (32 bits), which is SAME_KEY if the key is that of the
 *			record before
 *	body	1 word (time and payload packed), 2 (time, payload) or
 *			3 (time, payload, value)
 *	key		its bytes, if any, filled up with zeros
 *
 * Records that lie together have bodies of the same size.
 */
#define SAME_KEY		PG_UINT32_MAX

static inline uint32
head_length(int64 head)
{
	return (uint32) head;
}

static inline uint32
head_hash(int64 head)
{
	return (uint32) ((uint64) head >> 32);
}

static inline Size
key_words(uint32 length)
{
	return length == SAME_KEY ? 0 : ((Size) length + 7) / 8;
}

static inline Size
record_words(KeyKind kind, const int64 *record, int body_words)
{
	return 1 + body_words + (kind == KEY_INT8 ? 0 : key_words(head_length(*record)));
}

/* The 32 bits by which customers are distributed. */
static inline uint32
record_hash(KeyKind kind, int64 head)
{
	return kind == KEY_INT8 ? (uint32) (hash_mix64(head) >> 32) : head_hash(head);
}

/* Records in memory */
typedef struct Chunk
{
	struct Chunk *next;
	Size		size;			/* as allocated */
	int64	   *end;			/* of the records; unless it is the last chunk */
	int			body_words;
	int64		records[FLEXIBLE_ARRAY_MEMBER];
} Chunk;

/* A share of the customers: where its records are in memory */
typedef struct Partition
{
	int64	   *at;				/* in the last chunk */
	int64	   *end;
	int64	   *last_key;		/* record of the last chunk that has its key */
	Chunk	   *first;
	Chunk	   *last;
} Partition;

/* Records in the file */
typedef struct Extent
{
	int64		position;
	int64		length;
	uint32		partition;
	int			body_words;
} Extent;

typedef struct StoreData
{
	EventStore	store;
	EventBudget *budget;
	MemoryContext context;
	MemoryContextCallback callback;
	dlist_node	node;			/* in the budget's list */
	Size		used;			/* memory that counts */
	int64	   *buffer;			/* records added last, in order of arrival */
	Size		buffer_size;	/* in bytes */
	int64	   *last_key;		/* record in the buffer that has its key */
	int			body_words;
	int			hash_bits;		/* that chose these customers from others, topmost first */
	uint32		npartitions;	/* 1 in a small store */
	Size		chunk_limit;	/* in bytes */
	Partition  *partitions;		/* NULL in a small store: all is in the buffer or written out */
	int			chunk_words;	/* bodies of the records in the last chunks */
	bool		pinned;			/* is being read: must not be written out */
	Extent	   *extents;
	uint32		nextents;
	uint32		extents_size;
	int64		written;		/* bytes in the file */
} StoreData;

struct EventBudget
{
	Size		limit;
	Size		used;
	Size		trigger;		/* write out when this is reached */
	dlist_head	stores;
	SpillFile  *file;
	int64		nstores;
	Size		buffer_limit;	/* in bytes; a store with more is large */
	Size		load_limit;		/* a partition with more bytes is dealt out again */
};

/*
 * Partitions are told apart by the topmost bits of the hash that have not been
 * used.  The lowest ones are left to the table of a partition's customers.
 */
static inline int
partition_bits(const StoreData *data)
{
	return pg_leftmost_one_pos32(data->npartitions);
}

static inline int
partition_shift(const StoreData *data)
{
	return 32 - data->hash_bits - partition_bits(data);
}

static inline uint32
partition_of(uint32 hash, int shift, uint32 npartitions)
{
	return (hash >> shift) & (npartitions - 1);
}

/* The record's customer, given where the record is that has its key. */
static inline void
record_key(KeyKind kind, const int64 *record, int body_words, Key *key)
{
	if (kind == KEY_INT8)
	{
		key->integer = *record;
		key->bytes = NULL;
		key->len = 0;
	}
	else
	{
		key->integer = 0;
		key->bytes = (const char *) (record + 1 + body_words);
		key->len = head_length(*record);
	}
}

/* Where the records of a chunk end */
static inline int64 *
chunk_end(const Partition *partition, const Chunk *chunk)
{
	return chunk == partition->last ? partition->at : chunk->end;
}

static inline int64
unpack_time(int64 packed, int payload_bits)
{
	return packed >> payload_bits;
}

static inline uint64
unpack_payload(int64 packed, int payload_bits)
{
	return (uint64) packed & ((UINT64CONST(1) << payload_bits) - 1);
}

extern StoreData *engage_event_store_create_inner(EventBudget *budget, MemoryContext context,
												  const EventStore *like, int hash_bits);
extern void engage_event_store_settle(StoreData *data);
extern void engage_event_store_add_records(StoreData *data, const int64 *records,
										   const int64 *end, int body_words);

#endif							/* ENGAGE_EVENT_STORE_PRIVATE_H */
