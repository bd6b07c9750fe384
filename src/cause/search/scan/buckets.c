/* A place is proposed where one bucket has each position's byte, low half and high half by
 * themselves. A bucket of `a1` and `b2` thus has `a2` and `b1`, too. How often a bucket proposes a
 * place is estimated from the frequency of bytes in logs. A text goes to the bucket whose estimate
 * rises least, so that similar texts come together. The most frequent texts go first, for they have
 * the choice of all buckets. */
#include "config.h"

#include "cause/search/scan/buckets.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/cleanup.h"

enum { N_BUCKETS = 8 };

/* The halves of bytes that a text or bucket has at one position, as bits. */
struct halves {
	uint16_t low, high;
};

struct shape {
	struct halves positions[WINDOW_LEN];
	uint64_t rate; /* places that have it, in 1000 to the WINDOW_LEN */
};

/* Sums of frequencies of bytes, by the high half and by a set of low halves, split in two. */
struct sums {
	uint16_t items[16][2][256];
};

static void sums_fill(struct sums *sums)
{
	for (unsigned high = 0; high < 16; high++)
		for (unsigned part = 0; part < 2; part++) {
			uint16_t *items = sums->items[high][part];

			items[0] = 0;
			for (unsigned set = 1; set < 256; set++) {
				unsigned low = 8 * part + (unsigned)__builtin_ctz(set);
				unsigned char byte = (unsigned char)(high << 4 | low);

				items[set] =
					(uint16_t)(items[set & (set - 1)] + byte_frequency(byte));
			}
		}
}

static unsigned sum_halves(const struct sums *sums, struct halves halves)
{
	unsigned sum = 0;

	for (unsigned set = halves.high; set; set &= set - 1) {
		const uint16_t(*parts)[256] = sums->items[__builtin_ctz(set)];

		sum += parts[0][halves.low & 0xFF] + parts[1][halves.low >> 8];
	}
	return sum;
}

static void estimate_rate(const struct sums *sums, struct shape *shape)
{
	shape->rate = 1;
	for (size_t i = 0; i < WINDOW_LEN; i++)
		shape->rate *= sum_halves(sums, shape->positions[i]);
}

static struct halves halves_of(char c)
{
	unsigned char lower = (unsigned char)char_lower(c);
	struct halves halves = {
		.low = (uint16_t)(1u << (lower & 0x0F)),
		.high = (uint16_t)(1u << (lower >> 4)),
	};

	if (lower >= 'a' && lower <= 'z')
		halves.high |= (uint16_t)(halves.high >> 2);
	return halves;
}

static void make_shape(const struct sums *sums, struct text text, struct shape *ret)
{
	for (size_t i = 0; i < WINDOW_LEN; i++)
		ret->positions[i] = i < text.len ? halves_of(text.data[i])
						 : (struct halves){ UINT16_MAX, UINT16_MAX };
	estimate_rate(sums, ret);
}

/* Returns whether this changes the shape. */
static bool add_shape(struct shape *shape, const struct shape *other)
{
	bool changes = false;

	for (size_t i = 0; i < WINDOW_LEN; i++) {
		struct halves *has = &shape->positions[i];
		struct halves more = other->positions[i];

		changes |= (more.low & ~has->low) || (more.high & ~has->high);
		has->low |= more.low;
		has->high |= more.high;
	}
	return changes;
}

static void add_to_best(const struct sums *sums, struct shape *buckets, const struct shape *shape)
{
	uint64_t best_rise = UINT64_MAX;
	struct shape best;
	size_t best_index = 0;

	for (size_t i = 0; i < N_BUCKETS; i++) {
		struct shape bucket = buckets[i];

		if (!add_shape(&bucket, shape))
			return;
		estimate_rate(sums, &bucket);
		if (bucket.rate - buckets[i].rate < best_rise) {
			best_rise = bucket.rate - buckets[i].rate;
			best = bucket;
			best_index = i;
		}
	}
	buckets[best_index] = best;
}

static int compare_rates(const void *left, const void *right)
{
	const struct shape *a = left, *b = right;

	return (a->rate < b->rate) - (a->rate > b->rate);
}

static void fill_tables(const struct shape *buckets, struct buckets *ret)
{
	*ret = (struct buckets){ 0 };
	for (size_t i = 0; i < N_BUCKETS; i++)
		for (size_t at = 0; at < WINDOW_LEN; at++)
			for (size_t half = 0; half < 16; half++) {
				struct halves halves = buckets[i].positions[at];

				ret->low[at][half] |= (uint8_t)((halves.low >> half & 1u) << i);
				ret->high[at][half] |= (uint8_t)((halves.high >> half & 1u) << i);
			}
}

int buckets_fill(const struct text *texts, size_t n, struct buckets *ret)
{
	CLEANUP(freep) struct sums *sums = malloc(sizeof(*sums));
	CLEANUP(freep) struct shape *shapes = calloc(n + 1, sizeof(*shapes));
	struct shape buckets[N_BUCKETS] = { 0 };

	if (!sums || !shapes)
		return -ENOMEM;
	sums_fill(sums);
	for (size_t i = 0; i < n; i++)
		make_shape(sums, texts[i], &shapes[i]);
	qsort(shapes, n, sizeof(*shapes), compare_rates);
	for (size_t i = 0; i < n; i++)
		add_to_best(sums, buckets, &shapes[i]);
	fill_tables(buckets, ret);
	return 0;
}
