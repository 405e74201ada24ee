/*-------------------------------------------------------------------------
 *
 * score_core.c
 *	  The scorer.
 *
 * One pass over the text, in segments that end with a sentence where they can,
 * so that memory does not grow with the text.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "sentiment/score_core.h"

const char *const engage_part_rule_names[PART_EMPHASIS + 1] = {
	[PART_NONE] = "none",
	[PART_WORD] = "word",
	[PART_PHRASE] = "phrase",
	[PART_IN_PHRASE] = "in_phrase",
	[PART_EMOJI] = "emoji",
	[PART_NEGATOR] = "negator",
	[PART_BOOSTER] = "booster",
	[PART_DAMPENER] = "dampener",
	[PART_CONTRAST] = "contrast",
	[PART_NEGATED] = "negated",
	[PART_BOOSTED] = "boosted",
	[PART_DAMPENED] = "dampened",
	[PART_EMPHASIS] = "emphasis",
};

/* A negated word says the contrary, but less. */
#define NEGATION -0.5
#define NEGATION_WINDOW 3		/* of n't, which the lists do not have */
#define BEFORE_CONTRAST 0.7
#define AFTER_CONTRAST 1.3
#define CAPITALS 1.2
#define LENGTHENED 1.15
#define SAME_EMOJI 2			/* further ones add nothing */

/* Of learned weights, in which 1 is LEARNED_SCALE */
#define LEARNED_SCALE 100.0

/* What tells the language, in the whole text so far */
typedef struct LanguageEvidence
{
	int64		words[CHAR_UNSPACED + 1];	/* by script */
	int64		function_words[LANGUAGES];
	int64		known_words[LANGUAGES];
} LanguageEvidence;

struct Scorer
{
	const CharTables *tables;
	const Lexicon *lexicon;
	const ScoreOptions *options;
	Scanner		scanner;
	LanguageEvidence evidence;
	uint64		last_emoji;
	int			same_emoji;
	int			nparts;
	const LexiconEntry *persian[SEGMENT_TOKENS];	/* of words in Arabic script */
	const LexiconEntry *as_is[SEGMENT_TOKENS];	/* of words with all their affixes */
	ScorePart	parts[SEGMENT_TOKENS];
	uint16		units[SEGMENT_TOKENS][MAX_TOKEN_UNITS];
};

Size
engage_scorer_size(void)
{
	return sizeof(Scorer);
}

void
engage_scorer_init(Scorer *scorer, const CharTables *tables, const Lexicon *lexicon)
{
	scorer->tables = tables;
	scorer->lexicon = lexicon;
}

/* ----------------------------------------------------------------
 *		language
 * ---------------------------------------------------------------- */

static Language
arabic_or_persian(const Scorer *scorer)
{
	const LanguageEvidence *e = &scorer->evidence;
	int64		persian = 2 * e->function_words[LANGUAGE_FA] + scorer->scanner.letters[LETTER_PERSIAN];
	int64		arabic = 2 * e->function_words[LANGUAGE_AR] + scorer->scanner.letters[LETTER_ARABIC];

	if (persian == arabic)
	{
		persian = e->known_words[LANGUAGE_FA];
		arabic = e->known_words[LANGUAGE_AR];
	}
	return persian > arabic ? LANGUAGE_FA : LANGUAGE_AR;
}

static Language
language_found(const Scorer *scorer)
{
	const LanguageEvidence *e = &scorer->evidence;
	CharClass	most = CHAR_LATIN;

	for (CharClass script = CHAR_LATIN; script <= CHAR_UNSPACED; script++)
		if (e->words[script] > e->words[most])
			most = script;
	if (e->words[most] == 0)
		return LANGUAGE_ANY;
	if (most == CHAR_ARABIC)
		return arabic_or_persian(scorer);
	/* of the languages in Latin script, only English words are known */
	if (most == CHAR_LATIN && e->words[most] > 3 &&
		e->function_words[LANGUAGE_EN] * 10 < e->words[most] &&
		e->known_words[LANGUAGE_EN] * 4 < e->words[most])
		return LANGUAGE_OTHER;
	return language_of_script(most, LANGUAGE_AR);
}

/* ----------------------------------------------------------------
 *		looking up
 * ---------------------------------------------------------------- */

static inline bool
is_term(const LexiconEntry *entry)
{
	return entry != NULL && (entry->flags & ENTRY_IS_TERM) != 0;
}

/* (what only begins phrases of the caller's own says nothing of the word) */
static pg_noinline const LexiconEntry *
find_own_phrase(const Scorer *scorer, uint64 hash, Language language)
{
	const LexiconEntry *own = lexicon_find(scorer->options->own, hash, language);

	return is_term(own) ? own : lexicon_find(scorer->lexicon, hash, language);
}

static inline const LexiconEntry *
find_phrase(const Scorer *scorer, uint64 hash, Language language)
{
	return scorer->options->own == NULL ? lexicon_find(scorer->lexicon, hash, language)
		: find_own_phrase(scorer, hash, language);
}

static inline bool
goes_on(const LexiconEntry *entry)
{
	return entry != NULL && (entry->flags & ENTRY_BEGINS_PHRASE) != 0;
}

/* Do phrases begin so, given the entry that find_phrase found? */
static inline bool
begins_phrase(const Scorer *scorer, const LexiconEntry *entry, uint64 hash, Language language)
{
	return goes_on(entry) ||
		(scorer->options->own != NULL &&
		 (goes_on(lexicon_find(scorer->options->own, hash, language)) ||
		  goes_on(lexicon_find(scorer->lexicon, hash, language))));
}

static inline const LexiconEntry *
find_rest(const Scorer *scorer, const Token *token, Language language)
{
	const LexiconEntry *entry;

	if (!engage_may_have_rest(token, language))
		return NULL;
	entry = scorer->options->own == NULL ? NULL
		: engage_lexicon_rest(scorer->options->own, token, language);

	return is_term(entry) ? entry : engage_lexicon_rest(scorer->lexicon, token, language);
}

static inline void
note_word(Scorer *scorer, Language language, const LexiconEntry *entry)
{
	if (entry == NULL)
		return;
	scorer->evidence.function_words[language] += (entry->flags & ENTRY_FUNCTION) != 0;
	scorer->evidence.known_words[language] += (entry->flags & ENTRY_IS_TERM) != 0;
}

/* Reads tokens until the segment is full or a sentence ends; false: none is left. */
static bool
read_segment(Scorer *scorer)
{
	CHECK_FOR_INTERRUPTS();
	scorer->nparts = 0;
	while (scorer->nparts < SEGMENT_TOKENS)
	{
		ScorePart  *part = &scorer->parts[scorer->nparts];

		if (!engage_scan_next(&scorer->scanner, &part->token, scorer->units[scorer->nparts]))
			break;
		part->entry = part->learned = NULL;
		part->weight = part->subjectivity = 0;
		part->is_negated = part->is_known = part->is_whole = false;
		part->rule = PART_NONE;
		part->language = LANGUAGE_ANY;
		if (part->token.kind == TOKEN_WORD)
		{
			scorer->evidence.words[part->token.script]++;
			part->language = language_of_script(part->token.script, LANGUAGE_AR);
			if (part->token.script == CHAR_ARABIC)
			{
				scorer->persian[scorer->nparts] = find_phrase(scorer, part->token.hash, LANGUAGE_FA);
				note_word(scorer, LANGUAGE_FA, scorer->persian[scorer->nparts]);
			}
			/* (of other languages only the caller can have words) */
			if (part->language != LANGUAGE_OTHER || scorer->options->own != NULL)
			{
				part->entry = find_phrase(scorer, part->token.hash, part->language);
				note_word(scorer, part->language, part->entry);
			}
			scorer->as_is[scorer->nparts] = part->entry;
		}
		else if (part->token.kind != TOKEN_EMOTICON)
			part->entry = find_phrase(scorer, part->token.hash, LANGUAGE_ANY);
		scorer->nparts++;
		/* a new sentence begins a new segment, but not at every short one */
		if (part->token.kind == TOKEN_STOP && scorer->nparts >= SEGMENT_TOKENS / 2)
			break;
	}
	return scorer->nparts > 0;
}

/*
 * Words in Arabic script are of the language that the text is in as far as is
 * known.  Then those that are unknown as they are get looked up without their
 * affixes.
 */
static void
settle_language(Scorer *scorer)
{
	Language	language = scorer->options->language;

	if (language != LANGUAGE_AR && language != LANGUAGE_FA)
		language = arabic_or_persian(scorer);
	for (int i = 0; i < scorer->nparts; i++)
	{
		ScorePart  *part = &scorer->parts[i];

		if (part->token.kind != TOKEN_WORD || part->language == LANGUAGE_OTHER)
			continue;
		if (part->language == LANGUAGE_AR && language == LANGUAGE_FA)
		{
			part->language = LANGUAGE_FA;
			part->entry = scorer->as_is[i] = scorer->persian[i];
		}
		part->is_whole = is_term(part->entry);
		if (!part->is_whole)
		{
			const LexiconEntry *rest = find_rest(scorer, &part->token, part->language);

			/* (what only begins phrases may be a form of a word that is known) */
			if (is_term(rest))
				part->entry = rest;
		}
		else if (!(part->entry->flags & ENTRY_AUTHORED) && ENTRY_RULE(part->entry) == RULE_NONE)
		{
			const LexiconEntry *rest = find_rest(scorer, &part->token, part->language);

			/* (what was learned of a form does not replace what is authored of its word) */
			if (rest != NULL && (rest->flags & ENTRY_AUTHORED) && ENTRY_RULE(rest) == RULE_NONE)
			{
				part->learned = part->entry;
				part->entry = rest;
				part->is_whole = false;
			}
		}
	}
}

/* "and" and "that" are written on the first word: Arabic wa, fa; Hebrew ve, she. */
static const LexiconEntry *
phrase_after_and(const Scorer *scorer, const Token *token, Language language, uint64 *hash)
{
	uint16		first = token->nunits < 3 ? 0 : token->units[0];

	if (language == LANGUAGE_AR ? first != 0x0648 && first != 0x0641
		: language != LANGUAGE_HE || (first != 0x05D5 && first != 0x05E9))
		return NULL;
	*hash = hash_units(token->units + 1, token->nunits - 1);
	return find_phrase(scorer, *hash, language);
}

/*
 * The longest phrase that begins here, and with this entry, takes the place of
 * its words.
 */
static pg_noinline int
join_words(Scorer *scorer, int first, const LexiconEntry *entry, uint64 hash)
{
	ScorePart  *part = &scorer->parts[first];
	const LexiconEntry *found = NULL;
	int			length = 1;

	for (int n = 1; n < MAX_PHRASE_WORDS && first + n < scorer->nparts; n++)
	{
		ScorePart  *next = &scorer->parts[first + n];

		if (next->token.kind != TOKEN_WORD || !begins_phrase(scorer, entry, hash, part->language))
			break;
		hash = hash_join(hash, next->token.hash);
		entry = find_phrase(scorer, hash, part->language);
		if (is_term(entry))
		{
			found = entry;
			length = n + 1;
		}
	}
	if (found == NULL)
		return 1;
	part->entry = found;
	part->learned = NULL;
	part->rule = PART_PHRASE;
	for (int i = first + 1; i < first + length; i++)
	{
		scorer->parts[i].rule = PART_IN_PHRASE;
		scorer->parts[i].is_known = true;
	}
	return length;
}

/* The number of words of the phrase that begins here, or 1 */
static inline int
join_phrase(Scorer *scorer, int first)
{
	ScorePart  *part = &scorer->parts[first];
	const LexiconEntry *entry = scorer->as_is[first];
	uint64		hash = part->token.hash;

	if (first + 1 == scorer->nparts || scorer->parts[first + 1].token.kind != TOKEN_WORD)
		return 1;
	if (begins_phrase(scorer, entry, hash, part->language))
	{
		int			length = join_words(scorer, first, entry, hash);

		if (length > 1)
			return length;
	}
	/* (a negator with "and" is listed as a word, too) */
	if (part->is_whole && ENTRY_RULE(part->entry) == RULE_NONE)
		return 1;
	entry = phrase_after_and(scorer, &part->token, part->language, &hash);
	if (!begins_phrase(scorer, entry, hash, part->language))
		return 1;
	return join_words(scorer, first, entry, hash);
}

/* ----------------------------------------------------------------
 *		rules
 * ---------------------------------------------------------------- */

typedef struct Clause
{
	int			negated_words;	/* so many that follow */
	bool		has_turned;		/* is one among those before them? */
	int			boosted_words;
	double		boost;
	int			first;			/* part with which it begins */
	int			sentence;		/* part with which the sentence begins */
	double		contrast;		/* factor for what follows */
} Clause;

static const Clause no_clause = {.boost = 1,.contrast = 1};

static void
begin_clause(Clause *clause, int first)
{
	clause->negated_words = clause->boosted_words = 0;
	clause->has_turned = false;
	clause->boost = 1;
	clause->first = first;
}

/* What the lists say, to which rules apply */
static double
authored_weight(const ScorePart *part)
{
	return part->entry == NULL ? 0 : (double) part->entry->polarity / POLARITY_SCALE;
}

/*
 * What was learned comes from texts with all their negations, and is taken as it
 * is.
 */
static double
learned_weight(const ScorePart *part)
{
	if (part->entry == NULL)
		return 0;
	return (part->learned != NULL ? part->learned : part->entry)->learned / LEARNED_SCALE;
}

/* The last polar word before part i within the clause and so many words */
static ScorePart *
polar_before(Scorer *scorer, int i, int first, int words)
{
	for (int p = i - 1; p >= first && words > 0; p--)
	{
		ScorePart  *part = &scorer->parts[p];

		if (part->rule == PART_IN_PHRASE || part->token.kind != TOKEN_WORD)
			continue;
		if (part->weight != 0 && (part->entry == NULL || ENTRY_RULE(part->entry) == RULE_NONE))
			return part;
		words--;
	}
	return NULL;
}

/* A word that changes others */
static void
apply_rule_word(Scorer *scorer, int i, Clause *clause)
{
	ScorePart  *part = &scorer->parts[i];
	const LexiconEntry *entry = part->entry;
	ScorePart  *before;

	switch (ENTRY_RULE(entry))
	{
		case RULE_NEGATOR:
			/* "not without" is with, "not tasty and not fresh" goes on */
			clause->negated_words = clause->negated_words > 0 && !clause->has_turned ? 0 : entry->value + 1;
			clause->has_turned = false;
			part->rule = PART_NEGATOR;
			break;
		case RULE_NEGATOR_AFTER:
			before = polar_before(scorer, i, clause->first, entry->value);
			if (before != NULL)
			{
				before->weight *= NEGATION;
				before->is_negated = !before->is_negated;
				before->rule = PART_NEGATED;
			}
			part->rule = PART_NEGATOR;
			break;
		case RULE_BOOSTER:
		case RULE_DAMPENER:
			part->rule = ENTRY_RULE(entry) == RULE_BOOSTER ? PART_BOOSTER : PART_DAMPENER;
			before = part->language == LANGUAGE_EN ? NULL : polar_before(scorer, i, clause->first, 1);
			if (before != NULL)
			{
				before->weight *= (double) entry->value / RULE_SCALE;
				before->rule = part->rule == PART_BOOSTER ? PART_BOOSTED : PART_DAMPENED;
			}
			else
			{
				clause->boost = (double) entry->value / RULE_SCALE;
				clause->boosted_words = 3;
			}
			break;
		case RULE_CONTRAST:
			for (int p = clause->sentence; p < i; p++)
				scorer->parts[p].weight *= BEFORE_CONTRAST;
			part->rule = PART_CONTRAST;
			begin_clause(clause, i + 1);
			clause->contrast = AFTER_CONTRAST;
			break;
		default:
			break;
	}
}

static inline bool
ends_with_nt(const Token *token)
{
	return token->script == CHAR_LATIN && !token->is_cut && token->nunits > 3 &&
		token->units[token->nunits - 1] == 't' && token->units[token->nunits - 2] == '\'' &&
		token->units[token->nunits - 3] == 'n';
}

/* A word, or phrase, that is in the lists: in those of beginnings at least */
static inline void
weigh_entry(Scorer *scorer, int i, Clause *clause)
{
	ScorePart  *part = &scorer->parts[i];
	bool		is_rule = ENTRY_RULE(part->entry) != RULE_NONE;

	part->is_known = is_term(part->entry);
	if (part->is_known && part->rule != PART_PHRASE)
		part->rule = PART_WORD;
	part->weight = authored_weight(part);
	if (!is_rule)
		part->subjectivity = (double) part->entry->value / SUBJECTIVITY_SCALE;
	if (!is_rule && part->weight != 0)
	{
		if (clause->negated_words > 0)
		{
			part->weight *= NEGATION;
			part->is_negated = true;
			part->rule = PART_NEGATED;
			clause->has_turned = true;
		}
		if (clause->boosted_words > 0)
		{
			part->weight *= clause->boost;
			if (!part->is_negated)
				part->rule = clause->boost > 1 ? PART_BOOSTED : PART_DAMPENED;
			clause->boosted_words = 0;
		}
		if (part->token.is_capital || part->token.is_elongated)
		{
			part->weight *= part->token.is_capital ? CAPITALS : LENGTHENED;
			if (part->rule == PART_WORD)
				part->rule = PART_EMPHASIS;
		}
	}
	part->weight = (part->weight + learned_weight(part)) * clause->contrast;
	if (is_rule)
		apply_rule_word(scorer, i, clause);
}

static inline void
weigh_word(Scorer *scorer, int i, Clause *clause)
{
	ScorePart  *part = &scorer->parts[i];

	if (part->entry != NULL)
		weigh_entry(scorer, i, clause);
	else if (ends_with_nt(&part->token))
	{
		clause->negated_words = NEGATION_WINDOW + 1;
		clause->has_turned = false;
		part->rule = PART_NEGATOR;
		part->is_known = true;
	}
	if (clause->negated_words > 0)
		clause->negated_words--;
	if (clause->boosted_words > 0)
		clause->boosted_words--;
}

static void
weigh_picture(Scorer *scorer, ScorePart *part, const Clause *clause)
{
	scorer->same_emoji = part->token.hash == scorer->last_emoji ? scorer->same_emoji + 1 : 1;
	scorer->last_emoji = part->token.hash;
	part->is_known = true;
	if (scorer->same_emoji > SAME_EMOJI)
		return;
	part->rule = PART_EMOJI;
	if (part->token.kind == TOKEN_EMOTICON)
	{
		part->weight = (double) part->token.emoticon->polarity / POLARITY_SCALE;
		part->subjectivity = (double) part->token.emoticon->subjectivity / SUBJECTIVITY_SCALE;
	}
	else
	{
		/* a sequence that is unknown is what its first picture is */
		if (part->entry == NULL)
			part->entry = find_phrase(scorer, hash_units(part->token.units, part->token.nunits > 1 && part->token.units[0] >= 0xD800 && part->token.units[0] < 0xDC00 ? 2 : 1), LANGUAGE_ANY);
		part->weight = authored_weight(part);
		if (part->entry == NULL)
			part->is_known = false;
		else
			part->subjectivity = (double) part->entry->value / SUBJECTIVITY_SCALE;
	}
	part->weight = (part->weight + learned_weight(part)) * clause->contrast;
}

static void
weigh_segment(Scorer *scorer)
{
	Clause		clause = no_clause;
	int			next_phrase = 0;

	for (int i = 0; i < scorer->nparts; i++)
	{
		ScorePart  *part = &scorer->parts[i];

		switch (part->token.kind)
		{
			case TOKEN_WORD:
				if (i >= next_phrase)
					next_phrase = i + join_phrase(scorer, i);
				if (part->rule != PART_IN_PHRASE)
					weigh_word(scorer, i, &clause);
				else
					part->weight = clause.contrast * learned_weight(part);
				break;
			case TOKEN_EMOJI:
			case TOKEN_EMOTICON:
				weigh_picture(scorer, part, &clause);
				break;
			case TOKEN_NUMBER:
				break;
			case TOKEN_COMMA:
				begin_clause(&clause, i + 1);
				break;
			default:			/* the end of a sentence */
				part->weight = learned_weight(part);
				clause = no_clause;
				clause.first = clause.sentence = i + 1;
				break;
		}
	}
}

/* ----------------------------------------------------------------
 *		the text
 * ---------------------------------------------------------------- */

static void
begin_text(Scorer *scorer, const char *text, size_t length, const ScoreOptions *options)
{
	scorer->options = options;
	memset(&scorer->evidence, 0, sizeof(scorer->evidence));
	scorer->last_emoji = 0;
	scorer->same_emoji = 0;
	engage_scan_begin(&scorer->scanner, scorer->tables, scorer->lexicon->emoticons, text, length);
}

static void
add_parts(const Scorer *scorer, Score *result)
{
	double		positive = result->positive;
	double		negative = result->negative;
	double		subjectivity = result->subjectivity;
	int			words = 0;
	int			known = 0;

	for (int i = 0; i < scorer->nparts; i++)
	{
		const ScorePart *part = &scorer->parts[i];
		bool		is_word = part->token.kind == TOKEN_WORD;

		if (part->weight > 0)
			positive += part->weight;
		else
			negative += part->weight;
		subjectivity += part->subjectivity;
		words += is_word;
		known += is_word & part->is_known;
	}
	result->positive = positive;
	result->negative = negative;
	result->subjectivity = subjectivity;
	result->words += words;
	result->known += known;
}

void
engage_score(Scorer *scorer, const char *text, size_t length, const ScoreOptions *options,
			 TakeParts take, void *arg, Score *result)
{
	double		sum;

	memset(result, 0, sizeof(Score));
	begin_text(scorer, text, length, options);
	while (read_segment(scorer))
	{
		settle_language(scorer);
		weigh_segment(scorer);
		add_parts(scorer, result);
		if (take != NULL)
			take(arg, scorer->parts, scorer->nparts);
	}
	result->language = options->language != LANGUAGE_ANY ? options->language : language_found(scorer);
	sum = result->positive + result->negative;
	result->score = sum / sqrt(sum * sum + SCORE_SOFTENING);
}

double
engage_score_factor(const Score *score)
{
	double		sum = score->positive + score->negative;

	return 1 / sqrt(sum * sum + SCORE_SOFTENING);
}

Language
engage_language(Scorer *scorer, const char *text, size_t length)
{
	static const ScoreOptions options = {.language = LANGUAGE_ANY};

	begin_text(scorer, text, length, &options);
	while (read_segment(scorer))
		 /* only evidence is wanted */ ;
	return language_found(scorer);
}
