-- CSAT, CES and star ratings: figures that can be checked by hand.
\set SHOW_CONTEXT never

-- ----------------------------------------------------------------------- CSAT
-- scores 5 5 4 3 1 on a scale of 5: three of five in the top two boxes, mean 18/5
SELECT engage.csat(score), engage.csat_agg(score), engage.csat(score, 5) AS scale5
FROM unnest(ARRAY[5, 5, 4, 3, 1, NULL]) score;
SELECT engage.csat(s), engage.fraction(s), engage.satisfied(s), engage.responses(s), engage.mean_score(s)
FROM (SELECT engage.csat_agg(score) FROM unnest(ARRAY[5, 5, 4, 3, 1]) score) x(s);
-- the top two of other scales
SELECT scale, engage.csat(score, scale), engage.csat_agg(score, scale)
FROM unnest(ARRAY[3, 4, 7, 10]) scale, generate_series(1, scale) score GROUP BY scale ORDER BY scale;
-- every numeric type
SELECT engage.csat(4::smallint) AS int2, engage.csat(4) AS int4, engage.csat(4::bigint) AS int8, engage.csat(4.0) AS "numeric",
       engage.csat(4::real) AS float4, engage.csat(4::float8) AS float8,
       engage.csat(9::smallint, 10) AS int2s, engage.csat(9, 10) AS int4s, engage.csat(9::bigint, 10) AS int8s,
       engage.csat(9.0, 10) AS numerics, engage.csat(9::real, 10) AS float4s, engage.csat(9::float8, 10) AS float8s;
-- satisfaction by channel as the guides quote it: live chat 73 %, e-mail 61 %, phone 44 %
SELECT channel, engage.csat(CASE WHEN i <= satisfied THEN 4 ELSE 2 END)
FROM (VALUES ('live chat', 73), ('e-mail', 61), ('phone', 44)) v(channel, satisfied), generate_series(1, 100) i
GROUP BY channel ORDER BY 2 DESC;
-- Wilson for 3 of 5 (p = .6, z = 1.959964, z^2 = 3.841459):
-- centre (.6 + .384146) / 1.768292 = .556552, half 1.959964 * sqrt(.048 + .038415) / 1.768292 = .325831 -> 23.07 .. 88.24
-- at 80 % (z = 1.281552): .575275 -+ .244853
-- Clopper-Pearson 3 of 5: 14.66 .. 94.73 (in every table)
SELECT method, estimate, round(low::numeric, 2) AS low, round(high::numeric, 2) AS high
FROM unnest(ARRAY['wilson', 'clopper_pearson']) method, engage.csat_interval('1:scale=5,1=1,2=0,3=1,4=1,5=2', 0.95, method);
SELECT round(engage.lower_bound(s)::numeric, 2) AS low, round(engage.upper_bound(s)::numeric, 2) AS high,
       round(engage.lower_bound(s, 0.8)::numeric, 2) AS low80, round(engage.upper_bound(s, 0.8)::numeric, 2) AS high80
FROM (SELECT '1:scale=5,1=1,2=0,3=1,4=1,5=2'::engage.csat_summary) v(s);
-- no answers
SELECT engage.csat(s), engage.fraction(s), engage.satisfied(s), engage.responses(s), engage.mean_score(s), engage.lower_bound(s), (engage.csat_interval(s)).*
FROM (SELECT '1:scale=3,1=0,2=0,3=0'::engage.csat_summary) v(s);

-- ------------------------------------------------------------------------ CES
-- 7 6 6 5 2 on a scale of 7: mean 26/5 = 5.2, normalised (5.2 - 1) / 6 = 70 %, four of five agree (5 to 7)
SELECT engage.ces(score), engage.ces_agg(score), engage.ces(score, 7) AS scale7 FROM unnest(ARRAY[7, 6, 6, 5, 2, NULL]) score;
SELECT engage.ces(s), engage.responses(s), round(engage.ces_normalized_pct(s)::numeric, 10) AS normalized, engage.agreement_pct(s)
FROM (SELECT engage.ces_agg(score) FROM unnest(ARRAY[7, 6, 6, 5, 2]) score) x(s);
-- above the middle of the scale: 4, 5 of 5; 4 to 6 of 6; 2 of 2; the ends normalise to 0 and 100
SELECT scale, engage.agreement_pct(engage.ces_agg(score, scale)) AS agreement,
       engage.ces_normalized_pct(engage.ces_agg(score, scale) FILTER (WHERE score = 1)) AS lowest,
       engage.ces_normalized_pct(engage.ces_agg(score, scale) FILTER (WHERE score = scale)) AS highest
FROM unnest(ARRAY[2, 5, 6, 7]) scale, generate_series(1, scale) score GROUP BY scale ORDER BY scale;
SELECT engage.ces(6::smallint) AS int2, engage.ces(6) AS int4, engage.ces(6::bigint) AS int8, engage.ces(6.0) AS "numeric",
       engage.ces(6::real) AS float4, engage.ces(6::float8) AS float8,
       engage.ces(9::smallint, 10) AS int2s, engage.ces(9, 10) AS int4s, engage.ces(9::bigint, 10) AS int8s,
       engage.ces(9.0, 10) AS numerics, engage.ces(9::real, 10) AS float4s, engage.ces(9::float8, 10) AS float8s;
-- t interval: variance (1.8^2 + .8^2 + .8^2 + .2^2 + 3.2^2) / 4 = 3.7, t(4) = 2.776445,
-- 5.2 -+ 2.776445 * sqrt(3.7 / 5) = 5.2 -+ 2.3884, kept on the scale
SELECT estimate, round(low::numeric, 4) AS low, high FROM engage.ces_interval('1:scale=7,1=0,2=1,3=0,4=0,5=1,6=2,7=1');
-- against plain SQL: t(99) = 1.984217, t(99) at 99 % = 2.626405
CREATE TEMP TABLE effort AS SELECT 1 + i * i % 7 AS score FROM generate_series(1, 100) i;
SELECT engage.ces(score) = avg(score)::float8 AS mean,
       round(engage.lower_bound(engage.ces_agg(score))::numeric, 4) = round(avg(score) - 1.984217 * stddev_samp(score) / 10, 4) AS low,
       round(engage.upper_bound(engage.ces_agg(score))::numeric, 4) = round(avg(score) + 1.984217 * stddev_samp(score) / 10, 4) AS high,
       round(engage.lower_bound(engage.ces_agg(score), 0.99)::numeric, 4) = round(avg(score) - 2.626405 * stddev_samp(score) / 10, 4) AS low99
FROM effort;
-- one answer has a mean but no bounds; none has nothing; unanimous answers leave no doubt
SELECT s, (engage.ces_interval(s)).*, engage.lower_bound(s), engage.upper_bound(s)
FROM (VALUES ('1:scale=2,1=0,2=1'::engage.ces_summary), ('1:scale=2,1=0,2=0'), ('1:scale=2,1=0,2=9')) v(s);

-- --------------------------------------------------------------- star ratings
-- 10 x 5, 4 x 4, 3 x 3, 2 x 2, 1 x 1: 80 stars / 20 ratings = 4, half of them five
CREATE TEMP TABLE ratings AS
SELECT stars FROM (VALUES (5, 10), (4, 4), (3, 3), (2, 2), (1, 1)) v(stars, n), generate_series(1, n);
SELECT engage.star_rating(stars), engage.star_rating_agg(stars), engage.five_star_pct(engage.star_rating_agg(stars)),
       engage.responses(engage.star_rating_agg(stars)) FROM ratings;
-- variance (10 * 1 + 0 + 3 * 1 + 2 * 4 + 1 * 9) / 19 = 30/19, t(19) = 2.093024: 4 -+ 2.093024 * sqrt(30 / 19 / 20) = 4 -+ .5881
SELECT estimate, round(low::numeric, 4) AS low, round(high::numeric, 4) AS high
FROM engage.star_rating_interval((SELECT engage.star_rating_agg(stars) FROM ratings));
SELECT round(engage.lower_bound(s)::numeric, 4) AS low, round(engage.upper_bound(s)::numeric, 4) AS high, round(engage.upper_bound(s, 0.9999)::numeric, 4) AS capped
FROM (SELECT engage.star_rating_agg(stars) FROM ratings) x(s);
SELECT engage.star_rating(5::smallint) AS int2, engage.star_rating(5) AS int4, engage.star_rating(5::bigint) AS int8,
       engage.star_rating(5.0) AS "numeric", engage.star_rating(5::real) AS float4, engage.star_rating(5::float8) AS float8;

-- -------------------------------------------------------------- distributions
-- the recipe for charts, also wrapped as a subquery
SELECT * FROM (SELECT d.* FROM (SELECT engage.star_rating_agg(stars) AS s FROM ratings) x, engage.score_distribution(s) d) wrapped ORDER BY score;
SELECT n, d.* FROM (VALUES (1, '1:scale=3,1=1,2=0,3=3'::engage.csat_summary), (2, '1:scale=3,1=0,2=0,3=0'), (3, NULL)) v(n, s),
  engage.score_distribution(s) d ORDER BY n, score;
SELECT (engage.score_distribution(engage.ces_agg(score))).* FROM unnest(ARRAY[7, 6, 6, 5]) score;
-- read in part, and rescanned
SELECT (SELECT d.responses FROM engage.score_distribution(engage.csat_agg(score, 100)) d LIMIT 1) AS first,
       (SELECT sum(responses) FROM engage.score_distribution(engage.csat_agg(score, 100))) AS all
FROM generate_series(1, 100) score;
