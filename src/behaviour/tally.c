/*-------------------------------------------------------------------------
 *
 * tally.c
 *	  Counts by small whole numbers: state, merging and the stored form.
 *
 * Stored, after the varlena header, in varints (signed numbers in zigzag):
 * version, parameters, number of names, names (length, bytes), number of cells,
 * and of each cell kind, numbers and count.  Names that are not fixed are in
 * the order of their bytes and all used; cells are in order and not 0.  So the
 * same counts are the same bytes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/tally.h"
#include "common/errors.h"
#include "common/int.h"
#include "common/hash_mix.h"
#include "common/interrupts.h"
#include "common/text_scan.h"
#include "common/varint.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define TALLY_VERSION	1
#define TALLY_MAGIC		0x7a11e

static inline uint32
hash_key(TallyKey key)
{
	uint64		low = (uint64) (uint32) key.a << 32 | (uint32) key.b;
	uint64		high = (uint64) (uint32) key.kind << 32 | (uint32) key.c;

	return hash_mix(low ^ high * UINT64CONST(0x9e3779b97f4a7c15));
}

static inline bool
same_key(TallyKey a, TallyKey b)
{
	return a.kind == b.kind && a.a == b.a && a.b == b.b && a.c == b.c;
}

#define SH_PREFIX		tally
#define SH_ELEMENT_TYPE	TallyCell
#define SH_KEY_TYPE		TallyKey
#define SH_KEY			key
#define SH_HASH_KEY(tb, key) hash_key(key)
#define SH_EQUAL(tb, a, b) same_key(a, b)
#define SH_SCOPE		static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static Size tally_flat_size(ExpandedObjectHeader *eohptr);
static void tally_flatten(ExpandedObjectHeader *eohptr, void *result, Size allocated_size);

static const ExpandedObjectMethods tally_methods = {tally_flat_size, tally_flatten};

/* ---------------------------------------------------------------- the state */

Tally *
engage_tally_create(const TallyType *type, MemoryContext parent, const int64 *params,
					const EventName *fixed_names, int nfixed_names)
{
	MemoryContext context = AllocSetContextCreate(parent, "engage tally", ALLOCSET_START_SMALL_SIZES);
	Tally	   *tally = MemoryContextAllocZero(context, sizeof(Tally));

	EOH_init_header(&tally->hdr, &tally_methods, context);
	tally->magic = TALLY_MAGIC;
	tally->type = type;
	tally->context = context;
	memcpy(tally->params, params, type->nparams * sizeof(int64));
	if (type->has_fixed_names)
	{
		tally->nfixed_names = nfixed_names;
		tally->fixed_names = MemoryContextAlloc(context, Max(nfixed_names, 1) * sizeof(EventName));
		for (int i = 0; i < nfixed_names; i++)
		{
			char	   *bytes = MemoryContextAlloc(context, fixed_names[i].len + 1);

			memcpy(bytes, fixed_names[i].bytes, fixed_names[i].len);
			tally->fixed_names[i] = (EventName) {.bytes = bytes, .len = fixed_names[i].len};
		}
	}
	else
		tally->names = engage_event_names_create(context);
	tally->cells = tally_create(context, 16, NULL);
	return tally;
}

void
engage_tally_add(Tally *tally, const TallyKey *key, int64 count)
{
	bool		found;
	TallyCell  *cell;

	if (count == 0)
		return;
	if (unlikely(tally->cells->members == tally->cells->grow_threshold - 1))
		engage_keyed_memory_check(tally->context, tally->cells->size * 2 * sizeof(TallyCell));
	cell = tally_insert(tally->cells, *key, &found);
	if (!found)
		cell->count = 0;
	if (unlikely(pg_add_s64_overflow(cell->count, count, &cell->count)))
		engage_count_overflow();
	tally->flat_size = 0;
}

int64
engage_tally_get(const Tally *tally, const TallyKey *key)
{
	TallyCell  *cell;

	tally_settle(tally);
	cell = tally_lookup(tally->cells, *key);
	return cell == NULL ? 0 : cell->count;
}

static inline int
compare_cells(const TallyCell *a, const TallyCell *b)
{
	if (a->key.kind != b->key.kind)
		return a->key.kind < b->key.kind ? -1 : 1;
	if (a->key.a != b->key.a)
		return a->key.a < b->key.a ? -1 : 1;
	if (a->key.b != b->key.b)
		return a->key.b < b->key.b ? -1 : 1;
	return a->key.c < b->key.c ? -1 : a->key.c > b->key.c;
}

#define ST_SORT			sort_cells
#define ST_ELEMENT_TYPE	TallyCell
#define ST_COMPARE(a, b) compare_cells(a, b)
#define ST_SCOPE		static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

/* All cells by kind and numbers */
TallyCell *
engage_tally_sorted(const Tally *tally, int64 *ncells)
{
	TallyCell  *cells;
	tally_iterator iterator;
	TallyCell  *cell;
	int64		n = 0;

	tally_settle(tally);
	cells = MemoryContextAllocHuge(CurrentMemoryContext,
								   Max(tally->cells->members, 1) * sizeof(TallyCell));
	tally_start_iterate(tally->cells, &iterator);
	while ((cell = tally_iterate(tally->cells, &iterator)) != NULL)
	{
		check_interrupts_at(n);
		cells[n++] = *cell;
	}
	sort_cells(cells, n);
	*ncells = n;
	return cells;
}

void
engage_tally_mixture(const TallyType *type, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_ENGAGE_MIXED_PARAMETERS),
			 errmsg("values of type %s with different %s cannot be merged", type->name, what),
			 errdetail("They were made with different arguments."),
			 errhint("Merge those of equal arguments, for example with GROUP BY over what tells them apart.")));
}

void
engage_tally_merge(Tally *tally, const Tally *part)
{
	const TallyType *type = tally->type;
	tally_iterator iterator;
	TallyCell  *cell;
	uint32	   *codes = NULL;
	int64		n = 0;

	for (int i = 0; i < type->nparams; i++)
		if (tally->params[i] != part->params[i])
			engage_tally_mixture(type, type->param_names[i]);
	if (type->has_fixed_names)
	{
		bool		same = tally->nfixed_names == part->nfixed_names;

		for (int i = 0; same && i < tally->nfixed_names; i++)
			same = event_name_compare(&tally->fixed_names[i], &part->fixed_names[i]) == 0;
		if (!same)
			engage_tally_mixture(type, "names");
	}
	else
	{
		codes = MemoryContextAllocHuge(CurrentMemoryContext, Max(part->names->count, 1) * sizeof(uint32));
		for (uint32 i = 0; i < part->names->count; i++)
			codes[i] = event_name_code(tally->names, part->names->names[i].bytes,
									   part->names->names[i].len);
	}

	tally_settle(part);
	tally_start_iterate(part->cells, &iterator);
	while ((cell = tally_iterate(part->cells, &iterator)) != NULL)
	{
		TallyKey	key = cell->key;
		int			named = type->kinds[key.kind].named;

		check_interrupts_at(n++);
		if (named & 1)
			key.a = codes[key.a];
		if (named & 2)
			key.b = codes[key.b];
		if (named & 4)
			key.c = codes[key.c];
		engage_tally_add(tally, &key, cell->count);
	}
	if (codes != NULL)
		pfree(codes);
}

/* ---------------------------------------------------------- the stored form */

static void
append_varint(StringInfo buffer, uint64 number)
{
	uint8		bytes[VARINT_MAX_LENGTH];

	appendBinaryStringInfo(buffer, (char *) bytes, (int) (varint_write(bytes, number) - bytes));
}

static void
append_name(StringInfo buffer, const EventName *name)
{
	append_varint(buffer, name->len);
	appendBinaryStringInfo(buffer, name->bytes, name->len);
}

/*
 * Names and cells as they are stored: names that are not fixed become ordered,
 * those that no cell uses are left out, and the cells get their new codes.
 */
typedef struct TallyContents
{
	int64		nnames;
	const EventName *names;
	int64		ncells;
	TallyCell  *cells;
} TallyContents;

static TallyContents
tally_contents(const Tally *tally)
{
	TallyContents contents;
	EventName  *names;
	uint32	   *used;
	uint32	   *codes;
	uint32		nused = 0;

	contents.cells = engage_tally_sorted(tally, &contents.ncells);
	if (tally->type->has_fixed_names)
	{
		contents.nnames = tally->nfixed_names;
		contents.names = tally->fixed_names;
		return contents;
	}

	used = MemoryContextAllocHuge(CurrentMemoryContext, Max(tally->names->count, 1) * sizeof(uint32));
	codes = MemoryContextAllocHuge(CurrentMemoryContext, Max(tally->names->count, 1) * sizeof(uint32));
	for (uint32 i = 0; i < tally->names->count; i++)
		codes[i] = PG_UINT32_MAX;
	for (int pass = 0; pass < 2; pass++)
	{
		for (int64 i = 0; i < contents.ncells; i++)
		{
			TallyKey   *key = &contents.cells[i].key;
			int			named = tally->type->kinds[key->kind].named;
			int32	   *numbers[] = {&key->a, &key->b, &key->c};

			check_interrupts_at(i);
			for (int j = 0; j < 3; j++)
			{
				if ((named & (1 << j)) == 0)
					continue;
				if (pass == 1)
					*numbers[j] = codes[*numbers[j]];
				else if (codes[*numbers[j]] == PG_UINT32_MAX)
				{
					codes[*numbers[j]] = 0;
					used[nused++] = *numbers[j];
				}
			}
		}
		if (pass == 0)
		{
			engage_event_names_sort(tally->names->names, used, nused);
			for (uint32 i = 0; i < nused; i++)
				codes[used[i]] = i;
		}
	}
	names = MemoryContextAllocHuge(CurrentMemoryContext, Max(nused, 1) * sizeof(EventName));
	for (uint32 i = 0; i < nused; i++)
		names[i] = tally->names->names[used[i]];
	contents.nnames = nused;
	contents.names = names;
	sort_cells(contents.cells, contents.ncells);
	pfree(used);
	pfree(codes);
	return contents;
}

static struct varlena *
make_flat(const Tally *tally)
{
	TallyContents contents = tally_contents(tally);
	StringInfoData buffer;

	initStringInfo(&buffer);
	appendBinaryStringInfo(&buffer, "\0\0\0\0", VARHDRSZ);
	append_varint(&buffer, TALLY_VERSION);
	for (int i = 0; i < tally->type->nparams; i++)
		append_varint(&buffer, zigzag(tally->params[i]));
	append_varint(&buffer, contents.nnames);
	for (int64 i = 0; i < contents.nnames; i++)
		append_name(&buffer, &contents.names[i]);
	append_varint(&buffer, contents.ncells);
	for (int64 i = 0; i < contents.ncells; i++)
	{
		const TallyKey *key = &contents.cells[i].key;
		int			nnumbers = tally->type->kinds[key->kind].nnumbers;

		check_interrupts_at(i);
		append_varint(&buffer, key->kind);
		append_varint(&buffer, zigzag(key->a));
		if (nnumbers > 1)
			append_varint(&buffer, zigzag(key->b));
		if (nnumbers > 2)
			append_varint(&buffer, zigzag(key->c));
		append_varint(&buffer, contents.cells[i].count);
	}
	pfree(contents.cells);
	if (!tally->type->has_fixed_names)
		pfree((void *) contents.names);
	SET_VARSIZE(buffer.data, buffer.len);
	return (struct varlena *) buffer.data;
}

static Size
tally_flat_size(ExpandedObjectHeader *eohptr)
{
	Tally	   *tally = (Tally *) eohptr;

	if (tally->flat_size == 0)
	{
		MemoryContext old = MemoryContextSwitchTo(tally->context);

		if (tally->flat != NULL)
			pfree(tally->flat);
		tally->flat = make_flat(tally);
		tally->flat_size = VARSIZE(tally->flat);
		MemoryContextSwitchTo(old);
	}
	return tally->flat_size;
}

static void
tally_flatten(ExpandedObjectHeader *eohptr, void *result, Size allocated_size)
{
	Tally	   *tally = (Tally *) eohptr;

	Assert(allocated_size == tally->flat_size);
	memcpy(result, tally->flat, tally->flat_size);
}

static Tally *
read_flat(const TallyType *type, const struct varlena *flat, MemoryContext parent)
{
	const uint8 *position = (const uint8 *) VARDATA_ANY(flat);
	uint64		version = varint_read(&position);
	int64		params[TALLY_MAX_PARAMS];
	uint64		nnames;
	uint64		ncells;
	EventName  *names;
	Tally	   *tally;

	if (version != TALLY_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a stored %s has format version " UINT64_FORMAT, type->name, version),
				 errdetail("This version of engage reads version %d.", TALLY_VERSION),
				 errhint("If it was written by a newer engage, upgrade this server's.")));
	for (int i = 0; i < type->nparams; i++)
		params[i] = unzigzag(varint_read(&position));
	nnames = varint_read(&position);
	names = MemoryContextAllocHuge(CurrentMemoryContext, Max(nnames, 1) * sizeof(EventName));
	for (uint64 i = 0; i < nnames; i++)
	{
		check_interrupts_at(i);
		names[i].len = (uint32) varint_read(&position);
		names[i].bytes = (const char *) position;
		position += names[i].len;
	}
	tally = engage_tally_create(type, parent, params, names, (int) nnames);
	if (!type->has_fixed_names)
		for (uint64 i = 0; i < nnames; i++)
			engage_event_name_add(tally->names, names[i].bytes, names[i].len);
	pfree(names);

	ncells = varint_read(&position);
	for (uint64 i = 0; i < ncells; i++)
	{
		TallyKey	key = {0};

		check_interrupts_at(i);
		key.kind = (int32) varint_read(&position);
		key.a = (int32) unzigzag(varint_read(&position));
		if (type->kinds[key.kind].nnumbers > 1)
			key.b = (int32) unzigzag(varint_read(&position));
		if (type->kinds[key.kind].nnumbers > 2)
			key.c = (int32) unzigzag(varint_read(&position));
		engage_tally_add(tally, &key, (int64) varint_read(&position));
	}
	return tally;
}

/* An argument, to be read only: an aggregate's state as it is, a stored value taken apart */
Tally *
engage_tally_arg(const TallyType *type, Datum datum, MemoryContext parent)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(datum);

	if (VARATT_IS_EXTERNAL_EXPANDED(value))
	{
		Tally	   *tally = (Tally *) DatumGetEOHP(datum);

		if (tally->magic == TALLY_MAGIC && tally->type == type)
			return tally;
	}
	return read_flat(type, PG_DETOAST_DATUM_PACKED(datum), parent);
}

/* Where a state lives: in an aggregate, or in a call by hand */
MemoryContext
engage_tally_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	return AggCheckCallContext(fcinfo, &context) ? context : CurrentMemoryContext;
}

/*
 * The first argument as a state that may be changed; NULL if it is NULL.  An
 * aggregate's own is; of a call by hand it may be a parameter of the query,
 * which must be the same for the next row.
 */
Tally *
engage_tally_state(FunctionCallInfo fcinfo, const TallyType *type)
{
	Datum		datum;

	if (PG_ARGISNULL(0))
		return NULL;
	datum = PG_GETARG_DATUM(0);
	if (likely(VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(datum)) &&
			   AggCheckCallContext(fcinfo, NULL)))
	{
		Tally	   *tally = (Tally *) DatumGetEOHP(datum);

		if (likely(tally->magic == TALLY_MAGIC && tally->type == type))
			return tally;
	}
	return read_flat(type, PG_DETOAST_DATUM_PACKED(datum), engage_tally_context(fcinfo));
}

/* Merge two values: transition of rollup(), and of parallel workers' parts */
Datum
engage_tally_combine(FunctionCallInfo fcinfo, const TallyType *type)
{
	Tally	   *tally = engage_tally_state(fcinfo, type);
	Tally	   *part;

	if (PG_ARGISNULL(1))
	{
		if (tally == NULL)
			PG_RETURN_NULL();
		return tally_datum(tally);
	}
	if (tally == NULL)
		return tally_datum(read_flat(type, PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1)),
									 engage_tally_context(fcinfo)));
	part = engage_tally_arg(type, PG_GETARG_DATUM(1), CurrentMemoryContext);
	engage_tally_merge(tally, part);
	if (part->hdr.eoh_context != NULL && MemoryContextGetParent(part->context) == CurrentMemoryContext &&
		!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(PG_GETARG_DATUM(1))))
		MemoryContextDelete(part->context);
	return tally_datum(tally);
}

/* ----------------------------------------------------- input, text and binary */

/* A cell as it came in; false if it cannot be one */
static bool
accept_cell(Tally *tally, const TallyKey *key, int64 count, int64 nnames)
{
	int			named = tally->type->kinds[key->kind].named;

	if (count <= 0 || engage_tally_get(tally, key) != 0 ||
		((named & 1) && (key->a < 0 || key->a >= nnames)) ||
		((named & 2) && (key->b < 0 || key->b >= nnames)) ||
		((named & 4) && (key->c < 0 || key->c >= nnames)))
		return false;
	engage_tally_add(tally, key, count);
	return true;
}

Datum
engage_tally_in(FunctionCallInfo fcinfo, const TallyType *type)
{
	TextScan	scan = {.type_name = type->name, .input = PG_GETARG_CSTRING(0),
	.pos = PG_GETARG_CSTRING(0), .escontext = fcinfo->context};
	int64		params[TALLY_MAX_PARAMS];
	int64		nnames = 0;
	int64		space = 16;
	EventName  *names = palloc(space * sizeof(EventName));
	Tally	   *tally;
	const char *complaint;

	if (!engage_scan_version(&scan) || !engage_scan_literal(&scan, ":"))
		PG_RETURN_NULL();
	for (int i = 0; i < type->nparams; i++)
		if ((i > 0 && !engage_scan_literal(&scan, ",")) ||
			!engage_scan_literal(&scan, type->param_names[i]) || !engage_scan_literal(&scan, "=") ||
			!engage_scan_int64(&scan, &params[i]))
			PG_RETURN_NULL();
	if (!engage_scan_literal(&scan, ";"))
		PG_RETURN_NULL();
	while (*scan.pos == '"')
	{
		StringInfoData name;

		check_interrupts_at(nnames);
		initStringInfo(&name);
		if (!engage_scan_quoted(&scan, &name))
			PG_RETURN_NULL();
		if (nnames == space)
			names = repalloc_huge(names, (space *= 2) * sizeof(EventName));
		names[nnames++] = (EventName) {.bytes = name.data, .len = name.len};
		if (!engage_scan_try(&scan, ","))
			break;
	}
	tally = engage_tally_create(type, CurrentMemoryContext, params, names, (int) nnames);
	if (!type->has_fixed_names)
		for (int64 i = 0; i < nnames; i++)
			if (engage_event_name_add(tally->names, names[i].bytes, names[i].len) != i)
			{
				engage_scan_fail(&scan, "different names before this place, not the same twice,");
				PG_RETURN_NULL();
			}

	for (int64 n = 0; *scan.pos != '\0'; n++)
	{
		TallyKey	key = {0};
		int32	   *numbers[] = {&key.a, &key.b, &key.c};
		int64		count;

		check_interrupts_at(n);
		if (!engage_scan_literal(&scan, ";"))
			PG_RETURN_NULL();
		for (key.kind = 0; key.kind < type->nkinds; key.kind++)
		{
			size_t		len = strlen(type->kinds[key.kind].name);

			if (strncmp(scan.pos, type->kinds[key.kind].name, len) == 0 && scan.pos[len] == '(')
			{
				scan.pos += len + 1;
				break;
			}
		}
		if (key.kind == type->nkinds)
		{
			engage_scan_fail(&scan, "the kind of a count");
			PG_RETURN_NULL();
		}
		for (int i = 0; i < type->kinds[key.kind].nnumbers; i++)
		{
			int64		number;

			if ((i > 0 && !engage_scan_literal(&scan, ",")) || !engage_scan_int64(&scan, &number))
				PG_RETURN_NULL();
			if (number < PG_INT32_MIN || number > PG_INT32_MAX)
			{
				engage_scan_fail(&scan, "a smaller number before this place,");
				PG_RETURN_NULL();
			}
			*numbers[i] = (int32) number;
		}
		if (!engage_scan_literal(&scan, ")=") || !engage_scan_int64(&scan, &count))
			PG_RETURN_NULL();
		if (!accept_cell(tally, &key, count, nnames))
		{
			engage_scan_fail(&scan, "a count above 0, of something that was not counted yet, before this place,");
			PG_RETURN_NULL();
		}
	}
	complaint = type->check(tally);
	if (complaint != NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid value for type %s", type->name),
				 errdetail_internal("%s", complaint)));
	return tally_datum(tally);
}

Datum
engage_tally_out(FunctionCallInfo fcinfo, const TallyType *type)
{
	Tally	   *tally = engage_tally_arg(type, PG_GETARG_DATUM(0), CurrentMemoryContext);
	TallyContents contents = tally_contents(tally);
	StringInfoData buffer;

	initStringInfo(&buffer);
	appendStringInfoString(&buffer, "1:");
	for (int i = 0; i < type->nparams; i++)
		appendStringInfo(&buffer, "%s%s=" INT64_FORMAT, i > 0 ? "," : "", type->param_names[i],
						 tally->params[i]);
	appendStringInfoChar(&buffer, ';');
	for (int64 i = 0; i < contents.nnames; i++)
	{
		if (i > 0)
			appendStringInfoChar(&buffer, ',');
		engage_append_quoted(&buffer, contents.names[i].bytes, contents.names[i].len);
	}
	for (int64 i = 0; i < contents.ncells; i++)
	{
		const TallyKey *key = &contents.cells[i].key;
		const TallyKind *kind = &type->kinds[key->kind];

		check_interrupts_at(i);
		appendStringInfo(&buffer, ";%s(%d", kind->name, key->a);
		if (kind->nnumbers > 1)
			appendStringInfo(&buffer, ",%d", key->b);
		if (kind->nnumbers > 2)
			appendStringInfo(&buffer, ",%d", key->c);
		appendStringInfo(&buffer, ")=" INT64_FORMAT, contents.cells[i].count);
	}
	PG_RETURN_CSTRING(buffer.data);
}

Datum
engage_tally_send(FunctionCallInfo fcinfo, const TallyType *type)
{
	Tally	   *tally = engage_tally_arg(type, PG_GETARG_DATUM(0), CurrentMemoryContext);
	TallyContents contents = tally_contents(tally);
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	pq_sendint8(&buffer, TALLY_VERSION);
	for (int i = 0; i < type->nparams; i++)
		pq_sendint64(&buffer, tally->params[i]);
	pq_sendint32(&buffer, (uint32) contents.nnames);
	for (int64 i = 0; i < contents.nnames; i++)
		pq_sendcountedtext(&buffer, contents.names[i].bytes, contents.names[i].len, false);
	pq_sendint64(&buffer, contents.ncells);
	for (int64 i = 0; i < contents.ncells; i++)
	{
		const TallyKey *key = &contents.cells[i].key;

		check_interrupts_at(i);
		pq_sendint8(&buffer, key->kind);
		pq_sendint32(&buffer, key->a);
		pq_sendint32(&buffer, key->b);
		pq_sendint32(&buffer, key->c);
		pq_sendint64(&buffer, contents.cells[i].count);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

pg_noreturn static void
binary_error(const TallyType *type, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value of type %s", type->name),
			 errdetail_internal("%s", detail)));
}

Datum
engage_tally_recv(FunctionCallInfo fcinfo, const TallyType *type)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	int64		params[TALLY_MAX_PARAMS];
	uint32		nnames;
	EventName  *names;
	int64		ncells;
	Tally	   *tally;
	const char *complaint;

	if (pq_getmsgbyte(message) != TALLY_VERSION)
		binary_error(type, "It has an unknown format version.");
	for (int i = 0; i < type->nparams; i++)
		params[i] = pq_getmsgint64(message);
	nnames = pq_getmsgint(message, 4);
	if (nnames > (message->len - message->cursor) / 4)
		binary_error(type, "It ends before its names.");
	names = palloc(Max(nnames, 1) * sizeof(EventName));
	for (uint32 i = 0; i < nnames; i++)
	{
		int			length = pq_getmsgint(message, 4);
		int			server_length;

		check_interrupts_at(i);
		if (length < 0 || length > message->len - message->cursor)
			binary_error(type, "It ends within a name.");
		names[i].bytes = pq_getmsgtext(message, length, &server_length);
		names[i].len = server_length;
	}
	tally = engage_tally_create(type, CurrentMemoryContext, params, names, (int) nnames);
	if (!type->has_fixed_names)
		for (uint32 i = 0; i < nnames; i++)
			if (engage_event_name_add(tally->names, names[i].bytes, names[i].len) != i)
				binary_error(type, "It has the same name twice.");
	ncells = pq_getmsgint64(message);
	if (ncells < 0 || ncells > (message->len - message->cursor) / 21)
		binary_error(type, "It ends before its counts.");
	for (int64 i = 0; i < ncells; i++)
	{
		TallyKey	key;
		int			nnumbers;

		check_interrupts_at(i);
		key.kind = pq_getmsgbyte(message);
		key.a = (int32) pq_getmsgint(message, 4);
		key.b = (int32) pq_getmsgint(message, 4);
		key.c = (int32) pq_getmsgint(message, 4);
		if (key.kind >= type->nkinds)
			binary_error(type, "A count is of an unknown kind.");
		nnumbers = type->kinds[key.kind].nnumbers;
		if ((nnumbers < 3 && key.c != 0) || (nnumbers < 2 && key.b != 0) ||
			!accept_cell(tally, &key, pq_getmsgint64(message), nnames))
			binary_error(type, "A count is not possible, or there twice.");
	}
	complaint = type->check(tally);
	if (complaint != NULL)
		binary_error(type, complaint);
	return tally_datum(tally);
}
