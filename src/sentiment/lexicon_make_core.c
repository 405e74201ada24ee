/*-------------------------------------------------------------------------
 *
 * lexicon_make_core.c
 *	  From terms to the entries of a lexicon.
 *
 * Terms go through the tokeniser that texts go through, so that both have the
 * same normal form.
 *
 *-------------------------------------------------------------------------
 */
#include "c.h"

#include "sentiment/lexicon_make_core.h"

void
engage_read_term(Scanner *scanner, Term *term)
{
	Token		token;
	uint16		units[MAX_TOKEN_UNITS];
	uint64		hash = 0;
	bool		after_mark = false;

	memset(term, 0, sizeof(Term));
	while (engage_scan_next(scanner, &token, units))
	{
		term->kinds |= 1 << token.kind;
		if (token.kind == TOKEN_COMMA || token.kind == TOKEN_STOP)
		{
			after_mark = term->nwords > 0;
			continue;
		}
		if (after_mark)
			term->has_inner_mark = true;
		if (token.is_cut)
			term->has_cut_word = true;
		if (term->nwords == 0)
			term->script = token.script;
		hash = term->nwords == 0 ? token.hash : hash_join(hash, token.hash);
		if (term->nwords < MAX_PHRASE_WORDS)
			term->hashes[term->nwords] = hash;
		term->nwords++;
	}
}

static LexiconEntry *
find_or_add(LexiconMaker *maker, uint64 hash, Language language)
{
	uint64		key = lexicon_key(hash, language);
	uint32		check = (uint32) key | 1;
	uint32		i = ((key >> 32) * maker->nslots) >> 32;

	while (maker->slots[i].check != 0 && maker->slots[i].check != check)
		i = (i + 1) % maker->nslots;
	if (maker->slots[i].check == 0)
	{
		maker->slots[i].check = check;
		maker->nentries++;
		if (maker->filter != NULL)
			maker->filter[filter_word(key)] |= filter_bits(key);
	}
	return &maker->slots[i];
}

LexiconEntry *
engage_term_entry(LexiconMaker *maker, const Term *term, Language language)
{
	for (int i = 0; i < term->nwords - 1; i++)
		find_or_add(maker, term->hashes[i], language)->flags |= ENTRY_BEGINS_PHRASE;
	return find_or_add(maker, term->hashes[term->nwords - 1], language);
}
