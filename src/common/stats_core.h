/*-------------------------------------------------------------------------
 *
 * stats_core.h
 *	  Quantiles and confidence intervals.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_STATS_CORE_H
#define ENGAGE_STATS_CORE_H

typedef struct ConfidenceInterval
{
	double		estimate;
	double		low;
	double		high;
	bool		has_estimate;	/* false: no data, all three are NULL */
	bool		has_bounds;		/* false: too few data for bounds */
} ConfidenceInterval;

extern double engage_normal_quantile(double p);
extern double engage_incomplete_beta(double a, double b, double x);
extern double engage_beta_quantile(double p, double a, double b);
extern double engage_t_quantile(double p, double df);

/* how many standard errors a two-sided interval reaches */
extern double engage_normal_reach(double confidence);
extern double engage_t_reach(double confidence, double df);

extern void engage_wilson(double hits, double trials, double confidence,
						  double *low, double *high);
/* beyond this the beta quantiles are neither fast nor exact enough */
#define CLOPPER_PEARSON_MAX_TRIALS	1e12

extern void engage_clopper_pearson(double hits, double trials, double confidence,
								   double *low, double *high);

#endif							/* ENGAGE_STATS_CORE_H */
