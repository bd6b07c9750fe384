/* The journal sink: enriched entries to journald, over its native socket, without ever blocking.
 * Sending a datagram proves nothing: a record is settled when its entry has been read back from the
 * journal. A record that is missing although journald has taken everything is sent again. A record
 * that journald does not keep then either is given up, counted and reported. */
#pragma once

#include "sink/sink.h"

struct journal_sink_options;

/* The sender, by which the sink finds its entries again. */
struct journal_sink_sender {
	const char *unit;     /* whose main process this is; NULL for none */
	const char *instance; /* the name of this daemon in the records; see record.h */
	/* The namespace that systemd lets this process take for the default one, LogNamespace= of
	 * systemd.exec(5); NULL = none. */
	const char *namespace;
};

/* Returns 0; -ENAMETOOLONG for a namespace too long for a socket's path; or the negative errno of
 * making a socket. A journald that is not there is no error: the sink is full until it is. All
 * that is handed in must outlive the sink. */
int journal_sink_new(const char *name, const struct journal_sink_options *options,
	const struct journal_sink_sender *sender, struct sink **ret);

/* As above, to the socket at `path`: for tests. Without a sender there is no journal behind it to
 * read: a record is settled when it is sent. */
int journal_sink_new_at(const char *name, const char *path,
	const struct journal_sink_sender *sender, struct sink **ret);
