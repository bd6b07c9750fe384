/* The files source where thousands of files change at once, and where others do what harms it in
 * the directories of logs. */
#include "config.h"

#include <dirent.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "base/log.h"
#include "test-files.h"

enum { MANY = 400, DESCRIPTORS = 100 };

static struct rlimit old_limit;

static void limit_descriptors(void)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old_limit), 0);
	limit = old_limit;
	limit.rlim_cur = DESCRIPTORS;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static int end_limited(void **state)
{
	(void)setrlimit(RLIMIT_NOFILE, &old_limit);
	return world_end(state);
}

/* `%u` in the name is the number of the file. */
static void append_to_many(struct world *w, const char *ending, const char *text)
{
	char name[64];

	for (unsigned i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "%u.%s", i, ending);
		world_append(w, name, text);
	}
}

static void rename_many(struct world *w, const char *from, const char *to)
{
	char old[64], new[64];

	for (unsigned i = 0; i < MANY; i++) {
		(void)snprintf(old, sizeof(old), "%u.%s", i, from);
		(void)snprintf(new, sizeof(new), "%u.%s", i, to);
		world_rename(w, old, new);
	}
}

/* -- more files than descriptors ---------------------------------------------- */

static void rotated_files_hold_no_descriptors(void **state)
{
	struct world *w = *state;

	limit_descriptors();
	world_start(w);
	append_to_many(w, "log", "one\n");
	world_read(w);
	assert_int_equal(w->n_lines, MANY);
	append_to_many(w, "log", "rest\n");
	rename_many(w, "log", "log.1");
	append_to_many(w, "log", "two\n");
	world_wait(w, 60);
	assert_int_equal(w->n_lines, 3 * MANY);
	append_to_many(w, "log.1", "late\n");
	world_wait(w, 60);
	assert_int_equal(w->n_lines, 4 * MANY);
	rename_many(w, "log.1", "log.2");
	append_to_many(w, "log.2", "later\n");
	world_wait(w, 60);
	assert_int_equal(w->n_lines, 5 * MANY);
	world_wait(w, WORLD_AGES);
	(void)world_save_all(w);
	assert_int_equal(w->n_saved, MANY + 1);
	assert_int_equal(w->n_lines, 5 * MANY);
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

	limit_descriptors();
	world_start(w);
	append_to_many(w, "log", "one\n");
	world_read(w);
	overflow(w);
	for (unsigned i = 0; i < MANY; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "%u.log", i);
		world_replace(w, name, "two\n");
	}
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
	append_to_many(w, "log", "one\n");
	world_read(w);
	append_to_many(w, "log", "rest\n");
	for (unsigned i = 0; i < MANY; i++) {
		char name[64], copy[64];

		(void)snprintf(name, sizeof(name), "%u.log", i);
		(void)snprintf(copy, sizeof(copy), "%u.log.1", i);
		world_copytruncate(w, name, copy);
	}
	append_to_many(w, "log", "two\n");
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

static void a_directory_that_comes_back_gives_nothing_twice(void **state)
{
	struct world *w = *state;
	char name[64];

	limit_descriptors();
	world_match(w, 0, "d/*.log");
	world_make_directory(w, "d");
	world_start(w);
	for (unsigned i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "d/%u.log", i);
		world_append(w, name, "one\n");
	}
	world_read(w);
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
	char name[64];

	limit_descriptors();
	world_match(w, 0, "d/*.log");
	world_make_directory(w, "d");
	world_start(w);
	for (unsigned i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "d/%u.log", i);
		world_append(w, name, "one\n");
	}
	world_read(w);
	for (unsigned i = MANY / 2; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "d/%u.log", i);
		world_remove(w, name);
	}
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

static void thousands_of_pipes_are_not_reported_for_ever(void **state)
{
	int messages = memfd_create("messages", MFD_CLOEXEC), standard_error = dup(STDERR_FILENO);
	struct world *w = *state;
	off_t size;
	char name[64];

	assert_true(messages >= 0 && standard_error >= 0);
	for (unsigned i = 0; i < 1100; i++) {
		(void)snprintf(name, sizeof(name), "%u.log", i);
		assert_int_equal(mkfifo(world_path(w, name), 0600), 0);
	}
	assert_true(dup2(messages, STDERR_FILENO) >= 0);
	log_open("test", LOG_NOTICE);
	world_start(w);
	size = lseek(messages, 0, SEEK_END);
	world_make_directory(w, "x.log");
	for (unsigned i = 1100; i < 1200; i++) {
		(void)snprintf(name, sizeof(name), "%u.log", i);
		assert_int_equal(mkfifo(world_path(w, name), 0600), 0);
		world_read(w);
	}
	log_open("test", LOG_EMERG - 1);
	assert_true(dup2(standard_error, STDERR_FILENO) >= 0);
	(void)close(standard_error);
	assert_true(size > 0);
	assert_int_equal(lseek(messages, 0, SEEK_END), size);
	(void)close(messages);
}

/* -- clocks ---------------------------------------------------------------------- */

static void a_clock_that_was_set_back_makes_no_file_young_for_ever(void **state)
{
	struct world *w = *state;

	if (geteuid() == 0) {
		assert_int_equal(chown(w->directory, 65534, 65534), 0);
		assert_int_equal(seteuid(65534), 0);
	}
	world_append(w, "a.log", "one\n");
	assert_int_equal(chmod(world_path(w, "a.log"), 0), 0);
	world_ahead_usec = -(uint64_t)3600 * WORLD_SECOND;
	world_start(w);
	world_wait(w, 10);
	assert_int_equal(w->source->n_unreadable, 1);
	assert_int_equal(world_timeout(w), UINT64_MAX);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, world_begin, world_end)
#define LIMITED_TEST(test) cmocka_unit_test_setup_teardown(test, world_begin, end_limited)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIMITED_TEST(rotated_files_hold_no_descriptors),
		LIMITED_TEST(other_content_of_the_same_size_is_found_without_its_event),
		TEST(scans_leave_time_for_other_work),
		TEST(one_search_finds_the_copies_of_all_truncated_files),
		LIMITED_TEST(a_directory_that_comes_back_gives_nothing_twice),
		TEST(a_clock_that_was_set_back_makes_no_file_young_for_ever),
		TEST(thousands_of_pipes_are_not_reported_for_ever),
		LIMITED_TEST(a_directory_that_comes_back_is_watched_as_before),
		TEST(a_directory_that_is_away_at_the_start_gives_nothing_twice),
	};

	log_open("test", LOG_EMERG - 1);
	return cmocka_run_group_tests_name("files that others change", tests, NULL, NULL);
}
