/* Tests of source/files/disk/glob-search, on a tree of files of its own. */
#include "config.h"

#include "test.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "source/files/disk/glob-search.h"

enum { OUT_MAX = 4 * 1024 * 1024, PATH_SIZE = 512, MANY = 10000, NOBODY = 65534 };

struct tree {
	char top[64];
	struct buffer paths, directories, troubled; /* below `top`, a blank behind each */
	size_t n_paths;
	bool removes; /* each directory that is visited */
};

static void remember(struct buffer *out, const struct tree *tree, const char *path)
{
	size_t len = strlen(tree->top);

	if (strncmp(path, tree->top, len) != 0)
		return;
	buffer_add_string(out, path[len] == '/' ? path + len + 1 : ".");
	buffer_add_char(out, ' ');
}

static void visit_path(const char *path, void *userdata)
{
	struct tree *tree = userdata;

	tree->n_paths++;
	remember(&tree->paths, tree, path);
}

static void visit_directory(const char *path, void *userdata)
{
	struct tree *tree = userdata;

	remember(&tree->directories, tree, path);
	if (tree->removes)
		(void)rmdir(path);
}

static void visit_troubled(const char *path, void *userdata)
{
	struct tree *tree = userdata;

	remember(&tree->troubled, tree, path);
	buffer_add_format(&tree->troubled, "%s ", strerrorname_np(errno));
}

static char *path_in(const struct tree *tree, const char *name)
{
	static char path[PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%s/%s", tree->top, name);
	return path;
}

static void make_file(const struct tree *tree, const char *name)
{
	CLEANUP(closep) int fd = open(path_in(tree, name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
}

static void make_directory(const struct tree *tree, const char *name)
{
	assert_int_equal(mkdir(path_in(tree, name), 0700), 0);
}

static void make_link(const struct tree *tree, const char *target, const char *name)
{
	assert_int_equal(symlink(target, path_in(tree, name)), 0);
}

static int plant(void **state)
{
	static struct tree tree;

	tree = (struct tree){ .top = "/tmp/because-test-glob-search-XXXXXX",
		.paths = buffer_make(OUT_MAX),
		.directories = buffer_make(OUT_MAX),
		.troubled = buffer_make(OUT_MAX) };
	*state = &tree;
	return mkdtemp(tree.top) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *ftw)
{
	(void)status;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static int fell(void **state)
{
	struct tree *tree = *state;

	buffer_done(&tree->paths);
	buffer_done(&tree->directories);
	buffer_done(&tree->troubled);
	return nftw(tree->top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Search for `globs`, below `top`, with steps of this size. Returns how many there were. */
static size_t search_stepwise(struct tree *tree, const char *const *globs, size_t budget)
{
	const struct glob_visitor visitor = { visit_path, visit_directory, visit_troubled, tree };
	char absolute[4][PATH_SIZE];
	struct text items[4];
	struct text_list list = { .items = items };
	struct glob_search search;
	size_t n_steps = 1;
	int r;

	for (; globs[list.n]; list.n++) {
		(void)snprintf(absolute[list.n], PATH_SIZE, "%s", path_in(tree, globs[list.n]));
		items[list.n] = text_of(absolute[list.n]);
	}
	buffer_clear(&tree->paths);
	buffer_clear(&tree->directories);
	buffer_clear(&tree->troubled);
	tree->n_paths = 0;
	glob_search_begin(&search, &list, &visitor);
	while ((r = glob_search_step(&search, budget)) == GLOB_SEARCH_MORE)
		n_steps++;
	assert_int_equal(r, 0);
	glob_search_done(&search);
	return n_steps;
}

static void search(struct tree *tree, const char *glob)
{
	(void)search_stepwise(tree, (const char *const[]){ glob, NULL }, GLOB_SEARCH_BUDGET);
}

static void plant_logs(struct tree *tree)
{
	make_directory(tree, "a");
	make_directory(tree, "b");
	make_directory(tree, ".hidden");
	make_directory(tree, "a/deep");
	make_file(tree, "top.log");
	make_file(tree, "a/2.log");
	make_file(tree, "a/1.log");
	make_file(tree, "a/10.log");
	make_file(tree, "a/.x.log");
	make_file(tree, "a/[1].log");
	make_file(tree, "a/deep/3.log");
	make_file(tree, "b/1.log");
	make_file(tree, "b/*.log");
	make_file(tree, ".hidden/1.log");
}

static void globs_match_as_of_glob_7(void **state)
{
	static const struct {
		const char *glob, *paths;
	} rows[] = {
		{ "top.log", "top.log " },
		{ "none.log", "" },
		{ "*", "a b top.log " },
		{ ".*", ".hidden " },
		{ "a/*.log", "a/1.log a/10.log a/2.log a/[1].log " },
		{ "a/?.log", "a/1.log a/2.log " },
		{ "a/[0-9].log", "a/1.log a/2.log " },
		{ "a/[!1].log", "a/2.log " },
		{ "a/.*", "a/.x.log " },
		{ "a/[[]1].log", "a/[1].log " },
		{ "a/\\[1\\].log", "a/[1].log " },
		{ "*/1.log", "a/1.log b/1.log " },
		{ "*/\\*.log", "b/*.log " },
		{ "*/*/*.log", "a/deep/3.log " },
		{ "a//*/3.*", "a/deep/3.log " },
		{ "\\a/1.log", "a/1.log " },
		{ "*/*/*/*", "" },
		{ "top.log/*", "" },
		{ "none/*", "" },
		{ ".h*/*", ".hidden/1.log " },
		{ "a/../b/1.log", "a/../b/1.log " },
	};
	struct tree *tree = *state;

	plant_logs(tree);
	for (size_t i = 0; i < COUNT(rows); i++) {
		search(tree, rows[i].glob);
		if (!text_equal(buffer_text(&tree->paths), text_of(rows[i].paths)))
			print_error("glob %s:\n", rows[i].glob);
		assert_text(buffer_text(&tree->paths), rows[i].paths);
		assert_text(buffer_text(&tree->troubled), "");
	}
}

static void the_result_is_the_same_in_steps_of_each_size(void **state)
{
	const char *const globs[] = { "*/*.log", "*/*/*", "b/1.log", NULL };
	struct tree *tree = *state;
	size_t n_before = SIZE_MAX;

	plant_logs(tree);
	for (size_t budget = 1; budget < 300; budget += 7) {
		size_t n = search_stepwise(tree, globs, budget);

		assert_text(buffer_text(&tree->paths),
			"a/1.log a/10.log a/2.log a/[1].log b/*.log b/1.log a/deep/3.log b/1.log ");
		assert_text(buffer_text(&tree->directories), ". a b . a a/deep b . b ");
		assert_true(n <= n_before);
		n_before = n;
	}
}

static void a_step_reads_a_bounded_number_of_entries(void **state)
{
	const char *const globs[] = { "many/*.log", NULL };
	struct tree *tree = *state;
	char name[32];

	make_directory(tree, "many");
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "many/%d", i);
		make_file(tree, name);
	}
	assert_between(search_stepwise(tree, globs, 100), MANY / 100, MANY / 100 + 20);
	assert_int_equal(tree->n_paths, 0);
	assert_between(search_stepwise(tree, (const char *const[]){ "many/*", NULL }, 1600),
		MANY / 100 + MANY / 1600, MANY / 100 + MANY / 1600 + 20);
	assert_int_equal(tree->n_paths, MANY);
}

static void directories_come_before_what_is_in_them(void **state)
{
	struct tree *tree = *state;

	make_directory(tree, "a");
	make_directory(tree, "b");
	make_file(tree, "file");
	search(tree, "*/c/*.log");
	assert_text(buffer_text(&tree->directories), ". a b ");
	make_directory(tree, "b/c");
	search(tree, "*/c/*.log");
	assert_text(buffer_text(&tree->directories), ". a b b/c ");
	/* What is gone when it is read is no trouble. */
	tree->removes = true;
	search(tree, "*/*/*.log");
	assert_text(buffer_text(&tree->directories), ". a b b/c ");
	assert_text(buffer_text(&tree->troubled), "");
	tree->removes = false;
}

static void links_are_followed_and_may_lead_nowhere(void **state)
{
	struct tree *tree = *state;

	make_directory(tree, "a");
	make_file(tree, "a/1.log");
	make_link(tree, "a", "link");
	make_link(tree, "nowhere", "dead");
	make_link(tree, "none", "a/dead.log");
	search(tree, "*/*.log");
	assert_text(buffer_text(&tree->paths), "a/1.log a/dead.log link/1.log link/dead.log ");
	/* Who watches must see what the link that is dead leads to one day. */
	assert_text(buffer_text(&tree->directories), ". a dead link ");
	search(tree, "dead/*.log");
	assert_text(buffer_text(&tree->directories), ". dead ");
	assert_text(buffer_text(&tree->troubled), "");
	search(tree, "a/dead.log");
	assert_text(buffer_text(&tree->paths), "a/dead.log ");
}

static void a_loop_of_links_ends(void **state)
{
	struct tree *tree = *state;

	make_directory(tree, "a");
	make_link(tree, ".", "a/again");
	make_file(tree, "a/1.log");
	make_link(tree, "loop", "loop");
	search(tree, "a/*/*/*/*.log");
	assert_text(buffer_text(&tree->paths), "a/again/again/again/1.log ");
	search(tree, "loop/*.log");
	assert_text(buffer_text(&tree->troubled), "loop ELOOP ");
}

static void a_directory_that_may_not_be_read_is_reported(void **state)
{
	struct tree *tree = *state;
	uid_t uid = geteuid();

	make_directory(tree, "a");
	make_directory(tree, "b");
	make_directory(tree, "c");
	make_file(tree, "c/1.log");
	assert_int_equal(chmod(path_in(tree, "a"), 0), 0);
	assert_int_equal(chmod(path_in(tree, "b"), 0444), 0);
	assert_int_equal(chmod(path_in(tree, "c"), 0755), 0);
	assert_int_equal(chmod(tree->top, 0755), 0);
	if (uid == 0)
		assert_int_equal(seteuid(NOBODY), 0);
	search(tree, "*/*.log");
	assert_text(buffer_text(&tree->paths), "c/1.log ");
	assert_text(buffer_text(&tree->troubled), "a EACCES ");
	search(tree, "b/x/*.log");
	assert_text(buffer_text(&tree->troubled), "b EACCES ");
	assert_int_equal(seteuid(uid), 0);
}

static void a_path_that_is_too_long_is_reported(void **state)
{
	struct tree *tree = *state;
	char glob[4 * 256 + 64] = "";
	size_t len = 0;

	for (int i = 0; i < 200; i++)
		len += (size_t)snprintf(glob + len, sizeof(glob) - len, "l/");
	(void)snprintf(glob + len, sizeof(glob) - len, "x*");
	make_link(tree, ".", "l");
	make_file(tree, "x");
	search(tree, "l/l/l/x*");
	assert_text(buffer_text(&tree->paths), "l/l/l/x ");
	/* The kernel follows 40 links at most. */
	search(tree, glob);
	assert_int_equal(tree->n_paths, 0);
	assert_non_null(memmem(tree->troubled.data, tree->troubled.len, "ELOOP", 5));
}

static void a_search_may_be_given_up(void **state)
{
	struct tree *tree = *state;
	const struct glob_visitor visitor = { visit_path, visit_directory, visit_troubled, tree };
	struct text items[] = { text_of("/*/*/*") };
	struct text_list list = { .items = items, .n = 1 };

	for (size_t budget = 0; budget < 300; budget++) {
		struct glob_search search = { 0 };

		glob_search_begin(&search, &list, &visitor);
		assert_int_equal(glob_search_step(&search, budget), GLOB_SEARCH_MORE);
		glob_search_done(&search);
		glob_search_done(&search);
	}
}

#define TREE_TEST(test) cmocka_unit_test_setup_teardown(test, plant, fell)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TREE_TEST(globs_match_as_of_glob_7),
		TREE_TEST(the_result_is_the_same_in_steps_of_each_size),
		TREE_TEST(a_step_reads_a_bounded_number_of_entries),
		TREE_TEST(directories_come_before_what_is_in_them),
		TREE_TEST(links_are_followed_and_may_lead_nowhere),
		TREE_TEST(a_loop_of_links_ends),
		TREE_TEST(a_directory_that_may_not_be_read_is_reported),
		TREE_TEST(a_path_that_is_too_long_is_reported),
		TREE_TEST(a_search_may_be_given_up),
	};

	return cmocka_run_group_tests_name("glob-search", tests, NULL, NULL);
}
