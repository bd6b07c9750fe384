/* The files source: files with several names, and files that cannot be read. */
#include "config.h"

#include "test-files.h"

/* -- several names ---------------------------------------------------------- */

static void a_file_with_a_link_begins_at_its_end(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "before\n");
	assert_int_equal(symlink("a.log", world_path(w, "current.log")), 0);
	world_start(w);
	assert_lines(w, "");
	world_append(w, "a.log", "one\n");
	assert_lines(w, "one\n");
}

static void a_file_with_two_names_begins_at_its_end(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "before\n");
	assert_int_equal(link(world_path(w, "a.log"), world_path(w, "b.log")), 0);
	world_start(w);
	assert_lines(w, "");
	world_append(w, "a.log", "one\n");
	assert_lines(w, "one\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_file_with_a_link_begins_at_its_end),
		WORLD_TEST(a_file_with_two_names_begins_at_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
