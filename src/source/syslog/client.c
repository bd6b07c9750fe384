/* The rest is copied to the front of the room before each read, so messages are always whole there
 * and no memory but the rest's own is held. */
#include "config.h"

#include "source/syslog/client.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"

static void drop_rest(struct connection *c)
{
	free(c->rest);
	c->rest = NULL;
	c->rest_len = c->rest_size = 0;
}

void connection_done(struct connection *connection)
{
	drop_rest(connection);
	connection->fd = close_fd(connection->fd);
}

int connection_read(struct connection *connection, struct connection_room *room)
{
	size_t n = 0;
	int r;

	assert(connection->rest_len <= CONNECTION_ROOM_SIZE - CONNECTION_READ_SIZE);
	if (connection->rest_len > 0)
		memcpy(room->data, connection->rest, connection->rest_len);
	r = io_read(connection->fd, room->data + connection->rest_len, CONNECTION_READ_SIZE, &n);
	if (r == -EAGAIN)
		return r;
	/* What came before it broke still counts. */
	room->at_end = r < 0 || n == 0;
	room->start = 0;
	room->end = connection->rest_len + n;
	connection->rest_len = 0;
	return 0;
}

int connection_next(struct connection *connection, struct connection_room *room, struct frame *ret)
{
	size_t used = 0;
	int r = framing_next(&connection->framing,
		text_make(room->data + room->start, room->end - room->start), room->at_end, ret,
		&used);

	room->start += used;
	return r;
}

int connection_keep(struct connection *connection, struct connection_room *room)
{
	size_t len = room->end - room->start;
	char *rest;

	/* Free a buffer that is more than twice as large as needed. */
	if (len == 0 || len < connection->rest_size / 2)
		drop_rest(connection);
	if (len > connection->rest_size) {
		rest = malloc(len);
		if (!rest)
			return -ENOMEM;
		drop_rest(connection);
		connection->rest = rest;
		connection->rest_size = len;
	}
	/* Where nothing is left, there is no buffer. */
	if (connection->rest)
		memcpy(connection->rest, room->data + room->start, len);
	connection->rest_len = len;
	room->start = room->end = 0;
	return 0;
}

size_t connection_count_unread(const struct connection *connection)
{
	int n = 0;

	if (ioctl(connection->fd, FIONREAD, &n) < 0 || n < 0)
		n = 0;
	return connection->rest_len + (size_t)n;
}
