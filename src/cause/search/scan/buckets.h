/* The tables of the vector search: which bytes the windows of the literals have at each position.
 * The windows are in eight buckets. Each bucket is a bit in the tables. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum {
	WINDOW_LEN = 4,
	N_BUCKETS = 8,
};

/* For each position, the buckets that have a byte with this half there. */
struct buckets {
	uint8_t low[WINDOW_LEN][16];
	uint8_t high[WINDOW_LEN][16];
};

/* The bytes that a bucket has at one position: those with one of its low halves and one of its high
 * halves. Sums are of the frequencies of bytes. */
struct bucket_position {
	uint16_t low, high; /* halves, as bits */
	uint16_t sum;
	/* The sum of the bytes with this half whose other half the bucket has. */
	uint16_t by_low[16], by_high[16];
};

struct bucket {
	struct bucket_position positions[WINDOW_LEN];
	uint64_t rate; /* places that it proposes, in 1000 to the WINDOW_LEN; 0 = it is empty */
};

/* Buckets that take windows; start with { 0 }. */
struct bucket_draft {
	struct bucket items[N_BUCKETS];
};

/* How many more places, in 1000 to the WINDOW_LEN, are proposed when a window of 1..WINDOW_LEN
 * bytes is added, and the bucket where they are fewest. Letter case makes no difference. */
uint64_t buckets_rise(const struct bucket_draft *draft, struct text window, size_t *ret_bucket);

/* Add a window to a bucket. Past its end, a window has any byte. */
void buckets_add(struct bucket_draft *draft, struct text window, size_t bucket);

/* Remove all windows from a bucket. */
void buckets_clear(struct bucket_draft *draft, size_t bucket);

/* Make the tables of all windows that were added. */
void buckets_fill(const struct bucket_draft *draft, struct buckets *ret);
