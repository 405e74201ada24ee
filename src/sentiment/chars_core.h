/*-------------------------------------------------------------------------
 *
 * chars_core.h
 *	  What each character is to the sentiment scorer, and what it becomes.
 *
 * ICU knows; asking it for every character of every text would cost more than
 * all the rest.  So tables are made of its answers, once in a process.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_SENTIMENT_CHARS_CORE_H
#define ENGAGE_SENTIMENT_CHARS_CORE_H

typedef enum CharClass
{
	CHAR_SEPARATOR,				/* ends words and means nothing else */
	CHAR_SPACE,
	CHAR_STOP,					/* ends sentences */
	CHAR_COMMA,					/* ends clauses */
	CHAR_EXCLAMATION,
	CHAR_QUESTION,
	CHAR_LATIN,					/* letters, by script */
	CHAR_ARABIC,
	CHAR_HEBREW,
	CHAR_LETTER,				/* of another script with spaces between words */
	CHAR_UNSPACED,				/* of a script without: Thai, Lao, Khmer, Chinese ... */
	CHAR_DIGIT,
	CHAR_MARK,					/* left out of words */
	CHAR_IGNORED,				/* left out everywhere: tatweel, controls of direction */
	CHAR_APOSTROPHE,			/* stays within a word */
	CHAR_GERESH,				/* Hebrew's, left out within a word */
	CHAR_EMOJI,
	CHAR_EMOJI_PART				/* only after one: skin tones, joiner, variation selector */
} CharClass;

#define CHAR_IS_LETTER(class) ((class) >= CHAR_LATIN && (class) <= CHAR_LETTER)

/* Letters in Arabic script of which Arabic, or Persian, has no use */
typedef enum LetterOrigin
{
	LETTER_COMMON,
	LETTER_ARABIC,
	LETTER_PERSIAN
} LetterOrigin;

/* Most characters that one can become, as the ligature for a whole blessing */
#define MAX_FOLDED 18

/*
 * Where words of a script without spaces end: offsets of bytes from the start of
 * the run, the last of them its length; at most one for each byte.  Returns their
 * number.
 */
typedef int (*BreakWords) (const char *run, int length, uint16 *ends);

/* Bytes of such a run that are dealt with at once */
#define BREAK_BYTES 1024

typedef struct CharTables
{
	BreakWords	break_words;	/* or NULL: what stands together is one word */
	uint8		classes[0x20000];	/* of planes 0 and 1 */
	uint8		letter_origins[0x100];	/* of U+0600 to U+06FF */
	uint16		folded[0x10000];	/* in plane 0: 0 none, MANY_FOLDED several */
	uint16		folded_letters[0x400];	/* of U+1D400 to U+1D7FF */
	uint32		two_byte_letters[0x800];	/* of U+0080 to U+07FF; see LETTER_UNIT */
} CharTables;

#define MANY_FOLDED 0xFFFF

/*
 * All of a letter that becomes one unit: that unit, its class, and its origin as
 * something to be added up: 1 for Arabic, 0x80 for Persian.  Whatever else UTF-8
 * has in two bytes is a separator there.
 */
#define LETTER_UNIT(letter) ((uint16) (letter))
#define LETTER_CLASS(letter) ((CharClass) ((letter) >> 16 & 0xFF))
#define LETTER_ORIGINS(letter) ((letter) >> 24)
#define ARABIC_ORIGINS(sum) ((sum) & 0x7F)
#define PERSIAN_ORIGINS(sum) ((sum) >> 7)

/* NULL if ICU cannot be used; *error says why. */
extern const CharTables *engage_char_tables(const char **error);

extern void engage_char_breaks(BreakWords break_words);

/* Class of a code point beyond the tables */
extern CharClass engage_char_class_beyond(int32 c);

/* What several characters a code point becomes; their number, at most MAX_FOLDED */
extern int	engage_char_fold_many(int32 c, uint16 *folded);

static inline CharClass
char_class(const CharTables *tables, int32 c)
{
	/* (a byte that is no character is -1, and beyond the tables, too) */
	return (uint32) c < 0x20000 ? (CharClass) tables->classes[c] : engage_char_class_beyond(c);
}

static inline LetterOrigin
letter_origin(const CharTables *tables, int32 c)
{
	return c >= 0x600 && c < 0x700 ? (LetterOrigin) tables->letter_origins[c - 0x600] : LETTER_COMMON;
}

/* Vowels and tones of Thai, Lao, Burmese and Khmer, voiced sounds of kana: other words without them */
static inline bool
mark_is_kept(int32 c)
{
	return (c >= 0x0E00 && c <= 0x0EFF) || (c >= 0x1000 && c <= 0x109F) ||
		(c >= 0x1780 && c <= 0x17FF) || c == 0x3099 || c == 0x309A;
}

/*
 * The next code point of UTF-8; -1 for a byte that is not part of any, which is
 * then skipped by itself.
 */
static inline int32
next_char(const unsigned char **place, const unsigned char *end)
{
	const unsigned char *p = *place;
	int32		c = *p++;
	int			more;
	int32		least;

	if (c < 0x80)
	{
		*place = p;
		return c;
	}
	if (c < 0xC2 || c > 0xF4)
	{
		*place = p;
		return -1;
	}
	if (c < 0xE0)
	{
		if (p == end || (*p & 0xC0) != 0x80)
		{
			*place = p;
			return -1;
		}
		*place = p + 1;
		return (c & 0x1F) << 6 | (*p & 0x3F);
	}
	more = c < 0xF0 ? 2 : 3;
	least = c < 0xF0 ? 0x800 : 0x10000;
	c &= c < 0xF0 ? 0x0F : 0x07;
	for (; more > 0 && p < end && (*p & 0xC0) == 0x80; more--)
		c = c << 6 | (*p++ & 0x3F);
	if (more > 0 || c < least || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
	{
		(*place)++;
		return -1;
	}
	*place = p;
	return c;
}

#endif							/* ENGAGE_SENTIMENT_CHARS_CORE_H */
