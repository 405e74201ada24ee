/*-------------------------------------------------------------------------
 *
 * summary.c
 *	  Bounded summaries: a few counters and exact sums.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/compat.h"
#include "common/errors.h"
#include "common/summary.h"
#include "common/text_scan.h"
#include "libpq/pqformat.h"

static Size
summary_size(int ncounts, int nsums)
{
	return offsetof(Summary, counts) + ncounts * sizeof(int64) +
		nsums * sizeof(ExactSum);
}

/* A summary of no rows. */
Summary *
engage_summary_create(const SummaryType *type, int form, int scale)
{
	const SummaryForm *layout = &type->forms[form];
	int			ncounts = layout->count_names != NULL ? layout->ncounts : scale;
	Size		size = summary_size(ncounts, layout->nsums);
	Summary    *summary = palloc0(size);

	SET_VARSIZE(summary, size);
	summary->version = SUMMARY_VERSION;
	summary->form = form;
	summary->scale = scale;
	return summary;
}

Summary *
engage_summary_copy(const Summary *summary)
{
	Summary    *copy = palloc(VARSIZE(summary));

	memcpy(copy, summary, VARSIZE(summary));
	return copy;
}

void
engage_summary_version_error(const SummaryType *type, const Summary *summary)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("%s has unknown format version %d",
					type->name, summary->version),
			 errhint("It was written by a newer engage; upgrade this server's.")));
}

/*
 * Can n values have this sum and this sum of squares?  By Cauchy and Schwarz
 * n times the squares is at least the square of the sum, and if no value is
 * negative the squares are at most that.  Squares are rounded, a little of a
 * small one may be gone.
 */
bool
engage_moments_are_possible(double sum, double squares, double n, bool never_negative)
{
	const double rounding = 1 + 1e-9;
	double		lost = n * 1e-18;

	return sum * sum <= n * (squares + lost) * rounding &&
		(!never_negative || squares <= (sum * sum + lost) * rounding);
}

/* Complain about a value that no rows could have given. */
static const char *
find_fault(const SummaryType *type, const Summary *summary)
{
	const SummaryForm *form = &type->forms[summary->form];
	int			ncounts = summary_ncounts(type, summary);
	const ExactSum *sums = summary_sums(summary, ncounts);
	bool		has_rows = false;

	for (int i = 0; i < ncounts; i++)
	{
		if (summary->counts[i] < 0)
			return "Counts are zero or more.";
		has_rows |= summary->counts[i] > 0;
	}
	for (int i = 0; i < form->nsums; i++)
	{
		if (!engage_exact_is_valid(&sums[i]))
			return "A sum is out of range.";
		if (exact_sum_is_negative(&sums[i]) && !(type->signed_sums & (1 << i)))
			return "This sum is zero or more.";
		if (!has_rows && !exact_sum_is_zero(&sums[i]))
			return "A sum over no rows is zero.";
	}
	return type->check != NULL ? type->check(summary) : NULL;
}

void
engage_summary_check(const SummaryType *type, const Summary *summary)
{
	const char *fault = find_fault(type, summary);

	if (fault != NULL)
		engage_removal_error(fault);
}

int64
engage_summary_total(const SummaryType *type, const Summary *summary)
{
	int			ncounts = summary_ncounts(type, summary);
	int64		total = 0;

	for (int i = 0; i < ncounts; i++)
	{
		if (pg_add_s64_overflow(total, summary->counts[i], &total))
			engage_count_overflow();
	}
	return total;
}

bool
engage_summary_has_rows(const SummaryType *type, const Summary *summary)
{
	int			ncounts = summary_ncounts(type, summary);

	for (int i = 0; i < ncounts; i++)
	{
		if (summary->counts[i] != 0)
			return true;
	}
	return false;
}

static const char *
scale_name(const SummaryType *type)
{
	return type->scale_name != NULL ? type->scale_name : "scale";
}

/*
 * "name=" of a count or sum, with the comma before it; of a sparse type it need
 * not be there.  False at a syntax error, and where it is not there.
 */
static bool
parse_name(TextScan *scan, const SummaryType *type, bool is_first, const char *name)
{
	char	   *literal;
	bool		is_there;

	if (!type->is_sparse)
		return (is_first || engage_scan_literal(scan, ",")) &&
			engage_scan_literal(scan, name) && engage_scan_literal(scan, "=");
	literal = psprintf(",%s=", name);
	is_there = engage_scan_try(scan, literal);
	pfree(literal);
	return is_there;
}

/* Text: version, form tag, then name=value in fixed order. */
static Summary *
parse_summary(TextScan *scan, const SummaryType *type)
{
	int			form = 0;
	int64		scale = 0;
	Summary    *summary;
	const SummaryForm *layout;
	int			ncounts;
	ExactSum   *sums;

	if (!engage_scan_version(scan))
		return NULL;
	for (form = type->nforms - 1; form > 0; form--)
	{
		if (engage_scan_try(scan, type->forms[form].tag))
			break;
	}
	if (!engage_scan_literal(scan, ":"))
		return NULL;
	if (type->max_scale > 0)
	{
		if (!engage_scan_literal(scan, psprintf("%s=", scale_name(type))) ||
			!engage_scan_int64(scan, &scale))
			return NULL;
		if (scale < type->min_scale || scale > type->max_scale)
		{
			engage_scan_fail(scan, psprintf("a %s from %d to %d", scale_name(type),
											type->min_scale, type->max_scale));
			return NULL;
		}
		if (!type->is_sparse && !engage_scan_literal(scan, ","))
			return NULL;
	}

	summary = engage_summary_create(type, form, (int) scale);
	layout = &type->forms[form];
	ncounts = summary_ncounts(type, summary);
	sums = summary_sums(summary, ncounts);
	for (int i = 0; i < ncounts; i++)
	{
		if (!parse_name(scan, type, i == 0, layout->count_names != NULL ?
						layout->count_names[i] : psprintf("%d", i + 1)))
		{
			if (type->is_sparse)
				continue;
			return NULL;
		}
		if (!engage_scan_int64(scan, &summary->counts[i]))
			return NULL;
	}
	for (int i = 0; i < layout->nsums; i++)
	{
		if (!parse_name(scan, type, false, layout->sum_names[i]))
		{
			if (type->is_sparse)
				continue;
			return NULL;
		}
		if (!engage_scan_exact(scan, &sums[i]))
			return NULL;
	}
	return engage_scan_end(scan) ? summary : NULL;
}

Datum
engage_summary_in(FunctionCallInfo fcinfo, const SummaryType *type)
{
	char	   *input = PG_GETARG_CSTRING(0);
	TextScan	scan = {type->name, input, input, fcinfo->context};
	Summary    *summary = parse_summary(&scan, type);
	const char *fault;

	if (summary == NULL)
		PG_RETURN_NULL();
	fault = find_fault(type, summary);
	if (fault != NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid value for type %s: \"%s\"", type->name, input),
				 errdetail("%s", fault)));
	PG_RETURN_POINTER(summary);
}

Datum
engage_summary_out(FunctionCallInfo fcinfo, const SummaryType *type)
{
	Summary    *summary = engage_summary_arg(type, PG_GETARG_DATUM(0));
	const SummaryForm *form = &type->forms[summary->form];
	int			ncounts = summary_ncounts(type, summary);
	const ExactSum *sums = summary_sums(summary, ncounts);
	StringInfoData buffer;
	char		printed[EXACT_SUM_MAXLEN];

	initStringInfo(&buffer);
	appendStringInfo(&buffer, "%d%s:", summary->version, form->tag);
	if (type->max_scale > 0)
		appendStringInfo(&buffer, "%s=%d%s", scale_name(type), summary->scale,
						 type->is_sparse ? "" : ",");
	for (int i = 0; i < ncounts; i++)
	{
		if (type->is_sparse && summary->counts[i] == 0)
			continue;
		if (i > 0 || type->is_sparse)
			appendStringInfoChar(&buffer, ',');
		if (form->count_names != NULL)
			appendStringInfoString(&buffer, form->count_names[i]);
		else
			appendStringInfo(&buffer, "%d", i + 1);
		appendStringInfo(&buffer, "=" INT64_FORMAT, summary->counts[i]);
	}
	for (int i = 0; i < form->nsums; i++)
	{
		if (!type->is_sparse || !exact_sum_is_zero(&sums[i]))
			appendStringInfo(&buffer, ",%s=%s", form->sum_names[i],
							 engage_exact_print(&sums[i], printed));
	}
	PG_RETURN_CSTRING(buffer.data);
}

static void
send_int128(StringInfo buffer, int128 value)
{
	pq_sendint64(buffer, (uint64) ((uint128) value >> 64));
	pq_sendint64(buffer, (uint64) (uint128) value);
}

static int128
receive_int128(StringInfo buffer)
{
	uint64		high = pq_getmsgint64(buffer);
	uint64		low = pq_getmsgint64(buffer);

	return (int128) ((uint128) high << 64 | low);
}

/* Binary: version, form, scale (a byte each), counts, sums. */
Datum
engage_summary_recv(FunctionCallInfo fcinfo, const SummaryType *type)
{
	StringInfo	buffer = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buffer);
	int			form = pq_getmsgbyte(buffer);
	int			scale = pq_getmsgbyte(buffer);
	Summary    *summary;
	int			ncounts;
	ExactSum   *sums;
	const char *fault = NULL;

	if (version != SUMMARY_VERSION)
		fault = "Its format version is unknown.";
	else if (form >= type->nforms)
		fault = "Its form is unknown.";
	else if (scale < type->min_scale || scale > type->max_scale)
		fault = "Its scale is out of range.";
	if (fault == NULL)
	{
		summary = engage_summary_create(type, form, scale);
		ncounts = summary_ncounts(type, summary);
		sums = summary_sums(summary, ncounts);
		for (int i = 0; i < ncounts; i++)
			summary->counts[i] = pq_getmsgint64(buffer);
		for (int i = 0; i < type->forms[form].nsums; i++)
		{
			sums[i].whole = receive_int128(buffer);
			sums[i].fraction = receive_int128(buffer);
		}
		fault = find_fault(type, summary);
		if (fault == NULL)
			PG_RETURN_POINTER(summary);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value for type %s", type->name),
			 errdetail("%s", fault)));
}

Datum
engage_summary_send(FunctionCallInfo fcinfo, const SummaryType *type)
{
	Summary    *summary = engage_summary_arg(type, PG_GETARG_DATUM(0));
	int			ncounts = summary_ncounts(type, summary);
	const ExactSum *sums = summary_sums(summary, ncounts);
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	pq_sendbyte(&buffer, summary->version);
	pq_sendbyte(&buffer, summary->form);
	pq_sendbyte(&buffer, summary->scale);
	for (int i = 0; i < ncounts; i++)
		pq_sendint64(&buffer, summary->counts[i]);
	for (int i = 0; i < type->forms[summary->form].nsums; i++)
	{
		send_int128(&buffer, sums[i].whole);
		send_int128(&buffer, sums[i].fraction);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

/* Only summaries made with the same parameters can be merged. */
void
engage_summary_reject_mixture(const SummaryType *type,
							  const Summary *a, const Summary *b)
{
	if (a->scale != b->scale)
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
				 errmsg("cannot merge %s values of scale %d and %d",
						type->name, a->scale, b->scale),
				 errhint("Group by the scale, and merge only answers to the same question.")));
	ereport(ERROR,
			(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
			 errmsg("cannot merge weighted and unweighted values of %s", type->name),
			 errhint("Build both with the same arguments, for example a weight of 1.")));
}

void
engage_summary_form_error(const SummaryType *type)
{
	ereport(ERROR,
			(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
			 errmsg("transition function called with a %s of another form", type->name),
			 errhint("Call the aggregate instead of its transition function.")));
}

/* Add part to state, which may be changed; the result is either's copy if the other is empty. */
Summary *
engage_summary_merge(const SummaryType *type, Summary *state, const Summary *part)
{
	int			ncounts = summary_ncounts(type, state);
	int			nsums = type->forms[state->form].nsums;
	ExactSum   *sums = summary_sums(state, ncounts);
	const ExactSum *part_sums = summary_sums(part, ncounts);

	if (unlikely(state->scale != part->scale || state->form != part->form))
	{
		/* a state that has seen no row yet does not know its parameters */
		if (!engage_summary_has_rows(type, part))
			return state;
		if (!engage_summary_has_rows(type, state))
			return engage_summary_copy(part);
		if (!type->merges_scales || state->form != part->form)
			engage_summary_reject_mixture(type, state, part);
		state->scale = 0;
	}
	for (int i = 0; i < ncounts; i++)
	{
		if (unlikely(pg_add_s64_overflow(state->counts[i], part->counts[i],
										 &state->counts[i])))
			engage_count_overflow();
	}
	for (int i = 0; i < nsums; i++)
		summary_sum(&sums[i], &part_sums[i], ROW_ADDED);
	return state;
}

Datum
engage_summary_combine(FunctionCallInfo fcinfo, const SummaryType *type)
{
	Summary    *state = engage_summary_state(fcinfo);

	/* of rollup(), the first state is a stored value */
	engage_summary_check_version(type, state);
	PG_RETURN_POINTER(engage_summary_merge(type, state,
										   engage_summary_arg(type, PG_GETARG_DATUM(1))));
}

/* The state as the result, or NULL if it has seen no row. */
Datum
engage_summary_final(FunctionCallInfo fcinfo, const SummaryType *type)
{
	Summary    *state = engage_summary_arg(type, PG_GETARG_DATUM(0));

	if (!engage_summary_has_rows(type, state))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(engage_summary_copy(state));
}
