/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  Everything that differs between PostgreSQL versions or platforms.
 *
 * No other file but compat_access.h tests PG_VERSION_NUM.  Include it right
 * after postgres.h.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_COMPAT_H
#define ENGAGE_COMPAT_H

#if PG_VERSION_NUM < 140000
#error "engage needs PostgreSQL 14 or later"
#endif

#ifndef HAVE_INT128
#error "engage needs a compiler with 128-bit integers (any 64-bit gcc or clang)"
#endif

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#include "nodes/miscnodes.h"
#endif

/* Soft errors (pg_input_is_valid) exist since 16; before, errors are thrown. */
#ifndef ereturn
#define ereturn(context, dummy_value, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
		return dummy_value; \
	} while (0)
#endif

#ifndef SOFT_ERROR_OCCURRED
#define SOFT_ERROR_OCCURRED(escontext) ((void) (escontext), false)
#endif

#if PG_VERSION_NUM >= 180000
#define ENGAGE_MODULE_MAGIC PG_MODULE_MAGIC_EXT(.name = "engage")
#else
#define ENGAGE_MODULE_MAGIC PG_MODULE_MAGIC
#endif

/* Values of settings are made in a context of their own since 16. */
#if PG_VERSION_NUM < 160000
#define guc_malloc(elevel, size) malloc(size)
#endif

/* The sequence of an identity column of an open table. */
#if PG_VERSION_NUM >= 170000
#define engage_identity_sequence(rel, attnum) \
	getIdentitySequence(rel, attnum, false)
#else
#define engage_identity_sequence(rel, attnum) \
	getIdentitySequence(RelationGetRelid(rel), attnum, false)
#endif

/* Rights are asked for by class of object since 16. */
#if PG_VERSION_NUM >= 160000
#define engage_may_use_schema(schema, role) \
	(object_aclcheck(NamespaceRelationId, schema, role, ACL_USAGE) == ACLCHECK_OK)
#define engage_owns_table(relid, role) \
	object_ownercheck(RelationRelationId, relid, role)
#else
#define engage_may_use_schema(schema, role) \
	(pg_namespace_aclcheck(schema, role, ACL_USAGE) == ACLCHECK_OK)
#define engage_owns_table(relid, role) \
	pg_class_ownercheck(relid, role)
#endif

/* The primary key of an open table; since 18 not if it is deferrable. */
#if PG_VERSION_NUM >= 180000
#define engage_primary_key(rel) RelationGetPrimaryKeyIndex(rel, false)
#else
#define engage_primary_key(rel) RelationGetPrimaryKeyIndex(rel)
#endif

/* Since 18, a NOT NULL constraint need not hold for older rows. */
#if PG_VERSION_NUM >= 180000
#define engage_may_be_null(tupdesc, i) \
	(TupleDescCompactAttr(tupdesc, i)->attnullability != ATTNULLABLE_VALID)
#else
#define engage_may_be_null(tupdesc, i) (!TupleDescAttr(tupdesc, i)->attnotnull)
#endif

#if PG_VERSION_NUM < 150000
#define strtoi64(string, end, base) ((int64) strtoll(string, end, base))
#endif

/* 18 has only this spelling, earlier versions only the other. */
#ifndef pg_noreturn
#define pg_noreturn pg_attribute_noreturn()
#endif

#endif							/* ENGAGE_COMPAT_H */
