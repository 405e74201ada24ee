-- Net Promoter Score: figures that can be checked by hand, and plain SQL beside it.
\set SHOW_CONTEXT never

-- 5 promoters, 3 passives, 2 detractors: 100 * (5 - 2) / 10 = 30
SELECT engage.nps(score), engage.nps_agg(score)
FROM unnest(ARRAY[10, 9, 9, 10, 9, 8, 7, 7, 6, 0, NULL]) score;
-- the classes of all eleven scores
SELECT score, engage.nps(score) FROM generate_series(0, 10) score GROUP BY score ORDER BY score;
-- every numeric type, whole numbers in any spelling
SELECT engage.nps(9::smallint) AS int2, engage.nps(9) AS int4, engage.nps(9::bigint) AS int8, engage.nps(9.00) AS "numeric",
       engage.nps(9::real) AS float4, engage.nps(9::float8) AS float8, engage.nps(9e0) AS "9e0", engage.nps(0.0::numeric) AS zero;
SELECT engage.nps(x) IS NULL AS "no answers" FROM generate_series(1, 0) x;

-- accessors: 3 promoters, 2 passives, 1 detractor: 50 %, 33.3 %, 16.7 %, NPS 33.3
SELECT engage.nps(s), engage.promoters(s), engage.passives(s), engage.detractors(s), engage.responses(s),
       engage.promoters_pct(s), engage.passives_pct(s), engage.detractors_pct(s)
FROM (SELECT '1:promoters=3,passives=2,detractors=1'::engage.nps_summary) v(s);
-- nothing counted, and only weight 0 counted
SELECT engage.nps(s), engage.responses(s), engage.promoters_pct(s), engage.lower_bound(s), (engage.nps_interval(s)).*
FROM (VALUES ('1:promoters=0,passives=0,detractors=0'::engage.nps_summary), (NULL),
             ((SELECT engage.nps_agg(9, 0)))) v(s);

-- 10 000 answers against two FILTERs
SELECT engage.nps(score) = 100.0 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6)) / count(score) AS same
FROM (SELECT CASE WHEN i % 17 <> 0 THEN i * i % 11 END AS score FROM generate_series(1, 10000) i) x;

-- ------------------------------------------------------------------ intervals
-- one promoter: Wald collapses, adjusted Wald gives [-48.5, 98.5]
SELECT method, estimate, round(low::numeric, 1) AS low, round(high::numeric, 1) AS high
FROM unnest(ARRAY['adjusted_wald', 'wald']) method, engage.nps_interval('1:promoters=1,passives=0,detractors=0', 0.95, method);
-- 5, 3, 2: p = .5, d = .2, variance .7 - .09 = .61.  Wald: 30 -+ 100 * 1.959964 * sqrt(.61 / 10) = 30 -+ 48.41
-- adjusted: p = 5.75/13, d = 2.75/13, centre 3/13 = 23.08, variance 8.5/13 - (3/13)^2 = .600592,
-- half width 100 * 1.959964 * sqrt(.600592 / 13) = 42.13; at 90 % 100 * 1.644854 * sqrt(...) = 35.35
SELECT method, confidence, estimate, round(low::numeric, 2) AS low, round(high::numeric, 2) AS high
FROM (VALUES ('wald', 0.95), ('adjusted_wald', 0.95), ('adjusted_wald', 0.90)) v(method, confidence),
     engage.nps_interval('1:promoters=5,passives=3,detractors=2', confidence, method);
SELECT round(engage.lower_bound(s)::numeric, 2) AS low, round(engage.upper_bound(s)::numeric, 2) AS high,
       round(engage.lower_bound(s, 0.9)::numeric, 2) AS low90, round(engage.upper_bound(s, confidence => 0.9)::numeric, 2) AS high90,
       engage.lower_bound(s, NULL) AS nothing
FROM (SELECT '1:promoters=5,passives=3,detractors=2'::engage.nps_summary) v(s);
-- bounds stay within -100 .. 100
SELECT method, estimate, round(low::numeric, 2) AS low, round(high::numeric, 2) AS high
FROM unnest(ARRAY['adjusted_wald', 'wald']) method, engage.nps_interval('1:promoters=0,passives=1,detractors=9', 0.999, method);

-- differences: 60 % / 20 % / 20 % of 100 against 50 % / 20 % / 30 % of 100: 40 - 20 = 20
-- Wald: variances .8 - .16 = .64 and .8 - .04 = .76; half 100 * 1.959964 * sqrt(.0064 + .0076) = 23.19
SELECT method, estimate, round(low::numeric, 2) AS low, round(high::numeric, 2) AS high
FROM unnest(ARRAY['wald', 'adjusted_wald']) method,
     engage.nps_difference('1:promoters=60,passives=20,detractors=20', '1:promoters=50,passives=20,detractors=30', method => method);
-- adjusted, in plain SQL
WITH a(n, p, d) AS (VALUES (103, 60.75 / 103, 20.75 / 103), (103, 50.75 / 103, 30.75 / 103)),
     v AS (SELECT sum(CASE WHEN p > 0.55 THEN 1 ELSE -1 END * (p - d)) AS centre, sqrt(sum((p + d - (p - d) ^ 2) / n)) AS error FROM a)
SELECT round(100 * (centre - 1.959963985 * error), 2) AS low, round(100 * (centre + 1.959963985 * error), 2) AS high FROM v;
-- the other way round it changes sign; against nothing there is nothing to say
SELECT estimate, round(low::numeric, 2) AS low, round(high::numeric, 2) AS high
FROM engage.nps_difference('1:promoters=50,passives=20,detractors=30', '1:promoters=60,passives=20,detractors=20');
SELECT * FROM engage.nps_difference('1:promoters=50,passives=20,detractors=30', '1:promoters=0,passives=0,detractors=0');
-- 200 apart at most: centre 2 * 100/103 = 194.17, half width at 99.9 % 100 * 3.290527 * sqrt(2 * .042842 / 103) = 9.49
SELECT estimate, round(low::numeric, 2) AS low, high
FROM engage.nps_difference('1:promoters=100,passives=0,detractors=0', '1:promoters=0,passives=0,detractors=100', 0.999);

-- -------------------------------------------------------------------- weights
-- promoters 2.5, passives 1, detractors 0.5: 100 * (2.5 - 0.5) / 4 = 50; 62.5 %, 25 %, 12.5 %
-- counts ignore weights: 2 + 1 + 1; squares 2.25 + 1 + 1 + 0.25 = 4.5
SELECT s, engage.nps(s), engage.promoters(s), engage.passives(s), engage.detractors(s), engage.responses(s),
       engage.promoters_pct(s), engage.passives_pct(s), engage.detractors_pct(s)
FROM (SELECT engage.nps_agg(score, weight) FROM (VALUES (10, 1.5), (9, 1.0), (7, 1), (3, 0.5), (NULL, 5), (10, NULL)) v(score, weight)) x(s);
-- Kish: n = (sum w)^2 / sum w^2 = 16 / 4.5 = 3.5556.  p = .625, d = .125, variance .75 - .25 = .5
-- Wald half width 100 * 1.959964 * sqrt(.5 / 3.5556) = 73.50
SELECT method, estimate, round(low::numeric, 2) AS low, round(high::numeric, 2) AS high
FROM unnest(ARRAY['wald', 'adjusted_wald']) method,
     engage.nps_interval('1w:promoters=2,passives=1,detractors=1,promoter_weight=2.5,passive_weight=1,detractor_weight=0.5,weight_squares=4.5', 0.95, method);
WITH k(n, p, d) AS (SELECT n + 3, (.625 * n + .75) / (n + 3), (.125 * n + .75) / (n + 3) FROM (VALUES (16 / 4.5)) v(n))
SELECT round(100 * (p - d - 1.959963985 * sqrt((p + d - (p - d) ^ 2) / n)), 2) AS low,
       round(100 * (p - d + 1.959963985 * sqrt((p + d - (p - d) ^ 2) / n)), 2) AS high FROM k;
-- equal weights, whatever they are, say the same as none
SELECT w, engage.nps(s), round(engage.lower_bound(s)::numeric, 6) = round(engage.lower_bound(u)::numeric, 6) AS same_low,
       round(engage.upper_bound(s)::numeric, 6) = round(engage.upper_bound(u)::numeric, 6) AS same_high
FROM (SELECT w, engage.nps_agg(score, w) AS s, engage.nps_agg(score) AS u
      FROM unnest(ARRAY[10, 9, 8, 4]) score, unnest(ARRAY[1, 0.25, 1000000, 0.000001]) w GROUP BY w) x ORDER BY w;
-- the sum of weights does not depend on their order, though that of floats would: 0.1 + 0.2 + 0.3
SELECT engage.nps_agg(9, w ORDER BY w)::text = engage.nps_agg(9, w ORDER BY w DESC)::text AS same, engage.nps_agg(9, w)
FROM unnest(ARRAY[0.1, 0.2, 0.3, 1e15]::float8[]) w;
-- weights of every numeric type, against plain SQL
SELECT engage.nps(score, w::smallint) AS int2, engage.nps(score, w::int) AS int4, engage.nps(score, w::bigint) AS int8,
       engage.nps(score, w::numeric) AS "numeric", engage.nps(score, w::real) AS float4, engage.nps(score, w::float8) AS float8,
       round(100 * (sum(w) FILTER (WHERE score >= 9) - sum(w) FILTER (WHERE score <= 6)) / sum(w), 13) AS plain
FROM (SELECT i % 11 AS score, (i % 4)::numeric AS w FROM generate_series(1, 1000) i) x;

-- ------------------------------------------------------------- rolling up days
CREATE TEMP TABLE answers AS
SELECT date '2024-01-01' + i % 30 AS day, i * 37 % 11 AS score FROM generate_series(1, 3000) i;
CREATE TEMP TABLE daily AS SELECT day, engage.nps_agg(score) AS nps FROM answers GROUP BY day;
SELECT week, engage.nps(engage.rollup(nps)) AS rolled,
       (SELECT engage.nps(score) FROM answers WHERE date_trunc('week', day)::date = week) AS direct
FROM (SELECT date_trunc('week', day)::date AS week, nps FROM daily) x GROUP BY week ORDER BY week;
-- seven days, moving
SELECT count(*) AS days, count(*) FILTER (WHERE moving = (SELECT engage.nps(score) FROM answers a WHERE a.day BETWEEN d.day - 6 AND d.day)) AS same
FROM (SELECT day, engage.nps(engage.rollup(nps) OVER (ORDER BY day ROWS 6 PRECEDING)) AS moving FROM daily) d;

-- exact: these are decimals whose doubles do not divide to a whole percentage
SELECT engage.nps(score, weight), engage.promoters_pct(engage.nps_agg(score, weight)), (engage.nps_interval(engage.nps_agg(score, weight))).estimate
FROM (VALUES (10, 36.3), (8, 24.2)) v(score, weight);
SELECT engage.nps(score, weight) FROM (VALUES (10, .7), (8, .2), (0, .1)) v(score, weight);
