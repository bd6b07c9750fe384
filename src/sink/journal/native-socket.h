/* The way to journald: its native socket, to which nothing is ever sent that would block. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>

#include "base/text.h"

struct sink;

struct channel {
	struct sink *sink; /* whose it is: its descriptor is an epoll that the socket is put into */
	int fd;
	struct sockaddr_un address;
	bool connected;
	bool absent;         /* journald was not there at the last try; said once */
	bool waits_for_room; /* the socket is watched */
};

/* Returns 0, -ENAMETOOLONG, or the negative errno of making a socket. A journald that is not there
 * is no error. */
int channel_init(struct channel *channel, struct sink *sink, const char *path);

void channel_done(struct channel *channel);

/* Send a datagram. Returns 0; SINK_FULL, and the sink is woken when it may be tried again; -EFBIG
 * for one larger than a file may be; or a negative errno that will not go away. */
int channel_send(struct channel *channel, struct text bytes);

/* What to do about the result of a connect or a send, 0 or a negative errno. Returns as
 * channel_send. */
int channel_judge(struct channel *channel, int r);

/* Returns 0 when journald has read everything, SINK_FULL when not, and the sink is woken when it
 * may have; or a negative errno. */
int channel_flush(struct channel *channel);

/* To be called when the sink is woken. */
void channel_process(struct channel *channel);
