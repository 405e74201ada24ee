/*-------------------------------------------------------------------------
 *
 * award_sql.c
 *	  The SQL functions about awards and tiers.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/errors.h"
#include "common/result_rows.h"
#include "ledger/award.h"
#include "ledger/calendar.h"
#include "ledger/post_sql.h"
#include "ledger/tier.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#define REMARKS ARG_REASON, ARG_ACTOR, ARG_NOTE, ARG_ON_REJECT

POSTING_FUNCTION(engage_earn_for, ENTRY_AWARD, ARG_MEMBER, ARG_RULE, ARG_BASIS,
				 ARG_SOURCE_REF, ARG_KEY, ARG_AT, ARG_BATCH, REMARKS);
POSTING_FUNCTION(engage_grant_tier, ENTRY_TIER, ARG_MEMBER, ARG_TIER, ARG_KEY,
				 ARG_UNTIL, REMARKS);
POSTING_FUNCTION(engage_revoke_tier, ENTRY_TIER, ARG_MEMBER, ARG_KEY, REMARKS);

/* ----------------------------------------------------------------
 *		quotes
 * ---------------------------------------------------------------- */

static void
put_quote_row(ResultRows *rows, const char *component, const char *campaign,
			  int64 points, const char *status, const char *explanation)
{
	Datum		values[5] = {
		CStringGetTextDatum(component),
		campaign != NULL ? CStringGetTextDatum(campaign) : (Datum) 0,
		Int64GetDatum(points),
		CStringGetTextDatum(status),
		explanation != NULL ? CStringGetTextDatum(explanation) : (Datum) 0
	};
	bool		nulls[5] = {false, campaign == NULL, false, false, explanation == NULL};

	engage_put_row(rows, values, nulls);
}

static char *
explain_component(const AwardComponent *component, const ExactSum *basis)
{
	StringInfoData out;

	initStringInfo(&out);
	if (component->tier != NULL)
		appendStringInfo(&out, "tier %s: ", component->tier);
	if (component->points > 0)
		appendStringInfoString(&out, engage_formula_explain(&component->formula, basis, component->points));
	if (component->detail != NULL)
		appendStringInfo(&out, component->points > 0 ? " (%s)" : "%s", component->detail);
	return out.data;
}

static void
put_award(ResultRows *rows, Store *store, Award *award, const ExactSum *basis)
{
	int64		total = 0;

	for (int i = 0; i < award->ncomponents; i++)
	{
		AwardComponent *component = &award->components[i];
		const AwardCampaign *campaign = component->campaign;

		if (campaign != NULL && campaign->has_budget && component->points > 0)
			engage_award_clip_budget(component, engage_budget_left(store, campaign->name));
		total = engage_add_points(total, component->points);
		put_quote_row(rows, i == 0 ? "base" : "bonus", campaign != NULL ? campaign->name : NULL,
					  component->points, component->status, explain_component(component, basis));
	}
	put_quote_row(rows, "total", NULL, total, OUTCOME_OK, NULL);
}

#define QUOTE_TABLES \
	(LEDGER_ONLY(TABLE_ACCOUNT) | LEDGER_ONLY(TABLE_LOT) | LEDGER_ONLY(TABLE_HOLD) | \
	 LEDGER_ONLY(TABLE_EARN_RULE) | LEDGER_ONLY(TABLE_CAMPAIGN) | LEDGER_ONLY(TABLE_CAMPAIGN_BUDGET) | \
	 LEDGER_ONLY(TABLE_TALLY) | LEDGER_ONLY(TABLE_TIER))

static void
quote(ResultRows *rows, Store *store, Datum member, const char *rule_name,
	  Numeric amount, TimestampTz at)
{
	MemberBooks *books = engage_store_books(store, member);
	const AwardRule *rule = engage_award_rule(store, rule_name);
	const LedgerSettings *s = &store->ledger->settings;
	ExactSum	number;
	ExactSum   *basis = NULL;
	const char *detail = NULL;
	const char *status;
	const char *tier;
	bool		is_reviewed = false;

	if (amount != NULL)
	{
		engage_award_basis(amount, &number);
		basis = &number;
	}
	engage_award_require_basis(rule, basis);

	/* as it will be then, if that is later than now */
	books->session_role = "";
	engage_tier_attach(store, books);
	if (engage_store_read(store, books))
	{
		/* a review that was due before "at" is not in the history yet */
		is_reviewed = !IS_TIME_NULL(at) && books->account.tier_due_at <= at;
		if (!IS_TIME_NULL(at) && at > books->now)
			books->now = books->due_until = at;
		else if (is_reviewed)
			books->due_until = at;
		engage_store_settle(store, books);
	}
	if (IS_TIME_NULL(at))
		at = books->now;
	tier = is_reviewed ? books->account.tier : engage_award_tier(store, books, at);

	status = engage_award_refusal(rule, tier, at, basis, &detail);
	if (books->account.blocked)
	{
		status = "blocked";
		detail = NULL;
	}
	else if (at < s->closed_until)
	{
		status = "period_closed";
		detail = psprintf("closed until %s", engage_zone_show(s->closed_until, s->time_zone));
	}
	if (status == NULL)
	{
		Award	   *award = engage_award_find(store, books, rule, tier, basis, at);

		if (award->ncomponents > 0)
		{
			put_award(rows, store, award, basis);
			return;
		}
		status = award->status;
		detail = award->detail;
	}
	put_quote_row(rows, "base", NULL, 0, status, detail);
	put_quote_row(rows, "total", NULL, 0, status, NULL);
}

/* Statements find tables by their names, so they run as the owner. */
static void
quote_as_owner(ResultRows *rows, Store *store, Datum member, const char *rule_name,
			   Numeric amount, TimestampTz at)
{
	RunAsOwner	saved = engage_read_as_owner(store->ledger, QUOTE_TABLES);

	PG_TRY();
	{
		SPI_connect();
		quote(rows, store, member, rule_name, amount, at);
		SPI_finish();
	}
	PG_FINALLY();
	{
		engage_run_as_caller(saved);
	}
	PG_END_TRY();
}

static void
require(FunctionCallInfo fcinfo, int argno, const char *name)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"%s\" must not be NULL", name),
				 errhint("Give %s => ...", name)));
}

/* Rules are kept for all roles of a backend, so reading them asks for no right. */
static void
require_select(Ledger *ledger, LedgerTableId table, const char *name)
{
	AclResult	acl = pg_class_aclcheck(ledger->tables[table].relid, GetUserId(), ACL_SELECT);

	if (acl != ACLCHECK_OK)
		aclcheck_error(acl, OBJECT_TABLE, name);
}

/* engage.earn_quote(ledger, member, rule, basis, at) */
PG_FUNCTION_INFO_V1(engage_earn_quote);
Datum
engage_earn_quote(PG_FUNCTION_ARGS)
{
	Ledger	   *ledger;

	require(fcinfo, 0, "ledger");
	require(fcinfo, 1, "member");
	require(fcinfo, 2, "rule");
	ledger = engage_ledger_open(text_to_cstring(PG_GETARG_TEXT_PP(0)), LEDGER_READ);
	PG_TRY();
	{
		Datum		member = engage_convert_member(ledger, get_fn_expr_argtype(fcinfo->flinfo, 1),
												   PG_GETARG_DATUM(1));
		TimestampTz at = PG_ARGISNULL(4) ? TIME_NULL : PG_GETARG_TIMESTAMPTZ(4);
		ResultRows	rows;
		Store		store = {
			.ledger = ledger,
			.read_only = true,
			.context = AllocSetContextCreate(CurrentMemoryContext, "engage quote",
											 ALLOCSET_DEFAULT_SIZES)
		};

		if (!PG_ARGISNULL(4) && TIMESTAMP_NOT_FINITE(at))
			ereport(ERROR,
					(errcode(ERRCODE_ENGAGE_INVALID_TIME),
					 errmsg("\"at\" must be finite"),
					 errhint("Leave it out for what would be awarded now.")));
		require_select(ledger, TABLE_EARN_RULE, "earn_rule");
		require_select(ledger, TABLE_ACCOUNT, "account");
		rows = engage_begin_rows(fcinfo);
		quote_as_owner(&rows, &store, member, text_to_cstring(PG_GETARG_TEXT_PP(2)),
					   PG_ARGISNULL(3) ? NULL : PG_GETARG_NUMERIC(3), at);
	}
	PG_FINALLY();
	{
		engage_ledger_close(ledger);
	}
	PG_END_TRY();
	return (Datum) 0;
}

/* ----------------------------------------------------------------
 *		explanations
 * ---------------------------------------------------------------- */

/* engage.rate_explained(rate, basis, points): what entry.rate says, in words */
PG_FUNCTION_INFO_V1(engage_rate_explained);
Datum
engage_rate_explained(PG_FUNCTION_ARGS)
{
	AwardFormula formula;
	ExactSum	basis;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	engage_formula_parse(&formula, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (!PG_ARGISNULL(1))
		engage_award_basis(PG_GETARG_NUMERIC(1), &basis);
	else if (!formula.is_fixed)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(engage_formula_explain(&formula, PG_ARGISNULL(1) ? NULL : &basis,
															PG_GETARG_INT64(2))));
}
