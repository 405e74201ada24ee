/*
 * Hostile texts through the tokeniser and the scorer, next to memory that may not be read; and the
 * time that floods of one thing take.
 */
#include "postgres.h"

#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/sentiment.h"
#include "sentiment/train_core.h"
#include "tap.h"
#include "utils/memutils.h"

#define ROOM 4096

/* Texts end where a page ends that is followed by one without access. */
static unsigned char *
guarded_end(void)
{
	size_t		page = sysconf(_SC_PAGESIZE);
	size_t		room = TYPEALIGN(page, ROOM);
	unsigned char *memory = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED || mprotect(memory + room, page, PROT_NONE) != 0)
		return NULL;
	return memory + room;
}

static void
hostile_texts(void)
{
	uint64		state = random_bits();
	unsigned char *end = guarded_end();
	long		wrong = 0;

	if (end == NULL)
	{
		ok(false, "memory for texts");
		return;
	}
	for (long i = 0; i < cases(2000); i++)
	{
		static unsigned char text[ROOM];
		uint64		before = state;
		size_t		length = hostile_text(&state, text, ROOM);
		const char *fault;

		memcpy(end - length, text, length);
		fault = sentiment_fault(end - length, length);
		if (fault != NULL && wrong++ < 5)
			note("hostile text %llu: %s", (unsigned long long) before, fault);
	}
	ok(wrong == 0, "tokens, scores and languages of hostile texts are sound");
}

static double
seconds_of(Scorer *scorer, const char *piece, size_t size)
{
	static const ScoreOptions options = {.language = LANGUAGE_ANY};
	size_t		n = strlen(piece);
	char	   *text = malloc(size);
	double		best = 1e9;

	for (size_t i = 0; i < size; i++)
		text[i] = piece[i % n];
	for (int round = 0; round < 4; round++)
	{
		struct timespec before;
		struct timespec after;
		Score		score;

		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
		engage_score(scorer, text, size, &options, NULL, NULL, &score);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
		best = Min(best, after.tv_sec - before.tv_sec + (after.tv_nsec - before.tv_nsec) / 1e9);
	}
	free(text);
	return best;
}

static void
floods(void)
{
	static const char *const pieces[] = {
		"a", "\xD9\x84", "0", " ", "\n", ".", "!", "'", "@", "@a", "http://", "but ", "not ", "very not good but ", ":)", "\xF0\x9F\x98\x80",
		"\xE2\x80\x8D", "\xF0\x9F\x91\xA9\xE2\x80\x8D", "\xF0\x9F\x87\xAE", "\xCC\x81", "e\xCC\x81", "\xEF\xB7\xBA", "\xE0\xB8\x81", "\xE5\xA5\xBD",
		"\x80", "\xE2\x80\xAE", "\xD7\x95", "\xD9\x88\xD8\xA7\xD9\x84", "\xD8\xAE\xD9\x88\xD8\xA8 \xD9\x86\xD8\xA8\xD9\x88\xD8\xAF "
	};
	const char *error;
	Scorer	   *scorer = malloc(engage_scorer_size());
	const size_t small = 100000;

	engage_scorer_init(scorer, engage_char_tables(&error), &engage_lexicon);
	for (int i = 0; i < (int) lengthof(pieces); i++)
	{
		double		short_one = seconds_of(scorer, pieces[i], small);
		double		long_one = seconds_of(scorer, pieces[i], 8 * small);

		/* (64 times if it were quadratic) */
		ok(long_one < 24 * short_one, "flood %d: eight times the text takes about eight times as long", i + 1);
		if (long_one >= 24 * short_one)
			note("%.2f ms and %.2f ms", short_one * 1000, long_one * 1000);
	}
	free(scorer);
}

static void
stored_values(void)
{
	uint64		state = random_bits();
	long		wrong = 0;

	for (long i = 0; i < cases(500); i++)
	{
		static unsigned char bytes[ROOM];
		uint64		before = state;
		size_t		length = hostile_stored(&state, bytes, ROOM);
		const char *fault = stored_fault(bytes, length);

		if (fault != NULL && wrong++ < 5)
			note("stored bytes %llu: %s", (unsigned long long) before, fault);
	}
	ok(wrong == 0, "hostile models and lists of keywords are refused or sound");
}

/* Labels whose sums are rounded, in this order or backwards */
static Learned *
learn(bool backwards)
{
	const int	texts = 300;
	const TrainOptions options = {.epochs = 5,.rate = 0.05,.caution = 1,.restraint = 1,.least_texts = 2,.most_words = 60,.balanced = 0.5,.has_bias = true};
	Trainer    *trainer = engage_trainer_create(CurrentMemoryContext);

	for (int n = 0; n < texts; n++)
	{
		int			i = backwards ? texts - 1 - n : n;

		for (int w = 0; w < 5; w++)
			engage_trainer_put(trainer, (uint64) (i * 7 + w * w * 13) % 97 * UINT64CONST(0x9E3779B97F4A7C15));
		engage_trainer_end_text(trainer, i % 2 == 0 ? 1e-12 * (i + 1) / 3 : 0.7 + 0.3 * sin(i) * sin(i), cos(i));
	}
	return engage_trainer_finish(trainer, &options);
}

static void
learning_order(void)
{
	Learned    *a = learn(false);
	Learned    *b = learn(true);

	ok(a->n == 60 && b->n == 60 && memcmp(a->weights, b->weights, a->n * sizeof(LearnedWeight)) == 0 &&
	   a->bias == b->bias && a->authored == b->authored, "what is learned is the same to the last bit in any order of texts");
}

void
test_sentiment_texts(void)
{
	hostile_texts();
	stored_values();
	learning_order();
	floods();
}
