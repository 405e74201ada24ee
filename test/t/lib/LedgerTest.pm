# What the tests of the ledger share: checks of the books that owe nothing to the extension's own ledger_verify,
# attempts that answer an SQLSTATE instead of failing, clients that start at the same moment.
package LedgerTest;

use strict;
use warnings;
use EngageTest;
use Exporter qw(import);
use IPC::Run ();
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(session ask start finish leave has_function make_ledger install_helpers is_sound broken_rules storm pgbench_script counts state_text);

sub has_function
{
	my ($node, $name, $database) = @_;
	return sql($node, "SELECT count(*) FROM pg_proc WHERE pronamespace = 'engage'::regnamespace AND proname = '$name'", $database);
}

sub make_ledger
{
	my ($node, $name, $options, $database) = @_;
	return sql($node, "SELECT engage.ledger_create('$name'" . ($options ? ", $options" : '') . ')', $database);
}

# A psql that stays: ask() gives what a statement prints, or the SQLSTATE it fails with.
sub session
{
	my ($node, $database) = @_;
	my %s = (in => "\\set VERBOSITY sqlstate\n", out => '', err => '', n => 0);
	$s{run} = IPC::Run::start([ 'psql', '-X', '-q', '-A', '-t', '-d', $node->connstr($database || 'engage') ], '<', \$s{in}, '>', \$s{out}, '2>', \$s{err},
		IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	return \%s;
}
sub ask { my ($s, $sql) = @_; start($s, $sql); return finish($s); }
sub start
{
	my ($s, $sql) = @_;
	my $mark = '=== ' . ++$s->{n};
	@$s{qw(out err)} = ('', '');
	$s->{in} .= "$sql;\n\\echo $mark\n";
	$s->{run}->pump_nb while length $s->{in};
	return;
}
sub finish
{
	my ($s) = @_;
	my $mark = "=== $s->{n}";
	$s->{run}->pump until $s->{out} =~ /^$mark$/m;
	return $1 if $s->{err} =~ /ERROR:  (\w{5})/;
	return $s->{out} =~ s/\n?^$mark\n//mr;
}
sub leave
{
	my ($s) = @_;
	$s->{in} .= "\\q\n";
	$s->{run}->finish;
	return;
}

# t.attempt(statement): the first column of its first row, or the SQLSTATE it fails with.
# t.result: a place for answers.
sub install_helpers
{
	my ($node, $database) = @_;
	sql($node, <<'SQL', $database);
		CREATE SCHEMA t;
		CREATE FUNCTION t.attempt(statement text) RETURNS text LANGUAGE plpgsql AS $$
		DECLARE
			answer text;
		BEGIN
			EXECUTE statement INTO answer;
			RETURN answer;
		EXCEPTION WHEN OTHERS THEN
			RETURN SQLSTATE;
		END $$;
		CREATE TABLE t.result (client int, status text, seq bigint, available bigint, replayed boolean);
		GRANT USAGE ON SCHEMA t TO PUBLIC;
SQL
	return;
}

# Rules that the tables of a ledger must obey; each query finds what breaks one.
my @rules = (
	[ 'balances are those of the lots', <<'SQL' ],
		SELECT a.member FROM @.account a LEFT JOIN (
			SELECT member, sum(remaining - held) FILTER (WHERE NOT is_pending) AS available, sum(remaining) FILTER (WHERE is_pending) AS pending, sum(held) AS held
			FROM @.lot GROUP BY member) l USING (member)
		WHERE (a.available, a.pending, a.held) IS DISTINCT FROM (coalesce(l.available, 0), coalesce(l.pending, 0), coalesce(l.held, 0))
SQL
	[ 'balances are those after the last entry', <<'SQL' ],
		SELECT a.member FROM @.account a LEFT JOIN @.entry e USING (member, seq)
		WHERE (a.available, a.pending, a.held, a.debt) IS DISTINCT FROM
			(coalesce(e.available_after, 0), coalesce(e.pending_after, 0), coalesce(e.held_after, 0), coalesce(e.debt_after, 0))
SQL
	[ 'entries are numbered without gaps', <<'SQL' ],
		SELECT a.member FROM @.account a FULL JOIN (SELECT member, count(*) AS n, max(seq) AS top, min(seq) AS low FROM @.entry GROUP BY member) e USING (member)
		WHERE a.seq IS DISTINCT FROM coalesce(e.n, 0) OR coalesce(e.top, 0) <> coalesce(e.n, 0) OR coalesce(e.low, 1) <> 1
SQL
	[ 'entries are recorded one after the other', <<'SQL' ],
		SELECT member, seq FROM (SELECT member, seq, recorded_at > lag(recorded_at) OVER (PARTITION BY member ORDER BY seq) AS later FROM @.entry) q WHERE NOT later
SQL
	[ 'amounts explain the balances', <<'SQL' ],
		SELECT member, seq FROM (SELECT *, total - coalesce(lag(total) OVER (PARTITION BY member ORDER BY seq), 0) AS change
			FROM (SELECT *, available_after::numeric + coalesce(pending_after, 0) + coalesce(held_after, 0) - coalesce(debt_after, 0) AS total FROM @.entry) e) e
		WHERE amount <> change
SQL
	[ 'nobody has points and debt', 'SELECT member, seq FROM @.entry e WHERE available_after < 0 OR pending_after < 0 OR held_after < 0 OR debt_after < 0' ],
	[ 'nobody ends with points and debt', 'SELECT member FROM @.account WHERE available > 0 AND debt > 0' ],
	[ 'lots are what uses left', <<'SQL' ],
		SELECT l.member, l.lot_no FROM @.lot l LEFT JOIN (
			SELECT member, lot_no, coalesce(sum(CASE WHEN action IN ('consume', 'capture', 'expire', 'claw', 'repay_debt') THEN -points WHEN action = 'restore' THEN points ELSE 0 END), 0) AS changed,
				coalesce(sum(CASE action WHEN 'hold' THEN points WHEN 'capture' THEN -points WHEN 'release' THEN -points ELSE 0 END), 0) AS held
			FROM @.lot_use GROUP BY member, lot_no) u USING (member, lot_no)
		WHERE l.remaining <> l.granted + coalesce(u.changed, 0) OR l.held <> coalesce(u.held, 0) OR l.is_open <> (l.remaining > 0)
SQL
	[ 'every lot has its entry, every credit its lot', <<'SQL' ],
		SELECT member, seq FROM (SELECT member, seq, amount FROM @.entry WHERE kind IN ('earn', 'award', 'bonus', 'opening') OR kind = 'adjust' AND amount > 0) e
		FULL JOIN (SELECT member, lot_no AS seq, granted FROM @.lot) l USING (member, seq) WHERE amount IS DISTINCT FROM granted
SQL
	[ 'debits name the lots they took', <<'SQL' ],
		SELECT e.member, e.seq FROM @.entry e LEFT JOIN (
			SELECT member, seq, sum(points) FILTER (WHERE action IN ('consume', 'capture', 'expire', 'claw')) AS taken, sum(points) FILTER (WHERE action = 'restore') AS restored
			FROM @.lot_use u GROUP BY member, seq) u USING (member, seq)
		WHERE e.kind = 'expire' AND coalesce(u.taken, 0) - coalesce(u.restored, 0) <> -e.amount OR (e.kind IN ('redeem', 'capture') OR e.kind = 'adjust' AND e.amount < 0) AND coalesce(u.taken, 0) <> -e.amount OR e.kind = 'reverse' AND u.taken > -e.amount
SQL
	[ 'holds are what lots hold', <<'SQL' ],
		SELECT a.member FROM @.account a LEFT JOIN (SELECT member, sum(points - captured - released) AS open FROM @.hold WHERE state = 'open' GROUP BY member) h USING (member) WHERE held <> coalesce(open, 0)
SQL
	[ 'slices of holds are what lots hold', <<'SQL' ],
		SELECT member, lot_no FROM (SELECT member, unnest(lots) AS lot_no, unnest(slices) AS n FROM @.hold) h FULL JOIN (SELECT member, lot_no, held FROM @.lot WHERE held > 0) l USING (member, lot_no)
		GROUP BY 1, 2 HAVING sum(n) IS DISTINCT FROM max(held)
SQL
	[ 'no more is reversed than was granted', <<'SQL' ],
		SELECT l.member, l.lot_no FROM @.lot l JOIN (SELECT member, reverses_seq AS lot_no, -sum(amount) AS reversed FROM @.entry WHERE kind = 'reverse' GROUP BY 1, 2) r USING (member, lot_no) WHERE granted < reversed
SQL
	[ 'no more is restored than was redeemed', <<'SQL' ],
		SELECT e.member, e.seq FROM @.entry e JOIN (SELECT member, reverses_seq AS seq, sum(amount) AS restored FROM @.entry WHERE kind = 'restore' GROUP BY 1, 2) r USING (member, seq) WHERE -amount < restored
SQL
	[ 'keys are there once', 'SELECT member, kind, key FROM (SELECT member, kind, key FROM @.entry WHERE key IS NOT NULL UNION ALL SELECT member, kind, key FROM @.refusal) q GROUP BY 1, 2, 3 HAVING count(*) > 1' ],
	[ 'budgets hold', <<'SQL' ],
		SELECT c.campaign FROM @.campaign c WHERE budget < (SELECT sum(e.amount + coalesce((SELECT sum(r.amount) FROM @.entry r WHERE r.member = e.member AND r.reverses_seq = e.seq AND r.kind = 'reverse'), 0)) FROM @.entry e WHERE e.campaign = c.campaign AND kind = 'bonus')
			OR budget < (SELECT sum(issued) FROM @.campaign_budget b WHERE b.campaign = c.campaign)
SQL
);

# Names of the rules a ledger breaks, each with the first places.
sub broken_rules
{
	my ($node, $ledger, $database) = @_;
	my @broken;
	for my $rule (@rules)
	{
		my ($name, $query) = @$rule;
		$query =~ s/@\./$ledger./g;
		my @places = map { join ' ', map { $_ // '-' } @$_ } rows($node, "SELECT * FROM ($query) q LIMIT 5", $database);
		push @broken, "$name: " . join ', ', @places if @places;
	}
	return @broken;
}

# One test: the books are right, by these rules and by ledger_verify.
sub is_sound
{
	my ($node, $ledger, $name, $database) = @_;
	my @found = broken_rules($node, $ledger, $database);
	push @found, map { $_->[0] } rows($node, "SELECT 'ledger_verify: ' || v::text FROM engage.ledger_verify('$ledger') v LIMIT 20", $database)
	  if has_function($node, 'ledger_verify', $database);
	return is(join("\n", @found), '', $name);
}

# Everything that can be posted, as text: the same before and after a copy.
sub state_text
{
	my ($node, $ledger, $database) = @_;
	return join '', map { "$_\n" . sql($node, "COPY (SELECT t.* FROM $ledger.$_ t ORDER BY t::text) TO STDOUT", $database) . "\n" }
	  qw(ledger_meta account entry lot lot_use hold refusal entry_note point_value earn_rule campaign campaign_budget tally tier tier_history period_close adjust_limit);
}

# pgbench_script(node, clients, seconds or transactions each, scripts): what it said on standard error
sub pgbench_script
{
	my ($node, $clients, $how, @scripts) = @_;
	my $dir = PostgreSQL::Test::Utils::tempdir('bench');
	my @files;
	for my $i (0 .. $#scripts)
	{
		my ($script, $weight) = ref $scripts[$i] ? @{ $scripts[$i] } : ($scripts[$i], 1);
		open my $file, '>', "$dir/$i.sql" or die;
		print {$file} $script;
		close $file;
		push @files, '-f', "$dir/$i.sql\@$weight";
	}
	my ($out, $err) = ('', '');
	my $ok = IPC::Run::run([ 'pgbench', '-n', '-h', $node->host, '-p', $node->port, '-c', $clients, '-j', 2, @$how, @files, 'engage' ], '<', \undef, '>', \$out, '2>', \$err);
	return ($ok, $out, $err);
}

# (A transaction that fails with 40001 is tried again.)
# All clients run a script once, as nearly at the same moment as can be: they wait for one lock.
# The number of the client is :client_id.
sub storm
{
	my ($node, $clients, @scripts) = @_;
	my $gate = session($node);
	ask($gate, 'SELECT pg_advisory_lock(4711)');
	my $dir = PostgreSQL::Test::Utils::tempdir('storm');
	my @files;
	for my $i (0 .. $#scripts)
	{
		open my $file, '>', "$dir/$i.sql" or die;
		print {$file} "SELECT pg_advisory_lock_shared(4711);\nSELECT pg_advisory_unlock_shared(4711);\n$scripts[$i]";
		close $file;
		push @files, '-f', "$dir/$i.sql";
	}
	my ($out, $err) = ('', '');
	my $run = IPC::Run::start([ 'pgbench', '-n', '-h', $node->host, '-p', $node->port, '-c', $clients, '-j', 2, '-t', 1, '--max-tries=1000', @files, 'engage' ], '<', \undef, '>', \$out, '2>', \$err);
	$node->poll_query_until('engage', "SELECT count(*) = $clients FROM pg_locks WHERE locktype = 'advisory' AND NOT granted");
	ask($gate, 'SELECT pg_advisory_unlock(4711)');
	$run->finish;
	leave($gate);
	diag($err) if $err =~ /ERROR|aborted/;
	return $err !~ /aborted/;
}

# "status n, status n" of t.result, which is emptied.
sub counts
{
	my ($node) = @_;
	return sql($node, <<'SQL');
		SELECT string_agg(format('%s %s', status, n), ', ' ORDER BY status COLLATE "C") FROM (SELECT status, count(*) AS n FROM t.result GROUP BY status) q;
		TRUNCATE t.result;
SQL
}

1;
