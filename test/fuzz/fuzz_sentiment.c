/*
 * Fuzzer of the sentiment scorer, and with -DSTORED of models and lists of keywords.  See "run"
 * beside this file.
 *
 * With libFuzzer it is what that calls; without (-DGENERATED_ONLY) it is a program that tries
 * generated texts:  fuzz_sentiment SEED NUMBER.  With SEED NUMBER DIRECTORY either of them writes
 * that many texts into files, for libFuzzer to begin with.
 */
#include "c.h"

#include <stdio.h>
#include <stdlib.h>

#include "fuzz/sentiment.h"

#undef printf
#undef fprintf
#undef snprintf

#define LONGEST 4096

#ifdef STORED
#define HOSTILE hostile_stored
#define FAULT stored_fault
#else
#define HOSTILE hostile_text
#define FAULT sentiment_fault
#endif

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern int	LLVMFuzzerInitialize(int *argc, char ***argv);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *fault = FAULT(data, size);

	if (fault == NULL)
		return 0;
	fprintf(stderr, "%s\n", fault);
	abort();
}

static void
write_texts(uint64 seed, long n, const char *directory)
{
	static unsigned char text[LONGEST];

	for (long i = 0; i < n; i++)
	{
		char		path[MAXPGPATH];
		size_t		length = HOSTILE(&seed, text, sizeof(text));
		FILE	   *file;

		snprintf(path, sizeof(path), "%s/generated.%ld", directory, i);
		file = fopen(path, "w");
		if (file == NULL || fwrite(text, 1, length, file) != length || fclose(file) != 0)
		{
			fprintf(stderr, "cannot write %s\n", path);
			exit(1);
		}
	}
}

/* Is it for us?  Options of libFuzzer begin with "-". */
static bool
wants_texts(int argc, char **argv)
{
	if (argc != 4 || argv[1][0] < '0' || argv[1][0] > '9')
		return false;
	write_texts(strtoull(argv[1], NULL, 10), atol(argv[2]), argv[3]);
	return true;
}

#ifndef GENERATED_ONLY

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	if (wants_texts(*argc, *argv))
		exit(0);
	return 0;
}

#else

int
main(int argc, char **argv)
{
	uint64		seed;
	long		n;

	if (wants_texts(argc, argv))
		return 0;
	if (argc != 3)
	{
		fprintf(stderr, "usage: fuzz_sentiment SEED NUMBER [DIRECTORY]\n");
		return 2;
	}
	seed = strtoull(argv[1], NULL, 10);
	n = atol(argv[2]);
	for (long i = 0; i < n; i++)
	{
		/* in memory of just that size, so that the sanitizer sees where it ends */
		static unsigned char text[LONGEST];
		uint64		before = seed;
		size_t		length = HOSTILE(&seed, text, sizeof(text));
		unsigned char *exact = malloc(Max(length, 1));
		const char *fault;

		memcpy(exact, text, length);
		fault = FAULT(exact, length);
		free(exact);
		if (fault != NULL)
		{
			fprintf(stderr, "seed %llu: %s\n", (unsigned long long) before, fault);
			return 1;
		}
	}
	printf("%ld inputs: no fault\n", n);
	return 0;
}

#endif
