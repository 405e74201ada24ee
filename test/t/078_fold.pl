# fold_timelines while others write and fold: whatever happens at the same time, the stored timelines are those of the rows,
# now of the transactions below the bound, and at the end of all.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = engage_node('fold');
my $dir = PostgreSQL::Test::Utils::tempdir('fold');
sql($node, <<'SQL');
	CREATE TABLE event_log (customer int, ts timestamptz, event text, value double precision, xid xid8 NOT NULL DEFAULT pg_current_xact_id());
	CREATE INDEX ON event_log (xid);
	CREATE TABLE customer_timeline (customer int PRIMARY KEY, t engage.timeline);
	CREATE TABLE fold_progress (xid xid8 NOT NULL);
	INSERT INTO fold_progress VALUES ('0');
	CREATE VIEW differences AS
		SELECT customer FROM customer_timeline AS s FULL JOIN (
			SELECT customer, engage.timeline_agg(ts, event, value) AS t FROM event_log WHERE xid < (SELECT xid FROM fold_progress) GROUP BY customer) AS r USING (customer)
		WHERE s.t OPERATOR(engage.=) r.t IS NOT TRUE;
SQL
my $fold = "SELECT * FROM engage.fold_timelines('event_log', 'customer_timeline', 'fold_progress', value => 'value');\n";
my %script = (
	# some commit, some do not; some take long; some events are late, some equal
	write => <<'SQL',
\set c random(1, 40)
\set n random(1, 6)
\set day random(1, 300)
BEGIN;
INSERT INTO event_log (customer, ts, event, value) SELECT :c + i, timestamptz '2024-01-01' + :day * interval '1 day', 'e' || :n, :n FROM generate_series(1, :n) AS i;
\sleep :n ms
SAVEPOINT more;
INSERT INTO event_log (customer, ts, event) VALUES (:c, timestamptz '2023-01-01', 'late');
\if :n > 4
ROLLBACK TO more;
\endif
\if :n = 3
ROLLBACK;
\else
COMMIT;
\endif
SQL
	fold => $fold,
	give_up => "BEGIN;\n${fold}ROLLBACK;\n",
	compare => "SELECT 1 / (1 - (count(*) > 0)::int) FROM differences;\n");
for my $name (sort keys %script)
{
	append_to_file("$dir/$name", $script{$name});
}
$node->command_ok([ 'pgbench', '--no-vacuum', '--client' => 6, '--jobs' => 2, '--time' => 4,
		'--file' => "$dir/write\@6", '--file' => "$dir/fold\@2", '--file' => "$dir/give_up\@1", '--file' => "$dir/compare\@1", 'engage' ],
	'writers and folders at once, and what is stored is right at any moment');

ok($node->poll_query_until('engage', 'SELECT NOT EXISTS (SELECT FROM event_log, fold_progress AS p WHERE event_log.xid >= p.xid) FROM '
		. "engage.fold_timelines('event_log', 'customer_timeline', 'fold_progress', value => 'value') AS f WHERE f.events >= 0"), 'the rest');
is(sql($node, 'SELECT count(*) FROM differences'), '0', 'each customer has his events');
is(sql($node, 'SELECT sum(engage.length(t)) = (SELECT count(*) FROM event_log) FROM customer_timeline'), 't', 'all of them, each once');
cmp_ok(sql($node, 'SELECT count(*) FROM event_log'), '>', 100, 'and there were many');
done_testing();
