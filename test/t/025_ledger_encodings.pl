# A ledger in a database of another encoding: what is hashed does not depend on it, so that a dump restored into
# UTF-8 proves the same.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use LedgerTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = engage_node('encodings');
sql($node, "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
sql($node, 'CREATE EXTENSION engage', 'latin');
sql($node, <<'SQL', 'latin');
	SELECT engage.ledger_create('punkte', member_type => 'text');
	SELECT engage.earn('punkte', 'M' || chr(252) || 'ller', 100, 'Bestellung-' || chr(228), note => 'f' || chr(252) || 'r M' || chr(252) || 'ller', actor => chr(196));
	SELECT engage.redeem('punkte', 'M' || chr(252) || 'ller', 30, 'r1', reason => 'Gr' || chr(252) || chr(223) || 'e');
	SELECT engage.earn('punkte', 'ascii', 5, 'a', note => 'plain');
SQL
my $chain = "SELECT member, seq, encode(hash, 'hex'), encode(note_hash, 'hex') FROM punkte.entry ORDER BY member COLLATE \"C\", seq";
is(sql($node, "SELECT * FROM engage.ledger_verify('punkte')", 'latin'), '', 'a ledger in LATIN1 is sound');
my $latin = sql($node, "SET client_encoding = UTF8; $chain", 'latin');
is(sql($node, "SELECT status, replayed FROM engage.earn('punkte', 'M' || chr(252) || 'ller', 100, 'Bestellung-' || chr(228))", 'latin'), 'ok|t', 'its keys are known');

my $dump = PostgreSQL::Test::Utils::tempdir() . '/latin.dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('latin') ], 'dumped');
sql($node, "CREATE DATABASE utf ENCODING 'UTF8' TEMPLATE template0");
$node->command_ok([ 'pg_restore', '-d', $node->connstr('utf'), $dump ], 'restored into UTF-8');
is(sql($node, "SELECT * FROM engage.ledger_verify('punkte')", 'utf'), '', 'sound there, too');
is(sql($node, "SET client_encoding = UTF8; $chain", 'utf'), $latin, 'the chain is the same');
is(sql($node, "SELECT status, replayed FROM engage.earn('punkte', 'M' || chr(252) || 'ller', 100, 'Bestellung-' || chr(228))", 'utf'), 'ok|t', 'and keys are known');

no_crash($node);
$node->stop;
done_testing();
