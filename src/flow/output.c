/* The sink says what it waits for in its members `events` and `wake_usec`; they are compared with
 * what is watched, so that a busy sink costs no system call. */
#include <config.h>

#include "flow/output.h"

#include <errno.h>
#include <inttypes.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "base/io.h"
#include "base/log.h"
#include "flow/loop.h"
#include "flow/unknown-codes.h"
#include "record/record.h"
#include "sink/sink.h"

enum { DROPPED_INTERVAL_USEC = 10 * 1000 * 1000 };

/* Hand out what the sink has settled since the last time. */
static void settle(struct lane *lane)
{
	for (; lane->n_settled < lane->sink->n_settled; lane->n_settled++) {
		struct unsettled_entry entry = unsettled_take(&lane->unsettled);

		lane->events.settled(&entry, lane->events.userdata);
	}
}

static int process(struct lane *lane)
{
	int r = sink_process(lane->sink);

	if (r < 0) {
		errno = -r;
		log_error("sink %s: failed: %m", lane->sink->name);
		return r;
	}
	lane->full = false;
	settle(lane);
	return lane->events.room(lane->events.userdata);
}

static int on_watch(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
	struct lane *lane = userdata;
	int r = process(lane);

	(void)s, (void)fd, (void)events;
	return r < 0 ? r : lane_watch(lane);
}

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct lane *lane = userdata;
	int r;

	(void)s, (void)usec;
	lane->timer_usec = UINT64_MAX;
	r = process(lane);
	return r < 0 ? r : lane_watch(lane);
}

static int watch_descriptor(struct lane *lane)
{
	uint32_t events = lane->sink->events;
	int r;

	if (events == lane->watched || lane->sink->fd < 0)
		return 0;
	/* With no events a socket would still report a hang-up, again and again. */
	if (events != 0) {
		r = sd_event_source_set_io_events(lane->watch, events);
		if (r < 0)
			return r;
	}
	r = sd_event_source_set_enabled(lane->watch, events != 0 ? SD_EVENT_ON : SD_EVENT_OFF);
	if (r < 0)
		return r;
	lane->watched = events;
	return 0;
}

static int watch_time(struct lane *lane)
{
	uint64_t usec = lane->sink->wake_usec;

	if (usec == lane->timer_usec)
		return 0;
	lane->timer_usec = usec;
	if (usec == UINT64_MAX)
		return sd_event_source_set_enabled(lane->timer, SD_EVENT_OFF);
	return loop_start_timer(lane->timer, usec);
}

int lane_watch(struct lane *lane)
{
	int r = watch_descriptor(lane);

	return r < 0 ? r : watch_time(lane);
}

int lane_init(struct lane *lane, struct sd_event *event, struct sink *sink,
	const struct lane_events *events)
{
	int r;

	*lane = (struct lane){
		.sink = sink,
		.events = *events,
		.timer_usec = UINT64_MAX,
		.unsettled = unsettled_make(),
	};
	if (sink->fd >= 0) {
		r = sd_event_add_io(event, &lane->watch, sink->fd, 0, on_watch, lane);
		if (r < 0)
			return r;
		r = loop_adopt(lane->watch, LOOP_SINKS);
		if (r < 0)
			return r;
		r = sd_event_source_set_enabled(lane->watch, SD_EVENT_OFF);
		if (r < 0)
			return r;
	}
	r = loop_add_timer(event, LOOP_SINKS, on_timer, lane, &lane->timer);
	return r < 0 ? r : lane_watch(lane);
}

void lane_done(struct lane *lane)
{
	lane->timer = sd_event_source_disable_unref(lane->timer);
	lane->watch = sd_event_source_disable_unref(lane->watch);
	lane->sink = sink_free(lane->sink);
	unsettled_done(&lane->unsettled);
	recovery_done(&lane->recovery);
}

int lane_recover(struct lane *lane, const struct config *config, struct positions *positions)
{
	int r = recovery_read(&lane->recovery, config, lane->sink, positions);

	if (r < 0) {
		errno = -r;
		log_error("sink %s: cannot find out what it has: %m", lane->sink->name);
	}
	lane->recovered = r == 0;
	return r;
}

void lane_forget(struct lane *lane)
{
	recovery_done(&lane->recovery);
}

static void count_causes(struct lane *lane, const struct record *record)
{
	for (size_t i = 0; i < record->n_findings; i++) {
		if (record->findings[i].known)
			continue;
		lane->n_unknown++;
		if (lane->unknown)
			unknown_count(lane->unknown, &record->findings[i]);
	}
}

int lane_send(struct lane *lane, size_t input, const struct record *record)
{
	const struct unsettled_entry entry = { input, record->stream, record->position };
	int r = unsettled_reserve(&lane->unsettled, &entry);

	if (r < 0)
		return r;
	r = sink_send(lane->sink, record);
	if (r == SINK_FULL) {
		lane->full = true;
		if (lane->full_usec == 0)
			lane->full_usec = io_now_usec(CLOCK_MONOTONIC);
		return SINK_FULL;
	}
	if (r < 0) {
		errno = -r;
		log_error("sink %s: cannot send: %m", lane->sink->name);
		return r;
	}
	lane->full_usec = 0;
	count_causes(lane, record);
	unsettled_add(&lane->unsettled, &entry);
	settle(lane);
	return 0;
}

bool lane_tell_dropped(struct lane *lane)
{
	uint64_t now = io_now_usec(CLOCK_MONOTONIC);

	if (lane->n_dropped == lane->n_dropped_said)
		return true;
	if (lane->dropped_said_usec > 0 && now - lane->dropped_said_usec < DROPPED_INTERVAL_USEC)
		return false;
	log_warning("sink %s: is full; datagrams with a cause dropped: %" PRIu64, lane->sink->name,
		lane->n_dropped - lane->n_dropped_said);
	lane->n_dropped_said = lane->n_dropped;
	lane->dropped_said_usec = now;
	return true;
}

void lane_drop(struct lane *lane)
{
	lane->n_dropped++;
	(void)lane_tell_dropped(lane);
}

int lane_flush(struct lane *lane)
{
	int r = sink_flush(lane->sink);

	settle(lane);
	return r;
}
