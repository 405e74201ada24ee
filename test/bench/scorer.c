/*
 * scorer FILE: how many documents, one a line, the scorer deals with in a second without a server.
 */
#include "postgres.h"

#include <time.h>

#include "sentiment/score_core.h"

#undef printf
#undef fprintf

typedef struct Document
{
	char	   *text;
	size_t		length;
} Document;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	static const ScoreOptions options = {.language = LANGUAGE_ANY};
	const char *error;
	FILE	   *file = argc == 2 ? fopen(argv[1], "r") : NULL;
	Scorer	   *scorer = malloc(engage_scorer_size());
	Document   *documents = NULL;
	int			n = 0;
	size_t		bytes = 0;
	char	   *line = NULL;
	size_t		room = 0;
	ssize_t		length;
	double		best = 1e9;

	if (file == NULL)
	{
		fprintf(stderr, "usage: scorer FILE\n");
		return 2;
	}
	while ((length = getline(&line, &room, file)) > 0)
	{
		if ((n & (n - 1)) == 0)
			documents = realloc(documents, Max(2 * n, 1) * sizeof(Document));
		documents[n++] = (Document) {strndup(line, length - 1), length - 1};
		bytes += length - 1;
	}
	engage_scorer_init(scorer, engage_char_tables(&error), &engage_lexicon);
	for (int round = 0; round < 5; round++)
	{
		double		begun = now();
		double		sum = 0;

		for (int i = 0; i < n; i++)
		{
			Score		score;

			engage_score(scorer, documents[i].text, documents[i].length, &options, NULL, NULL, &score);
			sum += score.score;
		}
		best = Min(best, now() - begun);
		if (sum > n)
			return 1;
	}
	printf("%.0f %.1f\n", n / best, bytes / best / 1e6);
	return 0;
}
