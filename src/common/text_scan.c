/*-------------------------------------------------------------------------
 *
 * text_scan.c
 *	  Reading the text form of stored values.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/compat.h"
#include "common/int.h"
#include "common/interrupts.h"
#include "common/text_scan.h"
#include "mb/pg_wchar.h"

/* Longer values are cut in messages. */
#define SHOWN_INPUT		60

bool
engage_scan_fail(TextScan *scan, const char *expected)
{
	ereturn(scan->escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%.*s%s\"",
					scan->type_name,
					pg_mbcliplen(scan->input, strlen(scan->input), SHOWN_INPUT),
					scan->input,
					strlen(scan->input) > SHOWN_INPUT ? "..." : ""),
			 errdetail("Expected %s at position %zu.",
					   expected, (size_t) (scan->pos - scan->input) + 1)));
}

/* The version that every value begins with; there is only the first so far. */
bool
engage_scan_version(TextScan *scan)
{
	if (*scan->pos >= '0' && *scan->pos <= '9' &&
		!(scan->pos[0] == '1' && !(scan->pos[1] >= '0' && scan->pos[1] <= '9')))
		ereturn(scan->escontext, false,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("value of type %s has an unknown format version", scan->type_name),
				 errdetail("This version of engage reads version 1: \"1:...\"."),
				 errhint("If it was written by a newer engage, upgrade this server's.")));
	return engage_scan_literal(scan, "1");
}

bool
engage_scan_try(TextScan *scan, const char *literal)
{
	size_t		len = strlen(literal);

	if (strncmp(scan->pos, literal, len) != 0)
		return false;
	scan->pos += len;
	return true;
}

bool
engage_scan_literal(TextScan *scan, const char *literal)
{
	if (engage_scan_try(scan, literal))
		return true;
	return engage_scan_fail(scan, psprintf("\"%s\"", literal));
}

bool
engage_scan_int64(TextScan *scan, int64 *result)
{
	const char *p = scan->pos;
	bool		negative = *p == '-';
	int64		value = 0;

	if (negative)
		p++;
	if (*p < '0' || *p > '9')
		return engage_scan_fail(scan, "a whole number");
	/* accumulate negatively: that side reaches one further */
	for (; *p >= '0' && *p <= '9'; p++)
	{
		if (pg_mul_s64_overflow(value, 10, &value) ||
			pg_sub_s64_overflow(value, *p - '0', &value))
			return engage_scan_fail(scan, "a number within the range of bigint");
	}
	if (!negative && value == PG_INT64_MIN)
		return engage_scan_fail(scan, "a number within the range of bigint");
	*result = negative ? value : -value;
	scan->pos = p;
	return true;
}

bool
engage_scan_exact(TextScan *scan, ExactSum *result)
{
	const char *end = engage_exact_parse(result, scan->pos);

	if (end == NULL)
		return engage_scan_fail(scan, "a decimal number below 8.5e37 with at most 36 decimals");
	scan->pos = end;
	return true;
}

/* A string in double quotes, in which a double quote is doubled. */
bool
engage_scan_quoted(TextScan *scan, StringInfo result)
{
	resetStringInfo(result);
	if (!engage_scan_literal(scan, "\""))
		return false;
	for (;;)
	{
		const char *quote = strchr(scan->pos, '"');

		if (quote == NULL)
			return engage_scan_fail(scan, "a string that ends in a double quote");
		appendBinaryStringInfo(result, scan->pos, quote - scan->pos);
		scan->pos = quote + 1;
		if (*scan->pos != '"')
			return true;
		appendStringInfoChar(result, '"');
		scan->pos++;
	}
}

void
engage_append_quoted(StringInfo buffer, const char *data, int len)
{
	appendStringInfoChar(buffer, '"');
	for (int i = 0; i < len; i++)
	{
		check_interrupts_at(i);
		if (data[i] == '"')
			appendStringInfoChar(buffer, '"');
		appendStringInfoChar(buffer, data[i]);
	}
	appendStringInfoChar(buffer, '"');
}

bool
engage_scan_end(TextScan *scan)
{
	if (*scan->pos != '\0')
		return engage_scan_fail(scan, "the end of the value");
	return true;
}
