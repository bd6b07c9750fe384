/* Discovers files: which match now, which of them are new, where reading begins in each, and which
 * known files were renamed or lost their name. */
#pragma once

#include <stdbool.h>

struct files_state;

/* Look at all names that match, a part of them at a time. Returns whether more is left to do. If
 * memory, descriptors or watches are short, the next scan is due at `state->poll_usec`. */
bool discover_step(struct files_state *state);

/* Look at all names that match, to the end. */
void discover_all(struct files_state *state);

/* Look at one name that may match: a file appeared under it, was renamed or removed (is_removed).
 */
void discover_entry(struct files_state *state, const char *path, bool is_removed);

/* Decide on the new files that were found, and search for those that were lost. */
void discover_settle(struct files_state *state);
