/*-------------------------------------------------------------------------
 *
 * sentiment.c
 *	  SQL side of the scorer.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>
#include <unicode/unorm2.h>

#include "catalog/namespace.h"
#include "common/errors.h"
#include "common/result_rows.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "sentiment/sentiment.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

const char *const engage_label_names[LABEL_POSITIVE + 1] = {"negative", "neutral", "positive"};

/* ----------------------------------------------------------------
 *		what the room shares
 * ---------------------------------------------------------------- */

const CharTables *
engage_characters(void)
{
	const char *error = NULL;
	const CharTables *tables = engage_char_tables(&error);

	if (tables == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SYSTEM_ERROR),
				 errmsg("ICU cannot be used: %s", error)));
	engage_char_breaks(engage_break_words);
	return tables;
}

Scorer *
engage_scorer(void)
{
	static Scorer *scorer = NULL;

	if (unlikely(scorer == NULL))
	{
		const CharTables *tables = engage_characters();

		scorer = MemoryContextAlloc(TopMemoryContext, engage_scorer_size());
		engage_scorer_init(scorer, tables, &engage_lexicon);
	}
	return scorer;
}

/*
 * A text in another encoding, in new memory.  In place of a character that it lacks, or of a byte
 * that means nothing in the one it comes from (the server stores those in the Windows encodings), it
 * has a replacement: an error would end a query over a whole table for the sake of one of them.
 */
static char *
convert(const char *source, int length, int from, int to, int *result_length, bool *is_exact)
{
	Oid			conversion = FindDefaultConversionProc(from, to);
	/* (U+FFFD separates words and says nothing by itself) */
	const char *replacement = to == PG_UTF8 ? "\xEF\xBF\xBD" : "?";
	char	   *result;
	Size		n = 0;

	if (!OidIsValid(conversion))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("there is no conversion from %s to %s", pg_encoding_to_char(from), pg_encoding_to_char(to))));
	*is_exact = true;
	result = palloc_extended((Size) length * MAX_CONVERSION_GROWTH + 1, MCXT_ALLOC_HUGE);
	while (length > 0)
	{
		int			room = Min((Size) length * MAX_CONVERSION_GROWTH + 1, PG_INT32_MAX);
		int			done = pg_do_encoding_conversion_buf(conversion, from, to, (unsigned char *) source, length,
														 (unsigned char *) result + n, room, true);

		n += strlen(result + n);
		/* (it stops before what it cannot convert, and where the room might end) */
		if (done == 0)
		{
			*is_exact = false;
			strcpy(result + n, replacement);
			n += strlen(replacement);
			done = Min(pg_encoding_mblen(from, source), length);
		}
		source += done;
		length -= done;
	}
	result[n] = '\0';
	*result_length = n;
	return result;
}

Utf8Text
engage_utf8_text(const text *value)
{
	Utf8Text	utf8 = {VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), false};

	/* (bytes of unknown encoding are taken as they are: what is no UTF-8 separates words) */
	if (GetDatabaseEncoding() != PG_UTF8 && GetDatabaseEncoding() != PG_SQL_ASCII)
	{
		bool		is_exact;
		int			length;
		char	   *converted = convert(utf8.data, utf8.length, GetDatabaseEncoding(), PG_UTF8, &length, &is_exact);

		utf8 = (Utf8Text) {converted, length, true};
	}
	return utf8;
}

Language
engage_language_arg(const text *code)
{
	Language	language = engage_language_of_code(VARDATA_ANY(code), VARSIZE_ANY_EXHDR(code));

	if (language != LANGUAGE_ANY)
		return language;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown language: \"%s\"", text_to_cstring(code)),
			 errdetail("Languages are en, ar, fa and he."),
			 errhint("Leave the language out to have it found out. A table of own words is given as 'name'::regclass.")));
}

text *
engage_language_text(Language language)
{
	return language == LANGUAGE_ANY ? NULL : cstring_to_text(engage_language_codes[language]);
}

char *
engage_utf8_to_server(const char *utf8, int length, int *result_length, bool *is_exact)
{
	if (GetDatabaseEncoding() != PG_UTF8 && GetDatabaseEncoding() != PG_SQL_ASCII)
		return convert(utf8, length, PG_UTF8, GetDatabaseEncoding(), result_length, is_exact);
	*is_exact = true;
	*result_length = length;
	return (char *) utf8;
}

static text *
text_of_utf8(const char *utf8, int length)
{
	bool		is_exact;
	int			n;
	char	   *shown = engage_utf8_to_server(utf8, length, &n, &is_exact);

	return cstring_to_text_with_len(shown, n);
}

/* (normal forms have kana taken apart, which few encodings and no reader want) */
static pg_wchar
composed(pg_wchar before, pg_wchar mark)
{
	UErrorCode	status = U_ZERO_ERROR;
	UChar32		c = unorm2_composePair(unorm2_getNFCInstance(&status), before, mark);

	return U_SUCCESS(status) && c >= 0 ? (pg_wchar) c : 0;
}

int
engage_token_utf8(const Token *token, char *utf8)
{
	char	   *p = utf8;

	for (int i = 0; i < token->nunits; i++)
	{
		pg_wchar	c = token->units[i];
		pg_wchar	whole = 0;

		if (i + 1 < token->nunits && (token->units[i + 1] == 0x3099 || token->units[i + 1] == 0x309A))
			whole = composed(c, token->units[i + 1]);
		if (whole != 0)
		{
			c = whole;
			i++;
		}
		else if (c >= 0xD800 && c < 0xDC00 && i + 1 < token->nunits)
			c = 0x10000 + ((c - 0xD800) << 10) + (token->units[++i] - 0xDC00);
		unicode_to_utf8(c, (unsigned char *) p);
		p += pg_utf_mblen((unsigned char *) p);
	}
	return p - utf8;
}

text *
engage_token_text(const Token *token)
{
	char		utf8[MAX_TOKEN_BYTES];

	return text_of_utf8(utf8, engage_token_utf8(token, utf8));
}

/* ----------------------------------------------------------------
 *		scores
 * ---------------------------------------------------------------- */

void
engage_score_text(const text *value, const ScoreOptions *options, Score *score)
{
	Utf8Text	utf8 = engage_utf8_text(value);

	engage_score(engage_scorer(), utf8.data, utf8.length, options, NULL, NULL, score);
	if (utf8.is_converted)
		pfree((void *) utf8.data);
}

static void
score_text(const text *value, Language language, Score *score)
{
	ScoreOptions options = {.language = language};

	engage_score_text(value, &options, score);
}

double
engage_band_arg(FunctionCallInfo fcinfo, int argno)
{
	double		band = DEFAULT_NEUTRAL_BAND;

	if (PG_NARGS() > argno && !PG_ARGISNULL(argno))
		band = PG_GETARG_FLOAT8(argno);
	if (!(band >= 0 && band < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the neutral band is out of range: %g", band),
				 errdetail("Scores from -band to band are neutral; the band is at least 0 and below 1.")));
	return band;
}

text *
engage_label_text(double score, double band)
{
	return cstring_to_text(engage_label_names[engage_label_of_score(score, band)]);
}

PG_FUNCTION_INFO_V1(engage_sentiment);
Datum
engage_sentiment(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	Score		score;

	score_text(value, LANGUAGE_ANY, &score);
	PG_FREE_IF_COPY(value, 0);
	PG_RETURN_FLOAT8(score.score);
}

PG_FUNCTION_INFO_V1(engage_sentiment_in);
Datum
engage_sentiment_in(PG_FUNCTION_ARGS)
{
	Score		score;

	score_text(PG_GETARG_TEXT_PP(0), engage_language_arg(PG_GETARG_TEXT_PP(1)), &score);
	PG_RETURN_FLOAT8(score.score);
}

/* sentiment_label(text, lang, band): the language may be NULL */
PG_FUNCTION_INFO_V1(engage_sentiment_label);
Datum
engage_sentiment_label(PG_FUNCTION_ARGS)
{
	Language	language = LANGUAGE_ANY;
	double		band;
	Score		score;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (PG_NARGS() > 1 && !PG_ARGISNULL(1))
		language = engage_language_arg(PG_GETARG_TEXT_PP(1));
	band = engage_band_arg(fcinfo, 2);
	score_text(PG_GETARG_TEXT_PP(0), language, &score);
	PG_RETURN_TEXT_P(engage_label_text(score.score, band));
}

/*
 * Shares of the three classes.  The more opinion there is, the less is neutral;
 * the rest is divided by the score.
 */
static void
class_shares(const Score *score, double *positive, double *neutral, double *negative)
{
	double		polar = score->positive - score->negative;

	*neutral = 1 / (1 + 0.5 * polar + 0.25 * score->subjectivity);
	*positive = (1 - *neutral) * (1 + score->score) / 2;
	*negative = 1 - *neutral - *positive;
}

Datum
engage_score_detail(FunctionCallInfo fcinfo, const Score *score)
{
	TupleDesc	tupdesc;
	Datum		values[8];
	bool		nulls[8] = {false};
	SentimentLabel label = engage_label_of_score(score->score, DEFAULT_NEUTRAL_BAND);
	double		positive;
	double		neutral;
	double		negative;

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	class_shares(score, &positive, &neutral, &negative);
	values[0] = Float8GetDatum(score->score);
	values[1] = CStringGetTextDatum(engage_label_names[label]);
	values[2] = Float8GetDatum(positive);
	values[3] = Float8GetDatum(neutral);
	values[4] = Float8GetDatum(negative);
	/* (of the label, which the band decides: a weak score has it though most of the text is neutral) */
	values[5] = Float8GetDatum(label == LABEL_POSITIVE ? positive : label == LABEL_NEGATIVE ? negative : neutral);
	values[6] = Float8GetDatum(score->words == 0 ? 0 : (double) score->known / score->words);
	nulls[7] = score->language == LANGUAGE_ANY;
	values[7] = PointerGetDatum(engage_language_text(score->language));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc), values, nulls)));
}

/* The second argument, where a function has one */
static Language
language_if_given(FunctionCallInfo fcinfo)
{
	return PG_NARGS() > 1 ? engage_language_arg(PG_GETARG_TEXT_PP(1)) : LANGUAGE_ANY;
}

/* sentiment_detail(text [, lang]) */
PG_FUNCTION_INFO_V1(engage_sentiment_detail);
Datum
engage_sentiment_detail(PG_FUNCTION_ARGS)
{
	Score		score;

	score_text(PG_GETARG_TEXT_PP(0), language_if_given(fcinfo), &score);
	return engage_score_detail(fcinfo, &score);
}

/* ----------------------------------------------------------------
 *		explaining
 * ---------------------------------------------------------------- */

/* The 1-based character at a byte, as substr() counts; places come in order. */
static int64
character_at(Explanation *e, size_t place)
{
	bool		bytes_count = GetDatabaseEncoding() == PG_SQL_ASCII;

	for (; e->place < place; e->place++)
		e->character += bytes_count || (e->utf8.data[e->place] & 0xC0) != 0x80;
	return e->character + 1;
}

void
engage_explain_part(Explanation *e, const ScorePart *part, double weight, const char *rule)
{
	size_t		end = part->token.start + part->token.length;
	Datum		values[9];
	bool		nulls[9] = {false};

	CHECK_FOR_INTERRUPTS();
	values[0] = Int64GetDatum(++e->number);
	values[1] = Int64GetDatum(character_at(e, part->token.start));
	values[2] = Int64GetDatum(character_at(e, end) - DatumGetInt64(values[1]));
	values[3] = PointerGetDatum(text_of_utf8(e->utf8.data + part->token.start, part->token.length));
	values[4] = PointerGetDatum(engage_token_text(&part->token));
	nulls[5] = part->language == LANGUAGE_ANY || part->language == LANGUAGE_OTHER;
	values[5] = PointerGetDatum(engage_language_text(part->language));
	values[6] = Float8GetDatum(weight * e->factor);
	values[7] = BoolGetDatum(part->is_negated);
	values[8] = CStringGetTextDatum(rule);
	engage_put_row(&e->rows, values, nulls);
}

void
engage_explain_rest(Explanation *e, double weight, const char *rule)
{
	Datum		values[9] = {0};
	bool		nulls[9] = {false, true, true, true, true, true, false, false, false};

	values[0] = Int64GetDatum(++e->number);
	values[6] = Float8GetDatum(weight * e->factor);
	values[7] = BoolGetDatum(false);
	values[8] = CStringGetTextDatum(rule);
	engage_put_row(&e->rows, values, nulls);
}

static void
explain_parts(void *arg, const ScorePart *parts, int n)
{
	for (int i = 0; i < n; i++)
		engage_explain_part(arg, &parts[i], parts[i].weight, engage_part_rule_names[parts[i].rule]);
}

void
engage_explain_text(FunctionCallInfo fcinfo, const text *value, const ScoreOptions *options)
{
	Explanation e = {.rows = engage_begin_rows(fcinfo),.utf8 = engage_utf8_text(value)};
	Score		score;

	/* once for the factor, which is known at the end only */
	engage_score(engage_scorer(), e.utf8.data, e.utf8.length, options, NULL, NULL, &score);
	e.factor = engage_score_factor(&score);
	engage_score(engage_scorer(), e.utf8.data, e.utf8.length, options, explain_parts, &e, &score);
}

/* sentiment_explain(text [, lang]) */
PG_FUNCTION_INFO_V1(engage_sentiment_explain);
Datum
engage_sentiment_explain(PG_FUNCTION_ARGS)
{
	ScoreOptions options = {.language = language_if_given(fcinfo)};

	engage_explain_text(fcinfo, PG_GETARG_TEXT_PP(0), &options);
	return (Datum) 0;
}

/* ----------------------------------------------------------------
 *		words and languages
 * ---------------------------------------------------------------- */

PG_FUNCTION_INFO_V1(engage_language_of);
Datum
engage_language_of(PG_FUNCTION_ARGS)
{
	Utf8Text	utf8 = engage_utf8_text(PG_GETARG_TEXT_PP(0));
	Language	language = engage_language(engage_scorer(), utf8.data, utf8.length);

	if (language == LANGUAGE_ANY)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(engage_language_text(language));
}

PG_FUNCTION_INFO_V1(engage_words);
Datum
engage_words(PG_FUNCTION_ARGS)
{
	static const char *const kinds[] = {
		[TOKEN_WORD] = "word",[TOKEN_NUMBER] = "number",[TOKEN_EMOJI] = "emoji",[TOKEN_EMOTICON] = "emoticon",
		[TOKEN_EXCLAMATION] = "mark",[TOKEN_QUESTION] = "mark",[TOKEN_COMMA] = "comma",[TOKEN_STOP] = "stop"
	};
	Explanation e = {.rows = engage_begin_rows(fcinfo),.utf8 = engage_utf8_text(PG_GETARG_TEXT_PP(0))};
	Scanner		scanner;
	Token		token;
	uint16		units[MAX_TOKEN_UNITS];

	engage_scan_begin(&scanner, engage_characters(), engage_lexicon.emoticons,
					  e.utf8.data, e.utf8.length);
	while (engage_scan_next(&scanner, &token, units))
	{
		Datum		values[5];
		bool		nulls[5] = {false};

		CHECK_FOR_INTERRUPTS();
		if (token.kind == TOKEN_COMMA || token.kind == TOKEN_STOP)
			continue;
		values[0] = Int64GetDatum(++e.number);
		values[1] = PointerGetDatum(engage_token_text(&token));
		values[2] = Int64GetDatum(character_at(&e, token.start));
		values[3] = Int64GetDatum(character_at(&e, token.start + token.length) - DatumGetInt64(values[2]));
		values[4] = CStringGetTextDatum(kinds[token.kind]);
		engage_put_row(&e.rows, values, nulls);
	}
	return (Datum) 0;
}

/* The normal forms of all tokens, with blanks between them */
PG_FUNCTION_INFO_V1(engage_normalize_text);
Datum
engage_normalize_text(PG_FUNCTION_ARGS)
{
	Utf8Text	utf8 = engage_utf8_text(PG_GETARG_TEXT_PP(0));
	StringInfoData result;
	Scanner		scanner;
	Token		token;
	uint16		units[MAX_TOKEN_UNITS];

	initStringInfo(&result);
	engage_scan_begin(&scanner, engage_characters(), engage_lexicon.emoticons,
					  utf8.data, utf8.length);
	while (engage_scan_next(&scanner, &token, units))
	{
		text	   *word;

		CHECK_FOR_INTERRUPTS();
		if (token.kind == TOKEN_COMMA || token.kind == TOKEN_STOP)
			continue;
		word = engage_token_text(&token);
		if (result.len > 0)
			appendStringInfoChar(&result, ' ');
		appendBinaryStringInfo(&result, VARDATA_ANY(word), VARSIZE_ANY_EXHDR(word));
		pfree(word);
	}
	PG_RETURN_TEXT_P(cstring_to_text_with_len(result.data, result.len));
}

PG_FUNCTION_INFO_V1(engage_sentiment_version);
Datum
engage_sentiment_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(SENTIMENT_VERSION);
}
