/* Whether a cause follows a key: the grammar of becaused-profile(5) for one occurrence of the key.
 * Its forms are `key=1`, `key: 1`, `key = "1"`, `key=>1`, JSON also when escaped inside JSON, its
 * arrays of plain values, JSON with the doubled quotes of CSV, the XML element and the XML
 * attribute. Separators may have full width. Colors of a terminal are looked through, and escapes
 * such as `\u003c` are the characters that they mean. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum {
	VALUE_DIGITS_MAX = 10, /* digits as written, leading zeros included */
	VALUE_NAME_MAX = 63,   /* bytes of a symbolic name */
	VALUE_FACT_MAX = 64,   /* bytes of a fact of the call */
};

/* The largest cause code: UINT32_MAX means that there is none. */
#define VALUE_CODE_MAX UINT32_C(4294967294)

enum value_base {
	VALUE_DECIMAL, /* 512, 00531 */
	VALUE_HEX,     /* 10, 0x1F */
	VALUE_Q931,    /* 0x8290, 8290: two octets, the low one is 0x80 | cause (Q.931 4.5.12) */
	VALUE_NAME,    /* NORMAL_CLEARING, User-Request: one word */
	VALUE_TEXT,    /* Normal Clearing: any name that is known */
	VALUE_FACT,    /* 87-3, trunk a: any value; it is no cause, but a fact of the call */
};

/* "decimal", "hex", "q931", "name", "text", NULL: of the bases that causes have. */
extern const char *const value_base_names[];

/* What is known of a name. */
enum value_spelling {
	VALUE_NAME_UNKNOWN,
	VALUE_NAME_KNOWN,   /* in some letter case */
	VALUE_NAME_SPELLED, /* in this letter case, too */
};

typedef enum value_spelling value_name_fn(const void *names, struct text name);

/* How a value is written. */
struct value_form {
	enum value_base base;
	/* For VALUE_NAME and VALUE_TEXT: looks up a name of 1 to VALUE_NAME_MAX bytes among
	 * `names`, letter case ignored. NULL: no name is known. */
	value_name_fn *find_name;
	const void *names;
};

struct value {
	size_t start; /* of the key and the colors before it: the first byte that it depends on */
	size_t offset, len; /* of the value as written, in bytes from the start of the text */
	uint32_t code;      /* not for VALUE_NAME and VALUE_TEXT */
	size_t reach;       /* of a VALUE_FACT: it depends on the text up to here */
	size_t next; /* offset of the next item, where the value is one of an array; 0 = none */
};

/* Look for a value of the key at text[start..end). Blanks are spaces, tabs and non-breaking
 * blanks; the value never lies behind a line end. Returns true and the value; of an array, its
 * first. Returns false where the key is part of a longer word, or where no separator and value
 * follow. It also returns false where the value is none of its form:
 *  - a number that is negative, fractional, overlong, of another base, or followed by letters;
 *  - a word that is unknown, unless it is written in capitals like a name, `[A-Z][A-Z0-9_]+`;
 *  - for VALUE_TEXT, anything that is unknown. The longest name counts that the value begins with
 *    and that ends with the value, or before a bracket or one of `,;&|<>"\` and tab;
 *  - `null`, `true`, `false`, `none` and `undefined`, unless the name is known in this spelling.
 * A VALUE_FACT is all that is in quotes or in an element; else what is before a blank, a bracket,
 * or one of `,;&|<>"'\`, without a dot or colon at its end. It is none where it looks like the next
 * key. One of more than VALUE_FACT_MAX bytes has `len` past that bound, and need not end there; one
 * in quotes that do not close before the text ends has a `len` of 0. */
bool value_after_key(struct text text, size_t start, size_t end, const struct value_form *form,
	struct value *ret);

/* The item behind the value `ret`, of the same array. Returns false where there is none, or where
 * it is no value of this form: then the array ends. */
bool value_next(struct text text, const struct value_form *form, struct value *ret);

/* Whether more text could still continue the value that ends at `end`: where only colors, the
 * beginning of an escape, or `.`, `-`, `:` or `/` follow to the end of the text. */
bool value_may_continue(struct text text, size_t end);

/* The same for a value of VALUE_TEXT at text[offset..end): also where a longer name may follow, and
 * where only blanks, or an apostrophe behind them, follow to the end of the text. */
bool value_text_may_continue(struct text text, size_t offset, size_t end);

/* Read all of text[offset..offset+len), blanks at its ends apart, as one value. For VALUE_TEXT, a
 * delimiter and more may follow the name. */
bool value_whole(struct text text, size_t offset, size_t len, const struct value_form *form,
	struct value *ret);
