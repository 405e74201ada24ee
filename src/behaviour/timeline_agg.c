/*-------------------------------------------------------------------------
 *
 * timeline_agg.c
 *	  Timelines made of rows, and of timelines of the same customer.
 *
 * There is a state per customer, so it is small: of one event it takes 32
 * bytes.  Names are numbers of a list that all states of one place of a query
 * share, which lives as long as the query.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/timeline.h"
#include "common/call_args.h"
#include "common/errors.h"
#include "common/interrupts.h"
#include "common/time_arg.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/*
 * The events follow the first 12 bytes without alignment: code and time, and
 * value if the state has values.  How much is allocated follows from their
 * number: the next power of two.
 */
typedef struct TimelineState
{
	EventNames *names;
	uint32		nevents:31;
	uint32		has_values:1;
	char		events[FLEXIBLE_ARRAY_MEMBER];
} TimelineState;

#define STATE_HEADER		offsetof(TimelineState, events)
#define STATE_MIN_SIZE		32
#define STATE_MAX_EVENTS	((uint32) 0x7fffffff)
#define EVENT_SIZE(has_values) ((Size) ((has_values) ? 20 : 12))

/* the highest bit of a code: the event has a value */
#define CODE_HAS_VALUE		((uint32) 0x80000000)

static inline Size
state_space(Size nevents, bool has_values)
{
	Size		size = STATE_HEADER + nevents * EVENT_SIZE(has_values);

	return size <= STATE_MIN_SIZE ? STATE_MIN_SIZE : (Size) pg_nextpower2_64(size);
}

/* The names of this place of the query */
static inline EventNames *
shared_names(FunctionCallInfo fcinfo)
{
	if (unlikely(fcinfo->flinfo->fn_extra == NULL))
		fcinfo->flinfo->fn_extra = engage_event_names_create(fcinfo->flinfo->fn_mcxt);
	return (EventNames *) fcinfo->flinfo->fn_extra;
}

static TimelineState *
new_state(MemoryContext context, EventNames *names, uint32 expected, bool has_values)
{
	TimelineState *state = MemoryContextAllocHuge(context, state_space(expected, has_values));

	state->names = names;
	state->nevents = 0;
	state->has_values = has_values;
	return state;
}

/* Room for so many more; the state may move. */
static inline TimelineState *
reserve(TimelineState *state, uint64 more)
{
	Size		space = state_space(state->nevents, state->has_values);

	if (unlikely(state->nevents + more > STATE_MAX_EVENTS))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a timeline cannot have more than %u events", STATE_MAX_EVENTS)));
	if (STATE_HEADER + (state->nevents + more) * EVENT_SIZE(state->has_values) > space)
		state = repalloc_huge(state, state_space(state->nevents + more, state->has_values));
	return state;
}

static inline void
append(TimelineState *state, int64 time, uint32 code, bool has_value, double value)
{
	char	   *event = state->events + state->nevents * EVENT_SIZE(state->has_values);

	if (has_value)
		code |= CODE_HAS_VALUE;
	memcpy(event, &code, sizeof(uint32));
	memcpy(event + 4, &time, sizeof(int64));
	if (state->has_values)
		memcpy(event + 12, &value, sizeof(double));
	state->nevents++;
}

/* (internal, time, event [, value]): rows without time or event are skipped */
static inline Datum
accumulate(FunctionCallInfo fcinfo, bool is_date, bool has_values)
{
	MemoryContext context = engage_aggregate_context(fcinfo);
	TimelineState *state = PG_ARGISNULL(0) ? NULL : (TimelineState *) PG_GETARG_POINTER(0);
	EventNames *names;
	text	   *name;
	uint32		code;
	int64		time;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	time = is_date ? engage_date_time(PG_GETARG_INT32(1), "event") :
		engage_finite_time(PG_GETARG_TIMESTAMP(1), "event");
	names = state == NULL ? shared_names(fcinfo) : state->names;
	name = PG_GETARG_TEXT_PP(2);
	code = event_name_code(names, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));

	if (state == NULL)
		state = new_state(context, names, 1, has_values);
	else
		state = reserve(state, 1);
	if (has_values && !PG_ARGISNULL(3))
		append(state, time, code, true, engage_event_value(PG_GETARG_FLOAT8(3)));
	else
		append(state, time, code, false, 0);
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(engage_timeline_accum);
Datum
engage_timeline_accum(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, false, false);
}

PG_FUNCTION_INFO_V1(engage_timeline_accum_value);
Datum
engage_timeline_accum_value(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, false, true);
}

PG_FUNCTION_INFO_V1(engage_timeline_accum_date);
Datum
engage_timeline_accum_date(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, true, false);
}

PG_FUNCTION_INFO_V1(engage_timeline_accum_date_value);
Datum
engage_timeline_accum_date_value(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, true, true);
}

/* The same events where each has room for a value */
static TimelineState *
with_values(MemoryContext context, TimelineState *old)
{
	TimelineState *state = new_state(context, old->names, old->nevents, true);

	for (uint32 i = 0; i < old->nevents; i++)
	{
		const char *event = old->events + i * EVENT_SIZE(false);
		uint32		code;
		int64		time;

		check_interrupts_at(i);
		memcpy(&code, event, sizeof(uint32));
		memcpy(&time, event + 4, sizeof(int64));
		append(state, time, code, false, 0);
	}
	pfree(old);
	return state;
}

static TimelineState *
add_timeline(FunctionCallInfo fcinfo, TimelineState *state, const struct varlena *value)
{
	MemoryContext context = engage_aggregate_context(fcinfo);
	Timeline	timeline;
	TimelineReader reader;
	EventNames *names = state == NULL ? shared_names(fcinfo) : state->names;
	uint32		few_codes[16];
	uint32	   *codes = few_codes;
	const uint8 *position;

	engage_timeline_open(&timeline, value);
	if (timeline.nnames > lengthof(few_codes))
		codes = MemoryContextAllocHuge(CurrentMemoryContext, timeline.nnames * sizeof(uint32));
	position = timeline.names;
	for (uint32 i = 0; i < timeline.nnames; i++)
	{
		uint32		len = (uint32) varint_read(&position);

		check_interrupts_at(i);
		codes[i] = event_name_code(names, (const char *) position, len);
		position += len;
	}

	if (state == NULL)
		state = new_state(context, names, timeline.nevents, timeline.presence != NULL);
	else if (timeline.presence != NULL && !state->has_values)
		state = with_values(context, state);
	state = reserve(state, timeline.nevents);
	timeline_reader_init(&reader, &timeline);
	while (timeline_next(&reader))
	{
		double		number = 0;
		bool		has_value = timeline_value(&reader, &number);

		check_interrupts_at(reader.next);
		append(state, reader.time, codes[reader.code], has_value, number);
	}
	if (codes != few_codes)
		pfree(codes);
	return state;
}

/* The state as it is stored; the state stays as it is. */
static struct varlena *
state_value(const TimelineState *state)
{
	TimelineEvent few_events[64];
	TimelineEvent *events = few_events;
	struct varlena *result;

	if (state->nevents > lengthof(few_events))
		events = MemoryContextAllocHuge(CurrentMemoryContext, state->nevents * sizeof(TimelineEvent));
	for (uint32 i = 0; i < state->nevents; i++)
	{
		const char *event = state->events + i * EVENT_SIZE(state->has_values);

		check_interrupts_at(i);
		memcpy(&events[i].code, event, sizeof(uint32));
		memcpy(&events[i].time, event + 4, sizeof(int64));
		events[i].has_value = (events[i].code & CODE_HAS_VALUE) != 0;
		events[i].code &= ~CODE_HAS_VALUE;
		events[i].value = 0;
		if (state->has_values)
			memcpy(&events[i].value, event + 12, sizeof(double));
	}
	result = engage_timeline_encode(state->names->names, events, state->nevents,
									state->names->local_codes);
	if (events != few_events)
		pfree(events);
	return result;
}

/* Transition of rollup(timeline) */
PG_FUNCTION_INFO_V1(engage_timeline_rollup_accum);
Datum
engage_timeline_rollup_accum(PG_FUNCTION_ARGS)
{
	TimelineState *state = PG_ARGISNULL(0) ? NULL : (TimelineState *) PG_GETARG_POINTER(0);

	if (PG_ARGISNULL(1))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	PG_RETURN_POINTER(add_timeline(fcinfo, state, PG_GETARG_TIMELINE_PP(1)));
}

PG_FUNCTION_INFO_V1(engage_timeline_final);
Datum
engage_timeline_final(PG_FUNCTION_ARGS)
{
	engage_aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state_value((TimelineState *) PG_GETARG_POINTER(0)));
}

/* Between processes a state is a stored timeline. */
PG_FUNCTION_INFO_V1(engage_timeline_serial);
Datum
engage_timeline_serial(PG_FUNCTION_ARGS)
{
	engage_aggregate_context(fcinfo);
	PG_RETURN_BYTEA_P((bytea *) state_value((TimelineState *) PG_GETARG_POINTER(0)));
}

/* It need not become a state of its own to be added to another one. */
PG_FUNCTION_INFO_V1(engage_timeline_deserial);
Datum
engage_timeline_deserial(PG_FUNCTION_ARGS)
{
	engage_aggregate_context(fcinfo);
	PG_RETURN_POINTER(PG_GETARG_TIMELINE_PP(0));
}

PG_FUNCTION_INFO_V1(engage_timeline_combine);
Datum
engage_timeline_combine(PG_FUNCTION_ARGS)
{
	return engage_timeline_rollup_accum(fcinfo);
}
