/* The frames that a stream sink has sent or is about to send, and may have to send again: whole
 * frames, in order. The progress of a frame is given by four offsets into all bytes that ever came
 * in:
 *
 *     head <= acked <= sent <= tail
 *
 * Bytes come in at the tail, are sent, are acknowledged, as far as the other side lets us know, and
 * leave at the head. A frame leaves as a whole, when its bytes have been acknowledged for long
 * enough. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum {
	WINDOW_FRAMES_MAX = 64 * 1024,
	WINDOW_KEEP_SIZE = 64 * 1024, /* bytes of memory that an empty window keeps */
	WINDOW_MARKS_MAX = 16,
};

/* Outcome of window_add besides 0. */
enum { WINDOW_FULL = 1 };

/* All before `end` was known to be acknowledged at `usec`. */
struct window_mark {
	uint64_t end, usec;
};

struct window {
	size_t max;         /* of bytes in it, unless it is one frame alone */
	char *bytes;        /* a ring */
	size_t size, first; /* `first` is where the head is in the ring */
	uint64_t head, acked, sent, tail;
	uint32_t *lens; /* of the frames, a ring */
	size_t lens_size, first_len, n_frames;
	struct window_mark marks[WINDOW_MARKS_MAX]; /* oldest first */
	size_t n_marks;
	uint64_t progress_usec; /* when the other side last acknowledged, or owed nothing */
};

/* An empty window that may hold `max` bytes. Nothing is allocated yet. */
static inline struct window window_make(size_t max)
{
	return (struct window){ .max = max };
}

void window_done(struct window *w);

/* Add a frame: these pieces one after the other, less than 4 GiB in all. A frame without a byte
 * only keeps its place in the order. Returns 0, WINDOW_FULL or -ENOMEM; then the window is as it
 * was. */
int window_add(struct window *w, const struct text *pieces, size_t n);

/* What is to be sent next: some of it, or nothing when all is sent. Valid until the next
 * window_add or window_settle; the same bytes, and perhaps more, are offered until they are sent.
 */
struct text window_unsent(const struct window *w);

/* `n` bytes of those from window_unsent are sent. */
void window_sent(struct window *w, size_t n, uint64_t now_usec);

/* All but the last `n_owed` bytes sent are acknowledged by now. */
void window_acknowledge(struct window *w, uint64_t n_owed, uint64_t now_usec);

/* Remove the frames that were acknowledged at `until_usec` or before; returns how many. */
size_t window_settle(struct window *w, uint64_t until_usec);

/* Begin again with the first frame: nothing is sent, nothing is acknowledged. */
void window_rewind(struct window *w);

/* The earliest time of an acknowledgement of bytes that are still in the window; UINT64_MAX where
 * none is acknowledged. */
static inline uint64_t window_acknowledged_usec(const struct window *w)
{
	return w->n_marks > 0 ? w->marks[0].usec : UINT64_MAX;
}
