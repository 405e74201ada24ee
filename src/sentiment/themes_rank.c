/*-------------------------------------------------------------------------
 *
 * themes_rank.c
 *	  Which terms hurt or help, and whether that could be chance.
 *
 * The test is Student's t of the mean of texts with the term against that of
 * texts without it, with one variance for both (the same as that of the
 * correlation): a few texts with equal scores do not look certain, as they would
 * with variances of their own.  Adjusted by Benjamini and Hochberg (1995), so that
 * of the terms shown with p <= 0.05 about one in twenty is chance.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/compat.h"
#include "common/interrupts.h"
#include "common/stats_core.h"
#include "sentiment/themes_core.h"
#include "utils/memutils.h"

const char *const engage_theme_effects[] = {"hurts", "helps", "both", NULL};

/* From here on the normal distribution is as good as Student's. */
#define NORMAL_FROM_TEXTS 100000

double
engage_themes_mean(const ThemeTotals *totals)
{
	return (double) totals->sum / THEME_SCORE_UNITS / totals->texts;
}

/* texts * squares - sum^2: exactly, where that fits, because it cancels */
static double
spread(const ThemeTotals *totals)
{
	int128		product;
	int128		square;

	if (__builtin_mul_overflow(totals->squares, (int128) totals->texts, &product) ||
		__builtin_mul_overflow((int128) totals->sum, (int128) totals->sum, &square))
		return (double) totals->squares * totals->texts - (double) totals->sum * totals->sum;
	return (double) (product - square);
}

/* The chance that a term without any bearing on scores shows so much of it */
static double
p_value(const ThemeTotals *totals, double spread, int64 texts, double excess)
{
	double		with = texts;
	double		without = totals->texts - texts;
	double		df = (double) totals->texts - 2;
	double		correlation;	/* squared */

	if (excess == 0 || without <= 0 || df < 1 || spread <= 0)
		return 1;
	correlation = Min(1, excess / with * excess / without / spread);
	if (correlation == 1)
		return 0;
	if (df >= NORMAL_FROM_TEXTS)
		return erfc(sqrt(correlation * df / (1 - correlation) / 2));
	return engage_incomplete_beta(df / 2, 0.5, 1 - correlation);
}

static int
compare_words(const ThemeWord *a, const ThemeWord *b)
{
	/* they are in order of their bytes already */
	return a < b ? -1 : a > b;
}

static int
compare_terms(const ThemeFinding *a, const ThemeFinding *b)
{
	int			order = compare_words(a->first, b->first);

	return order != 0 ? order : compare_words(a->second, b->second);
}

static inline int
compare_doubles(double a, double b)
{
	return a < b ? -1 : a > b;
}

static inline int
compare_p_values(const ThemeFinding *a, const ThemeFinding *b)
{
	int			order = compare_doubles(a->p_value, b->p_value);

	return order != 0 ? order : compare_terms(a, b);
}

/* The largest impact first */
static inline int
compare_impacts(const ThemeFinding *a, const ThemeFinding *b)
{
	int			order = compare_doubles(fabs(b->impact), fabs(a->impact));

	if (order == 0)
		order = compare_doubles(a->p_value, b->p_value);
	return order != 0 ? order : compare_terms(a, b);
}

#define ST_SORT sort_by_p_value
#define ST_ELEMENT_TYPE ThemeFinding
#define ST_COMPARE(a, b) compare_p_values(a, b)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT sort_by_impact
#define ST_ELEMENT_TYPE ThemeFinding
#define ST_COMPARE(a, b) compare_impacts(a, b)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* From the largest on: the least of what it and the larger ones come to */
static void
adjust_p_values(ThemeFinding *findings, int64 n)
{
	double		least = 1;

	sort_by_p_value(findings, n);
	for (int64 i = n - 1; i >= 0; i--)
	{
		check_interrupts_at(i);
		least = Min(least, findings[i].p_value * n / (i + 1));
		findings[i].p_value = least;
	}
}

/* Does the list of words say that it is good or bad? */
static bool
is_opinion(const ThemeWord *word, const CharTables *tables)
{
	static const Language languages[] = {LANGUAGE_EN, LANGUAGE_AR, LANGUAGE_FA, LANGUAGE_HE};
	Scanner		scanner;
	Token		token;
	uint16		units[MAX_TOKEN_UNITS];

	engage_scan_begin(&scanner, tables, NULL, word->bytes, word->len);
	while (engage_scan_next(&scanner, &token, units))
		for (int i = 0; i < lengthof(languages); i++)
		{
			const LexiconEntry *entry = engage_lexicon_word(&engage_lexicon, &token, languages[i]);

			if (entry != NULL && (entry->flags & ENTRY_IS_TERM) && entry->polarity != 0)
				return true;
		}
	return false;
}

static bool
is_asked_for(const ThemeFinding *finding, const CharTables *tables, const ThemeQuestion *question)
{
	if (finding->p_value > question->max_p_value ||
		(question->effect == THEME_HURTS && finding->impact >= 0) ||
		(question->effect == THEME_HELPS && finding->impact <= 0))
		return false;
	return question->opinion_words ||
		(!is_opinion(finding->first, tables) &&
		 (finding->second == NULL || !is_opinion(finding->second, tables)));
}

static void
judge(ThemeFinding *finding, const ThemeTotals *totals, double spread,
	  const ThemeWord *first, const ThemeWord *second, int64 texts, int64 sum)
{
	/* exact: zero where the term makes no difference */
	double		excess = (double) ((int128) sum * totals->texts - (int128) totals->sum * texts);

	finding->first = first;
	finding->second = second;
	finding->texts = texts;
	finding->mean = (double) sum / THEME_SCORE_UNITS / texts;
	finding->impact = excess / totals->texts / THEME_SCORE_UNITS;
	finding->difference = finding->impact / texts;
	finding->p_value = p_value(totals, spread, texts, excess);
}

/* The terms that were asked for, those that matter most first */
ThemeFinding *
engage_themes_rank(const ThemeTerms *terms, const CharTables *tables,
				   const ThemeQuestion *question, int64 *n)
{
	double		spread_of_all = spread(&terms->totals);
	ThemeFinding *findings;
	int64		tested = 0;
	int64		kept = 0;

	for (uint32 i = 0; i < terms->nwords; i++)
		tested += terms->words[i].texts >= question->least_texts;
	for (uint32 i = 0; i < terms->npairs; i++)
		tested += terms->pairs[i].texts >= question->least_texts;
	findings = MemoryContextAllocHuge(CurrentMemoryContext, Max(1, tested) * sizeof(ThemeFinding));

	tested = 0;
	for (uint32 i = 0; i < terms->nwords; i++)
	{
		const ThemeWord *word = &terms->words[i];

		check_interrupts_at(i);
		if (word->texts >= question->least_texts)
			judge(&findings[tested++], &terms->totals, spread_of_all, word, NULL, word->texts, word->sum);
	}
	for (uint32 i = 0; i < terms->npairs; i++)
	{
		const ThemePair *pair = &terms->pairs[i];

		check_interrupts_at(i);
		if (pair->texts >= question->least_texts)
			judge(&findings[tested++], &terms->totals, spread_of_all,
				  &terms->words[THEME_PAIR_FIRST(pair->words)],
				  &terms->words[THEME_PAIR_SECOND(pair->words)], pair->texts, pair->sum);
	}
	adjust_p_values(findings, tested);
	for (int64 i = 0; i < tested; i++)
	{
		check_interrupts_at(i);
		if (is_asked_for(&findings[i], tables, question))
			findings[kept++] = findings[i];
	}
	sort_by_impact(findings, kept);
	*n = Min(kept, question->top);
	return findings;
}
