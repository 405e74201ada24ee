-- demo.in_events (all text) -> events, customer_timeline, funnel
SELECT demo.decide_date_order('events', :'date_order') AS date_order \gset

CREATE UNLOGGED TABLE demo.parsed AS
SELECT *, demo.ts(raw_ts, :'date_order') AS ts, demo.num(raw_value, false) AS value,
	event_id IS NOT NULL AND row_number() OVER (PARTITION BY event_id ORDER BY line) > 1 AS duplicate
FROM (SELECT line, demo.val(event_id) AS event_id, demo.customer(demo.val(customer_id)) AS customer_id, demo.val(ts) AS raw_ts,
		demo.val(event) AS event, demo.val(value) AS raw_value
	FROM demo.in_events OFFSET 0) AS trimmed;

CREATE UNLOGGED TABLE demo.judged AS
SELECT p.*, bad.column_name, bad.reason, bad.value AS bad_value
FROM demo.parsed AS p LEFT JOIN LATERAL (
	SELECT * FROM (VALUES
		(1, 'event_id', CASE WHEN duplicate THEN 'duplicate event' END, event_id),
		(2, 'customer_id', CASE WHEN customer_id IS NULL THEN 'no customer' END, NULL),
		(3, 'ts', CASE WHEN raw_ts IS NULL THEN 'no date' WHEN ts IS NULL THEN demo.not_a_date(raw_ts) END, raw_ts),
		(4, 'event', CASE WHEN event IS NULL THEN 'no name' END, NULL)
	) AS v(ord, column_name, reason, value) WHERE reason IS NOT NULL ORDER BY ord LIMIT 1) AS bad ON true;

INSERT INTO excluded SELECT 'events', line, column_name, reason, bad_value FROM demo.judged WHERE reason IS NOT NULL;
INSERT INTO excluded SELECT 'events', line, 'value', 'not a number (the event stays)', raw_value
FROM demo.judged WHERE reason IS NULL AND raw_value IS NOT NULL AND value IS NULL;

CREATE TABLE public.events AS SELECT customer_id, ts, event, value::float8 AS value FROM demo.judged WHERE reason IS NULL;
COMMENT ON TABLE public.events IS 'one row a thing that a customer did';
ANALYZE public.events;
DROP TABLE demo.parsed, demo.judged;

CREATE TABLE public.customer_timeline AS
SELECT customer_id, engage.timeline_agg(ts, event, value) AS t FROM public.events GROUP BY customer_id;
ALTER TABLE public.customer_timeline ADD PRIMARY KEY (customer_id);
COMMENT ON TABLE public.customer_timeline IS 'what each customer did, as one value';
ANALYZE public.customer_timeline;

-- The steps of the funnel: as they were given, otherwise the names of most customers, the most frequent first.
CREATE TABLE public.funnel AS
SELECT n::int AS step, name FROM unnest(CASE WHEN :'steps' <> '' THEN regexp_split_to_array(btrim(:'steps'), '\s*,\s*') ELSE (
	SELECT coalesce(array_agg(name ORDER BY customers DESC, name), '{}') FROM (
		SELECT name, count(*) AS customers FROM public.customer_timeline, unnest(engage.event_names(t)) AS name GROUP BY name
		ORDER BY customers DESC, name LIMIT 5) AS most) END) WITH ORDINALITY AS u(name, n);
COMMENT ON TABLE public.funnel IS 'the steps of the funnel that the demo shows';
INSERT INTO demo.note (source, note)
SELECT 'events', 'the steps of the funnel are the ' || count(*) || ' events of most customers, the most frequent first; others: EVENTS_STEPS=''' || string_agg(left(name, 30), ', ' ORDER BY step) || ''''
FROM public.funnel WHERE :'steps' = '' AND (SELECT name IS NOT NULL FROM demo.file WHERE source = 'events') HAVING count(*) > 0;
