-- Valid values of every summary type and form, made by the aggregates themselves.
CREATE SCHEMA fuzz;

-- Every type of the extension that stores a summary; a new one turns up here by itself.
CREATE VIEW fuzz.summary_types AS
SELECT t.oid::regtype AS type, t.typname AS name
FROM pg_type t
JOIN pg_depend d ON d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
WHERE e.extname = 'engage' AND t.typtype = 'b' AND t.typelem = 0;

CREATE TABLE fuzz.samples (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  type regtype NOT NULL,
  form text NOT NULL,
  value text NOT NULL
);

CREATE TABLE fuzz.rows AS
SELECT i,
       (i * 7919) % 11 AS score,
       (ARRAY[0, 0.1, 0.125, 1, 2.5, 1e-12, 123456789.987654321])[1 + i % 7] AS weight,
       (i * 31 % 17) AS customer,
       (i * 13 % 29) AS ordered,
       (i * 104729 % 100003) / 100.0 - 300 AS amount,
       timestamp '2023-12-31 23:59:59.999999' + i * interval '7 hours 1 microsecond' AS ts,
       -- quotes, separators of the text form, blanks, several bytes per character
       (ARRAY['a', '', 'O''Brien', 'say "hi"', '"', '""', ';', ',', '=', '@', ':', ' x ', E'tab\tnl\n\\',
              'Zoë', '客户', '🛒', 'ab' || repeat('ü', 60), repeat('k', 130)])[1 + i % 18] AS name,
       md5((i % 19)::text)::uuid AS token,
       decode(substr(md5((i % 23)::text), 1, 2 * (i % 17)), 'hex') AS bytes
FROM generate_series(1, 120) i;

CREATE TABLE fuzz.own (term text, weight int);
INSERT INTO fuzz.own VALUES ('late', -2), ('on time', 3), ('خوب', 1);

INSERT INTO fuzz.samples (type, form, value)
SELECT 'engage.nps_summary'::regtype, 'counted', engage.nps_agg(score)::text FROM fuzz.rows
UNION ALL SELECT 'engage.nps_summary', 'weighted', engage.nps_agg(score, weight)::text FROM fuzz.rows
UNION ALL SELECT 'engage.nps_summary', 'one answer', engage.nps_agg(9)::text
UNION ALL SELECT 'engage.csat_summary', 'scale 5', engage.csat_agg(score % 5 + 1)::text FROM fuzz.rows
UNION ALL SELECT 'engage.csat_summary', 'scale 3', engage.csat_agg(score % 3 + 1, 3)::text FROM fuzz.rows
UNION ALL SELECT 'engage.csat_summary', 'scale 100', engage.csat_agg(score * 10 % 100 + 1, 100)::text FROM fuzz.rows
UNION ALL SELECT 'engage.ces_summary', 'scale 7', engage.ces_agg(score % 7 + 1)::text FROM fuzz.rows
UNION ALL SELECT 'engage.ces_summary', 'scale 2', engage.ces_agg(score % 2 + 1, 2)::text FROM fuzz.rows
UNION ALL SELECT 'engage.star_rating_summary', 'stars', engage.star_rating_agg(score % 5 + 1)::text FROM fuzz.rows
UNION ALL SELECT 'engage.rate_summary', 'counted', engage.rate_agg(score > 6)::text FROM fuzz.rows
UNION ALL SELECT 'engage.rate_summary', 'measured', engage.rate_agg(score, score + weight)::text FROM fuzz.rows
UNION ALL SELECT 'engage.rate_summary', 'measured, whole', engage.rate_agg(score, 11)::text FROM fuzz.rows
UNION ALL SELECT 'engage.rate_summary', 'pooled', engage.engagement_rate_agg(150, 7, 0, 5000)::text
UNION ALL SELECT 'engage.mean_engagement_rate_summary', 'posts', engage.mean_engagement_rate_agg(score, 997)::text FROM fuzz.rows
UNION ALL SELECT 'engage.aov_summary', 'signed amounts', engage.aov_agg(amount)::text FROM fuzz.rows
UNION ALL SELECT 'engage.aov_summary', 'small decimals', engage.aov_agg(weight / 3)::text FROM fuzz.rows
UNION ALL SELECT 'engage.sentiment_summary', 'scores', engage.sentiment_agg(score / 5.0 - 1)::text FROM fuzz.rows
UNION ALL SELECT 'engage.sentiment_summary', 'texts', engage.sentiment_agg(body)::text FROM unnest(ARRAY['great food', 'terrible', 'سيئ جدا', 'عالی بود', 'נורא', 'box', '', 'Это просто дом на холме']) body
UNION ALL SELECT 'engage.sentiment_summary', 'nothing', '1:version=0'
UNION ALL SELECT 'engage.evaluation_summary', 'stars', engage.sentiment_evaluate(body, stars)::text FROM (VALUES ('great', 5), ('awful', 1), ('a box', 3), ('awful', 5)) v(body, stars)
UNION ALL SELECT 'engage.activity', 'by ' || u, engage.activity_agg(ts, u)::text FROM fuzz.rows, unnest(ARRAY['hour', 'day', 'week', 'week_sunday', 'week_saturday', 'month', 'quarter', 'year']) u GROUP BY u
UNION ALL SELECT 'engage.activity', 'long pauses', engage.activity_agg(ts + score * score * interval '131 days', 'day')::text FROM fuzz.rows
UNION ALL SELECT 'engage.activity', 'long runs', engage.activity_agg(day, 'day')::text FROM generate_series(timestamp '1999-01-01', '2024-12-31', '1 day') day WHERE extract(month FROM day) <> 7
UNION ALL SELECT 'engage.activity', 'one', '1:hour:1999-12-31T23'
UNION ALL SELECT 'engage.activity', 'nothing', '1:week:'
UNION ALL SELECT 'engage.activity', 'everything', '1:hour:-4713-11-24T00..294276-12-31T23'
UNION ALL SELECT 'engage.timeline', 'any names', engage.timeline_agg(ts, name)::text FROM fuzz.rows
UNION ALL SELECT 'engage.timeline', 'values', engage.timeline_agg(ts::date, left(name, 3), nullif(weight, 1)::float8)::text FROM fuzz.rows
UNION ALL SELECT 'engage.timeline', 'the same and at once', engage.timeline_agg(date_trunc('day', ts), 'e' || score % 3, score)::text FROM fuzz.rows, generate_series(1, 2)
UNION ALL SELECT 'engage.timeline', 'one', engage.timeline_agg(timestamp '1999-12-31 23:59:59.999999', 'a')::text
UNION ALL SELECT 'engage.timeline', 'far ends', engage.timeline_agg(t, 'a', -1e300)::text FROM (VALUES ('4713-01-04 BC'::timestamp), ('294276-12-28 23:59:59.999999')) v(t)
UNION ALL SELECT 'engage.timeline', 'nothing', '1:'
UNION ALL SELECT 'engage.funnel_summary', 'steps', engage.funnel_agg(customer, ts, 'e' || score % 3, ARRAY['e0', 'e1', 'e2'], '30 days')::text FROM fuzz.rows
UNION ALL SELECT 'engage.funnel_summary', 'any order', engage.funnel_agg(customer, ts, name, ARRAY['O''Brien', 'say "hi"', ';', 'Zoë', repeat('k', 130)], '300 days', 'any_order')::text FROM fuzz.rows
UNION ALL SELECT 'engage.funnel_summary', 'nobody', '1:within=0,mode=2;"a"'
UNION ALL SELECT 'engage.path_summary', 'sessions', engage.path_agg(customer, ts, name, '5 days')::text FROM fuzz.rows
UNION ALL SELECT 'engage.path_summary', 'from the end', engage.path_agg(ARRAY[name, 'e' || score % 3, 'e' || customer % 2], true)::text FROM fuzz.rows
UNION ALL SELECT 'engage.path_summary', 'nothing', '1:from_end=1;'
UNION ALL SELECT 'engage.retention_summary', 'first time, brackets', engage.retention_agg(customer, ts, 'week', 'first_time', ARRAY[[1, 1], [2, 4], [1, 99]])::text FROM fuzz.rows
UNION ALL SELECT 'engage.retention_summary', 'recurring', engage.retention_agg(customer % 3, ts, 'month', 'recurring')::text FROM fuzz.rows
UNION ALL SELECT 'engage.retention_summary', 'rolling', engage.retention_agg(customer, ts, 'day', 'rolling')::text FROM fuzz.rows WHERE i <= 60
UNION ALL SELECT 'engage.retention_summary', 'first ever', engage.retention_agg(starts, returns, 'first_ever', ARRAY[[1, 7]])::text
  FROM (SELECT engage.activity_agg(ts, 'day') FILTER (WHERE score < 4) AS starts, engage.activity_agg(ts, 'day') FILTER (WHERE score >= 4) AS returns FROM fuzz.rows GROUP BY name) q
UNION ALL SELECT 'engage.retention_summary', 'nothing', '1:unit=0,cohorts=3;"1-1"'
UNION ALL SELECT 'engage.lifecycle_summary', 'weeks', engage.lifecycle_agg(customer, ts, 'week')::text FROM fuzz.rows
UNION ALL SELECT 'engage.lifecycle_summary', 'hours', engage.lifecycle_agg(customer, ts, 'hour')::text FROM fuzz.rows WHERE i <= 40
UNION ALL SELECT 'engage.lifecycle_summary', 'nothing', '1:unit=7;'
UNION ALL SELECT 'engage.stickiness_summary', 'days', engage.stickiness_agg(customer, ts)::text FROM fuzz.rows
UNION ALL SELECT 'engage.stickiness_summary', 'a month of 3 days', engage.stickiness_agg(customer % 2, ts, 3)::text FROM fuzz.rows
UNION ALL SELECT 'engage.stickiness_summary', 'nothing', '1:days=1;'
UNION ALL SELECT 'engage.sentiment_model', 'stars', engage.sentiment_train('late ' || customer || ' ' || name, score % 5 + 1)::text FROM fuzz.rows
UNION ALL SELECT 'engage.sentiment_model', 'nothing learned', '1:sentiment_version=1,negative=0,neutral=0,positive=0,shipped=1,bias=0,unit=0,words=0:'
UNION ALL SELECT 'engage.sentiment_model', 'own words', engage.model_of_words('fuzz.own', NULL, engage.sentiment_train('late ' || customer, score % 5 + 1))::text FROM fuzz.rows
UNION ALL SELECT 'engage.theme_summary', 'words and pairs', engage.theme_agg(format('%s late %s not %s', score, name, customer + 65), amount / 10)::text FROM fuzz.rows WHERE abs(amount) <= 1000
UNION ALL SELECT 'engage.theme_summary', 'few', engage.theme_agg(body, 2.5)::text FROM unnest(ARRAY['parcel late', 'السائق متأخر', 'late']) body
UNION ALL SELECT 'engage.theme_summary', 'no words', engage.theme_agg('', -1)::text
UNION ALL SELECT 'engage.session_set', 'page views', engage.sessions_agg(ts, '10 hours')::text FROM fuzz.rows WHERE i % 5 > 0
UNION ALL SELECT 'engage.session_set', 'pages and keys', engage.sessions_agg(date_trunc('hour', ts), '7 hours', score > 5, score = 5)::text FROM fuzz.rows WHERE i % 7 > 2 AND i < 40
UNION ALL SELECT 'engage.session_set', 'whole minutes', engage.sessions_agg(date_trunc('minute', ts), '1.5 seconds', score > 5, NULL)::text FROM fuzz.rows WHERE i < 4
UNION ALL SELECT 'engage.session_set', 'before Christ', engage.sessions_agg(ts - interval '3000 years', '1 day', NULL, true)::text FROM fuzz.rows WHERE i % 9 < 3
UNION ALL SELECT 'engage.session_set', 'nothing', '1:gap=0'
UNION ALL SELECT 'engage.session_stats_summary', 'all', engage.session_stats_agg(customer, ts, '8 days', score > 3, score = 5)::text FROM fuzz.rows
UNION ALL SELECT 'engage.session_stats_summary', 'a period', engage.session_stats_agg(s, '2024-01-10', '2024-02-01')::text FROM (SELECT engage.sessions_agg(ts, '5 days') AS s FROM fuzz.rows GROUP BY name) x
UNION ALL SELECT 'engage.session_stats_summary', 'one event', engage.session_stats_agg(1, timestamp '2024-01-01', '0')::text
UNION ALL SELECT 'engage.timeline', 'microseconds', engage.timeline_agg(ts, name)::text FROM fuzz.rows WHERE i <= 40
UNION ALL SELECT 'engage.timeline', 'values', engage.timeline_agg(date_trunc('hour', ts), name, nullif(amount, 0))::text FROM fuzz.rows WHERE i <= 20
UNION ALL SELECT 'engage.timeline', 'some values', engage.timeline_agg(ts::date, name, nullif(weight, 1))::text FROM fuzz.rows WHERE i % 18 < 5
UNION ALL SELECT 'engage.timeline', 'many names', engage.timeline_agg(timestamp '1999-12-31 23:59' + i * interval '1 second', translate(i::text, '0123456789', 'abcdefghij'))::text FROM generate_series(1, 260) i
UNION ALL SELECT 'engage.timeline', 'ties', engage.timeline_agg(timestamp '2024-01-01' + i % 3 * interval '1 minute', substr('viewbuy', 1 + i % 5, 3), i % 2)::text FROM generate_series(1, 30) i
UNION ALL SELECT 'engage.timeline', 'all of time', '1:"view"@4714-11-25T00:00:00 BCZ,"buy"@294276-12-30T23:59:59.999999Z=-1e-300'
UNION ALL SELECT 'engage.timeline', 'one', '1:"view"@2024-01-01T00:00:00Z'
UNION ALL SELECT 'engage.timeline', 'nothing', '1:'
UNION ALL SELECT 'engage.funnel_summary', 'mode ' || mode, engage.funnel_agg(customer, ts, name, ARRAY['a', 'say "hi"', ';', 'Zoë'], '20 days', mode)::text
  FROM fuzz.rows, unnest(ARRAY['default', 'strict_once,consecutive', 'strict_increase', 'any_order']) mode GROUP BY mode
UNION ALL SELECT 'engage.funnel_summary', 'quick', engage.funnel_agg(i, timestamp '2024-01-01' + i * i * k * interval '1 us', k::text, ARRAY['0', '1', '2'], '1 day')::text FROM generate_series(1, 50) i, generate_series(0, i % 3) k
UNION ALL SELECT 'engage.funnel_summary', 'nobody', engage.funnel_agg(customer, ts, name, ARRAY['', '"', 'none'], '0')::text FROM fuzz.rows WHERE name = '"'
UNION ALL SELECT 'engage.path_summary', 'sessions', engage.path_agg(customer, ts, name, '9 days')::text FROM fuzz.rows
UNION ALL SELECT 'engage.path_summary', 'first steps', engage.path_agg(customer, ts, name, '300 days', 2)::text FROM fuzz.rows
UNION ALL SELECT 'engage.path_summary', 'from the end', engage.path_agg(names, true)::text FROM (SELECT array_agg(name ORDER BY i) AS names FROM fuzz.rows GROUP BY customer) x
UNION ALL SELECT 'engage.path_summary', 'nothing', engage.path_agg(ARRAY[]::text[])::text;

-- Order books: every kind of customer key, with every kind of order key.
DO $$
DECLARE
  c text;
  o text;
BEGIN
  FOREACH c IN ARRAY ARRAY['customer', 'name', 'token', 'bytes'] LOOP
    EXECUTE format($q$
      INSERT INTO fuzz.samples (type, form, value)
      SELECT 'engage.repeat_purchase_summary'::regtype, 'counts by ' || %1$L, engage.repeat_purchase_agg(%1$I)::text FROM fuzz.rows
      UNION ALL
      SELECT 'engage.days_between_orders_summary'::regtype, 'times by ' || %1$L, engage.days_between_orders_agg(%1$I, ts)::text
      FROM fuzz.rows WHERE i <= 40 $q$, c);
    FOREACH o IN ARRAY ARRAY['ordered', 'name', 'token', 'bytes'] LOOP
      EXECUTE format($q$
        INSERT INTO fuzz.samples (type, form, value)
        SELECT 'engage.repeat_purchase_summary'::regtype, 'orders ' || %2$L || ' by ' || %1$L,
               engage.repeat_purchase_agg(%1$I, %2$I)::text FROM fuzz.rows WHERE i <= 30
        UNION ALL
        SELECT 'engage.days_between_orders_summary'::regtype, 'orders at times ' || %2$L || ' by ' || %1$L,
               engage.days_between_orders_agg(%1$I, %2$I, ts)::text FROM fuzz.rows WHERE i <= 30 $q$, c, o);
    END LOOP;
  END LOOP;
END $$;
