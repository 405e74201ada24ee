/*-------------------------------------------------------------------------
 *
 * spill_file.c
 *	  Temporary files of aggregates.
 *
 * The file is a BufFile, so it lies in temp_tablespaces, counts for
 * temp_file_limit, is logged by log_temp_files, and appears in EXPLAIN's
 * buffers.
 *
 * When a query ends well, is cut short by LIMIT or rescanned, its memory goes
 * first, and the callback of the memory context closes the file.  When it
 * fails, the resource owner deletes the file.  If the memory goes after that,
 * the callback must not touch the file any more: its descriptor may be somebody
 * else's.  If it goes before, as a portal's does, closing would write what is
 * left in the buffer, and if that fails, too (temp_file_limit, a full disk), it
 * would be an error within the clean-up after an error.  The owner is that of
 * the portal, so a savepoint rolled back between two fetches from a cursor does
 * no harm.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "common/spill_file.h"
#include "lib/ilist.h"
#include "storage/buffile.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

struct SpillFile
{
	MemoryContext context;
	MemoryContextCallback callback;
	dlist_node	node;			/* in open_files, while there is a buffile */
	BufFile    *buffile;		/* NULL until something is written */
	ResourceOwner owner;		/* that deletes it on failure */
	int64		end;			/* where the next bytes go */
	int64		live;			/* bytes that somebody still needs */
};

static dlist_head open_files = DLIST_STATIC_INIT(open_files);

/* Files whose owner is being released are deleted by it. */
static void
owner_released(ResourceReleasePhase phase, bool is_commit, bool is_top_level, void *arg)
{
	dlist_mutable_iter iter;

	if (phase != RESOURCE_RELEASE_BEFORE_LOCKS)
		return;
	dlist_foreach_modify(iter, &open_files)
	{
		SpillFile  *file = dlist_container(SpillFile, node, iter.cur);

		if (file->owner == CurrentResourceOwner)
		{
			dlist_delete(&file->node);
			file->buffile = NULL;
		}
	}
}

static void
memory_released(void *arg)
{
	SpillFile  *file = arg;

	if (file->buffile != NULL)
	{
		dlist_delete(&file->node);
		if (IsTransactionState())
			BufFileClose(file->buffile);
		file->buffile = NULL;
	}
}

/* No file is made before the first bytes are written. */
SpillFile *
engage_spill_file_create(MemoryContext context)
{
	SpillFile  *file = MemoryContextAllocZero(context, sizeof(SpillFile));

	file->context = context;
	file->callback.func = memory_released;
	file->callback.arg = file;
	MemoryContextRegisterResetCallback(context, &file->callback);
	return file;
}

static void
open_file(SpillFile *file)
{
	static bool registered = false;
	MemoryContext old_context = MemoryContextSwitchTo(file->context);

	if (!registered)
	{
		RegisterResourceReleaseCallback(owner_released, NULL);
		registered = true;
	}
	file->owner = CurrentResourceOwner;
	file->buffile = BufFileCreateTemp(false);
	dlist_push_tail(&open_files, &file->node);
	MemoryContextSwitchTo(old_context);
}

static void
seek_file(SpillFile *file, int64 position)
{
	/* (segments of the file are BufFile's own affair) */
	if (BufFileSeek(file->buffile, 0, position, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not seek in a temporary file of an aggregate")));
}

/* Append bytes; returns where they are. */
int64
engage_spill_file_write(SpillFile *file, const void *bytes, Size length)
{
	int64		position = file->end;

	if (file->buffile == NULL)
		open_file(file);
	seek_file(file, position);
	BufFileWrite(file->buffile, (void *) bytes, length);
	file->end += length;
	file->live += length;
	return position;
}

void
engage_spill_file_read(SpillFile *file, int64 position, void *bytes, Size length)
{
	Assert(file->buffile != NULL && position + (int64) length <= file->end);
	seek_file(file, position);
	if (BufFileRead(file->buffile, bytes, length) != length)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read from a temporary file of an aggregate")));
}

/*
 * So many bytes, wherever they are, are not needed any more.  Once none is,
 * the room is used again: one group after the other, or one batch of groups,
 * does not make the file longer.
 */
void
engage_spill_file_free(SpillFile *file, int64 length)
{
	file->live -= length;
	Assert(file->live >= 0);
	if (file->live == 0)
		file->end = 0;
}
