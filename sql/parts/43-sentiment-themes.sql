-- Sentiment room: what texts are about

CREATE TYPE engage.theme_summary;
CREATE FUNCTION engage.theme_summary_in(cstring) RETURNS engage.theme_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_theme_summary_in';
CREATE FUNCTION engage.theme_summary_out(engage.theme_summary) RETURNS cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_theme_summary_out';
CREATE FUNCTION engage.theme_summary_recv(internal) RETURNS engage.theme_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_theme_summary_recv';
CREATE FUNCTION engage.theme_summary_send(engage.theme_summary) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_theme_summary_send';
CREATE TYPE engage.theme_summary (
  INPUT = engage.theme_summary_in, OUTPUT = engage.theme_summary_out,
  RECEIVE = engage.theme_summary_recv, SEND = engage.theme_summary_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE engage.theme_summary IS
  'All words and pairs of words of some texts, each with the number of texts and the sum of their scores. Text form: 1:version=0,texts=2,sum=-1.0,squares=0.5;"driver"=2,-1.0;"late"=1,-0.5;"late" "driver"=1,-0.5';
COMMENT ON FUNCTION engage.theme_summary_in(cstring) IS
  'theme_summary: text input';
COMMENT ON FUNCTION engage.theme_summary_out(engage.theme_summary) IS
  'theme_summary: text output';
COMMENT ON FUNCTION engage.theme_summary_recv(internal) IS
  'theme_summary: binary input';
COMMENT ON FUNCTION engage.theme_summary_send(engage.theme_summary) IS
  'theme_summary: binary output';
CREATE FUNCTION engage.theme_summary_rollup(internal, engage.theme_summary) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_theme_summary_rollup';
COMMENT ON FUNCTION engage.theme_summary_rollup(internal, engage.theme_summary) IS
  'transition of rollup(theme_summary)';
CREATE FUNCTION engage.theme_summary_final(internal) RETURNS engage.theme_summary
  LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_theme_summary_final';
COMMENT ON FUNCTION engage.theme_summary_final(internal) IS
  'the state as a theme_summary';
CREATE AGGREGATE engage.rollup(engage.theme_summary) (
  SFUNC = engage.theme_summary_rollup, STYPE = internal, SSPACE = 4096,
  FINALFUNC = engage.theme_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rollup(engage.theme_summary) IS
  'Merges theme_summary values: the result is what one aggregation over all their texts would have given, whatever the split and the order. NULL values are skipped. Error 54000 if the terms need more than 1 GB.';

CREATE FUNCTION engage.theme_accum(internal, text) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_theme_scored_accum';
COMMENT ON FUNCTION engage.theme_accum(internal, text) IS
  'transition of theme_agg(text)';
CREATE FUNCTION engage.theme_accum(internal, text, "any") RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_theme_accum';
COMMENT ON FUNCTION engage.theme_accum(internal, text, "any") IS
  'transition of theme_agg(text, score)';
CREATE AGGREGATE engage.theme_agg(text) (
  SFUNC = engage.theme_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.theme_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.theme_agg(text) IS
  'The words and pairs of words of texts with the scores that sentiment(text) gives them, as a summary to read with themes(), store, and merge with rollup(). NULL texts are skipped; NULL if there are none. Error 54000 if the terms need more than 1 GB, which about 13 million distinct ones do.';
CREATE AGGREGATE engage.theme_agg(text, score "any") (
  SFUNC = engage.theme_accum, STYPE = internal, SSPACE = 1000000,
  FINALFUNC = engage.theme_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.theme_agg(text, "any") IS
  'The same with a score that goes with each text: a stored sentiment, stars, an NPS answer; any number from -100 to 100, the higher the better, otherwise error NG001. Kept to eight decimals. A NULL text or score skips the row.';

CREATE FUNCTION engage.texts(summary engage.theme_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_theme_texts';
COMMENT ON FUNCTION engage.texts(engage.theme_summary) IS
  'Number of texts, also of those without a word that counts.';
CREATE FUNCTION engage.mean_score(summary engage.theme_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_theme_mean_score';
COMMENT ON FUNCTION engage.mean_score(engage.theme_summary) IS
  'Mean of the scores of all texts, on the scale that they were given in; of sentiment, -1 to 1.';
CREATE FUNCTION engage.sentiment_version(summary engage.theme_summary) RETURNS integer
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_theme_sentiment_version';
COMMENT ON FUNCTION engage.sentiment_version(engage.theme_summary) IS
  'Version of the shipped words and weights behind the scores. NULL if scores were given with the texts, or of different versions were merged.';

CREATE FUNCTION engage.themes(summary engage.theme_summary, top integer DEFAULT 20, min_texts bigint DEFAULT 5,
                              max_p_value double precision DEFAULT 0.05, effect text DEFAULT 'both', opinion_words boolean DEFAULT true)
  RETURNS TABLE (term text, words integer, texts bigint, texts_pct double precision, mean_score double precision, mean_of_all double precision,
                 difference double precision, impact double precision, p_value double precision)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 20 AS 'MODULE_PATHNAME', 'engage_themes';
COMMENT ON FUNCTION engage.themes(engage.theme_summary, integer, bigint, double precision, text, boolean) IS
  'The terms (words and pairs of words, in normal form) that go with better or worse scores, those with the largest impact first, at most "top". texts: in how many it occurs, at least min_texts; difference: mean score of these less that of all; impact: difference times texts, negative if the term hurts. p_value (0 to 1): the chance that a term of no bearing differs so much, Student''s t, adjusted for the number of terms by Benjamini and Hochberg; at most max_p_value. effect: hurts, helps or both. opinion_words => false leaves out terms with a word that is good or bad by itself. Error 22023 for other values.';

CREATE FUNCTION engage.theme_of(text, themes jsonb) RETURNS text
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_theme_of';
COMMENT ON FUNCTION engage.theme_of(text, jsonb) IS
  'What a text is about: the theme of which most different words and phrases occur in it (a phrase counts as its words; then the number of occurrences decides, then the first one, then the name). NULL if none does. Themes are a JSON object of lists of words and phrases of up to six words, such as {"delivery": ["late", "driver"]}; they are found in any spelling that words() makes equal, and with the endings and prefixes of English, Arabic, Persian and Hebrew on them. Error 22023 for another shape, 54000 for more than 100000 themes or keywords.';
CREATE FUNCTION engage.theme_matches(text, themes jsonb)
  RETURNS TABLE (theme text, keywords integer, matches bigint, found text)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 2 AS 'MODULE_PATHNAME', 'engage_theme_matches';
COMMENT ON FUNCTION engage.theme_matches(text, jsonb) IS
  'All themes of which a word or phrase occurs in the text, the best first, as in theme_of: number of different keywords found, number of all occurrences, and the keywords with commas between them. No rows if none occurs.';
