/* The bytes that have left at the front are dropped when they are as many as those that remain, or
 * more. So each byte moves once at most, on average. */
#include "config.h"

#include "base/byte-queue.h"

#include <assert.h>
#include <string.h>

void byte_queue_done(struct byte_queue *q)
{
	buffer_done(&q->bytes);
	*q = byte_queue_make(q->bytes.max);
}

static void drop_used(struct byte_queue *q)
{
	size_t left = byte_queue_len(q), start = byte_queue_start(q);

	if (q->used == 0 || q->used < left)
		return;
	if (left > 0)
		memmove(q->bytes.data, q->bytes.data + q->used, left);
	q->bytes.len = left;
	q->dropped += q->used;
	q->used = 0;
	assert(byte_queue_start(q) == start && byte_queue_len(q) == left);
}

int byte_queue_reserve(struct byte_queue *q, size_t n)
{
	int r;

	drop_used(q);
	r = buffer_reserve(&q->bytes, n);
	q->bytes.error = 0;
	return r;
}

void byte_queue_add(struct byte_queue *q, const void *data, size_t len)
{
	assert(len <= q->bytes.size - q->bytes.len);
	buffer_add(&q->bytes, data, len);
}

void byte_queue_put(struct byte_queue *q, size_t offset, const void *data, size_t len)
{
	assert(offset >= byte_queue_start(q) && offset + len <= byte_queue_end(q));
	if (len > 0)
		memcpy(q->bytes.data + (offset - q->dropped), data, len);
}

void byte_queue_move(struct byte_queue *q, size_t to, size_t from, size_t len)
{
	assert(byte_queue_start(q) <= to && to <= from && from + len <= byte_queue_end(q));
	if (to < from)
		memmove(q->bytes.data + (to - q->dropped), q->bytes.data + (from - q->dropped),
			len);
}

void byte_queue_cut(struct byte_queue *q, size_t len)
{
	assert(len <= byte_queue_len(q));
	q->bytes.len = q->used + len;
}

void byte_queue_take(struct byte_queue *q, size_t n)
{
	assert(n <= byte_queue_len(q));
	q->used += n;
}

void byte_queue_clear(struct byte_queue *q, size_t keep)
{
	q->dropped += q->bytes.len;
	q->used = 0;
	buffer_clear(&q->bytes);
	if (q->bytes.size > keep)
		buffer_done(&q->bytes);
}
