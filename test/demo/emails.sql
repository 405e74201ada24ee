-- demo.in_emails (all text) -> emails: one row a message (flags) or a campaign (counts)
SELECT demo.decide_date_order('emails', :'date_order') AS date_order \gset

CREATE UNLOGGED TABLE demo.parsed AS
SELECT *, demo.ts(raw_ts, :'date_order') AS ts, demo.flag(raw_sent) AS sent, demo.flag(raw_delivered) AS delivered,
	demo.flag(raw_bounced) AS bounced, demo.flag(raw_opened) AS opened, demo.flag(raw_clicked) AS clicked,
	message_id IS NOT NULL AND row_number() OVER (PARTITION BY message_id, customer_id, campaign ORDER BY line) > 1 AS duplicate
FROM (SELECT line, demo.val(message_id) AS message_id, demo.customer(demo.val(customer_id)) AS customer_id,
		demo.val(campaign) AS campaign, demo.val(ts) AS raw_ts, demo.val(sent) AS raw_sent,
		demo.val(delivered) AS raw_delivered, demo.val(bounced) AS raw_bounced,
		demo.val(opened) AS raw_opened, demo.val(clicked) AS raw_clicked
	FROM demo.in_emails OFFSET 0) AS trimmed;

CREATE UNLOGGED TABLE demo.judged AS
SELECT p.*, bad.column_name, bad.reason, bad.value
FROM demo.parsed AS p LEFT JOIN LATERAL (
	SELECT * FROM (VALUES
		(1, 'message_id', CASE WHEN duplicate THEN 'duplicate message' END, message_id),
		(2, 'sent', CASE WHEN sent IS NULL THEN 'not a count, flag or time' END, raw_sent),
		(3, 'delivered', CASE WHEN delivered IS NULL THEN 'not a count, flag or time' END, raw_delivered),
		(4, 'bounced', CASE WHEN bounced IS NULL THEN 'not a count, flag or time' END, raw_bounced),
		(5, 'opened', CASE WHEN opened IS NULL THEN 'not a count, flag or time' END, raw_opened),
		(6, 'clicked', CASE WHEN clicked IS NULL THEN 'not a count, flag or time' END, raw_clicked)
	) AS v(ord, column_name, reason, value) WHERE reason IS NOT NULL ORDER BY ord LIMIT 1) AS bad ON true;

INSERT INTO excluded SELECT 'emails', line, column_name, reason, value FROM demo.judged WHERE reason IS NOT NULL;

CREATE TABLE public.emails AS
SELECT line, message_id, customer_id, campaign, ts,
	CASE WHEN demo.has('emails', 'delivered') THEN delivered
		WHEN demo.has('emails', 'sent') THEN greatest(sent - bounced, 0)
		ELSE greatest(1 - bounced, 0) END AS delivered, opened, clicked
FROM demo.judged WHERE reason IS NULL;
COMMENT ON TABLE public.emails IS 'one row a message (0 or 1) or a campaign (counts)';
ANALYZE public.emails;

INSERT INTO demo.note (source, note)
SELECT 'emails', CASE WHEN demo.has('emails', 'bounced') THEN 'no delivered column: delivered is sent less bounced'
	ELSE 'no delivered or bounced column: every message sent counts as delivered' END
WHERE NOT demo.has('emails', 'delivered')
	AND (demo.has('emails', 'sent') OR (SELECT coalesce(greatest(max(opened), max(clicked)), 0) <= 1 FROM emails));

-- Counts (a row is a campaign) without the number they are counts of: there is no rate.
CREATE TABLE demo.no_base AS
SELECT max(opened) AS opened, max(clicked) AS clicked FROM emails
WHERE NOT demo.has('emails', 'delivered') AND NOT demo.has('emails', 'sent') HAVING greatest(max(opened), max(clicked)) > 1;

INSERT INTO demo.note (source, note)
SELECT 'emails', 'rows with more ' || what || ': ' || demo.n(n) FROM (VALUES
	('opened than delivered', (SELECT count(*) FROM emails WHERE opened > delivered)),
	('clicked than delivered', (SELECT count(*) FROM emails WHERE clicked > delivered))) AS v(what, n)
WHERE n > 0 AND NOT EXISTS (SELECT FROM demo.no_base);
DROP TABLE demo.parsed, demo.judged;
