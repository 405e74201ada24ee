# A delimited text file on its way into COPY: what it is, what its header says, and where it is broken.
# PostgreSQL's COPY does the parsing; here each record gets its line number as a first field, and what
# makes a file unreadable is found with file, line and column.
package Csv;
use strict;
use warnings;
use Demo qw(fail printable);

my %magic = (
	"PK\x03\x04" => [ 'a ZIP archive or a spreadsheet (.xlsx, .ods)', 'save the sheet as CSV (UTF-8) and pass that file' ],
	"\xd0\xcf\x11\xe0" => [ 'an old spreadsheet (.xls)', 'save the sheet as CSV (UTF-8) and pass that file' ],
	"\xfd7zX" => [ 'xz-compressed', 'unpack it with: unxz -k FILE' ],
	"BZh" => [ 'bzip2-compressed', 'unpack it with: bunzip2 -k FILE' ],
	"\x28\xb5\x2f\xfd" => [ 'zstd-compressed', 'unpack it with: unzstd FILE' ],
	"PAR1" => [ 'a Parquet file', 'export it as CSV first' ],
	"%PDF" => [ 'a PDF document', 'export the table as CSV first' ]);

# Look at the file and read its header; ends the demo with a message when it cannot be used.
sub new
{
	my ($class, $path, $variable) = @_;
	my $name = $path;
	$name =~ s{.*/}{}s;
	my $self = bless { path => $path, name => printable($name, 60), variable => $variable }, $class;

	$self->broken(undef, undef, 'there is no such file', "check the path given as $variable=")
		unless -e $path;
	$self->broken(undef, undef, 'it is a directory', "give the file itself, like $variable=orders.csv") if -d _;
	$self->broken(undef, undef, 'it is not an ordinary file', 'write the data to a file first') unless -f _;
	my $fh = $self->open_raw;
	my $start = '';
	read $fh, $start, 8;
	close $fh;
	$self->broken(undef, undef, 'the file is empty', 'a header line and at least one row are needed')
		if $start eq '';
	for my $m (sort keys %magic)
	{
		next unless substr($start, 0, length $m) eq $m;
		$self->broken(undef, undef, "it is $magic{$m}[0], not CSV", $magic{$m}[1]);
	}
	$self->{gzip} = substr($start, 0, 2) eq "\x1f\x8b";
	if (!$self->{gzip} && $path =~ /\.gz\z/i)
	{
		$self->broken(undef, undef, 'its name ends in .gz but it is not a gzip file',
			'rename it if it is plain CSV, or fetch it again');
	}
	if (!$self->{gzip} && $start =~ /^(?:\xff\xfe|\xfe\xff)/)
	{
		$self->broken(1, 1, 'the file is UTF-16, not UTF-8', 'convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW.csv');
	}
	$self->read_header;
	return $self;
}

sub open_raw
{
	my ($self) = @_;
	open my $fh, '<:raw', $self->{path}
		or $self->broken(undef, undef, "it cannot be read: $!", 'check the permissions of the file and its directory');
	return $fh;
}

# The (decompressed) bytes as a handle.
sub open_text
{
	my ($self) = @_;
	my $raw = $self->open_raw;
	return $raw unless $self->{gzip};
	my $pid = open my $fh, '-|';
	die "cannot fork: $!\n" unless defined $pid;
	if (!$pid)
	{
		open STDIN, '<&', $raw or exit 126;
		open STDERR, '>', '/dev/null';
		exec 'gzip', '-dc' or exit 127;
	}
	binmode $fh;
	return $fh;
}

# Where and what, in one sentence, with the way out.
sub broken
{
	my ($self, $line, $column, $what, $hint) = @_;
	my $where = $self->{name};
	$where .= ", line $line" if defined $line;
	if (defined $column)
	{
		my $title = $self->{header} ? $self->{header}[ $column - 1 ] : undef;
		$where .= ", column $column" . (defined $title && $title ne '' ? ' (' . printable($title, 40) . ')' : '');
	}
	$hint =~ s/\bFILE\b/$self->{name}/g;
	if ($self->{feeding})
	{
		$self->{feeding} = 0;
		die { csv => [ "$where: $what", $hint ] };
	}
	fail("$where: $what", $hint);
	return;
}

# Fields of one record (a copy of COPY's rules, for the header and for error messages).
# A second result tells in which field a quotation mark stands where none may, or is left open.
sub fields
{
	my ($text, $delimiter) = @_;
	my $d = quotemeta $delimiter;
	my (@fields, $stray, $open);
	pos($text) = 0;
	while (1)
	{
		if ($text =~ /\G"((?:[^"]|"")*)("?)/gc)
		{
			my ($field, $closed) = ($1, $2);
			$open = @fields + 1 if $closed eq '';
			my ($tail) = $text =~ /\G([^$d]*)/gc ? $1 : '';
			$field =~ s/""/"/g;
			push @fields, $field . $tail;
		}
		else
		{
			my $field = $text =~ /\G([^$d]*)/gc ? $1 : '';
			push @fields, $field;
			$stray = @fields if !defined $stray && $field =~ /"/;
		}
		last unless $text =~ /\G$d/gc;
	}
	return (\@fields, $stray, $open);
}

sub read_header
{
	my ($self) = @_;
	my $fh = $self->open_text;
	my $start = '';
	read $fh, $start, 65536;
	$self->{eol} = $start !~ /\n/ && $start =~ /\r/ ? "\r" : "\n";
	close $fh;

	if ($self->{gzip} && $start eq '')
	{
		$self->broken(undef, undef, 'the gzip file is damaged or holds nothing', 'fetch or pack it again, then try: gzip -t FILE');
	}
	$self->broken(1, 1, 'the file is UTF-16, not UTF-8', 'convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW.csv')
		if $start =~ /^(?:\xff\xfe|\xfe\xff)/;
	$self->broken(1, 1, 'the file is binary or UTF-16, not UTF-8 text', 'a text file with a header line is needed')
		if ($start =~ tr/\0//) * 10 > length $start || $start =~ /^[^\r\n]*\0/;

	# the header is the first record that is not blank; "sep=;" is a spreadsheet's remark
	my ($line, $header, $first) = (0, '', undef);
	my $eol = $self->{eol};
	while ($start =~ /\G(.*?(?:$eol|\z))/gcs && $1 ne '')
	{
		my $l = $1;
		$line++;
		$l =~ s/^\xef\xbb\xbf// if $line == 1;
		if ($header eq '')
		{
			next if $l =~ /^\s*$/;
			if ($l =~ /^sep=(.)\s*$/i)
			{
				$self->{delimiter} = $1;
				next;
			}
			$first = $line;
		}
		$header .= $l;
		last if ($header =~ tr/"//) % 2 == 0;
	}
	$self->broken(undef, undef, 'the file is empty', 'a header line and at least one row are needed') if $header eq '';
	$self->{header_lines} = $line;
	$header =~ s/[\r\n]+\z//;
	my $bare = $header;
	$bare =~ s/"(?:[^"]|"")*"//g;
	if (!defined $self->{delimiter})
	{
		my %n = map { my $d = $_; ($d => scalar(() = $bare =~ /\Q$d\E/g)) } (',', ';', "\t", '|');
		my ($best) = sort { $n{$b} <=> $n{$a} || $a cmp $b } keys %n;
		$self->{delimiter} = $n{$best} ? $best : ',';
	}
	my ($fields, $stray, $open) = fields($header, $self->{delimiter});
	if (defined $open || ($header =~ tr/"//) % 2)
	{
		$self->broken($first, $open || $stray, 'a quotation mark in the header is never closed',
			'close it, or write "" for a quotation mark inside a quoted name');
	}
	for my $i (0 .. $#$fields)
	{
		my $copy = $fields->[$i];
		next if utf8::decode($copy);
		$self->broken($first, $i + 1, 'the header is not valid UTF-8', 'convert the file: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW.csv');
	}
	$self->broken($first, scalar @$fields, 'the header has more than 1000 columns', 'keep the columns that are needed')
		if @$fields > 1000;
	$self->{header} = [ map { my $f = $_; utf8::decode($f); $f =~ s/^\s+|\s+$//g; $f } @$fields ];
	return;
}

# The first records below the header, as fields; only for a guess, so broken ones are passed over.
sub sample
{
	my ($self, $wanted) = @_;
	my $fh = $self->open_text;
	local $/ = $self->{eol};
	my ($n, $record, @records) = (0, '');
	while (defined(my $l = <$fh>))
	{
		next if ++$n <= $self->{header_lines};
		$record .= $l;
		next if ($record =~ tr/"//) % 2 && length $record < 100000;
		$record =~ s/[\r\n]+\z//;
		my ($fields) = fields($record, $self->{delimiter});
		$record = '';
		push @records, [ map { my $f = $_; utf8::decode($f); $f } @$fields ] if @$fields == @{ $self->{header} };
		last if @records >= $wanted || $n > 10 * $wanted;
	}
	close $fh;
	return \@records;
}

# Send every record below the header to $out, its line number first. Returns records, blank lines.
sub feed
{
	my ($self, $out) = @_;
	my $fh = $self->open_text;
	my $d = $self->{delimiter};
	my $blank = $d eq "\t" ? qr/^[\t ]*$/ : qr/^[\Q$d\E \t]*$/;
	my ($n, $records, $blanks, $in_quotes, $from, $opened) = (0, 0, 0, 0, 0, undef);
	local $/ = $self->{eol};
	$self->{feeding} = 1;
	while (defined(my $l = <$fh>))
	{
		$n++;
		next if $n <= $self->{header_lines};
		if ($l =~ /[^\x01-\x7f]/)
		{
			my $copy = $l;
			$self->bad_bytes($n, $l) if $l =~ /\0/ || !utf8::decode($copy);
		}
		my $odd = ($l =~ tr/"//) & 1;
		if (!$in_quotes)
		{
			my $body = $l;
			$body =~ s/[\r\n]+\z//;
			if ($body =~ $blank)
			{
				$blanks++;
				next;
			}
			$records++;
			if ($body =~ tr/\r//)
			{
				(my $bare = $body) =~ s/"(?:[^"]|"")*"//g;
				my ($before) = $body =~ /^([^\r]*)/;
				my ($fields) = fields($before, $d);
				$self->broken($n, scalar @$fields, 'there is a lone carriage return in the field',
					"clean the line ends: tr -d '\\r' < FILE > NEW.csv") if $bare =~ /\r/;
			}
			if ($odd)
			{
				# a field may run over several lines, but only one that began with the quotation mark
				my (undef, $stray, $open) = fields($body, $d);
				$self->broken($n, $stray || $open, 'there is a quotation mark in the middle of the field',
					'quote the field and double the mark: 5" becomes "5"""') if !defined $open;
				($from, $opened) = ($n, $open);
			}
			print {$out} $n, $d, $odd ? $l : "$body\n" or last;
		}
		else
		{
			$self->broken($n, $opened, 'a line inside a quoted field holds only \\.', 'delete that line; COPY takes it for the end of the data')
				if $l =~ /^\\\.\r?\n?\z/;
			if ($odd)
			{
				$l =~ s/[\r\n]+\z//;
				$l .= "\n";
			}
			print {$out} $l or last;
		}
		$in_quotes ^= $odd;
	}
	close $fh;
	$self->broken($n, undef, 'the gzip file is damaged from here on', 'fetch or pack it again, then try: gzip -t FILE')
		if $self->{gzip} && $? >> 8 && $? >> 8 != 2 && !$self->{gave_up};
	$self->broken($from, $opened, 'a quotation mark is opened here and never closed',
		'close it, or write "" for a quotation mark inside a quoted field') if $in_quotes;
	$self->{feeding} = 0;
	return ($records, $blanks);
}

# Which byte, in which field.
sub bad_bytes
{
	my ($self, $n, $l) = @_;
	my ($fields) = fields($l, $self->{delimiter});
	for my $i (0 .. $#$fields)
	{
		my $copy = $fields->[$i];
		if ($copy =~ /\0/)
		{
			$self->broken($n, $i + 1, 'there is a NUL byte', 'the file is binary or damaged; export it again as UTF-8 text');
		}
		next if utf8::decode($copy);
		$copy =~ /([\x80-\xff]+)/;
		my $hex = join ' ', map { sprintf '0x%02x', ord } split //, substr($1, 0, 4);
		$self->broken($n, $i + 1, "the bytes $hex are not valid UTF-8", 'convert the file: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW.csv');
	}
	$self->broken($n, undef, 'the line is not valid UTF-8', 'convert the file: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW.csv');
	return;
}

# COPY's complaint in our words. Its context quotes the record, which begins with our line number.
sub explain_copy_error
{
	my ($self, $err) = @_;
	my ($state, $text) = $err =~ /ERROR:  (\w{5}): (.*)/;
	my ($line) = $err =~ /CONTEXT:  COPY \w+, line \d+(?:, column \w+)?: "(\d+)/;
	my $columns = @{ $self->{header} };
	if (($text || '') =~ /missing data for column "c(\d+)"/)
	{
		$self->broken($line, $1, 'the row ends before this column; it has ' . ($1 - 1) . " of $columns columns",
			'complete or delete the row; a delimiter or a quotation mark may be missing');
	}
	if (($text || '') =~ /extra data after last expected column/)
	{
		$self->broken($line, $columns + 1, "the row has more columns than the header ($columns)",
			'delete what is too much, or quote the field that holds a delimiter');
	}
	$self->broken($line, undef, 'PostgreSQL cannot read it: ' . (defined $text ? $text : $err), 'repair the line and try again');
	return;
}

1;
