/*-------------------------------------------------------------------------
 *
 * retention.c
 *	  Type retention_summary, and counting for it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/retention.h"
#include "catalog/pg_type.h"
#include "common/call_args.h"
#include "common/errors.h"
#include "common/interrupts.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

static const char *const param_names[] = {"unit", "cohorts"};
static const TallyKind kinds[] = {
	{"size", 1, 0}, {"on", 2, 0}, {"last", 2, 0}, {"bracket", 2, 0}, {"seen", 1, 0}
};
static const char *const cohort_names[] = {"first_time", "recurring", "first_ever", "rolling"};

/* ---------------------------------------------------------------- the type */

static char *
bracket_name(const PeriodRun *bracket)
{
	return psprintf(INT64_FORMAT "-" INT64_FORMAT, bracket->first, bracket->last);
}

static inline bool
bracket_is_possible(const PeriodRun *bracket)
{
	return bracket->first >= 1 && bracket->first <= bracket->last &&
		bracket->last <= PERIOD_CELL_LIMIT;
}

bool
engage_bracket_parse(const EventName *name, PeriodRun *bracket)
{
	int64	   *bounds[] = {&bracket->first, &bracket->last};
	uint32		at = 0;

	for (int i = 0; i < 2; i++)
	{
		uint32		begin = at;

		*bounds[i] = 0;
		for (; at < name->len && at < begin + 10 && name->bytes[at] >= '0' && name->bytes[at] <= '9'; at++)
			*bounds[i] = *bounds[i] * 10 + (name->bytes[at] - '0');
		if (at == begin || name->bytes[begin] == '0')
			return false;
		if (i == 0 && (at >= name->len || name->bytes[at++] != '-'))
			return false;
	}
	return at == name->len && bracket_is_possible(bracket);
}

/* Nobody returns to a cohort who is not in it, nor after he was seen last. */
static const char *
check_cohort(const Tally *tally, const TallyCell *cells, int64 ncells)
{
	CellSlice	on = engage_cells_of_kind(cells, ncells, RETENTION_ON);
	CellSlice	last = engage_cells_of_kind(cells, ncells, RETENTION_LAST);
	const TallyCell *on_cell = on.end;
	const TallyCell *last_cell = last.end;
	int32		cohort = 0;
	int64		later = 0;		/* customers who come back in this period or later */

	/* both from the last cohort and period to the first */
	for (int64 i = 0; on_cell > on.at || last_cell > last.at; i++)
	{
		bool		is_last = last_cell > last.at &&
			(on_cell == on.at || last_cell[-1].key.a > on_cell[-1].key.a ||
			 (last_cell[-1].key.a == on_cell[-1].key.a && last_cell[-1].key.b >= on_cell[-1].key.b));
		const TallyCell *cell = is_last ? --last_cell : --on_cell;

		check_interrupts_at(i);
		if (i == 0 || cell->key.a != cohort)
			later = 0;
		cohort = cell->key.a;
		if (is_last)
		{
			if (cell->count > engage_tally_get(tally, TALLY_KEY(RETENTION_SIZE, cohort, 0, 0)) - later)
				return "More customers come back than are in the cohort.";
			if (cell->count > engage_tally_get(tally, TALLY_KEY(RETENTION_ON, cohort, cell->key.b, 0)))
				return "More customers are there for the last time than at all.";
			later += cell->count;
		}
		else if (cell->count > later)
			return "Customers come back after the last time.";
	}
	return NULL;
}

static const char *
check_summary(const Tally *tally)
{
	int64		unit = tally->params[RETENTION_UNIT];
	int64		cohorts = tally->params[RETENTION_COHORTS];
	int64		ncells;
	TallyCell  *cells = engage_tally_sorted(tally, &ncells);
	CellSlice	seen = engage_cells_of_kind(cells, ncells, RETENTION_SEEN);
	int64		last_seen = seen.at < seen.end ? seen.end[-1].key.a : PG_INT64_MIN;

	if (unit < 0 || unit >= PERIOD_UNITS || cohorts < 0 || cohorts > COHORT_ROLLING ||
		(cohorts == COHORT_ROLLING && unit > PERIOD_MONTH))
		return "The unit or the cohorts are not possible.";
	if (tally->nfixed_names > RETENTION_MAX_BRACKETS)
		return "There are too many brackets.";
	for (int i = 0; i < tally->nfixed_names; i++)
	{
		PeriodRun	bracket;

		if (!engage_bracket_parse(&tally->fixed_names[i], &bracket))
			return "A bracket is not possible.";
	}
	for (int64 i = 0; i < ncells; i++)
	{
		TallyKey	key = cells[i].key;
		bool		is_distance = key.kind == RETENTION_ON || key.kind == RETENTION_LAST;

		check_interrupts_at(i);
		if (!engage_is_period_cell(unit, key.a, is_distance ? key.b : 0) ||
			(is_distance && key.b < 1) ||
			(key.kind == RETENTION_BRACKET && (key.b < 0 || key.b >= tally->nfixed_names)))
			return "A period is not possible.";
		if ((int64) key.a + (is_distance ? key.b : 0) > last_seen)
			return "Somebody is there after all were seen last.";
		if (key.kind == RETENTION_BRACKET &&
			cells[i].count > engage_tally_get(tally, TALLY_KEY(RETENTION_SIZE, key.a, 0, 0)))
			return "More customers come back than are in the cohort.";
	}
	return check_cohort(tally, cells, ncells);
}

const TallyType engage_retention_summary_type = {
	"retention_summary", lengthof(param_names), param_names, lengthof(kinds), kinds, true, check_summary
};

TALLY_FUNCTIONS(retention_summary);

/* ------------------------------------------------------------- the question */

/* What a call asks: kept for the next row, which mostly asks the same */
typedef struct RetentionQuestion
{
	RetentionPlan plan;
	EventName  *names;			/* of the brackets */
	struct varlena *cohorts_value;
	struct varlena *brackets_value;
	bool		is_ready;
	bool		is_stable;
} RetentionQuestion;

/* Argument numbers, 0 for those that a form does not have, and what it allows */
typedef struct RetentionForm
{
	int			cohorts_argno;
	int			brackets_argno;
	int			allowed;		/* bits by RetentionCohorts */
	const char *allowed_names;
	const char *hint;
} RetentionForm;

#define FROM_ONE		(1 << COHORT_FIRST_TIME | 1 << COHORT_RECURRING | 1 << COHORT_ROLLING), "first_time, recurring and rolling"
#define FROM_TWO		(1 << COHORT_FIRST_TIME | 1 << COHORT_RECURRING | 1 << COHORT_FIRST_EVER), "first_time, recurring and first_ever"

#define HINT_ONE		"Cohorts first_ever need to know what a customer did besides: retention_agg(starts, returns, cohorts)."
#define HINT_TWO		"Rolling periods are of one activity: retention_agg(rolling_activity(t, 'day', tz), 'rolling')."
#define HINT_NO_ZONE	"Times without zone are taken as they stand, so there is no argument for a time zone."

static RetentionCohorts
read_cohorts(const RetentionForm *form, text *name)
{
	for (int i = 0; i < lengthof(cohort_names); i++)
		if ((form->allowed & (1 << i)) != 0 &&
			VARSIZE_ANY_EXHDR(name) == strlen(cohort_names[i]) &&
			memcmp(VARDATA_ANY(name), cohort_names[i], strlen(cohort_names[i])) == 0)
			return i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown cohorts: \"%s\"", text_to_cstring(name)),
			 errdetail("Here they may be %s.", form->allowed_names),
			 errhint("%s", form->hint)));
}

static void
read_brackets(RetentionQuestion *question, ArrayType *array)
{
	int			ndim = ARR_NDIM(array);
	int			n = ndim == 2 ? ARR_DIMS(array)[0] : 0;
	PeriodRun  *brackets;
	EventName  *names;
	const int32 *bounds = (const int32 *) ARR_DATA_PTR(array);

	if (ndim != 2 || ARR_DIMS(array)[1] != 2 || n > RETENTION_MAX_BRACKETS)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("brackets must be an array of 1 to %d pairs", RETENTION_MAX_BRACKETS),
				 errhint("Write the first and the last period of each, for example ARRAY[[1, 7], [8, 14]].")));
	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the first and the last period of a bracket must not be NULL")));
	brackets = palloc(n * sizeof(PeriodRun));
	names = palloc(n * sizeof(EventName));
	for (int i = 0; i < n; i++)
	{
		char	   *name;

		brackets[i] = (PeriodRun) {bounds[2 * i], bounds[2 * i + 1]};
		name = bracket_name(&brackets[i]);
		if (!bracket_is_possible(&brackets[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("bracket %s is not possible", name),
					 errdetail("Periods after the cohort's count from 1; the last of a bracket must not be before its first.")));
		names[i] = (EventName) {.bytes = name, .len = strlen(name)};
	}
	question->names = names;
	question->plan.nbrackets = n;
	question->plan.brackets = brackets;
}

static inline bool
same_value(const struct varlena *a, const struct varlena *b)
{
	return a == b || (a != NULL && b != NULL && VARSIZE_ANY(a) == VARSIZE_ANY(b) &&
					  memcmp(a, b, VARSIZE_ANY(a)) == 0);
}

static struct varlena *
copy_value(const struct varlena *value)
{
	struct varlena *copy;

	if (value == NULL)
		return NULL;
	copy = palloc(VARSIZE_ANY(value));
	memcpy(copy, value, VARSIZE_ANY(value));
	return copy;
}

static struct varlena *
value_arg(FunctionCallInfo fcinfo, int argno, const char *name)
{
	if (argno == 0)
		return NULL;
	if (PG_ARGISNULL(argno))
		engage_null_argument(name);
	return PG_DETOAST_DATUM(PG_GETARG_DATUM(argno));
}

/* Nothing refers to a question's parts: summaries and states have copies. */
static void
forget(RetentionQuestion *question)
{
	for (int i = 0; i < question->plan.nbrackets; i++)
		pfree(unconstify(char *, question->names[i].bytes));
	if (question->names != NULL)
		pfree(question->names);
	if (question->plan.brackets != NULL)
		pfree(unconstify(PeriodRun *, question->plan.brackets));
	if (question->cohorts_value != NULL)
		pfree(question->cohorts_value);
	if (question->brackets_value != NULL)
		pfree(question->brackets_value);
	memset(question, 0, sizeof(RetentionQuestion));
}

/* Take the question of this row apart, unless it is the last row's. */
static void
ask(FunctionCallInfo fcinfo, RetentionQuestion *question, const RetentionForm *form)
{
	struct varlena *cohorts;
	struct varlena *brackets;
	MemoryContext old;

	if (likely(question->is_stable))
		return;
	cohorts = value_arg(fcinfo, form->cohorts_argno, "cohorts");
	brackets = value_arg(fcinfo, form->brackets_argno, "brackets");
	if (question->is_ready && same_value(question->cohorts_value, cohorts) &&
		same_value(question->brackets_value, brackets))
		return;

	/* (where groups ask different questions, this happens row after row) */
	forget(question);
	old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	question->cohorts_value = copy_value(cohorts);
	question->brackets_value = copy_value(brackets);
	question->plan = (RetentionPlan) {COHORT_FIRST_TIME, 0, NULL};
	if (cohorts != NULL)
		question->plan.cohorts = read_cohorts(form, (text *) cohorts);
	if (brackets != NULL)
		read_brackets(question, (ArrayType *) question->brackets_value);
	MemoryContextSwitchTo(old);
	question->is_ready = true;
	question->is_stable =
		(form->cohorts_argno == 0 || engage_argument_is_stable(fcinfo, form->cohorts_argno)) &&
		(form->brackets_argno == 0 || engage_argument_is_stable(fcinfo, form->brackets_argno));
}

pg_noreturn static void
question_changed(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
			 errmsg("%s must be the same for all rows of a retention_summary", what),
			 errhint("Write a constant, or GROUP BY what it depends on.")));
}

static Tally *
create_tally(const RetentionQuestion *question, PeriodUnit unit, MemoryContext context)
{
	int64		params[] = {unit, question->plan.cohorts};

	if (question->plan.cohorts == COHORT_ROLLING)
		engage_period_rolling_length(unit);
	return engage_tally_create(&engage_retention_summary_type, context, params,
							   question->names, question->plan.nbrackets);
}

/* The state so far, or a new one, of the same question */
static Tally *
retention_tally(FunctionCallInfo fcinfo, const RetentionQuestion *question, PeriodUnit unit)
{
	Tally	   *tally = engage_tally_state(fcinfo, &engage_retention_summary_type);

	if (tally == NULL)
		return create_tally(question, unit, engage_tally_context(fcinfo));
	engage_activity_check_units(tally->params[RETENTION_UNIT], unit);
	if (!question->is_stable)
	{
		bool		same = tally->nfixed_names == question->plan.nbrackets;

		if (tally->params[RETENTION_COHORTS] != question->plan.cohorts)
			question_changed("cohorts");
		for (int i = 0; same && i < tally->nfixed_names; i++)
			same = event_name_compare(&tally->fixed_names[i], &question->names[i]) == 0;
		if (!same)
			question_changed("brackets");
	}
	return tally;
}

static RetentionQuestion *
question_of_site(FunctionCallInfo fcinfo)
{
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
														  sizeof(RetentionQuestion));
	return fcinfo->flinfo->fn_extra;
}

/* ----------------------------------------------------------- from activities */

/* (retention_summary, activity [, cohorts [, brackets]]) */
PG_FUNCTION_INFO_V1(engage_retention_summary_accum);
Datum
engage_retention_summary_accum(PG_FUNCTION_ARGS)
{
	RetentionForm form = {PG_NARGS() > 2 ? 2 : 0, PG_NARGS() > 3 ? 3 : 0, FROM_ONE, HINT_ONE};
	RetentionQuestion *question = question_of_site(fcinfo);
	RunList		list;
	PeriodUnit	unit;
	Tally	   *tally;

	ask(fcinfo, question, &form);
	if (PG_ARGISNULL(1))
		return engage_skipped_row(fcinfo);
	unit = engage_activity_runs_arg(fcinfo, 1, &list);
	tally = retention_tally(fcinfo, question, unit);
	engage_retention_count(&question->plan, &list, &list, engage_tally_count, tally);
	return tally_datum(tally);
}

/* (retention_summary, starts, returns, cohorts [, brackets]): NULL is never active. */
PG_FUNCTION_INFO_V1(engage_retention_summary_accum_two);
Datum
engage_retention_summary_accum_two(PG_FUNCTION_ARGS)
{
	RetentionForm form = {3, PG_NARGS() > 4 ? 4 : 0, FROM_TWO, HINT_TWO};
	RetentionQuestion *question = question_of_site(fcinfo);
	RunList		lists[2];
	PeriodUnit	units[2] = {0};
	Tally	   *tally;

	ask(fcinfo, question, &form);
	if (PG_ARGISNULL(1) && PG_ARGISNULL(2))
		return engage_skipped_row(fcinfo);
	for (int i = 0; i < 2; i++)
	{
		engage_run_list_init(&lists[i]);
		if (!PG_ARGISNULL(i + 1))
			units[i] = engage_activity_runs_arg(fcinfo, i + 1, &lists[i]);
	}
	if (PG_ARGISNULL(1))
		units[0] = units[1];
	else if (!PG_ARGISNULL(2))
		engage_activity_check_units(units[0], units[1]);
	tally = retention_tally(fcinfo, question, units[0]);
	engage_retention_count(&question->plan, &lists[0], &lists[1], engage_tally_count, tally);
	return tally_datum(tally);
}

/* ------------------------------------------------------------- from raw rows */

typedef struct RetentionSite
{
	PeriodRowsSite rows;
	RetentionQuestion question;
} RetentionSite;

/* A question that does not change with the call site's */
static RetentionQuestion *
keep_question(const RetentionQuestion *question, MemoryContext context)
{
	RetentionQuestion *copy = MemoryContextAllocZero(context, sizeof(RetentionQuestion));
	int			n = question->plan.nbrackets;

	copy->plan = question->plan;
	if (n > 0)
	{
		PeriodRun  *brackets = MemoryContextAlloc(context, n * sizeof(PeriodRun));

		memcpy(brackets, question->plan.brackets, n * sizeof(PeriodRun));
		copy->plan.brackets = brackets;
		copy->names = MemoryContextAlloc(context, n * sizeof(EventName));
		for (int i = 0; i < n; i++)
			copy->names[i] = (EventName) {.bytes = MemoryContextStrdup(context, question->names[i].bytes),
			.len = question->names[i].len};
	}
	return copy;
}

static Datum
accum_rows(FunctionCallInfo fcinfo, int zone_argno)
{
	int			next_argno = zone_argno > 0 ? 5 : 4;
	RetentionForm form = {PG_NARGS() > next_argno ? next_argno : 0,
	PG_NARGS() > next_argno + 1 ? next_argno + 1 : 0, FROM_ONE,
	zone_argno > 0 ? HINT_ONE : HINT_NO_ZONE};
	RetentionSite *site = (RetentionSite *) fcinfo->flinfo->fn_extra;
	RetentionQuestion *question;
	PeriodRows *rows;
	bool		is_new;

	if (unlikely(site == NULL))
		fcinfo->flinfo->fn_extra = site = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
																 sizeof(RetentionSite));
	question = &site->question;
	ask(fcinfo, question, &form);
	if (!engage_period_rows_begin(fcinfo, &site->rows, 3, zone_argno))
		return engage_skipped_row(fcinfo);
	if (!question->is_stable && !PG_ARGISNULL(0))
	{
		const RetentionPlan *plan = &question->plan;
		const RetentionQuestion *kept = ((PeriodRows *) PG_GETARG_POINTER(0))->question;

		if (kept->plan.cohorts != plan->cohorts)
			question_changed("cohorts");
		if (kept->plan.nbrackets != plan->nbrackets ||
			(plan->nbrackets > 0 && memcmp(kept->plan.brackets, plan->brackets,
										   plan->nbrackets * sizeof(PeriodRun)) != 0))
			question_changed("brackets");
	}
	rows = engage_period_rows_add(fcinfo, &site->rows, question->plan.cohorts == COHORT_ROLLING, &is_new);
	if (unlikely(is_new))
		rows->question = keep_question(question, engage_tally_context(fcinfo));
	PG_RETURN_POINTER(rows);
}

/* (internal, customer, ts, unit, tz [, cohorts [, brackets]]) */
PG_FUNCTION_INFO_V1(engage_retention_rows_accum_zoned);
Datum
engage_retention_rows_accum_zoned(PG_FUNCTION_ARGS)
{
	return accum_rows(fcinfo, 4);
}

/* (internal, customer, ts, unit [, cohorts [, brackets]]): a timestamp or a date */
PG_FUNCTION_INFO_V1(engage_retention_rows_accum);
Datum
engage_retention_rows_accum(PG_FUNCTION_ARGS)
{
	return accum_rows(fcinfo, 0);
}

PG_FUNCTION_INFO_V1(engage_retention_rows_final);
Datum
engage_retention_rows_final(PG_FUNCTION_ARGS)
{
	PeriodRows *rows;
	const RetentionQuestion *question;
	PeriodRowsReader reader;
	Tally	   *tally;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	rows = (PeriodRows *) PG_GETARG_POINTER(0);
	question = rows->question;
	tally = create_tally(question, rows->unit, CurrentMemoryContext);
	engage_period_rows_open(&reader, rows);
	while (engage_period_rows_next(&reader))
		engage_retention_count(&question->plan, &reader.list, &reader.list, engage_tally_count, tally);
	return tally_datum(tally);
}
