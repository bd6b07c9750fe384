/* A stream sink keeps no bytes of most of what it has in flight: files and the journal are read
 * again when its connection breaks. Here the log server hangs, and hangs up with much unread. */
#include "config.h"

#include "test.h"

#include <dirent.h>
#include <limits.h>

#include "flow/tally/cause-counts.h"
#include "flow/wiring.h"
#include "sink/sink.h"
#include "sink/socket/socket-options.h"
#include "test-reload.h"

/* More calls than the sink keeps bytes of, and than a socket takes besides. */
enum { MANY = 3500, MORE = 500 };

static void configure(const struct flow *f)
{
	FILE *file = fopen(flow_path(f, "becaused.yaml"), "w");

	assert_non_null(file);
	assert_true(fprintf(file,
			    "profiles: [test]\nsources:\n"
			    "  - {name: files, files: {paths: [%s/logs/*.log], start: beginning}}\n"
			    "sinks:\n"
			    "  - {name: stream, socket: {address: unix:%s/stream, format: "
			    "rfc5424}}\n",
			    f->directory, f->directory) > 0);
	assert_int_equal(fclose(file), 0);
}

static const struct sink *sink_of(const struct flow *f)
{
	return pipeline_wiring(f->pipeline)->outputs[0]->sink;
}

/* The server reads nothing, until it hangs up. */
static void hang(struct flow *f)
{
	for (size_t i = 2; i < f->n_sources; i++)
		(void)sd_event_source_set_enabled(f->sources[i], SD_EVENT_OFF);
}

/* The bytes that it has not read are lost. */
static void hang_up(struct flow *f)
{
	while (f->n_connections > 0) {
		(void)sd_event_source_disable_unref(f->sources[--f->n_sources]);
		(void)close(f->connections[--f->n_connections]);
	}
}

/* Give the pipeline its turns until the sink takes no more. */
static void run_until_full(struct flow *f)
{
	const struct output *output = pipeline_wiring(f->pipeline)->outputs[0];
	uint64_t end = __real_io_now_usec(CLOCK_MONOTONIC) + FLOW_DEADLINE_USEC;

	while (output->full_usec == 0 || !wiring_waits_for(pipeline_wiring(f->pipeline), output)) {
		assert_true(__real_io_now_usec(CLOCK_MONOTONIC) < end);
		assert_true(flow_loop_once(f) >= 0);
	}
}

static void run_until_connected(struct flow *f)
{
	while (f->n_connections == 0)
		assert_true(flow_loop_once(f) >= 0);
}

/* Start with a server that hangs, and fill the sink. */
static void start_and_fill(struct flow *f, const char *log)
{
	configure(f);
	reload_start(f);
	run_until_connected(f);
	hang(f);
	flow_append_calls(f, log, 0, MANY);
	run_until_full(f);
	assert_true(sink_of(f)->n_unkept > 0);
	assert_int_equal(sink_of(f)->n_settled, 0);
}

static bool run_until_arrived(struct flow *f, unsigned to)
{
	uint64_t end = __real_io_now_usec(CLOCK_MONOTONIC) + FLOW_DEADLINE_USEC;

	for (;;) {
		flow_count_calls(f->by_stream);
		if (flow_count_missing(f->by_stream, 0, to) == 0)
			return true;
		if (__real_io_now_usec(CLOCK_MONOTONIC) > end || flow_loop_once(f) < 0)
			return false;
	}
}

/* How many descriptors of this process lead to the file, which has no name any more. */
static unsigned count_open(const struct flow *f, const char *name)
{
	DIR *directory = opendir("/proc/self/fd");
	char target[PATH_MAX], wanted[PATH_MAX];
	const struct dirent *entry;
	unsigned n = 0;

	assert_non_null(directory);
	(void)snprintf(wanted, sizeof(wanted), "%s/logs/%s (deleted)", f->directory, name);
	while ((entry = readdir(directory))) {
		ssize_t len =
			readlinkat(dirfd(directory), entry->d_name, target, sizeof(target) - 1);

		target[len > 0 ? len : 0] = '\0';
		n += strcmp(target, wanted) == 0;
	}
	(void)closedir(directory);
	return n;
}

static uint64_t count_causes(const struct flow *f)
{
	const struct cause_counts *causes = pipeline_cause_counts(f->pipeline);
	uint64_t n = 0;

	for (size_t i = 0; i < causes->n; i++)
		n += causes->items[i].n;
	return n;
}

static void what_is_not_kept_is_read_again_and_counts_once(void **state)
{
	struct flow *f = *state;
	struct counts counts;

	start_and_fill(f, "logs/a.log");
	hang_up(f);
	assert_true(run_until_arrived(f, MANY));
	assert_true(sink_of(f)->n_returned > 0);
	assert_int_equal(flow_count_repeated(f->by_stream, 0, MANY), 0);
	flow_append_calls(f, "logs/a.log", MANY, MANY + MORE);
	assert_true(run_until_arrived(f, MANY + MORE));
	counts = pipeline_count(f->pipeline);
	assert_true(counts.n_read >= MANY + MORE);
	assert_int_equal(count_causes(f), MANY + MORE);
	reload_finish(f);
}

static void it_is_read_again_from_files_that_were_rotated_meanwhile(void **state)
{
	struct flow *f = *state;

	start_and_fill(f, "logs/a.log");
	assert_int_equal(rename(flow_path(f, "logs/a.log"), flow_path(f, "logs/a.log-1")), 0);
	flow_append_calls(f, "logs/a.log", MANY, MANY + MORE);
	assert_true(flow_run_for(f, 3));
	hang_up(f);
	assert_true(run_until_arrived(f, MANY + MORE));
	assert_true(sink_of(f)->n_returned > 0);
	assert_int_equal(count_causes(f), MANY + MORE);
	reload_finish(f);
}

/* Longer than the source has a file open that has no name any more and is read to its end. */
static void a_file_without_a_name_stays_open_while_its_records_may_return(void **state)
{
	enum { SOME = 2000 }; /* the sink keeps no bytes of the last ones, and is not full */
	struct flow *f = *state;
	uint64_t end = __real_io_now_usec(CLOCK_MONOTONIC) + FLOW_DEADLINE_USEC;
	const struct sink *sink;

	configure(f);
	reload_start(f);
	run_until_connected(f);
	hang(f);
	flow_append_calls(f, "logs/a.log", 0, SOME);
	sink = sink_of(f);
	while (sink->n_taken < SOME) {
		assert_true(__real_io_now_usec(CLOCK_MONOTONIC) < end);
		assert_true(flow_loop_once(f) >= 0);
	}
	assert_true(sink->n_unkept > 0);
	assert_int_equal(sink->n_settled, 0);
	assert_int_equal(unlink(flow_path(f, "logs/a.log")), 0);
	assert_true(flow_run_for(f, 100));
	hang_up(f);
	assert_true(run_until_arrived(f, SOME));
	assert_true(sink_of(f)->n_returned > 0);
	/* All is settled: it need not be open any longer. */
	assert_true(flow_run_for(f, 100));
	assert_int_equal(count_open(f, "a.log"), 0);
	reload_finish(f);
}

/* The source still has it open. */
static void it_is_read_again_from_a_file_that_was_removed_meanwhile(void **state)
{
	struct flow *f = *state;

	start_and_fill(f, "logs/a.log");
	assert_int_equal(unlink(flow_path(f, "logs/a.log")), 0);
	assert_true(flow_run_for(f, 3));
	hang_up(f);
	assert_true(run_until_arrived(f, MANY));
	assert_true(sink_of(f)->n_returned > 0);
	reload_finish(f);
}

static void it_is_read_again_from_the_copy_of_a_file_that_was_truncated_meanwhile(void **state)
{
	struct flow *f = *state;

	start_and_fill(f, "logs/a.log");
	flow_copytruncate(f, "logs/a.log", "logs/a.log.1");
	assert_true(flow_run_for(f, 3));
	hang_up(f);
	assert_true(run_until_arrived(f, MANY));
	assert_true(sink_of(f)->n_returned > 0);
	reload_finish(f);
}

static void it_is_read_again_each_time(void **state)
{
	struct flow *f = *state;

	start_and_fill(f, "logs/a.log");
	for (unsigned i = 0; i < 5; i++) {
		hang_up(f);
		run_until_connected(f);
		hang(f);
		run_until_full(f);
	}
	hang_up(f);
	assert_true(run_until_arrived(f, MANY));
	assert_int_equal(count_causes(f), MANY);
	reload_finish(f);
}

static void a_drain_ends_when_it_was_read_again(void **state)
{
	struct flow *f = *state;

	flow_append_calls(f, "logs/a.log", 0, MANY);
	configure(f);
	f->setup = setup_unref(f->setup);
	assert_int_equal(flow_load(f), 0);
	f->options.drain = true;
	assert_true(flow_open_loop(f) >= 0);
	assert_int_equal(pipeline_new(f->event, f->setup, &f->options, &f->pipeline), 0);
	run_until_connected(f);
	hang(f);
	run_until_full(f);
	hang_up(f);
	assert_int_equal(flow_run_to_end(f), 0);
	assert_true(sink_of(f)->n_returned > 0);
	f->pipeline = pipeline_free(f->pipeline);
	flow_close_loop(f);
	assert_int_equal(flow_count_missing(f->by_stream, 0, MANY), 0);
}

/* A stop need not read again; the next start does. */
static void after_a_stop_the_next_start_reads_it_again(void **state)
{
	struct flow *f = *state;

	start_and_fill(f, "logs/a.log");
	pipeline_stop(f->pipeline);
	assert_int_equal(flow_run_to_end(f), 0);
	f->pipeline = pipeline_free(f->pipeline);
	hang_up(f);
	flow_close_loop(f);
	flow_forget_calls(f);
	reload_start(f);
	assert_true(run_until_arrived(f, MANY));
	reload_finish(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, flow_begin, flow_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_not_kept_is_read_again_and_counts_once),
		TEST(it_is_read_again_from_files_that_were_rotated_meanwhile),
		TEST(it_is_read_again_from_a_file_that_was_removed_meanwhile),
		TEST(a_file_without_a_name_stays_open_while_its_records_may_return),
		TEST(it_is_read_again_from_the_copy_of_a_file_that_was_truncated_meanwhile),
		TEST(it_is_read_again_each_time),
		TEST(a_drain_ends_when_it_was_read_again),
		TEST(after_a_stop_the_next_start_reads_it_again),
	};

	return cmocka_run_group_tests_name("flow/reread", tests, NULL, NULL);
}
