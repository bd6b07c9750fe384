/* A place is proposed where one bucket has each position's byte, low half and high half by
 * themselves. A bucket of `a1` and `b2` thus has `a2` and `b1`, too. How often a bucket proposes a
 * place is estimated from the frequency of bytes in logs. A window goes to the bucket whose
 * estimate rises least, so that similar windows come together. */
#include "config.h"

#include "cause/search/scan/buckets.h"

#include <assert.h>
#include <stdbool.h>

#include "cause/search/scan/frequency.h"

/* A byte without letter case: its low half, and its high halves in both cases. */
struct halves {
	unsigned low, highs[2];
	unsigned n_highs;
};

static struct halves halves_of(char c)
{
	unsigned lower = (unsigned char)char_lower(c);
	struct halves halves = { .low = lower & 0x0F, .highs = { lower >> 4 }, .n_highs = 1 };

	if (lower >= 'a' && lower <= 'z')
		halves.highs[halves.n_highs++] = (lower >> 4) - 2;
	return halves;
}

static unsigned frequency_of(unsigned high, unsigned low)
{
	return byte_frequency((unsigned char)(high << 4 | low));
}

static bool has_half(uint16_t set, unsigned half)
{
	return set >> half & 1u;
}

/* The sum of the position once it has these halves, too. */
static unsigned sum_with(const struct bucket_position *position, const struct halves *halves)
{
	bool is_new = !has_half(position->low, halves->low);
	unsigned sum = position->sum + (is_new ? position->by_low[halves->low] : 0u);

	for (unsigned i = 0; i < halves->n_highs; i++) {
		unsigned high = halves->highs[i];

		if (has_half(position->high, high))
			continue;
		sum += position->by_high[high] + (is_new ? frequency_of(high, halves->low) : 0u);
	}
	return sum;
}

static void add_low(struct bucket_position *position, unsigned low)
{
	if (has_half(position->low, low))
		return;
	position->low |= (uint16_t)(1u << low);
	position->sum += position->by_low[low];
	for (unsigned high = 0; high < 16; high++)
		position->by_high[high] += (uint16_t)frequency_of(high, low);
}

static void add_high(struct bucket_position *position, unsigned high)
{
	if (has_half(position->high, high))
		return;
	position->high |= (uint16_t)(1u << high);
	position->sum += position->by_high[high];
	for (unsigned low = 0; low < 16; low++)
		position->by_low[low] += (uint16_t)frequency_of(high, low);
}

static void add_any_byte(struct bucket_position *position)
{
	for (unsigned half = 0; half < 16; half++) {
		add_low(position, half);
		add_high(position, half);
	}
}

static void add_byte(struct bucket_position *position, const struct halves *halves)
{
	add_low(position, halves->low);
	for (unsigned i = 0; i < halves->n_highs; i++)
		add_high(position, halves->highs[i]);
}

/* The rate of the bucket once it has these `len` bytes, too. Past them, it has any byte. */
static uint64_t rate_with(const struct bucket *bucket, const struct halves *halves, size_t len)
{
	uint64_t rate = 1;

	for (size_t i = 0; i < len; i++)
		rate *= sum_with(&bucket->positions[i], &halves[i]);
	for (size_t i = len; i < WINDOW_LEN; i++)
		rate *= BYTE_FREQUENCY_SUM;
	return rate;
}

uint64_t buckets_rise(const struct bucket_draft *draft, struct text window, size_t *ret_bucket)
{
	struct halves halves[WINDOW_LEN];
	uint64_t best = UINT64_MAX;
	bool has_empty = false;

	assert(window.len > 0 && window.len <= WINDOW_LEN);
	for (size_t i = 0; i < window.len; i++)
		halves[i] = halves_of(window.data[i]);
	for (size_t i = 0; i < N_BUCKETS && best > 0; i++) {
		const struct bucket *bucket = &draft->items[i];
		uint64_t rise;

		if (bucket->rate == 0 && has_empty)
			continue;
		has_empty |= bucket->rate == 0;
		rise = rate_with(bucket, halves, window.len) - bucket->rate;
		if (rise >= best)
			continue;
		best = rise;
		*ret_bucket = i;
	}
	return best;
}

void buckets_add(struct bucket_draft *draft, struct text window, size_t bucket)
{
	struct bucket *into = &draft->items[bucket];

	assert(bucket < N_BUCKETS && window.len <= WINDOW_LEN);
	into->rate = 1;
	for (size_t i = 0; i < WINDOW_LEN; i++) {
		struct bucket_position *position = &into->positions[i];

		if (i < window.len) {
			const struct halves halves = halves_of(window.data[i]);

			add_byte(position, &halves);
		} else {
			add_any_byte(position);
		}
		into->rate *= position->sum;
	}
}

void buckets_clear(struct bucket_draft *draft, size_t bucket)
{
	assert(bucket < N_BUCKETS);
	draft->items[bucket] = (struct bucket){ 0 };
}

void buckets_fill(const struct bucket_draft *draft, struct buckets *ret)
{
	*ret = (struct buckets){ 0 };
	for (size_t i = 0; i < N_BUCKETS; i++)
		for (size_t at = 0; at < WINDOW_LEN; at++)
			for (unsigned half = 0; half < 16; half++) {
				const struct bucket_position *has = &draft->items[i].positions[at];

				ret->low[at][half] |= (uint8_t)(has_half(has->low, half) << i);
				ret->high[at][half] |= (uint8_t)(has_half(has->high, half) << i);
			}
}
