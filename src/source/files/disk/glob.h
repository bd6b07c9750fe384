/* Globs (glob(7)): which files match now, and which directories to watch for files that will
 * match. */
#pragma once

#include <stdbool.h>

#include "base/yaml/schema.h"
#include "source/files/disk/glob-search.h"
#include "source/files/disk/watch.h"

/* A look for all files that match. It is in use from begin to done, and does not move. */
struct glob_scan {
	struct glob_search search;
	struct watch *watch;
	glob_path_fn *visit, *troubled;
	void *userdata;
	int error; /* the first shortage */
};

/* Visit every path that one of the globs matches, and watch every directory on the way there. A
 * path that may not be read is visited by `troubled`, with errno set. What holds when the tree
 * changes meanwhile is in glob-search.h; events of watched directories may be read between two
 * steps. */
void glob_scan_begin(struct glob_scan *scan, const struct text_list *globs, struct watch *watch,
	glob_path_fn *visit, glob_path_fn *troubled, void *userdata);

/* Do the next bounded step (GLOB_SEARCH_BUDGET). Returns GLOB_SEARCH_MORE; 0 when everything was
 * visited, and then directories that no glob leads to any more are not watched any more; or the
 * first shortage (io_is_shortage): then some matching paths were not visited. */
int glob_scan_step(struct glob_scan *scan);

/* Free what the scan holds. A scan that is given up in the midst leaves the watches it added. */
void glob_scan_done(struct glob_scan *scan);

/* Whether a file of this name would match. */
bool glob_matches(const struct text_list *globs, const char *path);

/* Whether `path` matches a glob, or lies on the way to a path that does. */
bool glob_is_relevant(const struct text_list *globs, const char *path);

/* Whether the name is that of a compressed file. */
bool glob_is_compressed(const char *path);
