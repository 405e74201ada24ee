/*
 * Memory contexts and hashes of the server, as far as the ledger's checks need them.  SHA-256 is
 * written down here once more, so that the chain is not checked by what it was made with.
 */
#include "postgres.h"

#include <malloc.h>

#include "common/cryptohash.h"
#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "storage/shmem.h"
#include "utils/memutils.h"

#undef printf

/* ----------------------------------------------------------------
 *		memory: contexts know their chunks, and spoil them when they are reset
 * ---------------------------------------------------------------- */

typedef struct TestContext
{
	struct TestContext *parent;
	void	  **chunks;
	int			count;
	int			room;
	MemoryContextCallback *callbacks;
} TestContext;

MemoryContext CurrentMemoryContext;
volatile sig_atomic_t InterruptPending;
static TestContext contexts[100];
static int	ncontexts;

void
ProcessInterrupts(void)
{
}

MemoryContext
AllocSetContextCreateInternal(MemoryContext parent, const char *name, Size first, Size initial, Size largest)
{
	if (ncontexts == lengthof(contexts))
		abort();
	contexts[ncontexts].parent = (TestContext *) parent;
	return (MemoryContext) &contexts[ncontexts++];
}

static void *
track(MemoryContext which, void *chunk)
{
	TestContext *context = (TestContext *) which;

	if (context == NULL)
		return chunk;
	if (context->count >= context->room)
	{
		context->room = 2 * context->room + 100;
		context->chunks = realloc(context->chunks, context->room * sizeof(void *));
	}
	context->chunks[context->count++] = chunk;
	return chunk;
}

/* Where it is kept; NULL if nowhere. */
static void **
tracked(void *chunk)
{
	for (int c = 0; c < ncontexts; c++)
		for (int i = contexts[c].count - 1; i >= 0; i--)
			if (contexts[c].chunks[i] == chunk)
				return &contexts[c].chunks[i];
	return NULL;
}

void
MemoryContextReset(MemoryContext which)
{
	TestContext *context = (TestContext *) which;

	/* the last one registered comes first, and what it allocated is still there */
	while (context->callbacks != NULL)
	{
		MemoryContextCallback *callback = context->callbacks;

		context->callbacks = callback->next;
		callback->func(callback->arg);
	}
	for (int i = 0; i < context->count; i++)
		if (context->chunks[i] != NULL)
		{
			memset(context->chunks[i], 0x7f, malloc_usable_size(context->chunks[i]));
			free(context->chunks[i]);
		}
	context->count = 0;
}

void
MemoryContextRegisterResetCallback(MemoryContext which, MemoryContextCallback *callback)
{
	TestContext *context = (TestContext *) which;

	callback->next = context->callbacks;
	context->callbacks = callback;
}

Size
MemoryContextMemAllocated(MemoryContext which, bool recurse)
{
	TestContext *context = (TestContext *) which;
	Size		size = 0;

	for (int i = 0; i < context->count; i++)
		if (context->chunks[i] != NULL)
			size += malloc_usable_size(context->chunks[i]);
	return size;
}

/* the last one made, but for its children */
void
MemoryContextDelete(MemoryContext context)
{
	while (ncontexts > 0 && contexts[ncontexts - 1].parent == (TestContext *) context)
		MemoryContextDelete((MemoryContext) &contexts[ncontexts - 1]);
	if ((TestContext *) context != &contexts[ncontexts - 1])
		abort();
	MemoryContextReset(context);
	ncontexts--;
}

void *
MemoryContextAlloc(MemoryContext context, Size size)
{
	return track(context, malloc(size));
}

void *
MemoryContextAllocHuge(MemoryContext context, Size size)
{
	return track(context, malloc(size));
}

void *
MemoryContextAllocExtended(MemoryContext context, Size size, int flags)
{
	return track(context, calloc(1, size));
}

void *
MemoryContextAllocZero(MemoryContext context, Size size)
{
	return track(context, calloc(1, size));
}

char *
MemoryContextStrdup(MemoryContext context, const char *text)
{
	return track(context, strdup(text));
}

char *
pstrdup(const char *text)
{
	return MemoryContextStrdup(CurrentMemoryContext, text);
}

void *
palloc(Size size)
{
	return track(CurrentMemoryContext, malloc(size));
}

void *
palloc0(Size size)
{
	return track(CurrentMemoryContext, calloc(1, size));
}

void
pfree(void *pointer)
{
	void	  **place = tracked(pointer);

	if (place != NULL)
		*place = NULL;
	free(pointer);
}

void *
repalloc(void *pointer, Size size)
{
	return repalloc_huge(pointer, size);
}

void *
repalloc_huge(void *pointer, Size size)
{
	void	  **place = tracked(pointer);

	pointer = realloc(pointer, size);
	if (place != NULL)
		*place = pointer;
	return pointer;
}

Size
mul_size(Size a, Size b)
{
	return a * b;
}

void
enlargeStringInfo(StringInfo string, int needed)
{
	if (string->len + needed + 1 > string->maxlen)
	{
		string->maxlen = 2 * (string->len + needed + 1);
		string->data = repalloc_huge(string->data, string->maxlen);
	}
}

void
resetStringInfo(StringInfo string)
{
	string->len = 0;
	string->data[0] = '\0';
}

int
GetDatabaseEncoding(void)
{
	return PG_UTF8;
}

char *
pg_server_to_any(const char *text, int length, int encoding)
{
	abort();
}

int
errmsg_internal(const char *format,...)
{
	return errmsg("%s", format);
}

/* ----------------------------------------------------------------
 *		bits
 * ---------------------------------------------------------------- */

static int
popcount64(uint64 word)
{
	return __builtin_popcountll(word);
}

int			(*pg_popcount64) (uint64 word) = popcount64;

/* ----------------------------------------------------------------
 *		hashes
 * ---------------------------------------------------------------- */

/* Many keys that differ have the same hash. */
bool		weak_hashes;

uint32
hash_bytes(const unsigned char *bytes, int length)
{
	uint32		hash = 2166136261;

	for (int i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * 16777619;
	return weak_hashes ? hash % 5 * 0x9e3779b9 : hash;
}

/* nearly all the same: keys that meet must still be told apart */
uint64
hash_bytes_extended(const unsigned char *bytes, int length, uint64 seed)
{
	return (hash_bytes(bytes, length) + seed) % 5;
}

struct pg_cryptohash_ctx
{
	uint8		data[65536];
	size_t		length;
};

pg_cryptohash_ctx *
pg_cryptohash_create(pg_cryptohash_type type)
{
	return malloc(sizeof(pg_cryptohash_ctx));
}

int
pg_cryptohash_init(pg_cryptohash_ctx *context)
{
	context->length = 0;
	return 0;
}

int
pg_cryptohash_update(pg_cryptohash_ctx *context, const uint8 *data, size_t length)
{
	if (context->length + length + 72 > sizeof(context->data))
		return -1;
	memcpy(context->data + context->length, data, length);
	context->length += length;
	return 0;
}

#define ROTATE(x, n)	((x) >> (n) | (x) << (32 - (n)))

int
pg_cryptohash_final(pg_cryptohash_ctx *context, uint8 *result, size_t length)
{
	static const uint32 k[64] = {
		0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
		0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
		0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
		0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
		0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
		0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
		0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
		0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
	};
	uint32		h[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
	};
	uint64		bits = (uint64) context->length * 8;
	uint8	   *data = context->data;
	size_t		n = context->length;

	data[n++] = 0x80;
	while (n % 64 != 56)
		data[n++] = 0;
	for (int i = 56; i >= 0; i -= 8)
		data[n++] = bits >> i;
	for (size_t at = 0; at < n; at += 64)
	{
		uint32		w[64];
		uint32		s[8];

		for (int i = 0; i < 16; i++)
			w[i] = (uint32) data[at + 4 * i] << 24 | (uint32) data[at + 4 * i + 1] << 16 |
				(uint32) data[at + 4 * i + 2] << 8 | data[at + 4 * i + 3];
		for (int i = 16; i < 64; i++)
			w[i] = w[i - 16] + (ROTATE(w[i - 15], 7) ^ ROTATE(w[i - 15], 18) ^ w[i - 15] >> 3) +
				w[i - 7] + (ROTATE(w[i - 2], 17) ^ ROTATE(w[i - 2], 19) ^ w[i - 2] >> 10);
		memcpy(s, h, sizeof(h));
		for (int i = 0; i < 64; i++)
		{
			uint32		t1 = s[7] + (ROTATE(s[4], 6) ^ ROTATE(s[4], 11) ^ ROTATE(s[4], 25)) +
				((s[4] & s[5]) ^ (~s[4] & s[6])) + k[i] + w[i];
			uint32		t2 = (ROTATE(s[0], 2) ^ ROTATE(s[0], 13) ^ ROTATE(s[0], 22)) +
				((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));

			memmove(s + 1, s, 7 * sizeof(uint32));
			s[4] += t1;
			s[0] = t1 + t2;
		}
		for (int i = 0; i < 8; i++)
			h[i] += s[i];
	}
	for (int i = 0; i < 32; i++)
		result[i] = h[i / 4] >> (24 - 8 * (i % 4));
	return 0;
}

void
pg_cryptohash_free(pg_cryptohash_ctx *context)
{
	free(context);
}
