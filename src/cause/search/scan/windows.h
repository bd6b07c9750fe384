/* Where in each literal the search looks for it. A window is up to four bytes of a literal. The
 * search proposes a place where it sees a window, and only then compares literals. */
#pragma once

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "cause/search/scan/buckets.h"

/* As many literals share a window; more where they have no other windows. */
enum { WINDOW_LITERALS_MAX = 16 };

struct window {
	uint8_t offset; /* in the literal */
	uint8_t len;    /* WINDOW_LEN; that of the literal where it is shorter */
};

/* The bytes of a window, at most WINDOW_LEN, as a number: the first byte is the lowest. */
static inline uint32_t window_read(struct text window)
{
	uint32_t bytes = 0;

	for (size_t i = 0; i < window.len; i++)
		bytes |= (uint32_t)(unsigned char)window.data[i] << (8 * i);
	return bytes;
}

/* What window_read returns, of its first 1..WINDOW_LEN bytes, without letter case. Some other bytes
 * get lost as well: `[` is as `{`. Windows of different lengths have different keys. */
static inline uint32_t window_key(uint32_t bytes, size_t len)
{
	assert(len > 0 && len <= WINDOW_LEN);
	return (bytes | UINT32_C(0x20202020)) & UINT32_MAX >> (8 * (WINDOW_LEN - len));
}

/* Choose a window for each of `n` literals of 1..255 bytes, and distribute them to the buckets of
 * `draft`: windows whose bytes are rare in logs and that are similar to those of other literals.
 * Returns 0, -ENOMEM. */
int windows_choose(
	const struct text *literals, size_t n, struct window *ret, struct bucket_draft *draft);
