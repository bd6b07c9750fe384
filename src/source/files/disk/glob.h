/* Globs (glob(7)): which files match now, and which directories to watch for files that will
 * match. */
#pragma once

#include <stdbool.h>

#include "base/yaml/schema.h"
#include "source/files/disk/watch.h"

typedef void glob_path_fn(const char *path, void *userdata);

/* Visit every path that one of the globs matches, and watch every directory on the way there. A
 * directory that may not be read is visited by `troubled`, with errno set. Returns 0, or the first
 * shortage (io_is_shortage): then some matching paths were not visited. */
int glob_paths(const struct text_list *globs, struct watch *watch, glob_path_fn *visit,
	glob_path_fn *troubled, void *userdata);

/* Whether a file of this name would match. */
bool glob_matches(const struct text_list *globs, const char *path);

/* Whether `path` matches a glob, or lies on the way to a path that does. */
bool glob_is_relevant(const struct text_list *globs, const char *path);

/* Whether the name is that of a compressed file. */
bool glob_is_compressed(const char *path);
