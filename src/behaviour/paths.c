/*-------------------------------------------------------------------------
 *
 * paths.c
 *	  Type path_summary: counting paths, and its edges as rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/paths.h"
#include "behaviour/session_gap.h"
#include "behaviour/timeline.h"
#include "catalog/pg_type.h"
#include "common/errors.h"
#include "common/int.h"
#include "common/interrupts.h"
#include "common/result_rows.h"
#include "common/time_arg.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

static const char *const param_names[] = {"from_end"};
static const TallyKind kinds[] = {
	{"edge", 3, 2 | 4}, {"edge_customers", 3, 2 | 4}, {"entry", 2, 2}, {"entry_customers", 2, 2},
	{"exit", 2, 2}, {"exit_customers", 2, 2}, {"paths", 1, 0}, {"customers", 1, 0}
};

static const char *
check_summary(const Tally *tally)
{
	int64		ncells;
	TallyCell  *cells = engage_tally_sorted(tally, &ncells);
	int64		paths = engage_tally_get(tally, TALLY_KEY(PATH_TOTAL, 0, 0, 0));
	int64		customers = engage_tally_get(tally, TALLY_KEY(PATH_TOTAL_CUSTOMERS, 0, 0, 0));
	bool		from_end = tally->params[PATH_FROM_END] == 1;
	int64		together = 0;	/* of a kind, edges of a step */

	if (tally->params[PATH_FROM_END] != 0 && !from_end)
		return "from_end must be 0 or 1.";
	if (customers > paths)
		return "There are more customers than paths.";
	for (int64 i = 0; i < ncells; i++)
	{
		TallyKey	key = cells[i].key;
		bool		is_total = key.kind >= PATH_TOTAL;

		if (is_total ? key.a != 0 : from_end ? key.a >= 0 || key.a == PG_INT32_MIN : key.a <= 0)
			return "A step is not possible.";
		if (cells[i].count > (key.kind % 2 == 0 ? paths : customers))
			return "A count is larger than the number of all.";

		/* a path begins once, ends at most once, and has one edge at a step */
		if (i == 0 || key.kind != cells[i - 1].key.kind ||
			(key.kind == PATH_EDGE && key.a != cells[i - 1].key.a))
			together = 0;
		if (key.kind % 2 == 0)
		{
			if (cells[i].count > paths - together)
				return "Counts together are larger than the number of all paths.";
			together += cells[i].count;
		}
		else
		{
			key.kind--;
			if (cells[i].count > engage_tally_get(tally, &key))
				return "There are more customers than paths.";
		}
	}
	return NULL;
}

const TallyType engage_path_summary_type = {
	"path_summary", lengthof(param_names), param_names, lengthof(kinds), kinds, false, check_summary
};

TALLY_FUNCTIONS(path_summary);

/* ----------------------------------------------------------------- counting */

void
engage_path_counter_init(PathCounter *counter, Tally *tally, int64 gap, int64 max_steps)
{
	memset(counter, 0, sizeof(PathCounter));
	counter->tally = tally;
	counter->gap = gap;
	counter->max_steps = max_steps;
	counter->from_end = tally->params[PATH_FROM_END] == 1;
	counter->code_space = 64;
	counter->codes = palloc(counter->code_space * sizeof(uint32));
	counter->key_space = 64;
	counter->keys = palloc(counter->key_space * sizeof(TallyKey));
}

void
engage_path_counter_free(PathCounter *counter)
{
	pfree(counter->codes);
	pfree(counter->keys);
}

/* One step more, by the code that its name has in the tally */
static void
add_step(PathCounter *counter, uint32 code)
{
	if (counter->ncodes == counter->code_space)
		counter->codes = repalloc_huge(counter->codes, (counter->code_space *= 2) * sizeof(uint32));
	counter->codes[counter->ncodes++] = code;
}

static void
count_edge(PathCounter *counter, int kind, int64 step, uint32 source, uint32 target)
{
	TallyKey	key = {.kind = kind, .a = (int32) step, .b = (int32) source, .c = (int32) target};

	engage_tally_add(counter->tally, &key, 1);
	key.kind++;
	if (counter->nkeys == counter->key_space)
		counter->keys = repalloc_huge(counter->keys, (counter->key_space *= 2) * sizeof(TallyKey));
	counter->keys[counter->nkeys++] = key;
}

/* The path is complete; one without steps is none. */
static void
end_path(PathCounter *counter)
{
	int64		n = counter->ncodes;
	/* of the first event; an edge has the step that it starts from */
	int64		first = counter->from_end ? -n : 1;

	counter->ncodes = 0;
	if (n == 0)
		return;
	if (n > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a path of " INT64_FORMAT " steps is too long", n)));
	count_edge(counter, PATH_ENTRY, first, counter->codes[0], 0);
	for (int64 i = 0; i + 1 < n; i++)
	{
		check_interrupts_at(i);
		count_edge(counter, PATH_EDGE, first + i, counter->codes[i], counter->codes[i + 1]);
	}
	if (!counter->is_cut)
		count_edge(counter, PATH_EXIT, first + n - 1, counter->codes[n - 1], 0);
	counter->is_cut = false;
	engage_tally_add(counter->tally, TALLY_KEY(PATH_TOTAL, 0, 0, 0), 1);
	counter->npaths++;
}

/* The customer's next event: where it is not the same again, a step of a path */
void
engage_path_event(PathCounter *counter, int64 time, uint32 code)
{
	bool		is_again = false;

	if (counter->has_events)
	{
		if (!session_goes_on(counter->last_time, time, counter->gap))
			end_path(counter);
		else
			is_again = code == counter->last_code;
	}
	counter->has_events = true;
	counter->last_time = time;
	counter->last_code = code;
	if (is_again)
		return;
	if (counter->ncodes < counter->max_steps)
		add_step(counter, code);
	else
		counter->is_cut = true;
}

static inline int
compare_keys(const TallyKey *a, const TallyKey *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->a != b->a)
		return a->a < b->a ? -1 : 1;
	if (a->b != b->b)
		return a->b < b->b ? -1 : 1;
	return a->c < b->c ? -1 : a->c > b->c;
}

#define ST_SORT			sort_keys
#define ST_ELEMENT_TYPE	TallyKey
#define ST_COMPARE(a, b) compare_keys(a, b)
#define ST_SCOPE		static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

/* That was all of the customer. */
void
engage_path_customer_end(PathCounter *counter)
{
	end_path(counter);
	counter->has_events = false;
	if (counter->npaths > 1)
		sort_keys(counter->keys, counter->nkeys);
	for (int64 i = 0; i < counter->nkeys; i++)
	{
		check_interrupts_at(i);
		if (i == 0 || counter->npaths == 1 || compare_keys(&counter->keys[i - 1], &counter->keys[i]) != 0)
			engage_tally_add(counter->tally, &counter->keys[i], 1);
	}
	if (counter->npaths > 0)
		engage_tally_add(counter->tally, TALLY_KEY(PATH_TOTAL_CUSTOMERS, 0, 0, 0), 1);
	counter->npaths = 0;
	counter->nkeys = 0;
}

/* -------------------------------------------------------------- transitions */

static Datum
state_as_it_is(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return PG_GETARG_DATUM(0);
}

Tally *
engage_path_tally(FunctionCallInfo fcinfo, bool from_end)
{
	Tally	   *tally = engage_tally_state(fcinfo, &engage_path_summary_type);
	int64		params[] = {from_end};

	if (tally == NULL)
		return engage_tally_create(&engage_path_summary_type, engage_tally_context(fcinfo), params, NULL, 0);
	if (tally->params[PATH_FROM_END] != from_end)
		engage_tally_mixture(&engage_path_summary_type, "from_end");
	return tally;
}

/* (path_summary, path [, from_end]): one path of a customer */
PG_FUNCTION_INFO_V1(engage_path_accum_array);
Datum
engage_path_accum_array(PG_FUNCTION_ARGS)
{
	Tally	   *tally;
	ArrayType  *path;
	EventName  *names;
	int			nnames;
	PathCounter counter;

	if (PG_ARGISNULL(1) || (PG_NARGS() > 2 && PG_ARGISNULL(2)))
		return state_as_it_is(fcinfo);
	path = PG_GETARG_ARRAYTYPE_P(1);
	if (ARR_NDIM(path) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("a path must be an array of one dimension, not %d", ARR_NDIM(path))));
	tally = engage_path_tally(fcinfo, PG_NARGS() > 2 && PG_GETARG_BOOL(2));
	names = engage_names_arg(path, &nnames);
	engage_path_counter_init(&counter, tally, PG_INT64_MAX, PG_INT64_MAX);
	for (int i = 0; i < nnames; i++)
		add_step(&counter, event_name_code(tally->names, names[i].bytes, names[i].len));
	engage_path_customer_end(&counter);
	engage_path_counter_free(&counter);
	return tally_datum(tally);
}

int64
engage_path_gap_arg(FunctionCallInfo fcinfo, int argno)
{
	if (PG_ARGISNULL(argno))
		engage_null_argument("gap");
	return engage_elapsed_arg(PG_GETARG_INTERVAL_P(argno), "gap", false);
}

/* Functions without this argument take all steps. */
int64
engage_path_max_steps_arg(FunctionCallInfo fcinfo, int argno)
{
	int32		max_steps;

	if (PG_NARGS() <= argno)
		return PG_INT64_MAX;
	if (PG_ARGISNULL(argno))
		engage_null_argument("max_steps");
	max_steps = PG_GETARG_INT32(argno);
	if (max_steps < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_steps must be 1 or more, not %d", max_steps)));
	return max_steps;
}

/* (path_summary, timeline, gap [, max_steps]): a path a session */
PG_FUNCTION_INFO_V1(engage_path_accum);
Datum
engage_path_accum(PG_FUNCTION_ARGS)
{
	Tally	   *tally;
	Timeline	timeline;
	TimelineReader reader;
	PathCounter counter;
	uint32	   *codes;
	const uint8 *position;

	if (PG_ARGISNULL(1))
		return state_as_it_is(fcinfo);
	tally = engage_path_tally(fcinfo, false);
	engage_path_counter_init(&counter, tally, engage_path_gap_arg(fcinfo, 2),
							 engage_path_max_steps_arg(fcinfo, 3));
	timeline_arg(&timeline, PG_GETARG_DATUM(1));
	codes = MemoryContextAllocHuge(CurrentMemoryContext, Max(timeline.nnames, 1) * sizeof(uint32));
	position = timeline.names;
	for (uint32 i = 0; i < timeline.nnames; i++)
	{
		uint32		len = (uint32) varint_read(&position);

		codes[i] = event_name_code(tally->names, (const char *) position, len);
		position += len;
	}
	timeline_reader_init(&reader, &timeline);
	while (timeline_next(&reader))
	{
		check_interrupts_at(reader.next);
		engage_path_event(&counter, reader.time, codes[reader.code]);
	}
	engage_path_customer_end(&counter);
	engage_path_counter_free(&counter);
	pfree(codes);
	return tally_datum(tally);
}

/* ---------------------------------------------------------------- accessors */

typedef struct Edge
{
	int32		step;
	const EventName *source;
	const EventName *target;
	int64		paths;
	int64		customers;
} Edge;

static int
compare_names(const EventName *a, const EventName *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return event_name_compare(a, b);
}

static int
compare_places(const Edge *a, const Edge *b)
{
	int			order;

	if (a->step != b->step)
		return a->step < b->step ? -1 : 1;
	if (a->paths != b->paths)
		return a->paths > b->paths ? -1 : 1;
	order = compare_names(a->source, b->source);
	return order != 0 ? order : compare_names(a->target, b->target);
}

static int
compare_sizes(const void *x, const void *y)
{
	const Edge *a = x;
	const Edge *b = y;

	if (a->customers != b->customers)
		return a->customers > b->customers ? -1 : 1;
	if (a->paths != b->paths)
		return a->paths > b->paths ? -1 : 1;
	return compare_places(a, b);
}

static int
compare_edges(const void *x, const void *y)
{
	return compare_places(x, y);
}

static Datum
edge_name(const EventName *name, bool *is_null)
{
	*is_null = name == NULL;
	return name == NULL ? (Datum) 0 : PointerGetDatum(cstring_to_text_with_len(name->bytes, name->len));
}

static void
put_edge(ResultRows *rows, const Edge *edge, int64 nedges, int64 all_paths)
{
	Datum		values[7];
	bool		nulls[7] = {false};

	values[0] = Int32GetDatum(edge->step);
	values[1] = edge_name(edge->source, &nulls[1]);
	values[2] = edge_name(edge->target, &nulls[2]);
	values[3] = Int64GetDatum(edge->customers);
	nulls[3] = nedges > 1;
	values[4] = Int64GetDatum(edge->paths);
	values[5] = Float8GetDatum(100.0 * (double) edge->paths / (double) all_paths);
	values[6] = Int64GetDatum(nedges);
	engage_put_row(rows, values, nulls);
}

/* (path_summary, top) */
PG_FUNCTION_INFO_V1(engage_path_edges);
Datum
engage_path_edges(PG_FUNCTION_ARGS)
{
	static const EventName other = {.bytes = "(other)", .len = 7};
	Tally	   *tally;
	ResultRows	rows;
	TallyCell  *cells;
	int64		ncells;
	Edge	   *edges;
	int64		nedges = 0;
	int64		shown;
	int64		all_paths;
	bool		shows_all;

	if (PG_ARGISNULL(0))
		return (engage_begin_rows(fcinfo), (Datum) 0);
	tally = engage_tally_arg(&engage_path_summary_type, PG_GETARG_DATUM(0), CurrentMemoryContext);
	shows_all = PG_ARGISNULL(1);
	shown = shows_all ? 0 : PG_GETARG_INT32(1);
	if (shown < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("top must be zero or more, not " INT64_FORMAT, shown),
				 errhint("NULL shows all edges.")));
	rows = engage_begin_rows(fcinfo);
	cells = engage_tally_sorted(tally, &ncells);
	all_paths = engage_tally_get(tally, TALLY_KEY(PATH_TOTAL, 0, 0, 0));
	edges = MemoryContextAllocHuge(CurrentMemoryContext, Max(ncells, 1) * sizeof(Edge));
	for (int64 i = 0; i < ncells; i++)
	{
		TallyKey	key = cells[i].key;
		Edge	   *edge = &edges[nedges];

		check_interrupts_at(i);
		if (key.kind != PATH_EDGE && key.kind != PATH_ENTRY && key.kind != PATH_EXIT)
			continue;
		edge->step = key.kind == PATH_ENTRY ? key.a - 1 : key.a;
		edge->source = key.kind == PATH_ENTRY ? NULL : &tally->names->names[key.b];
		edge->target = key.kind == PATH_ENTRY ? &tally->names->names[key.b] :
			key.kind == PATH_EXIT ? NULL : &tally->names->names[key.c];
		edge->paths = cells[i].count;
		key.kind++;
		edge->customers = engage_tally_get(tally, &key);
		nedges++;
	}

	if (shows_all || shown > nedges)
		shown = nedges;
	else
		qsort(edges, nedges, sizeof(Edge), compare_sizes);
	qsort(edges, shown, sizeof(Edge), compare_edges);
	qsort(edges + shown, nedges - shown, sizeof(Edge), compare_edges);
	for (int64 i = 0, rest = shown; i < shown || rest < nedges;)
	{
		int32		step = i < shown && (rest >= nedges || edges[i].step <= edges[rest].step) ?
			edges[i].step : edges[rest].step;
		Edge		merged = {.step = step, .source = &other, .target = &other};
		int64		nmerged = 0;

		for (; i < shown && edges[i].step == step; i++)
			put_edge(&rows, &edges[i], 1, all_paths);
		for (; rest < nedges && edges[rest].step == step; rest++)
		{
			check_interrupts_at(rest);
			if (nmerged++ == 0 && (rest + 1 == nedges || edges[rest + 1].step != step))
				merged = edges[rest];	/* alone, it has no need to hide */
			else if (pg_add_s64_overflow(merged.paths, edges[rest].paths, &merged.paths))
				engage_count_overflow();
		}
		if (nmerged > 0)
			put_edge(&rows, &merged, nmerged, all_paths);
	}
	return (Datum) 0;
}

static int64
total(FunctionCallInfo fcinfo, int kind)
{
	return engage_tally_get(engage_tally_arg(&engage_path_summary_type, PG_GETARG_DATUM(0), CurrentMemoryContext),
							TALLY_KEY(kind, 0, 0, 0));
}

PG_FUNCTION_INFO_V1(engage_path_customers);
Datum
engage_path_customers(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(total(fcinfo, PATH_TOTAL_CUSTOMERS));
}

PG_FUNCTION_INFO_V1(engage_path_paths);
Datum
engage_path_paths(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(total(fcinfo, PATH_TOTAL));
}
