/* The socket sink: enriched records to a log server, over TCP, TLS, UDP or unix sockets. Streams
 * deliver at least once. The sink keeps what it sent until it can assume that the other side has
 * it, and sends it again after a break. Datagrams are best effort, and counted. */
#pragma once

#include "sink/sink.h"

struct socket_options;

/* `name` and `options` must outlive the sink; its texts end with a NUL. A log server that is not
 * there is no error: the sink is full until it is. Files of TLS that cannot be read or do not fit
 * are logged by their names. Returns 0 or a negative errno. */
int socket_sink_new(const char *name, const struct socket_options *options, struct sink **ret);

struct tls_fault;

/* Whether the files of TLS that the options name can be used, as tls_check; there are none for
 * other addresses. */
int socket_sink_check(
	const struct socket_options *options, struct tls_fault *faults, size_t *ret_n);

/* Let records be settled so long after their acknowledgement, instead of SOCKET_SETTLE_USEC: for
 * tests. */
void socket_sink_set_settle_usec(struct sink *sink, uint64_t usec);
