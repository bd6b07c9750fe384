/* A tail: one file that is followed. It knows the file by its position, reads it in blocks of whole
 * lines, and notices when it was truncated or is another file. It does not know of names.
 *
 * A line is given when it is whole. The last line of a file waits for its end, until its owner
 * knows that nothing more is written (`final`).
 *
 * NULs at the end of a file are not written yet: reading stops before them, and continues when they
 * are filled in. NULs in front of a line, with bytes behind them, are a hole: they are passed over,
 * however many. Fewer NULs than the bound of a line, inside one, belong to it; more of them end it
 * as a line that is cut, and behind them another line begins.
 *
 * UTF-16 with a byte order mark is given as UTF-8. Lines of a container that were written in parts
 * are joined. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/files/position.h"
#include "source/source.h"
#include "wire/utf16.h"

struct content;

struct tail {
	int fd; /* -1 = closed */
	struct file_position position;
	uint64_t nuls_from, nuls_to;  /* these bytes were NULs; the search is not at its end */
	enum utf16_kind encoding;     /* by the beginning of the file */
	enum container_format format; /* the same */
	size_t n_held; /* bytes of lines that are not whole, when last looked at: of the last
			* one, and from the first part of a container's line on */
	bool final;    /* nothing more is expected: a last line is given without its end */
	bool at_end;   /* the last look at the file reached its end */
	bool position_changed; /* since it was last reported */
};

/* Outcomes of tail_read besides 0. */
enum {
	TAIL_END = 1,   /* nothing more to read now, but perhaps a last line without its end */
	TAIL_SKIPPED,   /* passed over a part of an overlong line or of a hole: call again */
	TAIL_TRUNCATED, /* it is shorter than the position, or has other bytes there: the
			 * position is unchanged; see tail_restart */
};

/* Follow `fd`, which becomes the tail's, from its beginning. Returns 0 or a negative errno. */
int tail_init(struct tail *tail, int fd);

/* A tail that is closed, at this position. */
void tail_init_closed(struct tail *tail, const struct file_position *position);

/* Close the file, but keep its position. */
void tail_close(struct tail *tail);

/* Continue with `fd`, which becomes the tail's in any case, and leads to the file that the tail is
 * of. Returns 0, TAIL_TRUNCATED when the file does not fit the position, or a negative errno; then
 * the tail stays closed. */
int tail_reopen(struct tail *tail, int fd);

/* Resume at a position, if it fits the file: 0, or TAIL_TRUNCATED when it does not. Device and
 * inode are not compared: the file may be a copy. */
int tail_resume(struct tail *tail, const struct file_position *position);

/* Whether the file behind `fd` is the one of the position, or begins as a copy of it. */
bool tail_fits(int fd, const struct file_position *position);

/* Continue at the end: behind the last line end, so that a line being written is read whole, and
 * before trailing NULs. Returns 0 or a negative errno. */
int tail_seek_end(struct tail *tail);

/* Continue behind all present content but trailing NULs; the rest of a line that is not finished
 * there is passed over. Returns 0 or a negative errno. */
int tail_pass(struct tail *tail);

/* Continue at the beginning, because the file has become another one. */
void tail_restart(struct tail *tail);

/* Whether the file is still the one of its position: 0, TAIL_TRUNCATED or a negative errno.
 * Afterwards the fingerprint of its beginning is known. */
int tail_check(struct tail *tail);

/* Read the next block into `content`; lines longer than `line_max` are cut there (block.continues),
 * and their rest is passed over. A last line that is given without its end continues, too; what
 * follows it is given as its rest (block.continued). ret_n_lines: how many lines the block has.
 * Returns 0, one of the outcomes above, or a negative errno. */
int tail_read(struct tail *tail, struct content *content, size_t line_max, struct source_block *ret,
	uint64_t *ret_n_lines);

/* The position behind the first `len` bytes, which end a line, of the block that tail_read gave
 * last, into this `content`. It is the same, however the lines were divided into blocks. */
struct file_position tail_position_behind(const struct tail *tail, struct content *content,
	const struct source_block *block, size_t len);
