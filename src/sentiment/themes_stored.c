/*-------------------------------------------------------------------------
 *
 * themes_stored.c
 *	  Summaries of themes as stored values, and their text and binary forms.
 *
 * Text:
 *		1:version=1,texts=3,sum=-0.9,squares=1.1;"driver"=1,-0.8;"late"=2,-1.1;"driver" "late"=1,-0.8
 * All words with their numbers of texts and sums of scores come first, then pairs.
 * A word that the database's encoding does not have is \x and its UTF-8 in
 * hexadecimal digits.
 * In text, these may come in any order: input goes through a book, which sorts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/compat.h"
#include "common/errors.h"
#include "common/interrupts.h"
#include "common/summary.h"
#include "common/text_scan.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "sentiment/sentiment.h"
#include "sentiment/themes.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* ----------------------------------------------------------------
 *		writing
 * ---------------------------------------------------------------- */

static inline void
put_number(StringInfo body, uint64 number)
{
	while (number >= 0x80)
	{
		appendStringInfoCharMacro(body, (char) (number | 0x80));
		number >>= 7;
	}
	appendStringInfoCharMacro(body, (char) number);
}

/* Small numbers of either sign take few bytes. */
static inline void
put_signed(StringInfo body, int64 number)
{
	put_number(body, ((uint64) number << 1) ^ (uint64) (number >> 63));
}

/* A value is limited to 1 GB; better to say why than "out of memory". */
static inline void
check_length(StringInfo body)
{
	if (unlikely(body->len > MaxAllocSize - MaxAllocSize / 64))
		engage_themes_memory_exceeded();
}

ThemeSummary *
engage_themes_store(ThemeBook *book)
{
	ThemeTerms	terms;
	StringInfoData body;
	ThemeSummary *summary;
	uint32		last_first = 0;

	engage_themes_terms(book, &terms);
	initStringInfo(&body);
	enlargeStringInfo(&body, offsetof(ThemeSummary, body));
	body.len = offsetof(ThemeSummary, body);
	memset(body.data, 0, body.len);
	for (uint32 i = 0; i < terms.nwords; i++)
	{
		const ThemeWord *word = &terms.words[i];

		check_interrupts_at(i);
		check_length(&body);
		put_number(&body, word->len);
		appendBinaryStringInfo(&body, word->bytes, word->len);
		put_number(&body, word->texts);
		put_signed(&body, word->sum);
	}
	for (uint32 i = 0; i < terms.npairs; i++)
	{
		const ThemePair *pair = &terms.pairs[i];

		check_interrupts_at(i);
		check_length(&body);
		put_number(&body, THEME_PAIR_FIRST(pair->words) - last_first);
		last_first = THEME_PAIR_FIRST(pair->words);
		put_number(&body, THEME_PAIR_SECOND(pair->words));
		put_number(&body, pair->texts);
		put_signed(&body, pair->sum);
	}
	pfree(terms.words);
	pfree(terms.pairs);
	summary = (ThemeSummary *) body.data;
	SET_VARSIZE(summary, body.len);
	summary->version = THEMES_VERSION;
	summary->scores_version = terms.version;
	summary->texts = terms.totals.texts;
	summary->sum = terms.totals.sum;
	summary->squares_high = (uint64) ((uint128) terms.totals.squares >> 64);
	summary->squares_low = (uint64) terms.totals.squares;
	summary->nwords = terms.nwords;
	summary->npairs = terms.npairs;
	return summary;
}

/* ----------------------------------------------------------------
 *		reading
 * ---------------------------------------------------------------- */

typedef struct ThemeCursor
{
	const char *pos;
	const char *end;
} ThemeCursor;

/* Stored values were checked when they came in; this guards the memory. */
pg_noreturn static void
stored_value_error(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stored theme_summary is damaged")));
}

static uint64
next_number(ThemeCursor *cursor)
{
	uint64		number = 0;

	for (int shift = 0; shift < 64; shift += 7)
	{
		uint8		byte;

		if (unlikely(cursor->pos == cursor->end))
			stored_value_error();
		byte = *cursor->pos++;
		number |= (uint64) (byte & 0x7F) << shift;
		if ((byte & 0x80) == 0)
			break;
	}
	return number;
}

static int64
next_signed(ThemeCursor *cursor)
{
	uint64		number = next_number(cursor);

	return (int64) (number >> 1) ^ -(int64) (number & 1);
}

static void
check_version(const ThemeSummary *summary)
{
	if (unlikely(summary->version != THEMES_VERSION))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("theme_summary has unknown format version %d", summary->version),
				 errhint("It was written by a newer engage; upgrade this server's.")));
}

static ThemeTotals
stored_totals(const ThemeSummary *summary)
{
	ThemeTotals totals = {
		.texts = summary->texts,
		.sum = summary->sum,
		.squares = (int128) ((uint128) summary->squares_high << 64 | summary->squares_low)
	};

	return totals;
}

/* Only the header, without fetching the rest of a large value */
ThemeTotals
engage_themes_totals_arg(Datum datum, int *version)
{
	ThemeSummary *header = (ThemeSummary *)
		PG_DETOAST_DATUM_SLICE(datum, 0, offsetof(ThemeSummary, body) - VARHDRSZ);

	check_version(header);
	*version = header->scores_version;
	return stored_totals(header);
}

void
engage_themes_arg(Datum datum, ThemeTerms *terms)
{
	ThemeSummary *summary = (ThemeSummary *) PG_DETOAST_DATUM(datum);
	ThemeCursor cursor = {summary->body, (const char *) summary + VARSIZE(summary)};
	uint64		first = 0;

	check_version(summary);
	terms->totals = stored_totals(summary);
	terms->version = summary->scores_version;
	terms->nwords = summary->nwords;
	terms->npairs = summary->npairs;
	/* each takes three bytes at least, so these are in proportion to the value */
	if (((uint64) terms->nwords + terms->npairs) * 3 > VARSIZE(summary))
		stored_value_error();
	terms->words = MemoryContextAllocHuge(CurrentMemoryContext, Max(1, (Size) terms->nwords) * sizeof(ThemeWord));
	terms->pairs = MemoryContextAllocHuge(CurrentMemoryContext, Max(1, (Size) terms->npairs) * sizeof(ThemePair));
	for (uint32 i = 0; i < terms->nwords; i++)
	{
		ThemeWord  *word = &terms->words[i];

		check_interrupts_at(i);
		word->len = next_number(&cursor);
		word->bytes = cursor.pos;
		if (word->len > cursor.end - cursor.pos)
			stored_value_error();
		cursor.pos += word->len;
		word->texts = next_number(&cursor);
		word->sum = next_signed(&cursor);
	}
	for (uint32 i = 0; i < terms->npairs; i++)
	{
		ThemePair  *pair = &terms->pairs[i];
		uint64		second;

		check_interrupts_at(i);
		first += next_number(&cursor);
		second = next_number(&cursor);
		if (first >= terms->nwords || second >= terms->nwords)
			stored_value_error();
		pair->words = THEME_PAIR(first, second);
		pair->texts = next_number(&cursor);
		pair->sum = next_signed(&cursor);
	}
}

/* ----------------------------------------------------------------
 *		checking
 * ---------------------------------------------------------------- */

static bool
sum_is_possible(int64 texts, int64 sum)
{
	const int128 largest = (int128) texts * THEME_MAX_SCORE * THEME_SCORE_UNITS;

	return sum <= largest && sum >= -largest;
}

/* A complaint about counts that no texts could have given, or NULL */
static const char *
fault_of_count(const ThemeTotals *totals, int64 texts, int64 sum, int64 least)
{
	if (texts < least || texts > totals->texts)
		return "A term occurs in no more texts than there are.";
	if (!sum_is_possible(texts, sum))
		return "Scores lie between -100 and 100.";
	return NULL;
}

static const char *
fault_of_totals(const ThemeTotals *totals)
{
	if (totals->texts < 0)
		return "Counts are zero or more.";
	if (!sum_is_possible(totals->texts, totals->sum))
		return "Scores lie between -100 and 100.";
	if (totals->squares < 0 ||
		(double) totals->squares > (double) totals->texts * THEME_MAX_SCORE * THEME_MAX_SCORE *
		THEME_SCORE_UNITS * THEME_SCORE_UNITS ||
		!engage_moments_are_possible(totals->sum, (double) totals->squares, totals->texts, false))
		return "The sum of the squares does not fit that of the scores.";
	return NULL;
}

/* Adds what came in from outside; returns a complaint or NULL. */
static const char *
take_word(ThemeBook *book, const char *bytes, uint32 len, int64 texts, int64 sum)
{
	bool		is_new;
	uint32		word;
	const char *fault = fault_of_count(&book->totals, texts, sum, 0);

	if (fault != NULL)
		return fault;
	if (len < 1 || len > THEME_MAX_WORD_BYTES)
		return "A word has from 1 to 192 bytes.";
	if (!pg_verify_mbstr(PG_UTF8, bytes, len, true))
		return "Words are in UTF-8.";
	word = engage_themes_word(book, bytes, len, &is_new);
	if (!is_new)
		return "Each word is listed once.";
	engage_themes_add_word(book, word, texts, sum);
	return NULL;
}

static const char *
take_pair(ThemeBook *book, uint64 words, int64 texts, int64 sum)
{
	bool		is_new;
	const char *fault = fault_of_count(&book->totals, texts, sum, 1);

	if (fault != NULL)
		return fault;
	if (texts > PG_UINT32_MAX)
		return "A pair occurs in fewer than 4294967296 texts.";
	engage_themes_add_pair(book, words, texts, sum, &is_new);
	return is_new ? NULL : "Each pair is listed once.";
}

static const char *
take_totals(ThemeBook *book, int64 version, const ThemeTotals *totals)
{
	const char *fault = fault_of_totals(totals);

	if (fault != NULL)
		return fault;
	if (version < 0 || version > PG_UINT8_MAX)
		return "The version is a number from 0 to 255.";
	engage_themes_note_version(book, version);
	engage_themes_add_totals(book, totals);
	return NULL;
}

/* ----------------------------------------------------------------
 *		text
 * ---------------------------------------------------------------- */

/* so many units are 1 */
static void
append_units(StringInfo text, int128 units, int128 per_one)
{
	ExactSum	exact;
	char		printed[EXACT_SUM_MAXLEN];
	int128		whole = units / per_one;

	if (units % per_one < 0)
		whole--;
	exact.whole = whole;
	exact.fraction = (units - whole * per_one) * (EXACT_SUM_UNIT / per_one);
	appendStringInfoString(text, engage_exact_print(&exact, printed));
}

static bool
scan_units(TextScan *scan, int128 per_one, int128 *units)
{
	ExactSum	exact;

	if (!engage_scan_exact(scan, &exact))
		return false;
	if (exact.fraction % (EXACT_SUM_UNIT / per_one) != 0 ||
		__builtin_mul_overflow(exact.whole, per_one, units) ||
		__builtin_add_overflow(*units, exact.fraction / (EXACT_SUM_UNIT / per_one), units))
		return engage_scan_fail(scan, "a smaller number with fewer decimals");
	return true;
}

static bool
scan_sum(TextScan *scan, int64 *sum)
{
	int128		units = 0;

	if (!scan_units(scan, THEME_SCORE_UNITS, &units))
		return false;
	if (units != (int64) units)
		return engage_scan_fail(scan, "a smaller sum");
	*sum = (int64) units;
	return true;
}

#define SQUARE_UNITS ((int128) THEME_SCORE_UNITS * THEME_SCORE_UNITS)

/*
 * A quoted word, or the UTF-8 of one that the database's encoding does not have
 * as hexadecimal digits: a dump has to hold all of it.
 */
static void
append_word(StringInfo text, const ThemeWord *word)
{
	int			len;
	bool		is_exact;
	const char *bytes = engage_utf8_to_server(word->bytes, word->len, &len, &is_exact);

	if (is_exact)
	{
		engage_append_quoted(text, bytes, len);
		return;
	}
	appendStringInfoString(text, "\\x");
	enlargeStringInfo(text, word->len * 2);
	text->len += hex_encode(word->bytes, word->len, text->data + text->len);
	text->data[text->len] = '\0';
}

static void
append_count(StringInfo text, int64 texts, int64 sum)
{
	appendStringInfo(text, "=" INT64_FORMAT ",", texts);
	append_units(text, sum, THEME_SCORE_UNITS);
}

PG_FUNCTION_INFO_V1(engage_theme_summary_out);
Datum
engage_theme_summary_out(PG_FUNCTION_ARGS)
{
	ThemeTerms	terms;
	StringInfoData text;

	engage_themes_arg(PG_GETARG_DATUM(0), &terms);
	initStringInfo(&text);
	appendStringInfo(&text, "%d:version=%d,texts=" INT64_FORMAT ",sum=", THEMES_VERSION,
					 terms.version, terms.totals.texts);
	append_units(&text, terms.totals.sum, THEME_SCORE_UNITS);
	appendStringInfoString(&text, ",squares=");
	append_units(&text, terms.totals.squares, SQUARE_UNITS);
	for (uint32 i = 0; i < terms.nwords; i++)
	{
		check_interrupts_at(i);
		appendStringInfoChar(&text, ';');
		append_word(&text, &terms.words[i]);
		append_count(&text, terms.words[i].texts, terms.words[i].sum);
	}
	for (uint32 i = 0; i < terms.npairs; i++)
	{
		const ThemePair *pair = &terms.pairs[i];

		check_interrupts_at(i);
		appendStringInfoChar(&text, ';');
		append_word(&text, &terms.words[THEME_PAIR_FIRST(pair->words)]);
		appendStringInfoChar(&text, ' ');
		append_word(&text, &terms.words[THEME_PAIR_SECOND(pair->words)]);
		append_count(&text, pair->texts, pair->sum);
	}
	PG_RETURN_CSTRING(text.data);
}

/* A word as append_word() writes it, in UTF-8 */
static bool
scan_word(TextScan *scan, StringInfo word)
{
	if (engage_scan_try(scan, "\\x"))
	{
		size_t		digits = strspn(scan->pos, "0123456789abcdef");

		if (digits == 0 || digits % 2 != 0 || digits > THEME_MAX_WORD_BYTES * 2)
			return engage_scan_fail(scan, "1 to 192 bytes as pairs of the digits 0 to 9 and a to f");
		resetStringInfo(word);
		enlargeStringInfo(word, digits / 2);
		word->len = hex_decode(scan->pos, digits, word->data);
		word->data[word->len] = '\0';
		scan->pos += digits;
		return true;
	}
	if (!engage_scan_quoted(scan, word))
		return false;
	if (GetDatabaseEncoding() != PG_UTF8 && GetDatabaseEncoding() != PG_SQL_ASCII)
	{
		char	   *converted = pg_server_to_any(word->data, word->len, PG_UTF8);

		if (converted != word->data)
		{
			resetStringInfo(word);
			appendStringInfoString(word, converted);
		}
	}
	return true;
}

static bool
scan_totals(TextScan *scan, int64 *version, ThemeTotals *totals)
{
	return engage_scan_version(scan) &&
		engage_scan_literal(scan, ":version=") && engage_scan_int64(scan, version) &&
		engage_scan_literal(scan, ",texts=") && engage_scan_int64(scan, &totals->texts) &&
		engage_scan_literal(scan, ",sum=") && scan_sum(scan, &totals->sum) &&
		engage_scan_literal(scan, ",squares=") && scan_units(scan, SQUARE_UNITS, &totals->squares);
}

/* One word or pair; false after a syntax error or with a fault */
static bool
scan_term(TextScan *scan, ThemeBook *book, StringInfo first, StringInfo second, const char **fault)
{
	bool		is_pair;
	bool		first_is_new;
	bool		second_is_new;
	int64		texts;
	int64		sum;
	uint64		words;

	if (!scan_word(scan, first))
		return false;
	is_pair = engage_scan_try(scan, " ");
	if ((is_pair && !scan_word(scan, second)) ||
		!engage_scan_literal(scan, "=") || !engage_scan_int64(scan, &texts) ||
		!engage_scan_literal(scan, ",") || !scan_sum(scan, &sum))
		return false;
	if (!is_pair)
	{
		*fault = take_word(book, first->data, first->len, texts, sum);
		return *fault == NULL;
	}
	words = THEME_PAIR(engage_themes_word(book, first->data, first->len, &first_is_new),
					   engage_themes_word(book, second->data, second->len, &second_is_new));
	*fault = first_is_new || second_is_new ? "The words of a pair are listed before it." :
		take_pair(book, words, texts, sum);
	return *fault == NULL;
}

PG_FUNCTION_INFO_V1(engage_theme_summary_in);
Datum
engage_theme_summary_in(PG_FUNCTION_ARGS)
{
	char	   *input = PG_GETARG_CSTRING(0);
	TextScan	scan = {"theme_summary", input, input, fcinfo->context};
	ThemeBook  *book = engage_themes_create(CurrentMemoryContext);
	ThemeTotals totals;
	int64		version;
	StringInfoData first;
	StringInfoData second;
	const char *fault;

	if (!scan_totals(&scan, &version, &totals))
		PG_RETURN_NULL();
	fault = take_totals(book, version, &totals);
	initStringInfo(&first);
	initStringInfo(&second);
	while (fault == NULL && engage_scan_try(&scan, ";"))
	{
		CHECK_FOR_INTERRUPTS();
		if (!scan_term(&scan, book, &first, &second, &fault) && fault == NULL)
			PG_RETURN_NULL();
	}
	if (fault != NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid value for type theme_summary"),
				 errdetail("%s", fault)));
	if (!engage_scan_end(&scan))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(engage_themes_store(book));
}

/* ----------------------------------------------------------------
 *		binary
 *
 * Version, version of the scores (a byte each), texts, sum, squares (16 bytes),
 * numbers of words and of pairs; words as length, UTF-8, texts and sum; pairs as
 * the indexes of their words, texts and sum.  Everything is in order, which is
 * that of UTF-8 in every database.
 * ---------------------------------------------------------------- */

PG_FUNCTION_INFO_V1(engage_theme_summary_send);
Datum
engage_theme_summary_send(PG_FUNCTION_ARGS)
{
	ThemeTerms	terms;
	StringInfoData message;

	engage_themes_arg(PG_GETARG_DATUM(0), &terms);
	pq_begintypsend(&message);
	pq_sendbyte(&message, THEMES_VERSION);
	pq_sendbyte(&message, terms.version);
	pq_sendint64(&message, terms.totals.texts);
	pq_sendint64(&message, terms.totals.sum);
	pq_sendint64(&message, (uint64) ((uint128) terms.totals.squares >> 64));
	pq_sendint64(&message, (uint64) terms.totals.squares);
	pq_sendint32(&message, terms.nwords);
	pq_sendint32(&message, terms.npairs);
	for (uint32 i = 0; i < terms.nwords; i++)
	{
		check_interrupts_at(i);
		pq_sendint32(&message, terms.words[i].len);
		pq_sendbytes(&message, terms.words[i].bytes, terms.words[i].len);
		pq_sendint64(&message, terms.words[i].texts);
		pq_sendint64(&message, terms.words[i].sum);
	}
	for (uint32 i = 0; i < terms.npairs; i++)
	{
		check_interrupts_at(i);
		pq_sendint32(&message, THEME_PAIR_FIRST(terms.pairs[i].words));
		pq_sendint32(&message, THEME_PAIR_SECOND(terms.pairs[i].words));
		pq_sendint64(&message, terms.pairs[i].texts);
		pq_sendint64(&message, terms.pairs[i].sum);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

static const char *
receive_word(StringInfo message, ThemeBook *book, Key *previous)
{
	Key			word = {.len = pq_getmsgint(message, 4)};
	int64		texts;

	if (word.len > THEME_MAX_WORD_BYTES)
		return "A word has from 1 to 192 bytes.";
	word.bytes = pq_getmsgbytes(message, word.len);
	if (previous->bytes != NULL && engage_key_compare(KEY_TEXT, previous, &word) >= 0)
		return "Words are in order.";
	*previous = word;
	texts = pq_getmsgint64(message);
	return take_word(book, word.bytes, word.len, texts, pq_getmsgint64(message));
}

static const char *
receive_pair(StringInfo message, ThemeBook *book, uint32 nwords, uint64 *least)
{
	uint32		first = pq_getmsgint(message, 4);
	uint32		second = pq_getmsgint(message, 4);
	int64		texts = pq_getmsgint64(message);
	int64		sum = pq_getmsgint64(message);

	if (first >= nwords || second >= nwords)
		return "A pair has words that are not there.";
	if (THEME_PAIR(first, second) < *least)
		return "Pairs are in order.";
	*least = THEME_PAIR(first, second) + 1;
	return take_pair(book, THEME_PAIR(first, second), texts, sum);
}

PG_FUNCTION_INFO_V1(engage_theme_summary_recv);
Datum
engage_theme_summary_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	int			format = pq_getmsgbyte(message);
	int			version = pq_getmsgbyte(message);
	ThemeBook  *book = engage_themes_create(CurrentMemoryContext);
	ThemeTotals totals;
	uint64		high;
	uint32		nwords;
	uint32		npairs;
	Key			previous = {0};
	uint64		least_pair = 0;
	const char *fault = format == THEMES_VERSION ? NULL : "Its format version is unknown.";

	totals.texts = pq_getmsgint64(message);
	totals.sum = pq_getmsgint64(message);
	high = pq_getmsgint64(message);
	totals.squares = (int128) ((uint128) high << 64 | (uint64) pq_getmsgint64(message));
	nwords = pq_getmsgint(message, 4);
	npairs = pq_getmsgint(message, 4);
	if (fault == NULL)
		fault = take_totals(book, version, &totals);
	for (uint32 i = 0; fault == NULL && i < nwords; i++)
	{
		check_interrupts_at(i);
		fault = receive_word(message, book, &previous);
	}
	for (uint32 i = 0; fault == NULL && i < npairs; i++)
	{
		check_interrupts_at(i);
		fault = receive_pair(message, book, nwords, &least_pair);
	}
	if (fault != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary value for type theme_summary"),
				 errdetail("%s", fault)));
	PG_RETURN_POINTER(engage_themes_store(book));
}
