/*-------------------------------------------------------------------------
 *
 * themes.h
 *	  Stored summaries of themes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_SENTIMENT_THEMES_H
#define ENGAGE_SENTIMENT_THEMES_H

#include "fmgr.h"
#include "sentiment/themes_core.h"

#define THEMES_VERSION 1

/* Words in order, then pairs, in numbers of variable length */
typedef struct ThemeSummary
{
	int32		vl_len_;		/* varlena header */
	uint8		version;
	uint8		scores_version;
	uint16		reserved;		/* 0 */
	int64		texts;
	int64		sum;
	uint64		squares_high;
	uint64		squares_low;
	uint32		nwords;
	uint32		npairs;
	char		body[FLEXIBLE_ARRAY_MEMBER];
} ThemeSummary;

extern ThemeSummary *engage_themes_store(ThemeBook *book);
extern ThemeTotals engage_themes_totals_arg(Datum datum, int *version);

/* Words point into the value. */
extern void engage_themes_arg(Datum datum, ThemeTerms *terms);

#endif							/* ENGAGE_SENTIMENT_THEMES_H */
