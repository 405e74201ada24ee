/*-------------------------------------------------------------------------
 *
 * award.c
 *	  Awards by rule: eligibility, caps, budgets, entries and the tally.
 *
 * Locks: the member's account first, which protects his tally; then slots of
 * budgets, by campaign and number.  Nothing is waited for after that.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/errors.h"
#include "common/hashfn.h"
#include "ledger/award.h"
#include "ledger/calendar.h"
#include "ledger/tier.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/builtins.h"

/* ----------------------------------------------------------------
 *		the tally
 * ---------------------------------------------------------------- */

static const LedgerStatement add_to_tally = {
	"INSERT INTO @ledger@.tally AS t (member, source, day, points, awards, basis, qualifying)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7)"
	" ON CONFLICT (member, source, day, qualifying) DO UPDATE SET"
	" points = t.points OPERATOR(pg_catalog.+) excluded.points,"
	" awards = t.awards OPERATOR(pg_catalog.+) excluded.awards,"
	" basis = t.basis OPERATOR(pg_catalog.+) excluded.basis",
	"member text date bigint bigint numeric boolean"
};

static const LedgerStatement tally_of_source = {
	"SELECT COALESCE(pg_catalog.sum(t.points) FILTER (WHERE t.day OPERATOR(pg_catalog.=) $3), 0)::pg_catalog.int8,"
	" COALESCE(pg_catalog.sum(t.points) FILTER (WHERE t.day OPERATOR(pg_catalog.>=) $4"
	" AND t.day OPERATOR(pg_catalog.<) $5), 0)::pg_catalog.int8,"
	" COALESCE(pg_catalog.sum(t.points), 0)::pg_catalog.int8,"
	" COALESCE(pg_catalog.sum(t.awards) FILTER (WHERE t.day OPERATOR(pg_catalog.=) $3), 0)::pg_catalog.int8,"
	" COALESCE(pg_catalog.sum(t.awards) FILTER (WHERE t.day OPERATOR(pg_catalog.>=) $4"
	" AND t.day OPERATOR(pg_catalog.<) $5), 0)::pg_catalog.int8,"
	" COALESCE(pg_catalog.sum(t.awards), 0)::pg_catalog.int8"
	" FROM @ledger@.tally t WHERE t.member OPERATOR(pg_catalog.=) $1"
	" AND t.source OPERATOR(pg_catalog.=) $2 AND t.day OPERATOR(pg_catalog.>=) $6",
	"member text date date date date"
};

static bool
has_cap(const AwardRule *rule, CapSpan span)
{
	return rule->cap[span] != POINTS_UNLIMITED || rule->max_awards[span] != POINTS_UNLIMITED;
}

static bool
has_caps(const AwardRule *rule)
{
	return has_cap(rule, CAP_DAY) || has_cap(rule, CAP_MONTH) || has_cap(rule, CAP_LIFETIME);
}

/*
 * What a member got from a source on the day of an instant, in its month, and
 * since "first".
 */
static AwardTally
read_tally(Store *store, MemberBooks *books, const char *source,
		   TimestampTz instant, bool whole_life)
{
	DateADT		day = engage_zone_date(instant, store->ledger->settings.time_zone);
	DateADT		month;
	int			year;
	int			month_of_year;
	int			day_of_month;
	AwardTally	tally;
	Datum		values[6];

	engage_date_split(day, &year, &month_of_year, &day_of_month);
	month = engage_date_make(year, month_of_year, 1);
	values[0] = books->member;
	values[1] = CStringGetTextDatum(source);
	values[2] = DateADTGetDatum(day);
	values[3] = DateADTGetDatum(month);
	values[4] = DateADTGetDatum(engage_date_add_months(month, 1));
	values[5] = whole_life ? DateADTGetDatum(DATEVAL_NOBEGIN) : DateADTGetDatum(month);
	engage_store_run(store, &tally_of_source, values, NULL, 0);
	for (int span = 0; span < CAP_SPANS; span++)
	{
		tally.points[span] = engage_store_int64(0, 1 + span);
		tally.awards[span] = engage_store_int64(0, 4 + span);
	}
	SPI_freetuptable(SPI_tuptable);
	return tally;
}

static void
add_tally(Posting *posting, const char *source, TimestampTz effective_at,
		  int64 points, int64 awards, Numeric basis, bool qualifying)
{
	Datum		values[7] = {
		posting->books->member,
		CStringGetTextDatum(source),
		DateADTGetDatum(engage_zone_date(effective_at, posting->settings->time_zone)),
		Int64GetDatum(points),
		Int64GetDatum(awards),
		basis != NULL ? NumericGetDatum(basis) : NumericGetDatum(int64_to_numeric(0)),
		BoolGetDatum(qualifying)
	};

	engage_store_run(&posting->store, &add_to_tally, values, NULL, 0);
}

static char *
rule_source(const char *rule)
{
	return psprintf("rule:%s", rule);
}

static char *
campaign_source(const char *campaign)
{
	return psprintf("campaign:%s", campaign);
}

/* A bonus that is no campaign's is the tier's, which its reason names. */
#define TIER_REASON "tier "

static char *
tier_source(const char *reason)
{
	size_t		length = strlen(TIER_REASON);

	return psprintf("tier:%s", reason != NULL && strncmp(reason, TIER_REASON, length) == 0
					? reason + length : "");
}

static TimestampTz
effective_at(const LedgerEntry *entry)
{
	return IS_TIME_NULL(entry->effective_at) ? entry->recorded_at : entry->effective_at;
}

void
engage_award_earned(Posting *posting, const LedgerEntry *entry)
{
	if (!posting->settings->has_tiers)
		return;
	add_tally(posting, "earn", effective_at(entry), entry->amount, 0, NULL, true);
	engage_tier_raise(&posting->store, posting->books);
}

/* ----------------------------------------------------------------
 *		budgets
 *
 * A budget is split into slots, so that members who earn at once need not wait
 * for each other: each backend begins with a slot of its own.  Whoever changes
 * a slot holds a lock on it until his transaction ends.  That is not the row's
 * lock: this one can be given back, when the slot turns out to have too little.
 *
 * One slot is enough as a rule.  If none has enough, all that have something
 * are locked in ascending order; as nobody holds one slot of a campaign while
 * he waits for a lower one, nobody waits in a circle.  And as a slot that
 * others are drawing on is waited for, nothing is refused that is there.
 * ---------------------------------------------------------------- */

static const LedgerStatement budget_slots = {
	"SELECT b.slot::pg_catalog.int8, b.allotted OPERATOR(pg_catalog.-) b.issued, b.issued"
	" FROM @ledger@.campaign_budget b"
	" WHERE b.campaign OPERATOR(pg_catalog.=) $1 ORDER BY b.slot", "text"
};

static const LedgerStatement draw_on_slot = {
	"UPDATE @ledger@.campaign_budget SET issued = issued OPERATOR(pg_catalog.+) $3"
	" WHERE campaign OPERATOR(pg_catalog.=) $1 AND slot OPERATOR(pg_catalog.=) $2"
	" AND issued OPERATOR(pg_catalog.+) $3 OPERATOR(pg_catalog.<=) allotted", "text int bigint"
};

/* Apart from the advisory locks of users, whose classes are 1 and 2 */
#define BUDGET_LOCK_CLASS 0x4e47

typedef struct BudgetSlot
{
	int			slot;
	int64		left;
	int64		issued;
	bool		is_locked;
} BudgetSlot;

/* Rows as they were committed last; slots that are locked stay as they are. */
static BudgetSlot *
read_slots(Store *store, const char *campaign, int *nslots)
{
	Datum		value = CStringGetTextDatum(campaign);
	int			n = engage_store_run(store, &budget_slots, &value, NULL, 0);
	BudgetSlot *slots = palloc0(Max(n, 1) * sizeof(BudgetSlot));

	for (int i = 0; i < n; i++)
	{
		slots[i].slot = (int) engage_store_int64(i, 1);
		slots[i].left = engage_store_int64(i, 2);
		slots[i].issued = engage_store_int64(i, 3);
	}
	SPI_freetuptable(SPI_tuptable);
	*nslots = n;
	return slots;
}

static LOCKTAG
slot_tag(Store *store, const char *campaign, int slot)
{
	LOCKTAG		tag;
	uint32		name = hash_bytes((const unsigned char *) campaign, strlen(campaign));

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId,
						 store->ledger->tables[TABLE_CAMPAIGN_BUDGET].relid,
						 name + (uint32) slot, BUDGET_LOCK_CLASS);
	return tag;
}

static void
lock_slot(Store *store, const char *campaign, int slot)
{
	LOCKTAG		tag = slot_tag(store, campaign, slot);

	(void) LockAcquire(&tag, ExclusiveLock, false, false);
}

static void
unlock_slot(Store *store, const char *campaign, int slot)
{
	LOCKTAG		tag = slot_tag(store, campaign, slot);

	LockRelease(&tag, ExclusiveLock, false);
}

static bool
draw_points(Store *store, const char *campaign, int slot, int64 points)
{
	Datum		values[3] = {
		CStringGetTextDatum(campaign), Int32GetDatum(slot), Int64GetDatum(points)
	};

	return engage_store_run(store, &draw_on_slot, values, NULL, 0) == 1;
}

/* What the slot has not given cannot go back to it. */
static const LedgerStatement fill_slot = {
	"UPDATE @ledger@.campaign_budget SET issued = issued OPERATOR(pg_catalog.-) $3"
	" WHERE campaign OPERATOR(pg_catalog.=) $1 AND slot OPERATOR(pg_catalog.=) $2"
	" AND issued OPERATOR(pg_catalog.>=) $3", "text int bigint"
};

static bool
give_points(Store *store, const char *campaign, int slot, int64 points)
{
	Datum		values[3] = {
		CStringGetTextDatum(campaign), Int32GetDatum(slot), Int64GetDatum(points)
	};

	return engage_store_run(store, &fill_slot, values, NULL, 0) == 1;
}

/*
 * Gives points back to a budget: to one slot if one has given so many, as a
 * rule; otherwise to several, with all of them locked in ascending order.  A
 * campaign that never had a budget has no slots.
 */
static void
give_back(Store *store, const char *campaign, int64 points)
{
	int			n;
	BudgetSlot *slots = read_slots(store, campaign, &n);
	BudgetSlot *locked;
	int			nlocked;

	for (int k = 0; k < n; k++)
	{
		BudgetSlot *slot = &slots[(MyProcPid + k) % n];

		if (slot->issued < points)
			continue;
		lock_slot(store, campaign, slot->slot);
		if (give_points(store, campaign, slot->slot, points))
			return;
		unlock_slot(store, campaign, slot->slot);
	}

	for (int i = 0; i < n; i++)
		lock_slot(store, campaign, slots[i].slot);
	locked = read_slots(store, campaign, &nlocked);
	for (int i = 0; i < nlocked && points > 0; i++)
	{
		int64		part = Min(points, locked[i].issued);

		if (part > 0 && give_points(store, campaign, locked[i].slot, part))
			points -= part;
	}
}

void
engage_budget_owe(BudgetReturns *returns, const char *campaign, int64 points)
{
	for (int i = 0; i < returns->n; i++)
		if (strcmp(returns->campaigns[i], campaign) == 0)
		{
			returns->points[i] = engage_add_points(returns->points[i], points);
			return;
		}
	if (returns->n >= returns->room)
	{
		int			room = Max(returns->room * 2, 4);
		const char **campaigns = MemoryContextAlloc(returns->context, room * sizeof(char *));
		int64	   *amounts = MemoryContextAlloc(returns->context, room * sizeof(int64));

		if (returns->n > 0)
		{
			memcpy(campaigns, returns->campaigns, returns->n * sizeof(char *));
			memcpy(amounts, returns->points, returns->n * sizeof(int64));
		}
		returns->campaigns = campaigns;
		returns->points = amounts;
		returns->room = room;
	}
	returns->campaigns[returns->n] = MemoryContextStrdup(returns->context, campaign);
	returns->points[returns->n++] = points;
}

void
engage_budget_return(Store *store, BudgetReturns *returns)
{
	/* by campaign, as awards draw on them */
	for (int done = 0; done < returns->n; done++)
	{
		int			next = done;
		const char *campaign;
		int64		points;

		for (int i = done + 1; i < returns->n; i++)
			if (strcmp(returns->campaigns[i], returns->campaigns[next]) < 0)
				next = i;
		campaign = returns->campaigns[next];
		points = returns->points[next];
		returns->campaigns[next] = returns->campaigns[done];
		returns->points[next] = returns->points[done];
		give_back(store, campaign, points);
	}
	returns->n = 0;
}

/* Draws so many points on the budget of a campaign, or what is left of it. */
static int64
draw_on_budget(Store *store, const char *campaign, int64 points)
{
	int			n;
	BudgetSlot *slots = read_slots(store, campaign, &n);
	BudgetSlot *locked;
	int			nlocked;
	int64		drawn = 0;

	for (int k = 0; k < n; k++)
	{
		BudgetSlot *slot = &slots[(MyProcPid + k) % n];

		if (slot->left < points)
			continue;
		lock_slot(store, campaign, slot->slot);
		if (draw_points(store, campaign, slot->slot, points))
			return points;
		unlock_slot(store, campaign, slot->slot);
	}

	for (int i = 0; i < n; i++)
	{
		slots[i].is_locked = slots[i].left > 0;
		if (slots[i].is_locked)
			lock_slot(store, campaign, slots[i].slot);
	}
	locked = read_slots(store, campaign, &nlocked);
	for (int i = 0, j = 0; i < nlocked && drawn < points; i++)
	{
		int64		part = Min(points - drawn, locked[i].left);

		while (j < n && slots[j].slot < locked[i].slot)
			j++;
		if (part <= 0 || j == n || slots[j].slot != locked[i].slot || !slots[j].is_locked)
			continue;
		if (!draw_points(store, campaign, locked[i].slot, part))
			ereport(ERROR,
					(errcode(ERRCODE_ENGAGE_ROWS_HIDDEN),
					 errmsg("the budget of campaign \"%s\" cannot be updated", campaign),
					 errdetail("Row-level security or a trigger prevented it, or the row is gone.")));
		drawn += part;
	}
	return drawn;
}

int64
engage_budget_left(Store *store, const char *campaign)
{
	int			n;
	BudgetSlot *slots = read_slots(store, campaign, &n);
	int64		left = 0;

	for (int i = 0; i < n; i++)
		left = engage_add_points(left, slots[i].left);
	return left;
}

/* ----------------------------------------------------------------
 *		awards
 * ---------------------------------------------------------------- */

static const char *
source_of(const PostingRequest *r)
{
	return r->source_ref != NULL ? r->source_ref : r->key;
}

static bool
is_running(const CampaignRow *row, const char *rule, TimestampTz instant)
{
	if (!row->active || instant < row->starts_at || instant >= row->ends_at)
		return false;
	if (row->rules == NULL)
		return true;
	for (int i = 0; i < row->nrules; i++)
		if (strcmp(row->rules[i], rule) == 0)
			return true;
	return false;
}

const char *
engage_award_tier(Store *store, MemberBooks *books, TimestampTz effective)
{
	if (!store->ledger->settings.has_tiers || effective >= books->now)
		return books->account.tier;
	return engage_tier_at(store, books, effective);
}

/* Everything but budgets, which have to be locked first. */
Award *
engage_award_find(Store *store, MemberBooks *books, const AwardRule *rule,
				  const char *tier, const ExactSum *basis, TimestampTz effective)
{
	const AwardConfig *config = engage_award_config(store);
	AwardTally	tally = {0};
	AwardCampaign *campaigns = palloc(Max(config->ncampaigns, 1) * sizeof(AwardCampaign));
	int			ncampaigns = 0;
	Award	   *award;

	for (int i = 0; i < config->ncampaigns; i++)
		if (is_running(&config->campaigns[i], rule->name, effective))
			campaigns[ncampaigns++] = config->campaigns[i].campaign;
	if (has_caps(rule))
		tally = read_tally(store, books, rule_source(rule->name), effective,
						   has_cap(rule, CAP_LIFETIME));
	award = engage_award_points(&config->settings, rule, basis, &tally,
								engage_tier_find(&config->tiers, tier),
								campaigns, ncampaigns);

	for (int i = 0; i < award->ncomponents; i++)
	{
		AwardComponent *component = &award->components[i];
		const AwardCampaign *campaign = component->campaign;

		if (campaign == NULL || campaign->member_cap == POINTS_UNLIMITED || component->points == 0)
			continue;
		tally = read_tally(store, books, campaign_source(campaign->name), effective, true);
		engage_award_clip_member(component, campaign->member_cap - Max(tally.points[CAP_LIFETIME], 0));
	}
	return award;
}

static int
by_campaign(const void *a, const void *b)
{
	return strcmp((*(AwardComponent *const *) a)->campaign->name,
				  (*(AwardComponent *const *) b)->campaign->name);
}

static void
draw_on_budgets(Store *store, Award *award)
{
	AwardComponent **drawing = palloc(Max(award->ncomponents, 1) * sizeof(AwardComponent *));
	int			n = 0;

	for (int i = 0; i < award->ncomponents; i++)
	{
		AwardComponent *component = &award->components[i];

		if (component->campaign != NULL && component->campaign->has_budget && component->points > 0)
			drawing[n++] = component;
	}
	qsort(drawing, n, sizeof(AwardComponent *), by_campaign);
	for (int i = 0; i < n; i++)
		engage_award_clip_budget(drawing[i],
								 draw_on_budget(store, drawing[i]->campaign->name,
												drawing[i]->points));
}

/* A bonus that a limit left nothing of is remembered like a refusal. */
static const LedgerStatement insert_refused_bonus = {
	"INSERT INTO @ledger@.refusal (member, kind, key, status, request_hash,"
	" recorded_at, seq, available, pending, held, debt, points, source_ref,"
	" rule, detail, session_role, acting_role)"
	" VALUES ($1, 'bonus', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
	"member text text bigint timestamptz bigint bigint bigint bigint bigint bigint text text text text text"
};

static void
remember_lost_bonus(Posting *posting, const AwardComponent *component, int64 award_seq)
{
	PostingRequest *r = posting->request;
	LedgerAccount *account = &posting->books->account;
	Datum		values[16] = {
		posting->books->member,
		CStringGetTextDatum(psprintf(INT64_FORMAT ":%s", award_seq, component->campaign->name)),
		CStringGetTextDatum(component->status),
		Int64GetDatum(r->hash),
		TimestampTzGetDatum(posting->books->now),
		Int64GetDatum(account->seq),
		Int64GetDatum(account->available),
		Int64GetDatum(account->pending),
		Int64GetDatum(account->held),
		Int64GetDatum(account->debt),
		Int64GetDatum(component->nominal),
		CStringGetTextDatum(source_of(r)),
		CStringGetTextDatum(r->rule),
		CStringGetTextDatum(component->detail),
		CStringGetTextDatum(posting->session_role)
	};
	char		nulls[] = "               n";

	if (posting->acting_role != NULL)
	{
		values[15] = CStringGetTextDatum(posting->acting_role);
		nulls[15] = ' ';
	}
	engage_store_run(&posting->store, &insert_refused_bonus, values, nulls, 0);
	account->refusals++;
}

/* Text that entries keep until they are written */
static const char *
kept(Posting *posting, const char *string)
{
	return MemoryContextStrdup(posting->store.context, string);
}

static void
enter_base(Posting *posting, const AwardRule *rule, const AwardComponent *component,
		   TimestampTz available_at, TimestampTz expires_at, int64 *award_seq)
{
	PostingRequest *r = posting->request;
	LedgerEntry *entry = engage_begin_keyed(posting, ENTRY_AWARD);

	entry->rule = rule->name;
	entry->basis = r->basis;
	entry->rate = kept(posting, engage_formula_print(&component->formula));
	engage_books_grant(posting->books, entry, component->points, available_at, expires_at);
	engage_books_end(posting->books, entry);
	*award_seq = entry->seq;
	add_tally(posting, rule_source(rule->name), effective_at(entry), component->points, 1,
			  r->basis, rule->qualifying);
}

static void
enter_bonus(Posting *posting, const AwardRule *rule, const AwardComponent *component,
			TimestampTz available_at, TimestampTz expires_at, int64 award_seq)
{
	PostingRequest *r = posting->request;
	LedgerEntry *entry = engage_begin_follower(posting, ENTRY_BONUS, award_seq);
	char	   *source;

	entry->source_ref = source_of(r);
	entry->rule = rule->name;
	entry->batch = r->batch;
	entry->actor = r->actor;
	entry->rate = kept(posting, engage_formula_print(&component->formula));
	if (component->campaign != NULL)
	{
		entry->campaign = component->campaign->name;
		source = campaign_source(entry->campaign);
	}
	else
	{
		entry->reason = kept(posting, psprintf(TIER_REASON "%s", component->tier));
		source = tier_source(entry->reason);
	}
	engage_books_grant(posting->books, entry, component->points, available_at, expires_at);
	engage_books_end(posting->books, entry);
	add_tally(posting, source, effective_at(entry), component->points, 0, NULL, rule->qualifying);
}

const AwardRule *
engage_award_rule(Store *store, const char *name)
{
	const AwardRule *rule = engage_find_rule(engage_award_config(store), name);

	if (rule == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_NOT_FOUND),
				 errmsg("ledger \"%s\" has no rule \"%s\"", NameStr(store->ledger->name), name),
				 errhint("engage.rule_set() makes one.")));
	return rule;
}

/* The basis of the request, in "number"; NULL if there is none */
static ExactSum *
requested_basis(const PostingRequest *r, ExactSum *number)
{
	if (r->basis == NULL)
		return NULL;
	engage_award_basis(r->basis, number);
	return number;
}

void
engage_award_check(Posting *posting)
{
	ExactSum	number;

	engage_award_require_basis(engage_award_rule(&posting->store, posting->request->rule),
							   requested_basis(posting->request, &number));
}

const char *
engage_do_award(Posting *posting)
{
	PostingRequest *r = posting->request;
	MemberBooks *books = posting->books;
	Store	   *store = &posting->store;
	const AwardRule *rule = engage_award_rule(store, r->rule);
	ExactSum	number;
	const ExactSum *basis = requested_basis(r, &number);
	const char *tier = engage_award_tier(store, books, posting->effective_at);
	const char *status;
	Award	   *award;
	TimestampTz available_at;
	TimestampTz expires_at;
	int64		award_seq = 0;

	status = engage_award_refusal(rule, tier, posting->effective_at,
								  basis, &posting->detail);
	if (status != NULL)
		return status;
	if (engage_is_awarded_already(posting))
	{
		posting->detail = "this rule has awarded this source before";
		return "already_awarded";
	}
	award = engage_award_find(store, books, rule, tier, basis, posting->effective_at);
	if (award->ncomponents == 0)
	{
		posting->detail = award->detail;
		return award->status;
	}

	engage_grant_dates(posting, rule->available_after, rule->expires_after,
					   &available_at, &expires_at);
	draw_on_budgets(store, award);
	enter_base(posting, rule, &award->components[0], available_at, expires_at, &award_seq);
	for (int i = 1; i < award->ncomponents; i++)
	{
		const AwardComponent *component = &award->components[i];

		if (component->points > 0)
			enter_bonus(posting, rule, component, available_at, expires_at, award_seq);
		else if (component->nominal > 0)
			remember_lost_bonus(posting, component, award_seq);
	}
	engage_note_activity(posting);
	engage_tier_raise(store, books);
	return OUTCOME_OK;
}

/* ----------------------------------------------------------------
 *		reversals
 * ---------------------------------------------------------------- */

/* What of the basis goes: all that is left, or all but what remains. */
static Numeric
basis_taken(Posting *posting, const AwardReversal *reversal)
{
	ExactSum	left;
	ExactSum	part;

	if (reversal->basis == NULL || (!reversal->is_whole && posting->request->basis == NULL))
		return NULL;
	engage_award_basis(reversal->basis, &left);
	if (reversal->basis_reversed != NULL)
	{
		engage_award_basis(reversal->basis_reversed, &part);
		exact_sum_subtract(&left, &part);
	}
	if (!reversal->is_whole)
	{
		engage_award_basis(posting->request->basis, &part);
		exact_sum_subtract(&left, &part);
	}
	if (exact_sum_is_negative(&left) || exact_sum_is_zero(&left))
		return NULL;
	return engage_exact_to_numeric(&left);
}

static Numeric
negative(Numeric value)
{
	return value == NULL ? NULL
		: DatumGetNumeric(DirectFunctionCall1(numeric_uminus, NumericGetDatum(value)));
}

Numeric
engage_award_reversed(Posting *posting, const AwardReversal *reversal)
{
	const AwardRule *rule = engage_find_rule(engage_award_config(&posting->store), reversal->rule);
	bool		qualifying = rule == NULL || rule->qualifying;
	Numeric		basis = NULL;

	if (reversal->kind == ENTRY_EARN && posting->settings->has_tiers)
		add_tally(posting, "earn", reversal->effective_at, -reversal->points, 0, NULL, true);
	else if (reversal->kind == ENTRY_AWARD)
	{
		MemoryContext old = MemoryContextSwitchTo(posting->store.context);

		basis = basis_taken(posting, reversal);
		MemoryContextSwitchTo(old);
		add_tally(posting, rule_source(reversal->rule), reversal->effective_at, -reversal->points,
				  reversal->is_whole ? -1 : 0, negative(basis), qualifying);
	}
	else if (reversal->kind == ENTRY_BONUS)
	{
		add_tally(posting, reversal->campaign != NULL ? campaign_source(reversal->campaign)
				  : tier_source(reversal->reason),
				  reversal->effective_at, -reversal->points, 0, NULL, qualifying);
		if (reversal->campaign != NULL)
			engage_budget_owe(posting->returns, reversal->campaign, reversal->points);
	}
	return basis;
}
