/*-------------------------------------------------------------------------
 *
 * tokens_core.h
 *	  From text to tokens in normal form, in one pass.
 *
 * The normal form of a word: compatibility and case folding, no marks, digits
 * as 0, one letter for those that Arabic and Persian writers take for each
 * other, runs of three or more equal letters shortened (to two in Latin script,
 * otherwise to one).  Links, @names and characters that are not seen are left
 * out.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_SENTIMENT_TOKENS_CORE_H
#define ENGAGE_SENTIMENT_TOKENS_CORE_H

#include "sentiment/chars_core.h"

typedef enum TokenKind
{
	TOKEN_WORD,
	TOKEN_NUMBER,
	TOKEN_EMOJI,
	TOKEN_EMOTICON,
	TOKEN_EXCLAMATION,			/* a run of ! */
	TOKEN_QUESTION,				/* a run of ?, or of both */
	TOKEN_COMMA,
	TOKEN_STOP
} TokenKind;

/* UTF-16 units of a normal form; of what is longer, the rest is not kept. */
#define MAX_TOKEN_UNITS 64

/* Emoticons, sorted by bytes, of which there are two at least */
typedef struct Emoticon
{
	const char *text;
	uint8		length;
	int8		polarity;
	uint8		subjectivity;
} Emoticon;

typedef struct EmoticonList
{
	const Emoticon *emoticons;
	int			n;
	uint16		first[257];		/* the first that begins with this byte or a later one */
	uint32		seconds[256][8];	/* by the first byte, a bit for each second one */
} EmoticonList;

typedef struct Token
{
	TokenKind	kind;
	CharClass	script;			/* of a word: that of its first letter */
	bool		is_capital;		/* all of two or more letters are capitals */
	bool		is_elongated;	/* runs were shortened */
	bool		is_cut;			/* the normal form is longer */
	int			nunits;
	size_t		start;			/* bytes of the text */
	size_t		length;
	uint64		hash;			/* of the normal form */
	const uint16 *units;
	const Emoticon *emoticon;	/* if it is one */
} Token;

typedef struct Scanner
{
	const CharTables *tables;
	const EmoticonList *emoticons;
	const unsigned char *text;
	const unsigned char *place;
	const unsigned char *end;
	bool		after_word;		/* the character before is a letter or digit */
	int64		letters[LETTER_PERSIAN + 1];	/* in Arabic script, seen so far: all of those that tell */
	const unsigned char *run;	/* of a script without spaces, */
	int			nbreaks;		/* of which the next words end here */
	int			next_break;
	uint16		breaks[BREAK_BYTES];
} Scanner;

extern void engage_scan_begin(Scanner *scanner, const CharTables *tables,
							  const EmoticonList *emoticons,
							  const char *text, size_t length);

/* false at the end; units has room for MAX_TOKEN_UNITS. */
extern bool engage_scan_next(Scanner *scanner, Token *token, uint16 *units);

/* ----------------------------------------------------------------
 *		hashing
 *
 * The same on every platform: hashes are stored in tables and models.
 * ---------------------------------------------------------------- */

#define HASH_START UINT64CONST(0x9E3779B97F4A7C15)
#define HASH_FACTOR UINT64CONST(0xFF51AFD7ED558CCD)
#define HASH_INVERSE UINT64CONST(0x4F74430C22A54005)

static inline uint64
hash_unit(uint64 hash, uint16 unit)
{
	return (hash ^ unit) * HASH_FACTOR;
}

/* What it was before the unit: the factor's inverse undoes the multiplication. */
static inline uint64
hash_before(uint64 hash, uint16 unit)
{
	return hash * HASH_INVERSE ^ unit;
}

/* The last step, as multiplication alone leaves the low bits poor */
static inline uint64
hash_end(uint64 hash)
{
	hash ^= hash >> 32;
	hash *= UINT64CONST(0xC4CEB9FE1A85EC53);
	return hash ^ hash >> 29;
}

/* What hash_end() was given */
static inline uint64
hash_undo_end(uint64 hash)
{
	hash ^= hash >> 29 ^ hash >> 58;
	hash *= UINT64CONST(0x9CB4B2F8129337DB);
	return hash ^ hash >> 32;
}

/* Of units that others may follow */
static inline uint64
hash_until(const uint16 *units, int n)
{
	uint64		hash = HASH_START;

	for (int i = 0; i < n; i++)
		hash = hash_unit(hash, units[i]);
	return hash;
}

static inline uint64
hash_units(const uint16 *units, int n)
{
	return hash_end(hash_until(units, n));
}

/* Of a phrase that goes on with another word */
static inline uint64
hash_join(uint64 phrase, uint64 word)
{
	return hash_end((phrase ^ UINT64CONST(0x2545F4914F6CDD1D)) * HASH_FACTOR + word);
}

#endif							/* ENGAGE_SENTIMENT_TOKENS_CORE_H */
