/* Discovers files: which match now, which of them are new, where reading begins in each, and which
 * followed files were renamed or lost their name, for instance when they were rotated. At the start
 * it also finds out what became of the files that were followed when the source ran last. */
#pragma once

struct files_state;

/* Discover the files that match now. If memory, descriptors or watches are short, the next call is
 * due at `state->poll_usec`. */
void discover_files(struct files_state *state);
