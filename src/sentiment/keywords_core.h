/*-------------------------------------------------------------------------
 *
 * keywords_core.h
 *	  What a text is about, by lists of words and phrases.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_SENTIMENT_KEYWORDS_CORE_H
#define ENGAGE_SENTIMENT_KEYWORDS_CORE_H

#include "sentiment/score_core.h"

/* Themes at most, and keywords at most */
#define KEYWORDS_MAX 100000

typedef struct KeywordBook KeywordBook;

extern KeywordBook *engage_keywords_create(MemoryContext context, const CharTables *tables);

/* Its number; -1: there are too many.  Names and keywords must stay where they are. */
extern int	engage_keywords_add_theme(KeywordBook *book, const char *name, int len);

typedef enum KeywordStatus
{
	KEYWORD_TAKEN,
	KEYWORD_WITHOUT_WORDS,
	KEYWORD_TOO_LONG,
	KEYWORD_TOO_MANY
} KeywordStatus;

/*
 * utf8 is what is matched, "shown" how the caller wrote it.  Keywords of a theme
 * are added one after the other.
 */
extern KeywordStatus engage_keywords_add(KeywordBook *book, int theme, const char *utf8, size_t length,
										 const char *shown, int shown_len);
extern void engage_keywords_finish(KeywordBook *book);

typedef struct KeywordMatch
{
	const char *theme;
	int			theme_len;
	int			theme_number;
	int64		weight;			/* words of the different keywords found */
	int			keywords;		/* different ones */
	int64		matches;		/* all of them */
	int64		first;			/* token with which the first ends */
} KeywordMatch;

/*
 * The themes of a text, the best first; n of them.  The array is good until the
 * next call.
 */
extern KeywordMatch *engage_keywords_match(KeywordBook *book, Scorer *scorer,
										   const char *text, size_t length, int *n);

/* The keywords of a theme that the last text had; start with *place = 0. */
extern bool engage_keywords_found(const KeywordBook *book, int theme, int *place,
								  const char **shown, int *len);

#endif							/* ENGAGE_SENTIMENT_KEYWORDS_CORE_H */
