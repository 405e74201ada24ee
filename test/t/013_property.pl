# Every KPI aggregate over random data against plain SQL, and against itself by other ways.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use Math::BigInt;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = seed();
my $rounds = cases(8);
my $node = engage_node('property', 'max_parallel_workers' => 8, work_mem => '32MB');
my $dir = PostgreSQL::Test::Utils::tempdir('property');

sub pick { return $_[ int rand @_ ]; }
sub maybe { return rand() < 0.05 ? '\N' : $_[0]; }

# A decimal of up to so many digits before and after the point.
sub decimal
{
	my ($whole, $decimals, $signed) = @_;
	my $digits = sub { my $n = int rand($_[0] + 1); my $kind = rand;
		join '', map { $kind < 0.1 ? 9 : $kind < 0.2 ? 0 : int rand 10 } 1 .. $n };
	my ($w, $d) = ($digits->($whole), $digits->($decimals));
	return ($signed && rand() < 0.4 ? '-' : '') . (length $w ? $w : '0') . (length $d ? ".$d" : '');
}

sql($node, <<'SQL');
	CREATE TABLE r (i int, part int, score int, weight numeric, csat int, ces int, stars int, flag boolean,
		hits numeric, trials numeric, likes int, comments bigint, shares smallint, audience int,
		amount numeric, money float8, customer int, ord int, ts timestamp);
	CREATE FUNCTION near(got float8, want float8, slack float8 DEFAULT 1e-12) RETURNS boolean LANGUAGE sql IMMUTABLE
		AS 'SELECT got IS NOT DISTINCT FROM want OR coalesce(abs(got - want) <= slack * greatest(abs(want), 1e-30), false)';
SQL

sub fill
{
	my ($n) = @_;
	my $customers = pick(1, 2, 10, 100, 1 + int($n / 3), 3 * $n);
	my $orders = pick(1, 5, 1 + int($n / 2), 10 * $n);
	my $scale = pick(0, 2, 2, 6, 15);
	my $tick = pick(1, 3600e6, 86400e6);
	open my $file, '>', "$dir/rows" or die;
	for my $i (1 .. $n)
	{
		print {$file} join("\t", $i, int rand 7, maybe(int rand 11), maybe(decimal(pick(1, 3, 12), $scale)),
			maybe(1 + int rand 5), maybe(1 + int rand 7), maybe(1 + int rand 5), maybe(pick('t', 'f')),
			maybe(decimal(3, $scale)), maybe(decimal(5, $scale)), maybe(int rand 1000), maybe(int rand 50),
			maybe(int rand 30), maybe(pick(0, int rand 100000)), maybe(decimal(pick(2, 5, 17), pick(2, $scale), 1)),
			maybe(int(rand(200000) - 20000) / 100), maybe(int(rand $customers) - 5), maybe(int(rand $orders)),
			maybe('2024-01-01 00:00:00'), ), "\n";
	}
	close $file;
	my ($status, undef, $err) = $node->psql('engage', <<"SQL", on_error_stop => 1);
		TRUNCATE r;
		\\copy r FROM '$dir/rows'
		UPDATE r SET ts = ts + ((i * 7919::bigint) % 1009) * $tick * interval '1 microsecond' WHERE ts IS NOT NULL;
		ANALYZE r;
SQL
	die $err if $status;
	return;
}

# Each: name, expression of engage, the same in plain SQL (over r), slack of the comparison.
my $pooled = 'hits IS NOT NULL AND trials IS NOT NULL';
my $social = 'likes IS NOT NULL AND comments IS NOT NULL AND shares IS NOT NULL AND audience IS NOT NULL';
my $weighed = 'score IS NOT NULL AND weight IS NOT NULL';
my $line = 'customer IS NOT NULL AND ord IS NOT NULL';
my @probes = (
	[ 'nps', 'nps(score)', 'SELECT 100.0 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6)) / nullif(count(score), 0) FROM r' ],
	[ 'weighted nps', 'nps(score, weight)', "SELECT 100.0 * (coalesce(sum(weight) FILTER (WHERE score >= 9), 0) - coalesce(sum(weight) FILTER (WHERE score <= 6), 0)) / nullif(sum(weight), 0) FROM r WHERE $weighed" ],
	[ 'csat', 'csat(csat)', 'SELECT 100.0 * count(*) FILTER (WHERE csat >= 4) / nullif(count(csat), 0) FROM r' ],
	[ 'csat of 10', 'csat(score, 10) FILTER (WHERE score > 0)', 'SELECT 100.0 * count(*) FILTER (WHERE score >= 9) / nullif(count(*), 0) FROM r WHERE score > 0' ],
	[ 'ces', 'ces(ces)', 'SELECT avg(ces) FROM r' ],
	[ 'ces of 10', 'ces(score::numeric, 10) FILTER (WHERE score > 0)', 'SELECT avg(score) FROM r WHERE score > 0' ],
	[ 'stars', 'star_rating(stars)', 'SELECT avg(stars) FROM r' ],
	[ 'rate', 'rate(flag)', 'SELECT 100.0 * count(*) FILTER (WHERE flag) / nullif(count(*), 0) FROM r' ],
	[ 'measured rate', 'rate(hits, trials)', "SELECT 100 * sum(hits)::numeric(80,40) / nullif(sum(trials), 0) FROM r WHERE $pooled", 4e-16 ],
	[ 'rate of unlike types', 'rate(likes, trials::float8)', 'SELECT 100 * sum(likes)::numeric(80,40) / nullif(sum(trials::float8::numeric), 0) FROM r WHERE likes IS NOT NULL AND trials IS NOT NULL', 4e-16 ],
	[ 'engagement', 'engagement_rate(likes, audience)', 'SELECT 100.0 * sum(likes) / nullif(sum(audience), 0) FROM r WHERE likes IS NOT NULL AND audience IS NOT NULL' ],
	[ 'social engagement', 'engagement_rate(likes, comments, shares, audience)', "SELECT 100.0 * sum(likes + comments + shares) / nullif(sum(audience), 0) FROM r WHERE $social" ],
	[ 'mean engagement', 'mean_engagement_rate(likes, audience)', 'SELECT 100 * avg(likes::numeric(80,40) / audience) FROM r WHERE likes IS NOT NULL AND audience > 0' ],
	[ 'mean social engagement', 'mean_engagement_rate(likes, comments, shares, audience)', "SELECT 100 * avg((likes + comments + shares)::numeric(80,40) / audience) FROM r WHERE $social AND audience > 0" ],
	[ 'aov', 'aov(amount)', 'SELECT avg(amount) FROM r', 0 ],
	[ 'aov of double', 'aov(money)', 'SELECT avg(money) FROM r' ],
	[ 'aov of lines', 'aov(ord, amount)', 'SELECT sum(amount) / nullif(count(DISTINCT ord), 0) FROM r WHERE ord IS NOT NULL AND amount IS NOT NULL', 1e-15 ],
	[ 'aov of lines, text, double', "aov('o' || ord, money)", 'SELECT sum(money::numeric) / nullif(count(DISTINCT ord), 0) FROM r WHERE ord IS NOT NULL AND money IS NOT NULL' ],
	[ 'repeat revenue', 'repeat_revenue_share(customer, ord, amount)', "SELECT 100 * coalesce(sum(s) FILTER (WHERE n > 1), 0)::numeric(80,40) / nullif(sum(s), 0) FROM (SELECT sum(amount) AS s, count(DISTINCT ord) AS n FROM r WHERE $line AND amount IS NOT NULL GROUP BY customer) q", 4e-16 ]);

# keys of every kind give the same figures
my %key = (
	int => [ 'customer', 'ord' ],
	bigint => [ 'customer * 3000000000', 'ord::bigint - 9223372036854775807' ],
	text => [ "'c' || customer", "repeat('ü', ord % 90) || ord" ],
	uuid => [ 'md5(customer::text)::uuid', 'md5(ord::text)::uuid' ],
	bytea => [ 'int4send(customer)', 'int8send(ord)' ],
	numeric => [ 'customer::numeric / 8', 'round(ord::numeric, ord % 3)' ],
	date => [ "date '2020-01-01' + customer", "timestamptz 'epoch' + ord * interval '1 microsecond'" ]);
my $gaps = sub { my ($from) = @_; "SELECT extract(epoch FROM ts - lag(ts) OVER (PARTITION BY customer ORDER BY ts))::numeric / 86400 AS gap FROM ($from) d" };
my $by_time = $gaps->('SELECT DISTINCT customer, ts FROM r WHERE customer IS NOT NULL AND ts IS NOT NULL');
my $by_order = $gaps->("SELECT customer, ord, min(ts) AS ts FROM r WHERE $line AND ts IS NOT NULL GROUP BY 1, 2");
for my $type (sort keys %key)
{
	my ($c, $o) = @{ $key{$type} };
	push @probes,
	  [ "rpr by $type", "rpr($c)", 'SELECT 100.0 * avg((n > 1)::int) FROM (SELECT count(*) AS n FROM r WHERE customer IS NOT NULL GROUP BY customer) q' ],
	  [ "rpr of orders by $type", "rpr($c, $o)", "SELECT 100.0 * avg((n > 1)::int) FROM (SELECT count(DISTINCT ord) AS n FROM r WHERE $line GROUP BY customer) q" ],
	  [ "frequency by $type", "purchase_frequency($c)", 'SELECT count(customer)::numeric / nullif(count(DISTINCT customer), 0) FROM r' ],
	  [ "frequency of orders by $type", "purchase_frequency($c, $o)", "SELECT count(DISTINCT (customer, ord))::numeric / nullif(count(DISTINCT customer), 0) FROM r WHERE $line" ],
	  [ "days between by $type", "days_between_orders($c, ts)", "SELECT avg(gap) FROM ($by_time) g" ],
	  [ "days between orders by $type", "days_between_orders($c, $o, ts)", "SELECT avg(gap) FROM ($by_order) g" ],
	  [ "days between dates by $type", "days_between_orders($c, ts::date)", 'SELECT avg(gap) FROM (SELECT d - lag(d) OVER (PARTITION BY customer ORDER BY d) AS gap FROM (SELECT DISTINCT customer, ts::date AS d FROM r WHERE customer IS NOT NULL AND ts IS NOT NULL) q) g' ],
	  [ "median days by $type", "median_days_between_orders(engage.days_between_orders_agg($c, $o, ts))", "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY gap::float8) FROM ($by_order) g", 1e-11 ],
	  [ "90th percentile by $type", "days_between_orders_percentile(engage.days_between_orders_agg($c, ts), 0.9)", "SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY gap::float8) FROM ($by_time) g", 1e-11 ];
}

# Each: what can be summed up in parts, and every accessor that plain SQL can check.
my @summaries = (
	[ 'nps_agg(score)', 'nps' ], [ 'nps_agg(score, weight)', 'nps' ], [ 'csat_agg(csat)', 'csat' ],
	[ 'ces_agg(ces)', 'ces' ], [ 'star_rating_agg(stars)', 'star_rating' ], [ 'rate_agg(flag)', 'rate' ],
	[ 'rate_agg(hits, trials)', 'rate' ], [ 'engagement_rate_agg(likes, comments, shares, audience)', 'rate' ],
	[ 'mean_engagement_rate_agg(likes, audience)', 'mean_engagement_rate' ], [ 'aov_agg(amount)', 'aov' ], [ 'aov_agg(money)', 'aov' ],
	map { my ($c, $o) = @{ $key{$_} };
		[ "repeat_purchase_agg($c)", 'rpr' ], [ "repeat_purchase_agg($c, $o)", 'rpr' ],
		[ "days_between_orders_agg($c, ts)", 'days_between_orders' ], [ "days_between_orders_agg($c, $o, ts)", 'days_between_orders' ] } sort keys %key);

my $parallel = "SET max_parallel_workers_per_gather = 3; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;";
my $serial = 'SET max_parallel_workers_per_gather = 0;';
my @comparisons = map {
	my ($name, $engage, $plain, $slack) = @$_;
	$slack //= 1e-12;
	"SELECT '$name', got, want FROM (SELECT engage.$engage AS got FROM r) g, ($plain) w(want) WHERE NOT near(got::float8, want::float8, $slack)"
} @probes;
my @splits = map {
	my ($agg, $read) = @$_;
	(my $quoted = $agg) =~ s/'/''/g;
	"SELECT '$quoted', left(whole::text, 200), left(merged::text, 200) FROM (SELECT engage.$agg AS whole FROM r) a,"
	  . " (SELECT engage.rollup(s ORDER BY o) AS merged FROM (SELECT engage.$agg AS s, random() AS o FROM r GROUP BY part, random() < 0.5) p) b"
	  . " WHERE whole::text IS DISTINCT FROM merged::text OR engage.$read(whole) IS DISTINCT FROM engage.$read(merged)"
} @summaries;
my $everything = 'SELECT ' . join ",\n", (map { "(engage.$_->[1])::text" } grep { $_->[0] ne 'aov of double' } @probes), map { "(engage.$_->[0])::text" } @summaries;

for my $round (1 .. $rounds)
{
	my $n = $round == 1 ? 0 : $round == 2 ? 1 : pick(2, 10, 100, 1000, 3000);
	fill($n);
	is(sql($node, "$serial " . join(";\n", @comparisons)), '', "round $round, $n rows: as plain SQL says");
	is(sql($node, "SET seed = " . $seed / 2**31 . ";\n" . join(";\n", @splits)), '', "round $round, $n rows: merged from random parts in random order");
	is(sql($node, "$parallel $everything FROM r"), sql($node, "$serial $everything FROM r"), "round $round, $n rows: parallel as serial");
}
fill(3000);
my $plan = sql($node, "$parallel EXPLAIN SELECT engage.nps(score), engage.aov_agg(amount) FROM r");
like($plan, qr/Partial Aggregate/, 'the parallel plan is one');

# ---- the variance behind an interval: 11 rows have 10 degrees of freedom, whose t is tabled
for my $try (1 .. cases(5))
{
	fill(11);
	sql($node, "UPDATE r SET amount = coalesce(amount, i), ces = coalesce(ces, 3)");
	is(sql($node, <<'SQL'), '', 'the interval of a mean is t times the standard error');
		SELECT high, a + 2.2281388519649385 * s, low, a - 2.2281388519649385 * s
		FROM (SELECT (engage.aov_interval(engage.aov_agg(amount))).*, avg(amount) AS a, stddev_samp(amount) / sqrt(11::numeric) AS s FROM r) q
		WHERE NOT near(high - low, (2 * 2.2281388519649385 * s)::float8, 1e-9) OR NOT near((high + low) / 2, a::float8, 1e-9)
		UNION ALL
		SELECT high, a, low, s
		FROM (SELECT (engage.ces_interval(engage.ces_agg(ces))).*, avg(ces) AS a, stddev_samp(ces) / sqrt(11::numeric) AS s FROM r) q
		WHERE NOT near(low, greatest(1, a - 2.2281388519649385 * s)::float8, 1e-9) OR NOT near(high, least(7, a + 2.2281388519649385 * s)::float8, 1e-9)
SQL
}

# ---- many customers: batches, growing tables, results in between
my $many = 100_000;
my $factor = 1 + int rand 5;
sql($node, <<"SQL");
	CREATE TABLE many AS SELECT i, (hashint8(i + $factor) & 2147483647) % (CASE WHEN i % 3 = 0 THEN 500 ELSE 30000 END) AS customer,
		i / 2 AS ord, timestamp '2020-01-01' + (i % 5000) * interval '1 hour' AS ts FROM generate_series(1, $many) i;
	ANALYZE many;
SQL
for my $c ('customer', "'c' || customer", 'customer::bigint << 30')
{
	is(sql($node, <<"SQL"), 't|t|t|t', "100000 rows by $c: results between batches are right");
		WITH w AS (
			SELECT i, engage.rpr($c) OVER s AS rpr, engage.purchase_frequency($c, ord) OVER s AS frequency,
				engage.days_between_orders($c, ts) OVER s AS days, engage.repeat_purchase_agg($c) OVER s AS agg
			FROM many WINDOW s AS (ORDER BY i / 9973 RANGE UNBOUNDED PRECEDING)),
		chosen AS (SELECT * FROM w WHERE i % 9973 = 9972 OR i = $many),
		plain AS (
			SELECT chosen.*, q.* FROM chosen, LATERAL (
				SELECT avg((n > 1)::int) * 100 AS want_rpr, sum(orders)::numeric / count(*) AS want_frequency,
					sum(days) / nullif(sum(times - 1), 0) AS want_days, count(*) AS customers
				FROM (SELECT count(*) AS n, count(DISTINCT ord) AS orders, count(DISTINCT ts) AS times,
						extract(epoch FROM max(ts) - min(ts)) / 86400 AS days
					FROM many WHERE many.i <= chosen.i GROUP BY customer) p) q)
		SELECT bool_and(near(rpr, want_rpr::float8)), bool_and(near(frequency, want_frequency::float8)), bool_and(near(days, want_days::float8)),
			bool_and(near(engage.rpr(agg), want_rpr::float8) AND engage.customers(agg) = customers) FROM plain
SQL
	is(sql($node, <<"SQL"), 't|t', "100000 rows by $c: merged from parts");
		SELECT (SELECT engage.rollup(s)::text FROM (SELECT engage.repeat_purchase_agg($c) AS s FROM many GROUP BY i % 13) p) =
				(SELECT engage.repeat_purchase_agg($c)::text FROM many),
			(SELECT engage.rollup(s)::text FROM (SELECT engage.days_between_orders_agg($c, ord, ts) AS s FROM many GROUP BY i % 13) p) =
				(SELECT engage.days_between_orders_agg($c, ord, ts)::text FROM many)
SQL
}

# ---- numerics of every shape are read as the server reads them
sql($node, 'CREATE TABLE n (i int, x numeric)');
open my $file, '>', "$dir/numbers" or die;
my $numbers = cases(6000);
print {$file} "$_\t", decimal(pick(0, 4, 9, 18, 40), pick(0, 3, 8, 20, 40), 1), "\n" for 1 .. $numbers;
close $file;
$node->psql('engage', "\\copy n FROM '$dir/numbers'", on_error_stop => 1);
sql($node, <<'SQL');
	ALTER TABLE n ADD fits boolean;
	UPDATE n SET fits = abs(x) < 1e36 AND x = round(x, 36);
	CREATE FUNCTION read(x numeric) RETURNS text LANGUAGE plpgsql AS $$
	BEGIN
		RETURN engage.aov(1, x);
	EXCEPTION WHEN numeric_value_out_of_range THEN
		RETURN 'out of range';
	END $$;
SQL
is(sql($node, <<'SQL'), '', 'each numeric is read exactly, or refused');
	SELECT x, read(x) FROM n WHERE CASE WHEN fits THEN read(x)::numeric IS DISTINCT FROM x ELSE read(x) <> 'out of range' END LIMIT 5
SQL
is(sql($node, 'SELECT q FROM (SELECT i / 40, engage.aov(1, x) AS got, sum(x) AS want FROM n WHERE fits GROUP BY 1) q WHERE got <> want LIMIT 5'),
	'', 'sums of numerics are exact');
is(sql($node, <<'SQL'), '', 'and so are those of other types');
	SELECT q FROM (SELECT i / 40, engage.hits(engage.rate_agg(abs(x::float8), 1)) AS got, sum(round(abs(x::float8)::numeric, 36)) AS want FROM n WHERE abs(x) < 1e35 GROUP BY 1) q
	WHERE got <> want LIMIT 5
SQL

# squares: of the value rounded to 18 significant digits, or 18 decimals
my $wrong = 0;
for my $row (rows($node, q{SELECT x, substring(engage.aov_agg(x)::text FROM 'revenue_squares=(.*)') FROM n WHERE fits AND abs(x) < 1e18 GROUP BY i, x LIMIT 3000}))
{
	my ($x, $got) = @$row;
	my ($whole, $decimals) = $x =~ /^-?0*(\d*)(?:\.(\d*))?$/;
	$decimals = substr(($decimals // '') . '0' x 40, 0, 40);
	my $scale = 18 - length $whole;
	my $mantissa = Math::BigInt->new('0' . $whole . substr $decimals, 0, $scale);
	$mantissa++ if substr($decimals, $scale, 1) >= 5;
	my $want = $mantissa * $mantissa;
	my ($w, $d) = split /\./, $got;
	my $have = Math::BigInt->new($w . substr($d . '0' x 80, 0, 2 * $scale));
	$wrong++ < 5 && diag("square of $x is $got") if $have != $want || substr($d . '0' x 80, 2 * $scale) =~ /[1-9]/;
}
is($wrong, 0, 'squares of numerics are as documented');

no_crash($node);
$node->stop;
done_testing();
