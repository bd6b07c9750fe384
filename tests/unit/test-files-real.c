/* The files source: files as they really are. Last lines without an end, many files, few
 * descriptors, files that are gone, that may not be read, and that give no events. */
#include "config.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include "base/log.h"
#include "test-files.h"

enum { MANY = 15000, FEW = 200, DESCRIPTORS = 100 };

/* -- messages --------------------------------------------------------------- */

static int messages = -1, standard_error = -1;

static void keep_messages(void)
{
	messages = memfd_create("messages", MFD_CLOEXEC);
	standard_error = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	assert_true(messages >= 0 && standard_error >= 0);
	assert_true(dup2(messages, STDERR_FILENO) >= 0);
	log_open("test", LOG_NOTICE);
}

/* How many lines of the messages have the text. */
static size_t count_messages(const char *text)
{
	static char bytes[1024 * 1024];
	ssize_t len = pread(messages, bytes, sizeof(bytes) - 1, 0);
	size_t n = 0;

	assert_true(len >= 0);
	bytes[len] = '\0';
	for (const char *at = strstr(bytes, text); at; at = strstr(at + 1, text))
		n++;
	return n;
}

static int end(void **state)
{
	if (messages >= 0) {
		(void)dup2(standard_error, STDERR_FILENO);
		standard_error = close_fd(standard_error);
		messages = close_fd(messages);
	}
	log_open("test", LOG_EMERG - 1);
	return world_end(state);
}

/* -- last lines without an end ------------------------------------------------ */

static void a_last_line_is_held_until_it_is_whole(void **state)
{
	struct world *w = *state;

	world_start(w);
	world_append(w, "a.log", "call 1 releaseCause=512\ncall 2 releaseCause=5");
	assert_lines(w, "call 1 releaseCause=512\n");
	assert_int_equal(w->source->n_held, 1);
	world_wait(w, WORLD_AGES);
	assert_lines(w, "");
	world_append(w, "a.log", "12 talk=9\n");
	assert_lines(w, "call 2 releaseCause=512 talk=9\n");
	assert_int_equal(w->source->n_held, 0);
}

static void the_last_line_of_a_renamed_file_comes_as_a_part(void **state)
{
	static const char *const globs[] = { "*.log", "*.log*" };
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(globs); i++) {
		world_match(w, 0, globs[i]);
		world_start(w);
		world_append(w, "a.log", "whole\npart");
		assert_lines(w, "whole\n");
		world_rename(w, "a.log", "a.log.1");
		world_append(w, "a.log", "");
		world_wait(w, 50);
		assert_lines(w, "");
		world_wait(w, 20);
		assert_lines(w, "part\n");
		assert_true(w->cut);
		assert_int_equal(w->source->n_cut, 1);
		world_restart(w);
		world_wait(w, WORLD_AGES);
		assert_lines(w, "");
		world_kill(w);
		world_remove(w, "a.log.1");
		world_remove(w, "a.log");
		w->n_saved = 0;
	}
}

static void the_last_line_of_a_removed_file_comes_as_a_part(void **state)
{
	struct world *w = *state;

	world_start(w);
	world_append(w, "a.log", "whole\npart");
	assert_lines(w, "whole\n");
	world_remove(w, "a.log");
	world_wait(w, WORLD_AGES);
	assert_lines(w, "part\n");
	assert_true(w->cut);
	(void)world_save_all(w);
	assert_int_equal(w->n_saved, 1);
}

static void a_renamed_file_may_still_get_the_end_of_its_line(void **state)
{
	struct world *w = *state;

	world_start(w);
	world_append(w, "a.log", "one tw");
	assert_lines(w, "");
	world_rename(w, "a.log", "a.log.1");
	world_wait(w, 50);
	world_append(w, "a.log.1", "o thr");
	world_wait(w, 50);
	assert_lines(w, "");
	world_append(w, "a.log.1", "ee\n");
	assert_lines(w, "one two three\n");
	assert_false(w->cut);
}

/* -- files that are gone ------------------------------------------------------- */

static void make_many(struct world *w)
{
	char name[32];

	for (unsigned i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "%u.log", i);
		world_append(w, name, "one\n");
	}
}

/* As if the source had read them: the table of the tests is too slow for so many. */
static void save_many(struct world *w, struct source_position *saved,
	char (*streams)[POSITION_STREAM_SIZE], char (*texts)[POSITION_SIZE])
{
	for (unsigned i = 0; i < MANY; i++) {
		struct file_position position = { .head = fingerprint_of("one\n", 4),
			.offset = 4,
			.tail = fingerprint_of("one\n", 4) };
		char name[32];
		struct stat status;

		(void)snprintf(name, sizeof(name), "%u.log", i);
		assert_int_equal(stat(world_path(w, name), &status), 0);
		position.device = status.st_dev;
		position.inode = status.st_ino;
		position_print_stream(&position, streams[i]);
		(void)position_print(&position, world_path(w, name), texts[i]);
		saved[i] = (struct source_position){ text_of(streams[i]), text_of(texts[i]) };
		assert_int_equal(unlink(world_path(w, name)), 0);
	}
}

static void thousands_that_vanished_are_reported_once(void **state)
{
	struct source_position *saved = calloc(MANY, sizeof(*saved));
	char(*streams)[POSITION_STREAM_SIZE] = calloc(MANY, sizeof(*streams));
	char(*texts)[POSITION_SIZE] = calloc(MANY, sizeof(*texts));
	struct world *w = *state;

	assert_true(saved && streams && texts);
	make_many(w);
	save_many(w, saved, streams, texts);
	keep_messages();
	assert_int_equal(files_source_new("test", &w->options, saved, NULL, MANY, &w->source), 0);
	world_read(w);
	assert_int_equal(count_messages("source test: 15000 files are gone, the first is"), 1);
	assert_int_equal(count_messages("gone"), 1);
	free(saved);
	free(streams);
	free(texts);
}

/* With the size that gzip notes in its last four bytes. */
static void compress(struct world *w, const char *name, uint32_t size)
{
	unsigned char bytes[] = { 0x1f, 0x8b, 8, 0, 1, 2, 3, 4, (unsigned char)size,
		(unsigned char)(size >> 8), (unsigned char)(size >> 16),
		(unsigned char)(size >> 24) };
	char compressed[64];

	(void)snprintf(compressed, sizeof(compressed), "%s.gz", name);
	world_write_bytes(w, compressed, O_TRUNC, text_make((const char *)bytes, sizeof(bytes)));
	world_remove(w, name);
}

static void rotate_while_stopped(struct world *w, const char *text, uint32_t size)
{
	world_append(w, "a.log", "");
	world_start(w);
	world_append(w, "a.log", "read\n");
	assert_lines(w, "read\n");
	world_stop(w);
	world_append(w, "a.log", text);
	world_rename(w, "a.log", "a.log.1");
	world_append(w, "a.log", "new\n"); /* first: or it has the inode */
	compress(w, "a.log.1", size);
	keep_messages();
	world_start(w);
	assert_lines(w, "new\n");
}

static void a_file_that_was_compressed_when_it_was_read_is_no_loss(void **state)
{
	rotate_while_stopped(*state, "", 5);
	assert_int_equal(count_messages("gone"), 0);
}

/* With delaycompress, and with names of dates. */
static void a_rotated_file_that_is_compressed_later_is_no_loss(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "*.log*");
	w->options.start = FILES_START_BEGINNING;
	world_append(w, "a.log", "a\n");
	world_append(w, "a.log.1", "older\n");
	world_append(w, "b.log-20260801", "dated\n");
	world_append(w, "c-1.log", "numbered\n");
	world_start(w);
	world_read(w);
	assert_int_equal(w->n_lines, 4);
	world_stop(w);
	world_rename(w, "a.log.1", "a.log.4");
	world_rename(w, "a.log", "a.log.3");
	world_rename(w, "c-1.log", "c-2.log");
	compress(w, "a.log.4", 6);
	compress(w, "b.log-20260801", 6);
	compress(w, "c-2.log", 9);
	keep_messages();
	world_start(w);
	world_read(w);
	assert_int_equal(count_messages("gone"), 0);
}

static void a_file_that_was_compressed_with_unread_lines_is_reported(void **state)
{
	rotate_while_stopped(*state, "unread\n", 12);
	assert_int_equal(count_messages("a.log' is gone"), 1);
}

/* -- descriptors --------------------------------------------------------------- */

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
	return end(state);
}

static void append_to_few(struct world *w, const char *text)
{
	for (unsigned i = 0; i < FEW; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "%u.log", i);
		world_append(w, name, text);
	}
}

static void more_files_than_descriptors_are_read(void **state)
{
	struct world *w = *state;

	limit_descriptors();
	w->options.start = FILES_START_BEGINNING;
	append_to_few(w, "one\n");
	world_start(w);
	world_read(w);
	assert_int_equal(w->n_lines, FEW);
	append_to_few(w, "two\n");
	world_read(w);
	assert_int_equal(w->n_lines, 2 * FEW);
	world_stop(w);
	append_to_few(w, "three\n");
	world_start(w);
	world_read(w);
	assert_int_equal(w->n_lines, 3 * FEW);
	assert_int_equal(w->source->n_left_out, 0);
}

/* Most of them are closed. */
static void closed_files_are_found_when_they_are_rotated(void **state)
{
	struct world *w = *state;
	char from[32], to[32];

	limit_descriptors();
	world_start(w);
	append_to_few(w, "one\n");
	world_read(w);
	assert_int_equal(w->n_lines, FEW);
	for (unsigned i = 0; i < 20; i++) {
		(void)snprintf(from, sizeof(from), "%u.log", i);
		(void)snprintf(to, sizeof(to), "%u.log.1", i);
		world_append(w, from, "rest\n");
		world_rename(w, from, to);
		world_append(w, from, "new\n");
	}
	world_read(w);
	assert_int_equal(w->n_lines, FEW + 2 * 20);
	for (unsigned i = 20; i < 40; i++) {
		(void)snprintf(from, sizeof(from), "%u.log", i);
		(void)snprintf(to, sizeof(to), "%u.log.1", i);
		world_append(w, from, "rest\n");
		world_copytruncate(w, from, to);
		world_append(w, from, "new\n");
	}
	world_wait(w, 5);
	assert_int_equal(w->n_lines, FEW + 2 * 40);
	for (unsigned i = 40; i < FEW; i++) {
		(void)snprintf(from, sizeof(from), "%u.log", i);
		world_remove(w, from);
	}
	world_wait(w, WORLD_AGES);
	(void)world_save_all(w);
	assert_int_equal(w->n_saved, 40 + 1);
}

/* -- files that may not be read -------------------------------------------------- */

static void become_unprivileged(const struct world *w)
{
	if (geteuid() != 0)
		return;
	assert_int_equal(chown(w->directory, 65534, 65534), 0);
	assert_int_equal(seteuid(65534), 0);
}

static void become_root_again(void)
{
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
}

static void a_file_that_may_not_be_read_is_counted(void **state)
{
	struct world *w = *state;

	become_unprivileged(w);
	world_append(w, "a.log", "one\n");
	world_append(w, "b.log", "two\n");
	assert_int_equal(chmod(world_path(w, "a.log"), 0), 0);
	w->options.start = FILES_START_BEGINNING;
	/* A file that was made a moment ago may be about to get its mode. */
	world_ahead_usec = (uint64_t)10 * WORLD_SECOND;
	keep_messages();
	world_start(w);
	assert_lines(w, "two\n");
	assert_int_equal(w->source->n_unreadable, 1);
	world_wait(w, 10);
	assert_int_equal(count_messages("cannot read '"), 1);
	assert_int_equal(count_messages("SupplementaryGroups="), 1);
	assert_int_equal(chmod(world_path(w, "a.log"), 0644), 0);
	assert_lines(w, "one\n");
	assert_int_equal(w->source->n_unreadable, 0);
	assert_int_equal(count_messages("can be read now"), 1);
	become_root_again();
}

static void a_directory_that_may_not_be_read_is_reported_with_the_remedy(void **state)
{
	struct world *w = *state;

	become_unprivileged(w);
	assert_int_equal(chmod(w->directory, 0300), 0);
	keep_messages();
	world_start(w);
	assert_int_equal(count_messages("cannot read '"), 1);
	assert_int_equal(count_messages("SupplementaryGroups="), 1);
	assert_int_equal(w->source->n_unreadable, 1);
	assert_int_equal(chmod(w->directory, 0700), 0);
	world_wait(w, 60);
	assert_int_equal(w->source->n_unreadable, 0);
	become_root_again();
}

/* A backlog is read to its end only when it is known which files may not be read. */
static void a_young_file_that_may_not_be_read_keeps_the_source_waiting(void **state)
{
	struct world *w = *state;

	if (geteuid() == 0) {
		assert_int_equal(chown(w->directory, 65534, 65534), 0);
		assert_int_equal(seteuid(65534), 0);
	}
	world_append(w, "a.log", "one\n");
	assert_int_equal(chmod(world_path(w, "a.log"), 0), 0);
	world_start(w);
	assert_lines(w, "");
	assert_int_not_equal(world_timeout(w), UINT64_MAX);
	assert_true(w->source->pending);
	assert_int_equal(w->source->n_unreadable, 0);
	world_ahead_usec = (uint64_t)10 * WORLD_SECOND;
	world_wait(w, 2);
	assert_int_equal(world_timeout(w), UINT64_MAX);
	assert_false(w->source->pending);
	assert_int_equal(w->source->n_unreadable, 1);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
}

/* Or a backlog with such a file would have no end. */
static void a_file_that_changed_in_the_future_is_not_young(void **state)
{
	struct world *w = *state;

	if (geteuid() == 0) {
		assert_int_equal(chown(w->directory, 65534, 65534), 0);
		assert_int_equal(seteuid(65534), 0);
	}
	world_append(w, "a.log", "one\n");
	assert_int_equal(chmod(world_path(w, "a.log"), 0), 0);
	world_ahead_usec = -(uint64_t)10 * WORLD_SECOND;
	world_start(w);
	world_wait(w, 2);
	assert_int_equal(world_timeout(w), UINT64_MAX);
	assert_false(w->source->pending);
	assert_int_equal(w->source->n_unreadable, 1);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
}

/* -- preallocated files and holes ------------------------------------------------- */

static void a_preallocated_file_gives_each_line_once(void **state)
{
	struct world *w = *state;
	int fd;

	world_start(w);
	world_append(w, "a.log", "");
	assert_int_equal(truncate(world_path(w, "a.log"), 64 * 1024), 0);
	fd = open(world_path(w, "a.log"), O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	for (unsigned i = 0; i < 5; i++) {
		world_wait(w, 7);
		assert_int_equal(pwrite(fd, "a line\n", 7, (off_t)(7 * i)), 7);
		assert_lines(w, "a line\n");
		if (i == 2)
			world_restart(w);
	}
	assert_int_equal(close(fd), 0);
}

static void lines_behind_a_hole_come(void **state)
{
	struct world *w = *state;

	world_start(w);
	world_append(w, "a.log", "");
	assert_int_equal(truncate(world_path(w, "a.log"), 2 * 1024 * 1024), 0);
	assert_lines(w, "");
	world_append(w, "a.log", "one\ntwo\n");
	assert_lines(w, "one\ntwo\n");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, world_begin, end)
#define LIMITED_TEST(test) cmocka_unit_test_setup_teardown(test, world_begin, end_limited)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_last_line_is_held_until_it_is_whole),
		TEST(the_last_line_of_a_renamed_file_comes_as_a_part),
		TEST(the_last_line_of_a_removed_file_comes_as_a_part),
		TEST(a_renamed_file_may_still_get_the_end_of_its_line),
		TEST(thousands_that_vanished_are_reported_once),
		TEST(a_file_that_was_compressed_when_it_was_read_is_no_loss),
		TEST(a_rotated_file_that_is_compressed_later_is_no_loss),
		TEST(a_file_that_was_compressed_with_unread_lines_is_reported),
		LIMITED_TEST(more_files_than_descriptors_are_read),
		LIMITED_TEST(closed_files_are_found_when_they_are_rotated),
		TEST(a_file_that_may_not_be_read_is_counted),
		TEST(a_directory_that_may_not_be_read_is_reported_with_the_remedy),
		TEST(a_young_file_that_may_not_be_read_keeps_the_source_waiting),
		TEST(a_file_that_changed_in_the_future_is_not_young),
		TEST(a_preallocated_file_gives_each_line_once),
		TEST(lines_behind_a_hole_come),
	};

	log_open("test", LOG_EMERG - 1);
	return cmocka_run_group_tests_name("files as they are", tests, NULL, NULL);
}
