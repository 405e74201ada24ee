# The ledger against an independent model: random operations, and every answer and every row predicted.
#
#   ENGAGE_SEED  the seed (printed)
#   ENGAGE_OPS   how many operations (100 000 unless set; ENGAGE_CASES multiplies it); new ledgers with other policies
#                after each 20 000
#   ENGAGE_WITHOUT  kinds of operations to leave out, to find out what a mismatch needs
#
#   make test ONLY=tap TESTS=020_ledger_model ENGAGE_OPS=1000000     a long night
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use IPC::Open2;
use LedgerModel qw(INF DAY HOUR SECOND instant_text interval_text);
use PostgreSQL::Test::Utils;
use List::Util qw(min max sum0 shuffle);
use Test::More;
use Time::HiRes qw(time);

my $seed = seed();
my $operations = $ENV{ENGAGE_OPS} || cases(100_000);
my $round = 20_000;	# operations on one set of ledgers
my $batch = 400;	# statements of one script, roughly
my $node = engage_node('ledger_model', synchronous_commit => 'off');
my $dir = PostgreSQL::Test::Utils::tempdir('ledger_model');
my $has_verify = sql($node, "SELECT count(*) FROM pg_proc WHERE pronamespace = 'engage'::regnamespace AND proname = 'ledger_verify'");
my ($started, $waited) = (time, 0);

sub pick { return $_[ int rand @_ ]; }
sub chance { return rand() < $_[0]; }
sub up_to { return 1 + int rand $_[0]; }
sub quoted { my ($text) = @_; return 'NULL' if !defined $text; $text =~ s/'/''/g; return "'$text'"; }

# ----------------------------------------------------------------------------
# The ledgers: policies that must be there, the rest by chance
# ----------------------------------------------------------------------------
my @fixed = (
	{ member_type => 'bigint', expires_after => [ 0, 30, 0 ] },
	{ member_type => 'uuid', expires_after => [ 1, 0, 0 ], expiry_rounding => 'day', available_after => [ 0, 2, 0 ], time_zone => 'Europe/Berlin', debt_limit => 50, restoring => 'expire' },
	{ member_type => 'text', expires_on => '03-31', activation => 'manual', shortage => 'clamp', consumption => 'earned_first' },
	{ member_type => 'bigint', expires_inactive => [ 0, 20, 0 ], shortage => 'reject' },
	{ member_type => 'text', available_after => [ 0, 0, 3 * HOUR ], refund_window => [ 0, 10, 0 ], debt_limit => 0 });
sub random_policy
{
	my %p = (
		member_type => pick(qw(bigint uuid text)), time_zone => pick('UTC', 'Europe/Berlin', 'America/New_York'),
		rounding => pick(qw(floor half_up half_even ceil)),
		available_after => pick([ 0, 0, 0 ], [ 0, 0, 0 ], [ 0, 1, 0 ], [ 0, 0, 90 * SECOND ], [ 1, 0, 0 ]),
		activation => pick(qw(automatic automatic automatic manual)), consumption => pick(qw(soonest_expiring soonest_expiring earned_first)),
		shortage => pick(qw(other_lots_then_debt other_lots_then_debt clamp reject)), restoring => pick(qw(grace expire)),
		restore_grace => pick([ 0, 30, 0 ], [ 0, 1, 0 ]), debt_limit => pick(undef, 0, 20, 500), refund_window => pick(undef, undef, [ 0, 60, 0 ]),
		stacking => pick(qw(multiplicative additive best_of)), max_multiplier => pick(undef, undef, [ 5, 2 ]));
	$p{available_after} = [ 0, 0, 0 ] if $p{activation} eq 'manual';
	my $expiry = int rand 4;
	$p{expires_after} = pick([ 0, 45, 0 ], [ 2, 0, 0 ], [ 12, 0, 0 ]) if $expiry == 0;
	$p{expires_on} = pick('12-31', '01-01', '02-28', '06-15') if $expiry == 1;
	$p{expires_inactive} = pick([ 0, 40, 0 ], [ 2, 0, 0 ]) if $expiry == 2;
	$p{expiry_rounding} = pick(qw(none day month year)) if $p{expires_after};
	return \%p;
}

# Rules to earn by, and campaigns of all kinds.
sub random_rules
{
	my ($ledger) = @_;
	my @rules = (
		{ rule => 'purchase', trigger => 'purchase', rate_points => pick(1, 1, 3, 10), rate_cents => pick(100, 100, 250, 700), (chance(0.5) ? (min_cents => 500) : ()) },
		{ rule => 'club', trigger => 'purchase', rate_points => 2, rate_cents => 300, cap_day => 60, cap_month => 300, cap_lifetime => 2000 },
		{ rule => 'signup', trigger => 'signup', fixed_points => 50, max_awards_lifetime => 1, expires_after => [ 0, 7, 0 ] },
		{ rule => 'review', trigger => 'review', fixed_points => 7, cap_day => 20, max_awards_month => 9, available_after => [ 0, 3, 0 ] },
		{ rule => 'summer', trigger => 'custom', fixed_points => 10, valid_from => LedgerModel::days_of_civil(2026, 6, 1) * DAY, valid_until => LedgerModel::days_of_civil(2026, 9, 1) * DAY });
	my @setup;
	for my $rule (@rules)
	{
		$ledger->set_rule(%$rule);
		push @setup, "SELECT engage.rule_set('$ledger->{name}', '$rule->{rule}', '$rule->{trigger}'"
		  . join('', map { ", $_ => $rule->{$_}" } grep { defined $rule->{$_} } qw(rate_points fixed_points cap_day cap_month cap_lifetime max_awards_month max_awards_lifetime))
		  . join('', map { ", rate_basis => " . $_ / 100 } grep { defined } $rule->{rate_cents}) . join('', map { ", min_basis => " . $_ / 100 } grep { defined } $rule->{min_cents})
		  . join('', map { ", $_ => " . quoted(interval_text($rule->{$_})) } grep { $rule->{$_} } qw(available_after expires_after))
		  . join('', map { ", $_ => " . quoted(instant_text($rule->{$_})) } grep { $rule->{$_} } qw(valid_from valid_until)) . ');';
	}
	for my $name (qw(A B C D))
	{
		my $from = LedgerModel::days_of_civil(2026, 1 + int rand 12, 1) * DAY;
		my %c = (campaign => $name, starts_at => $from, ends_at => $from + up_to(900) * DAY);
		if ($name eq 'D' || chance(0.2)) { $c{bonus_points} = up_to(20); }
		else { @c{qw(num den)} = @{ pick([ 2, 1 ], [ 3, 2 ], [ 5, 4 ], [ 11, 10 ], [ 3, 1 ]) }; }
		$c{rules} = [ (shuffle(qw(purchase club review summer)))[ 0 .. 1 ] ] if chance(0.5);
		$c{group} = pick('x', 'y') if chance(0.5);
		$c{member_cap} = 10 * up_to(30) if chance(0.4);
		$c{budget} = 100 * up_to(30) if chance(0.5);
		$ledger->set_campaign(%c);
		push @setup, "SELECT engage.campaign_set('$ledger->{name}', '$name', '" . instant_text($c{starts_at}) . "', '" . instant_text($c{ends_at}) . "'"
		  . ($c{num} ? ", multiplier => $c{num}, multiplier_den => $c{den}" : ", bonus_points => $c{bonus_points}")
		  . ($c{rules} ? ', rules => ARRAY[' . join(', ', map { "'$_'" } @{ $c{rules} }) . ']' : '') . ($c{group} ? ", stacking_group => '$c{group}'" : '')
		  . join('', map { $c{$_} ? ", $_ => $c{$_}" : () } qw(member_cap budget)) . ');';
	}
	return @setup;
}

my (@ledgers, $clock, $highest, %repeat, @snapshots, %history);
sub new_ledgers
{
	$clock = $highest = LedgerModel::days_of_civil(2026, 1, 1) * DAY;
	sql($node, join "\n", "SET client_min_messages = warning; SET engage.now = '2026-01-01 00:00:00+00';", map { "SELECT engage.ledger_drop('$_->{name}', force => true);" } @ledgers) if @ledgers;
	@ledgers = @snapshots = ();
	%repeat = %history = ();
	for my $policy (@fixed, map { random_policy() } 1 .. 3)
	{
		my $name = 'l' . (@ledgers + 1);
		my $ledger = LedgerModel->new(name => $name, %$policy);
		push @ledgers, $ledger;
		my @options = map { "$_ => " . quoted($ledger->{$_}) }
		  grep { defined $ledger->{$_} } qw(member_type time_zone rounding activation expires_on expiry_rounding consumption shortage restoring debt_limit stacking);
		push @options, map { "$_ => " . quoted(interval_text($ledger->{$_})) } grep { $ledger->{$_} } qw(available_after expires_after expires_inactive restore_grace refund_window);
		push @options, "max_multiplier => " . $ledger->{max_multiplier}[0] / $ledger->{max_multiplier}[1] if $ledger->{max_multiplier};
		$ledger->{setup} = join "\n", "SELECT engage.ledger_create('$name', test_clock => true, " . join(', ', @options) . ');', random_rules($ledger);
		# half of the ledgers have tables that postings write by statements, not directly
		my $how = ($seed + @ledgers) % 2 ? pick('CHECK', 'row-level security') : '';
		$ledger->{setup} .= join '', map { "\nALTER TABLE $name.$_ " . ($how eq 'CHECK' ? 'ADD CHECK (member IS NOT NULL);' : 'ENABLE ROW LEVEL SECURITY;') } qw(account entry lot lot_use hold refusal) if $how;
		note("$name: @options" . ($how ? ", $how" : ''));
		$ledger->{crowd} = [];
		$ledger->{born} = 0;
		new_member($ledger) for 1 .. 5;
	}
	sql($node, join "\n", "SET engage.now = '2026-01-01 00:00:00+00';", map { $_->{setup} } @ledgers);
	return;
}

# Members come and go, so that some have a rich past and some have none.
sub new_member
{
	my ($ledger) = @_;
	my $n = ++$ledger->{born};
	my $id = $ledger->{member_type} eq 'bigint' ? (chance(0.1) ? -$n : $n)
	  : $ledger->{member_type} eq 'uuid' ? sprintf('%08x-0000-4000-8000-%012x', $n * 2654435761 % 4294967296, $n)
	  : pick("m$n", "Mitglied ü $n", "o'member $n", "$n");
	$ledger->{crowd}[ @{ $ledger->{crowd} } < 5 ? @{ $ledger->{crowd} } : int rand 5 ] = $id;
	return $id;
}
sub member_sql
{
	my ($ledger, $id) = @_;
	return quoted($id) . '::' . (chance(0.03) ? 'text' : $ledger->{member_type});
}

# ----------------------------------------------------------------------------
# One operation: its SQL, and what the model answers
# ----------------------------------------------------------------------------
my $keys = 0;
my $answer = 'status, seq, available, pending, held, debt, replayed';

sub some_member { my ($ledger) = @_; return pick(@{ $ledger->{crowd} }); }
sub state_of { my ($ledger, $id) = @_; return $ledger->{members}{$id} // { available => 0, held => 0, debt => 0, holds => [], grants => {}, spent => {}, lots => {}, open => {}, last => -INF() }; }
sub instant_now { my ($ledger, $id) = @_; return max($clock, state_of($ledger, $id)->{last} + 1); }

# An amount around what there is.
sub amount_near
{
	my ($n) = @_;
	return up_to(60) if !$n || chance(0.3);
	return pick($n, $n, $n + 1, max(1, $n - 1), up_to($n), up_to($n), up_to(max(1, int($n / 3))));
}
sub past_or_not
{
	my ($ledger, $t) = @_;
	return undef if chance(0.75);
	return $t + pick(1, DAY) if chance(0.03);
	return $t - pick(0, 1, up_to(HOUR), up_to(5 * DAY), up_to(60 * DAY));
}
sub source_near
{
	my ($sources) = @_;
	my @known = sort keys %$sources;
	return @known && chance(0.95) ? (chance(0.6) ? $known[ -up_to(min(6, scalar @known)) ] : pick(@known)) : 'nobody';
}

# call(ledger, function, member, arguments in SQL, arguments of the model)
sub call
{
	my ($ledger, $function, $id, $sql, %o) = @_;
	my $method = $o{method} // $function;
	$o{on_reject} = 'raise' if chance(0.02);
	push @$sql, "on_reject => 'raise'" if $o{on_reject};
	my $first = $o{no_member} ? '' : ', member => ' . member_sql($ledger, $id);
	return {
		sql => "SELECT $answer FROM engage.$function('$ledger->{name}'$first, " . join(', ', @$sql) . ')',
		member => $id, model => sub { return $ledger->$method(member => $id, %o); }
	};
}
sub given { my ($name, $value) = @_; return defined $value ? ("$name => " . quoted($value)) : (); }
sub given_at { my ($name, $value) = @_; return defined $value ? ("$name => " . quoted(instant_text($value))) : (); }
sub hold_sql { my ($ledger, $id, $seq) = @_; return "(SELECT hold_id FROM $ledger->{name}.hold WHERE member = " . quoted($id) . " AND seq = $seq)"; }
sub new_key { return pick('k', 'Schlüssel ', "o'k") . ++$keys; }

my (%make, %weight);
$make{earn} = sub {
	my ($ledger, $id) = @_;
	my $t = instant_now($ledger, $id);
	my %o = (points => up_to(pick(10, 100, 100, 1000)), key => new_key(), at => past_or_not($ledger, $t));
	$o{source_ref} = chance(0.3) ? source_near(state_of($ledger, $id)->{grants}) : "s$keys" if chance(0.2);
	$o{batch} = 'b' . up_to(20) if chance(0.2);
	my $from = $o{at} // $t;
	$o{available_at} = $from + pick(0, 1, 2, 3, up_to(DAY), up_to(10 * DAY)) if chance(0.08);
	$o{expires_at} = ($o{available_at} // $from) + pick(0, 1, 2, up_to(DAY), up_to(20 * DAY), up_to(100 * DAY)) if chance(0.12);
	return call($ledger, 'earn', $id, [ "points => $o{points}", given(key => $o{key}), given(source_ref => $o{source_ref}), given_at(at => $o{at}),
			given_at(available_at => $o{available_at}), given_at(expires_at => $o{expires_at}), given(batch => $o{batch}) ], %o);
};
$make{redeem} = sub {
	my ($ledger, $id) = @_;
	my %o = (points => amount_near(state_of($ledger, $id)->{available}), key => new_key());
	$o{source_ref} = "r$keys" if chance(0.2);
	$o{at} = instant_now($ledger, $id) - up_to(3 * DAY) if chance(0.05);
	return call($ledger, 'redeem', $id, [ "points => $o{points}", given(key => $o{key}), given(source_ref => $o{source_ref}), given_at(at => $o{at}) ], %o);
};
$make{hold} = sub {
	my ($ledger, $id) = @_;
	my %o = (points => amount_near(state_of($ledger, $id)->{available}), key => new_key(), ttl => pick(900 * SECOND, 1, up_to(DAY), up_to(30 * DAY)));
	$o{source_ref} = pick("h$keys", $o{key}, source_near(state_of($ledger, $id)->{spent})) if chance(0.3);
	return call($ledger, 'hold', $id, [ "points => $o{points}", given(key => $o{key}), given(source_ref => $o{source_ref}), "ttl => '$o{ttl} microseconds'" ], %o);
};
sub some_hold
{
	my ($ledger, $id) = @_;
	my @holds = @{ state_of($ledger, $id)->{holds} } or return;
	my @open = grep { $_->{state} eq 'open' } @holds;
	return @open && chance(0.9) ? pick(@open) : pick(@holds);
}
$make{capture} = sub {
	my ($ledger, $id) = @_;
	my $hold = some_hold($ledger, $id) or return;
	my %o = (hold => $hold->{seq}, key => new_key(), final => chance(0.5) ? 1 : 0);
	$o{points} = amount_near($hold->{points} - $hold->{captured} - $hold->{released}) if chance(0.8);
	return call($ledger, 'capture', $id, [ 'hold_id => ' . hold_sql($ledger, $id, $o{hold}), (defined $o{points} ? "points => $o{points}" : ()),
			given(key => $o{key}), 'final => ' . ($o{final} ? 'true' : 'false') ], %o, no_member => 1);
};
$make{release} = sub {
	my ($ledger, $id) = @_;
	my $hold = some_hold($ledger, $id) or return;
	my %o = (hold => $hold->{seq}, key => new_key());
	return call($ledger, 'release', $id, [ 'hold_id => ' . hold_sql($ledger, $id, $o{hold}), given(key => $o{key}) ], %o, no_member => 1);
};
$make{cancel_redemption} = sub {
	my ($ledger, $id) = @_;
	my $m = state_of($ledger, $id);
	my %o = (source_ref => source_near($m->{spent}), key => new_key());
	my @spent = @{ $m->{spent}{ $o{source_ref} } || [] };
	$o{points} = amount_near(sum0(map { my $spent = $_; (map { $_->[1] } @{ $spent->{taken} }), -($m->{restored}{ $spent->{seq} } // 0) } @spent)) if chance(0.6);
	$o{at} = past_or_not($ledger, instant_now($ledger, $id)) if chance(0.3);
	return call($ledger, 'cancel_redemption', $id, [ given(source_ref => $o{source_ref}), given(key => $o{key}), (defined $o{points} ? "points => $o{points}" : ()), given_at(at => $o{at}) ], %o);
};
$make{reverse_earn} = sub {
	my ($ledger, $id) = @_;
	my $m = state_of($ledger, $id);
	my %o = (source_ref => source_near($m->{grants}), key => new_key());
	$o{points} = amount_near(sum0(map { $m->{lots}{$_}{granted} - $m->{lots}{$_}{reversed} } @{ $m->{grants}{ $o{source_ref} } || [] })) if chance(0.7);
	$o{at} = past_or_not($ledger, instant_now($ledger, $id)) if chance(0.3);
	return call($ledger, 'reverse_earn', $id, [ given(source_ref => $o{source_ref}), given(key => $o{key}), (defined $o{points} ? "points => $o{points}" : ()), given_at(at => $o{at}) ], %o);
};
$make{adjust} = sub {
	my ($ledger, $id) = @_;
	# (the key may be the name of an order, too)
	my %o = (points => chance(0.5) ? up_to(100) : -amount_near(state_of($ledger, $id)->{available}), key => new_key());
	$o{key} = source_near(state_of($ledger, $id)->{grants}) if chance(0.05);
	return call($ledger, 'adjust', $id, [ "points => $o{points}", given(key => $o{key}), "reason => 'goodwill'", "actor => 'Ann'" ], %o);
};
$make{activate} = sub {
	my ($ledger, $id) = @_;
	my %o = (source_ref => source_near(state_of($ledger, $id)->{grants}), key => new_key());
	return call($ledger, 'activate', $id, [ given(source_ref => $o{source_ref}), given(key => $o{key}) ], %o);
};
$make{extend_expiry} = sub {
	my ($ledger, $id) = @_;
	my %o = (until => instant_now($ledger, $id) + pick(1, up_to(DAY), up_to(90 * DAY), 400 * DAY), key => new_key());
	$o{source_ref} = source_near(state_of($ledger, $id)->{grants}) if chance(0.5);
	return call($ledger, 'extend_expiry', $id, [ given_at(until => $o{until}), given(key => $o{key}), given(source_ref => $o{source_ref}) ], %o);
};
for my $function (qw(block_member unblock_member))
{
	$make{$function} = sub {
		my ($ledger, $id) = @_;
		my %o = (key => new_key());
		return call($ledger, $function, $id, [ given(key => $o{key}), "reason => 'fraud?'" ], %o);
	};
}
$make{earn_for} = sub {
	my ($ledger, $id) = @_;
	my %o = (rule => pick(qw(purchase purchase purchase club club signup review review summer)), source_ref => 'o' . ++$keys);
	$o{basis} = pick(up_to(20000), up_to(3000), 100 * up_to(100), $o{rule} =~ /purchase|club/ ? 0 : 1) if $o{rule} =~ /purchase|club/ || chance(0.1);
	$o{source_ref} = source_near(state_of($ledger, $id)->{grants}) if chance(0.1);
	$o{key} = new_key() if chance(0.2);
	delete $o{source_ref} if $o{key} && chance(0.3);
	$o{at} = past_or_not($ledger, instant_now($ledger, $id));
	$o{batch} = 'b' . up_to(20) if chance(0.2);
	return call($ledger, 'earn_for', $id, [ given(rule => $o{rule}), (defined $o{basis} ? 'basis => ' . sprintf('%.2f', $o{basis} / 100) : ()), given(source_ref => $o{source_ref}),
			given(key => $o{key}), given_at(at => $o{at}), given(batch => $o{batch}) ], %o);
};
# The rest of an order after a refund: the basis says how much of it there still is.
$make{refund} = sub {
	my ($ledger, $id) = @_;
	my $m = state_of($ledger, $id);
	my @awarded = grep { chance(0.01) || !grep { !$m->{lots}{$_}{award} } @{ $m->{grants}{$_} } } sort keys %{ $m->{grants} } or return;
	my $source = pick(@awarded);
	my $award = $m->{lots}{ $m->{grants}{$source}[0] }{award};
	my $basis = ($award && $award->{basis}) // up_to(3000);
	my %o = (source_ref => $source, remaining_basis => pick(0, $basis, int rand($basis + 1), int rand($basis + 1)), key => new_key());
	return call($ledger, 'reverse_earn', $id, [ given(source_ref => $source), given(key => $o{key}), 'remaining_basis => ' . sprintf('%.2f', $o{remaining_basis} / 100) ], %o);
};
$make{close_period} = sub {
	my ($ledger) = @_;
	my $until = $highest - 100 * DAY;
	return if $until <= $ledger->{closed_until} + 30 * DAY;
	return { sql => "SELECT engage.close_period('$ledger->{name}', '" . instant_text($until) . "')", member => 'all', alone => 1, void => 1,
		model => sub { $ledger->{closed_until} = $until; return []; } };
};
# One call for many members: the model calls one after the other.
sub many
{
	my ($ledger, $function, $method) = @_;
	my (@columns, @elements);
	for (1 .. up_to(8))
	{
		my $id = some_member($ledger);
		my $known = state_of($ledger, $id);
		my %o = (member => $id, key => new_key(), points => $method eq 'redeem' ? amount_near($known->{available}) : up_to(100));
		$o{source_ref} = "s$keys" if chance(0.2);
		push @elements, \%o;
		push @elements, { %o } if chance(0.05);
		push @elements, { %o, points => $o{points} + 1 } if chance(0.01);
	}
	my $array = sub {
		my ($name, $type) = @_;
		return 'ARRAY[' . join(',', map { quoted($_->{$name}) } @elements) . "]::$type\[]";
	};
	my @arguments = ("'$ledger->{name}'", $array->('member', $ledger->{member_type}), $array->('points', 'bigint'), $array->('key', 'text'), $array->('source_ref', 'text'));
	if (chance(0.3))
	{
		my $at = $clock - up_to(pick(3, 60) * DAY);
		$_->{at} = $at for @elements;
		push @arguments, given_at(at => $at);
	}
	if ($method eq 'earn' && chance(0.3))
	{
		my $b = 'b' . up_to(20);
		$_->{batch} = $b for @elements;
		push @arguments, "batch => '$b'";
	}
	return several($ledger, $method, "engage.$function(" . join(', ', @arguments) . ')', @elements);
}
sub several
{
	my ($ledger, $method, $call, @elements) = @_;
	return {
		sql => "SELECT ord, $answer FROM $call ORDER BY ord",
		member => join(' ', map { $_->{member} } @elements), many => 1,
		model => sub {
			return $ledger->one_call($method, @elements);
		}
	};
}
# Points of an old programme, with dates of their own or without.
$make{import_opening} = sub {
	my ($ledger) = @_;
	my @elements = map { { member => some_member($ledger), points => up_to(200), key => new_key() } } 1 .. up_to(4);
	my %dated = map { $_ => chance(0.5) } qw(earned_at expires_at available_at);
	for my $o (@elements)
	{
		$o->{at} = $clock - up_to(50 * DAY) if $dated{earned_at} && chance(0.8);
		$o->{available_at} = ($o->{at} // $clock) + pick(0, up_to(5 * DAY), up_to(60 * DAY)) if $dated{available_at} && chance(0.8);
		$o->{expires_at} = ($o->{available_at} // $clock + 5 * DAY) + up_to(100 * DAY) if $dated{expires_at} && chance(0.8);
	}
	my $array = sub { my ($name, $type, $f) = @_; return 'ARRAY[' . join(',', map { quoted($f ? $f->($_->{$name}) : $_->{$name}) } @elements) . "]::$type\[]"; };
	my @arguments = ("'$ledger->{name}'", $array->('member', $ledger->{member_type}), $array->('points', 'bigint'), $array->('key', 'text'));
	my %name = (earned_at => 'at', expires_at => 'expires_at', available_at => 'available_at');
	push @arguments, map { "$_ => " . $array->($name{$_}, 'timestamptz', \&instant_text) } grep { $dated{$_} } sort keys %dated;
	return several($ledger, 'opening', "engage.import_opening(" . join(', ', @arguments) . ')', @elements);
};
# A wrong campaign is taken back.
$make{reverse_batch} = sub {
	my ($ledger) = @_;
	my $name = 'b' . up_to(20);
	return { sql => "CALL engage.reverse_batch('$ledger->{name}', '$name', 'a mistake', " . up_to(5) . ')', member => 'all', alone => 1,
		model => sub { $ledger->reverse_batch($name); return []; } };
};
$make{due_entries} = sub {
	my ($ledger, $id) = @_;
	my $until = $clock + pick(0, up_to(DAY), up_to(60 * DAY));
	my @events = $ledger->events_of($id);
	$until = max($clock, pick(@events) + pick(-1, 0, 1)) if @events && chance(0.4);
	# (nobody is read as of before his last entry)
	$until = max($until, state_of($ledger, $id)->{last});
	return { sql => "SELECT seq, kind, lot_no, amount, available_after, pending_after, held_after, debt_after, to_char(effective_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
		  . " FROM engage.due_entries('$ledger->{name}', " . quoted(instant_text($until)) . ', ' . quoted($id) . ') ORDER BY seq',
		member => $id, balance => 1, lines => 1, model => sub {
			return [ map { join '|', map { $_ // '' } @$_{qw(seq kind lot amount available pending held debt)}, instant_text($_->{effective}) =~ s/\+00$//r =~ s/(:\d\d)$/$1./r =~ s/(\.\d*)$/substr("${1}000000", 0, 7)/er } $ledger->due_of($id, $until) ];
		} };
};
$make{earn_batch} = sub { return many($_[0], 'earn_batch', 'earn'); };
$make{redeem_batch} = sub { return many($_[0], 'redeem_batch', 'redeem'); };

# The same again (or nearly): what a client does that got no answer.
$make{repeat} = sub {
	my ($ledger, $id) = @_;
	my $old = $repeat{ $ledger->{name} } or return;
	my ($op) = pick(@$old);
	return { %$op };
};
$make{other_body} = sub {
	my ($ledger, $id) = @_;
	my $m = $ledger->{members}{$id} or return;
	my @known = grep { /^(?:earn|redeem|adjust) / } sort keys %{ $m->{keys} } or return;
	my ($kind, $key) = split / /, pick(@known), 2;
	return call($ledger, $kind, $id, [ 'points => 1001', given(key => $key), ($kind eq 'adjust' ? ("reason => 'x'", "actor => 'y'") : ()) ], points => 1001, key => $key);
};
$make{wrong_request} = sub {
	my ($ledger, $id) = @_;
	return call($ledger, 'earn_for', $id, [ "rule => 'purchase'", "source_ref => 'w" . ++$keys . "'" ], rule => 'purchase', source_ref => "w$keys")
	  if !state_of($ledger, $id)->{blocked} && $weight{earn_for} && chance(0.1);
	return call($ledger, 'earn_for', $id, [ "rule => 'nothing'", "source_ref => 'w" . ++$keys . "'" ], rule => 'nothing', source_ref => "w$keys")
	  if !state_of($ledger, $id)->{blocked} && $weight{earn_for} && chance(0.1);
	my ($error, $arguments) = @{ pick([ '22023', "0, 'x'" ], [ '22023', "-1, 'x'" ], [ '22004', "NULL, 'x'" ], [ '22004', '1, NULL' ], [ '22023', "1, ''" ], [ '22023', "1, repeat('x', 129)" ]) };
	return { sql => "SELECT $answer FROM engage." . pick(qw(earn redeem hold)) . "('$ledger->{name}', " . member_sql($ledger, $id) . ", $arguments)",
		member => $id, model => sub { return { error => $error }; } };
};
$make{expire_points} = sub {
	my ($ledger) = @_;
	my $until = chance(0.4) ? $clock - up_to(10 * DAY) : chance(0.3) ? $clock + up_to(10 * DAY) : undef;
	return { sql => "CALL engage.expire_points('$ledger->{name}'" . (defined $until ? ', ' . quoted(instant_text($until)) : '')
		  . (chance(0.3) ? ', batch => ' . up_to(3) : '') . ')',
		member => 'all', alone => 1, model => sub { $ledger->expire_points($until); return []; } };
};
# A balance at an instant from the member's last entry on follows from what is known now.
$make{balance} = sub {
	my ($ledger, $id) = @_;
	my $m = $ledger->{members}{$id};
	my $from = $m && $m->{seq} ? max($m->{last}, chance(0.5) ? $clock : -INF()) : $clock;
	my $at = $from + pick(0, 1, up_to(HOUR), up_to(10 * DAY), up_to(100 * DAY));
	my @events = $ledger->events_of($id);
	$at = max($from, pick(@events) + pick(-1, 0, 1)) if @events && chance(0.5);
	return read_balance($ledger, $id, $at, sub { return $ledger->balance_at($id, $at); });
};
sub read_balance
{
	my ($ledger, $id, $at, $model) = @_;
	return { sql => "SELECT status, available, pending, held, debt FROM engage.balance('$ledger->{name}', " . member_sql($ledger, $id) . ', ' . quoted(instant_text($at)) . ')',
		member => $id, balance => 1, model => $model };
}
# What was going to be true at an instant, and nothing came in between, must still be said of it later.
$make{balance_then} = sub {
	my ($ledger, $id) = @_;
	my @known = grep { $_->{ledger} == $ledger } @snapshots or return;
	my $s = pick(@known);
	my $m = $ledger->{members}{ $s->{member} } or return;
	my ($next) = grep { $_->{seq} > $s->{seq} } @{ $m->{entries} };
	return if $next && $next->{recorded} <= $s->{at};
	return read_balance($ledger, $s->{member}, $s->{at}, sub { return { %{ $s->{row} }, status => $m->{blocked} ? 'blocked' : 'active' }; });
};
sub snapshot
{
	my ($ledger, $id) = @_;
	my $m = $ledger->{members}{$id};
	return if !$m || !$m->{seq};
	my $at = $m->{last} + pick(0, 0, 1, 2, up_to(HOUR), up_to(20 * DAY));
	my @events = grep { $_ >= $m->{last} && $_ < $m->{last} + 100 * DAY } $ledger->events_of($id);
	$at = max($m->{last}, pick(@events) + pick(-1, 0, 1)) if @events && chance(0.4);
	my $snapshot = { ledger => $ledger, member => $id, at => $at, seq => $m->{seq}, row => $ledger->balance_at($id, $at) };
	if (@snapshots < 3000) { push @snapshots, $snapshot; }
	else { $snapshots[ int rand 3000 ] = $snapshot; }
	return;
}

%weight = (earn => 22, redeem => 12, hold => 9, capture => 8, release => 3, cancel_redemption => 6, reverse_earn => 9, adjust => 4,
	activate => 2, extend_expiry => 2, block_member => 0.6, unblock_member => 1.2, earn_batch => 2, redeem_batch => 1, repeat => 4, other_body => 1,
	earn_for => 12, refund => 4, close_period => 0.2, import_opening => 0.6, reverse_batch => 0.3, due_entries => 3, wrong_request => 0.7, expire_points => 0.6, balance => 6, balance_then => 6);
my %known = map { $_->[0] => 1 } rows($node, "SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'engage'::regnamespace");
my %needs = (balance_then => 'balance', refund => 'earn_for', repeat => 'earn', other_body => 'earn', wrong_request => 'earn');
delete $weight{$_} for split(/\W+/, $ENV{ENGAGE_WITHOUT} // ''), grep { !$known{ $needs{$_} // $_ } } keys %weight;
my @kinds = map { my $kind = $_; map { $kind } 1 .. 10 * $weight{$kind} } sort keys %weight;

# ----------------------------------------------------------------------------
# Scripts of operations, and their answers
# ----------------------------------------------------------------------------
sub move_clock
{
	my ($ledger) = @_;
	my $r = rand;
	if ($r < 0.40) { return; }
	elsif ($r < 0.62) { $clock = $highest + up_to(HOUR); }
	elsif ($r < 0.66) { $clock += pick(1, 2, 3); }
	elsif ($r < 0.78) { $clock = $highest + up_to(3 * DAY); }
	elsif ($r < 0.92)
	{
		my @events = grep { $_ > $highest - DAY && $_ < $highest + 60 * DAY } map { $ledger->events_of($_) } @{ $ledger->{crowd} };
		$clock = pick(@events) + pick(-3, -2, -1, 0, 0, 0, 1) if @events;
	}
	elsif ($r < 0.94) { $clock = $highest + up_to(40 * DAY); }
	elsif ($r < 0.96) { $clock = LedgerModel::instant_of_local((LedgerModel::day_of($highest, $ledger->{time_zone}) + 1) * DAY, $ledger->{time_zone}); }
	else { $clock = $highest - up_to(10 * DAY); }
	$highest = max($highest, $clock);
	return;
}

# Every operation is remembered, so that a mismatch can be cut down to the few that it takes.
my (%count, $mismatch);
my $done = 0;

sub expected_lines
{
	my ($op, $row) = @_;
	return @$row if $op->{lines};
	return join '|', @$row{qw(status available pending held debt)} if $op->{balance};
	my $line = sub { my ($r) = @_; return join '|', @$r{qw(status seq available pending held debt)}, $r->{replayed} ? 't' : 'f'; };
	return map { ($_ + 1) . '|' . $line->($row->[$_]) } 0 .. $#$row if $op->{many};
	return $op->{void} ? '' : $op->{alone} ? () : $line->($row);
}
sub next_op
{
	my ($ledger, $not_alone) = @_;
	while (1)
	{
		new_member($ledger) if !$not_alone && chance(0.003);
		my $kind = pick(@kinds);
		my $op = $make{$kind}->($ledger, some_member($ledger)) or next;
		next if $not_alone && $op->{alone};
		$op->{kind} = $kind;
		$count{$kind}++;
		return $op;
	}
}

# Ask the model, and note what is to be sent.
sub predict
{
	my ($ledger, $op, $at) = @_;
	$ledger->{clock} = $at;
	my $row = $op->{model}->();
	my $error = ref $row eq 'HASH' ? $row->{error} : undef;
	return { ledger => $ledger, op => $op, lines => [ $error ? () : expected_lines($op, $row) ], state => $error // '00000', clock => $at, n => $done + 1 };
}

# A psql that stays: what it is told to run, and what that prints.
my ($to_client, $from_client);
sub send_to_client
{
	my ($script) = @_;
	if (!$to_client)
	{
		local @ENV{qw(PGHOST PGPORT)} = ($node->host, $node->port);
		open2($from_client, $to_client, 'exec psql -X -A -t -q -v VERBOSITY=sqlstate -d engage 2>/dev/null');
		print {$to_client} "SET client_min_messages = warning; SET TimeZone = 'UTC';\n";
	}
	open my $file, '>', "$dir/script.sql" or die;
	print {$file} $script;
	close $file;
	local $SIG{PIPE} = 'IGNORE';
	print {$to_client} "\\o $dir/answers\n\\i $dir/script.sql\n\\o\n\\echo done\n";
	$to_client->flush;
	return;
}
sub answers
{
	my $from = time;
	# (when the server has crashed, so has the client)
	undef $to_client if !defined readline $from_client;
	$waited += time - $from;
	return -e "$dir/answers" ? slurp_file("$dir/answers") : '';
}
sub client { send_to_client(@_); return answers(); }

# What is sent in one piece: some operations in a transaction of their own, or one by itself.
sub piece
{
	my ($isolation, @items) = @_;
	my @sql = map { ("SET engage.now = '" . instant_text($_->{clock}) . "'", $_->{op}{sql}) } @items;
	@sql = ("BEGIN ISOLATION LEVEL $isolation", @sql, 'COMMIT') if $isolation;
	# (a procedure that commits has to be alone)
	my $between = $items[0]{op}{alone} ? ";\n" : '\\; ';
	return { items => [@items], state => $items[-1]{state}, script => join($between, @sql) . ";\n\\qecho = :SQLSTATE\n" };
}

# Pieces, and what is between them, and the answers: the first operation that is answered otherwise than expected, and how.
sub send_pieces
{
	my (@pieces) = @_;
	send_to_client(join '', map { ref $_ ? $_->{script} : $_ } @pieces);
	return;
}
sub check_answers
{
	my (@pieces) = @_;
	my (@got, @lines);
	for my $line (split /\n/, answers())
	{
		if ($line =~ /^= (\w{5})$/) { push @got, { lines => [@lines], state => $1 }; @lines = (); }
		else { push @lines, $line; }
	}
	for my $piece (grep { ref $_ } @pieces)
	{
		my $is = shift @got // { lines => [], state => 'nothing (did the server crash?)' };
		my @items = @{ $piece->{items} };
		next if $piece->{state} eq $is->{state} && join("\n", map { @{ $_->{lines} } } @items) eq join("\n", @{ $is->{lines} });
		while (@items > 1 && "@{ $items[0]{lines} }" eq join ' ', @{ $is->{lines} }[ 0 .. min($#{ $items[0]{lines} }, $#{ $is->{lines} }) ])
		{
			splice @{ $is->{lines} }, 0, scalar @{ $items[0]{lines} };
			shift @items;
		}
		# (what comes after it in the piece is not shown)
		splice @{ $is->{lines} }, max(1, scalar @{ $items[0]{lines} }) if @items > 1 && @{ $is->{lines} } > 1;
		return ($items[0], "expected $items[0]{state}\n  " . join("\n  ", @{ $items[0]{lines} }) . "\ngot      $is->{state}\n  " . join("\n  ", @{ $is->{lines} }) . "\n");
	}
	return;
}

# The same operations on a new ledger: what goes wrong, if anything does.
sub try_again
{
	my ($ledger, @items) = @_;
	@$ledger{qw(members issued closed_until)} = ({}, {}, -INF());
	my @expected = map { predict($ledger, @$_) } @items;
	client("SET engage.now = '2026-01-01 00:00:00+00';\nSELECT engage.ledger_drop('$ledger->{name}', force => true);\n$ledger->{setup}\n");
	my @pieces = map { piece('', $_) } @expected;
	send_pieces(@pieces);
	my ($wrong, $how) = check_answers(@pieces);
	return $how if $wrong;
	return differences($ledger);
}

# Leave out what is not needed for it to go wrong.
sub cut_down
{
	my ($ledger, @items) = @_;
	my $from = time;
	# (what a balance was to be depends on when it was asked)
	@items = grep { !$_->[0]{balance} || $_ == $items[-1] } @items;
	my $how = try_again($ledger, @items) or return "(it does not go wrong again when it is repeated)\n" . join '', map { shown($_) } splice @items, -min(20, scalar @items);
	for (my $size = int(@items / 2); $size >= 1; $size = int($size / 2))
	{
		for (my $i = $#items - $size + 1; $i >= 0; $i -= $size)
		{
			last if time - $from > 120;
			my @fewer = @items;
			splice @fewer, $i, $size;
			my $still = @fewer ? try_again($ledger, @fewer) : undef;
			if ($still) { @items = @fewer; $how = $still; $i = min($i, @items - $size + 1); }
		}
	}
	return "it takes:\n$ledger->{setup}\n" . join('', map { shown($_) } @items) . $how;
}
sub shown { my ($item) = @_; return "SET engage.now = '" . instant_text($item->[1]) . "'; $item->[0]{sql};\n"; }

sub past_of
{
	my ($ledger, $id, @past) = @_;
	return grep { $_->[0]{member} eq $id || $_->[0]{alone} || index(" $_->[0]{member} ", " $id ") >= 0 } @past;
}

my @on_their_way;
sub run_script
{
	my (@ledgers) = @_;
	my (@pieces, @group);
	my $send_group = sub {
		push @pieces, piece(@group > 1 || chance(0.1) ? pick('', '', '', 'REPEATABLE READ', 'SERIALIZABLE') : '', @group) if @group;
		@group = ();
	};
	my $add = sub {
		my ($ledger, $op, $apart) = @_;
		my $item = predict($ledger, $op, $clock);
		if ($apart || $op->{alone} || $item->{state} ne '00000')
		{
			$send_group->();
			push @pieces, piece('', $item);
		}
		else
		{
			push @group, $item;
			$send_group->() if @group >= 20 || chance(0.1);
		}
		push @{ $history{ $ledger->{name} } }, [ $op, $clock ];
		$done++;
		if (!$op->{balance} && !$op->{alone})
		{
			my $old = $repeat{ $ledger->{name} } //= [];
			if (@$old < 200) { push @$old, $op; }
			else { $old->[ int rand 200 ] = $op; }
		}
		return $item->{state} ne '00000';
	};
	for (1 .. $batch)
	{
		my $ledger = pick(@ledgers);
		move_clock($ledger);
		if (chance(0.03))
		{
			# some in one transaction, which ends well or not
			my $ends = pick('COMMIT', 'COMMIT', 'ROLLBACK', 'ROLLBACK TO SAVEPOINT before; COMMIT');
			$send_group->();
			push @pieces, 'BEGIN' . pick('', '', ' ISOLATION LEVEL REPEATABLE READ', ' ISOLATION LEVEL SERIALIZABLE') . "; SAVEPOINT before;\n";
			$ledger->{clock} = $clock;
			my $undo = $ledger->remember(@{ $ledger->{crowd} });
			my $before = @{ $history{ $ledger->{name} } // [] };
			my $failed;
			for (1 .. up_to(5))
			{
				my $op;
				do { $op = next_op($ledger, 1); } while ($op->{kind} eq 'repeat');
				last if $failed = $add->($ledger, $op, 1);
			}
			push @pieces, "$ends;\n";
			if ($ends ne 'COMMIT' || $failed)
			{
				$undo->();
				splice @{ $history{ $ledger->{name} } }, $before;
			}
			next;
		}
		my $op = next_op($ledger);
		$add->($ledger, $op);
		snapshot($ledger, $op->{member}) if chance(0.15) && !$op->{many} && !$op->{alone};
	}
	$send_group->();
	# the server works on these while the model makes the next ones
	finish_script();
	send_pieces(@on_their_way = @pieces) if !$mismatch;
	return;
}
sub finish_script
{
	return if !@on_their_way;
	my ($wrong, $how) = check_answers(@on_their_way);
	@on_their_way = ();
	if ($wrong)
	{
		my ($ledger, $op) = @$wrong{qw(ledger op)};
		my ($id) = split / (?=\S*$)/, $op->{member};
		$mismatch = "seed $seed, operation $wrong->{n} on $ledger->{name} at " . instant_text($wrong->{clock}) . "\n$op->{sql}\n$how";
		my @past = @{ $history{ $ledger->{name} } };
		my ($here) = grep { $past[$_][0] == $op } reverse 0 .. $#past;
		splice @past, $here + 1;
		@past = past_of($ledger, $op->{member}, @past) if !$op->{many};
		$mismatch .= cut_down($ledger, @past);
	}
	return;
}

# Every row of every table of a ledger.
sub differences
{
	my ($ledger) = @_;
	my %want = $ledger->tables;
	my %query = $ledger->queries;
	for my $table (qw(entry lot lot_use hold refusal account))
	{
		my @is = sort split /\n/, client("COPY ($query{$table}) TO STDOUT;\n");
		my @want = @{ $want{$table} };
		next if "@is" eq "@want";
		my %is = map { $_ => 1 } @is;
		my %wanted = map { $_ => 1 } @want;
		my $first = sub {
			my @lines = map { [ $_, split /\t/ ] } @_;
			@lines = sort { $a->[1] cmp $b->[1] || ($a->[2] =~ /^\d+$/ && $b->[2] =~ /^\d+$/ ? $a->[2] <=> $b->[2] : $a->[2] cmp $b->[2]) } @lines;
			return map { $_->[0] } splice @lines, 0, 6;
		};
		my @missing = $first->(grep { !$is{$_} } @want);
		my @unasked = $first->(grep { !$wanted{$_} } @is);
		return "table $ledger->{name}.$table\nmissing:\n  " . join("\n  ", @missing) . "\nnot asked for:\n  " . join("\n  ", @unasked) . "\n";
	}
	return;
}
sub compare_tables
{
	my ($when) = @_;
	finish_script();
	return if $mismatch;
	for my $ledger (@ledgers)
	{
		my $how = differences($ledger) or next;
		my ($id) = $how =~ /\n  ([^\t]+)\t/;
		$mismatch = "$when: $how" . cut_down($ledger, past_of($ledger, $id, @{ $history{ $ledger->{name} } }));
		return;
	}
	return;
}

my @unsound;
while ($done < $operations && !$mismatch && !@unsound)
{
	new_ledgers();
	my $goal = min($done + $round, $operations);
	my $compared = $done;
	while ($done < $goal && !$mismatch)
	{
		run_script(@ledgers);
		next if $mismatch || $done < $goal && $done - $compared < $round / 2;
		$compared = $done;
		compare_tables("seed $seed, after operation $done");
	}
	last if $mismatch || !$has_verify;
	push @unsound, map { my $name = $_->{name}; map { "$name: $_->[0]" } rows($node, "SELECT v::text FROM engage.ledger_verify('$name') v LIMIT 5") } @ledgers;
}
ok(!$mismatch, "$done operations (seed $seed) answer what the model says, and leave what it says") or diag($mismatch);
diag(sprintf '%d operations in %.0f s (the server took %.0f, the model %.0f of its processor): %s', $done, time - $started, $waited, (times)[0], join ', ', map { "$_ $count{$_}" } sort keys %count);

is(join("\n", @unsound), '', 'and ledger_verify finds the ledgers sound');

no_crash($node);
$node->stop('fast', fail_ok => 1);
done_testing();
