/* One attempt to reach a log server, and the connection that results from it: the name is looked
 * up, its addresses are tried in turn, TLS is negotiated. Nothing blocks. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/text.h"
#include "sink/socket/resolve.h"
#include "sink/socket/tls.h"

enum {
	CONNECTION_REASON_SIZE = 256,
	CONNECTION_OPEN_USEC = 10 * 1000 * 1000, /* then an attempt is given up */
};

/* Outcome besides 0: call again when the epoll descriptor is readable or the deadline has come. */
enum { CONNECTION_AGAIN = 1 };

enum connection_state {
	CONNECTION_CLOSED,
	CONNECTION_RESOLVING,
	CONNECTION_CONNECTING,
	CONNECTION_SHAKING_HANDS,
	CONNECTION_READY,
};

struct connection {
	const struct address *address;
	struct tls *tls; /* NULL = none; the owner's */
	int epoll_fd;    /* the owner's; all that is waited for is in it */
	enum connection_state state;
	int fd;
	uint32_t events;        /* with which `fd` is in the epoll */
	uint64_t room_max;      /* of the other side's receive window (TCP), the largest seen */
	bool asks;              /* for that window */
	uint64_t deadline_usec; /* of the step under way, CLOCK_MONOTONIC; UINT64_MAX = none */
	struct resolve *resolve;
	struct endpoints endpoints;
	size_t next;                         /* of the endpoints */
	int error;                           /* of the last endpoint that was tried */
	char reason[CONNECTION_REASON_SIZE]; /* of the last failure, for messages */
};

/* `address` and `tls` must outlive the connection. */
void connection_init(
	struct connection *c, const struct address *address, struct tls *tls, int epoll_fd);

/* Begin an attempt; an earlier connection is closed. Returns 0 when the connection is there,
 * CONNECTION_AGAIN while it is under way, or a negative errno with the reason in `reason`:
 * -EKEYREJECTED when the other side's certificate is not trusted. */
int connection_open(struct connection *c);

/* Continue an attempt; results as for connection_open. */
int connection_continue(struct connection *c);

void connection_close(struct connection *c);

/* The following functions require a connection that is there. A negative errno means that it is
 * broken, with the reason in `reason`; for datagrams see send(2). */

/* Send some of the bytes, or the datagram. Returns 0 with the count in `ret_n`, CONNECTION_AGAIN
 * when nothing can be sent now, or a negative errno. */
int connection_send(struct connection *c, const void *data, size_t len, size_t *ret_n);

enum { CONNECTION_DATAGRAMS_MAX = 32 };

/* Send as many of these datagrams as the kernel takes, CONNECTION_DATAGRAMS_MAX at most. Returns as
 * connection_send; `ret_n` is at least 1. */
int connection_send_datagrams(
	struct connection *c, const struct text *datagrams, size_t n, size_t *ret_n);

/* Wait for room to send if there is `more` to send, else do not. Returns 0 or a negative errno. */
int connection_watch_writable(struct connection *c, bool more);

/* Read and discard what the other side sends, some of it at a time, and notice that it is gone.
 * Returns 0 or a negative errno. */
int connection_listen(struct connection *c);

/* Take the pending error off the socket. Returns 0 or that error. */
int connection_take_error(struct connection *c);

/* How many of the last bytes sent the program at the other side has not read. */
struct connection_owed {
	uint64_t n;        /* as far as can be seen */
	uint64_t n_unsure; /* so many more may be unread without a sign of it */
};

/* Count these bytes. A unix socket reports their number. Over TCP it has two parts: the bytes that
 * are not acknowledged and, as an estimate, those that take up room in the other side's receive
 * window. That window may also shrink for good. `stuck` means that the number has not fallen for
 * long; then the present window counts as all of it. A kernel takes some bytes before its window
 * shows that: Linux takes 25 to 84 KiB on a new connection, and up to a third of its window later.
 * Use the numbers only if connection_listen reports afterwards that the other side is still there.
 * Returns 0 or a negative errno. */
int connection_count_owed(struct connection *c, bool stuck, struct connection_owed *ret);
