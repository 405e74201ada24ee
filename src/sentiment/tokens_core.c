/*-------------------------------------------------------------------------
 *
 * tokens_core.c
 *	  The tokeniser.
 *
 * Takes any bytes: what is not UTF-8 separates words.  Each byte is looked at
 * a bounded number of times, and memory does not grow with the text.
 *
 *-------------------------------------------------------------------------
 */
#include "c.h"

#include "sentiment/tokens_core.h"

void
engage_scan_begin(Scanner *scanner, const CharTables *tables, const EmoticonList *emoticons,
				  const char *text, size_t length)
{
	scanner->tables = tables;
	scanner->emoticons = emoticons;
	scanner->text = scanner->place = (const unsigned char *) text;
	scanner->end = scanner->text + length;
	scanner->after_word = false;
	memset(scanner->letters, 0, sizeof(scanner->letters));
	scanner->nbreaks = scanner->next_break = 0;
}

/* ----------------------------------------------------------------
 *		words
 * ---------------------------------------------------------------- */

/* A word that is being normalised */
typedef struct Word
{
	Token	   *token;
	uint16	   *units;
	uint64		hash;			/* of the units so far */
	uint16		last;
	int			run;			/* so many times the last one */
	int			longest_run;	/* of which so many are kept */
	int			capitals;
	int			letters;
} Word;

static inline void
keep_unit(Word *word, uint16 unit)
{
	if (likely(word->token->nunits < MAX_TOKEN_UNITS))
	{
		word->units[word->token->nunits++] = unit;
		word->hash = hash_unit(word->hash, unit);
	}
	else
		word->token->is_cut = true;
}

/* One that is equal to the one before */
static pg_noinline void
put_equal_unit(Word *word, uint16 unit)
{
	Token	   *token = word->token;

	if (unit != '0')
	{
		word->run++;
		if (word->run == 3)
		{
			token->is_elongated = true;
			if (word->longest_run == 1 && !token->is_cut)
			{
				token->nunits--;
				word->hash = hash_before(word->hash, unit);
			}
		}
		if (word->run >= 3)
			return;
	}
	keep_unit(word, unit);
}

static inline void
put_unit(Word *word, uint16 unit)
{
	if (unlikely(unit == word->last))
	{
		put_equal_unit(word, unit);
		return;
	}
	word->last = unit;
	word->run = 1;
	keep_unit(word, unit);
}

static void
put_char(Scanner *scanner, Word *word, int32 c)
{
	uint16		folded[MAX_FOLDED];
	int			n;
	uint16		unit;

	if (c >= 0x10000)
	{
		if (c >= 0x1D400 && c < 0x1D800)
			unit = scanner->tables->folded_letters[c - 0x1D400];
		else
		{
			/* (one half alone would be no character) */
			if (word->token->nunits + 2 > MAX_TOKEN_UNITS)
				word->token->is_cut = true;
			else
			{
				put_unit(word, 0xD800 + ((c - 0x10000) >> 10));
				put_unit(word, 0xDC00 + ((c - 0x10000) & 0x3FF));
			}
			return;
		}
	}
	else
		unit = scanner->tables->folded[c];
	if (unit != 0 && unit != MANY_FOLDED)
	{
		put_unit(word, unit);
		return;
	}
	n = unit == 0 ? 0 : engage_char_fold_many(c, folded);
	for (int i = 0; i < n; i++)
		put_unit(word, folded[i]);
}

/* Of these, runs are cut to two, as many words have two. */
static inline int
longest_run(CharClass script)
{
	return script == CHAR_ARABIC || script == CHAR_HEBREW ? 1 : 2;
}

/* Does the mark stand between two letters of the same word? */
static bool
goes_on(Scanner *scanner, const unsigned char *after, CharClass script, int *mark)
{
	const unsigned char *p = after;
	CharClass	next;

	if (p >= scanner->end)
		return false;
	next = char_class(scanner->tables, next_char(&p, scanner->end));
	*mark = script == CHAR_LATIN ? '\'' : 0;
	return next == script;
}

/* Classes of what may stand within a word, depending on what else does */
#define WITHIN_WORDS \
	(1 << CHAR_LATIN | 1 << CHAR_ARABIC | 1 << CHAR_HEBREW | 1 << CHAR_LETTER | 1 << CHAR_DIGIT | \
	 1 << CHAR_MARK | 1 << CHAR_IGNORED | 1 << CHAR_EMOJI_PART | 1 << CHAR_APOSTROPHE | 1 << CHAR_GERESH)

static inline bool
word_ends_at(const Scanner *scanner, const unsigned char *p)
{
	return p == scanner->end || (*p < 0x80 && (1 << scanner->tables->classes[*p] & WITHIN_WORDS) == 0);
}

/* Any word, from the place that has been reached in it */
static pg_noinline void
scan_any_word(Scanner *scanner, Word *word, const unsigned char *p)
{
	Token	   *token = word->token;
	CharClass	script = token->script;

	while (p < scanner->end)
	{
		const unsigned char *before = p;
		int32		c = next_char(&p, scanner->end);
		CharClass	class = char_class(scanner->tables, c);
		int			mark;

		if (CHAR_IS_LETTER(class) || class == CHAR_DIGIT)
		{
			/* a word of another script begins, or one after a number */
			if (class != script && class != CHAR_DIGIT &&
				!(script == CHAR_DIGIT && class == CHAR_LATIN))
			{
				p = before;
				break;
			}
			if (class == CHAR_ARABIC)
				scanner->letters[letter_origin(scanner->tables, c)]++;
			word->letters += class != CHAR_DIGIT;
			word->capitals += script == CHAR_LATIN && c >= 'A' && c <= 'Z';
			put_char(scanner, word, c);
		}
		else if (class == CHAR_MARK || class == CHAR_IGNORED || class == CHAR_EMOJI_PART)
			continue;
		else if ((class == CHAR_APOSTROPHE || (class == CHAR_GERESH && script == CHAR_HEBREW)) &&
				 script != CHAR_DIGIT && goes_on(scanner, p, script, &mark))
		{
			if (mark != 0)
				put_unit(word, mark);
		}
		else
		{
			p = before;
			break;
		}
	}
	scanner->place = p;
	token->is_capital = word->letters >= 2 && word->capitals == word->letters;
	token->hash = hash_end(word->hash);
}

/*
 * Most words are made of ASCII letters alone, or of letters of one script that
 * have two bytes.  The following two deal with them, and leave to scan_any_word()
 * what else there is: a third equal letter, too, and what may not have room.
 */
static void
scan_latin_word(Scanner *scanner, Token *token, uint16 *units)
{
	const unsigned char *begin = scanner->place;
	const unsigned char *p = begin;
	const unsigned char *end = scanner->end - p > MAX_TOKEN_UNITS ? p + MAX_TOKEN_UNITS : scanner->end;
	uint64		hash = HASH_START;
	unsigned int last = 0;
	unsigned int last_but_one = 0;
	unsigned int all = 0;

	for (; p < end; p++)
	{
		unsigned int unit = *p | 0x20;

		if (unit - 'a' > 'z' - 'a' || (unit == last && unit == last_but_one))
			break;
		all |= *p;
		units[p - begin] = unit;
		hash = hash_unit(hash, unit);
		last_but_one = last;
		last = unit;
	}
	token->nunits = p - begin;
	if (likely(word_ends_at(scanner, p)))
	{
		scanner->place = p;
		token->is_capital = p - begin >= 2 && (all & 0x20) == 0;
		token->hash = hash_end(hash);
	}
	else
	{
		Word		word = {
			.token = token,.units = units,.hash = hash,
			.last = last,.run = last == last_but_one ? 2 : 1,.longest_run = longest_run(CHAR_LATIN),
			.letters = p - begin
		};

		for (const unsigned char *letter = begin; letter < p; letter++)
			word.capitals += *letter < 'a';
		scan_any_word(scanner, &word, p);
	}
}

static void
scan_two_byte_word(Scanner *scanner, Token *token, uint16 *units, CharClass script)
{
	const uint32 *letters = scanner->tables->two_byte_letters;
	const unsigned char *p = scanner->place;
	const unsigned char *end = scanner->end - p > 2 * MAX_TOKEN_UNITS ? p + 2 * MAX_TOKEN_UNITS : scanner->end;
	uint64		hash = HASH_START;
	unsigned int last = 0;
	unsigned int last_but_one = 0;
	unsigned int origins = 0;
	int			n = 0;

	StaticAssertStmt(MAX_TOKEN_UNITS < 0x80, "counts of Arabic letters would run over");
	for (; end - p >= 2; p += 2)
	{
		unsigned int lead = p[0] ^ 0xC0;
		unsigned int rest = p[1] ^ 0x80;
		unsigned int letter;
		unsigned int unit;

		if (lead >= 0x20 || rest >= 0x40)
			break;
		letter = letters[lead << 6 | rest];
		unit = LETTER_UNIT(letter);
		if (LETTER_CLASS(letter) != script || (unit == last && unit == last_but_one))
			break;
		origins += LETTER_ORIGINS(letter);
		units[n++] = unit;
		hash = hash_unit(hash, unit);
		last_but_one = last;
		last = unit;
	}
	token->nunits = n;
	scanner->letters[LETTER_ARABIC] += ARABIC_ORIGINS(origins);
	scanner->letters[LETTER_PERSIAN] += PERSIAN_ORIGINS(origins);
	if (likely(word_ends_at(scanner, p)))
	{
		scanner->place = p;
		token->hash = hash_end(hash);
	}
	else
	{
		Word		word = {
			.token = token,.units = units,.hash = hash,
			.last = last,.run = last == last_but_one ? 2 : 1,.longest_run = longest_run(script),
			.letters = n
		};

		scan_any_word(scanner, &word, p);
	}
}

static void
scan_word(Scanner *scanner, Token *token, uint16 *units, CharClass script)
{
	token->kind = script == CHAR_DIGIT ? TOKEN_NUMBER : TOKEN_WORD;
	token->script = script;
	scanner->after_word = true;
	if (script == CHAR_LATIN)
		scan_latin_word(scanner, token, units);
	else if (script != CHAR_DIGIT)
		scan_two_byte_word(scanner, token, units, script);
	else
	{
		Word		word = {.token = token,.units = units,.hash = HASH_START,.longest_run = longest_run(script)};

		scan_any_word(scanner, &word, scanner->place);
	}
}

static inline bool
is_within_run(CharClass class)
{
	return class == CHAR_UNSPACED || class == CHAR_MARK || class == CHAR_IGNORED ||
		class == CHAR_EMOJI_PART;
}

/*
 * Finds where words end in the run that begins here.  A long one is dealt with
 * piece by piece, and the last word of a piece begins the next one.
 */
static void
find_breaks(Scanner *scanner)
{
	const unsigned char *p = scanner->place;
	bool		is_whole = true;

	scanner->run = p;
	while (p < scanner->end)
	{
		const unsigned char *after = p;

		if (!is_within_run(char_class(scanner->tables, next_char(&after, scanner->end))))
			break;
		if (after - scanner->run > BREAK_BYTES)
		{
			is_whole = false;
			break;
		}
		p = after;
	}
	scanner->nbreaks = scanner->tables->break_words((const char *) scanner->run, p - scanner->run,
													scanner->breaks);
	if (!is_whole && scanner->nbreaks > 1)
		scanner->nbreaks--;
	scanner->next_break = 0;
}

static const unsigned char *
end_of_unspaced(Scanner *scanner)
{
	if (scanner->tables->break_words == NULL)
		return scanner->end;
	/* (what the scanner leaves out between words may have been passed) */
	while (scanner->next_break < scanner->nbreaks &&
		   scanner->run + scanner->breaks[scanner->next_break] <= scanner->place)
		scanner->next_break++;
	if (scanner->next_break == scanner->nbreaks)
		find_breaks(scanner);
	return scanner->run + scanner->breaks[scanner->next_break++];
}

/* A word of a script without spaces */
static void
scan_unspaced(Scanner *scanner, Token *token, uint16 *units)
{
	Word		word = {.token = token, .units = units, .longest_run = 2};
	const unsigned char *p = scanner->place;
	const unsigned char *end = end_of_unspaced(scanner);

	token->kind = TOKEN_WORD;
	token->script = CHAR_UNSPACED;
	while (p < end)
	{
		const unsigned char *before = p;
		int32		c = next_char(&p, scanner->end);
		CharClass	class = char_class(scanner->tables, c);

		if (class == CHAR_UNSPACED || (class == CHAR_MARK && mark_is_kept(c)))
			put_char(scanner, &word, c);
		else if (!is_within_run(class))
		{
			p = before;
			break;
		}
	}
	scanner->place = p;
	scanner->after_word = true;
	token->hash = hash_units(units, token->nunits);
}

/* ----------------------------------------------------------------
 *		what is not a word
 * ---------------------------------------------------------------- */

static bool
begins_with(const Scanner *scanner, const char *beginning, size_t length)
{
	if ((size_t) (scanner->end - scanner->place) < length)
		return false;
	for (size_t i = 0; i < length; i++)
		if ((scanner->place[i] | (beginning[i] >= 'a' && beginning[i] <= 'z' ? 0x20 : 0)) != (unsigned char) beginning[i])
			return false;
	return true;
}

static void
skip_to_space(Scanner *scanner)
{
	while (scanner->place < scanner->end && *scanner->place > ' ')
		scanner->place++;
	scanner->after_word = false;
}

/* A link or a name with @ that begins here is skipped. */
static bool
skip_link(Scanner *scanner)
{
	if (begins_with(scanner, "http://", 7) || begins_with(scanner, "https://", 8) || begins_with(scanner, "www.", 4))
	{
		skip_to_space(scanner);
		return true;
	}
	return false;
}

/* The second and the third letter tell words that begin as links do. */
static inline bool
may_begin_link(const Scanner *scanner)
{
	const unsigned char *p = scanner->place;
	uint32		three;

	if (scanner->end - p < 4)
		return false;
	three = ((uint32) p[0] << 16 | (uint32) p[1] << 8 | p[2]) | 0x202020;
	return three == 0x687474 /* htt */ || three == 0x777777 /* www */ ;
}

static void
skip_name(Scanner *scanner)
{
	const unsigned char *p = scanner->place + 1;

	while (p < scanner->end)
	{
		const unsigned char *before = p;
		int32		c = next_char(&p, scanner->end);
		CharClass	class = char_class(scanner->tables, c);

		/* (a dot goes on only within an address) */
		if (!CHAR_IS_LETTER(class) && class != CHAR_DIGIT && c != '_' &&
			!((c == '.' || c == '-') && p < scanner->end &&
			  char_class(scanner->tables, *p) == CHAR_LATIN))
		{
			p = before;
			break;
		}
	}
	scanner->place = p;
	scanner->after_word = false;
}

/*
 * The longest emoticon that begins here.  One that begins with a letter does
 * not begin within a word, nor does one that ends with a letter end within one.
 */
static const Emoticon *
emoticon_at(const Scanner *scanner)
{
	size_t		left = scanner->end - scanner->place;
	unsigned char c = *scanner->place;
	const Emoticon *found = NULL;

	for (int i = scanner->emoticons->first[c]; i < scanner->emoticons->first[c + 1]; i++)
	{
		const Emoticon *emoticon = &scanner->emoticons->emoticons[i];
		CharClass	first;
		CharClass	last;

		if (emoticon->length > left || memcmp(emoticon->text, scanner->place, emoticon->length) != 0)
			continue;
		first = char_class(scanner->tables, c);
		if (scanner->after_word && (CHAR_IS_LETTER(first) || first == CHAR_DIGIT))
			continue;
		last = char_class(scanner->tables, (unsigned char) emoticon->text[emoticon->length - 1]);
		if ((CHAR_IS_LETTER(last) || last == CHAR_DIGIT) && emoticon->length < left)
		{
			CharClass	next = char_class(scanner->tables, scanner->place[emoticon->length]);

			if (CHAR_IS_LETTER(next) || next == CHAR_DIGIT)
				continue;
		}
		if (found == NULL || emoticon->length > found->length)
			found = emoticon;
	}
	return found;
}

/* Nearly all letters begin none: two bytes tell. */
static inline bool
may_begin_emoticon(const Scanner *scanner, const unsigned char *p)
{
	return scanner->emoticons != NULL && scanner->end - p >= 2 &&
		(scanner->emoticons->seconds[p[0]][p[1] / 32] & (uint32) 1 << p[1] % 32) != 0;
}

/* A picture with what belongs to it; joined ones are one. */
static void
scan_emoji(Scanner *scanner, Token *token, uint16 *units)
{
	const unsigned char *p = scanner->place;
	bool		is_joined = true;
	bool		is_flag = false;

	token->kind = TOKEN_EMOJI;
	token->script = CHAR_EMOJI;
	while (p < scanner->end)
	{
		const unsigned char *before = p;
		int32		c = next_char(&p, scanner->end);
		CharClass	class = char_class(scanner->tables, c);
		bool		is_regional = c >= 0x1F1E6 && c <= 0x1F1FF;

		if (class == CHAR_EMOJI && (is_joined || (is_regional && is_flag)))
		{
			is_flag = is_regional && is_joined;
			is_joined = false;
			if (token->nunits + 2 > MAX_TOKEN_UNITS)
				token->is_cut = true;
			else if (c < 0x10000)
				units[token->nunits++] = c;
			else
			{
				units[token->nunits++] = 0xD800 + ((c - 0x10000) >> 10);
				units[token->nunits++] = 0xDC00 + ((c - 0x10000) & 0x3FF);
			}
		}
		else if (class == CHAR_EMOJI_PART)
			is_joined = is_joined || c == 0x200D;
		else
		{
			p = before;
			break;
		}
	}
	scanner->place = p;
	scanner->after_word = false;
	token->hash = hash_units(units, token->nunits);
}

/* A run of ! and ?, with spaces of no account */
static void
scan_marks(Scanner *scanner, Token *token, uint16 *units)
{
	const unsigned char *p = scanner->place;
	int			questions = 0;
	int			exclamations = 0;

	while (p < scanner->end)
	{
		const unsigned char *before = p;
		CharClass	class = char_class(scanner->tables, next_char(&p, scanner->end));

		if (class == CHAR_QUESTION)
			questions++;
		else if (class == CHAR_EXCLAMATION)
			exclamations++;
		else
		{
			p = before;
			break;
		}
	}
	scanner->place = p;
	scanner->after_word = false;
	token->kind = questions > 0 ? TOKEN_QUESTION : TOKEN_EXCLAMATION;
	/* "!", "!!" for two and more, likewise with ? */
	for (int i = 0; i < Min(questions > 0 ? questions : exclamations, 2); i++)
		units[token->nunits++] = questions > 0 ? '?' : '!';
	if (questions > 0 && exclamations > 0)
		units[token->nunits++] = '!';
	token->hash = hash_units(units, token->nunits);
}

static void
scan_one(Token *token, uint16 *units, TokenKind kind, uint16 unit)
{
	token->kind = kind;
	units[token->nunits++] = unit;
	token->hash = hash_units(units, token->nunits);
}

bool
engage_scan_next(Scanner *scanner, Token *token, uint16 *units)
{
	while (scanner->place < scanner->end)
	{
		const unsigned char *p = scanner->place;
		int32		c;
		CharClass	class;
		const Emoticon *emoticon;

		if (*p == ' ')
		{
			scanner->place++;
			scanner->after_word = false;
			continue;
		}
		c = next_char(&p, scanner->end);
		class = char_class(scanner->tables, c);
		memset(token, 0, sizeof(Token));
		token->units = units;
		token->start = scanner->place - scanner->text;

		/* (a word may have a letter before it only where that is none of its own) */
		if (may_begin_emoticon(scanner, scanner->place) &&
			class != CHAR_SPACE && !(scanner->after_word && CHAR_IS_LETTER(class)) &&
			(emoticon = emoticon_at(scanner)) != NULL)
		{
			token->kind = TOKEN_EMOTICON;
			token->emoticon = emoticon;
			token->length = emoticon->length;
			for (size_t i = 0; i < token->length && token->nunits < MAX_TOKEN_UNITS; i++)
				units[token->nunits++] = (unsigned char) emoticon->text[i];
			token->hash = hash_units(units, token->nunits);
			scanner->place += token->length;
			scanner->after_word = false;
			return true;
		}
		switch (class)
		{
			case CHAR_LATIN:
				/* (what is before it is not Latin, or it would be within the word) */
				if (may_begin_link(scanner) && skip_link(scanner))
					continue;
				/* FALLTHROUGH */
			case CHAR_ARABIC:
			case CHAR_HEBREW:
			case CHAR_LETTER:
			case CHAR_DIGIT:
				scan_word(scanner, token, units, class);
				if (token->nunits == 0)
					continue;
				break;
			case CHAR_UNSPACED:
				scan_unspaced(scanner, token, units);
				if (token->nunits == 0)
					continue;
				break;
			case CHAR_EMOJI:
				scan_emoji(scanner, token, units);
				break;
			case CHAR_EXCLAMATION:
			case CHAR_QUESTION:
				scan_marks(scanner, token, units);
				break;
			case CHAR_STOP:
				scanner->place = p;
				scanner->after_word = false;
				scan_one(token, units, TOKEN_STOP, '.');
				break;
			case CHAR_COMMA:
				scanner->place = p;
				scanner->after_word = false;
				scan_one(token, units, TOKEN_COMMA, ',');
				break;
			default:
				if (c == '@')
				{
					skip_name(scanner);
					continue;
				}
				scanner->place = p;
				scanner->after_word = false;
				continue;
		}
		token->length = (scanner->place - scanner->text) - token->start;
		return true;
	}
	return false;
}
