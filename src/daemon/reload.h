/* Reloading on SIGHUP: configuration, catalogs and profiles are read and checked like at the start,
 * and applied as a whole or not at all. */
#pragma once

#include "base/diag.h"
#include "daemon/report.h"

struct pipeline;
struct sd_event;
struct sd_event_source;
struct setup_options;

/* A reload is over, whether it succeeded or failed. */
typedef void reload_done_fn(void *userdata);

enum reload_state {
	RELOAD_IDLE,
	RELOAD_RUNNING,
	RELOAD_REQUESTED_AGAIN, /* while it runs: another follows */
};

struct reload {
	struct pipeline *pipeline;
	const struct setup_options *options;
	reload_done_fn *done;
	void *userdata;
	struct sd_event_source *signal;
	enum reload_state state;
	struct reloads results;
	char failure[DIAG_TEXT_MAX];
};

/* Start an embedded reload, which reads the files that the options name. SIGHUP must be blocked.
 * All that is handed in must outlive it. Returns 0 or a negative errno. */
int reload_start(struct reload *reload, struct sd_event *event, struct pipeline *pipeline,
	const struct setup_options *options);

/* Set the function to call when a reload is over; once. */
void reload_set_done(struct reload *reload, reload_done_fn *done, void *userdata);

void reload_stop(struct reload *reload);
