/* A glob gets one warning at most, however many files it matches. */
#include "config.h"

#include "source/files/disk/path-warnings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "source/files/disk/glob-search.h"
#include "source/files/disk/glob.h"

struct matches {
	size_t n_files; /* that can be read */
	size_t n_compressed;
	size_t n_unreadable; /* files and directories */
	char unreadable[PATH_MAX];
	int error; /* of that first one */
};

static void note_unreadable(const char *path, void *userdata)
{
	struct matches *matches = userdata;
	int error = errno;

	if (matches->n_unreadable++ > 0)
		return;
	matches->error = error;
	(void)snprintf(matches->unreadable, sizeof(matches->unreadable), "%s", path);
}

/* What is neither a file nor trouble does not count: a directory, a link that leads nowhere. */
static void note_path(const char *path, void *userdata)
{
	struct matches *matches = userdata;
	struct stat status;

	if (stat(path, &status) < 0) {
		if (errno != ENOENT)
			note_unreadable(path, matches);
	} else if (!S_ISREG(status.st_mode)) {
		return;
	} else if (glob_is_compressed(path)) {
		matches->n_compressed++;
	} else if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) < 0) {
		note_unreadable(path, matches);
	} else {
		matches->n_files++;
	}
}

static void ignore_directory(const char *path, void *userdata)
{
	(void)path;
	(void)userdata;
}

/* Returns 0 or a shortage. */
static int search(const struct text_list *globs, struct matches *matches)
{
	const struct glob_visitor visitor = { note_path, ignore_directory, note_unreadable,
		matches };
	struct glob_search search;
	int r;

	glob_search_begin(&search, globs, &visitor);
	while ((r = glob_search_step(&search, GLOB_SEARCH_BUDGET)) == GLOB_SEARCH_MORE)
		;
	glob_search_done(&search);
	return r;
}

static void warn(const char *source, const char *glob, struct place place,
	const struct matches *matches, struct diag *diag)
{
	if (matches->n_unreadable > 1)
		diag_warn(diag, place, "source %s: cannot read '%s' and %zu more of '%s': %s",
			source, matches->unreadable, matches->n_unreadable - 1, glob,
			strerror(matches->error));
	else if (matches->n_unreadable > 0)
		diag_warn(diag, place, "source %s: cannot read '%s': %s", source,
			matches->unreadable, strerror(matches->error));
	else if (matches->n_files == 0 && matches->n_compressed > 0)
		diag_warn(diag, place,
			"source %s: only compressed files match '%s' now, and these are ignored",
			source, glob);
	else if (matches->n_files == 0)
		diag_warn(diag, place, "source %s: no file matches '%s' now", source, glob);
}

int path_warnings_add(const char *source, const struct text_list *globs, struct diag *diag)
{
	for (size_t i = 0; i < globs->n; i++) {
		const struct text_list one = { &globs->items[i], &globs->places[i], 1 };
		struct matches matches = { 0 };
		int r = search(&one, &matches);

		if (r == -ENOMEM)
			return r;
		if (r < 0)
			diag_warn(diag, globs->places[i], "source %s: cannot look for '%s': %s",
				source, globs->items[i].data, strerror(-r));
		else
			warn(source, globs->items[i].data, globs->places[i], &matches, diag);
	}
	return 0;
}
