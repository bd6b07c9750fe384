/* UTF-16 text with a byte order mark, as UTF-8 (RFC 2781, RFC 3629). Code units that encode no
 * character become U+FFFD. The code is pure: bytes in, bytes out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/text.h"

enum utf16_kind {
	UTF16_NONE,   /* no byte order mark of UTF-16 */
	UTF16_LITTLE, /* FF FE, least significant byte first */
	UTF16_BIG,    /* FE FF, most significant byte first */
};

enum {
	UTF16_MARK_LEN = 2, /* bytes of the mark */
	UTF16_HEAD_LEN = 4, /* bytes that utf16_detect looks at */
	UTF16_UNIT_LEN = 2,
	UTF16_CHARACTER_MAX = 4, /* bytes of a character, as UTF-8 or UTF-16 */
};

/* The kind of a text by its first bytes. Pass UTF16_HEAD_LEN bytes where there are so many: FF FE
 * 00 00 is the mark of UTF-32, which gives UTF16_NONE. */
enum utf16_kind utf16_detect(struct text head);

/* Append `raw`, which has no mark, to `out` as UTF-8. Only whole characters are taken: an odd byte
 * and the first half of a surrogate pair at the end are left, unless `at_end` says that nothing
 * follows; then each becomes U+FFFD. Where `out` would grow past its bound, the characters that do
 * not fit are left, too.
 * Returns 0 with the bytes taken in `ret_n_raw`, or -ENOMEM; then nothing was taken, and the error
 * stays in `out`. */
int utf16_convert(
	enum utf16_kind kind, struct text raw, bool at_end, struct buffer *out, size_t *ret_n_raw);

/* Finds the raw bytes that a part of the UTF-8 was made of. It only moves forward, so finding every
 * line end of a block reads the block once. */
struct utf16_cursor {
	enum utf16_kind kind;
	struct text raw;
	size_t n_raw, n_utf8; /* where it is: both are behind the same character */
};

/* A cursor at the start. `raw` is what utf16_convert took, no byte more, and must stay there. */
struct utf16_cursor utf16_cursor_make(enum utf16_kind kind, struct text raw);

/* Move behind the last character that is whole in the first `n_utf8` bytes of the UTF-8: at least
 * as many as in the last call, and at most as many as there are. Returns how many raw bytes belong
 * to them. */
size_t utf16_cursor_move(struct utf16_cursor *cursor, size_t n_utf8);
