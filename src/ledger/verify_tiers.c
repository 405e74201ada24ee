/*-------------------------------------------------------------------------
 *
 * verify_tiers.c
 *	  Checks of ledger_verify(): tiers, tallies and the budgets of campaigns.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/exact_sum.h"
#include "common/hashfn.h"
#include "ledger/verify_checks.h"
#include "utils/timestamp.h"

/* ----------------------------------------------------------------
 *		tiers
 * ---------------------------------------------------------------- */

static bool
same_tier(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* The grant that the account has is one of the journal; or none there is in force. */
static void
check_grants(Verifier *v, TimestampTz known_until)
{
	const LedgerAccount *a = &v->account;
	TimestampTz granted_until = IS_TIME_NULL(a->granted_until) ? DT_NOEND : a->granted_until;
	const LedgerEntry *in_force = NULL;
	bool		found = false;

	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];
		TimestampTz until = IS_TIME_NULL(entry->until) ? DT_NOEND : entry->until;

		if (entry->kind != ENTRY_TIER)
			continue;
		if (entry->rule == NULL)
		{
			in_force = NULL;
			found = false;
			continue;
		}
		if (until > known_until)
			in_force = entry;
		if (same_tier(entry->rule, a->granted_tier) && until == granted_until)
			found = true;
	}
	if (a->granted_tier != NULL && !found)
		engage_verify_report(v, CHECK_TIERS, 0, 0, "account.granted_tier",
							 in_force == NULL ? NULL : in_force->rule, a->granted_tier);
	else if (a->granted_tier == NULL && in_force != NULL)
		engage_verify_report(v, CHECK_TIERS, in_force->seq, 0, "account.granted_tier",
							 in_force->rule, NULL);
}

/* The tier is the earned or the granted one, and the dates are theirs. */
static void
check_standing(Verifier *v, const char *last)
{
	const LedgerAccount *a = &v->account;
	TimestampTz earned_due_at = a->earned_tier == NULL || IS_TIME_NULL(a->earned_due_at) ? DT_NOEND : a->earned_due_at;
	TimestampTz granted_until = a->granted_tier == NULL || IS_TIME_NULL(a->granted_until) ? DT_NOEND : a->granted_until;
	bool		is_earned = same_tier(a->tier, a->earned_tier);
	bool		is_granted = same_tier(a->tier, a->granted_tier);

	if (!is_earned && !is_granted && (last == NULL ? a->tier == NULL : same_tier(last, a->tier)) &&
		(a->tier != NULL || a->earned_tier != NULL || a->granted_tier != NULL))
		engage_verify_report(v, CHECK_TIERS, 0, 0, "account.tier",
							 a->earned_tier != NULL ? a->earned_tier : a->granted_tier, a->tier);
	same_time(v, CHECK_TIERS, 0, 0, "account.tier_due_at",
			  Min(earned_due_at, granted_until), a->tier_due_at);
	if (a->tier != NULL && v->ntier_changes > 0)
		same_time(v, CHECK_TIERS, 0, 0,
				  is_granted && !is_earned ? "account.granted_until" : "account.earned_due_at",
				  v->tier_changes[v->ntier_changes - 1].until,
				  is_earned && is_granted ? Max(earned_due_at, granted_until)
				  : is_granted ? granted_until : earned_due_at);
}

static bool
is_recorded_then(Verifier *v, TimestampTz instant)
{
	int64		low = 0;
	int64		high = v->nentries;

	while (low < high)
	{
		int64		middle = low + (high - low) / 2;

		if (v->entries[middle].recorded_at < instant)
			low = middle + 1;
		else
			high = middle;
	}
	return low < v->nentries && v->entries[low].recorded_at == instant;
}

/*
 * When did the change happen?  A review, not after the instant that the change
 * before named.  The others, in a posting: its first entry was recorded then; unless the
 * clock had gone back.
 */
static void
check_change_time(Verifier *v, const VerifyTierChange *before, const VerifyTierChange *change)
{
	bool		is_posted = change->reason != NULL &&
		(strcmp(change->reason, "upgraded") == 0 || strcmp(change->reason, "granted") == 0 ||
		 strcmp(change->reason, "revoked") == 0);
	const char *place = psprintf("tier_history.effective_at of change " INT64_FORMAT, change->change_no);

	if (!is_posted && before == NULL)
		engage_verify_report(v, CHECK_TIERS, 0, 0,
							 psprintf("tier_history.reason of change " INT64_FORMAT, change->change_no),
							 "upgraded or granted", change->reason);
	else if (!is_posted)
	{
		if (change->effective_at > before->until)
			engage_verify_report(v, CHECK_TIERS, 0, 0, place,
								 psprintf("at most %s", v->show_time(before->until)),
								 v->show_time(change->effective_at));
		if (change->recorded_at < change->effective_at)
			engage_verify_report(v, CHECK_TIERS, 0, 0, place,
								 psprintf("at most %s", v->show_time(change->recorded_at)),
								 v->show_time(change->effective_at));
	}
	else
	{
		same_time(v, CHECK_TIERS, 0, 0, place, change->recorded_at, change->effective_at);
		if (!is_recorded_then(v, change->effective_at) &&
			(before == NULL || change->effective_at != before->recorded_at))
			engage_verify_report(v, CHECK_TIERS, 0, 0, place, "when an entry was recorded",
								 v->show_time(change->effective_at));
	}
	/* (after new rules, a review is due at once) */
	if (change->until < change->effective_at)
		engage_verify_report(v, CHECK_TIERS, 0, 0,
							 psprintf("tier_history.until of change " INT64_FORMAT, change->change_no),
							 psprintf("at least %s", v->show_time(change->effective_at)),
							 v->show_time(change->until));
}

/* I18: the history of tiers is one, and leads to the present tier */
static void
check_tier_history(Verifier *v)
{
	const char *tier = NULL;
	const VerifyTierChange *last = v->ntier_changes > 0 ? &v->tier_changes[v->ntier_changes - 1] : NULL;
	TimestampTz before = DT_NOBEGIN;
	int64		next = 0;

	for (int64 i = 0; i < v->ntier_changes; i++)
	{
		const VerifyTierChange *change = &v->tier_changes[i];

		same_int(v, CHECK_TIERS, 0, 0, "tier_history.change_no", i + 1,
				 change->change_no);
		if (change->recorded_at < before)
			engage_verify_report(v, CHECK_TIERS, 0, 0,
								 psprintf("tier_history.recorded_at of change " INT64_FORMAT,
										  change->change_no),
								 psprintf("at or after %s", v->show_time(before)),
								 v->show_time(change->recorded_at));
		same_text(v, CHECK_TIERS, 0,
				  psprintf("tier_history.previous_tier of change " INT64_FORMAT,
						   change->change_no),
				  tier, change->previous_tier);
		check_change_time(v, i > 0 ? change - 1 : NULL, change);
		tier = change->tier;
		before = change->recorded_at;

		/* what was granted by invitation, and revoked, is in the journal */
		if (same_tier(change->reason, "granted") || same_tier(change->reason, "revoked"))
		{
			bool		is_grant = same_tier(change->reason, "granted");

			while (next < v->nentries && v->entries[next].kind != ENTRY_TIER)
				next++;
			if (next == v->nentries || (v->entries[next].rule != NULL) != is_grant)
				engage_verify_report(v, CHECK_TIERS, next < v->nentries ? v->entries[next].seq : 0, 0,
									 psprintf("tier_history.reason of change " INT64_FORMAT,
											  change->change_no),
									 next == v->nentries ? NULL : is_grant ? "revoked" : "granted",
									 change->reason);
			next++;
		}
	}
	for (; next < v->nentries; next++)
		if (v->entries[next].kind == ENTRY_TIER)
			engage_verify_report(v, CHECK_TIERS, v->entries[next].seq, 0,
								 v->entries[next].rule != NULL ? "tier_history: granted" : "tier_history: revoked",
								 v->entries[next].rule, NULL);
	if (!v->has_account)
		return;
	same_text(v, CHECK_TIERS, 0, "account.tier", tier, v->account.tier);
	check_standing(v, tier);
	check_grants(v, Max(before, v->account.last_recorded_at));
	if (v->account.granted_tier == NULL)
		same_bool(v, CHECK_TIERS, 0, 0, "account.tier_in_grace",
				  last != NULL && same_tier(last->reason, "grace"), v->account.tier_in_grace);
}

/* What the points of an entry are counted under; NULL: nothing. */
static const char *
tally_source(Verifier *v, const LedgerEntry *entry)
{
	MemoryContext old = MemoryContextSwitchTo(v->member_context);
	const char *source = NULL;

	if (entry->kind == ENTRY_EARN)
		source = "earn";
	else if (entry->kind == ENTRY_AWARD)
		source = psprintf("rule:%s", entry->rule == NULL ? "" : entry->rule);
	else if (entry->kind == ENTRY_BONUS && entry->campaign != NULL)
		source = psprintf("campaign:%s", entry->campaign);
	else if (entry->kind == ENTRY_BONUS)
		source = psprintf("tier:%s", entry->reason != NULL && strncmp(entry->reason, "tier ", 5) == 0
						  ? entry->reason + 5 : "");
	MemoryContextSwitchTo(old);
	return source;
}

static int
compare_sources(const void *a, const void *b)
{
	return strcmp(((const VerifySource *) a)->source,
				  ((const VerifySource *) b)->source);
}

/* NULL if nothing is known of it */
static const VerifySource *
find_source(Verifier *v, const char *source)
{
	VerifySource key = {.source = source};

	return v->nsources == 0 ? NULL
		: bsearch(&key, v->sources, v->nsources, sizeof(VerifySource), compare_sources);
}

/* As the rule says that the entry came by; of a rule that is gone, they do. */
static bool
is_qualifying(Verifier *v, const LedgerEntry *entry)
{
	MemoryContext old = MemoryContextSwitchTo(v->member_context);
	const VerifySource *source = entry->kind == ENTRY_EARN || entry->rule == NULL ? NULL
		: find_source(v, psprintf("rule:%s", entry->rule));

	MemoryContextSwitchTo(old);
	return source == NULL || source->qualifying;
}

typedef struct ExpectedTally
{
	const char *source;
	int32		day;
	bool		qualifying;
	int128		points;
	int128		awards;
	ExactSum	basis;
} ExpectedTally;

static int
compare_tallies(const char *source, int32 day, bool qualifying,
				const char *other, int32 other_day, bool other_qualifying)
{
	int			order = strcmp(source, other);

	if (order == 0)
		order = day < other_day ? -1 : day > other_day;
	return order != 0 ? order : qualifying - other_qualifying;
}

static int
compare_expected(const void *a, const void *b)
{
	const ExpectedTally *x = a;
	const ExpectedTally *y = b;

	return compare_tallies(x->source, x->day, x->qualifying, y->source, y->day, y->qualifying);
}

/* 0 for NULL, and for what no posting accepts */
static ExactSum
exact_basis(Numeric basis)
{
	ExactSum	exact;

	if (basis == NULL || engage_exact_from_numeric(&exact, NumericGetDatum(basis)) != EXACT_OK)
		exact_sum_from_int64(&exact, 0);
	return exact;
}

/* A tally that there is (or NULL), against the entries (or nothing) */
static void
check_tally(Verifier *v, const ExpectedTally *expected, const VerifyTally *tally)
{
	const char *name = expected != NULL ? expected->source : tally->source;
	int32		day = expected != NULL ? expected->day : tally->day;
	const char *kind = (expected != NULL ? expected->qualifying : tally->qualifying) ? "" : ", not qualifying";
	const VerifySource *source = find_source(v, name);
	int128		points = tally != NULL ? tally->points : 0;
	int128		awards = tally != NULL ? tally->awards : 0;
	ExactSum	basis = exact_basis(tally != NULL ? tally->basis : NULL);
	ExpectedTally nothing = {0};

	/* (what is needed for neither tiers nor caps may be left out) */
	if (!v->has_tiers && (source == NULL || !source->is_tallied))
		return;
	if (expected == NULL)
		expected = &nothing;
	if (expected->points != points)
		engage_report_int(v, CHECK_TIERS, 0, 0,
				   psprintf("tally.points of %s on %s%s", name, v->show_day(day), kind),
				   expected->points, points);
	if (expected->awards != awards)
		engage_report_int(v, CHECK_TIERS, 0, 0,
				   psprintf("tally.awards of %s on %s%s", name, v->show_day(day), kind),
				   expected->awards, awards);
	if (engage_exact_compare(&expected->basis, &basis) != 0)
		engage_verify_report(v, CHECK_TIERS, 0, 0,
							 psprintf("tally.basis of %s on %s%s", name, v->show_day(day), kind),
							 engage_exact_show(&expected->basis),
							 engage_exact_show(&basis));
}

/* What each entry that counts adds to a tally, or takes out of it */
static ExpectedTally *
expected_tallies(Verifier *v, int64 *count)
{
	ExpectedTally *expected = NULL;
	int128	   *reversed = NULL;
	int64		n = 0;

	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];
		const LedgerEntry *granted = entry;
		const char *source;
		ExactSum	basis;

		if (entry->kind == ENTRY_REVERSE)
			granted = engage_rows_entry(v, entry->reverses_seq);
		if (granted == NULL || (source = tally_source(v, granted)) == NULL)
			continue;
		if (expected == NULL)
		{
			expected = MemoryContextAllocHuge(v->member_context,
											  v->nentries * sizeof(ExpectedTally));
			reversed = MemoryContextAllocExtended(v->member_context,
												  v->nentries * sizeof(int128),
												  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
		}
		memset(&expected[n], 0, sizeof(ExpectedTally));
		expected[n].source = source;
		expected[n].day = v->day_of(v->day_arg, IS_TIME_NULL(granted->effective_at)
									? granted->recorded_at : granted->effective_at);
		expected[n].qualifying = is_qualifying(v, granted);
		expected[n].points = entry->amount;
		if (granted->kind == ENTRY_AWARD)
		{
			basis = exact_basis(entry->basis);
			if (granted == entry)
			{
				expected[n].awards = 1;
				expected[n].basis = basis;
			}
			else
			{
				int128	   *so_far = &reversed[granted - v->entries];

				/* the award is one no more when all of it is taken back */
				if (*so_far < granted->amount && *so_far - entry->amount >= granted->amount)
					expected[n].awards = -1;
				*so_far -= entry->amount;
				exact_sum_subtract(&expected[n].basis, &basis);
			}
		}
		n++;
	}
	if (n > 1)
		qsort(expected, n, sizeof(ExpectedTally), compare_expected);

	/* those of one source and day together */
	*count = 0;
	for (int64 i = 0; i < n; i++)
	{
		ExpectedTally *last = *count > 0 ? &expected[*count - 1] : NULL;

		if (last == NULL || compare_expected(last, &expected[i]) != 0)
			expected[(*count)++] = expected[i];
		else
		{
			last->points += expected[i].points;
			last->awards += expected[i].awards;
			(void) exact_sum_add(&last->basis, &expected[i].basis);
		}
	}
	return expected;
}

/* I18: tallies are the sums of what was granted, less what was taken back */
static void
check_tallies(Verifier *v)
{
	int64		n;
	ExpectedTally *expected;
	int64		e = 0;
	int64		t = 0;

	if (!v->has_tiers && v->nsources == 0)
		return;
	expected = expected_tallies(v, &n);
	while (e < n || t < v->ntallies)
	{
		int			order = e == n ? 1 : t == v->ntallies ? -1
			: compare_tallies(expected[e].source, expected[e].day, expected[e].qualifying,
							  v->tallies[t].source, v->tallies[t].day, v->tallies[t].qualifying);

		check_tally(v, order <= 0 ? &expected[e] : NULL,
					order >= 0 ? &v->tallies[t] : NULL);
		e += order <= 0;
		t += order >= 0;
	}
}

void
engage_check_tiers(Verifier *v)
{
	check_tier_history(v);
	check_tallies(v);
}
/* ----------------------------------------------------------------
 *		campaigns
 * ---------------------------------------------------------------- */

typedef struct CampaignTotals
{
	const char *campaign;
	int128		granted;
	char		status;
} CampaignTotals;

#define SH_PREFIX		campaign_totals
#define SH_ELEMENT_TYPE	CampaignTotals
#define SH_KEY_TYPE		const char *
#define SH_KEY			campaign
#define SH_HASH_KEY(tb, key) \
	hash_bytes((const unsigned char *) (key), strlen(key))
#define SH_EQUAL(tb, a, b)	(strcmp(a, b) == 0)
#define SH_SCOPE		static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* I14, one member's part */
void
engage_check_budgets(Verifier *v)
{
	if (v->campaigns == NULL)
		v->campaigns = campaign_totals_create(v->context, 16, NULL);
	for (int64 i = 0; i < v->nentries; i++)
	{
		const LedgerEntry *entry = &v->entries[i];
		const LedgerEntry *granted = entry;
		CampaignTotals *totals;
		bool		found;

		if (entry->kind == ENTRY_REVERSE)
			granted = engage_rows_entry(v, entry->reverses_seq);
		if (granted == NULL || granted->kind != ENTRY_BONUS || granted->campaign == NULL)
			continue;
		totals = campaign_totals_lookup(v->campaigns, granted->campaign);
		if (totals == NULL)
		{
			totals = campaign_totals_insert(v->campaigns,
											MemoryContextStrdup(v->context, granted->campaign),
											&found);
			totals->granted = 0;
		}
		totals->granted += entry->amount;
	}
}

/*
 * I14, after the last member, for each campaign of table campaign and of
 * campaign_budget: its slots are no more than the budget, and what they say
 * was issued is what was granted and not taken back.
 */
void
engage_verify_campaign(Verifier *v, const char *campaign, bool has_budget,
					   int64 budget, bool has_slots, int128 allotted,
					   int128 issued)
{
	CampaignTotals *totals = v->campaigns == NULL ? NULL
		: campaign_totals_lookup(v->campaigns, campaign);
	int128		granted = totals == NULL ? 0 : totals->granted;

	v->member = NULL;
	if (has_budget && allotted > budget)
		engage_verify_report(v, CHECK_BUDGETS, 0, 0,
							 psprintf("campaign_budget.allotted of \"%s\"", campaign),
							 psprintf("at most " INT64_FORMAT, budget),
							 engage_show_int(allotted));
	if (issued > allotted)
		engage_verify_report(v, CHECK_BUDGETS, 0, 0,
							 psprintf("campaign_budget.issued of \"%s\"", campaign),
							 psprintf("at most %s", engage_show_int(allotted)),
							 engage_show_int(issued));
	if ((has_budget || has_slots) && issued != granted)
		engage_report_int(v, CHECK_BUDGETS, 0, 0,
				   psprintf("campaign_budget.issued of \"%s\", granted less reversed", campaign),
				   granted, issued);
}
