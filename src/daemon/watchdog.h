/* The service manager's watchdog, notified only while there is progress: a daemon that has work and
 * does none hangs, even if its event loop runs. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct pipeline;
struct sd_event;
struct sd_event_source;

struct watchdog {
	struct sd_event_source *timer;
	struct pipeline *pipeline;
	uint64_t interval_usec;
	uint64_t n_steps; /* of the pipeline, at the last check */
	bool had_work;    /* at the last check */
};

/* Start an embedded watchdog, if the service manager has asked for one. Returns 0 or a negative
 * errno. */
int watchdog_start(struct watchdog *watchdog, struct sd_event *event, struct pipeline *pipeline);

void watchdog_stop(struct watchdog *watchdog);
