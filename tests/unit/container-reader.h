/* A reader of a container's log, as the header of wire/container-lines describes it: it keeps a
 * position and nothing else. The unit test and the fuzz target share it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "wire/container-lines.h"

struct container_place {
	size_t offset;
	struct container_chains chains;
};

struct container_reader {
	struct text file;
	enum container_format format;
	struct container_place place;
	struct container_joiner joiner;
	bool is_final; /* the file is complete */
	/* Called with each line, whether it was cut, and the place behind it. */
	void (*line)(
		struct text line, bool cut, const struct container_place *place, void *userdata);
	void *userdata;
};

/* The end of the last whole line in the first `max` bytes from `start` on, or of the first line. */
static inline size_t container_reader_end(struct text file, size_t start, size_t max)
{
	size_t n = file.len - start < max ? file.len - start : max;
	const char *lf = n > 0 ? memrchr(file.data + start, '\n', n) : NULL;

	if (!lf && file.len > start)
		lf = memchr(file.data + start, '\n', file.len - start);
	return lf ? (size_t)(lf - file.data) + 1 : start;
}

static inline void container_reader_give(
	struct container_reader *reader, const struct container_block *block)
{
	const struct container_place before = reader->place;
	size_t start = 0;

	while (start < block->bytes.len) {
		const char *lf = memchr(block->bytes.data + start, '\n', block->bytes.len - start);
		size_t end = lf ? (size_t)(lf - block->bytes.data) : block->bytes.len;
		size_t next = lf ? end + 1 : end, n;
		struct container_place place;

		container_position(&reader->joiner, next, &n, &place.chains);
		place.offset = before.offset + n;
		reader->line(text_make(block->bytes.data + start, end - start), !lf, &place,
			reader->userdata);
		start = next;
	}
}

/* Read a block of about `max` bytes. Returns 1; 0 when there is nothing more; or a negative errno.
 */
static inline int container_reader_step(struct container_reader *reader, size_t max)
{
	size_t from = reader->place.offset - container_look_back(&reader->place.chains);
	size_t end = container_reader_end(reader->file, reader->place.offset, max);
	struct container_block block;
	int r = container_join(&reader->joiner,
		&(struct container_input){
			.format = reader->format,
			.raw = text_make(reader->file.data + from, end - from),
			.chains = reader->place.chains,
			.final = reader->is_final && end == reader->file.len,
		},
		&block);

	if (r < 0)
		return r;
	container_reader_give(reader, &block);
	reader->place.offset += block.n_read;
	reader->place.chains = block.chains;
	return block.n_read > 0 || block.bytes.len > 0;
}
