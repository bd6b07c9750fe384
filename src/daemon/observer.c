#include "config.h"

#include "daemon/observer.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "base/buffer.h"
#include "base/io.h"
#include "base/log.h"
#include "daemon/status.h"
#include "flow/loop.h"
#include "flow/pipeline.h"

enum {
	STATUS_MAX = 64 * 1024,
	METRICS_MAX = 4 * 1024 * 1024,
};

static void update_status(const struct observer *o)
{
	CLEANUP(buffer_done) struct buffer text = buffer_make(STATUS_MAX);

	if (o->reloads->failure)
		buffer_add_format(
			&text, "reload failed: %s; going on as before; ", o->reloads->failure);
	report_status(o->pipeline, &text);
	buffer_add_char(&text, '\0');
	if (buffer_finish(&text) == 0)
		status_send(text.data);
}

static void write_metrics(struct observer *o)
{
	CLEANUP(buffer_done) struct buffer text = buffer_make(METRICS_MAX);
	int r;

	assert(o->metrics[0] != '\0');
	report_metrics(o->pipeline, o->reloads, o->daemon, &text);
	r = buffer_finish(&text);
	if (r == 0)
		r = io_replace_file(o->metrics, 0644, text.data, text.len);
	if (r < 0 && !o->metrics_failing) {
		errno = -r;
		log_warning("cannot write metrics to '%s': %m, retrying", o->metrics);
	}
	o->metrics_failing = r < 0;
	o->metrics_usec = io_monotonic_usec();
	/* An update that waited for the end of the interval is now done. */
	if (r < 0)
		(void)loop_start_timer(o->timer, o->metrics_usec + OBSERVER_METRICS_USEC);
	else
		(void)sd_event_source_set_enabled(o->timer, SD_EVENT_OFF);
}

/* The time for which a sink has been full changes although nothing happens. */
static int on_timer(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct observer *o = userdata;

	(void)s, (void)usec;
	update_status(o);
	if (o->metrics[0] != '\0')
		write_metrics(o);
	if (!report_is_stalled(o->pipeline))
		return 0;
	return loop_start_timer(o->timer, io_monotonic_usec() + OBSERVER_METRICS_USEC);
}

/* Update the metrics at once, or when the interval is over. */
static void update_metrics(struct observer *o)
{
	uint64_t next = o->metrics_usec + OBSERVER_METRICS_USEC;

	if (o->metrics[0] == '\0')
		return;
	if (o->metrics_usec == 0 || io_monotonic_usec() >= next)
		write_metrics(o);
	else
		(void)loop_start_timer(o->timer, next);
}

static void on_report(const struct pipeline *pipeline, void *userdata)
{
	struct observer *o = userdata;

	(void)pipeline;
	update_status(o);
	update_metrics(o);
	if (report_is_stalled(o->pipeline))
		(void)loop_start_timer(o->timer, io_monotonic_usec() + OBSERVER_METRICS_USEC);
}

static int on_signal(sd_event_source *s, const struct signalfd_siginfo *info, void *userdata)
{
	const struct observer *o = userdata;

	(void)s, (void)info;
	report_entry(o->pipeline);
	return 0;
}

/* systemd names the directory; of several, the first is ours. */
static void find_metrics_file(struct observer *o)
{
	const char *directory = getenv("RUNTIME_DIRECTORY");
	int n;

	if (!directory || *directory == '\0')
		return;
	n = snprintf(o->metrics, sizeof(o->metrics), "%.*s/becaused.prom",
		(int)strcspn(directory, ":"), directory);
	if (n < 0 || (size_t)n >= sizeof(o->metrics))
		o->metrics[0] = '\0';
}

int observer_start(struct observer *o, struct sd_event *event, struct pipeline *pipeline,
	const char *daemon, const struct reloads *reloads)
{
	int r;

	*o = (struct observer){ .pipeline = pipeline, .daemon = daemon, .reloads = reloads };
	find_metrics_file(o);
	r = sd_event_add_signal(event, &o->signal, SIGUSR1, on_signal, o);
	if (r < 0)
		return r;
	r = loop_adopt(o->signal, LOOP_SIGNALS);
	if (r < 0)
		return r;
	r = loop_add_timer(event, LOOP_TIMERS, on_timer, o, &o->timer);
	if (r < 0)
		return r;
	pipeline_set_report(pipeline, on_report, o);
	update_metrics(o);
	return 0;
}

void observer_report(struct observer *o)
{
	update_status(o);
	if (o->metrics[0] != '\0')
		write_metrics(o);
}

void observer_stop(struct observer *o)
{
	o->signal = sd_event_source_disable_unref(o->signal);
	o->timer = sd_event_source_disable_unref(o->timer);
}
