/* One connection of a stream socket: read a piece, cut messages out of it, keep the beginning of
 * the next one. All frame readers of a source read into one room, which belongs to the one whose
 * turn it is. So a connection holds memory only between the two halves of a message. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "wire/framing.h"

enum {
	FRAME_READER_READ_SIZE = 64 * 1024,
	FRAME_READER_ROOM_SIZE = FRAMING_UNUSED_MAX + FRAME_READER_READ_SIZE,
};

struct frame_reader {
	int fd; /* non-blocking */
	struct framing framing;
	char *rest; /* the beginning of an unfinished message, while it is not in the room */
	size_t rest_len, rest_size;
};

struct frame_room {
	char *data;               /* FRAME_READER_ROOM_SIZE bytes */
	size_t start, end;        /* of the bytes received and not used */
	enum framing_state state; /* what follows them */
};

/* Close the connection and free what the reader holds. */
void frame_reader_done(struct frame_reader *reader);

/* Fill the empty room with the kept bytes, and those received since, at most FRAME_READER_READ_SIZE
 * bytes. A connection that broke is at its end. If nothing has come, and `is_quiet`, the room has
 * the kept bytes alone. Returns 0, or -EAGAIN when nothing has come. */
int frame_reader_read(struct frame_reader *reader, bool is_quiet, struct frame_room *room);

/* Cut the next message from the room. Returns 0 with a frame that points into it, FRAMING_MORE
 * when none is whole, or FRAMING_INVALID: then the room is empty, and the connection is to be
 * closed. */
int frame_reader_next(struct frame_reader *reader, struct frame_room *room, struct frame *ret);

/* Empty the room for the next reader, and keep the bytes left in it. Returns 0, or -ENOMEM with
 * everything as it was. */
int frame_reader_keep(struct frame_reader *reader, struct frame_room *room);

/* Bytes that were received and are in no message: kept here, or still in the kernel. */
size_t frame_reader_count_unread(const struct frame_reader *reader);
