/*-------------------------------------------------------------------------
 *
 * order_book.h
 *	  SQL side of order books: aggregate states and stored summaries.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_ORDER_BOOK_H
#define ENGAGE_ORDER_BOOK_H

#include "kpi/order_book_core.h"
#include "lib/stringinfo.h"

#define BOOK_VERSION	1

/*
 * A stored order book: customers in key order, each with what the mode says,
 * packed without alignment.  Integers in the body are in native byte order.
 */
typedef struct BookSummary
{
	int32		vl_len_;		/* varlena header */
	uint8		version;
	uint8		mode;			/* BookMode */
	uint8		customer_kind;	/* KeyKind */
	uint8		order_kind;		/* KeyKind, or 0 if the mode has no orders */
	int64		customers;
	int64		repeat_customers;
	int64		orders;
	char		body[FLEXIBLE_ARRAY_MEMBER];
} BookSummary;

/* a summary type takes two of the modes */
typedef struct BookType
{
	const char *name;
	BookMode	plain_mode;
	BookMode	order_mode;
} BookType;

extern const BookType engage_repeat_purchase_type;
extern const BookType engage_days_between_orders_type;

/* reading a body */
typedef struct BookCursor
{
	const char *pos;
	const char *end;
	KeyKind		customer_kind;
	KeyKind		order_kind;
} BookCursor;

extern BookSummary *engage_book_to_summary(OrderBook *book);
extern void engage_book_add_summary(OrderBook *book, const BookSummary *summary);
extern BookSummary *engage_book_summary_arg(const BookType *type, Datum datum);
extern int64 engage_book_count_repeat(const BookSummary *summary, uint32 at_least);
extern BookTotals engage_book_totals_arg(const BookType *type, Datum datum);
extern OrderBook *engage_book_from_summary(const BookSummary *summary);
extern void engage_book_cursor_init(BookCursor *cursor, const BookSummary *summary);
extern void engage_book_next_key(BookCursor *cursor, KeyKind kind, Key *key);
extern uint64 engage_book_next_count(BookCursor *cursor);
extern int64 engage_book_next_time(BookCursor *cursor);

/* writing a body (kpi/order_book_summary.c and kpi/order_book_io.c) */
extern void engage_book_put_key(StringInfo body, KeyKind kind, const Key *key);
extern void engage_book_put_count(StringInfo body, uint64 count);
extern void engage_book_put_time(StringInfo body, int64 time);
extern void engage_book_start_body(StringInfo body);
extern BookSummary *engage_book_finish_body(StringInfo body, BookMode mode,
											KeyKind customer_kind, KeyKind order_kind,
											const BookTotals *totals);

extern Datum engage_book_in(FunctionCallInfo fcinfo, const BookType *type);
extern Datum engage_book_out(FunctionCallInfo fcinfo, const BookType *type);
extern Datum engage_book_recv(FunctionCallInfo fcinfo, const BookType *type);
extern Datum engage_book_send(FunctionCallInfo fcinfo, const BookType *type);

#endif							/* ENGAGE_ORDER_BOOK_H */
