/*
 * Labelled texts.
 */
#include "postgres.h"

#include <dirent.h>

#include "eval/eval.h"

#undef snprintf
#undef fprintf
#undef vfprintf
#undef qsort

void
die(const char *format,...)
{
	va_list		args;

	va_start(args, format);
	fprintf(stderr, "eval: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(1);
}

Language
language_of_code(const char *code)
{
	return engage_language_of_code(code, strlen(code));
}

static void
read_documents(const char *path, Documents *documents)
{
	FILE	   *file = fopen(path, "r");
	char	   *line = NULL;
	size_t		room = 0;
	ssize_t		length;

	if (file == NULL)
		die("cannot open %s", path);
	while ((length = getline(&line, &room, file)) > 0)
	{
		char	   *tab = strchr(line, '\t');
		Document	document;

		if (tab == NULL)
			die("%s: a line without a tab", path);
		if (line[length - 1] == '\n')
			line[--length] = '\0';
		*tab = '\0';
		if (strcmp(line, "pos") == 0)
			document.label = 1;
		else if (strcmp(line, "neg") == 0)
			document.label = -1;
		else if (strcmp(line, "neu") == 0)
			document.label = 0;
		else
			die("%s: \"%s\" is not a label", path, line);
		document.text = strdup(tab + 1);
		document.length = strlen(document.text);
		if ((documents->n & (documents->n - 1)) == 0)
			documents->list = realloc(documents->list, Max(documents->n * 2, 1) * sizeof(Document));
		documents->list[documents->n++] = document;
	}
	free(line);
	fclose(file);
}

static Source *
source_named(Sources *sources, Language language, const char *name)
{
	Source	   *source;

	for (int i = 0; i < sources->n; i++)
		if (sources->list[i].language == language && strcmp(sources->list[i].name, name) == 0)
			return &sources->list[i];
	if (sources->n == (int) lengthof(sources->list))
		die("too many sources");
	source = &sources->list[sources->n++];
	source->language = language;
	snprintf(source->name, sizeof(source->name), "%s", name);
	return source;
}

static int
by_name(const void *a, const void *b)
{
	const Source *x = a;
	const Source *y = b;

	return x->language != y->language ? (x->language < y->language ? -1 : 1) : strcmp(x->name, y->name);
}

void
read_sources(const char *directory, Sources *sources)
{
	DIR		   *dir = opendir(directory);
	struct dirent *entry;

	if (dir == NULL)
		die("cannot open %s", directory);
	while ((entry = readdir(dir)) != NULL)
	{
		char		code[3];
		char		name[64];
		char		part[16];
		char		path[MAXPGPATH];
		int			length = 0;
		Source	   *source;

		if (sscanf(entry->d_name, "%2[a-z].%63[a-z0-9_].%15[a-z].tsv%n", code, name, part, &length) != 3 ||
			length == 0 || entry->d_name[length] != '\0' || language_of_code(code) == LANGUAGE_ANY)
			continue;
		source = source_named(sources, language_of_code(code), name);
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		read_documents(path, strcmp(part, "train") == 0 ? &source->train : &source->test);
	}
	closedir(dir);
	qsort(sources->list, sources->n, sizeof(Source), by_name);
	for (int s = 0; s < sources->n; s++)
		for (int i = 0; i < sources->list[s].test.n; i++)
			sources->list[s].has_neutral |= sources->list[s].test.list[i].label == 0;
}
