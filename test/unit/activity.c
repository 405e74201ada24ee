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

#define KINDS	7
#define AFTER	200				/* columns behind the last period */

/* Cells by kind, row and column; rows from ORIGIN on, or from 0 */
typedef struct Cells
{
	uint8		count[KINDS][PERIODS + AFTER][PERIODS];
	int64		origin[KINDS];
	bool		outside;
} Cells;

static void
count_cells(void *target, int kind, int64 row, int64 first, int64 last)
{
	Cells	   *cells = target;

	row -= cells->origin[kind];
	if (kind < 0 || kind >= KINDS || row < 0 || row >= PERIODS + AFTER || first < 0 || first > last || last >= PERIODS)
	{
		cells->outside = true;
		return;
	}
	for (int64 i = first; i <= last; i++)
		cells->count[kind][row][i]++;
}

static void
clear_cells(Cells *cells)
{
	memset(cells, 0, sizeof(Cells));
	for (int kind = 0; kind < KINDS; kind++)
		cells->origin[kind] = ORIGIN;
}

static void
runs_of(RunList *list, const Flags *flags)
{
	engage_run_list_init(list);
	for (int i = 0; i < PERIODS; i++)
		if (flags->on[i])
			engage_run_list_add(list, ORIGIN + i, ORIGIN + i);
}

static void
want_retention(Cells *want, const RetentionPlan *plan, const Flags *starts, const Flags *returns)
{
	int			first = PERIODS;
	int			first_return = PERIODS;
	int			seen = -1;

	for (int i = PERIODS - 1; i >= 0; i--)
	{
		if (starts->on[i])
			first = i;
		if (returns->on[i])
			first_return = i;
		if ((starts->on[i] || returns->on[i]) && seen < 0)
			seen = i;
	}
	if (seen >= 0)
		want->count[RETENTION_SEEN][seen][0] = 1;
	for (int p = 0; p < PERIODS; p++)
	{
		int			last = 0;

		if (!starts->on[p] || (plan->cohorts != COHORT_RECURRING && p != first) ||
			(plan->cohorts == COHORT_FIRST_EVER && first_return < first))
			continue;
		want->count[RETENTION_SIZE][p][0] = 1;
		for (int k = 1; p + k < PERIODS; k++)
		{
			if (!returns->on[p + k])
				continue;
			want->count[RETENTION_ON][p][k] = 1;
			last = k;
			for (int b = 0; b < plan->nbrackets; b++)
				if (k >= plan->brackets[b].first && k <= plan->brackets[b].last)
					want->count[RETENTION_BRACKET][p][b] = 1;
		}
		if (last > 0)
			want->count[RETENTION_LAST][p][last] = 1;
	}
}

/* Customers active within "window" days, by day, as who comes in and who goes out */
static void
want_window(Cells *want, int kind, const Flags *flags, int window)
{
	bool		before = false;

	for (int i = 0; i < PERIODS + AFTER; i++)
	{
		bool		now = false;

		for (int k = 0; k < window && k <= i; k++)
			now |= i - k < PERIODS && flags->on[i - k];
		if (now && !before)
			want->count[kind][i][0] = 1;
		if (before && !now)
			want->count[kind + 1][i][0] = 1;
		before = now;
	}
}

static void
test_counting(long rounds)
{
	long		wrong_retention[4] = {0};
	long		wrong_lifecycle = 0;
	long		wrong_stickiness = 0;

	for (long round = 0; round < rounds; round++)
	{
		static Cells got;
		static Cells want;
		Flags		starts;
		Flags		returns;
		RunList		start_runs;
		RunList		return_runs;
		PeriodRun	brackets[3];
		RetentionPlan plan = {below(4), below(4), brackets};
		ActivityView view;
		int			window = (int[]) {1, 2, 7, 28, 100}[below(5)];
		int			ndays = 0;
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
		runs_of(&start_runs, &starts);
		runs_of(&return_runs, &returns);
		clear_cells(&got);
		clear_cells(&want);
		engage_retention_count(&plan, &start_runs, &return_runs, count_cells, &got);
		want_retention(&want, &plan, &starts, &returns);
		wrong_retention[plan.cohorts] += memcmp(&got, &want, sizeof(got)) != 0;

		clear_cells(&got);
		clear_cells(&want);
		engage_activity_open(&view, activity_of(&starts));
		for (int i = 0; i < PERIODS; i++)
		{
			bool		before = i > 0 && starts.on[i - 1];
			LifecycleStage stage = starts.on[i] ? (!had ? LIFECYCLE_NEW : before ? LIFECYCLE_RETURNING : LIFECYCLE_RESURRECTING) :
				before ? LIFECYCLE_DORMANT : LIFECYCLE_NONE;

			had |= starts.on[i];
			ndays += starts.on[i];
			if (engage_activity_lifecycle(&view, ORIGIN + i) != stage)
				wrong_lifecycle++;
			if (stage == LIFECYCLE_NEW)
				want.count[LIFECYCLE_CELL_NEW][i][0] = 1;
			else if (stage == LIFECYCLE_RESURRECTING)
				want.count[LIFECYCLE_CELL_RESURRECTING][i][0] = 1;
			else if (stage == LIFECYCLE_DORMANT)
				want.count[LIFECYCLE_CELL_DORMANT][i][0] = 1;
		}
		engage_lifecycle_count(&start_runs, count_cells, &got);
		wrong_lifecycle += memcmp(&got, &want, sizeof(got)) != 0;

		clear_cells(&got);
		clear_cells(&want);
		got.origin[STICKINESS_ACTIVE_DAYS] = want.origin[STICKINESS_ACTIVE_DAYS] = 0;
		want_window(&want, STICKINESS_DAY_IN, &starts, 1);
		want_window(&want, STICKINESS_WEEK_IN, &starts, 7);
		want_window(&want, STICKINESS_MONTH_IN, &starts, window);
		if (ndays > 0)
			want.count[STICKINESS_ACTIVE_DAYS][ndays][0] = 1;
		engage_stickiness_count(&start_runs, window, count_cells, &got);
		wrong_stickiness += memcmp(&got, &want, sizeof(got)) != 0;
	}
	for (int cohorts = 0; cohorts < 4; cohorts++)
		ok(wrong_retention[cohorts] == 0, "retention of cohorts %d: %ld of %ld customers were counted wrongly", cohorts, wrong_retention[cohorts], rounds);
	ok(wrong_lifecycle == 0, "lifecycle: %ld of %ld customers", wrong_lifecycle, rounds);
	ok(wrong_stickiness == 0, "stickiness: %ld of %ld customers", wrong_stickiness, rounds);
}

/* ----------------------------------------------------------- sets and bytes */

static bool
active(const Flags *flags, int64 period, int64 last)
{
	return period >= ORIGIN && period < ORIGIN + PERIODS && period <= last && flags->on[period - ORIGIN];
}

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
	test_counting(cases(500));
	test_bytes(cases(20000));
	CurrentMemoryContext = old;
}
