/*-------------------------------------------------------------------------
 *
 * corrections.c
 *	  Taking back what was earned or spent, activating and extending.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/errors.h"
#include "ledger/award.h"
#include "ledger/calendar.h"
#include "ledger/post.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* The entries of a source: those that name it, and those whose key it is. */
#define SOURCE_COLUMNS \
	"SELECT e.seq, e.kind, e.amount, e.recorded_at, e.effective_at, e.rate," \
	" e.basis, e.rule, e.campaign, e.reason"

static const LedgerStatement of_source = {
	SOURCE_COLUMNS
	" FROM @ledger@.entry e WHERE e.member OPERATOR(pg_catalog.=) $1"
	" AND e.source_ref OPERATOR(pg_catalog.=) $2"
	" AND e.kind OPERATOR(pg_catalog.=) ANY ($3)"
	" UNION ALL"
	" " SOURCE_COLUMNS
	" FROM @ledger@.entry e WHERE e.member OPERATOR(pg_catalog.=) $1"
	" AND e.key OPERATOR(pg_catalog.=) $2 AND (e.source_ref IS NULL"
	/* (a capture has the name of its hold as well) */
	" OR (e.kind OPERATOR(pg_catalog.=) 'capture' AND e.source_ref OPERATOR(pg_catalog.<>) $2))"
	" AND e.kind OPERATOR(pg_catalog.=) ANY ($3)"
	" ORDER BY 1",
	"member text text[]"
};

static const LedgerStatement reversed_so_far = {
	"SELECT COALESCE(pg_catalog.sum(e.amount), 0)::pg_catalog.int8, pg_catalog.sum(e.basis)"
	" FROM @ledger@.entry e WHERE e.member OPERATOR(pg_catalog.=) $1"
	" AND e.reverses_seq OPERATOR(pg_catalog.=) $2"
	" AND e.kind OPERATOR(pg_catalog.=) 'reverse'",
	"member bigint"
};

static const LedgerStatement uses_of_entry = {
	"SELECT u.lot_no, u.points, COALESCE((SELECT pg_catalog.sum(b.points)"
	" FROM @ledger@.entry r JOIN @ledger@.lot_use b"
	" ON b.member OPERATOR(pg_catalog.=) r.member AND b.seq OPERATOR(pg_catalog.=) r.seq"
	" WHERE r.member OPERATOR(pg_catalog.=) $1"
	" AND r.reverses_seq OPERATOR(pg_catalog.=) $2"
	" AND r.kind OPERATOR(pg_catalog.=) 'restore'"
	" AND b.action OPERATOR(pg_catalog.=) 'restore'"
	" AND b.lot_no OPERATOR(pg_catalog.=) u.lot_no), 0)::pg_catalog.int8"
	" FROM @ledger@.lot_use u WHERE u.member OPERATOR(pg_catalog.=) $1"
	" AND u.seq OPERATOR(pg_catalog.=) $2"
	" AND u.action OPERATOR(pg_catalog.=) ANY ('{consume,capture}')"
	" ORDER BY u.ordinal DESC",
	"member bigint"
};

/* Expiries of a lot that stand: some may have been taken back before. */
static const LedgerStatement expired_of_lot = {
	"SELECT COALESCE(pg_catalog.sum(CASE WHEN u.action OPERATOR(pg_catalog.=) 'expire' THEN u.points"
	" ELSE OPERATOR(pg_catalog.-) u.points END), 0)::pg_catalog.int8"
	" FROM @ledger@.lot_use u WHERE u.member OPERATOR(pg_catalog.=) $1"
	" AND u.seq OPERATOR(pg_catalog.>=) $2 AND u.lot_no OPERATOR(pg_catalog.=) $2"
	" AND (u.action OPERATOR(pg_catalog.=) 'expire'"
	" OR (u.action OPERATOR(pg_catalog.=) 'restore' AND EXISTS (SELECT FROM @ledger@.entry e"
	" WHERE e.member OPERATOR(pg_catalog.=) u.member AND e.seq OPERATOR(pg_catalog.=) u.seq"
	" AND e.kind OPERATOR(pg_catalog.=) 'expire')))",
	"member bigint"
};

static Datum
kinds_array(const EntryKind *kinds, int n)
{
	Datum		names[4];

	Assert(n <= lengthof(names));
	for (int i = 0; i < n; i++)
		names[i] = CStringGetTextDatum(engage_entry_kind_names[kinds[i]]);
	return PointerGetDatum(construct_array(names, n, TEXTOID, -1, false, TYPALIGN_INT));
}

static uint64
find_source(Posting *posting, const EntryKind *kinds, int nkinds)
{
	Datum		values[3] = {
		posting->books->member,
		CStringGetTextDatum(posting->request->source_ref),
		kinds_array(kinds, nkinds)
	};

	return engage_store_run(&posting->store, &of_source, values, NULL, 0);
}

/* ----------------------------------------------------------------
 *		taking back what was earned
 * ---------------------------------------------------------------- */

typedef struct Grant
{
	int64		seq;
	EntryKind	kind;
	int64		granted;
	int64		reversed;		/* so far */
	TimestampTz effective_at;
	char	   *rate;			/* the formula of an award, or NULL */
	Numeric		basis;
	Numeric		basis_reversed; /* so far */
	char	   *rule;
	char	   *campaign;
	char	   *reason;
	int64		take;			/* to be reversed now */
} Grant;

static const EntryKind granting_kinds[] = {
	ENTRY_EARN, ENTRY_AWARD, ENTRY_BONUS, ENTRY_OPENING
};

/*
 * What a source has granted.  If that is nothing: points that were adjusted up
 * under this key.
 */
static Grant *
load_grants(Posting *posting, int *ngrants)
{
	static const EntryKind adjusting[] = {ENTRY_ADJUST};
	Store	   *store = &posting->store;
	int			n = find_source(posting, granting_kinds, lengthof(granting_kinds));
	Grant	   *grants;

	if (n == 0)
		n = find_source(posting, adjusting, lengthof(adjusting));
	if (n == 1 && engage_store_int64(0, 3) < 0)
		n = 0;
	grants = MemoryContextAllocZero(store->context, Max(n, 1) * sizeof(Grant));
	for (int i = 0; i < n; i++)
	{
		TimestampTz effective_at = engage_store_time(i, 5);

		grants[i].seq = engage_store_int64(i, 1);
		grants[i].kind = engage_entry_kind(engage_store_text(store, i, 2));
		grants[i].granted = engage_store_int64(i, 3);
		grants[i].effective_at = IS_TIME_NULL(effective_at) ? engage_store_time(i, 4) : effective_at;
		grants[i].rate = engage_store_text(store, i, 6);
		grants[i].basis = engage_store_numeric(store, i, 7);
		grants[i].rule = engage_store_text(store, i, 8);
		grants[i].campaign = engage_store_text(store, i, 9);
		grants[i].reason = engage_store_text(store, i, 10);
	}
	SPI_freetuptable(SPI_tuptable);
	if (posting->request->only_grant != 0)
	{
		for (int i = 0; i < n; i++)
			if (grants[i].seq == posting->request->only_grant)
				grants[0] = grants[i];
		n = Min(n, 1);
	}
	for (int i = 0; i < n; i++)
	{
		Datum		values[2] = {posting->books->member, Int64GetDatum(grants[i].seq)};

		engage_store_run(store, &reversed_so_far, values, NULL, 0);
		grants[i].reversed = -engage_store_int64(0, 1);
		grants[i].basis_reversed = engage_store_numeric(store, 0, 2);
		SPI_freetuptable(SPI_tuptable);
	}
	*ngrants = n;
	return grants;
}

/* How much of each grant, by the rest of the basis. */
static void
take_by_basis(Posting *posting, Grant *grants, int n)
{
	/* the last one is what has no entry of its own */
	AwardRefund *refunds = palloc0((n + 1) * sizeof(AwardRefund));
	ExactSum	basis;
	ExactSum	own;
	bool		is_more = false;	/* the rest, than the basis of this award */

	if (engage_exact_from_numeric(&basis, NumericGetDatum(posting->request->basis)) != EXACT_OK ||
		exact_sum_is_negative(&basis))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"remaining_basis\" is out of range: %s",
						DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(posting->request->basis)))),
				 errhint("Give what is left of the order's amount, 0 or more.")));
	for (int i = 0; i < n; i++)
	{
		AwardFormula formula;

		if (grants[i].rate == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("source \"%s\" was not awarded by a rule", posting->request->source_ref),
					 errdetail("Without a rule there is no basis to compute from."),
					 errhint("Give points => the number of points to take back.")));
		/* another rule may have awarded the source on a smaller basis, bonuses included */
		if (grants[i].kind == ENTRY_AWARD)
			is_more = grants[i].basis != NULL &&
				engage_exact_from_numeric(&own, NumericGetDatum(grants[i].basis)) == EXACT_OK &&
				engage_exact_compare(&own, &basis) < 0;
		engage_formula_parse(&formula, grants[i].rate);
		refunds[i].granted = grants[i].granted;
		refunds[i].reversed = grants[i].reversed;
		refunds[i].earned = engage_formula_points(&formula, is_more ? &own : &basis);
		refunds[n].earned = engage_add_points(refunds[n].earned,
											  engage_formula_idle_points(&formula, is_more ? &own : &basis));
	}
	engage_award_refund(refunds, n + 1);
	for (int i = 0; i < n; i++)
		grants[i].take = refunds[i].take;
}

/* Base first: each up to what it gave. */
static void
take_in_order(Grant *grants, int n, int64 points)
{
	for (int i = 0; i < n; i++)
	{
		grants[i].take = Min(points, grants[i].granted - grants[i].reversed);
		points -= grants[i].take;
	}
}

/* Points of the lot that can be taken; what is held stays held. */
static int64
lot_free(const LedgerLot *lot)
{
	return lot->remaining - lot->held;
}

/*
 * What of a lot has expired, if it is that much: by the tables, and by what is
 * not written yet.
 */
static int64
expired_points(Posting *posting, const LedgerLot *lot, int64 wanted)
{
	MemberBooks *books = posting->books;
	Datum		values[2] = {books->member, Int64GetDatum(lot->lot_no)};
	int64		points;

	if (wanted <= 0 || books->account.expired == 0)
		return 0;
	engage_store_run(&posting->store, &expired_of_lot, values, NULL, 0);
	points = engage_store_int64(0, 1);
	SPI_freetuptable(SPI_tuptable);
	for (int i = 0; i < books->nuses; i++)
		if (books->uses[i].lot_no == lot->lot_no && books->uses[i].action == USE_EXPIRE)
			points += books->uses[i].points;
	return Min(points, wanted);
}

/*
 * Expired points are not the member's to owe: their expiry is taken back, for
 * the reversal that follows.
 */
static void
take_expiry_back(Posting *posting, LedgerLot *lot, int64 points, int64 request_seq)
{
	MemberBooks *books = posting->books;
	LedgerEntry *entry = engage_begin_follower(posting, ENTRY_EXPIRE, request_seq);

	/* the entry with the key comes next, if there is none yet */
	if (request_seq == 0)
		entry->request_seq = entry->seq + 1;
	entry->reverses_seq = lot->lot_no;
	engage_books_restore(books, entry, lot, points, points);
	engage_books_end(books, entry);
}

/*
 * One grant taken back: from its own lot, with what has expired of it, then as
 * the ledger's policy says.
 */
static void
reverse_grant(Posting *posting, Grant *grant, int64 *request_seq)
{
	MemberBooks *books = posting->books;
	LedgerAccount *account = &books->account;
	LedgerSettings *s = posting->settings;
	LedgerLot  *lot = engage_books_get_lot(books, grant->seq);
	int64		rest = grant->take;
	int64		debt_before = account->debt;
	int64		expired = expired_points(posting, lot, rest - lot_free(lot));
	int64		excess;
	LedgerEntry *entry;

	if (expired > 0)
		take_expiry_back(posting, lot, expired, *request_seq);
	if (*request_seq == 0)
	{
		entry = engage_begin_keyed(posting, ENTRY_REVERSE);
		*request_seq = entry->seq;
	}
	else
		entry = engage_begin_follower(posting, ENTRY_REVERSE, *request_seq);
	entry->reverses_seq = grant->seq;
	entry->source_ref = posting->request->source_ref;
	entry->basis = engage_award_reversed(posting, &(AwardReversal) {
		.kind = grant->kind,
		.rule = grant->rule,
		.campaign = grant->campaign,
		.reason = grant->reason,
		.effective_at = grant->effective_at,
		.basis = grant->basis,
		.basis_reversed = grant->basis_reversed,
		.is_whole = grant->take == grant->granted - grant->reversed,
		.points = grant->take
	});

	if (lot_free(lot) > 0)
	{
		int64		taken = Min(rest, lot_free(lot));

		engage_books_use(books, entry, lot, USE_CLAW, taken);
		rest -= taken;
	}
	if (rest > 0 && s->shortage != SHORTAGE_CLAMP)
	{
		LedgerLot **lots;
		int			nlots;

		engage_store_load_spendable(&posting->store, books, Min(rest, account->available));
		lots = engage_books_consumption_order(books, s->earned_first, &nlots);
		for (int i = 0; i < nlots && rest > 0; i++)
		{
			int64		taken = Min(rest, engage_lot_spendable(books, lots[i]));

			engage_books_use(books, entry, lots[i], USE_CLAW, taken);
			rest -= taken;
		}
	}
	if (rest > 0)
		engage_books_add_debt(books, entry, rest);
	engage_books_end(books, entry);

	/* nothing is dropped silently: what nobody will pay is written off */
	if (s->shortage == SHORTAGE_CLAMP)
		excess = account->debt - debt_before;
	else
		excess = account->debt - Max(s->debt_limit, debt_before);
	if (excess > 0)
	{
		entry = engage_begin_follower(posting, ENTRY_WRITE_OFF, *request_seq);
		entry->reverses_seq = grant->seq;
		engage_books_add_debt(books, entry, -excess);
		engage_books_end(books, entry);
	}
}

const char *
engage_do_reverse(Posting *posting)
{
	PostingRequest *r = posting->request;
	MemberBooks *books = posting->books;
	LedgerSettings *s = posting->settings;
	int			n;
	Grant	   *grants = load_grants(posting, &n);
	int64		left = 0;
	int64		asked = 0;
	int64		request_seq = 0;

	if (n == 0)
		return "not_found";
	/* (whoever takes a whole batch back has decided that; both are for single refunds) */
	if (s->refund_window != NULL && r->only_grant == 0 &&
		posting->effective_at > engage_zone_add(grants[0].effective_at, s->refund_window, s->time_zone))
		return "too_late";

	for (int i = 0; i < n; i++)
		left = engage_add_points(left, grants[i].granted - grants[i].reversed);
	if (r->basis != NULL)
	{
		take_by_basis(posting, grants, n);
		for (int i = 0; i < n; i++)
			asked += grants[i].take;
		if (asked == 0)
			return "nothing_to_do";
	}
	else
	{
		asked = r->has_points ? r->points : left;
		if (asked > left || asked == 0)
		{
			posting->detail = psprintf("left to reverse " INT64_FORMAT, left);
			return "over_reversal";
		}
		take_in_order(grants, n, asked);
	}

	for (int i = 0; i < n; i++)
	{
		LedgerLot  *lot;
		int64		short_of;

		engage_store_load_lots(&posting->store, books, &grants[i].seq, 1);
		lot = engage_books_get_lot(books, grants[i].seq);
		short_of = grants[i].take - lot_free(lot);
		if (s->shortage == SHORTAGE_REJECT && r->only_grant == 0 && short_of > 0 &&
			expired_points(posting, lot, short_of) < short_of)
		{
			posting->detail = psprintf("lot " INT64_FORMAT " has " INT64_FORMAT " left",
									   grants[i].seq, lot_free(lot));
			return "insufficient";
		}
	}
	for (int i = 0; i < n; i++)
		if (grants[i].take > 0)
			reverse_grant(posting, &grants[i], &request_seq);
	return OUTCOME_OK;
}

/* ----------------------------------------------------------------
 *		taking back what was spent
 * ---------------------------------------------------------------- */

typedef struct Spent
{
	int64		seq;			/* the redemption */
	int64		lot_no;
	int64		left;			/* not restored yet */
	int64		owed;			/* of what is restored now, for write-offs */
} Spent;

static const EntryKind spending_kinds[] = {ENTRY_REDEEM, ENTRY_CAPTURE};

/* What was taken, the last first. */
static Spent *
load_spent(Posting *posting, int *nspent, int64 *left)
{
	Store	   *store = &posting->store;
	int			nentries = find_source(posting, spending_kinds, lengthof(spending_kinds));
	int64	   *seqs = palloc(Max(nentries, 1) * sizeof(int64));
	Spent	   *spent = NULL;
	int			n = 0;

	*left = 0;
	for (int i = 0; i < nentries; i++)
		seqs[i] = engage_store_int64(i, 1);
	for (int e = nentries - 1; e >= 0; e--)
	{
		Datum		values[2] = {posting->books->member, Int64GetDatum(seqs[e])};
		int			nuses = engage_store_run(store, &uses_of_entry, values, NULL, 0);

		spent = spent == NULL ? palloc_extended(Max(nuses, 1) * sizeof(Spent), MCXT_ALLOC_HUGE)
			: repalloc_huge(spent, (Size) Max(n + nuses, 1) * sizeof(Spent));
		for (int i = 0; i < nuses; i++, n++)
		{
			spent[n].seq = seqs[e];
			spent[n].lot_no = engage_store_int64(i, 1);
			spent[n].left = engage_store_int64(i, 2) - engage_store_int64(i, 3);
			spent[n].owed = 0;
			*left += spent[n].left;
		}
		SPI_freetuptable(SPI_tuptable);
	}
	*nspent = nentries == 0 ? -1 : n;
	return spent;
}

static const LedgerStatement extended_since = {
	"SELECT 1 FROM @ledger@.entry e WHERE e.member OPERATOR(pg_catalog.=) $1"
	" AND e.reverses_seq OPERATOR(pg_catalog.=) $2 AND e.kind OPERATOR(pg_catalog.=) 'extend'"
	" AND e.seq OPERATOR(pg_catalog.>) $3 LIMIT 1",
	"member bigint bigint"
};

/*
 * Is the life of the lot over?  By its date, or because it lapsed with all that
 * the member had and was not given another date since.
 */
static bool
has_ended(Posting *posting, const LedgerLot *lot)
{
	MemberBooks *books = posting->books;
	int64		lapsed_seq = books->account.lapsed_seq;
	Datum		values[3] = {books->member, Int64GetDatum(lot->lot_no), Int64GetDatum(lapsed_seq)};

	if (lot->expires_at <= books->now || lot->lot_no > lapsed_seq)
		return lot->expires_at <= books->now;
	for (int i = 0; i < books->nentries; i++)
		if (books->entries[i]->kind == ENTRY_EXTEND && books->entries[i]->reverses_seq == lot->lot_no &&
			books->entries[i]->seq > lapsed_seq)
			return false;
	return engage_store_run(&posting->store, &extended_since, values, NULL, 1) == 0;
}

/* The lot has expired since: it gets some more time, or expires again. */
static void
restored_too_late(Posting *posting, LedgerLot *lot, int64 points,
				  int64 request_seq)
{
	MemberBooks *books = posting->books;
	LedgerSettings *s = posting->settings;
	LedgerEntry *entry;

	if (!s->restores_with_grace)
	{
		/* debt that the points repaid stays repaid */
		points = Min(points, lot_free(lot));
		if (points > 0)
			engage_books_expire_lot(books, lot, points, books->now, request_seq);
		return;
	}
	if (IS_TIME_NULL(lot->initial_expires_at))
		lot->initial_expires_at = lot->expires_at;
	lot->expires_at = engage_zone_add(books->now, &s->restore_grace, s->time_zone);
	lot->is_changed = true;
	entry = engage_begin_follower(posting, ENTRY_EXTEND, request_seq);
	entry->reverses_seq = lot->lot_no;
	entry->until = lot->expires_at;
	engage_books_end(books, entry);
}

static const LedgerStatement write_offs_of_member = {
	"SELECT e.seq, e.reverses_seq, e.amount FROM @ledger@.entry e"
	" WHERE e.member OPERATOR(pg_catalog.=) $1 AND e.reverses_seq IS NOT NULL"
	" AND e.kind OPERATOR(pg_catalog.=) 'write_off' ORDER BY e.seq",
	"member"
};

/* What was written off when a grant was taken back, and stands */
typedef struct WriteOff
{
	int64		seq;
	int64		grant;
	int64		left;
} WriteOff;

static WriteOff *
load_write_offs(Posting *posting, int *count)
{
	WriteOff   *write_offs;
	int			rows = 0;
	int			n = 0;

	*count = 0;
	if (posting->books->account.reversed == 0)
		return NULL;
	rows = engage_store_run(&posting->store, &write_offs_of_member, &posting->books->member, NULL, 0);
	write_offs = palloc(Max(rows, 1) * sizeof(WriteOff));
	for (int row = 0; row < rows; row++)
	{
		int64		amount = engage_store_int64(row, 3);

		write_offs[n] = (WriteOff) {engage_store_int64(row, 1), engage_store_int64(row, 2), amount};
		/* one that was taken back: the last first */
		for (int i = n - 1; i >= 0 && amount < 0; i--)
			if (write_offs[i].grant == write_offs[n].grant)
			{
				int64		part = Min(-amount, write_offs[i].left);

				write_offs[i].left -= part;
				amount += part;
			}
		n += write_offs[n].left > 0;
	}
	SPI_freetuptable(SPI_tuptable);
	*count = n;
	return write_offs;
}

/* Points of a lot that come back, and make good for a write-off */
typedef struct MadeGood
{
	int64		lot_no;
	int64		grant;
	int64		points;
} MadeGood;

/*
 * The points would have been there for what was taken back after they were
 * spent: write-offs since then, of this grant or of any (0), would have been
 * less.  The last first.
 */
static List *
make_good(List *made, Spent *spent, int64 grant, WriteOff *write_offs, int n)
{
	for (int i = n - 1; i >= 0 && write_offs[i].seq > spent->seq; i--)
	{
		int64		points = Min(spent->left - spent->owed, write_offs[i].left);
		MadeGood   *part;

		if (points <= 0 || (grant != 0 && write_offs[i].grant != grant))
			continue;
		part = palloc(sizeof(MadeGood));
		*part = (MadeGood) {spent->lot_no, write_offs[i].grant, points};
		made = lappend(made, part);
		write_offs[i].left -= points;
		spent->owed += points;
	}
	return made;
}

static void
take_write_off_back(Posting *posting, const MadeGood *part, int64 request_seq)
{
	MemberBooks *books = posting->books;
	LedgerEntry *entry = engage_begin_follower(posting, ENTRY_WRITE_OFF, request_seq);

	entry->reverses_seq = part->grant;
	engage_books_use(books, entry, engage_books_get_lot(books, part->lot_no), USE_CLAW, part->points);
	engage_books_end(books, entry);
}

const char *
engage_do_restore(Posting *posting)
{
	PostingRequest *r = posting->request;
	MemberBooks *books = posting->books;
	int			nspent;
	int64		left;
	Spent	   *spent = load_spent(posting, &nspent, &left);
	int64		points = r->has_points ? r->points : left;
	int64		request_seq = 0;
	int64	   *lot_nos;
	WriteOff   *write_offs;
	int			nwrite_offs;

	if (nspent < 0)
		return "not_found";
	if (points > left || points == 0)
	{
		posting->detail = psprintf("left to restore " INT64_FORMAT, left);
		return "over_restore";
	}

	lot_nos = palloc(nspent * sizeof(int64));
	for (int i = 0; i < nspent; i++)
		lot_nos[i] = spent[i].lot_no;
	engage_store_load_lots(&posting->store, books, lot_nos, nspent);
	write_offs = load_write_offs(posting, &nwrite_offs);

	for (int i = 0; i < nspent && points > 0;)
	{
		int64		seq = spent[i].seq;
		int			first = i;
		List	   *made_good = NIL;
		ListCell   *cell;
		LedgerEntry *entry;

		if (spent[i].left == 0)
		{
			i++;
			continue;
		}
		if (request_seq == 0)
		{
			entry = engage_begin_keyed(posting, ENTRY_RESTORE);
			request_seq = entry->seq;
		}
		else
			entry = engage_begin_follower(posting, ENTRY_RESTORE, request_seq);
		entry->reverses_seq = seq;
		entry->source_ref = r->source_ref;
		for (; i < nspent && spent[i].seq == seq && points > 0; i++)
		{
			spent[i].left = Min(points, spent[i].left); /* from here on: restored now */
			points -= spent[i].left;
			made_good = make_good(made_good, &spent[i], spent[i].lot_no, write_offs, nwrite_offs);
		}
		/* in the order in which they would have been taken */
		for (int k = i - 1; k >= first && posting->settings->shortage == SHORTAGE_OTHER_LOTS_THEN_DEBT; k--)
			made_good = make_good(made_good, &spent[k], 0, write_offs, nwrite_offs);
		for (int k = first; k < i; k++)
			if (spent[k].left > 0)
				engage_books_restore(books, entry,
									 engage_books_get_lot(books, spent[k].lot_no),
									 spent[k].left, spent[k].owed);
		engage_books_end(books, entry);
		foreach(cell, made_good)
			take_write_off_back(posting, lfirst(cell), request_seq);
		for (int k = first; k < i; k++)
		{
			LedgerLot  *lot = engage_books_get_lot(books, spent[k].lot_no);

			int64		kept = spent[k].left - spent[k].owed;

			if (kept > 0 && has_ended(posting, lot))
				restored_too_late(posting, lot, kept, request_seq);
		}
	}
	return OUTCOME_OK;
}

/* ----------------------------------------------------------------
 *		dates
 * ---------------------------------------------------------------- */

const char *
engage_do_activate(Posting *posting)
{
	MemberBooks *books = posting->books;
	int			n;
	Grant	   *grants = load_grants(posting, &n);
	LedgerEntry *entry = NULL;

	for (int i = 0; i < n; i++)
	{
		LedgerLot  *lot;
		LedgerEntry *matured;

		engage_store_load_lots(&posting->store, books, &grants[i].seq, 1);
		lot = engage_books_get_lot(books, grants[i].seq);
		if (!lot->is_pending || lot->available_at != DT_NOEND || lot->remaining == 0)
			continue;
		if (entry == NULL)
		{
			entry = engage_begin_keyed(posting, ENTRY_ACTIVATE);
			engage_books_end(books, entry);
		}
		lot->initial_available_at = lot->available_at;
		lot->available_at = books->now;
		matured = engage_begin_follower(posting, ENTRY_MATURE, entry->seq);
		matured->reverses_seq = lot->lot_no;
		matured->until = lot->available_at;
		engage_books_mature(books, matured, lot);
		engage_books_end(books, matured);
	}
	return entry == NULL ? "not_found" : OUTCOME_OK;
}

static void
extend_lot(Posting *posting, LedgerLot *lot, int64 *request_seq)
{
	LedgerEntry *entry;

	if (*request_seq == 0)
	{
		entry = engage_begin_keyed(posting, ENTRY_EXTEND);
		*request_seq = entry->seq;
	}
	else
		entry = engage_begin_follower(posting, ENTRY_EXTEND, *request_seq);
	entry->reverses_seq = lot->lot_no;
	entry->until = posting->request->until;
	if (IS_TIME_NULL(lot->initial_expires_at))
		lot->initial_expires_at = lot->expires_at;
	lot->expires_at = posting->request->until;
	lot->is_changed = true;
	engage_books_end(posting->books, entry);
}

static int
by_lot_no(const void *a, const void *b)
{
	int64		x = (*(LedgerLot *const *) a)->lot_no;
	int64		y = (*(LedgerLot *const *) b)->lot_no;

	return x < y ? -1 : x > y;
}

const char *
engage_do_extend(Posting *posting)
{
	PostingRequest *r = posting->request;
	MemberBooks *books = posting->books;
	LedgerLot **lots;
	int			nlots = 0;
	int64		request_seq = 0;

	if (r->until <= books->now)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"until\" is not in the future: %s", timestamptz_to_str(r->until)),
				 errhint("Points expire by themselves; engage.adjust() takes points away.")));
	if (r->source_ref == NULL)
	{
		engage_store_load_open(&posting->store, books);
		lots = MemoryContextAllocHuge(books->context, Max(books->nlots, 1) * sizeof(LedgerLot *));
		for (int i = 0; i < books->nlots; i++)
			lots[nlots++] = books->lots[i];
	}
	else
	{
		int			n;
		Grant	   *grants = load_grants(posting, &n);

		if (n == 0)
			return "not_found";
		lots = palloc(n * sizeof(LedgerLot *));
		for (int i = 0; i < n; i++)
		{
			engage_store_load_lots(&posting->store, books, &grants[i].seq, 1);
			lots[nlots++] = engage_books_get_lot(books, grants[i].seq);
		}
	}
	qsort(lots, nlots, sizeof(LedgerLot *), by_lot_no);
	for (int i = 0; i < nlots; i++)
		if (lots[i]->remaining > 0 && lots[i]->expires_at < r->until)
			extend_lot(posting, lots[i], &request_seq);
	return request_seq == 0 ? "nothing_to_do" : OUTCOME_OK;
}
