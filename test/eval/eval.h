/*
 * eval: how good the sentiment scorer is on labelled texts, and the weights that it ships.
 */
#ifndef EVAL_H
#define EVAL_H

#include "sentiment/score_core.h"
#include "sentiment/train_core.h"

typedef struct Document
{
	int			label;			/* -1, 0, 1 */
	char	   *text;
	size_t		length;
} Document;

typedef struct Documents
{
	Document   *list;
	int			n;
} Documents;

/* LANGUAGE.NAME.train.tsv and LANGUAGE.NAME.test.tsv, or one of them */
typedef struct Source
{
	Language	language;
	char		name[64];
	Documents	train;
	Documents	test;
	bool		has_neutral;	/* among its tests */
} Source;

typedef struct Sources
{
	Source		list[100];		/* by language and name */
	int			n;
} Sources;

extern Language language_of_code(const char *code);
extern void read_sources(const char *directory, Sources *sources);
extern void die(const char *format,...) pg_attribute_printf(1, 2) pg_attribute_noreturn();

/* ----------------------------------------------------------------
 *		learning.c
 * ---------------------------------------------------------------- */

typedef struct LearnOptions
{
	TrainOptions train;
	double		factor;			/* by which learned weights are multiplied, */
	double		function_factor[LANGUAGES]; /* those of function words by this, too, */
	double		least_weight;	/* and if they then are smaller, left out */
} LearnOptions;

extern const LearnOptions learn_defaults;

/* The authored words alone, with room for more */
extern const Lexicon authored_lexicon;

extern void learning_begin(void);

/* From all sources of a language that may train, but for one (or NULL) */
extern Learned *learn(const Sources *sources, Language language, const Source *left_out, const LearnOptions *options);

/* What scores are by, from then on: what ships at first */
extern void use_shipped(void);
extern void use_authored(void);
extern void use_learned(const Learned *learned, Language language, const LearnOptions *options);

extern double score_of(const Document *document);
extern Scorer *scorer_in_use(void);
extern Language detected_language(const Document *document);

/* The file of weights that lexicon_build reads */
extern void print_weights(FILE *file, const Sources *sources, Language language, const LearnOptions *options);

/* ----------------------------------------------------------------
 *		own_labels.c
 * ---------------------------------------------------------------- */

/*
 * Accuracy on the texts of a source before and after some of them were learned from, on those
 * that were not; false: it has too few.
 */
extern bool measure_own_labels(Scorer *scorer, const Source *source, int labels, double *before, double *after);

#endif							/* EVAL_H */
