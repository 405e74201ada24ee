/*-------------------------------------------------------------------------
 *
 * lexicon_table.c
 *	  The lexicon, as build/lexicon_build.c makes it.
 *
 *-------------------------------------------------------------------------
 */
#include "c.h"

#include "sentiment/lexicon_core.h"

/* slots, filter and emoticons */
#include "lexicon_data.h"

const Lexicon engage_lexicon = {slots, lengthof(slots), &emoticon_list, filter};
