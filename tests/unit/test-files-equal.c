/* The files source: files with equal text are files of their own, and only a rotation makes a
 * copy. */
#include "config.h"

#include "test-files.h"

enum { LINES = 20 };

static void append_equal(struct world *w, const char *name)
{
	for (unsigned i = 0; i < LINES; i++) {
		char line[64];

		(void)snprintf(line, sizeof(line), "call %u releaseCause=512\n", i);
		world_append(w, name, line);
	}
}

static void lines_of_equal_files_come_from_each(void **state)
{
	struct world *w = *state;

	w->options.start = FILES_START_BEGINNING;
	append_equal(w, "node1.log");
	append_equal(w, "node2.log");
	world_start(w);
	world_read(w);
	assert_int_equal(w->n_lines, 2 * LINES);
	append_equal(w, "node3.log");
	world_read(w);
	assert_int_equal(w->n_lines, 3 * LINES);
	assert_int_equal(w->source->n_copies, 0);
}

static void a_daily_report_comes_each_day(void **state)
{
	struct world *w = *state;

	world_start(w);
	for (unsigned i = 1; i <= 3; i++) {
		char name[] = "report-2026110x.log";

		name[14] = (char)('0' + i);
		append_equal(w, name);
		world_read(w);
		assert_int_equal(w->n_lines, i * LINES);
		world_restart(w);
		world_wait(w, 60);
		assert_int_equal(w->n_lines, i * LINES);
	}
}

/* Each fourth time while the source does not run. */
static void rotate(
	struct world *w, unsigned number, void (*move)(struct world *, const char *, const char *))
{
	bool is_stopped = number % 4 == 0;

	if (is_stopped)
		world_stop(w);
	move(w, "a.log", world_number("a.log.#", number));
	if (is_stopped)
		world_start(w);
}

/* Under a glob that matches the rotated files, too. */
static void equal_generations_of_a_renamed_file_come_each(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "*.log*");
	world_start(w);
	for (unsigned i = 1; i <= 10; i++) {
		append_equal(w, "a.log");
		if (i % 3 != 0)
			world_read(w);
		rotate(w, i, world_rename);
		if (i % 3 != 1)
			world_wait(w, 60);
	}
	world_wait(w, 60);
	assert_int_equal(w->n_lines, 10 * LINES);
	assert_int_equal(w->source->n_copies, 0);
}

/* logrotate's "create" makes the new file before anything is read of it. */
static void equal_generations_come_each_while_the_source_does_not_run(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "*.log*");
	world_append(w, "a.log", "");
	world_start(w);
	for (unsigned i = 1; i <= 5; i++) {
		world_stop(w);
		append_equal(w, "a.log");
		world_rename(w, "a.log", world_number("a.log.#", i));
		world_append(w, "a.log", "");
		world_start(w);
		world_wait(w, 60);
		assert_int_equal(w->n_lines, i * LINES);
	}
}

static void equal_generations_of_a_truncated_file_come_each(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "*.log*");
	world_start(w);
	for (unsigned i = 1; i <= 10; i++) {
		append_equal(w, "a.log");
		world_read(w);
		rotate(w, i, world_copytruncate);
		world_read(w);
		if (i % 2 == 0)
			world_wait(w, 60);
		assert_int_equal(w->n_lines, i * LINES);
	}
	assert_true(w->source->n_copies > 0);
}

static void a_neighbor_with_the_same_beginning_waits_for_nothing(void **state)
{
	struct world *w = *state;

	world_start(w);
	world_append(w, "a.log", "banner\nunfinished");
	assert_lines(w, "banner\n");
	world_append(w, "b.log", "banner\none\n");
	assert_lines(w, "banner\none\n");
	assert_false(w->source->pending);
}

static void a_file_with_a_rotated_name_waits_for_a_while(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "*.log*");
	world_start(w);
	world_append(w, "a.log", "one\ntwo\n");
	assert_lines(w, "one\ntwo\n");
	world_copy(w, "a.log", "a.log.1");
	world_wait(w, 5);
	assert_lines(w, "");
	world_wait(w, 6);
	assert_lines(w, "one\ntwo\n");
	world_append(w, "a.log.1", "three\n");
	assert_lines(w, "three\n");
}

/* While a file grows like its original, it is a copy in the making. As soon as it has other bytes
 * it is not. */
static void a_file_that_differs_waits_no_longer(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "*.log*");
	world_start(w);
	world_append(w, "a.log", "one\ntwo\n");
	assert_lines(w, "one\ntwo\n");
	world_append(w, "a.log.1", "one\n");
	assert_lines(w, "");
	world_append(w, "a.log.1", "other\n");
	assert_lines(w, "one\nother\n");
}

static void an_older_file_with_a_rotated_name_is_no_copy(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "*.log*");
	w->options.start = FILES_START_BEGINNING;
	world_append(w, "a.log.1", "one\n");
	world_start(w);
	assert_lines(w, "one\n");
	world_append(w, "a.log", "one\n");
	assert_lines(w, "one\n");
}

/* The second copy has more, and is read; the first one is passed over. */
static void a_copy_that_is_passed_over_is_counted_once(void **state)
{
	struct world *w = *state;

	world_match(w, 1, "*.log.1");
	world_start(w);
	append_equal(w, "a.log");
	world_read(w);
	world_append(w, "a.log", "one\n");
	world_copy(w, "a.log", "a.log.1");
	world_append(w, "a.log", "two\n");
	world_copytruncate(w, "a.log", "a.log.2");
	world_wait(w, 60);
	assert_int_equal(w->n_lines, LINES + 2);
	assert_int_equal(w->source->n_copies, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(lines_of_equal_files_come_from_each),
		WORLD_TEST(a_daily_report_comes_each_day),
		WORLD_TEST(equal_generations_of_a_renamed_file_come_each),
		WORLD_TEST(equal_generations_come_each_while_the_source_does_not_run),
		WORLD_TEST(equal_generations_of_a_truncated_file_come_each),
		WORLD_TEST(a_neighbor_with_the_same_beginning_waits_for_nothing),
		WORLD_TEST(a_file_with_a_rotated_name_waits_for_a_while),
		WORLD_TEST(a_file_that_differs_waits_no_longer),
		WORLD_TEST(an_older_file_with_a_rotated_name_is_no_copy),
		WORLD_TEST(a_copy_that_is_passed_over_is_counted_once),
	};

	return cmocka_run_group_tests_name("files with equal text", tests, NULL, NULL);
}
