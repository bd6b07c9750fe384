/* Tests of flow/setup/profile-choice: which profiles a list of names means, and in which order. */
#include "config.h"

#include "test-setup.h"

#include "cause/profile.h"
#include "flow/setup/library.h"
#include "flow/setup/profile-choice.h"

static void put_profile(
	const struct fixture *f, const char *file, const char *name, const char *more)
{
	char content[256];

	(void)snprintf(content, sizeof(content), "profile: %s\ncatalog: tiny\n%s", name, more);
	put(f, file, content);
}

/* Two directories, as /etc/becaused before the installed one. */
static int begin(void **state)
{
	const struct fixture *f;

	if (start(state) < 0)
		return -1;
	f = *state;
	put(f, "installed/catalogs/tiny.yaml", CATALOG("tiny", CAUSE("1", "one")));
	put_profile(f, "installed/profiles/b.yaml", "b", "keys: [b]\n");
	put_profile(f, "installed/profiles/c.yaml", "c", "keys: [c]\ndefault: no\n");
	put_profile(f, "installed/profiles/a-file.yaml", "d", "keys: [d]\n");
	put_profile(f, "etc/profiles/z.yaml", "z", "keys: [z]\n");
	return 0;
}

static void load(struct fixture *f)
{
	const char *const directories[] = { path_of(f, "etc"), path_of(f, "installed"), NULL };

	(void)library_load(&f->library, directories, true, &f->diag);
	(void)library_bind(&f->library, true, &f->diag);
}

/* The names of what the list means, joined by blanks; `-` and the name that is missing. */
static void check_choice(const struct fixture *f, const char *const *names, const char *expected)
{
	struct text items[8];
	struct text_list list = { .items = items };
	struct text missing = { 0 };
	const struct profile **chosen = NULL;
	char found[256] = "";
	size_t n = 0, len = 0;
	int r;

	for (; names[list.n]; list.n++)
		items[list.n] = text_of(names[list.n]);
	r = choice_make(&f->library, &list, &missing, &chosen, &n);
	if (r == -ENOENT)
		(void)snprintf(found, sizeof(found), "-%.*s", TEXT_FORMAT(missing));
	for (size_t i = 0; r == 0 && i < n; i++)
		len += (size_t)snprintf(found + len, sizeof(found) - len, "%s%.*s",
			i > 0 ? " " : "", TEXT_FORMAT(chosen[i]->name));
	free(chosen);
	assert_string_equal(found, expected);
}

#define CHOICE(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void all_means_those_of_etc_first_and_then_the_order_of_names(void **state)
{
	load(*state);
	check_choice(*state, CHOICE("all"), "z b d");
}

static void a_list_keeps_its_order_and_names_each_once(void **state)
{
	load(*state);
	check_choice(*state, CHOICE("d", "b"), "d b");
	check_choice(*state, CHOICE("d", "b", "d"), "d b");
	check_choice(*state, CHOICE("c"), "c");
}

static void others_may_stand_beside_all(void **state)
{
	load(*state);
	check_choice(*state, CHOICE("all", "c"), "z b d c");
	check_choice(*state, CHOICE("c", "all"), "c z b d");
	check_choice(*state, CHOICE("d", "all"), "d z b");
	check_choice(*state, CHOICE("all", "all", "b"), "z b d");
	check_choice(*state, CHOICE("d", "b", "z", "all"), "d b z");
}

static void a_name_that_no_profile_has_is_given_back(void **state)
{
	load(*state);
	check_choice(*state, CHOICE("b", "none", "d"), "-none");
	check_choice(*state, CHOICE("B"), "-B");
	check_choice(*state, CHOICE("all", "./b.yaml"), "-./b.yaml");
}

static void a_profile_may_be_named_by_its_file(void **state)
{
	struct fixture *f = *state;
	const char *path;

	load(f);
	path = path_of(f, "installed/profiles/c.yaml");
	check_choice(f, CHOICE(path), "c");
	check_choice(f, CHOICE(path, "c"), "c");
	check_choice(f, CHOICE("all", path), "z b d c");
}

static void a_file_in_etc_replaces_the_installed_one_and_comes_first(void **state)
{
	struct fixture *f = *state;

	put_profile(f, "etc/profiles/a-file.yaml", "d", "keys: [e]\n");
	load(f);
	check_choice(f, CHOICE("all"), "d z b");
}

static void a_broken_profile_is_none_of_all(void **state)
{
	struct fixture *f = *state;

	put_profile(f, "etc/profiles/z.yaml", "z", "keys: [z]\nbase: x\n");
	load(f);
	check_choice(f, CHOICE("all"), "b d");
	check_choice(f, CHOICE("z"), "-z");
}

static void texts_that_are_too_short_keep_a_profile_out_of_all(void **state)
{
	struct fixture *f = *state;

	put_profile(f, "etc/profiles/p.yaml", "p",
		"patterns: [{requires: ab, regex: '(?<cause>x)'}]\n");
	put_profile(f, "etc/profiles/q.yaml", "q", "columns: [{column: 1, requires: ab}]\n");
	put_profile(f, "etc/profiles/r.yaml", "r", "columns: [{column: 1, requires: abc}]\n");
	put_profile(f, "etc/profiles/s.yaml", "s", "columns: [{header: a}]\n");
	load(f);
	check_choice(f, CHOICE("all"), "r s z b d");
	check_choice(f, CHOICE("q", "p"), "q p");
}

static void all_of_nothing_is_missing(void **state)
{
	struct fixture *f = *state;

	put_profile(f, "installed/profiles/b.yaml", "b", "keys: [b]\ndefault: no\n");
	put_profile(f, "installed/profiles/a-file.yaml", "d", "keys: [d]\ndefault: false\n");
	put_profile(f, "etc/profiles/z.yaml", "z", "keys: [z]\ndefault: no\n");
	load(f);
	check_choice(f, CHOICE("all"), "-all");
	check_choice(f, CHOICE("d", "all"), "-all");
	check_choice(f, CHOICE("d"), "d");
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIRECTORY(all_means_those_of_etc_first_and_then_the_order_of_names),
		IN_DIRECTORY(a_list_keeps_its_order_and_names_each_once),
		IN_DIRECTORY(others_may_stand_beside_all),
		IN_DIRECTORY(a_name_that_no_profile_has_is_given_back),
		IN_DIRECTORY(a_profile_may_be_named_by_its_file),
		IN_DIRECTORY(a_file_in_etc_replaces_the_installed_one_and_comes_first),
		IN_DIRECTORY(a_broken_profile_is_none_of_all),
		IN_DIRECTORY(texts_that_are_too_short_keep_a_profile_out_of_all),
		IN_DIRECTORY(all_of_nothing_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
