/*-------------------------------------------------------------------------
 *
 * award_config.c
 *	  The rules, campaigns and tiers of a ledger, kept with it in memory.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "ledger/award_config.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

static const LedgerStatement all_rules = {
	"SELECT r.rule, r.trigger, r.rate_points, r.rate_basis, r.fixed_points,"
	" r.min_basis, r.cap_day, r.cap_month, r.cap_lifetime, r.max_awards_day,"
	" r.max_awards_month, r.max_awards_lifetime, r.tiers, r.valid_from,"
	" r.valid_until, r.available_after, r.expires_after, r.qualifying, r.active"
	" FROM @ledger@.earn_rule r", ""
};

static const LedgerStatement all_campaigns = {
	"SELECT c.campaign, c.starts_at, c.ends_at, c.rules, c.tiers,"
	" c.multiplier_num, c.multiplier_den, c.bonus_points, c.stacking_group,"
	" c.member_cap, c.budget, c.active FROM @ledger@.campaign c", ""
};

static const LedgerStatement all_tiers = {
	"SELECT t.tier, t.rank::pg_catalog.int8, t.threshold, t.multiplier_num,"
	" t.multiplier_den, t.invite_only FROM @ledger@.tier t ORDER BY t.rank", ""
};

/* NULL where the column is, or where the array holds nothing */
static const char *const *
text_array(Store *store, int row, int column, int *n)
{
	bool		isnull;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
									  column, &isnull);
	Datum	   *elements;
	bool	   *nulls;
	const char **result;

	*n = 0;
	if (isnull)
		return NULL;
	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT,
					  &elements, &nulls, n);
	result = MemoryContextAlloc(store->context, Max(*n, 1) * sizeof(char *));
	for (int i = 0; i < *n; i++)
		result[i] = MemoryContextStrdup(store->context,
										nulls[i] ? "" : TextDatumGetCString(elements[i]));
	return result;
}

static const Interval *
interval(Store *store, int row, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
									  column, &isnull);
	Interval   *result;

	if (isnull)
		return NULL;
	result = MemoryContextAlloc(store->context, sizeof(Interval));
	*result = *DatumGetIntervalP(value);
	return result;
}

static int64
limit(int row, int column)
{
	return engage_store_is_null(row, column) ? POINTS_UNLIMITED : engage_store_int64(row, column);
}

/* false if the column is NULL */
static bool
decimal(Store *store, int row, int column, const char *name, ExactSum *result)
{
	Numeric		value = engage_store_numeric(store, row, column);

	if (value == NULL)
		return false;
	if (engage_exact_from_numeric(result, NumericGetDatum(value)) != EXACT_OK)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s is out of range", name),
				 errdetail("It may have %d digits before and after the decimal point.", EXACT_SUM_DIGITS)));
	return true;
}

static void
read_rules(Store *store, AwardConfig *config)
{
	config->nrules = engage_store_run(store, &all_rules, NULL, NULL, 0);
	config->rules = MemoryContextAllocZero(store->context, Max(config->nrules, 1) * sizeof(AwardRule));
	for (int i = 0; i < config->nrules; i++)
	{
		AwardRule  *rule = &config->rules[i];

		rule->name = engage_store_text(store, i, 1);
		rule->trigger = engage_store_text(store, i, 2);
		rule->is_fixed = engage_store_is_null(i, 3);
		rule->points = engage_store_int64(i, rule->is_fixed ? 5 : 3);
		decimal(store, i, 4, "earn_rule.rate_basis", &rule->rate_basis);
		rule->has_minimum = decimal(store, i, 6, "earn_rule.min_basis", &rule->min_basis);
		for (int span = 0; span < CAP_SPANS; span++)
		{
			rule->cap[span] = limit(i, 7 + span);
			rule->max_awards[span] = limit(i, 10 + span);
		}
		rule->tiers = text_array(store, i, 13, &rule->ntiers);
		rule->valid_from = engage_store_time(i, 14);
		rule->valid_until = engage_store_time(i, 15);
		rule->available_after = interval(store, i, 16);
		rule->expires_after = interval(store, i, 17);
		rule->qualifying = engage_store_bool(i, 18);
		rule->active = engage_store_bool(i, 19);
	}
	SPI_freetuptable(SPI_tuptable);
}

static void
read_campaigns(Store *store, AwardConfig *config)
{
	config->ncampaigns = engage_store_run(store, &all_campaigns, NULL, NULL, 0);
	config->campaigns = MemoryContextAllocZero(store->context,
											   Max(config->ncampaigns, 1) * sizeof(CampaignRow));
	for (int i = 0; i < config->ncampaigns; i++)
	{
		CampaignRow *row = &config->campaigns[i];
		AwardCampaign *campaign = &row->campaign;

		campaign->name = engage_store_text(store, i, 1);
		row->starts_at = engage_store_time(i, 2);
		row->ends_at = engage_store_time(i, 3);
		row->rules = text_array(store, i, 4, &row->nrules);
		campaign->tiers = text_array(store, i, 5, &campaign->ntiers);
		campaign->multiplier_num = engage_store_int64(i, 6);
		campaign->multiplier_den = engage_store_int64(i, 7);
		campaign->bonus_points = engage_store_int64(i, 8);
		campaign->stacking_group = engage_store_text(store, i, 9);
		campaign->member_cap = limit(i, 10);
		campaign->has_budget = !engage_store_is_null(i, 11);
		campaign->budget = engage_store_int64(i, 11);
		row->active = engage_store_bool(i, 12);
	}
	SPI_freetuptable(SPI_tuptable);
}

static void
read_tiers(Store *store, AwardConfig *config)
{
	const LedgerSettings *s = &store->ledger->settings;
	TierRules  *tiers = &config->tiers;
	TierLevel  *levels;

	tiers->window = s->tier_window;
	tiers->period = s->tier_period;
	tiers->grace = s->tier_grace;
	tiers->downgrades_one = s->downgrades_one;
	tiers->zone = s->time_zone;
	tiers->nlevels = engage_store_run(store, &all_tiers, NULL, NULL, 0);
	levels = MemoryContextAllocZero(store->context, Max(tiers->nlevels, 1) * sizeof(TierLevel));
	for (int i = 0; i < tiers->nlevels; i++)
	{
		levels[i].name = engage_store_text(store, i, 1);
		levels[i].rank = (int) engage_store_int64(i, 2);
		decimal(store, i, 3, "tier.threshold", &levels[i].threshold);
		levels[i].multiplier_num = engage_store_int64(i, 4);
		levels[i].multiplier_den = engage_store_int64(i, 5);
		levels[i].invite_only = engage_store_bool(i, 6);
	}
	tiers->levels = levels;
	SPI_freetuptable(SPI_tuptable);
}

static void
read_settings(Store *store, AwardConfig *config)
{
	const LedgerSettings *s = &store->ledger->settings;

	config->settings.rounding = s->rounding;
	config->settings.stacking = s->stacking;
	config->settings.has_max = s->max_multiplier != NULL;
	if (s->max_multiplier != NULL)
		engage_award_basis(s->max_multiplier, &config->settings.max_multiplier);
}

const AwardConfig *
engage_award_config(Store *store)
{
	Ledger	   *ledger = store->ledger;
	MemoryContext context;
	AwardConfig *config;
	RunAsOwner	owner;
	bool		latest;

	if (ledger->awards != NULL)
		return ledger->awards;

	context = AllocSetContextCreate(ledger->context, "engage awards", ALLOCSET_SMALL_SIZES);
	config = MemoryContextAllocZero(context, sizeof(AwardConfig));

	/*
	 * What is kept outlives the statement, so it must be the latest, also where
	 * the statement's snapshot is older than changes that this backend has been
	 * told of already; and it must be all there is, not what row-level security
	 * lets this caller see.
	 */
	latest = !IsInParallelMode();
	engage_guard_pin_path();
	owner = engage_run_as_owner(ledger);
	PG_TRY();
	{
		Store		keeper = {
			.ledger = ledger,
			.read_only = true,
			.context = context
		};

		if (latest)
		{
			CommandCounterIncrement();
			PushActiveSnapshot(GetLatestSnapshot());
		}
		read_settings(&keeper, config);
		read_rules(&keeper, config);
		read_campaigns(&keeper, config);
		read_tiers(&keeper, config);
		if (latest)
			PopActiveSnapshot();
	}
	PG_CATCH();
	{
		engage_run_as_caller(owner);
		MemoryContextDelete(context);
		PG_RE_THROW();
	}
	PG_END_TRY();
	engage_run_as_caller(owner);
	ledger->awards = config;
	if (!latest)
		engage_ledger_keep_for_statement(ledger);
	return config;
}

const AwardRule *
engage_find_rule(const AwardConfig *config, const char *rule)
{
	for (int i = 0; rule != NULL && i < config->nrules; i++)
		if (strcmp(config->rules[i].name, rule) == 0)
			return &config->rules[i];
	return NULL;
}
