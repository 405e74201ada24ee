/*-------------------------------------------------------------------------
 *
 * session_set_agg.c
 *	  Sets of sessions made of rows, of a timeline, and of sets of the same
 *	  customer.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/session_set.h"
#include "behaviour/timeline.h"
#include "common/call_args.h"
#include "common/interrupts.h"
#include "common/time_arg.h"

int64
engage_gap_arg(FunctionCallInfo fcinfo, int argno)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("gap must not be NULL"),
				 errhint("Write a length of time such as '30 minutes'.")));
	return engage_elapsed_arg(PG_GETARG_INTERVAL_P(argno), "gap", true);
}

void
engage_gap_changed(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
			 errmsg("sessions with different gaps cannot be merged"),
			 errdetail("A session ends with a pause longer than the gap, so the gap must be the same."),
			 errhint("Write a constant, or GROUP BY what the gap depends on.")));
}

/* The state so far, or a new one */
static inline SessionState *
state_for_gap(FunctionCallInfo fcinfo, int64 gap)
{
	MemoryContext context = engage_aggregate_context(fcinfo);
	SessionState *state;

	if (PG_ARGISNULL(0))
		return engage_session_state_create(context, gap);
	state = (SessionState *) PG_GETARG_POINTER(0);
	if (unlikely(state->gap != gap))
		engage_gap_changed();
	return state;
}

/* What came in is nothing. */
static inline Datum
same_state(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return PG_GETARG_DATUM(0);
}

/* (internal, time, gap [, is_page, is_key]): rows without time are skipped */
static inline Datum
accumulate(FunctionCallInfo fcinfo, TimeType type)
{
	int			flags = EVENT_IS_PAGE;
	SessionState *state;
	int64		time;

	if (PG_ARGISNULL(1))
		return same_state(fcinfo);
	time = engage_time_arg(PG_GETARG_DATUM(1), type, "event");
	if (PG_NARGS() > 3)
		flags = event_flag_args(fcinfo, 3);
	state = state_for_gap(fcinfo, engage_gap_arg(fcinfo, 2));
	PG_RETURN_POINTER(engage_session_state_add_event(state, time, flags));
}

PG_FUNCTION_INFO_V1(engage_sessions_accum);
Datum
engage_sessions_accum(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, TIME_TIMESTAMP);
}

PG_FUNCTION_INFO_V1(engage_sessions_accum_date);
Datum
engage_sessions_accum_date(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, TIME_DATE);
}

/* (internal, session_set): transition of rollup(), and what combines states */
PG_FUNCTION_INFO_V1(engage_sessions_rollup);
Datum
engage_sessions_rollup(PG_FUNCTION_ARGS)
{
	SessionSet	set;
	SessionReader reader;
	Session		session;
	SessionState *state;

	if (PG_ARGISNULL(1))
		return same_state(fcinfo);
	session_set_arg(&set, PG_GETARG_DATUM(1));
	state = state_for_gap(fcinfo, set.gap);
	session_reader_init(&reader, &set);
	while (session_next(&reader, &session))
	{
		check_interrupts_at(reader.next);
		/* a single event takes less */
		if (session.events == 1)
			state = engage_session_state_add_event(state, session.first,
												   (session.pages > 0 ? EVENT_IS_PAGE : 0) |
												   (session.keys > 0 ? EVENT_IS_KEY : 0));
		else
			state = engage_session_state_add(state, &session);
	}
	PG_RETURN_POINTER(state);
}

static struct varlena *
state_value(const SessionState *state)
{
	int64		n;
	Session    *sessions = engage_session_state_sessions(state, &n);
	struct varlena *result = engage_session_set_encode(sessions, n, state->gap);

	pfree(sessions);
	return result;
}

PG_FUNCTION_INFO_V1(engage_sessions_final);
Datum
engage_sessions_final(PG_FUNCTION_ARGS)
{
	engage_aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state_value((SessionState *) PG_GETARG_POINTER(0)));
}

/* Between processes a state is a stored set, which need not become a state to be added to one. */
PG_FUNCTION_INFO_V1(engage_sessions_serial);
Datum
engage_sessions_serial(PG_FUNCTION_ARGS)
{
	engage_aggregate_context(fcinfo);
	PG_RETURN_BYTEA_P((bytea *) state_value((SessionState *) PG_GETARG_POINTER(0)));
}

PG_FUNCTION_INFO_V1(engage_sessions_deserial);
Datum
engage_sessions_deserial(PG_FUNCTION_ARGS)
{
	engage_aggregate_context(fcinfo);
	PG_RETURN_POINTER(PG_GETARG_BYTEA_PP(0));
}

/* session_set || session_set */
PG_FUNCTION_INFO_V1(engage_session_set_union);
Datum
engage_session_set_union(PG_FUNCTION_ARGS)
{
	SessionSet	sets[2];
	Session    *sessions;
	int64		n = 0;

	session_set_arg(&sets[0], PG_GETARG_DATUM(0));
	session_set_arg(&sets[1], PG_GETARG_DATUM(1));
	if (sets[0].gap != sets[1].gap)
		engage_gap_changed();
	sessions = MemoryContextAllocHuge(CurrentMemoryContext,
									  Max(sets[0].nsessions + sets[1].nsessions, 1) * sizeof(Session));
	for (int i = 0; i < 2; i++)
	{
		SessionReader reader;

		session_reader_init(&reader, &sets[i]);
		while (session_next(&reader, &sessions[n]))
			check_interrupts_at(n++);
	}
	n = engage_sessions_join(sessions, n, sets[0].gap);
	PG_RETURN_POINTER(engage_session_set_encode(sessions, n, sets[0].gap));
}

/* Of each name of a timeline, whether it is one of an argument text[]; NULL if that is */
static const int *
match_names_arg(FunctionCallInfo fcinfo, int argno, const Timeline *timeline)
{
	int			nnames;
	EventName  *names;

	if (PG_ARGISNULL(argno))
		return NULL;
	names = engage_names_arg(PG_GETARG_ARRAYTYPE_P(argno), &nnames);
	return engage_match_names(timeline, names, nnames);
}

/* (timeline, gap, page_names, key_names) */
PG_FUNCTION_INFO_V1(engage_session_set_of_timeline);
Datum
engage_session_set_of_timeline(PG_FUNCTION_ARGS)
{
	Timeline	timeline;
	TimelineReader reader;
	const int  *pages;
	const int  *keys;
	Session    *sessions;
	int64		space = 16;
	int64		n = 0;
	int64		gap;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	gap = engage_gap_arg(fcinfo, 1);
	timeline_arg(&timeline, PG_GETARG_DATUM(0));
	pages = match_names_arg(fcinfo, 2, &timeline);
	keys = match_names_arg(fcinfo, 3, &timeline);
	sessions = palloc(space * sizeof(Session));
	timeline_reader_init(&reader, &timeline);
	while (timeline_next(&reader))
	{
		int			flags = (pages == NULL || pages[reader.code] >= 0 ? EVENT_IS_PAGE : 0) |
			(keys != NULL && keys[reader.code] >= 0 ? EVENT_IS_KEY : 0);
		Session		event = session_of_event(reader.time, flags);

		check_interrupts_at(reader.next);
		if (n > 0 && session_touches(&sessions[n - 1], &event, gap))
			session_absorb(&sessions[n - 1], &event);
		else
		{
			if (n == space)
				sessions = repalloc_huge(sessions, (space *= 2) * sizeof(Session));
			sessions[n++] = event;
		}
	}
	PG_RETURN_POINTER(engage_session_set_encode(sessions, n, gap));
}
