/* The files source: files as they really are. Last lines without an end, many files, few
 * descriptors, files that are gone, that may not be read, and that give no events. */
#include "config.h"

#include "test-files.h"

enum { MANY = 15000, FEW = 200 };

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

/* As if the source had read them: the table of the tests is too slow for so many. */
static void save_many(struct world *w, struct source_position *saved,
	char (*streams)[POSITION_STREAM_SIZE], char (*texts)[POSITION_SIZE])
{
	for (unsigned i = 0; i < MANY; i++) {
		struct file_position position = { .head = fingerprint_of("one\n", 4),
			.offset = 4,
			.tail = fingerprint_of("one\n", 4) };
		const char *name = world_number("#.log", i);
		struct stat status;

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
	world_append_to_each(w, "#.log", 0, MANY, "one\n");
	save_many(w, saved, streams, texts);
	world_keep_messages(w);
	assert_int_equal(files_source_new("test", &w->options,
				 &(struct files_past){ .saved = saved, .n = MANY }, &w->source),
		0);
	world_read(w);
	assert_int_equal(
		world_count_messages(w, "source test: 15000 files are gone, the first is"), 1);
	assert_int_equal(world_count_messages(w, "gone"), 1);
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
	world_keep_messages(w);
	world_start(w);
	assert_lines(w, "new\n");
}

static void a_file_that_was_compressed_when_it_was_read_is_no_loss(void **state)
{
	struct world *w = *state;

	rotate_while_stopped(w, "", 5);
	assert_int_equal(world_count_messages(w, "gone"), 0);
}

/* The state is older. */
static void a_record_shows_that_a_compressed_file_was_read(void **state)
{
	struct world *w = *state;
	char old[POSITION_SIZE], reached[POSITION_SIZE];

	world_append(w, "a.log", "");
	world_start(w);
	(void)world_save_all(w);
	world_append(w, "a.log", "read\n");
	assert_lines(w, "read\n");
	world_note_position(w, old);
	world_append(w, "a.log", "and read\n");
	assert_lines(w, "and read\n");
	world_note_position(w, reached);
	world_kill_at(w, old);
	world_rename(w, "a.log", "a.log.1");
	world_append(w, "a.log", "new\n");
	compress(w, "a.log.1", 14);
	world_keep_messages(w);
	world_start_reached(w, reached);
	assert_lines(w, "new\n");
	assert_int_equal(world_count_messages(w, "gone"), 0);
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
	world_keep_messages(w);
	world_start(w);
	world_read(w);
	assert_int_equal(world_count_messages(w, "gone"), 0);
}

static void a_file_that_was_compressed_with_unread_lines_is_reported(void **state)
{
	struct world *w = *state;

	rotate_while_stopped(w, "unread\n", 12);
	assert_int_equal(world_count_messages(w, "a.log' is gone"), 1);
}

/* -- descriptors --------------------------------------------------------------- */

static void more_files_than_descriptors_are_read(void **state)
{
	struct world *w = *state;

	world_limit_descriptors(w);
	w->options.start = FILES_START_BEGINNING;
	world_append_to_each(w, "#.log", 0, FEW, "one\n");
	world_start(w);
	world_read(w);
	assert_int_equal(w->n_lines, FEW);
	world_append_to_each(w, "#.log", 0, FEW, "two\n");
	world_read(w);
	assert_int_equal(w->n_lines, 2 * FEW);
	world_stop(w);
	world_append_to_each(w, "#.log", 0, FEW, "three\n");
	world_start(w);
	world_read(w);
	assert_int_equal(w->n_lines, 3 * FEW);
	assert_int_equal(w->source->n_left_out, 0);
}

static void rotate_numbered(struct world *w, unsigned number,
	void (*rotate)(struct world *, const char *, const char *))
{
	const char *from = world_number("#.log", number), *to = world_number("#.log.1", number);

	world_append(w, from, "rest\n");
	rotate(w, from, to);
	world_append(w, from, "new\n");
}

/* Most of them are closed. */
static void closed_files_are_found_when_they_are_rotated(void **state)
{
	struct world *w = *state;

	world_limit_descriptors(w);
	world_start(w);
	world_append_to_each(w, "#.log", 0, FEW, "one\n");
	world_read(w);
	assert_int_equal(w->n_lines, FEW);
	for (unsigned i = 0; i < 20; i++)
		rotate_numbered(w, i, world_rename);
	world_read(w);
	assert_int_equal(w->n_lines, FEW + 2 * 20);
	for (unsigned i = 20; i < 40; i++)
		rotate_numbered(w, i, world_copytruncate);
	world_wait(w, 5);
	assert_int_equal(w->n_lines, FEW + 2 * 40);
	for (unsigned i = 40; i < FEW; i++)
		world_remove(w, world_number("#.log", i));
	world_wait(w, WORLD_AGES);
	(void)world_save_all(w);
	assert_int_equal(w->n_saved, 40 + 1);
}

/* -- files that may not be read -------------------------------------------------- */

static void a_file_that_may_not_be_read_is_counted(void **state)
{
	struct world *w = *state;

	world_append_unreadable(w, "a.log");
	world_append(w, "b.log", "two\n");
	w->options.start = FILES_START_BEGINNING;
	/* A file that was made a moment ago may be about to get its mode. */
	world_ahead_usec = (uint64_t)10 * WORLD_SECOND;
	world_keep_messages(w);
	world_start(w);
	assert_lines(w, "two\n");
	assert_int_equal(w->source->n_unreadable, 1);
	world_wait(w, 10);
	assert_int_equal(world_count_messages(w, "cannot read '"), 1);
	assert_int_equal(world_count_messages(w, "SupplementaryGroups="), 1);
	assert_int_equal(chmod(world_path(w, "a.log"), 0644), 0);
	assert_lines(w, "one\n");
	assert_int_equal(w->source->n_unreadable, 0);
	assert_int_equal(world_count_messages(w, "can be read now"), 1);
}

static void a_directory_that_may_not_be_read_is_reported_with_the_remedy(void **state)
{
	struct world *w = *state;

	world_become_unprivileged(w);
	assert_int_equal(chmod(w->directory, 0300), 0);
	world_keep_messages(w);
	world_start(w);
	assert_int_equal(world_count_messages(w, "cannot read '"), 1);
	assert_int_equal(world_count_messages(w, "SupplementaryGroups="), 1);
	assert_int_equal(w->source->n_unreadable, 1);
	assert_int_equal(chmod(w->directory, 0700), 0);
	world_wait(w, 60);
	assert_int_equal(w->source->n_unreadable, 0);
}

/* A backlog is read to its end only when it is known which files may not be read. */
static void a_young_file_that_may_not_be_read_keeps_the_source_waiting(void **state)
{
	struct world *w = *state;

	world_append_unreadable(w, "a.log");
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
}

/* Or a backlog with such a file would have no end. */
static void a_file_that_changed_in_the_future_is_not_young(void **state)
{
	struct world *w = *state;

	world_append_unreadable(w, "a.log");
	world_ahead_usec = -(uint64_t)10 * WORLD_SECOND;
	world_start(w);
	world_wait(w, 2);
	assert_int_equal(world_timeout(w), UINT64_MAX);
	assert_false(w->source->pending);
	assert_int_equal(w->source->n_unreadable, 1);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_last_line_is_held_until_it_is_whole),
		WORLD_TEST(the_last_line_of_a_renamed_file_comes_as_a_part),
		WORLD_TEST(the_last_line_of_a_removed_file_comes_as_a_part),
		WORLD_TEST(a_renamed_file_may_still_get_the_end_of_its_line),
		WORLD_TEST(thousands_that_vanished_are_reported_once),
		WORLD_TEST(a_file_that_was_compressed_when_it_was_read_is_no_loss),
		WORLD_TEST(a_record_shows_that_a_compressed_file_was_read),
		WORLD_TEST(a_rotated_file_that_is_compressed_later_is_no_loss),
		WORLD_TEST(a_file_that_was_compressed_with_unread_lines_is_reported),
		WORLD_TEST(more_files_than_descriptors_are_read),
		WORLD_TEST(closed_files_are_found_when_they_are_rotated),
		WORLD_TEST(a_file_that_may_not_be_read_is_counted),
		WORLD_TEST(a_directory_that_may_not_be_read_is_reported_with_the_remedy),
		WORLD_TEST(a_young_file_that_may_not_be_read_keeps_the_source_waiting),
		WORLD_TEST(a_file_that_changed_in_the_future_is_not_young),
		WORLD_TEST(a_preallocated_file_gives_each_line_once),
		WORLD_TEST(lines_behind_a_hole_come),
	};

	log_open("test", LOG_EMERG - 1);
	return cmocka_run_group_tests_name("files as they are", tests, NULL, NULL);
}
