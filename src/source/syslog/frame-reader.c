/* Before each read, the rest is copied to the front of the room. So messages are always whole
 * there, and no memory but the rest's own is held. */
#include "config.h"

#include "source/syslog/frame-reader.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"

static void drop_rest(struct frame_reader *reader)
{
	free(reader->rest);
	reader->rest = NULL;
	reader->rest_len = reader->rest_size = 0;
}

/* The kept bytes leave room for a whole read, and the room's bytes lie within it. */
static void check_invariants(const struct frame_reader *reader, const struct frame_room *room)
{
	assert(reader->rest_len <= reader->rest_size);
	assert(reader->rest_len <= FRAME_READER_ROOM_SIZE - FRAME_READER_READ_SIZE);
	assert((reader->rest != NULL) == (reader->rest_size > 0));
	assert(room->start <= room->end && room->end <= FRAME_READER_ROOM_SIZE);
}

void frame_reader_done(struct frame_reader *reader)
{
	drop_rest(reader);
	reader->fd = close_fd(reader->fd);
}

static enum framing_state state_behind(int r, size_t n)
{
	if (r == -EAGAIN)
		return FRAMING_QUIET;
	if (r < 0)
		return FRAMING_BROKEN;
	return n == 0 ? FRAMING_CLOSED : FRAMING_FLOWS;
}

int frame_reader_read(struct frame_reader *reader, bool is_quiet, struct frame_room *room)
{
	size_t n = 0;
	int r;

	check_invariants(reader, room);
	assert(room->start == room->end);
	if (reader->rest_len > 0)
		memcpy(room->data, reader->rest, reader->rest_len);
	r = io_read(reader->fd, room->data + reader->rest_len, FRAME_READER_READ_SIZE, &n);
	if (r == -EAGAIN && !is_quiet)
		return r;
	/* Bytes that came before the connection broke still count. */
	room->state = state_behind(r, n);
	room->start = 0;
	room->end = reader->rest_len + n;
	reader->rest_len = 0;
	check_invariants(reader, room);
	return 0;
}

int frame_reader_next(struct frame_reader *reader, struct frame_room *room, struct frame *ret)
{
	size_t used = 0;
	int r = framing_next(&reader->framing,
		text_make(room->data + room->start, room->end - room->start), room->state, ret,
		&used);

	room->start += used;
	check_invariants(reader, room);
	/* At its end, nothing of a connection stays behind. */
	assert(r != FRAMING_INVALID || room->start == room->end);
	assert(r == 0 || !framing_is_at_end(room->state) || room->start == room->end);
	return r;
}

int frame_reader_keep(struct frame_reader *reader, struct frame_room *room)
{
	size_t len = room->end - room->start;
	char *rest;

	/* All kept bytes are in the room during a turn. */
	assert(reader->rest_len == 0);
	/* Free a buffer that is more than twice as large as needed. */
	if (len == 0 || len < reader->rest_size / 2)
		drop_rest(reader);
	if (len > reader->rest_size) {
		rest = malloc(len);
		if (!rest)
			return -ENOMEM;
		drop_rest(reader);
		reader->rest = rest;
		reader->rest_size = len;
	}
	/* Where nothing is left, there is no buffer. */
	if (reader->rest)
		memcpy(reader->rest, room->data + room->start, len);
	reader->rest_len = len;
	room->start = room->end = 0;
	check_invariants(reader, room);
	return 0;
}

size_t frame_reader_count_unread(const struct frame_reader *reader)
{
	int n = 0;

	if (ioctl(reader->fd, FIONREAD, &n) < 0 || n < 0)
		n = 0;
	return reader->rest_len + (size_t)n;
}
