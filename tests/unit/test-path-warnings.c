/* Tests of source/files/disk/path-warnings. */
#include "config.h"

#include "test.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/yaml/schema.h"
#include "source/files/disk/path-warnings.h"

enum { NOBODY = 65534, PATHS_MAX = 8 };

static char top[64];
static struct diag diag;

static char *path_of(const char *name, char path[static 128])
{
	(void)snprintf(path, 128, "%s/%s", top, name);
	return path;
}

static void make_file(const char *name, mode_t mode)
{
	char path[128];
	CLEANUP(closep) int fd = open(path_of(name, path), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
}

static void make_directory(const char *name, mode_t mode)
{
	char path[128];

	assert_int_equal(mkdir(path_of(name, path), 0755), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static int begin(void **state)
{
	(void)state;
	(void)snprintf(top, sizeof(top), "/tmp/because-test-path-warnings-XXXXXX");
	return mkdtemp(top) && chmod(top, 0755) == 0 ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *ftw)
{
	(void)status;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static int finish(void **state)
{
	(void)state;
	diag_done(&diag);
	return nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Look for these globs below `top`, as a user who is not root; the second is in line 2, and so on.
 */
static void look(const char *const *globs)
{
	char paths[PATHS_MAX][128];
	struct text items[PATHS_MAX];
	struct place places[PATHS_MAX];
	struct text_list list = { items, places, 0 };
	uid_t uid = geteuid();
	int r;

	for (; globs[list.n]; list.n++) {
		items[list.n] = text_of(path_of(globs[list.n], paths[list.n]));
		places[list.n] = (struct place){ "x.yaml", (unsigned)list.n + 1, 7 };
	}
	diag_done(&diag);
	if (uid == 0)
		assert_int_equal(seteuid(NOBODY), 0);
	r = path_warnings_add("cec", &list, &diag);
	assert_int_equal(seteuid(uid), 0);
	assert_int_equal(r, 0);
	assert_false(diag_any(&diag));
}

/* The `i`th warning is in this line and reads so, with TOP for the directory. */
static void check_warning(size_t i, unsigned line, const char *expected)
{
	char wanted[256];
	const char *mark = strstr(expected, "TOP");

	(void)snprintf(wanted, sizeof(wanted), "%.*s%s%s",
		(int)(mark ? mark - expected : (ptrdiff_t)strlen(expected)), expected,
		mark ? top : "", mark ? mark + 3 : "");
	assert_true(i < diag.n_warnings);
	assert_int_equal(diag.warnings[i].line, line);
	assert_int_equal(diag.warnings[i].column, 7);
	assert_string_equal(diag.warnings[i].text, wanted);
}

static void files_that_can_be_read_get_no_warning(void **state)
{
	(void)state;
	make_file("a.log", 0644);
	make_file("b.log.gz", 0644);
	make_directory("d.log", 0755);
	look((const char *const[]){ "*.log", "a.log", "*", NULL });
	assert_int_equal(diag_count_warnings(&diag), 0);
}

static void a_path_that_matches_no_file_gets_a_warning(void **state)
{
	(void)state;
	make_file("a.log", 0644);
	make_file("old.gz", 0644);
	make_directory("d", 0755);
	look((const char *const[]){ "b.log", "a.log", "d", "d/*.log", "none/*", "*.gz", NULL });
	assert_int_equal(diag_count_warnings(&diag), 5);
	check_warning(0, 1, "source cec: no file matches 'TOP/b.log' now");
	check_warning(1, 3, "source cec: no file matches 'TOP/d' now");
	check_warning(2, 4, "source cec: no file matches 'TOP/d/*.log' now");
	check_warning(3, 5, "source cec: no file matches 'TOP/none/*' now");
	check_warning(4, 6,
		"source cec: only compressed files match 'TOP/*.gz' now, and these are ignored");
}

static void what_may_not_be_read_gets_a_warning(void **state)
{
	(void)state;
	make_file("a.log", 0644);
	make_file("b.log", 0);
	look((const char *const[]){ "*.log", NULL });
	assert_int_equal(diag_count_warnings(&diag), 1);
	check_warning(0, 1, "source cec: cannot read 'TOP/b.log': Permission denied");
	make_file("c.log", 0);
	make_directory("d", 0);
	look((const char *const[]){ "?.log", "d/*.log", "d/x.log", NULL });
	assert_int_equal(diag_count_warnings(&diag), 3);
	assert_non_null(strstr(diag.warnings[0].text, "/b.log' and 1 more of '"));
	check_warning(1, 2, "source cec: cannot read 'TOP/d': Permission denied");
	check_warning(2, 3, "source cec: cannot read 'TOP/d': Permission denied");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_that_can_be_read_get_no_warning),
		TEST(a_path_that_matches_no_file_gets_a_warning),
		TEST(what_may_not_be_read_gets_a_warning),
	};

	return cmocka_run_group_tests_name("path-warnings", tests, NULL, NULL);
}
