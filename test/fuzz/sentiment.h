/*
 * Hostile texts for the sentiment scorer, hostile models and lists of keywords, and what must hold
 * whatever they are.  Shared by the fuzzers (fuzz_sentiment.c) and by the unit tests.
 */
#ifndef FUZZ_SENTIMENT_H
#define FUZZ_SENTIMENT_H

#include "sentiment/score_core.h"

/* The next of an endless series of texts; its length, at most room. */
extern size_t hostile_text(uint64 *state, unsigned char *text, size_t room);

/* NULL, or what is wrong with tokens, scores or language of the text */
extern const char *sentiment_fault(const unsigned char *text, size_t length);

/* The same of models as they are stored, and of lists of keywords; see stored_faults.c. */
extern size_t hostile_stored(uint64 *state, unsigned char *bytes, size_t room);
extern const char *stored_fault(const unsigned char *bytes, size_t length);

#endif							/* FUZZ_SENTIMENT_H */
