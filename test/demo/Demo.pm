# Shared by load.pl and report.pl: talking to psql, printing safely.
package Demo;
use strict;
use warnings;
use Exporter 'import';
use File::Temp ();
use Encode ();
our @EXPORT_OK = qw(psql rows one fail progress printable thousands);

my $US = "\x1f";		# between columns
my $RS = "\x1e";		# between rows

# One friendly message, then the end. Where: file, line, column are optional.
sub fail
{
	my ($message, $hint) = @_;
	$message = Encode::encode('UTF-8', $message) if utf8::is_utf8($message);
	$hint = Encode::encode('UTF-8', $hint) if defined $hint && utf8::is_utf8($hint);
	print STDERR "demo: error: $message\n";
	print STDERR "demo: remedy: $hint\n" if defined $hint;
	exit 1;
}

sub progress
{
	my $text = join '', @_;
	$text = Encode::encode('UTF-8', $text) if utf8::is_utf8($text);
	print STDERR "demo: $text\n";
	return;
}

# Text of the user's files, fit for a terminal: no control or direction-changing characters, not too long.
# (The two joiners belong to the spelling of Persian and to emoji.)
sub printable
{
	my ($text, $max) = @_;
	return '' unless defined $text;
	my $copy = $text;
	utf8::decode($copy) unless utf8::is_utf8($copy);
	$copy =~ s/[\x{00}-\x{1f}\x{7f}-\x{9f}\x{61c}\x{200b}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2060}-\x{2069}\x{feff}]/?/g;
	if (defined $max && length $copy > $max)
	{
		$copy = substr($copy, 0, $max - 3) . '...';
	}
	return $copy;
}

sub thousands
{
	my ($n) = @_;
	return '-' unless defined $n;
	1 while $n =~ s/^(-?\d+)(\d{3})/$1,$2/;
	return $n;
}

# Run psql with SQL (sql =>), a script (file =>) or data on its standard input (stdin => handle).
# Returns (status, standard output, standard error). No shell is involved.
sub psql
{
	my (%o) = @_;
	my $in = $o{stdin};
	if (!$in)
	{
		open $in, '<', '/dev/null' or die $!;
	}
	my $out = File::Temp->new;
	my $err = File::Temp->new;
	my @cmd = ('psql', '-X', '-q', '-A', '-t', '-F', $US, '-R', $RS,
		'-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose');
	push @cmd, map { ('-v', "$_=$o{vars}{$_}") } sort keys %{ $o{vars} || {} };
	push @cmd, '-d', $o{db} if defined $o{db};
	push @cmd, defined $o{file} ? ('-f', $o{file}) : ('-c', $o{sql});
	my $pid = fork;
	die "cannot fork: $!\n" unless defined $pid;
	if (!$pid)
	{
		$SIG{PIPE} = 'DEFAULT';
		open STDIN, '<&', $in or exit 126;
		open STDOUT, '>&', $out or exit 126;
		open STDERR, '>&', $err or exit 126;
		exec { $cmd[0] } @cmd or exit 127;
	}
	close $in if $o{stdin};
	my $finish = sub {
		waitpid $pid, 0;
		my $status = $?;
		my @text;
		for my $fh ($out, $err)
		{
			seek $fh, 0, 0;
			local $/;
			my $text = <$fh>;
			push @text, defined $text ? $text : '';
		}
		chomp $text[0];
		return ($status == 0 ? 0 : 1, @text);
	};
	return $o{later} ? $finish : $finish->();
}

# Rows of a query as arrays of (decoded) strings; on error ([], message, SQLSTATE).
sub rows
{
	my ($sql) = @_;
	my ($status, $out, $err) = psql(sql => $sql);
	if ($status)
	{
		my ($state, $text) = $err =~ /^(?:psql:\S+ )?(?:ERROR|FATAL):  (\w{5}): (.*)$/m;
		return ([], defined $text ? $text : $err, defined $state ? $state : 'XX000');
	}
	utf8::decode($out);
	return [] if $out eq '';
	return [ map { [ split /$US/, $_, -1 ] } split /$RS/, $out, -1 ];
}

sub one
{
	my ($sql) = @_;
	my ($rows, $error) = rows($sql);
	fail("the demo's own query failed: $error", "please report it with this SQL: $sql") if defined $error;
	return $rows->[0];
}

1;
