/*-------------------------------------------------------------------------
 *
 * summary.h
 *	  Bounded summaries: a few counters and exact sums.
 *
 * A summary type is described once, by a SummaryType; text and binary I/O,
 * validation, merging and its inverse follow from the description.  The same
 * value is the transition state of its aggregates, updated in place.
 *
 * Summaries are stored without TOAST or short headers (STORAGE = plain), so
 * they can be read where they lie.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_SUMMARY_H
#define ENGAGE_SUMMARY_H

#include "common/errors.h"
#include "common/exact_sum.h"
#include "common/int.h"
#include "fmgr.h"
#include "nodes/nodes.h"

#define SUMMARY_VERSION		1
#define SUMMARY_MAX_SCALE	100

typedef struct Summary
{
	int32		vl_len_;		/* varlena header */
	uint8		version;
	uint8		form;			/* which of the type's forms this is */
	uint8		scale;			/* for types that have one, else 0 */
	uint8		reserved;		/* 0 */
	int64		counts[FLEXIBLE_ARRAY_MEMBER];
	/* followed by the form's ExactSums */
} Summary;

/* One layout of a summary type, told apart in text by its tag: "1w:..." */
typedef struct SummaryForm
{
	const char *tag;
	const char *const *count_names; /* NULL: one count per score of the scale */
	int			ncounts;
	const char *const *sum_names;
	int			nsums;
} SummaryForm;

typedef struct SummaryType
{
	const char *name;			/* the SQL type's */
	int			min_scale;
	int			max_scale;		/* 0: the type has no scale */
	const char *scale_name;		/* in text; NULL: "scale" */
	bool		merges_scales;	/* different ones give scale 0 instead of an error */
	bool		is_sparse;		/* in text, counts and sums of zero are left out */
	int			signed_sums;	/* bit i set: sum i may be negative */
	int			nforms;
	const SummaryForm *forms;
	/* what else makes a value possible; returns a complaint or NULL */
	const char *(*check) (const Summary *summary);
} SummaryType;

static inline int
summary_ncounts(const SummaryType *type, const Summary *summary)
{
	const SummaryForm *form = &type->forms[summary->form];

	return form->count_names != NULL ? form->ncounts : summary->scale;
}

static inline ExactSum *
summary_sums(const Summary *summary, int ncounts)
{
	return (ExactSum *) &((Summary *) summary)->counts[ncounts];
}

extern Summary *engage_summary_create(const SummaryType *type, int form, int scale);
extern Summary *engage_summary_copy(const Summary *summary);
extern Summary *engage_summary_merge(const SummaryType *type, Summary *state,
									 const Summary *part);
extern bool engage_moments_are_possible(double sum, double squares, double n,
										bool never_negative);
extern void engage_summary_check(const SummaryType *type, const Summary *summary);
pg_noreturn extern void engage_summary_form_error(const SummaryType *type);
pg_noreturn extern void engage_summary_version_error(const SummaryType *type, const Summary *summary);
extern bool engage_summary_has_rows(const SummaryType *type, const Summary *summary);
extern int64 engage_summary_total(const SummaryType *type, const Summary *summary);
pg_noreturn extern void engage_summary_reject_mixture(const SummaryType *type, const Summary *a, const Summary *b);

/* bodies of the SQL-callable functions every summary type has */
extern Datum engage_summary_in(FunctionCallInfo fcinfo, const SummaryType *type);
extern Datum engage_summary_out(FunctionCallInfo fcinfo, const SummaryType *type);
extern Datum engage_summary_recv(FunctionCallInfo fcinfo, const SummaryType *type);
extern Datum engage_summary_send(FunctionCallInfo fcinfo, const SummaryType *type);
extern Datum engage_summary_combine(FunctionCallInfo fcinfo, const SummaryType *type);
extern Datum engage_summary_final(FunctionCallInfo fcinfo, const SummaryType *type);

/*
 * The first argument as a state that may be changed: in place inside an
 * aggregate, as a copy when somebody calls the transition function by hand.
 * (This is AggCheckCallContext() without the call, once per row.)
 */
static inline Summary *
engage_summary_state(FunctionCallInfo fcinfo)
{
	Summary    *state = (Summary *) PG_GETARG_POINTER(0);

	if (likely(fcinfo->context != NULL &&
			   (IsA(fcinfo->context, AggState) ||
				IsA(fcinfo->context, WindowAggState))))
		return state;
	return engage_summary_copy(state);
}

/*
 * The state of an aggregate whose states have the given form.  Nobody but a
 * hand-made call or aggregate can bring another one, but those must not write
 * past its end.
 */
static inline Summary *
engage_summary_form_state(FunctionCallInfo fcinfo, const SummaryType *type, int form)
{
	Summary    *state = engage_summary_state(fcinfo);

	if (unlikely(state->form != form))
		engage_summary_form_error(type);
	return state;
}

static inline void
engage_summary_check_version(const SummaryType *type, const Summary *summary)
{
	if (unlikely(summary->version != SUMMARY_VERSION ||
				 summary->form >= type->nforms))
		engage_summary_version_error(type, summary);
}

/* A stored summary; never toasted, see above. */
static inline Summary *
engage_summary_arg(const SummaryType *type, Datum datum)
{
	Summary    *summary = (Summary *) DatumGetPointer(datum);

	Assert(!VARATT_IS_EXTENDED(summary));
	engage_summary_check_version(type, summary);
	return summary;
}

/*
 * A row comes into an aggregate or, when a window frame moves, leaves it.
 * One body serves as transition and inverse transition, with the change as a
 * constant.
 */
typedef enum RowChange
{
	ROW_ADDED,
	ROW_REMOVED
} RowChange;

static inline void
summary_count(int64 *count, RowChange change)
{
	if (change == ROW_REMOVED)
	{
		if (unlikely(--*count < 0))
			engage_removal_error("Counts are zero or more.");
	}
	else if (unlikely(pg_add_s64_overflow(*count, 1, count)))
		engage_count_overflow();
}

static inline void
summary_sum(ExactSum *sum, const ExactSum *term, RowChange change)
{
	if (unlikely(!(change == ROW_ADDED ? exact_sum_add(sum, term) :
				   exact_sum_subtract(sum, term))))
		engage_sum_overflow();
}

/*
 * A moving frame takes away only rows that it has added, but a transition
 * function called by hand may not; its result must still be a valid value.
 */
static inline void
summary_check_removal(const SummaryType *type, const Summary *state, RowChange change)
{
	if (change == ROW_REMOVED)
		engage_summary_check(type, state);
}

/* Define engage_<name>_in and so on for a type described by <name>_type. */
#define SUMMARY_FUNCTION(name, suffix, body) \
	PG_FUNCTION_INFO_V1(engage_##name##_##suffix); \
	Datum \
	engage_##name##_##suffix(PG_FUNCTION_ARGS) \
	{ \
		return body(fcinfo, &name##_type); \
	} \
	extern int	summary_function_##name##_##suffix

#define SUMMARY_FUNCTIONS(name) \
	SUMMARY_FUNCTION(name, in, engage_summary_in); \
	SUMMARY_FUNCTION(name, out, engage_summary_out); \
	SUMMARY_FUNCTION(name, recv, engage_summary_recv); \
	SUMMARY_FUNCTION(name, send, engage_summary_send); \
	SUMMARY_FUNCTION(name, combine, engage_summary_combine); \
	SUMMARY_FUNCTION(name, final, engage_summary_final)

#endif							/* ENGAGE_SUMMARY_H */
