#include "config.h"

#include "daemon/watchdog.h"

#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "base/io.h"
#include "base/log.h"
#include "flow/event-rules.h"
#include "flow/pipeline.h"

/* Whether there has been work since the last check, and none of it was done. */
static bool is_stuck(struct watchdog *w)
{
	uint64_t n_steps = pipeline_count_steps(w->pipeline);
	bool has_work = pipeline_has_work(w->pipeline);
	bool stuck = w->had_work && has_work && n_steps == w->n_steps;

	w->had_work = has_work;
	w->n_steps = n_steps;
	return stuck;
}

static int notify_watchdog(struct watchdog *w)
{
	if (is_stuck(w))
		log_error("there is work, but there was no progress for %.0f s; not notifying the "
			  "watchdog",
			(double)w->interval_usec / 1e6);
	else
		(void)sd_notify(0, "WATCHDOG=1");
	return loop_start_timer(w->timer, io_monotonic_usec() + w->interval_usec);
}

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata)
{
	(void)s, (void)usec;
	return notify_watchdog(userdata);
}

int watchdog_start(struct watchdog *w, struct sd_event *event, struct pipeline *pipeline)
{
	uint64_t usec = 0;
	int r = sd_watchdog_enabled(0, &usec);

	if (r <= 0)
		return r;
	*w = (struct watchdog){ .pipeline = pipeline, .interval_usec = usec / 2 };
	/* It comes before all other event sources: what starves the work must not starve the
	 * watchdog. */
	r = loop_add_timer(event, LOOP_SIGNALS, on_timer, w, &w->timer);
	return r < 0 ? r : notify_watchdog(w);
}

void watchdog_stop(struct watchdog *w)
{
	w->timer = sd_event_source_disable_unref(w->timer);
}
