/* Rewiring: from the open wiring to that of another configuration. Sinks and sources that are
 * written alike stay open, with the records in flight, and are read meanwhile. What has changed is
 * closed when its records are delivered, and what is new is opened. Either all of that is done, or
 * nothing.
 *
 * rewiring_mark decides. While rewiring_is_settled returns false, the outputs are flushed. Then
 * come rewiring_close_sources and rewiring_open. Then follow rewiring_discard_records,
 * rewiring_close_marked and rewiring_commit, or, after a failure, rewiring_undo. */
#pragma once

#include <stdbool.h>

#include "flow/wiring.h"

struct config;
struct recognizer;

struct rewiring {
	struct wiring *wiring; /* the one that is open */
	struct wiring next;
	struct recognizer **recognizers; /* for those inputs of `next` that stay open */
	size_t *numbers;                 /* of the inputs of `wiring` in `next` */
};

/* Mark what the next configuration closes. */
void rewiring_mark(struct wiring *wiring, const struct config *next);

/* Forget that: the reload has been canceled. */
void rewiring_unmark(struct wiring *wiring);

/* Whether a source may be read while the reload waits. */
bool rewiring_may_read(const struct input *input);

/* Flush the outputs that the reload waits for. Returns 0 or a negative errno. */
int rewiring_flush(struct wiring *wiring);

/* Whether what is to be closed has delivered its records. `reading`: sockets that are to be closed
 * may still be read. */
bool rewiring_is_settled(const struct wiring *wiring, bool reading);

/* Whether closing now would lose something that cannot be read again. Records for a sink that the
 * next configuration does not have do not count. */
bool rewiring_is_at_risk(const struct wiring *wiring, const struct config *next);

/* Sinks that do not take the records of sources to be closed, are closed and opened again, too:
 * their records are read again. Returns whether there was such a sink. */
bool rewiring_mark_stuck(struct wiring *wiring);

/* Close the sockets of sources: their addresses may be those of other sources. */
void rewiring_close_sources(struct wiring *wiring);

/* Open the next wiring beside the open one, whose context has the next setup already. Returns 0,
 * SINK_FULL where a sink has not reported yet what it has, or a negative errno. */
int rewiring_open(
	struct rewiring *rewiring, struct wiring *wiring, const struct wiring_options *options);

/* Drop the records in flight of sinks that are to be closed. For a sink that goes away, they are
 * logged, and what cannot be read again is counted as dropped. */
void rewiring_discard_records(struct rewiring *rewiring);

/* Close what is marked in the open wiring; no record is in flight there. */
void rewiring_close_marked(struct rewiring *rewiring);

/* Replace the open wiring, in which nothing is marked, by the next. */
void rewiring_commit(struct rewiring *rewiring);

/* Close what was opened, and open the sockets of sources again. The context has the setup of before
 * again. Returns 0, or a negative errno where the wiring is not as it was. */
int rewiring_undo(struct rewiring *rewiring);
