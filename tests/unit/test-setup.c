/* From a configuration and a library to a setup, and what can be wrong between the two. */
#include "config.h"

#include "test-setup.h"

#include <syslog.h>

#include "base/cleanup.h"
#include "cause/catalog.h"
#include "cause/profile.h"
#include "cause/recognizer.h"

static int load_setup(struct fixture *f, const char *config)
{
	const struct setup_options options = { .config = f->config, .data = f->data };

	if (config)
		put(f, "becaused.yaml", config);
	return setup_load(&f->setup, &options, &f->diag);
}

static void what_is_shipped_loads_without_errors(void **state)
{
	const char *top = getenv("top_srcdir");
	char config[4096], data[4096];
	const struct setup_options options = { .config = config, .data = data };
	struct fixture *f = *state;

	(void)snprintf(config, sizeof(config), "%s/etc/becaused.yaml", top ? top : ".");
	(void)snprintf(data, sizeof(data), "%s/etc", top ? top : ".");
	assert_good(setup_load(&f->setup, &options, &f->diag), &f->diag);
	assert_non_null(library_find_catalog(&f->setup.library, text_of("huawei-cec")));
	assert_non_null(library_find_catalog(&f->setup.library, text_of("huawei-cec-outbound")));
}

static void a_configuration_that_is_named_must_be_there(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	assert_int_equal(unlink(f->config), 0);
	assert_int_equal(load_setup(f, NULL), -EINVAL);
	assert_error(f, "becaused.yaml", 0, 0, "cannot read: No such file");
}

static void a_data_directory_that_is_named_must_be_there(void **state)
{
	struct fixture *f = *state;

	put(f, "becaused.yaml", "");
	assert_int_equal(load_setup(f, NULL), -EINVAL);
	assert_error(f, "data", 0, 0, "cannot read: No such file");
	diag_done(&f->diag);
	setup_done(&f->setup);
	put(f, "data", "a file");
	assert_int_equal(load_setup(f, NULL), -EINVAL);
	assert_error(f, "data", 0, 0, "cannot read: Not a directory");
}

static void overrides_change_the_catalog(void **state)
{
	struct fixture *f = *state;
	const struct catalog *tiny;
	char version[CATALOG_VERSION_LEN + 1];

	put_library(f);
	assert_good(load_setup(f, ""), &f->diag);
	tiny = library_find_catalog(&f->setup.library, text_of("tiny"));
	memcpy(version, tiny->version, sizeof(version));
	setup_done(&f->setup);

	assert_good(load_setup(f, "overrides: {tiny: {1: {severity: info, action: Sleep.}}}\n"),
		&f->diag);
	tiny = library_find_catalog(&f->setup.library, text_of("tiny"));
	assert_int_equal(catalog_find(tiny, 1)->severity, LOG_INFO);
	assert_text(catalog_find(tiny, 1)->action, "Sleep.");
	assert_text(catalog_find(tiny, 1)->description, "About one.");
	assert_int_equal(catalog_find(tiny, 10)->severity, LOG_ERR);
	assert_string_not_equal(tiny->version, version);
}

static void overrides_add_to_the_catalog(void **state)
{
	struct fixture *f = *state;
	const struct catalog *catalog;

	put_library(f);
	assert_good(load_setup(f, "overrides: {tiny: {9: {name: nine, description: New.},"
				  " word: {description: New., severity: err}}}\n"),
		&f->diag);
	catalog = library_find_catalog(&f->setup.library, TEXT("tiny"));
	assert_text(catalog_find(catalog, 9)->name, "nine");
	assert_text(catalog_find_name(catalog, TEXT("word"))->description, "New.");
}

static void an_override_inside_a_range_leaves_its_neighbors_alone(void **state)
{
	static const uint64_t codes[] = { 10, 13, 14, 16, 19 };
	struct fixture *f = *state;
	const struct catalog *tiny;

	put_library(f);
	assert_good(load_setup(f, "overrides: {tiny: {15: {severity: crit}}}\n"), &f->diag);
	tiny = library_find_catalog(&f->setup.library, text_of("tiny"));
	assert_int_equal(catalog_find(tiny, 15)->severity, LOG_CRIT);
	for (size_t i = 0; i < COUNT(codes); i++)
		assert_int_equal(catalog_find(tiny, codes[i])->severity, LOG_ERR);
	assert_null(catalog_find(tiny, 20));
}

static void an_override_inside_a_range_changes_nothing_about_what_is_ignored(void **state)
{
	CLEANUP(recognizer_freep) struct recognizer *recognizer = NULL;
	const struct text_list none = { 0 };
	struct fixture *f = *state;
	struct text missing;
	size_t n;

	put_library(f);
	put(f, "data/profiles/small.yaml", PROFILE("small", "tiny", "ignore: [ten]\n"));
	assert_good(load_setup(f, "overrides: {tiny: {15: {severity: crit}}}\n"), &f->diag);
	assert_int_equal(setup_recognizer(&f->setup, &none, &missing, &recognizer), 0);
	(void)recognizer_find(recognizer, TEXT("smallCode=12 smallCode=15 smallCode=19"), &n);
	assert_int_equal(n, 0);
	(void)recognizer_find(recognizer, TEXT("smallCode=1"), &n);
	assert_int_equal(n, 1);
}

static void overrides_of_what_no_catalog_has_are_errors(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	assert_int_equal(load_setup(f, "overrides:\n"
				       "  tiny:\n"
				       "    2: {severity: info}\n"
				       "    20: {severity: info}\n"
				       "  tony: {}\n"),
		-EINVAL);
	assert_errors(&f->diag, { 3, 5, "catalog tiny has no code 2" }, { 4, 5, "no code 20" },
		{ 5, 3, "there is no catalog 'tony'; did you mean 'tiny'?" });
}

static void profiles_that_are_not_there_are_errors_where_they_are_named(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	assert_int_equal(load_setup(f, "profiles: [small, big]\n"
				       "sources: [{name: a, profiles: [tall], journal: {}}]\n"),
		-EINVAL);
	assert_errors(&f->diag, { 1, 19, "there is no profile 'big'" },
		{ 2, 32, "there is no profile 'tall'" });
}

/* `because list` needs no profile at all, so there may be none. */
static void a_profile_is_missed_only_by_who_needs_one(void **state)
{
	const struct text_list none = { 0 };
	struct recognizer *recognizer = NULL;
	struct fixture *f = *state;
	struct text missing = { 0 };

	put(f, "becaused.yaml", "");
	put(f, "data/profiles/own.yaml", PROFILE("own", "tiny", "default: no\n"));
	put(f, "data/catalogs/tiny.yaml", CATALOG("tiny", CAUSE("1", "one")));
	assert_good(load_setup(f, ""), &f->diag);
	assert_int_equal(setup_recognizer(&f->setup, &none, &missing, &recognizer), -ENOENT);
	assert_text(missing, "all");
	assert_null(recognizer);
}

/* The catalogs' codes that a line has, by the profiles of this list; 0 = the configuration's. */
static size_t count_codes(const struct fixture *f, struct text_list names, const char *line)
{
	CLEANUP(recognizer_freep) struct recognizer *recognizer = NULL;
	struct text missing = { 0 };
	size_t n = 0;

	assert_int_equal(setup_recognizer(&f->setup, &names, &missing, &recognizer), 0);
	(void)recognizer_find(recognizer, text_of(line), &n);
	return n;
}

static void all_profiles_are_used_but_those_that_must_be_named(void **state)
{
	struct text named[] = { TEXT("all"), TEXT("own"), TEXT("big") };
	struct fixture *f = *state;
	const char *line = "smallCode=1 bigCode=1 ownCode=1 x,1";

	put_library(f);
	put(f, "data/profiles/big.yaml", PROFILE("big", "tiny", ""));
	put(f, "data/profiles/own.yaml", PROFILE("own", "tiny", "default: no\n"));
	put(f, "data/profiles/short.yaml",
		PROFILE("short", "tiny", "patterns: [{requires: 'x,', regex: 'x,(?<cause>1)'}]\n"));
	assert_good(load_setup(f, ""), &f->diag);
	assert_int_equal(count_codes(f, (struct text_list){ 0 }, line), 2);
	assert_int_equal(count_codes(f, (struct text_list){ .items = named, .n = 1 }, line), 2);
	assert_int_equal(count_codes(f, (struct text_list){ .items = named, .n = 3 }, line), 3);
	named[0] = TEXT("short");
	assert_int_equal(count_codes(f, (struct text_list){ .items = named, .n = 1 }, line), 1);
}

static void of_profiles_that_were_written_none_may_be_missing(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	put(f, "data/profiles/cec.yaml", PROFILE("huawei-cec", "tiny", ""));
	assert_int_equal(load_setup(f, "profiles: [huawei-cec, huawei-cec-outbound]\n"), -EINVAL);
	assert_error(f, "becaused.yaml", 1, 24, "there is no profile 'huawei-cec-outbound'");
}

static void the_daemon_needs_a_profile(void **state)
{
	struct fixture *f = *state;
	const struct setup_options options = {
		.config = f->config, .data = f->data, .for_daemon = true
	};

	put_library(f);
	put(f, "data/profiles/small.yaml", PROFILE("small", "tiny", "default: no\n"));
	assert_int_equal(setup_load(&f->setup, &options, &f->diag), -EINVAL);
	assert_int_equal(f->diag.n_errors, 1);
	assert_non_null(
		strstr(f->diag.errors[0].text, "there is no profile that is used by default"));
}

/* Errors in a profile that no list names are warnings for the daemon, which works without it. */
static void the_daemon_leaves_a_broken_profile_out_unless_it_is_named(void **state)
{
	struct fixture *f = *state;
	struct setup_options options = { .config = f->config, .data = f->data, .for_daemon = true };

	put_library(f);
	put(f, "data/profiles/broken.yaml", "profile: broken\ncatalog: tiny\nkeys: [a]\nbase: x\n");
	assert_int_equal(setup_load(&f->setup, &options, &f->diag), 0);
	assert_false(diag_any(&f->diag));
	assert_int_equal(f->diag.n_warnings, 2);
	assert_non_null(strstr(f->diag.warnings[0].text, "has errors, ignoring it"));
	assert_non_null(strstr(f->diag.warnings[1].text, "base 'x' is none of"));
	assert_int_equal(f->setup.n_left_out, 1);
	setup_done(&f->setup);
	diag_done(&f->diag);

	options.refuse_broken = true;
	assert_int_equal(setup_load(&f->setup, &options, &f->diag), -EINVAL);
	setup_done(&f->setup);
	diag_done(&f->diag);

	options.refuse_broken = false;
	put(f, "becaused.yaml", "profiles: [all, broken]\n");
	assert_int_equal(setup_load(&f->setup, &options, &f->diag), -EINVAL);
	setup_done(&f->setup);
	diag_done(&f->diag);

	put(f, "becaused.yaml", "");
	put(f, "data/catalogs/bad.yaml", "catalog: bad\n");
	assert_int_equal(setup_load(&f->setup, &options, &f->diag), -EINVAL);
}

static void a_recognizer_is_made_of_the_profiles_that_are_named(void **state)
{
	CLEANUP(recognizer_freep) struct recognizer *recognizer = NULL;
	struct text names[] = { TEXT("other"), TEXT("absent") };
	const struct text_list list = { .items = names, .n = 1 };
	const struct text_list longer = { .items = names, .n = 2 };
	struct fixture *f = *state;
	struct text missing = { 0 };
	size_t n = 0;

	put_library(f);
	put(f, "data/profiles/other.yaml", PROFILE("other", "tiny", ""));
	assert_good(load_setup(f, "profiles: [small]\n"), &f->diag);
	assert_int_equal(setup_recognizer(&f->setup, &list, &missing, &recognizer), 0);
	(void)recognizer_find(recognizer, TEXT("smallCode=1 otherCode=1"), &n);
	assert_int_equal(n, 1);
	recognizer = recognizer_free(recognizer);
	assert_int_equal(setup_recognizer(&f->setup, &longer, &missing, &recognizer), -ENOENT);
	assert_text(missing, "absent");
}

static void a_recognizer_is_made_of_the_configuration_when_none_is_named(void **state)
{
	CLEANUP(recognizer_freep) struct recognizer *recognizer = NULL;
	const struct text_list none = { 0 };
	struct fixture *f = *state;
	struct text missing = { 0 };
	size_t n = 0;

	put_library(f);
	assert_good(load_setup(f, "profiles: [small]\n"), &f->diag);
	assert_int_equal(setup_recognizer(&f->setup, &none, &missing, &recognizer), 0);
	(void)recognizer_find(recognizer, TEXT("smallCode=1"), &n);
	assert_int_equal(n, 1);
}

static void errors_of_configuration_and_library_are_reported_in_one_run(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	put(f, "data/catalogs/broken.yaml", "\ncatalog: [\n");
	assert_int_equal(load_setup(f, "severity: x\n"), -EINVAL);
	assert_errors(&f->diag, { 1, 11, "is none of" }, { 3, 1, "YAML syntax" });
	assert_non_null(library_find_profile(&f->setup.library, text_of("small")));
}

static void a_failing_example_refuses_the_setup(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	put(f, "data/profiles/small.yaml",
		PROFILE("small", "tiny", "examples: [{line: x, causes: [1]}]\n"));
	assert_int_equal(load_setup(f, NULL), -EINVAL);
	assert_error(f, "data/profiles/small.yaml", 4, 12,
		"the profile finds [] in this example, which expects [1]");
}

static int load_with_file(struct fixture *f, const char *name)
{
	char path[256];
	char *files[] = { path };
	const struct setup_options options = { .data = f->data, .files = files, .n_files = 1 };

	(void)snprintf(path, sizeof(path), "%s", path_of(f, name));
	return setup_load(&f->setup, &options, &f->diag);
}

static void a_file_to_check_is_bound_and_proved_like_an_installed_one(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	put(f, "new", PROFILE("new", "absent", ""));
	assert_int_equal(load_with_file(f, "new"), -EINVAL);
	assert_error(f, "new", 2, 10, "there is no catalog 'absent'");
	setup_done(&f->setup);
	diag_done(&f->diag);
	put(f, "new", PROFILE("new", "tiny", "examples: [{line: newCode=1, causes: []}]\n"));
	assert_int_equal(load_with_file(f, "new"), -EINVAL);
	assert_error(f, "new", 4, 12, "the profile finds [1] in this example, which expects []");
}

static void a_file_to_check_that_is_neither_is_a_configuration(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	put(f, "new", "profiles: [absent]\n");
	assert_int_equal(load_with_file(f, "new"), -EINVAL);
	assert_error(f, "new", 1, 12, "there is no profile 'absent'");
}

static void of_two_configurations_to_check_the_first_gets_a_warning(void **state)
{
	struct fixture *f = *state;
	char first[256], second[256];
	char *files[] = { first, second };
	const struct setup_options options = { .data = f->data, .files = files, .n_files = 2 };

	put_library(f);
	put(f, "first", "profiles: [absent]\n");
	put(f, "second", "# Nothing.\n\n");
	(void)snprintf(first, sizeof(first), "%s", path_of(f, "first"));
	(void)snprintf(second, sizeof(second), "%s", path_of(f, "second"));
	f->diag.advises = true;
	assert_int_equal(setup_load(&f->setup, &options, &f->diag), 0);
	assert_int_equal(f->diag.n_warnings, 2);
	assert_string_equal(f->diag.warnings[0].file, second);
	assert_string_equal(f->diag.warnings[0].text, "there is nothing in this file");
	assert_string_equal(f->diag.warnings[1].file, first);
	assert_non_null(strstr(f->diag.warnings[1].text, "check it by itself"));
}

/* Too large to be read is one thing, not to be found wrong another. */
static void a_large_file_to_check_is_not_passed_unread(void **state)
{
	enum { SIZE = 17 * 1024 * 1024 };
	CLEANUP(buffer_done) struct buffer content = buffer_make((size_t)2 * SIZE);
	struct fixture *f = *state;

	while (content.len < SIZE)
		buffer_add_string(
			&content, "# a long line of comment, again and again and again\n");
	buffer_add(&content, "severity: loud\n", sizeof("severity: loud\n"));
	assert_int_equal(buffer_finish(&content), 0);
	put_library(f);
	put(f, "new", content.data);
	assert_int_equal(load_with_file(f, "new"), -EINVAL);
	assert_int_equal(f->diag.n_errors, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(of_two_configurations_to_check_the_first_gets_a_warning),
		TEST(what_is_shipped_loads_without_errors),
		TEST(a_configuration_that_is_named_must_be_there),
		TEST(a_data_directory_that_is_named_must_be_there),
		TEST(overrides_change_the_catalog),
		TEST(overrides_add_to_the_catalog),
		TEST(an_override_inside_a_range_leaves_its_neighbors_alone),
		TEST(an_override_inside_a_range_changes_nothing_about_what_is_ignored),
		TEST(overrides_of_what_no_catalog_has_are_errors),
		TEST(profiles_that_are_not_there_are_errors_where_they_are_named),
		TEST(a_profile_is_missed_only_by_who_needs_one),
		TEST(the_daemon_needs_a_profile),
		TEST(the_daemon_leaves_a_broken_profile_out_unless_it_is_named),
		TEST(all_profiles_are_used_but_those_that_must_be_named),
		TEST(of_profiles_that_were_written_none_may_be_missing),
		TEST(a_recognizer_is_made_of_the_profiles_that_are_named),
		TEST(a_recognizer_is_made_of_the_configuration_when_none_is_named),
		TEST(errors_of_configuration_and_library_are_reported_in_one_run),
		TEST(a_failing_example_refuses_the_setup),
		TEST(a_file_to_check_is_bound_and_proved_like_an_installed_one),
		TEST(a_file_to_check_that_is_neither_is_a_configuration),
		TEST(a_large_file_to_check_is_not_passed_unread),
	};

	return cmocka_run_group_tests_name("flow/setup", tests, NULL, NULL);
}
