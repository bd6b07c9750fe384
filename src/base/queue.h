/* A queue of bytes, first in, first out. A byte is found by its offset from the first byte that was
 * ever added. */
#pragma once

#include <assert.h>
#include <stddef.h>

#include "base/buffer.h"

struct queue {
	struct buffer bytes; /* those at the front are used up */
	size_t used;         /* bytes at the front that have left */
	size_t dropped;      /* bytes that have left and were dropped */
};

/* An empty queue that may hold `max` bytes. Nothing is allocated yet. */
static inline struct queue queue_make(size_t max)
{
	return (struct queue){ .bytes = buffer_make(max) };
}

/* Free what the queue holds; then it is as queue_make returned it. */
void queue_done(struct queue *q);

/* Make room for `n` more bytes, so that adding them cannot fail. Returns 0, -ENOMEM, or -EMSGSIZE
 * past the bound. */
int queue_reserve(struct queue *q, size_t n);

/* Append bytes that there is room for. */
void queue_add(struct queue *q, const void *data, size_t len);

/* Let the `n` oldest bytes leave. They remain readable until the next call that changes the
 * queue. */
void queue_take(struct queue *q, size_t n);

/* Let all bytes leave; memory of more than `keep` bytes is freed. */
void queue_clear(struct queue *q, size_t keep);

/* The bytes that the queue holds. */
static inline size_t queue_len(const struct queue *q)
{
	return q->bytes.len - q->used;
}

/* The offset of the next byte that is added. */
static inline size_t queue_end(const struct queue *q)
{
	return q->dropped + q->bytes.len;
}

/* The offset of the oldest byte. */
static inline size_t queue_start(const struct queue *q)
{
	return q->dropped + q->used;
}

/* The bytes from an offset on, which lie behind the last that was dropped; valid until the queue
 * changes. */
static inline const char *queue_at(const struct queue *q, size_t offset)
{
	assert(offset >= q->dropped && offset <= queue_end(q));
	return q->bytes.data + (offset - q->dropped);
}
