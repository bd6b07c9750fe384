/* A queue of bytes, first in, first out. A byte is found by its offset from the first byte that was
 * ever added. */
#pragma once

#include <assert.h>
#include <stddef.h>

#include "base/buffer.h"

struct byte_queue {
	struct buffer bytes; /* those at the front are used up */
	size_t used;         /* bytes at the front that have left */
	size_t dropped;      /* bytes that have left and were dropped */
};

/* An empty queue that may hold `max` bytes. Nothing is allocated yet. */
static inline struct byte_queue byte_queue_make(size_t max)
{
	return (struct byte_queue){ .bytes = buffer_make(max) };
}

/* Free what the queue holds; then it is as byte_queue_make returned it. */
void byte_queue_done(struct byte_queue *q);

/* Make room for `n` more bytes, so that adding them cannot fail. Returns 0, -ENOMEM, or -EMSGSIZE
 * past the bound. */
int byte_queue_reserve(struct byte_queue *q, size_t n);

/* Append bytes that there is room for. */
void byte_queue_add(struct byte_queue *q, const void *data, size_t len);

/* Replace bytes of the queue, from an offset on. */
void byte_queue_put(struct byte_queue *q, size_t offset, const void *data, size_t len);

/* Move bytes of the queue towards its front, over others. */
void byte_queue_move(struct byte_queue *q, size_t to, size_t from, size_t len);

/* Keep only the `len` oldest bytes. */
void byte_queue_cut(struct byte_queue *q, size_t len);

/* Let the `n` oldest bytes leave. They remain readable until the next call that changes the
 * queue. */
void byte_queue_take(struct byte_queue *q, size_t n);

/* Let all bytes leave; memory of more than `keep` bytes is freed. */
void byte_queue_clear(struct byte_queue *q, size_t keep);

/* The bytes that the queue holds. */
static inline size_t byte_queue_len(const struct byte_queue *q)
{
	return q->bytes.len - q->used;
}

/* The offset of the next byte that is added. */
static inline size_t byte_queue_end(const struct byte_queue *q)
{
	return q->dropped + q->bytes.len;
}

/* The offset of the oldest byte. */
static inline size_t byte_queue_start(const struct byte_queue *q)
{
	return q->dropped + q->used;
}

/* The bytes from an offset on, which lie behind the last that was dropped; valid until the queue
 * changes. */
static inline const char *byte_queue_at(const struct byte_queue *q, size_t offset)
{
	assert(offset >= q->dropped && offset <= byte_queue_end(q));
	return q->bytes.data + (offset - q->dropped);
}
