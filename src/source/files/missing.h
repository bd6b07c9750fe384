/* Files that were followed when the source ran last, and that no name leads to any more: they were
 * renamed while nobody looked, or copied and truncated. */
#pragma once

struct files_state;

/* Look for all whose fate is not known, and follow the rest of those that are found. What is
 * nowhere is said to be lost; what cannot be looked for now stays unsettled. */
void missing_find_all(struct files_state *state);
