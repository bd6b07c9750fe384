/* The files source: log files that match globs, followed through rotation. A file is known by
 * device, inode and a fingerprint of its beginning, never by its name alone. */
#pragma once

#include "base/yaml/schema.h"
#include "source/source.h"

enum {
	FILES_LINE_MAX = 1024 * 1024,       /* bytes, line end included; longer lines are cut */
	FILES_MAX = 8192,                   /* files followed at once; more are said and left out */
	FILES_QUIET_USEC = 5 * 1000 * 1000, /* then a last line without line end is given */
};

enum files_start {
	FILES_START_END,       /* with what is written from now on */
	FILES_START_BEGINNING, /* with the first line of every file */
};

/* "end", "beginning", NULL. */
extern const char *const files_start_names[];

struct files_options {
	struct text_list paths; /* glob(7) patterns, absolute */
	int start; /* enum files_start: of files that are there at the very first start */
};

/* Follow the files behind the `n` saved positions, which are read before this returns. `name` and
 * `options` must outlive the source. Nothing that matches is no error: it may come later. Records
 * have MESSAGE, SYSLOG_IDENTIFIER (the file's name up to `.log`), _HOSTNAME and _FILE (its path).
 * Returns 0 or a negative errno. */
int files_source_new(const char *name, const struct files_options *options,
	const struct source_position *saved, size_t n, struct source **ret);
