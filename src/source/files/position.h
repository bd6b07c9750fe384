/* A position in a file: which file it is, and up to where it was read. The identity is device,
 * inode and a fingerprint of the file's beginning. The bytes before the offset have a fingerprint
 * too, by which a copy of the file is recognized. As text it is the position of a files source:
 * `DEVICE:INODE:LENGTH-HASH:OFFSET:LENGTH-HASH:STATE PATH`, where STATE is one letter. With the
 * time at which the file was made it is `STATE+USEC+`. In a copy, `STATE@DEVICE:INODE@`: the file
 * in which its lines were first. Inside a line of a container that has parts, `STATE:BACK:BACK`:
 * where the lines of both streams begin. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/text.h"
#include "source/source.h"
#include "wire/container-lines.h"

enum {
	POSITION_HEAD_MAX = 256, /* bytes at the file's beginning, fewer while it is short */
	POSITION_TAIL_MAX = 64,  /* bytes before the offset */
	POSITION_PATH_MAX = 800, /* bytes of the path; a longer one loses its beginning */
	POSITION_SIZE = 1024,    /* bytes of the text, with its NUL */
	POSITION_STREAM_SIZE = SOURCE_STREAM_SIZE,
};

/* The beginning of the position of the source itself; the time at which it was started follows. */
#define POSITION_STARTED "started "

struct fingerprint {
	size_t len;    /* bytes that it was made of */
	uint64_t hash; /* FNV-1a, 64 bits */
};

/* Where in a line the offset lies, and what becomes of the bytes up to the next line end. */
enum position_state {
	POSITION_WHOLE,    /* a line begins there */
	POSITION_SKIPPING, /* in an overlong line, whose rest is passed over */
	POSITION_CUT,      /* in a line that was given without its end: they are its rest */
	N_POSITION_STATES,
};

struct file_position {
	dev_t device;
	ino_t inode;
	struct fingerprint head;
	uint64_t offset; /* everything before has been read */
	struct fingerprint tail;
	enum position_state state;
	struct container_chains chains; /* lines of which parts are before the offset */
	/* When the file was made, by the clock of its file system; 0 = unknown. Another file with
	 * its inode was made later. */
	uint64_t born_usec;
	/* When becaused noticed that the file had been truncated, by CLOCK_REALTIME; 0 = never.
	 * Positions in its content before and behind that have nothing in common. */
	uint64_t content_usec;
	/* The file is read as a copy of this one: a line has one identity in both. 0 = none */
	dev_t original_device;
	ino_t original_inode;
};

struct fingerprint fingerprint_of(const char *data, size_t len);

/* How many of the first bytes of a file make its fingerprint: those in front of NULs that may be
 * filled in later. */
size_t fingerprint_head_len(const char *data, size_t len);

/* The same of the bytes that end at an offset: where the first of them is. */
size_t fingerprint_tail_start(const char *data, size_t len);

/* The fingerprints of the first 0, 1, …, `len` bytes. */
void fingerprint_prefixes(const char *data, size_t len, struct fingerprint *ret);

/* Whether `data` begins with the bytes that the fingerprint was made of. */
bool fingerprint_matches(struct fingerprint fingerprint, const char *data, size_t len);

/* Continue the position in this file. If it is another one, it is a copy. */
void position_move(struct file_position *position, dev_t device, ino_t inode);

/* Move it to the beginning of the content, whose first bytes stay known. */
void position_rewind(struct file_position *position);

/* Write the text of a position, of at most POSITION_SIZE bytes; control characters of the path
 * become `?`. Returns its length. */
size_t position_print(const struct file_position *position, const char *path, char *out);

/* Read the text of a position; `ret_path` points into it. Returns 0 or -EINVAL. */
int position_parse(struct text text, struct file_position *ret, struct text *ret_path);

/* Write the identifier of the file in source_position.stream: POSITION_STREAM_SIZE bytes. */
void position_print_stream(const struct file_position *position, char *out);

/* Read device and inode from the identifier of a file. Returns 0 or -EINVAL. */
int position_parse_stream(struct text stream, struct file_position *ret);

/* Whether the file is read as a copy of another one. The number of a device may change. */
bool position_is_copy(const struct file_position *position);

/* Whether a file that was made then is another one than that of the position, as far as is known:
 * 0 = unknown. */
bool position_is_of_other(const struct file_position *position, uint64_t born_usec);

/* The order of the positions of a files source. The source's own position has no order. */
extern const struct source_order position_order;
