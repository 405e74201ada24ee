/*-------------------------------------------------------------------------
 *
 * stats_core.c
 *	  Quantiles and confidence intervals.
 *
 * The server has none of these and Debian packages no C library for them
 * under a permissive licence.  Everything is double precision; relative
 * errors are below 1e-10 over the range that surveys and campaigns need,
 * which the tests check against published tables.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/stats_core.h"

/*
 * Inverse of the standard normal distribution function: a rational start
 * value (Abramowitz and Stegun 26.2.23, error below 4.5e-4) polished by
 * Newton's method in Halley's form on erfc(), which is exact in the tails.
 */
double
engage_normal_quantile(double p)
{
	double		tail = p < 0.5 ? p : 1 - p;
	double		t;
	double		z;

	Assert(p > 0 && p < 1);
	t = sqrt(-2 * log(tail));
	z = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
		(1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
	for (int i = 0; i < 4; i++)
	{
		/* z > 0 is the upper tail quantile */
		double		error = (0.5 * erfc(z / M_SQRT2) - tail) *
			sqrt(2 * M_PI) * exp(z * z / 2);

		z += error / (1 - z * error / 2);
	}
	return p < 0.5 ? -z : z;
}

/* Continued fraction of the incomplete beta function, by Lentz's method. */
static double
beta_fraction(double a, double b, double x)
{
	const double tiny = 1e-300;
	double		c = 1;
	double		d = 1 - (a + b) * x / (a + 1);
	double		h;

	if (fabs(d) < tiny)
		d = tiny;
	d = 1 / d;
	h = d;
	/* needs about sqrt(max(a, b)) rounds */
	for (int m = 1; m <= 50000000; m++)
	{
		double		m2 = 2.0 * m;
		double		term;
		double		step;

		term = m * (b - m) * x / ((a + m2 - 1) * (a + m2));
		d = 1 + term * d;
		if (fabs(d) < tiny)
			d = tiny;
		c = 1 + term / c;
		if (fabs(c) < tiny)
			c = tiny;
		d = 1 / d;
		h *= d * c;

		term = -(a + m) * (a + b + m) * x / ((a + m2) * (a + m2 + 1));
		d = 1 + term * d;
		if (fabs(d) < tiny)
			d = tiny;
		c = 1 + term / c;
		if (fabs(c) < tiny)
			c = tiny;
		d = 1 / d;
		step = d * c;
		h *= step;
		if (fabs(step - 1) < 1e-15)
			break;
	}
	return h;
}

/* log(gamma(n)) less Stirling's approximation of it */
static double
stirling_error(double n)
{
	double		n2 = n * n;

	if (n < 15)
		return lgamma(n) - ((n - 0.5) * log(n) - n + 0.5 * log(2 * M_PI));
	return (1 / 12.0 - (1 / 360.0 - (1 / 1260.0 - (1 / 1680.0 - 1 / 1188.0 / n2) / n2) / n2) / n2) / n;
}

/*
 * log of x^a (1-x)^b / B(a, b), in Loader's saddle-point form (2000): with a
 * billion trials the three log-gammas would cancel in all but their last
 * digits.
 */
static double
log_beta_front(double a, double b, double x)
{
	double		excess = x * b - (1 - x) * a;
	double		log_x;
	double		log_y;

	/* logs of x and 1 - x over their means, each where it does not cancel */
	log_x = fabs(excess) < a / 2 ? log1p(excess / a) : log(x * (a + b) / a);
	log_y = fabs(excess) < b / 2 ? log1p(-excess / b) :
		log1p(-x) + log((a + b) / b);
	return a * log_x + b * log_y +
		0.5 * log(a * (b / (a + b)) / (2 * M_PI)) +
		stirling_error(a + b) - stirling_error(a) - stirling_error(b);
}

/* The regularised incomplete beta function I_x(a, b). */
double
engage_incomplete_beta(double a, double b, double x)
{
	if (x <= 0)
		return 0;
	if (x >= 1)
		return 1;
	/* the fraction converges fast only on its own side of the mean */
	if (x < (a + 1) / (a + b + 2))
		return exp(log_beta_front(a, b, x)) * beta_fraction(a, b, x) / a;
	return 1 - exp(log_beta_front(a, b, x)) * beta_fraction(b, a, 1 - x) / b;
}

/* Inverse of I_x(a, b) in x: Newton's method kept inside a shrinking bracket. */
double
engage_beta_quantile(double p, double a, double b)
{
	double		low = 0;
	double		high = 1;
	double		x = a / (a + b);

	for (int i = 0; i < 200; i++)
	{
		double		error = engage_incomplete_beta(a, b, x) - p;
		double		density;
		double		next;

		if (error > 0)
			high = x;
		else
			low = x;
		density = exp(log_beta_front(a, b, x)) / (x * (1 - x));
		next = x - error / density;
		/* also when the density is zero or not a number */
		if (!(next > low && next < high))
			next = (low + high) / 2;
		if (fabs(next - x) <= 1e-15 * x)
			return next;
		x = next;
	}
	return x;
}

/*
 * Student's t: its square over the degrees of freedom is beta distributed.
 * For many degrees of freedom Cornish and Fisher's expansion around the normal
 * quantile is the more exact.
 */
double
engage_t_quantile(double p, double df)
{
	double		tail = p < 0.5 ? p : 1 - p;
	double		t;

	if (tail == 0.5)
		return 0;
	if (df > 1e5)
	{
		double		z = -engage_normal_quantile(tail);
		double		z2 = z * z;

		t = z + z * (z2 + 1) / (4 * df) +
			z * ((5 * z2 + 16) * z2 + 3) / (96 * df * df);
	}
	else
	{
		double		x = engage_beta_quantile(2 * tail, df / 2, 0.5);

		/* 1 - x is exact enough unless x is close to 1, that is, t to 0 */
		if (x > 0.5 && tail > 1e-4)
		{
			x = engage_beta_quantile(1 - 2 * tail, 0.5, df / 2);
			t = sqrt(df * x / (1 - x));
		}
		else
			t = sqrt(df * (1 - x) / x);
	}
	return p < 0.5 ? -t : t;
}

/*
 * These start from the tail, which a confidence next to 1 still tells from 0;
 * the quantile's other argument would round to 1.
 */
double
engage_normal_reach(double confidence)
{
	return -engage_normal_quantile((1 - confidence) / 2);
}

double
engage_t_reach(double confidence, double df)
{
	return -engage_t_quantile((1 - confidence) / 2, df);
}

/* Wilson's score interval (1927) for hits out of trials, as shares. */
void
engage_wilson(double hits, double trials, double confidence,
			  double *low, double *high)
{
	double		z = engage_normal_reach(confidence);
	double		p = hits / trials;
	double		denominator = 1 + z * z / trials;
	double		centre = p + z * z / (2 * trials);
	double		half = z * sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials));

	/* exact at the ends, where rounding could leave a trace */
	*low = hits == 0 ? 0 : Max(0, (centre - half) / denominator);
	*high = hits == trials ? 1 : Min(1, (centre + half) / denominator);
}

/* Clopper and Pearson's "exact" interval (1934), as shares. */
void
engage_clopper_pearson(double hits, double trials, double confidence,
					   double *low, double *high)
{
	double		tail = (1 - confidence) / 2;

	*low = hits == 0 ? 0 :
		engage_beta_quantile(tail, hits, trials - hits + 1);
	*high = hits == trials ? 1 :
		1 - engage_beta_quantile(tail, trials - hits, hits + 1);
}
