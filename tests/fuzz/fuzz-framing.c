/* Bytes of a connection become frames, which must be the same however the bytes are chopped; what
 * waits for more is bounded, and nothing is lost.
 *
 * The input: a byte that seeds the chopping, then the stream; in it, 0xFE and a byte n mean
 * n * 8192 times `x`, so that a small input reaches the bound of a message. */
#include "config.h"

#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "wire/framing.h"

enum { STREAM_MAX = 1024 * 1024, RUN = 8192 };

struct connection {
	struct framing framing;
	struct buffer pending;
	struct buffer frames; /* each as its length, whether it was cut, and its bytes */
	size_t n_used;
	bool any_cut, is_invalid;
};

static void add_frame(struct connection *c, const struct frame *frame)
{
	must(frame->message.len > 0 && frame->message.len <= FRAMING_MESSAGE_MAX);
	must(frame->part_end || !frame->cut);
	buffer_add_number(&c->frames, frame->message.len);
	buffer_add_char(&c->frames, frame->cut ? '>' : frame->part_end ? '?' : '|');
	buffer_add_text(&c->frames, frame->message);
	c->any_cut = c->any_cut || frame->cut;
}

static void feed(struct connection *c, struct text data, enum framing_state state)
{
	size_t at = 0;
	int r;

	if (c->is_invalid)
		return;
	buffer_add_text(&c->pending, data);
	do {
		struct text all = buffer_text(&c->pending);
		struct text rest = text_make(all.data + at, all.len - at);
		struct frame frame = { 0 };
		size_t used = 0;

		r = framing_next(&c->framing, rest, state, &frame, &used);
		must(used <= rest.len);
		must(r == 0 || r == FRAMING_MORE || r == FRAMING_INVALID);
		must(r != 0 || (used > 0 && frame.message.data >= rest.data &&
				       frame.message.data + frame.message.len <= rest.data + used));
		at += used;
		if (r == 0)
			add_frame(c, &frame);
	} while (r == 0);
	must(buffer_finish(&c->pending) == 0 && buffer_finish(&c->frames) == 0);

	c->is_invalid = r == FRAMING_INVALID;
	c->n_used += at;
	c->pending.len -= at;
	if (c->pending.len > 0)
		memmove(c->pending.data, c->pending.data + at, c->pending.len);
	must(c->pending.len <= FRAMING_UNUSED_MAX);
	must(!c->framing.awaits_quiet || (state == FRAMING_FLOWS && c->pending.len > 0));
	must(state == FRAMING_FLOWS || state == FRAMING_QUIET || c->pending.len == 0);
	must(!c->is_invalid || c->pending.len == 0);
}

/* Pieces of a few bytes and of many, as the seed has it; 0 = all at once. Between them, the
 * connection is quiet or not. */
static void run(struct connection *c, struct text stream, uint32_t seed, bool is_quiet,
	enum framing_state end)
{
	size_t at = 0;

	*c = (struct connection){ .pending = buffer_make(2 * STREAM_MAX),
		.frames = buffer_make(8 * STREAM_MAX) };
	while (at < stream.len) {
		size_t left = stream.len - at, size = left;

		if (seed > 0) {
			seed = seed * 1103515245u + 12345u;
			size = (seed >> 16) % ((seed >> 8) % 4 > 0 ? 12 : 100000) + 1;
		}
		size = size < left ? size : left;
		feed(c, text_make(stream.data + at, size), FRAMING_FLOWS);
		at += size;
		if (is_quiet && seed % 3 == 0)
			feed(c, text_of(""), FRAMING_QUIET);
	}
	feed(c, text_of(""), end);
	must(c->is_invalid || c->n_used == stream.len);
}

static void close_connection(struct connection *c)
{
	buffer_done(&c->pending);
	buffer_done(&c->frames);
}

static bool is_end(char c)
{
	return c == '\n' || c == '\0' || c == '\r';
}

/* Every byte of a connection of lines is in a frame, but for line ends. */
static void check_nothing_lost(const struct connection *c, struct text stream)
{
	struct text frames = buffer_text(&c->frames);
	size_t n_stream = 0, n_frames = 0;

	for (size_t i = 0; i < stream.len; i++)
		n_stream += !is_end(stream.data[i]);
	for (size_t at = 0; at < frames.len;) {
		size_t len = 0;

		for (; char_is_digit(frames.data[at]); at++)
			len = len * 10 + (size_t)(frames.data[at] - '0');
		at++;
		for (size_t i = 0; i < len; i++, at++)
			n_frames += !is_end(frames.data[at]);
	}
	must(n_stream == n_frames);
}

static void expand(const uint8_t *data, size_t size, struct buffer *stream)
{
	static char run_of_x[RUN];

	memset(run_of_x, 'x', sizeof(run_of_x));
	for (size_t i = 0; i < size && stream->len < STREAM_MAX / 2; i++) {
		if (data[i] != 0xFE || i + 1 == size) {
			buffer_add_char(stream, (char)data[i]);
			continue;
		}
		i++;
		for (unsigned n = 0; n < data[i] % 36u; n++)
			buffer_add(stream, run_of_x, sizeof(run_of_x));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buffer_done) struct buffer stream = buffer_make(STREAM_MAX);
	struct connection whole, chopped, quiet;

	if (size == 0)
		return 0;
	expand(data + 1, size - 1, &stream);
	run(&whole, buffer_text(&stream), 0, false, FRAMING_CLOSED);
	run(&chopped, buffer_text(&stream), data[0] + 1u, false, FRAMING_CLOSED);
	run(&quiet, buffer_text(&stream), data[0] + 1u, true, FRAMING_BROKEN);
	must(text_equal(buffer_text(&whole.frames), buffer_text(&chopped.frames)));
	must(whole.framing.kind == chopped.framing.kind);
	must(whole.is_invalid == chopped.is_invalid);
	if (whole.framing.kind == FRAMING_LINES && !whole.any_cut)
		check_nothing_lost(&whole, buffer_text(&stream));
	close_connection(&whole);
	close_connection(&chopped);
	close_connection(&quiet);
	return 0;
}
