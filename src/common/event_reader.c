/*-------------------------------------------------------------------------
 *
 * event_reader.c
 *	  Hands out the events of a store, customer by customer.
 *
 * Of one partition after the other: its customers are numbered with a small
 * hash table, the bodies of its records are put beside each other by customer
 * (a counting sort), and each customer's are sorted when it is his turn, which
 * costs nothing if they came in order of time.
 *
 * A partition that is too large for that is dealt out once more, by other bits
 * of the hash, to a store that shares the budget; unless it is the bulk of
 * all, which tells that it is but one customer's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/event_store_private.h"
#include "common/interrupts.h"
#include "utils/memutils.h"

/* An array that keeps what it is given, and grows */
typedef struct Area
{
	void	   *data;
	Size		size;
} Area;

/* Records that lie together */
typedef struct Segment
{
	const int64 *records;
	const int64 *end;
	int			body_words;
} Segment;

typedef struct Customer
{
	int64		head;			/* as in a record */
	const char *bytes;
	int64		n;				/* events; then where the next one is put */
} Customer;

struct EventReader
{
	MemoryContext context;
	StoreData  *data;
	uint32		partition;		/* the next one to be loaded */

	/* extents of the store by partition */
	uint32	   *extents;
	uint32		next_extent;

	Area		loaded;			/* records read from the file */
	Area		segments;
	Size		nsegments;

	/* customers of the loaded partition */
	Area		customers;
	uint32		ncustomers;
	uint32		next_customer;
	uint32	   *slots;			/* number of a customer plus one, or zero */
	uint32		nslots;			/* a power of two */

	Area		numbers;		/* of each record's customer */
	int			words;			/* of a body: as short as all records allow */
	Area		bodies;
	Area		events;			/* bodies unpacked */

	/* of a partition that was dealt out once more */
	MemoryContext inner_context;
	EventReader *inner;
};

/* Room for so many bytes; what was there is lost. */
static void *
area_room(EventReader *reader, Area *area, Size size)
{
	if (area->size < size)
	{
		if (area->data != NULL)
			pfree(area->data);
		area->data = NULL;
		area->size = 0;
		/* a little more, so that partitions of similar size do with it */
		size += Min(size / 8, 1024 * 1024);
		area->data = MemoryContextAllocHuge(reader->context, size);
		area->size = size;
	}
	return area->data;
}

/* Room for so many bytes; what was there stays. */
static void *
area_grow(EventReader *reader, Area *area, Size size)
{
	if (area->size < size)
	{
		size = Max(size, Max(256, area->size * 2));
		area->data = area->data == NULL ? MemoryContextAllocHuge(reader->context, size) :
			repalloc_huge(area->data, size);
		area->size = size;
	}
	return area->data;
}

/* ----------------------------------------------------------------
 *		the records of a partition
 * ---------------------------------------------------------------- */

static void
add_segment(EventReader *reader, const int64 *records, const int64 *end, int body_words)
{
	Segment    *segments = area_grow(reader, &reader->segments,
									 (reader->nsegments + 1) * sizeof(Segment));

	segments[reader->nsegments++] = (Segment) {
		.records = records,.end = end,.body_words = body_words
	};
}

/* Number the store's extents by partition, each one's in order. */
static void
order_extents(EventReader *reader)
{
	StoreData  *data = reader->data;
	uint32	   *starts;

	if (data->nextents == 0)
		return;
	starts = MemoryContextAllocZero(reader->context, (data->npartitions + 1) * sizeof(uint32));
	reader->extents = MemoryContextAllocHuge(reader->context, data->nextents * sizeof(uint32));
	for (uint32 i = 0; i < data->nextents; i++)
		starts[data->extents[i].partition + 1]++;
	for (uint32 p = 0; p < data->npartitions; p++)
		starts[p + 1] += starts[p];
	for (uint32 i = 0; i < data->nextents; i++)
		reader->extents[starts[data->extents[i].partition]++] = i;
	pfree(starts);
}

/* The next extent if it is the partition's */
static const Extent *
next_extent(EventReader *reader, uint32 at, uint32 partition)
{
	const Extent *extent;

	if (at >= reader->data->nextents)
		return NULL;
	extent = &reader->data->extents[reader->extents[at]];
	return extent->partition == partition ? extent : NULL;
}

/* How many bytes of the partition are in the file, in chunks */
static void
partition_size(EventReader *reader, uint32 partition, Size *in_file, Size *in_chunks)
{
	StoreData  *data = reader->data;
	const Extent *extent;

	*in_file = *in_chunks = 0;
	for (uint32 i = reader->next_extent; (extent = next_extent(reader, i, partition)) != NULL; i++)
		*in_file += extent->length;
	if (data->partitions != NULL)
		for (const Chunk *chunk = data->partitions[partition].first; chunk != NULL; chunk = chunk->next)
			*in_chunks += chunk->size;
}

/* Find the partition's records, and read those that were written out. */
static void
collect_segments(EventReader *reader, uint32 partition, Size in_file)
{
	StoreData  *data = reader->data;
	const Extent *extent;

	reader->nsegments = 0;
	if (in_file > 0)
	{
		char	   *to = area_room(reader, &reader->loaded, in_file);

		for (; (extent = next_extent(reader, reader->next_extent, partition)) != NULL;
			 reader->next_extent++)
		{
			CHECK_FOR_INTERRUPTS();
			engage_spill_file_read(data->budget->file, extent->position, to, extent->length);
			add_segment(reader, (int64 *) to, (int64 *) (to + extent->length),
						extent->body_words);
			to += extent->length;
		}
	}
	if (data->partitions != NULL)
	{
		const Partition *source = &data->partitions[partition];

		for (const Chunk *chunk = source->first; chunk != NULL; chunk = chunk->next)
			add_segment(reader, chunk->records, chunk_end(source, chunk), chunk->body_words);
	}
	else if (data->store.at > data->buffer)
		add_segment(reader, data->buffer, data->store.at, data->body_words);
}

/* ----------------------------------------------------------------
 *		customers
 * ---------------------------------------------------------------- */

static inline uint32
slot_hash(KeyKind kind, int64 head)
{
	return kind == KEY_INT8 ? hash_mix(head) : head_hash(head);
}

static void
grow_slots(EventReader *reader)
{
	Customer   *customers = reader->customers.data;
	uint32		mask;

	if (reader->nslots > PG_UINT32_MAX / 2)
		engage_keyed_memory_exceeded();
	pfree(reader->slots);
	reader->nslots *= 2;
	mask = reader->nslots - 1;
	reader->slots = MemoryContextAllocExtended(reader->context, reader->nslots * sizeof(uint32),
											   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (uint32 i = 0; i < reader->ncustomers; i++)
	{
		uint32		slot = slot_hash(reader->data->store.kind, customers[i].head) & mask;

		check_interrupts_at(i);
		while (reader->slots[slot] != 0)
			slot = (slot + 1) & mask;
		reader->slots[slot] = i + 1;
	}
}

static pg_noinline uint32
add_customer(EventReader *reader, uint32 slot, int64 head, const char *bytes)
{
	Customer   *customers = area_grow(reader, &reader->customers,
									  (reader->ncustomers + (Size) 1) * sizeof(Customer));
	uint32		number = reader->ncustomers++;

	customers[number] = (Customer) {
		.head = head,.bytes = bytes
	};
	reader->slots[slot] = number + 1;
	if (reader->ncustomers > reader->nslots / 2)
		grow_slots(reader);
	return number;
}

/* The number of a customer; "bytes" of keys that are not integers */
static inline uint32
customer_number(EventReader *reader, KeyKind kind, int64 head, const char *bytes)
{
	uint32		mask = reader->nslots - 1;
	uint32		slot = slot_hash(kind, head) & mask;

	for (;;)
	{
		uint32		number = reader->slots[slot];
		const Customer *customer;

		if (number == 0)
			return add_customer(reader, slot, head, bytes);
		customer = (Customer *) reader->customers.data + (number - 1);
		if (customer->head == head &&
			(kind == KEY_INT8 || memcmp(customer->bytes, bytes, head_length(head)) == 0))
			return number - 1;
		slot = (slot + 1) & mask;
	}
}

/* Number and count the records of a segment. */
static inline uint32 *
number_records(EventReader *reader, const Segment *segment, uint32 *numbers,
			   KeyKind kind, int body_words)
{
	const int64 *record = segment->records;
	int64		head = 0;		/* of the record before, which often is the same customer's */
	uint32		number = PG_UINT32_MAX;
	const char *bytes = NULL;

	for (int64 i = 0; record < segment->end; i++)
	{
		check_interrupts_at(i);
		if (kind == KEY_INT8)
		{
			if (*record != head || number == PG_UINT32_MAX)
			{
				head = *record;
				number = customer_number(reader, kind, head, NULL);
			}
			record += 1 + body_words;
		}
		else
		{
			if (head_length(*record) != SAME_KEY)
			{
				head = *record;
				bytes = (const char *) (record + 1 + body_words);
				number = customer_number(reader, kind, head, bytes);
			}
			record += record_words(kind, record, body_words);
		}
		((Customer *) reader->customers.data)[number].n++;
		*numbers++ = number;
	}
	return numbers;
}

/* ----------------------------------------------------------------
 *		bodies by customer
 * ---------------------------------------------------------------- */

static inline const uint32 *
place_bodies(EventReader *reader, const Segment *segment, const uint32 *numbers,
			 KeyKind kind, int body_words, int words)
{
	Customer   *customers = reader->customers.data;
	int			bits = reader->data->store.payload_bits;
	int64	   *bodies = reader->bodies.data;

	for (const int64 *record = segment->records; record < segment->end;)
	{
		int64	   *to = bodies + customers[*numbers++].n++ * words;

		if (words == body_words)
			for (int i = 0; i < words; i++)
				to[i] = record[1 + i];
		else
		{
			/* this one is packed, others of the partition are not */
			to[0] = unpack_time(record[1], bits);
			to[1] = (int64) unpack_payload(record[1], bits);
		}
		record += record_words(kind, record, body_words);
	}
	return numbers;
}

/*
 * Both of the above for each kind of key and size of body, so that the loops
 * know them.
 */
#define WITH_LAYOUT(kind, body_words, call) \
	((kind) == KEY_INT8 ? \
	 ((body_words) == 1 ? call(KEY_INT8, 1) : (body_words) == 2 ? call(KEY_INT8, 2) : call(KEY_INT8, 3)) : \
	 ((body_words) == 1 ? call(KEY_TEXT, 1) : (body_words) == 2 ? call(KEY_TEXT, 2) : call(KEY_TEXT, 3)))

static void
number_all(EventReader *reader)
{
	Segment    *segments = reader->segments.data;
	Size		records = 0;
	uint32	   *numbers;

	/* at most so many: as if all keys were as short as can be */
	reader->words = 1;
	for (Size i = 0; i < reader->nsegments; i++)
	{
		int			body_words = segments[i].body_words;

		records += (segments[i].end - segments[i].records) / (1 + body_words);
		reader->words = Max(reader->words, body_words);
	}
	numbers = area_room(reader, &reader->numbers, records * sizeof(uint32));
	memset(reader->slots, 0, reader->nslots * sizeof(uint32));
	for (Size i = 0; i < reader->nsegments; i++)
	{
#define NUMBER(kind, body_words) number_records(reader, &segments[i], numbers, kind, body_words)
		numbers = WITH_LAYOUT(reader->data->store.kind, segments[i].body_words, NUMBER);
	}
}

static void
place_all(EventReader *reader)
{
	Segment    *segments = reader->segments.data;
	Customer   *customers = reader->customers.data;
	const uint32 *numbers = reader->numbers.data;
	int64		n = 0;

	for (uint32 i = 0; i < reader->ncustomers; i++)
	{
		int64		own = customers[i].n;

		customers[i].n = n;
		n += own;
	}
	area_room(reader, &reader->bodies, (Size) n * reader->words * sizeof(int64));
	for (Size i = 0; i < reader->nsegments; i++)
	{
		CHECK_FOR_INTERRUPTS();
#define PLACE(kind, body_words) \
		(reader->words == 1 ? place_bodies(reader, &segments[i], numbers, kind, body_words, 1) : \
		 reader->words == 2 ? place_bodies(reader, &segments[i], numbers, kind, body_words, 2) : \
		 place_bodies(reader, &segments[i], numbers, kind, body_words, 3))
		numbers = WITH_LAYOUT(reader->data->store.kind, segments[i].body_words, PLACE);
	}
}

/* ----------------------------------------------------------------
 *		sorting
 * ---------------------------------------------------------------- */

#define ST_SORT sort_packed
#define ST_ELEMENT_TYPE int64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

static inline int
compare_events(const Event *a, const Event *b)
{
	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return a->payload < b->payload ? -1 : a->payload > b->payload;
}

#define ST_SORT sort_events
#define ST_ELEMENT_TYPE Event
#define ST_COMPARE(a, b) compare_events(a, b)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

static inline int
compare_valued(const ValuedEvent *a, const ValuedEvent *b)
{
	int			order = a->time != b->time ? (a->time < b->time ? -1 : 1) :
		a->payload < b->payload ? -1 : a->payload > b->payload;

	return order != 0 ? order : a->value < b->value ? -1 : a->value > b->value;
}

#define ST_SORT sort_valued
#define ST_ELEMENT_TYPE ValuedEvent
#define ST_COMPARE(a, b) compare_valued(a, b)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* Sort the packed bodies of one customer, and unpack them. */
static Event *
sort_and_unpack(EventReader *reader, int64 *bodies, int64 n)
{
	int			bits = reader->data->store.payload_bits;
	int64		previous = PG_INT64_MIN;
	Event	   *events;

	/* the records that were read are not needed any more, but for their keys */
	if (reader->data->store.kind == KEY_INT8 && reader->loaded.size >= n * sizeof(Event))
		events = reader->loaded.data;
	else
		events = area_room(reader, &reader->events, n * sizeof(Event));
	for (int64 i = 0; i < n; i++)
	{
		check_interrupts_at(i);
		if (unlikely(bodies[i] < previous))
		{
			sort_packed(bodies, n);
			i = 0;
		}
		previous = bodies[i];
		events[i].time = unpack_time(previous, bits);
		events[i].payload = unpack_payload(previous, bits);
	}
	return events;
}

/* ----------------------------------------------------------------
 *		the reader
 * ---------------------------------------------------------------- */

static EventReader *
create_reader(StoreData *data, MemoryContext parent)
{
	MemoryContext context = AllocSetContextCreate(parent, "engage event reader",
												  ALLOCSET_SMALL_SIZES);
	EventReader *reader = MemoryContextAllocZero(context, sizeof(EventReader));

	reader->context = context;
	reader->data = data;
	engage_event_store_settle(data);
	order_extents(reader);
	reader->nslots = 64;
	reader->slots = MemoryContextAllocZero(context, reader->nslots * sizeof(uint32));
	return reader;
}

/* Its memory is a context of its own below the current one. */
EventReader *
engage_event_reader_create(EventStore *store)
{
	return create_reader((StoreData *) store, CurrentMemoryContext);
}

void
engage_event_reader_free(EventReader *reader)
{
	reader->data->pinned = false;
	MemoryContextDelete(reader->context);
}

static bool
must_deal_out_again(const StoreData *data, Size size)
{
	/* (the bits that are left must do for any number of partitions) */
	return size > data->budget->load_limit && data->hash_bits + partition_bits(data) <= 22 &&
		size < (data->used + data->written) / 4 * 3;
}

static void
deal_out_again(EventReader *reader, uint32 partition)
{
	StoreData  *data = reader->data;
	StoreData  *inner;
	const Partition *source = &data->partitions[partition];
	const Extent *extent;

	reader->inner_context = AllocSetContextCreate(reader->context, "engage event store",
												  ALLOCSET_DEFAULT_SIZES);
	inner = engage_event_store_create_inner(data->budget, reader->inner_context,
											&data->store, data->hash_bits + partition_bits(data));
	/* what is dealt out must stay where it is */
	data->pinned = true;
	for (; (extent = next_extent(reader, reader->next_extent, partition)) != NULL;
		 reader->next_extent++)
	{
		int64	   *records = area_room(reader, &reader->loaded, extent->length);

		engage_spill_file_read(data->budget->file, extent->position, records, extent->length);
		engage_event_store_add_records(inner, records,
									   records + extent->length / sizeof(int64),
									   extent->body_words);
	}
	for (const Chunk *chunk = source->first; chunk != NULL; chunk = chunk->next)
		engage_event_store_add_records(inner, chunk->records, chunk_end(source, chunk),
									   chunk->body_words);
	reader->inner = create_reader(inner, reader->inner_context);
}

static void
load_partition(EventReader *reader, uint32 partition)
{
	Size		in_file;
	Size		in_chunks;

	partition_size(reader, partition, &in_file, &in_chunks);
	reader->ncustomers = reader->next_customer = 0;
	if (must_deal_out_again(reader->data, in_file + in_chunks))
		deal_out_again(reader, partition);
	else
	{
		collect_segments(reader, partition, in_file);
		number_all(reader);
		place_all(reader);
	}
}

/* The next customer that has events */
bool
engage_event_reader_next(EventReader *reader, EventRun *run)
{
	const Customer *customer;
	int64	   *bodies;
	int64		start;

	while (reader->next_customer == reader->ncustomers)
	{
		CHECK_FOR_INTERRUPTS();
		if (reader->inner != NULL)
		{
			if (engage_event_reader_next(reader->inner, run))
				return true;
			MemoryContextDelete(reader->inner_context);
			reader->inner = NULL;
			reader->data->pinned = false;
		}
		if (reader->partition == reader->data->npartitions)
			return false;
		load_partition(reader, reader->partition++);
	}

	/* after placing, each customer's events end where his number says */
	customer = (Customer *) reader->customers.data + reader->next_customer;
	start = reader->next_customer == 0 ? 0 : customer[-1].n;
	reader->next_customer++;
	check_interrupts_at(reader->next_customer);
	if (reader->data->store.kind == KEY_INT8)
		run->customer = (Key) {.integer = customer->head};
	else
		run->customer = (Key) {.bytes = customer->bytes, .len = head_length(customer->head)};
	run->n = customer->n - start;
	bodies = (int64 *) reader->bodies.data + start * reader->words;
	run->events = NULL;
	run->valued = NULL;
	if (reader->words == 1)
		run->events = sort_and_unpack(reader, bodies, run->n);
	else if (reader->words == 2)
	{
		run->events = (Event *) bodies;
		sort_events(run->events, run->n);
	}
	else
	{
		run->valued = (ValuedEvent *) bodies;
		sort_valued(run->valued, run->n);
	}
	return true;
}
