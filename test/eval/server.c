/*
 * The little of the server that learning needs, for a program of its own.
 */
#include "postgres.h"

#include "common/errors.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#undef qsort

MemoryContext CurrentMemoryContext;
volatile sig_atomic_t InterruptPending;

void
ProcessInterrupts(void)
{
}

static void *
or_die(void *memory)
{
	if (memory == NULL)
		abort();
	return memory;
}

void *
MemoryContextAlloc(MemoryContext context, Size size)
{
	return or_die(malloc(size));
}

void *
MemoryContextAllocZero(MemoryContext context, Size size)
{
	return or_die(calloc(1, size));
}

void *
MemoryContextAllocHuge(MemoryContext context, Size size)
{
	return or_die(malloc(size));
}

void *
repalloc_huge(void *pointer, Size size)
{
	return or_die(realloc(pointer, size));
}

void *
palloc(Size size)
{
	return or_die(malloc(size));
}

void *
palloc0(Size size)
{
	return or_die(calloc(1, size));
}

void
pfree(void *pointer)
{
	free(pointer);
}

void
pg_qsort(void *base, size_t n, size_t size, int (*compare) (const void *, const void *))
{
	qsort(base, n, size, compare);
}

/* Errors end the program. */
bool
errstart(int level, const char *domain)
{
	return true;
}

bool
errstart_cold(int level, const char *domain)
{
	return true;
}

int
errcode(int code)
{
	return 0;
}

int
errmsg(const char *format,...)
{
	return 0;
}

int
errdetail(const char *format,...)
{
	return 0;
}

int
errhint(const char *format,...)
{
	return 0;
}

void
errfinish(const char *file, int line, const char *function)
{
	abort();
}

void
engage_count_overflow(void)
{
	abort();
}
