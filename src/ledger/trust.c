/*-------------------------------------------------------------------------
 *
 * trust.c
 *	  Code that somebody put into the tables of a ledger.
 *
 * Anybody can make a schema that looks like a ledger, and whatever is written
 * into or read from a table runs the triggers, rules, constraints, defaults and
 * policies that the table's owner gave it, with the rights of whoever writes.
 * So somebody who is not the owner gets an error unless all of that is
 * engage's own, or an expression that can only compute: of functions of the
 * server that are not volatile.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/indexing.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "catalog/namespace.h"
#include "catalog/pg_language.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "common/errors.h"
#include "ledger/trust.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

/*
 * Types whose values can be of any other type, made from text perhaps: their
 * functions may run what somebody attached to a type of his own.
 */
static bool
is_open_type(Oid type)
{
	return type == CSTRINGOID || type == RECORDOID || type == INTERNALOID || type == RECORDARRAYOID;
}

/*
 * Functions of the server run SQL given as text, read relations of any kind, or
 * call the input function of a type given by name, though they are not volatile.
 */
static bool
is_harmless_function(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc proc;
	bool		harmless;

	if (!HeapTupleIsValid(tuple))
		return false;
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	harmless = proc->pronamespace == PG_CATALOG_NAMESPACE &&
		(proc->prolang == INTERNALlanguageId || proc->prolang == SQLlanguageId) &&
		function < FirstNormalObjectId &&
		proc->provolatile != PROVOLATILE_VOLATILE &&
		strstr(NameStr(proc->proname), "_to_xml") == NULL &&
		strncmp(NameStr(proc->proname), "pg_input_", 9) != 0 &&
		!is_open_type(proc->prorettype);
	for (int i = 0; harmless && i < proc->pronargs; i++)
		harmless = !is_open_type(proc->proargtypes.values[i]);
	ReleaseSysCache(tuple);
	return harmless;
}

static bool
function_is_harmful(Oid function, void *context)
{
	return !is_harmless_function(function);
}

/*
 * Only kinds of nodes whose effect is known to end with the functions they
 * call, and only types of the server: a cast to JSON, or a domain inside a row,
 * would run what somebody attached to a type of his own.
 */
static bool
is_harmful_node(Node *node, void *context)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_List:
		case T_CaseWhen:
			break;
		case T_Var:
		case T_Const:
		case T_FuncExpr:
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
		case T_ScalarArrayOpExpr:
		case T_BoolExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_RelabelType:
		case T_CoerceViaIO:
		case T_ArrayCoerceExpr:
		case T_ArrayExpr:
		case T_CaseExpr:
		case T_CaseTestExpr:
		case T_CoalesceExpr:
		case T_MinMaxExpr:
		case T_SQLValueFunction:
		case T_NextValueExpr:
			if (exprType(node) >= FirstNormalObjectId || is_open_type(exprType(node)))
				return true;
			break;
		default:
			return true;
	}
	if (check_functions_in_node(node, function_is_harmful, context))
		return true;
	return expression_tree_walker(node, is_harmful_node, context);
}

static bool
is_harmful_expression(Datum value, bool isnull)
{
	return !isnull && is_harmful_node(stringToNode(TextDatumGetCString(value)), NULL);
}

/* Expressions of one catalog that belong to the table */
static bool
catalog_has_harmful(Oid catalog, Oid index, AttrNumber relation_column, Oid relid,
					const AttrNumber *expressions, int nexpressions)
{
	Relation	rel = table_open(catalog, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		harmful = false;

	ScanKeyInit(&key, relation_column, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(rel, index, true, NULL, 1, &key);
	while (!harmful && HeapTupleIsValid(tuple = systable_getnext(scan)))
		for (int i = 0; i < nexpressions; i++)
		{
			bool		isnull;
			Datum		value = heap_getattr(tuple, expressions[i],
											 RelationGetDescr(rel), &isnull);

			if (is_harmful_expression(value, isnull))
				harmful = true;
		}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return harmful;
}

static bool
indexes_have_harmful(Relation rel)
{
	List	   *indexes = RelationGetIndexList(rel);
	ListCell   *cell;
	bool		harmful = false;

	foreach(cell, indexes)
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);

		if (is_harmful_node((Node *) RelationGetIndexExpressions(index), NULL) ||
			is_harmful_node((Node *) RelationGetIndexPredicate(index), NULL))
			harmful = true;
		/* operator classes can only be made by superusers */
		index_close(index, AccessShareLock);
	}
	return harmful;
}

static const char *
find_in_table(Relation rel, Oid owner)
{
	static const AttrNumber defaults[] = {Anum_pg_attrdef_adbin};
	static const AttrNumber checks[] = {Anum_pg_constraint_conbin};
	static const AttrNumber policies[] = {Anum_pg_policy_polqual, Anum_pg_policy_polwithcheck};
	Oid			relid = RelationGetRelid(rel);
	TupleDesc	tupdesc = RelationGetDescr(rel);

	if (rel->rd_rel->relkind != RELKIND_RELATION)
		return "it is not an ordinary table";
	if (rel->rd_rel->relowner != owner)
		return "it belongs to another role than ledger_meta";
	if (rel->rd_rules != NULL)
		return "it has a rule";
	if (has_subclass(relid) || has_superclass(relid))
		return "it inherits, or is inherited from";
	if (rel->trigdesc != NULL)
		for (int i = 0; i < rel->trigdesc->numtriggers; i++)
		{
			Trigger    *trigger = &rel->trigdesc->triggers[i];

			/* its cascades may queue triggers of other tables, to run as the caller */
			if (trigger->tgisinternal)
				return "it takes part in a foreign key";
			if (get_func_namespace(trigger->tgfoid) != get_namespace_oid("engage", true) ||
				trigger->tgqual != NULL)
				return psprintf("it has trigger \"%s\"", trigger->tgname);
		}
	for (int i = 0; i < tupdesc->natts; i++)
		if (!TupleDescAttr(tupdesc, i)->attisdropped &&
			TupleDescAttr(tupdesc, i)->atttypid >= FirstNormalObjectId)
			return psprintf("column \"%s\" has a type of a user",
							NameStr(TupleDescAttr(tupdesc, i)->attname));
	if (catalog_has_harmful(AttrDefaultRelationId, AttrDefaultIndexId,
							Anum_pg_attrdef_adrelid, relid, defaults, 1))
		return "a column default calls a function";
	if (catalog_has_harmful(ConstraintRelationId, ConstraintRelidTypidNameIndexId,
							Anum_pg_constraint_conrelid, relid, checks, 1))
		return "a constraint calls a function";
	if (catalog_has_harmful(PolicyRelationId, PolicyPolrelidPolnameIndexId,
							Anum_pg_policy_polrelid, relid, policies, 2))
		return "a policy calls a function";
	if (indexes_have_harmful(rel))
		return "an index calls a function";
	return NULL;
}

const char *
engage_find_foreign_code(Ledger *ledger)
{
	for (int i = 0; i < LEDGER_TABLES; i++)
	{
		Relation	rel = table_open(ledger->tables[i].relid, AccessShareLock);
		const char *finding = find_in_table(rel, ledger->owner);

		if (finding != NULL)
			finding = MemoryContextStrdup(ledger->context,
										  psprintf("table \"%s\": %s", RelationGetRelationName(rel), finding));
		table_close(rel, AccessShareLock);
		if (finding != NULL)
			return finding;
	}
	return NULL;
}

void
engage_refuse_foreign_code(const Ledger *ledger)
{
	ereport(ERROR,
			(errcode(ERRCODE_ENGAGE_FOREIGN_CODE),
			 errmsg("the tables of ledger \"%s\" can run code of their owner",
					NameStr(ledger->name)),
			 errdetail("%s; it would run with the rights of \"%s\".",
					   ledger->foreign_code, GetUserNameFromId(GetUserId(), false)),
			 errhint("Only the owner \"%s\" can use this ledger as it is. Functions of the server that are not volatile are allowed in expressions; other triggers are not.",
					 GetUserNameFromId(ledger->owner, true))));
}
