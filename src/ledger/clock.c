/*-------------------------------------------------------------------------
 *
 * clock.c
 *	  What time it is for a ledger.
 *
 * engage.now moves the clock of ledgers made with test_clock => true, for
 * tests and demonstrations.  Anywhere else it is an error, lest somebody
 * believes he has tested an expiry.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/errors.h"
#include "fmgr.h"
#include "ledger/clock.h"
#include "ledger/ledger.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

static char *engage_now;

/* The instant of a setting; "extra" carries it to the assign hook. */
static bool
check_now(char **newval, void **extra, GucSource source)
{
	TimestampTz *instant;
	volatile bool ok = false;
	volatile TimestampTz value = 0;
	MemoryContext context = CurrentMemoryContext;

	if (*newval == NULL || **newval == '\0')
		return true;

	PG_TRY();
	{
		value = DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in,
														CStringGetDatum(*newval),
														ObjectIdGetDatum(InvalidOid),
														Int32GetDatum(-1)));
		ok = true;
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		FlushErrorState();
	}
	PG_END_TRY();
	if (!ok || TIMESTAMP_NOT_FINITE(value))
	{
		GUC_check_errdetail("engage.now is empty or a finite point in time, for example '2026-07-01 00:00:00+00'.");
		return false;
	}
	instant = guc_malloc(LOG, sizeof(TimestampTz));
	if (instant == NULL)
		return false;
	*instant = value;
	*extra = instant;
	return true;
}

static TimestampTz *now_instant;

static void
assign_now(const char *newval, void *extra)
{
	now_instant = extra;
}

void
engage_define_clock(void)
{
	DefineCustomStringVariable("engage.now",
							   "The time of ledgers made with test_clock => true.",
							   "Empty: the real time.",
							   &engage_now, "", PGC_SUSET, 0,
							   check_now, assign_now, NULL);
}

TimestampTz
engage_ledger_clock(const Ledger *ledger)
{
	if (now_instant == NULL)
		return GetCurrentTimestamp();
	if (!ledger->settings.test_clock)
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_TEST_CLOCK),
				 errmsg("engage.now is set, but ledger \"%s\" keeps real time",
						NameStr(ledger->name)),
				 errhint("RESET engage.now; only ledgers made with engage.ledger_create(..., test_clock => true) follow it.")));
	return *now_instant;
}
