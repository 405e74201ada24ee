/*
 * What must hold of tokens, scores and languages of any text.
 */
#include "c.h"

#include <math.h>
#include <stdlib.h>
#include <unicode/utf8.h>

#include "fuzz/sentiment.h"

static const CharTables *tables;
static Scorer *scorer;

static void
prepare(void)
{
	const char *error;

	tables = engage_char_tables(&error);
	scorer = malloc(engage_scorer_size());
	if (tables == NULL || scorer == NULL)
		abort();
	engage_scorer_init(scorer, tables, &engage_lexicon);
}

/* Is every byte part of a character?  On the way, our decoder is compared with ICU's. */
static const char *
decoding_fault(const unsigned char *text, size_t length, bool *is_valid)
{
	const unsigned char *p = text;
	const unsigned char *end = text + length;

	*is_valid = true;
	while (p < end)
	{
		int32		i = 0;
		int32		icu;
		const unsigned char *after = p;
		int32		ours = next_char(&after, end);

		U8_NEXT(p, i, (int32) Min(end - p, 8), icu);
		if ((icu < 0) != (ours < 0) || (icu >= 0 && (icu != ours || after - p != i)))
			return "a character is not decoded as ICU does";
		if (after <= p || after > end || (ours < 0 && after != p + 1))
			return "decoding does not go on by a character or a byte";
		*is_valid = *is_valid && ours >= 0;
		p = after;
	}
	return NULL;
}

static bool
is_cut_char(const unsigned char *text, size_t length, size_t place)
{
	return place < length && (text[place] & 0xC0) == 0x80;
}

/* "after" is where the token before ended */
static const char *
token_fault(const Token *token, const unsigned char *text, size_t length, bool is_valid, size_t after)
{
	if (token->start < after || token->length == 0 || token->start > length || token->length > length - token->start)
		return "a token is out of place";
	if (is_valid && (is_cut_char(text, length, token->start) || is_cut_char(text, length, token->start + token->length)))
		return "a token cuts a character";
	if ((int) token->kind < TOKEN_WORD || token->kind > TOKEN_STOP)
		return "a token is of no kind";
	if (token->kind == TOKEN_WORD && (token->script < CHAR_LATIN || token->script > CHAR_UNSPACED))
		return "a word is of no script";
	if (token->nunits < 0 || token->nunits > MAX_TOKEN_UNITS)
		return "a token has too many units";
	if (token->hash != hash_units(token->units, token->nunits))
		return "a token's hash is not that of its units";
	for (int i = 0; i < token->nunits; i++)
	{
		uint16		unit = token->units[i];

		if (unit == 0)
			return "a unit is zero";
		if (unit >= 0xD800 && unit < 0xDC00 && i + 1 < token->nunits &&
			token->units[i + 1] >= 0xDC00 && token->units[i + 1] < 0xE000)
			i++;
		else if (unit >= 0xD800 && unit < 0xE000)
			return "a unit is half a character";
	}
	return NULL;
}

static const char *
tokens_fault(const unsigned char *text, size_t length, bool is_valid)
{
	Scanner		scanner;
	Token		token;
	uint16		units[MAX_TOKEN_UNITS];
	size_t		after = 0;

	engage_scan_begin(&scanner, tables, engage_lexicon.emoticons, (const char *) text, length);
	while (engage_scan_next(&scanner, &token, units))
	{
		const char *fault = token_fault(&token, text, length, is_valid, after);

		if (fault != NULL)
			return fault;
		after = token.start + token.length;
	}
	if (scanner.place != scanner.end)
		return "the scanner stops before the end";
	return NULL;
}

typedef struct PartSums
{
	const unsigned char *text;
	size_t		length;
	bool		is_valid;
	size_t		after;
	double		sum;
	double		size;			/* of the parts without their signs */
	int64		words;
	const char *fault;
} PartSums;

static void
add_parts(void *arg, const ScorePart *parts, int n)
{
	PartSums   *sums = arg;

	if (n < 1 || n > SEGMENT_TOKENS)
		sums->fault = "a segment has too many parts";
	for (int i = 0; i < n && sums->fault == NULL; i++)
	{
		sums->fault = token_fault(&parts[i].token, sums->text, sums->length, sums->is_valid, sums->after);
		sums->after = parts[i].token.start + parts[i].token.length;
		sums->sum += parts[i].weight;
		sums->size += fabs(parts[i].weight);
		sums->words += parts[i].token.kind == TOKEN_WORD;
		if (!isfinite(parts[i].weight) || !(parts[i].subjectivity >= 0 && parts[i].subjectivity <= 2.55))
			sums->fault = "a part is out of range";
		if ((int) parts[i].rule < PART_NONE || parts[i].rule > PART_EMPHASIS || (int) parts[i].language < LANGUAGE_ANY || parts[i].language > LANGUAGE_OTHER)
			sums->fault = "a part has no rule or language";
	}
}

static const char *
score_fault(const unsigned char *text, size_t length, bool is_valid, const ScoreOptions *options)
{
	PartSums	sums = {.text = text,.length = length,.is_valid = is_valid};
	Score		score;
	Score		again;

	engage_score(scorer, (const char *) text, length, options, add_parts, &sums, &score);
	if (sums.fault != NULL)
		return sums.fault;
	if (!(score.score >= -1 && score.score <= 1))
		return "the score is out of range";
	if (!(score.positive >= 0 && score.negative <= 0 && score.subjectivity >= 0))
		return "a sum has the wrong sign";
	if (score.words != sums.words || score.known < 0 || score.known > score.words)
		return "words are counted wrongly";
	if (fabs(sums.sum * engage_score_factor(&score) - score.score) > 1e-9 * (1 + sums.size))
		return "parts do not sum up to the score";
	if ((int) score.language < LANGUAGE_ANY || score.language > LANGUAGE_OTHER)
		return "the language is none";
	engage_score(scorer, (const char *) text, length, options, NULL, NULL, &again);
	if (memcmp(&score, &again, sizeof(Score)) != 0)
		return "the score is another the second time";
	return NULL;
}

const char *
sentiment_fault(const unsigned char *text, size_t length)
{
	static const ScoreOptions kinds[] = {
		{.language = LANGUAGE_ANY},
		{.language = LANGUAGE_AR},
		{.language = LANGUAGE_FA,.own = &engage_lexicon},
		{.language = LANGUAGE_HE},
		{.language = LANGUAGE_ANY,.own = &engage_lexicon}
	};
	bool		is_valid;
	const char *fault;
	Language	language;
	Score		score;

	if (scorer == NULL)
		prepare();
	fault = decoding_fault(text, length, &is_valid);
	if (fault == NULL)
		fault = tokens_fault(text, length, is_valid);
	for (int i = 0; i < (int) lengthof(kinds) && fault == NULL; i++)
		fault = score_fault(text, length, is_valid, &kinds[i]);
	if (fault != NULL)
		return fault;
	language = engage_language(scorer, (const char *) text, length);
	engage_score(scorer, (const char *) text, length, &kinds[0], NULL, NULL, &score);
	return language == score.language ? NULL : "language and score do not agree on the language";
}
