/*-------------------------------------------------------------------------
 *
 * integer_hash.h
 *	  A hash of integers for tables in memory: MurmurHash3's finalizer for 64
 *	  bits.  PostgreSQL 14 has none of its own.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_INTEGER_HASH_H
#define ENGAGE_INTEGER_HASH_H

static inline uint64
integer_hash(int64 number)
{
	uint64		h = (uint64) number;

	h ^= h >> 33;
	h *= UINT64CONST(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64CONST(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return h;
}

#endif							/* ENGAGE_INTEGER_HASH_H */
