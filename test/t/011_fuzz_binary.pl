# Mutated binary input (COPY BINARY) of every summary type: taken or refused, and if taken, sound.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageFuzz;
use EngageTest;
use PostgreSQL::Test::Utils;
use Test::More;

seed();
my $cases = cases(1500);
my $node = engage_node('fuzz_binary');

run_file($node, 'fuzz/samples.sql');
run_file($node, 'fuzz/checks.sql');
my @types = map { $_->[0] } rows($node, 'SELECT type FROM fuzz.summary_types ORDER BY name');
cmp_ok(scalar @types, '>=', 9, 'the summary types are found in the catalog');

# One tuple of one column, as COPY BINARY writes it; the length is what the server sees.
sub copy_file
{
	my ($payload) = @_;
	return "PGCOPY\n\377\r\n\0" . pack('N N', 0, 0) . pack('n', 1) . pack('N', length $payload) . $payload . pack('n', 0xFFFF);
}

my $dir = PostgreSQL::Test::Utils::tempdir('binary');
for my $type (@types)
{
	(my $name = $type) =~ s/.*\.//;
	my ($send) = map { $_->[0] } rows($node, "SELECT typsend::regproc FROM pg_type WHERE oid = '$type'::regtype");
	my @seeds = map { pack 'H*', $_->[0] }
	  rows($node, "SELECT encode($send(value::$type), 'hex') FROM fuzz.samples WHERE type = '$type'::regtype ORDER BY id");
	ok(scalar @seeds, "there are samples of $type");
	my @inputs = @seeds;
	push @inputs, mutate_binary($seeds[ rand @seeds ], $seeds[ rand @seeds ]) for 1 .. $cases;
	# all beginnings of one value
	push @inputs, map { substr $seeds[0], 0, $_ } 0 .. (length $seeds[0] > 300 ? 300 : length $seeds[0]);

	sql($node, "SELECT fuzz.make_checks('$type'); CREATE TABLE fuzz.cases_$name (number int, input bytea)");
	my $number = 0;
	while (my @some = splice @inputs, 0, 2000)
	{
		my $list = '';
		for my $input (@some)
		{
			open my $file, '>:raw', "$dir/" . ++$number or die "$dir/$number: $!";
			print {$file} copy_file($input);
			close $file;
			$list .= "$number\t\\\\x" . hex_bytes($input) . "\n";
		}
		append_to_file("$dir/list", $list);
		my ($status, undef, $err) = $node->psql('engage', <<"SQL", timeout => 600);
			TRUNCATE fuzz.cases_$name;
			\\copy fuzz.cases_$name FROM '$dir/list'
			SET statement_timeout = '570s';
			SELECT count(fuzz.binary_$name('$dir/' || number, input)) FROM fuzz.cases_$name;
SQL
		is($status, 0, "$name: ran to the end") or diag($err);
		unlink "$dir/list", map { "$dir/" . ($number - $_) } 0 .. $#some;
	}

	my ($accepted) = map { $_->[0] }
	  rows($node, "SELECT count(*) FROM fuzz.results WHERE type = '$type'::regtype AND outcome = 'accepted'");
	note("$name: $accepted of $number accepted");
	cmp_ok($accepted, '>=', scalar @seeds, "$name: every valid value is accepted");
	is( sql($node, <<"SQL"), '', "$name: every value taken is sound, and sent as it came");
		SELECT complaint, left(encode(input, 'hex'), 400) FROM fuzz.results
		WHERE type = '$type'::regtype AND complaint IS NOT NULL AND outcome = 'accepted' LIMIT 10
SQL
	# invalid binary value; message ends too early (08P01); text key in no valid encoding
	is( sql($node, <<"SQL"), '', "$name: everything else is refused as bad input");
		SELECT outcome, complaint, left(encode(input, 'hex'), 400) FROM fuzz.results
		WHERE type = '$type'::regtype AND outcome NOT IN ('accepted', '22P03', '08P01', '22021') LIMIT 10
SQL
}
no_crash($node);
$node->stop;
done_testing();
