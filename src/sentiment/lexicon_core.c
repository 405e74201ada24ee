/*-------------------------------------------------------------------------
 *
 * lexicon_core.c
 *	  Looking words up, with and without their affixes.
 *
 *-------------------------------------------------------------------------
 */
#include "c.h"

#include "port/pg_bitutils.h"
#include "sentiment/lexicon_core.h"

const char *const engage_language_codes[LANGUAGES] = {
	[LANGUAGE_EN] = "en",
	[LANGUAGE_AR] = "ar",
	[LANGUAGE_FA] = "fa",
	[LANGUAGE_HE] = "he",
	[LANGUAGE_OTHER] = "und",
};

Language
engage_language_of_code(const char *code, size_t length)
{
	for (Language l = LANGUAGE_EN; l <= LANGUAGE_HE; l++)
		if (length == strlen(engage_language_codes[l]) && memcmp(code, engage_language_codes[l], length) == 0)
			return l;
	return LANGUAGE_ANY;
}

/*
 * Affixes, in normal form, the longest first.  What is left has so many letters
 * at least: shorter words are other words, but for those that only change the
 * meaning of others ("and not").
 */
#define AFFIX_UNITS 4
#define AFFIX_LETTERS 64
#define MAX_AFFIXES 32

typedef struct Affix
{
	int			length;
	uint16		units[AFFIX_UNITS];
} Affix;

typedef struct Affixes
{
	const Affix *prefixes;
	int			nprefixes;
	int			most_prefixes;	/* so many, one before the other */
	const Affix *suffixes;
	int			nsuffixes;
	int			least;
	/* by the lowest bits of a letter, which of them begin, or end, with it: made at the first use */
	bool		are_sorted;
	uint32		prefixes_from[AFFIX_LETTERS];
	uint32		suffixes_to[AFFIX_LETTERS];
	uint64		prefix_units[MAX_AFFIXES];	/* in one number, as first_units() and last_units() give them */
	uint64		suffix_units[MAX_AFFIXES];
} Affixes;

static const Affix ar_prefixes[] = {
	{3, {0x0648, 0x0627, 0x0644}}, {3, {0x0628, 0x0627, 0x0644}}, {3, {0x0641, 0x0627, 0x0644}}, {3, {0x0643, 0x0627, 0x0644}},
	{2, {0x0627, 0x0644}}, {2, {0x0644, 0x0644}}, {1, {0x0648}}, {1, {0x0641}}, {1, {0x0628}}, {1, {0x0644}}
};
static const Affix ar_suffixes[] = {
	{2, {0x064A, 0x0646}}, {2, {0x0648, 0x0646}}, {2, {0x0627, 0x062A}}, {2, {0x0647, 0x0627}}, {1, {0x0647}}, {1, {0x0627}}
};

/* ترین مون تون شون هاش های تر ها اش ام ات اند ند ست یه رو م ت ش ی ه س ن و */
static const Affix fa_suffixes[] = {
	{4, {0x062A, 0x0631, 0x064A, 0x0646}}, {3, {0x0645, 0x0648, 0x0646}}, {3, {0x062A, 0x0648, 0x0646}}, {3, {0x0634, 0x0648, 0x0646}},
	{3, {0x0647, 0x0627, 0x0634}}, {3, {0x0647, 0x0627, 0x064A}}, {2, {0x062A, 0x0631}}, {2, {0x0647, 0x0627}}, {2, {0x0627, 0x0634}},
	{2, {0x0627, 0x0645}}, {2, {0x0627, 0x062A}}, {3, {0x0627, 0x0646, 0x062F}}, {2, {0x0646, 0x062F}}, {2, {0x0633, 0x062A}},
	{2, {0x064A, 0x0647}}, {2, {0x0631, 0x0648}}, {1, {0x0645}}, {1, {0x062A}}, {1, {0x0634}}, {1, {0x064A}}, {1, {0x0647}}, {1, {0x0633}}, {1, {0x0646}}, {1, {0x0648}}
};
static const Affix he_prefixes[] = {
	{1, {0x05D4}}, {1, {0x05D5}}, {1, {0x05D1}}, {1, {0x05DC}}, {1, {0x05DE}}, {1, {0x05E9}}, {1, {0x05DB}}
};
static const Affix he_suffixes[] = {{2, {0x05D9, 0x05DE}}, {2, {0x05D5, 0x05EA}}};

static Affixes affixes_of[LANGUAGES] = {
	[LANGUAGE_AR] = {ar_prefixes, lengthof(ar_prefixes), 1, ar_suffixes, lengthof(ar_suffixes), 3},
	[LANGUAGE_FA] = {NULL, 0, 0, fa_suffixes, lengthof(fa_suffixes), 3},
	[LANGUAGE_HE] = {he_prefixes, lengthof(he_prefixes), 2, he_suffixes, lengthof(he_suffixes), 2},
};

/* The first one lowest, and none further */
static inline uint64
first_units(const uint16 *units, int n)
{
	return (uint64) units[0] | (n < 2 ? 0 : (uint64) units[1] << 16) |
		(n < 3 ? 0 : (uint64) units[2] << 32) | (n < 4 ? 0 : (uint64) units[3] << 48);
}

/* The last one highest */
static inline uint64
last_units(const uint16 *units, int n)
{
	return (uint64) units[n - 1] << 48 | (n < 2 ? 0 : (uint64) units[n - 2] << 32) |
		(n < 3 ? 0 : (uint64) units[n - 3] << 16) | (n < 4 ? 0 : (uint64) units[n - 4]);
}

static pg_noinline void
sort_affixes(Affixes *affixes)
{
	StaticAssertStmt(lengthof(ar_prefixes) <= MAX_AFFIXES && lengthof(ar_suffixes) <= MAX_AFFIXES &&
					 lengthof(fa_suffixes) <= MAX_AFFIXES && lengthof(he_prefixes) <= MAX_AFFIXES, "more affixes than bits");
	for (int i = 0; i < affixes->nprefixes; i++)
	{
		const Affix *prefix = &affixes->prefixes[i];

		affixes->prefixes_from[prefix->units[0] % AFFIX_LETTERS] |= (uint32) 1 << i;
		affixes->prefix_units[i] = first_units(prefix->units, prefix->length);
	}
	for (int i = 0; i < affixes->nsuffixes; i++)
	{
		const Affix *suffix = &affixes->suffixes[i];

		affixes->suffixes_to[suffix->units[suffix->length - 1] % AFFIX_LETTERS] |= (uint32) 1 << i;
		affixes->suffix_units[i] = last_units(suffix->units, suffix->length);
	}
	affixes->are_sorted = true;
}

/* A bit for each that the letter lets expect */
static inline uint32
prefixes_of(const Affixes *affixes, const uint16 *units)
{
	return affixes->prefixes_from[units[0] % AFFIX_LETTERS];
}

static inline uint32
suffixes_of(const Affixes *affixes, const uint16 *units, int n)
{
	return affixes->suffixes_to[units[n - 1] % AFFIX_LETTERS];
}

/* Bits of the units that an affix does not have */
static inline int
other_bits(const Affix *affix)
{
	return 16 * (AFFIX_UNITS - affix->length);
}

/* What is left of a word, unless it is too short to be the same word. */
static inline const LexiconEntry *
find_rest(const Lexicon *lexicon, const Affixes *affixes, Language language,
		  uint64 hash, int n)
{
	const LexiconEntry *entry = n < 2 ? NULL : lexicon_find(lexicon, hash_end(hash), language);

	return entry == NULL || n >= affixes->least || ENTRY_RULE(entry) != RULE_NONE ? entry : NULL;
}

/*
 * These two are given three units or more, of which an affix leaves two at least.
 * Hashes, of the whole and of what is left, are those before hash_end().
 */
static const LexiconEntry *
without_suffix(const Lexicon *lexicon, const Affixes *affixes, Language language,
			   const uint16 *units, int n, uint64 whole)
{
	const LexiconEntry *entry = NULL;
	uint64		last;

	last = last_units(units, n);
	for (uint32 left = suffixes_of(affixes, units, n); entry == NULL && left != 0; left &= left - 1)
	{
		int			s = pg_rightmost_one_pos32(left);
		const Affix *suffix = &affixes->suffixes[s];
		int			rest = n - suffix->length;
		uint64		hash = whole;

		if (rest <= 1 || (last ^ affixes->suffix_units[s]) >> other_bits(suffix) != 0)
			continue;
		for (int i = n - 1; i >= rest; i--)
			hash = hash_before(hash, units[i]);
		entry = find_rest(lexicon, affixes, language, hash, rest);
	}
	return entry;
}

static const LexiconEntry *
without_prefix(const Lexicon *lexicon, const Affixes *affixes, Language language,
			   const uint16 *units, int n, int most)
{
	const LexiconEntry *entry = NULL;
	uint64		first;

	first = first_units(units, n);
	for (uint32 left = prefixes_of(affixes, units); entry == NULL && left != 0; left &= left - 1)
	{
		int			p = pg_rightmost_one_pos32(left);
		const Affix *prefix = &affixes->prefixes[p];
		const uint16 *rest = units + prefix->length;
		int			nrest = n - prefix->length;
		uint64		hash;

		if (nrest <= 1 || (first ^ affixes->prefix_units[p]) << other_bits(prefix) != 0)
			continue;
		hash = hash_until(rest, nrest);
		entry = find_rest(lexicon, affixes, language, hash, nrest);
		if (nrest < 3)
			continue;
		if (entry == NULL && suffixes_of(affixes, rest, nrest) != 0)
			entry = without_suffix(lexicon, affixes, language, rest, nrest, hash);
		if (entry == NULL && most > 1 && prefixes_of(affixes, rest) != 0)
			entry = without_prefix(lexicon, affixes, language, rest, nrest, most - 1);
	}
	return entry;
}

/* "soo" is "so" */
static const LexiconEntry *
without_doubles(const Lexicon *lexicon, Language language, const Token *token)
{
	uint16		units[MAX_TOKEN_UNITS];
	int			n = 0;

	for (int i = 0; i < token->nunits; i++)
		if (i == 0 || token->units[i] != token->units[i - 1])
			units[n++] = token->units[i];
	return lexicon_find(lexicon, hash_units(units, n), language);
}

const LexiconEntry *
engage_lexicon_rest(const Lexicon *lexicon, const Token *token, Language language)
{
	Affixes    *affixes = &affixes_of[language];
	const LexiconEntry *entry = NULL;

	if (token->is_cut || !engage_may_have_rest(token, language))
		return NULL;
	if (affixes->nsuffixes > 0 && token->nunits >= 3)
	{
		if (unlikely(!affixes->are_sorted))
			sort_affixes(affixes);
		if (suffixes_of(affixes, token->units, token->nunits) != 0)
			entry = without_suffix(lexicon, affixes, language, token->units, token->nunits,
								   hash_undo_end(token->hash));
		if (entry == NULL && prefixes_of(affixes, token->units) != 0)
			entry = without_prefix(lexicon, affixes, language, token->units, token->nunits,
								   affixes->most_prefixes);
	}
	if (entry == NULL && token->is_elongated)
		entry = without_doubles(lexicon, language, token);
	return entry;
}
