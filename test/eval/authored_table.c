/*
 * The lexicon without learned weights.
 */
#include "postgres.h"

#include "eval/eval.h"

#include "authored_data.h"

const Lexicon authored_lexicon = {slots, lengthof(slots), &emoticon_list, filter};
