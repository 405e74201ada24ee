-- Every error a user can cause: SQLSTATE, value, range and remedy.
\set SHOW_CONTEXT never
CREATE FUNCTION pg_temp.fails(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text; detail text; hint text;
BEGIN
  EXECUTE 'SELECT ' || query INTO result;
  RETURN 'no error: ' || coalesce(result, 'null');
EXCEPTION WHEN others THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(E'\n    ', '', SQLSTATE || ': ' || SQLERRM, nullif(detail, ''), nullif(hint, ''));
END $$;
\pset format unaligned
\pset fieldsep ' '
SELECT query, pg_temp.fails(query) AS error FROM unnest(ARRAY[
  -- scores
  'engage.nps(11)', 'engage.nps(-1)', 'engage.nps(11::smallint)', 'engage.nps(9223372036854775807)', 'engage.nps(9.5)', 'engage.nps(10.000001)', 'engage.nps(1e40)', 'engage.nps(''NaN''::numeric)', 'engage.nps(''Infinity''::numeric)',
  'engage.nps(9.5::float8)', 'engage.nps(''NaN''::float8)', 'engage.nps(''-Infinity''::float8)', 'engage.nps(11::real)', 'engage.nps_agg(11)', 'engage.nps(11, 1)', 'engage.nps(9.5::real, 1)', 'engage.nps(-1, 1.5)',
  'engage.csat(0)', 'engage.csat(6)', 'engage.csat(4.5)', 'engage.csat(8, 7)', 'engage.csat(0::bigint, 7)', 'engage.ces(8)', 'engage.ces(0)', 'engage.ces(6, 5)', 'engage.star_rating(0)', 'engage.star_rating(6.0)', 'engage.star_rating(4.5::float8)',
  -- scales
  'engage.csat(1, 2)', 'engage.csat(1, 101)', 'engage.csat(1, -1)', 'engage.ces(1, 1)', 'engage.ces_agg(1, 101)',
  -- weights
  'engage.nps(9, -1)', 'engage.nps(9, -0.5::real)', 'engage.nps(9, ''NaN''::numeric)', 'engage.nps(9, ''Infinity''::float8)', 'engage.nps(9, 1e18)', 'engage.nps(9, 1e40)', 'engage.nps(9, 1e-40)', 'engage.nps(9, ''1''::text)', 'engage.nps(9, true)', 'engage.nps(9, ''1'')',
  -- measures
  'engage.rate(-1, 10)', 'engage.rate(1, -10.5)', 'engage.rate(''NaN''::float8, 1)', 'engage.rate(1, ''Infinity''::numeric)', 'engage.rate(1, ''-Infinity''::real)', 'engage.rate(1, 1e36)', 'engage.rate(1e-37, 1)',
  'engage.rate(true, 1)', 'engage.rate(1, date ''2024-01-01'')', 'engage.rate(1::money, 1)', 'engage.rate(1, NULL)', 'engage.engagement_rate(-1, 5)', 'engage.engagement_rate(1, -1, 0, 5)', 'engage.engagement_rate(1, 1, -2, 5)', 'engage.engagement_rate(1, 1, 2, -5)',
  'engage.engagement_rate(1, ''x''::text, 2, 5)', 'engage.mean_engagement_rate(-1, 5)', 'engage.mean_engagement_rate(1e30, 1)', 'engage.post_engagement_rate(-1, 5)', 'engage.post_engagement_rate(1, 2, 3, ''5'')', 'engage.post_engagement_rate(1, interval ''1 day'')',
  'engage.engagement_band(-1)', 'engage.engagement_band(''NaN'')',
  -- amounts
  'engage.aov_agg(''NaN''::numeric)', 'engage.aov_agg(''Infinity''::float8)', 'engage.aov_agg(-1e18)', 'engage.aov_agg(1e-37)', 'engage.aov(1, ''NaN''::numeric)', 'engage.aov(1, ''Infinity''::real)', 'engage.aov(1, 1e36)', 'engage.aov(1, true)',
  'engage.repeat_revenue_share(1, 1, ''x''::text)', 'engage.repeat_revenue_share(1, 1, ''NaN''::float8)', 'engage.repeat_revenue_share(1, 1, NULL)',
  -- keys
  'engage.rpr(NULL, 1)', 'engage.rpr(1, NULL)', 'engage.aov(NULL, 1)', 'engage.rpr(1, ''1'')',
  -- times
  'engage.days_between_orders(1, timestamptz ''infinity'')', 'engage.days_between_orders(1, timestamp ''-infinity'')', 'engage.days_between_orders(1, date ''infinity'')', 'engage.days_between_orders(1, 1, date ''-infinity'')',
  'engage.days_between_orders(1, date ''5874897-12-31'')', 'engage.days_between_orders(1, 1, date ''294277-01-01'')', 'engage.days_between_orders(1, time ''10:00'')', 'engage.days_between_orders(1, ''2024-01-01'')',
  -- intervals
  'engage.lower_bound(''1:promoters=1,passives=0,detractors=0''::engage.nps_summary, 95)', 'engage.lower_bound(''1:hits=1,trials=2''::engage.rate_summary, 0)', 'engage.upper_bound(''1:hits=1,trials=2''::engage.rate_summary, 1)',
  'engage.upper_bound(''1:scale=3,1=1,2=0,3=0''::engage.csat_summary, -0.5)', 'engage.upper_bound(''1:scale=2,1=1,2=0''::engage.ces_summary, ''NaN'')', 'engage.lower_bound(''1:orders=2,revenue=3,revenue_squares=5''::engage.aov_summary, 200)',
  'engage.nps_interval(''1:promoters=1,passives=0,detractors=0'', 0.95, ''wilson'')', 'engage.rate_interval(''1:hits=1,trials=2'', 0.95, ''wald'')', 'engage.csat_interval(''1:scale=3,1=1,2=0,3=0'', method => '''')', 'engage.rpr_interval(''1c:int8:1=1'', 0.95, ''Wilson'')',
  'engage.nps_difference(''1:promoters=1,passives=0,detractors=0'', ''1:promoters=1,passives=0,detractors=0'', 95)', 'engage.nps_difference(''1:promoters=1,passives=0,detractors=0'', ''1:promoters=1,passives=0,detractors=0'', 0.95, ''t'')',
  'engage.rate_interval(engage.rate_agg(15, 10))', 'engage.rate_interval(engage.rate_agg(1.5, 10))', 'engage.lower_bound(engage.rate_agg(1, 10.5))',
  'engage.repeat_customers(''1c:int8:1=1'', 0)', 'engage.days_between_orders_percentile(''1t:int8:1=1'', 50)', 'engage.days_between_orders_percentile(''1t:int8:1=1'', ''NaN'')', 'engage.days_between_orders_percentile(''1t:int8:1=1,2'', -0.1)'
]) query;
\pset format aligned
-- the remedy in the hint works
SELECT engage.nps(score) FILTER (WHERE score BETWEEN 0 AND 10) AS nps, engage.rate(h, 10) FILTER (WHERE h >= 0) AS rate,
       engage.nps(f) FILTER (WHERE f BETWEEN 0 AND 10 AND f = trunc(f)) AS fractional, engage.rate(nullif(n, 'NaN'), 1) AS nan,
       engage.days_between_orders(1, t) FILTER (WHERE isfinite(t)) AS finite
FROM (VALUES (11, -1, 9.5, 'NaN'::numeric, timestamptz 'infinity'), (9, 1, 9, 0.5, '2024-01-01'), (9, 1, 9, 0.5, '2024-01-02')) v(score, h, f, n, t);
-- an error inside an aggregate leaves nothing behind
DO $$ BEGIN FOR i IN 1..100 LOOP BEGIN PERFORM engage.rpr(x, x), engage.nps(x) FROM generate_series(1, 100) x; EXCEPTION WHEN SQLSTATE 'NG001' THEN END; END LOOP; END $$;
SELECT engage.nps(10);
-- untyped parameters cannot be resolved to "any"; a cast says what they are
PREPARE untyped AS SELECT engage.rate($1, $2);
PREPARE typed AS SELECT engage.rate($1::int, $2::numeric);
EXECUTE typed(1, 4);
EXECUTE typed(1, 8);
DEALLOCATE typed;
