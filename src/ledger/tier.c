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

static const LedgerStatement insert_change = {
	"INSERT INTO @ledger@.tier_history (member, change_no, tier, previous_tier,"
	" effective_at, recorded_at, until, reason)"
	" SELECT $1, COALESCE(pg_catalog.max(h.change_no), 0) OPERATOR(pg_catalog.+) 1,"
	" $2, $3, $4, $5, $6, $7 FROM @ledger@.tier_history h"
	" WHERE h.member OPERATOR(pg_catalog.=) $1",
	"member text text timestamptz timestamptz timestamptz text"
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

static TierState
state_of(const LedgerAccount *account)
{
	return (TierState) {
		.tier = account->tier,
			.granted = account->tier_granted,
			.in_grace = account->tier_in_grace,
			.due_at = account->tier_due_at
	};
}

static Datum
text_value(const char *value, char *mark)
{
	*mark = value == NULL ? 'n' : ' ';
	return value == NULL ? (Datum) 0 : CStringGetTextDatum(value);
}

/* Puts a new state into the account, and into the history if this is a posting. */
static void
change_tier(Store *store, MemberBooks *books, const TierState *state,
			TimestampTz instant, TierOutcome outcome)
{
	LedgerAccount *account = &books->account;
	const char *previous_tier = account->tier;
	char		nulls[] = "       ";
	Datum		values[7];

	account->tier = state->tier;
	account->tier_granted = state->granted;
	account->tier_in_grace = state->in_grace;
	account->tier_due_at = state->due_at;
	books->account_changed = true;
	if (store->read_only)
		return;

	values[0] = books->member;
	values[1] = text_value(account->tier, &nulls[1]);
	values[2] = text_value(previous_tier, &nulls[2]);
	values[3] = TimestampTzGetDatum(instant);
	values[4] = TimestampTzGetDatum(books->now);
	values[5] = TimestampTzGetDatum(account->tier_due_at);
	values[6] = CStringGetTextDatum(engage_tier_outcome_names[outcome]);
	engage_store_run(store, &insert_change, values, nulls, 0);
}

static void
review(MemberBooks *books, TimestampTz instant, void *arg)
{
	Store	   *store = (Store *) arg;
	Measuring	measuring = {store, books};
	TierState	state = state_of(&books->account);
	TierOutcome outcome;

	/* an account without a tier has nothing to lose */
	if (state.tier == NULL)
	{
		books->account.tier_due_at = DT_NOEND;
		return;
	}
	outcome = engage_tier_review(&engage_award_config(store)->tiers, books->account.joined_at,
								 measure, &measuring, &state);
	change_tier(store, books, &state, instant, outcome);
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
	TierState	state;

	if (!store->ledger->settings.has_tiers)
		return;
	state = state_of(&books->account);
	if (engage_tier_upgrade(&engage_award_config(store)->tiers, books->account.joined_at,
							books->now, measure, &measuring, &state))
		change_tier(store, books, &state, books->now, TIER_UPGRADED);
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

const char *
engage_tier_at(Store *store, MemberBooks *books, TimestampTz instant)
{
	Datum		values[2] = {books->member, TimestampTzGetDatum(instant)};
	const char *tier = NULL;

	if (engage_store_run(store, &tier_at, values, NULL, 0) > 0)
		tier = engage_store_text(store, 0, 1);
	SPI_freetuptable(SPI_tuptable);
	return tier;
}

/* engage.grant_tier(): by invitation, whatever the points say. */
const char *
engage_do_tier(Posting *posting)
{
	PostingRequest *r = posting->request;
	MemberBooks *books = posting->books;
	const TierLevel *level = engage_tier_find(&engage_award_config(&posting->store)->tiers, r->tier);
	TimestampTz until = IS_TIME_NULL(r->until) ? DT_NOEND : r->until;
	TierState	state;
	LedgerEntry *entry;

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

	entry = engage_begin_keyed(posting, ENTRY_TIER);
	entry->rule = level->name;
	entry->until = r->until;
	engage_books_end(books, entry);

	state = (TierState) {.tier = level->name, .granted = true, .due_at = until};
	change_tier(&posting->store, books, &state, books->now, TIER_GRANTED);
	return OUTCOME_OK;
}
