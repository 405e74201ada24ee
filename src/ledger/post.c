/*-------------------------------------------------------------------------
 *
 * post.c
 *	  The posting engine.
 *
 * For each request: lock the member's account, take the instant, look for the
 * key, write up what is due, do the operation.  Then everything is written, a
 * table after the other.  Members are locked in one order, so that two calls
 * never wait for each other in a circle.
 *
 * The key is looked up after the lock: two requests with the same key wait for
 * each other at the member's row, and the second finds what the first wrote.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/byte_hash.h"
#include "common/errors.h"
#include "common/interrupts.h"
#include "ledger/award.h"
#include "ledger/calendar.h"
#include "ledger/chain_core.h"
#include "ledger/post.h"
#include "ledger/tier.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

static const Operation operations[ENTRY_KINDS] = {
	[ENTRY_EARN] = engage_do_earn,
	[ENTRY_AWARD] = engage_do_award,
	[ENTRY_OPENING] = engage_do_opening,
	[ENTRY_REDEEM] = engage_do_redeem,
	[ENTRY_HOLD] = engage_do_hold,
	[ENTRY_CAPTURE] = engage_do_capture,
	[ENTRY_RELEASE] = engage_do_release,
	[ENTRY_RESTORE] = engage_do_restore,
	[ENTRY_REVERSE] = engage_do_reverse,
	[ENTRY_ADJUST] = engage_do_adjust,
	[ENTRY_ACTIVATE] = engage_do_activate,
	[ENTRY_EXTEND] = engage_do_extend,
	[ENTRY_BLOCK] = engage_do_block,
	[ENTRY_UNBLOCK] = engage_do_unblock,
	[ENTRY_TIER] = engage_do_tier,
	[ENTRY_ERASE] = engage_do_erase,
};

/* ----------------------------------------------------------------
 *		keys
 * ---------------------------------------------------------------- */

/* The entries of one request follow each other; the last has the balances. */
static const LedgerStatement last_of_request = {
	"SELECT e.seq, e.available_after, e.pending_after, e.held_after,"
	" e.debt_after, e.hold_id FROM @ledger@.entry e"
	" WHERE e.member OPERATOR(pg_catalog.=) $1 AND e.seq OPERATOR(pg_catalog.>=) $2"
	" AND e.seq OPERATOR(pg_catalog.<=) COALESCE((SELECT n.seq OPERATOR(pg_catalog.-) 1"
	" FROM @ledger@.entry n WHERE n.member OPERATOR(pg_catalog.=) $1"
	" AND n.seq OPERATOR(pg_catalog.>) $2"
	" AND n.request_seq IS DISTINCT FROM $2 ORDER BY n.seq LIMIT 1),"
	" 9223372036854775807)"
	" ORDER BY e.seq DESC LIMIT 1",
	"member bigint"
};

static uint64
hash_text(uint64 hash, const char *value)
{
	int64		length = value == NULL ? -1 : (int64) strlen(value);

	hash = byte_hash_int64(hash, length);
	return value == NULL ? hash : byte_hash(hash, value, length);
}

/*
 * What makes a request: all that is asked for but for the key itself.  Remarks
 * of the caller (reason, actor, note) may differ in a retry.
 */
static int64
request_hash(const PostingRequest *r)
{
	uint64		hash = hash_text(BYTE_HASH_START, engage_entry_kind_names[r->kind]);

	hash = byte_hash_int64(hash, r->has_points);
	hash = byte_hash_int64(hash, r->points);
	hash = hash_text(hash, r->source_ref);
	hash = hash_text(hash, r->rule);
	hash = hash_text(hash, r->tier);
	hash = hash_text(hash, r->batch);
	hash = byte_hash_int64(hash, r->at);
	hash = byte_hash_int64(hash, r->available_at);
	hash = byte_hash_int64(hash, r->expires_at);
	hash = byte_hash_int64(hash, r->until);
	hash = byte_hash_int64(hash, r->hold_id);
	hash = byte_hash_int64(hash, r->final);
	hash = byte_hash_int64(hash, r->only_grant);
	if (r->ttl != NULL)
	{
		hash = byte_hash_int64(hash, r->ttl->time);
		hash = byte_hash_int64(hash, r->ttl->day);
	}
	if (r->basis != NULL)
		/* 10 and 10.00 are the same amount */
		hash = hash_text(hash, DatumGetCString(DirectFunctionCall1(numeric_out,
			DirectFunctionCall1(numeric_trim_scale, NumericGetDatum(r->basis)))));
	return (int64) hash;
}

pg_noreturn static void
key_conflict(Posting *posting)
{
	PostingRequest *r = posting->request;

	ereport(ERROR,
			(errcode(ERRCODE_ENGAGE_KEY_CONFLICT),
			 errmsg("key \"%s\" was used for another %s request of member %s", r->key,
					engage_entry_kind_names[r->kind],
					engage_member_text(posting->ledger->member_type, r->member)),
			 errdetail("A retry repeats the request as it was; nothing has been written now."),
			 errhint("Give every request a key of its own, for example the order's number.")));
}

/* The request's kind and key, by which entries and refusals are found */
static void
probe_key(Probe *probe, Posting *posting, LedgerIndexId index)
{
	PostingRequest *r = posting->request;
	Datum		keys[2] = {
		CStringGetTextDatum(engage_entry_kind_names[r->kind]), CStringGetTextDatum(r->key)
	};

	engage_probe_begin(probe, &posting->store, index, posting->books->member, 2, keys);
}

static bool
is_entered(Posting *posting, PostingOutcome *outcome)
{
	Probe		probe;
	bool		found;

	probe_key(&probe, posting, INDEX_ENTRY_KEY);
	found = engage_probe_next(&probe);
	if (found)
	{
		if (engage_probe_int64(&probe, Anum_entry_request_hash) != posting->request->hash)
			key_conflict(posting);
		outcome->seq = engage_probe_int64(&probe, Anum_entry_seq);
	}
	engage_probe_end(&probe);
	return found;
}

static bool
is_refused(Posting *posting, PostingOutcome *outcome)
{
	Probe		probe;
	bool		found;

	probe_key(&probe, posting, INDEX_REFUSAL);
	found = engage_probe_next(&probe);
	if (found)
	{
		if (engage_probe_int64(&probe, Anum_refusal_request_hash) != posting->request->hash)
			key_conflict(posting);
		outcome->status = engage_probe_text(&probe, Anum_refusal_status);
		outcome->seq = engage_probe_int64(&probe, Anum_refusal_seq);
		outcome->available = engage_probe_int64(&probe, Anum_refusal_available);
		outcome->pending = engage_probe_int64(&probe, Anum_refusal_pending);
		outcome->held = engage_probe_int64(&probe, Anum_refusal_held);
		outcome->debt = engage_probe_int64(&probe, Anum_refusal_debt);
	}
	engage_probe_end(&probe);
	return found;
}

/* Was there this request before?  Then its outcome is what it was. */
static bool
is_replay(Posting *posting, PostingOutcome *outcome)
{
	if (is_entered(posting, outcome))
	{
		Datum		values[2] = {posting->books->member, Int64GetDatum(outcome->seq)};

		outcome->status = OUTCOME_OK;
		if (engage_store_run(&posting->store, &last_of_request, values, NULL, 0) != 1)
			ereport(ERROR,
					(errcode(ERRCODE_ENGAGE_ROWS_HIDDEN),
					 errmsg("row-level security hides entries of member %s of ledger \"%s\"",
							engage_member_text(posting->ledger->member_type, posting->books->member),
							NameStr(posting->ledger->name)),
					 errdetail("What the request came to is in them.")));
		outcome->seq = engage_store_int64(0, 1);
		outcome->available = engage_store_int64(0, 2);
		outcome->pending = engage_store_int64(0, 3);
		outcome->held = engage_store_int64(0, 4);
		outcome->debt = engage_store_int64(0, 5);
		outcome->hold_id = engage_store_int64(0, 6);
		SPI_freetuptable(SPI_tuptable);
	}
	else if (posting->books->account.refusals == 0 || !is_refused(posting, outcome))
		return false;
	outcome->replayed = true;
	return true;
}

/* ----------------------------------------------------------------
 *		one request
 * ---------------------------------------------------------------- */

LedgerEntry *
engage_begin_keyed(Posting *posting, EntryKind kind)
{
	PostingRequest *r = posting->request;
	LedgerEntry *entry = engage_books_begin(posting->books, kind);

	entry->key = r->key;
	entry->request_hash = r->hash;
	entry->source_ref = r->source_ref;
	entry->effective_at = r->at;
	entry->batch = r->batch;
	entry->reason = r->reason;
	entry->actor = r->actor;
	entry->note = r->note;
	posting->books->request_seq = entry->seq;
	return entry;
}

LedgerEntry *
engage_begin_follower(Posting *posting, EntryKind kind, int64 request_seq)
{
	LedgerEntry *entry = engage_books_begin(posting->books, kind);

	entry->request_seq = request_seq;
	entry->effective_at = posting->request->at;
	return entry;
}

/* What a blocked member may not do; nothing that puts matters right. */
static bool
needs_unblocked(EntryKind kind)
{
	return kind == ENTRY_EARN || kind == ENTRY_AWARD || kind == ENTRY_OPENING ||
		kind == ENTRY_REDEEM || kind == ENTRY_HOLD || kind == ENTRY_CAPTURE;
}

pg_noreturn static void
raise_refusal(Posting *posting, const char *status)
{
	ereport(ERROR,
			(errcode(ERRCODE_ENGAGE_REFUSED),
			 errmsg("%s refused: %s", engage_entry_kind_names[posting->request->kind], status),
			 posting->detail != NULL ? errdetail_internal("%s", posting->detail) : 0,
			 errhint("With on_reject => 'status' the call returns this as its status and remembers it for retries.")));
}

static void
remember_refusal(Posting *posting, const char *status, PendingRefusal *pending)
{
	PostingRequest *r = posting->request;
	LedgerAccount *account = &posting->books->account;
	LedgerRefusal *refusal = &pending->refusal;

	/*
	 * Its account is written, too, so that a transaction with an older snapshot
	 * that sends the same request learns of it (40001).
	 */
	posting->books->account_changed = true;
	account->refusals++;
	pending->books = posting->books;
	refusal->kind = r->kind;
	refusal->key = r->key;
	refusal->status = status;
	refusal->request_hash = r->hash;
	refusal->recorded_at = posting->books->now;
	refusal->seq = account->seq;
	refusal->available = account->available;
	refusal->pending = account->pending;
	refusal->held = account->held;
	refusal->debt = account->debt;
	refusal->points = r->points;
	refusal->source_ref = r->source_ref;
	refusal->rule = r->rule;
	refusal->basis = r->basis;
	refusal->detail = posting->detail;
	refusal->actor = r->actor;
}

const char *
engage_at_name(EntryKind kind)
{
	return kind == ENTRY_OPENING ? "earned_at" : "at";
}

void
engage_element_context(void *arg)
{
	const BatchElement *element = arg;
	const PostingRequest *r = element->request;

	if (r == NULL)
		return;
	if (!r->has_member)
		errcontext("element %d of the batch", r->ordinal);
	else if (r->key == NULL)
		errcontext("element %d of the batch: member %s", r->ordinal,
				   engage_member_text(element->ledger->member_type, r->member));
	else
		errcontext("element %d of the batch: member %s, key \"%s\"", r->ordinal,
				   engage_member_text(element->ledger->member_type, r->member), r->key);
}

/* true: refused, and "pending" says how */
static bool
post_one(Posting *posting, PostingOutcome *outcome, PendingRefusal *pending)
{
	PostingRequest *r = posting->request;
	MemberBooks *books = posting->books;
	const char *status;

	posting->detail = NULL;
	if (is_replay(posting, outcome))
	{
		if (r->raises && strcmp(outcome->status, OUTCOME_OK) != 0)
			raise_refusal(posting, outcome->status);
		return false;
	}
	/* he joins with the first request that leaves something in the books */
	if (books->account.seq == 0)
		books->account.joined_at = books->account.refusals == 0 ? books->now
			: Min(books->account.joined_at, books->now);

	if (!IS_TIME_NULL(r->at) && r->at > books->now)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is in the future: %s", engage_at_name(r->kind), timestamptz_to_str(r->at)),
				 errdetail("It is %s.", pstrdup(timestamptz_to_str(books->now))),
				 errhint("Leave it out for what happens now; points that become available later have available_at.")));
	if (r->kind == ENTRY_AWARD)
		engage_award_check(posting);
	posting->effective_at = IS_TIME_NULL(r->at) ? books->now : r->at;
	posting->active_at = r->kind != ENTRY_OPENING ? posting->effective_at
		: IS_TIME_NULL(r->active_at) ? books->now : r->active_at;
	books->request_seq = 0;
	engage_store_settle(&posting->store, books);

	if (books->account.blocked && needs_unblocked(r->kind))
		status = "blocked";
	else if (posting->effective_at < posting->settings->closed_until)
	{
		status = "period_closed";
		posting->detail = psprintf("closed until %s",
								   engage_zone_show(posting->settings->closed_until, posting->settings->time_zone));
	}
	else
		status = operations[r->kind] (posting);

	if (strcmp(status, OUTCOME_OK) == 0)
	{
		/* what was granted late may be due at once, or all of it for inactivity */
		if (books->account.inactive_at <= books->due_until)
			engage_store_load_open(&posting->store, books);
		if (engage_books_is_due(books))
			engage_books_settle(books);
		outcome->hold_id = r->hold_id;
	}
	else if (r->raises)
		raise_refusal(posting, status);
	else
		remember_refusal(posting, status, pending);

	books->request_seq = 0;
	outcome->status = status;
	outcome->seq = books->account.seq;
	outcome->available = books->account.available;
	outcome->pending = books->account.pending;
	outcome->held = books->account.held;
	outcome->debt = books->account.debt;
	return strcmp(status, OUTCOME_OK) != 0;
}

/* ----------------------------------------------------------------
 *		many requests
 * ---------------------------------------------------------------- */

/* Lots of another system are taken over in the order in which they were earned. */
static int
by_time_earned(const PostingRequest *x, const PostingRequest *y)
{
	if (x->at != y->at)
		return IS_TIME_NULL(x->at) ? 1 : IS_TIME_NULL(y->at) || x->at < y->at ? -1 : 1;
	return strcmp(x->key, y->key);
}

/*
 * Of members any order will do as long as it is the same in every backend.
 * What comes of the lots of an import must not depend on how they were listed.
 */
static int
by_member_then_ordinal(const void *a, const void *b)
{
	const PostingRequest *x = *(PostingRequest *const *) a;
	const PostingRequest *y = *(PostingRequest *const *) b;
	int			order = engage_member_order(x->books->member_bytes, x->books->member_length,
											y->books->member_bytes, y->books->member_length);

	if (order == 0 && x->kind == ENTRY_OPENING && y->kind == ENTRY_OPENING)
		order = by_time_earned(x, y);
	return order != 0 ? order : x->ordinal - y->ordinal;
}

/*
 * Lots of one member that come in together: he was active when the last of them
 * was earned.
 */
static void
note_last_earned(PostingRequest **order, int nrequests)
{
	for (int i = nrequests - 1; i >= 0; i--)
	{
		PostingRequest *r = order[i];

		r->active_at = r->at;
		if (i + 1 < nrequests && order[i + 1]->books == r->books)
			r->active_at = order[i + 1]->active_at;
	}
}

static bool
same_member(const MemberBooks *a, const MemberBooks *b)
{
	return a->member_length == b->member_length &&
		memcmp(a->member_bytes, b->member_bytes, a->member_length) == 0;
}

/* Entries of a member that a further request of his is compared with */
#define MAX_COMPARED 100

/*
 * Requests find earlier ones, by key or source, in the tables.  Must what is
 * still in memory of this member be written before the next of his requests?
 */
static bool
must_be_written(const MemberBooks *books, const PostingRequest *request,
				const PendingRefusal *refusals, int nrefusals)
{
	const char *source = request->source_ref != NULL ? request->source_ref : request->key;

	if ((request->kind != ENTRY_EARN && request->kind != ENTRY_OPENING &&
		 request->kind != ENTRY_REDEEM) || books->nentries > MAX_COMPARED)
		return true;
	for (int i = 0; i < books->nentries; i++)
	{
		const LedgerEntry *entry = books->entries[i];

		if ((entry->key != NULL && (strcmp(entry->key, request->key) == 0 ||
									strcmp(entry->key, source) == 0)) ||
			(entry->source_ref != NULL && (strcmp(entry->source_ref, request->key) == 0 ||
										   strcmp(entry->source_ref, source) == 0)))
			return true;
	}
	for (int i = nrefusals - 1; i >= 0 && refusals[i].books == books; i--)
		if (strcmp(refusals[i].refusal.key, request->key) == 0)
			return true;
	return false;
}

/* Requests of the same member share its books. */
static void
share_books(PostingRequest **order, int nrequests)
{
	for (int i = 1; i < nrequests; i++)
		if (same_member(order[i]->books, order[i - 1]->books))
			order[i]->books = order[i - 1]->books;
}

/*
 * Members are dealt with some at a time, so that what is read of them is still
 * near when it is written.
 */
#define MEMBERS_AT_ONCE 16

/*
 * Locks the members of the first requests and returns how many requests that
 * are.  Everybody locks in the same order.
 */
static int
lock_members(Posting *posting, PostingRequest **order, int nrequests)
{
	Store	   *store = &posting->store;
	MemberBooks *books[MEMBERS_AT_ONCE];
	int			nbooks = 0;
	int			n;

	for (n = 0; n < nrequests; n++)
	{
		if (nbooks > 0 && order[n]->books == books[nbooks - 1])
			continue;
		if (nbooks == MEMBERS_AT_ONCE)
			break;
		CHECK_FOR_INTERRUPTS();
		books[nbooks++] = order[n]->books;
		engage_store_lock(store, order[n]->books);
	}
	for (int i = 0; i < nbooks; i++)
	{
		books[i]->session_role = posting->session_role;
		books[i]->acting_role = posting->acting_role;
		engage_tier_attach(store, books[i]);
		engage_store_check_account(store, books[i]);
	}
	return n;
}

void
engage_post(Posting *posting, PostingRequest *requests, int nrequests,
			PostingOutcome *outcomes)
{
	Store	   *store = &posting->store;
	Ledger	   *ledger = posting->ledger;
	PostingRequest **order = palloc(nrequests * sizeof(PostingRequest *));
	MemberBooks **unwritten = palloc(nrequests * sizeof(MemberBooks *));
	PendingRefusal *refusals = palloc0(nrequests * sizeof(PendingRefusal));
	int			nunwritten = 0;
	int			nrefusals = 0;
	int			nlocked = 0;	/* requests whose members are */
	BudgetReturns own_returns = {.context = store->context};
	BudgetReturns *callers_returns = posting->returns;
	BatchElement element = {ledger, NULL};
	ErrorContextCallback context = {error_context_stack, engage_element_context, &element};

	if (callers_returns == NULL)
		posting->returns = &own_returns;
	error_context_stack = &context;
	engage_rows_begin(store);
	posting->settings = &ledger->settings;
	posting->session_role = GetUserNameFromId(GetSessionUserId(), false);
	posting->acting_role = GetUserId() == GetSessionUserId() ? NULL
		: GetUserNameFromId(GetUserId(), false);

	for (int i = 0; i < nrequests; i++)
	{
		requests[i].hash = request_hash(&requests[i]);
		if (requests[i].kind == ENTRY_CAPTURE || requests[i].kind == ENTRY_RELEASE)
			if (!engage_store_hold_member(store, requests[i].hold_id, &requests[i].member))
				ereport(ERROR,
						(errcode(ERRCODE_ENGAGE_NOT_FOUND),
						 errmsg("hold " INT64_FORMAT " does not exist in ledger \"%s\"",
								requests[i].hold_id, NameStr(ledger->name)),
						 errhint("engage.hold() returns the hold_id.")));
		requests[i].books = engage_store_books(store, requests[i].member);
		order[i] = &requests[i];
	}
	if (nrequests > 1)
		qsort(order, nrequests, sizeof(PostingRequest *), by_member_then_ordinal);
	share_books(order, nrequests);
	note_last_earned(order, nrequests);

	for (int i = 0; i < nrequests; i++)
	{
		PostingRequest *request = order[i];
		PostingOutcome *outcome = &outcomes[request->ordinal - 1];
		MemberBooks *books = request->books;

		CHECK_FOR_INTERRUPTS();
		if (nunwritten > 0 &&
			(i == nlocked ||
			 (books == order[i - 1]->books &&
			  must_be_written(books, request, refusals, nrefusals))))
		{
			engage_store_flush(store, unwritten, nunwritten, refusals, nrefusals);
			for (int w = 0; w < nunwritten; w++)
				engage_books_written(unwritten[w]);
			nunwritten = nrefusals = 0;
		}
		if (i == nlocked)
			nlocked += lock_members(posting, order + i, nrequests - i);
		engage_store_take_instant(store, books);
		posting->books = books;
		posting->request = request;
		if (posting->is_batch)
			element.request = request;
		if (post_one(posting, outcome, &refusals[nrefusals]))
			nrefusals++;
		if (nunwritten == 0 || unwritten[nunwritten - 1] != books)
			unwritten[nunwritten++] = books;
		element.request = NULL;
	}
	engage_store_flush(store, unwritten, nunwritten, refusals, nrefusals);
	engage_rows_end(store);
	/* slots after all members */
	if (callers_returns == NULL)
		engage_budget_return(store, &own_returns);
	posting->returns = callers_returns;
	error_context_stack = context.previous;
}
