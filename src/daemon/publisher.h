/* Shows what the daemon does: in the line of `systemctl status`, in the metrics in the runtime
 * directory, and on SIGUSR1 in an entry in the journal. */
#pragma once

#include <limits.h>
#include <stdint.h>

#include "daemon/report.h"

enum { PUBLISHER_METRICS_USEC = 15 * 1000 * 1000 }; /* metrics are written at most this often */

struct pipeline;
struct sd_event;
struct sd_event_source;

struct publisher {
	struct pipeline *pipeline;
	const char *daemon;            /* the instance's name */
	const struct reloads *reloads; /* their results */
	struct sd_event_source *signal;
	struct sd_event_source *timer; /* of the metrics */
	char metrics[PATH_MAX];        /* the file; empty = there is none */
	uint64_t started_usec;         /* CLOCK_REALTIME */
	uint64_t metrics_usec;         /* when they were written last, CLOCK_MONOTONIC */
	bool metrics_failing;          /* logged once */
};

/* Start an embedded publisher of a pipeline, whose reports it takes. SIGUSR1 must be blocked. All
 * that is handed in must outlive it. Returns 0 or a negative errno. */
int publisher_start(struct publisher *publisher, struct sd_event *event, struct pipeline *pipeline,
	const char *daemon, const struct reloads *reloads);

/* Report at once, not when something happens next: after a reload, and at the end. */
void publisher_report(struct publisher *publisher);

void publisher_stop(struct publisher *publisher);
