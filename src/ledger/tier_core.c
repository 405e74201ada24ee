/*-------------------------------------------------------------------------
 *
 * tier_core.c
 *	  Which tier a member has, and until when.
 *
 * The windows:
 *
 *	rolling		the days after (instant - period), up to that of the instant
 *	calendar	the period that holds the instant; periods of n months begin
 *				with January
 *	anniversary	the same, counted from the day on which the member joined
 *	lifetime	all days
 *
 * A tier reached in one period of a calendar lasts until the end of the next
 * one, where the metric of that next period decides about the one after it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ledger/tier_core.h"

const char *const engage_tier_outcome_names[TIER_REVOKED + 1] = {
	[TIER_KEPT] = "kept",
	[TIER_IN_GRACE] = "grace",
	[TIER_DOWNGRADED] = "downgraded",
	[TIER_GRANT_ENDED] = "grant_ended",
	[TIER_UPGRADED] = "upgraded",
	[TIER_GRANTED] = "granted",
	[TIER_REVOKED] = "revoked"
};

/* a thousand years */
#define MAX_PERIOD_MONTHS	(1000 * MONTHS_PER_YEAR)

static inline bool
has_periods(TierWindow window)
{
	return window == WINDOW_CALENDAR || window == WINDOW_ANNIVERSARY;
}

/* ----------------------------------------------------------------
 *		levels
 * ---------------------------------------------------------------- */

const TierLevel *
engage_tier_find(const TierRules *rules, const char *tier)
{
	if (tier == NULL)
		return NULL;
	for (int i = 0; i < rules->nlevels; i++)
		if (strcmp(rules->levels[i].name, tier) == 0)
			return &rules->levels[i];
	return NULL;
}

const TierLevel *
engage_tier_reached(const TierRules *rules, const ExactSum *metric)
{
	for (int i = rules->nlevels - 1; i >= 0; i--)
	{
		const TierLevel *level = &rules->levels[i];

		if (!level->invite_only && engage_exact_compare(&level->threshold, metric) <= 0)
			return level;
	}
	return NULL;
}

/* A tier that is not there any more counts as none. */
const TierLevel *
engage_tier_next(const TierRules *rules, const char *tier)
{
	const TierLevel *present = engage_tier_find(rules, tier);

	for (int i = 0; i < rules->nlevels; i++)
	{
		const TierLevel *level = &rules->levels[i];

		if (!level->invite_only && (present == NULL || level->rank > present->rank))
			return level;
	}
	return NULL;
}

const char *
engage_tier_higher(const TierRules *rules, const char *tier, const char *other)
{
	const TierLevel *level = engage_tier_find(rules, tier);
	const TierLevel *other_level = engage_tier_find(rules, other);

	if (level != NULL && other_level != NULL)
		return other_level->rank > level->rank ? other : tier;
	return level == NULL && (other_level != NULL || tier == NULL) ? other : tier;
}

static const TierLevel *
next_lower(const TierRules *rules, const TierLevel *level)
{
	for (int i = rules->nlevels - 1; i >= 0; i--)
		if (!rules->levels[i].invite_only && rules->levels[i].rank < level->rank)
			return &rules->levels[i];
	return NULL;
}

/* ----------------------------------------------------------------
 *		periods
 * ---------------------------------------------------------------- */

/* A period begins on its first day, the next one on "end". */
typedef struct Period
{
	DateADT		start;
	DateADT		end;
} Period;

static int
month_number(DateADT day)
{
	int			year;
	int			month;
	int			day_of_month;

	engage_date_split(day, &year, &month, &day_of_month);
	return year * MONTHS_PER_YEAR + month - 1;
}

static inline int
floor_divide(int a, int b)
{
	return a / b - (a % b < 0);
}

static Period
period_of(const TierRules *rules, TimestampTz joined_at, DateADT day)
{
	/* (out of range only if somebody wrote the setting by hand) */
	int			length = Max(1, Min(rules->period.month, MAX_PERIOD_MONTHS));
	DateADT		origin;
	int			n;
	Period		period;

	if (rules->window == WINDOW_CALENDAR)
		origin = engage_date_make(2000, 1, 1);
	else
		origin = engage_zone_date(joined_at, rules->zone);
	n = floor_divide(month_number(day) - month_number(origin), length);
	/* its first day may come later in the month */
	if (engage_date_add_months(origin, n * length) > day)
		n--;
	period.start = engage_date_add_months(origin, n * length);
	period.end = engage_date_add_months(origin, (n + 1) * length);
	return period;
}

static inline Period
period_before(const TierRules *rules, TimestampTz joined_at, Period period)
{
	return period_of(rules, joined_at, period.start - 1);
}

static inline Period
period_after(const TierRules *rules, TimestampTz joined_at, Period period)
{
	return period_of(rules, joined_at, period.end);
}

static inline Period
period_at(const TierRules *rules, TimestampTz joined_at, TimestampTz instant)
{
	return period_of(rules, joined_at, engage_zone_date(instant, rules->zone));
}

/* Regular reviews are when a period begins; without periods, any time is as good. */
static bool
begins_period(const TierRules *rules, TimestampTz joined_at, TimestampTz instant)
{
	return !has_periods(rules->window) ||
		engage_zone_midnight(period_at(rules, joined_at, instant).start, rules->zone) == instant;
}

DayRange
engage_tier_window(const TierRules *rules, TimestampTz joined_at,
				   TimestampTz instant)
{
	DayRange	days = {DATEVAL_NOBEGIN, DATEVAL_NOEND};

	if (rules->window == WINDOW_ROLLING)
	{
		TimestampTz since = engage_zone_subtract(instant, &rules->period, rules->zone);

		days.first = engage_zone_date(since, rules->zone) + 1;
		days.last = engage_zone_date(instant, rules->zone);
	}
	else if (has_periods(rules->window))
	{
		Period		period = period_at(rules, joined_at, instant);

		days.first = period.start;
		days.last = period.end - 1;
	}
	return days;
}

/* The window that a review at this instant looks at. */
static DayRange
reviewed_window(const TierRules *rules, TimestampTz joined_at, TimestampTz instant)
{
	DayRange	days;
	Period		ended;

	if (!has_periods(rules->window))
		return engage_tier_window(rules, joined_at, instant);
	ended = period_before(rules, joined_at, period_at(rules, joined_at, instant));
	days.first = ended.start;
	days.last = ended.end - 1;
	return days;
}

/*
 * The window of the second review: what the first one looked at, and since.
 * The grace began at the latest end of a period from which it reaches until
 * now; (subtracting months from an instant does not undo adding them).
 */
static DayRange
grace_window(const TierRules *rules, TimestampTz joined_at, TimestampTz instant)
{
	DayRange	days;
	Period		period;

	if (!has_periods(rules->window))
		return engage_tier_window(rules, joined_at, instant);
	period = period_at(rules, joined_at, instant);
	days.last = period.end - 1;
	period = period_at(rules, joined_at,
					   engage_zone_subtract(instant, &rules->grace, rules->zone));
	while (engage_zone_add(engage_zone_midnight(period.end, rules->zone),
						   &rules->grace, rules->zone) > instant)
		period = period_before(rules, joined_at, period);
	days.first = period.start;
	return days;
}

/* A review that is not later than the last one would never end. */
static inline TimestampTz
later_or_never(TimestampTz due_at, TimestampTz instant)
{
	return due_at > instant ? due_at : DT_NOEND;
}

/* When is a tier reviewed that was reached now? */
static TimestampTz
due_when_reached(const TierRules *rules, TimestampTz joined_at, TimestampTz instant)
{
	if (rules->window == WINDOW_LIFETIME)
		return DT_NOEND;
	if (has_periods(rules->window))
	{
		Period		period = period_at(rules, joined_at, instant);

		period = period_after(rules, joined_at, period);
		return later_or_never(engage_zone_midnight(period.end, rules->zone), instant);
	}
	return later_or_never(engage_zone_add(instant, &rules->period, rules->zone), instant);
}

/* ... and one that a review left or gave? */
static TimestampTz
due_when_reviewed(const TierRules *rules, TimestampTz joined_at, TimestampTz instant)
{
	if (has_periods(rules->window))
	{
		Period		period = period_at(rules, joined_at, instant);

		return later_or_never(engage_zone_midnight(period.end, rules->zone), instant);
	}
	return due_when_reached(rules, joined_at, instant);
}

/* ----------------------------------------------------------------
 *		changes
 * ---------------------------------------------------------------- */

static void
set_tier(TierState *state, const TierLevel *level, TimestampTz due_at)
{
	state->tier = level == NULL ? NULL : level->name;
	state->in_grace = false;
	state->due_at = level == NULL ? DT_NOEND : due_at;
}

bool
engage_tier_upgrade(const TierRules *rules, TimestampTz joined_at,
					TimestampTz instant, TierMeasure measure, void *arg,
					TierState *state)
{
	const TierLevel *present = engage_tier_find(rules, state->tier);
	const TierLevel *reached;
	ExactSum	metric;

	/* most members that earn much are at the top already */
	if (engage_tier_next(rules, state->tier) == NULL)
		return false;
	measure(engage_tier_window(rules, joined_at, instant), &metric, arg);
	reached = engage_tier_reached(rules, &metric);
	if (reached == NULL || (present != NULL && reached->rank <= present->rank))
		return false;
	set_tier(state, reached, due_when_reached(rules, joined_at, instant));
	return true;
}

/* With periods, a tier reached in the one before lasts until the end of the present one. */
void
engage_tier_recompute(const TierRules *rules, TimestampTz joined_at,
					  TimestampTz instant, TierMeasure measure, void *arg,
					  TierState *state)
{
	const TierLevel *reached;
	const TierLevel *before;
	ExactSum	metric;

	measure(engage_tier_window(rules, joined_at, instant), &metric, arg);
	reached = engage_tier_reached(rules, &metric);
	if (has_periods(rules->window))
	{
		measure(reviewed_window(rules, joined_at, instant), &metric, arg);
		before = engage_tier_reached(rules, &metric);
		if (before != NULL && (reached == NULL || before->rank > reached->rank))
		{
			set_tier(state, before, due_when_reviewed(rules, joined_at, instant));
			return;
		}
	}
	set_tier(state, reached, due_when_reached(rules, joined_at, instant));
}

TierOutcome
engage_tier_review(const TierRules *rules, TimestampTz joined_at,
				   TierMeasure measure, void *arg, TierState *state)
{
	TimestampTz instant = state->due_at;
	const TierLevel *present = engage_tier_find(rules, state->tier);
	const TierLevel *lower;
	TimestampTz due_at = due_when_reviewed(rules, joined_at, instant);
	ExactSum	metric;

	Assert(!TIMESTAMP_NOT_FINITE(instant));
	measure(state->in_grace ? grace_window(rules, joined_at, instant) :
			reviewed_window(rules, joined_at, instant), &metric, arg);
	if (!state->in_grace && !begins_period(rules, joined_at, instant))
	{
		ExactSum	so_far;

		/* the rules have changed: what came in the present period counts, too */
		measure(engage_tier_window(rules, joined_at, instant), &so_far, arg);
		if (engage_exact_compare(&so_far, &metric) > 0)
		{
			metric = so_far;
			due_at = due_when_reached(rules, joined_at, instant);
		}
	}
	if (present != NULL && engage_exact_compare(&present->threshold, &metric) <= 0)
	{
		set_tier(state, present, due_at);
		return TIER_KEPT;
	}
	if (present != NULL && !state->in_grace)
	{
		TimestampTz until = engage_zone_add(instant, &rules->grace, rules->zone);

		if (until > instant)
		{
			state->in_grace = true;
			state->due_at = until;
			return TIER_IN_GRACE;
		}
	}
	if (present != NULL && rules->downgrades_one)
		lower = next_lower(rules, present);
	else
		lower = engage_tier_reached(rules, &metric);
	set_tier(state, lower, due_at);
	return TIER_DOWNGRADED;
}
