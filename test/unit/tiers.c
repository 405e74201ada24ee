/*
 * Windows, reviews and upgrades of tiers, with a member's days in a list.
 */
#include "postgres.h"

#include "ledger/tier_core.h"
#include "tap.h"

/* what a member did, by day */
typedef struct Deed
{
	DateADT		day;
	int64		points;
} Deed;

typedef struct Diary
{
	Deed		deeds[20];
	int			n;
	DayRange	asked;			/* the window last asked for */
} Diary;

static const TierLevel levels[] = {
	{"bronze", 1, {100, 0}, 1, 1, false},
	{"silver", 2, {500, 0}, 5, 4, false},
	{"gold", 3, {1000, 0}, 3, 2, false},
	{"black", 4, {0, 0}, 2, 1, true}
};

static DateADT
day(int year, int month, int day_of_month)
{
	return engage_date_make(year, month, day_of_month);
}

static TimestampTz
noon(int year, int month, int day_of_month)
{
	return day(year, month, day_of_month) * USECS_PER_DAY + 12 * USECS_PER_HOUR;
}

static TimestampTz
midnight(int year, int month, int day_of_month)
{
	return day(year, month, day_of_month) * USECS_PER_DAY;
}

static void
measure(DayRange days, ExactSum *metric, void *arg)
{
	Diary	   *diary = arg;

	diary->asked = days;
	exact_sum_from_int64(metric, 0);
	for (int i = 0; i < diary->n; i++)
		if (diary->deeds[i].day >= days.first && diary->deeds[i].day <= days.last)
			metric->whole += diary->deeds[i].points;
}

static void
earn(Diary *diary, DateADT on, int64 points)
{
	diary->deeds[diary->n++] = (Deed) {on, points};
}

static TierRules
rules_of(TierWindow window, int months, int days)
{
	TierRules	rules = {.window = window, .levels = levels, .nlevels = lengthof(levels)};

	rules.period.month = months;
	rules.period.day = days;
	return rules;
}

static const char *
tier_of(const TierState *state)
{
	return state->tier == NULL ? "none" : state->tier;
}

#define is_tier(want_tier, want_due) \
	do { \
		ok(strcmp(tier_of(&state), want_tier) == 0 && state.due_at == (want_due), \
		   "line %d: tier %s until %s", __LINE__, want_tier, #want_due); \
		if (strcmp(tier_of(&state), want_tier) != 0 || state.due_at != (want_due)) \
			note("it is %s until %.3f days of 2000", tier_of(&state), (double) state.due_at / USECS_PER_DAY); \
	} while (0)

static void
finding(void)
{
	TierRules	rules = rules_of(WINDOW_LIFETIME, 0, 0);
	ExactSum	metric;

	ok(engage_tier_find(&rules, "gold") == &levels[2] && engage_tier_find(&rules, "zinc") == NULL &&
	   engage_tier_find(&rules, NULL) == NULL, "tiers are found by name");
	exact_sum_from_int64(&metric, 99);
	metric.fraction = EXACT_SUM_UNIT - 1;
	ok(engage_tier_reached(&rules, &metric) == NULL, "a hair less than the first threshold");
	exact_sum_from_int64(&metric, 500);
	ok(engage_tier_reached(&rules, &metric) == &levels[1], "a threshold is reached when it is met");
	exact_sum_from_int64(&metric, 1000000);
	ok(engage_tier_reached(&rules, &metric) == &levels[2], "no number of points reaches a tier by invitation");
	ok(engage_tier_next(&rules, NULL) == &levels[0] && engage_tier_next(&rules, "zinc") == &levels[0] &&
	   engage_tier_next(&rules, "bronze") == &levels[1] && engage_tier_next(&rules, "gold") == NULL &&
	   engage_tier_next(&rules, "black") == NULL, "the next tier");
}

static bool
window_is(const TierRules *rules, TimestampTz joined_at, TimestampTz instant, DateADT first, DateADT last)
{
	DayRange	days = engage_tier_window(rules, joined_at, instant);

	return days.first == first && days.last == last;
}

static void
windows(void)
{
	TierRules	rules = rules_of(WINDOW_ROLLING, 0, 365);
	TimestampTz joined_at = noon(2024, 1, 31);
	long		wrong = 0;

	ok(window_is(&rules, 0, noon(2025, 3, 1), day(2024, 3, 2), day(2025, 3, 1)), "365 days, today among them");
	rules = rules_of(WINDOW_ROLLING, 12, 0);
	ok(window_is(&rules, 0, midnight(2025, 3, 1), day(2024, 3, 2), day(2025, 3, 1)), "a year");
	rules = rules_of(WINDOW_CALENDAR, 12, 0);
	ok(window_is(&rules, 0, midnight(2025, 1, 1), day(2025, 1, 1), day(2025, 12, 31)), "a calendar year");
	ok(window_is(&rules, 0, midnight(2025, 1, 1) - 1, day(2024, 1, 1), day(2024, 12, 31)), "the year before");
	ok(window_is(&rules, 0, noon(1999, 5, 1), day(1999, 1, 1), day(1999, 12, 31)), "a year of the last century");
	rules = rules_of(WINDOW_CALENDAR, 3, 0);
	ok(window_is(&rules, 0, noon(2024, 6, 30), day(2024, 4, 1), day(2024, 6, 30)), "a quarter");
	rules = rules_of(WINDOW_CALENDAR, 1, 0);
	ok(window_is(&rules, 0, noon(2024, 2, 29), day(2024, 2, 1), day(2024, 2, 29)), "a month");
	rules = rules_of(WINDOW_ANNIVERSARY, 12, 0);
	ok(window_is(&rules, joined_at, noon(2025, 1, 30), day(2024, 1, 31), day(2025, 1, 30)), "the first year of a member");
	ok(window_is(&rules, joined_at, midnight(2025, 1, 31), day(2025, 1, 31), day(2026, 1, 30)), "the second one");
	ok(window_is(&rules, joined_at, noon(2023, 1, 30), day(2022, 1, 31), day(2023, 1, 30)), "the one before the first");
	rules = rules_of(WINDOW_ANNIVERSARY, 1, 0);
	ok(window_is(&rules, joined_at, noon(2024, 2, 28), day(2024, 1, 31), day(2024, 2, 28)), "the first month of a member");
	ok(window_is(&rules, joined_at, noon(2024, 2, 29), day(2024, 2, 29), day(2024, 3, 30)), "the second one");
	rules = rules_of(WINDOW_LIFETIME, 12, 0);
	ok(window_is(&rules, joined_at, noon(2024, 2, 29), DATEVAL_NOBEGIN, DATEVAL_NOEND), "a life");
	rules = rules_of(WINDOW_CALENDAR, PG_INT32_MAX, 0);
	ok(window_is(&rules, joined_at, noon(2024, 2, 29), day(2000, 1, 1), day(2999, 12, 31)), "no period is longer than a millennium");

	/* periods follow each other without gaps, and hold what they are asked for */
	for (long i = 0; i < cases(20000); i++)
	{
		TimestampTz instant = ((int64) (random_bits() % 80000) - 40000) * USECS_PER_DAY + random_bits() % USECS_PER_DAY;
		DateADT		today = engage_zone_date(instant, NULL);
		DayRange	days;
		DayRange	next;

		joined_at = (int64) (random_bits() % 20000) * USECS_PER_DAY;
		rules = rules_of(random_bits() % 2 ? WINDOW_CALENDAR : WINDOW_ANNIVERSARY, 1 + random_bits() % 25, 0);
		days = engage_tier_window(&rules, joined_at, instant);
		next = engage_tier_window(&rules, joined_at, (days.last + 1) * USECS_PER_DAY);
		wrong += days.first > today || days.last < today || next.first != days.last + 1;
		wrong += days.last - days.first > rules.period.month * 31 || days.last - days.first < rules.period.month * 28 - 1;
	}
	ok(wrong == 0, "random periods");
}

static void
rolling(void)
{
	TierRules	rules = rules_of(WINDOW_ROLLING, 12, 0);
	Diary		diary = {.n = 0};
	TierState	state = {.due_at = DT_NOEND};

	ok(!engage_tier_upgrade(&rules, 0, noon(2024, 1, 1), measure, &diary, &state), "nothing yet");
	is_tier("none", DT_NOEND);
	earn(&diary, day(2024, 3, 1), 600);
	ok(engage_tier_upgrade(&rules, 0, noon(2024, 3, 1), measure, &diary, &state), "up to silver at once");
	is_tier("silver", noon(2025, 3, 1));
	earn(&diary, day(2024, 6, 1), 300);
	ok(!engage_tier_upgrade(&rules, 0, noon(2024, 6, 1), measure, &diary, &state), "not enough for gold");
	is_tier("silver", noon(2025, 3, 1));
	earn(&diary, day(2024, 9, 1), 250);
	ok(engage_tier_upgrade(&rules, 0, noon(2024, 9, 1), measure, &diary, &state), "up to gold");
	is_tier("gold", noon(2025, 9, 1));

	/* what came since 2 September 2024: nothing */
	rules.downgrades_one = true;
	ok(engage_tier_review(&rules, 0, measure, &diary, &state) == TIER_DOWNGRADED, "down by one");
	ok(diary.asked.first == day(2024, 9, 2) && diary.asked.last == day(2025, 9, 1), "the year before the review was looked at");
	is_tier("silver", noon(2026, 9, 1));
	earn(&diary, day(2025, 10, 1), 500);
	ok(engage_tier_review(&rules, 0, measure, &diary, &state) == TIER_KEPT, "kept");
	is_tier("silver", noon(2027, 9, 1));
	ok(engage_tier_review(&rules, 0, measure, &diary, &state) == TIER_DOWNGRADED, "down by one");
	is_tier("bronze", noon(2028, 9, 1));
	ok(engage_tier_review(&rules, 0, measure, &diary, &state) == TIER_DOWNGRADED, "down to none");
	is_tier("none", DT_NOEND);

	/* with grace */
	rules.grace.day = 30;
	rules.downgrades_one = false;
	state = (TierState) {.tier = "gold", .due_at = noon(2025, 3, 1)};
	ok(engage_tier_review(&rules, 0, measure, &diary, &state) == TIER_IN_GRACE, "550 points are not enough for gold, but there is grace");
	ok(state.in_grace, "which is remembered");
	is_tier("gold", noon(2025, 3, 31));
	ok(engage_tier_review(&rules, 0, measure, &diary, &state) == TIER_DOWNGRADED, "grace has ended");
	ok(diary.asked.first == day(2024, 4, 1) && diary.asked.last == day(2025, 3, 31), "the year before the end of grace was looked at");
	is_tier("silver", noon(2026, 3, 31));
	ok(!state.in_grace, "no grace is left");

	state = (TierState) {.tier = "gold", .due_at = noon(2025, 3, 1)};
	engage_tier_review(&rules, 0, measure, &diary, &state);
	earn(&diary, day(2025, 3, 20), 450);
	ok(!engage_tier_upgrade(&rules, 0, noon(2025, 3, 20), measure, &diary, &state), "points in the time of grace change nothing at once");
	ok(state.in_grace, "grace goes on");
	ok(engage_tier_review(&rules, 0, measure, &diary, &state) == TIER_KEPT, "but save the tier");
	is_tier("gold", noon(2026, 3, 31));
}

static void
calendar_years(void)
{
	TierRules	rules = rules_of(WINDOW_CALENDAR, 12, 0);
	Diary		diary = {.n = 0};
	TierState	state = {.due_at = DT_NOEND};

	earn(&diary, day(2024, 12, 31), 1200);
	ok(engage_tier_upgrade(&rules, 0, noon(2024, 12, 31), measure, &diary, &state), "gold on the last day of the year");
	is_tier("gold", midnight(2026, 1, 1));
	earn(&diary, day(2025, 5, 1), 150);
	rules.grace.month = 2;
	ok(engage_tier_review(&rules, 0, measure, &diary, &state) == TIER_IN_GRACE, "2025 was not enough");
	ok(diary.asked.first == day(2025, 1, 1) && diary.asked.last == day(2025, 12, 31), "2025 was looked at");
	is_tier("gold", midnight(2026, 3, 1));
	earn(&diary, day(2026, 1, 10), 850);
	ok(engage_tier_review(&rules, 0, measure, &diary, &state) == TIER_KEPT, "2025 and what there is of 2026 is");
	ok(diary.asked.first == day(2025, 1, 1) && diary.asked.last == day(2026, 12, 31), "both were looked at");
	is_tier("gold", midnight(2027, 1, 1));

	diary.deeds[2].points = 400;
	state = (TierState) {.tier = "gold", .in_grace = true, .due_at = midnight(2026, 3, 1)};
	ok(engage_tier_review(&rules, 0, measure, &diary, &state) == TIER_DOWNGRADED, "down to what was reached");
	is_tier("silver", midnight(2027, 1, 1));

	/* grace longer than a period */
	rules = rules_of(WINDOW_CALENDAR, 1, 0);
	rules.grace.month = 2;
	state = (TierState) {.tier = "gold", .in_grace = true, .due_at = midnight(2026, 4, 1)};
	engage_tier_review(&rules, 0, measure, &diary, &state);
	ok(diary.asked.first == day(2026, 1, 1) && diary.asked.last == day(2026, 4, 30), "January to April");
	is_tier("bronze", midnight(2026, 5, 1));

	/* the end of a grace that is not undone by subtracting: 28 February + 1 month */
	rules = rules_of(WINDOW_ANNIVERSARY, 1, 0);
	rules.grace.month = 1;
	state = (TierState) {.tier = "gold", .due_at = midnight(2025, 3, 31)};
	ok(engage_tier_review(&rules, midnight(2025, 1, 31), measure, &diary, &state) == TIER_IN_GRACE, "a month of grace");
	is_tier("gold", midnight(2025, 4, 30));
	engage_tier_review(&rules, midnight(2025, 1, 31), measure, &diary, &state);
	ok(diary.asked.first == day(2025, 2, 28) && diary.asked.last == day(2025, 5, 30), "28 February to 30 May");
	is_tier("bronze", midnight(2025, 5, 31));
}

static void
grants(void)
{
	TierRules	rules = rules_of(WINDOW_CALENDAR, 12, 0);
	Diary		diary = {.n = 0};
	TierState	state = {.due_at = DT_NOEND};

	ok(strcmp(engage_tier_higher(&rules, "gold", "silver"), "gold") == 0 && strcmp(engage_tier_higher(&rules, "gold", "black"), "black") == 0 &&
	   strcmp(engage_tier_higher(&rules, "gold", NULL), "gold") == 0 && strcmp(engage_tier_higher(&rules, NULL, "gold"), "gold") == 0 &&
	   strcmp(engage_tier_higher(&rules, "zinc", "silver"), "silver") == 0 && strcmp(engage_tier_higher(&rules, "silver", "zinc"), "silver") == 0 &&
	   strcmp(engage_tier_higher(&rules, "zinc", NULL), "zinc") == 0 && engage_tier_higher(&rules, NULL, NULL) == NULL, "the higher of two tiers");

	earn(&diary, day(2024, 5, 1), 1200);
	earn(&diary, day(2025, 5, 1), 500);
	engage_tier_recompute(&rules, 0, midnight(2025, 6, 1), measure, &diary, &state);
	is_tier("gold", midnight(2026, 1, 1));
	diary.deeds[1].points = 1000;
	engage_tier_recompute(&rules, 0, midnight(2025, 6, 1), measure, &diary, &state);
	is_tier("gold", midnight(2027, 1, 1));
	rules.window = WINDOW_LIFETIME;
	engage_tier_recompute(&rules, 0, midnight(2025, 6, 1), measure, &diary, &state);
	is_tier("gold", DT_NOEND);

	/* a review in the middle of a period, because the rules have changed */
	rules.window = WINDOW_CALENDAR;
	state = (TierState) {.tier = "gold", .due_at = noon(2025, 6, 1)};
	diary.deeds[0].points = 500;
	ok(engage_tier_review(&rules, 0, measure, &diary, &state) == TIER_KEPT, "kept by what came this year");
	is_tier("gold", midnight(2027, 1, 1));
	diary.deeds[0].points = 1200;
	diary.deeds[1].points = 10;
	state = (TierState) {.tier = "gold", .due_at = noon(2025, 6, 1)};
	ok(engage_tier_review(&rules, 0, measure, &diary, &state) == TIER_KEPT, "kept by the year before");
	is_tier("gold", midnight(2026, 1, 1));
	diary.deeds[0].points = 200;
	diary.deeds[1].points = 500;
	state = (TierState) {.tier = "gold", .due_at = noon(2025, 6, 1)};
	ok(engage_tier_review(&rules, 0, measure, &diary, &state) == TIER_DOWNGRADED, "down to what came this year");
	is_tier("silver", midnight(2027, 1, 1));
	diary.deeds[0].points = 1200;
	diary.deeds[1].points = 1000;

	/* a tier that the owner deleted */
	rules.window = WINDOW_CALENDAR;
	state = (TierState) {.tier = "zinc", .due_at = midnight(2026, 1, 1)};
	ok(engage_tier_review(&rules, 0, measure, &diary, &state) == TIER_DOWNGRADED, "no such tier");
	is_tier("gold", midnight(2027, 1, 1));
	/* no period: a review must not follow itself for ever */
	rules.window = WINDOW_ROLLING;
	rules.period = (Interval) {0};
	state = (TierState) {.tier = "zinc", .due_at = midnight(2025, 5, 1)};
	diary.asked.first = 0;
	engage_tier_review(&rules, 0, measure, &diary, &state);
	is_tier("none", DT_NOEND);
}

void
test_tiers(void)
{
	finding();
	windows();
	rolling();
	calendar_years();
	grants();
}
