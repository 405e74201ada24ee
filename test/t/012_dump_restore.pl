# Stored summaries survive pg_dump in every format, COPY in every format, and an owner without rights.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = engage_node('dump');
run_file($node, 'fuzz/samples.sql');
run_file($node, 'fuzz/checks.sql');
my @types = map { $_->[0] } rows($node, 'SELECT type FROM fuzz.summary_types ORDER BY name');

# ---- a schema of an ordinary user, with a summary in every place one can be in
sql($node, <<'SQL');
	CREATE ROLE shopkeeper LOGIN;
	CREATE SCHEMA shop AUTHORIZATION shopkeeper;
SQL
my $setup = "SET ROLE shopkeeper; SET search_path = '';\n";
for my $type (@types)
{
	(my $name = $type) =~ s/.*\.//;
	my ($calls) = map { $_->[0] } rows($node, <<"SQL");
		SELECT string_agg(format('(SELECT string_agg(q::text, '' '') FROM %s q)', call), ', ' ORDER BY call)
		FROM fuzz.calls('$type') AS call WHERE call !~ 'method|_interval|_bound|[.]l7|[.]l28'
SQL
	my $some = sql($node, "SELECT quote_literal(value) FROM fuzz.samples WHERE type = '$type'::regtype ORDER BY length(value), id LIMIT 1");
	# (nothing merges models)
	my $total = sql($node, "SELECT to_regprocedure('engage.rollup($type)') IS NOT NULL") eq 't' ? 'engage.rollup(x)' : '(pg_catalog.array_agg(x))[1]';
	$setup .= <<"SQL";
		CREATE TABLE shop.$name (id int PRIMARY KEY, x $type DEFAULT $some,
			twin $type GENERATED ALWAYS AS (x) STORED,
			said text GENERATED ALWAYS AS (x::text) STORED,
			CHECK (x::text <> ''));
		RESET ROLE;
		INSERT INTO shop.$name (id, x) SELECT id, value::$type FROM fuzz.samples WHERE type = '$type'::regtype;
		SET ROLE shopkeeper;
		INSERT INTO shop.$name (id) VALUES (0);
		INSERT INTO shop.$name (id, x) VALUES (-1, NULL);
		CREATE MATERIALIZED VIEW shop.${name}_total AS
			SELECT x::text AS grp, $total AS total FROM shop.$name GROUP BY x::text;
		CREATE FUNCTION shop.read_$name(x $type) RETURNS text LANGUAGE sql IMMUTABLE
			AS \$\$ SELECT pg_catalog.concat_ws(';', $calls) \$\$;
		CREATE VIEW shop.${name}_read AS SELECT id, x::text AS text, shop.read_$name(x) AS read FROM shop.$name;
		CREATE INDEX ON shop.$name (pg_catalog.md5(shop.read_$name(x)));
SQL
}
my ($status, $out, $err) = $node->psql('engage', $setup, on_error_stop => 1);
is($status, 0, 'an ordinary user stores summaries, with an empty search_path') or diag($err);

# Everything there is to compare, as text.
sub state_of
{
	my ($database) = @_;
	my $all = '';
	for my $type (@types)
	{
		(my $name = $type) =~ s/.*\.//;
		$all .= sql($node, <<"SQL", $database);
			SELECT '$name', r.*, t.twin::text, t.said FROM shop.${name}_read r JOIN shop.$name t USING (id) ORDER BY id;
			SELECT '$name total', total::text FROM shop.${name}_total ORDER BY grp COLLATE "C";
SQL
		$all .= "\n";
	}
	return $all;
}
my $before = state_of('engage');
cmp_ok(length $before, '>', 10000, 'there is something to compare');

# ---- pg_dump
my $dir = PostgreSQL::Test::Utils::tempdir('dumps');
my @connection = ('-h', $node->host, '-p', $node->port);
my @quiet = ('--exclude-schema=fuzz');

sub fresh
{
	my ($database, $with_extension) = @_;
	sql($node, "CREATE DATABASE $database TEMPLATE template0", 'postgres');
	sql($node, 'CREATE EXTENSION engage', $database) if $with_extension;
	return;
}

command_ok([ 'pg_dump', @connection, @quiet, '-f', "$dir/plain.sql", 'engage' ], 'plain dump');
my $plain = slurp_file("$dir/plain.sql");
like($plain, qr/^CREATE EXTENSION IF NOT EXISTS engage/m, 'the extension is in the dump');
unlike($plain, qr/^CREATE (?:FUNCTION|TYPE|AGGREGATE|SCHEMA) engage\b/m, 'its members are not');
like($plain, qr/set_config\('search_path', '', false\)/, 'the dump is restored with an empty search_path');
fresh('plain');
command_ok([ 'psql', '-X', '-q', @connection, '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-f', "$dir/plain.sql", 'plain' ], 'plain dump is restored');
is(state_of('plain'), $before, 'plain: everything is as it was');

for my $format ('custom', 'directory')
{
	command_ok([ 'pg_dump', @connection, @quiet, "--format=$format", '-f', "$dir/$format", 'engage' ], "$format dump");
	fresh($format);
	command_ok([ 'pg_restore', @connection, '--exit-on-error', '-j', '2', '-d', $format, "$dir/$format" ], "$format dump is restored");
	is(state_of($format), $before, "$format: everything is as it was");
}

command_ok([ 'pg_dump', @connection, @quiet, '--schema-only', '-f', "$dir/schema.sql", 'engage' ], 'schema-only dump');
command_ok([ 'pg_dump', @connection, @quiet, '--data-only', '--inserts', '-f', "$dir/data.sql", 'engage' ], 'data-only dump');
fresh('separate');
command_ok([ 'psql', '-X', '-q', @connection, '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-f', "$dir/schema.sql", '-f', "$dir/data.sql", 'separate' ], 'schema, then data');
sql($node, "REFRESH MATERIALIZED VIEW shop.${_}_total", 'separate') for map { s/.*\.//r } @types;
is(state_of('separate'), $before, 'data only: everything is as it was');

# the owner dumps and restores it
sql($node, 'CREATE DATABASE own OWNER shopkeeper TEMPLATE template0', 'postgres');
sql($node, 'CREATE EXTENSION engage', 'own');
command_ok([ 'pg_dump', @connection, '-U', 'shopkeeper', '--schema=shop', '-f', "$dir/own.sql", 'engage' ], 'the owner dumps the schema');
command_ok([ 'psql', '-X', '-q', @connection, '-U', 'shopkeeper', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-f', "$dir/own.sql", 'own' ], 'and restores it');
is(state_of('own'), $before, 'the owner: everything is as it was');

# a dump of a restored database is the same dump
command_ok([ 'pg_dump', @connection, @quiet, '-f', "$dir/again.sql", 'plain' ], 'dump of the restored database');
# (minor releases put a random word into it)
my ($first, $second) = map { s/^\\(?:un)?restrict .*\n//mgr } $plain, slurp_file("$dir/again.sql");
$first =~ s/^CREATE SCHEMA fuzz.*?;\n//mg;
is($second, $first, 'it is the same dump');

# ---- COPY
for my $format ('text', 'csv', 'binary')
{
	for my $type (@types)
	{
		(my $name = $type) =~ s/.*\.//;
		sql($node, "CREATE TABLE fuzz.copied (id int, x $type)");
		($status, $out, $err) = $node->psql('engage', <<"SQL", on_error_stop => 1);
			\\copy (SELECT id, x FROM shop.$name) TO '$dir/copy' (FORMAT $format)
			\\copy fuzz.copied FROM '$dir/copy' (FORMAT $format)
SQL
		is($status, 0, "$name: COPY in $format") or diag($err);
		is( sql($node, "SELECT count(*) FROM fuzz.copied c FULL JOIN shop.$name t USING (id) WHERE c.x::text IS DISTINCT FROM t.x::text"),
			'0', "$name: equal after COPY in $format");
		sql($node, 'DROP TABLE fuzz.copied');
	}
}

# text keys are converted to the client's encoding and back, or refused if it lacks the character
my $key = "SELECT engage.repeat_purchase_agg('Zo' || chr(235))";
for my $format ('text', 'binary')
{
	($status, $out, $err) = $node->psql('engage', <<"SQL", on_error_stop => 1);
		SET client_encoding = LATIN1;
		\\copy ($key) TO '$dir/latin' (FORMAT $format)
		CREATE TEMP TABLE t (x engage.repeat_purchase_summary);
		\\copy t FROM '$dir/latin' (FORMAT $format)
		SELECT bool_and(x::text = ($key)::text) FROM t;
SQL
	is($out, 't', "another client encoding, $format") or diag($err);
	like(slurp_file("$dir/latin"), qr/Zo\xEB/, "the file is in that encoding, $format");
	($status, $out, $err) = $node->psql('engage', <<"SQL", on_error_stop => 1);
		SET client_encoding = LATIN1;
		\\copy (SELECT engage.repeat_purchase_agg(chr(23458))) TO '$dir/latin' (FORMAT $format)
SQL
	like($err, qr/has no equivalent in encoding "LATIN1"/, "no such character, $format");
}

# ---- the extension is not dropped from under stored values
($status, $out, $err) = $node->psql('engage', 'DROP EXTENSION engage');
isnt($status, 0, 'DROP EXTENSION is refused while values are stored');
like($err, qr/cannot drop extension engage because other objects depend on it/, 'and says why');
is(state_of('engage'), $before, 'nothing was lost');

no_crash($node);
$node->stop;
done_testing();
