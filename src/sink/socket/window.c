/* Lengths of frames lie in a ring, bytes in two: those that are kept, and those of loose frames
 * until they are sent. Acknowledgements are kept as marks: a few points in time for all bytes
 * together, never one for each frame. What is acknowledged within WINDOW_MARK_USEC of the first has
 * one mark. When there are too many marks, each two become one. Both only make frames wait
 * longer. */
#include "config.h"

#include "sink/socket/window.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES_FIRST = 64, PIECE_MAX = 64 * 1024 };

/* In the length of a frame: it is loose. */
static const uint32_t LOOSE = UINT32_C(1) << 31;

/* At the end of every call that changes the window. */
static void check_invariants(const struct window *w)
{
	assert(w->head <= w->acked && w->acked <= w->sent && w->sent <= w->tail);
	assert(w->n_frames <= w->frames_size && w->n_frames <= WINDOW_FRAMES_MAX);
	assert(w->n_frames > 0 || w->head == w->tail);
	assert(w->n_loose <= w->n_frames && w->next <= w->n_frames);
	/* Everything that is not sent is there, and all of what is kept. */
	assert(w->kept_sent <= w->kept.len);
	assert(w->tail - w->sent == w->kept.len - w->kept_sent + w->loose.len);
	assert(w->n_loose > 0 || w->kept.len == w->tail - w->head);
	assert(w->n_marks <= WINDOW_MARKS_MAX);
	if (w->n_marks == 0)
		return;
	/* The marks ascend, and end where the acknowledged bytes end. */
	assert(w->marks[0].end > w->head && w->marks[w->n_marks - 1].end == w->acked);
	assert(w->marks[0].usec <= w->marks[w->n_marks - 1].usec);
}

/* --- the frames --- */

static uint32_t *frame_at(const struct window *w, size_t index)
{
	assert(index < w->frames_size);
	return &w->frames[(w->first_frame + index) % w->frames_size];
}

static size_t len_of(uint32_t frame)
{
	return frame & ~LOOSE;
}

static bool is_loose(uint32_t frame)
{
	return frame & LOOSE;
}

static int reserve_frame(struct window *w)
{
	size_t size = w->frames_size > 0 ? w->frames_size * 2 : FRAMES_FIRST;
	uint32_t *frames;

	if (w->n_frames < w->frames_size)
		return 0;
	frames = malloc(size * sizeof(*frames));
	if (!frames)
		return -ENOMEM;
	for (size_t i = 0; i < w->n_frames; i++)
		frames[i] = *frame_at(w, i);
	free(w->frames);
	w->frames = frames;
	w->frames_size = size;
	w->first_frame = 0;
	return 0;
}

void window_done(struct window *w)
{
	ring_done(&w->kept);
	ring_done(&w->loose);
	free(w->frames);
	*w = window_make(w->max, w->again_max);
}

/* --- adding --- */

/* Whether there is room for so many bytes more. One frame alone always has room. */
static bool has_room(const struct ring *ring, size_t len, size_t max)
{
	return ring->len == 0 || (ring->len <= max && len <= max - ring->len);
}

int window_add(struct window *w, const struct text *pieces, size_t n, bool again)
{
	bool loose;
	struct ring *ring;
	size_t len = 0, max;
	int r;

	for (size_t i = 0; i < n; i++)
		len += pieces[i].len;
	assert(len < LOOSE);
	/* Behind a loose frame, all that can be read again is loose: it is read again in order. */
	loose = again && (w->n_loose > 0 || w->kept.len + len > w->again_max);
	ring = loose ? &w->loose : &w->kept;
	max = loose ? WINDOW_LOOSE_MAX : w->max;
	if (w->n_frames == WINDOW_FRAMES_MAX || !has_room(ring, len, max))
		return WINDOW_FULL;

	r = ring_reserve(ring, len, max);
	if (r < 0)
		return r;
	r = reserve_frame(w);
	if (r < 0)
		return r;

	for (size_t i = 0; i < n; i++)
		ring_add(ring, pieces[i]);
	*frame_at(w, w->n_frames++) = (uint32_t)len | (loose ? LOOSE : 0);
	w->n_loose += loose;
	w->tail += len;
	check_invariants(w);
	return 0;
}

/* --- sending --- */

/* How many bytes are to be sent from the ring that the next of them is in, before one from the
 * other ring; no more than PIECE_MAX are counted. */
static size_t count_run(const struct window *w, bool *ret_loose)
{
	size_t run = 0;

	for (size_t i = w->next; i < w->n_frames && run < PIECE_MAX; i++) {
		uint32_t frame = *frame_at(w, i);
		size_t len = len_of(frame) - (i == w->next ? w->next_sent : 0);

		if (len == 0)
			continue;
		if (run == 0)
			*ret_loose = is_loose(frame);
		else if (*ret_loose != is_loose(frame))
			break;
		run += len;
	}
	return run;
}

struct text window_unsent(const struct window *w)
{
	bool loose = false;
	size_t run = count_run(w, &loose);
	struct text piece;

	if (run == 0)
		return text_of(NULL);
	piece = loose ? ring_from(&w->loose, 0) : ring_from(&w->kept, w->kept_sent);
	return text_make(piece.data, piece.len < run ? piece.len : run);
}

void window_sent(struct window *w, size_t n, uint64_t now_usec)
{
	bool loose = false;
	size_t run = count_run(w, &loose);

	assert(n <= run);
	if (w->acked == w->sent)
		w->progress_usec = now_usec;
	w->sent += n;
	if (loose)
		ring_take(&w->loose, n);
	else
		w->kept_sent += n;
	w->next_sent += n;
	while (w->next < w->n_frames && w->next_sent >= len_of(*frame_at(w, w->next)))
		w->next_sent -= len_of(*frame_at(w, w->next++));
	check_invariants(w);
}

/* --- settling --- */

/* Let each two marks become one. */
static void halve_marks(struct window *w)
{
	for (size_t i = 0; i < WINDOW_MARKS_MAX / 2; i++) {
		uint64_t since_usec = w->marks[2 * i].since_usec;

		w->marks[i] = w->marks[2 * i + 1];
		w->marks[i].since_usec = since_usec;
	}
	w->n_marks = WINDOW_MARKS_MAX / 2;
}

static void add_mark(struct window *w, uint64_t now_usec)
{
	struct window_mark *last = w->n_marks > 0 ? &w->marks[w->n_marks - 1] : NULL;

	assert(!last || last->end < w->acked);
	if (last && now_usec - last->since_usec < WINDOW_MARK_USEC) {
		last->end = w->acked;
		last->usec = now_usec;
		return;
	}
	if (w->n_marks == WINDOW_MARKS_MAX)
		halve_marks(w);
	w->marks[w->n_marks++] = (struct window_mark){ w->acked, now_usec, now_usec };
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
	if (w->head != w->tail || w->kept.size + w->loose.size <= WINDOW_KEEP_SIZE)
		return;
	ring_done(&w->kept);
	ring_done(&w->loose);
	if (w->n_frames > 0)
		return;
	free(w->frames);
	w->frames = NULL;
	w->frames_size = w->first_frame = 0;
}

/* Where the bytes that wait longer begin. */
static uint64_t find_unsure(const struct window *w, uint64_t n_unsure)
{
	return n_unsure < w->acked - w->head ? w->acked - n_unsure : w->head;
}

/* Remove the marks of frames that may all leave; returns the end of what may. */
static uint64_t remove_marks(struct window *w, const struct window_until *until)
{
	uint64_t end = w->head, unsure = find_unsure(w, until->n_unsure);
	size_t n = 0;

	while (n < w->n_marks &&
		(w->marks[n].usec <= until->unsure_usec ||
			(w->marks[n].usec <= until->usec && w->marks[n].end <= unsure)))
		end = w->marks[n++].end;
	if (n < w->n_marks && w->marks[n].usec <= until->usec && unsure > end)
		end = unsure;
	w->n_marks -= n;
	memmove(w->marks, w->marks + n, w->n_marks * sizeof(w->marks[0]));
	return end;
}

/* Remove the first frame, all of which is sent. */
static void remove_first(struct window *w)
{
	uint32_t frame = *frame_at(w, 0);

	w->head += len_of(frame);
	if (is_loose(frame)) {
		w->n_loose--;
	} else {
		ring_take(&w->kept, len_of(frame));
		w->kept_sent -= len_of(frame);
	}
	w->first_frame = (w->first_frame + 1) % w->frames_size;
	w->n_frames--;
	/* A frame without a byte may not have been passed yet. */
	if (w->next > 0)
		w->next--;
}

size_t window_settle(struct window *w, const struct window_until *until)
{
	uint64_t end = remove_marks(w, until);
	size_t n = 0;

	while (w->n_frames > 0 && w->head + len_of(*frame_at(w, 0)) <= end) {
		remove_first(w);
		n++;
	}
	free_if_empty(w);
	check_invariants(w);
	return n;
}

bool window_is_unsure(const struct window *w, uint64_t n_unsure)
{
	return w->n_marks > 0 && w->head + len_of(*frame_at(w, 0)) > find_unsure(w, n_unsure);
}

/* --- after a break --- */

size_t window_rewind(struct window *w)
{
	size_t n = 0, n_returned = w->n_loose;

	for (size_t i = 0; i < w->n_frames; i++) {
		uint32_t frame = *frame_at(w, i);

		if (!is_loose(frame))
			*frame_at(w, n++) = frame;
	}
	assert(n + n_returned == w->n_frames);
	w->n_frames = n;
	w->n_loose = 0;
	ring_take(&w->loose, w->loose.len);
	w->kept_sent = w->next = w->next_sent = 0;
	w->sent = w->acked = w->head;
	w->tail = w->head + w->kept.len;
	w->n_marks = 0;
	check_invariants(w);
	return n_returned;
}
