/* The files source: log files that match globs, followed through rotation. A file is known by
 * device, inode and a fingerprint of its beginning, never by its name alone.
 *
 * What happens to a file, and where that is handled:
 *  - it appears, is renamed or removed: discover.c; it was rotated while becaused did not run:
 *    missing.c, which reads saved positions by saved.c;
 *  - it grows or is truncated: files-source.c, which reads by tail.c;
 *  - it is copied before it is truncated (copytruncate): copies.c;
 *  - unread lines remain in a rotated file: find-rotated.c finds it, unread.c reads it. */
#pragma once

#include "source/source.h"

struct files_options;

/* Follow the files behind the `n` saved positions, which are read before this returns. `name` and
 * `options` must outlive the source. It is no error if nothing matches: files may appear later.
 * Records have MESSAGE, SYSLOG_IDENTIFIER (the file's name up to `.log`), _HOSTNAME and _FILE (its
 * path). Returns 0 or a negative errno. */
int files_source_new(const char *name, const struct files_options *options,
	const struct source_position *saved, size_t n, struct source **ret);
