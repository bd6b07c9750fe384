/* Files for which there is no room. The table is as full as the test says. */
#include "config.h"

#include "test.h"

#include <fcntl.h>
#include <unistd.h>

#include "source/files/discover.h"
#include "source/files/files-options.h"
#include "source/files/files-state.h"

enum { NAMES = 3 };

struct fixture {
	char directory[64], glob[80];
	char paths[NAMES][80];
	struct text globs[1];
	struct files_options options;
	struct files_state state;
};

static int begin(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .directory = "/tmp/because-test.XXXXXX" };
	if (!mkdtemp(f.directory))
		return -1;
	(void)snprintf(f.glob, sizeof(f.glob), "%s/*.log", f.directory);
	for (size_t i = 0; i < NAMES; i++)
		(void)snprintf(f.paths[i], sizeof(f.paths[i]), "%s/%zu.log", f.directory, i);
	f.globs[0] = text_of(f.glob);
	f.options.paths = (struct text_list){ .items = f.globs, .n = 1 };
	*state = &f;
	return files_state_init(&f.state, "test", &f.options);
}

static int end(void **state)
{
	struct fixture *f = *state;

	files_state_done(&f->state);
	for (size_t i = 0; i < NAMES; i++)
		(void)unlink(f->paths[i]);
	return rmdir(f->directory);
}

static void make_file(const struct fixture *f, size_t i)
{
	int fd = open(f->paths[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
}

static void files_past_the_bound_are_counted(void **state)
{
	struct fixture *f = *state;

	make_file(f, 0);
	make_file(f, 1);
	make_file(f, 2);
	f->state.table.n = FILES_MAX - 1;
	discover_all(&f->state);
	assert_non_null(followed_next_path(&f->state.table, f->paths[0], NULL));
	assert_null(followed_next_path(&f->state.table, f->paths[1], NULL));
	assert_int_equal(f->state.n_left_out, 2);
}

static void a_file_that_comes_when_there_is_no_room_is_counted(void **state)
{
	struct fixture *f = *state;

	f->state.table.n = FILES_MAX;
	discover_all(&f->state);
	assert_int_equal(f->state.n_left_out, 0);
	assert_false(f->state.dirty);
	make_file(f, 0);
	discover_entry(&f->state, f->paths[0], false);
	assert_true(f->state.dirty);
	discover_all(&f->state);
	assert_int_equal(f->state.n_left_out, 1);
}

static void a_file_that_was_left_out_is_read_when_there_is_room(void **state)
{
	struct fixture *f = *state;
	struct followed *file;

	make_file(f, 0);
	make_file(f, 1);
	f->state.table.n = FILES_MAX - 1;
	discover_all(&f->state);
	assert_int_equal(f->state.n_left_out, 1);
	file = followed_next_path(&f->state.table, f->paths[0], NULL);
	assert_non_null(file);
	assert_int_equal(unlink(f->paths[0]), 0);
	files_state_finish(&f->state, file);
	assert_true(f->state.dirty);
	discover_all(&f->state);
	assert_int_equal(f->state.n_left_out, 0);
	assert_non_null(followed_next_path(&f->state.table, f->paths[1], NULL));
}

#define DISCOVER_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DISCOVER_TEST(files_past_the_bound_are_counted),
		DISCOVER_TEST(a_file_that_comes_when_there_is_no_room_is_counted),
		DISCOVER_TEST(a_file_that_was_left_out_is_read_when_there_is_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
