# What several TAP tests share: a server with engage in it, seeds, and a look into the log.
#
#   ENGAGE_SEED    seed of everything random (printed by every test that uses one)
#   ENGAGE_CASES   multiplies the number of random cases: 100 makes a test run for hours
package EngageTest;

use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(seed cases engage_node run_file sql rows no_crash script_file);

my $root = abs_path(dirname(__FILE__) . '/../../..');

# Seed the generator of random numbers, and say with what.
sub seed
{
	my $seed = defined $ENV{ENGAGE_SEED} && length $ENV{ENGAGE_SEED} ? $ENV{ENGAGE_SEED} : time ^ $$ << 8;
	$seed &= 0x7fffffff;
	srand($seed);
	diag("ENGAGE_SEED=$seed");
	return $seed;
}

# How many cases to try.
sub cases
{
	my ($default) = @_;
	my $n = int($default * ($ENV{ENGAGE_CASES} || 1));
	return $n < 1 ? 1 : $n;
}

# A file of test/.
sub script_file { return "$root/test/$_[0]"; }

# A running server with database "engage"; further pairs are settings.
sub engage_node
{
	my ($name, %settings) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
	$settings{$_} //= { fsync => 'off', max_wal_senders => 0, wal_level => 'minimal',
		log_statement => 'none', shared_buffers => '64MB' }->{$_}
	  for qw(fsync max_wal_senders wal_level log_statement shared_buffers);
	$node->append_conf('postgresql.conf', "$_ = '$settings{$_}'") for sort keys %settings;
	$node->start;
	$node->safe_psql('postgres', 'CREATE DATABASE engage');
	$node->safe_psql('engage', 'CREATE EXTENSION engage');
	return $node;
}

# One statement or more; dies with the server's complaint.
sub sql
{
	my ($node, $sql, $database) = @_;
	return $node->safe_psql($database || 'engage', $sql);
}

# The rows of a query, each a list of columns.
sub rows
{
	my ($node, $sql, $database) = @_;
	my $text = $node->safe_psql($database || 'engage', "COPY ($sql) TO STDOUT");
	return map { [ map { $_ eq '\N' ? undef : $_ } split /\t/, $_, -1 ] } split /\n/, $text;
}

# Run a script of test/ in a database.
sub run_file
{
	my ($node, $file, $database) = @_;
	my $text = slurp_file(script_file($file));
	sql($node, $text, $database);
	return;
}

# The server is up, and its log tells of no crash and no internal error.
sub no_crash
{
	my ($node, $database) = @_;
	my ($status, $out) = $node->psql($database || 'engage', 'SELECT 6 * 7');
	is($out, '42', 'the server answers');
	my @bad = grep { /TRAP:|PANIC:|terminated by signal|runtime error:|ERROR:  XX\d{3}|invalid memory alloc/ }
	  split /\n/, slurp_file($node->logfile);
	is(scalar @bad, 0, 'no crash, failed assertion or internal error in the log')
	  or diag(join "\n", splice @bad, 0, 10);
	return;
}

1;
