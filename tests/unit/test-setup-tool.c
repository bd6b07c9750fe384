/* The files that the tool reads, and those that it can do without. The test takes the place of the
 * installed configuration. */
#include "config.h"

#include "test-setup.h"

#include <unistd.h>

#include "base/buffer.h"
#include "cause/catalog.h"
#include "cause/profile.h"
#include "cause/recognizer.h"
#include "flow/setup/service-access.h"

static const char *installed; /* content of the installed configuration; NULL = there is none */

int __real_io_read_file(const char *path, struct buffer *ret);
int __wrap_io_read_file(const char *path, struct buffer *ret);

int __wrap_io_read_file(const char *path, struct buffer *ret)
{
	if (strcmp(path, SETUP_CONFIG) != 0)
		return __real_io_read_file(path, ret);
	if (!installed)
		return -ENOENT;
	buffer_add_string(ret, installed);
	return buffer_finish(ret);
}

static int begin(void **state)
{
	installed = NULL;
	return start(state);
}

/* -- the installed configuration -------------------------------------- */

static void with_a_data_directory_the_installed_configuration_is_not_read(void **state)
{
	struct fixture *f = *state;
	struct setup_options options = { .data = f->data };

	put_library(f);
	installed = "nonsense: [\n";
	assert_good(setup_load(&f->setup, &options, &f->diag), &f->diag);
	assert_int_equal(f->setup.config->n_overrides, 0);
	setup_done(&f->setup);
	installed = "overrides: {tiny: {1: {severity: info}}}\n";
	assert_good(setup_load(&f->setup, &options, &f->diag), &f->diag);
	assert_int_equal(f->setup.config->n_overrides, 0);
}

static void with_a_data_directory_the_configuration_that_is_named_is_read(void **state)
{
	struct fixture *f = *state;
	struct setup_options options = { .config = SETUP_CONFIG, .data = f->data };

	put_library(f);
	installed = "overrides: {tiny: {1: {severity: info}}}\n";
	assert_good(setup_load(&f->setup, &options, &f->diag), &f->diag);
	assert_int_equal(f->setup.config->n_overrides, 1);
}

static void without_a_data_directory_the_installed_configuration_is_read(void **state)
{
	struct fixture *f = *state;
	struct setup_options options = { 0 };

	installed = "nonsense: [\n";
	assert_int_equal(setup_load(&f->setup, &options, &f->diag), -EINVAL);
	assert_string_equal(f->diag.errors[0].file, SETUP_CONFIG);
}

/* -- what is broken --------------------------------------------------- */

static int load_without_broken(struct fixture *f, const char *const *profiles, size_t n)
{
	static struct text names[4];
	static struct text_list list;
	struct setup_options options = { .data = f->data, .leave_out_broken = true };

	for (size_t i = 0; i < n; i++)
		names[i] = text_of(profiles[i]);
	list = (struct text_list){ .items = names, .n = n };
	options.profiles = &list;
	return setup_load(&f->setup, &options, &f->diag);
}

static const struct catalog *catalog(const struct fixture *f, const char *name)
{
	return library_find_catalog(&f->setup.library, text_of(name));
}

static const struct profile *profile(const struct fixture *f, const char *name)
{
	return library_find_profile(&f->setup.library, text_of(name));
}

static void a_broken_catalog_is_reported_and_left_out(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	put(f, "data/catalogs/bad.yaml", CATALOG("bad", CAUSE("01", "x")));
	put(f, "data/profiles/worse.yaml", PROFILE("worse", "bad", ""));
	assert_int_equal(load_without_broken(f, NULL, 0), 0);
	assert_errors(&f->diag, { 3, 12, "" }, { 2, 10, "its catalog 'bad' could not be loaded" });
	assert_int_equal(f->setup.n_left_out, 2);
	assert_non_null(catalog(f, "tiny"));
	assert_non_null(profile(f, "small"));
	assert_null(catalog(f, "bad"));
	assert_null(profile(f, "worse"));
}

static void a_catalog_that_is_there_twice_is_left_out_once(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	put(f, "data/catalogs/twin.yaml", CATALOG("tiny", CAUSE("2", "two")));
	assert_int_equal(load_without_broken(f, NULL, 0), 0);
	assert_errors(&f->diag, { 1, 1, "catalog 'tiny' is also in" });
	assert_non_null(catalog_find(catalog(f, "tiny"), 1));
	assert_ptr_equal(profile(f, "small")->readings->catalog, catalog(f, "tiny"));
}

static void a_profile_whose_example_fails_is_left_out(void **state)
{
	struct fixture *f = *state;

	put_library(f);
	put(f, "data/profiles/liar.yaml",
		PROFILE("liar", "tiny", "examples: [{line: x, causes: [1]}]\n"));
	assert_int_equal(load_without_broken(f, NULL, 0), 0);
	assert_int_equal(f->diag.n_errors, 1);
	assert_null(profile(f, "liar"));
}

static void an_override_of_a_broken_catalog_is_no_error(void **state)
{
	struct fixture *f = *state;
	struct setup_options options = {
		.config = SETUP_CONFIG, .data = f->data, .leave_out_broken = true
	};

	put_library(f);
	put(f, "data/catalogs/bad.yaml", "catalog: [\n");
	installed = "overrides: {bad: {1: {severity: info}}}\nprofiles: [worse]\n";
	assert_int_equal(setup_load(&f->setup, &options, &f->diag), 0);
	assert_int_equal(f->diag.n_errors, 1);
}

static void a_broken_configuration_is_refused_all_the_same(void **state)
{
	struct fixture *f = *state;
	struct setup_options options = {
		.config = SETUP_CONFIG, .data = f->data, .leave_out_broken = true
	};

	put_library(f);
	installed = "severity: loud\n";
	assert_int_equal(setup_load(&f->setup, &options, &f->diag), -EINVAL);
	setup_done(&f->setup);
	installed = "overrides: {tiny: {2: {severity: info}}}\n";
	assert_int_equal(setup_load(&f->setup, &options, &f->diag), -EINVAL);
}

/* -- profiles by their files ------------------------------------------ */

static void a_profile_is_taken_from_its_file(void **state)
{
	struct fixture *f = *state;
	const char *path = path_of(f, "new.yaml");

	put_library(f);
	put(f, "new.yaml", PROFILE("small", "tiny", "base: hex\n"));
	assert_good(load_without_broken(f, &path, 1), &f->diag);
	assert_string_equal(profile(f, "small")->place.file, path);
	assert_ptr_equal(profile(f, "small")->readings->catalog, catalog(f, "tiny"));
}

static void a_file_named_twice_is_one_profile(void **state)
{
	struct fixture *f = *state;
	const char *path = path_of(f, "new.yaml");
	const char *const paths[] = { path, path };

	put_library(f);
	put(f, "new.yaml", PROFILE("new", "tiny", ""));
	assert_good(load_without_broken(f, paths, 2), &f->diag);
}

static void a_file_by_two_of_its_names_is_one_profile(void **state)
{
	struct fixture *f = *state;
	const char *const paths[] = { path_of(f, "./new.yaml"), path_of(f, "././new.yaml") };
	struct text names[2];
	const struct text_list list = { .items = names, .n = 2 };
	CLEANUP(recognizer_freep) struct recognizer *recognizer = NULL;
	struct text missing;

	put_library(f);
	put(f, "new.yaml", PROFILE("new", "tiny", ""));
	assert_good(load_without_broken(f, paths, 2), &f->diag);
	for (size_t i = 0; i < 2; i++)
		names[i] = text_of(paths[i]);
	assert_int_equal(setup_recognizer(&f->setup, &list, &missing, &recognizer), 0);
}

static void two_files_with_one_profile_are_refused(void **state)
{
	struct fixture *f = *state;
	const char *const paths[] = { path_of(f, "one.yaml"), path_of(f, "two.yaml") };

	put_library(f);
	put(f, "one.yaml", PROFILE("new", "tiny", ""));
	put(f, "two.yaml", PROFILE("new", "tiny", ""));
	assert_int_equal(load_without_broken(f, paths, 2), -EINVAL);
	assert_errors(&f->diag, { 1, 1, "profile 'new' is also in" });
}

static void a_file_that_is_asked_for_is_never_left_out(void **state)
{
	static const struct {
		const char *content, *error;
	} cases[] = {
		{ PROFILE("new", "absent", ""), "there is no catalog 'absent'" },
		{ "profile: [\n", "" },
		{ PROFILE("new", "tiny", "examples: [{line: x, causes: [1]}]\n"),
			"the profile finds" },
		{ CATALOG("tiny", CAUSE("1", "one")), "is not a profile" },
		{ "severity: keep\n", "is not a profile" },
	};
	struct fixture *f = *state;
	const char *path = path_of(f, "new.yaml");

	put_library(f);
	assert_int_equal(load_without_broken(f, &path, 1), -EINVAL);
	assert_non_null(strstr(f->diag.errors[0].text, "cannot read"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		setup_done(&f->setup);
		diag_done(&f->diag);
		put(f, "new.yaml", cases[i].content);
		assert_int_equal(load_without_broken(f, &path, 1), -EINVAL);
		assert_int_equal(f->diag.n_errors, 1);
		assert_non_null(strstr(f->diag.errors[0].text, cases[i].error));
	}
}

/* -- what the service can read ---------------------------------------- */

static void set_mode(const struct fixture *f, const char *name, mode_t mode)
{
	assert_int_equal(chmod(path_of(f, name), mode), 0);
}

/* A setup as if TOP/etc were the directory of the administrator, all of it open to others. */
static void load_etc(struct fixture *f)
{
	char etc[256];
	const char *const directories[] = { etc, NULL };

	(void)snprintf(etc, sizeof(etc), "%s", path_of(f, "etc"));
	put(f, "etc/catalogs/tiny.yaml", CATALOG("tiny", CAUSE("1", "one")));
	put(f, "etc/profiles/small.yaml", PROFILE("small", "tiny", ""));
	put(f, "etc/becaused.yaml", "");
	set_mode(f, "", 0755);
	set_mode(f, "etc", 0755);
	set_mode(f, "etc/catalogs", 0755);
	set_mode(f, "etc/profiles", 0755);
	set_mode(f, "etc/catalogs/tiny.yaml", 0644);
	set_mode(f, "etc/profiles/small.yaml", 0644);
	set_mode(f, "etc/becaused.yaml", 0644);
	assert_good(library_load(&f->setup.library, directories, true, &f->diag), &f->diag);
	f->setup.config_path = strdup(path_of(f, "etc/becaused.yaml"));
	assert_non_null(f->setup.config_path);
}

static void check_access(struct fixture *f)
{
	char top[256];

	(void)snprintf(top, sizeof(top), "%s", path_of(f, "etc"));
	access_check(&f->setup, top, &f->diag);
}

static void what_others_may_read_gets_no_warning(void **state)
{
	struct fixture *f = *state;

	load_etc(f);
	check_access(f);
	assert_int_equal(diag_count_warnings(&f->diag), 0);
}

static void a_file_that_others_may_not_read_gets_a_warning_with_the_remedy(void **state)
{
	static const char *const names[] = { "etc/becaused.yaml", "etc/catalogs/tiny.yaml",
		"etc/profiles/small.yaml" };
	struct fixture *f = *state;

	load_etc(f);
	for (size_t i = 0; i < 3; i++)
		set_mode(f, names[i], 0640);
	check_access(f);
	assert_int_equal(diag_count_warnings(&f->diag), 3);
	assert_false(diag_any(&f->diag));
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(f->diag.warnings[i].file, path_of(f, names[i]));
		assert_non_null(strstr(f->diag.warnings[i].text, "chmod o+r '"));
	}
}

static void a_directory_that_others_may_not_pass_is_named(void **state)
{
	struct fixture *f = *state;

	load_etc(f);
	set_mode(f, "etc/catalogs", 0750);
	check_access(f);
	assert_int_equal(diag_count_warnings(&f->diag), 2);
	assert_string_equal(f->diag.warnings[0].file, path_of(f, "etc/catalogs/tiny.yaml"));
	assert_non_null(strstr(f->diag.warnings[0].text, "chmod o+x '"));
	assert_non_null(strstr(f->diag.warnings[1].text, "cannot list this directory"));
}

static void set_config_path(struct fixture *f, const char *path)
{
	free(f->setup.config_path);
	f->setup.config_path = strdup(path);
	assert_non_null(f->setup.config_path);
}

/* Whatever way leads there. */
static void a_file_is_known_by_its_place_not_by_its_name(void **state)
{
	struct fixture *f = *state;
	char name[256], cwd[256];

	load_etc(f);
	set_mode(f, "etc/becaused.yaml", 0600);
	(void)snprintf(name, sizeof(name), "%s//etc/becaused.yaml", f->top);
	set_config_path(f, name);
	check_access(f);
	assert_int_equal(diag_count_warnings(&f->diag), 1);

	assert_non_null(getcwd(cwd, sizeof(cwd)));
	assert_int_equal(chdir(path_of(f, "etc/catalogs")), 0);
	set_config_path(f, "../becaused.yaml");
	check_access(f);
	set_mode(f, "etc", 0700);
	assert_int_equal(chdir(".."), 0);
	set_config_path(f, "becaused.yaml");
	check_access(f);
	assert_int_equal(chdir(cwd), 0);
	assert_non_null(strstr(f->diag.warnings[1].text, "cannot read this file"));
	assert_string_equal(f->diag.warnings[2].file, "becaused.yaml");
	assert_non_null(strstr(f->diag.warnings[2].text, "/etc'; run: chmod o+x '"));
}

static void what_a_link_leads_to_is_looked_at(void **state)
{
	struct fixture *f = *state;
	char target[256], name[256];

	load_etc(f);
	put(f, "mine/becaused.yaml", "");
	set_mode(f, "mine/becaused.yaml", 0644);
	set_mode(f, "mine", 0700);
	(void)snprintf(target, sizeof(target), "%s/mine/becaused.yaml", f->top);
	(void)snprintf(name, sizeof(name), "%s", path_of(f, "etc/link.yaml"));
	assert_int_equal(symlink(target, name), 0);
	set_config_path(f, name);
	check_access(f);
	assert_int_equal(diag_count_warnings(&f->diag), 1);
	assert_non_null(strstr(f->diag.warnings[0].text, "/mine'; run: chmod o+x '"));
	/* The other way round: the link lies elsewhere. */
	set_mode(f, "etc/becaused.yaml", 0600);
	(void)snprintf(target, sizeof(target), "%s/etc/becaused.yaml", f->top);
	(void)snprintf(name, sizeof(name), "%s/link.yaml", f->top);
	assert_int_equal(symlink(target, name), 0);
	set_config_path(f, name);
	check_access(f);
	assert_int_equal(diag_count_warnings(&f->diag), 2);
	assert_non_null(strstr(f->diag.warnings[1].text, "cannot read this file"));
}

/* Certificates and keys lie anywhere. */
static void certificates_and_keys_that_others_may_not_read_get_a_warning(void **state)
{
	static const char *const names[] = { "ssl/ca.pem", "ssl/cert.pem", "ssl/key.pem" };
	struct fixture *f = *state;
	char yaml[1024];

	load_etc(f);
	for (size_t i = 0; i < COUNT(names); i++)
		put(f, names[i], "");
	set_mode(f, "ssl", 0755);
	(void)snprintf(yaml, sizeof(yaml),
		"sinks:\n  - name: noc\n    socket:\n      address: 'tls:h:1'\n"
		"      ca: %s/ssl/ca.pem\n      cert: %s/ssl/cert.pem\n      key: %s/ssl/key.pem\n"
		"  - name: b\n    socket: {address: 'tls:h:2', cert: "
		"/run/credentials/x.service/c,\n"
		"      key: /run/credentials/x.service/k}\n",
		f->top, f->top, f->top);
	assert_good(config_read("x.yaml", text_of(yaml), &f->diag, &f->setup.config), &f->diag);
	check_access(f);
	assert_int_equal(diag_count_warnings(&f->diag), 3);
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_string_equal(f->diag.warnings[i].file, "x.yaml");
		assert_int_equal(f->diag.warnings[i].line, 5 + i);
		assert_non_null(strstr(f->diag.warnings[i].text, path_of(f, names[i])));
		assert_non_null(strstr(
			f->diag.warnings[i].text, i == 2 ? "LoadCredential=" : "chmod o+r '"));
	}
	assert_null(strstr(f->diag.warnings[2].text, "chmod"));

	for (size_t i = 0; i < COUNT(names); i++)
		set_mode(f, names[i], 0644);
	diag_done(&f->diag);
	check_access(f);
	assert_int_equal(diag_count_warnings(&f->diag), 0);
	set_mode(f, "ssl", 0750);
	check_access(f);
	assert_int_equal(diag_count_warnings(&f->diag), 3);
	assert_non_null(strstr(f->diag.warnings[0].text, "/ssl'; run: chmod o+x '"));
}

static void what_is_not_of_the_administrator_gets_no_warning(void **state)
{
	struct fixture *f = *state;

	load_etc(f);
	set_mode(f, "etc/catalogs/tiny.yaml", 0600);
	access_check(&f->setup, path_of(f, "et"), &f->diag);
	f->setup.directories[0] = path_of(f, "etc");
	check_access(f);
	assert_int_equal(diag_count_warnings(&f->diag), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(with_a_data_directory_the_installed_configuration_is_not_read),
		TEST(with_a_data_directory_the_configuration_that_is_named_is_read),
		TEST(without_a_data_directory_the_installed_configuration_is_read),
		TEST(a_broken_catalog_is_reported_and_left_out),
		TEST(a_catalog_that_is_there_twice_is_left_out_once),
		TEST(a_profile_whose_example_fails_is_left_out),
		TEST(an_override_of_a_broken_catalog_is_no_error),
		TEST(a_broken_configuration_is_refused_all_the_same),
		TEST(a_profile_is_taken_from_its_file),
		TEST(a_file_named_twice_is_one_profile),
		TEST(a_file_by_two_of_its_names_is_one_profile),
		TEST(two_files_with_one_profile_are_refused),
		TEST(a_file_that_is_asked_for_is_never_left_out),
		TEST(what_others_may_read_gets_no_warning),
		TEST(a_file_that_others_may_not_read_gets_a_warning_with_the_remedy),
		TEST(a_directory_that_others_may_not_pass_is_named),
		TEST(a_file_is_known_by_its_place_not_by_its_name),
		TEST(what_a_link_leads_to_is_looked_at),
		TEST(certificates_and_keys_that_others_may_not_read_get_a_warning),
		TEST(what_is_not_of_the_administrator_gets_no_warning),
	};

	return cmocka_run_group_tests_name("flow/setup for the tool", tests, NULL, NULL);
}
