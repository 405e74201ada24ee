# Who may do what with a ledger, and what the tables of somebody else cannot do to those who use them.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use EngageTest;
use LedgerTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = engage_node('ledger_rights');
my $dir = PostgreSQL::Test::Utils::tempdir('ledger_rights');
chmod 0755, $dir;

# What a role is told: rows, or the SQLSTATE of the first error.
sub as
{
	my ($role, $sql) = @_;
	my (undef, $out, $err) = $node->psql('engage', "\\set VERBOSITY sqlstate\nSET client_min_messages = error;\nSET SESSION AUTHORIZATION $role;\n$sql", on_error_stop => 0);
	return $err =~ /ERROR:  (\w{5})/ ? $1 : $out;
}

sql($node, <<'SQL');
	CREATE ROLE keeper LOGIN;
	CREATE ROLE poster LOGIN;
	CREATE ROLE reader LOGIN;
	CREATE ROLE stranger LOGIN;
	CREATE ROLE boss LOGIN SUPERUSER;
	GRANT CREATE ON DATABASE engage TO keeper;
	SET SESSION AUTHORIZATION keeper;
	SELECT engage.ledger_create('shop', expires_after => '1 year');
	GRANT USAGE ON SCHEMA shop TO poster, reader;
	GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA shop TO poster;
	GRANT DELETE ON shop.entry_note TO poster;
	GRANT USAGE ON ALL SEQUENCES IN SCHEMA shop TO poster;
	GRANT SELECT ON ALL TABLES IN SCHEMA shop TO reader;
	REVOKE SELECT ON shop.entry_note FROM reader;
SQL

# ---- posting
is(as('keeper', "SELECT status FROM engage.earn('shop', 1, 100, 'a')"), 'ok', 'the owner posts');
is(as('poster', "SELECT status FROM engage.earn('shop', 2, 100, 'a', note => 'for you')"), 'ok', 'a poster posts');
is(as('poster', "SELECT status FROM engage.redeem('shop', 2, 30, 'b')"), 'ok', 'a poster redeems');
is(as('poster', "SELECT status, hold_id FROM engage.hold('shop', 2, 10, 'h')"), 'ok|1', 'a poster holds');
is(as('poster', "SELECT status FROM engage.redeem('shop', 2, 1000, 'c')"), 'insufficient', 'a refusal is written, too');
is(as('boss', "SELECT status FROM engage.earn('shop', 2, 1, 'boss')"), 'NG405', 'a superuser who is not the owner does not post');
is(as('boss', "SET ROLE keeper; SELECT status FROM engage.earn('shop', 2, 1, 'boss')"), 'ok', 'but he does as the owner');
is(as('postgres', "SELECT available FROM engage.balance('shop', 2)"), '61', 'a superuser reads');
is(as('reader', "SELECT available FROM engage.balance('shop', 2)"), '61', 'a reader reads');
is(as('stranger', "SELECT available FROM engage.balance('shop', 2)"), '42501', 'others do not');
my $before = state_text($node, 'shop');
for my $call ("earn('shop', 2, 1, 'x')", "redeem('shop', 2, 1, 'x')", "hold('shop', 2, 1, 'x')", "capture('shop', 1, 1, 'x')", "release('shop', 1, 'x')", "reverse_earn('shop', 2, 'a', 'x')",
	"cancel_redemption('shop', 2, 'b', 'x')", "adjust('shop', 2, 1, 'x', reason => 'r', actor => 'a')", "earn_batch('shop', ARRAY[2]::bigint[], ARRAY[1]::bigint[], ARRAY['x'])", "block_member('shop', 2, 'x')")
{
	is(as('reader', "SELECT * FROM engage.$call"), '42501', "a reader cannot: $call");
	is(as('stranger', "SELECT * FROM engage.$call"), '42501', "EXECUTE alone gives nothing: $call");
}
ok(state_text($node, 'shop') eq $before, 'nothing has changed');
for my $role (qw(poster reader boss))
{
	is(as($role, "SELECT count(*) FROM engage.ledger_verify('shop')"), '0', "$role verifies");
}
is(as('stranger', "SELECT count(*) FROM engage.ledger_verify('shop')"), '42501', 'a stranger does not');
is(as('stranger', "CALL engage.expire_points('shop')"), '42501', 'nor sweeps');
is(as('reader', "CALL engage.expire_points('shop')"), '42501', 'a reader does not sweep');
is(as('boss', "CALL engage.expire_points('shop')"), '', 'a superuser does');
is(as('poster', "CALL engage.reverse_batch('shop', 'b', 'r')"), '', 'a poster takes a batch back');
is(as('boss', "CALL engage.reverse_batch('shop', 'b', 'r')"), 'NG405', 'a superuser who is not the owner does not');
for my $call ("ledger_alter('shop', unit => 'x')", "ledger_drop('shop', force => true)", "close_period('shop', '2000-01-01')", "rule_set('shop', 'r', 'signup', fixed_points => 1)", "adjust_limit_set('shop', 'poster', 1000)",
	"campaign_set('shop', 'c', '2000-01-01', '2001-01-01', bonus_points => 1)", "tier_set('shop', 't', 1, 1)", "point_value_set('shop', 1, 'USD')", "ledger_upgrade('shop')")
{
	my ($function) = $call =~ /(\w+)/;
	next if !has_function($node, $function);
	like(as('poster', "SELECT * FROM engage.$call"), qr/^42501$/, "only the owner: $function");
}
is(as('poster', "SELECT status FROM engage.adjust('shop', 2, 10, 'more', reason => 'r', actor => 'a')"), 'over_limit', 'who has no limit adjusts nothing');

# ---- the tables are not written by hand
my %columns = map { my $t = $_; $t => [ map { $_->[0] } rows($node, "SELECT attname FROM pg_attribute WHERE attrelid = 'shop.$t'::regclass AND attnum > 0 AND NOT attisdropped") ] }
  map { $_->[0] } rows($node, "SELECT relname FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relkind = 'r'");
cmp_ok(scalar keys %columns, '>=', 18, 'the tables are found');
sql($node, <<'SQL');
	SET session_replication_role = replica;
	INSERT INTO shop.point_value VALUES ('2000-01-01', 1, 1, 'USD', 80, '');
	INSERT INTO shop.earn_rule (rule, trigger, fixed_points) VALUES ('r', 'signup', 1);
	INSERT INTO shop.campaign (campaign, starts_at, ends_at, bonus_points) VALUES ('c', '2000-01-01', '2000-02-01', 1);
	INSERT INTO shop.campaign_budget VALUES ('c', 1, 10);
	INSERT INTO shop.tally VALUES (2, 'earn', '2000-01-01', 1, 1, 1, true);
	INSERT INTO shop.tier (tier, rank, threshold, invite_only) VALUES ('gold', 1, 100, true);
	INSERT INTO shop.tier_history VALUES (2, 1, 'gold', NULL, now(), now(), 'infinity', 'x');
	INSERT INTO shop.period_close VALUES ('2000-01-01', now(), 'x');
	INSERT INTO shop.adjust_limit VALUES ('nobody', 1);
	INSERT INTO shop.job_run (job, started_at) VALUES ('x', now());
SQL
$before = state_text($node, 'shop');
my %allowed = map { $_ => 1 } ('DELETE entry_note');
for my $table (sort keys %columns)
{
	my ($first) = @{ $columns{$table} };
	my $list = join ', ', @{ $columns{$table} };
	my $row = sql($node, "COPY (SELECT * FROM shop.$table LIMIT 1) TO STDOUT");
	like($row, qr/./, "there is something in $table");
	my $generated = $table eq 'hold' || $table eq 'job_run' ? 'OVERRIDING SYSTEM VALUE' : '';
	my $key = $generated ? "hashtext('$table')" : undef;
	my %try = (
		UPDATE => "UPDATE shop.$table SET $first = $first",
		'UPDATE one column' => "UPDATE shop.$table SET $columns{$table}[-1] = $columns{$table}[-1]",
		INSERT => "INSERT INTO shop.$table $generated SELECT * FROM shop.$table LIMIT 1",
		'INSERT ON CONFLICT' => "INSERT INTO shop.$table $generated SELECT * FROM shop.$table LIMIT 1 ON CONFLICT DO NOTHING",
		COPY => "COPY shop.$table ($list) FROM STDIN;\n$row\n\\.\n",
		'UPDATE in a CTE beside a posting' => "WITH u AS (UPDATE shop.$table SET $first = $first RETURNING 1) SELECT status, (SELECT count(*) FROM u) FROM engage.redeem('shop', 2, 1000000, 'cte $table')",
		'MERGE' => "MERGE INTO shop.$table t USING (SELECT 1) s ON true WHEN MATCHED THEN UPDATE SET $first = t.$first");
	for my $way (sort keys %try)
	{
		is(as('poster', $try{$way}), 'NG403', "a poster cannot: $way $table");
	}
	is(as('poster', "DELETE FROM shop.$table"), $table eq 'entry_note' ? 'NG403' : '42501', "a poster cannot: DELETE $table");
	is(as('poster', "TRUNCATE shop.$table"), '42501', "a poster cannot: TRUNCATE $table");
	like(as('poster', "SELECT 1 FROM shop.$table FOR UPDATE"), qr/^1/, "FOR UPDATE on $table harms nobody");
	is(as('reader', "UPDATE shop.$table SET $first = $first"), '42501', "a reader cannot: UPDATE $table");
	is(as('reader', "INSERT INTO shop.$table $generated SELECT * FROM shop.$table"), '42501', "a reader cannot: INSERT $table");
}
is(as('poster', "SELECT setval('shop.hold_hold_id_seq', 1)"), '42501', 'a poster cannot set a sequence back');
is(as('poster', "ALTER TABLE shop.entry DISABLE TRIGGER ALL"), '42501', 'a poster cannot switch the guard off');
is(as('poster', "SET session_replication_role = replica"), '42501', 'nor go round it');
is(as('poster', "SELECT engage.ledger_now('shop') IS NULL; SET engage.now = '2030-01-01'"), '42501', 'nor turn the clock');
is(as('postgres', "SET engage.now = '2030-01-01'; SET SESSION AUTHORIZATION keeper; SELECT * FROM engage.earn('shop', 2, 1, 'later')"), 'NG423', 'which nobody can for this ledger');
is(as('keeper', "UPDATE shop.entry SET amount = 1"), 'NG403', 'the owner does not change the journal');
is(as('keeper', "DELETE FROM shop.lot_use"), 'NG403', 'nor what was used');
is(as('keeper', "TRUNCATE shop.entry"), 'NG403', 'nor empties it');
ok(state_text($node, 'shop') eq $before, 'nothing has changed');
sql($node, "SET session_replication_role = replica; " . join ' ', map { "DELETE FROM shop.$_;" } qw(tally tier_history tier period_close job_run campaign campaign_budget earn_rule point_value adjust_limit));
# (set before the library is there, it is no more than a word)
is(as('poster', "SET engage.now = '2030-01-01'; SELECT available FROM engage.earn('shop', 5, 1, 'now')"), '1', 'who sets the clock first');
is(sql($node, "SELECT recorded_at < now() FROM shop.entry WHERE member = 5"), 't', 'has not turned it');

# ---- no way through a posting that is under way, or went wrong
my $hand = 'UPDATE shop.account SET available = available + 1000 WHERE member = 2';
my %through = (
	'after a posting' => "SELECT status FROM engage.earn('shop', 3, 1, 'g1'); $hand;",
	'after a posting in one transaction' => "BEGIN; SELECT status FROM engage.earn('shop', 3, 1, 'g2'); $hand; COMMIT;",
	'after an error' => "DO \$\$ BEGIN PERFORM engage.earn('shop', 2, 2, 'a'); EXCEPTION WHEN OTHERS THEN NULL; END \$\$; $hand;",
	'after an overflow' => "DO \$\$ BEGIN PERFORM engage.earn('shop', 2, 9223372036854775807, 'big'); EXCEPTION WHEN OTHERS THEN NULL; END \$\$; $hand;",
	'after a refusal that is raised' => "DO \$\$ BEGIN PERFORM engage.redeem('shop', 2, 100000, 'r', on_reject => 'raise'); EXCEPTION WHEN OTHERS THEN NULL; END \$\$; $hand;",
	'between rows of a cursor' => "BEGIN; DECLARE c CURSOR FOR SELECT * FROM engage.earn_batch('shop', ARRAY[3, 4]::bigint[], ARRAY[1, 1]::bigint[], ARRAY['g3', 'g3']); FETCH 1 FROM c; $hand; COMMIT;",
	'between rows of a select list' => "BEGIN; DECLARE c CURSOR FOR SELECT engage.earn_batch('shop', ARRAY[3, 4]::bigint[], ARRAY[1, 1]::bigint[], ARRAY['g4', 'g4']); FETCH 1 FROM c; $hand; COMMIT;",
	'with the amount of a posting' => "UPDATE shop.account SET available = available + (SELECT available FROM engage.earn('shop', 3, 1, 'g5')) WHERE member = 2;",
	'in a filter' => "UPDATE shop.account SET available = available + 1 WHERE member = 2 AND (SELECT status FROM engage.earn('shop', 3, 1, 'g6')) = 'ok';",
	'returning a posting' => "UPDATE shop.account SET available = available + 1 WHERE member = 2 RETURNING (SELECT status FROM engage.earn('shop', 3, 1, 'g7'));",
	'from a trigger' => "CREATE TEMP TABLE mine (x int); CREATE FUNCTION pg_temp.f() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN PERFORM engage.earn('shop', 3, 1, 'g8'); $hand; RETURN NEW; END \$\$;"
	  . "CREATE TRIGGER t BEFORE INSERT ON mine FOR EACH ROW EXECUTE FUNCTION pg_temp.f(); INSERT INTO mine VALUES (1);",
	'calling the guard' => "SELECT engage.ledger_guard();",
	'with a trigger of one\'s own that is the guard' => "CREATE TEMP TABLE mine (x int); CREATE TRIGGER t BEFORE INSERT ON mine FOR EACH ROW EXECUTE FUNCTION engage.ledger_guard(); INSERT INTO mine VALUES (1); $hand;");
for my $way (sort keys %through)
{
	my $answer = as('poster', $through{$way});
	like($answer, $way eq 'calling the guard' ? qr/^39P01$|^0A000$/ : qr/^NG403$/, "by hand $way: refused");
}
is(sql($node, 'SELECT available FROM shop.account WHERE member = 2'), '61', 'nothing came of it');
is(as('poster', "SELECT (engage.earn_batch('shop', ARRAY[11, 12, 13]::bigint[], ARRAY[1, 1, 1]::bigint[], ARRAY['lim', 'lim', 'lim'])).status LIMIT 1"), 'ok', 'one row of a batch is asked for');
is(sql($node, "SELECT count(*) FROM shop.entry WHERE key = 'lim'"), '3', 'all of it is posted');
is_sound($node, 'shop', 'the books are right');

# who did it is in the journal
is(as('poster', "SELECT session_role, acting_role, actor FROM shop.entry WHERE member = 2 AND seq = 1"), 'poster||', 'entries say who posted');
is(sql($node, "SELECT session_role, acting_role FROM shop.entry WHERE key = 'boss'"), 'boss|keeper', 'and as whom');

# ---- rows that a policy hides
sql($node, <<'SQL');
	SET SESSION AUTHORIZATION keeper;
	SELECT engage.ledger_create('shy');
	GRANT USAGE ON SCHEMA shy TO poster, reader;
	GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA shy TO poster;
	GRANT USAGE ON ALL SEQUENCES IN SCHEMA shy TO poster;
	GRANT SELECT ON ALL TABLES IN SCHEMA shy TO reader;
	SELECT engage.earn('shy', m, 100, 'a') FROM generate_series(1, 4) m;
SQL
for my $table (qw(account entry lot lot_use hold refusal ledger_meta))
{
	sql($node, "SET SESSION AUTHORIZATION keeper; ALTER TABLE shy.$table ENABLE ROW LEVEL SECURITY; " . ($table eq 'ledger_meta' ? '' : "CREATE POLICY few ON shy.$table USING (member < 3);"));
	# who totals is told; who asks for one member gets what is true, or nothing
	for my $call ("count(*) FROM engage.ledger_verify('shy')", "sum(available) FROM engage.liability('shy')", "count(*) FROM engage.statement('shy', 4)", "count(*) FROM engage.due_entries('shy')")
	{
		my ($function) = $call =~ /engage\.(\w+)/;
		next if !has_function($node, $function);
		my $answer = as('reader', "SELECT $call");
		like($answer, qr/^(?:NG451|NG410|NG404|42501)$/, "rows of $table are hidden: $function says so") if $answer !~ /^(?:42703|42883)$/;
	}
	my $truth = as('keeper', "SELECT status, available FROM engage.balance('shy', 4)");
	like(as('reader', "SELECT status, available FROM engage.balance('shy', 4)"), qr/^(?:\Q$truth\E|unknown\|0|\w{5})$/, "rows of $table are hidden: no wrong balance");
	for my $call ("earn('shy', 4, 1, 'hidden $table')", "redeem('shy', 4, 1, 'hidden $table')", "hold('shy', 4, 1, 'hidden $table')", "earn('shy', 4, 1, 'a')")
	{
		my $answer = as('poster', "SELECT status FROM engage.$call");
		like($answer, $call =~ /'a'/ ? qr/^\w{5}$/ : qr/^(?:ok|\w{5})$/, "rows of $table are hidden: $call gives $answer");
	}
	like(as('poster', "SELECT replayed FROM engage.earn('shy', 4, 100, 'a')"), qr/^(?:t|(?!XX000)\w{5})$/, 'nothing is done twice');
	sql($node, "SET SESSION AUTHORIZATION keeper; ALTER TABLE shy.$table DISABLE ROW LEVEL SECURITY; DROP POLICY IF EXISTS few ON shy.$table;");
	is_sound($node, 'shy', 'the books are right');
}
is(as('poster', "SELECT status FROM engage.earn('shy', 4, 1, 'visible')"), 'ok', 'without policies it goes on');

# ----------------------------------------------------------------------------
# A schema that looks like a ledger, made by somebody who wants others to run his code
# ----------------------------------------------------------------------------
sql($node, <<'SQL');
	CREATE ROLE mallory LOGIN;
	CREATE ROLE victim LOGIN;
	CREATE ROLE mate LOGIN;
	GRANT mallory TO mate;
	GRANT CREATE ON DATABASE engage TO mallory;
	SET SESSION AUTHORIZATION mallory;
	CREATE SCHEMA evil;
	GRANT USAGE ON SCHEMA evil TO PUBLIC;
	CREATE FUNCTION evil.run(what text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0001 AS $$ BEGIN RAISE LOG 'EVIL ran as % in %', current_user, what; RETURN true; END $$;
	CREATE FUNCTION evil.fire() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.run('trigger ' || TG_NAME); RETURN coalesce(NEW, OLD); END $$;
	CREATE FUNCTION evil.same(bigint, bigint) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM evil.run('operator'); RETURN $1 OPERATOR(pg_catalog.=) $2; END $$;
	CREATE OPERATOR evil.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = evil.same);
SQL
my $log_at = -s $node->logfile;
sub evil_ran
{
	my $text = substr slurp_file($node->logfile), $log_at;
	$log_at = -s $node->logfile;
	my %as = map { $_ => 1 } $text =~ /EVIL ran as (\w+ in [^\n]*)/g;
	return grep { !/^mallory in / } sort keys %as;
}
my $drop_views = "DO \$\$ DECLARE v text; BEGIN FOR v IN SELECT relname FROM pg_class WHERE relnamespace = 'forged'::regnamespace AND relkind = 'v' LOOP EXECUTE 'DROP VIEW IF EXISTS forged.' || v || ' CASCADE'; END LOOP; END \$\$;";
my %forgery = (
	'a BEFORE trigger on account' => 'CREATE TRIGGER a BEFORE INSERT OR UPDATE ON forged.account FOR EACH ROW EXECUTE FUNCTION evil.fire()',
	'an AFTER trigger on entry' => 'CREATE TRIGGER a AFTER INSERT OR UPDATE ON forged.entry FOR EACH ROW EXECUTE FUNCTION evil.fire()',
	'a statement trigger on lot' => 'CREATE TRIGGER a AFTER INSERT OR UPDATE ON forged.lot FOR EACH STATEMENT EXECUTE FUNCTION evil.fire()',
	'a deferred trigger on refusal' => 'CREATE CONSTRAINT TRIGGER a AFTER INSERT ON forged.refusal DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION evil.fire()',
	'a condition on the guard' => 'CREATE TRIGGER a BEFORE INSERT OR UPDATE ON forged.entry FOR EACH ROW WHEN (evil.run(NEW.kind)) EXECUTE FUNCTION engage.ledger_guard()',
	'a trigger on job_run' => 'CREATE TRIGGER a BEFORE INSERT ON forged.job_run FOR EACH ROW EXECUTE FUNCTION evil.fire()',
	'a check' => "ALTER TABLE forged.entry ADD CHECK (evil.run('check'))",
	'a check on lots' => "ALTER TABLE forged.lot ADD CHECK (evil.run('check' || lot_no))",
	'a default' => "ALTER TABLE forged.entry ADD more boolean DEFAULT evil.run('default')",
	'a default of a column that is known' => "ALTER TABLE forged.entry ALTER reason SET DEFAULT evil.run('default')::text",
	'a generated column' => "ALTER TABLE forged.account ADD more boolean GENERATED ALWAYS AS (evil.run('generated' || seq)) STORED",
	'an index expression' => "CREATE INDEX ON forged.entry ((evil.run('index' || kind)))",
	'an index predicate' => "CREATE INDEX ON forged.lot (lot_no) WHERE evil.run('predicate' || lot_no)",
	'a rule' => "CREATE RULE r AS ON INSERT TO forged.entry DO ALSO SELECT evil.run('rule')",
	'a rule on update' => "CREATE RULE r AS ON UPDATE TO forged.account DO ALSO SELECT evil.run('rule')",
	'a policy' => "ALTER TABLE forged.account ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON forged.account USING (evil.run('policy'))",
	'a policy on lots' => "ALTER TABLE forged.lot ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON forged.lot USING (evil.run('policy' || lot_no))",
	'a policy on settings' => "ALTER TABLE forged.ledger_meta ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON forged.ledger_meta USING (evil.run('policy'))",
	'a domain' => "CREATE DOMAIN evil.d AS text CHECK (evil.run('domain')); $drop_views ALTER TABLE forged.entry ALTER reason TYPE evil.d",
	'an array of a domain' => "CREATE DOMAIN evil.e AS bigint CHECK (evil.run('domain ' || VALUE)); $drop_views ALTER TABLE forged.hold ALTER lots TYPE evil.e[]",
	'a composite with a domain' => "CREATE DOMAIN evil.f AS int CHECK (evil.run('domain ' || VALUE)); CREATE TYPE evil.g AS (x evil.f); ALTER TABLE forged.entry ADD more evil.g DEFAULT ROW(1)",
	'a cast to json that a builtin function looks up' => "CREATE TYPE evil.h AS ENUM ('x'); CREATE FUNCTION evil.to_json(evil.h) RETURNS json LANGUAGE plpgsql AS \$\$ BEGIN PERFORM evil.run('cast to json'); RETURN '1'; END \$\$;"
	  . "CREATE CAST (evil.h AS json) WITH FUNCTION evil.to_json(evil.h); ALTER TABLE forged.entry ADD CHECK (to_json(CASE WHEN seq > 0 THEN 'x'::evil.h END) IS NOT NULL)",
	'a composite made from text' => "CREATE DOMAIN evil.f AS int CHECK (evil.run('domain ' || VALUE)); CREATE TYPE evil.g AS (x evil.f); ALTER TABLE forged.entry ADD CHECK ((('(' || seq || ')')::evil.g) IS NOT NULL)",
	'a composite made from json' => "CREATE DOMAIN evil.f AS int CHECK (evil.run('domain ' || VALUE)); CREATE TYPE evil.g AS (x evil.f); ALTER TABLE forged.lot ADD CHECK (json_populate_record(NULL::evil.g, json_build_object('x', lot_no)) IS NOT NULL)",
	'a composite through its input function' => "CREATE DOMAIN evil.f AS int CHECK (evil.run('domain ' || VALUE)); CREATE TYPE evil.g AS (x evil.f);"
	  . "DO \$\$ BEGIN EXECUTE format('ALTER TABLE forged.entry ADD CHECK (record_in(''(1)''::cstring, %s::oid, -1) IS NOT NULL OR seq > 0)', 'evil.g'::regtype::oid); END \$\$",
	'a domain through its input function' => "CREATE DOMAIN evil.f AS int CHECK (evil.run('domain ' || VALUE));"
	  . "DO \$\$ BEGIN EXECUTE format('ALTER TABLE forged.lot ADD CHECK (domain_in(''1''::cstring, %s::oid, -1) IS NOT NULL)', 'evil.f'::regtype::oid); END \$\$",
	'a default that makes a composite' => "CREATE DOMAIN evil.f AS int CHECK (evil.run('domain ' || VALUE)); CREATE TYPE evil.g AS (x evil.f); ALTER TABLE forged.entry ADD more text DEFAULT (json_populate_record(NULL::evil.g, json_build_object('x', extract(epoch FROM now())::int)))::text",
	'a policy that makes a composite' => "CREATE DOMAIN evil.f AS int CHECK (evil.run('domain ' || VALUE)); CREATE TYPE evil.g AS (x evil.f); ALTER TABLE forged.lot ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON forged.lot USING (json_populate_record(NULL::evil.g, json_build_object('x', lot_no)) IS NOT NULL)",
	'an index over a composite' => "CREATE DOMAIN evil.f AS int CHECK (evil.run('domain ' || VALUE)); CREATE TYPE evil.g AS (x evil.f); CREATE INDEX ON forged.entry ((ROW(seq::int::evil.f)::evil.g))",
	'a foreign key into a table of the owner' => "CREATE TABLE forged.kinds (kind text PRIMARY KEY); INSERT INTO forged.kinds SELECT unnest('{earn,redeem,hold,expire,hold_expire,reverse,mature,capture,release}'::text[]); ALTER TABLE forged.kinds ENABLE ROW LEVEL SECURITY; ALTER TABLE forged.kinds FORCE ROW LEVEL SECURITY;"
	  . "CREATE POLICY p ON forged.kinds USING (evil.run('policy of ' || kind)); ALTER TABLE forged.entry ADD FOREIGN KEY (kind) REFERENCES forged.kinds",
	'a range over a function' => "CREATE FUNCTION evil.diff(float8, float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS \$\$ BEGIN PERFORM evil.run('range'); RETURN \$1 - \$2; END \$\$; CREATE TYPE evil.r AS RANGE (subtype = float8, subtype_diff = evil.diff); ALTER TABLE forged.lot ADD more evil.r DEFAULT '[1,2]'",
	'a view for accounts' => "ALTER TABLE forged.account RENAME TO real_account; CREATE VIEW forged.account AS SELECT * FROM forged.real_account WHERE evil.run('view')",
	'a view for lots' => "ALTER TABLE forged.lot RENAME TO real_lot; CREATE VIEW forged.lot AS SELECT * FROM forged.real_lot WHERE evil.run('view')",
	'a view for settings' => "ALTER TABLE forged.ledger_meta RENAME TO real_meta; CREATE VIEW forged.ledger_meta AS SELECT * FROM forged.real_meta WHERE evil.run('view')",
	'a view for entries' => "ALTER TABLE forged.entry RENAME TO real_entry; CREATE VIEW forged.entry AS SELECT * FROM forged.real_entry WHERE evil.run('view')",
	'a view for point values' => "ALTER TABLE forged.point_value RENAME TO real_value; CREATE VIEW forged.point_value AS SELECT * FROM forged.real_value WHERE evil.run('view')",
	'a child table with code' => "CREATE TABLE forged.child (CHECK (evil.run('child'))) INHERITS (forged.lot); CREATE TRIGGER a BEFORE INSERT OR UPDATE ON forged.child FOR EACH ROW EXECUTE FUNCTION evil.fire(); INSERT INTO forged.child SELECT * FROM forged.lot",
	'a child table of accounts' => "CREATE TABLE forged.child () INHERITS (forged.account); ALTER TABLE forged.child ENABLE ROW LEVEL SECURITY; CREATE TRIGGER a BEFORE INSERT OR UPDATE ON forged.child FOR EACH ROW EXECUTE FUNCTION evil.fire(); INSERT INTO forged.child SELECT * FROM forged.account",
	'a partitioned table' => "ALTER TABLE forged.job_run RENAME TO real_run; CREATE TABLE forged.job_run (LIKE forged.real_run INCLUDING IDENTITY) PARTITION BY LIST (job); CREATE TABLE forged.p PARTITION OF forged.job_run DEFAULT; CREATE TRIGGER a BEFORE INSERT ON forged.p FOR EACH ROW EXECUTE FUNCTION evil.fire()",
	'a foreign key that cascades to a deferred trigger' => "CREATE UNIQUE INDEX u ON forged.account (member, available); CREATE TABLE forged.follower (member bigint, available bigint, FOREIGN KEY (member, available) REFERENCES forged.account (member, available) ON UPDATE CASCADE);"
	  . "INSERT INTO forged.follower SELECT member, available FROM forged.account; CREATE CONSTRAINT TRIGGER a AFTER UPDATE ON forged.follower DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION evil.fire()",
	'views over views' => "DROP VIEW IF EXISTS forged.balances CASCADE; CREATE VIEW forged.balances AS SELECT evil.run('view')");
my @calls = ("SELECT * FROM engage.earn('forged', 1, 10, 'k1')", "SELECT * FROM engage.redeem('forged', 1, 5, 'k2')", "SELECT * FROM engage.redeem('forged', 1, 100000, 'k3')", "SELECT * FROM engage.hold('forged', 1, 5, 'k4')",
	"SELECT * FROM engage.reverse_earn('forged', 1, 'a', 'k5')", "SELECT * FROM engage.earn_batch('forged', ARRAY[1, 2]::bigint[], ARRAY[1, 2]::bigint[], ARRAY['k6', 'k6'])",
	"SELECT * FROM engage.balance('forged', 1)", "SELECT * FROM engage.balance('forged', 1, now() - interval '1 s')", 'CALL engage.expire_points(\'forged\')', "SELECT * FROM engage.ledger_verify('forged')", 'SELECT * FROM engage.ledgers()',
	"SELECT * FROM engage.statement('forged', 1)", "SELECT * FROM engage.liability('forged')", "SELECT * FROM engage.liability_rollforward('forged', now() - interval '1 day', now())", "SELECT * FROM engage.expiring('forged')", "SELECT * FROM engage.explain_balance('forged', 1)",
	"SELECT * FROM engage.ledger_health('forged')", "SELECT * FROM engage.due_entries('forged')", "SELECT * FROM engage.due_repayments('forged', '1', now())", "SELECT * FROM engage.ledger_upgrade('forged')", "SELECT engage.ledger_alter('forged', unit => 'x')", "SELECT engage.close_period('forged', '2000-01-01')", "SELECT engage.ledger_now('forged')",
	"SELECT * FROM engage.earn_quote('forged', 1, 'r')", "SELECT * FROM engage.explain_award('forged', 1, 'a')", "CALL engage.reverse_batch('forged', 'b', 'why')", "SELECT engage.ledger_seal('forged')");
my %worked;
my %known = map { $_->[0] => 1 } rows($node, "SELECT proname FROM pg_proc WHERE pronamespace = 'engage'::regnamespace");
my @present = grep { my ($f) = /engage\.(\w+)/; $known{$f} } @calls;
for my $name (sort keys %forgery)
{
	my ($status, undef, $err) = $node->psql('engage', <<"SQL", on_error_stop => 1);
		SET client_min_messages = warning;
		SET SESSION AUTHORIZATION mallory;
		SELECT engage.ledger_create('forged');
		SELECT engage.earn('forged', 1, 100, 'a', expires_at => now() + interval '0.1 s');
		SELECT engage.hold('forged', 1, 10, 'a', ttl => '0.05 s');
		$forgery{$name};
		GRANT USAGE ON SCHEMA forged TO PUBLIC;
		GRANT ALL ON ALL TABLES IN SCHEMA forged TO PUBLIC;
		GRANT ALL ON ALL SEQUENCES IN SCHEMA forged TO PUBLIC;
SQL
	is($status, 0, "forged with $name") or diag($err);
	evil_ran();
	# (points and hold are past by now, so that there is something to do)
	my $script = "\\set VERBOSITY sqlstate\nSELECT pg_sleep(0.1);\nSET search_path = evil, public;\n";
	for my $role (qw(victim postgres boss mate))
	{
		$script .= "SET SESSION AUTHORIZATION $role;\n" . join '', map { "$_;\n\\echo = $role :SQLSTATE $_\n" } @present;
		$script .= "SET SESSION AUTHORIZATION postgres;\n";
	}
	my (undef, $out) = $node->psql('engage', $script, on_error_stop => 0);
	$worked{$_}++ for map { /engage\.(\w+)/ } grep { /^= victim 00000/ } split /\n/, $out;
	my @ran = evil_ran();
	is(join(', ', @ran), '', "$name: no code of the owner runs as somebody else");
	sql($node, "SET client_min_messages = warning; DROP SCHEMA forged CASCADE; DROP DOMAIN IF EXISTS evil.d, evil.e, evil.f CASCADE; DROP TYPE IF EXISTS evil.g, evil.h CASCADE; DROP FUNCTION IF EXISTS evil.to_json; DROP TYPE IF EXISTS evil.r CASCADE; DROP FUNCTION IF EXISTS evil.diff");
}

# code that comes when a session knows the ledger already
for my $name ('a BEFORE trigger on account', 'a check on lots', 'a rule', 'a child table of accounts', 'a policy', 'a generated column', 'an index expression')
{
	sql($node, "SET SESSION AUTHORIZATION mallory; SELECT engage.ledger_create('forged'); GRANT USAGE ON SCHEMA forged TO PUBLIC; GRANT ALL ON ALL TABLES IN SCHEMA forged TO PUBLIC; GRANT ALL ON ALL SEQUENCES IN SCHEMA forged TO PUBLIC");
	my $session = session($node);
	ask($session, 'SET SESSION AUTHORIZATION victim');
	ask($session, "SELECT status FROM engage.earn('forged', 1, 10, 'before$_')") for 1 .. 8;
	ask($session, "SELECT status FROM engage.balance('forged', 1)") for 1 .. 3;
	evil_ran();
	sql($node, "SET SESSION AUTHORIZATION mallory; $forgery{$name}");
	ask($session, $_) for grep { /earn\(|redeem|balance/ } @present;
	leave($session);
	is(join(', ', evil_ran()), '', "$name, in a session that knew the ledger: nothing runs");
	sql($node, "SET client_min_messages = warning; DROP SCHEMA forged CASCADE");
}

# code that comes while a posting waits for a table that it looked at before
for my $table (qw(lot lot_use hold))
{
	sql($node, "SET SESSION AUTHORIZATION mallory; SELECT engage.ledger_create('forged'); GRANT USAGE ON SCHEMA forged TO PUBLIC; GRANT ALL ON ALL TABLES IN SCHEMA forged TO PUBLIC; GRANT ALL ON ALL SEQUENCES IN SCHEMA forged TO PUBLIC");
	my ($owner, $victim) = (session($node), session($node));
	ask($victim, 'SET SESSION AUTHORIZATION victim');
	ask($victim, "SELECT status FROM engage.earn('forged', 1, 100, 'before')");
	evil_ran();
	ask($owner, 'SET SESSION AUTHORIZATION mallory');
	ask($owner, "BEGIN; LOCK TABLE forged.$table IN ACCESS EXCLUSIVE MODE");
	my $run = IPC::Run::start([ 'psql', '-X', '-q', '-A', '-t', '-d', $node->connstr('engage'), '-c', 'SET SESSION AUTHORIZATION victim', '-c', "SET application_name = 'waiting'",
			'-c', "SELECT status FROM engage.redeem('forged', 1, 5, 'r')", '-c', "SELECT status FROM engage.hold('forged', 1, 5, 'h')" ], '<', \undef, '>', \my $out, '2>', \my $err);
	$node->poll_query_until('engage', "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'waiting' AND wait_event_type = 'Lock')") or die "nobody waits for $table";
	ask($owner, "CREATE TRIGGER a BEFORE INSERT OR UPDATE ON forged.$table FOR EACH ROW EXECUTE FUNCTION evil.fire(); COMMIT");
	$run->finish;
	leave($_) for $owner, $victim;
	is(join(', ', evil_ran()), '', "a trigger on $table, put there while a posting waited: nothing runs");
	sql($node, "SET client_min_messages = warning; DROP SCHEMA forged CASCADE");
}

# code of the settings that uses the ledger while it is opened
sql($node, <<'SQL');
	SET SESSION AUTHORIZATION mallory;
	SELECT engage.ledger_create('forged');
	SELECT engage.rule_set('forged', 'dated', trigger => 'purchase', rate_points => 1, rate_basis => 1, expires_after => '10 days');
	CREATE FUNCTION evil.nested() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM engage.earn_for('forged', 1, 'dated', 10, 'x'); RETURN true; END $$;
	ALTER TABLE forged.ledger_meta ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
	CREATE POLICY p ON forged.ledger_meta USING (evil.nested());
SQL
is(as('mallory', "SELECT status FROM engage.earn('forged', 1, 10, 'k')"), 'NG410', 'a ledger is not used while it is opened');
sql($node, "SET client_min_messages = warning; DROP SCHEMA forged CASCADE; DROP FUNCTION evil.nested()");
# What the owner puts in place of a table while a report waits for it runs as him at most: he holds the
# table until the report is under way, and goes on with a view of its name.
my @races = (
	[ 'liability', 'point_value', "SELECT * FROM engage.liability('forged')", 'evil.run(currency)' ],
	[ 'statement', 'entry', "SELECT * FROM engage.statement('forged', 1)", 'evil.run(kind)' ],
	[ 'ledger_reconcile', 'entry', "SELECT * FROM engage.ledger_reconcile('forged', 'SELECT 1, \$\$a\$\$')", 'evil.run(kind)' ],
	[ 'ledger_health', 'job_run', "SELECT * FROM engage.ledger_health('forged')", 'evil.run(job)' ],
	[ 'due_entries', 'account', "SELECT * FROM engage.due_entries('forged')", "evil.run('account')" ],
	[ 'due_repayments', 'account', "SELECT * FROM engage.due_repayments('forged', '1', now())", "evil.run('account')" ],
	[ 'balance', 'account', "SELECT * FROM engage.balance('forged', 1, now() - interval '1 day')", "evil.run('account')" ],
	[ 'earn_quote', 'account', "SELECT * FROM engage.earn_quote('forged', 1, 'purchase', 10)", "evil.run('account')" ],
	[ 'ledgers', 'ledger_meta', 'SELECT * FROM engage.ledgers()', 'evil.run(unit)' ]);
for my $race (@races)
{
	my ($function, $table, $query, $trap) = @$race;
	for my $role (qw(postgres victim))
	{
		sql($node, <<"SQL");
			SET SESSION AUTHORIZATION mallory;
			SELECT engage.ledger_create('forged');
			SELECT engage.earn('forged', 1, 10, 'a');
			SELECT engage.point_value_set('forged', 0.01, 'EUR');
			INSERT INTO forged.job_run (job, started_at, finished_at) VALUES ('ledger_verify', now(), now());
			GRANT USAGE ON SCHEMA forged TO PUBLIC;
			GRANT SELECT ON ALL TABLES IN SCHEMA forged TO PUBLIC;
SQL
		evil_ran();
		my $owner = session($node);
		my $caller = session($node);
		ask($owner, 'SET SESSION AUTHORIZATION mallory');
		ask($caller, "SET SESSION AUTHORIZATION $role");
		# (what a session knows of the ledger it does not look up again)
		ask($caller, $query);
		ask($owner, "BEGIN; LOCK TABLE forged.$table IN ACCESS EXCLUSIVE MODE");
		$caller->{in} .= "$query;\n";
		$caller->{run}->pump_nb;
		ok($node->poll_query_until('engage', "SELECT count(*) = 1 FROM pg_locks WHERE NOT granted AND relation = 'forged.$table'::regclass"), "$function waits for $table as $role");
		ask($owner, "ALTER TABLE forged.$table RENAME TO real_$table; CREATE VIEW forged.$table AS SELECT * FROM forged.real_$table WHERE $trap; GRANT SELECT ON forged.$table TO PUBLIC; COMMIT");
		ask($caller, 'SELECT 1');
		leave($_) for $owner, $caller;
		is(join(', ', evil_ran()), '', "$function while $table becomes a view: nothing of the owner's runs as $role");
		sql($node, "SET client_min_messages = warning; DROP SCHEMA forged CASCADE");
	}
}

# who may not post does not make everybody read the settings anew
is(as('stranger', "SELECT engage.ledger_changed('shop')"), '42501', 'ledger_changed: not a stranger');
is(as('reader', "SELECT engage.ledger_changed('shop')"), '42501', 'nor a reader');
is(as('poster', "SELECT engage.ledger_changed('shop')"), '', 'but a poster');
is(as('keeper', "SELECT engage.ledger_changed('shop')"), '', 'and the owner');
is(as('keeper', "SELECT engage.ledger_changed('nowhere')"), 'NG404', 'of a ledger that is there');

# a report is for those who may read what it is made of
for my $table (qw(account entry lot lot_use hold point_value ledger_meta))
{
	sql($node, "SET SESSION AUTHORIZATION keeper; REVOKE SELECT ON shop.$table FROM reader");
	for my $call ("sum(outstanding) FROM engage.liability('shop')", "count(*) FROM engage.statement('shop', 2)", "count(*) FROM engage.due_entries('shop')", "count(*) FROM engage.ledger_reconcile('shop', 'SELECT 1, 2')")
	{
		is(as('reader', "SELECT $call"), '42501', "without $table: no $call");
	}
	sql($node, "SET SESSION AUTHORIZATION keeper; GRANT SELECT ON shop.$table TO reader");
}
is(as('reader', 'SELECT count(*) FROM shop.entry_note'), '42501', 'a reader does not read remarks');
is(as('reader', "SELECT outstanding > 0 FROM engage.liability('shop') WHERE bucket = 'total'"), 't', 'reports need no remarks');
is(as('reader', "SELECT count(*) > 1 FROM engage.explain_balance('shop', 2)"), 't', 'nor do explanations');
# the owner's rights end with the report
is(as('reader', "SELECT count(*) FROM engage.liability('shop'); SELECT current_user; DO \$\$ BEGIN PERFORM engage.liability('shop', 'infinity'); EXCEPTION WHEN OTHERS THEN NULL; END \$\$; SELECT current_user"), "8\nreader\nreader", 'after a report, and after one that fails, the caller is who he was');

# the ordinary kind works for those who are let in
sql($node, "SET SESSION AUTHORIZATION mallory; SELECT engage.ledger_create('forged'); GRANT USAGE ON SCHEMA forged TO victim; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA forged TO victim; GRANT USAGE ON ALL SEQUENCES IN SCHEMA forged TO victim");
is(as('victim', "SELECT status FROM engage.earn('forged', 1, 10, 'k')"), 'ok', 'a ledger without code of its owner is used by others');
is(as('postgres', "SELECT available FROM engage.balance('forged', 1)"), '10', 'and read by a superuser');
is(as('postgres', "CALL engage.expire_points('forged')"), '', 'and swept by him');

no_crash($node);
$node->stop;
done_testing();
