/*-------------------------------------------------------------------------
 *
 * nps_core.h
 *	  Net Promoter Score and its intervals.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_NPS_CORE_H
#define ENGAGE_NPS_CORE_H

#include "common/stats_core.h"

typedef enum NpsMethod
{
	NPS_ADJUSTED_WALD,
	NPS_WALD
} NpsMethod;

/* (possibly weighted) numbers of answers by class, and the sample size */
typedef struct NpsShares
{
	double		promoters;
	double		passives;
	double		detractors;
	double		effective_n;
} NpsShares;

extern void engage_nps_bounds(const NpsShares *shares, double confidence,
							  NpsMethod method, ConfidenceInterval *interval);
extern void engage_nps_change(const NpsShares *a, const NpsShares *b,
							  double confidence, NpsMethod method,
							  ConfidenceInterval *interval);

#endif							/* ENGAGE_NPS_CORE_H */
