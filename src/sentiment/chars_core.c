/*-------------------------------------------------------------------------
 *
 * chars_core.c
 *	  Character tables, made of what ICU says.
 *
 * Nothing that depends on the version of Unicode concerns the letters of the
 * four languages, so their scores are the same with every ICU (a test compares
 * the tables of those blocks with a checksum).
 *
 *-------------------------------------------------------------------------
 */
#include "c.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>

#include "sentiment/chars_core.h"

static CharTables tables;
static bool are_made;

/* ----------------------------------------------------------------
 *		classes
 * ---------------------------------------------------------------- */

/* What is a picture, whether or not this ICU knows it already */
static bool
is_emoji(int32 c)
{
	return (c >= 0x1F300 && c <= 0x1FAFF && !(c >= 0x1F3FB && c <= 0x1F3FF)) ||
		(c >= 0x1F1E6 && c <= 0x1F1FF) || c == 0x1F004 || c == 0x1F0CF ||
		(c >= 0x1F170 && c <= 0x1F19A) || (c >= 0x1F200 && c <= 0x1F265) ||
		(c >= 0x2600 && c <= 0x27BF && c != 0x2768 && c != 0x2769) ||
		(c >= 0x2B00 && c <= 0x2BFF) || (c >= 0x2300 && c <= 0x23FF && c != 0x2329 && c != 0x232A) ||
		c == 0x203C || c == 0x2049 || c == 0x2122 || c == 0x3030 || c == 0x303D || c == 0x3297 || c == 0x3299;
}

static CharClass
class_of_special(int32 c)
{
	switch (c)
	{
		case '\n':
		case '.':
		case ';':
		case 0x2026:			/* ellipsis */
		case 0x2028:
		case 0x2029:
		case 0x061B:			/* Arabic semicolon */
		case 0x06D4:			/* Arabic full stop */
		case 0x3002:			/* ideographic full stop */
		case 0xFF0E:
			return CHAR_STOP;
		case ',':
		case ':':
		case '(':
		case ')':
		case 0x060C:			/* Arabic comma */
		case 0x3001:
		case 0xFF0C:
			return CHAR_COMMA;
		case '!':
		case 0x00A1:
		case 0xFF01:
			return CHAR_EXCLAMATION;
		case '?':
		case 0x00BF:
		case 0x061F:			/* Arabic question mark */
		case 0x037E:
		case 0xFF1F:
			return CHAR_QUESTION;
		case '\'':
		case 0x2018:
		case 0x2019:
		case 0x02BC:
		case 0xFF07:
		case '`':
		case 0x00B4:
			return CHAR_APOSTROPHE;
		case '"':
		case 0x05F3:			/* Hebrew geresh and gershayim */
		case 0x05F4:
		case 0x201D:
			return CHAR_GERESH;
		case 0x0640:			/* tatweel */
		case 0x00AD:			/* soft hyphen */
		case 0x034F:
		case 0x061C:			/* marks and controls of direction */
		case 0x200E:
		case 0x200F:
		case 0x2060:
		case 0xFEFF:
			return CHAR_IGNORED;
		case 0x200C:			/* ZWNJ: where Persian words are joined */
			return CHAR_SPACE;
		case 0x200D:			/* ZWJ */
		case 0xFE0E:
		case 0xFE0F:
		case 0x20E3:			/* keycap */
		case 0x1F3FB:
		case 0x1F3FC:
		case 0x1F3FD:
		case 0x1F3FE:
		case 0x1F3FF:
			return CHAR_EMOJI_PART;
		default:
			if ((c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069))
				return CHAR_IGNORED;
			if (c == '\t' || c == '\r')
				return CHAR_SPACE;
			return is_emoji(c) ? CHAR_EMOJI : CHAR_SEPARATOR;
	}
}

static CharClass
class_of_letter(int32 c)
{
	UErrorCode	status = U_ZERO_ERROR;

	switch (uscript_getScript(c, &status))
	{
		case USCRIPT_LATIN:
			return CHAR_LATIN;
		case USCRIPT_COMMON:	/* of kana's long vowels; of mathematics and the like */
			return (c >= 0x3000 && c < 0x3100) || (c >= 0xFF00 && c < 0xFFF0) ? CHAR_UNSPACED : CHAR_LATIN;
		case USCRIPT_ARABIC:
			return CHAR_ARABIC;
		case USCRIPT_HEBREW:
			return CHAR_HEBREW;
		case USCRIPT_THAI:
		case USCRIPT_LAO:
		case USCRIPT_KHMER:
		case USCRIPT_MYANMAR:
		case USCRIPT_HAN:
		case USCRIPT_HIRAGANA:
		case USCRIPT_KATAKANA:
		case USCRIPT_BOPOMOFO:
		case USCRIPT_YI:
			return CHAR_UNSPACED;
		default:
			return CHAR_LETTER;
	}
}

static CharClass
class_of(int32 c)
{
	CharClass	special = class_of_special(c);

	if (special != CHAR_SEPARATOR)
		return special;
	switch (u_charType(c))
	{
		case U_UPPERCASE_LETTER:
		case U_LOWERCASE_LETTER:
		case U_TITLECASE_LETTER:
		case U_MODIFIER_LETTER:
		case U_OTHER_LETTER:
			return class_of_letter(c);
		case U_NON_SPACING_MARK:
		case U_ENCLOSING_MARK:
			return CHAR_MARK;
		case U_COMBINING_SPACING_MARK:	/* vowels of Indic scripts, Burmese and Khmer */
			return class_of_letter(c) == CHAR_UNSPACED ? CHAR_UNSPACED : CHAR_LETTER;
		case U_DECIMAL_DIGIT_NUMBER:
			return CHAR_DIGIT;
		case U_SPACE_SEPARATOR:
			return CHAR_SPACE;
		default:
			return CHAR_SEPARATOR;
	}
}

CharClass
engage_char_class_beyond(int32 c)
{
	return c < 0 ? CHAR_SEPARATOR : c > 0x10FFFF ? CHAR_SEPARATOR : class_of(c);
}

static LetterOrigin
origin_of_letter(int32 c)
{
	switch (c)
	{
		case 0x067E:			/* peh, tcheh, jeh, gaf; keheh and Farsi yeh */
		case 0x0686:
		case 0x0698:
		case 0x06AF:
		case 0x06A9:
		case 0x06CC:
			return LETTER_PERSIAN;
		case 0x0629:			/* teh marbuta, alef maqsura, alef with hamza below */
		case 0x0649:
		case 0x0625:
			return LETTER_ARABIC;
		default:
			return LETTER_COMMON;
	}
}

/* ----------------------------------------------------------------
 *		folding
 * ---------------------------------------------------------------- */

/* Letters that Arabic and Persian writers take for each other, and Hebrew's final ones */
static uint16
letter_for_look_up(uint16 c)
{
	switch (c)
	{
		case 0x0671:			/* alef wasla */
			return 0x0627;
		case 0x0649:			/* alef maqsura, Farsi yeh, yeh barree */
		case 0x06CC:
		case 0x06D2:
			return 0x064A;
		case 0x06A9:			/* keheh, swash kaf */
		case 0x06AA:
			return 0x0643;
		case 0x0629:			/* teh marbuta, heh goal, heh doachashmee, ae */
		case 0x06C1:
		case 0x06C3:
		case 0x06BE:
		case 0x06D5:
			return 0x0647;
		case 0x05DA:			/* final kaf, mem, nun, pe, tsadi */
		case 0x05DD:
		case 0x05DF:
		case 0x05E3:
		case 0x05E5:
			return c + 1;
		case 0x0131:			/* dotless i */
			return 'i';
		case 0x02BC:			/* of what folds to several */
			return '\'';
		default:
			return c;
	}
}

/*
 * Compatibility and case folding without marks; digits are 0.  Code points
 * beyond plane 0 are left out of the result: no letter folds into one.
 */
static int
fold(int32 c, uint16 *folded)
{
	UErrorCode	status = U_ZERO_ERROR;
	const UNormalizer2 *normalizer = unorm2_getNFKCCasefoldInstance(&status);
	UChar		decomposed[64];
	int			length;
	int			n = 0;

	if (u_charType(c) == U_DECIMAL_DIGIT_NUMBER)
	{
		folded[0] = '0';
		return 1;
	}
	/* syllables and ideographs stay whole */
	length = c >= 0xAC00 && c <= 0xD7A3 ? -1 : unorm2_getDecomposition(normalizer, c, decomposed, lengthof(decomposed), &status);
	if (U_FAILURE(status) || length < 0)
	{
		decomposed[0] = (UChar) c;
		length = c <= 0xFFFF ? 1 : 0;
	}
	for (int i = 0; i < length && n < MAX_FOLDED; i++)
	{
		int8		type = u_charType(decomposed[i]);

		if (U16_IS_SURROGATE(decomposed[i]) ||
			((type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK) && !mark_is_kept(decomposed[i])))
			continue;
		folded[n++] = letter_for_look_up(decomposed[i]);
	}
	return n;
}

int
engage_char_fold_many(int32 c, uint16 *folded)
{
	return fold(c, folded);
}

static uint16
fold_for_table(int32 c)
{
	uint16		folded[MAX_FOLDED];
	int			n = fold(c, folded);

	return n == 0 ? 0 : n == 1 ? folded[0] : MANY_FOLDED;
}

static uint32
two_byte_letter(int32 c)
{
	LetterOrigin origin = letter_origin(&tables, c);
	uint32		origins = origin == LETTER_ARABIC ? 1 : origin == LETTER_PERSIAN ? 0x80 : 0;

	return tables.folded[c] | (uint32) tables.classes[c] << 16 | origins << 24;
}

const CharTables *
engage_char_tables(const char **error)
{
	UErrorCode	status = U_ZERO_ERROR;

	if (are_made)
		return &tables;
	(void) unorm2_getNFKCCasefoldInstance(&status);
	if (U_FAILURE(status))
	{
		*error = u_errorName(status);
		return NULL;
	}
	for (int32 c = 0; c < 0x20000; c++)
		tables.classes[c] = class_of(c);
	for (int32 c = 0x600; c < 0x700; c++)
		tables.letter_origins[c - 0x600] = origin_of_letter(c);
	for (int32 c = 0; c < 0x10000; c++)
		tables.folded[c] = CHAR_IS_LETTER(tables.classes[c]) || tables.classes[c] == CHAR_DIGIT ||
			(tables.classes[c] == CHAR_UNSPACED && (c < 0x3400 || c >= 0xA000))
			? fold_for_table(c) : c;
	for (int32 c = 0; c < (int32) lengthof(tables.folded_letters); c++)
		tables.folded_letters[c] = fold_for_table(0x1D400 + c);
	for (int32 c = 0x80; c < (int32) lengthof(tables.two_byte_letters); c++)
		if (CHAR_IS_LETTER(tables.classes[c]) && tables.folded[c] != 0 && tables.folded[c] != MANY_FOLDED)
			tables.two_byte_letters[c] = two_byte_letter(c);
	are_made = true;
	return &tables;
}

void
engage_char_breaks(BreakWords break_words)
{
	tables.break_words = break_words;
}
