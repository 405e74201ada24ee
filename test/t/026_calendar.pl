# The ledger's arithmetic of instants in a named zone is the server's in a session of that zone.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $pg_config = $ENV{PG_CONFIG} || 'pg_config';
chomp(my $include = `$pg_config --includedir-server`);

my $seed = seed();
my $node = engage_node('calendar');
my $dir = PostgreSQL::Test::Utils::tempdir('calendar');
chmod 0755, $dir;
my $compiler = $ENV{CC} || 'gcc';
system_or_bail($compiler, '-shared', '-fPIC', '-O2', '-Wall', '-Werror', '-D_GNU_SOURCE', "-I$include", "-I$root/src",
	'-o', "$dir/calendar.so", "$root/test/unit/in_server.c", "$root/src/ledger/calendar.c");

sql($node, <<"SQL");
	CREATE FUNCTION zone_add(timestamptz, interval, text) RETURNS timestamptz LANGUAGE C STRICT AS '$dir/calendar', 'test_zone_add';
	CREATE FUNCTION zone_subtract(timestamptz, interval, text) RETURNS timestamptz LANGUAGE C STRICT AS '$dir/calendar', 'test_zone_subtract';
	CREATE FUNCTION zone_date(timestamptz, text) RETURNS date LANGUAGE C STRICT AS '$dir/calendar', 'test_zone_date';
	CREATE FUNCTION zone_midnight(date, text) RETURNS timestamptz LANGUAGE C STRICT AS '$dir/calendar', 'test_zone_midnight';
	CREATE FUNCTION zone_next(timestamptz, int, text) RETURNS timestamptz LANGUAGE C STRICT AS '$dir/calendar', 'test_zone_next';
	CREATE FUNCTION zone_show(timestamptz, text) RETURNS text LANGUAGE C STRICT AS '$dir/calendar', 'test_zone_show';
	CREATE FUNCTION date_add_months(date, int) RETURNS date LANGUAGE C STRICT AS '$dir/calendar', 'test_date_add_months';
	CREATE TABLE sample (t timestamptz, span interval);
	-- zones whose days have 23 to 25 hours, begin at 1, or are missing altogether
	CREATE TABLE zone (name text);
SQL
my $many = cases(60);
sql($node, <<"SQL");
	SELECT setseed(($seed % 1000000) / 1e6);
	INSERT INTO zone VALUES ('UTC'), ('America/New_York'), ('Europe/Berlin'), ('America/Sao_Paulo'), ('America/Havana'), ('Asia/Beirut'),
		('Australia/Lord_Howe'), ('Pacific/Apia'), ('Africa/Casablanca'), ('Asia/Kathmandu'), ('<+0130>-01:30'), ('EST5EDT');
	INSERT INTO zone SELECT name FROM pg_timezone_names WHERE name !~ '^posix' ORDER BY random() LIMIT $many;
	INSERT INTO sample SELECT timestamptz '1900-01-01' + random() * interval '200 years',
			make_interval(months => (random() * 60 - 30)::int * (random() < 0.5)::int, days => (random() * 800 - 400)::int * (random() < 0.5)::int,
				secs => (random() * 2e5 - 1e5)::int * (random() < 0.5)::int)
		FROM generate_series(1, 3000);
	-- whole hours, which are where clocks are changed, on the days on which they often are
	INSERT INTO sample SELECT timestamptz '1996-01-01' + (random() * 24 * 365 * 40)::int * interval '1 hour', interval '1 day' * (random() * 10)::int
		FROM generate_series(1, 3000);
	INSERT INTO sample SELECT t + (random() * 6 - 3)::int * interval '1 hour', make_interval(months => (random() * 12)::int, days => 1, hours => (random() * 48)::int)
		FROM generate_series(timestamptz '2000-03-25', '2020-12-01', '1 day') t WHERE extract(month FROM t) IN (3, 4, 9, 10, 11);
	INSERT INTO sample VALUES ('infinity', '1 day'), ('-infinity', '1 month');
SQL

for my $zone (map { $_->[0] } rows($node, 'SELECT DISTINCT name FROM zone'))
{
	my $bad = sql($node, <<"SQL");
		SET TimeZone = '$zone';
		SELECT string_agg(x.what || ' ' || s.t || ' ' || s.span, '; ') FROM (SELECT * FROM sample) s, LATERAL (VALUES
			('add', zone_add(t, span, '$zone') IS DISTINCT FROM t + span),
			('subtract', zone_subtract(t, span, '$zone') IS DISTINCT FROM t - span),
			('show', zone_show(t, '$zone') IS DISTINCT FROM t::text),
			('date', zone_date(t, '$zone') IS DISTINCT FROM t::date),
			('midnight', zone_midnight(t::date, '$zone') IS DISTINCT FROM t::date::timestamptz),
			('next day', isfinite(t) AND zone_next(t, 0, '$zone') IS DISTINCT FROM (t::date + 1)::timestamptz),
			('next month', isfinite(t) AND zone_next(t, 1, '$zone') IS DISTINCT FROM (date_trunc('month', t::date::timestamp) + interval '1 month')::date::timestamptz),
			('next year', isfinite(t) AND zone_next(t, 2, '$zone') IS DISTINCT FROM (date_trunc('year', t::date::timestamp) + interval '1 year')::date::timestamptz),
			('later', isfinite(t) AND (zone_next(t, 0, '$zone') <= t OR zone_next(t, 1, '$zone') <= t))) x (what, wrong)
		WHERE x.wrong;
SQL
	is($bad, '', "instants and days in $zone");
}
is(sql($node, <<'SQL'), '0', 'months of days');
	SELECT count(*) FROM generate_series(date '1999-12-25', '2004-03-05', '1 day') t, generate_series(-40, 40) n
	WHERE date_add_months(t::date, n) <> (t::date + n * interval '1 month')::date
SQL

# the ends of time: errors where the server has them
for my $case (
	[ "zone_add('294276-12-31 22:00+00', '1 hour', 'UTC')", '' ],
	[ "zone_add('294276-12-31 23:00+00', '1 hour', 'UTC')", 'timestamp out of range' ],
	[ "zone_add('294276-12-31 23:00+00', '1 day', 'UTC')", 'timestamp out of range' ],
	[ "zone_add('294276-12-31 23:00+00', '1 month', 'Asia/Tokyo')", 'timestamp out of range' ],
	[ "zone_add('2024-01-01', '178000000 years', 'UTC')", 'timestamp out of range' ],
	[ "zone_subtract('4714-11-24 00:00+00 BC', '1 day', 'UTC')", 'timestamp out of range' ],
	[ "zone_midnight('294277-01-01', 'UTC')", 'timestamp out of range' ],
	[ "zone_midnight('5874897-12-31', 'UTC')", 'timestamp out of range' ],
	[ "zone_midnight('4714-11-24 BC', 'Asia/Tokyo')", 'timestamp out of range' ],
	[ "date_add_months('5874897-12-31', 1)", 'date out of range' ])
{
	my ($call, $error) = @$case;
	my (undef, undef, $stderr) = $node->psql('engage', "SELECT $call");
	my ($message) = $stderr =~ /ERROR:  (.*)/;
	is($message // '', $error, $call);
}

no_crash($node);
done_testing();
