/*-------------------------------------------------------------------------
 *
 * report.c
 *	  Reports read somebody else's ledger as its owner.
 *
 * A report is SQL over tables found by their names.  Whatever was checked of
 * them before, the ledger's owner can put a view of that name in a table's
 * place a moment later, and what the view calls would run with the rights of
 * whoever asked for the report.  So a report is two functions: the one that is
 * called, which is here for all of them, asks what the caller may read, and
 * runs the other one, called <name>_body, as the owner.  The owner can then
 * harm nobody but himself.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "common/errors.h"
#include "common/result_rows.h"
#include "ledger/store.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/* ----------------------------------------------------------------
 *		what the caller may read
 * ---------------------------------------------------------------- */

void
engage_ledger_check_select(Ledger *ledger, LedgerTableSet tables)
{
	for (int i = 0; i < LEDGER_TABLES; i++)
		if ((tables & LEDGER_ONLY(i)) != 0 &&
			pg_class_aclcheck(ledger->tables[i].relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
			aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, get_rel_name(ledger->tables[i].relid));
}

RunAsOwner
engage_read_as_owner(Ledger *ledger, LedgerTableSet tables)
{
	RunAsOwner	saved;
	bool		bound = false;

	for (int i = 0; i < LEDGER_TABLES && !bound; i++)
		bound = (tables & LEDGER_ONLY(i)) != 0 && engage_ledger_has_rls(ledger, i);
	engage_ledger_check_select(ledger, tables);
	if (bound)
	{
		saved.guc_level = -1;
		return saved;
	}
	saved = engage_run_as_owner(ledger);
	if (saved.guc_level < 0)
		return saved;
	/* nor must an operator of the caller's run as the owner */
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	/* (the owner's own policies may be forced upon him) */
	for (int i = 0; i < LEDGER_TABLES; i++)
		if ((tables & LEDGER_ONLY(i)) != 0 && engage_ledger_has_rls(ledger, i))
			engage_ledger_refuse_rls(ledger);
	return saved;
}

/* engage.ledger_check_read(ledger): errors a report has to give before it starts */
PG_FUNCTION_INFO_V1(engage_ledger_check_read);
Datum
engage_ledger_check_read(PG_FUNCTION_ARGS)
{
	Ledger	   *ledger = engage_ledger_open(text_to_cstring(PG_GETARG_TEXT_PP(0)), LEDGER_READ);

	PG_TRY();
	{
		engage_ledger_refuse_rls(ledger);
	}
	PG_FINALLY();
	{
		engage_ledger_close(ledger);
	}
	PG_END_TRY();
	PG_RETURN_VOID();
}

/* ----------------------------------------------------------------
 *		reports
 * ---------------------------------------------------------------- */

#define MAX_ARGUMENTS 8

/* What is kept of a report from call to call */
typedef struct Report
{
	FmgrInfo	body;
	int			nargs;			/* of the report; the body may have one more */
	Oid			member_type;	/* of its second argument; InvalidOid: not a member */
	LedgerTableSet reads;
} Report;

static const struct
{
	const char *name;
	LedgerTableSet reads;		/* besides LEDGER_BOOKS */
}			more_tables[] =
{
	{"campaign_cost", LEDGER_ONLY(TABLE_CAMPAIGN) | LEDGER_ONLY(TABLE_CAMPAIGN_BUDGET)},
	{"explain_award", LEDGER_ONLY(TABLE_REFUSAL)},
	{"ledger_health", LEDGER_ONLY(TABLE_JOB_RUN) | LEDGER_ONLY(TABLE_CAMPAIGN) | LEDGER_ONLY(TABLE_CAMPAIGN_BUDGET)},
	{"ledger_orders", LEDGER_ONLY(TABLE_EARN_RULE)}
};

/*
 * The body of a report has its arguments; but a member, of whatever type, is
 * text there, followed by the type that he was given as.
 */
static Report *
find_report(FunctionCallInfo fcinfo, bool by_member)
{
	Oid			function = fcinfo->flinfo->fn_oid;
	Report	   *report = fcinfo->flinfo->fn_extra;
	char	   *name;
	Oid		   *types;
	Oid			body_types[MAX_ARGUMENTS];
	int			n = 0;
	Oid			body;

	if (report != NULL)
		return report;
	report = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Report));
	name = get_func_name(function);
	(void) get_func_signature(function, &types, &report->nargs);
	if (report->nargs >= MAX_ARGUMENTS)
		elog(ERROR, "report \"%s\" has too many arguments", name);
	for (int i = 0; i < report->nargs; i++)
	{
		body_types[n++] = by_member && i == 1 ? TEXTOID : types[i];
		if (by_member && i == 1)
		{
			report->member_type = types[i];
			body_types[n++] = REGTYPEOID;
		}
	}
	/* (whoever calls by way of a view need not have rights on the schema) */
	body = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
						   CStringGetDatum(psprintf("%s_body", name)),
						   PointerGetDatum(buildoidvector(body_types, n)),
						   ObjectIdGetDatum(get_func_namespace(function)));
	if (!OidIsValid(body))
		elog(ERROR, "report \"%s\" has no body", name);
	fmgr_info_cxt(body, &report->body, fcinfo->flinfo->fn_mcxt);
	report->reads = LEDGER_BOOKS;
	for (int i = 0; i < lengthof(more_tables); i++)
		if (strcmp(more_tables[i].name, name) == 0)
			report->reads |= more_tables[i].reads;
	fcinfo->flinfo->fn_extra = report;
	return report;
}

static Datum
run_body(FunctionCallInfo fcinfo, Report *report)
{
	LOCAL_FCINFO(call, MAX_ARGUMENTS);
	int			n = 0;
	Datum		result;

	/* its rows go straight to whoever called the report */
	InitFunctionCallInfoData(*call, &report->body, report->body.fn_nargs,
							 fcinfo->fncollation, fcinfo->context, fcinfo->resultinfo);
	for (int i = 0; i < report->nargs; i++)
	{
		call->args[n] = fcinfo->args[i];
		if (OidIsValid(report->member_type) && i == 1)
		{
			if (!call->args[n].isnull && report->member_type != TEXTOID)
				call->args[n].value = CStringGetTextDatum(engage_member_text(report->member_type, call->args[n].value));
			n++;
			call->args[n].value = ObjectIdGetDatum(report->member_type);
			call->args[n].isnull = false;
		}
		n++;
	}
	result = FunctionCallInvoke(call);
	fcinfo->isnull = call->isnull;
	return result;
}

static Datum
run_as_owner(FunctionCallInfo fcinfo, Ledger *ledger, Report *report)
{
	RunAsOwner	saved = engage_run_as_owner(ledger);
	volatile Datum result = 0;

	PG_TRY();
	{
		result = run_body(fcinfo, report);
	}
	PG_FINALLY();
	{
		engage_run_as_caller(saved);
	}
	PG_END_TRY();
	return result;
}

static Datum
run_checked(FunctionCallInfo fcinfo, Report *report)
{
	Ledger	   *ledger = engage_ledger_open(text_to_cstring(PG_GETARG_TEXT_PP(0)), LEDGER_READ);
	volatile Datum result = 0;

	PG_TRY();
	{
		engage_ledger_check_select(ledger, report->reads);
		engage_ledger_refuse_rls(ledger);
		result = run_as_owner(fcinfo, ledger, report);
	}
	PG_FINALLY();
	{
		engage_ledger_close(ledger);
	}
	PG_END_TRY();
	return result;
}

static Datum
run_report(FunctionCallInfo fcinfo, bool by_member)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("ledger must not be null"),
				 errhint("State a value.")));
	return run_checked(fcinfo, find_report(fcinfo, by_member));
}

/* engage.liability(ledger, ...) and all others about a ledger as a whole */
PG_FUNCTION_INFO_V1(engage_run_report);
Datum
engage_run_report(PG_FUNCTION_ARGS)
{
	return run_report(fcinfo, false);
}

/* engage.statement(ledger, member, ...) and all others about one member */
PG_FUNCTION_INFO_V1(engage_run_member_report);
Datum
engage_run_member_report(PG_FUNCTION_ARGS)
{
	return run_report(fcinfo, true);
}

/* ----------------------------------------------------------------
 *		settings of all ledgers
 * ---------------------------------------------------------------- */

static const struct
{
	const char *name;
	Oid			type;
}			settings[] =
{
	{"unit", TEXTOID},
	{"time_zone", TEXTOID},
	{"format_version", INT4OID},
	{"closed_until", TIMESTAMPTZOID},
	{"test_clock", BOOLOID},
	{"created_at", TIMESTAMPTZOID}
};

/* false: this is not a ledger's table that the caller may read. */
static bool
find_settings(Relation rel, AttrNumber *columns)
{
	TupleDesc	tupdesc = RelationGetDescr(rel);

	if (rel->rd_rel->relkind != RELKIND_RELATION || RELATION_IS_OTHER_TEMP(rel) ||
		rel->rd_rel->relrowsecurity ||
		pg_class_aclcheck(RelationGetRelid(rel), GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		return false;
	for (int i = 0; i < lengthof(settings); i++)
	{
		columns[i] = 0;
		for (int a = 0; a < tupdesc->natts; a++)
		{
			Form_pg_attribute attribute = TupleDescAttr(tupdesc, a);

			if (!attribute->attisdropped && attribute->attgenerated == '\0' &&
				attribute->atttypid == settings[i].type &&
				strcmp(NameStr(attribute->attname), settings[i].name) == 0)
				columns[i] = a + 1;
		}
		if (columns[i] == 0)
			return false;
	}
	return true;
}

static void
put_settings(ResultRows *rows, Relation rel, const AttrNumber *columns)
{
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, GetActiveSnapshot(), 0, NULL);

	if (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		Datum		values[lengthof(settings)];
		bool		nulls[lengthof(settings)];

		for (int i = 0; i < lengthof(settings); i++)
		{
			values[i] = slot_getattr(slot, columns[i], &nulls[i]);
			if (!nulls[i] && settings[i].type == TEXTOID)
				values[i] = PointerGetDatum(PG_DETOAST_DATUM_COPY(values[i]));
		}
		engage_put_row(rows, values, nulls);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

/*
 * engage.ledger_settings(meta): what ledgers() shows of a table ledger_meta that
 * may be anybody's.  Its rows are taken as they lie on disk, which runs no code,
 * and found by OID, which cannot be made to mean a view.
 */
PG_FUNCTION_INFO_V1(engage_ledger_settings);
Datum
engage_ledger_settings(PG_FUNCTION_ARGS)
{
	ResultRows	rows = engage_begin_rows(fcinfo);
	Relation	rel = try_relation_open(PG_GETARG_OID(0), AccessShareLock);
	AttrNumber	columns[lengthof(settings)];

	/* (it was dropped meanwhile) */
	if (rel == NULL)
		return (Datum) 0;
	if (find_settings(rel, columns))
		put_settings(&rows, rel, columns);
	relation_close(rel, NoLock);
	return (Datum) 0;
}

/* engage.ledger_now(ledger): the instant now, as the ledger sees it */
PG_FUNCTION_INFO_V1(engage_ledger_now);
Datum
engage_ledger_now(PG_FUNCTION_ARGS)
{
	Ledger	   *ledger = engage_ledger_open(text_to_cstring(PG_GETARG_TEXT_PP(0)), LEDGER_READ);
	TimestampTz now = 0;

	PG_TRY();
	{
		now = engage_ledger_clock(ledger);
	}
	PG_FINALLY();
	{
		engage_ledger_close(ledger);
	}
	PG_END_TRY();
	PG_RETURN_TIMESTAMPTZ(now);
}
