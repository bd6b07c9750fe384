/* Symbolic links, one step at a time. */
#include "config.h"

#include "test.h"

#include <limits.h>
#include <unistd.h>

#include "source/files/disk/symlink.h"

struct fixture {
	char directory[32], link[64];
};

static int begin(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .directory = "/tmp/because-test.XXXXXX" };
	if (!mkdtemp(f.directory))
		return -1;
	(void)snprintf(f.link, sizeof(f.link), "%s/link", f.directory);
	*state = &f;
	return 0;
}

static int end(void **state)
{
	const struct fixture *f = *state;

	(void)unlink(f->link);
	return rmdir(f->directory);
}

static void an_absolute_target_takes_the_place_of_the_path(void **state)
{
	const struct fixture *f = *state;
	char path[PATH_MAX];

	assert_int_equal(symlink("/none/a.log", f->link), 0);
	(void)snprintf(path, sizeof(path), "%s", f->link);
	assert_true(symlink_step(path, sizeof(path)));
	assert_string_equal(path, "/none/a.log");
	assert_false(symlink_step(path, sizeof(path)));
	assert_string_equal(path, "/none/a.log");
}

static void a_relative_target_is_in_the_directory_of_the_link(void **state)
{
	const struct fixture *f = *state;
	char path[PATH_MAX], wanted[PATH_MAX];

	assert_int_equal(symlink("../none/a.log", f->link), 0);
	(void)snprintf(path, sizeof(path), "%s", f->link);
	(void)snprintf(wanted, sizeof(wanted), "%s/../none/a.log", f->directory);
	assert_true(symlink_step(path, sizeof(path)));
	assert_string_equal(path, wanted);
}

static void what_is_no_link_stays(void **state)
{
	const struct fixture *f = *state;
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s", f->directory);
	assert_false(symlink_step(path, sizeof(path)));
	assert_string_equal(path, f->directory);
}

/* The target, with its NUL, fits or is not written. */
static void a_target_has_room_or_is_none(void **state)
{
	const struct fixture *f = *state;

	assert_int_equal(symlink("/01234567890123456789012345678901234567890", f->link), 0);
	for (size_t size = 41; size <= 43; size++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "%s", f->link);
		assert_int_equal(symlink_step(path, size), size > 42);
	}
}

#define SYMLINK_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SYMLINK_TEST(an_absolute_target_takes_the_place_of_the_path),
		SYMLINK_TEST(a_relative_target_is_in_the_directory_of_the_link),
		SYMLINK_TEST(what_is_no_link_stays),
		SYMLINK_TEST(a_target_has_room_or_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
