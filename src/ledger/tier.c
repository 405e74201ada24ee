/*-------------------------------------------------------------------------
 *
 * tier.c
 *	  Tiers of members: reviews, upgrades, progress.
 *
 * What tier_core.c decides is put into the account, and, when it is a posting
 * that decides it, into tier_history.  Readers do the same in memory, so that
 * a tier that has ended is not shown, whether or not anything was written.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/errors.h"
#include "ledger/award_config.h"
#include "ledger/post.h"
#include "ledger/tier.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/*
 * Sums of the tally, by TierMetric.  Only rows of rules have a basis; orders
 * are the awards of rules for purchases.
 */
#define SUM_OF_DAYS(what, also) \
	{"SELECT COALESCE(pg_catalog.sum(" what "), 0)::pg_catalog.numeric FROM @ledger@.tally t" \
	 " WHERE t.member OPERATOR(pg_catalog.=) $1 AND t.day OPERATOR(pg_catalog.>=) $2" \
	 " AND t.day OPERATOR(pg_catalog.<=) $3 AND t.qualifying" also, "member date date"}

static const LedgerStatement metrics[] = {
	[METRIC_POINTS] = SUM_OF_DAYS("t.points", ""),
	[METRIC_SPEND] = SUM_OF_DAYS("t.basis", ""),
	[METRIC_ORDERS] = SUM_OF_DAYS("t.awards",
								  " AND EXISTS (SELECT FROM @ledger@.earn_rule r"
								  " WHERE r.trigger OPERATOR(pg_catalog.=) 'purchase'"
								  " AND ('rule:' OPERATOR(pg_catalog.||) r.rule) OPERATOR(pg_catalog.=) t.source)")
};

/* (recorded one after the other, also if the clock goes back: a review has no entry) */
static const LedgerStatement insert_change = {
	"INSERT INTO @ledger@.tier_history (member, change_no, tier, previous_tier,"
	" effective_at, recorded_at, until, reason)"
	" SELECT $1, COALESCE(pg_catalog.max(h.change_no), 0) OPERATOR(pg_catalog.+) 1,"
	" $2, $3, CASE WHEN $7 OPERATOR(pg_catalog.=) 'upgraded' OR $7 OPERATOR(pg_catalog.=) 'granted'"
	" THEN GREATEST($5, pg_catalog.max(h.recorded_at)) ELSE $4 END,"
	" GREATEST($5, pg_catalog.max(h.recorded_at)), $6, $7 FROM @ledger@.tier_history h"
	" WHERE h.member OPERATOR(pg_catalog.=) $1",
	"member text text timestamptz timestamptz timestamptz text"
};

static const LedgerStatement grants_in_force = {
	"SELECT e.rule, COALESCE(e.until, 'infinity') FROM @ledger@.entry e"
	" WHERE e.member OPERATOR(pg_catalog.=) $1 AND e.kind OPERATOR(pg_catalog.=) 'tier'"
	" AND e.key IS NOT NULL AND e.rule IS NOT NULL"
	" AND COALESCE(e.until, 'infinity') OPERATOR(pg_catalog.>) $2"
	" AND NOT EXISTS (SELECT FROM @ledger@.entry r"
	" WHERE r.member OPERATOR(pg_catalog.=) $1 AND r.kind OPERATOR(pg_catalog.=) 'tier'"
	" AND r.key IS NOT NULL AND r.rule IS NULL AND r.seq OPERATOR(pg_catalog.>) e.seq)"
	" ORDER BY 2 DESC, e.seq",
	"member timestamptz"
};

/* (changes that take effect at one instant: the last of them) */
static const LedgerStatement tier_at = {
	"SELECT h.tier FROM @ledger@.tier_history h"
	" WHERE h.member OPERATOR(pg_catalog.=) $1"
	" AND h.effective_at OPERATOR(pg_catalog.<=) $2"
	" ORDER BY h.effective_at DESC, h.change_no DESC LIMIT 1",
	"member timestamptz"
};

typedef struct Measuring
{
	Store	   *store;
	MemberBooks *books;
} Measuring;

static void
measure(DayRange days, ExactSum *metric, void *arg)
{
	Measuring  *measuring = (Measuring *) arg;
	Store	   *store = measuring->store;
	Datum		values[3] = {
		measuring->books->member, DateADTGetDatum(days.first), DateADTGetDatum(days.last)
	};
	Numeric		sum;

	engage_store_run(store, &metrics[store->ledger->settings.tier_metric], values, NULL, 0);
	sum = engage_store_numeric(store, 0, 1);
	SPI_freetuptable(SPI_tuptable);
	if (engage_exact_from_numeric(metric, NumericGetDatum(sum)) != EXACT_OK)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("what the member's tier depends on is out of range: %s",
						DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(sum))))));
	pfree(sum);
}

/* The tiers of a member: the one he earned, and the highest of those granted. */
typedef struct Standing
{
	TierState	earned;
	const char *granted;		/* NULL: none */
	TimestampTz until;
} Standing;

static Standing
standing_of(const LedgerAccount *account)
{
	return (Standing) {
		.earned = {
			.tier = account->earned_tier,
			.in_grace = account->tier_in_grace,
			.due_at = account->earned_tier == NULL ? DT_NOEND : account->earned_due_at
		},
			.granted = account->granted_tier,
			.until = account->granted_tier == NULL ? DT_NOEND : account->granted_until
	};
}

/* Until when is this tier, one of the two, his? */
static TimestampTz
until_when(const Standing *standing, const char *tier)
{
	bool		is_earned = tier != NULL && standing->earned.tier != NULL && strcmp(tier, standing->earned.tier) == 0;
	bool		is_granted = tier != NULL && standing->granted != NULL && strcmp(tier, standing->granted) == 0;

	if (is_earned && is_granted)
		return Max(standing->earned.due_at, standing->until);
	return is_earned ? standing->earned.due_at : is_granted ? standing->until : DT_NOEND;
}

static Datum
text_value(const char *value, char *mark)
{
	*mark = value == NULL ? 'n' : ' ';
	return value == NULL ? (Datum) 0 : CStringGetTextDatum(value);
}

/*
 * Puts a new standing into the account; and, if this is a posting and the member
 * notices, into the history.
 */
static void
change_standing(Store *store, MemberBooks *books, const Standing *standing,
				TimestampTz instant, TierOutcome outcome)
{
	LedgerAccount *account = &books->account;
	Standing	before = standing_of(account);
	const char *previous_tier = account->tier;
	TimestampTz previous_until = until_when(&before, previous_tier);
	TimestampTz until;
	bool		is_same;
	char		nulls[] = "       ";
	Datum		values[7];

	account->tier = engage_tier_higher(&engage_award_config(store)->tiers,
									   standing->earned.tier, standing->granted);
	account->earned_tier = standing->earned.tier;
	account->earned_due_at = standing->earned.tier == NULL ? TIME_NULL : standing->earned.due_at;
	account->tier_in_grace = standing->earned.in_grace;
	account->granted_tier = standing->granted;
	account->granted_until = standing->granted == NULL ? TIME_NULL : standing->until;
	account->tier_due_at = Min(standing->earned.tier == NULL ? DT_NOEND : standing->earned.due_at,
							   standing->granted == NULL ? DT_NOEND : standing->until);
	books->account_changed = true;
	if (store->read_only)
		return;

	until = until_when(standing, account->tier);
	is_same = previous_tier == NULL ? account->tier == NULL
		: account->tier != NULL && strcmp(previous_tier, account->tier) == 0;
	if (is_same && until == previous_until && outcome != TIER_GRANTED && outcome != TIER_REVOKED)
		return;
	/* a grant saves him from a review */
	if (is_same && outcome == TIER_DOWNGRADED)
		outcome = TIER_KEPT;

	values[0] = books->member;
	values[1] = text_value(account->tier, &nulls[1]);
	values[2] = text_value(previous_tier, &nulls[2]);
	values[3] = TimestampTzGetDatum(instant);
	values[4] = TimestampTzGetDatum(books->now);
	values[5] = TimestampTzGetDatum(until);
	values[6] = CStringGetTextDatum(engage_tier_outcome_names[outcome]);
	engage_store_run(store, &insert_change, values, nulls, 0);
}

/* Of the grants in the journal that were not revoked and have not ended, the highest. */
static void
find_grant(Store *store, MemberBooks *books, TimestampTz instant, Standing *standing)
{
	const TierRules *rules = &engage_award_config(store)->tiers;
	Datum		values[2] = {books->member, TimestampTzGetDatum(instant)};
	int			n = engage_store_run(store, &grants_in_force, values, NULL, 0);

	standing->granted = NULL;
	standing->until = DT_NOEND;
	for (int i = 0; i < n; i++)
	{
		const char *tier = engage_store_text(store, i, 1);

		/* (the longest one of a tier first) */
		if (standing->granted == NULL || (strcmp(tier, standing->granted) != 0 &&
			strcmp(engage_tier_higher(rules, standing->granted, tier), tier) == 0))
		{
			standing->granted = tier;
			standing->until = engage_store_time(i, 2);
		}
	}
	SPI_freetuptable(SPI_tuptable);
}

static void
end_grants(Store *store, MemberBooks *books, TimestampTz instant, Standing *standing)
{
	Measuring	measuring = {store, books};

	/* he may have reached a tier that he was not given, having a higher one */
	if (standing->granted == NULL && standing->earned.tier == NULL)
		engage_tier_recompute(&engage_award_config(store)->tiers, books->account.joined_at,
							  instant, measure, &measuring, &standing->earned);
}

static void
review(MemberBooks *books, TimestampTz instant, void *arg)
{
	Store	   *store = (Store *) arg;
	Measuring	measuring = {store, books};
	Standing	standing = standing_of(&books->account);
	TierOutcome outcome = TIER_KEPT;

	if (standing.earned.tier != NULL && standing.earned.due_at <= instant)
	{
		standing.earned.due_at = instant;
		outcome = engage_tier_review(&engage_award_config(store)->tiers, books->account.joined_at,
									 measure, &measuring, &standing.earned);
	}
	if (standing.granted != NULL && standing.until <= instant)
	{
		find_grant(store, books, instant, &standing);
		end_grants(store, books, instant, &standing);
		outcome = TIER_GRANT_ENDED;
	}
	change_standing(store, books, &standing, instant, outcome);
}

void
engage_tier_attach(Store *store, MemberBooks *books)
{
	books->review_tier = review;
	books->review_arg = store;
}

void
engage_tier_raise(Store *store, MemberBooks *books)
{
	Measuring	measuring = {store, books};
	Standing	standing;

	if (!store->ledger->settings.has_tiers)
		return;
	standing = standing_of(&books->account);
	if (engage_tier_upgrade(&engage_award_config(store)->tiers, books->account.joined_at,
							books->now, measure, &measuring, &standing.earned))
		change_standing(store, books, &standing, books->now, TIER_UPGRADED);
}

void
engage_tier_progress(Store *store, MemberBooks *books, const char **next_tier,
					 Numeric *missing)
{
	Measuring	measuring = {store, books};
	const TierRules *rules;
	const TierLevel *next;
	ExactSum	metric;
	ExactSum	rest;
	MemoryContext old;

	*next_tier = NULL;
	*missing = NULL;
	if (!store->ledger->settings.has_tiers)
		return;
	rules = &engage_award_config(store)->tiers;
	next = engage_tier_next(rules, books->account.tier);
	if (next == NULL)
		return;
	measure(engage_tier_window(rules, books->account.joined_at, books->now),
			&metric, &measuring);
	rest = next->threshold;
	if (engage_exact_compare(&rest, &metric) <= 0)
		exact_sum_from_int64(&rest, 0);
	else if (!exact_sum_subtract(&rest, &metric))
		engage_sum_overflow();
	*next_tier = next->name;
	old = MemoryContextSwitchTo(store->context);
	*missing = engage_exact_to_numeric(&rest);
	MemoryContextSwitchTo(old);
}

/*
 * The tier at an instant that is past.  Reviews that nobody has written up come
 * after all that is in the history, as every posting writes them up first.
 */
const char *
engage_tier_at(Store *store, MemberBooks *books, TimestampTz instant)
{
	LedgerAccount *account = &books->account;
	Datum		values[2] = {books->member, TimestampTzGetDatum(instant)};
	const char *tier = NULL;

	if (account->tier_due_at <= instant)
	{
		LedgerAccount present = *account;

		while (account->tier_due_at <= instant)
		{
			TimestampTz due_at = account->tier_due_at;

			CHECK_FOR_INTERRUPTS();
			review(books, due_at, store);
			/* one that cannot be made must not be tried for ever */
			if (account->tier_due_at <= due_at)
				break;
		}
		tier = account->tier;
		*account = present;
		return tier;
	}
	if (engage_store_run(store, &tier_at, values, NULL, 0) > 0)
		tier = engage_store_text(store, 0, 1);
	SPI_freetuptable(SPI_tuptable);
	return tier;
}

static LedgerEntry *
enter_grant(Posting *posting, const char *tier)
{
	LedgerEntry *entry = engage_begin_keyed(posting, ENTRY_TIER);

	entry->rule = tier;
	entry->until = posting->request->until;
	engage_books_end(posting->books, entry);
	return entry;
}

/* engage.revoke_tier(): all that was granted */
static const char *
revoke_grants(Posting *posting)
{
	MemberBooks *books = posting->books;
	Standing	standing = standing_of(&books->account);

	if (standing.granted == NULL)
		return "nothing_to_do";
	enter_grant(posting, NULL);
	standing.granted = NULL;
	standing.until = DT_NOEND;
	end_grants(&posting->store, books, books->now, &standing);
	change_standing(&posting->store, books, &standing, books->now, TIER_REVOKED);
	return OUTCOME_OK;
}

/*
 * engage.grant_tier(): by invitation, whatever the points say.  Of several the
 * highest counts, and of equal ones the longest; when it ends, the journal has
 * the others.
 */
const char *
engage_do_tier(Posting *posting)
{
	PostingRequest *r = posting->request;
	MemberBooks *books = posting->books;
	const TierRules *rules = &engage_award_config(&posting->store)->tiers;
	const TierLevel *level = engage_tier_find(rules, r->tier);
	TimestampTz until = IS_TIME_NULL(r->until) ? DT_NOEND : r->until;
	Standing	standing;
	const TierLevel *present;

	if (r->tier == NULL)
		return revoke_grants(posting);
	if (level == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_NOT_FOUND),
				 errmsg("ledger \"%s\" has no tier \"%s\"", NameStr(posting->ledger->name), r->tier),
				 errhint("engage.tier_set() makes one.")));
	if (until <= books->now)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"until\" is not in the future: %s", timestamptz_to_str(until)),
				 errhint("Leave it out for a tier that is granted for good.")));

	enter_grant(posting, level->name);
	standing = standing_of(&books->account);
	present = engage_tier_find(rules, standing.granted);
	if (present == NULL || level->rank > present->rank ||
		(level == present && until > standing.until))
	{
		standing.granted = level->name;
		standing.until = until;
	}
	change_standing(&posting->store, books, &standing, books->now, TIER_GRANTED);
	return OUTCOME_OK;
}
