/* The content of a file, as text. UTF-16 with a byte order mark is given as UTF-8; offsets are
 * those of the raw bytes. NULs that nothing follows are not written yet, or a file system's way to
 * store nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "wire/container-lines.h"
#include "wire/utf16.h"

enum {
	CONTENT_BLOCK_SIZE = 256 * 1024,      /* bytes read at a time */
	CONTENT_SEARCH_MAX = 4 * 1024 * 1024, /* NULs read in one call */
};

/* A part of the content. It is working memory: used again for other parts and files. */
struct content {
	struct buffer raw;       /* what was read, with some bytes in front of it */
	struct buffer converted; /* UTF-16: the same as UTF-8 */
	struct buffer holes;     /* that were removed from the text */
	size_t before;           /* bytes in front of it */
	struct utf16_cursor cursor;
	struct container_joiner joiner; /* of lines that have parts */
	bool is_joined;                 /* the lines that were given are the joiner's */

	uint64_t offset;  /* in the file, of the first byte */
	const char *data; /* the text */
	size_t len;       /* of the text */
	size_t text_len;  /* without trailing NULs */
	size_t lines_len; /* up to the last line end */
	bool is_full;     /* there was no room for more */
	bool at_end;      /* behind it there is nothing */
};

/* An empty part; parts may have up to `max` bytes of text. Nothing is allocated yet. */
struct content content_make(size_t max);

/* Free what it holds; it can be used again. */
void content_done(struct content *content);

/* Free what it holds if that is much, because one line was long. */
void content_shrink(struct content *content);

/* Read from `offset` until a line has ended, up to `max` bytes of text or to the end of the file,
 * and `before` bytes in front of that. Where a hole begins, a block is read at most. UTF-16:
 * `offset` is even. Returns 0 or a negative errno. */
int content_fill(struct content *content, int fd, enum utf16_kind kind, uint64_t offset,
	size_t before, size_t max);

/* How much of whole lines there is before one that has NULs in front of it. */
size_t content_find_hole(const struct content *content);

/* Remove the NULs in front of lines from the text. Returns 0 or -ENOMEM. */
int content_remove_holes(struct content *content);

/* How many raw bytes the first `len` bytes of the text were made of; they end a character. Finding
 * one place after the other reads the text once. */
size_t content_raw_len(struct content *content, size_t len);

/* The `n` raw bytes that end with the first `raw_len` ones: `before` bytes more than these at most.
 */
const char *content_raw_end(const struct content *content, size_t raw_len, size_t n);

/* How many NULs the data begins with; how many bytes there are without those that it ends with. */
size_t content_count_nuls(const char *data, size_t len);
size_t content_without_nuls(const char *data, size_t len);

/* Read at most `size` bytes at `offset`; fewer only at the end of the file. Returns 0 or a negative
 * errno. */
int content_read(int fd, char *data, size_t size, uint64_t offset, size_t *ret_n);

/* Outcomes of content_find besides 0. */
enum {
	CONTENT_END = 1, /* there are only NULs up to the end of the file */
	CONTENT_SKIPPED, /* there are NULs up to *at: call again */
};

/* Find the first byte at or behind *at that is no NUL, and move *at there. The content is only
 * memory to work in. Returns 0, an outcome or a negative errno. */
int content_find(struct content *content, int fd, uint64_t *at);

/* Find where the content ends, but for trailing NULs. More than CONTENT_SEARCH_MAX of them, which
 * are no hole for the file system, count as content. Returns 0 or a negative errno. */
int content_find_end(int fd, uint64_t *ret);
