/*-------------------------------------------------------------------------
 *
 * themes_core.c
 *	  Counting words and pairs of words.
 *
 * A term counts once a text.  Function words of the four languages are no terms;
 * a pair are two words with nothing but function words between them, of which
 * one may be a negation ("not working").
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/compat.h"
#include "common/errors.h"
#include "common/hash_mix.h"
#include "common/int.h"
#include "common/interrupts.h"
#include "common/memory_limit.h"
#include "sentiment/themes_core.h"
#include "utils/memutils.h"

typedef struct PairEntry
{
	uint64		words;
	int64		sum;
	uint32		texts;
	char		status;
} PairEntry;

/*
 * The table doubles when it is so full, and never before because of some long
 * way: memory is asked for ahead of that.
 */
#define SH_FILLFACTOR	(0.8)
#define SH_GROW_MIN_FILLFACTOR 1.0
#define SH_PREFIX		theme_pairs
#define SH_ELEMENT_TYPE	PairEntry
#define SH_KEY_TYPE		uint64
#define SH_KEY			words
#define SH_HASH_KEY(tb, k)	hash_mix(k)
#define SH_EQUAL(tb, a, b)	((a) == (b))
#define SH_SCOPE		static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define ST_SORT sort_pair_keys
#define ST_ELEMENT_TYPE uint64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT sort_theme_pairs
#define ST_ELEMENT_TYPE ThemePair
#define ST_COMPARE(a, b) ((a)->words < (b)->words ? -1 : (a)->words > (b)->words)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* ----------------------------------------------------------------
 *		memory
 * ---------------------------------------------------------------- */

void
engage_themes_memory_exceeded(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("the terms of theme_agg need more than 1 GB of memory"),
			 errdetail("All distinct words and pairs of words are kept, about 13 million."),
			 errhint("Take a shorter period, a part of the texts, for example WHERE random() < 0.1, or only their beginning, left(body, 1000).")));
}

static void
check_memory(ThemeBook *book, Size more)
{
	if (MemoryContextMemAllocated(book->context, true) + more > AGGREGATE_MEMORY_LIMIT)
		engage_themes_memory_exceeded();
}

/* Double an array. */
static void *
enlarge(ThemeBook *book, void *array, int64 *space, Size element)
{
	int64		wanted = Max(16, *space * 2);

	check_memory(book, wanted * element);
	*space = wanted;
	if (array == NULL)
		return MemoryContextAllocHuge(book->context, wanted * element);
	return repalloc_huge(array, wanted * element);
}

ThemeBook *
engage_themes_create(MemoryContext context)
{
	ThemeBook  *book = MemoryContextAllocZero(context, sizeof(ThemeBook));

	book->context = context;
	book->words = engage_key_table_create(context, KEY_TEXT);
	book->pairs = theme_pairs_create(context, 16, NULL);
	return book;
}

/* To be called before a text or totals are added */
void
engage_themes_note_version(ThemeBook *book, int version)
{
	if (book->version != version)
		book->version = book->totals.texts == 0 ? version : 0;
}

/* ----------------------------------------------------------------
 *		adding
 * ---------------------------------------------------------------- */

static inline void
add_sum(int64 *sum, int64 more)
{
	if (unlikely(pg_add_s64_overflow(*sum, more, sum)))
		engage_sum_overflow();
}

static inline void
add_count(int64 *count, int64 more)
{
	if (unlikely(pg_add_s64_overflow(*count, more, count)))
		engage_count_overflow();
}

void
engage_themes_add_totals(ThemeBook *book, const ThemeTotals *totals)
{
	add_count(&book->totals.texts, totals->texts);
	add_sum(&book->totals.sum, totals->sum);
	/* (a square is 10^20 at most, so int64 texts do not go beyond 10^39 / 8) */
	if (__builtin_add_overflow(book->totals.squares, totals->squares, &book->totals.squares))
		engage_sum_overflow();
}

/* The number of a word */
uint32
engage_themes_word(ThemeBook *book, const char *bytes, uint32 len, bool *is_new)
{
	Key			key = {.bytes = bytes,.len = len};
	uint32	   *place = engage_key_table_find(book->words, &key, is_new);

	if (*is_new)
	{
		uint32		number = engage_key_table_size(book->words) - 1;

		*place = number;
		if (number >= book->count_space)
			book->counts = enlarge(book, book->counts, &book->count_space, sizeof(ThemeCount));
		memset(&book->counts[number], 0, sizeof(ThemeCount));
		return number;
	}
	return *place;
}

void
engage_themes_add_word(ThemeBook *book, uint32 word, int64 texts, int64 sum)
{
	add_count(&book->counts[word].texts, texts);
	add_sum(&book->counts[word].sum, sum);
}

void
engage_themes_add_pair(ThemeBook *book, uint64 words, int64 texts, int64 sum, bool *is_new)
{
	PairEntry  *entry;
	bool		found;

	if (unlikely(book->pairs->members >= book->pairs->grow_threshold))
		check_memory(book, book->pairs->size * 2 * sizeof(PairEntry));
	entry = theme_pairs_insert(book->pairs, words, &found);
	*is_new = !found;
	if (!found)
	{
		entry->sum = 0;
		entry->texts = 0;
	}
	if (unlikely(texts > (int64) (PG_UINT32_MAX - entry->texts)))
		engage_count_overflow();
	entry->texts += texts;
	add_sum(&entry->sum, sum);
}

/* ----------------------------------------------------------------
 *		texts
 * ---------------------------------------------------------------- */

typedef enum WordRole
{
	ROLE_TERM,
	ROLE_NEGATION,				/* part of a pair only, as its first word */
	ROLE_NEGATION_AFTER,		/* likewise, as its second */
	ROLE_STOP
} WordRole;

static WordRole
role_in(const Token *token, Language language)
{
	const LexiconEntry *entry = lexicon_find(&engage_lexicon, token->hash, language);

	if (entry == NULL || !(entry->flags & ENTRY_IS_TERM))
		return ROLE_TERM;
	switch (ENTRY_RULE(entry))
	{
		case RULE_NEGATOR:
			return ROLE_NEGATION;
		case RULE_NEGATOR_AFTER:
			return ROLE_NEGATION_AFTER;
		case RULE_NONE:
			return entry->flags & ENTRY_FUNCTION ? ROLE_STOP : ROLE_TERM;
		default:
			return ROLE_STOP;
	}
}

static WordRole
role_of(const Token *token)
{
	Language	language = language_of_script(token->script, LANGUAGE_AR);
	WordRole	role;

	/* a single letter says nothing, unless it is a sign for a word */
	if (token->is_cut || (token->nunits < 2 && token->script != CHAR_UNSPACED))
		return ROLE_STOP;
	role = language == LANGUAGE_OTHER ? ROLE_TERM : role_in(token, language);
	return role == ROLE_TERM && language == LANGUAGE_AR ? role_in(token, LANGUAGE_FA) : role;
}

static void
note_pair(ThemeBook *book, int64 *n, uint32 first, uint32 second)
{
	if (*n >= book->text_pair_space)
		book->text_pairs = enlarge(book, book->text_pairs, &book->text_pair_space, sizeof(uint64));
	book->text_pairs[(*n)++] = THEME_PAIR(first, second);
}

static void
count_pairs(ThemeBook *book, int64 n, int64 score)
{
	bool		is_new;

	sort_pair_keys(book->text_pairs, n);
	for (int64 i = 0; i < n; i++)
	{
		check_interrupts_at(i);
		if (i == 0 || book->text_pairs[i] != book->text_pairs[i - 1])
			engage_themes_add_pair(book, book->text_pairs[i], 1, score, &is_new);
	}
}

void
engage_themes_add_text(ThemeBook *book, const CharTables *tables, const char *text,
					   size_t length, int64 score)
{
	ThemeTotals one = {.texts = 1,.sum = score,.squares = (int128) score * score};
	Scanner		scanner;
	Token		token;
	uint16		units[MAX_TOKEN_UNITS];
	char		utf8[MAX_TOKEN_BYTES];
	int64		npairs = 0;
	int64		ntokens = 0;
	uint32		last = 0;
	WordRole	last_role = ROLE_STOP;	/* there is no last word */

	engage_themes_add_totals(book, &one);
	book->added_texts++;
	engage_scan_begin(&scanner, tables, engage_lexicon.emoticons, text, length);
	while (engage_scan_next(&scanner, &token, units))
	{
		WordRole	role;
		uint32		word;
		bool		is_new;

		check_interrupts_at(++ntokens);
		if (token.kind == TOKEN_NUMBER)
			continue;
		if (token.kind != TOKEN_WORD)
		{
			last_role = ROLE_STOP;
			continue;
		}
		role = role_of(&token);
		if (role == ROLE_STOP)
			continue;
		word = engage_themes_word(book, utf8, engage_token_utf8(&token, utf8), &is_new);
		if (role == ROLE_TERM && book->counts[word].last_text != book->added_texts)
		{
			book->counts[word].last_text = book->added_texts;
			engage_themes_add_word(book, word, 1, score);
		}
		if ((last_role == ROLE_TERM && role != ROLE_NEGATION) ||
			(last_role == ROLE_NEGATION && role == ROLE_TERM))
			note_pair(book, &npairs, last, word);
		last = word;
		last_role = role;
	}
	count_pairs(book, npairs, score);
}

/* ----------------------------------------------------------------
 *		all terms
 * ---------------------------------------------------------------- */

static void *
alloc_array(ThemeBook *book, int64 n, Size element)
{
	check_memory(book, n * element);
	return MemoryContextAllocHuge(CurrentMemoryContext, Max(1, n) * element);
}

/* All terms in order, which no longer depends on that of the texts */
void
engage_themes_terms(ThemeBook *book, ThemeTerms *terms)
{
	uint32		nwords = engage_key_table_size(book->words);
	KeyTableEntry *sorted;
	uint32	   *rank;
	theme_pairs_iterator iterator;
	PairEntry  *entry;
	uint32		n = 0;

	terms->totals = book->totals;
	terms->version = book->version;
	terms->nwords = nwords;
	terms->npairs = book->pairs->members;
	sorted = engage_key_table_sorted(book->words);
	rank = alloc_array(book, nwords, sizeof(uint32));
	terms->words = alloc_array(book, nwords, sizeof(ThemeWord));
	terms->pairs = alloc_array(book, terms->npairs, sizeof(ThemePair));
	for (uint32 i = 0; i < nwords; i++)
	{
		const ThemeCount *count = &book->counts[sorted[i].value];

		check_interrupts_at(i);
		rank[sorted[i].value] = i;
		terms->words[i] = (ThemeWord)
		{
			sorted[i].key.bytes, sorted[i].key.len, count->texts, count->sum
		};
	}
	theme_pairs_start_iterate(book->pairs, &iterator);
	while ((entry = theme_pairs_iterate(book->pairs, &iterator)) != NULL)
	{
		check_interrupts_at(n);
		terms->pairs[n++] = (ThemePair)
		{
			THEME_PAIR(rank[THEME_PAIR_FIRST(entry->words)], rank[THEME_PAIR_SECOND(entry->words)]),
				entry->texts, entry->sum
		};
	}
	sort_theme_pairs(terms->pairs, n);
	pfree(sorted);
	pfree(rank);
}

void
engage_themes_add_terms(ThemeBook *book, const ThemeTerms *terms)
{
	uint32	   *number = alloc_array(book, terms->nwords, sizeof(uint32));
	bool		is_new;

	/* (where there are no texts, they have no version) */
	if (terms->totals.texts > 0)
		engage_themes_note_version(book, terms->version);
	engage_themes_add_totals(book, &terms->totals);
	for (uint32 i = 0; i < terms->nwords; i++)
	{
		const ThemeWord *word = &terms->words[i];

		check_interrupts_at(i);
		number[i] = engage_themes_word(book, word->bytes, word->len, &is_new);
		engage_themes_add_word(book, number[i], word->texts, word->sum);
	}
	for (uint32 i = 0; i < terms->npairs; i++)
	{
		const ThemePair *pair = &terms->pairs[i];

		check_interrupts_at(i);
		engage_themes_add_pair(book, THEME_PAIR(number[THEME_PAIR_FIRST(pair->words)],
												number[THEME_PAIR_SECOND(pair->words)]),
							   pair->texts, pair->sum, &is_new);
	}
	pfree(number);
}
