/* The names that a rotation gives. */
#include "config.h"

#include <limits.h>

#include "test.h"

#include "source/files/disk/rotation-names.h"

static void a_name_may_come_from_a_rotation_or_not(void **state)
{
	static const struct {
		const char *original, *name;
		bool is_rotation;
	} rows[] = {
		/* numbers */
		{ "/l/a.log", "/l/a.log.1", true },
		{ "/l/a.log", "/l/a.log.10", true },
		{ "/l/a.log", "/l/a.log-1", true },
		{ "/l/a.log", "/l/a-1.log", true },
		{ "/l/a.log", "/l/a.1.log", true },
		{ "/l/a.log", "/l/a_1.log", true },
		{ "/l/messages", "/l/messages.1", true },
		{ "/l/messages", "/l/messages-20260801", true },
		/* dates and times */
		{ "/l/a.log", "/l/a.log-20260801", true },
		{ "/l/a.log", "/l/a.log-20260801.1", true },
		{ "/l/app.log", "/l/app-2026-11-29.log", true },
		{ "/l/app.log", "/l/app.log.2026-11-29", true },
		{ "/l/app.log", "/l/app.log.2026-11-29T10:20:30.123", true },
		{ "/l/app.log", "/l/app-20261129T102030Z.log", true },
		{ "/l/app.log", "/l/app.log-1796035200", true },
		/* words */
		{ "/l/a.log", "/l/a.log.old", true },
		{ "/l/a.log", "/l/a.old.log", true },
		{ "/l/a.log", "/l/a.log~", true },
		{ "/l/a.log", "/l/a.log.bak", true },
		{ "/l/a.log", "/l/a.log.backup-2", true },
		{ "/l/a.log", "/l/a (1).log", false },
		{ "/l/a.log", "/l/a.log.older", false },
		{ "/l/a.log", "/l/a.log.new", false },
		/* compressed */
		{ "/l/a.log", "/l/a.log.1.gz", true },
		{ "/l/a.log", "/l/a.log-20260801.xz", true },
		{ "/l/a.log", "/l/a.log.gz", false },
		/* no rotation */
		{ "/l/a.log", "/l/a.log", false },
		{ "/l/a.log.1", "/l/a.log", false },
		{ "/l/a.log.1", "/l/a.log.2", false },
		{ "/l/node.log", "/l/node1.log", false },
		{ "/l/node1.log", "/l/node2.log", false },
		{ "/l/report-20261101.log", "/l/report-20261102.log", false },
		{ "/l/report.log", "/l/report-20261102.log", true },
		{ "/l/a.log", "/l/a-b.log", false },
		{ "/l/a.log", "/l/a-1b.log", false },
		{ "/l/a.log", "/l/b.log.1", false },
		{ "/l/a.log", "/l/a.txt.1", false },
		{ "/l/a", "/l/a.", false },
		/* another directory */
		{ "/l/a.log", "/m/a.log.1", false },
		{ "/l/a.log", "/l/old/a.log.1", false },
		{ "/l", "/l.1/", false },
		{ "/l.1/a.log", "/l.1/a.log.2", true },
		{ "/l/.log", "/l/.1", false },
		{ "a.log", "a.log.1", true },
	};
	size_t n_wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (rotation_names_match(rows[i].original, rows[i].name) != rows[i].is_rotation) {
			print_error("%s of %s\n", rows[i].name, rows[i].original);
			n_wrong++;
		}
	assert_int_equal(n_wrong, 0);
}

struct visits {
	size_t n, last_len;
	bool is_sorted;
};

static void note_visit(const char *original, void *userdata)
{
	struct visits *visits = userdata;
	size_t len = strlen(original);

	visits->is_sorted &= visits->n == 0 || len < visits->last_len;
	visits->last_len = len;
	visits->n++;
}

static void the_longest_names_come_first_and_no_more_than_the_bound(void **state)
{
	struct visits visits = { .is_sorted = true };

	(void)state;
	rotation_names_visit("/l/a.log.1.2.3", note_visit, &visits);
	assert_int_equal(visits.n, 3);
	assert_true(visits.is_sorted);
	visits = (struct visits){ .is_sorted = true };
	rotation_names_visit("/l/a.1.2.3.4.5.6.7.8.9.10", note_visit, &visits);
	assert_int_equal(visits.n, ROTATION_NAMES_MAX);
	assert_true(visits.is_sorted);
}

/* The longest path has PATH_MAX bytes with its NUL. */
static void a_name_as_long_as_a_path_is_looked_at(void **state)
{
	char original[PATH_MAX + 1], name[PATH_MAX + 1];

	(void)state;
	for (size_t len = PATH_MAX - 2; len <= PATH_MAX; len++) {
		memset(name, 'a', len);
		name[0] = '/';
		memcpy(name + len - 2, ".1", 3);
		memcpy(original, name, len - 2);
		original[len - 2] = '\0';
		assert_int_equal(rotation_names_match(original, name), len < PATH_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_may_come_from_a_rotation_or_not),
		cmocka_unit_test(the_longest_names_come_first_and_no_more_than_the_bound),
		cmocka_unit_test(a_name_as_long_as_a_path_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
