# The stores of events behind aggregates over everybody's raw rows: the same as SQL says, whatever
# the memory, the key, the plan; and files go when queries end, however they end.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $pg_config = $ENV{PG_CONFIG} || 'pg_config';
chomp(my $include = `$pg_config --includedir-server`);

my $seed = seed();
my $node = engage_node('event_store', jit => 'off', max_parallel_workers_per_gather => 0);
my $dir = PostgreSQL::Test::Utils::tempdir('event_store');
chmod 0755, $dir;
system_or_bail($ENV{CC} || 'gcc', '-shared', '-fPIC', '-O2', '-Wall', '-Werror', '-ffp-contract=off', '-DUSE_ASSERT_CHECKING',
	'-D_GNU_SOURCE', "-I$include", "-I$root/src", '-o', "$dir/event_store.so", "$root/test/unit/event_store_in_server.c",
	map { "$root/src/common/$_.c" } qw(event_store event_reader event_args spill_file call_args key_reader key_table time_arg));

# What a store handed out, in one number; SQL's own answer beside it.
sql($node, <<"SQL");
	CREATE FUNCTION event_store_times(bigint, bigint, boolean, bigint) RETURNS text LANGUAGE C STRICT AS '$dir/event_store', 'event_store_times';
	CREATE FUNCTION event_digest_final(internal) RETURNS text LANGUAGE C AS '$dir/event_store', 'event_digest_final';
SQL
for my $type (qw(timestamptz timestamp date))
{
	sql($node, <<"SQL");
	CREATE FUNCTION event_digest_accum(internal, anyelement, $type, int) RETURNS internal LANGUAGE C AS '$dir/event_store', 'event_digest_accum';
	CREATE AGGREGATE event_digest(anyelement, $type, int) (SFUNC = event_digest_accum, STYPE = internal, FINALFUNC = event_digest_final);
SQL
}
my $truth = q{count(DISTINCT k) || ' ' || count(*) || ' ' ||
	sum(rank * ((extract(epoch FROM ts) * 1000000 - 946684800000000)::bigint % 1000003 + 31 * p))};

sub ranked
{
	my ($from, $key, $ts) = @_;
	$ts ||= 'ts';
	return "(SELECT $key AS k, $ts AS ts, p, g, row_number() OVER (PARTITION BY g, $key ORDER BY $ts, p) AS rank FROM $from) r";
}

# Random events with ties, of some customers with many and many with few; g are groups.
sql($node, <<"SQL");
	SELECT setseed(($seed % 1000000) / 1e6);
	CREATE TABLE sample AS
		SELECT k::bigint, 'customer ' || repeat('x', k % 30) || k AS t, md5(k::text)::uuid AS u, sha256(k::text::bytea) AS b, k / 10.0 AS n, k::int AS i,
			ts, ts AT TIME ZONE 'UTC' AS local, ts::date AS day, (random() * 127)::int AS p, g
		FROM (SELECT (floor(2000 * random() ^ 3) * sign(random() - 0.3))::int AS k, timestamptz '2025-01-01' + floor(random() * 1e5) * interval '1 s' AS ts,
			floor(random() * 7)::int AS g FROM generate_series(1, 60000)) x;
	-- one customer has a great part of it, and a key is very long
	UPDATE sample SET k = 77, t = 'one of many' WHERE g = 6;
	UPDATE sample SET k = 78, t = repeat('long', 9999) WHERE p = 7 AND g = 0;
	ANALYZE sample;
SQL

my %wanted = map { $_ => sql($node, "SELECT $truth FROM " . ranked('(SELECT *, 0 AS g FROM (SELECT k, t, u, b, n, i, ts, p FROM sample) y) z', $_)) } qw(k t u b n i);
for my $work_mem ('64kB', '1MB', '64MB')
{
	for my $key (sort keys %wanted)
	{
		is(sql($node, "SET work_mem = '$work_mem'; SELECT event_digest($key, ts, p) FROM sample"), $wanted{$key}, "key $key, $work_mem");
	}
	is(sql($node, "SET work_mem = '$work_mem'; SELECT event_digest(t, ts, p) FROM (SELECT * FROM sample ORDER BY t) x"), $wanted{t}, "ordered by customer, $work_mem");
	is(sql($node, "SET work_mem = '$work_mem'; SELECT event_digest(k, ts, p) FROM (SELECT * FROM sample ORDER BY ts DESC) x"), $wanted{k}, "latest first, $work_mem");
	is(sql($node, "SET work_mem = '$work_mem'; SELECT event_digest(k, local, p) FROM sample"), $wanted{k}, "timestamp, $work_mem");
	is(sql($node, "SET work_mem = '$work_mem'; SELECT event_digest(k, day, p) FROM sample"),
		sql($node, "SET TimeZone = 'UTC'; SELECT $truth FROM " . ranked('(SELECT k, day, p, 0 AS g FROM sample) y', 'k', 'day::timestamp')), "date, $work_mem");

	# a few groups, and one for every few events; hashed and sorted
	for my $group ('g', 'p * 1000 + g')
	{
		my $grouped = sql($node, "SELECT g, $truth FROM " . ranked("(SELECT k, ts, p, $group AS g FROM sample) y", 'k') . ' GROUP BY 1 ORDER BY 1');
		for my $method ('hashagg', 'sort')
		{
			is(sql($node, "SET work_mem = '$work_mem'; SET enable_$method = off; SELECT $group, event_digest(k, ts, p) FROM sample GROUP BY 1 ORDER BY 1"),
				$grouped, "groups $group without $method, $work_mem");
		}
	}
	is(sql($node, "SET work_mem = '$work_mem'; SELECT DISTINCT event_digest(k, ts, p) OVER () FROM sample"), $wanted{k}, "window, $work_mem");
}

# times beyond those that are packed, from the start, in the middle and at the end, so that both are there
for my $at (1, 100, 30000, 60000)
{
	for my $work_mem ('64kB', '64MB')
	{
		for my $key ('k', 't')
		{
			my $from = "(SELECT k, t, CASE WHEN nr IN ($at, $at + 5) THEN timestamptz '250000-01-01' + p * interval '1 day' WHEN nr = $at + 7 THEN '4000-01-01 BC' ELSE ts END AS ts,"
			  . ' p, 0 AS g FROM (SELECT *, row_number() OVER () AS nr FROM sample) x)';
			is(sql($node, "SET work_mem = '$work_mem'; SELECT event_digest($key, ts, p) FROM $from y"),
				sql($node, "SELECT $truth FROM " . ranked("$from y", $key)), "key $key, far times after $at rows, $work_mem");
		}
	}
}

# a customer who has more than fits, and others whose share of the hash is his
for my $key ('k', 't')
{
	my $from = "(SELECT k, 'customer ' || k AS t, ts, p, 0 AS g FROM (SELECT CASE WHEN i % 3 = 0 THEN i % 1777 ELSE 5 END AS k, timestamptz '2025-01-01' + i * 7 % 100003 * interval '1 s' AS ts,"
	  . ' i % 100 AS p FROM generate_series(1, 600000) i) x)';
	is(sql($node, "SET work_mem = '64kB'; SELECT event_digest($key, ts, p) FROM $from x"),
		sql($node, "SET work_mem = '64MB'; SELECT $truth FROM " . ranked("$from x", $key)), "key $key, a customer with 400000 events");
}

# rows that are skipped, groups without any
is(sql($node, q{SELECT event_digest(k, ts, 1) IS NULL FROM (VALUES (NULL::bigint, now()), (1, NULL)) x (k, ts)}), 't', 'nothing but NULLs');
is(sql($node, q{SELECT event_digest(k, ts, 1) FROM (VALUES (NULL::bigint, now()), (1, '2000-01-01'), (1, NULL)) x (k, ts)}), '1 1 31', 'rows with NULLs');

# growing frames: handing out leaves the store as it is
is(sql($node, q{
	WITH e AS (SELECT k, ts, p, row_number() OVER () AS i FROM sample LIMIT 400)
	SELECT count(*) FILTER (WHERE a IS DISTINCT FROM b) FROM (
		SELECT i, event_digest(k, ts, p) OVER (ORDER BY i) AS a,
			(SELECT } . $truth . q{ FROM (SELECT k, ts, p, row_number() OVER (PARTITION BY k ORDER BY ts, p) AS rank FROM e WHERE e.i <= o.i) r) AS b FROM e o) x}),
	'0', 'frames that grow');

# ---- temporary files ----

my $spilling = "SET work_mem = '64kB';";
my $big = '(SELECT k, ts, p FROM sample, generate_series(1, 3))';
my $expected = sql($node, "SELECT event_digest(k, ts, p) FROM $big x");

sub files
{
	# the directory may be gone or never made
	return sql($node, q{SELECT count(*) FROM pg_tablespace t, pg_ls_tmpdir(t.oid) WHERE spcname = 'pg_default'});
}

sub writes
{
	my ($query) = @_;
	return sql($node, "$spilling EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) $query") =~ /temp read=\d+ written=\d+/;
}

ok(writes("SELECT event_digest(k, ts, p) FROM $big x"), 'a small work_mem makes a file, and EXPLAIN knows');
is(files(), '0', 'which is gone afterwards');

# rescanned for every outer row; ended by LIMIT
is(sql($node, "$spilling SELECT DISTINCT d FROM generate_series(1, 3) s, LATERAL (SELECT event_digest(k + s - s, ts, p) AS d FROM $big x) y"), $expected, 'rescan');
is(files(), '0', 'no file after rescans');
sql($node, "$spilling SET enable_sort = off; SELECT event_digest(k, ts, p) FROM (SELECT * FROM sample, generate_series(1, 3)) x GROUP BY g LIMIT 1");
is(files(), '0', 'no file after LIMIT');

my ($status, $out, $err) = $node->psql('engage', "$spilling SET temp_file_limit = '500kB'; SELECT event_digest(k, ts, p) FROM $big x");
like($err, qr/temporary file size exceeds temp_file_limit/, 'temp_file_limit holds');
is(files(), '0', 'no file after that');
# the buffer of a file that may not grow is not written once more by the clean-up, in which an error would be one too many
($status, $out, $err) = $node->psql('engage', "$spilling SET temp_file_limit = '500kB'; BEGIN; SAVEPOINT a; SELECT event_digest(k, ts, p) FROM $big x; ROLLBACK TO a; SELECT 'goes on'; COMMIT", on_error_stop => 0);
is(scalar(() = $err =~ /temporary file size exceeds temp_file_limit/g), 1, 'temp_file_limit within a savepoint: one error') or diag($err);
is($out, 'goes on', 'and the transaction goes on');
is(files(), '0', 'no file after that');
($status, $out, $err) = $node->psql('engage', "$spilling SELECT event_digest(k, ts, p / (170000 - nr)) FROM (SELECT k, ts, p, row_number() OVER ()::int AS nr FROM $big x) y");
like($err, qr/division by zero/, 'a row fails late');
is(files(), '0', 'no file after that');
($status, $out, $err) = $node->psql('engage', "$spilling SET statement_timeout = 300; SELECT event_digest(k, ts, p) FROM sample, generate_series(1, 1000)");
like($err, qr/canceling statement due to statement timeout/, 'adding is cancelled');
is(files(), '0', 'no file after that');

# the files of a cursor outlive savepoints, those of failed statements do not
my $cursor = "SELECT event_digest(k, ts, p) FROM (SELECT g, s, k, ts, p FROM sample, generate_series(1, 3) s) x GROUP BY s, g ORDER BY s, g";
$expected = sql($node, "SET enable_hashagg = off; $cursor");
for my $method ('hashagg', 'sort')
{
	my $fetched = sql($node, <<"SQL");
		$spilling
		SET enable_$method = off;
		BEGIN;
		DECLARE c CURSOR FOR $cursor;
		FETCH 1 c;
		SAVEPOINT a;
		FETCH 5 c;
		ROLLBACK TO a;
		FETCH 7 c;
		SAVEPOINT b;
		FETCH 3 c;
		RELEASE b;
		DO \$\$ BEGIN PERFORM event_digest(k, ts, 1 / (p - 90)) FROM sample, generate_series(1, 3); EXCEPTION WHEN division_by_zero THEN END \$\$;
		FETCH ALL c;
		COMMIT;
SQL
	is($fetched, $expected, "cursor over savepoints without $method");
	is(files(), '0', 'no file after it');
}

# a cursor first fetched from within what is rolled back, dropped or left open
for my $end ('FETCH 2 c; ROLLBACK TO a; COMMIT', 'FETCH 2 c; ROLLBACK TO a; CLOSE c; COMMIT', 'FETCH 2 c; ROLLBACK', 'FETCH 2 c; SELECT 1 / 0; ROLLBACK TO a; COMMIT',
	'DECLARE d CURSOR FOR ' . $cursor . '; FETCH 2 d; ROLLBACK TO a; FETCH 1 c; COMMIT')
{
	$node->psql('engage', "$spilling BEGIN; DECLARE c CURSOR FOR $cursor; SAVEPOINT a; $end", on_error_stop => 0);
	is(files(), '0', "no file after $end");
}
sql($node, <<"SQL");
	$spilling
	CREATE FUNCTION caught() RETURNS int LANGUAGE plpgsql AS \$\$
	DECLARE
		row record;
		n int := 0;
	BEGIN
		FOR row IN $cursor LOOP
			n := n + 1;
			BEGIN
				PERFORM event_digest(k, ts, p / (p - 50)) FROM (SELECT * FROM sample, generate_series(1, 2) OFFSET 0) x;
			EXCEPTION WHEN division_by_zero THEN
			END;
		END LOOP;
		RETURN n;
	END \$\$;
SQL
is(sql($node, "$spilling SELECT caught()"), '21', 'errors caught within a loop over a query with files');
is(files(), '0', 'no file after it');
unlike(slurp_file($node->logfile), qr/leak/, 'no leak in the log');
unlike(slurp_file($node->logfile), qr/while in ABORT state/, 'no error within a clean-up');
no_crash($node);
done_testing();
