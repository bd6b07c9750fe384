/* Finds the rest of a file that was rotated: renamed, or copied and truncated. The search is by
 * identity, in the directory of the file. New files there are held open for a while, because a copy
 * may be compressed and removed before the truncation is noticed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/files/followed.h"

enum {
	ROTATION_HELD_MAX = 32,                /* files held open */
	ROTATION_HOLD_USEC = 60 * 1000 * 1000, /* for how long */
	ROTATION_ENTRIES_MAX = 4096,           /* of a directory that are looked at */
};

struct rotation_held {
	int fd;
	uint64_t until_usec; /* CLOCK_MONOTONIC */
};

struct rotation {
	struct rotation_held held[ROTATION_HELD_MAX];
	size_t n;
};

/* Open a regular file that is not compressed. Returns 0 or a negative errno: -EISDIR for what is no
 * regular file, -EMEDIUMTYPE for a compressed one. */
int rotation_open(const char *path, int *ret_fd);

/* Whether the file was made or changed a moment ago, so that the program that did so may not be
 * done. */
bool rotation_is_young(const char *path);

/* Hold the file at `path` open until `until_usec`. If there is no room, the oldest one is
 * closed. */
void rotation_hold(struct rotation *rotation, const char *path, uint64_t until_usec);

/* Close the files that were held long enough. Returns when to call again; UINT64_MAX = never. */
uint64_t rotation_expire(struct rotation *rotation, uint64_t now_usec);

/* Close all. */
void rotation_done(struct rotation *rotation);

/* When the file was made, by the clock of its file system: microseconds; 0 = unknown. */
uint64_t rotation_born_usec(int fd);

/* Find the file of the position in the directory of `path`, wherever it was renamed to. Returns 0
 * with a descriptor, -ENOENT, -EACCES for a file that may be the one and may not be read, or a
 * shortage (io_is_shortage): then nothing is known. */
int rotation_find_renamed(const char *path, const struct file_position *position, int *ret_fd);

/* Find a copy of the file of the position among the files held and in the directory of `path`. A
 * copy is another file that is not followed, made since `since_usec`, with the same beginning and
 * the same bytes before the offset. Of several copies the newest is found. Returns 0 with a
 * descriptor, -ENOENT, or a shortage. */
int rotation_find_copy(const struct rotation *rotation, const struct followed_table *table,
	const char *path, const struct file_position *position, uint64_t since_usec, int *ret_fd);
