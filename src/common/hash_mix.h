/*-------------------------------------------------------------------------
 *
 * hash_mix.h
 *	  Hashes of numbers, for tables in memory.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_HASH_MIX_H
#define ENGAGE_HASH_MIX_H

/* MurmurHash3's finalizer for 64 bits; PostgreSQL 14 has none of its own. */
static inline uint64
hash_mix64(uint64 h)
{
	h ^= h >> 33;
	h *= UINT64CONST(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64CONST(0xc4ceb9fe1a85ec53);
	return h ^ h >> 33;
}

static inline uint32
hash_mix(uint64 h)
{
	return (uint32) hash_mix64(h);
}

#endif							/* ENGAGE_HASH_MIX_H */
