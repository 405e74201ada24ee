# Tiers against an independent model: random histories of awards, reversals, grants, new rules and moves of the clock, for
# every window, with and without grace, and both ways down; tier, next tier and what is missing to it after every step, and
# in the end the history of each member.  And ledger_verify finds nothing, whatever is still to be written up.  The model
# is written from doc/ledger-reference.md.
#
#   ENGAGE_SEED  the seed (printed)
#   ENGAGE_OPS   how many steps (4000 unless set; ENGAGE_CASES multiplies it)
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use LedgerModel qw(INF DAY HOUR SECOND instant_text interval_text add_interval day_of);
use List::Util qw(max min sum0);
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = seed();
my $steps = $ENV{ENGAGE_OPS} || cases(4000);
my $node = engage_node('ledger_tiers', synchronous_commit => 'off', timezone => 'UTC');
my $dir = PostgreSQL::Test::Utils::tempdir('ledger_tiers');
sub pick { return $_[ int rand @_ ]; }
sub chance { return rand() < $_[0]; }
sub up_to { return 1 + int rand $_[0]; }

# ----------------------------------------------------------------------------
# The model.  Days are counted; instants are microseconds.
# ----------------------------------------------------------------------------
sub months_later
{
	my ($day, $months) = @_;
	my ($y, $m, $d) = LedgerModel::civil_of_days($day);
	my $n = $y * 12 + $m - 1 + $months;
	($y, $m) = (int($n / 12), $n % 12 + 1);
	return LedgerModel::days_of_civil($y, $m, min($d, LedgerModel::days_in_month($y, $m)));
}

# The period of a day: its first day, and that of the next one.
sub period_of
{
	my ($l, $m, $day) = @_;
	my $months = $l->{period}[0];
	if ($l->{window} eq 'calendar')
	{
		my ($y, $month) = LedgerModel::civil_of_days($day);
		my $first = LedgerModel::days_of_civil($y, $months == 12 ? 1 : $month, 1);
		return ($first, months_later($first, $months));
	}
	my $joined = day_of($m->{joined}, $l->{zone});
	my $k = 0;
	$k++ while months_later($joined, ($k + 1) * $months) <= $day;
	$k-- while months_later($joined, $k * $months) > $day;
	return (months_later($joined, $k * $months), months_later($joined, ($k + 1) * $months));
}
sub midnight { my ($l, $day) = @_; return LedgerModel::instant_of_local($day * DAY, $l->{zone}); }
sub has_periods { return $_[0]{window} =~ /calendar|anniversary/; }

# The metric over the days from first to last.
sub metric
{
	my ($m, $first, $last) = @_;
	return sum0(map { $_->{amount} } grep { $_->{day} >= $first && $_->{day} <= $last } @{ $m->{awards} });
}
sub present_metric
{
	my ($l, $m, $t) = @_;
	my $today = day_of($t, $l->{zone});
	return metric($m, -INF(), INF) if $l->{window} eq 'lifetime';
	if ($l->{window} eq 'rolling')
	{
		my $since = add_interval($t, [ map { -$_ } @{ $l->{period} } ], $l->{zone});
		return metric($m, day_of($since, $l->{zone}) + 1, $today);
	}
	my ($first, $next) = period_of($l, $m, $today);
	return metric($m, $first, $next - 1);
}
sub reached
{
	my ($l, $metric) = @_;
	my ($best) = grep { !$_->{invite} && $_->{threshold} <= $metric } reverse @{ $l->{tiers} };
	return $best;
}
sub higher { my ($x, $y) = @_; return !$x ? $y : !$y || $x->{rank} >= $y->{rank} ? $x : $y; }
sub is_same { my ($x, $y) = @_; return $x && $y ? $x == $y : !$x && !$y; }

# The tier that the member has, and until when: what he earned, or what he was granted.
sub present
{
	my ($m) = @_;
	my $tier = higher($m->{tier}, $m->{granted});
	my @until = (($tier && $m->{tier} && $tier == $m->{tier} ? $m->{due} : ()), ($tier && $m->{granted} && $tier == $m->{granted} ? $m->{granted_until} : ()));
	return ($tier, @until ? max(@until) : INF);
}
# Do something to one of the two, and write down what that changes.
sub change
{
	my ($m, $t, $how, $always) = @_;
	my ($tier, $until) = present($m);
	my $reason = $how->();
	my ($new, $new_until) = present($m);
	my $stays = is_same($tier, $new);
	return if $stays && $until == $new_until && !$always;
	$reason = 'kept' if $stays && $reason eq 'downgraded';
	push @{ $m->{tiers} }, [ $t, $new ];
	push @{ $m->{history} }, join '|', map { $_ // '' } $new && $new->{name}, $tier && $tier->{name}, instant_text($t), instant_text($new_until), $reason;
	return;
}
# The tier at an instant: what took effect last by then, and of what did so at once, the last.
sub tier_at
{
	my ($m, $t) = @_;
	my ($last) = sort { $b->[0] <=> $a->[0] } grep { $_->[0] <= $t } reverse @{ $m->{tiers} };
	return $last && $last->[1];
}
sub earned
{
	my ($m, $tier, $t, $due, $reason) = @_;
	@$m{qw(tier due)} = ($tier, $tier ? $due : INF);
	$m->{grace_since} = $reason eq 'grace' ? $t : undef;
	return $reason;
}
sub due_when_reached
{
	my ($l, $m, $t) = @_;
	return $l->{window} eq 'rolling' ? add_interval($t, $l->{period}, $l->{zone})
	  : has_periods($l) ? midnight($l, (period_of($l, $m, (period_of($l, $m, day_of($t, $l->{zone})))[1]))[1]) : INF;
}
sub due_when_reviewed
{
	my ($l, $m, $t) = @_;
	return has_periods($l) ? midnight($l, (period_of($l, $m, day_of($t, $l->{zone})))[1]) : due_when_reached($l, $m, $t);
}
sub upgrade
{
	my ($l, $m, $t) = @_;
	my $tier = reached($l, present_metric($l, $m, $t)) or return;
	return if $m->{tier} && $tier->{rank} <= $m->{tier}{rank};
	change($m, $t, sub { return earned($m, $tier, $t, due_when_reached($l, $m, $t), 'upgraded'); });
	return;
}
sub review_earned
{
	my ($l, $m, $t) = @_;
	my $metric = present_metric($l, $m, $t);
	my $due = due_when_reviewed($l, $m, $t);
	if (has_periods($l))
	{
		# the period that has just ended, or had when the grace began; and then what came since
		my ($begun, $next) = period_of($l, $m, day_of($t, $l->{zone}));
		my ($first) = period_of($l, $m, (period_of($l, $m, day_of($m->{grace_since} // $t, $l->{zone})))[0] - 1);
		my $so_far = $metric;
		$metric = metric($m, $first, defined $m->{grace_since} ? $next - 1 : $begun - 1);
		# (in the middle of a period, because the rules have changed)
		($metric, $due) = ($so_far, due_when_reached($l, $m, $t)) if !defined $m->{grace_since} && midnight($l, $begun) != $t && $so_far > $metric;
	}
	return earned($m, $m->{tier}, $t, $due, 'kept') if $m->{tier}{threshold} <= $metric;
	my $grace = add_interval($t, $l->{grace}, $l->{zone});
	return earned($m, $m->{tier}, $t, $grace, 'grace') if !defined $m->{grace_since} && $grace > $t;
	my $lower = reached($l, $metric);
	($lower) = grep { !$_->{invite} && $_->{rank} < $m->{tier}{rank} } reverse @{ $l->{tiers} } if $l->{downgrade} eq 'one_down';
	return earned($m, $lower, $t, $due, 'downgraded');
}
# The highest of the grants that go on, of equal ones the longest.
sub find_grant
{
	my ($m, $t) = @_;
	my ($best) = sort { $b->{tier}{rank} <=> $a->{tier}{rank} || $b->{until} <=> $a->{until} } grep { $_->{until} > $t } @{ $m->{grants} };
	@$m{qw(granted granted_until)} = $best ? @$best{qw(tier until)} : (undef, INF);
	return;
}
# Who has neither then gets what he would have reached by his points.
sub end_of_grants
{
	my ($l, $m, $t) = @_;
	return if $m->{tier} || $m->{granted};
	my $tier = reached($l, present_metric($l, $m, $t));
	my $due = due_when_reached($l, $m, $t);
	if (has_periods($l))
	{
		my ($begun) = period_of($l, $m, day_of($t, $l->{zone}));
		my $before = reached($l, metric($m, (period_of($l, $m, $begun - 1))[0], $begun - 1));
		($tier, $due) = ($before, due_when_reviewed($l, $m, $t)) if $before && (!$tier || $before->{rank} > $tier->{rank});
	}
	earned($m, $tier, $t, $due, '');
	return;
}
sub review
{
	my ($l, $m, $until) = @_;
	while ((my $t = min($m->{due}, $m->{granted_until})) <= $until)
	{
		last if $t == INF;
		change($m, $t, sub {
			my $reason = $m->{due} <= $t ? review_earned($l, $m, $t) : '';
			return $reason if $m->{granted_until} > $t;
			find_grant($m, $t);
			end_of_grants($l, $m, $t);
			return 'grant_ended';
		});
	}
	return;
}
sub standing
{
	my ($l, $m, $t) = @_;
	return '||' if !$m;
	my ($tier) = present($m);
	my $rank = $tier ? $tier->{rank} : -1;
	my ($next) = grep { !$_->{invite} && $_->{rank} > $rank } @{ $l->{tiers} };
	my $missing = $next && max(0, $next->{threshold} - present_metric($l, $m, $t));
	return join '|', $tier ? $tier->{name} : '', $next ? $next->{name} : '', $missing // '';
}

# ----------------------------------------------------------------------------
# The ledgers
# ----------------------------------------------------------------------------
my @ledgers;
my $clock = LedgerModel::days_of_civil(2026, 1, 15) * DAY + 13 * HOUR;
for my $window (qw(rolling calendar anniversary lifetime))
{
	for my $grace (0, 1)
	{
		for my $downgrade (qw(one_down recompute))
		{
			next if $window eq 'lifetime' && $grace;
			my $l = { name => "tiers_$window" . ($grace ? '_grace' : '') . "_$downgrade", window => $window, downgrade => $downgrade, zone => pick('UTC', 'Europe/Berlin', 'America/New_York'),
				grace => $grace ? pick([ 0, 20, 0 ], [ 1, 0, 0 ], [ 0, 0, 36 * HOUR ]) : [ 0, 0, 0 ], metric => pick('points', 'points', 'spend', 'orders'), members => {}, n => 0 };
			$l->{period} = $window eq 'rolling' ? pick([ 0, 60, 0 ], [ 3, 0, 0 ], [ 12, 0, 0 ]) : $window eq 'calendar' ? pick([ 1, 0, 0 ], [ 12, 0, 0 ]) : pick([ 1, 0, 0 ], [ 3, 0, 0 ], [ 12, 0, 0 ]);
			my $unit = $l->{metric} eq 'orders' ? 3 : 200;
			my $rank = 0;
			$l->{tiers} = [ map { { name => $_->[0], threshold => $_->[1], rank => $rank += up_to(3) } } (chance(0.4) ? [ 'bronze', 0 ] : ()), [ 'silver', $unit ], [ 'gold', 2 * $unit ], [ 'platinum', 5 * $unit ] ];
			# (bonus points by the tier, where points alone count)
			if ($l->{metric} eq 'points') { $_->{times} = pick(1, 2) for @{ $l->{tiers} }[ -3 .. -1 ]; }
			push @ledgers, $l;
			sql($node, "SET engage.now = '" . instant_text($clock) . "'; SELECT engage.ledger_create('$l->{name}', test_clock => true, time_zone => '$l->{zone}', tier_metric => '$l->{metric}', tier_window => '$window', tier_downgrade => '$downgrade', "
				  . "tier_period => '" . interval_text($l->{period}) . "', tier_grace => '" . interval_text($l->{grace}) . "');"
				  . join '', map { "SELECT engage.tier_set('$l->{name}', '$_->{name}', $_->{rank}, $_->{threshold}, multiplier => " . ($_->{times} // 1) . ');' } @{ $l->{tiers} });
			push @{ $l->{tiers} }, { name => 'black', rank => 100, invite => 1 };
			sql($node, "SELECT engage.tier_set('$l->{name}', 'black', 100, invite_only => true); SELECT engage.rule_set('$l->{name}', 'gift', 'custom', fixed_points => 500, qualifying => false)");
			note("$l->{name}: $l->{metric}, $l->{zone}, period @{ $l->{period} }, grace @{ $l->{grace} }");
		}
	}
}

# ----------------------------------------------------------------------------
# Steps
# ----------------------------------------------------------------------------
my $keys = 0;
# What counts for the metric of an award by a purchase or by hand
sub counted
{
	my ($l, $kind, $points) = @_;
	return $l->{metric} eq 'points' ? $points : $kind ne 'purchase' ? 0 : $l->{metric} eq 'spend' ? $points : 1;
}
sub step
{
	my ($l) = @_;
	my $id = up_to(3 + $l->{n}++ / 60);
	my $r = rand;
	my ($sql, $m);
	my $member = sub { return $m = $l->{members}{$id} //= { joined => $clock, awards => [], history => [], tiers => [], due => INF, grants => [], granted_until => INF }; };
	if ($r < 0.40)
	{
		my $effective = chance(0.2) ? $clock - up_to(100 * DAY) : $clock;
		my ($points, $key) = (pick(up_to(40), up_to(150), up_to(400)), 'k' . ++$keys);
		$sql = "engage.earn('$l->{name}', $id, $points, '$key'" . ($effective < $clock ? ", at => '" . instant_text($effective) . "'" : '') . ')';
		$member->();
		review($l, $m, $clock);
		push @{ $m->{awards} }, { kind => 'earn', key => $key, day => day_of($effective, $l->{zone}), amount => counted($l, 'earn', $points), left => $points };
		upgrade($l, $m, $clock);
	}
	elsif ($r < 0.75)
	{
		my $effective = chance(0.2) ? $clock - up_to(100 * DAY) : $clock;
		my ($points, $key) = (pick(up_to(60), up_to(200)), 'k' . ++$keys);
		$sql = "engage.earn_for('$l->{name}', $id, 'purchase', basis => $points, source_ref => '$key'" . ($effective < $clock ? ", at => '" . instant_text($effective) . "'" : '') . ')';
		$member->();
		review($l, $m, $clock);
		# (an event of the past is awarded by the tier of its time)
		my $tier = $effective < $clock ? tier_at($m, $effective) : (present($m))[0];
		my $all = $points * ($tier && $tier->{times} || 1);
		push @{ $m->{awards} }, { kind => 'purchase', key => $key, day => day_of($effective, $l->{zone}), amount => counted($l, 'purchase', $all), left => $all };
		upgrade($l, $m, $clock);
	}
	elsif ($r < 0.90)
	{
		$m = $l->{members}{$id} or return;
		my ($award) = grep { $_->{left} > 0 } map { pick(@{ $m->{awards} }) } grep { @{ $m->{awards} } } 1 .. 3 or return;
		# (what part of the basis, or of the orders, a part of the points is, would be another test)
		my $points = $l->{metric} eq 'points' && chance(0.6) ? up_to($award->{left}) : $award->{left};
		$sql = "engage.reverse_earn('$l->{name}', $id, '$award->{key}', 'k" . ++$keys . "', points => $points)";
		review($l, $m, $clock);
		$award->{left} -= $points;
		$award->{amount} = $l->{metric} eq 'points' ? $award->{left} : 0;
	}
	elsif ($r < 0.94)
	{
		$sql = "engage.earn_for('$l->{name}', $id, 'gift', source_ref => 'k" . ++$keys . "')";
		$member->();
		review($l, $m, $clock);
		upgrade($l, $m, $clock);
	}
	elsif ($r < 0.953)
	{
		my $tier = pick(@{ $l->{tiers} });
		my $until = chance(0.2) ? INF : $clock + (chance(0.5) ? up_to(20 * DAY) : up_to(400 * DAY));
		$sql = "engage.grant_tier('$l->{name}', $id, '$tier->{name}', 'k" . ++$keys . "', until => '" . instant_text($until) . "')";
		$member->();
		review($l, $m, $clock);
		change($m, $clock, sub {
			push @{ $m->{grants} }, { tier => $tier, until => $until };
			find_grant($m, $clock);
			return 'granted';
		}, 1);
	}
	elsif ($r < 0.965)
	{
		my @granted = grep { $l->{members}{$_}{granted} } sort keys %{ $l->{members} };
		$id = pick(@granted) if @granted && chance(0.8);
		$m = $l->{members}{$id} or return;
		$sql = "engage.revoke_tier('$l->{name}', $id, 'k" . ++$keys . "')";
		review($l, $m, $clock);
		change($m, $clock, sub {
			$m->{grants} = [];
			find_grant($m, $clock);
			end_of_grants($l, $m, $clock);
			return 'revoked';
		}, 1) if $m->{granted};
	}
	elsif ($r < 0.969 && $l->{window} ne 'lifetime')
	{
		# what has not been reviewed by now never is by the old rules
		my $grace = pick([ 0, 0, 0 ], [ 0, 5, 0 ], [ 0, 20, 0 ], [ 1, 0, 0 ]);
		my $is_new = interval_text($grace) ne interval_text($l->{grace});
		$l->{grace} = $grace;
		for my $other ($is_new ? grep { $_->{tier} } values %{ $l->{members} } : ())
		{
			my ($tier) = present($other);
			change($other, $clock, sub { return earned($other, $other->{tier}, $clock, $clock, 'rules_changed'); }, 1) if $tier == $other->{tier};
			earned($other, $other->{tier}, $clock, $clock, '');
		}
		return ("SELECT engage.ledger_alter('$l->{name}', tier_grace => '" . interval_text($grace) . "')", $id);
	}
	elsif ($r < 0.97)
	{
		my $until = chance(0.3) ? $clock - up_to(20 * DAY) : $clock;
		review($l, $_, $until) for values %{ $l->{members} };
		return ("CALL engage.expire_points('$l->{name}', '" . instant_text($until) . "')", $id);
	}
	else
	{
		$m = $l->{members}{$id} or return;
		return ('SELECT 1 WHERE false', $id);
	}
	return ("SELECT status FROM $sql", $id);
}

my (@expected, @told);
my $script = "\\set VERBOSITY sqlstate\nSET client_min_messages = warning;\n";
for my $step (1 .. $steps)
{
	my $l = pick(@ledgers);
	my $r = rand;
	$clock += $r < 0.5 ? up_to(30 * HOUR) : $r < 0.85 ? up_to(3 * DAY) : $r < 0.87 ? up_to(60 * DAY) : SECOND;
	# to a review, or beside it (not so near before it that the entries of one posting, which are a microsecond apart, reach it)
	my @due = sort { $a <=> $b } grep { $_ < INF && $_ > $clock + SECOND && $_ < $clock + 100 * DAY } map { @$_{qw(due granted_until)} } values %{ $l->{members} };
	$clock = $due[0] + pick(-1000, 0, 1) if @due && chance(0.15);
	my ($sql, $id) = step($l) or next;
	for my $who ($id, chance(0.3) ? up_to(8) : ())
	{
		my $m = $l->{members}{$who};
		# (reading writes nothing, but shows what a review would do)
		my $copy = $m && { %$m, history => [], tiers => [] };
		review($l, $copy, $clock) if $copy;
		push @expected, standing($l, $copy, $clock);
		push @told, "step $step, $l->{name}, member $who at " . instant_text($clock) . ": $sql";
		$script .= "SET engage.now = '" . instant_text($clock) . "';\n" . ($who == $id ? "\\o /dev/null\n$sql;\n\\o\n" : '')
		  . "SELECT tier, next_tier, to_next_tier FROM engage.balance('$l->{name}', $who);\n";
	}
	if (chance(0.03))
	{
		push @expected, 'sound';
		push @told, "step $step, $l->{name} at " . instant_text($clock);
		$script .= "SELECT coalesce(string_agg(v::text, ' '), 'sound') FROM engage.ledger_verify('$l->{name}') v;\n";
	}
}
open my $file, '>', "$dir/steps.sql" or die;
print {$file} $script;
close $file;
my (undef, $out, $err) = $node->psql('engage', "\\i $dir/steps.sql\n", on_error_stop => 0);
is($err, '', 'no step fails');
my @got = split /\n/, $out;
my ($wrong) = grep { ($got[$_] // 'nothing') ne $expected[$_] } 0 .. $#expected;
ok(!defined $wrong && @got == @expected, scalar(@expected) . " times (seed $seed) tier, next tier and points to it are what the model says, and the ledger is sound")
  or diag(defined $wrong ? "$told[$wrong]\nexpected $expected[$wrong]\ngot      " . ($got[$wrong] // 'nothing') : scalar(@got) . ' answers');

my %seen;
for my $l (@ledgers)
{
	sql($node, "SET engage.now = '" . instant_text($clock) . "'; CALL engage.expire_points('$l->{name}')");
	my @differ;
	for my $id (sort { $a <=> $b } keys %{ $l->{members} })
	{
		my $m = $l->{members}{$id};
		review($l, $m, $clock);
		$seen{ (split /\|/)[4] }++ for @{ $m->{history} };
		my @is = map { join '|', map { $_ // '' } @$_ } rows($node, "SELECT tier, previous_tier, effective_at, until, reason FROM $l->{name}.tier_history WHERE member = $id ORDER BY change_no");
		my @want = @{ $m->{history} };
		my ($at) = grep { ($is[$_] // 'nothing') ne ($want[$_] // 'nothing') } 0 .. max($#is, $#want);
		push @differ, "member $id, change " . ($at + 1) . ': expected ' . ($want[$at] // 'nothing') . ', got ' . ($is[$at] // 'nothing') if defined $at;
	}
	is(join("\n", @differ), '', "$l->{name}: the history is what the model says");
	is(sql($node, "SET engage.now = '" . instant_text($clock) . "'; SELECT v::text FROM engage.ledger_verify('$l->{name}') v LIMIT 5"), '', "$l->{name}: and sound");
}
is(join(' ', sort keys %seen), 'downgraded grace grant_ended granted kept revoked rules_changed upgraded', 'there was something of everything') or diag(join ', ', map { "$_ $seen{$_}" } sort keys %seen);
note(join ', ', map { "$_ $seen{$_}" } sort keys %seen);

no_crash($node);
$node->stop;
done_testing();
