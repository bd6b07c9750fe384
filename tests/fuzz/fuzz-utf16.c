/* UTF-16 becomes valid UTF-8, the same however the bytes are chopped and wherever the buffer is
 * full; the cursor finds the raw bytes of each part of it.
 *
 * The input: a byte whose first bit is the byte order and whose others seed the chopping, then the
 * text. */
#include "config.h"

#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "wire/utf16.h"

enum { TEXT_MAX = 1024 * 1024, PIECE_MAX = 16 };

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16;
}

/* Convert in small pieces, into a buffer that is often full. */
static void convert_chopped(
	enum utf16_kind kind, struct text raw, uint32_t seed, struct buffer *out)
{
	size_t at = 0, end = 0;

	while (at < raw.len) {
		CLEANUP(buffer_done) struct buffer part = buffer_make(4 + next(&seed) % PIECE_MAX);
		size_t n_raw = 0;

		if (end - at < 4)
			end += next(&seed) % PIECE_MAX;
		end = end < raw.len ? end : raw.len;
		must(utf16_convert(kind, text_make(raw.data + at, end - at), end == raw.len, &part,
			     &n_raw) == 0);
		must(n_raw <= end - at);
		must(n_raw > 0 || end - at < 4);
		buffer_add_text(out, buffer_text(&part));
		at += n_raw;
	}
}

/* The part up to each position is what its raw bytes give. */
static void check_cursor(enum utf16_kind kind, struct text raw, struct text utf8, uint32_t seed)
{
	struct utf16_cursor cursor = utf16_cursor_make(kind, raw);
	size_t at = 0, n_raw = 0, n_utf8 = 0;

	while (at < utf8.len) {
		CLEANUP(buffer_done) struct buffer part = buffer_make(TEXT_MAX);
		size_t moved, taken = 0;

		at += 1 + next(&seed) % PIECE_MAX;
		at = at < utf8.len ? at : utf8.len;
		moved = utf16_cursor_move(&cursor, at);
		must(moved >= n_raw && moved <= raw.len);
		must(utf16_convert(kind, text_make(raw.data + n_raw, moved - n_raw), true, &part,
			     &taken) == 0);
		must(taken == moved - n_raw);
		must(at - n_utf8 >= part.len && at - n_utf8 - part.len < 4);
		must(text_starts(
			text_make(utf8.data + n_utf8, utf8.len - n_utf8), buffer_text(&part)));
		n_utf8 += part.len;
		n_raw = moved;
	}
	must(n_utf8 == utf8.len && n_raw == raw.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buffer_done) struct buffer whole = buffer_make(TEXT_MAX);
	CLEANUP(buffer_done) struct buffer chopped = buffer_make(TEXT_MAX);
	enum utf16_kind kind;
	struct text raw;
	size_t n_raw = 0;

	if (size == 0 || size > TEXT_MAX / 4)
		return 0;
	raw = text_make((const char *)data + 1, size - 1);
	(void)utf16_detect(raw);
	kind = data[0] & 1 ? UTF16_BIG : UTF16_LITTLE;
	must(utf16_convert(kind, raw, true, &whole, &n_raw) == 0);
	must(n_raw == raw.len);
	must(text_is_utf8(buffer_text(&whole)));
	convert_chopped(kind, raw, data[0], &chopped);
	must(text_equal(buffer_text(&whole), buffer_text(&chopped)));
	check_cursor(kind, raw, buffer_text(&whole), data[0]);
	return 0;
}
