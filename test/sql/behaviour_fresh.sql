-- new rows into stored timelines: what fold_timelines accepts (test/specs/behaviour_fold.spec has what several sessions do)
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SET client_min_messages = warning;
CREATE SCHEMA "fold it";
CREATE TABLE "fold it"."Click Log" ("Who?" text, "At" timestamp, "What's" varchar(20), worth numeric, xid xid8 NOT NULL DEFAULT pg_current_xact_id());
CREATE TABLE "fold it"."By ""who""" ("Who?" text PRIMARY KEY, seen int DEFAULT 1, "Time Line" engage.timeline);
CREATE TABLE "fold it".progress (xid xid8 NOT NULL);
INSERT INTO "fold it".progress VALUES ('0');
CREATE FUNCTION pg_temp.fold(OUT events bigint, OUT customers bigint) LANGUAGE plpgsql AS $$
DECLARE e bigint; c bigint;
BEGIN
  events := 0; customers := 0;
  -- a transaction of the server's own may keep rows back for a moment
  FOR i IN 1 .. 1000 LOOP
    SELECT * INTO e, c FROM engage.fold_timelines('"fold it"."Click Log"', '"fold it"."By ""who"""', '"fold it".progress', 'Who?', 'At', 'What''s', 'worth');
    events := events + e; customers := customers + c;
    EXIT WHEN NOT EXISTS (SELECT FROM "fold it"."Click Log" WHERE xid >= (SELECT xid FROM "fold it".progress) AND xid <> pg_current_xact_id());
    PERFORM pg_sleep(0.01);
  END LOOP;
END $$;
SELECT * FROM pg_temp.fold();
INSERT INTO "fold it"."Click Log" VALUES ('amal', '2024-01-02', 'order', 19.5), ('bita', '2024-01-01', 'visit', NULL), ('amal', '2024-01-01', 'visit', NULL), (NULL, '2024-01-01', 'visit', 1), ('amal', NULL, 'visit', 1), ('amal', '2024-01-01', NULL, 1);
SELECT * FROM pg_temp.fold();
SELECT * FROM pg_temp.fold();
INSERT INTO "fold it"."Click Log" VALUES ('amal', '2023-01-02', 'order', 0.5), ('chen', '2024-01-01', 'visit', 3);
SELECT * FROM pg_temp.fold();
SELECT "Who?", seen, "Time Line" FROM "fold it"."By ""who""" ORDER BY 1;
-- a timeline that is NULL is an empty one; without values
UPDATE "fold it"."By ""who""" SET "Time Line" = NULL WHERE "Who?" = 'chen';
INSERT INTO "fold it"."Click Log" VALUES ('chen', '2024-01-05', 'visit', 3);
SELECT * FROM pg_temp.fold();
SELECT "Who?", "Time Line" FROM "fold it"."By ""who""" WHERE "Who?" = 'chen';
-- other types of key, of time
CREATE TABLE log_date (customer uuid, ts date, event text, xid xid8 NOT NULL DEFAULT pg_current_xact_id());
CREATE TABLE timeline_date (customer uuid PRIMARY KEY, t engage.timeline);
CREATE TABLE progress_date (xid xid8 NOT NULL);
INSERT INTO log_date VALUES ('5bfb5a4b-e5f3-4a1c-a3a5-6ad6f6a4f9f4', '2024-01-01', 'visit');
SELECT engage.fold_timelines('log_date', 'timeline_date', 'progress_date');
INSERT INTO progress_date VALUES ('0'), ('1');
SELECT engage.fold_timelines('log_date', 'timeline_date', 'progress_date');
DELETE FROM progress_date WHERE xid = '1';
DO $$ BEGIN FOR i IN 1 .. 1000 LOOP PERFORM engage.fold_timelines('log_date', 'timeline_date', 'progress_date'); EXIT WHEN EXISTS (SELECT FROM timeline_date); PERFORM pg_sleep(0.01); END LOOP; END $$;
TABLE timeline_date;
-- mistakes
SELECT engage.fold_timelines('log_date', 'timeline_date', NULL);
SELECT engage.fold_timelines('log_date', 'log_date', 'progress_date');
SELECT engage.fold_timelines('log_date', 'timeline_date', 'progress_date', event => 'events');
SELECT engage.fold_timelines('no_such_table', 'timeline_date', 'progress_date');
ALTER TABLE timeline_date DROP CONSTRAINT timeline_date_pkey;
SELECT engage.fold_timelines('log_date', 'timeline_date', 'progress_date');
ALTER TABLE log_date ALTER xid DROP NOT NULL;
SELECT engage.fold_timelines('log_date', 'timeline_date', 'progress_date');
ALTER TABLE log_date ALTER xid SET NOT NULL;
UPDATE progress_date SET xid = '9223372036854775807';
\set VERBOSITY sqlstate
SELECT engage.fold_timelines('log_date', 'timeline_date', 'progress_date');
\set VERBOSITY default
-- what the caller may not see cannot be folded
CREATE ROLE regress_fold NOLOGIN;
ALTER TABLE timeline_date ADD PRIMARY KEY (customer);
UPDATE progress_date SET xid = '0';
GRANT ALL ON log_date, timeline_date, progress_date TO regress_fold;
SET ROLE regress_fold;
SELECT customers >= 0 AS may FROM engage.fold_timelines('log_date', 'timeline_date', 'progress_date');
RESET ROLE;
ALTER TABLE log_date ENABLE ROW LEVEL SECURITY;
SET ROLE regress_fold;
SELECT engage.fold_timelines('log_date', 'timeline_date', 'progress_date');
RESET ROLE;
DROP TABLE log_date, timeline_date, progress_date;
DROP SCHEMA "fold it" CASCADE;
DROP ROLE regress_fold;
