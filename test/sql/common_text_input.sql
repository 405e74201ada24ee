-- Text form of stored values: what is refused, and that the rest comes back.
\set SHOW_CONTEXT never
CREATE FUNCTION pg_temp.read(type text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text; detail text;
BEGIN
  EXECUTE format('SELECT %L::engage.%I::text', value, type) INTO result;
  RETURN CASE WHEN result = value THEN 'same' ELSE result END;
EXCEPTION WHEN others THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
  RETURN format('%s %s', SQLSTATE, coalesce(nullif(detail, ''), SQLERRM));
END $$;

-- values that come back as they are: the least and the greatest
SELECT type, left(value, 100) AS value, pg_temp.read(type, value) FROM (VALUES
  ('nps_summary', '1:promoters=3,passives=2,detractors=1'),
  ('nps_summary', '1:promoters=9223372036854775807,passives=9223372036854775807,detractors=0'),
  ('nps_summary', '1w:promoters=1,passives=0,detractors=0,promoter_weight=1.5,passive_weight=0.0,detractor_weight=0.0,weight_squares=2.25'),
  ('nps_summary', '1w:promoters=1,passives=0,detractors=0,promoter_weight=0.000000000000000000000000000000000001,passive_weight=0.0,detractor_weight=0.0,weight_squares=0.0'),
  ('csat_summary', '1:scale=3,1=0,2=0,3=0'),
  ('csat_summary', '1:scale=100,' || (SELECT string_agg(i || '=' || i, ',' ORDER BY i) FROM generate_series(1, 100) i)),
  ('ces_summary', '1:scale=2,1=7,2=8'),
  ('star_rating_summary', '1:scale=5,1=1,2=2,3=3,4=4,5=5'),
  ('rate_summary', '1:hits=9223372036854775807,trials=9223372036854775807'),
  ('rate_summary', '1m:rows=1,hits=84999999999999999999999999999999999999.999999999999999999999999999999999999,trials=0.0'),
  ('mean_engagement_rate_summary', '1:posts=1,rates_pct=3.0,rates_pct_squared=9.0'),
  ('aov_summary', '1:orders=2,revenue=-30.5,revenue_squares=500.25'),
  ('aov_summary', '1:orders=1,revenue=-0.1,revenue_squares=0.01'),
  ('repeat_purchase_summary', '1c:int8:'),
  ('repeat_purchase_summary', '1c:int8:-9223372036854775808=1;0=4294967295;9223372036854775807=2'),
  ('repeat_purchase_summary', '1c:text:""=1;"a""b"=2;"ä;=,"=3'),
  ('repeat_purchase_summary', '1c:uuid:cfcd2084-95d5-65ef-66e7-dff9f98764da=1'),
  ('repeat_purchase_summary', '1c:bytea:x=1;x00=1;xff=1'),
  ('repeat_purchase_summary', '1o:int8,text:42="A1","A7";77="B2"'),
  ('repeat_purchase_summary', '1o:uuid,uuid:cfcd2084-95d5-65ef-66e7-dff9f98764da=00000000-0000-0000-0000-000000000000'),
  ('days_between_orders_summary', '1t:int8:42=-211813488000000000,9223371331199999999'),
  ('days_between_orders_summary', '1p:int8,text:42="A1"@7000,"A2"@7000,"A3"@5')) v(type, value);

-- other spellings of a number are read
SELECT pg_temp.read('rate_summary', '1m:rows=1,hits=007.500,trials=10') AS rate, pg_temp.read('aov_summary', '1:orders=02,revenue=-0,revenue_squares=0.000') AS aov;

-- malformed
\pset format unaligned
SELECT type, value, pg_temp.read(type, value) AS error FROM (VALUES
  ('nps_summary', ''), ('nps_summary', '1'), ('nps_summary', '2:promoters=3,passives=2,detractors=1'), ('nps_summary', ' 1:promoters=3,passives=2,detractors=1'),
  ('nps_summary', '1:promoters=3,passives=2'), ('nps_summary', '1:promoters=3,passives=2,detractors=1 '), ('nps_summary', '1:promoters=3,passives=2,detractors=1,'),
  ('nps_summary', '1:passives=2,promoters=3,detractors=1'), ('nps_summary', '1:promoters=3,passives=2,detractors=-1'), ('nps_summary', '1:promoters=,passives=2,detractors=1'),
  ('nps_summary', '1:promoters=1.5,passives=2,detractors=1'), ('nps_summary', '1:promoters=1e3,passives=2,detractors=1'), ('nps_summary', '1:promoters=+1,passives=2,detractors=1'),
  ('nps_summary', '1:promoters=9223372036854775808,passives=0,detractors=0'),
  ('nps_summary', '1w:promoters=1,passives=0,detractors=0'), ('nps_summary', '1:promoters=1,passives=0,detractors=0,promoter_weight=1.0'), ('nps_summary', '1m:promoters=1,passives=0,detractors=0'),
  ('nps_summary', '1w:promoters=1,passives=0,detractors=0,promoter_weight=-1.0,passive_weight=0.0,detractor_weight=0.0,weight_squares=1.0'),
  ('nps_summary', '1w:promoters=1,passives=0,detractors=0,promoter_weight=1.0,passive_weight=1.0,detractor_weight=0.0,weight_squares=1.0'),
  ('nps_summary', '1w:promoters=1,passives=0,detractors=0,promoter_weight=0.0,passive_weight=0.0,detractor_weight=0.0,weight_squares=1.0'),
  ('nps_summary', '1w:promoters=0,passives=0,detractors=0,promoter_weight=0.0,passive_weight=0.0,detractor_weight=0.0,weight_squares=1.0'),
  ('nps_summary', '1w:promoters=1,passives=0,detractors=0,promoter_weight=NaN,passive_weight=0.0,detractor_weight=0.0,weight_squares=1.0'),
  ('csat_summary', '1:scale=2,1=0,2=0'), ('csat_summary', '1:scale=101,1=0'), ('csat_summary', '1:scale=5,1=0,2=0,3=0,4=0'), ('csat_summary', '1:scale=3,1=0,2=0,3=0,4=0'), ('csat_summary', '1:1=0,2=0,3=0'),
  ('csat_summary', '1:scale=-5,1=0'), ('ces_summary', '1:scale=1,1=0'), ('star_rating_summary', '1:scale=4,1=0,2=0,3=0,4=0'),
  ('rate_summary', '1:hits=2,trials=1'), ('rate_summary', '1:hits=1.0,trials=1.0'), ('rate_summary', '1m:hits=1,trials=1'), ('rate_summary', '1m:rows=1,hits=-1,trials=1'), ('rate_summary', '1m:rows=0,hits=1,trials=1'),
  ('rate_summary', '1m:rows=1,hits=.5,trials=1'), ('rate_summary', '1m:rows=1,hits=1.,trials=1'), ('rate_summary', '1m:rows=1,hits=1,trials=1000000000000000000000000000000000000000'),
  ('rate_summary', '1m:rows=1,hits=0.0000000000000000000000000000000000001,trials=1'),
  ('mean_engagement_rate_summary', '1:posts=1,rates_pct=-3.0,rates_pct_squared=9.0'), ('aov_summary', '1:orders=2,revenue=30,revenue_squares=-1'), ('aov_summary', '1:orders=0,revenue=1,revenue_squares=0'),
  ('repeat_purchase_summary', ''), ('repeat_purchase_summary', '1c'), ('repeat_purchase_summary', '1t:int8:1=1'), ('repeat_purchase_summary', '1c:int4:1=1'), ('repeat_purchase_summary', '1c:int8,int8:1=1'), ('repeat_purchase_summary', '1o:int8:1=1'),
  ('repeat_purchase_summary', '1c:int8:1=0'), ('repeat_purchase_summary', '1c:int8:1=-1'), ('repeat_purchase_summary', '1c:int8:1=4294967296'), ('repeat_purchase_summary', '1c:int8:2=1;1=1'), ('repeat_purchase_summary', '1c:int8:1=1;1=1'),
  ('repeat_purchase_summary', '1c:int8:1=1;'), ('repeat_purchase_summary', '1c:int8:;1=1'), ('repeat_purchase_summary', '1c:int8:1'), ('repeat_purchase_summary', '1c:int8:"1"=1'), ('repeat_purchase_summary', '1c:text:a=1'),
  ('repeat_purchase_summary', '1c:text:"a=1'), ('repeat_purchase_summary', '1c:text:"b"=1;"a"=1'), ('repeat_purchase_summary', '1c:uuid:CFCD2084-95d5-65ef-66e7-dff9f98764da=1'), ('repeat_purchase_summary', '1c:uuid:cfcd208495d565ef66e7dff9f98764da=1'),
  ('repeat_purchase_summary', '1c:bytea:00=1'), ('repeat_purchase_summary', '1c:bytea:x0=1'), ('repeat_purchase_summary', '1o:int8,int8:1='), ('repeat_purchase_summary', '1o:int8,int8:1=2,1'), ('repeat_purchase_summary', '1o:int8,int8:1=2,'),
  ('days_between_orders_summary', '1c:int8:1=1'), ('days_between_orders_summary', '1t:int8:1=2,1'), ('days_between_orders_summary', '1t:int8:1=1,1'), ('days_between_orders_summary', '1t:int8:1=infinity'),
  ('days_between_orders_summary', '1t:int8:1=-211813488000000001'), ('days_between_orders_summary', '1t:int8:1=9223371331200000000'), ('days_between_orders_summary', '1p:int8,int8:1=1'), ('days_between_orders_summary', '1p:int8,int8:1=1@'),
  ('days_between_orders_summary', '1p:int8,int8:1=2@1,1@1'), ('days_between_orders_summary', '1p:int8,text:1="a"@9223372036854775808')) v(type, value);
\pset format aligned

-- a long value is cut in the message, between characters
SELECT ('1c:text:"' || repeat('ä', 500) || '=1')::engage.repeat_purchase_summary;
-- merging what adds up to too much is an error, not a wrap-around
SELECT engage.rollup(s) FROM (VALUES ('1:promoters=9223372036854775807,passives=0,detractors=0'::engage.nps_summary), ('1:promoters=1,passives=0,detractors=0')) v(s);
SELECT engage.responses(engage.rollup(s)) FROM (VALUES ('1:promoters=9223372036854775807,passives=0,detractors=0'::engage.nps_summary), ('1:promoters=0,passives=1,detractors=0')) v(s);
SELECT engage.rollup(s) FROM (VALUES ('1c:int8:1=4294967295'::engage.repeat_purchase_summary), ('1c:int8:1=1')) v(s);
SELECT engage.rollup(s) FROM (SELECT '1m:rows=1,hits=1,trials=84000000000000000000000000000000000000'::engage.rate_summary FROM generate_series(1, 2)) v(s);
-- what a type cannot do
SELECT count(*) AS operators FROM pg_operator WHERE oprleft = 'engage.nps_summary'::regtype OR oprright = 'engage.nps_summary'::regtype;
SELECT '1:hits=3,trials=10'::text::engage.nps_summary;
-- binary form: sizes in bytes, and one value byte by byte (version, form, scale, three counts)
SELECT engage.nps_summary_send('1:promoters=3,passives=2,detractors=1') AS nps, length(engage.rate_summary_send('1m:rows=1,hits=1,trials=1')) AS rate,
       engage.repeat_purchase_summary_send('1o:int8,text:7="a"') AS repeat_purchase;

-- sums of squares that no values have
SELECT '1:orders=3,revenue=3,revenue_squares=0'::engage.aov_summary;
SELECT '1:posts=2,rates_pct=6,rates_pct_squared=100'::engage.mean_engagement_rate_summary;
SELECT '1w:promoters=1,passives=1,detractors=0,promoter_weight=1,passive_weight=1,detractor_weight=0,weight_squares=5000'::engage.nps_summary;
