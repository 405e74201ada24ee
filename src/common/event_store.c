/*-------------------------------------------------------------------------
 *
 * event_store.c
 *	  Collects events for aggregates over everybody's raw rows.
 *
 * Adding an event appends a record to a buffer, and nothing else: no customer
 * is looked up.  A full buffer is dealt out to partitions by a hash of the
 * customer, in a loop that stays in the processor's caches.  event_reader.c
 * takes one partition after the other, which are small enough for the caches
 * again, and groups and sorts there.
 *
 * A store with few events, one of thousands under GROUP BY, is but the buffer,
 * which grows from a few records on.
 *
 * Stores share the memory of a budget.  When it is used up, the largest ones
 * write records to a temporary file until half of it is free: of each
 * partition first the chunks that are full, so that the pieces in the file are
 * long enough to be read back at a good rate.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/event_store_private.h"
#include "common/hashfn.h"
#include "common/interrupts.h"
#include "utils/memutils.h"

#define LEAST_BUDGET		((Size) 64 * 1024)
#define FIRST_BUFFER		((Size) 256)
#define FIRST_CHUNK			((Size) 512)
#define LARGEST_CHUNK		((Size) 8192)
#define LEAST_PARTITIONS	16
#define MOST_PARTITIONS		1024

/* Writing out less than this of a store saves too little for the trouble. */
#define LEAST_WRITTEN		((Size) 1024)

/* A piece of the file is read at once. */
#define LARGEST_EXTENT		(64 * 1024)

/* Partitions up to this size are read at once, however small the budget is. */
#define LEAST_LOAD_LIMIT	((Size) 4 * 1024 * 1024)

EventBudget *
engage_event_budget_create(MemoryContext context, Size limit)
{
	EventBudget *budget = MemoryContextAllocZero(context, sizeof(EventBudget));

	limit = Max(limit, LEAST_BUDGET);
	budget->limit = budget->trigger = limit;
	dlist_init(&budget->stores);
	budget->file = engage_spill_file_create(context);

	budget->buffer_limit = Min(256 * 1024, Max(4096, limit / 64));
	budget->load_limit = Max(LEAST_LOAD_LIMIT, limit / 2);
	return budget;
}

/* Count memory. */
static inline void
account(StoreData *data, int64 more)
{
	data->used += more;
	data->budget->used += more;
}

static void
store_released(void *arg)
{
	StoreData  *data = arg;

	dlist_delete(&data->node);
	data->budget->nstores--;
	data->budget->used -= data->used;
	if (data->budget->used < data->budget->limit / 2)
		data->budget->trigger = data->budget->limit;
	if (data->written > 0)
		engage_spill_file_free(data->budget->file, data->written);
}

StoreData *
engage_event_store_create_inner(EventBudget *budget, MemoryContext context,
								const EventStore *like, int hash_bits)
{
	StoreData  *data = MemoryContextAllocZero(context, sizeof(StoreData));

	data->store = *like;
	data->store.at = data->store.end = NULL;
	data->budget = budget;
	data->context = context;
	data->hash_bits = hash_bits;
	data->npartitions = 1;
	data->body_words = like->valued ? 3 : like->packed ? 1 : 2;
	dlist_push_tail(&budget->stores, &data->node);
	budget->nstores++;
	data->callback.func = store_released;
	data->callback.arg = data;
	MemoryContextRegisterResetCallback(context, &data->callback);
	return data;
}

/*
 * The store lives, with its files, as long as the context, which must not
 * outlive the budget's.  A payload has so many bits, 0 to 64, nearly always:
 * one that has more, or a time that is far away, makes what follows take more
 * memory.  A value, if there is one, is 64 more bits.
 */
EventStore *
engage_event_store_create(EventBudget *budget, MemoryContext context,
						  KeyKind kind, int payload_bits, bool valued)
{
	EventStore	like = {0};

	Assert(payload_bits >= 0 && payload_bits <= 64);
	like.kind = kind;
	like.payload_bits = payload_bits;
	like.valued = valued;
	/* times of our age need 51 bits */
	like.packed = !valued && payload_bits <= 13;
	return &engage_event_store_create_inner(budget, context, &like, 0)->store;
}

/* ----------------------------------------------------------------
 *		partitions
 * ---------------------------------------------------------------- */

static pg_noinline void
add_chunk(StoreData *data, Partition *partition, Size words)
{
	Size		size = FIRST_CHUNK;
	Chunk	   *chunk;

	if (partition->last != NULL)
	{
		partition->last->end = partition->at;
		size = Min(Max(size, partition->last->size * 2), data->chunk_limit);
	}
	size = Max(size, offsetof(Chunk, records) + words * sizeof(int64));
	chunk = MemoryContextAllocHuge(data->context, size);
	account(data, size);
	chunk->next = NULL;
	chunk->size = size;
	chunk->end = NULL;
	chunk->body_words = data->chunk_words;
	if (partition->last != NULL)
		partition->last->next = chunk;
	else
		partition->first = chunk;
	partition->last = chunk;
	partition->at = chunk->records;
	partition->end = chunk->records + (size - offsetof(Chunk, records)) / sizeof(int64);
	partition->last_key = NULL;
}

static inline int64 *
partition_room(StoreData *data, Partition *partition, Size words)
{
	int64	   *at;

	if (unlikely(partition->end - partition->at < (ssize_t) words))
		add_chunk(data, partition, words);
	at = partition->at;
	partition->at += words;
	return at;
}

static inline void
distribute_integers(StoreData *data, const int64 *records, const int64 *end, int words)
{
	int			shift = partition_shift(data);
	uint32		npartitions = data->npartitions;
	Partition  *partitions = data->partitions;

	for (const int64 *record = records; record < end; record += words)
	{
		Partition  *partition = &partitions[partition_of(record_hash(KEY_INT8, *record),
														 shift, npartitions)];
		int64	   *to = partition_room(data, partition, words);

		for (int i = 0; i < words; i++)
			to[i] = record[i];
	}
}

/* Do two records have the same key?  Both have its bytes. */
static inline bool
same_key(const int64 *a, const int64 *b, int body_words)
{
	return *a == *b &&
		memcmp(a + 1 + body_words, b + 1 + body_words, head_length(*a)) == 0;
}

static void
distribute_bytes(StoreData *data, const int64 *records, const int64 *end, int body_words)
{
	int			shift = partition_shift(data);
	const int64 *key = NULL;	/* record that has the key */
	const int64 *record = records;

	while (record < end)
	{
		Size		words = record_words(data->store.kind, record, body_words);
		Partition  *partition = &data->partitions[partition_of(head_hash(*record), shift,
															   data->npartitions)];
		int64	   *to;

		if (head_length(*record) != SAME_KEY)
			key = record;
		if (partition->last_key == NULL || !same_key(partition->last_key, key, body_words) ||
			partition->end - partition->at < 1 + body_words)
		{
			to = partition_room(data, partition,
								record_words(data->store.kind, key, body_words));
			*to = *key;
			memcpy(to + 1 + body_words, key + 1 + body_words,
				   key_words(head_length(*key)) * sizeof(int64));
			partition->last_key = to;
		}
		else
		{
			to = partition_room(data, partition, 1 + body_words);
			*to = *key | SAME_KEY;
		}
		memcpy(to + 1, record + 1, body_words * sizeof(int64));
		record += words;
	}
}

/*
 * Deal out records, whose bodies have so many words, to the partitions.
 */
static void
distribute(StoreData *data, const int64 *records, const int64 *end, int body_words)
{
	CHECK_FOR_INTERRUPTS();
	if (data->chunk_words != body_words)
	{
		/* they need chunks of their own */
		for (uint32 p = 0; p < data->npartitions; p++)
		{
			data->partitions[p].end = data->partitions[p].at;
			data->partitions[p].last_key = NULL;
		}
		data->chunk_words = body_words;
	}
	if (data->store.kind != KEY_INT8)
		distribute_bytes(data, records, end, body_words);
	else if (body_words == 1)
		distribute_integers(data, records, end, 2);
	else if (body_words == 2)
		distribute_integers(data, records, end, 3);
	else
		distribute_integers(data, records, end, 4);
}

static void
empty_buffer(StoreData *data)
{
	data->store.at = data->buffer;
	data->last_key = NULL;
}

/* Deal out what is in the buffer, if there are partitions. */
void
engage_event_store_settle(StoreData *data)
{
	if (data->partitions != NULL && data->store.at > data->buffer)
	{
		distribute(data, data->buffer, data->store.at, data->body_words);
		empty_buffer(data);
	}
}

/* The power of two at or below, within limits that are powers of two */
static Size
power_of_two(Size number, Size least, Size most)
{
	if (number <= least)
		return least;
	return number >= most ? most : (Size) 1 << pg_leftmost_one_pos64(number);
}

/*
 * From now on this store is a large one.
 *
 * Its share of the budget is to hold several chunks of each partition, so that
 * what is written out is long enough.  Dealing out to more than so many
 * partitions would miss the translation buffers and caches at every record.
 */
static void
make_partitions(StoreData *data)
{
	Size		share = data->budget->limit / data->budget->nstores;
	Extent	   *extents = data->extents;
	uint32		nextents = data->nextents;
	Size		size;

	data->npartitions = power_of_two(share / (32 * 1024), LEAST_PARTITIONS, MOST_PARTITIONS);
	data->chunk_limit = power_of_two(share / data->npartitions / 4, FIRST_CHUNK, LARGEST_CHUNK);
	size = data->npartitions * sizeof(Partition);
	data->partitions = MemoryContextAllocZero(data->context, size);
	account(data, size);

	/* the little that it had to write out */
	data->nextents = 0;
	for (uint32 i = 0; i < nextents; i++)
	{
		int64	   *records = MemoryContextAllocHuge(data->context, extents[i].length);

		engage_spill_file_read(data->budget->file, extents[i].position, records,
							   extents[i].length);
		distribute(data, records,
				   records + extents[i].length / sizeof(int64),
				   extents[i].body_words);
		pfree(records);
	}
	if (data->written > 0)
		engage_spill_file_free(data->budget->file, data->written);
	data->written = 0;
}

/* ----------------------------------------------------------------
 *		writing out
 * ---------------------------------------------------------------- */

static void
write_records(StoreData *data, uint32 partition, const int64 *records, const int64 *end,
			  int body_words)
{
	Size		length = (const char *) end - (const char *) records;
	Extent	   *last = data->nextents > 0 ? &data->extents[data->nextents - 1] : NULL;
	int64		position = engage_spill_file_write(data->budget->file, records, length);

	data->written += length;
	if (last != NULL && last->partition == partition && last->body_words == body_words &&
		last->position + last->length == position && last->length + (int64) length <= LARGEST_EXTENT)
	{
		last->length += length;
		return;
	}

	/*
	 * Where the pieces are is not counted: it is a small part of what was
	 * written, but if it came to fill the budget, every piece would be small.
	 */
	if (data->nextents == data->extents_size)
	{
		uint32		size = Max(4, data->extents_size * 2);

		data->extents = data->extents == NULL ?
			MemoryContextAlloc(data->context, size * sizeof(Extent)) :
			repalloc_huge(data->extents, size * sizeof(Extent));
		data->extents_size = size;
	}
	data->extents[data->nextents++] = (Extent) {
		.position = position,.length = length,.partition = partition,.body_words = body_words
	};
}

static void
free_buffer(StoreData *data)
{
	if (data->buffer == NULL)
		return;
	pfree(data->buffer);
	account(data, -(int64) data->buffer_size);
	data->buffer = data->store.at = data->store.end = NULL;
	data->buffer_size = 0;
	data->last_key = NULL;
}

/* Write out a store: all of it, or only the chunks that are full. */
static void
write_out(StoreData *data, bool all)
{
	if (data->partitions == NULL)
	{
		if (all)
		{
			if (data->store.at > data->buffer)
				write_records(data, 0, data->buffer, data->store.at, data->body_words);
			free_buffer(data);
		}
		return;
	}
	if (all)
	{
		engage_event_store_settle(data);
		free_buffer(data);
	}
	for (uint32 p = 0; p < data->npartitions; p++)
	{
		Partition  *partition = &data->partitions[p];

		while (partition->first != NULL && (all || partition->first != partition->last))
		{
			Chunk	   *chunk = partition->first;

			CHECK_FOR_INTERRUPTS();
			write_records(data, p, chunk->records, chunk_end(partition, chunk),
						  chunk->body_words);
			partition->first = chunk->next;
			if (chunk == partition->last)
				memset(partition, 0, sizeof(Partition));
			account(data, -(int64) chunk->size);
			pfree(chunk);
		}
	}
}

static int
compare_used(const void *a, const void *b)
{
	Size		x = (*(StoreData *const *) a)->used;
	Size		y = (*(StoreData *const *) b)->used;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* The largest stores write out what they have, until half of the memory is free. */
static void
write_out_largest(EventBudget *budget)
{
	Size		n = 0;
	StoreData **stores;
	dlist_iter	iter;

	dlist_foreach(iter, &budget->stores)
	{
		StoreData  *data = dlist_container(StoreData, node, iter.cur);

		if (data->used >= LEAST_WRITTEN && !data->pinned)
			n++;
	}
	stores = MemoryContextAllocHuge(CurrentMemoryContext, Max(1, n) * sizeof(StoreData *));
	n = 0;
	dlist_foreach(iter, &budget->stores)
	{
		StoreData  *data = dlist_container(StoreData, node, iter.cur);

		if (data->used >= LEAST_WRITTEN && !data->pinned)
			stores[n++] = data;
	}
	qsort(stores, n, sizeof(StoreData *), compare_used);

	for (Size i = 0; i < n && budget->used > budget->limit / 2; i++)
		if (stores[i]->partitions != NULL)
			write_out(stores[i], false);
	for (Size i = 0; i < n && budget->used > budget->limit / 4 * 3; i++)
		write_out(stores[i], true);
	pfree(stores);

	/* what is left may be many stores that are too small: do not look again at once */
	budget->trigger = Max(budget->limit, budget->used + budget->limit / 8);
}

/*
 * Add records that another store has had.
 */
void
engage_event_store_add_records(StoreData *data, const int64 *records,
							   const int64 *end, int body_words)
{
	if (data->partitions == NULL)
		make_partitions(data);
	distribute(data, records, end, body_words);
	if (data->budget->used > data->budget->trigger)
		write_out_largest(data->budget);
}

/* ----------------------------------------------------------------
 *		the buffer
 * ---------------------------------------------------------------- */

static void
resize_buffer(StoreData *data, Size size)
{
	Size		at = data->store.at - data->buffer;
	Size		last_key = data->last_key == NULL ? 0 : data->last_key - data->buffer;

	if (data->buffer == NULL)
		data->buffer = MemoryContextAllocHuge(data->context, size);
	else
		data->buffer = repalloc_huge(data->buffer, size);
	account(data, (int64) size - (int64) data->buffer_size);
	data->buffer_size = size;
	data->store.at = data->buffer + at;
	data->store.end = data->buffer + size / sizeof(int64);
	if (data->last_key != NULL)
		data->last_key = data->buffer + last_key;
}

/* Make room for a record of so many words. */
static pg_noinline void
make_room(StoreData *data, Size words)
{
	Size		limit = data->budget->buffer_limit;
	Size		filled = (char *) data->store.at - (char *) data->buffer;
	Size		needed = words * sizeof(int64);

	if (data->partitions == NULL && data->written + filled + needed > limit)
		make_partitions(data);
	if (data->partitions != NULL)
	{
		engage_event_store_settle(data);
		filled = 0;
	}
	if (filled + needed > data->buffer_size || data->buffer_size < limit)
		resize_buffer(data, Max(Max(filled + needed, FIRST_BUFFER),
								Min(2 * data->buffer_size, limit)));
	if (unlikely(data->budget->used > data->budget->trigger))
	{
		write_out_largest(data->budget);
		if (data->store.end - data->store.at < (ssize_t) words)
			resize_buffer(data, Max(needed, FIRST_BUFFER));
	}
}

/*
 * A time or a payload has come that has no room beside the other: from now on
 * each has a word.
 */
static void
stop_packing(StoreData *data)
{
	int64	   *old = data->buffer;
	int64	   *old_end = data->store.at;
	int			bits = data->store.payload_bits;
	Size		old_size = data->buffer_size;

	engage_event_store_settle(data);
	if (data->partitions != NULL)
		old_end = old;
	data->store.packed = false;
	data->body_words = 2;
	if (old_end == old)
		return;

	/* a small store's buffer is rewritten */
	data->buffer = MemoryContextAllocHuge(data->context, 2 * old_size);
	data->buffer_size = 2 * old_size;
	account(data, old_size);
	data->store.at = data->buffer;
	data->store.end = data->buffer + data->buffer_size / sizeof(int64);
	for (int64 *record = old; record < old_end;)
	{
		Size		words = record_words(data->store.kind, record, 1);
		int64	   *to = data->store.at;

		if (data->last_key == record)
			data->last_key = to;
		to[0] = record[0];
		to[1] = unpack_time(record[1], bits);
		to[2] = (int64) unpack_payload(record[1], bits);
		memcpy(to + 3, record + 2, (words - 2) * sizeof(int64));
		data->store.at += words + 1;
		record += words;
	}
	pfree(old);
}

/*
 * Add an event; as event_store_add(), but anything.
 */
void
engage_event_store_add_slowly(EventStore *store, const Key *customer,
							  int64 time, uint64 payload, uint64 value)
{
	StoreData  *data = (StoreData *) store;
	int			bits = store->payload_bits;
	Size		words;
	int64	   *record;

	if (unlikely(store->packed && ((int64) ((uint64) time << bits) >> bits != time ||
								   payload >> bits != 0)))
		stop_packing(data);
	words = 1 + data->body_words + (store->kind == KEY_INT8 ? 0 : key_words(customer->len));
	if (store->end - store->at < (ssize_t) words)
		make_room(data, words);
	record = store->at;
	if (store->kind == KEY_INT8)
		record[0] = customer->integer;
	else
	{
		uint32		hash = hash_bytes((const unsigned char *) customer->bytes, customer->len);
		char	   *bytes = (char *) (record + 1 + data->body_words);

		record[0] = (int64) ((uint64) hash << 32 | customer->len);
		if (data->last_key != NULL && *data->last_key == record[0] &&
			memcmp(data->last_key + 1 + data->body_words, customer->bytes, customer->len) == 0)
		{
			record[0] |= SAME_KEY;
			words = 1 + data->body_words;
		}
		else
		{
			memcpy(bytes, customer->bytes, customer->len);
			memset(bytes + customer->len, 0, key_words(customer->len) * sizeof(int64) - customer->len);
			data->last_key = record;
		}
	}
	if (store->packed)
		record[1] = (int64) ((uint64) time << bits | payload);
	else
	{
		record[1] = time;
		record[2] = (int64) payload;
		if (store->valued)
			record[3] = (int64) value;
	}
	store->at += words;
}
