/*
 * What a model of one's own adds: sentiment_train() on some labelled texts of a source that
 * the weights beneath it have not seen.
 */
#include "postgres.h"

#include "eval/eval.h"
#include "sentiment/model_core.h"

#define ROUNDS 5				/* other texts to learn from in each */

/* The same numbers everywhere */
static uint32
next_random(uint64 *state)
{
	*state = *state * UINT64CONST(6364136223846793005) + UINT64CONST(1442695040888963407);
	return (uint32) (*state >> 33);
}

static Utf8Text
utf8_of(const Document *document)
{
	return (Utf8Text) {.data = document->text,.length = document->length};
}

/* All that praise or blame */
static Documents
polar_documents(const Source *source)
{
	const Documents *parts[] = {&source->train, &source->test};
	Documents	polar = {malloc((source->train.n + source->test.n) * sizeof(Document)), 0};

	for (int p = 0; p < (int) lengthof(parts); p++)
		for (int i = 0; i < parts[p]->n; i++)
			if (parts[p]->list[i].label != 0)
				polar.list[polar.n++] = parts[p]->list[i];
	return polar;
}

static void
shuffle(Documents *documents, uint64 *random)
{
	for (int i = documents->n - 1; i > 0; i--)
	{
		int			other = next_random(random) % (i + 1);
		Document	document = documents->list[i];

		documents->list[i] = documents->list[other];
		documents->list[other] = document;
	}
}

static ModelTable *
train(Scorer *scorer, const Document *documents, int n)
{
	Trainer    *trainer = engage_trainer_create(CurrentMemoryContext);
	int64		texts[LABEL_POSITIVE + 1] = {0};

	for (int i = 0; i < n; i++)
	{
		Utf8Text	utf8 = utf8_of(&documents[i]);

		texts[documents[i].label > 0 ? LABEL_POSITIVE : LABEL_NEGATIVE]++;
		engage_model_learn(scorer, NULL, &utf8, trainer, documents[i].label > 0 ? 1 : 0);
	}
	return engage_model_table(engage_model_build(engage_trainer_finish(trainer, &engage_model_train_options), NULL, texts));
}

static double
accuracy_by(Scorer *scorer, ModelTable *table, const Document *documents, int n)
{
	double		right = 0;

	for (int i = 0; i < n; i++)
	{
		Utf8Text	utf8 = utf8_of(&documents[i]);
		Score		score;

		engage_model_score(scorer, table, &utf8, NULL, NULL, &score);
		right += score.score == 0 ? 0.5 : (score.score > 0) == (documents[i].label > 0);
	}
	return right / n;
}

bool
measure_own_labels(Scorer *scorer, const Source *source, int labels, double *before, double *after)
{
	Documents	documents = polar_documents(source);
	uint64		random = 1;

	*before = *after = 0;
	for (int round = 0; round < ROUNDS && documents.n >= labels * 3 / 2; round++)
	{
		const Document *rest = documents.list + labels;
		int			n = documents.n - labels;

		shuffle(&documents, &random);
		*before += accuracy_by(scorer, NULL, rest, n) / ROUNDS;
		*after += accuracy_by(scorer, train(scorer, documents.list, labels), rest, n) / ROUNDS;
	}
	free(documents.list);
	return *before > 0;
}
