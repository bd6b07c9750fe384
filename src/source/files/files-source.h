/* The files source: log files that match globs, followed through rotation.
 *
 * The theory. A file is its content: device and inode say where to look for it, fingerprints of its
 * first bytes and of the bytes before the offset prove that it is the one (position.h). A name is
 * only the way to it.
 *  - Known files are in one table (followed.h). A saved position is a known file that is not open,
 *    and so is a file that was closed because it was quiet: a source that starts does what a
 * running one does. Descriptors are a cache (files-state.h).
 *  - A name leads to a known file, or to a new one, which is read from its beginning (discover.h).
 *    Of new files, only one that has a rotated name, begins like the file it is named after, and is
 *    younger, may be a copy. It waits for a while for the truncation that proves it (copies.h).
 *  - A file that does not fit its position was truncated. The unread rest of its old content is in
 * a copy, if anywhere, and is read before the new content (rotated.h). Until the positions are
 *    saved, no new content is given: behind a kill, it would hide the truncation.
 *  - A known file that is not open and whose name leads elsewhere is lost. It is searched for, by
 *    inode and then by its copies, and reported if it is not found (rotated.h).
 *  - A file that is open and loses its name is read on until it was quiet for long.
 *  - A line is given when it is whole (tail.h). The last line of a file that was rotated or removed
 *    is given as a part when it was quiet for FILES_STATE_REST_USEC. */
#pragma once

#include "source/source.h"

struct files_options;

/* What is known from before the start. */
struct files_past {
	const struct source_position *saved;
	/* Of each of these: a position to which the file was read because there are records up to
	 * it; the empty text = not known; NULL = not known of any. */
	const struct text *reached;
	size_t n;
	/* The source that read the same files until now: those of its open files that have no name
	 * are taken over, the others closed. It can only be freed then. NULL = none. */
	struct source *before;
};

/* Follow the files behind the saved positions, which are read before this returns. `name` and
 * `options` must outlive the source. It is no error
 * if nothing matches: files may appear later. Records have MESSAGE, SYSLOG_IDENTIFIER (the file's
 * name up to `.log`), _HOSTNAME and _FILE (its path). Returns 0 or a negative errno. */
int files_source_new(const char *name, const struct files_options *options,
	const struct files_past *start, struct source **ret);
