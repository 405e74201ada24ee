/*-------------------------------------------------------------------------
 *
 * order_book_summary.c
 *	  Order books as stored values.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/compat.h"
#include "common/errors.h"
#include "common/interrupts.h"
#include "kpi/order_book.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

/* ---------------------------------------------------------------- writing */

void
engage_book_put_count(StringInfo body, uint64 count)
{
	while (count >= 0x80)
	{
		appendStringInfoCharMacro(body, (char) (count | 0x80));
		count >>= 7;
	}
	appendStringInfoCharMacro(body, (char) count);
}

void
engage_book_put_time(StringInfo body, int64 time)
{
	appendBinaryStringInfo(body, (char *) &time, sizeof(time));
}

void
engage_book_put_key(StringInfo body, KeyKind kind, const Key *key)
{
	if (kind == KEY_INT8)
	{
		appendBinaryStringInfo(body, (char *) &key->integer, sizeof(int64));
		return;
	}
	if (kind != KEY_UUID)
		engage_book_put_count(body, key->len);
	appendBinaryStringInfo(body, key->bytes, key->len);
}

/* Leave room for the header in front of the body. */
void
engage_book_start_body(StringInfo body)
{
	initStringInfo(body);
	enlargeStringInfo(body, offsetof(BookSummary, body));
	body->len = offsetof(BookSummary, body);
	memset(body->data, 0, body->len);
}

BookSummary *
engage_book_finish_body(StringInfo body, BookMode mode, KeyKind customer_kind,
						KeyKind order_kind, const BookTotals *totals)
{
	BookSummary *summary = (BookSummary *) body->data;

	SET_VARSIZE(summary, body->len);
	summary->version = BOOK_VERSION;
	summary->mode = mode;
	summary->customer_kind = customer_kind;
	summary->order_kind = BOOK_HAS_ORDERS(mode) ? order_kind : 0;
	summary->customers = totals->customers;
	summary->repeat_customers = totals->repeat_customers;
	summary->orders = totals->orders;
	return summary;
}

static uint32 *
alloc_uint32(OrderBook *book, int64 n)
{
	engage_keyed_memory_check(book->context, n * sizeof(uint32));
	return MemoryContextAllocExtended(CurrentMemoryContext, Max(1, n) * sizeof(uint32),
									  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/* Turn counts at their index + 1 into where each index begins. */
static void
counts_to_starts(uint32 *counts, int64 n)
{
	for (int64 i = 1; i <= n; i++)
	{
		check_interrupts_at(i);
		counts[i] += counts[i - 1];
	}
}

/*
 * Indexes into the list of orders, grouped by customer number and sorted by
 * order key within; starts[n] is where customer n's begin, and keys are the
 * orders' places among the sorted keys that are returned.  Two counting sorts:
 * by key, then by customer.
 */
static KeyTableEntry *
orders_by_customer(OrderBook *book, uint32 ncustomers, uint32 *starts,
				   uint32 **indexes, uint32 **keys)
{
	KeyTableEntry *orders = engage_key_table_sorted(book->orders);
	uint32		nkeys = engage_key_table_size(book->orders);
	uint32	   *rank = alloc_uint32(book, book->norders);
	uint32	   *by_key = alloc_uint32(book, book->norders);
	uint32	   *next = alloc_uint32(book, Max(ncustomers, nkeys) + 1);

	*indexes = alloc_uint32(book, book->norders);
	*keys = alloc_uint32(book, book->norders);

	for (uint32 i = 0; i < nkeys; i++)
	{
		check_interrupts_at(i);
		rank[orders[i].value - 1] = i;
	}
	for (int64 k = 0; k < book->norders; k++)
	{
		check_interrupts_at(k);
		next[rank[book->order_list[k].first] + 1]++;
	}
	counts_to_starts(next, nkeys);
	for (int64 k = 0; k < book->norders; k++)
	{
		check_interrupts_at(k);
		by_key[next[rank[book->order_list[k].first]]++] = k;
	}

	starts[0] = 0;
	for (uint32 i = 0; i < ncustomers; i++)
		starts[i + 1] = starts[i] + book->orders_of[i];
	memcpy(next, starts, ((Size) ncustomers + 1) * sizeof(uint32));
	for (int64 k = 0; k < book->norders; k++)
	{
		BookOrder  *order = &book->order_list[by_key[k]];
		uint32		place;

		check_interrupts_at(k);
		place = next[order->customer]++;

		(*indexes)[place] = by_key[k];
		(*keys)[place] = rank[order->first];
	}
	pfree(rank);
	pfree(by_key);
	pfree(next);
	return orders;
}

/* A value is limited to 1 GB; better to say why than "out of memory". */
static inline void
check_body_length(StringInfo body)
{
	if (unlikely(body->len > MaxAllocSize - MaxAllocSize / 64))
		engage_keyed_memory_exceeded();
}

BookSummary *
engage_book_to_summary(OrderBook *book)
{
	KeyKind		customer_kind = engage_key_table_kind(book->customers);
	KeyKind		order_kind = book->orders != NULL ?
		engage_key_table_kind(book->orders) : 0;
	StringInfoData body;
	BookTotals	totals;
	KeyTableEntry *customers;
	KeyTableEntry *orders = NULL;
	uint32	   *starts = NULL;
	uint32	   *indexes = NULL;
	uint32	   *order_keys = NULL;
	BookTime   *times = NULL;
	int64		ntimes = 0;
	MemoryContext scratch;
	MemoryContext result_context;

	engage_book_totals(book, &totals);

	/* below the book's own context, so that its budget covers this, too */
	engage_book_start_body(&body);
	scratch = AllocSetContextCreate(book->context, "engage order book summary",
									ALLOCSET_DEFAULT_SIZES);
	result_context = MemoryContextSwitchTo(scratch);
	customers = engage_key_table_sorted(book->customers);
	if (book->mode != BOOK_COUNTS)
		starts = alloc_uint32(book, totals.customers + 1);
	if (BOOK_HAS_ORDERS(book->mode))
		orders = orders_by_customer(book, totals.customers, starts, &indexes, &order_keys);
	else if (book->mode == BOOK_TIMES)
	{
		uint32		customer = 0;

		times = engage_book_all_times(book, &ntimes);
		if (ntimes > PG_UINT32_MAX)
			engage_keyed_memory_exceeded();
		for (int64 i = 0; i < ntimes; i++)
		{
			check_interrupts_at(i);
			while (customer <= times[i].customer)
				starts[customer++] = i;
		}
		starts[totals.customers] = ntimes;
		for (int64 i = 0; i < totals.customers; i++)
			totals.repeat_customers += starts[i + 1] - starts[i] >= 2;
	}

	MemoryContextSwitchTo(result_context);

	for (int64 i = 0; i < totals.customers; i++)
	{
		uint32		value = customers[i].value;

		check_interrupts_at(i);
		check_body_length(&body);
		engage_book_put_key(&body, customer_kind, &customers[i].key);
		if (book->mode == BOOK_COUNTS)
		{
			engage_book_put_count(&body, value);
			continue;
		}
		engage_book_put_count(&body, starts[value + 1] - starts[value]);
		for (uint32 k = starts[value]; k < starts[value + 1]; k++)
		{
			check_interrupts_at(k);
			check_body_length(&body);
			if (book->mode == BOOK_TIMES)
			{
				engage_book_put_time(&body, times[k].time);
				continue;
			}
			engage_book_put_key(&body, order_kind, &orders[order_keys[k]].key);
			if (book->mode == BOOK_ORDER_TIMES)
				engage_book_put_time(&body, book->order_list[indexes[k]].time);
		}
	}
	MemoryContextDelete(scratch);
	return engage_book_finish_body(&body, book->mode, customer_kind, order_kind, &totals);
}

/* ---------------------------------------------------------------- reading */

void
engage_book_cursor_init(BookCursor *cursor, const BookSummary *summary)
{
	cursor->pos = summary->body;
	cursor->end = (const char *) summary + VARSIZE(summary);
	cursor->customer_kind = summary->customer_kind;
	cursor->order_kind = summary->order_kind;
}

/* Stored values were checked when they came in; this guards the memory. */
static void
need_bytes(BookCursor *cursor, Size nbytes)
{
	if (unlikely((Size) (cursor->end - cursor->pos) < nbytes))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored summary ends too early")));
}

uint64
engage_book_next_count(BookCursor *cursor)
{
	uint64		count = 0;

	for (int shift = 0; shift < 64; shift += 7)
	{
		uint8		byte;

		need_bytes(cursor, 1);
		byte = *cursor->pos++;
		count |= (uint64) (byte & 0x7F) << shift;
		if ((byte & 0x80) == 0)
			break;
	}
	return count;
}

int64
engage_book_next_time(BookCursor *cursor)
{
	int64		time;

	need_bytes(cursor, sizeof(time));
	memcpy(&time, cursor->pos, sizeof(time));
	cursor->pos += sizeof(time);
	return time;
}

void
engage_book_next_key(BookCursor *cursor, KeyKind kind, Key *key)
{
	if (kind == KEY_INT8)
	{
		key->integer = engage_book_next_time(cursor);
		key->bytes = NULL;
		key->len = 0;
		return;
	}
	key->len = kind == KEY_UUID ? UUID_LEN : engage_book_next_count(cursor);
	need_bytes(cursor, key->len);
	key->bytes = cursor->pos;
	cursor->pos += key->len;
}

static void
check_version(const BookType *type, const BookSummary *summary)
{
	if (unlikely(summary->version != BOOK_VERSION))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s has unknown format version %d", type->name, summary->version),
				 errhint("It was written by a newer engage; upgrade this server's.")));
}

BookSummary *
engage_book_summary_arg(const BookType *type, Datum datum)
{
	BookSummary *summary = (BookSummary *) PG_DETOAST_DATUM(datum);

	check_version(type, summary);
	return summary;
}

/* Only the header, without fetching the rest of a large value. */
BookTotals
engage_book_totals_arg(const BookType *type, Datum datum)
{
	BookSummary *header = (BookSummary *)
		PG_DETOAST_DATUM_SLICE(datum, 0, offsetof(BookSummary, body) - VARHDRSZ);
	BookTotals	totals;

	check_version(type, header);
	totals.customers = header->customers;
	totals.repeat_customers = header->repeat_customers;
	totals.orders = header->orders;
	return totals;
}

/* Add the rows behind a stored summary to a book of the same mode and kinds. */
void
engage_book_add_summary(OrderBook *book, const BookSummary *summary)
{
	BookCursor	cursor;
	Key			customer;
	Key			order;

	engage_book_cursor_init(&cursor, summary);
	for (int64 i = 0; i < summary->customers; i++)
	{
		uint64		count;

		check_interrupts_at(i);
		engage_book_next_key(&cursor, cursor.customer_kind, &customer);
		count = engage_book_next_count(&cursor);
		if (book->mode == BOOK_COUNTS)
		{
			engage_book_count(book, &customer, count);
			continue;
		}
		for (; count > 0; count--)
		{
			check_interrupts_at(count);
			if (book->mode == BOOK_TIMES)
				engage_book_time(book, &customer, engage_book_next_time(&cursor));
			else
			{
				engage_book_next_key(&cursor, cursor.order_kind, &order);
				engage_book_order(book, &customer, &order,
								  book->mode == BOOK_ORDER_TIMES ?
								  engage_book_next_time(&cursor) : 0);
			}
		}
	}
}

/* Customers with at least so many orders. */
int64
engage_book_count_repeat(const BookSummary *summary, uint32 at_least)
{
	BookCursor	cursor;
	Key			key;
	int64		customers = 0;

	engage_book_cursor_init(&cursor, summary);
	for (int64 i = 0; i < summary->customers; i++)
	{
		uint64		count;

		check_interrupts_at(i);
		engage_book_next_key(&cursor, cursor.customer_kind, &key);
		count = engage_book_next_count(&cursor);
		customers += count >= at_least;
		if (summary->mode == BOOK_ORDERS)
		{
			for (; count > 0; count--)
			{
				check_interrupts_at(count);
				engage_book_next_key(&cursor, cursor.order_kind, &key);
			}
		}
	}
	return customers;
}

OrderBook *
engage_book_from_summary(const BookSummary *summary)
{
	OrderBook  *book = engage_book_create(CurrentMemoryContext, summary->mode,
										  summary->customer_kind, summary->order_kind, false);

	engage_book_add_summary(book, summary);
	return book;
}
