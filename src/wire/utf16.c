/* One decoder serves both the conversion and the cursor, so the two cannot disagree about how many
 * bytes a character has. */
#include "config.h"

#include "wire/utf16.h"

#include <assert.h>
#include <stdint.h>

enum {
	UTF8_PER_UNIT = 3, /* bytes that one unit can become; two units become at most four */
	REPLACEMENT = 0xFFFD,
};

/* A character: its code point, and how many bytes it has in both encodings. */
struct character {
	uint32_t code;
	size_t n_raw, n_utf8;
};

enum utf16_kind utf16_detect(struct text head)
{
	static const unsigned char utf32[UTF16_HEAD_LEN] = { 0xFF, 0xFE, 0, 0 };

	if (head.len < UTF16_MARK_LEN)
		return UTF16_NONE;
	if (memcmp(head.data, "\xFE\xFF", UTF16_MARK_LEN) == 0)
		return UTF16_BIG;
	if (memcmp(head.data, "\xFF\xFE", UTF16_MARK_LEN) != 0)
		return UTF16_NONE;
	return head.len >= UTF16_HEAD_LEN && memcmp(head.data, utf32, UTF16_HEAD_LEN) == 0
		       ? UTF16_NONE
		       : UTF16_LITTLE;
}

static uint32_t read_unit(enum utf16_kind kind, const char *at)
{
	unsigned first = (unsigned char)at[0], second = (unsigned char)at[1];

	return kind == UTF16_BIG ? first << 8 | second : second << 8 | first;
}

static bool is_first_half(uint32_t unit)
{
	return unit >= 0xD800 && unit < 0xDC00;
}

static bool is_second_half(uint32_t unit)
{
	return unit >= 0xDC00 && unit < 0xE000;
}

static size_t measure_utf8(uint32_t code)
{
	if (code < 0x80)
		return 1;
	if (code < 0x800)
		return 2;
	return code < 0x10000 ? 3 : 4;
}

static struct character make_character(uint32_t code, size_t n_raw)
{
	return (struct character){ code, n_raw, measure_utf8(code) };
}

/* Read the character at the front of `raw`, which is not empty. Returns false where more bytes are
 * needed. */
static bool decode(enum utf16_kind kind, struct text raw, bool at_end, struct character *ret)
{
	uint32_t unit, second;

	if (raw.len < UTF16_UNIT_LEN) {
		*ret = make_character(REPLACEMENT, raw.len);
		return at_end;
	}
	unit = read_unit(kind, raw.data);
	if (!is_first_half(unit)) {
		*ret = make_character(is_second_half(unit) ? REPLACEMENT : unit, UTF16_UNIT_LEN);
		return true;
	}
	*ret = make_character(REPLACEMENT, UTF16_UNIT_LEN);
	if (raw.len < (size_t)2 * UTF16_UNIT_LEN)
		return at_end;
	second = read_unit(kind, raw.data + UTF16_UNIT_LEN);
	if (is_second_half(second))
		*ret = make_character(0x10000 + ((unit - 0xD800) << 10 | (second - 0xDC00)),
			(size_t)2 * UTF16_UNIT_LEN);
	return true;
}

static void encode(const struct character *character, char *out)
{
	static const unsigned char first[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
	uint32_t code = character->code;

	for (size_t i = character->n_utf8 - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (code & 0x3F));
		code >>= 6;
	}
	out[0] = (char)(first[character->n_utf8] | code);
}

/* Make room for all of `raw`, or for as much as the bound allows. */
static int reserve(struct buffer *out, size_t n_raw)
{
	size_t left = out->max - out->len,
	       n_units = n_raw / UTF16_UNIT_LEN + n_raw % UTF16_UNIT_LEN;

	return buffer_reserve(out, n_units > left / UTF8_PER_UNIT ? left : n_units * UTF8_PER_UNIT);
}

int utf16_convert(
	enum utf16_kind kind, struct text raw, bool at_end, struct buffer *out, size_t *ret_n_raw)
{
	size_t n_raw = 0;
	int r;

	assert(kind != UTF16_NONE);
	assert(out->len <= out->max);
	r = reserve(out, raw.len);
	if (r < 0)
		return r;
	while (n_raw < raw.len) {
		struct text rest = text_make(raw.data + n_raw, raw.len - n_raw);
		struct character character;

		if (!decode(kind, rest, at_end, &character) ||
			character.n_utf8 > out->size - out->len)
			break;
		encode(&character, out->data + out->len);
		out->len += character.n_utf8;
		n_raw += character.n_raw;
	}
	*ret_n_raw = n_raw;
	return 0;
}

struct utf16_cursor utf16_cursor_make(enum utf16_kind kind, struct text raw)
{
	assert(kind != UTF16_NONE);
	return (struct utf16_cursor){ .kind = kind, .raw = raw };
}

size_t utf16_cursor_move(struct utf16_cursor *cursor, size_t n_utf8)
{
	assert(n_utf8 >= cursor->n_utf8);
	while (cursor->n_utf8 < n_utf8 && cursor->n_raw < cursor->raw.len) {
		struct text rest = text_make(
			cursor->raw.data + cursor->n_raw, cursor->raw.len - cursor->n_raw);
		struct character character;

		/* What was taken ends behind a whole character. */
		(void)decode(cursor->kind, rest, true, &character);
		if (character.n_utf8 > n_utf8 - cursor->n_utf8)
			break;
		cursor->n_utf8 += character.n_utf8;
		cursor->n_raw += character.n_raw;
	}
	assert(cursor->n_raw <= cursor->raw.len);
	return cursor->n_raw;
}
