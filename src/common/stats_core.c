/*-------------------------------------------------------------------------
 *
 * stats_core.c
 *	  Quantiles and confidence intervals.
 *
 * The server has none of these and Debian packages no C library for them
 * under a permissive licence.  Everything is double precision; relative
 * errors are below 1e-10 up to ten million trials, and grow to 1e-5 at 10^12,
 * where 1 - x has few digits of a rare event's x left.  The tests check that
 * against published tables.
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
	if (tail == 0.5)
		return 0;
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
	for (int m = 1; m <= 10000000; m++)
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

typedef enum BetaTail
{
	LOWER_TAIL,
	UPPER_TAIL
} BetaTail;

/*
 * I_x(a, b) or 1 - I_x(a, b), whichever is asked for, without taking it from 1
 * where it is small.
 */
static double
beta_tail(double a, double b, double x, BetaTail tail)
{
	double		share;
	BetaTail	computed;

	if (x <= 0 || x >= 1)
		return (x <= 0) == (tail == UPPER_TAIL) ? 1 : 0;
	/* no hits, or all: one tail is a power, the other what it leaves of 1 */
	if (a == 1)
		return tail == UPPER_TAIL ? exp(b * log1p(-x)) : -expm1(b * log1p(-x));
	if (b == 1)
		return tail == LOWER_TAIL ? exp(a * log(x)) : -expm1(a * log(x));
	/* the fraction converges fast only on its own side of the mean */
	if (x < (a + 1) / (a + b + 2))
	{
		share = exp(log_beta_front(a, b, x)) * beta_fraction(a, b, x) / a;
		computed = LOWER_TAIL;
	}
	else
	{
		share = exp(log_beta_front(a, b, x)) * beta_fraction(b, a, 1 - x) / b;
		computed = UPPER_TAIL;
	}
	return computed == tail ? share : 1 - share;
}

/* The regularised incomplete beta function I_x(a, b). */
double
engage_incomplete_beta(double a, double b, double x)
{
	return beta_tail(a, b, x, LOWER_TAIL);
}

/*
 * The x whose lower or upper tail is the given share: Newton's method kept
 * inside a shrinking bracket.
 */
static double
beta_tail_quantile(double share, double a, double b, BetaTail tail)
{
	double		low = 0;
	double		high = 1;
	double		x = a / (a + b);

	/* these two need no search */
	if (a == 1)
		return -expm1((tail == UPPER_TAIL ? log(share) : log1p(-share)) / b);
	if (b == 1)
		return exp((tail == LOWER_TAIL ? log(share) : log1p(-share)) / a);

	for (int i = 0; i < 200; i++)
	{
		double		error = beta_tail(a, b, x, tail) - share;
		double		density;
		double		next;

		if (tail == UPPER_TAIL)
			error = -error;
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

/* Inverse of I_x(a, b) in x. */
double
engage_beta_quantile(double p, double a, double b)
{
	if (p <= 0.5)
		return beta_tail_quantile(p, a, b, LOWER_TAIL);
	return beta_tail_quantile(1 - p, a, b, UPPER_TAIL);
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
		double		x = beta_tail_quantile(2 * tail, 0.5, df / 2, UPPER_TAIL);

		if (x < 0.5)
			t = sqrt(df * x / (1 - x));
		else
		{
			/* the same from the other end, which is the small one here */
			x = beta_tail_quantile(2 * tail, df / 2, 0.5, LOWER_TAIL);
			t = sqrt(df * (1 - x) / x);
		}
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
		beta_tail_quantile(tail, hits, trials - hits + 1, LOWER_TAIL);
	*high = hits == trials ? 1 :
		beta_tail_quantile(tail, hits + 1, trials - hits, UPPER_TAIL);
}
