-- What is measured against what.  goal is the ratio query / baseline that the
-- project promises; NULL: reported only.

CREATE TABLE bench_case (
  id serial PRIMARY KEY,
  section text NOT NULL,
  query text NOT NULL,
  baseline text NOT NULL,
  goal numeric,
  workers int[] NOT NULL DEFAULT '{0,2}',
  work_mem text[] NOT NULL DEFAULT '{4MB}'
);

INSERT INTO bench_case (section, query, baseline, goal)
SELECT 'bounded', format('SELECT engage.%s FROM %s', q, t), format('SELECT %s FROM %s', b, t), 1.15
  FROM (VALUES
    ('nps(s2)',               'avg(s2)',               'bench_scores'),
    ('nps(s4)',               'avg(s4)',               'bench_scores'),
    ('nps(s8)',               'avg(s8)',               'bench_scores'),
    ('nps(sn)',               'avg(sn)',               'bench_scores'),
    ('nps(sf)',               'avg(sf)',               'bench_scores'),
    ('nps(s4, weight)',       'avg(s4), sum(weight)',  'bench_scores'),
    ('csat(s4)',              'avg(s4)',               'bench_scores'),
    ('csat(s4, 5)',           'avg(s4)',               'bench_scores'),
    ('ces(s4)',               'avg(s4)',               'bench_scores'),
    ('star_rating(s2)',       'avg(s2)',               'bench_scores'),
    ('rate(flag)',            'avg(flag::int)',        'bench_scores'),
    ('rate(likes, a4)',       'avg(likes), sum(a4)',   'bench_amounts'),
    ('rate(a8, b8)',          'avg(a8), sum(b8)',      'bench_amounts'),
    ('rate(an, bn)',          'avg(an), sum(bn)',      'bench_amounts'),
    ('rate(af, bf)',          'avg(af), sum(bf)',      'bench_amounts'),
    ('engagement_rate(likes, audience)', 'avg(likes), sum(audience)', 'bench_amounts'),
    ('engagement_rate(likes, comments, shares, audience)',
     'avg(likes), sum(comments), sum(shares), sum(audience)', 'bench_amounts'),
    ('mean_engagement_rate(likes, audience)', 'avg(likes), sum(audience)', 'bench_amounts'),
    ('aov(a4)',               'avg(a4)',               'bench_amounts'),
    ('aov(an)',               'avg(an)',               'bench_amounts'),
    ('aov(af)',               'avg(af)',               'bench_amounts'),
    ('aov_agg(a4)',           'avg(a4)',               'bench_amounts'),
    ('aov_agg(an)',           'avg(an)',               'bench_amounts'),
    ('aov_agg(af)',           'avg(af)',               'bench_amounts')) v (q, b, t);

-- against what people write today
INSERT INTO bench_case (section, query, baseline, goal, workers)
VALUES ('bounded', 'SELECT engage.nps(s4) FROM bench_scores',
        'SELECT 100.0 * (count(*) FILTER (WHERE s4 >= 9) - count(*) FILTER (WHERE s4 <= 6)) / count(s4) FROM bench_scores',
        NULL, '{0}');

INSERT INTO bench_case (section, query, baseline, goal)
SELECT 'rollup', format('SELECT engage.rollup(s) FROM bench_%s', c),
       format('SELECT sum(n) FROM bench_%s', c), 1.5
  FROM unnest('{nps,csat,rate,measured,aov,mean_rate}'::text[]) c;

INSERT INTO bench_case (section, query, baseline, goal, workers, work_mem)
SELECT 'keyed', format('SELECT engage.rpr(%s) FROM bench_orders', k),
       format('SELECT avg((n > 1)::int) FROM (SELECT count(*) AS n FROM bench_orders GROUP BY %s) c', k),
       CASE WHEN k = 'customer_id' THEN CASE m WHEN '4MB' THEN 1 / 3.0 ELSE 1 / 2.5 END END,
       '{0}', ARRAY[m]
  FROM (VALUES ('customer_id'), ('customer_text'), ('customer_uuid')) k (k),
       (VALUES ('4MB'), ('256MB')) m (m);

INSERT INTO bench_case (section, query, baseline, goal, workers, work_mem)
VALUES
  ('keyed', 'SELECT engage.rpr(customer_id, order_id) FROM bench_orders',
   'SELECT avg((n > 1)::int) FROM (SELECT count(DISTINCT order_id) AS n FROM bench_orders GROUP BY customer_id) c',
   NULL, '{0}', '{256MB}'),
  -- customer_id stands in for an order id: unlike order_id it is not sorted
  ('keyed', 'SELECT engage.aov(customer_id, order_id) FROM bench_orders',
   'SELECT sum(order_id) / count(DISTINCT customer_id) FROM bench_orders', NULL, '{0}', '{256MB}'),
  ('keyed', 'SELECT engage.aov(order_id, customer_id) FROM bench_orders',
   'SELECT sum(customer_id) / count(DISTINCT order_id) FROM bench_orders', NULL, '{0}', '{256MB}'),
  ('keyed', 'SELECT engage.days_between_orders(customer_id, ts) FROM bench_orders',
   'SELECT avg(gap) FROM (SELECT ts - lag(ts) OVER (PARTITION BY customer_id ORDER BY ts) AS gap FROM bench_orders) g',
   NULL, '{0}', '{256MB}');
