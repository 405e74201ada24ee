/*
 * Models whose bytes anybody may have written, and lists of keywords: what must hold of them
 * whatever they are, and bytes to begin with.
 *
 * An input is a model after a first byte that is even, and a list after an odd one: keywords, each
 * in a line, then an empty line and a text.
 */
#include "postgres.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>

#include "fuzz/sentiment.h"
#include "sentiment/keywords_core.h"
#include "sentiment/model_core.h"
#include "utils/memutils.h"

#define TEXT_BYTES 64

extern jmp_buf *expected_error;

static const CharTables *tables;
static Scorer *scorer;

static void
prepare(void)
{
	const char *error;

	tables = engage_char_tables(&error);
	scorer = malloc(engage_scorer_size());
	if (tables == NULL || scorer == NULL)
		abort();
	engage_scorer_init(scorer, tables, &engage_lexicon);
	CurrentMemoryContext = AllocSetContextCreate(NULL, "fuzz", 0, 0, 0);
}

/* ----------------------------------------------------------------
 *		models
 * ---------------------------------------------------------------- */

typedef struct PartSums
{
	double		sum;
	double		size;			/* of the parts without their signs */
} PartSums;

static void
add_part(void *arg, const ScorePart *part, double weight, bool is_learned)
{
	PartSums   *sums = arg;

	sums->sum += weight;
	sums->size += fabs(weight);
}

static const char *
model_score_fault(ModelTable *table, const char *text, size_t length)
{
	Utf8Text	utf8 = {text, length, false};
	PartSums	sums = {0};
	Score		score;
	Score		again;

	engage_model_score(scorer, table, &utf8, add_part, &sums, &score);
	if (!(score.score >= -1 && score.score <= 1))
		return "the score is out of range";
	if (!(score.positive >= 0 && score.negative <= 0))
		return "a sum has the wrong sign";
	if (!(fabs(sums.sum * engage_score_factor(&score) - score.score) <= 1e-9 * (1 + sums.size)))
		return "parts do not sum up to the score";
	engage_model_score(scorer, table, &utf8, NULL, NULL, &again);
	if (memcmp(&score, &again, sizeof(Score)) != 0)
		return "the score is another the second time";
	return NULL;
}

static bool
same_model(const SentimentModel *a, const SentimentModel *b)
{
	return VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

/* Learning nothing on top of it leaves what it says, and putting its own words in changes nothing. */
static const char *
made_from_fault(const SentimentModel *model)
{
	const int64 texts[LABEL_POSITIVE + 1] = {0};
	const Learned nothing = {.authored = 1};
	Lexicon		own = {.slots = model_slots(model),.nslots = model->nslots};
	SentimentModel *made = engage_model_with_words(model, &own);

	if (!same_model(made, model))
		return "its own words in it make another model";
	made = engage_model_build(&nothing, model, texts);
	if (!engage_model_is_whole(made, VARSIZE(made)) || engage_model_fault(made) != NULL)
		return "a model that is built on it is none";
	if (made->nwords > model->nwords || engage_model_own_words(made) != engage_model_own_words(model) ||
		made->bias != model->bias || made->shipped != model->shipped)
		return "nothing learned makes another model";
	return NULL;
}

static const char *
model_fault(const unsigned char *bytes, size_t length)
{
	/* (of just that size, and aligned) */
	SentimentModel *model = palloc(Max(length, 1));
	ModelTable *table;
	const char *fault;

	memcpy(model, bytes, length);
	if (length < MODEL_SIZE(0, 0))
		return NULL;
	SET_VARSIZE(model, length);
	memset(model->reserved, 0, sizeof(model->reserved));
	if (!engage_model_is_whole(model, length) || engage_model_fault(model) != NULL)
		return NULL;
	table = engage_model_table(model);
	if (!same_model(engage_table_model(table), model))
		return "the table is of another model";
	fault = model_score_fault(table, "late, not on time! خوب نبود", strlen("late, not on time! خوب نبود"));
	if (fault == NULL)
		fault = model_score_fault(table, (const char *) bytes, length);
	return fault != NULL ? fault : made_from_fault(model);
}

/* ----------------------------------------------------------------
 *		keywords
 * ---------------------------------------------------------------- */

static const char *
match_fault(KeywordBook *book, int nthemes, int ntaken, const char *text, size_t length)
{
	int			n;
	KeywordMatch *matches = engage_keywords_match(book, scorer, text, length, &n);
	const char *shown;
	int			len;

	if (n < 0 || n > nthemes)
		return "more themes are found than there are";
	for (int i = 0; i < n; i++)
	{
		const KeywordMatch *match = &matches[i];
		int			found = 0;
		int			place = 0;

		if (match->keywords < 1 || match->keywords > ntaken || match->matches < match->keywords ||
			match->weight < match->keywords || match->weight > (int64) match->keywords * MAX_PHRASE_WORDS)
			return "a theme is counted wrongly";
		if (i > 0 && match->weight > matches[i - 1].weight)
			return "themes are not in order";
		while (engage_keywords_found(book, match->theme_number, &place, &shown, &len))
			found++;
		if (found != match->keywords)
			return "other keywords are shown than counted";
	}
	return NULL;
}

static const char *
keywords_fault(const char *list, size_t length)
{
	KeywordBook *book = engage_keywords_create(CurrentMemoryContext, tables);
	const char *end = list + length;
	int			nthemes = 0;
	int			ntaken = 0;

	while (list < end && *list != '\n')
	{
		const char *line = memchr(list, '\n', end - list);
		size_t		n = (line == NULL ? end : line) - list;

		/* every third begins a theme */
		if (ntaken % 3 == 0)
			nthemes = engage_keywords_add_theme(book, list, n) + 1;
		ntaken++;
		(void) engage_keywords_add(book, nthemes - 1, list, n, list, n);
		list += Min(n + 1, end - list);
	}
	engage_keywords_finish(book);
	return match_fault(book, nthemes, ntaken, list, end - list);
}

const char *
stored_fault(const unsigned char *bytes, size_t length)
{
	jmp_buf		error;
	const char *volatile fault = NULL;

	if (scorer == NULL)
		prepare();
	expected_error = &error;
	/* (counts that overflow are an error, and rightly so) */
	if (length > 0 && setjmp(error) == 0)
		fault = bytes[0] % 2 == 0 ? model_fault(bytes + 1, length - 1)
			: keywords_fault((const char *) bytes + 1, length - 1);
	expected_error = NULL;
	MemoryContextReset(CurrentMemoryContext);
	return fault;
}

/* ----------------------------------------------------------------
 *		to begin with
 * ---------------------------------------------------------------- */

static uint64
below(uint64 *state, uint64 n)
{
	*state = *state * UINT64CONST(6364136223846793005) + UINT64CONST(1442695040888963407);
	return (*state >> 33) % n;
}

/* Learned from a few texts, with a few of their words as own ones */
static SentimentModel *
some_model(uint64 *state)
{
	Trainer    *trainer = engage_trainer_create(CurrentMemoryContext);
	TrainOptions options = engage_model_train_options;
	const int64 texts[LABEL_POSITIVE + 1] = {3, 0, 3};
	LexiconMaker maker = {.slots = palloc0(64 * sizeof(LexiconEntry)),.nslots = 64};
	Lexicon		own = {.slots = maker.slots,.nslots = 64};

	options.least_texts = 1;
	for (int i = 0; i < 6; i++)
	{
		unsigned char text[TEXT_BYTES];
		Utf8Text	utf8 = {(const char *) text, hostile_text(state, text, sizeof(text)), false};
		Scanner		scanner;
		Term		term;

		engage_model_learn(scorer, NULL, &utf8, trainer, i % 2);
		engage_scan_begin(&scanner, tables, engage_lexicon.emoticons, utf8.data, utf8.length);
		engage_read_term(&scanner, &term);
		if (term.nwords >= 1 && term.nwords <= MAX_PHRASE_WORDS)
		{
			LexiconEntry *entry = engage_term_entry(&maker, &term, below(state, LANGUAGES));

			entry->flags |= ENTRY_AUTHORED | ENTRY_IS_TERM;
			entry->polarity = (int) below(state, 6 * POLARITY_SCALE + 1) - 3 * POLARITY_SCALE;
			entry->value = below(state, SUBJECTIVITY_SCALE + 1);
		}
	}
	return engage_model_with_words(engage_model_build(engage_trainer_finish(trainer, &options), NULL, texts), &own);
}

size_t
hostile_stored(uint64 *state, unsigned char *bytes, size_t room)
{
	size_t		n;

	if (scorer == NULL)
		prepare();
	bytes[0] = below(state, 2);
	if (bytes[0] == 1)
	{
		n = 1 + hostile_text(state, bytes + 1, room - 1);
		for (size_t i = 1; i < n; i++)
			if (bytes[i] == ' ' && below(state, 3) == 0)
				bytes[i] = '\n';
	}
	else
	{
		SentimentModel *model = some_model(state);

		n = 1 + Min(VARSIZE(model), room - 1);
		memcpy(bytes + 1, model, n - 1);
		for (uint64 i = below(state, 4); i > 0; i--)
			bytes[1 + below(state, n - 1)] = below(state, 256);
		MemoryContextReset(CurrentMemoryContext);
	}
	return n;
}
