/* The files source: rotation by renaming, by copying and truncating, and by hand. */
#include "config.h"

#include "source/files/disk/status.h"
#include "test-files.h"

/* Lines that are longer together than a whole fingerprint. */
static void append_many(struct world *w, const char *name, unsigned from, unsigned n)
{
	CLEANUP(buffer_done) struct buffer lines = buffer_make(16 * 1024 * 1024);

	for (unsigned i = 0; i < n; i++)
		buffer_add_format(&lines, "this is line %u\n", from + i);
	buffer_add_char(&lines, '\0');
	world_append(w, name, lines.data);
}

/* -- renaming ------------------------------------------------------------- */

static void the_rest_of_a_renamed_file_comes_first(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "before\n");
	world_start(w);
	world_append(w, "a.log", "old\n");
	world_rename(w, "a.log", "a.log.1");
	world_append(w, "a.log", "new\n");
	assert_lines(w, "old\nnew\n");
	assert_string_equal(w->origin, world_path(w, "a.log"));
}

static void who_keeps_writing_to_the_renamed_file_is_read(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "");
	world_start(w);
	world_rename(w, "a.log", "a.log.1");
	world_append(w, "a.log", "new\n");
	assert_lines(w, "new\n");
	world_append(w, "a.log.1", "late\n");
	assert_lines(w, "late\n");
	for (unsigned i = 0; i < 5; i++) {
		world_wait(w, 500);
		world_append(w, "a.log.1", "later\n");
		assert_lines(w, "later\n");
	}
}

static void a_renamed_file_is_let_go_of(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "");
	world_start(w);
	world_rename(w, "a.log", "a.log.1");
	world_append(w, "a.log", "");
	world_wait(w, WORLD_AGES);
	(void)world_save_all(w);
	assert_int_equal(w->n_saved, 2); /* the file and the start */
	assert_int_equal(world_timeout(w), UINT64_MAX);
}

static void a_renamed_file_that_matches_is_read_once(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "a.log*");
	world_append(w, "a.log", "");
	world_start(w);
	for (unsigned i = 0; i < 3; i++) {
		world_append(w, "a.log", "one\n");
		assert_lines(w, "one\n");
		world_append(w, "a.log", "two\n");
		if (i > 1)
			world_rename(w, "a.log.2", "a.log.3");
		if (i > 0)
			world_rename(w, "a.log.1", "a.log.2");
		world_rename(w, "a.log", "a.log.1");
		world_append(w, "a.log", "three\n");
		assert_lines(w, "two\nthree\n");
		world_wait(w, WORLD_AGES);
		assert_lines(w, "");
	}
}

static void a_file_renamed_to_another_that_matches_is_read_once(void **state)
{
	struct world *w = *state;

	world_start(w);
	world_append(w, "a.log", "one\n");
	assert_lines(w, "one\n");
	world_rename(w, "a.log", "b.log");
	world_append(w, "b.log", "two\n");
	assert_lines(w, "two\n");
	assert_string_equal(w->origin, world_path(w, "b.log"));
}

static void a_file_is_replaced_by_renaming(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "");
	world_start(w);
	world_append(w, "a.log", "old\n");
	world_append(w, "a.tmp", "new\n");
	world_rename(w, "a.tmp", "a.log");
	assert_lines(w, "old\nnew\n");
}

/* -- copying and truncating ------------------------------------------------ */

static void what_is_written_after_the_truncation_comes(void **state)
{
	struct world *w = *state;

	world_start(w);
	for (unsigned i = 0; i < 5; i++) {
		char name[] = "a.log.0";

		world_append(w, "a.log", "one\n");
		assert_lines(w, "one\n");
		name[6] = (char)(name[6] + i);
		world_copytruncate(w, "a.log", name);
		world_append(w, "a.log", "two\n");
		assert_lines(w, "two\n");
	}
}

/* The lines that were unread at the truncation come from a copy of this name. */
static void rest_comes_from(struct world *w, const char *copy)
{
	world_append(w, "a.log", "read\n");
	world_start(w);
	world_append(w, "a.log", "and read\n");
	assert_lines(w, "and read\n");
	world_append(w, "a.log", "unread\n");
	world_copytruncate(w, "a.log", copy);
	world_append(w, "a.log", "new\n");
	assert_lines(w, "unread\nnew\n");
	world_wait(w, WORLD_AGES);
	assert_lines(w, "");
}

static void the_rest_comes_from_a_copy_of_any_rotated_name(void **state)
{
	rest_comes_from(*state, "a.log.old");
}

static void the_rest_comes_from_a_copy_that_matches(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "a.log*");
	rest_comes_from(w, "a.log.1");
}

static void the_rest_comes_from_a_copy_with_the_same_ending(void **state)
{
	rest_comes_from(*state, "a-1.log");
}

static void the_rest_comes_from_the_newest_copy(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log.2", "same\nolder\n");
	world_append(w, "a.log", "");
	world_start(w);
	world_append(w, "a.log", "same\n");
	assert_lines(w, "same\n");
	world_append(w, "a.log", "rest\n");
	world_copytruncate(w, "a.log", "a.log.1");
	assert_lines(w, "rest\n");
}

/* The copy of the rotation before is still open, under the name of the original. */
static void the_rest_comes_from_each_copy_in_turn(void **state)
{
	static const char *const copies[] = { "a.log.1", "a.log.2", "a.log.3" };
	struct world *w = *state;

	world_append(w, "a.log", "");
	world_start(w);
	for (size_t i = 0; i < COUNT(copies); i++) {
		world_append(w, "a.log", "read\n");
		assert_lines(w, "read\n");
		world_append(w, "a.log", "rest\n");
		world_age();
		world_copytruncate(w, "a.log", copies[i]);
		assert_lines(w, "rest\n");
		if (i == 1) {
			world_stop(w);
			world_start(w);
		}
	}
}

static uint64_t born_usec(struct world *w, const char *name)
{
	struct file_status status;

	assert_int_equal(status_of_path(world_path(w, name), &status), 0);
	return status.born_usec;
}

static void an_older_file_is_no_copy(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log.1", "same\nolder\n");
	if (born_usec(w, "a.log.1") == 0)
		skip(); /* this file system does not know */
	/* The clock of file systems is coarse. */
	do {
		world_append(w, "a.tmp", "");
		world_rename(w, "a.tmp", "a.log");
	} while (born_usec(w, "a.log") == born_usec(w, "a.log.1"));
	world_start(w);
	world_append(w, "a.log", "same\n");
	assert_lines(w, "same\n");
	world_truncate(w, "a.log");
	assert_lines(w, "");
	world_append(w, "a.log", "new\n");
	assert_lines(w, "new\n");
}

static void a_copy_that_is_compressed_at_once_gives_the_rest(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "read\n");
	world_start(w);
	world_append(w, "a.log", "unread\n");
	world_copy(w, "a.log", "a.log.1");
	assert_int_equal(source_process(w->source), 0);
	world_truncate(w, "a.log");
	world_compress(w, "a.log.1");
	assert_lines(w, "unread\n");
}

/* Its original is not truncated: nothing proves that it is a copy. */
static void a_file_with_equal_text_comes_whole(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "*");
	world_start(w);
	append_many(w, "a.log", 0, 100);
	world_read(w);
	world_copy(w, "a.log", "a.log.1");
	world_copy(w, "a.log", "another name");
	world_read(w);
	assert_int_equal(w->n_lines, 200);
	world_wait(w, 60);
	assert_int_equal(w->n_lines, 300);
	world_append(w, "a.log.1", "new\n");
	world_read(w);
	assert_int_equal(w->n_lines, 301);
}

static void a_copy_that_is_made_slowly_gives_nothing_twice(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "a.log*");
	world_start(w);
	append_many(w, "a.log", 0, 100);
	world_read(w);
	buffer_clear(&w->lines);
	for (unsigned i = 0; i < 10; i++) {
		append_many(w, "a.log.1", 10 * i, 10);
		world_wait(w, 8);
	}
	assert_lines(w, "");
	world_append(w, "a.log", "rest\n");
	world_append(w, "a.log.1", "rest\n");
	world_truncate(w, "a.log");
	assert_lines(w, "rest\n");
}

static void lines_after_the_copy_was_made_are_not_doubled(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "a.log*");
	world_start(w);
	world_append(w, "a.log", "one\n");
	assert_lines(w, "one\n");
	world_copy(w, "a.log", "a.log.1");
	world_append(w, "a.log", "two\n");
	assert_lines(w, "two\n");
	world_truncate(w, "a.log");
	world_append(w, "a.log", "three\n");
	assert_lines(w, "three\n");
	world_wait(w, 60);
	assert_lines(w, "");
}

/* While the source is not pulled, the copy must not count as read. */
static void a_copy_keeps_its_rest_while_nobody_reads(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "a.log*");
	world_start(w);
	append_many(w, "a.log", 0, 50);
	world_read(w);
	buffer_clear(&w->lines);
	world_append(w, "a.log", "rest\n");
	world_copy(w, "a.log", "a.log.1");
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(source_process(w->source), 0);
		world_usec += WORLD_SECOND;
	}
	world_truncate(w, "a.log");
	assert_lines(w, "rest\n");
}

static void a_line_that_ends_nowhere_in_a_copy_comes_once(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "a.log*");
	world_start(w);
	append_many(w, "a.log", 0, 50);
	world_append(w, "a.log", "beg");
	world_read(w);
	buffer_clear(&w->lines);
	world_copy(w, "a.log", "a.log.1");
	world_append(w, "a.log", "un\n");
	assert_lines(w, "begun\n");
	world_truncate(w, "a.log");
	world_wait(w, 60);
	assert_lines(w, "");
}

/* -- truncation without a copy --------------------------------------------- */

static void a_truncated_file_begins_anew(void **state)
{
	struct world *w = *state;

	world_start(w);
	world_append(w, "a.log", "one\ntwo\n");
	assert_lines(w, "one\ntwo\n");
	world_truncate(w, "a.log");
	world_append(w, "a.log", "new\n");
	assert_lines(w, "new\n");
}

static void a_file_that_grew_past_the_old_offset_begins_anew(void **state)
{
	struct world *w = *state;

	world_start(w);
	world_append(w, "a.log", "one\ntwo\n");
	assert_lines(w, "one\ntwo\n");
	world_replace(w, "a.log", "three\nfour\nfive\nsix\n");
	assert_lines(w, "three\nfour\nfive\nsix\n");
}

static void a_file_that_grew_past_a_long_beginning_begins_anew(void **state)
{
	struct world *w = *state;

	world_start(w);
	append_many(w, "a.log", 0, 100);
	world_append(w, "a.log", "last\n");
	world_read(w);
	buffer_clear(&w->lines);
	world_truncate(w, "a.log");
	append_many(w, "a.log", 0, 101);
	world_read(w);
	assert_int_equal(w->n_lines, 202);
}

static void same_content_of_the_same_length_is_the_same(void **state)
{
	struct world *w = *state;

	world_start(w);
	world_append(w, "a.log", "one\n");
	assert_lines(w, "one\n");
	world_replace(w, "a.log", "one\ntwo\n");
	assert_lines(w, "two\n");
}

static void a_begun_line_that_is_truncated_is_forgotten(void **state)
{
	struct world *w = *state;

	world_start(w);
	world_append(w, "a.log", "one\nbegun");
	assert_lines(w, "one\n");
	world_truncate(w, "a.log");
	world_append(w, "a.log", "new\n");
	assert_lines(w, "new\n");
	world_wait(w, 60);
	assert_lines(w, "");
}

/* -- symbolic links --------------------------------------------------------- */

static void make_link(struct world *w, const char *target, const char *name)
{
	assert_int_equal(symlink(target, world_path(w, name)), 0);
}

static void switch_link(struct world *w, const char *target, const char *name)
{
	make_link(w, target, "link.tmp");
	world_rename(w, "link.tmp", name);
}

static void a_link_is_followed_to_where_it_is_switched(void **state)
{
	struct world *w = *state;

	world_append(w, "one", "");
	make_link(w, "one", "a.log");
	world_start(w);
	world_append(w, "one", "first\n");
	assert_lines(w, "first\n");
	world_append(w, "two", "second\n");
	world_append(w, "one", "rest\n");
	switch_link(w, "two", "a.log");
	assert_lines(w, "rest\nsecond\n");
	assert_string_equal(w->origin, world_path(w, "a.log"));
}

static void the_target_of_a_link_is_rotated_elsewhere(void **state)
{
	struct world *w = *state;

	world_make_directory(w, "there");
	world_append(w, "there/x", "");
	make_link(w, "there/x", "a.log");
	world_start(w);
	world_append(w, "there/x", "old\n");
	world_rename(w, "there/x", "there/x.1");
	world_append(w, "there/x", "new\n");
	assert_lines(w, "old\nnew\n");
	world_append(w, "there/x", "unread\n");
	world_copytruncate(w, "there/x", "there/x.2");
	assert_lines(w, "unread\n");
}

static void a_link_leads_nowhere_at_first(void **state)
{
	struct world *w = *state;

	world_make_directory(w, "there");
	make_link(w, "there/x", "a.log");
	world_start(w);
	assert_lines(w, "");
	world_append(w, "there/x", "one\n");
	assert_lines(w, "one\n");
}

static void a_link_in_a_chain_is_switched(void **state)
{
	struct world *w = *state;

	world_make_directory(w, "there");
	world_make_directory(w, "further");
	world_append(w, "further/x", "");
	make_link(w, "../further/x", "there/link");
	make_link(w, "there/link", "a.log");
	world_start(w);
	world_append(w, "further/x", "one\n");
	assert_lines(w, "one\n");
	world_append(w, "further/y", "two\n");
	switch_link(w, "../further/y", "there/link");
	assert_lines(w, "two\n");
}

static void a_link_to_a_directory_is_switched(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "current/*.log");
	world_make_directory(w, "one");
	make_link(w, "one", "current");
	world_start(w);
	world_append(w, "one/a.log", "one\n");
	assert_lines(w, "one\n");
	world_make_directory(w, "two");
	switch_link(w, "two", "current");
	assert_lines(w, "");
	world_append(w, "two/a.log", "two\n");
	assert_lines(w, "two\n");
}

static void the_directory_that_a_link_leads_to_comes_later(void **state)
{
	struct world *w = *state;

	world_match(w, 0, "current/*.log");
	world_make_directory(w, "there");
	make_link(w, "there/one", "current");
	world_start(w);
	assert_lines(w, "");
	world_make_directory(w, "there/one");
	assert_lines(w, "");
	world_append(w, "there/one/a.log", "one\n");
	assert_lines(w, "one\n");
}

/* When the last line of the old content was due to be given, the file was truncated. */
static void a_truncated_file_has_time_for_its_last_line_again(void **state)
{
	struct world *w = *state;
	const uint64_t rest = UINT64_C(60) * WORLD_SECOND;

	world_start(w);
	world_append(w, "a.log", "one\nrest");
	assert_lines(w, "one\n");
	world_rename(w, "a.log", "b.tmp");
	world_read(w);
	world_usec += rest;
	world_replace(w, "b.tmp", "beg");
	assert_lines(w, "");
	world_append(w, "b.tmp", "in\n");
	assert_lines(w, "begin\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(the_rest_of_a_renamed_file_comes_first),
		WORLD_TEST(who_keeps_writing_to_the_renamed_file_is_read),
		WORLD_TEST(a_renamed_file_is_let_go_of),
		WORLD_TEST(a_renamed_file_that_matches_is_read_once),
		WORLD_TEST(a_file_renamed_to_another_that_matches_is_read_once),
		WORLD_TEST(a_file_is_replaced_by_renaming),
		WORLD_TEST(what_is_written_after_the_truncation_comes),
		WORLD_TEST(the_rest_comes_from_a_copy_of_any_rotated_name),
		WORLD_TEST(the_rest_comes_from_a_copy_that_matches),
		WORLD_TEST(the_rest_comes_from_a_copy_with_the_same_ending),
		WORLD_TEST(the_rest_comes_from_the_newest_copy),
		WORLD_TEST(the_rest_comes_from_each_copy_in_turn),
		WORLD_TEST(an_older_file_is_no_copy),
		WORLD_TEST(a_truncated_file_has_time_for_its_last_line_again),
		WORLD_TEST(a_copy_that_is_compressed_at_once_gives_the_rest),
		WORLD_TEST(a_file_with_equal_text_comes_whole),
		WORLD_TEST(a_copy_that_is_made_slowly_gives_nothing_twice),
		WORLD_TEST(lines_after_the_copy_was_made_are_not_doubled),
		WORLD_TEST(a_copy_keeps_its_rest_while_nobody_reads),
		WORLD_TEST(a_line_that_ends_nowhere_in_a_copy_comes_once),
		WORLD_TEST(a_truncated_file_begins_anew),
		WORLD_TEST(a_file_that_grew_past_the_old_offset_begins_anew),
		WORLD_TEST(a_file_that_grew_past_a_long_beginning_begins_anew),
		WORLD_TEST(same_content_of_the_same_length_is_the_same),
		WORLD_TEST(a_begun_line_that_is_truncated_is_forgotten),
		WORLD_TEST(a_link_is_followed_to_where_it_is_switched),
		WORLD_TEST(the_target_of_a_link_is_rotated_elsewhere),
		WORLD_TEST(a_link_leads_nowhere_at_first),
		WORLD_TEST(a_link_in_a_chain_is_switched),
		WORLD_TEST(a_link_to_a_directory_is_switched),
		WORLD_TEST(the_directory_that_a_link_leads_to_comes_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
