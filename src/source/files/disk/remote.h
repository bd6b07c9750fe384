/* File systems on which inotify(7) reports only what this machine changes: files on them are also
 * written by other machines, or by programs below a FUSE file system. They must be polled. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Whether a file system of this type (`f_type` of statfs(2)) is one. */
bool remote_is_type(uint32_t type);

/* Whether the path is on one. What cannot be asked is on none: whatever is wrong with it becomes
 * known otherwise. A server that does not answer may block. */
bool remote_is_path(const char *path);

/* Whether the path is on an overlay (overlayfs). */
bool remote_is_overlay(const char *path);
