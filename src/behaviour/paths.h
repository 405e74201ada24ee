/*-------------------------------------------------------------------------
 *
 * paths.h
 *	  Type path_summary: what followed what, step by step.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_PATHS_H
#define ENGAGE_PATHS_H

#include "behaviour/tally.h"

/* parameter: 1 if steps are counted from the end, as -1, -2 ... */
#define PATH_FROM_END		0

/* kinds of cells; the second of each pair counts customers instead of paths */
#define PATH_EDGE			0	/* (step, source, target) */
#define PATH_EDGE_CUSTOMERS	1
#define PATH_ENTRY			2	/* (step, name) */
#define PATH_ENTRY_CUSTOMERS 3
#define PATH_EXIT			4	/* (step, name) */
#define PATH_EXIT_CUSTOMERS	5
#define PATH_TOTAL			6	/* (0): paths */
#define PATH_TOTAL_CUSTOMERS 7

extern const TallyType engage_path_summary_type;

/*
 * The paths of one customer, while they are counted.  "keys" are the edges that
 * he has taken, to count him once in each.
 */
typedef struct PathCounter
{
	Tally	   *tally;
	bool		from_end;
	int64		gap;			/* a longer pause ends a path */
	int64		max_steps;
	int64		npaths;
	bool		has_events;		/* of the customer, since the last of which: */
	int64		last_time;
	uint32		last_code;
	bool		is_cut;			/* the path goes on beyond its last step */
	uint32	   *codes;			/* the path that is being made */
	int64		ncodes;
	int64		code_space;
	TallyKey   *keys;
	int64		nkeys;
	int64		key_space;
} PathCounter;

extern Tally *engage_path_tally(FunctionCallInfo fcinfo, bool from_end);
extern int64 engage_path_gap_arg(FunctionCallInfo fcinfo, int argno);
extern int64 engage_path_max_steps_arg(FunctionCallInfo fcinfo, int argno);
extern void engage_path_counter_init(PathCounter *counter, Tally *tally, int64 gap, int64 max_steps);
extern void engage_path_event(PathCounter *counter, int64 time, uint32 code);
extern void engage_path_customer_end(PathCounter *counter);
extern void engage_path_counter_free(PathCounter *counter);

#endif							/* ENGAGE_PATHS_H */
