/* The tables of the vector search: which bytes the windows of the literals have at each position.
 * The windows are in eight buckets. Each bucket is a bit in the tables. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "cause/search/scan/windows.h"

/* For each position, the buckets that have a byte with this half there. */
struct buckets {
	uint8_t low[WINDOW_LEN][16];
	uint8_t high[WINDOW_LEN][16];
};

/* Distribute `n` texts of 1..WINDOW_LEN bytes to the buckets. Past its end, a text has any byte.
 * Letter case makes no difference. Returns 0, -ENOMEM. */
int buckets_fill(const struct text *texts, size_t n, struct buckets *ret);
