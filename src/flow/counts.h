/* Counts of what has happened. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wiring;

/* The counts of all sources. Where there are several sinks, they are of the one that is furthest,
 * except the last three, which are of all sinks together. */
struct counts {
	uint64_t n_read;        /* entries, lines and messages looked at */
	uint64_t n_enriched;    /* records taken by the sink */
	uint64_t n_unknown;     /* causes among them that no catalog has */
	uint64_t n_damaged;     /* entries that could not be read */
	uint64_t n_cut;         /* lines and messages longer than a bound, or without their end */
	uint64_t n_lost;        /* known to be lost before they could be read */
	uint64_t n_gave_up;     /* how often a rule gave up on a line */
	uint64_t n_explained;   /* causes that had a bracket or an element already */
	uint64_t n_unrecorded;  /* positions that the state file had no room for */
	uint64_t n_unclaimed;   /* codes that touch the place where a message is cut */
	uint64_t n_facts_left;  /* facts of calls that were left out */
	uint64_t n_copies;      /* files whose content was read from another file */
	uint64_t n_causes_left; /* causes that the form of a sink has no room for */
	uint64_t n_refused;     /* records that a sink can never take */
	uint64_t n_shortened;   /* records whose message was cut to fit a datagram */
	uint64_t n_undelivered; /* datagrams, in or out, that a sink did not get */
};

/* Of one source. */
struct source_counts {
	const char *name;
	uint64_t n_read, n_damaged, n_cut, n_lost, n_evicted, n_gave_up, n_explained, n_unrecorded,
		n_unclaimed, n_facts_left, n_copies;
	/* Gauges: */
	uint64_t n_held;       /* lines and messages that are held until they are whole */
	uint64_t n_unreadable; /* files that match, and directories, that may not be read */
	uint64_t n_left_out;   /* files that match and are too many */
};

/* Of one sink. */
struct sink_counts {
	const char *name;
	uint64_t n_taken;       /* records handed over, those refused later among them */
	uint64_t n_unknown;     /* causes in these that no catalog has */
	uint64_t n_causes_left; /* causes that the form of the sink has no room for */
	uint64_t n_refused;     /* records that it can never take */
	uint64_t n_shortened;   /* records whose message was cut to fit a datagram */
	uint64_t n_lost;        /* datagrams that are known not to have arrived */
	uint64_t n_dropped;     /* datagrams that came in while it was full for too long */
	uint64_t n_in_flight;   /* records taken and not settled */
	bool stalled;           /* a record waits for the sink, which does not take it */
	uint64_t stalled_usec;  /* since when, CLOCK_MONOTONIC */
};

/* One number of a struct of counts, for tables: `offset` is offsetof its member. */
static inline uint64_t counts_member(const void *counts, size_t offset)
{
	return *(const uint64_t *)(const void *)((const char *)counts + offset);
}

/* For how long the sink has not taken a record that waits for it; 0 = it takes them. */
uint64_t counts_stalled_seconds(const struct sink_counts *sink);

/* Get the counts of each source and each sink in turn: begin with 0 in `at`. Returns false behind
 * the last. */
bool counts_next_source(const struct wiring *wiring, size_t *at, struct source_counts *ret);
bool counts_next_sink(const struct wiring *wiring, size_t *at, struct sink_counts *ret);

/* Add what the wiring has counted. */
void counts_add(struct counts *counts, const struct wiring *wiring);

/* Subtract what the wiring counts, which `counts` has: less than before, for a part of it has been
 * closed. */
void counts_subtract(struct counts *counts, const struct wiring *wiring);
