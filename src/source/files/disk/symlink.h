/* Symbolic links, one step at a time: what lies on the way may change as well as the end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { SYMLINK_STEPS_MAX = 40 }; /* as the kernel counts, path_resolution(7) */

/* Whether `path` is a symbolic link; `path`, of `size` bytes, becomes where it leads, which need
 * not be there. */
bool symlink_step(char *path, size_t size);

/* Cut the name from `path`; what is left is its directory. False if it has none. */
bool symlink_cut_name(char *path);
