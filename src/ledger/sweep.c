/*-------------------------------------------------------------------------
 *
 * sweep.c
 *	  The long jobs: expire_points and reverse_batch.
 *
 * They commit batch by batch, so they hold few locks, lose little when they are
 * interrupted and can simply be called again: what is left to do is in the
 * tables.  A member who is busy is skipped and comes again at the end; one whose
 * rows are damaged is left out, told of, and holds up nobody else.
 *
 * What a batch allocates is freed when it ends: it has an SPI level of its own,
 * and so has each group of members or grants that are written together.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/errors.h"
#include "common/interrupts.h"
#include "ledger/award.h"
#include "ledger/post_sql.h"
#include "ledger/tier.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"

/* Rows of the list of members that are read at a time */
#define MEMBERS_AT_ONCE 100000

/* Members, or grants, whose rows are written together */
#define MEMBERS_A_FLUSH 500

typedef struct Sweep
{
	const char *ledger_name;
	LedgerPurpose purpose;
	Ledger	   *ledger;
	TimestampTz until;
	int			batch;
	int64		run_id;
	const char *job;
	int64		members;		/* done so far */
	int64		entries;
	int64		findings;		/* left out */
	MemoryContext context;		/* survives commits */
	MemoryContext list_context; /* what is listed to be done */
	MemoryContext batch_context;
	RunAsOwner	caller;
	GuardMark	mark;
	bool		is_owner;		/* running as the owner */
	bool		is_guarded;		/* guard open */
} Sweep;

/* ----------------------------------------------------------------
 *		batches and runs
 * ---------------------------------------------------------------- */

static const LedgerStatement start_run = {
	"INSERT INTO @ledger@.job_run (job, started_at, detail)"
	" VALUES ($1, pg_catalog.clock_timestamp(), $2) RETURNING run_id", "text text"
};
static const LedgerStatement note_run = {
	"UPDATE @ledger@.job_run SET members = $2, entries = $3, findings = $4,"
	" finished_at = CASE WHEN $5 THEN pg_catalog.clock_timestamp() END"
	" WHERE run_id OPERATOR(pg_catalog.=) $1", "bigint bigint bigint bigint boolean"
};

/*
 * Writing up what is true anyway is maintenance and runs as the owner; taking
 * points back is posting and runs as the caller.
 */
static void
begin_batch(Sweep *sweep)
{
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	sweep->ledger = engage_ledger_open(sweep->ledger_name, sweep->purpose);
	if (sweep->purpose == LEDGER_MAINTAIN)
	{
		engage_ledger_refuse_rls(sweep->ledger);
		sweep->caller = engage_run_as_owner(sweep->ledger);
		sweep->is_owner = true;
	}
	sweep->mark = engage_guard_allow(sweep->ledger);
	sweep->is_guarded = true;
	/* now, and not in a subtransaction whose end would take it back */
	engage_guard_pin_path();
}

static void
leave_batch(Sweep *sweep)
{
	if (sweep->is_guarded)
		engage_guard_restore(sweep->mark);
	sweep->is_guarded = false;
	if (sweep->is_owner)
		engage_run_as_caller(sweep->caller);
	sweep->is_owner = false;
	if (sweep->ledger != NULL)
		engage_ledger_close(sweep->ledger);
	sweep->ledger = NULL;
}

/* The ledger is opened anew: it may have been altered, or dropped. */
static void
end_batch(Sweep *sweep)
{
	leave_batch(sweep);
	MemoryContextReset(sweep->batch_context);
	SPI_commit();
	SPI_finish();
	CHECK_FOR_INTERRUPTS();
}

static Store
store_of(Sweep *sweep)
{
	return (Store) {.ledger = sweep->ledger, .context = sweep->batch_context};
}

static void
record_start(Sweep *sweep, const char *detail)
{
	Store		store = store_of(sweep);
	Datum		values[2] = {CStringGetTextDatum(sweep->job)};

	values[1] = detail == NULL ? (Datum) 0 : CStringGetTextDatum(detail);
	engage_store_run(&store, &start_run, values, detail == NULL ? " n" : NULL, 0);
	sweep->run_id = engage_store_int64(0, 1);
}

static void
record_progress(Sweep *sweep, bool finished)
{
	Store		store = store_of(sweep);
	Datum		values[5] = {
		Int64GetDatum(sweep->run_id), Int64GetDatum(sweep->members),
		Int64GetDatum(sweep->entries), Int64GetDatum(sweep->findings),
		BoolGetDatum(finished)
	};

	engage_store_run(&store, &note_run, values, NULL, 0);
}

static void
check_may_maintain(Sweep *sweep)
{
	Oid			relid = sweep->ledger->tables[TABLE_ENTRY].relid;

	if (pg_class_aclcheck(relid, sweep->caller.user, ACL_INSERT) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, "entry");
}

static void
check_batch_size(int batch)
{
	if (batch < 1 || batch > 1000000)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("batch size %d is out of range", batch),
				 errdetail("It must be from 1 to 1000000 members."),
				 errhint("It says after how many to commit; leave it out for 1000.")));
}

static void
check_can_commit(FunctionCallInfo fcinfo, const char *call)
{
	if (fcinfo->context == NULL || !IsA(fcinfo->context, CallContext) ||
		castNode(CallContext, fcinfo->context)->atomic)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TRANSACTION_TERMINATION),
				 errmsg("%s commits batch by batch, so it cannot run inside a transaction", call),
				 errhint("CALL it by itself, outside BEGIN ... COMMIT and of functions.")));
}

static Datum
copy_member(Sweep *sweep, Datum member, MemoryContext context)
{
	Oid			type = sweep->ledger->member_type;
	MemoryContext old = MemoryContextSwitchTo(context);

	member = datumCopy(member, type == INT8OID, type == INT8OID ? 8 :
					   type == UUIDOID ? UUID_LEN : -1);
	MemoryContextSwitchTo(old);
	return member;
}

/* ----------------------------------------------------------------
 *		what cannot be done
 * ---------------------------------------------------------------- */

typedef void (*Work) (Sweep *sweep, void *arg);

/* Is it the rows that were worked on?  Then others can be done. */
static bool
is_of_rows(const ErrorData *error)
{
	int			category = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	return category == ERRCODE_DATA_EXCEPTION || category == ERRCODE_INTERNAL_ERROR ||
		category == ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION ||
		category == ERRCODE_TO_CATEGORY(ERRCODE_ENGAGE_REFUSED);
}

/*
 * In a subtransaction: NULL, or the error by which nothing of it was done.  An
 * error that another try would meet as well is raised.
 */
static ErrorData *
try_work(Sweep *sweep, Work work, void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		work(sweep, arg);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(sweep->batch_context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (error != NULL && !is_of_rows(error))
		ReThrowError(error);
	return error;
}

static void
leave_out(Sweep *sweep, Datum member, const ErrorData *error)
{
	sweep->findings++;
	ereport(WARNING,
			(errcode(error->sqlerrcode),
			 errmsg("%s: member %s is left out: %s", sweep->job,
					engage_member_text(sweep->ledger->member_type, member), error->message),
			 errhint("engage.ledger_verify() shows what is wrong; doc/runbook.md says how to repair it. Then call this again.")));
}

/* ----------------------------------------------------------------
 *		expire_points
 * ---------------------------------------------------------------- */

static const LedgerStatement first_due_members = {
	"SELECT a.member FROM @ledger@.account a"
	" WHERE a.next_due_at OPERATOR(pg_catalog.<=) $1 ORDER BY a.member LIMIT $2",
	"timestamptz bigint"
};
static const LedgerStatement more_due_members = {
	"SELECT a.member FROM @ledger@.account a"
	" WHERE a.next_due_at OPERATOR(pg_catalog.<=) $1 AND a.member OPERATOR(pg_catalog.>) $3"
	" ORDER BY a.member LIMIT $2",
	"timestamptz bigint member"
};

typedef struct MemberList
{
	MemoryContext context;		/* of the members, too */
	Datum	   *members;
	int			n;
	int			room;
} MemberList;

static void
add_member(Sweep *sweep, MemberList *list, Datum member)
{
	if (list->n >= list->room)
	{
		list->room = Max(list->room * 2, 1024);
		list->members = list->members == NULL
			? MemoryContextAlloc(list->context, list->room * sizeof(Datum))
			: repalloc_huge(list->members, (Size) list->room * sizeof(Datum));
	}
	list->members[list->n++] = copy_member(sweep, member, list->context);
}

static void
list_due_members(Sweep *sweep, MemberList *list, const Datum *after)
{
	Store		store = store_of(sweep);
	Datum		values[3] = {TimestampTzGetDatum(sweep->until), Int64GetDatum(MEMBERS_AT_ONCE)};
	uint64		n;

	if (after != NULL)
		values[2] = *after;
	n = engage_store_run(&store, after == NULL ? &first_due_members : &more_due_members,
						 values, NULL, 0);
	for (uint64 i = 0; i < n; i++)
	{
		bool		isnull;

		add_member(sweep, list, SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull));
	}
	SPI_freetuptable(SPI_tuptable);
}

typedef struct MemberKey
{
	Datum		member;
	const char *bytes;
	int			length;
} MemberKey;

static int
by_member(const void *a, const void *b)
{
	const MemberKey *x = a;
	const MemberKey *y = b;

	return engage_member_order(x->bytes, x->length, y->bytes, y->length);
}

/* Members that are waited for are locked in the order in which postings lock. */
static void
sort_members(Sweep *sweep, MemberList *list)
{
	MemoryContext context = AllocSetContextCreate(sweep->batch_context, "engage sort",
												  ALLOCSET_DEFAULT_SIZES);
	MemberKey  *keys = MemoryContextAllocHuge(context, Max(list->n, 1) * sizeof(MemberKey));

	for (int i = 0; i < list->n; i++)
	{
		keys[i].member = list->members[i];
		keys[i].bytes = engage_member_bytes(sweep->ledger->member_type, list->members[i],
											&keys[i].length, context);
	}
	qsort(keys, list->n, sizeof(MemberKey), by_member);
	for (int i = 0; i < list->n; i++)
		list->members[i] = keys[i].member;
	MemoryContextDelete(context);
}

/* Members that are settled together */
typedef struct Flush
{
	Datum	   *members;
	int			n;
	MemberList *skipped;		/* the busy ones; NULL: wait for them */
	int			nsettled;
	int64		nentries;
} Flush;

static void
settle_members(Sweep *sweep, void *arg)
{
	Flush	   *flush = arg;
	MemoryContext context = AllocSetContextCreate(sweep->batch_context, "engage sweep",
												  ALLOCSET_DEFAULT_SIZES);
	Store		store = {.ledger = sweep->ledger, .context = context};
	MemberBooks *books[MEMBERS_A_FLUSH];
	int			nbooks = flush->n;
	const char *role;
	const char *acting;

	SPI_connect();
	role = GetUserNameFromId(GetSessionUserId(), false);
	acting = GetUserId() == GetSessionUserId() ? NULL : GetUserNameFromId(GetUserId(), false);
	for (int i = 0; i < flush->n; i++)
		books[i] = engage_store_books(&store, flush->members[i]);
	engage_rows_begin(&store);
	if (flush->skipped == NULL)
		for (int i = 0; i < nbooks; i++)
		{
			CHECK_FOR_INTERRUPTS();
			engage_store_lock(&store, books[i]);
		}
	else
	{
		nbooks = engage_store_lock_free(&store, books, flush->n);
		for (int i = nbooks; i < flush->n; i++)
			add_member(sweep, flush->skipped, books[i]->member);
	}
	for (int i = 0; i < nbooks; i++)
	{
		MemberBooks *b = books[i];

		CHECK_FOR_INTERRUPTS();
		b->session_role = role;
		b->acting_role = acting;
		b->due_until = Min(sweep->until, b->now);
		engage_tier_attach(&store, b);
		engage_store_check_account(&store, b);
		engage_store_settle(&store, b);
		flush->nsettled++;
		flush->nentries += b->nentries;
	}
	engage_store_flush(&store, books, nbooks, NULL, 0);
	engage_rows_end(&store);
	SPI_finish();
	MemoryContextDelete(context);
}

/* NULL, or the error by which none of them was settled */
static ErrorData *
try_members(Sweep *sweep, Datum *members, int n, MemberList *skipped)
{
	Flush		flush = {.members = members, .n = n, .skipped = skipped};
	int			nskipped = skipped == NULL ? 0 : skipped->n;
	ErrorData  *error = try_work(sweep, settle_members, &flush);

	if (error == NULL)
	{
		sweep->members += flush.nsettled;
		sweep->entries += flush.nentries;
	}
	else if (skipped != NULL)
		skipped->n = nskipped;
	return error;
}

/* Settles some members in one transaction; the busy ones go to "skipped". */
static void
settle_batch(Sweep *sweep, Datum *members, int n, MemberList *skipped)
{
	for (int first = 0; first < n; first += MEMBERS_A_FLUSH)
	{
		int			together = Min(n - first, MEMBERS_A_FLUSH);

		CHECK_FOR_INTERRUPTS();
		if (try_members(sweep, members + first, together, skipped) == NULL)
			continue;
		/* somebody among them: one by one */
		for (int i = first; i < first + together; i++)
		{
			ErrorData  *error = try_members(sweep, members + i, 1, skipped);

			if (error != NULL)
				leave_out(sweep, members[i], error);
		}
	}
}

static void
settle_list(Sweep *sweep, MemberList *list, MemberList *skipped)
{
	for (int first = 0; first < list->n; first += sweep->batch)
	{
		settle_batch(sweep, list->members + first, Min(sweep->batch, list->n - first), skipped);
		record_progress(sweep, false);
		ereport(NOTICE,
				(errmsg("expire_points: " INT64_FORMAT " members, " INT64_FORMAT " entries",
						sweep->members, sweep->entries)));
		end_batch(sweep);
		begin_batch(sweep);
	}
}

static Sweep *
create_sweep(FunctionCallInfo fcinfo, LedgerPurpose purpose, const char *job)
{
	/* the portal's memory, which lives until the CALL ends */
	MemoryContext context = AllocSetContextCreate(PortalContext, "engage job",
												  ALLOCSET_DEFAULT_SIZES);
	Sweep	   *sweep = MemoryContextAllocZero(context, sizeof(Sweep));

	sweep->context = context;
	sweep->purpose = purpose;
	sweep->job = job;
	sweep->list_context = AllocSetContextCreate(context, "engage list", ALLOCSET_DEFAULT_SIZES);
	sweep->batch_context = AllocSetContextCreate(context, "engage batch", ALLOCSET_DEFAULT_SIZES);
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"ledger\" must not be NULL")));
	sweep->ledger_name = MemoryContextStrdup(context, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	return sweep;
}

/* CALL engage.expire_points(ledger, until, batch) */
PG_FUNCTION_INFO_V1(engage_expire_points);
Datum
engage_expire_points(PG_FUNCTION_ARGS)
{
	Sweep	   *sweep = create_sweep(fcinfo, LEDGER_MAINTAIN, "expire_points");
	bool		has_until = !PG_ARGISNULL(1);
	TimestampTz until = has_until ? PG_GETARG_TIMESTAMPTZ(1) : 0;

	sweep->batch = PG_ARGISNULL(2) ? 1000 : PG_GETARG_INT32(2);
	check_batch_size(sweep->batch);
	check_can_commit(fcinfo, "engage.expire_points()");

	PG_TRY();
	{
		MemberList	skipped = {.context = sweep->context};
		MemberList	due;
		bool		is_first = true;
		TimestampTz now;

		begin_batch(sweep);
		check_may_maintain(sweep);
		now = engage_ledger_clock(sweep->ledger);
		sweep->until = has_until ? Min(until, now) : now;
		record_start(sweep, NULL);
		do
		{
			Datum		last = (Datum) 0;

			if (!is_first)
				last = copy_member(sweep, due.members[due.n - 1], sweep->batch_context);
			MemoryContextReset(sweep->list_context);
			due = (MemberList) {.context = sweep->list_context};
			list_due_members(sweep, &due, is_first ? NULL : &last);
			is_first = false;
			settle_list(sweep, &due, &skipped);
		} while (due.n == MEMBERS_AT_ONCE);
		sort_members(sweep, &skipped);
		settle_list(sweep, &skipped, NULL);
		record_progress(sweep, true);
		end_batch(sweep);
	}
	PG_FINALLY();
	{
		leave_batch(sweep);
	}
	PG_END_TRY();
	PG_RETURN_VOID();
}

/* ----------------------------------------------------------------
 *		reverse_batch
 * ---------------------------------------------------------------- */

/*
 * Along the index entry_batch.  What is granted while this runs, to a member
 * that it has passed, is left to another call.
 */
#define GRANTS_OF_BATCH(after) \
	"SELECT e.member, e.seq, COALESCE(e.source_ref, e.key) FROM @ledger@.entry e" \
	" WHERE e.batch OPERATOR(pg_catalog.=) $1" after \
	" AND e.kind OPERATOR(pg_catalog.=) ANY ('{earn,award,bonus,opening}')" \
	" AND e.amount OPERATOR(pg_catalog.>) (SELECT COALESCE(pg_catalog.sum(" \
	"OPERATOR(pg_catalog.-) r.amount), 0)::pg_catalog.int8 FROM @ledger@.entry r" \
	" WHERE r.member OPERATOR(pg_catalog.=) e.member" \
	" AND r.reverses_seq OPERATOR(pg_catalog.=) e.seq" \
	" AND r.kind OPERATOR(pg_catalog.=) 'reverse')" \
	" ORDER BY e.member, e.seq LIMIT $2"

static const LedgerStatement first_grants = {GRANTS_OF_BATCH(""), "text bigint"};
static const LedgerStatement more_grants = {
	GRANTS_OF_BATCH(" AND ROW(e.member, e.seq) OPERATOR(pg_catalog.>) ROW($3, $4)"),
	"text bigint member bigint"
};

typedef struct BatchGrant
{
	MemberKey	key;
	int64		seq;
	const char *source_ref;
} BatchGrant;

typedef struct Reversal
{
	const char *batch_name;
	const char *reason;
	BatchGrant *grants;			/* to be reversed now */
	int			n;
	int64		nreversed;
	BudgetReturns *returns;
} Reversal;

static int
by_member_then_seq(const void *a, const void *b)
{
	const BatchGrant *x = a;
	const BatchGrant *y = b;
	int			order = by_member(&x->key, &y->key);

	return order != 0 ? order : x->seq < y->seq ? -1 : x->seq > y->seq;
}

/*
 * The next grants, in the order in which postings lock; "last" moves on in the
 * order of the index.
 */
static int
list_grants(Sweep *sweep, Reversal *reversal, BatchGrant *last, bool is_first)
{
	Store		store = {.ledger = sweep->ledger, .context = sweep->list_context};
	Datum		values[4] = {
		CStringGetTextDatum(reversal->batch_name), Int64GetDatum(sweep->batch)
	};
	int			n;

	if (!is_first)
	{
		values[2] = copy_member(sweep, last->key.member, sweep->batch_context);
		values[3] = Int64GetDatum(last->seq);
	}
	MemoryContextReset(sweep->list_context);
	n = engage_store_run(&store, is_first ? &first_grants : &more_grants, values, NULL, 0);
	reversal->grants = MemoryContextAllocHuge(sweep->list_context, Max(n, 1) * sizeof(BatchGrant));
	for (int i = 0; i < n; i++)
	{
		BatchGrant *grant = &reversal->grants[i];
		bool		isnull;

		grant->key.member = copy_member(sweep, SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull),
										sweep->list_context);
		grant->key.bytes = engage_member_bytes(sweep->ledger->member_type, grant->key.member,
											   &grant->key.length, sweep->list_context);
		grant->seq = engage_store_int64(i, 2);
		grant->source_ref = engage_store_text(&store, i, 3);
	}
	SPI_freetuptable(SPI_tuptable);
	if (n > 0)
		*last = reversal->grants[n - 1];
	qsort(reversal->grants, n, sizeof(BatchGrant), by_member_then_seq);
	return n;
}

static void
reverse_grants(Sweep *sweep, void *arg)
{
	Reversal   *reversal = arg;
	int			n = reversal->n;
	MemoryContext context = AllocSetContextCreate(sweep->batch_context, "engage reversal",
												  ALLOCSET_DEFAULT_SIZES);
	Posting    *posting = engage_posting_create(sweep->ledger, context);
	PostingRequest *requests = MemoryContextAllocZero(context, n * sizeof(PostingRequest));
	PostingOutcome *outcomes = MemoryContextAllocZero(context, n * sizeof(PostingOutcome));
	BudgetReturns returns = {.context = context};

	SPI_connect();
	for (int i = 0; i < n; i++)
	{
		PostingRequest *r = &requests[i];

		r->kind = ENTRY_REVERSE;
		r->ordinal = i + 1;
		r->member = reversal->grants[i].key.member;
		r->only_grant = reversal->grants[i].seq;
		r->source_ref = reversal->grants[i].source_ref;
		r->key = psprintf("batch:%s:" INT64_FORMAT, reversal->batch_name, r->only_grant);
		r->reason = reversal->reason;
		r->at = r->available_at = r->expires_at = r->until = TIME_NULL;
	}
	posting->returns = &returns;
	engage_post(posting, requests, n, outcomes);
	for (int i = 0; i < n; i++)
		reversal->nreversed += strcmp(outcomes[i].status, OUTCOME_OK) == 0;
	for (int i = 0; i < returns.n; i++)
		engage_budget_owe(reversal->returns, returns.campaigns[i], returns.points[i]);
	SPI_finish();
	MemoryContextDelete(context);
}

static ErrorData *
try_grants(Sweep *sweep, Reversal *reversal, BatchGrant *grants, int n)
{
	Reversal	part = *reversal;
	ErrorData  *error;

	part.grants = grants;
	part.n = n;
	part.nreversed = 0;
	error = try_work(sweep, reverse_grants, &part);
	if (error == NULL)
	{
		sweep->members += n;
		sweep->entries += part.nreversed;
	}
	return error;
}

/* One batch of grants */
static void
reverse_batch(Sweep *sweep, Reversal *reversal, int n)
{
	Store		store = store_of(sweep);
	BudgetReturns returns = {.context = sweep->batch_context};

	reversal->returns = &returns;
	for (int first = 0; first < n; first += MEMBERS_A_FLUSH)
	{
		BatchGrant *grants = reversal->grants + first;
		int			together = Min(n - first, MEMBERS_A_FLUSH);

		CHECK_FOR_INTERRUPTS();
		if (try_grants(sweep, reversal, grants, together) == NULL)
			continue;
		for (int i = 0; i < together; i++)
		{
			ErrorData  *error = try_grants(sweep, reversal, &grants[i], 1);

			if (error != NULL)
				leave_out(sweep, grants[i].key.member, error);
		}
	}
	/* after the last member is locked */
	engage_budget_return(&store, &returns);
}

/* CALL engage.reverse_batch(ledger, batch, reason, batch_size) */
PG_FUNCTION_INFO_V1(engage_reverse_batch);
Datum
engage_reverse_batch(PG_FUNCTION_ARGS)
{
	Sweep	   *sweep = create_sweep(fcinfo, LEDGER_POST, "reverse_batch");
	char	   *batch_name;
	char	   *reason;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"%s\" must not be NULL", PG_ARGISNULL(1) ? "batch" : "reason"),
				 errhint("The batch is the name that the grants were made under; the reason stays in the journal.")));
	batch_name = MemoryContextStrdup(sweep->context, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	reason = MemoryContextStrdup(sweep->context, text_to_cstring(PG_GETARG_TEXT_PP(2)));
	engage_check_stated(reason, "reason");
	sweep->batch = PG_ARGISNULL(3) ? 1000 : PG_GETARG_INT32(3);
	check_batch_size(sweep->batch);
	check_can_commit(fcinfo, "engage.reverse_batch()");

	PG_TRY();
	{
		Reversal	reversal = {.batch_name = batch_name, .reason = reason};
		BatchGrant	last;
		bool		is_first = true;
		int			n;

		begin_batch(sweep);
		record_start(sweep, batch_name);
		while ((n = list_grants(sweep, &reversal, &last, is_first)) > 0)
		{
			is_first = false;
			reverse_batch(sweep, &reversal, n);
			record_progress(sweep, false);
			ereport(NOTICE,
					(errmsg("reverse_batch: " INT64_FORMAT " grants", sweep->members)));
			end_batch(sweep);
			begin_batch(sweep);
		}
		record_progress(sweep, true);
		end_batch(sweep);
	}
	PG_FINALLY();
	{
		leave_batch(sweep);
	}
	PG_END_TRY();
	PG_RETURN_VOID();
}
