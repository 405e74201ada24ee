/*-------------------------------------------------------------------------
 *
 * keywords.c
 *	  SQL side of theme_of and theme_matches.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/compat.h"
#include "common/result_rows.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "sentiment/keywords_core.h"
#include "sentiment/sentiment.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

/* The themes of the last call, which are nearly always those of the next */
typedef struct KeywordCache
{
	MemoryContext context;
	Jsonb	   *themes;			/* NULL: none yet */
	KeywordBook *book;
} KeywordCache;

#define EXAMPLE "{\"delivery\": [\"late\", \"driver\"], \"price\": [\"expensive\", \"refund\"]}"

pg_noreturn static void
themes_error(const char *complaint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("themes are not as they should be: %s", complaint),
			 errdetail("Themes are a JSON object of lists of words and phrases."),
			 errhint("For example %s.", EXAMPLE)));
}

pg_noreturn static void
too_many_error(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("there are more than %d themes or keywords", KEYWORDS_MAX),
			 errhint("Keep the keywords that matter, or match parts of them one after the other.")));
}

static void
add_keyword(KeywordBook *book, int theme, const JsonbValue *value)
{
	const char *keyword = value->val.string.val;
	int			len = value->val.string.len;
	text	   *copy;
	Utf8Text	utf8;

	if (value->type != jbvString)
		themes_error("a keyword is not a string");
	copy = cstring_to_text_with_len(keyword, len);
	utf8 = engage_utf8_text(copy);
	switch (engage_keywords_add(book, theme, utf8.data, utf8.length, keyword, len))
	{
		case KEYWORD_TAKEN:
			break;
		case KEYWORD_WITHOUT_WORDS:
			themes_error(psprintf("the keyword \"%.*s\" has no words", len, keyword));
		case KEYWORD_TOO_LONG:
			themes_error(psprintf("the keyword \"%.*s\" has more than %d words, or one of more than %d characters",
								  len, keyword, MAX_PHRASE_WORDS, MAX_TOKEN_UNITS));
		case KEYWORD_TOO_MANY:
			too_many_error();
	}
	if (utf8.is_converted)
		pfree((void *) utf8.data);
	pfree(copy);
}

/* An object of which each member is a list of strings, or one string */
static KeywordBook *
read_themes(Jsonb *themes, MemoryContext context)
{
	KeywordBook *book = engage_keywords_create(context, engage_characters());
	JsonbIterator *iterator = JsonbIteratorInit(&themes->root);
	JsonbIteratorToken token;
	JsonbValue	value;
	int			theme = 0;
	int			depth = 0;

	if (!JB_ROOT_IS_OBJECT(themes))
		themes_error("they are no object");
	while ((token = JsonbIteratorNext(&iterator, &value, false)) != WJB_DONE)
	{
		CHECK_FOR_INTERRUPTS();
		switch (token)
		{
			case WJB_KEY:
				theme = engage_keywords_add_theme(book, value.val.string.val, value.val.string.len);
				if (theme < 0)
					too_many_error();
				break;
			case WJB_VALUE:
			case WJB_ELEM:
				add_keyword(book, theme, &value);
				break;
			case WJB_BEGIN_OBJECT:
			case WJB_BEGIN_ARRAY:
				if (++depth > 2 || (depth == 2 && token == WJB_BEGIN_OBJECT))
					themes_error("a list has a list or an object in it, or is one");
				break;
			default:
				depth--;
				break;
		}
	}
	engage_keywords_finish(book);
	return book;
}

static KeywordBook *
themes_arg(FunctionCallInfo fcinfo)
{
	KeywordCache *cache = fcinfo->flinfo->fn_extra;
	Jsonb	   *themes = PG_GETARG_JSONB_P(1);
	MemoryContext old;

	if (cache == NULL)
	{
		cache = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(KeywordCache));
		cache->context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "engage themes",
											   ALLOCSET_SMALL_SIZES);
		fcinfo->flinfo->fn_extra = cache;
	}
	if (cache->themes != NULL && VARSIZE(cache->themes) == VARSIZE(themes) &&
		memcmp(cache->themes, themes, VARSIZE(themes)) == 0)
		return cache->book;

	cache->themes = NULL;
	MemoryContextReset(cache->context);
	old = MemoryContextSwitchTo(cache->context);
	/* names and keywords stay in the copy */
	themes = memcpy(palloc(VARSIZE(themes)), themes, VARSIZE(themes));
	cache->book = read_themes(themes, cache->context);
	cache->themes = themes;
	MemoryContextSwitchTo(old);
	return cache->book;
}

static KeywordMatch *
match_text(FunctionCallInfo fcinfo, KeywordBook *book, int *n)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	Utf8Text	utf8 = engage_utf8_text(value);
	KeywordMatch *matches = engage_keywords_match(book, engage_scorer(), utf8.data, utf8.length, n);

	if (utf8.is_converted)
		pfree((void *) utf8.data);
	PG_FREE_IF_COPY(value, 0);
	return matches;
}

/* theme_of(text, themes) */
PG_FUNCTION_INFO_V1(engage_theme_of);
Datum
engage_theme_of(PG_FUNCTION_ARGS)
{
	int			n;
	KeywordMatch *matches = match_text(fcinfo, themes_arg(fcinfo), &n);

	if (n == 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(matches[0].theme, matches[0].theme_len));
}

static text *
found_keywords(const KeywordBook *book, int theme)
{
	StringInfoData found;
	const char *shown;
	int			len;
	int			place = 0;

	initStringInfo(&found);
	while (engage_keywords_found(book, theme, &place, &shown, &len))
	{
		if (found.len > 0)
			appendStringInfoString(&found, ", ");
		appendBinaryStringInfo(&found, shown, len);
	}
	return cstring_to_text_with_len(found.data, found.len);
}

/* theme_matches(text, themes) */
PG_FUNCTION_INFO_V1(engage_theme_matches);
Datum
engage_theme_matches(PG_FUNCTION_ARGS)
{
	KeywordBook *book = themes_arg(fcinfo);
	ResultRows	rows = engage_begin_rows(fcinfo);
	int			n;
	KeywordMatch *matches = match_text(fcinfo, book, &n);

	for (int i = 0; i < n; i++)
	{
		Datum		values[4];
		bool		nulls[4] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = PointerGetDatum(cstring_to_text_with_len(matches[i].theme, matches[i].theme_len));
		values[1] = Int32GetDatum(matches[i].keywords);
		values[2] = Int64GetDatum(matches[i].matches);
		values[3] = PointerGetDatum(found_keywords(book, matches[i].theme_number));
		engage_put_row(&rows, values, nulls);
	}
	return (Datum) 0;
}
