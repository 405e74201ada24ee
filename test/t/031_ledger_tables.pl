# The tables of a ledger are its owner's: he makes indexes, triggers, constraints, columns and policies while others
# post.  Rows are written directly or by statements, as the tables are at the moment; nothing is lost between the two.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use IPC::Run ();
use LedgerTest;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

my $seed = seed();
my $node = engage_node('ledger_tables', max_connections => 40, synchronous_commit => 'off', deadlock_timeout => '200ms', wal_level => 'logical');
my $has_amcheck = sql($node, "SELECT count(*) FROM pg_available_extensions WHERE name = 'amcheck'");
sql($node, 'CREATE EXTENSION amcheck') if $has_amcheck;

# Every index has what the table has.
sub is_indexed
{
	my ($ledger, $name) = @_;
	SKIP:
	{
		skip 'no amcheck', 1 if !$has_amcheck;
		my (undef, $out, $err) = $node->psql('engage', <<"SQL");
			SELECT count(bt_index_parent_check(i.indexrelid, heapallindexed => true)) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
			WHERE c.relnamespace = '$ledger'::regnamespace AND a.amname = 'btree' AND i.indisvalid
SQL
		is($err, '', "$name: indexes are what they should be ($out)");
	}
	return;
}

# ----------------------------------------------------------------------------
# Changes beside four clients
# ----------------------------------------------------------------------------
make_ledger($node, 'live', "expires_after => '365 days'");
sql($node, "SELECT count(*) FROM generate_series(1, 20) i, engage.earn_batch('live', (SELECT array_agg(m) FROM generate_series(1, 200) m), array_fill(10::bigint, ARRAY[200]), array_fill('first ' || i, ARRAY[200]))");
my $dir = PostgreSQL::Test::Utils::tempdir('ledger_tables');
my %script = (
	earn => "SELECT engage.earn('live', :m, :p, 'r:round-:client_id-:n', batch => 'b' || :p)", redeem => "SELECT engage.redeem('live', :m, :p, 'r:round-:client_id-:n')",
	hold => "SELECT engage.hold('live', :m, :p, 'r:round-:client_id-:n', ttl => '0.05 s')", adjust => "SELECT engage.adjust('live', :m, :p, 'r:round-:client_id-:n', reason => 'x', actor => 'y')",
	again => "BEGIN;\nSELECT engage.earn('live', :m, :p, 'r:round-:client_id-:n');\nSELECT engage.earn('live', :m, :p, 'r:round-:client_id-:n');\nCOMMIT");
for my $name (keys %script)
{
	open my $file, '>', "$dir/$name.sql" or die;
	print {$file} "\\set n :n + 1\n\\set m random(1, 200)\n\\set p random(1, 12)\n$script{$name};\n";
	close $file;
}
my $round = 0;
# One kind of change, made and unmade as often as there is time for.
sub under_load
{
	my ($name, @changes) = @_;
	$round++;
	my $posted = sub { return sql($node, "SELECT (SELECT count(*) FROM live.entry WHERE key ~ '^r$round-') + (SELECT count(*) FROM live.refusal WHERE key ~ '^r$round-')"); };
	my ($out, $err) = ('', '');
	my $run = IPC::Run::start([ 'pgbench', '-n', '-h', $node->host, '-p', $node->port, '-c', 4, '-j', 2, '-T', 3, '-D', 'n=0', '-D', "round=$round", (map { ('-f', "$dir/$_.sql") } sort keys %script), 'engage' ],
		'<', \undef, '>', \$out, '2>', \$err);
	$node->poll_query_until('engage', "SELECT count(*) > 20 FROM live.entry WHERE key ~ '^r$round-'");
	my ($from, $times, @failed) = (time, 0);
	while (time - $from < 2.2)
	{
		for my $change (@changes)
		{
			my ($status, undef, $complaint) = $node->psql('engage', $change);
			push @failed, $complaint if $status || $complaint =~ /ERROR/;
		}
		$times++;
	}
	$run->finish;
	is(join("\n", @failed), '', "$name: made and unmade $times times");
	is(join("\n", grep { /ERROR|aborted/ } split /\n/, $err), '', "$name: no posting fails");
	my ($done) = $out =~ /transactions actually processed: (\d+)/;
	is($posted->(), $done // 'unknown', "$name: each of them is there");
	is_sound($node, 'live', "$name: the books are right");
	is_indexed('live', $name);
	return;
}
for my $table (qw(entry lot account))
{
	my $column = { entry => 'recorded_at', lot => 'remaining', account => 'available' }->{$table};
	under_load("indexes of $table", "CREATE INDEX CONCURRENTLY mine ON live.$table ($column)", "CREATE INDEX CONCURRENTLY part ON live.$table (member) WHERE member > 100",
		"REINDEX TABLE CONCURRENTLY live.$table", 'DROP INDEX CONCURRENTLY live.mine', 'DROP INDEX live.part');
}
sql($node, "CREATE FUNCTION public.nothing() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN RETURN NEW; END \$\$");
my @tables = qw(account entry lot lot_use hold refusal);
my $each = sub { my ($change) = @_; return map { my $t = $_; "SET lock_timeout = '10s'; " . $change =~ s/@/$t/gr } @tables; };
under_load('triggers', $each->('CREATE TRIGGER mine BEFORE INSERT OR UPDATE ON live.@ FOR EACH ROW EXECUTE FUNCTION public.nothing()'), $each->('DROP TRIGGER mine ON live.@'));
under_load('constraints', $each->('ALTER TABLE live.@ ADD CONSTRAINT mine CHECK (member > 0)'), $each->('ALTER TABLE live.@ DROP CONSTRAINT mine'));
under_load('columns', $each->("ALTER TABLE live.@ ADD COLUMN mine text DEFAULT 'x', ADD COLUMN twice bigint GENERATED ALWAYS AS (member * 2) STORED"), $each->('ALTER TABLE live.@ ADD COLUMN plain int'),
	$each->('ALTER TABLE live.@ DROP COLUMN mine, DROP COLUMN twice'), $each->('ALTER TABLE live.@ DROP COLUMN plain'));
under_load('row-level security', $each->('ALTER TABLE live.@ ENABLE ROW LEVEL SECURITY'), $each->('ALTER TABLE live.@ DISABLE ROW LEVEL SECURITY'));

# ----------------------------------------------------------------------------
# Columns of the user's own
# ----------------------------------------------------------------------------
for my $path ('directly', 'by statements')
{
	my $ledger = $path eq 'directly' ? 'own' : 'owned';
	make_ledger($node, $ledger, "expires_after => '30 days', test_clock => true");
	sql($node, <<"SQL");
		ALTER TABLE $ledger.account ADD COLUMN nickname text;
		ALTER TABLE $ledger.lot ADD COLUMN colour text;
		ALTER TABLE $ledger.entry ADD COLUMN ticket bigint;
		CREATE INDEX ON $ledger.account (nickname);
		SET engage.now = '2026-01-01 00:00:00+00';
		SELECT engage.earn('$ledger', m, 100, 'e' || i) FROM generate_series(1, 3) m, generate_series(1, 3) i;
		UPDATE $ledger.account SET nickname = repeat('nick ' || member, 1 + 400 * member::int);
		UPDATE $ledger.lot SET colour = 'colour ' || lot_no;
		SET session_replication_role = replica;
		UPDATE $ledger.entry SET ticket = member * 100 + seq;
SQL
	sql($node, "ALTER TABLE $ledger.$_ ADD CHECK (member > 0)") for $path eq 'directly' ? () : @tables;
	sql($node, <<"SQL");
		SET engage.now = '2026-01-02 00:00:00+00';
		SELECT engage.redeem('$ledger', m, 150, 'u') FROM generate_series(1, 3) m;
		SELECT engage.redeem('$ledger', 1, 1500, 'too much');
		SELECT engage.hold('$ledger', 2, 100, 'h', ttl => '1 hour');
		SELECT engage.cancel_redemption('$ledger', 3, 'u', 'c');
		SELECT * FROM engage.earn_batch('$ledger', ARRAY[1, 2, 3, 4]::bigint[], ARRAY[5, 5, 5, 5]::bigint[], ARRAY['b', 'b', 'b', 'b']);
		SET engage.now = '2026-03-02 00:00:00+00';
		CALL engage.expire_points('$ledger');
SQL
	is(sql($node, "SELECT string_agg(coalesce(left(nickname, 6) || ' ' || length(nickname), '-'), ', ' ORDER BY member) FROM $ledger.account"), 'nick 1 2406, nick 2 4806, nick 3 7206, -', "$path: columns of account keep their values");
	is(sql($node, "SELECT count(*), count(colour), count(*) FILTER (WHERE colour = 'colour ' || lot_no) FROM $ledger.lot"), '13|9|9', "$path: those of lot");
	is(sql($node, "SELECT count(*) > 20, count(ticket), count(*) FILTER (WHERE ticket = member * 100 + seq) FROM $ledger.entry"), 't|9|9', "$path: those of entry");
	is_sound($node, $ledger, "$path: the books are right");
	is_indexed($ledger, $path);

	# a unique index
	sql($node, "CREATE UNIQUE INDEX one_batch ON $ledger.entry (batch)");
	my $state = state_text($node, $ledger);
	my $refused = sub { my ($call) = @_; my (undef, undef, $err) = $node->psql('engage', "\\set VERBOSITY sqlstate\nSET engage.now = '2026-03-03 00:00:00+00';\n$call"); return $err =~ /ERROR:  (\w{5})/ ? $1 : "none: $err"; };
	is($refused->("SELECT * FROM engage.earn_batch('$ledger', ARRAY[1, 2]::bigint[], ARRAY[5, 5]::bigint[], ARRAY['d', 'd'], batch => 'same')"), '23505', "$path: a unique index of the user's is an error");
	is(state_text($node, $ledger) eq $state, 1, "$path: and nothing is written");
	is(sql($node, "SET engage.now = '2026-03-03 00:00:00+00'; SELECT status FROM engage.earn('$ledger', 1, 5, 'once', batch => 'same')"), 'ok', "$path: what it allows is done");
	is_sound($node, $ledger, "$path: the books are right");

	# a publication of a table whose rows have no identity
	sql($node, "CREATE PUBLICATION $ledger FOR TABLE $ledger.account; ALTER TABLE $ledger.account REPLICA IDENTITY NOTHING");
	is($refused->("SELECT * FROM engage.earn('$ledger', 1, 5, 'published')"), '55000', "$path: an update that cannot be published is PostgreSQL's own error");
	sql($node, "ALTER TABLE $ledger.account REPLICA IDENTITY DEFAULT");
	is(sql($node, "SET engage.now = '2026-03-03 00:00:00+00'; SELECT status, replayed FROM engage.earn('$ledger', 1, 5, 'published')"), 'ok|f', "$path: and nothing was written");
	is_sound($node, $ledger, "$path: the books are right");
	is_indexed($ledger, "$path, in the end");
}

is(sql($node, "SELECT deadlocks FROM pg_stat_database WHERE datname = 'engage'"), '0', 'there was no deadlock');
no_crash($node);
$node->stop;
done_testing();
