/* Files that are held open for a while. */
#include "config.h"

#include "test.h"

#include <fcntl.h>
#include <unistd.h>

#include "source/files/held-files.h"

static int open_file(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void a_file_is_held_until_its_time(void **state)
{
	struct held_files held = { 0 };
	int fd = open_file();

	(void)state;
	held_files_add(&held, fd, "/a.log.1", 1000);
	assert_int_equal(held_files_expire(&held, 1000), 1000 + HELD_FILES_USEC);
	assert_int_equal(held_files_expire(&held, 999 + HELD_FILES_USEC), 1000 + HELD_FILES_USEC);
	assert_true(is_open(fd));
	assert_string_equal(held.files[0].path, "/a.log.1");
	assert_int_equal(held_files_expire(&held, 1000 + HELD_FILES_USEC), UINT64_MAX);
	assert_false(is_open(fd));
	assert_int_equal(held.n, 0);
}

static void the_oldest_makes_room(void **state)
{
	struct held_files held = { 0 };
	int fds[HELD_FILES_MAX + 1];

	(void)state;
	for (size_t i = 0; i <= HELD_FILES_MAX; i++) {
		fds[i] = open_file();
		held_files_add(&held, fds[i], "/a.log.1", i);
	}
	assert_int_equal(held.n, HELD_FILES_MAX);
	assert_false(is_open(fds[0]));
	for (size_t i = 1; i <= HELD_FILES_MAX; i++)
		assert_true(is_open(fds[i]));
	held_files_done(&held);
}

static void all_are_closed_at_the_end(void **state)
{
	struct held_files held = { 0 };
	int one = open_file(), other = open_file();

	(void)state;
	held_files_add(&held, one, "/a", 0);
	held_files_add(&held, other, "/b", 0);
	held_files_done(&held);
	assert_false(is_open(one));
	assert_false(is_open(other));
	assert_int_equal(held_files_expire(&held, 0), UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_held_until_its_time),
		cmocka_unit_test(the_oldest_makes_room),
		cmocka_unit_test(all_are_closed_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
