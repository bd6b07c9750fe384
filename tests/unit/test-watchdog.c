/* The watchdog of a pipeline that works, waits, or hangs: it hangs when another event source is
 * always pending. The linker wraps sd_notify. */
#include "config.h"

#include "test.h"

#include "daemon/watchdog.h"
#include "flow/event-rules.h"
#include "test-flow.h"

int __wrap_sd_notify(int unset_environment, const char *state);

enum {
	INTERVAL_SECONDS = 10, /* half of what the service manager asks for */
	CALLS = 50,
};

static size_t n_notified;

int __wrap_sd_notify(int unset_environment, const char *state)
{
	assert_int_equal(unset_environment, 0);
	assert_string_equal(state, "WATCHDOG=1");
	n_notified++;
	return 1;
}

static struct watchdog watchdog;

static int begin(void **state)
{
	struct flow *f;

	if (flow_begin(state) < 0)
		return -1;
	f = *state;
	f->options.drain = false;
	n_notified = 0;
	if (setenv("WATCHDOG_USEC", "20000000", 1) < 0 || unsetenv("WATCHDOG_PID") < 0)
		return -1;
	if (flow_open_loop(f) < 0)
		return -1;
	return pipeline_new(f->event, f->setup, &f->options, &f->pipeline);
}

static int end(void **state)
{
	watchdog_stop(&watchdog);
	return flow_end(state);
}

static void start(const struct flow *f)
{
	assert_int_equal(watchdog_start(&watchdog, f->event, f->pipeline), 0);
}

/* Always pending, with a higher priority than the pump, which therefore does not run. */
static int on_busy(sd_event_source *s, void *userdata)
{
	(void)s, (void)userdata;
	return 0;
}

static sd_event_source *hang(const struct flow *f)
{
	sd_event_source *busy = NULL;

	assert_true(sd_event_add_defer(f->event, &busy, on_busy, NULL) >= 0);
	assert_true(loop_adopt(busy, LOOP_SOURCES) >= 0);
	assert_true(sd_event_source_set_enabled(busy, SD_EVENT_ON) >= 0);
	return busy;
}

static void end_hang(sd_event_source *busy)
{
	(void)sd_event_source_disable_unref(busy);
}

/* How many checks have found no progress. */
static size_t count_stuck(const struct flow *f)
{
	return flow_count_messages(f, "there is work, but there was no progress for 10 s; not "
				      "notifying the watchdog");
}

/* Run the loop until the watchdog has been notified so often, and so many checks have found no
 * progress; false for a hang. */
static bool run_until(struct flow *f, size_t n_wanted, size_t n_stuck)
{
	uint64_t end = __real_io_now_usec(CLOCK_MONOTONIC) + FLOW_DEADLINE_USEC;

	while (n_notified < n_wanted || (n_stuck > 0 && count_stuck(f) < n_stuck))
		if (__real_io_now_usec(CLOCK_MONOTONIC) > end || flow_loop_once(f) < 0)
			return false;
	return true;
}

static void it_is_notified_at_once(void **state)
{
	start(*state);
	assert_int_equal(n_notified, 1);
	assert_int_equal(watchdog.interval_usec, INTERVAL_SECONDS * 1000 * 1000);
}

static void without_a_request_there_is_none(void **state)
{
	struct flow *f = *state;

	assert_int_equal(unsetenv("WATCHDOG_USEC"), 0);
	watchdog = (struct watchdog){ 0 };
	start(f);
	assert_true(flow_run_for(f, 3 * INTERVAL_SECONDS));
	assert_int_equal(n_notified, 0);
	assert_null(watchdog.timer);
}

static void a_pipeline_that_waits_is_alive(void **state)
{
	struct flow *f = *state;

	flow_keep_messages(f);
	start(f);
	assert_true(run_until(f, 5, 0));
	assert_false(pipeline_has_work(f->pipeline));
	assert_int_equal(count_stuck(f), 0);
}

/* A loop that runs is not progress: the timer goes off all the time. */
static void a_pipeline_that_has_work_and_does_none_does_not_notify(void **state)
{
	struct flow *f = *state;
	sd_event_source *busy = hang(f);

	flow_keep_messages(f);
	assert_true(pipeline_has_work(f->pipeline));
	start(f);
	assert_true(run_until(f, 0, 3));
	assert_int_equal(n_notified, 1);
	end_hang(busy);
}

/* Between two checks there was progress, although there is work at both. */
static void one_piece_of_work_is_progress(void **state)
{
	struct flow *f = *state;
	sd_event_source *busy = hang(f);

	flow_keep_messages(f);
	start(f);
	assert_true(run_until(f, 0, 1));
	assert_int_equal(n_notified, 1);
	/* As if one had been done after the last check. */
	watchdog.n_steps--;
	assert_true(run_until(f, 2, 0));
	assert_true(pipeline_has_work(f->pipeline));
	assert_int_equal(count_stuck(f), 1);
	end_hang(busy);
}

static void a_pipeline_that_resumes_notifies_again(void **state)
{
	struct flow *f = *state;
	sd_event_source *busy = hang(f);

	flow_keep_messages(f);
	start(f);
	assert_true(run_until(f, 0, 1));
	end_hang(busy);
	flow_append_calls(f, "logs/a.log", 0, CALLS);
	assert_true(flow_run_until(f, 0, CALLS));
	assert_true(run_until(f, 3, 0));
	assert_delivered(f, 0, CALLS);
}

/* The most pieces of work in one dispatch while all of these lines are delivered. */
static uint64_t run_and_count(struct flow *f, unsigned from, unsigned to)
{
	uint64_t end = __real_io_now_usec(CLOCK_MONOTONIC) + FLOW_DEADLINE_USEC;
	uint64_t n_before = pipeline_count_steps(f->pipeline), most = 0;

	flow_append_calls(f, "logs/a.log", from, to);
	do {
		uint64_t n;

		assert_true(flow_loop_once(f) >= 0);
		assert_true(__real_io_now_usec(CLOCK_MONOTONIC) < end);
		n = pipeline_count_steps(f->pipeline) - n_before;
		most = n > most ? n : most;
		n_before += n;
		flow_count_calls(f->by_datagram);
	} while (flow_count_missing(f->by_datagram, from, to) > 0);
	return most;
}

/* However long the pieces of work take, the watchdog runs between them. */
static void no_work_begins_after_the_time_of_a_batch(void **state)
{
	struct flow *f = *state;

	assert_true(run_and_count(f, 0, CALLS) > 1);
	flow_coarse_usec = PIPELINE_BATCH_USEC;
	assert_int_equal(run_and_count(f, CALLS, 2 * CALLS), 1);
	flow_coarse_usec = 0;
}

#define WATCHDOG_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WATCHDOG_TEST(it_is_notified_at_once),
		WATCHDOG_TEST(without_a_request_there_is_none),
		WATCHDOG_TEST(a_pipeline_that_waits_is_alive),
		WATCHDOG_TEST(a_pipeline_that_has_work_and_does_none_does_not_notify),
		WATCHDOG_TEST(one_piece_of_work_is_progress),
		WATCHDOG_TEST(a_pipeline_that_resumes_notifies_again),
		WATCHDOG_TEST(no_work_begins_after_the_time_of_a_batch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
