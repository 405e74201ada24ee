# Timelines, funnels and paths of random customers, against plain SQL over their rows and a search through all chains of events.
use strict;
use warnings;
use Encode qw(encode);
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use PostgreSQL::Test::Utils;
use Test::More;
use utf8;

my $seed = seed();
my $node = engage_node('timeline', max_parallel_workers => 8, work_mem => '32MB', timezone => 'UTC');
my $dir = PostgreSQL::Test::Utils::tempdir('timeline');
sql($node, 'ALTER DATABASE engage SET search_path = public, engage');

sub pick { return $_[ int rand @_ ]; }

# ------------------------------------------------------------ random customers
my @names = ('view', 'cart', 'buy', 'a', '', 'a"b', '""', q(it's), 'x,y', 'x@2024-01-01T00:00:00Z', 'k=1', '1:', 'né', '客户', '🛒', "t\tn\n", 'b\\s', 'é' x 70, 'l' x 300, 'A', ' view ');
my @units = (1, 1_000, 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000);
my ($least, $most) = (-211813488000000000, 9223371331199999999);
my @values = (0, 1, -1, 2.5, 0.1, 19.99, -1e-300, 1e100, 5e-324, 123456789.123456789, -0.0);

sub escaped { my ($s) = @_; $s =~ s/\\/\\\\/g; $s =~ s/\t/\\t/g; $s =~ s/\n/\\n/g; return $s; }

sub load
{
	my ($table, $lines) = @_;
	open my $file, '>:utf8', "$dir/$table" or die;
	print {$file} map { join("\t", map { defined $_ ? escaped($_) : '\N' } @$_) . "\n" } @$lines;
	close $file;
	my ($status, undef, $err) = $node->psql('engage', "\\copy $table FROM '$dir/$table'", on_error_stop => 1);
	die $err if $status;
	return;
}

my $customers = cases(300);
my @events;
for my $c (1 .. $customers)
{
	my $unit = pick(@units);
	my $span = pick(1, 3, 10, 100, 5000);
	my @own = map { pick(@names) } 1 .. 1 + int rand 6;
	push @own, map { "name $_" } 1 .. 400 if rand() < 0.03;
	my $base = rand() < 0.8 ? 757382400000000 + $unit * int rand 1000 : rand() < 0.5 ? $least : $most - $unit * $span;
	$base -= $base % 86_400_000_000 if $base > 0 && rand() < 0.5;
	my $n = int rand pick(2, 5, 20, 300, @own > 100 ? 1500 : 3);
	my $with = pick(0, 0, 0.5, 1);
	for (1 .. $n)
	{
		my $time = $base + $unit * int rand $span;
		$time = $most if $time > $most;
		push @events, [ $c, $time, pick(@own), rand() < $with ? pick(@values) : undef ];
		push @events, $events[-1] if rand() < 0.1;
	}
	push @events, [ $c, undef, 'view', 1 ], [ $c, 0, undef, undef ] if rand() < 0.1;
}
sql($node, <<'SQL');
	SET client_min_messages = warning;
	CREATE FUNCTION at(t bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
		$$ SELECT timestamptz '2000-01-01 00:00:00+00' + (t / 86400000000)::int * interval '1 day' + (t % 86400000000) * interval '1 microsecond' $$;
	CREATE TABLE raw (c int, t bigint, event text, value float8);
SQL
load('raw', \@events);
sql($node, <<'SQL');
	CREATE TABLE ev AS SELECT c, at(t) AS ts, event, value FROM raw WHERE t IS NOT NULL AND event IS NOT NULL;
	CREATE INDEX ON ev (c);
	-- the same in another order, in parts, with the rows that do not count
	CREATE TABLE parts (c int, ts timestamptz, event text, value float8, part int) PARTITION BY LIST (part);
	CREATE TABLE parts0 PARTITION OF parts FOR VALUES IN (0);
	CREATE TABLE parts1 PARTITION OF parts FOR VALUES IN (1);
	CREATE TABLE parts2 PARTITION OF parts FOR VALUES IN (2);
	INSERT INTO parts SELECT c, at(t), event, value, floor(3 * random()) FROM raw ORDER BY random();
	ALTER TABLE parts ALTER c SET (n_distinct_inherited = 5);
	ALTER TABLE parts0 ALTER c SET (n_distinct = 5);
	ALTER TABLE parts1 ALTER c SET (n_distinct = 5);
	ALTER TABLE parts2 ALTER c SET (n_distinct = 5);
	CREATE TABLE tl AS SELECT c, engage.timeline_agg(ts, event, value) AS t FROM ev GROUP BY c;
	CREATE UNIQUE INDEX ON tl (c);
	CREATE VIEW ranked AS SELECT *, row_number() OVER (PARTITION BY c ORDER BY ts, event COLLATE "C", value NULLS FIRST) AS n FROM ev;
	ANALYZE;
SQL
is(sql($node, q{SELECT count(*) FROM raw, LATERAL (SELECT at(t) - '2000-01-01 00:00:00+00' AS i) x WHERE t IS NOT NULL AND extract(day FROM i) * 86400000000 + (extract(hour FROM i) * 60 + extract(minute FROM i)) * 60000000 + extract(microsecond FROM i) <> t}), 0, 'times are what they were meant to be');
note(sql($node, q{SELECT count(*) || ' customers, ' || max(engage.length(t)) || ' events, ' || max(cardinality(engage.event_names(t))) || ' names at most' FROM tl}));

my $workers = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off;';
my $serial = 'SET max_parallel_workers_per_gather = 0;';
my $partwise = "$serial SET enable_partitionwise_aggregate = on;";

# ------------------------------------------------------------ the value
# none LABEL, QUERY, SETTINGS: the query counts what is wrong
sub none
{
	my ($label, $query, $settings) = @_;
	return is(sql($node, ($settings // '') . $query), 0, $label);
}
none('events() are the rows, in order', 'SELECT count(*) FROM ((SELECT c, e.n, e.ts, e.event, e.value FROM tl, engage.events(t) e EXCEPT ALL SELECT c, n, ts, event, value FROM ranked)
	UNION ALL (SELECT c, n, ts, event, value FROM ranked EXCEPT ALL SELECT c, e.n, e.ts, e.event, e.value FROM tl, engage.events(t) e)) x');
none('text and back', 'SELECT count(*) FROM tl WHERE NOT (t::text::engage.timeline = t AND t::text::engage.timeline::text = t::text)');
for my $format ('binary', 'text', 'csv')
{
	my ($status, undef, $err) = $node->psql('engage', "\\copy tl TO '$dir/tl' (FORMAT $format)\nCREATE TABLE back (LIKE tl);\n\\copy back FROM '$dir/tl' (FORMAT $format)", on_error_stop => 1);
	is($status, 0, "COPY $format") or diag($err);
	none("COPY $format and back", 'SELECT count(*) FROM tl FULL JOIN back USING (c) WHERE (tl.t = back.t) IS NOT TRUE');
	sql($node, 'DROP TABLE back');
}

# built LABEL, QUERY of c and t, SETTINGS: the same values by another way
sub built
{
	my ($label, $query, $settings) = @_;
	return none($label, "SELECT count(*) FROM tl FULL JOIN ($query) x (c, t) USING (c) WHERE (tl.t = x.t AND engage.timeline_send(tl.t) = engage.timeline_send(x.t) AND engage.timeline_hash(tl.t) = engage.timeline_hash(x.t)) IS NOT TRUE", $settings);
}
my $build = 'SELECT c, engage.timeline_agg(ts, event, value) FROM parts GROUP BY c HAVING count(ts + 0 * interval \'1 s\') FILTER (WHERE event IS NOT NULL) > 0';
for my $plan ([ 'serial', $serial ], [ 'workers', $workers ], [ 'parts', $partwise ], [ 'sorted', "$serial SET enable_hashagg = off;" ], [ 'little memory', "$serial SET work_mem = '64kB'; SET hash_mem_multiplier = 1; SET enable_sort = off;" ])
{
	built("rows in another order, $plan->[0]", $build, $plan->[1]);
	built("rollup of random parts, $plan->[0]", 'SELECT c, engage.rollup(t) FROM (SELECT c, engage.timeline_agg(ts, event, value) AS t FROM parts GROUP BY c, part) y GROUP BY c HAVING engage.rollup(t) IS NOT NULL', $plan->[1]);
}
like(sql($node, "$workers EXPLAIN (COSTS OFF) $build"), qr/Partial.*Gather|Gather.*Partial/s, 'partial aggregates in workers');
like(sql($node, "$partwise EXPLAIN (COSTS OFF) $build"), qr/Partial/, 'partial aggregates of partitions');
built('rollup of single rows', 'SELECT c, engage.rollup(t) FROM (SELECT c, engage.timeline_agg(ts, event, value) AS t FROM parts GROUP BY c, ctid, tableoid ORDER BY random()) y GROUP BY c HAVING engage.rollup(t) IS NOT NULL');
built('||', <<'SQL');
	SELECT c, coalesce(a OPERATOR(engage.||) b, a, b) FROM (SELECT c, engage.timeline_agg(ts, event, value) FILTER (WHERE part = 0) AS a, engage.timeline_agg(ts, event, value) FILTER (WHERE part > 0) AS b FROM parts GROUP BY c) y
	WHERE a IS NOT NULL OR b IS NOT NULL
SQL
built("timelines(query), work_mem = $_", q{SELECT * FROM engage.timelines('SELECT c, ts, event, value FROM parts', NULL::int)}, "SET work_mem = '$_';") for '64kB', '64MB';
built('timelines(query) by text', q{SELECT customer_key::int, t FROM engage.timelines('SELECT c::text, ts, event, value FROM parts', NULL::text)});
built('timestamp in another zone', q{SELECT c, engage.timeline_agg(ts AT TIME ZONE 'UTC', event, value) FROM ev GROUP BY c}, "SET timezone = 'Asia/Tehran';");
built('its own events', 'SELECT c, (SELECT engage.timeline_agg(e.ts, e.event, e.value ORDER BY random()) FROM engage.events(t) e) FROM tl');
built('window', 'SELECT DISTINCT ON (c) c, engage.timeline_agg(ts, event, value) OVER (PARTITION BY c) FROM ev');
is(sql($node, 'SELECT (SELECT count(DISTINCT t::text) FROM tl) - (SELECT count(*) FROM (SELECT DISTINCT t FROM tl) x)'), 0, 'equal values are equal texts');

# ------------------------------------------------------------ accessors, against SQL over the rows
# same GOT, WANT: of every customer, WANT an aggregate over his rows "r"
sub same
{
	my ($got, $want) = @_;
	return none($got, "SELECT count(*) FROM tl, LATERAL (SELECT $want AS want FROM ranked r WHERE r.c = tl.c) w WHERE ($got) IS DISTINCT FROM want");
}
# names and times that some have and others have not; integers for each customer
my $name = "(ARRAY['view', 'a\"b', '客户', '', 'nobody'])[1 + tl.c % 5]";
my $list = "ARRAY[$name, 'x,y', 'cart', NULL]";
my $time = '(SELECT ts FROM ranked r WHERE r.c = tl.c AND r.n = 1 + tl.c % 7)';
my $order = 'ORDER BY r.ts, r.event COLLATE "C", r.value NULLS FIRST';
my $made = 'engage.timeline_agg(ts, event, value)';
same('engage.length(t)', 'count(*)');
same('engage.event_count(t)', 'count(*)');
same("engage.event_count(t, $name)", "count(*) FILTER (WHERE event = $name)");
same('engage.total_value(t)', "sum(value $order)");
same("engage.total_value(t, $name)", "sum(value $order) FILTER (WHERE event = $name)");
same('engage.first_at(t)', 'min(ts)');
same('engage.last_at(t)', 'max(ts)');
same('engage.event_names(t)', 'array_agg(DISTINCT event COLLATE "C" ORDER BY event COLLATE "C")');
same("t OPERATOR(engage.@>) ARRAY[$name]", "bool_or(event = $name)");
same("t OPERATOR(engage.@>) ARRAY[$name, 'cart']", "bool_or(event = $name) AND bool_or(event = 'cart')");
same("t OPERATOR(engage.&&) $list", "coalesce(bool_or(event = ANY ($list)), false)");
same("engage.keep(t, $list)", "coalesce($made FILTER (WHERE event = ANY ($list)), '1:')");
same("engage.discard(t, $list)", "coalesce($made FILTER (WHERE (event = ANY ($list)) IS NOT TRUE), '1:')");
same("engage.slice(t, $time, NULL)", "coalesce($made FILTER (WHERE ts >= $time OR $time IS NULL), '1:')");
same("engage.slice(t, NULL, $time)", "coalesce($made FILTER (WHERE ts < $time OR $time IS NULL), '1:')");
my $later = "CASE WHEN $time < '294276-01-01' THEN $time + interval '3 days' ELSE 'infinity' END";
same("engage.slice(t, $time, $later)", "coalesce($made FILTER (WHERE (ts >= $time AND ts < $later) IS NOT FALSE), '1:')");
same("engage.rename_events(t, ARRAY[$name, 'cart', 'buy'], ARRAY['cart', 'n\"w', 'n\"w'])", "engage.timeline_agg(ts, CASE WHEN event = $name THEN 'cart' WHEN event IN ('cart', 'buy') THEN 'n\"w' ELSE event END, value)");
same('engage.dedup(t)', "(SELECT $made FROM (SELECT DISTINCT ts, event, value FROM ev WHERE ev.c = tl.c) d)");
same('engage.dedup(t OPERATOR(engage.||) t)', "(SELECT $made FROM (SELECT DISTINCT ts, event, value FROM ev WHERE ev.c = tl.c) d)");
same("engage.next_event(t, $name)", "(SELECT event FROM ranked n WHERE n.c = tl.c AND n.n = 1 + min(r.n) FILTER (WHERE r.event = $name))");

for my $gap ("interval '1 us'", "interval '1 ms'", "interval '2 seconds'", "interval '1 hour'", "interval '100000000 days'")
{
	my $sessions = <<"SQL";
		SELECT c, s, min(ts), max(ts), max(ts) - min(ts), count(*), sum(value ORDER BY n), (array_agg(event ORDER BY n))[1], (array_agg(event ORDER BY n DESC))[1]
		FROM (SELECT *, 1 + count(*) FILTER (WHERE is_new) OVER (PARTITION BY c ORDER BY n) AS s
			FROM (SELECT *, ts - lag(ts) OVER (PARTITION BY c ORDER BY n) > $gap AS is_new FROM ranked) x) y GROUP BY c, s
SQL
	my $got = "SELECT c, s.session, s.started_at, s.ended_at, s.duration, s.events, s.value, s.entry, s.exit FROM tl, engage.sessions(t, $gap) s";
	none("sessions(t, $gap)", "SELECT count(*) FROM (($got EXCEPT ALL $sessions) UNION ALL ($sessions EXCEPT ALL $got)) x");
	none("session_count(t, $gap)", "SELECT count(*) FROM tl WHERE engage.session_count(t, $gap) <> (SELECT count(*) FROM engage.sessions(t, $gap))");
}

# ------------------------------------------------------------ paths of one customer
# what happened, in order
my %rows;
push @{ $rows{ $_->[0] } }, $_->[1] for rows($node, q{SELECT c, encode(convert_to(event, 'UTF8'), 'hex') FROM ranked ORDER BY c, n});

sub path_of
{
	my ($max, $starts_at, $ends_at, $collapse, @events) = @_;
	my @path;
	if (defined $starts_at)
	{
		shift @events while @events && $events[0] ne $starts_at;
		return if !@events;
	}
	if (defined $ends_at)
	{
		# the event it starts at is not one after it
		my ($last) = grep { $events[$_] eq $ends_at } (defined $starts_at ? 1 : 0) .. $#events;
		return if !defined $last;
		$#events = $last;
	}
	for my $event (@events)
	{
		push @path, $event if !$collapse || !@path || $path[-1] ne $event;
	}
	if (defined $max && @path > $max)
	{
		@path = defined $ends_at ? @path[ -$max .. -1 ] : @path[ 0 .. $max - 1 ];
	}
	return @path;
}
my @path_cases;
for my $c (sort { $a <=> $b } keys %rows)
{
	for (1 .. 4)
	{
		my @own = @{ $rows{$c} };
		my @args = (rand() < 0.5 ? undef : 1 + int rand 4, rand() < 0.5 ? undef : pick(@own, '78'), rand() < 0.5 ? undef : pick(@own, '78'), int rand 2);
		my @path = path_of(@args, @own);
		push @path_cases, [ $c, @args, '{' . join(',', map { $_ eq '' ? '""' : $_ } @path) . '}' ];
	}
}
sql($node, 'CREATE TABLE path_case (c int, max_steps int, starts_at text, ends_at text, collapse int, path text[])');
load('path_case', \@path_cases);
none('event_path()', <<'SQL');
	SELECT count(*) FROM path_case JOIN tl USING (c)
	WHERE engage.event_path(t, max_steps, convert_from(decode(starts_at, 'hex'), 'UTF8'), convert_from(decode(ends_at, 'hex'), 'UTF8'), collapse = 1)
		IS DISTINCT FROM coalesce((SELECT array_agg(convert_from(decode(e, 'hex'), 'UTF8') ORDER BY i) FROM unnest(path) WITH ORDINALITY p(e, i)), '{}')
SQL

# ------------------------------------------------------------ paths of all, against SQL
for my $gap ("interval '1 us'", "interval '2 seconds'", "interval '1 day'")
{
	for my $max (1, 3, 1000000)
	{
		my $edges = <<"SQL";
			WITH s AS (SELECT c, n, event, count(*) FILTER (WHERE is_new) OVER (PARTITION BY c ORDER BY n) AS s
					FROM (SELECT *, ts - lag(ts) OVER (PARTITION BY c ORDER BY n) > $gap AS is_new FROM ranked) x),
				steps AS (SELECT c, s, event, row_number() OVER (PARTITION BY c, s ORDER BY n) AS step
					FROM (SELECT *, lag(event) OVER (PARTITION BY c, s ORDER BY n) AS before FROM s) y WHERE before IS DISTINCT FROM event),
				edges AS (SELECT c, 0 AS step, NULL::text AS source, event AS target FROM steps WHERE step = 1
					UNION ALL SELECT a.c, a.step, a.event, b.event FROM steps a LEFT JOIN steps b ON a.c = b.c AND a.s = b.s AND b.step = a.step + 1 WHERE a.step <= $max AND (b.event IS NULL OR b.step <= $max)),
				total AS (SELECT count(*) AS n FROM (SELECT DISTINCT c, s FROM s) z)
			SELECT step, source, target, count(DISTINCT c) AS customers, count(*) AS paths, 100.0::float8 * count(*) / (SELECT n FROM total) AS pct, 1::bigint AS edges FROM edges GROUP BY 1, 2, 3
SQL
		for my $form ([ 'timelines', "engage.path_agg(t, $gap, $max) FROM tl" ], [ 'rows', "engage.path_agg(c, ts, event, $gap, $max) FROM parts" ], [ 'rows by text', "engage.path_agg('customer ' || c, ts, event, $gap, $max) FROM parts" ],
			[ 'parts of customers', "engage.rollup(p) FROM (SELECT engage.path_agg(c, ts, event, $gap, $max) AS p FROM parts GROUP BY c % 7) x" ])
		{
			my $got = "SELECT e.* FROM (SELECT $form->[1]) p (p), engage.path_edges(p, NULL) e";
			none("path_agg of $form->[0], gap $gap, at most $max steps", "CREATE TEMP TABLE want AS $edges; CREATE TEMP TABLE got AS $got;
				SELECT count(*) FROM ((TABLE got EXCEPT ALL TABLE want) UNION ALL (TABLE want EXCEPT ALL TABLE got)) x");
		}
		is(sql($node, "$_->[1] SELECT (SELECT engage.path_agg(t, $gap, $max)::text FROM (SELECT * FROM tl ORDER BY random()) x) = (SELECT engage.path_agg(c, ts, event, $gap, $max)::text FROM parts)"), 't', "path_agg, gap $gap, $max steps: the same bytes, $_->[0]")
		  for [ 'serial', $serial ], [ 'workers', $workers ], [ 'little memory', "SET work_mem = '64kB';" ];
	}
}

# ------------------------------------------------------------ funnels, against a search
# Rows are [time, mask of the steps that have its name].  All chains of rows, of which the best are kept:
# those that come furthest, of these those that end first, of these those that start last.
sub better
{
	my ($best, $level, $times) = @_;
	my $order = $best->{level} <=> $level || ($level ? $times->[-1] <=> $best->{end} || $best->{start} <=> $times->[0] : 0);
	return if $order > 0;
	%$best = (level => $level, start => $times->[0], end => $times->[-1], chains => {}) if $order < 0;
	return;
}

sub keep_best
{
	my ($best, $chain, $key) = @_;
	my @times = sort { $a <=> $b } map { $_->[0] } @$chain;
	better($best, scalar @times, \@times);
	$best->{chains}{$key} = 1 if $best->{level} == @times && (!@times || $best->{start} == $times[0] && $best->{end} == $times[-1]);
	return;
}

sub chains
{
	my ($best, $rows, $n, $within, $rises, $once, @chain) = @_;
	keep_best($best, \@chain, join ',', map({ $_->[0] } @chain), ('NULL') x ($n - @chain)) if @chain;
	return if @chain == $n;
	for my $row (@$rows)
	{
		next if !($row->[1] >> @chain & 1);
		if (@chain)
		{
			next if $row->[0] < $chain[-1][0] || $row->[0] - $chain[0][0] > $within;
			next if $rises && $row->[0] == $chain[-1][0];
			next if $once && grep { $_ == $row } @chain;
		}
		chains($best, $rows, $n, $within, $rises, $once, @chain, $row);
	}
	return;
}

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

sub neighbours
{
	my ($best, $rows, $n, $within, $rises) = @_;
	for my $order (orders([ grep { $_->[1] } @$rows ]))
	{
		for my $from (0 .. $#$order)
		{
			my @chain;
			while (@chain < $n && $from + @chain < @$order)
			{
				my $row = $order->[ $from + @chain ];
				last if !($row->[1] >> @chain & 1) || $row->[0] - $order->[$from][0] > $within;
				last if $rises && @chain && $row->[0] == $chain[-1][0];
				push @chain, $row;
				keep_best($best, \@chain, join ',', map({ $_->[0] } @chain), ('NULL') x ($n - @chain));
			}
		}
	}
	return;
}

# any order: of every step one row at most, within the window of the first
sub any_order
{
	my ($best, $rows, $n, $within, $step, @met) = @_;
	$step //= 0;
	if ($step == $n)
	{
		my @chain = grep { defined } @met;
		my @times = sort { $a <=> $b } map { $_->[0] } @chain;
		keep_best($best, \@chain, join ',', map { defined $_ ? $_->[0] : 'NULL' } @met) if @chain && $times[-1] - $times[0] <= $within;
		return;
	}
	any_order($best, $rows, $n, $within, $step + 1, @met, $_) for undef, grep { $_->[1] >> $step & 1 } @$rows;
	return;
}

my %oracle = (
	default => sub { chains(@_, 0, 0) },
	strict_increase => sub { chains(@_, 1, 0) },
	strict_once => sub { chains(@_, 0, 1) },
	'strict_increase,strict_once' => sub { chains(@_, 1, 1) },
	consecutive => sub { neighbours(@_, 0) },
	'strict_increase,consecutive' => sub { neighbours(@_, 1) },
	any_order => \&any_order);

my @questions;
my @steps_names = ('a', 'b"', 'c,', 'ü', '');
for my $q (1 .. 6)
{
	my $n = 1 + $q % 4;
	push @questions, { q => $q, steps => [ map { pick(@steps_names[ 0 .. 3 ]) } 1 .. $n ], within => int rand 7 };
}
my (@small, @levels);
my $people = cases(120);
for my $c (1 .. $people)
{
	my $span = 1 + int rand 8;
	my @rows = map { [ int rand $span, pick(@steps_names) ] } 1 .. 1 + int rand 7;
	push @small, [ $c, @$_ ] for @rows;
	for my $question (@questions)
	{
		my @steps = @{ $question->{steps} };
		my @masked = map { my $row = $_; my $mask = 0; $steps[$_] eq $row->[1] and $mask |= 1 << $_ for 0 .. $#steps; [ $row->[0], $mask ] } @rows;
		for my $mode (sort keys %oracle)
		{
			my %best = (level => 0, chains => {});
			$oracle{$mode}->(\%best, \@masked, scalar @steps, $question->{within});
			my @chains = %best && $best{level} ? sort keys %{ $best{chains} } : join ',', ('NULL') x @steps;
			push @levels, [ $c, $question->{q}, $mode, $best{level}, '{' . join(',', map { "\"{$_}\"" } @chains) . '}' ];
		}
	}
}
sql($node, <<'SQL');
	CREATE TABLE small_raw (c int, t int, event text);
	CREATE TABLE want (c int, q int, mode text, level int, chains text[]);
	CREATE TABLE question (q int, steps text[], within int);
SQL
load('small_raw', \@small);
load('want', \@levels);
load('question', [ map { [ $_->{q}, '{' . join(',', map { my $s = $_; $s =~ s/"/\\"/g; "\"$s\"" } @{ $_->{steps} }) . '}', $_->{within} ] } @questions ]);
sql($node, <<'SQL');
	CREATE TABLE small AS SELECT c, timestamptz '2024-03-31 00:59:57+00' + t * interval '1 second' AS ts, event FROM small_raw ORDER BY random();
	CREATE TABLE small_tl AS SELECT c, engage.timeline_agg(ts, event) AS t FROM small GROUP BY c;
	CREATE FUNCTION seconds(times timestamptz[]) RETURNS text LANGUAGE sql IMMUTABLE AS
		$$ SELECT '{' || string_agg(coalesce(extract(epoch FROM t - timestamptz '2024-03-31 00:59:57+00')::int::text, 'NULL'), ',' ORDER BY i) || '}' FROM unnest(times) WITH ORDINALITY u(t, i) $$;
	CREATE TABLE asked AS SELECT c, q, w.mode, level, chains, t, steps, within * interval '1 second' AS within FROM want w JOIN question USING (q) JOIN small_tl USING (c);
	ANALYZE;
SQL
note(sql($node, q{SELECT string_agg(level || ': ' || n, ', ' ORDER BY level) FROM (SELECT level, count(*) AS n FROM want GROUP BY 1) x}));
my $complain = sub {
	my ($label, $where) = @_;
	my $wrong = sql($node, "SELECT count(*) FROM asked WHERE $where");
	is($wrong, 0, $label) or diag(sql($node, "SELECT mode, steps, within, t, level, engage.funnel_level(t, steps, within, mode), seconds(engage.funnel_times(t, steps, within, mode)), chains FROM asked WHERE $where ORDER BY length(t::text) LIMIT 3"));
};
$complain->('funnel_level()', 'engage.funnel_level(t, steps, within, mode) IS DISTINCT FROM level');
$complain->('funnel_level() without mode', q{mode = 'default' AND engage.funnel_level(t, steps, within) IS DISTINCT FROM level});
$complain->('funnel_times()', 'NOT seconds(engage.funnel_times(t, steps, within, mode)) = ANY (chains)');
$complain->('time_to_convert()', 'engage.time_to_convert(t, steps, within, mode) IS DISTINCT FROM CASE WHEN level = cardinality(steps) THEN
	(SELECT max(x) - min(x) FROM unnest(engage.funnel_times(t, steps, within, mode)) x) END');

my $literal = sub { my ($s) = @_; $s =~ s/'/''/g; return "'$s'"; };
for my $question (@questions)
{
	my $steps = 'ARRAY[' . join(', ', map { $literal->($_) } @{ $question->{steps} }) . ']::text[]';
	my $within = "interval '$question->{within} seconds'";
	my $conditions = join ', ', map { 'event = ' . $literal->($_) } @{ $question->{steps} };
	for my $mode (sort keys %oracle)
	{
		my $label = "question $question->{q}, $mode";
		my @settings = ([ 'serial', $serial ], [ 'workers', $workers ], [ 'little memory', "SET work_mem = '64kB'; SET hash_mem_multiplier = 1;" ]);
		my $stored = sql($node, "SELECT engage.funnel_agg(t, $steps, $within, '$mode') FROM (SELECT * FROM small_tl ORDER BY random()) x");
		for my $s (@settings)
		{
			is(sql($node, "$s->[1] SELECT engage.funnel_agg(t, $steps, $within, '$mode') FROM small_tl; SELECT engage.funnel_agg(c, ts, event, $steps, $within, '$mode') FROM small"),
				"$stored\n$stored", "$label: timelines and rows, $s->[0]");
		}
		is(sql($node, "SELECT engage.rollup(f) FROM (SELECT engage.funnel_agg(c, ts, event, $steps, $within, '$mode') AS f FROM small GROUP BY c % 5 ORDER BY random()) x"), $stored, "$label: parts");
		none("$label: window_funnel()", "SELECT count(*) FROM (SELECT c, engage.window_funnel($within, '$mode', ts, $conditions) AS got FROM small GROUP BY c) x JOIN want USING (c) WHERE q = $question->{q} AND mode = '$mode' AND got <> level");
		# customers and times of the steps, from the search and the times of each customer
		my $times = "SELECT i AS step, i > 1 AS has_time, extract(epoch FROM x[i] - x[greatest(i - 1, 1)])::float8 AS took, extract(epoch FROM x[i] - x[1])::float8 AS total
			FROM (SELECT level, (SELECT array_agg(v ORDER BY v) FROM unnest(engage.funnel_times(t, steps, within, mode)) v WHERE v IS NOT NULL) AS x FROM asked WHERE q = $question->{q} AND mode = '$mode') y, generate_series(1, level) i";
		none("$label: funnel_steps()", <<"SQL");
			SELECT count(*) FROM engage.funnel_steps((SELECT engage.funnel_agg(t, $steps, $within, '$mode') FROM small_tl)) f
			LEFT JOIN (SELECT step, count(*) AS n, avg(took) FILTER (WHERE has_time) AS mean, percentile_disc(0.5) WITHIN GROUP (ORDER BY took) AS median, percentile_disc(0.9) WITHIN GROUP (ORDER BY took) AS p90,
				avg(total) AS total_mean, percentile_disc(0.5) WITHIN GROUP (ORDER BY total) AS total_median, percentile_disc(0.9) WITHIN GROUP (ORDER BY total) AS total_p90 FROM ($times) z GROUP BY step) w USING (step)
			WHERE f.customers <> coalesce(n, 0)
				OR (step > 1 AND n > 0 AND NOT (abs(extract(epoch FROM mean_time) - mean) <= 1e-6 AND abs(extract(epoch FROM mean_total_time) - total_mean) <= 1e-6
				AND abs(extract(epoch FROM approx_median_time) - median) <= 0.008 * median AND abs(extract(epoch FROM approx_p90_time) - p90) <= 0.008 * p90
				AND abs(extract(epoch FROM approx_median_total_time) - total_median) <= 0.008 * total_median AND abs(extract(epoch FROM approx_p90_total_time) - total_p90) <= 0.008 * total_p90) IS TRUE)
				OR ((step = 1 OR coalesce(n, 0) = 0) AND num_nonnulls(mean_time, approx_median_time, approx_p90_time, mean_total_time, approx_median_total_time, approx_p90_total_time) > 0)
SQL
	}
}

# the large random customers, too: all ways are one
for my $mode (sort keys %oracle)
{
	for my $within ("interval '0'", "interval '3 days'", "interval '1000000000 days'")
	{
		my $ask = "ARRAY['view', 'a\"b', 'cart', 'view'], $within, '$mode'";
		my $stored = sql($node, "$serial SELECT engage.funnel_agg(t, $ask) FROM tl");
		is(sql($node, "$serial SELECT engage.funnel_agg(c, ts, event, $ask) FROM parts"), $stored, "$mode, $within: rows");
		is(sql($node, "$workers SELECT engage.funnel_agg(t, $ask) FROM tl"), $stored, "$mode, $within: workers");
		is(sql($node, "SET work_mem = '64kB'; SELECT engage.funnel_agg(c::text, ts, event, $ask) FROM parts"), $stored, "$mode, $within: rows, little memory");
		none("$mode, $within: window_funnel()", "SELECT count(*) FROM tl JOIN (SELECT c, engage.window_funnel($within, '$mode', ts, event = 'view', event = 'a\"b', event = 'cart', event = 'view') AS l FROM parts GROUP BY c) x USING (c) WHERE engage.funnel_level(t, $ask) <> l");
	}
}

no_crash($node);
$node->stop;
done_testing();
