-- What test/bench/ledger compares engage with, and where it keeps what it measured.  :members members each.

\set ON_ERROR_STOP on
SET client_min_messages = warning;

-- ------------------------------------------------------------------------------------------------------------
-- Bare: one UPDATE and one INSERT.  No key, no lots, no chain: the least that any ledger does.
-- ------------------------------------------------------------------------------------------------------------
CREATE SCHEMA bare;

CREATE TABLE bare.account (
  member bigint PRIMARY KEY,
  balance bigint NOT NULL
) WITH (fillfactor = 70);

CREATE TABLE bare.entry (
  id bigint GENERATED ALWAYS AS IDENTITY,
  member bigint NOT NULL,
  points bigint NOT NULL,
  balance_after bigint NOT NULL,
  ref text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (member, id)
);

CREATE FUNCTION bare.earn(p_member bigint, p_points bigint, p_ref text) RETURNS bigint
  LANGUAGE plpgsql AS $$
DECLARE
  after bigint;
BEGIN
  UPDATE bare.account SET balance = balance + p_points WHERE member = p_member RETURNING balance INTO STRICT after;
  INSERT INTO bare.entry (member, points, balance_after, ref) VALUES (p_member, p_points, after, p_ref);
  RETURN after;
END $$;

-- ------------------------------------------------------------------------------------------------------------
-- Textbook: double entry.  A transfer, two entry rows, two balance rows, of which one belongs to the house.
-- House accounts have ids below zero.  The house is locked last and as late as possible, so that calls neither
-- deadlock nor wait longer than they must.
-- ------------------------------------------------------------------------------------------------------------
CREATE SCHEMA textbook;

CREATE TABLE textbook.account (
  id bigint PRIMARY KEY,
  balance bigint NOT NULL
) WITH (fillfactor = 70);

CREATE TABLE textbook.transfer (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ref text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE textbook.entry (
  transfer_id bigint NOT NULL REFERENCES textbook.transfer,
  account_id bigint NOT NULL REFERENCES textbook.account,
  points bigint NOT NULL,
  balance_after bigint NOT NULL,
  PRIMARY KEY (account_id, transfer_id)
);
CREATE INDEX entry_transfer ON textbook.entry (transfer_id);

CREATE FUNCTION textbook.earn(p_member bigint, p_points bigint, p_ref text, p_house bigint) RETURNS bigint
  LANGUAGE plpgsql AS $$
DECLARE
  v_transfer bigint;
  member_after bigint;
  house_after bigint;
BEGIN
  INSERT INTO textbook.transfer (ref) VALUES (p_ref) RETURNING id INTO v_transfer;
  UPDATE textbook.account SET balance = balance + p_points WHERE id = p_member RETURNING balance INTO STRICT member_after;
  INSERT INTO textbook.entry (transfer_id, account_id, points, balance_after)
  VALUES (v_transfer, p_member, p_points, member_after);
  UPDATE textbook.account SET balance = balance - p_points WHERE id = p_house RETURNING balance INTO STRICT house_after;
  INSERT INTO textbook.entry (transfer_id, account_id, points, balance_after)
  VALUES (v_transfer, p_house, -p_points, house_after);
  RETURN member_after;
END $$;

-- ------------------------------------------------------------------------------------------------------------
-- Filling
-- ------------------------------------------------------------------------------------------------------------
CREATE SCHEMA bench;

-- The two designs above, emptied, with members 1 to n and (as engage's members have) one entry each.
CREATE PROCEDURE bench.fill_others(n bigint, entries boolean) LANGUAGE plpgsql AS $$
BEGIN
  TRUNCATE bare.account, bare.entry, textbook.account, textbook.transfer, textbook.entry RESTART IDENTITY;
  INSERT INTO bare.account SELECT m, 0 FROM generate_series(1, n) m;
  INSERT INTO textbook.account SELECT m, 0 FROM generate_series(-64, n) m WHERE m <> 0;
  IF entries THEN
    PERFORM bare.earn(m, 10, 'open-' || m) FROM generate_series(1, n) m;
    PERFORM textbook.earn(m, 10, 'open-' || m, -1 - m % 64) FROM generate_series(1, n) m;
  END IF;
END $$;

-- One call of engage.earn_batch or redeem_batch for n members from "first", which must all succeed.
CREATE FUNCTION bench.post_range(ledger text, first bigint, n bigint, points bigint, prefix text, redeem boolean DEFAULT false)
  RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  members bigint[];
  amounts bigint[];
  keys text[];
  failed bigint;
BEGIN
  SELECT array_agg(m), array_agg(post_range.points), array_agg(prefix || '-' || m)
    INTO members, amounts, keys
    FROM generate_series(first, first + n - 1) m;
  IF redeem THEN
    SELECT count(*) INTO failed FROM engage.redeem_batch(ledger, members, amounts, keys) r WHERE r.status <> 'ok' OR r.replayed;
  ELSE
    SELECT count(*) INTO failed FROM engage.earn_batch(ledger, members, amounts, keys) r WHERE r.status <> 'ok' OR r.replayed;
  END IF;
  IF failed > 0 THEN
    RAISE '% of % postings of batch % were refused', failed, n, prefix;
  END IF;
  RETURN n;
END $$;

-- Bytes of a schema's tables with their indexes.
CREATE FUNCTION bench.size_of(schema text) RETURNS bigint LANGUAGE sql AS $$
  SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class WHERE relnamespace = schema::regnamespace AND relkind = 'r'
$$;

-- ------------------------------------------------------------------------------------------------------------
-- Results
-- ------------------------------------------------------------------------------------------------------------
CREATE TABLE bench.measured (
  section text, contender text, position int, label text, round int,
  per_second numeric, p50_ms numeric, p95_ms numeric, p99_ms numeric, cpu_us numeric, wal_bytes numeric
);
CREATE TABLE bench.stored (contender text, label text, bytes numeric, without_accounts numeric, wal_bytes numeric, hot numeric);
CREATE TABLE bench.job (label text, amount bigint, seconds numeric, remark text);
CREATE TABLE bench.goal (id int GENERATED ALWAYS AS IDENTITY, what text, goal numeric, at_most boolean, measured numeric, digits int);

-- The median of the rounds' ratios: contenders of one round met the same machine.
CREATE FUNCTION bench.ratio(p_section text, a text, b text) RETURNS numeric LANGUAGE sql AS $$
  SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x.per_second / y.per_second)::numeric
    FROM bench.measured x JOIN bench.measured y USING (section, round)
   WHERE section = p_section AND x.contender = a AND y.contender = b
$$;
