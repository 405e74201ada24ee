# The sentiment room in databases of other encodings: the same scores as in UTF-8, texts in the database's own
# encoding, positions as substr() counts.

use strict;
use warnings;
use utf8;

use Encode ();
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = engage_node('encodings');

# Texts that the encoding has, among them ones whose normal form it does not have (µ folds to a Greek letter)
my %texts = (
	LATIN1 => [ 'Not good, très cher', 'Großartig! I love it', "5 \x{b5}m is bad", 'ÄÖÜ great ß', 'It isn\'t good :)', '¡terrible! ¿why?' ],
	WIN1256 => [ 'الخدمة ليست جيدة', 'رائـــــع جداً', "\x{6a9}يفيت بد بود، نخريد گل", 'good “quality” but السعر غالي', 'خِدْمَةٌ مُمْتَازَةٌ', "isn\x{2019}t good" ],
	EUC_JP => [ 'とても良いです。Great service!', 'это плохо, bad', 'コーヒーが好き good', '' ],
	ISO_8859_8 => [ 'השירות לא טוב', 'מוצר מצוין, good' ],
);

# As hexadecimal digits, which any encoding has
sub literal
{
	my ($text, $encoding) = @_;
	return sprintf "convert_from('\\x%s', 'UTF8')", unpack('H*', Encode::encode('UTF-8', $text));
}

for my $encoding (sort keys %texts)
{
	my $database = lc $encoding;
	sql($node, "CREATE DATABASE $database ENCODING '$encoding' LOCALE 'C' TEMPLATE template0");
	sql($node, 'CREATE EXTENSION engage', $database);
	for my $text (@{ $texts{$encoding} })
	{
		my $t = literal($text);
		my $scores = "SELECT engage.sentiment($t), engage.sentiment_label($t), engage.language_of($t), engage.sentiment_detail($t), (SELECT array_agg(weight ORDER BY n) FROM engage.sentiment_explain($t)), (SELECT array_agg(start ORDER BY n) FROM engage.words($t))";
		is(sql($node, $scores, $database), sql($node, $scores), "$encoding: scores and places of " . Encode::encode('UTF-8', "\"$text\""));
		is(sql($node, "SELECT bool_and(token = substr($t, start::int, length::int)) IS NOT FALSE FROM engage.sentiment_explain($t)", $database), 't', 'tokens are parts of it');
		my $forms = "SELECT encode(convert_to(engage.normalize_text($t), 'UTF8'), 'hex')";
		my $expected = sql($node, $forms);
		$expected =~ s/cebc/3f/g;	# µ
		my $got = sql($node, $forms, $database);
		is($got, $expected, 'the same normal form');
	}
}

# own words
sql($node, sprintf("CREATE TABLE w AS SELECT %s AS term, 3 AS weight", literal('très cher')), 'latin1');
is(sql($node, sprintf("SELECT engage.sentiment(%s, 'w'::regclass) > 0.5", literal('TRÈS CHER')), 'latin1'), 't', 'own words in LATIN1');
sql($node, 'UPDATE w SET weight = 4', 'latin1');
my (undef, undef, $error) = $node->psql('latin1', "SELECT engage.sentiment('x', 'w'::regclass)");
like($error, qr/weight 4 of term "tr/, 'its errors are in the encoding, too');

# themes: words that the encoding does not have are kept, through text and a dump as well
my @micro = map { literal($_) } ("5 \x{b5}m thin and bad", "\x{b5}m is bad", 'good');
my $micro = 'CREATE TABLE themes AS SELECT engage.theme_agg(t) AS s FROM (VALUES ' . join(', ', map { "($_)" } @micro) . ') AS v(t)';
sql($node, $micro, $_) for 'engage', 'latin1';
is(sql($node, 'SELECT s::text::engage.theme_summary::text = s::text FROM themes', 'latin1'), 't', 'a theme_summary in LATIN1 through its text form');
is(sql($node, "SELECT string_agg(term, ',' ORDER BY term COLLATE \"C\") FROM themes AS x, engage.themes(s, top => 1000, min_texts => 1, max_p_value => 1) WHERE term LIKE '%?%' AND term !~ ' '", 'latin1'), '?m', 'a term with a character that LATIN1 lacks');
my $binary = "SELECT encode(engage.theme_summary_send(s), 'hex') FROM themes";
is(sql($node, 'SELECT s::text FROM themes', 'latin1') =~ /;\\xcebc6d=2,/, 1, 'which is hexadecimal in text');
is(sql($node, $binary, 'latin1'), sql($node, $binary), 'the same summary as in UTF-8');
my $moved = sql($node, 'SELECT s::text FROM themes', 'latin1');
is(sql($node, "SELECT engage.theme_summary_send(s) = engage.theme_summary_send('$moved'::engage.theme_summary) FROM themes"), 't', 'and read as the same one there');
for my $bad ('\\x', '\\xc', '\\xCE', '\\xff', '\\x' . '61' x 193)
{
	my (undef, undef, $refusal) = $node->psql('latin1', "SELECT '1:version=1,texts=1,sum=0,squares=0;$bad=1,0'::engage.theme_summary");
	like($refusal, qr/^psql:<stdin>:1: ERROR:  invalid value for type theme_summary|ERROR:  invalid input syntax for type theme_summary/, 'refused: ' . substr($bad, 0, 12));
}

# SQL_ASCII: bytes, taken for UTF-8; what is none separates words
sql($node, "CREATE DATABASE bytes ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
sql($node, 'CREATE EXTENSION engage', 'bytes');
for my $text ('It is good', 'المكان رائع جدا 😍', 'השירות לא טוב')
{
	my $utf8 = literal($text);
	is(sql($node, sprintf("SELECT engage.sentiment(%s)", ascii($text)), 'bytes'), sql($node, "SELECT engage.sentiment($utf8)"), "SQL_ASCII: score of " . Encode::encode('UTF-8', "\"$text\""));
	is(sql($node, sprintf("SELECT bool_and(token = substr(%1\$s, start::int, length::int)) FROM engage.sentiment_explain(%1\$s)", ascii($text)), 'bytes'), 't', 'places are bytes');
}
is(sql($node, q{SELECT engage.normalize_text(E'good\xff\xfe bad \xc3'), engage.normalize_text(E'\xe2\x28\xa1 ok'), engage.sentiment(E'good\xffgood') = engage.sentiment('good good')}, 'bytes'), 'good bad|ok|t', 'bytes that are no UTF-8 separate words');

# Windows' encodings have byte values that mean nothing and can be stored all the same (a curly quote in UTF-8, loaded
# as Windows-1252, has one): they separate words, too, a character each
sql($node, "CREATE DATABASE windows ENCODING 'WIN1252' LOCALE 'C' TEMPLATE template0");
sql($node, 'CREATE EXTENSION engage', 'windows');
my $odd = q{E'good\x9dbad \x81\x8d late\xe2\x80\x9d isn\x92t good\x9d'};
is(sql($node, "SELECT engage.normalize_text($odd), engage.sentiment($odd) = engage.sentiment('good bad latea isn''t good'), engage.sentiment(E'\\x9d'), engage.language_of(E'\\x9d') IS NULL", 'windows'), q{good bad latea isn't good|t|0|t}, 'bytes that Windows-1252 does not define separate words');
is(sql($node, "SELECT bool_and(token = substr($odd, start::int, length::int)) FROM engage.sentiment_explain($odd)", 'windows'), 't', 'places behind them');
is(sql($node, "SELECT engage.texts(engage.sentiment_agg(t)), engage.texts(engage.theme_agg(t, 1)), engage.sentiment_train(t, 5) IS NOT NULL, engage.theme_of(min(t), '{\"a\": [\"late\", \"bad\"]}') FROM (VALUES ($odd)) AS v(t)", 'windows'), '1|1|t|a', 'nor do they end aggregates');

# The bytes of a text, for a database where they are all there is
sub ascii
{
	my ($text) = @_;
	return "E'" . join('', map { sprintf '\\x%02x', $_ } unpack 'C*', Encode::encode('UTF-8', $text)) . "'";
}

no_crash($node);
$node->stop;
done_testing();
