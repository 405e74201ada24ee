/*-------------------------------------------------------------------------
 *
 * post_sql.c
 *	  From the arguments of an SQL function to requests of the engine.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/errors.h"
#include "common/result_rows.h"
#include "ledger/chain_core.h"
#include "ledger/post_sql.h"
#include "mb/pg_wchar.h"
#include "replication/syncrep.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#define MAX_KEY_LENGTH 128

static const char *const argument_names[] = {
	[ARG_LEDGER] = "ledger",
	[ARG_MEMBER] = "member",
	[ARG_POINTS] = "points",
	[ARG_KEY] = "key",
	[ARG_SOURCE_REF] = "source_ref",
	[ARG_RULE] = "rule",
	[ARG_TIER] = "tier",
	[ARG_BASIS] = "basis",
	[ARG_AT] = "at",
	[ARG_AVAILABLE_AT] = "available_at",
	[ARG_EXPIRES_AT] = "expires_at",
	[ARG_UNTIL] = "until",
	[ARG_TTL] = "ttl",
	[ARG_HOLD_ID] = "hold_id",
	[ARG_FINAL] = "final",
	[ARG_BATCH] = "batch",
	[ARG_REASON] = "reason",
	[ARG_ACTOR] = "actor",
	[ARG_NOTE] = "note",
	[ARG_ON_REJECT] = "on_reject",
};

static const char *
argument_name(EntryKind kind, PostingArgument argument)
{
	return argument == ARG_AT ? engage_at_name(kind) : argument_names[argument];
}

/* ----------------------------------------------------------------
 *		single values
 * ---------------------------------------------------------------- */

Datum
engage_convert_member(const Ledger *ledger, Oid type, Datum member)
{
	Oid			wanted = ledger->member_type;
	char	   *string;
	Oid			input;
	Oid			parameter;

	if (type == wanted)
		return member;
	if (type != TEXTOID && wanted != TEXTOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("members of ledger \"%s\" are %s, not %s", NameStr(ledger->name),
						format_type_be(wanted), format_type_be(type)),
				 errhint("Cast the member: member => x::%s", format_type_be(wanted))));
	string = engage_member_text(type, member);
	if (wanted == TEXTOID)
		return CStringGetTextDatum(string);
	getTypeInputInfo(wanted, &input, &parameter);
	return OidInputFunctionCall(input, string, parameter, -1);
}

pg_noreturn static void
missing(PostingArgument argument)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("\"%s\" must not be NULL", argument_names[argument]),
			 argument == ARG_KEY
			 ? errhint("Every request has a key of its own, which makes a retry harmless: key => 'order-1'")
			 : errhint("Give %s => ...", argument_names[argument])));
}

/* Names that are stored in indexes and on which retries depend */
static const char *
short_text(Datum value, PostingArgument argument)
{
	char	   *string = TextDatumGetCString(value);
	int			length = pg_mbstrlen(string);

	if (length < 1 || length > MAX_KEY_LENGTH)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" has %d characters", argument_names[argument], length),
				 errdetail("It must have 1 to %d.", MAX_KEY_LENGTH),
				 errhint("Use an identifier of your own, such as the number of the order; longer texts go into note.")));
	return string;
}

/* Blanks would do what was asked for in letter only. */
void
engage_check_stated(const char *string, const char *name)
{
	if (string[strspn(string, " \t\r\n")] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is blank", name),
				 errhint("State it in words: it stays in the journal for those who ask later.")));
}

static TimestampTz
finite_time(Datum value, const char *name, bool may_be_infinity)
{
	TimestampTz time = DatumGetTimestampTz(value);

	if (TIMESTAMP_NOT_FINITE(time) &&
		!(may_be_infinity && TIMESTAMP_IS_NOEND(time)))
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_INVALID_TIME),
				 errmsg("\"%s\" must not be %s", name,
						TIMESTAMP_IS_NOEND(time) ? "infinity" : "-infinity"),
				 errhint("Give a point in time, or leave the argument out.")));
	return time;
}

/* Time to live of a hold: elapsed time, so a month says too little. */
static Interval *
elapsed_time(Datum value)
{
	Interval   *ttl = palloc(sizeof(Interval));

	*ttl = *DatumGetIntervalP(value);
	if (ttl->month != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"ttl\" must not have months or years"),
				 errhint("Months differ in length; write days: '30 days'.")));
	/* a day is 24 hours here, not a day of the session's time zone */
	if (ttl->day > PG_INT64_MAX / USECS_PER_DAY - 2 ||
		ttl->day < -(PG_INT64_MAX / USECS_PER_DAY - 2))
		ttl->time = 0;
	else
		ttl->time += ttl->day * USECS_PER_DAY;
	ttl->day = 0;
	if (ttl->time <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"ttl\" is out of range: it must be more than 0"),
				 errhint("Write an interval such as '15 minutes'.")));
	return ttl;
}

static bool
raises_on_reject(Datum value)
{
	char	   *word = TextDatumGetCString(value);

	if (strcmp(word, "raise") == 0)
		return true;
	if (strcmp(word, "status") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown value \"%s\" of \"on_reject\"", word),
				 errhint("'status' returns a refusal as status, 'raise' makes it an error.")));
	return false;
}

static void
set_argument(PostingRequest *r, PostingArgument argument, Datum value,
			 Oid type, const Ledger *ledger)
{
	switch (argument)
	{
		case ARG_LEDGER:
			break;
		case ARG_MEMBER:
			r->member = engage_convert_member(ledger, type, value);
			if (ledger->member_type == TEXTOID)
				(void) short_text(r->member, ARG_MEMBER);
			r->has_member = true;
			break;
		case ARG_POINTS:
			r->points = DatumGetInt64(value);
			r->has_points = true;
			break;
		case ARG_KEY:
			r->key = short_text(value, argument);
			break;
		case ARG_SOURCE_REF:
			r->source_ref = short_text(value, argument);
			break;
		case ARG_RULE:
			r->rule = short_text(value, argument);
			break;
		case ARG_TIER:
			r->tier = short_text(value, argument);
			break;
		case ARG_BATCH:
			r->batch = short_text(value, argument);
			break;
		case ARG_BASIS:
			r->basis = (Numeric) PG_DETOAST_DATUM_COPY(value);
			break;
		case ARG_AT:
			r->at = finite_time(value, argument_name(r->kind, argument), false);
			break;
		case ARG_AVAILABLE_AT:
			r->available_at = finite_time(value, argument_name(r->kind, argument), true);
			break;
		case ARG_EXPIRES_AT:
			r->expires_at = finite_time(value, argument_name(r->kind, argument), true);
			break;
		case ARG_UNTIL:
			r->until = finite_time(value, argument_name(r->kind, argument), true);
			break;
		case ARG_TTL:
			r->ttl = elapsed_time(value);
			break;
		case ARG_HOLD_ID:
			r->hold_id = DatumGetInt64(value);
			break;
		case ARG_FINAL:
			r->final = DatumGetBool(value);
			break;
		case ARG_REASON:
			r->reason = TextDatumGetCString(value);
			break;
		case ARG_ACTOR:
			r->actor = TextDatumGetCString(value);
			break;
		case ARG_NOTE:
			r->note = TextDatumGetCString(value);
			break;
		case ARG_ON_REJECT:
			r->raises = raises_on_reject(value);
			break;
	}
}

/* May this argument of this operation be NULL? */
static bool
is_required(EntryKind kind, PostingArgument argument)
{
	switch (argument)
	{
		case ARG_MEMBER:
		case ARG_KEY:
		case ARG_RULE:
		case ARG_HOLD_ID:
		case ARG_TTL:
		case ARG_FINAL:
		case ARG_ON_REJECT:
			return true;
		case ARG_TIER:
			return true;
		case ARG_UNTIL:
			return kind == ENTRY_EXTEND;
		case ARG_POINTS:
			return kind != ENTRY_CAPTURE && kind != ENTRY_RESTORE && kind != ENTRY_REVERSE;
		case ARG_SOURCE_REF:
			return kind == ENTRY_RESTORE || kind == ENTRY_REVERSE || kind == ENTRY_ACTIVATE;
		case ARG_REASON:
		case ARG_ACTOR:
			return kind == ENTRY_ADJUST;
		default:
			return false;
	}
}

static void
init_request(PostingRequest *r, EntryKind kind, int ordinal)
{
	memset(r, 0, sizeof(*r));
	r->kind = kind;
	r->ordinal = ordinal;
	r->at = r->available_at = r->expires_at = r->until = TIME_NULL;
}

/*
 * The key of an award whose request has none: 'rule:source_ref', as several rules
 * may award one source.  What that would make ambiguous or too long is hashed.
 */
static const char *
award_key(const char *rule, const char *source_ref)
{
	uint8		hash[CHAIN_HASH_LENGTH];
	char		hex[2 * CHAIN_HASH_LENGTH + 1];
	char	   *key = psprintf("%s:%s", rule, source_ref);

	if (strchr(rule, ':') == NULL && pg_mbstrlen(key) <= MAX_KEY_LENGTH)
		return key;
	key = psprintf("%zu:%s:%s", strlen(rule), rule, source_ref);
	engage_sha256(key, strlen(key), hash);
	hex[hex_encode((const char *) hash, sizeof(hash), hex)] = '\0';
	return psprintf("sha256:%s", hex);
}

static void
check_request(PostingRequest *r)
{
	/* either names the event */
	if (r->kind == ENTRY_AWARD && r->key == NULL)
	{
		if (r->source_ref == NULL)
			missing(ARG_KEY);
		r->key = award_key(r->rule, r->source_ref);
	}
	/* its key is what a source is called by default */
	if (r->source_ref != NULL && r->key != NULL && strcmp(r->source_ref, r->key) == 0 &&
		r->kind != ENTRY_REVERSE && r->kind != ENTRY_RESTORE && r->kind != ENTRY_ACTIVATE)
		r->source_ref = NULL;
	if (r->has_points && (r->kind == ENTRY_ADJUST ? r->points == 0 : r->points <= 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"points\" is out of range: " INT64_FORMAT, r->points),
				 r->kind == ENTRY_ADJUST
				 ? errdetail("An adjustment adds or takes away at least 1 point.")
				 : errdetail("It must be at least 1."),
				 r->kind == ENTRY_ADJUST ? errhint("Positive points are given, negative ones taken away.")
				 : errhint("engage.reverse_earn() and engage.cancel_redemption() take back, engage.adjust() corrects.")));
	if (r->kind == ENTRY_ADJUST && r->points == PG_INT64_MIN)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("\"points\" is out of range: " INT64_FORMAT, r->points),
				 errhint("Nobody has so many points to take away.")));
	if (r->kind == ENTRY_ADJUST)
	{
		engage_check_stated(r->reason, argument_names[ARG_REASON]);
		engage_check_stated(r->actor, argument_names[ARG_ACTOR]);
	}
	if (r->kind == ENTRY_REVERSE && r->has_points && r->basis != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"points\" and \"remaining_basis\" are both given"),
				 errhint("Give the number of points to take back, or what is left of the order's amount.")));
}

/* ----------------------------------------------------------------
 *		calls
 * ---------------------------------------------------------------- */

Posting *
engage_posting_create(Ledger *ledger, MemoryContext context)
{
	Posting    *posting = MemoryContextAllocZero(context, sizeof(Posting));

	posting->ledger = ledger;
	posting->settings = &ledger->settings;
	posting->store.ledger = ledger;
	posting->store.context = context;
	return posting;
}

/*
 * A crash may lose what synchronous_commit = off acknowledged.  For points
 * earned a retry heals it; a reward handed out is gone.
 */
static void
warn_of_lost_commits(EntryKind kind)
{
	static bool warned = false;

	if (warned || synchronous_commit != SYNCHRONOUS_COMMIT_OFF ||
		(kind != ENTRY_REDEEM && kind != ENTRY_CAPTURE))
		return;
	warned = true;
	ereport(WARNING,
			(errmsg("synchronous_commit is off: a crash can lose redemptions that were acknowledged"),
			 errhint("SET LOCAL synchronous_commit = on in transactions that redeem or capture.")));
}

typedef struct Call
{
	FunctionCallInfo fcinfo;
	EntryKind	kind;
	PostingRequest *requests;
	PostingOutcome *outcomes;
	int			n;
} Call;

static Ledger *
open_for_call(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		missing(ARG_LEDGER);
	return engage_ledger_open(text_to_cstring(PG_GETARG_TEXT_PP(0)), LEDGER_POST);
}

static void
run(Ledger *ledger, PostingRequest *requests, int n, PostingOutcome *outcomes, bool is_batch)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "engage posting",
												  ALLOCSET_DEFAULT_SIZES);
	GuardMark	mark = engage_guard_allow(ledger);

	PG_TRY();
	{
		Posting    *posting = engage_posting_create(ledger, context);

		posting->is_batch = is_batch;
		SPI_connect();
		engage_post(posting, requests, n, outcomes);
		SPI_finish();
	}
	PG_FINALLY();
	{
		engage_guard_restore(mark);
	}
	PG_END_TRY();
	/* statuses are in it, so it goes with the caller's context */
}

/* status, seq, available, pending, held, debt, replayed [, hold_id] */
static int
outcome_columns(const PostingOutcome *o, Datum *values, bool *nulls)
{
	int			i = 0;

	values[i++] = CStringGetTextDatum(o->status);
	values[i++] = Int64GetDatum(o->seq);
	values[i++] = Int64GetDatum(o->available);
	values[i++] = Int64GetDatum(o->pending);
	values[i++] = Int64GetDatum(o->held);
	values[i++] = Int64GetDatum(o->debt);
	values[i++] = BoolGetDatum(o->replayed);
	nulls[i] = o->hold_id == 0;
	values[i++] = Int64GetDatum(o->hold_id);
	return i;
}

Datum
engage_post_call(FunctionCallInfo fcinfo, EntryKind kind,
				 const PostingArgument *arguments)
{
	Ledger	   *ledger = open_for_call(fcinfo);

	PG_TRY();
	{
		PostingRequest request;
		PostingOutcome outcome = {0};
		ResultRows	rows;
		Datum		values[8];
		bool		nulls[8] = {false};

		init_request(&request, kind, 1);
		for (int i = 1; i < PG_NARGS(); i++)
			if (!PG_ARGISNULL(i))
				set_argument(&request, arguments[i], PG_GETARG_DATUM(i),
							 arguments[i] == ARG_MEMBER ? get_fn_expr_argtype(fcinfo->flinfo, i) : InvalidOid,
							 ledger);
			else if (is_required(kind, arguments[i]) &&
					 !(kind == ENTRY_AWARD && arguments[i] == ARG_KEY))
				missing(arguments[i]);
		check_request(&request);
		warn_of_lost_commits(kind);

		run(ledger, &request, 1, &outcome, false);
		outcome_columns(&outcome, values, nulls);
		rows = engage_begin_rows(fcinfo);
		engage_put_row(&rows, values, nulls);
	}
	PG_FINALLY();
	{
		engage_ledger_close(ledger);
	}
	PG_END_TRY();
	return (Datum) 0;
}

/* The elements of an array argument, which must be as many as members. */
static int
array_argument(FunctionCallInfo fcinfo, int i, const char *name,
			   Datum **elements, bool **nulls, Oid *type)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(i);
	int16		typlen;
	bool		typbyval;
	char		typalign;
	int			n;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("array of \"%s\" has %d dimensions", name,
						ARR_NDIM(array)),
				 errhint("Give arrays of one dimension.")));
	*type = ARR_ELEMTYPE(array);
	get_typlenbyvalalign(*type, &typlen, &typbyval, &typalign);
	deconstruct_array(array, *type, typlen, typbyval, typalign, elements, nulls, &n);
	return n;
}

/* What has been read of the arguments of a call with arrays */
typedef struct BatchCall
{
	FunctionCallInfo fcinfo;
	EntryKind	kind;
	BatchElement element;		/* at hand */
	PostingRequest *requests;
	int			n;				/* -1: not known yet */
} BatchCall;

static void
read_batch_argument(BatchCall *call, PostingArgument argument, int i)
{
	FunctionCallInfo fcinfo = call->fcinfo;
	const Ledger *ledger = call->element.ledger;
	const char *name = argument_name(call->kind, argument);
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, i);
	Datum	   *elements;
	bool	   *nulls;
	int			length;

	if (PG_ARGISNULL(i))
	{
		if (is_required(call->kind, argument))
			missing(argument);
		return;
	}
	if (!OidIsValid(get_element_type(type)))
	{
		for (int k = 0; k < call->n; k++)
			set_argument(&call->requests[k], argument, PG_GETARG_DATUM(i), type, ledger);
		return;
	}

	length = array_argument(fcinfo, i, name, &elements, &nulls, &type);
	if (call->n < 0)
	{
		call->n = length;
		call->requests = palloc_extended(Max(length, 1) * sizeof(PostingRequest), MCXT_ALLOC_HUGE);
		for (int k = 0; k < length; k++)
			init_request(&call->requests[k], call->kind, k + 1);
	}
	else if (length != call->n)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("the arrays differ in length: %d members, %d of \"%s\"",
						call->n, length, name),
				 errhint("Element i of each array belongs to request i.")));
	for (int k = 0; k < length; k++)
	{
		call->element.request = &call->requests[k];
		if (!nulls[k])
			set_argument(&call->requests[k], argument, elements[k], type, ledger);
		else if (is_required(call->kind, argument))
			missing(argument);
	}
	call->element.request = NULL;
}

Datum
engage_post_batch(FunctionCallInfo fcinfo, EntryKind kind,
				  const PostingArgument *arguments)
{
	Ledger	   *ledger = open_for_call(fcinfo);
	BatchCall	call = {fcinfo, kind, {ledger, NULL}, NULL, -1};
	ErrorContextCallback context = {error_context_stack, engage_element_context, &call.element};

	PG_TRY();
	{
		PostingOutcome *outcomes;
		ResultRows	rows;

		error_context_stack = &context;
		/* members and keys first, by which errors name the elements */
		for (int i = 1; i < PG_NARGS(); i++)
			if (arguments[i] == ARG_MEMBER || arguments[i] == ARG_KEY)
				read_batch_argument(&call, arguments[i], i);
		for (int i = 1; i < PG_NARGS(); i++)
			if (arguments[i] != ARG_MEMBER && arguments[i] != ARG_KEY)
				read_batch_argument(&call, arguments[i], i);
		for (int k = 0; k < call.n; k++)
		{
			call.element.request = &call.requests[k];
			check_request(&call.requests[k]);
		}
		error_context_stack = context.previous;
		warn_of_lost_commits(kind);

		outcomes = palloc_extended(Max(call.n, 1) * sizeof(PostingOutcome), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
		run(ledger, call.requests, call.n, outcomes, true);
		rows = engage_begin_rows(fcinfo);
		for (int k = 0; k < call.n; k++)
		{
			Datum		values[9] = {Int32GetDatum(k + 1)};
			bool		nulls[9] = {false};

			outcome_columns(&outcomes[k], values + 1, nulls + 1);
			engage_put_row(&rows, values, nulls);
		}
	}
	PG_FINALLY();
	{
		engage_ledger_close(ledger);
	}
	PG_END_TRY();
	return (Datum) 0;
}

/* ----------------------------------------------------------------
 *		the functions
 * ---------------------------------------------------------------- */

#define REMARKS ARG_REASON, ARG_ACTOR, ARG_NOTE, ARG_ON_REJECT

POSTING_FUNCTION(engage_earn, ENTRY_EARN, ARG_MEMBER, ARG_POINTS, ARG_KEY,
				 ARG_SOURCE_REF, ARG_AT, ARG_AVAILABLE_AT, ARG_EXPIRES_AT,
				 ARG_BATCH, REMARKS);
POSTING_FUNCTION(engage_redeem, ENTRY_REDEEM, ARG_MEMBER, ARG_POINTS, ARG_KEY,
				 ARG_SOURCE_REF, ARG_AT, REMARKS);
POSTING_FUNCTION(engage_hold, ENTRY_HOLD, ARG_MEMBER, ARG_POINTS, ARG_KEY,
				 ARG_TTL, ARG_SOURCE_REF, REMARKS);
POSTING_FUNCTION(engage_capture, ENTRY_CAPTURE, ARG_HOLD_ID, ARG_POINTS,
				 ARG_KEY, ARG_FINAL, REMARKS);
POSTING_FUNCTION(engage_release, ENTRY_RELEASE, ARG_HOLD_ID, ARG_KEY, REMARKS);
POSTING_FUNCTION(engage_cancel_redemption, ENTRY_RESTORE, ARG_MEMBER,
				 ARG_SOURCE_REF, ARG_KEY, ARG_POINTS, ARG_AT, REMARKS);
POSTING_FUNCTION(engage_reverse_earn, ENTRY_REVERSE, ARG_MEMBER,
				 ARG_SOURCE_REF, ARG_KEY, ARG_POINTS, ARG_BASIS, ARG_AT, REMARKS);
POSTING_FUNCTION(engage_adjust, ENTRY_ADJUST, ARG_MEMBER, ARG_POINTS, ARG_KEY,
				 REMARKS);
POSTING_FUNCTION(engage_activate, ENTRY_ACTIVATE, ARG_MEMBER, ARG_SOURCE_REF,
				 ARG_KEY, REMARKS);
POSTING_FUNCTION(engage_extend_expiry, ENTRY_EXTEND, ARG_MEMBER, ARG_UNTIL,
				 ARG_KEY, ARG_SOURCE_REF, REMARKS);
POSTING_FUNCTION(engage_block_member, ENTRY_BLOCK, ARG_MEMBER, ARG_KEY, REMARKS);
POSTING_FUNCTION(engage_unblock_member, ENTRY_UNBLOCK, ARG_MEMBER, ARG_KEY, REMARKS);
POSTING_FUNCTION(engage_erase_member, ENTRY_ERASE, ARG_MEMBER, ARG_KEY, REMARKS);

BATCH_FUNCTION(engage_earn_batch, ENTRY_EARN, ARG_MEMBER, ARG_POINTS, ARG_KEY,
			   ARG_SOURCE_REF, ARG_AT, ARG_BATCH, ARG_REASON, ARG_ACTOR,
			   ARG_ON_REJECT);
BATCH_FUNCTION(engage_redeem_batch, ENTRY_REDEEM, ARG_MEMBER, ARG_POINTS,
			   ARG_KEY, ARG_SOURCE_REF, ARG_AT, ARG_REASON, ARG_ACTOR, ARG_ON_REJECT);
BATCH_FUNCTION(engage_import_opening, ENTRY_OPENING, ARG_MEMBER, ARG_POINTS,
			   ARG_KEY, ARG_AT, ARG_EXPIRES_AT, ARG_AVAILABLE_AT, ARG_BATCH,
			   ARG_REASON, ARG_ACTOR);
