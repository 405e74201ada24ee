# Rows that are written without a statement are what a statement would have written, whatever the owner makes of his
# tables; and nothing that he can do to them brings the server down.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use LedgerTest;
use Test::More;

my $n = 0;
my $node = engage_node('ledger_rows');

# ----------------------------------------------------------------------------
# A table of holds without its constraints, which is written directly
# ----------------------------------------------------------------------------
make_ledger($node, 'bare', "expires_after => '1 year'");
sql($node, $_) for split /\n/, sql($node, "SELECT format('ALTER TABLE bare.hold DROP CONSTRAINT %I', conname) FROM pg_constraint WHERE conrelid = 'bare.hold'::regclass AND contype = 'c'");
is(sql($node, "SELECT status FROM engage.earn('bare', 1, 100, 'e'); SELECT status FROM engage.hold('bare', 1, 30, 'h', ttl => '1 hour')"), "ok\nok", 'a hold is written');
is(sql($node, "SELECT status, held FROM engage.capture('bare', (SELECT max(hold_id) FROM bare.hold), 10, 'c', final => false)"), 'ok|20', 'a hold is captured');
is(sql($node, "SELECT status, held FROM engage.release('bare', (SELECT max(hold_id) FROM bare.hold), 'r')"), 'ok|0', 'a hold is released');
is_sound($node, 'bare', 'holds without constraints: the books are right');

# ----------------------------------------------------------------------------
# Columns whose type says what is in them
# ----------------------------------------------------------------------------
make_ledger($node, 'typed', "expires_after => '1 year'");
sql($node, "CREATE DOMAIN public.shade AS text DEFAULT 'grey'; ALTER TABLE typed.lot ADD COLUMN colour public.shade");
sql($node, "CREATE DOMAIN public.ticket AS bigint CHECK (VALUE IS NOT NULL); ALTER TABLE typed.entry ADD COLUMN ticket public.ticket DEFAULT 7; ALTER TABLE typed.entry ALTER COLUMN ticket DROP DEFAULT");
like(($node->psql('engage', "SELECT * FROM engage.earn('typed', 1, 100, 'e')"))[2], qr/value for domain public.ticket violates check constraint/, 'a domain of a column of the user\'s refuses a row that leaves it out');
sql($node, 'ALTER TABLE typed.entry DROP COLUMN ticket');
is(sql($node, "SELECT status FROM engage.earn('typed', 1, 100, 'e'); SELECT colour FROM typed.lot"), "ok\ngrey", 'the default of a domain is given to a column that is left out');

# ----------------------------------------------------------------------------
# Columns that change in the middle of a call, by code that the call runs
# ----------------------------------------------------------------------------
sql($node, <<'SQL');
	CREATE FUNCTION public.sabotage() RETURNS boolean LANGUAGE plpgsql AS $$
	BEGIN
		EXECUTE current_setting('public.sabotage');
		SET LOCAL public.sabotage = 'SELECT';
		RETURN true;
	END $$;
SQL
for my $change ('entry ALTER COLUMN hash TYPE int USING 1', 'entry DROP COLUMN hash CASCADE', 'lot ALTER COLUMN earned_at TYPE text')
{
	my $ledger = 'altered' . ++$n;
	make_ledger($node, $ledger, "expires_after => '1 year'");
	sql($node, <<"SQL");
		CREATE ROLE $ledger;
		DO \$\$ DECLARE t text; BEGIN FOR t IN SELECT relname FROM pg_class WHERE relnamespace = '$ledger'::regnamespace AND relkind IN ('r', 'v') LOOP EXECUTE format('ALTER TABLE $ledger.%I OWNER TO $ledger', t); END LOOP; END \$\$;
		ALTER SCHEMA $ledger OWNER TO $ledger;
		SET ROLE $ledger;
		SELECT engage.earn('$ledger', 1, 100, 'e');
		ALTER TABLE $ledger.account ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
		CREATE POLICY p ON $ledger.account USING (public.sabotage());
SQL
	my $call = sub { return ($node->psql('engage', "SET ROLE $ledger; SET public.sabotage = 'ALTER TABLE $ledger.$change'; $_[0]"))[2]; };
	like($call->("SELECT * FROM engage.redeem('$ledger', 1, 10, 'r')"), qr/ERROR:  the columns of table "\w+" of ledger "$ledger" were changed while it was in use/, "$change, inside a posting: an error");
	unlike($call->("SELECT * FROM engage.balance('$ledger', 1, now() + interval '10 years')"), qr/server closed/, "$change, inside a reading: no crash");
	is(sql($node, "SET ROLE $ledger; SET public.sabotage = 'SELECT'; SELECT status FROM engage.redeem('$ledger', 1, 10, 'r')"), 'ok', 'and nothing was done');
}

# ----------------------------------------------------------------------------
# A long indexed column of the user's, after a procedure has committed
# ----------------------------------------------------------------------------
make_ledger($node, 'long', "expires_after => '30 days', test_clock => true");
sql($node, <<'SQL');
	ALTER TABLE long.lot ADD COLUMN colour text;
	ALTER TABLE long.lot ALTER COLUMN colour SET STORAGE EXTERNAL;
	SET engage.now = '2026-01-01 00:00:00+00';
	SELECT engage.earn('long', m, 100, 'e') FROM generate_series(1, 20) m;
	UPDATE long.lot SET colour = repeat(md5(member::text), 75);
	CREATE INDEX ON long.lot (colour);
	SET engage.now = '2026-03-01 00:00:00+00';
	CALL engage.expire_points('long', batch => 3);
SQL
is(sql($node, 'SELECT count(*), count(*) FILTER (WHERE colour = repeat(md5(member::text), 75)) FROM long.lot WHERE NOT is_open'), '20|20', 'every batch of a procedure reads what is in a TOAST table');
is_sound($node, 'long', 'long columns: the books are right');

# ----------------------------------------------------------------------------
# Indexes of other rows, or in another order, than those that are looked into
# ----------------------------------------------------------------------------
make_ledger($node, 'indexed', "expires_after => '1 year'");
for my $change (
	[ 'lot_open', 'expires_at,', 'expires_at DESC,' ], [ 'lot_open', 'WHERE is_open', 'WHERE is_open AND granted > 5' ],
	[ 'lot_open', 'WHERE is_open', '' ], [ 'entry_key', 'IS NOT NULL', 'IS NULL' ])
{
	my ($index, $from, $to) = @$change;
	my $as_made = sql($node, "SELECT pg_get_indexdef('indexed.$index'::regclass)");
	my $earn = sub { return ($node->psql('engage', "SELECT engage.earn('indexed', 1, 10, 'e" . ++$n . "')"))[2]; };

	sql($node, "DROP INDEX indexed.$index; " . $as_made =~ s/\Q$from\E/$to/r);
	like($earn->(), qr/index "$index" .* is not what it was made as/, "$index with '$to' for '$from' is no such index");
	sql($node, "DROP INDEX indexed.$index; $as_made");
	is($earn->(), '', 'made again it is');
}

# ----------------------------------------------------------------------------
# Triggers of the owner's that post
# ----------------------------------------------------------------------------
for my $path ('directly', 'by statements')
{
	my $ledger = $path eq 'directly' ? 'nested' : 'nested_too';
	make_ledger($node, $ledger, "expires_after => '1 year'");
	sql($node, "ALTER TABLE $ledger.account ADD CHECK (true)") if $path ne 'directly';
	sql($node, <<"SQL");
		CREATE FUNCTION $ledger.refer() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
			IF NEW.member < 100 AND NEW.kind = 'earn' THEN PERFORM engage.earn('$ledger', NEW.member + 100, 5, 'of ' || NEW.key); END IF;
			RETURN NULL;
		END \$\$;
		CREATE TRIGGER refer AFTER INSERT ON $ledger.entry FOR EACH ROW EXECUTE FUNCTION $ledger.refer();
		CREATE FUNCTION $ledger.console() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
			PERFORM engage.adjust('$ledger', NEW.member, 5, 'of ' || NEW.key, reason => 'x', actor => 'y');
			RETURN NULL;
		END \$\$;
		CREATE TRIGGER console AFTER INSERT ON $ledger.refusal FOR EACH ROW EXECUTE FUNCTION $ledger.console();
SQL
	is(sql($node, "SELECT count(*) FROM engage.earn_batch('$ledger', ARRAY[1, 2]::bigint[], ARRAY[10, 20]::bigint[], ARRAY['a', 'b']); SELECT string_agg(member || ' ' || available, ', ' ORDER BY member) FROM $ledger.account"),
		"2\n1 10, 2 20, 101 5, 102 5", "$path: a trigger posts for other members");
	like(($node->psql('engage', "SELECT * FROM engage.redeem('$ledger', 1, 1000, 'c')"))[2], qr/ERROR/, "$path: for the same member it cannot");
	is_sound($node, $ledger, "$path: the books are right");
}

# ----------------------------------------------------------------------------
# A policy on entries only, which hides what a request came to
# ----------------------------------------------------------------------------
make_ledger($node, 'veiled', "expires_after => '1 year'");
sql($node, <<'SQL');
	CREATE ROLE veiled_till;
	GRANT USAGE ON SCHEMA veiled TO veiled_till;
	GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA veiled TO veiled_till;
	SELECT engage.earn('veiled', m, 100, 'e') FROM generate_series(1, 2) m;
	ALTER TABLE veiled.entry ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON veiled.entry USING (member = 1);
SQL
is(sql($node, "SET ROLE veiled_till; SELECT status, available, replayed FROM engage.earn('veiled', 1, 100, 'e')"), 'ok|100|t', 'a request whose entries are shown is repeated');
like(($node->psql('engage', "\\set VERBOSITY verbose\nSET ROLE veiled_till; SELECT * FROM engage.earn('veiled', 2, 100, 'e')"))[2],
	qr/ERROR:  NG451: row-level security hides entries of member 2 of ledger "veiled"/, 'of one whose entries are hidden that is told');

# ----------------------------------------------------------------------------
# NULL where there can be none
# ----------------------------------------------------------------------------
make_ledger($node, 'hollow', "expires_after => '1 year'");
sql($node, "SELECT engage.earn('hollow', 1, 100, 'e'); SELECT engage.hold('hollow', 1, 10, 'h', ttl => '1 hour')");
for my $place ([ 'account', 'chain_head' ], [ 'entry', 'hash' ], [ 'hold', 'slices' ], [ 'ledger_meta', 'available_after' ], [ 'tier', 'perks' ])
{
	my ($table, $column) = @$place;
	sql($node, "ALTER TABLE hollow.$table ALTER COLUMN $column DROP NOT NULL; SET session_replication_role = replica; UPDATE hollow.$table SET $column = NULL");
	like(($node->psql('engage', $_))[2], qr/ERROR:  column "$column" of table "$table" of ledger "hollow" may be NULL/, "$table.$column is NULL: " . s/engage\.(\w+)/$1/r)
	  for "SELECT engage.capture('hollow', (SELECT hold_id FROM hollow.hold), key => 'c')", "SELECT * FROM engage.balance('hollow', 1, now() + interval '1 day')";
	sql($node, "SET session_replication_role = replica; UPDATE hollow.$table SET $column = " . { chain_head => 'sha256(member::text::bytea)', hash => 'sha256(member::text::bytea)', slices => "'{10}'", available_after => "'0'", perks => "'{}'" }->{$column}
		. "; ALTER TABLE hollow.$table ALTER COLUMN $column SET NOT NULL");
}

# ----------------------------------------------------------------------------
# A ledger that is read anew, or no longer kept, while a posting uses it
# ----------------------------------------------------------------------------
make_ledger($node, 'kept', "expires_after => '1 year'");
make_ledger($node, "other$_") for 1 .. 33;
sql($node, <<'SQL');
	CREATE FUNCTION kept.look_elsewhere() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF NEW.reason = 'changed' THEN
			PERFORM engage.ledger_changed('kept');
			PERFORM engage.balance('kept', 1);
		ELSIF NEW.reason = 'others' THEN
			PERFORM engage.balance('other' || i, 1) FROM generate_series(1, 33) i;
		END IF;
		RETURN NULL;
	END $$;
	CREATE TRIGGER look_elsewhere AFTER INSERT ON kept.entry FOR EACH ROW EXECUTE FUNCTION kept.look_elsewhere();
	SELECT engage.earn('kept', 1, 100, 'e');
SQL
is(sql($node, "SELECT status FROM engage.redeem('kept', 1, 10, '$_', reason => '$_')"), 'ok', "a posting during which its ledger is dropped from memory: $_") for 'changed', 'others';
is_sound($node, 'kept', 'and the books are right');

no_crash($node);
$node->stop;
done_testing();
