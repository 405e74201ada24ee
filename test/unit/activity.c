/*
 * Unit tests of activities: the set operations and questions of activity_core.c, the growing set of
 * activity_state_core.c and the counting of retention_core.c, all against arrays of flags; hostile
 * bytes.
 */
#include "postgres.h"

#include "behaviour/activity_state_core.h"
#include "behaviour/retention_core.h"
#include "utils/memutils.h"

#include "tap.h"

#define PERIODS	600				/* of which flags know; ORIGIN is the first one */
#define ORIGIN	8700
#define MARGIN	120				/* periods at both ends that stay inactive */

typedef struct Flags
{
	bool		on[PERIODS];
} Flags;

static int
below(int n)
{
	return random_bits() % n;
}

static void
random_flags(Flags *flags)
{
	int			kind = below(5);
	bool		on = below(2);
	int			from = MARGIN + below(100);
	int			to = PERIODS - MARGIN - below(100);

	memset(flags, 0, sizeof(*flags));
	for (int i = from; i < to; i++)
	{
		if (kind == 0)
			on = below(50) == 0;
		else if (kind == 1)
			on = below(2);
		else if (kind == 2 && below(20) == 0)
			on = !on;
		else if (kind == 3)
			on = i - from < 3;
		else if (kind == 4)
			on = false;
		flags->on[i] = on;
	}
}

/* Built of the periods in some order, some twice, and of runs */
static struct varlena *
activity_of(const Flags *flags)
{
	ActivityState *state = engage_activity_state_create(PERIOD_DAY);
	int			step = (int[]) {1, 7, 101, 599, 121}[below(5)];
	int			start = below(PERIODS);

	for (int n = 0; n < PERIODS; n++)
	{
		int			i = (start + n * step) % PERIODS;

		if (!flags->on[i])
			continue;
		if (below(10) == 0)
		{
			PeriodRun	run = {ORIGIN + i, ORIGIN + i};

			while (run.last + 1 < ORIGIN + PERIODS && flags->on[run.last + 1 - ORIGIN] && below(300) != 0)
				run.last++;
			engage_activity_state_add_run(state, &run, CurrentMemoryContext);
		}
		engage_activity_state_add(state, ORIGIN + i, CurrentMemoryContext);
	}
	return engage_activity_state_value(state);
}

static bool
same(const struct varlena *a, const struct varlena *b)
{
	return VARSIZE_ANY(a) == VARSIZE_ANY(b) && memcmp(a, b, VARSIZE_ANY(a)) == 0;
}

static bool
reads_as(const struct varlena *activity, const Flags *flags)
{
	Flags		got = {{0}};
	ActivityView view;
	ActivityCursor cursor;
	PeriodRun	run;
	int64		before = PG_INT64_MIN;

	engage_activity_open(&view, activity);
	engage_activity_rewind(&cursor, &view);
	while (engage_activity_next_run(&cursor, &run))
	{
		if (run.first <= before + 1 || run.last < run.first)
			return false;
		before = run.last;
		for (int64 i = run.first; i <= run.last; i++)
			got.on[i - ORIGIN] = true;
	}
	return memcmp(&got, flags, sizeof(got)) == 0 &&
		engage_activity_fault((const uint8 *) VARDATA_ANY(activity), VARSIZE_ANY_EXHDR(activity)) == NULL;
}

/* ---------------------------------------------------------------- counting */

typedef struct Cells
{
	uint8		count[PERIODS][PERIODS];
	bool		outside;
} Cells;

static int64 row_offset;
static int64 column_offset;

static void
count_cells(void *target, int64 row, int64 first, int64 last)
{
	Cells	   *cells = target;

	row -= row_offset;
	first -= column_offset;
	last -= column_offset;
	if (row < 0 || row >= PERIODS || first < 0 || first > last || last >= PERIODS)
	{
		cells->outside = true;
		return;
	}
	for (int64 i = first; i <= last; i++)
		cells->count[row][i]++;
}

static bool
active(const Flags *flags, int64 period, int64 last)
{
	return period >= ORIGIN && period < ORIGIN + PERIODS && period <= last && flags->on[period - ORIGIN];
}

static bool
retention_is_right(const Flags *starts, const Flags *returns, const RetentionPlan *plan)
{
	static Cells got;
	static Cells want;
	ActivityView start_view;
	ActivityView return_view;
	int64		columns = plan->mode == RETENTION_BRACKETS ? plan->nbrackets : plan->max_k;
	bool		had_first = false;

	memset(&got, 0, sizeof(got));
	memset(&want, 0, sizeof(want));
	for (int64 p = ORIGIN; p < ORIGIN + PERIODS; p++)
	{
		bool		member = active(starts, p, plan->last_period) && p >= plan->first_cohort && p <= plan->last_cohort &&
			(plan->cohorts == COHORT_RECURRING || !had_first);

		had_first |= starts->on[p - ORIGIN];
		if (!member)
			continue;
		want.count[p - ORIGIN][0] = 1;
		for (int64 k = 1; k <= columns; k++)
		{
			int64		from = p + k;
			int64		to = plan->mode == RETENTION_ON ? p + k : ORIGIN + PERIODS;

			if (plan->mode == RETENTION_BRACKETS)
			{
				from = p + plan->brackets[k - 1].first;
				to = p + plan->brackets[k - 1].last;
			}
			for (int64 q = from; q <= to && !want.count[p - ORIGIN][k]; q++)
				want.count[p - ORIGIN][k] = active(returns, q, plan->last_period);
		}
	}
	row_offset = ORIGIN;
	column_offset = 0;
	engage_activity_open(&start_view, activity_of(starts));
	engage_activity_open(&return_view, activity_of(returns));
	engage_retention_count(plan, &start_view, &return_view, count_cells, &got);
	return memcmp(&got, &want, sizeof(got)) == 0;
}

static void
test_counting(long rounds)
{
	long		wrong_retention[3] = {0};
	long		wrong_lifecycle = 0;
	long		wrong_window = 0;

	for (long round = 0; round < rounds; round++)
	{
		static Cells got;
		static Cells want;
		Flags		starts;
		Flags		returns;
		PeriodRun	brackets[3];
		RetentionPlan plan;
		ActivityView view;
		int64		first = ORIGIN + below(PERIODS);
		int64		last = first + below(ORIGIN + PERIODS - first);
		int64		window = (int[]) {1, 2, 7, 28, 100}[below(5)];
		bool		had = false;

		random_flags(&starts);
		returns = starts;
		if (below(2))
			random_flags(&returns);
		for (int b = 0; b < 3; b++)
		{
			brackets[b].first = 1 + below(40);
			brackets[b].last = brackets[b].first + below(40);
		}
		plan = (RetentionPlan) {below(2), below(3), below(3) ? first : ORIGIN, below(3) ? last : ORIGIN + PERIODS,
			below(2) ? ORIGIN + below(PERIODS) : PG_INT64_MAX, below(4) ? below(100) : 0, below(4), brackets};
		wrong_retention[plan.mode] += !retention_is_right(&starts, &returns, &plan);

		memset(&got, 0, sizeof(got));
		memset(&want, 0, sizeof(want));
		engage_activity_open(&view, activity_of(&starts));
		for (int i = 0; i < PERIODS; i++)
		{
			bool		before = i > 0 && starts.on[i - 1];
			LifecycleStage stage = starts.on[i] ? (!had ? LIFECYCLE_NEW : before ? LIFECYCLE_RETURNING : LIFECYCLE_RESURRECTING) :
				before ? LIFECYCLE_DORMANT : LIFECYCLE_NONE;

			had |= starts.on[i];
			if (engage_activity_lifecycle(&view, ORIGIN + i) != stage)
				wrong_lifecycle++;
			if (stage != LIFECYCLE_NONE && ORIGIN + i >= first && ORIGIN + i <= last)
				want.count[stage][i] = 1;
		}
		row_offset = 0;
		column_offset = ORIGIN;
		engage_lifecycle_count(&view, first, last, count_cells, &got);
		wrong_lifecycle += memcmp(&got, &want, sizeof(got)) != 0;

		memset(&got, 0, sizeof(got));
		memset(&want, 0, sizeof(want));
		for (int64 i = first; i <= last; i++)
			for (int64 k = 0; k < window; k++)
				want.count[5][i - ORIGIN] |= active(&starts, i - k, last);
		engage_active_within_count(&view, window, first, last, count_cells, &got, 5);
		wrong_window += memcmp(&got, &want, sizeof(got)) != 0;
	}
	for (int mode = 0; mode < 3; mode++)
		ok(wrong_retention[mode] == 0, "retention of mode %d: %ld of %ld customers were counted wrongly", mode, wrong_retention[mode], rounds);
	ok(wrong_lifecycle == 0, "lifecycle: %ld of %ld customers", wrong_lifecycle, rounds);
	ok(wrong_window == 0, "active within a window: %ld of %ld customers", wrong_window, rounds);
}

/* ----------------------------------------------------------- sets and bytes */

static void
test_sets(long rounds)
{
	long		wrong_reading = 0;
	long		wrong_order = 0;
	long		wrong_question = 0;
	long		wrong_operation = 0;

	for (long round = 0; round < rounds; round++)
	{
		Flags		a;
		Flags		b;
		Flags		result[3];
		struct varlena *value;
		ActivityView view[2];
		ActivityState *state;
		RunList		list;

		random_flags(&a);
		random_flags(&b);
		value = activity_of(&a);
		wrong_reading += !reads_as(value, &a);
		wrong_order += !same(value, activity_of(&a));
		engage_activity_open(&view[0], value);
		engage_activity_open(&view[1], activity_of(&b));

		for (int n = 0; n < 30; n++)
		{
			int64		from = ORIGIN - 20 + below(PERIODS + 40);
			int64		to = from - 2 + below(200);
			int64		count = 0;
			int64		next = -1;
			int64		found;

			for (int64 i = to; i >= from; i--)
				count += active(&a, i, PG_INT64_MAX);
			for (int64 i = ORIGIN + PERIODS - 1; i >= Max(from, ORIGIN); i--)
				if (a.on[i - ORIGIN])
					next = i;
			wrong_question += engage_activity_count(&view[0], from, to) != count;
			wrong_question += engage_activity_has(&view[0], from) != active(&a, from, PG_INT64_MAX);
			wrong_question += engage_activity_next(&view[0], from, &found) ? found != next : next != -1;
		}

		for (int i = 0; i < PERIODS; i++)
		{
			result[0].on[i] = a.on[i] || b.on[i];
			result[1].on[i] = a.on[i] && b.on[i];
			result[2].on[i] = a.on[i] && !b.on[i];
		}
		for (int n = 0; n < 3; n++)
		{
			engage_run_list_init(&list);
			(n == 0 ? engage_activity_union : n == 1 ? engage_activity_intersect : engage_activity_subtract) (&list, &view[0], &view[1]);
			wrong_operation += !same(engage_activity_make(PERIOD_DAY, &list), activity_of(&result[n]));
		}
		/* as aggregates and workers do it */
		state = engage_activity_state_create(PERIOD_DAY);
		engage_activity_state_add_all(state, &view[0], CurrentMemoryContext);
		{
			ActivityState *other = engage_activity_state_create(PERIOD_DAY);

			engage_activity_state_add_all(other, &view[1], CurrentMemoryContext);
			engage_activity_state_merge(state, other, CurrentMemoryContext);
		}
		wrong_operation += !same(engage_activity_state_value(state), activity_of(&result[0]));
	}
	ok(wrong_reading == 0, "%ld of %ld activities are not read as they were made", wrong_reading, rounds);
	ok(wrong_order == 0, "%ld of %ld depend on the order", wrong_order, rounds);
	ok(wrong_question == 0, "%ld answers are wrong", wrong_question);
	ok(wrong_operation == 0, "%ld results of two sets are wrong", wrong_operation);
}

static void
test_bytes(long rounds)
{
	long		accepted = 0;
	long		unsound = 0;

	for (long round = 0; round < rounds; round++)
	{
		Flags		flags;
		struct varlena *value;
		size_t		length;
		uint8	   *bytes;

		random_flags(&flags);
		value = activity_of(&flags);
		length = VARSIZE_ANY_EXHDR(value);
		bytes = palloc(length + 8);
		memcpy(bytes, VARDATA_ANY(value), length);
		for (int n = below(4); n >= 0; n--)
		{
			int			at = below(length);

			switch (below(4))
			{
				case 0:
					bytes[at] = random_bits();
					break;
				case 1:
					bytes[at] ^= 1 << below(8);
					break;
				case 2:
					length = Max(at, 1);
					break;
				case 3:
					memset(bytes + length, below(2) ? 0xff : below(256), 2);
					length += below(3);
					length = Min(length, VARSIZE_ANY_EXHDR(value) + 6);
					break;
			}
		}
		/* in memory of just that size, so that a read behind it would be noticed by valgrind */
		bytes = memcpy(palloc(length), bytes, length);
		if (engage_activity_fault(bytes, length) == NULL)
		{
			struct varlena *taken = palloc(VARHDRSZ + length);
			ActivityView view;
			ActivityCursor cursor;
			PeriodRun	run;
			RunList		list;

			accepted++;
			SET_VARSIZE(taken, VARHDRSZ + length);
			memcpy(VARDATA(taken), bytes, length);
			engage_activity_open(&view, taken);
			engage_run_list_init(&list);
			engage_activity_rewind(&cursor, &view);
			while (engage_activity_next_run(&cursor, &run))
				engage_run_list_add(&list, run.first, run.last);
			unsound += !same(engage_activity_make(view.unit, &list), taken);
		}
	}
	ok(accepted > rounds / 100 && accepted < rounds, "some changed values are taken, others refused (%ld of %ld)", accepted, rounds);
	ok(unsound == 0, "%ld of %ld values that were taken are unsound", unsound, accepted);
}

void
test_activity(void)
{
	MemoryContext old = CurrentMemoryContext;

	test_sets(cases(2000));
	test_counting(cases(2000));
	test_bytes(cases(20000));
	CurrentMemoryContext = old;
}
