/*-------------------------------------------------------------------------
 *
 * ratio.h
 *	  Exact fractions, zero or more, of up to 1024 bits a side.
 *
 * Rates and multipliers are fractions and amounts are decimals, so points are
 * a fraction that is rounded once, at the end.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_RATIO_H
#define ENGAGE_LEDGER_RATIO_H

#include "common/compat.h"
#include "common/exact_sum.h"
#include "ledger/ledger.h"
#include "lib/stringinfo.h"

#define WIDE_LIMBS	32

/* A whole number: the sum of limb[i] * 2^(32 i), without leading zeros. */
typedef struct Wide
{
	int			n;
	uint32		limb[WIDE_LIMBS];
} Wide;

/* Always in lowest terms. */
typedef struct Ratio
{
	Wide		num;
	Wide		den;
} Ratio;

/* a / b, with a >= 0 and b > 0 */
extern void engage_ratio_set(Ratio *ratio, int64 a, int64 b);
extern void engage_ratio_from_exact(Ratio *ratio, const ExactSum *value);

/* Numbers that grow too long are errors 22003. */
extern void engage_ratio_multiply(Ratio *ratio, const Ratio *factor);
extern void engage_ratio_divide(Ratio *ratio, const Ratio *divisor);
extern void engage_ratio_add(Ratio *ratio, const Ratio *term);
/* "term" may not be larger */
extern void engage_ratio_subtract(Ratio *ratio, const Ratio *term);

extern int	engage_ratio_compare(const Ratio *a, const Ratio *b);
extern bool engage_ratio_is_whole(const Ratio *ratio);

/* Error 22003 if it does not fit. */
extern int64 engage_ratio_round(const Ratio *ratio, Rounding rounding);

/* "3/2", "2" */
extern void engage_ratio_print(StringInfo out, const Ratio *ratio);

/* The first character after it, or NULL if there is no ratio there. */
extern const char *engage_ratio_parse(Ratio *ratio, const char *text);

#endif							/* ENGAGE_LEDGER_RATIO_H */
