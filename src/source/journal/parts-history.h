/* The chains of parts that were unfinished when an earlier run stopped reading. */
#pragma once

struct journal_options;
struct parts;

enum { PARTS_HISTORY_MAX = 1024 }; /* entries that are read again for it */

/* Hold the leads of the chains that are unfinished behind the entry of `cursor`: of those with a
 * part in the last PARTS_HISTORY_MAX entries up to there that the source asks for. `parts` is
 * empty. Returns 0 or a negative errno; after a failure, some chains may be missing. */
int parts_read_history(
	struct parts *parts, const struct journal_options *options, const char *cursor);
