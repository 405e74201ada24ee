-- demo.in_posts (all text) -> posts
SELECT demo.decide_date_order('posts', :'date_order') AS date_order \gset

CREATE UNLOGGED TABLE demo.parsed AS
SELECT *, demo.ts(raw_ts, :'date_order') AS ts,
	demo.num(raw_likes, false) AS likes, demo.num(raw_comments, false) AS comments, demo.num(raw_shares, false) AS shares,
	demo.num(raw_interactions, false) AS interactions, demo.num(raw_audience, false) AS audience,
	post_id IS NOT NULL AND row_number() OVER (PARTITION BY post_id, network ORDER BY line) > 1 AS duplicate
FROM (SELECT line, demo.val(post_id) AS post_id, demo.val(network) AS network, demo.val(ts) AS raw_ts,
		demo.val(likes) AS raw_likes, demo.val(comments) AS raw_comments, demo.val(shares) AS raw_shares,
		demo.val(interactions) AS raw_interactions, demo.val(audience) AS raw_audience
	FROM demo.in_posts OFFSET 0) AS trimmed;

CREATE UNLOGGED TABLE demo.judged AS
SELECT p.*, bad.column_name, bad.reason, bad.value
FROM demo.parsed AS p LEFT JOIN LATERAL (
	SELECT * FROM (VALUES
		(1, 'post_id', CASE WHEN duplicate THEN 'duplicate post' END, post_id),
		(2, 'likes', CASE WHEN raw_likes IS NOT NULL AND likes IS NULL THEN 'not a number' WHEN likes < 0 THEN 'negative' END, raw_likes),
		(3, 'comments', CASE WHEN raw_comments IS NOT NULL AND comments IS NULL THEN 'not a number' WHEN comments < 0 THEN 'negative' END, raw_comments),
		(4, 'shares', CASE WHEN raw_shares IS NOT NULL AND shares IS NULL THEN 'not a number' WHEN shares < 0 THEN 'negative' END, raw_shares),
		(5, 'interactions', CASE WHEN raw_interactions IS NOT NULL AND interactions IS NULL THEN 'not a number' WHEN interactions < 0 THEN 'negative' END, raw_interactions),
		(6, 'audience', CASE WHEN NOT demo.has('posts', 'audience') THEN NULL WHEN raw_audience IS NULL THEN 'no audience'
			WHEN audience IS NULL THEN 'not a number' WHEN audience <= 0 THEN 'not above zero' END, raw_audience)
	) AS v(ord, column_name, reason, value) WHERE reason IS NOT NULL ORDER BY ord LIMIT 1) AS bad ON true;

INSERT INTO excluded SELECT 'posts', line, column_name, reason, value FROM demo.judged WHERE reason IS NOT NULL;

CREATE TABLE public.posts AS
SELECT line, post_id, network, ts, coalesce(likes, 0) AS likes, coalesce(comments, 0) AS comments, coalesce(shares, 0) AS shares,
	coalesce(interactions, coalesce(likes, 0) + coalesce(comments, 0) + coalesce(shares, 0)) AS interactions, audience
FROM demo.judged WHERE reason IS NULL;
COMMENT ON TABLE public.posts IS 'one row a social post';
ANALYZE public.posts;
DROP TABLE demo.parsed, demo.judged;
