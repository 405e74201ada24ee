-- Exact sums: how numbers are read and added up, against the server's numeric.
\set SHOW_CONTEXT never

-- ------------------------------------------------------------ reading numeric
-- every digit count, weight and scale that fits: up to 36 digits on either side of the point
CREATE TEMP TABLE n AS
SELECT sign * digits::numeric * power(10::numeric, shift) AS x
FROM (VALUES (1), (-1)) s(sign),
     unnest(ARRAY['1', '9', '10', '9999', '10000', '10001', '99999999', '100000000', '123456789012345678', '999999999999999999', '1000000000000000000',
                  '10000000000000001', '123400000000005678', '100020003000400050006000700080009', '999999999999999999999999999999999999']) d(digits),
     generate_series(-36, 35) shift
WHERE shift + length(digits) <= 36 AND shift >= -36;
INSERT INTO n SELECT sign * (whole || '.' || fraction)::numeric
FROM (VALUES (1), (-1)) s(sign), unnest(ARRAY['0', '1', '9999', '10000', '123456789012345678901234567890123456', '999999999999999999999999999999999999']) whole,
     unnest(ARRAY['0', '5', '0001', '00001', '9999', '99999', '000000000000000000000000000000000001', '999999999999999999999999999999999999', '500000000000000000000000000000000000', '123456789012345678901234567890123456']) fraction;
INSERT INTO n VALUES (0), (0.000), (0e30), (1.50), (1.5000000000000000000000000000000000000000000000000000000000);
-- (how many distinct numbers there are depends on the server's power())
SELECT count(*) > 400 AS many, bool_and(engage.hits(s) = abs(x)) AS read, bool_and(engage.trials(s) = abs(x)) AS beside
FROM (SELECT x, engage.rate_agg(abs(x), abs(x)) AS s FROM (SELECT DISTINCT x FROM n) d GROUP BY x) y;
-- as stored in a table, with short and with long headers
CREATE TEMP TABLE stored (short numeric, long numeric);
ALTER TABLE stored ALTER long SET STORAGE plain;
INSERT INTO stored SELECT DISTINCT abs(x), abs(x) FROM n;
SELECT count(*) > 400 AS many, bool_and(engage.hits(s) = short AND engage.trials(s) = short) AS read
FROM (SELECT short, engage.rate_agg(short, long) AS s FROM stored GROUP BY short) y;
-- signed sums, beside sum(numeric); their squares must fit as well
CREATE TEMP TABLE small AS SELECT row_number() OVER () AS i, x FROM n WHERE abs(x) < 1e17;
SELECT count(*) > 1000 AS many, engage.revenue(engage.aov_agg(round(x, 36))) = sum(round(x, 36)) AS sum, engage.revenue(engage.aov_agg(x) FILTER (WHERE x < 0)) = sum(x) FILTER (WHERE x < 0) AS negative FROM small;
-- and moving over them: exact after every step
SELECT count(*) > 1000 AS many, bool_and(engage.revenue(s) = plain) AS same
FROM (SELECT engage.aov_agg(x) OVER w AS s, sum(x) OVER w AS plain FROM small WINDOW w AS (ORDER BY i ROWS BETWEEN 3 PRECEDING AND 1 FOLLOWING)) y;
-- the ends of the range
SELECT x::text, engage.hits(engage.rate_agg(x, 1)) = x AS read FROM unnest(ARRAY[1e36 - 1e-36, 1e36 - 1, 1e35, 1e-36]) x GROUP BY x ORDER BY x;
SELECT engage.rate_agg(1e36, 1);
SELECT engage.rate_agg(1, 1e-37);
SELECT engage.rate_agg(0.1234567890123456789012345678901234567, 1);
-- zeros behind the 36th decimal are no decimals
SELECT engage.rate_agg(1.000000000000000000000000000000000000000000, 0.1000000000000000000000000000000000000000);
-- sums up to 8.5e37
SELECT engage.hits(engage.rate_agg(1e36 - 1, 1)) FROM generate_series(1, 85);
SELECT engage.rate_agg(1e36 - 1e-36, 1) FROM generate_series(1, 86);
-- the same sum of large and small in any order
SELECT engage.rate_agg(x, 1 ORDER BY x)::text = engage.rate_agg(x, 1 ORDER BY x DESC)::text AS same, engage.hits(engage.rate_agg(x, 1)) = sum(x) AS sum
FROM (SELECT abs(x) AS x FROM n WHERE abs(x) < 1e33) y;

-- ------------------------------------------------------------- reading floats
-- as the server casts them to numeric (15 significant digits), rounded to 36 decimals
CREATE TEMP TABLE f AS
SELECT (m * power(10::float8, e)) AS x FROM generate_series(-40, 20) e, unnest(ARRAY[1, 1.5, 2.0 / 3, 9.99999999999999, 9.999999999999999, 1.00000000000001, 1.2345678901234567, 7.77, 0.1 + 0.2]::float8[]) m
UNION ALL SELECT i / 100.0::float8 FROM generate_series(0, 3000) i
UNION ALL SELECT i / 7.0::float8 FROM generate_series(1, 1000) i
UNION ALL SELECT power(2::float8, e) FROM generate_series(-120, 60) e
UNION ALL SELECT sqrt(i::float8) * 1e6 FROM generate_series(1, 1000) i
UNION ALL SELECT x FROM unnest(ARRAY[1e15, 1e15 - 1, 1e13, 9999999999999.99, 99999999999999.95, 123456789012345.6, 4503599627370497.5, 1e35, 4.9e-324, 2.2e-308, 0, 5e-37, 4.9e-37]::float8[]) x;
SELECT count(*) > 5000 AS many, count(*) - count(*) FILTER (WHERE engage.hits(s) = round(x::numeric, 36)) AS misread
FROM (SELECT x, engage.rate_agg(x, 1) AS s FROM (SELECT DISTINCT x FROM f) d GROUP BY x) y;
SELECT count(*) > 5000 AS many, count(*) - count(*) FILTER (WHERE engage.revenue(s) = round((-x)::numeric, 36)) AS misread
FROM (SELECT x, engage.aov_agg(-x) AS s FROM (SELECT DISTINCT x FROM f WHERE x < 9e17) d GROUP BY x) y;
-- real: as the shortest decimal that is this real, which is what its text shows
SELECT count(*) > 5000 AS many, count(*) - count(*) FILTER (WHERE engage.hits(s) = round(x::text::numeric, 36)) AS misread
FROM (SELECT x, engage.rate_agg(x, 1) AS s FROM (SELECT DISTINCT x::real AS x FROM f WHERE x = 0 OR x BETWEEN 1e-30 AND 1e30) d GROUP BY x) y;
SELECT engage.revenue(engage.aov_agg(x)) AS "10000 x 0.1", sum(x) AS "core's" FROM (SELECT 0.1::float8 AS x FROM generate_series(1, 10000)) y;
SELECT engage.rate_agg(1e36::float8, 1);
-- integers of every width
SELECT engage.rate_agg(32767::smallint, 9223372036854775807), engage.aov_agg('-32768'::smallint) AS lowest2, engage.aov_agg('-2147483648'::int) AS lowest4;

-- ----------------------------------------------------------- squares and variance
-- of up to 18 significant digits, exact; against var_samp(numeric)
SELECT count(*) AS numbers, count(*) FILTER (WHERE s = format('1:orders=1,revenue=%s,revenue_squares=%s', x, trim_scale(x * x))) AS square
FROM (SELECT x, regexp_replace(engage.aov_agg(x)::text, '\.0(,|$)', '\1', 'g') AS s
      FROM (SELECT trim_scale((i * 7919 % 1000003)::numeric / (10 ^ (i % 9))::bigint) AS x FROM generate_series(1, 2000) i
            UNION ALL SELECT trim_scale(x) FROM unnest(ARRAY[2147483647, 2147483647.99999999, 2147483648, 2147483648.99999999, 99999999.99, 0.00000001, 0.99999999, 999999999999999999, -1.1, -0.5, 123456789.123456789, 1000000000.00000001, 0.000000000000000001]) x) y GROUP BY x) z;
-- beyond 18 digits a square is that of the rounded number; beyond 1e18 there is none
SELECT x, abs(substring(engage.aov_agg(x)::text FROM 'squares=(.*)')::numeric / (x * x) - 1) < 1e-17 AS square
FROM unnest(ARRAY[1234567890.1234567890123, 0.1234567890123456789012345678, 123456789012345678.987654321]) x GROUP BY x ORDER BY x;
SELECT engage.aov_agg(1e18);
-- half widths of t intervals, as far as doubles of the size of the mean can tell
SELECT count(*) AS sets, count(*) FILTER (WHERE abs(own - plain) <= plain * 1e-9 + mean * 1e-15) AS same
FROM (SELECT k, ((engage.upper_bound(engage.aov_agg(x)) - engage.lower_bound(engage.aov_agg(x))) / 2 / 2.0930240544)::numeric AS own, sqrt(var_samp(x) / 20) AS plain, avg(x) AS mean
      FROM (SELECT k, (k * 1000003 % 7919) * (10 ^ (k % 12))::bigint + (i * k * 7919 % 10007) / 100.0 AS x FROM generate_series(1, 60) k, generate_series(1, 20) i) y GROUP BY k) z;
