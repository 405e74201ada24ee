/*-------------------------------------------------------------------------
 *
 * funnel_summary.h
 *	  Type funnel_summary: how far customers came, and how long they took.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_FUNNEL_SUMMARY_H
#define ENGAGE_FUNNEL_SUMMARY_H

#include "behaviour/funnel_core.h"
#include "behaviour/tally.h"
#include "behaviour/timeline_core.h"
#include "common/name_match.h"

/* parameters */
#define FUNNEL_WITHIN		0
#define FUNNEL_MODE			1

/* kinds of cells */
#define FUNNEL_REACHED		0	/* (k): customers whose highest level is k */
#define FUNNEL_TIME			1	/* (k, bucket): from step k - 1 to step k */
#define FUNNEL_TOTAL_TIME	2	/* (k, bucket): from step 1 to step k */
#define FUNNEL_TIME_SUM		3	/* (k, 0 or 1): see elapsed_times.h */
#define FUNNEL_TOTAL_SUM	4

extern const TallyType engage_funnel_summary_type;

/* The arguments steps, within and mode of a function, taken apart */
typedef struct FunnelQuestion
{
	MemoryContext context;
	bool		is_stable;		/* the same for all rows of a query */
	struct varlena *steps_datum;	/* copies of the arguments */
	struct varlena *mode_datum;
	int			nsteps;
	EventName	steps[FUNNEL_MAX_STEPS];
	NameMatcher *matcher;		/* of the steps */
	uint64		within;
	int			mode;
	FunnelFold	level_fold;		/* which level */
	FunnelFold	time_fold;		/* and when */
	int64		times[FUNNEL_MAX_STEPS];

	/* steps that each name of a timeline meets; kept for the next with the same names */
	uint64	   *masks;
	uint32		mask_space;
	uint8	   *known_names;
	Size		known_names_len;
	Size		known_names_space;
} FunnelQuestion;

extern FunnelQuestion *engage_funnel_question(FunctionCallInfo fcinfo, FunnelQuestion **slot,
											  MemoryContext context, bool may_change,
											  int steps, int within, int mode);
extern int	engage_funnel_timeline_level(FunnelQuestion *question, const Timeline *timeline);
extern const int64 *engage_funnel_timeline_times(FunnelQuestion *question, const Timeline *timeline, int *level);
extern Tally *engage_funnel_tally(FunctionCallInfo fcinfo, MemoryContext context, const FunnelQuestion *question);
extern const int64 *engage_funnel_reached_times(FunnelQuestion *question);
pg_noreturn extern void engage_funnel_changed(const char *what);
extern void engage_funnel_count(Tally *tally, int level, const int64 *times);

/* The steps that events of a name meet */
static inline uint64
funnel_steps_of(const FunnelQuestion *question, const char *name, uint32 len)
{
	const NameEntry *entry = name_match(question->matcher, name, len);

	return entry == NULL ? 0 : entry->positions;
}

#endif							/* ENGAGE_FUNNEL_SUMMARY_H */
