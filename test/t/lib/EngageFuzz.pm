# Mutations of the text and binary forms of summaries.
package EngageFuzz;

use strict;
use warnings;
use Exporter qw(import);

our @EXPORT = qw(mutate_text mutate_text_bytes mutate_binary hex_bytes);

my @numbers = (
	0, 1, 2, 3, 5, 7, 100, 101, 255, 256, 65535, 65536, -1, -2, '00', '-0', '+1', ' 1',
	qw(2147483647 2147483648 -2147483648 4294967295 4294967296 9223372036854775806 9223372036854775807
	  9223372036854775808 -9223372036854775808 -9223372036854775809 18446744073709551615
	  4611686018427387904 1000000000000000000 999999999999999999 1e5 NaN Infinity 0x10 1_000
	  -211813488000000000 -211813488000000001 9223371331199999999 9223371331200000000),
	'9' x 36, '9' x 38, '1' . '0' x 38, '1' . '0' x 36, '1' . '0' x 39, '9' x 300,
	'0.' . '0' x 35 . '1', '0.' . '9' x 36, '0.' . '0' x 36 . '1', '1.', '.5', '1.5', '-0.0', '-0.5', '12.50',
	'9' x 38 . '.' . '9' x 36, '-' . '1' . '0' x 38 . '.5');

my @words = ('=', ',', ';', ':', '"', '@', '-', '.', '""', '1', '0', 'x', 'w', 'm', 'c', 'o', 't', 'p', 'int8', 'uuid',
	'text', 'bytea', 'scale=', 'promoters=', 'rows=', "\n", "\t", ' ', '\\', "'", '%s', '{}', 'é', '客', '🛒',
	"\x{FEFF}", "\x{301}", 'ff', '00000000-0000-0000-0000-000000000000', 'A', 'Z');

sub pick { return $_[ int rand @_ ]; }

# Up to three changes of characters; $other is a further valid value.
sub mutate_text
{
	my ($text, $other) = @_;
	# half of the time gently, so that enough gets past the parser
	my $gentle = rand() < 0.5;
	for (0 .. ($gentle ? 0 : int rand 3))
	{
		my $length = length $text;
		my $at = int rand($length + 1);
		my $n = 1 + int rand(rand() < 0.7 ? 4 : $length + 1);
		my $how = $gentle ? pick(0, 1, 2, 3, 10, 12) : int rand 13;
		if ($how < 4)
		{
			# a number somewhere becomes another
			my @at;
			push @at, [ $-[0], $+[0] - $-[0] ] while $text =~ /-?[0-9]+(?:\.[0-9]+)?/g;
			if (@at)
			{
				my ($from, $size) = @{ pick(@at) };
				my $old = substr $text, $from, $size;
				my $new = rand() < 0.5 ? pick(@numbers)
				  : $old =~ /^-?[0-9]{1,15}$/ ? $old + int(rand 5) - 2
				  : '-' . $old;
				substr($text, $from, $size) = $new;
			}
		}
		elsif ($how == 4) { substr($text, $at, $n, '') if $at < $length; }
		elsif ($how == 5) { substr($text, $at, 0) = pick(@words); }
		elsif ($how == 6) { substr($text, $at, 1) = pick(@words) if $at < $length; }
		elsif ($how == 7) { substr($text, $at, 0) = substr $text, int rand($length + 1), $n; }
		elsif ($how == 8) { $text = substr($text, 0, $at) . substr($other, int rand(length($other) + 1)); }
		elsif ($how == 9) { $text = substr $text, 0, $at; }
		elsif ($how == 10)
		{
			# two parts change places, as in customers out of order
			my @parts = split /([;,=])/, $text, -1;
			if (@parts > 2)
			{
				my ($i, $j) = (int rand @parts, int rand @parts);
				@parts[ $i, $j ] = @parts[ $j, $i ];
				$text = join '', @parts;
			}
		}
		elsif ($how == 12)
		{
			# a part is there twice
			my @at = (0);
			push @at, $-[0] while $text =~ /[;,]/g;
			push @at, $length;
			my $i = int rand(@at - 1);
			substr($text, $at[ rand @at ], 0) = substr $text, $at[$i], $at[ $i + 1 ] - $at[$i];
		}
		else
		{
			substr($text, $at, 0) = chr(pick(1 .. 127, 160 .. 591, 0x1F600, 0x4E00, 0x10FFFF));
		}
	}
	return $text;
}

# The same for bytes, which need not be valid in any encoding.
sub mutate_text_bytes
{
	my ($bytes) = @_;
	for (0 .. int rand 3)
	{
		my $at = int rand(length($bytes) + 1);
		my $byte = chr(pick(1 .. 255));
		if (rand() < 0.5) { substr($bytes, $at, 0) = $byte; }
		elsif ($at < length $bytes) { substr($bytes, $at, 1) = $byte; }
	}
	return $bytes;
}

my @quads = map { pack 'q>', $_ } 0, 1, 2, 3, -1, -2, 255, 256, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**32 + 1,
  9223372036854775807, -9223372036854775807 - 1, 4611686018427387904, -211813488000000000, -211813488000000001,
  9223371331199999999, 9223371331200000000;
# high and low half of numbers of 128 bits: 10^36, 10^38, and neighbours
my @wide = map { pack 'H*', $_ } qw(00c097ce7bc90715b34b9f1000000000 00c097ce7bc90715b34b9f0fffffffff
  4b3b4ca85a86c47a098a224000000000 4b3b4ca85a86c47a098a224000000001 b4c4b357a5793b85f675ddc000000000
  7fffffffffffffffffffffffffffffff 80000000000000000000000000000000 ffffffffffffffffffffffffffffffff
  00000000000000000000000000000000 00000000000000000000000000000001);
my @longs = map { pack 'l>', $_ } 0, 1, 2, 255, 256, 1000000, 2**30, 2**31 - 1, -1, -2, -2**31;

# Up to three changes of bytes.
sub mutate_binary
{
	my ($bytes, $other) = @_;
	for (0 .. (rand() < 0.5 ? 0 : int rand 3))
	{
		my $length = length $bytes;
		my $at = int rand($length + 1);
		# fields of fixed-size summaries begin at 3, those of order books at 4
		my $field = rand() < 0.5 ? 3 + 8 * int rand($length / 8 + 1) : 4 + 8 * int rand($length / 8 + 1);
		my $n = 1 + int rand(rand() < 0.7 ? 4 : $length + 1);
		my $how = int rand 13;
		if ($how == 0 && $at < $length) { substr($bytes, $at, 1) ^= chr(1 << int rand 8); }
		elsif ($how == 1 && $at < $length) { substr($bytes, $at, 1) = chr(pick(0, 1, 127, 128, 255, int rand 256)); }
		elsif ($how == 2 && $length) { substr($bytes, int rand($length < 4 ? $length : 4), 1) = chr(int rand 6); }
		elsif ($how == 3) { substr($bytes, $field, 8) = pick(@quads) if $field + 8 <= $length; }
		elsif ($how == 4) { substr($bytes, $field, 16) = pick(@wide) if $field + 16 <= $length; }
		elsif ($how == 5) { substr($bytes, $at, 4) = pick(@longs) if $at + 4 <= $length; }
		elsif ($how == 6) { substr($bytes, $at, 8) = pick(@quads) if $at + 8 <= $length; }
		elsif ($how == 7 && $at < $length) { substr($bytes, $at, $n, ''); }
		elsif ($how == 8) { substr($bytes, $at, 0) = substr $bytes, int rand($length + 1), $n; }
		elsif ($how == 9) { $bytes = substr($bytes, 0, $at) . substr($other, int rand(length($other) + 1)); }
		elsif ($how == 10) { $bytes = substr $bytes, 0, $at; }
		elsif ($how == 11) { substr($bytes, $at, 0) = join '', map { chr int rand 256 } 1 .. $n % 16 + 1; }
		elsif ($field + 8 <= $length)
		{
			# a count one more or less
			my $count = unpack('q>', substr $bytes, $field, 8);
			substr($bytes, $field, 8) = pack 'q>', $count + (rand() < 0.5 ? 1 : -1) if abs $count < 2**62;
		}
	}
	return $bytes;
}

sub hex_bytes { return unpack 'H*', $_[0]; }

1;
