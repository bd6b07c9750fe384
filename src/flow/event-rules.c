/* sd-event alone would only switch off a source whose callback fails, and continue without it. */
#include "config.h"

#include "flow/event-rules.h"

#include <assert.h>
#include <time.h>

/* Sources look at the journal every few milliseconds while entries come. */
enum { TIMER_ACCURACY_USEC = 1000 };

int loop_adopt(sd_event_source *s, enum loop_priority priority)
{
	int r = sd_event_source_set_priority(s, (int64_t)priority);

	return r < 0 ? r : sd_event_source_set_exit_on_failure(s, 1);
}

int loop_add_timer(sd_event *event, enum loop_priority priority, sd_event_time_handler_t callback,
	void *userdata, sd_event_source **ret)
{
	int r = sd_event_add_time(
		event, ret, CLOCK_MONOTONIC, 0, TIMER_ACCURACY_USEC, callback, userdata);

	if (r < 0)
		return r;
	r = loop_adopt(*ret, priority);
	return r < 0 ? r : sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

int loop_start_timer(sd_event_source *timer, uint64_t usec)
{
	int r;

	/* sd-event would take it for never. */
	assert(usec != UINT64_MAX);
	r = sd_event_source_set_time(timer, usec);
	return r < 0 ? r : sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}
