/* Each literal has a window of up to four of its bytes, the rarest in logs. A table per window
 * position shows, for every byte, which of eight buckets of literals have that byte there (in
 * either case). A place where some bucket agrees on all positions is a candidate and is compared in
 * full. With AVX2 the tables are split by nibble, and a dozen instructions try 32 places. Elsewhere
 * one place is tried at a time with the same tables. The idea is that of the Teddy matcher of
 * Hyperscan.
 *
 * Invariant: the vector step proposes every place that the portable step proposes. It may propose
 * more, since nibbles of different literals mix; the comparison decides. */
#include "config.h"

#include "cause/search/scan.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum {
	WINDOW = 4,
	BUCKETS = 8,
	STEP = 32,
};

struct literal {
	char bytes[SCAN_LITERAL_LEN_MAX]; /* lower case */
	size_t len;
	size_t window; /* offset of the window in the literal */
};

struct scan {
	uint8_t byte[WINDOW][256];
	uint8_t low[WINDOW][16], high[WINDOW][16];
	bool vector;
	size_t n_literals;
	struct literal literals[];
};

/* Bytes of log text by how common they are, as a cost: 0 for the rare. Letters are lower case. */
static unsigned commonness(char c)
{
	static const char common[] = "jqz_xkvwybgpfmuhdlcnisrtoae0123456789-.: ";
	const char *at = c ? strchr(common, c) : NULL;

	return at ? (unsigned)(at - common) : 0;
}

static size_t choose_window(const struct literal *literal)
{
	unsigned best_cost = UINT32_MAX;
	size_t best = 0;

	for (size_t at = 0; at + WINDOW <= literal->len; at++) {
		unsigned cost = 0;

		for (size_t i = 0; i < WINDOW; i++)
			cost += commonness(literal->bytes[at + i]);
		if (cost < best_cost) {
			best_cost = cost;
			best = at;
		}
	}
	return best;
}

static void table_set(struct scan *scan, size_t position, unsigned char byte, uint8_t bucket)
{
	scan->byte[position][byte] |= bucket;
	scan->low[position][byte & 0x0F] |= bucket;
	scan->high[position][byte >> 4] |= bucket;
}

/* Past the end of a literal shorter than the window, every byte matches. */
static void table_set_any(struct scan *scan, size_t position, uint8_t bucket)
{
	for (unsigned byte = 0; byte < 256; byte++)
		table_set(scan, position, (unsigned char)byte, bucket);
}

static void add_literal(struct scan *scan, size_t index, struct text t)
{
	struct literal *literal = &scan->literals[index];
	uint8_t bucket = (uint8_t)(1u << index % BUCKETS);

	for (size_t i = 0; i < t.len; i++)
		literal->bytes[i] = char_lower(t.data[i]);
	literal->len = t.len;
	literal->window = choose_window(literal);

	for (size_t i = 0; i < WINDOW; i++) {
		size_t at = literal->window + i;
		unsigned char c;

		if (at >= literal->len) {
			table_set_any(scan, i, bucket);
			continue;
		}
		c = (unsigned char)literal->bytes[at];
		table_set(scan, i, c, bucket);
		if (c >= 'a' && c <= 'z')
			table_set(scan, i, (unsigned char)(c - 'a' + 'A'), bucket);
	}
}

static bool has_vector(void)
{
#if defined(__x86_64__)
	return __builtin_cpu_supports("avx2");
#else
	return false;
#endif
}

int scan_new(const struct text *literals, size_t n, struct scan **ret)
{
	struct scan *scan;

	if (n > SCAN_LITERALS_MAX)
		return -E2BIG;
	for (size_t i = 0; i < n; i++)
		if (literals[i].len == 0 || literals[i].len > SCAN_LITERAL_LEN_MAX)
			return -EINVAL;
	scan = calloc(1, sizeof(*scan) + n * sizeof(*scan->literals));
	if (!scan)
		return -ENOMEM;

	scan->n_literals = n;
	scan->vector = has_vector();
	for (size_t i = 0; i < n; i++)
		add_literal(scan, i, literals[i]);
	*ret = scan;
	return 0;
}

struct scan *scan_free(struct scan *scan)
{
	free(scan);
	return NULL;
}

/* Whether the literal is in the data with its window at data[at]. */
static bool is_literal_at(const struct literal *literal, const char *data, size_t len, size_t at)
{
	const char *start;

	if (at < literal->window || literal->len > len - (at - literal->window))
		return false;
	start = data + at - literal->window;
	for (size_t i = 0; i < literal->len; i++)
		if (char_lower(start[i]) != literal->bytes[i])
			return false;
	return true;
}

/* Compare the literals of the candidate buckets at one place, from the cursor's literal on. */
static bool confirm_place(const struct scan *scan, const char *data, size_t len, unsigned buckets,
	struct scan_cursor *cursor)
{
	for (unsigned i = cursor->literal; i < scan->n_literals; i++) {
		if (!(buckets & 1u << i % BUCKETS))
			continue;
		if (is_literal_at(&scan->literals[i], data, len, cursor->offset)) {
			cursor->literal = i;
			return true;
		}
	}
	cursor->literal = 0;
	return false;
}

/* Buckets that agree at data[at]; bytes past the end count as NUL. */
static unsigned buckets_at(const struct scan *scan, const char *data, size_t len, size_t at)
{
	unsigned buckets = UINT8_MAX;

	for (size_t i = 0; i < WINDOW && buckets; i++) {
		unsigned char byte = at + i < len ? (unsigned char)data[at + i] : 0;

		buckets &= scan->byte[i][byte];
	}
	return buckets;
}

/* Move the cursor to the next confirmed place; false at the end. */
static bool find_portable(
	const struct scan *scan, const char *data, size_t len, struct scan_cursor *cursor)
{
	for (; cursor->offset < len; cursor->offset++) {
		unsigned buckets = buckets_at(scan, data, len, cursor->offset);

		if (buckets && confirm_place(scan, data, len, buckets, cursor))
			return true;
	}
	return false;
}

#if defined(__x86_64__)
/* For each of the 32 places from `data` on, the buckets that agree on window position `i`. */
__attribute__((target("avx2"))) static inline __m256i match_position(
	const char *data, size_t i, const __m256i *low, const __m256i *high)
{
	const __m256i nibble = _mm256_set1_epi8(0x0F);
	__m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)(data + i));
	__m256i lows = _mm256_and_si256(bytes, nibble);
	__m256i highs = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), nibble);

	return _mm256_and_si256(
		_mm256_shuffle_epi8(low[i], lows), _mm256_shuffle_epi8(high[i], highs));
}

/* As find_portable, as long as 32 places and their windows lie inside the data. */
__attribute__((target("avx2"))) static bool find_vector(
	const struct scan *scan, const char *data, size_t len, struct scan_cursor *cursor)
{
	__m256i low[WINDOW], high[WINDOW];

	for (size_t i = 0; i < WINDOW; i++) {
		low[i] = _mm256_broadcastsi128_si256(
			_mm_loadu_si128((const __m128i *)(const void *)scan->low[i]));
		high[i] = _mm256_broadcastsi128_si256(
			_mm_loadu_si128((const __m128i *)(const void *)scan->high[i]));
	}
	while (cursor->offset + STEP + WINDOW - 1 <= len) {
		size_t base = cursor->offset;
		__m256i found = match_position(data + base, 0, low, high);
		uint32_t places;

		for (size_t i = 1; i < WINDOW; i++)
			found = _mm256_and_si256(found, match_position(data + base, i, low, high));
		places = ~(uint32_t)_mm256_movemask_epi8(
			_mm256_cmpeq_epi8(found, _mm256_setzero_si256()));

		for (; places; places &= places - 1) {
			size_t at = base + (size_t)__builtin_ctz(places);

			if (at > cursor->offset)
				*cursor = (struct scan_cursor){ .offset = at };
			if (confirm_place(scan, data, len, buckets_at(scan, data, len, at), cursor))
				return true;
		}
		*cursor = (struct scan_cursor){ .offset = base + STEP };
	}
	return false;
}
#else
static bool find_vector(
	const struct scan *scan, const char *data, size_t len, struct scan_cursor *cursor)
{
	(void)scan, (void)data, (void)len, (void)cursor;
	return false;
}
#endif

/* Return the confirmed place and move the cursor behind it. */
static bool return_place(const struct scan *scan, struct scan_cursor *cursor, unsigned *ret_literal,
	size_t *ret_start)
{
	assert(cursor->literal < scan->n_literals);
	assert(cursor->offset >= scan->literals[cursor->literal].window);
	*ret_literal = cursor->literal;
	*ret_start = cursor->offset - scan->literals[cursor->literal].window;
	cursor->literal++;
	return true;
}

bool scan_next_portable(const struct scan *scan, const char *data, size_t len,
	struct scan_cursor *cursor, unsigned *ret_literal, size_t *ret_start)
{
	return find_portable(scan, data, len, cursor) &&
	       return_place(scan, cursor, ret_literal, ret_start);
}

bool scan_next(const struct scan *scan, const char *data, size_t len, struct scan_cursor *cursor,
	unsigned *ret_literal, size_t *ret_start)
{
	if (scan->n_literals == 0)
		return false;
	if (scan->vector && find_vector(scan, data, len, cursor))
		return return_place(scan, cursor, ret_literal, ret_start);
	return scan_next_portable(scan, data, len, cursor, ret_literal, ret_start);
}
