/* The members `events` and `wake_usec` of the sink give what it waits for. The output compares them
 * with what it watches, so that a busy sink costs no system call. */
#include "config.h"

#include "flow/output.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <systemd/sd-event.h>

#include "base/io.h"
#include "base/log.h"
#include "base/rate-limit.h"
#include "flow/event-rules.h"
#include "flow/setup/configuration.h"
#include "record/record.h"
#include "sink/sink.h"

enum { DROPPED_INTERVAL_USEC = 10 * 1000 * 1000 };

static void check_invariants(const struct output *output)
{
	const struct sink *sink = output->sink;

	assert(output->n_settled <= sink->n_settled && output->n_returned <= sink->n_returned);
	assert(output->pending.n == sink->n_taken - output->n_settled - output->n_returned);
	assert(!output->full || output->full_usec > 0);
}

/* Hand out the entries that the sink has settled since the last time. */
static void hand_out_settled(struct output *output)
{
	struct pending_entry entry;

	while (pending_take(
		&output->pending, output->sink->n_settled - output->n_settled, &entry)) {
		output->n_settled += entry.n;
		output->events.settled(&entry, output->events.userdata);
	}
	check_invariants(output);
}

/* Hand back what the sink has returned since the last time. Of the oldest entry, some records may
 * be settled already. They come again with the others, for the position is behind all of them. */
static int hand_back_returned(struct output *output)
{
	const struct sink *sink = output->sink;
	uint64_t n_returned = sink->n_returned - output->n_returned;
	size_t n_before = output->pending.n;

	if (n_returned == 0)
		return 0;
	pending_remove_unkept(&output->pending, output->events.returned, output->events.userdata);
	assert(n_before - output->pending.n >= n_returned);
	output->n_settled += n_before - output->pending.n - n_returned;
	output->n_returned = sink->n_returned;
	check_invariants(output);
	return output->events.reread(output, output->events.userdata);
}

static int process_sink(struct output *output)
{
	int r = sink_process(output->sink);

	if (r < 0) {
		errno = -r;
		log_error("sink %s: failed: %m", output->sink->name);
		return r;
	}
	output->full = false;
	hand_out_settled(output);
	r = hand_back_returned(output);
	return r < 0 ? r : output->events.room(output->events.userdata);
}

static int on_watch(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
	struct output *output = userdata;
	int r = process_sink(output);

	(void)s, (void)fd, (void)events;
	return r < 0 ? r : output_watch(output);
}

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct output *output = userdata;
	int r;

	(void)s, (void)usec;
	output->timer_usec = UINT64_MAX;
	r = process_sink(output);
	return r < 0 ? r : output_watch(output);
}

static int watch_descriptor(struct output *output)
{
	uint32_t events = output->sink->events;
	int r;

	if (events == output->watched || output->sink->fd < 0)
		return 0;
	/* With no events a socket would still report a hang-up, again and again. */
	if (events != 0) {
		r = sd_event_source_set_io_events(output->watch, events);
		if (r < 0)
			return r;
	}
	r = sd_event_source_set_enabled(output->watch, events != 0 ? SD_EVENT_ON : SD_EVENT_OFF);
	if (r < 0)
		return r;
	output->watched = events;
	return 0;
}

static int watch_time(struct output *output)
{
	uint64_t usec = output->sink->wake_usec;

	if (usec == output->timer_usec)
		return 0;
	output->timer_usec = usec;
	if (usec == UINT64_MAX)
		return sd_event_source_set_enabled(output->timer, SD_EVENT_OFF);
	return loop_start_timer(output->timer, usec);
}

int output_watch(struct output *output)
{
	int r = watch_descriptor(output);

	return r < 0 ? r : watch_time(output);
}

static int attach(struct output *output, struct sd_event *event)
{
	int r;

	if (output->sink->fd >= 0) {
		r = sd_event_add_io(event, &output->watch, output->sink->fd, 0, on_watch, output);
		if (r < 0)
			return r;
		r = loop_adopt(output->watch, LOOP_SINKS);
		if (r < 0)
			return r;
		r = sd_event_source_set_enabled(output->watch, SD_EVENT_OFF);
		if (r < 0)
			return r;
	}
	r = loop_add_timer(event, LOOP_SINKS, on_timer, output, &output->timer);
	return r < 0 ? r : output_watch(output);
}

int output_new(struct sd_event *event, struct sink *sink, struct config *config,
	const struct output_events *events, struct output **ret)
{
	CLEANUP(output_freep) struct output *output = malloc(sizeof(*output));
	int r;

	if (!output) {
		(void)sink_free(sink);
		return -ENOMEM;
	}
	*output = (struct output){
		.sink = sink,
		.opened_by = config_ref(config),
		.events = *events,
		.timer_usec = UINT64_MAX,
		.pending = pending_make(),
	};
	r = attach(output, event);
	if (r < 0)
		return r;
	*ret = TAKE(output);
	return 0;
}

struct output *output_free(struct output *output)
{
	if (!output)
		return NULL;
	output->timer = sd_event_source_disable_unref(output->timer);
	output->watch = sd_event_source_disable_unref(output->watch);
	output->sink = sink_free(output->sink);
	pending_done(&output->pending);
	recovery_done(&output->recovery);
	output->opened_by = config_unref(output->opened_by);
	free(output);
	return NULL;
}

int output_recover(struct output *output, const struct config *config, struct positions *positions)
{
	int r;

	assert(output->phase == OUTPUT_ASKING);
	r = recovery_read(&output->recovery, config, output->sink, positions);
	if (r < 0) {
		errno = -r;
		log_error("sink %s: cannot read which records it already has: %m",
			output->sink->name);
	}
	if (r == 0)
		output->phase = OUTPUT_ANSWERED;
	return r;
}

void output_forget(struct output *output)
{
	/* Before, an input may still come to records that the sink has. */
	assert(output->phase == OUTPUT_OPEN);
	recovery_done(&output->recovery);
}

static void count_causes(struct output *output, const struct record *record)
{
	for (size_t i = 0; i < record->n_findings; i++)
		output->n_unknown += !record->findings[i].known;
}

int output_send(struct output *output, size_t input, const struct record *record)
{
	struct pending_entry entry = { input, record->stream, record->position, 1, false };
	uint64_t n_unkept = output->sink->n_unkept;
	int r = pending_reserve(&output->pending, &entry);

	if (r < 0)
		return r;
	r = sink_send(output->sink, record);
	if (r == SINK_FULL) {
		output->full = true;
		if (output->full_usec == 0)
			output->full_usec = io_monotonic_usec();
		return SINK_FULL;
	}
	if (r < 0) {
		errno = -r;
		log_error("sink %s: cannot send: %m", output->sink->name);
		return r;
	}
	output->full = false;
	output->full_usec = 0;
	count_causes(output, record);
	entry.unkept = output->sink->n_unkept > n_unkept;
	pending_add(&output->pending, &entry);
	check_invariants(output);
	return 0;
}

int output_end_batch(struct output *output)
{
	uint64_t n_before = output->n_settled + output->n_returned;
	bool was_full = output->full;
	int r = 0;

	pending_end_batch(&output->pending);
	if (output->sink->wake_usec == 0)
		r = process_sink(output);
	if (r < 0)
		return r;
	hand_out_settled(output);
	if (output->n_settled + output->n_returned > n_before || output->full != was_full)
		return OUTPUT_PROGRESS;
	return 0;
}

bool output_report_dropped(struct output *output)
{
	uint64_t n = rate_limit_take(&output->dropped, io_monotonic_usec(), DROPPED_INTERVAL_USEC);

	if (n > 0)
		log_warning("sink %s: is full; datagrams with a cause dropped: %" PRIu64,
			output->sink->name, n);
	return output->dropped.n == 0;
}

uint64_t output_settled_part(const struct output *output)
{
	assert(output->n_settled <= output->sink->n_settled);
	return output->sink->n_settled - output->n_settled;
}

void output_drop(struct output *output)
{
	output->n_dropped++;
	output->dropped.n++;
	(void)output_report_dropped(output);
}

int output_flush(struct output *output)
{
	int r = sink_flush(output->sink), error;

	hand_out_settled(output);
	error = hand_back_returned(output);
	assert(r != 0 || output->pending.n == 0);
	return error < 0 ? error : r;
}
