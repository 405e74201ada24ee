-- Quantiles and intervals against published tables and closed forms.
\set SHOW_CONTEXT never

-- The normal quantile z: the Wald half width of 0 promoters and n/2 of each other class is 100 * z / (2 * sqrt(n)); n = 10^8 -> z / 200
SELECT confidence, round(((engage.nps_interval('1:promoters=0,passives=50000000,detractors=50000000', confidence, 'wald')).high + 50)::numeric * 200, 9) AS z
FROM unnest(ARRAY[0.5, 0.6826894921370859, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.999999, 0.999999998]) confidence;
-- Student's t: two values a distance 2 apart have mean 0 and half width t(1); n values need variance n to give t(n-1)
-- published: 12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.2281, 2.0860, 2.0423, 1.9842, 1.9623, 1.9600
CREATE FUNCTION pg_temp.t(df int, confidence float8) RETURNS float8 LANGUAGE sql AS $$
  -- sum 0, squares n * (n - 1): variance n, standard error 1
  SELECT engage.upper_bound(format('1:orders=%s,revenue=0,revenue_squares=%s', df + 1, (df + 1)::numeric * df)::engage.aov_summary, confidence) $$;
SELECT df, round(pg_temp.t(df, 0.90)::numeric, 4) AS "90 %", round(pg_temp.t(df, 0.95)::numeric, 4) AS "95 %",
       round(pg_temp.t(df, 0.99)::numeric, 4) AS "99 %", round(pg_temp.t(df, 0.999)::numeric, 3) AS "99.9 %"
FROM unnest(ARRAY[1, 2, 3, 4, 5, 10, 20, 30, 60, 99, 120, 1000, 1000000]) df;
-- closed forms: df = 1 tan(pi c / 2); df = 2 c sqrt(2 / (1 - c^2)); df = 4 through the angle
SELECT c, abs(pg_temp.t(1, c) / tan(pi() * c / 2) - 1) < 1e-10 AS "df 1", abs(pg_temp.t(2, c) / (c * sqrt(2 / (1 - c * c))) - 1) < 1e-10 AS "df 2",
       abs(pg_temp.t(4, c) / (2 * sqrt(cos(acos(sqrt(1 - c * c)) / 3) / sqrt(1 - c * c) - 1)) - 1) < 1e-10 AS "df 4"
FROM unnest(ARRAY[0.01, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999]) c;

-- Wilson and Clopper-Pearson at 95 %, published (Newcombe 1998, table I): 81/263, 15/148, 0/20, 1/29
SELECT hits, trials, method, round((low / 100)::numeric, 4) AS low, round((high / 100)::numeric, 4) AS high
FROM (VALUES (81, 263), (15, 148), (0, 20), (1, 29)) v(hits, trials), unnest(ARRAY['wilson', 'clopper_pearson']) method,
     engage.rate_interval(format('1:hits=%s,trials=%s', hits, trials)::engage.rate_summary, 0.95, method);
-- Clopper-Pearson's closed forms: none, one, all but one, all
SELECT n, c, abs((engage.rate_interval(('1:hits=0,trials=' || n)::engage.rate_summary, c, 'clopper_pearson')).high / (100 * -expm1) - 1) < 1e-9 AS none,
       abs((engage.rate_interval(('1:hits=1,trials=' || n)::engage.rate_summary, c, 'clopper_pearson')).low / (100 * -expm1_one) - 1) < 1e-9 AS one,
       abs((100 - (engage.rate_interval(format('1:hits=%s,trials=%s', n - 1, n)::engage.rate_summary, c, 'clopper_pearson')).high) / (100 * -expm1_one) - 1) < 1e-6 AS "all but one",
       abs((engage.rate_interval(format('1:hits=%s,trials=%1$s', n)::engage.rate_summary, c, 'clopper_pearson')).low / (100 + 100 * expm1) - 1) < 1e-9 AS all
FROM unnest(ARRAY[2, 10, 1000, 1000000]) n, unnest(ARRAY[0.8, 0.95, 0.999]) c,
     LATERAL (SELECT (exp(ln((1 - c::numeric) / 2) / n) - 1)::float8 AS expm1, (exp(ln(1 - (1 - c::numeric) / 2) / n) - 1)::float8 AS expm1_one) x;
-- in general: the tail of the binomial at each bound is 2.5 %
CREATE FUNCTION pg_temp.binomial_tail(n int, low int, high int, p numeric) RETURNS numeric LANGUAGE sql AS $$
  SELECT sum(exp(ln_choose + k * ln(p) + (n - k) * ln(1 - p)))
  FROM generate_series(low, high) k, LATERAL (SELECT coalesce(sum(ln((n - j + 1)::numeric / j)), 0) AS ln_choose FROM generate_series(1, k) j) c $$;
SELECT hits, n, round(pg_temp.binomial_tail(n, hits, n, low::numeric / 100), 9) AS upper_tail, round(pg_temp.binomial_tail(n, 0, hits, high::numeric / 100), 9) AS lower_tail
FROM (VALUES (3, 10), (7, 12), (15, 40), (1, 50)) v(hits, n), engage.rate_interval(format('1:hits=%s,trials=%s', hits, n)::engage.rate_summary, 0.95, 'clopper_pearson');
-- coverage and symmetry: hits and misses mirror each other, bounds enclose the estimate and widen with the confidence
SELECT method, bool_and(abs(a.low + b.high - 100) < 1e-9) AS mirrored, bool_and(a.low <= a.estimate AND a.estimate <= a.high) AS encloses,
       bool_and(c.low <= a.low AND a.high <= c.high) AS widens, bool_and(a.low >= 0 AND a.high <= 100) AS within
FROM unnest(ARRAY[1, 2, 5, 17, 100, 12345]) n, generate_series(0, 10) tenth, unnest(ARRAY['wilson', 'clopper_pearson']) method,
     LATERAL (SELECT n * tenth / 10 AS hits) h,
     LATERAL engage.rate_interval(format('1:hits=%s,trials=%s', hits, n)::engage.rate_summary, 0.95, method) a,
     LATERAL engage.rate_interval(format('1:hits=%s,trials=%s', n - hits, n)::engage.rate_summary, 0.95, method) b,
     LATERAL engage.rate_interval(format('1:hits=%s,trials=%s', hits, n)::engage.rate_summary, 0.99, method) c
GROUP BY method ORDER BY method;
-- every summary: bounds are those of the interval
SELECT 'nps' AS summary, (i).low = engage.lower_bound(s) AND (i).high = engage.upper_bound(s) AS same FROM (SELECT s, engage.nps_interval(s) AS i FROM (SELECT engage.nps_agg(x) FROM generate_series(0, 10) x) y(s)) z
UNION ALL SELECT 'csat', (i).low = engage.lower_bound(s) AND (i).high = engage.upper_bound(s) FROM (SELECT s, engage.csat_interval(s) AS i FROM (SELECT engage.csat_agg(x) FROM generate_series(1, 5) x) y(s)) z
UNION ALL SELECT 'ces', (i).low = engage.lower_bound(s) AND (i).high = engage.upper_bound(s) FROM (SELECT s, engage.ces_interval(s) AS i FROM (SELECT engage.ces_agg(x) FROM generate_series(1, 7) x) y(s)) z
UNION ALL SELECT 'star_rating', (i).low = engage.lower_bound(s) AND (i).high = engage.upper_bound(s) FROM (SELECT s, engage.star_rating_interval(s) AS i FROM (SELECT engage.star_rating_agg(x) FROM generate_series(1, 5) x) y(s)) z
UNION ALL SELECT 'rate', (i).low = engage.lower_bound(s) AND (i).high = engage.upper_bound(s) FROM (SELECT s, engage.rate_interval(s) AS i FROM (SELECT engage.rate_agg(x > 3) FROM generate_series(1, 5) x) y(s)) z
UNION ALL SELECT 'mean_engagement_rate', (i).low = engage.lower_bound(s) AND (i).high = engage.upper_bound(s) FROM (SELECT s, engage.mean_engagement_rate_interval(s) AS i FROM (SELECT engage.mean_engagement_rate_agg(x, 50) FROM generate_series(1, 5) x) y(s)) z
UNION ALL SELECT 'aov', (i).low = engage.lower_bound(s) AND (i).high = engage.upper_bound(s) FROM (SELECT s, engage.aov_interval(s) AS i FROM (SELECT engage.aov_agg(x) FROM generate_series(1, 5) x) y(s)) z
UNION ALL SELECT 'repeat_purchase', (i).low = engage.lower_bound(s) AND (i).high = engage.upper_bound(s) FROM (SELECT s, engage.rpr_interval(s) AS i FROM (SELECT engage.repeat_purchase_agg(x / 2) FROM generate_series(1, 5) x) y(s)) z;
-- levels next to 0 and to 1: a bound is a number
SELECT c, engage.lower_bound('1:promoters=3,passives=2,detractors=1'::engage.nps_summary, c) BETWEEN -100 AND 33.4 AS nps,
       engage.lower_bound('1:hits=3,trials=10'::engage.rate_summary, c) BETWEEN 0 AND 30.1 AS wilson,
       (engage.rate_interval('1:hits=3,trials=10', c, 'clopper_pearson')).low BETWEEN 0 AND 30.1 AS clopper_pearson,
       engage.lower_bound('1:orders=3,revenue=3,revenue_squares=5'::engage.aov_summary, c) <= 1.1 AS t
FROM unnest(ARRAY[1e-300, 1e-9, 0.999999999999, 0.9999999999999999]::float8[]) c;
