# make demo on small files: good, dirty, malformed, oddly named; figures by "demo --check".
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp ();
use FindBin ();
use IO::Compress::Gzip qw(gzip $GzipError);
use Test::More;

my $root = abs_path("$FindBin::Bin/../..");
my $demo = "$root/test/demo/demo";
my $server = "$root/test/tools/server";
my $name = "t050-$$";
my $dir = File::Temp->newdir('engage demo XXXXXX', TMPDIR => 1);	# a blank in the path, on purpose
my $started;

delete @ENV{ grep { /^(?:PG|DEMO_|ORDERS|SURVEY|POSTS|EMAILS|DATE_ORDER)/ && $_ ne 'PG_CONFIG' } keys %ENV };
$ENV{NO_COLOR} = 1;
$ENV{LC_ALL} = 'C.UTF-8';

END
{
	my $status = $?;
	system("'$server' stop --name '$name' >/dev/null 2>&1") if $started;
	$? = $status;
}

# Runs the demo; returns (exit status, output, messages).
sub demo
{
	my ($env, @args) = @_;
	local %ENV = (%ENV, %$env);
	my ($out, $err) = ("$dir/out", "$dir/err");
	my $pid = fork;
	die "fork: $!" unless defined $pid;
	if (!$pid)
	{
		chdir $dir or exit 120;
		open STDIN, '<', '/dev/null' or exit 121;
		open STDOUT, '>', $out or exit 122;
		open STDERR, '>', $err or exit 123;
		exec $demo, @args or exit 124;
	}
	waitpid $pid, 0;
	my $status = $? >> 8;
	return ($status, slurp($out), slurp($err));
}

sub slurp
{
	open my $fh, '<:raw', $_[0] or die "$_[0]: $!";
	local $/;
	my $text = <$fh>;
	return defined $text ? $text : '';
}

sub file
{
	my ($file, $text) = @_;
	open my $fh, '>:raw', "$dir/$file" or die "$file: $!";
	print {$fh} $text;
	close $fh;
	return $file;
}

sub figures
{
	my ($env) = @_;
	my ($status, $out, $err) = demo($env, '--check');
	is($status, 0, 'exit status 0') or diag($out, $err);
	return { map { /^([^=]+)=(.*)$/ ? ($1 => $2) : () } split /\n/, $out };
}

sub fails
{
	my ($what, $env, $message, $remedy) = @_;
	my ($status, $out, $err) = demo($env, '--check');
	is($status, 1, "$what: exit status 1");
	like($err, $message, "$what: says file, place and cause");
	like($err, qr/^demo: remedy: .*$remedy/m, "$what: says what to do");
	is($out, '', "$what: no figures");
	return;
}

# ---- malformed files, found before a server is needed
file('empty.csv', '');
fails('empty file', { ORDERS => 'empty.csv' }, qr/^demo: error: empty\.csv: the file is empty$/m, qr/header/);
fails('missing file', { SURVEY => 'nothing here.csv' }, qr/nothing here\.csv: there is no such file/, qr/SURVEY=/);
fails('directory', { ORDERS => '.' }, qr/directory/, qr/ORDERS=/);
file('unknown.csv', "foo,bar\n1,2\n");
fails('unknown header', { ORDERS => 'unknown.csv' }, qr/unknown\.csv, line 1, column 1 \(foo\): no column .*"foo", "bar"/, qr/--columns/);
file('plain.csv.gz', "order_id,amount\n1,2\n");
fails('not gzip', { ORDERS => 'plain.csv.gz' }, qr/plain\.csv\.gz: .*not a gzip file/, qr/rename/);
file('book.csv', "PK\x03\x04....");
fails('spreadsheet', { ORDERS => 'book.csv' }, qr/book\.csv: it is a ZIP archive or a spreadsheet/, qr/CSV/);
file('wide.csv', "\xff\xfeo\0r\0d\0");
fails('UTF-16', { ORDERS => 'wide.csv' }, qr/wide\.csv, line 1, column 1: the file is UTF-16/, qr/iconv -f UTF-16/);
file('latin-header.csv', "order_id,Gr\xf6\xdfe\n1,2\n");
fails('header not UTF-8', { ORDERS => 'latin-header.csv' }, qr/line 1, column 2: the header is not valid UTF-8/, qr/iconv/);
file('header.csv', "order_id,\"amount\n1,2\n");
fails('header quote', { ORDERS => 'header.csv' }, qr/header\.csv, line 1, column 2: a quotation mark in the header is never closed/, qr/close it/);
file('good.csv', "order_id,amount\n1,2\n");
fails('bad mapping', { ORDERS => 'good.csv', ORDERS_COLUMNS => 'ts=When' }, qr/good\.csv has no column "When"/, qr/order_id, amount/);
fails('bad meaning', { ORDERS => 'good.csv', ORDERS_COLUMNS => 'colour=amount' }, qr/"colour=amount" is not understood/, qr/order_id/);
fails('bad DATE_ORDER', { ORDERS => 'good.csv', DATE_ORDER => 'ymd' }, qr/DATE_ORDER/, qr/dmy/);

my ($status, $out) = demo({}, '--columns');
is($status, 0, '--columns');
like($out, qr/^orders\s+order_id\s+order_id .*\binvoice_no\b/m, '--columns lists the synonyms');

# ---- one server for all the rest
my $assignments = `'$server' start --name '$name' --keep`;
is($?, 0, 'private server started') or BAIL_OUT('no server');
$started = 1;
while ($assignments =~ /^(?:export )?(PG\w+)=(.*)$/mg)
{
	my ($key, $value) = ($1, $2);
	chomp($value = `printf %s $value`);
	$ENV{$key} = $value;
}
$ENV{DEMO_SERVER} = 'running';

# ---- malformed rows
my $iconv = qr/iconv -f WINDOWS-1252/;
file('short.csv', "order_id,amount,ts\n1,2,2020-01-01\n\n2,3\n");
fails('row too short', { ORDERS => 'short.csv' }, qr/short\.csv, line 4, column 3 \(ts\): the row ends before this column; it has 2 of 3/, qr/complete/);
file('long.csv', "order_id,amount\n1,2\n2,3,4\n");
fails('row too long', { ORDERS => 'long.csv' }, qr/long\.csv, line 3, column 3: the row has more columns than the header \(2\)/, qr/quote/);
file('open.csv', "order_id,amount,product\n1,2,x\n2,3,\"5 inch\n3,4,z\n");
fails('quote never closed', { ORDERS => 'open.csv' }, qr/open\.csv, line 3, column 3 \(product\): a quotation mark is opened here and never closed/, qr/close it/);
file('stray.csv', "order_id,amount,product\n1,2,\"a\nb\"\n2,3,5\" nail\n3,4,6\" nail\n");
fails('stray quote', { ORDERS => 'stray.csv' }, qr/stray\.csv, line 4, column 3 \(product\): there is a quotation mark in the middle/, qr/double the mark/);
file('latin.csv', "order_id,amount,product\n1,2,x\n2,3,caf\xe9\n");
fails('row not UTF-8', { ORDERS => 'latin.csv' }, qr/latin\.csv, line 3, column 3 \(product\): the bytes 0xe9 are not valid UTF-8/, $iconv);
file('nul.csv', "order_id,amount\n1,2\n2\0,3\n4,5\n6,7\n");
fails('NUL byte', { ORDERS => 'nul.csv' }, qr/nul\.csv, line 3, column 1 \(order_id\): there is a NUL byte/, qr/export/);
file('cr.csv', "order_id,amount\n1,2\n2,3\r4\n");
fails('lone CR', { ORDERS => 'cr.csv' }, qr/cr\.csv, line 3, column 2 \(amount\): there is a lone carriage return/, qr/tr -d/);
file('end.csv', "order_id,product\n1,\"a\n\\.\nb\"\n");
fails('COPY end mark', { ORDERS => 'end.csv' }, qr/end\.csv, line 3, column 2 \(product\): .*\\\./, qr/delete that line/);
my $zipped;
my $rows = "order_id,amount\n" . join '', map { "$_," . ($_ * 7919 % 1000) . "\n" } 1 .. 20000;
gzip(\$rows => \$zipped) or die $GzipError;
file('cut.csv.gz', substr($zipped, 0, length($zipped) / 2));
fails('gzip cut off', { ORDERS => 'cut.csv.gz' }, qr/cut\.csv\.gz, line \d+: the gzip file is damaged/, qr/gzip -t/);

# ---- good files
{
	note('plain figures, returns by id');
	file('a.csv', <<'CSV');
order_id,customer_id,ts,product_id,quantity,unit_price,member
1,a,2024-01-05,p1,2,10.00,yes
1,a,2024-01-05,p2,1,20.00,yes
2,a,2024-02-05 10:00,p1,3,10.00,yes
3,b,2024-02-06,p1,1,10.00,no
4,,2024-02-07,p1,1,40.00,no
C2,a,2024-02-09,p1,-3,10.00,yes
A9,,2024-02-09,debt,1,-5.00,no
CSV
	my $f = figures({ ORDERS => 'a.csv' });
	is($f->{orders}, 4, 'orders');
	is($f->{gross_aov}, '30.00', 'gross AOV: 120 / 4');
	is($f->{net_aov}, '21.25', 'net AOV: 85 / 4');
	is($f->{rpr}, '50.00', 'RPR: a of a, b');
	is($f->{rpr_wrong}, '33.33', 'RPR over lines');
	is($f->{guest_rate}, '25.00', 'guest rate');
	is($f->{purchase_frequency}, '1.50', 'purchase frequency');
	is($f->{repeat_revenue_share}, '87.50', 'repeat buyers\' share of revenue');
	is($f->{days_between_orders}, '31.42', 'days between orders');
	is($f->{'members.aov'}, '35.00', 'AOV of members');
	is($f->{'others.aov'}, '25.00', 'AOV of the others');
	is($f->{'member_lift.aov'}, '+40.0', 'lift');
	is($f->{'revenue.2024-01'}, '40.00', 'revenue of a month');
	is($f->{'revenue.2024-02'}, '45.00', 'revenue of a month with a return');
	like($f->{'note.orders'}, qr/4 orders|kept|rule|lines/, 'says how it was read');
	is($f->{'skipped.nps_csat'}, 'no SURVEY=FILE.csv given', 'a missing file is said');
}
{
	note('another export: BOM, sep=, CRLF, semicolons, decimal comma, day first, gzip, returns by sign');
	my $text = "\xef\xbb\xbfsep=;\r\nInvoice No;\"User ID\";Invoice Date;QTY;Unit-Price;Loyalty Tier\r\n"
		. "K1;17850.0;03.04.2024;2;12,50;gold\r\nK1;17850.0;03.04.2024;1;1.000,00;gold\r\n;;;;;\r\n"
		. "K2;;25.12.2024 10:15;1;7,50;\r\nK3;9;24.12.2024;-1;7,50;\r\nC4;17850.0;31.12.2024;1;7,50;gold\r\n";
	my $z;
	gzip(\$text => \$z) or die $GzipError;
	file('b.dat', $z);
	my $f = figures({ ORDERS => 'b.dat' });
	is($f->{orders}, 3, 'K3 is a return by its sign, C4 an order like any other');
	is($f->{gross_aov}, '346.67', 'decimal comma');
	is($f->{'revenue.2024-04'}, '1025.00', 'day first');
	is($f->{rpr}, '100.00', 'customer ids');
	is($f->{guest_rate}, '33.33', 'guests');
}
{
	note('month first, missing columns, every row an order');
	file('c.csv', "date,customer,total\n12/25/2023 1:05 PM,a,\"\$1,234.50\"\n1/2/2024,b,(10.00)\n");
	my $f = figures({ ORDERS => 'c.csv' });
	is($f->{'revenue.2023-12'}, '1234.50', 'currency sign, thousands, month first');
	is($f->{'revenue.2024-01'}, '-10.00', 'accountant\'s minus');
	like($f->{'skipped.gross_aov'}, qr/c\.csv has no column for order_id/, 'AOV skipped, and why');
	ok(!exists $f->{gross_aov}, 'no AOV');
	$f = figures({ ORDERS => 'c.csv', ORDERS_COLUMNS => 'order_id=#' });
	is($f->{gross_aov}, '1234.50', 'order_id=#: the line number is the order id');
	file('c2.csv', "order_id,date,total\n1,03/04/2024,5\n2,05/06/2024,7\n");
	my (undef, $screen) = demo({ ORDERS => 'c2.csv' });
	like($screen, qr/AMBIGUOUS/, 'an ambiguous date order is said');
	$f = figures({ ORDERS => 'c2.csv', DATE_ORDER => 'mdy' });
	is($f->{'revenue.2024-03'}, '5.00', 'DATE_ORDER=mdy');
}
{
	note('dirty rows are counted, with a line number');
	file('d.csv', <<'CSV');
order_id,line_id,ts,amount,note
1,1,2024-01-01,10,"two
lines, one row"
2,2,2024-02-30,10,no such day
3,3,2024-03-01,ten,no number
,4,2024-03-01,10,no order
4,5,2024-03-01,,no amount
5,6,,10,no date
6,7,2024-03-02,20,good
6,7,2024-03-02,20,the same line again
7,8,now,1,not a date
8,9,2024-03-02,1e999999,no number

CSV
	my $f = figures({ ORDERS => 'd.csv' });
	is($f->{orders}, 2, 'two orders are left');
	is($f->{gross_aov}, '15.00', 'AOV of what is left');
	my %want = ('ts.not_a_date' => '2 4', 'amount.not_a_number' => '2 5', 'order_id.no_order_id' => '1 6', 'amount.no_amount' => '1 7',
		'ts.no_date' => '1 8', 'line_id.duplicate_line_id' => '1 10');
	for my $key (sort keys %want)
	{
		my ($n, $line) = map { defined $_ ? $_ : 'none' } @$f{ "excluded.orders.$key", "excluded.orders.$key.line" };
		is("$n $line", $want{$key}, "$key: count and first line");
	}
}
{
	note('survey, posts, e-mails');
	file('s.csv', "Response ID,Likelihood,CSAT,Weight,Date\n" . join '', map { "$_\n" }
		'1,10,5,1,2024-05-01', '2,9,4,2,2024-05-01', '3,7,3,1,2024-05-02', '4,3,1,1,2024-05-02', '5,11,6,1,', '6,,2,1,', '7,ten,2,-1,', '8,8.5,,,', '1,10,5,1,2024-05-01');
	file('p.csv', "post_id,likes,comments,shares,followers\np1,150,7,0,5000\np2,1.2k,1,1,5000\np3,1,1,1,0\n");
	file('e.csv', "message_id,delivered,opened,clicked\n1,yes,2024-05-01 10:00,no\n2,yes,,\n3,1,1,1\n4,0,0,0\n5,perhaps,0,0\n4,1,1,1\n6,true,false,f\n");
	my $f = figures({ SURVEY => 's.csv', POSTS => 'p.csv', EMAILS => 'e.csv' });
	is($f->{nps}, '25.00', 'NPS: (2 - 1) / 4');
	is($f->{nps_responses}, 4, 'NPS answers');
	is($f->{nps_weighted}, '40.00', 'weighted NPS: (3 - 1) / 5');
	ok($f->{nps_low} < 25 && $f->{nps_high} > 25, 'NPS interval');
	is($f->{csat}, '33.33', 'CSAT: 2 of 6');
	is($f->{'excluded.survey.nps.outside_0_to_10'}, 1, '11 is out of range');
	is($f->{'excluded.survey.nps.no_answer'}, 1, 'an empty answer');
	is($f->{'excluded.survey.nps.not_a_number'}, 1, 'ten');
	is($f->{'excluded.survey.nps.not_a_whole_score'}, 1, '8.5');
	is($f->{'excluded.survey.resp_id.duplicate_answer'}, 1, 'sent twice');
	is($f->{'excluded.survey.weight.negative'}, 1, 'negative weight');
	is($f->{engagement_rate}, '3.14', 'engagement rate');
	is($f->{'excluded.posts.audience.not_above_zero'}, 1, 'no audience');
	is($f->{open_rate}, '50.00', 'open rate');
	is($f->{click_rate}, '25.00', 'click rate');
	is($f->{click_to_open_rate}, '50.00', 'click-to-open rate');
	is($f->{'excluded.emails.message_id.duplicate_message'}, 1, 'message sent twice');
	is($f->{'skipped.orders_aov_rpr'}, 'no ORDERS=FILE.csv given', 'no orders');
	file('e2.csv', "campaign,sent,bounces,opens,clicks\nmay,1000,20,245,49\njune,1000,0,250,50\n");
	$f = figures({ EMAILS => 'e2.csv' });
	is($f->{open_rate}, '25.00', 'counts per campaign: 495 of 1980');
	file('s2.csv', "nps\n");
	$f = figures({ SURVEY => 's2.csv' });
	is($f->{'rows.survey'}, 0, 'a header alone');
}
{
	note('names that are meant to hurt');
	my $file = file("-we'ird \$(touch pwned) \"q\" %s ; `touch pwned`.csv",
		"order_id,\"x'); DROP TABLE demo.has; --\",amount,\":'a' \\\\! touch pwned\",\e[31mred\n'; DROP TABLE orders; --,\\! touch pwned,3,\$(touch pwned),\e[2J\n");
	my $env = { ORDERS => $file, ORDERS_COLUMNS => "product_id=x'); DROP TABLE demo.has; --,channel=:'a' \\\\! touch pwned,member=\e[31mred" };
	my ($rc, $screen, $messages) = demo($env);
	is($rc, 0, 'harmless');
	like($screen, qr/^ gross AOV\s+3\.00 /m, 'and read right');
	unlike($screen . $messages, qr/\e/, 'no escape sequence reaches the terminal');
	ok(!-e "$dir/pwned", 'nothing was run');
	like($screen, qr/\n\S*psql -h \S+ -p \d+ -U \S+ -d shop\n\z/, 'the last line is the psql command');
	local $ENV{LC_ALL} = 'C';
	(undef, $screen) = demo($env);
	unlike($screen, qr/[^\x00-\x7f]/, 'plain ASCII where the locale is not UTF-8');
}
{
	note('the made-up shop');
	my $f = figures({});
	is($f->{error}, undef, 'no query failed');
	for my $key (qw(orders gross_aov net_aov rpr purchase_frequency days_between_orders repeat_revenue_share guest_rate
		nps csat open_rate click_rate engagement_rate member_lift.aov member_lift.frequency))
	{
		ok(defined $f->{$key} && $f->{$key} ne '' && $f->{$key} != 0, "$key=" . ($f->{$key} || ''));
	}
	is(scalar(grep { /^skipped/ } keys %$f), 0, 'every section is shown');
	my (undef, $screen) = demo({});
	my @lines = split /\n/, $screen;
	my ($rest) = grep { $lines[$_] =~ /ROWS EXCLUDED/ } 0 .. $#lines;
	cmp_ok($rest, '<=', 46, 'one screen before the excluded rows');
	utf8::decode($screen);
	is(scalar(grep { length > 100 } grep { !/psql -h/ } split /\n/, $screen), 0, '100 columns');
}
done_testing();
