-- Making, changing, upgrading, listing and dropping ledgers; their rules, campaigns, tiers, point values,
-- limits and closed periods; the shape of their tables and views.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET synchronous_commit = on;
SET timezone = 'Asia/Kolkata'; -- nothing may depend on it
SET datestyle = 'ISO';
DROP ROLE IF EXISTS setup_owner, setup_member, setup_reader;
CREATE ROLE setup_owner;
CREATE ROLE setup_member IN ROLE setup_owner;
CREATE ROLE setup_reader;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO setup_owner', current_database()); END $$;
CREATE FUNCTION pg_temp.fails(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text; detail text; hint text;
BEGIN
  EXECUTE query INTO result;
  RETURN 'no error: ' || coalesce(result, 'null');
EXCEPTION WHEN others THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(E'\n    ', '', SQLSTATE || ': ' || SQLERRM, nullif(detail, ''), nullif(hint, ''));
END $$;
SET ROLE setup_owner;
SET search_path = '';

-- ------------------------------------------------------------ create
SELECT engage.ledger_create('rewards', expires_after => '365 days');
SELECT engage.ledger_create('Miles & More', unit => 'Meilen', member_type => 'text', time_zone => 'europe/berlin', rounding => 'half_even', available_after => '14 days', expires_on => '12-31',
  consumption => 'earned_first', shortage => 'clamp', restoring => 'expire', debt_limit => 500, refund_window => '60 days', stacking => 'best_of', max_multiplier => 5,
  tier_metric => 'spend', tier_window => 'calendar', tier_period => '1 year', tier_grace => '30 days', tier_downgrade => 'recompute', test_clock => true);
CREATE SCHEMA prepared;
ALTER DEFAULT PRIVILEGES IN SCHEMA prepared GRANT SELECT ON TABLES TO setup_reader;
SELECT engage.ledger_create('prepared', member_type => 'uuid', activation => 'manual', expires_inactive => '1 year');
SELECT ledger, owner, unit, member_type, time_zone, format_version, estimated_members, estimated_entries, guarded, closed_until, test_clock, created_at BETWEEN now() - interval '1 hour' AND clock_timestamp() AS created FROM engage.ledgers();
\pset format unaligned
\pset tuples_only on
SELECT to_jsonb(m) - 'created_at' FROM rewards.ledger_meta m UNION ALL SELECT to_jsonb(m) - 'created_at' FROM "Miles & More".ledger_meta m UNION ALL SELECT to_jsonb(m) - 'created_at' FROM prepared.ledger_meta m;
\pset tuples_only off
\pset format aligned

-- ------------------------------------------------------------ what was made
-- tables and views: whose, how many, and none without a comment
SELECT relnamespace::regnamespace AS ledger, relkind, relowner::regrole AS owner, count(*), count(*) FILTER (WHERE relkind <> 'S' AND obj_description(oid, 'pg_class') IS NULL) AS without_comment
FROM pg_class WHERE relnamespace IN ('rewards'::regnamespace, '"Miles & More"'::regnamespace, 'prepared'::regnamespace) AND relkind IN ('r', 'v', 'S') GROUP BY 1, 2, 3 ORDER BY relnamespace::regnamespace::text COLLATE "C", relkind;
-- no column without a comment: no rows
SELECT attrelid::regclass AS relation, attname FROM pg_attribute WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'rewards'::regnamespace AND relkind IN ('r', 'v')) AND attnum > 0 AND NOT attisdropped AND col_description(attrelid, attnum) IS NULL ORDER BY 1, 2;
-- no comment on what does not exist: no rows
SELECT c.relation, c.attribute FROM engage.ledger_comments() c WHERE NOT EXISTS (SELECT FROM pg_class r WHERE r.relnamespace = 'rewards'::regnamespace AND r.relname = c.relation
  AND (c.attribute IS NULL OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = r.oid AND a.attname = c.attribute)));
-- guards: two on each table
SELECT tgname, tgtype, tgenabled, encode(tgargs, 'escape') AS argument, count(*), string_agg(tgrelid::regclass::text, ' ' ORDER BY tgrelid) AS tables FROM pg_trigger
WHERE tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'rewards'::regnamespace) AND tgfoid = 'engage.ledger_guard'::regproc GROUP BY 1, 2, 3, 4 ORDER BY 1, 4;
-- core types only: no rows
SELECT attrelid::regclass, attname FROM pg_attribute WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'rewards'::regnamespace AND relkind IN ('r', 'v')) AND atttypid >= 16384;
-- members are of the ledger's type everywhere
SELECT relnamespace::regnamespace AS ledger, relkind, atttypid::regtype AS member_type, count(*) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
WHERE attname = 'member' AND relkind IN ('r', 'v') AND relnamespace IN ('rewards'::regnamespace, '"Miles & More"'::regnamespace, 'prepared'::regnamespace) GROUP BY relnamespace, 2, 3 ORDER BY relnamespace::regnamespace::text COLLATE "C", relkind;
-- the views' columns: these are promised
SELECT c.relname AS view, string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) AS columns FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
WHERE relnamespace = 'rewards'::regnamespace AND relkind = 'v' AND attnum > 0 GROUP BY 1 ORDER BY relname COLLATE "C";
-- views run with the rights of who reads them (from 15 on)
SELECT count(*) FILTER (WHERE reloptions::text LIKE '%security_invoker=true%') = CASE WHEN current_setting('server_version_num')::int >= 150000 THEN 6 ELSE 0 END AS invoker FROM pg_class WHERE relnamespace = 'rewards'::regnamespace AND relkind = 'v';
-- rights granted beforehand are kept
SELECT count(*) FILTER (WHERE has_table_privilege('setup_reader', oid, 'SELECT')) AS readable, count(*) FROM pg_class WHERE relnamespace = 'prepared'::regnamespace AND relkind IN ('r', 'v');

-- ------------------------------------------------------------ settings that are refused
\pset format unaligned
\pset tuples_only on
SELECT q || pg_temp.fails('SELECT engage.ledger_create(' || q || ')') FROM unnest(ARRAY[
  'NULL', '''''', '''public''', '''engage''', '''pg_rewards''', 'repeat(''x'', 64)', '''@member@''', '''rewards''', '''pg_catalog''',
  '''x'', unit => NULL', '''x'', unit => ''''', '''x'', unit => '' points''', '''x'', member_type => NULL', '''x'', member_type => ''integer''', '''x'', member_type => ''varchar''', '''x'', member_type => ''BIGINT''',
  '''x'', time_zone => ''Mars/Olympus''', '''x'', time_zone => ''CEST''', '''x'', time_zone => ''+02''', '''x'', time_zone => ''localtime''', '''x'', time_zone => NULL',
  '''x'', rounding => ''round''', '''x'', rounding => NULL', '''x'', activation => ''auto''', '''x'', activation => ''manual'', available_after => ''1 day''',
  '''x'', available_after => ''-1 day''', '''x'', available_after => ''1 month -1 day''', '''x'', available_after => NULL', '''x'', expires_after => ''0''', '''x'', expires_after => ''-1 year''', '''x'', expires_after => ''1001 years''',
  '''x'', expires_on => ''02-29''', '''x'', expires_on => ''13-01''', '''x'', expires_on => ''12-32''', '''x'', expires_on => ''1231''', '''x'', expires_on => ''2026-12-31''', '''x'', expires_inactive => ''0 days''',
  '''x'', expires_after => ''1 year'', expires_on => ''12-31''', '''x'', expires_after => ''1 year'', expires_inactive => ''1 year''', '''x'', expiry_rounding => ''week''',
  '''x'', consumption => ''fifo''', '''x'', shortage => ''debt''', '''x'', restoring => ''never''', '''x'', restore_grace => ''0''', '''x'', debt_limit => -1', '''x'', refund_window => ''0''',
  '''x'', stacking => ''sum''', '''x'', max_multiplier => 0.5', '''x'', max_multiplier => ''NaN''', '''x'', max_multiplier => ''Infinity''',
  '''x'', tier_metric => ''money''', '''x'', tier_window => ''year''', '''x'', tier_period => ''12 hours''', '''x'', tier_window => ''calendar'', tier_period => ''3 months''', '''x'', tier_window => ''calendar'', tier_period => ''30 days''',
  '''x'', tier_window => ''anniversary'', tier_period => ''365 days''', '''x'', tier_grace => ''-1 day''', '''x'', tier_downgrade => ''all''', '''x'', test_clock => NULL']) q;
-- a schema that is in use
CREATE SCHEMA used CREATE TABLE customer (id int);
SELECT pg_temp.fails('SELECT engage.ledger_create(''used'')');
DROP TABLE used.customer;
-- nothing of a failed attempt remains
SELECT count(*) FROM pg_namespace WHERE nspname IN ('x', '');
\pset tuples_only off
\pset format aligned

-- ------------------------------------------------------------ alter
SELECT engage.ledger_alter('rewards', unit => 'coins', debt_limit => 100, refund_window => '90 days', max_multiplier => 3, tier_window => 'anniversary');
SELECT unit, expires_after, debt_limit, refund_window, max_multiplier, tier_window, rounding FROM rewards.ledger_meta;
SELECT engage.ledger_alter('rewards', expires_on => '06-30', unset => '{debt_limit,max_multiplier}');
SELECT unit, expires_after, expires_on, debt_limit, refund_window, max_multiplier FROM rewards.ledger_meta;
SELECT engage.ledger_alter('rewards', unset => '{expires_on,refund_window}');
SELECT engage.ledger_alter('rewards');
SELECT expires_after, expires_on, expires_inactive, refund_window FROM rewards.ledger_meta;
SELECT engage.ledger_alter('rewards', unit => 'points', expires_after => '1 year', time_zone => 'america/new_york');
SELECT unit, expires_after, time_zone FROM rewards.ledger_meta;
\pset format unaligned
\pset tuples_only on
SELECT q || pg_temp.fails('SELECT engage.ledger_alter(' || q || ')') FROM unnest(ARRAY['NULL', '''nowhere''', '''pg_catalog''', '''rewards'', member_type => ''uuid''', '''rewards'', rounding => ''up''', '''rewards'', expires_after => ''1 year'', expires_on => ''12-31''',
  '''rewards'', unset => ''{unit}''', '''rewards'', unset => ''{NULL}''', '''rewards'', debt_limit => 5, unset => ''{debt_limit}''', '''rewards'', tier_window => ''calendar'', tier_period => ''2 years''', '''rewards'', available_after => ''1 day'', activation => ''manual''']) q;
\pset tuples_only off
\pset format aligned
SELECT engage.ledger_alter('rewards', time_zone => 'UTC');

-- ------------------------------------------------------------ tiers, rules, campaigns
SELECT engage.tier_set('rewards', 'silver', 10, 1000, 1.25), engage.tier_set('rewards', 'gold', 20, 5000, 4, 3, perks => '{lounge,"free shipping"}'), engage.tier_set('rewards', 'friends', 30, invite_only => true, multiplier => 2);
SELECT * FROM rewards.tier ORDER BY rank;
SELECT engage.rule_set('rewards', 'purchase', 'purchase', rate_points => 1, rate_basis => 10.00, min_basis => 5, cap_day => 500);
SELECT engage.rule_set('rewards', 'review', 'review', fixed_points => 20, max_awards_day => 1, tiers => '{silver,gold}', qualifying => false, valid_until => '2030-01-01 00:00+00');
SELECT engage.campaign_set('rewards', 'double', '2026-07-01 00:00+00', '2026-08-01 00:00+00', multiplier => 2, rules => '{purchase}', budget => 1000);
SELECT engage.campaign_set('rewards', 'welcome', '2026-07-01 00:00+00', 'infinity', bonus_points => 5, tiers => '{gold}', stacking_group => 'gifts', member_cap => 50, cost_centre => 'CRM');
\pset format unaligned
\pset tuples_only on
SELECT to_jsonb(r) FROM rewards.earn_rule r ORDER BY rule;
SELECT to_jsonb(c) FROM rewards.campaign c ORDER BY campaign;
\pset tuples_only off
\pset format aligned
SELECT campaign, count(*), min(slot), max(slot), min(allotted), max(allotted), sum(allotted), sum(issued) FROM rewards.campaign_budget GROUP BY 1;
-- stated anew: what is not given has its default
SELECT engage.rule_set('rewards', 'purchase', 'purchase', rate_points => 3, rate_basis => 20);
SELECT engage.rule_switch('rewards', 'review', false), engage.campaign_switch('rewards', 'welcome', false);
SELECT rule, rate_points, rate_basis, min_basis, cap_day, active FROM rewards.earn_rule ORDER BY rule;
SELECT campaign, member_cap, active FROM rewards.campaign ORDER BY campaign;
-- a budget can be raised and lowered, with other slots, but not below what was given
UPDATE rewards.campaign_budget SET issued = 10 + slot WHERE campaign = 'double' AND slot % 5 = 0; -- (the owner may)
SELECT slot, allotted, issued FROM rewards.campaign_budget WHERE campaign = 'double' AND issued > 0 ORDER BY slot;
SELECT engage.campaign_set('rewards', 'double', '2026-07-01 00:00+00', '2026-08-01 00:00+00', multiplier => 2, budget => 2000);
SELECT count(*), min(allotted - issued), max(allotted - issued), sum(allotted), sum(issued) FROM rewards.campaign_budget WHERE campaign = 'double';
SELECT engage.campaign_set('rewards', 'double', '2026-07-01 00:00+00', '2026-08-01 00:00+00', multiplier => 2, budget => 75, slots => 4);
SELECT slot, allotted, issued FROM rewards.campaign_budget WHERE campaign = 'double' ORDER BY slot;
SELECT engage.campaign_set('rewards', 'double', '2026-07-01 00:00+00', '2026-08-01 00:00+00', multiplier => 2, budget => 70);
SELECT count(*), sum(allotted), sum(issued) FROM rewards.campaign_budget WHERE campaign = 'double';
SELECT engage.campaign_set('rewards', 'few', '2026-07-01 00:00+00', '2026-08-01 00:00+00', bonus_points => 1, budget => 3);
SELECT slot, allotted, issued FROM rewards.campaign_budget WHERE campaign = 'few' ORDER BY slot;
\pset format unaligned
\pset tuples_only on
SELECT q || pg_temp.fails('SELECT engage.' || q) FROM unnest(ARRAY[
  'tier_set(''rewards'', ''bronze'', 5)', 'tier_set(''rewards'', ''bronze'', 10, 100)', 'tier_set(''rewards'', ''bronze'', 5, 1000)', 'tier_set(''rewards'', ''platinum'', 40, 4000)', 'tier_set(''rewards'', ''bronze'', 5, -1)', 'tier_set(''rewards'', ''bronze'', 5, 1, 0.5)',
  'tier_set(''rewards'', ''bronze'', 5, 1, 1001)', 'tier_set(''rewards'', ''bronze'', 5, 1, ''NaN'')', 'tier_set(''rewards'', ''bronze'', 5, 1, 1.1234567)', 'tier_set(''rewards'', ''bronze'', 5, 1, 1, 2)', 'tier_set(''rewards'', ''bronze'', 5, 1, 1, 0)', 'tier_set(''rewards'', '''', 5, 1)', 'tier_set(''rewards'', ''bronze'', NULL, 1)', 'tier_set(''nowhere'', ''bronze'', 1, 1)',
  'rule_set(''rewards'', ''r'', ''purchase'')', 'rule_set(''rewards'', ''r'', ''purchase'', rate_points => 1)', 'rule_set(''rewards'', ''r'', ''purchase'', 1, 1, 1)', 'rule_set(''rewards'', ''r'', ''sale'', fixed_points => 1)', 'rule_set(''rewards'', NULL, ''custom'', fixed_points => 1)',
  'rule_set(''rewards'', ''r'', ''custom'', fixed_points => 0)', 'rule_set(''rewards'', ''r'', ''custom'', rate_points => 1, rate_basis => 0)', 'rule_set(''rewards'', ''r'', ''custom'', rate_points => 1, rate_basis => ''NaN'')', 'rule_set(''rewards'', ''r'', ''custom'', fixed_points => 1, min_basis => ''Infinity'')', 'rule_set(''rewards'', ''r'', ''custom'', fixed_points => 1, cap_day => 0)', 'rule_set(''rewards'', ''r'', ''custom'', fixed_points => 1, tiers => ''{bronze}'')',
  'rule_set(''rewards'', ''r'', ''custom'', fixed_points => 1, tiers => ''{}'')', 'rule_set(''rewards'', ''r'', ''custom'', fixed_points => 1, valid_from => ''2026-01-01 00:00+00'', valid_until => ''2026-01-01 00:00+00'')', 'rule_set(''rewards'', ''r'', ''custom'', fixed_points => 1, expires_after => ''0'')', 'rule_switch(''rewards'', ''r'', true)', 'rule_switch(''rewards'', ''purchase'', NULL)',
  'campaign_set(''rewards'', ''c'', NULL, ''2026-01-01 00:00+00'', 2)', 'campaign_set(''rewards'', ''c'', ''2026-01-02 00:00+00'', ''2026-01-01 00:00+00'', 2)', 'campaign_set(''rewards'', ''c'', ''2026-01-01 00:00+00'', ''2026-01-02 00:00+00'')', 'campaign_set(''rewards'', ''c'', ''2026-01-01 00:00+00'', ''2026-01-02 00:00+00'', 2, 1, 5)',
  'campaign_set(''rewards'', ''c'', ''2026-01-01 00:00+00'', ''2026-01-02 00:00+00'', 0.9)', 'campaign_set(''rewards'', ''c'', ''2026-01-01 00:00+00'', ''2026-01-02 00:00+00'', 2, rules => ''{nothing}'')', 'campaign_set(''rewards'', ''c'', ''2026-01-01 00:00+00'', ''2026-01-02 00:00+00'', 2, tiers => ''{{gold},{silver}}'')', 'campaign_set(''rewards'', ''c'', ''2026-01-01 00:00+00'', ''2026-01-02 00:00+00'', 2, slots => 65)',
  'campaign_set(''rewards'', ''c'', ''2026-01-01 00:00+00'', ''2026-01-02 00:00+00'', 2, budget => 0)', 'campaign_set(''rewards'', ''double'', ''2026-07-01 00:00+00'', ''2026-08-01 00:00+00'', 2, budget => 29)', 'campaign_set(''rewards'', ''double'', ''2026-07-01 00:00+00'', ''2026-08-01 00:00+00'', 2)', 'campaign_switch(''rewards'', ''c'', true)']) q;
\pset tuples_only off
\pset format aligned

-- ------------------------------------------------------------ point values, limits, closed periods
SELECT engage.point_value_set('rewards', 0.01, 'USD', cost_value => 0.006, expected_redemption_pct => 80);
SELECT engage.point_value_set('rewards', 0.012, 'USD', valid_from => '2100-01-01 00:00+00');
SET timezone = 'UTC';
SELECT * FROM rewards.point_value ORDER BY valid_from;
SELECT engage.adjust_limit_set('rewards', 'setup_reader', 100), engage.adjust_limit_set('rewards', 'setup_reader', 200);
SELECT * FROM rewards.adjust_limit;
SELECT engage.adjust_limit_set('rewards', 'setup_reader', NULL);
SELECT * FROM rewards.adjust_limit;
SELECT engage.close_period('rewards', '2020-01-01 00:00+00'), engage.close_period('rewards', '2020-01-01 00:00+00'), engage.close_period('rewards', '2020-02-01 00:00+00');
SELECT closed_until, closed_at BETWEEN now() - interval '1 hour' AND clock_timestamp() AS closed_at, closed_by = session_user AS closed_by FROM rewards.period_close ORDER BY 1;
SELECT ledger, closed_until FROM engage.ledgers();
\pset format unaligned
\pset tuples_only on
SELECT q || regexp_replace(pg_temp.fails('SELECT engage.' || q), '20[0-9-]+ [0-9:]+\.[0-9]+\+00', 'NOW', 'g') FROM unnest(ARRAY[
  'point_value_set(''rewards'', 0.02, ''USD'')', 'point_value_set(''rewards'', 0.02, ''USD'', valid_from => ''2100-01-01 00:00+00'')', 'point_value_set(''rewards'', 0.02, ''USD'', valid_from => ''infinity'')', 'point_value_set(''rewards'', 0.02, ''EUR'', valid_from => ''2101-01-01 00:00+00'')', 'point_value_set(''rewards'', 0.02, ''usd'')',
  'point_value_set(''rewards'', -0.02, ''USD'')', 'point_value_set(''rewards'', NULL, ''USD'')', 'point_value_set(''rewards'', 0.02, ''USD'', expected_redemption_pct => 101)', 'adjust_limit_set(''rewards'', ''Nobody'', 5)', 'adjust_limit_set(''rewards'', ''setup_reader'', 0)', 'adjust_limit_set(''rewards'', NULL, 5)',
  'close_period(''rewards'', NULL)', 'close_period(''rewards'', ''2100-01-01 00:00+00'')', 'close_period(''rewards'', ''infinity'')', 'close_period(''rewards'', ''-infinity'')', 'close_period(''rewards'', ''2020-01-15 00:00+00'')']) q;
\pset tuples_only off
\pset format aligned
SET timezone = 'Asia/Kolkata';

-- ------------------------------------------------------------ who may
-- a member of the owner's role may; others, and superusers as such, may not
SET ROLE setup_member;
SELECT engage.rule_switch('rewards', 'review', true);
\pset format unaligned
\pset tuples_only on
SET ROLE setup_reader;
SELECT q || regexp_replace(pg_temp.fails('SELECT engage.' || q), 'for database .*', 'for database') FROM unnest(ARRAY['ledger_create(''mine'')', 'ledger_alter(''rewards'')', 'ledger_upgrade(''rewards'')', 'ledger_drop(''rewards'')', 'ledger_rebuild_tally(''rewards'')', 'rule_set(''rewards'', ''r'', ''custom'', fixed_points => 1)', 'rule_switch(''rewards'', ''review'', false)',
  'campaign_set(''rewards'', ''c'', ''2026-01-01 00:00+00'', ''2026-01-02 00:00+00'', 2)', 'campaign_switch(''rewards'', ''double'', false)', 'tier_set(''rewards'', ''t'', 99, 99999)', 'point_value_set(''rewards'', 1, ''USD'')', 'adjust_limit_set(''rewards'', ''setup_reader'', 1)', 'close_period(''rewards'', ''2021-01-01 00:00+00'')']) q;
RESET ROLE;
SELECT q || pg_temp.fails('SELECT engage.' || q) FROM unnest(ARRAY['ledger_alter(''rewards'', unit => ''mine'')', 'ledger_upgrade(''rewards'')', 'ledger_drop(''rewards'', true)', 'close_period(''rewards'', ''2021-01-01 00:00+00'')']) q;
\pset tuples_only off
\pset format aligned
-- the list shows what the caller may see
SET ROLE setup_reader;
SELECT ledger FROM engage.ledgers();
SET ROLE setup_owner;
GRANT USAGE ON SCHEMA rewards, prepared TO setup_reader;
SET ROLE setup_reader;
SELECT ledger, owner, unit, member_type, format_version, guarded FROM engage.ledgers();
RESET ROLE;
-- a trap is listed without its table being read
CREATE SCHEMA trap AUTHORIZATION setup_reader;
SET ROLE setup_reader;
CREATE FUNCTION trap.spring(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION 'the trap springs for %', current_user; END $$;
CREATE TABLE trap.account (member bigint);
CREATE TABLE trap.entry (member bigint);
CREATE TABLE trap.ledger_meta (format_version int, member_type text, unit text, time_zone text, closed_until timestamptz, test_clock boolean, created_at timestamptz);
INSERT INTO trap.ledger_meta VALUES (1, 'bigint', 'bait', 'UTC', '-infinity', false, '2026-01-01 00:00+00');
GRANT USAGE ON SCHEMA trap TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA trap TO PUBLIC;
SET ROLE setup_owner;
SELECT ledger, owner, unit, guarded FROM engage.ledgers() WHERE ledger = 'trap';
SET ROLE setup_reader;
CREATE POLICY spring ON trap.ledger_meta USING (trap.spring(unit));
ALTER TABLE trap.ledger_meta ENABLE ROW LEVEL SECURITY;
SET ROLE setup_owner;
SELECT * FROM trap.ledger_meta;
SELECT ledger, owner, unit, guarded FROM engage.ledgers() WHERE ledger = 'trap';
SET ROLE setup_reader;
ALTER TABLE trap.ledger_meta DISABLE ROW LEVEL SECURITY;
ALTER TABLE trap.ledger_meta ADD CHECK (trap.spring(unit)) NOT VALID;
SET ROLE setup_owner;
SELECT ledger, owner, unit, guarded FROM engage.ledgers() WHERE ledger = 'trap';
SET ROLE setup_reader;
DROP TABLE trap.ledger_meta;
CREATE VIEW trap.ledger_meta AS SELECT 1 AS format_version, 'bigint'::text AS member_type, 'bait'::text AS unit WHERE trap.spring('x');
SET ROLE setup_owner;
SELECT ledger, owner, unit, guarded FROM engage.ledgers() WHERE ledger = 'trap';
RESET ROLE;
DROP SCHEMA trap CASCADE;

-- ------------------------------------------------------------ upgrade
SET ROLE setup_owner;
SELECT engage.ledger_upgrade('rewards');
DROP TRIGGER ledger_guard ON rewards.entry;
DROP TRIGGER ledger_guard_truncate ON rewards.lot;
ALTER TABLE rewards.account DISABLE TRIGGER ledger_guard;
DROP TRIGGER ledger_guard ON rewards.lot_use;
CREATE TRIGGER ledger_guard BEFORE INSERT OR UPDATE OR DELETE ON rewards.lot_use FOR EACH ROW EXECUTE FUNCTION engage.ledger_guard(); -- not append-only
COMMENT ON TABLE rewards.lot IS 'my own words';
COMMENT ON COLUMN rewards.entry.amount IS NULL;
DROP VIEW rewards.expiring;
GRANT SELECT ON rewards.redemptions TO setup_reader WITH GRANT OPTION;
CREATE OR REPLACE VIEW rewards.redemptions AS SELECT e.member, e.seq, e.recorded_at, e.recorded_at AS effective_at, e.kind, e.amount AS points, 0::bigint AS restored, e.amount AS net_points, NULL::numeric AS worth, NULL::numeric AS net_worth, ''::text AS currency, e.key, e.source_ref,
  e.hold_id, e.reason, e.actor, e.acting_role FROM rewards.entry e;
DROP VIEW rewards.lots;
CREATE VIEW rewards.lots AS SELECT 1 AS something_else;
GRANT SELECT ON rewards.lots TO setup_reader;
SELECT ledger, guarded FROM engage.ledgers() WHERE ledger = 'rewards';
SELECT engage.ledger_upgrade('rewards');
SELECT engage.ledger_upgrade('rewards');
SELECT ledger, guarded FROM engage.ledgers() WHERE ledger = 'rewards';
SELECT obj_description('rewards.lot'::regclass, 'pg_class');
SELECT relname, array_agg(acl::text ORDER BY acl::text COLLATE "C") AS acl FROM pg_class, unnest(relacl) acl WHERE relnamespace = 'rewards'::regnamespace AND relname IN ('lots', 'redemptions') AND acl::text LIKE 'setup_reader%' GROUP BY 1 ORDER BY 1;
-- another name: the views know the ledger by name
ALTER SCHEMA rewards RENAME TO loyalty;
SELECT engage.ledger_upgrade('loyalty');
SELECT engage.ledger_upgrade('loyalty');
ALTER SCHEMA loyalty RENAME TO rewards;
SELECT count(*) FROM engage.ledger_upgrade('rewards');
-- a newer format
UPDATE rewards.ledger_meta SET format_version = 2;
\pset format unaligned
\pset tuples_only on
SELECT q || pg_temp.fails('SELECT engage.' || q) FROM unnest(ARRAY['ledger_upgrade(''rewards'')', 'ledger_alter(''rewards'')', 'ledger_drop(''rewards'')', 'rule_switch(''rewards'', ''review'', true)']) q;
UPDATE rewards.ledger_meta SET format_version = 1;
\pset tuples_only off
\pset format aligned

-- ------------------------------------------------------------ what the views show
RESET ROLE;
SET engage.now = '2026-07-01 10:00:00+00';
SET ROLE setup_owner;
SELECT engage.ledger_create('shown', test_clock => true, time_zone => 'America/New_York', expires_after => '30 days', available_after => '2 days');
SELECT engage.point_value_set('shown', 0.01, 'USD', expected_redemption_pct => 90);
SELECT engage.rule_set('shown', 'review', 'review', fixed_points => 7);
SELECT status, available, pending FROM engage.earn('shown', 1, 100, 'order-1');
SELECT status, available, pending FROM engage.earn('shown', 1, 50, 'order-2', available_at => '2026-07-01 10:00:00+00', expires_at => '2026-07-31 10:00:00+00');
SELECT status, available, pending FROM engage.earn_for('shown', 2, 'review', source_ref => 'review-1');
SELECT status, available, pending, held FROM engage.redeem('shown', 1, 20, 'use-1', source_ref => 'basket-1');
SELECT status, available, pending, held FROM engage.hold('shown', 1, 10, 'hold-1', ttl => '40 days');
SELECT status, available, pending, held FROM engage.cancel_redemption('shown', 1, 'basket-1', 'undo-1', points => 5);
SET timezone = 'UTC';
SELECT * FROM shown.balances ORDER BY member;
SELECT member, seq, recorded_at, known_at, kind, house_account, amount, available_after, pending_after, held_after, key, source_ref, request_seq, reverses_seq, rule FROM shown.entries ORDER BY member, seq;
SELECT * FROM shown.lots ORDER BY member, lot_no;
SELECT * FROM shown.expiring ORDER BY member, lot_no;
SELECT member, seq, kind, points, restored, net_points, worth, net_worth, currency, key, source_ref FROM shown.redemptions;
SELECT * FROM shown.liability_by_month;
-- time passes, nobody sweeps
RESET ROLE;
SET engage.now = '2026-07-05 10:00:00+00';
SET ROLE setup_owner;
SELECT member, available, pending, held, worth, expired FROM shown.balances ORDER BY member;
SELECT member, lot_no, state, remaining, held, spendable FROM shown.lots ORDER BY member, lot_no;
RESET ROLE;
SET engage.now = '2026-08-05 10:00:00+00';
SET ROLE setup_owner;
SELECT member, available, pending, held, worth, expired FROM shown.balances ORDER BY member;
SELECT member, lot_no, state, remaining, held, spendable FROM shown.lots ORDER BY member, lot_no;
SELECT * FROM shown.expiring;
SELECT * FROM shown.liability_by_month;
SELECT count(*) AS entries FROM shown.entries;
-- the same in any time zone: no rows
CREATE TEMP TABLE months AS SELECT * FROM shown.liability_by_month;
SET timezone = 'Pacific/Kiritimati';
TABLE pg_temp.months EXCEPT TABLE shown.liability_by_month;
-- a condition on member reaches the indexes
SET enable_seqscan = off;
CREATE FUNCTION pg_temp.scans(query text) RETURNS TABLE (scan text) LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
    IF line ~ 'Index Cond: .*member = ''?1' THEN scan := regexp_replace(btrim(line), '[a-z]\.', '', 'g'); RETURN NEXT; END IF;
  END LOOP;
END $$;
SELECT v, (SELECT count(*) FROM pg_temp.scans(format('SELECT * FROM shown.%s WHERE member = 1', v))) > 0 AS uses_index FROM unnest('{balances,entries,lots,expiring,redemptions}'::text[]) v;
RESET enable_seqscan;

-- ------------------------------------------------------------ tally
-- what postings write is what the journal gives, with tiers and campaigns, and after reversals
SELECT engage.tier_set('shown', 'silver', 1, 100, 1.5); -- the first tier: what was earned before counts
SELECT member, source, day, points, awards, basis, qualifying FROM shown.tally ORDER BY 1, source COLLATE "C", 3;
SELECT engage.rule_set('shown', 'purchase', 'purchase', rate_points => 1, rate_basis => 1, cap_month => 1000);
SELECT engage.campaign_set('shown', 'double', '2026-08-01 00:00+00', '2026-09-01 00:00+00', multiplier => 2, budget => 500, member_cap => 300);
SELECT status, available, pending FROM engage.earn_for('shown', 1, 'purchase', 80.5, 'order-3');
SELECT status, available, pending FROM engage.earn_for('shown', 2, 'purchase', 400, 'order-4');
SELECT status, available, pending FROM engage.earn_for('shown', 2, 'purchase', 30, 'order-5');
SELECT status, available, pending FROM engage.earn_for('shown', 2, 'review', source_ref => 'review-2');
SELECT status, available, pending FROM engage.reverse_earn('shown', 1, 'order-3', 'refund-3', remaining_basis => 50);
SELECT status, available, pending FROM engage.reverse_earn('shown', 2, 'order-4', 'refund-4', points => 100);
SELECT status, available, pending FROM engage.reverse_earn('shown', 2, 'order-5', 'refund-5');
SELECT status, available, pending FROM engage.reverse_earn('shown', 1, 'order-1', 'refund-1', points => 10);
SELECT member, source, day, points, awards, basis, qualifying FROM shown.tally ORDER BY 1, source COLLATE "C", 3;
CREATE TEMP TABLE written AS TABLE shown.tally;
SELECT engage.ledger_rebuild_tally('shown') = count(*) AS as_many_rows FROM pg_temp.written;
SELECT 'written' AS by, * FROM (TABLE pg_temp.written EXCEPT TABLE shown.tally) x UNION ALL SELECT 'rebuilt', * FROM (TABLE shown.tally EXCEPT TABLE pg_temp.written) x ORDER BY 2, 3, 1;
SELECT count(*) FILTER (WHERE issued > allotted) AS overdrawn, sum(allotted) AS budget, sum(issued) AS issued FROM shown.campaign_budget;
-- a cap given to a rule counts what was awarded before, also without tiers
DELETE FROM shown.tier; -- (the owner may, and says so)
SELECT engage.ledger_changed('shown');
SELECT engage.ledger_rebuild_tally('shown');
SELECT member, source, points, awards FROM shown.tally ORDER BY 1, source COLLATE "C";
SELECT engage.rule_set('shown', 'review', 'review', fixed_points => 7, max_awards_month => 1);
SELECT member, source, day, points, awards FROM shown.tally WHERE source = 'rule:review' ORDER BY 1, 3;
SELECT status, available, pending FROM engage.earn_for('shown', 2, 'review', source_ref => 'review-3');
SELECT engage.campaign_set('shown', 'double', '2026-08-01 00:00+00', '2026-09-01 00:00+00', multiplier => 2, budget => 500);
SELECT engage.ledger_rebuild_tally('shown');
SELECT engage.campaign_set('shown', 'double', '2026-08-01 00:00+00', '2026-09-01 00:00+00', multiplier => 2, budget => 500, member_cap => 400);
SELECT member, source, points, awards FROM shown.tally WHERE source LIKE 'campaign:%' ORDER BY 1;
-- another time zone, other days
SELECT engage.ledger_alter('shown', time_zone => 'Pacific/Kiritimati');
SELECT member, source, day, points, awards FROM shown.tally WHERE member = 1 ORDER BY 1, source COLLATE "C", 3;

-- ------------------------------------------------------------ inactivity, unset
SELECT engage.ledger_alter('shown', expires_inactive => '10 days');
SELECT status FROM engage.earn('shown', 3, 5, 'order-6');
SELECT member, inactive_at AT TIME ZONE 'UTC' AS inactive_at FROM shown.account ORDER BY member;
SELECT engage.ledger_alter('shown', unset => '{expires_inactive}');
SELECT member, inactive_at FROM shown.account ORDER BY member;

-- ------------------------------------------------------------ drop
\pset format unaligned
\pset tuples_only on
SELECT q || pg_temp.fails('SELECT engage.' || q) FROM unnest('{ledger_drop(''shown''),ledger_drop(''nowhere''),"ledger_drop(''shown'', NULL)"}'::text[]) q;
\pset tuples_only off
\pset format aligned
SELECT engage.ledger_drop('shown', force => true);
RESET ROLE;
RESET engage.now;
SET ROLE setup_owner;
CREATE VIEW used.dashboard AS SELECT * FROM rewards.balances;
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.fails('SELECT engage.ledger_drop(''rewards'')');
DROP VIEW used.dashboard;
CREATE TABLE rewards.mine (i int);
SELECT pg_temp.fails('SELECT engage.ledger_drop(''rewards'')');
\pset tuples_only off
\pset format aligned
DROP TABLE rewards.mine;
SELECT engage.ledger_drop('rewards'), engage.ledger_drop('Miles & More'), engage.ledger_drop('prepared');
SELECT count(*) FROM engage.ledgers();
SELECT nspname FROM pg_namespace WHERE nspname IN ('rewards', 'Miles & More', 'prepared', 'shown');
DROP SCHEMA used;
RESET ROLE;
DROP OWNED BY setup_owner, setup_member, setup_reader;
DROP ROLE setup_owner, setup_member, setup_reader;
