/* Files that were followed when the source ran last, and that no name leads to any more: they were
 * renamed while they were not watched, or copied and truncated. */
#pragma once

struct files_state;

/* Look for all files of which it is not known yet what became of them, and follow the unread rest
 * of those that are found. A file that is found nowhere is reported as lost. A file that cannot be
 * looked for now stays unsettled. */
void missing_find_all(struct files_state *state);
