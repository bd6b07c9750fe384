/* A tail: one file that is followed. It knows the file by its position, reads it in blocks of whole
 * lines, and notices when it was truncated or is another file. It does not know of names. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "source/files/position.h"
#include "source/source.h"

enum {
	TAIL_BLOCK_SIZE = 256 * 1024,      /* bytes read at a time */
	TAIL_QUIET_USEC = 5 * 1000 * 1000, /* then a last line without line end is given */
};

struct tail {
	int fd;
	struct file_position position;
	size_t partial;        /* bytes of a last line without its end, when last looked at */
	uint64_t quiet_usec;   /* when the last line is given without its end, CLOCK_MONOTONIC */
	bool position_changed; /* since it was last reported */
};

/* Outcomes of tail_read besides 0. */
enum {
	TAIL_END = 1,   /* nothing more to read now, but perhaps a last line without its end */
	TAIL_SKIPPED,   /* passed over a part of an overlong line: call again */
	TAIL_TRUNCATED, /* it is shorter than the position, or has other bytes there: the
			 * position is unchanged; see tail_restart */
};

/* Follow `fd`, which becomes the tail's, from its beginning. Returns 0 or a negative errno. */
int tail_init(struct tail *tail, int fd);

/* Close the file. */
void tail_done(struct tail *tail);

/* Resume at a position, if it fits the file: 0, or TAIL_TRUNCATED when it does not. Device and
 * inode are not compared: the file may be a copy. */
int tail_resume(struct tail *tail, const struct file_position *position);

/* Whether the file behind `fd` is the one of the position, or begins as a copy of it. */
bool tail_fits(int fd, const struct file_position *position);

/* Continue at the end: behind the last line end, so that a line being written is read whole.
 * Returns 0 or a negative errno. */
int tail_seek_end(struct tail *tail);

/* Continue behind all present content; the rest of a line that is not finished there is passed
 * over. Returns 0 or a negative errno. */
int tail_pass(struct tail *tail);

/* Continue at the beginning, because the file has become another one. */
void tail_restart(struct tail *tail);

/* Whether the file is still the one of its position: 0, TAIL_TRUNCATED or a negative errno.
 * Afterwards the fingerprint of its beginning is known. */
int tail_check(struct tail *tail);

/* Read the next block into `buffer`; lines longer than `line_max` are cut there (block.continues),
 * and their rest is passed over. ret_n_lines: how many lines the block has. Returns 0, one of the
 * outcomes above, or a negative errno. */
int tail_read(struct tail *tail, struct buffer *buffer, size_t line_max, uint64_t now_usec,
	struct source_block *ret, uint64_t *ret_n_lines);

/* The position behind the first `len` bytes of the block that tail_read gave last. It is the same,
 * however the lines were divided into blocks. */
struct file_position tail_position_behind(
	const struct tail *tail, const struct source_block *block, size_t len);
