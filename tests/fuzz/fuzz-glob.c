/* Globs: the expansion of braces is bounded, and the search finds what glob(3) finds in a small
 * tree, whatever the size of its steps.
 *
 * The input: a byte for the size of the steps, then the glob, whose bytes are mapped to those that
 * mean something. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "source/files/disk/glob-search.h"
#include "source/files/disk/glob-syntax.h"

enum { GLOB_LEN_MAX = 48, GLOBS_MAX = 64, FOUND_MAX = 1024 * 1024, PATH_SIZE = 128 };

/* No period: `..` would lead out of the tree. */
static const char letters[] = "ab*?[]!-/\\{},^:";

/* -- a tree that is made once ----------------------------------------------- */

static char top[] = "/tmp/because-fuzz-glob-XXXXXX";

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *ftw)
{
	(void)status;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static void remove_tree(void)
{
	(void)nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void make_tree(void)
{
	static const char *const directories[] = { "a", "b", "a/a", "a/b", "[", "b/.a", "-" };
	static const char *const files[] = { "a/a/a", "a/a/b", "a/b/ab", "a/*", "a/ab", "b/[a]",
		"b/a", "b/]", "b/!", "[/a", "b/.a/a", "b/\\a", "-/-", "ba", "b,a", "{a}", ".b" };
	char path[PATH_SIZE];

	if (!mkdtemp(top))
		abort();
	(void)atexit(remove_tree);
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", top, directories[i]);
		must(mkdir(path, 0700) == 0);
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", top, files[i]);
		must(close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) == 0);
	}
	(void)snprintf(path, sizeof(path), "%s/ab", top);
	must(symlink("a", path) == 0);
	(void)snprintf(path, sizeof(path), "%s/a/bb", top);
	must(symlink("none", path) == 0);
}

/* -- the search ----------------------------------------------------------- */

static void add_path(const char *path, void *userdata)
{
	buffer_add_string(userdata, path);
	buffer_add_char(userdata, '\n');
}

static void ignore(const char *path, void *userdata)
{
	(void)path;
	(void)userdata;
}

static void search(const char *pattern, size_t budget, struct buffer *found)
{
	const struct glob_visitor visitor = { add_path, ignore, ignore, found };
	struct text item = text_of(pattern);
	const struct text_list globs = { .items = &item, .n = 1 };
	struct glob_search search;
	int r;

	glob_search_begin(&search, &globs, &visitor);
	while ((r = glob_search_step(&search, budget)) == GLOB_SEARCH_MORE)
		;
	must(r == 0);
	glob_search_done(&search);
}

/* Where the two differ on purpose: empty components, and an escape of the slash or of nothing. */
static bool is_comparable(const char *pattern)
{
	return !strstr(pattern, "//") && !strstr(pattern, "\\/") &&
	       pattern[strlen(pattern) - 1] != '/' && pattern[strlen(pattern) - 1] != '\\';
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void check_against_libc(const char *pattern, struct text found)
{
	CLEANUP(freep) char *own = strndup(found.data, found.len);
	char *lines[256], *next = own, *line;
	glob_t libc = { 0 };
	size_t n = 0;

	must(own != NULL);
	while ((line = strsep(&next, "\n")) && *line && n < 256)
		lines[n++] = line;
	qsort(lines, n, sizeof(lines[0]), compare_lines);
	must(glob(pattern, GLOB_NOSORT, NULL, &libc) != GLOB_NOSPACE);
	if (libc.gl_pathc > 0)
		qsort(libc.gl_pathv, libc.gl_pathc, sizeof(char *), compare_lines);
	must(n == libc.gl_pathc);
	for (size_t i = 0; i < n; i++)
		must(strcmp(lines[i], libc.gl_pathv[i]) == 0);
	globfree(&libc);
}

/* -- the expansion ---------------------------------------------------------- */

struct expansion {
	size_t n, len_max, budget;
};

static int visit(struct text glob, void *userdata)
{
	struct expansion *expansion = userdata;
	CLEANUP(buffer_done) struct buffer found = buffer_make(FOUND_MAX);
	CLEANUP(buffer_done) struct buffer again = buffer_make(FOUND_MAX);
	char pattern[PATH_SIZE];

	must(glob.len <= expansion->len_max && glob.data[glob.len] == '\0');
	must(strlen(glob.data) == glob.len);
	if (expansion->n++ == GLOBS_MAX)
		return -E2BIG;
	(void)glob_syntax_has_double_star(glob);
	(void)snprintf(pattern, sizeof(pattern), "%s/%s", top, glob.data);
	search(pattern, SIZE_MAX, &found);
	search(pattern, expansion->budget, &again);
	must(text_equal(buffer_text(&found), buffer_text(&again)));
	if (is_comparable(pattern))
		check_against_libc(pattern, buffer_text(&found));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool is_made;
	char glob[GLOB_LEN_MAX + 1];
	struct expansion expansion = { 0 };
	int r;

	if (size < 1 || size > GLOB_LEN_MAX)
		return 0;
	if (!is_made)
		make_tree();
	is_made = true;
	for (size_t i = 1; i < size; i++)
		glob[i - 1] = strchr(letters, data[i]) && data[i]
				      ? (char)data[i]
				      : letters[data[i] % (sizeof(letters) - 1)];
	glob[size - 1] = '\0';
	expansion.len_max = size - 1;
	expansion.budget = data[0] + 1u;
	r = glob_syntax_expand(text_make(glob, size - 1), visit, &expansion);
	must(r == 0 || r == -EINVAL || r == -E2BIG);
	must(expansion.n <= GLOBS_MAX + 1);
	return 0;
}
