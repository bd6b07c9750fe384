/* From directories of files to a library, and everything that can be wrong between files that are
 * right one by one. */
#include "config.h"

#include "test-setup.h"

#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "cause/catalog.h"
#include "cause/profile.h"

static int load_library(struct fixture *f, const char *first, const char *second)
{
	char a[256], b[256];
	const char *const directories[] = { a, second ? b : NULL, NULL };

	(void)snprintf(a, sizeof(a), "%s", path_of(f, first));
	(void)snprintf(b, sizeof(b), "%s", path_of(f, second ? second : ""));
	return library_load(&f->library, directories, true, &f->diag);
}

/* Add the single file TOP/name. */
static int add_one(struct fixture *f, const char *name)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(1024 * 1024);
	int r = library_read_content(path_of(f, name), &content, &f->diag);

	if (r < 0)
		return r;
	return library_add(&f->library, path_of(f, name), buffer_text(&content), &f->diag);
}

static const struct catalog *catalog(const struct fixture *f, const char *name)
{
	return library_find_catalog(&f->library, text_of(name));
}

static void catalogs_and_profiles_are_found_by_name(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	assert_good(load_library(f, "data", NULL), &f->diag);
	assert_non_null(catalog(f, "tiny"));
	assert_non_null(library_find_profile(&f->library, text_of("small")));
	assert_null(catalog(f, "small"));
	assert_null(catalog(f, "tin"));
	assert_null(library_find_profile(&f->library, text_of("tiny")));
}

static void a_file_in_an_earlier_directory_replaces_the_one_of_the_same_name(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	put(f, "site/catalogs/tiny.yaml", CATALOG("tiny", CAUSE("2", "two")));
	assert_good(load_library(f, "site", "data"), &f->diag);
	assert_non_null(catalog_find(catalog(f, "tiny"), 2));
	assert_null(catalog_find(catalog(f, "tiny"), 1));
	assert_good(library_bind(&f->library, true, &f->diag), &f->diag);
}

static void a_profile_is_replaced_as_a_catalog_is(void **state)
{
	struct fixture *f = *state;
	const struct profile *profile;

	put_library(f);
	put(f, "site/profiles/small.yaml", "profile: small\ncatalog: tiny\nkeys: [mine]\n");
	assert_good(load_library(f, "site", "data"), &f->diag);
	profile = library_find_profile(&f->library, text_of("small"));
	assert_non_null(profile);
	assert_int_equal(profile->n_keys, 1);
	assert_text(profile->keys[0].name, "mine");
}

static void a_replaced_file_is_not_read(void **state)
{
	struct fixture *f = *state;

	put(f, "data/catalogs/tiny.yaml", "this is: [broken\n");
	put(f, "site/catalogs/tiny.yaml", CATALOG("tiny", CAUSE("2", "two")));
	assert_good(load_library(f, "site", "data"), &f->diag);
	assert_non_null(catalog(f, "tiny"));
}

static void a_file_of_another_name_replaces_nothing(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	put(f, "site/catalogs/other.yaml", CATALOG("other", CAUSE("1", "one")));
	put(f, "site/profiles/tiny.yaml", PROFILE("another", "other", ""));
	assert_good(load_library(f, "site", "data"), &f->diag);
	assert_non_null(catalog(f, "tiny"));
	assert_non_null(catalog(f, "other"));
	assert_non_null(library_find_profile(&f->library, text_of("small")));
	assert_non_null(library_find_profile(&f->library, text_of("another")));
}

static void a_directory_that_is_not_there_is_empty(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	assert_good(load_library(f, "absent", "data"), &f->diag);
	assert_non_null(catalog(f, "tiny"));
	library_done(&f->library);
	assert_good(load_library(f, "absent", NULL), &f->diag);
	assert_int_equal(f->library.n_files, 0);
}

static void a_directory_with_one_of_the_two_folders_is_enough(void **state)
{
	struct fixture *f = *state;

	put(f, "data/catalogs/tiny.yaml", CATALOG("tiny", CAUSE("1", "one")));
	assert_good(load_library(f, "data", NULL), &f->diag);
	assert_int_equal(f->library.n_files, 1);
}

static void a_folder_that_is_a_file_is_an_error(void **state)
{
	struct fixture *f = *state;

	put(f, "data/catalogs", "catalog: tiny\n");
	assert_int_equal(load_library(f, "data", NULL), -EINVAL);
	assert_error(f, "data/catalogs", 0, 0, "cannot read: Not a directory");
}

static void only_yaml_files_are_read(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	put(f, "data/catalogs/README", "no catalog");
	put(f, "data/catalogs/tiny.yaml.orig", "no catalog");
	put(f, "data/catalogs/tiny.yml", "no catalog");
	put(f, "data/catalogs/.tiny.yaml", "no catalog");
	put(f, "data/catalogs/.yaml", "no catalog");
	assert_good(load_library(f, "data", NULL), &f->diag);
	assert_int_equal(f->library.n_files, 2);
}

static void errors_of_all_files_come_in_the_order_of_their_names(void **state)
{
	struct fixture *f = *state;

	put(f, "data/catalogs/b.yaml", "catalog: b\n");
	put(f, "data/catalogs/a.yaml", "");
	put(f, "data/profiles/c.yaml", "profile: c\n\nnonsense: 1\ncatalog: a\n");
	assert_int_equal(load_library(f, "data", NULL), -EINVAL);
	assert_errors(&f->diag, { 0, 0, "there is nothing in this file" },
		{ 1, 1, "key 'causes' is missing" }, { 3, 1, "unknown key 'nonsense'" });
	assert_string_equal(f->diag.errors[0].file, path_of(f, "data/catalogs/a.yaml"));
	assert_string_equal(f->diag.errors[1].file, path_of(f, "data/catalogs/b.yaml"));
	assert_string_equal(f->diag.errors[2].file, path_of(f, "data/profiles/c.yaml"));
}

static void a_file_that_cannot_be_opened_is_an_error(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	assert_int_equal(symlink("absent", path_of(f, "data/catalogs/a.yaml")), 0);
	assert_int_equal(load_library(f, "data", NULL), -EINVAL);
	assert_error(f, "data/catalogs/a.yaml", 0, 0, "cannot read: No such file");
	assert_non_null(catalog(f, "tiny"));
}

static void a_file_that_may_not_be_read_is_an_error(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	assert_int_equal(chmod(path_of(f, "data/catalogs/tiny.yaml"), 0), 0);
	if (access(path_of(f, "data/catalogs/tiny.yaml"), R_OK) == 0)
		skip(); /* root may read everything */
	assert_int_equal(load_library(f, "data", NULL), -EINVAL);
	assert_error(f, "data/catalogs/tiny.yaml", 0, 0, "cannot read: Permission denied");
}

static void a_catalog_that_is_there_twice_is_an_error(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	put(f, "data/catalogs/zzz.yaml", "\n" CATALOG("tiny", CAUSE("2", "two")));
	assert_good(load_library(f, "data", NULL), &f->diag);
	assert_int_equal(library_bind(&f->library, true, &f->diag), -EINVAL);
	assert_error(f, "data/catalogs/zzz.yaml", 2, 1, "catalog 'tiny' is also in");
	assert_non_null(strstr(f->diag.errors[0].text, "/data/catalogs/tiny.yaml"));
}

static void a_profile_that_is_there_twice_is_an_error(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	put(f, "data/profiles/zzz.yaml", PROFILE("small", "tiny", ""));
	assert_good(load_library(f, "data", NULL), &f->diag);
	assert_int_equal(library_bind(&f->library, true, &f->diag), -EINVAL);
	assert_error(f, "data/profiles/zzz.yaml", 1, 1, "profile 'small' is also in");
}

/* What is shipped is not at fault. */
static void of_two_directories_the_first_has_the_error(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	put(f, "site/profiles/zzz.yaml", PROFILE("small", "tiny", ""));
	assert_good(load_library(f, "site", "data"), &f->diag);
	assert_int_equal(library_bind(&f->library, true, &f->diag), -EINVAL);
	assert_error(f, "site/profiles/zzz.yaml", 1, 1, "profile 'small' is also in");
	assert_non_null(strstr(f->diag.errors[0].text, "/data/profiles/small.yaml"));
	assert_non_null(library_find_profile(&f->library, text_of("small")));
}

static void a_file_whose_name_has_another_end_gets_a_warning(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	put(f, "data/catalogs/other.yml", CATALOG("other", CAUSE("1", "one")));
	put(f, "data/catalogs/README", "");
	assert_int_equal(load_library(f, "data", NULL), 0);
	assert_null(catalog(f, "other"));
	assert_int_equal(f->diag.n_warnings, 1);
	assert_string_equal(f->diag.warnings[0].file, path_of(f, "data/catalogs/other.yml"));
	assert_string_equal(
		f->diag.warnings[0].text, "not read, for its name does not end in '.yaml'");
}

static void a_profile_without_its_catalog_is_an_error(void **state)
{
	struct fixture *f = *state;

	put(f, "data/profiles/small.yaml", PROFILE("small", "tiny", ""));
	assert_good(load_library(f, "data", NULL), &f->diag);
	assert_int_equal(library_bind(&f->library, true, &f->diag), -EINVAL);
	assert_error(f, "data/profiles/small.yaml", 2, 10, "there is no catalog 'tiny'");
}

/* The catalog may be in a file that could not be read, which was reported. */
static void a_missing_catalog_is_no_error_in_an_incomplete_library(void **state)
{
	struct fixture *f = *state;

	put(f, "data/profiles/small.yaml", PROFILE("small", "tiny", ""));
	assert_good(load_library(f, "data", NULL), &f->diag);
	assert_good(library_bind(&f->library, false, &f->diag), &f->diag);
	assert_good(library_run_examples(&f->library, &f->diag), &f->diag);
}

static void an_example_that_fails_is_an_error(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	put(f, "data/profiles/small.yaml",
		PROFILE("small", "tiny",
			"examples:\n"
			"  - {line: smallCode=1, causes: [1]}\n"
			"  - {line: smallCode=1, causes: [2]}\n"
			"  - line: smallCode=x\n"
			"    causes: [1]\n"
			"  - {line: smallCode=77, causes: ['77']}\n"));
	assert_good(load_library(f, "data", NULL), &f->diag);
	assert_good(library_bind(&f->library, true, &f->diag), &f->diag);
	assert_int_equal(library_run_examples(&f->library, &f->diag), -EINVAL);
	assert_errors(&f->diag,
		{ 6, 5, "the profile finds [1] in this example, which expects [2]" },
		{ 7, 5, "the profile finds [] in this example, which expects [1]" });
}

static void files_at_the_bound_are_read_and_one_past_it_refused(void **state)
{
	struct fixture *f = *state;
	char name[64], content[128];

	for (size_t i = 0; i < LIBRARY_FILES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "data/catalogs/c%zu.yaml", i);
		(void)snprintf(content, sizeof(content), "catalog: c%zu\ncauses: []\n", i);
		put(f, name, content);
	}
	assert_good(load_library(f, "data", NULL), &f->diag);
	assert_int_equal(f->library.n_files, LIBRARY_FILES_MAX);
	library_done(&f->library);
	put(f, "data/profiles/p.yaml", PROFILE("p", "c0", ""));
	assert_int_equal(load_library(f, "data", NULL), -EINVAL);
	assert_int_equal(f->diag.n_errors, 1);
}

static void a_single_file_is_known_by_what_it_holds(void **state)
{
	struct fixture *f = *state;

	put(f, "a", CATALOG("tiny", CAUSE("1", "one")));
	put(f, "b", PROFILE("small", "tiny", ""));
	put(f, "c", "severity: keep\n");
	put(f, "d", "");
	assert_int_equal(add_one(f, "a"), 0);
	assert_int_equal(add_one(f, "b"), 0);
	assert_int_equal(add_one(f, "c"), LIBRARY_OTHER);
	assert_int_equal(add_one(f, "d"), LIBRARY_EMPTY);
	assert_good(library_bind(&f->library, true, &f->diag), &f->diag);
	assert_non_null(catalog(f, "tiny"));
	assert_non_null(library_find_profile(&f->library, text_of("small")));
}

static void a_single_file_replaces_what_has_its_name(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	put(f, "new", CATALOG("tiny", CAUSE("2", "two")));
	assert_good(load_library(f, "data", NULL), &f->diag);
	assert_int_equal(add_one(f, "new"), 0);
	assert_good(library_bind(&f->library, true, &f->diag), &f->diag);
	assert_non_null(catalog_find(catalog(f, "tiny"), 2));
	assert_null(catalog_find(catalog(f, "tiny"), 1));
}

static void two_single_files_with_one_name_are_an_error(void **state)
{
	struct fixture *f = *state;

	put(f, "a", CATALOG("tiny", CAUSE("1", "one")));
	put(f, "b", CATALOG("tiny", CAUSE("2", "two")));
	assert_int_equal(add_one(f, "a"), 0);
	assert_int_equal(add_one(f, "b"), 0);
	assert_int_equal(library_bind(&f->library, true, &f->diag), -EINVAL);
	assert_error(f, "b", 1, 1, "catalog 'tiny' is also in");
}

static void a_single_file_that_would_replace_no_file_gets_a_warning(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	put(f, "mine.yaml", PROFILE("small", "tiny", ""));
	put(f, "small.yaml", PROFILE("small", "tiny", ""));
	f->diag.advises = true;
	assert_int_equal(load_library(f, "data", NULL), 0);
	assert_int_equal(add_one(f, "small.yaml"), 0);
	assert_int_equal(f->diag.n_warnings, 0);
	library_done(&f->library);
	assert_int_equal(load_library(f, "data", NULL), 0);
	assert_int_equal(add_one(f, "mine.yaml"), 0);
	assert_int_equal(f->diag.n_warnings, 1);
	assert_non_null(
		strstr(f->diag.warnings[0].text, "which only a file 'small.yaml' replaces"));
}

static void a_single_file_that_is_broken_reports_all_its_errors(void **state)
{
	struct fixture *f = *state;

	put(f, "a", "catalog: Tiny\ncauses:\n  - {code: x}\n");
	assert_int_equal(add_one(f, "a"), -EINVAL);
	assert_errors(&f->diag, { 1, 10, "lower-case" }, { 3, 12, "not a decimal number" },
		{ 3, 5, "key 'name' is missing" }, { 3, 5, "key 'description' is missing" },
		{ 3, 5, "key 'severity' is missing" });
	diag_done(&f->diag);
	put(f, "b", "catalog: [\n");
	assert_int_equal(add_one(f, "b"), -EINVAL);
	assert_int_equal(f->diag.n_errors, 1);
	diag_done(&f->diag);
	assert_int_equal(add_one(f, "absent"), -EINVAL);
	assert_error(f, "absent", 0, 0, "cannot read: No such file");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(catalogs_and_profiles_are_found_by_name),
		TEST(a_file_in_an_earlier_directory_replaces_the_one_of_the_same_name),
		TEST(a_profile_is_replaced_as_a_catalog_is),
		TEST(a_replaced_file_is_not_read),
		TEST(a_file_of_another_name_replaces_nothing),
		TEST(a_directory_that_is_not_there_is_empty),
		TEST(a_directory_with_one_of_the_two_folders_is_enough),
		TEST(a_folder_that_is_a_file_is_an_error),
		TEST(only_yaml_files_are_read),
		TEST(errors_of_all_files_come_in_the_order_of_their_names),
		TEST(a_file_that_cannot_be_opened_is_an_error),
		TEST(a_file_that_may_not_be_read_is_an_error),
		TEST(a_catalog_that_is_there_twice_is_an_error),
		TEST(a_profile_that_is_there_twice_is_an_error),
		TEST(a_profile_without_its_catalog_is_an_error),
		TEST(a_missing_catalog_is_no_error_in_an_incomplete_library),
		TEST(an_example_that_fails_is_an_error),
		TEST(files_at_the_bound_are_read_and_one_past_it_refused),
		TEST(a_single_file_is_known_by_what_it_holds),
		TEST(of_two_directories_the_first_has_the_error),
		TEST(a_file_whose_name_has_another_end_gets_a_warning),
		TEST(two_single_files_with_one_name_are_an_error),
		TEST(a_single_file_that_would_replace_no_file_gets_a_warning),
		TEST(a_single_file_replaces_what_has_its_name),
		TEST(a_single_file_that_is_broken_reports_all_its_errors),
	};

	return cmocka_run_group_tests_name("flow/setup/library", tests, NULL, NULL);
}
