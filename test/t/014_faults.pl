# Aggregates that are cancelled, run out of memory, are scanned again or get everything at once.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use IPC::Run qw(start);
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

my $patience = 3;	# seconds that a cancelled statement may take to end, on a busy machine
my $node = engage_node('faults', max_parallel_workers => 8, work_mem => '16MB');
run_file($node, 'fuzz/samples.sql');
run_file($node, 'fuzz/checks.sql');

# ---- every aggregate, over rows without end, stopped by statement_timeout
my @calls = map { $_->[0] } rows($node, <<'SQL');
	SELECT format('engage.%I(%s)', p.proname, (
		SELECT string_agg(CASE
			WHEN typname IN ('int2', 'int4', 'int8', 'numeric', 'float4', 'float8') AND p.proargnames[n] IN ('scale', 'days', 'max_steps', 'nsteps') THEN '7'
			WHEN typname = 'int8' AND p.proargnames[n] = 'win' THEN '3600'
			WHEN typname = 'interval' THEN $$interval '1 day'$$
			WHEN typname = '_text' AND p.proargnames[n] = 'steps' THEN $$ARRAY['1', '2', '5']$$
			WHEN typname = '_text' THEN 'ARRAY[(i % 7)::text, (i % 3)::text]'
			WHEN typname = '_int4' THEN 'ARRAY[[1, 7], [8, 14]]'
			WHEN typname = '_bool' THEN 'ARRAY[i % 2 = 0, i % 3 = 0]'
			WHEN typname = 'text' AND p.proargnames[n] = 'mode' THEN $$'default'$$
			WHEN typname = 'text' AND p.proargnames[n] = 'cohorts' THEN $$'first_time'$$
			WHEN typname = 'any' AND p.proname = 'retention' THEN 'i % 2 = 0'
			WHEN typname ~ '^(date|timestamp)' AND p.proargnames[n] IN ('since', 'until') THEN format($$%s '2020-01-01'$$, format_type(t.oid, NULL))
			WHEN typname = 'activity' AND p.proname ~ '^(retention|lifecycle|stickiness)_agg$' THEN $$'1:day:2024-01-01,2024-01-05'::engage.activity$$
			WHEN typname = 'timeline' THEN $$(SELECT value::engage.timeline FROM fuzz.samples WHERE type = 'engage.timeline'::regtype ORDER BY id LIMIT 1)$$
			WHEN typname IN ('int2', 'int4', 'int8', 'numeric', 'float4', 'float8') AND p.proargnames[n] = 'band' THEN '0.05'
			WHEN typname IN ('int2', 'int4', 'int8', 'numeric', 'float4', 'float8') AND p.proname ~ '^(mean_sentiment|positive_rate|sentiment_agg)$' THEN format('(i %% 3 - 1)::%s', typname)
			WHEN typname IN ('int2', 'int4', 'int8', 'numeric', 'float4', 'float8') THEN format('(i %% 5 + 1)::%s', typname)
			WHEN typname = 'text' AND p.proargnames[n] = 'unit' THEN $$'day'$$
			WHEN typname = 'text' AND p.proargnames[n] = 'tz' THEN $$'UTC'$$
			WHEN typname = 'any' AND p.proargnames[n] = 'ts' THEN $$timestamptz '2020-01-01 00:00:00+00' + i * interval '1 s'$$
			WHEN typname IN ('any', 'anyelement') AND p.proargnames[n] ~ '_id$' THEN 'i % 100000'
			WHEN typname IN ('any', 'anyelement') THEN 'i % 5 + 1'
			WHEN typname = 'bool' AND p.proargnames[n] = 'from_end' THEN 'true'
			WHEN typname = 'bool' THEN 'i % 2 = 0'
			WHEN typname IN ('text', 'varchar', 'bpchar') THEN 'i::text'
			WHEN typname = 'bytea' THEN 'int4send(i)'
			WHEN typname = 'uuid' THEN $$lpad(i::text, 32, '0')::uuid$$
			WHEN typname = 'date' THEN $$date '2020-01-01' + i % 1000$$
			WHEN typname ~ '^timestamp' THEN format($$%s '2020-01-01' + i * interval '1 s'$$, format_type(t.oid, NULL))
			WHEN EXISTS (SELECT 1 FROM fuzz.summary_types s WHERE s.type = t.oid)
			THEN format('%L::%s', (SELECT value FROM fuzz.samples s WHERE s.type = t.oid ORDER BY id DESC LIMIT 1), t.oid::regtype)
			END, ', ' ORDER BY n)
		FROM unnest(p.proargtypes) WITH ORDINALITY AS a(type, n) JOIN pg_type t ON t.oid = a.type
		HAVING count(*) = p.pronargs))
	FROM pg_proc p WHERE p.pronamespace = 'engage'::regnamespace AND p.prokind = 'a' ORDER BY 1
SQL
cmp_ok(scalar @calls, '>=', 80, 'the aggregates are found in the catalog');
is(scalar(grep { /\(\)/ } @calls), 0, 'there is something to call each with');
# (they came through COPY, whose escapes are to be undone)
s/\\\\/\\/g for @calls;

# Memory of the session, in bytes, and what it may be more than before.
my $memory = 'SELECT sum(total_bytes) FROM pg_backend_memory_contexts';
my $slack = 8 * 1024 * 1024;

my $script = "\\set VERBOSITY sqlstate\nSET max_parallel_workers_per_gather = 0;\n$memory;\n";
for my $call (@calls)
{
	$script .= "SET statement_timeout = '60ms';\nSELECT left(($call)::text, 0) FROM (SELECT generate_series(1, 2000000000) AS i) g;\n"
	  . "SET statement_timeout = 0;\nSELECT 'at', extract(epoch FROM clock_timestamp());\n";
}
my ($status, $out, $err) = $node->psql('engage', "$script$memory;\n", on_error_stop => 0, timeout => 300);
is(scalar(() = $err =~ /ERROR:  57014$/mg), scalar @calls, 'each aggregate is cancelled') or diag(substr $err, 0, 2000);
is($err =~ s/^.*ERROR:  57014$//mgr =~ s/\n//gr, '', 'and nothing else goes wrong');
my ($before, @at) = split /\n/, $out;
my $after = pop @at;
@at = map { /^at\|(.*)/ } @at;
my ($slowest, $call) = (0, '');
for my $i (1 .. $#at)
{
	($slowest, $call) = ($at[$i] - $at[ $i - 1 ], $calls[$i]) if $at[$i] - $at[ $i - 1 ] > $slowest;
}
cmp_ok($slowest, '<', $patience, "soon enough: $call");
cmp_ok($after - $before, '<', $slack, 'memory is given back');

# ---- large values: every step that takes long can be cancelled
sql($node, <<'SQL');
	CREATE TABLE lots AS SELECT i, i % 150000 AS customer, 'customer ' || hashint4(i) AS name,
		timestamp '2000-01-01' + (i * 7919::bigint % 9999991) * interval '1 s' AS ts FROM generate_series(1, 300000) i;
	CREATE TABLE large AS SELECT engage.repeat_purchase_agg(name) AS counts, engage.repeat_purchase_agg(customer, i) AS orders,
		engage.days_between_orders_agg(customer, ts) AS times, engage.days_between_orders_agg(customer, name, ts) AS at_times FROM lots;
	ALTER TABLE large ADD said text, ADD said_times text;
	UPDATE large SET said = orders::text, said_times = at_times::text;
SQL
my @statements = (
	'SELECT engage.rpr(name) FROM lots', 'SELECT engage.purchase_frequency(customer, i) FROM lots',
	'SELECT length(engage.repeat_purchase_agg(name)::text) FROM lots',
	'SELECT pg_column_size(engage.repeat_purchase_agg(customer, name)) FROM lots',
	'SELECT pg_column_size(engage.days_between_orders_agg(customer, name, ts)) FROM lots',
	'SELECT engage.days_between_orders(name, ts) FROM lots', 'SELECT engage.aov(name, i) FROM lots',
	'SELECT engage.repeat_revenue_share(name, i, customer) FROM lots',
	'SELECT pg_column_size(engage.rollup(counts)) FROM large, generate_series(1, 4)',
	'SELECT pg_column_size(engage.rollup(orders)) FROM large, generate_series(1, 4)',
	'SELECT pg_column_size(engage.rollup(at_times)) FROM large, generate_series(1, 4)',
	'SELECT engage.median_days_between_orders(times) FROM large', 'SELECT engage.repeat_customers(orders, 3) FROM large',
	'SELECT length(counts::text) FROM large', 'SELECT length(at_times::text) FROM large',
	'SELECT pg_column_size(said::engage.repeat_purchase_summary) FROM large',
	'SELECT pg_column_size(said_times::engage.days_between_orders_summary) FROM large',
	'SELECT length(engage.days_between_orders_summary_send(at_times)) FROM large');
# how long each takes, then stopped at parts of that
my %takes;
$script = "$memory;\nSET jit = off;\nSET max_parallel_workers_per_gather = 0;\n";
for my $statement (@statements)
{
	my $from = time;
	sql($node, "SET jit = off; SET max_parallel_workers_per_gather = 0; SELECT ''::text FROM ($statement) q(x) WHERE x IS NULL");
	$takes{$statement} = 1000 * (time - $from) - 30;
}
my $stopped = 0;
my $too_slow = '';
for my $part (0.25, 0.55, 0.85)
{
	my $now = $script;
	for my $statement (@statements)
	{
		my $limit = int($takes{$statement} * $part);
		$limit = 1 if $limit < 1;
		$now .= "SELECT extract(epoch FROM clock_timestamp());\nSET statement_timeout = $limit;\nSELECT left(x::text, 0) FROM ($statement) q(x);\n"
		  . "SET statement_timeout = 0;\nSELECT extract(epoch FROM clock_timestamp()) - $limit / 1000.0, '$statement';\n";
	}
	($status, $out, $err) = $node->psql('engage', "\\set VERBOSITY sqlstate\n$now$memory;\n", on_error_stop => 0, timeout => 300);
	$stopped += () = $err =~ /ERROR:  57014$/mg;
	is($err =~ s/^.*ERROR:  57014$//mgr =~ s/\n//gr, '', "stopped after $part of the time: nothing but cancellations");
	my @lines = grep { length } split /\n/, $out;
	cmp_ok($lines[-1] - $lines[0], '<', $slack, 'memory is given back');
	my $began;
	for my $line (@lines[ 1 .. $#lines - 1 ])
	{
		my ($when, $statement) = split /\|/, $line;
		if (!defined $statement) { $began = $when; next; }
		$too_slow .= sprintf "%.1f s late: %s\n", $when - $began, $statement if $when - $began > $patience;
	}
}
is($too_slow, '', 'every step is stopped soon');
cmp_ok($stopped, '>', @statements, "statements were cancelled in the middle ($stopped times)");

# ---- pg_cancel_backend, and an error in a parallel worker
{
	my ($said, $complaint) = ('', '');
	my $h = start [ 'psql', '-X', '-q', '-A', '-t', '-d', $node->connstr('engage'), '-c', "SET application_name = 'victim'",
		'-c', 'SELECT engage.rpr(i), engage.nps(i % 11) FROM (SELECT generate_series(1, 2000000000) AS i) g', '-c', "SELECT 'still here'" ],
	  '<', \undef, '>', \$said, '2>', \$complaint;
	$node->poll_query_until('engage', "SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'victim' AND state = 'active'");
	sleep 0.5;
	my $from = time;
	sql($node, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'victim'");
	$h->finish;
	cmp_ok(time - $from, '<', $patience, 'pg_cancel_backend stops an aggregate soon');
	like($complaint, qr/canceling statement due to user request/, 'it says so');
	like($said, qr/still here/, 'the session goes on');
}
my $parallel = 'SET max_parallel_workers_per_gather = 3; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET parallel_leader_participation = off;';
($status, $out, $err) = $node->psql('engage', "$parallel SELECT engage.nps(CASE WHEN i = 299999 THEN 11 ELSE i % 11 END) FROM lots");
like($err, qr/NPS score 11 is out of range/, 'an error in a parallel worker arrives');
($status, $out, $err) = $node->psql('engage', "$parallel SET statement_timeout = 50; SELECT engage.nps_agg(i % 11, i), engage.aov_agg(i::numeric / 7) FROM lots a, generate_series(1, 100)");
like($err, qr/canceling statement/, 'parallel workers are cancelled');

# ---- the limit of memory: an error with advice, and the memory comes back
# (Every key counts once with its own bytes, so few long ones are a quick way there.)
my $hint = qr/HINT:  Restrict the period/;
for my $call ("engage.rpr(k)", "engage.purchase_frequency(i, k)", "engage.days_between_orders(k, now())", "engage.aov(k, 1)", "engage.repeat_purchase_agg(k)")
{
	my $from = time;
	($status, $out, $err) = $node->psql('engage', "$memory;\n\\set VERBOSITY verbose\nSELECT $call FROM (SELECT i, repeat('x', 4000000) || i AS k FROM generate_series(1, 300) i OFFSET 0) q;\n$memory;\n", on_error_stop => 0);
	like($err, qr/ERROR:  54000: the keys of one aggregate need more than 1 GB of memory/, "$call: there is a limit");
	like($err, $hint, "$call: with advice");
	my ($was, $is) = split /\n/, $out;
	cmp_ok($is - $was, '<', $slack, "$call: memory is given back");
	cmp_ok(time - $from, '<', 60, "$call: in reasonable time");
}
if (($ENV{ENGAGE_CASES} || 1) > 1)
{
	($status, $out, $err) = $node->psql('engage', "\\set VERBOSITY verbose\nSELECT engage.rpr(i) FROM (SELECT generate_series(1, 60000000) AS i) g;\n", on_error_stop => 0);
	like($err, qr/ERROR:  54000.*$hint/s, 'whole numbers reach the limit, too');
}
# a value cannot be larger than 1 GB: an order id of 90 MB that twelve customers share
($status, $out, $err) = $node->psql('engage', "\\set VERBOSITY sqlstate\nSELECT pg_column_size(engage.repeat_purchase_agg(i, k)) FROM generate_series(1, 12) i, (SELECT repeat('x', 90000000) AS k OFFSET 0) q;\n", on_error_stop => 0);
like($err, qr/ERROR:  54000/, 'a summary larger than a value may be is refused');

# ---- again and again, a little at a time
is(sql($node, <<'SQL'), '60', 'an aggregate that is scanned again starts anew');
	SELECT count(*) FROM generate_series(1, 60) g, LATERAL (
		SELECT engage.rpr(i % (g * 300)) AS rpr, engage.repeat_purchase_agg(i % (g * 300)) AS agg FROM generate_series(1, 9000) i) x
	WHERE abs(rpr - 100 * (SELECT avg((n > 1)::int::float8) FROM (SELECT count(*) AS n FROM generate_series(1, 9000) i GROUP BY i % (g * 300)) q)) < 1e-9
		AND engage.orders(agg) = 9000
SQL
is(sql($node, <<'SQL'), "1|0\n2|0\n3|0", 'part of a window is fetched through a cursor');
	BEGIN;
	DECLARE c CURSOR FOR SELECT i, engage.rpr(customer) OVER (ORDER BY i) FROM lots;
	FETCH 3 FROM c;
	CLOSE c;
	COMMIT;
SQL
is(sql($node, 'SELECT customer, engage.rpr(customer, i) FROM lots GROUP BY customer ORDER BY customer LIMIT 2'), "0|100\n1|100", 'LIMIT leaves groups unread');

# groups that do not fit into memory
my $groups = "SELECT count(*), sum(hashtext(a::text)::bigint), sum(hashtext(coalesce(b::text, ''))::bigint) FROM (SELECT i / 3 AS g, engage.nps_agg(i % 11, 1.5) AS a, engage.aov(i::numeric) AS b FROM lots GROUP BY 1) q";
is(sql($node, "SET max_parallel_workers_per_gather = 0; SET work_mem = '64kB'; SET enable_sort = off; $groups"),
	sql($node, "SET max_parallel_workers_per_gather = 0; SET work_mem = '200MB'; $groups"), 'grouping that spills to disk gives the same');
is(sql($node, "SELECT count(*) FROM pg_ls_tmpdir()"), '0', 'no temporary file is left');

# one customer has them all
is(sql($node, <<'SQL'), '100|1000000|100|999999|1|1', 'a customer with a million orders');
	SELECT engage.rpr(1), engage.purchase_frequency('x'::text, i), engage.repeat_revenue_share(1, i, i), engage.gaps(engage.days_between_orders_agg(1, ts)),
		round(engage.days_between_orders(1, i, ts)::numeric * 86400, 6)::float8, round(engage.median_days_between_orders(engage.days_between_orders_agg(1, i, ts))::numeric * 86400, 6)::float8
	FROM (SELECT i, timestamp '2000-01-01' + i * interval '1 s' AS ts FROM generate_series(1, 1000000) i) q
SQL
# every customer numbers its own orders: the ids are shared by all, which must not take quadratic time
($status, $out, $err) = $node->psql('engage', <<'SQL', on_error_stop => 0);
	SET statement_timeout = '5s';
	SELECT engage.rpr(i % 40000, i / 40000), engage.repeat_revenue_share(i % 40000, i / 40000, i) FROM generate_series(0, 119999) i;
SQL
is($out, '100|100', 'order ids that all customers share') or diag($err);

# ---- times at the ends of the calendar
is(sql($node, "SELECT round(engage.days_between_orders(1, t)) FROM (VALUES ('4713-01-01 BC'::timestamp), ('294276-12-31'::timestamp)) v(t)"),
	sql($node, "SELECT '294276-12-31'::date - '4713-01-01 BC'::date"), 'the widest gap there is');
($status, $out, $err) = $node->psql('engage', "\\set VERBOSITY sqlstate\nSELECT engage.days_between_orders_agg(1, d) FROM (VALUES ('5874897-12-31'::date), ('2000-01-01'::date)) v(d)");
like($err, qr/ERROR:  (?:22008|NG006)/, 'a date that no timestamp reaches is refused');

no_crash($node);
$node->stop;
done_testing();
