/*-------------------------------------------------------------------------
 *
 * themes_core.h
 *	  Which words and pairs of words go with good or bad scores.
 *
 * Everything that is added up is a whole number, so nothing depends on the order
 * of texts.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_SENTIMENT_THEMES_CORE_H
#define ENGAGE_SENTIMENT_THEMES_CORE_H

#include "common/key_table.h"
#include "sentiment/sentiment.h"

/* Scores are kept in units, so many to 1; their squares in units of units. */
#define THEME_SCORE_UNITS INT64CONST(100000000)
#define THEME_MAX_SCORE 100

#define THEME_MAX_WORD_BYTES MAX_TOKEN_BYTES

typedef struct ThemeTotals
{
	int64		texts;
	int64		sum;
	int128		squares;
} ThemeTotals;

typedef struct ThemeCount
{
	int64		texts;			/* of a word that is known from pairs only: 0 */
	int64		sum;
	int64		last_text;		/* number of the last text that was counted */
} ThemeCount;

struct theme_pairs_hash;

typedef struct ThemeBook
{
	MemoryContext context;
	int			version;		/* of the scores; 0: not known, or several */
	ThemeTotals totals;
	KeyTable   *words;			/* number of the word, from 0 */
	ThemeCount *counts;			/* by that number */
	int64		count_space;
	struct theme_pairs_hash *pairs;
	uint64	   *text_pairs;		/* of the text at hand */
	int64		text_pair_space;
	int64		added_texts;
} ThemeBook;

/* Words in the order of their bytes; pairs in that of their words */
typedef struct ThemeWord
{
	const char *bytes;			/* UTF-8 */
	uint32		len;
	int64		texts;
	int64		sum;
} ThemeWord;

typedef struct ThemePair
{
	uint64		words;			/* indexes of the first and the second */
	int64		texts;
	int64		sum;
} ThemePair;

#define THEME_PAIR(first, second) ((uint64) (first) << 32 | (uint32) (second))
#define THEME_PAIR_FIRST(words) ((uint32) ((words) >> 32))
#define THEME_PAIR_SECOND(words) ((uint32) (words))

typedef struct ThemeTerms
{
	ThemeTotals totals;
	int			version;
	uint32		nwords;
	ThemeWord  *words;
	uint32		npairs;
	ThemePair  *pairs;
} ThemeTerms;

extern ThemeBook *engage_themes_create(MemoryContext context);
extern void engage_themes_note_version(ThemeBook *book, int version);
extern void engage_themes_add_text(ThemeBook *book, const CharTables *tables,
								   const char *text, size_t length, int64 score);
extern void engage_themes_add_totals(ThemeBook *book, const ThemeTotals *totals);
extern uint32 engage_themes_word(ThemeBook *book, const char *bytes, uint32 len, bool *is_new);
extern void engage_themes_add_word(ThemeBook *book, uint32 word, int64 texts, int64 sum);
extern void engage_themes_add_pair(ThemeBook *book, uint64 words, int64 texts, int64 sum,
								   bool *is_new);
extern void engage_themes_add_terms(ThemeBook *book, const ThemeTerms *terms);
extern void engage_themes_terms(ThemeBook *book, ThemeTerms *terms);
pg_noreturn extern void engage_themes_memory_exceeded(void);

/* What themes() is asked for */
typedef enum ThemeEffect
{
	THEME_HURTS,
	THEME_HELPS,
	THEME_BOTH
} ThemeEffect;

extern const char *const engage_theme_effects[];

typedef struct ThemeQuestion
{
	int			top;
	int64		least_texts;
	double		max_p_value;
	ThemeEffect effect;
	bool		opinion_words;
} ThemeQuestion;

typedef struct ThemeFinding
{
	const ThemeWord *first;
	const ThemeWord *second;	/* or NULL */
	int64		texts;
	double		mean;
	double		difference;		/* from the mean of all texts */
	double		impact;			/* times the number of texts */
	double		p_value;		/* adjusted */
} ThemeFinding;

extern ThemeFinding *engage_themes_rank(const ThemeTerms *terms, const CharTables *tables,
										const ThemeQuestion *question, int64 *n);
extern double engage_themes_mean(const ThemeTotals *totals);

#endif							/* ENGAGE_SENTIMENT_THEMES_CORE_H */
