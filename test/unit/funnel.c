/*
 * Funnels against a search through all chains of rows, which knows no more than the definitions
 * in funnel_core.h: levels and times, in every mode, with many rows of equal time.
 */
#include "postgres.h"

#include "behaviour/funnel_core.h"
#include "tap.h"

#define MAX_ROWS	7
#define MAX_WANTED	5

typedef struct Row
{
	int64		time;
	uint64		steps;
} Row;

/* the question, the rows, and the best chain so far */
static Row	rows[MAX_ROWS];
static int	nrows;
static int	nsteps;
static uint64 window;
static int	mode;
static int	level;
static int64 best[MAX_WANTED];

static void
offer(const int64 *times, int length)
{
	int			better = length - level;

	if (better == 0 && length > 0)
	{
		/* earliest end, latest start, then each step as early as can be */
		if (times[length - 1] != best[length - 1])
			better = times[length - 1] < best[length - 1] ? 1 : -1;
		else if (times[0] != best[0])
			better = times[0] > best[0] ? 1 : -1;
		else
		{
			for (int i = 1; i < length && better == 0; i++)
				better = times[i] < best[i] ? 1 : times[i] > best[i] ? -1 : 0;
		}
	}
	if (better > 0)
	{
		level = length;
		memcpy(best, times, length * sizeof(int64));
	}
}

/* Chains that may pass rows by, one row after the other. */
static void
try_rows(int *chain, int64 *times, int length)
{
	offer(times, length);
	if (length == nsteps)
		return;
	for (int i = 0; i < nrows; i++)
	{
		bool		fits = (rows[i].steps & (UINT64CONST(1) << length)) != 0;

		if (fits && length > 0)
		{
			fits = rows[i].time >= times[length - 1] &&
				(int128) rows[i].time - times[0] <= window;
			if ((mode & FUNNEL_STRICT_INCREASE) != 0)
				fits = fits && rows[i].time > times[length - 1];
			for (int j = 0; j < length && (mode & FUNNEL_STRICT_ONCE) != 0; j++)
				fits = fits && chain[j] != i;
		}
		if (!fits)
			continue;
		chain[length] = i;
		times[length] = rows[i].time;
		try_rows(chain, times, length + 1);
	}
}

/* Chains of neighbours, in every order that the times allow. */
static void
try_orders(Row *order, int placed, uint32 used)
{
	if (placed < nrows)
	{
		for (int i = 0; i < nrows; i++)
		{
			bool		is_next = (used & (1u << i)) == 0 && rows[i].steps != 0;

			for (int j = 0; j < nrows; j++)
				is_next = is_next && ((used & (1u << j)) != 0 || rows[j].steps == 0 || rows[j].time >= rows[i].time);
			if (!is_next)
				continue;
			order[placed] = rows[i];
			try_orders(order, placed + 1, used | (1u << i));
		}
	}
	for (int from = 0; from < placed; from++)
	{
		int64		times[MAX_WANTED];

		for (int i = 0; i < nsteps && from + i < placed; i++)
		{
			const Row  *row = &order[from + i];

			if ((row->steps & (UINT64CONST(1) << i)) == 0 ||
				(int128) row->time - order[from].time > window ||
				((mode & FUNNEL_STRICT_INCREASE) != 0 && i > 0 && row->time == order[from + i - 1].time))
				break;
			times[i] = row->time;
			offer(times, i + 1);
		}
	}
}

/* Where a window ends that has the most steps, and the last time of each in it. */
static int64
try_windows(uint64 *met, int64 *times)
{
	int64		end = 0;

	*met = 0;
	level = 0;
	for (int i = 0; i < nrows; i++)
	{
		uint64		here = 0;
		int			count;
		int64		last[MAX_WANTED];

		for (int s = 0; s < nsteps; s++)
		{
			for (int j = 0; j < nrows; j++)
			{
				if ((rows[j].steps & (UINT64CONST(1) << s)) == 0 || rows[j].time > rows[i].time ||
					(int128) rows[i].time - rows[j].time > window)
					continue;
				if ((here & (UINT64CONST(1) << s)) == 0 || rows[j].time > last[s])
					last[s] = rows[j].time;
				here |= UINT64CONST(1) << s;
			}
		}
		count = __builtin_popcountll(here);
		if (count > level || (count == level && count > 0 && rows[i].time < end))
		{
			level = count;
			end = rows[i].time;
			*met = here;
			memcpy(times, last, sizeof(last));
		}
	}
	return end;
}

static int
by_time(const void *a, const void *b)
{
	const Row  *x = a;
	const Row  *y = b;

	return x->time < y->time ? -1 : x->time > y->time;
}

static void
shuffle(void)
{
	for (int i = nrows - 1; i > 0; i--)
	{
		int			j = random_bits() % (i + 1);
		Row			row = rows[i];

		rows[i] = rows[j];
		rows[j] = row;
	}
}

static bool
agrees(FunnelFold *fold, uint64 want_met, const int64 *want_times)
{
	funnel_begin(fold);
	qsort(rows, nrows, sizeof(Row), by_time);
	for (int i = 0; i < nrows; i++)
		funnel_add(fold, rows[i].time, rows[i].steps);
	if (funnel_finish(fold) != level)
		return false;
	if (fold->times == NULL)
		return true;
	if (fold->met != want_met)
		return false;
	for (int i = 0; i < nsteps; i++)
	{
		if ((want_met & (UINT64CONST(1) << i)) != 0 && fold->times[i] != want_times[i])
			return false;
	}
	return true;
}

static void
search(const char *name, int asked, long n)
{
	long		wrong = 0;
	static const int64 units[] = {1, 60000000, INT64CONST(86400000000), INT64CONST(1) << 60};

	mode = asked;
	for (long i = 0; i < n; i++)
	{
		FunnelFold	fold;
		FunnelFold	untimed;
		int64		unit = units[random_bits() % lengthof(units)];
		int			span = 1 + random_bits() % 8;
		int			density = random_bits() % 3;
		uint64		met;
		int64		window_times[MAX_WANTED];

		nsteps = 1 + random_bits() % MAX_WANTED;
		nrows = random_bits() % (MAX_ROWS + 1);
		window = (random_bits() % 9) * (uint64) unit;
		for (int r = 0; r < nrows; r++)
		{
			rows[r].time = (int64) (random_bits() % span) * unit - 4 * unit;
			/* one step, some, or many; sometimes none */
			rows[r].steps = density == 0 ? UINT64CONST(1) << random_bits() % nsteps :
				density == 1 ? random_bits() & random_bits() : random_bits();
			if (random_bits() % 10 == 0)
				rows[r].steps = 0;
			rows[r].steps &= (UINT64CONST(1) << nsteps) - 1;
		}

		level = 0;
		if (mode == FUNNEL_ANY_ORDER)
			try_windows(&met, window_times);
		else
		{
			int			chain[MAX_WANTED];
			int64		times[MAX_WANTED];
			Row			order[MAX_ROWS];
			int			all = nrows;

			if ((mode & FUNNEL_CONSECUTIVE) != 0)
			{
				/* a row that meets nothing is no row */
				for (int r = nrows - 1; r >= 0; r--)
				{
					if (rows[r].steps == 0)
					{
						Row			none = rows[r];

						rows[r] = rows[--nrows];
						rows[nrows] = none;
					}
				}
				try_orders(order, 0, 0);
				nrows = all;
			}
			else
				try_rows(chain, times, 0);
			met = level > 0 ? (UINT64CONST(1) << level) - 1 : 0;
		}

		engage_funnel_init(&fold, nsteps, window, mode, true);
		engage_funnel_init(&untimed, nsteps, window, mode, false);
		for (int round = 0; round < 2; round++)
		{
			shuffle();
			wrong += !agrees(&fold, met, mode == FUNNEL_ANY_ORDER ? window_times : best);
			wrong += !agrees(&untimed, 0, NULL);
		}
	}
	ok(wrong == 0, "%s: %ld random cases, levels and times (%ld wrong)", name, n, wrong);
}

/* More rows of one time than are kept, for each step and of each kind. */
static void
crowds(void)
{
	long		wrong = 0;

	for (long i = 0; i < cases(300); i++)
	{
		FunnelFold	fold;
		int			wanted = 1 + random_bits() % 64;
		int			n = 1 + random_bits() % 5000;
		int			used = random_bits() % (wanted + 1);

		/* enough rows that serve any step, and one that is the only one for step "used" */
		engage_funnel_init(&fold, wanted, 0, FUNNEL_STRICT_ONCE, false);
		for (int r = 0; r < n; r++)
			funnel_add(&fold, 5, funnel_low_steps(wanted) &
					   ~(used < wanted ? funnel_step_bit(used) : 0));
		wrong += funnel_finish(&fold) != (used < wanted ? Min(n, used) : Min(n, wanted));
		if (used < wanted)
		{
			funnel_begin(&fold);
			for (int r = 0; r < n; r++)
				funnel_add(&fold, 5, funnel_low_steps(wanted) & ~funnel_step_bit(used));
			funnel_add(&fold, 5, funnel_low_steps(wanted));
			wrong += funnel_finish(&fold) != Min(n + 1, wanted);
		}
	}
	ok(wrong == 0, "crowds of one time (%ld wrong)", wrong);
}

static void
modes(void)
{
	ok(engage_funnel_mode("default", 7) == 0, "default");
	ok(engage_funnel_mode(" Strict_Once ", 13) == FUNNEL_STRICT_ONCE, "case and blanks");
	ok(engage_funnel_mode("strict_increase,\tconsecutive", 28) == (FUNNEL_STRICT_INCREASE | FUNNEL_CONSECUTIVE), "a combination");
	ok(engage_funnel_mode("any_order", 9) == FUNNEL_ANY_ORDER, "any_order");
	raises(ERRCODE_INVALID_PARAMETER_VALUE, engage_funnel_mode("", 0));
	raises(ERRCODE_INVALID_PARAMETER_VALUE, engage_funnel_mode("strict", 6));
	raises(ERRCODE_INVALID_PARAMETER_VALUE, engage_funnel_mode("strict_once,", 12));
	raises(ERRCODE_INVALID_PARAMETER_VALUE, engage_funnel_mode("strict_once strict_increase", 27));
	raises(ERRCODE_INVALID_PARAMETER_VALUE, engage_funnel_mode("any_order,strict_once", 21));
}

void
test_funnel(void)
{
	search("default", 0, cases(20000));
	search("strict_increase", FUNNEL_STRICT_INCREASE, cases(20000));
	search("strict_once", FUNNEL_STRICT_ONCE, cases(20000));
	search("strict_increase,strict_once", FUNNEL_STRICT_INCREASE | FUNNEL_STRICT_ONCE, cases(5000));
	search("consecutive", FUNNEL_CONSECUTIVE, cases(5000));
	search("strict_increase,consecutive", FUNNEL_STRICT_INCREASE | FUNNEL_CONSECUTIVE, cases(5000));
	search("any_order", FUNNEL_ANY_ORDER, cases(20000));
	crowds();
	modes();
}
