# Type activity against oracles: sets of ordinals in Perl, the server's own calendar in SQL.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use POSIX qw(floor);
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = seed();
my $node = engage_node('activity', 'max_parallel_workers' => 4);
my $dir = PostgreSQL::Test::Utils::tempdir('activity');

sub pick { return $_[ int rand @_ ]; }

# ---- one customer: questions, over sets of days that Perl keeps as numbers from 2000-01-01 on
# Sets of every kind: sparse, dense, long runs, close to the turn of a year or of a century.
sub random_set
{
	my %set;
	my $origin = pick(-36525, -400, -3, 0, 58, 364, 7300, 8766, 9131) + int rand 5;
	my $kind = pick('sparse', 'dense', 'runs', 'few', 'none', 'far');
	my $at = $origin;
	if ($kind eq 'sparse') { $set{ $at += 1 + int rand 200 } = 1 for 1 .. 1 + int rand 20; }
	elsif ($kind eq 'dense') { for (1 .. 1 + int rand 200) { $set{$at} = 1 if rand() < 0.6; $at++; } }
	elsif ($kind eq 'runs') { for (1 .. 1 + int rand 6) { $set{ $at++ } = 1 for 1 .. 1 + int rand 90; $at += 1 + int rand 90; } }
	elsif ($kind eq 'few') { $set{ $at + int rand 4 } = 1 for 1 .. 1 + int rand 3; }
	elsif ($kind eq 'far') { $set{ $at += int rand 3000000 } = 1 for 1 .. 1 + int rand 5; }
	return \%set;
}

# Of one set, at one day, from and to some day, for two distances: every answer, as text.
sub answers
{
	my ($set, $day, $from, $to, $k, $width) = @_;
	my @days = sort { $a <=> $b } keys %$set;
	my $between = grep { $_ >= $from && $_ < $to } @days;
	my $l = sub { my $n = shift; scalar grep { $set->{$_} } $day - $n + 1 .. $day };
	my $streak = sub { my $d = shift; my $n = 0; $n++ while $set->{ $d - $n }; $n };
	my ($longest) = sort { $b <=> $a } map { $streak->($_) } @days;
	my $first = $days[0];
	my $stage = !@days || $day < $first ? ''
	  : $day == $first ? 'new'
	  : $set->{$day} ? ($set->{ $day - 1 } ? 'returning' : 'resurrecting')
	  : $set->{ $day - 1 } ? 'dormant' : '';
	my $bool = sub { $_[0] ? 't' : 'f' };
	my $kept = sub { @days ? $bool->($_[0]) : '' };
	return join '|', scalar @days, $first // '', $days[-1] // '', $bool->($set->{$day}), $bool->($between), $between,
	  $l->(7), $l->(28), @days ? $streak->($days[-1]) : 0, $streak->($day), $longest // 0, $stage,
	  $kept->(@days && $set->{ $first + $k }), $kept->(@days && $days[-1] >= $first + $k),
	  $kept->(scalar grep { $_ >= $first + $k && $_ <= $first + $k + $width } @days), join(' ', grep { $_ >= $from && $_ < $to } @days);
}

my $cases = cases(3000);
open my $file, '>', "$dir/cases" or die;
for my $i (1 .. $cases)
{
	my $set = random_set();
	my @days = sort { $a <=> $b } keys %$set;
	my $near = sub { (@days && rand() < 0.9 ? pick(@days) : 8766) + int(rand 9) - 4 };
	my ($day, $from, $to) = ($near->(), sort { $a <=> $b } $near->(), $near->());
	my ($k, $width) = (pick(0, 1, 2, 7, int rand 100), pick(0, 1, 7, int rand 100));
	# events of the day, in any order, some twice
	my @events = sort { rand() <=> 0.5 } @days, map { pick(@days) } @days ? 1 .. int rand 5 : ();
	print {$file} join("\t", $i, '{' . join(',', @events) . '}', $day, $from, $to, $k, $width, answers($set, $day, $from, $to, $k, $width)), "\n";
}
close $file;
sql($node, 'CREATE TABLE c (i int PRIMARY KEY, days int[], day int, since int, until int, k int, width int, want text)');
my ($status, undef, $err) = $node->psql('engage', "\\copy c FROM '$dir/cases'", on_error_stop => 1);
is($status, 0, 'the cases are loaded') or diag($err);
sql($node, <<'SQL');
	SET search_path = public, engage;
	CREATE FUNCTION d(n int) RETURNS timestamp LANGUAGE sql IMMUTABLE RETURN timestamp '2000-01-01' + n * interval '1 day';
	CREATE FUNCTION n(t timestamp) RETURNS int LANGUAGE sql IMMUTABLE RETURN t::date - date '2000-01-01';
	CREATE TABLE q AS SELECT c.*, coalesce((SELECT activity_agg(d(x) + (i * 7919 % 86400) * interval '1 second', 'day') FROM unnest(days) x), '1:day:') AS a FROM c;
	CREATE FUNCTION got(q) RETURNS text LANGUAGE sql IMMUTABLE AS $$
		SELECT concat_ws('|', days_active(x), coalesce(n(first_active(x))::text, ''), coalesce(n(last_active(x))::text, ''),
			left(active_on(x, d($1.day))::text, 1), left(active_between(x, d($1.since), d($1.until))::text, 1), days_active(x, d($1.since), d($1.until)),
			l7(x, d($1.day)), l28(x, d($1.day)), streak(x), streak(x, d($1.day)), longest_streak(x), coalesce(lifecycle(x, d($1.day)), ''),
			coalesce(left(retained(x, $1.k)::text, 1), ''), coalesce(left(retained(x, $1.k, 'on_or_after')::text, 1), ''), coalesce(left(retained(x, $1.k, $1.k + $1.width)::text, 1), ''),
			(SELECT coalesce(string_agg(n(period)::text, ' '), '') FROM active_periods(x, d($1.since), d($1.until))))
		FROM (SELECT $1.a AS x) v $$;
SQL
# (functions of SQL find engage's)
my $path = 'SET search_path = public, engage;';
is(sql($node, "$path SELECT i, got(q), want FROM q WHERE got(q) IS DISTINCT FROM want LIMIT 5"), '', "$cases customers: every answer is the oracle's");
is(sql($node, "$path SELECT i, a, a::text::activity FROM q WHERE a::text::activity IS DISTINCT FROM a OR a::text::activity::text <> a::text LIMIT 5"), '', 'text is read back');
is(sql($node, "$path SELECT count(DISTINCT activity_hash(a)) > 0.9 * count(DISTINCT a::text), bool_and(activity_hash(a) = activity_hash(a::text::activity)) FROM q WHERE i <= 1000"), 't|t', 'hashes of equal ones are equal, of others mostly not');

# ---- two of them: algebra of sets
is(sql($node, <<"SQL"), '', 'union, intersection and difference are those of sets of days');
	$path
	SELECT x.i, x.a, y.a FROM q x JOIN q y ON y.i = x.i % $cases + 1,
	LATERAL (SELECT ARRAY(SELECT period FROM active_periods(x.a)) AS p, ARRAY(SELECT period FROM active_periods(y.a)) AS q) s
	WHERE ARRAY(SELECT period FROM active_periods(x.a || y.a)) <> ARRAY(SELECT unnest(p) UNION SELECT unnest(q) ORDER BY 1)
	   OR ARRAY(SELECT period FROM active_periods(x.a & y.a)) <> ARRAY(SELECT unnest(p) INTERSECT SELECT unnest(q) ORDER BY 1)
	   OR ARRAY(SELECT period FROM active_periods(x.a - y.a)) <> ARRAY(SELECT unnest(p) EXCEPT SELECT unnest(q) ORDER BY 1)
	   OR (x.a || y.a) <> (y.a || x.a) OR (x.a & y.a) <> (y.a & x.a) OR ((x.a - y.a) || (x.a & y.a)) <> x.a
	   OR (x.a = y.a) <> (p = q) OR (x.a || y.a) <> (SELECT rollup(v) FROM (VALUES (y.a), (x.a), (NULL)) t(v))
	   OR days_active(x.a || y.a) + days_active(x.a & y.a) <> days_active(x.a) + days_active(y.a) LIMIT 5
SQL
# near each other, so that they overlap
is(sql($node, <<"SQL"), '', 'and of sets that overlap');
	$path
	WITH near AS (SELECT i, activity_agg(date '2023-12-31' + (hashint8extended(k, i) % 40)::int * (i % 9), 'day') AS a FROM generate_series(1, 400) i, generate_series(1, 30) k GROUP BY i)
	SELECT x.i, x.a, y.a FROM near x JOIN near y ON y.i BETWEEN x.i + 1 AND x.i + 5,
	LATERAL (SELECT ARRAY(SELECT period FROM active_periods(x.a)) AS p, ARRAY(SELECT period FROM active_periods(y.a)) AS q) s
	WHERE ARRAY(SELECT period FROM active_periods(x.a || y.a)) <> ARRAY(SELECT unnest(p) UNION SELECT unnest(q) ORDER BY 1)
	   OR ARRAY(SELECT period FROM active_periods(x.a & y.a)) <> ARRAY(SELECT unnest(p) INTERSECT SELECT unnest(q) ORDER BY 1)
	   OR ARRAY(SELECT period FROM active_periods(x.a - y.a)) <> ARRAY(SELECT unnest(p) EXCEPT SELECT unnest(q) ORDER BY 1) LIMIT 5
SQL

# ---- events of instants: each unit, in random zones, as the server's own calendar has them
# (CET to the server is an abbreviation without summer time, to engage the zone of that name)
my @zones = map { $_->[0] } rows($node, "SELECT name FROM pg_timezone_names WHERE name !~ '^(posix|right)/' AND name NOT IN (SELECT abbrev FROM pg_timezone_abbrevs) ORDER BY name");
sql($node, 'CREATE TABLE e (i int, u int, part int, ts timestamptz)');
my %trunc = (hour => "date_trunc('hour', %s)", day => "date_trunc('day', %s)", week => "date_trunc('week', %s)",
	week_sunday => "date_trunc('week', %s + interval '1 day') - interval '1 day'", week_saturday => "date_trunc('week', %s + interval '2 days') - interval '2 days'",
	month => "date_trunc('month', %s)", quarter => "date_trunc('quarter', %s)", year => "date_trunc('year', %s)");
for my $round (1 .. cases(12))
{
	my $zone = pick(@zones);
	my $span = pick(86400 * 3, 86400 * 60, 86400 * 400, 86400 * 365 * 120);
	my $from = pick("'1900-01-01'", "'1999-12-15'", "'2023-10-20'", "'2024-02-20'");
	sql($node, "TRUNCATE e; SELECT setseed(" . rand() . "); INSERT INTO e SELECT i, (random() * 40)::int, (random() * 6)::int,
		date_trunc('second', timestamptz $from + random() * $span * interval '1 second') + (ARRAY[0, 0.5, 0.999999])[1 + i % 3] * interval '1 second' FROM generate_series(1, 2000) i; ANALYZE e");
	for my $unit (sort keys %trunc)
	{
		my $local = "(ts AT TIME ZONE '$zone')";
		my $start = sprintf $trunc{$unit}, $local;
		is(sql($node, <<"SQL"), '', "round $round: by $unit in $zone from $from");
			$path
			SELECT u, a FROM (SELECT u, activity_agg(ts, '$unit', '$zone') AS a, array_agg(DISTINCT $start ORDER BY $start) AS want, activity_agg($local, '$unit') AS local,
				activity_agg($start, '$unit') AS starts FROM e GROUP BY u) x
			WHERE ARRAY(SELECT period FROM active_periods(a)) <> want OR a <> local OR a <> starts LIMIT 5
SQL
	}
	my $unit = pick(keys %trunc);
	my $call = "activity_agg(ts, '$unit', '$zone')";
	is(sql($node, "$path SELECT u FROM (SELECT u, $call AS a FROM e GROUP BY u) x JOIN (SELECT u, rollup(s ORDER BY random()) AS b FROM (SELECT u, $call AS s FROM e GROUP BY u, part) p GROUP BY u) y USING (u) WHERE a <> b"),
		'', "round $round: merged from parts in random order");
	my $all = "SELECT md5(string_agg(u || ' ' || a::text, ',' ORDER BY u)) FROM (SELECT u, $call AS a FROM e GROUP BY u) x";
	my $shuffled = "SELECT md5(string_agg(u || ' ' || a::text, ',' ORDER BY u)) FROM (SELECT u, $call AS a FROM (SELECT * FROM e ORDER BY random()) s GROUP BY u) x";
	my $one = sql($node, "$path $all");
	is(sql($node, "$path $shuffled"), $one, "round $round: shuffled");
	is(sql($node, "$path SET timezone = '" . pick(@zones) . "'; $all"), $one, "round $round: the session's time zone does not matter");
	is(sql($node, "$path SET max_parallel_workers_per_gather = 3; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; $all"), $one, "round $round: parallel");
}
like(sql($node, "SET max_parallel_workers_per_gather = 3; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; EXPLAIN SELECT engage.activity_agg(ts, 'day', 'UTC') FROM e"),
	qr/Partial Aggregate/, 'the parallel plan is one');

# ---- many words in one state, in an order that is bad for a sorted list
is(sql($node, <<"SQL"), 't|t', 'a million hours backwards and in no order');
	$path
	WITH h AS (SELECT i, timestamp '1900-01-01' + hashint4(i) % 9000000 * interval '1 hour' AS ts FROM generate_series(1, 300000) i)
	SELECT (SELECT days_active(activity_agg(ts, 'hour')) FROM h) = (SELECT count(DISTINCT ts) FROM h),
	       (SELECT activity_agg(ts, 'hour') FROM (SELECT * FROM h ORDER BY ts DESC) x) = (SELECT activity_agg(ts, 'hour') FROM h)
SQL

# ---- dumped and restored, with an index over it
sql($node, "$path CREATE TABLE kept AS SELECT i, a FROM q; ALTER TABLE kept ADD latest timestamp GENERATED ALWAYS AS (engage.last_active(a)) STORED; CREATE INDEX ON kept USING hash (a)");
my $sum = "SELECT count(*), md5(string_agg(i || a::text || latest, ',' ORDER BY i)) FROM kept";
my $before = sql($node, $sum);
for my $format ('plain', 'custom')
{
	my $dump = "$dir/dump.$format";
	my @connection = ('-h', $node->host, '-p', $node->port);
	$node->command_ok([ 'pg_dump', @connection, '-F', $format, '-t', 'kept', '-f', $dump, 'engage' ], "pg_dump, $format");
	sql($node, 'DROP TABLE kept');
	$node->command_ok($format eq 'plain' ? [ 'psql', '-X', '-q', @connection, '-v', 'ON_ERROR_STOP=1', '-d', 'engage', '-f', $dump ]
		: [ 'pg_restore', @connection, '-d', 'engage', $dump ], "restored, $format");
	is(sql($node, $sum), $before, "the same after a dump, $format");
}

no_crash($node);
$node->stop;
done_testing();
