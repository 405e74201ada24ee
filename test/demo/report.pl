#!/usr/bin/perl
# The screen: each figure beside the SQL that was run for it. "report.pl --check" prints key=value instead.
use strict;
use warnings;
use utf8;
use FindBin ();
use lib $FindBin::Bin;
use Demo qw(rows one fail printable);
use Draw qw(say_line bar balance spark paint wrap_sql number percent $WIDTH);
require "$FindBin::Bin/voice.pl";
require "$FindBin::Bin/behaviour.pl";

my $check = @ARGV && $ARGV[0] eq '--check';
my %has = map { ("$_->[0].$_->[1]" => $_->[2]) } @{ (rows('SELECT source, role, header FROM demo.has'))[0] };
my %file = map { ($_->[0] => { name => $_->[1], rows => $_->[2] }) } @{ (rows('SELECT source, name, rows FROM demo.file'))[0] };
my $made_up = !grep { $_->{name} ne '' } values %file;
my (@missing, $failed);
my $above_the_line = 1;	# the screen; below it the sections stand closer

title();
orders_section();
wrong_and_right();
members();
channels() if !$has{'orders.member'};
survey_section();
emails_section();
posts_section();
present('loyalty', 'orders.order_id', 'orders.customer_id', amount_columns()) if !loyalty_left_out();
my $heard = present('voice of the customer', 'reviews.body');
my $acted = present('behaviour', 'events.customer_id', 'events.ts', 'events.event');
rule();
$above_the_line = 0;
not_shown();
excluded();
notes();
loyalty();
voice() if $heard;
behaviour() if $acted;
exit($failed ? 1 : 0);

# ---- running and printing one figure

sub check_line
{
	my ($key, $value) = @_;
	return unless $check && defined $key;
	$value = '' unless defined $value;
	say_line("$key=$value");
	return;
}

# Lines of the screen, which --check leaves out.
sub lines
{
	return if $check;
	say_line($_) for @_;
	return;
}

sub has { return defined $has{ $_[0] } }

sub above_the_line { return $above_the_line = 1 }

# The first row of a query, or nothing when it fails; the failure is shown in its place.
sub run
{
	my ($label, $sql) = @_;
	my ($rows, $error, $state) = rows($sql);
	if (defined $error)
	{
		$failed = 1 if $state =~ /^(?:42|XX|57|08)/;	# ours, not the data's
		check_line('error', "$label: $error");
		if (!$check)
		{
			say_line(sprintf(' %-20s', $label), paint('red', ' error: '), printable($error, 200));
			say_line($_) for wrap_sql($sql, 3);
		}
		return;
	}
	return $rows;
}

# label, value, SQL on one line when it fits
sub show
{
	my ($label, $value, $sql, $mark) = @_;
	return if $check;
	my $head = ' ' . ($mark ? "$mark " : '');
	my $wide = $mark ? 18 : 20;
	my $gap = $wide - length $label;
	my $line = $head . paint('bold', $label) . ' ' x ($gap > 0 ? $gap : 0) . sprintf(' %9s', $value);
	if (!defined $sql)
	{
		say_line($line);
	}
	elsif (length($sql) <= $WIDTH - 33)
	{
		say_line($line, '  ', paint('dim', $sql));
	}
	else
	{
		say_line($line);
		say_line($_) for wrap_sql($sql, 3);
	}
	return;
}

# What makes the figure above doubtful: visible beside it, and in red.
sub warning
{
	my ($key, $text) = @_;
	check_line("warning.$key", $text);
	return if $check;
	my @lines = fold("! $text", 3);
	say_line(paint('red', $_)) for @lines;
	return;
}

# Values of a column that were given and could not be used, where they are more than 5 %.
sub unusable
{
	my ($key, $source, $role) = @_;
	my ($bad, $given) = @{ one("SELECT bad, bad + (SELECT count($role) FROM $source) FROM (SELECT count(*) AS bad FROM excluded"
			. " WHERE source = '$source' AND column_name = '$role' AND value IS NOT NULL AND reason ~ '^(not a|outside)') AS e") };
	return unless $given && $bad > 0.05 * $given;
	warning($key, sprintf '%s of the answers in "%s" cannot be used (%s of %s): see ROWS EXCLUDED',
		percent(100 * $bad / $given), printable($has{"$source.$role"}, 40), number($bad, 0), number($given, 0));
	return;
}

# Rows left out because they cannot be read, where they are more than 5 %.
sub unreadable_rows
{
	my ($source) = @_;
	my ($bad) = @{ one("SELECT count(DISTINCT line) FROM excluded WHERE source = '$source' AND column_name <> 'status' AND reason !~ 'duplicate|stays'") };
	return unless $file{$source}{rows} && $bad > 0.05 * $file{$source}{rows};
	warning("$source.rows", sprintf '%s of the rows of %s cannot be used and are left out (%s of %s): see ROWS EXCLUDED',
		percent(100 * $bad / $file{$source}{rows}), $made_up ? $source : printable($file{$source}{name}, 40), number($bad, 0), number($file{$source}{rows}, 0));
	return;
}

sub figure
{
	my ($key, $label, $sql, $format, @need) = @_;
	return unless present($label, @need);
	my $rows = run($label, $sql) or return;
	my $value = $rows->[0][0];
	my $known = defined $value && $value ne '';
	check_line($key, $known ? sprintf($format eq 'count' ? '%d' : '%.2f', $value) : '');
	show($label, !$known ? 'no data'
		: $format eq 'percent' ? percent($value) : $format eq 'count' ? number($value, 0)
		: $format eq 'signed' ? sprintf('%+.1f', $value) : $format eq 'score' ? score($value) : number($value, 2), $sql);
	warning($key, "$label is above 100 %: the two columns do not fit together, or one row is counted more than once")
		if $known && $format eq 'percent' && $value > 100;
	return $value;
}

# Are these columns there? If not it is said under "not shown".
sub present
{
	my ($what, @need) = @_;
	for my $need (@need)
	{
		my ($source, $role) = split /\./, $need;
		my $why;
		if (!$file{$source})
		{
			$why = 'no ' . uc($source) . '=FILE.csv given';
		}
		elsif (defined $role && !grep { $has{"$source.$_"} } split /\|/, $role)
		{
			$role =~ s/\|/ or /g;
			$why = "$file{$source}{name} has no column for $role";
		}
		next unless defined $why;
		push @missing, [ $what, $why ];
		return 0;
	}
	return 1;
}

sub heading
{
	return if $check;
	say_line('') if $above_the_line;
	say_line(' ', paint('cyan', $_[0]), defined $_[1] ? "  $_[1]" : '');
	return;
}

sub rule
{
	say_line(paint('dim', '─' x $WIDTH)) unless $check;
	return;
}

# ---- the sections

sub title
{
	my $name = $made_up ? 'a made-up shop' : join ', ', map { printable($file{$_}{name}, 34) } grep { $file{$_} } qw(orders survey posts emails reviews events);
	my $size = join ', ', map { number($file{$_}{rows}, 0) . " $_" . ($_ eq 'orders' ? ' lines' : $_ eq 'survey' ? ' answers' : '') }
		grep { $file{$_} && !(/reviews|events/ && $made_up) } qw(orders survey posts emails reviews events);
	$size =~ s/orders lines/order lines/;
	$size =~ s/survey answers/survey answers/;
	check_line("rows.$_", $file{$_}{rows}) for sort keys %file;
	return if $check;
	say_line(paint('bold', ' engage'), " · $name · $size");
	rule();
	return;
}

sub amount_columns { return ('orders.amount|unit_price') }

sub orders_section
{
	if (!$file{orders})
	{
		present('orders, AOV, RPR', 'orders');
		return;
	}
	if (present('revenue by month', 'orders.ts', amount_columns()))
	{
		my $sql = "SELECT date_trunc('month', ts)::date AS month, sum(amount) FROM order_lines GROUP BY 1 ORDER BY 1";
		my $rows = run('revenue by month', $sql);
		if ($rows && !@$rows)
		{
			show('revenue by month', 'no data', $sql);
		}
		if ($rows && @$rows)
		{
			my %sum = map { (substr($_->[0], 0, 7) => $_->[1]) } @$rows;
			my ($y, $m) = split /-/, (sort keys %sum)[0];
			my $last = (sort keys %sum)[-1];
			my @months;
			while (1)
			{
				push @months, sprintf '%04d-%02d', $y, $m;
				last if $months[-1] ge $last;
				($y, $m) = $m == 12 ? ($y + 1, 1) : ($y, $m + 1);
			}
			shift @months while @months > 48;
			my @values = map { defined $sum{$_} ? $sum{$_} : 0 } @months;
			my ($best) = sort { ($sum{$b} || 0) <=> ($sum{$a} || 0) || $a cmp $b } @months;
			check_line("revenue.$_", sprintf '%.2f', $sum{$_} || 0) for @months;
			if (!$check)
			{
				say_line(' ', paint('bold', 'revenue by month'), '  ', paint('green', spark(@values)),
					"  $months[0] … $last", ", most in $best: " . number($sum{$best}, 0));
				say_line($_) for wrap_sql($sql, 3);
			}
		}
	}
	figure('orders', 'orders', 'SELECT count(*) FROM orders', 'count', 'orders.order_id');
	unreadable_rows('orders');
	figure('gross_aov', 'gross AOV', 'SELECT engage.aov(order_id, amount) FROM sales', 'money', 'orders.order_id', amount_columns());
	figure('net_aov', 'net AOV', 'SELECT sum(amount) / (SELECT count(*) FROM orders) FROM order_lines', 'money', 'orders.order_id', amount_columns());
	figure('rpr', 'repeat purchase rate', 'SELECT engage.rpr(customer_id, order_id) FROM sales', 'percent', 'orders.order_id', 'orders.customer_id');
	figure('purchase_frequency', 'purchase frequency', 'SELECT engage.purchase_frequency(customer_id) FROM orders_365d',
		'money', 'orders.order_id', 'orders.customer_id', 'orders.ts');
	figure('days_between_orders', 'days between orders', 'SELECT engage.days_between_orders(customer_id, ts) FROM orders',
		'money', 'orders.order_id', 'orders.customer_id', 'orders.ts');
	figure('repeat_revenue_share', 'repeat buyers\' share', 'SELECT engage.repeat_revenue_share(customer_id, order_id, amount) FROM sales',
		'percent', 'orders.order_id', 'orders.customer_id', amount_columns());
	figure('guest_rate', 'guest rate', 'SELECT engage.rate(customer_id IS NULL) FROM orders', 'percent', 'orders.order_id', 'orders.customer_id');
	return;
}

sub wrong_and_right
{
	return unless $file{orders} && $has{'orders.order_id'};
	my @pairs;
	if ($has{'orders.customer_id'})
	{
		push @pairs, [ 'rpr', 'RPR', 'percent',
			'SELECT 100.0 * avg((n > 1)::int) FROM (SELECT count(*) n FROM sales GROUP BY customer_id) s',
			'SELECT engage.rpr(customer_id, order_id) FROM sales' ];
	}
	if ($has{'orders.amount'} || $has{'orders.unit_price'})
	{
		push @pairs, [ 'aov', 'AOV', 'money', 'SELECT avg(amount) FROM sales', 'SELECT engage.aov(order_id, amount) FROM sales' ];
	}
	return unless @pairs;
	my ($lines, $orders) = @{ one('SELECT count(*), count(DISTINCT order_id) FROM sales') };
	if ($lines == $orders)
	{
		return unless $lines;
		check_line('one_row_one_order', $lines);
		heading('ONE ROW IS ONE ORDER', 'so AOV and RPR over lines are the same as over orders here');
		return;
	}
	heading('WRONG BESIDE RIGHT', 'a line is not an order');
	for my $p (@pairs)
	{
		my ($key, $label, $format, @sql) = @$p;
		for my $right (0, 1)
		{
			my $rows = run($label, $sql[$right]) or next;
			my $value = $rows->[0][0];
			check_line("${key}_wrong", $value ne '' ? sprintf('%.2f', $value) : '') if !$right;
			show($label . ($right ? ' over orders' : ' over lines'), $format eq 'percent' ? percent($value) : number($value, 2), $sql[$right],
				$right ? paint('green', '✓') : paint('red', '✗'));
		}
	}
	return;
}

sub members
{
	return unless $file{orders} && present('members against the others', 'orders.member', 'orders.order_id', 'orders.customer_id', amount_columns());
	my $sql = 'SELECT member, engage.aov(amount), engage.purchase_frequency(customer_id) FROM orders GROUP BY 1';
	my $rows = run('members', $sql) or return;
	my %by = map { ($_->[0] => $_) } @$rows;
	my ($aov_max) = sort { $b <=> $a } map { $_->[1] || 0 } @$rows;
	my ($pf_max) = sort { $b <=> $a } map { $_->[2] || 0 } @$rows;
	heading('MEMBERS AGAINST THE OTHERS', 'guests count among the others\' AOV');
	for my $m ([ 't', 'members' ], [ 'f', 'others' ])
	{
		my $row = $by{ $m->[0] };
		next unless $row;
		check_line("$m->[1].aov", sprintf '%.2f', $row->[1] || 0);
		check_line("$m->[1].frequency", sprintf '%.2f', $row->[2] || 0);
		say_line(sprintf(' %-8s AOV %11s %s', $m->[1], number($row->[1], 2), pad(bar($row->[1], $aov_max, 22), 22)),
			sprintf('  orders a customer %6s %s', number($row->[2], 2), bar($row->[2], $pf_max, 22))) unless $check;
	}
	if ($by{t} && $by{f} && ($by{f}[1] || 0) > 0 && ($by{f}[2] || 0) > 0)
	{
		my @lift = map { sprintf '%+.1f', 100 * (($by{t}[$_] || 0) / $by{f}[$_] - 1) } 1, 2;
		check_line('member_lift.aov', $lift[0]);
		check_line('member_lift.frequency', $lift[1]);
		say_line(sprintf(' %-8s     %11s %22s                    %8s', 'lift', "$lift[0] %", '', "$lift[1] %")) unless $check;
	}
	if (!$check)
	{
		say_line($_) for wrap_sql($sql, 3);
	}
	return;
}

# A bar is drawn in characters: pad by those, not by bytes.
sub pad
{
	my ($text, $width) = @_;
	return $text . ' ' x ($width > length $text ? $width - length $text : 0);
}

sub channels
{
	return unless $file{orders} && $has{'orders.channel'} && $has{'orders.order_id'} && ($has{'orders.amount'} || $has{'orders.unit_price'});
	my $sql = 'SELECT channel, engage.aov(amount), count(*) FROM orders GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT 4';
	my $rows = run('AOV by channel', $sql) or return;
	my ($max) = sort { $b <=> $a } map { $_->[1] || 0 } @$rows;
	heading('GROSS AOV BY ' . uc printable($has{'orders.channel'}, 30));
	return if $check;
	for my $row (@$rows)
	{
		say_line(sprintf(' %-20s %11s  %s %s orders', printable($row->[0] eq '' ? '(none)' : $row->[0], 20), number($row->[1], 2),
				pad(bar($row->[1], $max, 40), 40), number($row->[2], 0)));
	}
	say_line($_) for wrap_sql($sql, 3);
	return;
}

sub survey_section
{
	return unless present('NPS, CSAT', 'survey');
	heading('SURVEY');
	if (present('NPS', 'survey.nps'))
	{
		my $warn = sub { unusable('nps', 'survey', 'nps') };
		my $sql = 'SELECT (engage.nps_interval(engage.nps_agg(nps))).* FROM survey';
		my $parts_sql = 'SELECT engage.promoters(s), engage.passives(s), engage.detractors(s)'
			. ' FROM (SELECT engage.nps_agg(nps) s FROM survey) q';
		my $rows = run('NPS', $sql);
		my $parts = $rows && run('NPS shares', $parts_sql);
		if ($parts && $rows->[0][0] ne '')
		{
			my ($nps, $low, $high) = @{ $rows->[0] };
			my @n = @{ $parts->[0] };
			my $all = $n[0] + $n[1] + $n[2];
			check_line('nps', sprintf '%.2f', $nps);
			check_line('nps_low', sprintf '%.2f', $low);
			check_line('nps_high', sprintf '%.2f', $high);
			check_line('nps_responses', $all);
			show('NPS', sprintf('%+.1f', $nps), $sql);
			$warn->();
			say_line(sprintf '   95 %% interval %+.1f … %+.1f, %s answers', $low, $high, number($all, 0)) unless $check;
			my @name = ([ 'promoters', 'green' ], [ 'passives', 'yellow' ], [ 'detractors', 'red' ]);
			for my $i (0 .. 2)
			{
				check_line($name[$i][0], $n[$i]);
				say_line(sprintf('   %-12s %6s %9s  ', $name[$i][0], number($n[$i], 0), percent(100 * $n[$i] / $all)),
					paint($name[$i][1], bar($n[$i], $all, 60))) unless $check;
			}
			if (!$check)
			{
				say_line($_) for wrap_sql($parts_sql, 3);
			}
			figure('nps_weighted', 'NPS, weighted', 'SELECT engage.nps(nps, weight) FROM survey', 'signed', 'survey.weight')
				if $has{'survey.weight'};
		}
		elsif ($rows && $rows->[0][0] eq '')
		{
			show('NPS', 'no data', $sql);
			$warn->();
		}
	}
	my ($csat, $ces) = @{ one('SELECT csat, ces FROM demo.scale') };
	figure('csat', 'CSAT', 'SELECT engage.csat(csat' . ($csat == 5 ? '' : ", $csat") . ') FROM survey', 'percent', 'survey.csat');
	unusable('csat', 'survey', 'csat') if $has{'survey.csat'};
	if ($has{'survey.ces'})
	{
		figure('ces', 'CES', 'SELECT engage.ces(ces' . ($ces == 7 ? '' : ", $ces") . ') FROM survey', 'money', 'survey.ces');
		unusable('ces', 'survey', 'ces');
	}
	return;
}

sub emails_section
{
	return unless present('open and click rates', 'emails');
	heading('E-MAIL AND SOCIAL');
	unreadable_rows('emails');
	my ($no_base) = @{ (rows('SELECT opened, clicked FROM demo.no_base'))[0] };
	if ($no_base)
	{
		my $name = printable($has{ $no_base->[0] > 1 ? 'emails.opened' : 'emails.clicked' }, 40);
		warning('open_rate', sprintf('"%s" holds counts (up to %s), but no column tells how many were delivered or sent, so there is no open or click rate;'
				. ' name it: EMAILS_COLUMNS=\'delivered=Header\' (or sent=Header)', $name, number($no_base->[ $no_base->[0] > 1 ? 0 : 1 ], 0)));
		push @missing, [ 'open rate, click rate', "$file{emails}{name} has counts but no column for delivered or sent" ];
	}
	else
	{
		email_rates();
	}
	figure('click_to_open_rate', 'click-to-open rate', 'SELECT engage.rate(clicked, opened) FROM emails', 'percent', 'emails.clicked', 'emails.opened');
	return;
}

sub email_rates
{
	figure('open_rate', 'open rate', 'SELECT engage.rate(opened, delivered) FROM emails', 'percent', 'emails.opened');
	figure('click_rate', 'click rate', 'SELECT engage.rate(clicked, delivered) FROM emails', 'percent', 'emails.clicked');
	return;
}

sub posts_section
{
	return unless present('engagement rate', 'posts', 'posts.audience', 'posts.likes|comments|shares|interactions');
	heading('E-MAIL AND SOCIAL') unless $file{emails};
	unreadable_rows('posts');
	figure('engagement_rate', 'engagement rate', 'SELECT engage.engagement_rate(interactions, audience) FROM posts', 'percent');
	return;
}

sub not_shown
{
	my %seen;
	for my $m (@missing)
	{
		my $key = lc $m->[0];
		$key =~ s/[^a-z0-9]+/_/g;
		check_line("skipped.$key", $m->[1]);
	}
	return if $check || !@missing;
	my (@why, %what);
	for my $m (@missing)
	{
		push @why, $m->[1] unless $what{ $m->[1] };
		push @{ $what{ $m->[1] } }, $m->[0];
	}
	heading('NOT SHOWN');
	say_line($_) for map { fold(join(', ', @{ $what{$_} }) . ": $_", 3) } @why;
	say_line("   every row is an order of its own? ORDERS_COLUMNS='order_id=#'") if $file{orders} && !$has{'orders.order_id'};
	say_line('   columns are found by their names: test/demo/demo --columns');
	return;
}

sub excluded
{
	my $sql = 'SELECT source, column_name, reason, count(*), min(line) FROM excluded GROUP BY 1, 2, 3';
	my ($list) = rows("SELECT e.source, e.column_name, e.reason, e.n, e.line, x.value"
			. " FROM ($sql) AS e(source, column_name, reason, n, line)"
			. ' LEFT JOIN LATERAL (SELECT left(value, 100) AS value FROM excluded x WHERE x.source = e.source AND x.column_name = e.column_name'
			. ' AND x.reason = e.reason AND x.line = e.line LIMIT 1) AS x ON true'
			. " ORDER BY array_position('{orders,survey,posts,emails,reviews,events}', e.source), e.n DESC, e.column_name, e.reason");
	heading('ROWS EXCLUDED AND WHY', @$list ? undef : 'none');
	for my $row (@$list)
	{
		my ($source, $column, $reason, $n, $line, $value) = @$row;
		(my $slug = lc $reason) =~ s/[^a-z0-9]+/_/g;
		check_line("excluded.$source.$column.$slug", $n);
		check_line("excluded.$source.$column.$slug.line", $line);
		my $title = printable(defined $has{"$source.$column"} ? $has{"$source.$column"} : $column, 24);
		say_line(sprintf('   %-7s %8s  %-42s', $source, number($n, 0), "$title: $reason"),
			" e.g. line $line", $value ne '' ? ': "' . printable($value, 20) . '"' : '') unless $check;
	}
	if (!$check && @$list)
	{
		say_line($_) for wrap_sql($sql, 3);
	}
	return;
}

sub fold
{
	my ($text, $indent) = @_;
	my @lines = ('');
	for my $word (split / /, $text)
	{
		push @lines, '' if $lines[-1] ne '' && length("$lines[-1] $word") > $WIDTH - $indent - 2;
		$lines[-1] .= ($lines[-1] eq '' ? '' : ' ') . $word;
	}
	return map { ' ' x $indent . ($_ ? '  ' : '') . $lines[$_] } 0 .. $#lines;
}

sub notes
{
	my ($list) = rows('SELECT source, note FROM demo.note ORDER BY id');
	if ($check)
	{
		check_line("note.$_->[0]", $_->[1]) for @$list;
		return;
	}
	heading('HOW IT WAS READ') if @$list;
	for my $row (@$list)
	{
		say_line($_) for fold("$row->[0]: " . printable($row->[1]), 3);
	}
	return;
}

# ---- the loyalty chapter; loyalty.pl has done what it tells of

sub loyalty_left_out { return ($ENV{DEMO_LOYALTY} || '') eq 'no' }

sub loyalty
{
	my ($there) = @{ one("SELECT count(*) FROM pg_class WHERE oid = to_regclass('demo.loyalty')") };
	return if !$there || loyalty_left_out();
	$above_the_line = 1;
	my %did = map { ($_->[0] => $_->[1]) } @{ (rows('SELECT key, value FROM demo.loyalty'))[0] };
	rule();
	say_line(paint('bold', ' LOYALTY'), ' · a ledger of points, "rewards": 1 for each 1.00 ordered, worth 0.01, good for 365 days') unless $check;
	loyalty_history();
	loyalty_live(\%did);
	loyalty_months();
	loyalty_top();
	loyalty_books();
	return;
}

# label, value, what it means
sub said
{
	my ($label, $value, @text) = @_;
	return if $check;
	my @lines = fold(join('', @text), 31);
	s/^ +// for @lines;
	say_line(' ', paint('bold', $label), ' ' x (20 - length $label), sprintf(' %9s  ', $value), shift @lines);
	say_line(' ' x 33, $_) for @lines;
	return;
}

sub loyalty_history
{
	my %n = map { ($_->[0] => $_->[1]) } @{ (rows(<<'SQL'))[0] };
SELECT 'orders', count(*) FROM demo.loyalty_order
UNION ALL SELECT 'events', count(*) FROM demo.loyalty_event WHERE rank = 1
UNION ALL SELECT 'left:' || left_out, count(*) FROM demo.loyalty_order WHERE left_out IS NOT NULL GROUP BY left_out
UNION ALL SELECT 'refused:' || kind || ':' || status, count(*) FROM rewards.refusal WHERE key NOT LIKE 'use-%' GROUP BY kind, status
UNION ALL SELECT 'spent', -sum(amount) FROM rewards.entry WHERE kind = 'redeem' AND key NOT LIKE 'use-%'
UNION ALL SELECT 'returns', count(*) FROM demo.loyalty_return
UNION ALL SELECT 'returned', count(*) FROM demo.loyalty_event WHERE rank = 2
UNION ALL SELECT 'by_product', count(*) FROM demo.loyalty_return WHERE found_by = 'product'
UNION ALL SELECT 'not_found', count(*) FROM demo.loyalty_return WHERE found_by IS NULL
SQL
	heading('EARLIER ORDERS', $has{'orders.ts'} ? 'each posted as of the day it happened (the ledger has a test clock for that)'
		: 'posted as of now: the file has no date');
	my $none = $n{'refused:award:no_points'} || 0;
	my @why = map { [ $n{$_}, /^left:(.*)/ ] } grep { /^left:/ } sort keys %n;
	unshift @why, [ $none, 'below 1.00' ] if $none;
	my $earned = $n{events} - $none;
	check_line('loyalty.orders', $earned);
	for my $w (@why)
	{
		(my $slug = lc $w->[1]) =~ s/[^a-z0-9]+/_/g;
		check_line("loyalty.left_out.$slug", $w->[0]);
	}
	said('orders with points', number($earned, 0), 'of ', number($n{orders}, 0),
		@why ? '; without: ' . join(', ', map { number($_->[0], 0) . " $_->[1]" } @why) : '');
	if (!$check)
	{
		say_line('   ', paint('dim', "for each: engage.earn_for('rewards', member, 'purchase', amount, source_ref, at => at)"));
	}
	if ($n{returns})
	{
		check_line('loyalty.returns', $n{returned});
		check_line('loyalty.returns.by_product', $n{by_product});
		check_line('loyalty.returns.not_found', $n{not_found});
		my $other = $n{returns} - $n{returned} - $n{not_found};
		my $nothing = ($n{'refused:reverse:nothing_to_do'} || 0) + ($n{'refused:reverse:not_found'} || 0);
		check_line('loyalty.returns.nothing', $nothing);
		said('returns', number($n{returned}, 0), 'of ', number($n{returns}, 0), ' lines took points back',
			$nothing ? ', but for ' . number($nothing, 0) . ' that changed none' : '',
			$n{by_product} ? '; ' . number($n{by_product}, 0) . ' name no order and count against the customer\'s last one of that product' : '',
			$n{not_found} ? '; ' . number($n{not_found}, 0) . ' belong to no order in the file' : '',
			$other ? '; ' . number($other, 0) . ' of orders without points' : '');
		if (!$check)
		{
			say_line('   ', paint('dim', "for each: engage.reverse_earn('rewards', member, source_ref, key, remaining_basis => amount)"));
		}
	}
	said('points spent', number($n{spent}, 0), 'members of the made-up shop spend 300 as soon as they have them') if $made_up;
	figure('loyalty.wrong', 'orders not as due',
		"SELECT count(*) FROM engage.ledger_reconcile('rewards', 'SELECT customer_id, order_id, points FROM loyalty_orders')", 'count');
	return;
}

sub loyalty_live
{
	my ($did) = @_;
	check_line("loyalty.$_", $did->{$_}) for sort keys %$did;
	my %d = map { ($_ => $did->{$_} =~ /^[0-9]+$/ ? number($did->{$_}, 0) : $did->{$_}) } keys %$did;
	my $ok = $did->{'at_once.ok'} || 0;
	my $right = $ok == $did->{'at_once.expected'} && $did->{'at_once.balance'} == $did->{'at_once.expected_balance'};
	$failed = 1 if !$right;
	my @mark = (paint('green', '✓'), paint('red', '✗'));
	heading('A NEW CUSTOMER, NOW', "\"$did->{customer}\", in real time; orders in new_orders");
	return if $check;
	my $sql = "BEGIN; INSERT INTO new_orders (order_id, customer_id, amount) VALUES ('live-1', '$did->{customer}', $did->{order});"
		. " SELECT * FROM engage.earn_for('rewards', '$did->{customer}', 'purchase', $did->{order}, 'live-1');";
	my $is = sub { my ($step) = @_; return $d{"$step.orders"} . ($did->{"$step.orders"} == 1 ? ' order, ' : ' orders, ') . $d{"$step.balance"} . ' points' };
	said('ROLLBACK', $d{'rollback.balance'}, 'points, ', $d{'rollback.orders'}, ' orders: the order and its points are one transaction');
	said('COMMIT', $d{'commit.balance'}, "points, $d{'commit.orders'} order of ", number($did->{order}, 2));
	say_line($_) for wrap_sql("$sql COMMIT", 3);
	said("$did->{sessions} sessions at once", "$ok ok", ($did->{'at_once.insufficient'} || 0), " insufficient, each wants $did->{each}; expected $d{'at_once.expected'} ok ",
		"($d{'commit.balance'} / $did->{each}) and $d{'at_once.expected_balance'} left: there are $d{'at_once.balance'} ", $mark[ $right ? 0 : 1 ]);
	say_line($_) for wrap_sql("SELECT status FROM engage.redeem('rewards', '$did->{customer}', $did->{each}, key => 'use-17')", 3);
	said('the same key again', $did->{'retry.replayed'} eq 't' ? 'replayed' : 'anew', "status $did->{'retry.status'} as before, the order's too; nothing is spent or earned twice: $d{'retry.balance'} left");
	said('returned, but spent', '-' . $d{'refund.debt'}, 'only ', number($did->{kept}, 2), ' of the ', number($did->{order}, 2),
		" is kept: the $d{'retry.balance'} points left are taken, $d{'refund.debt'} are owed");
	say_line($_) for wrap_sql("SELECT status, available, debt FROM engage.reverse_earn('rewards', '$did->{customer}', 'live-1', key => 'return-1', remaining_basis => $did->{kept})", 3);
	said('the next order', $d{'next.balance'}, 'points left of an order of ', number($did->{next}, 2), ": it pays the debt first (now $d{'next.debt'})");
	return;
}

sub loyalty_months
{
	my ($first, $last, $until, $over) = @{ one("SELECT first_month, last_month, until, last_month < date_trunc('month', now()) FROM demo.loyalty_period") };
	my $columns = 'opening, issued, reversed, redeemed, expired, closing';
	my $sql = "SELECT month, $columns, closing_value, closing_cost FROM rewards.liability_by_month WHERE month BETWEEN '$first' AND '$last'";
	my $months = run('liability by month', "$sql ORDER BY 1") or return;
	my $since_sql = "SELECT $columns, difference FROM engage.liability_rollforward('rewards', '$until', NULL)";
	my $since = $over eq 't' ? run('liability since', $since_sql) : [];
	return unless $since;
	heading('WHAT IS OWED', 'opening + issued - reversed - redeemed - expired = closing, debts deducted');
	say_line(paint('dim', sprintf(' %-11s %11s %10s %9s %9s %9s %11s %11s %9s', 'month', qw(opening issued reversed redeemed expired closing), 'worth', 'at 80 %'))) unless $check;
	for my $row (@$months, map { [ 'since then', @$_[ 0 .. 5 ] ] } @$since)
	{
		my ($month, @n) = @$row;
		$month = substr $month, 0, 7 if $month =~ /^[0-9]/;
		(my $key = $month) =~ s/ then//;
		my @name = split /, /, "$columns, worth, cost";
		check_line("loyalty.$key.$name[$_]", $n[$_]) for 0 .. $#n;
		say_line(sprintf(' %-11s %11s %10s %9s %9s %9s %11s %11s %9s', $month, (map { number($_, 0) } @n[ 0 .. 5 ]), map { defined $_ ? number($_, 2) : '' } @n[ 6, 7 ])) unless $check;
	}
	check_line('loyalty.difference', $since->[0][6]) if @$since;
	if (!$check)
	{
		say_line($_) for wrap_sql($sql, 3), @$since ? wrap_sql($since_sql, 3) : ();
	}
	return;
}

sub loyalty_top
{
	my ($until) = @{ one('SELECT until FROM demo.loyalty_period') };
	my $sql = "SELECT b.member, b.earned - b.reversed, b.redeemed, h.available FROM (SELECT * FROM rewards.balances WHERE joined_at < '$until'"
		. " ORDER BY earned - reversed DESC, member LIMIT 5) b, engage.balance('rewards', b.member, '$until') h";
	my $rows = run('top members', $sql) or return;
	return unless @$rows;
	heading('TOP MEMBERS', 'points earned and not returned, spent, and left on ' . substr($until, 0, 10));
	my $max = $rows->[0][1];
	say_line(paint('dim', sprintf(' %-20s %11s  %s %11s %11s', 'member', 'earned', ' ' x 38, 'spent', 'left'))) unless $check;
	for my $i (0 .. $#$rows)
	{
		my ($member, @n) = @{ $rows->[$i] };
		check_line('loyalty.top.' . ($i + 1), join ' ', printable($member, 40), @n);
		say_line(sprintf(' %-20s %11s  %s %11s %11s', printable($member, 20), number($n[0], 0), pad(bar($n[0], $max, 38), 38), number($n[1], 0), number($n[2], 0))) unless $check;
	}
	if (!$check)
	{
		say_line($_) for wrap_sql($sql, 3);
	}
	return;
}

sub loyalty_books
{
	my ($entries, $members) = @{ one('SELECT (SELECT count(*) FROM rewards.entry), (SELECT count(*) FROM rewards.account)') };
	heading('ARE THE BOOKS RIGHT?', number($entries, 0) . ' entries of ' . number($members, 0) . ' members');
	my $found = run('ledger_verify', "SELECT check_name, place, member FROM engage.ledger_verify('rewards')") or return;
	check_line('loyalty.verify', scalar @$found);
	show('ledger_verify', @$found ? number(scalar @$found, 0) : 'empty', "SELECT * FROM engage.ledger_verify('rewards')");
	$failed = 1 if @$found;
	warning('verify', 'first finding: ' . printable(join(', ', @{ $found->[0] }), 120)) if @$found;
	my $health = run('ledger_health', "SELECT check_name, status, value FROM engage.ledger_health('rewards')") or return;
	my %n;
	$n{ $_->[1] }++ for @$health;
	my @odd = grep { $_->[1] ne 'ok' } @$health;
	check_line("loyalty.health.$_", $n{$_}) for sort keys %n;
	show('ledger_health', ($n{ok} || 0) . ' ok', "SELECT * FROM engage.ledger_health('rewards')");
	if (!$check)
	{
		say_line($_) for map { fold("$_->[1]: $_->[0] " . printable($_->[2], 60), 3) } @odd;
	}
	return;
}
