/*-------------------------------------------------------------------------
 *
 * session_set_core.c
 *	  Making, joining and storing the sessions of one customer.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/session_set_core.h"
#include "common/interrupts.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

/* ----------------------------------------------------------------- joining */

static inline int
compare_starts(const Session *a, const Session *b)
{
	return a->first < b->first ? -1 : a->first > b->first;
}

#define ST_SORT			sort_sessions
#define ST_ELEMENT_TYPE	Session
#define ST_COMPARE(a, b) compare_starts(a, b)
#define ST_SCOPE		static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * Put a bag of sessions in order, and make one of those that touch.  Returns
 * how many remain.
 */
int64
engage_sessions_join(Session *sessions, int64 nsessions, int64 gap)
{
	int64		n = 0;

	/* most often they come in order */
	for (int64 i = 1; i < nsessions; i++)
	{
		check_interrupts_at(i);
		if (sessions[i - 1].first > sessions[i].first)
		{
			sort_sessions(sessions, nsessions);
			break;
		}
	}
	for (int64 i = 0; i < nsessions; i++)
	{
		check_interrupts_at(i);
		if (n > 0 && session_touches(&sessions[n - 1], &sessions[i], gap))
			session_absorb(&sessions[n - 1], &sessions[i]);
		else
			sessions[n++] = sessions[i];
	}
	return n;
}

/*
 * Why no events could have given a session, after the one before it (or NULL);
 * NULL if there is no reason.
 */
const char *
engage_session_fault(const Session *session, const Session *previous, int64 gap)
{
	if (session->events < 1 || session->pages < 0 || session->keys < 0)
		return "A session has one event or more; counts are not negative.";
	if (session->pages > session->events || session->keys > session->events)
		return "Page views and key events are events.";
	if (session->first > session->last)
		return "A session ends before it starts.";
	if (session_duration(session) > (uint128) (session->events - 1) * (uint64) gap)
		return "A session is too long for its number of events and the gap.";
	if (session->pages > 0)
	{
		int			others = (session->first_page > session->first) + (session->last_page < session->last);

		if (session->first_page < session->first || session->last_page > session->last ||
			session->first_page > session->last_page ||
			(session->pages == 1 && session->first_page != session->last_page) ||
			others > session->events - session->pages)
			return "Page views are not possible at these times.";
	}
	if (previous != NULL &&
		(session->first <= previous->last || session_goes_on(previous->last, session->first, gap)))
		return "Sessions are in order of time, and further apart than the gap.";
	return NULL;
}

/* --------------------------------------------------------- the stored form */

void
engage_session_set_open(SessionSet *set, const struct varlena *datum)
{
	const uint8 *position = (const uint8 *) VARDATA_ANY(datum);
	uint8		head = *position++;
	uint64		gap;

	if (unlikely(head >> 4 != SESSION_SET_VERSION))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a stored session_set has format version %d", head >> 4),
				 errdetail("This version of engage reads version %d.", SESSION_SET_VERSION),
				 errhint("If it was written by a newer engage, upgrade this server's.")));
	set->unit = time_unit_length(Min(head & 7, UNIT_DAY));
	set->flagged = (head & 8) != 0;
	gap = varint_read(&position);
	set->gap = (int64) ((gap & 1) ? gap >> 1 : (gap >> 1) * USECS_PER_SEC);
	set->nsessions = (int64) varint_read(&position);
	set->sessions = position;
}

/* a session takes no more */
#define SESSION_MAX_LENGTH	(7 * VARINT_MAX_LENGTH)

static uint8 *
write_session(uint8 *position, const Session *session, const Session *previous,
			  TimeUnit unit, bool flagged)
{
	if (previous == NULL)
		position = varint_write(position, zigzag(session->first / time_unit_length(unit)));
	else
		position = varint_write(position, time_whole_units((uint64) session->first - (uint64) previous->last, unit));
	position = varint_write(position, time_whole_units(session_duration(session), unit));
	position = varint_write(position, session->events - 1);
	if (flagged)
	{
		position = varint_write(position, session->pages);
		position = varint_write(position, session->keys);
		if (session->pages > 0)
			position = varint_write(position, time_whole_units((uint64) session->first_page - (uint64) session->first, unit));
		if (session->pages > 1)
			position = varint_write(position, time_whole_units(session_page_time(session), unit));
	}
	return position;
}

/* The stored value of sessions that are in order and do not touch */
struct varlena *
engage_session_set_encode(const Session *sessions, int64 nsessions, int64 gap)
{
	uint8		head[1 + 2 * VARINT_MAX_LENGTH];
	uint8	   *position = head;
	TimeUnit	unit = nsessions > 0 ? UNIT_DAY : UNIT_MICROSECOND;
	bool		flagged = false;
	Size		size;
	struct varlena *result;

	for (int64 i = 0; i < nsessions; i++)
	{
		const Session *session = &sessions[i];

		check_interrupts_at(i);
		while (!time_is_whole(session->first, unit) || !time_is_whole(session->last, unit) ||
			   !time_is_whole(session->first_page, unit) || !time_is_whole(session->last_page, unit))
			unit--;
		flagged |= session->pages != session->events || session->keys != 0;
	}

	*position++ = (uint8) (SESSION_SET_VERSION << 4 | flagged << 3 | unit);
	position = varint_write(position, gap % USECS_PER_SEC == 0 ?
							(uint64) (gap / USECS_PER_SEC) << 1 : (uint64) gap << 1 | 1);
	position = varint_write(position, nsessions);
	size = position - head;
	for (int64 i = 0; i < nsessions; i++)
	{
		uint8		session[SESSION_MAX_LENGTH];

		check_interrupts_at(i);
		size += write_session(session, &sessions[i], i > 0 ? &sessions[i - 1] : NULL, unit, flagged) - session;
	}
	if (size > MaxAllocSize - VARHDRSZ)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a set of " INT64_FORMAT " sessions needs more than 1 GB", nsessions),
				 errdetail("A value in PostgreSQL is limited to 1 GB."),
				 errhint("Make a set a month or a year of such a customer.")));

	result = palloc(VARHDRSZ + size);
	SET_VARSIZE(result, VARHDRSZ + size);
	memcpy(VARDATA(result), head, position - head);
	position = (uint8 *) VARDATA(result) + (position - head);
	for (int64 i = 0; i < nsessions; i++)
	{
		check_interrupts_at(i);
		position = write_session(position, &sessions[i], i > 0 ? &sessions[i - 1] : NULL, unit, flagged);
	}
	Assert(position == (uint8 *) result + VARSIZE(result));
	return result;
}

/* --------------------------------------------------- sessions in the making */

#define STATE_HEADER		offsetof(SessionState, entries)
#define STATE_MIN_EVENTS	2	/* 32 bytes */
#define STATE_MAX_EVENTS	30	/* 256 bytes; more become sessions */
#define STATE_MIN_SESSIONS	4
#define STATE_MAX_SESSIONS	(1 << 30)

static inline Session *
state_sessions(const SessionState *state)
{
	return (Session *) state->entries;
}

static inline Session
session_of_entry(int64 entry)
{
	return session_of_event(entry >> EVENT_FLAG_BITS, entry & ((1 << EVENT_FLAG_BITS) - 1));
}

SessionState *
engage_session_state_create(MemoryContext context, int64 gap)
{
	SessionState *state = MemoryContextAlloc(context, STATE_HEADER + STATE_MIN_EVENTS * sizeof(int64));

	state->gap = gap;
	state->n = 0;
	state->space = STATE_MIN_EVENTS;
	state->has_sessions = false;
	return state;
}

/* Events as they came become sessions, half of whose room is free at least. */
static SessionState *
use_sessions(SessionState *old)
{
	Session		sessions[STATE_MAX_EVENTS];
	SessionState *state;
	int64		n = old->n;
	uint32		space = STATE_MIN_SESSIONS;

	for (int64 i = 0; i < n; i++)
		sessions[i] = session_of_entry(old->entries[i]);
	n = engage_sessions_join(sessions, n, old->gap);
	while (space < 2 * n)
		space *= 2;
	state = MemoryContextAlloc(GetMemoryChunkContext(old), STATE_HEADER + space * sizeof(Session));
	state->gap = old->gap;
	state->n = (uint32) n;
	state->space = space;
	state->has_sessions = true;
	memcpy(state_sessions(state), sessions, n * sizeof(Session));
	pfree(old);
	return state;
}

/* Room for one session more.  Joined ones must leave half of it, or there will be more. */
static SessionState *
make_room(SessionState *state)
{
	if (likely(state->n < state->space))
		return state;
	state->n = (uint32) engage_sessions_join(state_sessions(state), state->n, state->gap);
	if (state->n <= state->space / 2)
		return state;
	if (state->space >= STATE_MAX_SESSIONS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a customer cannot have more than %d sessions", STATE_MAX_SESSIONS)));
	state->space *= 2;
	return repalloc_huge(state, STATE_HEADER + (Size) state->space * sizeof(Session));
}

/* The state may move. */
SessionState *
engage_session_state_add(SessionState *state, const Session *session)
{
	if (!state->has_sessions)
		state = use_sessions(state);
	/* most often they come in order of time */
	if (state->n > 0 && session_touches(&state_sessions(state)[state->n - 1], session, state->gap))
		session_absorb(&state_sessions(state)[state->n - 1], session);
	else
	{
		state = make_room(state);
		state_sessions(state)[state->n++] = *session;
	}
	return state;
}

SessionState *
engage_session_state_add_event(SessionState *state, int64 time, int flags)
{
	int64		entry = (int64) ((uint64) time << EVENT_FLAG_BITS) | flags;
	Session		session;

	/* (beyond the year 70000, a time does not fit beside the flags) */
	if (!state->has_sessions && entry >> EVENT_FLAG_BITS == time)
	{
		if (unlikely(state->n == state->space) && state->space < STATE_MAX_EVENTS)
		{
			state->space = 2 * state->space + 2;
			state = repalloc(state, STATE_HEADER + state->space * sizeof(int64));
		}
		if (state->n < state->space)
		{
			state->entries[state->n++] = entry;
			return state;
		}
	}
	session = session_of_event(time, flags);
	return engage_session_state_add(state, &session);
}

/* The sessions so far, in order; the state stays as it is. */
Session *
engage_session_state_sessions(const SessionState *state, int64 *nsessions)
{
	Session    *sessions = MemoryContextAllocHuge(CurrentMemoryContext, Max(state->n, 1) * sizeof(Session));

	if (state->has_sessions)
		memcpy(sessions, state_sessions(state), state->n * sizeof(Session));
	else
		for (uint32 i = 0; i < state->n; i++)
			sessions[i] = session_of_entry(state->entries[i]);
	*nsessions = engage_sessions_join(sessions, state->n, state->gap);
	return sessions;
}
