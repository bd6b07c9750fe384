#include "config.h"

#include "sink/socket/ring.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_FIRST = 16 * 1024 };

static void check_invariants(const struct ring *ring)
{
	assert(ring->len <= ring->size && (ring->first < ring->size || ring->first == 0));
	assert((ring->bytes != NULL) == (ring->size > 0));
}

void ring_done(struct ring *ring)
{
	free(ring->bytes);
	*ring = (struct ring){ 0 };
}

static size_t grown_size(const struct ring *ring, size_t needed, size_t max)
{
	size_t size = ring->size > 0 ? ring->size : SIZE_FIRST;

	if (needed > max)
		max = needed;
	while (size < needed)
		size *= 2;
	return size < max ? size : max;
}

static void copy_out(const struct ring *ring, char *to)
{
	struct text piece = ring_from(ring, 0);

	if (piece.len > 0)
		memcpy(to, piece.data, piece.len);
	if (ring->len > piece.len)
		memcpy(to + piece.len, ring->bytes, ring->len - piece.len);
}

int ring_reserve(struct ring *ring, size_t n, size_t max)
{
	size_t size;
	char *bytes;

	if (n <= ring->size - ring->len)
		return 0;
	size = grown_size(ring, ring->len + n, max);
	bytes = malloc(size);
	if (!bytes)
		return -ENOMEM;
	copy_out(ring, bytes);
	free(ring->bytes);
	*ring = (struct ring){ .bytes = bytes, .size = size, .len = ring->len };
	check_invariants(ring);
	return 0;
}

void ring_add(struct ring *ring, struct text bytes)
{
	size_t at, n;

	assert(bytes.len <= ring->size - ring->len);
	if (bytes.len == 0)
		return;
	at = (ring->first + ring->len) % ring->size;
	n = bytes.len < ring->size - at ? bytes.len : ring->size - at;
	memcpy(ring->bytes + at, bytes.data, n);
	if (bytes.len > n)
		memcpy(ring->bytes, bytes.data + n, bytes.len - n);
	ring->len += bytes.len;
	check_invariants(ring);
}

struct text ring_from(const struct ring *ring, size_t at)
{
	size_t len = ring->len - at, place;

	assert(at <= ring->len);
	if (len == 0)
		return text_of(NULL);
	place = (ring->first + at) % ring->size;
	return text_make(ring->bytes + place, len < ring->size - place ? len : ring->size - place);
}

void ring_take(struct ring *ring, size_t n)
{
	assert(n <= ring->len);
	ring->len -= n;
	ring->first = ring->len > 0 ? (ring->first + n) % ring->size : 0;
	check_invariants(ring);
}
