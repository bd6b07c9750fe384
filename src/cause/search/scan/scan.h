/* Find any of many literals in a block of bytes, in any ASCII letter case, at the speed of memory.
 * Hundreds of literals cost little more than one. This is the hot path of both programs: a byte
 * that is part of no literal is read here and nowhere else. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/text.h"

enum {
	SCAN_LITERALS_MAX = 1024,
	SCAN_LITERAL_LEN_MAX = 255,
};

struct scan;

/* The position of a search; start with { 0 } or { .offset = from }. */
struct scan_cursor {
	size_t offset;
	unsigned literal;
};

/* Build the search for `n` literals of 1..SCAN_LITERAL_LEN_MAX bytes, which are copied. n may be
 * 0: then nothing is ever found. Returns 0, -E2BIG past SCAN_LITERALS_MAX, -EINVAL for a literal
 * of a length outside the bounds, -ENOMEM. */
int scan_new(const struct text *literals, size_t n, struct scan **ret);

/* Accepts NULL, returns NULL. */
struct scan *scan_free(struct scan *scan);
CLEANUP_DEFINE(struct scan *, scan_free);

/* Find the next occurrence of any literal in data[0..len) from the cursor on, which moves behind
 * it. A cursor inside a literal may still find that one. Calling again finds the next occurrence,
 * another literal at the same place included. When no literal holds a line end, occurrences come in
 * the order of their lines. True with the index of the literal and its first byte's offset, false
 * when there is no more. */
bool scan_next(const struct scan *scan, const char *data, size_t len, struct scan_cursor *cursor,
	unsigned *ret_literal, size_t *ret_start);

/* As above without vector instructions: this is used where the processor has none. */
bool scan_next_portable(const struct scan *scan, const char *data, size_t len,
	struct scan_cursor *cursor, unsigned *ret_literal, size_t *ret_start);
