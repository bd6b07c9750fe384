/* Symbolic links, one step at a time: the links on the way may change as well as the end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { SYMLINK_STEPS_MAX = 40 }; /* as the kernel counts, path_resolution(7) */

/* Whether `path` is a symbolic link; `path`, of `size` bytes, becomes the link's target, which need
 * not exist. */
bool symlink_step(char *path, size_t size);
