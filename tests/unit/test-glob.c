/* Which names a glob matches, and which are on the way to one. */
#include "config.h"

#include "test.h"

#include "source/files/disk/glob.h"

struct row {
	const char *path;
	bool is_match;
};

/* Check the paths against these two globs. */
static void check(
	bool (*has)(const struct text_list *, const char *), const struct row *rows, size_t n)
{
	struct text items[] = { TEXT("/l/*.log"), TEXT("/m/[ab]/x?") };
	const struct text_list globs = { .items = items, .n = COUNT(items) };
	size_t n_wrong = 0;

	for (size_t i = 0; i < n; i++)
		if (has(&globs, rows[i].path) != rows[i].is_match) {
			print_error("%s\n", rows[i].path);
			n_wrong++;
		}
	assert_int_equal(n_wrong, 0);
}

static void a_star_ends_at_a_slash_and_matches_no_first_dot(void **state)
{
	static const struct row rows[] = {
		{ "/l/a.log", true },
		{ "/l/.log", false },
		{ "/l/.a.log", false },
		{ "/l/a/b.log", false },
		{ "/l/a.log.1", false },
		{ "/l/a.log/", false },
		{ "/m/a/xy", true },
		{ "/m/c/xy", false },
		{ "/m/a/x", false },
		{ "/m/a", false },
	};

	(void)state;
	check(glob_matches, rows, COUNT(rows));
}

static void what_is_on_the_way_to_a_match_is_relevant(void **state)
{
	static const struct row rows[] = {
		{ "/", true },
		{ "/l", true },
		{ "/l/a.log", true },
		{ "/m", true },
		{ "/m/a", true },
		{ "/m/a/xy", true },
		{ "/m/c", false },
		{ "/l/a", false },
		{ "/n", false },
		{ "/l/a.log/b", false },
	};

	(void)state;
	check(glob_is_relevant, rows, COUNT(rows));
}

static void compressed_files_are_known_by_their_endings(void **state)
{
	static const struct row rows[] = {
		{ "/l/a.log.gz", true },
		{ "/l/a.log.xz", true },
		{ "/l/a.log.bz2", true },
		{ "/l/a.log.zst", true },
		{ "/l/a.log.lz4", true },
		{ "/l/a.log.Z", true },
		{ "/l/a.zip", true },
		{ "/l/a.lzma", true },
		{ "/l/a.gz.log", false },
		{ "/l/agz", false },
		{ ".gz", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(glob_is_compressed(rows[i].path), rows[i].is_match);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_star_ends_at_a_slash_and_matches_no_first_dot),
		cmocka_unit_test(what_is_on_the_way_to_a_match_is_relevant),
		cmocka_unit_test(compressed_files_are_known_by_their_endings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
