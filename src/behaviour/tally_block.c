/*-------------------------------------------------------------------------
 *
 * tally_block.c
 *	  Cells of a tally that are added to for each customer, without hashing.
 *
 * A tally that has been added to often gets arrays for such cells, one for each
 * pair of kind and first number.  What is in them belongs to the cells, and is
 * moved there before anything reads those.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "behaviour/tally.h"
#include "utils/memutils.h"

/* Tallies of few customers, one of thousands under GROUP BY, do without. */
#define FEW_ADDED	4096

void
engage_tally_add_slowly(Tally *tally, int32 kind, int32 a, int32 b, int32 size, int64 count)
{
	TallyBlock *block;

	Assert(b >= 0 && b < size);
	if (tally->blocks == NULL)
	{
		if (tally->nadded++ < FEW_ADDED)
		{
			engage_tally_add(tally, TALLY_KEY(kind, a, b, 0), count);
			return;
		}
		tally->blocks = MemoryContextAllocZero(tally->context, TALLY_BLOCKS * sizeof(TallyBlock));
	}
	block = tally_block(tally, kind, a);
	if (block->counts == NULL)
	{
		block->counts = MemoryContextAllocZero(tally->context, size * sizeof(int64));
		block->kind = kind;
		block->a = a;
		block->size = size;
		tally_add(tally, kind, a, b, size, count);
	}
	else
		/* another one has the place, or the sum is too large for it */
		engage_tally_add(tally, TALLY_KEY(kind, a, b, 0), count);
}

void
engage_tally_settle(Tally *tally)
{
	tally->unsettled = false;
	for (int i = 0; i < TALLY_BLOCKS; i++)
	{
		TallyBlock *block = &tally->blocks[i];

		for (int32 b = 0; block->counts != NULL && b < block->size; b++)
		{
			int64		count = block->counts[b];

			block->counts[b] = 0;
			engage_tally_add(tally, TALLY_KEY(block->kind, block->a, b, 0), count);
		}
	}
}
