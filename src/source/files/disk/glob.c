/* A directory is watched before it is read: what appears in between is found twice, not never. */
#include "config.h"

#include "source/files/disk/glob.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "source/files/disk/paths.h"
#include "source/files/disk/remote.h"
#include "source/files/disk/symlink.h"

/* Write the glob up to the `n`th slash, which is not part of it except for the root. Returns false
 * behind the last slash. */
static bool cut_prefix(const char *glob, size_t n, char *out, size_t size)
{
	const char *at = glob;
	size_t len;

	for (size_t i = 0; at && i < n; i++)
		at = strchr(at + 1, '/');
	if (!at)
		return false;
	len = at == glob ? 1 : (size_t)(at - glob);
	if (len >= size)
		return false;
	memcpy(out, glob, len);
	out[len] = '\0';
	return true;
}

static void note_shortage(struct glob_scan *scan, int error)
{
	if (scan->error == 0)
		scan->error = error;
}

/* The target of a symbolic link may be rotated in its own directory, and each link on the way may
 * be changed to lead elsewhere. */
static void watch_links(const char *path, struct glob_scan *scan)
{
	char at[PATH_MAX], directory[PATH_MAX];
	int n = snprintf(at, sizeof(at), "%s", path);

	if (n < 0 || (size_t)n >= sizeof(at))
		return;
	for (unsigned i = 0; i < SYMLINK_STEPS_MAX && symlink_step(at, sizeof(at)); i++) {
		if (path_directory(at, directory) &&
			watch_add_directory(scan->watch, directory, true) == -ENOMEM)
			note_shortage(scan, -ENOMEM);
	}
}

static void watch_directory(const char *path, void *userdata)
{
	struct glob_scan *scan = userdata;
	int r = watch_add_directory(scan->watch, path, false);

	if (r == 0 && remote_is_path(path))
		scan->watch->remote = true;
	watch_links(path, scan);
	if (r == -ENOMEM)
		note_shortage(scan, r);
	/* If the path does not exist, or is not yet a directory, the directory above will have the
	 * event. */
	if (r == 0 || r == -ENOMEM || r == -ENOENT || r == -ENOTDIR || r == -ENOSPC)
		return;
	/* A file in it may be followed all the same. */
	if (access(path, X_OK) == 0)
		scan->watch->blind = true;
	errno = -r;
	scan->troubled(path, scan->userdata);
}

static void visit_path(const char *path, void *userdata)
{
	struct glob_scan *scan = userdata;

	watch_links(path, scan);
	scan->visit(path, scan->userdata);
}

static void report_trouble(const char *path, void *userdata)
{
	struct glob_scan *scan = userdata;

	scan->troubled(path, scan->userdata);
}

void glob_scan_begin(struct glob_scan *scan, const struct text_list *globs, struct watch *watch,
	glob_path_fn *visit, glob_path_fn *troubled, void *userdata)
{
	const struct glob_visitor visitor = { visit_path, watch_directory, report_trouble, scan };

	*scan = (struct glob_scan){
		.watch = watch, .visit = visit, .troubled = troubled, .userdata = userdata
	};
	glob_search_begin(&scan->search, globs, &visitor);
}

int glob_scan_step(struct glob_scan *scan)
{
	int r = glob_search_step(&scan->search, GLOB_SEARCH_BUDGET);

	if (r == GLOB_SEARCH_MORE)
		return r;
	if (r < 0)
		note_shortage(scan, r);
	if (scan->error == 0)
		watch_sweep(scan->watch);
	return scan->error;
}

void glob_scan_done(struct glob_scan *scan)
{
	glob_search_done(&scan->search);
}

bool glob_matches(const struct text_list *globs, const char *path)
{
	for (size_t i = 0; i < globs->n; i++)
		if (fnmatch(globs->items[i].data, path, FNM_PATHNAME | FNM_PERIOD) == 0)
			return true;
	return false;
}

static bool matches_prefix(const char *glob, const char *path)
{
	char prefix[PATH_MAX];

	for (size_t i = 0; cut_prefix(glob, i, prefix, sizeof(prefix)); i++)
		if (fnmatch(prefix, path, FNM_PATHNAME | FNM_PERIOD) == 0)
			return true;
	return false;
}

bool glob_is_relevant(const struct text_list *globs, const char *path)
{
	if (glob_matches(globs, path))
		return true;
	for (size_t i = 0; i < globs->n; i++)
		if (matches_prefix(globs->items[i].data, path))
			return true;
	return false;
}

bool glob_is_compressed(const char *path)
{
	static const char *const endings[] = { ".gz", ".xz", ".bz2", ".zst", ".lz4", ".Z", ".zip",
		".lzma" };
	struct text t = text_of(path);

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		struct text ending = text_of(endings[i]);

		if (t.len > ending.len && text_ends(t, ending))
			return true;
	}
	return false;
}
