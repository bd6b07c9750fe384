/* A search for all paths that globs match (glob(7)), in steps: each does a bounded amount of work,
 * so that a glob over a whole disk does not hold up the event loop.
 *
 *	glob_search_begin(&search, globs, &visitor);
 *	while ((r = glob_search_step(&search, GLOB_SEARCH_BUDGET)) == GLOB_SEARCH_MORE)
 *		(other work);
 *	glob_search_done(&search);
 *
 * The tree may change between two steps. A path that exists and matches all the time is visited.
 * One that appears or is renamed meanwhile is visited or not, perhaps under both names. The
 * visitor gets each directory before the search reads it. If it watches the directory then, there
 * is an event for each path that was missed, and the caller searches again. */
#pragma once

#include <dirent.h>
#include <limits.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/yaml/schema.h"

enum {
	/* Work of one step, in directory entries read; a visit counts as GLOB_SEARCH_VISIT_COST. It
	 * takes some ten milliseconds, plus what the visitor needs for 256 visits. */
	GLOB_SEARCH_BUDGET = 4096,
	GLOB_SEARCH_VISIT_COST = 16,
	/* Bytes of the names that match in one directory. */
	GLOB_SEARCH_NAMES_MAX = 64 * 1024 * 1024,
};

typedef void glob_path_fn(const char *path, void *userdata);

/* Each function may read `path` during the call only. */
struct glob_visitor {
	/* A path that matches, as lstat(2) finds it: it may be a link that leads nowhere. */
	glob_path_fn *path;
	/* A directory on the way, or a symbolic link that may lead to one; before it is read. */
	glob_path_fn *directory;
	/* A path that could not be looked at, with errno set. What is below it is left out. */
	glob_path_fn *troubled;
	void *userdata;
};

/* The names in one directory that match one component of the glob. */
struct glob_level {
	struct buffer names; /* a NUL behind each */
	size_t *order;       /* offsets of the names, sorted once all are there */
	size_t n, size, next;
	size_t path_len; /* of the directory, in the search's path */
};

struct glob_search {
	const struct text_list *globs;
	struct glob_visitor visitor;
	size_t next_glob;
	struct buffer pattern; /* the glob that is searched: its components, a NUL behind each */
	size_t *components;    /* their offsets */
	size_t n_components, components_size;
	struct glob_level *levels; /* memory is kept for the levels behind `n_levels` */
	size_t n_levels, n_levels_made, levels_size;
	DIR *directory;      /* that is being read, for the last level */
	char path[PATH_MAX]; /* of that directory; the empty text is the root */
	int error;           /* the first shortage */
};

/* Begin to search. The globs are absolute and without alternatives in braces (glob-syntax.h); they
 * must outlive the search. It visits them one after the other, and the paths of each sorted by
 * name within a directory. It never matches `.` and `..`, and a leading period only by a period. */
void glob_search_begin(struct glob_search *search, const struct text_list *globs,
	const struct glob_visitor *visitor);

/* Do a step of about `budget` (GLOB_SEARCH_BUDGET). Returns GLOB_SEARCH_MORE; 0 at the end; or, at
 * the end, the first shortage (io_is_shortage): then some matching paths were not visited. */
enum { GLOB_SEARCH_MORE = 1 };
int glob_search_step(struct glob_search *search, size_t budget);

/* Free what the search holds, also in the midst of it. It may have been zeroed and not begun. */
void glob_search_done(struct glob_search *search);
