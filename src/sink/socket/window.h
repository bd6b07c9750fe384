/* The frames that a stream sink has sent or is about to send, and that are not settled: whole
 * frames, in order. The progress of a frame is given by four offsets into all bytes that ever came
 * in:
 *
 *     head <= acked <= sent <= tail
 *
 * Bytes come in at the tail, are sent, are acknowledged, as far as the other side lets us know, and
 * leave at the head. A frame leaves as a whole, when its bytes have been acknowledged for long
 * enough.
 *
 * After a break, the frames whose bytes are kept are sent again. Of a frame whose record can be
 * read again, the bytes are kept while they are few. Behind them only the lengths of such frames
 * are kept, once they are sent: after a break they leave, and their records are to be read again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "sink/socket/ring.h"

enum {
	WINDOW_FRAMES_MAX = 128 * 1024,
	WINDOW_LOOSE_MAX =
		256 * 1024, /* bytes of loose frames to be sent, but for one frame alone */
	WINDOW_KEEP_SIZE = 64 * 1024, /* bytes of memory that an empty window keeps */
	WINDOW_MARKS_MAX = 16,
	WINDOW_MARK_USEC = 40 * 1000,
};

/* Outcome of window_add besides 0. */
enum { WINDOW_FULL = 1 };

/* All before `end` was known to be acknowledged at `usec`. The first of it was at `since_usec`. */
struct window_mark {
	uint64_t end, since_usec, usec;
};

struct window {
	size_t max;        /* of bytes that are kept, unless they are of one frame alone */
	size_t again_max;  /* when there are so many, frames that can be read again are loose */
	struct ring kept;  /* bytes of the frames that are kept, from the head on */
	struct ring loose; /* bytes of the loose frames that are not sent yet */
	size_t kept_sent;  /* kept bytes that are sent */
	size_t next;       /* frame to be sent next, counted from the first */
	size_t next_sent;  /* bytes of it that are sent */
	uint64_t head, acked, sent, tail;
	uint32_t *frames; /* lengths, a ring; see window.c */
	size_t frames_size, first_frame, n_frames;
	size_t n_loose;                             /* of the frames */
	struct window_mark marks[WINDOW_MARKS_MAX]; /* oldest first */
	size_t n_marks;
	uint64_t progress_usec; /* when the other side last acknowledged, or owed nothing */
};

/* An empty window that may keep `max` bytes, `again_max` where the record can be read again.
 * Nothing is allocated yet. */
static inline struct window window_make(size_t max, size_t again_max)
{
	return (struct window){ .max = max, .again_max = again_max };
}

void window_done(struct window *w);

/* Add a frame: these pieces one after the other, less than 2 GiB in all. A frame without a byte
 * only keeps its place in the order. again: its record can be read again. Returns 0, WINDOW_FULL or
 * -ENOMEM; then the window is as it was. */
int window_add(struct window *w, const struct text *pieces, size_t n, bool again);

/* What is to be sent next: some of it, or nothing when all is sent. Valid until the next
 * window_add, window_sent or window_settle; the same bytes, and perhaps more, are offered until
 * they are sent. */
struct text window_unsent(const struct window *w);

/* `n` bytes of those from window_unsent are sent. */
void window_sent(struct window *w, size_t n, uint64_t now_usec);

/* All but the last `n_owed` bytes sent are acknowledged by now. */
void window_acknowledge(struct window *w, uint64_t n_owed, uint64_t now_usec);

/* When acknowledged frames may leave. Of the acknowledged bytes, the last
 * `n_unsure` wait longer than others. */
struct window_until {
	uint64_t usec;        /* acknowledged then or before */
	uint64_t unsure_usec; /* the same for those, and no later */
	uint64_t n_unsure;
};

/* Remove the frames that may leave; returns how many. */
size_t window_settle(struct window *w, const struct window_until *until);

/* Whether the first frame is acknowledged, and is one of those that wait longer. */
bool window_is_unsure(const struct window *w, uint64_t n_unsure);

/* Begin again with the first frame: nothing is sent, nothing is acknowledged. The loose frames
 * leave; returns how many. Among the frames from the first of them on, they are all that can be
 * read again. */
size_t window_rewind(struct window *w);

/* The earliest time of an acknowledgement of bytes that are still in the window; UINT64_MAX where
 * none is acknowledged. */
static inline uint64_t window_acknowledged_usec(const struct window *w)
{
	return w->n_marks > 0 ? w->marks[0].usec : UINT64_MAX;
}
