-- Shares of every kind.
\set SHOW_CONTEXT never

-- 3 of 10 opened; a NULL condition is false, and its row counts
SELECT engage.rate(opened), engage.rate_agg(opened) FROM (SELECT i <= 3 OR NULL FROM generate_series(1, 10) i) x(opened);
SELECT engage.rate(NULL::boolean) AS "null", engage.rate(true) FILTER (WHERE false) AS "no row", engage.rate(c IS NULL) AS guests
FROM (VALUES (1), (NULL), (NULL), (2)) v(c);
SELECT engage.rate(s), engage.fraction(s), engage.hits(s), engage.trials(s), pg_typeof(engage.hits(s)) AS type
FROM (SELECT '1:hits=3,trials=10'::engage.rate_summary) x(s);
-- pooled, not the mean of the rates: (1 + 90) / (10 + 100) against (10 % + 90 %) / 2
SELECT engage.rate(hits, trials), avg(100.0 * hits / trials)::numeric(4,1) AS "not this" FROM (VALUES (1, 10), (90, 100)) v(hits, trials);
SELECT engage.rate_agg(hits, trials) FROM (VALUES (1, 10), (90, 100), (NULL, 5), (5, NULL)) v(hits, trials);
-- e-mail: 1000 sent, 20 bounced, 245 opened, 49 clicked: open 25 %, click 5 %, click-to-open 20 %, bounce 2 %
SELECT engage.rate(opened, sent - bounced) AS open, engage.rate(clicked, sent - bounced) AS click,
       engage.rate(clicked, opened) AS click_to_open, engage.rate(bounced, sent) AS bounce
FROM (VALUES (600, 15, 150, 30), (400, 5, 95, 19)) v(sent, bounced, opened, clicked);
-- a campaign of the guides: 65 % click-through, 33.6 % conversion; carts: 69 % abandoned, 10 % recovered
SELECT engage.rate(650, 1000) AS click_through, engage.rate(336, 1000) AS conversion, engage.rate(69, 100) AS abandoned, engage.rate(69 * 0.1, 69) AS recovered;
-- a share of revenue (7.7 % quoted), exactly: binary floats would give 59.99999999999999 for 36.3 of 60.5
SELECT engage.rate(7700.00, 100000.00) AS marketing, engage.rate(36.3, 60.5) AS "36.3 of 60.5", 100 * 36.3::float8 / 60.5::float8 AS "in floats",
       engage.rate_agg(36.3, 60.5);
-- all pairs of numeric types
SELECT engage.rate(1::smallint, 4) AS a, engage.rate(1, 4::smallint) AS b, engage.rate(1::bigint, 4.0) AS c, engage.rate(1.0, 4::bigint) AS d,
       engage.rate(1::real, 4::float8) AS e, engage.rate(1::float8, 4::real) AS f, engage.rate(0.25, 1) AS g, engage.rate(0.1::real, 0.4::numeric) AS h;
-- 0.1 as a real is 0.100000001490116
CREATE DOMAIN pg_temp.visits AS int CHECK (VALUE >= 0);
SELECT engage.rate(3::pg_temp.visits, 4::pg_temp.visits) AS domains;
-- zero denominators, and more hits than trials (total clicks per message)
SELECT engage.rate(0, 0) AS none, engage.rate(5, 0) AS "5 of 0", engage.rate(150, 100) AS "150 of 100", engage.fraction(engage.rate_agg(150, 100)) AS fraction;
SELECT engage.rate(s), engage.fraction(s), engage.hits(s), engage.trials(s), engage.lower_bound(s), (engage.rate_interval(s)).*
FROM (VALUES ('1:hits=0,trials=0'::engage.rate_summary), ('1m:rows=2,hits=0,trials=0')) v(s);
-- counted and measured rates are the same thing
SELECT engage.rollup(s), engage.rate(engage.rollup(s))
FROM (VALUES ('1:hits=1,trials=4'::engage.rate_summary), ('1m:rows=1,hits=1,trials=4'), ('1:hits=1,trials=2'), (NULL)) v(s);

-- ------------------------------------------------------------------ intervals
-- Wilson for 3 of 10: 10.78 .. 60.32; Clopper-Pearson: 6.67 .. 65.25 (published)
SELECT method, estimate, round(low::numeric, 2) AS low, round(high::numeric, 2) AS high
FROM unnest(ARRAY['wilson', 'clopper_pearson']) method, engage.rate_interval('1:hits=3,trials=10', method => method);
-- measured whole counts have the same; a fraction of a hit, or too many, has none
SELECT round(engage.lower_bound(s)::numeric, 2) AS low, round(engage.upper_bound(s)::numeric, 2) AS high FROM (SELECT engage.rate_agg(hits, 5) FROM unnest(ARRAY[1, 2]) hits) x(s);
SELECT engage.lower_bound(engage.rate_agg(150, 100));
SELECT engage.upper_bound(engage.rate_agg(0.5, 100));
SELECT * FROM engage.rate_interval((SELECT engage.rate_agg(5, 0)));
-- nobody and everybody: Wilson z^2 / (n + z^2) = 3.841459 / 13.841459 = 27.75 %; Clopper-Pearson 1 - .025^(1/10) = 30.85 %
SELECT s, method, round(low::numeric, 2) AS low, round(high::numeric, 2) AS high
FROM (VALUES ('1:hits=0,trials=10'::engage.rate_summary), ('1:hits=10,trials=10')) v(s), unnest(ARRAY['wilson', 'clopper_pearson']) method,
     engage.rate_interval(s, 0.95, method);
-- a million and a half of a billion: Wilson in plain SQL
SELECT round(low::numeric, 8) = round(100 * (p + z * z / (2 * n) - z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n), 8) AS low,
       round(high::numeric, 8) = round(100 * (p + z * z / (2 * n) + z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n), 8) AS high
FROM (VALUES (1000000000::numeric, 0.0015, 1.959963984540054)) v(n, p, z), engage.rate_interval('1:hits=1500000,trials=1000000000');

-- ------------------------------------------------- sums against sum(numeric)
CREATE TEMP TABLE m AS
SELECT ((i * 7919 % 10007)::numeric * power(10::numeric, i % 20 - 12))::numeric(60, 30) AS hits,
       (i * 104729 % 100003) * 1.000000000000000001 * power(10::numeric, i % 7) AS trials FROM generate_series(1, 2000) i;
SELECT engage.hits(s) = sum_hits AS hits, engage.trials(s) = sum_trials AS trials, abs(engage.rate(s) / (100 * sum_hits / sum_trials)::float8 - 1) < 1e-15 AS rate
FROM (SELECT engage.rate_agg(hits, trials) AS s, sum(hits) AS sum_hits, sum(trials) AS sum_trials FROM m) x;
-- moving over values of 1e17 and of 1e-17: nothing is left behind
SELECT bool_and(moving = plain) AS exact
FROM (SELECT engage.hits(engage.rate_agg(hits, 1) OVER w) AS moving, sum(hits) OVER w AS plain
      FROM (SELECT i, CASE WHEN i % 3 = 0 THEN 1e17 + 0.3 ELSE 1e-17 END AS hits FROM generate_series(1, 300) i) x
      WINDOW w AS (ORDER BY i ROWS 4 PRECEDING)) y;

-- an interval's estimate is the figure itself, also beyond what doubles hold
SELECT engage.rate(s) = (engage.rate_interval(s)).estimate AS same, engage.rate(s) FROM (SELECT '1m:rows=1,hits=500000000000000000001,trials=1000000000000000000002'::engage.rate_summary AS s) v;
