/* A handle of sd-journal as the options of a source want it, and looks at single entries through
 * it. A look moves the handle: seek again afterwards. Seeking never fails for an entry that is not
 * there; the next step lands on the nearest behind. */
#pragma once

#include <stdbool.h>

#include "source/journal/cursor.h"

struct journal_options;
struct sd_journal;

/* Open the journal, with its matches. `ret_fd`: its inotify descriptor; a negative errno where the
 * kernel has none to give. Returns 0 or a negative errno: -ENOENT for a directory that is not
 * there, -EMFILE where it has more files than may be open. */
int handle_open(const struct journal_options *options, struct sd_journal **ret, int *ret_fd);

/* Whether not all entries match. */
bool handle_is_filtered(const struct journal_options *options);

/* Let only the wanted entries be seen, and journald's notes about the wanted units. Returns 0 or a
 * negative errno. */
int handle_match(struct sd_journal *journal, const struct journal_options *options);

/* The cursor of the newest entry, matching or not as the handle has it; NULL when there is none.
 * Returns 0 or a negative errno. */
int handle_find_newest(struct sd_journal *journal, char **ret);

/* The cursor of the first entry from where the seek to `cursor` leads; NULL when there is none.
 * Returns 0 or a negative errno. */
int handle_find(struct sd_journal *journal, const char *cursor, char **ret);

/* The same from the entry with this number on, in one series; of other series there is none. */
int handle_find_number(
	struct sd_journal *journal, struct text seqnum_id, uint64_t number, char **ret);
