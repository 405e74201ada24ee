#!/usr/bin/perl
# Loads the user's CSV files, or the made-up shop, into the database psql connects to.
#   load.pl --check   looks at the files given in ORDERS, SURVEY, POSTS, EMAILS, REVIEWS, EVENTS and says what is wrong with them
#   load.pl           loads
use strict;
use warnings;
use FindBin ();
use lib $FindBin::Bin;
use Demo qw(psql rows fail progress printable thousands one);
use Csv;
use Time::HiRes qw(time);
use Unicode::Normalize qw(NFKD);

my @sources = qw(orders survey posts emails reviews events);
my $check = @ARGV && $ARGV[0] eq '--check';
my %role = read_roles();
my %csv;

misspelt();
for my $source (@sources)
{
	my $path = $ENV{ uc $source };
	next unless defined $path && $path ne '';
	$csv{$source} = Csv->new($path, uc $source);
	map_columns($source, $csv{$source});
}
if (my $order = $ENV{DATE_ORDER})
{
	fail('DATE_ORDER is "' . printable($order, 20) . '"', 'use DATE_ORDER=dmy (day first) or DATE_ORDER=mdy (month first)')
		unless $order =~ /^(?:dmy|mdy)\z/;
}
exit 0 if $check;

script('prepare.sql');
my %vars = (date_order => $ENV{DATE_ORDER} || 'auto', steps => defined $ENV{EVENTS_STEPS} ? $ENV{EVENTS_STEPS} : '');
if (%csv)
{
	for my $source (grep { $csv{$_} } @sources)
	{
		copy_in($source, $csv{$source});
		script("$source.sql", %vars);
		anything_left($source, $csv{$source});
		known_steps($csv{$source}) if $source eq 'events';
	}
}
else
{
	progress('making up a shop (always the same one)');
	script('shop.sql');
	local $ENV{REVIEWS_COLUMNS} = '';
	my $reviews = Csv->new("$FindBin::Bin/reviews.csv", 'REVIEWS');
	map_columns('reviews', $reviews);
	copy_in('reviews', $reviews);
	run("UPDATE demo.file SET name = NULL WHERE source = 'reviews'");
	$vars{steps} ||= 'visit,product,cart,checkout,order';
	script("$_.sql", %vars) for @sources;
}
exit 0;

# meaning => accepted headers, in order of preference, normalised
sub read_roles
{
	my %r;
	open my $fh, '<:encoding(UTF-8)', "$FindBin::Bin/columns" or die "columns: $!\n";
	while (<$fh>)
	{
		next if /^\s*(?:#|$)/;
		my ($source, $name, @headers) = split;
		push @{ $r{$source}{order} }, $name;
		for my $h (@headers)
		{
			if ($h =~ /[*]/)
			{
				my $like = join '.*', map { quotemeta normal($_) } split /[*]+/, $h, -1;
				push @{ $r{$source}{like}{$name} }, qr/^$like\z/;
				next;
			}
			my ($header, $other) = map { normal($_) } split /[+]/, $h;
			push @{ $r{$source}{headers}{$name} }, [ $header, $other ];
		}
	}
	close $fh;
	return %r;
}

sub normal
{
	my ($h) = @_;
	$h = NFKD(lc $h);
	$h =~ tr/\x{64a}\x{649}\x{643}/\x{6cc}\x{6cc}\x{6a9}/;	# yeh and kaf of Arabic and of Persian keyboards
	$h =~ s/[^\p{L}\p{N}]//g;
	return $h;
}

# Which column of the file has which meaning: SOURCE_COLUMNS='order_id=Beleg,...' first, then the synonyms.
sub map_columns
{
	my ($source, $csv) = @_;
	my $r = $role{$source};
	my @have = map { normal($_) } @{ $csv->{header} };
	my (%taken, %map, %unset);
	my $wish = $ENV{ uc($source) . '_COLUMNS' };
	my $variable = uc($source) . '_COLUMNS';
	utf8::decode($wish) if defined $wish;
	for my $pair (grep { /\S/ } split /,/, defined $wish ? $wish : '')
	{
		my ($name, $header) = $pair =~ /^\s*([a-z_]+)\s*=\s*(.*?)\s*$/;
		if (!defined $name || !$r->{headers}{$name})
		{
			fail("$variable: \"" . printable($pair, 40) . '" is not understood',
				"write meaning=Header,...; the meanings are: @{ $r->{order} }");
		}
		if ($name eq 'order_id' && $header eq '#')
		{
			$map{$name} = -1;		# every row is an order: its line number is its id
			next;
		}
		if ($header eq '')
		{
			$unset{$name} = 1;		# "amount=": there is none
			next;
		}
		my ($i) = grep { $csv->{header}[$_] eq $header } 0 .. $#have;
		($i) = grep { $have[$_] eq normal($header) && $have[$_] ne '' } 0 .. $#have unless defined $i;
		if (!defined $i)
		{
			fail("$variable: $csv->{name} has no column \"" . printable($header, 40) . '"',
				'its columns are: ' . join ', ', map { printable($_, 30) } @{ $csv->{header} });
		}
		$map{$name} = $i;
		$taken{$i} = 1;
	}
	my @open = grep { !defined $map{$_} && !$unset{$_} } @{ $r->{order} };
	my %is_there = map { ($_ => 1) } @have;
	for my $name (@open)
	{
		HEADER: for my $h (@{ $r->{headers}{$name} })
		{
			next if defined $h->[1] && !$is_there{ $h->[1] };
			for my $i (0 .. $#have)
			{
				next if $taken{$i} || $have[$i] ne $h->[0];
				$map{$name} = $i;
				$taken{$i} = 1;
				last HEADER;
			}
		}
	}
	for my $name (grep { !defined $map{$_} } @open)
	{
		LIKE: for my $like (@{ $r->{like}{$name} || [] })
		{
			for my $i (grep { !$taken{$_} && $have[$_] =~ $like } 0 .. $#have)
			{
				$map{$name} = $i;
				$taken{$i} = 1;
				last LIKE;
			}
		}
	}
	if (!%map)
	{
		my $list = join ', ', map { '"' . printable($_, 30) . '"' } @{ $csv->{header} };
		$csv->broken($csv->{header_lines}, 1, 'no column of the header is known: ' . printable($list, 200),
			'say which is which (this is a guess, change it): make demo ' . uc($source) . '=' . word($csv->{path}) . " $variable=" . word(guess($source, $csv))
				. '   (the meanings and the names that are found by themselves: test/demo/demo --columns)');
	}
	for my $name (sort keys %map)
	{
		next if $map{$name} < 0;
		my @same = grep { $have[$_] eq $have[ $map{$name} ] } 0 .. $#have;
		push @{ $csv->{notes} }, sprintf 'the header "%s" is there %d times (columns %s): column %d is used as %s',
			printable($csv->{header}[ $map{$name} ], 40), scalar @same, join(', ', map { $_ + 1 } @same), $map{$name} + 1, $name if @same > 1;
	}
	$csv->{map} = \%map;
	return;
}

# A word for the shell.
sub word
{
	my ($w) = @_;
	$w = printable($w, 200);
	return $w if $w =~ m{^[\w./:+-]+\z}a;
	$w =~ s/'/'\\''/g;
	return "'$w'";
}

# A mapping to start from, by what the first rows look like.
sub guess
{
	my ($source, $csv) = @_;
	my $rows = $csv->sample(50);
	my $n = @$rows || 1;
	my (%is, %pick);
	for my $i (0 .. $#{ $csv->{header} })
	{
		my @values = grep { /\S/ } map { $_->[$i] } @$rows;
		my $dates = grep { /^\s*\d{1,4}[-\/.]\d{1,2}[-\/.]\d{1,4}/ || /\d\s*[-, ]\s*[A-Za-z]{3}|^[A-Za-z]{3,9} \d/ } @values;
		my @numbers = grep { /^\s*[^\d\s]{0,3}\s*-?\d[\d.,' ]*\s*[^\d\s]{0,3}\s*$/ } @values;
		my %different = map { ($_ => 1) } @values;
		$is{$i} = { date => @values && $dates > 0.8 * @values, number => @values && @numbers > 0.8 * @values,
			fraction => scalar(grep { /[.,]\d{1,2}\D*$/ } @numbers), different => scalar keys %different, letters => length join('', @values),
			score => @numbers && !grep { !/^\s*\d{1,2}\b/ || $_ > 10 } map { /(\d+)/ ? $1 : '' } @numbers };
	}
	my @all = sort { $a <=> $b } keys %is;
	my %taken;
	my $take = sub {
		my ($role, @candidates) = @_;
		my ($i) = grep { !$taken{$_} && $csv->{header}[$_] !~ /[,=]/ && $csv->{header}[$_] ne '' } @candidates;
		return unless defined $i;
		$pick{$role} = $i;
		$taken{$i} = 1;
	};
	$take->('ts', grep { $is{$_}{date} } @all);
	my @numbers = grep { $is{$_}{number} && !$is{$_}{date} } @all;
	if ($source eq 'orders')
	{
		$take->('amount', reverse grep { $is{$_}{fraction} } @numbers) if grep { $is{$_}{fraction} } @numbers;
		$take->('order_id', sort { $is{$b}{different} <=> $is{$a}{different} || $a <=> $b } grep { !$is{$_}{date} } @all);
		$take->('customer_id', sort { $is{$b}{different} <=> $is{$a}{different} || $a <=> $b } grep { !$is{$_}{date} } @all);
		$take->('amount', reverse @numbers) unless defined $pick{amount};
	}
	elsif ($source eq 'survey')
	{
		$take->('nps', (grep { $is{$_}{score} } @numbers), @numbers, @all);
	}
	elsif ($source eq 'events')
	{
		my @words = sort { $is{$a}{different} <=> $is{$b}{different} || $b <=> $a } grep { !$is{$_}{date} } @all;
		$take->('event', (grep { !$is{$_}{number} } @words), @words);
		$take->('customer_id', reverse @words);
	}
	elsif ($source eq 'reviews')
	{
		$take->('body', sort { $is{$b}{letters} <=> $is{$a}{letters} || $a <=> $b } @all);
	}
	else
	{
		my @roles = $source eq 'posts' ? qw(likes comments shares audience) : qw(sent delivered opened clicked);
		$take->($_, @numbers) for @roles;
	}
	$take->($role{$source}{order}[0], @all) unless %pick;
	my @known = grep { defined $pick{$_} } @{ $role{$source}{order} };
	return @known ? join ',', map { "$_=$csv->{header}[ $pick{$_} ]" } @known : "$role{$source}{order}[0]=YourHeader";
}

# make and the shell pass a name that is not ours on without a word: refuse what was surely meant for the demo.
sub misspelt
{
	my @known = ((map { (uc, uc($_) . '_COLUMNS') } @sources), 'DATE_ORDER', 'EVENTS_STEPS');
	my %known = map { ($_ => 1) } @known;
	for my $name (sort keys %ENV)
	{
		next if $known{$name} || $ENV{$name} eq '';
		my $meant;
		if ($name =~ /^(order|survey|post|e_?mail|review|event)s?(_?columns?)?\z/i)
		{
			next if $name eq 'EMAIL' && !-f $ENV{$name};	# other programs keep an address there
			$meant = uc($1 =~ /mail/i ? 'email' : $1);
			$meant .= 'S' if $meant ne 'SURVEY';
			$meant .= '_COLUMNS' if defined $2;
		}
		elsif ($name =~ /^events?_?steps?\z/i)
		{
			$meant = 'EVENTS_STEPS';
		}
		elsif ($name =~ /^date_?orders?\z/i)
		{
			$meant = 'DATE_ORDER';
		}
		next unless defined $meant;
		fail('there is no setting "' . printable($name, 40) . '"', "write $meant=" . word($ENV{$name}) . ' (the settings are: ' . join(' ', @known) . ')');
	}
	return;
}

# Every row excluded: there is nothing to show, and the reason is the message.
sub anything_left
{
	my ($source, $csv) = @_;
	my ($all) = @{ one("SELECT count(*) FROM demo.in_$source") };
	return unless $all;
	my ($table) = $source eq 'orders' ? 'order_lines' : $source;
	my $where = $source ne 'survey' ? '' : ' WHERE nps IS NOT NULL OR csat IS NOT NULL OR ces IS NOT NULL';
	return if $source eq 'survey' && !grep { defined $csv->{map}{$_} } qw(nps csat ces);
	my ($left) = @{ one("SELECT count(*) FROM (SELECT FROM public.$table$where LIMIT 1) AS left_over") };
	return if $left;
	my ($rows) = rows("SELECT column_name, reason, count(*), min(line), coalesce((array_agg(left(value, 100) ORDER BY line))[1], '')"
			. " FROM excluded WHERE source = '$source' AND reason !~ '^no weight|stays' GROUP BY 1, 2 ORDER BY 3 DESC, 1 LIMIT 3");
	my @why = map {
		my ($role, $reason, $n, $line, $value) = @$_;
		my $i = $csv->{map}{$role};
		my $title = defined $i && $i >= 0 ? '"' . printable($csv->{header}[$i], 40) . '"' : $role;
		"$title: $reason (" . thousands($n) . ", e.g. line $line" . ($value ne '' ? ': "' . printable($value, 40) . '"' : '') . ')'
	} @$rows;
	my $first = @$rows ? $rows->[0] : [ '', '' ];
	my $variable = uc($source) . '_COLUMNS';
	my $remedy = $first->[1] =~ /Jalali/ ? 'convert the dates to the Gregorian calendar (2024-04-03) first'
		: $first->[0] eq 'ts' ? "write dates like 2024-04-03, or leave them out: $variable='ts='"
		: $first->[0] eq 'status' ? "is it the right column? Leave it out: $variable='status='"
		: "is it the right column? Name another: $variable='" . ($first->[0] || 'amount') . "=Header' (or none: '" . ($first->[0] || 'amount') . "=')";
	fail("$csv->{name}: none of the " . thousands($all) . ' rows can be used. ' . join('; ', @why), $remedy);
	return;
}

# A funnel over an event that never happened would be empty without a word.
sub known_steps
{
	my ($csv) = @_;
	my ($unknown) = rows('SELECT name FROM funnel WHERE NOT EXISTS (SELECT FROM events WHERE event = name) ORDER BY step');
	return unless @$unknown;
	my ($known) = rows('SELECT left(event, 40) FROM events GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 10');
	fail("EVENTS_STEPS: $csv->{name} has no event \"" . printable($unknown->[0][0], 40) . '"', 'the most frequent are: ' . join ', ', map { printable($_->[0], 40) } @$known);
	return;
}

# COPY the file into an all-text table whose columns are called c1, c2, ...: no name of the file reaches SQL.
sub copy_in
{
	my ($source, $csv) = @_;
	my $begun = time;
	my $columns = @{ $csv->{header} };
	my $delimiter = { "\t" => "E'\\t'", ',' => "','", ';' => "';'", '|' => "'|'", ':' => "':'" }->{ $csv->{delimiter} };
	$csv->broken(1, 1, 'sep= names a delimiter other than comma, semicolon, tab, colon or bar', 'delete that line')
		unless defined $delimiter;
	progress("reading $csv->{name}"
			. ($csv->{gzip} ? ' (gzip)' : '') . ', '
			. { "\t" => 'tabs', ',' => 'commas', ';' => 'semicolons', '|' => 'bars', ':' => 'colons' }->{ $csv->{delimiter} }
			. ", $columns columns");
	run("CREATE UNLOGGED TABLE demo.raw_$source (line bigint, " . join(', ', map { "c$_ text" } 1 .. $columns) . ')');

	pipe my $from, my $to or die "pipe: $!\n";
	my $finish = psql(stdin => $from, later => 1,
		sql => "COPY demo.raw_$source FROM STDIN (FORMAT csv, DELIMITER $delimiter, ENCODING 'UTF8')");
	local $SIG{PIPE} = 'IGNORE';
	binmode $to;
	my ($records, $blanks) = eval { $csv->feed($to) };
	my $trouble = $@;
	close $to;
	my ($status, undef, $err) = $finish->();

	# what COPY met first is nearer to the cause, unless we know of a quotation mark
	if (ref $trouble && $trouble->{csv})
	{
		fail(@{ $trouble->{csv} });
	}
	die $trouble if $trouble;
	$csv->explain_copy_error($err) if $status;
	my ($loaded) = @{ one("SELECT count(*) FROM demo.raw_$source") };
	fail("$csv->{name}: $records rows were sent but $loaded arrived", 'a line that holds only \\. ends the data: delete it')
		if $loaded != $records;

	my %map = %{ $csv->{map} };
	my %header = map { ($_ => $map{$_} < 0 ? 'line number' : printable($csv->{header}[ $map{$_} ], 60)) } keys %map;
	my @columns = map { (!defined $map{$_} ? 'NULL::text' : $map{$_} < 0 ? 'line::text' : 'c' . ($map{$_} + 1)) . " AS $_" }
		@{ $role{$source}{order} };
	run("CREATE VIEW demo.in_$source AS SELECT line, " . join(', ', @columns)
			. ', md5(ROW(' . join(', ', map { "c$_" } 1 .. ($columns > 100 ? 100 : $columns)) . ")::text) AS rest FROM demo.raw_$source");
	my @notes = (($blanks ? 'empty lines skipped: ' . thousands($blanks) : ()), @{ $csv->{notes} || [] });
	insert((map { [ 'has', $source, $_, $header{$_} ] } sort { $map{$a} <=> $map{$b} } keys %map),
		(map { [ 'note (source, note)', $source, $_ ] } @notes), [ 'file', $source, $csv->{name}, $records ]);
	progress("$csv->{name}: $_") for @{ $csv->{notes} || [] };
	progress(sprintf '%s rows read in %.1f s; %s', thousands($records), time - $begun,
		join ', ', map { "$_ = " . printable($header{$_}, 30) }
			sort { $map{$a} <=> $map{$b} } keys %map);
	return;
}

sub run
{
	my ($sql) = @_;
	my ($status, undef, $err) = psql(sql => $sql);
	fail("the demo's own SQL failed: $err", 'please report it') if $status;
	return;
}

# Rows [table, value, ...]. Values from outside travel as psql variables, quoted by psql (which does that only in scripts).
sub insert
{
	my @rows = @_;
	my $script = File::Temp->new(SUFFIX => '.sql');
	my %v;
	for my $row (@rows)
	{
		my ($table, @values) = @$row;
		my @names;
		for my $value (@values)
		{
			push @names, 'v' . scalar keys %v;
			utf8::encode($value) if utf8::is_utf8($value);
			$v{ $names[-1] } = $value;
		}
		print {$script} "INSERT INTO demo.$table VALUES (" . join(', ', map { ":'$_'" } @names) . ");\n";
	}
	close $script;
	my ($status, undef, $err) = psql(file => "$script", vars => \%v);
	fail("the demo's own SQL failed: $err", 'please report it') if $status;
	return;
}

sub script
{
	my ($name, %v) = @_;
	my ($status, undef, $err) = psql(file => "$FindBin::Bin/$name", vars => \%v);
	fail("the demo's own script $name failed: $err", 'please report it') if $status;
	return;
}
