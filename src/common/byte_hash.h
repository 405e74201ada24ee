/*-------------------------------------------------------------------------
 *
 * byte_hash.h
 *	  A 64-bit hash that may be stored: the same on every platform and in
 *	  every version, as PostgreSQL's own hash functions are not.
 *
 * FNV-1a (Fowler, Noll, Vo; http://www.isthe.com/chongo/tech/comp/fnv/).  It
 * tells accidental differences apart; it protects from nobody.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_BYTE_HASH_H
#define ENGAGE_BYTE_HASH_H

#define BYTE_HASH_START UINT64CONST(0xcbf29ce484222325)

static inline uint64
byte_hash(uint64 hash, const void *data, size_t length)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * UINT64CONST(0x100000001b3);
	return hash;
}

/* Of a number: its bytes from the lowest on */
static inline uint64
byte_hash_int64(uint64 hash, int64 number)
{
	for (int shift = 0; shift < 64; shift += 8)
		hash = (hash ^ (((uint64) number >> shift) & 0xff)) * UINT64CONST(0x100000001b3);
	return hash;
}

#endif							/* ENGAGE_BYTE_HASH_H */
