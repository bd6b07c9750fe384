/* The journal sink: enriched entries to journald, over its native socket, without ever blocking.
 * Accepted means that the datagram is in journald's queue. */
#pragma once

#include "base/text.h"
#include "sink/sink.h"

struct journal_sink_options {
	struct text namespace; /* journal namespace; empty = the default one */
};

/* Returns 0; -ENAMETOOLONG for a namespace too long for a socket's path; or the negative errno of
 * making a socket. A journald that is not there is no error: the sink is full until it is. `name`
 * must outlive the sink. */
int journal_sink_new(
	const char *name, const struct journal_sink_options *options, struct sink **ret);

/* As above, to the socket at `path`. */
int journal_sink_new_at(const char *name, const char *path, struct sink **ret);
