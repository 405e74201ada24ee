/*-------------------------------------------------------------------------
 *
 * lexicon_core.h
 *	  What words and phrases mean: the table that lexicon_build.c makes of the
 *	  files in lexicon/ and weights/.
 *
 * An entry is found by the hash of its language and normal form; 32 further bits
 * of the hash stand for the text, which is not kept.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_SENTIMENT_LEXICON_CORE_H
#define ENGAGE_SENTIMENT_LEXICON_CORE_H

#include "sentiment/tokens_core.h"

typedef enum Language
{
	LANGUAGE_ANY,				/* pictures, marks */
	LANGUAGE_EN,
	LANGUAGE_AR,
	LANGUAGE_FA,
	LANGUAGE_HE,
	LANGUAGE_OTHER				/* of which the words are not known */
} Language;

#define LANGUAGES (LANGUAGE_OTHER + 1)

extern const char *const engage_language_codes[LANGUAGES];

/* Of "en", "ar", "fa", "he"; LANGUAGE_ANY: the code is another one */
extern Language engage_language_of_code(const char *code, size_t length);

/* A word in Arabic script may be of either language. */
static inline Language
language_of_script(CharClass script, Language arabic)
{
	return script == CHAR_LATIN ? LANGUAGE_EN : script == CHAR_ARABIC ? arabic :
		script == CHAR_HEBREW ? LANGUAGE_HE : LANGUAGE_OTHER;
}

typedef enum RuleKind
{
	RULE_NONE,
	RULE_NEGATOR,				/* turns so many words that follow */
	RULE_NEGATOR_AFTER,			/* turns so many words before it */
	RULE_BOOSTER,
	RULE_DAMPENER,
	RULE_CONTRAST,
	RULE_AFFIRM					/* a phrase in which a negator turns nothing */
} RuleKind;

/* Flags of an entry; the lowest three bits are its RuleKind */
#define ENTRY_RULE(entry) ((RuleKind) ((entry)->flags & 7))
#define ENTRY_FUNCTION 0x08		/* a word by which the language is known */
#define ENTRY_BEGINS_PHRASE 0x10
#define ENTRY_AUTHORED 0x20		/* polarity and subjectivity are given */
#define ENTRY_IS_TERM 0x40		/* not only the beginning of phrases */

/* Units of polarity, of -3 to 3; of subjectivity, 0 to 1; of what rules say */
#define POLARITY_SCALE 40
#define SUBJECTIVITY_SCALE 100
#define RULE_SCALE 100

typedef struct LexiconEntry
{
	uint32		check;			/* 0: the slot is free */
	uint8		flags;
	int8		polarity;
	int8		learned;		/* weight from training; 0: none */
	uint8		value;			/* subjectivity; of a rule, how much or how far */
} LexiconEntry;

typedef struct Lexicon
{
	const LexiconEntry *slots;
	uint32		nslots;
	const EmoticonList *emoticons;	/* or NULL */
	const uint64 *filter;		/* of keys that may be there; or NULL */
} Lexicon;

extern const Lexicon engage_lexicon;

/*
 * Most words that are looked up are unknown.  Two bits in one word of a table that
 * the processor's cache holds tell that of most of them.
 */
#define FILTER_WORDS (1 << 12)

static inline uint32
filter_word(uint64 key)
{
	return (key >> 46) % FILTER_WORDS;
}

static inline uint64
filter_bits(uint64 key)
{
	return UINT64CONST(1) << (key >> 40) % 64 | UINT64CONST(1) << (key >> 34) % 64;
}

/* The words of a phrase at most */
#define MAX_PHRASE_WORDS 6

static inline uint64
lexicon_key(uint64 hash, Language language)
{
	return (hash ^ (uint64) language * UINT64CONST(0x9FB21C651E98DF25)) * UINT64CONST(0xD6E8FEB86659FD93);
}

/* NULL: unknown */
static inline const LexiconEntry *
lexicon_find(const Lexicon *lexicon, uint64 hash, Language language)
{
	uint64		key = lexicon_key(hash, language);
	uint32		check = (uint32) key | 1;
	uint32		i = ((key >> 32) * lexicon->nslots) >> 32;

	if (lexicon->filter != NULL && (~lexicon->filter[filter_word(key)] & filter_bits(key)) != 0)
		return NULL;
	while (lexicon->slots[i].check != 0)
	{
		if (lexicon->slots[i].check == check)
			return &lexicon->slots[i];
		if (++i == lexicon->nslots)
			i = 0;
	}
	return NULL;
}

/* Does the language write affixes on words, or could it be a word with lengthened letters? */
static inline bool
engage_may_have_rest(const Token *token, Language language)
{
	return (language >= LANGUAGE_AR && language <= LANGUAGE_HE) || token->is_elongated;
}

/*
 * A word that is unknown as it is: without the affixes that its language writes
 * on it.
 */
extern const LexiconEntry *engage_lexicon_rest(const Lexicon *lexicon, const Token *token,
											   Language language);

/* A word as it is or, if that is unknown, without its affixes */
static inline const LexiconEntry *
engage_lexicon_word(const Lexicon *lexicon, const Token *token, Language language)
{
	const LexiconEntry *entry = lexicon_find(lexicon, token->hash, language);

	return entry != NULL ? entry : engage_lexicon_rest(lexicon, token, language);
}

#endif							/* ENGAGE_SENTIMENT_LEXICON_CORE_H */
