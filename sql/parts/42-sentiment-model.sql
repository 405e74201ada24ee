-- Sentiment room: models learned from labelled texts of the user's own.

CREATE TYPE engage.sentiment_model;
CREATE FUNCTION engage.sentiment_model_in(cstring) RETURNS engage.sentiment_model
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_model_in';
CREATE FUNCTION engage.sentiment_model_out(engage.sentiment_model) RETURNS cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_model_out';
CREATE FUNCTION engage.sentiment_model_recv(internal) RETURNS engage.sentiment_model
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_model_recv';
CREATE FUNCTION engage.sentiment_model_send(engage.sentiment_model) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_sentiment_model_send';
CREATE TYPE engage.sentiment_model (
  INPUT = engage.sentiment_model_in, OUTPUT = engage.sentiment_model_out,
  RECEIVE = engage.sentiment_model_recv, SEND = engage.sentiment_model_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE engage.sentiment_model IS
  'What sentiment_train() learned: weights of at most 20000 words and word pairs (100 KB; hashes, no text can be read from it), on top of the shipped weights of one version, and words of the user''s own that model_of_words() put in (about 12 bytes a word). Text form: 1:sentiment_version=1,negative=50,neutral=3,positive=47,shipped=1.100000,bias=0.010000,unit=0.005000,words=1:0011aabb:-127';
COMMENT ON FUNCTION engage.sentiment_model_in(cstring) IS
  'sentiment_model: text input';
COMMENT ON FUNCTION engage.sentiment_model_out(engage.sentiment_model) IS
  'sentiment_model: text output';
COMMENT ON FUNCTION engage.sentiment_model_recv(internal) IS
  'sentiment_model: binary input';
COMMENT ON FUNCTION engage.sentiment_model_send(engage.sentiment_model) IS
  'sentiment_model: binary output';

-- ------------------------------------------------------------------ training
CREATE FUNCTION engage.sentiment_train_accum(internal, text, "any") RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_sentiment_train_accum';
COMMENT ON FUNCTION engage.sentiment_train_accum(internal, text, "any") IS
  'transition of sentiment_train(text, label)';
CREATE FUNCTION engage.sentiment_train_accum(internal, text, "any", engage.sentiment_model) RETURNS internal
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_sentiment_train_accum';
COMMENT ON FUNCTION engage.sentiment_train_accum(internal, text, "any", engage.sentiment_model) IS
  'transition of sentiment_train(text, label, base)';
CREATE FUNCTION engage.sentiment_train_final(internal) RETURNS engage.sentiment_model
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_sentiment_train_final';
COMMENT ON FUNCTION engage.sentiment_train_final(internal) IS
  'final function of sentiment_train()';

CREATE AGGREGATE engage.sentiment_train(text, label "any") (
  SFUNC = engage.sentiment_train_accum, STYPE = internal, SSPACE = 4096, FINALFUNC = engage.sentiment_train_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.sentiment_train(text, "any") IS
  'A model from labelled texts, on top of the shipped weights: a hundred labels help, a thousand help much. The label''s type says what it is: integers are stars from 1 to 5; numeric and floating-point numbers are scores from -1 to 1; text and enums are negative, neutral, positive (neg, neu, pos) or stars. Neutral texts are counted, but not learned from; if all texts lean to one side nothing is learned. Rows with NULL are skipped; error NG001 for any other label, 54000 beyond 1 GB of words. The result depends on the set of rows only, not on their order or the plan.';
CREATE AGGREGATE engage.sentiment_train(text, label "any", base engage.sentiment_model) (
  SFUNC = engage.sentiment_train_accum, STYPE = internal, SSPACE = 4096, FINALFUNC = engage.sentiment_train_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.sentiment_train(text, "any", engage.sentiment_model) IS
  'The same on top of a model (NULL: of the shipped weights), for what a language or a branch of business has in common. The result stands for itself and counts the base''s texts, too. Error NG004 if the base is not the same in all rows.';

-- ------------------------------------------------------------------- scoring
CREATE FUNCTION engage.sentiment(text, model engage.sentiment_model) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 150 AS 'MODULE_PATHNAME', 'engage_sentiment_by_model';
COMMENT ON FUNCTION engage.sentiment(text, engage.sentiment_model) IS
  'The score of a text by a model, -1 (bad) to 1 (good). NULL for NULL.';

CREATE FUNCTION engage.sentiment_label(text, model engage.sentiment_model, band double precision DEFAULT 0.05) RETURNS text
  LANGUAGE C IMMUTABLE PARALLEL SAFE COST 150 AS 'MODULE_PATHNAME', 'engage_sentiment_label_by_model';
COMMENT ON FUNCTION engage.sentiment_label(text, engage.sentiment_model, double precision) IS
  'negative, neutral or positive by a model; scores from -band to band are neutral. NULL for a NULL text or model; error 22023 for a band below 0 or from 1 on.';

CREATE FUNCTION engage.sentiment_detail(text, model engage.sentiment_model, OUT score double precision, OUT label text, OUT positive double precision,
                                        OUT neutral double precision, OUT negative double precision, OUT confidence double precision,
                                        OUT coverage double precision, OUT language text)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_sentiment_detail_by_model';
COMMENT ON FUNCTION engage.sentiment_detail(text, engage.sentiment_model) IS
  'Score, label (at the default band), shares of the classes (0 to 1), confidence (the share of the label''s class), coverage and language by a model of your own';
CREATE FUNCTION engage.sentiment_explain(text, model engage.sentiment_model)
  RETURNS TABLE (n bigint, start bigint, length bigint, token text, normal_form text, lang text, weight double precision, negated boolean, rule text)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 20 AS 'MODULE_PATHNAME', 'engage_sentiment_explain_by_model';
COMMENT ON FUNCTION engage.sentiment_explain(text, engage.sentiment_model) IS
  'One row a token as sentiment_explain(text) gives them, by a model: what the model knows of a word pair is with the second word; the rule is learned where only the model knows the word. A last row without token has the bias. The weights sum up to the score.';

CREATE FUNCTION engage.model_info(engage.sentiment_model, OUT format_version integer, OUT sentiment_version integer, OUT negative bigint,
                                  OUT neutral bigint, OUT positive bigint, OUT words integer, OUT own_words integer, OUT shipped double precision,
                                  OUT bias double precision, OUT largest_weight double precision, OUT bytes integer)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'engage_model_info';
COMMENT ON FUNCTION engage.model_info(engage.sentiment_model) IS
  'What a model is made of: its format, the version of the shipped weights that it was trained on (train again when sentiment_version() is another), numbers of texts by label, of words and word pairs learned, of own words that model_of_words() put in (a term in Arabic script without lang counts twice), the factor of the shipped weights, the bias, the largest weight possible, and its size.';

-- ---------------------------------------------------------------- evaluating
CREATE TYPE engage.evaluation_summary;
CREATE FUNCTION engage.evaluation_summary_in(cstring) RETURNS engage.evaluation_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_evaluation_summary_in';
CREATE FUNCTION engage.evaluation_summary_out(engage.evaluation_summary) RETURNS cstring
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_evaluation_summary_out';
CREATE FUNCTION engage.evaluation_summary_recv(internal) RETURNS engage.evaluation_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_evaluation_summary_recv';
CREATE FUNCTION engage.evaluation_summary_send(engage.evaluation_summary) RETURNS bytea
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_evaluation_summary_send';
CREATE TYPE engage.evaluation_summary (
  INPUT = engage.evaluation_summary_in, OUTPUT = engage.evaluation_summary_out,
  RECEIVE = engage.evaluation_summary_recv, SEND = engage.evaluation_summary_send,
  INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = plain
);
COMMENT ON TYPE engage.evaluation_summary IS
  'Labelled texts by their label and by what they were taken for. Text form: 1:negative_as_negative=40,negative_as_neutral=0,negative_as_positive=0,neutral_as_negative=0,neutral_as_neutral=0,neutral_as_positive=0,positive_as_negative=0,positive_as_neutral=0,positive_as_positive=50';
COMMENT ON FUNCTION engage.evaluation_summary_in(cstring) IS
  'evaluation_summary: text input';
COMMENT ON FUNCTION engage.evaluation_summary_out(engage.evaluation_summary) IS
  'evaluation_summary: text output';
COMMENT ON FUNCTION engage.evaluation_summary_recv(internal) IS
  'evaluation_summary: binary input';
COMMENT ON FUNCTION engage.evaluation_summary_send(engage.evaluation_summary) IS
  'evaluation_summary: binary output';
CREATE FUNCTION engage.evaluation_summary_combine(engage.evaluation_summary, engage.evaluation_summary) RETURNS engage.evaluation_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_evaluation_summary_combine';
COMMENT ON FUNCTION engage.evaluation_summary_combine(engage.evaluation_summary, engage.evaluation_summary) IS
  'evaluation_summary: merge two values';
CREATE FUNCTION engage.evaluation_summary_final(engage.evaluation_summary) RETURNS engage.evaluation_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_evaluation_summary_final';
COMMENT ON FUNCTION engage.evaluation_summary_final(engage.evaluation_summary) IS
  'evaluation_summary: the value, or NULL if it has seen no row';
CREATE AGGREGATE engage.rollup(engage.evaluation_summary) (
  SFUNC = engage.evaluation_summary_combine, STYPE = engage.evaluation_summary,
  COMBINEFUNC = engage.evaluation_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.rollup(engage.evaluation_summary) IS
  'Merges evaluation_summary values: the result is what one evaluation of all their texts would have given, whatever the split and the order. NULL values are skipped.';

CREATE FUNCTION engage.sentiment_evaluate_accum(engage.evaluation_summary, text, "any") RETURNS engage.evaluation_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_sentiment_evaluate_accum';
COMMENT ON FUNCTION engage.sentiment_evaluate_accum(engage.evaluation_summary, text, "any") IS
  'transition of sentiment_evaluate(text, label)';
CREATE AGGREGATE engage.sentiment_evaluate(text, label "any") (
  SFUNC = engage.sentiment_evaluate_accum, STYPE = engage.evaluation_summary, SSPACE = 96, FINALFUNC = engage.evaluation_summary_final,
  COMBINEFUNC = engage.evaluation_summary_combine, INITCOND = '1:negative_as_negative=0,negative_as_neutral=0,negative_as_positive=0,neutral_as_negative=0,neutral_as_neutral=0,neutral_as_positive=0,positive_as_negative=0,positive_as_neutral=0,positive_as_positive=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.sentiment_evaluate(text, "any") IS
  'How often the shipped weights are right about labelled texts, to compare a model with. Labels are those of sentiment_train(); scores from -0.05 to 0.05 are taken as neutral. Rows with NULL are skipped; NULL if there are no others.';
CREATE FUNCTION engage.sentiment_evaluate_accum(engage.evaluation_summary, text, "any", double precision) RETURNS engage.evaluation_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'engage_sentiment_evaluate_accum';
COMMENT ON FUNCTION engage.sentiment_evaluate_accum(engage.evaluation_summary, text, "any", double precision) IS
  'transition of sentiment_evaluate(text, label, band)';
CREATE AGGREGATE engage.sentiment_evaluate(text, label "any", band double precision) (
  SFUNC = engage.sentiment_evaluate_accum, STYPE = engage.evaluation_summary, SSPACE = 96, FINALFUNC = engage.evaluation_summary_final,
  COMBINEFUNC = engage.evaluation_summary_combine, INITCOND = '1:negative_as_negative=0,negative_as_neutral=0,negative_as_positive=0,neutral_as_negative=0,neutral_as_neutral=0,neutral_as_positive=0,positive_as_negative=0,positive_as_neutral=0,positive_as_positive=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.sentiment_evaluate(text, "any", double precision) IS
  'How often the shipped weights are right about labelled texts, with the neutral band given, 0 or more and below 1: 0 where no label is neutral.';
CREATE FUNCTION engage.sentiment_evaluate_model_accum(engage.evaluation_summary, engage.sentiment_model, text, "any") RETURNS engage.evaluation_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 150 AS 'MODULE_PATHNAME', 'engage_sentiment_evaluate_model_accum';
COMMENT ON FUNCTION engage.sentiment_evaluate_model_accum(engage.evaluation_summary, engage.sentiment_model, text, "any") IS
  'transition of sentiment_evaluate(model, text, label)';
CREATE AGGREGATE engage.sentiment_evaluate(model engage.sentiment_model, text, label "any") (
  SFUNC = engage.sentiment_evaluate_model_accum, STYPE = engage.evaluation_summary, SSPACE = 96, FINALFUNC = engage.evaluation_summary_final,
  COMBINEFUNC = engage.evaluation_summary_combine, INITCOND = '1:negative_as_negative=0,negative_as_neutral=0,negative_as_positive=0,neutral_as_negative=0,neutral_as_neutral=0,neutral_as_positive=0,positive_as_negative=0,positive_as_neutral=0,positive_as_positive=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.sentiment_evaluate(engage.sentiment_model, text, "any") IS
  'How often a model is right about labelled texts: a summary for accuracy(), balanced_accuracy(), macro_f1(), confusion(), class_scores() and rollup(). Give it texts that the model was not trained on. Labels are those of sentiment_train(); scores from -0.05 to 0.05 are taken as neutral. Rows with NULL are skipped; NULL if there are no others.';
CREATE FUNCTION engage.sentiment_evaluate_model_accum(engage.evaluation_summary, engage.sentiment_model, text, "any", double precision) RETURNS engage.evaluation_summary
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 150 AS 'MODULE_PATHNAME', 'engage_sentiment_evaluate_model_accum';
COMMENT ON FUNCTION engage.sentiment_evaluate_model_accum(engage.evaluation_summary, engage.sentiment_model, text, "any", double precision) IS
  'transition of sentiment_evaluate(model, text, label, band)';
CREATE AGGREGATE engage.sentiment_evaluate(model engage.sentiment_model, text, label "any", band double precision) (
  SFUNC = engage.sentiment_evaluate_model_accum, STYPE = engage.evaluation_summary, SSPACE = 96, FINALFUNC = engage.evaluation_summary_final,
  COMBINEFUNC = engage.evaluation_summary_combine, INITCOND = '1:negative_as_negative=0,negative_as_neutral=0,negative_as_positive=0,neutral_as_negative=0,neutral_as_neutral=0,neutral_as_positive=0,positive_as_negative=0,positive_as_neutral=0,positive_as_positive=0', PARALLEL = SAFE
);
COMMENT ON AGGREGATE engage.sentiment_evaluate(engage.sentiment_model, text, "any", double precision) IS
  'The same with the neutral band given, 0 or more and below 1: 0 where no label is neutral.';

CREATE FUNCTION engage.texts(engage.evaluation_summary) RETURNS bigint
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_evaluation_texts';
COMMENT ON FUNCTION engage.texts(engage.evaluation_summary) IS
  'Labelled texts that were evaluated.';
CREATE FUNCTION engage.accuracy(engage.evaluation_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_evaluation_accuracy';
COMMENT ON FUNCTION engage.accuracy(engage.evaluation_summary) IS
  'Share of texts that were taken for what their label says, 0 to 1.';
CREATE FUNCTION engage.balanced_accuracy(engage.evaluation_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_evaluation_balanced_accuracy';
COMMENT ON FUNCTION engage.balanced_accuracy(engage.evaluation_summary) IS
  'Mean over the classes that occur among the labels of the share of their texts that were recognised, 0 to 1; guessing gives 1 / number of classes.';
CREATE FUNCTION engage.macro_f1(engage.evaluation_summary) RETURNS double precision
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'engage_evaluation_macro_f1';
COMMENT ON FUNCTION engage.macro_f1(engage.evaluation_summary) IS
  'Mean over the classes that occur among the labels of the harmonic mean of precision and recall, 0 to 1.';
CREATE FUNCTION engage.confusion(engage.evaluation_summary)
  RETURNS TABLE (label text, predicted text, texts bigint, label_pct double precision)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 9 AS 'MODULE_PATHNAME', 'engage_evaluation_confusion';
COMMENT ON FUNCTION engage.confusion(engage.evaluation_summary) IS
  'The confusion matrix, a row for each pair of label and prediction: how many texts, and how many of a hundred with that label (NULL if there are none).';
CREATE FUNCTION engage.class_scores(engage.evaluation_summary)
  RETURNS TABLE (label text, texts bigint, "precision" double precision, recall double precision, f1 double precision)
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 3 AS 'MODULE_PATHNAME', 'engage_evaluation_classes';
COMMENT ON FUNCTION engage.class_scores(engage.evaluation_summary) IS
  'A row for each label: its texts, the share of texts taken for it that are (precision), the share of its texts that were recognised (recall), and their harmonic mean; 0 to 1, NULL where there is nothing to divide by.';
