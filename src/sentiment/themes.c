/*-------------------------------------------------------------------------
 *
 * themes.c
 *	  SQL side of theme_agg and themes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/call_args.h"
#include "common/compat.h"
#include "common/errors.h"
#include "common/number_arg.h"
#include "common/result_rows.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "sentiment/sentiment.h"
#include "sentiment/themes.h"
#include "utils/builtins.h"
#include "utils/float.h"

/* ----------------------------------------------------------------
 *		aggregating
 * ---------------------------------------------------------------- */

static ThemeBook *
book_arg(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	context = engage_aggregate_context(fcinfo);
	if (!PG_ARGISNULL(0))
		return (ThemeBook *) PG_GETARG_POINTER(0);
	return engage_themes_create(context);
}

static Datum
unchanged_state(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

static void
add_text(ThemeBook *book, const Utf8Text *utf8, int version, int64 score)
{
	engage_themes_note_version(book, version);
	engage_themes_add_text(book, engage_characters(), utf8->data, utf8->length, score);
	if (utf8->is_converted)
		pfree((void *) utf8->data);
}

/* theme_agg(text) */
PG_FUNCTION_INFO_V1(engage_theme_scored_accum);
Datum
engage_theme_scored_accum(PG_FUNCTION_ARGS)
{
	ThemeBook  *book;
	Utf8Text	utf8;
	ScoreOptions options = {.language = LANGUAGE_ANY};
	Score		score;

	if (PG_ARGISNULL(1))
		return unchanged_state(fcinfo);
	book = book_arg(fcinfo);
	utf8 = engage_utf8_text(PG_GETARG_TEXT_PP(1));
	engage_score(engage_scorer(), utf8.data, utf8.length, &options, NULL, NULL, &score);
	add_text(book, &utf8, SENTIMENT_VERSION, (int64) rint(score.score * THEME_SCORE_UNITS));
	PG_RETURN_POINTER(book);
}

static const char *const score_arg_names[] = {"score", NULL};
static const NumberRole score_role = {
	"score", .may_be_negative = true, .sqlstate = ERRCODE_ENGAGE_INVALID_SCORE
};

/* In units, rounded */
static int64
score_units(NumberType type, Datum value)
{
	ExactSum	exact;

	if (type == NUMBER_FLOAT8 && fabs(DatumGetFloat8(value)) <= THEME_MAX_SCORE)
		return (int64) rint(DatumGetFloat8(value) * THEME_SCORE_UNITS);
	engage_number(&exact, type, value, &score_role);
	if (fabs(engage_exact_to_double(&exact)) > THEME_MAX_SCORE)
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_INVALID_SCORE),
				 errmsg("score %s is out of range", engage_exact_show(&exact)),
				 errdetail("Scores are numbers from %d to %d, the higher the better.",
						   -THEME_MAX_SCORE, THEME_MAX_SCORE),
				 errhint("Give the sentiment, the stars or the answer that came with the text.")));
	return (int64) exact.whole * THEME_SCORE_UNITS +
		(int64) ((exact.fraction + EXACT_SUM_UNIT / THEME_SCORE_UNITS / 2) /
				 (EXACT_SUM_UNIT / THEME_SCORE_UNITS));
}

/* theme_agg(text, score) */
PG_FUNCTION_INFO_V1(engage_theme_accum);
Datum
engage_theme_accum(PG_FUNCTION_ARGS)
{
	ThemeBook  *book;
	Utf8Text	utf8;
	const NumberArgs *args;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return unchanged_state(fcinfo);
	book = book_arg(fcinfo);
	args = engage_number_args(fcinfo, 2, score_arg_names);
	utf8 = engage_utf8_text(PG_GETARG_TEXT_PP(1));
	add_text(book, &utf8, 0, score_units(args->type[2], PG_GETARG_DATUM(2)));
	PG_RETURN_POINTER(book);
}

PG_FUNCTION_INFO_V1(engage_theme_summary_rollup);
Datum
engage_theme_summary_rollup(PG_FUNCTION_ARGS)
{
	ThemeBook  *book;
	ThemeTerms	terms;

	if (PG_ARGISNULL(1))
		return unchanged_state(fcinfo);
	book = book_arg(fcinfo);
	engage_themes_arg(PG_GETARG_DATUM(1), &terms);
	engage_themes_add_terms(book, &terms);
	PG_RETURN_POINTER(book);
}

PG_FUNCTION_INFO_V1(engage_theme_summary_final);
Datum
engage_theme_summary_final(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(engage_themes_store((ThemeBook *) PG_GETARG_POINTER(0)));
}

/* ----------------------------------------------------------------
 *		reading
 * ---------------------------------------------------------------- */

PG_FUNCTION_INFO_V1(engage_theme_texts);
Datum
engage_theme_texts(PG_FUNCTION_ARGS)
{
	int			version;

	PG_RETURN_INT64(engage_themes_totals_arg(PG_GETARG_DATUM(0), &version).texts);
}

PG_FUNCTION_INFO_V1(engage_theme_mean_score);
Datum
engage_theme_mean_score(PG_FUNCTION_ARGS)
{
	int			version;
	ThemeTotals totals = engage_themes_totals_arg(PG_GETARG_DATUM(0), &version);

	if (totals.texts == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(engage_themes_mean(&totals));
}

PG_FUNCTION_INFO_V1(engage_theme_sentiment_version);
Datum
engage_theme_sentiment_version(PG_FUNCTION_ARGS)
{
	int			version;

	(void) engage_themes_totals_arg(PG_GETARG_DATUM(0), &version);
	if (version == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(version);
}

/* themes(summary, top, min_texts, max_p_value, effect, opinion_words) */
static ThemeQuestion
question_args(FunctionCallInfo fcinfo)
{
	ThemeQuestion question = {
		.top = PG_GETARG_INT32(1),
		.least_texts = PG_GETARG_INT64(2),
		.max_p_value = PG_GETARG_FLOAT8(3),
		.opinion_words = PG_GETARG_BOOL(5)
	};
	char	   *effect = text_to_cstring(PG_GETARG_TEXT_PP(4));

	if (question.top < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"top\" is out of range: %d", question.top),
				 errdetail("It is the number of terms wanted at most, zero or more.")));
	if (question.least_texts < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"min_texts\" is out of range: " INT64_FORMAT, question.least_texts),
				 errdetail("It is the number of texts that a term occurs in at least, one or more.")));
	/* written so that NaN fails it */
	if (!(question.max_p_value >= 0 && question.max_p_value <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"max_p_value\" is out of range: %s", float8out_internal(question.max_p_value)),
				 errdetail("It is a probability from 0 to 1."),
				 errhint("Write 0.05 for the usual 5 %%, or 1 for all terms.")));
	for (int i = 0; engage_theme_effects[i] != NULL; i++)
		if (strcmp(effect, engage_theme_effects[i]) == 0)
		{
			question.effect = i;
			return question;
		}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown \"effect\": \"%s\"", effect),
			 errdetail("Effects are hurts, helps and both.")));
}

static text *
term_text(const ThemeFinding *finding)
{
	StringInfoData term;
	const char *shown;
	int			len;
	bool		is_exact;

	initStringInfo(&term);
	appendBinaryStringInfo(&term, finding->first->bytes, finding->first->len);
	if (finding->second != NULL)
	{
		appendStringInfoChar(&term, ' ');
		appendBinaryStringInfo(&term, finding->second->bytes, finding->second->len);
	}
	shown = engage_utf8_to_server(term.data, term.len, &len, &is_exact);
	return cstring_to_text_with_len(shown, len);
}

PG_FUNCTION_INFO_V1(engage_themes);
Datum
engage_themes(PG_FUNCTION_ARGS)
{
	ThemeQuestion question = question_args(fcinfo);
	ResultRows	rows = engage_begin_rows(fcinfo);
	ThemeTerms	terms;
	ThemeFinding *findings;
	int64		n;

	engage_themes_arg(PG_GETARG_DATUM(0), &terms);
	findings = engage_themes_rank(&terms, engage_characters(), &question, &n);
	for (int64 i = 0; i < n; i++)
	{
		const ThemeFinding *finding = &findings[i];
		Datum		values[9];
		bool		nulls[9] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = PointerGetDatum(term_text(finding));
		values[1] = Int32GetDatum(finding->second == NULL ? 1 : 2);
		values[2] = Int64GetDatum(finding->texts);
		values[3] = Float8GetDatum(100.0 * finding->texts / terms.totals.texts);
		values[4] = Float8GetDatum(finding->mean);
		values[5] = Float8GetDatum(engage_themes_mean(&terms.totals));
		values[6] = Float8GetDatum(finding->difference);
		values[7] = Float8GetDatum(finding->impact);
		values[8] = Float8GetDatum(finding->p_value);
		engage_put_row(&rows, values, nulls);
	}
	return (Datum) 0;
}
