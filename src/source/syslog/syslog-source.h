/* The syslog source: messages that come over sockets: UDP, TCP, unix sockets of both kinds, and
 * sockets that the service manager passes. Such messages cannot be read again. While the source is
 * not pulled, streams wait in the sender, and datagrams in the kernel's bounded buffer. Datagrams
 * that the kernel drops are counted. */
#pragma once

#include "source/source.h"
#include "source/syslog/sessions.h"

struct syslog_options;

/* Bind and listen. `transports`: enum syslog_transport, ored; sockets of other transports are
 * passed over, and none where it is 0. Only messages that the probe wants become records. `name`,
 * `options` and what the probe uses must outlive the source. An address that cannot be bound is
 * logged. Returns 0 or a negative errno. */
int syslog_source_new(const char *name, const struct syslog_options *options, unsigned transports,
	struct source_probe probe, struct source **ret);

struct syslog_limits {
	struct sessions_limits sessions;
	uint64_t idle_usec;
	uint64_t quiet_usec; /* without bytes, then a counted message ends as counted */
	uint64_t pause_usec; /* until an inlet that cannot accept connections tries again */
	int receive_size;    /* bytes of the kernel's buffer for datagrams, as far as we may */
};

/* As syslog_source_new, within other limits: for tests. */
int syslog_source_new_within(const char *name, const struct syslog_options *options,
	unsigned transports, struct source_probe probe, const struct syslog_limits *limits,
	struct source **ret);
