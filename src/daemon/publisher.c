#include "config.h"

#include "daemon/publisher.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "base/buffer.h"
#include "base/io.h"
#include "base/log.h"
#include "daemon/metrics.h"
#include "daemon/notify-status.h"
#include "flow/event-rules.h"
#include "flow/pipeline.h"

enum {
	STATUS_MAX = 64 * 1024,
	METRICS_MAX = 4 * 1024 * 1024,
};

static void update_status(const struct publisher *publisher)
{
	CLEANUP(buffer_done) struct buffer text = buffer_make(STATUS_MAX);

	if (publisher->reloads->failure)
		buffer_add_format(&text, "reload failed: %s; continuing as before; ",
			publisher->reloads->failure);
	report_status(publisher->pipeline, &text);
	buffer_add_char(&text, '\0');
	if (buffer_finish(&text) == 0)
		status_send(text.data);
}

static void write_metrics(struct publisher *publisher)
{
	CLEANUP(buffer_done) struct buffer text = buffer_make(METRICS_MAX);
	const struct metrics_origin origin = { publisher->daemon, publisher->reloads,
		publisher->started_usec };
	int r;

	assert(publisher->metrics[0] != '\0');
	metrics_print(publisher->pipeline, &origin, &text);
	r = buffer_finish(&text);
	if (r == 0)
		r = io_replace_file(publisher->metrics, 0644, text.data, text.len);
	if (r < 0 && !publisher->metrics_failing) {
		errno = -r;
		log_warning("cannot write metrics to '%s': %m, retrying", publisher->metrics);
	}
	publisher->metrics_failing = r < 0;
	publisher->metrics_usec = io_monotonic_usec();
	/* An update that waited for the end of the interval is now done. */
	if (r < 0)
		(void)loop_start_timer(
			publisher->timer, publisher->metrics_usec + PUBLISHER_METRICS_USEC);
	else
		(void)sd_event_source_set_enabled(publisher->timer, SD_EVENT_OFF);
}

/* The time for which a sink has been full changes although nothing happens. */
static int on_timer(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct publisher *publisher = userdata;

	(void)s, (void)usec;
	update_status(publisher);
	if (publisher->metrics[0] != '\0')
		write_metrics(publisher);
	if (!report_is_stalled(publisher->pipeline))
		return 0;
	return loop_start_timer(publisher->timer, io_monotonic_usec() + PUBLISHER_METRICS_USEC);
}

/* Update the metrics at once, or when the interval is over. */
static void update_metrics(struct publisher *publisher)
{
	uint64_t next = publisher->metrics_usec + PUBLISHER_METRICS_USEC;

	if (publisher->metrics[0] == '\0')
		return;
	if (publisher->metrics_usec == 0 || io_monotonic_usec() >= next)
		write_metrics(publisher);
	else
		(void)loop_start_timer(publisher->timer, next);
}

static void on_report(const struct pipeline *pipeline, void *userdata)
{
	struct publisher *publisher = userdata;

	(void)pipeline;
	update_status(publisher);
	update_metrics(publisher);
	if (report_is_stalled(publisher->pipeline))
		(void)loop_start_timer(
			publisher->timer, io_monotonic_usec() + PUBLISHER_METRICS_USEC);
}

static int on_signal(sd_event_source *s, const struct signalfd_siginfo *info, void *userdata)
{
	const struct publisher *publisher = userdata;

	(void)s, (void)info;
	report_entry(publisher->pipeline);
	return 0;
}

/* systemd names the directory; of several, the first is ours. */
static void find_metrics_file(struct publisher *publisher)
{
	const char *directory = getenv("RUNTIME_DIRECTORY");
	int n;

	if (!directory || *directory == '\0')
		return;
	n = snprintf(publisher->metrics, sizeof(publisher->metrics), "%.*s/becaused.prom",
		(int)strcspn(directory, ":"), directory);
	if (n < 0 || (size_t)n >= sizeof(publisher->metrics))
		publisher->metrics[0] = '\0';
}

int publisher_start(struct publisher *publisher, struct sd_event *event, struct pipeline *pipeline,
	const char *daemon, const struct reloads *reloads)
{
	int r;

	*publisher = (struct publisher){ .pipeline = pipeline,
		.daemon = daemon,
		.reloads = reloads,
		.started_usec = io_now_usec(CLOCK_REALTIME) };
	find_metrics_file(publisher);
	r = sd_event_add_signal(event, &publisher->signal, SIGUSR1, on_signal, publisher);
	if (r < 0)
		return r;
	r = loop_adopt(publisher->signal, LOOP_SIGNALS);
	if (r < 0)
		return r;
	r = loop_add_timer(event, LOOP_TIMERS, on_timer, publisher, &publisher->timer);
	if (r < 0)
		return r;
	pipeline_set_report(pipeline, on_report, publisher);
	update_metrics(publisher);
	return 0;
}

void publisher_report(struct publisher *publisher)
{
	update_status(publisher);
	if (publisher->metrics[0] != '\0')
		write_metrics(publisher);
}

void publisher_stop(struct publisher *publisher)
{
	publisher->signal = sd_event_source_disable_unref(publisher->signal);
	publisher->timer = sd_event_source_disable_unref(publisher->timer);
}
