/* New files whose names do not match, held open for a while: one may be a copy that is compressed
 * and removed before the truncation of its original is noticed. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	HELD_FILES_MAX = 32,
	HELD_FILES_USEC = 60 * 1000 * 1000, /* how long each is held */
};

struct held_file {
	int fd;
	char *path;
	uint64_t until_usec; /* CLOCK_MONOTONIC */
};

struct held_files {
	struct held_file files[HELD_FILES_MAX]; /* the oldest first */
	size_t n;
};

/* Hold the file behind `fd`, which is taken over, that `path` led to. If there is no room, the
 * oldest is closed. */
void held_files_add(struct held_files *held, int fd, const char *path, uint64_t now_usec);

/* Close the files that were held long enough. Returns when to call again; UINT64_MAX = never. */
uint64_t held_files_expire(struct held_files *held, uint64_t now_usec);

/* Close all. */
void held_files_done(struct held_files *held);
