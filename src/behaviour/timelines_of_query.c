/*-------------------------------------------------------------------------
 *
 * timelines_of_query.c
 *	  timelines(query, customer): the timelines of everybody, from the rows of
 *	  a query, without a hash table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "behaviour/timeline.h"
#include "catalog/pg_type.h"
#include "common/errors.h"
#include "common/event_args.h"
#include "common/event_store.h"
#include "common/interrupts.h"
#include "common/key_reader.h"
#include "common/result_rows.h"
#include "common/time_arg.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#define ROWS_AT_A_TIME	10000

/*
 * A payload is the code of the event's name, and whether it has a value.  There
 * are few names nearly always, so without values it shares a word with the time.
 */
#define FEW_NAMES_BITS	12
#define CODE_BITS		32
#define HAS_VALUE		(UINT64CONST(1) << CODE_BITS)

/* ------------------------------------------------------------- the query */

/*
 * Its columns are given the types that we read by a query around it, so what
 * can be cast to them is accepted, with the usual errors.
 */
static SPIPlanPtr
prepare(const char *query, Oid customer_type, bool *has_values)
{
	SPIPlanPtr	plan = SPI_prepare(query, 0, NULL);
	List	   *sources = plan == NULL ? NIL : SPI_plan_get_plan_sources(plan);
	TupleDesc	tupdesc = list_length(sources) == 1 ?
		((CachedPlanSource *) linitial(sources))->resultDesc : NULL;
	StringInfoData typed;
	int			length = strlen(query);
	Oid			time_type;

	if (tupdesc == NULL || tupdesc->natts < 3 || tupdesc->natts > 4)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the query must return three or four columns: customer, time, event, and maybe a value"),
				 errhint("Write for example timelines('SELECT customer_id, ts, event FROM events', NULL::bigint).")));
	time_type = getBaseType(SPI_gettypeid(tupdesc, 2));
	if (time_type != TIMESTAMPTZOID && time_type != TIMESTAMPOID && time_type != DATEOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the second column of the query must be a time, not of type %s",
						format_type_be(SPI_gettypeid(tupdesc, 2))),
				 errdetail("Times are timestamptz, timestamp or date.")));
	*has_values = tupdesc->natts == 4;

	while (length > 0 && (query[length - 1] == ';' || isspace((unsigned char) query[length - 1])))
		length--;
	/*
	 * timestamptz stays what it is: a cast would go by the session's zone.  (A
	 * type modifier of none is said, or bpchar would be printed as character,
	 * which is of one character.)
	 */
	initStringInfo(&typed);
	appendStringInfo(&typed, "SELECT c::%s, t::pg_catalog.%s, e::pg_catalog.text%s FROM (%.*s\n) AS q(c, t, e%s)",
					 format_type_extended(customer_type, -1,
										  FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY),
					 time_type == TIMESTAMPTZOID ? "timestamptz" : "timestamp",
					 *has_values ? ", v::pg_catalog.float8" : "", length, query,
					 *has_values ? ", v" : "");
	SPI_freeplan(plan);
	plan = SPI_prepare(typed.data, 0, NULL);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	return plan;
}

static void
read_rows(SPIPlanPtr plan, EventStore *store, KeyReader *customers, EventNames *names, bool has_values)
{
	Portal		portal = SPI_cursor_open(NULL, plan, NULL, NULL, true);

	/* keys and names that had to be made, of a numeric or a toasted text */
	MemoryContext made = AllocSetContextCreate(CurrentMemoryContext, "engage timeline rows",
											   ALLOCSET_DEFAULT_SIZES);

	for (;;)
	{
		MemoryContext old;

		SPI_cursor_fetch(portal, true, ROWS_AT_A_TIME);
		old = MemoryContextSwitchTo(made);
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			Datum		columns[4];
			bool		nulls[4];
			text	   *name;
			Key			customer = {0};
			uint64		payload;
			uint64		bits = 0;
			int64		time;

			check_interrupts_at(i);
			heap_deform_tuple(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, columns, nulls);
			if (nulls[0] || nulls[1] || nulls[2])
				continue;
			engage_key_read(customers, columns[0], &customer);
			time = engage_finite_time(DatumGetTimestamp(columns[1]), "event");
			name = DatumGetTextPP(columns[2]);
			payload = event_name_code(names, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
			if (has_values && !nulls[3])
			{
				double		value = engage_event_value(DatumGetFloat8(columns[3]));

				memcpy(&bits, &value, sizeof(bits));
				payload |= HAS_VALUE;
			}
			if (has_values)
				engage_event_store_add_slowly(store, &customer, time, payload, bits);
			else
				event_store_add(store, &customer, time, payload);
		}
		MemoryContextSwitchTo(old);
		MemoryContextReset(made);
		if (SPI_processed == 0)
			break;
		SPI_freetuptable(SPI_tuptable);
	}
	MemoryContextDelete(made);
	SPI_cursor_close(portal);
}

/* ------------------------------------------------------------- the results */

/* How a key becomes a value of its type again */
typedef struct KeyWriter
{
	Oid			type;
	KeyKind		kind;
	Oid			typioparam;
	FmgrInfo	input;
} KeyWriter;

static void
key_writer_init(KeyWriter *writer, Oid type, KeyKind kind)
{
	Oid			function;

	writer->type = getBaseType(type);
	writer->kind = kind;
	getTypeInputInfo(writer->type, &function, &writer->typioparam);
	fmgr_info(function, &writer->input);
}

static Datum
key_datum(KeyWriter *writer, const Key *key)
{
	switch (writer->kind)
	{
		case KEY_INT8:
			if (writer->type == INT2OID)
				return Int16GetDatum((int16) key->integer);
			if (writer->type == INT4OID)
				return Int32GetDatum((int32) key->integer);
			return Int64GetDatum(key->integer);
		case KEY_UUID:
			{
				pg_uuid_t  *uuid = palloc(sizeof(pg_uuid_t));

				memcpy(uuid->data, key->bytes, UUID_LEN);
				return UUIDPGetDatum(uuid);
			}
		case KEY_BYTEA:
			return PointerGetDatum(cstring_to_text_with_len(key->bytes, key->len));
		case KEY_TEXT:
			break;
	}
	if (writer->type == TEXTOID || writer->type == VARCHAROID)
		return PointerGetDatum(cstring_to_text_with_len(key->bytes, key->len));
	return InputFunctionCall(&writer->input, pnstrdup(key->bytes, key->len), writer->typioparam, -1);
}

static void
put_timelines(ResultRows *rows, EventStore *store, KeyWriter *writer, EventNames *names, bool has_values)
{
	EventReader *reader = engage_event_reader_create(store);
	MemoryContext row_context = AllocSetContextCreate(CurrentMemoryContext, "engage timeline",
													  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = CurrentMemoryContext;
	EventRun	run;

	while (engage_event_reader_next(reader, &run))
	{
		TimelineEvent *events;
		Datum		values[2];
		bool		nulls[2] = {false, false};

		CHECK_FOR_INTERRUPTS();
		MemoryContextSwitchTo(row_context);
		events = MemoryContextAllocHuge(row_context, run.n * sizeof(TimelineEvent));
		for (int64 i = 0; i < run.n; i++)
		{
			check_interrupts_at(i);
			if (has_values)
			{
				events[i].time = run.valued[i].time;
				events[i].code = (uint32) run.valued[i].payload;
				events[i].has_value = (run.valued[i].payload & HAS_VALUE) != 0;
				memcpy(&events[i].value, &run.valued[i].value, sizeof(double));
			}
			else
			{
				events[i].time = run.events[i].time;
				events[i].code = (uint32) run.events[i].payload;
				events[i].has_value = false;
				events[i].value = 0;
			}
		}
		values[0] = key_datum(writer, &run.customer);
		values[1] = PointerGetDatum(engage_timeline_encode(names->names, events, run.n, names->local_codes));
		engage_put_row(rows, values, nulls);
		MemoryContextSwitchTo(old);
		MemoryContextReset(row_context);
	}
	MemoryContextDelete(row_context);
	engage_event_reader_free(reader);
}

/* (query, customer): the second argument only tells the type */
PG_FUNCTION_INFO_V1(engage_timelines_of_query);
Datum
engage_timelines_of_query(PG_FUNCTION_ARGS)
{
	ResultRows	rows = engage_begin_rows(fcinfo);
	MemoryContext context = CurrentMemoryContext;
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 1);
	EventNames *names;
	EventStore *store;
	KeyReader	customers;
	KeyWriter	writer;
	SPIPlanPtr	plan;
	bool		has_values;
	char	   *query;

	if (PG_ARGISNULL(0))
		return (Datum) 0;
	query = text_to_cstring(PG_GETARG_TEXT_PP(0));
	engage_key_reader_init_type(&customers, type, context, "customer");
	key_writer_init(&writer, type, customers.kind);
	names = engage_event_names_create(context);

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	plan = prepare(query, type, &has_values);
	store = engage_event_store_create(engage_event_budget_create(context, engage_event_memory_limit()),
									  context, customers.kind,
									  has_values ? CODE_BITS + 1 : FEW_NAMES_BITS, has_values);
	read_rows(plan, store, &customers, names, has_values);
	SPI_finish();

	put_timelines(&rows, store, &writer, names, has_values);
	return (Datum) 0;
}
