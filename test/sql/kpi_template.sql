-- One template applied to every aggregate of the extension.
--
-- A registry lists every aggregate with arguments over one data set; a driver
-- proves for each of them that the result does not depend on how it is
-- computed.  Everything but the last section runs as a role without any
-- privilege, with an empty search_path.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kpi_template CASCADE;
DROP ROLE IF EXISTS kpi_template_user;
CREATE ROLE kpi_template_user;
CREATE SCHEMA kpi_template AUTHORIZATION kpi_template_user;
SET ROLE kpi_template_user;
SET search_path = '';
SET jit = off;
SET timezone = 'Asia/Tehran';

-- ------------------------------------------------------------------- the data
-- 1000 rows without random numbers; every column has NULLs.  Customers order
-- several times, orders have up to three lines, some ids are shared by two
-- customers, some orders have the same time.
CREATE TABLE kpi_template.raw AS
SELECT i AS id, i % 40 AS grp,
       CASE WHEN i % 7 <> 3 THEN i * 7919 % 11 END AS score,
       CASE WHEN i % 9 <> 4 THEN 1 + i * 31 % 5 END AS csat,
       CASE WHEN i % 8 <> 5 THEN 1 + i * 37 % 7 END AS ces,
       CASE WHEN i % 11 <> 5 THEN (i * 13 % 40) / 8.0 END AS weight,
       CASE WHEN i % 13 <> 6 THEN i % 3 = 1 END AS flag,
       CASE WHEN i % 10 <> 7 THEN i * 29 % 50 END AS hits,
       CASE WHEN i % 12 <> 8 THEN i * 11 % 90 END AS trials,
       CASE WHEN i % 15 <> 4 THEN 150 + (i - 1) * 7 % 90 END AS likes,
       CASE WHEN i % 14 <> 9 THEN 7 + (i - 1) % 5 END AS comments,
       CASE WHEN i % 16 <> 3 THEN (i - 1) % 4 END AS shares,
       CASE WHEN i % 19 = 0 THEN 0 WHEN i % 17 <> 9 THEN 5000 + (i - 1) * 13 % 900 END AS audience,
       CASE WHEN i % 6 = 5 THEN NULL WHEN i % 50 = 0 THEN 7 ELSE (i / 3) * (i / 3) * 37 % 151 END AS customer,
       CASE WHEN i % 21 <> 20 THEN i / 3 END AS order_id,
       CASE WHEN i % 18 <> 11 THEN ((i * 7919 % 10000) - 900) / 100.0 END AS amount,
       CASE WHEN i % 20 <> 6 THEN timestamptz '2024-01-01 00:00:00+00' + interval '1 hour' * (i / 3 * 7 % 2000) END AS ts
FROM generate_series(1, 1000) i;

-- the same with one stored summary per row and type
ALTER TABLE kpi_template.raw ADD PRIMARY KEY (id);
CREATE TABLE kpi_template.alone AS
SELECT raw.*,
       engage.nps_agg(score) AS s_nps, engage.nps_agg(score, weight) AS s_npsw,
       engage.csat_agg(csat) AS s_csat, engage.csat_agg(csat, 9) AS s_csat9,
       engage.ces_agg(ces) AS s_ces, engage.ces_agg(ces, 8) AS s_ces8,
       engage.star_rating_agg(csat) AS s_star,
       engage.rate_agg(flag) AS s_rate, engage.rate_agg(hits, trials) AS s_ratem,
       engage.mean_engagement_rate_agg(likes, audience) AS s_mer,
       engage.aov_agg(amount) AS s_aov,
       engage.repeat_purchase_agg(customer) AS s_rp, engage.repeat_purchase_agg(customer, order_id) AS s_rpo,
       engage.days_between_orders_agg(customer, ts) AS s_dbo,
       engage.days_between_orders_agg(customer, order_id, ts) AS s_dboo,
       engage.sentiment_agg(score / 5.0 - 1) AS s_sent, engage.theme_agg('word' || csat || ' of word' || ces, score) AS s_theme,
       engage.sentiment_evaluate(repeat('good ', score) || score, csat) AS s_eval,
       engage.activity_agg(ts, 'day', 'Asia/Kathmandu') AS s_act,
       engage.sessions_agg(ts, '1 day') AS s_sess, engage.sessions_agg(ts, '1 day', flag, csat = 5) AS s_sessf,
       engage.session_stats_agg(id, ts, '1 day') AS s_stats
FROM kpi_template.raw GROUP BY raw.id;
-- and, as every row is a customer, with one to five events of his and what follows from them
CREATE TABLE kpi_template.d AS
SELECT alone.*, told.*, engage.event_path(s_tl) AS path, s.*
FROM kpi_template.alone CROSS JOIN LATERAL (
  SELECT engage.activity_agg(ts + g * g * interval '20 hours', 'day', 'UTC') AS s_days,
         engage.timeline_agg(ts + g * interval '7 hours', (ARRAY['view', 'cart', 'buy'])[1 + (id + g * g) % 3], nullif(hits, 0) * g) AS s_tl
  FROM generate_series(0, id / 3 % 5) g) told CROSS JOIN LATERAL (
  SELECT engage.funnel_agg(t, ARRAY['view', 'cart', 'buy'], '1 day') AS s_fun, engage.path_agg(t, '10 hours') AS s_path,
         engage.retention_agg(days, 'recurring', ARRAY[[1, 7], [8, 14]]) AS s_ret, engage.lifecycle_agg(days) AS s_life,
         engage.stickiness_agg(days, 3) AS s_stick
  FROM (VALUES (s_tl, s_days)) v(t, days)) s;
-- partitioned by another column than the one grouped by, and by that one
CREATE TABLE kpi_template.by_id (LIKE kpi_template.d) PARTITION BY HASH (id);
CREATE TABLE kpi_template.by_grp (LIKE kpi_template.d) PARTITION BY HASH (grp);
SELECT format('CREATE TABLE kpi_template.%s_%s PARTITION OF kpi_template.%s FOR VALUES WITH (MODULUS 3, REMAINDER %s)', t, r, t, r)
FROM unnest(ARRAY['by_id', 'by_grp']) t, generate_series(0, 2) r \gexec
INSERT INTO kpi_template.by_id TABLE kpi_template.d;
INSERT INTO kpi_template.by_grp TABLE kpi_template.d;
CREATE TABLE kpi_template.small AS SELECT * FROM kpi_template.d WHERE id <= 60;
ANALYZE kpi_template.d, kpi_template.small, kpi_template.by_id, kpi_template.by_grp;

-- --------------------------------------------------------------- the registry
-- sig     signature as regprocedure prints it; % stands for each of the types
-- args    arguments; % as above
-- one     the result over row 1 alone, which has score 10, csat 2, ces 3, weight 1.625,
--         flag true, 29 hits in 11 trials, 150 likes, 7 comments and 0 shares over 5000,
--         customer 0, order 0, amount 70.19, 2024-01-01 00:00 UTC
-- same    what else gives the same result over any rows
-- nulls   a letter per argument, what a NULL there does: s skips the row (if not said), e is an error, f is
--         false or no bound, and the row counts
CREATE TABLE kpi_template.registry (sig text, args text[], one text, same text, nulls text);
CREATE FUNCTION kpi_template.register(types text[], name text, params text, args text[], one text, same text DEFAULT NULL, nulls text DEFAULT NULL)
RETURNS void LANGUAGE sql AS $$
  INSERT INTO kpi_template.registry
  SELECT format('engage.%s(%s)', name, replace(params, '%', t)),
         ARRAY(SELECT replace(a, '%', t) FROM unnest(args) WITH ORDINALITY u(a, k) ORDER BY k),
         one, replace(same, '%', t), nulls
  FROM unnest(types) t
$$;
\set five '{smallint,integer,bigint,numeric,"double precision"}'
\set keys '{smallint,integer,bigint,text,uuid,bytea}'
\o /dev/null
SELECT kpi_template.register(:'five', 'nps', '%', '{score::%}', '100', 'engage.nps(engage.nps_agg(score::%))'),
  kpi_template.register(:'five', 'nps_agg', '%', '{score::%}', '1:promoters=1,passives=0,detractors=0', 'engage.rollup(s_nps)'),
  kpi_template.register('{-}', 'nps', '"any","any"', '{score,weight}', '100', 'engage.nps(engage.nps_agg(score, weight))'),
  kpi_template.register('{-}', 'nps_agg', '"any","any"', '{score::numeric,weight::real}',
    '1w:promoters=1,passives=0,detractors=0,promoter_weight=1.625,passive_weight=0.0,detractor_weight=0.0,weight_squares=2.640625',
    'engage.rollup(s_npsw)'),
  kpi_template.register('{-}', 'rollup', 'engage.nps_summary', '{s_nps}', '1:promoters=1,passives=0,detractors=0', 'engage.nps_agg(score)'),
  kpi_template.register('{-}', 'rollup', 'engage.nps_summary', '{s_npsw}',
    '1w:promoters=1,passives=0,detractors=0,promoter_weight=1.625,passive_weight=0.0,detractor_weight=0.0,weight_squares=2.640625',
    'engage.nps_agg(score, weight)');
SELECT kpi_template.register(:'five', 'csat', '%', '{csat::%}', '0', 'engage.csat(engage.csat_agg(csat::%))'),
  kpi_template.register(:'five', 'csat_agg', '%', '{csat::%}', '1:scale=5,1=0,2=1,3=0,4=0,5=0', 'engage.rollup(s_csat)'),
  kpi_template.register(:'five', 'csat', '%,integer', '{csat::%,9}', '0', 'engage.csat(engage.csat_agg(csat::%, 9))'),
  kpi_template.register(:'five', 'csat_agg', '%,integer', '{csat::%,9}', '1:scale=9,1=0,2=1,3=0,4=0,5=0,6=0,7=0,8=0,9=0', 'engage.rollup(s_csat9)'),
  kpi_template.register('{-}', 'rollup', 'engage.csat_summary', '{s_csat9}', '1:scale=9,1=0,2=1,3=0,4=0,5=0,6=0,7=0,8=0,9=0', 'engage.csat_agg(csat, 9)'),
  kpi_template.register(:'five', 'ces', '%', '{ces::%}', '3', 'engage.ces(engage.ces_agg(ces::%))'),
  kpi_template.register(:'five', 'ces_agg', '%', '{ces::%}', '1:scale=7,1=0,2=0,3=1,4=0,5=0,6=0,7=0', 'engage.rollup(s_ces)'),
  kpi_template.register(:'five', 'ces', '%,integer', '{ces::%,8}', '3', 'engage.ces(engage.ces_agg(ces::%, 8))'),
  kpi_template.register(:'five', 'ces_agg', '%,integer', '{ces::%,8}', '1:scale=8,1=0,2=0,3=1,4=0,5=0,6=0,7=0,8=0', 'engage.rollup(s_ces8)'),
  kpi_template.register('{-}', 'rollup', 'engage.ces_summary', '{s_ces}', '1:scale=7,1=0,2=0,3=1,4=0,5=0,6=0,7=0', 'engage.ces_agg(ces)'),
  kpi_template.register(:'five', 'star_rating', '%', '{csat::%}', '2', 'engage.star_rating(engage.star_rating_agg(csat::%))'),
  kpi_template.register(:'five', 'star_rating_agg', '%', '{csat::%}', '1:scale=5,1=0,2=1,3=0,4=0,5=0', 'engage.rollup(s_star)'),
  kpi_template.register('{-}', 'rollup', 'engage.star_rating_summary', '{s_star}', '1:scale=5,1=0,2=1,3=0,4=0,5=0', 'engage.star_rating_agg(csat)');
SELECT kpi_template.register('{-}', 'rate', 'boolean', '{flag}', '100', 'engage.rate(engage.rate_agg(flag))'),
  kpi_template.register('{-}', 'rate_agg', 'boolean', '{flag}', '1:hits=1,trials=1', 'engage.rollup(s_rate)'),
  kpi_template.register('{-}', 'rate', '"any","any"', '{hits::numeric,trials}', '263.6363636363636', 'engage.rate(engage.rate_agg(hits, trials))'),
  kpi_template.register('{-}', 'rate_agg', '"any","any"', '{hits::smallint,trials::real}', '1m:rows=1,hits=29.0,trials=11.0', 'engage.rollup(s_ratem)'),
  kpi_template.register('{-}', 'rollup', 'engage.rate_summary', '{s_rate}', '1:hits=1,trials=1', 'engage.rate_agg(flag)'),
  kpi_template.register('{-}', 'rollup', 'engage.rate_summary', '{s_ratem}', '1m:rows=1,hits=29.0,trials=11.0', 'engage.rate_agg(hits, trials)'),
  kpi_template.register('{-}', 'engagement_rate', '"any","any"', '{likes,audience}', '3', 'engage.engagement_rate(engage.engagement_rate_agg(likes, audience))'),
  kpi_template.register('{-}', 'engagement_rate_agg', '"any","any"', '{likes,audience::float8}', '1m:rows=1,hits=150.0,trials=5000.0', 'engage.rate_agg(likes, audience)'),
  kpi_template.register('{-}', 'engagement_rate', '"any","any","any","any"', '{likes,comments::bigint,shares,audience}', '3.14', 'engage.engagement_rate(likes + comments + shares, audience)'),
  kpi_template.register('{-}', 'engagement_rate_agg', '"any","any","any","any"', '{likes,comments,shares,audience}', '1m:rows=1,hits=157.0,trials=5000.0', 'engage.engagement_rate_agg(likes + comments + shares, audience)'),
  kpi_template.register('{-}', 'mean_engagement_rate', '"any","any"', '{likes,audience}', '3', 'engage.mean_engagement_rate(engage.mean_engagement_rate_agg(likes, audience))'),
  kpi_template.register('{-}', 'mean_engagement_rate_agg', '"any","any"', '{likes,audience}', '1:posts=1,rates_pct=3.0,rates_pct_squared=9.0', 'engage.rollup(s_mer)'),
  kpi_template.register('{-}', 'mean_engagement_rate', '"any","any","any","any"', '{likes,comments,shares,audience}', '3.14', 'engage.mean_engagement_rate(likes + comments + shares, audience)'),
  kpi_template.register('{-}', 'mean_engagement_rate_agg', '"any","any","any","any"', '{likes,comments,shares,audience}', NULL, 'engage.mean_engagement_rate_agg(likes + comments + shares, audience)'),
  kpi_template.register('{-}', 'rollup', 'engage.mean_engagement_rate_summary', '{s_mer}', '1:posts=1,rates_pct=3.0,rates_pct_squared=9.0', 'engage.mean_engagement_rate_agg(likes, audience)');
-- whole halves of amounts, so that sums of floats are exact whatever the order
SELECT kpi_template.register('{smallint,integer,bigint}', 'aov', '%', '{round(amount)::%}', '70.0000000000000000', 'avg(round(amount)::%)'),
  kpi_template.register('{numeric}', 'aov', '%', '{amount}', '70.1900000000000000', 'avg(amount)'),
  kpi_template.register('{real,"double precision"}', 'aov', '%', '{(round(amount * 2) / 2)::%}', '70', 'avg((round(amount * 2) / 2)::%)'),
  kpi_template.register('{smallint,integer,bigint}', 'aov_agg', '%', '{round(amount)::%}', '1:orders=1,revenue=70.0,revenue_squares=4900.0', 'engage.aov_agg(round(amount))'),
  kpi_template.register('{numeric,"double precision"}', 'aov_agg', '%', '{amount::%}', '1:orders=1,revenue=70.19,revenue_squares=4926.6361', 'engage.rollup(s_aov)'),
  kpi_template.register('{-}', 'rollup', 'engage.aov_summary', '{s_aov}', '1:orders=1,revenue=70.19,revenue_squares=4926.6361', 'engage.aov_agg(amount)'),
  kpi_template.register('{smallint,integer,bigint,numeric}', 'aov', '"any",%', '{order_id,round(amount)::%}', '70.0000000000000000', NULL),
  kpi_template.register('{real,"double precision"}', 'aov', '"any",%', '{order_id::text,(round(amount * 2) / 2)::%}', '70', NULL);
SELECT kpi_template.register('{smallint,integer,bigint}', n, '%', '{customer::%}', one, same || '(engage.repeat_purchase_agg(customer))'),
  kpi_template.register('{text}', n, '%', '{customer::text}', one, same || '(engage.repeat_purchase_agg(customer))'),
  kpi_template.register('{uuid}', n, '%', '{md5(customer::text)::uuid}', one, same || '(engage.repeat_purchase_agg(customer))'),
  kpi_template.register('{bytea}', n, '%', '{decode(md5(customer::text)\,''hex'')}', one, same || '(engage.repeat_purchase_agg(customer))'),
  kpi_template.register('{anyelement}', n, '%', '{customer::numeric}', one, same || '(engage.repeat_purchase_agg(customer))'),
  kpi_template.register('{-}', n, '"any","any"', '{customer,order_id::text}', one, same || '(engage.repeat_purchase_agg(customer, order_id))')
FROM (VALUES ('rpr', '0', 'engage.rpr'), ('purchase_frequency', '1', 'engage.purchase_frequency')) v(n, one, same);
SELECT kpi_template.register('{smallint,integer,bigint}', 'repeat_purchase_agg', '%', '{customer::%}', '1c:int8:0=1', 'engage.rollup(s_rp)'),
  kpi_template.register('{text}', 'repeat_purchase_agg', '%', '{customer::text}', '1c:text:"0"=1'),
  kpi_template.register('{uuid}', 'repeat_purchase_agg', '%', '{md5(customer::text)::uuid}', '1c:uuid:cfcd2084-95d5-65ef-66e7-dff9f98764da=1'),
  kpi_template.register('{bytea}', 'repeat_purchase_agg', '%', '{decode(md5(customer::text)\,''hex'')}', '1c:bytea:xcfcd208495d565ef66e7dff9f98764da=1'),
  kpi_template.register('{anyelement}', 'repeat_purchase_agg', '%', '{customer::numeric}', '1c:text:"0"=1'),
  kpi_template.register('{-}', 'repeat_purchase_agg', '"any","any"', '{customer,order_id}', '1o:int8,int8:0=0', 'engage.rollup(s_rpo)'),
  kpi_template.register('{-}', 'rollup', 'engage.repeat_purchase_summary', '{s_rp}', '1c:int8:0=1', 'engage.repeat_purchase_agg(customer)'),
  kpi_template.register('{-}', 'rollup', 'engage.repeat_purchase_summary', '{s_rpo}', '1o:int8,int8:0=0', 'engage.repeat_purchase_agg(customer, order_id)'),
  kpi_template.register('{-}', 'repeat_revenue_share', '"any","any","any"', '{customer,order_id,amount}', '0');
-- 2024-01-01 is day 8766 of the year 2000's count: 8766 * 86400000000 = 757382400000000 microseconds
SELECT kpi_template.register('{timestamp with time zone}', n, p || ',%', a || '{ts}', one, same),
  kpi_template.register('{timestamp without time zone}', n, p || ',%', a || '{"ts at time zone ''UTC''"}', one, same),
  kpi_template.register('{date}', n, p || ',%', a || '{(ts at time zone ''UTC'')::date}', one, NULL)
FROM (VALUES ('days_between_orders', '"any"', '{customer}'::text[], NULL, 'engage.days_between_orders(engage.days_between_orders_agg(customer, ts))'),
             ('days_between_orders', '"any","any"', '{customer,order_id::text}', NULL, 'engage.days_between_orders(engage.days_between_orders_agg(customer, order_id, ts))'),
             ('days_between_orders_agg', '"any"', '{customer}', '1t:int8:0=757382400000000', 'engage.rollup(s_dbo)'),
             ('days_between_orders_agg', '"any","any"', '{customer,order_id}', '1p:int8,int8:0=0@757382400000000', 'engage.rollup(s_dboo)')) v(n, p, a, one, same);
SELECT kpi_template.register('{-}', 'rollup', 'engage.days_between_orders_summary', '{s_dbo}', '1t:int8:0=757382400000000', 'engage.days_between_orders_agg(customer, ts)'),
  kpi_template.register('{-}', 'rollup', 'engage.days_between_orders_summary', '{s_dboo}', '1p:int8,int8:0=0@757382400000000', 'engage.days_between_orders_agg(customer, order_id, ts)');
SELECT kpi_template.register('{numeric,"double precision"}', 'mean_sentiment', '%', '{(score / 5.0 - 1)::%}', '1', 'engage.mean_sentiment(engage.sentiment_agg((score / 5.0 - 1)::%))'),
  kpi_template.register('{smallint,integer,bigint}', 'mean_sentiment', '%', '{sign(score - 5)::%}', '1', 'engage.mean_sentiment(engage.sentiment_agg(sign(score - 5)))'),
  kpi_template.register('{-}', 'mean_sentiment', 'text', '{"repeat(''good '', score) || score"}', NULL, 'engage.mean_sentiment(engage.sentiment_agg(repeat(''good '', score) || score))'),
  kpi_template.register('{numeric,"double precision"}', 'positive_rate', '%', '{(score / 5.0 - 1)::%}', '100', 'engage.positive_rate(engage.sentiment_agg((score / 5.0 - 1)::%))'),
  kpi_template.register('{smallint,integer,bigint}', 'positive_rate', '%', '{sign(score - 5)::%}', '100', 'engage.positive_rate(engage.sentiment_agg(sign(score - 5)))'),
  kpi_template.register('{-}', 'positive_rate', 'text', '{"repeat(''good '', score) || score"}', '100', 'engage.positive_rate(engage.sentiment_agg(repeat(''good '', score) || score))'),
  kpi_template.register('{numeric,"double precision"}', 'sentiment_agg', '%', '{(score / 5.0 - 1)::%}', '1:version=0,none_positive=1,none_sum=1.0,none_squares=1.0', 'engage.rollup(s_sent)'),
  kpi_template.register('{smallint,integer,bigint}', 'sentiment_agg', '%', '{sign(score - 5)::%}', '1:version=0,none_positive=1,none_sum=1.0,none_squares=1.0', 'engage.sentiment_agg(sign(score - 5))'),
  kpi_template.register('{-}', 'sentiment_agg', 'text', '{"repeat(''good '', score) || score"}', NULL),
  kpi_template.register('{-}', 'rollup', 'engage.sentiment_summary', '{s_sent}', '1:version=0,none_positive=1,none_sum=1.0,none_squares=1.0', 'engage.sentiment_agg(score / 5.0 - 1)'),
  kpi_template.register('{-}', 'theme_agg', 'text', '{"''word'' || csat || '' of word'' || ces || repeat('' good'', score)"}', NULL),
  kpi_template.register('{-}', 'theme_agg', 'text,"any"', '{"''word'' || csat || '' of word'' || ces",score}', '1:version=0,texts=1,sum=10.0,squares=100.0;"word0"=1,10.0;"word0" "word0"=1,10.0', 'engage.rollup(s_theme)'),
  kpi_template.register('{-}', 'rollup', 'engage.theme_summary', '{s_theme}', NULL, 'engage.theme_agg(''word'' || csat || '' of word'' || ces, score)'),
  kpi_template.register('{-}', 'sentiment_train', 'text,"any"', '{"''word'' || ces || '' of word'' || score",csat}', NULL),
  kpi_template.register('{-}', 'sentiment_train', 'text,"any",engage.sentiment_model', 
    '{"''word'' || ces || '' of word'' || score",csat,"''1:sentiment_version=1,negative=0,neutral=0,positive=0,shipped=1,bias=0,unit=0,words=0:''::engage.sentiment_model"}', NULL),
  kpi_template.register('{-}', 'sentiment_evaluate', 'text,"any"', '{"repeat(''good '', score) || score",csat}', NULL, 'engage.rollup(s_eval)'),
  kpi_template.register('{-}', 'sentiment_evaluate', 'text,"any",double precision', '{"repeat(''good '', score) || score",csat,0.05::double precision}', NULL, 'engage.rollup(s_eval)'),
  kpi_template.register('{-}', 'sentiment_evaluate', 'engage.sentiment_model,text,"any"',
    '{"''1:sentiment_version=1,negative=0,neutral=0,positive=0,shipped=1,bias=0,unit=0,words=0:''::engage.sentiment_model","repeat(''good '', score) || score",csat}', NULL, 'engage.rollup(s_eval)'),
  kpi_template.register('{-}', 'sentiment_evaluate', 'engage.sentiment_model,text,"any",double precision',
    '{"''1:sentiment_version=1,negative=0,neutral=0,positive=0,shipped=1,bias=0,unit=0,words=0:''::engage.sentiment_model","repeat(''good '', score) || score",csat,0.05::double precision}', NULL, 'engage.rollup(s_eval)'),
  kpi_template.register('{-}', 'rollup', 'engage.evaluation_summary', '{s_eval}', NULL, 'engage.sentiment_evaluate(repeat(''good '', score) || score, csat)');
SELECT kpi_template.register('{-}', 'activity_agg', '"any",text,text', '{ts,"''day''","''Asia/Kathmandu''"}', '1:day:2024-01-01', 'engage.rollup(s_act)'),
  kpi_template.register('{-}', 'activity_agg', '"any",text,text', '{ts,"''hour''","''America/Lima''"}', '1:hour:2023-12-31T19', 'engage.activity_agg(ts AT TIME ZONE ''America/Lima'', ''hour'')'),
  kpi_template.register('{timestamp without time zone}', 'activity_agg', '%,text', '{"ts AT TIME ZONE ''UTC''","''hour''"}', '1:hour:2024-01-01T00', 'engage.activity_agg(ts, ''hour'', ''UTC'')'),
  kpi_template.register('{date}', 'activity_agg', '%,text', '{"(ts AT TIME ZONE ''UTC'')::date","''week''"}', '1:week:2024-01-01', 'engage.activity_agg(ts, ''week'', ''UTC'')'),
  kpi_template.register('{-}', 'rollup', 'engage.activity', '{s_act}', '1:day:2024-01-01', 'engage.activity_agg(ts, ''day'', ''Asia/Kathmandu'')'),
  kpi_template.register('{timestamp with time zone}', 'window_funnel', 'interval,%,"any"', '{interval ''100 hours'',ts,csat > 2,ces > 3,flag,score > 5}', '0', 'engage.window_funnel(interval ''100 hours'', ''default'', ts, VARIADIC ARRAY[csat > 2, ces > 3, flag, score > 5])'),
  kpi_template.register('{timestamp without time zone}', 'window_funnel', 'interval,%,"any"', '{interval ''100 hours'',"ts at time zone ''UTC''",mod(csat\,4)}', '0', 'engage.window_funnel(interval ''100 hours'', ts, mod(csat, 4)::bigint)'),
  kpi_template.register('{date}', 'window_funnel', 'interval,%,"any"', '{interval ''5 days'',"(ts at time zone ''UTC'')::date",csat::smallint}', '0', NULL),
  kpi_template.register('{bigint}', 'window_funnel', '%,%,"any"', '{360000,extract(epoch from ts)::bigint,csat > 2,ces > 3,flag,score > 5}', '0', 'engage.window_funnel(interval ''100 hours'', ts, csat > 2, ces > 3, flag, score > 5)'),
  kpi_template.register('{timestamp with time zone}', 'window_funnel', 'interval,text,%,"any"', '{interval ''100 hours'',''any_order'',ts,csat > 2,ces > 3,flag,score > 5}', '2', NULL),
  kpi_template.register('{timestamp without time zone}', 'window_funnel', 'interval,text,%,"any"', '{interval ''100 hours'',''strict_once'',"ts at time zone ''UTC''",csat > 2,ces > 3,flag,score > 5}', '0', NULL),
  kpi_template.register('{date}', 'window_funnel', 'interval,text,%,"any"', '{interval ''5 days'',''strict_increase'',"(ts at time zone ''UTC'')::date",csat > 2,ces > 3,flag,score > 5}', '0', NULL),
  kpi_template.register('{bigint}', 'window_funnel', '%,text,%,"any"', '{360000,''consecutive'',extract(epoch from ts)::bigint,csat > 2,ces > 3,flag,score > 5}', '0', NULL),
  kpi_template.register('{-}', 'funnel_counts', 'integer,integer', '{csat,5}', '{1,1,0,0,0}'),
  kpi_template.register('{-}', 'retention', '"any"', '{flag,csat > 2,score > 5}', '{t,f,t}', 'engage.retention(VARIADIC ARRAY[flag, csat > 2, score > 5])'),
  kpi_template.register('{-}', 'retention_counts', 'boolean[]', '{"ARRAY[flag, csat > 2, score > 5]"}', '{1,0,1}', 'ARRAY[count(*) FILTER (WHERE flag), count(*) FILTER (WHERE csat > 2), count(*) FILTER (WHERE score > 5)]');
SELECT kpi_template.register('{timestamp with time zone}', n, '%,interval' || p, ('{ts,' || a || '}')::text[], one, same, nulls),
  kpi_template.register('{timestamp without time zone}', n, '%,interval' || p, ('{"ts at time zone ''UTC''",' || a || '}')::text[], one, same, nulls),
  kpi_template.register('{date}', n, '%,interval' || p, ('{(ts at time zone ''UTC'')::date,' || a || '}')::text[], one, NULL, nulls)
FROM (VALUES
  ('sessions_agg', '', 'interval ''1 day''', '1:gap=86400000000;2024-01-01T00:00:00Z..2024-01-01T00:00:00Z,events=1,pages=1', 'engage.rollup(s_sess)', 'se'),
  ('sessions_agg', ',boolean,boolean', 'interval ''1 day'',flag,csat = 5', '1:gap=86400000000;2024-01-01T00:00:00Z..2024-01-01T00:00:00Z,events=1,pages=1', 'engage.rollup(s_sessf)', 'seff')) v(n, p, a, one, same, nulls);
-- (parts must be of different customers, so every row is one)
SELECT kpi_template.register('{timestamp with time zone,timestamp without time zone}', 'session_stats_agg', '"any",%,interval' || p, ('{id::text,"(ts at time zone ''UTC'' at time zone ''UTC'')::%",' || a || '}')::text[], NULL, NULL, nulls),
  kpi_template.register('{date}', 'session_stats_agg', '"any",%,interval' || p, ('{id,(ts at time zone ''UTC'')::date,' || a || '}')::text[], NULL, NULL, nulls)
FROM (VALUES ('', 'interval ''1 day''', 'sse'), (',boolean,boolean', 'interval ''1 day'',flag,csat = 5', 'sseff')) v(p, a, nulls);
SELECT kpi_template.register('{-}', 'rollup', 'engage.session_set', '{s_sess}', '1:gap=86400000000;2024-01-01T00:00:00Z..2024-01-01T00:00:00Z,events=1,pages=1', 'engage.sessions_agg(ts, ''1 day'')'),
  kpi_template.register('{-}', 'rollup', 'engage.session_set', '{s_sessf}', NULL, 'engage.sessions_agg(ts, ''1 day'', flag, csat = 5)'),
  kpi_template.register('{-}', 'rollup', 'engage.session_stats_summary', '{s_stats}', NULL, 'engage.session_stats_agg(s_sess)'),
  kpi_template.register('{-}', 'session_stats_agg', 'engage.session_set', '{s_sess}', NULL, 'engage.rollup(s_stats)'),
  kpi_template.register('{timestamp with time zone,timestamp without time zone,date}', 'session_stats_agg', 'engage.session_set,%,%', '{s_sessf,"''2024-01-01''::%","''2024-02-01''::%"}', NULL, NULL, 'sff');
-- (a customer a row, as with sessions)
SELECT kpi_template.register('{timestamp with time zone}', n, '%,text' || p, ('{ts,"''e'' || csat"' || a || '}')::text[], one, NULL, nulls),
  kpi_template.register('{timestamp without time zone}', n, '%,text' || p, ('{"ts at time zone ''UTC''","''e'' || csat"' || a || '}')::text[], one, format('engage.timeline_agg(ts, ''e'' || csat%s)', replace(a, '"', '')), nulls),
  kpi_template.register('{date}', n, '%,text' || p, ('{(ts at time zone ''UTC'')::date,"''e'' || csat"' || a || '}')::text[], one, NULL, nulls)
FROM (VALUES ('timeline_agg', '', '', '1:"e2"@2024-01-01T00:00:00Z', 'ss'),
             ('timeline_agg', ',double precision', ',"hits::double precision"', '1:"e2"@2024-01-01T00:00:00Z=29', 'ssf')) v(n, p, a, one, nulls);
SELECT kpi_template.register('{-}', 'rollup', 'engage.timeline', '{s_tl}', NULL, 'engage.rollup(s_tl::text::engage.timeline)'),
  kpi_template.register('{-}', 'rollup', 'engage.funnel_summary', '{s_fun}', NULL, 'engage.funnel_agg(s_tl, ARRAY[''view'', ''cart'', ''buy''], ''1 day'')'),
  kpi_template.register('{-}', 'rollup', 'engage.path_summary', '{s_path}', NULL, 'engage.path_agg(s_tl, ''10 hours'')'),
  kpi_template.register('{-}', 'rollup', 'engage.retention_summary', '{s_ret}', NULL, 'engage.retention_agg(s_days, ''recurring'', ARRAY[[1, 7], [8, 14]])'),
  kpi_template.register('{-}', 'rollup', 'engage.lifecycle_summary', '{s_life}', NULL, 'engage.lifecycle_agg(s_days)'),
  kpi_template.register('{-}', 'rollup', 'engage.stickiness_summary', '{s_stick}', NULL, 'engage.stickiness_agg(s_days, 3)');
SELECT kpi_template.register('{-}', 'funnel_agg', 'engage.timeline,text[],interval', '{s_tl,"ARRAY[''view'', ''cart'', ''buy'']",interval ''1 day''}', NULL, 'engage.rollup(s_fun)', 'see'),
  kpi_template.register('{-}', 'funnel_agg', 'engage.timeline,text[],interval,text', '{s_tl,"ARRAY[''view'', ''cart'', ''buy'']",interval ''1 day'',''any_order''}', NULL, NULL, 'seee'),
  kpi_template.register('{-}', 'path_agg', 'text[]', '{path}', NULL, 'engage.path_agg(path, false)'),
  kpi_template.register('{-}', 'path_agg', 'text[],boolean', '{path,true}', NULL),
  kpi_template.register('{-}', 'path_agg', 'engage.timeline,interval', '{s_tl,interval ''10 hours''}', NULL, 'engage.rollup(s_path)', 'se'),
  kpi_template.register('{-}', 'path_agg', 'engage.timeline,interval,integer', '{s_tl,interval ''10 hours'',2}', NULL, NULL, 'see'),
  kpi_template.register('{-}', 'retention_agg', 'engage.activity', '{s_days}', '1:unit=1,cohorts=0;;size(8766)=1;seen(8766)=1', 'engage.retention_agg(s_days, ''first_time'')'),
  kpi_template.register('{-}', 'retention_agg', 'engage.activity,text', '{s_days,''recurring''}', NULL, NULL, 'se'),
  kpi_template.register('{-}', 'retention_agg', 'engage.activity,text,integer[]', '{s_days,''recurring'',"ARRAY[[1, 7], [8, 14]]"}', NULL, 'engage.rollup(s_ret)', 'see'),
  kpi_template.register('{-}', 'retention_agg', 'engage.activity,engage.activity,text', '{CASE WHEN flag THEN s_act END,s_days,''first_ever''}', NULL, NULL, 'ffe'),
  kpi_template.register('{-}', 'retention_agg', 'engage.activity,engage.activity,text,integer[]', '{CASE WHEN flag THEN s_act END,s_days,''recurring'',"ARRAY[[1, 7], [8, 14]]"}', NULL, NULL, 'ffee'),
  kpi_template.register('{-}', 'lifecycle_agg', 'engage.activity', '{s_days}', '1:unit=1;;new(8766)=1;dormant(8767)=1', 'engage.rollup(s_life)'),
  kpi_template.register('{-}', 'stickiness_agg', 'engage.activity', '{s_days}', '1:days=28;;day_in(8766)=1;day_out(8767)=1;week_in(8766)=1;week_out(8773)=1;month_in(8766)=1;month_out(8794)=1;active_days(1)=1', 'engage.stickiness_agg(s_days, 28)'),
  kpi_template.register('{-}', 'stickiness_agg', 'engage.activity,integer', '{s_days,3}', NULL, 'engage.rollup(s_stick)', 'se');
-- from raw rows, by every type of time; "zoned" is the argument of the zone, if there is one
SELECT kpi_template.register(ARRAY[typ], n, '"any",%' || before || CASE WHEN typ = '"any"' THEN zoned ELSE '' END || after,
         ('{id' || CASE WHEN type = 'date' THEN '' ELSE '::text' END || ',"' || ts || '"' || a || CASE WHEN typ = '"any"' THEN ',"''Asia/Kathmandu''"' ELSE '' END || b || '}')::text[],
         NULL, NULL, 'ss' || x || CASE WHEN typ = '"any"' THEN 's' ELSE '' END || y)
FROM (VALUES ('timestamp with time zone', 'ts'), ('timestamp without time zone', 'ts at time zone ''UTC'''), ('date', '(ts at time zone ''UTC'')::date')) t(type, ts),
     (VALUES ('funnel_agg', ',text,text[],interval', '', '', ',"''e'' || csat","ARRAY[''e2'', ''e4'']",interval ''1 day''', '', 'see', ''),
             ('funnel_agg', ',text,text[],interval', '', ',text', ',"''e'' || csat","ARRAY[''e2'', ''e4'']",interval ''1 day''', ',''any_order''', 'see', 'e'),
             ('path_agg', ',text,interval', '', '', ',"''e'' || csat",interval ''1 day''', '', 'se', ''),
             ('path_agg', ',text,interval', '', ',integer', ',"''e'' || csat",interval ''1 day''', ',2', 'se', 'e'),
             ('retention_agg', ',text', ',text', '', ',''day''', '', 's', ''),
             ('retention_agg', ',text', ',text', ',text', ',''week''', ',''rolling''', 's', 'e'),
             ('retention_agg', ',text', ',text', ',text,integer[]', ',''month''', ',''recurring'',"ARRAY[[1, 2]]"', 's', 'ee'),
             ('lifecycle_agg', ',text', ',text', '', ',''day''', '', 's', ''),
             ('stickiness_agg', '', ',text', '', '', '', '', ''),
             ('stickiness_agg', '', ',text', ',integer', '', ',3', '', 'e')) v(n, before, zoned, after, a, b, x, y),
     LATERAL (VALUES (CASE WHEN type = 'timestamp with time zone' AND zoned <> '' THEN '"any"' ELSE type END)) w(typ);
\o

-- every aggregate is in the registry, and nothing else is: no rows
SELECT coalesce(p.oid::regprocedure::text, r.sig) AS "not in both"
FROM (SELECT oid FROM pg_proc WHERE pronamespace = 'engage'::regnamespace AND prokind = 'a') p
FULL JOIN (SELECT DISTINCT sig, to_regprocedure(sig)::oid AS oid FROM kpi_template.registry) r ON r.oid = p.oid
WHERE p.oid IS NULL OR r.oid IS NULL;

-- ----------------------------------------------------------------- the driver
CREATE TABLE kpi_template.result (sig text, args text[], name text, ok boolean, detail text);
CREATE FUNCTION kpi_template.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; plan text := '';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP plan := plan || line || E'\n'; END LOOP;
  RETURN plan;
END $$;
CREATE FUNCTION kpi_template.batches(query text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE line text; n int := 0;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
    n := greatest(n, substring(line FROM 'Batches: (\d+)')::int);
  END LOOP;
  RETURN n;
END $$;
CREATE FUNCTION kpi_template.value(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE v text; BEGIN EXECUTE query INTO v; RETURN v; END $$;
CREATE FUNCTION kpi_template.value_or_state(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN RETURN kpi_template.value(query); EXCEPTION WHEN null_value_not_allowed THEN RETURN SQLSTATE; END $$;
-- groups as one text, in the order of the groups
CREATE FUNCTION kpi_template.groups(call text, source text, grp text) RETURNS text LANGUAGE sql AS
  $$ SELECT kpi_template.value(format('SELECT string_agg(concat_ws('':'', g, v), '' '' ORDER BY g)
       FROM (SELECT %s AS g, (%s)::text AS v FROM %s GROUP BY 1 OFFSET 0) x', grp, call, source)) $$;

CREATE FUNCTION kpi_template.check(r kpi_template.registry, name text, ok boolean, detail text DEFAULT NULL)
RETURNS void LANGUAGE sql AS
  $$ INSERT INTO kpi_template.result VALUES (r.sig, r.args, name, coalesce(ok, false), detail) $$;

CREATE FUNCTION kpi_template.prove(r kpi_template.registry) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  p pg_proc := (SELECT x FROM pg_proc x WHERE x.oid = to_regprocedure(r.sig));
  a pg_aggregate := (SELECT x FROM pg_aggregate x WHERE x.aggfnoid = to_regprocedure(r.sig));
  mergeable boolean := a.aggcombinefn <> 0;
  arglist text := array_to_string(r.args, ', ');
  fn text := format('engage.%I', p.proname);
  call text := format('%s(%s)', fn, arglist);
  from_d text := 'FROM kpi_template.d';
  whole text;
  grouped text;
  plan text;
  frame text;
  nulled text;
  stored regtype := CASE WHEN to_regprocedure(format('engage.rollup(%s)', p.prorettype::regtype)) IS NOT NULL THEN p.prorettype END;
BEGIN
  whole := kpi_template.value(format('SELECT %s %s', call, from_d));
  grouped := kpi_template.groups(call, 'kpi_template.d', 'grp');

  -- nothing in, nothing out; a NULL in any argument skips the row, but a NULL condition is false
  PERFORM kpi_template.check(r, 'not null', whole IS NOT NULL);
  PERFORM kpi_template.check(r, 'empty', kpi_template.value(format('SELECT %s %s WHERE false', call, from_d)) IS NULL);
  FOR i IN 1..cardinality(r.args) LOOP
    nulled := format('%s(%s)', fn, (SELECT string_agg(CASE k WHEN i THEN format('CASE WHEN false THEN %s END', x) ELSE x END, ', ' ORDER BY k)
                                    FROM unnest(r.args) WITH ORDINALITY u(x, k)));
    BEGIN
      nulled := kpi_template.value(format('SELECT %s %s', nulled, from_d));
    EXCEPTION WHEN null_value_not_allowed THEN nulled := 'refused';
    END;
    PERFORM kpi_template.check(r, 'all null ' || i, CASE substr(r.nulls, i, 1) WHEN 'e' THEN nulled = 'refused' WHEN 'f' THEN nulled <> 'refused' ELSE nulled IS NOT DISTINCT FROM
      -- (a window or a mode is no measure: it must be there)
      CASE WHEN r.sig ~ '^engage.window_funnel' AND i >= cardinality(regexp_split_to_array(r.sig, ',')) THEN CASE WHEN nulled ~ '^[0-4]$' THEN nulled END
           WHEN r.sig ~ '^engage.window_funnel' AND i < cardinality(regexp_split_to_array(r.sig, ',')) - 1 THEN 'refused'
           WHEN r.sig ~ '^engage.retention\(' THEN CASE WHEN i = 1 THEN '{f,f,f}' WHEN substr(nulled, 2 * i, 1) = 'f' THEN nulled END
      ELSE CASE r.sig WHEN 'engage.rate(boolean)' THEN '0' WHEN 'engage.rate_agg(boolean)' THEN '1:hits=0,trials=1000'
        -- (without a base: on top of the shipped weights, as the call is anyway)
        WHEN 'engage.sentiment_train(text,"any",engage.sentiment_model)' THEN CASE i WHEN 3 THEN nulled END END END END, nulled);
  END LOOP;
  PERFORM kpi_template.check(r, 'null rows do not count', (v = whole) = (r.sig NOT LIKE 'engage.rate%(boolean)' AND coalesce(r.nulls, '') !~ '^ffe|eff$|^ssf$') OR r.sig ~ '^engage.(window_funnel|retention)\(', v)
  FROM kpi_template.value(format('SELECT %s %s WHERE num_nulls(%s) = 0', call, from_d, arglist)) v;

  IF r.one IS NOT NULL OR r.sig LIKE 'engage.days_between_orders(%' THEN
    PERFORM kpi_template.check(r, 'one row', o IS NOT DISTINCT FROM r.one, o)
    FROM kpi_template.value(format('SELECT %s %s WHERE id = 1', call, from_d)) o;
  END IF;

  -- the same in other words; beside each other, so that they may share their state
  IF r.same IS NOT NULL THEN
    PERFORM kpi_template.check(r, 'same as ' || r.same, kpi_template.value(format(
      'SELECT coalesce(bool_and(%s), false) FROM (SELECT %s AS a, %s AS b %s GROUP BY grp UNION ALL SELECT %2$s, %3$s %4$s) x',
      CASE WHEN stored IS NULL THEN 'a IS NOT DISTINCT FROM b' ELSE 'a::text IS NOT DISTINCT FROM b::text' END,
      call, r.same, from_d))::boolean);
  END IF;

  -- workers (pages are read as fast by one, and the rows are wide; what functions cost above all workers hides what these save)
  PERFORM set_config('seq_page_cost', '0', true), set_config('cpu_operator_cost', CASE WHEN mergeable THEN '0.0025' ELSE '0' END, true), set_config('parallel_setup_cost', '0', true), set_config('parallel_tuple_cost', '0', true),
          set_config('min_parallel_table_scan_size', '0', true), set_config('max_parallel_workers_per_gather', '2', true),
          set_config('parallel_leader_participation', 'off', true);
  plan := kpi_template.plan(format('SELECT %s %s', call, from_d));
  PERFORM kpi_template.check(r, 'parallel plan', plan LIKE '%Gather%' AND (plan LIKE '%Partial Aggregate%') = mergeable, plan);
  PERFORM kpi_template.check(r, 'parallel', v = whole, v) FROM kpi_template.value(format('SELECT %s %s', call, from_d)) v;
  PERFORM kpi_template.check(r, 'parallel groups', kpi_template.groups(call, 'kpi_template.d', 'grp') = grouped);
  PERFORM set_config('max_parallel_workers_per_gather', '0', true), set_config('seq_page_cost', '1', true), set_config('cpu_operator_cost', '0.0025', true);

  -- partitions
  PERFORM set_config('enable_partitionwise_aggregate', 'on', true);
  plan := kpi_template.plan(format('SELECT grp, %s FROM kpi_template.by_grp GROUP BY grp', call));
  PERFORM kpi_template.check(r, 'partitionwise plan', (SELECT count(*) FROM regexp_matches(plan, 'Aggregate', 'g')) >= 3, plan);
  PERFORM kpi_template.check(r, 'partitionwise', kpi_template.groups(call, 'kpi_template.by_grp', 'grp') = grouped);
  plan := kpi_template.plan(format('SELECT grp, %s FROM kpi_template.by_id GROUP BY grp', call));
  PERFORM kpi_template.check(r, 'partial partitionwise plan', (plan LIKE '%Partial%') = mergeable, plan);
  PERFORM kpi_template.check(r, 'partial partitionwise', kpi_template.groups(call, 'kpi_template.by_id', 'grp') = grouped);
  PERFORM set_config('enable_partitionwise_aggregate', 'off', true);

  -- hashing, sorting, and hashing with far too little memory
  PERFORM set_config('enable_hashagg', 'off', true);
  PERFORM kpi_template.check(r, 'sorted groups', kpi_template.groups(call, 'kpi_template.d', 'grp') = grouped);
  nulled := kpi_template.groups(call, 'kpi_template.d', 'id % 900');
  PERFORM set_config('enable_hashagg', 'on', true), set_config('enable_sort', 'off', true),
          set_config('work_mem', '64kB', true), set_config('hash_mem_multiplier', '1', true);
  PERFORM kpi_template.check(r, 'hash spills', n > 1, n::text)
  FROM kpi_template.batches(format('SELECT id %% 900, %s %s GROUP BY 1', call, from_d)) n;
  PERFORM kpi_template.check(r, 'hashed groups', kpi_template.groups(call, 'kpi_template.d', 'id % 900') = nulled);
  PERFORM set_config('enable_sort', 'on', true), set_config('work_mem', '4MB', true);

  -- order of the rows
  FOR seed IN 1..3 LOOP
    PERFORM kpi_template.check(r, 'order ' || seed, v = whole, v)
    FROM kpi_template.value(format('SELECT %s FROM (SELECT * FROM kpi_template.d ORDER BY md5(id::text || %s)) x', call, seed)) v;
  END LOOP;
  PERFORM kpi_template.check(r, 'ORDER BY', kpi_template.value(format('SELECT %s(%s ORDER BY id DESC) %s', fn, arglist, from_d)) = whole);
  PERFORM kpi_template.check(r, 'FILTER', kpi_template.value(format('SELECT %s FILTER (WHERE id %% 2 = 0) %s', call, from_d))
                                        = kpi_template.value(format('SELECT %s %s WHERE id %% 2 = 0', call, from_d)));
  -- (models have no equality; sets of sessions, timelines and activities no order)
  IF p.proname <> 'rollup' AND NOT p.proargtypes::oid[] && '{engage.sentiment_model,engage.session_set,engage.timeline,engage.activity}'::regtype[]::oid[] THEN
    PERFORM kpi_template.check(r, 'DISTINCT', kpi_template.value(format('SELECT %s(DISTINCT %s) %s', fn, arglist, from_d))
      = kpi_template.value(format('SELECT %s(%s) FROM (SELECT DISTINCT %s %s) x', fn,
        (SELECT string_agg('a' || k, ', ') FROM generate_subscripts(r.args, 1) k),
        (SELECT string_agg(x || ' AS a' || k, ', ') FROM unnest(r.args) WITH ORDINALITY u(x, k)), from_d)));
  END IF;

  -- frames that grow, move, run empty and have holes
  FOR frame, plan IN VALUES
      ('ROWS UNBOUNDED PRECEDING', 's.id <= w.id'),
      ('ROWS BETWEEN 3 PRECEDING AND 2 FOLLOWING', 's.id BETWEEN w.id - 3 AND w.id + 2'),
      ('ROWS BETWEEN 5 PRECEDING AND 4 PRECEDING', 's.id BETWEEN w.id - 5 AND w.id - 4'),
      ('ROWS BETWEEN 9 PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW', 's.id BETWEEN w.id - 9 AND w.id - 1') LOOP
    PERFORM kpi_template.check(r, frame, v = '60/60', v) FROM kpi_template.value(format(
      'SELECT count(*) FILTER (WHERE w.v IS NOT DISTINCT FROM (SELECT (%s)::text FROM kpi_template.small s WHERE %s)) || ''/'' || count(*)
       FROM (SELECT id, (%1$s OVER (ORDER BY id %3$s))::text AS v FROM kpi_template.small) w', call, plan, frame)) v;
  END LOOP;

  -- stored parts, merged in any split and order, also over two levels and through text
  IF stored IS NOT NULL THEN
    FOR seed IN 1..3 LOOP
      EXECUTE format('CREATE TABLE kpi_template.parts AS SELECT part, %s AS s FROM (SELECT *, hashint4(id * %s) %% %s AS part %s) x GROUP BY part',
                     call, seed, seed * seed * 5, from_d);
      PERFORM kpi_template.check(r, 'rollup ' || seed, kpi_template.value(format('SELECT engage.rollup(s ORDER BY md5(part::text || %s)) FROM kpi_template.parts', seed)) = whole);
      PERFORM kpi_template.check(r, 'rollup of rollups ' || seed, kpi_template.value('SELECT engage.rollup(s) FROM (SELECT engage.rollup(s) AS s FROM kpi_template.parts GROUP BY part % 3) x') = whole);
      PERFORM kpi_template.check(r, 'text ' || seed, kpi_template.value(format('SELECT engage.rollup(s::text::%s) FROM kpi_template.parts', stored)) = whole
        AND kpi_template.value(format('SELECT bool_and(s::text::%s::text = s::text) FROM kpi_template.parts', stored)) = 'true');
      DROP TABLE kpi_template.parts;
    END LOOP;
  END IF;
END $$;

SELECT kpi_template.prove(r) FROM kpi_template.registry r \g /dev/null

RESET ROLE;

-- ------------------------------------------------------ cancelled in the middle
-- by the session itself at a given row, and by the clock
CREATE FUNCTION kpi_template.cancel(r kpi_template.registry) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('SELECT engage.%I(%s) FROM kpi_template.d WHERE CASE WHEN id = 700 THEN pg_cancel_backend(pg_backend_pid()) ELSE true END',
                 (SELECT proname FROM pg_proc WHERE oid = to_regprocedure(r.sig)), array_to_string(r.args, ', '));
  PERFORM kpi_template.check(r, 'cancelled', false);
EXCEPTION WHEN query_canceled THEN
  PERFORM kpi_template.check(r, 'cancelled', SQLSTATE = '57014');
END $$;
SELECT kpi_template.cancel(r) FROM kpi_template.registry r \g /dev/null
SET statement_timeout = '50ms';
SELECT engage.nps(score, weight) FROM kpi_template.raw, generate_series(1, 1000) a, generate_series(1, 1000) b;
SELECT engage.rpr(a * b * customer, b) FROM kpi_template.raw, generate_series(1, 1000) a, generate_series(1, 1000) b;
SELECT engage.rollup(s_rpo) FROM kpi_template.d, generate_series(1, 1000) a, generate_series(1, 1000) b;
RESET statement_timeout;

-- --------------------------------------------------------------------- memory
CREATE FUNCTION kpi_template.used(x text DEFAULT NULL) RETURNS bigint LANGUAGE sql VOLATILE AS
  $$ SELECT sum(used_bytes)::bigint FROM pg_backend_memory_contexts $$;
-- bytes that four times the rows over the same keys take more, and bytes not given back
CREATE FUNCTION kpi_template.growth(call text, OUT running bigint, OUT after bigint) LANGUAGE plpgsql AS $$
BEGIN
  running := kpi_template.value(format('SELECT kpi_template.used((%s)::text) FROM (TABLE kpi_template.d UNION ALL TABLE kpi_template.d UNION ALL TABLE kpi_template.d UNION ALL TABLE kpi_template.d) x', call))::bigint
           - kpi_template.value(format('SELECT kpi_template.used((%s)::text) FROM kpi_template.d', call))::bigint;
  FOR i IN 1..22 LOOP
    IF i = 3 THEN after := kpi_template.used(); END IF;
    PERFORM kpi_template.value(format('SELECT %s FROM kpi_template.small GROUP BY grp', call));
    PERFORM kpi_template.value(format('SELECT %s OVER (ORDER BY id ROWS 2 PRECEDING) FROM kpi_template.small', call));
  END LOOP;
  after := kpi_template.used() - after;
END $$;
-- beyond what the measurement takes itself, found with an aggregate of the server; only timelines
-- keep all their events (what has no value is written only once where it occurs again)
CREATE FUNCTION kpi_template.memory(which text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE r kpi_template.registry; core record; own record;
BEGIN
  FOR r IN SELECT NULL::text, '{}'::text[], NULL::text, NULL::text, NULL::text UNION ALL
    -- (those over everybody's rows keep them)
    (SELECT * FROM kpi_template.registry WHERE sig LIKE which
     AND NOT EXISTS (SELECT FROM pg_aggregate WHERE aggfnoid = to_regprocedure(sig) AND aggtransfn::text LIKE '%\_rows\_accum')) LOOP
    IF r.sig IS NULL THEN core := kpi_template.growth('max(id)'); CONTINUE; END IF;
    own := kpi_template.growth(format('engage.%I(%s)', (SELECT proname FROM pg_proc WHERE oid = to_regprocedure(r.sig)), array_to_string(r.args, ', ')));
    PERFORM kpi_template.check(r, 'memory while running', own.running - core.running < CASE WHEN r.sig ~ 'timeline(_agg.*double precision)?\)' THEN 900000 ELSE 9000 END, format('%s %s', core.running, own.running));
    PERFORM kpi_template.check(r, 'memory released', own.after - core.after < 9000, format('%s %s', core.after, own.after));
  END LOOP;
END $$;
-- once to fill the caches of the session
SELECT kpi_template.memory('engage.nps(%') \g /dev/null
DELETE FROM kpi_template.result WHERE name LIKE 'memory%';
SELECT kpi_template.memory('%') \g /dev/null

-- the measurement would notice an aggregate that keeps its rows
SELECT running > 9000 AS noticed FROM kpi_template.growth('string_agg(md5(id::text), '''')');

-- ----------------------------------------------------------------- the verdict
SELECT replace(sig, 'engage.', '') AS aggregate, array_to_string(args, ', ') AS arguments, count(*) FILTER (WHERE ok) AS passed,
       string_agg(name || coalesce(' (' || left(detail, 200) || ')', ''), '; ' ORDER BY name) FILTER (WHERE NOT ok) AS failed
FROM kpi_template.result GROUP BY sig, args ORDER BY sig COLLATE "C", args::text COLLATE "C";
SELECT count(DISTINCT sig) AS aggregates, count(*) AS checks, count(*) FILTER (WHERE NOT ok) AS failed FROM kpi_template.result;

-- ----------------------------------------------------- stored, dumped, reloaded
-- one value of all rows beside one per row, in text and in binary
INSERT INTO kpi_template.d (id, s_nps, s_npsw, s_csat, s_csat9, s_ces, s_ces8, s_star, s_rate, s_ratem, s_mer, s_aov, s_rp, s_rpo, s_dbo, s_dboo, s_sent, s_theme, s_eval, s_act, s_sess, s_sessf, s_stats,
  s_tl, s_fun, s_path, s_ret, s_life, s_stick)
SELECT 0, engage.rollup(s_nps), engage.rollup(s_npsw), engage.rollup(s_csat), engage.rollup(s_csat9), engage.rollup(s_ces),
       engage.rollup(s_ces8), engage.rollup(s_star), engage.rollup(s_rate), engage.rollup(s_ratem), engage.rollup(s_mer),
       engage.rollup(s_aov), engage.rollup(s_rp), engage.rollup(s_rpo), engage.rollup(s_dbo), engage.rollup(s_dboo), engage.rollup(s_sent), engage.rollup(s_theme), engage.rollup(s_eval), engage.rollup(s_act),
       engage.rollup(s_sess), engage.rollup(s_sessf), engage.rollup(s_stats),
       engage.rollup(s_tl), engage.rollup(s_fun), engage.rollup(s_path), engage.rollup(s_ret), engage.rollup(s_life), engage.rollup(s_stick)
FROM kpi_template.d;
CREATE TABLE kpi_template.text_again (LIKE kpi_template.d);
CREATE TABLE kpi_template.binary_again (LIKE kpi_template.d);
\! mkdir -p results
\copy kpi_template.d TO 'results/kpi_template.txt'
\copy kpi_template.d TO 'results/kpi_template.bin' (FORMAT binary)
\copy kpi_template.text_again FROM 'results/kpi_template.txt'
\copy kpi_template.binary_again FROM 'results/kpi_template.bin' (FORMAT binary)
SELECT count(*) AS rows, count(*) FILTER (WHERE t::text = d::text) AS text, count(*) FILTER (WHERE b::text = d::text) AS binary
FROM kpi_template.d JOIN kpi_template.text_again t USING (id) JOIN kpi_template.binary_again b USING (id);

-- ------------------------------------------------------------ mixed parameters
CREATE FUNCTION kpi_template.fails(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
  EXECUTE query;
  RETURN 'no error';
EXCEPTION WHEN others THEN
  GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
  RETURN format('%s: %s. %s', SQLSTATE, SQLERRM, hint);
END $$;
SELECT what, kpi_template.fails('SELECT ' || query || CASE WHEN query LIKE '% FROM %' THEN '' ELSE ' FROM kpi_template.d' END) AS error
FROM (VALUES
  ('scale changes between rows', 'engage.csat(score, scale) FROM (VALUES (4, 5), (4, 7)) v(score, scale)'),
  ('scale changes in a frame', 'engage.ces(ces, 7 + id % 2) OVER (ORDER BY id ROWS 3 PRECEDING)'),
  ('each group, a scale: fine', 'engage.csat(csat, 5 + grp), grp FROM kpi_template.d GROUP BY grp'),
  ('each frame, a scale: fine', 'engage.ces(ces, 7 + id % 2) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND CURRENT ROW)'),
  ('scales in rollup', 'engage.rollup(s) FROM (SELECT s_csat FROM kpi_template.d UNION ALL SELECT s_csat9 FROM kpi_template.d) x(s)'),
  ('scales in rollup', 'engage.rollup(s) FROM (SELECT s_ces8 FROM kpi_template.d UNION ALL SELECT s_ces FROM kpi_template.d) x(s)'),
  ('weighted and not', 'engage.rollup(s) FROM (SELECT s_nps FROM kpi_template.d UNION ALL SELECT s_npsw FROM kpi_template.d) x(s)'),
  ('counted and measured: fine', 'engage.rollup(s) FROM (SELECT s_rate FROM kpi_template.d UNION ALL SELECT s_ratem FROM kpi_template.d) x(s)'),
  ('with and without orders', 'engage.rollup(s) FROM (SELECT s_rp FROM kpi_template.d UNION ALL SELECT s_rpo FROM kpi_template.d) x(s)'),
  ('with and without orders', 'engage.rollup(s) FROM (SELECT s_dbo FROM kpi_template.d UNION ALL SELECT s_dboo FROM kpi_template.d) x(s)'),
  ('key types', 'engage.rollup(s) FROM (VALUES (''1c:int8:1=1''::engage.repeat_purchase_summary), (''1c:text:"1"=1'')) v(s)'),
  ('key types', 'engage.rollup(s) FROM (VALUES (''1o:int8,int8:1=1''::engage.repeat_purchase_summary), (''1o:int8,uuid:'')) v(s)'),
  ('key types', 'engage.rollup(s) FROM (VALUES (''1t:int8:''::engage.days_between_orders_summary), (''1t:bytea:'')) v(s)'),
  ('units of periods', 'engage.activity_agg(ts, CASE WHEN id < 500 THEN ''day'' ELSE ''week'' END, ''UTC'')'),
  ('units of periods', 'engage.rollup(s) FROM (VALUES (''1:day:''::engage.activity), (''1:month:'')) v(s)'),
  ('each group, a unit: fine', 'engage.activity_agg(ts, CASE WHEN grp % 2 = 0 THEN ''day'' ELSE ''week'' END, ''UTC''), grp FROM kpi_template.d GROUP BY grp'),
  ('integers of any width: fine', 'engage.rollup(s) FROM (SELECT engage.repeat_purchase_agg(1::smallint) UNION ALL SELECT engage.repeat_purchase_agg(1::bigint)) v(s)'),
  ('gaps', 'engage.rollup(s) FROM (SELECT s_sess FROM kpi_template.d UNION ALL SELECT engage.sessions_agg(now(), ''1 hour'')) x(s)'),
  -- a part without rows has no parameters yet
  ('empty parts: fine', 'engage.rollup(s) FROM (VALUES (''1:scale=5,1=0,2=0,3=0,4=0,5=0''::engage.csat_summary), (''1:scale=3,1=1,2=0,3=0''), (''1:scale=4,1=0,2=0,3=0,4=0'')) v(s)')
) v(what, query);
-- between workers; who comes first differs from run to run
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT left(kpi_template.fails('SELECT engage.csat_agg(csat, CASE WHEN id < 500 THEN 5 ELSE 9 END) FROM kpi_template.d'), 5) AS "scale",
       left(kpi_template.fails('SELECT engage.rollup(CASE WHEN id < 500 THEN s_nps ELSE s_npsw END) FROM kpi_template.d'), 5) AS "weights",
       left(kpi_template.fails('SELECT engage.activity_agg(ts, CASE WHEN id < 500 THEN ''day'' ELSE ''week'' END, ''UTC'') FROM kpi_template.d'), 5) AS "units";

DROP SCHEMA kpi_template CASCADE;
DROP ROLE kpi_template_user;
