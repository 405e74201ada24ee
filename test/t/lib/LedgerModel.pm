# A ledger in plain Perl: what every operation must answer and leave behind.
#
# Written from the description of the ledger, not from its code, and on purpose without its shortcuts:
# due events are found by looking at everything, balances are counters that are checked against the lots
# after each call.  Points are integers; instants are integers, too: microseconds since 1970 in UTC.
#
#   my $ledger = LedgerModel->new(name => 'l1', member_type => 'bigint', time_zone => 'UTC', ...);
#   $ledger->{clock} = ...;                      # what engage.now says
#   my $row = $ledger->earn(member => 7, points => 100, key => 'a');
#
# A row is { status, seq, available, pending, held, debt, replayed }; a wrong request is { error => SQLSTATE }.
package LedgerModel;

use strict;
use warnings;
use Exporter qw(import);
use List::Util qw(min max sum0);
use POSIX ();

our @EXPORT_OK = qw(INF DAY HOUR SECOND instant_text interval_text add_interval day_of round_ratio);

use constant INF => 9_000_000_000_000_000_000;
use constant SECOND => 1_000_000;
use constant HOUR => 3_600_000_000;
use constant DAY => 86_400_000_000;

# ----------------------------------------------------------------------------
# Calendar
# ----------------------------------------------------------------------------
sub div_floor
{
	my ($a, $b) = @_;
	use integer;
	my $q = $a / $b;
	return $a < 0 && $q * $b != $a ? $q - 1 : $q;
}

sub days_of_civil
{
	my ($y, $m, $d) = @_;
	$y-- if $m <= 2;
	my $era = div_floor($y, 400);
	my $yoe = $y - $era * 400;
	my $doy = int((153 * ($m + ($m > 2 ? -3 : 9)) + 2) / 5) + $d - 1;
	return $era * 146097 + $yoe * 365 + int($yoe / 4) - int($yoe / 100) + $doy - 719468;
}

sub civil_of_days
{
	my ($z) = @_;
	$z += 719468;
	my $era = div_floor($z, 146097);
	my $doe = $z - $era * 146097;
	my $yoe = int(($doe - int($doe / 1460) + int($doe / 36524) - int($doe / 146096)) / 365);
	my $doy = $doe - (365 * $yoe + int($yoe / 4) - int($yoe / 100));
	my $mp = int((5 * $doy + 2) / 153);
	my $m = $mp < 10 ? $mp + 3 : $mp - 9;
	return ($yoe + $era * 400 + ($m <= 2 ? 1 : 0), $m, $doy - int((153 * $mp + 2) / 5) + 1);
}

sub days_in_month
{
	my ($y, $m) = @_;
	return ($m == 12 ? days_of_civil($y + 1, 1, 1) : days_of_civil($y, $m + 1, 1)) - days_of_civil($y, $m, 1);
}

# What clocks of the zone are ahead of UTC, from the system's time zone files.
my %offset_of;
sub offset_at
{
	my ($t, $zone) = @_;
	return 0 if $zone eq 'UTC';
	my $quarter = div_floor($t, 900 * SECOND);
	return $offset_of{$zone}{$quarter} //= do {
		local $ENV{TZ} = $zone;
		POSIX::tzset();
		my ($s, $mi, $h, $d, $m, $y) = localtime($quarter * 900);
		((days_of_civil($y + 1900, $m + 1, $d) * 86400 + $h * 3600 + $mi * 60 + $s) - $quarter * 900) * SECOND;
	};
}
sub local_of { my ($t, $zone) = @_; return $t + offset_at($t, $zone); }

# An hour that does not exist is taken by the clock before the change, one that comes twice by the clock after it.
sub instant_of_local
{
	my ($local, $zone) = @_;
	my ($before, $after) = (offset_at($local - DAY, $zone), offset_at($local + DAY, $zone));
	return $local - $before if $before == $after;
	return $local - $after if offset_at($local - $after, $zone) == $after;
	return $local - $before;
}

# Intervals are [months, days, microseconds].
sub add_interval
{
	my ($t, $interval, $zone) = @_;
	my ($months, $days, $us) = @$interval;
	if ($months)
	{
		my $local = local_of($t, $zone);
		my $day = div_floor($local, DAY);
		my ($y, $m, $d) = civil_of_days($day);
		my $n = $y * 12 + $m - 1 + $months;
		($y, $m) = (div_floor($n, 12), $n - 12 * div_floor($n, 12) + 1);
		$t = instant_of_local(days_of_civil($y, $m, min($d, days_in_month($y, $m))) * DAY + $local - $day * DAY, $zone);
	}
	$t = instant_of_local(local_of($t, $zone) + $days * DAY, $zone) if $days;
	return $t + $us;
}

# The day (counted from 1970) and its month that an instant is in.
sub day_of { my ($t, $zone) = @_; return div_floor(local_of($t, $zone), DAY); }
sub month_of { my ($day) = @_; my ($y, $m) = civil_of_days($day); return $y * 12 + $m; }

sub round_up_to
{
	my ($t, $unit, $zone) = @_;
	return $t if $unit eq 'none' || $t == INF;
	my $local = local_of($t, $zone);
	my $day = div_floor($local, DAY);
	my ($y, $m, $d) = civil_of_days($day);
	my $is_start = $local == $day * DAY;
	my $end;
	if ($unit eq 'day') { $end = $is_start ? $day : $day + 1; }
	elsif ($unit eq 'month') { $end = $is_start && $d == 1 ? $day : days_of_civil($y, $m, 1) + days_in_month($y, $m); }
	else { $end = $is_start && $d == 1 && $m == 1 ? $day : days_of_civil($y + 1, 1, 1); }
	return instant_of_local($end * DAY, $zone);
}

# The end of the first day MM-DD that ends after t.
sub next_fixed_date
{
	my ($t, $month_day, $zone) = @_;
	my ($month, $day) = split /-/, $month_day;
	my ($y) = civil_of_days(day_of($t, $zone));
	for my $year ($y - 1 .. $y + 2)
	{
		my $end = instant_of_local((days_of_civil($year, $month, min($day, days_in_month($year, $month))) + 1) * DAY, $zone);
		return $end if $end > $t;
	}
	die 'no such date';
}

# As PostgreSQL writes it, in UTC.
sub instant_text
{
	my ($t) = @_;
	return undef if !defined $t;
	return 'infinity' if $t >= INF;
	return '-infinity' if $t <= -INF();
	my $day = div_floor($t, DAY);
	my $us = $t - $day * DAY;
	my ($y, $m, $d) = civil_of_days($day);
	my $s = int($us / SECOND);
	my $text = sprintf '%04d-%02d-%02d %02d:%02d:%02d', $y, $m, $d, int($s / 3600), int($s / 60) % 60, $s % 60;
	if (my $rest = $us % SECOND) { ($text .= sprintf '.%06d', $rest) =~ s/0+$//; }
	return "$text+00";
}

sub interval_text
{
	my ($i) = @_;
	return defined $i ? "$i->[0] months $i->[1] days $i->[2] microseconds" : undef;
}

# ----------------------------------------------------------------------------
# Whole numbers
# ----------------------------------------------------------------------------

# num / den, both >= 0, by the rounding of the ledger.
sub round_ratio
{
	my ($num, $den, $mode) = @_;
	use integer;
	my ($q, $r) = ($num / $den, $num % $den);
	return $q if !$r || $mode eq 'floor';
	return $q + 1 if $mode eq 'ceil' || 2 * $r > $den;
	return $q if 2 * $r < $den;
	return $mode eq 'half_up' || $q % 2 ? $q + 1 : $q;
}

# ----------------------------------------------------------------------------
# The ledger
# ----------------------------------------------------------------------------
sub new
{
	my ($class, %policy) = @_;
	return bless {
		member_type => 'bigint', time_zone => 'UTC', rounding => 'floor', available_after => [ 0, 0, 0 ],
		activation => 'automatic', expires_after => undef, expires_on => undef, expires_inactive => undef,
		expiry_rounding => 'none', consumption => 'soonest_expiring', shortage => 'other_lots_then_debt',
		restoring => 'grace', restore_grace => [ 0, 30, 0 ], debt_limit => undef, refund_window => undef,
		stacking => 'multiplicative', max_multiplier => undef,
		closed_until => -INF(), rules => {}, campaigns => {}, issued => {},
		%policy,
		members => {}, clock => 0
	}, $class;
}

sub refuse { die { status => $_[0] }; }
sub wrong { die { error => $_[0] }; }

# A copy that shares nothing which can change (entries, uses and answers never do).
sub copy_of
{
	my ($m) = @_;
	return undef if !$m;
	my %copy = %$m;
	$copy{lots} = { map { $_ => { %{ $m->{lots}{$_} } } } keys %{ $m->{lots} } };
	$copy{holds} = [ map { { %$_, slices => [ map { [@$_] } @{ $_->{slices} } ] } } @{ $m->{holds} } ];
	$copy{$_} = [ @{ $m->{$_} } ] for qw(entries uses refusals);
	$copy{$_} = { %{ $m->{$_} } } for qw(keys open);
	$copy{grants} = { map { $_ => [ @{ $m->{grants}{$_} } ] } keys %{ $m->{grants} } };
	$copy{spent} = { map { $_ => [ @{ $m->{spent}{$_} } ] } keys %{ $m->{spent} } };
	$copy{written_off} = [ map { {%$_} } @{ $m->{written_off} } ];
	$copy{restored} = { %{ $m->{restored} } };
	$copy{tally} = { map { my $s = $m->{tally}{$_}; $_ => { map { $_ => { %{ $s->{$_} } } } keys %$s } } keys %{ $m->{tally} } };
	return \%copy;
}

# Enough of a copy to let time go on.
sub sketch_of
{
	my ($m) = @_;
	my %copy = (%$m, entries => [], uses => [], refusals => [], keys => {}, open => { %{ $m->{open} } });
	$copy{lots} = { map { $_ => { %{ $m->{lots}{$_} } } } keys %{ $m->{open} } };
	$copy{holds} = [ map { { %$_, slices => [ map { [@$_] } @{ $_->{slices} } ] } } grep { $_->{state} eq 'open' } @{ $m->{holds} } ];
	return \%copy;
}

sub member
{
	my ($self, $id, $t) = @_;
	return $self->{members}{$id} //= {
		id => $id, seq => 0, available => 0, pending => 0, held => 0, debt => 0, blocked => 0,
		joined => $t, last => -INF(), inactive => INF, before => 0,
		lots => {}, open => {}, holds => [], entries => [], uses => [], refusals => [],
		keys => {}, grants => {}, spent => {}, written_off => [], restored => {}, tally => {}
	};
}

# ---- what all operations have in common ------------------------------------

# request(member, kind, key, body, options, code): the order of one call.
sub request
{
	my ($self, $id, $kind, $key, $body, $o, $code) = @_;
	# only these can be found wrong when something has been done already
	my $undo = ($o->{on_reject} // '') eq 'raise' || defined $o->{available_at} || defined $o->{expires_at} || $self->{expires_on} || $kind =~ /^(?:extend|award)$/ || defined $o->{remaining_basis}
	  ? $self->remember($id) : undef;
	my $m = $self->{members}{$id};
	my $t = max($self->{clock}, defined $m ? $m->{last} + 1 : -INF());
	$m->{before} = $m->{seq} if $m && !$self->{in_one_call};
	my $row = eval {
		if (my $known = $m && $m->{keys}{"$kind $key"})
		{
			wrong('NG409') if $known->{body} ne $body;
			wrong('NG422') if $known->{row}{status} ne 'ok' && ($o->{on_reject} // 'status') eq 'raise';
			return { %{ $known->{row} }, replayed => 1 };
		}
		wrong('22023') if defined $o->{at} && $o->{at} > $t;
		$m = $self->member($id, $t);
		$m->{joined} = min($m->{joined}, $t) if !$m->{seq};
		$self->{t} = $self->{next} = $t;
		$self->settle($m, $t);
		$self->{request_seq} = undef;
		$self->{at} = $o->{at};
		my $hold;
		my $status = eval {
			refuse('blocked') if $m->{blocked} && $kind =~ /^(?:earn|award|opening|redeem|hold|capture)$/;
			refuse('period_closed') if defined $o->{at} && $o->{at} < $self->{closed_until};
			$hold = $code->($m, $t);
			'ok';
		} // (ref $@ && $@->{status} ? $@->{status} : die $@);
		wrong('NG422') if $status ne 'ok' && ($o->{on_reject} // 'status') eq 'raise';
		my $row = { status => $status, (map { $_ => $m->{$_} } qw(seq available pending held debt)), replayed => 0 };
		$row->{hold} = $hold if $kind eq 'hold' && $status eq 'ok';
		$m->{keys}{"$kind $key"} = { body => $body, row => $row };
		push @{ $m->{refusals} }, { %$row, kind => $kind, key => $key, points => $o->{points} } if $status ne 'ok';
		$self->check($m);
		return $row;
	};
	return $row if $row;
	my $error = $@;
	die $error if !ref $error;
	$undo->() if $undo;
	return $error;
}

# Several requests of one call: what they grant was not there before.  Of lots of another system that come in together
# the last earned says when a member was active.
sub one_call
{
	my ($self, $method, @elements) = @_;
	my $undo = $self->remember(map { $_->{member} } @elements);
	my %last;
	for my $o (@elements)
	{
		my $m = $self->{members}{ $o->{member} };
		$m->{before} = $m->{seq} if $m;
		$last{ $o->{member} } = max($last{ $o->{member} } // -INF(), $o->{at} // INF) if $method eq 'opening';
	}
	local $self->{in_one_call} = 1;
	local $self->{last_earned} = \%last;
	my @order = 0 .. $#elements;
	@order = sort { ($elements[$a]{at} // INF) <=> ($elements[$b]{at} // INF) || $elements[$a]{key} cmp $elements[$b]{key} || $a <=> $b } @order if $method eq 'opening';
	my @rows;
	# (members do not matter to each other, but for which of two errors is told)
	for my $i (@order)
	{
		my $row = $self->$method(%{ $elements[$i] });
		if ($row->{error}) { $undo->(); return $row; }
		$rows[$i] = $row;
	}
	return \@rows;
}

# What members are now; the answer puts them back.
sub remember
{
	my ($self, @ids) = @_;
	my %before = map { $_ => copy_of($self->{members}{$_}) } @ids;
	my $issued = { %{ $self->{issued} } };
	return sub {
		for my $id (@ids)
		{
			if ($before{$id}) { $self->{members}{$id} = $before{$id}; }
			else { delete $self->{members}{$id}; }
		}
		$self->{issued} = $issued;
		return;
	};
}

# The invariants, so that a mistake of the model is found at once.
sub check
{
	my ($self, $m) = @_;
	my ($available, $pending, $held) = (0, 0, 0);
	for my $lot (map { $m->{lots}{$_} } keys %{ $m->{open} })
	{
		die "model: lot $lot->{no}" if $lot->{held} < 0 || $lot->{held} > $lot->{remaining} || $lot->{remaining} > $lot->{granted};
		$held += $lot->{held};
		if ($lot->{pending}) { $pending += $lot->{remaining}; }
		else { $available += $lot->{remaining} - $lot->{held}; }
	}
	die "model: balances of $m->{id}: $available $pending $held, counted $m->{available} $m->{pending} $m->{held}"
	  if $available != $m->{available} || $pending != $m->{pending} || $held != $m->{held};
	die "model: debt of $m->{id}" if $m->{debt} < 0 || ($m->{debt} && $m->{available});
	return;
}

sub begin_entry
{
	my ($self, $m, $kind, %columns) = @_;
	my $e = { kind => $kind, seq => ++$m->{seq}, recorded => $self->{next}++, was => $m->{available} + $m->{pending} + $m->{held} - $m->{debt}, %columns };
	$m->{last} = $e->{recorded};
	return $e;
}
sub end_entry
{
	my ($self, $m, $e) = @_;
	$e->{$_} = $m->{$_} for qw(available pending held debt);
	$e->{amount} = $m->{available} + $m->{pending} + $m->{held} - $m->{debt} - delete $e->{was};
	push @{ $m->{entries} }, $e;
	return $e;
}

# The first entry of a request carries the key, the others name it.
sub keyed { my ($self, $key) = @_; return defined $self->{request_seq} ? (request_seq => $self->{request_seq}) : (key => $key); }
sub follow { my ($self, $e) = @_; $self->{request_seq} //= $e->{seq}; return; }

my %on_lot = (
	consume => [ -1, 0 ], expire => [ -1, 0 ], claw => [ -1, 0 ], repay_debt => [ -1, 0 ], restore => [ 1, 0 ],
	capture => [ -1, -1 ], hold => [ 0, 1 ], release => [ 0, -1 ]);
sub use_lot
{
	my ($m, $e, $lot, $points, $action) = @_;
	$lot->{remaining} += $on_lot{$action}[0] * $points;
	$lot->{held} += $on_lot{$action}[1] * $points;
	if ($lot->{remaining}) { $m->{open}{ $lot->{no} } = 1; }
	else { delete $m->{open}{ $lot->{no} }; }
	push @{ $m->{uses} }, [ $e->{seq}, $lot->{no}, $points, $action ];
	return;
}

# Points of these lots have just become available: debt is paid first.
sub repay
{
	my ($m, $e, @parts) = @_;
	for my $part (@parts)
	{
		my ($lot, $points) = @$part;
		my $paid = min($points, $m->{debt});
		next if !$paid;
		use_lot($m, $e, $lot, $paid, 'repay_debt');
		$m->{debt} -= $paid;
		$m->{available} -= $paid;
		$part->[1] -= $paid;
	}
	return;
}

sub expire_lot
{
	my ($self, $m, $lot, $points, $at, @columns) = @_;
	my $e = $self->begin_entry($m, 'expire', effective => $at, lot => $lot->{no}, @columns);
	use_lot($m, $e, $lot, $points, 'expire');
	$lot->{expired} += $points;
	$m->{ $lot->{pending} ? 'pending' : 'available' } -= $points;
	return $self->end_entry($m, $e);
}

# Expired points that a reversal is about to take: their expiry is taken back, in an entry that may come before the one
# with the key.
sub unexpire_lot
{
	my ($self, $m, $lot, $points) = @_;
	my $e = $self->begin_entry($m, 'expire', reverses => $lot->{no}, request_seq => $self->{request_seq} // $m->{seq} + 2, effective => $self->{at});
	use_lot($m, $e, $lot, $points, 'restore');
	$lot->{expired} -= $points;
	$m->{ $lot->{pending} ? 'pending' : 'available' } += $points;
	return $self->end_entry($m, $e);
}

sub mature_lot
{
	my ($self, $m, $lot, $at, @columns) = @_;
	my $e = $self->begin_entry($m, 'mature', @columns ? (until => $at, @columns) : (effective => $at, lot => $lot->{no}));
	$lot->{pending} = 0;
	$m->{pending} -= $lot->{remaining};
	$m->{available} += $lot->{remaining};
	repay($m, $e, [ $lot, $lot->{remaining} ]);
	return $self->end_entry($m, $e);
}

# Slices of a hold go back to their lots; those of lots that are past by now expire.
sub free_slices
{
	my ($self, $m, $hold, $kind, $at, @columns) = @_;
	my $is_due = $kind eq 'hold_expire';
	my $e = $self->begin_entry($m, $kind, hold => $hold->{seq}, ($is_due ? (effective => $at) : ()), @columns);
	my @parts = map { [ $m->{lots}{ $_->[0] }, $_->[1] ] } @{ $hold->{slices} };
	for my $part (@parts)
	{
		use_lot($m, $e, @$part, 'release');
		$m->{held} -= $part->[1];
		$m->{available} += $part->[1];
		$hold->{released} += $part->[1];
	}
	repay($m, $e, @parts);
	$hold->{slices} = [];
	$self->end_entry($m, $e);
	$self->follow($e) if !$is_due;
	for my $part (@parts)
	{
		my ($lot, $points) = @$part;
		$self->expire_lot($m, $lot, $points, $at, $is_due ? () : (request_seq => $self->{request_seq}))
		  if $points && $lot->{expires_at} <= $at;
	}
	return $e;
}

# Everything that happens by itself up to an instant, one event after the other; with the request that brought it about,
# if one did.
sub settle
{
	my ($self, $m, $limit, @columns) = @_;
	while (1)
	{
		my @due;
		for my $hold (@{ $m->{holds} })
		{
			push @due, [ $hold->{expires_at}, 0, $hold->{seq}, $hold ] if $hold->{state} eq 'open' && $hold->{expires_at} <= $limit;
		}
		for my $lot (map { $m->{lots}{$_} } keys %{ $m->{open} })
		{
			push @due, [ $lot->{available_at}, 1, $lot->{no}, $lot ] if $lot->{pending} && $lot->{available_at} <= $limit;
			push @due, [ $lot->{expires_at}, 2, $lot->{no}, $lot ] if $lot->{expires_at} <= $limit && $lot->{remaining} > $lot->{held};
		}
		push @due, [ $m->{inactive}, 3, 0 ] if $m->{inactive} <= $limit;
		last if !@due;
		my ($first) = sort { $a->[0] <=> $b->[0] || $a->[1] <=> $b->[1] || $a->[2] <=> $b->[2] } @due;
		my ($at, $rank, undef, $what) = @$first;
		if ($rank == 0)
		{
			$self->free_slices($m, $what, 'hold_expire', $at);
			$what->{state} = 'expired';
		}
		elsif ($rank == 1) { $self->mature_lot($m, $what, $at); }
		elsif ($rank == 2) { $self->expire_lot($m, $what, $what->{remaining} - $what->{held}, $at, @columns); }
		else { $self->lapse($m, $at, @columns); }
	}
	return;
}

# The member was inactive for too long: all that is free expires, and the life of all lots there are is over, so that
# what holds give back of them expires then.
sub lapse
{
	my ($self, $m, $at, @columns) = @_;
	my @open = map { $m->{lots}{$_} } sort { $a <=> $b } keys %{ $m->{open} };
	for my $lot (@open)
	{
		$self->expire_lot($m, $lot, $lot->{remaining} - $lot->{held}, $at, @columns) if $lot->{remaining} > $lot->{held};
	}
	for my $lot (grep { $_->{held} && $_->{expires_at} > $at } @open)
	{
		my $e = $self->begin_entry($m, 'extend', until => $at, effective => $at, reverses => $lot->{no}, lot => $lot->{no}, @columns);
		$lot->{initial_expires_at} //= $lot->{expires_at};
		$lot->{expires_at} = $at;
		$self->end_entry($m, $e);
	}
	$_->{lapsed} = 1 for values %{ $m->{lots} };
	$m->{inactive} = INF;
	return;
}

# Activity counts from when it was.  The first since the beginning, or since the last lapse, cannot let points lapse that
# came after it: by then they were not there.
sub active_at
{
	my ($self, $m, $effective) = @_;
	return if !$self->{expires_inactive};
	my @there = grep { $_->{no} <= $m->{before} } values %{ $m->{lots} };
	$effective = max($effective, map { $_->{recorded} } @there) if $m->{inactive} == INF && $effective < $self->{t};
	my $until = add_interval($effective, $self->{expires_inactive}, $self->{time_zone});
	$m->{inactive} = $m->{inactive} == INF ? $until : max($m->{inactive}, $until);
	return;
}

# ---- credits ----------------------------------------------------------------

# When points of an instant become available and expire: as asked, or by the policy (of the rule, then of the ledger).
sub dates
{
	my ($self, $effective, $o, $rule) = @_;
	my $zone = $self->{time_zone};
	my $after = $rule && $rule->{available_after} ? $rule->{available_after} : $self->{available_after};
	my $available = $o->{available_at}
	  // ($self->{activation} eq 'manual' ? INF : add_interval($effective, $after, $zone));
	my $lasting = $rule && $rule->{expires_after} ? $rule->{expires_after} : $self->{expires_after};
	my $by_policy = sub {
		my ($from) = @_;
		return $lasting ? round_up_to(add_interval($from, $lasting, $zone), $self->{expiry_rounding}, $zone)
		  : $self->{expires_on} ? next_fixed_date($from, $self->{expires_on}, $zone) : INF;
	};
	my $expires = $o->{expires_at} // $by_policy->($effective);
	# no policy lets points expire before they can be used: it counts from then on
	$expires = $by_policy->($available) if !defined $o->{expires_at} && $available < INF && $expires <= $available;
	wrong('22023') if $available < INF && $expires <= $available;
	return ($available, $expires);
}

sub grant
{
	my ($self, $m, $kind, $points, $available_at, $expires_at, %columns) = @_;
	my $e = $self->begin_entry($m, $kind, %columns);
	my $lot = $m->{lots}{ $e->{seq} } = {
		no => $e->{seq}, granted => $points, remaining => $points, held => 0, reversed => 0, expired => 0, kind => $kind,
		available_at => $available_at, expires_at => $expires_at, pending => $available_at <= $e->{recorded} ? 0 : 1,
		effective => $columns{effective} // $e->{recorded}, recorded => $e->{recorded}, batch => $columns{batch}
	};
	$m->{open}{ $lot->{no} } = 1;
	$m->{ $lot->{pending} ? 'pending' : 'available' } += $points;
	repay($m, $e, [ $lot, $points ]) if !$lot->{pending};
	$self->end_entry($m, $e);
	$self->follow($e);
	return $lot;
}

# What is past when it becomes known ends with the request: lots granted late, or all of them, if the member turns out to
# have been inactive for too long.
sub end_past
{
	my ($self, $m, $t) = @_;
	$self->settle($m, $t, request_seq => $self->{request_seq});
	return;
}

sub body { return join '|', map { $_ // '' } @_; }

sub earn
{
	my ($self, %o) = @_;
	my $source = $o{source_ref} // $o{key};
	return $self->request($o{member}, 'earn', $o{key}, body('earn', @o{qw(points source_ref at available_at expires_at batch)}), \%o, sub {
		my ($m, $t) = @_;
		refuse('already_awarded') if grep { $m->{lots}{$_}{kind} eq 'earn' } @{ $m->{grants}{$source} || [] };
		my $effective = $o{at} // $t;
		my ($available_at, $expires_at) = $self->dates($effective, \%o);
		my $lot = $self->grant($m, 'earn', $o{points}, $available_at, $expires_at,
			$self->keyed($o{key}), source => $source, effective => $o{at}, batch => $o{batch});
		push @{ $m->{grants}{$source} }, $lot->{no};
		$self->active_at($m, $effective);
		$self->end_past($m, $t);
		return;
	});
}

sub opening
{
	my ($self, %o) = @_;
	return $self->request($o{member}, 'opening', $o{key}, body('opening', @o{qw(points at available_at expires_at batch)}), \%o, sub {
		my ($m, $t) = @_;
		my ($available_at, $expires_at) = $self->dates($o{at} // $t, \%o);
		my $lot = $self->grant($m, 'opening', $o{points}, $available_at, $expires_at,
			$self->keyed($o{key}), source => $o{key}, effective => $o{at}, batch => $o{batch});
		push @{ $m->{grants}{ $o{key} } }, $lot->{no};
		my $last = $self->{last_earned}{ $o{member} } // $o{at} // INF;
		$self->active_at($m, $last == INF ? $t : $last);
		$self->end_past($m, $t);
		return;
	});
}

sub adjust
{
	my ($self, %o) = @_;
	return $self->request($o{member}, 'adjust', $o{key}, body('adjust', $o{points}), \%o, sub {
		my ($m, $t) = @_;
		if ($o{points} > 0)
		{
			# a correction can be used at once
			my ($available_at, $expires_at) = $self->dates($t, { available_at => $t });
			my $lot = $self->grant($m, 'adjust', $o{points}, $available_at, $expires_at, $self->keyed($o{key}), source => $o{key});
			push @{ $m->{grants}{ $o{key} } }, $lot->{no};
			$self->end_past($m, $t);
		}
		else
		{
			refuse('insufficient') if $m->{available} < -$o{points};
			my $e = $self->begin_entry($m, 'adjust', $self->keyed($o{key}), source => $o{key});
			$self->take($m, $e, -$o{points}, 'consume');
			$m->{available} += $o{points};
			$self->end_entry($m, $e);
		}
		return;
	});
}

# ---- debits -----------------------------------------------------------------
sub spendable
{
	my ($self, $m) = @_;
	my @lots = grep { !$_->{pending} && $_->{remaining} > $_->{held} } map { $m->{lots}{$_} } keys %{ $m->{open} };
	return $self->{consumption} eq 'earned_first'
	  ? sort { $a->{effective} <=> $b->{effective} || $a->{no} <=> $b->{no} } @lots
	  : sort { $a->{expires_at} <=> $b->{expires_at} || $a->{available_at} <=> $b->{available_at} || $a->{no} <=> $b->{no} } @lots;
}

# Take points from the lots in order of consumption; the answer is what was taken, and what was missing.
sub take
{
	my ($self, $m, $e, $points, $action, @not) = @_;
	my @taken;
	for my $lot ($self->spendable($m))
	{
		last if !$points;
		next if grep { $_ == $lot } @not;
		my $n = min($points, $lot->{remaining} - $lot->{held});
		use_lot($m, $e, $lot, $n, $action);
		push @taken, [ $lot->{no}, $n ];
		$points -= $n;
	}
	return wantarray ? ($points, @taken) : $points;
}

sub redeem
{
	my ($self, %o) = @_;
	return $self->request($o{member}, 'redeem', $o{key}, body('redeem', @o{qw(points source_ref at)}), \%o, sub {
		my ($m, $t) = @_;
		refuse('in_debt') if $m->{debt};
		refuse('insufficient') if $m->{available} < $o{points};
		my $e = $self->begin_entry($m, 'redeem', $self->keyed($o{key}), source => $o{source_ref} // $o{key}, effective => $o{at});
		my ($missing, @taken) = $self->take($m, $e, $o{points}, 'consume');
		die 'model: redeem' if $missing;
		$m->{available} -= $o{points};
		$self->end_entry($m, $e);
		$self->follow($e);
		push @{ $m->{spent}{ $o{source_ref} // $o{key} } }, { seq => $e->{seq}, taken => \@taken };
		$self->active_at($m, $o{at} // $t);
		$self->end_past($m, $t);
		return;
	});
}

sub hold
{
	my ($self, %o) = @_;
	return $self->request($o{member}, 'hold', $o{key}, body('hold', @o{qw(points ttl source_ref)}), \%o, sub {
		my ($m, $t) = @_;
		refuse('in_debt') if $m->{debt};
		refuse('insufficient') if $m->{available} < $o{points};
		my $e = $self->begin_entry($m, 'hold', $self->keyed($o{key}), source => $o{source_ref} // $o{key});
		my ($missing, @taken) = $self->take($m, $e, $o{points}, 'hold');
		die 'model: hold' if $missing;
		$m->{available} -= $o{points};
		$m->{held} += $o{points};
		push @{ $m->{holds} }, {
			seq => $e->{seq}, points => $o{points}, captured => 0, released => 0, state => 'open',
			expires_at => $t + $o{ttl}, slices => \@taken, source => $o{source_ref} // $o{key}
		};
		@$e{qw(hold until)} = ($e->{seq}, $t + $o{ttl});
		$self->end_entry($m, $e);
		return $e->{seq};
	});
}

# Holds go by the seq of their entry here; one that was undone has no number to name.
sub knows_hold
{
	my ($self, %o) = @_;
	my $m = $self->{members}{ $o{member} };
	return $m && grep { $_->{seq} == $o{hold} } @{ $m->{holds} };
}
sub hold_of
{
	my ($m, $seq) = @_;
	my ($hold) = grep { $_->{seq} == $seq } @{ $m->{holds} };
	refuse('hold_expired') if $hold->{state} eq 'expired';
	refuse('hold_closed') if $hold->{state} ne 'open';
	return $hold;
}

sub capture
{
	my ($self, %o) = @_;
	return { error => '22004' } if !$self->knows_hold(%o);
	return $self->request($o{member}, 'capture', $o{key}, body('capture', @o{qw(hold points final)}), \%o, sub {
		my ($m, $t) = @_;
		my $hold = hold_of($m, $o{hold});
		my $left = $hold->{points} - $hold->{captured} - $hold->{released};
		my $points = $o{points} // $left;
		refuse('exceeds_hold') if $points > $left;
		my $e = $self->begin_entry($m, 'capture', $self->keyed($o{key}), source => $o{key}, hold => $hold->{seq});
		my @taken;
		my $rest = $points;
		while ($rest)
		{
			my $slice = $hold->{slices}[0];
			my $n = min($rest, $slice->[1]);
			use_lot($m, $e, $m->{lots}{ $slice->[0] }, $n, 'capture');
			push @taken, [ $slice->[0], $n ];
			$rest -= $n;
			$slice->[1] -= $n;
			shift @{ $hold->{slices} } if !$slice->[1];
		}
		$m->{held} -= $points;
		$hold->{captured} += $points;
		$self->end_entry($m, $e);
		$self->follow($e);
		# it goes by its key, and by what the hold was for
		my %names = map { $_ => 1 } grep { defined } $o{key}, $hold->{source};
		push @{ $m->{spent}{$_} }, { seq => $e->{seq}, taken => \@taken } for keys %names;
		$self->active_at($m, $t);
		$self->free_slices($m, $hold, 'release', $t, request_seq => $e->{seq}) if $o{final} && @{ $hold->{slices} };
		$hold->{state} = 'captured' if !@{ $hold->{slices} };
		return;
	});
}

sub release
{
	my ($self, %o) = @_;
	return { error => '22004' } if !$self->knows_hold(%o);
	return $self->request($o{member}, 'release', $o{key}, body('release', $o{hold}), \%o, sub {
		my ($m, $t) = @_;
		my $hold = hold_of($m, $o{hold});
		$self->free_slices($m, $hold, 'release', $t, key => $o{key}, source => $o{key});
		$hold->{state} = 'released';
		return;
	});
}

# ---- undoing ----------------------------------------------------------------
sub cancel_redemption
{
	my ($self, %o) = @_;
	return $self->request($o{member}, 'restore', $o{key}, body('restore', @o{qw(source_ref points at)}), \%o, sub {
		my ($m, $t) = @_;
		my @spent = sort { $b->{seq} <=> $a->{seq} } @{ $m->{spent}{ $o{source_ref} } || [] };
		refuse('not_found') if !@spent;
		my %left = map { my $spent = $_; $spent->{seq} => sum0(map { $_->[1] } @{ $spent->{taken} }) - ($m->{restored}{ $spent->{seq} } // 0) } @spent;
		my $points = $o{points} // sum0(values %left);
		refuse('over_restore') if !$points || $points > sum0(values %left);
		for my $spent (@spent)
		{
			my $here = min($points, $left{ $spent->{seq} }) or next;
			$points -= $here;
			$self->give_back($m, $t, $here, $spent, %o);
		}
		return;
	});
}

# So many points of one redemption: into the lots they came from, the last taken first.
sub give_back
{
	my ($self, $m, $t, $points, $spent, %o) = @_;
	my $skip = $m->{restored}{ $spent->{seq} } // 0;
	$m->{restored}{ $spent->{seq} } = $skip + $points;
	my $e = $self->begin_entry($m, 'restore', $self->keyed($o{key}), source => $o{source_ref}, reverses => $spent->{seq}, effective => $o{at});
	my $rest = $points;
	my (@parts, @owed);
	for my $taken (reverse @{ $spent->{taken} })
	{
		my ($no, $n) = @$taken;
		my $lot = $m->{lots}{$no};
		my $before = min($skip, $n);
		$skip -= $before;
		$n = min($n - $before, $rest) or next;
		$rest -= $n;
		use_lot($m, $e, $lot, $n, 'restore');
		push @parts, [ $lot, $n ];
	}
	# had they been there when grants were taken back since, so much less would have been written off: of their own grants,
	# then of any if the ledger takes from other lots; the last write-off first
	my $make_good = sub {
		my ($part, $own) = @_;
		for my $w (reverse grep { $_->{seq} > $spent->{seq} && (!$own || $_->{lot} == $part->[0]{no}) } @{ $m->{written_off} })
		{
			my $n = min($part->[1], $w->{left}) or next;
			$w->{left} -= $n;
			$part->[1] -= $n;
			push @owed, [ $part->[0], $n, $w->{lot} ];
		}
	};
	$make_good->($_, 1) for @parts;
	if ($self->{shortage} eq 'other_lots_then_debt') { $make_good->($_, 0) for reverse @parts; }
	@parts = grep { $_->[1] } @parts;
	$m->{available} += $points;
	repay($m, $e, @parts);
	$self->end_entry($m, $e);
	$self->follow($e);
	for my $part (@owed)
	{
		my ($lot, $n, $grant) = @$part;
		my $w = $self->begin_entry($m, 'write_off', request_seq => $self->{request_seq}, reverses => $grant, effective => $o{at});
		use_lot($m, $w, $lot, $n, 'claw');
		$m->{available} -= $n;
		$self->end_entry($m, $w);
	}
	for my $part (@parts)
	{
		my ($lot, $n) = @$part;
		next if $lot->{expires_at} > $t && !$lot->{lapsed};
		if ($self->{restoring} eq 'expire')
		{
			$self->expire_lot($m, $lot, $n, $t, request_seq => $self->{request_seq}) if $n;
		}
		else
		{
			$self->extend_lot($m, $lot, add_interval($t, $self->{restore_grace}, $self->{time_zone}), request_seq => $self->{request_seq});
		}
	}
	return;
}

sub extend_lot
{
	my ($self, $m, $lot, $until, @columns) = @_;
	my $e = $self->begin_entry($m, 'extend', until => $until, reverses => $lot->{no}, effective => $self->{at}, @columns);
	$lot->{initial_expires_at} //= $lot->{expires_at};
	$lot->{expires_at} = $until;
	$lot->{lapsed} = 0;
	$self->follow($self->end_entry($m, $e));
	return;
}

# The lots of a source, oldest first: what was earned under the name, or else adjusted up.
sub lots_of
{
	my ($m, $source) = @_;
	my @lots = map { $m->{lots}{$_} } sort { $a <=> $b } @{ $m->{grants}{$source} || [] };
	my @earned = grep { $_->{kind} ne 'adjust' } @lots;
	return @earned ? @earned : @lots;
}

# Take granted points back: parts are [lot, points].  For a whole batch nothing is refused.
sub take_back
{
	my ($self, $m, $key, $source, @parts) = @_;
	my $shortage = $self->{shortage} eq 'reject' && $self->{takes_batch} ? 'other_lots_then_debt' : $self->{shortage};
	if ($shortage eq 'reject')
	{
		for my $part (@parts) { refuse('insufficient') if $part->[0]{remaining} - $part->[0]{held} + $part->[0]{expired} < $part->[1]; }
	}
	for my $part (@parts)
	{
		my ($lot, $points) = @$part;
		# the member never had the use of what has expired of this grant, and does not owe it
		my $lost = min($lot->{expired}, max(0, $points - ($lot->{remaining} - $lot->{held})));
		$self->unexpire_lot($m, $lot, $lost) if $lost;
		my $e = $self->begin_entry($m, 'reverse', $self->keyed($key), source => $source, reverses => $lot->{no}, effective => $self->{at});
		$lot->{reversed} += $points;
		my $own = min($points, $lot->{remaining} - $lot->{held});
		if ($own)
		{
			use_lot($m, $e, $lot, $own, 'claw');
			$m->{ $lot->{pending} ? 'pending' : 'available' } -= $own;
		}
		my $missing = $points - $own;
		if ($missing && $shortage eq 'other_lots_then_debt')
		{
			my $short = $self->take($m, $e, $missing, 'claw', $lot);
			$m->{available} -= $missing - $short;
			$missing = $short;
		}
		$m->{debt} += $missing;
		$self->end_entry($m, $e);
		$self->follow($e);
		my $excess = $shortage eq 'clamp' ? $missing
		  : defined $self->{debt_limit} ? max(0, $m->{debt} - $self->{debt_limit}) : 0;
		if ($excess)
		{
			my $w = $self->begin_entry($m, 'write_off', request_seq => $self->{request_seq}, reverses => $lot->{no}, effective => $self->{at});
			push @{ $m->{written_off} }, { seq => $w->{seq}, lot => $lot->{no}, left => $excess };
			$m->{debt} -= $excess;
			$self->end_entry($m, $w);
		}
		$self->untally($m, $lot, $points);
	}
	return;
}

sub check_window
{
	my ($self, $lot, $t) = @_;
	refuse('too_late') if $self->{refund_window} && $t > add_interval($lot->{effective}, $self->{refund_window}, $self->{time_zone});
	return;
}

sub reverse_earn
{
	my ($self, %o) = @_;
	return $self->request($o{member}, 'reverse', $o{key}, body('reverse', @o{qw(source_ref points remaining_basis at)}), \%o, sub {
		my ($m, $t) = @_;
		my @lots = lots_of($m, $o{source_ref});
		refuse('not_found') if !@lots;
		$self->check_window($lots[0], $o{at} // $t);
		my @parts;
		if (defined $o{remaining_basis})
		{
			wrong('22023') if grep { !$_->{award} } @lots;
			my @less = map { $_->{granted} - $self->component_for($_, $o{remaining_basis}) } @lots;
			my $rest = sum0(@less) - sum0(map { $_->{reversed} } @lots) - sum0(map { $self->idle_for($_, $o{remaining_basis}) } @lots);
			refuse('nothing_to_do') if $rest <= 0;
			# each down to what it would earn; what that takes too much, as another earns more than it has, is left, with
			# the base first
			my @less_now = map { max(0, $less[$_] - $lots[$_]{reversed}) } 0 .. $#lots;
			my $too_much = sum0(@less_now) - $rest;
			for my $i (0 .. $#lots)
			{
				my $spared = min($too_much, $less_now[$i]);
				$too_much -= $spared;
				push @parts, [ $lots[$i], $less_now[$i] - $spared ] if $less_now[$i] > $spared;
			}
		}
		else
		{
			my $left = sum0(map { $_->{granted} - $_->{reversed} } @lots);
			my $points = $o{points} // $left;
			refuse('over_reversal') if !$points || $points > $left;
			for my $lot (@lots)
			{
				my $n = min($points, $lot->{granted} - $lot->{reversed});
				push @parts, [ $lot, $n ] if $n;
				$points -= $n;
			}
		}
		$self->take_back($m, $o{key}, $o{source_ref}, @parts);
		return;
	});
}

# All that is left of every grant of a batch, a request for each.
sub reverse_batch
{
	my ($self, $batch) = @_;
	for my $id (sort keys %{ $self->{members} })
	{
		my $m = $self->{members}{$id};
		for my $no (sort { $a <=> $b } keys %{ $m->{lots} })
		{
			my $lot = $m->{lots}{$no};
			next if ($lot->{batch} // '') ne $batch || $lot->{reversed} == $lot->{granted};
			my $key = "batch:$batch:$no";
			$self->request($id, 'reverse', $key, body('reverse_batch', $no), {}, sub {
				my ($now) = @_;
				$lot = $now->{lots}{$no};
				local $self->{takes_batch} = 1;
				$self->take_back($now, $key, $key, [ $lot, $lot->{granted} - $lot->{reversed} ]);
				return;
			});
		}
	}
	return;
}

# ---- changes of lots and members --------------------------------------------
sub activate
{
	my ($self, %o) = @_;
	return $self->request($o{member}, 'activate', $o{key}, body('activate', $o{source_ref}), \%o, sub {
		my ($m, $t) = @_;
		my @lots = grep { $_->{available_at} == INF && $_->{remaining} } lots_of($m, $o{source_ref});
		refuse('not_found') if !@lots;
		$self->follow($self->end_entry($m, $self->begin_entry($m, 'activate', $self->keyed($o{key}), source => $o{source_ref})));
		for my $lot (@lots)
		{
			$lot->{initial_available_at} //= $lot->{available_at};
			$lot->{available_at} = $t;
			$self->mature_lot($m, $lot, $t, request_seq => $self->{request_seq});
		}
		return;
	});
}

sub extend_expiry
{
	my ($self, %o) = @_;
	return $self->request($o{member}, 'extend', $o{key}, body('extend', @o{qw(until source_ref)}), \%o, sub {
		my ($m, $t) = @_;
		wrong('22023') if $o{until} <= $t;
		my @numbers = defined $o{source_ref} ? map { $_->{no} } lots_of($m, $o{source_ref}) : keys %{ $m->{open} };
		refuse('not_found') if defined $o{source_ref} && !@numbers;
		my @lots = grep { $_->{remaining} && $_->{expires_at} < $o{until} } map { $m->{lots}{$_} } sort { $a <=> $b } @numbers;
		refuse('nothing_to_do') if !@lots;
		$self->extend_lot($m, $_, $o{until}, $self->keyed($o{key})) for @lots;
		return;
	});
}

sub block_member { my ($self, %o) = @_; return $self->set_blocked('block', 1, 'already_blocked', %o); }
sub unblock_member { my ($self, %o) = @_; return $self->set_blocked('unblock', 0, 'not_blocked', %o); }
sub set_blocked
{
	my ($self, $kind, $wanted, $refusal, %o) = @_;
	return $self->request($o{member}, $kind, $o{key}, body($kind), \%o, sub {
		my ($m, $t) = @_;
		refuse($refusal) if $m->{blocked} == $wanted;
		$self->end_entry($m, $self->begin_entry($m, $kind, $self->keyed($o{key})));
		$m->{blocked} = $wanted;
		return;
	});
}

# ---- jobs -------------------------------------------------------------------
sub expire_points
{
	my ($self, $until) = @_;
	for my $m (values %{ $self->{members} })
	{
		$self->{t} = $self->{next} = max($self->{clock}, $m->{last} + 1);
		$self->settle($m, min($self->{clock}, $until // INF));
		$self->check($m);
	}
	return;
}

# ---- rules ------------------------------------------------------------------

# A rule: rate_points per rate_cents (amounts are whole cents), or fixed_points; caps; available_after, expires_after.
# A campaign: starts_at, ends_at, rules, num and den or bonus_points, group, member_cap, budget.
sub set_rule { my ($self, %rule) = @_; $self->{rules}{ $rule{rule} } = \%rule; return; }
sub set_campaign { my ($self, %campaign) = @_; $self->{campaigns}{ $campaign{campaign} } = \%campaign; return; }

sub tallied
{
	my ($m, $source, $what, $keep) = @_;
	my $days = $m->{tally}{$source} || {};
	return sum0(map { $days->{$_}{$what} } grep { $keep->($_) } keys %$days);
}
sub tally
{
	my ($m, $source, $day, $points, $awards) = @_;
	my $row = $m->{tally}{$source}{$day} //= { points => 0, awards => 0 };
	$row->{points} += $points;
	$row->{awards} += $awards;
	return;
}
sub untally
{
	my ($self, $m, $lot, $points) = @_;
	# what is taken back can be given again
	$self->{issued}{ $lot->{award}{campaign} } -= $points if $lot->{award} && defined $lot->{award}{campaign};
	# an award that is taken back as a whole has not been one
	tally($m, $lot->{tallied}, day_of($lot->{effective}, $self->{time_zone}), -$points, $lot->{reversed} == $lot->{granted} ? -1 : 0) if $lot->{tallied};
	return;
}

# The multipliers up to and with each component, as ratios, for the stacking of the ledger.
sub cumulative
{
	my ($self, @ratios) = @_;
	my @so_far;
	my ($num, $den) = (1, 1);
	for my $ratio (@ratios)
	{
		my ($n, $d) = @$ratio;
		($num, $den) = $self->{stacking} eq 'additive' ? ($num * $d + ($n - $d) * $den, $den * $d) : ($num * $n, $den * $d);
		my ($top, $bottom) = ($num, $den);
		($top, $bottom) = @{ $self->{max_multiplier} }
		  if $self->{max_multiplier} && $num * $self->{max_multiplier}[1] > $den * $self->{max_multiplier}[0];
		push @so_far, [ $top, $bottom ];
	}
	return @so_far;
}

# What a base (a ratio) gives: the points of the base, and of each campaign by name.
sub bonuses
{
	my ($self, $base, $ratio, @campaigns) = @_;
	my $mode = $self->{rounding};
	my $alone = sub {
		my ($c) = @_;
		return $c->{bonus_points} if $c->{bonus_points};
		my ($up_to) = $self->cumulative([ @$c{qw(num den)} ]);
		return round_ratio($ratio->[0] * $up_to->[0], $ratio->[1] * $up_to->[1], $mode) - $base;
	};
	my (%best, @kept);
	for my $c (sort { $a->{campaign} cmp $b->{campaign} } @campaigns)
	{
		if (!defined $c->{group}) { push @kept, $c; }
		elsif (!$best{ $c->{group} } || $alone->($c) > $alone->($best{ $c->{group} })) { $best{ $c->{group} } = $c; }
	}
	my @order = sort { $a->{campaign} cmp $b->{campaign} } @kept, values %best;
	my @multiplying = grep { $_->{num} } @order;
	if ($self->{stacking} eq 'best_of' && @multiplying)
	{
		my ($top) = sort { $b->{num} * $a->{den} <=> $a->{num} * $b->{den} || $a->{campaign} cmp $b->{campaign} } @multiplying;
		@multiplying = ($top);
	}
	my $so_far = $base;
	my @up_to = $self->cumulative(map { [ @$_{qw(num den)} ] } @multiplying);
	my @given;
	for my $i (0 .. $#multiplying)
	{
		my $total = round_ratio($ratio->[0] * $up_to[$i][0], $ratio->[1] * $up_to[$i][1], $mode);
		push @given, [ $multiplying[$i], $total - $so_far, $up_to[$i], $i ? $up_to[ $i - 1 ] : [ 1, 1 ] ];
		$so_far = $total;
	}
	push @given, map { [ $_, $_->{bonus_points} ] } grep { $_->{bonus_points} } @order;
	return @given;
}

# What an award would have been based on for another basis, which is not more than its own: the points, and the ratio that
# multipliers work on.  Nothing below the minimum; what is fixed is so for any basis but none.
sub base_for
{
	my ($self, $award, $basis) = @_;
	$basis = min($basis, $award->{basis}) if defined $award->{basis};
	my @ratio = $basis < $award->{minimum} ? (0, 1) : $award->{rate} ? ($basis * $award->{rate}[0], $award->{rate}[1]) : ($basis ? $award->{fixed} : 0, 1);
	my $points = round_ratio(@ratio, $self->{rounding});
	($points, @ratio) = ($award->{capped}, $award->{capped}, 1) if defined $award->{capped} && $points > $award->{capped};
	return ($points, @ratio);
}
sub between
{
	my ($self, $num, $den, $before, $up_to) = @_;
	my ($less, $points) = map { round_ratio($num * $_->[0], $den * $_->[1], $self->{rounding}) } $before, $up_to;
	return $points - $less;
}

# A grant of an award for another basis; fixed bonus points stay while the base gives any.  That may be more than it was,
# where rounding takes the more from another component; but not more than a member_cap or a budget left.
sub component_for
{
	my ($self, $lot, $basis) = @_;
	my $award = $lot->{award};
	my ($base, @ratio) = $self->base_for($award, $basis);
	return $base if !$base || $lot->{kind} eq 'award';
	return $lot->{granted} if !$award->{up_to};
	return min($award->{left} // INF, $self->between(@ratio, @$award{qw(before up_to)}));
}

# What multipliers that gave nothing would have given for another basis.
sub idle_for
{
	my ($self, $lot, $basis) = @_;
	my ($base, @ratio) = $self->base_for($lot->{award}, $basis);
	return $base ? sum0(map { $self->between(@ratio, @$_) } @{ $lot->{award}{idle} || [] }) : 0;
}

sub earn_for
{
	my ($self, %o) = @_;
	my $rule = $self->{rules}{ $o{rule} };
	my $key = $o{key} // (defined $o{source_ref} ? "$o{rule}:$o{source_ref}" : undef);
	my $source = $o{source_ref} // $o{key};
	return { error => '22004' } if !defined $key;
	return { error => 'NG404' } if !$rule;
	return { error => '22004' } if $rule->{rate_points} && !defined $o{basis};
	return { error => '22023' } if defined $o{basis} && $o{basis} < 0;
	return $self->request($o{member}, 'award', $key, body('award', @o{qw(rule basis)}, $source, @o{qw(at batch)}), \%o, sub {
		my ($m, $t) = @_;
		my $effective = $o{at} // $t;
		my $today = day_of($effective, $self->{time_zone});
		refuse('rule_inactive') if $effective < ($rule->{valid_from} // -INF()) || $effective >= ($rule->{valid_until} // INF);
		refuse('below_minimum') if defined $rule->{min_cents} && ($o{basis} // 0) < $rule->{min_cents};
		refuse('already_awarded')
		  if grep { my $lot = $m->{lots}{$_}; $lot->{kind} eq 'award' && $lot->{award}{rule} eq $o{rule} } @{ $m->{grants}{$source} || [] };
		my $ratio = $rule->{rate_points} ? [ $o{basis} * $rule->{rate_points}, $rule->{rate_cents} ] : [ $rule->{fixed_points}, 1 ];
		my $base = round_ratio(@$ratio, $self->{rounding});
		refuse('no_points') if !$base;
		my %in = (day => sub { $_[0] == $today }, month => sub { month_of($_[0]) == month_of($today) }, lifetime => sub { 1 });
		my $unclipped = $base;
		for my $span (qw(day month lifetime))
		{
			refuse('capped') if $rule->{"max_awards_$span"} && tallied($m, "rule:$o{rule}", 'awards', $in{$span}) >= $rule->{"max_awards_$span"};
			next if !$rule->{"cap_$span"};
			$base = min($base, $rule->{"cap_$span"} - tallied($m, "rule:$o{rule}", 'points', $in{$span}));
		}
		refuse('capped') if $base <= 0;
		$ratio = [ $base, 1 ] if $base < $unclipped;
		my ($available_at, $expires_at) = $self->dates($effective, {}, $rule);
		my @common = (source => $source, effective => $o{at}, rule => $o{rule}, batch => $o{batch});
		my @lots = $self->grant($m, 'award', $base, $available_at, $expires_at, $self->keyed($key), @common);
		my @formula = (rule => $o{rule}, basis => $o{basis}, minimum => $rule->{min_cents} // 0,
			($rule->{rate_points} ? (rate => [ @$rule{qw(rate_points rate_cents)} ]) : (fixed => $rule->{fixed_points})), ($base < $unclipped ? (capped => $base) : ()));
		$lots[0]{award} = {@formula};
		$lots[0]{tallied} = "rule:$o{rule}";
		tally($m, "rule:$o{rule}", $today, $base, 1);
		my @running = grep { $effective >= $_->{starts_at} && $effective < $_->{ends_at} && (!$_->{rules} || grep { $_ eq $o{rule} } @{ $_->{rules} }) }
		  values %{ $self->{campaigns} };
		for my $given ($self->bonuses($base, $ratio, @running))
		{
			my ($c, $points, $up_to, $before) = @$given;
			my $name = $c->{campaign};
			push @{ $lots[0]{award}{idle} }, [ $before, $up_to ] if !$points;
			next if $points <= 0;
			my ($why, $in_full) = ('member_cap', $points);
			$points = min($points, $c->{member_cap} - tallied($m, "campaign:$name", 'points', sub { 1 })) if $c->{member_cap};
			if ($points > 0 && $c->{budget})
			{
				$why = 'budget_exhausted';
				$points = min($points, $c->{budget} - ($self->{issued}{$name} // 0));
			}
			if ($points <= 0)
			{
				push @{ $m->{refusals} }, { kind => 'bonus', key => "$lots[0]{no}:$name", status => $why };
				next;
			}
			$self->{issued}{$name} += $points;
			push @lots, $self->grant($m, 'bonus', $points, $available_at, $expires_at, $self->keyed($key), @common, campaign => $name);
			$lots[-1]{award} = { @formula, campaign => $name, ($points < $in_full ? (left => $points) : ()), ($up_to ? (up_to => $up_to, before => $before) : ()) };
			$lots[-1]{tallied} = "campaign:$name";
			tally($m, "campaign:$name", $today, $points, 1);
		}
		push @{ $m->{grants}{$source} }, map { $_->{no} } @lots;
		$self->active_at($m, $effective);
		$self->end_past($m, $t);
		return;
	});
}

# ----------------------------------------------------------------------------
# Reading
# ----------------------------------------------------------------------------

# What a member has at an instant not before the last entry, if nothing is posted until then.
sub balance_at
{
	my ($self, $id, $at) = @_;
	my $m = $self->{members}{$id};
	return { status => 'unknown', available => 0, pending => 0, held => 0, debt => 0 } if !$m;
	my $then = sketch_of($m);
	$self->{t} = $self->{next} = max($at, $m->{last} + 1);
	$self->settle($then, $at);
	my @ending = grep { $_->{expires_at} < INF && $_->{remaining} > $_->{held} } map { $then->{lots}{$_} } keys %{ $then->{open} };
	my $next = min(map { $_->{expires_at} } @ending);
	return {
		status => $m->{blocked} ? 'blocked' : 'active',
		(map { $_ => $then->{$_} } qw(available pending held debt)),
		next_expiry_at => $next,
		next_expiry_points => defined $next ? sum0(map { $_->{remaining} - $_->{held} } grep { $_->{expires_at} == $next } @ending) : undef
	};
}

# What will be written by itself until an instant.
sub due_of
{
	my ($self, $id, $until) = @_;
	my $m = $self->{members}{$id} or return;
	my $then = sketch_of($m);
	$self->{t} = $self->{next} = max($until, $m->{last} + 1);
	$self->settle($then, $until);
	return @{ $then->{entries} };
}

# The next instants at which something happens by itself to a member.
sub events_of
{
	my ($self, $id) = @_;
	my $m = $self->{members}{$id} or return;
	my @at = map { ($_->{available_at}, $_->{expires_at}) } map { $m->{lots}{$_} } keys %{ $m->{open} };
	push @at, map { $_->{expires_at} } grep { $_->{state} eq 'open' } @{ $m->{holds} };
	push @at, $m->{inactive};
	return sort { $a <=> $b } grep { $_ < INF } @at;
}

# All tables, as lines in the order of a sorted COPY: what the real ones are compared with.
sub line { return join "\t", map { $_ // '\N' } @_; }
sub tables
{
	my ($self) = @_;
	my %lines = map { $_ => [] } qw(account lot entry lot_use hold refusal);
	for my $m (values %{ $self->{members} })
	{
		my $id = $m->{id};
		push @{ $lines{account} }, line($id, @$m{qw(seq available pending held debt)}, instant_text($m->{joined}), instant_text($m->{last}), instant_text($m->{inactive}), $m->{blocked} ? 't' : 'f');
		push @{ $lines{lot} }, map {
			line($id, @$_{qw(no granted remaining held)}, $_->{pending} ? 't' : 'f', $_->{remaining} ? 't' : 'f',
				map { instant_text($_) } @$_{qw(available_at expires_at initial_available_at initial_expires_at)})
		} values %{ $m->{lots} };
		push @{ $lines{entry} }, map {
			line($id, @$_{qw(seq kind amount available pending held debt)}, instant_text($_->{recorded}), instant_text($_->{effective}),
				@$_{qw(request_seq reverses)}, $_->{hold}, instant_text($_->{until}), @$_{qw(key rule campaign batch)})
		} @{ $m->{entries} };
		push @{ $lines{lot_use} }, map { line($id, @$_) } @{ $m->{uses} };
		push @{ $lines{hold} }, map {
			line($id, @$_{qw(seq points captured released)}, instant_text($_->{expires_at}), $_->{state},
				'{' . join(',', map { $_->[0] } @{ $_->{slices} }) . '}', '{' . join(',', map { $_->[1] } @{ $_->{slices} }) . '}')
		} @{ $m->{holds} };
		push @{ $lines{refusal} }, map { line($id, @$_{qw(kind key status seq available pending held debt)}) } @{ $m->{refusals} };
	}
	return map { $_ => [ sort @{ $lines{$_} } ] } keys %lines;
}

# The same of the real tables: one query for each.
sub queries
{
	my ($self) = @_;
	my $s = $self->{name};
	return (
		account => "SELECT member, seq, available, pending, held, debt, joined_at, last_recorded_at, inactive_at, blocked FROM $s.account",
		lot => "SELECT member, lot_no, granted, remaining, held, is_pending, is_open, available_at, expires_at, initial_available_at, initial_expires_at FROM $s.lot",
		entry => "SELECT e.member, e.seq, kind, amount, available_after, coalesce(pending_after, 0), coalesce(held_after, 0), coalesce(debt_after, 0), recorded_at, effective_at, request_seq,"
		  . " CASE WHEN kind IN ('reverse', 'restore', 'extend', 'write_off') OR kind = 'expire' AND amount > 0 THEN reverses_seq END, h.seq, until, key, rule, campaign, batch"
		  . " FROM $s.entry e LEFT JOIN $s.hold h USING (hold_id)",
		lot_use => "SELECT member, seq, lot_no, points, action FROM $s.lot_use",
		hold => "SELECT member, seq, points, captured, released, expires_at, state, lots, slices FROM $s.hold",
		refusal => 'SELECT member, kind, key, status, '
		  . join(', ', map { "CASE kind WHEN 'bonus' THEN NULL ELSE $_ END" } qw(seq available pending held debt)) . " FROM $s.refusal");
}

1;
