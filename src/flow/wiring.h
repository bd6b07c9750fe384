/* The wiring: the sinks and the sources of a configuration, opened, and which source sends to which
 * sink. A source that can be read again has an input for each sink: a sink that is slow or away
 * does not hold back the others. A source of sockets has an input for each transport, for all
 * sinks. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "flow/input.h"
#include "flow/output.h"
#include "flow/setup/configuration.h"

struct journal_sink_sender;

struct wiring {
	const struct input_context *context;
	struct output *outputs; /* one for each sink */
	size_t n_outputs;
	struct input *inputs; /* those of one source side by side */
	size_t n_inputs;
	size_t next_input; /* whose turn it is */
	bool recovering;   /* a sink has not reported yet what it has */
};

enum { WIRING_SOCKETS_MAX = 2 * SOURCE_PARTS_MAX * CONFIG_SOURCES_MAX }; /* of two wirings */

/* Sockets of a closed wiring, for the next one to continue with: they hold data that has arrived
 * and was not read. */
struct wiring_socket {
	struct source *source; /* owned */
	const struct config_source *config;
	unsigned part;
};

struct wiring_sockets {
	struct wiring_socket items[WIRING_SOCKETS_MAX];
	size_t n;
};

/* Open the sinks of the context's configuration, and those sources that cannot be read again; the
 * others wait for wiring_recover. Sockets that the configuration has, too, are taken over. A sink
 * or source that cannot be opened is logged by its name. All that is handed in must outlive the
 * wiring, except `sockets`. Returns 0 or a negative errno; the wiring may be closed in any case. */
int wiring_open(struct wiring *wiring, const struct input_context *context,
	const struct output_events *events, const struct journal_sink_sender *sender,
	struct wiring_sockets *sockets);

/* Free what the wiring holds; accepts one that is zeroed. */
void wiring_close(struct wiring *wiring);

/* Move the sockets of the wiring to others; then it can only be closed. Its configuration must
 * outlive them. */
void wiring_take_sockets(struct wiring *wiring, struct wiring_sockets *sockets);

/* Close the sockets of sources that the configuration does not have: their addresses may be those
 * of other sources in it. */
void wiring_keep_sockets(struct wiring_sockets *sockets, const struct config *config);

/* Close the sockets that were not taken over. */
void wiring_close_sockets(struct wiring_sockets *sockets);

/* Ask the sinks that have not answered yet what they have, and open the sources of those that
 * answer. Returns 0, SINK_FULL while one does not answer, or a negative errno. */
int wiring_recover(struct wiring *wiring);

/* Forget what each sink had at the start, where all of it has been passed. */
void wiring_forget_recovered(struct wiring *wiring);

/* Whether a source may be pulled. */
typedef bool wiring_may_read_fn(const struct input *input, const void *userdata);

/* The next input that can work, in turn; NULL when none can. */
struct input *wiring_choose_input(
	struct wiring *wiring, wiring_may_read_fn *may_read, const void *userdata);

/* Note the positions of the sources. */
void wiring_note_positions(struct wiring *wiring);

/* A record of an output is settled. */
void wiring_settle(struct wiring *wiring, const struct pending_entry *entry);

/* Flush all outputs. Returns 0 when every sink has settled everything, SINK_FULL, or a negative
 * errno. */
int wiring_flush(struct wiring *wiring);

/* Whether the whole backlog has been read, and no source will give more by itself with time. */
bool wiring_has_read_all(const struct wiring *wiring);

/* Whether a record that was read waits for the output. */
bool wiring_waits_for(const struct wiring *wiring, const struct output *output);

/* Whether something that cannot be read again would be lost by closing now. */
bool wiring_is_at_risk(const struct wiring *wiring);

/* Log what is left in outputs that do not take it. Call this last: it empties their queues. */
void wiring_log_undelivered(struct wiring *wiring);

/* Watch for what the sinks wait for, and for datagrams that have waited long enough. Return 0 or a
 * negative errno. */
int wiring_watch_outputs(struct wiring *wiring);
int wiring_watch_patience(struct wiring *wiring);
