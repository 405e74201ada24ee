# Timelines and what a server does to them: logical replication, encodings, row security, a backend that dies while rows are in files.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use LedgerTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = engage_node('publisher', wal_level => 'logical', max_wal_senders => 4, restart_after_crash => 'on', timezone => 'UTC');
my $copy = engage_node('subscriber', timezone => 'UTC');
my $dir = PostgreSQL::Test::Utils::tempdir('timeline_server');
sql($_, 'ALTER DATABASE engage SET search_path = public, engage') for $node, $copy;

# ------------------------------------------------------------ replication of whole rows: there is equality, so no key is needed
sql($_, 'CREATE TABLE tl (t timeline, note text)') for $node, $copy;
sql($node, 'ALTER TABLE tl REPLICA IDENTITY FULL; CREATE PUBLICATION p FOR TABLE tl');
sql($copy, 'CREATE SUBSCRIPTION s CONNECTION $$' . $node->connstr('engage') . '$$ PUBLICATION p WITH (binary = true)');
sql($node, <<'SQL');
	INSERT INTO tl SELECT timeline_agg(timestamptz '2024-01-01' + i * interval '1 hour', (ARRAY['view', 'Zoë', '客户'])[1 + i % 3], nullif(i % 5, 0)), 'first' FROM generate_series(1, 3000) i GROUP BY i % 40;
	INSERT INTO tl TABLE tl;
	UPDATE tl SET t = t || '1:"late"@2023-01-01T00:00:00Z=1' WHERE event_count(t, 'Zoë') > 25;
	DELETE FROM tl WHERE ctid IN (SELECT min(ctid) FROM tl GROUP BY t LIMIT 5);
	INSERT INTO tl VALUES ('1:', 'nothing'), (NULL, NULL), ('1:"x"@4714-11-24T00:00:00 BCZ,"x"@294276-12-31T23:59:59.999999Z', 'all of time');
	UPDATE tl SET note = 'again' WHERE length(t) < 3;
SQL
$node->wait_for_catchup('s');
$copy->poll_query_until('engage', "SELECT count(*) = 0 FROM pg_subscription_rel WHERE srsubstate <> 'r'");
$node->wait_for_catchup('s');
my $all = q{SELECT count(*) || ' ' || md5(string_agg(t::text || note, ' ' ORDER BY t::text, note)) FROM tl};
is(sql($copy, $all), sql($node, $all), 'replicated in binary, with REPLICA IDENTITY FULL');
sql($copy, 'DROP SUBSCRIPTION s');

# ------------------------------------------------------------ databases of other encodings
for my $encoding ('LATIN1', 'SQL_ASCII')
{
	my $db = lc $encoding;
	sql($node, "CREATE DATABASE $db ENCODING '$encoding' LOCALE 'C' TEMPLATE template0");
	my $script = sub { my ($database, $text) = @_; my ($status, $out, $err) = $node->psql($database, "SET search_path = public, engage;\n$text", extra_params => [ '-v', 'ON_ERROR_STOP=1' ]); diag($err) if $status; return $out; };
	local $ENV{PGCLIENTENCODING} = 'UTF8';
	is($script->($db, <<"SQL"), 't|t|t', "$encoding: ways out and in");
		CREATE EXTENSION engage;
		CREATE TABLE ev AS SELECT i % 10 AS c, timestamptz '2024-01-01' + i * interval '1 hour' AS ts, 'été ' || i % 3 AS e FROM generate_series(1, 100) i;
		CREATE TABLE tl AS SELECT c, timeline_agg(ts, e, c) AS t FROM ev GROUP BY c;
		SELECT bool_and(t::text::timeline = t), (SELECT bool_and(x.t = tl.t) FROM tl JOIN timelines('SELECT c, ts, e, c FROM ev', NULL::int) x ON c = customer_key),
			(SELECT path_agg(t, '3 hours')::text FROM tl) = (SELECT path_agg(c, ts, e, '3 hours')::text FROM ev) FROM tl;
		\\copy tl TO '$dir/$db' (FORMAT binary)
SQL
	is($script->('engage', <<"SQL"), 't', "$encoding: from there to UTF8, in binary");
		CREATE TABLE $db (c int, t timeline);
		\\copy $db FROM '$dir/$db' (FORMAT binary)
		\\copy $db TO '$dir/$db.back' (FORMAT binary)
		SELECT bool_and(event_names(t) = '{été 0,été 1,été 2}') FROM $db;
SQL
	is($script->($db, <<"SQL"), '10', "$encoding: and back");
		CREATE TABLE back (LIKE tl);
		\\copy back FROM '$dir/$db.back' (FORMAT binary)
		SELECT count(*) FROM tl JOIN back USING (c) WHERE tl.t = back.t;
SQL
}

# ------------------------------------------------------------ timelines(query) has the caller's rights
is(sql($node, <<'SQL'), "2|25\n42501", 'row security, and no rights at all');
	CREATE ROLE reader;
	CREATE TABLE secret (c int, ts timestamptz, e text);
	CREATE TABLE closed (LIKE secret);
	INSERT INTO secret SELECT i % 4, timestamptz '2024-01-01' + i * interval '1 hour', 'view' FROM generate_series(1, 100) i;
	ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON secret USING (c = 2);
	GRANT SELECT ON secret TO reader;
	GRANT USAGE ON SCHEMA engage TO reader;
	CREATE FUNCTION pg_temp.state(query text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN EXECUTE query; RETURN 'taken'; EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE; END $$;
	GRANT ALL ON ALL FUNCTIONS IN SCHEMA pg_temp TO reader;
	SET ROLE reader;
	SELECT customer_key, length(t) FROM timelines('SELECT c, ts, e FROM secret', NULL::int);
	SELECT pg_temp.state($$SELECT * FROM engage.timelines('SELECT c, ts, e FROM public.closed', NULL::int)$$);
SQL

# ------------------------------------------------------------ a backend dies while it has files
sql($node, q{CREATE TABLE rows AS SELECT hashint4(i) % 20000 AS c, timestamptz '2024-01-01' + hashint4(i) % 777777 * interval '1 second' AS ts, 'view'::text AS e FROM generate_series(1, 100000) i; CHECKPOINT});
my $files = q{SELECT count(*) FROM pg_ls_tmpdir()};
for my $query ("funnel_agg(c, ts, e, '{view,view}', '7 days') FROM rows, generate_series(1, 10000)", "t FROM timelines('SELECT c, ts, e FROM rows, generate_series(1, 10000)', NULL::int)")
{
	my $victim = session($node);
	my $pid = ask($victim, 'SELECT pg_backend_pid()');
	start($victim, "SET work_mem = '64kB'; SET max_parallel_workers_per_gather = 0; SELECT $query");
	$victim->{run}->pump_nb;
	ok($node->poll_query_until('engage', "SELECT count(*) > 0 FROM pg_ls_tmpdir()"), 'there are files');
	kill 'KILL', $pid;
	$victim->{run}->kill_kill;
	# until the server is up again
	for (1 .. 300)
	{
		my ($status) = $node->psql('engage', 'SELECT 1');
		last if $status == 0 && slurp_file($node->logfile) =~ /\Q$pid\E\) was terminated by signal 9.*database system is ready/s;
		select undef, undef, undef, 0.1;
	}
	is(sql($node, $files), 0, 'no file is left after a crash');
}

$copy->stop;
$node->stop;
done_testing();
