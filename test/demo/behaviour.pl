# The chapter about behaviour, a part of report.pl: how far customers come and where they are lost, beside the SQL that gets it wrong;
# who comes back; visits; where they go, and what comes before the last step.
# Names of events may run from right to left, so they stand at the end of their line, apart from each other.
use strict;
use warnings;
use utf8;

my $WITHIN = '7 days';

sub behaviour
{
	my ($n, $customers, $bytes) = @{ one('SELECT (SELECT count(*) FROM events), count(*), sum(pg_column_size(t)) FROM customer_timeline') };
	return unless $n;
	above_the_line();
	rule();
	check_line('behaviour.events', $n);
	check_line('behaviour.customers', $customers);
	lines(paint('bold', ' BEHAVIOUR') . ' · ' . number($n, 0) . ' events of ' . number($customers, 0) . ' customers; what each did is one value, '
		. number($bytes / $n, 1) . ' bytes an event');
	my @steps = map { $_->[0] } @{ (rows('SELECT name FROM funnel ORDER BY step'))[0] };
	behaviour_funnel(@steps) if @steps;
	behaviour_first_touch(@steps) if @steps > 1;
	behaviour_return();
	behaviour_sessions();
	behaviour_paths(scalar @steps, $steps[-1]) if @steps;
	return;
}

# The name of a step in a query that is shown: itself where it can do no harm to a screen, otherwise where to find it.
sub plain { return $_[0] =~ /^[\x{20}-\x{7e}\p{Latin}]{1,60}\z/ }

sub step_sql
{
	my ($step, $name) = @_;
	return plain($name) ? "'" . ($name =~ s/'/''/gr) . "'" : "(SELECT name FROM funnel WHERE step = $step)";
}

sub steps_sql
{
	my (@steps) = @_;
	return '(SELECT array_agg(name ORDER BY step) FROM funnel)' if grep { !plain($_) } @steps;
	return 'ARRAY[' . join(', ', map { step_sql($_ + 1, $steps[$_]) } 0 .. $#steps) . ']';
}

sub behaviour_funnel
{
	my (@steps) = @_;
	my $sql = 'SELECT s.* FROM (SELECT engage.funnel_agg(customer_id, ts, event, ' . steps_sql(@steps) . ", '$WITHIN') AS f FROM events) AS q, engage.funnel_steps(f) AS s";
	my $rows = run('funnel', "SELECT step, name, customers, from_start_pct, drop_off, drop_off_pct, date_trunc('second', approx_median_time) FROM ($sql) AS s ORDER BY step") or return;
	heading('FUNNEL', "within $WITHIN of the first step, whichever of a customer's first steps leads on");
	lines(paint('dim', sprintf ' %4s %9s %8s %-20s %14s %15s  %s', 'step', 'customers', 'of first', '', 'lost before', 'median time', 'event'));
	for my $row (@$rows)
	{
		my ($step, $name, $n, $pct, $lost, $lost_pct, $time) = @$row;
		check_line("behaviour.funnel.$step", join ' ', $n, $lost eq '' ? '-' : $lost, printable($name, 40));
		lines(sprintf ' %4s %9s %8s %s %14s %15s  %s', $step, number($n, 0), percent($pct), paint('green', pad(bar($pct, 100, 20), 20)),
			$lost eq '' ? '' : number($lost, 0) . ($lost_pct eq '' ? '' : sprintf ' (%.0f %%)', $lost_pct), $time, printable($name, 22));
	}
	lines(wrap_sql($sql, 3));
	return;
}

# What is often written: each customer's first step of all, then the first second step after it ...
sub behaviour_first_touch
{
	my (@steps) = @_;
	my $sql = 'SELECT count(t' . @steps . ') FROM (SELECT customer_id, min(ts) AS t1 FROM events WHERE event = ' . step_sql(1, $steps[0]) . ' GROUP BY 1) AS s1'
		. join '', map {
			my $before = $_ - 1;
			" LEFT JOIN LATERAL (SELECT min(ts) AS t$_ FROM events AS e WHERE e.customer_id = s1.customer_id AND event = " . step_sql($_, $steps[ $_ - 1 ])
			. " AND ts BETWEEN t$before AND t1 + interval '$WITHIN') AS s$_ ON true"
		} 2 .. @steps;
	my $right_sql = 'SELECT engage.customers(engage.funnel_agg(t, ' . steps_sql(@steps) . ", '$WITHIN'), " . @steps . ') FROM customer_timeline';
	rows('CREATE INDEX IF NOT EXISTS events_customer ON events (customer_id, ts)');
	my $wrong = run('first touch', $sql) or return;
	my $right = run('funnel', $right_sql) or return;
	heading('WRONG BESIDE RIGHT', 'a first step that led to nothing is not the customer\'s last one');
	check_line('behaviour.last_step', "$right->[0][0] first_touch $wrong->[0][0]");
	show('from the first', number($wrong->[0][0], 0), $sql, paint('red', '✗'));
	show('from any', number($right->[0][0], 0), $right_sql, paint('green', '✓'));
	return;
}

# Cohorts by the first day, week or month in the log; only what is over by the end of the log.
sub behaviour_return
{
	my ($days) = @{ one("SELECT extract(epoch FROM max(ts) - min(ts)) / 86400 FROM events") };
	my $unit = $days > 200 ? 'month' : $days > 25 ? 'week' : 'day';
	my $sql = "SELECT cohort::date, period, size, retention_pct FROM engage.retention_rows((SELECT engage.retention_agg(engage.activity(t, '$unit')) FROM customer_timeline),"
		. " as_of => (SELECT max(ts) FROM events), periods => 8) WHERE period > 0 AND retention_pct IS NOT NULL ORDER BY 1, 2";
	my $rows = run('who comes back', $sql) or return;
	heading('WHO COMES BACK', @$rows ? "% of those whose first $unit it was, in the ${unit}s after; blank where not over" : "the log is too short");
	return unless @$rows;
	my (%size, %rate);
	for my $row (@$rows)
	{
		my ($cohort, $k, $n, $rate) = @$row;
		$size{$cohort} = $n;
		$rate{$cohort}[$k] = $rate;
		check_line("behaviour.return.$cohort.$k", sprintf '%d %.2f', $n, $rate);
	}
	my @cohorts = sort keys %size;
	splice @cohorts, 1, @cohorts - 9 if @cohorts > 9;	# the first, and the last ones: a triangle
	lines(paint('dim', sprintf(' %-12s %9s', "first $unit", 'customers') . join '', map { sprintf ' %7s', "+$_" } 1 .. 8));
	for my $cohort (@cohorts)
	{
		lines(sprintf(' %-12s %9s', $cohort, number($size{$cohort}, 0)) . join '', map { sprintf ' %7s', defined $rate{$cohort}[$_] ? sprintf('%.1f', $rate{$cohort}[$_]) : '' } 1 .. 8);
	}
	lines(wrap_sql($sql, 3));
	return;
}

sub behaviour_sessions
{
	heading('VISITS', 'a visit ends with half an hour without an event');
	my $from = "FROM customer_timeline, engage.sessions(t, '30 minutes')";
	figure('behaviour.sessions', 'visits', "SELECT count(*) $from", 'count');
	figure('behaviour.one_event', 'with one event', "SELECT engage.rate(events = 1) $from", 'percent');
	figure('behaviour.minutes', 'minutes, if several', "SELECT extract(epoch FROM avg(duration)) / 60 $from WHERE events > 1", 'money');
	return;
}

sub behaviour_paths
{
	my ($step_of_last, $last) = @_;
	my @ask = (
		[ 8, 'WHERE THEY GO', 'the first 5 steps of each visit, the same event in a row once', 'path',
			"SELECT e.* FROM (SELECT engage.path_agg(t, '30 minutes', 5) AS p FROM customer_timeline) AS q, engage.path_edges(p, 8) AS e" ],
		[ 6, 'WHAT COMES BEFORE ' . uc printable($last, 24), 'the first time of each customer; steps count back', 'before',
			'SELECT e.* FROM (SELECT engage.path_agg(engage.event_path(t, 4, ends_at => ' . step_sql($step_of_last, $last) . '), true) AS p FROM customer_timeline) AS q, engage.path_edges(p, 6) AS e' ]);
	for my $ask (@ask)
	{
		my ($top, $title, $what, $key, $sql) = @$ask;
		my $rows = run($title, "SELECT step, source, target, customers, paths FROM ($sql) AS e WHERE customers IS NOT NULL AND step <> -1 ORDER BY customers DESC, abs(step), source NULLS FIRST, target NULLS LAST") or next;
		next unless @$rows;
		splice @$rows, $top if @$rows > $top;	# what is left over of a step stands by itself where it is one edge
		heading($title, $what);
		lines(paint('dim', sprintf ' %4s %9s %-28s %9s  %s', 'step', 'customers', '', $key eq 'path' ? 'visits' : '', 'from, to'));
		my $i = 0;
		for my $row (@$rows)
		{
			my ($step, $source, $target, $n, $paths) = @$row;
			my ($from, $to) = ($source eq '' ? '(entry)' : $source, $target eq '' ? '(exit)' : $target);
			check_line("behaviour.$key." . ++$i, join ' ', $step, $n, $paths, printable($from, 40), printable($to, 40));
			lines(sprintf ' %4s %9s %s %9s  %s to %s', $step, number($n, 0), paint('green', pad(bar($n, $rows->[0][3], 28), 28)), $key eq 'path' ? number($paths, 0) : '',
				printable($from, 20), printable($to, 20));
		}
		lines(wrap_sql($sql, 3));
	}
	return;
}

1;
