/* What a syslog source is asked for. */
#pragma once

#include "base/address.h"
#include "base/yaml/schema.h"

enum { SYSLOG_LISTEN_MAX = 64 }; /* addresses of one source */

/* How messages come. A datagram cannot wait for a full sink and a stream can, so that who has both
 * makes a source of each, that neither may hold back the other. */
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

/* The transports of which something is, or may be, among what to listen at. */
unsigned syslog_options_transports(const void *options);

/* The addresses to listen at. */
const struct address *syslog_options_addresses(const void *options, size_t *ret_n);
