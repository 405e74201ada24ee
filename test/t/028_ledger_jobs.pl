# The long jobs, expire_points and reverse_batch: how much memory they take, what they do about members whose rows
# are damaged, in which order they wait for members, and which rules of the ledger a batch is taken back under.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use LedgerTest;
use Test::More;
use Time::HiRes qw(usleep);

my $node = engage_node('ledger_jobs', max_connections => 20, synchronous_commit => 'off', deadlock_timeout => '50ms');
install_helpers($node);

# The most memory of its own (kB) that a backend took more than before, while it ran a statement.
sub memory_of
{
	my ($sql) = @_;
	my $s = session($node);
	ask($s, "SET client_min_messages = warning");
	my $pid = ask($s, 'SELECT pg_backend_pid()');
	my $anonymous = sub {
		open my $status, '<', "/proc/$pid/status" or return 0;
		my ($kilobytes) = join('', <$status>) =~ /^RssAnon:\s+(\d+)/m;
		return $kilobytes || 0;
	};
	# what it keeps of the ledger is in memory before
	ask($s, "SELECT * FROM engage.balance('many', 1)");
	my $before = $anonymous->();
	my $most = $before;
	start($s, $sql);
	until ($s->{out} =~ /^===/m)
	{
		my $now = $anonymous->();
		$most = $now if $now > $most;
		$s->{run}->pump_nb;
		usleep(5000);
	}
	my $answer = finish($s);
	leave($s);
	return ($most - $before, $answer);
}

# ---- memory
SKIP:
{
	skip 'there is no /proc here', 6 unless -r "/proc/$$/status";
	make_ledger($node, 'many', "expires_after => '1 microsecond'");
	sql($node, "SELECT count(*) FROM engage.earn_batch('many', (SELECT array_agg(g) FROM generate_series(1, 50000) g), (SELECT array_agg(10::bigint) FROM generate_series(1, 50000)), (SELECT array_agg('gift-' || g) FROM generate_series(1, 50000) g), batch => 'gifts')");
	my ($kilobytes, $answer) = memory_of("CALL engage.expire_points('many')");
	cmp_ok($kilobytes, '<', 25_000, "expire_points of 50 000 members: $kilobytes kB");
	is(sql($node, "SELECT count(*) FROM many.account WHERE available = 0"), '50000', 'all points have expired');
	# with tiers that are reviewed, and members that are text
	make_ledger($node, 'levels', "member_type => 'text', test_clock => true");
	sql($node, <<'SQL');
		SET engage.now = '2026-01-01 00:00+00';
		SELECT engage.tier_set('levels', 'silver', 1, 5);
		SELECT count(*) FROM engage.earn_batch('levels', (SELECT array_agg('member ' || g) FROM generate_series(1, 50000) g), (SELECT array_agg(10::bigint) FROM generate_series(1, 50000)), (SELECT array_agg('gift-' || g) FROM generate_series(1, 50000) g));
SQL
	($kilobytes, $answer) = memory_of("SET engage.now = '2027-02-01 00:00+00'; CALL engage.expire_points('levels')");
	cmp_ok($kilobytes, '<', 15_000, "expire_points with 50 000 reviews of tiers: $kilobytes kB");
	is(sql($node, "SELECT count(*) FROM levels.account WHERE tier IS NULL"), '50000', 'all have lost their tier');
	($kilobytes, $answer) = memory_of("CALL engage.reverse_batch('many', 'gifts', 'wrong')");
	cmp_ok($kilobytes, '<', 40_000, "reverse_batch of 50 000 grants: $kilobytes kB");
	is(sql($node, "SELECT count(*) FROM many.account WHERE reversed = 10 AND expired = 0 AND debt = 0"), '50000', 'all grants are taken back');
}

# ---- members whose rows are damaged
make_ledger($node, 'sick', "test_clock => true, expires_after => '10 days', tier_metric => 'spend', tier_period => '30 days'");
sql($node, <<'SQL');
	SET engage.now = '2026-01-01 00:00+00';
	SELECT engage.tier_set('sick', 'gold', 1, 50);
	SELECT engage.earn_for('sick', m, 'purchase', 100, 'o' || m, batch => 'b') FROM generate_series(1, 12) m;
	UPDATE sick.account SET available = available + 1 WHERE member = 3;
	UPDATE sick.tally SET basis = 10::numeric ^ 40, day = '2026-01-15' WHERE member = 7;
SQL
my ($code, $out, $err) = $node->psql('engage', "SET engage.now = '2026-02-15 00:00+00'; CALL engage.expire_points('sick', batch => 5)");
is($code, 0, 'two damaged members do not stop the others');
is(join('|', map { s/.*WARNING:\s+//r } grep { /WARNING/ } split /\n/, $err), 'expire_points: member 3 is left out: the account of member 3 does not agree with its last entry|'
	  . 'expire_points: member 7 is left out: what the member\'s tier depends on is out of range: 10000000000000000000000000000000000000000.0000000000000000', 'they are named');
is(sql($node, "SELECT string_agg(member::text, ' ' ORDER BY member) FROM sick.account WHERE next_due_at < '2026-02-15'"), '3 7', 'only they are still due');
is(sql($node, "SELECT members, entries, findings, finished_at IS NOT NULL FROM sick.job_run"), '10|10|2|t', 'and counted');
is(sql($node, "SELECT status, value FROM engage.ledger_health('sick') WHERE check_name = 'left out by jobs'"), 'alert|expire_points: 2', 'ledger_health tells');
($code, $out, $err) = $node->psql('engage', "SET engage.now = '2026-02-15 00:00+00'; CALL engage.reverse_batch('sick', 'b', 'wrong')");
is($code, 0, 'nor do they stop a batch from being taken back');
like($err, qr/WARNING:  reverse_batch: member 3 is left out: the account of member 3.*WARNING:  reverse_batch: member 7 is left out/s, 'they are named, too');
is(sql($node, "SELECT count(*) FROM sick.entry WHERE kind = 'reverse'"), '10', 'the others are done');
sql($node, "UPDATE sick.account SET available = available - 1 WHERE member = 3; UPDATE sick.tally SET basis = 100, day = '2026-01-01' WHERE member = 7");
($code, $out, $err) = $node->psql('engage', "SET engage.now = '2026-02-15 00:00+00'; CALL engage.expire_points('sick'); CALL engage.reverse_batch('sick', 'b', 'wrong')");
unlike($err, qr/WARNING/, 'after the repair nobody is left out');
is(sql($node, "SELECT count(*) FROM sick.entry WHERE kind = 'reverse'"), '12', 'all are done');
is(sql($node, "SELECT status, value FROM engage.ledger_health('sick') WHERE check_name = 'left out by jobs'"), 'ok|none', 'ledger_health is content');
is_sound($node, 'sick', 'the books are right');

# ---- what is wrong for everybody is not a member's
make_ledger($node, 'slow', "expires_after => '1 microsecond'");
sql($node, "SELECT engage.earn('slow', m, 10, 'k') FROM generate_series(1, 3) m");
my $one = session($node);
my $two = session($node);
my $job = session($node);
ask($one, 'BEGIN');
ask($one, "SELECT engage.earn('slow', 2, 10, 'k2')");
ask($job, "SET lock_timeout = '200ms'");
is(ask($job, "CALL engage.expire_points('slow')"), '55P03', 'a member who stays busy is an error');
is(sql($node, "SELECT string_agg(member::text, ' ' ORDER BY member) FROM slow.account WHERE available = 0"), '1 3', 'the others are done');
ask($one, 'COMMIT');
is(ask($job, "CALL engage.expire_points('slow')"), '', 'and so is he, later');

# ---- busy members are waited for in the order in which postings lock
for my $case ([ 'bigint', '-1', '1' ], [ 'text', "'a'", "'B'" ])
{
	my ($type, $lower, $first) = @$case;
	make_ledger($node, "o_$type", "member_type => '$type', expires_after => '1 microsecond'");
	sql($node, "SELECT engage.earn('o_$type', m, 10, 'k') FROM (VALUES ($lower), ($first)) v(m)");
	ask($one, "BEGIN; SELECT engage.earn('o_$type', $first, 10, 'k2')");
	ask($two, "BEGIN; SELECT engage.earn('o_$type', $lower, 10, 'k2')");
	ask($job, 'RESET lock_timeout; SET client_min_messages = warning');
	my $waiter = ask($job, 'SELECT pg_backend_pid()');
	my $holder = ask($one, 'SELECT pg_backend_pid()');
	start($job, "CALL engage.expire_points('o_$type')");
	$node->poll_query_until('engage', "SELECT cardinality(pg_blocking_pids($waiter)) > 0") or die 'the job does not wait';
	is(sql($node, "SELECT pg_blocking_pids($waiter)"), "{$holder}", "$type: first for the one whom postings lock first");
	is(ask($two, "SELECT status FROM engage.earn('o_$type', $lower, 10, 'k3'); COMMIT"), 'ok', 'the job holds nobody whom others wait for');
	ask($one, 'COMMIT');
	is(finish($job), '', 'then it goes on');
}
leave($_) for $one, $two, $job;

# ---- a batch comes back whole, whatever the ledger says about single refunds
my $weeks = "test_clock => true, member_type => 'text'";
for my $case ([ 'late', "refund_window => '14 days'", '0 0, 0 60' ], [ 'strict', "shortage => 'reject'", '0 0, 0 60' ], [ 'strict_late', "shortage => 'reject', refund_window => '14 days', debt_limit => 50", '0 0, 0 50' ],
	[ 'clamped', "shortage => 'clamp', refund_window => '1 day'", '0 0, 0 0' ])
{
	my ($name, $options, $left) = @$case;
	make_ledger($node, $name, "$weeks, $options");
	sql($node, "SET engage.now = '2026-01-01 00:00+00'; SELECT engage.earn('$name', m, 100, 'gift', batch => 'oops') FROM (VALUES ('x'), ('Y')) v(m); SET engage.now = '2026-01-02 00:00+00'; SELECT engage.redeem('$name', 'Y', 60, 'basket')");
	($code, $out, $err) = $node->psql('engage', "SET engage.now = '2026-03-01 00:00+00'; CALL engage.reverse_batch('$name', 'oops', 'wrong list')");
	is(sql($node, "SELECT string_agg(available || ' ' || debt, ', ' ORDER BY debt, member) FROM $name.account"), $left, "$options: a batch is taken back");
	is(sql($node, "SELECT count(*) FROM $name.refusal"), '0', 'nothing is refused');
	is_sound($node, $name, 'the books are right');
}

# ---- page by page, each grant once; restarted after an interruption
make_ledger($node, 'paged', "member_type => 'text'");
sql($node, "SELECT engage.earn('paged', m, 10, 'k' || n, batch => 'b') FROM unnest('{a,B,c,D,-1,10,9,Z}'::text[]) m, generate_series(1, 5) n");
for my $size (1, 3)
{
	sql($node, "SELECT engage.earn('paged', m, 10, 'size $size ' || n, batch => 'b$size') FROM unnest('{a,B,c,D,-1,10,9,Z}'::text[]) m, generate_series(1, 5) n");
	$node->psql('engage', "CALL engage.reverse_batch('paged', 'b$size', 'wrong', batch_size => $size)");
	is(sql($node, "SELECT count(*), count(DISTINCT (member, reverses_seq)) FROM paged.entry WHERE kind = 'reverse' AND key LIKE 'batch:b$size:%'"), '40|40', "batches of $size: each grant once");
}
$one = session($node);
$job = session($node);
ask($one, "BEGIN; SELECT engage.earn('paged', 'c', 10, 'busy')");
ask($job, "SET lock_timeout = '200ms'; SET client_min_messages = warning");
is(ask($job, "CALL engage.reverse_batch('paged', 'b', 'wrong', batch_size => 7)"), '55P03', 'interrupted');
my $done = sql($node, "SELECT count(*) FROM paged.entry WHERE kind = 'reverse' AND key LIKE 'batch:b:%'");
cmp_ok($done, '>', 0, "after $done of 40");
cmp_ok($done, '<', 40, 'not all are done');
ask($one, 'ROLLBACK');
is(ask($job, "CALL engage.reverse_batch('paged', 'b', 'wrong', batch_size => 7)"), '', 'called again');
is(sql($node, "SELECT count(*), count(DISTINCT (member, reverses_seq)) FROM paged.entry WHERE kind = 'reverse' AND key LIKE 'batch:b:%'"), '40|40', 'each is taken back once');
is_sound($node, 'paged', 'the books are right');
leave($_) for $one, $job;

no_crash($node);
done_testing();
