/* A handle of sd-journal, opened and moved with the care that every handle needs. A step moves the
 * handle: seek again afterwards. Seeking never fails for a missing entry; the next step reaches the
 * nearest one behind it. */
#pragma once

#include <stdint.h>

#include "base/text.h"

struct sd_journal;

/* Outcome of handle_step besides 0. */
enum { HANDLE_END = 1 };

/* Open the journal of a namespace, empty = the default one, or, unless that is empty, the one in a
 * directory. Both end with a NUL. `ret_fd`: its inotify descriptor, or a negative errno where the
 * kernel has none left. Returns 0 or a negative errno: -ENOENT for a directory that is not there,
 * -EMFILE where the journal has more files than may be open. */
int handle_open(struct text namespace, struct text directory, struct sd_journal **ret, int *ret_fd);

/* Step with sd_journal_next or sd_journal_previous; errors are retried some times. Returns 0 at an
 * entry, HANDLE_END, or a negative errno. */
int handle_step(struct sd_journal *journal, int (*move)(struct sd_journal *journal));

/* Let only entries be seen whose field is `value` followed by `suffix`; see
 * sd_journal_add_match(3). Returns 0 or a negative errno. */
int handle_add_match(
	struct sd_journal *journal, const char *field, struct text value, const char *suffix);

/* The cursor of the newest entry that the matches of the handle let through; NULL = there is none.
 * Returns 0 or a negative errno. */
int handle_find_newest(struct sd_journal *journal, char **ret);

/* The cursor of the first entry from where the seek to `cursor` leads; NULL = there is none.
 * Returns 0 or a negative errno. */
int handle_find(struct sd_journal *journal, const char *cursor, char **ret);

/* The same from the entry with this sequence number on, in one series; entries of other series are
 * not found. */
int handle_find_number(
	struct sd_journal *journal, struct text seqnum_id, uint64_t number, char **ret);
