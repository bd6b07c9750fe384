/* Follows the records that were sent to journald. Each is seen in the journal, or sent again, or
 * given up, counted and reported. This is one half of the journal sink; the other is
 * the native socket. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/rate-limit.h"
#include "base/text.h"
#include "sink/journal/barrier.h"
#include "sink/journal/in-flight.h"
#include "sink/journal/readback.h"
#include "sink/sink.h"

struct native_socket;

/* How far the fate of the records in flight is known; confirm.c has the transitions. */
enum confirm_state {
	CONFIRM_NEWS,           /* new entries are read */
	CONFIRM_BARRIER,        /* the same, and journald has a barrier to take */
	CONFIRM_SEARCH,         /* it is taken: the journal is searched for the records not seen */
	CONFIRM_SEARCH_REOPENED /* once more, after opening it again: the handle may miss a file */
};

/* What is known of the records that earlier processes sent. */
enum confirm_earlier {
	CONFIRM_EARLIER_PENDING, /* some may still be in journald's queue */
	CONFIRM_EARLIER_ARRIVED, /* all that journald kept are in the journal */
	CONFIRM_EARLIER_UNKNOWN, /* the same, but the journal cannot be read; reported */
};

struct confirm {
	struct sink *sink;            /* its descriptor is an epoll that the journal is put into */
	struct native_socket *socket; /* for sending again */
	struct in_flight in_flight;
	struct readback readback;
	bool watches;        /* the journal is in the epoll */
	int64_t clock_usec;  /* the least that CLOCK_REALTIME was ahead of CLOCK_MONOTONIC */
	uint64_t look_usec;  /* the pause before the next look */
	uint64_t moved_usec; /* when an entry came last, or one was first waited for */

	enum confirm_state state;
	struct barrier barrier;
	uint64_t barrier_turn; /* the turn of the last record sent before the barrier */
	enum confirm_earlier earlier;

	unsigned n_failures;         /* of opening the journal and reading news, in a row */
	unsigned n_searches_failed;  /* since one has come to its end */
	uint64_t recall_failed_usec; /* for the first time; 0 = not yet */
	uint64_t opened_usec;        /* the last try */
	bool unreadable;             /* reported */

	uint64_t n_refused;        /* by journald */
	struct rate_limit refused; /* those not reported yet */
	uint64_t suppressed_logged_usec;
};

/* Returns 0 or a negative errno. The caller sets whose entries the readback looks for. */
int confirm_init(struct confirm *confirm, struct sink *sink, struct native_socket *socket);

void confirm_done(struct confirm *confirm);

/* Make room for a record, so that adding it cannot fail. Returns 0, SINK_FULL, or -ENOMEM. */
int confirm_reserve(struct confirm *confirm, const struct in_flight_key *key, size_t len);

/* Add a record that there is room for and that has just been sent. */
void confirm_add(struct confirm *confirm, const struct in_flight_key *key, struct text datagram);

/* Add a record that there is room for and that can never be sent: it is settled in its turn. */
void confirm_add_refused(struct confirm *confirm, const struct in_flight_key *key);

/* Look at the journal; with `now`, do not wait for what may come by itself. Returns 0 or a negative
 * errno. */
int confirm_look(struct confirm *confirm, bool now);

/* As sink_recall. */
int confirm_recall(
	struct confirm *confirm, struct text source, sink_recall_fn *visit, void *userdata);
