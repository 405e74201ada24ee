/*-------------------------------------------------------------------------
 *
 * sentiment.h
 *	  What the files of the sentiment room share on the server's side.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_SENTIMENT_H
#define ENGAGE_SENTIMENT_H

#include "common/result_rows.h"
#include "fmgr.h"
#include "sentiment/score_core.h"

/*
 * Shipped scores change only when this does.  Models and summaries carry it.
 */
#define SENTIMENT_VERSION 1

/* Character tables; made at the first call in a backend. */
extern const CharTables *engage_characters(void);

/* A BreakWords of ICU's */
extern int	engage_break_words(const char *run, int length, uint16 *ends);

/* The backend's scorer, likewise */
extern Scorer *engage_scorer(void);

/* A text in UTF-8, as the tokeniser wants it */
typedef struct Utf8Text
{
	const char *data;
	size_t		length;
	bool		is_converted;	/* positions are not those of the argument */
} Utf8Text;

extern Utf8Text engage_utf8_text(const text *value);

/* "en", "ar", "fa", "he"; error 22023 otherwise */
extern Language engage_language_arg(const text *code);

extern text *engage_language_text(Language language);

/*
 * UTF-8 in the database's encoding; the same pointer where that is UTF-8, too.
 * What it does not have (a normal form may have other characters than the text)
 * becomes a question mark, and the result is not exact.
 */
extern char *engage_utf8_to_server(const char *utf8, int length, int *result_length, bool *is_exact);

/* The normal form of a token in UTF-8; number of bytes, which are three a unit at most */
#define MAX_TOKEN_BYTES (MAX_TOKEN_UNITS * 3)

extern int	engage_token_utf8(const Token *token, char *utf8);

/* The same as text in the database's encoding */
extern text *engage_token_text(const Token *token);

typedef enum SentimentLabel
{
	LABEL_NEGATIVE,
	LABEL_NEUTRAL,
	LABEL_POSITIVE
} SentimentLabel;

extern const char *const engage_label_names[LABEL_POSITIVE + 1];

/* What the forms with own words or models share with those without */
extern void engage_score_text(const text *value, const ScoreOptions *options, Score *score);
extern void engage_explain_text(FunctionCallInfo fcinfo, const text *value,
								const ScoreOptions *options);
extern Datum engage_score_detail(FunctionCallInfo fcinfo, const Score *score);
extern text *engage_label_text(double score, double band);

/* The neutral band as an argument, or the default; error 22023 out of range */
extern double engage_band_arg(FunctionCallInfo fcinfo, int argno);

/*
 * The words of a table of the caller's, in a domain or (NULL) in none; see
 * own_words.c.  *cache belongs to the call site, as fn_extra does.
 */
extern const Lexicon *engage_own_words(void **cache, MemoryContext context, Oid relation,
									   const text *domain);

/* Scores within the band around 0 are neutral. */
#define DEFAULT_NEUTRAL_BAND 0.05

static inline SentimentLabel
engage_label_of_score(double score, double band)
{
	return score > band ? LABEL_POSITIVE : score < -band ? LABEL_NEGATIVE : LABEL_NEUTRAL;
}

/* A call of sentiment_explain() */
typedef struct Explanation
{
	ResultRows	rows;
	double		factor;			/* of weights */
	Utf8Text	utf8;
	int64		number;			/* of the last row */
	int64		character;		/* number of characters before the place */
	size_t		place;
} Explanation;

/* A row for a token; tokens come in order. */
extern void engage_explain_part(Explanation *e, const ScorePart *part, double weight, const char *rule);

/* A row for what is no token's */
extern void engage_explain_rest(Explanation *e, double weight, const char *rule);

#endif							/* ENGAGE_SENTIMENT_H */
