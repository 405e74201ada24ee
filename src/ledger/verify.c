/*-------------------------------------------------------------------------
 *
 * verify.c
 *	  engage.ledger_verify()
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "common/errors.h"
#include "executor/spi.h"
#include "ledger/calendar.h"
#include "ledger/verify_rows.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* ----------------------------------------------------------------
 *		what does not go by member
 * ---------------------------------------------------------------- */

static void
run_query(Verification *run, const char *sql)
{
	StringInfoData text;
	const char *schema = quote_identifier(NameStr(run->ledger->name));
	const char *found;

	initStringInfo(&text);
	while ((found = strstr(sql, "@ledger@")) != NULL)
	{
		appendBinaryStringInfo(&text, sql, found - sql);
		appendStringInfoString(&text, schema);
		sql = found + strlen("@ledger@");
	}
	appendStringInfoString(&text, sql);
	if (SPI_execute(text.data, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "cannot run \"%s\"", text.data);
	pfree(text.data);
}

/*
 * Findings by SQL: member, seq, place, expected, found.
 */
static const struct
{
	VerifyCheck check;
	const char *sql;
}			queries[] = {
	{CHECK_ORPHANS,
		"SELECT n.member::text, n.seq, 'entry_note without entry', 'an entry of this seq', NULL"
		" FROM @ledger@.entry_note n WHERE NOT EXISTS (SELECT FROM @ledger@.entry e"
		" WHERE e.member = n.member AND e.seq = n.seq)"
		" ORDER BY n.member, n.seq"},
	{CHECK_ORPHANS,
		"SELECT r.member::text, r.seq, 'refusal without account', 'an account', r.kind || ' ' || r.key"
		" FROM @ledger@.refusal r WHERE NOT EXISTS (SELECT FROM @ledger@.account a WHERE a.member = r.member)"
		" ORDER BY r.member, r.kind, r.key"},
	{CHECK_KEYS,
		"SELECT r.member::text, e.seq, 'entry.key, refused before', 'another key', r.key"
		" FROM @ledger@.refusal r JOIN @ledger@.entry e ON e.member = r.member AND e.kind = r.kind AND e.key = r.key"
		" ORDER BY r.member, e.seq"},
	{CHECK_CHAIN,
		"SELECT n.member::text, n.seq, 'entry_note.note', pg_catalog.encode(e.note_hash, 'hex'),"
		" pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(n.note, 'UTF8')), 'hex')"
		" FROM @ledger@.entry_note n JOIN @ledger@.entry e ON e.member = n.member AND e.seq = n.seq"
		" WHERE e.note_hash IS DISTINCT FROM pg_catalog.sha256(pg_catalog.convert_to(n.note, 'UTF8'))"
		" ORDER BY n.member, n.seq"},
	{CHECK_CHAIN,
		"SELECT NULL, NULL, pg_catalog.format('point_value.hash of %s', x.valid_from),"
		" pg_catalog.encode(x.computed, 'hex'), pg_catalog.encode(x.hash, 'hex') FROM (SELECT p.valid_from, p.hash,"
		" pg_catalog.sha256(COALESCE(pg_catalog.lag(p.hash) OVER (ORDER BY p.valid_from),"
		" pg_catalog.decode(pg_catalog.repeat('00', 32), 'hex')) || pg_catalog.timestamptz_send(p.valid_from)"
		" || pg_catalog.convert_to(pg_catalog.concat_ws(' ', p.face_value, p.cost_value, p.currency,"
		" p.expected_redemption_pct), 'UTF8')) AS computed FROM @ledger@.point_value p) x"
		" WHERE x.hash <> x.computed ORDER BY x.valid_from"},
	{CHECK_CHAIN,
		"SELECT NULL, NULL, 'ledger_meta.value_head', pg_catalog.encode(x.head, 'hex'), pg_catalog.encode(m.value_head, 'hex')"
		" FROM @ledger@.ledger_meta m, (SELECT COALESCE((SELECT p.hash FROM @ledger@.point_value p"
		" ORDER BY p.valid_from DESC LIMIT 1), pg_catalog.decode(pg_catalog.repeat('00', 32), 'hex')) AS head) x"
		" WHERE m.value_head <> x.head"},
	{CHECK_CLOSED_PERIOD,
		"SELECT NULL, NULL, 'ledger_meta.closed_until', x.latest::text, m.closed_until::text"
		" FROM @ledger@.ledger_meta m, (SELECT coalesce(max(p.closed_until), '-infinity') AS latest"
		" FROM @ledger@.period_close p) x WHERE m.closed_until <> x.latest"},
	{CHECK_BUDGETS,
		"SELECT NULL, NULL, pg_catalog.format('campaign_budget.issued of %I, slot %s', b.campaign, b.slot),"
		" pg_catalog.format('0 to %s', b.allotted), b.issued::text"
		" FROM @ledger@.campaign_budget b WHERE b.issued NOT BETWEEN 0 AND b.allotted"
		" ORDER BY b.campaign, b.slot"}
};

static char *
query_text(uint64 row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
}

static void
verify_by_queries(Verification *run)
{
	for (int i = 0; i < lengthof(queries); i++)
	{
		if (!verify_wants(&run->v, queries[i].check))
			continue;
		run_query(run, queries[i].sql);
		for (uint64 row = 0; row < SPI_processed; row++)
		{
			/* (each finding empties it) */
			MemoryContext old = MemoryContextSwitchTo(run->v.finding_context);
			char	   *seq = query_text(row, 2);

			CHECK_FOR_INTERRUPTS();
			run->v.member = query_text(row, 1);
			engage_verify_report(&run->v, queries[i].check,
								 seq == NULL ? 0 : strtoi64(seq, NULL, 10), 0,
								 query_text(row, 3), query_text(row, 4),
								 query_text(row, 5));
			MemoryContextSwitchTo(old);
		}
		SPI_freetuptable(SPI_tuptable);
	}
}

/* A numeric that is a sum of bigints */
static int128
int128_of(const char *digits)
{
	int128		value = 0;
	bool		negative = *digits == '-';

	for (digits += negative; *digits >= '0' && *digits <= '9'; digits++)
		value = value * 10 + (*digits - '0');
	return negative ? -value : value;
}

static void
verify_campaigns(Verification *run)
{
	run_query(run,
			  "SELECT coalesce(c.campaign, b.campaign), c.budget, coalesce(b.allotted, 0), coalesce(b.issued, 0), b.campaign IS NOT NULL"
			  " FROM @ledger@.campaign c FULL JOIN"
			  " (SELECT s.campaign, sum(s.allotted) AS allotted, sum(s.issued) AS issued"
			  " FROM @ledger@.campaign_budget s GROUP BY s.campaign) b ON b.campaign = c.campaign"
			  " ORDER BY 1");
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		char	   *budget = query_text(row, 2);

		engage_verify_campaign(&run->v, query_text(row, 1), budget != NULL,
							   budget == NULL ? 0 : strtoi64(budget, NULL, 10),
							   *query_text(row, 5) == 't',
							   int128_of(query_text(row, 3)),
							   int128_of(query_text(row, 4)));
	}
	SPI_freetuptable(SPI_tuptable);
}

static TimestampTz
inactive_after(void *arg, TimestampTz activity)
{
	const LedgerSettings *settings = &((Verification *) arg)->ledger->settings;

	return engage_zone_add(activity, settings->expires_inactive, settings->time_zone);
}

static void
load_periods(Verification *run)
{
	run_query(run, "SELECT p.closed_until, min(p.closed_at) OVER (ORDER BY p.closed_until DESC)"
			  " FROM @ledger@.period_close p ORDER BY 1");
	if (SPI_gettypeid(SPI_tuptable->tupdesc, 1) != TIMESTAMPTZOID ||
		SPI_gettypeid(SPI_tuptable->tupdesc, 2) != TIMESTAMPTZOID)
		ereport(ERROR,
				(errcode(ERRCODE_ENGAGE_LEDGER_FORMAT),
				 errmsg("table \"%s.period_close\" has columns of other types",
						NameStr(run->ledger->name))));
	run->v.nperiods = SPI_processed;
	run->v.periods = MemoryContextAllocHuge(run->context,
											Max(SPI_processed, 1) * sizeof(VerifyPeriod));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		bool		isnull;

		run->v.periods[row].closed_until =
			DatumGetTimestampTz(SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 1, &isnull));
		run->v.periods[row].closed_at =
			DatumGetTimestampTz(SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 2, &isnull));
	}
	SPI_freetuptable(SPI_tuptable);
}

/* How account.inactive_at follows from what a member does */
static void
load_inactivity(Verification *run)
{
	bool		isnull;

	run_query(run, "SELECT m.inactivity_since, m.inactivity_latest FROM @ledger@.ledger_meta m");
	run->v.inactivity_since =
		DatumGetTimestampTz(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	run->v.inactivity_latest =
		DatumGetTimestampTz(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull));
	SPI_freetuptable(SPI_tuptable);
	run->v.clock = engage_ledger_clock(run->ledger);
	if (run->ledger->settings.expires_inactive != NULL)
		run->v.inactive_after = inactive_after;
	run->v.inactive_arg = run;
}

/* What is tallied even without tiers, and what counts for tiers */
static void
load_sources(Verification *run)
{
	run_query(run,
			  "SELECT s.source, s.is_tallied, s.qualifying, EXISTS (SELECT FROM @ledger@.tier) FROM ("
			  "SELECT 'rule:' || r.rule, num_nonnulls(r.cap_day, r.cap_month, r.cap_lifetime,"
			  " r.max_awards_day, r.max_awards_month, r.max_awards_lifetime) > 0, r.qualifying"
			  " FROM @ledger@.earn_rule r"
			  " UNION ALL SELECT 'campaign:' || c.campaign, c.member_cap IS NOT NULL, NULL"
			  " FROM @ledger@.campaign c"
			  " UNION ALL SELECT 'earn', false, true) s(source, is_tallied, qualifying)"
			  " ORDER BY s.source COLLATE \"C\"");
	run->v.sources = MemoryContextAllocHuge(run->context,
											Max(SPI_processed, 1) * sizeof(VerifySource));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		VerifySource *source = &run->v.sources[run->v.nsources++];
		char	   *qualifying = query_text(row, 3);

		source->source = MemoryContextStrdup(run->context, query_text(row, 1));
		source->is_tallied = *query_text(row, 2) == 't';
		source->qualifying = qualifying == NULL || *qualifying == 't';
		run->v.has_tiers = *query_text(row, 4) == 't';
	}
	SPI_freetuptable(SPI_tuptable);
}

/* ----------------------------------------------------------------
 *		results
 * ---------------------------------------------------------------- */

static void
put_finding(void *arg, const VerifyFinding *finding)
{
	Verification *run = arg;
	const VerifyCheckName *check = &engage_verify_checks[finding->check];
	Datum		values[8];
	bool		nulls[8] = {false};

	values[0] = CStringGetTextDatum(check->name);
	values[1] = CStringGetTextDatum(check->invariant);
	values[2] = finding->member == NULL ? (Datum) 0 : CStringGetTextDatum(finding->member);
	nulls[2] = finding->member == NULL;
	values[3] = Int64GetDatum(finding->seq);
	nulls[3] = finding->seq == 0;
	values[4] = Int64GetDatum(finding->lot_no);
	nulls[4] = finding->lot_no == 0;
	values[5] = CStringGetTextDatum(finding->place);
	values[6] = finding->expected == NULL ? (Datum) 0 : CStringGetTextDatum(finding->expected);
	nulls[6] = finding->expected == NULL;
	values[7] = finding->found == NULL ? (Datum) 0 : CStringGetTextDatum(finding->found);
	nulls[7] = finding->found == NULL;
	engage_put_row(&run->result, values, nulls);
}

/* Times in UTC, whatever the session's zone */
static char *
show_time(TimestampTz time)
{
	char		text[MAXDATELEN + 1];
	struct pg_tm tm;
	fsec_t		fsec;

	if (TIMESTAMP_NOT_FINITE(time))
		EncodeSpecialTimestamp(time, text);
	else if (timestamp2tm(time, NULL, &tm, &fsec, NULL, NULL) == 0)
	{
		tm.tm_isdst = 0;		/* otherwise the zone is left out */
		EncodeDateTime(&tm, fsec, true, 0, NULL, USE_ISO_DATES, text);
	}
	else
		snprintf(text, sizeof(text), INT64_FORMAT " us", time);
	return pstrdup(text);
}

static char *
show_day(int32 day)
{
	int			year;
	int			month;
	int			day_of_month;

	engage_date_split(day, &year, &month, &day_of_month);
	return psprintf("%04d-%02d-%02d", year, month, day_of_month);
}

static int32
day_of(void *arg, TimestampTz time)
{
	return engage_zone_date(time, ((Verification *) arg)->ledger->settings.time_zone);
}

static void
record_run(Verification *run, TimestampTz started, const char *checks)
{
	static const LedgerStatement insert_run = {
		"INSERT INTO @ledger@.job_run"
		" (job, started_at, finished_at, members, entries, findings, detail)"
		" VALUES ('ledger_verify', $1, $2, $3, $4, $5, $6)",
		"timestamptz timestamptz bigint bigint bigint text"
	};
	Datum		values[6] = {
		TimestampTzGetDatum(started),
		TimestampTzGetDatum(GetCurrentTimestamp()),
		Int64GetDatum(run->v.members),
		Int64GetDatum(run->v.total_entries),
		Int64GetDatum(run->v.findings),
		CStringGetTextDatum(checks)
	};
	GuardMark	mark;

	if (XactReadOnly || RecoveryInProgress())
		return;
	mark = engage_guard_allow(run->ledger);
	PG_TRY();
	{
		engage_guard_pin_path();
		SPI_execute_plan(engage_ledger_plan(run->ledger, &insert_run), values,
						 NULL, false, 0);
	}
	PG_FINALLY();
	{
		engage_guard_restore(mark);
	}
	PG_END_TRY();
}

static VerifySet
checks_of_array(ArrayType *array)
{
	VerifySet	checks = 0;
	Datum	   *names;
	bool	   *nulls;
	int			nnames;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls, &nnames);
	for (int i = 0; i < nnames; i++)
	{
		const char *name = nulls[i] ? "NULL" : TextDatumGetCString(names[i]);
		int			check = nulls[i] ? -1 : engage_verify_check(name);

		if (check < 0)
		{
			StringInfoData list;

			initStringInfo(&list);
			for (int j = 0; j < VERIFY_CHECKS; j++)
				appendStringInfo(&list, "%s%s", j > 0 ? ", " : "", engage_verify_checks[j].name);
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("there is no check \"%s\"", name),
					 errhint("The checks are: %s.", list.data)));
		}
		checks |= VERIFY_ONLY(check);
	}
	if (checks == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no check is asked for"),
				 errhint("Leave the argument out for all checks.")));
	return checks;
}

static char *
names_of_checks(VerifySet checks)
{
	StringInfoData list;

	if (checks == VERIFY_ALL)
		return pstrdup("all checks");
	initStringInfo(&list);
	for (int i = 0; i < VERIFY_CHECKS; i++)
		if ((checks & VERIFY_ONLY(i)) != 0)
			appendStringInfo(&list, "%s%s", list.len > 0 ? ", " : "", engage_verify_checks[i].name);
	return list.data;
}

/*
 * The caller sees what is in the tables, so he must be allowed to read them; of
 * remarks, which may be personal, he sees hashes only.
 */
static void
check_may_read(const Ledger *ledger)
{
	for (int i = 0; i < LEDGER_TABLES; i++)
		if (i != TABLE_ENTRY_NOTE &&
			pg_class_aclcheck(ledger->tables[i].relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
			aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE,
						   psprintf("%s.%s", NameStr(ledger->name),
									get_rel_name(ledger->tables[i].relid)));
}

static void
set_option(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

static void
verify(Verification *run)
{
	TimestampTz started = GetCurrentTimestamp();
	int			guc_level = NewGUCNestLevel();

	/* names, operators and forms are the server's, whatever the caller set */
	set_option("search_path", "pg_catalog, pg_temp");
	set_option("timezone", "UTC");
	set_option("datestyle", "ISO, MDY");
	set_option("work_mem", psprintf("%d", Max(work_mem, maintenance_work_mem)));
	set_option("enable_indexscan", "off");
	set_option("enable_bitmapscan", "off");
	SPI_connect();

	engage_verify_init(&run->v, run->context);
	PG_TRY();
	{
		if (verify_wants(&run->v, CHECK_CLOSED_PERIOD))
			load_periods(run);
		if (verify_wants(&run->v, CHECK_TIERS))
			load_sources(run);
		if (verify_wants(&run->v, CHECK_REPLAY))
			load_inactivity(run);
		engage_verify_rows(run);
		if (verify_wants(&run->v, CHECK_HOUSE))
			engage_verify_ledger(&run->v);
		/* single rows are looked up in large tables from here on */
		set_option("enable_indexscan", "on");
		verify_by_queries(run);
		if (verify_wants(&run->v, CHECK_BUDGETS))
			verify_campaigns(run);
	}
	PG_FINALLY();
	{
		engage_verify_done(&run->v);
	}
	PG_END_TRY();
	record_run(run, started, names_of_checks(run->v.checks));

	SPI_finish();
	AtEOXact_GUC(true, guc_level);
}

static void
verify_as_owner(Verification *run)
{
	RunAsOwner	saved = engage_run_as_owner(run->ledger);

	PG_TRY();
	{
		/* (the owner's own policies may be forced upon him) */
		engage_ledger_refuse_rls(run->ledger);
		verify(run);
	}
	PG_FINALLY();
	{
		engage_run_as_caller(saved);
	}
	PG_END_TRY();
}

/* engage.ledger_verify(ledger, checks) */
PG_FUNCTION_INFO_V1(engage_ledger_verify);
Datum
engage_ledger_verify(PG_FUNCTION_ARGS)
{
	Verification *run = palloc0(sizeof(Verification));

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("ledger must not be NULL")));
	run->context = CurrentMemoryContext;
	run->result = engage_begin_rows(fcinfo);
	run->v.checks = PG_ARGISNULL(1) ? VERIFY_ALL : checks_of_array(PG_GETARG_ARRAYTYPE_P(1));
	run->v.report = put_finding;
	run->v.report_arg = run;
	run->v.show_time = show_time;
	run->v.show_day = show_day;
	run->v.day_of = day_of;
	run->v.day_arg = run;

	run->ledger = engage_ledger_open(text_to_cstring(PG_GETARG_TEXT_PP(0)), LEDGER_MAINTAIN);
	PG_TRY();
	{
		check_may_read(run->ledger);
		engage_ledger_refuse_rls(run->ledger);
		verify_as_owner(run);
	}
	PG_FINALLY();
	{
		engage_ledger_close(run->ledger);
	}
	PG_END_TRY();
	return (Datum) 0;
}
