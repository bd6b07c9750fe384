/* Whether a cause follows a key: the grammar of becaused-profile(5) for one occurrence of the key.
 * Its forms are `key=1`, `key: 1`, `key = "1"`, `key=>1`, JSON also when escaped inside JSON, the
 * XML element and the XML attribute. Separators may have full width. Colors of a terminal are
 * looked through, and escapes such as `\u003c` are the characters that they mean. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum {
	VALUE_DIGITS_MAX = 10, /* digits as written, leading zeros included */
	VALUE_NAME_MAX = 63,   /* bytes of a symbolic name */
};

/* The largest cause code: UINT32_MAX means that there is none. */
#define VALUE_CODE_MAX UINT32_C(4294967294)

enum value_base {
	VALUE_DECIMAL, /* 512, 00531 */
	VALUE_HEX,     /* 10, 0x1F */
	VALUE_Q931,    /* 0x8290, 8290: two octets, the low one is 0x80 | cause (Q.931 4.5.12) */
	VALUE_NAME,    /* NORMAL_CLEARING */
};

/* "decimal", "hex", "q931", "name", NULL. */
extern const char *const value_base_names[];

struct value {
	size_t start; /* of the key and the colors before it: the first byte that it depends on */
	size_t offset, len; /* of the value as written, in bytes from the start of the text */
	uint32_t code;      /* not for VALUE_NAME */
};

/* Look for a value of the key at text[start..end). Blanks are spaces, tabs and non-breaking
 * blanks; the value never lies behind a line end. Returns true and the value. Returns false where
 * the key is part of a longer word, or where no separator and value follow. It also returns false
 * where the value is not wholly a number of this base (negative, fractional, overlong, followed by
 * letters). */
bool value_after_key(
	struct text text, size_t start, size_t end, enum value_base base, struct value *ret);

/* Whether more text could still continue the value that ends at `end`: where only colors, the
 * beginning of an escape, or `.`, `-`, `:` or `/` follow to the end of the text. */
bool value_may_continue(struct text text, size_t end);

/* Read all of text[offset..offset+len), blanks at its ends apart, as one value. */
bool value_whole(
	struct text text, size_t offset, size_t len, enum value_base base, struct value *ret);
