/*-------------------------------------------------------------------------
 *
 * summary.c
 *	  How the scores of many texts lie, by language.
 *
 * A bounded summary: texts counted by language and label, with the sums of
 * scores and of their squares by language.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/errors.h"
#include "common/interval.h"
#include "common/number_arg.h"
#include "common/result_rows.h"
#include "common/summary.h"
#include "sentiment/sentiment.h"
#include "utils/builtins.h"

#define LABELS (LABEL_POSITIVE + 1)
#define NCOUNTS (LANGUAGES * LABELS)
#define NSUMS (LANGUAGES * 2)

#define SENTIMENT_COUNT(language, label) ((language) * LABELS + (label))
#define SCORES(language) ((language) * 2)
#define SQUARES(language) ((language) * 2 + 1)

#define COUNT_NAMES(code) code "_negative", code "_neutral", code "_positive"
#define SUM_NAMES(code) code "_sum", code "_squares"

/* in the order of Language; "none" are texts without words and scores without texts */
static const char *const count_names[NCOUNTS] = {
	COUNT_NAMES("none"), COUNT_NAMES("en"), COUNT_NAMES("ar"),
	COUNT_NAMES("fa"), COUNT_NAMES("he"), COUNT_NAMES("und")
};
static const char *const sum_names[NSUMS] = {
	SUM_NAMES("none"), SUM_NAMES("en"), SUM_NAMES("ar"),
	SUM_NAMES("fa"), SUM_NAMES("he"), SUM_NAMES("und")
};

static const SummaryForm sentiment_form = {"", count_names, NCOUNTS, sum_names, NSUMS};

/* The scale of these summaries is the version that the scores are of. */
#define VERSION_UNKNOWN 0
#define VERSION_MAX PG_UINT8_MAX

/* So many texts of each label allow only such a sum and such squares. */
static const char *
check_language(const int64 *counts, const ExactSum *sums)
{
	const double rounding = 1e-9;
	double		negative = counts[LABEL_NEGATIVE];
	double		neutral = counts[LABEL_NEUTRAL];
	double		positive = counts[LABEL_POSITIVE];
	double		n = negative + neutral + positive;
	double		sum = engage_exact_to_double(&sums[0]);
	double		squares = engage_exact_to_double(&sums[1]);
	double		tolerance = n * rounding;

	if (n == 0)
		return exact_sum_is_zero(&sums[0]) && exact_sum_is_zero(&sums[1]) ? NULL
			: "A language without texts has no scores.";
	if (sum > positive + DEFAULT_NEUTRAL_BAND * (neutral - negative) + tolerance ||
		sum < -negative + DEFAULT_NEUTRAL_BAND * (positive - neutral) - tolerance)
		return "The sum of the scores does not fit the labels.";
	if (squares > n + tolerance ||
		!engage_moments_are_possible(sum, squares, n, false))
		return "The sum of the squares does not fit the scores.";
	return NULL;
}

static const char *
check_sentiment_summary(const Summary *summary)
{
	const ExactSum *sums = summary_sums(summary, NCOUNTS);

	for (int language = 0; language < LANGUAGES; language++)
	{
		const char *fault = check_language(&summary->counts[SENTIMENT_COUNT(language, 0)],
										   &sums[SCORES(language)]);

		if (fault != NULL)
			return fault;
	}
	return NULL;
}

/* every sum of scores may be negative, no sum of squares */
#define SIGNED_SUMS (1 << SCORES(0) | 1 << SCORES(1) | 1 << SCORES(2) | \
					 1 << SCORES(3) | 1 << SCORES(4) | 1 << SCORES(5))

StaticAssertDecl(LANGUAGES == 6, "names and signs are given for six languages");

static const SummaryType sentiment_summary_type = {
	.name = "sentiment_summary",
	.min_scale = VERSION_UNKNOWN,
	.max_scale = VERSION_MAX,
	.scale_name = "version",
	.merges_scales = true,
	.is_sparse = true,
	.signed_sums = SIGNED_SUMS,
	.nforms = 1,
	.forms = &sentiment_form,
	.check = check_sentiment_summary
};

StaticAssertDecl(SENTIMENT_VERSION <= VERSION_MAX, "the version fits its byte");

SUMMARY_FUNCTIONS(sentiment_summary);

/* ----------------------------------------------------------------
 *		aggregating
 * ---------------------------------------------------------------- */

static inline void
note_version(Summary *state, int version)
{
	if (likely(state->scale == version))
		return;
	state->scale = engage_summary_has_rows(&sentiment_summary_type, state)
		? VERSION_UNKNOWN : version;
}

static void
add_score(Summary *state, RowChange change, Language language, double score,
		  const ExactSum *exact, const ExactSum *square)
{
	ExactSum   *sums = summary_sums(state, NCOUNTS);
	SentimentLabel label = engage_label_of_score(score, DEFAULT_NEUTRAL_BAND);

	summary_count(&state->counts[SENTIMENT_COUNT(language, label)], change);
	summary_sum(&sums[SCORES(language)], exact, change);
	summary_sum(&sums[SQUARES(language)], square, change);
	summary_check_removal(&sentiment_summary_type, state, change);
}

/*
 * A score from -1 to 1 as an exact number: the decimal of up to eight digits that
 * it is nearest to, as it was probably written; otherwise the double itself.
 */
static void
read_score(ExactSum *exact, ExactSum *square, double score)
{
	double		magnitude = fabs(score);
	uint64		decimal = (uint64) (magnitude * 1e8 + 0.5);

	if ((double) decimal / 1e8 == magnitude)
	{
		exact->whole = decimal / 100000000;
		exact->fraction = (int128) (decimal % 100000000) * (EXACT_SUM_UNIT / 100000000);
	}
	else
		exact_sum_from_share(exact, magnitude);
	if (!exact_sum_square_short(square, exact))
		exact_sum_from_share(square, magnitude * magnitude);
	if (score < 0)
	{
		ExactSum	zero = {0};

		(void) exact_sum_subtract(&zero, exact);
		*exact = zero;
	}
}

static Datum
add_text(FunctionCallInfo fcinfo, RowChange change)
{
	Summary    *state = engage_summary_form_state(fcinfo, &sentiment_summary_type, 0);
	text	   *value = PG_GETARG_TEXT_PP(1);
	Utf8Text	utf8 = engage_utf8_text(value);
	ScoreOptions options = {.language = LANGUAGE_ANY};
	Score		score;
	ExactSum	exact;
	ExactSum	square;

	engage_score(engage_scorer(), utf8.data, utf8.length, &options, NULL, NULL, &score);
	if (utf8.is_converted)
		pfree((void *) utf8.data);
	PG_FREE_IF_COPY(value, 1);
	read_score(&exact, &square, score.score);
	note_version(state, SENTIMENT_VERSION);
	add_score(state, change, score.language, score.score, &exact, &square);
	PG_RETURN_POINTER(state);
}

static const NumberRole score_role = {
	"score", .may_be_negative = true, .sqlstate = ERRCODE_ENGAGE_INVALID_SCORE
};

/* A score that the caller has: of which text and by which version is not known. */
static inline Datum
add_stored_score(FunctionCallInfo fcinfo, RowChange change, NumberType type)
{
	Summary    *state = engage_summary_form_state(fcinfo, &sentiment_summary_type, 0);
	ExactSum	exact;
	ExactSum	square;
	double		score;

	if (type == NUMBER_FLOAT8 && fabs(PG_GETARG_FLOAT8(1)) <= 1)
	{
		score = PG_GETARG_FLOAT8(1);
		read_score(&exact, &square, score);
	}
	else
	{
		engage_number(&exact, type, PG_GETARG_DATUM(1), &score_role);
		score = engage_exact_to_double(&exact);
		if (!(fabs(score) <= 1))
			ereport(ERROR,
					(errcode(ERRCODE_ENGAGE_INVALID_SCORE),
					 errmsg("sentiment score %s is out of range", engage_exact_show(&exact)),
					 errdetail("Scores are numbers from -1 (bad) to 1 (good)."),
					 errhint("Bring other scales to this one first, for example (stars - 3) / 2.0.")));
		(void) engage_exact_square(&square, &exact);
	}
	note_version(state, VERSION_UNKNOWN);
	add_score(state, change, LANGUAGE_ANY, score, &exact, &square);
	PG_RETURN_POINTER(state);
}

#define SENTIMENT_TRANSITIONS(suffix, body, ...) \
	PG_FUNCTION_INFO_V1(engage_sentiment_accum_##suffix); \
	Datum \
	engage_sentiment_accum_##suffix(PG_FUNCTION_ARGS) \
	{ \
		return body(fcinfo, ROW_ADDED, ##__VA_ARGS__); \
	} \
	PG_FUNCTION_INFO_V1(engage_sentiment_inverse_##suffix); \
	Datum \
	engage_sentiment_inverse_##suffix(PG_FUNCTION_ARGS) \
	{ \
		return body(fcinfo, ROW_REMOVED, ##__VA_ARGS__); \
	} \
	extern int	sentiment_transitions_##suffix

SENTIMENT_TRANSITIONS(text, add_text);
SENTIMENT_TRANSITIONS(int2, add_stored_score, NUMBER_INT2);
SENTIMENT_TRANSITIONS(int4, add_stored_score, NUMBER_INT4);
SENTIMENT_TRANSITIONS(int8, add_stored_score, NUMBER_INT8);
SENTIMENT_TRANSITIONS(numeric, add_stored_score, NUMBER_NUMERIC);
SENTIMENT_TRANSITIONS(float8, add_stored_score, NUMBER_FLOAT8);

/* ----------------------------------------------------------------
 *		reading
 * ---------------------------------------------------------------- */

/* Texts and scores of one language, or of all */
typedef struct Tally
{
	int64		counts[LABELS];
	int64		n;
	ExactSum	sum;
	ExactSum	squares;
} Tally;

static void
add_language(Tally *tally, const Summary *summary, Language language)
{
	const ExactSum *sums = summary_sums(summary, NCOUNTS);

	for (int label = 0; label < LABELS; label++)
	{
		int64		count = summary->counts[SENTIMENT_COUNT(language, label)];

		if (pg_add_s64_overflow(tally->counts[label], count, &tally->counts[label]) ||
			pg_add_s64_overflow(tally->n, count, &tally->n))
			engage_count_overflow();
	}
	summary_sum(&tally->sum, &sums[SCORES(language)], ROW_ADDED);
	summary_sum(&tally->squares, &sums[SQUARES(language)], ROW_ADDED);
}

static Tally
tally_all(const Summary *summary)
{
	Tally		tally = {.n = 0};

	for (int language = 0; language < LANGUAGES; language++)
		add_language(&tally, summary, language);
	return tally;
}

/* The mean score, or NaN */
static double
tally_mean(const Tally *tally)
{
	ExactSum	n;

	exact_sum_from_int64(&n, tally->n);
	return engage_exact_ratio(1, &tally->sum, &n);
}

/* 100 * part / n, or NaN */
static double
tally_pct(const Tally *tally, int64 part)
{
	return tally->n == 0 ? NAN : 100.0 * (double) part / (double) tally->n;
}

static double
tally_net(const Tally *tally)
{
	return tally_pct(tally, tally->counts[LABEL_POSITIVE] - tally->counts[LABEL_NEGATIVE]);
}

#define SENTIMENT_ACCESSOR(function, computation) \
	PG_FUNCTION_INFO_V1(engage_##function); \
	Datum \
	engage_##function(PG_FUNCTION_ARGS) \
	{ \
		Tally		tally = tally_all(engage_summary_arg(&sentiment_summary_type, PG_GETARG_DATUM(0))); \
		double		result = computation; \
		if (isnan(result)) \
			PG_RETURN_NULL(); \
		PG_RETURN_FLOAT8(result); \
	} \
	extern int	sentiment_accessor_##function

#define SENTIMENT_COUNT_ACCESSOR(function, computation) \
	PG_FUNCTION_INFO_V1(engage_##function); \
	Datum \
	engage_##function(PG_FUNCTION_ARGS) \
	{ \
		Tally		tally = tally_all(engage_summary_arg(&sentiment_summary_type, PG_GETARG_DATUM(0))); \
		PG_RETURN_INT64(computation); \
	} \
	extern int	sentiment_accessor_##function

SENTIMENT_ACCESSOR(mean_sentiment, tally_mean(&tally));
SENTIMENT_ACCESSOR(positive_rate, tally_pct(&tally, tally.counts[LABEL_POSITIVE]));
SENTIMENT_ACCESSOR(neutral_rate, tally_pct(&tally, tally.counts[LABEL_NEUTRAL]));
SENTIMENT_ACCESSOR(negative_rate, tally_pct(&tally, tally.counts[LABEL_NEGATIVE]));
SENTIMENT_ACCESSOR(net_sentiment, tally_net(&tally));
SENTIMENT_COUNT_ACCESSOR(sentiment_texts, tally.n);
SENTIMENT_COUNT_ACCESSOR(sentiment_positive, tally.counts[LABEL_POSITIVE]);
SENTIMENT_COUNT_ACCESSOR(sentiment_neutral, tally.counts[LABEL_NEUTRAL]);
SENTIMENT_COUNT_ACCESSOR(sentiment_negative, tally.counts[LABEL_NEGATIVE]);

PG_FUNCTION_INFO_V1(engage_sentiment_summary_version);
Datum
engage_sentiment_summary_version(PG_FUNCTION_ARGS)
{
	Summary    *summary = engage_summary_arg(&sentiment_summary_type, PG_GETARG_DATUM(0));

	if (summary->scale == VERSION_UNKNOWN)
		PG_RETURN_NULL();
	PG_RETURN_INT32(summary->scale);
}

/* Student's t interval of the mean score, kept within what scores can be */
static ConfidenceInterval
mean_interval(FunctionCallInfo fcinfo)
{
	Tally		tally = tally_all(engage_summary_arg(&sentiment_summary_type, PG_GETARG_DATUM(0)));
	double		confidence = engage_confidence_arg(fcinfo, 1);
	ConfidenceInterval interval = {0};

	if (tally.n == 0)
		return interval;
	engage_mean_interval(&interval, tally_mean(&tally),
						 engage_exact_variance(&tally.sum, &tally.squares, tally.n),
						 tally.n, confidence);
	interval.low = Max(-1, interval.low);
	interval.high = Min(1, interval.high);
	return interval;
}

PG_FUNCTION_INFO_V1(engage_mean_sentiment_interval);
Datum
engage_mean_sentiment_interval(PG_FUNCTION_ARGS)
{
	ConfidenceInterval interval = mean_interval(fcinfo);

	return engage_interval_row(fcinfo, &interval);
}

PG_FUNCTION_INFO_V1(engage_sentiment_lower_bound);
Datum
engage_sentiment_lower_bound(PG_FUNCTION_ARGS)
{
	ConfidenceInterval interval = mean_interval(fcinfo);

	return engage_interval_bound(fcinfo, &interval, INTERVAL_LOW);
}

PG_FUNCTION_INFO_V1(engage_sentiment_upper_bound);
Datum
engage_sentiment_upper_bound(PG_FUNCTION_ARGS)
{
	ConfidenceInterval interval = mean_interval(fcinfo);

	return engage_interval_bound(fcinfo, &interval, INTERVAL_HIGH);
}

PG_FUNCTION_INFO_V1(engage_positive_rate_interval);
Datum
engage_positive_rate_interval(PG_FUNCTION_ARGS)
{
	Tally		tally = tally_all(engage_summary_arg(&sentiment_summary_type, PG_GETARG_DATUM(0)));
	double		confidence = engage_confidence_arg(fcinfo, 1);
	ShareMethod method = engage_method_arg(fcinfo, 2, engage_share_methods);
	ConfidenceInterval interval = {0};

	engage_share_interval((double) tally.counts[LABEL_POSITIVE], (double) tally.n,
						  confidence, method, &interval);
	return engage_interval_row(fcinfo, &interval);
}

/* One row a language that has texts; last those without a language */
PG_FUNCTION_INFO_V1(engage_sentiment_by_language);
Datum
engage_sentiment_by_language(PG_FUNCTION_ARGS)
{
	Summary    *summary = engage_summary_arg(&sentiment_summary_type, PG_GETARG_DATUM(0));
	ResultRows	rows = engage_begin_rows(fcinfo);

	for (int i = 1; i <= LANGUAGES; i++)
	{
		Language	language = i % LANGUAGES;
		Tally		tally = {.n = 0};
		Datum		values[7];
		bool		nulls[7] = {false};

		add_language(&tally, summary, language);
		if (tally.n == 0)
			continue;
		nulls[0] = language == LANGUAGE_ANY;
		values[0] = PointerGetDatum(engage_language_text(language));
		values[1] = Int64GetDatum(tally.n);
		values[2] = Float8GetDatum(tally_mean(&tally));
		values[3] = Float8GetDatum(tally_pct(&tally, tally.counts[LABEL_POSITIVE]));
		values[4] = Float8GetDatum(tally_pct(&tally, tally.counts[LABEL_NEUTRAL]));
		values[5] = Float8GetDatum(tally_pct(&tally, tally.counts[LABEL_NEGATIVE]));
		values[6] = Float8GetDatum(tally_net(&tally));
		engage_put_row(&rows, values, nulls);
	}
	return (Datum) 0;
}
