/* Each literal has a window of up to four of its bytes (cause/search/scan/windows). A place in the
 * data is looked up in a hash table by its bytes there. Only the literals with this window are
 * compared.
 *
 * Few places are looked up. With AVX2, tables in eight buckets try 32 places at once
 * (cause/search/scan/buckets); the idea is that of the Teddy matcher of Hyperscan. Elsewhere, the
 * last two bytes that a window could have show how far the next window is; the idea is that of Wu
 * and Manber.
 *
 * Bound: a place costs one comparison for each literal with the same window, whatever the text is.
 * These are at most WINDOW_LITERALS_MAX, or more where literals have no other windows: 252 literals
 * can be `aaaa` and longer, and 64 of 1024 over two letters share each of 16 windows. A comparison
 * is of one word, the window and two bytes on each side of it. Where these agree, it is of the
 * whole literal.
 *
 * Invariant: both steps look up every place that has a window. They may look up more. */
#include "config.h"

#include "cause/search/scan/scan.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "cause/search/scan/buckets.h"
#include "cause/search/scan/windows.h"

enum {
	STEP = 32,
	STEP_LEN = STEP + WINDOW_LEN - 1, /* bytes that a vector step reads */
	BEFORE_LEN = 2,                   /* bytes of a word before the window */
	HASH_BITS = 12,
};

static const uint16_t NO_LITERAL = UINT16_MAX;

/* A literal, in the order of windows. Where mask bits are 1, the text must have these bytes. */
struct literal {
	uint64_t word, word_mask; /* the window and the bytes around it */
	const char *bytes, *masks;
	uint32_t key; /* of the window */
	uint16_t end; /* of the literals that have this window */
	/* Of the first literal of a window: the first one of the next window in the same slot. */
	uint16_t next;
	uint16_t index; /* of the caller */
	uint8_t len;
	struct window window;
};

struct scan {
	struct buckets buckets;
	bool vector;
	uint8_t len_min;  /* of windows */
	unsigned n_masks; /* one for each length that windows have */
	uint32_t key_masks[WINDOW_LEN];
	size_t n_literals;
	struct literal *literals;
	char *bytes;                     /* bytes and masks of the literals */
	uint16_t slots[1u << HASH_BITS]; /* by the key of a window: the first literal */
	uint8_t shifts[1u << HASH_BITS]; /* by two bytes: how far the next window is at least */
	bool short_windows[256];         /* by the first byte: whether a window is short */
};

/* -- building --------------------------------------------------------------- */

/* All bits count but the one that distinguishes the case of a letter. */
static char mask_of(char c)
{
	char lower = char_lower(c);

	return (char)(lower >= 'a' && lower <= 'z' ? 0xDF : 0xFF);
}

static inline uint32_t hash(uint32_t key)
{
	return key * UINT32_C(2654435761) >> (32 - HASH_BITS);
}

/* Of two bytes without letter case. */
static inline uint32_t hash_block(const char *data)
{
	uint16_t block;

	memcpy(&block, data, sizeof(block));
	return hash(block | 0x2020u);
}

static void set_word(struct literal *literal)
{
	for (size_t i = 0; i < sizeof(literal->word); i++) {
		size_t at = literal->window.offset + i - BEFORE_LEN;

		if (literal->window.offset + i < BEFORE_LEN || at >= literal->len)
			continue;
		literal->word |= (uint64_t)(unsigned char)literal->bytes[at] << (8 * i);
		literal->word_mask |= (uint64_t)(unsigned char)literal->masks[at] << (8 * i);
	}
}

static void set_literals(
	struct scan *scan, const struct text *literals, const struct window *windows)
{
	char *bytes = scan->bytes;

	for (size_t i = 0; i < scan->n_literals; i++) {
		struct literal *literal = &scan->literals[i];
		struct text window = text_make(bytes + windows[i].offset, windows[i].len);
		size_t len = literals[i].len;

		for (size_t j = 0; j < len; j++) {
			bytes[j] = literals[i].data[j];
			bytes[len + j] = mask_of(bytes[j]);
		}
		*literal = (struct literal){
			.bytes = bytes,
			.masks = bytes + len,
			.key = window_key(window_read(window), window.len),
			.next = NO_LITERAL,
			.index = (uint16_t)i,
			.len = (uint8_t)len,
			.window = windows[i],
		};
		set_word(literal);
		bytes += 2 * len;
	}
}

/* Order by the window, then as the caller has them. Short windows are first. */
static int compare_literals(const void *left, const void *right)
{
	const struct literal *a = left, *b = right;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->index < b->index ? -1 : 1;
}

static void fill_slots(struct scan *scan)
{
	uint16_t end = (uint16_t)scan->n_literals;

	memset(scan->slots, 0xFF, sizeof(scan->slots));
	for (uint16_t i = end; i-- > 0;) {
		struct literal *literal = &scan->literals[i];
		uint16_t *slot = &scan->slots[hash(literal->key)];

		literal->end = end;
		if (i > 0 && literal[-1].key == literal->key)
			continue;
		literal->next = *slot;
		*slot = end = i;
	}
}

static void fill_lens(struct scan *scan)
{
	uint8_t len = 0;

	for (size_t i = 0; i < scan->n_literals; i++) {
		const struct literal *literal = &scan->literals[i];

		if (literal->window.len < WINDOW_LEN)
			scan->short_windows[literal->key & 0xFF] = true;
		if (literal->window.len == len)
			continue;
		len = literal->window.len;
		if (scan->n_masks == 0)
			scan->len_min = len;
		scan->key_masks[scan->n_masks++] = window_key(UINT32_MAX, len);
	}
}

/* A block that no window has cannot be in the next one. Another one may be, as far to the right as
 * the window has it. Windows count as no longer than the shortest. */
static void fill_shifts(struct scan *scan)
{
	size_t len = scan->len_min;

	if (len < 2)
		return;
	memset(scan->shifts, (int)len - 1, sizeof(scan->shifts));
	for (size_t i = 0; i < scan->n_literals; i++) {
		const struct literal *literal = &scan->literals[i];

		for (size_t at = 0; at + 2 <= len; at++) {
			const char *block = literal->bytes + literal->window.offset + at;
			uint8_t *shift = &scan->shifts[hash_block(block)];

			if (*shift > len - 2 - at)
				*shift = (uint8_t)(len - 2 - at);
		}
	}
}

static int allocate(struct scan *scan, const struct text *literals, size_t n)
{
	size_t size = 1;

	for (size_t i = 0; i < n; i++)
		size += 2 * literals[i].len;
	scan->n_literals = n;
	scan->literals = calloc(n + 1, sizeof(*scan->literals));
	scan->bytes = malloc(size);
	return scan->literals && scan->bytes ? 0 : -ENOMEM;
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
	CLEANUP(scan_freep) struct scan *scan = NULL;
	CLEANUP(freep) struct window *windows = NULL;
	CLEANUP(freep) struct bucket_draft *draft = NULL;
	int r;

	if (n > SCAN_LITERALS_MAX)
		return -E2BIG;
	for (size_t i = 0; i < n; i++)
		if (literals[i].len == 0 || literals[i].len > SCAN_LITERAL_LEN_MAX)
			return -EINVAL;
	scan = calloc(1, sizeof(*scan));
	windows = calloc(n + 1, sizeof(*windows));
	draft = calloc(1, sizeof(*draft));
	if (!scan || !windows || !draft)
		return -ENOMEM;
	r = allocate(scan, literals, n);
	if (r == 0)
		r = windows_choose(literals, n, windows, draft);
	if (r < 0)
		return r;

	scan->vector = has_vector();
	set_literals(scan, literals, windows);
	qsort(scan->literals, n, sizeof(*scan->literals), compare_literals);
	fill_slots(scan);
	fill_lens(scan);
	fill_shifts(scan);
	buckets_fill(draft, &scan->buckets);
	*ret = TAKE(scan);
	return 0;
}

struct scan *scan_free(struct scan *scan)
{
	if (!scan)
		return NULL;
	free(scan->bytes);
	free(scan->literals);
	free(scan);
	return NULL;
}

/* -- one place -------------------------------------------------------------- */

/* The bytes of a window at data[at]; past the end, they count as NUL. */
static inline uint32_t window_at(struct text data, size_t at)
{
	if (data.len - at >= WINDOW_LEN)
		return text_load_32(data.data + at);
	return window_read(text_make(data.data + at, data.len - at));
}

/* The window at data[at] with the bytes around it; outside of the data, they count as NUL. */
static uint64_t word_at(struct text data, size_t at)
{
	uint64_t word = 0;

	if (at >= BEFORE_LEN && data.len - at >= sizeof(word) - BEFORE_LEN)
		return text_load_64(data.data + at - BEFORE_LEN);
	for (size_t i = 0; i < sizeof(word); i++)
		if (at + i >= BEFORE_LEN && at + i - BEFORE_LEN < data.len)
			word |= (uint64_t)(unsigned char)data.data[at + i - BEFORE_LEN] << (8 * i);
	return word;
}

/* Whether a place with these bytes may have a window: false where it has none. */
static inline bool may_have_window(const struct scan *scan, uint32_t bytes)
{
	uint32_t key = window_key(bytes, WINDOW_LEN);

	if (scan->slots[hash(key)] != NO_LITERAL)
		return true;
	return scan->len_min < WINDOW_LEN && scan->short_windows[key & 0xFF];
}

/* The first literal with this window, NO_LITERAL where there is none. */
static uint16_t find_window(const struct scan *scan, uint32_t key)
{
	uint16_t i = scan->slots[hash(key)];

	while (i != NO_LITERAL && scan->literals[i].key != key)
		i = scan->literals[i].next;
	return i;
}

static inline uint64_t difference_64(const struct literal *literal, const char *start, size_t at)
{
	return (text_load_64(start + at) ^ text_load_64(literal->bytes + at)) &
	       text_load_64(literal->masks + at);
}

static bool is_literal(const struct literal *literal, const char *start)
{
	size_t at = 0;

	if (literal->len < sizeof(uint64_t)) {
		for (; at < literal->len; at++)
			if ((start[at] ^ literal->bytes[at]) & literal->masks[at])
				return false;
		return true;
	}
	for (; at + sizeof(uint64_t) < literal->len; at += sizeof(uint64_t))
		if (difference_64(literal, start, at) != 0)
			return false;
	return difference_64(literal, start, literal->len - sizeof(uint64_t)) == 0;
}

/* Whether the literal is in the data with its window at data[at]. */
static bool is_literal_at(const struct literal *literal, struct text data, size_t at)
{
	size_t before = literal->window.offset;

	return at >= before && literal->len <= data.len - (at - before) &&
	       is_literal(literal, data.data + at - before);
}

/* Compare the literals from `i` to `end`, whose window may be at data[at]. If one is there, the
 * cursor moves to it. */
static bool confirm_window(const struct scan *scan, struct text data, size_t at, unsigned i,
	unsigned end, struct scan_cursor *cursor)
{
	uint64_t word = word_at(data, at);

	for (; i < end; i++) {
		const struct literal *literal = &scan->literals[i];

		if (((word ^ literal->word) & literal->word_mask) == 0 &&
			is_literal_at(literal, data, at)) {
			*cursor = (struct scan_cursor){ .offset = at, .literal = i };
			return true;
		}
	}
	return false;
}

/* Move the cursor to data[at] if a literal has its window there. Literals before `from` are left
 * out. */
__attribute__((noinline)) static bool confirm_place(const struct scan *scan, struct text data,
	size_t at, unsigned from, struct scan_cursor *cursor)
{
	uint32_t key = window_key(window_at(data, at), WINDOW_LEN);

	for (unsigned n = 0; n < scan->n_masks; n++) {
		unsigned i = find_window(scan, key & scan->key_masks[n]);
		unsigned end = i == NO_LITERAL ? i : scan->literals[i].end;

		if (confirm_window(scan, data, at, i > from ? i : from, end, cursor))
			return true;
	}
	return false;
}

/* -- both steps ------------------------------------------------------------- */

/* Move the cursor to `offset` if it is not there yet. */
static void move_cursor(struct scan_cursor *cursor, size_t offset)
{
	if (offset > cursor->offset)
		*cursor = (struct scan_cursor){ .offset = offset };
}

/* Move the cursor to the next confirmed place; false at the end. */
static bool find_portable(const struct scan *scan, struct text data, struct scan_cursor *cursor)
{
	size_t len = scan->len_min;
	size_t at = cursor->offset;

	while (at + len <= data.len) {
		size_t shift = len < 2 ? 0 : scan->shifts[hash_block(data.data + at + len - 2)];

		if (shift == 0 && may_have_window(scan, window_at(data, at)) &&
			confirm_place(scan, data, at, 0, cursor))
			return true;
		at += shift > 0 ? shift : 1;
	}
	move_cursor(cursor, at);
	return false;
}

#if defined(__x86_64__)
struct vector_tables {
	__m256i low[WINDOW_LEN], high[WINDOW_LEN];
};

__attribute__((target("avx2"))) static inline __m256i load_twice(const uint8_t *table)
{
	return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)table));
}

/* For each of the 32 places from `data` on, the buckets that agree on window position `i`. */
__attribute__((target("avx2"))) static inline __m256i match_position(
	const char *data, size_t i, const struct vector_tables *tables)
{
	const __m256i nibble = _mm256_set1_epi8(0x0F);
	__m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)(data + i));
	__m256i lows = _mm256_and_si256(bytes, nibble);
	__m256i highs = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), nibble);

	return _mm256_and_si256(_mm256_shuffle_epi8(tables->low[i], lows),
		_mm256_shuffle_epi8(tables->high[i], highs));
}

__attribute__((target("avx2"))) static inline struct vector_tables load_tables(
	const struct buckets *buckets)
{
	return (struct vector_tables){
		.low = { load_twice(buckets->low[0]), load_twice(buckets->low[1]),
			load_twice(buckets->low[2]), load_twice(buckets->low[3]) },
		.high = { load_twice(buckets->high[0]), load_twice(buckets->high[1]),
			load_twice(buckets->high[2]), load_twice(buckets->high[3]) },
	};
}

/* Those of the 32 places from `data` on where a bucket agrees on all positions, as bits. */
__attribute__((target("avx2"))) static inline uint32_t match_places(
	const char *data, const struct vector_tables *tables)
{
	__m256i left =
		_mm256_and_si256(match_position(data, 0, tables), match_position(data, 1, tables));
	__m256i right =
		_mm256_and_si256(match_position(data, 2, tables), match_position(data, 3, tables));
	__m256i none = _mm256_cmpeq_epi8(_mm256_and_si256(left, right), _mm256_setzero_si256());

	return ~(uint32_t)_mm256_movemask_epi8(none);
}

/* Move the cursor to the first confirmed place among `bits`, which count from `base`. */
static inline bool confirm_places(const struct scan *scan, struct text data, size_t base,
	uint32_t bits, struct scan_cursor *cursor)
{
	for (; bits; bits &= bits - 1) {
		size_t at = base + (size_t)__builtin_ctz(bits);

		if (may_have_window(scan, text_load_32(data.data + at)) &&
			confirm_place(scan, data, at, 0, cursor))
			return true;
	}
	return false;
}

/* As find_portable, but only places that have WINDOW_LEN bytes. The last step ends where the data
 * ends, and leaves out the places of the step before. */
__attribute__((target("avx2"))) static bool find_vector(
	const struct scan *scan, struct text data, struct scan_cursor *cursor)
{
	const struct vector_tables tables = load_tables(&scan->buckets);
	size_t base = cursor->offset;
	size_t last = data.len - STEP_LEN;
	uint32_t bits;

	if (data.len < STEP_LEN)
		return false;
	for (; base <= last; base += STEP) {
		bits = match_places(data.data + base, &tables);
		if (confirm_places(scan, data, base, bits, cursor))
			return true;
	}
	if (base + WINDOW_LEN <= data.len) {
		bits = match_places(data.data + last, &tables) & UINT32_MAX << (base - last);
		if (confirm_places(scan, data, last, bits, cursor))
			return true;
	}
	move_cursor(cursor, data.len - WINDOW_LEN + 1);
	return false;
}
#else
static bool find_vector(const struct scan *scan, struct text data, struct scan_cursor *cursor)
{
	(void)scan, (void)data, (void)cursor;
	return false;
}
#endif

/* Whether other literals than the one found last may be at the place of the cursor. */
static inline bool has_others(const struct scan *scan, const struct scan_cursor *cursor)
{
	assert(cursor->literal > 0 && cursor->literal <= scan->n_literals);
	return scan->n_masks > 1 || cursor->literal < scan->literals[cursor->literal - 1].end;
}

/* Move the cursor to the next literal at its place, otherwise behind the place. */
static inline bool resume_place(
	const struct scan *scan, struct text data, struct scan_cursor *cursor)
{
	if (cursor->literal == 0)
		return false;
	if (cursor->offset < data.len && has_others(scan, cursor) &&
		confirm_place(scan, data, cursor->offset, cursor->literal, cursor))
		return true;
	move_cursor(cursor, cursor->offset + 1);
	return false;
}

/* Return the confirmed place and move the cursor behind it. */
static bool return_place(const struct scan *scan, struct scan_cursor *cursor, unsigned *ret_literal,
	size_t *ret_start)
{
	const struct literal *literal;

	assert(cursor->literal < scan->n_literals);
	literal = &scan->literals[cursor->literal];
	assert(cursor->offset >= literal->window.offset);
	*ret_literal = literal->index;
	*ret_start = cursor->offset - literal->window.offset;
	cursor->literal++;
	return true;
}

bool scan_next_portable(const struct scan *scan, const char *data, size_t len,
	struct scan_cursor *cursor, unsigned *ret_literal, size_t *ret_start)
{
	struct text text = text_make(data, len);

	if (scan->n_literals == 0)
		return false;
	if (!resume_place(scan, text, cursor) && !find_portable(scan, text, cursor))
		return false;
	return return_place(scan, cursor, ret_literal, ret_start);
}

bool scan_next(const struct scan *scan, const char *data, size_t len, struct scan_cursor *cursor,
	unsigned *ret_literal, size_t *ret_start)
{
	struct text text = text_make(data, len);

	if (!scan->vector || scan->n_literals == 0)
		return scan_next_portable(scan, data, len, cursor, ret_literal, ret_start);
	if (!resume_place(scan, text, cursor) && !find_vector(scan, text, cursor) &&
		!find_portable(scan, text, cursor))
		return false;
	return return_place(scan, cursor, ret_literal, ret_start);
}
