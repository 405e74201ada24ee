/*
 * The lists of words as they stand in the tree, and what lexicon_build says of wrong ones.
 *
 * UNIT_SRC names src/, UNIT_LEXICON_BUILD the program.
 */
#include "c.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sentiment/lexicon_core.h"
#include "tap.h"

#undef snprintf
#undef fprintf

static const CharTables *tables;
static const char *const codes[] = {"en", "ar", "fa", "he"};
static const CharClass scripts[] = {CHAR_LATIN, CHAR_ARABIC, CHAR_ARABIC, CHAR_HEBREW};

/* ----------------------------------------------------------------
 *		the lists
 * ---------------------------------------------------------------- */

typedef const char *(*FaultOfLine) (char **columns, int n, CharClass script);

static bool
is_comment(const char *line)
{
	return line[0] == '\0' || (line[0] == '#' && (line[1] == ' ' || line[1] == '\0' || line[1] == '#'));
}

/* Lines that are none; of which *n are no comments */
static int
faults_of_file(const char *name, CharClass script, FaultOfLine fault_of, int *n)
{
	char		path[MAXPGPATH];
	char		line[4000];
	FILE	   *file;
	int			wrong = 0;

	*n = 0;
	snprintf(path, sizeof(path), "%s/sentiment/%s", getenv("UNIT_SRC"), name);
	file = fopen(path, "r");
	if (file == NULL)
	{
		note("cannot open %s", path);
		return 1;
	}
	for (int number = 1; fgets(line, sizeof(line), file) != NULL; number++)
	{
		char	   *columns[10];
		int			ncolumns = 0;
		char	   *rest = line;
		size_t		length = strcspn(line, "\n");
		const char *fault = NULL;

		if (line[length] != '\n')
			fault = "is too long, or the last one has no end";
		line[length] = '\0';
		if (strchr(line, '\r') != NULL)
			fault = "ends as on Windows";
		if (fault == NULL && is_comment(line))
			continue;
		++*n;
		while (rest != NULL && ncolumns < (int) lengthof(columns))
			columns[ncolumns++] = strsep(&rest, "\t");
		for (int i = 0; i < ncolumns; i++)
			if (columns[i][0] == ' ' || (columns[i][0] != '\0' && columns[i][strlen(columns[i]) - 1] == ' '))
				fault = "has blanks beside a tab";
		if (fault == NULL)
			fault = fault_of(columns, ncolumns, script);
		if (fault != NULL && wrong++ < 40)
			note("%s:%d: %s", name, number, fault);
	}
	fclose(file);
	return wrong;
}

/* Can texts have all of it in the language that it is listed for? */
static const char *
fault_of_words(const char *term, CharClass script)
{
	Scanner		scanner;
	Token		token;
	uint16		units[MAX_TOKEN_UNITS];
	int			n = 0;

	engage_scan_begin(&scanner, tables, NULL, term, strlen(term));
	for (; engage_scan_next(&scanner, &token, units); n++)
		if (token.kind != TOKEN_WORD && token.kind != TOKEN_COMMA && token.kind != TOKEN_STOP)
			return "has what is no word";
		else if (token.kind == TOKEN_WORD && token.script != script)
			return "has a word in another script";
		else if (token.is_cut)
			return "has a word that is too long";
	return n == 0 ? "has no words" : NULL;
}

static bool
is_number(const char *column, double least, double most)
{
	char	   *end;
	double		value = strtod(column, &end);

	return end != column && *end == '\0' && value >= least && value <= most && strpbrk(column, "eExXnN") == NULL;
}

static const char *
fault_of_term(char **columns, int n, CharClass script)
{
	if (n < 3 || n > 4)
		return "is not: term, polarity, subjectivity, maybe a note";
	if (!is_number(columns[1], -3, 3) || !is_number(columns[2], 0, 1))
		return "has a number that is out of range";
	return fault_of_words(columns[0], script);
}

static const char *
fault_of_rule(char **columns, int n, CharClass script)
{
	if (n < 3 || n > 4)
		return "is not: kind, term, value, maybe a note";
	if (!is_number(columns[2], 0, 8))
		return "has a number that is out of range";
	return fault_of_words(columns[1], script);
}

static const char *
fault_of_weight(char **columns, int n, CharClass script)
{
	if (n != 2 || !is_number(columns[1], -127, 127) || strchr(columns[1], '.') != NULL || atoi(columns[1]) == 0)
		return "is not: term, whole number from -127 to 127 that is not 0";
	return fault_of_words(columns[0], script);
}

static const char *
fault_of_emoji(char **columns, int n, CharClass script)
{
	Scanner		scanner;
	Token		token;
	uint16		units[MAX_TOKEN_UNITS];

	if (n < 3 || n > 4 || !is_number(columns[1], -3, 3) || !is_number(columns[2], 0, 1))
		return "is not: emoji, polarity, subjectivity, maybe a note";
	engage_scan_begin(&scanner, tables, NULL, columns[0], strlen(columns[0]));
	if (!engage_scan_next(&scanner, &token, units) || engage_scan_next(&scanner, &token, units))
		return "is not one picture";
	return NULL;
}

static const char *
fault_of_emoticon(char **columns, int n, CharClass script)
{
	Scanner		scanner;
	Token		token;
	uint16		units[MAX_TOKEN_UNITS];

	if (n < 3 || n > 4 || !is_number(columns[1], -3, 3) || !is_number(columns[2], 0, 1))
		return "is not: emoticon, polarity, subjectivity, maybe a note";
	/* (its own: the tokeniser must be able to find it) */
	engage_scan_begin(&scanner, tables, engage_lexicon.emoticons, columns[0], strlen(columns[0]));
	if (!engage_scan_next(&scanner, &token, units) || token.kind != TOKEN_EMOTICON || token.length != strlen(columns[0]))
		return "is never found in a text";
	return NULL;
}

static int
by_emoticon(const void *a, const void *b)
{
	return strcmp(((const Emoticon *) a)->text, ((const Emoticon *) b)->text);
}

static void
lists(void)
{
	int			n;
	int			wrong = 0;

	for (int l = 0; l < (int) lengthof(codes); l++)
	{
		char		name[100];

		snprintf(name, sizeof(name), "lexicon/%s.tsv", codes[l]);
		ok(faults_of_file(name, scripts[l], fault_of_term, &n) == 0, "%s: every line is well-formed, in its script", name);
		ok(n >= (l == 0 ? 2500 : 1500), "%s has enough words and phrases: %d", name, n);
		snprintf(name, sizeof(name), "lexicon/%s.rules.tsv", codes[l]);
		ok(faults_of_file(name, scripts[l], fault_of_rule, &n) == 0, "%s: every line is well-formed, in its script", name);
		ok(n > 0, "%s has rules: %d", name, n);
		snprintf(name, sizeof(name), "weights/%s.tsv", codes[l]);
		ok(faults_of_file(name, scripts[l], fault_of_weight, &n) == 0, "%s: every line is well-formed, in its script", name);
	}
	ok(faults_of_file("lexicon/emoji.tsv", CHAR_EMOJI, fault_of_emoji, &n) == 0, "lexicon/emoji.tsv: every line is well-formed");
	ok(faults_of_file("lexicon/emoticons.tsv", CHAR_EMOJI, fault_of_emoticon, &n) == 0, "lexicon/emoticons.tsv: every line is well-formed");
	for (int i = 1; i < engage_lexicon.emoticons->n; i++)
		wrong += by_emoticon(&engage_lexicon.emoticons->emoticons[i - 1], &engage_lexicon.emoticons->emoticons[i]) >= 0;
	ok(wrong == 0, "emoticons are in order, each once");
}

static void
table(void)
{
	uint32		used = 0;
	uint32		longest = 0;
	uint32		run = 0;
	size_t		size = engage_lexicon.nslots * sizeof(LexiconEntry) + FILTER_WORDS * sizeof(uint64) + sizeof(EmoticonList);

	for (uint32 i = 0; i < engage_lexicon.nslots; i++)
	{
		run = engage_lexicon.slots[i].check != 0 ? run + 1 : 0;
		used += engage_lexicon.slots[i].check != 0;
		longest = Max(longest, run);
	}
	note("%u entries in %u slots, %zu kB with the filter and the first bytes of emoticons; at most %u in a row", used, engage_lexicon.nslots, size / 1024, longest);
	ok(sizeof(LexiconEntry) == 8, "an entry has 8 bytes");
	ok(size <= 600 * 1024, "the table has less than 600 kB");
	/* else searching would not end, or take long */
	ok(used < engage_lexicon.nslots && used <= engage_lexicon.nslots * 0.9, "a tenth of the slots or more are free");
}

/* ----------------------------------------------------------------
 *		lexicon_build
 * ---------------------------------------------------------------- */

static char directory[] = "/tmp/engage-lists-XXXXXX";

static void
write_list(const char *name, const char *content)
{
	char		path[MAXPGPATH];
	FILE	   *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	if (file == NULL)
		abort();
	fputs(content, file);
	fclose(file);
}

static void
clear_lists(void)
{
	for (int l = 0; l < (int) lengthof(codes); l++)
	{
		char		name[100];

		snprintf(name, sizeof(name), "lexicon/%s.tsv", codes[l]);
		write_list(name, "");
		snprintf(name, sizeof(name), "lexicon/%s.rules.tsv", codes[l]);
		write_list(name, "");
		snprintf(name, sizeof(name), "weights/%s.tsv", codes[l]);
		write_list(name, "");
	}
	write_list("lexicon/emoji.tsv", "");
	write_list("lexicon/emoticons.tsv", ":)\t2\t0.8\n");
}

/* Its status; what it says of faults is in "said", what it makes in "made". */
static int
build_lists(char *said, size_t room)
{
	char		command[4 * MAXPGPATH];
	FILE	   *pipe;
	size_t		n;

	snprintf(command, sizeof(command), "'%s' '%s' 2>&1 >'%s/made'", getenv("UNIT_LEXICON_BUILD"), directory, directory);
	pipe = popen(command, "r");
	n = fread(said, 1, room - 1, pipe);
	said[n] = '\0';
	return pclose(pipe);
}

static void
wrong_lists(void)
{
	static const struct
	{
		const char *name;
		const char *content;
		const char *said;
	}			faults[] = {
		{"lexicon/en.tsv", "# comment\ngood\t2\n", "lexicon/en.tsv:2: a line is: term, polarity, subjectivity"},
		{"lexicon/en.tsv", "good\t2\t0.5\nbad\t-2\t0.5\nGOOD\t1\t0.5\n", "lexicon/en.tsv:3: \"GOOD\" is there already, maybe in another spelling"},
		{"lexicon/ar.tsv", "\xD8\xAE\xD8\xAF\xD9\x85\xD8\xA9\t1\t1\n\xD8\xAE\xD8\xAF\xD9\x85\xD9\x87\t1\t1\n", "lexicon/ar.tsv:2: "},
		{"lexicon/en.tsv", "good\t3.1\t0.5\n", "lexicon/en.tsv:1: \"3.1\" is not a number from -3 to 3"},
		{"lexicon/en.tsv", "good\t3\t1.5\n", "lexicon/en.tsv:1: \"1.5\" is not a number from 0 to 1"},
		{"lexicon/en.tsv", "good\tnan\t1\n", "lexicon/en.tsv:1: \"nan\" is not a number"},
		{"lexicon/en.tsv", "good\t2x\t1\n", "lexicon/en.tsv:1: \"2x\" is not a number"},
		{"lexicon/en.tsv", "good\t\t1\n", "lexicon/en.tsv:1: \"\" is not a number"},
		{"lexicon/en.tsv", "-\t1\t1\n", "lexicon/en.tsv:1: \"-\" has 0 words instead of 1 to 6"},
		{"lexicon/en.tsv", "a b c d e f g\t1\t1\n", "lexicon/en.tsv:1: \"a b c d e f g\" has 7 words instead of 1 to 6"},
		{"lexicon/en.tsv", "c++\t1\t1\n", "lexicon/en.tsv:1: \"c++\" has a character that is left out of words"},
		{"lexicon/en.tsv", "10 out of 10\t1\t1\n", "lexicon/en.tsv:1: \"10 out of 10\" has a number, and all numbers are the same"},
		{"lexicon/he.rules.tsv", "negates\t\xD7\x9C\xD7\x90\t3\n", "lexicon/he.rules.tsv:1: \"negates\" is not a kind of rule"},
		{"lexicon/en.rules.tsv", "negator\tnot\t9\n", "lexicon/en.rules.tsv:1: \"9\" is not a number from 0 to 8"},
		{"lexicon/en.rules.tsv", "booster\tvery\t3\n", "lexicon/en.rules.tsv:1: \"3\" is not a number from 0.1 to 2.5"},
		{"lexicon/en.rules.tsv", "negator\tnot\t3\nbooster\tnot\t1.3\n", "lexicon/en.rules.tsv:2: \"not\" has a rule already"},
		{"lexicon/en.rules.tsv", "negator\tnot\n", "lexicon/en.rules.tsv:1: a line is: kind, term, value"},
		{"weights/fa.tsv", "\xD8\xAE\xD9\x88\xD8\xA8\t128\n", "weights/fa.tsv:1: \"128\" is not a number from -127 to 127"},
		{"weights/en.tsv", "good\t3\ngood\t4\n", "weights/en.tsv:2: \"good\" is there already"},
		{"weights/en.tsv", "good\n", "weights/en.tsv:1: a line is: term, weight"},
		{"lexicon/emoticons.tsv", ":)\t2\n", "lexicon/emoticons.tsv:1: a line is: emoticon, polarity, subjectivity"},
		{"lexicon/emoji.tsv", "\xE2\x9D\xA4\t2\t1\n\xE2\x9D\xA4\xEF\xB8\x8F\t2\t1\n", "lexicon/emoji.tsv:2: "},
	};
	char		said[4000];
	char		command[2 * MAXPGPATH];

	if (getenv("UNIT_LEXICON_BUILD") == NULL || mkdtemp(directory) == NULL)
	{
		ok(false, "there is lexicon_build, and a directory to try it in");
		return;
	}
	snprintf(command, sizeof(command), "mkdir '%s/lexicon' '%s/weights'", directory, directory);
	if (system(command) != 0)
		abort();
	clear_lists();
	ok(build_lists(said, sizeof(said)) == 0 && said[0] == '\0', "lexicon_build takes lists without faults");
	for (int i = 0; i < (int) lengthof(faults); i++)
	{
		int			status;

		clear_lists();
		write_list(faults[i].name, faults[i].content);
		status = build_lists(said, sizeof(said));
		ok(status != 0 && strstr(said, faults[i].said) != NULL, "lexicon_build says: %s", faults[i].said);
		if (status == 0 || strstr(said, faults[i].said) == NULL)
			note("status %d, said: %s", status, said);
	}
	clear_lists();
	write_list("lexicon/en.tsv", "good\t4\t1\nbad\t-4\t1\n");
	write_list("weights/he.tsv", "x\n");
	ok(build_lists(said, sizeof(said)) != 0 && strstr(said, "en.tsv:1:") != NULL && strstr(said, "en.tsv:2:") != NULL &&
	   strstr(said, "he.tsv:1:") != NULL && strstr(said, "3 faults") != NULL, "lexicon_build tells all faults at once");
	snprintf(command, sizeof(command), "rm -f '%s/lexicon/fa.tsv'", directory);
	clear_lists();
	ok(system(command) == 0 && build_lists(said, sizeof(said)) != 0 && strstr(said, "cannot open") != NULL,
	   "lexicon_build misses a list");
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	ok(system(command) == 0, "the lists are gone");
}

void
test_sentiment_lists(void)
{
	const char *error;

	tables = engage_char_tables(&error);
	lists();
	table();
	wrong_lists();
}
