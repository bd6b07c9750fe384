/* One character of a log line, as itself or as an escape. JSON, C and Python write a character as
 * `\u003c`, `\x3c`, `\074` or `\n`, behind more backslashes where the text was escaped again; nginx
 * writes `\x3C`, and rsyslog `#011`. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum {
	WRITTEN_BACKSLASHES_MAX = 16, /* of one escape: more are no escape */
	WRITTEN_DAMAGED = 0xFFFD,     /* a byte that is no character of UTF-8 */
};

/* Whether an escape may begin at `i`; a backslash before a quote begins none. */
static inline bool written_may_be_escape(struct text t, size_t i)
{
	char c = t.data[i];

	return (c == '\\' || c == '#') &&
	       (i + 1 == t.len || (t.data[i + 1] != '"' && t.data[i + 1] != '\''));
}

/* As written_at() and written_before(), for what is not one byte of ASCII. */
uint32_t written_long_at(struct text t, size_t i, size_t *ret_end);
uint32_t written_long_before(struct text t, size_t i, size_t *ret_start);

/* The character at `i`, and where it ends. A backslash that begins no escape is itself. Outside the
 * text there is a line end of no bytes. */
static inline uint32_t written_at(struct text t, size_t i, size_t *ret_end)
{
	if (i >= t.len || (unsigned char)t.data[i] >= 0x80 || written_may_be_escape(t, i))
		return written_long_at(t, i, ret_end);
	*ret_end = i + 1;
	return (unsigned char)t.data[i];
}

/* The character that ends before `i`, and where it starts. Every byte above ASCII counts as
 * damaged: such a character continues no word. */
static inline uint32_t written_before(struct text t, size_t i, size_t *ret_start)
{
	char last = '\n';

	if (i > 0)
		last = t.data[i - 1];
	/* The last byte of an escape, too. */
	if (i == 0 || char_is_word(last) || last == '/' || (unsigned char)last >= 0x80)
		return written_long_before(t, i, ret_start);
	*ret_start = i - 1;
	return (unsigned char)last;
}

/* Whether the text ends within an escape that begins at `i`. */
bool written_is_cut(struct text t, size_t i);
