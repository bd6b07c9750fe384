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
	struct config *config;   /* a reference */
	struct output **outputs; /* one for each sink, in the order of the configuration */
	size_t n_outputs;
	struct input **inputs; /* those of one source side by side */
	size_t n_inputs;
	size_t next_input; /* whose turn it is */
	bool recovering;   /* a sink has not reported yet what it has */
};

/* What a wiring is made of. All but the configuration must outlive it. */
struct wiring_options {
	const struct input_context *context;
	struct config *config;
	struct output_events events;
	const struct journal_sink_sender *sender;
};

/* Open the sinks of the configuration, and those sources that cannot be read again; the others wait
 * for wiring_recover. A sink or source that cannot be opened is logged by its name. `before`: the
 * open wiring that this one is to replace, marked by rewiring_mark: what stays open of it is in
 * both then. NULL = none. Returns 0 or a negative errno; the wiring may be closed in any case. */
int wiring_open(
	struct wiring *wiring, const struct wiring_options *options, const struct wiring *before);

/* Free what the wiring holds; accepts one that is zeroed. */
void wiring_close(struct wiring *wiring);

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

/* What an output still had to deliver. */
struct wiring_left {
	uint64_t n_again; /* records that can be read again */
	uint64_t n_lost;  /* the others */
};

/* Count what an output has not delivered, and empty its queue. */
struct wiring_left wiring_empty_output(struct wiring *wiring, struct output *output);

/* Note what may be read again after the reload to `next`: records that are not delivered, and those
 * of sinks that it does not have, for another sink may begin where they began. */
void wiring_note_reads(struct wiring *wiring, const struct config *next);

/* The records of an entry of an output are settled. */
void wiring_settle(struct wiring *wiring, const struct pending_entry *entry);

/* An output has returned the records of an entry. */
void wiring_return(struct wiring *wiring, const struct pending_entry *entry);

/* Have the inputs read again what the output has returned. Returns 0 or a negative errno. */
int wiring_reread(struct wiring *wiring, const struct output *output);

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

/* The inputs have worked for a while: end the batches of all outputs. Returns 0, OUTPUT_PROGRESS or
 * a negative errno, as output_end_batch. */
int wiring_end_batch(struct wiring *wiring);

/* Watch for what the sinks wait for, and for datagrams that have waited long enough. Return 0 or a
 * negative errno. */
int wiring_watch_outputs(struct wiring *wiring);
int wiring_watch_patience(struct wiring *wiring);
