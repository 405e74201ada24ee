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
	int64		npaths;
	bool		is_cut;			/* the path goes on beyond its last step */
	uint32	   *codes;			/* the path that is being made */
	int64		ncodes;
	int64		code_space;
	TallyKey   *keys;
	int64		nkeys;
	int64		key_space;
} PathCounter;

extern void engage_path_counter_init(PathCounter *counter, Tally *tally);
extern void engage_path_step(PathCounter *counter, uint32 code);
extern void engage_path_end(PathCounter *counter);
extern void engage_path_customer_end(PathCounter *counter);
extern void engage_path_counter_free(PathCounter *counter);

#endif							/* ENGAGE_PATHS_H */
