/* Positions survive a restart whole or not at all. */
#include "config.h"

#include "test.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "flow/state/positions.h"

struct fixture {
	char directory[32];
	char path[64];
	struct positions positions;
};

static int start(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .directory = "/tmp/because-test.XXXXXX" };
	if (!mkdtemp(f.directory))
		return -1;
	(void)snprintf(f.path, sizeof(f.path), "%s/positions", f.directory);
	*state = &f;
	return positions_load(&f.positions, f.path);
}

static int finish(void **state)
{
	struct fixture *f = *state;

	positions_done(&f->positions);
	(void)unlink(f->path);
	return rmdir(f->directory); /* which fails when anything else was left behind */
}

static void set(struct fixture *f, const char *source, const char *sink, const char *position)
{
	assert_int_equal(positions_set(&f->positions, text_of(source), sink, text_of(position)), 0);
}

static void assert_position(
	const struct fixture *f, const char *source, const char *sink, const char *wanted)
{
	assert_text(positions_get(&f->positions, text_of(source), sink), wanted);
}

/* Forget everything and read the file; returns what the reading gave. */
static int reload(struct fixture *f)
{
	positions_done(&f->positions);
	return positions_load(&f->positions, f->path);
}

static void write_file(const struct fixture *f, struct text content)
{
	assert_int_equal(io_replace_file(f->path, 0600, content.data, content.len), 0);
}

/* The file is refused, and nothing of it is kept. */
static void assert_refused(struct fixture *f, struct text content)
{
	write_file(f, content);
	assert_int_equal(reload(f), -EBADMSG);
	assert_int_equal(f->positions.n, 0);
}

static void what_was_saved_is_read_back(void **state)
{
	struct fixture *f = *state;

	set(f, "platform", "journal", "s=6b0e;i=1f;b=33;m=7;t=5;x=9");
	set(f, "files", "journal", "fd01:1234:4096");
	set(f, "platform", "noc", "s=6b0e;i=1e");
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(reload(f), 0);
	assert_int_equal(f->positions.n, 3);
	assert_position(f, "platform", "journal", "s=6b0e;i=1f;b=33;m=7;t=5;x=9");
	assert_position(f, "files", "journal", "fd01:1234:4096");
	assert_position(f, "platform", "noc", "s=6b0e;i=1e");
}

static void each_pair_has_a_position_of_its_own(void **state)
{
	struct fixture *f = *state;

	set(f, "a", "b", "1");
	assert_position(f, "b", "a", "");
	assert_position(f, "a", "a", "");
	assert_position(f, "a", "", "");
	assert_position(f, "ab", "", "");
	set(f, "b", "a", "2");
	assert_position(f, "a", "b", "1");
	assert_position(f, "b", "a", "2");
}

static void a_position_is_replaced_by_a_longer_and_a_shorter_one(void **state)
{
	static const char *const positions[] = { "22", "333", "1", "2", "55555" };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(positions); i++) {
		set(f, "a", "b", positions[i]);
		assert_position(f, "a", "b", positions[i]);
		assert_int_equal(positions_save(&f->positions), 0);
		assert_int_equal(reload(f), 0);
		assert_position(f, "a", "b", positions[i]);
	}
	assert_int_equal(f->positions.n, 1);
}

static void a_file_that_is_not_there_is_empty(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(f->positions.n, 0);
	assert_position(f, "platform", "journal", "");
	assert_int_equal(access(f->path, F_OK), -1);
}

static void a_file_in_a_directory_that_is_not_there_cannot_be_saved(void **state)
{
	struct positions positions;

	(void)state;
	assert_int_equal(positions_load(&positions, "/tmp/because-test.absent/positions"), 0);
	assert_int_equal(positions_set(&positions, text_of("a"), "b", text_of("1")), 0);
	assert_int_equal(positions_save(&positions), -ENOENT);
	assert_text(positions_get(&positions, text_of("a"), "b"), "1");
	positions_done(&positions);
}

static void nothing_is_written_until_something_changes(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(access(f->path, F_OK), -1);
	set(f, "a", "b", "1");
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(unlink(f->path), 0);
	set(f, "a", "b", "1");
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(access(f->path, F_OK), -1);
	set(f, "a", "b", "2");
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(access(f->path, F_OK), 0);
}

static void a_save_that_failed_is_tried_again(void **state)
{
	struct fixture *f = *state;

	set(f, "a", "b", "1");
	assert_int_equal(mkdir(f->path, 0700), 0);
	assert_true(positions_save(&f->positions) < 0);
	assert_int_equal(rmdir(f->path), 0);
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(reload(f), 0);
	assert_position(f, "a", "b", "1");
}

static void a_table_without_positions_is_a_whole_file(void **state)
{
	struct fixture *f = *state;

	write_file(f, TEXT("becaused positions 1\nend\n"));
	assert_int_equal(reload(f), 0);
	assert_int_equal(f->positions.n, 0);
}

static void a_file_torn_anywhere_is_refused(void **state)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(POSITIONS_FILE_MAX);
	struct fixture *f = *state;

	set(f, "platform", "journal", "s=6b0e;i=1f");
	set(f, "platform", "end", "end");
	set(f, "files", "journal", "1:2");
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(io_read_file(f->path, &content), 0);
	for (size_t len = 0; len < content.len; len++)
		assert_refused(f, text_make(content.data, len));
	write_file(f, buffer_text(&content));
	assert_int_equal(reload(f), 0);
	assert_int_equal(f->positions.n, 3);
}

static void what_is_no_file_of_positions_is_refused(void **state)
{
	static const char bytes[] = "\0\1\2\3\xFF\xFE\n\n\t\t\n";
	static const char *const contents[] = {
		"\n",
		"end\n",
		"becaused positions 2\nend\n",
		"becaused positions 1\n\nend\n",
		"becaused positions 1\r\nend\r\n",
		"becaused positions 1\na\tb\nend\n",
		"becaused positions 1\na\tb\t\nend\n",
		"becaused positions 1\n\tb\t1\nend\n",
		"becaused positions 1\na\t\t1\nend\n",
		"becaused positions 1\na\tb\t1\t2\nend\n",
		"becaused positions 1\na\tb\t\x1B[2J\nend\n",
		"becaused positions 1\na\tb\t1\nend\nmore\n",
		"becaused positions 1\na\tb\t1\nend\nend\n",
		"becaused positions 1\na\tb\t1\nend",
		" becaused positions 1\nend\n",
		"{\"positions\":[]}\n",
		"profiles: [huawei-cec]\n",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(contents); i++)
		assert_refused(f, text_of(contents[i]));
	assert_refused(f, text_make(bytes, sizeof(bytes)));
	assert_refused(f, TEXT("becaused positions 1\na\tb\t1\0002\nend\n"));
}

/* The state file of a refused load can still be written anew. */
static void a_refused_file_is_replaced_by_the_next_save(void **state)
{
	struct fixture *f = *state;

	assert_refused(f, TEXT("garbage"));
	set(f, "a", "b", "1");
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(reload(f), 0);
	assert_position(f, "a", "b", "1");
}

static void a_file_past_the_bound_is_refused(void **state)
{
	CLEANUP(freep) char *content = test_repeat('x', POSITIONS_FILE_MAX + 1);
	struct fixture *f = *state;

	write_file(f, text_of(content));
	assert_true(reload(f) < 0);
	assert_int_equal(f->positions.n, 0);
}

static void a_file_that_cannot_be_read_is_an_error(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir(f->path, 0700), 0);
	assert_int_equal(reload(f), -EISDIR);
	assert_int_equal(rmdir(f->path), 0);
}

static void a_name_that_leads_nowhere_is_an_error(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(symlink("positions", f->path), 0);
	assert_int_equal(reload(f), -ELOOP);
	assert_int_equal(f->positions.n, 0);
	positions_done(&f->positions);
	assert_int_equal(positions_load(&f->positions, "/dev/null/positions"), -ENOTDIR);
}

/* What has no end is read to the bound only. */
static void a_file_without_an_end_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(symlink("/dev/zero", f->path), 0);
	assert_true(reload(f) < 0);
	assert_int_equal(f->positions.n, 0);
}

static void an_empty_file_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_refused(f, TEXT(""));
}

static void lines_at_the_bound_are_read_and_one_past_it_refused(void **state)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(POSITIONS_FILE_MAX);
	struct fixture *f = *state;

	for (unsigned n = POSITIONS_MAX; n <= POSITIONS_MAX + 1; n++) {
		buffer_clear(&content);
		buffer_add_string(&content, "becaused positions 1\n");
		for (unsigned i = 0; i < n; i++)
			buffer_add_format(&content, "source-%05u\tjournal\t1\n", i);
		buffer_add_string(&content, "end\n");
		assert_int_equal(buffer_finish(&content), 0);
		if (n > POSITIONS_MAX) {
			assert_refused(f, buffer_text(&content));
			return;
		}
		write_file(f, buffer_text(&content));
		assert_int_equal(reload(f), 0);
		assert_int_equal(f->positions.n, POSITIONS_MAX);
		assert_position(f, "source-65535", "journal", "1");
	}
}

static void control_characters_in_a_position_are_refused(void **state)
{
	struct fixture *f = *state;

	set(f, "a", "b", "1");
	for (char c = 0; c < ' '; c++) {
		const char position[] = { '1', c, '2' };

		assert_int_equal(positions_set(&f->positions, text_of("a"), "b",
					 text_make(position, sizeof(position))),
			-EINVAL);
	}
	assert_position(f, "a", "b", "1");
}

static void an_empty_position_is_refused(void **state)
{
	struct fixture *f = *state;

	set(f, "a", "b", "1");
	assert_int_equal(positions_set(&f->positions, text_of("a"), "b", text_of("")), -EINVAL);
	assert_position(f, "a", "b", "1");
}

static void an_empty_position_of_a_new_pair_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(positions_set(&f->positions, text_of("a"), "b", text_of("")), -EINVAL);
	assert_int_equal(f->positions.n, 0);
}

static void a_position_at_the_bound_is_kept_and_one_past_it_refused(void **state)
{
	CLEANUP(freep) char *position = test_repeat('x', POSITION_LEN_MAX + 1);
	struct fixture *f = *state;

	assert_int_equal(
		positions_set(&f->positions, text_of("a"), "b", text_of(position)), -EINVAL);
	position[POSITION_LEN_MAX] = '\0';
	set(f, "a", "b", position);
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(reload(f), 0);
	assert_position(f, "a", "b", position);
}

static void names_that_would_break_the_file_are_refused(void **state)
{
	static const char *const names[] = { "", "a\tb", "a\nb", "\x01" };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(names); i++) {
		assert_int_equal(positions_set(&f->positions, text_of(names[i]), "b", text_of("1")),
			-EINVAL);
		assert_int_equal(positions_set(&f->positions, text_of("a"), names[i], text_of("1")),
			-EINVAL);
	}
	assert_int_equal(f->positions.n, 0);
}

static void pairs_at_the_bound_are_kept_and_one_past_it_refused(void **state)
{
	struct fixture *f = *state;
	char source[24] = "";

	for (size_t i = 0; i < POSITIONS_MAX; i++) {
		(void)snprintf(source, sizeof(source), "source-%zu", i);
		set(f, source, "journal", "1");
	}
	assert_int_equal(
		positions_set(&f->positions, text_of("one-more"), "journal", text_of("1")), -E2BIG);
	set(f, source, "journal", "2");
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(reload(f), 0);
	assert_int_equal(f->positions.n, POSITIONS_MAX);
	assert_position(f, source, "journal", "2");
}

static void the_file_is_for_its_owner_alone(void **state)
{
	struct fixture *f = *state;
	struct stat status;

	set(f, "a", "b", "1");
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(stat(f->path, &status), 0);
	assert_int_equal(status.st_mode & 077, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_saved_is_read_back),
		TEST(each_pair_has_a_position_of_its_own),
		TEST(a_position_is_replaced_by_a_longer_and_a_shorter_one),
		TEST(a_file_that_is_not_there_is_empty),
		TEST(a_file_in_a_directory_that_is_not_there_cannot_be_saved),
		TEST(nothing_is_written_until_something_changes),
		TEST(a_save_that_failed_is_tried_again),
		TEST(a_table_without_positions_is_a_whole_file),
		TEST(a_file_torn_anywhere_is_refused),
		TEST(what_is_no_file_of_positions_is_refused),
		TEST(a_refused_file_is_replaced_by_the_next_save),
		TEST(a_file_past_the_bound_is_refused),
		TEST(a_file_that_cannot_be_read_is_an_error),
		TEST(a_name_that_leads_nowhere_is_an_error),
		TEST(a_file_without_an_end_is_refused),
		TEST(an_empty_file_is_refused),
		TEST(lines_at_the_bound_are_read_and_one_past_it_refused),
		TEST(control_characters_in_a_position_are_refused),
		TEST(an_empty_position_is_refused),
		TEST(an_empty_position_of_a_new_pair_is_refused),
		TEST(a_position_at_the_bound_is_kept_and_one_past_it_refused),
		TEST(names_that_would_break_the_file_are_refused),
		TEST(pairs_at_the_bound_are_kept_and_one_past_it_refused),
		TEST(the_file_is_for_its_owner_alone),
	};

	return cmocka_run_group_tests_name("flow/state/positions", tests, NULL, NULL);
}
