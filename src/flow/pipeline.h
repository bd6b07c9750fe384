/* The running daemon's pipeline: pull from the sources, recognize, enrich, send to the sinks, keep
 * the positions. Everything happens in callbacks of one sd-event loop. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

struct sd_event;
struct setup;
struct pipeline;

enum {
	PIPELINE_BATCH_MAX = 64,          /* pieces of work in one dispatch */
	PIPELINE_SAVE_USEC = 1000 * 1000, /* positions are saved at most this often */
};

/* What the event loop returns when the end was not reached. */
enum { PIPELINE_CUT_SHORT = 1 };

struct pipeline_options {
	const char *unit;     /* whose main process this is; NULL for none */
	const char *instance; /* name of this daemon, told in every entry */
	const char *state;    /* directory of the state file */
	/* The journal namespace that this process is in; NULL for none. */
	const char *namespace;
	bool drain; /* end when everything that is there has been delivered */
};

/* Of all sources; where there are several sinks, of the one that is furthest, but for the last
 * three, which are of all sinks together. */
struct pipeline_counts {
	uint64_t n_read;        /* entries, lines and messages looked at */
	uint64_t n_enriched;    /* records taken by the sink */
	uint64_t n_unknown;     /* causes among them that no catalog has */
	uint64_t n_damaged;     /* entries that could not be read */
	uint64_t n_cut;         /* lines and messages longer than a bound */
	uint64_t n_lost;        /* known to be lost before they could be read */
	uint64_t n_gave_up;     /* lines that a pattern was given up on */
	uint64_t n_causes_left; /* causes past the bound of one record */
	uint64_t n_refused;     /* records that a sink can never take */
	uint64_t n_shortened;   /* records whose message was cut to fit a datagram */
	uint64_t n_undelivered; /* datagrams, in or out, that a sink did not get */
};

/* Called after the counts have changed, at most once in PIPELINE_SAVE_USEC. */
typedef void pipeline_report_fn(const struct pipeline_counts *counts, void *userdata);

/* Open sources and sinks as the setup says, resume at the saved positions, and attach to `event`.
 * What cannot be opened is logged by its name. `setup` and `options` must outlive the pipeline.
 * Returns 0 or a negative errno. */
int pipeline_new(struct sd_event *event, const struct setup *setup,
	const struct pipeline_options *options, struct pipeline **ret);

/* Accepts NULL, returns NULL. */
struct pipeline *pipeline_free(struct pipeline *pipeline);
CLEANUP_DEFINE(struct pipeline *, pipeline_free);

/* Whom to tell of the counts; once. */
void pipeline_set_report(struct pipeline *pipeline, pipeline_report_fn *report, void *userdata);

/* Read no more; deliver what is in hand, save, then end the loop with 0, or PIPELINE_CUT_SHORT
 * where all that is there should have been delivered. */
void pipeline_stop(struct pipeline *pipeline);

/* Save the positions now: what a loop that ends by an error has delivered is not delivered again.
 */
void pipeline_save(struct pipeline *pipeline);

/* The counts as of now. */
struct pipeline_counts pipeline_count(const struct pipeline *pipeline);
