/* The contract of a sink: where enriched records go. A sink takes a record whole or not at all. */
#pragma once

#include <stdint.h>

#include "base/cleanup.h"

struct record;

/* Outcome of sink_send and sink_flush besides 0. */
enum { SINK_FULL = 1 };

struct sink;

struct sink_class {
	int (*send)(struct sink *sink, const struct record *record);
	int (*flush)(struct sink *sink);
	struct sink *(*free)(struct sink *sink);
};

struct sink {
	const struct sink_class *class;
	const char *name;    /* the user's name for it */
	int fd;              /* writable when a full sink may have room, the same all its life;
			      * -1 while only the time is worth waiting for */
	uint64_t retry_usec; /* after SINK_FULL: try again after so long even if `fd` is silent */
	uint64_t n_sent;     /* records accepted */
	uint64_t n_refused;  /* records that can never be accepted, dropped */
};

/* Hand over one record. Returns 0 when the sink has it (or has refused it for good and counted
 * that); SINK_FULL when it was not taken: wait for `fd` to be writable or `retry_usec`, then send
 * the same record again; or a negative errno that will not go away. */
static inline int sink_send(struct sink *sink, const struct record *record)
{
	return sink->class->send(sink, record);
}

/* Push out what is held back. Returns 0 when everything accepted has left this process and was
 * taken on the other side, SINK_FULL when that is still under way, or a negative errno. */
static inline int sink_flush(struct sink *sink)
{
	return sink->class->flush(sink);
}

/* Accepts NULL, returns NULL. */
static inline struct sink *sink_free(struct sink *sink)
{
	return sink ? sink->class->free(sink) : NULL;
}
CLEANUP_DEFINE(struct sink *, sink_free);
