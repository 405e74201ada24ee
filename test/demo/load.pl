#!/usr/bin/perl
# Loads the user's CSV files, or the made-up shop, into the database psql connects to.
#   load.pl --check   looks at the files given in ORDERS, SURVEY, POSTS, EMAILS and says what is wrong with them
#   load.pl           loads
use strict;
use warnings;
use FindBin ();
use lib $FindBin::Bin;
use Demo qw(psql fail progress printable thousands one);
use Csv;
use Time::HiRes qw(time);

my @sources = qw(orders survey posts emails);
my $check = @ARGV && $ARGV[0] eq '--check';
my %role = read_roles();
my %csv;

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
my %vars = (date_order => $ENV{DATE_ORDER} || 'auto');
if (%csv)
{
	for my $source (grep { $csv{$_} } @sources)
	{
		copy_in($source, $csv{$source});
		script("$source.sql", %vars);
	}
}
else
{
	progress('making up a shop (always the same one)');
	script('shop.sql');
	script("$_.sql", %vars) for @sources;
}
exit 0;

# meaning => accepted headers, in order of preference, normalised
sub read_roles
{
	my %r;
	open my $fh, '<', "$FindBin::Bin/columns" or die "columns: $!\n";
	while (<$fh>)
	{
		next if /^\s*(?:#|$)/;
		my ($source, $name, @headers) = split;
		push @{ $r{$source}{order} }, $name;
		$r{$source}{headers}{$name} = [ map { normal($_) } @headers ];
	}
	close $fh;
	return %r;
}

sub normal
{
	my ($h) = @_;
	$h = lc $h;
	$h =~ s/[^\p{L}\p{N}]//g;
	return $h;
}

# Which column of the file has which meaning: SOURCE_COLUMNS='order_id=Beleg,...' first, then the synonyms.
sub map_columns
{
	my ($source, $csv) = @_;
	my $r = $role{$source};
	my @have = map { normal($_) } @{ $csv->{header} };
	my (%taken, %map);
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
		my ($i) = grep { $have[$_] eq normal($header) } 0 .. $#have;
		if (!defined $i)
		{
			fail("$variable: $csv->{name} has no column \"" . printable($header, 40) . '"',
				'its columns are: ' . join ', ', map { printable($_, 30) } @{ $csv->{header} });
		}
		$map{$name} = $i;
		$taken{$i} = 1;
	}
	for my $name (@{ $r->{order} })
	{
		next if defined $map{$name};
		HEADER: for my $h (@{ $r->{headers}{$name} })
		{
			for my $i (0 .. $#have)
			{
				next if $taken{$i} || $have[$i] ne $h;
				$map{$name} = $i;
				$taken{$i} = 1;
				last HEADER;
			}
		}
	}
	if (!%map)
	{
		my $list = join ', ', map { '"' . printable($_, 30) . '"' } @{ $csv->{header} };
		$csv->broken($csv->{header_lines}, 1, 'no column of the header is known: ' . printable($list, 200),
			"name them in the first line (order_id, customer_id, ...: see test/demo/demo --columns) or say which is which: $variable='$r->{order}[0]=YourHeader,...'");
	}
	$csv->{map} = \%map;
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
	for my $name (sort { $map{$a} <=> $map{$b} } keys %map)
	{
		insert('INSERT INTO demo.has VALUES (:\'a\', :\'b\', :\'c\')', $source, $name, $header{$name});
	}
	insert('INSERT INTO demo.note (source, note) VALUES (:\'a\', :\'b\')', $source,
		'empty lines skipped: ' . thousands($blanks)) if $blanks;
	insert('INSERT INTO demo.file VALUES (:\'a\', :\'b\', :\'c\')', $source, $csv->{name}, $records);
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

# Values from outside travel as psql variables, quoted by psql (which does that only in scripts).
sub insert
{
	my ($sql, @values) = @_;
	my %v;
	@v{ ('a' .. 'c')[ 0 .. $#values ] } = map { my $b = $_; utf8::encode($b) if utf8::is_utf8($b); $b } @values;
	my $script = File::Temp->new(SUFFIX => '.sql');
	print {$script} "$sql;\n";
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
