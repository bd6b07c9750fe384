/* The contract of a sink, which delivers enriched records. A sink takes a record whole or not at
 * all. Later it reports when a record that it took is settled: the other side has it, or never
 * will.
 *
 * A sink need not keep what can be read again: a record that has a position. It counts such a
 * record in `n_unkept` when it takes it. When a connection breaks, it returns all of these that are
 * not settled: the caller has them read and sent again. */
#pragma once

#include <assert.h>
#include <stdint.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/text.h"
#include "record/record.h"

/* Outcome of sink_send and sink_flush besides 0. */
enum { SINK_FULL = 1 };

/* A record from an earlier run of this daemon that the other side has: the name of its source and
 * its position. `usec` is when the other side took it (CLOCK_REALTIME, microseconds). Valid during
 * the visit. */
struct sink_memory {
	struct text source, position;
	uint64_t usec;
};

/* Outcome of a visit besides 0: no more records need be visited. */
enum { SINK_ENOUGH = 1 };

/* Visits a record. Returns 0 or SINK_ENOUGH. */
typedef int sink_recall_fn(const struct sink_memory *memory, void *userdata);

struct sink;

struct sink_class {
	int (*send)(struct sink *sink, const struct record *record);
	int (*flush)(struct sink *sink);
	int (*process)(struct sink *sink);
	/* NULL for a sink that cannot look at what the other side has. */
	int (*recall)(struct sink *sink, struct text source, sink_recall_fn *visit, void *userdata);
	struct sink *(*free)(struct sink *sink);
};

struct sink {
	const struct sink_class *class;
	const char *name;       /* the user's name for it */
	int fd;                 /* to be watched for `events`, always the same; -1 = none */
	uint32_t events;        /* of epoll(7), as of now; 0 = none */
	uint64_t wake_usec;     /* call sink_process then, CLOCK_MONOTONIC; UINT64_MAX = never;
				   0 = when no record is to be sent for now */
	size_t in_flight_max;   /* records taken and not settled, at most; 0 = it has no recall() */
	uint64_t n_taken;       /* records for which sink_send returned 0 */
	uint64_t n_unkept;      /* taken records that are returned if they cannot be delivered */
	uint64_t n_returned;    /* those of them that were returned */
	uint64_t n_settled;     /* the other taken records, from the first on, that the sink is done
				   with */
	uint64_t n_refused;     /* taken records that can never be delivered, dropped */
	uint64_t n_shortened;   /* taken records whose message was cut to fit */
	uint64_t n_lost;        /* taken records that the other side is known not to have got */
	uint64_t n_causes_left; /* causes in taken records without room in the sink's form */
};

/* Records that are taken, and neither settled nor returned. */
static inline uint64_t sink_count_in_flight(const struct sink *sink)
{
	assert(sink->n_settled <= sink->n_taken);
	assert(sink->n_returned <= sink->n_unkept && sink->n_unkept <= sink->n_taken);
	assert(sink->n_settled + sink->n_returned <= sink->n_taken);
	return sink->n_taken - sink->n_settled - sink->n_returned;
}

/* Hand over one record; the sink keeps nothing that belongs to it. Returns 0 when the sink has
 * taken it; SINK_FULL when not: send the same record again after sink_process; or a negative errno
 * that will not go away. */
static inline int sink_send(struct sink *sink, const struct record *record)
{
	uint64_t n_taken = sink->n_taken, n_unkept = sink->n_unkept;
	uint64_t n_returned = sink->n_returned;
	int r = sink->class->send(sink, record);

	/* A record that is handed over again must not have been taken before. */
	assert(r != 0 || sink->n_taken == n_taken + 1);
	assert(r != SINK_FULL || sink->n_taken == n_taken);
	/* What cannot be read again is kept, and nothing is returned while the caller sends. */
	assert(sink->n_unkept == n_unkept || record->position.len > 0);
	assert(sink->n_returned == n_returned);
	assert(sink_count_in_flight(sink) <= sink->n_taken);
	return r;
}

/* Push out what is held back. Returns 0 when everything taken is settled or returned, SINK_FULL
 * while some is not, or a negative errno. */
static inline int sink_flush(struct sink *sink)
{
	int r = sink->class->flush(sink);

	assert(r != 0 || sink_count_in_flight(sink) == 0);
	return r;
}

/* To be called when `fd` has one of its events or `wake_usec` has come. The next sink_send shows
 * whether there is room again. Returns 0 or a negative errno that will not go away. */
static inline int sink_process(struct sink *sink)
{
	int r = sink->class->process(sink);

	assert(sink_count_in_flight(sink) <= sink->n_taken);
	return r;
}

/* Visit the records that the other side has from earlier runs of this daemon, of one source, or of
 * all where `source` is empty. The order is that of their arrival there, the newest first. Returns
 * 0 when everything or enough has been visited; SINK_FULL when that cannot be known yet: call again
 * after sink_process; or a negative errno. */
static inline int sink_recall(
	struct sink *sink, struct text source, sink_recall_fn *visit, void *userdata)
{
	assert(!sink->class->recall || sink->in_flight_max > 0);
	return sink->class->recall ? sink->class->recall(sink, source, visit, userdata) : 0;
}

/* For sinks: ask to be woken in so many microseconds, or before. */
static inline void sink_wake_within(struct sink *sink, uint64_t usec)
{
	uint64_t then = io_monotonic_usec() + usec;

	if (sink->wake_usec > then)
		sink->wake_usec = then;
}

/* Accepts NULL, returns NULL. */
static inline struct sink *sink_free(struct sink *sink)
{
	return sink ? sink->class->free(sink) : NULL;
}
CLEANUP_DEFINE(struct sink *, sink_free);
