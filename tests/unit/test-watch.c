/* Tests of source/files/disk/watch: directories by their names. */
#include "config.h"

#include "test.h"

#include <sys/inotify.h>
#include <unistd.h>

#include "source/files/disk/watch.h"

enum { MANY = 3000 };

/* The kernel's part: a descriptor of its own for each name, which the test may change. */
static int next_wd;
static size_t n_removed;

int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask);
int __wrap_inotify_rm_watch(int fd, int wd);

int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask)
{
	(void)fd;
	(void)mask;
	return next_wd > 0 ? next_wd : atoi(path + 1);
}

int __wrap_inotify_rm_watch(int fd, int wd)
{
	(void)fd;
	(void)wd;
	n_removed++;
	return 0;
}

static int open_one(void **state)
{
	static struct watch watch;

	next_wd = 0;
	n_removed = 0;
	*state = &watch;
	return watch_open(&watch);
}

static int close_one(void **state)
{
	watch_close(*state);
	return 0;
}

static void add(struct watch *watch, size_t i, bool any)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/%zu", i);
	assert_int_equal(watch_add_directory(watch, path, any), 0);
}

/* The directory with this descriptor has the name that belongs to it. */
static void assert_watched(const struct watch *watch, size_t i)
{
	char path[32];
	size_t at = 0;
	const struct watch_directory *directory = watch_find_directory(watch, (int)i, &at);

	(void)snprintf(path, sizeof(path), "/%zu", i);
	assert_non_null(directory);
	assert_string_equal(directory->path, path);
	assert_null(watch_find_directory(watch, (int)i, &at));
}

static void a_directory_is_kept_once(void **state)
{
	struct watch *watch = *state;

	for (int round = 0; round < 2; round++)
		for (size_t i = 1; i <= MANY; i++)
			add(watch, i, false);
	assert_int_equal(watch->n, MANY);
	for (size_t i = 1; i <= MANY; i++)
		assert_watched(watch, i);
}

static void directories_that_are_not_added_again_are_dropped(void **state)
{
	struct watch *watch = *state;

	for (size_t i = 1; i <= MANY; i++)
		add(watch, i, false);
	watch_sweep(watch);
	assert_int_equal(watch->n, MANY);
	for (size_t i = 1; i <= MANY; i += 3)
		add(watch, i, false);
	watch_sweep(watch);
	assert_int_equal(watch->n, MANY / 3);
	assert_int_equal(n_removed, MANY - MANY / 3);
	/* What is left is found by name, and what was dropped is new. */
	for (size_t i = 1; i <= MANY; i++)
		add(watch, i, false);
	assert_int_equal(watch->n, MANY);
	for (size_t i = 1; i <= MANY; i++)
		assert_watched(watch, i);
}

static void one_directory_may_have_several_names(void **state)
{
	struct watch *watch = *state;
	size_t at = 0;

	next_wd = 7;
	add(watch, 1, false);
	add(watch, 2, true);
	assert_string_equal(watch_find_directory(watch, 7, &at)->path, "/1");
	assert_string_equal(watch_find_directory(watch, 7, &at)->path, "/2");
	watch_sweep(watch);
	add(watch, 2, false);
	watch_sweep(watch);
	/* The other name still has the descriptor. */
	assert_int_equal(n_removed, 0);
	next_wd = 8;
	add(watch, 2, false);
	assert_int_equal(n_removed, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_one, close_one)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_directory_is_kept_once),
		TEST(directories_that_are_not_added_again_are_dropped),
		TEST(one_directory_may_have_several_names),
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
