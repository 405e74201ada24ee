-- demo.in_survey (all text) -> survey. An answer out of range is no answer; the row's other answers stay.
SELECT demo.decide_date_order('survey', :'date_order') AS date_order \gset

-- CSAT and CES scale: 5 (7) unless more than a fifth of the scores lie above it.
SELECT CASE WHEN avg((csat > 5)::int) > 0.2 THEN CASE WHEN avg((csat > 7)::int) > 0.1 THEN 10 ELSE 7 END ELSE 5 END AS csat_scale,
	CASE WHEN avg((ces > 7)::int) > 0.2 THEN 10 WHEN avg((ces > 5)::int) = 0 THEN 5 ELSE 7 END AS ces_scale
FROM (SELECT demo.score(demo.val(csat)) AS csat, demo.score(demo.val(ces)) AS ces FROM demo.in_survey) AS s
WHERE csat <= 10 OR ces <= 10 \gset

SELECT coalesce(bool_or(weight ~ ',[0-9]+$') AND NOT bool_or(weight ~ '[.][0-9]+$'), false) AS weight_comma
FROM demo.in_survey \gset

CREATE UNLOGGED TABLE demo.parsed AS
SELECT line, resp_id, customer_id, raw_ts, channel, raw_nps, raw_csat, raw_ces, raw_weight,
	demo.ts(raw_ts, :'date_order') AS ts, demo.score(raw_nps) AS nps,
	demo.score(raw_csat) AS csat, demo.score(raw_ces) AS ces, demo.num(raw_weight, :'weight_comma') AS weight,
	-- resp_id may start again (one numbering a day): a duplicate repeats the whole row
	resp_id IS NOT NULL AND row_number() OVER (PARTITION BY resp_id, customer_id, raw_ts, channel,
		raw_nps, raw_csat, raw_ces, raw_weight, rest ORDER BY line) > 1 AS duplicate
FROM (SELECT line, rest, demo.val(resp_id) AS resp_id, demo.customer(demo.val(customer_id)) AS customer_id,
		demo.val(ts) AS raw_ts, demo.val(channel) AS channel, demo.val(nps) AS raw_nps, demo.val(csat) AS raw_csat,
		demo.val(ces) AS raw_ces, demo.val(weight) AS raw_weight
	FROM demo.in_survey OFFSET 0) AS trimmed;

INSERT INTO excluded
SELECT 'survey', line, column_name, reason, value
FROM demo.parsed AS p, LATERAL (VALUES
	('resp_id', CASE WHEN duplicate THEN 'duplicate answer' END, resp_id),
	('nps', CASE WHEN duplicate OR NOT demo.has('survey', 'nps') THEN NULL WHEN raw_nps IS NULL THEN 'no answer'
		WHEN nps IS NULL THEN 'not a number' WHEN nps NOT BETWEEN 0 AND 10 THEN 'outside 0 to 10'
		WHEN nps <> trunc(nps) THEN 'not a whole score' END, raw_nps),
	('csat', CASE WHEN duplicate OR NOT demo.has('survey', 'csat') THEN NULL WHEN raw_csat IS NULL THEN 'no answer'
		WHEN csat IS NULL THEN 'not a number' WHEN csat NOT BETWEEN 1 AND :csat_scale THEN 'outside 1 to ' || :csat_scale
		WHEN csat <> trunc(csat) THEN 'not a whole score' END, raw_csat),
	('ces', CASE WHEN duplicate OR NOT demo.has('survey', 'ces') THEN NULL WHEN raw_ces IS NULL THEN 'no answer'
		WHEN ces IS NULL THEN 'not a number' WHEN ces NOT BETWEEN 1 AND :ces_scale THEN 'outside 1 to ' || :ces_scale
		WHEN ces <> trunc(ces) THEN 'not a whole score' END, raw_ces),
	('weight', CASE WHEN duplicate OR NOT demo.has('survey', 'weight') THEN NULL WHEN raw_weight IS NULL THEN 'no weight'
		WHEN weight IS NULL THEN 'not a number' WHEN weight < 0 THEN 'negative' END, raw_weight),
	('ts', CASE WHEN NOT duplicate AND raw_ts IS NOT NULL AND ts IS NULL THEN demo.not_a_date(raw_ts) || ' (the answer stays)' END, raw_ts)
) AS v(column_name, reason, value)
WHERE reason IS NOT NULL;

CREATE TABLE public.survey AS
SELECT line, resp_id, customer_id, ts, channel,
	CASE WHEN nps BETWEEN 0 AND 10 AND nps = trunc(nps) THEN nps::int END AS nps,
	CASE WHEN csat BETWEEN 1 AND :csat_scale AND csat = trunc(csat) THEN csat::int END AS csat,
	CASE WHEN ces BETWEEN 1 AND :ces_scale AND ces = trunc(ces) THEN ces::int END AS ces,
	CASE WHEN weight >= 0 THEN weight END AS weight
FROM demo.parsed WHERE NOT duplicate;
COMMENT ON TABLE public.survey IS 'one row an answer';
ANALYZE public.survey;

INSERT INTO demo.note (source, note) SELECT 'survey', 'csat is read on a scale of 1 to ' || :csat_scale WHERE :csat_scale <> 5;
INSERT INTO demo.note (source, note)
SELECT 'survey', c || ': answers like "' || min(x) || '" are read by the number they begin with: ' || demo.n(count(*))
FROM (SELECT 'nps' AS c, raw_nps AS x FROM demo.parsed UNION ALL SELECT 'csat', raw_csat FROM demo.parsed UNION ALL SELECT 'ces', raw_ces FROM demo.parsed) AS answers
WHERE demo.num(x, false) IS NULL AND demo.score(x) IS NOT NULL GROUP BY c ORDER BY c;
CREATE TABLE demo.scale AS SELECT :csat_scale AS csat, :ces_scale AS ces;
DROP TABLE demo.parsed;
