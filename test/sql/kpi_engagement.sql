-- Social engagement: of one post, pooled over posts, and the mean of posts.
\set SHOW_CONTEXT never

-- the worked example: 150 likes + 7 comments over 5000 followers = 3.14 %
SELECT engage.post_engagement_rate(150, 7, 0, 5000) AS post, engage.post_engagement_rate(157, 5000) AS summed,
       engage.engagement_rate(150, 7, 0, 5000) AS pooled, engage.mean_engagement_rate(150, 7, 0, 5000) AS mean,
       engage.engagement_band(engage.post_engagement_rate(150, 7, 0, 5000)) AS band;
-- Hootsuite's: the mean of 3.4 % and 3.5 % is 3.45 %; pooled, by audience, it is (34 + 350) / 11000 = 3.49 %
CREATE TEMP TABLE posts AS
SELECT * FROM (VALUES (1, 30, 3, 1, 1000), (2, 300, 40, 10, 10000)) v(post, likes, comments, shares, audience);
SELECT round(engage.mean_engagement_rate(likes, comments, shares, audience)::numeric, 10) AS mean,
       round(engage.engagement_rate(likes, comments, shares, audience)::numeric, 10) AS pooled FROM posts;
SELECT engage.engagement_rate_agg(likes, comments, shares, audience), engage.engagement_rate_agg(likes + comments + shares, audience),
       engage.engagement_rate(engage.engagement_rate_agg(likes, comments, shares, audience)) = engage.rate(engage.engagement_rate_agg(likes, comments, shares, audience)) AS same
FROM posts;
SELECT engage.posts(s), round(engage.mean_engagement_rate(s)::numeric, 10) AS mean, round(engage.fraction(s)::numeric, 12) AS fraction
FROM (SELECT engage.mean_engagement_rate_agg(likes, comments, shares, audience) FROM posts) x(s);
-- a post without audience has no rate, but its interactions count in the pool; a NULL leaves the post out of both
SELECT engage.mean_engagement_rate(i, a) AS mean, engage.posts(engage.mean_engagement_rate_agg(i, a)), engage.engagement_rate(i, a) AS pooled
FROM (VALUES (5, 100), (5, 0), (NULL, 100), (100, NULL)) v(i, a);
SELECT engage.post_engagement_rate(5, 0) AS "no audience", engage.post_engagement_rate(NULL::int, 5) AS "null", engage.post_engagement_rate(1, 2, NULL::int, 5) AS "null too",
       engage.mean_engagement_rate(5, 0) AS "no post", engage.engagement_rate(0, 0) AS nothing;
-- any mixture of numeric types
SELECT engage.post_engagement_rate(1::smallint, 2::bigint, 0.5, 100::real) AS post, engage.engagement_rate(1.5::float8, 2, 0::smallint, 100::bigint) AS pooled,
       engage.mean_engagement_rate(1.5::real, 2::numeric, 0, 100) AS mean, engage.mean_engagement_rate(3.5, 100::float8) AS mean2;
-- as a share, engagement may exceed 100 %
SELECT engage.post_engagement_rate(300, 100) AS post;

-- ---------------------------------------------------------------------- bands
SELECT rate, engage.engagement_band(rate) FROM unnest(ARRAY[0, 0.99, 1, 2.99, 3, 3.14, 6, 6.01, 100, 'Infinity']::float8[]) rate;
SELECT engage.engagement_band(NULL) AS "null", engage.engagement_band(3) AS "integer", engage.engagement_band(3.0) AS "numeric";

-- ------------------------------------------------------------------ intervals
-- t interval of the mean: 1 %, 2 %, 6 %: mean 3, variance 7, t(2) = 4.302653, 3 -+ 4.302653 * sqrt(7 / 3) = 3 -+ 6.5724, not below 0
SELECT round(estimate::numeric, 8) AS estimate, low, round(high::numeric, 4) AS high
FROM engage.mean_engagement_rate_interval((SELECT engage.mean_engagement_rate_agg(i, 100) FROM unnest(ARRAY[1, 2, 6]) i));
-- at 50 % t(2) = .816497: 3 -+ 1.2472
SELECT round(engage.lower_bound(s, 0.5)::numeric, 4) AS low50, round(engage.upper_bound(s, 0.5)::numeric, 4) AS high50
FROM (SELECT engage.mean_engagement_rate_agg(i, 100) FROM unnest(ARRAY[1, 2, 6]) i) x(s);
-- one post has no bounds; many equal ones leave no doubt
SELECT n, round(estimate::numeric, 8) AS estimate, round(low::numeric, 6) AS low, round(high::numeric, 6) AS high
FROM unnest(ARRAY[1, 1000]) n, LATERAL (SELECT engage.mean_engagement_rate_agg(i, 7) AS s FROM generate_series(1, n), (SELECT 3) x(i)) y, engage.mean_engagement_rate_interval(s);
-- the pooled rate has the binomial one
SELECT round(low::numeric, 4) AS low, round(high::numeric, 4) AS high FROM engage.rate_interval((SELECT engage.engagement_rate_agg(150, 7, 0, 5000)));
WITH v(p, n, z) AS (VALUES (0.0314, 5000.0, 1.959963985))
SELECT round(100 * (p + z * z / (2 * n) - z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n), 4) AS low,
       round(100 * (p + z * z / (2 * n) + z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n), 4) AS high FROM v;

-- ------------------------------------------------- 1000 posts against plain SQL
CREATE TEMP TABLE feed AS SELECT i * 17 % 400 AS likes, i % 23 AS comments, i % 7 AS shares, 5000 + i * 31 % 3000 AS audience FROM generate_series(1, 1000) i;
SELECT abs(engage.mean_engagement_rate(likes, comments, shares, audience) / avg(100.0 * (likes + comments + shares) / audience)::float8 - 1) < 1e-14 AS mean,
       abs(engage.engagement_rate(likes, comments, shares, audience) / (100.0 * sum(likes + comments + shares) / sum(audience))::float8 - 1) < 1e-15 AS pooled,
       round(engage.lower_bound(engage.mean_engagement_rate_agg(likes, comments, shares, audience))::numeric, 9)
         = round(avg(100.0 * (likes + comments + shares) / audience) - 1.9623414611 * stddev_samp(100.0 * (likes + comments + shares) / audience) / sqrt(1000::numeric), 9) AS low
FROM feed;
-- moving over posts whose rates differ a million times leaves nothing behind
WITH p AS (SELECT n, CASE WHEN n % 4 = 0 THEN 1000000 ELSE 1 END AS i, 3 AS a FROM generate_series(1, 100) n),
     w AS (SELECT n, engage.mean_engagement_rate(i, a) OVER (ORDER BY n ROWS 2 PRECEDING) AS moving FROM p)
SELECT bool_and(moving = (SELECT engage.mean_engagement_rate(i, a) FROM p WHERE p.n BETWEEN w.n - 2 AND w.n)) AS exact FROM w;
