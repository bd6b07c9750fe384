/* A ring of bytes, first in, first out, that doubles as needed. */
#pragma once

#include <stddef.h>

#include "base/text.h"

/* Starts with zeros. */
struct ring {
	char *bytes;
	size_t size, first; /* `first` is where the oldest byte is */
	size_t len;
};

/* Free what the ring holds; then it is empty. */
void ring_done(struct ring *ring);

/* Make room for `n` more bytes; it grows to `max` bytes in all, or to what is needed, if that is
 * more. Returns 0 or -ENOMEM. */
int ring_reserve(struct ring *ring, size_t n, size_t max);

/* Append bytes that there is room for. */
void ring_add(struct ring *ring, struct text bytes);

/* The bytes from `at` on, counted from the oldest, as far as they lie side by side; valid until the
 * ring changes. */
struct text ring_from(const struct ring *ring, size_t at);

/* Let the `n` oldest bytes leave. */
void ring_take(struct ring *ring, size_t n);
