/*-------------------------------------------------------------------------
 *
 * order_book_core.h
 *	  Who ordered, which orders, when: the state behind every metric that has
 *	  to tell customers and orders apart.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_ORDER_BOOK_CORE_H
#define ENGAGE_ORDER_BOOK_CORE_H

#include "common/exact_sum.h"
#include "common/key_table.h"

/* How much is kept of each customer; part of stored values. */
typedef enum BookMode
{
	BOOK_COUNTS = 1,			/* the number of orders */
	BOOK_ORDERS = 2,			/* the set of orders */
	BOOK_TIMES = 3,				/* the set of points in time */
	BOOK_ORDER_TIMES = 4		/* the set of orders with each one's first time */
} BookMode;

#define BOOK_HAS_ORDERS(mode)	((mode) == BOOK_ORDERS || (mode) == BOOK_ORDER_TIMES)
#define BOOK_HAS_TIMES(mode)	((mode) == BOOK_TIMES || (mode) == BOOK_ORDER_TIMES)

/* an order of a customer */
typedef struct BookOrder
{
	int64		time;			/* its first, if the mode has times */
	uint32		customer;
	uint32		first;			/* index of the first order with the same id */
} BookOrder;

/* a point in time at which a customer ordered */
typedef struct BookTime
{
	int64		time;
	uint32		customer;
} BookTime;

typedef struct OrderBook
{
	MemoryContext context;
	BookMode	mode;
	bool		has_revenue;
	KeyTable   *customers;		/* number of orders (BOOK_COUNTS) or customer number */
	KeyTable   *orders;			/* 1 + index of the first order with that id */
	KeyTable   *shared_orders;	/* the same by id and customer, for all others */
	int64		norders;		/* of all customers */

	/* by customer number */
	uint32	   *orders_of;
	ExactSum   *revenue_of;
	uint32		customer_space;

	/* BOOK_HAS_ORDERS */
	BookOrder  *order_list;
	uint32		order_space;

	/* BOOK_TIMES; sorted up to times_sorted */
	BookTime   *times;
	int64		ntimes;
	int64		time_space;
	int64		times_sorted;
} OrderBook;

typedef struct BookTotals
{
	int64		customers;
	int64		repeat_customers;
	int64		orders;
} BookTotals;

extern OrderBook *engage_book_create(MemoryContext context, BookMode mode,
									 KeyKind customer_kind, KeyKind order_kind,
									 bool has_revenue);
extern void engage_book_count(OrderBook *book, const Key *customer, uint32 norders);
extern uint32 engage_book_order(OrderBook *book, const Key *customer,
								const Key *order, int64 time);
extern void engage_book_time(OrderBook *book, const Key *customer, int64 time);
extern void engage_book_totals(OrderBook *book, BookTotals *totals);
extern BookTime *engage_book_all_times(OrderBook *book, int64 *ntimes);
extern uint64 *engage_book_gaps(OrderBook *book, int64 *ngaps);

#endif							/* ENGAGE_ORDER_BOOK_CORE_H */
