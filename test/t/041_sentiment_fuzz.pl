# The sentiment functions on hostile texts: mutated ones in a database of UTF-8, bytes that are no text at all in one of
# SQL_ASCII, and very long ones.  An answer that is sound, or an error, never a crash; time in proportion to the length.
use strict;
use warnings;
use utf8;
use Encode qw(encode);
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageFuzz;
use EngageTest;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

seed();
my $cases = cases(1500);
my $node = engage_node('sentiment_fuzz');
run_file($node, 'fuzz/sentiment.sql');
sql($node, "CREATE DATABASE bytes ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
sql($node, 'CREATE EXTENSION engage', 'bytes');
run_file($node, 'fuzz/sentiment.sql', 'bytes');

my @pieces = (
	qw(good BAD not isn't isn’t very but soooo GOOOD n't no problem only great terrible),
	qw(ممتاز سيئ ليس مش جداً لكن والخدمة مُمْتَازٌ جمــيل رااااائع عجبني),
	qw(خوب بد نبود نیست خیلی ولی نمی‌خوام بی‌کیفیت کتاب‌ها عالییییی),
	qw(טוב לא גרוע מאוד אבל שֵׁרוּת צה״ל ג׳ירפה ולכשהטובים מעווווולה),
	qw{! ?!?! ... ; ( ) " '' ` ¿ ؟ ، :) :-( <3 XD :'( ^_^ http:// https://a.b/c?d=e www. @ @@ @na.me-x 12.5 4ever ٣٤ ۴۵ ¯\_(ツ)_/¯},
	qw(😀 😡 ❤ ❤️ 👍🏽 👩‍👩‍👧‍👦 🏳️‍🌈 🇮🇱 🇮🇷🇸🇦 🇪 1️⃣ ☺︎ 🫠 ﷺ ﷻ ﷽ ﬃ ß İ ı ﻻ ﭏ ㌀ ǅ ſ 𝓖𝓸𝓸𝓭 𝟘 𐐀 𠀀 𞤀 𞸀),
	qw(ดีมาก 很好吃 とても ດີ ល្អ 좋아요 хорошо καλό अच्छा),
	"\n", "\t", ',', '#', "\x{301}", "\x{64E}", "\x{5B8}", "\x{640}",
	# joiners and controls that are not seen
	"\x{200C}", "\x{200D}", "\x{FE0F}", "\x{202E}", "\x{202C}", "\x{2066}", "\x{2069}", "\x{200F}", "\x{61C}", "\x{FEFF}", "\x{AD}", "\x{20E3}",
	"\x{10FFFF}", "\x{E0001}", "\x{FFFD}", "\x01", "\x7F", "\x{85}", "\x{A0}");

# Bytes that no encoding has: lone and wrong ones, overlong forms, surrogates, what is cut off
my @bytes = ("\x80", "\xBF\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xA0\xBD\xED\xB8\x80", "\xED\xBF\xBF",
	"\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xF8\x88\x80\x80\x80", "\xFE", "\xFF", "\xC3", "\xE2\x80", "\xF0\x9F\x98", "\xD9");

sub text
{
	my $text = '';
	my $joint = (' ', '', ' ')[ rand 3 ];
	for (0 .. rand 30)
	{
		my $piece = $pieces[ rand @pieces ];
		$text .= (rand() < 0.05 ? $piece x (1 + rand 300) : $piece) . (rand() < 0.8 ? $joint : '');
	}
	return $text;
}

my %texts = (engage => ['', ' '], bytes => ['', "\xFF"]);
for my $i (1 .. $cases)
{
	my $text = text();
	$text = mutate_text($text, text()) if $i % 3 == 0;
	$text =~ s/\0//g;
	push @{ $texts{engage} }, encode('UTF-8', $text);
	next if $i % 2;
	my $bytes = encode('UTF-8', $text);
	for (0 .. rand 5) { substr($bytes, int rand(length($bytes) + 1), 0) = $bytes[ rand @bytes ] x (rand() < 0.1 ? 100 : 1); }
	push @{ $texts{bytes} }, mutate_text_bytes($bytes);
}
for my $database ('engage', 'bytes')
{
	my $file = PostgreSQL::Test::Utils::tempdir_short() . '/texts';
	append_to_file($file, join '', map { '\\\\x' . hex_bytes($_) . "\n" } @{ $texts{$database} });
	my $encoding = $database eq 'bytes' ? 'SQL_ASCII' : 'UTF8';
	my ($status, $out, $err) = $node->psql($database, <<"SQL", timeout => 600);
		\\copy fuzz.texts FROM '$file'
		SET statement_timeout = '570s';
		CREATE TABLE fuzz.faults AS
		SELECT body, fault FROM (SELECT body, fuzz.sentiment_fault(convert_from(body, '$encoding')) AS fault FROM fuzz.texts OFFSET 0) f WHERE fault IS NOT NULL;
SQL
	is($status, 0, "$encoding: ran to the end") or diag($err);
	is(sql($node, 'SELECT count(*) FROM fuzz.texts', $database), scalar @{ $texts{$database} }, "$encoding: all texts are there");
	is(sql($node, "SELECT fault, left(encode(body, 'hex'), 300) FROM fuzz.faults ORDER BY length(body) LIMIT 5", $database), '',
		"$encoding: everything is sound");
}

# Long ones: ten times the text takes about ten times as long (100 times if it were quadratic).
my %floods = ('one letter' => q{'a'}, 'an Arabic letter' => q{'ل'}, 'pictures' => q{'😀'}, 'joined pictures' => q{E'👩\u200D'},
	'combining marks' => q{E'\u0301'}, 'marks on a letter' => q{E'e\u0301'}, 'joiners' => q{E'\u200D'}, 'controls of direction' => q{E'\u202E'},
	'words without spaces' => q{'goodbad'}, 'Thai without spaces' => q{'ดี'}, 'words' => q{'not good but bad '}, 'marks' => q{'!?'}, 'at signs' => q{'@'});
my $size = 10_000_000;
sub seconds
{
	my ($piece, $bytes) = @_;
	# (the text is made before the clock runs)
	my $seconds = sql($node, <<"SQL");
		CREATE TEMP TABLE flood (body text);
		ALTER TABLE flood ALTER body SET STORAGE EXTERNAL;
		INSERT INTO flood SELECT repeat($piece, $bytes / octet_length($piece));
		SELECT sum(length(body)) FROM flood \\g /dev/null
		SELECT clock_timestamp() AS t \\gset
		SELECT engage.sentiment(body) BETWEEN -1 AND 1 AS good FROM flood \\gset
		SELECT CASE WHEN :'good' THEN extract(epoch FROM clock_timestamp() - :'t') ELSE -1 END;
SQL
	return $seconds;
}
for my $name (sort keys %floods)
{
	my ($short, $long) = (1e9, 1e9);
	for (1 .. 3)
	{
		my ($s, $l) = (seconds($floods{$name}, $size / 10), seconds($floods{$name}, $size));
		$short = $s if $s < $short;
		$long = $l if $l < $long;
		last if $long < 20 * $short;
	}
	ok($short >= 0 && $long >= 0 && $long < 40 * $short, sprintf "10 MB of %s: %.0f ms, 1 MB: %.0f ms", $name, 1000 * $long, 1000 * $short);
}

# The largest once, all that does not return rows
is( sql($node, <<'SQL'), 't|t|t', '100 MB of pictures, letters and words');
	SELECT engage.sentiment(repeat('😀', 25000000)) BETWEEN -1 AND 1,
	       engage.sentiment(repeat('a', 100000000)) BETWEEN -1 AND 1,
	       engage.language_of(repeat('good food ', 10000000)) = 'en';
SQL
my ($status, $out, $err) = $node->psql('engage', "SELECT length(engage.normalize_text(repeat('ﷺ ', 25000000))) > 0", timeout => 600);
ok($status == 0 || $err =~ /ERROR/, '100 MB of what becomes longer: an answer or an error');

# It can be cancelled meanwhile.
my $begun = time;
($status, $out, $err) = $node->psql('engage', "SET statement_timeout = '1s'; SELECT sum(engage.sentiment(t)) FROM (SELECT repeat('not good but bad ', 25000000) AS t) q");
ok($status != 0 && $err =~ /statement timeout/ && time - $begun < 8, 'a long one can be cancelled') or diag($err);

no_crash($node);
$node->stop;
done_testing();
