-- What a ledger says of an instant in the past is what it said then.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET synchronous_commit = on;
SET timezone = 'Europe/Berlin';
SET datestyle = 'ISO';

-- Three programmes are followed for most of a year of earning, spending, holding, returning and extending; each day the balance is written
-- down. Later balance() tells of each of these instants what it told then, whether or not anything was swept in between.
SELECT engage.ledger_create('reports_then', time_zone => 'Europe/Berlin', expires_after => '40 days', available_after => '2 days', tier_window => 'rolling', tier_period => '30 days', tier_grace => '5 days', tier_metric => 'points', test_clock => true);
SELECT engage.ledger_create('reports_idle', time_zone => 'Europe/Berlin', expires_inactive => '20 days', tier_window => 'calendar', tier_period => '1 month', test_clock => true);
SELECT engage.ledger_create('reports_manual', activation => 'manual', expires_after => '30 days', restoring => 'grace', restore_grace => '9 days', test_clock => true);
SELECT engage.tier_set(l, 'silver', 1, 60), engage.tier_set(l, 'gold', 2, 150), engage.tier_set(l, 'black', 3, 10000, invite_only => true) FROM unnest('{reports_then,reports_idle}'::text[]) l;
CREATE TEMP TABLE told (ledger text, day int, balance text, as_of timestamptz);
CREATE FUNCTION pg_temp.balance_text(ledger text, member bigint, at timestamptz) RETURNS text LANGUAGE sql AS $$ SELECT (b.available, b.pending, b.held, b.debt, date_trunc('milliseconds', b.next_expiry_at), b.next_expiry_points, b.tier)::text FROM engage.balance(ledger, member, at) b $$;
DO $$
DECLARE
  l text; op text; k text; n bigint; b record;
BEGIN
  FOR day IN 1 .. 340 LOOP
    PERFORM set_config('engage.now', (timestamptz '2025-01-01 09:00+00' + day * interval '1 day' + day % 7 * interval '1 hour')::text, false);
    FOREACH l IN ARRAY '{reports_then,reports_idle,reports_manual}'::text[] LOOP
      -- (a month of rest at times, so that points expire and tiers are reviewed unseen)
      FOR op IN SELECT o.op FROM unnest(ARRAY['earn', 'redeem', 'hold', 'capture', 'cancel', 'reverse', 'extend', 'activate', 'adjust', 'import', 'grant']) WITH ORDINALITY o(op, i)
                WHERE day % 90 < 45 AND abs(hashtext(l || o.op || day)) % 100 < (ARRAY[35, 20, 15, 8, 7, 6, 4, 25, 4, 4, 2])[o.i] LOOP
        k := op || day;
        n := abs(hashtext(k || l)) % 40 + 1;
        BEGIN
          CASE op
            WHEN 'earn' THEN PERFORM engage.earn_for(l, 1, 'purchase', n, k);
            WHEN 'redeem' THEN PERFORM engage.redeem(l, 1, n, k);
            WHEN 'hold' THEN PERFORM engage.hold(l, 1, n, k, ttl => '60 hours');
            WHEN 'capture' THEN EXECUTE format('SELECT engage.capture(%L, max(hold_id), 1, %L) FROM %I.hold WHERE state = ''open''', l, k, l);
            WHEN 'cancel' THEN EXECUTE format('SELECT engage.cancel_redemption(%L, 1, min(key), %L) FROM %I.entries WHERE kind = ''redeem'' AND recorded_at > %L', l, k, l, current_setting('engage.now')::timestamptz - interval '50 days');
            WHEN 'reverse' THEN EXECUTE format('SELECT engage.reverse_earn(%L, 1, min(source_ref), %L) FROM %I.entries WHERE kind = ''award'' AND recorded_at > %L', l, k, l, current_setting('engage.now')::timestamptz - interval '30 days');
            WHEN 'extend' THEN PERFORM engage.extend_expiry(l, 1, current_setting('engage.now')::timestamptz + interval '45 days', k);
            WHEN 'activate' THEN EXECUTE format('SELECT engage.activate(%L, 1, min(source_ref), %L) FROM %I.lots WHERE available_at IS NULL AND remaining > 0', l, k, l);
            WHEN 'adjust' THEN PERFORM engage.adjust(l, 1, n - 15, k, 'r', 'a');
            WHEN 'import' THEN PERFORM engage.import_opening(l, ARRAY[1]::bigint[], ARRAY[n], ARRAY[k]);
            WHEN 'grant' THEN IF l <> 'reports_manual' THEN PERFORM engage.grant_tier(l, 1, 'black', k, current_setting('engage.now')::timestamptz + interval '25 days'); END IF;
          END CASE;
        EXCEPTION WHEN null_value_not_allowed OR invalid_parameter_value THEN NULL; -- nothing there to capture, cancel or reverse
        END;
      END LOOP;
      SELECT x.* INTO b FROM engage.balance(l, 1) x;
      INSERT INTO told VALUES (l, day, (b.available, b.pending, b.held, b.debt, date_trunc('milliseconds', b.next_expiry_at), b.next_expiry_points, b.tier)::text, b.as_of);
    END LOOP;
  END LOOP;
END $$;
-- there was something to tell
SELECT ledger, count(DISTINCT balance) > 100 AS balances, count(DISTINCT split_part(balance, ',', 7)) AS tiers, count(*) FILTER (WHERE balance LIKE '%,"20%') > 100 AS expiries FROM told GROUP BY 1 ORDER BY 1;
SELECT l AS ledger, (SELECT count(*) > 0 FROM engage.due_entries(l)) AS due FROM unnest('{reports_then,reports_idle,reports_manual}'::text[]) l ORDER BY 1;
SELECT ledger, day, balance AS told, pg_temp.balance_text(ledger, 1, as_of) AS now FROM told WHERE balance IS DISTINCT FROM pg_temp.balance_text(ledger, 1, as_of) ORDER BY ledger, day LIMIT 10;
CALL engage.expire_points('reports_then');
CALL engage.expire_points('reports_idle');
CALL engage.expire_points('reports_manual');
SELECT ledger, day, balance AS told, pg_temp.balance_text(ledger, 1, as_of) AS now FROM told WHERE balance IS DISTINCT FROM pg_temp.balance_text(ledger, 1, as_of) ORDER BY ledger, day LIMIT 10;
-- and so does liability(), of the dates of expiry, too: it and balance() see the same points expire first
SELECT ledger, day, l.available, l.pending, l.held, l.debt FROM told, engage.liability(told.ledger, told.as_of) l, engage.balance(told.ledger, 1, told.as_of) b
WHERE l.bucket = 'total' AND day % 3 = 0 AND (l.available, l.pending, l.held, l.debt) IS DISTINCT FROM (b.available, b.pending, b.held, b.debt) ORDER BY 1, 2 LIMIT 10;
SELECT ledger, day, f.bucket FROM told, engage.balance(told.ledger, 1, told.as_of) b, LATERAL (SELECT l.bucket FROM engage.liability(told.ledger, told.as_of) l WHERE l.available > 0 AND l.bucket <> 'total' LIMIT 1) f
WHERE day % 3 = 0 AND f.bucket <> CASE WHEN b.next_expiry_at IS NULL THEN 'never' WHEN b.next_expiry_at <= told.as_of + interval '720 hours' THEN '0-30 days' WHEN b.next_expiry_at <= told.as_of + interval '2160 hours' THEN '31-90 days' ELSE 'other' END ORDER BY 1, 2 LIMIT 10;
DROP SCHEMA reports_then, reports_idle, reports_manual CASCADE;
