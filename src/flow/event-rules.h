/* Rules for all event sources in the loop. They are created once, then switched on and off. One
 * whose callback fails ends the loop. Signals come before sinks, sinks before sources, sources
 * before timers, and the pump comes last. */
#pragma once

#include <stdint.h>
#include <systemd/sd-event.h>

enum loop_priority {
	LOOP_SIGNALS = SD_EVENT_PRIORITY_IMPORTANT,
	LOOP_SINKS = SD_EVENT_PRIORITY_NORMAL - 10,
	LOOP_SOURCES = SD_EVENT_PRIORITY_NORMAL,
	LOOP_TIMERS = SD_EVENT_PRIORITY_NORMAL + 10,
	LOOP_PUMP = SD_EVENT_PRIORITY_NORMAL + 20,
};

/* Set the priority of a new event source, and make the loop end when its callback fails. Returns 0
 * or a negative errno. */
int loop_adopt(sd_event_source *s, enum loop_priority priority);

/* A timer of CLOCK_MONOTONIC that is off. Returns 0 or a negative errno. */
int loop_add_timer(sd_event *event, enum loop_priority priority, sd_event_time_handler_t callback,
	void *userdata, sd_event_source **ret);

/* Let the timer go off once at `usec`. Returns 0 or a negative errno. */
int loop_start_timer(sd_event_source *timer, uint64_t usec);
