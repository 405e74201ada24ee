/*-------------------------------------------------------------------------
 *
 * population.h
 *	  What the summaries of everybody's active periods share: from activities
 *	  and raw rows to cells of tallies, and rows by period.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_POPULATION_H
#define ENGAGE_POPULATION_H

#include "behaviour/activity.h"
#include "behaviour/periods.h"
#include "behaviour/retention_core.h"
#include "behaviour/tally.h"
#include "common/event_args.h"

/*
 * Ordinals in cells: those of hours reach the year 124000.  The distance of two
 * is a number of a cell, too.
 */
#define PERIOD_CELL_LIMIT	(1 << 30)

/* Can a number of a cell, and one so much later, be the period of anything? */
extern bool engage_is_period_cell(int64 unit, int64 ordinal, int64 distance);

/* The runs of an argument that is not NULL; the list is good until the next row. */
extern PeriodUnit engage_activity_runs_arg(FunctionCallInfo fcinfo, int argno, RunList *list);

/* A CountCells whose target is a Tally */
extern void engage_tally_count(void *tally, int kind, int64 row, int64 first, int64 last);

/* The state as it is, of a row that is to be skipped */
extern Datum engage_skipped_row(FunctionCallInfo fcinfo);

/* Error, if there are too many rows to want them all. */
extern void engage_check_row_count(const char *function, double nrows);

/* The cells of one kind, in order */
typedef struct CellSlice
{
	const TallyCell *at;
	const TallyCell *end;
} CellSlice;

extern CellSlice engage_cells_of_kind(const TallyCell *cells, int64 ncells, int kind);

/* The count of a cell, asked for in ascending order; 0 if there is none. */
extern int64 engage_take_cell(CellSlice *slice, int32 a, int32 b);

/* --------------------------------------------------------------- raw rows */

/*
 * The state of an aggregate over everybody's rows.  Of an event the ordinal of
 * its period is kept as its time; or, if periods are rolling, its real time.
 */
typedef struct PeriodRows
{
	EventStore *store;
	PeriodUnit	unit;
	bool		is_rolling;
	bool		is_zoned;
	ZoneClock	clock;			/* of rolling ones with a zone: where they begin */
	void	   *question;		/* the caller's */
} PeriodRows;

/* A call site; the first member of the caller's. */
typedef struct PeriodRowsSite
{
	EventArgs	events;
	PeriodArgs	periods;
	int			unit_argno;		/* 0: the unit is the day */
	int			zone_argno;		/* 0: times are taken as they stand */
	bool		is_ready;
} PeriodRowsSite;

/*
 * Arguments are (internal, customer, ts, ...).  False if one of the four is
 * NULL, and the row to be skipped.
 */
extern bool engage_period_rows_begin(FunctionCallInfo fcinfo, PeriodRowsSite *site,
									 int unit_argno, int zone_argno);
/* The state with this row in it, made if there is none yet */
extern PeriodRows *engage_period_rows_add(FunctionCallInfo fcinfo, PeriodRowsSite *site,
										  bool is_rolling, bool *is_new);

typedef struct PeriodRowsReader
{
	PeriodRows *rows;
	EventReader *reader;
	RunList		list;			/* the periods of one customer */
	int64		nread;
} PeriodRowsReader;

extern void engage_period_rows_open(PeriodRowsReader *reader, PeriodRows *rows);
extern bool engage_period_rows_next(PeriodRowsReader *reader);

#endif							/* ENGAGE_POPULATION_H */
