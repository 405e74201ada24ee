-- What must hold of the sentiment functions for any text; see t/041_sentiment_fuzz.pl.
CREATE SCHEMA fuzz;
SET search_path = fuzz, pg_catalog;

-- NULL, or what is wrong
CREATE FUNCTION fuzz.sentiment_fault(body text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  score double precision := engage.sentiment(body);
  detail record;
  parts record;
  found record;
  normal text;
BEGIN
  IF score IS NULL OR NOT score BETWEEN -1 AND 1 THEN RETURN 'score ' || coalesce(score::text, 'NULL'); END IF;
  IF engage.sentiment_label(body) <> (CASE WHEN score > 0.05 THEN 'positive' WHEN score < -0.05 THEN 'negative' ELSE 'neutral' END) THEN
    RETURN 'label ' || engage.sentiment_label(body);
  END IF;

  SELECT * INTO detail FROM engage.sentiment_detail(body);
  IF detail.score <> score THEN RETURN 'detail has another score'; END IF;
  IF NOT (detail.positive BETWEEN 0 AND 1 AND detail.neutral BETWEEN 0 AND 1 AND detail.negative BETWEEN -1e-12 AND 1
          AND abs(detail.positive + detail.neutral + detail.negative - 1) < 1e-9
          AND detail.confidence = CASE detail.label WHEN 'positive' THEN detail.positive WHEN 'negative' THEN detail.negative ELSE detail.neutral END AND detail.coverage BETWEEN 0 AND 1) THEN
    RETURN 'shares ' || detail::text;
  END IF;
  IF detail.language IS DISTINCT FROM engage.language_of(body) OR detail.language NOT IN ('en', 'ar', 'fa', 'he', 'und') THEN
    RETURN 'language ' || coalesce(detail.language, 'NULL');
  END IF;
  IF NOT (SELECT bool_and(engage.sentiment(body, l) BETWEEN -1 AND 1) FROM unnest(ARRAY['en', 'ar', 'fa', 'he']) l) THEN
    RETURN 'score in a language';
  END IF;

  SELECT count(*) AS n, coalesce(sum(weight), 0) AS sum, coalesce(sum(abs(weight)), 0) AS size,
         bool_and(e.start >= 1 AND e.length >= 1 AND e.start + e.length - 1 <= char_length(body)) AS inside,
         bool_and(e.start >= e.before) AS ordered, bool_and(e.n = e.number) AS numbered,
         bool_and(current_setting('server_encoding') <> 'UTF8' OR e.token = substr(body, e.start::int, e.length::int)) AS same
    INTO parts
    FROM (SELECT *, lag(x.start + x.length, 1, 1::bigint) OVER w AS before, row_number() OVER w AS number
            FROM engage.sentiment_explain(body) x WINDOW w AS (ORDER BY x.n)) e;
  IF abs(parts.sum - score) > 1e-9 * (1 + parts.size) THEN RETURN format('parts sum up to %s, the score is %s', parts.sum, score); END IF;
  IF parts.n > 0 AND NOT (parts.inside AND parts.ordered AND parts.numbered AND parts.same) THEN RETURN 'places of parts ' || parts::text; END IF;

  SELECT count(*) AS n, string_agg(word, ' ' ORDER BY w.n) AS normal,
         bool_and(w.start >= 1 AND w.length >= 1 AND w.start + w.length - 1 <= char_length(body)) AS inside,
         bool_and(w.start >= w.before) AS ordered,
         bool_and(w.kind IN ('word', 'number', 'emoji', 'emoticon', 'mark')) AS kinds,
         bool_and(w.word = convert_from(convert_to(w.word, 'UTF8'), 'UTF8')) AS valid
    INTO found
    FROM (SELECT *, lag(x.start + x.length, 1, 1::bigint) OVER (ORDER BY x.n) AS before FROM engage.words(body) x) w;
  IF found.n > 0 AND NOT (found.inside AND found.ordered AND found.kinds AND found.valid) THEN RETURN 'words ' || found::text; END IF;
  IF found.n > parts.n THEN RETURN 'more words than parts'; END IF;
  normal := engage.normalize_text(body);
  IF normal IS DISTINCT FROM coalesce(found.normal, '') THEN RETURN 'the normal form is not that of the words'; END IF;
  IF engage.sentiment(body || ' ') <> score THEN RETURN 'a blank at the end changes the score'; END IF;
  RETURN NULL;
EXCEPTION WHEN others THEN
  RETURN SQLSTATE || ' ' || SQLERRM;
END $$;

CREATE TABLE fuzz.texts (body bytea);
