/*
 * Quantiles and intervals against closed forms, published tables and each other.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "common/stats_core.h"
#include "tap.h"

#define CLAIMED		1e-10		/* what stats_core.c says */

static void
normal(void)
{
	/* NIST and AS 241; the tails by series expansion of erfc */
	static const double table[][2] = {
		{0.5001, 0.00025066283},
		{0.75, 0.6744897501960817},
		{0.9, 1.2815515655446004},
		{0.95, 1.6448536269514722},
		{0.975, 1.959963984540054},
		{0.99, 2.3263478740408408},
		{0.995, 2.5758293035489004},
		{0.999, 3.090232306167813},
		{0.9999, 3.719016485455709},
		{1e-5, -4.264890793922825},
		{1e-10, -6.361340902404056},
		{1e-20, -9.262340089798408}
	};

	ok(fabs(engage_normal_quantile(0.5)) < 1e-15, "normal quantile of 0.5 is 0");
	for (int i = 0; i < lengthof(table); i++)
		near(engage_normal_quantile(table[i][0]), table[i][1], i == 0 ? 1e-7 : CLAIMED,
			 "normal quantile of %g", table[i][0]);

	for (int power = 1; power <= 300; power += 23)
	{
		double		p = pow(10, -power);
		double		z = engage_normal_quantile(p);

		near(0.5 * erfc(-z / M_SQRT2), p, 1e-9, "normal quantile of 1e-%d and back", power);
	}
	for (int i = 1; i <= 9; i++)
		near(engage_normal_quantile(i / 20.0), -engage_normal_quantile(1 - i / 20.0), 1e-12,
			 "normal quantiles of %g and %g are opposite", i / 20.0, 1 - i / 20.0);
	ok(isfinite(engage_normal_quantile(DBL_MIN)), "normal quantile of the least double is finite");
}

static void
student(void)
{
	static const double probabilities[] = {0.6, 0.9, 0.95, 0.975, 0.99, 0.995, 0.9995};

	/* degrees of freedom, 0.975, 0.995: every table of Student's t has these */
	static const double table[][3] = {
		{3, 3.182446, 5.840909},
		{5, 2.570582, 4.032143},
		{10, 2.228139, 3.169273},
		{15, 2.131450, 2.946713},
		{30, 2.042272, 2.749996},
		{60, 2.000298, 2.660283},
		{120, 1.979930, 2.617421},
		{1000, 1.962339, 2.580755}
	};

	for (int i = 0; i < lengthof(probabilities); i++)
	{
		double		p = probabilities[i];
		double		alpha = 4 * p * (1 - p);
		double		z = engage_normal_quantile(p);

		/* closed forms for 1, 2 and 4 degrees of freedom */
		near(engage_t_quantile(p, 1), tan(M_PI * (p - 0.5)), CLAIMED, "t quantile of %g, 1 df", p);
		near(engage_t_quantile(p, 2), (2 * p - 1) * sqrt(2 / alpha), CLAIMED, "t quantile of %g, 2 df", p);
		near(engage_t_quantile(p, 4),
			 2 * sqrt(cos(acos(sqrt(alpha)) / 3) / sqrt(alpha) - 1), CLAIMED, "t quantile of %g, 4 df", p);
		near(engage_t_quantile(1 - p, 7), -engage_t_quantile(p, 7), 1e-12, "t quantile of %g and its opposite", p);

		/* Cornish and Fisher's expansion, whose error is of the order of df^-3 */
		for (double df = 1e4; df < 1e19; df *= 100)
			near(engage_t_quantile(p, df),
				 z + (z * z * z + z) / (4 * df) +
				 (5 * pow(z, 5) + 16 * z * z * z + 3 * z) / (96 * df * df),
				 CLAIMED, "t quantile of %g, %g df", p, df);
	}
	for (int i = 0; i < lengthof(table); i++)
	{
		near(engage_t_quantile(0.975, table[i][0]), table[i][1], 3e-7, "table of t, 0.975, %g df", table[i][0]);
		near(engage_t_quantile(0.995, table[i][0]), table[i][2], 3e-7, "table of t, 0.995, %g df", table[i][0]);
	}
}

static void
beta(void)
{
	static const double shapes[] = {0.5, 1, 2, 3.5, 10, 97, 1e3, 1e5, 1e7, 1e9, 1e12};
	static const double probabilities[] = {1e-12, 1e-4, 0.005, 0.025, 0.3, 0.5, 0.7, 0.975, 0.995};
	double		worst = 0;
	double		crooked = 0;
	long		bad_order = 0;

	for (double b = 1; b <= 1e12; b *= 1000)
	{
		for (int i = 0; i < lengthof(probabilities); i++)
		{
			double		p = probabilities[i];

			near(engage_beta_quantile(p, 1, b), -expm1(log1p(-p) / b), CLAIMED, "beta quantile of %g, 1, %g", p, b);
			near(engage_beta_quantile(p, b, 1), exp(log(p) / b), CLAIMED, "beta quantile of %g, %g, 1", p, b);
		}
	}

	/* whole parameters: a binomial tail */
	for (int a = 1; a <= 12; a++)
	{
		for (int b = 1; b <= 12; b++)
		{
			for (double x = 0.05; x < 1; x += 0.1)
			{
				int			n = a + b - 1;
				double		tail = 0;
				double		choose = 1;

				for (int k = 0; k <= n; k++)
				{
					if (k >= a)
						tail += choose * pow(x, k) * pow(1 - x, n - k);
					choose = choose * (n - k) / (k + 1);
				}
				worst = Max(worst, fabs(engage_incomplete_beta(a, b, x) / tail - 1));
				crooked = Max(crooked, fabs(engage_incomplete_beta(a, b, x) + engage_incomplete_beta(b, a, 1 - x) - 1));
			}
		}
	}
	ok(worst < CLAIMED, "incomplete beta is the binomial tail, worst error %.2g", worst);
	ok(crooked < 1e-13, "incomplete beta of x and 1 - x add up to 1, worst error %.2g", crooked);
	ok(engage_incomplete_beta(3, 4, 0) == 0 && engage_incomplete_beta(3, 4, 1) == 1, "incomplete beta at the ends");

	/* there and back */
	for (int i = 0; i < lengthof(shapes); i++)
	{
		worst = 0;
		for (int j = 0; j < lengthof(shapes); j++)
		{
			double		previous = 0;

			for (int k = 0; k < lengthof(probabilities); k++)
			{
				double		p = probabilities[k];
				double		x = engage_beta_quantile(p, shapes[i], shapes[j]);
				double		error;

				if (!(x >= previous && x <= 1))
					bad_order++;
				previous = x;
				/* x is a double: what the next one would give counts as right */
				error = fabs(engage_incomplete_beta(shapes[i], shapes[j], x) - p) -
					fabs(engage_incomplete_beta(shapes[i], shapes[j], x * (1 + 2e-15)) -
						 engage_incomplete_beta(shapes[i], shapes[j], x * (1 - 2e-15)));
				worst = Max(worst, error / p);
			}
		}
		ok(worst < 1e-8, "beta quantiles with a = %g and back, worst relative error %.2g", shapes[i], worst);
	}
	ok(bad_order == 0, "beta quantiles rise with the probability");
}

typedef struct Share
{
	double		hits;
	double		trials;
	double		low;
	double		high;
} Share;

static void
shares(void)
{
	/* Newcombe (1998), Statistics in Medicine 17, table I: four decimals */
	static const Share wilson[] = {
		{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}
	};
	static const Share exact[] = {
		{81, 263, 0.2527, 0.3676}, {15, 148, 0.0578, 0.1617}, {0, 20, 0, 0.1684}, {1, 29, 0.0009, 0.1776}
	};

	/* Garwood (1936): limits of a Poisson mean, which rare hits have in many trials */
	static const double poisson[][3] = {
		{1, 0.0253178079842899, 5.57164339093890},
		{2, 0.242209278543, 7.22468766804},
		{5, 1.62348639, 11.66833208},
		{10, 4.79538877, 18.39035616},
		{20, 12.21652, 30.88838}
	};
	double		low;
	double		high;
	long		bad = 0;

	for (int i = 0; i < lengthof(wilson); i++)
	{
		engage_wilson(wilson[i].hits, wilson[i].trials, 0.95, &low, &high);
		ok(fabs(low - wilson[i].low) < 5.1e-5 && fabs(high - wilson[i].high) < 5.1e-5,
		   "Wilson, %g of %g: %.4f to %.4f", wilson[i].hits, wilson[i].trials, low, high);
		engage_clopper_pearson(exact[i].hits, exact[i].trials, 0.95, &low, &high);
		ok(fabs(low - exact[i].low) < 5.1e-5 && fabs(high - exact[i].high) < 5.1e-5,
		   "Clopper-Pearson, %g of %g: %.4f to %.4f", exact[i].hits, exact[i].trials, low, high);
	}
	engage_clopper_pearson(5, 10, 0.95, &low, &high);
	near(low, 0.1870860284474045, CLAIMED, "Clopper-Pearson, 5 of 10, low");
	near(high, 0.8129139715525955, CLAIMED, "Clopper-Pearson, 5 of 10, high");

	for (double n = 1; n <= 1e12; n *= 10)
	{
		double		z = engage_normal_quantile(0.975);

		engage_clopper_pearson(0, n, 0.95, &low, &high);
		ok(low == 0, "Clopper-Pearson, 0 of %g, low is 0", n);
		near(high, -expm1(log(0.025) / n), CLAIMED, "Clopper-Pearson, 0 of %g, high", n);
		engage_clopper_pearson(n, n, 0.95, &low, &high);
		near(low, exp(log(0.025) / n), CLAIMED, "Clopper-Pearson, %g of %g, low", n, n);
		ok(high == 1, "Clopper-Pearson, %g of %g, high is 1", n, n);

		engage_wilson(0, n, 0.95, &low, &high);
		ok(low == 0, "Wilson, 0 of %g, low is 0", n);
		near(high, z * z / (n + z * z), CLAIMED, "Wilson, 0 of %g, high", n);
		engage_wilson(n, n, 0.95, &low, &high);
		ok(high == 1, "Wilson, %g of %g, high is 1", n, n);
		near(low, n / (n + z * z), CLAIMED, "Wilson, %g of %g, low", n, n);
	}
	for (int i = 0; i < lengthof(poisson); i++)
	{
		double		digits = i == 0 ? 1e-9 : i == 1 ? 1e-9 : i < 4 ? 3e-8 : 5e-7;

		engage_clopper_pearson(poisson[i][0], 1e12, 0.95, &low, &high);
		near(low * 1e12, poisson[i][1], digits, "Clopper-Pearson, %g of 1e12, low", poisson[i][0]);
		/* what stats_core.c says of rare events in so many trials */
		near(high * 1e12, poisson[i][2], poisson[i][0] == 0 ? digits : 1e-5, "Clopper-Pearson, %g of 1e12, high", poisson[i][0]);
	}

	/* in the middle of very many trials all intervals are the normal one */
	for (double n = 1e8; n <= 1e12; n *= 100)
	{
		double		half = engage_normal_quantile(0.975) * sqrt(0.3 * 0.7 / n);

		engage_wilson(0.3 * n, n, 0.95, &low, &high);
		near(high - low, 2 * half, 1e-4, "Wilson, 30 %% of %g, width", n);
		engage_clopper_pearson(0.3 * n, n, 0.95, &low, &high);
		near(high - low, 2 * half, 1e-3, "Clopper-Pearson, 30 %% of %g, width", n);
	}

	/* whatever the data: inside 0..1, around the estimate, wider with more confidence, mirrored */
	for (long i = 0; i < cases(2000); i++)
	{
		double		n = floor(pow(10, 7 * random_double())) + 1;
		double		k = random_double() < 0.3 ? floor(fmin(n, 5 * random_double())) : floor((n + 1) * random_double());
		double		confidence = random_double() < 0.1 ? 1 - pow(10, -12 * random_double()) : 0.5 + 0.499 * random_double();
		double		bounds[2][2];
		double		mirrored[2][2];

		engage_wilson(k, n, confidence, &bounds[0][0], &bounds[0][1]);
		engage_wilson(n - k, n, confidence, &mirrored[0][0], &mirrored[0][1]);
		engage_clopper_pearson(k, n, confidence, &bounds[1][0], &bounds[1][1]);
		engage_clopper_pearson(n - k, n, confidence, &mirrored[1][0], &mirrored[1][1]);
		for (int m = 0; m < 2; m++)
		{
			if (!(bounds[m][0] >= 0 && bounds[m][1] <= 1 &&
				  bounds[m][0] <= k / n * (1 + 1e-9) && bounds[m][1] >= k / n * (1 - 1e-9) &&
				  fabs(bounds[m][0] + mirrored[m][1] - 1) < 1e-9 &&
				  fabs(bounds[m][1] + mirrored[m][0] - 1) < 1e-9))
			{
				if (bad++ < 5)
					note("%s: %.17g of %.17g at %.17g: %.17g to %.17g, mirrored %.17g to %.17g",
						 m == 0 ? "Wilson" : "Clopper-Pearson", k, n, confidence,
						 bounds[m][0], bounds[m][1], mirrored[m][0], mirrored[m][1]);
			}
		}
	}
	ok(bad == 0, "random shares: intervals hold the estimate and are mirrored");
}

static void
extreme_confidence(void)
{
	/* the last doubles below 1, and very little */
	static const double confidences[] = {1 - 1e-15, 0.9999999999999999, 1e-9, 1e-300};

	for (int i = 0; i < lengthof(confidences); i++)
	{
		double		low;
		double		high;

		engage_wilson(3, 9, confidences[i], &low, &high);
		ok(low >= 0 && low <= 1.0 / 3 + 1e-9 && high >= 1.0 / 3 - 1e-9 && high <= 1,
		   "Wilson at confidence %.17g: %g to %g", confidences[i], low, high);
		engage_clopper_pearson(3, 9, confidences[i], &low, &high);
		ok(low >= 0 && low <= 1.0 / 2 && high >= 1.0 / 4 && high <= 1,
		   "Clopper-Pearson at confidence %.17g: %g to %g", confidences[i], low, high);
	}
}

void
test_stats(void)
{
	normal();
	student();
	beta();
	shares();
	extreme_confidence();
}
