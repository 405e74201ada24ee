# The chapter about the voice of the customer, a part of report.pl: how reviews feel, what they are about, the worst one word by word.
# Text that may run from right to left stands at the end of its line, after a word in Latin letters: so the columns
# before it keep their places, whatever a terminal does about direction.
use strict;
use warnings;
use utf8;

my %language = (en => 'English', ar => 'Arabic', fa => 'Persian', he => 'Hebrew', und => 'another', '' => 'no words', all => 'all');
my $SIDE = 12;		# characters of a bar, to each side

sub voice
{
	my ($n) = @{ one('SELECT count(*) FROM reviews') };
	return unless $n;
	above_the_line();
	rule();
	check_line('voice.reviews', $n);
	lines(paint('bold', ' VOICE OF THE CUSTOMER') . ' · ' . number($n, 0) . ' reviews, scored where they are stored: -1 (bad) to 1 (good)');
	voice_languages();
	voice_themes();
	voice_words($n);
	voice_worst();
	return;
}

sub voice_languages
{
	heading('HOW THEY FEEL', 'a review is positive above 0.05; 95 % intervals');
	figure('voice.mean', 'mean sentiment', 'SELECT engage.mean_sentiment(body) FROM reviews', 'score');
	figure('voice.positive', 'positive', 'SELECT engage.positive_rate(body) FROM reviews', 'percent');
	figure('voice.language', 'language as given',
		"SELECT engage.rate(engage.language_of(body) = lang_hint) FROM reviews WHERE lang_hint IN ('en', 'ar', 'fa', 'he')", 'percent') if has('reviews.lang_hint');
	my $sql = 'SELECT language, engage.texts(s), m.*, p.*, engage.negative_rate(s) FROM (SELECT engage.language_of(body) AS language, engage.sentiment_agg(body) AS s FROM reviews GROUP BY 1) AS q,'
		. ' engage.mean_sentiment_interval(s) AS m, engage.positive_rate_interval(s) AS p ORDER BY 2 DESC, 1';
	my $rows = run('sentiment by language', $sql) or return;
	lines(paint('dim', sprintf ' %-9s %8s %6s %15s %s %9s %16s', 'language', 'reviews', 'mean', 'interval', balance_title('negative', 'positive'), '', 'interval'));
	for my $row (@$rows)
	{
		my ($key, $texts, $mean, $low, $high, $positive, $from, $to, $negative) = @$row;
		my $name = $key eq '' ? 'none' : $key;
		check_line("voice.$name", join ' ', map { $_ eq '' ? '-' : 0 + sprintf('%.4f', $_) } @$row[ 1 .. 8 ]);
		lines(sprintf ' %-9s %8s %6s %15s %s %9s %16s', $language{$key}, number($texts, 0), score($mean), $low eq '' ? '' : score($low) . ' … ' . score($high),
			shares($negative, $positive), percent($positive), sprintf('%.0f … %.0f %%', $from, $to));
	}
	lines(wrap_sql($sql, 3));
	return;
}

sub voice_themes
{
	my $sql = 'SELECT theme, engage.texts(s), m.* FROM (SELECT theme, engage.sentiment_agg(body) AS s FROM reviews, review_themes, engage.theme_matches(body, keywords) GROUP BY 1) AS q,'
		. ' engage.mean_sentiment_interval(s) AS m ORDER BY estimate, theme';
	my $rows = run('themes', $sql) or return;
	heading('WHAT THEY ARE ABOUT', @$rows ? 'the worst first, all languages together; a review may be about several'
		: 'none of the words in review_themes');
	return unless @$rows;
	my ($max) = sort { $b <=> $a } map { abs $_->[2] } @$rows;
	lines(paint('dim', sprintf ' %-14s %8s %6s %15s %s', 'theme', 'reviews', 'mean', 'interval', balance_title('hurts', 'helps')));
	for my $row (@$rows)
	{
		my ($theme, $texts, $mean, $low, $high) = @$row;
		check_line("voice.theme.$theme", "$texts " . (0 + sprintf '%.4f', $mean));
		lines(sprintf ' %-14s %8s %6s %15s %s', printable($theme, 14), number($texts, 0), score($mean), $low eq '' ? '' : score($low) . ' … ' . score($high), scale($mean, $max));
	}
	lines(wrap_sql($sql, 3));
	return;
}

# Words and pairs of words that go with bad or good reviews. Few reviews prove nothing about a word: then the
# most telling ones are shown all the same, with the chance that they mean nothing.
sub voice_words
{
	my ($n) = @_;
	my $query = sub { "SELECT t.* FROM (SELECT engage.theme_agg(body) AS s FROM reviews) AS q, engage.themes(s, 5, effect => '$_[0]'$_[1]) AS t" };
	my @options = ('', ', min_texts => 3, max_p_value => 1');
	my (%words, $sql, $sure);
	for my $option (@options)
	{
		$sql = $query->('hurts', $option);
		for my $effect (qw(hurts helps))
		{
			$words{$effect} = run('words', 'SELECT effect, texts, impact, p_value, term FROM (' . $query->($effect, $option) . ") AS t, (VALUES ('$effect')) AS e(effect)") or return;
		}
		$sure = $option eq '';
		last if grep { @$_ } values %words;
	}
	my @rows = map { @$_ } @words{qw(hurts helps)};
	heading('THE WORDS BEHIND IT', !@rows ? 'none that comes back' : 'impact: how far their reviews are off the mean, added up');
	lines('   (none of them is beyond chance, at p = 0.05: there are too few reviews)') if @rows && !$sure;
	return unless @rows;
	my ($max) = sort { $b <=> $a } map { abs $_->[2] } @rows;
	lines(paint('dim', sprintf ' %-8s %8s %8s %s %6s  %s', 'effect', 'reviews', 'impact', balance_title('hurts', 'helps'), 'p', 'word'));
	for my $row (@rows)
	{
		my ($effect, $texts, $impact, $p, $term) = @$row;
		check_line("voice.$effect", "$texts " . (0 + sprintf '%.4f', $impact) . ' ' . printable($term, 40));
		lines(sprintf ' %-8s %8s %8s %s %6s  %s', $effect, number($texts, 0), sprintf('%+.2f', $impact), scale($impact, $max), $p < 0.001 ? '<.001' : sprintf('%.3f', $p), printable($term, 36));
	}
	lines(wrap_sql($sql, 3));
	return;
}

sub voice_worst
{
	my $in_one_line = sub { "regexp_replace(left($_[0], 400), '[[:space:][:cntrl:]]+', ' ', 'g')" };
	my $sql = 'SELECT DISTINCT ON (1) engage.language_of(body) AS language, engage.sentiment(body) AS score, id, body FROM reviews ORDER BY 1, 2, 3';
	my $worst = run('worst comments', 'SELECT language, score, ' . $in_one_line->('id') . ', ' . $in_one_line->('body') . " FROM ($sql) AS w ORDER BY score, id") or return;
	heading('THE WORST COMMENTS', 'of each language');
	for my $row (@$worst)
	{
		my ($key, $score, $id, $body) = @$row;
		check_line('voice.worst.' . ($key eq '' ? 'none' : $key), (0 + sprintf '%.4f', $score) . ' ' . printable($id, 20));
		lines(sprintf ' %-9s %6s  %-12s  %s', $language{$key}, score($score), printable($id, 12), printable($body, $WIDTH - 34));
	}
	lines(wrap_sql($sql, 3));

	$sql = 'SELECT rule, weight, token FROM engage.sentiment_explain((SELECT body FROM reviews ORDER BY engage.sentiment(body), id LIMIT 1))';
	my $each = run('explained', 'SELECT rule, weight, ' . $in_one_line->('token') . ' FROM ' . ($sql =~ /FROM (.*)/)[0] . ' ORDER BY n') or return;
	heading('WHY THE WORST IS SO BAD', 'what each token adds, phrases on one line; together they are the score');
	my $sum = 0;
	my $tokens = [];
	for my $token (@$each)
	{
		$sum += $token->[1];
		if ($token->[0] eq 'in_phrase' && @$tokens)
		{
			$tokens->[-1][1] += $token->[1];
			$tokens->[-1][2] .= " $token->[2]";
			next;
		}
		push @$tokens, [@$token];
	}
	my @order = sort { abs $tokens->[$b][1] <=> abs $tokens->[$a][1] || $a <=> $b } 0 .. $#$tokens;
	@order = grep { $tokens->[$_][1] != 0 || $tokens->[$_][2] =~ /[\p{L}\p{N}]/ } @order;	# no commas
	my $rest = @order > 20 ? @order - 20 : 0;
	my $max = @order ? abs $tokens->[ $order[0] ][1] : 0;
	my @shown = sort { $a <=> $b } @order[ 0 .. $#order - $rest ];	# of a long one those with the largest weights
	check_line('voice.explained', @$each . ' ' . (0 + sprintf '%.4f', $sum));
	for my $token (@$tokens[@shown])
	{
		my ($rule, $weight, $text) = @$token;
		lines(sprintf ' %-11s %6s %s  %s', $rule, score($weight), scale($weight, $max), printable($text, 36));
	}
	lines(sprintf(' %-11s %6s', 'together', score($sum)) . ($rest ? "  ($rest further ones of no larger weight are left out)" : ''));
	lines(wrap_sql($sql, 3));
	return;
}

sub score { return sprintf '%+.2f', abs $_[0] < 0.005 ? 0 : $_[0] }

# Below zero to the left, in red; above to the right, in green.
sub scale
{
	my ($value, $max) = @_;
	my ($left, $right) = balance($value, $max, $SIDE);
	return paint('red', $left) . '│' . paint('green', $right);
}

sub shares
{
	my ($negative, $positive) = @_;
	return paint('red', (balance(-$negative, 100, $SIDE))[0]) . '│' . paint('green', (balance($positive, 100, $SIDE))[1]);
}

sub balance_title { return sprintf "%-${SIDE}s %${SIDE}s", @_ }

1;
