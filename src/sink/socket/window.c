/* Bytes and frames lie in two rings that double as needed. Acknowledgements are kept as marks: a
 * few points in time for all bytes together, never one for each frame. When there are too many
 * marks, the last one takes in the next, which only makes its frames wait longer. */
#include "config.h"

#include "sink/socket/window.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_FIRST = 16 * 1024, FRAMES_FIRST = 64 };

/* At the end of every call that changes the window. */
static void check_invariants(const struct window *w)
{
	assert(w->head <= w->acked && w->acked <= w->sent && w->sent <= w->tail);
	assert(w->tail - w->head <= w->size && (w->first < w->size || w->first == 0));
	assert(w->n_frames <= w->lens_size && w->n_frames <= WINDOW_FRAMES_MAX);
	assert(w->n_frames > 0 || w->head == w->tail);
	assert(w->n_marks <= WINDOW_MARKS_MAX);
	if (w->n_marks == 0)
		return;
	/* The marks ascend, and end where the acknowledged bytes end. */
	assert(w->marks[0].end > w->head && w->marks[w->n_marks - 1].end == w->acked);
	assert(w->marks[0].usec <= w->marks[w->n_marks - 1].usec);
}

void window_done(struct window *w)
{
	free(w->bytes);
	free(w->lens);
	*w = window_make(w->max);
}

/* Copy `len` bytes of the ring, from its byte `at` on. */
static void copy_out(const struct window *w, size_t at, char *to, size_t len)
{
	size_t n = len < w->size - at ? len : w->size - at;

	if (n > 0)
		memcpy(to, w->bytes + at, n);
	if (len > n)
		memcpy(to + n, w->bytes, len - n);
}

static void copy_in(struct window *w, struct text piece)
{
	size_t at = (w->first + (size_t)(w->tail - w->head)) % w->size;
	size_t n = piece.len < w->size - at ? piece.len : w->size - at;

	memcpy(w->bytes + at, piece.data, n);
	if (piece.len > n)
		memcpy(w->bytes, piece.data + n, piece.len - n);
	w->tail += piece.len;
}

static int reserve_bytes(struct window *w, size_t needed)
{
	size_t max = needed > w->max ? needed : w->max;
	size_t size = w->size > 0 ? w->size : SIZE_FIRST;
	char *bytes;

	if (needed <= w->size)
		return 0;
	while (size < needed)
		size *= 2;
	if (size > max)
		size = max;
	bytes = malloc(size);
	if (!bytes)
		return -ENOMEM;
	if (w->bytes)
		copy_out(w, w->first, bytes, (size_t)(w->tail - w->head));
	free(w->bytes);
	w->bytes = bytes;
	w->size = size;
	w->first = 0;
	return 0;
}

static int reserve_frame(struct window *w)
{
	size_t size = w->lens_size > 0 ? w->lens_size * 2 : FRAMES_FIRST;
	uint32_t *lens;

	assert(w->n_frames <= w->lens_size);
	if (w->n_frames < w->lens_size)
		return 0;
	lens = malloc(size * sizeof(*lens));
	if (!lens)
		return -ENOMEM;
	for (size_t i = 0; i < w->n_frames; i++)
		lens[i] = w->lens[(w->first_len + i) % w->lens_size];
	free(w->lens);
	w->lens = lens;
	w->lens_size = size;
	w->first_len = 0;
	return 0;
}

int window_add(struct window *w, const struct text *pieces, size_t n)
{
	size_t used = (size_t)(w->tail - w->head), len = 0;
	int r;

	for (size_t i = 0; i < n; i++)
		len += pieces[i].len;
	assert(len <= UINT32_MAX);
	if (w->n_frames == WINDOW_FRAMES_MAX)
		return WINDOW_FULL;
	if (used > 0 && (used > w->max || len > w->max - used))
		return WINDOW_FULL;

	r = reserve_bytes(w, used + len);
	if (r < 0)
		return r;
	r = reserve_frame(w);
	if (r < 0)
		return r;

	for (size_t i = 0; i < n; i++)
		if (pieces[i].len > 0)
			copy_in(w, pieces[i]);
	w->lens[(w->first_len + w->n_frames++) % w->lens_size] = (uint32_t)len;
	check_invariants(w);
	return 0;
}

struct text window_unsent(const struct window *w)
{
	size_t len = (size_t)(w->tail - w->sent), at;

	if (len == 0)
		return text_of(NULL);
	at = (w->first + (size_t)(w->sent - w->head)) % w->size;
	return text_make(w->bytes + at, len < w->size - at ? len : w->size - at);
}

void window_sent(struct window *w, size_t n, uint64_t now_usec)
{
	assert(n <= w->tail - w->sent);
	if (w->acked == w->sent)
		w->progress_usec = now_usec;
	w->sent += n;
	check_invariants(w);
}

static void add_mark(struct window *w, uint64_t now_usec)
{
	assert(w->n_marks == 0 || w->marks[w->n_marks - 1].end < w->acked);
	if (w->n_marks == WINDOW_MARKS_MAX)
		w->n_marks--;
	w->marks[w->n_marks++] = (struct window_mark){ .end = w->acked, .usec = now_usec };
}

void window_acknowledge(struct window *w, uint64_t n_owed, uint64_t now_usec)
{
	uint64_t n_sent = w->sent - w->head;
	uint64_t acked = w->sent - (n_owed < n_sent ? n_owed : n_sent);

	if (acked <= w->acked)
		return;
	w->acked = acked;
	w->progress_usec = now_usec;
	add_mark(w, now_usec);
	check_invariants(w);
}

static void free_if_empty(struct window *w)
{
	if (w->head != w->tail || w->size <= WINDOW_KEEP_SIZE)
		return;
	free(w->bytes);
	w->bytes = NULL;
	w->size = w->first = 0;
	if (w->n_frames > 0)
		return;
	free(w->lens);
	w->lens = NULL;
	w->lens_size = w->first_len = 0;
}

/* Remove the marks of `until_usec` or before; returns the end of the last. */
static uint64_t remove_marks(struct window *w, uint64_t until_usec)
{
	uint64_t end = w->head;
	size_t n = 0;

	while (n < w->n_marks && w->marks[n].usec <= until_usec)
		end = w->marks[n++].end;
	w->n_marks -= n;
	memmove(w->marks, w->marks + n, w->n_marks * sizeof(w->marks[0]));
	return end;
}

size_t window_settle(struct window *w, uint64_t until_usec)
{
	uint64_t end = remove_marks(w, until_usec);
	size_t n = 0;

	while (w->n_frames > 0 && w->head + w->lens[w->first_len] <= end) {
		size_t len = w->lens[w->first_len];

		w->head += len;
		w->first = w->size > 0 ? (w->first + len) % w->size : 0;
		w->first_len = (w->first_len + 1) % w->lens_size;
		w->n_frames--;
		n++;
	}
	free_if_empty(w);
	check_invariants(w);
	return n;
}

void window_rewind(struct window *w)
{
	w->sent = w->acked = w->head;
	w->n_marks = 0;
	check_invariants(w);
}
