# The ledger when things break: killed backends, crashes, cancelled statements, interrupted sweeps, a lost primary,
# dumps, and hands that change what they should not.
#
#   ENGAGE_SEED, ENGAGE_CASES   as always (rounds of crashes are multiplied)
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use IPC::Run ();
use LedgerTest;
use List::Util qw(max min);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

my $seed = seed();
my $dir = PostgreSQL::Test::Utils::tempdir('ledger_faults');
# (fsync off is harmless here: the machine does not stop, and what reached the kernel stays)
my $primary = engage_node('ledger_faults', wal_level => 'replica', max_wal_senders => 4, hot_standby => 'on', max_connections => 30,
	restart_after_crash => 'on', max_prepared_transactions => 4, wal_sender_timeout => '5s');
my $node = $primary;
# (poll_query_until() writes to a psql that may have ended, as it got no connection)
sub wait_until_up
{
	my ($node) = @_;
	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return if IPC::Run::run([ 'psql', '-X', '-A', '-t', '-d', $node->connstr('postgres'), '-c', 'SELECT 1' ], '<', \undef, '>', \my $out, '2>', \my $err);
		sleep 0.1;
	}
	BAIL_OUT('the server does not come back');
}
sub pick { return $_[ int rand @_ ]; }
sub chance { return rand() < $_[0]; }

# ----------------------------------------------------------------------------
# Load whose client writes down what was answered
# ----------------------------------------------------------------------------
make_ledger($node, 'shop', "expires_after => '365 days', debt_limit => 100");

# Worker w posts for members 10 w + 0..4 and, so that workers meet, 1000 + 0..4.
my $workers = 4;
my @ops = map { [] } 1 .. $workers;
my @acknowledged = map { {} } 1 .. $workers;
sub op_of
{
	my ($w, $n) = @_;
	return $ops[$w][$n] //= do {
		my $m = chance(0.3) ? 1000 + int rand 5 : 10 * $w + int rand 5;
		my ($key, $p) = ("w$w-$n", 1 + int rand 50);
		my $before = 'w' . $w . '-' . max(0, $n - 1 - int rand 20);
		my $all = 'status, seq, available, pending, held, debt, replayed';
		pick("SELECT $all FROM engage.earn('shop', $m, $p, '$key')", "SELECT $all FROM engage.earn('shop', $m, $p, '$key')",
			"SELECT $all FROM engage.redeem('shop', $m, $p, '$key')", "SELECT $all FROM engage.hold('shop', $m, $p, '$key', ttl => '0.2 s')",
			"SELECT $all FROM engage.reverse_earn('shop', $m, '$before', '$key')", "SELECT $all FROM engage.cancel_redemption('shop', $m, '$before', '$key')",
			"SELECT string_agg(status || ' ' || seq || CASE WHEN replayed THEN ' again' ELSE '' END, ',' ORDER BY ord) FROM engage.earn_batch('shop', ARRAY[$m, 1001, 1002, 1003], ARRAY[1, 2, 3, 4], ARRAY['$key-1', '$key-2', '$key-3', '$key-4'])",
			"SELECT string_agg(status || ' ' || seq || CASE WHEN replayed THEN ' again' ELSE '' END, ',' ORDER BY ord) FROM engage.redeem_batch('shop', ARRAY[1003, 1001, $m], ARRAY[1, 2, 3], ARRAY['$key-1', '$key-2', '$key-3'])");
	};
}

# Start a worker at operation $from; the answer is what to wait for.
sub start_worker
{
	my ($w, $from, $count) = @_;
	open my $script, '>', "$dir/w$w.sql" or die;
	print {$script} map { my $n = $_; op_of($w, $n) =~ s/^SELECT /SELECT $n, /r . ";\n" } $from .. $from + $count - 1;
	close $script;
	return IPC::Run::start([ 'psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('engage'), '-f', "$dir/w$w.sql" ],
		'<', \undef, '>', "$dir/w$w.out", '2>', "$dir/w$w.err");
}

# What a worker was told; answers that were known already must be the same, now replayed.
my (@changed, $replayed);
sub collect
{
	my ($w) = @_;
	my $last = -1;
	my $text = slurp_file("$dir/w$w.out");
	# (a last line without its end was cut off)
	for my $line (split /\n/, $text =~ s/[^\n]*\z//r)
	{
		my ($n, $answer) = $line =~ /^(\d+)\|(.*)$/ or next;
		my $known = $acknowledged[$w]{$n};
		(my $plain = $answer) =~ s/\|[tf]$| again//g;
		if (defined $known)
		{
			push @changed, "operation $n of worker $w: first $known, then $answer" if $known ne $plain || $answer !~ /t$| again/ ;
			$replayed++;
		}
		$acknowledged[$w]{$n} = $plain;
		$last = $n if $n > $last;
	}
	return $last;
}
sub errors_of { return join '', map { slurp_file("$dir/w$_.err") } 0 .. $workers - 1; }

my @next = (0) x $workers;
my $rounds = cases(12);
my ($kills, $stops) = (0, 0);
for my $round (1 .. $rounds)
{
	my @run = map { start_worker($_, $next[$_], 3000) } 0 .. $workers - 1;
	sleep 0.1 + rand 0.3;
	if ($round % 3)
	{
		# one backend, in the middle of whatever it does
		my ($pid) = map { $_->[0] } rows($node, "SELECT pid FROM pg_stat_activity WHERE query ~ 'FROM engage' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1");
		if ($pid) { kill 9, $pid; $kills++; }
		$_->finish for @run;
		wait_until_up($node);
	}
	else
	{
		$node->stop('immediate');
		$stops++;
		$_->finish for @run;
		$node->start;
	}
	for my $w (0 .. $workers - 1)
	{
		my $last = collect($w);
		$next[$w] = max(0, max($last, $next[$w] - 1) - 3) if $last >= 0;
	}
	my @bad = grep { /ERROR|FATAL/ && !/terminating connection|server closed|crash of another|shutting down|starting up|in recovery mode|not yet accepting/ } split /\n/, errors_of();
	is("@bad", '', "round $round: no other errors than the crash itself") or last;
}
cmp_ok($kills, '>=', int($rounds / 2), "backends were killed ($kills), the server was stopped ($stops)");

# all that is in doubt is sent again, and then all of it, once more
my $sent = 0;
for my $w (0 .. $workers - 1)
{
	my $run = start_worker($w, 0, max(map { $_ + 1 } keys %{ $acknowledged[$w] }) + 5);
	$run->finish;
	$sent += 1 + collect($w);
	like(slurp_file("$dir/w$w.err"), qr/\A\z/, "worker $w sends everything again");
}
is(scalar @changed, 0, 'what was answered once is answered again, and nothing is done twice') or diag(join "\n", splice @changed, 0, 10);
cmp_ok($replayed, '>=', 100, "$replayed answers of $sent operations were compared");
is_sound($node, 'shop', 'the books are right after all crashes');

# ----------------------------------------------------------------------------
# Statements that end in the middle
# ----------------------------------------------------------------------------
make_ledger($node, 'cut', "expires_after => '365 days'");
install_helpers($node);
{
	my $n = 3000;
	my $call = sub { my ($i) = @_; return "engage.earn_batch('cut', (SELECT array_agg(i) FROM generate_series(1, $n) i), (SELECT array_agg(1 + i % 7) FROM generate_series(1, $n) i)::bigint[], (SELECT array_agg('b$i-' || i % 1000) FROM generate_series(1, $n) i))"; };
	my $full = time;
	sql($node, 'SELECT count(*) FROM ' . $call->(0));
	$full = (time - $full) * 1000;
	my $script = "\\set VERBOSITY sqlstate\n";
	my $tries = cases(40);
	for my $i (1 .. $tries)
	{
		$script .= "SET statement_timeout = '" . int(1 + rand $full) . "ms';\nSELECT count(*) FROM " . $call->($i) . ";\nSET statement_timeout = 0;\n"
		  . ($i % 3 ? "SELECT 'single', status FROM engage.earn('cut', $i, 1, 'single $i');\n" : '');
	}
	my (undef, $out, $err) = $node->psql('engage', $script, on_error_stop => 0);
	my $stopped = () = $err =~ /ERROR:  57014$/mg;
	my $done = () = $out =~ /^$n$/mg;
	is($err =~ s/^.*ERROR:  57014$//mgr =~ s/\n//gr, '', 'batches that run out of time end with 57014 and nothing else');
	# (the time may also run out while the limit is taken back, after the answer)
	cmp_ok($stopped + $done, '>=', $tries, "each is done or stopped ($done, $stopped)");
	cmp_ok($stopped, '>', $tries / 8, 'some were stopped');
	is(scalar(() = $out =~ /^single\|ok$/mg), $tries - int($tries / 3), 'the session goes on');
	my $whole = sql($node, "SELECT count(*) FROM (SELECT substring(key from '^b(\\d+)-') AS call FROM cut.entry WHERE key ~ '^b' GROUP BY 1 HAVING count(*) <> $n) q");
	is($whole, '0', 'a batch is there as a whole or not at all');
	is_sound($node, 'cut', 'the books are right');
	sql($node, 'SELECT count(*) FROM ' . $call->($_)) for 1 .. min($tries, 10);
	is(sql($node, "SELECT count(DISTINCT substring(key from '^b(\\d+)-')::int) FROM cut.entry WHERE key ~ '^b' AND substring(key from '^b(\\d+)-')::int BETWEEN 1 AND 10"), min($tries, 10), 'what was stopped is done when it is sent again');
	is_sound($node, 'cut', 'the books are right');
}

# pg_cancel_backend while another session posts one by one; a statement that was stopped leaves no door open
{
	sql($node, <<'SQL');
		CREATE ROLE clerk LOGIN;
		GRANT USAGE ON SCHEMA cut TO clerk;
		GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA cut TO clerk;
		GRANT USAGE ON ALL SEQUENCES IN SCHEMA cut TO clerk;
SQL
	open my $script, '>', "$dir/cancel.sql" or die;
	print {$script} "\\set VERBOSITY sqlstate\n\\set ON_ERROR_STOP off\nSET application_name = 'clerk';\nSET SESSION AUTHORIZATION clerk;\n";
	print {$script} "SELECT '$_', status FROM engage.earn_batch('cut', (SELECT array_agg(i) FROM generate_series(1, 300) i), array_fill(1::bigint, ARRAY[300]), array_fill('c$_'::text, ARRAY[300])) WHERE ord = 300;\nUPDATE cut.account SET available = available + 1000 WHERE member = 1;\n" for 1 .. 150;
	close $script;
	my $run = IPC::Run::start([ 'psql', '-X', '-q', '-A', '-t', '-d', $node->connstr('engage'), '-f', "$dir/cancel.sql" ], '<', \undef, '>', "$dir/cancel.out", '2>', "$dir/cancel.err");
	my $canceller = session($node);
	$node->poll_query_until('engage', "SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'clerk'");
	while (ask($canceller, "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE application_name = 'clerk' AND query ~ 'earn_batch' AND state = 'active'") ne ''
		&& ask($canceller, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'clerk'"))
	{
		sleep rand 0.03;
	}
	$run->finish;
	leave($canceller);
	my $err = slurp_file("$dir/cancel.err");
	cmp_ok(scalar(() = $err =~ /57014/g), '>', 5, 'statements were cancelled');
	is($err =~ s/^.*ERROR:  (?:57014|NG403)$//mgr =~ s/\n//gr, '', 'nothing else went wrong');
	is(sql($node, 'SELECT count(*) FROM cut.account WHERE available > 100000'), '0', 'and no balance was changed by hand after a cancelled statement');
	is(sql($node, "SELECT count(*) FROM (SELECT key FROM cut.entry WHERE key ~ '^c' GROUP BY 1 HAVING count(*) <> 300) q"), '0', 'a batch is there as a whole or not at all');
	is_sound($node, 'cut', 'the books are right');
}

# ----------------------------------------------------------------------------
# A sweep that is interrupted goes on where it was
# ----------------------------------------------------------------------------
make_ledger($node, 'late', 'test_clock => true');
sql($node, <<'SQL');
	SET engage.now = '2026-01-01 00:00:00+00';
	SELECT count(*) FROM generate_series(1, 6) b, engage.earn_batch('late', (SELECT array_agg(i) FROM generate_series(1, 2000) i), array_fill(b::bigint, ARRAY[2000]), array_fill('k' || b, ARRAY[2000]));
	SELECT count(*) FROM engage.import_opening('late', (SELECT array_agg(i) FROM generate_series(1, 2000) i), array_fill(100::bigint, ARRAY[2000]), array_fill('o'::text, ARRAY[2000]),
		expires_at => (SELECT array_agg(timestamptz '2026-02-01 00:00:00+00' + i % 5 * interval '1 day') FROM generate_series(1, 2000) i));
SQL
{
	my ($interrupted, $progress, $had) = (0, 0, 0);
	my $limit = 3;
	for my $try (1 .. 200)
	{
		my ($status, undef, $err) = $node->psql('engage', "\\set VERBOSITY sqlstate\nSET client_min_messages = warning; SET engage.now = '2026-03-01 00:00:00+00';\nSET statement_timeout = '${limit}ms';\nCALL engage.expire_points('late', batch => 50);\n", on_error_stop => 1);
		last if !$status;
		if ($err !~ /57014/) { diag($err); last; }
		$interrupted++;
		my $has = sql($node, "SELECT count(*) FROM late.entry WHERE kind = 'expire'");
		$progress++ if $has > $had;
		$had = $has;
		$limit = int($limit * 1.3) + 1;
	}
	cmp_ok($interrupted, '>', 1, "the sweep was interrupted $interrupted times");
	cmp_ok($progress, '>', 0, 'what it had done stayed');
	is(sql($node, "SELECT count(*), sum(amount), count(DISTINCT member) FROM late.entry WHERE kind = 'expire'"), '2000|-200000|2000', 'each lot expired once');
	is(sql($node, "SELECT count(*) FROM late.entry e JOIN late.lot_use u USING (member, seq) JOIN late.lot l USING (member, lot_no) WHERE e.kind = 'expire' AND e.effective_at <> l.expires_at"), '0', 'at its own instant');
	is_sound($node, 'late', 'the books are right');
	sql($node, "SET engage.now = '2026-03-01 00:00:00+00'; CALL engage.expire_points('late')");
	is(sql($node, "SELECT count(*) FROM late.entry WHERE kind = 'expire'"), '2000', 'again: nothing');
}

# a wrong campaign is taken back, with interruptions
make_ledger($node, 'wrong', '');
sql($node, <<'SQL');
	SELECT count(*) FROM engage.earn_batch('wrong', (SELECT array_agg(i % 700) FROM generate_series(1, 3000) i), array_fill(10::bigint, ARRAY[3000]), (SELECT array_agg('k' || i) FROM generate_series(1, 3000) i), batch => 'twice');
	SELECT count(*) FROM engage.redeem_batch('wrong', (SELECT array_agg(i) FROM generate_series(1, 300) i), array_fill(25::bigint, ARRAY[300]), array_fill('u'::text, ARRAY[300]));
SQL
{
	my ($interrupted, $limit) = (0, 3);
	for my $try (1 .. 200)
	{
		my ($status, undef, $err) = $node->psql('engage', "\\set VERBOSITY sqlstate\nSET client_min_messages = error;\nSET statement_timeout = '${limit}ms';\nCALL engage.reverse_batch('wrong', 'twice', 'ran twice', 100);\n", on_error_stop => 1);
		last if !$status;
		if ($err !~ /57014/) { diag($err); last; }
		$interrupted++;
		$limit = int($limit * 1.3) + 1;
	}
	cmp_ok($interrupted, '>', 1, "it was interrupted $interrupted times");
	is(sql($node, "SELECT count(*), sum(amount), count(DISTINCT (member, reverses_seq)) FROM wrong.entry WHERE kind = 'reverse'"), '3000|-30000|3000', 'each grant is taken back once');
	is(sql($node, 'SELECT sum(available), sum(debt) FROM wrong.account'), '0|7500', 'what was spent is owed');
	is_sound($node, 'wrong', 'the books are right');
}

# a posting whose transaction is prepared survives a crash, and keeps others from its member
sql($node, "BEGIN; SELECT engage.earn('wrong', 5000, 10, 'prepared'); PREPARE TRANSACTION 'posting'");
$node->stop('immediate');
$node->start;
my (undef, undef, $waits) = $node->psql('engage', "\\set VERBOSITY sqlstate\nSET statement_timeout = '200ms';\nSELECT * FROM engage.earn('wrong', 5000, 10, 'prepared');\n");
like($waits, qr/57014/, 'a prepared posting is waited for');
sql($node, "COMMIT PREPARED 'posting'");
is(sql($node, "SELECT status, seq, available, replayed FROM engage.earn('wrong', 5000, 10, 'prepared')"), 'ok|1|10|t', 'and is there once it is committed');
is_sound($node, 'wrong', 'the books are right');

# ----------------------------------------------------------------------------
# The clock goes backwards; the greatest numbers
# ----------------------------------------------------------------------------
sql($node, <<'SQL');
	SET engage.now = '2026-05-01 00:00:00+00';
	SELECT engage.earn('late', 5000, 10, 'a');
	SET engage.now = '2025-05-01 00:00:00+00';
	SELECT engage.earn('late', 5000, 10, 'b');
	SET engage.now = '2026-04-01 00:00:00+00';
	SELECT engage.redeem('late', 5000, 15, 'c');
SQL
is(sql($node, "SELECT string_agg(to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), ', ' ORDER BY seq) FROM late.entry WHERE member = 5000"),
	'2026-05-01 00:00:00.000000, 2026-05-01 00:00:00.000001, 2026-05-01 00:00:00.000002', 'a clock that goes backwards does not turn the journal around');

make_ledger($node, 'big', '');
my $most = '9223372036854775807';
my $attempt = sub { my ($call, $ledger) = @_; my ($status, $out, $err) = $node->psql('engage', "\\set VERBOSITY sqlstate\n$call"); return $err =~ /ERROR:  (\w{5})/ ? $1 : $out; };
is($attempt->("SELECT status, available FROM engage.earn('big', 1, $most, 'a')"), "ok|$most", 'the greatest number of points');
my $before = state_text($node, 'big');
for my $call ("engage.earn('big', 1, 1, 'b')", "engage.earn('big', 1, 1, 'b', available_at => now() + interval '1 day')", "engage.earn('big', 1, $most, 'b')", "engage.adjust('big', 1, 1, 'b', reason => 'x', actor => 'y')",
	"engage.earn_batch('big', ARRAY[2, 1]::bigint[], ARRAY[1, 1]::bigint[], ARRAY['b', 'b'])", "engage.import_opening('big', ARRAY[1]::bigint[], ARRAY[1]::bigint[], ARRAY['b'])")
{
	is($attempt->("SELECT * FROM $call"), '22003', "$call overflows");
}
is($attempt->("SELECT * FROM engage.earn('big', 1, 9223372036854775808, 'b')"), '42883', 'a number that is no bigint finds no function');
ok(state_text($node, 'big') eq $before, 'and nothing has changed');
is($attempt->("SELECT status, available FROM engage.redeem('big', 1, $most, 'use')"), 'ok|0', 'all of it can be spent');
is($attempt->("SELECT status, debt FROM engage.reverse_earn('big', 1, 'a', 'back')"), "ok|$most", 'and owed');
like($attempt->("SELECT status FROM engage.adjust('big', 1, -$most - 1, 'least', reason => 'x', actor => 'y')"), qr/^(?:insufficient|22003)$/, 'the least number is refused');
is_sound($node, 'big', 'the books are right');

# ----------------------------------------------------------------------------
# Dumps
# ----------------------------------------------------------------------------
{
	my @ledgers = qw(shop late big);
	my %want = map { $_ => state_text($node, $_) } @ledgers;
	my @connection = ('-h', $node->host, '-p', $node->port);
	my @part = map { ('-n', $_) } @ledgers;
	my $pg_dump = sub { command_ok([ 'pg_dump', @connection, @_, 'engage' ], "pg_dump @_[0 .. 1]"); };
	$pg_dump->('-Fc', '-f', "$dir/custom");
	$pg_dump->('-Fp', '-f', "$dir/plain");
	$pg_dump->('-Fp', '--schema-only', '-f', "$dir/schema");
	$pg_dump->('-Fc', '--data-only', @part, '-f', "$dir/data");
	$pg_dump->('-Fp', '--data-only', '--disable-triggers', @part, '-f', "$dir/data.sql");
	my $psql = sub { my ($db, $file) = @_; command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', @connection, '-d', $db, '-f', $file ], "restore $file"); };
	my %restore = (
		custom => sub { command_ok([ 'pg_restore', @connection, '--exit-on-error', '-j', 2, '-d', $_[0], "$dir/custom" ], 'restore the custom form, two jobs'); },
		plain => sub { $psql->($_[0], "$dir/plain"); },
		data_only => sub { $psql->($_[0], "$dir/schema"); command_ok([ 'pg_restore', @connection, '--exit-on-error', '-d', $_[0], "$dir/data" ], 'restore only data'); },
		data_without_triggers => sub { $psql->($_[0], "$dir/schema"); $psql->($_[0], "$dir/data.sql"); });
	for my $form (sort keys %restore)
	{
		sql($node, "CREATE DATABASE $form TEMPLATE template0", 'postgres');
		$restore{$form}->($form);
		for my $ledger (@ledgers)
		{
			ok(state_text($node, $ledger, $form) eq $want{$ledger}, "$form: $ledger came through");
			is_sound($node, $ledger, "$form: and is sound", $form);
		}
		is(sql($node, "SELECT status, replayed FROM engage.earn('big', 1, $most, 'a')", $form), 'ok|t', "$form: keys are known");
		sql($node, "SELECT engage.earn('shop', 7777, 10, 'new')", $form);
		is(sql($node, "SELECT status, hold_id > (SELECT coalesce(max(hold_id), 0) FROM shop.hold) FROM engage.hold('shop', 7777, 10, 'new')", $form), 'ok|t', "$form: posting goes on");
		is_sound($node, 'shop', "$form: and is sound", $form);
		sql($node, "DROP DATABASE $form", 'postgres');
	}
	my (undef, undef, $err) = $node->psql('engage', '\set VERBOSITY sqlstate' . "\nDROP EXTENSION engage;");
	like($err, qr/2BP01/, 'DROP EXTENSION is refused while there are ledgers');
}

# ----------------------------------------------------------------------------
# Hands in the books: whoever owns the tables can, and ledger_verify tells
# ----------------------------------------------------------------------------
SKIP:
{
	skip 'ledger_verify comes later', 1 if !has_function($node, 'ledger_verify');
	make_ledger($node, 'drill', "expires_after => '30 days', test_clock => true");
	sql($node, <<'SQL');
		SET engage.now = '2026-01-01 00:00:00+00';
		SELECT engage.earn('drill', m, 100, 'a' || m) FROM generate_series(1, 5) m;
		SELECT engage.earn('drill', m, 50, 'b' || m, note => 'a remark') FROM generate_series(1, 5) m;
		SELECT engage.redeem('drill', m, 120, 'u' || m) FROM generate_series(1, 5) m;
		SELECT engage.hold('drill', m, 20, 'h' || m, ttl => '100 days') FROM generate_series(1, 5) m;
		SELECT engage.capture('drill', hold_id, 5, 'c' || member, final => false) FROM drill.hold;
		SELECT engage.cancel_redemption('drill', m, 'u' || m, 'x' || m, points => 10) FROM generate_series(1, 5) m;
		SELECT engage.reverse_earn('drill', m, 'b' || m, 'v' || m, points => 10) FROM generate_series(1, 5) m;
		SET engage.now = '2026-01-15 00:00:00+00';
		SELECT engage.earn('drill', m, 10, 'z' || m) FROM generate_series(1, 5) m;
		SELECT engage.redeem('drill', m, 1000, 'too much') FROM generate_series(1, 5) m;
		SELECT engage.point_value_set('drill', 0.01, 'USD');
		SELECT engage.point_value_set('drill', 0.02, 'USD', valid_from => '2026-01-20 00:00:00+00');
		SET engage.now = '2026-01-01 00:00:00+00';
		SELECT engage.ledger_create('idle', expires_inactive => '30 days', test_clock => true);
		SELECT engage.tier_set('idle', 'silver', 1, 100);
		SELECT engage.earn('idle', m, 100, 'a' || m) FROM generate_series(1, 5) m;
SQL
	is_sound($node, 'idle', 'before the drills all is sound');
	is_sound($node, 'drill', 'before the drills all is sound');
	my @drills = (
		[ 'the amount of an entry', "UPDATE drill.entry SET amount = amount + 1 WHERE member = 3 AND seq = 2" ],
		[ 'an amount and all that follows from it', "UPDATE drill.entry SET amount = amount + (seq = 1)::int, available_after = available_after + 1 WHERE member = 3; UPDATE drill.account SET available = available + 1 WHERE member = 3; UPDATE drill.lot SET granted = granted + 1, remaining = remaining + 1, is_open = true WHERE member = 3 AND lot_no = 1" ],
		[ 'an entry is gone', 'DELETE FROM drill.entry WHERE member = 3 AND seq = 3' ],
		[ 'the last entry is gone', 'DELETE FROM drill.entry WHERE member = 3 AND seq = (SELECT seq FROM drill.account WHERE member = 3)' ],
		[ 'all of a member is gone', 'DELETE FROM drill.entry WHERE member = 3; DELETE FROM drill.lot_use WHERE member = 3; DELETE FROM drill.lot WHERE member = 3; DELETE FROM drill.hold WHERE member = 3', 'account' ],
		[ 'balances are swapped', 'UPDATE drill.account a SET available = b.available + a.member FROM drill.account b WHERE a.member IN (3, 4) AND b.member = 7 - a.member' ],
		[ 'points from nowhere', 'UPDATE drill.account SET available = available + 1000 WHERE member = 3' ],
		[ 'points and a lot from nowhere', 'UPDATE drill.account SET available = available + 7 WHERE member = 3; UPDATE drill.lot SET remaining = remaining + 7, is_open = true WHERE member = 3 AND lot_no = 1' ],
		[ 'a debt is forgiven', "UPDATE drill.account SET debt = 5, available = 0 WHERE member = 3" ],
		[ 'the expiry of a lot', "UPDATE drill.lot SET expires_at = expires_at + interval '1 year' WHERE member = 3 AND lot_no = 2" ],
		[ 'the expiry of a lot, quietly', "UPDATE drill.lot SET expires_at = 'infinity', initial_expires_at = expires_at WHERE member = 3 AND lot_no = 2" ],
		[ 'when a lot is available', "UPDATE drill.lot SET available_at = available_at - interval '1 day' WHERE member = 3 AND lot_no = 2" ],
		[ 'what was granted', 'UPDATE drill.lot SET granted = granted + 1 WHERE member = 3 AND lot_no = 2' ],
		[ 'a use is gone', "DELETE FROM drill.lot_use WHERE member = 3 AND action = 'consume' AND lot_no = 1" ],
		[ 'a use took less', "UPDATE drill.lot_use SET points = points - 1 WHERE member = 3 AND action = 'consume' AND lot_no = 1" ],
		[ 'a use took another lot', "UPDATE drill.lot_use SET lot_no = 3 - lot_no WHERE member = 3 AND action = 'restore'" ],
		[ 'a forged entry', "CREATE TEMP TABLE f AS SELECT * FROM drill.entry WHERE member = 3 AND kind = 'earn' ORDER BY seq DESC LIMIT 1; UPDATE f SET seq = seq + 1, amount = 1000, available_after = available_after + 1000, key = 'forged', recorded_at = recorded_at + interval '1 s'; INSERT INTO drill.entry SELECT * FROM f" ],
		[ 'entries change places', 'UPDATE drill.entry SET seq = 100 WHERE member = 3 AND seq = 1; UPDATE drill.entry SET seq = 1 WHERE member = 3 AND seq = 2; UPDATE drill.entry SET seq = 2 WHERE member = 3 AND seq = 100' ],
		[ 'the time of an entry', "UPDATE drill.entry SET recorded_at = recorded_at - interval '1 hour' WHERE member = 3 AND seq = 1" ],
		[ 'the key of an entry', "UPDATE drill.entry SET key = 'another' WHERE member = 3 AND seq = 1" ],
		[ 'the source of an entry', "UPDATE drill.entry SET source_ref = 'another' WHERE member = 3 AND seq = 1" ],
		[ 'who did it', "UPDATE drill.entry SET session_role = 'somebody' WHERE member = 3 AND seq = 1" ],
		[ 'the actor', "UPDATE drill.entry SET actor = 'somebody' WHERE member = 3 AND seq = 1" ],
		[ 'the reason', "UPDATE drill.entry SET reason = 'some' WHERE member = 3 AND seq = 1" ],
		[ 'a hash', "UPDATE drill.entry SET hash = sha256(hash) WHERE member = 3 AND seq = 2" ],
		[ 'the head of the chain', "UPDATE drill.account SET chain_head = sha256(chain_head) WHERE member = 3" ],
		[ 'the text of a remark', "UPDATE drill.entry_note SET note = 'another' WHERE member = 3" ],
		[ 'the points of a hold', 'UPDATE drill.hold SET points = points + 1 WHERE member = 3' ],
		[ 'the state of a hold', "UPDATE drill.hold SET captured = points, state = 'captured', lots = '{}', slices = '{}' WHERE member = 3" ],
		[ 'the deadline of a hold', "UPDATE drill.hold SET expires_at = expires_at + interval '1 day' WHERE member = 3", 'hold' ],
		[ 'what a lot holds', 'UPDATE drill.lot SET held = held - 1 WHERE member = 3 AND held > 0' ],
		[ 'an entry of somebody else', "UPDATE drill.entry SET member = 4, seq = 99 WHERE member = 3 AND seq = (SELECT max(seq) FROM drill.entry WHERE member = 3)" ],
		[ 'a seq', 'UPDATE drill.account SET seq = seq + 1 WHERE member = 3' ],
		[ 'an account is gone', 'DELETE FROM drill.account WHERE member = 3' ],
		[ 'a lot is gone', 'DELETE FROM drill.lot WHERE member = 3 AND lot_no = 1' ],
		[ 'a lot is closed', 'UPDATE drill.lot SET available_at = expires_at WHERE member = 3 AND lot_no = 2' ],
		[ 'life totals', 'UPDATE drill.account SET earned = earned + 1 WHERE member = 3' ],
		# what moves or revives points without touching an entry
		[ 'when points expire for inactivity', "UPDATE drill.account SET inactive_at = inactive_at + interval '1 year', next_due_at = inactive_at + interval '1 year' WHERE member = 3", '', 'idle' ],
		[ 'that they do', "UPDATE drill.account SET inactive_at = 'infinity', next_due_at = 'infinity' WHERE member = 3", '', 'idle' ],
		[ 'that they do not', "UPDATE drill.account SET inactive_at = '2026-01-14 00:00:00+00', next_due_at = '2026-01-14 00:00:00+00' WHERE member = 3" ],
		[ 'when something is due', "UPDATE drill.account SET next_due_at = 'infinity' WHERE member = 3" ],
		[ 'since when somebody is a member', "UPDATE drill.account SET joined_at = joined_at - interval '1 year' WHERE member = 3" ],
		[ 'a refusal is gone', 'DELETE FROM drill.refusal WHERE member = 3' ],
		[ 'there were no refusals', 'UPDATE drill.account SET refusals = 0 WHERE member = 3; DELETE FROM drill.refusal WHERE member = 4' ],
		[ 'there is no source', 'UPDATE drill.account SET has_sources = NOT has_sources WHERE member = 3' ],
		[ 'a tier was a present', 'UPDATE drill.account SET granted_tier = tier WHERE member = 3', '', 'idle' ],
		[ 'a tier is in its grace', 'UPDATE drill.account SET tier_in_grace = true WHERE member = 3', '', 'idle' ],
		[ 'when a tier is reviewed', "UPDATE drill.account SET tier_due_at = 'infinity' WHERE member = 3", '', 'idle' ],
		[ 'when a tier was reached', "UPDATE drill.tier_history SET effective_at = effective_at - interval '1 day' WHERE member = 3", '', 'idle' ],
		[ 'when a tier was reached and known', "UPDATE drill.tier_history SET effective_at = effective_at - interval '1 day', recorded_at = recorded_at - interval '1 day' WHERE member = 3", '', 'idle' ],
		[ 'a change of tier is gone', 'DELETE FROM drill.tier_history WHERE member = 3', '', 'idle' ],
		[ 'what a point was worth', 'UPDATE drill.point_value SET face_value = 2 WHERE face_value = 0.01' ],
		[ 'what a point costs', 'UPDATE drill.point_value SET cost_value = 2 WHERE face_value = 0.02' ],
		[ 'since when', "UPDATE drill.point_value SET valid_from = valid_from - interval '1 day' WHERE face_value = 0.02" ],
		[ 'a value is gone', 'DELETE FROM drill.point_value WHERE face_value = 0.02' ],
		[ 'the first value is gone', 'DELETE FROM drill.point_value WHERE face_value = 0.01' ],
		[ 'a value is added', "INSERT INTO drill.point_value VALUES ('2030-01-01', 1, 1, 'USD', 100, sha256('x'))" ]);
	for my $drill (@drills)
	{
		my ($name, $change, undef, $ledger) = @$drill;
		$ledger ||= 'drill';
		$change =~ s/\bdrill\./$ledger./g;
		my ($status, $out, $err) = $node->psql('engage', "BEGIN; SET LOCAL session_replication_role = replica;\n$change;\nSET LOCAL session_replication_role = origin;\nSET engage.now = '2026-01-15 00:00:00+00';\nSELECT count(*) FROM engage.ledger_verify('$ledger');\nROLLBACK;\n", on_error_stop => 1);
		$out = 'error ' . $err if $status;
		cmp_ok($out =~ /^\d+$/ ? $out : 0, '>', 0, "found: $name") or diag($out);
	}
	is_sound($node, 'drill', 'after the drills all is sound');
	sql($node, "SET engage.now = '2026-01-16 00:00:00+00'; SELECT engage.erase_member('drill', 3, 'forget me', reason => 'asked for it')");
	is(sql($node, 'SELECT count(*) FROM drill.entry_note WHERE member = 3'), '0', 'remarks are erased');
	is_sound($node, 'drill', 'and the chain still holds');
}

# ----------------------------------------------------------------------------
# The primary is lost, and what was acknowledged is on the standby
# ----------------------------------------------------------------------------
{
	$primary->backup('base');
	my $standby = PostgreSQL::Test::Cluster->new('ledger_standby');
	$standby->init_from_backup($primary, 'base', has_streaming => 1);
	$standby->start;
	$primary->append_conf('postgresql.conf', "synchronous_standby_names = '*'");
	$primary->reload;
	$primary->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'");

	my @from = map { 1 + max(-1, keys %{ $acknowledged[$_] }) } 0 .. $workers - 1;
	my @run = map { start_worker($_, $from[$_], 6000) } 0 .. $workers - 1;
	sleep 0.4;
	my ($status, $out, $err) = $standby->psql('engage', "\\set VERBOSITY sqlstate\nSELECT status FROM engage.balance('shop', 1000);\nSELECT * FROM engage.earn('shop', 1000, 1, 'on the standby');\n");
	is($out, 'active', 'balances can be read on a standby');
	like($err, qr/ERROR:  25006/, 'nothing can be posted there');
	sleep 0.4;
	$primary->stop('immediate');
	$_->finish for @run;
	$standby->promote;
	$node = $standby;
	my $answered = 0;
	for my $w (0 .. $workers - 1)
	{
		my $last = collect($w);
		$answered += $last - $from[$w] + 1 if $last >= 0;
		start_worker($w, $from[$w], max(keys %{ $acknowledged[$w] }) - $from[$w] + 4)->finish;
		collect($w);
		is(slurp_file("$dir/w$w.err"), '', "worker $w goes on with the promoted standby");
	}
	cmp_ok($answered, '>', 20, "$answered operations were acknowledged before the primary was lost");
	is(scalar @changed, 0, 'each is there, and was answered the same') or diag(join "\n", splice @changed, 0, 10);
	is_sound($standby, 'shop', 'the books are right');
	no_crash($standby);
	$standby->stop;
}

# (the backends that were killed here are in the log)
my @bad = grep { /TRAP:|PANIC:|terminated by signal (?!9)|runtime error:|ERROR:  XX\d{3}|invalid memory alloc/ } split /\n/, slurp_file($primary->logfile);
is("@bad", '', 'no crash but those that were made');
done_testing();
