/*-------------------------------------------------------------------------
 *
 * model.c
 *	  SQL side of models: type sentiment_model, and scoring by one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/call_args.h"
#include "common/compat.h"
#include "common/interrupts.h"
#include "common/result_rows.h"
#include "common/text_scan.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "nodes/primnodes.h"
#include "sentiment/model.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#define TYPE_NAME "sentiment_model"

/* ----------------------------------------------------------------
 *		text form
 * ---------------------------------------------------------------- */

static void
append_millionths(StringInfo buffer, int32 value)
{
	appendStringInfo(buffer, "%s%d.%06d", value < 0 ? "-" : "",
					 abs(value) / MODEL_FRACTION, abs(value) % MODEL_FRACTION);
}

/* A decimal with 6 digits at most, within the range of factors */
static bool
scan_millionths(TextScan *scan, int32 *result)
{
	const char *start = scan->pos;
	ExactSum	value;
	int128		fraction;
	int128		unit = EXACT_SUM_UNIT / MODEL_FRACTION;

	if (!engage_scan_exact(scan, &value))
		return false;
	fraction = value.fraction / unit;
	if (value.whole < -1000 || value.whole > 1000 || fraction * unit != value.fraction ||
		value.whole * MODEL_FRACTION + fraction > MODEL_MAX_FACTOR)
	{
		scan->pos = start;
		return engage_scan_fail(scan, "a number from -1000 to 1000 with at most 6 decimals");
	}
	*result = (int32) (value.whole * MODEL_FRACTION + fraction);
	return true;
}

static bool
scan_hash(TextScan *scan, uint32 *hash)
{
	*hash = 0;
	for (int i = 0; i < 8; i++)
	{
		char		c = scan->pos[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return engage_scan_fail(scan, "eight hexadecimal digits in lower case");
		*hash = *hash << 4 | (c <= '9' ? c - '0' : c - 'a' + 10);
	}
	scan->pos += 8;
	return true;
}

static bool
scan_words(TextScan *scan, SentimentModel *model)
{
	for (int i = 0; i < model->nwords; i++)
	{
		int64		weight;

		check_interrupts_at(i);
		if ((i > 0 && !engage_scan_literal(scan, " ")) ||
			!scan_hash(scan, &model->hashes[i]) || !engage_scan_literal(scan, ":") ||
			!engage_scan_int64(scan, &weight))
			return false;
		if (weight < -PG_INT8_MAX || weight > PG_INT8_MAX)
			return engage_scan_fail(scan, "a weight from -127 to 127 before this");
		model_weights(model)[i] = (int8) weight;
	}
	return true;
}

static bool
scan_small(TextScan *scan, int64 least, int64 most, int64 *value)
{
	if (!engage_scan_literal(scan, ":") || !engage_scan_int64(scan, value))
		return false;
	if (*value < least || *value > most)
		return engage_scan_fail(scan, psprintf("a number from " INT64_FORMAT " to " INT64_FORMAT " before this", least, most));
	return true;
}

/* Those in use, each with its number, which ascends */
static bool
scan_slots(TextScan *scan, SentimentModel *model)
{
	int64		next = 0;

	for (int64 n = 0; engage_scan_try(scan, " "); n++)
	{
		LexiconEntry *entry;
		int64		slot;
		int64		flags;
		int64		polarity;
		int64		value;

		check_interrupts_at(n);
		if (!engage_scan_int64(scan, &slot))
			return false;
		if (slot < next || slot >= model->nslots)
			return engage_scan_fail(scan, "the number of a slot, in ascending order, before this");
		entry = &model_slots(model)[slot];
		if (!engage_scan_literal(scan, ":") || !scan_hash(scan, &entry->check) ||
			!scan_small(scan, 1, PG_UINT8_MAX, &flags) ||
			!scan_small(scan, PG_INT8_MIN, PG_INT8_MAX, &polarity) ||
			!scan_small(scan, 0, PG_UINT8_MAX, &value))
			return false;
		entry->flags = (uint8) flags;
		entry->polarity = (int8) polarity;
		entry->value = (uint8) value;
		next = slot + 1;
	}
	return true;
}

/* A number of things that come later in the value: how far is that? */
static bool
scan_length(TextScan *scan, int most, const char *what, int *n)
{
	int64		value;

	if (!engage_scan_int64(scan, &value))
		return false;
	if (value < 0 || value > most)
		return engage_scan_fail(scan, psprintf("0 to %d %s before this", most, what));
	*n = (int) value;
	return true;
}

static SentimentModel *
parse_model(TextScan *scan)
{
	SentimentModel head = {0};
	SentimentModel *model;
	int64		sentiment_version;

	if (!engage_scan_version(scan) ||
		!engage_scan_literal(scan, ":sentiment_version=") || !engage_scan_int64(scan, &sentiment_version))
		return NULL;
	if (sentiment_version < 1 || sentiment_version > PG_INT32_MAX)
	{
		engage_scan_fail(scan, "a version from 1 to 2147483647 before this");
		return NULL;
	}
	for (int l = 0; l <= LABEL_POSITIVE; l++)
		if (!engage_scan_literal(scan, ",") || !engage_scan_literal(scan, engage_label_names[l]) ||
			!engage_scan_literal(scan, "=") || !engage_scan_int64(scan, &head.texts[l]))
			return NULL;
	if (!engage_scan_literal(scan, ",shipped=") || !scan_millionths(scan, &head.shipped) ||
		!engage_scan_literal(scan, ",bias=") || !scan_millionths(scan, &head.bias) ||
		!engage_scan_literal(scan, ",unit=") || !scan_millionths(scan, &head.unit) ||
		(engage_scan_try(scan, ",own_slots=") &&
		 !scan_length(scan, MODEL_MAX_SLOTS, "slots", &head.nslots)) ||
		!engage_scan_literal(scan, ",words=") ||
		!scan_length(scan, MODEL_MAX_WORDS, "words", &head.nwords) ||
		!engage_scan_literal(scan, ":"))
		return NULL;
	model = engage_model_create(head.nwords, head.nslots);
	model->sentiment_version = (int32) sentiment_version;
	memcpy(model->texts, head.texts, sizeof(head.texts));
	model->shipped = head.shipped;
	model->bias = head.bias;
	model->unit = head.unit;
	return scan_words(scan, model) &&
		(model->nslots == 0 || (engage_scan_literal(scan, ";") && scan_slots(scan, model))) &&
		engage_scan_end(scan) ? model : NULL;
}

PG_FUNCTION_INFO_V1(engage_sentiment_model_in);
Datum
engage_sentiment_model_in(PG_FUNCTION_ARGS)
{
	char	   *input = PG_GETARG_CSTRING(0);
	TextScan	scan = {TYPE_NAME, input, input, fcinfo->context};
	SentimentModel *model = parse_model(&scan);
	const char *fault;

	if (model == NULL)
		PG_RETURN_NULL();
	fault = engage_model_fault(model);
	if (fault != NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid value for type %s", TYPE_NAME),
				 errdetail("%s", fault)));
	PG_RETURN_POINTER(model);
}

/* A stored model, detoasted and aligned */
static SentimentModel *
read_model(Datum datum)
{
	SentimentModel *model = (SentimentModel *) PG_DETOAST_DATUM(datum);

	if (!engage_model_is_whole(model, VARSIZE(model)))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s has unknown format version %d", TYPE_NAME,
						VARSIZE(model) < MODEL_SIZE(0, 0) ? 0 : model->version),
				 errhint("It was written by a newer engage; upgrade this server's.")));
	return model;
}

PG_FUNCTION_INFO_V1(engage_sentiment_model_out);
Datum
engage_sentiment_model_out(PG_FUNCTION_ARGS)
{
	SentimentModel *model = read_model(PG_GETARG_DATUM(0));
	StringInfoData buffer;

	initStringInfo(&buffer);
	appendStringInfo(&buffer, "%d:sentiment_version=%d", model->version, model->sentiment_version);
	for (int l = 0; l <= LABEL_POSITIVE; l++)
		appendStringInfo(&buffer, ",%s=" INT64_FORMAT, engage_label_names[l], model->texts[l]);
	appendStringInfoString(&buffer, ",shipped=");
	append_millionths(&buffer, model->shipped);
	appendStringInfoString(&buffer, ",bias=");
	append_millionths(&buffer, model->bias);
	appendStringInfoString(&buffer, ",unit=");
	append_millionths(&buffer, model->unit);
	if (model->nslots > 0)
		appendStringInfo(&buffer, ",own_slots=%d", model->nslots);
	appendStringInfo(&buffer, ",words=%d:", model->nwords);
	for (int i = 0; i < model->nwords; i++)
	{
		check_interrupts_at(i);
		appendStringInfo(&buffer, "%s%08x:%d", i > 0 ? " " : "", model->hashes[i], model_weights(model)[i]);
	}
	if (model->nslots > 0)
		appendStringInfoChar(&buffer, ';');
	for (int i = 0; i < model->nslots; i++)
	{
		const LexiconEntry *entry = &model_slots(model)[i];

		check_interrupts_at(i);
		if (entry->check != 0)
			appendStringInfo(&buffer, " %d:%08x:%d:%d:%d", i, entry->check, entry->flags, entry->polarity, entry->value);
	}
	PG_RETURN_CSTRING(buffer.data);
}

/* ----------------------------------------------------------------
 *		binary form
 * ---------------------------------------------------------------- */

#define WORD_BYTES 5
#define SLOT_BYTES 7

pg_noreturn static void
binary_fault(const char *fault)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value for type %s", TYPE_NAME),
			 errdetail("%s", fault)));
}

/*
 * Version (a byte), then the fields in their order, words, weights, and the slots of
 * own words as check, flags, polarity and value
 */
PG_FUNCTION_INFO_V1(engage_sentiment_model_recv);
Datum
engage_sentiment_model_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buffer = (StringInfo) PG_GETARG_POINTER(0);
	SentimentModel head = {0};
	SentimentModel *model;
	const char *fault;

	if (pq_getmsgbyte(buffer) != MODEL_VERSION)
		binary_fault("Its format version is unknown.");
	head.sentiment_version = (int32) pq_getmsgint(buffer, 4);
	head.bias = (int32) pq_getmsgint(buffer, 4);
	head.shipped = (int32) pq_getmsgint(buffer, 4);
	head.unit = (int32) pq_getmsgint(buffer, 4);
	for (int l = 0; l <= LABEL_POSITIVE; l++)
		head.texts[l] = pq_getmsgint64(buffer);
	head.nwords = (int32) pq_getmsgint(buffer, 4);
	head.nslots = (int32) pq_getmsgint(buffer, 4);
	if (head.nwords < 0 || head.nwords > MODEL_MAX_WORDS || head.nslots < 0 || head.nslots > MODEL_MAX_SLOTS ||
		buffer->len - buffer->cursor != head.nwords * WORD_BYTES + head.nslots * SLOT_BYTES)
		binary_fault("Its length does not fit its number of words.");
	model = engage_model_create(head.nwords, head.nslots);
	model->sentiment_version = head.sentiment_version;
	model->bias = head.bias;
	model->shipped = head.shipped;
	model->unit = head.unit;
	memcpy(model->texts, head.texts, sizeof(head.texts));
	for (int i = 0; i < model->nwords; i++)
		model->hashes[i] = pq_getmsgint(buffer, 4);
	for (int i = 0; i < model->nwords; i++)
		model_weights(model)[i] = (int8) pq_getmsgbyte(buffer);
	for (int i = 0; i < model->nslots; i++)
	{
		LexiconEntry *entry = &model_slots(model)[i];

		check_interrupts_at(i);
		entry->check = pq_getmsgint(buffer, 4);
		entry->flags = (uint8) pq_getmsgbyte(buffer);
		entry->polarity = (int8) pq_getmsgbyte(buffer);
		entry->value = (uint8) pq_getmsgbyte(buffer);
	}
	fault = engage_model_fault(model);
	if (fault != NULL)
		binary_fault(fault);
	PG_RETURN_POINTER(model);
}

PG_FUNCTION_INFO_V1(engage_sentiment_model_send);
Datum
engage_sentiment_model_send(PG_FUNCTION_ARGS)
{
	SentimentModel *model = read_model(PG_GETARG_DATUM(0));
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	pq_sendbyte(&buffer, model->version);
	pq_sendint32(&buffer, model->sentiment_version);
	pq_sendint32(&buffer, model->bias);
	pq_sendint32(&buffer, model->shipped);
	pq_sendint32(&buffer, model->unit);
	for (int l = 0; l <= LABEL_POSITIVE; l++)
		pq_sendint64(&buffer, model->texts[l]);
	pq_sendint32(&buffer, model->nwords);
	pq_sendint32(&buffer, model->nslots);
	for (int i = 0; i < model->nwords; i++)
		pq_sendint32(&buffer, model->hashes[i]);
	for (int i = 0; i < model->nwords; i++)
		pq_sendbyte(&buffer, (uint8) model_weights(model)[i]);
	for (int i = 0; i < model->nslots; i++)
	{
		const LexiconEntry *entry = &model_slots(model)[i];

		check_interrupts_at(i);
		pq_sendint32(&buffer, entry->check);
		pq_sendbyte(&buffer, entry->flags);
		pq_sendbyte(&buffer, (uint8) entry->polarity);
		pq_sendbyte(&buffer, entry->value);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

/* ----------------------------------------------------------------
 *		models as arguments
 * ---------------------------------------------------------------- */

typedef struct ModelCache
{
	MemoryContext context;		/* of all that is below; reset for another model */
	ModelTable *table;
	void	   *datum;			/* as it came, perhaps only where it is stored */
	Size		size;
	bool		is_stable;
} ModelCache;

ModelTable *
engage_model_arg(FunctionCallInfo fcinfo, int argno)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	ModelCache *cache = flinfo->fn_extra;
	Datum		datum = PG_GETARG_DATUM(argno);
	struct varlena *value = (struct varlena *) DatumGetPointer(datum);
	MemoryContext old;

	if (cache == NULL)
	{
		cache = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(ModelCache));
		cache->context = AllocSetContextCreate(flinfo->fn_mcxt, "engage sentiment model", ALLOCSET_DEFAULT_SIZES);
		cache->is_stable = engage_argument_is_stable(fcinfo, argno);
		flinfo->fn_extra = cache;
	}
	if (cache->table != NULL &&
		(cache->is_stable ||
		 (VARSIZE_ANY(value) == cache->size && memcmp(value, cache->datum, cache->size) == 0)))
		return cache->table;
	cache->table = NULL;
	MemoryContextReset(cache->context);
	old = MemoryContextSwitchTo(cache->context);
	cache->size = VARSIZE_ANY(value);
	/* (what a pointer into memory points to may change) */
	if (VARATT_IS_EXTERNAL(value) && !VARATT_IS_EXTERNAL_ONDISK(value))
		cache->size = 0;
	cache->datum = palloc(Max(cache->size, 1));
	memcpy(cache->datum, value, cache->size);
	cache->table = engage_model_table(read_model(datum));
	MemoryContextSwitchTo(old);
	return cache->table;
}

double
engage_score_by(ModelTable *table, const text *value)
{
	Utf8Text	utf8 = engage_utf8_text(value);
	Score		score;

	engage_model_score(engage_scorer(), table, &utf8, NULL, NULL, &score);
	if (utf8.is_converted)
		pfree((void *) utf8.data);
	return score.score;
}

/* ----------------------------------------------------------------
 *		scoring
 * ---------------------------------------------------------------- */

PG_FUNCTION_INFO_V1(engage_sentiment_by_model);
Datum
engage_sentiment_by_model(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	double		score = engage_score_by(engage_model_arg(fcinfo, 1), value);

	PG_FREE_IF_COPY(value, 0);
	PG_RETURN_FLOAT8(score);
}

/* sentiment_label(text, model, band); NULL without text or model */
PG_FUNCTION_INFO_V1(engage_sentiment_label_by_model);
Datum
engage_sentiment_label_by_model(PG_FUNCTION_ARGS)
{
	double		band;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	band = engage_band_arg(fcinfo, 2);
	PG_RETURN_TEXT_P(engage_label_text(engage_score_by(engage_model_arg(fcinfo, 1), PG_GETARG_TEXT_PP(0)), band));
}

PG_FUNCTION_INFO_V1(engage_sentiment_detail_by_model);
Datum
engage_sentiment_detail_by_model(PG_FUNCTION_ARGS)
{
	Utf8Text	utf8 = engage_utf8_text(PG_GETARG_TEXT_PP(0));
	Score		score;

	engage_model_score(engage_scorer(), engage_model_arg(fcinfo, 1), &utf8, NULL, NULL, &score);
	return engage_score_detail(fcinfo, &score);
}

static void
explain_model_part(void *arg, const ScorePart *part, double weight, bool is_learned)
{
	Explanation *e = arg;

	if (part == NULL)
		engage_explain_rest(e, weight, "bias");
	else
		engage_explain_part(e, part, weight,
							is_learned && part->rule == PART_NONE ? "learned" : engage_part_rule_names[part->rule]);
}

PG_FUNCTION_INFO_V1(engage_sentiment_explain_by_model);
Datum
engage_sentiment_explain_by_model(PG_FUNCTION_ARGS)
{
	Explanation e = {.rows = engage_begin_rows(fcinfo),.utf8 = engage_utf8_text(PG_GETARG_TEXT_PP(0))};
	ModelTable *table = engage_model_arg(fcinfo, 1);
	Score		score;

	/* once for the factor, which is known at the end only */
	engage_model_score(engage_scorer(), table, &e.utf8, NULL, NULL, &score);
	e.factor = engage_score_factor(&score);
	engage_model_score(engage_scorer(), table, &e.utf8, explain_model_part, &e, &score);
	return (Datum) 0;
}

/* model_of_words(words, domain, base); NULL without a table */
PG_FUNCTION_INFO_V1(engage_model_of_words);
Datum
engage_model_of_words(PG_FUNCTION_ARGS)
{
	const Lexicon *words;
	Lexicon		taken;
	bool		is_empty = true;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	words = engage_own_words(&fcinfo->flinfo->fn_extra, fcinfo->flinfo->fn_mcxt, PG_GETARG_OID(0),
							 PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1));
	for (uint32 i = 0; is_empty && i < words->nslots; i++)
		is_empty = words->slots[i].check == 0;
	taken = (Lexicon) {.slots = words->slots,.nslots = is_empty ? 0 : words->nslots};
	PG_RETURN_POINTER(engage_model_with_words(PG_ARGISNULL(2) ? NULL : read_model(PG_GETARG_DATUM(2)),
											  &taken));
}

PG_FUNCTION_INFO_V1(engage_model_info);
Datum
engage_model_info(PG_FUNCTION_ARGS)
{
	SentimentModel *model = read_model(PG_GETARG_DATUM(0));
	TupleDesc	tupdesc;
	Datum		values[11];
	bool		nulls[11] = {false};
	int			n = 0;

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[n++] = Int32GetDatum(model->version);
	values[n++] = Int32GetDatum(model->sentiment_version);
	for (int l = 0; l <= LABEL_POSITIVE; l++)
		values[n++] = Int64GetDatum(model->texts[l]);
	values[n++] = Int32GetDatum(model->nwords);
	values[n++] = Int32GetDatum(engage_model_own_words(model));
	values[n++] = Float8GetDatum((double) model->shipped / MODEL_FRACTION);
	values[n++] = Float8GetDatum((double) model->bias / MODEL_FRACTION);
	values[n++] = Float8GetDatum((double) model->unit * PG_INT8_MAX / MODEL_FRACTION);
	values[n++] = Int32GetDatum((int32) VARSIZE(model));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc), values, nulls)));
}
