/* The files source: positions, and changes while the source does not run. */
#include "config.h"

#include <sys/resource.h>

#include "test-files.h"

/* -- visited positions ------------------------------------------------------ */

static void positions_are_told_when_they_have_moved(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "");
	world_append(w, "b.log", "");
	world_start(w);
	assert_int_equal(world_save_all(w), 3); /* the start, too */
	assert_int_equal(world_save_all(w), 0);
	world_append(w, "b.log", "one\n");
	assert_lines(w, "one\n");
	assert_int_equal(world_save_all(w), 1);
	assert_int_equal(world_save_all(w), 0);
}

static void files_that_were_removed_meanwhile_are_forgotten(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "");
	world_start(w);
	world_stop(w);
	assert_int_equal(w->n_saved, 2);
	world_remove(w, "a.log");
	world_start(w);
	world_stop(w);
	assert_int_equal(w->n_saved, 1);
}

static void files_that_match_no_more_are_forgotten(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "");
	world_start(w);
	world_stop(w);
	assert_int_equal(w->n_saved, 2);
	world_match(w, 0, "*.txt");
	world_start(w);
	world_append(w, "a.log", "one\n");
	assert_lines(w, "");
	world_stop(w);
	assert_int_equal(w->n_saved, 1);
}

/* -- resuming --------------------------------------------------------------- */

static void what_was_written_meanwhile_comes(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "before\n");
	world_start(w);
	world_append(w, "a.log", "one\n");
	assert_lines(w, "one\n");
	world_stop(w);
	world_append(w, "a.log", "two\n");
	world_append(w, "b.log", "new\n");
	world_start(w);
	assert_lines(w, "two\nnew\n");
}

static void every_line_has_a_position_to_go_on_from(void **state)
{
	struct world *w = *state;

	for (unsigned n = 1; n < 5; n++) {
		w->options.start = FILES_START_BEGINNING;
		world_replace(w, "a.log", "1\n2\n3\n4\n5\n");
		world_start(w);
		(void)world_save_all(w);
		w->n_lines = 0;
		w->stop_after = n;
		world_read(w);
		world_kill(w);
		w->stop_after = 0;
		world_start(w);
		assert_lines(w, "1\n2\n3\n4\n5\n");
		world_kill(w);
		w->n_saved = 0;
	}
}

static void a_begun_line_is_read_again(void **state)
{
	struct world *w = *state;

	world_start(w);
	world_append(w, "a.log", "one\nbeg");
	assert_lines(w, "one\n");
	world_restart(w);
	world_append(w, "a.log", "un\n");
	assert_lines(w, "begun\n");
}

static void what_was_at_the_end_at_first_goes_on_there(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "before\n");
	world_start(w);
	world_stop(w);
	world_append(w, "a.log", "one\n");
	world_start(w);
	assert_lines(w, "one\n");
}

static void an_empty_new_file_is_remembered(void **state)
{
	struct world *w = *state;

	world_start(w);
	world_append(w, "a.log", "");
	assert_lines(w, "");
	world_restart(w);
	world_restart(w);
	world_stop(w);
	world_append(w, "a.log", "one\n");
	world_start(w);
	assert_lines(w, "one\n");
}

static void old_files_under_a_new_glob_begin_at_their_end(void **state)
{
	struct world *w = *state;

	world_append(w, "a.txt", "old\n");
	world_append(w, "a.log", "old\n");
	world_ahead_usec = WORLD_SECOND;
	world_start(w);
	world_stop(w);
	world_match(w, 1, "*.txt");
	world_start(w);
	assert_lines(w, "");
	world_append(w, "a.txt", "new\n");
	assert_lines(w, "new\n");
}

/* -- rotation meanwhile ------------------------------------------------------ */

/* Read one line, leave another, and stop. */
static void stop_with_a_rest(struct world *w, const char *name)
{
	world_append(w, name, "");
	world_start(w);
	world_append(w, name, "read\n");
	assert_lines(w, "read\n");
	world_stop(w);
	world_append(w, name, "rest\n");
}

static void the_rest_of_a_file_renamed_meanwhile_comes_first(void **state)
{
	struct world *w = *state;

	stop_with_a_rest(w, "a.log");
	world_rename(w, "a.log", "old");
	world_append(w, "a.log", "new\n");
	world_start(w);
	assert_lines(w, "rest\nnew\n");
	world_restart(w);
	assert_lines(w, "");
}

static void the_rest_of_a_renamed_file_that_matches_comes_once(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "a.log*");
	stop_with_a_rest(w, "a.log");
	world_rename(w, "a.log", "a.log.1");
	world_append(w, "a.log", "new\n");
	world_start(w);
	world_read(w);
	assert_int_equal(w->n_lines, 3);
	world_restart(w);
	world_wait(w, 60);
	assert_int_equal(w->n_lines, 3);
}

static void the_rest_of_a_file_copied_meanwhile_comes_first(void **state)
{
	struct world *w = *state;

	stop_with_a_rest(w, "a.log");
	world_copytruncate(w, "a.log", "a.log.1");
	world_append(w, "a.log", "new\n");
	world_start(w);
	assert_lines(w, "rest\nnew\n");
	world_restart(w);
	assert_lines(w, "");
}

static void the_rest_of_a_copy_that_matches_comes_once(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "a.log*");
	stop_with_a_rest(w, "a.log");
	world_copytruncate(w, "a.log", "a.log.1");
	world_append(w, "a.log", "new\n");
	world_start(w);
	assert_lines(w, "rest\nnew\n");
	world_restart(w);
	world_wait(w, 60);
	assert_lines(w, "");
}

static void a_copy_made_meanwhile_gives_nothing_twice(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "a.log*");
	stop_with_a_rest(w, "a.log");
	world_copy(w, "a.log", "a.log.1");
	world_start(w);
	assert_lines(w, "rest\n");
	world_truncate(w, "a.log");
	world_append(w, "a.log", "new\n");
	assert_lines(w, "new\n");
	world_wait(w, 60);
	assert_lines(w, "");
}

static void what_was_rotated_and_compressed_is_lost_alone(void **state)
{
	struct world *w = *state;

	stop_with_a_rest(w, "a.log");
	world_rename(w, "a.log", "a.log.1");
	world_compress(w, "a.log.1");
	world_append(w, "a.log", "new\n");
	world_start(w);
	assert_lines(w, "new\n");
}

static void what_was_truncated_and_has_grown_begins_anew(void **state)
{
	struct world *w = *state;

	stop_with_a_rest(w, "a.log");
	world_replace(w, "a.log", "new 1\nnew 2\nnew 3\n");
	world_start(w);
	assert_lines(w, "new 1\nnew 2\nnew 3\n");
}

static void a_file_made_anew_with_the_old_inode_begins_anew(void **state)
{
	struct world *w = *state;

	stop_with_a_rest(w, "a.log");
	world_remove(w, "a.log");
	world_append(w, "a.log", "new\n");
	world_start(w);
	assert_lines(w, "new\n");
}

static void a_rest_goes_on_where_it_was_interrupted(void **state)
{
	struct world *w = *state;

	stop_with_a_rest(w, "a.log");
	world_append(w, "a.log", "second\nthird\n");
	world_copytruncate(w, "a.log", "a.log.copy");
	world_start(w);
	w->n_lines = 0;
	w->stop_after = 2;
	assert_lines(w, "rest\nsecond\n");
	world_kill(w);
	w->stop_after = 0;
	world_start(w);
	assert_lines(w, "third\n");
}

static void the_target_of_a_link_is_renamed_meanwhile(void **state)
{
	struct world *w = *state;

	world_make_directory(w, "there");
	world_append(w, "there/x", "");
	assert_int_equal(symlink("there/x", world_path(w, "a.log")), 0);
	world_start(w);
	world_stop(w);
	world_append(w, "there/x", "rest\n");
	world_rename(w, "there/x", "there/x.1");
	world_append(w, "there/x", "new\n");
	world_start(w);
	assert_lines(w, "rest\nnew\n");
}

/* -- a clock that was set back ------------------------------------------------ */

/* As stop_with_a_rest, but by a clock that is an hour ahead of what it is from here on. */
static void stop_before_the_clock_is_set_back(struct world *w, const char *name)
{
	world_ahead_usec = (uint64_t)3600 * WORLD_SECOND;
	stop_with_a_rest(w, name);
	world_ahead_usec = 0;
}

static void a_successor_is_new_whatever_the_clock_says(void **state)
{
	struct world *w = *state;

	stop_before_the_clock_is_set_back(w, "a.log");
	world_rename(w, "a.log", "old");
	world_append(w, "a.log", "new\n");
	world_start(w);
	assert_lines(w, "rest\nnew\n");
	world_restart(w);
	assert_lines(w, "");
}

static void a_successor_of_a_lost_file_is_new_whatever_the_clock_says(void **state)
{
	static const char *const names[] = { "a.log", "a\a b.log" };

	for (size_t i = 0; i < COUNT(names); i++) {
		struct world *w = *state;

		stop_before_the_clock_is_set_back(w, names[i]);
		world_rename(w, names[i], "old");
		world_append(w, names[i], "new\n"); /* first: or it has the inode */
		world_compress(w, "old");
		world_start(w);
		assert_lines(w, "new\n");
		world_kill(w);
		w->n_saved = 0;
		world_remove(w, names[i]);
	}
}

static void a_file_beside_a_successor_is_as_old_as_the_clock_says(void **state)
{
	struct world *w = *state;

	stop_before_the_clock_is_set_back(w, "a.log");
	world_append(w, "a.log.log", "old\n");
	world_start(w);
	assert_lines(w, "rest\n");
}

/* -- inodes that are used again ---------------------------------------------- */

/* As if the position of the file that had `from` for its path, or a new one of a file of which
 * nothing was read, had been saved when it had the inode that the file `name` has now. */
static void give_inode(struct world *w, const char *from, const char *name)
{
	char stream[POSITION_STREAM_SIZE], text[POSITION_SIZE], path[WORLD_PATH_SIZE];
	struct file_position position = { .head = fingerprint_of("", 0),
		.tail = fingerprint_of("", 0) };
	struct stat status;
	struct text of;

	(void)snprintf(path, sizeof(path), "%s", world_path(w, from));
	for (size_t i = 0; i < w->n_saved; i++) {
		struct text saved = text_of(w->saved[i].position);
		struct file_position other;

		if (position_parse(saved, &other, &of) < 0 || !text_equal(of, text_of(path)))
			continue;
		position = other;
		world_save(w, text_of(w->saved[i].stream), text_of(""));
		break;
	}
	assert_int_equal(stat(world_path(w, name), &status), 0);
	position.device = status.st_dev;
	position.inode = status.st_ino;
	(void)position_print(&position, path, text);
	position_print_stream(&position, stream);
	world_save(w, text_of(stream), text_of(text));
}

/* Longer than a whole fingerprint, so that a copy is known by its content. */
static void append_long(struct world *w, const char *name)
{
	char line[POSITION_HEAD_MAX + 2];

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 2] = '\n';
	line[sizeof(line) - 1] = '\0';
	world_append(w, name, line);
}

/* Whether its name matches or not. */
static void a_copy_with_the_inode_of_an_empty_file_gives_nothing_twice(void **state)
{
	static const char *const copies[] = { "a.log.1", "a-1.log" };
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(copies); i++) {
		world_start(w);
		append_long(w, "a.log");
		world_read(w);
		assert_int_equal(w->n_lines, 1);
		world_stop(w);
		world_copytruncate(w, "a.log", copies[i]);
		give_inode(w, "gone.log", copies[i]);
		world_start(w);
		world_wait(w, WORLD_AGES);
		assert_int_equal(w->n_lines, 1);

		world_stop(w);
		world_remove(w, "a.log");
		world_remove(w, copies[i]);
		w->n_saved = w->n_lines = 0;
	}
}

static void an_older_copy_with_the_inode_of_an_empty_file_gives_nothing_twice(void **state)
{
	struct world *w = *state;

	world_start(w);
	append_long(w, "a.log");
	world_read(w);
	world_copy(w, "a.log", "old");
	append_long(w, "a.log");
	world_read(w);
	assert_int_equal(w->n_lines, 2);
	world_stop(w);
	world_remove(w, "a.log");
	give_inode(w, "gone.log", "old");
	world_start(w);
	world_wait(w, WORLD_AGES);
	assert_int_equal(w->n_lines, 2);
}

/* The original came while the source did not run, so no position is known of it. */
static void a_copy_of_a_new_file_with_the_inode_of_an_empty_one_gives_nothing_twice(void **state)
{
	static const char *const lost[] = { "gone.log", "a.log" };
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(lost); i++) {
		world_start(w);
		world_stop(w);
		append_long(w, "a.log");
		world_age();
		world_copy(w, "a.log", "old");
		give_inode(w, lost[i], "old");
		world_start(w);
		world_wait(w, WORLD_AGES);
		assert_int_equal(w->n_lines, 1);

		world_stop(w);
		world_remove(w, "a.log");
		world_remove(w, "old");
		w->n_saved = w->n_lines = 0;
	}
}

/* It is too short to be known by its content alone; whichever inode is looked at first. */
static void a_short_copy_with_the_inode_of_an_empty_file_is_that_of_the_lost_one(void **state)
{
	static const char *const copies[] = { "a.log.0", "a.log.9" };
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(copies); i++) {
		world_append(w, "a.log.0", "");
		world_start(w);
		world_append(w, "a.log", "read\n");
		world_append(w, "a.log.9", "");
		assert_lines(w, "read\n");
		world_stop(w);
		world_append(w, "a.log", "rest\n");
		world_copy(w, "a.log", copies[i]);
		world_remove(w, "a.log");
		give_inode(w, "gone.log", copies[i]);
		world_start(w);
		world_wait(w, WORLD_AGES);
		assert_lines(w, "rest\n");

		world_stop(w);
		world_remove(w, "a.log.0");
		world_remove(w, "a.log.9");
		w->n_saved = 0;
	}
}

/* The saved position is that of a file that is gone; the file that has its name and its inode now
 * looks truncated. What begins with the same banner is no copy of either. */
static void a_reused_inode_proves_no_copy(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "a.log*");
	world_start(w);
	append_long(w, "a.log");
	world_append(w, "a.log", "old 1\nold 2\nold 3\n");
	world_read(w);
	assert_int_equal(w->n_lines, 4);
	world_stop(w);
	append_long(w, "b.tmp");
	world_append(w, "b.tmp", "unread\n");
	append_long(w, "c.tmp");
	world_remove(w, "a.log");
	world_rename(w, "b.tmp", "a.log.1");
	world_rename(w, "c.tmp", "a.log");
	give_inode(w, "a.log", "a.log");
	buffer_clear(&w->lines);
	world_start(w);
	world_wait(w, WORLD_AGES);
	assert_int_equal(w->n_lines, 4 + 2 + 1);
	assert_int_equal(w->source->n_copies, 0);
}

static void rotate_behind_banner(struct world *w)
{
	world_append(w, "a.log", "rest\n");
	world_copytruncate(w, "a.log", "a.log.1");
	append_long(w, "a.log");
	world_append(w, "a.log", "new\n");
}

/* The same position of a file that was older. */
static void make_older(const char *position, char ret[POSITION_SIZE])
{
	char path[POSITION_SIZE];
	struct file_position older;
	struct text rest;

	assert_int_equal(position_parse(text_of(position), &older, &rest), 0);
	assert_true(older.born_usec > 1);
	older.born_usec--;
	(void)snprintf(path, sizeof(path), "%.*s", TEXT_FORMAT(rest));
	(void)position_print(&older, path, ret);
}

/* The state is older than the newest record. The saved position fits the new content, because both
 * begin with the same banner; the position of the record does not. The file is truncated before the
 * source starts, or before it is read to there again; or the state is from before the file was
 * made, and has an older one with its inode. */
static void a_record_shows_that_a_file_was_truncated(void **state)
{
	struct world *w = *state;
	char behind_banner[POSITION_SIZE], older[POSITION_SIZE], reached[POSITION_SIZE];

	for (unsigned i = 0; i < 3; i++) {
		world_start(w);
		append_long(w, "a.log");
		world_read(w);
		(void)world_save_all(w);
		world_note_position(w, behind_banner);
		world_append(w, "a.log", "read\n");
		world_read(w);
		world_note_position(w, reached);
		assert_string_not_equal(reached, behind_banner);
		make_older(behind_banner, older);
		world_kill_at(w, i < 2 ? behind_banner : older);

		buffer_clear(&w->lines);
		w->n_lines = 0;
		if (i != 1)
			rotate_behind_banner(w);
		world_start_reached(w, reached);
		if (i == 1)
			rotate_behind_banner(w);
		world_read(w);
		/* The banner again, if nothing was saved; read, rest; the banner, new. */
		assert_int_equal(w->n_lines, i < 2 ? 4 : 5);
		assert_int_equal(buffer_finish(&w->lines), 0);
		assert_non_null(memmem(w->lines.data, w->lines.len, "read\nrest\n", 10));

		world_stop(w);
		world_remove(w, "a.log");
		world_remove(w, "a.log.1");
		w->n_saved = w->n_lines = 0;
		buffer_clear(&w->lines);
	}
}

/* The positions could not be saved when the file was truncated. */
static void a_record_of_other_content_hides_no_copy(void **state)
{
	struct world *w = *state;
	char reached[POSITION_SIZE], old[POSITION_SIZE];
	size_t n_saved;

	world_start(w);
	append_long(w, "a.log");
	world_read(w);
	(void)world_save_all(w);
	world_note_position(w, old);
	n_saved = w->n_saved;
	world_copy(w, "a.log", "a.log.1");
	world_append(w, "a.log.1", "rest\n");
	world_replace(w, "a.log", "new\n");
	append_long(w, "a.log");
	world_read(w);
	world_note_position(w, reached);
	world_kill_at(w, old);
	w->n_saved = n_saved;

	buffer_clear(&w->lines);
	w->n_lines = 0;
	world_start_reached(w, reached);
	world_read(w);
	assert_int_equal(w->n_lines, 3);
	assert_int_equal(buffer_finish(&w->lines), 0);
	assert_true(text_starts(buffer_text(&w->lines), text_of("rest\nnew\n")));
}

/* The copy was made before the last lines were read, which the truncation took. */
static void a_copy_that_ends_before_the_newest_record_is_a_copy(void **state)
{
	static const char *const globs[] = { "a.log*", "*.log" };
	struct world *w = *state;
	char reached[POSITION_SIZE], old[POSITION_SIZE], identity[SOURCE_IDENTITY_SIZE];

	for (size_t i = 0; i < COUNT(globs); i++) {
		world_match(w, 0, globs[i]);
		world_start(w);
		append_long(w, "a.log");
		world_read(w);
		(void)world_save_all(w);
		world_note_position(w, old);
		world_append(w, "a.log", "one\n");
		world_read(w);
		(void)snprintf(identity, sizeof(identity), "%s", w->identity);
		world_append(w, "a.log", "two\n");
		world_read(w);
		world_note_position(w, reached);
		world_kill_at(w, old);

		append_long(w, "a.log.1");
		world_append(w, "a.log.1", "one\n");
		world_truncate(w, "a.log");
		buffer_clear(&w->lines);
		world_start_reached(w, reached);
		/* It comes as the line of the original, so it is known. */
		assert_lines(w, "one\n");
		assert_string_equal(w->identity, identity);
		world_stop(w);
		world_remove(w, "a.log");
		world_remove(w, "a.log.1");
		w->n_saved = 0;
	}
}

/* The state is that of the empty file. Its records alone show what it was, and what is its copy. */
static void a_record_proves_a_copy_of_a_file_that_was_saved_empty(void **state)
{
	static const char *const globs[] = { "a.log*", "*.log" };
	struct world *w = *state;
	char empty[POSITION_SIZE], reached[POSITION_SIZE], identity[SOURCE_IDENTITY_SIZE];

	for (size_t i = 0; i < COUNT(globs); i++) {
		world_match(w, 0, globs[i]);
		world_start(w);
		world_append(w, "a.log", "");
		world_read(w);
		(void)world_save_all(w);
		world_note_position(w, empty);
		world_append(w, "a.log", "read\n");
		assert_lines(w, "read\n");
		world_note_position(w, reached);
		(void)snprintf(identity, sizeof(identity), "%s", w->identity);
		world_kill_at(w, empty);

		world_copytruncate(w, "a.log", "a.log.1");
		world_start_reached(w, reached);
		/* It comes as the line of the original, so it is known. */
		assert_lines(w, "read\n");
		assert_string_equal(w->identity, identity);
		world_stop(w);
		world_remove(w, "a.log");
		world_remove(w, "a.log.1");
		w->n_saved = 0;
	}
}

/* What happened before the new content came is saved with the truncation. */
static void a_kill_behind_a_truncation_repeats_no_copy(void **state)
{
	static const char *const copies[] = { "a.log.1", "b.tmp" };
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(copies); i++) {
		world_match(w, 0, "a.log*");
		world_start(w);
		(void)world_save_all(w);
		append_long(w, "a.log");
		world_append(w, "a.log", "read\n");
		world_read(w);
		assert_int_equal(w->n_lines, 2);
		world_copytruncate(w, "a.log", copies[i]);
		append_long(w, "a.log");
		world_append(w, "a.log", "new\n");
		world_read(w);
		assert_int_equal(w->n_lines, 4);
		world_kill(w);
		world_start(w);
		world_wait(w, WORLD_AGES);
		assert_int_equal(w->n_lines, 4);

		world_stop(w);
		world_remove(w, "a.log");
		world_remove(w, copies[i]);
		w->n_saved = w->n_lines = 0;
	}
}

/* The positions could not be saved when the truncation was noticed: its records show it. */
static void what_came_behind_an_unsaved_truncation_is_known(void **state)
{
	static const char *const names[] = { "a.log", "a.log.1" };
	struct world *w = *state;
	char reached[POSITION_SIZE], old[POSITION_SIZE], identity[SOURCE_IDENTITY_SIZE];

	for (size_t i = 0; i < COUNT(names); i++) {
		world_start(w);
		(void)world_save_all(w);
		append_long(w, "a.log");
		world_read(w);
		world_note_position(w, old);
		world_truncate(w, "a.log");
		world_read(w);
		append_long(w, "a.log");
		world_append(w, "a.log", "new\n");
		world_read(w);
		world_note_position(w, reached);
		(void)snprintf(identity, sizeof(identity), "%s", w->identity);
		world_kill_at(w, old);
		world_rename(w, "a.log", names[i]);
		w->n_lines = 0;
		world_start_reached(w, reached);
		world_read(w);
		assert_int_equal(w->n_lines, 2);
		assert_string_equal(w->identity, identity);

		world_stop(w);
		world_remove(w, names[i]);
		w->n_saved = w->n_lines = 0;
	}
}

/* The newest record is of the old content, which began with the same banner. */
static void a_file_that_is_renamed_behind_its_truncation_comes_whole(void **state)
{
	static const char *const news[] = { "", "new\n", NULL };
	char reached[POSITION_SIZE];
	struct world *w = *state;
	struct source_item item;
	int r;

	for (size_t i = 0; i < COUNT(news); i++) {
		world_start(w);
		(void)world_save_all(w);
		append_long(w, "a.log");
		world_append(w, "a.log", "read\n");
		world_read(w);
		assert_int_equal(w->n_lines, 2);
		world_note_position(w, reached);
		world_copytruncate(w, "a.log", "b.tmp");
		if (news[i])
			world_append(w, "a.log", news[i]);
		else
			append_long(w, "a.log");
		assert_int_equal(source_process(w->source), 0);
		while ((r = source_pull(w->source, &item)) != SOURCE_SAVE)
			assert_int_equal(r, SOURCE_SKIPPED);
		(void)world_save_all(w);
		world_kill(w);
		world_append(w, "a.log", "rest\n");
		world_rename(w, "a.log", "a.log.1");
		append_long(w, "a.log");
		world_start_reached(w, reached);
		world_read(w);
		assert_int_equal(w->n_lines, 2 + 2 + (i > 0));

		world_stop(w);
		world_remove(w, "a.log");
		world_remove(w, "a.log.1");
		w->n_saved = w->n_lines = 0;
	}
}

/* It is the file itself, which has got lines and another name. */
static void an_empty_file_that_was_renamed_comes_whole(void **state)
{
	static const char *const names[] = { "a.log.1", "a-1.log" };
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(names); i++) {
		world_append(w, "a.log", "");
		world_start(w);
		world_stop(w);
		world_append(w, "a.log", "one\n");
		world_rename(w, "a.log", names[i]);
		world_append(w, "a.log", "two\n");
		world_start(w);
		world_wait(w, WORLD_AGES);
		world_read(w);
		assert_int_equal(w->n_lines, 2);

		world_stop(w);
		world_remove(w, "a.log");
		world_remove(w, names[i]);
		w->n_saved = w->n_lines = 0;
	}
}

static void a_lost_file_is_found_although_another_has_its_inode(void **state)
{
	struct world *w = *state;

	stop_with_a_rest(w, "a.log");
	world_start(w);
	world_append(w, "b.log", "other\n");
	world_wait(w, 60);
	assert_lines(w, "rest\nother\n");
	world_stop(w);
	world_append(w, "a.log", "last\n");
	world_copy(w, "a.log", "a.log.1");
	world_copytruncate(w, "b.log", "b.log.1");
	give_inode(w, "a.log", "b.log.1");
	world_remove(w, "a.log");
	world_start(w);
	world_wait(w, 60);
	assert_lines(w, "last\n");
}

/* -- positions from elsewhere ------------------------------------------------ */

static void a_device_may_have_another_number(void **state)
{
	struct world *w = *state;

	stop_with_a_rest(w, "a.log");
	world_renumber(w);
	world_start(w);
	assert_lines(w, "rest\n");
	world_stop(w);
	assert_int_equal(w->n_saved, 2);
	world_start(w);
	assert_lines(w, "");
}

static void a_file_nothing_was_read_of_survives_another_number(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "before\n");
	world_start(w);
	world_stop(w);
	world_renumber(w);
	world_append(w, "a.log", "rest\n");
	world_start(w);
	assert_lines(w, "rest\n");
}

static void a_file_renamed_on_a_renumbered_device_is_found(void **state)
{
	struct world *w = *state;

	stop_with_a_rest(w, "a.log");
	world_rename(w, "a.log", "a.log.1");
	world_append(w, "a.log", "new\n");
	world_renumber(w);
	world_start(w);
	assert_lines(w, "rest\nnew\n");
}

/* -- lines that come again ---------------------------------------------------- */

/* Kill the source when it has given a line and the position behind it was not saved. */
static void kill_behind_a_line(struct world *w)
{
	struct world_position saved[2];

	world_append(w, "a.log", "");
	world_start(w);
	world_append(w, "a.log", "before\n");
	assert_lines(w, "before\n");
	(void)world_save_all(w);
	assert_int_equal(w->n_saved, COUNT(saved));
	memcpy(saved, w->saved, sizeof(saved));
	world_append(w, "a.log", "line\n");
	assert_lines(w, "line\n");
	world_kill(w);
	memcpy(w->saved, saved, sizeof(saved));
}

/* What was sent already is known by its identity (flow/recovery.h), and is not sent twice. */
static void assert_same_line_comes(struct world *w)
{
	char identity[SOURCE_IDENTITY_SIZE];

	memcpy(identity, w->identity, sizeof(identity));
	world_start(w);
	assert_lines(w, "line\n");
	assert_string_equal(w->identity, identity);
	world_restart(w);
	world_wait(w, 60);
	assert_lines(w, "");
}

static void a_line_of_a_renamed_file_comes_again_as_the_same(void **state)
{
	kill_behind_a_line(*state);
	world_rename(*state, "a.log", "a.log.1");
	assert_same_line_comes(*state);
}

static void a_line_of_a_truncated_file_comes_again_as_the_same(void **state)
{
	kill_behind_a_line(*state);
	world_copytruncate(*state, "a.log", "a.log.1");
	assert_same_line_comes(*state);
}

static void a_line_of_a_copy_that_matches_comes_again_as_the_same(void **state)
{
	world_match(*state, 1, "a.log*");
	kill_behind_a_line(*state);
	world_copytruncate(*state, "a.log", "a.log.1");
	assert_same_line_comes(*state);
}

static void a_line_of_a_file_copied_and_removed_comes_again_as_the_same(void **state)
{
	kill_behind_a_line(*state);
	world_copy(*state, "a.log", "a.log.1");
	world_remove(*state, "a.log");
	assert_same_line_comes(*state);
}

/* Two positions were saved under one name: of a file that is gone, at its banner or behind it, and
 * of one that was truncated. The banner is longer than what a fingerprint is of, and in both. */
static void assert_copy_is_of_the_file_that_it_fits(
	struct world *w, const char *glob, bool at_banner, bool reverse)
{
	CLEANUP(freep) char *banner = test_repeat('-', 2 * POSITION_HEAD_MAX);
	struct world_position first;

	world_match(w, 0, glob);
	w->options.start = FILES_START_BEGINNING;
	banner[2 * POSITION_HEAD_MAX - 1] = '\n';
	world_append(w, "a.log", banner);
	world_start(w);
	world_read(w);
	first = w->saved[w->n_saved - 1];
	world_append(w, "a.log", "1\n");
	world_read(w);
	first = at_banner ? first : w->saved[w->n_saved - 1];
	world_rename(w, "a.log", "a.log.1");
	world_append(w, "a.log", banner);
	world_append(w, "a.log", "2\n");
	world_read(w);
	world_stop(w);
	assert_int_equal(w->n_saved, 3);
	for (size_t i = 0; i < w->n_saved; i++)
		if (strcmp(w->saved[i].stream, first.stream) == 0)
			w->saved[i] = first;
	if (reverse) {
		first = w->saved[0];
		w->saved[0] = w->saved[2];
		w->saved[2] = first;
	}
	world_append(w, "a.log", "3\n");
	world_copytruncate(w, "a.log", "a.log.2");
	world_compress(w, "a.log.1");
	world_append(w, "a.log", "4\n");
	buffer_clear(&w->lines);
	world_start(w);
	assert_lines(w, "3\n4\n");
	world_wait(w, 60);
	assert_lines(w, "");
}

static void a_copy_is_of_the_file_that_it_fits(void **state)
{
	assert_copy_is_of_the_file_that_it_fits(*state, "a.log*", false, false);
}

static void a_copy_is_of_the_file_that_it_fits_in_any_order(void **state)
{
	assert_copy_is_of_the_file_that_it_fits(*state, "a.log*", false, true);
}

static void a_copy_is_of_the_file_that_it_fits_furthest(void **state)
{
	assert_copy_is_of_the_file_that_it_fits(*state, "a.log*", true, false);
}

static void a_copy_is_of_the_file_that_it_fits_furthest_in_any_order(void **state)
{
	assert_copy_is_of_the_file_that_it_fits(*state, "a.log*", true, true);
}

static void a_copy_that_does_not_match_is_of_the_file_that_it_fits_furthest(void **state)
{
	assert_copy_is_of_the_file_that_it_fits(*state, "a.log", true, false);
}

static void a_copy_that_does_not_match_is_of_the_file_that_it_fits_in_any_order(void **state)
{
	assert_copy_is_of_the_file_that_it_fits(*state, "a.log", true, true);
}

static void a_line_on_a_renumbered_device_comes_again_as_the_same(void **state)
{
	struct world *w = *state;
	char before[SOURCE_IDENTITY_SIZE], *number;

	kill_behind_a_line(w);
	memcpy(before, w->identity, sizeof(before));
	number = strchr(before, ':');
	world_renumber(w);
	world_start(w);
	assert_lines(w, "line\n");
	/* It is that of the number that was saved. */
	assert_string_equal(strchr(w->identity, ':'), number);
	assert_string_not_equal(w->identity, before);
}

static void positions_that_cannot_be_read_are_ignored(void **state)
{
	static const char *const texts[] = { "nonsense", "1:2:3", "started 5" };

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct world *w = *state;

		world_append(w, "a.log", "before\n");
		world_start(w);
		world_stop(w);
		for (size_t k = 0; k < w->n_saved; k++)
			if (w->saved[k].stream[0] != '\0')
				(void)snprintf(w->saved[k].position, POSITION_SIZE, "%s", texts[i]);
		world_start(w);
		world_append(w, "a.log", "one\n");
		world_read(w);
		buffer_clear(&w->lines);
		world_restart(w);
		assert_lines(w, "");
		world_stop(w);
		w->n_saved = 0;
	}
}

/* -- many files -------------------------------------------------------------- */

enum { MANY = 3000 };

static void append_to_many(struct world *w, const char *text)
{
	for (unsigned i = 0; i < MANY; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "%u.log", i);
		world_append(w, name, text);
	}
}

/* An ordinary user's soft limit is 1024 descriptors; the service has more. */
static bool may_open_many(void)
{
	const rlim_t needed = MANY + 100;
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_max < needed)
		return false;
	limit.rlim_cur = limit.rlim_cur < needed ? needed : limit.rlim_cur;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return true;
}

static void thousands_of_files_are_followed(void **state)
{
	struct world *w = *state;

	if (!may_open_many())
		skip();
	world_start(w);
	append_to_many(w, "one\n");
	world_read(w);
	assert_int_equal(w->n_lines, MANY);
	world_stop(w);
	assert_int_equal(w->n_saved, MANY + 1);
	append_to_many(w, "two\n");
	world_start(w);
	world_read(w);
	assert_int_equal(w->n_lines, 2 * MANY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(positions_are_told_when_they_have_moved),
		WORLD_TEST(files_that_were_removed_meanwhile_are_forgotten),
		WORLD_TEST(files_that_match_no_more_are_forgotten),
		WORLD_TEST(what_was_written_meanwhile_comes),
		WORLD_TEST(every_line_has_a_position_to_go_on_from),
		WORLD_TEST(a_begun_line_is_read_again),
		WORLD_TEST(what_was_at_the_end_at_first_goes_on_there),
		WORLD_TEST(an_empty_new_file_is_remembered),
		WORLD_TEST(old_files_under_a_new_glob_begin_at_their_end),
		WORLD_TEST(the_rest_of_a_file_renamed_meanwhile_comes_first),
		WORLD_TEST(the_rest_of_a_renamed_file_that_matches_comes_once),
		WORLD_TEST(the_rest_of_a_file_copied_meanwhile_comes_first),
		WORLD_TEST(the_rest_of_a_copy_that_matches_comes_once),
		WORLD_TEST(a_copy_made_meanwhile_gives_nothing_twice),
		WORLD_TEST(what_was_rotated_and_compressed_is_lost_alone),
		WORLD_TEST(what_was_truncated_and_has_grown_begins_anew),
		WORLD_TEST(a_file_made_anew_with_the_old_inode_begins_anew),
		WORLD_TEST(a_rest_goes_on_where_it_was_interrupted),
		WORLD_TEST(the_target_of_a_link_is_renamed_meanwhile),
		WORLD_TEST(a_successor_is_new_whatever_the_clock_says),
		WORLD_TEST(a_successor_of_a_lost_file_is_new_whatever_the_clock_says),
		WORLD_TEST(a_file_beside_a_successor_is_as_old_as_the_clock_says),
		WORLD_TEST(a_copy_with_the_inode_of_an_empty_file_gives_nothing_twice),
		WORLD_TEST(an_older_copy_with_the_inode_of_an_empty_file_gives_nothing_twice),
		WORLD_TEST(a_copy_of_a_new_file_with_the_inode_of_an_empty_one_gives_nothing_twice),
		WORLD_TEST(a_short_copy_with_the_inode_of_an_empty_file_is_that_of_the_lost_one),
		WORLD_TEST(a_reused_inode_proves_no_copy),
		WORLD_TEST(a_record_shows_that_a_file_was_truncated),
		WORLD_TEST(a_record_of_other_content_hides_no_copy),
		WORLD_TEST(a_copy_that_ends_before_the_newest_record_is_a_copy),
		WORLD_TEST(a_record_proves_a_copy_of_a_file_that_was_saved_empty),
		WORLD_TEST(what_came_behind_an_unsaved_truncation_is_known),
		WORLD_TEST(a_file_that_is_renamed_behind_its_truncation_comes_whole),
		WORLD_TEST(a_kill_behind_a_truncation_repeats_no_copy),
		WORLD_TEST(an_empty_file_that_was_renamed_comes_whole),
		WORLD_TEST(a_lost_file_is_found_although_another_has_its_inode),
		WORLD_TEST(a_device_may_have_another_number),
		WORLD_TEST(a_file_nothing_was_read_of_survives_another_number),
		WORLD_TEST(a_file_renamed_on_a_renumbered_device_is_found),
		WORLD_TEST(a_line_of_a_renamed_file_comes_again_as_the_same),
		WORLD_TEST(a_line_of_a_truncated_file_comes_again_as_the_same),
		WORLD_TEST(a_line_of_a_copy_that_matches_comes_again_as_the_same),
		WORLD_TEST(a_line_of_a_file_copied_and_removed_comes_again_as_the_same),
		WORLD_TEST(a_copy_is_of_the_file_that_it_fits),
		WORLD_TEST(a_copy_is_of_the_file_that_it_fits_in_any_order),
		WORLD_TEST(a_copy_is_of_the_file_that_it_fits_furthest),
		WORLD_TEST(a_copy_is_of_the_file_that_it_fits_furthest_in_any_order),
		WORLD_TEST(a_copy_that_does_not_match_is_of_the_file_that_it_fits_furthest),
		WORLD_TEST(a_copy_that_does_not_match_is_of_the_file_that_it_fits_in_any_order),
		WORLD_TEST(a_line_on_a_renumbered_device_comes_again_as_the_same),
		WORLD_TEST(positions_that_cannot_be_read_are_ignored),
		WORLD_TEST(thousands_of_files_are_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
