# Retention, lifecycle and stickiness of random customers against SQL that looks at every event.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use PostgreSQL::Test::Utils;
use Test::More;

seed();
my $rounds = cases(8);
my $node = engage_node('retention', 'max_parallel_workers' => 4);
my $dir = PostgreSQL::Test::Utils::tempdir('retention');

sub pick { return $_[ int rand @_ ]; }

# ---- the oracle: "p" are periods of customers by number, whatever their unit
sql($node, <<'SQL');
	CREATE TABLE e (customer int, what int, ts timestamptz, part int);
	-- the beginning of a period of a unit, and its number, by the server's calendar
	CREATE FUNCTION start_of(unit text, t timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
		SELECT CASE unit WHEN 'week_sunday' THEN date_trunc('week', t + interval '1 day') - interval '1 day'
			WHEN 'week_saturday' THEN date_trunc('week', t + interval '2 days') - interval '2 days' ELSE date_trunc(unit, t) END $$;
	CREATE FUNCTION number(unit text, t timestamp) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
		SELECT CASE WHEN unit IN ('month', 'quarter', 'year') THEN
			floor((extract(year FROM t) * 12 + extract(month FROM t) - 1) / CASE unit WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 ELSE 12 END)::int
			ELSE floor(extract(epoch FROM start_of(unit, t)) / CASE unit WHEN 'hour' THEN 3600 WHEN 'day' THEN 86400 ELSE 604800 END)::int END $$;
SQL

# Customers of several kinds, around the turn of a year and a change of clocks
sub fill
{
	my ($customers, $unit) = @_;
	my $hours = { hour => 1, day => 24, week => 168, week_sunday => 168, week_saturday => 168, month => 730, quarter => 2190, year => 8766 }->{$unit};
	open my $file, '>', "$dir/e" or die;
	for my $customer (1 .. $customers)
	{
		my $begin = rand(12 * $hours);
		my $length = pick(1, 3, 12) * $hours;
		for my $i (1 .. pick(1, 1, 2, 5, 20))
		{
			# whole hours, so that some are at once, and just at the end of a period
			my $minutes = 60 * int($begin + rand $length) - pick(0, 0, 1, int rand 60);
			print {$file} join("\t", $customer, int(rand 3), $minutes, int rand 5), "\n";
		}
	}
	close $file;
	my $origin = pick('2023-12-20 00:00+00', '2024-03-25 00:00+00', '1999-12-28 12:00+00', '1969-12-30 00:00+00');
	my ($status, undef, $err) = $node->psql('engage', <<"SQL", on_error_stop => 1);
		TRUNCATE e;
		CREATE TEMP TABLE minutes (customer int, what int, minutes int, part int);
		\\copy minutes FROM '$dir/e'
		INSERT INTO e SELECT customer, what, timestamptz '$origin' + minutes * interval '1 minute', part FROM minutes ORDER BY random();
		ANALYZE e;
SQL
	die $err if $status;
	return;
}

# Retention by brute force: every cohort, every cell, every customer, from "starts" and "returns"
# (customer, p); "seen" is the last period of anybody, "first" those of starts of all.
sub want_rows
{
	my ($cohorts, $mode, $brackets) = @_;
	my $members = {
		recurring => 'SELECT DISTINCT customer, p FROM starts',
		first_time => 'SELECT customer, min(p) AS p FROM starts GROUP BY customer',
		first_ever => 'SELECT customer, min(p) AS p FROM starts s GROUP BY customer HAVING min(p) <= ALL (SELECT r.p FROM returns r WHERE r.customer = s.customer)' }->{$cohorts};
	my $back = { on => 'r.p = c.p + k', on_or_after => 'r.p >= c.p + k', bracket => 'r.p BETWEEN c.p + k1 AND c.p + k2' }->{$mode};
	my $columns = $mode eq 'bracket' ? "SELECT n::int AS k, (v->>0)::int AS k1, (v->>1)::int AS k2 FROM jsonb_array_elements('$brackets') WITH ORDINALITY b(v, n) UNION ALL SELECT 0, 0, 0"
	  : 'SELECT k, k AS k1, k AS k2 FROM generate_series(0, (SELECT max(p) FROM everything) - (SELECT min(p) FROM members)) k';
	return <<"SQL";
		members AS MATERIALIZED ($members),
		everything AS (SELECT p FROM starts UNION SELECT p FROM returns),
		columns AS ($columns),
		cohorts AS (SELECT p FROM generate_series((SELECT min(p) FROM members), (SELECT max(p) FROM members)) p),
		want AS MATERIALIZED (
			SELECT c.p AS cohort, k AS period, (SELECT count(*) FROM members m WHERE m.p = c.p) AS size,
				CASE WHEN k = 0 THEN (SELECT count(*) FROM members m WHERE m.p = c.p)
				WHEN c.p + k2 <= (SELECT max(p) FROM everything) THEN
					(SELECT count(*) FROM members m WHERE m.p = c.p AND EXISTS (SELECT FROM returns r WHERE r.customer = m.customer AND $back)) END AS returned
			FROM cohorts c, columns)
SQL
}

my @zones = ('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe');
my @units = ('day', 'hour', 'week', 'month', 'week_sunday', 'week_saturday', 'quarter', 'year');
my $workers = 'SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;';
my $brackets = 'ARRAY[[1, 2], [3, 6], [1, 9], [2, 2]]';
my $as_json = '[[1, 2], [3, 6], [1, 9], [2, 2]]';
for my $round (1 .. $rounds)
{
	my $unit = $units[ ($round - 1) % @units ];
	my $zone = pick(@zones);
	my $customers = pick(1, 5, 40, 150);
	fill($customers, $unit);
	my $name = "round $round, $customers customers, $unit, $zone";
	my $of = sub { my $filter = shift; "SELECT DISTINCT customer, number('$unit', ts AT TIME ZONE '$zone') AS p FROM e$filter" };
	sql($node, <<"SQL");
		DROP TABLE IF EXISTS active;
		CREATE TABLE active AS SELECT customer, engage.activity_agg(ts, '$unit', '$zone') AS a,
			engage.activity_agg(ts, '$unit', '$zone') FILTER (WHERE what = 0) AS starts,
			engage.activity_agg(ts, '$unit', '$zone') FILTER (WHERE what > 0) AS returns FROM e GROUP BY customer;
		ANALYZE active;
SQL

	# ---- retention
	for my $form ([ 'first_time', 0 ], [ 'recurring', 0 ], [ 'first_time', 1 ], [ 'recurring', 1 ], [ 'first_ever', 1 ])
	{
		my ($cohorts, $two) = @$form;
		my $call = $two ? "starts, returns, '$cohorts'" : "a, '$cohorts'";
		my $with = 'WITH starts AS MATERIALIZED (' . $of->($two ? ' WHERE what = 0' : '') . '), returns AS MATERIALIZED (' . $of->($two ? ' WHERE what > 0' : '') . "),\n";
		for my $mode ('on', 'on_or_after', 'bracket')
		{
			my $got = "SELECT number('$unit', r.cohort) AS cohort, r.period, r.size, r.returned, r.retention_pct FROM s, engage.retention_rows(s, '$mode') r";
			is(sql($node, $with . want_rows($cohorts, $mode, $as_json) . <<"SQL"), '', "$name: $cohorts" . ($two ? ' of two kinds' : '') . ", $mode");
				, s AS (SELECT engage.retention_agg($call, $brackets) AS s FROM active),
				got AS MATERIALIZED ($got),
				curve AS (SELECT c.* FROM s, engage.retention_curve(s, '$mode') c)
				SELECT 'cell', got.cohort, got.period, got.size, got.returned, want.size, want.returned FROM got FULL JOIN want USING (cohort, period)
				WHERE (got.size, got.returned) IS DISTINCT FROM (want.size, want.returned)
					OR got.retention_pct IS DISTINCT FROM 100 * got.returned::float8 / nullif(got.size, 0)
				UNION ALL
				SELECT 'curve', period, cohorts, curve.size, curve.returned, pooled.size, pooled.returned
				FROM curve FULL JOIN (SELECT period, sum(size) FILTER (WHERE returned IS NOT NULL)::bigint AS size, sum(returned)::bigint AS returned,
					count(*) FILTER (WHERE size > 0 AND returned IS NOT NULL) AS n FROM want GROUP BY period HAVING '$mode' = 'bracket' OR count(*) FILTER (WHERE size > 0 AND returned IS NOT NULL) > 0) pooled USING (period)
				WHERE (curve.size, curve.returned, cohorts) IS DISTINCT FROM (coalesce(pooled.size, 0), pooled.returned, n)
				UNION ALL
				SELECT 'rises', a.cohort, a.period, a.size, a.returned, b.size, b.returned FROM got a JOIN got b ON b.cohort = a.cohort AND b.period = a.period + 1
				WHERE '$mode' = 'on_or_after' AND b.returned > a.returned
				LIMIT 5
SQL
		}
	}

	# ---- lifecycle, and its identity
	is(sql($node, <<"SQL"), '', "$name: lifecycle");
		WITH d AS MATERIALIZED (@{[ $of->('') ]}), r AS (SELECT p FROM generate_series((SELECT min(p) FROM d), (SELECT max(p) FROM d)) p),
		want AS (SELECT r.p,
			(SELECT count(*) FROM d WHERE d.p = r.p AND NOT EXISTS (SELECT FROM d x WHERE x.customer = d.customer AND x.p < r.p)) AS new_customers,
			(SELECT count(*) FROM d WHERE d.p = r.p AND EXISTS (SELECT FROM d x WHERE x.customer = d.customer AND x.p = r.p - 1)) AS returning_customers,
			(SELECT count(*) FROM d WHERE d.p = r.p AND EXISTS (SELECT FROM d x WHERE x.customer = d.customer AND x.p < r.p - 1) AND NOT EXISTS (SELECT FROM d x WHERE x.customer = d.customer AND x.p = r.p - 1)) AS resurrecting_customers,
			(SELECT count(*) FROM d WHERE d.p = r.p - 1 AND NOT EXISTS (SELECT FROM d x WHERE x.customer = d.customer AND x.p = r.p)) AS dormant_customers,
			(SELECT count(*) FROM d WHERE d.p = r.p) AS active_customers FROM r),
		got AS (SELECT number('$unit', l.period) AS p, l.* FROM (SELECT engage.lifecycle_agg(a) AS s FROM active) x, engage.lifecycle_rows(s) l),
		before AS (SELECT got.*, lag(active_customers, 1, 0::bigint) OVER (ORDER BY p) AS earlier FROM got)
		SELECT p, want, got FROM want FULL JOIN got USING (p)
		WHERE (want.new_customers, want.returning_customers, want.resurrecting_customers, want.dormant_customers, want.active_customers)
			IS DISTINCT FROM (got.new_customers, got.returning_customers, got.resurrecting_customers, got.dormant_customers, got.active_customers)
			OR quick_ratio IS DISTINCT FROM (want.new_customers + want.resurrecting_customers)::float8 / nullif(want.dormant_customers, 0)
		UNION ALL SELECT p, NULL, before FROM before
		WHERE active_customers <> earlier + new_customers + resurrecting_customers - dormant_customers OR active_customers <> new_customers + returning_customers + resurrecting_customers
		LIMIT 5
SQL

	# ---- raw rows give what stored values do; parts of customers merge; workers
	my %same = (
		"engage.retention_agg(customer, ts, '$unit', '$zone')" => 'engage.retention_agg(a)',
		"engage.retention_agg('c' || customer, ts AT TIME ZONE '$zone', '$unit', 'recurring')" => "engage.retention_agg(a, 'recurring')",
		"engage.retention_agg(customer, ts, '$unit', '$zone', 'recurring', $brackets)" => "engage.retention_agg(a, 'recurring', $brackets)",
		"engage.lifecycle_agg(customer::bigint << 33, ts, '$unit', '$zone')" => 'engage.lifecycle_agg(a)');
	if ($unit eq 'day')
	{
		$same{"engage.stickiness_agg(customer, ts, '$zone')"} = 'engage.stickiness_agg(a)';
		$same{"engage.stickiness_agg(customer, (ts AT TIME ZONE '$zone')::date, 5)"} = 'engage.stickiness_agg(a, 5)';
	}
	for my $raw (sort keys %same)
	{
		my $stored = $same{$raw};
		my $want = sql($node, "SELECT $stored FROM active");
		is(sql($node, "SELECT $raw FROM e"), $want, "$name: $raw as stored");
		is(sql($node, "SELECT engage.rollup(s ORDER BY random()) FROM (SELECT $stored AS s FROM active GROUP BY customer % 7) x"), $want, "$name: $stored in parts");
		is(sql($node, "SELECT engage.rollup(s) FROM (SELECT $raw AS s FROM e GROUP BY customer % 3) x"), $want, "$name: $raw in parts");
		is(sql($node, "$workers SELECT $stored FROM active"), $want, "$name: $stored, parallel");
		is(sql($node, "SET work_mem = '64kB'; SELECT $raw FROM (SELECT * FROM e ORDER BY random()) x"), $want, "$name: $raw, shuffled, little memory");
	}

	# ---- stickiness
	my $window = pick(1, 3, 7, 28, 40);
	if ($unit eq 'day')
	{
		is(sql($node, <<"SQL"), '', "$name: stickiness, $window days");
			WITH d AS MATERIALIZED (SELECT DISTINCT customer, (ts AT TIME ZONE '$zone')::date AS day FROM e),
			want AS (SELECT day::date, (SELECT count(DISTINCT customer) FROM d WHERE d.day = r.day) AS dau, (SELECT count(DISTINCT customer) FROM d WHERE d.day > r.day - interval '7 days' AND d.day <= r.day) AS wau,
				(SELECT count(DISTINCT customer) FROM d WHERE d.day > r.day - $window * interval '1 day' AND d.day <= r.day) AS mau
				FROM generate_series((SELECT min(day) FROM d)::timestamp, (SELECT max(day) FROM d), '1 day') r(day)),
			s AS (SELECT engage.stickiness_agg(a, $window) AS s FROM active),
			got AS (SELECT t.* FROM s, engage.stickiness_rows(s) t)
			SELECT day::text, want::text, got::text FROM want FULL JOIN got USING (day)
			WHERE (want.dau, want.wau, want.mau) IS DISTINCT FROM (got.dau, got.wau, got.mau)
				OR (dau_mau_pct, dau_wau_pct) IS DISTINCT FROM (100 * want.dau::float8 / nullif(want.mau, 0), 100 * want.dau::float8 / nullif(want.wau, 0))
			UNION ALL
			SELECT h.active_days::text, h::text, w::text FROM (SELECT t.* FROM s, engage.stickiness_histogram(s) t) h
			FULL JOIN (SELECT n AS active_days, count(*) AS customers FROM (SELECT count(*) AS n FROM d GROUP BY customer) x GROUP BY n) w USING (active_days)
			WHERE h.customers <> coalesce(w.customers, 0) OR h.customers IS NULL OR abs(h.customers_pct - 100.0 * h.customers / $customers) > 1e-9
			LIMIT 5
SQL
	}

	# ---- rolling periods
	next if $unit =~ /quarter|year/;
	my $length = { hour => '1 hour', day => '24 hours', month => '720 hours' }->{$unit} // '168 hours';
	is(sql($node, <<"SQL"), '', "$name: rolling");
		WITH origin AS (SELECT customer, min(ts) AS since FROM e GROUP BY customer),
		d AS MATERIALIZED (SELECT DISTINCT customer, number('$unit', since AT TIME ZONE '$zone') AS cohort,
			floor(extract(epoch FROM ts - since) / extract(epoch FROM interval '$length'))::int AS k FROM e JOIN origin USING (customer)),
		want AS (SELECT cohort, k AS period, count(*) AS returned FROM d GROUP BY 1, 2),
		t AS (SELECT customer, engage.timeline_agg(ts, 'x') AS t FROM e GROUP BY customer),
		s AS (SELECT engage.retention_agg(engage.rolling_activity(t, '$unit', '$zone'), 'rolling') AS s FROM t),
		got AS (SELECT number('$unit', r.cohort) AS cohort, period, returned FROM s, engage.retention_rows(s, as_of => '2200-01-01', periods => 40) r WHERE returned > 0)
		SELECT cohort::text, period::text, want::text, got::text FROM (SELECT * FROM want WHERE period <= 40) want FULL JOIN got USING (cohort, period) WHERE want.returned IS DISTINCT FROM got.returned
		UNION ALL SELECT 'raw', NULL, s::text, raw FROM s, (SELECT engage.retention_agg(customer, ts, '$unit', '$zone', 'rolling')::text FROM e) x(raw) WHERE raw <> s::text
		LIMIT 5
SQL
	# what has been seen by some moment cannot change later: those cells are the same with all events
	next if $unit eq 'hour';
	is(sql($node, <<"SQL"), '', "$name: observable rolling cells are final");
		WITH cut AS (SELECT percentile_disc(0.6) WITHIN GROUP (ORDER BY ts) + interval '3 hours' AS at FROM e),
		early AS (SELECT r.* FROM cut, LATERAL (SELECT engage.retention_agg(customer, ts AT TIME ZONE 'UTC', '$unit', 'rolling') AS s FROM e WHERE ts < at) x, engage.retention_rows(s, as_of => at AT TIME ZONE 'UTC') r),
		late AS (SELECT r.* FROM (SELECT engage.retention_agg(customer, ts AT TIME ZONE 'UTC', '$unit', 'rolling') AS s FROM e) x, engage.retention_rows(s, as_of => '2200-01-01', periods => 60) r)
		SELECT early, late FROM early JOIN late USING (cohort, period) WHERE early.period > 0 AND early.returned IS NOT NULL AND early.returned <> late.returned LIMIT 5
SQL
}
# (of a table that is worth it, whatever the last round had in it)
sql($node, 'CREATE TABLE many AS SELECT active.* FROM active, generate_series(1, 10000)');
sql($node, 'ANALYZE many');
like(sql($node, "$workers EXPLAIN SELECT engage.retention_agg(a) FROM many"), qr/Partial Aggregate/, 'the parallel plan is one');

no_crash($node);
$node->stop;
done_testing();
