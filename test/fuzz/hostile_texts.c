/*
 * Texts that a tokeniser may stumble over: everything that it has a rule for, what is close to it,
 * and bytes that are no text at all, in any order and number.
 */
#include "c.h"

#include "fuzz/sentiment.h"

/* In UTF-8, and where that is the point, not quite */
static const char *const pieces[] = {
	/* words, rules and phrases of the four languages */
	"good", "BAD", "not", "isn't", "isn\xE2\x80\x99t", "not only", "no problem", "very", "but", "soooo", "GOOOD", "n't", "o'clock",
	"ممتاز", "سيئ", "ليس", "مش", "جداً", "لكن", "والخدمة", "مُمْتَازٌ", "جمــيل", "رااااائع", "ما عجبني",
	"خوب", "بد", "نبود", "نیست", "خیلی", "ولی", "نمی‌خوام", "بی‌کیفیت", "کتاب‌ها", "عالییییی",
	"טוב", "לא", "גרוע", "מאוד", "אבל", "שֵׁרוּת", "צה״ל", "ג׳ירפה", "ולכשהטובים", "מעווווולה",
	/* marks, emoticons, links, names */
	"!", "?!?!", "...", ",", ";", "(", ")", "\n", "\t", "\"", "''", "' '", "`", "¿", "؟", "،", ":)", ":-(", "<3", "XD", ":'(", "^_^",
	"http://", "https://a.b/c?d=e", "www.", "http", "@", "@@", "@na.me-x", "@.", "#tag", "a@b.c", "&amp;", "0", "12.5", "1,000", "4ever", "٣٤", "۴۵",
	/* pictures */
	"😀", "😡", "❤", "❤️", "👍🏽", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇮🇱", "🇮🇷🇸🇦", "🇪", "1️⃣", "‍", "️", "🏽", "☺︎", "©️", "👍‍", "🫠", "🏴\xF3\xA0\x81\xA7\xF3\xA0\x81\xA2\xF3\xA0\x81\xBF",
	/* marks that join, and controls that are not seen */
	"\xCC\x81", "\xD9\x8E", "\xD6\xB8", "\xD9\x80", "\xE2\x80\x8C", "\xE2\x80\xAE", "\xE2\x80\xAC", "\xE2\x81\xA6", "\xE2\x81\xA9", "\xE2\x80\x8F", "\xD8\x9C", "\xEF\xBB\xBF", "\xC2\xAD", "\xE2\x83\xA3",
	/* characters that become several, or none */
	"\xEF\xB7\xBA", "\xEF\xB7\xBB", "\xEF\xB7\xBD", "ﬃ", "ß", "İ", "ı", "ﻻ", "ﭏ", "ﷲ", "㌀", "Å", "ǅ", "ſ", "𝓖𝓸𝓸𝓭", "𝟘", "𐐀", "𠀀", "𞤀", "𞸀", "\xF3\xA0\x84\x80", "ĳ", "ŉ",
	/* scripts without spaces, and others */
	"ดีมาก", "很好吃", "とても", "ດີ", "ល្អ", "좋아요", "хорошо", "καλό", "अच्छा", "ձեռք", "ქართული",
	/* not UTF-8: lone and wrong bytes, overlong forms, surrogates, beyond the last code point, cut off */
	"\x80", "\xBF\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xA0\xBD\xED\xB8\x80", "\xED\xBF\xBF",
	"\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xF8\x88\x80\x80\x80", "\xFE", "\xFF", "\xC3", "\xE2\x80", "\xF0\x9F\x98", "\xD9", "\xD7",
};

static uint64
draw(uint64 *state)
{
	uint64		z = (*state += UINT64CONST(0x9E3779B97F4A7C15));

	z = (z ^ z >> 30) * UINT64CONST(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64CONST(0x94D049BB133111EB);
	return z ^ z >> 31;
}

static int
encode(int32 c, char *bytes)
{
	if (c < 0x80)
	{
		bytes[0] = c;
		return 1;
	}
	if (c < 0x800)
	{
		bytes[0] = 0xC0 | c >> 6;
		bytes[1] = 0x80 | (c & 0x3F);
		return 2;
	}
	if (c < 0x10000)
	{
		bytes[0] = 0xE0 | c >> 12;
		bytes[1] = 0x80 | (c >> 6 & 0x3F);
		bytes[2] = 0x80 | (c & 0x3F);
		return 3;
	}
	bytes[0] = 0xF0 | c >> 18;
	bytes[1] = 0x80 | (c >> 12 & 0x3F);
	bytes[2] = 0x80 | (c >> 6 & 0x3F);
	bytes[3] = 0x80 | (c & 0x3F);
	return 4;
}

/* Of any code point (surrogates too), but mostly of blocks that the scanner knows */
static int
random_char(uint64 *state, char *bytes)
{
	static const int32 blocks[][2] = {
		{0x20, 0x7F}, {0xA0, 0x250}, {0x300, 0x370}, {0x590, 0x600}, {0x600, 0x700}, {0x2000, 0x2070}, {0x2600, 0x27C0},
		{0xFB1D, 0xFE00}, {0xFE00, 0xFE10}, {0xFE70, 0xFF00}, {0x1D400, 0x1D800}, {0x1F1E6, 0x1F200}, {0x1F300, 0x1FB00}, {0, 0x110000}
	};
	const int32 *block = blocks[draw(state) % lengthof(blocks)];

	return encode(block[0] + draw(state) % (block[1] - block[0]), bytes);
}

size_t
hostile_text(uint64 *state, unsigned char *text, size_t room)
{
	size_t		n = 0;
	size_t		wanted = draw(state) % 8 == 0 ? room : draw(state) % Min(room + 1, 200);
	int			joining = draw(state) % 3;	/* 0: with blanks, 1: without, 2: now and then */

	while (n < wanted)
	{
		char		bytes[4];
		const char *piece = bytes;
		size_t		length;
		size_t		times = draw(state) % 16 == 0 ? 1 + draw(state) % 300 : 1;
		uint64		how = draw(state) % 16;

		if (how == 0)
		{
			bytes[0] = draw(state);
			length = 1;
		}
		else if (how < 3)
			length = random_char(state, bytes);
		else
		{
			piece = pieces[draw(state) % lengthof(pieces)];
			length = strlen(piece);
		}
		for (; times > 0 && n < room; times--)
		{
			/* the last one may be cut off anywhere */
			size_t		fits = Min(length, room - n);

			memcpy(text + n, piece, fits);
			n += fits;
		}
		if (n < room && (joining == 0 || (joining == 2 && draw(state) % 4 == 0)))
			text[n++] = ' ';
	}
	return n;
}
