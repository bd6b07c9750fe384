/* What the observer tells of a pipeline. */
#include "config.h"

#include "test.h"

#include "daemon/observer.h"
#include "test-flow.h"

static uint64_t read_full_seconds(const struct flow *f)
{
	static const char name[] = "becaused_full_seconds{daemon=\"test\",sink=\"datagrams\"} ";
	CLEANUP(buffer_done) struct buffer text = buffer_make(FLOW_RECEIVED_MAX);
	const char *at;

	assert_int_equal(io_read_file(flow_path(f, "becaused.prom"), &text), 0);
	buffer_add_char(&text, '\0');
	assert_int_equal(buffer_finish(&text), 0);
	at = strstr(text.data, name);
	assert_non_null(at);
	return strtoull(at + strlen(name), NULL, 10);
}

/* A peer that does not read wakes nobody. */
static void a_sink_that_stays_full_is_told_although_nothing_happens(void **state)
{
	static const struct reloads reloads = { 0 };
	struct flow *f = *state;
	struct observer observer;
	sigset_t signals;

	assert_int_equal(sigemptyset(&signals), 0);
	assert_int_equal(sigaddset(&signals, SIGUSR1), 0);
	assert_int_equal(sigprocmask(SIG_BLOCK, &signals, NULL), 0);
	assert_int_equal(setenv("RUNTIME_DIRECTORY", f->directory, 1), 0);
	f->options.drain = false;
	assert_true(flow_open_loop(f) >= 0);
	assert_int_equal(pipeline_new(f->event, f->setup, &f->options, &f->pipeline), 0);
	assert_int_equal(observer_start(&observer, f->event, f->pipeline, "test", &reloads), 0);
	assert_true(sd_event_source_set_enabled(f->sources[0], SD_EVENT_OFF) >= 0);
	flow_append_calls(f, "logs/a.log", 0, 1000);
	assert_true(flow_run_for(f, 200));
	assert_true(read_full_seconds(f) > 100);
	assert_true(sd_event_source_set_enabled(f->sources[0], SD_EVENT_ON) >= 0);
	assert_true(flow_run_until(f, 0, 1000));
	assert_true(flow_run_for(f, 60));
	assert_int_equal(read_full_seconds(f), 0);
	observer_stop(&observer);
	pipeline_stop(f->pipeline);
	assert_int_equal(flow_run_to_end(f), 0);
	f->pipeline = pipeline_free(f->pipeline);
	flow_close_loop(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW_TEST(a_sink_that_stays_full_is_told_although_nothing_happens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
