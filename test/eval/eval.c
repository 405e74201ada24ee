/*
 * eval: how good the sentiment scorer is on labelled texts, and the weights that it ships.
 * See "run" beside this file.
 */
#include "postgres.h"

#include <getopt.h>
#include <math.h>

#include "eval/eval.h"
#include "sentiment/sentiment.h"

#undef printf
#undef fprintf
#undef snprintf

/* ----------------------------------------------------------------
 *		measuring
 * ---------------------------------------------------------------- */

typedef struct Measure
{
	int64		polar;			/* texts that are positive or negative, */
	double		right;			/* of which the sign is right; 0 counts one half */
	int64		confusion[3][3];	/* by label and result, both plus 1 */
} Measure;

static void
take_score(Measure *measure, int label, double score, double band)
{
	int			result = score > band ? 1 : score < -band ? -1 : 0;

	measure->confusion[label + 1][result + 1]++;
	if (label == 0)
		return;
	measure->polar++;
	measure->right += score == 0 ? 0.5 : (score > 0) == (label > 0);
}

static double
accuracy(const Measure *measure)
{
	return measure->right / measure->polar;
}

static double
macro_f1(const Measure *measure)
{
	double		sum = 0;

	for (int c = 0; c < 3; c++)
	{
		int64		labelled = 0;
		int64		found = 0;

		for (int i = 0; i < 3; i++)
		{
			labelled += measure->confusion[c][i];
			found += measure->confusion[i][c];
		}
		if (labelled + found > 0)
			sum += 2.0 * measure->confusion[c][c] / (labelled + found);
	}
	return sum / 3;
}

static Measure
measure_source(const Source *source)
{
	Measure		measure = {0};

	for (int i = 0; i < source->test.n; i++)
		take_score(&measure, source->test.list[i].label, score_of(&source->test.list[i]), DEFAULT_NEUTRAL_BAND);
	return measure;
}

#define LONG_ENOUGH 25			/* characters to tell the language by */

static double
language_accuracy(const Source *source)
{
	int			right = 0;
	int			n = 0;

	for (int i = 0; i < source->test.n; i++)
	{
		const Document *document = &source->test.list[i];
		int			characters = 0;

		for (size_t b = 0; b < document->length; b++)
			characters += (document->text[b] & 0xC0) != 0x80;
		if (characters <= LONG_ENOUGH)
			continue;
		n++;
		right += detected_language(document) == source->language;
	}
	return (double) right / n;
}

/* ----------------------------------------------------------------
 *		means over the sources of a language
 * ---------------------------------------------------------------- */

#define MAX_COLUMNS 8

typedef struct Columns
{
	double		sum[MAX_COLUMNS];
	int			n[MAX_COLUMNS];
} Columns;

/* One more figure of a row; NaN: there is none */
static void
print_figure(Columns *columns, int column, double value)
{
	if (isnan(value))
	{
		printf(" %10s", "-");
		return;
	}
	printf(" %10.3f", value);
	columns->sum[column] += value;
	columns->n[column]++;
}

static void
print_means(const Columns *columns, int n, Language language)
{
	printf("%-4s %-18s %6s", engage_language_codes[language], "mean", "");
	for (int c = 0; c < n; c++)
		if (columns->n[c] == 0)
			printf(" %10s", "-");
		else
			printf(" %10.3f", columns->sum[c] / columns->n[c]);
	printf("\n");
}

static void
print_heading(const char *const *names, int n)
{
	printf("%-4s %-18s %6s", "lang", "source", "texts");
	for (int c = 0; c < n; c++)
		printf(" %10s", names[c]);
	printf("\n");
}

/* ----------------------------------------------------------------
 *		the tables
 * ---------------------------------------------------------------- */

static void
print_quality(const Sources *sources, const LearnOptions *options)
{
	static const char *const names[] = {"authored", "unseen", "shipped", "F1 unseen", "F1 shipped", "language"};

	printf("Accuracy on positive and negative texts (a score of 0 counts one half) of the authored words alone, with weights\n"
		   "learned from the other sources only (unseen), and with the shipped weights; macro-F1 of three classes, where a\n"
		   "source has neutral texts; and how many texts of more than %d characters have their language found.\n\n", LONG_ENOUGH);
	print_heading(names, lengthof(names));
	for (Language l = LANGUAGE_EN; l <= LANGUAGE_HE; l++)
	{
		Columns		columns = {0};

		for (int s = 0; s < sources->n; s++)
		{
			const Source *source = &sources->list[s];
			Measure		by_authored;
			Measure		unseen;
			Measure		shipped;

			if (source->language != l || source->test.n == 0)
				continue;
			use_authored();
			by_authored = measure_source(source);
			use_learned(learn(sources, l, source, options), l, options);
			unseen = measure_source(source);
			use_shipped();
			shipped = measure_source(source);
			printf("%-4s %-18s %6d", engage_language_codes[l], source->name, source->test.n);
			print_figure(&columns, 0, accuracy(&by_authored));
			print_figure(&columns, 1, accuracy(&unseen));
			print_figure(&columns, 2, accuracy(&shipped));
			print_figure(&columns, 3, source->has_neutral ? macro_f1(&unseen) : NAN);
			print_figure(&columns, 4, source->has_neutral ? macro_f1(&shipped) : NAN);
			print_figure(&columns, 5, language_accuracy(source));
			printf("\n");
		}
		print_means(&columns, lengthof(names), l);
	}
}

#define OWN_LABELS 1000

static void
print_own_labels(const Sources *sources, const LearnOptions *options)
{
	static const char *const names[] = {"before", "after", "gain"};

	printf("\nThe same accuracy before and after sentiment_train() on %d labels of a source, on its other texts that praise or\n"
		   "blame; the weights beneath are those learned from the other sources only.\n\n", OWN_LABELS);
	print_heading(names, lengthof(names));
	for (Language l = LANGUAGE_EN; l <= LANGUAGE_HE; l++)
	{
		Columns		columns = {0};

		for (int s = 0; s < sources->n; s++)
		{
			const Source *source = &sources->list[s];
			double		before;
			double		after;

			if (source->language != l)
				continue;
			use_learned(learn(sources, l, source, options), l, options);
			if (!measure_own_labels(scorer_in_use(), source, OWN_LABELS, &before, &after))
				continue;
			printf("%-4s %-18s %6d", engage_language_codes[l], source->name, source->train.n + source->test.n);
			print_figure(&columns, 0, before);
			print_figure(&columns, 1, after);
			print_figure(&columns, 2, after - before);
			printf("\n");
		}
		print_means(&columns, lengthof(names), l);
	}
	use_shipped();
}

typedef struct Peer
{
	const char *name;
	double		band;			/* of neutral scores, as its own documentation says */
} Peer;

static const Peer peers[] = {{"vader", 0.05}, {"nlp.js", 0}, {"multilang", 0}};

/*
 * Scores of a peer for texts of a source, from lines "number TAB score"; ours for
 * the same texts.
 */
static bool
measure_peer(const char *directory, const Peer *peer, const Source *source, Measure *theirs, Measure *ours)
{
	char		path[MAXPGPATH];
	FILE	   *file;
	int			number;
	double		score;

	snprintf(path, sizeof(path), "%s/%s.%s.%s", directory, peer->name, engage_language_codes[source->language], source->name);
	file = fopen(path, "r");
	if (file == NULL)
		return false;
	memset(theirs, 0, sizeof(Measure));
	memset(ours, 0, sizeof(Measure));
	while (fscanf(file, "%d\t%lf\n", &number, &score) == 2)
	{
		const Document *document;

		if (number < 0 || number >= source->test.n)
			die("%s has a score for text %d of %d", path, number, source->test.n);
		document = &source->test.list[number];
		take_score(theirs, document->label, score, peer->band);
		take_score(ours, document->label, score_of(document), DEFAULT_NEUTRAL_BAND);
	}
	fclose(file);
	return theirs->polar > 0;
}

static void
print_peers(const Sources *sources, const LearnOptions *options, const char *directory)
{
	static const char *const names[] = {"engage", "vader", "nlp.js", "multilang", "engage*", "F1 engage", "F1 vader", "F1 nlp.js"};

	printf("\nThe same accuracy beside others: engage with weights learned from the other sources only. multilang is slow and\n"
		   "sees some texts of a source only; engage* is engage on these.\n\n");
	print_heading(names, lengthof(names));
	for (Language l = LANGUAGE_EN; l <= LANGUAGE_HE; l++)
	{
		Columns		columns = {0};

		for (int s = 0; s < sources->n; s++)
		{
			const Source *source = &sources->list[s];
			Measure		measure;
			Measure		theirs[lengthof(peers)];
			Measure		ours[lengthof(peers)];
			bool		has[lengthof(peers)];

			if (source->language != l || source->test.n == 0)
				continue;
			use_learned(learn(sources, l, source, options), l, options);
			measure = measure_source(source);
			for (int p = 0; p < (int) lengthof(peers); p++)
				has[p] = measure_peer(directory, &peers[p], source, &theirs[p], &ours[p]);
			printf("%-4s %-18s %6d", engage_language_codes[l], source->name, source->test.n);
			print_figure(&columns, 0, accuracy(&measure));
			for (int p = 0; p < (int) lengthof(peers); p++)
				print_figure(&columns, 1 + p, has[p] ? accuracy(&theirs[p]) : NAN);
			print_figure(&columns, 4, has[2] ? accuracy(&ours[2]) : NAN);
			print_figure(&columns, 5, source->has_neutral ? macro_f1(&measure) : NAN);
			for (int p = 0; p < 2; p++)
				print_figure(&columns, 6 + p, source->has_neutral && has[p] ? macro_f1(&theirs[p]) : NAN);
			printf("\n");
		}
		print_means(&columns, lengthof(names), l);
	}
}

#define CLEARLY_POLAR 0.3		/* a score that no neutral text should have */

static void
print_probes(const char *directory)
{
	char		path[MAXPGPATH];
	char		line[4000];
	int			right[LANGUAGES] = {0};
	int			polar[LANGUAGES] = {0};
	FILE	   *file;

	snprintf(path, sizeof(path), "%s/probes.tsv", directory);
	file = fopen(path, "r");
	if (file == NULL)
		return;
	printf("\nProbes that fail (language, what is tried, expected, score, text):\n");
	while (fgets(line, sizeof(line), file) != NULL)
	{
		char	   *columns[4] = {"", "", "", ""};
		char	   *rest = line;
		Document	document;
		double		score;
		int			wanted;

		line[strcspn(line, "\n")] = '\0';
		for (int c = 0; c < 4 && rest != NULL; c++)
			columns[c] = strsep(&rest, "\t");
		document.text = columns[3];
		document.length = strlen(columns[3]);
		score = score_of(&document);
		wanted = strcmp(columns[2], "pos") == 0 ? 1 : strcmp(columns[2], "neg") == 0 ? -1 : 0;
		if (wanted != 0)
		{
			polar[language_of_code(columns[0])]++;
			right[language_of_code(columns[0])] += score * wanted > 0;
		}
		if (wanted == 0 ? fabs(score) > CLEARLY_POLAR : score * wanted <= 0)
			printf("%-4s %-18s %s %6.3f  %s\n", columns[0], columns[1], columns[2], score, columns[3]);
	}
	fclose(file);
	for (Language l = LANGUAGE_EN; l <= LANGUAGE_HE; l++)
		printf("%-4s %d of %d polar probes are right\n", engage_language_codes[l], right[l], polar[l]);
}

#define COMMENTS_BAND 0.2

/* Comments that somebody wrote who had not seen the lists: language, label, text */
static void
print_comments(const char *path)
{
	char		line[4000];
	Measure		measures[LANGUAGES] = {{0}};
	int			wrong[LANGUAGES] = {0};
	FILE	   *file = fopen(path, "r");

	if (file == NULL)
		die("cannot read the comments");
	printf("\nComments on the wrong side, or neutral and not (language, label, score, text):\n");
	while (fgets(line, sizeof(line), file) != NULL)
	{
		char	   *rest = line;
		const char *code = strsep(&rest, "\t");
		const char *label = strsep(&rest, "\t");
		Language	language = language_of_code(code);
		Document	document;
		double		score;
		int			wanted;

		if (label == NULL || rest == NULL)
			die("a comment has no label or no text");
		rest[strcspn(rest, "\n")] = '\0';
		document.text = rest;
		document.length = strlen(rest);
		score = score_of(&document);
		wanted = strcmp(label, "positive") == 0 ? 1 : strcmp(label, "negative") == 0 ? -1 : 0;
		take_score(&measures[language], wanted, score, COMMENTS_BAND);
		wrong[language] += wanted != 0 && score * wanted <= 0;
		if (wanted == 0 ? fabs(score) > CLEARLY_POLAR : score * wanted <= 0)
			printf("%-4s %-8s %6.2f  %s\n", code, label, score, rest);
	}
	fclose(file);
	for (Language l = LANGUAGE_EN; l <= LANGUAGE_HE; l++)
	{
		int64		comments = 0;
		int64		agreed = 0;

		for (int label = 0; label < 3; label++)
			for (int result = 0; result < 3; result++)
			{
				comments += measures[l].confusion[label][result];
				agreed += label == result ? measures[l].confusion[label][result] : 0;
			}
		printf("%-4s %d comments, %d labels disputed at a band of %g; %d of %d that praise or blame on the wrong side\n",
			   engage_language_codes[l], (int) comments, (int) (comments - agreed), COMMENTS_BAND,
			   wrong[l], (int) measures[l].polar);
	}
}

static void
write_weights(const Sources *sources, const LearnOptions *options, const char *directory)
{
	static const Language languages[] = {LANGUAGE_EN, LANGUAGE_AR, LANGUAGE_HE};

	for (int i = 0; i < (int) lengthof(languages); i++)
	{
		char		path[MAXPGPATH];
		FILE	   *file;

		snprintf(path, sizeof(path), "%s/%s.tsv", directory, engage_language_codes[languages[i]]);
		file = fopen(path, "w");
		if (file == NULL)
			die("cannot write %s", path);
		print_weights(file, sources, languages[i], options);
		if (fclose(file) != 0)
			die("cannot write %s", path);
	}
}

int
main(int argc, char **argv)
{
	static const struct option known[] = {
		{"data", required_argument, NULL, 'd'}, {"peers", required_argument, NULL, 'p'},
		{"comments", required_argument, NULL, 'c'}, {"weights", required_argument, NULL, 'w'}, {"epochs", required_argument, NULL, 'e'},
		{"rate", required_argument, NULL, 'r'}, {"decay", required_argument, NULL, 'y'},
		{"least-texts", required_argument, NULL, 'l'}, {"most-words", required_argument, NULL, 'm'},
		{"factor", required_argument, NULL, 'f'}, {"least-weight", required_argument, NULL, 'k'}, {NULL}
	};
	static Sources sources;
	LearnOptions options = learn_defaults;
	const char *data = NULL;
	const char *peer_scores = NULL;
	const char *weights = NULL;
	const char *comments = NULL;
	int			c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1)
		switch (c)
		{
			case 'd':
				data = optarg;
				break;
			case 'p':
				peer_scores = optarg;
				break;
			case 'w':
				weights = optarg;
				break;
			case 'c':
				comments = optarg;
				break;
			case 'e':
				options.train.epochs = atoi(optarg);
				break;
			case 'r':
				options.train.rate = atof(optarg);
				break;
			case 'y':
				options.train.decay = atof(optarg);
				break;
			case 'l':
				options.train.least_texts = atoi(optarg);
				break;
			case 'm':
				options.train.most_words = atoi(optarg);
				break;
			case 'f':
				options.factor = atof(optarg);
				break;
			case 'k':
				options.least_weight = atof(optarg);
				break;
			default:
				return 2;
		}
	if (data == NULL || optind < argc)
		die("usage: eval --data DIRECTORY [--comments FILE] [--peers DIRECTORY | --weights DIRECTORY] [option of learning]...");
	learning_begin();
	read_sources(data, &sources);
	if (weights != NULL)
	{
		write_weights(&sources, &options, weights);
		return 0;
	}
	print_quality(&sources, &options);
	print_own_labels(&sources, &options);
	print_probes(data);
	if (comments != NULL)
		print_comments(comments);
	if (peer_scores != NULL)
		print_peers(&sources, &options, peer_scores);
	return 0;
}
