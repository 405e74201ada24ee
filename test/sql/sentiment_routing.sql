-- The recipe "Routing urgent comments" of doc/sentiment.md.
\set SHOW_CONTEXT never
CREATE SCHEMA sentiment_routing;
SET search_path = sentiment_routing;

CREATE TABLE comment_theme (themes jsonb NOT NULL CHECK (engage.theme_of('', themes) IS NULL));
INSERT INTO comment_theme VALUES ('{
  "delivery": ["late", "driver", "courier", "parcel", "never arrived", "سائق", "توصيل", "پیک", "משלוח", "שליח"],
  "payment":  ["refund", "charged", "charged twice", "card", "استرداد", "بازپرداخت", "החזר"],
  "safety":   ["fire", "burned", "smoke", "injured", "allergic", "حريق", "آتش", "שריפה"]
}');

CREATE TABLE customer_comment (
  id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  body              text NOT NULL,
  score             double precision,
  theme             text,
  urgent            boolean NOT NULL DEFAULT false,
  sentiment_version integer
);

CREATE FUNCTION comment_score() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.score := engage.sentiment(NEW.body);
  NEW.theme := (SELECT engage.theme_of(NEW.body, themes) FROM sentiment_routing.comment_theme);
  NEW.sentiment_version := engage.sentiment_version();
  -- safety at once, other service problems where the customer is clearly unhappy
  NEW.urgent := coalesce(NEW.theme = 'safety' OR (NEW.theme IN ('delivery', 'payment') AND NEW.score < -0.3), false);
  RETURN NEW;
END $$;

CREATE FUNCTION comment_route() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- the listener reads the row; a payload is limited to 8000 bytes, so the text is not in it
  PERFORM pg_notify('urgent_comment', jsonb_build_object('id', NEW.id, 'theme', NEW.theme)::text);
  RETURN NULL;
END $$;

CREATE TRIGGER comment_score BEFORE INSERT OR UPDATE OF body ON customer_comment
  FOR EACH ROW EXECUTE FUNCTION comment_score();
CREATE TRIGGER comment_route AFTER INSERT ON customer_comment
  FOR EACH ROW WHEN (NEW.urgent) EXECUTE FUNCTION comment_route();
CREATE TRIGGER comment_route_again AFTER UPDATE OF body ON customer_comment
  FOR EACH ROW WHEN (NEW.urgent AND NOT OLD.urgent) EXECUTE FUNCTION comment_route();

-- notifications are printed with the process that sent them
LISTEN urgent_comment;
\o | sed 's/ from server process with PID [0-9]*//'
INSERT INTO customer_comment (body) VALUES
  ('Terrible, the parcel never arrived and the driver was rude'),
  ('The driver was great, thank you'),
  ('The charger caught fire!'),
  ('I love the new colours'),
  ('السائق متأخر والخدمة سيئة جدا'),
  ('It is a box'),
  ('המשלוח היה נורא ואיום');
\o
SELECT id, theme, urgent, sign(score) AS sign, sentiment_version = engage.sentiment_version() AS version FROM customer_comment ORDER BY id;

-- an edit scores anew, and tells only of what was not urgent before
\o | sed 's/ from server process with PID [0-9]*//'
UPDATE customer_comment SET body = body || ' And I was charged twice. Awful, horrible!' WHERE id IN (1, 6);
\o
SELECT id, theme, urgent FROM customer_comment WHERE id IN (1, 6) ORDER BY id;
UPDATE customer_comment SET urgent = false WHERE id = 3;
SELECT id, urgent FROM customer_comment WHERE id = 3;

-- what is rolled back tells nobody
BEGIN;
INSERT INTO customer_comment (body) VALUES ('smoke and fire');
ROLLBACK;
SELECT count(*) FROM customer_comment;

-- after a release that changes scores: those to be scored again
SELECT count(*) AS outdated FROM customer_comment WHERE sentiment_version IS DISTINCT FROM engage.sentiment_version();
UNLISTEN urgent_comment;

-- many rows at once, as a backfill does
INSERT INTO customer_comment (body) SELECT (ARRAY['great', 'late, awful', 'so so'])[1 + i % 3] || ' ' || i FROM generate_series(1, 3000) i;
SELECT theme, urgent, count(*) FROM customer_comment WHERE id > 8 GROUP BY 1, 2 ORDER BY 1, 2;

-- a list with a mistake is refused when it is written; an application's role needs two rights
UPDATE comment_theme SET themes = '{"delivery": ["late", 1]}';
CREATE ROLE routing_app;
GRANT USAGE ON SCHEMA sentiment_routing TO routing_app;
GRANT INSERT ON customer_comment TO routing_app;
GRANT SELECT ON comment_theme TO routing_app;
SET ROLE routing_app;
INSERT INTO customer_comment (body) VALUES ('The parcel is late, awful');
RESET ROLE;
SELECT theme, urgent FROM customer_comment ORDER BY id DESC LIMIT 1;
SET client_min_messages = warning;
DROP OWNED BY routing_app;
DROP ROLE routing_app;
DROP SCHEMA sentiment_routing CASCADE;
