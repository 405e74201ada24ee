# Sessions against an independent answer in plain SQL (lag and sum), over random rows with ties and
# pauses of exactly the gap: in any order, split and merged in any way, from stored sets, timelines and raw rows.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = seed();
my $rounds = cases(6);
my $node = engage_node('sessions', jit => 'off', max_parallel_workers_per_gather => 0, timezone => 'Asia/Tehran', intervalstyle => 'postgres');

sql($node, <<"SQL");
	SELECT setseed(($seed % 1000000) / 1e6);
	-- the sessions of rows (g, customer, ts, page, key): g are groups of customers
	CREATE TABLE clicks (g int, customer int, ts timestamptz, page boolean, key boolean, event text, gap interval);
	CREATE VIEW starts AS
		SELECT *, count(*) FILTER (WHERE fresh) OVER (PARTITION BY customer ORDER BY ts) AS session
		FROM (SELECT *, coalesce(ts - lag(ts) OVER (PARTITION BY customer ORDER BY ts) > gap, true) AS fresh FROM clicks) x;
	CREATE VIEW truth AS
		SELECT g, customer, session, min(ts) AS started_at, max(ts) AS ended_at, count(*) AS events,
			count(*) FILTER (WHERE page) AS pages, count(*) FILTER (WHERE key) AS keys
		FROM starts GROUP BY g, customer, session;
	-- the same as times between each page view and the next one
	CREATE VIEW turns AS
		SELECT customer, session, sum(extract(epoch FROM turn)) AS seconds, count(turn) AS n
		FROM (SELECT customer, session, ts - lag(ts) OVER (PARTITION BY customer, session ORDER BY ts) AS turn FROM starts WHERE page) x
		GROUP BY 1, 2;
	CREATE FUNCTION us(i interval) RETURNS numeric LANGUAGE sql AS \$\$ SELECT extract(epoch FROM i) * 1000000 \$\$;
SQL

# What session_stats() says, and what SQL says of the sessions that start from \$since on and before \$until.
my $columns = 'visitors, new_visitors, returning_visitors, return_rate, visits_per_visitor, sessions, bounced_sessions, bounce_rate, '
  . 'engaged_sessions, engagement_rate, ga4_bounce_rate, us(avg_session_duration), us(avg_multi_event_duration), pages_per_session, us(avg_time_on_page), events, key_events';

sub figures
{
	my ($summary, $from) = @_;
	return sql($node, "SELECT $columns FROM (SELECT $summary AS summary FROM $from) x, engage.session_stats(summary)");
}

sub truth
{
	my ($since, $until, $where) = @_;
	return sql($node, <<"SQL");
	WITH chosen AS (
		SELECT t.*, ended_at - started_at AS duration, u.seconds, u.n, ended_at - started_at > '10 seconds' OR keys > 0 OR pages > 1 AS engaged
		FROM truth t LEFT JOIN turns u USING (customer, session) WHERE started_at >= $since AND started_at < $until AND $where),
	v AS (SELECT customer, count(*) AS n, bool_or(session = 1) AS is_new, bool_or(session > 1) AS is_returning FROM chosen GROUP BY customer)
	SELECT v.*, s.* FROM
		(SELECT count(*), count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE is_returning),
			100 * count(*) FILTER (WHERE is_returning)::float8 / nullif(count(*), 0), sum(n)::float8 / nullif(count(*), 0)::float8 FROM v) v,
		(SELECT count(*), count(*) FILTER (WHERE pages = 1), 100 * count(*) FILTER (WHERE pages = 1)::float8 / nullif(count(*), 0),
			count(*) FILTER (WHERE engaged), 100 * count(*) FILTER (WHERE engaged)::float8 / nullif(count(*), 0), 100 * count(*) FILTER (WHERE NOT engaged)::float8 / nullif(count(*), 0),
			round(sum(us(duration)) / nullif(count(*), 0)), round(sum(us(duration)) FILTER (WHERE events > 1) / nullif(count(*) FILTER (WHERE events > 1), 0)),
			sum(pages)::float8 / nullif(count(*), 0), round(sum(seconds) * 1000000 / nullif(sum(n), 0)), sum(events), sum(keys) FROM chosen) s
	WHERE EXISTS (SELECT FROM chosen)
SQL
}

# the last digits of numbers that are written in two ways
sub normal
{
	my ($row) = @_;
	return join '|', map { /^-?\d+(\.\d+)?$/ ? $_ + 0 : $_ } split /\|/, $row, -1;
}

for my $round (1 .. $rounds)
{
	# pauses are whole units, so that many are exactly the gap; customers with one event and with many
	my ($unit, $gap) = @{ (['1 second', '5 seconds'], ['1 microsecond', '3 microseconds'], ['30 minutes', '30 minutes'], ['1 minute', '0'], ['12 hours', '2 days'], ['7 milliseconds', '10 seconds'])[ ($round - 1) % 6 ] };
	my $n = 200 + int rand 6000;
	my $spread = 1 + int rand 4 * $n;
	my $customers = 1 + int rand 300;
	my $start = rand() < 0.2 ? '70000-01-01Z' : rand() < 0.2 ? '0300-01-01Z BC' : '2024-02-28 20:00Z';
	note("$n events of $customers customers in $spread x $unit from $start, gap $gap");
	sql($node, <<"SQL");
		SELECT setseed((($seed + $round) % 1000000) / 1e6);
		TRUNCATE clicks;
		INSERT INTO clicks
			SELECT customer % 5, customer, timestamptz '$start' + floor(random() * $spread)::int * interval '$unit',
				CASE WHEN p < 0.5 THEN true WHEN p < 0.9 THEN false END, k < 0.05,
				CASE WHEN p < 0.5 THEN 'page' ELSE 'click' END || CASE WHEN k < 0.05 THEN ' and buy' ELSE '' END, interval '$gap'
			FROM (SELECT floor($customers * random() ^ 3)::int AS customer, random() AS p, random() AS k FROM generate_series(1, $n)) x;
		ANALYZE clicks;
		SET client_min_messages = warning;
		DROP TABLE IF EXISTS sets;
		CREATE TABLE sets AS SELECT g, customer, engage.sessions_agg(ts, gap, page, key) AS s FROM clicks GROUP BY g, customer, gap;
SQL
	is(sql($node, <<"SQL"), '0', "round $round: rows of sessions");
		SELECT count(*) FROM (SELECT customer, session, started_at, ended_at, events, pages, keys, us(ended_at - started_at) AS us FROM truth) t
		FULL JOIN (SELECT customer, r.*, us(r.duration) AS us FROM sets, engage.session_rows(s) r) r
			ON (t.customer, t.session, t.started_at, t.ended_at, t.events, t.pages, t.keys, t.us)
			 = (r.customer, r.session, r.started_at, r.ended_at, r.events, r.pages, r.key_events, r.us)
		WHERE t.customer IS NULL OR r.customer IS NULL
SQL
	is(sql($node, <<"SQL"), '0', "round $round: figures of each set");
		SELECT count(*) FROM sets LEFT JOIN (
			SELECT customer, count(*) AS n, sum(events) AS events, sum(pages) AS pages, sum(keys) AS keys, min(started_at) AS first, max(ended_at) AS last,
				sum(us(ended_at - started_at)) AS us, count(*) FILTER (WHERE pages = 1) AS bounced,
				count(*) FILTER (WHERE pages > 1 OR keys > 0 OR ended_at - started_at > '3 seconds') AS engaged
			FROM truth GROUP BY customer) t USING (customer)
		WHERE (engage.session_count(s), engage.event_count(s), engage.page_views(s), engage.key_events(s), engage.first_at(s), engage.last_at(s),
				us(engage.total_duration(s)), engage.bounced_sessions(s), engage.engaged_sessions(s, '3 seconds'))
			IS DISTINCT FROM (n, events, pages, keys, first, last, us, bounced, engaged)
SQL

	# the order of rows, and splits of three kinds merged in any order, also over two levels and through text
	is(sql($node, <<"SQL"), '0', "round $round: order and splits");
		WITH parts AS (
			SELECT customer, how, part, engage.sessions_agg(ts, gap, page, key ORDER BY random()) AS s
			FROM (SELECT *, CASE how WHEN 1 THEN floor(random() * 4) WHEN 2 THEN ntile(5) OVER (PARTITION BY how, customer ORDER BY ts) ELSE row_number() OVER (PARTITION BY how) END AS part
				FROM clicks, generate_series(1, 3) how) x GROUP BY customer, how, part, gap),
		twice AS (SELECT customer, how, engage.rollup(s ORDER BY random()) AS s FROM parts GROUP BY customer, how, random() < 0.5)
		SELECT count(*) FROM sets JOIN (
			SELECT customer, engage.rollup(s ORDER BY random()) AS t FROM parts GROUP BY customer, how
			UNION ALL SELECT customer, engage.rollup(s::text::engage.session_set) FROM twice GROUP BY customer, how
			UNION ALL SELECT customer, engage.sessions_agg(ts, gap, page, key ORDER BY ts DESC) FROM clicks GROUP BY customer, gap
			UNION ALL SELECT a.customer, a.s OPERATOR(engage.||) b.s FROM (SELECT customer, engage.sessions_agg(ts, gap, page, key) FILTER (WHERE page) AS s FROM clicks GROUP BY customer, gap) a
				JOIN (SELECT customer, engage.sessions_agg(ts, gap, page, key) FILTER (WHERE page IS NOT TRUE) AS s FROM clicks GROUP BY customer, gap) b USING (customer)
				WHERE a.s IS NOT NULL AND b.s IS NOT NULL) x USING (customer)
		WHERE t OPERATOR(engage.<>) s OR t::text <> s::text OR s::text::engage.session_set::text <> s::text
			OR engage.session_set_hash(s) <> engage.session_set_hash(t) OR engage.session_set_hash(s, 7) <> engage.session_set_hash(t, 7)
SQL
	is(sql($node, <<"SQL"), '0', "round $round: from timelines, from times without zone, without conditions");
		SELECT count(*) FROM sets JOIN (
			SELECT customer, engage.session_set(engage.timeline_agg(ts, event), gap, ARRAY['page', 'page and buy'], ARRAY['page and buy', 'click and buy', 'other']) AS t,
				engage.sessions_agg(ts AT TIME ZONE 'UTC', gap, page, key) AS u,
				engage.session_set(engage.timeline_agg(ts, event), gap) AS v, engage.sessions_agg(ts, gap) AS w, engage.sessions_agg(ts, gap, true, NULL) AS x
			FROM clicks GROUP BY customer, gap) y USING (customer)
		WHERE t OPERATOR(engage.<>) s OR u OPERATOR(engage.<>) s OR v OPERATOR(engage.<>) w OR w OPERATOR(engage.<>) x
SQL

	# everybody's figures; of periods that cut sessions, too
	my $all = sql($node, 'SELECT engage.session_stats_agg(s) FROM sets');
	is(normal(figures('engage.session_stats_agg(s)', 'sets')), normal(truth("'-infinity'", "'infinity'", 'true')), "round $round: everybody");
	my ($from, $to) = map { "timestamptz '$start' + interval '$unit' * " . int($spread * $_) } 0.3, 0.6;
	is(normal(figures("engage.session_stats_agg(s, $from, $to)", 'sets')), normal(truth($from, $to, 'true')), "round $round: a period");
	is(normal(figures("engage.session_stats_agg(s, ($from) AT TIME ZONE 'UTC', NULL) FILTER (WHERE g = 3)", 'sets')), normal(truth($from, "'infinity'", 'g = 3')), "round $round: a group since");
	is(sql($node, 'SELECT engage.rollup(x ORDER BY random()) FROM (SELECT engage.session_stats_agg(s ORDER BY random()) AS x FROM sets GROUP BY customer % 7) y'), $all, "round $round: disjoint customers merge");
	is(sql($node, <<"SQL"), '0', "round $round: visit frequency");
		SELECT count(*) FROM (SELECT n AS visits, count(*) AS visitors FROM (SELECT count(*) AS n FROM truth GROUP BY customer) x GROUP BY n) t
		FULL JOIN (SELECT f.* FROM (SELECT engage.session_stats_agg(s, '-infinity', 'infinity') AS x FROM sets) y, engage.visit_frequency(x) f) f USING (visits, visitors)
		WHERE t IS NULL OR f IS NULL OR visitors_pct <> 100 * visitors::float8 / (SELECT count(*) FROM sets)
SQL
	# raw rows: any key, any order, with little memory, in groups
	for my $key ('customer', q{'customer ' || customer}, 'md5(customer::text)::uuid')
	{
		for my $work_mem ('64kB', '64MB')
		{
			is(sql($node, "SET work_mem = '$work_mem'; SELECT engage.session_stats_agg($key, ts, gap, page, key) FROM (SELECT * FROM clicks ORDER BY random()) x"), $all, "round $round: raw rows by $key, $work_mem");
		}
	}
	is(sql($node, "SELECT g, engage.session_stats_agg(customer, ts, gap, page, key) FROM clicks GROUP BY g ORDER BY g"),
		sql($node, 'SELECT g, engage.session_stats_agg(s) FROM sets GROUP BY g ORDER BY g'), "round $round: raw rows in groups");

	# workers; hash tables that spill; growing frames
	my $parallel = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off;';
	my $grouped = 'SELECT md5(string_agg(customer || s::text, \' \' ORDER BY customer)) FROM';
	my $whole = sql($node, "$grouped sets");
	like(sql($node, "$parallel SET enable_hashagg = off; EXPLAIN SELECT customer, engage.sessions_agg(ts, gap, page, key) FROM clicks GROUP BY customer, gap"), qr/Partial/, "round $round: partial aggregates") if $n > 3000 && $customers < 100;
	is(sql($node, "$parallel $grouped (SELECT customer, engage.sessions_agg(ts, gap, page, key) AS s FROM clicks GROUP BY customer, gap) x"), $whole, "round $round: workers");
	is(sql($node, "$parallel SELECT engage.session_stats_agg(s) FROM sets"), $all, "round $round: workers, everybody");
	is(sql($node, "$parallel SELECT engage.sessions_agg(ts, '$gap', page, key) FROM clicks"), sql($node, "SELECT engage.sessions_agg(ts, '$gap', page, key) FROM clicks"), "round $round: workers, one customer");
	is(sql($node, "SET work_mem = '64kB'; SET hash_mem_multiplier = 1; SET enable_sort = off; $grouped (SELECT customer, engage.sessions_agg(ts, gap, page, key) AS s FROM clicks GROUP BY customer, gap OFFSET 0) x"), $whole, "round $round: spilling groups");
	is(sql($node, <<"SQL"), '0', "round $round: growing frames");
		WITH few AS (SELECT *, row_number() OVER () AS i FROM clicks LIMIT 100)
		SELECT count(*) FROM (SELECT i, engage.sessions_agg(ts, gap, page, key) OVER (ORDER BY i) AS s FROM few) w
		WHERE s OPERATOR(engage.<>) (SELECT engage.sessions_agg(ts, gap, page, key) FROM few WHERE few.i <= w.i)
SQL
}

# one customer with many events, in the worst order: each is a session of its own until the last ones join them
is(sql($node, <<'SQL'), '1|600000|600000', 'half a million sessions that become one');
	SELECT engage.session_count(s), engage.event_count(s), extract(epoch FROM engage.total_duration(s))::int + 1
	FROM (SELECT engage.sessions_agg(ts, '1 second') AS s FROM (
		SELECT timestamp '2024-01-01' + (CASE WHEN i <= 300000 THEN (i::bigint * 7919) % 300000 * 2 ELSE ((i - 300000)::bigint * 7919) % 300000 * 2 + 1 END) * interval '1 second' AS ts
		FROM generate_series(1, 600000) i OFFSET 0) x) y
SQL

no_crash($node);
$node->stop;
done_testing();
