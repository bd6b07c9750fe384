/* A fence in journald's queue. journald reads one queue and writes what it reads before it reads
 * on: once it has taken the fence, everything that was sent before, by us or by an earlier life of
 * ours, is in the journal or never will be. */
#pragma once

#include <stdbool.h>
#include <sys/un.h>

struct barrier {
	int fd;    /* a socket of its own: what waits in it is the fence alone */
	bool sent; /* and not yet known to have been taken */
};

/* Returns 0 or a negative errno. */
int barrier_init(struct barrier *barrier);

void barrier_done(struct barrier *barrier);

/* Put a fence into the queue of the socket at `address`. Returns 0; or a negative errno, as of
 * connect(2) and send(2), and nothing was sent. */
int barrier_send(struct barrier *barrier, const struct sockaddr_un *address);

/* Whether the fence that was sent has been taken. Where the queue went away with its socket, it
 * counts as taken, with everything in it. */
bool barrier_is_taken(struct barrier *barrier);
