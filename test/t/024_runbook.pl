# The drills of doc/runbook.md that need several servers: point-in-time restore with retries replayed, and moving a
# ledger by logical replication.  The SQL is that of the page: blocks below a line
#   <!-- not run: test/t/024_runbook.pl does, on the NAME server[, after the moment][, error SQLSTATE] -->
# and the text block after each is its result.  (030_docs runs the other drills.)
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $page = "$FindBin::Bin/../../doc/runbook.md";

# The blocks of a chapter: [ where, sql, result or undef ]
my %drill;
{
	my ($chapter, $where, $last) = ('', undef, undef);
	my $text = slurp_file($page);
	while ($text =~ m{\G(?:## ([^\n]*)\n|<!-- not run: test/t/024_runbook\.pl does, on the ([^\n]*?) -->\n|```(\w+)\n(.*?)```\n|[^\n]*\n)}gs)
	{
		my ($heading, $mark, $kind, $body) = ($1, $2, $3, $4);
		if (defined $heading) { $chapter = $heading; }
		elsif (defined $mark) { $where = $mark; next; }
		elsif (defined $kind && $kind eq 'sql' && defined $where)
		{
			push @{ $drill{$chapter} }, $last = [ $where, $body, undef ];
			undef $where;
			next;
		}
		elsif (defined $kind && $kind eq 'text' && $last) { $last->[2] = $body; }
		undef $last;
	}
}

sub cells { return join "\n", map { join '|', map { s/^\s+|\s+$//gr } split /\|/, $_, -1 } grep { !/^[-+\s]*$/ } split /\n/, $_[0]; }

# One block on a server; the result must be what the page shows.
sub run_block
{
	my ($node, $block, $name) = @_;
	my ($where, $sql, $shown) = @$block;
	my ($out, $err) = ('', '');
	IPC::Run::run([ 'psql', '-X', '-q', '-A', '-P', 'footer=off', '-v', 'VERBOSITY=sqlstate', '-d', $node->connstr('shop') ], '<', \$sql, '>', \$out, '2>', \$err);
	if ($where =~ /error (\w{5})/)
	{
		like($err, qr/ERROR:  $1/, "$name: fails with $1");
		return;
	}
	unlike($err, qr/ERROR|FATAL/, "$name: runs") or diag($err);
	is(cells($out), cells($shown), "$name: gives what the page shows") if defined $shown;
	return;
}

sub new_server
{
	my ($name, %options) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(%options);
	$node->append_conf('postgresql.conf', "timezone = 'UTC'\nlc_messages = 'C'\nfsync = off\n");
	$node->start;
	$node->safe_psql('postgres', 'CREATE DATABASE shop');
	$node->safe_psql('shop', 'CREATE EXTENSION engage');
	return $node;
}

# ---- figures that were changed by hand
{
	my $node = new_server('damaged');
	my @blocks = @{ $drill{'A failed verification'} };
	is(scalar @blocks, 3, 'the drill is found on the page');
	run_block($node, $_, 'repair by hand') for @blocks;
	$node->stop;
}

# ---- point-in-time restore
{
	my $old = new_server('old', has_archiving => 1, allows_streaming => 1);
	my @blocks = @{ $drill{'Point-in-time restore'} };
	is(scalar @blocks, 6, 'the drill is found on the page');
	my ($before, $after, @restored) = @blocks;
	$old->backup('base');
	run_block($old, $before, 'before');
	my $moment = $old->safe_psql('shop', 'SELECT pg_sleep(0.05); SELECT clock_timestamp(); SELECT pg_sleep(0.05)');
	$moment =~ s/^\s+|\s+$//g;
	run_block($old, $after, 'after the moment');
	$old->safe_psql('shop', 'SELECT pg_switch_wal()');
	$old->poll_query_until('postgres', 'SELECT last_archived_wal IS NOT NULL FROM pg_stat_archiver') or BAIL_OUT('no archive');
	$old->stop('fast');

	my $new = PostgreSQL::Test::Cluster->new('restored');
	$new->init_from_backup($old, 'base', has_restoring => 1, standby => 0);
	$new->append_conf('postgresql.conf', "recovery_target_time = '$moment'\nrecovery_target_action = 'promote'\narchive_mode = off\n");
	$new->start;
	$new->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()') or BAIL_OUT('the restore did not end');
	is($new->safe_psql('shop', "SELECT count(*), max(key) FROM shop.entry WHERE kind = 'earn'"), '1|order-1', 'the ledger is as it was at the moment');
	run_block($new, $restored[0], 'before anybody posts');
	my ($hold) = $new->safe_psql('shop', "SELECT hold_id > 1000000 FROM engage.hold('shop', 1, 1, 'first')");
	is($hold, 't', 'the next hold has a number that was never given out');
	is($new->safe_psql('shop', "SELECT status FROM engage.release('shop', (SELECT max(hold_id) FROM shop.hold), 'first')"), 'ok', 'and can be released');
	run_block($new, $restored[$_], "replay, step $_") for 1 .. $#restored;
	is($new->safe_psql('shop', "SELECT status, replayed FROM engage.redeem('shop', 1, 30, 'basket-2')"), 'ok|t', 'what was replayed is not done twice');
	no_crash($new, 'shop');
	$new->stop;
}

# ---- moving a ledger
{
	my $old = new_server('source', allows_streaming => 'logical');
	my $new = new_server('target', allows_streaming => 'logical');
	$_->safe_psql('shop', 'CREATE ROLE shop_poster NOLOGIN') for $old, $new;
	$old->safe_psql('shop', <<'SQL');
		SELECT engage.ledger_create('shop', expires_after => '365 days');
		GRANT USAGE ON SCHEMA shop TO shop_poster;
		GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA shop TO shop_poster;
		GRANT USAGE ON ALL SEQUENCES IN SCHEMA shop TO shop_poster;
		SELECT engage.point_value_set('shop', 0.01, 'USD');
		SELECT engage.rule_set('shop', 'purchase', 'purchase', rate_points => 1, rate_basis => 1);
		SELECT engage.campaign_set('shop', 'c', '2020-01-01', '2099-01-01', multiplier => 2, budget => 1000);
		SELECT engage.tier_set('shop', 'gold', 1, 100);
		SELECT engage.earn('shop', m, 100, 'order-1', note => 'remark') FROM generate_series(1, 50) m;
		SELECT engage.earn_for('shop', m, 'purchase', 10, 'order-2') FROM generate_series(2, 20) m;
		SELECT engage.hold('shop', m, 5, 'hold', ttl => '10 days') FROM generate_series(2, 9) m;
		SELECT engage.redeem('shop', m, 1000, 'too much') FROM generate_series(2, 9) m;
SQL
	my @blocks = @{ $drill{'Moving a ledger to another server'} };
	is(scalar @blocks, 4, 'the drill is found on the page');
	is(join(' ', map { $_->[0] =~ /^(\w+)/ } @blocks), 'old new old new', 'on which servers');
	my $dump = PostgreSQL::Test::Utils::tempdir('move') . '/schema.sql';
	command_ok([ 'pg_dump', '--schema-only', '-n', 'shop', '-h', $old->host, '-p', $old->port, '-f', $dump, 'shop' ], 'the tables are dumped');
	command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-h', $new->host, '-p', $new->port, '-d', 'shop', '-f', $dump ], 'and made on the new server');
	run_block($old, $blocks[0], 'publication');
	my $connection = $old->connstr('shop') =~ s/'/''/gr;
	$blocks[1][1] =~ s/CONNECTION '[^']*'/CONNECTION '$connection'/ or BAIL_OUT('no connection on the page');
	run_block($new, $blocks[1], 'subscription');
	$new->poll_query_until('shop', "SELECT count(*) > 0 AND bool_and(srsubstate = 'r') FROM pg_subscription_rel") or BAIL_OUT('no replication');
	# posting goes on meanwhile
	$old->safe_psql('shop', "SELECT engage.redeem('shop', m, 3, 'meanwhile') FROM generate_series(2, 50) m; SELECT engage.capture('shop', 1, 2, 'capture', final => false)");
	run_block($old, $blocks[2], 'posting stops');
	my (undef, undef, $err) = $old->psql('shop', "\\set VERBOSITY sqlstate\nSET ROLE shop_poster; SELECT engage.earn('shop', 1, 1, 'late')");
	like($err, qr/42501/, 'posters are kept out');
	is($old->safe_psql('shop', "SET ROLE shop_poster; SELECT available FROM engage.balance('shop', 1)"), '100', 'but read');
	$old->wait_for_catchup('points');
	my $state = "SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM";
	run_block($new, [ $blocks[3][0], $blocks[3][1] =~ s/^SELECT status.*//mgr, undef ], 'cut over');	# without posting
	is($new->safe_psql('shop', "$state shop.$_ t"), $old->safe_psql('shop', "$state shop.$_ t"), "$_ is the same")
	  for qw(ledger_meta account entry lot lot_use hold refusal entry_note point_value earn_rule campaign campaign_budget tally tier tier_history);
	run_block($new, [ $blocks[3][0], $blocks[3][1] =~ s/^DROP SUBSCRIPTION.*//mr, $blocks[3][2] ], 'posting on the new server');
	is($new->safe_psql('shop', "SELECT hold_id > (SELECT max(hold_id) FROM shop.hold) FROM engage.hold('shop', 1, 1, 'new')"), 't', 'holds have new numbers');
	is($new->safe_psql('shop', "SELECT count(*) FROM engage.ledger_upgrade('shop')"), '0', 'guards and views came along');
	(undef, undef, $err) = $new->psql('shop', "\\set VERBOSITY sqlstate\nGRANT INSERT, UPDATE ON ALL TABLES IN SCHEMA shop TO shop_poster; SET ROLE shop_poster; UPDATE shop.account SET available = 1");
	like($err, qr/NG403/, 'the guards guard');
	is($new->safe_psql('shop', "SELECT count(*) FROM engage.ledger_verify('shop')"), '0', 'the books are right');
	no_crash($_, 'shop') for $old, $new;
	$_->stop for $new, $old;
}

done_testing();
