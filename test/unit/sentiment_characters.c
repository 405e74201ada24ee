/*
 * Characters, their decoding, and hashes of words.
 */
#include "c.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "sentiment/tokens_core.h"
#include "tap.h"

#undef sprintf

static const CharTables *tables;

/* ----------------------------------------------------------------
 *		tables
 *
 * ICU makes them; these checksums tell one whose answers on the four languages
 * are others.  What came with Unicode 11 and later is left out, as an older ICU
 * does not know it.
 * ---------------------------------------------------------------- */

static const struct
{
	const char *name;
	int32		first;
	int32		last;
	uint64		checksum;
}			blocks[] = {
	{"Basic Latin", 0x0000, 0x007F, UINT64CONST(0x4A9F3973D009ACAE)},
	{"Latin-1", 0x0080, 0x00FF, UINT64CONST(0x104A88284F39EF63)},
	{"Latin Extended-A", 0x0100, 0x017F, UINT64CONST(0x031F46FFAD2F376C)},
	{"Combining Diacritical Marks", 0x0300, 0x036F, UINT64CONST(0x5BD52181345D9992)},
	{"Hebrew", 0x0590, 0x05FF, UINT64CONST(0x286836BD806D4D98)},
	{"Arabic", 0x0600, 0x06FF, UINT64CONST(0x4DA2FDB7591CC4A2)},
	{"General Punctuation", 0x2000, 0x206F, UINT64CONST(0x5C6DAF655E2320BD)},
	{"symbols and dingbats", 0x2600, 0x27BF, UINT64CONST(0x57E0CE8299258CEE)},
	{"Hebrew presentation forms", 0xFB1D, 0xFB4F, UINT64CONST(0x9C48D10D3CC5FEDC)},
	{"Arabic presentation forms A", 0xFB50, 0xFDFF, UINT64CONST(0xABD31D499927845E)},
	{"variation selectors", 0xFE00, 0xFE0F, UINT64CONST(0x319D5B6C0E11C25F)},
	{"Arabic presentation forms B", 0xFE70, 0xFEFF, UINT64CONST(0xDED65AB3A318F1BC)},
	{"regional indicators", 0x1F1E6, 0x1F1FF, UINT64CONST(0x6D59EFEC229083F4)},
	{"pictures", 0x1F300, 0x1FAFF, UINT64CONST(0xD0189836A689E68D)},
};

#define LAST_AGE 10

static uint64
block_checksum(int32 first, int32 last)
{
	uint64		sum = HASH_START;

	for (int32 c = first; c <= last; c++)
	{
		UVersionInfo age;
		uint16		folded[MAX_FOLDED];
		int			n;

		u_charAge(c, age);
		if (age[0] == 0 || age[0] > LAST_AGE)
			continue;
		sum = hash_unit(sum, char_class(tables, c));
		sum = hash_unit(sum, c < 0x10000 ? tables->folded[c] : 0);
		n = CHAR_IS_LETTER(char_class(tables, c)) ? engage_char_fold_many(c, folded) : 0;
		for (int i = 0; i < n; i++)
			sum = hash_unit(sum, folded[i]);
		sum = hash_end(sum);
	}
	return sum;
}

static void
characters(void)
{
	for (int b = 0; b < (int) lengthof(blocks); b++)
	{
		uint64		sum = block_checksum(blocks[b].first, blocks[b].last);

		ok(sum == blocks[b].checksum, "characters of %s are what they were with ICU 72", blocks[b].name);
		if (sum != blocks[b].checksum)
			note("{\"%s\", 0x%04X, 0x%04X, UINT64CONST(0x%016llX)},", blocks[b].name, blocks[b].first, blocks[b].last,
				 (unsigned long long) sum);
	}
	ok(char_class(tables, -1) == CHAR_SEPARATOR, "a byte that is no character separates");
	ok(char_class(tables, 0x20000) == CHAR_UNSPACED && char_class(tables, 0x10FFFF) == CHAR_SEPARATOR,
	   "characters beyond the tables have a class");
}

static void
folding(void)
{
	int			longest = 0;

	for (int32 c = 0; c <= 0x10FFFF; c++)
	{
		uint16		folded[MAX_FOLDED + 1];
		int			n;

		folded[MAX_FOLDED] = 0xABCD;
		n = engage_char_fold_many(c, folded);
		if (n < 0 || n > MAX_FOLDED || folded[MAX_FOLDED] != 0xABCD)
		{
			longest = -1;
			break;
		}
		longest = Max(longest, n);
	}
	ok(longest == MAX_FOLDED, "the longest folded character fills what there is room for, and not more");
}

/* ----------------------------------------------------------------
 *		decoding
 * ---------------------------------------------------------------- */

static bool
decoded_as_icu_does(const unsigned char *bytes, int length)
{
	const unsigned char *p = bytes;
	int32		ours = next_char(&p, bytes + length);
	int32		i = 0;
	int32		icu;

	U8_NEXT(bytes, i, length, icu);
	return icu < 0 ? ours == -1 && p == bytes + 1 : ours == icu && p == bytes + i;
}

static void
decoding(void)
{
	static const unsigned char ends[] = {0x00, 0x41, 0x7F, 0x80, 0x81, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF};
	long		wrong = 0;

	for (int first = 0; first < 256; first++)
		for (int second = 0; second < 256; second++)
			for (int third = 0; third < (int) lengthof(ends); third++)
				for (int fourth = 0; fourth < (int) lengthof(ends); fourth++)
				{
					unsigned char bytes[4] = {first, second, ends[third], ends[fourth]};

					for (int length = 1; length <= 4; length++)
						wrong += !decoded_as_icu_does(bytes, length);
				}
	ok(wrong == 0, "bytes are decoded as ICU does, at whatever byte they end");
	wrong = 0;
	for (int32 c = 0; c <= 0x10FFFF; c++)
	{
		unsigned char bytes[4];
		int32		n = 0;

		if (U_IS_SURROGATE(c))
			continue;
		U8_APPEND_UNSAFE(bytes, n, c);
		wrong += !decoded_as_icu_does(bytes, n);
	}
	ok(wrong == 0, "all characters are decoded");
}

/* ----------------------------------------------------------------
 *		words and hashes
 * ---------------------------------------------------------------- */

/* The normal forms of a text's tokens; a unit beyond ASCII is shown by its number */
static const char *
normal_forms(const char *text)
{
	static char result[2000];
	Scanner		scanner;
	Token		token;
	uint16		units[MAX_TOKEN_UNITS];
	char	   *p = result;

	engage_scan_begin(&scanner, tables, NULL, text, strlen(text));
	while (engage_scan_next(&scanner, &token, units))
	{
		if (p > result)
			*p++ = ' ';
		for (int i = 0; i < token.nunits && p < result + sizeof(result) - 10; i++)
			p += sprintf(p, units[i] < 0x80 ? "%c" : "<%04X>", units[i]);
	}
	*p = '\0';
	return result;
}

static void
words(void)
{
	static const struct
	{
		const char *text;
		const char *forms;
	}			cases[] = {
		{"GOOD, Goooood!!", "good , good !!"},
		{"isn\xE2\x80\x99t 'quoted' rock'n'roll", "isn't quoted rock'n'roll"},
		{"caf\xC3\xA9 cafe\xCC\x81 STRASSE stra\xC3\x9F" "e", "cafe cafe strasse strasse"},
		{"12.50 \xD9\xA3\xD9\xA4 4ever", "00 . 00 00 0ever"},
		{"see https://a.b/c?d=e and www.x.y @some.one", "see and"},
		/* Arabic: hamza, alef maqsura, teh marbuta, tatweel, harakat, lengthening, ligature */
		{"\xD8\xA3\xD8\xAD\xD9\x85\xD8\xAF \xD8\xA7\xD8\xAD\xD9\x85\xD9\x80\xD9\x8E\xD8\xAF", "<0627><062D><0645><062F> <0627><062D><0645><062F>"},
		{"\xD8\xAE\xD8\xAF\xD9\x85\xD8\xA9 \xD8\xB9\xD9\x84\xD9\x89", "<062E><062F><0645><0647> <0639><0644><064A>"},
		{"\xD8\xB1\xD8\xA7\xD8\xA7\xD8\xA7\xD8\xA6\xD8\xB9", "<0631><0627><064A><0639>"},
		{"\xEF\xBB\xBB \xEF\xBB\xBF\xD9\x84\xD8\xA7", "<0644><0627> <0644><0627>"},
		/* Persian: yeh, keheh, ZWNJ */
		{"\xDA\xA9\xDB\x8C \xD9\x83\xD9\x8A", "<0643><064A> <0643><064A>"},
		{"\xD9\x86\xD9\x85\xDB\x8C\xE2\x80\x8C\xD8\xB1\xD9\x88\xD9\x85", "<0646><0645><064A> <0631><0648><0645>"},
		/* Hebrew: final letters, niqqud, gershayim */
		{"\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xD7\xA9\xD6\xB8\xD7\x81\xD7\x9C\xD7\x95\xD6\xB9\xD7\x9D", "<05E9><05DC><05D5><05DE> <05E9><05DC><05D5><05DE>"},
		{"\xD7\xA6\xD7\x94\xD7\xB4\xD7\x9C \xD7\xA6\xD7\x94\"\xD7\x9C", "<05E6><05D4><05DC> <05E6><05D4><05DC>"},
		/* a skin tone and a variation selector are left out, joined pictures are one */
		{"\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD\xE2\x9D\xA4\xEF\xB8\x8F", "<D83D><DC4D> <2764>"},
		{"\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB", "<D83D><DC69><D83D><DCBB>"},
		{"a\xFF" "b \xC0\x80", "a b"},
	};

	for (int i = 0; i < (int) lengthof(cases); i++)
	{
		const char *forms = normal_forms(cases[i].text);

		ok(strcmp(forms, cases[i].forms) == 0, "normal form %d: %s", i + 1, cases[i].forms);
		if (strcmp(forms, cases[i].forms) != 0)
			note("\"%s\" gives \"%s\"", cases[i].text, forms);
	}
}

static void
hashes(void)
{
	static const uint16 good[] = {'g', 'o', 'o', 'd'};
	static const uint16 mumtaz[] = {0x0645, 0x0645, 0x062A, 0x0627, 0x0632};
	static const uint16 tov[] = {0x05D8, 0x05D5, 0x05D1};
	static const uint16 heart[] = {0x2764};

	ok(hash_units(NULL, 0) == UINT64CONST(0xE2399855D6D3A452), "hash of nothing");
	ok(hash_units(good, 4) == UINT64CONST(0x60E9DE9A18364167), "hash of an English word");
	ok(hash_units(mumtaz, 5) == UINT64CONST(0xF6A2A8ED43503345), "hash of an Arabic word");
	ok(hash_units(tov, 3) == UINT64CONST(0x91997ED3F543AB32), "hash of a Hebrew word");
	ok(hash_units(heart, 1) == UINT64CONST(0x6E13AB7462F8E079), "hash of a picture");
	ok(hash_join(hash_units(good, 4), hash_units(tov, 3)) == UINT64CONST(0x128015D0C557764B), "hash of a phrase");
	ok(hash_undo_end(hash_units(mumtaz, 5)) == hash_until(mumtaz, 5) &&
	   hash_before(hash_until(mumtaz, 5), mumtaz[4]) == hash_until(mumtaz, 4), "hashes without the last letter");
}

static void
read_word(const char *text, size_t length, Token *token, uint16 *units, int64 *letters)
{
	Scanner		scanner;

	engage_scan_begin(&scanner, tables, NULL, text, length);
	if (!engage_scan_next(&scanner, token, units))
		token->nunits = 0;
	memcpy(letters, scanner.letters, sizeof(scanner.letters));
}

/*
 * Words of common letters are read by code of their own.  One that a soft hyphen
 * ends is not, for all of it or for its last letters, and has the same form.
 */
static void
two_ways(void)
{
	static const char *const alphabets[] = {
		"aabeghnotwxzABENZ",
		"\xD8\xA7\xD9\x84\xD9\x88\xD8\xA9\xD9\x89\xDB\x8C\xDA\xA9\xD9\xBE\xD8\xA7",
		"\xD7\x90\xD7\x91\xD7\x95\xD7\x99\xD7\x9D\xD7\x9F\xD7\xA9",
		"\xD0\x91\xD0\xB1\xD1\x8F\xCE\xA9\xCF\x89"
	};
	static const char hyphen[] = "\xC2\xAD";
	uint32		state = 1;
	int			wrong = 0;

	for (int i = 0; i < 40000; i++)
	{
		const char *alphabet = alphabets[i % 4];
		int			bytes = i % 4 == 0 ? 1 : 2;
		char		text[400];
		size_t		n = 0;
		Token		token[3];
		uint16		units[3][MAX_TOKEN_UNITS];
		int64		letters[3][LETTER_PERSIAN + 1];
		size_t		length;
		size_t		hyphen_at;

		state = state * 1103515245 + 12345;
		length = bytes * (1 + (state >> 16) % (i % 8 < 4 ? 12 : 90));
		while (n < length)
		{
			size_t		letter;

			state = state * 1103515245 + 12345;
			letter = (state >> 16) % (strlen(alphabet) / bytes);
			/* (the same ones again and again, too) */
			for (int times = (state >> 28) == 0 ? 4 : 1; times > 0 && n < length; times--, n += bytes)
				memcpy(text + n, alphabet + letter * bytes, bytes);
		}
		read_word(text, n, &token[0], units[0], letters[0]);
		memcpy(text + n, hyphen, 2);
		read_word(text, n + 2, &token[1], units[1], letters[1]);
		/* after the first letter */
		hyphen_at = bytes;
		memmove(text + hyphen_at + 2, text + hyphen_at, n - hyphen_at);
		memcpy(text + hyphen_at, hyphen, 2);
		read_word(text, n + 2, &token[2], units[2], letters[2]);
		for (int k = 1; k < 3; k++)
			wrong += token[k].nunits != token[0].nunits || token[k].hash != token[0].hash ||
				memcmp(units[k], units[0], token[0].nunits * sizeof(uint16)) != 0 ||
				token[k].hash != hash_units(units[k], token[k].nunits) ||
				token[k].is_capital != token[0].is_capital || token[k].is_cut != token[0].is_cut ||
				token[k].is_elongated != token[0].is_elongated ||
				memcmp(&letters[k][LETTER_ARABIC], &letters[0][LETTER_ARABIC], 2 * sizeof(int64)) != 0;
	}
	ok(wrong == 0, "common words have the form that others have");
	if (wrong != 0)
		note("%d have not", wrong);
}

void
test_sentiment_characters(void)
{
	const char *error = NULL;

	tables = engage_char_tables(&error);
	if (tables == NULL)
	{
		ok(false, "ICU can be used: %s", error);
		return;
	}
	characters();
	folding();
	decoding();
	words();
	hashes();
	two_ways();
}
