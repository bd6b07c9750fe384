/* The position of each (source, sink) pair, kept over restarts in one text file. A source that
 * reads several streams has an entry for each, as SOURCE/STREAM. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct source_position;

enum {
	POSITIONS_STREAMS_MAX = 256 * 1024, /* files that are followed, for all sinks together */
	POSITIONS_SOURCES_MAX = 1024,       /* pairs of sources and sinks */
	/* A position takes 100 bytes of memory besides its line in the file, which has 100 to 300.
	 * So a full table takes 50 to 100 MiB, and never more than 140 MiB. */
	POSITIONS_MAX = POSITIONS_STREAMS_MAX + POSITIONS_SOURCES_MAX,
	POSITION_LEN_MAX = 1024,
	POSITIONS_FILE_MAX = 96 * 1024 * 1024,
	/* When a table is saved; see positions_is_save_due. */
	POSITIONS_SAVE_RATE = 256 * 1024, /* bytes a second */
	POSITIONS_SAVE_USEC_MAX = 30 * 1000 * 1000,
	POSITIONS_SAVE_RECORDS = 8192,
};

struct position {
	char *source, *sink, *text;
	uint32_t hash; /* of source and sink */
	uint32_t pair; /* hash of the source without its stream, and the sink */
	uint32_t next; /* in the chain of its hash */
};

struct positions {
	char *path;
	struct position *items;
	size_t n, size;
	uint32_t *heads; /* of the chains; by hash */
	size_t n_heads;
	size_t len;          /* bytes of all lines in the file */
	uint64_t saved_usec; /* when the loaded table had been saved, CLOCK_REALTIME; 0 = unknown */
	bool doubted;        /* saved with the time it had: what came after is not known yet */
	bool changed;        /* since the last save */
	uint64_t n_records;  /* settled since then */
	uint64_t tried_usec; /* when the last save began, CLOCK_MONOTONIC; 0 = there was none */
};

/* Read the file at `path`; a file that does not exist is empty. Returns 0, -EBADMSG when it is not
 * a file of positions (then nothing is kept), -ENXIO when it is not a regular file, or another
 * negative errno. */
int positions_load(struct positions *positions, const char *path);

/* The position of a pair; the empty text when there is none. */
struct text positions_get(const struct positions *positions, struct text source, const char *sink);

/* Get the positions of a source and a sink in turn: begin with 0 in `at`, and change nothing
 * meanwhile. `source`: its name, without '/'. Returns false behind the last. */
bool positions_next(const struct positions *positions, struct text source, const char *sink,
	size_t *at, struct source_position *ret);

/* Returns 0, -EINVAL for a position that is empty, overlong or holds control characters, -E2BIG
 * where the table is full, -ENOMEM. After a failure the table is as it was. */
int positions_set(
	struct positions *positions, struct text source, const char *sink, struct text position);

/* Drop the position of a pair, if there is one. */
void positions_forget(struct positions *positions, struct text source, const char *sink);

/* The name of the source of a position; the empty text for a line of becaused's own. */
struct text position_source(const struct position *item);

/* Drop the positions that are not wanted. Returns how many. */
typedef bool position_is_wanted_fn(const struct position *item, const void *userdata);
size_t positions_keep(
	struct positions *positions, position_is_wanted_fn *is_wanted, const void *userdata);

/* Whether it has no room for as many again. */
bool positions_is_half_full(const struct positions *positions);

/* Drop all. */
void positions_clear(struct positions *positions);

/* Replace the file if anything has changed: a crash leaves the old one or the new one. Returns 0
 * or a negative errno. */
int positions_save(struct positions *positions);

/* Whether changes are to be saved now (CLOCK_MONOTONIC). A save writes the whole file, so a large
 * one is saved less often: at POSITIONS_SAVE_RATE on average, but at least every
 * POSITIONS_SAVE_USEC_MAX. A kill makes becaused read again what came since the last save. So that
 * the sink then knows these records (see recovery.h), POSITIONS_SAVE_RECORDS of them are a reason,
 * too. */
bool positions_is_save_due(const struct positions *positions, uint64_t now_usec);

/* Free the table; nothing is saved. */
void positions_done(struct positions *positions);
