/* Paths as text. */
#include "config.h"

#include <limits.h>

#include "test.h"

#include "source/files/disk/paths.h"

static void an_entry_is_joined_to_its_directory(void **state)
{
	char path[PATH_MAX];

	(void)state;
	assert_true(path_join("/l", "a.log", path));
	assert_string_equal(path, "/l/a.log");
	assert_true(path_join("/", "a.log", path));
	assert_string_equal(path, "/a.log");
}

static void a_path_has_a_directory(void **state)
{
	static const struct {
		const char *path, *wanted; /* NULL = it has none */
	} rows[] = {
		{ "/l/a.log", "/l" },
		{ "/l/m/a.log", "/l/m" },
		{ "/a.log", "/" },
		{ "/", "/" },
		{ "a.log", NULL },
		{ "", NULL },
	};
	char path[PATH_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(path_directory(rows[i].path, path), rows[i].wanted != NULL);
		if (rows[i].wanted)
			assert_string_equal(path, rows[i].wanted);
	}
}

/* With its NUL a path has PATH_MAX bytes. */
static void what_is_longer_than_a_path_is_none(void **state)
{
	char name[PATH_MAX + 2], path[PATH_MAX];

	(void)state;
	for (size_t len = PATH_MAX - 4; len < PATH_MAX; len++) {
		memset(name, 'a', len);
		name[len] = '\0';
		assert_int_equal(path_join("/l", name, path), len + 3 < PATH_MAX);
	}
	for (size_t len = PATH_MAX - 2; len <= PATH_MAX; len++) {
		memset(name, 'a', len);
		name[0] = '/';
		memcpy(name + len, "/", 2);
		assert_int_equal(path_directory(name, path), len < PATH_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_is_joined_to_its_directory),
		cmocka_unit_test(a_path_has_a_directory),
		cmocka_unit_test(what_is_longer_than_a_path_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
