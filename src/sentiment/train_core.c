/*-------------------------------------------------------------------------
 *
 * train_core.c
 *	  Learning weights of words.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/compat.h"
#include "common/interrupts.h"
#include "sentiment/train_core.h"

/* Sorting takes seconds, and has to end when the query does. */
#define ST_SORT sort_hashes
#define ST_ELEMENT_TYPE uint64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

typedef struct TrainText
{
	uint64		order;			/* hash of target and words */
	int64		first;			/* of its words in Trainer.words */
	int			n;
	float		target;
	float		prior;
} TrainText;

/* Equal texts are equal in all: their order does not matter. */
#define ST_SORT sort_texts
#define ST_ELEMENT_TYPE TrainText
#define ST_COMPARE(a, b) \
	((a)->order != (b)->order ? ((a)->order < (b)->order ? -1 : 1) : \
	 (a)->prior != (b)->prior ? ((a)->prior < (b)->prior ? -1 : 1) : \
	 (a)->target < (b)->target ? -1 : (a)->target > (b)->target)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

struct Trainer
{
	MemoryContext context;
	TrainText  *texts;
	int64		ntexts;
	int64		max_texts;
	uint64	   *words;
	int64		nwords;
	int64		max_words;
	int64		first;			/* word of the text that has not ended */
	int64		distinct;		/* so many of its words are sorted, each once */
};

Trainer *
engage_trainer_create(MemoryContext context)
{
	Trainer    *trainer = MemoryContextAllocZero(context, sizeof(Trainer));

	trainer->context = context;
	trainer->max_texts = 16;
	trainer->max_words = 256;
	trainer->texts = MemoryContextAllocHuge(context, trainer->max_texts * sizeof(TrainText));
	trainer->words = MemoryContextAllocHuge(context, trainer->max_words * sizeof(uint64));
	return trainer;
}

/* Finishing needs a sorted copy of the words, then those that are learned. */
int64
engage_trainer_memory(const Trainer *trainer)
{
	return trainer->max_texts * sizeof(TrainText) + trainer->max_words * sizeof(uint64) +
		trainer->nwords * (sizeof(uint64) + sizeof(LearnedWeight) / 2);
}

int64
engage_trainer_texts(const Trainer *trainer)
{
	return trainer->ntexts;
}

static void
check_memory(const Trainer *trainer, int64 more)
{
	if (engage_trainer_memory(trainer) + more > TRAINER_MEMORY)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the texts to learn from take more than %d MB", (int) (TRAINER_MEMORY >> 20)),
				 errdetail("There are " INT64_FORMAT " texts of " INT64_FORMAT " different words and word pairs on average so far.",
						   trainer->ntexts, trainer->nwords / Max(trainer->ntexts, 1)),
				 errhint("Learn from a sample: some 100,000 texts teach as much as millions.")));
}

static uint64
mix(uint64 hash, uint64 value)
{
	hash = (hash ^ value) * UINT64CONST(0xFF51AFD7ED558CCD);
	return hash ^ hash >> 32;
}

/* Of the text that has not ended, each word once */
static void
leave_out_repeated(Trainer *trainer)
{
	uint64	   *words = trainer->words + trainer->first;
	int64		n = trainer->nwords - trainer->first;
	int64		kept = 0;

	sort_hashes(words, n);
	for (int64 i = 0; i < n; i++)
		if (i == 0 || words[i] != words[i - 1])
			words[kept++] = words[i];
	trainer->nwords = trainer->first + kept;
	trainer->distinct = kept;
}

void
engage_trainer_put(Trainer *trainer, uint64 hash)
{
	if (unlikely(trainer->nwords == trainer->max_words))
	{
		/* a text of millions of words repeats most of them */
		if (trainer->nwords - trainer->first > 2 * trainer->distinct + 4096)
			leave_out_repeated(trainer);
		if (trainer->nwords > trainer->max_words / 2)
		{
			check_memory(trainer, trainer->max_words * sizeof(uint64));
			trainer->words = repalloc_huge(trainer->words, trainer->max_words * 2 * sizeof(uint64));
			trainer->max_words *= 2;
		}
	}
	trainer->words[trainer->nwords++] = hash;
}

void
engage_trainer_end_text(Trainer *trainer, double target, double prior)
{
	TrainText	text = {.target = target,.prior = prior,.first = trainer->first};

	leave_out_repeated(trainer);
	text.n = trainer->nwords - trainer->first;
	text.order = mix(0, (uint64) (int64) (target * 1000000));
	for (int i = 0; i < text.n; i++)
		text.order = mix(text.order, trainer->words[text.first + i]);
	if (trainer->ntexts == trainer->max_texts)
	{
		check_memory(trainer, trainer->max_texts * sizeof(TrainText));
		trainer->texts = repalloc_huge(trainer->texts, trainer->max_texts * 2 * sizeof(TrainText));
		trainer->max_texts *= 2;
	}
	trainer->texts[trainer->ntexts++] = text;
	trainer->first = trainer->nwords;
	trainer->distinct = 0;
}

/* ----------------------------------------------------------------
 *		which words
 * ---------------------------------------------------------------- */

static inline int
compare_hashes(const LearnedWeight *a, const LearnedWeight *b)
{
	return a->hash < b->hash ? -1 : a->hash > b->hash;
}

/* The most frequent first */
#define ST_SORT sort_by_texts
#define ST_ELEMENT_TYPE LearnedWeight
#define ST_COMPARE(a, b) \
	((a)->texts != (b)->texts ? ((a)->texts > (b)->texts ? -1 : 1) : compare_hashes(a, b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT sort_by_hash
#define ST_ELEMENT_TYPE LearnedWeight
#define ST_COMPARE(a, b) compare_hashes(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static int64
end_of_run(const uint64 *sorted, int64 i, int64 n)
{
	uint64		hash = sorted[i];

	check_interrupts_at(i);
	while (i < n && sorted[i] == hash)
		i++;
	return i;
}

static void
choose_words(Trainer *trainer, const TrainOptions *options, Learned *learned)
{
	uint64	   *sorted = MemoryContextAllocHuge(CurrentMemoryContext, Max(trainer->nwords, 1) * sizeof(uint64));
	LearnedWeight *weights;
	int64		n = 0;
	int64		next;

	memcpy(sorted, trainer->words, trainer->nwords * sizeof(uint64));
	sort_hashes(sorted, trainer->nwords);
	for (int64 i = 0; i < trainer->nwords; i = next)
	{
		next = end_of_run(sorted, i, trainer->nwords);
		n += next - i >= options->least_texts;
	}
	weights = MemoryContextAllocHuge(CurrentMemoryContext, Max(n, 1) * sizeof(LearnedWeight));
	n = 0;
	for (int64 i = 0; i < trainer->nwords; i = next)
	{
		next = end_of_run(sorted, i, trainer->nwords);
		if (next - i >= options->least_texts)
			weights[n++] = (LearnedWeight) {.hash = sorted[i],.texts = next - i};
	}
	pfree(sorted);
	if (n > options->most_words)
	{
		sort_by_texts(weights, n);
		n = options->most_words;
		sort_by_hash(weights, n);
	}
	learned->weights = weights;
	learned->n = n;
}

/* -1: left out */
static int
number_of_word(const Learned *learned, uint64 hash)
{
	int			low = 0;
	int			high = learned->n - 1;

	while (low <= high)
	{
		int			middle = (low + high) / 2;

		if (learned->weights[middle].hash == hash)
			return middle;
		if (learned->weights[middle].hash < hash)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return -1;
}

/* ----------------------------------------------------------------
 *		learning
 * ---------------------------------------------------------------- */

typedef struct Parameter
{
	double		value;
	double		squares;		/* of its gradients */
} Parameter;

static inline void
step(Parameter *parameter, double gradient, double decay, double rate)
{
	gradient += decay * parameter->value;
	parameter->squares += gradient * gradient;
	parameter->value -= rate * gradient / (sqrt(parameter->squares) + 1e-8);
}

/* Sums of priors grow with the length of texts; their sign is not worth more. */
static double
squeezed(double prior)
{
	return 3 * prior / sqrt(prior * prior + 9);
}

/* What of the importance of a text makes up for its class's being rarer */
static void
weigh_classes(const Trainer *trainer, double balanced, double *negative, double *positive)
{
	double		total[2] = {0, 0};

	for (int64 t = 0; t < trainer->ntexts; t++)
	{
		total[1] += trainer->texts[t].target;
		total[0] += 1 - trainer->texts[t].target;
	}
	*negative = total[0] == 0 ? 0 : pow((total[0] + total[1]) / 2 / total[0], balanced);
	*positive = total[1] == 0 ? 0 : pow((total[0] + total[1]) / 2 / total[1], balanced);
}

typedef struct Fit
{
	const Trainer *trainer;
	const TrainOptions *options;
	const LearnedWeight *weights;
	const int  *numbers;		/* of the weights of all words of all texts; -1: none */
	Parameter  *words;
	double	   *decays;			/* of their weights */
	double	   *scales;			/* what a word counts where it occurs */
	Parameter	bias;
	Parameter	authored;
	double		negative;		/* importance of the classes */
	double		positive;
} Fit;

static void
learn_text(Fit *fit, const TrainText *text)
{
	const TrainOptions *options = fit->options;
	const int  *word = fit->numbers + text->first;
	double		prior = options->squeezed_prior ? squeezed(text->prior) : text->prior;
	double		sum = fit->bias.value + fit->authored.value * prior;
	double		error;

	for (int i = 0; i < text->n; i++)
		if (word[i] >= 0)
			sum += fit->words[word[i]].value * fit->scales[word[i]];
	error = (1 / (1 + exp(-sum)) - text->target) *
		(text->target * fit->positive + (1 - text->target) * fit->negative);
	for (int i = 0; i < text->n; i++)
		if (word[i] >= 0)
			step(&fit->words[word[i]], error * fit->scales[word[i]], fit->decays[word[i]], options->rate);
	if (options->has_bias)
		step(&fit->bias, error, options->decay, options->rate);
	step(&fit->authored, error * prior, options->decay, options->rate);
}

/*
 * A word counts by how much it tells the classes apart on its own: the logarithm of how much
 * oftener texts of one class have it, to the power of options->telling.  So the few words that
 * a small number of texts does tell something of are learned before the many that happen to
 * be in them (Wang and Manning, ACL 2012, do this with support vector machines).
 */
static void
scale_words(Fit *fit, int n)
{
	double		total[2] = {0, 0};
	double	   *positive;

	fit->scales = MemoryContextAllocHuge(CurrentMemoryContext, Max(n, 1) * sizeof(double));
	for (int i = 0; i < n; i++)
		fit->scales[i] = 1;
	if (fit->options->telling == 0)
		return;
	positive = MemoryContextAllocHuge(CurrentMemoryContext, Max(n, 1) * sizeof(double));
	for (int i = 0; i < n; i++)
		positive[i] = 0;
	for (int64 t = 0; t < fit->trainer->ntexts; t++)
	{
		const TrainText *text = &fit->trainer->texts[t];
		const int  *word = fit->numbers + text->first;

		check_interrupts_at(t);
		total[1] += text->target;
		total[0] += 1 - text->target;
		for (int i = 0; i < text->n; i++)
			if (word[i] >= 0)
				positive[word[i]] += text->target;
	}
	for (int i = 0; i < n; i++)
	{
		double		negative = fit->weights[i].texts - positive[i];
		double		ratio = (positive[i] + 1) / (negative + 1) * (total[0] + 2) / (total[1] + 2);

		fit->scales[i] = pow(fabs(log(ratio)), fit->options->telling);
	}
	pfree(positive);
}

Learned *
engage_trainer_finish(Trainer *trainer, const TrainOptions *options)
{
	Learned    *learned = MemoryContextAllocZero(CurrentMemoryContext, sizeof(Learned));
	Fit			fit = {.trainer = trainer,.options = options,.bias = {0, 1},.authored = {1, 1}};
	int		   *numbers;
	double		restraint = options->restraint + options->restraint_of_few / Max(trainer->ntexts, 1);

	learned->texts = trainer->ntexts;
	learned->authored = 1;
	/* before anything is summed up: sums of floating-point numbers depend on the order */
	sort_texts(trainer->texts, trainer->ntexts);
	weigh_classes(trainer, options->balanced, &fit.negative, &fit.positive);
	if (fit.negative == 0 || fit.positive == 0)
		return learned;
	choose_words(trainer, options, learned);
	fit.numbers = numbers = MemoryContextAllocHuge(CurrentMemoryContext, Max(trainer->nwords, 1) * sizeof(int));
	for (int64 i = 0; i < trainer->nwords; i++)
	{
		check_interrupts_at(i);
		numbers[i] = number_of_word(learned, trainer->words[i]);
	}
	fit.weights = learned->weights;
	scale_words(&fit, learned->n);
	fit.words = MemoryContextAllocHuge(CurrentMemoryContext, Max(learned->n, 1) * sizeof(Parameter));
	fit.decays = MemoryContextAllocHuge(CurrentMemoryContext, Max(learned->n, 1) * sizeof(double));
	for (int i = 0; i < learned->n; i++)
	{
		fit.words[i] = (Parameter) {0, options->caution};
		fit.decays[i] = options->decay + restraint / learned->weights[i].texts;
	}
	for (int epoch = 0; epoch < options->epochs; epoch++)
	{
		if (options->progress != NULL)
			options->progress(options->progress_arg, epoch, options->epochs);
		for (int64 t = 0; t < trainer->ntexts; t++)
		{
			check_interrupts_at(t);
			learn_text(&fit, &trainer->texts[t]);
		}
	}
	for (int i = 0; i < learned->n; i++)
		learned->weights[i].weight = fit.words[i].value * fit.scales[i];
	learned->bias = fit.bias.value;
	learned->authored = fit.authored.value;
	pfree(fit.words);
	pfree(fit.decays);
	pfree(fit.scales);
	pfree(numbers);
	return learned;
}
