/*
 * Names found by their ends, against a plain search.
 */
#include "postgres.h"

#include "common/name_match.h"
#include "utils/memutils.h"

#include "tap.h"

#undef printf

/* Names that differ in one byte somewhere, or in nothing */
static uint32
make_name(char *bytes, int longest, int letters)
{
	uint32		length = random_bits() % (longest + 1);

	for (uint32 i = 0; i < length; i++)
		bytes[i] = random_bits() % 8 == 0 ? 'a' + random_bits() % letters : '\0';
	return length;
}

void
test_name_match(void)
{
	static char bytes[NAME_MATCH_MAX][64];
	MemoryContext context = AllocSetContextCreate(NULL, "names", ALLOCSET_DEFAULT_SIZES);

	for (int longest = 0; longest <= 40; longest += longest < 10 ? 1 : 7)
	{
		bool		good = true;
		int			found = 0;

		for (int round = 0; round < cases(50); round++)
		{
			EventName	names[NAME_MATCH_MAX];
			int			n = random_bits() % (NAME_MATCH_MAX + 1);
			NameMatcher *matcher;

			for (int i = 0; i < n; i++)
			{
				names[i].bytes = bytes[i];
				names[i].len = make_name(bytes[i], longest, 3);
			}
			matcher = engage_name_matcher_create(context, names, n);
			for (int i = 0; i < 300; i++)
			{
				char		probe[64];
				uint32		length = make_name(probe, longest, 3);
				const NameEntry *entry;
				uint64		positions = 0;

				if (n > 0 && i % 2 == 0)
				{
					length = names[i % n].len;
					memcpy(probe, bytes[i % n], length);
					if (i % 4 == 0 && length > 0)
						probe[random_bits() % length] ^= 1;
				}
				for (int j = 0; j < n; j++)
					if (names[j].len == length && memcmp(bytes[j], probe, length) == 0)
						positions |= UINT64CONST(1) << j;
				entry = name_match(matcher, probe, length);
				good = good && positions == (entry == NULL ? 0 : entry->positions);
				found += entry != NULL;
			}
			engage_name_matcher_free(matcher);
		}
		ok(good && found > 0, "names of up to %d bytes", longest);
	}
	MemoryContextDelete(context);
}
