/*-------------------------------------------------------------------------
 *
 * funnel_core.c
 *	  How far one customer came in a funnel, and when.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "behaviour/funnel_core.h"

/*
 * Memory is allocated in the current context, where the fold must stay.
 */
void
engage_funnel_init(FunnelFold *fold, int nsteps, uint64 window, int mode,
				   bool wants_times)
{
	Assert(nsteps >= 1 && nsteps <= FUNNEL_MAX_STEPS);
	fold->window = window;
	fold->nsteps = nsteps;
	fold->mode = mode;
	fold->is_simple = mode == 0 && !wants_times;
	fold->passes_rows = (mode & (FUNNEL_CONSECUTIVE | FUNNEL_ANY_ORDER)) == 0;
	/* with rising times, no chain has two rows of one time */
	fold->keeps_rows = (mode & (FUNNEL_STRICT_ONCE | FUNNEL_CONSECUTIVE)) != 0 &&
		(mode & FUNNEL_STRICT_INCREASE) == 0;
	fold->times = wants_times ? palloc(nsteps * sizeof(int64)) : NULL;
	fold->chains = wants_times ? palloc(nsteps * nsteps * sizeof(int64)) : NULL;
	fold->rows = NULL;
	if (fold->keeps_rows)
	{
		fold->rows_size = nsteps;
		fold->rows = palloc(fold->rows_size * sizeof(uint64));
		fold->owners = palloc(fold->rows_size);
		fold->nkept_of_step = palloc(nsteps);
	}
	funnel_begin(fold);
}

static void
count_steps(FunnelFold *fold, uint64 steps)
{
	for (uint64 s = steps; s != 0; s &= s - 1)
	{
		uint8	   *n = &fold->nkept_of_step[pg_rightmost_one_pos64(s)];

		*n = Min(*n + 1, fold->nsteps);
	}
}

/*
 * Keep a row for the matching of steps to different rows.
 *
 * With nsteps rows for a step, further ones change nothing: the other steps
 * cannot take all of them.  So at most nsteps * nsteps rows are kept, however
 * many share a time.
 */
void
engage_funnel_keep_row(FunnelFold *fold, uint64 steps)
{
	if ((steps & (steps - 1)) != 0)
		fold->one_step_each = false;
	if (fold->nkept >= fold->nsteps)
	{
		bool		is_wanted = false;

		for (uint64 s = steps; s != 0; s &= s - 1)
			is_wanted |= fold->nkept_of_step[pg_rightmost_one_pos64(s)] < fold->nsteps;
		if (!is_wanted)
			return;
		count_steps(fold, steps);
	}
	if (fold->nkept == fold->rows_size)
	{
		fold->rows_size *= 2;
		fold->rows = repalloc(fold->rows, fold->rows_size * sizeof(uint64));
		fold->owners = repalloc(fold->owners, fold->rows_size);
	}
	fold->rows[fold->nkept++] = steps;

	/* before there are so many, every row is wanted */
	if (fold->nkept == fold->nsteps)
	{
		memset(fold->nkept_of_step, 0, fold->nsteps);
		for (int i = 0; i < fold->nkept; i++)
			count_steps(fold, fold->rows[i]);
	}
}

/* Give "step" a row of its own, moving the steps in "movable" to other rows. */
static bool
match_step(FunnelFold *fold, int step, uint64 *movable)
{
	*movable &= ~funnel_step_bit(step);
	for (int i = 0; i < fold->nkept; i++)
	{
		if ((fold->rows[i] & funnel_step_bit(step)) != 0 && fold->owners[i] == 0)
		{
			fold->owners[i] = step + 1;
			return true;
		}
	}
	for (int i = 0; i < fold->nkept; i++)
	{
		int			owner = fold->owners[i] - 1;

		if ((fold->rows[i] & funnel_step_bit(step)) != 0 &&
			(*movable & funnel_step_bit(owner)) != 0 &&
			match_step(fold, owner, movable))
		{
			fold->owners[i] = step + 1;
			return true;
		}
	}
	return false;
}

/*
 * How far the rows of this time alone bring chains of length 0, 1, ...
 * "nbases" - 1.  reach[b] >= b, and reach never falls from one b to the next.
 */
static void
find_reach(FunnelFold *fold, int nbases, uint8 *reach)
{
	int			end = 0;

	if (!fold->keeps_rows || fold->one_step_each || fold->nrows == 1)
	{
		bool		only_one = (fold->mode & FUNNEL_STRICT_INCREASE) != 0 ||
			(fold->keeps_rows && fold->nrows == 1);

		for (int b = nbases - 1; b >= 0; b--)
		{
			if ((fold->steps & funnel_step_bit(b)) == 0)
				reach[b] = b;
			else if (only_one)
				reach[b] = b + 1;
			else if (b < nbases - 1)
				reach[b] = reach[b + 1];
			else
			{
				uint64		missing = ~fold->steps & ~funnel_low_steps(b);

				reach[b] = missing != 0 ? pg_rightmost_one_pos64(missing) : 64;
			}
			reach[b] = Min(reach[b], fold->nsteps);
		}
		return;
	}

	/* steps b..end-1 have rows of their own; without the first the others do */
	memset(fold->owners, 0, fold->nkept);
	for (int b = 0; b < nbases; b++)
	{
		end = Max(end, b);
		for (;;)
		{
			uint64		movable = funnel_low_steps(end);

			if (end == fold->nsteps || !match_step(fold, end, &movable))
				break;
			end++;
		}
		reach[b] = end;
		for (int i = 0; i < fold->nkept; i++)
		{
			if (fold->owners[i] == b + 1)
				fold->owners[i] = 0;
		}
	}
}

static inline bool
within_window(const FunnelFold *fold, int64 start)
{
	return (uint64) fold->time - (uint64) start <= fold->window;
}

static inline int64 *
chain_times(const FunnelFold *fold, int length)
{
	return &fold->chains[(length - 1) * fold->nsteps];
}

/*
 * Times of a chain of length "to" that goes on from the one of length "base"
 * with rows of this time.
 */
static void
write_times(const FunnelFold *fold, int base, int to, int64 *times)
{
	if (base > 0)
		memmove(times, chain_times(fold, base), base * sizeof(int64));
	for (int i = base; i < to; i++)
		times[i] = fold->time;
}

static void
extend_chain(FunnelFold *fold, int base, int to)
{
	fold->start[to - 1] = base > 0 ? fold->start[base - 1] : fold->time;
	if (fold->chains != NULL)
		write_times(fold, base, to, chain_times(fold, to));
}

static void
raise_level(FunnelFold *fold, int base, int to)
{
	fold->level = to;
	fold->met = funnel_low_steps(to);
	if (fold->times != NULL)
		write_times(fold, base, to, fold->times);
}

/*
 * Chains that may pass rows by.  The longer they are, the earlier their latest
 * start: each contains the shorter ones.
 */
static void
extend_chains(FunnelFold *fold)
{
	int			old_level = fold->level;
	int			nbases = Min(old_level + 1, fold->nsteps);
	int			base = nbases - 1;
	uint8		reach[FUNNEL_MAX_STEPS];

	if ((fold->steps & funnel_low_steps(nbases)) == 0)
		return;
	find_reach(fold, nbases, reach);

	/* from the longest down, so that chains are read before they change */
	for (int to = reach[base]; to > 0; to--)
	{
		int			from;

		/* the shortest that comes this far has the latest start */
		base = Min(base, to);
		while (base > 0 && reach[base - 1] >= to)
			base--;
		from = base;
		if (from >= to || (from > 0 && !within_window(fold, fold->start[from - 1])))
			continue;
		if (to <= old_level && from > 0 && fold->start[to - 1] == fold->start[from - 1])
			continue;			/* it has taken its steps earlier already */
		/* of those with this start, the longest has taken them earliest */
		while (from > 0 && from < to - 1 && from < old_level &&
			   fold->start[from] == fold->start[from - 1])
			from++;
		if (to > fold->level)
			raise_level(fold, from, to);
		extend_chain(fold, from, to);
	}
}

/*
 * Chains that may not pass rows by.  All rows of this time come between those
 * before and those after, so a chain that goes on needs every one of them; one
 * that starts here needs just those at the end, and one that ends here those
 * at the beginning.
 */
static void
extend_adjacent_chains(FunnelFold *fold)
{
	int			nbases = Min(fold->level + 1, fold->nsteps);
	int			longest = 0;
	int			best = 0;
	uint64		going_on = 0;
	uint64		alive = 0;
	uint8		reach[FUNNEL_MAX_STEPS];

	find_reach(fold, nbases, reach);
	for (int b = 0; b < nbases; b++)
	{
		if (b > 0 && ((fold->alive & funnel_step_bit(b - 1)) == 0 ||
					  !within_window(fold, fold->start[b - 1])))
			continue;
		going_on |= funnel_step_bit(b);
		if (reach[b] > longest ||
			(reach[b] == longest && best > 0 && fold->start[b - 1] >= fold->start[best - 1]))
		{
			longest = reach[b];
			best = b;
		}
	}
	if (longest > fold->level)
		raise_level(fold, best, longest);

	for (int to = fold->nsteps; to > 0; to--)
	{
		int64		base = to - fold->nrows;

		if (reach[0] >= to)
			base = 0;
		else if (base <= 0 || base >= nbases || reach[base] < to ||
				 (going_on & funnel_step_bit(base)) == 0)
			continue;
		extend_chain(fold, base, to);
		alive |= funnel_step_bit(to - 1);
	}
	fold->alive = alive;
}

static void
count_steps_in_window(FunnelFold *fold)
{
	int			count = 0;

	for (uint64 s = fold->steps; s != 0; s &= s - 1)
		fold->start[pg_rightmost_one_pos64(s)] = fold->time;
	fold->alive |= fold->steps;
	for (uint64 s = fold->alive; s != 0; s &= s - 1)
	{
		int			step = pg_rightmost_one_pos64(s);

		if (within_window(fold, fold->start[step]))
			count++;
		else
			fold->alive &= ~funnel_step_bit(step);
	}
	if (count > fold->level)
	{
		fold->level = count;
		fold->met = fold->alive;
		if (fold->times != NULL)
			memcpy(fold->times, fold->start, fold->nsteps * sizeof(int64));
	}
}

/* All rows of one time are known. */
void
engage_funnel_close_time(FunnelFold *fold)
{
	if (funnel_is_complete(fold))
		return;
	if ((fold->mode & FUNNEL_ANY_ORDER) != 0)
		count_steps_in_window(fold);
	else if ((fold->mode & FUNNEL_CONSECUTIVE) != 0)
		extend_adjacent_chains(fold);
	else
		extend_chains(fold);
}

static const struct
{
	const char *name;
	int			mode;
}			mode_names[] = {
	{"default", 0},
	{"strict_increase", FUNNEL_STRICT_INCREASE},
	{"strict_once", FUNNEL_STRICT_ONCE},
	{"consecutive", FUNNEL_CONSECUTIVE},
	{"any_order", FUNNEL_ANY_ORDER}
};

/*
 * Modes from text: names between commas, in any case, with blanks around them.
 */
int
engage_funnel_mode(const char *text, int len)
{
	const char *word = text;
	const char *end = text + len;
	int			nwords = 0;
	int			mode = 0;
	bool		is_known = true;

	while (is_known)
	{
		const char *comma = memchr(word, ',', end - word);
		const char *word_end = comma != NULL ? comma : end;

		while (word < word_end && isspace((unsigned char) *word))
			word++;
		while (word_end > word && isspace((unsigned char) word_end[-1]))
			word_end--;
		is_known = false;
		for (int i = 0; i < lengthof(mode_names); i++)
		{
			if (strlen(mode_names[i].name) == word_end - word &&
				pg_strncasecmp(mode_names[i].name, word, word_end - word) == 0)
			{
				is_known = true;
				mode |= mode_names[i].mode;
			}
		}
		nwords++;
		if (comma == NULL)
			break;
		word = comma + 1;
	}
	if (!is_known)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown funnel mode \"%.*s\"", len, text),
				 errhint("Modes are default, strict_increase, strict_once, consecutive and any_order; combinations are written like 'strict_increase,consecutive'.")));
	if (nwords > 1 && (mode & FUNNEL_ANY_ORDER) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("funnel mode any_order cannot be combined with others"),
				 errdetail("The others say how the rows of a chain follow each other; in any_order there is no chain.")));
	return mode;
}

/* What engage_funnel_init() has allocated */
void
engage_funnel_free(FunnelFold *fold)
{
	if (fold->times != NULL)
	{
		pfree(fold->times);
		pfree(fold->chains);
	}
	if (fold->rows != NULL)
	{
		pfree(fold->rows);
		pfree(fold->owners);
		pfree(fold->nkept_of_step);
	}
}
