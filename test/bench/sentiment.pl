# sentiment.pl LEXICON LANGUAGE ROWS: short documents of words of the lexicon, one a line, the same every time.
#
# As customers write: a third are words that only join others, a fifth say something, the rest are words that
# no list has (here: halves of two that are there).
use strict;
use warnings;
use open qw(:std :encoding(UTF-8));

my ($lexicon, $language, $rows) = @ARGV;
my (@polar, @joining, @halves);

sub columns
{
	my ($name) = @_;
	open my $file, '<', "$lexicon/$name" or die "$lexicon/$name: $!\n";
	my @lines = map { [ split /\t/ ] } grep { /\t/ && !/^# / } <$file>;
	return @lines;
}
@polar = map { $_->[0] } columns("$language.tsv");
@joining = map { $_->[1] } grep { $_->[0] =~ /^(?:function|negator|booster|contrast)/ } columns("$language.rules.tsv");
my @emoji = map { $_->[0] } columns('emoji.tsv');
for my $word (grep { !/ / && length >= 4 } @polar)
{
	my $middle = length($word) >> 1;
	push @halves, [ substr($word, 0, $middle), substr($word, $middle) ];
}

# (Perl's own generator differs between platforms)
my $state = 42;
sub draw { $state = ($state * 1103515245 + 12345) % 2147483648; return ($state >> 8) % $_[0]; }

for (1 .. $rows)
{
	my @words;
	for (1 .. 6 + draw(9))
	{
		my $which = draw(100);
		push @words, $which < 35 ? $joining[ draw(scalar @joining) ]
		  : $which < 55 ? $polar[ draw(scalar @polar) ]
		  : $halves[ draw(scalar @halves) ][0] . $halves[ draw(scalar @halves) ][1];
	}
	my $end = draw(10);
	print "@words", $end < 2 ? '!' : $end < 3 ? " $emoji[ draw(scalar @emoji) ]" : $end < 8 ? '.' : '', "\n";
}
