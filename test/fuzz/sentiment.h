/*
 * Hostile texts for the sentiment scorer, and what must hold whatever the text is.  Shared by the
 * fuzzer (fuzz_sentiment.c) and by the unit tests.
 */
#ifndef FUZZ_SENTIMENT_H
#define FUZZ_SENTIMENT_H

#include "sentiment/score_core.h"

/* The next of an endless series of texts; its length, at most room. */
extern size_t hostile_text(uint64 *state, unsigned char *text, size_t room);

/* NULL, or what is wrong with tokens, scores or language of the text */
extern const char *sentiment_fault(const unsigned char *text, size_t length);

#endif							/* FUZZ_SENTIMENT_H */
