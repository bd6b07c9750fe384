/* The position of each (source, sink) pair, kept over restarts in one small text file. A source
 * that reads several streams has an entry for each, as SOURCE/STREAM. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum {
	POSITIONS_MAX = 65536,
	POSITION_LEN_MAX = 1024,
	POSITIONS_FILE_MAX = 64 * 1024 * 1024,
};

struct position {
	char *source, *sink, *text;
};

struct positions {
	char *path;
	struct position *items;
	size_t n, size;      /* sorted by source and sink */
	uint64_t saved_usec; /* when the loaded table had been saved, CLOCK_REALTIME; 0 = unknown */
	bool doubted;        /* saved with the time it had: what came after is not known yet */
	bool changed;        /* since the last save */
};

/* Read the file at `path`; a file that does not exist is empty. Returns 0, -EBADMSG when it is not
 * a file of positions (then nothing is kept), -ENXIO when it is not a regular file, or another
 * negative errno. */
int positions_load(struct positions *positions, const char *path);

/* The position of a pair; the empty text when there is none. */
struct text positions_get(const struct positions *positions, struct text source, const char *sink);

/* Returns 0, -EINVAL for a position that is empty, overlong or holds control characters, -E2BIG,
 * -ENOMEM. */
int positions_set(
	struct positions *positions, struct text source, const char *sink, struct text position);

/* Drop the position of a pair, if there is one. */
void positions_forget(struct positions *positions, struct text source, const char *sink);

/* Drop all. */
void positions_clear(struct positions *positions);

/* Replace the file if anything has changed: a crash leaves the old one or the new one. Returns 0
 * or a negative errno. */
int positions_save(struct positions *positions);

/* Free the table; nothing is saved. */
void positions_done(struct positions *positions);
