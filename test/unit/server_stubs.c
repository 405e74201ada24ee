/*
 * Names of the server that the tested files refer to but the tests never reach, except for
 * the server's own snprintf and failed assertions.  More is in server_parts.c and
 * server_memory.c.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define NEVER(name) void name(void); void name(void) { printf("Bail out! " #name " was called\n"); abort(); }

NEVER(pg_detoast_datum)
NEVER(pg_detoast_datum_packed)
NEVER(numeric_in)
NEVER(numeric_out)
NEVER(numeric_div)
NEVER(numeric_mul)
NEVER(numeric_sub)
NEVER(numeric_float8_no_overflow)
NEVER(int64_to_numeric)
NEVER(pg_localtime)
NEVER(pg_next_dst_boundary)
NEVER(DirectFunctionCall1Coll)
NEVER(DirectFunctionCall2Coll)
NEVER(DirectFunctionCall3Coll)

int			pg_snprintf(char *buffer, size_t size, const char *format,...);
void		ExceptionalCondition(const char *condition, const char *type, const char *file, int line);

int
pg_snprintf(char *buffer, size_t size, const char *format,...)
{
	va_list		args;
	int			length;

	va_start(args, format);
	length = vsnprintf(buffer, size, format, args);
	va_end(args);
	return length;
}

void
ExceptionalCondition(const char *condition, const char *type, const char *file, int line)
{
	printf("Bail out! TRAP: %s(\"%s\"), %s:%d\n", type, condition, file, line);
	fflush(stdout);
	abort();
}
