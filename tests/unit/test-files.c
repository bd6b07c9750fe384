/* The files source: files that are written to, that come, and that go. */
#include "config.h"

#include "test-files.h"

#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>

/* -- lines ---------------------------------------------------------------- */

static void what_is_appended_comes(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "before\n");
	world_start(w);
	assert_lines(w, "");
	world_append(w, "a.log", "one\n");
	assert_lines(w, "one\n");
	world_append(w, "a.log", "two\nthree\n");
	assert_lines(w, "two\nthree\n");
	assert_string_equal(w->origin, world_path(w, "a.log"));
}

static void at_the_beginning_every_line_comes(void **state)
{
	struct world *w = *state;

	w->options.start = FILES_START_BEGINNING;
	world_append(w, "a.log", "one\ntwo\n");
	world_start(w);
	assert_lines(w, "one\ntwo\n");
}

static void an_empty_line_is_a_line(void **state)
{
	struct world *w = *state;

	world_start(w);
	world_append(w, "a.log", "\n\nx\n");
	assert_lines(w, "\n\nx\n");
	assert_int_equal(w->source->n_read, 3);
}

static void a_line_comes_when_it_is_whole(void **state)
{
	struct world *w = *state;

	world_start(w);
	world_append(w, "a.log", "half");
	assert_lines(w, "");
	world_append(w, "a.log", " and half");
	assert_lines(w, "");
	world_append(w, "a.log", "\n");
	assert_lines(w, "half and half\n");
}

static void a_line_that_was_begun_before_the_start_comes_whole(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "before\nbeg");
	world_start(w);
	assert_lines(w, "");
	world_append(w, "a.log", "un\n");
	assert_lines(w, "begun\n");
}

static void a_last_line_without_end_waits_for_it(void **state)
{
	struct world *w = *state;

	world_start(w);
	world_append(w, "a.log", "one\nlast");
	assert_lines(w, "one\n");
	assert_int_equal(world_timeout(w), UINT64_MAX);
	assert_false(w->source->pending);
	world_wait(w, WORLD_AGES);
	assert_lines(w, "");
	world_append(w, "a.log", " words\nnext\n");
	assert_lines(w, "last words\nnext\n");
}

static void a_preallocated_file_is_read_once(void **state)
{
	struct world *w = *state;
	int fd = open(world_path(w, "a.log"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 64 * 1024), 0);
	w->options.start = FILES_START_BEGINNING;
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(pwrite(fd, "line\n", 5, 5 * (off_t)i), 5);
		if (i == 0)
			world_start(w);
		if (i % 2 == 1)
			world_restart(w);
		world_wait(w, 60);
		assert_lines(w, "line\n");
	}
	assert_int_equal(close(fd), 0);
}

/* -- overlong lines ------------------------------------------------------- */

static void append_long(struct world *w, const char *name, size_t len)
{
	CLEANUP(freep) char *line = test_repeat('x', len);

	world_append(w, name, line);
}

static void an_overlong_line_is_cut_and_the_next_is_whole(void **state)
{
	struct world *w = *state;

	world_start(w);
	append_long(w, "a.log", 3 * FILES_LINE_MAX);
	world_read(w);
	assert_int_equal(w->lines.len, FILES_LINE_MAX + 1);
	assert_true(w->cut);
	assert_int_equal(w->source->n_cut, 1);
	buffer_clear(&w->lines);
	append_long(w, "a.log", 1000);
	world_append(w, "a.log", "\nnext\n");
	assert_lines(w, "next\n");
	assert_false(w->cut);
	assert_int_equal(w->source->n_cut, 1);
}

static void a_line_as_long_as_the_bound_is_whole(void **state)
{
	struct world *w = *state;

	world_start(w);
	append_long(w, "a.log", FILES_LINE_MAX - 1);
	world_append(w, "a.log", "\nnext\n");
	world_read(w);
	assert_int_equal(w->lines.len, FILES_LINE_MAX + strlen("next\n"));
	assert_int_equal(w->source->n_cut, 0);
}

static void the_rest_of_an_overlong_line_is_passed_over_after_a_restart(void **state)
{
	struct world *w = *state;

	world_start(w);
	append_long(w, "a.log", FILES_LINE_MAX + 10);
	world_read(w);
	buffer_clear(&w->lines);
	world_restart(w);
	append_long(w, "a.log", 10);
	world_append(w, "a.log", "\nnext\n");
	assert_lines(w, "next\n");
}

/* -- files that come ------------------------------------------------------ */

static void several_files_take_turns(void **state)
{
	struct world *w = *state;
	char wanted[] = "x1\nx2\n";

	world_match(w, 1, "*.txt");
	world_start(w);
	for (char c = 'a'; c < 'e'; c++) {
		char name[] = "x.log";

		wanted[0] = wanted[3] = name[0] = c;
		world_append(w, name, wanted);
		assert_lines(w, wanted);
	}
	world_append(w, "b.log", "again\n");
	world_append(w, "x.txt", "text\n");
	assert_lines(w, "again\ntext\n");
}

static void a_file_that_comes_is_read_from_its_beginning(void **state)
{
	struct world *w = *state;

	world_start(w);
	world_append(w, "other", "no\n");
	world_append(w, "a.log", "one\n");
	assert_lines(w, "one\n");
}

static void a_file_that_is_moved_here_is_read(void **state)
{
	struct world *w = *state;

	world_start(w);
	world_append(w, "a.tmp", "one\n");
	assert_lines(w, "");
	world_rename(w, "a.tmp", "a.log");
	assert_lines(w, "one\n");
}

static void directories_may_come_later(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "there/*/x.log");
	world_start(w);
	assert_lines(w, "");
	world_make_directory(w, "there");
	assert_lines(w, "");
	world_make_directory(w, "there/one");
	assert_lines(w, "");
	world_append(w, "there/one/x.log", "one\n");
	world_append(w, "there/one/y.log", "no\n");
	assert_lines(w, "one\n");
	world_make_directory(w, "there/two");
	world_append(w, "there/two/x.log", "two\n");
	assert_lines(w, "two\n");
}

static void a_directory_that_is_made_anew_is_watched_anew(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "there/x.log");
	world_make_directory(w, "there");
	world_append(w, "there/x.log", "");
	world_start(w);
	world_rename(w, "there", "gone");
	assert_lines(w, "");
	world_make_directory(w, "there");
	assert_lines(w, "");
	world_append(w, "there/x.log", "new\n");
	assert_lines(w, "new\n");
	world_append(w, "gone/x.log", "old\n");
	assert_lines(w, "old\n");
}

static void one_file_with_two_names_is_read_once(void **state)
{
	struct world *w = *state;

	world_match(w, 1, "a.*");
	world_start(w);
	world_append(w, "a.log", "one\n");
	assert_int_equal(link(world_path(w, "a.log"), world_path(w, "b.log")), 0);
	assert_lines(w, "one\n");
	world_append(w, "b.log", "two\n");
	assert_lines(w, "two\n");
	world_remove(w, "a.log");
	world_append(w, "b.log", "three\n");
	assert_lines(w, "three\n");
	assert_string_equal(w->origin, world_path(w, "b.log"));
}

static void same_lines_in_two_files_are_two_lines(void **state)
{
	struct world *w = *state;

	world_start(w);
	world_append(w, "a.log", "same\n");
	assert_lines(w, "same\n");
	world_append(w, "b.log", "same\n");
	assert_lines(w, "same\n");
}

/* -- what is no log file -------------------------------------------------- */

static void what_is_no_regular_file_is_left_alone(void **state)
{
	struct world *w = *state;

	world_make_directory(w, "directory.log");
	assert_int_equal(mkfifo(world_path(w, "pipe.log"), 0644), 0);
	assert_int_equal(symlink("/dev/zero", world_path(w, "zero.log")), 0);
	world_start(w);
	world_append(w, "a.log", "one\n");
	assert_lines(w, "one\n");
}

static void what_becomes_a_regular_file_is_read(void **state)
{
	struct world *w = *state;

	world_make_directory(w, "a.log");
	world_start(w);
	assert_lines(w, "");
	assert_int_equal(rmdir(world_path(w, "a.log")), 0);
	world_append(w, "a.log", "one\n");
	assert_lines(w, "one\n");
}

static void compressed_files_are_left_alone(void **state)
{
	struct world *w = *state;

	w->options.start = FILES_START_BEGINNING;
	world_match(w, 0, "*");
	world_write_bytes(w, "a.log.gz", 0, TEXT("by its name\n"));
	world_write_bytes(w, "b.log", 0, TEXT("\x1f\x8b\x08by its content\n"));
	world_write_bytes(w, "c.log", 0,
		TEXT("\x28\xb5\x2f\xfd"
		     "by its content\n"));
	world_write_bytes(w, "d.log", 0, TEXT("plain\n"));
	world_start(w);
	assert_lines(w, "plain\n");
}

/* -- files that cannot be read -------------------------------------------- */

static void may_be_read_later(struct world *w)
{
	world_append(w, "a.log", "one\n");
	assert_int_equal(chmod(world_path(w, "a.log"), 0), 0);
	world_start(w);
	assert_lines(w, "");
	assert_int_equal(chmod(world_path(w, "a.log"), 0644), 0);
	w->options.start = FILES_START_BEGINNING;
	assert_lines(w, "one\n");
}

static void a_file_that_could_not_be_read_is_read_when_it_can(void **state)
{
	struct world *w = *state;

	/* Root reads everything. */
	world_become_unprivileged(w);
	if (access(w->directory, W_OK) == 0 || geteuid() != 0)
		may_be_read_later(w);
}

/* -- files that go -------------------------------------------------------- */

static void the_rest_of_a_file_that_is_removed_comes(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "");
	world_start(w);
	world_append(w, "a.log", "rest\n");
	world_remove(w, "a.log");
	assert_lines(w, "rest\n");
}

static void a_file_that_is_gone_is_let_go_of(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "");
	world_start(w);
	(void)world_save_all(w);
	assert_int_equal(w->n_saved, 2); /* the file and the start */
	world_remove(w, "a.log");
	world_wait(w, WORLD_AGES);
	(void)world_save_all(w);
	assert_int_equal(w->n_saved, 1);
	assert_int_equal(world_timeout(w), UINT64_MAX);
}

static void the_last_line_of_a_file_that_is_removed_is_cut(void **state)
{
	struct world *w = *state;

	world_start(w);
	world_append(w, "a.log", "one\nlast");
	assert_lines(w, "one\n");
	world_remove(w, "a.log");
	world_wait(w, WORLD_AGES);
	assert_lines(w, "last\n");
	assert_true(w->cut);
	assert_int_equal(world_timeout(w), UINT64_MAX);
}

static void who_still_writes_to_a_file_that_is_gone_is_read(void **state)
{
	struct world *w = *state;
	int fd;

	world_append(w, "a.log", "");
	world_start(w);
	fd = open(world_path(w, "a.log"), O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_true(fd >= 0);
	world_remove(w, "a.log");
	for (unsigned i = 0; i < 10; i++) {
		world_wait(w, 50);
		assert_int_equal(io_write(fd, "late\n", 5), 0);
		assert_lines(w, "late\n");
	}
	assert_int_equal(close(fd), 0);
}

static void a_file_with_an_old_inode_is_new(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "");
	world_start(w);
	for (unsigned i = 0; i < 5; i++) {
		world_append(w, "a.log", "line\n");
		assert_lines(w, "line\n");
		world_remove(w, "a.log");
		world_wait(w, WORLD_AGES);
		/* The inode is free, and is taken by the next file as a rule. */
		world_append(w, "a.log", "other\n");
		assert_lines(w, "other\n");
		(void)world_save_all(w);
		assert_int_equal(w->n_saved, 2);
	}
}

/* -- without watches -------------------------------------------------------- */

static bool no_watches_left;

int __real_inotify_add_watch(int fd, const char *path, uint32_t mask);
int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask);

int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask)
{
	if (!no_watches_left)
		return __real_inotify_add_watch(fd, path, mask);
	errno = ENOSPC;
	return -1;
}

static int watches_are_back(void **state)
{
	no_watches_left = false;
	return world_end(state);
}

/* The look at a copy that waits is one at its original, too. */
static void without_watches_a_copy_that_waits_delays_no_other_file(void **state)
{
	struct world *w = *state;

	no_watches_left = true;
	world_match(w, 1, "*.log.1");
	world_start(w);
	world_append(w, "a.log", "one\n");
	world_wait(w, 2);
	assert_lines(w, "one\n");
	world_append(w, "z.log", "");
	world_copy(w, "a.log", "a.log.1");
	world_wait(w, 2);
	for (unsigned i = 0; i < 3; i++) {
		world_append(w, "z.log", "two\n");
		world_wait(w, 1);
		assert_lines(w, "two\n");
	}
}

static void without_watches_everything_comes_a_little_later(void **state)
{
	struct world *w = *state;

	no_watches_left = true;
	world_append(w, "empty.log", "");
	world_append(w, "old.log", "old\n");
	world_start(w);
	world_append(w, "empty.log", "first\n");
	world_wait(w, 2);
	assert_lines(w, "first\n");
	world_append(w, "old.log", "second\n");
	world_wait(w, 2);
	assert_lines(w, "second\n");
	world_append(w, "new.log", "");
	world_wait(w, 2);
	world_append(w, "new.log", "third\n");
	world_wait(w, 2);
	assert_lines(w, "third\n");
	(void)world_save_all(w);
	assert_int_equal(w->n_saved, 4);
	world_remove(w, "old.log");
	world_wait(w, WORLD_AGES);
	(void)world_save_all(w);
	assert_int_equal(w->n_saved, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(what_is_appended_comes),
		WORLD_TEST(at_the_beginning_every_line_comes),
		WORLD_TEST(an_empty_line_is_a_line),
		WORLD_TEST(a_line_comes_when_it_is_whole),
		WORLD_TEST(a_line_that_was_begun_before_the_start_comes_whole),
		WORLD_TEST(a_last_line_without_end_waits_for_it),
		WORLD_TEST(a_preallocated_file_is_read_once),
		WORLD_TEST(an_overlong_line_is_cut_and_the_next_is_whole),
		WORLD_TEST(a_line_as_long_as_the_bound_is_whole),
		WORLD_TEST(the_rest_of_an_overlong_line_is_passed_over_after_a_restart),
		WORLD_TEST(several_files_take_turns),
		WORLD_TEST(a_file_that_comes_is_read_from_its_beginning),
		WORLD_TEST(a_file_that_is_moved_here_is_read),
		WORLD_TEST(directories_may_come_later),
		WORLD_TEST(a_directory_that_is_made_anew_is_watched_anew),
		WORLD_TEST(one_file_with_two_names_is_read_once),
		WORLD_TEST(same_lines_in_two_files_are_two_lines),
		WORLD_TEST(what_is_no_regular_file_is_left_alone),
		WORLD_TEST(what_becomes_a_regular_file_is_read),
		WORLD_TEST(compressed_files_are_left_alone),
		WORLD_TEST(a_file_that_could_not_be_read_is_read_when_it_can),
		WORLD_TEST(the_rest_of_a_file_that_is_removed_comes),
		WORLD_TEST(a_file_that_is_gone_is_let_go_of),
		WORLD_TEST(the_last_line_of_a_file_that_is_removed_is_cut),
		WORLD_TEST(who_still_writes_to_a_file_that_is_gone_is_read),
		WORLD_TEST(a_file_with_an_old_inode_is_new),
		cmocka_unit_test_setup_teardown(
			without_watches_a_copy_that_waits_delays_no_other_file, world_begin,
			watches_are_back),
		cmocka_unit_test_setup_teardown(without_watches_everything_comes_a_little_later,
			world_begin, watches_are_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
