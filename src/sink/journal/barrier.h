/* A barrier in journald's queue. journald reads one queue, and writes each datagram before it reads
 * the next. So once it has taken the barrier, everything that was sent before is in the journal or
 * never will be. That includes what earlier processes sent. */
#pragma once

#include <stdbool.h>
#include <sys/un.h>

struct barrier {
	int fd;    /* a socket of its own: it carries nothing but the barrier */
	bool sent; /* at least once */
};

/* Returns 0 or a negative errno. */
int barrier_init(struct barrier *barrier);

void barrier_done(struct barrier *barrier);

/* Put a barrier into the queue of the socket at `address`. Returns 0; or a negative errno, as of
 * connect(2) and send(2), and nothing was sent. */
int barrier_send(struct barrier *barrier, const struct sockaddr_un *address);

/* Whether the barrier that was sent has been taken. If the queue is gone with its socket, the
 * barrier counts as taken, with everything before it. */
bool barrier_is_taken(const struct barrier *barrier);
