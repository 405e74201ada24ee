/*-------------------------------------------------------------------------
 *
 * train_core.h
 *	  Weights of words, learned from labelled texts.
 *
 * Logistic regression with L2 regularisation by AdaGrad (Duchi, Hazan, Singer,
 * JMLR 2011), on whether a word, or whatever else has a hash, occurs.  What the shipped weights say of a text
 * is one more feature, so that few labels already improve on them.
 *
 * The result depends on the set of texts only, not on their order: they are
 * sorted by their contents first.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_SENTIMENT_TRAIN_CORE_H
#define ENGAGE_SENTIMENT_TRAIN_CORE_H

#include "common/memory_limit.h"

typedef struct Trainer Trainer;

typedef struct TrainOptions
{
	int			epochs;
	double		rate;			/* of learning */
	double		caution;		/* sum of squares that a weight's steps begin with */
	double		decay;			/* L2 regularisation, for each text */
	double		restraint;		/* the same for each weight, over all texts */
	double		restraint_of_few;	/* more of it, divided by the number of texts */
	int			least_texts;	/* words of fewer texts are left out */
	int			most_words;		/* the most frequent ones are kept */
	double		balanced;		/* 1: both classes count the same; 0: as they are */
	double		telling;		/* 1: words count by how well they tell the classes apart; 0: the same */
	bool		has_bias;
	bool		squeezed_prior;
	void		(*progress) (void *arg, int epoch, int epochs);	/* or NULL; before each */
	void	   *progress_arg;
} TrainOptions;

typedef struct LearnedWeight
{
	uint64		hash;
	int64		texts;			/* it occurs in */
	double		weight;			/* in logits */
} LearnedWeight;

typedef struct Learned
{
	LearnedWeight *weights;		/* by hash */
	int			n;
	double		bias;
	double		authored;		/* factor of what the shipped weights say */
	int64		texts;
} Learned;

/* What is kept of texts, with what finishing needs, is at most this. */
#define TRAINER_MEMORY ((int64) AGGREGATE_MEMORY_LIMIT)

extern Trainer *engage_trainer_create(MemoryContext context);

/* Bytes, at the end of engage_trainer_finish() */
extern int64 engage_trainer_memory(const Trainer *trainer);

/* How many texts it has. */
extern int64 engage_trainer_texts(const Trainer *trainer);

/*
 * A text: the hashes of its words, each once or oftener, then the target, 0 for
 * negative to 1 for positive, and the prior, what the shipped weights sum up
 * to.  Error 54000 if that takes too much memory.
 */
extern void engage_trainer_put(Trainer *trainer, uint64 hash);
extern void engage_trainer_end_text(Trainer *trainer, double target, double prior);

/*
 * Leaves the trainer as it is but for the order of texts.  Without texts of
 * both sides there is nothing to learn: no words, and the prior as it is.
 */
extern Learned *engage_trainer_finish(Trainer *trainer, const TrainOptions *options);

#endif							/* ENGAGE_SENTIMENT_TRAIN_CORE_H */
