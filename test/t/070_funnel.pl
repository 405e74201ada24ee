# Funnels, retention and sessions from rows, against a search through all chains of rows, and against themselves by other ways.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = seed();
my $node = engage_node('funnel', 'max_parallel_workers' => 8, work_mem => '32MB');
my $dir = PostgreSQL::Test::Utils::tempdir('funnel');

sub pick { return $_[ int rand @_ ]; }

# ------------------------------------------------------------------ the oracle
# Rows are [time, mask]; the definitions of doc/behaviour.md, by trying everything.

# rows may be passed by
sub longest
{
	my ($rows, $n, $within, $rises, $once, $chain) = @_;
	my $length = @$chain;
	my $best = $length;
	return $best if $length == $n;
	for my $row (@$rows)
	{
		next if !($row->[1] >> $length & 1);
		if ($length)
		{
			my ($first, $last) = @{$chain}[ 0, -1 ];
			next if $row->[0] < $last->[0] || $row->[0] - $first->[0] > $within;
			next if $rises && $row->[0] == $last->[0];
			next if $once && grep { $_ == $row } @$chain;
		}
		my $level = longest($rows, $n, $within, $rises, $once, [ @$chain, $row ]);
		$best = $level if $level > $best;
	}
	return $best;
}

# all orders of rows in which times do not fall
sub orders
{
	my ($left) = @_;
	return [] if !@$left;
	my ($first) = sort { $a <=> $b } map { $_->[0] } @$left;
	my @orders;
	for my $i (grep { $left->[$_][0] == $first } 0 .. $#$left)
	{
		my @others = @$left;
		my ($row) = splice @others, $i, 1;
		push @orders, map { [ $row, @$_ ] } orders(\@others);
	}
	return @orders;
}

sub longest_of_neighbours
{
	my ($rows, $n, $within, $rises) = @_;
	my $best = 0;
	for my $order (orders([ grep { $_->[1] } @$rows ]))
	{
		for my $from (0 .. $#$order)
		{
			my $level = 0;
			while ($level < $n && $from + $level < @$order)
			{
				my $row = $order->[ $from + $level ];
				last if !($row->[1] >> $level & 1) || $row->[0] - $order->[$from][0] > $within;
				last if $rises && $level && $row->[0] == $order->[ $from + $level - 1 ][0];
				$level++;
			}
			$best = $level if $level > $best;
		}
	}
	return $best;
}

sub most_steps
{
	my ($rows, $n, $within) = @_;
	my $best = 0;
	for my $from (map { $_->[0] } @$rows)
	{
		my $mask = 0;
		$mask |= $_->[1] for grep { $_->[0] >= $from && $_->[0] - $from <= $within } @$rows;
		my $count = grep { $mask >> $_ & 1 } 0 .. $n - 1;
		$best = $count if $count > $best;
	}
	return $best;
}

my %oracle = (
	default => sub { longest(@_, 0, 0, []) },
	strict_increase => sub { longest(@_, 1, 0, []) },
	strict_once => sub { longest(@_, 0, 1, []) },
	'strict_increase,strict_once' => sub { longest(@_, 1, 1, []) },
	consecutive => sub { longest_of_neighbours(@_, 0) },
	'Consecutive, strict_once' => sub { longest_of_neighbours(@_, 0) },
	'strict_increase,consecutive' => sub { longest_of_neighbours(@_, 1) },
	any_order => \&most_steps);

# --------------------------------------------------------------- random customers
sql($node, <<'SQL');
	-- "mask" has bit i - 1 set where condition i is true; a condition that is not may be NULL
	CREATE TABLE e (customer int, i int, n int, within int, t bigint, mask int, holes int, ts timestamptz, step int);
	CREATE FUNCTION c(mask int, holes int, i int) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
		AS 'SELECT CASE WHEN (mask >> (i - 1)) & 1 = 1 THEN true WHEN (holes >> (i - 1)) & 1 = 0 THEN false END';
	CREATE TABLE want (customer int, mode text, level int);
	CREATE FUNCTION conditions(mask int, holes int, n int) RETURNS boolean[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
		AS 'SELECT array_agg(c(mask, holes, i) ORDER BY i) FROM generate_series(1, n) i';
SQL

my $customers = cases(4000);
my @conditions = map { "c(mask, holes, $_)" } 1 .. 4;
my (@e, @want);
for my $customer (1 .. $customers)
{
	my $n = 1 + int rand 4;
	my $span = 1 + int rand 7;
	my $within = int rand 7;
	my $kind = int rand 3;
	my @rows;
	for my $i (1 .. int rand 7)
	{
		my $mask = $kind == 0 ? 1 << int rand $n : $kind == 1 ? int(rand 16) & int(rand 16) : int rand 16;
		push @rows, [ int rand $span, rand() < 0.1 ? 0 : $mask & (1 << $n) - 1 ];
		my $single = $rows[-1][1] && !($rows[-1][1] & $rows[-1][1] - 1) ? length(sprintf '%b', $rows[-1][1]) : $rows[-1][1] ? '\N' : 0;
		push @e, join "\t", $customer, $i, $n, $within, @{ $rows[-1] }, int rand 16, '\N', $single;
	}
	push @e, join "\t", $customer, 99, $n, $within, '\N', 15, 0, '\N', 1 if rand() < 0.1;
	for my $mode (@rows ? sort keys %oracle : ())
	{
		push @want, join "\t", $customer, $mode, $oracle{$mode}->(\@rows, $n, $within);
	}
}

sub load
{
	my ($table, $lines) = @_;
	open my $file, '>', "$dir/$table" or die;
	print {$file} map { "$_\n" } @$lines;
	close $file;
	my ($status, undef, $err) = $node->psql('engage', "\\copy $table FROM '$dir/$table'", on_error_stop => 1);
	die $err if $status;
	return;
}
load('e', \@e);
load('want', \@want);
sql($node, <<'SQL');
	UPDATE e SET ts = timestamptz '2024-03-30 23:59:58+00' + t * interval '1 second';
	-- in no order, and in parts
	CREATE TABLE d (LIKE e) PARTITION BY HASH (i);
	CREATE TABLE d0 PARTITION OF d FOR VALUES WITH (MODULUS 2, REMAINDER 0);
	CREATE TABLE d1 PARTITION OF d FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	INSERT INTO d SELECT * FROM e ORDER BY random();
	-- so few customers, it is believed, that states are worth merging
	ALTER TABLE d ALTER customer SET (n_distinct_inherited = 5);
	ALTER TABLE d0 ALTER customer SET (n_distinct = 5);
	ALTER TABLE d1 ALTER customer SET (n_distinct = 5);
	ANALYZE;
SQL

# The mode of each row; those of the default are also asked for without one.
my ($levels) = sql($node, 'SELECT string_agg(n::text, \' \' ORDER BY level) FROM (SELECT level, count(*) AS n FROM want GROUP BY level) x');
note("customers by level, all modes: $levels");

# wrong LABEL, CALL, SOURCE, SETTINGS, MODES: customers whose level is not what it should be
sub wrong
{
	my ($label, $call, $source, $settings, $where) = @_;
	$settings //= '';
	$where //= 'true';
	$source //= 'd';
	my @wrong = split /\n/, sql($node, <<"SQL");
		$settings
		WITH got AS MATERIALIZED (SELECT customer, mode, $call AS level FROM $source JOIN want USING (customer) WHERE $where GROUP BY customer, n, want.mode, want.level)
		SELECT customer || ': ' || mode || ' should be ' || want.level || ', is ' || coalesce(got.level, -1)
		FROM got JOIN want USING (customer, mode) WHERE got.level IS DISTINCT FROM want.level ORDER BY 1;
SQL
	@wrong = grep { /: / } @wrong;
	is(scalar @wrong, 0, $label);
	diag("first of them: $wrong[0]; its rows:\n" . sql($node, 'SELECT n, within, t, mask, holes FROM e WHERE customer = ' . ($wrong[0] =~ /^(\d+)/)[0] . ' ORDER BY t'))
	  if @wrong;
	return;
}

# (a condition beyond the customer's own number is never true)
my $four = join ', ', @conditions;
wrong('times without unit', "engage.window_funnel(within::bigint, mode, t, $four)");
wrong('no mode', "engage.window_funnel(within::bigint, t, $four)", 'd', '', "mode = 'default'");
wrong('timestamptz', "engage.window_funnel(within * interval '1 second', mode, ts, $four)");
wrong('timestamptz, no mode', "engage.window_funnel(within * interval '1 second', ts, $four)", 'd', '', "mode = 'default'");
wrong('timestamp', "engage.window_funnel(within * interval '1 second', mode, ts AT TIME ZONE 'Europe/Paris', $four)");
wrong('date', "engage.window_funnel(within * interval '1 day', mode, date '2024-03-28' + t::int, $four)");
wrong('far from each other', "engage.window_funnel(within * 1000000000000000000, mode, t * 1000000000000000000 - 4000000000000000000, $four)");
wrong('an array', 'engage.window_funnel(within::bigint, mode, t, VARIADIC conditions(mask, holes, n))');
wrong('steps as numbers', 'engage.window_funnel(within::bigint, mode, t, step)', 'd', '', 'customer NOT IN (SELECT customer FROM e WHERE step IS NULL)');
wrong('order of time', "engage.window_funnel(within::bigint, mode, t, $four)", '(SELECT * FROM e ORDER BY customer, t, mask) x');
wrong('falling order of time', "engage.window_funnel(within::bigint, mode, t, $four ORDER BY t DESC, mask)");

my $workers = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off;';
my $parts = 'SET enable_partitionwise_aggregate = on; SET enable_partitionwise_join = on; SET max_parallel_workers_per_gather = 0;';
my $direct = "SELECT customer, engage.window_funnel(2::bigint, 'strict_once', t, $four) FROM d GROUP BY customer";
like(sql($node, "$workers EXPLAIN (COSTS OFF) $direct"), qr/Partial.*Gather|Gather.*Partial/s, 'partial aggregates in workers');
like(sql($node, "$parts EXPLAIN (COSTS OFF) $direct"), qr/Partial/, 'partial aggregates of partitions');

# one question for all customers, by all ways of computing it
for my $mode (map { s/'/''/gr } sort keys %oracle)
{
	my $query = sub { my ($call) = @_; "SELECT md5(string_agg(customer || ':' || coalesce(l, -1), ' ' ORDER BY customer)) FROM (SELECT customer, $call AS l FROM d GROUP BY customer) x" };
	my $call = "engage.window_funnel(3::bigint, '$mode', t, $four)";
	my $serial = sql($node, "SET max_parallel_workers_per_gather = 0; " . $query->($call));
	is(sql($node, "$workers " . $query->($call)), $serial, "$mode: workers");
	is(sql($node, "$parts " . $query->($call)), $serial, "$mode: partitions");
	is(sql($node, "SET enable_sort = off; SET work_mem = '64kB'; SET hash_mem_multiplier = 1; " . $query->($call)), $serial, "$mode: little memory");
	is(sql($node, "SELECT count(*) FROM (SELECT customer, t, i, $call OVER w AS level, array_agg(i) OVER w AS rows FROM d WINDOW w AS (PARTITION BY customer ORDER BY i DESC ROWS BETWEEN 3 PRECEDING AND CURRENT ROW)) x
		WHERE level IS DISTINCT FROM (SELECT $call FROM d WHERE d.customer = x.customer AND d.i = ANY (x.rows)) AND customer < 150"), 0, "$mode: frames");
}

# ------------------------------------------------------------------ a customer with many events
sql($node, <<'SQL');
	CREATE TABLE many AS SELECT i, (i * 7919::bigint) % 200003 AS t, 1 + abs(hashint4(i::int) % 6) AS step FROM generate_series(1, 300000) i;
	ANALYZE many;
SQL
for my $mode ('default', 'strict_increase', 'strict_once', 'consecutive', 'any_order')
{
	my $call = "engage.window_funnel(%s::bigint, '$mode', t, step)";
	my @levels = map { my $c = sprintf $call, $_; sql($node, "SELECT $c || ' ' || (SELECT $c FROM (SELECT * FROM many ORDER BY t, i) x) FROM many") } 0, 1, 2, 5;
	is(scalar(grep { my @l = split / /; $l[0] ne $l[1] } @levels), 0, "$mode: many events in any order (levels @levels)");
	my $c = sprintf $call, 2;
	is(sql($node, "$workers SELECT $c FROM many"), (split / /, $levels[2])[0], "$mode: many events in workers");
}

# ------------------------------------------------------------------ retention, against plain SQL
for my $form ("retention($four)", "retention(VARIADIC ARRAY[$four])")
{
	my $wanted = 'ARRAY[' . join(', ', map { "coalesce(bool_or($conditions[0]) AND bool_or($conditions[$_]), false)" } 0 .. 3) . ']';
	is(sql($node, "$_->[1] SELECT count(*) FROM (SELECT engage.$form AS got, $wanted AS wanted FROM d GROUP BY customer) x WHERE got IS DISTINCT FROM wanted"), 0, "$form, $_->[0]")
	  for [ 'serial', '' ], [ 'workers', $workers ], [ 'partitions', $parts ];
}
is(sql($node, "$_->[1] SELECT engage.retention_counts(r) = ARRAY[count(*) FILTER (WHERE r[1]), count(*) FILTER (WHERE r[2]), count(*) FILTER (WHERE r[3]), count(*) FILTER (WHERE r[4])]
	AND engage.funnel_counts(l, 4) = ARRAY[count(*) FILTER (WHERE l >= 1), count(*) FILTER (WHERE l >= 2), count(*) FILTER (WHERE l >= 3), count(*) FILTER (WHERE l >= 4)]
	FROM (SELECT engage.retention($four) AS r, engage.window_funnel(3::bigint, t, $four) AS l FROM d GROUP BY customer) x"), 't', "counts, $_->[0]")
  for [ 'serial', '' ], [ 'workers', $workers ], [ 'partitions', $parts ];

# ------------------------------------------------------------------ sessions, against plain SQL
for my $gap (0, 1, 2, 5)
{
	my $key = 'nullif(mask % 3, 2)';
	my $query = sub {
		my ($breaks) = @_;
		my $last = "(array_remove(array_agg($key) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), NULL))";
		return "SELECT i, customer, t, sum(is_new::int) OVER w FROM (SELECT *, t - lag(t) OVER w IS NULL OR t - lag(t) OVER w > $gap OR coalesce($breaks AND $key <> $last\[cardinality($last)], false) AS is_new
			FROM e WHERE t IS NOT NULL WINDOW w AS (PARTITION BY customer ORDER BY t, i)) x WINDOW w AS (PARTITION BY customer ORDER BY t, i)";
	};
	for my $call ([ 'bigint', "engage.sessionize(t, $gap)" ], [ 'timestamptz', "engage.sessionize(ts, $gap * interval '1 second')" ], [ 'timestamp', "engage.sessionize(ts AT TIME ZONE 'UTC', $gap * interval '1 second')" ],
		[ 'date', "engage.sessionize(date '2024-03-28' + t::int, $gap * interval '1 day')" ],
		[ 'keys', "engage.sessionize(t, $gap, $key, 'same'::text)" ], [ 'keys of other types', "engage.sessionize(ts, $gap * interval '1 second', repeat('ab', 500) || $key, ($key)::numeric)" ])
	{
		my $wanted = $query->($call->[0] =~ /^keys/ ? 'true' : 'false');
		is(sql($node, "SELECT count(*) FROM ((SELECT i, customer, t, $call->[1] OVER (PARTITION BY customer ORDER BY t, i) FROM e WHERE t IS NOT NULL) EXCEPT ALL ($wanted)) x"), 0, "sessions with a gap of $gap: $call->[0]");
	}
}
is(sql($node, 'SELECT count(*) FROM (SELECT t, engage.sessionize(t, 1) OVER (PARTITION BY customer ORDER BY t NULLS FIRST) AS s FROM e) x WHERE (t IS NULL) <> (s IS NULL)'), 0, 'a NULL time has no session');

$node->stop;
done_testing();
