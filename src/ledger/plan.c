/*-------------------------------------------------------------------------
 *
 * plan.c
 *	  Statements on the tables of a ledger, and their kept plans.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/errors.h"
#include "ledger/ledger.h"
#include "utils/builtins.h"

/* The types statements take, by the words in LedgerStatement.arguments. */
static Oid
argument_type(const Ledger *ledger, const char *word)
{
	if (strcmp(word, "member") == 0)
		return ledger->member_type;
	if (strcmp(word, "bigint") == 0)
		return INT8OID;
	if (strcmp(word, "bigint[]") == 0)
		return INT8ARRAYOID;
	if (strcmp(word, "int") == 0)
		return INT4OID;
	if (strcmp(word, "text") == 0)
		return TEXTOID;
	if (strcmp(word, "text[]") == 0)
		return TEXTARRAYOID;
	if (strcmp(word, "boolean") == 0)
		return BOOLOID;
	if (strcmp(word, "bytea") == 0)
		return BYTEAOID;
	if (strcmp(word, "numeric") == 0)
		return NUMERICOID;
	if (strcmp(word, "date") == 0)
		return DATEOID;
	if (strcmp(word, "timestamptz") == 0)
		return TIMESTAMPTZOID;
	elog(ERROR, "unknown argument type \"%s\" of a statement", word);
}

static char *
replace_all(const char *text, const char *from, const char *to)
{
	StringInfoData result;
	const char *found;

	initStringInfo(&result);
	while ((found = strstr(text, from)) != NULL)
	{
		appendBinaryStringInfo(&result, text, found - text);
		appendStringInfoString(&result, to);
		text = found + strlen(from);
	}
	appendStringInfoString(&result, text);
	return result.data;
}

AttrNumber
engage_ledger_column(const Ledger *ledger, LedgerTableId table, const char *column)
{
	int			number = SPI_fnumber(ledger->tables[table].tupdesc, column);

	if (number <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_LEDGER_FORMAT),
				 errmsg("table \"%s\" of ledger \"%s\" has no column \"%s\"",
						engage_table_names[table], NameStr(ledger->name), column)));
	return number;
}

/* Puts the columns of a table into a statement. */
static char *
put_columns(const LedgerTable *table, int nkeys, char *sql)
{
	StringInfoData columns;
	StringInfoData values;
	StringInfoData assignments;

	initStringInfo(&columns);
	initStringInfo(&values);
	initStringInfo(&assignments);
	for (int c = 0; c < table->ncolumns; c++)
	{
		Form_pg_attribute attribute = TupleDescAttr(table->tupdesc, table->attributes[c] - 1);
		const char *name = quote_identifier(NameStr(attribute->attname));

		appendStringInfo(&columns, "%s%s", c > 0 ? ", " : "", name);
		appendStringInfo(&values, "%s$%d", c > 0 ? ", " : "", c + 1);
		if (c >= nkeys)
			appendStringInfo(&assignments, "%s%s = $%d", c > nkeys ? ", " : "", name, c + 1);
	}
	return replace_all(replace_all(replace_all(sql, "@columns@", columns.data),
								   "@values@", values.data),
					   "@assignments@", assignments.data);
}

static SPIPlanPtr
prepare(Ledger *ledger, const LedgerStatement *statement)
{
	Oid			types[LEDGER_MAX_COLUMNS];
	int			ntypes = 0;
	char	   *words = pstrdup(statement->arguments);
	char	   *colon = strchr(words, ':');
	const LedgerTable *table = ledger->tables;
	char	   *sql = replace_all(replace_all(statement->sql, "@ledger@",
											  quote_identifier(NameStr(ledger->name))),
								  "@member@", format_type_be(ledger->member_type));
	SPIPlanPtr	plan;

	if (colon != NULL)
	{
		char	   *slash = strchr(words, '/');

		*colon = '\0';
		if (slash != NULL)
			*slash = '\0';
		while (strcmp(engage_table_names[table - ledger->tables], words) != 0)
			table++;
		sql = put_columns(table, slash != NULL ? atoi(slash + 1) : 0, sql);
		words = colon + 1;
	}
	for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " "))
		if (strcmp(word, "*") != 0)
			types[ntypes++] = argument_type(ledger, word);
		else
			for (int c = 0; c < table->ncolumns; c++)
				types[ntypes++] = TupleDescAttr(table->tupdesc, table->attributes[c] - 1)->atttypid;
	/* one plan for all values, made once */
	plan = SPI_prepare_cursor(sql, ntypes, types, CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL)
		elog(ERROR, "cannot prepare \"%s\": %s", sql, SPI_result_code_string(SPI_result));
	SPI_keepplan(plan);
	return plan;
}

SPIPlanPtr
engage_ledger_plan(Ledger *ledger, const LedgerStatement *statement)
{
	int			i;

	for (i = 0; i < ledger->nstatements; i++)
		if (ledger->statements[i] == statement)
			return ledger->plans[i];
	if (i >= LEDGER_MAX_STATEMENTS)
		elog(ERROR, "too many statements");
	ledger->plans[i] = prepare(ledger, statement);
	ledger->statements[i] = statement;
	ledger->nstatements++;
	return ledger->plans[i];
}
