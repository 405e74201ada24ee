/*-------------------------------------------------------------------------
 *
 * post_sql.h
 *	  From the arguments of an SQL function to requests of the engine.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_POST_SQL_H
#define ENGAGE_LEDGER_POST_SQL_H

#include "ledger/post.h"

/* What an argument says; the ledger is always the first. */
typedef enum PostingArgument
{
	ARG_LEDGER,
	ARG_MEMBER,
	ARG_POINTS,
	ARG_KEY,
	ARG_SOURCE_REF,
	ARG_RULE,
	ARG_TIER,
	ARG_BASIS,
	ARG_AT,
	ARG_AVAILABLE_AT,
	ARG_EXPIRES_AT,
	ARG_UNTIL,
	ARG_TTL,
	ARG_HOLD_ID,
	ARG_FINAL,
	ARG_BATCH,
	ARG_REASON,
	ARG_ACTOR,
	ARG_NOTE,
	ARG_ON_REJECT
} PostingArgument;

/* One request with these arguments: the body of an SQL function. */
extern Datum engage_post_call(FunctionCallInfo fcinfo, EntryKind kind,
							  const PostingArgument *arguments);

/*
 * The same for arrays: one request an element.  An argument that is an array
 * gives each element its own value, another one gives all the same.
 */
extern Datum engage_post_batch(FunctionCallInfo fcinfo, EntryKind kind,
							   const PostingArgument *arguments);

#define POSTING_FUNCTION(name, kind, ...) \
	PG_FUNCTION_INFO_V1(name); \
	Datum \
	name(PG_FUNCTION_ARGS) \
	{ \
		static const PostingArgument arguments[] = {ARG_LEDGER, __VA_ARGS__}; \
		\
		return engage_post_call(fcinfo, kind, arguments); \
	} \
	extern int	no_such_variable

#define BATCH_FUNCTION(name, kind, ...) \
	PG_FUNCTION_INFO_V1(name); \
	Datum \
	name(PG_FUNCTION_ARGS) \
	{ \
		static const PostingArgument arguments[] = {ARG_LEDGER, __VA_ARGS__}; \
		\
		return engage_post_batch(fcinfo, kind, arguments); \
	} \
	extern int	no_such_variable

/* Error unless a text that must be given says something */
extern void engage_check_stated(const char *string, const char *name);

/* A member given as bigint, uuid or text, as the ledger has it. */
extern Datum engage_convert_member(const Ledger *ledger, Oid type, Datum member);

/* Runs requests of a caller in the middle of SPI and with the guard open. */
extern Posting *engage_posting_create(Ledger *ledger, MemoryContext context);

#endif							/* ENGAGE_LEDGER_POST_SQL_H */
