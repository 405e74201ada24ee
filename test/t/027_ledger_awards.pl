# Awards by many at once: budgets are used up to the point and never beyond, rules and sources count once, tiers
# follow; and what a backend keeps of rules and campaigns is never staler than what it was told.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use LedgerTest;
use Test::More;

my $seed = seed();
my $node = engage_node('ledger_awards', max_connections => 60, synchronous_commit => 'off', deadlock_timeout => '50ms');
install_helpers($node);
my $keep = 'INSERT INTO t.result SELECT :client_id, status, seq, available, replayed FROM';

# ---- three budgets that run out at different times, in slots smaller than most bonuses
my $each = cases(80);
make_ledger($node, 'club', '');
sql($node, <<'SQL');
	SELECT engage.rule_set('club', 'purchase', 'purchase', rate_points => 1, rate_basis => 1);
	SELECT engage.campaign_set('club', 'apples', '2000-01-01', '2100-01-01', multiplier => 2, budget => 9011, slots => 16);
	SELECT engage.campaign_set('club', 'berries', '2000-01-01', '2100-01-01', multiplier => 1.5, budget => 4007, slots => 64);
	SELECT engage.campaign_set('club', 'cherries', '2000-01-01', '2100-01-01', bonus_points => 13, budget => 2003, slots => 3);
SQL
my ($ok, $out, $err) = pgbench_script($node, 16, [ '-t', $each ], <<'SQL', <<'SQL');
\set member random(1, 300)
\set n random(1, 1000000000)
\set basis random(1, 150)
SELECT engage.earn_for('club', :member, 'purchase', :basis, 'o:client_id-:n');
SQL
\set member random(1, 300)
SELECT engage.reverse_earn('club', :member, (SELECT coalesce(source_ref, key) FROM club.entry WHERE member = :member AND kind IN ('award', 'bonus') ORDER BY seq DESC LIMIT 1), 'r' || gen_random_uuid())
WHERE EXISTS (SELECT FROM club.entry WHERE member = :member AND kind IN ('award', 'bonus'));
SQL
is($err =~ /ERROR|aborted/ ? $err : '', '', 'awards by 16 clients, and reversals: nobody waits in a circle');
my $budgets = <<'SQL';
	SELECT string_agg(format('%s %s %s', campaign, issued, net), ', ' ORDER BY campaign)
	FROM (SELECT b.campaign, sum(b.issued) AS issued,
	        (SELECT sum(e.amount) + coalesce(sum(r.amount), 0) FROM club.entry e LEFT JOIN (SELECT member, reverses_seq, sum(amount) AS amount FROM club.entry WHERE kind = 'reverse' GROUP BY 1, 2) r ON r.member = e.member AND r.reverses_seq = e.seq
	         WHERE e.campaign = b.campaign AND e.kind = 'bonus') AS net
	      FROM club.campaign_budget b GROUP BY 1) x
SQL
my ($used, $net) = (sql($node, $budgets) =~ s/(\w+) (\d+) \d+/$1 $2/gr, sql($node, $budgets) =~ s/(\w+) \d+ (\d+)/$1 $2/gr);
is($used, $net, "a budget says what was given and not taken back: $used");
is_sound($node, 'club', 'the books are right');
is(sql($node, "SELECT string_agg(format('%s %s %s', c.campaign, budget_left = budget - (issued - reversed), reversed > 0), ', ' ORDER BY c.campaign) FROM engage.campaign_cost('club') c"),
	'apples t t, berries t t, cherries t t', 'so does campaign_cost');

# ---- what came back is given again, to the point
my $award = <<'SQL';
\set member random(1, 300)
\set n random(1, 1000000000)
\set basis random(1, 150)
SELECT engage.earn_for('club', :member, 'purchase', :basis, 'again:client_id-:n', batch => 'again');
SQL
($ok, $out, $err) = pgbench_script($node, 16, [ '-t', 40 ], $award);
is($err =~ /ERROR|aborted/ ? $err : '', '', 'more awards');
is(sql($node, $budgets), 'apples 9011 9011, berries 4007 4007, cherries 2003 2003', 'every budget is used to the point');
sql($node, "CALL engage.reverse_batch('club', 'again', 'to be given again', batch_size => 100)");
is(sql($node, $budgets) =~ s/(\w+) (\d+) \2(, |$)/$1$3/gr, 'apples, berries, cherries', 'a batch gives back, too');
{
	my @jobs = map { session($node) } 1 .. 2;
	for my $i (0 .. 1)
	{
		sql($node, "SELECT engage.earn_for('club', m, 'purchase', 20, 'job$i', batch => 'job$i') FROM generate_series(1, 200) m");
		start($jobs[$i], "SET client_min_messages = error; CALL engage.reverse_batch('club', 'job$i', 'beside awards', batch_size => 20)");
	}
	($ok, $out, $err) = pgbench_script($node, 8, [ '-t', 40 ], $award =~ s/again/beside/gr);
	is(join('', map { finish($_) } @jobs), '', 'batches come back beside awards');
	is($err =~ /ERROR|aborted/ ? $err : '', '', 'and nobody waits in a circle');
	leave($_) for @jobs;
}
($ok, $out, $err) = pgbench_script($node, 8, [ '-t', 60 ], $award =~ s/again/last/gr);
is(sql($node, $budgets), 'apples 9011 9011, berries 4007 4007, cherries 2003 2003', 'every budget is used to the point');
is_sound($node, 'club', 'the books are right');

# ---- the same in isolation levels that refuse instead of looking again
for my $level ('REPEATABLE READ', 'SERIALIZABLE')
{
	sql($node, "SELECT engage.campaign_set('club', '$level', '2000-01-01', '2100-01-01', multiplier => 2, budget => 500, slots => 4)");
	($ok, $out, $err) = pgbench_script($node, 6, [ '-t', 20, '--max-tries=10000' ], <<"SQL");
\\set member random(1, 1000)
\\set n random(1, 1000000000)
BEGIN ISOLATION LEVEL $level;
SELECT engage.earn_for('club', :member, 'purchase', 10, 'l:client_id-:n');
COMMIT;
SQL
	is($err =~ /aborted/ ? $err : '', '', "awards under $level");
	is(sql($node, "SELECT sum(issued) FROM club.campaign_budget WHERE campaign = '$level'"), '500', 'the budget is used to the point');
	sql($node, "SELECT engage.campaign_switch('club', '$level', false)");
}
is_sound($node, 'club', 'the books are right');

# ---- what somebody else has drawn, but not committed
make_ledger($node, 'shop', '');
sql($node, <<'SQL');
	SELECT engage.rule_set('shop', 'purchase', 'purchase', rate_points => 1, rate_basis => 1);
	SELECT engage.campaign_set('shop', 'double', '2000-01-01', '2100-01-01', multiplier => 2, budget => 100, slots => 4);
SQL
my ($one, $two) = (session($node), session($node));
ask($one, 'BEGIN');
is(ask($one, "SELECT available FROM engage.earn_for('shop', 1, 'purchase', 100, 'o1')"), '200', 'all of a budget is drawn');
ask($two, "SET lock_timeout = '300ms'");
is(ask($two, "SELECT available FROM engage.earn_for('shop', 2, 'purchase', 100, 'o2')"), '55P03', 'others wait to see what is left');
ask($one, 'ROLLBACK');
is(ask($two, "SELECT available FROM engage.earn_for('shop', 2, 'purchase', 100, 'o2')"), '200', 'it is rolled back: another one gets it');
is(ask($one, "SELECT available FROM engage.earn_for('shop', 1, 'purchase', 100, 'o1')"), '100', 'the first one is too late now');

# ---- one event, many keys
ok(storm($node, 30, "$keep engage.earn_for('shop', 7, 'purchase', 50, 'the order', 'key-:client_id');"), 'one order 30 times');
is(counts($node), 'already_awarded 29, ok 1', 'is awarded once');
sql($node, "SELECT engage.rule_set('shop', 'visit', 'check_in', fixed_points => 5, max_awards_day => 3, cap_lifetime => 12)");
ok(storm($node, 30, "$keep engage.earn_for('shop', 8, 'visit', source_ref => 'visit-:client_id');"), '30 visits at once');
is(counts($node), 'capped 27, ok 3', 'as many awards as the rule allows');
is(sql($node, "SELECT available FROM engage.balance('shop', 8)"), '12', 'and as many points');

# ---- a tier reached by all of them together
sql($node, "SELECT engage.tier_set('shop', 'silver', 1, 1000), engage.tier_set('shop', 'gold', 2, 2000)");
ok(storm($node, 40, "SELECT engage.earn_for('shop', 9, 'purchase', 50, 'o:client_id');"), '40 orders of 50');
is(sql($node, "SELECT string_agg(coalesce(previous_tier, 'none') || ' to ' || tier, ', ' ORDER BY change_no) FROM shop.tier_history WHERE member = 9"), 'none to silver, silver to gold', 'lead through the tiers');
is_sound($node, 'shop', 'the books are right');

# ---- rules that change while an older snapshot is in use
ask($one, 'BEGIN ISOLATION LEVEL REPEATABLE READ');
ask($one, 'SELECT 1 FROM shop.account LIMIT 1');
ask($two, "SELECT engage.rule_set('shop', 'purchase', 'purchase', rate_points => 3, rate_basis => 1), engage.tier_set('shop', 'gold', 2, 2000, multiplier => 2)");
like(ask($one, "SELECT points FROM engage.earn_quote('shop', 5, 'purchase', 10) WHERE component = 'base'"), qr/^(10|30)$/, 'the old transaction sees one or the other');
ask($one, 'COMMIT');
is(ask($one, "SELECT points FROM engage.earn_quote('shop', 5, 'purchase', 10) WHERE component = 'base'"), '30', 'the next one sees the new rule');
is(ask($one, "SELECT string_agg(points::text, ' ') FROM engage.earn_quote('shop', 9, 'purchase', 10) WHERE status = 'ok'"), '30 30 60', 'and the new tier');
is(ask($two, "SELECT points FROM engage.earn_quote('shop', 5, 'purchase', 10) WHERE component = 'base'"), '30', 'as does who made it');
leave($_) for $one, $two;

# ---- and while a statement is under way whose snapshot is older than the change
make_ledger($node, 'stale', '');
ask(my $keeper = session($node), 'SELECT pg_advisory_lock(7)');
my $slow = session($node);
start($slow, "SELECT q.points FROM (SELECT length(pg_advisory_lock_shared(7)::text) + 5 AS m OFFSET 0) x, LATERAL engage.earn_quote('stale', x.m::bigint, 'purchase', 10) q WHERE q.component = 'base'");
$node->poll_query_until('engage', "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'advisory'") or die 'the slow query does not wait';
sql($node, "SELECT engage.rule_set('stale', 'purchase', 'purchase', rate_points => 3, rate_basis => 1)");
ask($keeper, 'SELECT pg_advisory_unlock(7)');
like(finish($slow), qr/^(10|30)$/, 'a slow query whose snapshot is older than a change sees one or the other');
is(ask($slow, "SELECT available FROM engage.earn_for('stale', 1, 'purchase', 10, 'o1')"), '30', 'what it keeps is the new rule');
leave($_) for $slow, $keeper;

# ---- what row-level security lets one role see does not decide what the next one of the backend sees
sql($node, <<'SQL');
	CREATE ROLE half NOLOGIN; CREATE ROLE full NOLOGIN;
	GRANT USAGE ON SCHEMA stale TO half, full;
	GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA stale TO half, full;
	ALTER TABLE stale.earn_rule ENABLE ROW LEVEL SECURITY;
	CREATE POLICY p ON stale.earn_rule TO full USING (true);
SQL
$two = session($node);
ask($two, 'SET ROLE half');
is(ask($two, "SELECT points FROM engage.earn_quote('stale', 1, 'purchase', 10) WHERE component = 'base'"), '30', 'rules are the ledger\'s, not a role\'s');
ask($two, 'SET ROLE full');
is(ask($two, "SELECT status FROM engage.earn_for('stale', 1, 'purchase', 10, 'o2')"), 'ok', 'also for the next role');
ask($two, 'RESET ROLE; CREATE ROLE nobody NOLOGIN; GRANT USAGE ON SCHEMA stale TO nobody; SET ROLE nobody');
is(ask($two, "SELECT points FROM engage.earn_quote('stale', 1, 'no such rule', 10)"), '42501', 'whoever may not read rules learns nothing of them');
leave($two);

# ---- what is left of an order after refunds is what the rest would have earned, to the point
my $wrong = sql($node, 'SET seed = ' . $seed % 1000 / 1000 . ';' . <<'SQL' =~ s/ROUNDS/cases(60)/er);
	CREATE TABLE t.uneven (ledger text, basis numeric, rest numeric, kept bigint, quoted bigint);
	DO $$
	DECLARE
		l text; basis numeric; rest numeric; kept bigint; quoted bigint;
	BEGIN
		FOR n IN 1 .. 8 LOOP
			l := 'parts' || n;
			PERFORM engage.ledger_create(l, rounding => (ARRAY['floor', 'half_up', 'half_even', 'ceil'])[1 + n % 4], stacking => (ARRAY['multiplicative', 'additive'])[1 + n % 2]);
			PERFORM engage.rule_set(l, 'purchase', 'purchase', rate_points => 1 + floor(random() * 3)::int, rate_basis => round((0.5 + 3 * random())::numeric, 2), min_basis => n % 3);
			PERFORM engage.tier_set(l, 'gold', 1, 1000000000, multiplier => 1.1), engage.grant_tier(l, 1, 'gold', 'gold');
			FOR c IN 1 .. 3 LOOP
				PERFORM engage.campaign_set(l, 'c' || c, '2000-01-01', '2100-01-01', multiplier => 100 + floor(random() * 30)::int, multiplier_den => 100);
			END LOOP;
			FOR i IN 1 .. ROUNDS LOOP
				basis := round((random() * CASE i % 3 WHEN 0 THEN 500 ELSE 30 END)::numeric, 2);
				CONTINUE WHEN (SELECT e.status <> 'ok' FROM engage.earn_for(l, 1, 'purchase', basis, 'o' || i) e);
				rest := basis;
				FOR part IN 1 .. 3 LOOP
					rest := CASE WHEN part = 3 AND i % 2 = 0 THEN 0 ELSE round((rest * (1 - 0.3 * random()))::numeric, 2) END;
					PERFORM engage.reverse_earn(l, 1, 'o' || i, i || '-' || part, remaining_basis => rest);
					EXECUTE format('SELECT sum(e.amount) FROM %I.entry e WHERE e.kind IN (''award'', ''bonus'', ''reverse'') AND coalesce(e.source_ref, e.key) = $1', l) INTO kept USING 'o' || i;
					SELECT q.points INTO quoted FROM engage.earn_quote(l, 1, 'purchase', rest) q WHERE q.component = 'total';
					IF kept <> quoted THEN INSERT INTO t.uneven VALUES (l, basis, rest, kept, quoted); END IF;
				END LOOP;
			END LOOP;
		END LOOP;
	END $$;
	SELECT string_agg(u::text, ' ') FROM (SELECT * FROM t.uneven u LIMIT 5) u;
SQL
is($wrong, '', 'partial refunds leave what the rest of the order earns');
is_sound($node, "parts$_", "the books of parts$_ are right") for 1 .. 8;

no_crash($node);
done_testing();
