/*
 * Stores of events against a sorted array of the same events.
 */
#include "postgres.h"

#include "common/event_store_private.h"
#include "utils/memutils.h"

#include "server_files.h"
#include "tap.h"

#undef qsort
#undef printf

extern bool weak_hashes;

typedef struct Row
{
	int			customer;
	int64		time;
	uint64		payload;
	uint64		value;
} Row;

/* The rows that a store was given */
typedef struct Model
{
	EventStore *store;
	Row		   *rows;
	int			count;
	int			room;
	int			bits;
	bool		valued;
	KeyKind		kind;
} Model;

static int64
below(int64 n)
{
	return random_bits() % n;
}

/* Keys of customers: empty, prefixes of each other, with zeros, long ones. */
#define KEY_SIZE 20000

static void
make_key(KeyKind kind, int customer, char *bytes, Key *key)
{
	*key = (Key) {0};
	if (kind == KEY_INT8)
	{
		key->integer = customer % 2 ? customer : (int64) customer << 44 ^ INT64CONST(-9000000000000000000);
		return;
	}
	memset(bytes, 0, KEY_SIZE);
	key->bytes = bytes;
	if (kind == KEY_UUID)
		key->len = 16;
	else
		key->len = customer % 1000 == 999 ? KEY_SIZE - customer / 1000 : customer % 40;
	for (int i = 0, rest = customer; i < (int) key->len && rest > 0; i++, rest /= 3)
		bytes[i] = rest % 3;
	/* too short to tell this customer from others: they are the same one */
}

static void
add(Model *model, int customer, int64 time)
{
	static char bytes[KEY_SIZE];
	Key			key;
	Row			row = {.customer = customer, .time = time};

	make_key(model->kind, customer, bytes, &key);
	row.payload = model->bits == 0 ? 0 : random_bits() >> (64 - model->bits);
	if (below(3) == 0)
		row.payload &= 1;
	if (model->valued)
	{
		row.value = below(3);
		engage_event_store_add_slowly(model->store, &key, time, row.payload, row.value);
	}
	else
		event_store_add(model->store, &key, time, row.payload);
	if (model->count == model->room)
	{
		model->room = model->room * 2 + 16;
		model->rows = realloc(model->rows, model->room * sizeof(Row));
	}
	model->rows[model->count++] = row;
}

static KeyKind sort_kind;

static int
compare_keys(int a, int b)
{
	static char bytes[2][KEY_SIZE];
	Key			keys[2];

	if (a == b)
		return 0;
	make_key(sort_kind, a, bytes[0], &keys[0]);
	make_key(sort_kind, b, bytes[1], &keys[1]);
	return engage_key_compare(sort_kind, &keys[0], &keys[1]);
}

static int
compare_rows(const void *x, const void *y)
{
	const Row  *a = x;
	const Row  *b = y;
	int			order = compare_keys(a->customer, b->customer);

	if (order != 0)
		return order;
	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	if (a->payload != b->payload)
		return a->payload < b->payload ? -1 : 1;
	return a->value < b->value ? -1 : a->value > b->value;
}

/*
 * Does the store hand out each customer once, with exactly his rows in order?
 */
static bool
agrees(Model *model)
{
	static char bytes[KEY_SIZE];
	EventReader *reader = engage_event_reader_create(model->store);
	EventRun	run;
	bool	   *seen = calloc(model->count + 1, sizeof(bool));
	int64		total = 0;
	bool		good = true;

	sort_kind = model->kind;
	if (model->count > 0)
		qsort(model->rows, model->count, sizeof(Row), compare_rows);
	while (good && engage_event_reader_next(reader, &run))
	{
		int			low = 0;
		int			high = model->count;
		Key			key;

		/* the customer's first row */
		while (low < high)
		{
			int			middle = (low + high) / 2;

			make_key(model->kind, model->rows[middle].customer, bytes, &key);
			if (engage_key_compare(model->kind, &key, &run.customer) < 0)
				low = middle + 1;
			else
				high = middle;
		}
		good = low + run.n <= model->count && run.n > 0 && !seen[low] && (run.valued != NULL) == model->valued;
		seen[low] = true;
		for (int64 i = 0; good && i < run.n; i++)
		{
			Row		   *row = &model->rows[low + i];

			make_key(model->kind, row->customer, bytes, &key);
			good = engage_key_compare(model->kind, &key, &run.customer) == 0 &&
				(model->valued ? row->time == run.valued[i].time && row->payload == run.valued[i].payload && row->value == run.valued[i].value :
				 row->time == run.events[i].time && row->payload == run.events[i].payload);
		}
		total += run.n;
	}
	engage_event_reader_free(reader);
	free(seen);
	return good && total == model->count;
}

static Model
make_model(EventBudget *budget, MemoryContext context, KeyKind kind, int bits, bool valued)
{
	return (Model)
	{
		.store = engage_event_store_create(budget, context, kind, bits, valued),
			.kind = kind,.bits = bits,.valued = valued
	};
}

static int64
random_time(int far)
{
	int64		ends[] = {PG_INT64_MIN, PG_INT64_MIN + 1, -1, 0, PG_INT64_MAX, INT64CONST(1) << 50, -(INT64CONST(1) << 50), (INT64CONST(1) << 50) - 1};

	return far > 0 && below(far) == 0 ? ends[below(lengthof(ends))] : INT64CONST(800000000000000) + below(1000) * 1000;
}

/* One store of some kind, read when it is half full, too. */
static void
one_store(KeyKind kind, int bits, bool valued, Size limit, int n, int customers, int far, bool deep)
{
	MemoryContext context = AllocSetContextCreate(NULL, "store", ALLOCSET_DEFAULT_SIZES);
	EventBudget *budget = engage_event_budget_create(context, limit);
	Model		model = make_model(budget, context, kind, bits, valued);
	bool		good = true;
	Size		most = 0;
	int			order = below(3);

	CurrentMemoryContext = context;
	if (deep)
		budget->load_limit = 20000;
	for (int i = 0; i < n; i++)
	{
		int			customer = order == 0 ? i % customers : order == 1 ? (int64) i * customers / n : below(1 + below(customers));

		if (i == n / 2 && below(2))
			good = agrees(&model);
		add(&model, customer, random_time(i > n / 3 ? far : 0));
		most = Max(most, budget->used);
	}
	good = good && agrees(&model) && (n > 1000 || agrees(&model));
	ok(good, "%s keys, %d bits%s, %d events of %d customers, order %d, %d kB%s%s%s", engage_key_kind_name(kind), bits, valued ? " and a value" : "", n, customers, order,
	   (int) (limit / 1024), far ? ", far times" : "", deep ? ", dealt out again" : "", weak_hashes ? ", keys that meet" : "");
	/* the last record may be large, and a batch is dealt out at once */
	if (most > limit * 5 / 4 + KEY_SIZE * 2)
		ok(false, "%zu bytes were used of %zu", most, limit);
	free(model.rows);
	MemoryContextDelete(context);
	CurrentMemoryContext = NULL;
	if (open_buffiles != 0)
		ok(false, "a file is left");
}

/* Many stores share a budget; groups come and go. */
static void
many_stores(int stores, int n)
{
	MemoryContext context = AllocSetContextCreate(NULL, "budget", ALLOCSET_DEFAULT_SIZES);
	MemoryContext groups = AllocSetContextCreate(NULL, "groups", ALLOCSET_DEFAULT_SIZES);
	EventBudget *budget = engage_event_budget_create(context, 200000);
	Model	   *models = calloc(stores, sizeof(Model));
	bool		good = true;
	Size		most = 0;

	CurrentMemoryContext = groups;
	for (int round = 0; round < 3; round++)
	{
		for (int i = 0; i < stores; i++)
			models[i] = make_model(budget, groups, below(2) ? KEY_INT8 : KEY_TEXT, 7, false);
		for (int i = 0; i < n; i++)
		{
			/* some groups are large */
			add(&models[below(1 + below(1 + below(stores)))], below(50), random_time(round * 100));
			most = Max(most, budget->used);
		}
		for (int i = 0; i < stores; i++)
		{
			good = good && agrees(&models[i]);
			free(models[i].rows);
		}
		MemoryContextReset(groups);
		good = good && budget->used == 0 && budget->trigger == budget->limit;
		if (round == 0)
			buffile_length = 0;
		else if (buffile_length > (int64) n * 64)
			ok(false, "the file grows to " INT64_FORMAT " bytes from round to round", buffile_length);
	}
	ok(good, "%d stores that share a budget, %d events", stores, n);
	free(models);
	MemoryContextDelete(groups);
	ok(open_buffiles == 1, "the file is kept for the next groups");
	MemoryContextDelete(context);
	ok(open_buffiles == 0, "and goes with the budget");
	ok(most < 400000 + (Size) stores * 2048, "they used %zu bytes", most);
	CurrentMemoryContext = NULL;
}

/* A failed query's files are deleted before its memory is. */
static void
failing(void)
{
	MemoryContext contexts[2];
	Model		models[2];

	for (int i = 0; i < 2; i++)
	{
		EventBudget *budget;

		contexts[i] = AllocSetContextCreate(NULL, "query", ALLOCSET_DEFAULT_SIZES);
		CurrentResourceOwner = (ResourceOwner) &contexts[i];
		budget = engage_event_budget_create(contexts[i], 0);
		models[i] = make_model(budget, contexts[i], KEY_INT8, 7, false);
		for (int n = 0; n < 10000; n++)
			add(&models[i], n, n);
		CurrentResourceOwner = NULL;
	}
	ok(open_buffiles == 2, "two queries have files");
	release_owner((ResourceOwner) &contexts[1]);
	ok(open_buffiles == 1, "the owner of one deletes its file");
	MemoryContextDelete(contexts[1]);
	ok(open_buffiles == 1, "its memory leaves files alone");
	CurrentMemoryContext = contexts[0];
	ok(agrees(&models[0]), "the other one goes on");
	CurrentMemoryContext = NULL;
	release_owner((ResourceOwner) &models[0]);
	MemoryContextDelete(contexts[0]);
	ok(open_buffiles == 0, "and closes its file itself");
	free(models[0].rows);
	free(models[1].rows);
}

void
test_event_store(void)
{
	static const KeyKind kinds[] = {KEY_INT8, KEY_TEXT, KEY_UUID, KEY_BYTEA};
	static const int bits[] = {0, 1, 7, 13, 14, 63, 64};
	static const int sizes[] = {1, 2, 15, 16, 17, 100, 1000, 5000, 30000};

	for (int kind = 0; kind < lengthof(kinds); kind++)
		for (int i = 0; i < cases(12); i++)
		{
			bool		valued = below(5) == 0;

			weak_hashes = below(3) == 0;
			one_store(kinds[kind], bits[below(lengthof(bits))], valued, 1 << (15 + below(8)), sizes[below(lengthof(sizes))], 1 << below(13),
					  below(2) ? 0 : 1 + below(3000), below(3) == 0);
		}
	for (int kind = 0; kind < lengthof(kinds); kind++)
		for (weak_hashes = false;; weak_hashes = true)
		{
			one_store(kinds[kind], 7, false, 1 << 17, 60000, 3000, 3000, true);
			if (weak_hashes)
				break;
		}
	weak_hashes = false;
	many_stores(3, 30000);
	many_stores(100, 30000);
	many_stores(2000, 30000);
	failing();
}
