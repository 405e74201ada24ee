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

/* The journal's entries of tiers that were granted, or revoked (rule NULL) */
typedef struct Grants
{
	const LedgerEntry **entries;
	int64		count;
} Grants;

static Grants
find_grants(Verifier *v)
{
	Grants		grants = {NULL, 0};
	int64		count = 0;

	for (int64 i = 0; i < v->nentries; i++)
		count += v->entries[i].kind == ENTRY_TIER;
	if (count == 0)
		return grants;
	grants.entries = MemoryContextAllocHuge(v->member_context, count * sizeof(LedgerEntry *));
	for (int64 i = 0; i < v->nentries; i++)
		if (v->entries[i].kind == ENTRY_TIER)
			grants.entries[grants.count++] = &v->entries[i];
	return grants;
}

static TimestampTz
end_of_grant(const LedgerEntry *entry)
{
	return IS_TIME_NULL(entry->until) ? DT_NOEND : entry->until;
}

/* By the first so many of them; DT_NOBEGIN: that tier was not granted, or is revoked. */
static TimestampTz
granted_until(const Grants *grants, int64 count, const char *tier)
{
	TimestampTz until = DT_NOBEGIN;

	for (int64 i = 0; i < Min(count, grants->count); i++)
	{
		const LedgerEntry *entry = grants->entries[i];

		if (entry->rule == NULL)
			until = DT_NOBEGIN;
		else if (same_tier(entry->rule, tier))
			until = Max(until, end_of_grant(entry));
	}
	return until;
}

/*
 * The grant that the account has is one of the journal; or none there is in force.
 * (One that has ended by now may have been written up: when the tier stays the same
 * nothing is recorded then.)
 */
static void
check_grants(Verifier *v, const Grants *grants, TimestampTz known_until)
{
	const LedgerAccount *a = &v->account;
	TimestampTz journal_until = granted_until(grants, grants->count, a->granted_tier);
	TimestampTz account_until = IS_TIME_NULL(a->granted_until) ? DT_NOEND : a->granted_until;
	const LedgerEntry *in_force = NULL;
	bool		found = false;

	for (int64 i = 0; i < grants->count; i++)
	{
		const LedgerEntry *entry = grants->entries[i];

		if (entry->rule == NULL)
		{
			in_force = NULL;
			found = false;
			continue;
		}
		if (end_of_grant(entry) > known_until)
			in_force = entry;
		if (same_tier(entry->rule, a->granted_tier) && end_of_grant(entry) == account_until)
			found = true;
	}
	if (a->granted_tier != NULL && !found && journal_until != DT_NOBEGIN)
		same_time(v, CHECK_TIERS, 0, 0, "account.granted_until", journal_until, account_until);
	else if (a->granted_tier != NULL && !found)
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

static bool
is_reason(const VerifyTierChange *change, const char *reason)
{
	return change->reason != NULL && strcmp(change->reason, reason) == 0;
}

static const char *
change_place(const char *column, const VerifyTierChange *change)
{
	return psprintf("tier_history.%s of change " INT64_FORMAT, column, change->change_no);
}

static void
expect_time(Verifier *v, const VerifyTierChange *change, const char *column,
			const char *how, TimestampTz expected, TimestampTz found)
{
	engage_verify_report(v, CHECK_TIERS, 0, 0, change_place(column, change),
						 psprintf("%s%s", how, v->show_time(expected)), v->show_time(found));
}

/*
 * A review, or the end of a grant: at the instant that the change before named.  If that
 * was the end of a grant, the tier by points is reviewed before.
 */
static void
check_review_time(Verifier *v, const Grants *grants, int64 ngrants,
				  const VerifyTierChange *before, const VerifyTierChange *change)
{
	bool		named_grant = granted_until(grants, ngrants, before->tier) == before->until;

	if (change->effective_at > before->until)
		expect_time(v, change, "effective_at", named_grant ? "at most " : "",
					before->until, change->effective_at);
	else if (change->effective_at < before->until && is_reason(change, "grant_ended"))
	{
		for (int64 i = 0; i < ngrants; i++)
			if (grants->entries[i]->rule != NULL &&
				end_of_grant(grants->entries[i]) == change->effective_at)
				return;
		expect_time(v, change, "effective_at", "", before->until, change->effective_at);
	}
	else if (change->effective_at < before->until && !named_grant)
		expect_time(v, change, "effective_at", "", before->until, change->effective_at);
}

/*
 * When did the change happen?  A review, when it was due.  The others, in a posting:
 * its first entry was recorded then; unless the clock had gone back.  New rules are
 * the owner's, who has no entry; they hold at once, whatever review was still to be
 * written up.
 */
static void
check_change_time(Verifier *v, const Grants *grants, int64 ngrants,
				  const VerifyTierChange *before, const VerifyTierChange *change)
{
	bool		is_posted = is_reason(change, "upgraded") || is_reason(change, "granted") ||
		is_reason(change, "revoked");

	if (is_posted)
	{
		same_time(v, CHECK_TIERS, 0, 0, change_place("effective_at", change),
				  change->recorded_at, change->effective_at);
		if (!is_recorded_then(v, change->effective_at) &&
			(before == NULL || change->effective_at != before->recorded_at))
			engage_verify_report(v, CHECK_TIERS, 0, 0, change_place("effective_at", change),
								 "when an entry was recorded",
								 v->show_time(change->effective_at));
	}
	else if (before == NULL)
		engage_verify_report(v, CHECK_TIERS, 0, 0, change_place("reason", change),
							 "upgraded or granted", change->reason);
	else if (is_reason(change, "rules_changed"))
		same_time(v, CHECK_TIERS, 0, 0, change_place("recorded_at", change),
				  Max(change->effective_at, before->recorded_at), change->recorded_at);
	else
	{
		check_review_time(v, grants, ngrants, before, change);
		if (change->recorded_at < change->effective_at)
			expect_time(v, change, "effective_at", "at most ",
						change->recorded_at, change->effective_at);
	}
	/* (after new rules, a review is due at once) */
	if (change->until < change->effective_at)
		expect_time(v, change, "until", "at least ", change->effective_at, change->until);
}

/*
 * A grant lasts until the journal says; one that is not the higher one changes nothing.
 * The tier may also be one that was hidden by another, by ranks that were others then.
 */
static void
check_granted(Verifier *v, const Grants *grants, int64 ngrants,
			  const VerifyTierChange *before, const VerifyTierChange *change)
{
	const LedgerEntry *entry = grants->entries[ngrants - 1];
	TimestampTz until = end_of_grant(entry);
	bool		is_same = before != NULL && same_tier(before->tier, change->tier);
	bool		was_hidden = before != NULL && !is_same &&
		(granted_until(grants, ngrants - 1, before->tier) != DT_NOBEGIN ||
		 granted_until(grants, ngrants - 1, change->tier) != DT_NOBEGIN);

	if (same_tier(change->tier, entry->rule))
	{
		if (is_same)
			until = Max(until, before->until);
		if (change->until < until || (change->until > until && !was_hidden))
			expect_time(v, change, "until", was_hidden ? "at least " : "", until, change->until);
	}
	else if (is_same)
		same_time(v, CHECK_TIERS, 0, 0, change_place("until", change),
				  before->until, change->until);
	else if (!was_hidden)
		same_text(v, CHECK_TIERS, 0, change_place("tier", change), entry->rule, change->tier);
}

/*
 * Until when?  What depends on settings, which may have been others, is only checked
 * against the change that follows, or the account.
 */
static void
check_change_until(Verifier *v, const Grants *grants, int64 ngrants,
				   const VerifyTierChange *before, const VerifyTierChange *change)
{
	const LedgerEntry *entry = ngrants > 0 ? grants->entries[ngrants - 1] : NULL;

	if (change->tier == NULL)
		same_time(v, CHECK_TIERS, 0, 0, change_place("until", change), DT_NOEND, change->until);
	else if (is_reason(change, "granted") && entry != NULL && entry->rule != NULL)
		check_granted(v, grants, ngrants, before, change);
	else if (is_reason(change, "revoked") && before != NULL && entry != NULL && entry->rule == NULL)
	{
		if (same_tier(before->tier, change->tier) &&
			granted_until(grants, ngrants - 1, before->tier) == DT_NOBEGIN)
			same_time(v, CHECK_TIERS, 0, 0, change_place("until", change),
					  before->until, change->until);
	}
	else if (is_reason(change, "rules_changed") && change->until != change->effective_at)
		same_time(v, CHECK_TIERS, 0, 0, change_place("until", change),
				  Max(change->effective_at, granted_until(grants, ngrants, change->tier)),
				  change->until);
}

/*
 * Is the tier that he earned in grace?  The last change of it tells, unless it was not
 * his tier for a time since, or that changed when a grant was to end.
 */
static void
check_grace(Verifier *v, const Grants *grants)
{
	const LedgerAccount *a = &v->account;
	const VerifyTierChange *last = NULL;

	if (a->earned_tier != NULL && v->ntier_changes > 0)
	{
		int64		i = v->ntier_changes - 1;

		while (i >= 0 && (is_reason(&v->tier_changes[i], "granted") ||
						  is_reason(&v->tier_changes[i], "revoked") ||
						  is_reason(&v->tier_changes[i], "grant_ended")))
			i--;
		if (i < 0)
			return;
		last = &v->tier_changes[i];
		for (; i < v->ntier_changes; i++)
			if (!same_tier(v->tier_changes[i].tier, a->earned_tier) ||
				v->tier_changes[i].until != last->until)
				return;
		for (i = 0; i < grants->count; i++)
			if (same_tier(grants->entries[i]->rule, a->earned_tier) &&
				end_of_grant(grants->entries[i]) == last->until)
				return;
	}
	same_bool(v, CHECK_TIERS, 0, 0, "account.tier_in_grace",
			  last != NULL && is_reason(last, "grace"), a->tier_in_grace);
}

/* I18: the history of tiers is one, and leads to the present tier */
static void
check_tier_history(Verifier *v)
{
	const char *tier = NULL;
	TimestampTz recorded_at = DT_NOBEGIN;
	Grants		grants = find_grants(v);
	int64		next = 0;

	for (int64 i = 0; i < v->ntier_changes; i++)
	{
		const VerifyTierChange *change = &v->tier_changes[i];
		const VerifyTierChange *before = i > 0 ? change - 1 : NULL;

		same_int(v, CHECK_TIERS, 0, 0, "tier_history.change_no", i + 1,
				 change->change_no);
		if (change->recorded_at < recorded_at)
			expect_time(v, change, "recorded_at", "at or after ", recorded_at, change->recorded_at);
		same_text(v, CHECK_TIERS, 0, change_place("previous_tier", change),
				  tier, change->previous_tier);
		check_change_time(v, &grants, next, before, change);
		tier = change->tier;
		recorded_at = change->recorded_at;

		/* what was granted by invitation, and revoked, is in the journal */
		if (is_reason(change, "granted") || is_reason(change, "revoked"))
		{
			const LedgerEntry *entry = next < grants.count ? grants.entries[next] : NULL;
			bool		is_grant = is_reason(change, "granted");

			if (entry == NULL || (entry->rule != NULL) != is_grant)
				engage_verify_report(v, CHECK_TIERS, entry != NULL ? entry->seq : 0, 0,
									 change_place("reason", change),
									 entry == NULL ? NULL : is_grant ? "revoked" : "granted",
									 change->reason);
			if (entry != NULL)
				next++;
		}
		check_change_until(v, &grants, next, before, change);
	}
	for (; next < grants.count; next++)
		engage_verify_report(v, CHECK_TIERS, grants.entries[next]->seq, 0,
							 grants.entries[next]->rule != NULL ? "tier_history: granted" : "tier_history: revoked",
							 grants.entries[next]->rule, NULL);
	if (!v->has_account)
		return;
	same_text(v, CHECK_TIERS, 0, "account.tier", tier, v->account.tier);
	check_standing(v, tier);
	check_grants(v, &grants, Max(v->clock, Max(recorded_at, v->account.last_recorded_at)));
	check_grace(v, &grants);
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
