/* A glob is expanded once for each of its directories, and once whole. */
#include "config.h"

#include "source/files/disk/glob.h"

#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"
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

/* glob(3) passes over a directory that it cannot open. A directory for which it has no descriptor
 * must not be taken for an empty one. Returns 0 or a shortage. */
static int find(const char *pattern, glob_t *ret)
{
	int r = glob(pattern, GLOB_ERR, NULL, ret);
	int error = -errno;

	if (r == GLOB_ABORTED) {
		globfree(ret);
		*ret = (glob_t){ 0 };
		if (io_is_shortage(error))
			return error;
		r = glob(pattern, 0, NULL, ret);
	}
	return r == GLOB_NOSPACE ? -ENOMEM : 0;
}

/* Call `visit` for all paths that a glob matches. Returns 0 or a shortage. */
static int expand(const char *pattern, glob_path_fn *visit, void *userdata)
{
	glob_t found = { 0 };
	int r = find(pattern, &found);

	if (r == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			visit(found.gl_pathv[i], userdata);
	globfree(&found);
	return r;
}

struct watching {
	struct watch *watch;
	glob_path_fn *visit, *troubled;
	void *userdata;
	int error; /* the first shortage */
};

static void note_shortage(struct watching *watching, int error)
{
	if (watching->error == 0)
		watching->error = error;
}

/* The target of a symbolic link may be rotated in its own directory, and each link on the way may
 * be changed to lead elsewhere. */
static void watch_links(const char *path, struct watching *watching)
{
	char at[PATH_MAX], directory[PATH_MAX];
	int n = snprintf(at, sizeof(at), "%s", path);

	if (n < 0 || (size_t)n >= sizeof(at))
		return;
	for (unsigned i = 0; i < SYMLINK_STEPS_MAX && symlink_step(at, sizeof(at)); i++) {
		memcpy(directory, at, sizeof(directory));
		if (symlink_cut_name(directory) &&
			watch_add_directory(watching->watch, directory, true) == -ENOMEM)
			note_shortage(watching, -ENOMEM);
	}
}

static void watch_path(const char *path, void *userdata)
{
	struct watching *watching = userdata;
	int r = watch_add_directory(watching->watch, path, false);

	watch_links(path, watching);
	if (r == -ENOMEM)
		note_shortage(watching, r);
	/* If the path does not exist, or is not yet a directory, the directory above will have the
	 * event. */
	if (r == 0 || r == -ENOMEM || r == -ENOENT || r == -ENOTDIR || r == -ENOSPC)
		return;
	/* A file in it may be followed all the same. */
	if (access(path, X_OK) == 0)
		watching->watch->blind = true;
	errno = -r;
	watching->troubled(path, watching->userdata);
}

static void watch_directories(const char *glob, struct watching *watching)
{
	char prefix[PATH_MAX];

	for (size_t i = 0; cut_prefix(glob, i, prefix, sizeof(prefix)); i++)
		note_shortage(watching, expand(prefix, watch_path, watching));
}

static void visit_path(const char *path, void *userdata)
{
	struct watching *watching = userdata;

	watch_links(path, watching);
	watching->visit(path, watching->userdata);
}

int glob_paths(const struct text_list *globs, struct watch *watch, glob_path_fn *visit,
	glob_path_fn *troubled, void *userdata)
{
	struct watching watching = { watch, visit, troubled, userdata, 0 };

	/* First the directories: a file that appears in between is visited twice, not never. */
	for (size_t i = 0; i < globs->n; i++)
		watch_directories(globs->items[i].data, &watching);
	for (size_t i = 0; i < globs->n; i++)
		note_shortage(&watching, expand(globs->items[i].data, visit_path, &watching));
	if (watching.error == 0)
		watch_sweep(watch);
	return watching.error;
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
