/*-------------------------------------------------------------------------
 *
 * model_core.c
 *	  Models of somebody's own: building them, looking into them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/compat.h"
#include "common/errors.h"
#include "common/int.h"
#include "common/interrupts.h"
#include "sentiment/model_core.h"

/*
 * Chosen on the public sets, see doc/sentiment.md: few rounds and much restraint,
 * for it is a thousand texts rather than a million that people have labelled.
 * Classes count half-way between as often as they occur, which is best for
 * accuracy, and equally, which is best for the rarer one.
 */
const TrainOptions engage_model_train_options = {
	.epochs = 15,
	.rate = 0.05,
	.caution = 1,
	.restraint = 1,
	.restraint_of_few = 400,
	.least_texts = 2,
	.most_words = MODEL_MAX_WORDS,
	.balanced = 0.5,
	.telling = 0.7,
	.has_bias = true
};

SentimentModel *
engage_model_create(int nwords, int nslots)
{
	SentimentModel *model = palloc0(MODEL_SIZE(nwords, nslots));

	SET_VARSIZE(model, MODEL_SIZE(nwords, nslots));
	model->version = MODEL_VERSION;
	model->nwords = nwords;
	model->nslots = nslots;
	return model;
}

bool
engage_model_is_whole(const SentimentModel *model, Size size)
{
	return size >= MODEL_SIZE(0, 0) && model->version == MODEL_VERSION &&
		model->nwords >= 0 && model->nwords <= MODEL_MAX_WORDS &&
		model->nslots >= 0 && model->nslots <= MODEL_MAX_SLOTS &&
		size == MODEL_SIZE(model->nwords, model->nslots);
}

static bool
is_factor(int32 value)
{
	return value >= -MODEL_MAX_FACTOR && value <= MODEL_MAX_FACTOR;
}

/* Looking a word up ends at a free slot: there must be one. */
static const char *
fault_of_slots(const LexiconEntry *slots, int nslots)
{
	const uint8 flags = ENTRY_FUNCTION | ENTRY_BEGINS_PHRASE | ENTRY_AUTHORED | ENTRY_IS_TERM;
	bool		has_free = nslots == 0;

	for (int i = 0; i < nslots; i++)
	{
		const LexiconEntry *entry = &slots[i];
		bool		is_term = (entry->flags & ENTRY_IS_TERM) != 0;

		check_interrupts_at(i);
		if (entry->check == 0)
		{
			if (entry->flags != 0 || entry->polarity != 0 || entry->learned != 0 || entry->value != 0)
				return "Nothing is in a free slot of own words.";
			has_free = true;
		}
		else if ((entry->check & 1) == 0 || (entry->flags & ~flags) != 0 || entry->flags == 0 ||
				 is_term != ((entry->flags & ENTRY_AUTHORED) != 0) ||
				 entry->polarity < -3 * POLARITY_SCALE || entry->polarity > 3 * POLARITY_SCALE ||
				 entry->value > SUBJECTIVITY_SCALE || entry->learned != 0 ||
				 (!is_term && (entry->polarity != 0 || entry->value != 0)))
			return "An own word is none that a table can have.";
	}
	return has_free ? NULL : "A slot of own words is free.";
}

const char *
engage_model_fault(const SentimentModel *model)
{
	const int8 *weights = model_weights(model);

	if (model->sentiment_version < 1)
		return "The version of the shipped weights is 1 or more.";
	for (int l = 0; l <= LABEL_POSITIVE; l++)
		if (model->texts[l] < 0)
			return "Counts are zero or more.";
	if (!is_factor(model->bias) || !is_factor(model->shipped))
		return "Bias and factor are between -1000 and 1000.";
	if (model->unit < 0 || model->unit > MODEL_MAX_FACTOR)
		return "The unit is between 0 and 1000.";
	for (int i = 0; i < model->nwords; i++)
	{
		if (i > 0 && model->hashes[i] <= model->hashes[i - 1])
			return "Words are in ascending order, each once.";
		if (weights[i] == 0 || weights[i] == PG_INT8_MIN)
			return "Weights are between -127 and 127, and not 0.";
	}
	return fault_of_slots(model_slots(model), model->nslots);
}

/* ----------------------------------------------------------------
 *		building
 * ---------------------------------------------------------------- */

typedef struct WordWeight
{
	uint32		hash;
	double		weight;
} WordWeight;

/* Of a 64-bit hash, a model keeps this. */
static inline uint32
short_hash(uint64 hash)
{
	return (uint32) (hash >> 32);
}

static int
by_short_hash(const void *a, const void *b)
{
	uint32		x = ((const WordWeight *) a)->hash;
	uint32		y = ((const WordWeight *) b)->hash;

	return x < y ? -1 : x > y;
}

static int
by_importance(const void *a, const void *b)
{
	const WordWeight *x = a;
	const WordWeight *y = b;

	return fabs(x->weight) != fabs(y->weight) ? (fabs(x->weight) > fabs(y->weight) ? -1 : 1)
		: by_short_hash(a, b);
}

static int32
millionths(double value)
{
	return (int32) rint(Max(Min(value, 1000), -1000) * MODEL_FRACTION);
}

/* Words of both, with the weights of the base in proportion; sorted by hash */
static int
join_weights(const Learned *learned, const SentimentModel *base, WordWeight *words)
{
	int			n = 0;
	int			joined = 0;

	for (int i = 0; i < learned->n; i++)
		words[n++] = (WordWeight) {short_hash(learned->weights[i].hash), learned->weights[i].weight};
	for (int i = 0; base != NULL && i < base->nwords; i++)
		words[n++] = (WordWeight) {base->hashes[i],
			learned->authored * model_weights(base)[i] * base->unit / MODEL_FRACTION};
	qsort(words, n, sizeof(WordWeight), by_short_hash);
	for (int i = 0; i < n; i++)
	{
		if (joined > 0 && words[joined - 1].hash == words[i].hash)
			words[joined - 1].weight += words[i].weight;
		else
			words[joined++] = words[i];
	}
	return joined;
}

SentimentModel *
engage_model_build(const Learned *learned, const SentimentModel *base,
				   const int64 texts[LABEL_POSITIVE + 1])
{
	WordWeight *words = palloc((learned->n + MODEL_MAX_WORDS) * sizeof(WordWeight));
	int			n = join_weights(learned, base, words);
	double		largest = 0;
	double		unit;
	int			kept = 0;
	SentimentModel *model;

	qsort(words, n, sizeof(WordWeight), by_importance);
	n = Min(n, MODEL_MAX_WORDS);
	if (n > 0)
		largest = Min(fabs(words[0].weight), 1000.0 * PG_INT8_MAX);
	/* (a base's unit stays as it is, but for what division made of it) */
	unit = ceil(largest / PG_INT8_MAX * MODEL_FRACTION - 0.001) / MODEL_FRACTION;
	while (kept < n && unit > 0 && rint(words[kept].weight / unit) != 0)
		kept++;
	qsort(words, kept, sizeof(WordWeight), by_short_hash);
	model = engage_model_create(kept, base == NULL ? 0 : base->nslots);
	model->sentiment_version = SENTIMENT_VERSION;
	model->unit = millionths(unit);
	for (int i = 0; i < kept; i++)
	{
		double		weight = rint(words[i].weight / unit);

		model->hashes[i] = words[i].hash;
		model_weights(model)[i] = (int8) Max(Min(weight, PG_INT8_MAX), -PG_INT8_MAX);
	}
	model->bias = millionths(learned->bias +
							 (base == NULL ? 0 : learned->authored * base->bias / MODEL_FRACTION));
	model->shipped = millionths(learned->authored *
								(base == NULL ? 1 : (double) base->shipped / MODEL_FRACTION));
	for (int l = 0; l <= LABEL_POSITIVE; l++)
		if (pg_add_s64_overflow(texts[l], base == NULL ? 0 : base->texts[l], &model->texts[l]))
			engage_count_overflow();
	if (base != NULL)
		memcpy(model_slots(model), model_slots(base), base->nslots * sizeof(LexiconEntry));
	pfree(words);
	return model;
}

int
engage_model_own_words(const SentimentModel *model)
{
	int			n = 0;

	for (int i = 0; i < model->nslots; i++)
		n += (model_slots(model)[i].flags & ENTRY_IS_TERM) != 0;
	return n;
}

SentimentModel *
engage_model_with_words(const SentimentModel *model, const Lexicon *words)
{
	SentimentModel *result = engage_model_create(model == NULL ? 0 : model->nwords, words->nslots);

	memcpy(model_slots(result), words->slots, words->nslots * sizeof(LexiconEntry));
	if (model == NULL)
	{
		result->sentiment_version = SENTIMENT_VERSION;
		result->shipped = MODEL_FRACTION;
		return result;
	}
	result->sentiment_version = model->sentiment_version;
	result->bias = model->bias;
	result->shipped = model->shipped;
	result->unit = model->unit;
	memcpy(result->texts, model->texts, sizeof(result->texts));
	memcpy(result->hashes, model->hashes, model->nwords * sizeof(uint32));
	memcpy(model_weights(result), model_weights(model), model->nwords);
	return result;
}

/* ----------------------------------------------------------------
 *		looking into
 * ---------------------------------------------------------------- */

typedef struct ModelSlot
{
	uint32		hash;
	uint32		text;			/* the last one it was found in */
	float		weight;			/* 0: the slot is free */
} ModelSlot;

struct ModelTable
{
	uint64		number;			/* no other table of this process has it */
	SentimentModel *model;
	Lexicon		own;			/* its words, where it lies */
	double		shipped;
	double		bias;
	uint32		text;			/* number of the present one */
	uint32		mask;
	ModelSlot  *slots;
};

ModelTable *
engage_model_table(const SentimentModel *model)
{
	static uint64 tables = 0;
	ModelTable *table = palloc(sizeof(ModelTable));
	uint32		nslots = 16;

	table->number = ++tables;
	while (nslots < 2 * (uint32) model->nwords)
		nslots *= 2;
	table->model = palloc(VARSIZE(model));
	memcpy(table->model, model, VARSIZE(model));
	table->own = (Lexicon) {.slots = model_slots(table->model),.nslots = model->nslots};
	table->shipped = (double) model->shipped / MODEL_FRACTION;
	table->bias = (double) model->bias / MODEL_FRACTION;
	table->text = 0;
	table->mask = nslots - 1;
	table->slots = palloc0(nslots * sizeof(ModelSlot));
	for (int i = 0; i < model->nwords; i++)
	{
		uint32		s = model->hashes[i] & table->mask;

		check_interrupts_at(i);
		while (table->slots[s].weight != 0)
			s = (s + 1) & table->mask;
		table->slots[s].hash = model->hashes[i];
		table->slots[s].weight = (float) model_weights(model)[i] * model->unit / MODEL_FRACTION;
	}
	return table;
}

const SentimentModel *
engage_table_model(const ModelTable *table)
{
	return table->model;
}

uint64
engage_table_number(const ModelTable *table)
{
	return table->number;
}

/* The weight of a word or pair where it occurs in the present text first, otherwise 0 */
static inline double
first_weight(ModelTable *table, uint64 hash)
{
	uint32		wanted = short_hash(hash);
	uint32		s = wanted & table->mask;

	for (; table->slots[s].weight != 0; s = (s + 1) & table->mask)
		if (table->slots[s].hash == wanted)
		{
			if (table->slots[s].text == table->text)
				return 0;
			table->slots[s].text = table->text;
			return table->slots[s].weight;
		}
	return 0;
}

static void
begin_model_text(ModelTable *table)
{
	if (++table->text != 0)
		return;
	for (uint32 s = 0; s <= table->mask; s++)
		table->slots[s].text = 0;
	table->text = 1;
}

/* ----------------------------------------------------------------
 *		words and pairs of a text
 * ---------------------------------------------------------------- */

typedef struct PairReader
{
	uint64		word;			/* before this one */
	bool		has_word;
} PairReader;

/* The hashes of a token and of the pair that it ends; their number */
static inline int
read_pair(PairReader *reader, const Token *token, uint64 hashes[2])
{
	int			n = 0;

	if (token->kind == TOKEN_COMMA || token->kind == TOKEN_STOP || token->kind == TOKEN_NUMBER ||
		token->is_cut)
	{
		reader->has_word = false;
		return 0;
	}
	hashes[n++] = token->hash;
	if (token->kind == TOKEN_WORD && reader->has_word)
		hashes[n++] = hash_join(reader->word, token->hash);
	reader->word = token->hash;
	reader->has_word = token->kind == TOKEN_WORD;
	return n;
}

typedef struct ModelScore
{
	ModelTable *table;			/* or NULL: the shipped weights alone */
	PairReader	reader;
	bool		has_words;		/* or pictures, or marks */
	double		positive;
	double		negative;
	TakeModelPart take;
	void	   *arg;
} ModelScore;

static inline void
add_part(ModelScore *sum, const ScorePart *part, double weight, bool is_learned)
{
	*(weight > 0 ? &sum->positive : &sum->negative) += weight;
	if (sum->take != NULL)
		sum->take(sum->arg, part, weight, is_learned);
}

static void
score_parts(void *arg, const ScorePart *parts, int n)
{
	ModelScore *sum = arg;

	CHECK_FOR_INTERRUPTS();
	for (int i = 0; i < n; i++)
	{
		uint64		hashes[2];
		int			nhashes = read_pair(&sum->reader, &parts[i].token, hashes);
		double		learned = 0;

		sum->has_words |= nhashes > 0;
		if (sum->table == NULL)
		{
			add_part(sum, &parts[i], parts[i].weight, false);
			continue;
		}
		for (int h = 0; h < nhashes; h++)
			learned += first_weight(sum->table, hashes[h]);
		add_part(sum, &parts[i], sum->table->shipped * parts[i].weight + learned, learned != 0);
	}
}

void
engage_model_score(Scorer *scorer, ModelTable *table, const Utf8Text *utf8,
				   TakeModelPart take, void *arg, Score *result)
{
	ScoreOptions options = {.language = LANGUAGE_ANY};
	ModelScore	sum = {.table = table,.take = take,.arg = arg};
	double		total;

	if (table != NULL)
	{
		begin_model_text(table);
		options.own = table->own.nslots > 0 ? &table->own : NULL;
	}
	engage_score(scorer, utf8->data, utf8->length, &options, score_parts, &sum, result);
	if (table != NULL && sum.has_words && table->bias != 0)
		add_part(&sum, NULL, table->bias, true);
	result->positive = sum.positive;
	result->negative = sum.negative;
	total = sum.positive + sum.negative;
	result->score = total * engage_score_factor(result);
}

typedef struct Learning
{
	PairReader	reader;
	Trainer    *trainer;
	bool		has_words;
} Learning;

static void
put_part(void *arg, const ScorePart *part, double weight, bool is_learned)
{
	Learning   *learning = arg;
	uint64		hashes[2];
	int			n = part == NULL ? 0 : read_pair(&learning->reader, &part->token, hashes);

	learning->has_words |= n > 0;
	for (int h = 0; h < n; h++)
		engage_trainer_put(learning->trainer, hashes[h]);
}

void
engage_model_learn(Scorer *scorer, ModelTable *base, const Utf8Text *utf8,
				   Trainer *trainer, double target)
{
	Learning	learning = {.trainer = trainer};
	Score		score;

	engage_model_score(scorer, base, utf8, put_part, &learning, &score);
	if (learning.has_words)
		engage_trainer_end_text(trainer, target, score.positive + score.negative);
}
