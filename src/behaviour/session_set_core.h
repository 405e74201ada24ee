/*-------------------------------------------------------------------------
 *
 * session_set_core.h
 *	  The sessions of one customer, as a value.
 *
 * A session is an interval between two events with counters.  Events belong to
 * one session if no pause between them is longer than the gap, so two sessions
 * whose distance is at most the gap are one; a set has no such two.  That makes
 * merging exact whatever the order and the split of the events.
 *
 * The stored form, after the varlena header (nothing is aligned, so that short
 * headers do):
 *
 *	  1 byte	version << 4 | flagged << 3 | TimeUnit
 *	  varint	the gap: seconds << 1, or if they are not whole, microseconds << 1 | 1
 *	  varint	number of sessions
 *	  sessions, in order, each in varints; times in units:
 *		start: the first in zigzag, then the distance from the end before
 *		duration
 *		number of events, less 1
 *		if the set is flagged (some event is no page view, or a key event):
 *		page views, key events; if there are page views, the first one after the
 *		start; if there are two or more, the last one after the first
 *
 * So equal sets are equal bytes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_SESSION_SET_CORE_H
#define ENGAGE_SESSION_SET_CORE_H

#include "behaviour/session_gap.h"
#include "common/compat.h"
#include "common/errors.h"
#include "common/int.h"
#include "common/time_unit.h"
#include "common/varint.h"

#define SESSION_SET_VERSION	1

/* what an event is besides an event */
#define EVENT_IS_PAGE	1
#define EVENT_IS_KEY	2
#define EVENT_FLAG_BITS	2

typedef struct Session
{
	int64		first;			/* microseconds since 2000-01-01 */
	int64		last;
	int64		first_page;		/* of page views; 0 if there is none */
	int64		last_page;
	int64		events;
	int64		pages;
	int64		keys;
} Session;

/* Time spans half of what an int64 holds twice, so lengths are unsigned. */
static inline uint64
session_duration(const Session *session)
{
	return (uint64) session->last - (uint64) session->first;
}

static inline uint64
session_page_time(const Session *session)
{
	return (uint64) session->last_page - (uint64) session->first_page;
}

static inline Session
session_of_event(int64 time, int flags)
{
	bool		is_page = (flags & EVENT_IS_PAGE) != 0;

	return (Session) {
		.first = time, .last = time,
		.first_page = is_page ? time : 0, .last_page = is_page ? time : 0,
		.events = 1, .pages = is_page, .keys = (flags & EVENT_IS_KEY) != 0
	};
}

/* Are they one session? */
static inline bool
session_touches(const Session *a, const Session *b, int64 gap)
{
	if (b->first > a->last)
		return session_goes_on(a->last, b->first, gap);
	if (a->first > b->last)
		return session_goes_on(b->last, a->first, gap);
	return true;
}

static inline void
session_absorb(Session *session, const Session *part)
{
	if (part->pages > 0)
	{
		session->first_page = session->pages > 0 ? Min(session->first_page, part->first_page) : part->first_page;
		session->last_page = session->pages > 0 ? Max(session->last_page, part->last_page) : part->last_page;
	}
	session->first = Min(session->first, part->first);
	session->last = Max(session->last, part->last);
	/* pages and key events are no more than events, so if these fit, so do those */
	if (unlikely(pg_add_s64_overflow(session->events, part->events, &session->events)))
		engage_count_overflow();
	session->pages += part->pages;
	session->keys += part->keys;
}

/* A stored value, opened */
typedef struct SessionSet
{
	int64		gap;
	int64		nsessions;
	int64		unit;			/* microseconds */
	bool		flagged;
	const uint8 *sessions;
} SessionSet;

extern void engage_session_set_open(SessionSet *set, const struct varlena *datum);
extern struct varlena *engage_session_set_encode(const Session *sessions, int64 nsessions, int64 gap);
extern int64 engage_sessions_join(Session *sessions, int64 nsessions, int64 gap);
extern const char *engage_session_fault(const Session *session, const Session *previous, int64 gap);

typedef struct SessionReader
{
	const SessionSet *set;
	const uint8 *position;
	int64		next;			/* number of sessions read */
	int64		last;
} SessionReader;

static inline void
session_reader_init(SessionReader *reader, const SessionSet *set)
{
	reader->set = set;
	reader->position = set->sessions;
	reader->next = 0;
	reader->last = 0;
}

static inline bool
session_next(SessionReader *reader, Session *session)
{
	const SessionSet *set = reader->set;
	uint64		unit = (uint64) set->unit;
	uint64		start;

	if (reader->next >= set->nsessions)
		return false;
	start = varint_read(&reader->position);
	if (reader->next++ == 0)
		session->first = unzigzag(start) * set->unit;
	else
		session->first = (int64) ((uint64) reader->last + start * unit);
	session->last = (int64) ((uint64) session->first + varint_read(&reader->position) * unit);
	session->events = (int64) varint_read(&reader->position) + 1;
	session->pages = session->events;
	session->keys = 0;
	session->first_page = session->first;
	session->last_page = session->last;
	if (set->flagged)
	{
		session->pages = (int64) varint_read(&reader->position);
		session->keys = (int64) varint_read(&reader->position);
		session->first_page = session->pages == 0 ? 0 :
			(int64) ((uint64) session->first + varint_read(&reader->position) * unit);
		session->last_page = session->pages < 2 ? session->first_page :
			(int64) ((uint64) session->first_page + varint_read(&reader->position) * unit);
	}
	reader->last = session->last;
	return true;
}

/*
 * Sessions in the making.  There is one of these per customer, so it is small:
 * up to 30 events it keeps them as they come, later a bag of sessions that are
 * joined whenever it is full.
 */
typedef struct SessionState
{
	int64		gap;
	uint32		n;
	uint32		space:31;
	uint32		has_sessions:1;
	int64		entries[FLEXIBLE_ARRAY_MEMBER]; /* time << EVENT_FLAG_BITS | flags, or Sessions */
} SessionState;

extern SessionState *engage_session_state_create(MemoryContext context, int64 gap);
extern SessionState *engage_session_state_add(SessionState *state, const Session *session);
extern SessionState *engage_session_state_add_event(SessionState *state, int64 time, int flags);
extern Session *engage_session_state_sessions(const SessionState *state, int64 *nsessions);

#endif							/* ENGAGE_SESSION_SET_CORE_H */
