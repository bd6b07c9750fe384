/* The files source: files with several names, and files that cannot be read. */
#include "config.h"

#include <dirent.h>

#include "test-files.h"

/* -- several names ---------------------------------------------------------- */

static void a_file_with_a_link_begins_at_its_end(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "before\n");
	assert_int_equal(symlink("a.log", world_path(w, "current.log")), 0);
	world_start(w);
	assert_lines(w, "");
	world_append(w, "a.log", "one\n");
	assert_lines(w, "one\n");
}

static void a_file_with_two_names_begins_at_its_end(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "before\n");
	assert_int_equal(link(world_path(w, "a.log"), world_path(w, "b.log")), 0);
	world_start(w);
	assert_lines(w, "");
	world_append(w, "a.log", "one\n");
	assert_lines(w, "one\n");
}

static void a_file_that_loses_one_of_two_names_is_followed_under_the_other(void **state)
{
	static const char *const names[] = { "a.log", "b.log" };
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(names); i++) {
		world_append(w, "a.log", "before\n");
		assert_int_equal(link(world_path(w, "a.log"), world_path(w, "b.log")), 0);
		world_start(w);
		assert_lines(w, "");
		world_remove(w, names[i]);
		world_wait(w, WORLD_AGES);
		world_append(w, names[1 - i], "one\n");
		assert_lines(w, "one\n");
		assert_string_equal(w->origin, world_path(w, names[1 - i]));
		world_stop(w);
		world_remove(w, names[1 - i]);
		w->n_saved = 0;
	}
}

/* -- what is no log any more ------------------------------------------------- */

/* Pull often enough for everything that is there; returns the last outcome. */
static int pull_often(struct world *w)
{
	struct source_item item;
	int r = SOURCE_SKIPPED;

	for (unsigned i = 0; i < 100 && r == SOURCE_SKIPPED; i++)
		r = source_pull(w->source, &item);
	return r;
}

static void a_file_that_was_compressed_in_place_is_not_looked_at_for_ever(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "one\n");
	world_start(w);
	world_stop(w);
	world_write_bytes(w, "a.log", O_TRUNC, TEXT("\x1f\x8b\x08\x00\nno log\n"));
	world_start(w);
	assert_int_equal(pull_often(w), SOURCE_AGAIN);
}

/* -- files that cannot be read ------------------------------------------------ */

/* Let the source's descriptor of the file lead to one that cannot be read. */
static void break_file(const struct world *w, const char *name)
{
	char path[WORLD_PATH_SIZE], link[64];
	DIR *directory = opendir("/proc/self/fd");
	const struct dirent *entry;
	unsigned n = 0;

	assert_non_null(directory);
	while ((entry = readdir(directory))) {
		ssize_t len;

		(void)snprintf(link, sizeof(link), "/proc/self/fd/%.20s", entry->d_name);
		len = readlink(link, path, sizeof(path) - 1);
		path[len > 0 ? len : 0] = '\0';
		if (strcmp(path, world_path(w, name)) == 0) {
			int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);

			assert_true(fd >= 0);
			assert_true(dup3(fd, atoi(entry->d_name), O_CLOEXEC) >= 0);
			assert_int_equal(close(fd), 0);
			n++;
		}
	}
	assert_int_equal(closedir(directory), 0);
	assert_int_equal(n, 1);
}

static void a_rest_that_cannot_be_read_is_not_tried_for_ever(void **state)
{
	struct world *w = *state;

	world_start(w);
	world_append(w, "a.log", "one\nrest");
	assert_lines(w, "one\n");
	world_wait(w, 1);
	break_file(w, "a.log");
	world_rename(w, "a.log", "a.txt");
	world_wait(w, WORLD_AGES);
	assert_lines(w, "");
}

/* Where there are no events, it is looked at every second. */
static void a_file_that_cannot_be_read_is_reported_once(void **state)
{
	struct world *w = *state;

	assert_int_equal(symlink("/proc/self/mem", world_path(w, "a.log")), 0);
	world_keep_messages(w);
	world_start(w);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(symlink("none", world_path(w, "b.log")), 0);
		world_wait(w, 1);
		world_remove(w, "b.log");
	}
	assert_int_equal(world_count_messages(w, "a.log'"), 1);
}

/* They match by their names, and no message would help. */
static void what_is_no_log_is_not_reported(void **state)
{
	struct world *w = *state;

	world_make_directory(w, "directory.log");
	world_append(w, "compressed.log", "\x1f\x8b\x08 and so on\n");
	world_append(w, "a.log", "one\n");
	w->options.start = FILES_START_BEGINNING;
	world_keep_messages(w);
	world_start(w);
	assert_lines(w, "one\n");
	world_append(w, "late.log", "BZh and so on\n");
	world_wait(w, 60);
	assert_lines(w, "");
	assert_int_equal(world_count_messages(w, "cannot read"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_file_with_a_link_begins_at_its_end),
		WORLD_TEST(a_file_with_two_names_begins_at_its_end),
		WORLD_TEST(a_file_that_loses_one_of_two_names_is_followed_under_the_other),
		WORLD_TEST(a_file_that_was_compressed_in_place_is_not_looked_at_for_ever),
		WORLD_TEST(a_rest_that_cannot_be_read_is_not_tried_for_ever),
		WORLD_TEST(a_file_that_cannot_be_read_is_reported_once),
		WORLD_TEST(what_is_no_log_is_not_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
