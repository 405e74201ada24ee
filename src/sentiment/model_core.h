/*-------------------------------------------------------------------------
 *
 * model_core.h
 *	  What was learned from somebody's own labelled texts.
 *
 * A model adds to what the shipped weights say of a text:
 *
 *	sum = shipped * (their sum) + weights of words and word pairs + bias
 *
 * where each word and pair counts once a text, as it did in training.  The score
 * is made of the sum as that of score_core.h is.  A model may have words of the
 * user's own in it, which come before the shipped ones, as they were in the table
 * when it was made.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_SENTIMENT_MODEL_CORE_H
#define ENGAGE_SENTIMENT_MODEL_CORE_H

#include "sentiment/lexicon_make_core.h"
#include "sentiment/score_core.h"
#include "sentiment/sentiment.h"
#include "sentiment/train_core.h"

#define MODEL_VERSION 1
#define MODEL_MAX_WORDS 20000
#define MODEL_MAX_SLOTS SLOTS_FOR_ENTRIES(MAX_OWN_TERMS * MAX_PHRASE_WORDS * 2)

/* Bias, the factor of the shipped weights and the unit are in millionths. */
#define MODEL_FRACTION 1000000
#define MODEL_MAX_FACTOR 1000000000

typedef struct SentimentModel
{
	int32		vl_len_;		/* varlena header */
	uint8		version;
	uint8		reserved[3];	/* 0 */
	int32		sentiment_version;	/* of the shipped weights beneath */
	int32		bias;
	int32		shipped;
	int32		unit;			/* of weights */
	int64		texts[LABEL_POSITIVE + 1];	/* learned from */
	int32		nwords;
	int32		nslots;			/* of the lexicon of own words; 0: there are none */
	uint32		hashes[FLEXIBLE_ARRAY_MEMBER];	/* ascending */
	/* followed by the slots, then by nwords int8 weights, none of them 0 */
} SentimentModel;

#define MODEL_SIZE(nwords, nslots) \
	(offsetof(SentimentModel, hashes) + (Size) (nwords) * (sizeof(uint32) + sizeof(int8)) + \
	 (Size) (nslots) * sizeof(LexiconEntry))

static inline LexiconEntry *
model_slots(const SentimentModel *model)
{
	return (LexiconEntry *) &((SentimentModel *) model)->hashes[model->nwords];
}

static inline int8 *
model_weights(const SentimentModel *model)
{
	return (int8 *) &model_slots(model)[model->nslots];
}

extern SentimentModel *engage_model_create(int nwords, int nslots);

/* Are so many bytes a model of the present version, as to its lengths? */
extern bool engage_model_is_whole(const SentimentModel *model, Size size);

/* What is wrong with such a model, or NULL */
extern const char *engage_model_fault(const SentimentModel *model);

/* Words of a lexicon in the place of the model's own; without a model (NULL), on the shipped weights alone */
extern SentimentModel *engage_model_with_words(const SentimentModel *model, const Lexicon *words);

/* Own words: a term in Arabic script that may be of either language counts twice. */
extern int	engage_model_own_words(const SentimentModel *model);

/* From what was learned on top of a base, or of the shipped weights alone */
extern SentimentModel *engage_model_build(const Learned *learned, const SentimentModel *base,
										  const int64 texts[LABEL_POSITIVE + 1]);

extern const TrainOptions engage_model_train_options;

/* ----------------------------------------------------------------
 *		scoring
 * ---------------------------------------------------------------- */

/* A model as it is looked into */
typedef struct ModelTable ModelTable;

/* Made in the current memory context; the model is copied. */
extern ModelTable *engage_model_table(const SentimentModel *model);
extern const SentimentModel *engage_table_model(const ModelTable *table);

/* Equal if and only if it is the same table; addresses are used again. */
extern uint64 engage_table_number(const ModelTable *table);

/* What a model makes of one token; of the bias, the token is NULL. */
typedef void (*TakeModelPart) (void *arg, const ScorePart *part, double weight, bool is_learned);

/*
 * The score by a model, or by the shipped weights alone (NULL).  Its sums are
 * those of all parts; hands out each part, or not (NULL).
 */
extern void engage_model_score(Scorer *scorer, ModelTable *table, const Utf8Text *utf8,
							   TakeModelPart take, void *arg, Score *result);

/* Gives a text to a trainer, unless it has no words; see engage_trainer_put(). */
extern void engage_model_learn(Scorer *scorer, ModelTable *base, const Utf8Text *utf8,
							   Trainer *trainer, double target);

#endif							/* ENGAGE_SENTIMENT_MODEL_CORE_H */
