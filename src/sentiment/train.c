/*-------------------------------------------------------------------------
 *
 * train.c
 *	  SQL side of labelled texts: learning from them, and measuring by them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/call_args.h"
#include "common/compat.h"
#include "common/errors.h"
#include "common/result_rows.h"
#include "common/summary.h"
#include "mb/pg_wchar.h"
#include "sentiment/model.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* ----------------------------------------------------------------
 *		labels
 * ---------------------------------------------------------------- */

#define WORST_STARS 1
#define BEST_STARS 5

static double
opinion_of_stars(int64 stars)
{
	if (stars < WORST_STARS || stars > BEST_STARS)
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_INVALID_SCORE),
				 errmsg("label " INT64_FORMAT " is out of range", stars),
				 errdetail("Whole numbers are stars, from %d (bad) to %d (good).", WORST_STARS, BEST_STARS),
				 errhint("Cast scores from -1 to 1 to numeric or double precision.")));
	return (stars - (WORST_STARS + BEST_STARS) / 2.0) / ((BEST_STARS - WORST_STARS) / 2.0);
}

static double
opinion_of_score(double score)
{
	if (!(score >= -1 && score <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_INVALID_SCORE),
				 errmsg("label %s is out of range", float8out_internal(score)),
				 errdetail("Numeric and floating-point numbers are scores, from -1 (bad) to 1 (good)."),
				 errhint("Cast stars from 1 to 5 to integer; with halves of stars, use (stars - 3) / 2.")));
	return score;
}

static double
opinion_of_name(const char *name, size_t length)
{
	static const struct
	{
		const char *name;
		double		opinion;
	}			names[] = {
		{"negative", -1}, {"neutral", 0}, {"positive", 1}, {"neg", -1}, {"neu", 0}, {"pos", 1}
	};

	if (length == 1 && name[0] >= '0' + WORST_STARS && name[0] <= '0' + BEST_STARS)
		return opinion_of_stars(name[0] - '0');
	for (int i = 0; i < lengthof(names); i++)
		if (length == strlen(names[i].name) && pg_strncasecmp(name, names[i].name, length) == 0)
			return names[i].opinion;
	ereport(ERROR,
			(errcode(ERRCODE_ENGAGE_INVALID_SCORE),
			 errmsg("unknown label: \"%.*s\"", pg_mbcliplen(name, length, 40), name),
			 errdetail("Labels are negative, neutral and positive, neg, neu and pos, or stars from %d to %d.",
					   WORST_STARS, BEST_STARS),
			 errhint("Leave other texts out with FILTER, or translate labels with CASE.")));
}

/* -1 to 1; types are told apart so that 1 cannot be taken for the best or the worst by chance. */
static double
read_label(FunctionCallInfo fcinfo, int argno)
{
	Datum		label = PG_GETARG_DATUM(argno);
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, argno);
	char	   *printed;

	for (;;)
	{
		switch (type)
		{
			case INT2OID:
				return opinion_of_stars(DatumGetInt16(label));
			case INT4OID:
				return opinion_of_stars(DatumGetInt32(label));
			case INT8OID:
				return opinion_of_stars(DatumGetInt64(label));
			case FLOAT4OID:
				return opinion_of_score(DatumGetFloat4(label));
			case FLOAT8OID:
				return opinion_of_score(DatumGetFloat8(label));
			case NUMERICOID:
				return opinion_of_score(DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, label)));
			case TEXTOID:
			case VARCHAROID:
				{
					text	   *name = DatumGetTextPP(label);

					return opinion_of_name(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
				}
			case UNKNOWNOID:
			case InvalidOid:
				ereport(ERROR,
						(errcode(ERRCODE_INDETERMINATE_DATATYPE),
						 errmsg("could not determine the type of argument \"label\""),
						 errhint("Cast it, for example $2::text.")));
			default:
				break;
		}
		if (getBaseType(type) == type)
			break;
		type = getBaseType(type);
	}
	if (!type_is_enum(type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("argument \"label\" must be a number or a name, not %s", format_type_be(type)),
				 errdetail("Accepted are integers for stars, numeric and floating-point numbers for scores, text and enums for names."),
				 errhint("Cast it, for example label::text.")));
	printed = DatumGetCString(DirectFunctionCall1(enum_out, label));
	return opinion_of_name(printed, strlen(printed));
}

static SentimentLabel
label_of_opinion(double opinion)
{
	return engage_label_of_score(opinion, 0);
}

/* ----------------------------------------------------------------
 *		learning
 * ---------------------------------------------------------------- */

typedef struct TrainState
{
	Trainer    *trainer;
	int64		texts[LABEL_POSITIVE + 1];
	SentimentModel *base;		/* or NULL */
	uint64		table;			/* the base's, as it was last seen */
} TrainState;

static TrainState *
begin_training(MemoryContext context, const ModelTable *base)
{
	TrainState *state = MemoryContextAllocZero(context, sizeof(TrainState));

	state->trainer = engage_trainer_create(context);
	if (base != NULL)
	{
		state->base = MemoryContextAlloc(context, VARSIZE(engage_table_model(base)));
		memcpy(state->base, engage_table_model(base), VARSIZE(engage_table_model(base)));
		state->table = engage_table_number(base);
	}
	return state;
}

static void
check_base(TrainState *state, const ModelTable *base)
{
	const SentimentModel *model;

	if (base == NULL && state->base == NULL)
		return;
	if (base != NULL && state->base != NULL)
	{
		if (engage_table_number(base) == state->table)
			return;
		model = engage_table_model(base);
		if (VARSIZE(model) == VARSIZE(state->base) && memcmp(model, state->base, VARSIZE(model)) == 0)
		{
			state->table = engage_table_number(base);
			return;
		}
	}
	ereport(ERROR,
			(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
			 errmsg("the base model changed between rows"),
			 errhint("Give all texts of a model the same base, or GROUP BY the base.")));
}

/* sentiment_train(text, label [, base]); a NULL base is none */
PG_FUNCTION_INFO_V1(engage_sentiment_train_accum);
Datum
engage_sentiment_train_accum(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	TrainState *state = PG_ARGISNULL(0) ? NULL : (TrainState *) PG_GETARG_POINTER(0);
	ModelTable *base = NULL;
	Utf8Text	utf8;
	double		opinion;
	SentimentLabel label;

	context = engage_aggregate_context(fcinfo);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
		base = engage_model_arg(fcinfo, 3);
	if (state == NULL)
		state = begin_training(context, base);
	else
		check_base(state, base);
	opinion = read_label(fcinfo, 2);
	label = label_of_opinion(opinion);
	state->texts[label]++;
	/* neutral texts taught the scorer of the others less, not more (see doc/sentiment.md) */
	if (label != LABEL_NEUTRAL)
	{
		utf8 = engage_utf8_text(PG_GETARG_TEXT_PP(1));
		engage_model_learn(engage_scorer(), base, &utf8, state->trainer, (1 + opinion) / 2);
	}
	PG_RETURN_POINTER(state);
}

/* Whoever waits for longer than this is told how far it is. */
#define PROGRESS_MS 5000

typedef struct Progress
{
	int64		texts;
	TimestampTz last;
} Progress;

static void
report_progress(void *arg, int epoch, int epochs)
{
	Progress   *progress = arg;
	TimestampTz now = GetCurrentTimestamp();

	if (!TimestampDifferenceExceeds(progress->last, now, PROGRESS_MS))
		return;
	progress->last = now;
	ereport(NOTICE,
			(errmsg("sentiment_train is learning from " INT64_FORMAT " texts: %d of %d rounds are done",
					progress->texts, epoch, epochs)));
}

PG_FUNCTION_INFO_V1(engage_sentiment_train_final);
Datum
engage_sentiment_train_final(PG_FUNCTION_ARGS)
{
	TrainState *state;
	Progress	progress;
	TrainOptions options = engage_model_train_options;

	engage_aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (TrainState *) PG_GETARG_POINTER(0);
	progress = (Progress) {engage_trainer_texts(state->trainer), GetCurrentTimestamp()};
	options.progress = report_progress;
	options.progress_arg = &progress;
	PG_RETURN_POINTER(engage_model_build(engage_trainer_finish(state->trainer, &options),
										 state->base, state->texts));
}

/* ----------------------------------------------------------------
 *		measuring
 * ---------------------------------------------------------------- */

#define NLABELS (LABEL_POSITIVE + 1)

static const char *const confusion_names[NLABELS * NLABELS] = {
	"negative_as_negative", "negative_as_neutral", "negative_as_positive",
	"neutral_as_negative", "neutral_as_neutral", "neutral_as_positive",
	"positive_as_negative", "positive_as_neutral", "positive_as_positive"
};

static const SummaryForm evaluation_form = {"", confusion_names, NLABELS * NLABELS, NULL, 0};

static const SummaryType evaluation_summary_type = {
	.name = "evaluation_summary",
	.nforms = 1,
	.forms = &evaluation_form
};

SUMMARY_FUNCTIONS(evaluation_summary);

static Datum
evaluate_text(FunctionCallInfo fcinfo, ModelTable *table, int text_argno)
{
	Summary    *state = engage_summary_form_state(fcinfo, &evaluation_summary_type, 0);
	double		band = engage_band_arg(fcinfo, text_argno + 2);
	SentimentLabel actual = label_of_opinion(read_label(fcinfo, text_argno + 1));
	SentimentLabel predicted = engage_label_of_score(engage_score_by(table, PG_GETARG_TEXT_PP(text_argno)), band);

	summary_count(&state->counts[actual * NLABELS + predicted], ROW_ADDED);
	PG_RETURN_POINTER(state);
}

/* sentiment_evaluate(text, label [, band]) */
PG_FUNCTION_INFO_V1(engage_sentiment_evaluate_accum);
Datum
engage_sentiment_evaluate_accum(PG_FUNCTION_ARGS)
{
	return evaluate_text(fcinfo, NULL, 1);
}

/* sentiment_evaluate(model, text, label [, band]) */
PG_FUNCTION_INFO_V1(engage_sentiment_evaluate_model_accum);
Datum
engage_sentiment_evaluate_model_accum(PG_FUNCTION_ARGS)
{
	return evaluate_text(fcinfo, engage_model_arg(fcinfo, 1), 2);
}

/* Texts of a class, texts taken for it, and both at once */
typedef struct ClassCounts
{
	double		actual;
	double		predicted;
	double		right;
} ClassCounts;

static ClassCounts
class_counts(const Summary *summary, int label)
{
	ClassCounts c = {.right = summary->counts[label * NLABELS + label]};

	for (int other = 0; other < NLABELS; other++)
	{
		c.actual += summary->counts[label * NLABELS + other];
		c.predicted += summary->counts[other * NLABELS + label];
	}
	return c;
}

static double
recall(const ClassCounts *c)
{
	return c->right / c->actual;
}

static double
precision(const ClassCounts *c)
{
	return c->right / c->predicted;
}

static double
f1(const ClassCounts *c)
{
	return 2 * c->right / (c->actual + c->predicted);
}

static double
accuracy(const Summary *summary)
{
	double		right = 0;
	double		all = 0;

	for (int label = 0; label < NLABELS; label++)
	{
		ClassCounts c = class_counts(summary, label);

		right += c.right;
		all += c.actual;
	}
	return right / all;
}

/* Over the classes that occur among the labels */
static double
mean_over_classes(const Summary *summary, double (*figure) (const ClassCounts *c))
{
	double		sum = 0;
	int			n = 0;

	for (int label = 0; label < NLABELS; label++)
	{
		ClassCounts c = class_counts(summary, label);

		if (c.actual == 0)
			continue;
		sum += figure(&c);
		n++;
	}
	return sum / n;
}

#define EVALUATION_ACCESSOR(function, computation) \
	PG_FUNCTION_INFO_V1(engage_evaluation_##function); \
	Datum \
	engage_evaluation_##function(PG_FUNCTION_ARGS) \
	{ \
		Summary    *summary = engage_summary_arg(&evaluation_summary_type, PG_GETARG_DATUM(0)); \
		double		result = computation; \
		if (isnan(result)) \
			PG_RETURN_NULL(); \
		PG_RETURN_FLOAT8(result); \
	} \
	extern int	evaluation_accessor_##function

EVALUATION_ACCESSOR(accuracy, accuracy(summary));
EVALUATION_ACCESSOR(balanced_accuracy, mean_over_classes(summary, recall));
EVALUATION_ACCESSOR(macro_f1, mean_over_classes(summary, f1));

PG_FUNCTION_INFO_V1(engage_evaluation_texts);
Datum
engage_evaluation_texts(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(engage_summary_total(&evaluation_summary_type,
										 engage_summary_arg(&evaluation_summary_type, PG_GETARG_DATUM(0))));
}

static void
put_share(Datum *value, bool *null, double share)
{
	*null = isnan(share);
	*value = Float8GetDatum(share);
}

PG_FUNCTION_INFO_V1(engage_evaluation_confusion);
Datum
engage_evaluation_confusion(PG_FUNCTION_ARGS)
{
	Summary    *summary = engage_summary_arg(&evaluation_summary_type, PG_GETARG_DATUM(0));
	ResultRows	rows = engage_begin_rows(fcinfo);

	for (int label = 0; label < NLABELS; label++)
		for (int predicted = 0; predicted < NLABELS; predicted++)
		{
			ClassCounts c = class_counts(summary, label);
			int64		texts = summary->counts[label * NLABELS + predicted];
			Datum		values[4];
			bool		nulls[4] = {false};

			values[0] = CStringGetTextDatum(engage_label_names[label]);
			values[1] = CStringGetTextDatum(engage_label_names[predicted]);
			values[2] = Int64GetDatum(texts);
			put_share(&values[3], &nulls[3], 100 * texts / c.actual);
			engage_put_row(&rows, values, nulls);
		}
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(engage_evaluation_classes);
Datum
engage_evaluation_classes(PG_FUNCTION_ARGS)
{
	Summary    *summary = engage_summary_arg(&evaluation_summary_type, PG_GETARG_DATUM(0));
	ResultRows	rows = engage_begin_rows(fcinfo);

	for (int label = 0; label < NLABELS; label++)
	{
		ClassCounts c = class_counts(summary, label);
		Datum		values[5];
		bool		nulls[5] = {false};

		values[0] = CStringGetTextDatum(engage_label_names[label]);
		values[1] = Int64GetDatum((int64) c.actual);
		put_share(&values[2], &nulls[2], precision(&c));
		put_share(&values[3], &nulls[3], recall(&c));
		put_share(&values[4], &nulls[4], f1(&c));
		engage_put_row(&rows, values, nulls);
	}
	return (Datum) 0;
}
