/*-------------------------------------------------------------------------
 *
 * lexicon_make_core.h
 *	  Making lexicons: the shipped one at build time, those of users' own words
 *	  when a query wants them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_SENTIMENT_LEXICON_MAKE_CORE_H
#define ENGAGE_SENTIMENT_LEXICON_MAKE_CORE_H

#include "sentiment/lexicon_core.h"

/* A word or phrase as the tokeniser sees it */
typedef struct Term
{
	int			nwords;			/* may be more than there are hashes */
	uint64		hashes[MAX_PHRASE_WORDS];	/* of the first word, of the first two ... */
	CharClass	script;			/* of the first word */
	uint32		kinds;			/* of all tokens: 1 << TokenKind */
	bool		has_inner_mark; /* a comma or stop between words */
	bool		has_cut_word;	/* longer than a normal form can be */
} Term;

#define TERM_HAS(term, kind) (((term)->kinds & 1 << (kind)) != 0)

/* Reads the text that the scanner stands before. */
extern void engage_read_term(Scanner *scanner, Term *term);

typedef struct LexiconMaker
{
	LexiconEntry *slots;		/* all zero at first */
	uint32		nslots;			/* more than entries will be */
	uint32		nentries;
	uint64	   *filter;			/* all zero at first; or NULL */
} LexiconMaker;

/* Own words at most */
#define MAX_OWN_TERMS 100000

/* Room for so many entries, filled to 70 % */
#define SLOTS_FOR_ENTRIES(n) ((n) * 10 / 7 + 16)

/* The entry of a term of 1 to MAX_PHRASE_WORDS words; those of its beginnings are marked. */
extern LexiconEntry *engage_term_entry(LexiconMaker *maker, const Term *term, Language language);

static inline int
rounded(double value)
{
	return (int) (value + (value < 0 ? -0.5 : 0.5));
}

#endif							/* ENGAGE_SENTIMENT_LEXICON_MAKE_CORE_H */
