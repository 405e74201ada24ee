/*-------------------------------------------------------------------------
 *
 * nps_core.c
 *	  Net Promoter Score and its intervals.
 *
 * NPS = 100 (P - D) / n.  Its variance is that of a variable worth +1, 0 or
 * -1: p + d - (p - d)^2.  The adjusted Wald interval adds three answers, 3/4
 * promoters, 3/2 passives and 3/4 detractors (Rocks 2016), so that unanimous
 * small samples do not look certain.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "kpi/nps_core.h"

static double
total(const NpsShares *shares)
{
	return shares->promoters + shares->passives + shares->detractors;
}

/* Centre and squared standard error, both on the scale -1..1. */
static void
nps_moments(const NpsShares *shares, NpsMethod method,
			double *centre, double *error_squared)
{
	double		n = shares->effective_n;
	double		p = shares->promoters / total(shares);
	double		d = shares->detractors / total(shares);

	if (method == NPS_ADJUSTED_WALD)
	{
		p = (p * n + 0.75) / (n + 3);
		d = (d * n + 0.75) / (n + 3);
		n += 3;
	}
	*centre = p - d;
	*error_squared = Max(0, p + d - (p - d) * (p - d)) / n;
}

/* Bounds only: the estimate is the exact figure, which the caller has. */
void
engage_nps_bounds(const NpsShares *shares, double confidence,
				  NpsMethod method, ConfidenceInterval *interval)
{
	double		z = engage_normal_reach(confidence);
	double		centre;
	double		error_squared;

	if (total(shares) <= 0)
		return;
	nps_moments(shares, method, &centre, &error_squared);
	interval->has_estimate = interval->has_bounds = true;
	interval->low = Max(-100, 100 * (centre - z * sqrt(error_squared)));
	interval->high = Min(100, 100 * (centre + z * sqrt(error_squared)));
}

/* a - b, of independent samples */
void
engage_nps_change(const NpsShares *a, const NpsShares *b, double confidence,
				  NpsMethod method, ConfidenceInterval *interval)
{
	double		z = engage_normal_reach(confidence);
	double		centre_a;
	double		centre_b;
	double		error_a;
	double		error_b;
	double		half;

	if (total(a) <= 0 || total(b) <= 0)
		return;
	nps_moments(a, method, &centre_a, &error_a);
	nps_moments(b, method, &centre_b, &error_b);
	half = z * sqrt(error_a + error_b);
	interval->has_estimate = interval->has_bounds = true;
	interval->low = Max(-200, 100 * (centre_a - centre_b - half));
	interval->high = Min(200, 100 * (centre_a - centre_b + half));
}
