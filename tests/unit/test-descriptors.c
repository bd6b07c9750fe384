/* A pipeline that runs out of file descriptors continues with those it has, logs that once, and
 * catches up when there are descriptors again. */
#include "config.h"

#include "test.h"

#include <sys/resource.h>

#include "test-flow.h"

enum {
	MANY = 10,
	TIGHT_MAX = 48, /* descriptors with which every pipeline here can do all it has to */
	HUNGRY_SECONDS = 10,
};

static struct rlimit old_limit;

/* Leave so many descriptors to be had. */
static void starve(unsigned n_left)
{
	int lowest = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	struct rlimit tight = old_limit;

	assert_true(lowest >= 0);
	(void)close(lowest);
	tight.rlim_cur = (rlim_t)lowest + n_left;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
}

static void feed(void)
{
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old_limit), 0);
}

static int finish(void **state)
{
	feed();
	return flow_end(state);
}

static void need_limits(void)
{
	if (flow_in_valgrind())
		skip();
}

static void start_pipeline(struct flow *f, bool drain)
{
	f->options.drain = drain;
	assert_true(flow_open_loop(f) >= 0);
	assert_int_equal(pipeline_new(f->event, f->setup, &f->options, &f->pipeline), 0);
}

static void end_pipeline(struct flow *f)
{
	pipeline_stop(f->pipeline);
	assert_int_equal(flow_run_to_end(f), 0);
	f->pipeline = pipeline_free(f->pipeline);
	flow_close_loop(f);
}

/* How often the source, of which there is one for each sink, has complained. */
static size_t count_complaints(const struct flow *f)
{
	return flow_count_messages(f,
		"source files: cannot read some files for now: Too many open files,"
		" retrying every second");
}

static void a_file_that_is_open_is_read_on_without_descriptors(void **state)
{
	struct flow *f = *state;
	FILE *file;

	need_limits();
	flow_append_calls(f, "logs/a.log", 0, 10);
	start_pipeline(f, false);
	assert_true(flow_run_until(f, 0, 10));
	file = fopen(flow_path(f, "logs/a.log"), "a");
	assert_non_null(file);
	starve(0);
	flow_write_calls(file, 10, 20);
	assert_true(flow_run_until(f, 10, 20));
	feed();
	end_pipeline(f);
	assert_delivered(f, 0, 20);
}

static void a_file_that_appears_without_descriptors_is_read_later(void **state)
{
	struct flow *f = *state;

	need_limits();
	flow_append_calls(f, "logs/a.log", 0, 10);
	start_pipeline(f, false);
	assert_true(flow_run_until(f, 0, 10));
	flow_append_calls(f, "logs/b.log", 10, 20);
	flow_keep_messages(f);
	starve(0);
	assert_true(flow_run_for(f, HUNGRY_SECONDS));
	assert_int_equal(count_complaints(f), 2);
	feed();
	assert_true(flow_run_until(f, 10, 20));
	assert_true(flow_run_for(f, 2));
	assert_int_equal(flow_count_messages(f, "source files: the shortage is over"), 2);
	end_pipeline(f);
	assert_delivered(f, 0, 20);
}

/* Longer than a file is followed after it has lost its name. */
static void no_name_is_forgotten_while_directories_cannot_be_read(void **state)
{
	struct flow *f = *state;

	need_limits();
	flow_append_calls(f, "logs/a.log", 0, 10);
	start_pipeline(f, false);
	assert_true(flow_run_until(f, 0, 10));
	flow_put(f, "logs/b.log", "");
	starve(0);
	assert_true(flow_run_for(f, 15 * 60));
	feed();
	flow_append_calls(f, "logs/a.log", 10, 20);
	assert_true(flow_run_until(f, 10, 20));
	assert_true(flow_run_for(f, 60));
	end_pipeline(f);
	assert_delivered(f, 0, 20);
}

/* The last lines are in the copy only, which cannot be opened for a while. */
static void the_rest_of_a_file_that_was_truncated_is_waited_for(void **state)
{
	struct flow *f = *state;

	need_limits();
	for (unsigned n_left = 0; n_left <= 4; n_left++) {
		flow_append_calls(f, "logs/a.log", 0, 10);
		start_pipeline(f, false);
		assert_true(flow_run_until(f, 0, 10));
		flow_append_calls(f, "logs/a.log", 10, 20);
		flow_copytruncate(f, "logs/a.log", "logs/a.log.1");
		flow_append_calls(f, "logs/a.log", 20, 30);
		flow_keep_messages(f);
		starve(n_left);
		assert_true(flow_run_for(f, HUNGRY_SECONDS));
		assert_between(count_complaints(f), 0, 2);
		feed();
		assert_true(flow_run_until(f, 0, 30));
		end_pipeline(f);
		assert_delivered(f, 0, 30);
		flow_start_over(f);
	}
}

static void positions_that_cannot_be_saved_are_saved_later(void **state)
{
	CLEANUP(buffer_done) struct buffer before = buffer_make(10000);
	CLEANUP(buffer_done) struct buffer after = buffer_make(10000);
	struct flow *f = *state;
	FILE *file;

	need_limits();
	flow_append_calls(f, "logs/a.log", 0, 10);
	start_pipeline(f, false);
	assert_true(flow_run_until(f, 0, 10));
	assert_true(flow_run_for(f, 5));
	assert_int_equal(io_read_file(flow_path(f, "state/positions"), &before), 0);
	file = fopen(flow_path(f, "logs/a.log"), "a");
	assert_non_null(file);
	flow_keep_messages(f);
	starve(0);
	flow_write_calls(file, 10, 20);
	assert_true(flow_run_until(f, 10, 20));
	assert_true(flow_run_for(f, HUNGRY_SECONDS));
	feed();
	assert_int_equal(flow_count_messages(f, "cannot save positions"), 1);
	assert_int_equal(io_read_file(flow_path(f, "state/positions"), &after), 0);
	assert_true(text_equal(buffer_text(&before), buffer_text(&after)));
	assert_true(flow_run_for(f, 5));
	buffer_clear(&after);
	assert_int_equal(io_read_file(flow_path(f, "state/positions"), &after), 0);
	assert_false(text_equal(buffer_text(&before), buffer_text(&after)));
	end_pipeline(f);
	assert_delivered(f, 0, 20);
}

/* A server that was away comes back when there is no descriptor for a socket. */
static void a_connection_that_finds_no_descriptor_is_made_later(void **state)
{
	struct flow *f = *state;

	need_limits();
	flow_append_calls(f, "logs/a.log", 0, 10);
	start_pipeline(f, false);
	assert_true(flow_run_until(f, 0, 10));
	assert_true(flow_run_for(f, 5));
	starve(1);
	flow_hang_up(f);
	starve(0);
	assert_true(flow_run_for(f, HUNGRY_SECONDS));
	feed();
	flow_append_calls(f, "logs/a.log", 10, 20);
	assert_true(flow_run_until(f, 10, 20));
	end_pipeline(f);
	assert_delivered(f, 0, 20);
}

/* Two more calls in each of many files. */
static void append_to_many(const struct flow *f, unsigned from)
{
	char name[32];

	for (unsigned i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "logs/many-%u.log", i);
		flow_append_calls(f, name, from + 2 * i, from + 2 * i + 2);
	}
}

/* Started with too few descriptors, it ends with an error that it logs, or it starts, and continues
 * when there are more. Lines read before the start are not read again; lines of files rotated in
 * between are read. */
static void a_start_with_few_descriptors_loses_and_repeats_nothing(void **state)
{
	struct flow *f = *state;
	size_t n_hungry = 0;

	need_limits();
	for (unsigned n_left = 0; n_left <= TIGHT_MAX; n_left++) {
		int r;

		flow_append_calls(f, "logs/a.log", 0, 10);
		flow_append_calls(f, "logs/b.log", 10, 20);
		append_to_many(f, 60);
		f->options.drain = true;
		assert_int_equal(flow_run(f), 0);
		flow_append_calls(f, "logs/a.log", 20, 30);
		flow_copytruncate(f, "logs/a.log", "logs/a.log.1");
		flow_append_calls(f, "logs/a.log", 30, 40);
		flow_append_calls(f, "logs/b.log", 40, 50);
		assert_int_equal(
			rename(flow_path(f, "logs/b.log"), flow_path(f, "logs/b.log.1")), 0);
		flow_append_calls(f, "logs/b.log", 50, 60);
		append_to_many(f, 80);

		f->options.drain = false;
		assert_true(flow_open_loop(f) >= 0);
		flow_keep_messages(f);
		starve(n_left);
		r = pipeline_new(f->event, f->setup, &f->options, &f->pipeline);
		if (r == 0)
			assert_true(flow_run_for(f, HUNGRY_SECONDS));
		feed();
		n_hungry += r == 0 && flow_count_messages(f, "cannot read some files for now") > 0;
		if (r < 0)
			assert_int_equal(
				pipeline_new(f->event, f->setup, &f->options, &f->pipeline), 0);
		assert_true(flow_run_until(f, 0, 100));
		end_pipeline(f);
		assert_delivered(f, 0, 100);
		flow_start_over(f);
	}
	assert_true(n_hungry > 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, flow_begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_that_is_open_is_read_on_without_descriptors),
		TEST(a_file_that_appears_without_descriptors_is_read_later),
		TEST(no_name_is_forgotten_while_directories_cannot_be_read),
		TEST(the_rest_of_a_file_that_was_truncated_is_waited_for),
		TEST(positions_that_cannot_be_saved_are_saved_later),
		TEST(a_connection_that_finds_no_descriptor_is_made_later),
		TEST(a_start_with_few_descriptors_loses_and_repeats_nothing),
	};

	if (getrlimit(RLIMIT_NOFILE, &old_limit) < 0)
		return 99;
	return cmocka_run_group_tests_name("descriptors in the flow", tests, NULL, NULL);
}
