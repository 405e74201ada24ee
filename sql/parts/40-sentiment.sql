-- Sentiment room: scores of texts by the shipped weights.

CREATE FUNCTION engage.sentiment_version() RETURNS integer
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_version';
COMMENT ON FUNCTION engage.sentiment_version() IS
  'Version of the shipped words and weights. Scores of the same text change only when it does, and then the release notes say so; models and summaries carry it.';

CREATE FUNCTION engage.sentiment(text) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_sentiment';
COMMENT ON FUNCTION engage.sentiment(text) IS
  'How a text in Arabic, Persian, Hebrew or English feels about what it speaks of: -1 (bad) to 1 (good); 0 where nothing is known of its words. NULL for NULL. Takes time in proportion to the length.';
CREATE FUNCTION engage.sentiment(text, lang text) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_sentiment_in';
COMMENT ON FUNCTION engage.sentiment(text, text) IS
  'The same where the language is known: en, ar, fa or he. Words in other scripts are still looked up by their own. Error 22023 for another language.';

CREATE FUNCTION engage.sentiment_label(text, lang text DEFAULT NULL, band double precision DEFAULT 0.05) RETURNS text
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_sentiment_label';
COMMENT ON FUNCTION engage.sentiment_label(text, text, double precision) IS
  'negative, neutral or positive; scores from -band to band are neutral. What is neutral differs between sources, so set the band where it matters. NULL for a NULL text; error 22023 for a band below 0 or from 1 on, or an unknown language.';

CREATE FUNCTION engage.sentiment_detail(text, OUT score double precision, OUT label text, OUT positive double precision,
                                        OUT neutral double precision, OUT negative double precision, OUT confidence double precision,
                                        OUT coverage double precision, OUT language text)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_sentiment_detail';
COMMENT ON FUNCTION engage.sentiment_detail(text) IS
  'Score and label, the shares of the three classes (0 to 1, together 1), as confidence that of the label''s class, the share of words that are known as coverage, and the language. The label follows the score alone, as in sentiment_label(): a weak opinion is a label of low confidence. NULL for NULL.';

CREATE FUNCTION engage.sentiment_detail(text, lang text, OUT score double precision, OUT label text, OUT positive double precision,
                                        OUT neutral double precision, OUT negative double precision, OUT confidence double precision,
                                        OUT coverage double precision, OUT language text)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_sentiment_detail';
COMMENT ON FUNCTION engage.sentiment_detail(text, text) IS
  'Score, label, shares, confidence and coverage where the language is known: en, ar, fa or he. Error 22023 for another language.';

CREATE FUNCTION engage.sentiment_explain(text)
  RETURNS TABLE (n bigint, start bigint, length bigint, token text, normal_form text, lang text, weight double precision, negated boolean, rule text)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 20 AS 'MODULE_PATHNAME', 'engage_sentiment_explain';
COMMENT ON FUNCTION engage.sentiment_explain(text) IS
  'One row a token: where it stands (characters from 1), its normal form, what it adds to the score (the weights sum up to it), whether it was negated, and the rule that made it so: word, phrase, in_phrase, emoji, negator, booster, dampener, contrast, negated, boosted, dampened, emphasis or none.';

CREATE FUNCTION engage.sentiment_explain(text, text)
  RETURNS TABLE (n bigint, start bigint, length bigint, token text, normal_form text, lang text, weight double precision, negated boolean, rule text)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 20 AS 'MODULE_PATHNAME', 'engage_sentiment_explain';
COMMENT ON FUNCTION engage.sentiment_explain(text, text) IS
  'The same where the language is known: en, ar, fa or he. Error 22023 for another language.';

CREATE FUNCTION engage.language_of(text) RETURNS text
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_language_of';
COMMENT ON FUNCTION engage.language_of(text) IS
  'The language of a text: en, ar, fa, he, or und for another one; by script, letters and function words. NULL if it has no words.';

CREATE FUNCTION engage.words(text) RETURNS TABLE (n bigint, word text, start bigint, length bigint, kind text)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 20 AS 'MODULE_PATHNAME', 'engage_words';
COMMENT ON FUNCTION engage.words(text) IS
  'The tokens of a text in normal form, with their places (characters from 1); kind is word, number, emoji, emoticon or mark. Links, @names and punctuation are left out.';

CREATE FUNCTION engage.normalize_text(text) RETURNS text
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_normalize_text';
COMMENT ON FUNCTION engage.normalize_text(text) IS
  'The text as the scorer sees it: its words in normal form, with blanks between them.';
