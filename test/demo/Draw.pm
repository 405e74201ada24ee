# Bars, sparklines, colour and columns for a terminal of 100 characters.
package Draw;
use strict;
use warnings;
use utf8;
use Exporter 'import';
our @EXPORT_OK = qw(say_line bar balance spark paint wrap_sql number percent $WIDTH);
our $WIDTH = 100;

my $charset = $ENV{LC_ALL} || $ENV{LC_CTYPE} || $ENV{LANG} || '';
my $unicode = $charset =~ /utf-?8/i && !$ENV{DEMO_ASCII};
my $colour = -t STDOUT && !(defined $ENV{NO_COLOR} && $ENV{NO_COLOR} ne '') && ($ENV{TERM} || 'dumb') ne 'dumb';
my %code = (bold => 1, dim => 2, red => 31, green => 32, yellow => 33, cyan => 36);
my %ascii = ('✗' => 'x', '✓' => '+', '…' => '...', '─' => '-', '·' => '|', '│' => '|', '–' => '-', '±' => '+-');
my $print_utf8 = $unicode;

binmode STDOUT, $print_utf8 ? ':encoding(UTF-8)' : ':raw';

sub say_line
{
	my $text = join '', @_;
	if (!$unicode)
	{
		$text =~ s/([✗✓…─·│–±])/$ascii{$1}/g;
		$text =~ s/[^\x00-\x7f]/?/g;
	}
	$text =~ s/ +$//;
	print "$text\n";
	return;
}

sub paint
{
	my ($colour_name, $text) = @_;
	return $text unless $colour && $text ne '';
	return "\e[$code{$colour_name}m$text\e[0m";
}

# A bar of at most $width characters for $value of $max, to an eighth of a character.
sub bar
{
	my ($value, $max, $width) = @_;
	return '' unless defined $value && defined $max && $max > 0 && $value > 0;
	my $length = $width * ($value > $max ? 1 : $value / $max);
	return '#' x ($length > 0 && $length < 1 ? 1 : int($length + 0.5)) unless $unicode;
	my $eighths = int($length * 8 + 0.5);
	$eighths = 1 if $eighths < 1;
	my $text = '█' x int($eighths / 8);
	$text .= ('', '▏', '▎', '▍', '▌', '▋', '▊', '▉')[ $eighths % 8 ];
	return $text;
}

# Two texts of $width characters, for a bar from the middle: to the left for a value below zero, otherwise to the right.
sub balance
{
	my ($value, $max, $width) = @_;
	my $blank = ' ' x $width;
	return ($blank, $blank) if !$value || !$max;
	if ($value > 0)
	{
		my $right = bar($value, $max, $width);
		return ($blank, $right . ' ' x ($width - length $right));
	}
	# only halves can begin at their right edge
	my $halves = int(2 * $width * (-$value > $max ? 1 : -$value / $max) + 0.5) || 1;
	my $left = $unicode ? ($halves % 2 ? '▐' : '') . '█' x int($halves / 2) : '#' x int(($halves + 1) / 2);
	return (' ' x ($width - length $left) . $left, $blank);
}

# One character a value; the lowest level is zero (or less), so the heights compare.
sub spark
{
	my @values = @_;
	my ($max) = sort { $b <=> $a } @values;
	my @level = $unicode ? qw(▁ ▂ ▃ ▄ ▅ ▆ ▇ █) : ('_', '.', ':', '-', '=', '+', '*', '#');
	return join '', map {
		my $i = defined $max && $max > 0 && $_ > 0 ? int(7 * $_ / $max + 0.5) : 0;
		$level[$i]
	} @values;
}

# SQL over several lines, broken between words.
sub wrap_sql
{
	my ($sql, $indent) = @_;
	my $room = $WIDTH - $indent;
	my @lines = ('');
	for my $word (split / /, $sql)
	{
		if ($lines[-1] ne '' && length("$lines[-1] $word") > $room)
		{
			push @lines, '  ';
		}
		$lines[-1] .= ($lines[-1] =~ /^ *$/ ? '' : ' ') . $word;
	}
	return map { ' ' x $indent . paint('dim', $_) } @lines;
}

# 1,234.50
sub number
{
	my ($value, $decimals) = @_;
	return '-' unless defined $value && $value ne '';
	my $text = sprintf "%.${decimals}f", $value;
	1 while $text =~ s/^(-?\d+)(\d{3})/$1,$2/;
	return $text;
}

sub percent
{
	my ($value) = @_;
	return '-' unless defined $value && $value ne '';
	return sprintf abs($value) < 10 ? '%.2f %%' : '%.1f %%', $value;
}

1;
