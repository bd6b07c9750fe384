/* The sockets that a source listens at: those of its addresses, and those that the service manager
 * has passed. */
#pragma once

#include <stddef.h>

#include "source/syslog/listener.h"

struct syslog_options;

struct listeners_request {
	const char *name; /* of the source */
	const struct syslog_options *options;
	unsigned transports; /* enum syslog_transport, ored; 0 = all */
	int receive_size;    /* bytes of the kernel's buffer for datagrams, as far as we may */
};

struct listeners {
	struct listener *items;
	size_t n, size;
};

/* Open all, into `listeners`, which is zeroed at the start and to be freed by listeners_done(),
 * also behind a failure. Each failure is logged, then the first one is returned: 0 or a negative
 * errno. */
int listeners_open(const struct listeners_request *request, struct listeners *listeners);

/* Close the sockets, and free what holds them. Whoever takes over the sockets sets `n` to 0. */
void listeners_done(struct listeners *listeners);
