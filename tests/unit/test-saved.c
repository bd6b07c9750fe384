/* Saved positions as files of the table. */
#include "config.h"

#include "test.h"

#include <limits.h>

#include "source/files/followed.h"
#include "source/files/reports.h"
#include "source/files/saved.h"

struct fixture {
	struct saved saved;
	struct followed_table table;
	struct reports reports;
};

static int begin(void **state)
{
	static struct fixture f;

	f = (struct fixture){ 0 };
	*state = &f;
	return followed_init(&f.table);
}

static int end(void **state)
{
	struct fixture *f = *state;

	saved_done(&f->saved);
	followed_done(&f->table);
	reports_done(&f->reports);
	return 0;
}

static int load(struct fixture *f, const struct source_position *positions, size_t n)
{
	return saved_load(&f->saved, positions, NULL, n, &f->table, &f->reports);
}

/* The position of the file with this path at offset 5. */
static struct source_position make(const char *path)
{
	static char text[POSITION_SIZE], stream[POSITION_STREAM_SIZE];
	const struct file_position position = { .device = 1, .inode = 7, .offset = 5 };
	size_t len = position_print(&position, path, text);

	position_print_stream(&position, stream);
	return (struct source_position){ text_of(stream), text_make(text, len) };
}

static void a_position_becomes_a_file_that_is_not_open(void **state)
{
	struct fixture *f = *state;
	const struct source_position position = make("/a.log");
	const struct followed *file;

	assert_int_equal(load(f, &position, 1), 0);
	file = followed_find(&f->table, 1, 7);
	assert_non_null(file);
	assert_string_equal(file->path, "/a.log");
	assert_int_equal(file->tail.position.offset, 5);
	assert_int_equal(file->tail.fd, -1);
	assert_int_equal(file->state, FOLLOWED_READING);
	assert_int_equal(file->name, FOLLOWED_SAVED);
	assert_null(followed_first(&f->table, FOLLOWED_CHANGED));
}

static void paths_of_positions_are_known_until_the_end_of_the_start(void **state)
{
	struct fixture *f = *state;
	const struct source_position position = make("/a.log");

	assert_int_equal(load(f, &position, 1), 0);
	assert_true(saved_has_path(&f->saved, "/a.log"));
	assert_false(saved_has_path(&f->saved, "/b.log"));
	saved_done(&f->saved);
	assert_false(saved_has_path(&f->saved, "/a.log"));
}

/* A position has the end of a long path, without control characters. */
static void paths_that_were_shortened_or_masked_are_known(void **state)
{
	struct fixture *f = *state;
	char path[PATH_MAX];
	struct source_position position;

	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 2] = '\n';
	path[sizeof(path) - 1] = '\0';
	position = make(path);
	assert_int_equal(load(f, &position, 1), 0);
	assert_true(saved_has_path(&f->saved, path));
}

static void the_last_start_is_known(void **state)
{
	static const struct {
		const char *position;
		bool ran_before;
	} rows[] = {
		{ POSITION_STARTED "123", true },
		{ POSITION_STARTED "x", false },
		{ "123", false },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct source_position position = { text_of(""), text_of(rows[i].position) };

		assert_int_equal(load(f, &position, 1), 0);
		assert_int_equal(f->saved.ran_before, rows[i].ran_before);
		if (rows[i].ran_before)
			assert_int_equal(f->saved.last_started, 123);
		saved_done(&f->saved);
	}
	assert_int_equal(f->table.n, 0);
}

static void a_position_that_cannot_be_read_is_to_be_forgotten(void **state)
{
	struct fixture *f = *state;
	const struct source_position position = { text_of("1:7"), text_of("nonsense") };
	const struct followed *file;

	assert_int_equal(load(f, &position, 1), 0);
	assert_int_equal(f->table.n, 0);
	file = followed_first(&f->table, FOLLOWED_CHANGED);
	assert_non_null(file);
	assert_int_equal(file->state, FOLLOWED_FINISHED);
	assert_int_equal(file->tail.position.inode, 7);
	assert_int_equal(f->reports.of[REPORT_DAMAGED].n, 1);
}

static void a_stream_that_cannot_be_read_is_reported(void **state)
{
	struct fixture *f = *state;
	const struct source_position position = { text_of("nonsense"), text_of("nonsense") };

	assert_int_equal(load(f, &position, 1), 0);
	assert_null(followed_first(&f->table, FOLLOWED_ALL));
	assert_int_equal(f->reports.of[REPORT_DAMAGED].n, 1);
}

#define SAVED_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SAVED_TEST(a_position_becomes_a_file_that_is_not_open),
		SAVED_TEST(paths_of_positions_are_known_until_the_end_of_the_start),
		SAVED_TEST(paths_that_were_shortened_or_masked_are_known),
		SAVED_TEST(the_last_start_is_known),
		SAVED_TEST(a_position_that_cannot_be_read_is_to_be_forgotten),
		SAVED_TEST(a_stream_that_cannot_be_read_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
