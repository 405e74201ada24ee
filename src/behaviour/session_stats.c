/*-------------------------------------------------------------------------
 *
 * session_stats.c
 *	  Sessions of everybody: type session_stats_summary, made of session sets
 *	  or of raw rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/session_set.h"
#include "behaviour/tally.h"
#include "common/call_args.h"
#include "common/event_args.h"
#include "common/interrupts.h"
#include "common/result_rows.h"
#include "utils/memutils.h"

/* GA4's engaged session lasts longer than this */
#define ENGAGED_AFTER	(10 * USECS_PER_SEC)

#define LONGEST_SESSION	((uint64) END_TIMESTAMP - (uint64) MIN_TIMESTAMP)

/*
 * What is counted.  Customers are counted by whether they are new and by how
 * many sessions they had, sessions by what they were; the rest are sums.
 */
enum
{
	STATS_VISITORS,				/* (new, sessions) */
	STATS_SESSIONS,				/* (bounced, engaged, several events) */
	STATS_EVENTS,				/* (0) */
	STATS_PAGES,				/* (0) */
	STATS_KEYS,					/* (0) */
	STATS_PAGE_TURNS,			/* (0): page views after the first of a session */
	STATS_DURATION,				/* (0): whole seconds, (1): the microseconds beside them */
	STATS_PAGE_TIME				/* the same of the time between page views */
};

static const TallyKind kinds[] = {
	[STATS_VISITORS] = {"visitors", 2, 0},
	[STATS_SESSIONS] = {"sessions", 3, 0},
	[STATS_EVENTS] = {"events", 1, 0},
	[STATS_PAGES] = {"pages", 1, 0},
	[STATS_KEYS] = {"keys", 1, 0},
	[STATS_PAGE_TURNS] = {"page_turns", 1, 0},
	[STATS_DURATION] = {"duration", 1, 0},
	[STATS_PAGE_TIME] = {"page_time", 1, 0}
};

enum
{
	STATS_GAP, STATS_SINCE, STATS_UNTIL, STATS_NPARAMS
};

static const char *const param_names[] = {"gap", "since", "until"};

/* ------------------------------------------------------------- reading it */

/* What the cells say, added up */
typedef struct SessionFigures
{
	int64		visitors;
	int64		new_visitors;
	int64		returning_visitors; /* had an earlier session, in the period or before */
	int64		sessions;
	int64		bounced;
	int64		engaged;
	int64		several;
	int64		events;
	int64		pages;
	int64		keys;
	int64		page_turns;
	int64		duration[2];
	int64		page_time[2];
} SessionFigures;

/* False if it becomes too large */
static inline bool
add_count(int64 *figure, int64 count)
{
	return !pg_add_s64_overflow(*figure, count, figure);
}

static inline uint128
whole_length(const int64 *sum)
{
	return (uint128) sum[0] * USECS_PER_SEC + sum[1];
}

/*
 * The figures of a summary; false if its cells contradict each other.
 */
static bool
read_figures(const Tally *tally, SessionFigures *figures)
{
	int64		ncells;
	TallyCell  *cells = engage_tally_sorted(tally, &ncells);
	int64		visits = 0;
	int64		min_events = 0;
	bool		possible = true;

	memset(figures, 0, sizeof(SessionFigures));
	for (int64 i = 0; i < ncells; i++)
	{
		TallyKey	key = cells[i].key;
		int64		count = cells[i].count;

		check_interrupts_at(i);
		switch (key.kind)
		{
			case STATS_VISITORS:
				/* parts of them are not too large if all are not */
				possible &= (key.a == 0 || key.a == 1) && key.b > 0 &&
					add_count(&figures->visitors, count) &&
					!pg_mul_s64_overflow(count, key.b, &count) && add_count(&visits, count);
				count = cells[i].count;
				if (!possible)
					break;
				figures->new_visitors += key.a == 1 ? count : 0;
				figures->returning_visitors += key.a == 0 || key.b > 1 ? count : 0;
				break;
			case STATS_SESSIONS:
				possible &= (key.a | key.b | key.c) >> 1 == 0 && add_count(&figures->sessions, count);
				if (!possible)
					break;
				figures->bounced += key.a ? count : 0;
				figures->engaged += key.b ? count : 0;
				figures->several += key.c ? count : 0;
				break;
			case STATS_DURATION:
			case STATS_PAGE_TIME:
				if (key.a == 0 || key.a == 1)
					(key.kind == STATS_DURATION ? figures->duration : figures->page_time)[key.a] = count;
				else
					possible = false;
				break;
			default:
				possible &= key.a == 0;
				*(key.kind == STATS_EVENTS ? &figures->events :
				  key.kind == STATS_PAGES ? &figures->pages :
				  key.kind == STATS_KEYS ? &figures->keys : &figures->page_turns) = count;
		}
	}
	pfree(cells);

	/* pages less page turns are the sessions with a page */
	return possible && visits == figures->sessions &&
		add_count(&min_events, figures->sessions) && add_count(&min_events, figures->several) &&
		figures->events >= min_events &&
		(figures->several > 0 || figures->events == figures->sessions) &&
		figures->pages <= figures->events && figures->keys <= figures->events &&
		figures->page_turns <= figures->pages &&
		figures->bounced <= figures->pages - figures->page_turns &&
		figures->pages - figures->page_turns <= figures->sessions &&
		whole_length(figures->duration) <= (uint128) figures->several * LONGEST_SESSION &&
		whole_length(figures->page_time) <= whole_length(figures->duration) &&
		(figures->page_turns > 0 || whole_length(figures->page_time) == 0);
}

static const char *
check_summary(const Tally *tally)
{
	SessionFigures figures;

	if (tally->params[STATS_GAP] < 0)
		return "The gap is negative.";
	if (tally->params[STATS_SINCE] > tally->params[STATS_UNTIL])
		return "The period ends before it begins.";
	if (!read_figures(tally, &figures))
		return "The counts contradict each other.";
	return NULL;
}

static const TallyType engage_session_stats_summary_type = {
	"session_stats_summary", STATS_NPARAMS, param_names, lengthof(kinds), kinds, false, check_summary
};

TALLY_FUNCTIONS(session_stats_summary);

static bool
percentage(int64 part, int64 whole, Datum *result)
{
	if (whole == 0)
		return false;
	*result = Float8GetDatum(100.0 * (double) part / (double) whole);
	return true;
}

static bool
quotient(int64 sum, int64 n, Datum *result)
{
	if (n == 0)
		return false;
	*result = Float8GetDatum((double) sum / (double) n);
	return true;
}

/* A mean length of time, to the nearest microsecond */
static bool
mean_length(const int64 *sum, int64 n, Datum *result)
{
	if (n == 0)
		return false;
	*result = PointerGetDatum(engage_elapsed_interval((uint64) ((whole_length(sum) + (uint64) n / 2) / (uint64) n)));
	return true;
}

static void
figures_arg(FunctionCallInfo fcinfo, SessionFigures *figures)
{
	Tally	   *tally = engage_tally_arg(&engage_session_stats_summary_type, PG_GETARG_DATUM(0),
										 CurrentMemoryContext);

	/* what was merged is possible, unless it became too much */
	if (!read_figures(tally, figures))
		engage_count_overflow();
}

/* One row with everything */
PG_FUNCTION_INFO_V1(engage_session_stats);
Datum
engage_session_stats(PG_FUNCTION_ARGS)
{
	SessionFigures f;
	ResultRows	rows = engage_begin_rows(fcinfo);
	Datum		values[17];
	bool		nulls[lengthof(values)] = {false};
	int			i = 0;

	figures_arg(fcinfo, &f);
	values[i++] = Int64GetDatum(f.visitors);
	values[i++] = Int64GetDatum(f.new_visitors);
	values[i++] = Int64GetDatum(f.returning_visitors);
	nulls[i] = !percentage(f.returning_visitors, f.visitors, &values[i]);
	i++;
	nulls[i] = !quotient(f.sessions, f.visitors, &values[i]);
	i++;
	values[i++] = Int64GetDatum(f.sessions);
	values[i++] = Int64GetDatum(f.bounced);
	nulls[i] = !percentage(f.bounced, f.sessions, &values[i]);
	i++;
	values[i++] = Int64GetDatum(f.engaged);
	nulls[i] = !percentage(f.engaged, f.sessions, &values[i]);
	i++;
	nulls[i] = !percentage(f.sessions - f.engaged, f.sessions, &values[i]);
	i++;
	nulls[i] = !mean_length(f.duration, f.sessions, &values[i]);
	i++;
	/* the others last no time */
	nulls[i] = !mean_length(f.duration, f.several, &values[i]);
	i++;
	nulls[i] = !quotient(f.pages, f.sessions, &values[i]);
	i++;
	nulls[i] = !mean_length(f.page_time, f.page_turns, &values[i]);
	i++;
	values[i++] = Int64GetDatum(f.events);
	values[i++] = Int64GetDatum(f.keys);
	Assert(i == lengthof(values));
	engage_put_row(&rows, values, nulls);
	return (Datum) 0;
}

/* Scalars of a session_stats_summary */
#define COUNT_FUNCTION(name, figure) \
	PG_FUNCTION_INFO_V1(engage_session_stats_##name); \
	Datum \
	engage_session_stats_##name(PG_FUNCTION_ARGS) \
	{ \
		SessionFigures f; \
		figures_arg(fcinfo, &f); \
		PG_RETURN_INT64(figure); \
	} \
	extern int	session_stats_function_##name

#define MEAN_FUNCTION(name, mean, sum, n) \
	PG_FUNCTION_INFO_V1(engage_session_stats_##name); \
	Datum \
	engage_session_stats_##name(PG_FUNCTION_ARGS) \
	{ \
		SessionFigures f; \
		Datum		result; \
		figures_arg(fcinfo, &f); \
		if (!mean(sum, n, &result)) \
			PG_RETURN_NULL(); \
		return result; \
	} \
	extern int	session_stats_function_##name

COUNT_FUNCTION(visitors, f.visitors);
COUNT_FUNCTION(new_visitors, f.new_visitors);
COUNT_FUNCTION(returning_visitors, f.returning_visitors);
COUNT_FUNCTION(sessions, f.sessions);
MEAN_FUNCTION(return_rate, percentage, f.returning_visitors, f.visitors);
MEAN_FUNCTION(visits_per_visitor, quotient, f.sessions, f.visitors);
MEAN_FUNCTION(bounce_rate, percentage, f.bounced, f.sessions);
MEAN_FUNCTION(engagement_rate, percentage, f.engaged, f.sessions);
MEAN_FUNCTION(ga4_bounce_rate, percentage, f.sessions - f.engaged, f.sessions);
MEAN_FUNCTION(avg_session_duration, mean_length, f.duration, f.sessions);
MEAN_FUNCTION(pages_per_session, quotient, f.pages, f.sessions);
MEAN_FUNCTION(avg_time_on_page, mean_length, f.page_time, f.page_turns);

/* How many visitors came how often: new and others together */
PG_FUNCTION_INFO_V1(engage_visit_frequency);
Datum
engage_visit_frequency(PG_FUNCTION_ARGS)
{
	Tally	   *tally = engage_tally_arg(&engage_session_stats_summary_type, PG_GETARG_DATUM(0),
										 CurrentMemoryContext);
	ResultRows	rows = engage_begin_rows(fcinfo);
	SessionFigures figures;
	int64		ncells;
	TallyCell  *cells = engage_tally_sorted(tally, &ncells);
	TallyCell  *of[2] = {cells, cells};
	TallyCell  *end[2];

	figures_arg(fcinfo, &figures);
	/* of each kind of visitor the numbers of visits are in order */
	while (of[1] < cells + ncells && of[1]->key.kind == STATS_VISITORS && of[1]->key.a == 0)
		of[1]++;
	end[0] = end[1] = of[1];
	while (end[1] < cells + ncells && end[1]->key.kind == STATS_VISITORS)
		end[1]++;
	for (int64 n = 0; of[0] < end[0] || of[1] < end[1]; n++)
	{
		int32		visits = PG_INT32_MAX;
		int64		visitors = 0;
		Datum		values[3];
		bool		nulls[3] = {false};

		check_interrupts_at(n);
		for (int i = 0; i < 2; i++)
			if (of[i] < end[i])
				visits = Min(visits, of[i]->key.b);
		for (int i = 0; i < 2; i++)
			if (of[i] < end[i] && of[i]->key.b == visits)
				visitors += (of[i]++)->count;
		values[0] = Int64GetDatum(visits);
		values[1] = Int64GetDatum(visitors);
		nulls[2] = !percentage(visitors, figures.visitors, &values[2]);
		engage_put_row(&rows, values, nulls);
	}
	return (Datum) 0;
}

/* --------------------------------------------------------------- counting */

/* Sessions on their way into a summary */
typedef struct SessionTotals
{
	int64		sessions[2][2][2];
	int64		events;
	int64		pages;
	int64		keys;
	int64		page_turns;
	int64		duration[2];
	int64		page_time[2];
} SessionTotals;

static inline void
add_length(int64 *sum, uint64 length)
{
	if (unlikely(!add_count(&sum[0], (int64) (length / USECS_PER_SEC)) ||
				 !add_count(&sum[1], (int64) (length % USECS_PER_SEC))))
		engage_count_overflow();
}

static inline void
count_session(SessionTotals *totals, const Session *session)
{
	totals->sessions[session_is_bounce(session)]
		[session_is_engaged(session, ENGAGED_AFTER)][session->events > 1]++;
	if (unlikely(!add_count(&totals->events, session->events)))
		engage_count_overflow();
	/* the others are no more than events */
	totals->pages += session->pages;
	totals->keys += session->keys;
	add_length(totals->duration, session_duration(session));
	if (session->pages > 1)
	{
		totals->page_turns += session->pages - 1;
		add_length(totals->page_time, session_page_time(session));
	}
}

static void
add_totals(Tally *tally, const SessionTotals *totals)
{
	for (int i = 0; i < 8; i++)
		engage_tally_add(tally, TALLY_KEY(STATS_SESSIONS, i >> 2, i >> 1 & 1, i & 1),
						 totals->sessions[i >> 2][i >> 1 & 1][i & 1]);
	engage_tally_add(tally, TALLY_KEY(STATS_EVENTS, 0, 0, 0), totals->events);
	engage_tally_add(tally, TALLY_KEY(STATS_PAGES, 0, 0, 0), totals->pages);
	engage_tally_add(tally, TALLY_KEY(STATS_KEYS, 0, 0, 0), totals->keys);
	engage_tally_add(tally, TALLY_KEY(STATS_PAGE_TURNS, 0, 0, 0), totals->page_turns);
	for (int i = 0; i < 2; i++)
	{
		engage_tally_add(tally, TALLY_KEY(STATS_DURATION, i, 0, 0), totals->duration[i]);
		engage_tally_add(tally, TALLY_KEY(STATS_PAGE_TIME, i, 0, 0), totals->page_time[i]);
	}
}

/* A customer of whom "sessions" sessions count, the first of them his first ever or not */
static inline void
count_visitor(Tally *tally, bool is_new, int64 sessions)
{
	if (unlikely(sessions > PG_INT32_MAX))
		engage_count_overflow();
	if (sessions > 0)
		engage_tally_add(tally, TALLY_KEY(STATS_VISITORS, is_new, (int32) sessions, 0), 1);
}

/*
 * Arguments since and until from "argno" on into params; NULL and infinity are
 * no bound.
 */
static inline void
period_args(FunctionCallInfo fcinfo, int argno, TimeType type, int64 *params)
{
	int64		bounds[2] = {DT_NOBEGIN, DT_NOEND};

	for (int i = 0; i < 2 && PG_NARGS() > argno + 1; i++)
	{
		Datum		bound = PG_GETARG_DATUM(argno + i);

		if (PG_ARGISNULL(argno + i))
			continue;
		if (type != TIME_DATE)
			bounds[i] = DatumGetTimestamp(bound);
		else if (DATE_IS_NOBEGIN(DatumGetDateADT(bound)))
			bounds[i] = DT_NOBEGIN;
		else if (DATE_IS_NOEND(DatumGetDateADT(bound)))
			bounds[i] = DT_NOEND;
		else
			bounds[i] = engage_date_time(DatumGetDateADT(bound), "period");
	}
	if (unlikely(bounds[0] > bounds[1]))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("since must not be later than until"),
				 errhint("Sessions count that start from since on and before until.")));
	params[STATS_SINCE] = bounds[0];
	params[STATS_UNTIL] = bounds[1];
}

static inline bool
starts_in_period(const int64 *params, int64 first)
{
	return first >= params[STATS_SINCE] && first < params[STATS_UNTIL];
}

static void
period_changed(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
			 errmsg("since and until must be the same for all rows"),
			 errhint("Write constants, or GROUP BY what they depend on.")));
}

/* (session_stats_summary, session_set [, since, until]) */
static inline Datum
count_set(FunctionCallInfo fcinfo, TimeType type)
{
	Tally	   *tally = engage_tally_state(fcinfo, &engage_session_stats_summary_type);
	int64		params[STATS_NPARAMS];
	SessionTotals totals = {0};
	SessionSet	set;
	SessionReader reader;
	Session		session;
	int64		sessions = 0;
	bool		is_new = false;

	if (!PG_ARGISNULL(1))
	{
		session_set_arg(&set, PG_GETARG_DATUM(1));
		period_args(fcinfo, 2, type, params);
		params[STATS_GAP] = set.gap;
		session_reader_init(&reader, &set);
		while (session_next(&reader, &session) && session.first < params[STATS_UNTIL])
		{
			check_interrupts_at(reader.next);
			if (!starts_in_period(params, session.first))
				continue;
			is_new |= reader.next == 1;
			sessions++;
			count_session(&totals, &session);
		}
		/* a set of which nothing counts does not matter, wherever it comes */
		if (sessions > 0)
		{
			if (tally == NULL)
				tally = engage_tally_create(&engage_session_stats_summary_type,
											engage_tally_context(fcinfo), params, NULL, 0);
			if (tally->params[STATS_GAP] != set.gap)
				engage_gap_changed();
			if (memcmp(tally->params, params, sizeof(params)) != 0)
				period_changed();
			count_visitor(tally, is_new, sessions);
			add_totals(tally, &totals);
		}
	}
	if (tally == NULL)
		PG_RETURN_NULL();
	return tally_datum(tally);
}

PG_FUNCTION_INFO_V1(engage_session_stats_accum);
Datum
engage_session_stats_accum(PG_FUNCTION_ARGS)
{
	return count_set(fcinfo, TIME_TIMESTAMP);
}

PG_FUNCTION_INFO_V1(engage_session_stats_accum_date);
Datum
engage_session_stats_accum_date(PG_FUNCTION_ARGS)
{
	return count_set(fcinfo, TIME_DATE);
}

/* ---------------------------------------------------------- from raw rows */

/* arguments: (internal, customer, ts, gap [, is_page, is_key]) */
#define ARG_CUSTOMER	1
#define ARG_TIME		2
#define ARG_GAP			3
#define ARG_PAGE		4

typedef struct SessionRows
{
	EventStore *store;
	int64		gap;
} SessionRows;

PG_FUNCTION_INFO_V1(engage_session_stats_rows_accum);
Datum
engage_session_stats_rows_accum(PG_FUNCTION_ARGS)
{
	SessionRows *rows = PG_ARGISNULL(0) ? NULL : (SessionRows *) PG_GETARG_POINTER(0);
	EventArgs  *args = (EventArgs *) fcinfo->flinfo->fn_extra;
	int			flags = EVENT_IS_PAGE;
	Key			customer;
	int64		time;
	int64		gap;

	if (unlikely(args == NULL))
	{
		args = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(EventArgs));
		engage_event_args_init(args, fcinfo, ARG_CUSTOMER, ARG_TIME);
		fcinfo->flinfo->fn_extra = args;
	}
	if (!event_args_read(args, fcinfo, &customer, &time))
	{
		if (rows == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(rows);
	}
	gap = engage_gap_arg(fcinfo, ARG_GAP);
	if (PG_NARGS() > ARG_PAGE)
		flags = event_flag_args(fcinfo, ARG_PAGE);
	if (unlikely(rows == NULL))
	{
		MemoryContext context;

		context = engage_aggregate_context(fcinfo);
		rows = MemoryContextAlloc(context, sizeof(SessionRows));
		rows->store = engage_event_args_store(args, context, EVENT_FLAG_BITS, false);
		rows->gap = gap;
	}
	else if (unlikely(rows->gap != gap))
		engage_gap_changed();
	event_store_add(rows->store, &customer, time, flags);
	PG_RETURN_POINTER(rows);
}

/* The sessions of one customer's events, which are in order of time */
static int64
count_events(SessionTotals *totals, const Event *events, int64 nevents, int64 gap)
{
	Session		session = session_of_event(events[0].time, (int) events[0].payload);
	int64		sessions = 1;

	for (int64 i = 1; i < nevents; i++)
	{
		Session		event = session_of_event(events[i].time, (int) events[i].payload);

		check_interrupts_at(i);
		if (session_goes_on(session.last, event.first, gap))
			session_absorb(&session, &event);
		else
		{
			count_session(totals, &session);
			session = event;
			sessions++;
		}
	}
	count_session(totals, &session);
	return sessions;
}

PG_FUNCTION_INFO_V1(engage_session_stats_rows_final);
Datum
engage_session_stats_rows_final(PG_FUNCTION_ARGS)
{
	SessionRows *rows;
	SessionTotals totals = {0};
	int64		params[STATS_NPARAMS];
	Tally	   *tally;
	EventReader *reader;
	EventRun	run;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	rows = (SessionRows *) PG_GETARG_POINTER(0);
	params[STATS_GAP] = rows->gap;
	params[STATS_SINCE] = DT_NOBEGIN;
	params[STATS_UNTIL] = DT_NOEND;
	tally = engage_tally_create(&engage_session_stats_summary_type, CurrentMemoryContext, params, NULL, 0);
	reader = engage_event_reader_create(rows->store);
	for (int64 n = 0; engage_event_reader_next(reader, &run); n++)
	{
		check_interrupts_at(n);
		count_visitor(tally, true, count_events(&totals, run.events, run.n, rows->gap));
	}
	engage_event_reader_free(reader);
	add_totals(tally, &totals);
	return tally_datum(tally);
}
