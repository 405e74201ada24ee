/*-------------------------------------------------------------------------
 *
 * word_breaks.c
 *	  Words of scripts without spaces, by the dictionaries of ICU.
 *
 * Opening an iterator takes as long as scoring several texts, so one is kept
 * open in each backend that has met such a script.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include "miscadmin.h"
#include "sentiment/sentiment.h"

int
engage_break_words(const char *run, int length, uint16 *ends)
{
	static UBreakIterator *iterator = NULL;
	static UText text = UTEXT_INITIALIZER;
	UErrorCode	status = U_ZERO_ERROR;
	int			n = 0;
	int32		end;

	/* (pieces of long texts come here one by one) */
	CHECK_FOR_INTERRUPTS();
	if (iterator == NULL)
		iterator = ubrk_open(UBRK_WORD, "", NULL, 0, &status);
	utext_openUTF8(&text, run, length, &status);
	ubrk_setUText(iterator, &text, &status);
	if (U_FAILURE(status))
		ereport(ERROR,
				(errcode(ERRCODE_SYSTEM_ERROR),
				 errmsg("ICU cannot find words: %s", u_errorName(status)),
				 errhint("Its data for breaking words may be missing from this server.")));
	for (end = ubrk_next(iterator); end != UBRK_DONE && n < length; end = ubrk_next(iterator))
		ends[n++] = end;
	/* never less than the whole run */
	if (n == 0 || ends[n - 1] != length)
		ends[n == length ? n - 1 : n++] = length;
	return n;
}
