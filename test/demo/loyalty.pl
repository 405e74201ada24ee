#!/usr/bin/perl
# The loyalty chapter, what happens in it: a ledger over the orders, then a new customer who orders, spends
# in 50 sessions at once, retries and returns. What came out is kept in demo.loyalty for report.pl.
use strict;
use warnings;
use FindBin ();
use lib $FindBin::Bin;
use Demo qw(psql rows one fail progress thousands);
use File::Temp ();
use Time::HiRes qw(sleep time);

my $SESSIONS = 50;
my $EACH = 100;			# points a session wants
my $ORDER = '1234.50';		# the new customer's first order; it earns a point for each 1.00
my $KEPT = '200.00';		# what is kept of it
my $NEXT = '1500.00';		# the next order
my $LOCK = 20230101;		# of the gate before which all sessions wait

my %has = map { ("$_->[0]" => 1) } @{ (rows("SELECT role FROM demo.has WHERE source = 'orders'"))[0] };
exit 0 if ($ENV{DEMO_LOYALTY} || '') eq 'no';
exit 0 unless $has{order_id} && $has{customer_id} && ($has{amount} || $has{unit_price});

my ($own) = @{ one('SELECT count(*) FROM demo.file WHERE name IS NOT NULL') };
my $begun = time;
done(psql(file => "$FindBin::Bin/loyalty.sql"));
progress('posting ' . thousands(one('SELECT count(*) FROM demo.loyalty_event')->[0]) . ' orders and returns to a ledger of points');
done($_->()) for map { psql(later => 1, file => "$FindBin::Bin/loyalty_post.sql", vars => { session => $_, sessions => 4, reward => $own ? 0 : 300 }) } 0 .. 3;

# What has expired by now is written down, as a nightly job would.
do_sql("CALL engage.expire_points('rewards')");
do_sql('ANALYZE rewards.account, rewards.entry, rewards.lot, rewards.lot_use');

# The months to show, and the end of the last one (now, where it is not over).
do_sql(<<'SQL');
CREATE TABLE demo.loyalty_period AS
SELECT (date_trunc('month', last) - interval '5 months')::date AS first_month, date_trunc('month', last)::date AS last_month,
	least(date_trunc('month', last) + interval '1 month', clock_timestamp()) AS until
FROM (SELECT coalesce(max(at), clock_timestamp()) AS last FROM demo.loyalty_event) AS e
SQL

my $customer = 'new-customer';
$customer .= '-' while one("SELECT count(*) FROM demo.loyalty_order WHERE member = '$customer'")->[0];
keep(customer => $customer);
my $earn = sub {
	my ($id, $amount) = @_;
	return "INSERT INTO new_orders (order_id, customer_id, amount) VALUES ('$id', '$customer', $amount);"
		. " SELECT * FROM engage.earn_for('rewards', '$customer', 'purchase', $amount, '$id')";
};
my $balance = "SELECT available, debt FROM engage.balance('rewards', '$customer')";
my $counts = "SELECT (SELECT count(*) FROM new_orders), (SELECT count(*) FROM rewards.entries WHERE member = '$customer'), available"
	. " FROM engage.balance('rewards', '$customer')";

# An order and its points: together, or not at all.
do_sql('BEGIN; ' . $earn->('live-1', $ORDER) . '; ROLLBACK');
keep_row('rollback', $counts, qw(orders entries balance));
do_sql('BEGIN; ' . $earn->('live-1', $ORDER) . '; COMMIT');
keep_row('commit', $counts, qw(orders entries balance));
keep('at_once.expected' => int(int($ORDER) / $EACH), 'at_once.expected_balance' => int($ORDER) % $EACH);

at_once();
keep_row('at_once', $balance, qw(balance debt));

# One of those that succeeded is sent again, and the order, too.
keep_row('retry', "SELECT r.status, r.replayed FROM engage.redeem('rewards', '$customer', $EACH,"
		. " (SELECT min(source_ref) FROM rewards.redemptions WHERE member = '$customer')) AS r", qw(status replayed));
keep_row('retry_order', "SELECT r.status, r.replayed FROM engage.earn_for('rewards', '$customer', 'purchase', $ORDER, 'live-1') AS r", qw(status replayed));
keep_row('retry', $balance, qw(balance debt));

# Most of the order comes back, though its points are spent; the next order pays.
do_sql("BEGIN; UPDATE new_orders SET amount = $KEPT WHERE order_id = 'live-1';"
		. " SELECT * FROM engage.reverse_earn('rewards', '$customer', 'live-1', 'return-1', remaining_basis => $KEPT); COMMIT");
keep_row('refund', $balance, qw(balance debt));
do_sql('BEGIN; ' . $earn->('live-2', $NEXT) . '; COMMIT');
keep_row('next', $balance, qw(balance debt));
keep(sessions => $SESSIONS, each => $EACH, order => $ORDER, kept => $KEPT, next => $NEXT);
progress(sprintf 'ledger of %s entries made in %.1f s', thousands(one('SELECT count(*) FROM rewards.entry')->[0]), time - $begun);
exit 0;

# Real sessions, all of them waiting for one lock: when it is given up they redeem at the same moment.
sub at_once
{
	my $script = File::Temp->new(SUFFIX => '.sql');
	print {$script} "SELECT pg_advisory_lock_shared($LOCK) \\g /dev/null\n",
		"SELECT status FROM engage.redeem('rewards', '$customer', $EACH, 'use-' || :'session');\n";
	close $script;
	my $gate = psql(later => 1, sql => "DO \$\$ BEGIN
		PERFORM pg_advisory_xact_lock($LOCK);
		FOR i IN 1 .. 6000 LOOP
			EXIT WHEN (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = $LOCK AND NOT granted
				AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) = $SESSIONS;
			PERFORM pg_sleep(0.005);
		END LOOP;
	END \$\$");
	my $closed = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = $LOCK AND granted";
	my $patience = 200;
	sleep 0.02 while !one($closed)->[0] && $patience-- > 0;
	my @session = map { psql(later => 1, file => "$script", vars => { session => $_ }) } 1 .. $SESSIONS;
	my %got;
	for my $finish (@session, $gate)
	{
		my ($status, $out, $err) = $finish->();
		fail("a session could not redeem: $err", 'are ' . ($SESSIONS + 5) . ' connections allowed (max_connections)?') if $status;
		$got{$out}++ if $finish != $gate;
	}
	keep(map { ("at_once.$_" => $got{$_}) } keys %got);
	return;
}

sub done
{
	my ($status, undef, $err) = @_;
	fail("the demo's own SQL failed: $err", 'please report it') if $status;
	return;
}

sub do_sql
{
	my ($sql) = @_;
	my (undef, $error) = rows($sql);
	fail("the demo's own query failed: $error", "please report it with this SQL: $sql") if defined $error;
	return;
}

# (only words of ours and of the ledger's)
sub keep
{
	my (%value) = @_;
	do_sql('INSERT INTO demo.loyalty VALUES ' . join ', ', map { "('$_', '$value{$_}')" } sort keys %value);
	return;
}

sub keep_row
{
	my ($step, $sql, @names) = @_;
	my $row = one($sql);
	keep(map { ("$step.$names[$_]" => $row->[$_]) } 0 .. $#names);
	return;
}
