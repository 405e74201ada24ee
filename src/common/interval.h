/*-------------------------------------------------------------------------
 *
 * interval.h
 *	  The SQL side of confidence intervals.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_INTERVAL_H
#define ENGAGE_INTERVAL_H

#include "common/stats_core.h"
#include "fmgr.h"

typedef enum IntervalBound
{
	INTERVAL_LOW,
	INTERVAL_HIGH
} IntervalBound;

extern double engage_confidence_arg(FunctionCallInfo fcinfo, int argno);
extern int	engage_method_arg(FunctionCallInfo fcinfo, int argno,
							  const char *const *methods);
/* in the order of engage_share_methods */
typedef enum ShareMethod
{
	SHARE_WILSON,
	SHARE_CLOPPER_PEARSON
} ShareMethod;

extern const char *const engage_share_methods[];
extern void engage_share_interval(double hits, double trials, double confidence,
								  ShareMethod method, ConfidenceInterval *interval);
extern void engage_mean_interval(ConfidenceInterval *interval, double mean,
								 double variance, double n, double confidence);
extern Datum engage_interval_row(FunctionCallInfo fcinfo,
								 const ConfidenceInterval *interval);
extern Datum engage_interval_bound(FunctionCallInfo fcinfo,
								   const ConfidenceInterval *interval,
								   IntervalBound bound);

#endif							/* ENGAGE_INTERVAL_H */
