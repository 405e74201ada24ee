/*-------------------------------------------------------------------------
 *
 * varint.h
 *	  Numbers in as few bytes as they need: seven bits each, the lowest first.
 *
 * Reading trusts its input: these are numbers of stored values, which were
 * checked when they came in.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_VARINT_H
#define ENGAGE_VARINT_H

#define VARINT_MAX_LENGTH	10

static inline uint64
varint_read(const uint8 **position)
{
	const uint8 *p = *position;
	uint64		result = *p & 0x7f;
	int			shift = 7;

	while (*p++ & 0x80)
	{
		result |= (uint64) (*p & 0x7f) << shift;
		shift += 7;
	}
	*position = p;
	return result;
}

static inline int
varint_length(uint64 number)
{
	int			length = 1;

	while (number >= 0x80)
	{
		number >>= 7;
		length++;
	}
	return length;
}

/* Returns where the next byte goes. */
static inline uint8 *
varint_write(uint8 *position, uint64 number)
{
	while (number >= 0x80)
	{
		*position++ = (uint8) (number | 0x80);
		number >>= 7;
	}
	*position++ = (uint8) number;
	return position;
}

/* Signed numbers near zero become small ones. */
static inline uint64
zigzag(int64 number)
{
	return ((uint64) number << 1) ^ (uint64) (number >> 63);
}

static inline int64
unzigzag(uint64 number)
{
	return (int64) ((number >> 1) ^ -(number & 1));
}

#endif							/* ENGAGE_VARINT_H */
