/* What is read from where, and what the tool can do without: the installed configuration is one
 * that this test stands in for. */
#include "config.h"

#include "test.h"

#include <errno.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/io.h"
#include "cause/catalog.h"
#include "flow/setup.h"

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

struct fixture {
	char top[32];
	char data[64]; /* TOP/data */
	struct setup setup;
	struct diag diag;
};

static int begin(void **state)
{
	static struct fixture f;

	installed = NULL;
	f = (struct fixture){ .top = "/tmp/because-test.XXXXXX" };
	if (!mkdtemp(f.top))
		return -1;
	(void)snprintf(f.data, sizeof(f.data), "%s/data", f.top);
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

	setup_done(&f->setup);
	diag_done(&f->diag);
	return nftw(f->top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
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
	(void)snprintf(path, sizeof(path), "%s/%s", f->top, name);
	assert_int_equal(io_replace_file(path, 0600, content, strlen(content)), 0);
}

#define CAUSE(code, name) \
	"  - {code: " code ", name: " name ", description: About " name "., severity: err}\n"
#define CATALOG(name, causes) "catalog: " name "\ncauses:\n" causes
#define PROFILE(name, catalog, more) \
	"profile: " name "\ncatalog: " catalog "\nkeys: [" name "Code]\n" more

static void put_library(const struct fixture *f)
{
	put(f, "data/catalogs/tiny.yaml", CATALOG("tiny", CAUSE("1", "one")));
	put(f, "data/profiles/small.yaml", PROFILE("small", "tiny", ""));
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(with_a_data_directory_the_installed_configuration_is_not_read),
		TEST(with_a_data_directory_the_configuration_that_is_named_is_read),
		TEST(without_a_data_directory_the_installed_configuration_is_read),
	};

	return cmocka_run_group_tests_name("flow/setup for the tool", tests, NULL, NULL);
}
