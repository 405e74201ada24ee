/*
 * Weights of words, learned from labelled texts, and scores by them.
 */
#include "postgres.h"

#include <math.h>
#include <unicode/ustring.h>

#include "eval/eval.h"

#undef snprintf
#undef fprintf
#undef qsort

const LearnOptions learn_defaults = {
	.train = {
		/* few and small steps: what is learned further is true of these sources only */
		.epochs = 3,
		.rate = 0.03,
		.caution = 0.01,
		.decay = 1e-5,
		.least_texts = 12,			/* rarer words are what these sources talk about */
		.most_words = 5000,
		.balanced = 1,
		.has_bias = false,			/* a text of which nothing is known is neutral */
		.squeezed_prior = true
	},
	.factor = 1,
	/* a long text has hundreds: it should not be good or bad by its length */
	.function_factor = {[LANGUAGE_EN] = 0.3,[LANGUAGE_AR] = 1,[LANGUAGE_HE] = 1},
	.least_weight = 0.1
};

/* In which one logit is so many units: LEARNED_SCALE of score_core.c */
#define UNITS 100

/* Where shipped weights come from; whose labels come from the emoji in the texts */
static const struct
{
	Language	language;
	const char *name;
	const char *from;
	bool		without_emoji;
}			origins[] = {
	{LANGUAGE_EN, "vader_amazon", "cjhutto/vaderSentiment (MIT)"},
	{LANGUAGE_EN, "vader_movie", "cjhutto/vaderSentiment (MIT)"},
	{LANGUAGE_EN, "vader_nyt", "cjhutto/vaderSentiment (MIT)"},
	{LANGUAGE_EN, "vader_tweets", "cjhutto/vaderSentiment (MIT)"},
	{LANGUAGE_AR, "ajgt", "komari6/Arabic-twitter-corpus-AJGT (AFL-3.0)"},
	{LANGUAGE_AR, "arsarcasm2", "iabufarha/ArSarcasm-v2 (MIT)"},
	{LANGUAGE_AR, "emojitweets", "motazsaad/arabic-sentiment-analysis (Apache-2.0)", true},
	{LANGUAGE_AR, "emojitweets_gold", "motazsaad/arabic-sentiment-analysis (Apache-2.0)", true},
	{LANGUAGE_HE, "facebook", "OnlpLab/Hebrew-Sentiment-Data (MIT)"},
	{LANGUAGE_HE, "hebemo", "avichaychriqui/HeBERT (MIT)"},
};

static const CharTables *tables;
static Scorer *scorer;
static Scorer *authored_scorer;
static Lexicon lexicon;			/* the authored one with learned weights */

static Scorer *
create_scorer(const Lexicon *words)
{
	Scorer	   *created = malloc(engage_scorer_size());

	engage_scorer_init(created, tables, words);
	return created;
}

void
learning_begin(void)
{
	const char *error;

	tables = engage_char_tables(&error);
	if (tables == NULL)
		die("ICU cannot be used: %s", error);
	scorer = create_scorer(&engage_lexicon);
	authored_scorer = create_scorer(&authored_lexicon);
}

double
score_of(const Document *document)
{
	static const ScoreOptions options = {.language = LANGUAGE_ANY};
	Score		score;

	engage_score(scorer, document->text, document->length, &options, NULL, NULL, &score);
	return score.score;
}

Scorer *
scorer_in_use(void)
{
	return scorer;
}

Language
detected_language(const Document *document)
{
	return engage_language(scorer, document->text, document->length);
}

/* ----------------------------------------------------------------
 *		learning
 * ---------------------------------------------------------------- */

static int
origin_of(const Source *source)
{
	for (int i = 0; i < (int) lengthof(origins); i++)
		if (origins[i].language == source->language && strcmp(origins[i].name, source->name) == 0)
			return i;
	return -1;
}

typedef struct Spelling
{
	uint64		hash;
	char	   *text;
} Spelling;

typedef struct Words
{
	uint64	   *hashes;			/* of one text */
	int			n;
	int			room;
	Spelling   *spellings;		/* of all texts */
	int64		nspellings;
	int64		spellings_room;
} Words;

static CharClass
script_of(Language language)
{
	return language == LANGUAGE_EN ? CHAR_LATIN : language == LANGUAGE_HE ? CHAR_HEBREW : CHAR_ARABIC;
}

/* An entry of its own would hide that of the word on which the affixes are. */
static bool
is_known_without_affixes(const Token *token, Language language)
{
	return lexicon_find(&authored_lexicon, token->hash, language) == NULL &&
		engage_lexicon_rest(&authored_lexicon, token, language) != NULL;
}

/* The one word that lexicon_build would take it for? */
static bool
is_spelling(const char *text, uint64 hash)
{
	Scanner		scanner;
	Token		token;
	uint16		units[MAX_TOKEN_UNITS];

	if (strpbrk(text, "+%#*$&@=<>\t\r\n") != NULL)
		return false;
	engage_scan_begin(&scanner, tables, NULL, text, strlen(text));
	return engage_scan_next(&scanner, &token, units) && token.kind == TOKEN_WORD && token.hash == hash &&
		!engage_scan_next(&scanner, &token, units);
}

/* The normal form; where that would become another one, as it stands in the text; or NULL */
static char *
spelling_of_token(const Document *document, const Token *token)
{
	char		normal[MAX_TOKEN_UNITS * 3 + 1];
	char	   *as_it_stands;
	UErrorCode	status = U_ZERO_ERROR;
	int32		length;

	u_strToUTF8(normal, sizeof(normal), &length, (const UChar *) token->units, token->nunits, &status);
	if (U_SUCCESS(status) && is_spelling(normal, token->hash))
		return strdup(normal);
	as_it_stands = strndup(document->text + token->start, token->length);
	if (is_spelling(as_it_stands, token->hash))
		return as_it_stands;
	free(as_it_stands);
	return NULL;
}

/*
 * What of a text can have a learned weight: words in the script of its language,
 * as words of others are looked up among those of others, and pictures are not
 * looked up by language.
 */
static void
take_words(Words *words, const Document *document, Language language, bool keep_spellings)
{
	Scanner		scanner;
	Token		token;
	uint16		units[MAX_TOKEN_UNITS];

	words->n = 0;
	engage_scan_begin(&scanner, tables, engage_lexicon.emoticons, document->text, document->length);
	while (engage_scan_next(&scanner, &token, units))
	{
		if (token.kind != TOKEN_WORD || token.script != script_of(language) || token.is_cut)
			continue;
		if (is_known_without_affixes(&token, language))
			continue;
		if (words->n == words->room)
		{
			words->room = Max(words->room * 2, 256);
			words->hashes = realloc(words->hashes, words->room * sizeof(uint64));
		}
		words->hashes[words->n++] = token.hash;
		if (!keep_spellings)
			continue;
		if (words->nspellings == words->spellings_room)
		{
			words->spellings_room = Max(words->spellings_room * 2, 4096);
			words->spellings = realloc(words->spellings, words->spellings_room * sizeof(Spelling));
		}
		words->spellings[words->nspellings++] = (Spelling) {token.hash, spelling_of_token(document, &token)};
	}
}

/* What the authored weights sum up to */
static double
authored_sum(const Document *document, Language language)
{
	ScoreOptions options = {.language = language};
	Score		score;

	engage_score(authored_scorer, document->text, document->length, &options, NULL, NULL, &score);
	return score.positive + score.negative;
}

/* What the label comes from is not to be learned from. */
static void
drop_pictures(const Document *document, Document *result)
{
	Scanner		scanner;
	Token		token;
	uint16		units[MAX_TOKEN_UNITS];

	*result = *document;
	result->text = strdup(document->text);
	engage_scan_begin(&scanner, tables, engage_lexicon.emoticons, document->text, document->length);
	while (engage_scan_next(&scanner, &token, units))
		if (token.kind == TOKEN_EMOJI || token.kind == TOKEN_EMOTICON)
			memset(result->text + token.start, ' ', token.length);
}

static Learned *
learn_words(const Sources *sources, Language language, const Source *left_out, const LearnOptions *options,
			Words *words, bool keep_spellings)
{
	Trainer    *trainer = engage_trainer_create(CurrentMemoryContext);

	for (int s = 0; s < sources->n; s++)
	{
		const Source *source = &sources->list[s];
		int			origin = origin_of(source);

		if (source->language != language || source == left_out || origin < 0)
			continue;
		for (int i = 0; i < source->train.n; i++)
		{
			Document	document = source->train.list[i];

			if (document.label == 0)
				continue;
			if (origins[origin].without_emoji)
				drop_pictures(&source->train.list[i], &document);
			take_words(words, &document, language, keep_spellings);
			for (int h = 0; h < words->n; h++)
				engage_trainer_put(trainer, words->hashes[h]);
			engage_trainer_end_text(trainer, document.label > 0 ? 1 : 0, authored_sum(&document, language));
		}
	}
	return engage_trainer_finish(trainer, &options->train);
}

Learned *
learn(const Sources *sources, Language language, const Source *left_out, const LearnOptions *options)
{
	Words		words = {0};
	Learned    *learned = learn_words(sources, language, left_out, options, &words, false);

	free(words.hashes);
	return learned;
}

/* 0: not worth its room, in which function words, being few, do not take much */
static int
units_of(const LearnedWeight *learned, Language language, const LearnOptions *options)
{
	const LexiconEntry *entry = lexicon_find(&authored_lexicon, learned->hash, language);
	double		weight = learned->weight * options->factor;

	if (fabs(weight) < options->least_weight)
		return 0;
	if (entry != NULL && (entry->flags & ENTRY_FUNCTION))
		weight *= options->function_factor[language];
	return Max(Min((int) rint(weight * UNITS), 127), -127);
}

/* ----------------------------------------------------------------
 *		a lexicon with learned weights
 *
 * As lexicon_build would make it: the authored table of this program has room.
 * ---------------------------------------------------------------- */

static void
set_learned(LexiconEntry *slots, uint32 nslots, uint64 hash, Language language, int units)
{
	uint64		key = lexicon_key(hash, language);
	uint32		check = (uint32) key | 1;
	uint32		i = ((key >> 32) * nslots) >> 32;

	while (slots[i].check != 0 && slots[i].check != check)
		i = (i + 1) % nslots;
	slots[i].check = check;
	slots[i].flags |= ENTRY_IS_TERM;
	slots[i].learned = units;
}

void
use_learned(const Learned *learned, Language language, const LearnOptions *options)
{
	LexiconEntry *slots;
	int64		nfree = 0;

	free((void *) lexicon.slots);
	lexicon = authored_lexicon;
	lexicon.filter = NULL;
	lexicon.slots = slots = malloc(lexicon.nslots * sizeof(LexiconEntry));
	memcpy(slots, authored_lexicon.slots, lexicon.nslots * sizeof(LexiconEntry));
	for (uint32 i = 0; i < lexicon.nslots; i++)
		nfree += slots[i].check == 0;
	if (nfree < 2 * learned->n)
		die("there is no room for %d learned words", learned->n);
	for (int i = 0; i < learned->n; i++)
	{
		int			units = units_of(&learned->weights[i], language, options);

		if (units != 0)
			set_learned(slots, lexicon.nslots, learned->weights[i].hash, language, units);
	}
	engage_scorer_init(scorer, tables, &lexicon);
}

void
use_authored(void)
{
	engage_scorer_init(scorer, tables, &authored_lexicon);
}

void
use_shipped(void)
{
	engage_scorer_init(scorer, tables, &engage_lexicon);
}

/* ----------------------------------------------------------------
 *		the file of weights
 * ---------------------------------------------------------------- */

/* Without spelling last */
static int
by_spelling(const void *a, const void *b)
{
	const Spelling *x = a;
	const Spelling *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->text == NULL || y->text == NULL ? (x->text == NULL) - (y->text == NULL) : strcmp(x->text, y->text);
}

/* The one that comes first, so that the file is the same every time; or NULL */
static const char *
spelling_of(const Words *words, uint64 hash)
{
	int64		low = 0;
	int64		high = words->nspellings;

	while (low < high)
	{
		int64		middle = (low + high) / 2;

		if (words->spellings[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return words->spellings[low].text;
}

typedef struct Line
{
	const char *text;
	int			units;
} Line;

static int
by_text(const void *a, const void *b)
{
	return strcmp(((const Line *) a)->text, ((const Line *) b)->text);
}

static void
print_origins(FILE *file, const Sources *sources, Language language)
{
	const char *last = NULL;

	fprintf(file, "# Learned by make weights from");
	for (int s = 0; s < sources->n; s++)
	{
		int			origin = sources->list[s].train.n > 0 ? origin_of(&sources->list[s]) : -1;

		if (origin < 0 || sources->list[s].language != language)
			continue;
		if (last == NULL || strcmp(last, origins[origin].from) != 0)
			fprintf(file, "%s %s", last == NULL ? "" : ",", origins[origin].from);
		last = origins[origin].from;
	}
	fprintf(file, "%s\n", last == NULL ? " nothing" : "");
}

void
print_weights(FILE *file, const Sources *sources, Language language, const LearnOptions *options)
{
	Words		words = {0};
	Learned    *learned = learn_words(sources, language, NULL, options, &words, true);
	Line	   *lines = malloc(Max(learned->n, 1) * sizeof(Line));
	int			n = 0;

	qsort(words.spellings, words.nspellings, sizeof(Spelling), by_spelling);
	for (int i = 0; i < learned->n; i++)
	{
		Line		line = {spelling_of(&words, learned->weights[i].hash), units_of(&learned->weights[i], language, options)};

		if (line.text != NULL && line.units != 0)
			lines[n++] = line;
	}
	qsort(lines, n, sizeof(Line), by_text);
	print_origins(file, sources, language);
	for (int i = 0; i < n; i++)
		fprintf(file, "%s\t%d\n", lines[i].text, lines[i].units);
}
