/*-------------------------------------------------------------------------
 *
 * order_book_io.c
 *	  Text and binary forms of stored order books.
 *
 * Text is version, tag of the mode, kinds of the keys, then the customers:
 *		1c:int8:42=3;77=1					numbers of orders
 *		1o:int8,text:42="A1","A7";77="B2"	orders
 *		1t:int8:42=7000,9000				times, microseconds since 2000-01-01
 *		1p:int8,text:42="A1"@7000			orders at times
 * Both directions of input build the stored form first and then run the one
 * validation over it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/compat.h"
#include "common/int.h"
#include "common/interrupts.h"
#include "common/text_scan.h"
#include "datatype/timestamp.h"
#include "kpi/order_book.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#define UUID_TEXT_LEN	36

static const char mode_tags[] = " cotp";

static bool
mode_fits(const BookType *type, int mode)
{
	return mode == type->plain_mode || mode == type->order_mode;
}

/*
 * What input has built, with its totals filled in; or NULL and a complaint
 * about a value that no rows could have given.
 *
 * Keys are stored in the order of their bytes.  Texts that come from a server
 * of another encoding are in the order they had there, so any order is taken.
 */
static BookSummary *
settle_summary(BookSummary *summary, const char **fault)
{
	BookCursor	cursor;
	BookSummary *sorted;
	Key			customer;
	Key			previous_customer = {0};
	bool		in_order = true;

	engage_book_cursor_init(&cursor, summary);
	summary->orders = summary->repeat_customers = 0;
	for (int64 i = 0; i < summary->customers; i++)
	{
		uint64		count;
		Key			order;
		Key			previous_order = {0};
		int64		time;
		int64		previous_time = 0;

		check_interrupts_at(i);
		engage_book_next_key(&cursor, cursor.customer_kind, &customer);
		if (i > 0 && engage_key_compare(cursor.customer_kind, &previous_customer, &customer) >= 0)
			in_order = false;
		previous_customer = customer;
		count = engage_book_next_count(&cursor);
		*fault = "A customer has from 1 to 4294967295 orders.";
		if (count < 1 || count > PG_UINT32_MAX)
			return NULL;
		*fault = "The orders add up to more than a bigint holds.";
		if (pg_add_s64_overflow(summary->orders, count, &summary->orders))
			return NULL;
		summary->repeat_customers += count > 1;
		if (summary->mode == BOOK_COUNTS)
			continue;
		for (uint64 k = 0; k < count; k++)
		{
			check_interrupts_at(k);
			if (BOOK_HAS_ORDERS(summary->mode))
			{
				engage_book_next_key(&cursor, cursor.order_kind, &order);
				if (k > 0 && engage_key_compare(cursor.order_kind, &previous_order, &order) >= 0)
					in_order = false;
				previous_order = order;
			}
			if (BOOK_HAS_TIMES(summary->mode))
			{
				time = engage_book_next_time(&cursor);
				*fault = "A time is out of range.";
				if (!IS_VALID_TIMESTAMP(time))
					return NULL;
				if (summary->mode == BOOK_TIMES && k > 0 && time <= previous_time)
					in_order = false;
				previous_time = time;
			}
		}
	}
	if (in_order)
		return summary;

	/* a book sorts, and is smaller if there were repetitions */
	sorted = engage_book_to_summary(engage_book_from_summary(summary));
	*fault = "Customers, and a customer's orders or times, must be distinct.";
	if (sorted->customers != summary->customers || sorted->orders != summary->orders)
		return NULL;
	return sorted;
}

/* ------------------------------------------------------------------- text */

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Two lower-case hexadecimal digits. */
static bool
scan_hex_byte(TextScan *scan, StringInfo result)
{
	int			high = hex_value(scan->pos[0]);
	int			low = high < 0 ? -1 : hex_value(scan->pos[1]);

	if (low < 0)
		return engage_scan_fail(scan, "two lower-case hexadecimal digits");
	appendStringInfoChar(result, (char) (high << 4 | low));
	scan->pos += 2;
	return true;
}

static bool
scan_key(TextScan *scan, KeyKind kind, StringInfo buffer, Key *key)
{
	resetStringInfo(buffer);
	switch (kind)
	{
		case KEY_INT8:
			return engage_scan_int64(scan, &key->integer);
		case KEY_TEXT:
			if (!engage_scan_quoted(scan, buffer))
				return false;
			break;
		case KEY_UUID:
			for (int i = 0; i < UUID_LEN; i++)
			{
				if ((i == 4 || i == 6 || i == 8 || i == 10) &&
					!engage_scan_literal(scan, "-"))
					return false;
				if (!scan_hex_byte(scan, buffer))
					return false;
			}
			break;
		case KEY_BYTEA:
			if (!engage_scan_literal(scan, "x"))
				return false;
			while (hex_value(*scan->pos) >= 0)
			{
				check_interrupts_at(buffer->len);
				if (!scan_hex_byte(scan, buffer))
					return false;
			}
			break;
	}
	key->bytes = buffer->data;
	key->len = buffer->len;
	return true;
}

static bool
scan_kind(TextScan *scan, KeyKind *kind)
{
	for (int i = KEY_INT8; i <= KEY_BYTEA; i++)
	{
		if (engage_scan_try(scan, engage_key_kind_name(i)))
		{
			*kind = i;
			return true;
		}
	}
	return engage_scan_fail(scan, "int8, uuid, text or bytea");
}

/*
 * What follows a customer's key.  The stored form has the number of items in
 * front, so they are collected beside it first.
 */
static bool
scan_items(TextScan *scan, BookMode mode, KeyKind order_kind, StringInfo body,
		   StringInfo items, StringInfo buffer)
{
	uint64		count = 0;
	Key			order = {0};
	int64		number;

	if (mode == BOOK_COUNTS)
	{
		if (!engage_scan_int64(scan, &number))
			return false;
		if (number < 0)
			return engage_scan_fail(scan, "a positive number of orders");
		engage_book_put_count(body, number);
		return true;
	}

	resetStringInfo(items);
	do
	{
		if (BOOK_HAS_ORDERS(mode))
		{
			if (!scan_key(scan, order_kind, buffer, &order))
				return false;
			engage_book_put_key(items, order_kind, &order);
		}
		if (BOOK_HAS_TIMES(mode))
		{
			if ((mode == BOOK_ORDER_TIMES && !engage_scan_literal(scan, "@")) ||
				!engage_scan_int64(scan, &number))
				return false;
			engage_book_put_time(items, number);
		}
		count++;
		CHECK_FOR_INTERRUPTS();
	} while (engage_scan_try(scan, ","));
	engage_book_put_count(body, count);
	appendBinaryStringInfo(body, items->data, items->len);
	return true;
}

static BookSummary *
parse_book(TextScan *scan, const BookType *type)
{
	BookMode	mode;
	KeyKind		customer_kind = 0;
	KeyKind		order_kind = 0;
	StringInfoData body;
	StringInfoData items;
	StringInfoData buffer;
	Key			customer = {0};
	BookTotals	totals = {0};
	const char	plain_tag[] = {mode_tags[type->plain_mode], '\0'};
	const char	order_tag[] = {mode_tags[type->order_mode], '\0'};

	if (!engage_scan_version(scan))
		return NULL;
	if (engage_scan_try(scan, plain_tag))
		mode = type->plain_mode;
	else if (engage_scan_literal(scan, order_tag))
		mode = type->order_mode;
	else
		return NULL;
	if (!engage_scan_literal(scan, ":") || !scan_kind(scan, &customer_kind))
		return NULL;
	if (BOOK_HAS_ORDERS(mode) &&
		(!engage_scan_literal(scan, ",") || !scan_kind(scan, &order_kind)))
		return NULL;
	if (!engage_scan_literal(scan, ":"))
		return NULL;

	initStringInfo(&items);
	initStringInfo(&buffer);
	engage_book_start_body(&body);
	if (*scan->pos != '\0')
	{
		do
		{
			if (!scan_key(scan, customer_kind, &buffer, &customer))
				return NULL;
			engage_book_put_key(&body, customer_kind, &customer);
			if (!engage_scan_literal(scan, "=") ||
				!scan_items(scan, mode, order_kind, &body, &items, &buffer))
				return NULL;
			totals.customers++;
		} while (engage_scan_try(scan, ";"));
	}
	if (!engage_scan_end(scan))
		return NULL;
	return engage_book_finish_body(&body, mode, customer_kind, order_kind, &totals);
}

Datum
engage_book_in(FunctionCallInfo fcinfo, const BookType *type)
{
	char	   *input = PG_GETARG_CSTRING(0);
	TextScan	scan = {type->name, input, input, fcinfo->context};
	BookSummary *summary = parse_book(&scan, type);
	const char *fault;

	if (summary == NULL)
		PG_RETURN_NULL();
	summary = settle_summary(summary, &fault);
	if (summary == NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid value for type %s", type->name),
				 errdetail("%s", fault)));
	PG_RETURN_POINTER(summary);
}

static void
append_hex_byte(StringInfo text, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";

	appendStringInfoCharMacro(text, digits[byte >> 4]);
	appendStringInfoCharMacro(text, digits[byte & 0xF]);
}

static void
print_key(StringInfo text, KeyKind kind, const Key *key)
{
	switch (kind)
	{
		case KEY_INT8:
			appendStringInfo(text, INT64_FORMAT, key->integer);
			break;
		case KEY_TEXT:
			engage_append_quoted(text, key->bytes, key->len);
			break;
		case KEY_UUID:
			for (int i = 0; i < UUID_LEN; i++)
			{
				if (i == 4 || i == 6 || i == 8 || i == 10)
					appendStringInfoChar(text, '-');
				append_hex_byte(text, key->bytes[i]);
			}
			break;
		case KEY_BYTEA:
			appendStringInfoChar(text, 'x');
			for (uint32 i = 0; i < key->len; i++)
			{
				check_interrupts_at(i);
				append_hex_byte(text, key->bytes[i]);
			}
			break;
	}
}

Datum
engage_book_out(FunctionCallInfo fcinfo, const BookType *type)
{
	BookSummary *summary = engage_book_summary_arg(type, PG_GETARG_DATUM(0));
	BookCursor	cursor;
	StringInfoData text;
	Key			key;

	initStringInfo(&text);
	appendStringInfo(&text, "%d%c:%s", summary->version, mode_tags[summary->mode],
					 engage_key_kind_name(summary->customer_kind));
	if (BOOK_HAS_ORDERS(summary->mode))
		appendStringInfo(&text, ",%s", engage_key_kind_name(summary->order_kind));
	appendStringInfoChar(&text, ':');

	engage_book_cursor_init(&cursor, summary);
	for (int64 i = 0; i < summary->customers; i++)
	{
		uint64		count;

		check_interrupts_at(i);
		if (i > 0)
			appendStringInfoChar(&text, ';');
		engage_book_next_key(&cursor, cursor.customer_kind, &key);
		print_key(&text, cursor.customer_kind, &key);
		appendStringInfoChar(&text, '=');
		count = engage_book_next_count(&cursor);
		if (summary->mode == BOOK_COUNTS)
		{
			appendStringInfo(&text, UINT64_FORMAT, count);
			continue;
		}
		for (uint64 k = 0; k < count; k++)
		{
			check_interrupts_at(k);
			if (k > 0)
				appendStringInfoChar(&text, ',');
			if (BOOK_HAS_ORDERS(summary->mode))
			{
				engage_book_next_key(&cursor, cursor.order_kind, &key);
				print_key(&text, cursor.order_kind, &key);
			}
			if (BOOK_HAS_TIMES(summary->mode))
				appendStringInfo(&text, "%s" INT64_FORMAT,
								 summary->mode == BOOK_ORDER_TIMES ? "@" : "",
								 engage_book_next_time(&cursor));
		}
	}
	PG_RETURN_CSTRING(text.data);
}

/* ----------------------------------------------------------------- binary */

static void
send_key(StringInfo message, KeyKind kind, const Key *key)
{
	switch (kind)
	{
		case KEY_INT8:
			pq_sendint64(message, key->integer);
			break;
		case KEY_UUID:
			pq_sendbytes(message, key->bytes, UUID_LEN);
			break;
		case KEY_TEXT:
			{
				/* as any text, in the encoding of the client */
				char	   *converted = pg_server_to_client(key->bytes, key->len);
				int			len = converted == key->bytes ? key->len : strlen(converted);

				pq_sendint32(message, len);
				pq_sendbytes(message, converted, len);
				break;
			}
		case KEY_BYTEA:
			pq_sendint32(message, key->len);
			pq_sendbytes(message, key->bytes, key->len);
			break;
	}
}

static void
receive_key(StringInfo message, KeyKind kind, Key *key)
{
	int			len;

	switch (kind)
	{
		case KEY_INT8:
			key->integer = pq_getmsgint64(message);
			break;
		case KEY_UUID:
			key->len = UUID_LEN;
			key->bytes = pq_getmsgbytes(message, UUID_LEN);
			break;
		case KEY_TEXT:
			len = pq_getmsgint(message, 4);
			key->bytes = pq_getmsgtext(message, len, &len);
			key->len = len;
			break;
		case KEY_BYTEA:
			key->len = pq_getmsgint(message, 4);
			key->bytes = pq_getmsgbytes(message, key->len);
			break;
	}
}

/*
 * Binary: version, mode, kinds of customers and orders (a byte each), number
 * of customers, then the customers as in the stored form.
 */
Datum
engage_book_recv(FunctionCallInfo fcinfo, const BookType *type)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(message);
	int			mode = pq_getmsgbyte(message);
	int			customer_kind = pq_getmsgbyte(message);
	int			order_kind = pq_getmsgbyte(message);
	BookTotals	totals = {0};
	StringInfoData body;
	BookSummary *summary;
	Key			key = {0};
	const char *fault = NULL;

	totals.customers = pq_getmsgint64(message);
	if (version != BOOK_VERSION)
		fault = "Its format version is unknown.";
	else if (!mode_fits(type, mode))
		fault = "It is of another kind.";
	else if (!KEY_KIND_IS_VALID(customer_kind) ||
			 (BOOK_HAS_ORDERS(mode) ? !KEY_KIND_IS_VALID(order_kind) : order_kind != 0))
		fault = "It has keys of an unknown kind.";
	else if (totals.customers < 0)
		fault = "It has a negative number of customers.";
	else
	{
		engage_book_start_body(&body);
		for (int64 i = 0; i < totals.customers; i++)
		{
			uint64		count;

			CHECK_FOR_INTERRUPTS();
			receive_key(message, customer_kind, &key);
			engage_book_put_key(&body, customer_kind, &key);
			count = pq_getmsgint64(message);
			engage_book_put_count(&body, count);
			if (mode == BOOK_COUNTS)
				continue;
			for (uint64 k = 0; k < count; k++)
			{
				check_interrupts_at(k);
				if (BOOK_HAS_ORDERS(mode))
				{
					receive_key(message, order_kind, &key);
					engage_book_put_key(&body, order_kind, &key);
				}
				if (BOOK_HAS_TIMES(mode))
					engage_book_put_time(&body, pq_getmsgint64(message));
			}
		}
		summary = engage_book_finish_body(&body, mode, customer_kind, order_kind, &totals);
		summary = settle_summary(summary, &fault);
		if (summary != NULL)
			PG_RETURN_POINTER(summary);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value for type %s", type->name),
			 errdetail("%s", fault)));
}

Datum
engage_book_send(FunctionCallInfo fcinfo, const BookType *type)
{
	BookSummary *summary = engage_book_summary_arg(type, PG_GETARG_DATUM(0));
	BookCursor	cursor;
	StringInfoData message;
	Key			key;

	pq_begintypsend(&message);
	pq_sendbyte(&message, summary->version);
	pq_sendbyte(&message, summary->mode);
	pq_sendbyte(&message, summary->customer_kind);
	pq_sendbyte(&message, summary->order_kind);
	pq_sendint64(&message, summary->customers);
	engage_book_cursor_init(&cursor, summary);
	for (int64 i = 0; i < summary->customers; i++)
	{
		uint64		count;

		CHECK_FOR_INTERRUPTS();
		engage_book_next_key(&cursor, cursor.customer_kind, &key);
		send_key(&message, cursor.customer_kind, &key);
		count = engage_book_next_count(&cursor);
		pq_sendint64(&message, count);
		if (summary->mode == BOOK_COUNTS)
			continue;
		for (uint64 k = 0; k < count; k++)
		{
			check_interrupts_at(k);
			if (BOOK_HAS_ORDERS(summary->mode))
			{
				engage_book_next_key(&cursor, cursor.order_kind, &key);
				send_key(&message, cursor.order_kind, &key);
			}
			if (BOOK_HAS_TIMES(summary->mode))
				pq_sendint64(&message, engage_book_next_time(&cursor));
		}
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}
