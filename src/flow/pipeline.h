/* The running daemon's pipeline: pull from the sources, recognize, enrich, send to the sinks, keep
 * the positions. Everything happens in callbacks of one sd-event loop. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "flow/counts.h"

struct cause_counts;
struct pipeline;
struct sd_event;
struct setup;
struct unknown_codes;
struct wiring;

enum {
	PIPELINE_BATCH_MAX = 64,          /* pieces of work in one dispatch */
	PIPELINE_BATCH_USEC = 100 * 1000, /* no piece of work begins after this time */
	PIPELINE_SAVE_USEC = 1000 * 1000, /* positions are saved this often, at most, but for a
					   * source that asks for it */
};

/* What the event loop returns besides 0 when a backlog was to be delivered. */
enum {
	PIPELINE_CUT_SHORT = 1, /* it was stopped before the end */
	PIPELINE_LEFT_FILES,    /* some files were not read */
};

struct pipeline_options {
	const char *unit;     /* whose main process this is; NULL for none */
	const char *instance; /* name of this daemon, written into every entry */
	const char *state;    /* directory of the state file */
	/* The journal namespace that this process is in; NULL for none. */
	const char *namespace;
	bool drain; /* end when the whole backlog has been delivered */
};

/* Called after the counts have changed, at most once in PIPELINE_SAVE_USEC. */
typedef void pipeline_report_fn(const struct pipeline *pipeline, void *userdata);

/* Open the sources and sinks of the setup, resume at the saved positions, and attach to `event`. A
 * source or sink that cannot be opened is logged by its name. The pipeline takes a reference of
 * `setup`, which setup_new has made; `options` must outlive it. Returns 0 or a negative errno. */
int pipeline_new(struct sd_event *event, struct setup *setup,
	const struct pipeline_options *options, struct pipeline **ret);

/* Accepts NULL, returns NULL. */
struct pipeline *pipeline_free(struct pipeline *pipeline);
CLEANUP_DEFINE(struct pipeline *, pipeline_free);

/* The result of a reload: 0, PIPELINE_NOT_TAKEN, -ECANCELED by a stop, or the negative errno of
 * opening a source or a sink, which is logged. If not 0, everything is as it was. */
enum { PIPELINE_NOT_TAKEN = 1 }; /* a sink does not take records that would be lost */
typedef void pipeline_reloaded_fn(int result, void *userdata);

/* Continue with another setup, made by setup_new; one reload at a time. Each record is recognized
 * by one setup or by the other; none is lost and none is repeated. Sources and sinks that have
 * changed first deliver their records, which takes time; the others continue meanwhile. `done` may
 * be called before this returns. */
void pipeline_reload(
	struct pipeline *pipeline, struct setup *setup, pipeline_reloaded_fn *done, void *userdata);

/* Whether there is work that can be done now, and how many pieces of work have been done. A
 * pipeline that has work and does none hangs. */
bool pipeline_has_work(struct pipeline *pipeline);
uint64_t pipeline_count_steps(const struct pipeline *pipeline);

/* Set the function to call when the counts have changed; once. */
void pipeline_set_report(struct pipeline *pipeline, pipeline_report_fn *report, void *userdata);

/* Stop reading; deliver what is in hand, save, then end the loop. It ends with 0, or with
 * PIPELINE_CUT_SHORT where the whole backlog should have been delivered. */
void pipeline_stop(struct pipeline *pipeline);

/* Save the positions now, so that what was delivered before an error ended the loop is not
 * delivered again. */
void pipeline_save(struct pipeline *pipeline);

/* The counts as of now; the wiring that they are of, and the causes. */
struct counts pipeline_count(const struct pipeline *pipeline);
const struct wiring *pipeline_wiring(const struct pipeline *pipeline);
const struct unknown_codes *pipeline_unknown_codes(const struct pipeline *pipeline);
const struct cause_counts *pipeline_cause_counts(const struct pipeline *pipeline);
