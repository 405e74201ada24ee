/*-------------------------------------------------------------------------
 *
 * activity_core.c
 *	  The type activity: in which periods a customer was active.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/activity_core.h"
#include "common/int.h"
#include "common/interrupts.h"
#include "common/varint.h"
#include "port/pg_bitutils.h"
#include "port/pg_bswap.h"
#include "utils/memutils.h"

/*
 * Read a number, in its shortest form, and return what is behind it; NULL if
 * there is none before the end.
 */
static inline const uint8 *
get_number(const uint8 *pos, const uint8 *end, uint64 *value)
{
	uint64		result = 0;

	for (int i = 0; i < VARINT_MAX_LENGTH && pos < end; i++)
	{
		uint8		byte = *pos++;

		/* the tenth byte holds the 64th bit alone */
		if (i == VARINT_MAX_LENGTH - 1 && byte > 1)
			return NULL;
		result |= (uint64) (byte & 0x7f) << (7 * i);
		if (byte < 0x80)
		{
			if (byte == 0 && i > 0)
				return NULL;
			*value = result;
			return pos;
		}
	}
	return NULL;
}

pg_noreturn static void
damaged_value(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("damaged value of type activity")));
}

void
engage_activity_open(ActivityView *view, const struct varlena *activity)
{
	const uint8 *data = (const uint8 *) VARDATA_ANY(activity);
	size_t		length = VARSIZE_ANY_EXHDR(activity);
	uint64		first;

	if (unlikely(length < 2))
		damaged_value();
	if (unlikely(data[0] != ACTIVITY_VERSION))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("activity has unknown format version %d", data[0]),
				 errhint("It was written by a newer engage; upgrade this server's.")));
	view->unit = data[1] & 0xf;
	view->form = data[1] >> 4;
	view->first = 0;
	view->body = data + 2;
	view->end = data + length;
	if (unlikely(view->unit >= PERIOD_UNITS || view->form > ACTIVITY_RUNS))
		damaged_value();
	if (view->form == ACTIVITY_EMPTY)
		return;
	view->body = get_number(view->body, view->end, &first);
	if (unlikely(view->body == NULL || view->body == view->end))
		damaged_value();
	view->first = unzigzag(first);
}

/* ---------------------------------------------------------------- reading */

/* 64 bits from a byte on; beyond the end there are zeros. */
static inline uint64
load_bits(const uint8 *pos, const uint8 *end)
{
	uint64		bits = 0;

	if (likely(end - pos >= (ptrdiff_t) sizeof(bits)))
		memcpy(&bits, pos, sizeof(bits));
	else if (pos < end)
		memcpy(&bits, pos, end - pos);
#ifdef WORDS_BIGENDIAN
	bits = pg_bswap64(bits);
#endif
	return bits;
}

/* The first bit at or after one that is set, or is clear; -1 if there is none */
static inline int64
next_set_bit(const ActivityView *view, int64 bit)
{
	for (int64 byte = bit >> 3; view->body + byte < view->end; byte += sizeof(uint64))
	{
		uint64		bits = load_bits(view->body + byte, view->end);

		check_interrupts_at(byte >> 3);
		if (byte == bit >> 3)
			bits &= ~UINT64CONST(0) << (bit & 7);
		if (bits != 0)
			return byte * BITS_PER_BYTE + pg_rightmost_one_pos64(bits);
	}
	return -1;
}

/* (a bitmap ends in a byte that is not zero; clear bits follow it) */
static inline int64
next_clear_bit(const ActivityView *view, int64 bit)
{
	for (int64 byte = bit >> 3;; byte += sizeof(uint64))
	{
		uint64		bits = ~load_bits(view->body + byte, view->end);

		check_interrupts_at(byte >> 3);
		if (byte == bit >> 3)
			bits &= ~UINT64CONST(0) << (bit & 7);
		if (bits != 0)
			return byte * BITS_PER_BYTE + pg_rightmost_one_pos64(bits);
	}
}

void
engage_activity_rewind(ActivityCursor *cursor, const ActivityView *view)
{
	cursor->view = view;
	cursor->pos = view->body;
	cursor->next = view->form == ACTIVITY_BITMAP ? 0 : view->first;
}

static bool
next_coded_run(ActivityCursor *cursor, PeriodRun *run)
{
	const ActivityView *view = cursor->view;
	bool		is_first = cursor->pos == view->body;
	uint64		gap = 0;
	uint64		more = 0;

	if (cursor->pos >= view->end)
		return false;
	cursor->pos = get_number(cursor->pos, view->end, is_first ? &more : &gap);
	if (cursor->pos != NULL && (gap & 1) != 0)
	{
		cursor->pos = get_number(cursor->pos, view->end, &more);
		more++;
	}
	if (unlikely(cursor->pos == NULL))
		damaged_value();
	run->first = cursor->next + (int64) (gap >> 1);
	run->last = run->first + (int64) more;
	/* at least one period lies between two runs */
	cursor->next = run->last + 2;
	return true;
}

bool
engage_activity_next_run(ActivityCursor *cursor, PeriodRun *run)
{
	const ActivityView *view = cursor->view;
	int64		bit;

	if (view->form == ACTIVITY_RUNS)
		return next_coded_run(cursor, run);
	if (view->form == ACTIVITY_EMPTY)
		return false;
	bit = next_set_bit(view, cursor->next);
	if (bit < 0)
		return false;
	cursor->next = next_clear_bit(view, bit);
	run->first = view->first + bit;
	run->last = view->first + cursor->next - 1;
	return true;
}

int64
engage_activity_last(const ActivityView *view)
{
	ActivityCursor cursor;
	PeriodRun	run = {view->first, view->first};

	if (view->form == ACTIVITY_BITMAP)
		return view->first + (view->end - view->body - 1) * BITS_PER_BYTE +
			pg_leftmost_one_pos32(view->end[-1]);
	engage_activity_rewind(&cursor, view);
	for (int64 i = 1; engage_activity_next_run(&cursor, &run); i++)
		check_interrupts_at(i);
	return run.last;
}

/* Move on to the first run that ends at or after a period. */
static inline bool
find_run(ActivityCursor *cursor, int64 ordinal, PeriodRun *run)
{
	for (int64 i = 1; engage_activity_next_run(cursor, run); i++)
	{
		check_interrupts_at(i);
		if (run->last >= ordinal)
			return true;
	}
	return false;
}

/* How many bits a bitmap has */
static inline int64
bitmap_bits(const ActivityView *view)
{
	return (view->end - view->body) * BITS_PER_BYTE;
}

bool
engage_activity_has(const ActivityView *view, int64 ordinal)
{
	ActivityCursor cursor;
	PeriodRun	run;

	if (view->form == ACTIVITY_EMPTY || ordinal < view->first)
		return false;
	if (view->form == ACTIVITY_BITMAP)
	{
		/* (an ordinal may be anything, as far as that is known here) */
		uint64		bit = (uint64) ordinal - (uint64) view->first;

		return bit < bitmap_bits(view) && (view->body[bit >> 3] >> (bit & 7) & 1) != 0;
	}
	engage_activity_rewind(&cursor, view);
	return find_run(&cursor, ordinal, &run) && run.first <= ordinal;
}

bool
engage_activity_next(const ActivityView *view, int64 ordinal, int64 *result)
{
	ActivityCursor cursor;
	PeriodRun	run;

	if (view->form == ACTIVITY_EMPTY)
		return false;
	engage_activity_rewind(&cursor, view);
	if (view->form == ACTIVITY_BITMAP && ordinal > view->first)
	{
		uint64		bit = (uint64) ordinal - (uint64) view->first;

		if (bit >= bitmap_bits(view))
			return false;
		cursor.next = bit;
	}
	if (!find_run(&cursor, ordinal, &run))
		return false;
	*result = Max(run.first, ordinal);
	return true;
}

static int64
count_bits(const ActivityView *view, int64 first, int64 last)
{
	int64		count = 0;

	for (int64 bit = first & ~INT64CONST(7); bit <= last; bit += 64)
	{
		uint64		bits = load_bits(view->body + (bit >> 3), view->end);

		check_interrupts_at(bit >> 6);
		if (bit < first)
			bits &= ~UINT64CONST(0) << (first - bit);
		if (last - bit < 63)
			bits &= ~(~UINT64CONST(0) << (last - bit + 1));
		count += pg_popcount64(bits);
	}
	return count;
}

int64
engage_activity_count(const ActivityView *view, int64 first, int64 last)
{
	ActivityCursor cursor;
	PeriodRun	run;
	int64		count = 0;

	if (view->form == ACTIVITY_EMPTY || last < view->first || last < first)
		return 0;
	first = Max(first, view->first);
	if (view->form == ACTIVITY_BITMAP)
	{
		last = Min(last, view->first + bitmap_bits(view) - 1);
		return first > last ? 0 : count_bits(view, first - view->first, last - view->first);
	}
	engage_activity_rewind(&cursor, view);
	for (int64 i = 1; engage_activity_next_run(&cursor, &run) && run.first <= last; i++)
	{
		check_interrupts_at(i);
		if (run.last >= first)
			count += Min(run.last, last) - Max(run.first, first) + 1;
	}
	return count;
}

/* ----------------------------------------------------------------- making */

void
engage_run_list_init(RunList *list)
{
	list->runs = list->first_runs;
	list->n = 0;
	list->capacity = lengthof(list->first_runs);
}

void
engage_run_list_grow(RunList *list)
{
	Size		size = mul_size(list->capacity * 2, sizeof(PeriodRun));

	if (list->runs == list->first_runs)
	{
		list->runs = MemoryContextAllocHuge(CurrentMemoryContext, size);
		memcpy(list->runs, list->first_runs, sizeof(list->first_runs));
	}
	else
		list->runs = repalloc_huge(list->runs, size);
	list->capacity *= 2;
}

static void
fill_bits(uint8 *bitmap, int64 first, int64 last)
{
	int64		first_byte = first >> 3;
	int64		last_byte = last >> 3;
	uint8		from = 0xff << (first & 7);
	uint8		to = 0xff >> (7 - (last & 7));

	if (first_byte == last_byte)
	{
		bitmap[first_byte] |= from & to;
		return;
	}
	bitmap[first_byte] |= from;
	memset(bitmap + first_byte + 1, 0xff, last_byte - first_byte - 1);
	bitmap[last_byte] |= to;
}

/* The length of the runs' form, or something above the limit */
static int64
coded_length(const RunList *list, int64 limit)
{
	int64		length = varint_length(list->runs[0].last - list->runs[0].first);

	for (int64 i = 1; i < list->n && length <= limit; i++)
	{
		const PeriodRun *run = &list->runs[i];

		check_interrupts_at(i);
		length += varint_length((run->first - run[-1].last - 2) * 2);
		if (run->last > run->first)
			length += varint_length(run->last - run->first - 1);
	}
	return length;
}

static uint8 *
put_runs(uint8 *pos, const RunList *list)
{
	pos = varint_write(pos, list->runs[0].last - list->runs[0].first);
	for (int64 i = 1; i < list->n; i++)
	{
		const PeriodRun *run = &list->runs[i];
		bool		is_long = run->last > run->first;

		check_interrupts_at(i);
		pos = varint_write(pos, (run->first - run[-1].last - 2) * 2 + is_long);
		if (is_long)
			pos = varint_write(pos, run->last - run->first - 1);
	}
	return pos;
}

/*
 * (A bitmap of all hours of all times takes 0.3 GB, so that no value reaches
 * the limit of 1 GB.)
 */
struct varlena *
engage_activity_make(PeriodUnit unit, const RunList *list)
{
	ActivityForm form = ACTIVITY_EMPTY;
	int64		bitmap_length = 0;
	int64		body_length = 0;
	uint64		first = 0;
	Size		size = VARHDRSZ + 2;
	struct varlena *activity;
	uint8	   *pos;

	if (list->n > 0)
	{
		first = zigzag(list->runs[0].first);
		bitmap_length = (list->runs[list->n - 1].last - list->runs[0].first) / BITS_PER_BYTE + 1;
		body_length = coded_length(list, bitmap_length);
		form = body_length < bitmap_length ? ACTIVITY_RUNS : ACTIVITY_BITMAP;
		body_length = Min(body_length, bitmap_length);
		size += varint_length(first) + body_length;
	}

	activity = palloc(size);
	SET_VARSIZE(activity, size);
	pos = (uint8 *) VARDATA(activity);
	*pos++ = ACTIVITY_VERSION;
	*pos++ = form << 4 | unit;
	if (form == ACTIVITY_EMPTY)
		return activity;
	pos = varint_write(pos, first);
	if (form == ACTIVITY_RUNS)
		pos = put_runs(pos, list);
	else
	{
		memset(pos, 0, body_length);
		for (int64 i = 0; i < list->n; i++)
		{
			check_interrupts_at(i);
			fill_bits(pos, list->runs[i].first - list->runs[0].first,
					  list->runs[i].last - list->runs[0].first);
		}
		pos += body_length;
	}
	Assert(pos == (uint8 *) activity + size);
	return activity;
}

void
engage_activity_union(RunList *list, const ActivityView *a, const ActivityView *b)
{
	ActivityCursor cursor[2];
	PeriodRun	run[2];
	bool		more[2];

	engage_activity_rewind(&cursor[0], a);
	engage_activity_rewind(&cursor[1], b);
	for (int i = 0; i < 2; i++)
		more[i] = engage_activity_next_run(&cursor[i], &run[i]);
	for (int64 n = 1; more[0] || more[1]; n++)
	{
		int			i = !more[0] || (more[1] && run[1].first < run[0].first);

		check_interrupts_at(n);
		engage_run_list_add(list, run[i].first, run[i].last);
		more[i] = engage_activity_next_run(&cursor[i], &run[i]);
	}
}

void
engage_activity_intersect(RunList *list, const ActivityView *a, const ActivityView *b)
{
	ActivityCursor cursor[2];
	PeriodRun	run[2];
	bool		more;

	engage_activity_rewind(&cursor[0], a);
	engage_activity_rewind(&cursor[1], b);
	more = engage_activity_next_run(&cursor[0], &run[0]) &&
		engage_activity_next_run(&cursor[1], &run[1]);
	for (int64 n = 1; more; n++)
	{
		int64		first = Max(run[0].first, run[1].first);
		int64		last = Min(run[0].last, run[1].last);
		int			i = run[1].last < run[0].last;

		check_interrupts_at(n);
		if (first <= last)
			engage_run_list_add(list, first, last);
		more = engage_activity_next_run(&cursor[i], &run[i]);
	}
}

void
engage_activity_subtract(RunList *list, const ActivityView *a, const ActivityView *b)
{
	ActivityCursor from;
	ActivityCursor hole;
	PeriodRun	run;
	PeriodRun	without = {0, 0};
	bool		has_hole;

	engage_activity_rewind(&from, a);
	engage_activity_rewind(&hole, b);
	has_hole = engage_activity_next_run(&hole, &without);
	for (int64 n = 1; engage_activity_next_run(&from, &run); n++)
	{
		check_interrupts_at(n);
		while (has_hole && without.first <= run.last)
		{
			check_interrupts_at(n++);
			if (without.last >= run.first)
			{
				if (without.first > run.first)
					engage_run_list_add(list, run.first, without.first - 1);
				run.first = without.last + 1;
				if (run.first > run.last)
					break;		/* the hole may reach into the next run */
			}
			has_hole = engage_activity_next_run(&hole, &without);
		}
		if (run.first <= run.last)
			engage_run_list_add(list, run.first, run.last);
	}
}

/* ------------------------------------------------------------- validation */

/*
 * Read the runs that bytes are said to hold.  Every number is checked before
 * it is added to another.
 */
static const char *
collect_coded_runs(ActivityView *view, RunList *list)
{
	const uint8 *pos = view->body;
	int64		max = engage_period_max(view->unit);
	int64		next = view->first;

	for (int64 i = 0; i == 0 || pos < view->end; i++)
	{
		uint64		gap = 0;
		uint64		more = 0;

		check_interrupts_at(i + 1);
		pos = get_number(pos, view->end, i == 0 ? &more : &gap);
		if (pos != NULL && (gap & 1) != 0)
		{
			pos = get_number(pos, view->end, &more);
			if (more < PG_INT64_MAX)
				more++;
		}
		if (pos == NULL)
			return "A run of periods is not well formed.";
		if (next > max || gap >> 1 > max - next || more > max - next - (gap >> 1))
			return "A period is out of range.";
		next += gap >> 1;
		engage_run_list_add(list, next, next + more);
		next += more + 2;
	}
	return NULL;
}

static const char *
collect_bits(ActivityView *view, RunList *list)
{
	ActivityCursor cursor;
	PeriodRun	run;

	if (view->body == view->end || (view->body[0] & 1) == 0 || view->end[-1] == 0)
		return "A bitmap begins and ends with an active period.";
	if (engage_activity_last(view) > engage_period_max(view->unit))
		return "A period is out of range.";
	engage_activity_rewind(&cursor, view);
	while (engage_activity_next_run(&cursor, &run))
		engage_run_list_add(list, run.first, run.last);
	return NULL;
}

const char *
engage_activity_fault(const uint8 *data, size_t length)
{
	ActivityView view;
	RunList		list;
	uint64		first;
	const char *fault;
	struct varlena *again;
	bool		is_canonical;

	if (length < 2)
		return "It is too short.";
	if (data[0] != ACTIVITY_VERSION)
		return "Its format version is unknown.";
	view.unit = data[1] & 0xf;
	view.form = data[1] >> 4;
	if (view.unit >= PERIOD_UNITS)
		return "Its unit is unknown.";
	if (view.form > ACTIVITY_RUNS)
		return "Its form is unknown.";
	if (view.form == ACTIVITY_EMPTY)
		return length == 2 ? NULL : "An empty one has nothing more.";
	view.end = data + length;
	view.body = get_number(data + 2, view.end, &first);
	if (view.body == NULL)
		return "Its first period is not well formed.";
	view.first = unzigzag(first);
	if (!engage_period_is_valid(view.unit, view.first))
		return "A period is out of range.";

	engage_run_list_init(&list);
	fault = view.form == ACTIVITY_RUNS ? collect_coded_runs(&view, &list) :
		collect_bits(&view, &list);
	if (fault != NULL)
		return fault;
	/* there is one form of each set */
	again = engage_activity_make(view.unit, &list);
	is_canonical = VARSIZE(again) - VARHDRSZ == length &&
		memcmp(VARDATA(again), data, length) == 0;
	pfree(again);
	return is_canonical ? NULL : "It is not in the smaller one of its two forms.";
}

/* -------------------------------------------------------------- questions */

int64
engage_activity_streak(const ActivityView *view, int64 ordinal)
{
	ActivityCursor cursor;
	PeriodRun	run;

	engage_activity_rewind(&cursor, view);
	if (!find_run(&cursor, ordinal, &run) || run.first > ordinal)
		return 0;
	return ordinal - run.first + 1;
}

int64
engage_activity_longest_streak(const ActivityView *view)
{
	ActivityCursor cursor;
	PeriodRun	run;
	int64		longest = 0;

	engage_activity_rewind(&cursor, view);
	for (int64 i = 1; engage_activity_next_run(&cursor, &run); i++)
	{
		check_interrupts_at(i);
		longest = Max(longest, run.last - run.first + 1);
	}
	return longest;
}

LifecycleStage
engage_activity_lifecycle(const ActivityView *view, int64 ordinal)
{
	if (view->form == ACTIVITY_EMPTY || ordinal < view->first)
		return LIFECYCLE_NONE;
	if (ordinal == view->first)
		return LIFECYCLE_NEW;
	if (engage_activity_has(view, ordinal - 1))
		return engage_activity_has(view, ordinal) ? LIFECYCLE_RETURNING : LIFECYCLE_DORMANT;
	return engage_activity_has(view, ordinal) ? LIFECYCLE_RESURRECTING : LIFECYCLE_NONE;
}
