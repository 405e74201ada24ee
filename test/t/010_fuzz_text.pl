# Mutated text input of every summary type: taken or refused, and if taken, a sound value.
use strict;
use warnings;
use Encode qw(encode decode);
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageFuzz;
use EngageTest;
use PostgreSQL::Test::Utils;
use Test::More;

seed();
my $cases = cases(1500);
my $node = engage_node('fuzz_text');

run_file($node, 'fuzz/samples.sql');
run_file($node, 'fuzz/checks.sql');
# a database where any bytes are text, to reach the parsers with what is valid in no encoding
sql($node, "CREATE DATABASE bytes ENCODING 'SQL_ASCII' TEMPLATE template0");
sql($node, 'CREATE EXTENSION engage', 'bytes');
run_file($node, 'fuzz/samples.sql', 'bytes');
run_file($node, 'fuzz/checks.sql', 'bytes');

my %samples;
push @{ $samples{ $_->[0] } }, decode('UTF-8', pack 'H*', $_->[1])
  for rows($node, q{SELECT type, encode(convert_to(value, 'UTF8'), 'hex') FROM fuzz.samples ORDER BY id});
my @types = map { $_->[0] } rows($node, 'SELECT type FROM fuzz.summary_types ORDER BY name');
cmp_ok(scalar @types, '>=', 9, 'the summary types are found in the catalog');
ok($samples{$_}, "there are samples of $_") for @types;

for my $type (@types)
{
	(my $name = $type) =~ s/.*\.//;
	my @seeds = @{ $samples{$type} };
	my %kinds = (engage => [ map { encode 'UTF-8', $_ } @seeds ], bytes => []);

	for my $i (1 .. $cases)
	{
		my $text = mutate_text($seeds[ rand @seeds ], $seeds[ rand @seeds ]);
		$text =~ s/\0//g;
		push @{ $kinds{engage} }, encode('UTF-8', $text);
		push @{ $kinds{bytes} }, mutate_text_bytes(encode('UTF-8', $i % 8 ? $text : $seeds[ rand @seeds ])) if $i % 4 == 0;
	}
	for my $database ('engage', 'bytes')
	{
		my $file = PostgreSQL::Test::Utils::tempdir_short() . '/cases';
		append_to_file($file, join '', map { '\\\\x' . hex_bytes($_) . "\n" } @{ $kinds{$database} });
		my ($status, $out, $err) = $node->psql($database, <<"SQL", timeout => 600);
			SELECT fuzz.make_checks('$type');
			CREATE TABLE fuzz.cases_$name (input bytea);
			\\copy fuzz.cases_$name FROM '$file'
			SET statement_timeout = '570s';
			SELECT count(fuzz.text_$name(input)) FROM fuzz.cases_$name;
			CREATE TABLE fuzz.again_$name (LIKE fuzz.accepted_$name);
			-- what was taken survives COPY in both formats
			\\copy fuzz.accepted_$name TO '$file.bin' (FORMAT binary)
			\\copy fuzz.again_$name FROM '$file.bin' (FORMAT binary)
			\\copy fuzz.accepted_$name TO '$file.csv' (FORMAT csv)
			\\copy fuzz.again_$name FROM '$file.csv' (FORMAT csv)
SQL
		is($status, 0, "$name ($database): ran to the end") or diag($err);

		my ($accepted) = map { $_->[0] }
		  rows($node, "SELECT count(*) FROM fuzz.results WHERE type = '$type'::regtype AND outcome = 'accepted'", $database);
		my $all = @{ $kinds{$database} };
		note("$name ($database): $accepted of $all accepted");
		cmp_ok($accepted, '>=', scalar @seeds, "$name: every valid value is accepted") if $database eq 'engage';

		is( sql($node, <<"SQL", $database), '', "$name ($database): every value taken is sound");
			SELECT outcome, complaint, left(convert_from(input, 'SQL_ASCII'), 300) FROM fuzz.results
			WHERE type = '$type'::regtype AND complaint IS NOT NULL AND outcome = 'accepted' LIMIT 10
SQL
		# bad syntax or an impossible value; nothing else is a legitimate refusal
		is( sql($node, <<"SQL", $database), '', "$name ($database): everything else is refused as bad input");
			SELECT outcome, complaint, left(convert_from(input, 'SQL_ASCII'), 300) FROM fuzz.results
			WHERE type = '$type'::regtype AND outcome NOT IN ('accepted', '22P02') LIMIT 10
SQL
		is( sql($node, <<"SQL", $database), '', "$name ($database): equal after COPY in binary and in CSV");
			SELECT t, count(*) FILTER (WHERE r = 0), count(*) FILTER (WHERE r = 1)
			FROM (SELECT x::text AS t, 0 AS r FROM fuzz.accepted_$name
			      UNION ALL SELECT x::text, 1 FROM fuzz.again_$name) q
			GROUP BY t HAVING 2 * count(*) FILTER (WHERE r = 0) <> count(*) FILTER (WHERE r = 1) LIMIT 5
SQL
	}
}
no_crash($node);
$node->stop;
done_testing();
