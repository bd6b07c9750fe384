/* From directories of files to a library and a setup, and everything that can be wrong between
 * files that are right one by one. */
#include "config.h"

#include "test.h"

#include <errno.h>
#include <ftw.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "cause/catalog.h"
#include "cause/profile.h"
#include "cause/recognizer.h"
#include "flow/setup/setup.h"

struct fixture {
	char top[32];
	char data[64];   /* TOP/data */
	char config[64]; /* TOP/becaused.yaml */
	struct library library;
	struct setup setup;
	struct diag diag;
};

static int start(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .top = "/tmp/because-test.XXXXXX" };
	if (!mkdtemp(f.top))
		return -1;
	(void)snprintf(f.data, sizeof(f.data), "%s/data", f.top);
	(void)snprintf(f.config, sizeof(f.config), "%s/becaused.yaml", f.top);
	*state = &f;
	return 0;
}

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *where)
{
	(void)status, (void)flag, (void)where;
	return remove(path);
}

static int finish(void **state)
{
	struct fixture *f = *state;

	library_done(&f->library);
	setup_done(&f->setup);
	diag_done(&f->diag);
	return nftw(f->top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *path_of(const struct fixture *f, const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", f->top, name);
	return path;
}

/* Write the file TOP/name and the directories on the way to it. */
static void put(const struct fixture *f, const char *name, const char *content)
{
	char path[256];

	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		(void)snprintf(path, sizeof(path), "%s/%.*s", f->top, (int)(slash - name), name);
		if (mkdir(path, 0700) < 0)
			assert_int_equal(errno, EEXIST);
	}
	assert_int_equal(io_replace_file(path_of(f, name), 0600, content, strlen(content)), 0);
}

#define CAUSE(code, name) \
	"  - {code: " code ", name: " name ", description: About " name "., severity: err}\n"
#define CATALOG(name, causes) "catalog: " name "\ncauses:\n" causes
#define PROFILE(name, catalog, more) \
	"profile: " name "\ncatalog: " catalog "\nkeys: [" name "Code]\n" more

/* A catalog `tiny` with the codes 1 and 10-19, a profile `small` on it, an empty configuration. */
static void put_library(const struct fixture *f)
{
	put(f, "data/catalogs/tiny.yaml", CATALOG("tiny", CAUSE("1", "one") CAUSE("10-19", "ten")));
	put(f, "data/profiles/small.yaml", PROFILE("small", "tiny", ""));
	put(f, "becaused.yaml", "");
}

static int load_library(struct fixture *f, const char *first, const char *second)
{
	char a[256], b[256];
	const char *const directories[] = { a, second ? b : NULL, NULL };

	(void)snprintf(a, sizeof(a), "%s", path_of(f, first));
	(void)snprintf(b, sizeof(b), "%s", path_of(f, second ? second : ""));
	return library_load(&f->library, directories, &f->diag);
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

static int load_setup(struct fixture *f, const char *config)
{
	const struct setup_options options = { .config = f->config, .data = f->data };

	if (config)
		put(f, "becaused.yaml", config);
	return setup_load(&f->setup, &options, &f->diag);
}

/* There is exactly one error: in TOP/file, at line and column, with `part` in its text. */
static void assert_error(
	struct fixture *f, const char *file, unsigned line, unsigned column, const char *part)
{
	assert_errors(&f->diag, { line, column, part });
	assert_string_equal(f->diag.errors[0].file, path_of(f, file));
}

static const struct catalog *catalog(const struct fixture *f, const char *name)
{
	return library_find_catalog(&f->library, text_of(name));
}

/* -- the library ------------------------------------------------------ */

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

/* -- the setup -------------------------------------------------------- */

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
		TEST(of_two_configurations_to_check_the_first_gets_a_warning),
		TEST(a_single_file_replaces_what_has_its_name),
		TEST(a_single_file_that_is_broken_reports_all_its_errors),
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
