/*-------------------------------------------------------------------------
 *
 * lexicon_build.c
 *	  Makes lexicon_data.h of the files in lexicon/ and weights/.
 *
 *	  lexicon_build DIRECTORY [FREE] > lexicon_data.h
 *
 * With room for so many more entries, for programs that add some.
 *
 * A program of its own, which the build compiles and runs.  Words go through the
 * tokeniser that texts go through, so that both have the same normal form.
 *
 *-------------------------------------------------------------------------
 */
#include "c.h"

#ifndef pg_noreturn
#define pg_noreturn __attribute__((noreturn))
#endif

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "sentiment/lexicon_make_core.h"

/* the C library's: the server's own are not linked */
#undef printf
#undef fprintf
#undef vfprintf
#undef snprintf
#undef qsort

static const CharTables *tables;
static LexiconMaker maker;
static int	nfaults;
static const char *file_name;
static int	line_number;

pg_noreturn static void die(const char *format,...) pg_attribute_printf(1, 2);

static void
die(const char *format,...)
{
	va_list		args;

	va_start(args, format);
	fprintf(stderr, "lexicon_build: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(1);
}

static void fault(const char *format,...) pg_attribute_printf(1, 2);

/* All faults of the files are told before it fails. */
static void
fault(const char *format,...)
{
	va_list		args;

	va_start(args, format);
	fprintf(stderr, "%s:%d: ", file_name, line_number);
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	nfaults++;
}

/* ----------------------------------------------------------------
 *		entries
 * ---------------------------------------------------------------- */

/* NULL: it cannot be one. */
static LexiconEntry *
term_entry(const char *text, Language language)
{
	Scanner		scanner;
	Term		term;

	if (strpbrk(text, "+%#*$&@=<>") != NULL)
	{
		fault("\"%s\" has a character that is left out of words", text);
		return NULL;
	}
	engage_scan_begin(&scanner, tables, NULL, text, strlen(text));
	engage_read_term(&scanner, &term);
	if (TERM_HAS(&term, TOKEN_NUMBER))
	{
		fault("\"%s\" has a number, and all numbers are the same", text);
		return NULL;
	}
	if (term.nwords == 0 || term.nwords > MAX_PHRASE_WORDS)
	{
		fault("\"%s\" has %d words instead of 1 to %d", text, term.nwords, MAX_PHRASE_WORDS);
		return NULL;
	}
	return engage_term_entry(&maker, &term, language);
}

static int
scaled(const char *number, double least, double most, double scale)
{
	char	   *end;
	double		value = strtod(number, &end);

	if (end == number || *end != '\0' || !(value >= least && value <= most))
	{
		fault("\"%s\" is not a number from %g to %g", number, least, most);
		return 0;
	}
	return rounded(value * scale);
}

/* ----------------------------------------------------------------
 *		files
 * ---------------------------------------------------------------- */

typedef void (*TakeLine) (char **columns, int ncolumns, Language language);

static void
read_file(const char *directory, const char *name, Language language, TakeLine take)
{
	char		path[MAXPGPATH];
	char		line[2000];
	FILE	   *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "r");
	if (file == NULL)
		die("cannot open %s", path);
	file_name = path;
	for (line_number = 1; fgets(line, sizeof(line), file) != NULL; line_number++)
	{
		char	   *columns[4];
		int			n = 0;

		line[strcspn(line, "\r\n")] = '\0';
		/* ("#" begins a comment, "#1" would be a term) */
		if (line[0] == '\0' || (line[0] == '#' && (line[1] == ' ' || line[1] == '\0' || line[1] == '#')))
			continue;
		for (char *column = line; column != NULL && n < 4; n++)
		{
			columns[n] = column;
			column = strchr(column, '\t');
			if (column != NULL)
				*column++ = '\0';
		}
		take(columns, n, language);
	}
	fclose(file);
}

static void
take_term(char **columns, int n, Language language)
{
	LexiconEntry *entry;

	if (n < 3)
	{
		fault("a line is: term, polarity, subjectivity");
		return;
	}
	entry = term_entry(columns[0], language);
	if (entry == NULL)
		return;
	if (entry->flags & ENTRY_AUTHORED)
	{
		fault("\"%s\" is there already, maybe in another spelling", columns[0]);
		return;
	}
	entry->flags |= ENTRY_AUTHORED | ENTRY_IS_TERM;
	entry->polarity = scaled(columns[1], -3, 3, POLARITY_SCALE);
	/* what a rule says stands in the same place, and is more */
	if (ENTRY_RULE(entry) == RULE_NONE)
		entry->value = scaled(columns[2], 0, 1, SUBJECTIVITY_SCALE);
}

static void
take_rule(char **columns, int n, Language language)
{
	static const struct
	{
		const char *name;
		RuleKind	kind;
	}			kinds[] = {
		{"negator", RULE_NEGATOR}, {"negator_after", RULE_NEGATOR_AFTER}, {"booster", RULE_BOOSTER},
		{"dampener", RULE_DAMPENER}, {"contrast", RULE_CONTRAST}, {"affirm", RULE_AFFIRM}, {"function", RULE_NONE}
	};
	LexiconEntry *entry;

	if (n < 3)
	{
		fault("a line is: kind, term, value");
		return;
	}
	for (int k = 0; k < (int) lengthof(kinds); k++)
	{
		if (strcmp(kinds[k].name, columns[0]) != 0)
			continue;
		entry = term_entry(columns[1], language);
		if (entry == NULL)
			return;
		entry->flags |= ENTRY_IS_TERM;
		if (kinds[k].kind == RULE_NONE)
		{
			entry->flags |= ENTRY_FUNCTION;
			return;
		}
		if (ENTRY_RULE(entry) != RULE_NONE)
		{
			fault("\"%s\" has a rule already", columns[1]);
			return;
		}
		entry->flags |= kinds[k].kind;
		entry->value = kinds[k].kind == RULE_BOOSTER || kinds[k].kind == RULE_DAMPENER
			? scaled(columns[2], 0.1, 2.5, RULE_SCALE) : scaled(columns[2], 0, 8, 1);
		return;
	}
	fault("\"%s\" is not a kind of rule", columns[0]);
}

static void
take_weight(char **columns, int n, Language language)
{
	LexiconEntry *entry = n < 2 ? NULL : term_entry(columns[0], language);

	if (entry == NULL)
	{
		fault("a line is: term, weight");
		return;
	}
	if (entry->learned != 0)
		fault("\"%s\" is there already", columns[0]);
	entry->flags |= ENTRY_IS_TERM;
	entry->learned = scaled(columns[1], -127, 127, 1);
}

static Emoticon *emoticons;
static int	nemoticons;

static void
take_emoticon(char **columns, int n, Language language)
{
	if (n < 3)
	{
		fault("a line is: emoticon, polarity, subjectivity");
		return;
	}
	if (strlen(columns[0]) < 2)
	{
		fault("\"%s\" is too short: an emoticon is of two bytes at least", columns[0]);
		return;
	}
	emoticons = realloc(emoticons, (nemoticons + 1) * sizeof(Emoticon));
	emoticons[nemoticons++] = (Emoticon) {
		strdup(columns[0]), strlen(columns[0]), scaled(columns[1], -3, 3, POLARITY_SCALE), scaled(columns[2], 0, 1, SUBJECTIVITY_SCALE)
	};
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(((const Emoticon *) a)->text, ((const Emoticon *) b)->text);
}

/* ----------------------------------------------------------------
 *		all of it
 * ---------------------------------------------------------------- */

static void
read_all(const char *directory)
{
	static const char *const files[LANGUAGES] = {[LANGUAGE_EN] = "en",[LANGUAGE_AR] = "ar",[LANGUAGE_FA] = "fa",[LANGUAGE_HE] = "he"};
	static const struct
	{
		const char *path;
		TakeLine	take;
	}			kinds[] = {
		{"lexicon/%s.rules.tsv", take_rule}, {"lexicon/%s.tsv", take_term}, {"weights/%s.tsv", take_weight}
	};
	char		name[100];

	/* what texts have most comes first, and is found at the first try */
	for (int k = 0; k < (int) lengthof(kinds); k++)
	{
		for (Language l = LANGUAGE_EN; l <= LANGUAGE_HE; l++)
		{
			snprintf(name, sizeof(name), kinds[k].path, files[l]);
			read_file(directory, name, l, kinds[k].take);
		}
	}
	read_file(directory, "lexicon/emoji.tsv", LANGUAGE_ANY, take_term);
	read_file(directory, "lexicon/emoticons.tsv", LANGUAGE_ANY, take_emoticon);
	qsort(emoticons, nemoticons, sizeof(Emoticon), by_text);
}

static void
print_c_string(const char *text)
{
	putchar('"');
	for (; *text != '\0'; text++)
		if (*text == '"' || *text == '\\' || *text == '?' || (unsigned char) *text >= 0x80)
			printf("\\%03o", (unsigned char) *text);
		else
			putchar(*text);
	putchar('"');
}

int
main(int argc, char **argv)
{
	const char *error = "";

	if (argc != 2 && argc != 3)
		die("usage: lexicon_build DIRECTORY [FREE]");
	tables = engage_char_tables(&error);
	if (tables == NULL)
		die("ICU cannot be used: %s", error);
	/* once to count */
	maker.nslots = 1 << 20;
	maker.slots = calloc(maker.nslots, sizeof(LexiconEntry));
	read_all(argv[1]);
	if (nfaults > 0)
		die("%d faults", nfaults);
	free(maker.slots);
	maker.nslots = SLOTS_FOR_ENTRIES(maker.nentries + (argc > 2 ? atoi(argv[2]) : 0));
	maker.slots = calloc(maker.nslots, sizeof(LexiconEntry));
	maker.filter = calloc(FILTER_WORDS, sizeof(uint64));
	nemoticons = maker.nentries = 0;
	read_all(argv[1]);
	if (nfaults > 0)
		die("%d entries have the same hash: choose another HASH_START", nfaults);

	printf("/* made by lexicon_build.c: %u entries */\n", maker.nentries);
	printf("static const LexiconEntry slots[%u] = {\n", maker.nslots);
	for (uint32 i = 0; i < maker.nslots; i++)
		if (maker.slots[i].check != 0)
			printf("[%u] = {0x%08x, 0x%02x, %d, %d, %u},\n", i, maker.slots[i].check, maker.slots[i].flags,
				   maker.slots[i].polarity, maker.slots[i].learned, maker.slots[i].value);
	printf("};\n\nstatic const uint64 filter[%d] = {\n", FILTER_WORDS);
	for (int i = 0; i < FILTER_WORDS; i++)
		printf("UINT64CONST(0x%016llx),\n", (unsigned long long) maker.filter[i]);
	printf("};\n\nstatic const Emoticon emoticons[] = {\n");
	for (int i = 0; i < nemoticons; i++)
	{
		printf("\t{");
		print_c_string(emoticons[i].text);
		printf(", %u, %d, %u},\n", emoticons[i].length, emoticons[i].polarity, emoticons[i].subjectivity);
	}
	printf("};\n\nstatic const EmoticonList emoticon_list = {emoticons, %d, {", nemoticons);
	for (int c = 0, i = 0; c <= 256; c++)
	{
		while (i < nemoticons && (unsigned char) emoticons[i].text[0] < c)
			i++;
		printf("%d, ", i);
	}
	printf("}, {\n");
	for (int i = 0; i < nemoticons;)
	{
		unsigned char c = emoticons[i].text[0];
		uint32		seconds[8] = {0};

		for (; i < nemoticons && (unsigned char) emoticons[i].text[0] == c; i++)
			seconds[(unsigned char) emoticons[i].text[1] / 32] |= (uint32) 1 << (unsigned char) emoticons[i].text[1] % 32;
		printf("[%d] = {", c);
		for (int w = 0; w < 8; w++)
			printf("0x%08x, ", seconds[w]);
		printf("},\n");
	}
	printf("}};\n");
	return 0;
}
