-- Sentiment room: scores with words of one's own.

CREATE FUNCTION engage.sentiment(text, words regclass, domain text DEFAULT NULL, lang text DEFAULT NULL) RETURNS double precision
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 200 AS 'MODULE_PATHNAME', 'engage_sentiment_own';
COMMENT ON FUNCTION engage.sentiment(text, regclass, text, text) IS
  'The score (-1 to 1) with words of your own, which come before the shipped ones. The table or view has the columns term (a word, a phrase of up to 6 words, or an emoji) and weight (-3 to 3, in steps of 0.025; 0: the word says nothing), and may have lang (en, ar, fa, he; NULL: any) and domain. Rows of a domain count only where that domain is asked for, and before others; rows with NULL as term or weight do not. Read with the caller''s rights, once a query: at most 100000 rows. NULL for a NULL text or table. Errors: NG002 for a weight out of range; 22023 for a term without words, with a number or too many words, twice the same, or of an unknown language; 54000 for too many rows.';

CREATE FUNCTION engage.sentiment_label(text, words regclass, domain text DEFAULT NULL, lang text DEFAULT NULL, band double precision DEFAULT 0.05) RETURNS text
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 200 AS 'MODULE_PATHNAME', 'engage_sentiment_label_own';
COMMENT ON FUNCTION engage.sentiment_label(text, regclass, text, text, double precision) IS
  'negative, neutral or positive with words of your own from the table, as sentiment(text, words) reads it; scores from -band to band are neutral. NULL for a NULL text or table; error 22023 for a band below 0 or from 1 on.';

CREATE FUNCTION engage.sentiment_detail(text, words regclass, domain text DEFAULT NULL,
                                        OUT score double precision, OUT label text, OUT positive double precision,
                                        OUT neutral double precision, OUT negative double precision, OUT confidence double precision,
                                        OUT coverage double precision, OUT language text)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 200 AS 'MODULE_PATHNAME', 'engage_sentiment_detail_own';
COMMENT ON FUNCTION engage.sentiment_detail(text, regclass, text) IS
  'Score, label, shares of the classes (0 to 1), confidence (the share of the label''s class), coverage and language with words of your own from the table, as sentiment(text, words) reads it: coverage counts them as known. NULL for a NULL text or table.';

CREATE FUNCTION engage.sentiment_explain(text, words regclass, domain text DEFAULT NULL)
  RETURNS TABLE (n bigint, start bigint, length bigint, token text, normal_form text, lang text, weight double precision, negated boolean, rule text)
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 ROWS 20 AS 'MODULE_PATHNAME', 'engage_sentiment_explain_own';
COMMENT ON FUNCTION engage.sentiment_explain(text, regclass, text) IS
  'The tokens of a text and what each adds to the score with words of your own from the table, as sentiment(text, words) reads it. No rows for a NULL text or table.';

CREATE FUNCTION engage.model_of_words(words regclass, domain text DEFAULT NULL, base engage.sentiment_model DEFAULT NULL) RETURNS engage.sentiment_model
  LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000 AS 'MODULE_PATHNAME', 'engage_model_of_words';
COMMENT ON FUNCTION engage.model_of_words(regclass, text, engage.sentiment_model) IS
  'A model with the words of the table in it, as sentiment(text, words, domain) reads them now: on top of the base, whose own words they replace, or of the shipped weights. Scores by it depend on the model alone: they can be in indexes and generated columns, and a dump carries it; make it again when the table changes. As the base of sentiment_train() it keeps its words. NULL for a NULL table; errors as those of sentiment(text, words).';
