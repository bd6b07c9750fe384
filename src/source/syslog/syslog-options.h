/* The options of a syslog source, and its bounds. */
#pragma once

#include "base/address.h"
#include "base/yaml/schema.h"

enum {
	SYSLOG_LISTEN_MAX = 64,                      /* addresses of one source */
	SYSLOG_CONNECTIONS_MAX = 1024,               /* of one source */
	SYSLOG_PEER_CONNECTIONS_MAX = 512,           /* of one address, or one user */
	SYSLOG_UNFINISHED_MAX = 16 * 1024 * 1024,    /* bytes of messages that are not whole */
	SYSLOG_QUIET_USEC = 1000 * 1000,             /* then a counted message ends as counted */
	SYSLOG_IDLE_USEC = 60ull * 60 * 1000 * 1000, /* then a silent connection is closed */
};

/* How messages arrive. A datagram cannot wait for a full sink, and a stream can. So becaused opens
 * one source for each transport, and neither holds back the other. */
enum syslog_transport {
	SYSLOG_DATAGRAMS = 1,
	SYSLOG_STREAMS = 2,
};

struct syslog_options {
	const struct address *listen; /* any kind but ADDRESS_TLS */
	size_t n_listen;
};

/* Read the options from the mapping of a syslog source. */
schema_read_fn syslog_options_read;

/* The transports that the addresses to listen at use, or may use. */
unsigned syslog_options_transports(const void *options);

/* The addresses to listen at. */
const struct address *syslog_options_addresses(const void *options, size_t *ret_n);
