/*-------------------------------------------------------------------------
 *
 * retention.h
 *	  Type retention_summary: who came back how many periods later.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_RETENTION_H
#define ENGAGE_RETENTION_H

#include "behaviour/population.h"

/*
 * Parameters.  The names are the brackets, such as "1-7"; kinds of cells are
 * those of RetentionCell.
 */
#define RETENTION_UNIT		0	/* a PeriodUnit */
#define RETENTION_COHORTS	1	/* a RetentionCohorts */

#define RETENTION_MAX_BRACKETS	1000

extern const TallyType engage_retention_summary_type;

/* A bracket from its name; false if it is none. */
extern bool engage_bracket_parse(const EventName *name, PeriodRun *bracket);

#endif							/* ENGAGE_RETENTION_H */
