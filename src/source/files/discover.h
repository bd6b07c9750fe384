/* The census of files: which match now, which of them are new, and where reading them begins. At
 * the start also what has become of those that were followed when the source ran last. */
#pragma once

struct files_state;

/* See what is there now. Where memory or descriptors are short, or watches, the next one is due at
 * `pursuit->poll_usec`. */
void discover_files(struct files_state *state);
