/* The native socket of journald. Sending to it never blocks. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>

#include "base/text.h"

struct sink;

struct native_socket {
	struct sink *sink; /* the owner: its descriptor is an epoll that the socket is put into */
	int fd;
	struct sockaddr_un address;
	bool connected;
	bool absent;         /* journald was not there at the last try; reported once */
	bool waits_for_room; /* the socket is watched */
};

/* Returns 0, -ENAMETOOLONG, or the negative errno of making a socket. A journald that is not there
 * is no error. */
int native_socket_init(struct native_socket *native, struct sink *sink, const char *path);

void native_socket_done(struct native_socket *native);

/* Send a datagram. Returns 0; SINK_FULL, and the sink is woken when it may be tried again; -EFBIG
 * for one larger than a file may be; or a negative errno that will not go away. */
int native_socket_send(struct native_socket *native, struct text bytes);

/* Decide what to do about the result of a connect or a send, 0 or a negative errno. Returns as
 * native_socket_send. */
int native_socket_check_result(struct native_socket *native, int r);

/* Returns 0 when journald has read everything, SINK_FULL when not, and the sink is woken when it
 * may have; or a negative errno. */
int native_socket_flush(struct native_socket *native);

/* To be called when the sink is woken. */
void native_socket_process(struct native_socket *native);
