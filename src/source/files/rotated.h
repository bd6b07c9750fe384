/* Finds what became of the content of a file: it was renamed, or copied and then truncated or
 * removed. A renamed file is found by inode and content; a copy by name and content, among the
 * files that wait and in the directory. */
#pragma once

#include "source/files/followed.h"

struct files_state;

/* Hold a new file, whose name does not match, if it may be a copy of a known one. */
void rotated_hold(struct files_state *state, const char *path);

/* Restart a file that does not fit its position. First comes the unread rest of the old content, as
 * far as it is found in a copy, then the new content. Returns 0, or a shortage: then nothing has
 * changed. */
int rotated_restart(struct files_state *state, struct followed *file);

/* Search for copies of the truncated files in the list, each directory once. Copies that match must
 * have been discovered. Returns 0 or a shortage. */
int rotated_find_copies(struct files_state *state, enum followed_list list);

/* Search for the lost files. What is found of one is read from its position on. The others are
 * finished, and reported if they may have had unread lines. A file that cannot be looked for now
 * stays lost. */
void rotated_search(struct files_state *state);
