/*
 * Temporary files of the server and their owners, as far as stores of events need them.  Files know
 * whether they are open; touching one that is not ends the tests.
 */
#include "postgres.h"

#include <unistd.h>

#include "access/xact.h"
#include "server_files.h"
#include "storage/buffile.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#undef printf
#undef fprintf

struct BufFile
{
	FILE	   *file;
	ResourceOwner owner;
	int			slot;
};

#define FILES 1000

ResourceOwner CurrentResourceOwner;
int			open_buffiles;
int64		buffile_length;
static BufFile *files[FILES];
static ResourceReleaseCallback release_callback;
static void *release_arg;

static void
check(BufFile *file)
{
	if (file == NULL || file->slot < 0 || files[file->slot] != file)
	{
		printf("Bail out! a file that is closed was used\n");
		abort();
	}
}

BufFile *
BufFileCreateTemp(bool interXact)
{
	BufFile    *file = malloc(sizeof(BufFile));
	int			slot = 0;

	while (files[slot] != NULL)
		slot++;
	file->file = tmpfile();
	file->owner = CurrentResourceOwner;
	file->slot = slot;
	files[slot] = file;
	open_buffiles++;
	return file;
}

/* (memory that goes first on failure is a matter of t/074_event_store.pl) */
bool
IsTransactionState(void)
{
	return true;
}

/* (its memory is never reused, so that a late use is noticed) */
void
BufFileClose(BufFile *file)
{
	check(file);
	fclose(file->file);
	files[file->slot] = NULL;
	file->slot = -1;
	open_buffiles--;
}

int
BufFileSeek(BufFile *file, int fileno, off_t offset, int whence)
{
	check(file);
	return fseeko(file->file, offset, whence);
}

size_t
BufFileRead(BufFile *file, void *bytes, size_t size)
{
	check(file);
	return fread(bytes, 1, size, file->file);
}

void
BufFileWrite(BufFile *file, void *bytes, size_t size)
{
	check(file);
	if (fwrite(bytes, 1, size, file->file) != size)
		abort();
	buffile_length = Max(buffile_length, ftello(file->file));
}

void
RegisterResourceReleaseCallback(ResourceReleaseCallback callback, void *arg)
{
	release_callback = callback;
	release_arg = arg;
}

int
errcode_for_file_access(void)
{
	return errcode(ERRCODE_IO_ERROR);
}

/* As when a transaction fails: its files are deleted, and extensions are told. */
void
release_owner(ResourceOwner owner)
{
	ResourceOwner old = CurrentResourceOwner;

	CurrentResourceOwner = owner;
	for (ResourceReleasePhase phase = RESOURCE_RELEASE_BEFORE_LOCKS; phase <= RESOURCE_RELEASE_AFTER_LOCKS; phase++)
	{
		for (int i = 0; i < FILES && phase == RESOURCE_RELEASE_AFTER_LOCKS; i++)
			if (files[i] != NULL && files[i]->owner == owner)
				BufFileClose(files[i]);
		if (release_callback != NULL)
			release_callback(phase, false, true, release_arg);
	}
	CurrentResourceOwner = old;
}
