/*-------------------------------------------------------------------------
 *
 * elapsed_times.h
 *	  Many lengths of time in a tally: their number, sum, and about where the
 *	  middle is.
 *
 * A length goes to a bucket; buckets are 1/64 of their lower bound wide, so
 * what is read from them is at most 0.8 % off.  The sum is exact.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_ELAPSED_TIMES_H
#define ENGAGE_ELAPSED_TIMES_H

#include "behaviour/tally.h"
#include "datatype/timestamp.h"
#include "port/pg_bitutils.h"

#define ELAPSED_EXACT_BELOW		128 /* microseconds */
#define ELAPSED_BUCKETS			(ELAPSED_EXACT_BELOW + 57 * 64)

static inline int
elapsed_bucket(uint64 elapsed)
{
	int			exponent;

	if (elapsed < ELAPSED_EXACT_BELOW)
		return (int) elapsed;
	exponent = pg_leftmost_one_pos64(elapsed);
	return ELAPSED_EXACT_BELOW + (exponent - 7) * 64 + (int) (elapsed >> (exponent - 6) & 63);
}

/* the middle of a bucket */
static inline uint64
elapsed_of_bucket(int bucket)
{
	int			exponent;

	if (bucket < ELAPSED_EXACT_BELOW)
		return bucket;
	exponent = (bucket - ELAPSED_EXACT_BELOW) / 64 + 7;
	return ((UINT64CONST(64) + (bucket - ELAPSED_EXACT_BELOW) % 64) << (exponent - 6)) +
		(UINT64CONST(1) << (exponent - 7));
}

/* Buckets are cells (kind, series, bucket); "sums" has (series, 0) seconds and (series, 1) the rest. */
static inline void
elapsed_add(Tally *tally, int kind, int sums, int series, uint64 elapsed)
{
	tally_add(tally, kind, series, elapsed_bucket(elapsed), ELAPSED_BUCKETS, 1);
	tally_add(tally, sums, series, 0, 2, elapsed / USECS_PER_SEC);
	tally_add(tally, sums, series, 1, 2, elapsed % USECS_PER_SEC);
}

/* Mean in microseconds, of n lengths */
static inline double
elapsed_mean(const Tally *tally, int sums, int series, int64 n)
{
	return ((double) engage_tally_get(tally, TALLY_KEY(sums, series, 0, 0)) * USECS_PER_SEC +
			(double) engage_tally_get(tally, TALLY_KEY(sums, series, 1, 0))) / (double) n;
}

#endif							/* ENGAGE_ELAPSED_TIMES_H */
