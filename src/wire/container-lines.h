/* The lines of container logs. A runtime writes a long line of a container in parts, each a line of
 * the log file. CRI (containerd, CRI-O, and Podman's k8s-file): `TIME stdout P TEXT`, and `F` for
 * the last part. Docker's json-file: `{"log":"TEXT","stream":"stdout",…}`, where TEXT ends in `\n`
 * only in the last part. The parts of one line are a chain. Parts of stdout and stderr may be
 * mixed.
 *
 * The joiner makes one line of each chain. It is a function of the bytes of the file, so nothing is
 * kept for a file but a position: an offset, and for each stream where its unfinished chain begins.
 * The bytes from there on are read again with the next ones. A chain is given when its last part
 * is there, and the position of its line is behind the last part. Lines of the other stream in
 * between are given before. So each line has a position of its own, and reading resumes at each.
 *
 * How a reader of blocks uses it:
 *
 *     format = container_format_of(first bytes of the file);
 *     if (format != CONTAINER_NONE) {
 *             back = container_look_back(&position.chains);
 *             raw = the bytes from position.offset - back up to the last line end;
 *             container_join(&joiner, &(struct container_input){ format, raw, position.chains,
 *                     final }, &block);
 *             block.bytes are the lines to give, block.continues as in struct source_block;
 *             position.offset += block.n_read; position.chains = block.chains;
 *     }
 *
 * The position behind the first `len` bytes of the block is that of container_position(). Two
 * positions may have one offset and differ in the chains: the one with fewer bytes to look back is
 * later, for a chain that was cut is given between two lines. So the chains belong to the order
 * and to the identity of a position. A position without chains is good everywhere: a chain that
 * began before it is then given without its beginning.
 *
 * An overlong line of the file itself (no line end within the reader's bound) is not for the
 * joiner: first give what is held, with `final` and no more than the whole lines before it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"

struct record;

enum {
	CONTAINER_STREAMS = 2, /* stdout, stderr */
	/* Bytes of the file from the beginning of a chain to the end of its last part, with the
	 * lines of the other stream in between. A longer chain is cut. */
	CONTAINER_SPAN_MAX = 1024 * 1024,
	CONTAINER_TIME_T = 10,   /* offset of the T in a CRI line */
	CONTAINER_HEAD_MAX = 64, /* bytes at the beginning of a file that tell its format */
};

enum container_format {
	CONTAINER_NONE, /* not the log of a container */
	CONTAINER_CRI,
	CONTAINER_JSON, /* Docker's json-file */
};

/* The format of a file by its first bytes; with fewer than CONTAINER_HEAD_MAX, it may not be known
 * yet. */
enum container_format container_format_of(struct text head);

/* Whether a line that may be one is a part; see container_is_part. */
bool container_is_part_slow(struct text line, size_t *ret_end);

/* Whether `line`, without its line end, is a part of a longer one, in either format. Then its text
 * ends at the offset *ret_end, and continues in a line that follows. */
static inline bool container_is_part(struct text line, size_t *ret_end)
{
	return line.len > CONTAINER_TIME_T &&
	       (line.data[0] == '{' || line.data[CONTAINER_TIME_T] == 'T') &&
	       container_is_part_slow(line, ret_end);
}

/* State in the record that its message is a part, if it is. */
void container_note_part(struct record *record);

/* The unfinished chain of each stream at a position: how many bytes before it the chain begins, at
 * most CONTAINER_SPAN_MAX or the length of its first line; 0 = none. */
struct container_chains {
	uint32_t back[CONTAINER_STREAMS];
};

/* How many bytes before the position are to be read again. */
size_t container_look_back(const struct container_chains *chains);

struct container_input {
	enum container_format format;
	struct text raw;                /* whole lines, from container_look_back() bytes before the
					 * position on */
	struct container_chains chains; /* of the position */
	bool final;                     /* nothing more follows: give unfinished chains, cut */
};

struct container_block {
	struct text
		bytes; /* the lines; may be empty; valid until the raw bytes or the joiner change */
	bool continues; /* the last line is a chain that was cut; it has no line end */
	size_t n_read;  /* bytes behind the position that the block covers; call again for others */
	struct container_chains chains; /* behind them */
};

/* Memory to work in; one joiner serves many files. */
struct container_joiner {
	uint32_t span_max; /* CONTAINER_SPAN_MAX; smaller in tests */
	struct buffer out;
	struct buffer marks;
	struct container_chain {
		enum { CONTAINER_CLOSED, CONTAINER_OPEN } state;
		struct buffer line; /* of the parts so far */
		size_t start;       /* offset into the raw bytes */
		size_t flag;        /* CRI: offset of the `P` in the line */
	} chains[CONTAINER_STREAMS];
	size_t at; /* the position: offset into the raw bytes */
};

/* Nothing is allocated yet. */
struct container_joiner container_joiner_make(void);

/* Free what it holds. */
void container_joiner_done(struct container_joiner *joiner);

/* Join the parts. A chain that is cut ends the block. With `final`, an unfinished chain is cut
 * behind all lines, one in each call: call again until the block is empty. Returns 0 or -ENOMEM. */
int container_join(struct container_joiner *joiner, const struct container_input *input,
	struct container_block *ret);

/* The position behind the first `len` bytes of the last block, where a line of it ends: how many
 * bytes behind the position that was joined from, and the chains there. */
void container_position(const struct container_joiner *joiner, size_t len, size_t *ret_n_read,
	struct container_chains *ret_chains);
