/* The library: every catalog and profile of the data directories, loaded, bound to each other and
 * proved by their examples. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "base/text.h"

enum { LIBRARY_FILES_MAX = 1024 };

struct arena;
struct buffer;
struct catalog;
struct profile;

struct library_file {
	const char *path;        /* names the file in messages */
	struct catalog *catalog; /* what it held: one of the two */
	struct profile *profile;
	bool is_single;  /* library_add() added it */
	bool is_catalog; /* also where it could not be read: by its folder or its keys */
	bool broken; /* an error was found in it, or in what it needs; it is not found by name */
};

struct library {
	struct arena *arena; /* of the paths */
	struct library_file *files;
	size_t n_files;
	/* A file or a directory could not be read, or a catalog has errors: what it holds is not
	 * known. */
	bool incomplete;
};

/* Where to look: each directory has `catalogs/` and `profiles/`, and a file in an earlier one
 * replaces a file of the same name in a later one. NULL at the end. */
extern const char *const library_default_directories[];

/* Load `*.yaml` of the directories, profiles only if `profiles`; a directory that is not there is
 * empty. All errors go to `diag`. Returns 0, -EINVAL when errors were added, -ENOMEM. */
int library_load(
	struct library *library, const char *const *directories, bool profiles, struct diag *diag);

/* Append the content of a file; what goes wrong is added to `diag`. Returns 0, -EINVAL or
 * -ENOMEM. */
int library_read_content(const char *path, struct buffer *content, struct diag *diag);

/* Add the catalog or the profile that `data` holds, recognized by its keys, in place of one of the
 * same name that library_load() has loaded. Where that one's file has another name, warn, if `diag`
 * takes advice: installed beside it, the new one would be an error. Returns 0; -EINVAL when errors
 * were added; -ENOMEM; LIBRARY_OTHER when it is neither; LIBRARY_EMPTY when there is nothing in it
 * but comments. */
enum { LIBRARY_OTHER = 1, LIBRARY_EMPTY };
int library_add(struct library *library, const char *path, struct text data, struct diag *diag);

/* Bind each profile to its catalog; add errors where a name appears twice or, if `strict`, where a
 * catalog is missing. Files that are broken already are skipped. Returns 0 or -EINVAL. */
int library_bind(struct library *library, bool strict, struct diag *diag);

/* Run the examples of every profile. Returns 0, -EINVAL or -ENOMEM. */
int library_run_examples(struct library *library, struct diag *diag);

/* Warn of patterns of any profile that give up on slow lines, within TRIAL_WORK_MAX. Returns 0 or
 * -ENOMEM. */
int library_run_trials(const struct library *library, struct diag *diag);

/* Free what the broken files held, and keep their paths. Returns how many files are broken. */
size_t library_leave_out_broken(struct library *library);

/* The file that was loaded from `path`, or by another name of the same file, such as `././x.yaml`;
 * NULL where there is none. */
const struct library_file *library_find_file(const struct library *library, const char *path);

/* By name; NULL where there is none. */
struct catalog *library_find_catalog(const struct library *library, struct text name);
struct profile *library_find_profile(const struct library *library, struct text name);

/* The name of a catalog or of a profile that `name` is near to, see base/suggestion.h; empty where
 * there is none. */
struct text library_nearest_catalog(const struct library *library, struct text name);
struct text library_nearest_profile(const struct library *library, struct text name);

/* Free all that was loaded. */
void library_done(struct library *library);
