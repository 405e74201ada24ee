/*-------------------------------------------------------------------------
 *
 * operations.c
 *	  Earning, spending, holding.
 *
 * Each function finds out whether the request can be granted before it changes
 * anything in the books, because a refusal must leave them as they are.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/errors.h"
#include "ledger/award.h"
#include "ledger/calendar.h"
#include "ledger/post.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"

/* ----------------------------------------------------------------
 *		dates of lots
 * ---------------------------------------------------------------- */

static const LedgerStatement last_grant = {
	"SELECT e.recorded_at FROM @ledger@.entry e WHERE e.member OPERATOR(pg_catalog.=) $1"
	" AND e.seq OPERATOR(pg_catalog.=) (SELECT pg_catalog.max(l.lot_no) FROM @ledger@.lot l"
	" WHERE l.member OPERATOR(pg_catalog.=) $1 AND l.lot_no OPERATOR(pg_catalog.<=) $2)",
	"member bigint"
};

/* When the member last got points before this call; -infinity: never */
static TimestampTz
last_granted_at(Posting *posting)
{
	MemberBooks *books = posting->books;
	Datum		values[2] = {books->member, Int64GetDatum(books->seq_at_load)};
	TimestampTz instant = DT_NOBEGIN;

	if (books->seq_at_load == 0)
		return instant;
	if (engage_store_run(&posting->store, &last_grant, values, NULL, 1) > 0)
		instant = engage_store_time(0, 1);
	SPI_freetuptable(SPI_tuptable);
	return instant;
}

void
engage_note_activity(Posting *posting)
{
	LedgerSettings *s = posting->settings;
	LedgerAccount *account = &posting->books->account;
	TimestampTz from = posting->active_at;
	TimestampTz until;

	if (s->expires_inactive == NULL)
		return;

	/*
	 * Infinity says that there was no activity since the last expiry.  Points
	 * that came without, by an adjustment, cannot lapse before they are there.
	 */
	if (account->inactive_at == DT_NOEND && from < posting->books->now)
		from = Max(from, last_granted_at(posting));
	until = engage_zone_add(from, s->expires_inactive, s->time_zone);
	if (account->inactive_at == DT_NOEND || account->inactive_at < until)
		account->inactive_at = until;
}

/* The expiry by the rule's or the ledger's policy of points that count "from" */
static TimestampTz
expiry_by_policy(Posting *posting, const Interval *expires_after, TimestampTz from)
{
	LedgerSettings *s = posting->settings;
	TimestampTz expiry;

	if (expires_after == NULL)
		expires_after = s->expires_after;
	if (expires_after == NULL)
		return s->expires_on_month == 0 ? DT_NOEND
			: engage_zone_next_yearly(from, s->expires_on_month,
									  s->expires_on_day, s->time_zone);
	expiry = engage_zone_add(from, expires_after, s->time_zone);
	switch (s->expiry_rounding)
	{
		case EXPIRY_DAY:
			return engage_zone_round_up(expiry, CALENDAR_DAY, s->time_zone);
		case EXPIRY_MONTH:
			return engage_zone_round_up(expiry, CALENDAR_MONTH, s->time_zone);
		case EXPIRY_YEAR:
			return engage_zone_round_up(expiry, CALENDAR_YEAR, s->time_zone);
		case EXPIRY_NOT_ROUNDED:
			break;
	}
	return expiry;
}

void
engage_grant_dates(Posting *posting, const Interval *available_after,
				   const Interval *expires_after, TimestampTz *available_at,
				   TimestampTz *expires_at)
{
	PostingRequest *r = posting->request;
	LedgerSettings *s = posting->settings;

	if (!IS_TIME_NULL(r->available_at))
		*available_at = r->available_at;
	else if (s->manual_activation)
		*available_at = DT_NOEND;
	else
		*available_at = engage_zone_add(posting->effective_at,
										available_after != NULL ? available_after : &s->available_after,
										s->time_zone);
	if (IS_TIME_NULL(r->expires_at))
	{
		*expires_at = expiry_by_policy(posting, expires_after, posting->effective_at);
		/* nobody asked for points that are never to be used */
		if (*expires_at <= *available_at && *available_at != DT_NOEND)
			*expires_at = expiry_by_policy(posting, expires_after, *available_at);
	}
	else
		*expires_at = r->expires_at;

	if (*expires_at <= *available_at && *available_at != DT_NOEND)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("points would expire before they are available"),
				 errdetail("Available at %s, expiring at %s.",
						   pstrdup(timestamptz_to_str(*available_at)),
						   pstrdup(timestamptz_to_str(*expires_at))),
				 errhint("Give expires_at later than available_at.")));
}

/* ----------------------------------------------------------------
 *		earning
 * ---------------------------------------------------------------- */

/*
 * A source earns once, or once by each rule, whatever the keys of the requests:
 * there is neither an entry that names it, nor one whose key it is and that
 * names no other.
 */
bool
engage_is_awarded_already(Posting *posting)
{
	PostingRequest *r = posting->request;
	const char *kind = engage_entry_kind_names[r->kind];
	Datum		source = CStringGetTextDatum(r->source_ref != NULL ? r->source_ref : r->key);
	Datum		keys[2] = {CStringGetTextDatum(kind), source};
	Probe		probe;
	bool		found = false;

	if (posting->books->account.has_sources)
	{
		engage_probe_begin(&probe, &posting->store, INDEX_ENTRY_SOURCE, posting->books->member, 1, &source);
		while (!found && engage_probe_next(&probe))
			found = engage_probe_text_is(&probe, Anum_entry_kind, kind) &&
				(r->rule == NULL || engage_probe_text_is(&probe, Anum_entry_rule, r->rule));
		engage_probe_end(&probe);
	}

	/* the key itself was looked for before */
	if (found || r->source_ref == NULL)
		return found;
	engage_probe_begin(&probe, &posting->store, INDEX_ENTRY_KEY, posting->books->member, 2, keys);
	while (!found && engage_probe_next(&probe))
		found = engage_probe_is_null(&probe, Anum_entry_source_ref) &&
			(r->rule == NULL || engage_probe_text_is(&probe, Anum_entry_rule, r->rule));
	engage_probe_end(&probe);
	return found;
}

static const char *
grant(Posting *posting)
{
	PostingRequest *r = posting->request;
	TimestampTz available_at;
	TimestampTz expires_at;
	LedgerEntry *entry;

	if (engage_is_awarded_already(posting))
		return "already_awarded";
	engage_grant_dates(posting, NULL, NULL, &available_at, &expires_at);
	entry = engage_begin_keyed(posting, r->kind);
	engage_books_grant(posting->books, entry, r->points, available_at, expires_at);
	engage_books_end(posting->books, entry);
	if (r->kind == ENTRY_EARN)
		engage_award_earned(posting, entry);
	engage_note_activity(posting);
	return OUTCOME_OK;
}

const char *
engage_do_earn(Posting *posting)
{
	return grant(posting);
}

const char *
engage_do_opening(Posting *posting)
{
	return grant(posting);
}

/* ----------------------------------------------------------------
 *		spending
 * ---------------------------------------------------------------- */

static const char *
cannot_spend(Posting *posting, int64 points)
{
	LedgerAccount *account = &posting->books->account;

	if (account->debt > 0)
	{
		posting->detail = psprintf("debt " INT64_FORMAT, account->debt);
		return "in_debt";
	}
	if (account->available < points)
	{
		posting->detail = psprintf("available " INT64_FORMAT, account->available);
		return "insufficient";
	}
	return NULL;
}

/*
 * Takes points from lots in the order of consumption.  The caller knows that
 * there are enough; if the lots say otherwise, the account is wrong.
 */
static void
take_points(Posting *posting, LedgerEntry *entry, LotAction action,
			int64 points, LedgerHold *hold)
{
	MemberBooks *books = posting->books;
	LedgerLot **lots;
	int			nlots;

	engage_store_load_spendable(&posting->store, books, points);
	lots = engage_books_consumption_order(books, posting->settings->earned_first, &nlots);
	if (hold != NULL)
	{
		hold->lots = MemoryContextAllocHuge(books->context, Max(nlots, 1) * sizeof(int64));
		hold->slices = MemoryContextAllocHuge(books->context, Max(nlots, 1) * sizeof(int64));
	}
	for (int i = 0; i < nlots && points > 0; i++)
	{
		int64		taken = Min(points, engage_lot_spendable(books, lots[i]));

		engage_books_use(books, entry, lots[i], action, taken);
		if (hold != NULL)
		{
			hold->lots[hold->nslices] = lots[i]->lot_no;
			hold->slices[hold->nslices++] = taken;
		}
		points -= taken;
	}
	if (points > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("member %s has fewer points in lots than in account",
						engage_member_text(posting->ledger->member_type, books->member)),
				 errhint("engage.ledger_verify() shows what else is wrong with this ledger.")));
}

const char *
engage_do_redeem(Posting *posting)
{
	int64		points = posting->request->points;
	const char *refusal = cannot_spend(posting, points);
	LedgerEntry *entry;

	if (refusal != NULL)
		return refusal;
	entry = engage_begin_keyed(posting, ENTRY_REDEEM);
	take_points(posting, entry, USE_CONSUME, points, NULL);
	engage_books_end(posting->books, entry);
	engage_note_activity(posting);
	return OUTCOME_OK;
}

static const LedgerStatement adjust_limits = {
	"SELECT role, max_points FROM @ledger@.adjust_limit", ""
};

/* How much the caller may adjust at once: the owner as he likes. */
static int64
adjust_limit(Posting *posting)
{
	int64		limit = 0;
	Oid			user = GetUserId();

	if (user == posting->ledger->owner)
		return PG_INT64_MAX;
	engage_store_run(&posting->store, &adjust_limits, NULL, NULL, 0);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		Oid			role = get_role_oid(engage_store_text(&posting->store, row, 1), true);

		if (OidIsValid(role) && is_member_of_role_nosuper(user, role))
			limit = Max(limit, engage_store_int64(row, 2));
	}
	SPI_freetuptable(SPI_tuptable);
	return limit;
}

const char *
engage_do_adjust(Posting *posting)
{
	PostingRequest *r = posting->request;
	MemberBooks *books = posting->books;
	LedgerEntry *entry;
	int64		limit = adjust_limit(posting);

	if (r->points > limit || -r->points > limit)
	{
		posting->detail = psprintf("limit " INT64_FORMAT, limit);
		return "over_limit";
	}
	if (r->points > 0)
	{
		/* what puts matters right does not wait */
		TimestampTz expires_at = expiry_by_policy(posting, NULL, books->now);

		entry = engage_begin_keyed(posting, ENTRY_ADJUST);
		engage_books_grant(books, entry, r->points, books->now, expires_at);
	}
	else
	{
		if (books->account.available < -r->points)
		{
			posting->detail = psprintf("available " INT64_FORMAT, books->account.available);
			return "insufficient";
		}
		entry = engage_begin_keyed(posting, ENTRY_ADJUST);
		take_points(posting, entry, USE_CONSUME, -r->points, NULL);
	}
	engage_books_end(books, entry);
	return OUTCOME_OK;
}

/* ----------------------------------------------------------------
 *		holding
 * ---------------------------------------------------------------- */

const char *
engage_do_hold(Posting *posting)
{
	PostingRequest *r = posting->request;
	MemberBooks *books = posting->books;
	const char *refusal = cannot_spend(posting, r->points);
	LedgerEntry *entry;
	LedgerHold *hold;

	if (refusal != NULL)
		return refusal;
	hold = engage_books_add_hold(books);
	hold->is_new = true;
	hold->hold_id = r->hold_id = engage_store_new_hold_id(&posting->store);
	hold->points = r->points;
	hold->state = HOLD_OPEN;
	hold->expires_at = DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval,
															   TimestampTzGetDatum(books->now),
															   IntervalPGetDatum(r->ttl)));
	entry = engage_begin_keyed(posting, ENTRY_HOLD);
	entry->hold_id = hold->hold_id;
	entry->until = hold->expires_at;
	hold->seq = entry->seq;
	take_points(posting, entry, USE_HOLD, r->points, hold);
	engage_books_end(books, entry);
	return OUTCOME_OK;
}

/* A hold that is open now; otherwise the status that says why not. */
static LedgerHold *
open_hold(Posting *posting, const char **refusal)
{
	LedgerHold *hold = engage_store_load_hold(&posting->store, posting->books,
											  posting->request->hold_id);

	if (hold == NULL)
		elog(ERROR, "hold " INT64_FORMAT " has vanished", posting->request->hold_id);
	*refusal = hold->state == HOLD_OPEN ? NULL
		: hold->state == HOLD_EXPIRED ? "hold_expired" : "hold_closed";
	return hold;
}

/* What the hold was for: what its request named, or its key */
static const char *
source_of_hold(Posting *posting, const LedgerHold *hold)
{
	Datum		seq = Int64GetDatum(hold->seq);
	const char *source = NULL;
	Probe		probe;

	engage_probe_begin(&probe, &posting->store, INDEX_ENTRY, posting->books->member, 1, &seq);
	if (engage_probe_next(&probe))
	{
		source = engage_probe_text(&probe, Anum_entry_source_ref);
		if (source == NULL)
			source = engage_probe_text(&probe, Anum_entry_key);
	}
	engage_probe_end(&probe);
	return source;
}

const char *
engage_do_capture(Posting *posting)
{
	PostingRequest *r = posting->request;
	MemberBooks *books = posting->books;
	const char *refusal;
	LedgerHold *hold = open_hold(posting, &refusal);
	LedgerEntry *entry;
	int64		left;
	int64		points;
	int			kept = 0;

	if (refusal != NULL)
		return refusal;
	left = hold->points - hold->captured - hold->released;
	points = r->has_points ? r->points : left;
	if (points > left)
	{
		posting->detail = psprintf("held " INT64_FORMAT, left);
		return "exceeds_hold";
	}

	entry = engage_begin_keyed(posting, ENTRY_CAPTURE);
	entry->hold_id = hold->hold_id;
	entry->source_ref = source_of_hold(posting, hold);
	hold->captured += points;
	hold->is_changed = true;
	for (int i = 0; i < hold->nslices; i++)
	{
		int64		taken = Min(points, hold->slices[i]);

		if (taken > 0)
			engage_books_use(books, entry,
							 engage_books_get_lot(books, hold->lots[i]),
							 USE_CAPTURE, taken);
		points -= taken;
		if (hold->slices[i] > taken)
		{
			hold->lots[kept] = hold->lots[i];
			hold->slices[kept++] = hold->slices[i] - taken;
		}
	}
	hold->nslices = kept;
	engage_books_end(books, entry);
	engage_note_activity(posting);

	if (kept == 0)
		hold->state = HOLD_CAPTURED;
	else if (r->final)
		engage_books_release_rest(books,
								  engage_begin_follower(posting, ENTRY_RELEASE, entry->seq),
								  hold, HOLD_CAPTURED, books->now);
	return OUTCOME_OK;
}

const char *
engage_do_release(Posting *posting)
{
	const char *refusal;
	LedgerHold *hold = open_hold(posting, &refusal);

	if (refusal != NULL)
		return refusal;
	engage_books_release_rest(posting->books,
							  engage_begin_keyed(posting, ENTRY_RELEASE),
							  hold, HOLD_RELEASED, posting->books->now);
	return OUTCOME_OK;
}

/* ----------------------------------------------------------------
 *		members
 * ---------------------------------------------------------------- */

static const char *
set_blocked(Posting *posting, bool blocked)
{
	LedgerAccount *account = &posting->books->account;

	if (account->blocked == blocked)
		return blocked ? "already_blocked" : "not_blocked";
	engage_books_end(posting->books,
					 engage_begin_keyed(posting, posting->request->kind));
	account->blocked = blocked;
	return OUTCOME_OK;
}

const char *
engage_do_block(Posting *posting)
{
	return set_blocked(posting, true);
}

const char *
engage_do_unblock(Posting *posting)
{
	return set_blocked(posting, false);
}

static const LedgerStatement erase_notes = {
	"DELETE FROM @ledger@.entry_note WHERE member OPERATOR(pg_catalog.=) $1", "member"
};
static const LedgerStatement erase_details = {
	"UPDATE @ledger@.refusal SET detail = NULL"
	" WHERE member OPERATOR(pg_catalog.=) $1 AND detail IS NOT NULL", "member"
};

/* What was written about a person goes; what the books need stays. */
const char *
engage_do_erase(Posting *posting)
{
	MemberBooks *books = posting->books;

	/* a remark on the erasure would be the first thing to be erased */
	posting->request->note = NULL;
	engage_store_run(&posting->store, &erase_notes, &books->member, NULL, 0);
	engage_store_run(&posting->store, &erase_details, &books->member, NULL, 0);
	engage_books_end(books, engage_begin_keyed(posting, ENTRY_ERASE));
	return OUTCOME_OK;
}
