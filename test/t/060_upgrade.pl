# The upgrade machinery: a synthetic older version, updated by a delta, ends up with the catalog
# entries of a fresh installation; and a delta that forgets something is found out.  Every real
# delta of sql/upgrade is tried from the released version it starts from as well.
use strict;
use warnings;
use File::Basename;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = dirname(__FILE__) . '/../..';
my ($sharedir) = map { chomp; $_ } `pg_config --sharedir`;
my $extdir = "$sharedir/extension";
my ($version) = slurp_file("$extdir/engage.control") =~ /^default_version\s*=\s*'([^']+)'/m;
my $old = '0.0.9';
my @planted;

# Only ever in the private copy of the server, which the test runner made and owns.
plan skip_all => "$extdir is not a private directory of this test run" if !-w $extdir || $sharedir =~ m{^/usr/};

sub plant
{
	my ($name, $text) = @_;
	push @planted, "$extdir/$name";
	open my $f, '>', "$extdir/$name" or die "$extdir/$name: $!";
	print $f $text;
	close $f;
}
END { my $status = $?; unlink @planted; $? = $status; }

# The statements of an extension script.  It knows quotes, comments, dollar quotes and the bodies
# of SQL-standard functions.
sub statements
{
	my ($text) = @_;
	my (@list, $now, $depth);
	($now, $depth) = ('', 0);
	while ($text =~ /\G( --[^\n]* | '(?:[^']|'')*' | "[^"]*" | \$(\w*)\$.*?\$\2\$ | \\[^\n]* | \b\w+\b | . )/gsx)
	{
		my $token = $1;
		next if $token =~ /^(--|\\)/;
		$depth++ if $token =~ /^ATOMIC$/i || ($depth && $token =~ /^CASE$/i);
		$depth-- if $depth && $token =~ /^END$/i;
		if ($token eq ';' && !$depth)
		{
			$now =~ s/^\s+|\s+$//g;
			push @list, $now if $now ne '';
			$now = '';
			next;
		}
		$now .= $token;
	}
	return @list;
}

my @script = statements(slurp_file("$extdir/engage--$version.sql"));
cmp_ok(scalar @script, '>', 50, 'the install script was taken apart');

# Version 0.0.9 had no nps_difference and no nps_agg over bigint; its promoters() was volatile, unsafe
# in parallel queries, and commented otherwise; and it had a function that is gone.
my (@older, @added, $changed, $comment);
foreach my $s (@script)
{
	if ($s =~ /engage\.nps_difference\(/ || $s =~ /AGGREGATE engage\.nps_agg\((?:score )?bigint\)/)
	{
		push @added, $s;
		next;
	}
	if ($s =~ /^CREATE FUNCTION engage\.promoters\((?:\w+ )?engage\.nps_summary\)/ && $s =~ /IMMUTABLE/ && $s =~ /PARALLEL SAFE/)
	{
		$changed = $s;
		$s =~ s/ PARALLEL SAFE//;
		$s =~ s/IMMUTABLE/VOLATILE/;
	}
	elsif ($s =~ /^COMMENT ON FUNCTION engage\.promoters\(engage\.nps_summary\)/)
	{
		$comment = $s;
		$s =~ s/ IS\s+'.*'/ IS 'another comment'/s;
	}
	push @older, $s;
}
cmp_ok(scalar @added, '>=', 4, 'found what version 0.0.9 leaves out');
ok($changed && $comment, 'found what version 0.0.9 has otherwise');
push @older, "CREATE FUNCTION engage.gone(integer) RETURNS integer LANGUAGE SQL RETURN \$1";

my $set = "SET LOCAL search_path TO pg_catalog, pg_temp;\n";
sub script { return join('', map { "$_;\n" } @_); }
(my $replace = $changed || '') =~ s/^CREATE FUNCTION/CREATE OR REPLACE FUNCTION/;
my @delta = ('SET LOCAL search_path TO pg_catalog, pg_temp', 'DROP FUNCTION engage.gone(integer)', $replace, $comment || '', @added);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

my $query = slurp_file("$root/test/lib/fingerprint.sql");
sub fingerprint
{
	my ($db) = @_;
	return [ split /\n/, $node->safe_psql($db, "SET search_path = '';\n$query") ];
}

# What is only in the first, and only in the second.
sub difference
{
	my ($a, $b) = @_;
	my (%a, %b);
	$a{$_}++ for @$a;
	$b{$_}++ for @$b;
	return [ (map { "- $_" } grep { !$b{$_} } @$a), (map { "+ $_" } grep { !$a{$_} } @$b) ];
}

$node->safe_psql('postgres', "CREATE DATABASE fresh");
$node->safe_psql('fresh', 'CREATE EXTENSION engage');
my $fresh = fingerprint('fresh');
cmp_ok(scalar @$fresh, '>', 500, 'the fingerprint has something to say');

# Installs version 0.0.9 into a new database, uses it, updates it by a delta; returns the differences.
my $count = 0;
sub updated
{
	my (@statements) = @_;
	my $db = 'updated' . ++$count;
	plant("engage--$old.sql", script(@older));
	plant("engage--$old--$version.sql", script(@statements));
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, "CREATE EXTENSION engage VERSION '$old'");
	$node->safe_psql($db, "CREATE TABLE kept AS SELECT engage.nps_agg(s) AS s FROM generate_series(0, 10) s");
	my ($status, $out, $err) = $node->psql($db, 'ALTER EXTENSION engage UPDATE');
	return [ "! $err" ] if $status;
	is($node->safe_psql($db, 'SELECT engage.responses(engage.rollup(s)), engage.promoters(engage.rollup(s)) FROM kept'),
		'11|2', "$db: values stored before the update are read after it");
	return difference($fresh, fingerprint($db));
}

is_deeply(updated(@delta), [], 'a right delta gives what a fresh installation gives');

# The comparison has to be able to fail.
sub without { my ($re, @list) = @_; return grep { !/$re/ } @list; }
sub found
{
	my ($name, $re, @statements) = @_;
	my $d = updated(@statements);
	ok((grep { /$re/ } @$d), "found out: $name") or diag explain $d;
	return;
}
found('a function that was not added', qr/^- function engage\.nps_difference/, without(qr/FUNCTION engage\.nps_difference/, @delta));
found('a function that was not dropped', qr/^\+ function engage\.gone/, without(qr/engage\.gone/, @delta));
found('a forgotten PARALLEL SAFE', qr/^- function engage\.promoters.*\|parallel\|s$/, map { my $s = $_; $s =~ s/ PARALLEL SAFE// if $s eq $replace; $s } @delta);
found('a wrong volatility', qr/^\+ function engage\.promoters.*\|volatility\|v$/, map { my $s = $_; $s =~ s/IMMUTABLE/VOLATILE/ if $s eq $replace; $s } @delta);
found('a comment that was not changed', qr/^\+ function engage\.promoters.*\|comment\|another comment$/, without(qr/^COMMENT ON FUNCTION engage\.promoters/, @delta));
found('an aggregate without its combine function', qr/^- aggregate engage\.nps_agg.*\|combine\|/,
	map { my $s = $_; $s =~ s/\bCOMBINEFUNC = [\w.]+,\s*// if $s =~ /CREATE AGGREGATE engage\.nps_agg/; $s } @delta);
found('another state size', qr/^\+ aggregate engage\.nps_agg.*\|state size\|/,
	map { my $s = $_; $s =~ s/\bSSPACE = \d+/SSPACE = 4711/ if $s =~ /CREATE AGGREGATE engage\.nps_agg/; $s } @delta);
found('other argument names', qr/^\+ function engage\.nps_difference.*\|arguments\|.*other/,
	map { my $s = $_; $s =~ s/confidence/other/ if $s =~ /^CREATE FUNCTION engage\.nps_difference/; $s } @delta);
found('a grant', qr/^\+ function engage\.promoters.*\|grants\|/, @delta, 'REVOKE EXECUTE ON FUNCTION engage.promoters(engage.nps_summary) FROM PUBLIC');
found('a changed schema grant', qr/^[-+] schema engage\|grants\|/, @delta, 'GRANT CREATE ON SCHEMA engage TO PUBLIC');
found('a function with settings', qr/^\+ function engage\.promoters.*\|settings\|/, @delta, "ALTER FUNCTION engage.promoters(engage.nps_summary) SET search_path = ''");

# Every version that was ever released, through all its deltas.
unlink @planted;
foreach my $file (glob "$extdir/engage--*.sql")
{
	my ($released) = basename($file) =~ /^engage--(\d[^-]*)\.sql$/ or next;
	next if $released eq $version;
	(my $db = "from_$released") =~ s/\W/_/g;
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, "CREATE EXTENSION engage VERSION '$released'");
	$node->safe_psql($db, 'ALTER EXTENSION engage UPDATE');
	is_deeply(difference($fresh, fingerprint($db)), [], "from $released to $version: as if freshly installed");
}

# Dumped and restored, the updated extension is still that of a fresh installation.
my $dump = PostgreSQL::Test::Utils::tempdir() . '/updated1.dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('updated1') ], 'dump of an updated database');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '-e', '-d', $node->connstr('restored'), $dump ], 'restored');
is_deeply(difference($fresh, fingerprint('restored')), [], 'and the same as freshly installed');
is($node->safe_psql('restored', 'SELECT engage.nps(s) FROM kept'), $node->safe_psql('updated1', 'SELECT engage.nps(s) FROM kept'), 'with the same stored values');

$node->stop;
done_testing();
