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
my @perl_warnings;	# of every run: there must be none

delete @ENV{ grep { /^(?:PG|DEMO_|ORDER|SURVEY|POST|EMAIL|REVIEW|EVENT|DATE_?ORDER)/i && $_ ne 'PG_CONFIG' } keys %ENV };
$ENV{NO_COLOR} = 1;
$ENV{DEMO_LOYALTY} = 'no';	# except where it is looked at: it takes a few seconds
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
	return run_program({%$env}, $demo, @args);
}

# The screen over what the last run loaded.
sub screen
{
	my ($env) = @_;
	my ($rc, $text) = run_program({ %{ $env || {} }, PGDATABASE => 'shop', PGOPTIONS => '-c TimeZone=UTC -c DateStyle=ISO,YMD -c search_path=public' },
		$^X, "$root/test/demo/report.pl");
	is($rc, 0, 'the screen');
	return $text;
}

sub run_program
{
	my ($env, @command) = @_;
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
		exec { $command[0] } @command or exit 124;
	}
	waitpid $pid, 0;
	my $status = $? >> 8;
	my @text = (slurp($out), slurp($err));
	push @perl_warnings, grep { /uninitialized| at \S+\.(?:pm|pl) line \d|Wide character/ } map { split /\n/ } @text;
	return ($status, @text);
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

file('guess.csv', "Beleg,Wer,Wann,Kohle\nX1,Ann,2024-01-05,5.50\nX2,Ann,\"2024-01-06\",6.50\n");
fails('unknown header: a command to start from', { ORDERS => 'guess.csv' }, qr/no column of the header is known/,
	qr/make demo ORDERS=guess\.csv ORDERS_COLUMNS='order_id=Beleg,customer_id=Wer,ts=Wann,amount=Kohle'/);
fails('lower-case name', { orders => 'good.csv' }, qr/there is no setting "orders"/, qr/write ORDERS=good\.csv/);
fails('name without s', { ORDER => 'good.csv' }, qr/there is no setting "ORDER"/, qr/write ORDERS=/);
fails('columns misspelt', { ORDERS => 'good.csv', ORDER_COLUMN => 'ts=x' }, qr/there is no setting "ORDER_COLUMN"/, qr/write ORDERS_COLUMNS='ts=x'/);
fails('date order misspelt', { DATEORDER => 'dmy' }, qr/there is no setting "DATEORDER"/, qr/write DATE_ORDER=dmy/);

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
	like($f->{'note.orders'}, qr/rule|amounts/, 'says how it was read');
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
	note('campaign exports');
	file('m.csv', "Title,Subject,Send Date,Total Recipients,Successful Deliveries,Total Bounces,Total Opens,Unique Opens,Open Rate,Unique Clicks\n"
		. "A,Hi,\"May 13, 2024 10:00 AM\",1000,980,20,700,300,30.61%,40\nB,Yo,\"May 20, 2024 10:00 AM\",\"2,000\",\"1,950\",50,900,400,20.51%,60\n");
	my $f = figures({ EMAILS => 'm.csv' });
	is($f->{open_rate}, '23.89', 'unique opens over deliveries, pooled: 700 of 2930');
	is($f->{click_rate}, '3.41', '100 of 2930');
	file('m2.csv', "Title,Unique Opens,Unique Clicks\nA,300,40\nB,400,60\n");
	$f = figures({ EMAILS => 'm2.csv' });
	ok(!exists $f->{open_rate} && !exists $f->{click_rate}, 'counts without deliveries: no rate');
	like($f->{'warning.open_rate'}, qr/"Unique Opens" holds counts \(up to 400\).*EMAILS_COLUMNS='delivered=Header'/, 'and what to write');
	file('m3.csv', "delivered,opened\n10,15\n10,20\n");
	$f = figures({ EMAILS => 'm3.csv' });
	is($f->{open_rate}, '175.00', 'a share above 100 % ...');
	like($f->{'warning.open_rate'}, qr/above 100 %/, '... carries a warning');
	my $screen = screen();
	like($screen, qr/open rate +175.*\n +! .*above 100/, 'beside the figure');
}
{
	note('one source of amounts a file');
	my $shopify = "Name,Email,Financial Status,Paid at,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,Notes,Cancelled at\n"
		. "#1,a\@x,paid,2024-01-02,35,2024-01-01 10:00:00 -0500,2,Mug,10,\"multi\nline \"\"note\"\"\",\n#1,a\@x,,,,2024-01-01 10:00:00 -0500,1,Tea,5,,\n"
		. "#2,a\@x,refunded,2024-02-02,25,2024-02-01 10:00:00 -0500,1,Mug,10,,\n#2,a\@x,,,,2024-02-01 10:00:00 -0500,1,Tea,10,,\n"
		. "#3,b\@x,paid,2024-02-02,12,2024-02-01 10:00:00 -0500,1,Mug,10,,\n#4,c\@x,paid,,99,2024-02-01 10:00:00 -0500,1,Mug,10,,2024-02-02\n#5,c\@x,voided,,99,2024-02-01 10:00:00 -0500,1,Mug,10,,\n";
	file('sh.csv', $shopify);
	my $f = figures({ ORDERS => 'sh.csv' });
	is($f->{orders}, 3, 'Shopify: cancelled and voided orders are left out');
	is($f->{gross_aov}, '18.33', 'quantity x price: 25 + 20 + 10');
	is($f->{net_aov}, '11.67', 'the refunded order is taken back, both lines of it');
	is($f->{'excluded.orders.status.cancelled_or_failed_order'}, 2, 'counted');
	my (undef, $screen, $err) = demo({ ORDERS => 'sh.csv' });
	$screen =~ s/\s+/ /g;
	like($screen, qr/amounts are quantity x unit price, not "Total": it stands on the first line of an order only \(2 orders/, 'and says which');
	like($screen, qr/"paid" 4 sale|"paid" 3 sale/, 'the statuses met');
	like($err, qr/ts = Created at/, 'Created at before Paid at');
	$f = figures({ ORDERS => 'sh.csv', ORDERS_COLUMNS => 'unit_price=' });
	is($f->{gross_aov}, '24.00', 'unit_price= unsets a column: the totals 35 + 25 + 12, each once');
	file('mix.csv', "order_id,quantity,unit_price,amount\n" . join '', map { "$_,2,10," . ($_ % 4 ? '18' : '') . "\n" } 1 .. 8);
	$f = figures({ ORDERS => 'mix.csv' });
	is($f->{gross_aov}, '20.00', 'an amount that is empty on many lines is not mixed with quantity x price');
	file('mix2.csv', "order_id,quantity,unit_price,amount\n" . join '', map { "$_,2,10," . ($_ > 1 ? '18' : '') . "\n" } 1 .. 40);
	$f = figures({ ORDERS => 'mix2.csv' });
	is($f->{gross_aov}, '18.00', 'nor on few');
	is($f->{'excluded.orders.amount.no_amount'}, 1, 'these are excluded');
	file('rep.csv', "order_id,customer_id,sku,quantity,order_total\n1,a,x,1,30\n1,a,y,2,30\n2,b,x,1,10\n3,b,x,1,10\n3,b,z,1,10\n");
	$f = figures({ ORDERS => 'rep.csv' });
	is($f->{gross_aov}, '16.67', 'an order total repeated on every line counts once');
	file('rep3.csv', "order_id,quantity,unit_price,total\n1,1,10,30\n1,2,10,30\n2,1,7,7\n");
	$f = figures({ ORDERS => 'rep3.csv' });
	is($f->{gross_aov}, '18.50', 'so does one that the lines add up to');
}
{
	note('status, guests, one row an order');
	file('woo.csv', "Order Number,Order Status,Order Date,Order Total Amount,Customer User ID,Email (Billing)\n"
		. join '', map { "$_," . ($_ % 5 == 1 ? 'Cancelled' : $_ % 5 == 2 ? 'Refunded' : 'Completed') . ",01/$_/2024 10:15,10," . ($_ % 2 ? 0 : $_) . ",x\@y\n" } 1 .. 20);
	my $f = figures({ ORDERS => 'woo.csv' });
	is($f->{orders}, 16, 'WooCommerce: cancelled orders are left out');
	is($f->{net_aov}, '7.50', 'refunded ones are taken back');
	is($f->{guest_rate}, '50.00', 'customer 0 is a guest');
	ok(!exists $f->{rpr_wrong} && $f->{one_row_one_order} == 16, 'no wrong beside right where both are the same');
	my $screen = screen();
	like($screen, qr/ONE ROW IS ONE ORDER/, 'and it says so');
	like($screen, qr/customer id 0 .* taken for guests: 10 lines/, 'guests are told');
	$screen =~ s/\s+/ /g;
	like($screen, qr/"Completed" 12 sale, "Cancelled" 4 left out, "Refunded" 4 sale and return/, 'the rule with counts');
	file('type.csv', "Order ID,Customer ID,Order Date,Type,Quantity,Unit Price,Total\n1,5,2024-01-01,charge,1,10,10\n2,5,2024-02-01,charge,1,15,15\n2,5,2024-02-10,refund,1,15,15\n3,0,2024-02-01,charge,2,10,0\n");
	$f = figures({ ORDERS => 'type.csv' });
	is("$f->{orders} $f->{gross_aov} $f->{net_aov}", '3 8.33 3.33', 'a refund row is a return whatever its sign');
	is($f->{guest_rate}, '0.00', 'one customer 0 among others is a customer');
	file('back.csv', "order_id,customer_id,ts,amount\n1,a,2024-01-01,-5\n2,b,2024-01-02,-6\n");
	$f = figures({ ORDERS => 'back.csv' });
	is("$f->{orders}|$f->{gross_aov}", '0|', 'returns alone: no orders, no AOV');
	screen();
	file('twice.csv', "order_id,amount,Amount\n1,2,3\n");
	$f = figures({ ORDERS => 'twice.csv' });
	is($f->{gross_aov}, '2.00', 'a header that is there twice: the first');
	$screen = screen();
	like($screen, qr/"amount" is there 2 times \(columns 2, 3\): column 2 is used/, 'and it says so');
	file('none.csv', "order_id,ts,amount\n1,soon,5\n2,later,6\n");
	fails('every row excluded', { ORDERS => 'none.csv' }, qr/none\.csv: none of the 2 rows can be used\. "ts": not a date \(2, e\.g\. line 2: "soon"\)/, qr/ORDERS_COLUMNS='ts='/);
	file('jalali.csv', "order_id,ts,amount\n1,1403/01/15,5\n");
	fails('another calendar', { ORDERS => 'jalali.csv' }, qr/Jalali or Hijri year/, qr/Gregorian/);
	file('words.csv', "csat\nVery satisfied\nNeutral\n");
	fails('words for scores', { SURVEY => 'words.csv' }, qr/none of the 2 rows can be used/, qr/SURVEY_COLUMNS='csat=/);
}
{
	note('numbers, dates, answers as people write them');
	file('num.csv', <<'CSV');
order_id;date;amount
1;01.02.2024;1.234,56
2;02.02.2024;666,80 €
3;13.02.2024;12,50 EUR
4;13.02.2024;5,00-
5;13.02.2024;1'234,00
6;13.02.2024;₪12,00
7;13.02.2024;CHF 1.000
CSV
	my $f = figures({ ORDERS => 'num.csv' });
	is($f->{gross_aov}, '693.31', 'decimal comma with currencies: 4159.86 / 6');
	is($f->{net_aov}, '692.48', '5,00- is negative');
	file('euro.csv', "Bestellnummer;Kundennummer;Bestelldatum;Menge;Einzelpreis;Gesamtbetrag\nB-1;K1;24.10.2024;5;133,36;666,80 €\nB-2;K2;05.06.2024;2;2.968,70;5.937,40 €\n");
	$f = figures({ ORDERS => 'euro.csv' });
	is($f->{gross_aov}, '3302.10', 'German');
	file('fa.csv', "شماره سفارش,کد مشتری,تاریخ,مبلغ\n1,a,2024-01-05,۱٬۰۳۹٫۴۷\n2,a,2024-01-06,٢٠٫٠١\n3,b,٢٠٢٤-٠١-٠٧,52.69\n");
	$f = figures({ ORDERS => 'fa.csv' });
	is($f->{gross_aov}, '370.72', 'Persian headers; Persian and Arabic digits and separators');
	is($f->{'revenue.2024-01'}, '1112.17', 'and dates');
	for my $header ("رقم الطلب,رقم العميل,التاريخ,المبلغ", "מספר הזמנה,לקוח,תאריך,סה״כ", "N° commande,Client,Date de commande,Montant total")
	{
		file('lang.csv', "$header\n1,a,2024-01-05,3\n2,a,2024-02-05,5\n");
		$f = figures({ ORDERS => 'lang.csv' });
		is(join('|', map { defined $_ ? $_ : '' } @$f{qw(gross_aov rpr revenue.2024-01)}), '4.00|100.00|3.00', "headers: $header");
	}
	my @dates = ('2024-02-01T10:00:00Z', '2024-02-03 10:00:00 UTC', '2024-02-29 20:00:00 EST', '"Feb 4, 2024"', '"February 5, 2024 10:15 PM"', '5-Feb-24', 'Mon 5 Feb 2024', '45327', '45327.5', '15-Feb-2024',
		'2024-02-05 3:04 PM', '1403/01/15');
	my $n = 0;
	file('dates.csv', "order_id,date,amount\n" . join '', map { $n++; "$n,$_,1\n" } @dates);
	$f = figures({ ORDERS => 'dates.csv' });
	is($f->{'revenue.2024-02'}, '10.00', 'dates in many ways');
	is($f->{'revenue.2024-03'}, '1.00', 'EST is five hours behind');
	is($f->{'excluded.orders.ts.jalali_or_hijri_year_convert_it'}, 1, 'Jalali');
	file('answers.csv', "Timestamp,How likely are you to recommend us to a friend? (0-10),How satisfied are you?\n"
		. join '', map { "2024-05-01,$_\n" } '10 - Extremely likely,5: great', '0 = Not at all,4', '9,Very satisfied', '10: yes,5/5', '"8 (good)",', '7,3', '٩,2', '9-10,1');
	$f = figures({ SURVEY => 'answers.csv' });
	is("$f->{nps} $f->{nps_responses}", '42.86 7', 'the number an answer begins with: (4 - 1) / 7');
	is($f->{csat}, '50.00', '5: great, 4, 5/5 of 6');
	like($f->{'warning.csat'}, qr/14\.3 % of the answers in "How satisfied are you\?" cannot be used \(1 of 7\)/, 'too many unreadable');
	my $screen = screen();
	like($screen, qr/CSAT +50\.0 %.*\n +! 14\.3 %/, 'said beside the figure');
	like($screen, qr/\n NPS +\+42\.9.*\n +! 12\.5 %/, 'and NPS');
}
{
	note('names that are meant to hurt');
	my $file = file("-we'ird \$(touch pwned) \"q\" %s ; `touch pwned`.csv",
		"order_id,\"x'); DROP TABLE demo.has; --\",amount,\":'a' \\\\! touch pwned\",\e[31mred\n'; DROP TABLE orders; --,\\! touch pwned,3,\$(touch pwned),\e[2J\n");
	my $env = { ORDERS => $file, ORDERS_COLUMNS => "product_id=x'); DROP TABLE demo.has; --,channel=:'a' \\\\! touch pwned,member=\e[31mred" };
	my ($rc, $screen, $messages) = demo($env);
	is($rc, 0, 'harmless');
	like($screen, qr/^ gross AOV\s+3\.00 /m, 'and read right');
	like($screen, qr/next make demo starts a fresh database/, 'the next demo begins anew');
	unlike($screen . $messages, qr/\e/, 'no escape sequence reaches the terminal');
	ok(!-e "$dir/pwned", 'nothing was run');
	like($screen, qr/\n\S*psql -h \S+ -p \d+ -U \S+ -d shop\n\z/, 'the last line is the psql command');
	local $ENV{LC_ALL} = 'C';
	(undef, $screen) = demo($env);
	unlike($screen, qr/[^\x00-\x7f]/, 'plain ASCII where the locale is not UTF-8');
}
# ---- the voice of the customer: by signs, orders and sums, for scores change with releases
sub widths
{
	my ($screen, $what, $title) = (@_, 'VOICE OF THE CUSTOMER');
	utf8::decode($screen);
	my ($chapter) = $screen =~ /(\n $title.*)/s;
	ok(defined $chapter, "$what: the chapter") or return;
	my @lines = grep { !/psql -h/ } split /\n/, $chapter;
	is(scalar(grep { length > 100 } @lines), 0, "$what: 100 columns");
	my $right_to_left = qr/[\p{Arabic}\p{Hebrew}]/;
	is(join("\n", grep { /$right_to_left/ && !/^ [A-Za-z][^\p{Arabic}\p{Hebrew}]*  \S[^│█]*$/ } @lines), '', "$what: text from right to left ends its line and does not begin it");
	unlike($chapter, qr/[\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}\e\r]/, "$what: nothing steers the terminal");
	return;
}

sub explained
{
	my ($f, $what) = @_;
	my ($worst) = sort { $a <=> $b } map { /^voice\.worst\./ ? (split / /, $f->{$_})[0] : () } keys %$f;
	my ($tokens, $sum) = split / /, $f->{'voice.explained'};
	cmp_ok($tokens, '>', 0, "$what: the worst comment has tokens");
	cmp_ok(abs($sum - $worst), '<', 0.001, "$what: which sum to its score");
	return;
}

{
	note('reviews');
	file('r.csv', <<'CSV');
Comment ID;Customer;Date;Language;Comment
1;a;2024-05-01;en-GB;"Terrible, the parcel was late
and broken. Never again!"
2;b;2024-05-02;Arabic;خدمة ممتازة، شكرا
3;c;2024-05-03;fa_IR;کیفیت عالی بود، ممنون
4;d;2024-05-04;HE;שירות גרוע ביותר
4;d;2024-05-04;HE;שירות גרוע ביותר
5;e;2024-05-05;English;
6;f;soon;en;Wonderful staff, great quality
7;g;2024-05-07;de;Das ist ein Wasserkocher
8;h;2024-05-08;;12345
CSV
	my $f = figures({ REVIEWS => 'r.csv' });
	is("$f->{'rows.reviews'} $f->{'voice.reviews'}", '9 7', 'reviews that have a text, each once');
	is($f->{'excluded.reviews.body.no_text'}, 1, 'no text');
	is($f->{'excluded.reviews.review_id.duplicate_review'}, 1, 'sent twice');
	is($f->{'excluded.reviews.ts.not_a_date_the_review_stays_'}, 1, 'no date, but a review');
	is($f->{'voice.language'}, '100.00', 'languages as the file says, however it writes them');
	is(join(' ', map { "$_ " . (split / /, $f->{"voice.$_"} || '-')[0] } qw(en ar fa he und none)), 'en 2 ar 1 fa 1 he 1 und 1 none 1', 'by language');
	ok((split / /, $f->{'voice.ar'})[1] > 0 && (split / /, $f->{'voice.fa'})[1] > 0 && (split / /, $f->{'voice.he'})[1] < 0, 'signs');
	ok((split / /, $f->{'voice.theme.delivery'})[1] < 0, 'delivery hurts');
	like($f->{'voice.worst.en'}, qr/^-\S+ 1$/, 'the worst of a language');
	explained($f, 'r.csv');
	is($f->{'skipped.orders_aov_rpr'}, 'no ORDERS=FILE.csv given', 'no orders');
	widths(screen(), 'r.csv');
	my ($n) = ask("SELECT string_agg(concat_ws(' ', id, customer_id, ts::date, lang_hint), ', ' ORDER BY id) FROM reviews WHERE id IN ('1', '2', '6', '8')");
	is($n->[0], '1 a 2024-05-01 en, 2 b 2024-05-02 ar, 6 f en, 8 h 2024-05-08', 'the table');
}
{
	note('reviews with nothing but a text');
	my $i = 0;
	for my $header ('Review', 'comment', 'BODY', 'Text', 'Feedback', 'Review Text', 'דעתך', 'نظر')
	{
		file('r1.csv', "$header\ngood and kind\n");
		my $f = figures({ REVIEWS => 'r1.csv', $header eq 'דעתך' ? (REVIEWS_COLUMNS => "body=$header") : () });
		is($f->{'voice.reviews'}, 1, "header: $header");
		ok(!exists $f->{'voice.language'}, 'no language given, none compared') if !$i++;
	}
	my $text = join '', map { "\"very bad, the driver was late\"\n\"very good, friendly staff\"\n\"it is a chair $_\"\n" } 1 .. 40;
	file('r2.csv', "review\n$text");
	my $f = figures({ REVIEWS => 'r2.csv' });
	like($f->{'voice.hurts'}, qr/^40 -/, 'words that hurt');
	like($f->{'voice.helps'}, qr/^40 [1-9]/, 'words that help');
	my $screen = screen();
	unlike($screen, qr/beyond chance|max_p_value/, 'beyond chance');
	open my $fh, '>:encoding(UTF-8)', "$dir/r3.csv" or die $!;
	print {$fh} "review_id,review\n\e[2J\x{202e}9,", 'bad ' x 30000, "\n", "'; DROP TABLE reviews; --,\e[31mterrible\e[0m \x{202e}awful\x{200f} \x{5d2}\x{5e8}\x{5d5}\x{5e2}\n", "3,", "\x{200d}" x 500, "\n4,\x{1f621}\x{200d}\x{1f621}\n";
	close $fh;
	$f = figures({ REVIEWS => 'r3.csv' });
	is($f->{'voice.reviews'}, 4, 'reviews that are meant to hurt');
	explained($f, 'r3.csv');
	widths(screen(), 'r3.csv');
	file('r4.csv', "review\n\n\"\"\n");
	fails('reviews without text', { REVIEWS => 'r4.csv' }, qr/none of the \d+ rows can be used.*no text/, qr/REVIEWS_COLUMNS='body=Header'/);
	file('r5.csv', "Wer,Wann,Was\nAnn,2024-01-05,\"it was good, all of it\"\n");
	fails('reviews: a command to start from', { REVIEWS => 'r5.csv' }, qr/no column of the header is known/, qr/REVIEWS_COLUMNS='ts=Wann,body=Was'|REVIEWS_COLUMNS='body=Was,ts=Wann'|REVIEWS_COLUMNS=ts=Wann,body=Was/);
	fails('REVIEW', { REVIEW => 'r.csv' }, qr/there is no setting "REVIEW"/, qr/write REVIEWS=r\.csv/);
	$f = figures({ ORDERS => 'good.csv' });
	is($f->{'skipped.voice_of_the_customer'}, 'no REVIEWS=FILE.csv given', 'no reviews: no chapter, and why');
}
# ---- behaviour

# How many customers came to each step, by plain SQL: for each event the latest first step that leads to it in time.
sub funnel_model
{
	my (@steps) = @_;
	my $chain = "SELECT customer_id, ts, event, CASE WHEN event = '$steps[0]' THEN ts END AS start FROM events";
	my @sql = ("(SELECT count(DISTINCT customer_id) FROM ($chain) AS c WHERE start IS NOT NULL)");
	for my $step (@steps[ 1 .. $#steps ])
	{
		$chain = "SELECT customer_id, ts, event, CASE WHEN event = '$step' AND ts - before <= interval '7 days' THEN before END AS start"
			. " FROM (SELECT *, max(start) OVER (PARTITION BY customer_id ORDER BY ts) AS before FROM ($chain) AS c) AS d";
		push @sql, "(SELECT count(DISTINCT customer_id) FROM ($chain) AS c WHERE start IS NOT NULL)";
	}
	my ($row) = ask('SELECT ' . join ', ', @sql);
	return join ' ', @$row;
}

sub funnel_shown
{
	my ($f) = @_;
	return join ' ', map { (split / /, $f->{"behaviour.funnel.$_"})[0] } sort { $a <=> $b } map { /^behaviour\.funnel\.(\d+)$/ ? $1 : () } keys %$f;
}

{
	note('events');
	file('e.csv', <<'CSV');
User ID;Event Name;Time;Revenue;Event ID
a;view;2024-05-01 10:00;;1
a;view;2024-05-20 10:00;;2
a;cart;2024-05-21 10:00;;3
a;order;2024-05-22 10:00;19.90;4
a;order;2024-05-22 10:00;19.90;4
b;view;2024-05-01 10:00;;5
b;cart;2024-05-08 10:00;;6
b;order;2024-05-08 10:00:01;5;7
c;cart;2024-05-01 10:00;;8
c;view;2024-05-01 10:00;;9
d;view;2024-05-03 10:00;;10
;view;2024-05-03 10:00;;11
d;;2024-05-03 10:05;;12
d;cart;soon;;13
d;help;2024-05-03 10:10;dear;14
CSV
	my $f = figures({ EVENTS => 'e.csv' });
	is("$f->{'rows.events'} $f->{'behaviour.events'} $f->{'behaviour.customers'}", '15 11 4', 'events that can be used');
	is(join(' ', map { $f->{"excluded.events.$_"} || 0 } qw(event_id.duplicate_event customer_id.no_customer event.no_name ts.not_a_date value.not_a_number_the_event_stays_)), '1 1 1 1 1', 'the others, and why');
	is(join(', ', map { $f->{"behaviour.funnel.$_"} } 1 .. 4), '4 - view, 3 1 cart, 1 2 order, 0 1 help', 'the funnel over the events of most customers');
	is($f->{'behaviour.last_step'}, '0 first_touch 0', 'its last step');
	like($f->{'note.events'}, qr/EVENTS_STEPS='view, cart, order, help'$/, 'and how to choose others');
	is($f->{'skipped.orders_aov_rpr'}, 'no ORDERS=FILE.csv given', 'no orders');
	widths(screen(), 'e.csv', 'BEHAVIOUR');
	$f = figures({ EVENTS => 'e.csv', EVENTS_STEPS => 'view, cart ,order' });
	is(funnel_shown($f), '4 3 1', 'steps of choice');
	is(funnel_model(qw(view cart order)), '4 3 1', 'as plain SQL has it');
	is($f->{'behaviour.last_step'}, '1 first_touch 0', 'the customer whose first visit led to nothing');
	is($f->{'behaviour.before.1'}, '-2 2 2 cart order', 'what comes before an order');
	is("$f->{'behaviour.sessions'} $f->{'behaviour.one_event'}", '8 62.50', 'visits');
	fails('an event that never was', { EVENTS => 'e.csv', EVENTS_STEPS => 'view,buy' }, qr/EVENTS_STEPS: e\.csv has no event "buy"/, qr/the most frequent are: view, cart, order, help/);
	fails('EVENT_STEPS', { EVENTS => 'e.csv', EVENT_STEPS => 'view' }, qr/there is no setting "EVENT_STEPS"/, qr/write EVENTS_STEPS=view/);
	fails('EVENT', { EVENT => 'e.csv' }, qr/there is no setting "EVENT"/, qr/write EVENTS=e\.csv/);
	open my $fh, '>:encoding(UTF-8)', "$dir/e2.csv" or die $!;
	print {$fh} "user,time,action\n", map { "u$_,2024-01-0$_,\"\e[2J'; DROP TABLE events; --\\\"\nu$_,2024-01-0$_ 10:00,\"{a,\"\"b\x{202e}\"\"}\"\nu$_,2024-01-09," . 'x' x 3000 . "\n" } 1 .. 5;
	close $fh;
	$f = figures({ EVENTS => 'e2.csv' });
	is("$f->{'behaviour.events'} " . funnel_shown($f), '15 5 4 0', 'names that are meant to hurt');
	widths(screen(), 'e2.csv', 'BEHAVIOUR');
	file('e3.csv', "who,when,what\na,2024-01-01,view\na,2024-01-02,order\nb,2024-01-02,view\n");
	fails('events: a command to start from', { EVENTS => 'e3.csv' }, qr/no column of the header is known/, qr/EVENTS_COLUMNS='customer_id=who,ts=when,event=what'/);
	$f = figures({ EVENTS => 'e3.csv', EVENTS_COLUMNS => 'customer_id=who,ts=when,event=what' });
	is(funnel_shown($f), '2 1', 'named by hand');
	$f = figures({ ORDERS => 'good.csv' });
	is($f->{'skipped.behaviour'}, 'no EVENTS=FILE.csv given', 'no events: no chapter, and why');
}
# ---- the loyalty chapter
my %loyalty = (DEMO_LOYALTY => '');

sub ask
{
	my ($sql) = @_;
	my ($rc, $out, $err) = run_program({ PGDATABASE => 'shop', PGOPTIONS => '-c TimeZone=UTC -c DateStyle=ISO,YMD' }, 'psql', '-XqAt', '-F', '|', '-v', 'ON_ERROR_STOP=1', '-c', $sql);
	is($rc, 0, 'asked') or diag($err);
	return map { [ split /\|/, $_, -1 ] } split /\n/, $out;
}

# What the new customer does comes out the same whatever the file.
sub live_part
{
	my ($f, $what) = @_;
	my $want = int(1234.50 / 100);
	is(join(' ', map { defined $f->{"loyalty.$_"} ? $f->{"loyalty.$_"} : '-' } qw(rollback.orders rollback.entries rollback.balance)), '0 0 0', "$what: ROLLBACK takes order and points back");
	is(join(' ', map { defined $f->{"loyalty.$_"} ? $f->{"loyalty.$_"} : '-' } qw(commit.orders commit.entries commit.balance)), '1 1 1234', "$what: COMMIT keeps both");
	is(join(' ', map { defined $f->{"loyalty.at_once.$_"} ? $f->{"loyalty.at_once.$_"} : '-' } qw(ok insufficient balance debt)),
		join(' ', $want, 50 - $want, 1234 - 100 * $want, 0), "$what: 50 at once, exactly the affordable ones");
	is(join(' ', map { $f->{"loyalty.$_"} } qw(retry.status retry.replayed retry_order.status retry_order.replayed retry.balance)), 'ok t ok t 34', "$what: retries are replayed");
	is(join(' ', map { $f->{"loyalty.$_"} } qw(refund.balance refund.debt next.balance next.debt)), '0 1000 500 0', "$what: returned but spent is owed, and paid");
	is($f->{'loyalty.wrong'}, 0, "$what: each order has its points");
	is($f->{'loyalty.verify'}, 0, "$what: ledger_verify is empty");
	my ($books) = ask("SELECT string_agg(kind || ' ' || n || ' ' || points, ', ' ORDER BY kind COLLATE \"C\") FROM (SELECT kind, count(*) AS n, sum(amount) AS points"
			. " FROM rewards.entry WHERE member = '$f->{'loyalty.customer'}' GROUP BY kind) AS k");
	is($books->[0], "award 2 2734, redeem $want -" . 100 * $want . ', reverse 1 -1034', "$what: nothing is in the books twice");
	my ($orders) = ask("SELECT string_agg(order_id || ' ' || amount, ', ' ORDER BY order_id) FROM new_orders");
	is($orders->[0], 'live-1 200.00, live-2 1500.00', "$what: nor in the orders");
	return;
}

sub months
{
	my ($f) = @_;
	return { map { my $m = $_; ($m => join ' ', map { $f->{"loyalty.$m.$_"} } qw(opening issued reversed redeemed expired closing)) }
			map { /^loyalty\.(\d{4}-\d\d|since)\.closing$/ ? $1 : () } keys %$f };
}

{
	note('points for the orders of a file');
	file('points.csv', <<'CSV');
order_id,customer_id,ts,product_id,quantity,unit_price
1,a,2023-01-01,p1,2,10.50
2,a,2024-02-05 10:00,p1,3,10.00
3,b,2024-02-06,p1,1,0.99
4,,2024-02-07,p1,1,40.00
5,a,2024-03-01,p2,1,1e13
6,c,2098-03-01,p2,1,5
8,new-customer,2024-02-29,p9,1,77.77
9,d,2024-03-01 00:00,p5,1,99.99
C2,a,2024-02-09,p1,-1,10.00
C77,a,2024-02-10,p1,-1,10.25
C78,x,2024-02-10,p1,-1,10.25
C4,,2024-02-10,p1,-1,10
A9,,2024-02-09,debt,1,-5.00
CSV
	my $f = figures({ ORDERS => 'points.csv', %loyalty });
	is($f->{'loyalty.orders'}, 4, 'orders with points');
	is(join(' ', map { $f->{"loyalty.left_out.$_"} || 0 } qw(below_1_00 of_guests above_1e12 dated_in_the_future)), '1 1 1 1', 'orders without, and why');
	is(join(' ', map { $f->{"loyalty.returns$_"} } '', '.by_product', '.not_found', '.nothing'), '2 1 1 0', 'returns by id and by product');
	is($f->{'loyalty.customer'}, 'new-customer-', 'the new customer is none of the file');
	# 21 points of 2023 expire after 365 days; 30 - 10 - 11 (from 20.00 to 9.75) and 77; an order at midnight is of its own day
	is_deeply(months($f), { '2023-10' => '21 0 0 0 0 21', '2023-11' => '21 0 0 0 0 21', '2023-12' => '21 0 0 0 21 0', '2024-01' => '0 0 0 0 0 0',
			'2024-02' => '0 107 21 0 0 86', '2024-03' => '86 99 0 0 0 185', since => '185 2734 1034 1200 185 500' }, 'what is owed, by month');
	is("$f->{'loyalty.2024-03.worth'} $f->{'loyalty.2024-03.cost'}", '1.85 1.4800', 'and in money');
	is($f->{'loyalty.difference'}, 0, 'opening and movements come to the closing balance');
	is_deeply([ map { $f->{"loyalty.top.$_"} } 1 .. 3 ], [ 'd 99 0 99', 'new-customer 77 0 77', 'a 30 0 9' ], 'top members');
	live_part($f, 'points.csv');
}
{
	note('points where the file lacks something');
	file('undated.csv', "order_id,customer_id,amount\n1,a,10\n2,b,-3\n" . 'x' x 300 . ',' . 'y' x 3000 . ",20\n1,a,-4\nit's \$1 \\! x,\"c' \"\"q\"\"\",7\n");
	my $f = figures({ ORDERS => 'undated.csv', %loyalty });
	is("$f->{'loyalty.orders'} $f->{'loyalty.returns'} $f->{'loyalty.returns.not_found'}", '3 1 1', 'no dates, long ids');
	is((map { $_ eq 'since' ? () : months($f)->{$_} } keys %{ months($f) })[0], '0 2771 1038 1200 0 533', 'all of it is of this month');
	live_part($f, 'undated.csv');
	like(screen(\%loyalty), qr/ LOYALTY .*\n EARLIER ORDERS  posted as of now.*\n orders with points +3  of 3\n/s, 'and it says so');
	$f = figures({ ORDERS => 'back.csv', %loyalty });
	is("$f->{'loyalty.orders'} $f->{'loyalty.verify'}", '0 0', 'returns alone');
	$f = figures({ ORDERS => 'good.csv', %loyalty });
	like($f->{'skipped.loyalty'}, qr/no column for customer_id/, 'no customers: no chapter, and why');
	ok(!grep { /^loyalty/ } keys %$f, 'nothing of it');
}
{
	note('the made-up shop');
	my $f = figures({%loyalty});
	is($f->{error}, undef, 'no query failed');
	for my $key (qw(orders gross_aov net_aov rpr purchase_frequency days_between_orders repeat_revenue_share guest_rate
		nps csat open_rate click_rate engagement_rate member_lift.aov member_lift.frequency))
	{
		ok(defined $f->{$key} && $f->{$key} ne '' && $f->{$key} != 0, "$key=" . ($f->{$key} || ''));
	}
	is(scalar(grep { /^skipped/ } keys %$f), 0, 'every section is shown');
	live_part($f, 'the made-up shop');
	is_deeply(months($f), model(), 'what the made-up shop owes, by month, as a model of it says');
	is(join(' ', map { (split / /, $f->{"voice.$_"} || '-')[0] } qw(en ar fa he und none)), '16 16 16 16 - -', 'reviews in four languages');
	is($f->{'voice.language'}, '100.00', 'each found to be in its own');
	for my $lang (qw(en ar fa he))
	{
		my (undef, $mean, $low, $high, $positive, $from, $to, $negative) = split / /, $f->{"voice.$lang"};
		ok($low < $mean && $mean < $high && $from < $positive && $positive < $to, "$lang: within its interval");
		ok($positive >= 30 && $negative >= 30, "$lang: good ones and bad ones");
	}
	is(scalar(grep { /^voice\.theme\./ } keys %$f), 6, 'six themes');
	ok((split / /, $f->{'voice.theme.refunds'})[1] < 0 && (split / /, $f->{'voice.theme.price'})[1] > (split / /, $f->{'voice.theme.refunds'})[1], 'refunds hurt');
	like($f->{'voice.hurts'}, qr/^\d+ -/, 'words that hurt');
	like($f->{'voice.helps'}, qr/^\d+ \d/, 'words that help');
	explained($f, 'the made-up shop');
	is(funnel_shown($f), funnel_model(qw(visit product cart checkout order)), 'the funnel of the made-up shop, as plain SQL has it');
	my ($last, undef, $first_touch) = split / /, $f->{'behaviour.last_step'};
	cmp_ok($first_touch, '<', 0.8 * $last, 'first touch misses many');
	my ($visits) = ask("SELECT count(*) FROM (SELECT ts - lag(ts) OVER (PARTITION BY customer_id ORDER BY ts) AS pause FROM events) AS e WHERE pause IS NULL OR pause > interval '30 minutes'");
	is($f->{'behaviour.sessions'}, $visits->[0], 'visits');
	my ($back) = ask("WITH w AS (SELECT DISTINCT customer_id, date_trunc('week', ts)::date AS w FROM events), f AS (SELECT customer_id, min(w) AS cohort FROM w GROUP BY 1)"
			. " SELECT count(DISTINCT customer_id) || ' ' || round(100.0 * count(*) FILTER (WHERE w = cohort + 21) / count(DISTINCT customer_id), 2) FROM f JOIN w USING (customer_id) WHERE cohort = '2024-11-04'");
	is($f->{'behaviour.return.2024-11-04.3'}, $back->[0], 'who comes back');
	my $screen = screen(\%loyalty);
	like($screen, qr/\n LOYALTY/, 'the loyalty chapter');
	like($screen, qr/ WHY THE WORST IS SO BAD .*\n together +-0\.\d\d\n.*engage\.sentiment_explain/s, 'the worst comment explained');
	widths($screen, 'the made-up shop');
	my @lines = split /\n/, $screen;
	my ($rest) = grep { $lines[$_] =~ /ROWS EXCLUDED/ } 0 .. $#lines;
	cmp_ok($rest, '<=', 46, 'one screen before the excluded rows');
	utf8::decode($screen);
	is(scalar(grep { length > 100 } grep { !/psql -h/ } split /\n/, $screen), 0, '100 columns');
}

# The made-up shop's programme once more, without the ledger: points by lots, spent and expiring soonest first.
sub model
{
	my $DAY = 86400 * 1_000_000;	# microseconds
	my @event = ask(<<'SQL');
SELECT (extract(epoch FROM ts) * 1000000)::bigint, 1, 0, customer_id, order_id, (100 * amount)::bigint
FROM (SELECT order_id, min(customer_id) AS customer_id, min(ts) AS ts, sum(amount) AS amount FROM sales GROUP BY order_id) AS o WHERE customer_id IS NOT NULL
UNION ALL
SELECT (extract(epoch FROM ts) * 1000000)::bigint, 2, line, customer_id, substr(order_id, 2), (100 * amount)::bigint
FROM order_lines WHERE kind = 'return' AND customer_id IS NOT NULL
SQL
	my (%month, %lots, %debt, %order);
	my $in = sub {
		my ($at, $what, $points) = @_;
		my @t = gmtime int(($at - 1) / 1_000_000);
		$month{ sprintf '%04d-%02d', $t[5] + 1900, $t[4] + 1 }{$what} += $points;
	};
	my $expire = sub {
		my ($member, $at) = @_;
		my $lots = $lots{$member} ||= [];
		while (@$lots && $lots->[0]{until} <= $at)
		{
			my $lot = shift @$lots;
			$in->($lot->{until}, 'expired', $lot->{left});
		}
	};
	my $take = sub {	# from one lot, or from all in turn
		my ($points, @from) = @_;
		for my $lot (@from)
		{
			my $n = $points < $lot->{left} ? $points : $lot->{left};
			$lot->{left} -= $n;
			$points -= $n;
		}
		return $points;
	};
	for my $e (sort { $a->[0] <=> $b->[0] || $a->[1] <=> $b->[1] || $a->[2] <=> $b->[2] || $a->[4] cmp $b->[4] } @event)
	{
		my ($at, $rank, undef, $member, $id, $cents) = @$e;
		$expire->($member, $at);
		$debt{$member} ||= 0;
		if ($rank == 1)
		{
			my $points = int($cents / 100);
			my $lot = { left => $points, until => $at + 365 * $DAY };
			$order{$id} = { cents => $cents, points => $points, lot => $lot };
			$in->($at + 1, 'issued', $points);
			my $open = $take->($debt{$member}, $lot);
			$debt{$member} = $open;
			push @{ $lots{$member} }, $lot;
			my $has = 0;
			$has += $_->{left} for @{ $lots{$member} };
			if ($has >= 300)
			{
				$take->(300, @{ $lots{$member} });
				$in->($at + 1, 'redeemed', 300);
			}
		}
		else
		{
			my $o = $order{$id} or die "return of order $id before it";
			$o->{cents} += $cents;
			my $due = $o->{points} - int($o->{cents} / 100);
			$o->{points} -= $due;
			$in->($at + 1, 'reversed', $due);
			$due = $take->($due, $o->{lot}) if $o->{lot}{until} > $at;
			$debt{$member} += $take->($due, @{ $lots{$member} });
		}
	}
	$expire->($_, time * 1_000_000) for keys %lots;
	my (%want, $open);
	my %since = (issued => 2734, reversed => 1034, redeemed => 1200, expired => 0);
	for my $m (sort keys %month)
	{
		my %n = map { ($_ => $month{$m}{$_} || 0) } qw(issued reversed redeemed expired);
		if ($m ge '2025')
		{
			$since{$_} += $n{$_} for keys %n;
			next;
		}
		my $opening = $open || 0;
		$open = $opening + $n{issued} - $n{reversed} - $n{redeemed} - $n{expired};
		$want{$m} = join ' ', $opening, @n{qw(issued reversed redeemed expired)}, $open if $m ge '2024-07';
	}
	$want{since} = join ' ', $open, @since{qw(issued reversed redeemed expired)}, $open + $since{issued} - $since{reversed} - $since{redeemed} - $since{expired};
	return \%want;
}

is(join("\n", @perl_warnings), '', 'no warning of Perl in any run');
done_testing();
