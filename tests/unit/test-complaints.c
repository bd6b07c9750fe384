/* Paths with a problem are reported once. */
#include "config.h"

#include "test.h"

#include "source/files/disk/complaints.h"

static void a_path_is_reported_once_until_its_problem_is_gone(void **state)
{
	static struct complaints complaints;

	(void)state;
	assert_true(complaints_add(&complaints, "/a.log"));
	assert_false(complaints_add(&complaints, "/a.log"));
	assert_true(complaints_add(&complaints, "/b.log"));
	assert_true(complaints_remove(&complaints, "/a.log"));
	assert_false(complaints_remove(&complaints, "/a.log"));
	assert_true(complaints_add(&complaints, "/a.log"));
	assert_false(complaints_add(&complaints, "/b.log"));
	complaints_done(&complaints);
}

/* What cannot be remembered would be reported at each look. */
static void paths_past_the_bound_are_not_reported(void **state)
{
	static struct complaints complaints;
	char path[32];

	(void)state;
	for (int i = 0; i < COMPLAINTS_MAX; i++) {
		(void)snprintf(path, sizeof(path), "/%d.log", i);
		assert_true(complaints_add(&complaints, path));
		assert_false(complaints_add(&complaints, path));
	}
	assert_false(complaints_add(&complaints, "/more.log"));
	assert_true(complaints_remove(&complaints, "/5.log"));
	assert_true(complaints_add(&complaints, "/more.log"));
	assert_false(complaints_add(&complaints, "/more.log"));
	complaints_done(&complaints);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_is_reported_once_until_its_problem_is_gone),
		cmocka_unit_test(paths_past_the_bound_are_not_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
