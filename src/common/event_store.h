/*-------------------------------------------------------------------------
 *
 * event_store.h
 *	  The state of aggregates that take everybody's raw rows: collects what
 *	  happened to whom and when, in any order, and hands it out customer by
 *	  customer, each one's events sorted by time and payload.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_EVENT_STORE_H
#define ENGAGE_EVENT_STORE_H

#include "common/key_table.h"

/*
 * The memory that all stores of one aggregate node share.  When they need
 * more, the largest write out what they have.
 */
typedef struct EventBudget EventBudget;

extern EventBudget *engage_event_budget_create(MemoryContext context, Size limit);

/* What the caller keeps of an event besides its time. */
typedef struct Event
{
	int64		time;
	uint64		payload;
} Event;

/* ... in stores made for a value, too */
typedef struct ValuedEvent
{
	int64		time;
	uint64		payload;
	uint64		value;
} ValuedEvent;

/* Only what adding an event needs is known here. */
typedef struct EventStore
{
	int64	   *at;				/* where the next record goes */
	int64	   *end;
	KeyKind		kind;
	uint8		payload_bits;
	bool		packed;			/* time and payload share a word */
	bool		valued;
} EventStore;

extern EventStore *engage_event_store_create(EventBudget *budget, MemoryContext context,
											 KeyKind kind, int payload_bits, bool valued);
extern void engage_event_store_add_slowly(EventStore *store, const Key *customer,
										  int64 time, uint64 payload, uint64 value);

static inline void
event_store_add(EventStore *store, const Key *customer, int64 time, uint64 payload)
{
	int			bits = store->payload_bits;
	int64		shifted = (int64) ((uint64) time << (bits & 63));

	/* an integer key, and time and payload fit beside each other: nearly all */
	if (likely(store->packed && store->kind == KEY_INT8 &&
			   shifted >> (bits & 63) == time && payload >> (bits & 63) == 0 &&
			   store->at + 2 <= store->end))
	{
		store->at[0] = customer->integer;
		store->at[1] = shifted | (int64) payload;
		store->at += 2;
	}
	else
		engage_event_store_add_slowly(store, customer, time, payload, 0);
}

/* All events of one customer; good until the next one is asked for. */
typedef struct EventRun
{
	Key			customer;
	int64		n;
	Event	   *events;			/* sorted; the caller may change them */
	ValuedEvent *valued;		/* instead, in a store with values */
} EventRun;

/*
 * Reading changes nothing of what the store holds, so an aggregate over a
 * growing window frame may go on adding.  The order of customers is arbitrary.
 */
typedef struct EventReader EventReader;

extern EventReader *engage_event_reader_create(EventStore *store);
extern bool engage_event_reader_next(EventReader *reader, EventRun *run);
extern void engage_event_reader_free(EventReader *reader);

#endif							/* ENGAGE_EVENT_STORE_H */
