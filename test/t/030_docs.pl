# Every example of README.md and doc/*.md is run, and what the page shows is compared with what came out.
#
#     make test ONLY=tap TESTS=030_docs
#     perl test/t/030_docs.pl [FILE.md]...     on the running server of PGHOST, PGPORT, PGUSER
#     perl test/t/030_docs.pl --demo FILE.md   only what is marked "on: Online Retail", in database PGDATABASE
#
# What is an example:
# * A ```sql block is run in a session of its own.  A ```text block right after it is its result.
# * A row of a table with a `SELECT ...` or `WITH ...` cell is run.  A `...` cell right after that one is the
#   result: rows separated by ";", columns by ",".
# Cells of a result are compared one by one: a number that is shown with decimals is compared at that many,
# one without decimals must be equal.
#
# Comments above a block or table change what is done with it:
#   <!-- error NG001 -->          must fail with that SQLSTATE; each line of the text block is in the message
#   <!-- errors -->               a table whose first column is the SQLSTATE that each row must fail with
#   <!-- not run: REASON -->      left out
#   <!-- on: Online Retail -->    run, but compared only with --demo: the figures are those of real data
#   <!-- on: publisher -->, <!-- on: subscriber -->   run there, in the order of the page
# Each page has a database of its own with the tables of doc/example.sql.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename;
use File::Temp ();
use Test::More;

my ($own_servers, $demo);

BEGIN
{
	# make installcheck sets PGHOST or PGPORT, too, and names no page
	$own_servers = !(@ARGV && $ENV{PGHOST});
	if ($own_servers)
	{
		require PostgreSQL::Test::Utils;
		require PostgreSQL::Test::Cluster;
	}
}

my $root = abs_path(dirname(__FILE__) . '/../..');
my $tmp = File::Temp->newdir('engage-docs-XXXXXX', TMPDIR => 1);
my $node;

@ENV{qw(LC_ALL PGTZ PGDATESTYLE PGCLIENTENCODING)} = ('C', 'UTC', 'ISO', 'UTF8');
$ENV{PGOPTIONS} = '-c search_path=public';		# whatever the user is called
if (@ARGV && $ARGV[0] eq '--demo')
{
	$demo = shift @ARGV;
	die "--demo needs PGHOST and PGDATABASE of the demo\n" if $own_servers;
}
my @pages = @ARGV ? map { abs_path($_) } @ARGV : sort grep { -f } "$root/README.md", glob "$root/doc/*.md";

if ($own_servers)
{
	$node = PostgreSQL::Test::Cluster->new('docs');
	$node->init(allows_streaming => 'logical');
	$node->append_conf('postgresql.conf', "timezone = 'UTC'\nlc_messages = 'C'\nlog_statement = 'none'\nautovacuum = off\n");	# a transaction of its own would keep rows from fold_timelines for a moment
	$node->start;
	@ENV{qw(PGHOST PGPORT PGDATABASE)} = ($node->host, $node->port, 'postgres');
}

sub slurp
{
	open my $fh, '<', $_[0] or die "$_[0]: $!";
	local $/;
	return scalar <$fh>;
}

# Run pieces of SQL with one psql, each in a session of its own.  Returns for each a hash:
# rows (lists of cells), messages, state (SQLSTATE of its last error or ''), types (of the last query, if asked for).
sub psql
{
	my ($pieces, %opt) = @_;
	my $file = "$tmp/in.sql";
	open my $fh, '>:raw', $file or die "$file: $!";
	for my $i (0 .. $#$pieces)
	{
		print {$fh} "\\echo \x1e$i\n\\warn \x1e$i\n", ($i ? "\\c -\n" : ''), $pieces->[$i], ($pieces->[$i] =~ /(?:;|\\\w+)\s*$/ ? '' : "\n;"), "\n\\echo \x1d:LAST_ERROR_SQLSTATE\n";
	}
	close $fh;
	local %ENV = (%ENV, %{ $opt{env} || {} });
	my @command = ('psql', '-X', '-q', '-A', '-P', 'footer=off', '-P', 'null=NULL', '-F', "\x1f",
		($opt{database} ? ('-d', $opt{database}) : ()), '-f', $file);
	my $pid = fork;
	die "fork: $!" unless defined $pid;
	if (!$pid)
	{
		open STDOUT, '>', "$tmp/out" or exit 120;
		open STDERR, '>', "$tmp/err" or exit 121;
		exec @command or exit 122;
	}
	waitpid $pid, 0;
	my $status = $?;
	my (undef, @out) = split /^\x1e\d+\n/m, slurp("$tmp/out");
	my (undef, @err) = split /^\x1e\d+\n/m, slurp("$tmp/err");
	my @results;
	for my $i (0 .. $#$pieces)
	{
		my ($out, $messages) = map { defined $_ ? $_ : '' } $out[$i], $err[$i];
		$out =~ s/^\x1d(\w+)\n//m or $messages .= "ERROR:  psql ended early, status $status: " . slurp("$tmp/err");
		my $state = $1;
		$messages =~ s/^psql:[^:]*:\d+: //mg;
		$state = '' if $messages !~ /^(?:ERROR|FATAL|error|PANIC|invalid|\\\w+):|^invalid/m;
		push @results, { rows => [ map { [ split /\x1f/, $_, -1 ] } split /\n/, $out ], messages => $messages, state => $state };
	}
	return @results;
}

# Does what came out fit what the page shows?
sub cell_fits
{
	my ($got, $shown) = @_;
	return 1 if $got eq $shown || ($got eq 'NULL' && $shown eq '');
	my $number = qr/^[-+]?(?:\d+(?:\.(\d+))?|\.(\d+))(?:e[-+]?\d+)?$/i;
	return 0 unless $got =~ $number && $shown =~ /^[-+]?\d+(?:\.(\d+))?$/;
	return defined $1 ? sprintf("%.*f", length $1, $got) == $shown && sprintf("%.*f", length $1, $got) eq ($shown =~ s/^\+//r)
		: $got == $shown;
}

sub rows_fit
{
	my ($got, $shown) = @_;
	return 0 if @$got != @$shown;
	for my $i (0 .. $#$got)
	{
		return 0 if @{ $got->[$i] } != @{ $shown->[$i] };
		cell_fits($got->[$i][$_], $shown->[$i][$_]) or return 0 for 0 .. $#{ $got->[$i] };
	}
	return 1;
}

sub show { return join '', map { join(' | ', @$_) . "\n" } @{ $_[0] } }

# psql's aligned tables, as they stand in a page
sub read_table
{
	my ($text) = @_;
	my @rows;
	for (split /\n/, $text)
	{
		next if /^[-+\s]*$/ || /^\(\d+ rows?\)$/;
		push @rows, [ map { s/^\s+|\s+$//gr } split /\|/, $_, -1 ];
	}
	return \@rows;
}

# The examples of a page: { line, sql, shown (rows, text or undef), header, mark }
sub examples
{
	my ($page) = @_;
	my @lines = split /\n/, slurp($page);
	my (@found, @marks, $last);
	my $i = 0;
	while ($i < @lines)
	{
		my $line = $lines[$i];
		if ($line =~ /^\s*```(\w*)/)
		{
			my ($kind, $start, @block) = ($1, $i + 1);
			my ($indent) = $line =~ /^(\s*)/;
			push @block, $lines[$i] =~ s/^$indent//r while ++$i < @lines && $lines[$i] !~ /^\s*```\s*$/;
			my $text = join "\n", @block;
			if ($kind eq 'sql')
			{
				push @found, $last = { line => $start, sql => $text, header => 1, marks => [@marks] };
			}
			elsif ($kind eq 'text' && $last)
			{
				$last->{text} = $text;
				undef $last;
			}
			@marks = ();
		}
		elsif ($line =~ /^<!--\s*(.*?)\s*-->\s*$/)
		{
			push @marks, $1;
			undef $last;
		}
		elsif ($line =~ /^\s*\|/)
		{
			my @cells = $line =~ /(?:^\s*\||\G\|)\s*((?:`[^`]*`|[^`|])*?)\s*(?=\|)/g;
			for my $c (0 .. $#cells)
			{
				next unless $cells[$c] =~ /^`((?:SELECT|WITH) .*)`$/;
				my $sql = $1;
				my $shown = $c < $#cells && $cells[ $c + 1 ] =~ /^`([^`]*)`$/ && $1 !~ /^(?:SELECT|WITH) / ? $1 : undef;
				my @own = grep { $_ ne 'errors' } @marks;
				push @own, "error $1" if @own < @marks && $cells[0] =~ /^`(\w{5})`$/;	# a table of errors: SQLSTATE first
				push @found, { line => $i + 1, sql => "$sql;", header => 0, marks => \@own, name => $cells[0],
					defined $shown ? (text => $shown) : () };
			}
			@marks = () if $i == $#lines || $lines[ $i + 1 ] !~ /^\s*\|/;
		}
		elsif ($line =~ /\S/)
		{
			undef $last;
			@marks = ();
		}
		$i++;
	}
	return @found;
}

sub shown_rows
{
	my ($e) = @_;
	return unless defined $e->{text};
	return read_table($e->{text}) if $e->{header};
	return [ map { [ map { s/^\s+|\s+$//gr } split /,/, $_, -1 ] } split /;/, $e->{text} ];
}

sub mark
{
	my ($e, $wanted) = @_;
	for (@{ $e->{marks} })
	{
		return $1 if /^$wanted:?\s*(.*)$/;
	}
	return;
}

# Compare what an example gave with what the page shows.
sub judge
{
	my ($e, $name, $result, %opt) = @_;
	my $error = mark($e, 'error');
	if (defined $error)
	{
		is($result->{state}, $error, "$name fails with $error") or diag($result->{messages});
		for my $line (split /\n/, defined $e->{text} ? $e->{text} : '')
		{
			like($result->{messages} =~ s/ +/ /gr, qr/\Q@{[ $line =~ s!^\s+|\s+$!!gr =~ s! +! !gr ]}\E/, "$name: the message");
		}
		return;
	}
	if ($result->{state} ne '')
	{
		fail("$name runs");
		diag("$e->{sql}\n$result->{messages}");
		return;
	}
	my $shown = shown_rows($e);
	if (!defined $shown || $opt{no_compare})
	{
		pass("$name runs");
		return;
	}
	my @got = @{ $result->{rows} };
	shift @got if !$e->{header};
	ok(rows_fit(\@got, $shown), "$name gives what the page shows")
		or diag("$e->{sql}\ngave\n", show(\@got), "but the page shows\n", show($shown));
	return;
}

sub setup
{
	my ($sql, $name, %opt) = @_;
	my ($result) = psql([$sql], %opt);
	is($result->{state}, '', $name) or BAIL_OUT($result->{messages});
	return;
}

for my $page (@pages)
{
	my $name = basename($page);
	my $database = $demo ? $ENV{PGDATABASE} : 'docs_' . ($name =~ s/\W.*//r =~ tr/A-Z/a-z/r);
	my @examples = examples($page);
	if ($demo)
	{
		@examples = grep { (mark($_, 'on') || '') =~ /Online Retail/ } @examples;
	}
	else
	{
		setup("DROP DATABASE IF EXISTS $database;\nCREATE DATABASE $database TEMPLATE template0 ENCODING 'UTF8';", "$name: database", database => 'postgres');
		setup("CREATE EXTENSION engage;\n\\i '$root/doc/example.sql'\nANALYZE;", "$name: doc/example.sql loads", database => $database);
	}
	@examples = grep { !defined mark($_, 'not run') && (mark($_, 'on') || '') !~ /^(?:publisher|subscriber)/ } @examples;
	my @results = psql([ map { $_->{sql} } @examples ], database => $database);
	for my $i (0 .. $#examples)
	{
		my $e = $examples[$i];
		$e->{title} = "$name line $e->{line}" . (defined $e->{name} ? " ($e->{name})" : '');
		judge($e, $e->{title}, $results[$i], no_compare => (mark($e, 'on') || '') =~ /Online Retail/ && !$demo);
	}
	next if $demo;

	# A BI tool wraps a query, and cannot read types of ours.
	my @queries = grep {
		!defined mark($_, 'error') && ($name eq 'bi.md' || defined $_->{name})
			&& $_->{sql} =~ /^\s*(?:--[^\n]*\n\s*)*(?:SELECT|WITH)\b[^;]*;?\s*$/i } @examples;
	my @wrapped = psql([ map { "SELECT * FROM (\n" . ($_->{sql} =~ s/;\s*$//r) . "\n) AS q LIMIT 1000;" } @queries ], database => $database);
	my @types = psql([ map { ($_->{sql} =~ s/;\s*$//r) . "\n\\gdesc" } @queries ], database => $database);
	for my $i (0 .. $#queries)
	{
		is($wrapped[$i]{state}, '', "$queries[$i]{title} works as a subquery") or diag($wrapped[$i]{messages});
		my ($head, @columns) = @{ $types[$i]{rows} };
		ok(@columns && !(grep { $_->[1] =~ /summary|engage|record|\[\]$/ } @columns), "$queries[$i]{title} returns core types only")
			or diag(show(\@columns));
	}
	setup(join("\n", "DROP DATABASE $database;", map { "DROP ROLE IF EXISTS $_;" } slurp($page) =~ /^CREATE ROLE (\w+)/mg),
		"$name: done", database => 'postgres');

	# links to other files of the project
	my $text = slurp($page);
	for my $link ($text =~ /\]\((?!https?:|#)([^)#\s]+)/g)
	{
		next if $link =~ /performance\.md$/ && !-e dirname($page) . "/$link";	# written by the benchmark
		ok(-e dirname($page) . "/$link", "$name: link to $link");
	}
}

# ---- replicating to a server of one's own (install.md), on two servers
if ($own_servers && grep { /install\.md$/ } @pages)
{
	my %server = (publisher => $node, subscriber => PostgreSQL::Test::Cluster->new('analytics'));
	$server{subscriber}->init;
	$server{subscriber}->append_conf('postgresql.conf', "timezone = 'UTC'\nlc_messages = 'C'\n");
	$server{subscriber}->start;
	my %env = map { $_ => { PGHOST => $server{$_}->host, PGPORT => $server{$_}->port, PGDATABASE => 'shop' } } keys %server;
	setup("CREATE DATABASE shop TEMPLATE template0 ENCODING 'UTF8';", "database on the $_", database => 'postgres', env => $env{$_}) for sort keys %server;
	setup("\\i '$root/doc/example.sql'", 'the managed server has tables, and no extension', env => $env{publisher});
	for my $e (grep { (mark($_, 'on') || '') =~ /^(?:publisher|subscriber)/ } examples("$root/doc/install.md"))
	{
		my ($where) = mark($e, 'on') =~ /^(\w+)/;
		my $connection = $server{publisher}->connstr('shop') =~ s/'/''/gr;
		$e->{sql} =~ s/CONNECTION '[^']*'/CONNECTION '$connection'/;
		if ($where eq 'subscriber' && $e->{sql} =~ /engage\.\w+\(/)
		{
			# wait for what replication has not brought yet
			my $lsn = $node->lsn('write');
			$server{subscriber}->poll_query_until('shop',
				"SELECT count(*) > 0 AND bool_and(srsubstate IN ('r', 's')) FROM pg_subscription_rel") or BAIL_OUT('no replication');
			$node->poll_query_until('shop', "SELECT bool_and(replay_lsn >= '$lsn') FROM pg_stat_replication") or BAIL_OUT('no replication');
		}
		my ($result) = psql([ $e->{sql} ], env => $env{$where});
		judge($e, "install.md line $e->{line} on the $where", $result);
	}
	$server{subscriber}->stop('fast');
}

# ---- nothing is left out
if (!$demo && grep { /(?:kpi|ledger.*)\.md$/ } @pages)
{
	my $text = join "\n", map { slurp($_) } "$root/doc/kpi.md", glob("$root/doc/ledger*.md"), "$root/doc/sentiment.md", "$root/doc/behaviour.md";
	my $database = 'docs_names';
	setup("CREATE DATABASE $database;", 'database for the names', database => 'postgres');
	# (functions for the use of others say so in their comments)
	my ($names) = psql([ <<'SQL' ], database => $database);
CREATE EXTENSION engage;
SELECT DISTINCT proname FROM pg_proc
WHERE pronamespace = 'engage'::regnamespace AND proname !~ '_(accum|inverse|combine|serial|deserial|final|rollup|in|out|recv|send|eq|ne|hash|hash_extended)$'
  AND obj_description(oid, 'pg_proc') !~ 'for the ledger''s own functions$|^For engage''s reports|^The body of'
UNION SELECT typname FROM pg_type WHERE typnamespace = 'engage'::regnamespace AND typname !~ '^_'
ORDER BY 1;
SQL
	setup("DROP DATABASE $database;", 'done with it', database => 'postgres');
	my (undef, @names) = @{ $names->{rows} };
	cmp_ok(scalar @names, '>', 40, 'the functions were listed');
	my @missing = grep { $text !~ /\b\Q$_\E\b/ } map { $_->[0] } @names;
	is("@missing", '', 'kpi.md, sentiment.md, behaviour.md and the pages on the ledger name every function and type');
}
if (!$demo && grep { /errors\.md$/ } @pages)
{
	my $text = slurp("$root/doc/errors.md");
	my $states = slurp("$root/src/common/errors.h");
	while ($states =~ /MAKE_SQLSTATE\('(.)', '(.)', '(.)', '(.)', '(.)'\)/g)
	{
		my $state = join '', $1, $2, $3, $4, $5;
		like($text, qr/\b$state\b/, "errors.md explains $state");
	}
}
if (!$demo && grep { /README\.md$/ } @pages)
{
	cmp_ok(scalar(split /\n/, slurp("$root/README.md")), '<=', 260, 'README.md is short enough to be read');
}

# ---- and this test can fail
ok(!cell_fits('65.56', '65.5') && !cell_fits('66', '66.5') && !cell_fits('65.7', '65') && !cell_fits('NULL', '0')
	&& cell_fits('65.56', '65.6') && cell_fits('-3', '-3.0') && cell_fits('5.0', '5'), 'the comparison can tell numbers apart');
ok(!rows_fit([ [1] ], [ [1], [2] ]) && !rows_fit([ [ 1, 2 ] ], [ [1] ]), 'and rows');

done_testing();
