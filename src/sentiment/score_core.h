/*-------------------------------------------------------------------------
 *
 * score_core.h
 *	  From tokens to a score.
 *
 * The score is sum / sqrt(sum^2 + SCORE_SOFTENING), where the sum is over the
 * parts of all tokens: what each is worth by the lexicon, by what was learned
 * from labelled texts, and by the rules (negation, intensifiers, contrast,
 * emphasis).  Parts scale with the score, so that they sum up to it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_SENTIMENT_SCORE_CORE_H
#define ENGAGE_SENTIMENT_SCORE_CORE_H

#include "sentiment/lexicon_core.h"

#define SCORE_SOFTENING 9.0

/* Texts are dealt with in segments of so many tokens at most. */
#define SEGMENT_TOKENS 256

/* Why a part is what it is: the rule that did most to it */
typedef enum PartRule
{
	PART_NONE,					/* unknown, or not polar */
	PART_WORD,
	PART_PHRASE,				/* with the tokens that follow */
	PART_IN_PHRASE,				/* counted with the phrase's first token */
	PART_EMOJI,
	PART_NEGATOR,
	PART_BOOSTER,
	PART_DAMPENER,
	PART_CONTRAST,
	PART_NEGATED,
	PART_BOOSTED,
	PART_DAMPENED,
	PART_EMPHASIS				/* capitals, lengthened letters */
} PartRule;

extern const char *const engage_part_rule_names[PART_EMPHASIS + 1];

typedef struct ScorePart
{
	Token		token;
	Language	language;
	const LexiconEntry *entry;	/* or NULL */
	const LexiconEntry *learned;	/* that of the form, if the entry is that of its word */
	bool		is_whole;		/* found as it is, without leaving off an affix */
	double		weight;			/* before it is scaled with the score */
	double		subjectivity;
	bool		is_negated;
	bool		is_known;		/* by any list */
	PartRule	rule;
} ScorePart;

typedef struct ScoreOptions
{
	Language	language;		/* LANGUAGE_ANY: to be found out */
	const Lexicon *own;			/* looked into first; or NULL */
} ScoreOptions;

typedef struct Score
{
	double		score;			/* -1 to 1 */
	double		positive;		/* sums of parts above 0, */
	double		negative;		/* and below */
	double		subjectivity;
	int64		words;
	int64		known;			/* of them */
	Language	language;
} Score;

typedef struct Scorer Scorer;

/* Room for a scorer, which is used again and again */
extern Size engage_scorer_size(void);
extern void engage_scorer_init(Scorer *scorer, const CharTables *tables, const Lexicon *lexicon);

/*
 * What to do with the parts of a segment; or NULL.  Their weights are final but
 * for the factor that makes the sum the score.
 */
typedef void (*TakeParts) (void *arg, const ScorePart *parts, int n);

extern void engage_score(Scorer *scorer, const char *text, size_t length,
						 const ScoreOptions *options, TakeParts take, void *arg,
						 Score *result);

/* score / sum: the factor for parts */
extern double engage_score_factor(const Score *score);

/* The language of a text; LANGUAGE_ANY if it has no words. */
extern Language engage_language(Scorer *scorer, const char *text, size_t length);

#endif							/* ENGAGE_SENTIMENT_SCORE_CORE_H */
