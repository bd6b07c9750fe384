/* Refused memory while everything is loaded that is read at the start, with a configuration and
 * without: all of it is there or none. And while a check proves it. */
#include "config.h"

#include "test.h"

#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "flow/setup/configuration.h"
#include "flow/setup/library-proof.h"
#include "flow/setup/setup.h"
#include "test-memory.h"
#include "tool/import/table.h"

static const char config_content[] = "profiles: [test]\n"
				     "overrides:\n"
				     "  test:\n"
				     "    616: {severity: crit, action: Act.}\n"
				     "sources: [{name: f, files: {paths: ['/{a,b{c,d}}']}}]\n";

static char directory[] = "/tmp/because-test-memory-XXXXXX";

static void put(const char *name, const char *content)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fputs(content, file) < 0, 0);
	assert_int_equal(fclose(file), 0);
}

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory) || chdir(directory) < 0 || mkdir("catalogs", 0700) < 0 ||
		mkdir("profiles", 0700) < 0)
		return -1;
	put("catalogs/test.yaml", memory_catalog);
	put("profiles/test.yaml", memory_profile);
	put("becaused.yaml", config_content);
	return 0;
}

static int remove_directory(void **state)
{
	static const char *const files[] = { "catalogs/test.yaml", "profiles/test.yaml",
		"becaused.yaml" };

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++)
		(void)unlink(files[i]);
	return rmdir("catalogs") | rmdir("profiles") | chdir("/") | rmdir(directory);
}

static int attempt_config(void)
{
	struct config *config = NULL;
	struct diag diag = { 0 };
	int r = config_read("x.yaml", text_of(config_content), &diag, &config);

	r = no_errors(r, &diag, config);
	if (r == 0 && (config->profiles.n != 1 || config->n_overrides != 1 ||
			      config->overrides[0].items[0].severity != LOG_CRIT))
		r = NOT_AS_BEFORE;
	(void)config_unref(config);
	return r;
}

static int attempt_default_config(void)
{
	struct config *config = config_new();
	int r = config ? 0 : -ENOMEM;

	(void)config_unref(config);
	return r;
}

static void a_configuration_is_read_whole_or_not_at_all(void **state)
{
	(void)state;
	sweep_some(attempt_config, 3);
	sweep(attempt_default_config, 2);
}

static int attempt_setup_with(const struct setup_options *options)
{
	static const struct text_list no_names;
	struct recognizer *recognizer = NULL;
	struct setup setup = { 0 };
	struct diag diag = { 0 };
	struct text missing;
	int r = setup_load(&setup, options, &diag);

	if (r == 0)
		r = setup_recognizer(&setup, &no_names, &missing, &recognizer);
	/* Without a configuration the default wants a profile that is not in this directory. */
	if (r == -ENOENT && !options->config && text_equal(missing, TEXT("huawei-cec")))
		r = 0;
	r = no_errors(r, &diag, r < 0 ? NULL : options);
	(void)recognizer_free(recognizer);
	setup_done(&setup);
	return r;
}

static int attempt_setup(void)
{
	const struct setup_options options = { .config = "becaused.yaml", .data = "." };

	return attempt_setup_with(&options);
}

static int attempt_setup_without_config(void)
{
	static char file[] = "profiles/test.yaml";
	char *const files[] = { file };
	const struct setup_options options = { .data = ".", .files = files, .n_files = 1 };

	return attempt_setup_with(&options);
}

static int attempt_setup_with_profile(void)
{
	static struct text file = { .data = "./profiles/test.yaml", .len = 20 };
	const struct text_list profiles = { .items = &file, .n = 1 };
	const struct setup_options options = { .config = "becaused.yaml",
		.data = ".",
		.profiles = &profiles,
		.leave_out_broken = true };

	return attempt_setup_with(&options);
}

static int attempt_table(void)
{
	static const char content[] = "code,name,description,aliases\n"
				      "1,busy,The first.,A B\n2,busy,The second.,A\n"
				      "3-4,,The third.,\n5,x,Five.,\n6,y,Six.,\n";
	struct table table = { 0 };
	struct diag diag = { 0 };
	int r = table_read("x.csv", text_of(content), &diag, &table);

	r = no_errors(r, &diag, table.rows);
	if (r == 0 && (table.n_rows != 5 || !text_equal(table.rows[1].name, text_of("busy-2"))))
		r = NOT_AS_BEFORE;
	table_done(&table);
	return r;
}

static void a_table_is_read_whole_or_not_at_all(void **state)
{
	(void)state;
	sweep_some(attempt_table, 4);
}

static void all_is_loaded_or_nothing(void **state)
{
	(void)state;
	sweep_some(attempt_setup, 15);
	sweep_some(attempt_setup_without_config, 15);
	sweep_some(attempt_setup_with_profile, 15);
}

static struct library shared_library;

/* Two profiles, of which one takes the lines and the keys of the other. */
static int attempt_proof(void)
{
	struct diag diag = { .advises = true };
	int r = library_prove(&shared_library, &diag);

	if (r == -EINVAL && (diag_count(&diag) == 0 || diag_count_warnings(&diag) == 0))
		r = NOT_AS_BEFORE;
	diag_done(&diag);
	return r == -EINVAL ? 0 : r;
}

static void a_library_is_proved_whole_or_not_at_all(void **state)
{
	static const char *const contents[] = { memory_catalog,
		"profile: a\ncatalog: test\nkeys: [key]\nexamples:\n"
		"  - {line: 'key=1', causes: [1]}\n  - {line: 'code=1', causes: []}\n",
		"profile: b\ncatalog: test\nkeys: [key, code]\n" };
	struct diag diag = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(contents); i++)
		assert_int_equal(
			library_add(&shared_library, "x.yaml", text_of(contents[i]), &diag), 0);
	assert_int_equal(library_bind(&shared_library, true, &diag), 0);
	sweep_some(attempt_proof, 6);
	library_done(&shared_library);
	diag_done(&diag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_configuration_is_read_whole_or_not_at_all),
		cmocka_unit_test(a_table_is_read_whole_or_not_at_all),
		cmocka_unit_test(all_is_loaded_or_nothing),
		cmocka_unit_test(a_library_is_proved_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
