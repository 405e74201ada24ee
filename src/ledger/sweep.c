/*-------------------------------------------------------------------------
 *
 * sweep.c
 *	  The long jobs: expire_points and reverse_batch.
 *
 * They commit batch by batch, so they hold few locks, lose little when they are
 * interrupted and can simply be called again: what is left to do is in the
 * tables.  A member who is busy is skipped and comes again at the end.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/errors.h"
#include "common/interrupts.h"
#include "ledger/post_sql.h"
#include "ledger/tier.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"

/* Rows of the list of members that are read at a time */
#define MEMBERS_AT_ONCE 100000

/* Members whose rows are written together */
#define MEMBERS_A_FLUSH 500

typedef struct Sweep
{
	const char *ledger_name;
	LedgerPurpose purpose;
	Ledger	   *ledger;
	TimestampTz until;
	int			batch;
	int64		run_id;
	int64		members;		/* done so far */
	int64		entries;
	MemoryContext context;		/* survives commits */
	MemoryContext batch_context;
	RunAsOwner	caller;
	GuardMark	mark;
	bool		is_inside;		/* guard open, running as owner */
} Sweep;

/* ----------------------------------------------------------------
 *		batches and runs
 * ---------------------------------------------------------------- */

static const LedgerStatement start_run = {
	"INSERT INTO @ledger@.job_run (job, started_at, detail)"
	" VALUES ($1, pg_catalog.clock_timestamp(), $2) RETURNING run_id", "text text"
};
static const LedgerStatement note_run = {
	"UPDATE @ledger@.job_run SET members = $2, entries = $3,"
	" finished_at = CASE WHEN $4 THEN pg_catalog.clock_timestamp() END"
	" WHERE run_id OPERATOR(pg_catalog.=) $1", "bigint bigint bigint boolean"
};

/*
 * Writing up what is true anyway is maintenance and runs as the owner; taking
 * points back is posting and runs as the caller.
 */
static void
begin_batch(Sweep *sweep)
{
	sweep->ledger = engage_ledger_open(sweep->ledger_name, sweep->purpose);
	if (sweep->purpose == LEDGER_MAINTAIN)
	{
		engage_ledger_refuse_rls(sweep->ledger);
		sweep->caller = engage_run_as_owner(sweep->ledger);
	}
	sweep->mark = engage_guard_allow(sweep->ledger);
	sweep->is_inside = true;
}

static void
leave_batch(Sweep *sweep)
{
	if (!sweep->is_inside)
		return;
	sweep->is_inside = false;
	engage_guard_restore(sweep->mark);
	if (sweep->purpose == LEDGER_MAINTAIN)
		engage_run_as_caller(sweep->caller);
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
	CHECK_FOR_INTERRUPTS();
}

static Store
store_of(Sweep *sweep)
{
	return (Store) {.ledger = sweep->ledger, .context = sweep->batch_context};
}

static void
record_start(Sweep *sweep, const char *job, const char *detail)
{
	Store		store = store_of(sweep);
	Datum		values[2] = {CStringGetTextDatum(job)};

	values[1] = detail == NULL ? (Datum) 0 : CStringGetTextDatum(detail);
	engage_store_run(&store, &start_run, values, detail == NULL ? " n" : NULL, 0);
	sweep->run_id = engage_store_int64(0, 1);
}

static void
record_progress(Sweep *sweep, bool finished)
{
	Store		store = store_of(sweep);
	Datum		values[4] = {
		Int64GetDatum(sweep->run_id), Int64GetDatum(sweep->members),
		Int64GetDatum(sweep->entries), BoolGetDatum(finished)
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
				 errdetail("It must be from 1 to 1000000 members.")));
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
copy_member(Sweep *sweep, Datum member)
{
	Oid			type = sweep->ledger->member_type;
	MemoryContext old = MemoryContextSwitchTo(sweep->context);

	member = datumCopy(member, type == INT8OID, type == INT8OID ? 8 :
					   type == UUIDOID ? UUID_LEN : -1);
	MemoryContextSwitchTo(old);
	return member;
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
			? MemoryContextAlloc(sweep->context, list->room * sizeof(Datum))
			: repalloc_huge(list->members, (Size) list->room * sizeof(Datum));
	}
	list->members[list->n++] = member;
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

		add_member(sweep, list, copy_member(sweep, SPI_getbinval(SPI_tuptable->vals[i],
																 SPI_tuptable->tupdesc, 1, &isnull)));
	}
	SPI_freetuptable(SPI_tuptable);
}

/* Settles some members in one transaction; the busy ones go to "skipped". */
static void
settle_batch(Sweep *sweep, Datum *members, int n, MemberList *skipped)
{
	const char *role = MemoryContextStrdup(sweep->batch_context,
										   GetUserNameFromId(GetSessionUserId(), false));
	const char *acting = GetUserId() == GetSessionUserId() ? NULL
		: MemoryContextStrdup(sweep->batch_context, GetUserNameFromId(GetUserId(), false));
	MemoryContext flush_context = AllocSetContextCreate(sweep->batch_context, "engage sweep",
														ALLOCSET_DEFAULT_SIZES);
	Store		store = {.ledger = sweep->ledger, .context = flush_context};

	for (int first = 0; first < n; first += MEMBERS_A_FLUSH)
	{
		MemberBooks *books[MEMBERS_A_FLUSH];
		int			nlisted = Min(n - first, MEMBERS_A_FLUSH);
		int			nbooks = nlisted;

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < nlisted; i++)
			books[i] = engage_store_books(&store, members[first + i]);
		engage_rows_begin(&store);
		if (skipped == NULL)
			for (int i = 0; i < nbooks; i++)
			{
				CHECK_FOR_INTERRUPTS();
				engage_store_lock(&store, books[i]);
			}
		else
		{
			nbooks = engage_store_lock_free(&store, books, nlisted);
			for (int i = nbooks; i < nlisted; i++)
				add_member(sweep, skipped, copy_member(sweep, books[i]->member));
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
			sweep->members++;
			sweep->entries += b->nentries;
		}
		engage_store_flush(&store, books, nbooks, NULL, 0);
		engage_rows_end(&store);
		MemoryContextReset(flush_context);
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
create_sweep(FunctionCallInfo fcinfo, LedgerPurpose purpose)
{
	/* the portal's memory, which lives until the CALL ends */
	MemoryContext context = AllocSetContextCreate(PortalContext, "engage job",
												  ALLOCSET_DEFAULT_SIZES);
	Sweep	   *sweep = MemoryContextAllocZero(context, sizeof(Sweep));

	sweep->context = context;
	sweep->purpose = purpose;
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
	Sweep	   *sweep = create_sweep(fcinfo, LEDGER_MAINTAIN);
	bool		has_until = !PG_ARGISNULL(1);
	TimestampTz until = has_until ? PG_GETARG_TIMESTAMPTZ(1) : 0;

	sweep->batch = PG_ARGISNULL(2) ? 1000 : PG_GETARG_INT32(2);
	check_batch_size(sweep->batch);
	check_can_commit(fcinfo, "engage.expire_points()");

	SPI_connect_ext(SPI_OPT_NONATOMIC);
	PG_TRY();
	{
		MemberList	skipped = {0};
		MemberList	due = {0};
		TimestampTz now;

		begin_batch(sweep);
		check_may_maintain(sweep);
		now = engage_ledger_clock(sweep->ledger);
		sweep->until = has_until ? Min(until, now) : now;
		record_start(sweep, "expire_points", NULL);
		do
		{
			Datum		last = due.n > 0 ? due.members[due.n - 1] : (Datum) 0;
			bool		first = due.n == 0;

			due.n = 0;
			list_due_members(sweep, &due, first ? NULL : &last);
			settle_list(sweep, &due, &skipped);
		} while (due.n == MEMBERS_AT_ONCE);
		settle_list(sweep, &skipped, NULL);
		record_progress(sweep, true);
		end_batch(sweep);
	}
	PG_FINALLY();
	{
		leave_batch(sweep);
	}
	PG_END_TRY();
	SPI_finish();
	PG_RETURN_VOID();
}

/* ----------------------------------------------------------------
 *		reverse_batch
 * ---------------------------------------------------------------- */

static const LedgerStatement grants_of_batch = {
	"SELECT e.member, e.seq, COALESCE(e.source_ref, e.key) FROM @ledger@.entry e"
	" WHERE e.batch OPERATOR(pg_catalog.=) $1"
	" AND e.kind OPERATOR(pg_catalog.=) ANY ('{earn,award,bonus,opening}')"
	" AND e.amount OPERATOR(pg_catalog.>) (SELECT COALESCE(pg_catalog.sum("
	"OPERATOR(pg_catalog.-) r.amount), 0)::pg_catalog.int8 FROM @ledger@.entry r"
	" WHERE r.member OPERATOR(pg_catalog.=) e.member"
	" AND r.reverses_seq OPERATOR(pg_catalog.=) e.seq"
	" AND r.kind OPERATOR(pg_catalog.=) 'reverse')"
	" AND NOT EXISTS (SELECT FROM @ledger@.entry k"
	" WHERE k.member OPERATOR(pg_catalog.=) e.member"
	" AND k.kind OPERATOR(pg_catalog.=) 'reverse' AND k.key OPERATOR(pg_catalog.=)"
	" ('batch:' OPERATOR(pg_catalog.||) $1 OPERATOR(pg_catalog.||) ':'"
	" OPERATOR(pg_catalog.||) e.seq::pg_catalog.text))"
	" AND NOT EXISTS (SELECT FROM @ledger@.refusal k"
	" WHERE k.member OPERATOR(pg_catalog.=) e.member"
	" AND k.kind OPERATOR(pg_catalog.=) 'reverse' AND k.key OPERATOR(pg_catalog.=)"
	" ('batch:' OPERATOR(pg_catalog.||) $1 OPERATOR(pg_catalog.||) ':'"
	" OPERATOR(pg_catalog.||) e.seq::pg_catalog.text))"
	" ORDER BY e.member, e.seq LIMIT $2", "text bigint"
};

/* One batch of grants; false: none are left. */
static bool
reverse_some(Sweep *sweep, const char *batch_name, const char *reason)
{
	Store		store = store_of(sweep);
	Datum		values[2] = {CStringGetTextDatum(batch_name), Int64GetDatum(sweep->batch)};
	int			n = engage_store_run(&store, &grants_of_batch, values, NULL, 0);
	MemoryContext old = MemoryContextSwitchTo(sweep->batch_context);
	PostingRequest *requests = palloc0(Max(n, 1) * sizeof(PostingRequest));
	PostingOutcome *outcomes = palloc0(Max(n, 1) * sizeof(PostingOutcome));

	for (int i = 0; i < n; i++)
	{
		PostingRequest *r = &requests[i];
		bool		isnull;
		Oid			type = sweep->ledger->member_type;

		r->kind = ENTRY_REVERSE;
		r->ordinal = i + 1;
		r->member = datumCopy(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull),
							  type == INT8OID, type == INT8OID ? 8 : type == UUIDOID ? UUID_LEN : -1);
		r->only_grant = engage_store_int64(i, 2);
		r->source_ref = engage_store_text(&store, i, 3);
		r->key = psprintf("batch:%s:" INT64_FORMAT, batch_name, r->only_grant);
		r->reason = reason;
		r->at = r->available_at = r->expires_at = r->until = TIME_NULL;
	}
	if (n > 0)
		engage_post(engage_posting_create(sweep->ledger, sweep->batch_context),
					requests, n, outcomes);
	MemoryContextSwitchTo(old);
	sweep->members += n;
	for (int i = 0; i < n; i++)
		sweep->entries += strcmp(outcomes[i].status, OUTCOME_OK) == 0;
	return n > 0;
}

/* CALL engage.reverse_batch(ledger, batch, reason, batch_size) */
PG_FUNCTION_INFO_V1(engage_reverse_batch);
Datum
engage_reverse_batch(PG_FUNCTION_ARGS)
{
	Sweep	   *sweep = create_sweep(fcinfo, LEDGER_POST);
	char	   *batch_name;
	char	   *reason;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"%s\" must not be NULL", PG_ARGISNULL(1) ? "batch" : "reason")));
	batch_name = MemoryContextStrdup(sweep->context, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	reason = MemoryContextStrdup(sweep->context, text_to_cstring(PG_GETARG_TEXT_PP(2)));
	sweep->batch = PG_ARGISNULL(3) ? 1000 : PG_GETARG_INT32(3);
	check_batch_size(sweep->batch);
	check_can_commit(fcinfo, "engage.reverse_batch()");

	SPI_connect_ext(SPI_OPT_NONATOMIC);
	PG_TRY();
	{
		bool		more;

		begin_batch(sweep);
		record_start(sweep, "reverse_batch", batch_name);
		do
		{
			more = reverse_some(sweep, batch_name, reason);
			record_progress(sweep, !more);
			if (more)
				ereport(NOTICE,
						(errmsg("reverse_batch: " INT64_FORMAT " grants", sweep->members)));
			end_batch(sweep);
			if (more)
				begin_batch(sweep);
		} while (more);
	}
	PG_FINALLY();
	{
		leave_batch(sweep);
	}
	PG_END_TRY();
	SPI_finish();
	PG_RETURN_VOID();
}
