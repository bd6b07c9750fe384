/* The files source where thousands of files change at once, and where others do what harms it in
 * the directories of logs. */
#include "config.h"

#include <dirent.h>

#include "test-files.h"

enum { MANY = 400 };

static void rename_many(struct world *w, const char *from, const char *to)
{
	for (unsigned i = 0; i < MANY; i++)
		world_rename(w, world_number(from, i), world_number(to, i));
}

/* -- truncations ------------------------------------------------------------- */

/* Read what comes in this very moment. Returns how often the positions are to be saved. */
static unsigned read_now(struct world *w)
{
	struct source_item item;
	unsigned n = 0;
	int r;

	assert_int_equal(source_process(w->source), 0);
	while ((r = source_pull(w->source, &item)) != SOURCE_AGAIN) {
		n += r == SOURCE_SAVE;
		if (r == 0)
			world_take_block(w, &item.block);
	}
	return n;
}

static void who_truncates_a_log_holds_up_no_other_and_causes_few_saves(void **state)
{
	struct world *w = *state;
	unsigned n_saves = 0;

	world_start(w);
	world_append(w, "a.log", "one\n");
	assert_lines(w, "one\n");
	for (unsigned i = 0; i < 10; i++) {
		world_replace(w, "a.log", i % 2 == 0 ? "even\n" : "odd\n");
		n_saves += read_now(w);
		world_append(w, "b.log", "other\n");
		n_saves += read_now(w);
	}
	assert_int_equal(n_saves, 1);
	assert_lines(w, "even\nother\nother\nother\nother\nother\nother\nother\nother\n"
			"other\nother\nodd\n");
}

/* A save waits until the sink has everything. */
static void a_save_that_takes_long_leaves_time_to_read(void **state)
{
	struct world *w = *state;
	struct source_item item;
	int r;

	world_start(w);
	world_append(w, "a.log", "one\n");
	assert_lines(w, "one\n");
	world_replace(w, "a.log", "other\n");
	assert_int_equal(source_process(w->source), 0);
	while ((r = source_pull(w->source, &item)) != SOURCE_SAVE)
		assert_int_equal(r, SOURCE_SKIPPED);
	world_usec += WORLD_SECOND;
	assert_int_equal(read_now(w), 0);
	world_replace(w, "a.log", "next\n");
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(read_now(w), 0);
		world_usec += WORLD_SECOND;
	}
	assert_lines(w, "other\nnext\n");
}

/* -- more files than descriptors ---------------------------------------------- */

static void rotated_files_hold_no_descriptors(void **state)
{
	struct world *w = *state;

	world_limit_descriptors(w);
	world_start(w);
	world_append_to_each(w, "#.log", 0, MANY, "one\n");
	world_read(w);
	assert_int_equal(w->n_lines, MANY);
	world_append_to_each(w, "#.log", 0, MANY, "rest\n");
	rename_many(w, "#.log", "#.log.1");
	world_append_to_each(w, "#.log", 0, MANY, "two\n");
	world_wait(w, 60);
	assert_int_equal(w->n_lines, 3 * MANY);
	world_append_to_each(w, "#.log.1", 0, MANY, "late\n");
	world_wait(w, 60);
	assert_int_equal(w->n_lines, 4 * MANY);
	rename_many(w, "#.log.1", "#.log.2");
	world_append_to_each(w, "#.log.2", 0, MANY, "later\n");
	world_wait(w, 60);
	assert_int_equal(w->n_lines, 5 * MANY);
	world_wait(w, WORLD_AGES);
	(void)world_save_all(w);
	assert_int_equal(w->n_saved, MANY + 1);
	assert_int_equal(w->n_lines, 5 * MANY);
}

/* It is closed while it waits for its truncation to be saved. */
static void a_truncated_file_that_is_removed_empty_is_not_lost(void **state)
{
	struct world *w = *state;

	world_keep_messages(w);
	world_limit_descriptors(w);
	world_start(w);
	world_append(w, "a.log", "one\n");
	world_append(w, "b.log", "one\n");
	assert_lines(w, "one\none\n");
	world_truncate(w, "b.log");
	assert_int_equal(read_now(w), 1);
	world_truncate(w, "a.log");
	assert_int_equal(read_now(w), 0);
	world_rename(w, "a.log", "a.tmp");
	(void)read_now(w);
	world_append_to_each(w, "#.log", 0, MANY, "one\n");
	(void)read_now(w);
	world_remove(w, "a.tmp");
	world_wait(w, 60);
	assert_int_equal(world_count_messages(w, "gone"), 0);
}

/* More events than the kernel keeps. */
static void overflow(struct world *w)
{
	int one = open(world_path(w, "one"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	int other = open(world_path(w, "other"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(one >= 0 && other >= 0);
	for (unsigned i = 0; i < 10000; i++) {
		assert_int_equal(pwrite(one, "x", 1, 0), 1);
		assert_int_equal(pwrite(other, "x", 1, 0), 1);
	}
	(void)close(one);
	(void)close(other);
}

static void other_content_of_the_same_size_is_found_without_its_event(void **state)
{
	struct world *w = *state;

	world_limit_descriptors(w);
	world_start(w);
	world_append_to_each(w, "#.log", 0, MANY, "one\n");
	world_read(w);
	overflow(w);
	for (unsigned i = 0; i < MANY; i++)
		world_replace(w, world_number("#.log", i), "two\n");
	world_read(w);
	assert_int_equal(w->n_lines, 2 * MANY);
}

/* -- many rotations at once ------------------------------------------------------ */

static unsigned n_opendir, opendir_seconds;

DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);

DIR *__wrap_opendir(const char *path)
{
	n_opendir++;
	world_usec += (uint64_t)opendir_seconds * WORLD_SECOND;
	return __real_opendir(path);
}

static void one_search_finds_the_copies_of_all_truncated_files(void **state)
{
	struct world *w = *state;

	world_start(w);
	world_append_to_each(w, "#.log", 0, MANY, "one\n");
	world_read(w);
	world_append_to_each(w, "#.log", 0, MANY, "rest\n");
	for (unsigned i = 0; i < MANY; i++)
		world_copytruncate(w, world_number("#.log", i), world_number("#.log.1", i));
	world_append_to_each(w, "#.log", 0, MANY, "two\n");
	n_opendir = 0;
	world_read(w);
	assert_int_equal(w->n_lines, 3 * MANY);
	assert_true(n_opendir <= 3);
}

/* Each may have been a directory or a link on the way to a file. */
static void scans_leave_time_for_other_work(void **state)
{
	struct world *w = *state;

	world_start(w);
	world_read(w);
	n_opendir = 0;
	opendir_seconds = 1;
	for (unsigned i = 0; i < 20; i++) {
		world_append(w, "x.log", "");
		world_remove(w, "x.log");
		world_read(w);
		assert_int_equal(source_process(w->source), 0);
	}
	opendir_seconds = 0;
	assert_int_equal(n_opendir, 1);
	world_make_directory(w, "y.log");
	world_wait(w, 10);
	assert_int_equal(n_opendir, 2);
	assert_int_equal(world_timeout(w), UINT64_MAX);
}

/* -- directories that are away for a while --------------------------------------- */

static void read_many_in_directory(struct world *w)
{
	world_limit_descriptors(w);
	world_match(w, 0, "d/*.log");
	world_make_directory(w, "d");
	world_start(w);
	world_append_to_each(w, "d/#.log", 0, MANY, "one\n");
	world_read(w);
}

static void a_directory_that_comes_back_gives_nothing_twice(void **state)
{
	struct world *w = *state;

	read_many_in_directory(w);
	assert_int_equal(w->n_lines, MANY);
	world_rename(w, "d", "e");
	world_wait(w, 60);
	world_append(w, "e/7.log", "two\n");
	world_rename(w, "e", "d");
	world_wait(w, 60);
	assert_int_equal(w->n_lines, MANY + 1);
	world_rename(w, "d", "e");
	world_wait(w, WORLD_AGES);
	(void)world_save_all(w);
	assert_int_equal(w->n_saved, 1);
}

/* Nothing has to be closed when it is back, which would watch it. */
static void a_directory_that_comes_back_is_watched_as_before(void **state)
{
	struct world *w = *state;

	read_many_in_directory(w);
	for (unsigned i = MANY / 2; i < MANY; i++)
		world_remove(w, world_number("d/#.log", i));
	world_wait(w, 120);
	world_rename(w, "d", "e");
	world_wait(w, 60);
	world_make_directory(w, "d");
	world_wait(w, 60);
	assert_int_equal(rmdir(world_path(w, "d")), 0);
	world_wait(w, 60);
	world_rename(w, "e", "d");
	world_wait(w, 60);
	world_append(w, "d/0.log", "two\n");
	world_read(w);
	assert_int_equal(w->n_lines, MANY + 1);
}

/* As if its file system were mounted late. */
static void a_directory_that_is_away_at_the_start_gives_nothing_twice(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "d/*.log");
	world_make_directory(w, "d");
	world_start(w);
	world_append(w, "d/a.log", "one\n");
	assert_lines(w, "one\n");
	world_stop(w);
	world_append(w, "d/a.log", "two\n");
	world_rename(w, "d", "e");
	world_start(w);
	world_wait(w, 60);
	world_rename(w, "e", "d");
	assert_lines(w, "two\n");
	world_restart(w);
	assert_lines(w, "");
}

/* -- messages ------------------------------------------------------------------- */

static void make_pipe(struct world *w, unsigned number)
{
	assert_int_equal(mkfifo(world_path(w, world_number("#.log", number)), 0600), 0);
}

static void thousands_of_pipes_are_not_reported_for_ever(void **state)
{
	struct world *w = *state;
	off_t size;

	for (unsigned i = 0; i < 1100; i++)
		make_pipe(w, i);
	world_keep_messages(w);
	world_start(w);
	size = lseek(w->messages, 0, SEEK_END);
	assert_true(size > 0);
	world_make_directory(w, "x.log");
	for (unsigned i = 1100; i < 1200; i++) {
		make_pipe(w, i);
		world_read(w);
	}
	assert_int_equal(lseek(w->messages, 0, SEEK_END), size);
}

/* -- clocks ---------------------------------------------------------------------- */

static void a_clock_that_was_set_back_makes_no_file_young_for_ever(void **state)
{
	struct world *w = *state;

	world_append_unreadable(w, "a.log");
	world_ahead_usec = -(uint64_t)3600 * WORLD_SECOND;
	world_start(w);
	world_wait(w, 10);
	assert_int_equal(w->source->n_unreadable, 1);
	assert_int_equal(world_timeout(w), UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(who_truncates_a_log_holds_up_no_other_and_causes_few_saves),
		WORLD_TEST(a_save_that_takes_long_leaves_time_to_read),
		WORLD_TEST(rotated_files_hold_no_descriptors),
		WORLD_TEST(a_truncated_file_that_is_removed_empty_is_not_lost),
		WORLD_TEST(other_content_of_the_same_size_is_found_without_its_event),
		WORLD_TEST(scans_leave_time_for_other_work),
		WORLD_TEST(one_search_finds_the_copies_of_all_truncated_files),
		WORLD_TEST(a_directory_that_comes_back_gives_nothing_twice),
		WORLD_TEST(a_clock_that_was_set_back_makes_no_file_young_for_ever),
		WORLD_TEST(thousands_of_pipes_are_not_reported_for_ever),
		WORLD_TEST(a_directory_that_comes_back_is_watched_as_before),
		WORLD_TEST(a_directory_that_is_away_at_the_start_gives_nothing_twice),
	};

	log_open("test", LOG_EMERG - 1);
	return cmocka_run_group_tests_name("files that others change", tests, NULL, NULL);
}
