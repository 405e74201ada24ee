/*-------------------------------------------------------------------------
 *
 * keywords_core.c
 *	  Finding words and phrases of themes in texts.
 *
 * The words of all keywords make a little lexicon, so that those in texts are
 * found with the same affixes on them as those of the scorer are; phrases are
 * paths in a tree over its words.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/compat.h"
#include "common/hash_mix.h"
#include "common/interrupts.h"
#include "sentiment/keywords_core.h"

#define NOTHING PG_UINT32_MAX

typedef struct KeywordTheme
{
	const char *name;
	int			len;
	uint32		first;			/* of its keywords, which follow each other */
	int64		seen_in;		/* text with the number */
	KeywordMatch match;
} KeywordTheme;

typedef struct Keyword
{
	const char *shown;
	int			shown_len;
	int			theme;
	int			nwords;
	uint64		hashes[MAX_PHRASE_WORDS];
	uint8		scripts[MAX_PHRASE_WORDS];	/* CharClass; CHAR_SEPARATOR if it is no word */
	uint32		next;			/* keyword of the same words */
	int64		seen_in;
} Keyword;

/* A step in the tree: from a node by a word to a node */
typedef struct Step
{
	uint64		from;			/* node and word */
	uint32		node;
	char		status;
} Step;

#define SH_PREFIX		keyword_steps
#define SH_ELEMENT_TYPE	Step
#define SH_KEY_TYPE		uint64
#define SH_KEY			from
#define SH_HASH_KEY(tb, k)	hash_mix(k)
#define SH_EQUAL(tb, a, b)	((a) == (b))
#define SH_SCOPE		static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct KeywordBook
{
	MemoryContext context;
	const CharTables *tables;
	KeywordTheme *themes;
	int			nthemes;
	int			theme_space;
	Keyword    *keywords;
	uint32		nkeywords;
	uint32		keyword_space;
	Lexicon		words;
	uint32	   *word_of_slot;
	keyword_steps_hash *steps;
	uint32	   *keyword_of_node;
	int64		texts;			/* seen so far */
	KeywordMatch *matches;
};

KeywordBook *
engage_keywords_create(MemoryContext context, const CharTables *tables)
{
	KeywordBook *book = MemoryContextAllocZero(context, sizeof(KeywordBook));

	book->context = context;
	book->tables = tables;
	book->theme_space = book->keyword_space = 16;
	book->themes = MemoryContextAlloc(context, book->theme_space * sizeof(KeywordTheme));
	book->keywords = MemoryContextAlloc(context, book->keyword_space * sizeof(Keyword));
	return book;
}

int
engage_keywords_add_theme(KeywordBook *book, const char *name, int len)
{
	if (book->nthemes == KEYWORDS_MAX)
		return -1;
	if (book->nthemes == book->theme_space)
	{
		book->theme_space *= 2;
		book->themes = repalloc(book->themes, book->theme_space * sizeof(KeywordTheme));
	}
	book->themes[book->nthemes] = (KeywordTheme)
	{
		.name = name,.len = len,.first = book->nkeywords
	};
	return book->nthemes++;
}

/* Punctuation is no part of a phrase, but ends it. */
static bool
is_part(const Token *token)
{
	return token->kind == TOKEN_WORD || token->kind == TOKEN_NUMBER ||
		token->kind == TOKEN_EMOJI || token->kind == TOKEN_EMOTICON;
}

KeywordStatus
engage_keywords_add(KeywordBook *book, int theme, const char *utf8, size_t length,
					const char *shown, int shown_len)
{
	Keyword		keyword = {.shown = shown,.shown_len = shown_len,.theme = theme,.next = NOTHING};
	Scanner		scanner;
	Token		token;
	uint16		units[MAX_TOKEN_UNITS];

	engage_scan_begin(&scanner, book->tables, engage_lexicon.emoticons, utf8, length);
	while (engage_scan_next(&scanner, &token, units))
	{
		if (!is_part(&token))
			continue;
		if (keyword.nwords == MAX_PHRASE_WORDS || token.is_cut)
			return KEYWORD_TOO_LONG;
		keyword.hashes[keyword.nwords] = token.hash;
		keyword.scripts[keyword.nwords++] = token.kind == TOKEN_WORD ? token.script : CHAR_SEPARATOR;
	}
	if (keyword.nwords == 0)
		return KEYWORD_WITHOUT_WORDS;
	if (book->nkeywords == KEYWORDS_MAX)
		return KEYWORD_TOO_MANY;
	if (book->nkeywords == book->keyword_space)
	{
		book->keyword_space *= 2;
		book->keywords = repalloc_huge(book->keywords, (Size) book->keyword_space * sizeof(Keyword));
	}
	book->keywords[book->nkeywords++] = keyword;
	return KEYWORD_TAKEN;
}

/* ----------------------------------------------------------------
 *		lexicon and tree
 * ---------------------------------------------------------------- */

/* The first of those that a keyword's word is looked up in */
static Language
language_of_word(const Keyword *keyword, int word)
{
	return keyword->scripts[word] == CHAR_SEPARATOR ? LANGUAGE_ANY
		: language_of_script(keyword->scripts[word], LANGUAGE_AR);
}

static void
put_word(KeywordBook *book, LexiconEntry *slots, uint64 hash, Language language, uint32 word)
{
	uint64		key = lexicon_key(hash, language);
	uint32		check = (uint32) key | 1;
	uint32		i = ((key >> 32) * book->words.nslots) >> 32;

	while (slots[i].check != 0 && slots[i].check != check)
		if (++i == book->words.nslots)
			i = 0;
	if (slots[i].check == check)
		return;
	slots[i].check = check;
	slots[i].flags = ENTRY_IS_TERM;
	book->word_of_slot[i] = word;
}

static uint32
word_of_entry(const KeywordBook *book, const LexiconEntry *entry)
{
	return entry == NULL ? NOTHING : book->word_of_slot[entry - book->words.slots];
}

/* The words of keywords, each in one language or in two */
static void
make_words(KeywordBook *book)
{
	Size		nwords = 0;
	LexiconEntry *slots;
	uint32		next = 0;

	for (uint32 i = 0; i < book->nkeywords; i++)
		nwords += book->keywords[i].nwords;
	book->words.nslots = nwords * 4 + 1;
	slots = MemoryContextAllocExtended(book->context, book->words.nslots * sizeof(LexiconEntry),
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	book->words.slots = slots;
	book->word_of_slot = MemoryContextAllocHuge(book->context, book->words.nslots * sizeof(uint32));
	for (uint32 i = 0; i < book->nkeywords; i++)
		for (int w = 0; w < book->keywords[i].nwords; w++)
		{
			uint64		hash = book->keywords[i].hashes[w];

			check_interrupts_at(i);
			/* (of a word that is there already, the number stays) */
			put_word(book, slots, hash, language_of_word(&book->keywords[i], w), next);
			if (book->keywords[i].scripts[w] == CHAR_ARABIC)
				put_word(book, slots, hash, LANGUAGE_FA,
						 word_of_entry(book, lexicon_find(&book->words, hash, LANGUAGE_AR)));
			next++;
		}
}

static uint32
step(const KeywordBook *book, uint32 node, uint32 word)
{
	const Step *found = keyword_steps_lookup(book->steps, (uint64) node << 32 | word);

	return found == NULL ? NOTHING : found->node;
}

void
engage_keywords_finish(KeywordBook *book)
{
	uint32		nnodes = 1;
	Size		most_nodes = 1;

	make_words(book);
	for (uint32 i = 0; i < book->nkeywords; i++)
		most_nodes += book->keywords[i].nwords;
	book->steps = keyword_steps_create(book->context, Min(most_nodes, 1024 * 1024), NULL);
	book->keyword_of_node = MemoryContextAllocHuge(book->context, most_nodes * sizeof(uint32));
	book->keyword_of_node[0] = NOTHING;
	for (uint32 i = 0; i < book->nkeywords; i++)
	{
		Keyword    *keyword = &book->keywords[i];
		uint32		node = 0;

		check_interrupts_at(i);
		for (int w = 0; w < keyword->nwords; w++)
		{
			uint32		word = word_of_entry(book, lexicon_find(&book->words, keyword->hashes[w],
																language_of_word(keyword, w)));
			bool		found;
			Step	   *to = keyword_steps_insert(book->steps, (uint64) node << 32 | word, &found);

			if (!found)
			{
				book->keyword_of_node[nnodes] = NOTHING;
				to->node = nnodes++;
			}
			node = to->node;
		}
		/* (another spelling of one that the theme has is not another keyword; a theme's come together) */
		keyword->next = book->keyword_of_node[node];
		if (keyword->next == NOTHING || book->keywords[keyword->next].theme != keyword->theme)
			book->keyword_of_node[node] = i;
	}
	book->matches = MemoryContextAllocHuge(book->context, Max(1, (Size) book->nthemes) * sizeof(KeywordMatch));
}

/* ----------------------------------------------------------------
 *		matching
 * ---------------------------------------------------------------- */

/* drivers, driver's, waited, waiting */
static const LexiconEntry *
without_english_ending(const Lexicon *words, const Token *token)
{
	static const char *const endings[] = {"'s", "s", "es", "ed", "ing"};
	const LexiconEntry *entry = NULL;

	for (int e = 0; entry == NULL && e < lengthof(endings); e++)
	{
		int			length = strlen(endings[e]);
		int			stem = token->nunits - length;
		int			i = 0;

		if (stem < 3)
			continue;
		while (i < length && token->units[stem + i] == endings[e][i])
			i++;
		if (i == length)
			entry = lexicon_find(words, hash_units(token->units, stem), LANGUAGE_EN);
	}
	return entry;
}

typedef struct TextAtHand
{
	KeywordBook *book;
	Scorer	   *scorer;
	const char *text;
	size_t		length;
	Language	arabic;			/* LANGUAGE_ANY: not found out yet */
} TextAtHand;

static uint32
find_word(TextAtHand *hand, const Token *token)
{
	const Lexicon *words = &hand->book->words;
	const LexiconEntry *entry;

	if (token->is_cut)
		return NOTHING;
	if (token->kind != TOKEN_WORD)
		return word_of_entry(hand->book, lexicon_find(words, token->hash, LANGUAGE_ANY));
	if (token->script == CHAR_ARABIC && hand->arabic == LANGUAGE_ANY)
		hand->arabic = engage_language(hand->scorer, hand->text, hand->length) == LANGUAGE_FA
			? LANGUAGE_FA : LANGUAGE_AR;
	entry = engage_lexicon_word(words, token, language_of_script(token->script, hand->arabic));
	if (entry == NULL && token->script == CHAR_LATIN)
		entry = without_english_ending(words, token);
	return word_of_entry(hand->book, entry);
}

static void
note_keywords(KeywordBook *book, uint32 first, int64 place)
{
	for (uint32 k = first; k != NOTHING; k = book->keywords[k].next)
	{
		Keyword    *keyword = &book->keywords[k];
		KeywordTheme *theme = &book->themes[keyword->theme];

		check_interrupts_at(k);
		if (theme->seen_in != book->texts)
		{
			theme->seen_in = book->texts;
			theme->match = (KeywordMatch)
			{
				.theme = theme->name,.theme_len = theme->len,
					.theme_number = keyword->theme,.first = place
			};
		}
		theme->match.matches++;
		if (keyword->seen_in != book->texts)
		{
			keyword->seen_in = book->texts;
			theme->match.keywords++;
			theme->match.weight += keyword->nwords;
		}
	}
}

static inline int
compare_matches(const KeywordMatch *a, const KeywordMatch *b)
{
	int			order;

	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	if (a->matches != b->matches)
		return a->matches > b->matches ? -1 : 1;
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	order = memcmp(a->theme, b->theme, Min(a->theme_len, b->theme_len));
	return order != 0 ? order : a->theme_len - b->theme_len;
}

#define ST_SORT sort_matches
#define ST_ELEMENT_TYPE KeywordMatch
#define ST_COMPARE(a, b) compare_matches(a, b)
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

KeywordMatch *
engage_keywords_match(KeywordBook *book, Scorer *scorer, const char *text, size_t length, int *n)
{
	TextAtHand	hand = {book, scorer, text, length, LANGUAGE_ANY};
	Scanner		scanner;
	Token		token;
	uint16		units[MAX_TOKEN_UNITS];
	uint32		nodes[MAX_PHRASE_WORDS];	/* of the phrases that have begun */
	int			nnodes = 0;
	int64		place = 0;

	book->texts++;
	engage_scan_begin(&scanner, book->tables, engage_lexicon.emoticons, text, length);
	while (engage_scan_next(&scanner, &token, units))
	{
		uint32		word = is_part(&token) ? find_word(&hand, &token) : NOTHING;
		int			kept = 0;

		check_interrupts_at(++place);
		if (word == NOTHING)
		{
			nnodes = 0;
			continue;
		}
		/* a new phrase may begin here, too */
		nodes[nnodes++] = 0;
		for (int i = 0; i < nnodes; i++)
		{
			uint32		node = step(book, nodes[i], word);

			if (node == NOTHING)
				continue;
			note_keywords(book, book->keyword_of_node[node], place);
			nodes[kept++] = node;
		}
		/* the oldest has all its words now, if it has so many */
		nnodes = kept;
		if (nnodes == MAX_PHRASE_WORDS)
		{
			memmove(nodes, nodes + 1, (MAX_PHRASE_WORDS - 1) * sizeof(nodes[0]));
			nnodes--;
		}
	}
	*n = 0;
	for (int t = 0; t < book->nthemes; t++)
		if (book->themes[t].seen_in == book->texts)
			book->matches[(*n)++] = book->themes[t].match;
	sort_matches(book->matches, *n);
	return book->matches;
}

bool
engage_keywords_found(const KeywordBook *book, int theme, int *place, const char **shown, int *len)
{
	for (uint32 k = book->themes[theme].first + *place; k < book->nkeywords; k++)
	{
		const Keyword *keyword = &book->keywords[k];

		if (keyword->theme != theme)
			break;
		(*place)++;
		if (keyword->seen_in == book->texts)
		{
			*shown = keyword->shown;
			*len = keyword->shown_len;
			return true;
		}
	}
	return false;
}
