/*-------------------------------------------------------------------------
 *
 * own_words.c
 *	  Words and phrases of the caller's own, read from a table that is named in
 *	  the call.
 *
 * The table is read with the caller's rights and snapshot when a call site needs
 * it first, and again when the snapshot shows another state of the database or the
 * client has sent another statement: an expression of PL/pgSQL keeps its call site
 * through a whole transaction, in which settings that a view or policy depends on
 * may change.
 *
 * Rows with a domain count in calls for that domain only, and there before rows
 * without one.  As calls may name another domain for each row that they score, a
 * lexicon is made of the rows in memory for each domain, and the ones that were
 * used last are kept.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "common/errors.h"
#include "common/interrupts.h"
#include "common/result_rows.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "sentiment/lexicon_make_core.h"
#include "sentiment/sentiment.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#define MAX_OWN_TEXT 500		/* bytes of a term or domain */
#define MAX_DOMAINS_KEPT 16
#define ROWS_AT_ONCE 1000

typedef struct OwnTerm
{
	Term		term;
	double		weight;
	Language	language;		/* LANGUAGE_ANY: of every one that its script can be */
	const char *domain;			/* or NULL; rows come sorted by it */
	const char *text;			/* as the table has it, in the database's encoding */
} OwnTerm;

typedef struct DomainWords
{
	MemoryContext context;
	char	   *domain;			/* or NULL */
	Lexicon		lexicon;
	uint64		last_use;
} DomainWords;

/* What the rows that a query sees depend on */
typedef struct ReadState
{
	Oid			relation;
	Oid			user;
	bool		row_security;
	TimestampTz statement;		/* when the client's began */
	uint64		undone;			/* subtransactions of this backend by then */
	TransactionId xmin;
	TransactionId xmax;
	CommandId	command;
	uint32		nrunning;
	TransactionId *running;
} ReadState;

/* What a call site keeps */
typedef struct OwnWords
{
	MemoryContext context;		/* of all that follows; NULL: nothing was read yet */
	ReadState	state;
	bool		has_domains;	/* the table has such a column */
	OwnTerm    *terms;
	int			nterms;
	int			ngeneral;		/* the first ones have no domain */
	DomainWords domains[MAX_DOMAINS_KEPT];
	int			ndomains;
	uint64		uses;
} OwnWords;

/* ----------------------------------------------------------------
 *		is what was read still what the query sees?
 * ---------------------------------------------------------------- */

/* Undoing a subtransaction takes rows away that a snapshot need not tell of. */
static uint64 undone_subtransactions = 0;

static void
count_undone(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	undone_subtransactions += event == SUBXACT_EVENT_ABORT_SUB;
}

/* During recovery, what is running is kept elsewhere. */
static const TransactionId *
running_transactions(Snapshot snapshot, uint32 *n)
{
	*n = snapshot->takenDuringRecovery ? (uint32) Max(snapshot->subxcnt, 0) : snapshot->xcnt;
	return snapshot->takenDuringRecovery ? snapshot->subxip : snapshot->xip;
}

static bool
is_current(const OwnWords *own, Oid relation, Snapshot snapshot)
{
	const ReadState *state = &own->state;
	uint32		nrunning;
	const TransactionId *running = running_transactions(snapshot, &nrunning);

	return own->context != NULL && state->relation == relation && state->user == GetUserId() &&
		state->row_security == row_security &&
		state->statement == GetCurrentStatementStartTimestamp() &&
		state->undone == undone_subtransactions &&
		state->xmin == snapshot->xmin && state->xmax == snapshot->xmax &&
		state->command == snapshot->curcid && state->nrunning == nrunning &&
		(nrunning == 0 || memcmp(state->running, running, nrunning * sizeof(TransactionId)) == 0);
}

static void
note_state(OwnWords *own, Oid relation, Snapshot snapshot)
{
	static bool is_counting = false;
	uint32		nrunning;
	const TransactionId *running = running_transactions(snapshot, &nrunning);

	if (!is_counting)
	{
		RegisterSubXactCallback(count_undone, NULL);
		is_counting = true;
	}
	own->state = (ReadState) {
		.relation = relation,.user = GetUserId(),.row_security = row_security,
		.statement = GetCurrentStatementStartTimestamp(),.undone = undone_subtransactions,
		.xmin = snapshot->xmin,.xmax = snapshot->xmax,.command = snapshot->curcid,
		.nrunning = nrunning
	};
	own->state.running = MemoryContextAlloc(own->context, Max(nrunning, 1) * sizeof(TransactionId));
	if (nrunning > 0)
		memcpy(own->state.running, running, nrunning * sizeof(TransactionId));
}

/* ----------------------------------------------------------------
 *		rows
 * ---------------------------------------------------------------- */

#define FORM_OF_TABLE "The table or view has the columns term (text) and weight (a number), and may have lang (text) and domain (text)."

static char *
relation_name(Oid relation)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), get_rel_name(relation));
}

pg_noreturn static void
bad_term(const char *text, const char *what, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("term \"%s\" %s", text, what),
			 errhint("%s", hint)));
}

/* It is locked before its name is looked up, or it may be gone by then. */
static void
check_relation(Oid relation)
{
	char		kind;

	LockRelationOid(relation, AccessShareLock);
	kind = get_rel_relkind(relation);
	if (kind == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relation)));
	if (kind != RELKIND_RELATION && kind != RELKIND_VIEW && kind != RELKIND_MATVIEW &&
		kind != RELKIND_PARTITIONED_TABLE && kind != RELKIND_FOREIGN_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table or view", get_rel_name(relation)),
				 errhint(FORM_OF_TABLE)));
}

/* The base type of a column; InvalidOid: there is none. */
static Oid
column_type(Oid relation, const char *name, bool is_required)
{
	AttrNumber	number = get_attnum(relation, name);

	if (number > 0)
		return getBaseType(get_atttype(relation, number));
	if (is_required)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("table of own words \"%s\" has no column \"%s\"", get_rel_name(relation), name),
				 errhint(FORM_OF_TABLE)));
	return InvalidOid;
}

static bool
text_column(Oid relation, const char *name, bool is_required)
{
	Oid			type = column_type(relation, name, is_required);
	char		category;
	bool		is_preferred;

	if (!OidIsValid(type))
		return false;
	get_type_category_preferred(type, &category, &is_preferred);
	if (category != TYPCATEGORY_STRING)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of \"%s\" must be text, not %s", name, get_rel_name(relation),
						format_type_be(type)),
				 errhint(FORM_OF_TABLE)));
	return true;
}

static Oid
weight_type(Oid relation)
{
	Oid			type = column_type(relation, "weight", true);

	if (type != INT2OID && type != INT4OID && type != INT8OID && type != NUMERICOID &&
		type != FLOAT4OID && type != FLOAT8OID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"weight\" of \"%s\" must be a number, not %s", get_rel_name(relation),
						format_type_be(type)),
				 errhint(FORM_OF_TABLE)));
	return type;
}

static double
read_weight(Oid type, Datum value, const char *text)
{
	double		weight;

	switch (type)
	{
		case INT2OID:
			weight = DatumGetInt16(value);
			break;
		case INT4OID:
			weight = DatumGetInt32(value);
			break;
		case INT8OID:
			weight = (double) DatumGetInt64(value);
			break;
		case FLOAT4OID:
			weight = DatumGetFloat4(value);
			break;
		case FLOAT8OID:
			weight = DatumGetFloat8(value);
			break;
		default:
			weight = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, value));
			break;
	}
	if (!(weight >= -3 && weight <= 3))
	{
		Oid			output;
		bool		is_varlena;

		getTypeOutputInfo(type, &output, &is_varlena);
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_INVALID_WEIGHT),
				 errmsg("weight %s of term \"%s\" is out of range", OidOutputFunctionCall(output, value), text),
				 errdetail("Weights of words are from -3 (very bad) to 3 (very good)."),
				 errhint("Scale them to that range; 0 makes a word say nothing.")));
	}
	return weight;
}

static void
check_term(const Term *term, const char *text, bool has_symbol)
{
	if (term->nwords == 0)
		bad_term(text, "has no words", "Links, @names, numbers and marks are not looked up. Delete the row or correct it.");
	if (TERM_HAS(term, TOKEN_NUMBER))
		bad_term(text, "has a number", "All numbers are the same to the scorer: write them in letters, or leave them out.");
	if (has_symbol || TERM_HAS(term, TOKEN_EMOTICON) || TERM_HAS(term, TOKEN_EXCLAMATION) || TERM_HAS(term, TOKEN_QUESTION))
		bad_term(text, "has a mark that is no part of words", "A term consists of words, or is one emoji.");
	if (TERM_HAS(term, TOKEN_EMOJI) && term->nwords > 1)
		bad_term(text, "has an emoji among other words", "A term consists of words, or is one emoji.");
	if (term->has_inner_mark)
		bad_term(text, "has punctuation between its words", "Phrases do not go on beyond punctuation: write only words with blanks between them.");
	if (term->nwords > MAX_PHRASE_WORDS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("term \"%s\" has %d words", text, term->nwords),
				 errdetail("A phrase has at most %d words.", MAX_PHRASE_WORDS),
				 errhint("Shorten it to the words that carry its meaning.")));
	if (term->has_cut_word)
		bad_term(text, "has a word that is too long", "Words have at most 64 characters.");
}

/* Where a language was given, the term must be in its script: others are not looked up in it. */
static void
check_language(const OwnTerm *own)
{
	if (own->term.script == CHAR_EMOJI || own->language == LANGUAGE_ANY ||
		own->language == language_of_script(own->term.script,
											own->language == LANGUAGE_FA ? LANGUAGE_FA : LANGUAGE_AR))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("term \"%s\" is not in the script of language \"%s\"", own->text,
					engage_language_codes[own->language]),
			 errdetail("Words are looked up by their own script, whatever the language of the text is."),
			 errhint("Leave lang NULL, which stands for every language of the term's script.")));
}

static Language
read_language(const char *code, const char *text)
{
	Language	language = engage_language_of_code(code, strlen(code));

	if (language != LANGUAGE_ANY)
		return language;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown language \"%s\" of term \"%s\"", code, text),
			 errdetail("Languages are en, ar, fa and he."),
			 errhint("Leave lang NULL for words of every language, or of another one.")));
}

static void
check_length(const char *column, const char *value)
{
	if (strlen(value) > MAX_OWN_TEXT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s \"%.*s...\" is too long", column, pg_mbcliplen(value, strlen(value), 50), value),
				 errdetail("It has %zu bytes; at most %d are allowed.", strlen(value), MAX_OWN_TEXT)));
}

static void
scan_term(const char *text, Term *term)
{
	Utf8Text	utf8 = engage_utf8_text(cstring_to_text(text));
	Scanner		scanner;

	engage_scan_begin(&scanner, engage_characters(), engage_lexicon.emoticons,
					  utf8.data, utf8.length);
	engage_read_term(&scanner, term);
}

enum
{
	COLUMN_TERM = 1, COLUMN_WEIGHT, COLUMN_LANG, COLUMN_DOMAIN
};

static void
take_row(OwnWords *own, HeapTuple row, TupleDesc tupdesc, Oid type)
{
	bool		isnull;
	Datum		weight = SPI_getbinval(row, tupdesc, COLUMN_WEIGHT, &isnull);
	char	   *text = SPI_getvalue(row, tupdesc, COLUMN_TERM);
	char	   *lang = SPI_getvalue(row, tupdesc, COLUMN_LANG);
	char	   *domain = SPI_getvalue(row, tupdesc, COLUMN_DOMAIN);
	OwnTerm    *term = &own->terms[own->nterms];

	/* (as elsewhere, a row without key or measure does not count) */
	if (isnull || text == NULL)
		return;
	check_length("term", text);
	scan_term(text, &term->term);
	check_term(&term->term, text, strpbrk(text, "+%*$@=<>") != NULL);
	term->weight = read_weight(type, weight, text);
	term->text = MemoryContextStrdup(own->context, text);
	term->language = lang == NULL ? LANGUAGE_ANY : read_language(lang, text);
	check_language(term);
	term->domain = NULL;
	if (domain == NULL)
		own->ngeneral++;
	else
	{
		const char *last = own->nterms == 0 ? NULL : term[-1].domain;

		check_length("domain", domain);
		term->domain = last != NULL && strcmp(last, domain) == 0 ? last
			: MemoryContextStrdup(own->context, domain);
	}
	own->nterms++;
}

/*
 * Rows come sorted, so that of several faults the same one is told whatever the
 * plan.  All names are qualified: the search path has no say.
 */
static char *
query_for_rows(Oid relation, bool has_lang, bool has_domain)
{
	return psprintf("SELECT w.term::pg_catalog.text COLLATE pg_catalog.\"C\", w.weight, %s, %s FROM %s w ORDER BY 4 NULLS FIRST, 1, 3 NULLS FIRST",
					has_lang ? "w.lang::pg_catalog.text COLLATE pg_catalog.\"C\"" : "NULL::pg_catalog.text",
					has_domain ? "w.domain::pg_catalog.text COLLATE pg_catalog.\"C\"" : "NULL::pg_catalog.text",
					relation_name(relation));
}

static void
read_rows(OwnWords *own, Oid relation)
{
	bool		has_lang;
	Oid			type;
	SPIPlanPtr	plan;
	Portal		portal;
	int			room = 0;

	check_relation(relation);
	(void) text_column(relation, "term", true);
	type = weight_type(relation);
	has_lang = text_column(relation, "lang", false);
	own->has_domains = text_column(relation, "domain", false);

	SPI_connect();
	plan = SPI_prepare(query_for_rows(relation, has_lang, own->has_domains), 0, NULL);
	if (plan == NULL)
		elog(ERROR, "cannot read own words: %s", SPI_result_code_string(SPI_result));
	portal = SPI_cursor_open(NULL, plan, NULL, NULL, true);
	for (;;)
	{
		SPI_cursor_fetch(portal, true, ROWS_AT_ONCE);
		if (SPI_processed == 0)
			break;
		if (own->nterms + (int) SPI_processed > MAX_OWN_TERMS)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("table of own words \"%s\" has more than %d rows", get_rel_name(relation), MAX_OWN_TERMS),
					 errhint("Keep the words that matter, or give a view of those for one purpose.")));
		if (own->nterms + (int) SPI_processed > room)
		{
			room = Max(2 * room, ROWS_AT_ONCE);
			own->terms = own->terms == NULL
				? MemoryContextAllocExtended(own->context, room * sizeof(OwnTerm), MCXT_ALLOC_HUGE)
				: repalloc_huge(own->terms, room * sizeof(OwnTerm));
		}
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			CHECK_FOR_INTERRUPTS();
			take_row(own, SPI_tuptable->vals[i], SPI_tuptable->tupdesc, type);
		}
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_cursor_close(portal);
	SPI_finish();
}

/* ----------------------------------------------------------------
 *		lexicons
 * ---------------------------------------------------------------- */

/* A lexicon that is being made, and of which term each entry is */
typedef struct Making
{
	LexiconMaker maker;
	const OwnTerm **terms;
} Making;

/* The more exactly a row is given, the more it counts. */
static int
rank_of(const OwnTerm *term)
{
	return (term->domain != NULL ? 2 : 0) + (term->language != LANGUAGE_ANY);
}

static void
put_term(Making *making, const OwnTerm *own, Language language)
{
	LexiconEntry *entry = engage_term_entry(&making->maker, &own->term, language);
	const OwnTerm **before = &making->terms[entry - making->maker.slots];
	const LexiconEntry *shipped;

	if (*before != NULL)
	{
		if (rank_of(*before) == rank_of(own))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("terms \"%s\" and \"%s\" are the same to the scorer", (*before)->text, own->text),
					 errdetail("Both have the normal form that engage.normalize_text() shows, in the same language and domain."),
					 errhint("Keep one of the rows.")));
		if (rank_of(*before) > rank_of(own))
			return;
	}
	*before = own;
	entry->flags |= ENTRY_AUTHORED | ENTRY_IS_TERM;
	entry->polarity = rounded(own->weight * POLARITY_SCALE);
	entry->value = rounded(fabs(own->weight) / 3 * SUBJECTIVITY_SCALE);
	/* languages are still told by it */
	shipped = lexicon_find(&engage_lexicon, own->term.hashes[own->term.nwords - 1], language);
	if (shipped != NULL)
		entry->flags |= shipped->flags & ENTRY_FUNCTION;
}

static void
put_own_term(Making *making, const OwnTerm *own)
{
	CharClass	script = own->term.script;

	if (script != CHAR_ARABIC)
		put_term(making, own, script == CHAR_EMOJI ? LANGUAGE_ANY : language_of_script(script, LANGUAGE_ANY));
	else
	{
		if (own->language != LANGUAGE_FA)
			put_term(making, own, LANGUAGE_AR);
		if (own->language != LANGUAGE_AR)
			put_term(making, own, LANGUAGE_FA);
	}
}

/* The rows of a domain: from *first on, so many */
static int
rows_of_domain(const OwnWords *own, const char *domain, int *first)
{
	int			low = own->ngeneral;
	int			high = own->nterms;
	int			n = 0;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (strcmp(own->terms[middle].domain, domain) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*first = low;
	while (low + n < own->nterms && strcmp(own->terms[low + n].domain, domain) == 0)
		n++;
	return n;
}

static void
make_lexicon(const OwnWords *own, DomainWords *words)
{
	Making		making;
	int			first = 0;
	int			n = words->domain == NULL ? 0 : rows_of_domain(own, words->domain, &first);
	uint32		most_entries = 0;
	MemoryContext old = MemoryContextSwitchTo(words->context);

	for (int i = 0; i < own->ngeneral + n; i++)
	{
		const OwnTerm *term = &own->terms[i < own->ngeneral ? i : first + i - own->ngeneral];

		most_entries += term->term.nwords * (term->term.script == CHAR_ARABIC ? 2 : 1);
	}
	making.maker = (LexiconMaker) {.nslots = SLOTS_FOR_ENTRIES(most_entries)};
	making.maker.slots = MemoryContextAllocExtended(words->context, making.maker.nslots * sizeof(LexiconEntry),
													MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	making.terms = MemoryContextAllocExtended(words->context, making.maker.nslots * sizeof(OwnTerm *),
											  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < own->ngeneral + n; i++)
	{
		check_interrupts_at(i);
		put_own_term(&making, &own->terms[i < own->ngeneral ? i : first + i - own->ngeneral]);
	}
	pfree(making.terms);
	words->lexicon = (Lexicon) {.slots = making.maker.slots,.nslots = making.maker.nslots};
	MemoryContextSwitchTo(old);
}

static bool
is_domain(const char *known, const text *domain)
{
	if (known == NULL || domain == NULL)
		return known == NULL && domain == NULL;
	return strlen(known) == VARSIZE_ANY_EXHDR(domain) &&
		memcmp(known, VARDATA_ANY(domain), VARSIZE_ANY_EXHDR(domain)) == 0;
}

static const Lexicon *
lexicon_of_domain(OwnWords *own, const text *domain)
{
	DomainWords *words = &own->domains[0];
	DomainWords fresh = {NULL};

	for (int i = 0; i < own->ndomains; i++)
	{
		if (is_domain(own->domains[i].domain, domain))
		{
			own->domains[i].last_use = ++own->uses;
			return &own->domains[i].lexicon;
		}
		if (own->domains[i].last_use < words->last_use)
			words = &own->domains[i];
	}
	/* (after an error the call site is not used again, or not in this state) */
	fresh.context = AllocSetContextCreate(own->context, "engage own words of a domain", ALLOCSET_SMALL_SIZES);
	if (domain != NULL)
		fresh.domain = MemoryContextStrdup(fresh.context, text_to_cstring(domain));
	make_lexicon(own, &fresh);
	fresh.last_use = ++own->uses;
	if (own->ndomains < MAX_DOMAINS_KEPT)
		words = &own->domains[own->ndomains++];
	else
		MemoryContextDelete(words->context);
	*words = fresh;
	return &words->lexicon;
}

static void
read_words(OwnWords *own, MemoryContext context, Oid relation, Snapshot snapshot)
{
	OwnWords	fresh = {NULL};

	check_stack_depth();		/* a view may call for itself */
	fresh.context = AllocSetContextCreate(CurrentMemoryContext, "engage own words", ALLOCSET_DEFAULT_SIZES);
	note_state(&fresh, relation, snapshot);
	read_rows(&fresh, relation);
	if (own->context != NULL)
		MemoryContextDelete(own->context);
	MemoryContextSetParent(fresh.context, context);
	*own = fresh;
}

const Lexicon *
engage_own_words(void **cache, MemoryContext context, Oid relation, const text *domain)
{
	OwnWords   *own = *cache;
	bool		has_snapshot = ActiveSnapshotSet();
	const Lexicon *lexicon;

	if (own == NULL)
		own = *cache = MemoryContextAllocZero(context, sizeof(OwnWords));
	if (!has_snapshot)
		PushActiveSnapshot(GetTransactionSnapshot());
	if (!is_current(own, relation, GetActiveSnapshot()))
		read_words(own, context, relation, GetActiveSnapshot());
	if (domain != NULL && !own->has_domains)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("a domain was given, but \"%s\" has no column \"domain\"", get_rel_name(relation)),
				 errhint(FORM_OF_TABLE)));
	lexicon = lexicon_of_domain(own, domain);
	if (!has_snapshot)
		PopActiveSnapshot();
	return lexicon;
}

/* ----------------------------------------------------------------
 *		functions: (text, words regclass, domain text [, lang text [, band]])
 * ---------------------------------------------------------------- */

/* false: the result is NULL */
static bool
own_options(FunctionCallInfo fcinfo, ScoreOptions *options)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return false;
	*options = (ScoreOptions) {.language = LANGUAGE_ANY};
	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
		options->language = engage_language_arg(PG_GETARG_TEXT_PP(3));
	options->own = engage_own_words(&fcinfo->flinfo->fn_extra, fcinfo->flinfo->fn_mcxt, PG_GETARG_OID(1),
									PG_ARGISNULL(2) ? NULL : PG_GETARG_TEXT_PP(2));
	return true;
}

PG_FUNCTION_INFO_V1(engage_sentiment_own);
Datum
engage_sentiment_own(PG_FUNCTION_ARGS)
{
	ScoreOptions options;
	Score		score;

	if (!own_options(fcinfo, &options))
		PG_RETURN_NULL();
	engage_score_text(PG_GETARG_TEXT_PP(0), &options, &score);
	PG_RETURN_FLOAT8(score.score);
}

PG_FUNCTION_INFO_V1(engage_sentiment_label_own);
Datum
engage_sentiment_label_own(PG_FUNCTION_ARGS)
{
	ScoreOptions options;
	Score		score;
	double		band;

	if (!own_options(fcinfo, &options))
		PG_RETURN_NULL();
	band = engage_band_arg(fcinfo, 4);
	engage_score_text(PG_GETARG_TEXT_PP(0), &options, &score);
	PG_RETURN_TEXT_P(engage_label_text(score.score, band));
}

PG_FUNCTION_INFO_V1(engage_sentiment_detail_own);
Datum
engage_sentiment_detail_own(PG_FUNCTION_ARGS)
{
	ScoreOptions options;
	Score		score;

	if (!own_options(fcinfo, &options))
		PG_RETURN_NULL();
	engage_score_text(PG_GETARG_TEXT_PP(0), &options, &score);
	return engage_score_detail(fcinfo, &score);
}

PG_FUNCTION_INFO_V1(engage_sentiment_explain_own);
Datum
engage_sentiment_explain_own(PG_FUNCTION_ARGS)
{
	ScoreOptions options;

	if (own_options(fcinfo, &options))
		engage_explain_text(fcinfo, PG_GETARG_TEXT_PP(0), &options);
	else
		(void) engage_begin_rows(fcinfo);
	return (Datum) 0;
}
