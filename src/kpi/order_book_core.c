/*-------------------------------------------------------------------------
 *
 * order_book_core.c
 *	  Who ordered, which orders, when.
 *
 * Nothing here depends on the order in which rows come: counts and sets only
 * grow, times are sorted before they are used.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/errors.h"
#include "common/int.h"
#include "common/interrupts.h"
#include "kpi/order_book_core.h"
#include "utils/memutils.h"

OrderBook *
engage_book_create(MemoryContext context, BookMode mode, KeyKind customer_kind,
				   KeyKind order_kind, bool has_revenue)
{
	OrderBook  *book = MemoryContextAllocZero(context, sizeof(OrderBook));

	book->context = context;
	book->mode = mode;
	book->has_revenue = has_revenue;
	book->customers = engage_key_table_create(context, customer_kind);
	if (BOOK_HAS_ORDERS(mode))
		book->orders = engage_key_table_create(context, order_kind);
	return book;
}

/* Double an array, within the memory allowed. */
static void *
enlarge(OrderBook *book, void *array, int64 *space, Size element)
{
	Size		old = *space * element;
	int64		wanted = *space == 0 ? 8 : *space * 2;

	engage_keyed_memory_check(book->context, wanted * element - old);
	*space = wanted;
	if (array == NULL)
		return MemoryContextAllocHuge(book->context, wanted * element);
	return repalloc_huge(array, wanted * element);
}

/* BOOK_COUNTS: the customer has made so many more orders. */
void
engage_book_count(OrderBook *book, const Key *customer, uint32 norders)
{
	Assert(book->mode == BOOK_COUNTS);
	if (unlikely(pg_add_s64_overflow(book->norders, norders, &book->norders)))
		engage_count_overflow();
	engage_key_table_count(book->customers, customer, norders);
}

/* The customer's number, counted from 0. */
static uint32
customer_number(OrderBook *book, const Key *customer)
{
	bool		is_new;
	uint32	   *value = engage_key_table_find(book->customers, customer, &is_new);

	if (is_new)
	{
		uint32		number = engage_key_table_size(book->customers) - 1;

		*value = number;
		if (BOOK_HAS_ORDERS(book->mode))
		{
			if (number >= book->customer_space)
			{
				int64		space = book->customer_space;

				if (book->has_revenue)
				{
					book->revenue_of = enlarge(book, book->revenue_of, &space, sizeof(ExactSum));
					space = book->customer_space;
				}
				book->orders_of = enlarge(book, book->orders_of, &space, sizeof(uint32));
				book->customer_space = space;
			}
			book->orders_of[number] = 0;
			if (book->has_revenue)
				exact_sum_from_int64(&book->revenue_of[number], 0);
		}
		return number;
	}
	return *value;
}

/* A new order of the customer; returns 1 + its index. */
static uint32
append_order(OrderBook *book, uint32 customer, int64 time)
{
	if (book->norders >= book->order_space)
	{
		int64		space = book->order_space;

		book->order_list = enlarge(book, book->order_list, &space, sizeof(BookOrder));
		book->order_space = space;
	}
	book->order_list[book->norders].customer = customer;
	book->order_list[book->norders].time = time;
	book->order_list[book->norders].first = book->norders;
	/* cannot overflow: the list is limited by memory to far less than 2^32 */
	book->orders_of[customer]++;
	return ++book->norders;
}

/*
 * BOOK_HAS_ORDERS: the customer has this order (seen before or not), with a
 * row at this time.  Returns the customer's number.
 *
 * Nearly always an order belongs to one customer, so orders are looked up by
 * id.  Where shops number each customer's orders from 1, or put the same id
 * on many rows, all but an id's first customer are in a second table.
 */
uint32
engage_book_order(OrderBook *book, const Key *customer, const Key *order, int64 time)
{
	uint32		number = customer_number(book, customer);
	bool		is_new;
	uint32	   *place = engage_key_table_find(book->orders, order, &is_new);

	if (is_new)
	{
		*place = append_order(book, number, time);
		return number;
	}
	if (book->order_list[*place - 1].customer != number)
	{
		uint32		first = *place - 1;
		Key			shared = {.integer = (int64) ((uint64) number << 32 | first)};

		if (book->shared_orders == NULL)
			book->shared_orders = engage_key_table_create(book->context, KEY_INT8);
		place = engage_key_table_find(book->shared_orders, &shared, &is_new);
		if (is_new)
		{
			*place = append_order(book, number, time);
			book->order_list[*place - 1].first = first;
			return number;
		}
	}
	book->order_list[*place - 1].time = Min(book->order_list[*place - 1].time, time);
	return number;
}

static inline int
compare_times(const BookTime *a, const BookTime *b)
{
	if (a->customer != b->customer)
		return a->customer < b->customer ? -1 : 1;
	return a->time < b->time ? -1 : a->time > b->time;
}

#define ST_SORT sort_times
#define ST_ELEMENT_TYPE BookTime
#define ST_COMPARE(a, b) compare_times(a, b)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* Sort the times by customer and drop repetitions. */
static void
sort_unique_times(OrderBook *book)
{
	int64		kept = 0;

	if (book->times_sorted == book->ntimes)
		return;
	sort_times(book->times, book->ntimes);
	for (int64 i = 0; i < book->ntimes; i++)
	{
		check_interrupts_at(i);
		if (kept == 0 || compare_times(&book->times[kept - 1], &book->times[i]) != 0)
			book->times[kept++] = book->times[i];
	}
	book->ntimes = book->times_sorted = kept;
}

/* BOOK_TIMES: the customer ordered at this time. */
void
engage_book_time(OrderBook *book, const Key *customer, int64 time)
{
	uint32		number = customer_number(book, customer);

	Assert(book->mode == BOOK_TIMES);
	if (book->ntimes == book->time_space)
	{
		/* order lines repeat their order's time: make room that way first */
		sort_unique_times(book);
		if (book->ntimes > book->time_space / 2 || book->time_space == 0)
			book->times = enlarge(book, book->times, &book->time_space, sizeof(BookTime));
	}
	book->times[book->ntimes].customer = number;
	book->times[book->ntimes].time = time;
	book->ntimes++;
}

void
engage_book_totals(OrderBook *book, BookTotals *totals)
{
	if (book->mode == BOOK_TIMES)
		sort_unique_times(book);
	totals->customers = engage_key_table_size(book->customers);
	totals->orders = book->mode == BOOK_TIMES ? book->ntimes : book->norders;
	totals->repeat_customers = 0;
	if (book->mode == BOOK_COUNTS)
	{
		KeyTableScan scan = {book->customers, 0};
		uint32		norders;

		while (engage_key_table_next(&scan, &norders))
		{
			check_interrupts_at(scan.position);
			totals->repeat_customers += norders > 1;
		}
	}
	else if (BOOK_HAS_ORDERS(book->mode))
	{
		for (int64 i = 0; i < totals->customers; i++)
		{
			check_interrupts_at(i);
			totals->repeat_customers += book->orders_of[i] > 1;
		}
	}
}

/* BOOK_HAS_TIMES: all times, sorted by customer number. */
BookTime *
engage_book_all_times(OrderBook *book, int64 *ntimes)
{
	BookTime   *times;

	if (book->mode == BOOK_TIMES)
	{
		sort_unique_times(book);
		*ntimes = book->ntimes;
		return book->times;
	}

	engage_keyed_memory_check(book->context, book->norders * sizeof(BookTime));
	times = MemoryContextAllocHuge(CurrentMemoryContext,
								   Max(1, book->norders) * sizeof(BookTime));
	for (int64 i = 0; i < book->norders; i++)
	{
		check_interrupts_at(i);
		times[i].customer = book->order_list[i].customer;
		times[i].time = book->order_list[i].time;
	}
	sort_times(times, book->norders);
	*ntimes = book->norders;
	return times;
}

/*
 * The microseconds between successive orders, of all customers.  Without
 * order ids, rows of the same time are one order; with them, two orders of
 * the same time are two, with a gap of zero.  The time between the first and
 * the last timestamp there is fits only without a sign.
 */
uint64 *
engage_book_gaps(OrderBook *book, int64 *ngaps)
{
	int64		ntimes;
	BookTime   *times = engage_book_all_times(book, &ntimes);
	uint64	   *gaps;

	engage_keyed_memory_check(book->context, ntimes * sizeof(uint64));
	gaps = MemoryContextAllocHuge(CurrentMemoryContext, Max(1, ntimes) * sizeof(uint64));
	*ngaps = 0;
	for (int64 i = 1; i < ntimes; i++)
	{
		if (times[i].customer == times[i - 1].customer)
			gaps[(*ngaps)++] = (uint64) times[i].time - (uint64) times[i - 1].time;
		check_interrupts_at(i);
	}
	return gaps;
}
